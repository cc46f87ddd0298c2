"""``cdp check --fix``: what is certain, nothing else; every other byte stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import dates
from cdp.load import File, load
from cdp.model.charter import Charter
from cdp.model.community import Repository
from cdp.rules import fixes
from tests.conftest import Cdp, in_memory, write

HEAD = "---\ntitle: Achats\nsummary: Un résumé.\n"


def mended(files: Mapping[str, str], only: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the files that the plan changes."""
    plan = fixes.plan(in_memory(dict(files)), lambda path: files[path].encode(), only)
    assert all(plan.before[path] == files[path].encode() for path in plan.changes)
    return {path: (new or b"").decode() for path, new in plan.changes.items()}


def one(front: str, path: str = "communities/a/index.md", head: str = HEAD) -> str | None:
    found = mended({"communities/a/index.md": HEAD + "---\n", path: f"{head}{front}---\nCorps  \n"})
    return found[path].removeprefix(head).removesuffix("---\nCorps  \n") if found else None


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("end-date: 2026-12-31 # fin\n", "end_date: 2026-12-31 # fin\n"),
        ("Start_Date: 2026-12-31\n", "start_date: 2026-12-31\n"),
        ("sumary: x\n", None),
        ("objectifs: [x]\n", None),
        ("qqch: x\n", None),
        ("kickof:\n  date: 2026-03-05\n", "kickoff:\n  date: 2026-03-05\n"),
        ("kickoff:\n  Date:  2026-03-05\n", "kickoff:\n  date:  2026-03-05\n"),
        ('"end-date": 2026-12-31\n', "end_date: 2026-12-31\n"),
        ("purpose: x\npurpos: y\n", None),
        ("end_date: 2026/3/5\n", "end_date: 2026-03-05\n"),
        ("end_date: 5 mars 2026 # oui\n", "end_date: 2026-03-05 # oui\n"),
        ("kickoff: {date: 2026.12.01}\n", "kickoff: {date: 2026-12-01}\n"),
        ("end_date: 05/03/2026\n", None),
        ("end_date: 30 février 2026\n", None),
        ("formula:\n  format: 'remote '\n", "formula:\n  format: remote\n"),
        ("succeeds: ' b '\n", "succeeds: b\n"),
        ("formula:\n  format: zoom\n", None),
    ],
)
def test_a_certain_correction_touches_nothing_else(front: str, expected: str | None) -> None:
    assert one(front) == expected


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    text = "\ufeff---\r\ntitle: A\r\nsummary: x\r\nend-date: 2026/3/5\r\n---\r\nCorps\r\n"
    files = {"communities/a/index.md": text}

    assert mended(files) == {
        "communities/a/index.md": text.replace("end-date", "end_date").replace("2026/3/5", "2026-03-05")
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/3/5", "2026-03-05"), ("2026-3-5", "2026-03-05"), ("2026.03.05", "2026-03-05"),
        ("1er mars 2026", "2026-03-01"), ("le 5 août 2026", "2026-08-05"), ("5 aout 2026", "2026-08-05"),
        ("5\u00a0mars\u00a02026", "2026-03-05"), ("March 5, 2026", "2026-03-05"), ("5 March 2026", "2026-03-05"),
        ("13/03/2026", "2026-03-13"), ("03/13/2026", "2026-03-13"), ("05/05/2026", "2026-05-05"),
        ("05/03/2026", None), ("2026/13/5", None), ("5 mars", None), ("mars 2026", None), ("5 mars 26", None),
        ("31 avril 2026", None), ("5 mars 9999", None), ("2026/3-5", None), ("٥ mars 2026", None),
    ],
)  # fmt: skip
def test_only_dates_with_one_meaning_are_read(text: str, expected: str | None) -> None:
    assert dates.iso(text) == expected


def test_a_link_is_completed_on_the_side_that_lacks_it() -> None:
    files = {
        "communities/a/index.md": HEAD + "# rien\n---\n",
        "communities/b/index.md": HEAD + "succeeds: a\n---\n",
        "communities/c/index.md": HEAD + "successors: [d]\n---\n",
        "communities/d/index.md": HEAD + "---\n",
    }

    assert mended(files) == {
        "communities/a/index.md": HEAD + "successors:\n  - b\n# rien\n---\n",
        "communities/d/index.md": HEAD + "succeeds: c\n---\n",
    }
    assert set(mended(files, ("d",))) == {"communities/d/index.md"}


def test_between_two_predecessors_nobody_chooses() -> None:
    files = {f"communities/{slug}/index.md": HEAD + "successors: [z]\n---\n" for slug in "ab"}
    assert mended(files | {"communities/z/index.md": HEAD + "---\n"}) == {}


