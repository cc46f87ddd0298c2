"""The kickoff: a kit that prints, answers recorded in the charter, minutes; and meetings by the rhythm."""

from __future__ import annotations

import doctest
from datetime import date
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from cdp.facilitation import charters, filling, kickoff, meetings, season_reviews
from cdp.facilitation.deck.counts import counted
from cdp.facilitation.filling import UnknownField, fill
from cdp.facilitation.recruit import contacts, sheets
from cdp.facilitation.seasons import Refused
from cdp.model import life, minutes
from cdp.model.charter import Season
from cdp.model.minutes import open_actions
from tests.conftest import ROOT, Cdp, charter, community, in_memory, write

TODAY = date(2026, 11, 24)
SHEET = """date: 2026-11-20
attendance: 14
validated: [formula, objectives, expectations]
formula:
  rhythm: 4 semaines
  format: hybrid
objectives:
  - text: Répondre vite
    measure: En trois jours
expectations:
  - Repartir avec un outil
  - Déjà là
end_date: 2027-11-19
actions:
  - "Animation : écrire *tout*"
"""
TEMPLATE = (ROOT / "theme/new/meeting.md").read_text(encoding="utf-8")
HAS = "expectations:\n  - id: a4\n    text: Déjà là\n"


@pytest.mark.parametrize("module", [minutes, filling, charters, contacts, sheets])
def test_examples_in_the_docstrings_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_the_answers_become_formula_objectives_and_expectations_with_ids() -> None:
    given, faults = filling.sheet(kickoff.Answers, SHEET, "answers.yml")
    assert given is not None
    assert not faults
    plan = kickoff.record(community(HAS), charter(HAS).encode(), given, TEMPLATE)
    found = in_memory({path: data for path, data in plan.changes.items() if data}).get("a")

    assert found is not None
    assert [(item.id, item.text) for item in found.charter.expectations] == [
        ("a4", "Déjà là"),
        ("a5", "Repartir avec un outil"),
    ]
    assert [(item.id, item.measure) for item in found.charter.objectives] == [("o1", "En trois jours")]
    assert found.charter.formula is not None
    assert found.charter.formula.decided_by == "kickoff"
    assert life.kicked_off(found, TODAY)
    assert found.charter.kickoff is not None
    assert found.charter.kickoff.minutes in found.files
    assert found.meetings[0].record.attendance == 14
    assert [said.item.text for said in open_actions(found, TODAY)] == ["Animation : écrire *tout*"]
    assert "# attendance" not in found.meetings[0].document.text
    with pytest.raises(Refused, match="déjà notée"):
        kickoff.record(found, b"", given, TEMPLATE)


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-19"])
def test_a_kickoff_noted_again_replaces_its_page(cdp: Cdp, small_base: Path, tmp_path: Path, day: str) -> None:
    write(small_base, {"communities/a/index.md": charter()})
    partial = SHEET.replace(", expectations]", "]")
    for sheet in (partial, SHEET.replace("2026-11-20", day)):
        write(tmp_path, {"answers.yml": sheet})
        cdp(
            "kickoff", "record", "a", "--from", tmp_path / "answers.yml", "--apply", "--root", small_base,
            "--as-of", "2026-11-24",
        )  # fmt: skip
        for page in (small_base / "communities/a/meetings").glob("*demarrage*"):
            page.write_text(page.read_text(encoding="utf-8") + "\nÉcrit depuis.\n", encoding="utf-8")

    pages = [path.name for path in (small_base / "communities/a/meetings").glob("*demarrage*")]
    assert pages == [f"{day}-rencontre-de-demarrage.md"]
    kept = (small_base / "communities/a/meetings" / pages[0]).read_text(encoding="utf-8")
    assert kept.count("Écrit depuis.") == 2
    assert f"date: {day}" in kept
    assert f"minutes: meetings/{pages[0]}" in (small_base / "communities/a/index.md").read_text(encoding="utf-8")


