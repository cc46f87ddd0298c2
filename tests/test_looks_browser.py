"""What a browser makes of the styles: paper, darkness from the first paint, a phone's width, pictures' places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.conftest import Cdp, write
from tests.test_browser import DESK, FRAMES, PHONE, SHIFTS, addresses, browser, chosen, page, serve, site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser", "chosen", "site"]

PHONE_SHEET: Any = {"width": PHONE, "height": 800}

PALE = """(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const words = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const pale = new Set();
  while (words.nextNode()) {
    const { parentElement: holder, data } = words.currentNode;
    if (!data.trim() || holder.closest("svg") || !holder.checkVisibility()) continue;
    const { color } = getComputedStyle(holder);
    if (1.05 / (light(color) + 0.05) < 4.5) pale.add(`${holder.tagName}.${holder.className} ${color}`);
  }
  return [...pale];
})()"""
"""Words that would be hard to read on white paper, which is what most people print on, without grounds."""


def test_dark_pages_print_dark_on_white(browser: Browser, site: str, chosen: list[str]) -> None:
    with browser.new_context(color_scheme="dark") as context:
        sheet = context.new_page()
        faults = {}
        for address in chosen:
            sheet.goto(site + address)
            assert sheet.evaluate("document.body.dataset.mdColorScheme") == "slate"
            sheet.emulate_media(media="print")
            ground = sheet.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            assert sheet.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
            faults[address] = [*sheet.evaluate(PALE), *([f"ground {ground}"] if min(ground) < 250 else [])]
            sheet.emulate_media(media="screen")

    assert {address: found for address, found in faults.items() if found} == {}


def test_the_list_of_months_does_not_print_its_heading_alone(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        sheet = context.new_page()
        sheet.goto(site + "calendar/")
        assert sheet.locator("#mois").is_visible()
        sheet.emulate_media(media="print")
        assert not sheet.locator("#mois").is_visible()


DARK = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((part) => part < 64)"


@pytest.mark.parametrize(("system", "changed"), [("dark", False), ("dark", True), ("light", True), ("light", False)])
def test_the_first_paint_is_as_the_reader_wants(browser: Browser, site: str, system: Any, changed: bool) -> None:
    """Before the theme's program has come: what was chosen, else what the system asks for."""
    with browser.new_context(color_scheme=system) as context:
        visit = context.new_page()
        if changed:
            visit.goto(site)
            visit.focus(
                "[name=__palette]:checked" if visit.locator("[name=__palette]:checked").count() else ".md-option"
            )
            visit.keyboard.press("Enter")
        visit.route("**/bundle*.js", lambda route: route.abort())
        visit.goto(site + "communities/")

        assert visit.evaluate(DARK) == ((system == "dark") != changed)


@pytest.mark.parametrize("system", ["dark", "light"])
def test_without_programs_pages_are_as_dark_as_the_system(browser: Browser, site: str, system: Any) -> None:
    with browser.new_context(color_scheme=system, java_script_enabled=False, viewport=PHONE_SHEET) as context:
        visit = context.new_page()
        visit.goto(site + "communities/")

        assert visit.evaluate(DARK) == (system == "dark")
        assert visit.evaluate("getComputedStyle(document.body).colorScheme") == system
        for _ in range(12):
            visit.keyboard.press("Tab")
            assert "md-option" not in visit.evaluate("document.activeElement.className")
        visit.emulate_media(media="print")
        assert visit.evaluate(PALE) == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_changes_the_scheme_and_changes_it_back(browser: Browser, site: str, key: str) -> None:
    with browser.new_context(color_scheme="light") as context:
        visit = context.new_page()
        visit.goto(site)
        visit.focus("[name=__palette]")
        for scheme in ("slate", "default"):
            visit.keyboard.press(key)
            assert visit.evaluate("document.body.dataset.mdColorScheme") == scheme
            assert visit.evaluate("document.activeElement.checked")


# A phone's width

ADDRESS = "https://docs.exemple.invalid/" + "d" * 120
WORD = "Anticonstitutionnellementinterministérielle" * 2


