"""Pages worth sharing at the end of a season and of a life: what was reached, by whom who agreed, in numbers, thanks.

A life has its page once it is celebrated, or once it is over and its closing says how.

Source: the practice, "Permet d'offrir un sentiment d'accomplissement" and "Permet d'avoir une fin positive".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cdp.archive import visible
from cdp.model import life
from cdp.model.charter import Expectation, Objective, Season
from cdp.model.community import Community, Page
from cdp.model.minutes import untouched
from cdp.model.pages import Meeting
from cdp.prose import without_code
from cdp.sanitize import TooLong
from cdp.site import words
from cdp.text import N, T, Text, typeset

_PICTURES = ("jpg", "jpeg", "png", "webp", "avif")


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of a life: its day, what happened, source path from the community's folder of the page that tells it or ""."""

    on: date
    what: Text
    path: str = ""
    season: Season | None = None


@dataclass(frozen=True)
class Celebration:
    """What a celebration page shows.

    Attributes:
        path: source path, from the community's folder.
        title: what is celebrated, to say.
        season: which season, None for the whole life.
        day: when people celebrated; the last day when they did not.
        celebrated: whether they did.
        met: objectives reached, with their evidence.
        partly: objectives reached in part.
        fulfilled: expectations met; for a whole life.
        numbers: what was done, to say; what is zero is left out.
        story: the meeting that celebrated, or another page that tells it, by its path, or "".
        photo: path of a picture beside the minutes whose name begins with the day, or "".
        shown: what the picture shows, as the page that tells the celebration says it, or "".
        told: the beginning of the story, in plain words.
        events: moments of the whole life, in order.
    """

    path: str
    title: Text
    season: Season | None
    day: date
    celebrated: bool
    met: tuple[Objective, ...]
    partly: tuple[Objective, ...]
    fulfilled: tuple[Expectation, ...]
    numbers: tuple[Text, ...]
    story: str
    photo: str
    shown: str = ""
    told: str = ""
    events: tuple[Event, ...] = ()


def celebrations(community: Community, as_of: date) -> tuple[Celebration, ...]:
    """Return what a community has celebrated by a day, in order: seasons, then its life."""
    return tuple(_celebrations(community, as_of))


def _celebrations(community: Community, as_of: date) -> Iterator[Celebration]:
    charter = community.charter
    for season in charter.seasons:
        day = season.celebrated
        if day is not None and day <= as_of:
            title = T("La saison « {title} » est célébrée", title=words.season(season, community.charter.language))
            yield _of(community, f"celebrations/{season.id}.md", title, season, day, "")
    closing = charter.closing
    if closing is None or closing.outcome == "dropped":
        return
    told = closing.celebration.note or "" if closing.celebration is not None else ""
    day = closing.celebration.date if closing.celebration is not None else None
    end = life.last_day(community)
    over = day <= as_of if day is not None else end is not None and end < as_of and closing.outcome is not None
    on = day or end
    if over and on is not None:
        title = T("« {title} », une vie accomplie", title=community.title)
        yield _of(community, "celebrations/index.md", title, None, on, told, celebrated=day is not None)


def _of(
    community: Community,
    path: str,
    title: Text,
    season: Season | None,
    day: date,
    story: str,
    *,
    celebrated: bool = True,
) -> Celebration:
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
        celebrated,
        tuple(o for o in own if o.outcome == "met"),
        tuple(o for o in own if o.outcome == "partly"),
        tuple(e for e in community.charter.expectations if e.status == "met") if season is None else (),
        tuple(_numbers(community, season, day, own)),
        story if story in community.files else told,
        min(pictures, default=""),
        _shown(community, story if story in community.files else told, min(pictures, default="")),
        _beginning(community, story if story in community.files else told),
        tuple(sorted(_events(community, day, celebrated=celebrated), key=lambda event: event.on))
        if season is None
        else (),
    )


def _shown(community: Community, path: str, picture: str) -> str:
    """Return the words that a page gives to a picture beside it (``![words](picture.png)``), or ""."""
    page = community.files.get(path)
    if page is None or not page.readable or not picture:
        return ""
    name = re.escape(picture.rpartition("/")[2])
    found = re.search(rf"!\[([^\[\]]+)\]\([^()\s]*\b{name}[^()]*\)", without_code(page.document.body))
    return " ".join(found[1].split()) if found else ""


def _beginning(community: Community, path: str) -> str:
    """Return the first paragraph of a page in plain words; "" when it begins otherwise."""
    page = community.files.get(path)
    if page is None or not page.readable or getattr(page.record, "draft", False):
        return ""
    for part in visible.body(page).split("\n\n"):
        block = part.strip()
        if block and (block[0].isalnum() or block[0] in '«“"*_[‘('):
            try:
                said = visible.text(block, community.charter.language)
            except (TooLong, RecursionError):
                return ""
            # What is visible has plain spaces alone: a colon would begin a line.
            return typeset(said) if community.charter.language == "fr" else said
    return ""


def _events(community: Community, day: date, *, celebrated: bool) -> Iterator[Event]:
    """Yield what marked a life, from its kickoff to its last day and its freeze."""
    charter = community.charter
    if charter.kickoff is not None and charter.kickoff.date is not None:
        minutes = charter.kickoff.minutes if charter.kickoff.minutes in community.files else None
        yield Event(charter.kickoff.date, T("Rencontre de démarrage"), minutes or "")
    elif charter.start_date is not None:
        yield Event(charter.start_date, T("Premier jour"))
    for season in charter.seasons:
        place = f"seasons/{season.id}.md"
        yield Event(
            season.start_date,
            T("Début de « {title} »", title=words.season(season, community.charter.language)),
            place,
            season,
        )
        if season.celebrated is not None and season.celebrated < day:
            party = T("« {title} » est célébrée", title=words.season(season, community.charter.language))
            yield Event(season.celebrated, party, f"celebrations/{season.id}.md", season)
    for page in community.surveys:
        if page.readable and page.record.opens <= day:
            count = page.record.answers
            what = N("Sondage, {n} réponse", "Sondage, {n} réponses", count) if count is not None else T("Sondage")
            yield Event(page.record.opens, what, page.path)
    for extension in charter.extensions:
        minutes = extension.minutes if extension.minutes in community.files else None
        yield Event(extension.decided, T("La fin est déplacée : {reason}", reason=extension.reason), minutes or "")
    if charter.closing is not None and charter.closing.announced <= day:
        yield Event(charter.closing.announced, T("La fin est annoncée"))
    yield Event(day, T("Célébration de la fin") if celebrated else T("Dernier jour"))
    if community.freeze is not None and community.freeze.date is not None and community.freeze.date >= day:
        yield Event(community.freeze.date, T("Archivée"))


def _numbers(community: Community, season: Season | None, day: date, own: list[Objective]) -> Iterator[Text]:
    start = season.start_date if season is not None else date.min
    end = max(season.end_date or day, day) if season is not None else max(life.last_day(community) or day, day)
    held: list[Page[Meeting]] = [
        p for p in community.meetings if p.readable and start <= p.record.date <= end and not untouched(p)
    ]
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
