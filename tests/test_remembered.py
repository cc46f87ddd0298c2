"""What is kept of archives from one build to the next: what did not change is not read, written or sealed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdp import disk, remembered
from cdp.cli.build import options, publish
from cdp.cli.ground import ground
from cdp.engine import memory
from cdp.engine.guard import GuardError
from cdp.load import File, load
from cdp.model.community import Community, Repository
from tests.conftest import Cdp, tree, write
from tests.test_archive import FROZEN
from tests.test_heritage import NOTE, archived_base, build


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    return archived_base(tmp_path_factory.mktemp("remembered") / "base", cdp)


@pytest.fixture
def base(frozen: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(frozen, root, ignore=shutil.ignore_patterns(".git"))
    return root


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dates of files that were just written be old enough."""
    monkeypatch.setattr(remembered, "SETTLED", -(10**12))


def unread(files: Iterable[File]) -> list[File]:
    """Return the files of a base, where reading an archive fails."""

    def fail() -> bytes:
        raise AssertionError

    return [replace(file, read=fail) if file.path.startswith(f"{FROZEN}/") else file for file in files]


def first_look(base: Path) -> Repository:
    return ground(base).repository(cache=base / ".cdp" / "cache")


def second_look(base: Path, files: Iterable[File]) -> remembered.Remembered:
    return remembered.recall(files, base / ".cdp" / "cache", memory.maker(), 2**62)


def told(community: Community | None) -> list[tuple[Any, ...]]:
    assert community is not None
    return [(page.path, page.title, page.record, page.readable, page.document.cited) for page in community.pages()]


def test_an_archive_that_did_not_change_is_not_read_again(base: Path) -> None:
    read = first_look(base)
    known = second_look(base, unread(disk.read(base)))
    again = load(known.files, known.pages)

    assert told(again.get("a")) == told(read.get("a"))
    archive, before = again.get("a"), read.get("a")
    assert archive is not None
    assert archive.freeze is not None
    assert before is not None
    assert archive.freeze.state is not None
    assert all(archive.freeze.sum(path) == kept.sha256 for path, kept in archive.freeze.state.files.items())
    known = second_look(base, disk.read(base))
    archive = load(known.files, known.pages).get("a")
    assert archive is not None
    assert [page.document.text for page in archive.pages()] == [page.document.text for page in before.pages()]


@pytest.mark.parametrize("hidden", [False, True], ids=["plainly", "with the dates of before"])
def test_a_changed_file_is_read_again(base: Path, *, hidden: bool) -> None:
    first_look(base)
    note = base / FROZEN / "notes" / "x.md"
    dates = note.stat()
    note.write_bytes(note.read_bytes().replace(b"texte", b"autre"))
    if hidden:
        os.utime(note, ns=(dates.st_atime_ns, dates.st_mtime_ns))

    assert not second_look(base, disk.read(base)).pages
    assert "autre" in str(first_look(base).get("a"))
    with pytest.raises(GuardError):
        build(base, base.parent / "site", cache=True)


def test_a_file_written_just_now_is_not_remembered(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "SETTLED", 10**15)
    first_look(base)

    assert not second_look(base, disk.read(base)).pages


@pytest.mark.parametrize("damage", ["", "{", '{"pages": [[1]], "sums": {}}', "[]"])
def test_a_damaged_cache_is_no_cache(base: Path, damage: str) -> None:
    read = first_look(base)
    for kept in (base / ".cdp" / "cache" / "texts").iterdir():
        kept.write_text(damage, encoding="utf-8")

    assert not second_look(base, disk.read(base)).pages
    assert told(first_look(base).get("a")) == told(read.get("a"))


def test_a_page_that_has_a_fault_is_not_remembered(base: Path) -> None:
    write(base, {f"{FROZEN}/notes/x.md": "---\ntitle: X\nnimporte: quoi\n---\n"})
    first_look(base)

    assert not second_look(base, disk.read(base)).pages


