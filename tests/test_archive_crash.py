"""Freezing, redacting, noting: whatever is cut or refused on the way, all is as before or all is done, commit included."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cdp.cli.archive import archive
from cdp.cli.status import status
from tests.conftest import Cdp, write
from tests.test_archive import FILES, FROZEN, RECORD, frozen, git, refused
from tests.test_writing import Killed

__all__ = ["frozen"]

FREEZE = ("freeze", "a", "--apply")
REDACT = (
    "redact",
    "a",
    "notes/x.md",
    "--reason",
    "rights",
    "--approved-by",
    "Rose",
    "--approved-by",
    "Jean",
    "--apply",
)
TOLD = (
    (os, ("fsync", "mkdir", "rename", "replace")),
    (Path, ("rename", "replace", "unlink", "mkdir", "rmdir", "touch")),
    (shutil, ("copymode",)),
)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository just before the freeze."""
    root = tmp_path_factory.mktemp("living") / "base"
    write(root, FILES)
    git(root.parent, "init", "-q", "-b", "main", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    return root


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
            if not {"hash-object", "read-tree", "update-index", "write-tree", "commit-tree", "update-ref"} & set(
                command
            ):
                return real(command, **kwargs)
            if self.code is None:
                return self.wrap(real)(command, **kwargs)
            self.count += 1
            if self.count == self.at:
                said = f"fatal: unable to write: {os.strerror(self.code)}".encode()
                return subprocess.CompletedProcess(command, 128, b"", said)
            return real(command, **kwargs)

        return ran


def struck(root: Path, words: tuple[str, ...], fault: Fault) -> bool:
    """Run a command through a fault; tell whether the fault was reached. It never ends with a traceback."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, names in TOLD:
            for name in names:
                patch.setattr(owner, name, fault.wrap(getattr(owner, name)))
        patch.setattr(Path, "open", fault.open(Path.open))
        patch.setattr("cdp.git.running.subprocess.run", fault.git(subprocess.run))
        try:
            done = CliRunner().invoke(archive, [*words, "--root", str(root)])
        except Killed:
            return True
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return fault.count >= fault.at


def state(root: Path) -> str:
    """Tell whether the branch, the index and the disk agree on before or after; "mixed" otherwise."""
    last = git(root, "log", "-1", "--format=%s")
    if git(root, "status", "--porcelain", "--untracked-files=all", "--", "communities") or refused(root, "HEAD"):
        return "mixed"
    return {"Before": "before", "After": "before"}.get(last, "after")


@pytest.mark.parametrize(
    ("words", "code", "after"),
    [
        pytest.param(
            words, code, after, id=f"{words[0]}-{errno.errorcode.get(code or 0, 'kill')}{'-after' * after}", marks=marks
        )
        for words, quick in ((FREEZE, pytest.mark.slow), (REDACT, ()))
        for code, after, marks in (
            (None, False, quick),
            (None, True, pytest.mark.slow),
            (errno.EIO, False, pytest.mark.slow),
            (errno.ENOSPC, False, pytest.mark.slow),
            (errno.EACCES, False, pytest.mark.slow),
        )
    ],
)
def test_a_fault_at_any_write_leaves_all_before_or_all_after(
    words: tuple[str, ...], code: int | None, after: bool, living: Path, frozen: Path, tmp_path: Path
) -> None:
    seen: list[str] = []
    for at in range(1, 400):
        root = tmp_path / str(at)
        shutil.copytree(living if words is FREEZE else frozen, root, symlinks=True)
        reached = struck(root, words, Fault(at, code, after=after))
        if code is not None:
            assert state(root) != "mixed", f"mixed after a refusal at call {at}"
        CliRunner().invoke(status, ["--root", str(root)])
        seen.append(state(root))
        assert seen[-1] != "mixed", f"mixed state after call {at}"
        assert not (root / ".cdp/journal").exists()
        shutil.rmtree(root)
        if not reached:
            break
    assert not reached
    assert seen[0] == "before"
    assert seen[-1] == "after"
    assert len(seen) > 25, "each step was struck"


CALLS = (
    *(("fsync", answer) for answer in ("signal=KILL", "error=EIO")),
    *(("rename", answer) for answer in ("signal=KILL", "error=EACCES")),
    *(("write", answer) for answer in ("signal=KILL", "error=ENOSPC")),
    ("mkdir", "error=ENOSPC"),
    ("link", "error=ENOSPC"),
)
"""System calls that write, and what a disk, or whoever kills the process, may answer to each."""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes the system itself fail")
@pytest.mark.parametrize(("call", "answer"), CALLS)
def test_the_system_itself_refuses_or_kills_at_each_of_its_calls(
    call: str, answer: str, living: Path, tmp_path: Path
) -> None:
    """The call number ``at`` of cdp, and of each Git that it runs: nothing is replaced in the program."""
    for at in range(1, 100):
        root = tmp_path / str(at)
        shutil.copytree(living, root, symlinks=True)
        told = tmp_path / f"{at}.txt"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", told, "-e", f"trace={call}", "-e", f"inject={call}:{answer}:when={at}",
             sys.executable, "-m", "cdp", "archive", "a", "--root", root, "--apply"],
            capture_output=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        if answer != "signal=KILL":
            assert state(root) != "mixed" or (root / ".cdp/journal").exists(), f"{call} {at}"
        for lock in (root / ".git").rglob("*.lock"):
            # What a Git that was killed leaves: the message names it, a person removes it.
            lock.unlink()
        CliRunner().invoke(status, ["--root", str(root)])
        assert state(root) != "mixed", f"{call} {at}"
        assert not (root / ".cdp/journal").exists()
        shutil.rmtree(root)
        if "INJECTED" not in (text := told.read_text(errors="replace")) and "killed by" not in text:
            break
    assert at > 3


def test_a_lock_of_git_is_named_with_its_remedy_and_nothing_is_written(living: Path, tmp_path: Path) -> None:
    for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        root = tmp_path / name.replace("/", "-")
        shutil.copytree(living, root)
        (root / ".git" / name).touch()
        done = CliRunner().invoke(archive, [*FREEZE, "--root", str(root)])

        assert done.exit_code == 2
        assert name in done.output.replace("\n", "")
        assert "effacez ce fichier" in done.output
        (root / ".git" / name).unlink()
        assert state(root) == "before"


def test_a_lock_that_appears_at_the_worst_moment_takes_everything_back(living: Path, tmp_path: Path) -> None:
    from cdp.git import running

    root = tmp_path / "base"
    shutil.copytree(living, root)
    real = running.run

    def locking(where: Path, *words: str, **more: Any) -> Any:
        if "update-ref" in words:
            (root / ".git/refs/heads/main.lock").touch()
        return real(where, *words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "run", locking)
        done = CliRunner().invoke(archive, [*FREEZE, "--root", str(root)])

    assert done.exit_code == 2
    assert "main.lock" in done.output.replace("\n", "")
    (root / ".git/refs/heads/main.lock").unlink()
    assert state(root) == "before"


def die_before_the_commit(root: Path) -> None:
    def dying(*_: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cdp.git.carry", dying)
        with pytest.raises(Killed):
            CliRunner().invoke(archive, [*FREEZE, "--root", str(root)])


def test_whoever_commits_by_hand_after_a_crash_is_believed(living: Path, tmp_path: Path) -> None:
    """The files are in place, the commit is not: a person makes it herself, then cdp finds its journal."""
    root = tmp_path / "base"
    shutil.copytree(living, root)

    die_before_the_commit(root)
    assert state(root) == "mixed"
    git(root, "add", "-A", "communities")
    git(root, "commit", "-qm", "À la main")
    CliRunner().invoke(status, ["--root", str(root)])
    assert state(root) == "after"
    assert git(root, "log", "-1", "--format=%s") == "À la main"


def test_another_commit_after_a_crash_takes_the_freeze_back(living: Path, tmp_path: Path) -> None:
    root = tmp_path / "base"
    shutil.copytree(living, root)

    die_before_the_commit(root)
    write(root, {"communities/b/notes/z.md": "Autre.\n"})
    git(root, "add", "communities/b")
    git(root, "commit", "-qm", "Before", "--", "communities/b")
    said = CliRunner().invoke(status, ["--root", str(root)])

    assert "annulée" in said.output
    assert state(root) == "before"
    assert not (root / RECORD).exists()


def test_a_second_process_is_told_to_wait(living: Path, tmp_path: Path, cdp: Cdp) -> None:
    from cdp import writing

    root = tmp_path / "base"
    shutil.copytree(living, root)
    with writing.lock(root):
        cdp("archive", "a", "--root", root, "--apply", code=75)
    assert state(root) == "before"
    cdp("archive", "a", "--root", root, "--apply")
    assert state(root) == "after"


def test_what_is_staged_stays_staged_and_out_of_the_commit(living: Path, tmp_path: Path, cdp: Cdp) -> None:
    root = tmp_path / "base"
    shutil.copytree(living, root)
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho x >> communities/a/index.md; git add -A\n")
    hook.chmod(0o755)
    write(root, {"communities/b/notes/z.md": "Autre.\n"})
    git(root, "add", "communities/b")
    cdp("archive", "a", "--root", root, "--apply")

    assert git(root, "diff", "--cached", "--name-only") == "communities/b/notes/z.md"
    assert git(root, "show", "--name-only", "--format=", "HEAD").split("\n") == [
        RECORD,
        RECORD.replace(".json", ".sha256"),
        f"{FROZEN}/index.md",
        f"{FROZEN}/notes/vieille.md",
    ]


def test_without_a_branch_or_a_name_nothing_is_written(living: Path, tmp_path: Path, cdp: Cdp) -> None:
    root = tmp_path / "base"
    shutil.copytree(living, root)
    git(root, "checkout", "-q", "--detach")
    assert "branche" in cdp("archive", "a", "--root", root, "--apply", code=2).stderr
    git(root, "checkout", "-q", "main")
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    git(root, "config", "user.useConfigOnly", "true")
    assert "git config user.name" in cdp("archive", "a", "--root", root, "--apply", code=2).stderr
    assert state(root) == "before"
