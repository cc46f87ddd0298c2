"""Changes of a charter's front matter, in place, with new keys where the template has them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from cdp.frontmatter import Edit, decode, parse
from cdp.model.charter import Charter
from cdp.plan import edited

_ORDER = tuple(field.alias or name for name, field in Charter.model_fields.items())


def changed(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Return a charter with its front matter edited: comments stay, and a new key takes its usual place.

    Raises:
        Unreadable: the file cannot be read as it is.
        KeyError, ValueError: an edit does not fit (see :func:`cdp.frontmatter.edit`).
    """
    for change in edits:
        key = str(change.path[0])
        new = key not in parse(decode(raw)).data
        raw = edited(raw, [change])
        if new:
            raw = _placed(raw, key)
    return raw


def _placed(raw: bytes, key: str) -> bytes:
    """Move a key that was added at the end of the block to just after the one that it usually follows."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = decode(raw)
    before = parse(text)
    lines = text.split("\n")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip("\r") == "---")
    start = next(number for number, line in enumerate(lines[:end]) if re.match(re.escape(key) + r":(?:\s|$)", line))
    earlier = {name for name in _ORDER[: _ORDER.index(key)] if name in before.data}
    at = 0
    for number, line in enumerate(lines[1:start], 1):
        named = re.match(r"([A-Za-z_]+):", line)
        if named is not None:
            at = number if named[1] in earlier else at
    if at == 0:
        return raw
    after = at + 1
    while after < start and lines[after].startswith((" ", "-")):
        after += 1
    moved = [*lines[:after], *lines[start:end], *lines[after:start], *lines[end:]]
    result = "\n".join(moved)
    read = parse(result)
    # Where moving would change what is read (an odd layout), the key stays at the end: that is only less tidy.
    return mark + result.encode() if (read.data, read.body, read.problems) == (before.data, before.body, ()) else raw


def next_ids(taken: Iterable[str], letter: str, count: int) -> list[str]:
    """Return ids that no item has had: ``o4``, ``o5``… after ``o3``.

    >>> next_ids(["o1", "o3", "a7"], "o", 2)
    ['o4', 'o5']
    """
    numbers = [int(match[1]) for name in taken if (match := re.fullmatch(re.escape(letter) + r"(\d{1,6})", name))]
    first = max(numbers, default=0) + 1
    return [f"{letter}{number}" for number in range(first, first + count)]
