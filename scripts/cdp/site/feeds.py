"""Files for programs: Atom feeds (RFC 4287), redirects of former addresses, instructions to robots, map of the site."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import quote

from cdp.links import address as url
from cdp.model.addresses import former, given, is_folder
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.settings import Settings
from cdp.site.archived import still
from cdp.site.communities import meeting_title, published, survey_title, titled
from cdp.site.portrait import Portrait
from cdp.site.staging import href
from cdp.text import T, Words, translate

MOST = 30
"""Most entries of a feed."""


@dataclass(frozen=True, slots=True)
class News:
    """Something new: the day, its title and one sentence about it in their languages, source path of its page."""

    on: date
    title: Words
    summary: Words
    path: str


def news(view: Portrait, lang: str) -> list[News]:
    """Return what is new in a community, latest first; nothing is announced before its day but a coming meeting."""
    community, folder = view.community, view.community.folder
    own = community.charter.language
    of = Words(community.title, own)
    found: list[News] = []
    for meeting in community.meetings:
        if meeting.readable and meeting.record.date <= view.as_of:
            title = Words(meeting_title(meeting, lang), own if titled(meeting) else lang)
            found.append(News(meeting.record.date, title, of, f"{folder}/{meeting.path}"))
    for note in community.notes:
        if published(note) and note.record.date is not None and note.record.date <= view.as_of:
            said_in = note.record.language or own
            summary = Words(note.record.summary, said_in) if note.record.summary else of
            found.append(News(note.record.date, Words(note.title, said_in), summary, f"{folder}/{note.path}"))
    for survey in community.surveys:
        if survey.readable and survey.record.opens <= view.as_of:
            title = Words(survey_title(survey, lang), own if survey.record.title else lang)
            found.append(News(survey.record.opens, title, of, f"{folder}/{survey.path}"))
    for season in community.charter.seasons:
        if season.celebrated is not None and season.celebrated <= view.as_of:
            title = Words(translate(T("Saison célébrée : {title}", title=view.named(season)), lang), lang)
            found.append(News(season.celebrated, title, of, f"{folder}/seasons/{season.id}.md"))
    return sorted(found, key=lambda item: (item.on, item.path), reverse=True)


def feeds(views: Iterable[Portrait], as_of: date, settings: Settings, lang: str) -> Iterator[tuple[str, bytes]]:
    """Yield the feeds: one for each community but the archives, whose own stays, and the site's, with the latest of all."""
    everything: list[News] = []
    for view in views:
        everything += news(view, settings.tongue(view.community.charter.language))[:MOST]
        if still(view.community, as_of) is None:
            yield from feed(view, settings).items()
    everything.sort(key=lambda item: (item.on, item.path), reverse=True)
    yield "feed.xml", _feed("feed.xml", settings.site_name, "index.md", everything[:MOST], as_of, settings, lang)


def feed(view: Portrait, settings: Settings) -> Mapping[str, bytes]:
    """Return the feed of a community, by its path."""
    tongue = settings.tongue(view.community.charter.language)
    path = f"{view.community.folder}/feed.xml"
    found = news(view, tongue)[:MOST]
    return {path: _feed(path, view.community.title, view.index, found, view.as_of, settings, tongue)}


def _feed(path: str, title: str, page: str, entries: list[News], as_of: date, settings: Settings, lang: str) -> bytes:
    site = settings.site_url.rstrip("/")

    def address(target: str) -> str:
        return f"{site}/{quote(url(target))}" if site else href(path, target)

    def identity(target: str) -> str:
        # Stable as long as the site keeps its address: readers then never see an entry twice.
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{site or settings.site_name}/{target}')}"

    def element(name: str, said: Words) -> str:
        tongue = f' xml:lang="{said.lang}"' if said.lang != lang else ""
        return f"<{name}{tongue}>{_xml(said)}</{name}>"

    latest = entries[0].on if entries else as_of
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{lang}">',
        f"<id>{identity(path)}</id>",
        f"<title>{_xml(title)}</title>",
        f"<updated>{_moment(latest)}</updated>",
        f"<author><name>{_xml(settings.said_in(lang).site_name)}</name></author>",
        f'<link rel="alternate" type="text/html" href="{_xml(address(page))}"/>',
        f'<link rel="self" type="application/atom+xml" href="{_xml(address(path))}"/>',
    ]
    lines += [
        f"<entry><id>{identity(entry.path)}</id>{element('title', entry.title)}"
        f"<updated>{_moment(entry.on)}</updated>"
        f'<link rel="alternate" type="text/html" href="{_xml(address(entry.path))}"/>'
        f"{element('summary', entry.summary)}</entry>"
        for entry in entries
    ]
    return ("\n".join([*lines, "</feed>"]) + "\n").encode()


def _moment(day: date) -> str:
    """Return noon of a day: the same day wherever people read it in Quebec."""
    return f"{day.isoformat()}T12:00:00-05:00"


def _xml(text: str) -> str:
    return escape("".join(c for c in text if c >= " " and c not in "\ufffe\uffff"))


_MOVED = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={there}">
<link rel="canonical" href="{canonical}">
</head>
<body><main><h1>{title}</h1><p><a href="{there}">{words}</a></p></main></body>
</html>
"""


def redirects(repository: Repository, settings: Settings) -> Mapping[str, bytes]:
    """Return a page for each former address, that leads to where its page is now.

    A former folder of a community stands for all its pages. An address that is not safe, or that is somebody's, is
    left out: rule CDP908 says so.
    """
    found: dict[str, bytes] = {}
    for community, page, _, text in given(repository):
        address = former(text, repository)
        if address is None or not page.published:
            continue
        moved = [(address, page)]
        if page is community.index and is_folder(address):
            moved += [
                (address + url(other.path), other)
                for other in community.pages()
                if other.path != "index.md" and other.published
            ]
        for place, target in moved:
            if f"{place}index.html" not in found:
                found[f"{place}index.html"] = _redirect(place, community, target, settings)
    return found


def _redirect(address: str, community: Community, page: Page[Record], settings: Settings) -> bytes:
    lang = settings.tongue(community.charter.language)
    site = settings.site_url.rstrip("/")
    now = quote(url(f"{community.folder}/{page.path}"))
    there = "../" * address.count("/") + now
    title = community.title if page is community.index else page.title
    html = _MOVED.format(
        lang=lang,
        title=escape(title),
        there=escape(there),
        canonical=escape(f"{site}/{now}" if site else there),
        words=escape(translate(T("Cette page a changé d'adresse. La suivre."), lang)),
    )
    return html.encode()


def robots(settings: Settings) -> Mapping[str, bytes]:
    """Return ``robots.txt``, which names the sitemap; nothing when the site has no address yet."""
    if not settings.site_url:
        return {}
    text = f"User-agent: *\nAllow: /\nSitemap: {settings.site_url.rstrip('/')}/sitemap.xml\n"
    return {"robots.txt": text.encode()}


def sitemap(site_url: str, addresses: Iterable[str]) -> bytes:
    """Return ``sitemap.xml`` (sitemaps.org, 0.9).

    Args:
        site_url: address of the site.
        addresses: of its pages, from its root.
    """
    base = site_url.rstrip("/")
    lines = [f"<url><loc>{escape(f'{base}/{quote(address)}', quote=False)}</loc></url>" for address in addresses]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return (head + "\n".join(lines) + "\n</urlset>\n").encode()
