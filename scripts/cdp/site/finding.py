"""Ways to find a community or a note: lists by region and network, the timeline, the calendar, notes worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from babel.dates import get_day_names, get_month_names

from cdp.model import life
from cdp.model.community import Page, Repository
from cdp.model.pages import Note
from cdp.settings import Settings
from cdp.site import calendar, timeline, words
from cdp.site.celebrations import celebrations
from cdp.site.communities import published, tag_slug, tag_slugs
from cdp.site.portrait import Listing, Portrait
from cdp.site.staging import CARDS, Staged, paged
from cdp.site.surveys import Echo, echoes
from cdp.site.templates import Render
from cdp.text import T, Text, Words, translate

RECENT = timedelta(days=366)
"""How long something that was reached stays on the home page."""
MOST_A_DAY = 12
"""Most entries of one day in the agenda; what is beyond has a page of its own."""
MOST_A_MONTH = 48
"""Most entries of a month in the agenda, as far as each day keeps one: days then show fewer."""
THEMES = 40
"""Most themes of the notes that are kept."""
ON_PAGE = 24
"""Most values of one kind that the list of communities shows."""


@dataclass(frozen=True)
class Facet:
    """A way to sort communities: where its pages go, what it is called, and what a community has of it."""

    folder: str
    title: Text
    sentence: Text
    empty: Text
    values: Callable[[Portrait], Iterable[str]]


FACETS = (
    Facet(
        "regions",
        T("Régions"),
        T("Les communautés, région par région."),
        T("Aucune région pour l'instant."),
        lambda view: view.community.charter.regions,
    ),
    Facet(
        "networks",
        T("Réseaux"),
        T("Les communautés, selon les réseaux de leurs têtes de réseaux."),
        T("Aucun réseau pour l'instant."),
        lambda view: [head.network for head in view.heads if head.network],
    ),
)


def facets(views: Sequence[Portrait]) -> list[tuple[Facet, list[tuple[str, str, list[Portrait]]]]]:
    """Return for each facet its values: name, source path of its page, communities; by name."""
    found = []
    for facet in FACETS:
        names: dict[str, str] = {}
        members: dict[str, dict[str, Portrait]] = {}
        for view in views:
            for value in facet.values(view):
                slug = tag_slug(value)
                names.setdefault(slug, value)
                members.setdefault(slug, {})[view.community.slug] = view
        found.append(
            (
                facet,
                [(names[slug], f"{facet.folder}/{slug}.md", list(members[slug].values())) for slug in sorted(names)],
            )
        )
    return found


def facet_pages(views: Sequence[Portrait], render: Render, lang: str) -> Iterator[Staged | Listing]:
    """Stage the pages of each facet: all its values, then one list for each value."""
    for facet, values in facets(views):
        title, sentence = translate(facet.title, lang), translate(facet.sentence, lang)
        for path, names, numbered in paged(values, f"{facet.folder}/index.md"):
            head = render("facet-head.html", path, facet=facet, values=names, numbered=numbered, here=path)
            yield Staged(path, title, "facet", sentence, head)
        for name, first, members in values:
            ordered = sorted(members, key=_living_first)
            said_in = members[0].community.charter.language
            other = said_in if said_in != lang else ""
            for path, part, numbered in paged(ordered, first, CARDS):
                said = (path, title, name, other, numbered)
                yield Listing(first, part, said, partial(_value, facet, part, *said, render))


def _value(
    facet: Facet,
    views: Sequence[Portrait],
    path: str,
    title: str,
    name: str,
    lang: str,
    numbered: Sequence[tuple[int, str]],
    render: Render,
) -> Staged:
    head = render("value-head.html", path, facet=facet, views=views, numbered=numbered, here=path)
    return Staged(path, name, "value", f"{title}\u00a0· {name}", head, lang=lang)


def _living_first(view: Portrait) -> tuple[bool, bool, bool, str]:
    return view.stage == "archived", view.stage not in life.LIVING, view.stage != "idea", view.community.slug


# Timeline and calendar

SHAPES = {
    "kickoff": "M0-7 7 0 0 7-7 0Z",
    "survey": "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z",
    "celebration": "M0-8 2.2-2.7 8-2.3 3.6 1.4 5 7 0 4-5 7-3.6 1.4-8-2.3-2.2-2.7Z",
}
"""Drawings of the timeline's marks, around a point."""


