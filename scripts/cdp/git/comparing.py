"""A knowledge base as it was at a revision, read from objects alone, and what changed since; nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cdp.frontmatter import MAX_FILE
from cdp.git.running import GitError, ask, resolve, run, standing
from cdp.load import File

_HOMES = ("communities", "theme/new", "glossary.md", "mkdocs.yml")


@dataclass(frozen=True, slots=True)
class Base:
    """What a knowledge base is compared with.

    Attributes:
        commit: full name of the commit: where the work here left the revision that was asked for.
        name: what people call that revision, such as ``main``.
    """

    commit: str
    name: str


def base(root: Path, revision: str) -> Base:
    """Return the commit to compare with: the merge base of a revision and HEAD.

    What others have since added to the target branch is then not taken for something that this work took away.
    On the target branch itself, and where HEAD already merges it (GitHub's test merge), it is the revision itself.

    Raises:
        GitError: no Git, no repository, unknown revision, history cut too short.
    """
    shallow, _ = standing(root)
    target = resolve(root, revision)
    head = resolve(root, "HEAD")
    if head is None:
        raise GitError("empty")
    if target is None:
        raise GitError("cut" if shallow else "unknown", revision)
    found = run(root, "merge-base", target, head)
    if found.returncode:
        raise GitError("before" if shallow else "apart", revision)
    return Base(found.stdout.decode().strip(), revision)


def usual(root: Path, environ: Mapping[str, str]) -> str | None:
    """Return what a continuous integration compares with, or None when this is none or it says nothing.

    In order: the merge base that GitLab gives; the target branch of the pull request (GitHub, Forgejo, GitLab), as
    the remote knows it, else the local branch. A name that is not in this clone is returned too, so that its absence
    is said and never taken for "nothing to compare".
    """
    given = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    if given and resolve(root, given) is not None:
        return given
    branch = environ.get("GITHUB_BASE_REF") or environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or ""
    if not branch:
        return given or None
    names = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")
    return next((name for name in names if resolve(root, name) is not None), names[0])


def changed(root: Path, since: Base) -> frozenset[str]:
    """Return the paths, from the root, that differ between a base and the files on this disk.

    Line ends that Git itself converts make no difference. Files that are not tracked count, ignored or not, as do
    those of which Git was told to assume that they never change.
    """
    options = ("--name-only", "--no-renames", "--relative", "--no-ext-diff", "-z", "--ignore-submodules=none")
    asked = (("diff", *options, since.commit), ("ls-files", "--others", "-z"), ("ls-files", "-v", "-z"))
    with ThreadPoolExecutor(len(asked)) as pool:
        settings = _line_ends(root)
        differing, others, flagged = pool.map(lambda words: ask(root, *words, "--", *_HOMES, more=settings), asked)
    paths = {*_names(differing), *_names(others)}
    for entry in flagged.split(b"\0"):
        if entry[:1].islower() or entry[:1] == b"S":
            paths.add(os.fsdecode(entry[2:]))
    return frozenset(paths)


def _line_ends(root: Path) -> dict[str, str]:
    """Return, as an environment, how this person's Git converts line ends, and none of the repository's filters.

    A filter is a program: what it would make of a file is not worth running it.
    """
    settings: dict[str, str] = {}
    for name in ("core.autocrlf", "core.eol"):
        found = run(root, "config", "--get", name, own=True)
        if found.returncode == 0:
            settings[name] = found.stdout.decode().strip()
    filters = run(root, "config", "--name-only", "-z", "--get-regexp", r"^filter\.")
    for key in filter(None, filters.stdout.decode("utf-8", "replace").split("\0")):
        settings[key] = "false" if key.endswith(".required") else ""
    given = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return given


class Listed(NamedTuple):
    """A file of a knowledge base as it was at a base: its path, mode and content, as Git names them."""

    path: str
    mode: str
    blob: str


def entries(root: Path, since: Base) -> list[Listed]:
    """Return the files of a knowledge base as they were at a base."""
    found = []
    for entry in ask(root, "ls-tree", "-r", "-z", since.commit, "--", *_HOMES).split(b"\0"):
        if entry:
            about, _, name = entry.partition(b"\t")
            mode, _, blob = about.decode().split(" ")
            found.append(Listed(os.fsdecode(name), mode, blob))
    return found


def read(root: Path, entries: list[Listed], wanted: Callable[[str], bool] = lambda path: True) -> Iterator[File]:
    """Yield the files of a knowledge base as they were at a base, like ``disk.read``.

    Args:
        root: folder that holds ``communities/``, anywhere in its Git repository.
        entries: what :func:`entries` returns.
        wanted: which paths will be read; the others are named only.
    """
    texts = [blob for path, mode, blob in entries if mode[:3] == "100" and _is_text(path) and wanted(path)]
    sizes = _sizes(root, texts)
    held = _blobs(root, [blob for blob in dict.fromkeys(texts) if sizes[blob] <= MAX_FILE])
    for path, mode, blob in entries:
        if mode == "120000":
            yield File(path, "link", 0, bytes)
        elif mode == "160000":
            yield File(path, "special", 0, bytes)
        elif blob in held:
            yield File(path, "file", sizes[blob], partial(held.__getitem__, blob))
        else:
            yield File(path, "file", sizes.get(blob, 0), partial(_blob, root, blob))


def lived(root: Path, since: Base, slugs: Iterable[str]) -> frozenset[str]:
    """Return which of these slugs named a community at some moment before a base."""
    return frozenset(
        slug
        for slug in slugs
        if ask(root, "log", "-1", "--format=%H", "--full-history", since.commit, "--", f"communities/{slug}/index.md")
    )


def ever(root: Path, path: str) -> bool:
    """Tell whether any branch that this clone knows has ever held something at a path; False outside a repository."""
    try:
        return bool(ask(root, "log", "--all", "-1", "--format=%H", "--full-history", "--", path))
    except GitError:
        return False


def _is_text(path: str) -> bool:
    return path.endswith((".md", ".json")) or path == "mkdocs.yml"


def _sizes(root: Path, names: list[str]) -> dict[str, int]:
    """Return the sizes of blobs by name."""
    asked = "".join(f"{name}\n" for name in names).encode()
    sizes: dict[str, int] = {}
    for line in ask(root, "cat-file", "--batch-check", "--buffer", given=asked).decode().splitlines():
        name, kind, *size = line.split(" ")
        if kind == "missing":
            raise GitError("missing")
        sizes[name] = int(size[0])
    return sizes


def _blobs(root: Path, names: list[str]) -> dict[str, bytes]:
    """Return the contents of blobs by name."""
    answer = ask(root, "cat-file", "--batch", "--buffer", given="".join(f"{name}\n" for name in names).encode())
    held: dict[str, bytes] = {}
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        name, _, size = answer[at:end].decode().split(" ")
        held[name] = answer[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    return held


def _blob(root: Path, name: str) -> bytes:
    try:
        return ask(root, "cat-file", "blob", name)
    except GitError as error:
        raise OSError(str(error)) from None


def _names(answer: bytes) -> Iterator[str]:
    return (os.fsdecode(path) for path in answer.split(b"\0") if path)
