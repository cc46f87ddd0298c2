"""Archives that were read before: one whose files did not change on the disk is taken from the cache, not read again.

A file is held to be unchanged when its size, its two dates and its number on the disk are, as Git holds it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cdp import frontmatter
from cdp.frontmatter import Document, Known
from cdp.load import File
from cdp.model.charter import Charter
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.model.pages import Meeting, Note, Review, Survey

FOLDER = "texts"
"""Where they are, from the folder of the cache."""
SETTLED = 2_000_000_000
"""Nanoseconds after which the dates of a file tell all its versions apart: those of some disks go by two seconds."""

_RECORDS: Mapping[str, type[Record]] = {kind.__name__: kind for kind in (Charter, Meeting, Note, Review, Survey)}


@dataclass(frozen=True)
class Remembered:
    """What the cache knows of a base.

    Attributes:
        files: of the base, with their sums where the cache knows them.
        pages: that need not be read, by path from the root.
        new: for each archive that could be remembered and is not, where.
        used: names, without ending, of what the cache holds of this base, or will.
    """

    files: Sequence[File]
    pages: Mapping[str, Page[Any]]
    new: Mapping[str, Path]
    used: frozenset[str]


def recall(files: Iterable[File], cache: Path, maker: str, now: int) -> Remembered:
    """Return what the cache knows of the archives of a base.

    Args:
        files: of the base, as the disk gives them.
        cache: its folder.
        maker: changes with whatever reads a page otherwise.
        now: the moment before the files were looked at, in nanoseconds since 1970.
    """
    found = list(files)
    archives = {file.path.split("/")[2] for file in found if file.path.startswith("communities/.archives/")}
    by_slug: dict[str, list[int]] = {}
    for number, file in enumerate(found):
        folder, _, rest = file.path.partition("/")
        slug = rest.partition("/")[0]
        if folder == "communities" and slug in archives:
            by_slug.setdefault(slug, []).append(number)
    pages: dict[str, Page[Any]] = {}
    new: dict[str, Path] = {}
    used: set[str] = set()
    for slug, numbers in by_slug.items():
        own = [found[number] for number in numbers]
        if not all(file.stamp and file.kind == "file" for file in own):
            continue
        place = cache / FOLDER / f"{_key(own, maker)}.json"
        used.add(place.stem)
        known = _read(place, {file.path: file for file in own})
        if known is not None:
            pages |= known[0]
            for number in numbers:
                found[number] = replace(found[number], sum=known[1][found[number].path])
        elif max(max(file.stamp[:2]) for file in own) + SETTLED < now:
            new[slug] = place
    return Remembered(found, pages, new, frozenset(used))


def keep(repository: Repository, remembered: Remembered) -> None:
    """Remember the archives that were read and say all that their pages do; a killed command leaves nothing half written.

    One that changed while it was read is not what its dates say: it is remembered under the old ones, which never come back.
    """
    for slug, place in remembered.new.items():
        community = repository.get(slug)
        if community is None or community.freeze is None or community.freeze.state is None:
            continue
        pages = [_kept(community, page) for page in community.pages()]
        sums = {f"{community.folder}/{path}": community.freeze.sum(path) for path in community.freeze.files}
        if any(page is None for page in pages) or not all(sums.values()):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(f".{place.name}.{os.getpid()}")
        unfinished.write_text(json.dumps({"pages": pages, "sums": sums}, ensure_ascii=False), encoding="utf-8")
        unfinished.replace(place)


def _key(files: Sequence[File], maker: str) -> str:
    digest = hashlib.sha256(maker.encode())
    for file in sorted(files, key=lambda file: file.path):
        digest.update(f"\0{file.path}\0{file.size}\0{file.stamp}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _kept(community: Community, page: Page[Record]) -> tuple[object, ...] | None:
    """Return what is to be remembered of a page; None for one that has a fault, or that would come back otherwise."""
    kind, document = type(page.record).__name__, page.document
    said = page.record.model_dump_json(exclude_unset=True)
    try:
        same = json.loads(json.dumps(document.data)) == document.data and _record(kind, said) == page.record
    except ValueError:
        return None
    if not same or page.faults or not page.readable or document.problems:
        return None
    known = document.data, document.sum, document.heading, document.cited
    return f"{community.folder}/{page.path}", page.path, kind, said, *known


def _record(kind: str, said: str) -> Record:
    return _RECORDS[kind].model_validate_json(said)


def _read(place: Path, files: Mapping[str, File]) -> tuple[dict[str, Page[Any]], dict[str, str]] | None:
    """Return the pages and the sums that the cache holds; None when it holds nothing that can be read."""
    try:
        data = json.loads(place.read_bytes())
        sums = {path: str(data["sums"][path]) for path in files}
        return dict(_pages(data["pages"], files)), sums
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _pages(kept: Iterable[Sequence[Any]], files: Mapping[str, File]) -> Iterator[tuple[str, Page[Any]]]:
    for place, path, kind, said, data, total, heading, cited in kept:
        read = partial(_again, files[place])
        yield place, Page(path, _record(kind, said), Known(data, total, heading, tuple(cited), read))


def _again(file: File) -> Document:
    return frontmatter.parse(frontmatter.decode(file.read()))