def wordy_base(root: Path) -> None:
    """Write a community whose every text holds a word or an address that is wider than a phone."""
    front = {
        "title": f"Communauté {WORD}",
        "summary": f"Un résumé : {ADDRESS}",
        "purpose": ADDRESS,
        "scope": WORD,
        "contact": ADDRESS,
        "license": WORD,
        "tags": [WORD[:80]],
        "regions": [WORD[:80]],
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
        "facilitators": [{"name": WORD, "organization": WORD}],
        "network_heads": [{"name": WORD, "organization": WORD, "network": WORD, "agreed": "2026-01-01"}],
        "kickoff": {"date": "2026-01-01", "validated": ["formula", "objectives", "expectations"]},
        "formula": {"rhythm": "2 semaines", "place": ADDRESS, "topics": [WORD], "tools": [ADDRESS[:80]], "decided_by": "kickoff"},
        "expectations": [{"id": "a1", "text": WORD, "source": "kickoff"}],
        "objectives": [
            {"id": "o1", "text": WORD, "measure": ADDRESS, "season": "2026-hiver", "outcome": "partly"}
            | {"evidence": ADDRESS, "explanation": WORD}
        ],
        "seasons": [{"id": "2026-hiver", "title": WORD, "start_date": "2026-01-01", "end_date": "2026-12-31"}],
    }  # fmt: skip
    needs = [{"id": "n1", "text": WORD, "disposition": "declined", "reason": ADDRESS}]
    survey = {"title": WORD, "opens": "2026-03-01", "closes": "2026-03-15", "needs": needs}
    text = f"## {WORD}\n\n{WORD} {ADDRESS}\n\n- {WORD}\n\n| {WORD} | x |\n|---|---|\n| {ADDRESS} | x |\n"
    folder = "communities/longue"
    note = {"title": WORD, "summary": ADDRESS, "tags": [WORD[:80]], "license": WORD, "date": "2026-02-01"}
    write(
        root,
        {
            "mkdocs.yml": "site_name: Mots\ntheme:\n  name: material\n  language: fr\n",
            f"{folder}/index.md": page(front, text),
            f"{folder}/surveys/2026-03.md": page({**survey, "decisions": [{"date": "2026-03-20", "text": WORD}]}, text),
            f"{folder}/notes/carnet/n.md": page({**note, "authors": [{"name": WORD, "agreed": "2026-01-01"}]}, text),
            f"{folder}/meetings/2026-02-10-x.md": page({"title": WORD, "date": "2026-02-10", "place": ADDRESS}, text),
            f"{folder}/meetings/2026-12-10-x.md": page({"title": WORD, "date": "2026-12-10", "place": ADDRESS}, text),
            "communities/idee/index.md": page({"title": "Idée", "summary": "x"}, ""),
        },
    )


@pytest.fixture(scope="module")
def wordy(cdp: Cdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    root = tmp_path_factory.mktemp("wordy")
    wordy_base(root / "base")
    cdp("build", "--root", root / "base", "-o", root / "site", "--as-of", "2026-11-24", "--no-cache")
    pages = [a for a, kind in addresses(root / "site").items() if kind not in ("rule", "rules", "guide")]
    yield from ((served, pages) for served in serve(root / "site"))


def test_no_word_of_a_member_widens_a_phone(browser: Browser, wordy: tuple[str, list[str]]) -> None:
    base, pages = wordy
    with browser.new_context(viewport=PHONE_SHEET) as context:
        visit = context.new_page()
        wide = {}
        for address in pages:
            visit.goto(base + address)
            breadth = visit.evaluate("document.scrollingElement.scrollWidth")
            if breadth > PHONE:
                wide[address] = breadth

    assert len(pages) > 20
    assert wide == {}


NAMES = """[...document.querySelectorAll(".cdp-life-row :is(text, .cdp-life-row__name)")].filter((each) =>
getComputedStyle(each).display !== "none").map((each) => [each.getBoundingClientRect().right -
document.querySelector(".cdp-gantt__chart").getBoundingClientRect().right, each.scrollWidth > each.clientWidth + 1,
getComputedStyle(each).textOverflow, getComputedStyle(each).textDecorationLine, getComputedStyle(each).stroke])"""


@pytest.mark.parametrize("width", [PHONE, 768, DESK])
def test_names_of_the_timeline_fit_or_say_that_they_are_cut(
    browser: Browser, wordy: tuple[str, list[str]], width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        visit = context.new_page()
        visit.goto(wordy[0] + "timeline/")
        found = visit.evaluate(NAMES)

    assert len(found) == 1
    for beyond, cut, overflow, line, stroke in found:
        assert beyond <= 0
        assert not cut or overflow == "ellipsis"
        # A stroke around letters eats the line under them.
        assert (line, stroke) == ("underline", "none")


# Nothing to show, nothing in its place


def test_without_a_community_there_is_nothing_to_choose(browser: Browser, cdp: Cdp, tmp_path: Path) -> None:
    write(tmp_path, {"base/mkdocs.yml": "site_name: Vide\ntheme:\n  name: material\n  language: fr\n"})
    (tmp_path / "base" / "communities").mkdir()
    cdp("build", "--root", tmp_path / "base", "-o", tmp_path / "site", "--as-of", "2026-11-24", "--no-cache")
    for base in serve(tmp_path / "site"):
        with browser.new_context() as context:
            visit = context.new_page()
            visit.goto(base + "communities/", wait_until="networkidle")
            assert visit.locator(".cdp-lists").is_visible()
            assert not visit.locator(".cdp-filter").is_visible()


def test_pictures_have_their_place_before_they_come(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 740}) as context:
        context.add_init_script(SHIFTS)
        visit = context.new_page()
        held: list[Route] = []
        late = True
        visit.route("**/*.png", lambda route: held.append(route) if late else route.continue_())
        visit.goto(site + "communities/accueil-des-benevoles/notes/accueil/premier-contact/", wait_until="commit")
        visit.wait_for_selector("footer", state="attached")
        visit.evaluate(FRAMES)
        late = False
        for route in held:
            route.continue_()
        visit.wait_for_load_state("load")
        visit.evaluate(FRAMES)

        assert held
        assert visit.evaluate("[...document.querySelectorAll('article img')].every((each) => each.naturalWidth > 0)")
        assert visit.evaluate("moved.filter(([value]) => value > 0.001)") == []
