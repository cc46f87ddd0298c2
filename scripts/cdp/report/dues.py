"""What is due, to text, JSON and Markdown: the most pressing first, by community and by person in charge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from cdp.model import life
from cdp.model.community import Community
from cdp.report import Style, plain, shown
from cdp.site import words
from cdp.text import N, T, Text, translate

State = Literal["overdue", "now", "coming"]
STATES: dict[State, Text] = {"overdue": T("En retard"), "now": T("Maintenant"), "coming": T("À venir")}


@dataclass(frozen=True)
class Item:
    """Something that a community has to do.

    Attributes:
        community: whose.
        due: what and when.
        state: "overdue" past its grace, "now" from its day on, "coming" before.
    """

    community: Community
    due: life.Due
    state: State

    @property
    def people(self) -> tuple[str, ...]:
        """Names of the facilitators, who are in charge."""
        return tuple(shown(person.name) for person in self.community.charter.facilitators)


@dataclass(frozen=True)
class Agenda:
    """What is due by a day.

    Attributes:
        items: the most pressing first.
        as_of: today.
        within: how many days ahead were looked at.
        lang: language of the screens.
    """

    items: Sequence[Item]
    as_of: date
    within: int
    lang: str

    def say(self, text: Text) -> str:
        """Return a text in the language of the screens."""
        return translate(text, self.lang)

    def what(self, item: Item) -> str:
        """Return what an item asks for, with the season or the survey that is meant."""
        subject = shown(item.due.subject)
        return self.say(words.DUES[item.due.kind]) + (f" ({subject})" if subject else "")

    def when(self, item: Item) -> str:
        """Return since when or by when, in words."""
        if item.state == "overdue":
            return self.say(N("en retard de {n} jour", "en retard de {n} jours", (self.as_of - item.due.late).days))
        if item.due.on == self.as_of:
            return self.say(T("aujourd'hui"))
        if item.state == "now":
            return self.say(T("depuis le {day}", day=words.day(item.due.on, self.lang)))
        return self.say(T("le {day}", day=words.day(item.due.on, self.lang)))

    @property
    def in_charge(self) -> dict[str, list[Item]]:
        """The items by person, those who are late first; "" for communities without anybody."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            for name in item.people or ("",):
                found.setdefault(name, []).append(item)
        return found

    @property
    def summary(self) -> str:
        """One line: how much is late, due and coming."""
        counts = [sum(item.state == state for item in self.items) for state in STATES]
        return self.say(
            T(
                "{late} en retard, {now} à faire maintenant, {coming} d'ici {days} jours (en date du {day}).",
                late=counts[0],
                now=counts[1],
                coming=counts[2],
                days=self.within,
                day=self.as_of,
            )
        )


def agenda(communities: Iterable[Community], as_of: date, within: int, lang: str, raw: Collection[str] = ()) -> Agenda:
    """Return what communities have to do by ``within`` days: what is late, what is due, what comes; longest late first.

    Args:
        communities: which.
        as_of: today.
        within: days ahead.
        lang: of the screens.
        raw: surveys (``slug/2026-06``) of which this computer still holds raw answers: they are destroyed on their day.
    """
    items = [
        Item(community, due, "overdue" if due.late < as_of else "now" if due.on <= as_of else "coming")
        for community in communities
        for due in (*life.dues(community, as_of), *_purges(community, raw))
        if due.on <= as_of + timedelta(days=within)
    ]
    order = list(STATES)

    def pressing(item: Item) -> tuple[int, date, date, str, str, str]:
        first, second = item.due.late, item.due.on
        if item.state == "coming":
            first, second = second, first
        return order.index(item.state), first, second, item.community.slug, item.due.kind, item.due.subject

    return Agenda(sorted(items, key=pressing), as_of, within, lang)


def _purges(community: Community, raw: Collection[str]) -> Iterator[life.Due]:
    for page in community.surveys:
        day = page.record.purge if page.readable else None
        if day is not None and f"{community.slug}/{page.stem}" in raw:
            yield life.Due("purge", day, day, page.stem)


