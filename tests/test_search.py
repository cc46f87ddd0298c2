"""Finding a page by its words: what is kept, how words are cut, what the index holds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from cdp.search import index, terms
from cdp.search.label import Label
from cdp.site import words
from cdp.text import translate
from tests.conftest import ROOT, Cdp, tree, write


def found_by(text: str, lang: str = "fr") -> set[str]:
    """Return everything that a text is kept under."""
    return {key for group in terms.words(text) for word in group for key in terms.keys(word, lang)}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("élan", "elan"),
        ("elan", "élan"),
        ("l’élan", "élan"),
        ("L'ÉLAN", "élan"),
        ("d'animation", "animation"),
        ("jusqu’à l’animation", "l'animation"),
        ("œuvre", "oeuvre"),
        ("chefs-d’oeuvre", "œuvres"),
        ("participant·e·s", "participante"),
        ("participant·e·s", "participants"),
        ("participantes", "participant·e·s"),
        ("participant(e)s", "participante"),
        ("participant.e.s", "participantes"),
        ("directeur·rice·s", "directrice"),
        ("directeurs·rices", "directrices"),
        ("travailleur•euse", "travailleuses"),
        ("usager·ère", "usagère"),
        ("animatrices et animateurs", "animateur·rice"),
        ("animatrices et animateurs", "animateur.rice"),
        ("animatrices", "animateur(trice)"),
        ("animateurs·trices", "animatrice"),
        ("tous·tes", "toutes"),
        ("créatif·ve", "créatives"),
        ("citoyen·ne", "citoyennes"),
        ("évaluer", "evaluation"),
        ("animées", "animer"),
        ("évaluées", "evaluees"),
        ("bénévoles", "benevole"),
        ("Saint-Étienne", "etienne"),
        ("CDP102", "cdp102"),
        ("l’été", "ete"),
        ("e\N{COMBINING ACUTE ACCENT}lan", "élan"),
    ],
)
def test_a_word_is_found_however_it_is_written(written: str, asked: str) -> None:
    assert found_by(asked), asked
    assert found_by(asked) & found_by(written)


@pytest.mark.parametrize(("written", "asked"), [("meetings", "meeting"), ("facilitated", "facilitating")])
def test_english_words_are_found_by_their_stem(written: str, asked: str) -> None:
    assert found_by(written, "en") & found_by(asked, "en")


@pytest.mark.parametrize("asked", ["animateur·rice", "animateur.rice", "animateur(trice)", "animateurs·trices"])
def test_an_inclusive_form_is_one_word(asked: str) -> None:
    assert len(list(terms.words(asked))) == 1


def test_a_point_between_two_words_joins_nothing() -> None:
    assert {"montreal", "quebec"} <= found_by("Montréal·Québec")
    assert found_by("lieux") <= found_by("arts·lieux")


def test_words_that_are_everywhere_find_nothing() -> None:
    assert not found_by("de la le les, of the and · l’ d' a")
    assert found_by("2026 7")


@given(st.text(max_size=30))
def test_compiled_stemmers_find_what_the_others_do(text: str) -> None:
    pytest.importorskip("Stemmer", reason="no compiled stemmers here")
    for lang, plain in terms.PLAIN.items():
        assert terms.STEMMERS[lang](text.lower()) == plain(text.lower())


def test_compiled_stemmers_find_all_words_of_the_guide() -> None:
    pytest.importorskip("Stemmer", reason="no compiled stemmers here")
    said = " ".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "theme" / "guide").glob("*.md")))
    for word in set(re.findall(r"[^\W\d_]+", said.lower())):
        for lang, plain in terms.PLAIN.items():
            assert terms.STEMMERS[lang](word) == plain(word)


@given(st.text())
def test_any_text_has_words_without_accents_or_capitals(text: str) -> None:
    assert terms.counted(text) == Counter(word for group in terms.words(text) for word in group)
    for group in terms.words(text):
        for word in group:
            assert 0 < len(word) <= terms.LONGEST + 5
            for lang in terms.LANGUAGES:
                for key in terms.keys(word, lang):
                    assert not any(unicodedata.category(sign) == "Mn" for sign in unicodedata.normalize("NFD", key))


PAGE = """<article><div class="cdp-page"><h1>Titre</h1><p class="cdp-crumbs">chemin</p><h2>Rubrique</h2>
<p>Un texte <b>important</b>.</p><p>LONG</p><nav>menu</nav><section class="cdp-cited">ailleurs</section></div></article>""".replace(
    "LONG", "remplissage " * 300
)


def test_a_page_is_its_own_words_and_those_of_its_title() -> None:
    entry = index.entry(LexborHTMLParser(PAGE), "communities/a/n/", "Semis", "note", "fr", "fr")

    assert entry is not None
    assert set(entry.weights) >= found_by("semis rubrique texte important")
    assert not set(entry.weights) & found_by("chemin menu ailleurs")
    (title,), (text,), (heading,) = map(found_by, ("semis", "texte", "rubrique"))
    assert entry.weights[title] > entry.weights[heading] > entry.weights[text]


def test_lists_and_unknown_languages_are_left_out() -> None:
    assert index.entry(LexborHTMLParser(PAGE), "tags/x/", "x", "tag", "fr", "fr") is None
    assert index.entry(LexborHTMLParser(PAGE), "x/", "x", "note", "de", "de") is None


def read(files: Mapping[str, bytes], root: str = "") -> tuple[dict[str, object], dict[str, dict[int, int]]]:
    """Return what an index holds: its root, and the weight of each word in each page."""
    head = json.loads(files[f"{root}{index.FOLDER}/index.json"])
    found: dict[str, dict[int, int]] = {}
    for number, start in enumerate(head["starts"]):
        data = files[f"{root}{index.FOLDER}/{head['version']}/w{number}.bin"]
        at = 0

        def next_number(data: bytes = data) -> int:
            nonlocal at
            value = shift = 0
            while True:
                value |= (data[at] & 127) << shift
                shift += 7
                at += 1
                if data[at - 1] < 128:
                    return value

        while at < len(data):
            key = data[at + 1 : at + 1 + data[at]].decode()
            assert key >= start
            at += 1 + data[at]
            count = next_number()
            size = next_number()
            end, page, places = at + size, -1, {}
            while at < end:
                value = next_number()
                page += value // 16
                places[page] = value % 16
            assert len(places) == count
            found[key] = places
    return head, found


WEIGHTS = st.dictionaries(st.text("abé", min_size=1, max_size=5), st.integers(1, 15), max_size=6)
UNITS = st.lists(st.tuples(st.integers(0, 2), st.lists(WEIGHTS, max_size=40)), max_size=5)


@given(UNITS)
def test_an_index_holds_each_word_of_each_page_the_living_first(drawn: list[tuple[int, list[dict[str, int]]]]) -> None:
    units, wanted = [], []
    for number, (rank, pages) in enumerate(drawn):
        entries = [
            index.Entry(f"c{number}/{page}/", "t", "note", "fr", "fr", weights) for page, weights in enumerate(pages)
        ]
        units.append((f"c{number}", Label(f"C{number}", "s", "fr", rank), partial(bytes, index.kept(entries))))
        wanted += [(rank, f"c{number}", page, weights) for page, weights in enumerate(pages)]
    wanted.sort(key=lambda page: page[:3])

    head, found = read(dict(index.files(units, "fr")))

    expected: dict[str, dict[int, int]] = {}
    for number, (*_, weights) in enumerate(wanted):
        for key, weight in weights.items():
            expected.setdefault(key, {})[number] = weight
    assert found == expected
    assert head["pages"] == len(wanted)
    assert head["living"] == sum(page[0] == 0 for page in wanted)
    assert head["guide"] == sum(page[0] < 2 for page in wanted)
    assert list(dict(index.files(reversed(units), "fr")).items()) == list(dict(index.files(units, "fr")).items())


def test_search_can_be_turned_off(cdp: Cdp, small_base: Path) -> None:
    with (small_base / "mkdocs.yml").open("a") as settings:
        settings.write("extra:\n  cdp:\n    search: false\n")

    cdp("build", "--root", small_base, "-o", small_base / "site", "--no-cache")

    made = tree(small_base / "site")
    assert not any(path.startswith("search/index/") for path in made)
    assert b"cdp-find-open" not in made["index.html"]
    assert b"tags/" in made["search/index.html"]
    write(small_base, {"mkdocs.yml": "extra:\n  cdp:\n    search: peut-être\n"})
    assert "search: peut-être" in cdp("build", "--root", small_base, code=None).stderr


def test_the_index_is_the_same_from_the_cache_and_follows_a_change(cdp: Cdp, small_base: Path) -> None:
    def built(*words: str) -> dict[str, bytes]:
        cdp("build", "--root", small_base, "-o", small_base / "site", *words)
        return tree(small_base / "site")

    first = built()
    note = small_base / "communities/a/notes/deux.md"
    text = note.read_text(encoding="utf-8")
    note.write_text(text + "\nCanneberges.\n", encoding="utf-8")
    second = built()
    (key,) = found_by("canneberge")
    assert key not in read(first)[1]
    assert key in read(second)[1]
    note.write_text(text, encoding="utf-8")

    assert built() == first
    assert built("--no-cache", "--jobs", "2") == first
    assert read(first)[0]["pages"] == sum(
        path.startswith(("communities/", "guide/", "rules/cdp")) for path in paths(first)
    )


def paths(made: Mapping[str, bytes]) -> list[str]:
    """Return the pages of a site that can be found."""
    lists = ("communities/index.html", "guide/index.html", "/notes/index.html", "/meetings/index.html")
    return [
        path
        for path in made
        if path.endswith("/index.html") and not path.endswith(lists[0]) and not path.endswith(lists[2:])
    ]


def test_a_guide_in_two_languages_is_told_apart() -> None:
    def guide(lang: str, kind: str = "guide") -> tuple[str, Label, partial[bytes]]:
        return (
            "",
            Label(),
            partial(bytes, index.kept([index.Entry(f"{lang}/{kind}/", "t", kind, lang, lang, {"a": 1})] * 2)),
        )

    living = (
        "a",
        Label("A", "s", "fr", 0),
        partial(bytes, index.kept([index.Entry("a/", "t", "note", "fr", "fr", {"a": 1})])),
    )

    head = read(dict(index.files([guide("fr"), guide("en"), living], "fr")))[0]

    assert head["guides"] == {"fr": [1, 3], "en": [3, 5]}
    assert (head["living"], head["guide"], head["pages"]) == (1, 5, 5)
    with_words = [guide("fr"), guide("fr", "glossary"), guide("en"), guide("en", "glossary"), living]
    assert read(dict(index.files(with_words, "fr")))[0]["guides"] == {"fr": [1, 5], "en": [5, 9]}


def test_a_stage_is_said_in_the_language_of_the_reader(cdp: Cdp, small_base: Path) -> None:
    script = Path(__file__).parents[1].joinpath("theme/javascripts/cdp-search.js").read_text(encoding="utf-8")
    said = re.findall(
        r'^  (\w+): say\("(.+)", "(.+)"\),$', script.partition("const STAGES")[2].partition("};")[0], re.M
    )
    assert said == [(key, translate(text, "fr"), translate(text, "en")) for key, text in words.STAGES.items()]
    cdp("build", "--root", small_base, "-o", small_base / "site")
    made = tree(small_base / "site")
    (part,) = (json.loads(data) for path, data in made.items() if path.endswith("/p0.json"))
    assert {stage for _, stage, _ in part["communities"]} - {""} <= set(words.STAGES)
    assert any(stage for _, stage, _ in part["communities"])
