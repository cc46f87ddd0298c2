"""Finding a page by its words: what is published beside the pages, and read by ``theme/javascripts/cdp-search-index.js``."""
