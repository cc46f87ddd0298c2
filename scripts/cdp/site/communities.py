"""The pages of one community."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from cdp.dialect import slugify, spelled
from cdp.links import address as url
from cdp.model import life
from cdp.model.charter import Season
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.model.minutes import needs_heard, open_actions
from cdp.model.pages import Meeting, Note, Survey
from cdp.search.label import Label
from cdp.settings import Settings
from cdp.site import archived, described, surveys, words
from cdp.site.celebrations import celebrations
from cdp.site.glossary import Glossary, named
from cdp.site.glossary import of as words_of
from cdp.site.glossary import title as glossary_title
from cdp.site.lineage import lineage
from cdp.site.links import Links
from cdp.site.portrait import Portrait, portrait
from cdp.site.staging import NavItem, Shelf, Staged, Unit
from cdp.site.templates import Render
from cdp.survey.questions import Wording
from cdp.text import T, Text, translate

"""Other files that a community's page offers to follow, by path from its folder, with their names."""

NEVER: Mapping[str, date] = MappingProxyType({})
"""No file of which it is known when it changed."""


def published(page: Page[Note]) -> bool:
    """Tell whether a note has a page on the site."""
    return page.readable and not page.record.draft


def _shown(page: Page[Record]) -> bool:
    return page.readable and not getattr(page.record, "draft", False)


def notebooks(community: Community) -> dict[str, list[Page[Note]]]:
    """Return the published notes by notebook (sub-folder of ``notes/``), "" for those in none, each by date."""
    found: dict[str, list[Page[Note]]] = {}
    for page in community.notes:
        if published(page):
            folder = page.path.removeprefix("notes/").rpartition("/")[0]
            found.setdefault(folder, []).append(page)
    return {name: sorted(found[name], key=_note_order) for name in sorted(found)}


def _note_order(page: Page[Note]) -> tuple[bool, str, str]:
    return page.stem not in ("index", "README"), str(page.record.date or ""), page.path


def notebook_title(name: str, pages: list[Page[Note]]) -> str:
    """Return the title of a notebook: that of its index note, else its folder's name in words."""
    if pages and pages[0].stem == "index":
        return pages[0].title
    return name.rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()


def unit(
    community: Community,
    repository: Repository,
    links: Links,
    as_of: date,
    settings: Settings,
    render: Render,
    lang: str,
    wording: Wording,
    shelf: Shelf,
    drawn: Collection[str] = (),
    changed: Mapping[str, date] = NEVER,
) -> Unit:
    """Return the pages of a community, staged."""
    settings = settings.said_in(lang)
    view = portrait(community, as_of)
    # What is archived is published as it was: no word of it becomes a link.
    glossary = words_of(repository, community, settings.prefix(lang)) if community.freeze is None else Glossary()
    pages = tuple(_pages(view, repository, links, glossary, settings, render, lang, wording, shelf, drawn, changed))
    attachments = tuple(f"{community.folder}/{path}" for path in community.attachments)
    label = Label(
        community.title,
        view.stage,
        community.charter.language or lang,
        2 if view.stage in ("ended", "archived", "dropped") else 0,
    )
    return Unit(community.slug, pages, attachments, _nav(view, lang), lang, label)


