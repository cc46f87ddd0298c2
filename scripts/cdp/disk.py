"""The disk: reads a knowledge base, writes all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cdp.load import File


def read(root: Path, slugs: tuple[str, ...] = ()) -> Iterator[File]:
    """Yield the files of a knowledge base: ``communities/`` and the templates of ``theme/new/``.

    Symbolic links are reported as such and never followed.

    Args:
        root: folder that holds ``communities/``.
        slugs: only these communities, with the registry; all when empty.
    """
    for folder in ("communities", "theme/new"):
        if (root / folder).is_dir() and not (root / folder).is_symlink():
            for file in _walk(str(root / folder), folder):
                parts = file.path.split("/")
                if not slugs or parts[0] != "communities" or len(parts) < 3 or parts[1] in (*slugs, ".archives"):
                    yield file


def _walk(folder: str, prefix: str) -> Iterator[File]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = f"{prefix}/{entry.name}"
            if entry.is_symlink():
                yield File(path, "link", 0, bytes)
            elif entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, path)
            elif entry.is_file(follow_symlinks=False):
                yield File(path, "file", entry.stat(follow_symlinks=False).st_size, partial(_bytes, entry.path))
            else:
                yield File(path, "special", 0, bytes)


def _bytes(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()
