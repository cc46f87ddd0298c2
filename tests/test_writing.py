"""The writer: all or nothing, through kills and refusals of the system at every step."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import writing
from cdp.frontmatter import Edit
from cdp.plan import Plan, differences, edited

BEFORE = {
    "communities/a/index.md": b"one\n",
    "communities/a/notes/x.md": b"two\r\n",
    "communities/b/index.md": b"three",
}
AFTER = {"communities/a/index.md": b"ONE\n", "communities/b/index.md": b"three", "communities/c/review.md": b"new"}
PLAN = Plan(
    {"communities/a/index.md": b"ONE\n", "communities/a/notes/x.md": None, "communities/c/review.md": b"new"}, BEFORE
)


class Killed(BaseException):
    """The process died here: nothing after this line ran."""


def lay(root: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def tree(root: Path) -> dict[str, bytes]:
    folder = root / "communities"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay(tmp_path, BEFORE)


def test_a_plan_creates_changes_and_removes(root: Path) -> None:
    writing.apply(root, PLAN)

    assert tree(root) == AFTER
    assert not (root / "communities/a/notes").exists(), "Git would not keep an empty folder"
    assert not (root / ".cdp/journal").exists()


def test_a_mode_stays(root: Path) -> None:
    (root / "communities/a/index.md").chmod(0o640)

    writing.apply(root, PLAN)

    assert (root / "communities/a/index.md").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("change", [b"other", None], ids=["changed", "removed"])
def test_a_file_that_changed_meanwhile_stops_everything(root: Path, change: bytes | None) -> None:
    path = root / "communities/a/notes/x.md"
    path.write_bytes(change) if change is not None else path.unlink()
    found = tree(root)

    with pytest.raises(writing.Outdated, match=r"notes/x\.md"):
        writing.apply(root, PLAN)

    assert tree(root) == found


def test_a_file_that_appeared_meanwhile_is_not_lost(root: Path) -> None:
    lay(root, {"communities/c/review.md": b"written by hand"})

    with pytest.raises(writing.Outdated):
        writing.apply(root, PLAN)

    assert (root / "communities/c/review.md").read_bytes() == b"written by hand"


@pytest.mark.parametrize(
    "path", ["../out.md", "/etc/x", "a/../../x", "a//b", "", ".git/hooks/x", ".cdp/lock", "C:/x", "a\\b", "communities"]
)
def test_a_path_never_leaves_the_base(root: Path, path: str) -> None:
    with pytest.raises(writing.Unsafe):
        writing.apply(root, Plan({path: b"x"}, {path: None}))

    assert tree(root) == BEFORE


def test_a_path_never_goes_through_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    away = tmp_path_factory.mktemp("away")
    (root / "communities/link").symlink_to(away)

    with pytest.raises(writing.Unsafe):
        writing.apply(root, Plan({"communities/link/x.md": b"x"}, {"communities/link/x.md": None}))

    assert list(away.iterdir()) == []


def primitives(strike: Callable[[str], None]) -> Iterator[tuple[object, str, Callable[..., object]]]:
    """Yield each call that touches the disk, wrapped so that ``strike`` is asked before it."""
    for owner, name in (
        (os, "fsync"),
        (Path, "rename"),
        (Path, "replace"),
        (Path, "unlink"),
        (Path, "mkdir"),
        (Path, "open"),
        (Path, "rmdir"),
    ):
        real = getattr(owner, name)

        def wrapped(*args: object, _real: Callable[..., object] = real, _name: str = name, **kwargs: object) -> object:
            strike(_name)
            return _real(*args, **kwargs)

        yield owner, name, wrapped


def struck(root: Path, at: int, blow: Callable[[], BaseException]) -> bool:
    """Apply the plan while call number ``at`` fails; tell whether it was reached."""
    count = 0

    def strike(_: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise blow()

    with pytest.MonkeyPatch.context() as patch:
        for owner, name, wrapped in primitives(strike):
            patch.setattr(owner, name, wrapped)
        try:
            writing.apply(root, PLAN)
        except (OSError, Killed, writing.Busy):
            return True
    return count >= at


@pytest.mark.parametrize("again", [0, 1, 2, 3, 5, 8], ids="recovery-killed-at-{}".format)
def test_a_kill_at_any_step_leaves_all_before_or_all_after(tmp_path: Path, again: int) -> None:
    seen = set()
    for at in range(1, 200):
        root = lay(tmp_path / str(at), BEFORE)
        reached = struck(root, at, Killed)
        if again:
            count = 0

            def strike(_: str) -> None:
                nonlocal count
                count += 1
                if count == again:
                    raise Killed

            with pytest.MonkeyPatch.context() as patch:
                for owner, name, wrapped in primitives(strike):
                    patch.setattr(owner, name, wrapped)
                with contextlib.suppress(Killed):
                    writing.recover(root)
        writing.recover(root)
        state = tree(root)
        assert state in (BEFORE, AFTER), f"mixed state after a kill at call {at}"
        assert not (root / ".cdp/journal").exists()
        seen.add(state == AFTER)
        if not reached:
            break
    assert seen == {True, False}
    assert at > 15, "the writer was struck at each of its steps"


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
def test_a_refusal_of_the_system_at_any_step_leaves_all_before(tmp_path: Path, code: int) -> None:
    for at in range(1, 200):
        root = lay(tmp_path / str(at), BEFORE)
        reached = struck(root, at, lambda: OSError(code, os.strerror(code)))
        state = tree(root)
        writing.recover(root)
        assert tree(root) == state, f"recovery changed what was said (call {at})"
        if not reached:
            assert state == AFTER
            break
        assert state in (BEFORE, AFTER), f"mixed state after a refusal at call {at}"
    assert at > 15


def test_a_disk_that_refuses_even_the_way_back_is_mended_at_the_next_start(root: Path) -> None:
    real = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name == "2.new" or self.suffix == ".old":
            raise OSError(errno.EIO, "gone")
        return real(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="gone"):
            writing.apply(root, PLAN)

    assert writing.recover(root)
    assert tree(root) == BEFORE


def test_one_writer_at_a_time(root: Path) -> None:
    code = f"""
