"""How often people meet: the days that a rule of RFC 5545 gives, and the meetings that were missed."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cdp.dates import add_months

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY",
    "INTERVAL": r"[1-9]\d?",
    "BYDAY": r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)){0,9}",
    "BYMONTHDAY": r"-?(?:[12]\d|3[01]|[1-9])(?:,-?(?:[12]\d|3[01]|[1-9])){0,30}",
    "BYMONTH": r"(?:1[0-2]|[1-9])(?:,(?:1[0-2]|[1-9])){0,11}",
    "BYSETPOS": r"-?[1-5]",
    "WKST": r"MO|SU",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of RFC 5545 that gives days: daily, weekly or monthly."""

    frequency: str
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    position: int = 0
    week_start: int = 0

    def occurrences(self, first: date, last: date) -> list[date]:
        """Return the days that the rule gives from ``first``, which sets its pace, to ``last``, both included."""
        return [
            day for period in self._periods(first, last) for day in self._chosen(period, first) if first <= day <= last
        ]

    def fits(self, day: date) -> bool:
        """Tell whether a series may begin on a day."""
        return self.occurrences(day, day) == [day]

    def until(self, last: date | datetime) -> dict[str, Any]:
        """Return the parts of the rule, ended by ``last``."""
        parts: dict[str, Any] = {"FREQ": self.frequency, "UNTIL": [last]}
        if self.interval > 1:
            parts["INTERVAL"] = self.interval
        if self.weekdays:
            parts["BYDAY"] = [(str(nth) if nth else "") + DAYS[weekday] for nth, weekday in self.weekdays]
        if self.month_days:
            parts["BYMONTHDAY"] = list(self.month_days)
        if self.months:
            parts["BYMONTH"] = list(self.months)
        if self.position:
            parts["BYSETPOS"] = self.position
        if self.week_start:
            parts["WKST"] = DAYS[self.week_start]
        return parts

    def _periods(self, first: date, last: date) -> Iterator[list[date]]:
        """Yield the days of each period that the interval keeps."""
        if self.frequency == "MONTHLY":
            index = first.year * 12 + first.month - 1
            while index <= last.year * 12 + last.month - 1:
                year, month = index // 12, index % 12 + 1
                yield [date(year, month, n) for n in range(1, monthrange(year, month)[1] + 1)]
                index += self.interval
            return
        size = 1 if self.frequency == "DAILY" else 7
        day = first if size == 1 else first - timedelta(days=(first.weekday() - self.week_start) % 7)
        while day <= last:
            yield [day + timedelta(days=n) for n in range(size)]
            day += timedelta(days=size * self.interval)

    def _chosen(self, period: list[date], first: date) -> list[date]:
        days = [day for day in period if not self.months or day.month in self.months]
        if self.month_days:
            days = [
                day for day in days if {day.day, day.day - monthrange(day.year, day.month)[1] - 1} & {*self.month_days}
            ]
        if self.weekdays:
            days = [day for day in days if any(_is(day, nth, weekday) for nth, weekday in self.weekdays)]
        elif self.frequency == "WEEKLY":
            days = [day for day in days if day.weekday() == first.weekday()]
        elif self.frequency == "MONTHLY" and not self.month_days:
            days = [day for day in days if day.day == first.day]
        if self.position:
            at = self.position - 1 if self.position > 0 else len(days) + self.position
            days = days[at : at + 1] if at >= 0 else []
        return days


def _is(day: date, nth: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    last = monthrange(day.year, day.month)[1]
    return nth in (0, (day.day - 1) // 7 + 1, -((last - day.day) // 7 + 1))


def parse(text: str) -> Rule | None:
    """Return the rule that a rhythm writes; None for « 4 semaines », or a rule that meetings cannot follow.

    Rules by the hour, by the year, or with their own end are left out: the life decides of the end.
    """
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name in parts or name not in _PARTS or re.fullmatch(_PARTS[name], value) is None:
            return None
        parts[name] = value
    weekdays = tuple((int(word[:-2] or 0), DAYS.index(word[-2:])) for word in parts.get("BYDAY", "").split(",") if word)
    frequency = parts.get("FREQ", "")
    if not frequency or (frequency != "MONTHLY" and any(nth for nth, _ in weekdays)):
        return None
    if (frequency == "WEEKLY" and "BYMONTHDAY" in parts) or ("BYSETPOS" in parts and frequency != "MONTHLY"):
        return None
    return Rule(
        frequency,
        int(parts.get("INTERVAL", "1")),
        weekdays,
        tuple(int(word) for word in parts.get("BYMONTHDAY", "").split(",") if word),
        tuple(int(word) for word in parts.get("BYMONTH", "").split(",") if word),
        int(parts.get("BYSETPOS", "0")),
        DAYS.index(parts.get("WKST", "MO")),
    )


def following(rhythm: str, held: date, day: date) -> date | None:
    """Return when a rhythm calls for the next meeting after one that was held, from ``day`` on; None when it gives no days.

    « 4 semaines » keeps the day of the week; « 1 mois » keeps the rank of that day in the month (second Tuesday), as
    people say it.
    """
    rule = parse(rhythm)
    if rule is not None:
        last = max(held, day) + 2 * between_meetings(rhythm)
        return next((found for found in rule.occurrences(held, last) if found > held and found >= day), None)
    match = re.fullmatch(r"(\d+) (jour|semaine|mois|day|week|month)s?", rhythm)
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    steps = range(1, 1000)
    if unit in ("mois", "month"):
        days = (_same_rank(held, count * step) for step in steps)
    else:
        length = timedelta(days=count * (7 if unit in ("semaine", "week") else 1))
        days = (held + length * step for step in steps)
    return next((found for found in days if found >= day), None)


def _same_rank(day: date, months: int) -> date:
    """Return the same weekday of the same rank, so many months later; the last one when the month has no fifth."""
    first = add_months(day.replace(day=1), months)
    found = first + timedelta(days=(day.weekday() - first.weekday()) % 7 + 7 * ((day.day - 1) // 7))
    return found if found.month == first.month else found - timedelta(days=7)


def missed(rhythm: str, last: date, as_of: date) -> int:
    """Return how many meetings a rhythm asked for after the last one and before ``as_of``.

    A meeting held a little before its day, nearer to it than to the day before, was that day's meeting.
    """
    rule = parse(rhythm)
    if rule is None:
        return max(0, (as_of - last).days - 1) // between_meetings(rhythm).days
    asked = [day for day in rule.occurrences(last, as_of - timedelta(days=1)) if day > last]
    early = len(asked) > 1 and 2 * (asked[0] - last) < asked[1] - asked[0]
    return len(asked) - early


def between_meetings(rhythm: str) -> timedelta:
    """Return the longest time between two meetings that a rhythm allows.

    Of a rule of RFC 5545, the frequency and the interval count, and the months that ``BYMONTH`` leaves out.
    """
    days = {"d": 1, "j": 1, "s": 7, "w": 7, "m": 31, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
    count, _, unit = rhythm.partition(" ")
    if count.isdigit():
        return timedelta(days=int(count) * days[unit[0]])
    parts = dict(part.partition("=")[::2] for part in rhythm.split(";"))
    interval = parts.get("INTERVAL", "1")
    step = days.get(parts["FREQ"], 31) * (int(interval) if interval.isdigit() and len(interval) < 3 else 1)
    months = sorted({int(month) for month in parts.get("BYMONTH", "").split(",") if month.isdigit()} & {*range(1, 13)})
    if months:
        following = [*months[1:], months[0] + 12]
        step += 31 * (max(after - month for month, after in zip(months, following, strict=True)) - 1)
    return timedelta(days=step)
