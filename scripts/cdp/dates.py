"""Civil dates: read, step by months, count working days.

Dates are days on a wall calendar, without time or zone (design, "Data"). Nothing here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

YEARS = range(1900, 2200)
"""Years that a community can have: « 9999 » for "never" would overflow every sum of dates."""

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def parse(text: str) -> date:
    """Return the date written ``YYYY-MM-DD``.

    Raises:
        ValueError: any other form ("form"), a day that does not exist ("day"), or a year outside YEARS ("year").
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("form")
    year, month, day = map(int, match.groups())
    try:
        result = date(year, month, day)
    except ValueError as error:
        raise ValueError("day") from error
    if result.year not in YEARS:
        raise ValueError("year")
    return result


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, clamped to the last day of a shorter month.

    Always step from the first date, not from a clamped one: 31 October + 4 is 28 February, + 8 is 30 June.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_working_days(day: date, count: int) -> date:
    """Return the date ``count`` working days (Monday to Friday) after ``day``; from a weekend, as from its Friday."""
    day -= timedelta(days=max(0, day.weekday() - 4))
    weeks, rest = divmod(count, 5)
    result = day + timedelta(weeks=weeks)
    while rest:
        result += timedelta(days=1)
        rest -= result.weekday() < 5
    return result


def months_between(start: date, end: date) -> int:
    """Return how many whole months of life lie from ``start`` to ``end``, both included."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    return months if add_months(start, months) <= after else months - 1
