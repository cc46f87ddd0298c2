"""Git objects of two revisions, read as data: no work tree, no hook, no filter, no replaced object, nobody's settings."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class GitError(Exception):
    """Git cannot say.

    Attributes:
        why: "absent" (no Git), "repository", "unknown" (revision), "shallow", "ancestor", "locked" or "failed".
        detail: a revision, a file, or what Git said.
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree: its mode ("100644", "040000"…) and the name of its object."""

    mode: str
    id: str


@dataclass
class Objects:
    """A Git repository, read for its objects.

    Attributes:
        root: folder of the knowledge base.
        prefix: its path from the top of the repository, "" or ending with a slash.
    """

    root: Path
    prefix: str = ""
    _read: dict[str, bytes] = field(default_factory=dict)

    def run(self, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        """Return what a Git command prints.

        Raises:
            GitError: Git is absent, or refuses.
        """
        try:
            done = subprocess.run(
                [*_git(self.root), *words],
                input=given,
                capture_output=True,
                check=False,
                env={**_environment(), **(more or {})},
            )
        except FileNotFoundError:
            raise GitError("absent") from None
        if done.returncode:
            raise GitError("failed", done.stderr.decode("utf-8", "replace").strip())
        return done.stdout

    def commits(self, *revisions: str) -> list[str]:
        """Return the commits that revisions name, of a repository whose history is whole.

        Raises:
            GitError: not a repository, a shallow one, or a revision that it does not have.
        """
        try:
            shallow = self.run("rev-parse", "--is-shallow-repository", "--show-prefix").decode().split("\n")
        except GitError as error:
            raise GitError("repository", error.detail) if error.why == "failed" else error from None
        if shallow[0] != "false":
            raise GitError("shallow")
        self.prefix = shallow[1]
        found = []
        for revision in revisions:
            if not revision or revision.startswith("-"):
                raise GitError("unknown", revision)
            try:
                found.append(self.run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip())
            except GitError:
                raise GitError("unknown", revision) from None
        return found

    def descends(self, commit: str, ancestor: str) -> bool:
        """Tell whether a commit comes after another."""
        return commit == ancestor or self.run("rev-list", "--max-count=1", ancestor, f"^{commit}").strip() == b""

    def tree(self, commit: str) -> dict[str, Entry]:
        """Return the files and folders of the knowledge base in a commit, by path from its root."""
        return self._listed(self.run("ls-tree", "-r", "-t", "-z", "--full-tree", commit))

    def _listed(self, listing: bytes) -> dict[str, Entry]:
        found = {}
        for line in listing.split(b"\0")[:-1]:
            head, _, name = line.partition(b"\t")
            mode, _, named = head.split(b" ")
            # A name that is not UTF-8 keeps its bytes, so that it equals no other.
            path = name.decode("utf-8", "surrogateescape")
            if path.startswith(self.prefix):
                found[path.removeprefix(self.prefix)] = Entry(mode.decode(), named.decode())
        return found

    def read(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of objects, by name.

        Raises:
            GitError: one is missing.
        """
        wanted = [name for name in dict.fromkeys(ids) if name not in self._read]
        if wanted:
            answer = self.run("cat-file", "--batch", "--buffer", given="".join(f"{name}\n" for name in wanted).encode())
            start = 0
            for name in wanted:
                end = answer.find(b"\n", start)
                words = answer[start:end].split(b" ")
                if end < 0 or len(words) != 3 or words[0].decode() != name or words[1] != b"blob":
                    raise GitError("failed", name)
                size = int(words[2])
                self._read[name] = answer[end + 1 : end + 1 + size]
                start = end + 2 + size
        return self._read

    def attributes(self, commit: str, paths: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return what ``.gitattributes`` of a commit do to paths, whatever this machine's own say."""
        with tempfile.TemporaryDirectory() as folder:
            own = {"GIT_INDEX_FILE": str(Path(folder) / "index"), "GIT_ATTR_NOSYSTEM": "1"}
            self.run("read-tree", commit, more=own)
            names = "\0".join(self.prefix + path for path in paths).encode("utf-8", "surrogateescape") + b"\0"
            top = self.run("rev-parse", "--show-toplevel").decode().strip()
            whole = Objects(Path(top))
            answer = whole.run("check-attr", "--cached", "-z", "--stdin", "--all", given=names, more=own)
        words = answer.decode("utf-8", "surrogateescape").split("\0")[:-1]
        found: dict[str, dict[str, str]] = {}
        for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=True):
            found.setdefault(path.removeprefix(self.prefix), {})[name] = value
        return found

    def added(self, commit: str, folder: str) -> tuple[dict[str, str], set[str]]:
        """Return, along the main line, the first commit that added each file of a folder; and what was touched after."""
        log = self.run(
            "log", "--first-parent", "--diff-merges=first-parent", "--reverse", "--no-renames", "--format=%x01%H",
            "--name-status", "-z", commit, "--", folder,
        )  # fmt: skip
        first: dict[str, str] = {}
        touched: set[str] = set()
        here = ""
        words = iter(log.replace(b"\n", b"").split(b"\0"))
        for word in words:
            if word.startswith(b"\x01"):
                here = word[1:].decode()
            elif word:
                path = next(words).decode("utf-8", "surrogateescape").removeprefix(self.prefix)
                if word == b"A" and path not in first:
                    first[path] = here
                else:
                    touched.add(path)
        return first, touched


def commit(root: Path, paths: Sequence[str], message: str, tag: str = "") -> None:
    """Make one commit of some paths with the person's own settings, and a signed tag when it has a name.

    Raises:
        GitError: "locked" when a lock file is left, else "failed".
    """
    steps = [["add", "--all", "--", *paths], ["commit", "--quiet", "-m", message, "--", *paths]]
    if tag:
        steps.append(["tag", "--sign", "-m", message, tag])
    for words in steps:
        command = ["git", "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lock = re.search(r"'([^']+\.lock)'", done.stderr)
            raise GitError("locked", lock[1]) if lock else GitError("failed", done.stderr.strip())


def _git(root: Path) -> list[str]:
    null = os.devnull
    return [
        "git", "--no-replace-objects", "-C", str(root), "-c", f"core.hooksPath={null}", "-c", "core.fsmonitor=false",
        "-c", f"core.attributesFile={null}", "-c", "safe.directory=*", "-c", "core.quotePath=false",
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
    }
