"""What readers see: names and dates instead of identifiers, lists that stay light, ways to go on."""

from __future__ import annotations

import re
from datetime import date

import pytest
from selectolax.lexbor import LexborHTMLParser

from cdp.site import words
from cdp.site.staging import Staged
from cdp.text import Text, translate
from tests.conftest import charter
from tests.test_site import staged

LIFE = (
    "start_date: 2026-05-01\nend_date: 2027-04-30\nkickoff:\n  date: 2026-05-01\n"
    "  validated: [formula, objectives, expectations]\n"
    "formula:\n  rhythm: 4 semaines\n  decided_by: 2026-09\n  topics: [Lire, Écrire]\n"
    "expectations:\n  - {id: a1, text: Apprendre, source: 2026-09}\n"
    "objectives:\n  - {id: o1, text: Publier, measure: Un guide, season: 2026-automne}\n"
    "seasons:\n"
    "  - {id: 2026-ete, start_date: 2026-05-01, end_date: 2026-08-31, celebrated: 2026-08-25}\n"
    "  - {id: 2026-automne, start_date: 2026-09-01, end_date: 2026-12-31}\n"
    "  - {id: 2027-hiver, title: Finir, start_date: 2027-01-01, end_date: 2027-04-30}\n"
)
ONE: dict[str, str | bytes] = {
    "communities/a/index.md": charter(LIFE, "", "Alpha"),
    "communities/a/surveys/2026-09.md": "---\ntitle: Sondage\nopens: 2026-09-08\ncloses: 2026-09-25\ninvited: 20\n---\n",
    "communities/a/meetings/2026-10-13-x.md": "---\ndate: 2026-10-13\nstart: '13:00'\nduration: 120\ntitle: X\n---\n",
    "communities/a/meetings/2026-06-02-y.md": "---\ndate: 2026-06-02\nduration: 90\ntitle: Y\n---\n",
}


def text(page: Staged) -> str:
    return LexborHTMLParser(f"<h1>{page.title}</h1>{page.head}{page.tail}").text(separator=" ")


def test_readers_meet_no_identifier() -> None:
    for page in staged(ONE).values():
        said = re.findall(r"20\d\d-(?:ete|automne|hiver|0\d)|\b[ao]1\b", text(page))
        assert not said, (page.path, said)

    page = text(staged(ONE)["communities/a/index.md"])
    assert "le sondage (sept.\u00a02026)" in page
    assert "Apparue au sondage (sept.\u00a02026)" in page
    assert "Écrire le bilan de la saison (Automne 2026)" in page
    assert "()" not in page


@pytest.mark.parametrize(
    ("lang", "style", "said"),
    [
        ("fr", "long", "8\u00a0décembre\u00a02026"),
        ("fr", "weekday", "mardi 8\u00a0décembre\u00a02026"),
        ("fr", "short", "8\u00a0déc."),
        ("fr", "month", "déc.\u00a02026"),
        ("en", "long", "December\u00a08,\u00a02026"),
        ("en", "weekday", "Tuesday, December\u00a08,\u00a02026"),
        ("en", "month", "Dec\u00a02026"),
    ],
)
def test_a_day_never_leaves_its_month(lang: str, style: str, said: str) -> None:
    assert words.unbroken(date(2026, 12, 8), lang, style) == said


def test_the_first_of_a_month_stays_whole() -> None:
    assert words.unbroken(date(2026, 12, 1), "fr") == "1er\u00a0décembre\u00a02026"


@pytest.mark.parametrize(
    ("minutes", "fr", "en"),
    [
        (45, "45 minutes", "45 minutes"),
        (120, "2\u00a0h", "2\u00a0h"),
        (90, "1\u00a0h\u00a030", "1\u00a0h 30\u00a0min"),
        (65, "1\u00a0h\u00a005", "1\u00a0h 5\u00a0min"),
    ],
)
def test_a_meeting_lasts_hours_rather_than_minutes(minutes: int, fr: str, en: str) -> None:
    for lang, said in (("fr", fr), ("en", en)):
        found = words.duration(minutes, lang)
        assert (translate(found, lang) if isinstance(found, Text) else found) == said


def test_a_season_shows_its_meetings_and_its_neighbours() -> None:
    page = staged(ONE)["communities/a/seasons/2026-automne.md"]
    links = [node.attributes["href"] for node in LexborHTMLParser(page.head).css("[id=rencontres] ~ ul a")]
    around = {node.attributes["rel"]: node.attributes["href"] for node in LexborHTMLParser(page.tail).css("a[rel]")}

    assert links == ["../../meetings/2026-10-13-x/"]
    assert around == {"prev": "../2026-ete/", "next": "../2027-hiver/"}


def test_past_months_are_reached_from_the_current_one() -> None:
    pages = staged(ONE)
    here, seen = "calendar/index.md", []
    while here not in seen:
        seen.append(here)
        before = LexborHTMLParser(pages[here].head).css_first(".cdp-months [rel=prev]")
        if before is not None:
            month = str(before.attributes["href"]).strip("./")
            here = f"calendar/{month}.md"

    assert seen[-1] == "calendar/2026-05.md"
    assert "meetings/2026-06-02-y/" in pages["calendar/2026-06.md"].head
    assert "calendar/2026-04.md" not in pages


