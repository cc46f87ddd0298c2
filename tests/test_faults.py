"""Writing under faults: whatever is cut, killed or refused on the way, all is as before or all is done, commit included."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from cdp.cli import group
from tests.conftest import tree, write
from tests.test_archive import frozen, git
from tests.test_archive_crash import living
from tests.test_closing import LIFE
from tests.test_kickoff import SHEET
from tests.test_writing import Killed

__all__ = ["frozen", "living"]

TWO = ("--approved-by", "Rose", "--approved-by", "Jean")
JUDGED = (
    "--verdict",
    "o1=met",
    "--evidence",
    "o1=notes/guide.md",
    "--verdict",
    "o2=partly",
    "--explanation",
    "o2=Un essai",
)
COMMANDS = {
    "freeze": ("living", ("archive", "a")),
    "redact": ("frozen", ("archive", "redact", "a", "notes/x.md", "--reason", "rights", *TWO)),
    "note": ("frozen", ("archive", "note", "a", "Une précision.", "--about", "notes/x.md")),
    "close": ("active", ("close", "a", "--reason", "L'essentiel est atteint.", "--outcome", "fulfilled")),
    "review": ("active", ("season", "review", "a", "s1", *JUDGED, "--as-of", "2026-12-19")),
    "record": ("active", ("kickoff", "record", "b", "--from", "reponses.yml")),
}  # fmt: skip
"""Each command that changes several files at once, and the knowledge base in which it runs."""


@pytest.fixture(scope="module")
def active(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A community under way, another that will start, and the answers of its kickoff."""
    root = tmp_path_factory.mktemp("active") / "base"
    write(root, LIFE | {"reponses.yml": SHEET})
    git(root.parent, "init", "-q", "-b", "main", str(root))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    return root


class Case(NamedTuple):
    """A command, the base before it, and what it and Git hold before and after."""

    words: tuple[str, ...]
    ground: Path
    before: object
    after: object

    def copy(self, root: Path) -> tuple[str, ...]:
        """Copy the base to a place; return the words of the command there."""
        shutil.copytree(self.ground, root, symlinks=True)
        there = (str(root / word) if (self.ground / word).is_file() and "." in word else word for word in self.words)
        return (*there, "--root", str(root), "--apply")

    def state(self, root: Path) -> str:
        """Tell what a base has come to."""
        return {repr(self.before): "before", repr(self.after): "after"}.get(repr(seen(root)), "mixed")


def seen(root: Path) -> object:
    """Return what a base holds: files, the tree of the last commit, and what Git says of the index and of the disk."""
    status = git(root, "status", "--porcelain", "--untracked-files=all", "--", "communities")
    return tree(root / "communities"), git(root, "rev-parse", "HEAD^{tree}"), status