def _pages(
    view: Portrait,
    repository: Repository,
    links: Links,
    glossary: Glossary,
    settings: Settings,
    render: Render,
    lang: str,
    wording: Wording,
    shelf: Shelf,
    drawn: Collection[str],
    changed: Mapping[str, date],
) -> Iterator[Staged]:
    community = view.community
    frozen = archived.banner(community, links)
    picture = f"{community.folder}/celebrations/image.png"
    picture = picture if picture in drawn else ""
    books = notebooks(community)
    needs = surveys.community_needs(repository, community, links.born)
    origins = surveys.origins(needs)

    def staged(
        path: str,
        title: str,
        kind: str,
        page: Page[Record] | None = None,
        description: str = "",
        toc: bool = False,
        ours: bool = False,
        **values: Any,
    ) -> Staged:
        source = f"{community.folder}/{path}"
        language = getattr(page.record if page else None, "language", None) or community.charter.language
        shared = {"view": view, "community": community, "charter": community.charter, "page": page, **values}
        shared |= {"frozen": frozen, "path": path, "words": words, "origins": origins, "settings": settings}
        shared["changed"] = on if frozen is None and (on := changed.get(source)) and on <= view.as_of else None
        sign, foot = (render(f"frozen-{part}.html", source, **shared) if frozen else "" for part in ("head", "tail"))
        return Staged(
            source,
            title,
            kind,
            description or community.charter.summary or "",
            render(f"{kind}-head.html", source, **shared),
            render(f"{kind}-tail.html", source, **shared) + foot,
            glossary.linked(body(page), source) if page is not None and page is not community.glossary else body(page),
            toc,
            source if page is not None and frozen is None else "",
            language if language != lang else "",
            described.of(view, page, settings, source, shared["changed"]) if kind in described.KINDS else {},
            banner=sign,
            proof=archived.proof(community, path, frozen, shelf, lang) if frozen else None,
            indexed=frozen is None or settings.archives_indexed,
            picture=picture
            if kind == "community" or (kind == "celebration" and values["party"].season is None)
            else "",
            ours=ours,
            of="" if path == "index.md" else community.title,
        )

    regions = {tag_slug(name) for name in community.charter.regions}
    yield staged(
        "index.md",
        community.title,
        "community",
        community.index if community.index and community.index.readable else None,
        lineage=lineage(community, links),
        dues=_dues(view, lang) if view.stage in life.LIVING else (),
        places=[(name, f"regions/{tag_slug(name)}.md") for name in community.charter.regions],
        tags=[(name, f"tags/{tag_slug(name)}.md") for name in community.charter.tags if tag_slug(name) not in regions],
        notebooks=_notebook_list(community),
        shown=_shown,
        actions=open_actions(community, view.as_of) if view.stage in life.LIVING else (),
        heard=needs_heard(community, view.as_of) if view.stage in life.LIVING else (),
        words=words,
    )
    meetings = sorted((m for m in community.meetings if m.readable), key=lambda m: m.record.date, reverse=True)
    if meetings:
        yield staged(
            "meetings/index.md", translate(T("Rencontres"), lang), "meetings", ours=True, meetings=meetings, words=words
        )
    for meeting in meetings:
        yield staged(
            meeting.path, meeting_title(meeting, lang), "meeting", meeting, ours=not titled(meeting), words=words
        )
    if "notes/index.md" not in community.files and community.notes:
        yield staged(
            "notes/index.md",
            translate(T("Carnets et notes"), lang),
            "notes",
            ours=True,
            notebooks=_notebook_list(community),
        )
    for note in community.notes:
        if published(note):
            yield staged(
                note.path,
                note.title,
                "note",
                note,
                note.record.summary or "",
                toc=True,
                tags=tag_slugs(note),
                around=_around(note, books),
                cited=links.cited.get(f"{community.folder}/{note.path}", ()),
                address=url(f"{community.folder}/{note.path}"),
            )
    if community.glossary is not None and _shown(community.glossary):
        known = community.glossary
        yield staged("glossary.md", glossary_title(known, lang), "glossary", known, toc=True, ours=not named(known))
    for path in community.withdrawn:
        if path.endswith(".md") and path not in community.files:
            yield staged(path, translate(T("Page retirée"), lang), "withdrawn", ours=True)
    reviews = {page.path: page for page in community.reviews if page.readable}
    seasons = community.charter.seasons
    for at, season in enumerate(seasons):
        path = f"seasons/{season.id}.md"
        yield staged(
            path,
            translate(view.named(season), lang),
            "season",
            reviews.pop(path, None),
            ours=not season.title,
            season=season,
            held=[meeting for meeting in reversed(meetings) if _within(season, meeting.record.date)],
            before=seasons[at - 1] if at else None,
            after=seasons[at + 1] if at + 1 < len(seasons) else None,
            words=words,
        )
    for path, review in reviews.items():
        yield staged(path, review.title, "review", review)
    for party in celebrations(community, view.as_of):
        hopes = surveys.trend_values(community, lang) if party.season is None else {}
        yield staged(
            party.path,
            translate(party.title, lang),
            "celebration",
            description=described.celebration(party, community, lang),
            ours=True,
            party=party,
            hopes=hopes.get("hopes", ()),
            month=hopes.get("month"),
        )
    for survey in community.surveys:
        if survey.readable:
            yield staged(
                survey.path,
                survey_title(survey, lang),
                "survey",
                survey,
                ours=not survey.record.title,
                words=words,
                needs=[echo for echo in needs if echo.page is survey],
                **surveys.survey_values(community, survey, wording, lang, view.as_of),
            )
    if any(survey.readable for survey in community.surveys) and "surveys/index.md" not in community.files:
        title = translate(T("Sondages et besoins"), lang)
        yield staged(
            "surveys/index.md",
            title,
            "trends",
            ours=True,
            words=words,
            needs=needs,
            **surveys.trend_values(community, lang),
        )
    if community.closing_review is not None and community.closing_review.readable:
        yield staged("review.md", community.closing_review.title, "review", community.closing_review)


def _within(season: Season, day: date) -> bool:
    return season.start_date <= day and (season.end_date is None or day <= season.end_date)


def _around(note: Page[Note], books: Mapping[str, list[Page[Note]]]) -> tuple[Page[Note] | None, Page[Note] | None]:
    """Return the notes before and after one in its notebook."""
    pages = books[note.path.removeprefix("notes/").rpartition("/")[0]]
    at = pages.index(note)
    return (pages[at - 1] if at else None), (pages[at + 1] if at + 1 < len(pages) else None)


_FIRST_HEADING = re.compile(r"\A\s*# [^\n]*(?:\n|\Z)")


def body(page: Page[Record] | None) -> str:
    """Return the Markdown of a page without its first-level title, which the site shows itself."""
    if page is None or not page.readable:
        return ""
    text = page.document.body.replace("\r\n", "\n")
    return _FIRST_HEADING.sub("", text, count=1)


