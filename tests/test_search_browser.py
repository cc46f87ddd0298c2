"""Finding in a real browser: the same words as the index, by keyboard, on a phone, without foreign requests."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cdp.search import terms
from tests.conftest import ROOT, Cdp, charter, write
from tests.test_browser import AXE, PHONE, Watch, browser, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser"]

HOSTILE = (
    "<script>window.__pwned=1</script>",
    "<img src=x onerror='window.__pwned=1'>",
    "\"'`${7*7}{{7*7}}\\",
    "🎉 👩‍👩‍👧 élan",
    "a" * 5000,
    "%00%ff #:~:text=x &amp;",
    "constructor __proto__ toString",
    "(((([[[[ .* $^",
    "و מים 水",
)


@pytest.fixture(scope="module")
def base(cdp: Cdp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base of three communities, one of which is over and one English, in a folder of a host."""
    root = tmp_path_factory.mktemp("found")
    lives = "start_date: 2026-05-01\nend_date: 2027-04-30\n"
    over = "start_date: 2024-01-01\nend_date: 2024-12-31\nkickoff: {date: 2024-01-01, validated: [formula, objectives, expectations]}\n"
    notes = {
        "vivante/notes/elan.md": "L’élan des participant·e·s vers une œuvre commune : la directrice·eur et l’animation. Premier pas, puis décider.",
        "vivante/notes/directions.md": "Chaque directeur·rice reçoit de l’aide.\n\n## Ce qu’on a vu\n\nDes canneberges mûres. Des travaux, un vitrail, des maux.",
        "vivante/notes/tirets.md": "Une tête-de-réseau, puis la directrice-eur et un porte‑parole. Des participant-e-s.",
        "vivante/notes/inclusif.md": "Les animatrices et animateurs font un tour de parole.\n\nParole tenue, puis un tour.",
        **{f"miel/notes/{number}.md": "Le miel du rucher. " + "Butiner. " * 2500 for number in range(10, 42)},
        "miel/notes/99.md": "Enfin " * 3000 + "un rucher du miel.",
        "finie/notes/elan.md": "Élan, élan, élan : tout un élan.",
        "finie/notes/hostile.md": 'Pamplemousse &lt;img src=x onerror="window.__pwned=1"&gt; `<script>window.__pwned=1</script>`',
    }
    write(
        root,
        {
            "mkdocs.yml": "site_name: Trouvailles\nsite_url: https://exemple.test/sous/chemin/\n"
            "theme:\n  name: material\n  language: fr\n",
            "glossary.md": "---\ntitle: Mots\n---\n## Biocharbon\n\nUn amendement.\n",
            "communities/vivante/glossary.md": "---\ntitle: Nos mots\n---\n## Zostère\n\nUne herbe de la mer.\n",
            "communities/vivante/index.md": charter(lives, title="Vivante"),
            "communities/finie/index.md": charter(over, title="Finie"),
            "communities/miel/index.md": charter(lives, title="Abeilles"),
            **{
                f"communities/{path}": f"---\ntitle: Note {path[:7].removesuffix('.md')}\n---\n{text}\n"
                for path, text in notes.items()
            },
            "communities/anglaise/index.md": charter(lives + "language: en\n", title="English"),
            "communities/anglaise/notes/meetings.md": "---\ntitle: Meetings\n---\nFacilitators meeting happily.\n",
        },
    )
    made = tmp_path_factory.mktemp("served")
    cdp("build", "--root", root, "-o", made / "site", "--as-of", "2026-11-24", "--no-cache")
    # As hosts do with a site in a folder of another.
    (made / "sous").mkdir()
    shutil.move(made / "site", made / "sous/chemin")
    return made


@pytest.fixture(scope="module")
def found(base: Path) -> Iterator[str]:
    server = serve(base)
    yield next(server) + "sous/chemin/"
    next(server, None)


def ask(page: Page, question: str) -> list[str]:
    """Type a question; return the titles of what is found once the count is said."""
    page.evaluate("document.querySelector('.cdp-search__status').textContent = ''")
    page.fill(".cdp-search__field", question)
    expect(page.get_by_role("status")).to_have_text(re.compile("page|précis"))
    expect(page.locator(".cdp-search__hit:not([href])")).to_have_count(0)
    return [text.strip() for text in page.locator(".cdp-search__hit").all_inner_texts()]


def opened(browser: Browser, base: str, address: str = "", **options: Any) -> Watch:
    watch = Watch(browser.new_context(**options), base)
    watch.visit(base + address)
    watch.page.keyboard.press("/")
    watch.page.wait_for_selector("dialog[open]")
    return watch


