"""Mail drafts: ``.eml`` files that any mail program opens, reads over and sends. cdp itself sends nothing.

Text and HTML say the same (RFC 2046, multipart/alternative). ``X-Unsent: 1`` makes mail programs open a draft. The
calendar entry is METHOD:PUBLISH when the sender is known, since that method asks for an organizer and for no answer
(RFC 5546, 3.2.1); otherwise a plain calendar without method. REQUEST would make programs answer to an address that
nobody reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape, unescape
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from markdown import markdown

from cdp.calendar import uid
from cdp.dialect import slugify
from cdp.facilitation import meetings
from cdp.facilitation.filling import bullets, fill, summary
from cdp.facilitation.recruit.contacts import Contact, Status, email_of
from cdp.model import life
from cdp.model.charter import Season
from cdp.model.community import Community
from cdp.sanitize import clean
from cdp.settings import Settings
from cdp.site import words
from cdp.site.surveys import form_path
from cdp.text import T, Text, translate, typeset

Kind = Literal["first-contact", "meeting", "one-to-one", "kickoff", "survey", "season-end", "celebration", "closing"]
"""What a draft is for: ``meeting`` invites to the group's next meeting, ``one-to-one`` to a talk with one person."""
KINDS: tuple[Kind, ...] = get_args(Kind)
ASKED: dict[Kind, frozenset[Status]] = {
    "first-contact": frozenset({"to_contact"}),
    "meeting": frozenset({"met", "ally"}),
    "one-to-one": frozenset({"contacted"}),
    "kickoff": frozenset({"met", "ally"}),
    "survey": frozenset({"ally"}),
    "season-end": frozenset({"ally"}),
    "celebration": frozenset({"ally"}),
    "closing": frozenset({"ally"}),
}
"""To whom each kind goes, unless people are named."""
PURPOSE: dict[Kind, str] = {
    "first-contact": "",
    "meeting": "meetings",
    "one-to-one": "meetings",
    "kickoff": "meetings",
    "survey": "surveys",
    "season-end": "meetings",
    "celebration": "meetings",
    "closing": "meetings",
}
"""The consent that each kind needs; a first message asks for it."""
TITLES: dict[Kind, Text] = {
    "first-contact": T("Premier contact"),
    "meeting": T("Rencontre"),
    "one-to-one": T("Rencontre à deux"),
    "kickoff": T("Rencontre de démarrage"),
    "survey": T("Sondage"),
    "season-end": T("Fin de saison"),
    "celebration": T("Célébration"),
    "closing": T("Fermeture"),
}
"""What a calendar calls each, where no meeting's own title does."""


