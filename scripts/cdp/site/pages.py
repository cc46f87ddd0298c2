"""The pages of the site itself: home, lists of communities and of needs, themes, what archives leave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from urllib.parse import quote

from cdp.links import address as url
from cdp.model.community import Repository
from cdp.model.life import LIVING, STAGES, Stage
from cdp.settings import Settings
from cdp.site import archived, described, finding, glossary, heritage, service, surveys, themes, words
from cdp.site.communities import body
from cdp.site.links import Links
from cdp.site.portrait import Listing, Portrait, portrait
from cdp.site.staging import CARDS, Later, NavItem, Staged, Unit, paged
from cdp.site.templates import Render, placed
from cdp.site.tongues import in_their_languages
from cdp.text import T, translate

ON_HOME = {"living": 12, "ideas": 6, "done": 4}
"""Most cards of each kind on the home page."""
NEEDS = 16
"""Most needs on a page, which holds them by theme and by community too."""
LINES_ON_HOME = 6
"""Most lines of one kind on the home page."""


def units(
    repository: Repository,
    links: Links,
    as_of: date,
    settings: Settings,
    render: Render,
    guides: Mapping[str, Mapping[str, str]],
    lang: str,
    shared: str,
    lives: Mapping[str, str],
) -> Iterator[Unit | Later]:
    """Yield the site's own pages in a language, in parts: what nothing of a day changes is a part that may be kept.

    Args:
        repository: the knowledge base.
        links: who cites whom.
        as_of: today.
        settings: of the site.
        render: the templates.
        guides: for each language, Markdown of the guide's pages by name.
        lang: the reader's language.
        shared: digest of what all pages depend on (``archived.shared``).
        lives: digest of all that the pages of each archive depend on, by slug (``archived.inputs``).
    """
    placed_in = partial(in_their_languages, settings=settings, guides=guides, lang=lang)
    said = list(glossary.page(repository, body(glossary.shown(repository.glossary)), settings, render, lang))
    # An archive is shown everywhere as it stood on the day of its freeze.
    portraits = [portrait(one, archived.still(one, as_of) or as_of) for one in repository.communities]
    listings = [
        *_lists(portraits, render, lang),
        *finding.facet_pages(portraits, render, lang),
        *finding.timeline_pages(portraits, as_of, render, lang),
        *finding.knowledge(portraits, said[0].path if said else "", render, lang),
    ]
    past, present = [], []
    for page in listings:
        if isinstance(page, Listing) and _past(page, lives):
            past.append(page)
        else:
            present.append(page.stage() if isinstance(page, Listing) else page)
    pages = [
        _home(repository, portraits, as_of, settings, render, lang),
        *present,
        *finding.calendar_pages(portraits, as_of, settings, render, lang),
        *said,
        *_needs(repository, render, lang),
        *service.pages(portraits, settings.said_in(lang), render, lang),
        service.search(settings, render, lang),
        *([service.missing(settings, render, lang)] if lang == settings.language else []),
    ]
    found = list(themes.themes(repository))
    yield Unit("", placed_in([*pages, *themes.lists(found, render, lang)]), lang=lang, part=f"site-{lang}")
    for number, (_, own) in enumerate(groupby(past, key=lambda page: page.part)):
        yield _still(list(own), f"past-{lang}-{number}", placed_in, lang, shared, lives)
    archives = [view for view in portraits if view.community.slug in lives]
    kept = _digest(shared, *lives.values())

    def legacy() -> Unit:
        return Unit("", placed_in(heritage.pages(archives, links, render, lang)), lang=lang, part=f"legacy-{lang}")

    yield Later("", kept, lang, legacy, f"legacy-{lang}")
    for number, theme in enumerate(found):
        part = f"theme-{lang}-{number}"

        def stage(theme: themes.Theme = theme, part: str = part) -> Unit:
            return Unit("", placed_in(themes.pages(theme, render, lang)), lang=lang, part=part)

        yield Later("", _digest(shared, theme.facts), lang, stage, part)


def _past(page: Listing, lives: Mapping[str, str]) -> bool:
    """Tell whether nothing on a page of a list will change with the day: those who are on it are archives."""
    return bool(page.views) and all(view.community.slug in lives for view in page.views)


def _still(
    pages: Sequence[Listing],
    part: str,
    placed_in: Callable[[Iterable[Staged]], tuple[Staged, ...]],
    lang: str,
    shared: str,
    lives: Mapping[str, str],
) -> Later:
    """Return the pages of a list that hold nothing but archives, as a part that may be kept."""
    members = [(page.said, [lives[view.community.slug] for view in page.views]) for page in pages]

    def stage() -> Unit:
        return Unit("", placed_in(page.stage() for page in pages), lang=lang, part=part)

    return Later("", _digest(shared, members), lang, stage, part)


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def sections(lang: str, settings: Settings) -> tuple[NavItem, ...]:
    """Return the site's few sections, on every page."""
    return tuple(
        NavItem(translate(title, lang), url(placed(path, settings.prefix(lang))))
        for title, path in (
            (T("Accueil"), "index.md"),
            (T("Communautés"), "communities/index.md"),
            (T("Frise"), "timeline/index.md"),
            (T("Calendrier"), "calendar/index.md"),
            (T("Savoirs"), "knowledge/index.md"),
            (T("Héritage"), "legacy/index.md"),
            (T("Thèmes"), "tags/index.md"),
            (T("Besoins"), "needs/index.md"),
            (T("Guide d'animation"), "guide/index.md"),
            (T("Règles"), "rules/index.md"),
        )
    )


