"""What the pictures of shared pages show: a celebration's numbers and seasons, else the name of the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cdp.model import life
from cdp.settings import Settings
from cdp.site import words
from cdp.site.celebrations import Celebration, celebrations
from cdp.site.portrait import Portrait
from cdp.site.staging import Picture
from cdp.text import translate


def pictures(views: Iterable[Portrait], settings: Settings, lang: str) -> Mapping[str, Picture]:
    """Return a picture of the site in each language and of each whole life that is celebrated, by path.

    There is none without the site's address.

    Networks want the whole address of a picture: where it is not known, there is nothing to give them.
    """
    if not settings.site_url:
        return {}
    found: dict[str, Picture] = {}
    for tongue in settings.spoken:
        said = settings.said_in(tongue)
        found[of_site(settings, tongue)] = Picture("", said.site_name, said.description, (), _YEAR)
    for view in views:
        for party in celebrations(view.community, view.as_of):
            if party.season is None:
                found[path(view)] = _picture(view, party, settings, settings.tongue(view.community.charter.language))
    return found


_YEAR = tuple((time, part / 4, (part + 1) / 4) for part, time in enumerate(("winter", "spring", "summer", "autumn")))


def of_site(settings: Settings, lang: str) -> str:
    """Return where the picture of the site is published, in a language."""
    return f"{settings.prefix(lang)}images/site.png"


def path(view: Portrait) -> str:
    """Return where the picture of a life is published."""
    return f"{view.community.folder}/celebrations/image.png"


def _picture(view: Portrait, party: Celebration, settings: Settings, lang: str) -> Picture:
    charter = view.community.charter
    start, end = charter.start_date, life.last_day(view.community) or party.day
    days = f"{words.day(start, lang)} – {words.day(end, lang)}" if start else words.day(end, lang)
    numbers = [translate(text, lang).partition(" ") for text in party.numbers]
    seasons = []
    for season in charter.seasons:
        last = season.end_date or end
        if start is not None and end > start:
            whole = (end - start).days + 1
            part = ((season.start_date - start).days / whole, ((last - start).days + 1) / whole)
            seasons.append((view.time_of_year(season)[0], *part))
    outcome = charter.closing.outcome if charter.closing else None
    line = f"{days} · {translate(words.OUTCOMES[outcome], lang)}" if outcome else days
    shown = tuple((number, rest) for number, _, rest in numbers[:4])
    return Picture(settings.said_in(lang).site_name, view.community.title, line, shown, tuple(seasons))