def timeline_pages(views: Sequence[Portrait], as_of: date, render: Render, lang: str) -> Iterator[Listing]:
    """Stage the timeline, a few lives on a page."""
    known = timeline.lived(views, as_of)
    for path, part, numbered in paged(known, "timeline/index.md", timeline.PER_PAGE):
        years = timeline.axis(part, known, as_of)
        whole = timeline.overview(known, as_of) if path == "timeline/index.md" else None
        stage = partial(_timeline, part, years, whole, as_of, path, numbered, render, lang)
        yield Listing("timeline/index.md", part, (path, numbered, years, whole), stage)


def _timeline(
    views: Sequence[Portrait],
    years: tuple[date, date],
    whole: timeline.Overview | None,
    as_of: date,
    path: str,
    numbered: Sequence[tuple[int, str]],
    render: Render,
    lang: str,
) -> Staged:
    title = translate(T("Frise des communautés"), lang)
    sentence = translate(T("Chaque barre est une vie, avec ses saisons, du démarrage à la fin."), lang)
    head = render(
        "timeline-head.html",
        path,
        chart=timeline.chart(views, years, as_of),
        whole=whole,
        shapes=SHAPES,
        numbered=numbered,
        here=path,
        words=words,
    )
    return Staged(path, title, "timeline", sentence, head)


