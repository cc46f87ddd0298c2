"""Civil dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp import dates

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize("text", ["2026-02-28", "2024-02-29", "1999-12-31"])
def test_a_date_is_year_month_day(text: str) -> None:
    assert dates.parse(text).isoformat() == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30", "day"),
        ("2026-27-03", "day"),
        ("2025-02-29", "day"),
        ("0000-01-01", "day"),
        ("28/02/2026", "form"),
        ("2026-2-3", "form"),
        ("2026-02-03 ", "form"),
        ("20260203", "form"),
        ("2026-02-03T10:00", "form"),
        ("٢٠٢٦-٠٢-٠٣", "form"),
        ("", "form"),
        ("1 février 2026", "form"),
    ],
)
def test_anything_else_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dates.parse(text)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-10-31", 4, "2027-02-28"),
        ("2026-10-31", 8, "2027-06-30"),
        ("2026-10-31", 12, "2027-10-31"),
        ("2027-10-31", 4, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-31", -2, "2025-11-30"),
    ],
)
def test_months_are_clamped_and_do_not_drift(day: str, months: int, expected: str) -> None:
    assert dates.add_months(dates.parse(day), months) == dates.parse(expected)


@given(DAYS, st.integers(0, 60))
def test_a_step_of_months_lands_in_the_right_month(day: date, months: int) -> None:
    later = dates.add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-20", "2026-11-27"),  # Friday
        ("2026-11-21", "2026-11-27"),  # Saturday counts as its Friday
        ("2026-11-22", "2026-11-27"),
        ("2026-11-23", "2026-11-30"),
        ("2027-03-12", "2027-03-19"),  # over a clock change
        ("2027-11-05", "2027-11-12"),
        ("2026-12-31", "2027-01-07"),
    ],
)
def test_five_working_days(day: str, expected: str) -> None:
    assert dates.add_working_days(dates.parse(day), 5) == dates.parse(expected)


@given(DAYS, st.integers(0, 40))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    expected = day - timedelta(days=max(0, day.weekday() - 4))
    left = count
    while left:
        expected += timedelta(days=1)
        left -= expected.weekday() < 5

    assert dates.add_working_days(day, count) == expected


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-01", "2026-12-31", 12),
        ("2026-01-01", "2026-12-30", 11),
        ("2026-01-01", "2026-01-01", 0),
        ("2026-01-15", "2027-01-14", 12),
        ("2028-02-29", "2029-02-27", 12),
    ],
)
def test_months_of_a_life_count_both_ends(start: str, end: str, months: int) -> None:
    assert dates.months_between(dates.parse(start), dates.parse(end)) == months