@pytest.mark.parametrize(("lang", "kept"), [("fr", "À garder"), ("en", "To keep")])
def test_a_file_that_is_left_has_a_name(lang: str, kept: str) -> None:
    front = LIFE + (
        "closing: {announced: 2026-11-01, reason: Fini}\n"
        "legacy:\n  - {path: notes/grille-de-pointage.csv, choice: keep, why: Utile, license: CC BY 4.0}\n"
    )
    page = text(
        staged({"communities/a/index.md": charter(front), "communities/a/notes/grille-de-pointage.csv": "a,b\n"}, lang)[
            "communities/a/index.md"
        ]
    )

    assert "Grille de pointage (CSV)" in page
    assert kept in page
    assert "notes/" not in page


def test_no_list_grows_with_the_number_of_communities() -> None:
    """The furniture of a page weighs 10 KB: 30 are left of the 40 that a page may weigh."""
    need = (
        "  - {{id: b{n}, text: Un besoin assez long pour tenir sur deux lignes d'un téléphone, disposition: parked}}\n"
    )
    files: dict[str, str | bytes] = {}
    for n in range(120):
        home = f"communities/une-communaute-au-nom-assez-long-{n:03}"
        front = LIFE.replace("start_date", "tags: [accueil, benevolat, clauses]\nregions: [Estrie]\nstart_date", 1)
        front += "facilitators: [{name: Une personne}]\ncontact: Un organisme, poste d'accueil\n"
        files[f"{home}/index.md"] = charter(front, "", f"Une communauté au nom assez long {n}").replace(
            "Un résumé.",
            "Un résumé de deux lignes, comme on en écrit, qui dit qui apprend quoi avec qui, et où cela se passe.",
        )
        needs = "".join(need.format(n=k) for k in range(3))
        files[f"{home}/surveys/2026-09.md"] = f"---\nopens: 2026-09-08\ncloses: 2026-09-25\nneeds:\n{needs}---\n"
        files[f"{home}/meetings/2026-12-08-x.md"] = "---\ndate: 2026-12-08\nstart: '13:00'\nplace: Ici, en ville\n---\n"
        files[f"{home}/glossary.md"] = "# Nos mots\n\n## Devis\n\nUn prix écrit.\n\n## Réemploi\n\nServir encore.\n"
    pages = staged(files)
    heavy = {
        page.path: size
        for page in pages.values()
        if not page.path.startswith(("guide/", "rules/")) and (size := len((page.head + page.tail).encode())) > 30_000
    }

    assert heavy == {}
    assert {"needs/2.md", "timeline/2.md", "stages/active/2.md", "glossary/2.md", "tags/accueil/2.md"} <= set(pages)


def test_an_empty_list_of_communities_says_so() -> None:
    assert "Aucune communauté pour l’instant" in text(staged({})["communities/index.md"])


NOTED: dict[str, str | bytes] = {**ONE, "communities/a/notes/n.md": "---\ntitle: Une note\n---\nTexte.\n"}


@pytest.mark.parametrize("path", ["communities/a/notes/n.md", "communities/a/meetings/2026-10-13-x.md"])
def test_a_page_says_when_it_last_changed_beside_its_history(path: str) -> None:
    changed = {path: date(2026, 11, 3)}
    page = staged(NOTED, changed=changed, repo_url="https://github.com/x/y")[path]
    line = LexborHTMLParser(page.tail).css_first(".cdp-changed")

    assert line is not None
    assert line.text().strip() == "Dernière modification le 3\u00a0novembre\u00a02026\u00a0· Historique de la page"
    assert line.css_first("a").attributes["href"] == f"https://github.com/x/y/commits/HEAD/{path}"
    assert "cdp-changed" not in staged(NOTED)[path].tail
    alone = LexborHTMLParser(staged(NOTED, changed=changed)[path].tail).css_first(".cdp-changed")
    assert alone is not None
    assert alone.text().strip() == "Dernière modification le 3\u00a0novembre\u00a02026"


def test_a_change_after_the_day_of_the_site_is_not_told() -> None:
    path = "communities/a/notes/n.md"

    assert "cdp-changed" not in staged(NOTED, changed={path: date(2026, 11, 25)})[path].tail
    assert staged(NOTED, changed={path: date(2026, 11, 24)})[path].data["dateModified"] == "2026-11-24"


def test_our_titles_stay_in_the_language_of_the_screens() -> None:
    files: dict[str, str | bytes] = {
        "communities/e/index.md": charter("language: en\nstart_date: 2026-05-01\n", title="Quilts"),
        "communities/e/meetings/2026-06-02.md": "---\ndate: 2026-06-02\n---\nWe met.\n",
        "communities/e/meetings/2026-07-02.md": "---\ndate: 2026-07-02\ntitle: Sewing\n---\nWe met.\n",
        "communities/e/glossary.md": "## Batting\n\nWhat is inside.\n",
        "glossary.md": "## Biocharbon\n\nUn amendement.\n",
    }
    pages = staged(files)
    ours = {path for path, page in pages.items() if page.lang == "en" and page.ours}

    assert ours == {f"communities/e/{path}.md" for path in ("meetings/index", "meetings/2026-06-02", "glossary")}
    assert "\nours: true\n" in pages["communities/e/glossary.md"].text("e")
    english = staged(files, languages=("fr", "en"))["en/glossary.md"]
    assert (english.lang, english.ours, english.title) == ("fr", True, "Glossary")


def test_descriptions_keep_the_spaces_that_do_not_break_and_dates_of_examples_are_in_words() -> None:
    pages = staged(ONE)
    assert re.search("\u00a0:", pages["guide/index.md"].description + pages["guide/writing.md"].description)
    assert not any(re.search("« | »| :", page.description) for page in pages.values())
    assert "En date du 18\u00a0juin\u00a02026." in pages["rules/cdp501.md"].body
    assert not any("En date du 20" in page.body for page in pages.values())
