"""Numbers worth showing, of a season or of a whole life."""

from __future__ import annotations

from datetime import date, timedelta

from cdp.model import life
from cdp.model.charter import Season
from cdp.model.community import Community
from cdp.model.minutes import untouched
from cdp.text import N, translate

_NEAR = timedelta(days=21)
"""How long before its last day a season is the one that people look back on."""


def season_of(community: Community, as_of: date) -> Season | None:
    """Return the season that people look back on: the current one once its end is near or its review is written.

    Before that, it is the last one that is over: the next one begins before everybody has seen the review.
    """
    now = life.season(community, as_of)
    over = [s for s in community.charter.seasons if s.end_date is not None and s.end_date < as_of]
    last = max(over, key=lambda season: season.start_date, default=None)
    if now is None or last is None:
        return now or last
    near = now.end_date is not None and now.end_date - as_of <= _NEAR
    return now if near or now.review in community.files else last


def counted(community: Community, season: Season | None, as_of: date) -> tuple[str, ...]:
    """Return what was done by a day, in sentences; of the whole life without a season. What is zero is not said."""
    first = season.start_date if season is not None else date.min
    last = min(season.end_date or as_of, as_of) if season is not None else as_of
    held = [
        page.record
        for page in community.meetings
        if page.readable and first <= page.record.date <= last and not untouched(page)
    ]
    notes = [
        page
        for page in community.notes
        if page.readable
        and not page.record.draft
        and (season is None or (page.record.date and first <= page.record.date <= last))
    ]
    present = sum(record.attendance or 0 for record in held)
    met = [o for o in community.charter.objectives if o.outcome == "met" and (season is None or o.season == season.id)]
    answers = sum(page.record.answers or 0 for page in community.surveys if first <= page.record.opens <= last)
    texts = (
        N("{n} rencontre", "{n} rencontres", len(held)),
        N("{n} présence", "{n} présences", present),
        N("{n} objectif atteint", "{n} objectifs atteints", len(met)),
        N("{n} note écrite", "{n} notes écrites", len(notes)),
        N("{n} réponse aux sondages", "{n} réponses aux sondages", answers),
    )
    return tuple(translate(text, community.charter.language) for text in texts if dict(text.args)["n"])