def test_the_minutes_hold_the_answers_to_the_three_questions_and_no_hour_that_nobody_said() -> None:
    sheet = SHEET.replace(
        "  format: hybrid\n",
        "  format: hybrid\n  place: Salle Nord\n  topics: [Le premier contact, Les départs]\n  tools: [Visio]\n",
    )
    given, faults = filling.sheet(kickoff.Answers, sheet, "answers.yml")
    assert given is not None
    assert not faults
    plan = kickoff.record(community(), charter().encode(), given, TEMPLATE)
    (text,) = (data.decode() for path, data in plan.changes.items() if data and "meetings/" in path)
    text = text.replace("\u00a0", " ")

    headings = ("## La formule", "## Les sujets", "## Attentes", "## Objectifs", "## Décisions")
    assert [text.index(heading) for heading in headings] == sorted(text.index(heading) for heading in headings)
    assert (
        "- Rythme : toutes les 4 semaines\n- Format : En personne et à distance\n- Lieu : Salle Nord\n- Outils : Visio\n"
        in text
    )
    assert "## Les sujets\n\n- Le premier contact\n- Les départs\n" in text
    assert "- Repartir avec un outil" in text
    found = in_memory({path: data for path, data in plan.changes.items() if data}).get("a")
    assert found is not None
    record = found.meetings[0].record
    assert (record.format, record.place, record.start, record.duration) == ("hybrid", "Salle Nord", None, None)
    assert "Après la rencontre" not in text


def test_the_kickoff_notes_who_facilitates_once_each() -> None:
    has = "facilitators: [{name: Ève Roy}]\n"
    sheet = SHEET + "facilitators:\n  - name: Ève Roy\n  - {name: Léa Côté, organization: Carrefour}\n"
    given, faults = filling.sheet(kickoff.Answers, sheet, "answers.yml")
    assert given is not None
    assert not faults
    plan = kickoff.record(community(has), charter(has).encode(), given, TEMPLATE)
    found = in_memory({path: data for path, data in plan.changes.items() if data}).get("a")

    assert found is not None
    assert [person.name for person in found.charter.facilitators] == ["Ève Roy", "Léa Côté"]
    assert not any("anime" in str(note) for note in plan.notes)


def test_a_kickoff_without_anybody_to_facilitate_is_not_up_to_date(cdp: Cdp, small_base: Path, tmp_path: Path) -> None:
    write(small_base, {"communities/a/index.md": charter()})
    write(tmp_path, {"answers.yml": SHEET})
    words = ("--root", small_base, "--as-of", "2026-11-24")
    said = cdp("kickoff", "record", "a", "--from", tmp_path / "answers.yml", "--apply", *words).stdout
    assert "Personne n'anime encore" in said.replace("’", "'")
    status = cdp("status", "a", *words).stdout
    assert "Tout est à jour" not in status
    assert "2026-11-20  Trouver qui anime" in status


def test_a_kickoff_says_what_is_missing() -> None:
    given, _ = filling.sheet(kickoff.Answers, "date: 2026-11-20\n", "x")
    assert given is not None
    said = " ".join(map(str, kickoff.record(community(), charter().encode(), given, TEMPLATE).notes))

    for word in (
        "la formule, les objectifs, les attentes",
        "« purpose »",
        "« facilitators »",
        "un seul, clair",
        "end_date",
        "cdp season plan a",
    ):
        assert word in said.replace("\u00a0", " ")
    vague, _ = filling.sheet(kickoff.Answers, "date: 2026-11-20\nobjectives:\n  - text: Vague\n", "x")
    assert vague is not None
    with pytest.raises(Refused, match="Vague"):
        kickoff.record(community(), charter().encode(), vague, TEMPLATE)