@dataclass(frozen=True, slots=True)
class Event:
    """When and where people meet; ``made`` is the moment of the draft, the day itself when it is not known."""

    title: str
    day: date
    start: str = ""
    minutes: int = 0
    place: str = ""
    link: str = ""
    uid: str = ""
    made: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What a draft says, before it has somebody to say it to.

    Attributes:
        template: the text, its first line the subject.
        fields: values of its fields, but ``person``.
        event: for the calendar entry, or None.
        sender: address of the facilitator, or "".
        lang: language of the text.
        zone: time zone of the hours.
        forms: pages that go with the draft, by name.
    """

    template: str
    fields: Mapping[str, str]
    event: Event | None
    sender: str
    lang: str
    zone: str = Settings.timezone
    forms: Mapping[str, bytes] = field(default_factory=dict)


def event(
    community: Community,
    kind: Kind,
    as_of: date,
    day: date | None = None,
    settings: Settings = Settings(),  # noqa: B008 - frozen
    made: datetime | None = None,
) -> Event | None:
    """Return what a kind invites to: the day given, else the one that the community's files give, or None.

    An ordinary meeting that is not prepared yet is on the day of the rhythm. A talk with one person has no other day than
    the one given. What is past is no invitation.

    Args:
        community: whose invitation.
        kind: what to.
        as_of: today.
        day: when, as a person gave it.
        settings: of the site, whose address is part of the event's identity.
        made: moment of the draft, the first of today when it is not known: of two drafts, the later one counts.
    """
    charter = community.charter
    lang = charter.language
    made = made or datetime.combine(as_of, time(), UTC)
    if kind in ("first-contact", "survey"):
        return None
    if day is None:
        day = _day(community, kind, as_of)
    if day is None:
        return None
    page = next((page for page in community.meetings if page.readable and page.record.date == day), None)
    what = translate(TITLES[kind], lang)
    if page is None or kind == "one-to-one":
        # Known by what it is and not by its day: moved to another one, it takes the place of the entry that people have.
        key = day.isoformat() if kind in ("meeting", "one-to-one") else _season(community, kind, as_of, day)
        return Event(
            f"{community.title} · {what}", day, uid=uid(settings, community, f"invite/{kind}", key), made=made,
        )  # fmt: skip
    record = page.record
    title = page.title if kind in ("meeting", "kickoff") else what
    return Event(
        f"{community.title} · {title}", record.date, record.start or "", record.duration or 0, record.place or "",
        record.link or "", uid(settings, community, "meeting", page.stem), made,
    )  # fmt: skip


_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
"""From when the sequence of drafts is counted, in seconds: a later draft of one event has a larger number (RFC 5545, 3.8.7.4)."""


def _season(community: Community, kind: Kind, as_of: date, day: date) -> str:
    if kind not in ("season-end", "celebration"):
        return ""
    season = life.season(community, day) or life.season(community, as_of)
    return season.id if season is not None else ""


def _day(community: Community, kind: Kind, as_of: date) -> date | None:
    """Return the day that the community's files give to what a kind invites to, when it is to come."""
    charter = community.charter
    coming = meetings.coming(community, as_of)
    following = coming.record.date if coming is not None else None
    told: list[date | None] = []
    if kind == "one-to-one":
        return None
    if kind == "meeting":
        return following or meetings.due(community, as_of)
    if kind == "kickoff":
        told = [charter.kickoff.date if charter.kickoff is not None else None]
        following = None
    elif kind == "closing":
        told = [charter.closing.celebration.date if charter.closing and charter.closing.celebration else None]
    elif kind == "celebration":
        told = [season.celebrated for season in charter.seasons]
        told += [charter.closing.celebration.date if charter.closing and charter.closing.celebration else None]
    else:
        season = life.season(community, as_of)
        last = season.end_date if season is not None else None
        own = [page.record.date for page in community.meetings if page.readable and page.record.date >= as_of]
        told = [max((day for day in own if last is None or day <= last), default=None)]
    return min((day for day in told if day is not None and day >= as_of), default=following)


def moved(what: Event, start: str, place: str, link: str) -> Event:
    """Return an event with the hour, the place and the link that a person gave."""
    return replace(what, start=start or what.start, place=place or what.place, link=link or what.link)


def fields(
    community: Community,
    settings: Settings,
    as_of: date,
    what: Event | None,
    link: str = "",
    season: Season | None = None,
) -> dict[str, str]:
    """Return the fields that a text may use; they speak of the season given, else of the present one."""
    charter = community.charter
    lang = charter.language
    season = season or life.season(community, as_of)
    own = [o.text for o in charter.objectives if season is not None and o.season == season.id]
    aims = [o.text for o in charter.objectives if o.outcome == "open"]
    met = [o.text for o in charter.objectives if o.outcome == "met"]
    site = settings.site_url.rstrip("/")
    survey = next((p for p in community.surveys if p.readable and p.record.opens <= as_of <= p.record.closes), None)
    if survey is not None and site and not link:
        link = f"{site}/{form_path(community, survey)}"
    return {
        "title": community.title,
        "summary": summary(community),
        "purpose": charter.purpose or "",
        "scope": charter.scope or "",
        "rhythm": words.rhythm(charter.formula.rhythm, lang) if charter.formula and charter.formula.rhythm else "",
        "season": (season.title or season.id) if season else "",
        "season_end": words.day(season.end_date, lang) if season and season.end_date else "",
        "end_date": words.day(charter.end_date, lang) if charter.end_date else "",
        "objectives": bullets(list(dict.fromkeys(own or aims))),
        "met": bullets(list(dict.fromkeys(met))),
        "date": words.day(what.day, lang, "weekday") if what else "",
        "hour": words.hour(what.start, lang) if what and what.start else "",
        "place": what.place if what else "",
        "link": what.link if what else "",
        "form": link,
        "form_closes": words.day(survey.record.closes, lang, "weekday") if survey is not None else "",
        "facilitators": ", ".join(person.name for person in charter.facilitators),
        "contact": charter.contact or "",
        "page": f"{site}/communities/{community.slug}/" if site else "",
    }


