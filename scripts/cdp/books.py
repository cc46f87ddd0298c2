"""Books: an EPUB with EbookLib, a PDF with WeasyPrint; both are optional, and neither asks anything of the network."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cdp.export import book
from cdp.export.book import Chapter

NEEDS = {"epub": ("ebooklib", "lxml"), "pdf": ("weasyprint",)}
"""What each kind of book is made with."""
STYLE = Path(__file__).parent / "export" / "book.css"


_NUMBERED = """@page { @bottom-center { content: counter(page); font: 9pt sans-serif; color: #555; } }
@page :first { @bottom-center { content: none; } }
.contents a::after { content: leader(".") target-counter(attr(href), page); }
"""
"""Numbers of pages: on paper only, for the checker of EPUB knows no box in a margin (EPUBCheck, CSS-008)."""


_BASE = "https://book.invalid/"
"""Address of the book's own files: nobody's (RFC 2606), of a kind from which relative addresses are read (RFC 3986)."""


def available(kind: str) -> bool:
    """Tell whether a kind of book can be made here."""
    return all(find_spec(name) is not None for name in NEEDS[kind])


def epub(chapters: Sequence[Chapter], files: Mapping[str, bytes], facts: Mapping[str, str], on: date) -> bytes:
    """Return an EPUB 3.

    Args:
        chapters: in order.
        files: pictures by path, among others.
        facts: "title", "language", "identifier", "rights", "publisher", "contents".
        on: date of the archive.
    """
    from ebooklib import epub as library

    made: Any = library.EpubBook()
    made.set_identifier(facts["identifier"])
    made.set_title(facts["title"])
    made.set_language(facts["language"])
    made.add_author(facts["title"])
    for name in ("rights", "publisher"):
        if facts.get(name):
            made.add_metadata("DC", name, facts[name])
    made.add_metadata("DC", "date", on.isoformat())
    style = library.EpubItem(
        uid="style", file_name="book.css", media_type="text/css", content=STYLE.read_text(encoding="utf-8")
    )
    made.add_item(style)
    pages = []
    for chapter in chapters:
        page: Any = library.EpubHtml(
            title=chapter.title, file_name=f"{chapter.name}.xhtml", lang=facts["language"], uid=chapter.name
        )
        page.content = _xhtml(chapter.html)
        page.add_item(style)
        made.add_item(page)
        pages.append(page)
    for path in sorted({picture for chapter in chapters for picture in chapter.pictures}):
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        made.add_item(library.EpubItem(uid=f"m{len(list(made.get_items()))}", file_name=f"media/{path}", media_type=kind, content=files[path]))  # fmt: skip
    made.toc = pages
    made.add_item(library.EpubNcx())
    made.add_item(library.EpubNav(title=facts["contents"]))
    made.spine = ["nav", *pages]
    out = io.BytesIO()
    library.write_epub(out, made, {"mtime": datetime(on.year, on.month, on.day, 12)})  # noqa: DTZ001 - written as UTC
    return out.getvalue()


def _xhtml(html: str) -> bytes:
    """Return HTML as the XML that readers of books want."""
    from lxml import etree
    from lxml import html as parser

    root = parser.fragment_fromstring(html, create_parent="section")
    content: bytes = etree.tostring(root, method="xml", encoding="utf-8")
    return content


def pdf(chapters: Sequence[Chapter], files: Mapping[str, bytes], facts: Mapping[str, str]) -> bytes:
    """Return a PDF with its outline; arguments as for ``epub``."""
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Own(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        """Gives the archive's own pictures: no file of this machine, no other host."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = unquote(urlsplit(url).path).removeprefix("/media/")
            if not url.startswith(f"{_BASE}media/") or path not in files:
                raise ValueError(url)
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return URLFetcherResponse(url, files[path], {"Content-Type": kind})

    html = (
        f'<!doctype html><html lang="{escape(facts["language"])}"><head><meta charset="utf-8">'
        f"<title>{escape(facts['title'])}</title></head><body>{_contents(chapters, facts)}{book.whole(chapters)}</body></html>"
    )
    style = weasyprint.CSS(string=STYLE.read_text(encoding="utf-8") + _NUMBERED, url_fetcher=Own())
    document = weasyprint.HTML(string=html, base_url=_BASE, url_fetcher=Own())
    made: bytes = document.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1")
    return made


def _contents(chapters: Sequence[Chapter], facts: Mapping[str, str]) -> str:
    """Return the first page of a book on paper: title, licence, what proves it, and where each chapter begins."""
    lines = "".join(f'<li><a href="#{chapter.name}">{escape(chapter.title)}</a></li>' for chapter in chapters)
    said = " · ".join(escape(facts[name]) for name in ("publisher", "rights", "identifier") if facts.get(name))
    return (
        f'<nav class="contents"><h1>{escape(facts["title"])}</h1><p>{said}</p>'
        f"<h2>{escape(facts.get('contents', ''))}</h2><ol>{lines}</ol></nav>"
    )
