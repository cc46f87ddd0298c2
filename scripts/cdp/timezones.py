"""Time zones as rules (RFC 5545, VTIMEZONE): what each calendar program reads right.

Lists of dates (RDATE), which calendar libraries generate, are read an hour off in summer by some programs; a rule such
as "the second Sunday of March" is read right by all. The rule is found from the zone's own data, and verified.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HOUR = timedelta(hours=1)


@lru_cache(maxsize=64)
def component(name: str, first: int, last: int) -> Timezone:
    """Return the VTIMEZONE of a zone, right for the years ``first`` to ``last``.

    Where a change follows the same rule in all these years it is one rule; the years of another rule get their own.
    """
    zone = ZoneInfo(name)
    result = Timezone()
    result.add("tzid", name)
    start = datetime(first - 1, 1, 1, tzinfo=UTC)
    changes = [change for year in range(first - 1, last + 1) for change in _changes(zone, year)]
    if not changes:
        result.add_component(_part(zone, start, start, None, None))
        return result
    for before, moment, rule, until in _runs(zone, changes):
        result.add_component(_part(zone, before, moment, rule, until))
    return result


def _changes(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """Yield the moments of a year, in UTC, from which the zone has another offset."""
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        following = min(moment + timedelta(days=1), end)
        if _offset(zone, moment) != _offset(zone, following):
            low, high = moment, following
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                low, high = (low, middle) if _offset(zone, middle) != _offset(zone, moment) else (middle, high)
            yield (high + timedelta(seconds=30)).replace(second=0, microsecond=0)
        moment = following


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


Run = tuple[datetime, datetime, dict[str, object] | None, datetime | None]
"""Just before the first change, the first change, the yearly rule it follows, and the last change, when the rule ends."""


def _runs(zone: ZoneInfo, changes: list[datetime]) -> Iterator[Run]:
    """Yield the changes gathered by rule: yearly ones that go on, then those of some years."""
    open_runs: list[list[datetime]] = []
    for moment in changes:
        for run in open_runs:
            if _same_rule(zone, run, moment):
                run.append(moment)
                break
        else:
            open_runs.append([moment])
    last = changes[-1].year
    for run in open_runs:
        if len(run) == 1:
            yield run[0] - _HOUR, run[0], None, None
        else:
            yield run[0] - _HOUR, run[0], _rule(zone, run), None if run[-1].year == last else run[-1]


def _wall(zone: ZoneInfo, moment: datetime) -> datetime:
    """Return what clocks showed just before a change, at its moment."""
    return (moment + _offset(zone, moment - _HOUR)).replace(tzinfo=None)


def _same_rule(zone: ZoneInfo, run: list[datetime], moment: datetime) -> bool:
    first, wall = _wall(zone, run[0]), _wall(zone, moment)
    return (
        moment.year == run[-1].year + 1
        and (first.month, first.weekday(), first.time()) == (wall.month, wall.weekday(), wall.time())
        and _offset(zone, run[0]) == _offset(zone, moment)
        and _offset(zone, run[0] - _HOUR) == _offset(zone, moment - _HOUR)
        and _nth(zone, [*run, moment]) is not None
    )


def _nth(zone: ZoneInfo, run: list[datetime]) -> int | None:
    """Return which weekday of its month all the changes fall on: 1 to 4, -1 for the last; None when it varies."""
    walls = [_wall(zone, moment) for moment in run]
    if all(wall.day > monthrange(wall.year, wall.month)[1] - 7 for wall in walls):
        return -1
    numbers = {(wall.day - 1) // 7 + 1 for wall in walls}
    return numbers.pop() if len(numbers) == 1 else None


def _rule(zone: ZoneInfo, run: list[datetime]) -> dict[str, object]:
    wall = _wall(zone, run[0])
    return {"FREQ": "YEARLY", "BYMONTH": wall.month, "BYDAY": f"{_nth(zone, run)}{_DAYS[wall.weekday()]}"}


def _part(
    zone: ZoneInfo, before: datetime, moment: datetime, rule: dict[str, object] | None, until: datetime | None
) -> TimezoneDaylight | TimezoneStandard:
    local = moment.astimezone(zone)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    part.add("dtstart", _wall(zone, moment) if before != moment else local.replace(tzinfo=None))
    part.add("tzoffsetfrom", _offset(zone, before))
    part.add("tzoffsetto", _offset(zone, moment))
    part.add("tzname", local.tzname())
    if rule is not None:
        part.add("rrule", rule if until is None else {**rule, "UNTIL": until})
    return part
