"""Glossaries: their pages, and the words of notes that lead to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.dialect import EXTENSIONS, options
from cdp.model.glossary import LONGEST, terms
from cdp.terms import used, with_terms
from tests.conftest import Cdp, charter, write
from tests.test_site import staged

HOSTILE = '"><script>alert(1)</script><b onclick="x()">'


def converted(body: str, **entries: str) -> LexborNode:
    """Publish a text as the engine does, with terms whose entries are on a page of that name."""
    said = {form: (f"mots.md#{form}", definition) for form, definition in entries.items()}
    html = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(with_terms(body, said))
    tree = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert tree is not None
    return tree


def linked(node: LexborNode) -> list[str]:
    return [found.text() for found in node.css("a.glossary-term")]


# What a glossary says


def test_each_heading_is_a_term_with_its_first_paragraph() -> None:
    body = (
        "Avant.\n\n## Communauté de pratique (CdP)\n\nUn *groupe* qui\n[se rencontre](x.md).\n\nLa suite.\n\n"
        "### Détail\n\n## Devis, appel d'offres\nUn texte.\n\n```\n## Pas un mot\n```\n\n## Vide\n"
    )
    first, second, third = terms(body)

    assert first.forms == ("Communauté de pratique", "CdP")
    assert first.anchor == "communaute-de-pratique-cdp"
    assert first.definition == "Un groupe qui se rencontre."
    assert second.forms == ("Devis", "appel d'offres")
    assert (third.name, third.definition) == ("Vide", "")


def test_a_long_definition_is_cut_between_two_words() -> None:
    (term,) = terms("## Mot\n\n" + "abcd " * 100)

    assert term.definition.endswith("abcd…")
    assert len(term.definition) <= LONGEST


# Words of notes


def test_the_first_use_of_a_term_leads_to_its_entry() -> None:
    node = converted("Une saison finit, une saison commence.\n\nSaison.", Saison="Trois ou quatre mois.")
    (link,) = node.css("a.glossary-term")

    assert node.text().strip() == "Une saison finit, une saison commence.\nSaison."
    assert link.attributes == {"class": "glossary-term", "href": "mots.md#Saison", "title": "Trois ou quatre mois."}
    assert node.text().index("saison") == len("Une ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("des saisons", ["saisons"]),
        ("SAISON", ["SAISON"]),
        ("les *saisons* passent", ["saisons"]),
        ("- une saison\n- deux", ["saison"]),
        ("| a | b |\n|---|---|\n| saison | x |", ["saison"]),
        ("saisonnier", []),
        ("mi-saison", []),
        ("`saison`", []),
        ("```\nsaison\n```", []),
        ("## La saison", []),
        ("[la saison](x.md)", []),
        ("https://saison.example/saison", []),
        ("écrire à saison@exemple.org", []),
        ("une CdP, un cdp", ["CdP"]),
        ("têtes de\nréseaux", ["têtes de\nréseaux"]),
        ("l’appel d’offres", ["appel d’offres"]),
    ],
)
def test_a_term_is_found_as_people_write_it(text: str, found: list[str]) -> None:
    entries = {"saison": "a", "tête de réseau": "c", "appel d'offres": "d"} | ({"CDP": "b"} if "CDP" in text else {})
    if "CdP" in text:
        entries["CdP"] = "b"

    assert linked(converted(text, **entries)) == found


def test_an_acronym_keeps_its_case() -> None:
    assert linked(converted("le but, le BUT", BUT="Un sigle.")) == ["BUT"]


def test_the_longest_term_wins_and_the_text_is_untouched() -> None:
    text = "Le coût de vie, puis le coût."
    node = converted(text, coût="a", **{"coût de vie": "b"})

    assert linked(node) == ["coût de vie", "coût"]
    assert node.text().strip() == text


def test_two_forms_of_a_term_lead_there_once() -> None:
    body = with_terms("Une CdP est une communauté de pratique.", {
        "CdP": ("g.md#c", "x"), "communauté de pratique": ("g.md#c", "x")
    })  # fmt: skip
    html = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(body)

    assert html.count("glossary-term") == 1


def test_hostile_definitions_and_addresses_stay_words() -> None:
    body = with_terms(f"Une saison. {HOSTILE}", {"saison": ("javascript:alert(1)", HOSTILE)})
    html = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(body)
    node = LexborHTMLParser(html)

    assert not node.css("script, [onclick]")
    assert [link.attributes.get("title") for link in node.css("a")] == [HOSTILE]
    assert not node.css("[href]")


@pytest.mark.parametrize(
    "line", ["[cdp-terms]: # rien", '[cdp-terms]: # {"a": 1}', "[cdp-terms]: # [[1, 2]]", "[cdp-terms]: # [3]"]
)
def test_a_member_who_writes_that_line_harms_nothing(line: str) -> None:
    html = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(f"Texte.\n\n{line}")

    assert "<p>Texte.</p>" in html
    assert "glossary-term" not in html


WORDS = st.text(st.sampled_from("ab é'’-.()*[]\\\n"), max_size=12)


@given(st.text(st.sampled_from("ab é'’-. \n"), max_size=60), st.lists(WORDS, max_size=4))
def test_no_term_changes_the_words_of_a_text(text: str, forms: list[str]) -> None:
    plain = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(text)
    entries = dict.fromkeys(forms, ("g.md", "x"))
    rich = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(with_terms(text, entries))

    assert LexborHTMLParser(rich).text().strip() == LexborHTMLParser(plain).text().strip()
    assert used(text, tuple(forms)) <= set(forms)


# Pages

FILES: dict[str, str | bytes] = {
    "glossary.md": "---\ntitle: Nos mots\n---\n## Saison\n\nTrois mois. Voir [ici](communities/a/index.md).\n\n## Besoin\n\nUn manque.\n",
    "communities/a/index.md": charter("", "Une saison et un besoin.\n", "Première"),
    "communities/a/glossary.md": f"---\ntitle: Les nôtres\n---\n## Saison\n\nQuatre mois.\n\n## {HOSTILE} mot\n\n{HOSTILE}\n",
    "communities/b/index.md": charter("", "Une saison et un besoin.\n", "Seconde"),
}


def test_a_communitys_own_words_come_before_the_shared_ones() -> None:
    pages = staged(FILES)

    assert '"saison"' not in pages["communities/a/index.md"].body
    assert '["Saison", "glossary.md#saison", "Quatre mois."]' in pages["communities/a/index.md"].body
    assert '["Besoin", "../../glossary.md#besoin", "Un manque."]' in pages["communities/a/index.md"].body
    assert '["Saison", "../../glossary.md#saison", "Trois mois. Voir ici."]' in pages["communities/b/index.md"].body
    assert "[cdp-terms]" not in pages["communities/a/glossary.md"].body


def test_the_page_of_all_words_leads_to_each_community() -> None:
    page = staged(FILES)["glossary.md"]

    assert page.title == "Nos mots"
    assert page.source == "glossary.md"
    assert 'href="../communities/a/glossary/#saison"' in page.tail
    assert "<script" not in page.tail
    assert "Seconde" not in page.tail


def test_without_a_glossary_there_is_no_page_and_nothing_changes() -> None:
    pages = staged(
        {
            "communities/a/index.md": charter("", "Une saison.\n"),
            "communities/a/glossary.md": "---\ndraft: true\n---\n## Saison\n\nx\n",
        }
    )

    assert not [path for path in pages if "glossary" in path]
    assert pages["communities/a/index.md"].body == "Une saison.\n"


def test_a_word_of_a_note_leads_to_the_glossary_on_the_site(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "base"
    write(root, {**FILES, "mkdocs.yml": "site_name: x\nextra: {cdp: {languages: [fr, en]}}\n"})
    cdp("build", "--root", root, "-o", tmp_path / "site", "--as-of", "2026-11-24", "--no-cache")

    def hrefs(path: str) -> list[str | None]:
        page = LexborHTMLParser((tmp_path / "site" / path / "index.html").read_text(encoding="utf-8"))
        return [link.attributes.get("href") for link in page.css("article a.glossary-term, article p a")]

    assert {"glossary/#saison", "../../glossary/#besoin"} <= set(hrefs("communities/a"))
    assert "../communities/a/" in hrefs("glossary")
    assert "../../communities/a/" in hrefs("en/glossary")
