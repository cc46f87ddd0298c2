"""What happened in a life, counted from its files, for the closing review. Pure; nothing of it is stored elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp.model.charter import Expectation, Season
from cdp.model.community import Community
from cdp.model.minutes import untouched
from cdp.model.pages import Need
from cdp.survey.trends import Trend, dated, trends


@dataclass(frozen=True, slots=True)
class Answered:
    """A survey of the life: its id, how many answered, how many were invited (None when nobody noted it)."""

    id: str
    answers: int | None
    invited: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A life in facts.

    Attributes:
        first, last: days of the first and the last meeting held; None without any.
        meetings: how many were held.
        counted: how many of these have a count of attendance.
        attendance: sum of these counts.
        seasons: of the charter, in order of time.
        notes: published notes.
        notebooks: the folders that hold them.
        surveys: oldest first.
        moves: how expectations moved from survey to survey.
        people: names of those who agreed to be named by that day, each once.
        needs: what surveys heard and nothing answers yet: survey, need.
        unmet: expectations still open.
    """

    first: date | None
    last: date | None
    meetings: int
    counted: int
    attendance: int
    seasons: tuple[Season, ...]
    notes: int
    notebooks: int
    surveys: tuple[Answered, ...]
    moves: tuple[Trend, ...]
    people: tuple[str, ...]
    needs: tuple[tuple[str, Need], ...]
    unmet: tuple[Expectation, ...]


def facts(community: Community, as_of: date) -> Facts:
    """Count what happened in a life up to a day."""
    charter = community.charter
    held = [
        page.record
        for page in community.meetings
        if page.readable and page.record.date <= as_of and not untouched(page)
    ]
    days = sorted(record.date for record in held)
    counts = [record.attendance for record in held if record.attendance is not None]
    notes = [page for page in community.notes if page.readable and not page.record.draft]
    return Facts(
        first=days[0] if days else None,
        last=days[-1] if days else None,
        meetings=len(held),
        counted=len(counts),
        attendance=sum(counts),
        seasons=tuple(sorted(charter.seasons, key=lambda season: season.start_date)),
        notes=len(notes),
        notebooks=len({page.path.rpartition("/")[0] for page in notes} - {"notes"}),
        surveys=tuple(Answered(page.stem, page.record.answers, page.record.invited) for page in dated(community)),
        moves=tuple(trend for trend in trends(community)[0] if any(m.met is not None for m in trend.moments)),
        people=people(community, as_of),
        needs=open_needs(community),
        unmet=tuple(item for item in charter.expectations if item.status == "open"),
    )


def people(community: Community, as_of: date) -> tuple[str, ...]:
    """Return the names of those who agreed to be named: facilitators, network heads, alumni, authors; each once."""
    charter = community.charter
    consented = [(head.name, head.agreed) for head in charter.network_heads]
    consented += [(alumnus.name, alumnus.agreed) for alumnus in charter.alumni if alumnus.role != "facilitator"]
    consented += [(author.name, author.agreed) for page in community.notes for author in page.record.authors]
    named = [person.name for person in charter.facilitators]
    named += [alumnus.name for alumnus in charter.alumni if alumnus.role == "facilitator"]
    named += [name for name, agreed in consented if agreed is not None and agreed <= as_of]
    return tuple(dict.fromkeys(named))


def open_needs(community: Community) -> tuple[tuple[str, Need], ...]:
    """Return the needs that wait, or of which nothing became yet: id of the survey, need."""
    return tuple(
        (page.stem, need)
        for page in dated(community)
        for need in page.record.needs
        if need.disposition in (None, "parked")
    )
