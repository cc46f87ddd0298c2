"""The pages of an archive in the cache, as files: a new site shares them with the old one instead of writing them anew.

What the former site shared comes back when it is replaced, and the next one takes it whole: one name changes for an
archive, not one for each of its pages.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cdp.engine.engines import write

SUMS = ".sums"
"""Ending of the list of a shelf's files, written last: SHA-256, size and date of each, and its path."""
BACK = ".back"
"""Ending of the folder to lend: the archive as in a site, its files those of the shelf under second names."""


def put(shelf: Path, files: Mapping[str, bytes]) -> None:
    """Put files on a new shelf, with a folder to lend; a killed build leaves none that is half full.

    Args:
        shelf: its folder, which is made anew.
        files: by path from the root of the site.
    """
    partial = shelf.with_name(f".{shelf.name}.{os.getpid()}")
    for stale in (shelf, partial, partial.with_suffix(BACK)):
        shutil.rmtree(stale, ignore_errors=True)
    lines = []
    for path, data in files.items():
        write(partial / path, data)
        lines.append(f"{hashlib.sha256(data).hexdigest()} {_stamp(str(partial / path))} {path}\n")
    _link(partial, files, partial.with_suffix(BACK))
    shutil.rmtree(shelf.with_suffix(BACK), ignore_errors=True)
    partial.with_suffix(BACK).rename(shelf.with_suffix(BACK))
    partial.rename(shelf)
    listed = partial.with_suffix(SUMS)
    listed.write_text("".join(lines), encoding="utf-8")
    listed.replace(shelf.with_suffix(SUMS))


class Held(NamedTuple):
    """What a shelf holds: SHA-256 of its files by path, and the folder where they are, the shelf's or one that was lent."""

    sums: dict[str, str]
    place: Path


def hold(shelf: Path, work: Path | None = None) -> Held | None:
    """Return what a shelf holds; None when there is none, or when one of its files was touched.

    Args:
        shelf: its folder.
        work: where to take the folder that can be lent, so that no other build has it too; None to leave it.
    """
    try:
        lines = shelf.with_suffix(SUMS).read_text(encoding="utf-8").splitlines()
        entries = [line.split(" ", 3) for line in lines]
        sums = {path: total for total, _, _, path in entries}
    except (OSError, ValueError):
        return None
    if work is not None:
        lent = work / shelf.with_suffix(BACK).name
        with contextlib.suppress(OSError):
            shelf.with_suffix(BACK).rename(lent)
            if _untouched(lent, entries):
                return Held(sums, lent)
    return Held(sums, shelf) if _untouched(shelf, entries) else None


def share(shelf: Path, held: Held, name: str, site: Path) -> None:
    """Give a site the files of a shelf: the folder that was lent, or each file under a second name.

    Args:
        shelf: its folder.
        held: what it holds.
        name: slug of the archive.
        site: folder of the site, on the disk of ``work``.
    """
    if held.place != shelf:
        (held.place / "communities" / name).rename(site / "communities" / name)
        return
    _link(shelf, held.sums, site)


def give_back(shelf: Path, name: str, site: Path) -> None:
    """Keep the folder of an archive in a former site for the next one, where it can be moved."""
    place = shelf.with_suffix(BACK)
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(OSError):
        (place / "communities").mkdir(parents=True)
        (site / "communities" / name).rename(place / "communities" / name)


def _link(shelf: Path, paths: Iterable[str], site: Path) -> None:
    """Give files a second name, where one file can have two; copy them elsewhere."""
    made: set[str] = set()
    for path in paths:
        folder = f"{site}/{path.rpartition('/')[0]}"
        if folder not in made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - tens of thousands of folders
            made.add(folder)
        try:
            os.link(f"{shelf}/{path}", f"{site}/{path}")
        except OSError:
            shutil.copyfile(f"{shelf}/{path}", f"{site}/{path}")


def _untouched(place: Path, entries: Iterable[Sequence[str]]) -> bool:
    try:
        return all(_stamp(f"{place}/{path}") == f"{size} {when}" for _, size, when, path in entries)
    except OSError:
        return False


def _stamp(path: str) -> str:
    found = os.stat(path)  # noqa: PTH116 - tens of thousands of files
    return f"{found.st_size} {found.st_mtime_ns}"
