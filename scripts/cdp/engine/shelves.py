"""The pages of an archive in the cache, as files: a new site shares them with the old one instead of writing them anew."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from cdp.engine.engines import write

SUMS = ".sums"
"""Ending of the list of a shelf's files, written last: SHA-256, size and date of each, and its path."""


def put(shelf: Path, files: Mapping[str, bytes]) -> None:
    """Put files on a new shelf; a killed build leaves none that is half full.

    Args:
        shelf: its folder, which is made anew.
        files: by path from the root of the site.
    """
    partial = shelf.with_name(f".{shelf.name}.{os.getpid()}")
    for stale in (shelf, partial):
        shutil.rmtree(stale, ignore_errors=True)
    lines = []
    for path, data in files.items():
        write(partial / path, data)
        lines.append(f"{hashlib.sha256(data).hexdigest()} {_stamp(str(partial / path))} {path}\n")
    partial.rename(shelf)
    listed = partial.with_suffix(SUMS)
    listed.write_text("".join(lines), encoding="utf-8")
    listed.replace(shelf.with_suffix(SUMS))


def held(shelf: Path) -> dict[str, str] | None:
    """Return the sums of the files of a shelf by path; None when there is none, or when one of its files was touched."""
    try:
        lines = shelf.with_suffix(SUMS).read_text(encoding="utf-8").splitlines()
        entries = [line.split(" ", 3) for line in lines]
        if any(_stamp(f"{shelf}/{path}") != f"{size} {when}" for _, size, when, path in entries):
            return None
    except (OSError, ValueError):
        return None
    return {path: total for total, _, _, path in entries}


def share(shelf: Path, paths: Iterable[str], site: Path) -> None:
    """Give a site the files of a shelf, copied where one file cannot have two names."""
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


def _stamp(path: str) -> str:
    found = os.stat(path)  # noqa: PTH116 - tens of thousands of files
    return f"{found.st_size} {found.st_mtime_ns}"
