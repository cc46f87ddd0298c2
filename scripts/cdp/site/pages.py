"""The pages of the site itself: home, lists, tags, guide, catalogue of rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from urllib.parse import quote

from cdp.links import address as url
from cdp.model.community import Community, Page, Repository
from cdp.model.life import LIVING, STAGES
from cdp.model.pages import Note
from cdp.rules import RULES
from cdp.settings import Settings
from cdp.site import finding, heritage, surveys, words
from cdp.site.communities import Portrait, portrait, published, tag_slug
from cdp.site.links import Links
from cdp.site.staging import NavItem, Staged, Unit, paged
from cdp.site.templates import Render
from cdp.text import T, Text, translate

ON_HOME = 12
"""Most cards of one kind on the home page."""
LINES_ON_HOME = 6
"""Most lines of one kind on the home page."""
FAMILIES: dict[str, Text] = {
    "0": T("Fichiers et en-têtes"),
    "1": T("Dates"),
    "2": T("Vie et filiation"),
    "3": T("Personnes et démarrage"),
    "4": T("Objectifs et saisons"),
    "5": T("Sondages et besoins"),
    "6": T("Fermeture et héritage"),
    "7": T("Archives"),
    "8": T("Vie privée et sûreté"),
    "9": T("Liens et pages"),
}


def unit(
    repository: Repository,
    links: Links,
    as_of: date,
    settings: Settings,
    render: Render,
    guide: Mapping[str, str],
    examples: Mapping[str, str],
    lang: str,
) -> Unit:
    """Return the site's own pages.

    Args:
        repository: the knowledge base.
        links: who cites whom.
        as_of: today.
        settings: of the site.
        render: the templates.
        guide: Markdown of the guide's pages by name, in the reader's language.
        examples: specs of the rules by id.
        lang: the reader's language.
    """
    portraits = [portrait(community, as_of) for community in repository.communities]
    pages = [
        _home(portraits, as_of, settings, render),
        *_lists(portraits, render, lang),
        *finding.facet_pages(portraits, render, lang),
        *finding.timeline_pages(portraits, as_of, render, lang),
        *finding.calendar_pages(portraits, as_of, render, lang),
        *finding.knowledge(portraits, render, lang),
        *heritage.pages(portraits, links, render, lang),
        *_tags(repository, render, lang),
        *_needs(repository, render, lang),
        *_guide(guide, render, lang),
        *_rules(examples, render, lang),
        _search(settings, render, lang),
        _missing(render, lang),
    ]
    return Unit("", tuple(pages))


def sections(lang: str) -> tuple[NavItem, ...]:
    """Return the site's few sections, on every page."""
    return tuple(
        NavItem(translate(title, lang), url(path))
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
                "objectives": {"total": len(charter.objectives), **view.verdicts},
                "url": quote(url(view.index)),
            }
        )
    document = {"version": 1, "as_of": as_of.isoformat(), "communities": entries}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _home(portraits: Sequence[Portrait], as_of: date, settings: Settings, render: Render) -> Staged:
    living = [view for view in portraits if view.stage in LIVING]
    living.sort(key=lambda v: (v.next_meeting.record.date if v.next_meeting else date.max, v.community.slug))
    ideas = [view for view in portraits if view.stage == "idea"]
    done = [view for view in portraits if view.stage in ("ended", "archived")]
    done.sort(key=lambda v: (v.community.charter.end_date or date.min, v.community.slug), reverse=True)
    head = render(
        "home-head.html",
        "index.md",
        settings=settings,
        living=living[:ON_HOME],
        ideas=ideas[:ON_HOME],
        done=done[:ON_HOME],
        reached=finding.reached(portraits, as_of)[:LINES_ON_HOME],
        waiting=finding.waiting(portraits)[:LINES_ON_HOME],
        counts={"living": len(living), "ideas": len(ideas), "done": len(done)},
        words=words,
    )
    return Staged("index.md", settings.site_name, "home", settings.description, head)


def _lists(portraits: Sequence[Portrait], render: Render, lang: str) -> Iterator[Staged]:
    by_stage = {stage: [view for view in portraits if view.stage == stage] for stage in STAGES}
    title = translate(T("Communautés"), lang)
    head = render(
        "communities-head.html",
        "communities/index.md",
        by_stage=by_stage,
        most=ON_HOME,
        facets=finding.facets(portraits),
        on_page=finding.ON_PAGE,
        words=words,
    )
    yield Staged(
        "communities/index.md", title, "communities", translate(T("Toutes les communautés, par étape."), lang), head
    )
    for stage, views in by_stage.items():
        name = translate(words.STAGES[stage], lang)
        for path, part, numbered in paged(views, f"stages/{stage}.md"):
            head = render(
                "stage-head.html",
                path,
                views=part,
                numbered=numbered,
                here=path,
                total=len(views),
                sentence=words.STAGE_SENTENCES[stage],
                words=words,
            )
            yield Staged(path, f"{title} · {name}", "stage", translate(words.STAGE_SENTENCES[stage], lang), head)


