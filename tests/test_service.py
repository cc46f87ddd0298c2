"""The pages that help: how to contribute, privacy, unknown addresses."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from cdp.settings import Settings, SettingsError, faults, parse
from tests.conftest import charter
from tests.test_site import HOSTILE, staged

SURVEY = "---\nopens: 2026-11-10\ncloses: 2026-12-01\npurge: 2027-01-15\n---\n"
FILES: dict[str, str | bytes] = {
    "communities/a/index.md": charter("contact: 819 555-0100\n", "Bonjour.\n", "Première"),
    "communities/a/surveys/2026-11.md": SURVEY,
    "communities/a/surveys/2026-07.md": SURVEY.replace("2027", "2026"),
}


def words(head: str) -> str:
    return re.sub(r"\s+", " ", LexborHTMLParser(head).text())


def settings(text: str) -> dict[str, object]:
    found = parse(text)
    return {"survey_receiver": found.survey_receiver, "privacy": found.privacy, "repo_url": found.repo_url}


# Privacy


def test_the_privacy_page_names_the_person_in_charge_and_the_receiver() -> None:
    given = settings(
        "repo_url: https://github.com/o/r\nextra:\n  cdp:\n    survey_receiver: https://sondages.exemple.org/r\n    privacy:\n"
        "      responsible: Odile Savard\n      title: directrice\n      organization: Le Regroupement\n"
        "      contact: oui@exemple.org\n      hosting: Hébergeur du Nord\n"
    )
    said = words(staged(FILES, **given)["privacy.md"].head)

    for expected in ("Odile Savard, directrice", "Le Regroupement", "oui@exemple.org", "Hébergeur du Nord"):
        assert expected in said
    assert "chiffrées, à sondages.exemple.org, et à personne d’autre" in said
    assert "versions passées" in said
    assert "Aucune personne n’est encore désignée" not in said


def test_without_configuration_the_privacy_page_says_what_is_missing() -> None:
    said = words(staged(FILES)["privacy.md"].head)

    assert "Aucune personne n’est encore désignée" in said
    assert "Rien n’est envoyé" in said
    assert "versions passées" not in said
    assert "Commission d’accès à l’information" in said


def test_the_privacy_page_says_until_when_answers_are_kept() -> None:
    head = staged(FILES)["privacy.md"].head

    assert 'href="../communities/a/surveys/2026-11/"' in head
    assert "15 janvier 2027" in words(head)
    assert "2026-07" not in head


def test_what_settings_say_is_escaped() -> None:
    pages = staged(FILES, privacy={"responsible": HOSTILE, "hosting": HOSTILE, "contact": HOSTILE})

    assert "<script" not in pages["privacy.md"].head


def test_a_receiver_without_a_person_in_charge_is_a_fault() -> None:
    receiver = "extra:\n  cdp:\n    survey_receiver: https://s.exemple.org\n"

    assert [fault.place.line for fault in faults(receiver)] == [3]
    assert [fault.kind for fault in faults(receiver + "    privacy: {contact: x}\n")] == ["responsible"]
    assert not list(faults(receiver + "    privacy: {responsible: Odile, contact: x}\n"))
    assert not list(faults("site_name: x\n"))
    assert not list(faults("extra: [\n"))


@pytest.mark.parametrize("value", ["[x]", "{responsable: Odile}", "Odile"])
def test_a_privacy_setting_that_cannot_be_is_told(value: str) -> None:
    with pytest.raises(SettingsError):
        parse(f"extra: {{cdp: {{privacy: {value}}}}}")


# How to contribute


@pytest.mark.parametrize(
    ("url", "forge", "expected"),
    [
        ("https://github.com/o/r", "github", ["Fork this repository", "Propose changes", "Create pull request"]),
        ("https://gitlab.com/o/r", "gitlab", ["Fork", "Commit changes", "Create merge request"]),
        ("https://gitlab.exemple.org/o/r", "gitlab", ["Create merge request"]),
        ("https://codeberg.org/o/r", "forgejo", ["Propose file change", "New pull request", "Create pull request"]),
        ("https://forgejo.exemple.org/o/r", "forgejo", ["Create pull request"]),
        ("https://code.exemple.org/o/r", "", []),
    ],
)
def test_each_forge_is_told_in_its_own_words(url: str, forge: str, expected: list[str]) -> None:
    page = LexborHTMLParser(staged(FILES, repo_url=url)["contribute.md"].head)
    labels = [node.text() for node in page.css("kbd[lang=en]")]

    assert Settings(repo_url=url).forge == forge
    assert [label for label in expected if label not in labels] == []
    assert bool(labels) == bool(forge)
    assert len(page.css("ol.cdp-steps > li")) >= 6
    assert "Modifier cette page" in page.text()
    assert page.css(f'a[href="{url}"]')


def test_without_a_forge_people_write_to_the_facilitators() -> None:
    page = LexborHTMLParser(staged(FILES)["contribute.md"].head)

    assert not page.css("ol, kbd")
    assert "tenus par les équipes d’animation" in page.text()


def test_a_living_community_says_how_to_reach_it() -> None:
    living: dict[str, str | bytes] = {
        "communities/a/index.md": charter(
            "contact: 819 555-0100\nstart_date: 2026-09-01\nend_date: 2027-08-31\nkickoff:\n  date: 2026-09-01\n",
            "",
            "Première",
        )
    }

    assert "819 555-0100" in words(staged(living)["contribute.md"].head)
    assert "819 555-0100" not in words(
        staged({"communities/b/index.md": charter("contact: 819 555-0100\n")})["contribute.md"].head
    )


# Unknown addresses


def test_an_unknown_address_is_told_in_every_language_of_the_site() -> None:
    head = staged(FILES, languages=("fr", "en"))["missing.md"].head
    page = LexborHTMLParser(head)

    assert [node.attributes["href"] for node in page.css("p[lang=en] a")] == ["../en/"]
    assert not LexborHTMLParser(staged(FILES)["missing.md"].head).css("p[lang]")
    (near,) = page.css("nav.cdp-near")
    assert "hidden" in near.attributes
