"""The disk: reads a knowledge base, writes all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cdp.load import File


def read(root: Path, slugs: tuple[str, ...] = ()) -> Iterator[File]:
    """Yield the files of a knowledge base: ``mkdocs.yml``, ``glossary.md``, ``communities/`` and the templates of ``theme/new/``.

    Symbolic links are reported as such and never followed.

    Args:
        root: folder that holds ``communities/``.
        slugs: only these communities, with the registry; all when empty.
    """
    for name in ("mkdocs.yml", "glossary.md"):
        shared = root / name
        if shared.is_symlink():
            yield File(name, "link", 0, bytes)
        elif shared.is_file():
            size = shared.stat().st_size
            yield File(name, "file", size, partial(_bytes, str(shared), size))
    for folder in ("communities", "theme/new"):
        if (root / folder).is_symlink():
            yield File(folder, "link", 0, bytes)
        elif (root / folder).is_dir():
            for file in _walk(str(root / folder), folder):
                parts = file.path.split("/")
                if not slugs or parts[0] != "communities" or len(parts) < 3 or parts[1] in (*slugs, ".archives"):
                    yield file


def _walk(root: str, prefix: str) -> Iterator[File]:
    folders = [(root, prefix)]
    while folders:
        folder, path = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            yield File(path, "unreachable", 0, bytes)
            continue
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction()):
                yield File(below, "link", 0, bytes)
            elif entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, below))
            else:
                yield _file(entry, below)


def _file(entry: os.DirEntry[str], path: str) -> File:
    try:
        if entry.is_file(follow_symlinks=False):
            found = entry.stat(follow_symlinks=False)
            size, stamp = found.st_size, (found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
            return File(path, "file", size, partial(_bytes, entry.path, size), stamp=stamp)
    except OSError:
        return File(path, "unreachable", 0, bytes)
    return File(path, "special", 0, bytes)


_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _bytes(path: str, size: int) -> bytes:
    descriptor = os.open(path, _FLAGS)
    try:
        # One call reads a file whole; another asks for what was added since its size was read.
        data = os.read(descriptor, size + 1)
        while len(data) > size and (more := os.read(descriptor, 1 << 20)):
            data += more
        return data
    finally:
        os.close(descriptor)
