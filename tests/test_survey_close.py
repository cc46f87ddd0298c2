"""From an export to published counts: nothing that points at somebody, and a person decides of every comment."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cdp import answers_store
from tests.conftest import Cdp, charter, write
from tests.test_import import FRONT, SURVEY

PAGE = "communities/a/surveys/2026-06.md"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    write(tmp_path, {"mkdocs.yml": "site_name: Base\n", "communities/a/index.md": charter(FRONT), PAGE: SURVEY})
    return tmp_path


def export(root: Path, count: int, comment: str = "") -> Path:
    file = root / "export.csv"
    lines = [
        f"{number};{'met' if number % 3 else 'not'};{comment or f'Avis {number}'}" for number in range(1, count + 1)
    ]
    file.write_text("id;a1;free\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def imported(root: Path, cdp: Cdp, count: int, comment: str = "") -> tuple[str | Path, ...]:
    cdp("survey", "import", export(root, count, comment), "--survey", "a/2026-06", "--root", root, "--apply")
    return ("survey", "close", "a/2026-06", "--root", root, "--as-of", "2026-06-21")


def page(root: Path) -> str:
    return (root / PAGE).read_text("utf-8")


def draft(root: Path) -> Path:
    return answers_store.draft(root, "a/2026-06")


def answering(words: tuple[str | Path, ...], given: str) -> str:
    """Run the command with what a person types."""
    done = subprocess.run(
        [sys.executable, "-m", "cdp", *map(str, words)],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ},
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_survey_is_imported_counted_published_and_purged(base: Path, cdp: Cdp) -> None:
    file = export(base, 18)
    words = ("survey", "import", file, "--survey", "a/2026-06", "--root", base)
    assert "18 nouvelles" in cdp(*words).stdout
    assert "18 nouvelles" in cdp(*words, "--apply").stdout
    assert "0 nouvelle" in cdp(*words, "--apply").stdout
    close = ("survey", "close", "a/2026-06", "--root", base)
    assert "ouvert jusqu" in cdp(*close, "--as-of", "2026-06-20", "--apply", code=1).stderr
    assert not draft(base).exists()
    planned = cdp(*close, "--as-of", "2026-06-21").stdout
    assert "18 commentaires restent" in planned
    assert "Avis" not in planned
    assert "answers: 18" not in page(base)
    assert "18 commentaires restent" in cdp(*close, "--as-of", "2026-06-21", "--apply", code=1).stderr
    text = draft(base).read_text("utf-8").replace("- [ ]", "- [-]")
    line = next(line for line in text.splitlines() if line.endswith(": Avis 7"))
    kept = line.replace("[-]", "[x]").replace("Avis 7", "Un avis, reformulé")
    draft(base).write_text(text.replace(line, kept), encoding="utf-8")
    done = cdp(*close, "--as-of", "2026-06-21", "--apply").stdout

    assert "1 fichier écrit" in done
    assert "answers: 18" in page(base)
    assert "Un avis, reformulé" in page(base)
    assert "Avis 3" not in page(base)
    assert "purge: 2026-07-21" in page(base)
    assert page(base).endswith("---\nSynthèse.\n")
    assert "CDP00" not in cdp("check", "--root", base, "--as-of", "2026-06-22", code=None).stdout
    cdp(*close, "--as-of", "2026-06-22", "--apply", code=1)
    cdp(*words, "--apply", code=1)
    purge = ("survey", "purge", "--root", base, "--as-of")
    assert "Rien à changer" in cdp(*purge, "2026-07-20", "--apply").stdout
    assert "seront détruites" in cdp(*purge, "2026-07-21").stdout
    assert answers_store.path(base, "a/2026-06").exists()
    assert "sont détruites" in cdp(*purge, "2026-07-21", "--apply").stdout
    assert answers_store.files(base, "a/2026-06") == []


def test_comments_are_decided_one_by_one_and_each_decision_is_kept(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12, "Merci, écrivez à jeanne@organisme.ca")
    (base / "export.csv").write_text("id;a1;free\n90;met;Bravo pour le rythme\n", encoding="utf-8")
    cdp("survey", "import", base / "export.csv", "--survey", "a/2026-06", "--root", base, "--apply")
    cdp(*close)
    # Thirteen comments in no order: until the good one comes, leave out.
    order = [line for line in draft(base).read_text("utf-8").splitlines() if line.startswith("- [ ]")]
    place = next(index for index, line in enumerate(order) if "Bravo" in line)
    shuffled = dict.fromkeys(range(13), "l\n") | {place: "p\n"}
    shuffled[0 if place else 1] = "p\nr\ntoujours jeanne@organisme.ca\nMerci à l’animation\n"
    said = answering((*close, "--review"), "".join(shuffled.values()))

    assert "[13/13] Autre chose à dire?" in said
    assert said.count("Attention") == 13
    cdp(*close, "--apply")
    assert page(base).count("question: free") == 2
    assert "Bravo pour le rythme" in page(base)
    assert "Merci à l’animation" in page(base)
    assert "jeanne" not in page(base)


def test_a_review_stopped_half_way_goes_on_where_it_was(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12)
    answering((*close, "--review"), "p\nl\nq\n")
    said = answering((*close, "--review"), "q\n")

    assert "[1/10]" in said
    assert "10 commentaires restent" in said
    cdp(*close, "--apply", "--no-comments")
    assert page(base).count("question: free") == 1


def test_answers_that_come_later_are_proposed_too(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12)
    answering((*close, "--review"), "p\nq\n")
    (base / "export.csv").write_text("id;a1;free\n91;met;Arrivé tard\n", encoding="utf-8")
    cdp("survey", "import", base / "export.csv", "--survey", "a/2026-06", "--root", base, "--apply")
    cdp(*close)
    text = draft(base).read_text("utf-8")

    assert (text.count("- [x]"), text.count("- [ ]")) == (1, 12)
    assert "Arrivé tard" in text


@pytest.mark.parametrize("count", [4, 9])
def test_a_small_group_gets_a_text_to_write(base: Path, cdp: Cdp, count: int) -> None:
    close = imported(base, cdp, count)
    done = cdp(*close, "--apply").stdout

    assert ("aucun nombre par question" in done) == (count < 5)
    assert not re.search(r"(met|partly|not|gone): [1-9]", page(base))
    assert "aucun commentaire" in done
    assert "synthèse" in done
    assert "comments" not in page(base)
    assert draft(base).read_text("utf-8").count("Avis") == count


def test_personal_information_in_a_comment_stops_its_publication(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12, "jeanne@organisme.ca ou 819 555-0142, carte TREJ 8253 1412")
    cdp(*close)
    assert draft(base).read_text("utf-8").count(" (!): jeanne") == 12
    draft(base).write_text(draft(base).read_text("utf-8").replace("[ ]", "[x]", 1), encoding="utf-8")
    said = cdp(*close, "--apply", "--no-comments", code=1).stderr

    assert "renseignement personnel" in said
    assert "[…] ou […], carte […]" in said
    assert "jeanne" not in page(base)


def test_a_broken_file_of_choices_is_said_with_its_line(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12)
    cdp(*close)
    lines = draft(base).read_text("utf-8").splitlines()
    lines[4] = lines[4].replace("[ ]", "[oui]")
    draft(base).write_text("\n".join(lines), encoding="utf-8")

    assert "a.2026-06.md, ligne 5" in cdp(*close, code=1).stderr


def test_more_answers_than_people_is_refused(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 31)

    assert "31 réponses pour 30 personnes" in cdp(*close, code=1).stderr
    assert "invited: 40" in cdp(*close, "--invited", "40").stdout


def test_a_closing_cut_short_is_finished_by_the_next(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 12)
    raw = (base / PAGE).read_bytes()
    cdp(*close, "--apply", "--no-comments")
    with contextlib.closing(sqlite3.connect(answers_store.path(base, "a/2026-06"))) as store:
        store.execute("DELETE FROM fact WHERE name = 'closed'")
        store.commit()
    assert raw != (base / PAGE).read_bytes()
    cdp(*close, "--apply", code=1)

    with answers_store.opened(base, "a/2026-06") as answers:
        assert answers.put({"a1": ("met",)}, "late") == "closed"


def test_more_comments_than_a_page_can_hold_are_refused(base: Path, cdp: Cdp) -> None:
    close = imported(base, cdp, 20, "Un très long avis. " * 60)
    cdp(*close)
    draft(base).write_text(draft(base).read_text("utf-8").replace("[ ]", "[x]"), encoding="utf-8")
    before = page(base)

    assert "trop long pour être lu" in cdp(*close, "--apply", code=1).stderr
    assert page(base) == before


def test_a_comment_cannot_break_the_page(base: Path, cdp: Cdp) -> None:
    hostile = "\u061c\u200f\ufeff\ud800\u2028\u202e'\"---: {x} <script>alert(1)</script> [ ] # \x00\x1b[31m"
    with answers_store.opened(base, "a/2026-06") as answers:
        answers.add({str(number): {"a1": ("met",), "free": (f"{hostile} {number}",)} for number in range(12)})
    close = ("survey", "close", "a/2026-06", "--root", base, "--as-of", "2026-06-21")
    cdp(*close)
    draft(base).write_text(draft(base).read_text("utf-8").replace("[ ] free", "[x] free"), encoding="utf-8")
    cdp(*close, "--apply")

    assert not set("\u061c\u200f\ufeff\ud800\u2028\u202e\x00\x1b") & set(page(base))
    assert page(base).count("<script>") == 12
    assert "CDP00" not in cdp("check", "--root", base, "--as-of", "2026-06-22", code=None).stdout
