"""What minutes say under their four usual headings: decisions, learnings, needs heard, who does what.

The form is Markdown that people write anyway: a heading, then a list; a task is an item that begins with ``[ ]``,
done once it begins with ``[x]``. The guide "Rencontres" shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape

from cdp import dates
from cdp.dialect import slugify
from cdp.model.community import Community, Page
from cdp.model.pages import Meeting
from cdp.prose import without_code

HEADINGS: dict[str, tuple[str, ...]] = {
    "decisions": ("decisions", "ce-que-nous-avons-decide", "what-we-decided"),
    "learnings": ("apprentissages", "ce-que-nous-avons-appris", "learnings", "what-we-learned"),
    "needs": ("besoins-entendus", "ce-dont-nous-avons-besoin", "needs-heard", "what-we-need"),
    "actions": ("qui-fait-quoi", "who-does-what", "actions"),
}
"""Headings of minutes, in French and English, as anchors: case and accents do not matter."""

_PARTS = {anchor: part for part, anchors in HEADINGS.items() for anchor in anchors}
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_ITEM = re.compile(r"[-*+][ \t]+|\d{1,3}[.)][ \t]+")
_BOX = re.compile(r"\[([ xX])\][ \t]+")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:[ \t]+\"[^\"]*\")?\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>#|+.!-])")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*|__|\*)(?=\S)(.+?)(?<=\S)\1")
_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of minutes.

    Attributes:
        text: its words, without Markdown signs.
        done: whether its box is ticked; None when it has no box.
        by: the first date that its words give, or None.
    """

    text: str
    done: bool | None = None
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """The lists of a meeting's page."""

    decisions: tuple[Item, ...] = ()
    learnings: tuple[Item, ...] = ()
    needs: tuple[Item, ...] = ()
    actions: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An item, and the meeting that said it."""

    item: Item
    meeting: Page[Meeting]


def minutes(body: str) -> Minutes:
    """Return the lists under the four headings of minutes; blocks of code and comments do not count."""
    found: dict[str, list[Item]] = {part: [] for part in HEADINGS}
    part, depth = "", 0
    lines: list[str] = []

    def flush() -> None:
        if lines and part:
            found[part].append(_item(" ".join(lines)))
        lines.clear()

    for line in _lines(body):
        heading = _HEADING.match(line)
        if heading is not None:
            flush()
            named = _PARTS.get(slugify(heading[2]))
            if named is not None:
                part, depth = named, len(heading[1])
            elif len(heading[1]) <= depth or not part:
                part = ""
            continue
        item = _ITEM.match(line)
        if item is not None:
            flush()
            lines.append(line[item.end() :].strip())
        elif not line.strip() or not line.startswith((" ", "\t")):
            flush()
        elif lines and _ITEM.match(line.strip()) is None:
            lines.append(line.strip())
    flush()
    return Minutes(**{name: tuple(item for item in items if item.text) for name, items in found.items()})


def _lines(body: str) -> Iterator[str]:
    """Yield the lines of minutes, blocks of code and comments blanked; a few words of code in a line stay words."""
    text = body.replace("\r\n", " \n")
    for seen, written in zip(without_code(text).split("\n"), text.split("\n"), strict=True):
        yield written if seen.strip() and "<!--" not in written and "-->" not in written else seen


def untouched(page: Page[Meeting]) -> bool:
    """Tell whether a meeting's page is still its template: headings and comments alone, and nobody counted.

    A page with no text at all is a fact that somebody wrote; a template that nobody filled in is a plan.
    """
    if not page.readable or page.record.attendance is not None or "attendance" in page.record.unknown:
        return False
    said = without_code(page.document.body)
    left = [line for line in said.splitlines() if line.strip() and _HEADING.match(line) is None]
    return not left and bool(page.document.body.strip())


def _item(text: str) -> Item:
    box = _BOX.match(text)
    words = plain(text[box.end() :] if box else text)
    return Item(words, None if box is None else box[1] != " ", _day(words))


def plain(text: str) -> str:
    """Return a line of Markdown as plain words: links by their words, without emphasis.

    >>> plain("Lire **la [note](notes/a.md)** d'ici le 2026-12-08")
    "Lire la note d'ici le 2026-12-08"
    """
    text = _LINK.sub(r"\1", text[:2000])
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(unescape(_ESCAPED.sub(r"\1", text.replace("`", ""))).split())


def _day(text: str) -> date | None:
    for match in _DAY.finditer(text):
        try:
            return dates.parse(match[0])
        except ValueError:
            continue
    return None


def _past(community: Community, as_of: date) -> list[Page[Meeting]]:
    held = [page for page in community.meetings if page.readable and page.record.date <= as_of]
    return sorted(held, key=lambda page: (page.record.date, page.path))


def open_actions(community: Community, as_of: date) -> tuple[Said, ...]:
    """Return what people still have to do: unticked tasks of all meetings, items without a box of the last one.

    Those that give a date come first, soonest first; then the latest said.
    """
    held = _past(community, as_of)
    found: list[Said] = []
    for page in reversed(held):
        found.extend(
            Said(item, page)
            for item in minutes(page.document.body).actions
            if item.done is False or (item.done is None and page is held[-1])
        )
    return tuple(sorted(found, key=lambda said: said.item.by or date.max))


def needs_heard(community: Community, as_of: date) -> tuple[Said, ...]:
    """Return the needs heard in meetings since the last survey opened, which the next one takes up."""
    opened = [page.record.opens for page in community.surveys if page.states("opens") and page.record.opens <= as_of]
    since = max(opened, default=date.min)
    return tuple(said for page in _past(community, as_of) if page.record.date > since for said in _needs(page))


def _needs(page: Page[Meeting]) -> Iterator[Said]:
    for item in minutes(page.document.body).needs:
        if not item.done:
            yield Said(item, page)
