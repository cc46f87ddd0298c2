"""A freeze that meets a crash, a lock, another writer or another commit; faults at each write are in ``test_faults``."""

from __future__ import annotations

import shutil
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


def state(root: Path) -> str:
    """Tell whether the branch, the index and the disk agree on before or after; "mixed" otherwise."""
    last = git(root, "log", "-1", "--format=%s")
    if git(root, "status", "--porcelain", "--untracked-files=all", "--", "communities") or refused(root, "HEAD"):
        return "mixed"
    return {"Before": "before", "After": "before"}.get(last, "after")


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