def text(agenda: Agenda, style: Style = plain) -> str:
    """Return lines for a screen: what, for which community, when, who is in charge."""
    lines: list[str] = []
    for state, title in STATES.items():
        items = [item for item in agenda.items if item.state == state]
        if items:
            lines.append(style(agenda.say(title), state))
        for item in items:
            lines.append(f"  {agenda.what(item)} – {agenda.when(item)}")
            who = f" · {', '.join(item.people)}" if item.people else ""
            lines.append("    " + style(f"{shown(item.community.title)} [{item.community.slug}]{who}", "quiet"))
    people = agenda.in_charge
    if people:
        lines += ["", style(agenda.say(T("Par personne")), "title")]
    for name, items in people.items():
        late = sum(item.state == "overdue" for item in items)
        said = agenda.say(N("{n} chose à faire", "{n} choses à faire", len(items)))
        if late:
            said += ", " + agenda.say(T("dont {n} en retard", n=late))
        who = name or agenda.say(T("personne à l'animation"))
        lines.append(f"  {who} – {said}")
    if people:
        lines.append("")
    lines.append(agenda.summary if agenda.items else nothing(agenda))
    return "\n".join(lines) + "\n"


def nothing(agenda: Agenda) -> str:
    """Return the sentence said when nothing is due."""
    return agenda.say(
        T("Rien en retard, rien d'ici {days} jours (en date du {day}).", days=agenda.within, day=agenda.as_of)
    )


def as_json(agenda: Agenda) -> str:
    """Return JSON, version 1: every item, and for each person in charge the numbers of theirs."""
    numbers = {id(item): number for number, item in enumerate(agenda.items)}
    items: list[dict[str, Any]] = [
        {
            "community": item.community.slug,
            "title": item.community.title,
            "what": item.due.kind,
            "label": agenda.what(item),
            "on": item.due.on.isoformat(),
            "late": item.due.late.isoformat(),
            "subject": item.due.subject,
            "state": item.state,
            "facilitators": list(item.people),
        }
        for item in agenda.items
    ]
    people = [
        {"name": name, "dues": [numbers[id(item)] for item in items]}
        for name, items in agenda.in_charge.items()
        if name
    ]
    document = {
        "version": 1,
        "as_of": agenda.as_of.isoformat(),
        "within": agenda.within,
        "dues": items,
        "people": people,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def markdown(agenda: Agenda) -> str:
    """Return the body of an issue or of an e-mail: lists to tick, by urgency, then by person in charge."""
    lines = [f"**{agenda.summary if agenda.items else nothing(agenda)}**"]
    for state, title in STATES.items():
        items = [item for item in agenda.items if item.state == state]
        if items:
            lines += ["", f"## {agenda.say(title)}", ""]
        lines += [
            f"- [ ] {quiet(agenda.what(item))} – {quiet(agenda.when(item))} – **{quiet(item.community.title)}**"
            + (f" ({', '.join(map(quiet, item.people))})" if item.people else "")
            for item in items
        ]
    people = agenda.in_charge
    if people:
        lines += ["", "## " + agenda.say(T("Par personne")), ""]
    for name, items in people.items():
        said = quiet(name) if name else agenda.say(T("personne à l'animation"))
        lines.append(f"- **{said}**")
        lines += [f"  - {quiet(item.community.title)} – {quiet(agenda.what(item))}" for item in items]
    return "\n".join(lines) + "\n"


_MARKS = re.compile(r"([\\`*_\[\]<>#|~&$])")
_JOINER = "\u2060"


def quiet(said: str) -> str:
    """Return words of members as plain Markdown: no markup, no HTML, and nobody notified by an ``@``.

    An invisible word joiner keeps forges from reading a mention, a reference to an issue or an address.
    """
    said = _MARKS.sub(r"\\\1", " ".join(shown(said).split(" ")))
    said = re.sub(r"([@#:/.])(?=\S)", rf"\1{_JOINER}", said)
    return re.sub(r"(?i)\b(gh|www)(?=[\\.-])", rf"\1{_JOINER}", said)


FORMATS: dict[str, Callable[[Agenda], str]] = {"text": text, "json": as_json, "markdown": markdown}
"""The forms of an agenda, by the word that ``--format`` takes; ``ics`` is made by ``cdp.calendar``."""
