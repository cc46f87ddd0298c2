"""A file of a knowledge base, before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class File:
    """A file of a knowledge base, as a reader found it.

    Attributes:
        path: path from the root, with forward slashes.
        kind: "file", "link" for a symbolic link, "special" for what is neither file nor folder, "unreachable" for
            what the system does not let us open, "private" for personal information that Git tracks outside ``private/``.
        size: in bytes.
        read: returns the bytes, or raises OSError; called for Markdown and registry files, and for the files of
            an archive when they are compared with their record.
        listed: True when only its existence matters: it is named among the files of its community and never read.
        stamp: what changes on the disk when the file does; empty where nothing tells.
        sum: SHA-256 of its bytes, when that is known without reading it.
    """

    path: str
    kind: Literal["file", "link", "special", "unreachable", "private"]
    size: int
    read: Callable[[], bytes]
    listed: bool = False
    stamp: tuple[int, ...] = ()
    sum: str = ""
