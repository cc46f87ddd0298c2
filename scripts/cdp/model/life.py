"""The life of a community, derived from its facts and a date: stage, season, what is due, health.

Nothing here is ever stored (design, "Words"). The guide "Étapes et santé" shows the same derivation as tables;
``tests/test_life.py`` tests each of their cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from cdp.dates import add_months, add_working_days
from cdp.model import rhythm as rhythms

if TYPE_CHECKING:
    from cdp.model.charter import Closing, Season
    from cdp.model.community import Community

Stage = Literal["idea", "kickoff", "active", "paused", "closing", "ended", "archived", "dropped"]
STAGES: tuple[Stage, ...] = ("idea", "kickoff", "active", "paused", "closing", "ended", "archived", "dropped")
LIVING: frozenset[Stage] = frozenset({"kickoff", "active", "paused", "closing"})
RUNNING: frozenset[Stage] = frozenset({"active", "paused", "closing"})

Health = Literal["on_track", "attention", "overdue"]
DueKind = Literal[
    "kickoff",
    "facilitator",
    "survey",
    "survey_close",
    "survey_results",
    "season_review",
    "closing",
    "verdict",
    "archive",
    "resume",
    "purge",
]

VALIDATED = frozenset({"formula", "objectives", "expectations"})
"""What a kickoff validates (the practice, step 2)."""

CLOSING_NOTICE = timedelta(days=90)
"""A closing or an extension is planned this long before the end (W3C: quarterly look-ahead)."""
END_GRACE = 5
"""Working days after the end before it is overdue (W3C)."""
SURVEY_LATE = timedelta(days=60)
RESULTS_LATE = timedelta(days=30)
REVIEW_LATE = timedelta(days=21)
ARCHIVE_LATE = timedelta(days=90)
RESUME_LATE = timedelta(days=14)
KICKOFF_LATE = timedelta(days=14)
VACANCY = timedelta(days=28)
"""How long a community holds without anybody to facilitate it."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that the life of a community asks for.

    Attributes:
        kind: what.
        on: first day when it should be done.
        late: last day of grace; overdue the day after.
        subject: id of the season or survey that is meant, or "".
    """

    kind: DueKind
    on: date
    late: date
    subject: str = ""


def last_day(community: Community) -> date | None:
    """Return the last day of the life, included.

    It is the end date, or the day of the celebration when that comes first and the closing has its outcome:
    a positive end may come early.
    """
    charter = community.charter
    end = charter.end_date
    closing = charter.closing
    if closing is not None and closing.outcome is not None and closing.celebration is not None:
        celebrated = closing.celebration.date
        if celebrated is not None and (end is None or celebrated < end):
            return celebrated
    return end


def told(closing: Closing) -> bool:
    """Tell whether a closing has its outcome and its review; the story of a community that joins another goes on there."""
    return closing.outcome is not None and (closing.review is not None or closing.outcome == "merged")


def kicked_off(community: Community, as_of: date) -> bool:
    """Tell whether a kickoff was held by ``as_of`` and validated formula, objectives and expectations."""
    kickoff = community.charter.kickoff
    return (
        kickoff is not None
        and (kickoff.date <= as_of if kickoff.date is not None else "date" in kickoff.unknown)
        and set(kickoff.validated) >= VALIDATED
    )


def stage(community: Community, as_of: date) -> Stage:
    """Return the stage on a day; the first line that fits decides."""
    charter = community.charter
    closing = charter.closing
    freeze = community.freeze
    if freeze is not None and (freeze.date is None or freeze.date <= as_of):
        return "archived"
    announced = closing is not None and closing.announced <= as_of
    if closing is not None and closing.outcome == "dropped" and announced:
        return "dropped"
    end = last_day(community)
    if closing is not None and closing.outcome is not None and end is not None and end < as_of:
        # Whatever its kickoff validated, or nobody wrote down: a group of long ago ended all the same.
        return "ended"
    if not kicked_off(community, as_of):
        kickoff = charter.kickoff
        dated = kickoff is not None and (kickoff.date is not None or "date" in kickoff.unknown)
        return "kickoff" if dated else "idea"
    if end is not None and end < as_of:
        return "ended"
    if announced:
        return "closing"
    if charter.start_date is not None and as_of < charter.start_date:
        return "kickoff"
    if charter.pause is not None and charter.pause.since <= as_of:
        return "paused"
    return "active"


def season(community: Community, as_of: date) -> Season | None:
    """Return the season that contains a day."""
    for candidate in community.charter.seasons:
        over = "end_date" in candidate.unknown or (candidate.end_date is not None and candidate.end_date < as_of)
        if candidate.start_date <= as_of and not over:
            return candidate
    return None


def expected_meeting(community: Community, as_of: date) -> date | None:
    """Return when the next meeting would be by the rhythm, from a day on, as long as no page gives its date.

    None when two meetings were missed (rule CDP113): nobody is told to come where people no longer meet.
    """
    charter = community.charter
    now, end = stage(community, as_of), last_day(community)
    if now not in ("kickoff", "active", "closing") or not kicked_off(community, as_of):
        return None
    held = _last_met(community, as_of)
    ahead = any(page.readable and page.record.date >= as_of for page in community.meetings)
    if ahead or held is None or charter.formula is None or charter.formula.rhythm is None:
        return None
    if rhythms.missed(charter.formula.rhythm, held, as_of) > 1:
        return None
    day = rhythms.following(charter.formula.rhythm, held, max(as_of, charter.start_date or as_of))
    pause = charter.pause
    if day is not None and pause is not None and pause.since <= day < pause.resume_by:
        day = rhythms.following(charter.formula.rhythm, held, pause.resume_by)
    return day if day is not None and (end is None or day <= end) else None


def progress(start: date | None, end: date | None, as_of: date) -> float:
    """Return the part of ``start``..``end`` (both included) that is over at the start of ``as_of``, 0 to 1."""
    if start is None or end is None or end < start:
        return 0.0
    return min(1.0, max(0.0, (as_of - start).days / ((end - start).days + 1)))


def next_survey(community: Community) -> date | None:
    """Return when the next survey is due: so many months after the last one opened, or after the kickoff."""
    kickoff = community.charter.kickoff
    opened = [page.record.opens for page in community.surveys if page.states("opens")]
    if not opened and (kickoff is None or kickoff.date is None):
        return None
    previous = max(opened) if opened else kickoff.date if kickoff is not None else None
    assert previous is not None
    return add_months(previous, community.charter.survey_every_months)


def dues(community: Community, as_of: date) -> tuple[Due, ...]:
    """Return what the life asks for, past and future, that is not done at ``as_of``; soonest first."""
    return tuple(sorted(_dues(community, as_of), key=lambda due: (due.on, due.kind, due.subject)))


def _dues(community: Community, as_of: date) -> Iterator[Due]:
    now = stage(community, as_of)
    charter = community.charter
    if now in ("archived", "dropped"):
        return
    if now == "kickoff" and not kicked_off(community, as_of):
        if charter.kickoff is not None and charter.kickoff.date is not None:
            yield Due("kickoff", charter.kickoff.date, charter.kickoff.date + KICKOFF_LATE)
        return
    if now == "idea":
        return
    if now in LIVING and not charter.facilitators and not community.wrong("facilitators"):
        since = _last_met(community, as_of) or charter.start_date or as_of
        yield Due("facilitator", since, since + VACANCY)
    yield from _season_dues(community)
    yield from _survey_dues(community, now, as_of)
    end = last_day(community)
    closing = charter.closing
    if end is not None and now != "ended" and closing is None:
        yield Due("closing", end - CLOSING_NOTICE, add_working_days(end, END_GRACE))
    if end is not None and (closing is None or not told(closing)):
        yield Due("verdict", end, add_working_days(end, END_GRACE))
    if end is not None:
        yield Due("archive", end + timedelta(days=1), end + ARCHIVE_LATE)
    if charter.pause is not None and now in LIVING and charter.pause.resume_by >= charter.pause.since:
        yield Due("resume", charter.pause.resume_by, charter.pause.resume_by + RESUME_LATE)


def _last_met(community: Community, as_of: date) -> date | None:
    kickoff = community.charter.kickoff
    days = [page.record.date for page in community.meetings if page.states("date")]
    if kickoff is not None and kickoff.date is not None:
        days.append(kickoff.date)
    return max((day for day in days if day <= as_of), default=None)


def _season_dues(community: Community) -> Iterator[Due]:
    for item in community.charter.seasons:
        reviewed = item.review in community.files or "review" in item.unknown
        if item.end_date is not None and not reviewed:
            yield Due("season_review", item.end_date + timedelta(days=1), item.end_date + REVIEW_LATE, item.id)


def _survey_dues(community: Community, now: Stage, as_of: date) -> Iterator[Due]:
    for page in community.surveys:
        if page.readable and page.record.answers is None:
            closes = page.record.closes
            if page.record.opens <= as_of <= closes:
                yield Due("survey_close", closes, closes, page.stem)
            yield Due("survey_results", closes + timedelta(days=1), closes + RESULTS_LATE, page.stem)
    due = next_survey(community)
    end = last_day(community)
    if due is not None and now in LIVING and now != "paused" and (end is None or due <= end):
        yield Due("survey", due, due + SURVEY_LATE)


def health(community: Community, as_of: date) -> Health:
    """Return ``overdue`` when something passed its grace, ``attention`` when something is due, else ``on_track``."""
    pending = dues(community, as_of)
    if any(due.late < as_of for due in pending):
        return "overdue"
    if any(due.on <= as_of for due in pending):
        return "attention"
    return "on_track"
