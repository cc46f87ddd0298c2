"""The rules, on front matter that nobody has thought of: they never raise, and what they say has its place."""

from __future__ import annotations

from datetime import date, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from cdp.diagnostics import Diagnostic
from cdp.model.charter import Charter
from cdp.model.pages import Meeting, Note, Review, Survey
from cdp.rules import run
from tests.conftest import TODAY, charter, in_memory

DAYS = st.integers(-900, 900).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
WORDS = st.sampled_from(
    [
        "a",
        "o1",
        "2026-06",
        "2026-ete",
        "kickoff",
        "4 semaines",
        "index.md",
        "notes/x.md",
        "meetings/x.md#y",
        "Zoé",
        "zoe",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | DAYS | WORDS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXT, inner, max_size=3),
    max_leaves=5,
)


def fitting(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the model, with some that do not fit at every level."""
    parts = [part for part in get_args(kind) if part not in (type(None), Ellipsis)]
    if get_origin(kind) in (Union, UnionType, Annotated, tuple):
        inner = fitting(parts[0])
        return st.lists(inner, max_size=3) if get_origin(kind) is tuple else inner
    if get_origin(kind) is Literal:
        return st.sampled_from(parts)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return block(kind)
    known = {date: DAYS, bool: st.booleans(), int: st.integers(0, 13)}
    return known.get(kind, WORDS)


@st.composite
def block(draw: st.DrawFn, model: type[BaseModel]) -> dict[str, Any]:
    """Front matter of a model: now and then a key is missing, or holds anything, or is not one."""
    data = {}
    for name, field in model.model_fields.items():
        chance = draw(st.integers(0, 19))
        if chance:
            data[field.alias or name] = draw(fitting(field.annotation) if chance > 1 else JUNK)
    return data | (draw(st.dictionaries(TEXT, JUNK, max_size=2)) if draw(st.integers(0, 9)) == 0 else {})


PIECES = st.sampled_from(
    [
        *(
            "# Été\n",
            "\n\n",
            "[",
            "](",
            ")",
            "![",
            "x.md",
            "#ete",
            "../b/index.md",
            "/",
            "C:\\",
            "https://",
            "javascript:",
        ),
        *("<img src=", ">", "<script", "`", "```\n", "    ", "> > > > > > > > > > > > > ", " ", "é", "[a]: b.md"),
        *("[x](x.md#ete)", "![](x.png)", "[y](/y)", "<b onclick=''>"),
    ]
)
BODY = st.lists(PIECES, max_size=12).map("".join)


class Plain(yaml.SafeDumper):
    """Repeats a value rather than refer to it."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def page(model: type[BaseModel]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda data, body: f"---\n{yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False)}---\n{body}",
        block(model),
        BODY,
    )


BASES = st.fixed_dictionaries(
    {"communities/a/index.md": page(Charter), "communities/b/index.md": page(Charter)},
    optional={
        "communities/a/meetings/2026-10-20-x.md": page(Meeting),
        "communities/a/meetings/x.md": page(Meeting),
        "communities/a/notes/x.md": page(Note),
        "communities/a/notes/y.html": TEXT,
        "communities/a/surveys/2026-06.md": page(Survey),
        "communities/a/surveys/x.md": page(Survey),
        "communities/a/seasons/2026-ete.md": page(Review),
        "communities/a/review.md": page(Review),
        "communities/a/stray.md": TEXT,
        "communities/c/notes/x.md": page(Note),
        "communities/.archives/b/0001-freeze.json": DAYS.map('{{"date": "{}"}}'.format),
        "theme/new/charter.md": page(Charter),
    },
)


def judged(files: dict[str, str], day: date = TODAY) -> list[Diagnostic]:
    return run(in_memory(files), day)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(BASES, st.integers(-400, 400))
def test_whatever_is_written_the_rules_say_where_and_always_the_same(files: dict[str, str], days: int) -> None:
    day = TODAY + timedelta(days=days)
    found = judged(files, day)

    assert judged(dict(reversed(files.items())), day) == found
    assert found == sorted(found, key=Diagnostic.key)
    assert len(found) == len(set(found))
    for item in found:
        path, line, column = item.place
        text = files.get(path)
        if text is None:
            assert any(name.startswith(f"{path}/") for name in files)
            assert (line, column) == (0, 0)
            continue
        lines = text.split("\n")
        assert 0 <= line <= len(lines)
        assert 0 <= column <= (len(lines[line - 1]) + 1 if line else 0)
        assert str(item.message)
        assert str(item.fix)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(page(Charter))
def test_one_community_is_judged_alone_as_among_others(text: str) -> None:
    alone = {"communities/a/index.md": text}
    expected = [item for item in judged(alone) if item.rule not in ACROSS]
    among = {**alone, "communities/b/index.md": charter("facilitators: [{name: Zoé}]\n")}

    assert [item for item in judged(among) if item.community == "a" and item.rule not in ACROSS] == expected


ACROSS = {"CDP305", "CDP901", "CDP902"}
"""Rules that compare communities."""


@pytest.mark.xfail(strict=True, raises=(OverflowError, ValueError), reason="dates.parse lets in years that overflow")
def test_a_date_at_the_end_of_time_stops_nothing() -> None:
    judged({"communities/a/index.md": charter("start_date: 2026-01-01\nend_date: 9999-12-31\n")})
