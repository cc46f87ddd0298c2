"""Presentations: read back by python-pptx, shown in Chromium, turned into images by LibreOffice where it is."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from pptx import Presentation

from cdp import disk
from cdp.facilitation.deck.browser import browser
from cdp.facilitation.deck.powerpoint import powerpoint
from cdp.facilitation.deck.slides import KINDS, Kind, Slide, slides
from cdp.load import load
from tests.conftest import ROOT, Cdp, charter, community, write
from tests.system_setup import chromium

TODAY = date(2026, 11, 24)
BASE = load(disk.read(ROOT))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slug", [each.slug for each in BASE.communities])
def test_every_slide_has_words_that_can_be_edited(slug: str, kind: Kind) -> None:
    here = BASE.get(slug)
    assert here is not None
    made = slides(here, kind, TODAY)
    data = powerpoint(made, "fr")
    deck = Presentation(io.BytesIO(data))

    assert [page.shapes.title.text_frame.text for page in deck.slides] == [slide.title for slide in made]
    for page, slide in zip(deck.slides, made, strict=True):
        said = "\n".join(shape.text_frame.text for shape in page.shapes if shape.has_text_frame)
        for words in (
            *slide.lines,
            *slide.details,
            *(word for figure in slide.figures for word in figure),
            *(item for _, items in slide.columns for item in items),
            *(s.title for s in slide.segments),
        ):
            assert words in said
        assert all(shape.text_frame.text for shape in page.placeholders)
        assert not [shape for shape in page.shapes if shape.shape_type == 13]
        for shape in page.shapes:
            assert shape.left >= -1
            assert shape.left + shape.width <= deck.slide_width + 200000
    assert powerpoint(made, "fr") == data


def test_members_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>\x07&"
    here = community(f"purpose: '{hostile[:-2]}&'\n")
    made = slides(here, "pitch", TODAY)
    assert "<script>alert" not in browser(made, "fr", "", "").decode()
    powerpoint(made, "fr")


def test_the_pages_of_the_browser_fetch_nothing_and_turn(cdp: Cdp, tmp_path: Path) -> None:
    out = tmp_path / "d.html"
    cdp("deck", "accueil-des-benevoles", "--format", "html", "-o", out, "--root", ROOT, "--as-of", "2026-11-24")
    with sync_playwright() as play:
        program = play.chromium.launch(executable_path=chromium())
        page = program.new_page(viewport={"width": 1280, "height": 720})
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(out.as_uri())
        page.wait_for_selector(".reveal.ready")
        assert page.locator("section.present h1").inner_text() == "Accueillir les personnes bénévoles"
        page.keyboard.press("ArrowRight")
        assert page.locator("section.present h2").inner_text() == "Le besoin"
        program.close()
    assert said == []
    assert asked == [out.as_uri()]


def test_the_first_slide_fills_the_screen_and_an_upright_telephone_reads_a_page(cdp: Cdp, tmp_path: Path) -> None:
    out = tmp_path / "d.html"
    cdp("deck", "accueil-des-benevoles", "--format", "html", "-o", out, "--root", ROOT, "--as-of", "2026-11-24")
    with sync_playwright() as play:
        program = play.chromium.launch(executable_path=chromium())
        page = program.new_page(viewport={"width": 1000, "height": 720})
        page.goto(out.as_uri())
        page.wait_for_selector(".reveal.ready")
        seen = "[...document.querySelectorAll('.slide-background.present')].at(-1)"
        box = page.evaluate(f"(b => [b.left, b.top, b.width, b.height])({seen}.getBoundingClientRect())")
        assert box == [0, 0, 1000, 720]
        assert page.evaluate(f"getComputedStyle({seen}).backgroundColor") == "rgb(0, 105, 92)"
        colour = "getComputedStyle(document.querySelector('.controls')).color"
        assert page.evaluate(colour) == "rgb(255, 255, 255)"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(colour) == "rgb(0, 0, 0)"

        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_selector("body.upright")
        assert page.locator("section:visible").count() == page.locator("section").count()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        small = page.evaluate(
            "[...document.querySelectorAll('section *')].filter(e => e.innerText && !e.children.length)"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)).filter(size => size < 14)"
        )
        assert small == []
        program.close()


def test_a_summary_that_nobody_wrote_is_neither_shown_nor_sent(cdp: Cdp, tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/.keep": ""})
    cdp("new", "aines", "--title", "Aînées", "--root", tmp_path)
    said = cdp("deck", "aines", "--format", "html", "-o", tmp_path / "d.html", "--root", tmp_path).stdout
    cdp("invite", "aines", "--kind", "meeting", "-o", tmp_path / "m", "--root", tmp_path)

    assert "Le résumé de la charte n’est pas écrit" in said
    assert "décrire en une phrase" not in (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "une phrase" not in (tmp_path / "m/meeting.eml").read_text(encoding="utf-8")


def test_long_texts_and_many_objectives_fit_and_none_is_left_out(tmp_path: Path) -> None:
    long = "Chaque organisme de la table de concertation intersectorielle a écrit et révisé sa page"
    aims = "".join(
        f"  - {{id: o{n}, text: {long} {n}, measure: {long}, season: s{n % 4}, outcome: open}}\n" for n in range(12)
    )
    seasons = "".join(
        f"  - {{id: s{n}, title: Apprendre à se connaître anticonstitutionnellement, start_date: 2026-{3 * n + 1:02}-01, end_date: 2026-{3 * n + 3:02}-28}}\n"
        for n in range(4)
    )
    thanks = (
        "closing:\n  announced: 2026-10-01\n  reason: fin\n  outcome: fulfilled\n  thanks: " + f"{long}. " * 4 + "\n"
    )
    here = community(
        f"purpose: {long * 4}\nscope: {long * 2}\nout_of_scope: {long * 3}\nstart_date: 2026-01-01\nend_date: 2026-12-31\n"
        f"objectives:\n{aims}seasons:\n{seasons}{thanks}"
    )
    style = "".join((ROOT / "theme/deck" / name).read_text(encoding="utf-8") for name in ("reveal.css", "deck.css"))
    program = (ROOT / "theme/deck/reveal.js").read_text(encoding="utf-8")
    with sync_playwright() as play:
        window = play.chromium.launch(executable_path=chromium())
        page = window.new_page(viewport={"width": 1280, "height": 720})
        for kind in KINDS:
            made = slides(here, kind, TODAY)
            (tmp_path / f"{kind}.html").write_bytes(browser(made, "fr", program, style))
            page.goto((tmp_path / f"{kind}.html").as_uri())
            page.wait_for_selector(".reveal.ready")
            for slide in made:
                shown = page.locator("section.present")
                assert shown.locator("h1, h2").inner_text() == slide.title
                assert slide.size != "tiny"
                height, inside = shown.evaluate("part => [part.clientHeight, part.scrollHeight]")
                assert inside <= height + 1, (kind, slide.title)
                page.keyboard.press("ArrowRight")
        window.close()
    assert any(slide.title == "Ce que nous voulons atteindre (1/4)" for slide in slides(here, "pitch", TODAY))
    said = [line for slide in slides(here, "pitch", TODAY) for line in slide.lines]
    assert all(f"{long} {n}" in said for n in range(12))
    assert not any(slide.title.startswith("Ce que nous voulons") for slide in slides(community(""), "pitch", TODAY))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    here = BASE.get("accueil-des-benevoles")
    assert here is not None
    (tmp_path / "d.pptx").write_bytes(powerpoint(slides(here, "pitch", TODAY), "fr"))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "d.pptx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")


SEASONS = """start_date: 2026-06-01
end_date: 2027-05-31
objectives:
  - {id: o1, text: Répondre vite, measure: trois jours, season: s1, outcome: met, evidence: vu}
  - {id: o2, text: Écrire un guide, measure: un guide, season: s1, outcome: partly, explanation: six pages}
  - {id: o3, text: Écrire un guide, measure: un guide, season: s2, outcome: open}
  - {id: o4, text: Laissé là, measure: jamais, season: s1, outcome: dropped, explanation: non}