import pathlib, sys
from cdp import writing
with writing.lock(pathlib.Path({str(root)!r})):
    print("held", flush=True)
    sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(writing.Busy):
            writing.apply(root, PLAN)
        assert tree(root) == BEFORE
        other.kill()
        other.wait()
        writing.apply(root, PLAN)
    assert tree(root) == AFTER


paths = st.sampled_from(["communities/a/x.md", "communities/a/n/y.md", "communities/b/z.md", "private/w"])
states = st.dictionaries(paths, st.binary(max_size=8), max_size=4)


@given(states, st.dictionaries(paths, st.none() | st.binary(max_size=8), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_the_plan(
    tmp_path_factory: pytest.TempPathFactory, old: dict[str, bytes], changes: dict[str, bytes | None]
) -> None:
    root = lay(tmp_path_factory.mktemp("base"), old)
    plan = Plan(changes).seen({path: writing.read(root, path) for path in changes})

    writing.apply(root, plan)

    expected = {path: data for path, data in {**old, **changes}.items() if data is not None}
    found = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".cdp" not in path.parts
    }
    assert found == expected
    assert Plan(changes).seen({path: writing.read(root, path) for path in changes}).paths == ()


def test_a_plan_says_what_it_would_do() -> None:
    plan = Plan({"a": b"x\ny\n", "b": None, "c": b"same", "d": b"\xff"}, {"a": b"x\n", "b": b"", "c": b"same"})

    assert [plan.action(path) for path in "abcd"] == ["change", "remove", "same", "create"]
    assert plan.paths == ("a", "b", "d")
    assert list(differences(plan, "a")) == ["@@ -1 +1,2 @@", " x", "+y"]
    assert list(differences(plan, "d")) == []


def test_editing_keeps_the_mark_and_the_line_ends() -> None:
    raw = b"\xef\xbb\xbf---\r\ntitle: A # garder\r\n---\r\nCorps\r\n"

    assert edited(raw, [Edit(("title",), "B")]) == raw.replace(b"title: A", b"title: B")