def test_a_frozen_community_is_left_alone() -> None:
    files = {
        "communities/a/index.md": HEAD + "end-date: 2026-01-01\n---\n",
        "communities/.archives/a/0001-freeze.json": '{"date": "2099-01-01"}',
        "communities/b/index.md": HEAD + "succeeds: a\n---\n",
    }
    assert in_memory(files).get("a").freeze is not None  # type: ignore[union-attr]
    assert mended(files) == {}


_KEYS = st.sampled_from([*Charter.model_fields, "end-date", "Purpose", "tgas", "successor", "kickof", "x"])
_VALUES = st.sampled_from(
    [
        "2026/3/5",
        "5 mars 2026",
        "'a '",
        "05/03/2026",
        "[2026/3/5]",
        "{date: 2026/3/5, minute: x}",
        "b",
        "|\n  a",
        "",
        "'2026-1-1' # c",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)


def faults(repository: Repository) -> list[tuple[str, str]]:
    return [
        (fault.kind, str(fault.message)) for c in repository.communities for page in c.pages() for fault in page.faults
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_KEYS, _VALUES), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_faults_go_none_appears_the_body_stays_and_it_ends(lines: list[tuple[str, str]], newline: str) -> None:
    front = "".join(f"{key}: {value}\n" for key, value in lines)
    text = f"{HEAD}{front}---\nCorps  \nend-date: 2026/3/5\n".replace("\n", newline)
    path = "communities/a/index.md"
    raw = text.encode("utf-8", "replace")
    former = faults(_alone(path, raw))
    first = _planned(path, raw)
    if first is None:
        return
    left = faults(_alone(path, first))

    trimmed = "\n".join(
        line.rstrip(" \t") for line in raw.decode().replace("\r\n", "\n").split("\n---\n")[0].split("\n")
    )
    assert len(left) < len(former) or first.decode().replace("\r\n", "\n").startswith(f"{trimmed}\n---\n")
    assert not set(left) - set(former)
    assert first.endswith("---\nCorps  \nend-date: 2026/3/5\n".replace("\n", newline).encode())
    assert _planned(path, first) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"---\ntitle: A  \nsummary: x  \r\n---\nCorps  \n", b"---\ntitle: A\nsummary: x\r\n---\nCorps  \n"),
        (b"---\ntitle: A\nstart_date: 2026/05/04   \n---\n", b"---\ntitle: A\nstart_date: 2026-05-04\n---\n"),
        (b"---\ntitle: A\npurpose: |\n  un  \n  deux\n---\n", None),
        (b"---\ntitle: A  \ntitle: B\n---\n", None),
    ],
)
def test_spaces_at_the_end_of_lines_go_where_they_say_nothing(before: bytes, after: bytes | None) -> None:
    assert _planned("communities/a/index.md", before) == after


def _alone(path: str, raw: bytes) -> Repository:
    return load([File(path, "file", len(raw), lambda: raw)])


def _planned(path: str, raw: bytes) -> bytes | None:
    return fixes.plan(_alone(path, raw), lambda _: raw).changes.get(path)


def test_the_command_shows_then_writes_then_has_nothing_to_do(small_base: Path, cdp: Cdp) -> None:
    write(
        small_base,
        {
            "communities/a/notes/x.md": "---\ndate: 2026/3/5\n---\n",
            "communities/a/notes/y.md": "---\ndate: 3 mai\n---\n",
        },
    )
    words = ("check", "--fix", "--root", small_base, "--as-of", "2026-11-24")
    shown = cdp(*words, code=1).stdout

    assert "+date: 2026-03-05" in shown
    assert "« 2026/3/5 » devient « 2026-03-05 »".replace("« ", "«\u00a0").replace(" »", "\u00a0»") in shown
    assert (small_base / "communities/a/notes/x.md").read_text() == "---\ndate: 2026/3/5\n---\n"
    assert "CDP009" in cdp(*words, "--apply", code=1).stdout
    assert (small_base / "communities/a/notes/x.md").read_text() == "---\ndate: 2026-03-05\n---\n"
    assert "Rien à changer" in cdp(*words, "--apply", code=1).stdout


def test_words_that_do_not_go_together_are_told(small_base: Path, cdp: Cdp) -> None:
    for more in (["--apply"], ["--fix", "--format", "json"], ["--fix", "-o", "x"]):
        assert "--fix" in cdp("check", *more, "--root", small_base, code=2).stderr


def test_a_link_takes_its_usual_place() -> None:
    found = mended(
        {
            "communities/a/index.md": HEAD + "tags: [x]\nwaivers: []\n---\n",
            "communities/b/index.md": HEAD + "successors: [a]\n---\n",
        }
    )

    assert found == {"communities/a/index.md": HEAD + "tags: [x]\nsucceeds: b\nwaivers: []\n---\n"}
