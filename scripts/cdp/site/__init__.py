"""A repository to the pages that an engine renders. Pure: templates and texts are given, nothing is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from cdp.model.community import Repository
from cdp.settings import Settings
from cdp.site import archived, communities, feeds, links, pages, pictures, surveys
from cdp.site.staging import Later, NavItem, Site, Staged, Unit
from cdp.site.templates import renderer
from cdp.survey.questions import Wording
from cdp.survey.wording import read

__all__ = ["NavItem", "Site", "Staged", "Theme", "Unit", "build"]


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


def build(
    repository: Repository,
    as_of: date,
    settings: Settings,
    theme: Theme,
    lang: str,
    *,
    drawing: bool = False,
    only: str = "",
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
        changed: day when each file last changed, by path from the root, where it is known.
    """
    known = repository.without(())
    renders = {tongue: renderer(theme.templates, tongue, settings.prefix(tongue)) for tongue in settings.spoken}
    wording = read(theme.survey["wording.yml"]) if theme.survey else Wording()
    forms = dict(surveys.forms(known, as_of, settings, theme.survey, wording, lang)) if theme.survey else {}

    known_links = links.read(known)
    shelf = archived.shelf(known, lang, only)
    portraits = [communities.portrait(community, as_of) for community in known.communities]
    drawn = pictures.pictures(portraits, settings, lang) if drawing else {}

    shared = {
        tongue: archived.shared(settings, theme.templates, theme.survey, drawn, tongue) for tongue in settings.spoken
    }

    def units() -> Iterator[Unit | Later]:
        for tongue in settings.spoken:
            yield pages.unit(known, known_links, as_of, settings, renders[tongue], theme.guides, theme.examples, tongue)
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
                yield Later(
                    community.slug, archived.inputs(community, known_links, shelf, shared[tongue]), tongue, stage
                )

    files = {
        "communities.json": pages.data(known, as_of),
        **dict(feeds.feeds(portraits, as_of, settings, lang)),
        **feeds.redirects(known, settings),
        **feeds.robots(settings),
        **archived.chain(known, settings),
        **forms,
    }
    return Site(
        units(),
        {tongue: pages.sections(tongue, settings) for tongue in settings.spoken},
        {tongue: pages.footer(tongue, settings) for tongue in settings.spoken},
        files,
        theme.survey.get("form.js", ""),
        shelf,
        drawn,
    )
