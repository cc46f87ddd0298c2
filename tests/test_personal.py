"""Personal information: what points at somebody is found, ordinary prose is left alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.personal import GRAVE, mask, scan
from tests.conftest import ROOT

FOUND = [
    ("email", "Écrivez-moi : jeanne.tremblay@courriel.quebec, merci"),
    ("email", "jeanne [at] organisme.org"),
    ("email", "jeanne(arobase)organisme(point)org"),
    ("email", "jeanne arobase organisme point org"),
    ("email", "jeanne.t%40organisme.ca"),
    ("email", "andrée-anne＠organisme.ca"),
    ("email", "mailto:jeanne@organisme.ca?subject=x"),
    ("phone", "819 555-0142"),
    ("phone", "(819) 555-0142"),
    ("phone", "(819)555-0142, poste 12"),
    ("phone", "1-819-555-0142"),
    ("phone", "+1 819.555.0142"),
    ("phone", "8195550142"),
    ("phone", "819\u00a0555\u20110142"),
    ("phone", "819/555-0142"),
    ("phone", "819 5550142"),
    ("phone", "tél. : 555-0142"),
    ("phone", "+33 6 12 34 56 78"),
    ("phone", "06 12 34 56 78"),
    ("phone", "418 - 555 - 0123"),
    ("phone", "418 – 555 – 0123"),
    ("phone", "418·555·0123"),
    ("phone", "418/555/0123"),
    ("phone", "418 555-0123x12"),
    ("phone", "(418) 555-0123 poste 2"),
    ("email", "julie (arobase) gmail.com"),
    ("email", "julie [at] gmail point com"),
    ("email", "julie (a) gmail.com"),
    ("email", "julie at gmail.com"),
    ("email", "julie à hotmail point com"),
    ("email", "julie.roy chez videotron.ca"),
    ("health", "TREJ 8253 1412"),
    ("health", "trej82031412"),
    ("health", "ma carte est TREJ-8203-1412."),
    ("sin", "NAS : 130692544"),
    ("sin", "130-692-544"),
    ("sin", "130 692 544"),
    ("email", "marie.tremblay@exemple.ca"),
    ("card", "4532 0151 1283 0366"),
    ("card", "371449635398431"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("birth", "date de naissance : 1980-03-03"),
    ("birth", "née le 3 mars 1980"),
    ("birth", "born on March 3, 1980"),
    ("postal", "J1H 5N1"),
    ("postal", "j1h 5n1"),
    ("address", "au 1234, rue King Ouest"),
    ("address", "12 chemin des Pins"),
    ("address", "42 Maple Street"),
    ("profile", "https://www.linkedin.com/in/jeanne-tremblay-12"),
    ("profile", "suivez @jeannetremblay"),
    ("profile", "facebook.com/jeanne.tremblay.9"),
]

NOT_FOUND = [
    "Nous étions 24 le 2026-11-24 à 13 h 30, au coût de 1 234 567,89 $.",
    "ISBN 978-2-7637-8912-4, ISBN 2-7637-8912-4, ISBN 9782763789124, ISSN 1234-5679",
    "Voir https://exemple.org/819-555-0142/ et https://zoom.us/j/81955501421",
    "ID de réunion : 812 3456 7890",
    "Population : 130 692 543 habitants, dont 8 501 833 au Québec (130 692 544 $)",
    "La communauté est née le 12 mai 2025.",
    "Écrivez à nom@exemple.org ou à quelqu'un@example.com; git@github.com:cdp/cdp.git",
    "Une image photo@2x.png.",
    "Loi 25, article 3.1; décret 783-2024; budget 2026-2027; ratio 16:9; version 10.2.14",
    "de 9 h à 17 h, du 3 au 12 mars 2027, salles 101 à 104, 12 places, 3 routes",
    "0123456789 et 1234567890, séquence 555, numéro de dossier 20261124001",
    "MARS 2026 1124, IMG20261124, CDPA20261124",
    "5 rues plus loin, 12 place",
    "look at that; une personne à point nommé",
    "à tel point que; à gmail, on répond vite; chez Vidéotron point final; look at exemple.org, voir (a) exemple.org",
    "12 - 15 - 2026, 100 - 200 - 3000, 300/400/5000, 24/24 et 7/7, de 2025/2026/2027, 450·600",
    "9 × 10 = 90; 40 % des 1200 personnes; 2,5 à 3,75 km; 1e 2e 3e",
    "sha 3f9c2a1b7d, commit 9b24603, uuid 123e4567-e89b-12d3-a456-426614174000",
]


@pytest.mark.parametrize(("kind", "text"), FOUND, ids=[text for _, text in FOUND])
def test_what_points_at_somebody_is_found(kind: str, text: str) -> None:
    assert [found.kind for found in scan(text)] == [kind]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert [(found.kind, text[found.start : found.end]) for found in scan(text)] == []


def test_the_example_notes_hold_nothing_grave_and_no_address() -> None:
    notes = [path.read_text("utf-8") for path in sorted((ROOT / "communities").rglob("*.md"))]
    guide = [path.read_text("utf-8") for path in sorted((ROOT / "theme" / "guide").glob("*.md"))]

    assert [(f.kind, text[f.start : f.end]) for text in notes for f in scan(text)] == []
    assert [(f.kind, text[f.start : f.end]) for text in guide for f in scan(text, wide=False)] == []


@pytest.mark.parametrize(
    "text",
    ["TREJ 8263 1412", "TREJ 8213 1412", "TREJ 8202 3012", "TREJ 8202 0012", "ATREJ 8203 1412", "TREJ 8203 14123"],
)
def test_a_health_number_holds_a_real_date(text: str) -> None:
    assert "health" not in {found.kind for found in scan(text)}


@pytest.mark.parametrize("text", ["130-692-545", "4532 0151 1283 0367", "FR15 2004 1010 0505 0001 3M02 606"])
def test_a_wrong_key_is_no_number(text: str) -> None:
    assert not {found.kind for found in scan(text)} & GRAVE


def test_places_are_exact_and_masking_removes_them() -> None:
    text = "Moi c'est jeanne@organisme.ca, au 819 555-0142; carte TREJ 8253 1412."

    assert [text[f.start : f.end] for f in scan(text)] == ["jeanne@organisme.ca", "819 555-0142", "TREJ 8253 1412"]
    assert mask(text) == "Moi c'est […], au […]; carte […]."


@given(st.text(alphabet=st.sampled_from("0123456789 .-@()+/aAbétlrue,\n"), max_size=120))
def test_any_text_is_scanned_and_what_is_found_never_overlaps(text: str) -> None:
    found = scan(text)

    assert all(one.end <= two.start for one, two in itertools.pairwise(found))
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize("piece", ["1 ", "a@", "a.", "(819", "a at ", "1-", "A1A", "12 rue ", "@a", "TREJ "])
def test_no_text_is_scanned_slowly(piece: str) -> None:
    assert scan(piece * 20_000) is not None


@given(st.sampled_from(FOUND), st.text(max_size=60), st.text(max_size=60))
def test_what_is_found_is_found_in_any_text(piece: tuple[str, str], before: str, after: str) -> None:
    kind, text = piece

    assert kind in {found.kind for found in scan(f"{before}\n{text}\n{after}")}


def test_prose_may_hold_places_and_addresses_spelled_out() -> None:
    words = "12 chemin des Pins, J1H 5N1, @jeannetremblay, jeanne [at] organisme.org, jeanne@organisme.org"

    assert [found.kind for found in scan(words, wide=False)] == ["email"]
