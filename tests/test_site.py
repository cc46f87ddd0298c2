"""Staged pages: a golden tree, and what pages say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from cdp import site
from cdp.cli.build import theme_texts
from cdp.cli.ground import Ground
from cdp.settings import Settings
from cdp.site.communities import tag_slug
from cdp.site.staging import Staged, href, url
from tests.conftest import ROOT, TODAY, charter, in_memory

GOLDEN = Path(__file__).parent / "golden"


def staged(
    files: dict[str, str | bytes], lang: str = "fr", changed: Mapping[str, date] | None = None, **settings: Any
) -> dict[str, Staged]:
    here = Ground(ROOT, replace(Settings(language=lang), **settings), TODAY)
    built = site.build(in_memory(files), TODAY, here.settings, theme_texts(here, lang), lang, changed=changed or {})
    return {page.path: page for unit in built.units for page in unit.pages}


def golden_files() -> dict[str, str | bytes]:
    base = GOLDEN / "base"
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in sorted(base.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_golden_base_is_staged_as_expected(lang: str, request: pytest.FixtureRequest) -> None:
    expected = GOLDEN / f"staged-{lang}"
    pages = {
        path: page.text("")
        for path, page in staged(golden_files(), lang).items()
        if not path.startswith(("rules/", "guide/"))
    }
    if request.config.getoption("--bless"):
        for path, text in pages.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_text(text, encoding="utf-8")

    found = {path.relative_to(expected).as_posix(): path.read_text(encoding="utf-8") for path in expected.rglob("*.md")}
    assert pages == found


def test_a_community_without_a_planned_page_leads_with_the_date_of_its_rhythm_to_be_confirmed() -> None:
    front = (
        "start_date: 2026-11-01\nend_date: 2027-10-31\ncontact: Secrétariat\n"
        "kickoff: {date: 2026-11-10, validated: [formula, objectives, expectations]}\n"
        "formula: {rhythm: 4 semaines, format: in_person, place: Salle Nord}\n"
    )
    pages = staged({"communities/a/index.md": charter(front), "communities/b/index.md": charter()})
    lead = LexborHTMLParser(pages["communities/a/index.md"].head)
    card = LexborHTMLParser(pages["index.md"].head).css_first(".cdp-card").text().replace("\u00a0", " ")
    calendar = " ".join(page.head for path, page in pages.items() if path.startswith("calendar/"))

    said = lead.css_first(".cdp-next").text().replace("\u00a0", " ")
    for word in ("mardi 8 décembre 2026", "Selon le rythme, à confirmer", "En personne", "Salle Nord"):
        assert word in said
    assert lead.css_first("#se-joindre") is not None
    assert "mardi 8 décembre 2026, selon le rythme, à confirmer" in card
    assert "à confirmer" in calendar


def test_saint_has_one_page_however_it_is_written_and_a_carried_objective_counts_once() -> None:
    front = (
        "regions: [Bas-{}-Laurent]\nkickoff: {{date: 2026-11-10, validated: [formula, objectives, expectations]}}\n"
        "objectives:\n  - {{id: o1, text: Écrire, measure: m, outcome: partly, explanation: x}}\n"
        "  - {{id: o2, text: Écrire, measure: m, outcome: open}}\n  - {{id: o3, text: Lire, measure: m, outcome: met}}\n"
    )
    base = {f"communities/{each}/index.md": charter(front.format(word)) for each, word in (("a", "St"), ("b", "Saint"))}
    pages = staged(base)

    assert [path for path in pages if path.startswith("regions/bas")] == ["regions/bas-saint-laurent.md"]
    assert "1 objectif atteint sur 2" in pages["communities/a/index.md"].head.replace("\u00a0", " ")


def test_staging_twice_gives_the_same() -> None:
    assert staged(golden_files()) == staged(golden_files())


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("index.md", ""),
        ("a/index.md", "a/"),
        ("a/b.md", "a/b/"),
        ("a/README.md", "a/"),
        ("a/d#f.md", "a/d#f/"),
        ("a/reindex.md", "a/reindex/"),
        ("a/p.png", "a/p.png"),
    ],
)
def test_addresses(path: str, address: str) -> None:
    assert url(path) == address


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("index.md", "index.md", "./"),
        ("index.md", "a/b.md", "a/b/"),
        ("a/b.md", "a/c.md", "../c/"),
        ("a/b.md", "a/été #1.md", "../%C3%A9t%C3%A9%20%231/"),
        ("a/été #1.md", "a/b.md", "../b/"),
        ("a/index.md", "a/c.md", "c/"),
        ("a/b/c.md", "index.md", "../../../"),
        ("a/b.md", "a/p.png", "../p.png"),
    ],
)
def test_relative_addresses(source: str, target: str, expected: str) -> None:
    assert href(source, target) == expected


PATHS = st.lists(st.sampled_from(["a", "b", "c", "index"]), min_size=1, max_size=4).map(
    lambda parts: "/".join(parts) + ".md"
)


@given(PATHS, PATHS)
def test_a_relative_address_leads_where_it_should(source: str, target: str) -> None:
    from urllib.parse import urljoin

    assert urljoin(f"https://x.test/{url(source)}", href(source, target)) == f"https://x.test/{url(target)}"


HOSTILE = "<script>alert(1)</script>\"'&"


def test_what_members_write_is_escaped_in_the_generated_parts() -> None:
    files: dict[str, str | bytes] = {
        "communities/a/index.md": "---\n"
        + "\n".join(f"{key}: {json.dumps(HOSTILE)}" for key in ("title", "summary", "purpose", "contact"))
        + f"\ntags: [{json.dumps(HOSTILE)}]\nfacilitators:\n  - name: {json.dumps(HOSTILE)}\n---\n",
        "communities/a/notes/n.md": f"---\ntitle: {json.dumps(HOSTILE)}\ntags: [{json.dumps(HOSTILE)}]\n---\n",
    }

    for page in staged(files).values():
        if not page.path.startswith(("rules/", "guide/")):
            assert "<script" not in page.head + page.tail, page.path


def test_drafts_and_unreadable_notes_have_no_page() -> None:
    pages = staged(
        {
            "communities/a/index.md": charter(),
            "communities/a/notes/brouillon.md": "---\ntitle: Brouillon\ndraft: true\n---\n",
            "communities/a/notes/abime.md": "---\ntitle: x\nSECRET\n",
            "communities/a/notes/bonne.md": "---\ntitle: Bonne\n---\n",
        }
    )

    assert "communities/a/notes/bonne.md" in pages
    assert not {"communities/a/notes/brouillon.md", "communities/a/notes/abime.md"} & set(pages)
    assert not any("SECRET" in page.text("") or "Brouillon" in page.text("") for page in pages.values())


def test_only_people_who_agreed_are_named() -> None:
    pages = staged(
        {
            "communities/a/index.md": charter(
                "network_heads:\n  - {name: Alice Oui, network: n, agreed: 2026-01-01}\n  - {name: Bob Non, network: n}\n"
                "  - {name: Carl Demain, network: n, agreed: 2027-01-01}\n"
            ),
            "communities/a/notes/n.md": "---\ntitle: N\nauthors:\n  - {name: Dina Oui, agreed: 2026-01-01}\n  - {name: Eli Non}\n---\n",
        }
    )
    said = "".join(page.text("") for page in pages.values())

    assert "Alice Oui" in said
    assert "Dina Oui" in said
    assert not any(name in said for name in ("Bob Non", "Carl Demain", "Eli Non"))


def test_an_empty_base_says_how_to_start() -> None:
    assert "cdp new" in staged({})["index.md"].head


def test_long_lists_are_cut_into_pages() -> None:
    files: dict[str, str | bytes] = {
        f"communities/c{index:03}/index.md": charter("tags: [x]\n") for index in range(130)
    }
    pages = staged(files)

    assert {"stages/idea.md", "stages/idea/2.md", "stages/idea/6.md"} <= set(pages)
    assert "stages/idea/7.md" not in pages
    assert pages["stages/idea.md"].head.count("cdp-card__title") == 22
    assert pages["stages/idea/6.md"].head.count("cdp-card__title") == 20


def test_the_data_file_follows_its_contract() -> None:
    built = site.build(
        in_memory(golden_files()), TODAY, Settings(), theme_texts(Ground(ROOT, Settings(), TODAY), "fr"), "fr"
    )
    data = json.loads(built.files["communities.json"])

    assert (data["version"], data["as_of"]) == (1, "2026-11-24")
    assert {"slug", "title", "stage", "season", "health", "start_date", "end_date", "objectives", "url"} <= set(
        data["communities"][0]
    )


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("C", "c"),
        ("Achats responsables", "achats-responsables"),
        ("l'été", "l-ete"),
        ("ÉTÉ", "ete"),
        ("cœur", "coeur"),
        ("à-côté", "a-cote"),
    ],
)
def test_plain_tags_have_plain_addresses(tag: str, slug: str) -> None:
    assert tag_slug(tag) == slug


def test_tags_that_differ_by_a_sign_have_pages_of_their_own() -> None:
    tags = ["C", "C++", "C#", "日本", "!!!", "a/b", "a-b"]

    assert len({tag_slug(tag) for tag in tags}) == len(tags)


# Home


def home(files: dict[str, str | bytes], **settings: Any) -> LexborHTMLParser:
    return LexborHTMLParser(staged(files, **settings)["index.md"].head)


def test_an_idea_says_whom_it_seeks_and_whom_to_speak_to() -> None:
    heads = "network_heads:\n  - {name: Ada, network: n, agreed: 2026-01-01}\n  - {name: Bo, network: m}\n"
    files: dict[str, str | bytes] = {
        "communities/a/index.md": charter(heads + "contact: 819 555-0100\n"),
        "communities/b/index.md": charter(),
    }
    said = [node.text(strip=True) for node in home(files, heads=4).css(".cdp-card__line")]

    assert said[0].startswith("1 tête de réseau a dit oui; on en cherche au moins 3 autres.")
    assert said[0].endswith("819 555-0100")
    assert said[1] == "On cherche au moins 4 têtes de réseaux."


def test_what_was_reached_leads_to_its_celebration() -> None:
    season = "seasons:\n  - {id: 2026-ete, start_date: 2026-05-01, end_date: 2026-08-31, celebrated: 2026-08-30}\n"
    page = home({"communities/a/index.md": charter(season)})

    assert [node.attributes["href"] for node in page.css("[aria-labelledby=atteint] li a")] == [
        "communities/a/celebrations/2026-ete/"
    ]
    assert "célébrée le 30\u00a0août\u00a02026" in page.text()


def test_needs_that_communities_say_they_share_are_one_line_and_come_first() -> None:
    def survey(day: str, *needs: str) -> str:
        lines = "".join(f"  - {{{need}}}\n" for need in needs)
        return f"---\nopens: {day}\ncloses: {day}\nneeds:\n{lines}---\n"

    files: dict[str, str | bytes] = {
        "communities/a/index.md": charter("", "", "Alpha"),
        "communities/b/index.md": charter("", "", "Bêta"),
        "communities/a/surveys/2026-04.md": survey("2026-04-01", "id: x, text: Des salles, same_as: [b/2026-03/y]"),
        "communities/b/surveys/2026-03.md": survey("2026-03-01", "id: y, text: Où se voir, disposition: declined"),
        "communities/b/surveys/2026-09.md": survey(
            "2026-09-01", "id: z, text: Du temps", "id: w, text: Réglé, disposition: declined"
        ),
    }
    first, second = home(files).css("[aria-labelledby=besoins] li")

    assert "Des salles" in first.text()
    assert "Partagé par 2 communautés\u00a0: Alpha, Bêta" in first.text()
    assert "Du temps" in second.text()
    (link,) = first.css("a")
    assert link.attributes["href"] == "needs/#a-2026-04-x"
    assert 'id="a-2026-04-x"' in staged(files)["needs/index.md"].head


def test_a_community_offers_its_calendar_and_its_feed() -> None:
    page = LexborHTMLParser(staged({"communities/a/index.md": charter()})["communities/a/index.md"].tail)

    assert [node.attributes["href"] for node in page.css("[aria-labelledby=suivre] a")] == ["feed.xml", "calendar.ics"]
    # Without an address, a phone would keep a file that never changes: the page says so.
    assert page.css("a[download][href='calendar.ics']")
    assert "C’est une copie" in page.css_first("[aria-labelledby=suivre]").text()


@pytest.mark.parametrize("path", ["communities/a/calendar.ics", "calendar.ics"])
def test_with_an_address_people_subscribe_and_can_copy_it(path: str) -> None:
    pages = staged({"communities/a/index.md": charter()}, site_url="https://x.test/un/")
    page = LexborHTMLParser(pages["communities/a/index.md"].tail if "/" in path else pages["calendar/index.md"].head)

    assert page.css(f"a[href='webcal://x.test/un/{path}']")
    (address,) = page.css(f"details a[href='https://x.test/un/{path}']")
    assert address.text() == f"https://x.test/un/{path}"
    assert not page.css("a[download]")
    for where in ("Google", "Outlook", "iPhone"):
        assert where in page.css_first("details.cdp-subscribe").text()


def test_an_address_of_the_charter_is_a_link_and_the_rest_of_it_stays_text() -> None:
    kicked = "kickoff: {date: 2026-11-10, validated: [formula, objectives, expectations]}\nstart_date: 2026-11-01\n"
    front = kicked + "contact: 'Table <b>, accueil@exemple.invalid, poste 3'\n"
    page = LexborHTMLParser(staged({"communities/a/index.md": charter(front)})["communities/a/index.md"].head)

    (link,) = page.css("#se-joindre ~ p a")
    assert (link.attributes["href"], link.text()) == ("mailto:accueil@exemple.invalid", "accueil@exemple.invalid")
    assert "Table <b>, accueil@exemple.invalid, poste 3." in page.css_first("#se-joindre ~ p").text()


def test_born_from_a_need_leads_to_that_need() -> None:
    survey = "---\nopens: 2026-09-01\ncloses: 2026-09-10\nneeds:\n  - {id: b1, text: Un besoin}\n---\n"
    pages = staged(
        {
            "communities/a/index.md": charter(),
            "communities/a/surveys/2026-09.md": survey,
            "communities/b/index.md": charter("born_from: a/2026-09/b1\n"),
        }
    )
    (link,) = LexborHTMLParser(pages["communities/b/index.md"].tail).css(".cdp-lineage a")

    assert link.attributes["href"] == "../a/surveys/2026-09/#besoin-b1"
    survey_page = pages["communities/a/surveys/2026-09.md"]
    assert 'id="besoin-b1"' in survey_page.head + survey_page.tail


def test_the_data_file_holds_what_the_list_is_sorted_by() -> None:
    heads = "network_heads:\n  - {name: Ada, network: n, agreed: 2026-01-01}\n  - {name: Bo, network: m}\n"
    files: dict[str, str | bytes] = {"communities/a/index.md": charter("tags: [t]\nregions: [Estrie]\n" + heads)}
    built = site.build(in_memory(files), TODAY, Settings(), theme_texts(Ground(ROOT, Settings(), TODAY), "fr"), "fr")
    (entry,) = json.loads(built.files["communities.json"])["communities"]

    assert (entry["tags"], entry["regions"], entry["networks"], entry["stage"]) == (["t"], ["Estrie"], ["n"], "idea")


def test_former_addresses_lead_to_the_page_and_a_former_folder_to_all_its_pages() -> None:
    files: dict[str, str | bytes] = {
        "communities/a/index.md": charter("former_paths: [/communities/vieux/, /anciens/achats]\n"),
        "communities/a/notes/guide/grille.md": "---\ntitle: Grille <b>\nformer_paths: [/communities/a/notes/grille/]\n---\n",
        "communities/a/notes/plan.md": "---\ntitle: Plan\ndraft: true\nformer_paths: [/plan/]\n---\n",
        "communities/a/meetings/2026-02-03-visite.md": "---\ndate: 2026-02-03\n---\n",
    }
    here = Ground(ROOT, Settings(language="fr"), TODAY)
    built = site.build(in_memory(files), TODAY, here.settings, theme_texts(here, "fr"), "fr")
    found = {
        path: re.findall(r"url=([^\"]*)", page.decode())
        for path, page in built.files.items()
        if b'http-equiv="refresh"' in page
    }

    assert found == {
        "anciens/achats/index.html": ["../../communities/a/"],
        "communities/a/notes/grille/index.html": ["../../../../communities/a/notes/guide/grille/"],
        "communities/vieux/index.html": ["../../communities/a/"],
        "communities/vieux/meetings/2026-02-03-visite/index.html": [
            "../../../../communities/a/meetings/2026-02-03-visite/"
        ],
        "communities/vieux/notes/guide/grille/index.html": ["../../../../../communities/a/notes/guide/grille/"],
    }
    assert b"Grille &lt;b&gt;" in built.files["communities/a/notes/grille/index.html"]


def test_lineage_is_read_both_ways() -> None:
    survey = (
        "---\nopens: 2026-06-01\ncloses: 2026-06-15\nanswers: 12\nneeds:\n"
        "  - {id: b1, text: Voir des ateliers, disposition: objective, target: o1}\n"
        "  - {id: b2, text: Finir bien, disposition: season, target: s1}\n"
        "  - {id: b3, text: Moins souvent, disposition: formula}\n"
        "  - {id: b4, text: Un autre groupe, disposition: community, target: b}\n---\n"
    )
    front = (
        "formula: {rhythm: 4 semaines}\nexpectations: [{id: a1, text: Du concret, source: 2026-06}]\n"
        "objectives: [{id: o1, text: Trois visites, season: s1}]\nseasons: [{id: s1, start_date: 2026-07-01}]\n"
    )
    pages = staged(
        {
            "communities/a/index.md": charter(front),
            "communities/a/surveys/2026-06.md": survey,
            "communities/b/index.md": charter("born_from: a/2026-06/b4\n", title="Couture"),
        }
    )

    def leads(path: str) -> set[str]:
        page = pages[path]
        return set(re.findall(r"surveys/2026-06/(?:#besoin-b\d)?(?=\")", page.head + page.tail))

    assert leads("communities/a/index.md") >= {
        "surveys/2026-06/",
        "surveys/2026-06/#besoin-b1",
        "surveys/2026-06/#besoin-b3",
    }
    assert leads("communities/a/seasons/s1.md") == {"surveys/2026-06/#besoin-b1", "surveys/2026-06/#besoin-b2"}
    assert leads("communities/b/index.md") == {"surveys/2026-06/#besoin-b4"}
    tail = pages["communities/a/surveys/2026-06.md"].tail
    assert {target for target in ("seasons/s1/", "../../../b/") if target in tail} == {"seasons/s1/", "../../../b/"}
    assert all(f'id="besoin-b{n}"' in tail for n in (1, 2, 3, 4))
    assert "Retenus 4" in pages["needs/index.md"].head
