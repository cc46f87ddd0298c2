"""Answers: kept without order or author, counted so that nobody can be found."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import answers_store
from cdp.survey.aggregate import published


def rank_correlation(order: list[int]) -> float:
    """Spearman's, between 0, 1, 2… and ``order``."""
    n = len(order)
    return 1 - 6 * sum((place - value) ** 2 for place, value in enumerate(order)) / (n * (n * n - 1))


def received(root: Path, count: int) -> None:
    with answers_store.opened(root, "a/2026-06") as answers:
        for number in range(count):
            assert answers.put({"free": (f"reponse-{number:05}",)}, f"key-{number}") == "received"


def test_order_of_arrival_is_nowhere_in_queries_export_or_bytes(tmp_path: Path) -> None:
    count = 1500
    received(tmp_path, count)
    data = answers_store.path(tmp_path, "a/2026-06").read_bytes()
    in_bytes = sorted(range(count), key=lambda number: data.index(f"reponse-{number:05}".encode()))
    with contextlib.closing(sqlite3.connect(answers_store.path(tmp_path, "a/2026-06"))) as store:
        in_query = [int(value[-8:-3]) for (value,) in store.execute("SELECT value FROM answer")]
    with answers_store.opened(tmp_path, "a/2026-06") as answers:
        in_export = [int(answer["free"][0][-5:]) for answer in answers.all()]

    # Five standard deviations of the correlation of 1,500 shuffled numbers: one run in two millions is beyond.
    assert abs(rank_correlation(in_export)) < 5 / count**0.5
    assert sorted(in_query) == list(range(count))
    assert abs(rank_correlation(in_query)) < 5 / count**0.5
    assert abs(rank_correlation(in_bytes)) < 5 / count**0.5
    assert [path.name for path in (tmp_path / "private" / "surveys").iterdir()] == ["a.2026-06.sqlite"]


def test_the_test_of_order_would_see_it() -> None:
    assert rank_correlation(list(range(100))) == 1
    assert rank_correlation(list(range(100))[::-1]) == -1


def test_what_is_sent_twice_counts_once(tmp_path: Path) -> None:
    with answers_store.opened(tmp_path, "a/2026-06") as answers:
        outcomes = [answers.put({"a1": ("met",)}, "same") for _ in range(3)]

        assert outcomes == ["received", "known", "known"]
        assert len(answers.all()) == 1
        assert answers.add({"x": {"a1": ("not",)}, "same": {"a1": ("met",)}}) == 1
        assert answers.add({"x": {"a1": ("not",)}}) == 0


def test_an_invitation_serves_once_and_is_not_kept(tmp_path: Path) -> None:
    with answers_store.opened(tmp_path, "a/2026-06") as answers:
        one, _ = answers.invite(2)

        assert answers.put({}, "k1", "forged") == "no-token"
        assert answers.put({}, "k2", one) == "received"
        assert answers.put({}, "k3", one) == "no-token"
        assert answers.put({}, "k2", one) == "known"
        assert answers.invited() == 2
    assert one.encode() not in answers_store.path(tmp_path, "a/2026-06").read_bytes()


def test_a_closed_survey_receives_nothing_and_forgets_its_marks(tmp_path: Path) -> None:
    with answers_store.opened(tmp_path, "a/2026-06") as answers:
        answers.put({"a1": ("met",)}, "k")
        answers.end()

        assert answers.put({"a1": ("met",)}, "new") == "closed"
        assert answers.known(["k"]) == 0
        with pytest.raises(answers_store.Refused):
            answers.add({"x": {}})


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    received(tmp_path, 1)
    file = answers_store.path(tmp_path, "a/2026-06")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700


def test_purging_destroys_the_file(tmp_path: Path) -> None:
    received(tmp_path, 3)

    assert answers_store.purge(tmp_path, "a/2026-06")
    assert list((tmp_path / "private" / "surveys").iterdir()) == []
    assert not answers_store.purge(tmp_path, "a/2026-06")


@pytest.mark.parametrize("fault", ["tracked", "not ignored", "link"])
def test_answers_are_refused_where_git_or_a_link_would_show_them(tmp_path: Path, fault: str) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if fault == "tracked":
        (tmp_path / "private").mkdir()
        (tmp_path / "private" / "x").write_text("x")
        subprocess.run(["git", "-C", tmp_path, "add", "private/x"], check=True)
    if fault != "not ignored":
        (tmp_path / ".gitignore").write_text("/private\n")
    if fault == "link":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "private").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(answers_store.Refused), answers_store.opened(tmp_path, "a/2026-06"):
        pass


def test_an_ignored_folder_is_accepted(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("/private/\n")
    received(tmp_path, 1)


# What is published


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.booleans())
def test_no_hidden_number_can_be_reconstructed(numbers: list[int], multiple: bool) -> None:
    found = dict(zip("abcd", numbers, strict=False))
    answered = max(numbers) + 3 if multiple else sum(numbers)
    shown = published(found, answered, multiple)
    if shown is not None and len(shown) == len(found):
        return
    # Someone who knows the rules and the total tries every vector that would be published in the same way.
    total = range(answered + 1)
    possible: dict[str, set[int]] = {code: set() for code in found}
    for vector in itertools.product(total, repeat=len(numbers)):
        if multiple or sum(vector) == answered:
            guess = dict(zip(found, vector, strict=True))
            if published(guess, answered, multiple) == shown:
                for code, n in guess.items():
                    possible[code].add(n)
    for code in found:
        if (shown is None or code not in shown) and answered:
            assert len(possible[code]) > 1, (found, shown)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=5), st.booleans())
def test_no_number_from_one_to_four_is_published(numbers: list[int], multiple: bool) -> None:
    found = dict(zip("abcde", numbers, strict=False))
    shown = published(found, max(numbers) + 2 if multiple else sum(numbers), multiple)

    assert not any(0 < n < 5 for n in (shown or {}).values())


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((9, 6, 5), (9, 6, 5)),
        ((12, 4, 3, 0), (12, None, None, 0)),
        ((12, 1, 0, 0), (None, None, 0, 0)),
        ((2, 2), None),
        ((14, 0, 0, 0), (14, 0, 0, 0)),
        ((9, 0, 0, 0), None),
        ((5, 0), None),
    ],
)
def test_small_numbers_are_hidden_with_others(numbers: tuple[int, ...], shown: tuple[int | None, ...] | None) -> None:
    found = dict(zip("abcd", numbers, strict=False))
    wanted = None if shown is None else {c: n for c, n in zip("abcd", shown, strict=False) if n is not None}

    assert published(found, sum(numbers)) == wanted
