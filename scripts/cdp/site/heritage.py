"""The « Héritage » section: archived communities by season of ending, theme and region, what they leave first.

Source: the practice, "Réfléchir à l'héritage que laissera la CdP en termes de base de connaissances".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cdp.model import life
from cdp.model.charter import Legacy
from cdp.site import words
from cdp.site.celebrations import celebrations
from cdp.site.communities import published, tag_slug
from cdp.site.links import Links
from cdp.site.portrait import Portrait
from cdp.site.staging import Staged, paged
from cdp.site.templates import Render
from cdp.text import T, Text, translate

FIRST = 24
"""Most notes, and most values of one kind, on the section's first page."""
A_SEASON = 12
"""Most communities on a page of the section."""
ON_FIRST = 3
"""Most communities of one season on the section's first page."""
_YEAR = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a community chose to leave: what it is called, where it is, why it is kept, for whom."""

    view: Portrait
    title: str
    path: str
    why: str
    choice: Legacy
    on: date


@dataclass(frozen=True, slots=True)
class Ended:
    """An archived life as the section shows it.

    Attributes:
        view: of the community.
        on: its last day.
        outcome: how it ended, to say, or None.
        met, objectives: how many objectives were reached, of how many.
        left: what it chose to leave.
        celebration: source path of its celebration page, or "".
        successors: title and source path of each community that follows.
    """

    view: Portrait
    on: date
    outcome: Text | None
    met: int
    objectives: int
    left: tuple[Left, ...]
    celebration: str
    successors: tuple[tuple[str, str], ...]

    @property
    def season(self) -> tuple[int, str]:
        """Year and season of the ending; December is in the winter of the year that comes."""
        return self.on.year + (self.on.month == 12), _YEAR[self.on.month % 12 // 3]


def ended(views: Iterable[Portrait], links: Links) -> list[Ended]:
    """Return the archived lives, the latest first."""
    found = [_ended(view, links) for view in views if view.stage == "archived"]
    return sorted(found, key=lambda item: (item.on, item.view.community.slug), reverse=True)


def _ended(view: Portrait, links: Links) -> Ended:
    community, charter = view.community, view.community.charter
    closing = charter.closing
    on = life.last_day(community) or (closing.announced if closing else None)
    frozen = community.freeze.date if community.freeze else None
    followers = dict.fromkeys((*charter.successors, *links.children.get(community.slug, ())))
    known = [links.repository.get(slug) for slug in followers if slug != community.slug]
    return Ended(
        view,
        min(filter(None, (on, frozen)), default=view.as_of),
        words.OUTCOMES[closing.outcome] if closing and closing.outcome else None,
        sum(item.outcome == "met" for item in charter.objectives),
        len(charter.aims()),
        tuple(_left(view)),
        next(
            (f"{community.folder}/{party.path}" for party in celebrations(community, view.as_of) if not party.season),
            "",
        ),
        tuple((other.title, f"{other.folder}/index.md") for other in known if other is not None),
    )


def _left(view: Portrait) -> Iterator[Left]:
    """Yield what a community left and the site shows, in the order of its charter."""
    community = view.community
    notes = {note.path: note for note in community.notes if published(note)}
    for item in community.legacy.values():
        if item.choice == "remove" or item.path not in community.files:
            continue
        note = notes.get(item.path)
        if note is None and item.path not in community.attachments:
            continue
        title = note.title if note else words.attachment(item.path)
        why = item.why or (note.record.summary if note else "") or ""
        on = (note.record.date if note else None) or date.min
        yield Left(view, title, f"{community.folder}/{item.path}", why, item, on)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to go through the section: where its pages go, what it is called, its values with their communities."""

    folder: str
    title: Text
    values: tuple[tuple[str, str, tuple[Ended, ...]], ...]


def ways(lives: Sequence[Ended], lang: str) -> tuple[Way, ...]:
    """Return the three ways: by season of ending, latest first; by theme and by region, by name."""
    seasons: dict[tuple[int, str], list[Ended]] = {}
    for item in lives:
        seasons.setdefault(item.season, []).append(item)
    by_season = tuple(
        (
            translate(T("{season} {year}", season=words.TIMES_OF_YEAR[time], year=year), lang),
            f"legacy/seasons/{year}-{time}.md",
            tuple(members),
        )
        for (year, time), members in sorted(seasons.items(), key=lambda item: item[1][0].on, reverse=True)
    )
    return (
        Way("seasons", T("Par saison de fin"), by_season),
        Way("themes", T("Par thème"), _by(lives, "themes", lambda item: item.view.community.charter.tags)),
        Way("regions", T("Par région"), _by(lives, "regions", lambda item: item.view.community.charter.regions)),
    )


def _by(
    lives: Sequence[Ended], folder: str, values: Callable[[Ended], Iterable[str]]
) -> tuple[tuple[str, str, tuple[Ended, ...]], ...]:
    names: dict[str, str] = {}
    members: dict[str, dict[str, Ended]] = {}
    for item in lives:
        for value in values(item):
            slug = tag_slug(value)
            names.setdefault(slug, value)
            members.setdefault(slug, {})[item.view.community.slug] = item
    return tuple((names[slug], f"legacy/{folder}/{slug}.md", tuple(members[slug].values())) for slug in sorted(names))


def pages(views: Sequence[Portrait], links: Links, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the section."""
    lives = ended(views, links)
    found = ways(lives, lang)
    left = _latest(item for life_ in lives for item in life_.left)
    title = translate(T("Héritage"), lang)
    sentence = translate(T("Ce que les communautés archivées laissent, et leur histoire."), lang)
    head = render(
        "legacy-head.html",
        "legacy/index.md",
        lives=lives,
        left=left,
        ways=found,
        first=FIRST,
        a_season=ON_FIRST,
        words=words,
    )
    yield Staged("legacy/index.md", title, "legacy", sentence, head)
    for path, part, numbered in paged(left, "legacy/notes.md"):
        head = render("legacy-notes-head.html", path, left=part, numbered=numbered, here=path, words=words)
        yield Staged(path, translate(T("Tout ce qui est légué"), lang), "legacy", sentence, head)
    for way in found:
        for name, first, members in way.values:
            kept = _latest(item for life_ in members for item in life_.left)
            for path, some, numbered in paged(members, first, A_SEASON):
                head = render(
                    "legacy-value-head.html",
                    path,
                    way=way,
                    lives=some,
                    left=kept[:FIRST] if path == first else (),
                    numbered=numbered,
                    here=path,
                    words=words,
                )
                about = translate(T("{label} : {value}", label=way.title, value=name), lang)
                yield Staged(path, f"{title}\u00a0· {name}", "legacy", about, head)


def _latest(items: Iterable[Left]) -> list[Left]:
    return sorted(items, key=lambda item: (-item.on.toordinal(), item.path))