def _tags(repository: Repository, render: Render, lang: str) -> Iterator[Staged]:
    names: dict[str, str] = {}
    communities: dict[str, list[Community]] = {}
    notes: dict[str, list[tuple[Community, Page[Note]]]] = {}
    for community in repository.communities:
        for tag in community.charter.tags:
            slug = tag_slug(tag)
            names.setdefault(slug, tag)
            communities.setdefault(slug, []).append(community)
        for note in community.notes:
            if published(note):
                for slug, tag in {tag_slug(tag): tag for tag in note.record.tags}.items():
                    names.setdefault(slug, tag)
                    notes.setdefault(slug, []).append((community, note))
    ordered = sorted(names, key=lambda slug: (slug, names[slug]))
    counts = [
        (names[slug], f"tags/{slug}.md", len(communities.get(slug, ())), len(notes.get(slug, ()))) for slug in ordered
    ]
    head = render("tags-head.html", "tags/index.md", tags=counts)
    yield Staged(
        "tags/index.md",
        translate(T("Thèmes"), lang),
        "tags",
        translate(T("Notes et communautés par thème."), lang),
        head,
    )
    for slug in ordered:
        entries = sorted(
            notes.get(slug, []),
            key=lambda entry: (entry[0].freeze is None, entry[1].record.date or date.min, entry[1].path),
            reverse=True,
        )
        for path, part, numbered in paged(entries, f"tags/{slug}.md"):
            head = render(
                "tag-head.html",
                path,
                communities=sorted(_unique(communities.get(slug, [])), key=lambda one: one.freeze is not None),
                notes=part,
                numbered=numbered,
                here=path,
            )
            yield Staged(path, names[slug], "tag", "", head)


def _needs(repository: Repository, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the needs of all communities: by what became of them, then by theme."""
    found = surveys.echoes(repository)
    title = translate(T("Besoins"), lang)
    summary = translate(T("Ce que les sondages ont fait remonter, et ce que c'est devenu."), lang)
    for path, part, numbered in paged(found, "needs/index.md"):
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


def _unique(items: Iterable[Community]) -> list[Community]:
    return list({item.slug: item for item in items}.values())


def _guide(guide: Mapping[str, str], render: Render, lang: str) -> Iterator[Staged]:
    """Stage the guide: Markdown of the theme whose first line is the title."""
    titles = {name: text.split("\n", 1)[0].removeprefix("# ").strip() for name, text in guide.items()}
    for name, text in guide.items():
        path = f"guide/{name}.md"
        tail = render(
            "guide-tail.html", path, pages=[(titles[other], f"guide/{other}.md") for other in titles], here=path
        )
        yield Staged(path, titles[name], "guide", "", "", tail, text.partition("\n")[2], toc=True)


def _rules(examples: Mapping[str, str], render: Render, lang: str) -> Iterator[Staged]:
    families = [
        (FAMILIES[digit], [rule for rule in RULES.values() if rule.id[3] == digit])
        for digit in FAMILIES
        if any(rule.id[3] == digit for rule in RULES.values())
    ]
    title = translate(T("Règles"), lang)
    head = render("rules-head.html", "rules/index.md", families=families)
    yield Staged("rules/index.md", title, "rules", translate(T("Ce que cdp vérifie, et pourquoi."), lang), head)
    for rule in RULES.values():
        path = f"rules/{rule.id.lower()}.md"
        head = render("rule-head.html", path, rule=rule, words=words)
        manual = translate(rule.manual, lang).partition("\n")[2].strip()
        example = re.sub(r"\A# [^\n]*\n", "", examples.get(rule.id, "")).strip()
        heading = translate(T("Exemple"), lang)
        text = f"{manual}\n\n## {heading}\n\n{example}" if example else manual
        yield Staged(path, f"{rule.id} · {translate(rule.title, lang).rstrip('.')}", "rule", "", head, "", text)


def _search(settings: Settings, render: Render, lang: str) -> Staged:
    """Stage the page that the search leads to without its program, and that tells the other ways to find."""
    head = render("search-head.html", "search/index.md", search=settings.search)
    return Staged("search/index.md", translate(T("Chercher dans le site"), lang), "search", "", head)


def _missing(render: Render, lang: str) -> Staged:
    return Staged(
        "missing.md", translate(T("Page introuvable"), lang), "missing", "", render("missing-head.html", "missing.md")
    )
