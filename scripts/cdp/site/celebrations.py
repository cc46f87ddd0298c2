"""Pages worth sharing at the end of a season and of a life: what was reached, by whom who agreed, in numbers, thanks.

Source: the practice, "Permet d'offrir un sentiment d'accomplissement" and "Permet d'avoir une fin positive".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cdp.model import life
from cdp.model.charter import Expectation, Objective, Season
from cdp.model.community import Community, Page
from cdp.model.pages import Meeting
from cdp.text import N, T, Text

_PICTURES = ("jpg", "jpeg", "png", "webp", "avif")


@dataclass(frozen=True)
class Celebration:
    """What a celebration page shows.

    Attributes:
        path: source path, from the community's folder.
        title: what is celebrated, to say.
        season: which season, None for the whole life.
        day: when people celebrated.
        met: objectives reached, with their evidence.
        partly: objectives reached in part.
        fulfilled: expectations met; for a whole life.
        numbers: what was done, to say; what is zero is left out.
        story: the meeting that celebrated, or another page that tells it, by its path, or "".
        photo: path of a picture beside the minutes whose name begins with the day, or "".
    """

    path: str
    title: Text
    season: Season | None
    day: date
    met: tuple[Objective, ...]
    partly: tuple[Objective, ...]
    fulfilled: tuple[Expectation, ...]
    numbers: tuple[Text, ...]
    story: str
    photo: str


def celebrations(community: Community, as_of: date) -> tuple[Celebration, ...]:
    """Return what a community has celebrated by a day, in order: seasons, then its life."""
    return tuple(_celebrations(community, as_of))


def _celebrations(community: Community, as_of: date) -> Iterator[Celebration]:
    charter = community.charter
    for season in charter.seasons:
        day = season.celebrated
        if day is not None and day <= as_of:
            title = T("La saison « {title} » est célébrée", title=season.title or season.id)
            yield _of(community, f"celebrations/{season.id}.md", title, season, day, "")
    closing = charter.closing
    if closing is not None and closing.celebration is not None and closing.celebration.date is not None:
        day = closing.celebration.date
        if day <= as_of:
            title = T("« {title} », une vie accomplie", title=community.title)
            yield _of(community, "celebrations/index.md", title, None, day, closing.celebration.note or "")


def _of(community: Community, path: str, title: Text, season: Season | None, day: date, story: str) -> Celebration:
    own = [o for o in community.charter.objectives if season is None or o.season == season.id]
    told = next((page.path for page in community.meetings if page.readable and page.record.date == day), "")
    pictures = [
        name
        for name in community.attachments
        if name.startswith(f"meetings/{day.isoformat()}") and name.rpartition(".")[2].lower() in _PICTURES
    ]
    return Celebration(
        path,
        title,
        season,
        day,
        tuple(o for o in own if o.outcome == "met"),
        tuple(o for o in own if o.outcome == "partly"),
        tuple(e for e in community.charter.expectations if e.status == "met") if season is None else (),
        tuple(_numbers(community, season, day, own)),
        story if story in community.files else told,
        min(pictures, default=""),
    )


def _numbers(community: Community, season: Season | None, day: date, own: list[Objective]) -> Iterator[Text]:
    start = season.start_date if season is not None else date.min
    end = max(season.end_date or day, day) if season is not None else max(life.last_day(community) or day, day)
    held: list[Page[Meeting]] = [p for p in community.meetings if p.readable and start <= p.record.date <= end]
    notes = [
        page
        for page in community.notes
        if page.readable
        and not page.record.draft
        and (season is None or (page.record.date is not None and start <= page.record.date <= end))
    ]
    seasons = len(community.charter.seasons) if season is None else 0
    answers = sum(page.record.answers or 0 for page in community.surveys if start <= page.record.opens <= end)
    texts = (
        N("{n} objectif atteint", "{n} objectifs atteints", sum(o.outcome == "met" for o in own)),
        N("{n} saison", "{n} saisons", seasons),
        N("{n} rencontre", "{n} rencontres", len(held)),
        N("{n} présence", "{n} présences", sum(page.record.attendance or 0 for page in held)),
        N("{n} note écrite", "{n} notes écrites", len(notes)),
        N("{n} réponse aux sondages", "{n} réponses aux sondages", answers),
    )
    yield from (text for text in texts if dict(text.args)["n"])
