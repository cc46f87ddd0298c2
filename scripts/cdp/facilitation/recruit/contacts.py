"""The contact bank: who could be an ally, how to reach them, what they agreed to.

One YAML file that a person can read and mend, ``private/contacts.yml``; never in Git. Quebec's Law 25 asks for a
purpose, a consent and an end to keeping: each contact carries all three.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import Field, StringConstraints, ValidationError

from cdp.dates import add_months
from cdp.dialect import slugify, spelled
from cdp.model.fields import Day, Record, Slug
from cdp.text import T, Text

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""What somebody's address book says, whatever it is: « ~ » or « null », which a charter refuses, are words here."""

Status = Literal["to_contact", "contacted", "met", "ally", "declined"]
STATUSES: dict[str, Text] = {
    "to_contact": T("À joindre"),
    "contacted": T("Message envoyé"),
    "met": T("Rencontre faite"),
    "ally": T("Tête de réseau alliée"),
    "declined": T("A dit non"),
}
PURPOSES: dict[str, Text] = {
    "meetings": T("être invitée aux rencontres"),
    "surveys": T("recevoir les sondages"),
}
"""What drafts are written for: a consent is given for a purpose (Quebec's Law 25, section 14).

To be named on the site is agreed to community by community: ``Pursuit.named``.
"""
_CALLED = {"rencontre": "meetings", "meeting": "meetings", "sondage": "surveys", "survey": "surveys"}
KEPT_MONTHS = 24
"""A contact is kept two years after it came in, unless a person decides otherwise."""


class Consent(Record):
    """What a person agreed to: one of PURPOSES, or words of one's own. ``withdrawn`` is the day of a change of mind."""

    purpose: Line
    date: Day
    how: Line | None = None
    withdrawn: Day | None = None


class Origin(Record):
    """Where a contact came from."""

    where: Line
    date: Day


class Step(Record):
    """A step on the way to being an ally."""

    status: Status
    date: Day
    note: Line | None = None


class Pursuit(Record):
    """How far a community is with somebody, and what comes next."""

    steps: tuple[Step, ...] = ()
    named: Literal["yes", "no"] | None = None
    named_on: Day | None = None
    next: Line | None = None
    on: Day | None = None

    @property
    def status(self) -> Status:
        """Where things stand: the last step."""
        return self.steps[-1].status if self.steps else "to_contact"


class Contact(Record):
    """Somebody who could be an ally."""

    id: Line
    name: Line
    organization: Line | None = None
    role: Line | None = None
    networks: tuple[Line, ...] = ()
    region: Line | None = None
    sectors: tuple[Line, ...] = ()
    emails: tuple[Line, ...] = ()
    phones: tuple[Line, ...] = ()
    address: Line | None = None
    how: Line | None = None
    note: Line | None = None
    source: Origin | None = None
    consents: tuple[Consent, ...] = ()
    purge: Day | None = None
    pipeline: dict[Slug, Pursuit] = Field(default_factory=dict)
    other: dict[str, tuple[str, ...]] = Field(default_factory=dict)


Bank = tuple[Contact, ...]


def purpose_of(word: str) -> str:
    """Return the purpose that a word means, in French or English; other words are kept as they are said.

    >>> purpose_of("Sondages"), purpose_of("paraître sur la photo")
    ('surveys', 'paraître sur la photo')
    """
    said = " ".join(word.split())
    return _CALLED.get(folded(said).removesuffix("s"), said)


def agreed(contact: Contact, purpose: str) -> bool | None:
    """Tell whether somebody agreed to a purpose: yes, no once it was withdrawn, None when nothing is noted."""
    said = [consent for consent in contact.consents if consent.purpose == purpose]
    return None if not said else said[-1].withdrawn is None


def agreeing(contact: Contact, purposes: Iterable[str], day: date, how: str = "") -> Contact:
    """Return the contact with consents given on a day; one that stands already is not noted twice."""
    new = [Consent(purpose=p, date=day, how=how or None) for p in dict.fromkeys(purposes) if not agreed(contact, p)]
    return contact.model_copy(update={"consents": (*contact.consents, *new)})


