"""What a server refuses: real pushes to a real bare repository, and the steps of the workflows run as a forge runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp.cli.new import workflows
from tests.conftest import Cdp, write
from tests.test_archive import FROZEN, GIT, RECORD, add, append, commit, frozen, git, merge, remove, with_record

__all__ = ["frozen"]


@pytest.fixture
def server(frozen: Path, tmp_path: Path, cdp: Cdp) -> Path:
    """A bare repository with the hook, that holds the archive already."""
    bare = tmp_path / "base.git"
    git(tmp_path, "clone", "-q", "--bare", str(frozen), str(bare))
    said = cdp("archive", "hook", bare).stdout
    assert "Crochet installé" in said
    return bare


@pytest.fixture
def clone(server: Path, tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(server), str(root))
    return root


def push(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(root), "push", *(words or ("origin", "HEAD:main"))],
        env=GIT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_push_that_changes_an_archive_is_not_received(clone: Path, server: Path) -> None:
    before = git(server, "rev-parse", "main")
    for attack in (
        append(f"{FROZEN}/notes/x.md"),
        with_record(append(f"{FROZEN}/notes/x.md")),
        remove("communities/.archives"),
        add(".gitattributes", "* eol=crlf\n"),
        add(".gitmodules", '[submodule "s"]\n\tpath = communities/a\n'),
        add("communities/A/index.md"),
    ):
        git(clone, "checkout", "-q", "-f", "-B", "main", "origin/main")
        git(clone, "clean", "-qfdx")
        attack(clone)
        commit(clone)
        done = push(clone)
        assert done.returncode != 0
        assert "archives changeraient" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
    assert git(server, "rev-parse", "main") == before


def test_a_push_in_two_commits_is_judged_by_what_it_leaves(clone: Path, server: Path) -> None:
    append(f"{FROZEN}/notes/x.md")(clone)
    commit(clone)
    git(clone, "checkout", "-q", "HEAD~1", "--", FROZEN)
    commit(clone)

    assert push(clone).returncode == 0


def test_lawful_pushes_are_received(clone: Path, server: Path, cdp: Cdp) -> None:
    write(clone, {"communities/b/notes/w.md": "Bonjour.\n"})
    commit(clone)
    assert push(clone).returncode == 0
    git(clone, "config", "user.name", "x")
    git(clone, "config", "user.email", "x@example.invalid")
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "rights", *two, "--root", clone, "--apply")
    assert push(clone).returncode == 0
    cdp("archive", "note", "a", "Précision.", "--root", clone, "--apply")
    assert push(clone).returncode == 0
    append(f"{FROZEN}/notes/x.md" if (clone / FROZEN / "notes/x.md").exists() else f"{FROZEN}/index.md")(clone)
    commit(clone)
    assert push(clone, "origin", "HEAD:une-branche").returncode == 0, "other branches are proposals"
    assert push(clone).returncode != 0


def test_history_of_the_main_branch_is_not_rewritten_nor_removed(clone: Path, server: Path) -> None:
    git(server, "config", "receive.denyDeleteCurrent", "ignore")
    git(clone, "checkout", "-q", "-B", "main", "origin/main~1")
    write(clone, {"communities/b/notes/w.md": "Bonjour.\n"})
    commit(clone)
    done = push(clone, "--force", "origin", "HEAD:main")
    assert done.returncode != 0
    assert "récrit" in done.stderr
    done = push(clone, "origin", ":main")
    assert done.returncode != 0
    assert "efface" in done.stderr


def test_the_first_push_of_a_base_is_verified_too(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    for name, attack in (("good", None), ("bad", append(f"{FROZEN}/notes/x.md"))):
        bare, root = tmp_path / f"{name}.git", tmp_path / name
        git(tmp_path, "init", "-q", "--bare", "-b", "main", str(bare))
        cdp("archive", "hook", bare)
        shutil.copytree(frozen, root)
        if attack is not None:
            attack(root)
            commit(root)
        assert (push(root, str(bare), "main").returncode == 0) == (attack is None)


def test_a_hook_that_is_there_is_left_alone(server: Path, tmp_path: Path, cdp: Cdp) -> None:
    cdp("archive", "hook", server)
    place = server / "hooks/pre-receive"
    place.write_text("#!/bin/sh\nexit 0\n")
    said = cdp("archive", "hook", server, code=2).stderr
    assert "existe déjà" in said
    assert "archive receive" in said
    assert place.read_text() == "#!/bin/sh\nexit 0\n"
    assert "git init --bare" in cdp("archive", "hook", tmp_path, code=2).stderr


def steps(forge: str, job: str) -> list[str]:
    """Return what a forge runs to judge a proposal, but for the installation of cdp."""
    texts = [text for path, text in workflows(forge).items() if "archive verify" in text]
    data: Any = yaml.safe_load(texts[0])
    if forge == "gitlab":
        return ["\n".join(data["cdp-archives"]["script"])]
    return [step["run"] for step in data["jobs"][job]["steps"] if "run" in step and "pip install" not in step["run"]]


def judged(forge: str, server: Path, tmp_path: Path, proposed: str) -> int:
    """Run the steps as the forge would, for a proposal that the server holds; return the exit code of the first that fails."""
    here = tmp_path / f"runner-{len(list(tmp_path.iterdir()))}"
    here.mkdir()
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "TOKEN": "x", "NUMBER": "7",
        "GITHUB_SERVER_URL": f"file://{server.parent}", "GITHUB_REPOSITORY": server.stem, "GITHUB_BASE_REF": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_COMMIT_SHA": proposed, "GIT_CONFIG_SYSTEM": os.devnull,
    }  # fmt: skip
    if forge != "forgejo":
        git(here.parent, "clone", "-q", str(server), str(here))
        git(here, "fetch", "-q", "origin", "+refs/pull/*:refs/pull/*")
    if forge == "gitlab":
        git(here, "checkout", "-q", "--detach", proposed)
    for script in steps(forge, "proposed"):
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=here, env=env, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        if done.returncode:
            return done.returncode
    return 0


@pytest.mark.parametrize("forge", ["github", "gitlab", "forgejo"])
def test_a_workflow_refuses_an_attack_and_lets_work_through(forge: str, frozen: Path, tmp_path: Path) -> None:
    root, server = tmp_path / "work", tmp_path / "base.git"
    shutil.copytree(frozen, root)
    git(tmp_path, "clone", "-q", "--bare", str(frozen), str(server))
    for name, change, code in (
        ("good", add("communities/b/notes/w.md", "Bonjour.\n"), 0),
        ("bad", both_verifier_and_archive, 1),
    ):
        git(root, "checkout", "-q", "-f", "-B", name, "behind")
        change(root)
        commit(root)
        proposed = git(root, "rev-parse", name)
        git(root, "push", "-q", str(server), f"+{name}:refs/pull/7/head")
        merge(root, "main", name)
        git(root, "push", "-q", str(server), "+result:refs/pull/7/merge")

        assert judged(forge, server, tmp_path, proposed) == code


def both_verifier_and_archive(root: Path) -> None:
    """The proposal brings its own cdp, its own settings and its own workflows: none of them is heard."""
    with_record(append(f"{FROZEN}/notes/x.md"))(root)
    write(root, {"cdp.py": "raise SystemExit(0)\n", "sitecustomize.py": "raise SystemExit(0)\n", "mkdocs.yml": "{"})
    write(root, {RECORD.replace("0001-freeze", "0002-note"): "{}"})
