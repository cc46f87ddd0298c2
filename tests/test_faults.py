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


TOLD = ("open", "os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.chmod", "os.truncate")
"""What Python tells of before it asks the system (sys.addaudithook); writes and fsync are struck by hand."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
WRITING = {"hash-object", "read-tree", "update-index", "write-tree", "commit-tree", "update-ref"}
REFUSALS = (errno.EIO, errno.ENOSPC, errno.EACCES)
SWEPT = ("archive", "close")
"""Commands of which every call is struck; of the others, some."""
STRIKING: list[Fault] = []
"""The fault under way, if any."""


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
    """The call number ``at`` in a folder, of cdp or by Git, fails or is the last of the process."""

    def __init__(self, root: Path, at: int, code: int | None) -> None:
        self.root = str(root.resolve())
        self.at = at
        self.code = code
        self.count = 0
        self.read = False

    def strike(self, *, read: bool = False) -> None:
        self.count += 1
        if self.count == self.at:
            self.read = read
            raise Killed if self.code is None else OSError(self.code, os.strerror(self.code))

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Strike a call that is about the folder; to be killed before it reads is to be killed before it writes."""
        read = event == "open" and not int(args[2] or 0) & TO_WRITE
        if event in TOLD and not (read and self.code is None) and place(args).startswith(self.root):
            self.strike(read=read)

    def wrap(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.strike()
            return real(*args, **kwargs)

        return wrapped

    def open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            stream = real(path, mode, *args, **kwargs)
            return Stream(stream, self) if set(mode) & set("wa+x") else stream

        return opened

    def git(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """A Git that writes may be refused by the disk, or never run."""

        def ran(command: list[str], **kwargs: Any) -> Any:
            try:
                if WRITING & set(command):
                    self.strike()
            except OSError as error:
                return subprocess.CompletedProcess(
                    command, 128, b"", f"fatal: unable to write: {error.strerror}".encode()
                )
            return real(command, **kwargs)

        return ran


def place(args: tuple[Any, ...]) -> str:
    """Return the path of what Python tells of: by name, by number, or beside an open folder."""
    if isinstance(args[0], int):
        return str(Path(f"/proc/self/fd/{args[0]}").readlink())
    path = os.fsdecode(args[0])
    folders = [Path(f"/proc/self/fd/{word}") for word in args[:0:-1] if isinstance(word, int) and word > 2]
    beside = next((folder.readlink() for folder in folders if folder.is_symlink()), Path.cwd())
    return str(beside / path)


def heard(event: str, args: tuple[Any, ...]) -> None:
    if STRIKING:
        STRIKING[0].hear(event, args)


sys.addaudithook(heard)


def struck(words: tuple[str, ...], fault: Fault) -> bool:
    """Run a command through a fault; tell whether the fault was reached. It never ends with a traceback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fault.wrap(os.fsync))
        patch.setattr(Path, "open", fault.open(Path.open))
        patch.setattr("cdp.git.running.subprocess.run", fault.git(subprocess.run))
        STRIKING.append(fault)
        try:
            done = CliRunner().invoke(group, words)
        except Killed:
            return True
        finally:
            STRIKING.clear()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return fault.count >= fault.at


def places(count: int, whole: bool, shift: int) -> list[int]:
    """Return which of some calls to strike: all, or the first, the last, and some between, others at each shift."""
    return (
        list(range(1, count + 1)) if whole else sorted({1, *range(2 + shift, count, max(9, count // 3)), count} - {0})
    )


def settled(case: Case, root: Path, what: str) -> None:
    """Show that the next command finds, or makes, all before or all after."""
    if (root / ".cdp/journal").exists():
        CliRunner().invoke(group, ["status", "--root", str(root)])
    assert case.state(root) != "mixed", f"mixed state after {what}"
    assert not (root / ".cdp/journal").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are known by their number")
@pytest.mark.parametrize("way", ["killed", "refused"])
def test_a_fault_at_any_call_leaves_all_before_or_all_after(
    way: str, case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What refuses changes from call to call; ``--every-fault`` tries each answer to each call."""
    every = bool(request.config.getoption("--every-fault"))
    codes = (None,) if way == "killed" else REFUSALS
    whole = Fault(tmp_path / "whole", 0, codes[0])
    struck(case.copy(tmp_path / "whole"), whole)
    assert whole.count > 12
    for at in places(whole.count, every or case.words[0] in SWEPT, 2):
        for code in codes if every else (codes[at % len(codes)],):
            root = tmp_path / f"{at}-{code}"
            fault = Fault(root, at, code)
            assert struck(case.copy(root), fault)
            # A text that cannot be read is left out of what is planned, or stops the command: the plan is another.
            if code is not None and not fault.read:
                assert case.state(root) != "mixed", f"mixed after a refusal at call {at}"
            if not fault.read:
                settled(case, root, f"call {at}")
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
SAMPLED = [("fsync", "signal=KILL"), ("openat", "error=EACCES")]


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
    for at in places(count, whole, 0) if whole else {count // 2, count}:
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


# Faults of the system under Git


GIT_CALLS = ("openat", "write", "fsync", "rename", "link", "unlink", "mkdir", "rmdir", "chmod", "ftruncate")
GIT_ANSWERS = ("signal=KILL", "error=EIO", "error=ENOSPC", "error=EACCES")


class Struck:
    """Runs every Git under ``strace`` that writes; the one of this number meets a fault."""

    def __init__(self, folder: Path, at: int = 0, inject: str = "") -> None:
        self.folder = folder
        self.at = at
        self.inject = inject
        self.count = 0

    def run(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def ran(command: list[str], **kwargs: Any) -> Any:
            if not WRITING & set(command):
                return real(command, **kwargs)
            self.count += 1
            if self.at not in (0, self.count):
                return real(command, **kwargs)
            told = self.folder / f"{self.count}.txt"
            fault = ["-e", f"inject={self.inject}"] if self.inject else []
            calls = f"trace={','.join(GIT_CALLS)}"
            return real([str(STRACE), "-f", "-qq", "-y", "-o", str(told), "-e", calls, *fault, *command], **kwargs)

        return ran

    def calls(self) -> list[tuple[int, str, int]]:
        """Return the calls that write in the repository: of which Git, which one, its number among those of its process."""
        found: list[tuple[int, str, int]] = []
        for number in range(1, self.count + 1):
            seen: dict[tuple[str, str], int] = {}
            for line in (self.folder / f"{number}.txt").read_text(errors="replace").splitlines():
                match = re.match(r"(\d+)\s+(\w+)\((.*)", line)
                if match is None:
                    continue
                process, call, about = match.groups()
                seen[process, call] = seen.get((process, call), 0) + 1
                reads = call == "openat" and not re.search(r"O_WRONLY|O_RDWR|O_CREAT", about)
                if not reads and ".git/" in about:
                    found.append((number, call, seen[process, call]))
        return found


STRACE = shutil.which("strace")


@pytest.mark.slow
@pytest.mark.skipif(STRACE is None, reason="strace makes the system itself fail")
@pytest.mark.parametrize("part", range(3))
def test_a_git_that_the_system_refuses_or_kills_leaves_all_before_or_all_after(
    part: int, frozen: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """At every call by which a Git of ours writes in the repository; what happens changes from call to call."""
    words = COMMANDS["note"][1]
    case = Case(words, frozen, seen(frozen), None)

    def run(root: Path, struck: Struck) -> None:
        struck.folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("cdp.git.running.subprocess.run", struck.run(subprocess.run))
            done = CliRunner().invoke(group, case.copy(root))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info

    whole = Struck(tmp_path / "told")
    run(tmp_path / "whole", whole)
    case = case._replace(after=seen(tmp_path / "whole"))
    assert case.after != case.before
    every = bool(request.config.getoption("--every-fault"))
    calls = whole.calls()
    assert len(calls) > 12
    for number, (at, call, when) in list(enumerate(calls))[part::3]:
        for answer in GIT_ANSWERS if every else (GIT_ANSWERS[number % len(GIT_ANSWERS)],):
            root = tmp_path / f"{number}-{answer}"
            run(root, Struck(tmp_path / f"told-{number}-{answer}", at, f"{call}:{answer}:when={when}"))
            for lock in (root / ".git").rglob("*.lock"):
                # What a Git that was killed leaves: the message names it, a person removes it.
                lock.unlink()
            settled(case, root, f"{call} {when} of Git {at}: {answer}")
            shutil.rmtree(root)
