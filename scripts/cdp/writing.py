"""The one writer: a plan becomes files, all of them or none, whatever happens on the way.

New and former bytes are first copied beside the files, in ``.cdp/journal``, and forced to the disk; then the
journal's list is put in place by one rename, which is the moment from which the plan counts as done. What a
crash leaves after that moment is finished at the next start, by renames that may be repeated; what it leaves
before is thrown away. An error of the system (no room, no right, a failing disk) in the middle turns the list into its
contrary, by one rename too, and the former bytes go back.

A plan may end with a last step that is not a file, such as the name of a commit: the journal holds it as data, so that it
too is done or undone after a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

from cdp.plan import Plan

_HOME = ".cdp"
_DO: Final = "do.json"
_UNDO: Final = "undo.json"


class Busy(Exception):  # noqa: N818 - said as a state, as the messages say it
    """Another cdp is writing in this knowledge base."""


class Outdated(Exception):  # noqa: N818 - said as a state, as the messages say it
    """A file changed since the plan was made.

    Attributes:
        path: which, from the root.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Unsafe(Exception):  # noqa: N818 - said as a state, as the messages say it
    """A path of the plan leaves the knowledge base, or goes through a link.

    Attributes:
        path: which.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Steps:
    """How a last step is done and undone, from its data; both may be cut anywhere and done again."""

    carry: Callable[[Path, Any], None]
    undo: Callable[[Path, Any], None]


@contextlib.contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the knowledge base's lock: one writer at a time. The system frees it when the process ends, however it ends.

    Raises:
        Busy: another process holds it.
    """
    home = root / _HOME
    home.mkdir(exist_ok=True)
    with (home / "lock").open("a+b") as stream:
        _take(stream)
        yield


def apply(root: Path, plan: Plan, step: Any = None, steps: Steps | None = None) -> None:
    """Carry out a plan, all or nothing.

    Args:
        root: the knowledge base.
        plan: with ``before`` for each of its paths.
        step: the last step, as data that JSON can hold; None when files are all.
        steps: how it is done.

    Raises:
        Busy: another cdp is writing.
        Outdated: a file is no longer what the plan saw.
        Unsafe: a path leaves the knowledge base.
        OSError: the system refused; every file is as before.
        Exception: the last step's own; every file is as before, too.
    """
    with lock(root):
        _finish(root, steps)
        for path in plan.paths:
            _inside(root, path)
            if read(root, path) != plan.before.get(path):
                raise Outdated(path)
        journal = root / _HOME / "journal"
        _write_journal(root, journal, plan, step)
        try:
            _carry_out(root, journal, _DO, steps)
        except Exception:
            (journal / _DO).rename(journal / _UNDO)
            _carry_out(root, journal, _UNDO, steps)
            raise


def recover(root: Path, steps: Steps | None = None) -> Literal["done", "undone", ""]:
    """Finish, or undo, what a crash left; tell which, "" when there was nothing.

    Raises:
        Busy: another cdp is writing now.
        OSError: the system refuses; the journal stays and the next start tries again.
        Exception: the last step's own, when it can be neither done nor undone; the same.
    """
    if not (root / _HOME / "journal").is_dir():
        return ""
    with lock(root):
        return _finish(root, steps)


def read(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file, None when it is absent."""
    try:
        descriptor = os.open(root / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def _finish(root: Path, steps: Steps | None) -> Literal["done", "undone", ""]:
    journal = root / _HOME / "journal"
    if (journal / _DO).is_file():
        try:
            _carry_out(root, journal, _DO, steps)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - the last step's own: what it cannot do now is undone
            (journal / _DO).rename(journal / _UNDO)
        else:
            return "done"
    if (journal / _UNDO).is_file():
        _carry_out(root, journal, _UNDO, steps)
        return "undone"
    shutil.rmtree(journal, ignore_errors=True)
    return ""


def _write_journal(root: Path, journal: Path, plan: Plan, step: Any) -> None:
    """Copy new and former bytes to the journal, then put its list in place: from then on the plan counts."""
    try:
        shutil.rmtree(journal, ignore_errors=True)
        journal.mkdir(parents=True)
        entries = []
        for number, path in enumerate(plan.paths):
            entry: dict[str, Any] = {"path": path}
            for side, data in (("new", plan.changes[path]), ("old", plan.before.get(path))):
                entry[side] = None if data is None else hashlib.sha256(data).hexdigest()
                if data is not None:
                    _durable(journal / f"{number}.{side}", data)
                    if plan.before.get(path) is not None:
                        shutil.copymode(root / path, journal / f"{number}.{side}")
            entries.append(entry)
        _durable(journal / "list", json.dumps({"version": 1, "entries": entries, "step": step}).encode())
        _sync(journal)
        (journal / "list").rename(journal / _DO)
    except OSError:
        shutil.rmtree(journal, ignore_errors=True)
        raise


def _carry_out(root: Path, journal: Path, name: Literal["do.json", "undo.json"], steps: Steps | None) -> None:
    """Put the bytes of one side in place, and do or undo the last step. It may be cut anywhere and done again."""
    _sync(journal)
    side = "new" if name == _DO else "old"
    written = json.loads((journal / name).read_bytes())
    entries, step = written["entries"], written.get("step")
    if step is not None and steps is None:
        raise RuntimeError("this journal ends with a step that nobody here can do")
    if step is not None and steps is not None and name == _UNDO:
        steps.undo(root, step)
    folders = set()
    for number, entry in enumerate(entries):
        path = entry["path"]
        target = root / path
        _inside(root, path)
        if entry[side] is None:
            target.unlink(missing_ok=True)
        elif (journal / f"{number}.{side}").is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            (journal / f"{number}.{side}").replace(target)
        folders.add(target.parent)
    for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
        _prune(root, folder)
    for folder in folders:
        if folder.is_dir():
            _sync(folder)
    if step is not None and steps is not None and name == _DO:
        steps.carry(root, step)
    (journal / name).unlink()
    shutil.rmtree(journal, ignore_errors=True)


def _prune(root: Path, folder: Path) -> None:
    """Remove folders that a removal left empty, the community's own included: Git does not keep them either."""
    while len(folder.relative_to(root).parts) > 1:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _inside(root: Path, path: str) -> None:
    """Refuse a path that is not plainly below the root: absolute, with ``..``, or through a symbolic link."""
    parts = path.split("/")
    if not path or "\\" in path or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        raise Unsafe(path)
    if parts[0] in (_HOME, ".git"):
        raise Unsafe(path)
    place = root
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise Unsafe(path)
    if place.is_dir():
        raise Unsafe(path)


def _durable(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Force a folder's names to the disk; Windows has no such call, and does it by itself."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _take(stream: IO[bytes]) -> None:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if isinstance(error, BlockingIOError | PermissionError):
            raise Busy from error
        raise
