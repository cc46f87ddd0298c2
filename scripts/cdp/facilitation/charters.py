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
    """Return a charter with its front matter edited: comments stay, and a new key takes the place of its example.

    The template's examples begin with one « # », its explanations with two: once a key is written, its example has said
    what it had to say, and would only be read as another value.

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
    """Move a key that was just added to where its example is, in its place; else to just after the one that it usually follows."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = decode(raw)
    before = parse(text)
    lines = text.split("\n")
    fence = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip("\r") == "---")
    start = next(number for number, line in enumerate(lines[:fence]) if re.match(re.escape(key) + r":(?:\s|$)", line))
    stop = _after(lines, start, (" ", "-"))
    added, rest = lines[start:stop], [*lines[:start], *lines[stop:]]
    fence -= len(added)
    example = next((n for n, line in enumerate(rest[:fence]) if re.match(f"# {re.escape(key)}:(?:\\s|$)", line)), None)
    if example is not None:
        moved = [*rest[:example], *added, *rest[_after(rest, example, ("#   ", "# -")) :]]
    else:
        earlier = {name for name in _ORDER[: _ORDER.index(key)] if name in before.data}
        named = [(n, line.partition(":")[0]) for n, line in enumerate(rest[:fence]) if re.match(r"[A-Za-z_]+:", line)]
        at = max((n for n, name in named if name in earlier), default=None)
        if at is None:
            return raw
        after = _after(rest, at, (" ", "-", "# "))
        moved = [*rest[:after], *added, *rest[after:]]
    result = "\n".join(moved)
    read = parse(result)
    # Where moving would change what is read (an odd layout), the key stays where it was put: that is only less tidy.
    return mark + result.encode() if (read.data, read.body, read.problems) == (before.data, before.body, ()) else raw


def _after(lines: Sequence[str], start: int, marks: tuple[str, ...]) -> int:
    """Return the number of the first line after ``start`` that does not go on with what begins there."""
    stop = start + 1
    while stop < len(lines) and lines[stop].startswith(marks) and lines[stop].rstrip("\r") != "---":
        stop += 1
    return stop


def next_ids(taken: Iterable[str], letter: str, count: int) -> list[str]:
    """Return ids that no item has had: ``o4``, ``o5``… after ``o3``.

    >>> next_ids(["o1", "o3", "a7"], "o", 2)
    ['o4', 'o5']
    """
    numbers = [int(match[1]) for name in taken if (match := re.fullmatch(re.escape(letter) + r"(\d{1,6})", name))]
    first = max(numbers, default=0) + 1
    return [f"{letter}{number}" for number in range(first, first + count)]
