"""``cdp due``: what is late, due and coming, the most pressing first, in each form."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import markdown as html

from cdp import answers_store
from cdp.model import life
from cdp.report import dues
from tests.conftest import TODAY, Cdp, charter, in_memory, write

KICKED = "kickoff: {date: 2026-04-28, validated: [formula, objectives, expectations]}\n"


def base(**charters: str) -> dict[str, str | bytes]:
    return {
        f"communities/{slug}/index.md": f"---\ntitle: {slug}\nsummary: x\n{front}---\n"
        for slug, front in charters.items()
    }


LATE = base(
    ended=KICKED + "start_date: 2026-05-01\nend_date: 2026-06-30\nfacilitators: [{name: Ève Roy}]\n",
    asleep=KICKED
    + "start_date: 2026-05-01\nend_date: 2027-11-30\npause: {since: 2026-11-01, resume_by: 2026-11-20}\n"
    + "facilitators: [{name: Ève Roy}, {name: Léa Côté}]\n",
    coming="kickoff: {date: 2026-12-10}\n",
    far=KICKED.replace("2026-04-28", "2026-07-10") + "start_date: 2026-11-01\nend_date: 2028-11-30\n",
)


def test_what_is_late_comes_first_the_longest_late_before_others() -> None:
    found = dues.agenda(in_memory(LATE).communities, TODAY, 30, "fr")

    assert [(item.community.slug, item.due.kind, item.state) for item in found.items] == [
        ("ended", "verdict", "overdue"),
        ("far", "facilitator", "overdue"),
        ("ended", "archive", "overdue"),
        ("asleep", "resume", "now"),
        ("far", "survey", "now"),
        ("coming", "kickoff", "coming"),
    ]


def test_a_break_that_is_planned_says_when_it_ends() -> None:
    front = KICKED + "start_date: 2026-05-01\nend_date: 2027-11-30\npause: {since: 2026-12-21, resume_by: 2027-01-08}\n"
    found = dues.agenda(in_memory(base(a=front)).communities, TODAY, 60, "fr").items

    assert ("resume", date(2027, 1, 8)) in [(item.due.kind, item.due.on) for item in found]


def test_what_comes_is_in_order_of_its_day_whatever_the_grace() -> None:
    front = (
        KICKED.replace("2026-04-28", "2026-08-20")
        + "start_date: 2026-08-20\nend_date: 2026-12-22\nclosing: {announced: 2026-11-01}\n"
        + "facilitators: [{name: Ève Roy}]\n"
    )
    found = dues.agenda(in_memory(base(a=front)).communities, TODAY, 60, "fr").items

    assert [item.due.kind for item in found] == ["survey", "verdict", "archive"]
    assert found[0].due.late > found[1].due.late


@given(st.integers(0, 800), st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_within_keeps_all_that_is_late_and_nothing_later(within: int, day: date) -> None:
    communities = in_memory(LATE).communities
    found = dues.agenda(communities, day, within, "fr").items
    everything = [due for community in communities for due in life.dues(community, day)]

    assert len(found) == sum(due.on <= day + timedelta(days=within) for due in everything)
    assert [item.state for item in found] == sorted((i.state for i in found), key=["overdue", "now", "coming"].index)


def test_people_in_charge_see_theirs() -> None:
    found = dues.agenda(in_memory(LATE).communities, TODAY, 30, "fr")

    assert {name: len(items) for name, items in found.in_charge.items()} == {"Ève Roy": 3, "Léa Côté": 1, "": 3}
    assert "  Ève Roy – 3 choses à faire, dont 2 en retard" in dues.text(found).splitlines()
    assert "  personne à l’animation – 3 choses à faire, dont 1 en retard" in dues.text(found).splitlines()


def test_an_open_survey_is_to_be_closed_then_published() -> None:
    files = base(a=KICKED + "start_date: 2026-05-01\nend_date: 2027-05-01\nfacilitators: [{name: Ève Roy}]\n")
    files["communities/a/surveys/2026-11.md"] = "---\nopens: 2026-11-16\ncloses: 2026-11-24\n---\n"

    def kinds(day: date) -> set[str]:
        return {due.kind for due in life.dues(in_memory(files).communities[0], day)} & {
            "survey_close",
            "survey_results",
        }

    assert kinds(date(2026, 11, 15)) == {"survey_results"}
    assert kinds(date(2026, 11, 16)) == {"survey_close", "survey_results"}
    assert kinds(TODAY) == {"survey_close", "survey_results"}
    assert kinds(date(2026, 11, 25)) == {"survey_results"}
    assert in_memory(files).communities[0].health(date(2026, 11, 23)) == "on_track"
    assert in_memory(files).communities[0].health(TODAY) == "attention"


def test_raw_answers_are_to_be_destroyed_on_their_day_while_they_are_here(tmp_path: Path, cdp: Cdp) -> None:
    survey = "---\nopens: 2026-10-01\ncloses: 2026-10-15\nanswers: 14\npublished: 2026-10-20\npurge: 2026-12-01\n---\n"
    write(
        tmp_path,
        {
            "mkdocs.yml": "site_name: Base\n",
            "communities/a/index.md": charter(),
            "communities/a/surveys/2026-10.md": survey,
        },
    )

    def said(day: str) -> str:
        return cdp("due", "--root", tmp_path, "--as-of", day).stdout.replace("\u00a0", " ")

    assert "Détruire" not in said("2026-11-24"), "nothing is kept here"
    kept = answers_store.path(tmp_path, "a/2026-10")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"x")
    assert "Détruire les réponses brutes : cdp survey purge (2026-10) – le 1er décembre 2026" in said("2026-11-24")
    assert "en retard de 2 jours" in said("2026-12-03")
    kept.unlink()
    assert "Détruire" not in said("2026-12-03")


@given(st.text(max_size=60))
def test_members_words_are_plain_in_markdown(words: str) -> None:
    said = dues.quiet(words)

    assert not re.search(r"(?<!\\)[`*_<>\[\]]|@(?=\w)|#(?=\d)|://|\n", said)


@pytest.mark.parametrize(
    "words",
    [
        "<img src=x onerror=alert(1)>",
        "[x](https://mal.test)",
        "**gras**",
        "@equipe",
        "a <!-- b",
        "`c`",
        "&lt;b&gt;",
        "https://mal.test",
        "# Titre",
    ],
)
def test_hostile_titles_make_no_element(words: str) -> None:
    page = html(f"- **{dues.quiet(words)}**", extensions=["extra"])

    assert set(re.findall(r"</?(\w+)", page)) == {"ul", "li", "strong"}
    assert page.count("<strong>") == 1


def test_each_form_of_the_command(small_base: Path, cdp: Cdp) -> None:
    write(small_base, {path: text if isinstance(text, str) else text.decode() for path, text in LATE.items()})
    words = ("due", "--root", small_base, "--as-of", TODAY.isoformat(), "--within", "20")
    out = small_base / "due.md"

    data = json.loads(cdp(*words, "--format", "json").stdout)
    assert (data["version"], data["as_of"], data["within"]) == (1, "2026-11-24", 20)
    assert data["dues"][0] == {
        "community": "ended",
        "title": "ended",
        "what": "verdict",
        "label": "Noter l’issue et le bilan de la communauté",
        "on": "2026-06-30",
        "late": "2026-07-07",
        "subject": "",
        "state": "overdue",
        "facilitators": ["Ève Roy"],
    }
    assert {"name": "Léa Côté", "dues": [3]} in data["people"]
    calendar = icalendar.Calendar.from_ical(cdp(*words, "--format", "ics").stdout)
    assert len(calendar.walk("VEVENT")) == len(data["dues"])
    assert cdp(*words, "--format", "markdown", "-o", out).stdout == ""
    assert out.read_text(encoding="utf-8").count("- [ ] ") == len(data["dues"])
    assert "late" in cdp(*words, "--lang", "en").stdout
    assert "asleep" not in cdp(*words, "ended").stdout


def test_an_unknown_community_is_said(small_base: Path, cdp: Cdp) -> None:
    assert "aucune communauté ne s’appelle" in cdp("due", "nulle", "--root", small_base, code=2).stderr


def test_the_words_of_notes_are_not_read(small_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cdp import disk
    from cdp.cli import due
    from cdp.cli.ground import ground

    write(small_base, {"communities/a/notes/x.md": "---\n"})
    seen: list[str] = []
    real = disk._bytes
    monkeypatch.setattr(disk, "_bytes", lambda path, size: (seen.append(path), real(path, size))[1])
    due.lives(ground(small_base, TODAY))

    assert seen
    assert not [path for path in seen if "/notes/" in path]