@lru_cache(maxsize=4096)
def tag_slug(tag: str) -> str:
    """Return the name of a tag's page; « C », « C++ » and « C# » have three.

    Case, accents, apostrophes, hyphens and « St » for Saint do not tell tags apart; other signs do, by a few letters of their digest.
    """
    tag = spelled(tag)
    slug = slugify(tag)
    plain = "".join(c for c in unicodedata.normalize("NFKD", tag.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"[\s'’·_-]+", "-", plain.replace("œ", "oe").replace("æ", "ae")).strip("-")
    if words in (slug, slug.replace("-", "")) or (slug and words.replace("-", "") == slug.replace("-", "")):
        return slug
    return f"{slug or 'theme'}-{hashlib.sha256(plain.encode()).hexdigest()[:6]}"


def tag_slugs(note: Page[Note]) -> list[tuple[str, str]]:
    """Return the tags of a note, each once, with the source path of its page."""
    paths = {f"tags/{tag_slug(tag)}.md": tag for tag in reversed(note.record.tags)}
    return [(tag, path) for path, tag in reversed(paths.items())]


def meeting_title(meeting: Page[Meeting], lang: str) -> str:
    """Return the title of a meeting, or its day in words."""
    if titled(meeting):
        return meeting.title
    return translate(T("Rencontre du {day}", day=words.day(meeting.record.date, lang)), lang)


def titled(meeting: Page[Meeting]) -> bool:
    """Tell whether a meeting has a title of its own."""
    return bool(meeting.record.title) or "# " in meeting.document.body[:200].split("\n", 1)[0]


def survey_title(survey: Page[Survey], lang: str) -> str:
    """Return the title of a survey, or the day it opened in words."""
    if survey.record.title:
        return survey.record.title
    return translate(T("Sondage du {day}", day=words.day(survey.record.opens, lang)), lang)


def _dues(view: Portrait, lang: str) -> list[tuple[life.Due, Text | str]]:
    """Return what is due, with the name of the season or the month of the survey that it is about."""
    seasons: dict[str, Text | str] = {season.id: view.named(season) for season in view.community.charter.seasons}
    held: dict[str, Text | str] = {page.stem: surveys.month(page, lang) for page in view.community.surveys}
    return [
        (due, (seasons if due.kind == "season_review" else held).get(due.subject, ""))
        for due in life.dues(view.community, view.as_of)
    ]


def _notebook_list(community: Community) -> list[tuple[str, list[Page[Note]]]]:
    return [(notebook_title(name, pages) if name else "", pages) for name, pages in notebooks(community).items()]


def _nav(view: Portrait, lang: str) -> tuple[NavItem, ...]:
    community = view.community
    folder = community.folder

    def say(text: object) -> str:
        return translate(text, lang)  # type: ignore[arg-type]  # always one of our texts

    def other(language: str | None) -> str:
        said_in = language or community.charter.language
        return said_in if said_in != lang else ""

    def leaf(page: Page[Note]) -> NavItem:
        return NavItem(page.title, url(f"{folder}/{page.path}"), lang=other(page.record.language))

    items = [NavItem(say(T("Vue d'ensemble")), url(f"{folder}/index.md"))]
    if any(meeting.readable for meeting in community.meetings):
        items.append(NavItem(say(T("Rencontres")), url(f"{folder}/meetings/index.md")))
    books = notebooks(community)
    if books:
        children = [leaf(page) for page in books.pop("", [])]
        for name, pages in books.items():
            inside = tuple(leaf(page) for page in pages)
            first = pages[0].record.language if pages[0].stem == "index" else None
            children.append(NavItem(notebook_title(name, pages), "", inside, linked=False, lang=other(first)))
        items.append(NavItem(say(T("Carnets et notes")), url(f"{folder}/notes/index.md"), tuple(children)))
    seasons = tuple(
        NavItem(
            say(view.named(season)), url(f"{folder}/seasons/{season.id}.md"), lang=other(None) if season.title else ""
        )
        for season in community.charter.seasons
    )
    if seasons:
        items.append(NavItem(say(T("Saisons")), "", seasons, linked=False))
    held = tuple(
        NavItem(survey_title(page, lang), url(f"{folder}/{page.path}"), lang=other(None) if page.record.title else "")
        for page in community.surveys
        if page.readable
    )
    if held:
        items.append(NavItem(say(T("Sondages et besoins")), url(f"{folder}/surveys/index.md"), held))
    fetes = tuple(
        NavItem(
            say(view.named(party.season) if party.season else T("Toute la vie")),
            url(f"{folder}/{party.path}"),
            lang=other(None) if party.season and party.season.title else "",
        )
        for party in celebrations(community, view.as_of)
    )
    if fetes:
        items.append(NavItem(say(T("Célébrations")), "", fetes, linked=False))
    if community.glossary is not None and _shown(community.glossary):
        items.append(NavItem(glossary_title(community.glossary, lang), url(f"{folder}/glossary.md")))
    review = community.closing_review
    if review is not None and review.readable:
        items.append(NavItem(say(T("Bilan")), url(f"{folder}/review.md")))
    return (NavItem(community.title, "", tuple(items), linked=False, lang=other(None)),)