def footer(lang: str, settings: Settings) -> tuple[NavItem, ...]:
    """Return the entries that every page shows at its foot, after the sections."""
    return tuple(
        NavItem(translate(title, lang), url(placed(path, settings.prefix(lang)))) for path, title in service.FOOTER
    )


def data(repository: Repository, as_of: date) -> bytes:
    """Return ``communities.json``, version 1: what other programs may read."""
    entries = []
    for community in repository.communities:
        view = portrait(community, as_of)
        charter = community.charter
        entries.append(
            {
                "slug": community.slug,
                "title": community.title,
                "summary": charter.summary,
                "stage": view.stage,
                "season": view.season.id if view.season else None,
                "health": view.health,
                "start_date": charter.start_date.isoformat() if charter.start_date else None,
                "end_date": charter.end_date.isoformat() if charter.end_date else None,
                "tags": list(charter.tags),
                "regions": list(charter.regions),
                "networks": list(dict.fromkeys(head.network for head in view.heads if head.network)),
                "language": charter.language,
                "objectives": {"total": len(charter.aims()), **view.verdicts},
                "url": quote(url(view.index)),
            }
        )
    document = {"version": 1, "as_of": as_of.isoformat(), "communities": entries}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _home(
    repository: Repository, portraits: Sequence[Portrait], as_of: date, settings: Settings, render: Render, lang: str
) -> Staged:
    settings, first = settings.said_in(lang), settings
    living = [view for view in portraits if view.stage in LIVING]
    living.sort(key=lambda v: (v.meets or date.max, v.community.slug))
    ideas = [view for view in portraits if view.stage == "idea"]
    done = [view for view in portraits if view.stage in ("ended", "archived")]
    done.sort(key=lambda v: (v.community.charter.end_date or date.min, v.community.slug), reverse=True)
    head = render(
        "home-head.html",
        "index.md",
        settings=settings,
        said_in=lang if "site_description" in first.translations.get(lang, {}) else first.language,
        living=living[: ON_HOME["living"]],
        ideas=ideas[: ON_HOME["ideas"]],
        done=done[: ON_HOME["done"]],
        reached=finding.reached(portraits, as_of)[:LINES_ON_HOME],
        waiting=finding.waiting(repository)[:LINES_ON_HOME],
        on_page={
            echo.id: path
            for path, part, _ in paged(surveys.echoes(repository), "needs/index.md", NEEDS)
            for echo in part
        },
        month=lambda page: surveys.month(page, lang),
        counts={"living": len(living), "ideas": len(ideas), "done": len(done)},
        words=words,
    )
    sentence = settings.description or translate(
        T("Des communautés de pratique, de leur démarrage à leur héritage."), lang
    )
    return Staged("index.md", settings.site_name, "home", sentence, head, data=described.site(settings, lang))


def _lists(portraits: Sequence[Portrait], render: Render, lang: str) -> Iterator[Staged | Listing]:
    by_stage = {stage: [view for view in portraits if view.stage == stage] for stage in STAGES}
    title = translate(T("Communautés"), lang)
    head = render(
        "communities-head.html",
        "communities/index.md",
        by_stage=by_stage,
        # A page of cards, shared among the stages that have some.
        most=max(3, CARDS // max(1, sum(map(bool, by_stage.values())))),
        facets=finding.facets(portraits),
        on_page=finding.ON_PAGE,
        words=words,
    )
    yield Staged(
        "communities/index.md", title, "communities", translate(T("Toutes les communautés, par étape."), lang), head
    )
    for stage, views in by_stage.items():
        first = f"stages/{stage}.md"
        for path, part, numbered in paged(views, first, CARDS):
            said = (stage, path, numbered, len(views))
            yield Listing(first, part, said, partial(_stage, part, *said, render, lang))


def _stage(
    views: Sequence[Portrait],
    stage: Stage,
    path: str,
    numbered: Sequence[tuple[int, str]],
    total: int,
    render: Render,
    lang: str,
) -> Staged:
    title = f"{translate(T('Communautés'), lang)}\u00a0· {translate(words.STAGES[stage], lang)}"
    sentence = words.STAGE_SENTENCES[stage]
    head = render(
        "stage-head.html",
        path,
        views=views,
        numbered=numbered,
        here=path,
        total=total,
        sentence=sentence,
        words=words,
    )
    return Staged(path, title, "stage", translate(sentence, lang), head)


def _needs(repository: Repository, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the needs of all communities: by what became of them, then by theme."""
    found = surveys.echoes(repository)
    title = translate(T("Besoins"), lang)
    summary = translate(T("Ce que les sondages ont fait remonter, et ce que c'est devenu."), lang)
    for path, part, numbered in paged(found, "needs/index.md", NEEDS):
        head = render(
            "needs-head.html",
            path,
            groups=surveys.by_state(part),
            themes=surveys.by_theme(part),
            totals={state: len(members) for state, _, members in surveys.by_state(found)},
            communities=surveys.by_community(part),
            total=len(found),
            numbered=numbered,
            here=path,
            words=words,
        )
        yield Staged(path, title, "needs", summary, head)