def test_faults_of_the_sheet_have_their_line(cdp: Cdp, small_base: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "answers.yml"
    for text, said in (
        ("date: 2026-02-30\n", "ligne 1"),
        ("date: 2026-01-01\nobjectif: x\n", "ligne 2"),
        ("a: [\n", "ligne"),
    ):
        sheet.write_text(text, encoding="utf-8")
        assert said in cdp("kickoff", "record", "a", "--from", sheet, "--root", small_base, code=2).stderr


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_kit_has_hours_three_questions_and_a_form_that_copies(cdp: Cdp, tmp_path: Path, lang: str) -> None:
    root = tmp_path / "b"
    write(
        root,
        {
            "mkdocs.yml": "site_name: B\n",
            "communities/a/index.md": charter(f"language: {lang}\n", title="<b>A & B</b>"),
        },
    )
    cdp("kit", "a", "-o", tmp_path / "kit", "--root", root, "--date", "2026-11-20", "--start", "9:30")

    pages = {
        path.name: LexborHTMLParser(path.read_text(encoding="utf-8")) for path in (tmp_path / "kit").glob("*.html")
    }
    assert len(pages["agenda.html"].css("tr")) == 11
    assert ("9 h 30" if lang == "fr" else "9:30") in pages["agenda.html"].css("td")[0].text().replace("\u00a0", " ")
    assert len(pages["questions.html"].css("h2")) == 3
    assert len(pages["absent.html"].css("textarea")) == 3
    for page in pages.values():
        assert page.css_first("h1") is not None
        assert not page.css("b")
        assert not page.css("[src], link")
    given, faults = filling.sheet(kickoff.Answers, (tmp_path / "kit/answers.yml").read_text(encoding="utf-8"), "x")
    assert not faults
    assert given is not None
    assert given.date == date(2026, 11, 20)
    assert "contient déjà" in cdp("kit", "a", "-o", tmp_path / "kit", "--root", root, code=2).stderr


def test_an_unknown_field_in_a_text_is_named() -> None:
    with pytest.raises(UnknownField, match="nom"):
        fill("{{nom}}", {"name": "x"})


# Meetings


@pytest.mark.parametrize(
    ("rhythm", "held", "expected"),
    [
        ("4 semaines", "2026-11-10", "2026-12-08"),
        ("1 mois", "2026-11-10", "2026-12-08"),  # second Tuesday
        ("1 mois", "2026-10-30", "2026-11-27"),  # fifth Friday: the last one
        ("2 weeks", "2026-06-01", "2026-11-30"),
        ("FREQ=WEEKLY", "2026-11-10", "2026-11-24"),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-11-10", "2026-12-07"),
        ("FREQ=YEARLY", "2026-11-10", "None"),
    ],
)
def test_the_rhythm_gives_the_next_date(rhythm: str, held: str, expected: str) -> None:
    here = community(f"formula:\n  rhythm: {rhythm}\n", {f"meetings/{held}-a.md": f"---\ndate: {held}\n---\n"})

    assert str(meetings.due(here, TODAY)) == expected


def test_a_meeting_is_prepared_by_the_command(cdp: Cdp, small_base: Path) -> None:
    words = ("meeting", "new", "a", "--root", small_base, "--as-of", "2026-11-24")
    assert "rythme" in cdp(*words, code=2).stderr
    cdp(*words, "--date", "2026-12-01", "--title", "L'été, déjà", "--start", "13:30", "--apply")
    assert (small_base / "communities/a/meetings/2026-12-01-l-ete-deja.md").is_file()
    said = cdp("meeting", "next", "a", "--root", small_base, "--as-of", "2026-11-24").stdout.replace("\u00a0", " ")
    assert "mardi 1er décembre 2026, 13 h 30" in said
    assert "CDP0" not in cdp("check", "--root", small_base, "--as-of", "2026-11-24", code=None).stdout


def test_preparing_twice_proposes_the_following_day_and_says_which_page_exists(cdp: Cdp, tmp_path: Path) -> None:
    held = "---\ndate: 2026-11-10\n---\n"
    front = charter("formula: {rhythm: 4 semaines}\n")
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": front})
    write(tmp_path, {"communities/a/meetings/2026-11-10-x.md": held})
    words = ("meeting", "new", "a", "--root", tmp_path, "--as-of", "2026-11-24", "--apply")
    cdp(*words)
    said = cdp(*words).stdout.replace("\u00a0", " ")

    assert "La rencontre du mardi 8 décembre 2026 a déjà sa page" in said
    names = sorted(path.name for path in (tmp_path / "communities/a/meetings").iterdir())
    assert names == ["2026-11-10-x.md", "2026-12-08-rencontre.md", "2027-01-05-rencontre.md"]
    again = cdp(*words[:-1], "--date", "2026-12-08").stdout.replace("\u00a0", " ")
    assert "Ce jour a déjà une page, meetings/2026-12-08-rencontre.md" in again


def test_a_page_that_is_still_its_template_is_no_meeting_that_was_held() -> None:
    template = (ROOT / "theme/new/meeting.md").read_text(encoding="utf-8")
    here = community("formula: {rhythm: 4 semaines}\n", {"meetings/2026-11-10-x.md": "---\ndate: 2026-11-10\n---\n"})
    plan = meetings.new(here, template, date(2026, 11, 17), "", {})
    ((path, data),) = ((path.removeprefix("communities/a/"), data) for path, data in plan.changes.items())
    assert data is not None
    text = data.decode()
    season = Season(id="s", start_date=date(2026, 11, 1), end_date=date(2026, 12, 31))
    for page, held in (
        (text, 1),
        (text.replace("date: ", "attendance: 4\ndate: "), 2),
        (text.replace("## Décisions\n", "## Décisions\n\n- On continue.\n"), 2),
    ):
        found = community("", {"meetings/2026-11-10-x.md": "---\ndate: 2026-11-10\n---\n", path: page})
        facts = season_reviews.facts(found, season, TODAY)
        assert (facts.meetings, len(facts.untold)) == (held, 2 - held)
        assert any(said.startswith(f"{held} rencontre") for said in counted(found, None, TODAY))
