"""The place of members' pictures: their width and height in the page, so that nothing moves when they come.

Read with Pillow, which is optional: without it pages are as before, and move.
"""

from __future__ import annotations

import posixpath
import re
import struct
import warnings
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from cdp.engine import pictures

Size = tuple[int, int]
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
"""The last is not in every Pillow."""
_TURNED = frozenset({5, 6, 7, 8})
"""Ways to hold a camera (EXIF 2.32, « Orientation ») in which browsers show the height as the width."""
_TAG = re.compile(r"<[a-z!/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
"""Any tag with all its values: what looks like a picture within a value is not one."""
_SRC = re.compile(r"\ssrc=\"([^\"?#]*)")
_WIDTH = re.compile(r"\swidth=\"(\d+)\"")
_GIVEN = re.compile(r"\s(?:width|height)=\"\d*\"")


def measured(root: Path, paths: Iterable[str]) -> dict[str, Size]:
    """Return the width and height, as they are shown, of the pictures among some files; those that cannot be read are left out."""
    if not pictures.available():
        return {}
    found = ((path, _size(root / path)) for path in paths if path.lower().endswith(_PICTURES))
    return {path: size for path, size in found if size is not None}


def _size(path: Path) -> Size | None:
    from PIL import Image

    try:
        # Only what a file says of itself is read, never its points; what is wrong with it is not for whoever builds.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            turned = "exif" in image.info and image.getexif().get(0x0112) in _TURNED
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)


def placed(html: str, address: str, sizes: Mapping[str, Size]) -> str:
    """Return a page whose pictures say their width and height; a width that a member gave stays, with its height.

    Args:
        html: finished.
        address: of the page, from the site's root.
        sizes: of pictures by path from the site's root.
    """
    head, mark, article = html.partition("<article")
    if not sizes or "<img" not in article:
        return html

    def sized(match: re.Match[str]) -> str:
        tag = match[0]
        source = _SRC.search(tag) if tag.startswith("<img") else None
        path = posixpath.normpath(posixpath.join(address, unquote(unescape(source[1])))) if source is not None else ""
        if path not in sizes or (' width="' in tag and _WIDTH.search(tag) is None):
            return tag
        width, height = sizes[path]
        if (given := _WIDTH.search(tag)) is not None:
            width, height = int(given[1]), max(1, round(int(given[1]) * height / width))
        return f'<img width="{width}" height="{height}"' + _GIVEN.sub("", tag).removeprefix("<img")

    return head + mark + _TAG.sub(sized, article)