def withdrawing(contact: Contact, purposes: Iterable[str], day: date) -> Contact:
    """Return the contact with consents withdrawn on a day; a refusal of what was never granted is noted too."""
    consents = list(contact.consents)
    for purpose in dict.fromkeys(purposes):
        places = [n for n, each in enumerate(consents) if each.purpose == purpose and each.withdrawn is None]
        for place in places:
            consents[place] = consents[place].model_copy(update={"withdrawn": day})
        if not places and agreed(contact, purpose) is None:
            consents.append(Consent(purpose=purpose, date=day, withdrawn=day))
    return contact.model_copy(update={"consents": tuple(consents)})


def forgotten(text: str, person: Contact) -> str:
    """Return a text without a person's name, addresses and phones, wherever they stand as whole words.

    A name of one word stays: « Ana » is also the first name of others (see :func:`mentions`).
    """
    names = [person.name] if len(person.name.split()) > 1 else []
    phones = [phone for phone in person.phones if sum(sign.isdigit() for sign in phone) >= 7]
    marks = _marks([*names, *person.emails, *phones])
    return marks.sub("…", text) if marks is not None else text


def mentions(text: str, person: Contact) -> bool:
    """Tell whether a text still says a person's name or addresses, so that somebody should look."""
    marks = _marks([person.name, *person.emails])
    return marks is not None and marks.search(text) is not None


def _marks(words: Iterable[str]) -> re.Pattern[str] | None:
    said = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True) if len(word) > 1)
    return re.compile(rf"(?<![\w@.-])(?:{said})(?![\w@])", re.IGNORECASE) if said else None


