"""A repository to the pages that an engine renders. Pure: templates and texts are given, nothing is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from cdp.model.community import Community, Repository
from cdp.settings import Settings
from cdp.site import archived, communities, feeds, links, pages, pictures, reference, surveys
from cdp.site.portrait import portrait
from cdp.site.staging import Later, NavItem, Site, Staged, Unit
from cdp.site.templates import renderer
from cdp.survey.questions import Wording
from cdp.survey.wording import read

__all__ = ["NavItem", "Site", "Staged", "Theme", "Unit", "build", "first"]


@dataclass(frozen=True)
class Theme:
    """The texts of the theme that staging needs.

    Attributes:
        templates: sources of ``theme/pages/*.html`` by file name.
        guides: for each language, Markdown of the guide's pages by name, in reading order.
        examples: specs of the rules by id.
        survey: texts of ``theme/survey/`` by file name.
    """

    templates: Mapping[str, str]
    guides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    survey: Mapping[str, str] = field(default_factory=dict)


def first(settings: Settings, theme: Theme, lang: str, *, drawing: bool = False) -> Site:
    """Return what a site holds whatever its communities are: the guide and the rules, as ``build`` stages them.

    Args:
        settings: of the site.
        theme: its texts.
        lang: language of the screens.
        drawing: whether pictures can be drawn.
    """
    units = (
        reference.reference(
            settings,
            renderer(theme.templates, tongue, settings.prefix(tongue)),
            theme.guides,
            theme.examples,
            tongue,
        )
        for tongue in settings.spoken
    )
    drawn = pictures.pictures((), settings, lang) if drawing else {}
    return Site(units, *_around(settings), pictures=drawn)


def _around(settings: Settings) -> tuple[Mapping[str, tuple[NavItem, ...]], Mapping[str, tuple[NavItem, ...]]]:
    """Return the sections and the foot of every page, for each language."""
    return (
        {tongue: pages.sections(tongue, settings) for tongue in settings.spoken},
        {tongue: pages.footer(tongue, settings) for tongue in settings.spoken},
    )


def build(
    repository: Repository,
    as_of: date,
    settings: Settings,
    theme: Theme,
    lang: str,
    *,
    drawing: bool = False,
    only: str = "",
    calendars: Callable[[Iterable[Community], date], Mapping[str, bytes]] = lambda communities, day: {},
    changed: Mapping[str, date] = communities.NEVER,
) -> Site:
    """Return the site of a repository.

    Args:
        repository: the knowledge base; pages that cannot be read are left out.
        as_of: today.
        settings: of the site.
        theme: its texts.
        lang: language of the screens, "fr" or "en".
        drawing: whether pictures can be drawn for those who share a page.
        only: slug of the one community whose pages are wanted, or "" for all.
        calendars: returns that of each community, as it stands on a day, and ``calendar.ics`` for all of them.
        changed: day when each file last changed, by path from the root, where it is known.
    """
    known = repository.without(())
    renders = {tongue: renderer(theme.templates, tongue, settings.prefix(tongue)) for tongue in settings.spoken}
    wording = read(theme.survey["wording.yml"]) if theme.survey else Wording()

    known_links = links.read(known)
    shelf = archived.shelf(known, lang, only)
    portraits = [portrait(community, as_of) for community in known.communities]
    drawn = pictures.pictures(portraits, settings, lang) if drawing else {}

    shared = {
        tongue: archived.shared(settings, theme.templates, theme.survey, drawn, tongue) for tongue in settings.spoken
    }
    lives = {
        community.slug: archived.inputs(
            community, known_links, shelf, shared[settings.tongue(community.charter.language)]
        )
        for community in known.communities
        if archived.still(community, as_of) is not None
    }

    def units() -> Iterator[Unit | Later]:
        for tongue in settings.spoken:
            yield reference.reference(settings, renders[tongue], theme.guides, theme.examples, tongue)
            yield from pages.units(
                known,
                known_links,
                as_of,
                settings,
                renders[tongue],
                theme.guides,
                tongue,
                shared[tongue],
                lives,
            )
        for community in (one for one in known.communities if only in ("", one.slug)):
            still = archived.still(community, as_of)
            tongue = settings.tongue(community.charter.language)
            stage = partial(
                communities.unit,
                *(
                    community,
                    known,
                    known_links,
                    still or as_of,
                    settings,
                    renders[tongue],
                    tongue,
                    wording,
                    shelf,
                    drawn,
                    changed,
                ),
            )
            if still is None:
                yield stage()
            else:
                yield Later(community.slug, lives[community.slug], tongue, partial(lasting, community, still, stage))

    def lasting(community: Community, still: date, stage: Callable[[], Unit]) -> Unit:
        """Stage an archive with its calendar and its feed, which stay as they were on the day of its freeze."""
        feed = feeds.feed(portrait(community, still), settings)
        own = {path: data for path, data in calendars([community], still).items() if "/" in path}
        return replace(stage(), files={**feed, **own})

    def files() -> Mapping[str, bytes]:
        living = [community for community in known.communities if archived.still(community, as_of) is None]
        return {
            "communities.json": pages.data(known, as_of),
            **dict(feeds.feeds(portraits, as_of, settings, lang)),
            **feeds.redirects(known, settings),
            **feeds.robots(settings),
            **archived.chain(known, settings),
            **dict(surveys.forms(known, as_of, settings, theme.survey, wording, lang) if theme.survey else ()),
            **calendars(living, as_of),
        }

    return Site(
        units(),
        *_around(settings),
        files,
        theme.survey.get("form.js", ""),
        shelf,
        drawn,
        whole=not only,
    )