def draft(letter: Letter, people: Sequence[Contact], *, together: bool = False) -> bytes:
    """Return a draft: to one person, or to several as blind copies; to nobody when there is none."""
    named = _called(people[0]) if len(people) == 1 and not together else ""
    # A greeting stays where it names nobody: « Bonjour, ».
    template = letter.template.replace("{{person}}", " {{person}}" if named else "")
    if letter.lang == "fr":
        template = typeset(template)
    values = {**letter.fields, "person": named}
    first, _, body = template.lstrip("\ufeff\r\n").partition("\n")
    # A subject is never left out, even where one of its fields has nothing to say.
    subject = _subject(fill(first, {name: value or "…" for name, value in values.items()}))
    text = fill(body, values).strip() + "\n"
    marked = fill(body, values, markdown=True)
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = subject
    if letter.sender:
        message["From"] = _address("", letter.sender)
    # A person may have several addresses: the first one serves.
    recipients = [_address(_called(person), person.emails[0]) for person in people]
    if recipients:
        message["Bcc" if together else "To"] = recipients
    message.set_content(_plain(text), charset="utf-8", cte="quoted-printable")
    html = clean(markdown(marked), letter.lang)
    message.add_alternative(
        f'<!doctype html><html lang="{letter.lang}"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
        f'<body style="font:16px/1.5 sans-serif;color:#23272a;max-width:40em">{html}</body></html>',
        subtype="html",
        charset="utf-8",
        cte="quoted-printable",
    )
    if letter.event is not None:
        method = {"method": "PUBLISH"} if letter.sender else {}
        message.add_attachment(
            calendar(letter.event, letter.sender, letter.zone).decode(),
            subtype="calendar",
            filename="invitation.ics",
            params=method,
            charset="utf-8",
            cte="base64",
        )
    for name, data in letter.forms.items():
        message.add_attachment(data.decode(), subtype="html", filename=name, charset="utf-8", cte="base64")
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            seed = f"{number}:{subject}:{','.join(map(str, recipients))}"
            part.set_boundary("=_cdp_" + hashlib.sha256(seed.encode()).hexdigest()[:24])
    return message.as_bytes()


def _called(person: Contact) -> str:
    """Return how a person is greeted; "" for a contact known by an address or an organization alone."""
    return "" if "@" in person.name or person.name in (person.organization, *person.emails) else person.name


def _subject(line: str) -> str:
    return " ".join(re.sub(r"^(?:objet|subject)\s*:\s*", "", line, flags=re.IGNORECASE).split())


def _plain(text: str) -> str:
    """Return the text part: Markdown as it is, without the signs that only protect."""
    return unescape(re.sub(r"\\([\\`*_{}\[\]#+.!-])", r"\1", text))


def _address(name: str, email: str) -> Address:
    return Address(" ".join(re.sub(r"[\x00-\x1f\x7f]", " ", name).split()), addr_spec=email.strip())


def addressed(contact: Contact) -> bool:
    """Tell whether a draft can be made out to somebody: the first address can be written in a header."""
    if not contact.emails or not email_of(contact.emails[0]):
        return False
    try:
        _address(contact.name, contact.emails[0])
    except (ValueError, IndexError, MessageError):
        return False
    return True


def file_name(person: Contact | None, kind: str) -> str:
    """Return the name of a draft's file."""
    return f"{kind}-{person.id}-{slugify(person.name)[:40]}.eml" if person is not None else f"{kind}.eml"


def calendar(what: Event, sender: str, zone: str) -> bytes:
    """Return the calendar entry of an event. Its time is in UTC: no table of time zones to be misread."""
    from icalendar import Calendar
    from icalendar import Event as Entry

    entry = Entry()
    # The identity that the site's calendar gives this meeting: who has both sees it once.
    entry.add("uid", what.uid or hashlib.sha256(f"{what.title}\n{what.day}".encode()).hexdigest()[:32] + "@cdp")
    made = what.made or datetime.combine(what.day, time(), UTC)
    entry.add("dtstamp", made)
    entry.add("sequence", max(int((made - _FIRST).total_seconds()), 0))
    entry.add("summary", what.title)
    if what.start:
        hours, minutes = map(int, what.start.split(":"))
        begins = datetime.combine(what.day, time(hours, minutes), ZoneInfo(zone)).astimezone(UTC)
        entry.add("dtstart", begins)
        entry.add("dtend", begins + timedelta(minutes=what.minutes or 120))
    else:
        entry.add("dtstart", what.day)
    if what.place or what.link:
        entry.add("location", what.place or what.link)
    if what.link:
        entry.add("url", what.link)
        entry.add("description", what.link)
    result = Calendar()
    result.add("prodid", "-//cdp//FR")
    result.add("version", "2.0")
    if sender:
        result.add("method", "PUBLISH")
        entry.add("organizer", f"mailto:{sender}")
    result.add_component(entry)
    return bytes(result.to_ical())