@pytest.fixture(scope="module", params=COMMANDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    name, words = COMMANDS[request.param]
    ground = request.getfixturevalue(name)
    made = Case(words, ground, seen(ground), None)
    done = tmp_path_factory.mktemp("after") / "base"
    result = CliRunner().invoke(group, made.copy(done))
    assert result.exit_code == 0, result.output
    after = seen(done)
    assert after != made.before
    return made._replace(after=after)


# Faults in the program


TOLD = (
    (os, ("fsync", "mkdir", "rename", "replace")),
    (Path, ("rename", "replace", "unlink", "mkdir", "rmdir", "touch")),
    (shutil, ("copymode",)),
)
WRITING = {"hash-object", "read-tree", "update-index", "write-tree", "commit-tree", "update-ref"}


class Stream:
    """A file that is written through a fault: a full disk says so at the writing, not at the opening."""

    def __init__(self, real: Any, fault: Fault) -> None:
        self.real = real
        self.fault = fault

    def __enter__(self) -> Stream:
        self.real.__enter__()
        return self

    def __exit__(self, *why: Any) -> None:
        self.real.__exit__(*why)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def write(self, data: Any) -> int:
        self.fault.strike()
        count: int = self.real.write(data)
        return count


class Fault:
    """The call number ``at`` that writes, of cdp or by Git, fails or is the last of the process."""

    def __init__(self, at: int, code: int | None, *, after: bool = False) -> None:
        self.at = at
        self.code = code
        self.after = after
        self.count = 0

    def strike(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed if self.code is None else OSError(self.code, os.strerror(self.code))

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if not self.after:
                self.strike()
            done = real(*args, **kwargs)
            if self.after:
                self.strike()
            return done

        return wrapped

    def open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if set(mode) & set("wa+x"):
                self.strike()
                return Stream(real(path, mode, *args, **kwargs), self)
            return real(path, mode, *args, **kwargs)

        return opened

    def git(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """A Git that writes may be refused by the disk, or be the last thing that ran, before or after its work."""

        def ran(command: list[str], **kwargs: Any) -> Any:
            if not WRITING & set(command):
                return real(command, **kwargs)
            if self.code is None:
                return self.wrap(real)(command, **kwargs)
            self.count += 1
            if self.count == self.at:
                said = f"fatal: unable to write: {os.strerror(self.code)}".encode()
                return subprocess.CompletedProcess(command, 128, b"", said)
            return real(command, **kwargs)

        return ran


def struck(words: tuple[str, ...], fault: Fault) -> bool:
    """Run a command through a fault; tell whether the fault was reached. It never ends with a traceback."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, names in TOLD:
            for name in names:
                patch.setattr(owner, name, fault.wrap(getattr(owner, name)))
        patch.setattr(Path, "open", fault.open(Path.open))
        patch.setattr("cdp.git.running.subprocess.run", fault.git(subprocess.run))
        try:
            done = CliRunner().invoke(group, words)
        except Killed:
            return True
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return fault.count >= fault.at


WAYS = {
    "kill": (None, False), "kill-after": (None, True), "EIO": (errno.EIO, False), "ENOSPC": (errno.ENOSPC, False),
    "EACCES": (errno.EACCES, False),
}  # fmt: skip


def places(count: int, whole: bool, shift: int) -> list[int]:
    """Return which of some calls to strike: all, or the first, the last, and some between, others at each shift."""
    return (
        list(range(1, count + 1)) if whole else sorted({1, *range(2 + shift, count, max(9, count // 3)), count} - {0})
    )


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_fault_at_any_write_leaves_all_before_or_all_after(
    way: str, case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    code, after = WAYS[way]
    whole = Fault(0, code, after=after)
    struck(case.copy(tmp_path / "whole"), whole)
    assert whole.count > 12
    for at in places(whole.count, bool(request.config.getoption("--every-fault")), 2 * list(WAYS).index(way)):
        root = tmp_path / str(at)
        assert struck(case.copy(root), Fault(at, code, after=after))
        if code is not None:
            assert case.state(root) != "mixed", f"mixed after a refusal at call {at}"
        CliRunner().invoke(group, ["status", "--root", str(root)])
        assert case.state(root) in (("before",) if at == 1 else ("before", "after")), f"mixed state after call {at}"
        assert not (root / ".cdp/journal").exists()
        shutil.rmtree(root)


# Faults of the system


ANSWERS = {
    "fsync": ("signal=KILL", "error=EIO", "error=ENOSPC"),
    "rename": ("signal=KILL", "error=EACCES", "error=EIO"),
    "write": ("signal=KILL", "error=ENOSPC", "error=EIO"),
    "mkdir": ("signal=KILL", "error=ENOSPC", "error=EACCES"),
    "link": ("signal=KILL", "error=ENOSPC", "error=EACCES"),
    "unlink": ("signal=KILL", "error=EACCES", "error=EIO"),
    "rmdir": ("signal=KILL", "error=EIO"),
    "chmod": ("signal=KILL", "error=EIO"),
    "openat": ("signal=KILL", "error=EACCES"),
}
"""System calls that write, and what a disk, or whoever kills the process, may answer to each."""
PAIRS = [(call, answer) for call, answers in ANSWERS.items() for answer in answers]
SAMPLED = [("fsync", "signal=KILL"), ("rename", "error=EACCES"), ("write", "error=ENOSPC"), ("rename", "signal=KILL")]


def traced(case: Case, root: Path, call: str, answer: str = "", at: int = 0) -> str:
    """Run a command under ``strace``; return what the system was asked and answered. It never ends with a traceback."""
    words = case.copy(root)
    told = root.with_suffix(".txt")
    inject = ["-e", f"inject={call}:{answer}:when={at}"] if at else []
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", told, "-e", f"trace={call}", *inject, sys.executable, "-m", "cdp", *words],
        capture_output=True, check=False, cwd=root.parent,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return told.read_text(errors="replace")


def most(told: str) -> int:
    """Return how many calls the process that made the most of them made: each one counts its own."""
    found: dict[str, int] = {}
    for line in told.splitlines():
        process, _, rest = line.partition(" ")
        if re.match(r"\s*\w+\(", rest):
            found[process] = found.get(process, 0) + 1
    return max(found.values(), default=0)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "answer" in metafunc.fixturenames:
        metafunc.parametrize(("call", "answer"), PAIRS if metafunc.config.getoption("--every-fault") else SAMPLED)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes the system itself fail")
def test_the_system_itself_refuses_or_kills_at_any_of_its_calls(
    call: str, answer: str, case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The call number ``at`` of cdp, and of each Git that it runs: nothing is replaced in the program."""
    whole = bool(request.config.getoption("--every-fault"))
    count = most(traced(case, tmp_path / "count", call))
    for at in places(count, whole, PAIRS.index((call, answer)) % 9):
        root = tmp_path / str(at)
        traced(case, root, call, answer, at)
        if answer != "signal=KILL":
            assert case.state(root) != "mixed" or (root / ".cdp/journal").exists(), f"{call} {at}"
        for lock in (root / ".git").rglob("*.lock"):
            # What a Git that was killed leaves: the message names it, a person removes it.
            lock.unlink()
        CliRunner().invoke(group, ["status", "--root", str(root)])
        assert case.state(root) != "mixed", f"{call} {at}"
        assert not (root / ".cdp/journal").exists()
        shutil.rmtree(root)
