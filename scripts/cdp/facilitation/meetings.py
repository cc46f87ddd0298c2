"""Meetings: the next date by the rhythm, and minutes made from the template. Pure.

Source: the practice, "En commun n'est pas la CdP, mais un outil": people meet on a regular basis, the tool follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from cdp.dialect import slugify
from cdp.frontmatter import Edit, edit
from cdp.model import rhythm
from cdp.model.community import Community, Page
from cdp.model.pages import Meeting
from cdp.plan import Plan
from cdp.site import words
from cdp.text import T, translate


def last(community: Community, as_of: date) -> Page[Meeting] | None:
    """Return the last meeting held by a day, or None."""
    held = [page for page in community.meetings if page.readable and page.record.date <= as_of]
    return max(held, key=lambda page: page.record.date, default=None)


def coming(community: Community, as_of: date) -> Page[Meeting] | None:
    """Return the first meeting from a day on, or None."""
    ahead = [page for page in community.meetings if page.readable and page.record.date >= as_of]
    return min(ahead, key=lambda page: (page.record.date, page.record.start or ""), default=None)


def due(community: Community, as_of: date, prepared: bool = False) -> date | None:
    """Return when the rhythm of the formula calls for the next meeting, from a day on; None without a rhythm.

    Args:
        community: whose meeting.
        as_of: first day that may be.
        prepared: count on from the last meeting that has a page, also one to come.
    """
    formula = community.charter.formula
    kickoff = community.charter.kickoff
    before = last(community, date.max if prepared else as_of)
    start = before.record.date if before is not None else (kickoff.date if kickoff is not None else None)
    if formula is None or formula.rhythm is None or start is None:
        return None
    return rhythm.following(formula.rhythm, start, as_of)


def taken(community: Community, day: date) -> Page[Meeting] | None:
    """Return the page of a meeting that a day already has, or None."""
    return next((page for page in community.meetings if page.readable and page.record.date == day), None)


def new(community: Community, template: str, day: date, title: str, fields: Mapping[str, str], body: str = "") -> Plan:
    """Return the plan that writes the page of a meeting.

    Args:
        community: whose meeting.
        template: text of the template of minutes.
        day: date of the meeting.
        title: its title, or "".
        fields: other keys of the front matter (start, duration, format, place, link, attendance), those given.
        body: what replaces the template's body, when the minutes are already known.
    """
    formula = community.charter.formula
    known = dict(fields)
    if formula is not None:
        known.setdefault("format", formula.format or "")
        if known.get("format") != "remote":
            known.setdefault("place", formula.place or "")
    said = title or translate(
        T("Rencontre du {day}", day=words.day(day, community.charter.language)), community.charter.language
    )
    edits = [Edit(("title",), said), Edit(("date",), day.isoformat())]
    edits += [Edit((key,), value) for key, value in known.items() if value]
    text = edit(template, edits).replace("{{title}}", said)
    for key in ("attendance", "link", "place"):
        if known.get(key):
            # The template's example of what is now written, with the line that explains it.
            text = re.sub(rf"(?m)^(?:## .*\n)?# {key}:.*\n", "", text, count=1)
    for key in ("start", "duration", "format"):
        if not known.get(key):
            # An hour that nobody chose is an example, and would be published.
            text = re.sub(rf"(?m)^{key}:(?= )", f"# {key}:", text, count=1)
    if body:
        head = text.index("\n---", 3) + 4
        text = text[:head] + "\n\n" + body.strip() + "\n"
    word = translate(T("rencontre"), community.charter.language)
    name = f"{day.isoformat()}-{slugify(title)[:50].strip('-') or word}"
    paths = {page.path for page in community.meetings}
    path, number = f"meetings/{name}.md", 2
    while path in paths:
        path, number = f"meetings/{name}-{number}.md", number + 1
    notes = []
    other = taken(community, day)
    if other is not None:
        notes.append(T("Ce jour a déjà une page, {path} : celle-ci s'ajoute.", path=other.path))
    return Plan({f"{community.folder}/{path}": text.encode()}, {f"{community.folder}/{path}": None}, tuple(notes))
