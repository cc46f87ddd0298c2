"""How answers move from survey to survey: shares, changes, turnover; computed from published counts, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdp.model.community import Community, Page
from cdp.model.pages import Result, Survey
from cdp.survey.questions import STATE


@dataclass(frozen=True, slots=True)
class Moment:
    """What one survey says of a subject.

    Attributes:
        page: the survey.
        counts: answers by choice, without those that are hidden; empty when the group was too small.
        hidden: how many answers are behind the choices that are not in ``counts``.
    """

    page: Page[Survey]
    counts: dict[str, int]
    hidden: int = 0

    @property
    def total(self) -> int:
        """How many answered."""
        return sum(self.counts.values()) + self.hidden

    @property
    def met(self) -> float | None:
        """Part of those who still hope for it who say that it is met, or None when nothing can be said."""
        if "met" not in self.counts or "gone" not in self.counts:
            return None
        concerned = self.total - self.counts["gone"]
        return self.counts["met"] / concerned if concerned else None


@dataclass(frozen=True, slots=True)
class Trend:
    """An expectation or an objective through the surveys.

    Attributes:
        id, text: of the subject.
        moments: the surveys that asked about it, oldest first.
    """

    id: str
    text: str
    moments: tuple[Moment, ...]

    @property
    def change(self) -> int | None:
        """Points of hundred between the last two surveys that say something, or None."""
        shares = [moment.met for moment in self.moments if moment.met is not None]
        return round(100 * shares[-1]) - round(100 * shares[-2]) if len(shares) > 1 else None


def dated(community: Community) -> list[Page[Survey]]:
    """Return the readable surveys, oldest first."""
    return sorted(
        (page for page in community.surveys if page.readable), key=lambda page: (page.record.opens, page.path)
    )


def trends(community: Community, until: Page[Survey] | None = None) -> tuple[list[Trend], list[Trend]]:
    """Return how expectations and objectives moved.

    Args:
        community: whose.
        until: leave out what came after this survey, and what it did not ask.
    """
    pages = dated(community)
    if until is not None:
        pages = [page for page in pages if page.record.opens <= until.record.opens]
    found = []
    for subjects in (community.charter.expectations, community.charter.objectives):
        part = []
        for subject in subjects:
            moments = [
                Moment(page, states(result), behind(result))
                for page in pages
                for result in page.record.results
                if result.question == subject.id
            ]
            if moments and (until is None or moments[-1].page.path == until.path):
                part.append(Trend(subject.id, subject.text, tuple(moments)))
        found.append(part)
    return found[0], found[1]


def states(result: Result) -> dict[str, int]:
    """Return the counts of a result in the order of the choices, but for hidden ones; none when the group was too small."""
    if result.suppressed or not result.counts:
        return {}
    return {code: result.counts.get(code, 0) for code in STATE if code not in result.hidden}


def behind(result: Result) -> int:
    """Return how many answers the hidden choices of a question hold together."""
    if not result.hidden or result.answered is None:
        return 0
    return max(0, result.answered - sum(result.counts.values()))


def turnover(survey: Survey) -> float | None:
    """Return the part of people who came since the survey before (question ``since``), or None when nobody said."""
    for result in survey.results:
        total = sum(result.counts.values()) + behind(result)
        if result.question == "since" and not result.suppressed and total and "new" not in result.hidden:
            return result.counts.get("new", 0) / total
    return None


def rate(survey: Survey) -> float | None:
    """Return the part of people invited who answered, or None when one of the two is not known."""
    if survey.answers is None or not survey.invited:
        return None
    return survey.answers / survey.invited


def spread(trends: Sequence[Trend]) -> tuple[float, float]:
    """Return the largest parts on the side of « no » and of « yes », so that the charts of a page share one scale."""
    left, right = 0.25, 0.25
    for moment in (moment for trend in trends for moment in trend.moments if moment.total):
        no = sum(moment.counts.get(code, 0) for code in ("not", "gone")) + moment.hidden / 2
        left, right = max(left, no / moment.total), max(right, 1 - no / moment.total)
    return left, right
