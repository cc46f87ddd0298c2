"""Civil dates: read, step by months, count working days.

Dates are days on a wall calendar, without time or zone (design, "Data"). Nothing here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
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


_MONTHS: Mapping[str, int] = {
    name: number
    for names in (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), 1)
}
_SHORT = {
    **dict(zip(["janv", "févr", "avr", "juil", "sept", "oct", "nov", "déc"], (1, 2, 4, 7, 9, 10, 11, 12), strict=True)),
    **dict(
        zip(["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "dec"], (1, 2, 3, 4, 6, 7, 8, 9, 12), strict=True)
    ),
}
_WEEK = (
    *(["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]),
    *(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_STUCK = re.compile(r"((?:19|2[01])\d\d)(\d\d)(\d\d)", re.ASCII)
_DAY_MONTH = re.compile(r"(?:le )?([0-9]{1,2})(?:er)?[ -]([^\W\d]+)\.?,?[ -]([0-9]{4})")
_MONTH_DAY = re.compile(r"([^\W\d]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_NAMED = re.compile(rf"(?:le )?({'|'.join(_WEEK)}),? (?:le )?(.+)")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def iso(text: str) -> str | None:
    """Return the date that a text can only mean, ``YYYY-MM-DD``, or None.

    « 13/03/2026 » has one meaning; « 05/03/2026 » has two, and is left to people, as is a day of the week that is not its date's.
    """
    said = " ".join(text.split()).lower().translate(_DASHES)
    if match := _NAMED.fullmatch(said):
        day = iso(match[2])
        right = day is not None and date.fromisoformat(day).weekday() == _WEEK.index(match[1]) % 7
        return day if right else None
    if match := _YEAR_FIRST.fullmatch(said):
        return _day(match[1], match[3], match[4])
    if match := _STUCK.fullmatch(said):
        return _day(match[1], match[2], match[3])
    if match := _YEAR_LAST.fullmatch(said):
        found = {_day(match[4], match[3], match[1]), _day(match[4], match[1], match[3])} - {None}
        return found.pop() if len(found) == 1 else None
    if match := _DAY_MONTH.fullmatch(said):
        return _day(match[3], _month(match[2]), match[1])
    if match := _MONTH_DAY.fullmatch(said):
        return _day(match[3], _month(match[1]), match[2])
    return None


def _month(name: str) -> int | None:
    return _MONTHS.get(name) or _SHORT.get(name)


def _day(year: str, month: str | int | None, day: str) -> str | None:
    try:
        return parse(f"{int(year):04}-{int(month or 0):02}-{int(day):02}").isoformat()
    except ValueError:
        return None
