"""What a page is about, in the words of schema.org (JSON-LD), for search engines and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cdp.links import address as url
from cdp.model import life
from cdp.model.community import Community, Page
from cdp.model.fields import Record
from cdp.model.pages import Meeting, Note
from cdp.settings import Settings
from cdp.site.celebrations import Celebration
from cdp.text import translate

if TYPE_CHECKING:
    from cdp.site.communities import Portrait

KINDS = frozenset({"community", "meeting", "note"})
"""Kinds of pages that are described."""

_MODES = {
    "in_person": "https://schema.org/OfflineEventAttendanceMode",
    "remote": "https://schema.org/OnlineEventAttendanceMode",
    "hybrid": "https://schema.org/MixedEventAttendanceMode",
}


def celebration(party: Celebration, community: Community, lang: str) -> str:
    """Return what a shared celebration says of itself: its numbers, else the summary of its community."""
    return ", ".join(translate(text, lang) for text in party.numbers) or community.charter.summary or ""


def of(view: Portrait, page: Page[Record] | None, settings: Settings, source: str) -> dict[str, Any]:
    """Return the description of a community (Organization), a meeting (Event) or a note (CreativeWork).

    People are named from the day of their consent only, as on the page.
    """
    record = page.record if page is not None else None
    base = settings.site_url.rstrip("/")
    address = {"url": f"{base}/{quote(url(source))}"} if base else {}
    charter = view.community.charter
    group = {"@type": "Organization", "name": view.community.title}
    if isinstance(record, Meeting) and page is not None:
        place: dict[str, Any] = {}
        if record.place:
            place = {"location": {"@type": "Place", "name": record.place}}
        elif record.link and record.date >= view.as_of:
            place = {"location": {"@type": "VirtualLocation", "url": record.link}}
        start = record.date.isoformat() + (f"T{record.start.zfill(5)}" if record.start else "")
        mode = {"eventAttendanceMode": _MODES[record.format]} if record.format else {}
        event = {"@type": "Event", "name": record.title or view.community.title, "startDate": start}
        return {**event, **mode, **place, "organizer": group, **address}
    if isinstance(record, Note) and page is not None:
        authors = [
            {"@type": "Person", "name": author.name}
            for author in record.authors
            if author.agreed is not None and author.agreed <= view.as_of
        ]
        note: dict[str, Any] = {
            "@type": "CreativeWork",
            "name": page.title,
            "description": record.summary,
            "dateCreated": record.date.isoformat() if record.date else None,
            "author": authors or group,
            "license": record.license or charter.license,
            "keywords": ", ".join(record.tags),
            "inLanguage": record.language or charter.language,
            "publisher": group,
        }
        return {key: value for key, value in {**note, **address}.items() if value}
    end = life.last_day(view.community)
    whole: dict[str, Any] = {
        **group,
        "description": charter.summary,
        "foundingDate": charter.start_date.isoformat() if charter.start_date else None,
        "dissolutionDate": end.isoformat() if end else None,
        "areaServed": list(charter.regions),
        "keywords": ", ".join(charter.tags),
    }
    return {key: value for key, value in {**whole, **address}.items() if value}
