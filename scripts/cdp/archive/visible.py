"""The visible text of a page, apart from theme and engine: what a reader reads is frozen too, not only the bytes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from cdp.dialect import EXTENSIONS, options
from cdp.model.community import Community, Page
from cdp.model.fields import Record
from cdp.sanitize import TooLong, disarm

_FIRST_HEADING = re.compile(r"\A\s*# [^\n]*(?:\n|\Z)")
_BREAKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)


def body(page: Page[Record]) -> str:
    """Return the Markdown of a page without its first-level title, which the site shows itself."""
    if not page.readable:
        return ""
    text = page.document.body.replace("\r\n", "\n")
    return _FIRST_HEADING.sub("", text, count=1)


def words(html: str) -> str:
    """Return the words of some HTML as they are compared: alternative texts of images too, NFC, blanks as one space."""
    root = LexborHTMLParser(f"<body>{html}</body>").body
    parts: list[str] = []
    for node in root.traverse(include_text=True) if root is not None else ():
        if node.tag == "-text":
            parts.append(node.text_content or "")
        elif node.tag == "img":
            parts.append(f" {node.attributes.get('alt') or ''} ")
        elif node.tag in _BREAKS:
            parts.append(" ")
    return " ".join(unicodedata.normalize("NFC", "".join(parts)).split())


def text(markdown: str, lang: str) -> str:
    """Return the visible text of members' Markdown: that of its sanitised HTML.

    Raises:
        TooLong: it takes too long to become HTML.
        RecursionError: it is too deep.
    """
    converter = _converter(lang)
    try:
        return words(converter.reset().convert(markdown))
    finally:
        disarm()


@lru_cache(maxsize=2)
def _converter(lang: str) -> Markdown:
    return Markdown(extensions=list(EXTENSIONS), extension_configs=options(lang))


def digest(visible: str) -> str:
    """Return the digest of a visible text."""
    return hashlib.sha256(visible.encode()).hexdigest()


def of_page(page: Page[Record], lang: str) -> str | None:
    """Return the digest of a page's visible text; None for a page that is not published, or cannot be.

    The title is not part of it: the site shows it from the same frozen bytes, and the guard compares the two.
    """
    if not page.readable or getattr(page.record, "draft", False):
        return None
    try:
        return digest(text(body(page), lang))
    except (TooLong, RecursionError):
        return None


def of_community(community: Community, lang: str, paths: Collection[str] | None = None) -> dict[str, str]:
    """Return the digests of the published pages of a community, by path; of these paths alone when they are given."""
    found = {page.path: of_page(page, lang) for page in community.pages() if paths is None or page.path in paths}
    return {path: value for path, value in found.items() if value is not None}
