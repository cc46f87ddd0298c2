"""Git's names of files and folders, computed from bytes alone (Git, "Git Objects")."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from cdp.model.registry import Tree

Algorithm = Literal["sha1", "sha256"]


def blob_id(data: bytes, algorithm: Algorithm = "sha1") -> str:
    """Return Git's name of a file's bytes."""
    return _named(b"blob", data, algorithm).hex()


def tree_id(files: Mapping[str, bytes], algorithm: Algorithm = "sha1") -> str:
    """Return Git's name of a folder of ordinary files (mode 100644), from their bytes.

    Args:
        files: by path from the folder.
        algorithm: of the repository; "sha256" for those made with ``--object-format=sha256``.
    """
    return _tree(files, algorithm).hex()


def tree(files: Mapping[str, bytes]) -> Tree:
    """Return Git's name of a folder in both hashes."""
    return Tree(sha1=tree_id(files, "sha1"), sha256=tree_id(files, "sha256"))


def _tree(files: Mapping[str, bytes], algorithm: Algorithm) -> bytes:
    folders: dict[str, dict[str, bytes]] = {}
    entries: list[tuple[bytes, bytes, bytes]] = []
    for path, data in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = data
        else:
            entries.append((name.encode(), b"100644", _named(b"blob", data, algorithm)))
    for name, inside in folders.items():
        # Git sorts a folder as if its name ended with a slash.
        entries.append((name.encode() + b"/", b"40000", _tree(inside, algorithm)))
    lines = (mode + b" " + name.removesuffix(b"/") + b"\0" + named for name, mode, named in sorted(entries))
    return _named(b"tree", b"".join(lines), algorithm)


def _named(kind: bytes, data: bytes, algorithm: Algorithm) -> bytes:
    # Git's choice, not ours: SHA-256 of the raw bytes is recorded beside it.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    digest.update(kind + b" " + str(len(data)).encode() + b"\0" + data)
    return digest.digest()