seasons:
  - {id: s1, title: Été, start_date: 2026-06-01, end_date: 2026-10-31, review: seasons/s1.md}
  - {id: s2, title: Automne, start_date: 2026-11-01, end_date: 2027-02-28}
"""
MINUTES = "---\ndate: {}\nattendance: 5\n---\n## Besoins entendus\n\n- {}\n"
HELD = {
    "meetings/2026-09-01-a.md": MINUTES.format("2026-09-01", "Un modèle de lettre"),
    "meetings/2026-11-10-b.md": MINUTES.format("2026-11-10", "Une liste"),
}


def _words(made: list[Slide]) -> str:
    return "\n".join(
        word
        for slide in made
        for word in (slide.title, *slide.lines, *slide.details, *(n for figure in slide.figures for n in figure))
    ).replace("\u00a0", " ")


@pytest.mark.parametrize("day", [date(2026, 10, 15), date(2026, 11, 24)])
def test_a_review_shows_the_season_that_ends_even_once_the_next_has_begun(day: date) -> None:
    said = _words(slides(community(SEASONS, HELD), "season-review", day))

    assert "Bilan de la saison : Été" in said
    assert "☑ Répondre vite" in said
    assert "Un modèle de lettre" in said
    assert "En chemin" not in said
    assert "Une liste" not in said


def test_a_review_shows_the_season_that_is_asked_for_or_nearly_over() -> None:
    here = community(SEASONS, HELD)
    asked = _words(slides(here, "season-review", TODAY, here.charter.seasons[1]))
    assert "Bilan de la saison : Automne" in asked
    assert "☐ Écrire un guide" in asked
    assert _words(slides(here, "season-review", date(2027, 2, 20))).startswith("Achats\nBilan de la saison : Automne")


def test_a_pitch_says_each_aim_once_and_none_that_was_dropped() -> None:
    said = _words(slides(community(SEASONS, HELD), "pitch", TODAY))
    assert said.count("Écrire un guide") == 1
    assert "Laissé là" not in said


def test_the_deck_command_names_the_season_and_refuses_one_that_is_unknown(cdp: Cdp, tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(SEASONS)})
    words = ("deck", "a", "--root", tmp_path, "--as-of", "2026-11-24", "--kind")
    said = cdp(*words, "season-review", "--season", "s2", "-o", tmp_path / "a.pptx").stdout
    assert "saison « Automne »" in said.replace("\u00a0", " ")
    wrong = cdp(*words, "season-review", "--season", "s9", "-o", tmp_path / "b.pptx", code=2).stderr
    assert "s1, s2" in wrong
    cdp(*words, "pitch", "--season", "s1", "-o", tmp_path / "c.pptx", code=2)


def test_a_celebration_names_those_who_agreed() -> None:
    people = (
        "facilitators:\n  - name: Zoé\nnetwork_heads:\n  - {name: Ana, network: N, agreed: 2026-01-01}\n"
        "  - {name: Bob, network: N}\n"
    )
    said = _words(slides(community(people + SEASONS, HELD), "celebration", TODAY))
    assert "Avec\nZoé\nAna\n" in said
    assert "Bob" not in said


def test_the_line_of_a_life_shows_no_date_that_nobody_chose() -> None:
    def line(front: str) -> str:
        made = slides(community(front), "pitch", TODAY)
        (slide,) = (slide for slide in made if slide.segments)
        return " ".join([*slide.lines, *(segment.dates for segment in slide.segments)]).replace("\u00a0", " ").strip()

    assert "202" not in line("")
    assert line("").startswith("Les dates sont à fixer ensemble")
    assert line("start_date: 2026-12-01\n") == "À partir du 1er décembre 2026; la date de fin est à fixer ensemble"
    assert line("end_date: 2027-12-01\n") == "Jusqu’au 1er décembre 2027; le premier jour est à fixer ensemble"
    assert line("start_date: 2026-12-01\nend_date: 2027-03-31\n") == "Du 1er décembre 2026 au 31 mars 2027"


def test_a_short_life_is_not_drawn_with_three_seasons_nor_with_surveys_that_will_not_be() -> None:
    made = slides(community("start_date: 2026-12-01\nend_date: 2027-03-31\n"), "pitch", TODAY)
    (slide,) = (slide for slide in made if slide.segments)

    assert [segment.title for segment in slide.segments] == ["Première saison"]
    assert [mark.title for mark in slide.marks] == ["Démarrage", "Célébration et héritage"]


def test_a_pitch_ends_on_what_comes_next_in_the_life_as_it_is() -> None:
    kicked = (
        "kickoff: {date: 2026-06-01, validated: [formula, objectives, expectations]}\nformula: {rhythm: 2 semaines}\n"
    )
    said = _words(slides(community(kicked + SEASONS, HELD), "pitch", TODAY))
    assert "démarrage" not in said.partition("La suite")[2]
    assert "La prochaine rencontre : le 24 novembre 2026, selon le rythme, à confirmer" in said
    assert "La fin de la saison « Automne », le 28 février 2027" in said
    planned = _words(slides(community("kickoff: {date: 2026-12-10}\n"), "pitch", TODAY))
    assert "Une rencontre de démarrage avec les autres têtes de réseaux, le 10 décembre 2026" in planned
    over = kicked + SEASONS + "closing: {announced: 2026-10-01, outcome: fulfilled, reason: x, review: review.md}\n"
    ended = _words(slides(community(over.replace("2027-05-31", "2026-11-20")), "pitch", TODAY))
    assert "à faire naître" not in ended
    assert "tête de réseau" not in ended
    assert "La communauté a pris fin le 20 novembre 2026" in ended


def test_verdicts_come_with_what_shows_them() -> None:
    front = SEASONS.replace("evidence: vu", "evidence: notes/trois-jours.md")
    here = community(front, {**HELD, "notes/trois-jours.md": "---\ntitle: Le relevé des délais\n---\nx\n"})
    said = _words(slides(here, "season-review", TODAY))

    assert "☑ Répondre vite\n◪ Écrire un guide" in said
    assert "Atteint · Voir « Le relevé des délais »" in said
    assert "Atteint en partie · six pages" in said
    assert "Le relevé des délais" in _words(slides(here, "celebration", TODAY))


def test_the_need_goes_on_after_a_colon_without_the_capital_of_an_article() -> None:
    said = _words(slides(community("scope: L'accueil\nout_of_scope: Montréal\n"), "pitch", TODAY))
    assert "On s’en occupe : l'accueil" in said
    assert "On ne s’en occupe pas : Montréal" in said


def test_marks_share_a_row_unless_their_words_would_touch() -> None:
    def rows(front: str, *days: str) -> list[int]:
        held = {f"surveys/{day[:7]}.md": f"---\nopens: {day}\ncloses: {day}\n---\n" for day in days}
        made = slides(community(front, held), "pitch", TODAY)
        (slide,) = (slide for slide in made if slide.segments)
        return [mark.row for mark in slide.marks]

    life = "start_date: 2026-05-01\nend_date: 2027-04-30\n"
    assert rows("") == [0, 0, 0, 0]
    assert rows(life, "2026-09-01") == [0, 0, 0]
    assert rows(life, "2026-05-20", "2027-04-10") == [0, 1, 1, 0]


def test_names_share_a_slide_and_a_deck_that_would_be_its_title_alone_is_refused(cdp: Cdp, tmp_path: Path) -> None:
    people = "network_heads:\n" + "".join(f"  - {{name: Ana Roy {n}, agreed: 2026-01-01}}\n" for n in range(6))
    titles = [slide.title for slide in slides(community(people), "celebration", TODAY)]
    assert "Avec" in titles
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter()})
    said = cdp("deck", "a", "--kind", "season-review", "-o", tmp_path / "a.pptx", "--root", tmp_path, code=2).stderr
    assert "Aucune saison n’a commencé" in said
    assert not (tmp_path / "a.pptx").exists()
