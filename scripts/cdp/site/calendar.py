"""What is on the calendar: meetings, season bounds, surveys, ends and celebrations, by month and as an agenda."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cdp.model import life
from cdp.site.portrait import Portrait
from cdp.text import T, Text

AHEAD = 6
"""Months that the calendar shows, from the current one on."""
BEFORE = 6
"""Months past that it shows, as long as something was on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on a day.

    Attributes:
        on: the day.
        hour: « 13:30 », or "".
        what: what it is, to say.
        view: of which community.
        path: source path of its page.
        kind: "meeting", "season", "survey", "end" or "celebration".
    """

    on: date
    hour: str
    what: Text | str
    view: Portrait
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month: its first day, weeks of seven days (None outside it), and what is on each day."""

    first: date
    weeks: tuple[tuple[date | None, ...], ...]
    by_day: dict[date, list[Entry]]

    @property
    def entries(self) -> list[Entry]:
        """Everything of the month, in order."""
        return [entry for day in sorted(self.by_day) for entry in self.by_day[day]]


def entries(view: Portrait) -> Iterator[Entry]:
    """Yield what a community has on the calendar, past and future; nothing once it is archived or dropped."""
    if view.stage in ("archived", "dropped"):
        return
    community, charter = view.community, view.community.charter
    folder = community.folder
    for meeting in community.meetings:
        if meeting.readable:
            record = meeting.record
            what = record.title or T("Rencontre")
            yield Entry(record.date, record.start or "", what, view, f"{folder}/{meeting.path}", "meeting")
    if view.expected is not None:
        yield Entry(view.expected, "", T("Rencontre, selon le rythme : à confirmer"), view, view.index, "meeting")
    for season in charter.seasons:
        name = view.named(season)
        path = f"{folder}/seasons/{season.id}.md"
        yield Entry(season.start_date, "", T("Début de saison : {name}", name=name), view, path, "season")
        if season.end_date is not None:
            yield Entry(season.end_date, "", T("Fin de saison : {name}", name=name), view, path, "season")
    for survey in community.surveys:
        if survey.readable:
            path = f"{folder}/{survey.path}"
            yield Entry(survey.record.opens, "", T("Ouverture du sondage"), view, path, "survey")
            yield Entry(survey.record.closes, "", T("Dernier jour du sondage"), view, path, "survey")
    if charter.closing is not None and charter.closing.celebration is not None and charter.closing.celebration.date:
        yield Entry(charter.closing.celebration.date, "", T("Célébration"), view, view.index, "celebration")
    end = life.last_day(community)
    if end is not None:
        yield Entry(end, "", T("Dernier jour de la communauté"), view, view.index, "end")


def months(views: Sequence[Portrait], as_of: date) -> list[Month]:
    """Return the month of a day, those after it, and before it those from the first on which something was."""
    now = as_of.replace(day=1)
    first = now
    for _ in range(BEFORE):
        first = (first - timedelta(days=1)).replace(day=1)
    starts = [first]
    for _ in range(BEFORE + AHEAD - 1):
        starts.append((starts[-1] + timedelta(days=31)).replace(day=1))
    stop = (starts[-1] + timedelta(days=31)).replace(day=1)
    by_day: dict[date, list[Entry]] = {}
    for view in views:
        for entry in entries(view):
            if first <= entry.on < stop:
                by_day.setdefault(entry.on, []).append(entry)
    for found in by_day.values():
        found.sort(key=lambda entry: (entry.hour, entry.view.community.slug, entry.kind, str(entry.what)))
    held = min(by_day, default=now)
    starts = [start for start in starts if start >= min(now, held.replace(day=1))]
    weeks = calendar.Calendar(calendar.SUNDAY)
    return [
        Month(
            start,
            tuple(
                tuple(day if day.month == start.month else None for day in week)
                for week in weeks.monthdatescalendar(start.year, start.month)
            ),
            {d: found for d, found in by_day.items() if (d.year, d.month) == (start.year, start.month)},
        )
        for start in starts
    ]