def without(contact: Contact, person: Contact) -> Contact:
    """Return a contact that says nothing of somebody who is forgotten."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, str):
            return forgotten(value, person)
        if isinstance(value, dict):
            return {key: cleaned(item) for key, item in value.items()}
        return [cleaned(item) for item in value] if isinstance(value, list) else value

    data = contact.model_dump(mode="json", exclude_defaults=True)
    # Its own name, addresses and phones stay: two people may share a name, or a phone.
    own = {key: data[key] for key in ("id", "name", "emails", "phones") if key in data}
    return Contact.model_validate({**cleaned(data), **own})


class Unusable(Exception):  # noqa: N818 - said as a state, as the messages say it
    """The bank, or a file to import, cannot be read."""

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


MARK = "# La banque de contacts de cdp : "
"""How the file of a bank begins, so that a copy of it is known under any name."""
_HEADER = f"""{MARK}des renseignements personnels. Ne la mettez jamais dans Git, ne l'envoyez à personne.
# Pour la transmettre à une relève : cdp contacts export --to CLÉ. Pour oublier quelqu'un : cdp contacts forget ID.
# cdp récrit ce fichier : vos notes vont dans le champ « note » d'un contact.
"""


def read(text: str) -> Bank:
    """Return the bank that a file holds."""
    try:
        data = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - the base loader makes texts, lists and maps only
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Unusable(
            T("la banque de contacts n'est pas du YAML lisible, ligne {line}", line=mark.line + 1 if mark else 1),
            T("Corrigez cette ligne de private/contacts.yml, ou reprenez votre copie."),
        ) from None
    entries = (data.get("contacts") or []) if isinstance(data, dict) else [] if not data else None
    if not isinstance(entries, list):
        raise Unusable(
            T("la banque de contacts n'a pas la forme attendue"),
            T("Le fichier commence par « contacts: », puis une liste."),
        )
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(Contact.model_validate(_without_empty(entry)))
        except ValidationError as error:
            place = ".".join(str(step) for step in error.errors()[0]["loc"]) or "—"
            raise Unusable(
                T("banque de contacts, contact {n} : le champ « {key} » ne va pas", n=number, key=place),
                T("Corrigez-le dans private/contacts.yml."),
            ) from None
    return tuple(found)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item not in ("", None)}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def write(bank: Bank) -> str:
    """Return the file of a bank."""
    entries = [contact.model_dump(mode="json", exclude_defaults=True) for contact in bank]
    said = yaml.dump({"contacts": entries}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10**6)
    return _HEADER + said


def next_id(bank: Iterable[Contact]) -> str:
    """Return an id that nobody has: short, since people type it."""
    numbers = [int(contact.id[1:]) for contact in bank if re.fullmatch(r"c\d{1,7}", contact.id)]
    return f"c{max(numbers, default=0) + 1}"


_EMAIL = re.compile(r"""[^@\s,;<>()"']+@[^@\s,;<>()"'.]+(?:\.[^@\s,;<>()"'.]+)+""")


def email_of(text: str) -> str:
    """Return the address that a text is or holds between angle brackets, "" when there is none to write to.

    >>> email_of("Ana Roy <ana@exemple.org>"), email_of("/o=ExchangeLabs/cn=Recipients/cn=ana")
    ('ana@exemple.org', '')
    """
    said = text.strip()
    if "\n" in said or "\r" in said:
        return ""
    framed = re.fullmatch(r"[^<>]*<([^<>]*)>", said)
    said = (framed[1] if framed else said).strip()
    said = said[7:] if said[:7].lower() == "mailto:" else said
    return said if _EMAIL.fullmatch(said) else ""


class Added(NamedTuple):
    """A bank with what an import brought.

    Attributes:
        bank: the bank.
        same: how many contacts were already there just as they are.
        completed: how many were there, and now have networks, a region, sectors or a consent that they had not.
    """

    bank: Bank
    same: int
    completed: int


def added(bank: Bank, drafts: Sequence[dict[str, Any]], source: str, day: date, consents: Sequence[str] = ()) -> Added:
    """Return the bank with new contacts. One that is there already, and can be reached in the same way, is completed.

    Args:
        bank: the bank.
        drafts: fields of contacts, without id.
        source: where they came from.
        day: today.
        consents: the purposes that they agreed to, when that is known.
    """
    result = list(bank)
    places: dict[str, list[int]] = {}
    for place, contact in enumerate(bank):
        places.setdefault(_content(contact), []).append(place)
    number = int(next_id(bank)[1:])
    same, completed = 0, set()
    for draft in drafts:
        contact = Contact.model_validate(
            {
                **draft,
                "id": f"c{number}",
                "source": {"where": source, "date": day},
                "consents": [{"purpose": purpose, "date": day} for purpose in dict.fromkeys(consents)],
                "purge": add_months(day, KEPT_MONTHS),
            }
        )
        known = places.setdefault(_content(contact), [])
        twin = next((place for place in known if _one(result[place], contact)), None)
        if twin is None:
            known.append(len(result))
            result.append(contact)
            number += 1
            continue
        more = agreeing(_completed(result[twin], contact), consents, day)
        if more == result[twin]:
            same += 1
        elif twin < len(bank):
            completed.add(twin)
        result[twin] = more
    return Added(tuple(result), same, len(completed))


_GROWS = ("networks", "region", "sectors")


def _content(contact: Contact) -> str:
    return contact.model_dump_json(exclude={"id", "source", "consents", "purge", "pipeline", *_GROWS})


def _one(known: Contact, new: Contact) -> bool:
    """Tell whether two contacts with the same words are one: also where they belong, or by more than a name."""
    if all(getattr(known, field) == getattr(new, field) for field in _GROWS):
        return True
    known_by = new.emails or new.phones or new.organization or new.other
    return bool(known_by) and (not known.region or not new.region or known.region == new.region)


def _completed(known: Contact, new: Contact) -> Contact:
    lists = {key: distinct((*getattr(known, key), *getattr(new, key))) for key in ("networks", "sectors")}
    return known.model_copy(update={**lists, "region": known.region or new.region})


SEVERAL = re.compile(r"\s*(?::::|;|\||\n)\s*")


def parted(text: str) -> list[str]:
    """Return the items of a list as people write it in a cell, with commas, semicolons, bars or lines.

    What Google sorts by itself (« * myContacts ») is no group of anybody's.

    >>> parted("* myContacts ::: Popotes, Écocentres; popotes")
    ['Popotes', 'Écocentres']
    """
    items = (item.strip() for part in SEVERAL.split(text) for item in part.split(","))
    return list(distinct(item for item in items if item and not item.startswith("* ")))


def split(contact: Contact) -> Contact:
    """Return the contact with each of its networks and sectors by itself, where « A, B » was written as one."""
    lists = {
        key: distinct(item for text in getattr(contact, key) for item in parted(text) or [text])
        for key in ("networks", "sectors")
    }
    return contact if lists == {key: getattr(contact, key) for key in lists} else contact.model_copy(update=lists)


def distinct(items: Iterable[str]) -> tuple[str, ...]:
    """Return words without those that differ only by case, accents or signs.

    >>> distinct(["Écocentres", "ecocentres", "Popotes"])
    ('Écocentres', 'Popotes')
    """
    first: dict[str, str] = {}
    for item in items:
        first.setdefault(folded(item) or item, item)
    return tuple(first.values())


def folded(text: str) -> str:
    """Return a text for comparing: without case, accents and signs; « St » is Saint."""
    return slugify(spelled(text)).replace("-", " ")


def find(bank: Bank, words: str = "", network: str = "", region: str = "", sector: str = "") -> Bank:
    """Return the contacts that have all that is asked, accents and case aside."""

    def fits(contact: Contact) -> bool:
        everything = folded(
            " ".join(
                filter(
                    None,
                    (contact.id, contact.name, contact.organization, contact.role, contact.region, contact.note,
                     *contact.networks, *contact.sectors, *contact.emails),
                )
            )
        )  # fmt: skip
        return (
            all(word in everything for word in folded(words).split())
            and (not network or any(folded(network) in folded(item) for item in contact.networks))
            and (not region or folded(region) in folded(contact.region or ""))
            and (not sector or any(folded(sector) in folded(item) for item in contact.sectors))
        )

    return tuple(contact for contact in bank if fits(contact))


def named(bank: Bank, word: str) -> Contact:
    """Return the contact that an id, an address or a whole name means."""
    found = [
        contact
        for contact in bank
        if contact.id == word
        or folded(contact.name) == folded(word)
        or word.casefold() in map(str.casefold, contact.emails)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Unusable(
            T("aucun contact n'est « {word} »", word=word),
            T("Cherchez-le : cdp contacts find MOTS; puis donnez son identifiant."),
        )
    raise Unusable(
        T("plusieurs contacts sont « {word} » : {ids}", word=word, ids=", ".join(contact.id for contact in found)),
        T("Donnez l'identifiant."),
    )


def replaced(bank: Bank, contact: Contact) -> Bank:
    """Return the bank with a contact changed."""
    return tuple(contact if other.id == contact.id else other for other in bank)


def merged(kept: Contact, gone: Contact) -> Contact:
    """Return one contact from two. What differs and has one place only goes to ``other``: nothing is lost."""
    other = {key: list(values) for key, values in kept.other.items()}

    def keep(key: str, values: Iterable[str]) -> None:
        place = other.setdefault(key, [])
        place.extend(value for value in values if value not in place)

    for key, values in gone.other.items():
        keep(key, values)
    fields: dict[str, Any] = {}
    for key in ("name", "organization", "role", "region", "address", "how", "note"):
        mine, yours = getattr(kept, key), getattr(gone, key)
        fields[key] = mine or yours
        if mine and yours and mine != yours:
            keep(key, [yours])
    if kept.source is not None and gone.source is not None and gone.source != kept.source:
        keep("source", [f"{gone.source.where}, {gone.source.date.isoformat()}"])
    for key in ("networks", "sectors", "emails", "phones", "consents"):
        fields[key] = tuple(dict.fromkeys((*getattr(kept, key), *getattr(gone, key))))
    pipeline = dict(kept.pipeline)
    for slug, pursuit in gone.pipeline.items():
        pipeline[slug] = _together(pipeline[slug], pursuit) if slug in pipeline else pursuit
    days = [day for day in (kept.purge, gone.purge) if day is not None]
    return kept.model_copy(
        update={
            **fields,
            "source": kept.source or gone.source,
            "purge": min(days, default=None),
            "pipeline": pipeline,
            "other": {key: tuple(values) for key, values in other.items() if values},
        }
    )


def _together(one: Pursuit, two: Pursuit) -> Pursuit:
    steps = sorted(dict.fromkeys((*one.steps, *two.steps)), key=lambda step: step.date)
    named = "no" if "no" in (one.named, two.named) else one.named or two.named
    return one.model_copy(
        update={
            "steps": tuple(steps),
            "named": named,
            "named_on": one.named_on or two.named_on,
            "next": one.next or two.next,
            "on": one.on or two.on,
        }
    )
