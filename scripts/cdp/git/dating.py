"""When each file of a knowledge base last changed, as its history says: the same in every clone that is whole."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cdp.git.running import GitError, ask

_MARK = b"\x01"
"""Comes before the date of a commit: no path of a community begins so."""


def shallow(root: Path) -> bool:
    """Tell whether this clone has only a part of its history; False outside a repository."""
    try:
        return ask(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except GitError:
        return False


def last_changes(root: Path, zone: ZoneInfo) -> dict[str, date]:
    """Return the day when each file of the communities last changed, by path from the root.

    The day is that of the last commit that touches the file, when its author wrote it. A clone that is not whole would
    give the day of its cut, another day in each clone: nothing is said then, nor without Git.

    Args:
        root: folder that holds ``communities/``, anywhere in its Git repository.
        zone: where a day begins.
    """
    if shallow(root):
        return {}
    asked = ("log", "-c", "--name-only", "--no-renames", "--relative", "-z", f"--format={_MARK.decode()}%at", "HEAD")
    try:
        answer = ask(root, *asked, "--", "communities")
    except GitError:
        return {}
    found: dict[str, date | None] = {}
    day: date | None = None
    for word in answer.split(b"\0"):
        if word.startswith(_MARK):
            day = _day(word[1:], zone)
        elif path := os.fsdecode(word.removeprefix(b"\n")):
            found.setdefault(path, day)
    return {path: day for path, day in found.items() if day is not None}


def _day(seconds: bytes, zone: ZoneInfo) -> date | None:
    """Return the day of a moment; None for one that no calendar has: whoever commits may write any number."""
    try:
        return datetime.fromtimestamp(int(seconds), zone).date()
    except (ValueError, OverflowError, OSError):
        return None
