"""Corrections that are certain, as a plan.

The spelling of a key, the form of a date, spaces around a value, a missing link between a community and its follower.
Each correction of a file is tried on the file itself: it is kept only when the fault goes and no other appears. What
the value, now read, makes other rules say is theirs to say. Frozen folders are never touched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from cdp import dates, frontmatter
from cdp.diagnostics import Fault
from cdp.frontmatter import Document, Edit, Path, Unreadable, decode
from cdp.load import File, load
from cdp.model.charter import Charter
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.model.validation import known_keys
from cdp.plan import Plan, edited
from cdp.text import T, Text

Change = Callable[[bytes], bytes]


class Fix(NamedTuple):
    """A correction of one file: how to make it, and what to tell of it."""

    apply: Change
    note: Text


def plan(repository: Repository, read: Callable[[str], bytes], only: Collection[str] = ()) -> Plan:
    """Return the plan of all corrections that are certain.

    Args:
        repository: the knowledge base.
        read: returns the bytes of a file, by its path from the root.
        only: correct these communities alone; all when empty.
    """
    changes: dict[str, bytes | None] = {}
    before: dict[str, bytes | None] = {}
    notes: list[Text] = []
    for community in repository.communities:
        if community.freeze is not None or (only and community.slug not in only):
            continue
        for page in community.pages():
            path = f"{community.folder}/{page.path}"
            links = list(_links(community, repository)) if page.path == "index.md" else []
            trailing = _TRAILING.search(page.document.text, 0, page.document.body_start) is not None
            if not links and not trailing and not any(fault.kind in _FIXED for fault in page.faults):
                continue
            raw = read(path)
            new, said = _corrected(path, raw)
            notes += said
            trimmed = _made(_trimmed(path), new) if trailing else None
            if trimmed is not None:
                new = trimmed
                notes.append(_trimmed(path).note)
            for fix in links:
                linked = _made(fix, new)
                if linked is not None and _faults(path, linked) <= _faults(path, new):
                    new = linked
                    notes.append(fix.note)
            if new != raw:
                changes[path], before[path] = new, raw
    return Plan(changes, before, tuple(notes))


_TRAILING = re.compile(r"[ \t]+(?=\r?$)", re.MULTILINE)


def _trimmed(path: str) -> Fix:
    """Return the correction that leaves no space at the end of a line of front matter, where they say nothing."""

    def apply(raw: bytes) -> bytes:
        text = decode(raw)
        document = frontmatter.parse(text)
        front = _TRAILING.sub("", text[: document.body_start])
        if document.problems or frontmatter.parse(front + document.body).data != document.data:
            raise ValueError("a space at the end of a line is part of a value")
        return raw[: len(raw) - len(text.encode())] + (front + document.body).encode()

    return Fix(apply, T("{path} : espaces en fin de ligne retirées", path=path))


def _corrected(path: str, raw: bytes) -> tuple[bytes, list[Text]]:
    """Return a file with all that is certain, one correction after the other, and what was done."""
    notes: list[Text] = []
    progress = True
    while progress:
        progress = False
        for fixes in _attempts(path, raw):
            new: bytes | None = raw
            for fix in fixes:
                new = _made(fix, new) if new is not None else None
            if new is not None and _faults(path, new) < _faults(path, raw):
                raw, progress = new, True
                notes += [fix.note for fix in fixes]
                break
    return raw, notes


def _attempts(path: str, raw: bytes) -> Iterator[tuple[Fix, ...]]:
    """Yield corrections to try: one alone, or a key together with its value, which nobody could read before."""
    for fix in _candidates(path, raw):
        yield (fix,)
        new = _made(fix, raw)
        if new is not None:
            yield from ((fix, following) for following in _candidates(path, new))


def _made(fix: Fix, raw: bytes) -> bytes | None:
    """Return the file with a correction; None when it cannot be made in place."""
    try:
        new = fix.apply(raw)
    except (Unreadable, KeyError, ValueError):
        return None
    return new if new != raw else None


def _page(path: str, raw: bytes) -> Page[Record] | None:
    """Return a file read by itself."""
    alone = load([File(path, "file", len(raw), lambda: raw)]).communities
    return next((page for community in alone for page in community.pages()), None)


def _faults(path: str, raw: bytes) -> Counter[tuple[str, str]]:
    """Return what reading a file by itself finds."""
    page = _page(path, raw)
    return Counter((fault.kind, str(fault.message)) for fault in (page.faults if page is not None else ()))


_FIXED = frozenset({"unknown_key", "date", "value"})


def _candidates(path: str, raw: bytes) -> Iterator[Fix]:
    page = _page(path, raw)
    if page is None:
        return
    try:
        document = frontmatter.parse(decode(raw))
    except Unreadable:
        return
    for fault in page.faults:
        at = next((key for key, place in document.places.items() if place == fault.place[1:]), None)
        if at is None:
            continue
        if fault.kind == "unknown_key":
            yield from _key(type(page.record), document, at, path)
        elif fault.kind in ("date", "value"):
            yield from _value(fault, document, at, path)


# Keys


def _key(record: type[Record], document: Document, at: Path, path: str) -> Iterator[Fix]:
    """Yield the one known key that a misspelled one must be."""
    wrong = str(at[-1])
    siblings: Any = _at(document.data, at[:-1])
    known = [key for key in known_keys(record, at[:-1]) if key not in siblings]
    near = get_close_matches(wrong.strip().lower().replace("-", "_"), known, n=2, cutoff=0.8)
    if len(near) != 1:
        return
    right = near[0]
    line = document.places[at][0]
    note = T("{path}, ligne {line} : « {old} » devient « {new} »", path=path, line=line, old=wrong, new=right)
    yield Fix(lambda raw: _renamed(raw, at, right), note)


def _renamed(raw: bytes, at: Path, right: str) -> bytes:
    text = decode(raw)
    mark = raw[: len(raw) - len(text.encode("utf-8"))]
    line, column = frontmatter.parse(text).places[at]
    start = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1
    written = re.compile(rf"(['\"]?){re.escape(str(at[-1]))}\1(?=\s*:)").match(text, start)
    if written is None:
        raise ValueError("the key is written in another way")
    return mark + (text[:start] + right + text[written.end() :]).encode("utf-8")


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


# Values


def _value(fault: Fault, document: Document, at: Path, path: str) -> Iterator[Fix]:
    """Yield a value without the spaces around it, or a date in our form."""
    value = _at(document.data, at)
    if not isinstance(value, str):
        return
    for right in (dates.iso(value) if fault.kind == "date" else None, value.strip()):
        if right is not None and right != value:
            note = T(
                "{path}, ligne {line} : « {old} » devient « {new} »",
                path=path,
                line=fault.place.line,
                old=value,
                new=right,
            )
            yield Fix(lambda raw, right=right: edited(raw, [Edit(at, right)]), note)  # type: ignore[misc]
            return


# Links between communities

_ORDER = tuple(field.alias or name for name, field in Charter.model_fields.items())


def _links(community: Community, repository: Repository) -> Iterator[Fix]:
    """Yield the links that other communities have to this one, and that it lacks in return."""
    charter = community.charter
    if community.index is None or community.wrong("succeeds") or community.wrong("successors"):
        return
    path = f"{community.folder}/index.md"
    for other in repository.communities:
        if other.slug == community.slug or other.index is None:
            continue
        if other.charter.succeeds == community.slug and other.slug not in charter.successors:
            note = T("{path} : « {slug} » s'ajoute à successors", path=path, slug=other.slug)
            yield Fix(lambda raw, slug=other.slug: edited(raw, [Edit(("successors",), slug, "append")], _ORDER), note)  # type: ignore[misc]
    before = [other.slug for other in repository.communities if community.slug in other.charter.successors]
    if charter.succeeds is None and len(before) == 1 and before[0] != community.slug:
        note = T("{path} : « {slug} » s'ajoute à succeeds", path=path, slug=before[0])
        yield Fix(lambda raw: edited(raw, [Edit(("succeeds",), before[0])], _ORDER), note)
