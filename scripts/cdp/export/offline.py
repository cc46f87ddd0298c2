"""Published pages of one community that open with a double-click: relative links to files, nothing elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

SHARED = ("assets/", "stylesheets/", "javascripts/", "images/")
"""Folders of the site that every page needs."""
_LEFT_OUT = re.compile(r"(?:feed\.xml|calendar\.ics)$|/form/")
_TO_SITE = "link[rel~=alternate], link[rel~=canonical], .cdp-nav__sections, .cdp-nav__site, .cdp-footer nav, .cdp-forge"


def pages(site: Mapping[str, bytes], slug: str, address: str) -> dict[str, bytes]:
    """Return a folder to open offline: the community's pages at its root, beside what they need.

    Args:
        site: published files by path.
        slug: of the community.
        address: of the site, to which links to its other pages lead; without it they are only words.
    """
    home = f"communities/{slug}/"
    places = {
        path: path.removeprefix(home)
        for path in site
        if (path.startswith(home) and not _LEFT_OUT.search(path)) or path.startswith(SHARED)
    }
    return {
        new: _relinked(site[old], old, places, address) if new.endswith(".html") else site[old]
        for old, new in sorted(places.items())
    }


def _relinked(html: bytes, path: str, places: Mapping[str, str], address: str) -> bytes:
    tree = LexborHTMLParser(html.decode())
    for node in tree.css(_TO_SITE):
        node.decompose()
    for node in tree.css("[href], [src], [srcset]"):
        for name in ("href", "src"):
            value = node.attributes.get(name)
            if value is not None:
                _point(node, name, value, path, places, address)
        if "srcset" in node.attributes:
            del node.attrs["srcset"]
    for node in tree.css(".cdp-find:not([href])"):
        # A search that leads nowhere looks as if it were broken.
        node.decompose()
    for node in tree.css("meta[http-equiv=Content-Security-Policy]"):
        # Browsers do not all take a folder on the disk for one origin.
        node.attrs["content"] = (node.attributes.get("content") or "").replace("'self'", "'self' file:")
    return ("<!doctype html>\n" + (tree.html or "").removeprefix("<!DOCTYPE html>")).encode()


def _point(node: LexborNode, name: str, value: str, path: str, places: Mapping[str, str], address: str) -> None:
    """Give an address of a page its place in the folder, else on the site."""
    parts = urlsplit(value)
    if parts.scheme or parts.netloc or (not parts.path and parts.fragment):
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path or ".")))
    file = next((there for there in _files(target) if there in places), None)
    if file is not None:
        here = posixpath.dirname(places[path])
        there = quote(posixpath.relpath(places[file], here or "."))
        node.attrs[name] = there + (f"#{parts.fragment}" if parts.fragment else "")
    elif address and node.tag == "a":
        node.attrs[name] = urljoin(
            address.rstrip("/") + "/", quote("" if target == "." else target + "/" * parts.path.endswith("/"))
        )
    else:
        del node.attrs[name]


def _files(target: str) -> Collection[str]:
    """Return the files that an address may mean."""
    return (target, "index.html" if target == "." else f"{target}/index.html")
