"""The rules, on front matter that nobody has thought of: they never raise, and what they say has its place."""

from __future__ import annotations

from datetime import date, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from cdp.diagnostics import Diagnostic
from cdp.model.charter import Charter
from cdp.model.pages import Meeting, Note, Review, Survey
from cdp.rules import run
from tests.conftest import TODAY, charter, in_memory

DAYS = (st.integers(-900, 900) | st.integers(-60, 100)).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
WORDS = st.sampled_from(["2026-06", "o1", "index.md", "kickoff", "notes/x.md", "meetings/x.md#y", "Zoé", "zoe"])
IDS = st.sampled_from(["2026-06", "o1", "o2"])
SOURCES = st.sampled_from(["2026-06", "kickoff"])
NARROW = {"id": IDS, "season": IDS, "source": SOURCES, "decided_by": SOURCES, "rhythm": st.just("1 mois")}
TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12)
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
        if get_origin(kind) is not tuple:
            return inner
        choices = get_args(parts[0]) if get_origin(parts[0]) is Literal else ()
        return st.just(list(choices)) | st.lists(inner, max_size=3) if choices else st.lists(inner, max_size=3)
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
        chance = draw(st.integers(0, 39))
        if chance > (0 if field.is_required() else 5):
            usual = NARROW[name] if name in NARROW else fitting(field.annotation)
            data[field.alias or name] = draw(JUNK if chance == 6 else usual)
    return data | (draw(st.dictionaries(TEXT, JUNK, max_size=2)) if draw(st.integers(0, 9)) == 0 else {})


WRITTEN = (
    "# Été\n|\n\n|[|](|)|![|x.md|#ete|../b/index.md|/|C:\\|https://|javascript:|<img src=|>|<script|`|```\n|    "
    "|> > > > > > > > > > > > > | |é|[a]: b.md|[x](x.md#ete)|![](x.png)|[y](/y)|<b onclick=''>|\u202e"
)
BODY = st.lists(st.sampled_from(WRITTEN.split("|")), max_size=12).map("".join)


class Plain(yaml.SafeDumper):
    """Repeats a value rather than refer to it; writes nothing for None."""

    def ignore_aliases(self, data: object) -> bool:
        return True


Plain.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def page(model: type[BaseModel], **sure: Any) -> st.SearchStrategy[str]:
    return st.builds(
        lambda data, body: (
            f"---\n{yaml.dump(data | sure, Dumper=Plain, allow_unicode=True, sort_keys=False)}---\n{body}"
        ),
        block(model),
        BODY,
    )


KICKOFF = {"date": "2025-01-15", "validated": ["formula", "objectives", "expectations"]}

BASES = st.fixed_dictionaries(
    {"communities/a/index.md": page(Charter), "communities/b/index.md": page(Charter)}
    | {"communities/d/index.md": page(Charter, kickoff=KICKOFF, start_date="2025-01-15", closing=None, pause=None)},
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
@given(BASES, st.integers(-30, 30))
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


# Known faults, below the rules: each test will say when it is mended.


def test_a_date_at_the_end_of_time_stops_nothing() -> None:
    judged({"communities/a/index.md": charter("start_date: 2026-01-01\nend_date: 9999-12-31\n")})


def test_an_item_keeps_its_line_when_the_one_before_does_not_fit() -> None:
    front = "kickoff: {date: 2026-01-01}\nobjectives:\n  - text: Sans identifiant\n  - {id: o2, text: Deux}\n  - {id: o2, text: Trois}\n"
    (twice,) = [item for item in judged({"communities/a/index.md": charter(front)}) if item.rule == "CDP408"]

    assert twice.place.line == 8
