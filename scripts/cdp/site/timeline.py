"""All lives by year: a Gantt chart as SVG, drawn in percentages so that it fits a phone as well as a wide screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cdp.model import life
from cdp.site.portrait import Portrait

PER_PAGE = 14
"""Most lives on a page of the timeline: its drawing and its table stay light."""
MOST_YEARS = 12
"""Most years that are named above a drawing; beyond, some are left out."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: where it starts and how long it is, in percent, and its time of year."""

    x: float
    width: float
    time: str


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


def lived(views: Sequence[Portrait]) -> list[Portrait]:
    """Return the communities that have a first day: the living first, each group by its first day, latest first."""
    known = [view for view in views if _first(view) is not None]
    return sorted(
        known,
        key=lambda v: (v.stage in life.LIVING, _first(v) or date.min, v.community.slug),
        reverse=True,
    )


def _first(view: Portrait) -> date | None:
    charter = view.community.charter
    kickoff = charter.kickoff.date if charter.kickoff is not None else None
    return min((day for day in (charter.start_date, kickoff) if day is not None), default=None)


def chart(views: Sequence[Portrait], as_of: date) -> Chart:
    """Return the drawing of some lives, all of which have a first day; its years are theirs."""
    firsts = [_first(view) or as_of for view in views]
    lasts = [life.last_day(view.community) or max(as_of, first) for view, first in zip(views, firsts, strict=True)]
    start = date(min(firsts, default=as_of).year, 1, 1)
    end = date(max(lasts, default=as_of).year + 1, 1, 1)
    whole = (end - start).days

    def x(day: date) -> float:
        return round(100 * min(max((day - start).days, 0), whole) / whole, 2)

    def segment(first: date, last: date, time: str = "") -> Segment:
        return Segment(x(first), round(max(x(last + timedelta(days=1)) - x(first), 0.3), 2), time)

    def row(view: Portrait, first: date, last: date) -> Row:
        seasons = tuple(
            segment(season.start_date, min(season.end_date or last, last), view.time_of_year(season)[0])
            for season in view.community.charter.seasons
            if season.start_date <= last
        )
        marks = tuple(Mark(x(day), kind, day) for kind, day in _days(view) if start <= day < end)
        return Row(view, first, life.last_day(view.community), segment(first, max(first, last)), seasons, marks)

    step = -(-(end.year - start.year) // MOST_YEARS)
    years = tuple(
        (x(date(year, 1, 1)), str(year) if (year - start.year) % step == 0 else "")
        for year in range(start.year, end.year)
    )
    rows = tuple(row(view, first, last) for view, first, last in zip(views, firsts, lasts, strict=True))
    goes_on = any(view.stage not in ("ended", "archived") for view in views)
    return Chart(rows, years, x(as_of) if goes_on and start <= as_of < end else None)


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
