"""The life as a line: its seasons and its days, with the dates that people chose and no other. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from cdp.dates import add_months
from cdp.model.charter import Season
from cdp.model.community import Community
from cdp.site import words
from cdp.text import T, Text, translate


@dataclass(frozen=True, slots=True)
class Segment:
    """A season on the timeline: its words, its part of the whole (0 to 1), its time of the year."""

    title: str
    dates: str
    start: float
    end: float
    time: str

    @property
    def tight(self) -> bool:
        """Whether its words need more room than it has."""
        return len(self.title) + 8 > 90 * (self.end - self.start) or max(
            map(len, self.title.split()), default=0
        ) > 60 * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on the timeline; on a second row where the first has no room."""

    title: str
    at: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """The whole: when, its seasons, its days."""

    when: str
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]


_NAMES = (T("Première saison"), T("Deuxième saison"), T("Troisième saison"), T("Quatrième saison"))
_TIMES = ("winter", "spring", "autumn", "summer")


def line(community: Community) -> Line:
    """Return the line of a life; where no dates were chosen, its steps follow one another at equal distance."""
    charter = community.charter
    lang = charter.language

    def say(text: Text) -> str:
        return translate(text, lang)

    start, end = _bounds(community)
    if start is None or end is None:
        steps: tuple[Season | None, ...] = charter.seasons or (None,) * 3
        return Line(_when(community), _steps(steps, say, lang), _steps_marks(len(steps), say))
    first, whole = start, max((end - start).days, 1)

    def at(day: date) -> float:
        return min(1.0, max(0.0, (day - first).days / whole))

    if charter.seasons:
        segments = tuple(
            Segment(
                say(words.season(season)),
                _dates(season, lang),
                at(season.start_date),
                at(season.end_date or end),
                words.time_of_year(season)[0],
            )
            for season in charter.seasons
        )
    else:
        segments = _steps((None,) * min(max(round(whole / 122), 1), len(_NAMES)), say, lang)
    kickoff = charter.kickoff.date if charter.kickoff is not None else None
    held = [page.record.opens for page in community.surveys if page.readable]
    asked = held or _asked(kickoff or start, end, charter.survey_every_months)
    marks = [Mark(say(T("Démarrage")), at(kickoff or start))]
    marks += [Mark(say(T("Sondage")), at(day)) for day in asked]
    marks.append(Mark(say(T("Célébration et héritage")), 1.0))
    return Line(_when(community), segments, _rows(marks))


def _bounds(community: Community) -> tuple[date | None, date | None]:
    """Return the first and the last day that the charter gives, in its own fields or in its seasons."""
    charter = community.charter
    starts = [season.start_date for season in charter.seasons]
    ends = [season.end_date for season in charter.seasons if season.end_date is not None]
    return charter.start_date or min(starts, default=None), charter.end_date or max(ends, default=None)


def _when(community: Community) -> str:
    charter = community.charter
    lang = charter.language
    start = words.day(charter.start_date, lang) if charter.start_date else ""
    end = words.day(charter.end_date, lang) if charter.end_date else ""
    if start and end:
        text = T("Du {start} au {end}", start=start, end=end)
    elif start:
        text = T("À partir du {start}; la date de fin est à fixer ensemble", start=start)
    elif end:
        text = T("Jusqu'au {end}; le premier jour est à fixer ensemble", end=end)
    else:
        text = T("Les dates sont à fixer ensemble. Un exemple : trois saisons, un sondage entre deux.")
    return translate(text, lang)


def _dates(season: Season, lang: str) -> str:
    end = words.day(season.end_date, lang, "short") if season.end_date is not None else "…"
    return f"{words.day(season.start_date, lang, 'short')} – {end}"


def _asked(start: date, end: date, months: int) -> list[date]:
    """Return when surveys will be due from a kickoff to the end."""
    days = (add_months(start, months * number) for number in range(1, 13))
    return [day for day in days if day < end]


def _steps(seasons: tuple[Season | None, ...], say: Callable[[Text], str], lang: str) -> tuple[Segment, ...]:
    count = len(seasons)
    return tuple(
        Segment(
            say(words.season(season)) if season else say(_NAMES[number]),
            _dates(season, lang) if season else "",
            number / count,
            (number + 1) / count,
            words.time_of_year(season)[0] if season else _TIMES[number],
        )
        for number, season in enumerate(seasons)
    )


def _steps_marks(count: int, say: Callable[[Text], str]) -> tuple[Mark, ...]:
    return _rows(
        [
            Mark(say(T("Démarrage")), 0.0),
            *(Mark(say(T("Sondage")), number / count) for number in range(1, count)),
            Mark(say(T("Célébration et héritage")), 1.0),
        ]
    )


_LETTER = 0.012
"""Part of the line that a letter of a mark takes."""


def _rows(marks: list[Mark]) -> tuple[Mark, ...]:
    """Return the marks, on a second row where their words would touch others; the two ends keep the first row."""
    placed: dict[int, Mark] = {}
    for number, mark in sorted(enumerate(marks), key=lambda each: (each[1].at not in (0.0, 1.0), each[1].at)):
        touches = any(
            other.row == 0 and _left(mark) < _right(other) + _LETTER and _left(other) < _right(mark) + _LETTER
            for other in placed.values()
        )
        placed[number] = replace(mark, row=int(touches))
    return tuple(placed[number] for number in range(len(marks)))


def _left(mark: Mark) -> float:
    wide = len(mark.title) * _LETTER
    return 0.0 if mark.at == 0 else 1 - wide if mark.at == 1 else mark.at - wide / 2


def _right(mark: Mark) -> float:
    return _left(mark) + len(mark.title) * _LETTER