def test_nothing_is_fetched_before_the_search_is_asked_for(browser: Browser, found: str) -> None:
    with browser.new_context() as context:
        watch = Watch(context, found)
        asked: list[str] = []
        watch.page.on("request", lambda request: asked.append(request.url))
        watch.visit(found)
        assert not any("search" in url or "stemmers" in url for url in asked)

        watch.page.keyboard.press("s")
        watch.page.wait_for_selector("dialog[open]")
        assert ask(watch.page, "canneberge")
        assert any("search/index" in url for url in asked)
    assert not watch.faults


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("élan", "vivante"),
        ("elan", "vivante"),
        ("l'animation", "vivante"),
        ("animations", "vivante"),
        ("oeuvres", "vivante"),
        ("œuvre", "vivante"),
        ("participante", "vivante"),
        ("participant·e·s", "vivante"),
        ("directrices", "vivante"),
        ("DIRECTEUR", "vivante"),
        ("cannebe", "vivante"),
        ("premiere", "vivante"),
        ("decidees", "vivante"),
        ("travail", "vivante"),
        ("vitraux", "vivante"),
        ("mal", "vivante"),
        ("meeting", "anglaise"),
        ("facilitator", "anglaise"),
        ("pamplemousses", "finie"),
    ],
)
def test_a_note_is_found_by_a_word(browser: Browser, found: str, question: str, first: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, question)

    assert f"/communities/{first}/notes/" in str(watch.page.locator(".cdp-search__hit").first.get_attribute("href"))
    watch.page.locator(".cdp-search__list mark").first.wait_for()
    assert not watch.faults
    watch.page.context.close()


@pytest.mark.parametrize(
    "question",
    ["animateur·rice", "animateur.rice", "animateur(trice)", "animateurs·trices", "animateur·rice·s", "œuvre"],
)
def test_an_inclusive_form_is_not_said_to_match_in_part(browser: Browser, found: str, question: str) -> None:
    watch = opened(browser, found)
    assert "Note vivante" in ask(watch.page, question)

    assert "aucune" not in watch.page.get_by_role("status").inner_text()
    watch.page.context.close()


@pytest.mark.parametrize(
    "question",
    [
        "« tour de parole »",
        '"Tour de parole"',
        "“tour de parole” animatrices",
        '"tour de parole" "et animateurs"',
        '"tour de par',
        '"les animatrices"',
    ],
)
def test_words_between_quotation_marks_are_found_one_after_the_other(
    browser: Browser, found: str, question: str
) -> None:
    watch = opened(browser, found)
    page = watch.page

    assert ask(page, question) == ["Note vivante"]
    assert page.get_by_role("status").inner_text().startswith("1 page")
    expect(page.locator(".cdp-search__text").first).to_have_text(
        "Les animatrices et animateurs font un tour de parole."
    )
    assert not watch.faults
    page.context.close()


