"""Files to a repository: what is where, and what is left out without stopping the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdp import disk
from cdp.load import load
from tests.conftest import charter, community, freeze, in_memory, write


def test_each_file_finds_its_place() -> None:
    repository = in_memory(
        {
            "communities/a/index.md": charter(),
            "communities/a/review.md": "Bilan.",
            "communities/a/meetings/2026-01-05-x.md": "---\ndate: 2026-01-05\n---\n",
            "communities/a/notes/n.md": "Note.",
            "communities/a/notes/carnet/m.md": "Note.",
            "communities/a/notes/carnet/photo.PNG": b"x",
            "communities/a/surveys/2026-05.md": "---\nopens: 2026-05-02\ncloses: 2026-05-20\n---\n",
            "communities/a/seasons/s1.md": "Bilan.",
            "communities/a/notes/.gitkeep": "",
        }
    )
    (item,) = repository.communities

    assert [page.path for page in item.pages()] == [
        "index.md",
        "meetings/2026-01-05-x.md",
        "notes/carnet/m.md",
        "notes/n.md",
        "surveys/2026-05.md",
        "seasons/s1.md",
        "review.md",
    ]
    assert item.attachments == ("notes/carnet/photo.PNG",)
    assert repository.strays == ()


def test_one_bad_file_hides_nothing() -> None:
    repository = in_memory(
        {
            "communities/a/index.md": charter("end_date: 2026-02-30\nstart_date: 2026-01-01\n"),
            "communities/a/notes/bad.md": b"\xff",
            "communities/a/notes/good.md": "---\ntitle: Bonne\n---\n",
        }
    )
    (item,) = repository.communities

    assert str(item.charter.start_date) == "2026-01-01"
    assert item.charter.end_date is None
    assert item.wrong("end_date")
    assert not item.wrong("start_date")
    assert [(page.stem, page.readable) for page in item.notes] == [("bad", False), ("good", True)]


def test_the_title_comes_from_the_front_matter_then_the_heading_then_the_name() -> None:
    repository = in_memory(
        {
            "communities/a/index.md": charter(),
            "communities/a/notes/1.md": "---\ntitle: Du champ\n---\n# Du texte\n",
            "communities/a/notes/2.md": "# Du texte #\n\nSuite\n",
            "communities/a/notes/le-nom-du-fichier.md": "Suite\n",
        }
    )

    assert [page.title for page in repository.communities[0].notes] == ["Du champ", "Du texte", "Le nom du fichier"]


def test_a_registry_entry_makes_a_freeze_and_a_broken_one_too() -> None:
    files = {"communities/a/index.md": charter(), "communities/b/index.md": charter()}
    path, text = next(iter(freeze("a", "2026-05-01", files).items()))
    files[path] = text
    files["communities/.archives/b/0001-freeze.json"] = "{"
    repository = in_memory(files)

    freezes = {item.slug: item.freeze for item in repository.communities}
    assert str(freezes["a"].date) == "2026-05-01"  # type: ignore[union-attr]
    assert freezes["b"].date is None  # type: ignore[union-attr]
    assert freezes["b"].state is None  # type: ignore[union-attr]
    assert {fault.place.path for fault in repository.strays if fault.kind == "record"} == {
        "communities/.archives/a/0001-freeze.sha256",
        "communities/.archives/b/0001-freeze.json",
    }


def test_the_order_of_files_does_not_matter(small_base: Path) -> None:
    files = list(disk.read(small_base))

    assert load(files) == load(reversed(files))


def test_links_are_seen_and_never_followed(small_base: Path) -> None:
    secret = small_base.parent / "secret.md"
    secret.write_text("---\ntitle: Secret\n---\n")
    (small_base / "communities/a/notes/lien.md").symlink_to(secret)
    (small_base / "communities/a/notes/dossier").symlink_to(small_base.parent)
    repository = load(disk.read(small_base))

    assert {fault.place.path for fault in repository.strays if fault.kind == "link"} == {
        "communities/a/notes/dossier",
        "communities/a/notes/lien.md",
    }
    assert "Secret" not in [page.title for item in repository.communities for page in item.notes]


def test_what_is_not_a_file_is_told(small_base: Path) -> None:
    os.mkfifo(small_base / "communities/a/notes/tuyau.md")

    (fault,) = load(disk.read(small_base)).strays
    assert (fault.kind, fault.place.path) == ("link", "communities/a/notes/tuyau.md")


def test_only_some_communities_can_be_read(small_base: Path) -> None:
    write(small_base, {"communities/.archives/b/0001-freeze.json": "{}"})

    assert [item.slug for item in load(disk.read(small_base, ("b",))).communities] == ["b"]


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (
            "meetings/2026-02-30-x.md",
            "---\ntitle: x\n---\nA\n",
            "le jour 2026-02-30, dans le nom du fichier, n’existe pas",
        ),
        ("meetings/2026-02-30-x.md", "A\n", "le jour 2026-02-30, dans le nom du fichier, n’existe pas"),
        ("surveys/2026-13.md", "---\ntitle: x\n---\nA\n", "le mois 2026-13, dans le nom du fichier, n’existe pas"),
    ],
)
def test_a_day_of_a_name_that_does_not_exist_is_told(path: str, text: str, told: str) -> None:
    (page,) = [page for page in community("", {path: text}).pages() if page.path == path]

    assert ("date", told) in [(fault.kind, str(fault.message)) for fault in page.faults]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("---\ntitle: x\n---\nA\n", "Ajoutez une ligne «\u00a0date: 2026-02-28\u00a0»."),
        ("A\n", "trois lignes\u00a0: «\u00a0---\u00a0», «\u00a0date: 2026-02-28\u00a0», «\u00a0---\u00a0»."),
    ],
)
def test_the_day_of_a_name_is_the_one_to_write(text: str, fix: str) -> None:
    (meeting,) = community("", {"meetings/2026-02-28-x.md": text}).meetings

    assert str(meeting.faults[0].fix).endswith(fix)