def test_a_page_of_the_cache_that_was_touched_is_made_again(base: Path, tmp_path: Path) -> None:
    build(base, tmp_path / "site", cache=True)
    write(base, {"communities/b/notes/y.md": "---\ntitle: Z\n---\n"})
    build(base, tmp_path / "site", cache=True)
    page = tmp_path / "site" / NOTE
    kept = page.read_bytes()
    with page.open("r+b") as file:  # as programs do that shrink a finished site in place
        file.write(b"<p>Autre chose</p>")
    build(base, tmp_path / "other", cache=True)

    assert (tmp_path / "other" / NOTE).read_bytes() == kept


def turn(base: Path, site: Path, title: str) -> int:
    """Publish once more after a change in a living community; return the number on the disk of the archive's folder."""
    write(base, {"communities/b/notes/y.md": f"---\ntitle: {title}\n---\n"})
    build(base, site, cache=True)
    return (site / FROZEN).stat().st_ino


def lent(base: Path) -> Path:
    (folder,) = (base / ".cdp" / "cache" / "pages").glob("*.back")
    return folder


def test_the_folder_of_an_archive_goes_from_one_site_to_the_one_after_the_next(base: Path, tmp_path: Path) -> None:
    numbers = [turn(base, tmp_path / "site", title) for title in ("un", "deux", "trois")]
    build(base, tmp_path / "site", cache=True)  # nothing to do: what was taken is given back
    numbers += [turn(base, tmp_path / "site", title) for title in ("quatre", "cinq")]
    build(base, tmp_path / "fresh", cache=False)

    assert len(set(numbers)) == 2
    assert numbers[::2] == [numbers[0]] * 3
    assert tree(tmp_path / "site") == tree(tmp_path / "fresh")


@pytest.mark.parametrize("harm", ["changed", "removed", "emptied"])
def test_a_folder_that_was_touched_since_it_came_back_is_not_published(base: Path, tmp_path: Path, harm: str) -> None:
    for title in ("un", "deux", "trois"):
        turn(base, tmp_path / "site", title)
    folder = lent(base)
    if harm == "emptied":
        shutil.rmtree(folder)
        folder.mkdir()
    else:
        (folder / NOTE).unlink()
    if harm == "changed":
        write(folder, {NOTE: "<p>Autre chose</p>"})
    turn(base, tmp_path / "site", "quatre")
    build(base, tmp_path / "fresh", cache=False)

    assert tree(tmp_path / "site") == tree(tmp_path / "fresh")


def test_a_disk_without_second_names_gets_copies(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*paths: object) -> None:
        raise OSError

    build(base, tmp_path / "site", cache=True)
    monkeypatch.setattr(os, "link", refused)
    build(base, tmp_path / "other", cache=True)

    assert tree(tmp_path / "other") == tree(tmp_path / "site")


def names(base: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in (base / ".cdp" / "cache").glob("*/*")}


def test_the_cache_does_not_grow_for_ever(base: Path, tmp_path: Path) -> None:
    build(base, tmp_path / "site", cache=True)
    first_look(base)
    first = names(base)
    for number in range(4):
        write(base, {"mkdocs.yml": f"site_name: Base {number}\n"})
        (base / FROZEN / "notes" / "x.md").touch()
        first_look(base)
        build(base, tmp_path / "site", cache=True)

    assert len(names(base)) <= 2 * len(first)
    assert len(list((base / ".cdp" / "cache" / "texts").iterdir())) <= 2
    assert "Base 3" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_what_is_made_of_one_community_leaves_the_cache_of_the_others(base: Path, tmp_path: Path) -> None:
    build(base, tmp_path / "site", cache=True)
    before = names(base)
    for number in range(3):
        write(base, {"mkdocs.yml": f"site_name: Base {number}\n"})
        here = ground(base)
        publish(here, here.repository(), options(here, tmp_path / "one", engine="mkdocs", jobs=1, cache=True), only="a")

    assert before <= names(base)