def test_accents_signs_and_languages_do_not_part_a_phrase(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    for question in (
        '"l elan des"',
        "« L'ÉLAN DES »",
        '"vers une oeuvre"',
        '"directrice·eur et l’animation"',
        '"ce qu\'on a vu"',
    ):
        assert ask(watch.page, question) == ["Note vivante"], question
    assert ask(watch.page, '"meeting happily"') == ["Meetings"]
    assert ask(watch.page, '"note vivante" canneberges') == ["Note vivante"]
    watch.page.context.close()


@pytest.mark.parametrize(
    "question",
    [
        '"directrice-eur"',
        "«directrice-eur»",
        "« la directrice‑eur »",
        '"tête-de-réseau"',
        "« tete-de-reseau »",
        '"porte-parole"',
        '"directrice-e',
        '"TÊTE-DE-RÉSEAU',
        '"participant-e-s"',
        '"une tête-de-réseau, puis"',
    ],
)
def test_a_word_with_a_hyphen_is_found_between_quotation_marks(browser: Browser, found: str, question: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, question)
    places = watch.page.locator(".cdp-search__hit").evaluate_all("links => links.map(link => link.href)")
    assert f"{found}communities/vivante/notes/tirets/" in [place.partition("#")[0] for place in places]
    watch.page.context.close()


def test_a_phrase_that_nobody_wrote_is_found_apart_by_one_press(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    assert ask(page, "« parole tour »") == []
    assert page.get_by_role("status").inner_text() == "Aucune page ne le dit mot à mot."
    assert ask(page, "« parole pamplemousse »") == []
    assert ask(page, '« "parole tour" »') == []

    ask(page, "« parole tour »")
    page.get_by_role("button", name="Chercher sans les guillemets").click()
    expect(page.locator(".cdp-search__hit")).to_have_text("Note vivante")
    assert page.locator(".cdp-search__field").input_value() == "parole tour"
    page.context.close()


def test_a_phrase_is_looked_for_some_pages_at_a_time(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    assert ask(page, "« rucher du miel »") == []
    status = page.get_by_role("status")
    assert re.fullmatch(r"Aucune des \d premières pages ne le dit mot à mot.", status.inner_text())
    # A first question fetches no more than 300 KB, not compressed, programs and index included.
    assert sum(sizes) < 300_000

    while not page.locator(".cdp-search__hit").count():
        before = status.inner_text()
        page.get_by_role("button", name="Chercher plus loin").click()
        expect(status).not_to_have_text(before)
    expect(page.locator(".cdp-search__hit")).to_have_text("Note miel/no")
    assert page.get_by_role("status").inner_text() == "1 page"
    expect(page.locator(".cdp-search__hit")).to_be_focused()
    assert not watch.faults
    page.context.close()


@pytest.mark.parametrize(
    ("question", "place"), [("biocharbon", "glossary/"), ("zostere", "communities/vivante/glossary/")]
)
def test_the_words_of_glossaries_are_found(browser: Browser, found: str, question: str, place: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, question)

    assert f"chemin/{place}" in str(watch.page.locator(".cdp-search__hit").first.get_attribute("href"))
    assert "Glossaire" in watch.page.locator(".cdp-search__where").first.inner_text()
    watch.page.context.close()


def test_a_result_is_read_in_its_language(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, "facilitators")

    expect(watch.page.locator(".cdp-search__hit").first).to_have_attribute("lang", "en")
    expect(watch.page.locator(".cdp-search__text").first).to_have_attribute("lang", "en")
    watch.page.context.close()


def test_a_title_is_in_its_language_before_its_page_is_read(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    page.route("**/communities/**", lambda route: None)  # does not come yet

    ask(page, "facilitators")
    assert page.locator(".cdp-search__hit").first.get_attribute("lang") == "en"
    assert page.locator(".cdp-search__where [lang]").first.get_attribute("lang") == "en"
    ask(page, "canneberges")
    assert page.locator(".cdp-search__hit").first.get_attribute("lang") == "fr"
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()


def test_living_communities_come_first_and_the_filter_chooses(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    ask(page, "élan")
    places = page.locator(".cdp-search__where").all_inner_texts()
    assert [("Vivante" in place, "Finie" in place) for place in (places[0], places[-1])] == [(1, 0), (0, 1)]

    page.get_by_label("Communautés terminées").check()
    assert all("Finie" in place for place in page.locator(".cdp-search__where").all_inner_texts())
    page.get_by_label("Communautés vivantes").check()
    assert all("Vivante" in place for place in page.locator(".cdp-search__where").all_inner_texts())
    page.context.close()


def test_one_community_can_be_searched_from_its_pages(browser: Browser, found: str) -> None:
    watch = opened(browser, found, "communities/finie/")
    ask(watch.page, "élan")
    watch.page.get_by_label("Cette communauté").check()

    assert all("Finie" in place for place in watch.page.locator(".cdp-search__where").all_inner_texts())
    assert not watch.faults
    watch.page.context.close()


def test_results_take_their_whole_place_at_once(browser: Browser, found: str) -> None:
    watch = opened(browser, found, viewport={"width": PHONE, "height": 740})
    page = watch.page
    pages: list[Any] = []
    page.route("**/notes/*/", lambda route: pages.append(route))
    assert ask(page, "miel")
    height = "document.querySelector('.cdp-search__list').scrollHeight"
    before = page.evaluate(height)
    assert pages
    for route in pages:
        route.continue_()
    page.unroute("**/notes/*/")
    page.locator(".cdp-search__list mark").nth(8).wait_for()

    assert page.evaluate(height) == before
    page.context.close()


def test_the_keyboard_is_enough(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    page.keyboard.type("élan")
    page.locator(".cdp-search__hit[href]").nth(1).wait_for()
    focused = "document.activeElement.className"

    assert page.get_by_role("status").inner_text().endswith("pages")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert "cdp-search__hit" in page.evaluate(focused)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert "cdp-search__field" in page.evaluate(focused)
    page.keyboard.press("Escape")
    assert not page.locator("dialog[open]").count()
    page.keyboard.press("/")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("canneberges")
    page.wait_for_selector(".cdp-search__hit[href*='#ce-qu'][href*=':~:text=canneberges']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notes/directions/**")
    assert not watch.faults
    page.context.close()


def test_enter_opens_what_the_present_question_finds(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    page = watch.page
    page.keyboard.type("élan")
    page.locator(".cdp-search__hit[href]").first.wait_for()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("canneberges")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notes/directions/**")
    assert not watch.faults
    page.context.close()


def test_letters_typed_in_a_field_do_not_open_it(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    watch.page.keyboard.type("s/s")
    assert watch.page.input_value(".cdp-search__field") == "s/s"
    watch.page.context.close()


@pytest.mark.parametrize("question", HOSTILE)
def test_a_hostile_question_does_nothing(browser: Browser, found: str, question: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, question)

    assert watch.page.evaluate("window.__pwned") is None
    assert not watch.faults
    watch.page.context.close()


def test_hostile_text_is_shown_as_text(browser: Browser, found: str) -> None:
    watch = opened(browser, found)
    ask(watch.page, "pamplemousse")
    watch.page.wait_for_selector(".cdp-search__text mark")

    assert "<img src=x" in watch.page.locator(".cdp-search__text").first.inner_text()
    assert watch.page.evaluate("window.__pwned") is None
    assert not watch.page.locator(".cdp-search__list :is(img, script)").count()
    assert not watch.faults
    watch.page.context.close()


@pytest.mark.parametrize("width", [PHONE, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_window_is_sound(browser: Browser, found: str, scheme: Any, width: int) -> None:
    watch = opened(browser, found, viewport={"width": width, "height": 700}, color_scheme=scheme)
    page = watch.page
    ask(page, "élan")
    page.wait_for_selector(".cdp-search__text mark")

    page.evaluate(AXE)
    faults = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert not [(fault["id"], node["html"]) for fault in faults for node in fault["nodes"]]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    box = page.locator("dialog").bounding_box()
    assert box is not None
    assert (box["width"] == width) is (width == PHONE)
    assert not watch.faults
    page.context.close()


def test_without_scripts_a_page_says_how_to_find(browser: Browser, found: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(found + "communities/vivante/")
        page.locator("header .cdp-find").click()
        assert page.url == found + "search/"
        assert page.get_by_role("link", name="Par thème").is_visible()
        assert "JavaScript" in page.inner_text("article")


def test_a_site_that_does_not_answer_says_so(browser: Browser, found: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/search/index/**", lambda route: route.abort())
        page.goto(found)
        page.locator("header .cdp-find").click()
        page.wait_for_selector("dialog[open]")
        page.fill(".cdp-search__field", "élan")
        page.get_by_text("ne répond pas").wait_for()
        page.get_by_role("link", name="Trouver autrement").click()
        page.wait_for_url("**/search/")


def test_an_index_published_anew_is_read_anew(browser: Browser, found: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(found)
        page.keyboard.press("/")
        page.wait_for_selector("dialog[open]")
        stale = {"done": False}

        def answer(route: Any) -> None:
            if stale["done"]:
                route.continue_()
            else:
                stale["done"] = True
                route.fulfill(status=404)

        page.route("**/w*.bin", answer)
        assert ask(page, "canneberge")


def test_the_browser_cuts_words_as_the_index_does(browser: Browser, found: str) -> None:
    written = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "communities").rglob("*.md"))]
    written += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "theme/guide").glob("*.md"))]
    written += [
        *HOSTILE,
        "animateur·rice·s usager(ère) étudiant.e.s l’œuvre ŒUVRE Montréal·Québec arts·lieux İstanbul ﬁn 2² x",
    ]
    watch = opened(browser, found)
    heard = watch.page.evaluate(
        """async ([texts]) => {
        const {words, keys, index} = await import(new URL("javascripts/cdp-search-index.js", document.baseURI));
        const root = await index();
        return texts.map(text => words(root, text).map(group => group.map(word => [word, [...keys(root, word)].sort()])));
    }""",
        [written],
    )
    for text, groups in zip(written, heard, strict=True):
        assert [[word for word, _ in group] for group in groups] == [list(group) for group in terms.words(text)]
        for group in groups:
            for word, keys in group:
                assert keys == sorted({key for lang in terms.LANGUAGES for key in terms.keys(word, lang)})
    watch.page.context.close()
