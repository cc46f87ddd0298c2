"""One commit that holds exactly the bytes of a plan, made in two times: objects first, names last.

``prepare`` only adds objects, which nobody sees. ``carry`` gives them their names: the index, the branch, the tag. It
may be cut anywhere and done again, and ``undo`` takes it back: that is what ``writing`` needs of a last step. No hook
runs and no filter touches the bytes; the identity and the signature are the person's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cdp.git.objects import Objects
from cdp.git.running import GitError, ask, refusal, run

Step = dict[str, Any]
"""What remains to be named, as data that a journal can hold."""
_SAFE = ("-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync", "-c", "i18n.commitEncoding=UTF-8")


def prepare(root: Path, changes: Mapping[str, bytes | None], message: str, tag: str = "") -> Step:
    """Make the objects of a commit on the current branch.

    Args:
        root: the knowledge base.
        changes: new bytes by path from the root, None to remove the file.
        message: of the commit.
        tag: name of a signed tag to put on it; none when empty.

    Raises:
        GitError: no branch, no commit yet, a lock left by a crash, no identity, or a tag that exists.
    """
    branch = run(root, "symbolic-ref", "--quiet", "HEAD")
    if branch.returncode:
        ask(root, "rev-parse", "--git-dir")
        raise GitError("detached")
    ref = branch.stdout.decode().strip()
    head = _value(root, "HEAD")
    if head is None:
        raise GitError("empty")
    _unlocked(root, "index", "HEAD", ref)
    if tag and _value(root, f"refs/tags/{tag}") is not None:
        raise GitError("tagged", tag)
    prefix = ask(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    entries = []
    for path, data in sorted(changes.items()):
        blob = None
        if data is not None:
            blob = ask(root, *_SAFE, "hash-object", "-w", "--no-filters", "--stdin", given=data).decode().strip()
        entries.append([prefix + path, blob])
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        ask(root, "read-tree", head, more=index)
        ask(root, "update-index", "-z", "--index-info", given=_listed(entries, len(head)), more=index)
        tree = ask(root, *_SAFE, "write-tree", more=index).decode().strip()
    sign = run(root, "config", "--type=bool", "--get", "commit.gpgSign", own=True).stdout.strip() == b"true"
    words = ("commit-tree", tree, "-p", head, *(["-S"] if sign else []), "-F", "-")
    commit = ask(root, *_SAFE, *words, given=message.encode(), own=True).decode().strip()
    return {"ref": ref, "old": head, "new": commit, "entries": entries, "message": message, "tag": tag}


def day(root: Path) -> date:
    """Return the day, in UTC, that a commit made now would be of."""
    # A name is asked for by Git, and changes nothing here.
    name = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    *_, seconds, _ = ask(root, *name, "var", "GIT_COMMITTER_IDENT", own=True).split()
    return datetime.fromtimestamp(int(seconds), UTC).date()


def carry(root: Path, step: Step) -> None:
    """Give a prepared commit its names; done again after a crash, it finishes what was begun.

    Raises:
        GitError: "locked", "moved" when the branch went elsewhere, or the tag cannot be signed.
    """
    now = _value(root, step["ref"])
    if now not in (step["old"], step["new"]):
        if now is None or not _holds(root, now, step["entries"]):
            raise GitError("moved")
        step = {**step, "new": now}
    ask(root, *_SAFE, "update-index", "-z", "--index-info", given=_listed(step["entries"], len(step["old"])))
    if now == step["old"]:
        ask(
            root,
            *_SAFE,
            "update-ref",
            "-m",
            f"commit: {step['message']}",
            step["ref"],
            step["new"],
            step["old"],
            own=True,
        )
    if step["tag"] and _value(root, f"refs/tags/{step['tag']}") is None:
        signed = run(root, *_SAFE, "tag", "--sign", "-m", step["message"], step["tag"], step["new"], own=True)
        if signed.returncode:
            error = refusal(signed.stderr.decode("utf-8", "replace"))
            raise GitError("unsigned", step["tag"]) if error.why == "failed" else error
    if step["tag"] and not Objects(root).signed(f"refs/tags/{step['tag']}"):
        # Some versions of Git make a tag without the signature that they could not write, and say nothing.
        raise GitError("unsigned", step["tag"])


def undo(root: Path, step: Step) -> None:
    """Take the names back, whatever was given."""
    tag = f"refs/tags/{step['tag']}"
    if step["tag"] and _value(root, f"{tag}^{{commit}}") == step["new"]:
        ask(root, *_SAFE, "update-ref", "-d", tag, own=True)
    if _value(root, step["ref"]) == step["new"]:
        ask(
            root,
            *_SAFE,
            "update-ref",
            "-m",
            f"undo: {step['message']}",
            step["ref"],
            step["old"],
            step["new"],
            own=True,
        )
    head = _value(root, step["ref"]) or step["old"]
    former = [[path, _held(root, head, path)] for path, _ in step["entries"]]
    ask(root, *_SAFE, "update-index", "-z", "--index-info", given=_listed(former, len(head)))


def _unlocked(root: Path, *names: str) -> None:
    """Refuse to begin where a lock file lies."""
    for name in names:
        place = ask(root, "rev-parse", "--git-path", f"{name}.lock").decode("utf-8", "surrogateescape").rstrip("\n")
        if (root / place).exists():
            raise GitError("locked", str((root / place).resolve()))


def _listed(entries: list[list[Any]], length: int) -> bytes:
    lines = (f"100644 {blob}\t{path}\0" if blob else f"0 {'0' * length}\t{path}\0" for path, blob in entries)
    return "".join(lines).encode("utf-8", "surrogateescape")


def _holds(root: Path, commit: str, entries: list[list[Any]]) -> bool:
    """Tell whether a commit has what was to be committed: somebody did it by hand after a crash."""
    return all(_held(root, commit, path) == blob for path, blob in entries)


def _held(root: Path, commit: str, path: str) -> str | None:
    return _value(root, f"{commit}:{path}")


def _value(root: Path, name: str) -> str | None:
    found = run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return found.stdout.decode().strip() if found.returncode == 0 else None
