"""What a page is about, in the words of schema.org (JSON-LD), for search engines and other programs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cdp.links import address as url
from cdp.model import life
from cdp.model.community import Community, Page
from cdp.model.fields import Record
from cdp.model.pages import Meeting, Note
from cdp.settings import Settings
from cdp.site.celebrations import Celebration
from cdp.site.portrait import Portrait
from cdp.text import translate

KINDS = frozenset({"community", "meeting", "note"})
"""Kinds of pages that are described."""

_MODES = {
    "in_person": "https://schema.org/OfflineEventAttendanceMode",
    "remote": "https://schema.org/OnlineEventAttendanceMode",
    "hybrid": "https://schema.org/MixedEventAttendanceMode",
}

_LICENCES = {
    "CC0": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    **{
        f"CC {kind}": (f"CC-{kind}-4.0", f"https://creativecommons.org/licenses/{kind.lower()}/4.0/")
        for kind in ("BY", "BY-SA", "BY-NC", "BY-NC-SA", "BY-ND", "BY-NC-ND")
    },
}


def licence(name: str | None) -> tuple[str, str] | None:
    """Return the SPDX identifier and the address of a licence, None when it is not a known one.

    >>> licence("CC BY-SA 4.0")
    ('CC-BY-SA-4.0', 'https://creativecommons.org/licenses/by-sa/4.0/')
    """
    words = re.sub(r"[\s-]+(?:4|1)\.0$", "", (name or "").strip().upper())
    return _LICENCES.get(re.sub(r"^CC[\s-]+", "CC ", words))


def celebration(party: Celebration, community: Community, lang: str) -> str:
    """Return what a shared celebration says of itself: its numbers, else the summary of its community."""
    return ", ".join(translate(text, lang) for text in party.numbers) or community.charter.summary or ""


def site(settings: Settings, lang: str) -> dict[str, Any]:
    """Return the description of the whole site (WebSite): its name, who answers for it, how to search it."""
    base = settings.site_url.rstrip("/")
    whole: dict[str, Any] = {
        "@type": "WebSite",
        "name": settings.site_name,
        "description": settings.description,
        "inLanguage": lang,
    }
    if organization := settings.privacy.get("organization"):
        whole["publisher"] = {"@type": "Organization", "name": organization}
    if base:
        whole["url"] = f"{base}/{settings.prefix(lang)}"
        if settings.search:
            whole["potentialAction"] = {
                "@type": "SearchAction",
                "target": {
                    "@type": "EntryPoint",
                    "urlTemplate": f"{whole['url']}search/?q={{search_term_string}}",
                },
                "query-input": "required name=search_term_string",
            }
    return {key: value for key, value in whole.items() if value}


def of(
    view: Portrait, page: Page[Record] | None, settings: Settings, source: str, changed: date | None = None
) -> dict[str, Any]:
    """Return the description of a community (Organization), a meeting (Event) or a note (CreativeWork).

    People are named from the day of their consent only, as on the page.
    """
    record = page.record if page is not None else None
    base = settings.site_url.rstrip("/")
    address = {"url": f"{base}/{quote(url(source))}"} if base else {}
    charter = view.community.charter
    home = {"url": f"{base}/{quote(url(view.index))}"} if base else {}
    group = {"@type": "Organization", "name": view.community.title, **home}
    if isinstance(record, Meeting) and page is not None:
        return {**_event(record, view, ZoneInfo(settings.timezone), address), "organizer": group, **address}
    if isinstance(record, Note) and page is not None:
        authors = [
            {"@type": "Person", "name": author.name}
            for author in record.authors
            if author.agreed is not None and author.agreed <= view.as_of
        ]
        written = record.date.isoformat() if record.date else None
        note: dict[str, Any] = {
            "@type": "CreativeWork",
            "name": page.title,
            "description": record.summary,
            "dateCreated": written,
            "datePublished": written,
            "dateModified": changed.isoformat() if changed else None,
            "author": authors or group,
            "license": _licensed(record.license or charter.license),
            "keywords": ", ".join(record.tags),
            "inLanguage": record.language or charter.language,
            "publisher": group,
            "isPartOf": {"@type": "Collection", "name": view.community.title, **home},
        }
        return {key: value for key, value in {**note, **address}.items() if value}
    end = life.last_day(view.community)
    whole: dict[str, Any] = {
        **group,
        "description": charter.summary,
        "foundingDate": charter.start_date.isoformat() if charter.start_date else None,
        # An end that is only planned is no fact yet.
        "dissolutionDate": end.isoformat() if end and view.stage in ("ended", "archived") else None,
        "areaServed": list(charter.regions),
        "keywords": ", ".join(charter.tags),
    }
    return {key: value for key, value in whole.items() if value}


def _event(meeting: Meeting, view: Portrait, zone: ZoneInfo, address: dict[str, str]) -> dict[str, Any]:
    """Return when a meeting begins and ends, and where: in a place, on line, or both."""
    start, end = _moments(meeting, zone)
    form = meeting.format or ("in_person" if meeting.place else "remote" if meeting.link else None)
    places: list[dict[str, str]] = []
    if meeting.place and form != "remote":
        places.append({"@type": "Place", "name": meeting.place, "address": meeting.place})
    # The link of a meeting that is over is not shown: its page is where it was announced.
    link = {"url": meeting.link} if meeting.link and meeting.date >= view.as_of else address
    if form in ("remote", "hybrid") and link:
        places.append({"@type": "VirtualLocation", **link})
    event = {
        "@type": "Event",
        "name": meeting.title or view.community.title,
        "description": view.community.charter.summary,
        "startDate": start,
        "endDate": end,
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": _MODES[form] if form else None,
        "location": places[0] if len(places) == 1 else places,
        "inLanguage": view.community.charter.language,
    }
    return {key: value for key, value in event.items() if value}


def _moments(meeting: Meeting, zone: ZoneInfo) -> tuple[str, str | None]:
    """Return the start of a meeting and its end when the duration is known, with their offset from UTC (RFC 3339)."""
    if meeting.start is None:
        return meeting.date.isoformat(), None
    start = datetime.combine(meeting.date, time.fromisoformat(meeting.start.zfill(5)), zone)
    if not meeting.duration:
        return start.isoformat("T", "minutes"), None
    try:
        # Through UTC: a duration is time that passes, whatever clocks do.
        end = (start.astimezone(UTC) + timedelta(minutes=meeting.duration)).astimezone(zone)
    except OverflowError:
        return start.isoformat("T", "minutes"), None
    return start.isoformat("T", "minutes"), end.isoformat("T", "minutes")


def _licensed(name: str | None) -> Any:
    """Return the address of a licence, or its name when it is not a known one."""
    known = licence(name)
    return known[1] if known else {"@type": "CreativeWork", "name": name} if name else None
