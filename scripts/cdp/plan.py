"""What a command would change, before it changes anything: paths and their new bytes, to be shown, then written."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdp.frontmatter import Edit, decode, edit
from cdp.text import Text

Action = Literal["create", "change", "remove", "same"]

_SHOWN = 400
"""Most lines of one file in :func:`differences`: a plan is read by a person."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would change.

    Attributes:
        changes: path from the root (``/`` between names) → new bytes, or None to remove the file.
        before: what each path held when the plan was made, None when it was absent. A path that is missing here is
            taken as it is when the plan is shown (see :meth:`seen`). The writer refuses when the disk differs.
        notes: what the person should know.
    """

    changes: Mapping[str, bytes | None]
    before: Mapping[str, bytes | None] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    def seen(self, found: Mapping[str, bytes | None]) -> Plan:
        """Return the plan with what was found on the disk where ``before`` says nothing."""
        return Plan(self.changes, {path: self.before.get(path, found.get(path)) for path in self.changes}, self.notes)

    def action(self, path: str) -> Action:
        """Tell what would happen to a path."""
        old, new = self.before.get(path), self.changes[path]
        if old == new:
            return "same"
        return "create" if old is None else "remove" if new is None else "change"

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that would really change, in order."""
        return tuple(path for path in sorted(self.changes) if self.action(path) != "same")


def edited(raw: bytes, edits: Sequence[Edit], order: Sequence[str] = ()) -> bytes:
    """Return a Markdown file with its front matter edited in place; a byte order mark and all other bytes stay.

    Args:
        raw: the file.
        edits: what to change.
        order: usual order of the keys; a new one takes its place there.

    Raises:
        Unreadable: the file cannot be read as it is.
        KeyError, ValueError: the edit does not fit (see :func:`cdp.frontmatter.edit`).
    """
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    return mark + edit(decode(raw), edits, order).encode("utf-8")


def differences(plan: Plan, path: str) -> Iterator[str]:
    """Yield the lines of a unified diff of a file, without its two lines of names; nothing for what is not text."""
    try:
        old, new = ((side or b"").decode("utf-8") for side in (plan.before.get(path), plan.changes[path]))
    except UnicodeDecodeError:
        return
    for number, line in enumerate(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)):
        if number > _SHOWN:
            yield "…"
            return
        if number > 1:
            yield line
