"""What is said, and in which language."""

from __future__ import annotations

import re

import pytest

from cdp.text import N, T, catalogue, translate, typeset
from tests import messages


def test_french_is_the_source() -> None:
    assert str(T("le champ « {key} » manque", key="x")) == "le champ «\u00a0x\u00a0» manque"


@pytest.mark.parametrize(
    ("plain", "typed"),
    [
        ("Erreur : non", "Erreur\u00a0: non"),
        ("l'été", "l’été"),
        ("« oui »", "«\u00a0oui\u00a0»"),
        ("50 %", "50\u00a0%"),
        ("à 13 h 30", "à 13\u00a0h 30"),
        ("Quoi? Oui! Bien; merci", "Quoi? Oui! Bien; merci"),
        ("https://x.test", "https://x.test"),
    ],
)
def test_typography_is_that_of_quebec(plain: str, typed: str) -> None:
    assert typeset(plain) == typed


def test_the_words_of_members_are_left_as_they_are() -> None:
    assert str(T("le champ {key}", key="l'a : « b »")) == "le champ l'a : « b »"


@pytest.mark.parametrize(("n", "said"), [(0, "0 page"), (1, "1 page"), (2, "2 pages")])
def test_zero_is_singular_in_french(n: int, said: str) -> None:
    assert str(N("{n} page", "{n} pages", n)) == said


def test_texts_within_texts_are_translated() -> None:
    inner = T("aucun problème")
    assert (
        translate(T("la page « {page} » n'a pas pu être rendue : {reason}", page="p", reason=inner), "en").count(
            "aucun"
        )
        == 0
    )


def test_every_sentence_has_its_english() -> None:
    english = messages.merged()
    missing = [
        message.id
        for message in english
        if message.id and not (message.string if isinstance(message.string, str) else all(message.string))
    ]

    assert missing == [], "run `make messages`, then translate"


def test_the_catalogue_is_current() -> None:
    stored = messages.catalogue(messages.ENGLISH, "en")

    assert {message.id for message in stored} == {message.id for message in messages.merged()}
    assert messages.ENGLISH.with_suffix(".mo").read_bytes() == messages.compiled(stored)
    assert messages.CLICK.with_suffix(".mo").read_bytes() == messages.compiled(messages.catalogue(messages.CLICK, "fr"))


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_translations_keep_the_fields() -> None:
    for message in messages.catalogue(messages.ENGLISH, "en"):
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        targets = message.string if isinstance(message.string, tuple) else (message.string,)
        for source, target in zip(sources, targets, strict=True):
            assert fields(target) == fields(source), source


def test_our_french_has_no_space_before_high_punctuation_and_no_straight_ellipsis() -> None:
    for message in messages.extracted():
        for text in message.id if isinstance(message.id, tuple) else (message.id,):
            prose = re.sub(r"`[^`]*`", "x", text)
            assert not re.search(r" [;!?](?=\s|$)", prose), text
            assert "..." not in text, text


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        catalogue("de")
