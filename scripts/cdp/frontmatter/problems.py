"""What front matter may hold, what is refused, and how a refusal is said."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

import yaml

from cdp.text import T, Text

if not yaml.__with_libyaml__:
    # Two readers of YAML would read two different files: one only, and said clearly when it is not there.
    raise ImportError(
        "PyYAML est installé sans libyaml. Réinstallez-le : python -m pip install --force-reinstall PyYAML"
    )

Data = Any
"""What front matter holds: text, bool, None, lists and dicts of these."""

Path = tuple[str | int, ...]
"""Way to a key or an item: ``("objectives", 0, "id")``."""

MAX_FILE = 1024 * 1024
"""Largest Markdown file, in bytes."""
MAX_FRONT_MATTER = 16 * 1024
"""Largest front matter, in bytes, without the legacy."""
MAX_LEGACY = 64 * 1024
"""Largest list of a legacy, in bytes: a long life leaves hundreds of files, and each has its choice."""
MAX_DEPTH = 6
"""Deepest nesting of mappings and lists."""

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
"""Control characters, line breaks of other systems, Unicode's bidi controls, byte order marks out of place."""


class Problem(NamedTuple):
    """One fault of a file: 1-based line and column (0 when the whole file or line is meant), words, cure."""

    kind: Literal["unreadable", "syntax"]
    line: int
    column: int
    message: Text
    fix: Text


class Unreadable(Exception):  # noqa: N818 - it is an answer, not a failure of cdp
    """The bytes are not a text that cdp accepts, or the front matter cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.problem = problem


def invisible(kind: Literal["unreadable", "syntax"], character: str, line: int, column: int) -> Unreadable:
    """Refuse a character that cannot be seen, or an old line end."""
    if character == "\r":
        message = T("une fin de ligne est d'un ancien système (retour de chariot seul)")
        fix = T("Enregistrez le fichier avec des fins de ligne LF (Unix) ou CRLF (Windows).")
    else:
        message = T("le caractère invisible U+{code} n'est pas permis", code=f"{ord(character):04X}")
        fix = T("Effacez ce caractère à la ligne et à la colonne indiquées, ou retapez la ligne.")
    return Unreadable(Problem(kind, line, column, message, fix))


def position(text: str, index: int) -> tuple[int, int]:
    """Return line and column (1-based) of an offset."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def unreadable(message: Text, fix: Text, line: int = 0, column: int = 0) -> Unreadable:
    """Refuse the bytes of a file."""
    return Unreadable(Problem("unreadable", line, column, message, fix))


def syntax(message: Text, fix: Text, line: int, column: int = 1) -> Unreadable:
    """Refuse a front matter, at a line and a column of the file."""
    return Unreadable(Problem("syntax", line, column, message, fix))


def refused(message: Text, fix: Text, event: Any) -> Unreadable:
    """Refuse what a YAML event brings, where it is written."""
    mark = event.start_mark
    return syntax(message, fix, mark.line + 2, mark.column + 1)


def shown(text: str) -> str:
    """Return a text cut to what a message can hold."""
    return text if len(text) <= 40 else f"{text[:39]}…"
