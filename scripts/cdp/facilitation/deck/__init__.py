"""Short presentations: what the slides say is one list, shown as PowerPoint or as a page for the browser."""
