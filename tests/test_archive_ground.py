"""Archives on hostile ground: a clone whose settings, index, borrowed objects, names or tags lie; refused, with what to do."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp.cli.check import check
from cdp.cli.proof import examine
from cdp.git import GitError
from tests.conftest import Cdp, write
from tests.test_archive import (
    FROZEN,
    RECORD,
    WAYS,
    add,
    append,
    base,
    commit,
    commit_of,
    evil_merge,
    frozen,
    git,
    merge_of,
    refused,
    told,
    with_record,
)
from tests.test_archive_server import clone, push, server

__all__ = ["base", "clone", "frozen", "server"]

NOTE = f"{FROZEN}/notes/x.md"
ATTACK = with_record(append(NOTE))


def said(root: Path, cdp: Cdp, *words: str) -> str:
    """What ``cdp archive verify`` says of something that it refuses."""
    done = cdp("archive", "verify", "--root", root, *words, code=None)
    assert done.returncode in (1, 2)
    return (done.stdout + done.stderr).replace("\u00a0", " ")


# Settings of the clone


SETTINGS = (
    "log.showSignature=true",
    "log.showRoot=false",
    "log.diffMerges=off",
    "log.follow=true",
    "diff.relative=true",
    "diff.renames=copies",
    "diff.noprefix=true",
    "diff.ignoreSubmodules=all",
    "diff.orderFile=/dev/null",
    "color.ui=always",
    "core.abbrev=4",
    "core.quotePath=true",
    "core.ignoreCase=true",
    "core.sparseCheckout=true",
    "i18n.logOutputEncoding=UTF-16",
    "format.pretty=%n",
    "alias.log=!false",
)


@pytest.mark.parametrize("way", WAYS)
def test_no_setting_of_a_clone_hides_an_attack(way: str, base: Path) -> None:
    WAYS[way](base, ATTACK)
    for setting in SETTINGS:
        git(base, "config", *setting.split("=", 1))

    assert RECORD in refused(base)
    assert RECORD in refused(base, full=True)
    assert told(base)


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_of_a_clone_makes_a_lawful_change_refused(setting: str, base: Path) -> None:
    git(base, "config", *setting.split("=", 1))
    commit_of(base, add("communities/b/notes/w.md", "Bonjour.\n"))

    assert refused(base) == refused(base, full=True) == []
    assert told(base) == []


def test_no_program_that_a_clone_names_is_run(base: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    commit_of(base, ATTACK)
    raw = git(base, "cat-file", "commit", "HEAD").split("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    signed = f"{raw[0]}\n{signature}\n\n{raw[1]}\n"
    git(base, "update-ref", "HEAD", git(base, "hash-object", "-t", "commit", "-w", "--stdin", given=signed.encode()))
    for name in ("gpg.program", "diff.external", "core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.clean",
                 "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command", "core.editor"):  # fmt: skip
        git(base, "config", name, str(program))
    git(base, "config", "log.showSignature", "true")
    git(base, "config", "core.hooksPath", str(tmp_path))
    write(base, {".git/info/attributes": "* filter=x diff=x\n"})

    assert RECORD in refused(base)
    assert refused(base, full=True)
    assert told(base)
    assert not ran.exists()


@pytest.mark.parametrize("setting", ["core.worktree=/tmp", "core.worktree=../..", "core.bare=true"])
@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_clone_that_says_its_files_are_elsewhere_proves_nothing(
    way: str, below: bool, setting: str, base: Path, tmp_path: Path, cdp: Cdp
) -> None:
    """Read by those paths, the tree would hold no archive at all."""
    WAYS[way](base, append(NOTE))
    root = base
    if below:
        root = tmp_path / "lower/base"
        git(tmp_path, "init", "-q", "-b", "main", str(tmp_path / "lower"))
        shutil.copytree(base, root, ignore=shutil.ignore_patterns(".git"))
        commit(tmp_path / "lower")
    git(root, "config", *setting.split("=", 1))

    with pytest.raises(GitError, match="elsewhere"):
        examine(root, "main", "HEAD")
    assert "git config --unset core.worktree" in said(root, cdp, "--base", "main")
    assert "ailleurs" in told(root)[0]


def test_a_linked_work_tree_and_a_submodule_are_where_they_say(base: Path, tmp_path: Path) -> None:
    git(base, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked")
    assert refused(tmp_path / "linked", "HEAD", full=True) == []
    outer = tmp_path / "outer"
    git(tmp_path, "init", "-q", str(outer))
    git(outer, "submodule", "--quiet", "add", str(base), "inside")
    assert refused(outer / "inside", "HEAD", full=True) == []


# Names


@pytest.mark.parametrize("way", WAYS)
def test_a_tag_does_not_take_the_name_of_the_branch_that_is_compared_with(way: str, base: Path, cdp: Cdp) -> None:
    git(base, "update-ref", "refs/remotes/origin/main", "main")
    before = git(base, "rev-parse", "main")
    WAYS[way](base, ATTACK)
    for name in ("main", "origin/main"):
        git(base, "tag", name, "HEAD")

        with pytest.raises(GitError, match="ambiguous"):
            refused(base, name)
        assert f"git tag -d {name}" in said(base, cdp, "--base", name)
        assert "plusieurs choses" in told(base, name)[0]
    for whole in ("refs/heads/main", "refs/remotes/origin/main", before):
        assert RECORD in refused(base, whole)
        assert told(base, whole)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "claimed",
    [
        *("/communities/a/", "/communities/a/notes/x/", "/communities/A/notes/X/", "communities/a/notes/x"),
        *("/communities/a/notes/x.html", "/Communities/a/notes/x/", "/communities/a/notes/x/index.html"),
        *("/communities/\uff41/notes/x/", "/communities/%61/notes/x/", "/communities/a/review/", "/communities/a/./notes/x/"),
    ],
)  # fmt: skip
def test_a_living_page_does_not_claim_the_address_of_an_archive(claimed: str, way: str, base: Path) -> None:
    page = f"---\ntitle: Z\nformer_paths: ['{claimed}']\n---\nAprès.\n"
    WAYS[way](base, add("communities/b/notes/z.md", page))
    done = CliRunner().invoke(check, ["--root", str(base), "--base", "main"])

    assert done.exit_code == 1
    assert "communities/b/notes/z.md:3:16: CDP908" in done.stdout
    assert refused(base) == ["communities/b/notes/z.md"]
    assert "Écrivez un chemin simple" in done.stdout.replace("\u00a0", " ")


# The index, and what is checked out


def committed_attack(root: Path) -> None:
    """The commit attacks; the disk shows the page as it was, and the index says that it never changes."""
    kept = (root / NOTE).read_bytes()
    append(NOTE)(root)
    commit(root)
    git(root, "update-index", "--skip-worktree", NOTE)
    (root / NOTE).write_bytes(kept)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_flags_of_the_index_hide_nothing(flag: str, base: Path) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    committed_attack(base)
    assert refused(base) == [NOTE]
    assert told(base) == ["CDP706"]

    git(base, "update-index", "--no-skip-worktree", NOTE)
    git(base, "checkout", "-q", "-f", "main")
    git(base, "update-index", flag, NOTE)
    append(NOTE)(base)
    assert told(base) == ["CDP702"]


@pytest.mark.parametrize("way", [commit_of, merge_of, evil_merge])
def test_what_a_sparse_checkout_leaves_out_is_verified_too(way: Callable[..., None], base: Path) -> None:
    way(base, append(NOTE))
    git(base, "checkout", "-q", "-f", "HEAD")
    git(base, "sparse-checkout", "set", "--no-cone", "/*", f"!{FROZEN}/notes")
    assert not (base / NOTE).exists()

    assert refused(base) == [NOTE]
    done = CliRunner().invoke(check, ["--root", str(base), "--base", "main", "--select", "CDP7"])
    assert done.exit_code == 1
    assert "git sparse-checkout disable" in done.stdout


# Objects and history


def test_borrowed_objects_that_are_others_are_seen(base: Path, tmp_path: Path) -> None:
    """What ``objects/info/alternates`` lends under the name of the frozen page."""
    named = git(base, "rev-parse", f"HEAD:{NOTE}")
    other = git(base, "hash-object", "-w", "--stdin", given=b"x")
    place, fake = (base / ".git/objects" / name[:2] / name[2:] for name in (named, other))
    write(tmp_path, {f"lent/{named[:2]}/{named[2:]}": fake.read_bytes()})
    place.unlink()
    write(base, {".git/objects/info/alternates": f"{tmp_path / 'lent'}\n"})

    assert refused(base, "HEAD", full=True) == [NOTE]
    assert "attributes" not in {each.what for each in examine(base, None, "HEAD", full=True)[0]}


def test_a_borrowed_tree_that_is_another_is_no_proof(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    honest = git(base, "rev-parse", "main^{tree}")
    commit_of(base, append(NOTE))
    hostile = git(base, "rev-parse", "HEAD^{tree}")
    kept = base / ".git/objects" / honest[:2] / honest[2:]
    write(tmp_path, {f"lent/{hostile[:2]}/{hostile[2:]}": kept.read_bytes()})
    (base / ".git/objects" / hostile[:2] / hostile[2:]).unlink()
    write(base, {".git/objects/info/alternates": f"{tmp_path / 'lent'}\n"})

    with pytest.raises(GitError):
        refused(base)
    assert "git fsck" in said(base, cdp, "--base", "main")


def test_a_graft_neither_makes_an_ancestor_nor_cuts_history(base: Path) -> None:
    main = git(base, "rev-parse", "main")
    ATTACK(base)
    commit(base)
    write(base, {".git/info/grafts": git(base, "rev-parse", "HEAD") + "\n"})
    assert RECORD in refused(base, "HEAD", full=True)

    git(base, "checkout", "-q", "--orphan", "other")
    commit(base)
    write(base, {".git/info/grafts": f"{git(base, 'rev-parse', 'HEAD')} {main}\n"})
    with pytest.raises(GitError, match="ancestor"):
        refused(base, main)


def test_a_false_graph_of_commits_makes_no_ancestor(base: Path) -> None:
    """``objects/info/commit-graph`` repeats who follows whom: a forged one would be believed before the commits."""
    main = git(base, "rev-parse", "main")
    git(base, "checkout", "-q", "--orphan", "other")
    append(NOTE)(base)
    commit(base)
    git(base, "commit-graph", "write", "--reachable", "--no-changed-paths")
    place = base / ".git/objects/info/commit-graph"
    graph = bytearray(place.read_bytes())
    listed = sorted(git(base, "rev-list", "--all").split())
    lines = (graph[8 + 12 * n : 20 + 12 * n] for n in range(graph[6]))
    chunks = {bytes(line[:4]): struct.unpack(">Q", line[4:])[0] for line in lines}
    line = chunks[b"CDAT"] + 36 * listed.index(git(base, "rev-parse", "HEAD"))
    graph[line + 20 : line + 24] = struct.pack(">I", listed.index(main))
    place.chmod(0o644)
    place.write_bytes(graph)
    assert git(base, "rev-list", main, "^HEAD") == "", "Git itself believes it"

    with pytest.raises(GitError, match="ancestor"):
        refused(base, main)


def test_a_commit_of_ten_thousand_parents_is_judged(base: Path) -> None:
    main = git(base, "rev-parse", "HEAD")
    lines = (
        f"commit refs/tmp/{n}\nmark :{n}\ncommitter x <x@example.invalid> 1780000000 +0000\ndata 1\nx\nfrom {main}\n\n"
        for n in range(1, 10_001)
    )
    git(base, "fast-import", "--quiet", "--export-marks=marks", given="".join(lines).encode())
    parents = [line.split()[1] for line in (base / "marks").read_text().splitlines()]
    (base / "marks").unlink()
    commit_of(base, append(NOTE))
    tree = git(base, "rev-parse", "HEAD^{tree}")
    who = "x <x@example.invalid> 1780000000 +0000"
    raw = "".join(
        (
            f"tree {tree}\n",
            *(f"parent {parent}\n" for parent in (main, *parents)),
            f"author {who}\ncommitter {who}\n\nx\n",
        )
    )
    git(base, "update-ref", "HEAD", git(base, "hash-object", "-t", "commit", "-w", "--stdin", given=raw.encode()))

    assert refused(base) == refused(base, full=True) == [NOTE]
    assert told(base) == ["CDP702"]


# Tags of freezes


@pytest.fixture
def tagged(base: Path, tmp_path: Path) -> Path:
    """The same, with the signed tag that ``cdp archive --sign`` makes."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", f"{key}.pub")):
        git(base, "config", name, value)
    git(base, "tag", "-s", "-m", "Archive a", "archive/a", "main~1")
    return base


