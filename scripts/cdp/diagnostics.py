"""What a check can say, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from cdp.text import Text

Severity = Literal["error", "warning", "info"]


class Place(NamedTuple):
    """A point in a file of the knowledge base.

    Attributes:
        path: path from the root, with forward slashes.
        line: 1-based; 0 when the whole file is meant.
        column: 1-based, in characters; 0 when the whole line is meant.
    """

    path: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong that reading a file found, before any rule has judged it.

    Attributes:
        kind: which rule reports it, such as "syntax" or "unknown_key" (see ``rules.documents``).
        place: where.
        message: what is wrong.
        fix: what to do.
        key: the top-level key of the front matter that is concerned, or "".
    """

    kind: str
    place: Place
    message: Text
    fix: Text
    key: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding of a rule."""

    rule: str
    name: str
    severity: Severity
    place: Place
    message: Text
    fix: Text
    community: str = ""

    def key(self) -> tuple[str, int, int, str, str]:
        """Return what diagnostics are sorted by: file, line, column, rule, words."""
        return (*self.place, self.rule, str(self.message))
