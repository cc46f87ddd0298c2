"""Celebration pages: only what happened, by whom who agreed, from the day on."""

from __future__ import annotations

from datetime import date, timedelta

from cdp.settings import Settings
from cdp.site import Theme, build
from cdp.site.celebrations import celebrations
from tests.conftest import ROOT, charter, community, in_memory

TODAY = date(2026, 11, 24)
FRONT = """start_date: 2026-01-01
end_date: 2026-11-20
network_heads:
  - name: Dite Oui
    network: N
    agreed: 2026-01-01
  - name: Dite Non
    network: N
expectations: [{id: a1, text: Comblée, status: met}, {id: a2, text: Encore, status: open}]
objectives:
  - {id: o1, text: Fait, season: s1, outcome: met, evidence: vu}
  - {id: o2, text: Presque, season: s1, outcome: partly, explanation: six}
  - {id: o3, text: Ailleurs, season: s2, outcome: met, evidence: vu}
seasons:
  - {id: s1, title: Une, start_date: 2026-01-01, end_date: 2026-05-31, celebrated: 2026-05-30}
  - {id: s2, title: Deux, start_date: 2026-06-01, end_date: 2026-11-20}
closing: {announced: 2026-10-01, outcome: fulfilled, celebration: {date: 2026-11-20}, thanks: Merci au café}
"""
FILES = {
    "meetings/2026-05-30-fete.md": "---\ndate: 2026-05-30\nattendance: 9\n---\n",
    "meetings/2026-05-30-photo.jpg": "x",
    "meetings/2026-11-20-fin.md": "---\ndate: 2026-11-20\nattendance: 11\n---\n",
}


def test_a_season_counts_its_own_and_a_life_everything() -> None:
    season, whole = celebrations(community(FRONT, FILES), TODAY)

    assert [o.id for o in season.met] == ["o1"]
    assert [o.id for o in season.partly] == ["o2"]
    assert [o.id for o in whole.met] == ["o1", "o3"]
    assert [e.id for e in whole.fulfilled] == ["a1"]
    assert season.photo == "meetings/2026-05-30-photo.jpg"
    assert (season.story, whole.story) == ("meetings/2026-05-30-fete.md", "meetings/2026-11-20-fin.md")
    assert [str(text) for text in season.numbers] == ["1 objectif atteint", "1 rencontre", "9 présences"]
    assert "20 présences" in [str(text) for text in whole.numbers]


def test_the_picture_says_what_the_minutes_say_of_it() -> None:
    told = FILES["meetings/2026-05-30-fete.md"] + '\n![Un gâteau "rond"](2026-05-30-photo.jpg)\n'
    season, _ = celebrations(community(FRONT, {**FILES, "meetings/2026-05-30-fete.md": told}), TODAY)
    assert season.shown == 'Un gâteau "rond"'
    assert celebrations(community(FRONT, FILES), TODAY)[0].shown == ""


def test_no_line_of_the_story_begins_with_a_colon() -> None:
    told = FILES["meetings/2026-05-30-fete.md"] + "\nLa plus applaudie\u00a0: «\u00a0celle du Comptoir\u00a0».\n"
    season, _ = celebrations(community(FRONT, {**FILES, "meetings/2026-05-30-fete.md": told}), TODAY)
    assert season.told == "La plus applaudie\u00a0: «\u00a0celle du Comptoir\u00a0»."


def test_nothing_is_celebrated_before_its_day() -> None:
    here = community(FRONT, FILES)
    assert celebrations(here, date(2026, 5, 29)) == ()
    assert len(celebrations(here, date(2026, 5, 30))) == 1
    assert len(celebrations(here, TODAY - timedelta(days=5))) == 1


def test_the_page_names_only_those_who_agreed() -> None:
    files = {f"communities/a/{path}": text for path, text in FILES.items()}
    templates = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "theme/pages").glob("*.html")}
    site = build(
        in_memory({"communities/a/index.md": charter(FRONT), **files}), TODAY, Settings(), Theme(templates), "fr"
    )
    pages = {page.path: page for unit in site.units for page in unit.pages}

    whole = pages["communities/a/celebrations/index.md"]
    assert "Dite Oui" in whole.head
    assert "Dite Non" not in whole.head
    assert "Merci au café" in whole.head
    assert "communities/a/celebrations/s2.md" not in pages
    assert "celebrations/s1/" in pages["communities/a/seasons/s1.md"].head
