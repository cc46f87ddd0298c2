"""All lives by year: a Gantt chart as SVG, drawn in percentages so that it fits a phone as well as a wide screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cdp.model import life
from cdp.model.charter import Season
from cdp.site.portrait import Portrait

PER_PAGE = 10
"""Most lives on a page of the timeline: its drawing and its table stay light."""
MOST_LINES = 500
"""Most lives in the overview, where each is a line."""
MOST_YEARS = 12
"""Most years that are named above a drawing; beyond, some are left out."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: where it starts and how long it is, in percent; for a season, which one and its time of year."""

    x: float
    width: float
    time: str = ""
    season: Season | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day: "kickoff", "survey" or "celebration"."""

    x: float
    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class Row:
    """A life in a drawing: its bar, the seasons in it, its marks."""

    view: Portrait
    first: date
    last: date | None
    bar: Segment
    seasons: tuple[Segment, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of some lives.

    Attributes:
        rows: one for each life.
        years: where each year begins, in percent, with its name or "" where names would touch.
        today: where today is, or None when it is outside, or when all these lives are over.
    """

    rows: tuple[Row, ...]
    years: tuple[tuple[float, str], ...]
    today: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All lives in one small drawing, a line each: those that go on, those to come and those that are over.

    Attributes:
        count: how many lives.
        years: the first and the last.
        lines: for each group, the path of its lines in a box of 1000 by ``4 * count``.
        today: where today is across that box.
    """

    count: int
    years: tuple[int, int]
    lines: tuple[tuple[str, str], ...]
    today: int


def lived(views: Sequence[Portrait], as_of: date) -> list[Portrait]:
    """Return the communities that have a first day: those that go on now, those to come, those that are over.

    Each group is by its first day, latest first.
    """
    known = [view for view in views if _first(view) is not None]
    known.sort(key=lambda v: (_first(v) or date.min, v.community.slug), reverse=True)
    return sorted(known, key=lambda view: GROUPS.index(_group(view, as_of)))


GROUPS = ("now", "ahead", "over")
"""Lives that go on, to come, and over, in the order of the timeline."""


def _group(view: Portrait, as_of: date) -> str:
    if view.stage not in (*life.LIVING, "idea") or (life.last_day(view.community) or as_of) < as_of:
        return "over"
    return "now" if (_first(view) or as_of) <= as_of else "ahead"


def span(views: Sequence[Portrait], as_of: date) -> tuple[date, date]:
    """Return the first day of the first year of some lives, and the day after their last year."""
    firsts, lasts = zip(*(_bounds(view, as_of) for view in views), strict=True) if views else ((as_of,), (as_of,))
    return date(min(firsts).year, 1, 1), date(max(lasts).year + 1, 1, 1)


def axis(some: Sequence[Portrait], views: Sequence[Portrait], as_of: date) -> tuple[date, date]:
    """Return the years of a page of the timeline: the same wherever a life is not over, its own where all are."""
    living = [view for view in views if _group(view, as_of) != "over"]
    alive = any(_group(view, as_of) != "over" for view in some)
    return span([*some, *living] if alive else some, as_of)


def overview(views: Sequence[Portrait], as_of: date) -> Overview | None:
    """Return all lives in one drawing when they are on several pages and not too many for one."""
    if not PER_PAGE < len(views) <= MOST_LINES:
        return None
    start, end = span(views, as_of)
    whole = (end - start).days
    lines: dict[str, list[str]] = {group: [] for group in GROUPS}
    for number, view in enumerate(views):
        first, last = _bounds(view, as_of)
        x = round(1000 * (first - start).days / whole)
        length = max(round(1000 * (last - first).days / whole), 4)
        lines[_group(view, as_of)].append(f"M{x} {4 * number}h{length}v3h-{length}z")
    paths = tuple((group, "".join(found)) for group, found in lines.items() if found)
    return Overview(len(views), (start.year, end.year - 1), paths, round(1000 * (as_of - start).days / whole))


def _bounds(view: Portrait, as_of: date) -> tuple[date, date]:
    first = _first(view) or as_of
    return first, max(first, life.last_day(view.community) or as_of)


def _first(view: Portrait) -> date | None:
    charter = view.community.charter
    kickoff = charter.kickoff.date if charter.kickoff is not None else None
    return min((day for day in (charter.start_date, kickoff) if day is not None), default=None)


def chart(views: Sequence[Portrait], years: tuple[date, date], as_of: date) -> Chart:
    """Return the drawing of some lives, all of which have a first day, over years that hold them."""
    start, end = years
    whole = (end - start).days

    def x(day: date) -> float:
        return round(100 * min(max((day - start).days, 0), whole) / whole, 2)

    def segment(first: date, last: date, time: str = "", season: Season | None = None) -> Segment:
        return Segment(x(first), round(max(x(last + timedelta(days=1)) - x(first), 0.3), 2), time, season)

    def row(view: Portrait) -> Row:
        first, last = _bounds(view, as_of)
        seasons = tuple(
            segment(season.start_date, min(season.end_date or last, last), view.time_of_year(season)[0], season)
            for season in view.community.charter.seasons
            if season.start_date <= last
        )
        marks = tuple(Mark(x(day), kind, day) for kind, day in dict.fromkeys(_days(view)) if start <= day < end)
        return Row(view, first, life.last_day(view.community), segment(first, last), seasons, marks)

    step = -(-(end.year - start.year) // MOST_YEARS)
    names = tuple(
        (x(date(year, 1, 1)), str(year) if (year - start.year) % step == 0 else "")
        for year in range(start.year, end.year)
    )
    goes_on = any(view.stage not in ("ended", "archived") for view in views)
    return Chart(tuple(row(view) for view in views), names, x(as_of) if goes_on and start <= as_of < end else None)


def _days(view: Portrait) -> Iterator[tuple[str, date]]:
    charter = view.community.charter
    if charter.kickoff is not None and charter.kickoff.date is not None:
        yield "kickoff", charter.kickoff.date
    for survey in view.community.surveys:
        if survey.readable:
            yield "survey", survey.record.opens
    for season in charter.seasons:
        if season.celebrated is not None:
            yield "celebration", season.celebrated
    if charter.closing is not None and charter.closing.celebration is not None and charter.closing.celebration.date:
        yield "celebration", charter.closing.celebration.date
