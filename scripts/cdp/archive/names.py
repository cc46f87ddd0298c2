"""Names that some system, or the site, takes for one and the same."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from urllib.parse import unquote


def fold(path: str, *, pages: bool = True) -> str:
    """Return a path as the least careful system reads it.

    That is: case, forms of accents, last dots, invisible signs, endings of pages, and signs written as in an address.
    """
    return "/".join(folded(part, pages) for part in written(path).split("/"))


def written(path: str) -> str:
    """Return a path whose signs are themselves, not as in an address, and whose parts a slash separates."""
    while (plain := unquote(path, errors="surrogateescape")) != path:
        path = plain
    return path.replace("\\", "/")


@lru_cache(maxsize=1 << 16)
def folded(part: str, pages: bool = True) -> str:
    """Return a name as the least careful system reads it."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", part).casefold())
    if not plain.isascii():
        plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn") or ord(c) < 128)
    # What follows a colon names a stream of the same file.
    plain = plain.partition(":")[0] if not plain.startswith(":") else plain
    for ending in (".md", ".html", ".markdown") if pages else ():
        plain = plain.rstrip(". ").removesuffix(ending)
    return plain.rstrip(". ")
