"""Communities to iCalendar (RFC 5545): meetings, survey windows, bounds of seasons, last days; or what is due.

Nothing reads the clock, and the same facts give the same bytes:

- UID is a name-based UUID of the site's address, the community and the fact: the same in the site's calendar and in
  the community's, whatever the dates become.
- DTSTAMP is the community's last dated fact by ``as_of``: a new fact makes it later.
- SEQUENCE counts the recorded moves of the fact: an extension moves the last day and the series of meetings.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from cdp.model import life, rhythm
from cdp.model.community import Community, Page
from cdp.model.pages import Meeting
from cdp.settings import Settings
from cdp.text import T, Text, translate
from cdp.timezones import component

_NAMESPACE = uuid.UUID("5f0e6a52-6d0c-5c1c-9a57-6a2f2f6d2c10")
NO_FACT = date(2000, 1, 1)
"""The day of a community of which nothing is dated yet."""
MEETING_MINUTES = 60
"""Length of a meeting that does not give its own."""


class _Writer:
    """Makes the events of one community, all stamped alike."""

    def __init__(self, community: Community, as_of: date, settings: Settings, lang: str) -> None:
        self.community = community
        self.settings = settings
        self.lang = lang
        self.zone = ZoneInfo(settings.timezone)
        self.stamp = datetime.combine(_last_fact(community, as_of), time(), UTC)

    def say(self, text: Text) -> str:
        return translate(text, self.lang)

    def event(
        self,
        kind: str,
        id: str,
        summary: str,
        start: date | datetime,
        end: date | datetime | None = None,
        *,
        page: str = "index.md",
        sequence: int = 0,
        alarm: timedelta | None = None,
        at_end: bool = False,
    ) -> Event:
        """Return an event of the community; without ``end``, one day or one hour."""
        whole_day = not isinstance(start, datetime)
        event = Event()
        event.add("uid", uid(self.settings, self.community, kind, id))
        event.add("dtstamp", self.stamp)
        event.add("sequence", sequence)
        event.add("summary", summary)
        event.add("dtstart", start)
        event.add("dtend", end or start + (timedelta(days=1) if whole_day else timedelta(minutes=MEETING_MINUTES)))
        event.add("transp", "TRANSPARENT" if whole_day else "OPAQUE")
        event.add("categories", [self.community.title])
        if self.settings.site_url:
            event.add("url", _address(self.settings.site_url, self.community, page))
        if alarm is not None:
            bell = Alarm()
            bell.add("action", "DISPLAY")
            bell.add("description", summary)
            bell.add("trigger", -alarm, parameters={"RELATED": "END"} if at_end else {})
            event.add_component(bell)
        return event


def uid(settings: Settings, community: Community, kind: str, id: str) -> str:
    """Return the identity of an event, the same wherever it is sent or published."""
    return str(uuid.uuid5(_NAMESPACE, "|".join((settings.site_url, community.slug, kind, id))))


def _address(site_url: str, community: Community, page: str) -> str:
    path = page.removesuffix("index.md") if page.endswith("index.md") else page.removesuffix(".md") + "/"
    return f"{site_url.rstrip('/')}/{community.folder}/{path}"


def _last_fact(community: Community, as_of: date) -> date:
    """Return the last dated fact of a community by ``as_of``; a fixed day when there is none."""
    charter = community.charter
    days: list[date | None] = [charter.start_date, charter.kickoff.date if charter.kickoff else None]
    days += [extension.decided for extension in charter.extensions]
    days += [charter.pause.since if charter.pause else None, charter.closing.announced if charter.closing else None]
    days += [day for season in charter.seasons for day in (season.start_date, season.end_date, season.celebrated)]
    days += [page.record.date for page in community.meetings if page.readable]
    days += [day for page in community.surveys if page.readable for day in (page.record.opens, page.record.closes)]
    return max((day for day in days if day is not None and day <= as_of), default=NO_FACT)


def events(community: Community, as_of: date, settings: Settings, lang: str) -> Iterator[Event]:
    """Yield the events of a community that its public pages show."""
    write = _Writer(community, as_of, settings, lang)
    title = community.title
    meetings = [page for page in community.meetings if page.readable and page.states("date")]
    series = list(_series(write, meetings, as_of))
    yield from series
    expected = life.expected_meeting(community, as_of) if not series else None
    if expected is not None:
        # One event, not a series: a rhythm in words binds nobody, and the page of the meeting will take its place.
        summary = write.say(T("Rencontre à confirmer : {title}", title=title))
        event = write.event("expected", expected.isoformat(), summary, expected)
        event.add("status", "TENTATIVE")
        yield event
    for page in meetings:
        yield _meeting(write, page)
    for survey in community.surveys:
        if survey.readable and survey.states("opens", "closes") and survey.record.opens <= survey.record.closes:
            yield write.event(
                "survey",
                survey.stem,
                write.say(T("Sondage : {title}", title=title)),
                survey.record.opens,
                survey.record.closes + timedelta(days=1),
                page=survey.path,
                alarm=timedelta(days=2),
                at_end=True,
            )
    for season in community.charter.seasons:
        name = season.title or season.id
        begins = write.say(T("Début de saison : {season}, {title}", season=name, title=title))
        yield write.event("season-start", season.id, begins, season.start_date)
        if season.end_date is not None:
            ends = write.say(T("Fin de saison : {season}, {title}", season=name, title=title))
            yield write.event("season-end", season.id, ends, season.end_date, alarm=timedelta(days=7))
    end = life.last_day(community)
    if end is not None:
        yield write.event(
            "end",
            "",
            write.say(T("Dernier jour : {title}", title=title)),
            end,
            sequence=len(community.charter.extensions),
            alarm=timedelta(days=30),
        )


def _meeting(write: _Writer, page: Page[Meeting]) -> Event:
    record = page.record
    title = page.record.title or write.say(T("Rencontre"))
    start: date | datetime = record.date
    end: date | datetime | None = None
    if record.start is not None:
        start = _moment(record.date, record.start, write.zone)
        end = start + timedelta(minutes=record.duration or MEETING_MINUTES)
    event = write.event(
        "meeting", page.stem, f"{title} – {write.community.title}", start, end, page=page.path, alarm=timedelta(days=1)
    )
    if record.place is not None:
        event.add("location", record.place)
    return event


def _moment(day: date, hour: str, zone: ZoneInfo) -> datetime:
    hours, minutes = map(int, hour.split(":"))
    return datetime.combine(day, time(hours, minutes), zone)


def _series(write: _Writer, meetings: Sequence[Page[Meeting]], as_of: date) -> Iterator[Event]:
    """Yield the meetings that the formula announces by a rule, but for the pause and for those that have a file.

    A file is an event of its own, with its own UID, whether or not a rule announced it: it takes the place of the
    occurrence of its day, or of the nearest one within three days, through EXDATE. The series ends with the life.
    """
    charter, end = write.community.charter, life.last_day(write.community)
    rule = rhythm.parse(charter.formula.rhythm) if charter.formula and charter.formula.rhythm else None
    if rule is None or end is None or charter.start_date is None or end < charter.start_date:
        return
    held = sorted(page.record.date for page in meetings)
    first = next((day for day in held if charter.start_date <= day <= end and rule.fits(day)), charter.start_date)
    days = rule.occurrences(first, end)
    if not days:
        return
    hours = [page.record for page in meetings if page.record.start is not None]
    hours.sort(key=lambda record: record.date)
    last = hours[-1] if hours else None
    left_out = _paused(write.community, days, as_of) | _replaced(days, held)

    def moment(day: date) -> date | datetime:
        return day if last is None or last.start is None else _moment(day, last.start, write.zone)

    start = moment(days[0])
    length = timedelta(minutes=(last.duration if last else None) or MEETING_MINUTES)
    event = write.event(
        "series",
        "",
        write.say(T("Rencontre")) + f" – {write.community.title}",
        start,
        start + length if isinstance(start, datetime) else None,
        sequence=len(charter.extensions) + (charter.pause is not None),
        alarm=timedelta(days=1),
    )
    until = moment(days[-1])
    event.add("rrule", rule.until(until.astimezone(UTC) if isinstance(until, datetime) else until))
    if left_out:
        event.add("exdate", [moment(day) for day in sorted(left_out)], parameters={} if last else {"VALUE": "DATE"})
    if charter.formula is not None and charter.formula.place is not None:
        event.add("location", charter.formula.place)
    if set(days) - left_out:
        yield event


def _paused(community: Community, days: Iterable[date], as_of: date) -> set[date]:
    pause = community.charter.pause
    if pause is None:
        return set()
    # A pause lasts as long as it is written (guide, "Étapes et santé"), even past the day of return.
    back = max(pause.resume_by, as_of + timedelta(days=1)) if pause.since <= as_of else pause.resume_by
    return {day for day in days if pause.since <= day < back}


def _replaced(days: Sequence[date], held: Iterable[date]) -> set[date]:
    replaced: set[date] = set()
    for meeting in held:
        near = [day for day in days if abs((day - meeting).days) <= 3 and day not in replaced]
        if near:
            replaced.add(min(near, key=lambda day: (abs((day - meeting).days), day)))
    return replaced


def dues(
    communities: Iterable[Community],
    as_of: date,
    settings: Settings,
    labels: Mapping[str, Text],
    lang: str,
    until: date | None = None,
) -> Iterator[Event]:
    """Yield what the lives ask for by ``until``, each on the day when it is due, with an alarm a week before."""
    for community in communities:
        write = _Writer(community, as_of, settings, lang)
        for due in life.dues(community, as_of):
            if until is None or due.on <= until:
                summary = f"{write.say(labels[due.kind])} – {community.title}"
                yield write.event("due", f"{due.kind}/{due.subject}", summary, due.on, alarm=timedelta(days=7))


def render(events: Iterable[Event], name: str, settings: Settings) -> bytes:
    """Return a calendar of events, with the time zone that they use.

    Args:
        events: of one community or of many.
        name: of the calendar, shown by the programs that subscribe to it.
        settings: of the site.
    """
    return _calendar([_entry(event) for event in events], name, settings)


class _Entry(NamedTuple):
    """An event as written, and the years of its hours: none when it is a whole day."""

    data: bytes
    years: tuple[int, ...]


def _entry(event: Event) -> _Entry:
    start = event.decoded("dtstart")
    rule: Any = event.get("rrule")
    years = [start.year] if isinstance(start, datetime) else []
    years += [until.year for until in rule["UNTIL"]] if years and rule is not None else []
    return _Entry(event.to_ical(), tuple(years))


def _calendar(entries: Sequence[_Entry], name: str, settings: Settings) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//cdp//Saisons//FR")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", settings.timezone)
    calendar.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    years = [year for entry in entries for year in entry.years]
    if not entries:
        # RFC 5545, 3.6: a calendar has one component at least; whoever subscribes before the first event keeps the file.
        years = [NO_FACT.year]
    if years:
        calendar.add_component(component(settings.timezone, min(years), max(years)))
    end = b"END:VCALENDAR\r\n"
    # Events are written once for both calendars that hold them: writing is most of the time spent here.
    data: bytes = calendar.to_ical().removesuffix(end) + b"".join(entry.data for entry in entries) + end
    return data


def files(communities: Iterable[Community], as_of: date, settings: Settings, lang: str) -> dict[str, bytes]:
    """Return the calendars that a site publishes: ``calendar.ics``, and one in the folder of each community."""
    everything: list[_Entry] = []
    found: dict[str, bytes] = {}
    for community in communities:
        tongue = settings.tongue(community.charter.language) if settings.languages else lang
        own = [_entry(event) for event in events(community, as_of, settings, tongue)]
        everything += own
        found[f"{community.folder}/calendar.ics"] = _calendar(own, community.title, settings)
    found["calendar.ics"] = _calendar(everything, settings.site_name, settings)
    return found
