"""A site in two languages: its own pages in both, those of a community in its own."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp import site
from cdp.cli.build import theme_texts
from cdp.cli.ground import Ground
from cdp.settings import Settings, SettingsError, parse
from cdp.site import pictures
from cdp.site.portrait import portrait
from cdp.site.staging import Site, navigation
from tests.conftest import ROOT, TODAY, Cdp, charter, in_memory, write

FILES: dict[str, str | bytes] = {
    "communities/a/index.md": charter("tags: [accueil]\n", "Bonjour.\n", "Première"),
    "communities/a/notes/in-english.md": "---\ntitle: In English\nlanguage: en\n---\nHello.\n",
    "communities/b/index.md": charter("language: en\ntags: [accueil]\n", "Hello.\n", "Second"),
}
BOTH = ("fr", "en")


def built(languages: tuple[str, ...] = (), language: str = "fr", site_url: str = "") -> Site:
    settings = replace(Settings(), language=language, languages=languages, site_url=site_url)
    return site.build(in_memory(FILES), TODAY, settings, theme_texts(Ground(ROOT, settings, TODAY), language), language)


def test_with_one_language_nothing_is_made_twice() -> None:
    units = list(built().units)

    assert [name for name, _ in groupby(unit.name for unit in units)] == ["", "a", "b"]
    paths = [page.path for unit in units for page in unit.pages]
    assert len(paths) == len(set(paths))
    assert not any(page.path.startswith("en/") or page.tongues for unit in units for page in unit.pages)


@pytest.mark.parametrize("language", BOTH)
def test_each_of_the_sites_pages_exists_in_both_languages_and_names_the_other(language: str) -> None:
    units = [unit for unit in built(BOTH, language, "https://x.test/a/").units if unit.name == ""]
    other = "en" if language == "fr" else "fr"
    first, second = ([page for unit in units if unit.lang == lang for page in unit.pages] for lang in (language, other))

    assert {f"{other}/{page.path}" for page in first} - {f"{other}/missing.md"} == {page.path for page in second}
    for page in second:
        there = {tongue.lang: tongue for tongue in page.tongues}
        assert set(there) == set(BOTH), page.path
        assert there[other].url == f"{other}/{there[language].url}"
        assert there[other].full == f"https://x.test/a/{there[other].url}"


def test_the_pages_of_a_community_are_made_once_in_its_own_language() -> None:
    units = list(built(BOTH).units)

    made = [key for key, _ in groupby((unit.name, unit.lang) for unit in units)]
    assert made == [("", "fr"), ("", "en"), ("a", "fr"), ("b", "en")]
    pages = {page.path: page for unit in units for page in unit.pages}
    assert pages["communities/b/index.md"].lang == ""
    assert pages["communities/a/notes/in-english.md"].lang == "en"
    assert "On cherche des têtes de réseaux" in pages["communities/a/index.md"].head
    assert "On cherche" not in pages["communities/b/index.md"].head
    assert not pages["communities/b/index.md"].tongues


def test_a_community_whose_language_the_site_does_not_speak_keeps_the_sites_screens() -> None:
    pages = {page.path: page for unit in built().units for page in unit.pages}

    assert pages["communities/b/index.md"].lang == "en"
    assert "On cherche des têtes de réseaux" in pages["communities/b/index.md"].head


def test_words_of_members_in_another_language_say_so_in_lists() -> None:
    pages = {page.path: page.head for unit in built(BOTH).units for page in unit.pages}

    assert '<h3 class="cdp-card__title" lang="en"><a href="communities/b/">Second' in pages["index.md"]
    assert '<h3 class="cdp-card__title" lang="fr"><a href="../communities/a/">Première' in pages["en/index.md"]
    assert '<h3 class="cdp-card__title"><a href="communities/a/">' in pages["index.md"]


def test_a_reader_changes_language_where_the_page_exists_in_both(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "base"
    write(root, FILES)
    translated = "    translations: {en: {site_name: Our base, site_description: In English too.}}\n"
    write(
        root,
        {
            "mkdocs.yml": "site_name: Notre base\nsite_url: https://x.test/a/\nextra:\n  cdp:\n    languages: [fr, en]\n"
            + translated
        },
    )
    out = tmp_path / "site"
    cdp("build", "--root", root, "-o", out, "--as-of", TODAY.isoformat(), "--no-cache")

    def page(path: str) -> LexborHTMLParser:
        return LexborHTMLParser((out / path / "index.html").read_text(encoding="utf-8"))

    def link(path: str, css: str) -> tuple[str | None, str | None, str | None]:
        (node,) = page(path).css(css)
        return node.attributes["href"], node.attributes.get("lang"), node.attributes.get("aria-label")

    assert link("tags", "header .cdp-tongue") == ("../en/tags/", "en", "English")
    assert link("en/tags", "header .cdp-tongue") == ("../../tags/", "fr", "Français")
    assert not page("communities/a").css(".cdp-tongue")
    html = page("communities/b").css_first("html")
    assert html is not None
    assert html.attributes["lang"] == "en"
    # Whoever reads a community in English goes back to the site's pages in English.
    assert link("communities/b", ".cdp-logo")[0] == "../../en/"
    assert link("communities/a", ".cdp-logo")[0] == "../../"
    alternates = {
        node.attributes["hreflang"]: node.attributes["href"] for node in page("en/tags").css("[hreflang]:not(a)")
    }
    assert alternates == {"fr": "https://x.test/a/tags/", "en": "https://x.test/a/en/tags/"}
    assert page("en").css_first("title").text() == "Our base"  # type: ignore[union-attr]
    assert "In English too." in page("en").css_first("article").text()  # type: ignore[union-attr]
    assert "https://x.test/a/en/tags/" in (out / "sitemap.xml").read_text()


def test_the_prose_of_a_rules_example_is_said_to_be_french(example_site: Path) -> None:
    page = LexborHTMLParser((example_site / "en/rules/cdp101/index.html").read_text(encoding="utf-8"))

    (heading, *_) = [node for node in page.css("h3") if "Signalé" in node.text()]
    assert heading.attributes["lang"] == "fr"
    assert next(node.text() for node in page.css("p[lang=fr]")) == "La communauté finit avant d’avoir commencé."
    assert "{:" not in page.css_first("article").text()  # type: ignore[union-attr]


def test_the_names_of_a_page_in_another_language_say_so_around_it(example_site: Path) -> None:
    def nodes(path: str, css: str) -> list[LexborNode]:
        return LexborHTMLParser((example_site / path / "index.html").read_text(encoding="utf-8")).css(css)

    (twin, *_) = nodes("en/tags/accueil", ".md-header__topic[data-md-component] .md-ellipsis")
    assert twin.attributes["lang"] == "fr"
    assert not nodes("tags/accueil", ".md-header__topic .md-ellipsis[lang]")
    (contents, *_) = nodes("en/glossary", ".md-nav--secondary ul")
    assert contents.attributes["lang"] == "fr"
    for path in ("en/tags", "en/knowledge"):
        tags = nodes(path, "a.cdp-tag")
        assert tags, path
        assert all(tag.css_first("span[lang=fr]") is not None for tag in tags), path
    for path in ("cdp802", "cdp020", "cdp021"):
        assert [node.text() for node in nodes(f"en/rules/{path}", "h3:not([lang])")] == [], path


def test_a_french_note_of_an_english_community_is_french_wherever_it_is_named() -> None:
    files: dict[str, str | bytes] = {
        "communities/b/index.md": charter("language: en\n", "Hello.\n", "Second"),
        "communities/b/notes/n/1-en.md": "---\ntitle: Hello\n---\nSee [it](2-fr.md).\n",
        "communities/b/notes/n/2-fr.md": "---\ntitle: Bonjour\nlanguage: fr\n---\nVoir [ça](1-en.md).\n",
    }
    settings = replace(Settings(), languages=BOTH, translations={"en": {"site_name": "Our base"}})
    built = site.build(in_memory(files), TODAY, settings, theme_texts(Ground(ROOT, settings, TODAY), "fr"), "fr")
    (unit,) = [unit for unit in built.units if unit.name == "b"]
    tails = {page.path.rpartition("/")[2]: LexborHTMLParser(page.tail) for page in unit.pages}

    menu = LexborHTMLParser(navigation(unit.nav))
    assert [node.text() for node in menu.css("a[lang=fr]")] == ["Bonjour"]
    assert not menu.css("[lang=en]")
    for css in (".cdp-around a[rel=next] [lang=fr]", ".cdp-cited [lang=fr]"):
        assert [node.text() for node in tails["1-en.md"].css(css)] == ["Bonjour"], css
    assert [node.text() for node in tails["2-fr.md"].css("cite[lang=fr]")] == ["Bonjour"]
    assert not tails["1-en.md"].css("cite[lang]")
    # And it is cited under the site's name in the community's language.
    assert "Our base." in tails["1-en.md"].css_first(".cdp-cite").text()  # type: ignore[union-attr]


def test_the_title_of_a_season_within_a_sentence_of_ours_has_its_language() -> None:
    season = "seasons:\n  - {id: s1, title: First frost, start_date: 2026-11-02, end_date: 2026-11-27}\n"
    untitled = season.replace("title: First frost, ", "")
    files: dict[str, str | bytes] = {
        "communities/b/index.md": charter(f"language: en\n{season}", "", "Second"),
        "communities/c/index.md": charter(f"language: en\n{untitled}", "", "Third"),
    }
    settings = replace(Settings(), languages=BOTH)
    built = site.build(in_memory(files), TODAY, settings, theme_texts(Ground(ROOT, settings, TODAY), "fr"), "fr")
    pages = {page.path: LexborHTMLParser(page.head) for unit in built.units for page in unit.pages}

    said = pages["calendar/index.md"].css("section[aria-labelledby='2026-11-27'] li > a")
    assert [link.text() for link in said] == [
        "Fin de saison\u00a0: First frost",
        "Fin de saison\u00a0: Automne 2026",
    ]
    assert [node.text() for node in said[0].css("[lang=en]")] == ["First frost"]
    assert not said[1].css("[lang]")
    assert not pages["en/calendar/index.md"].css("section[aria-labelledby='2026-11-27'] li [lang]")


def test_what_the_settings_say_of_privacy_is_said_in_each_language_or_marked() -> None:
    settings = parse(
        json.dumps(
            {
                "extra": {
                    "cdp": {
                        "languages": ["fr", "en"],
                        "privacy": {"responsible": "Ada", "title": "directrice", "hosting": "un fournisseur"},
                        "translations": {"en": {"privacy": {"title": "director"}}},
                    }
                }
            }
        )
    )
    built = site.build(in_memory(FILES), TODAY, settings, theme_texts(Ground(ROOT, settings, TODAY), "fr"), "fr")
    pages = {page.path: LexborHTMLParser(page.head) for unit in built.units for page in unit.pages}

    assert "Ada, directrice" in pages["privacy.md"].css_first("dd").text()  # type: ignore[union-attr]
    assert not pages["privacy.md"].css("[lang]")
    assert "Ada, director" in pages["en/privacy.md"].css_first("dd").text()  # type: ignore[union-attr]
    assert [node.text() for node in pages["en/privacy.md"].css("[lang=fr]")] == ["un fournisseur"]
    with pytest.raises(SettingsError):
        parse("extra: {cdp: {translations: {en: {privacy: {titre: x}}}}}")


def test_the_picture_of_an_english_life_is_in_english_under_the_sites_english_name() -> None:
    front = "language: en\nstart_date: 2025-01-01\nend_date: 2026-06-30\n"
    front += "closing: {announced: 2026-03-01, outcome: fulfilled, celebration: {date: 2026-06-20}}\n"
    settings = replace(
        Settings(), languages=BOTH, site_url="https://x.test/", translations={"en": {"site_name": "Our base"}}
    )
    views = [portrait(one, TODAY) for one in in_memory({"communities/b/index.md": charter(front)}).communities]
    (drawn,) = [
        picture
        for path, picture in pictures.pictures(views, settings, "fr").items()
        if path.startswith("communities/b/")
    ]

    assert drawn.site == "Our base"
    assert drawn.line.startswith("January")


@pytest.mark.parametrize(
    "line", ["languages: [fr, de]", "languages: 3", "translations: [en]", "translations: {en: {site_nom: x}}"]
)
def test_a_setting_that_cannot_be_is_told(line: str) -> None:
    with pytest.raises(SettingsError):
        parse(f"extra:\n  cdp:\n    {line}\n")


def test_settings_of_languages_are_read() -> None:
    settings = parse(
        json.dumps({"extra": {"cdp": {"languages": ["fr", "en"], "translations": {"en": {"site_name": "B"}}}}})
    )

    assert settings.spoken == ("fr", "en")
    assert settings.said_in("en").site_name == "B"
    assert settings.said_in("fr").site_name == Settings.site_name


def test_words_of_members_have_their_language_on_english_pages() -> None:
    """Whoever hears a page hears French words said as French."""
    settings = replace(Settings(), languages=BOTH, timezone="America/Toronto")
    here = Ground(ROOT, settings, TODAY)
    repository = here.repository()
    staged = site.build(repository, TODAY, settings, theme_texts(here, "fr"), "fr")
    said = {community.title for community in repository.communities} | {
        each for community in repository.communities for each in community.charter.regions
    }
    said |= {note.title for community in repository.communities for note in community.notes}
    pages = {page.path: page for unit in staged.units if unit.name == "" for page in unit.pages if page.lang == ""}
    looked = 0
    for path in (
        "legacy/index",
        "needs/index",
        "communities/index",
        "regions/index",
        "networks/index",
        "timeline/index",
    ):
        tree = LexborHTMLParser(pages[f"en/{path}.md"].head)
        for node in tree.css("a, h3, p, span, text, summary"):
            words = (node.text(deep=False) or "").strip()
            if words not in said:
                continue
            looked += 1
            parent = node
            while parent is not None and parent.attributes.get("lang") is None:
                parent = parent.parent
            assert parent is not None, (path, words)
            assert parent.attributes["lang"] == "fr", (path, words)
    assert looked > 20