def test_a_tag_of_a_freeze_that_was_moved_is_seen(tagged: Path, cdp: Cdp) -> None:
    assert refused(tagged, "HEAD", full=True) == []
    git(tagged, "tag", "-s", "-m", "Archive b", "archive/b", "main~2")
    assert refused(tagged, "HEAD", full=True) == [], "b is no archive: its tag is its own"
    git(tagged, "checkout", "-q", "-b", "proposal")
    append(NOTE)(tagged)
    commit(tagged)
    for target in ("main~2", "proposal", "main^{tree}"):
        git(tagged, "tag", "-f", "-s", "-m", "Archive a", "archive/a", target)

        assert refused(tagged, "main", "main", full=True) == ["refs/tags/archive/a"]
        assert "git tag -d archive/a" in said(tagged, cdp, "--head", "main", "--full")
    for words in (("-m", "Archive a"), ()):
        git(tagged, "tag", "-f", *words, "archive/a", "main~1")
        assert "perdu sa signature" in said(tagged, cdp, "--head", "main", "--full")


def test_a_server_keeps_the_tags_of_freezes(tagged: Path, server: Path, clone: Path) -> None:
    assert push(tagged, str(server), "archive/a").returncode == 0
    before = git(server, "rev-parse", "archive/a")
    git(tagged, "tag", "-f", "-s", "-m", "Archive a", "archive/a", "main~2")
    for words in (("--force", str(server), "archive/a"), (str(server), ":archive/a")):
        done = push(tagged, *words)
        assert done.returncode != 0
        assert "ne bouge pas" in done.stderr.replace("\u00a0", " ")
    assert git(server, "rev-parse", "archive/a") == before


