"""The objects of a repository, read as data: trees, bytes, what ``.gitattributes`` and ``.gitmodules`` say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from cdp.git.running import GitError, ask, resolve, run, standing

_SMALL = 1 << 16
"""Bytes up to which a blob is kept once read: records are read again and again, attachments are not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree: its mode ("100644", "040000"…) and the name of its object."""

    mode: str
    id: str


@dataclass
class Objects:
    """A Git repository, read for its objects.

    Attributes:
        root: folder of the knowledge base, or a bare repository.
        prefix: path of the knowledge base from the top of the repository, "" or ending with a slash.
        more: environment of every command, such as the quarantine in which a server keeps what is pushed to it.
        within: path of ``root`` from the top of the repository's files: "" for a bare repository.
    """

    root: Path
    prefix: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    _read: dict[str, bytes] = field(default_factory=dict)

    def run(self, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        """Return what a Git command prints.

        Raises:
            GitError: Git is absent, or refuses.
        """
        return ask(self.root, *words, given=given, more={**self.more, **(more or {})})

    def commits(self, *revisions: str) -> list[str]:
        """Return the commits that revisions name, of a repository whose history is whole.

        Raises:
            GitError: not a repository, a shallow one, or a revision that it does not have.
        """
        shallow, folder = standing(self.root, self.more)
        if shallow:
            raise GitError("shallow")
        if folder is not None:
            self.prefix, self.within = folder, folder
        found = []
        for revision in revisions:
            named = resolve(self.root, revision, self.more)
            if named is None:
                raise GitError("unknown", revision)
            found.append(named)
        return found

    def holds(self, name: str) -> bool:
        """Tell whether an object has a name, such as "HEAD:./communities"."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return run(self.root, *words, more=self.more).returncode == 0

    def signed(self, tag: str) -> bool:
        """Tell whether a tag, by its full name, carries a signature; whose it is, a person verifies."""
        found = run(self.root, "cat-file", "tag", tag, more=self.more)
        return found.returncode == 0 and b"\n-----BEGIN " in found.stdout

    def descends(self, commit: str, ancestor: str) -> bool:
        """Tell whether a commit comes after another."""
        return commit == ancestor or self.run("rev-list", "--max-count=1", ancestor, f"^{commit}").strip() == b""

    def tree(self, commit: str) -> dict[str, Entry]:
        """Return the files and folders of a commit, by path from the top of the repository.

        Raises:
            GitError: a name is there twice, or is none that a tree may hold: Git itself writes no such tree.
        """
        found: dict[str, Entry] = {}
        for line in self.run("ls-tree", "-r", "-t", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            head, _, name = line.partition(b"\t")
            mode, _, named = head.split(b" ")
            # A name that is not UTF-8 keeps its bytes, so that it equals no other.
            path = name.decode("utf-8", "surrogateescape")
            if path in found or path.rpartition("/")[2].lower() in ("", ".", "..", ".git"):
                raise GitError("malformed", path)
            found[path] = Entry(mode.decode(), named.decode())
        return found

    def read(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of blobs, by name.

        Raises:
            GitError: one is missing, or is no blob.
        """
        names = list(dict.fromkeys(ids))
        found = {name: self._read[name] for name in names if name in self._read}
        wanted = [name for name in names if name not in found]
        if wanted:
            found |= self._fetched(wanted)
            self._read |= {name: found[name] for name in wanted if len(found[name]) <= _SMALL}
        return found

    def _fetched(self, names: Sequence[str]) -> dict[str, bytes]:
        answer = self.run("cat-file", "--batch", "--buffer", given="".join(f"{name}\n" for name in names).encode())
        found: dict[str, bytes] = {}
        start = 0
        for name in names:
            end = answer.find(b"\n", start)
            words = answer[start:end].split(b" ")
            if end < 0 or len(words) != 3 or words[0].decode() != name or words[1] != b"blob":
                raise GitError("missing", name)
            size = int(words[2])
            found[name] = answer[end + 1 : end + 1 + size]
            start = end + 2 + size
        return found

    def attributes(self, commit: str, paths: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return what ``.gitattributes`` of a commit do to paths from the top, whatever this machine's own say.

        They are asked in an empty repository that borrows the objects: no work tree, no ``info/attributes``.
        """
        store = ask(self.root, "rev-parse", "--git-path", "objects").decode("utf-8", "surrogateescape").rstrip("\n")
        kind = self.run("rev-parse", "--show-object-format").decode().strip()
        borrowed = [str((self.root / path).resolve()) for path in (store, self.more.get("GIT_OBJECT_DIRECTORY", store))]
        names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
        try:
            with tempfile.TemporaryDirectory() as folder:
                empty = Objects(Path(folder))
                empty.run("init", "-q", "--bare", "--template=", f"--object-format={kind}")
                (Path(folder) / "objects/info").mkdir(exist_ok=True)
                (Path(folder) / "objects/info/alternates").write_text("".join(f"{path}\n" for path in borrowed))
                empty.run("read-tree", commit)
                asked = ("check-attr", "--cached", "-z", "--stdin", "--all")
                # Windows and macOS take « COMMUNITIES » for the same folder.
                answer = empty.run(*asked, given=names) + empty.run("-c", "core.ignoreCase=true", *asked, given=names)
        except OSError as error:
            raise GitError("failed", str(error)) from None
        words = answer.decode("utf-8", "surrogateescape").split("\0")[:-1]
        found: dict[str, dict[str, str]] = {}
        for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=True):
            own = found.setdefault(path, {})
            own[name] = value if own.get(name, value) == value else f"{own[name]}, {value}"
        return found

    def modules(self, blob: str) -> list[str]:
        """Return the paths of the submodules that a ``.gitmodules`` names, as Git reads them.

        Raises:
            GitError: Git cannot read it.
        """
        listed = self.run("config", "--blob", blob, "--no-includes", "--null", "--list")
        entries = (entry.partition("\n") for entry in listed.decode("utf-8", "surrogateescape").split("\0"))
        return [
            value for key, _, value in entries if key.lower().startswith("submodule.") and key.lower().endswith(".path")
        ]

    def days(self, commits: Iterable[str]) -> dict[str, date]:
        """Return the day, in UTC, on which each commit was made."""
        names = list(dict.fromkeys(commits))
        listed = self.run("log", "--no-walk=unsorted", "--stdin", "--format=%H %ct", given="\n".join(names).encode())
        lines = (line.split(" ") for line in listed.decode().splitlines()) if names else ()
        return {name: datetime.fromtimestamp(int(seconds), UTC).date() for name, seconds in lines}

    def added(self, commits: str, folder: str, *, everywhere: bool = False) -> dict[str, tuple[str, str]]:
        """Return the files of a folder from the top as they were first held: commit and name of the bytes, by path.

        Args:
            commits: a commit, or a range of them.
            folder: from the top.
            everywhere: look at all the commits of the range, not at those of the main line alone.
        """
        line = ("--full-history",) if everywhere else ("--first-parent",)
        log = self.run(
            "log", *line, "--diff-merges=first-parent", "--reverse", "--no-renames", "--format=%x01%H",
            "--raw", "--no-abbrev", "-z", commits, "--", folder.removeprefix(self.within),
        )  # fmt: skip
        first: dict[str, tuple[str, str]] = {}
        here = ""
        words = iter(log.split(b"\0"))
        for word in words:
            if word.startswith(b"\x01"):
                here = word[1:].decode().strip()
            about = word.rpartition(b"\n")[2] if word.startswith(b"\x01") else word.lstrip(b"\n")
            if about.startswith(b":"):
                _, mode, _, named, _ = about[1:].decode().split(" ")
                path = next(words).decode("utf-8", "surrogateescape")
                if mode != "000000":
                    first.setdefault(path, (here, named))
        return first
