"""Seasons: propose dates, open, close; the review is in ``season_reviews``. Pure: each step returns what would change.

Source: the practice, "Permet une approche cyclique": each season has its own objectives; and step 3: why people
meet is looked at again, regularly. Everything here can also be done by editing the charter by hand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from cdp.dates import add_months
from cdp.facilitation.charters import changed, next_ids
from cdp.frontmatter import Data, Edit
from cdp.model import life
from cdp.model.charter import Objective, Season
from cdp.model.community import Community
from cdp.plan import Plan
from cdp.rules.objectives import MOST_OBJECTIVES
from cdp.site import words
from cdp.text import T, Text, translate

Every = Literal["3", "4", "seasons"]
_SHORTEST = timedelta(days=28)
_TIMES = {
    "fr": {"winter": "hiver", "spring": "printemps", "summer": "ete", "autumn": "automne"},
    "en": {"winter": "winter", "spring": "spring", "summer": "summer", "autumn": "autumn"},
}


class Refused(Exception):  # noqa: N818 - said as a state, as the messages say it
    """What was asked cannot be done yet."""

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


@dataclass(frozen=True)
class Opening:
    """What a new season starts with.

    Attributes:
        title: its title, or "".
        start, end: its dates, when they are not those of the plan.
        objectives: new ones, (text, measure).
        carried: ids of unmet objectives that go on.
    """

    title: str = ""
    start: date | None = None
    end: date | None = None
    objectives: Sequence[tuple[str, str]] = field(default_factory=tuple)
    carried: Collection[str] = ()


def propose(community: Community, as_of: date, every: Every, count: int = 0) -> list[Season]:
    """Return the seasons to come, one after the other, up to the end of the life.

    They begin after the last season of the charter, else at the start of the life. A rest of less than four weeks
    joins the last season: nobody reaches an objective in that time. All are named after times of the year, or all
    after their months: « Hiver 2027 » between two names of months would look like another thing.

    Args:
        community: whose life it is.
        as_of: today, for a community without dates.
        every: months in a season, or "seasons" for the four of the year (from 1 December, March, June, September).
        count: most seasons; 0 for all that the life holds (or four when it has no end date).
    """
    charter = community.charter
    ends = [season.end_date for season in charter.seasons if season.end_date is not None]
    start = max(ends) + timedelta(days=1) if ends else charter.start_date or as_of
    last = charter.end_date
    if last is None and not count:
        count = 4
    taken = [season.id for season in charter.seasons]
    spans: list[tuple[date, date]] = []
    while (last is None or start <= last) and (not count or len(spans) < count) and len(spans) < 24:
        end = _end(start, every)
        if last is not None and (end > last or last - end < _SHORTEST):
            end = last
        spans.append((start, end))
        start = end + timedelta(days=1)
    before = any(re.fullmatch(r"20\d\d-\d\d(?:-\d+)?", id) for id in taken)
    by_month = before or not all(_time_of_year(*span) for span in spans)
    found: list[Season] = []
    for first, end in spans:
        name, title = _named(first, end, charter.language, taken, by_month=by_month)
        taken.append(name)
        found.append(Season(id=name, title=title, start_date=first, end_date=end))
    return found


def _end(start: date, every: Every) -> date:
    if every != "seasons":
        return add_months(start, int(every)) - timedelta(days=1)
    month = next(month for month in (3, 6, 9, 12, 15) if month > start.month)
    end = date(start.year + month // 13, (month - 1) % 12 + 1, 1) - timedelta(days=1)
    return end if end - start >= _SHORTEST else _end(end + timedelta(days=1), every)


_NAMES: tuple[tuple[str, int, int], ...] = (
    # The four seasons of the year, then the terms of schools and universities: January, May, September.
    ("winter", 12, 3),
    ("spring", 3, 3),
    ("summer", 6, 3),
    ("autumn", 9, 3),
    ("winter", 1, 4),
    ("summer", 5, 4),
    ("autumn", 9, 4),
)
"""Times of the year: first month and how many months."""


_EARLY = timedelta(days=21)
"""How long before a time of the year a season with its name may begin."""


def _time_of_year(start: date, end: date) -> tuple[str, int] | None:
    """Return the time of the year that holds two thirds of a season, and its year, or None."""
    days = (end - start).days + 1
    found: list[tuple[int, int, str, int]] = []
    for place, (time, month, count) in enumerate(_NAMES):
        for year in range(start.year - 1, end.year + 1):
            first = date(year, month, 1)
            last = add_months(first, count) - timedelta(days=1)
            held = (min(end, last) - max(start, first)).days + 1
            # Nobody calls autumn what begins in July, though most of it is autumn.
            if start >= first - _EARLY:
                found.append((held, -place, time, last.year))
    held, _, time, year = max(found)
    return (time, year) if 3 * held >= 2 * days else None


def _named(start: date, end: date, lang: str, taken: Collection[str], *, by_month: bool = False) -> tuple[str, str]:
    """Return the id and the title of a season: its time of the year, else its months."""
    told = _time_of_year(start, end) if not by_month else None
    if told is not None:
        time, year = told
        base, title = f"{year}-{_TIMES[lang][time]}", f"{translate(words.TIMES_OF_YEAR[time], lang)} {year}"
    else:
        base, title = f"{start:%Y-%m}", _months(start, end, lang)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name, title


def _months(start: date, end: date, lang: str) -> str:
    first = words.day(start, lang, "month-name" if start.year == end.year else "whole-month")
    last = words.day(end, lang, "whole-month")
    same = (start.year, start.month) == (end.year, end.month)
    said = last if same else translate(T("{start} à {end}", start=first, end=last), lang)
    return said[0].upper() + said[1:]


def plan(community: Community, raw: bytes, as_of: date, every: Every, count: int = 0, lang: str = "fr") -> Plan:
    """Return the plan that writes the proposed seasons in the charter; ``lang`` is that of the screen, for its dates."""
    found = propose(community, as_of, every, count)
    if not found:
        raise Refused(
            T("les saisons de la charte vont déjà jusqu'à la fin"),
            T("Pour en ajouter, décidez d'abord d'une prolongation (« extensions » et « end_date »)."),
        )
    notes = [
        T(
            "{title} ({id}) : du {start} au {end}.",
            title=season.title or season.id,
            id=season.id,
            start=words.day(season.start_date, lang),
            end=words.day(season.end_date or season.start_date, lang),
        )
        for season in found
    ]
    edits = [Edit(("seasons",), _season(season), "append") for season in found]
    return with_charter(community, raw, edits, tuple(notes))


def _season(season: Season) -> Data:
    data: dict[str, Data] = {"id": season.id}
    if season.title:
        data["title"] = season.title
    data["start_date"] = season.start_date.isoformat()
    if season.end_date is not None:
        data["end_date"] = season.end_date.isoformat()
    return data


def with_charter(community: Community, raw: bytes, edits: Sequence[Edit], notes: tuple[Text, ...] = ()) -> Plan:
    """Return the plan that changes a charter in place."""
    path = f"{community.folder}/index.md"
    return Plan({path: changed(raw, edits)}, {path: raw}, notes)


def following(community: Community, as_of: date) -> Season | None:
    """Return the season to open: the first one not over that has no objective yet, else the next one, or None."""
    seasons = sorted(community.charter.seasons, key=lambda season: season.start_date)
    known = {objective.season for objective in community.charter.objectives}
    left = [season for season in seasons if season.end_date is None or season.end_date >= as_of]
    bare = [season for season in left if season.id not in known]
    return next(iter(bare), next((season for season in left if season.start_date >= as_of), None))


def to_review(community: Community, as_of: date) -> Season | None:
    """Return the season to look back on: the oldest one without a review that is over, else the current one."""
    over = [
        season
        for season in community.charter.seasons
        if season.end_date is not None and season.end_date < as_of and season.review not in community.files
    ]
    return min(over, key=lambda season: season.start_date, default=life.season(community, as_of))


def named(community: Community, id: str) -> Season:
    """Return the season of that id."""
    for season in community.charter.seasons:
        if season.id == id:
            return season
    known = ", ".join(season.id for season in community.charter.seasons)
    raise Refused(
        T("aucune saison ne s'appelle « {id} »", id=id),
        T("Saisons connues : {known}.", known=known) if known else T("Tapez d'abord cdp season plan."),
    )


def objectives(community: Community, season: Season) -> list[Objective]:
    """Return the objectives of a season."""
    return [objective for objective in community.charter.objectives if objective.season == season.id]


def unmet(community: Community, before: date) -> list[Objective]:
    """Return the objectives of seasons begun before a day that are not met: they may be carried over."""
    begun = {season.id for season in community.charter.seasons if season.start_date < before}
    carried = {objective.text for objective in community.charter.objectives if objective.season not in begun}
    return [
        objective
        for objective in community.charter.objectives
        if objective.season in begun and objective.outcome in ("open", "partly") and objective.text not in carried
    ]


def open_season(community: Community, raw: bytes, as_of: date, id: str | None, opening: Opening) -> Plan:
    """Return the plan that begins a season: its dates, its objectives, those carried over.

    An objective that was never judged goes on under its id. One reached in part keeps its verdict where it is, and
    a new one with the same words begins.
    """
    charter = community.charter
    planned = {season.id: season for season in charter.seasons}
    season = planned.get(id) if id is not None else following(community, as_of)
    edits: list[Edit] = []
    notes: list[Text] = []
    if season is None:
        season = _proposed(community, as_of, id, opening)
        edits.append(Edit(("seasons",), _season(season), "append"))
    else:
        index = charter.seasons.index(season)
        for key, value in (("title", opening.title), ("start_date", opening.start), ("end_date", opening.end)):
            if value:
                edits.append(Edit(("seasons", index, key), str(value)))
    start, end = opening.start or season.start_date, opening.end or season.end_date
    _fits(community, season, start, end)
    own = [objective for objective in charter.objectives if objective.season == season.id]
    ids = [objective.id for objective in charter.objectives]
    for objective in charter.objectives:
        # What the kickoff wanted has no season until the first one opens.
        if objective.season is None and objective.outcome == "open":
            edits.append(Edit(("objectives", ids.index(objective.id), "season"), season.id))
            notes.append(T("{id} entre dans cette saison.", id=objective.id))
            own.append(objective)
    for objective in _carried(community, start, opening.carried):
        if objective.outcome == "open":
            edits.append(Edit(("objectives", ids.index(objective.id), "season"), season.id))
            notes.append(T("{id} continue dans cette saison.", id=objective.id))
        else:
            (new,) = next_ids(ids, "o", 1)
            ids.append(new)
            edits.append(Edit(("objectives",), _objective(new, objective.text, objective.measure, season.id), "append"))
            notes.append(T("{id} reste atteint en partie; {new} le reprend.", id=objective.id, new=new))
    for (text, measure), new in zip(opening.objectives, next_ids(ids, "o", len(opening.objectives)), strict=True):
        edits.append(Edit(("objectives",), _objective(new, text, measure, season.id), "append"))
    total = len(own) + len(opening.objectives) + len(opening.carried)
    if not total:
        notes.append(T("Cette saison n'a pas encore d'objectif : un suffit, avec la mesure qui dira s'il est atteint."))
    elif total > MOST_OBJECTIVES:
        raise Refused(
            T("la saison « {id} » aurait {n} objectifs", id=season.id, n=total),
            T("Gardez-en {n} au plus; les autres attendront une saison.", n=MOST_OBJECTIVES),
        )
    left = [objective.id for objective in unmet(community, start) if objective.id not in opening.carried]
    if left:
        notes.append(
            T(
                "Non atteints et non repris : {ids}. Pour les reprendre : --carry {first}",
                ids=", ".join(left),
                first=left[0],
            )
        )
    return with_charter(community, raw, edits, tuple(notes))


def _proposed(community: Community, as_of: date, id: str | None, opening: Opening) -> Season:
    found = propose(community, as_of, "4", 1)
    if not found and id is not None and community.charter.seasons and not (opening.start and opening.end):
        named(community, id)
    if not found and not (opening.start and opening.end):
        raise Refused(
            T("la vie de la communauté est finie d'ici là : il n'y a plus de place pour une saison"),
            T("Préparez la fermeture (cdp close), ou décidez d'abord d'une prolongation."),
        )
    season = found[0] if found else Season(id="x", start_date=opening.start or as_of, end_date=opening.end)
    start = opening.start or season.start_date
    end = opening.end or (season.end_date if opening.start is None else _until(community, start))
    name, title = _named(start, end or start, community.charter.language, [s.id for s in community.charter.seasons])
    return Season(id=id or name, title=opening.title or title, start_date=start, end_date=end)


def _until(community: Community, start: date) -> date:
    end = add_months(start, 4) - timedelta(days=1)
    last = community.charter.end_date
    return end if last is None else max(start, min(end, last))


def _fits(community: Community, season: Season, start: date, end: date | None) -> None:
    """Refuse dates that the rules 402 to 404 would refuse afterwards."""
    if end is None or end < start:
        raise Refused(
            T("la saison « {id} » finirait avant d'avoir commencé, ou n'a pas de fin", id=season.id),
            T("Donnez --start et --end, AAAA-MM-JJ."),
        )
    last = community.charter.end_date
    if last is not None and end > last:
        raise Refused(
            T("la saison « {id} » finirait le {end}, après la communauté ({last})", id=season.id, end=end, last=last),
            T("Donnez --end {last}, ou décidez d'abord d'une prolongation.", last=last),
        )
    for other in community.charter.seasons:
        if other.id != season.id and other.start_date <= end and (other.end_date is None or start <= other.end_date):
            raise Refused(
                T("la saison « {id} » chevaucherait « {other} »", id=season.id, other=other.id),
                T("Donnez d'autres dates, ou finissez d'abord l'autre : cdp season close."),
            )


def _carried(community: Community, start: date, ids: Collection[str]) -> list[Objective]:
    possible = {objective.id: objective for objective in unmet(community, start)}
    for id in ids:
        if id not in possible:
            raise Refused(
                T("l'objectif « {id} » ne peut pas être repris", id=id),
                T("Objectifs non atteints : {ids}.", ids=", ".join(possible) or "—"),
            )
    return [possible[id] for id in dict.fromkeys(ids)]


def _objective(id: str, text: str, measure: str | None, season: str) -> Data:
    data: dict[str, Data] = {"id": id, "text": text}
    if measure:
        data["measure"] = measure
    return {**data, "season": season, "outcome": "open"}


def close(
    community: Community, raw: bytes, as_of: date, season: Season, celebrated: date | None, early: bool = False
) -> Plan:
    """Return the plan that ends a season: the celebration's date, and the new last day of one that ends early.

    Args:
        community: whose season ends.
        raw: its charter as it is on the disk.
        as_of: today.
        season: which.
        celebrated: when people celebrated, or will; None when they do not.
        early: end the season today, before its date.
    """
    still = [objective.id for objective in objectives(community, season) if objective.outcome == "open"]
    if still:
        raise Refused(
            T("la saison « {id} » a des objectifs sans verdict : {ids}", id=season.id, ids=", ".join(still)),
            T("Jugez-les d'abord : cdp season review {slug} {id}", slug=community.slug, id=season.id),
        )
    if (season.review or "") not in community.files:
        raise Refused(
            T("la saison « {id} » n'a pas de bilan", id=season.id),
            T("Écrivez-le d'abord : cdp season review {slug} {id}", slug=community.slug, id=season.id),
        )
    if season.end_date is None or (season.end_date > as_of and not early):
        raise Refused(
            T("la saison « {id} » n'est pas finie", id=season.id),
            T("Pour la finir aujourd'hui, ajoutez --early."),
        )
    index = community.charter.seasons.index(season)
    edits = []
    if early and season.end_date > as_of:
        edits.append(Edit(("seasons", index, "end_date"), as_of.isoformat()))
    if celebrated is not None:
        edits.append(Edit(("seasons", index, "celebrated"), celebrated.isoformat()))
    note = _next_step(community, season, as_of if early else season.end_date)
    if not edits:
        return Plan({}, {}, (note,))
    return with_charter(community, raw, edits, (note,))


def _next_step(community: Community, season: Season, ended: date) -> Text:
    after = [other for other in community.charter.seasons if other.start_date > season.start_date]
    last = community.charter.end_date
    if after and after[0].start_date - ended > _SHORTEST:
        return T(
            "Ensuite : cdp season open {slug} {id} --start {day}, pour que la saison suivante commence sans attendre.",
            slug=community.slug,
            id=after[0].id,
            day=ended + timedelta(days=1),
        )
    if after:
        return T("Ensuite : cdp season open {slug} {id}", slug=community.slug, id=after[0].id)
    if last is None or (season.end_date is not None and last - season.end_date >= _SHORTEST):
        return T("Ensuite : cdp season open {slug}", slug=community.slug)
    return T("C'était la dernière saison. Ensuite, la fermeture : cdp close {slug}", slug=community.slug)