# Clones of Windows


WINDOWS = (("core.autocrlf=true",), ("core.eol=crlf", "core.autocrlf=true"), ("core.fileMode=false",))


def windows(source: Path, root: Path, settings: tuple[str, ...]) -> None:
    """Clone as a computer with these settings does; the modes that its disk cannot hold are lost."""
    git(root.parent, *(word for each in settings for word in ("-c", each)), "clone", "-q", str(source), str(root))
    for name, value in [
        each.split("=") for each in (*settings, "core.fileMode=false", "user.name=x", "user.email=x@y.invalid")
    ]:
        git(root, "config", name, value)
    for path in (root / "communities").rglob("*.*"):
        path.chmod(0o755)


@pytest.mark.parametrize("settings", WINDOWS)
def test_a_clone_of_windows_is_as_whole(settings: tuple[str, ...], base: Path, tmp_path: Path, cdp: Cdp) -> None:
    write(base, {".gitattributes": "/communities/** -text\n", ".gitignore": ".cdp/\n"})
    commit(base)
    root = tmp_path / "clone"
    windows(base, root, settings)

    assert refused(root, "HEAD", full=True) == []
    assert told(root, "HEAD") == []
    cdp("archive", "note", "a", "Précision.", "--root", root, "--apply")
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "rights", *two, "--root", root, "--apply")
    assert refused(root, "origin/main", full=True) == []
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("settings", WINDOWS[:2])
def test_line_ends_that_git_converts_are_told_apart_from_an_edit(
    settings: tuple[str, ...], base: Path, tmp_path: Path, cdp: Cdp
) -> None:
    """In a knowledge base without the line of ``.gitattributes`` that ``cdp init`` writes."""
    root = tmp_path / "clone"
    windows(base, root, settings)

    assert refused(root, "HEAD", full=True) == []
    told_of = cdp("check", "--root", root, "--select", "CDP7", code=1).stdout.replace("\u00a0", " ")
    assert f"{RECORD}:1:1: CDP701" in told_of
    assert "/communities/** -text" in told_of
    (root / RECORD).write_bytes((base / RECORD).read_bytes())
    (root / RECORD).with_suffix(".sha256").write_bytes((base / RECORD).with_suffix(".sha256").read_bytes())
    told_of = cdp("check", "--root", root, "--select", "CDP7", code=1).stdout.replace("\u00a0", " ")
    assert told_of.count("/communities/** -text") == 4
    assert f"{NOTE}:1:1: CDP702" in told_of
