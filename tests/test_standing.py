"""``cdp status`` in a terminal: columns stay under each other, whatever the width and the letters."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.report import standing
from tests.conftest import TODAY, in_memory

LIFE = (
    "start_date: 2026-05-01\nend_date: 2027-04-30\nkickoff: {date: 2026-04-28, validated: [formula, objectives, expectations]}\n"
    "seasons:\n  - {id: s1, title: 秋の季節, start_date: 2026-09-01, end_date: 2026-12-20}\n"
)
TITLES = [
    "Achats",
    "Une communauté au très long nom qui ne tient sur aucune ligne d'un petit écran",
    "学びの共同体のための場所と時間と仲間",
    "E\u0301te\u0301",
    "🎉 Fête",
]
BASE = in_memory(
    {
        f"communities/c{n}/index.md": f'---\ntitle: "{title}"\nsummary: x\n{LIFE if n % 2 == 0 else ""}---\n'
        for n, title in enumerate(TITLES)
    }
).communities


def test_a_life_without_an_end_has_no_bar() -> None:
    endless = LIFE.replace("end_date: 2027-04-30\n", "", 1)
    base = in_memory({"communities/a/index.md": f"---\ntitle: A\nsummary: x\n{endless}---\n"}).communities

    assert "%" not in standing.table(base, TODAY, "fr", 80)
    assert "%" in standing.table(BASE, TODAY, "fr", 80)


@given(st.integers(20, 200))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = standing.table(BASE, TODAY, "fr", width).splitlines()
    assert max(map(standing.columns, lines)) <= width


@pytest.mark.parametrize("width", [72, 80, 104, 160])
def test_columns_stand_under_each_other(width: int) -> None:
    lines = standing.table(BASE, TODAY, "fr", width).splitlines()
    heads = lines[0]
    stage = standing.columns(heads[: heads.index("Étape")])

    assert len(lines) == len(TITLES) + 1
    for line in lines[1:]:
        name = next(name for name in ("En cours", "Idée") if f"  {name}" in line)
        assert standing.columns(line[: line.index(f"  {name}") + 2]) == stage
    assert ("Saison" in heads) == (width >= 104)


def test_a_narrow_terminal_loses_nothing_that_matters() -> None:
    said = standing.table(BASE, TODAY, "fr", 40)

    assert said.count("En cours") == 3
    assert said.count("%") == 6
    assert "En retard" in said or "À surveiller" in said


def test_health_is_coloured_and_only_health() -> None:
    said = standing.table(BASE, TODAY, "fr", 120, lambda word, what: f"<{what}>{word}</>" if what != "quiet" else word)
    assert set(re.findall("<(\\w+)>", said)) <= {"on_track", "attention", "overdue"}
    assert said.count("</>") == 3


@given(st.text(max_size=30), st.integers(1, 40))
def test_a_fitted_text_takes_the_columns_that_it_has(words: str, width: int) -> None:
    fitted = standing.fit(words, width)

    assert standing.columns(fitted) == width
    if unicodedata.is_normalized("NFC", words) and standing.columns(words) <= width:
        assert fitted.startswith(words)


@given(st.floats(0, 1), st.integers(1, 30))
def test_a_bar_has_its_cells(done: float, cells: int) -> None:
    assert len(standing.bar(done, cells)) == cells + 5


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert [standing.columns(words) for words in ("学び", "E\u0301te\u0301", "été", "🎉")] == [4, 3, 3, 2]
    assert standing.fit("学びの共同体", 6) == "学び… "


def test_a_title_cannot_move_the_cursor() -> None:
    base = in_memory({"communities/a/index.md": '---\ntitle: "a\\e[2Jb"\nsummary: x\n---\n'}).communities
    assert "\x1b" not in standing.table(base, date(2026, 1, 1), "fr", 80)
