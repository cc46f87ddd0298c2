"""Former addresses that living pages give, and whether one of them is that of a frozen page.

The site answers no such address (see :mod:`cdp.model.addresses`); nothing that asks for one enters all the same, so that
no later version of the site, and no other reader of these files, is told that an archive's address leads elsewhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cdp.archive.names import fold, written
from cdp.links import address
from cdp.load import File, load
from cdp.model.addresses import MOVABLE, given, plain
from cdp.model.registry import Act, Frozen


class Claim(NamedTuple):
    """A page that gives a former address of an archive: its path from the root, the address, the archive's slug."""

    path: str
    address: str
    slug: str


def may_claim(data: bytes) -> bool:
    """Tell whether a page may give a former address: it has the word, or signs by which YAML writes a word otherwise."""
    return b"former_paths" in data or b"\\" in data


def claims(pages: Mapping[str, bytes], archives: Mapping[str, Iterable[Act]]) -> Iterator[Claim]:
    """Yield the former addresses that are those of frozen pages.

    Args:
        pages: texts of living pages, by path from the root.
        archives: the records of each archive, by slug.
    """
    held = {fold(slug): (slug, _held(slug, acts)) for slug, acts in archives.items()}
    for community, page, _, text in given(load(_file(path, data) for path, data in pages.items())):
        place = fold(posixpath.normpath(f"/{written(plain(text))}").lstrip("/"))
        home, _, rest = place.partition("/")
        slug, taken = held.get(rest.partition("/")[0], ("", frozenset()))
        if home == "communities" and slug and not _free(text, place, slug, taken):
            yield Claim(f"{community.folder}/{page.path}", text, slug)


def _held(slug: str, acts: Iterable[Act]) -> frozenset[str]:
    """Return the folded addresses of all that was ever frozen in an archive: a page that was withdrawn says so there."""
    found: set[str] = set()
    for path in (file.path for act in acts if isinstance(act, Frozen) for file in act.files):
        place = fold(address(f"communities/{slug}/{path}").rstrip("/"))
        while place not in found and place.count("/") > 1:
            found.add(place)
            place = place.rpartition("/")[0]
    return frozenset(found)


def _free(text: str, place: str, slug: str, taken: frozenset[str]) -> bool:
    """Tell whether an address below an archive was never frozen: that of a note which left before the end."""
    parts = plain(text).split("/")
    return parts[:2] == ["communities", slug] and len(parts) > 4 and parts[2] in MOVABLE and place not in taken


def _file(path: str, data: bytes) -> File:
    return File(path, "file", len(data), lambda: data)