def calendar_pages(
    views: Sequence[Portrait], as_of: date, settings: Settings, render: Render, lang: str
) -> Iterator[Staged]:
    """Stage the calendar: a page for each month, the current one first found, and one for each day that is too full."""
    names = get_month_names("wide", locale=lang)
    months = calendar.months(views, as_of)
    now = as_of.replace(day=1)
    paths = ["calendar/index.md" if m.first == now else f"calendar/{m.first:%Y-%m}.md" for m in months]
    titles = [f"{names[month.first.month]} {month.first.year}" for month in months]
    short, wide = (get_day_names(width, locale=lang) for width in ("abbreviated", "wide"))
    weekdays = [(short[number], wide[number]) for number in (6, 0, 1, 2, 3, 4, 5)]
    page = translate(T("Calendrier"), lang)
    later = [entry for month in months if month.first > now for entry in month.entries]
    for path, month, title in zip(paths, months, titles, strict=True):
        of_now = month.first == now
        name = title[0].upper() + title[1:]
        most = max(1, min(MOST_A_DAY, MOST_A_MONTH // max(1, len(month.by_day))))
        full = {day: found for day, found in month.by_day.items() if len(found) > most}
        head = render(
            "calendar-head.html",
            path,
            month=month,
            title=name,
            pages=list(zip(titles, paths, (m.first.year for m in months), strict=True)),
            here=path,
            weekdays=weekdays,
            as_of=as_of,
            most=most,
            ahead=MOST_A_DAY,
            days={day: f"calendar/{day.isoformat()}.md" for day in full},
            settings=settings,
            later=later if of_now else (),
        )
        about = T("Ce qui s'en vient.") if of_now else T("Les dates de toutes les communautés : {month}.", month=title)
        yield Staged(path, f"{page}\u00a0· {title}", "calendar", translate(about, lang), head)
        for day, found in full.items():
            said = words.unbroken(day, lang, "weekday")
            about = T("Les dates de toutes les communautés : {month}.", month=said)
            for here, part, numbered in paged(found, f"calendar/{day.isoformat()}.md"):
                values = {"found": part, "month": path, "title": name, "numbered": numbered, "here": here}
                head = render("calendar-day-head.html", here, **values)
                yield Staged(here, f"{page}\u00a0· {said}", "calendar", translate(about, lang), head)


# Home


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that was reached: the end of a season or of a life.

    Attributes:
        on: when it was celebrated, or when it ended.
        view: by which community.
        title: of the season, or "" for a whole life.
        path: source path of the page to read.
        met: objectives reached.
        celebrated: whether there was a celebration.
    """

    on: date
    view: Portrait
    title: Text | str
    path: str
    met: tuple[str, ...]
    celebrated: bool


def reached(views: Iterable[Portrait], as_of: date) -> list[Reached]:
    """Return what was reached within a year, latest first."""
    found = [item for view in views for item in _reached(view) if as_of - RECENT <= item.on <= as_of]
    return sorted(found, key=lambda item: (item.on, item.view.community.slug, str(item.title)), reverse=True)


def _reached(view: Portrait) -> Iterator[Reached]:
    folder = view.community.folder
    parties = {party.season.id if party.season else "": party for party in celebrations(view.community, view.as_of)}
    for season in view.community.charter.seasons:
        met = tuple(item.text for item in view.objectives(season.id) if item.outcome == "met")
        party = parties.get(season.id)
        on = party.day if party else (season.end_date if met else None)
        if on is not None:
            path = f"{folder}/{party.path if party else f'seasons/{season.id}.md'}"
            yield Reached(on, view, view.named(season), path, met, party is not None)
    end = life.last_day(view.community)
    if end is not None and view.stage in ("ended", "archived"):
        met = tuple(item.text for item in view.community.charter.objectives if item.outcome == "met")
        party = parties.get("")
        path = f"{folder}/{party.path}" if party else view.index
        yield Reached(party.day if party else end, view, "", path, met, party is not None)


def waiting(repository: Repository) -> list[Echo]:
    """Return the needs that wait for an answer, those shared by most communities first, then the latest."""
    found = [echo for echo in echoes(repository) if any(map(_waits, (echo, *echo.shared)))]
    return sorted(found, key=lambda echo: -len({member.community.slug for member in (echo, *echo.shared)}))


def _waits(echo: Echo) -> bool:
    return echo.need.disposition in (None, "parked")


# Knowledge


def knowledge(views: Sequence[Portrait], words_page: str, render: Render, lang: str) -> Iterator[Listing]:
    """Stage the list of notes worth keeping: those that a community chose to keep, or hand over, as its legacy."""
    kept: list[tuple[Portrait, Page[Note], str]] = []
    for view in views:
        choices = view.community.legacy
        for note in view.community.notes:
            item = choices.get(note.path)
            if published(note) and item is not None and item.choice in ("keep", "hand_over"):
                kept.append((view, note, item.why or note.record.summary or ""))
    themes: dict[str, tuple[Words, str, int]] = {}
    for view, note, _ in kept:
        for tag, path in tag_slugs(note):
            said_in = note.record.language or view.community.charter.language
            name, _, count = themes.get(path, (Words(tag, said_in), path, 0))
            themes[path] = (name, path, count + 1)
    kept.sort(key=lambda item: (-(item[1].record.date or date.min).toordinal(), item[0].community.slug, item[1].path))
    common = sorted(themes.values(), key=lambda theme: theme[1])[:THEMES]
    for path, part, numbered in paged(kept, "knowledge/index.md"):
        said = (path, numbered, words_page, common)
        yield Listing(
            "knowledge/index.md", [view for view, *_ in part], said, partial(_kept, part, *said, render, lang)
        )


def _kept(
    kept: Sequence[tuple[Portrait, Page[Note], str]],
    path: str,
    numbered: Sequence[tuple[int, str]],
    words_page: str,
    themes: Sequence[tuple[Words, str, int]],
    render: Render,
    lang: str,
) -> Staged:
    title = translate(T("Ce qui vaut la peine d'être gardé"), lang)
    sentence = translate(T("Les notes que les communautés ont choisi de laisser, toutes communautés réunies."), lang)
    head = render(
        "knowledge-head.html",
        path,
        kept=kept,
        words_page=words_page,
        themes=themes,
        numbered=numbered,
        here=path,
    )
    return Staged(path, title, "knowledge", sentence, head)
