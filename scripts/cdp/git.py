"""Git: reads a knowledge base as it was at a revision, from objects alone, and tells what changed since.

Nothing is checked out, nothing is written, no program named by the repository is run. Every command gets a list.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cdp.frontmatter import MAX_FILE
from cdp.load import File
from cdp.text import T, Text

_KEPT = ("GIT_CONFIG", "GIT_SSH", "GIT_CEILING", "GIT_DISCOVERY", "GIT_EXEC_PATH")
"""Variables of Git that describe this computer; the others (set while a hook runs) would describe another repository."""
_HOMES = ("communities", "theme/new")
_WHOLE = T(
    "Demandez toute l'histoire : « fetch-depth: 0 » (GitHub, Forgejo), « GIT_DEPTH: 0 » (GitLab), ou "
    "« git fetch --unshallow »."
)


class GitError(Exception):
    """Git cannot answer: why, and what to do."""

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


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
    shallow = _ask(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    target = _commit(root, revision)
    head = _commit(root, "HEAD")
    if head is None:
        raise GitError(T("ce dépôt Git n'a encore aucun commit"), T("Faites un premier commit, ou retirez --base."))
    if target is None:
        fix = _WHOLE if shallow else T("Donnez une branche, une étiquette ou un commit de ce dépôt, par exemple main.")
        raise GitError(T("la révision « {name} » n'existe pas dans ce dépôt", name=revision), fix)
    found = _run(root, "merge-base", target, head)
    if found.returncode:
        if shallow:
            raise GitError(T("l'histoire est coupée avant « {name} » : ce clone est partiel", name=revision), _WHOLE)
        raise GitError(
            T("« {name} » n'a aucun ancêtre commun avec ce travail", name=revision),
            T("Donnez la branche d'où ce travail est parti."),
        )
    return Base(found.stdout.decode().strip(), revision)


def usual(root: Path, environ: Mapping[str, str]) -> str | None:
    """Return what a continuous integration compares with, or None when this is none or it says nothing.

    In order: the merge base that GitLab gives; the target branch of the pull request (GitHub, Forgejo, GitLab), as
    the remote knows it, else the local branch. A name that is not in this clone is returned too, so that its absence
    is said and never taken for "nothing to compare".
    """
    given = environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
    if given and _commit(root, given) is not None:
        return given
    branch = environ.get("GITHUB_BASE_REF") or environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or ""
    if not branch:
        return given or None
    names = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")
    return next((name for name in names if _commit(root, name) is not None), names[0])


def changed(root: Path, since: Base) -> frozenset[str]:
    """Return the paths, from the root, that differ between a base and the files on this disk.

    Line ends that Git itself converts make no difference. Files that are not tracked count, ignored or not, as do
    those of which Git was told to assume that they never change.
    """
    options = ("--name-only", "--no-renames", "--relative", "--no-ext-diff", "-z", "--ignore-submodules=none")
    asked = (("diff", *options, since.commit), ("ls-files", "--others", "-z"), ("ls-files", "-v", "-z"))
    with ThreadPoolExecutor(len(asked)) as pool:
        differing, others, flagged = pool.map(lambda words: _ask(root, *words, "--", *_HOMES), asked)
    paths = {*_names(differing), *_names(others)}
    for entry in flagged.split(b"\0"):
        if entry[:1].islower() or entry[:1] == b"S":
            paths.add(os.fsdecode(entry[2:]))
    return frozenset(paths)


def read(root: Path, since: Base, wanted: Callable[[str], bool] = lambda path: True) -> Iterator[File]:
    """Yield the files of a knowledge base as they were at a base, like ``disk.read``.

    Args:
        root: folder that holds ``communities/``, anywhere in its Git repository.
        since: the base.
        wanted: which paths will be read; the others are named only.
    """
    entries: list[tuple[str, str, str]] = []
    for entry in _ask(root, "ls-tree", "-r", "-z", since.commit, "--", *_HOMES).split(b"\0"):
        if entry:
            about, _, name = entry.partition(b"\t")
            mode, _, blob = about.decode().split(" ")
            entries.append((os.fsdecode(name), mode, blob))
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
        if _ask(root, "log", "-1", "--format=%H", "--full-history", since.commit, "--", f"communities/{slug}/index.md")
    )


def ever(root: Path, path: str) -> bool:
    """Tell whether any branch that this clone knows has ever held something at a path; False outside a repository."""
    try:
        found = _run(root, "log", "--all", "-1", "--format=%H", "--", path)
    except GitError:
        return False
    return found.returncode == 0 and bool(found.stdout.strip())


def _is_text(path: str) -> bool:
    return path.endswith((".md", ".json"))


def _sizes(root: Path, names: list[str]) -> dict[str, int]:
    """Return the sizes of blobs by name."""
    asked = "".join(f"{name}\n" for name in names).encode()
    sizes: dict[str, int] = {}
    for line in _ask(root, "cat-file", "--batch-check", "--buffer", given=asked).decode().splitlines():
        name, kind, *size = line.split(" ")
        if kind == "missing":
            raise _missing()
        sizes[name] = int(size[0])
    return sizes


def _blobs(root: Path, names: list[str]) -> dict[str, bytes]:
    """Return the contents of blobs by name."""
    answer = _ask(root, "cat-file", "--batch", "--buffer", given="".join(f"{name}\n" for name in names).encode())
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
        return _ask(root, "cat-file", "blob", name)
    except GitError as error:
        raise OSError(str(error)) from None


def _missing() -> GitError:
    return GitError(
        T("des fichiers de cette révision manquent dans ce clone"),
        T("C'est un clone partiel : clonez de nouveau sans « --filter », ou donnez-lui accès au dépôt d'origine."),
    )


def _names(answer: bytes) -> Iterator[str]:
    return (os.fsdecode(path) for path in answer.split(b"\0") if path)


def _commit(root: Path, revision: str) -> str | None:
    """Return the full name of the commit that a revision names, or None."""
    found = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return found.stdout.decode().strip() if found.returncode == 0 else None


def _ask(root: Path, *words: str, given: bytes = b"") -> bytes:
    """Return what a Git command answers."""
    done = _run(root, *words, given=given)
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace")
    if "not a git repository" in said:
        raise GitError(
            T("ce dossier n'est pas dans un dépôt Git"),
            T("Retirez --base, ou placez-vous dans le clone de la base de connaissances."),
        )
    if "dubious ownership" in said:
        raise GitError(
            T("Git se méfie de ce dépôt, qui appartient à une autre personne de cet ordinateur"),
            T("Si vous lui faites confiance : git config --global --add safe.directory {folder}", folder=root),
        )
    if any(sign in said for sign in ("missing", "bad object", "unable to read", "could not fetch", "promisor")):
        raise _missing()
    last = said.strip().splitlines()[-1:] or ["?"]
    raise GitError(T("Git a refusé : {reason}", reason=last[0]), T("Vérifiez le dépôt : git fsck"))


def _run(root: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key.startswith(_KEPT)}
    environ.update(
        LC_ALL="C",
        GIT_OPTIONAL_LOCKS="0",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_LITERAL_PATHSPECS="1",
        GIT_TERMINAL_PROMPT="0",
    )
    try:
        return subprocess.run(
            [  # noqa: S607 - the Git of this person, wherever it is
                "git",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.quotePath=false",
                *words,
            ],
            cwd=root,
            env=environ,
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitError(
            T("Git n'est pas installé, et sans lui rien ne peut être comparé"),
            T("Installez Git (https://git-scm.com), ou retirez --base."),
        ) from None
