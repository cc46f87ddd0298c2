"""Contacts from CSV, as Outlook, Google and spreadsheets export it; nothing of a line is lost."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cdp.dialect import slugify
from cdp.facilitation.recruit.contacts import SEVERAL, Unusable, distinct, email_of, parted
from cdp.text import T, Text

Draft = dict[str, Any]


class Found(NamedTuple):
    """What a file gives.

    Attributes:
        drafts: fields of its contacts.
        left: where something could not become a contact, for a person to look at.
        doubtful: what stands where an address should, and is kept aside on the contact's sheet.
        labels: columns that say groups of people, and could be their networks.
        unknown: columns whose heading says nothing to us; what they hold is kept on the sheets.
    """

    drafts: list[Draft]
    left: list[Text]
    doubtful: list[Text]
    labels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


_WHICH = (
    "(?:-(?:pro|professionnel|personnel|principal|secondaire|au-travail|travail|du-bureau|bureau|de-contact|work))?"
)
"""How people head a column of addresses: « Courriel professionnel »."""
_HEADINGS: dict[str, str] = {
    "name": "name|full-name|display-name|nom-complet|nom-affiche|nom-et-prenom|prenom-et-nom|contact|personne",
    "first": "first-name|given-name|prenom",
    "middle": "middle-name|additional-name|deuxieme-prenom",
    "last": "last-name|family-name|nom-de-famille|nom|surname",
    "organization": "company|organization|organization-name|organization-1-name|organisation|organisme|societe|entreprise",
    "role": "job-title|title|organization-title|organization-1-title|titre1?|fonction|poste|role",
    "emails": r"e-?mail|e-?mail-(?:\d-)?(?:address|value)|e-?mail-address|adresse-(?:de-messagerie|e-?mail|courriel)(?:-\d)?"
    rf"|(?:adresse-)?(?:courriels?|e-?mail){_WHICH}(?:-\d)?|adresse-e-?mail-\d",
    "phones": r"phones?|(?:primary|business|mobile|home|company-main|other)-phone(?:-\d)?|phone-\d-value"
    r"|telephones?(?:-.*)?|tel(?:-.*)?|cellulaire|mobile",
    "networks": "networks?|reseau(?:x|-x|-s)?",
    "region": "region|region-administrative|(?:business|home|address-1)-(?:state|region)|dep-region-bureau",
    "sectors": "sectors?|secteurs?(?:-s)?(?:-d-activite)?",
    "how": "comment-joindre|how-to-reach|preferred-contact",
    "note": "notes?|remarques?|commentaires?",
    "address": "home-address|business-address|adresse|adresse-postale|address-1-formatted",
}
_KNOWN = [(field, re.compile(pattern)) for field, pattern in _HEADINGS.items()]
_LISTS = ("emails", "phones", "networks", "sectors")
_CIVIL = {"title": "job-title", "titre": "titre1"}
"""Outlook has a column for « Mme » whose name is elsewhere that of the job; the job then has its own."""
_PROVINCES = frozenset(
    ["qc", "on", "nb", "ns", "pe", "nl", "mb", "sk", "ab", "bc", "yt", "nt", "nu", "quebec", "ontario"]
)
"""What mail programs hold under « region »: a province, which is no region of Quebec."""
_LABELS = re.compile("labels?|group-membership|categor(?:y|ies)|etiquettes?|groupes?|liste?s?-de-diffusion")
"""Columns in which mail programs keep the groups that people sort their contacts into."""
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that nobody sees, and that would write to a terminal or turn a line around."""
_MAX = 20_000_000


def decoded(data: bytes) -> str:
    """Return the text of a file in whichever encoding mail programs and spreadsheets write: UTF-8, UTF-16, Windows."""
    return UNSEEN.sub("", _text(data))


def _text(data: bytes) -> str:
    if len(data) > _MAX:
        raise Unusable(T("le fichier est trop gros"), T("Exportez vos contacts en plusieurs fois, 20 Mo au plus."))
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if data[:64].count(0) > len(data[:64]) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def table(text: str, networks_from: str = "") -> Found:
    """Return the contacts of a CSV, and the lines that have neither a name, nor an organization, nor an address.

    Args:
        text: the table.
        networks_from: a column that also says the networks, besides those named so.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.casefold().startswith("sep=") and len(first) == 5:  # what Excel writes for itself
        text = text.partition("\n")[2]
        separator = first[4]
    else:
        separator = max(",;\t", key=first.count)
    rows = [(line, row) for line, row in _rows(text, separator) if any(cell.strip() for cell in row)]
    if len(rows) < 2 or len(rows[0][1]) < 2:
        raise Unusable(
            T("ce fichier n'est pas un tableau de contacts"),
            T("Exportez-le en CSV, avec les titres des colonnes à la première ligne."),
        )
    # Above its headings, a sheet often has a title.
    known = (place for place, (_, row) in enumerate(rows[:10]) if sum(bool(_field(cell)) for cell in row) > 1)
    rows = rows[next(known, 0) :]
    slugs = {slugify(heading) for heading in rows[0][1]}
    civil = {slug for slug, job in _CIVIL.items() if job in slugs}
    named = [slugify(heading) for heading in rows[0][1]]
    # Outlook in French calls both columns « Titre »: the first is « Mme », the second the job.
    civil |= {slug for slug in _CIVIL if named.count(slug) > 1}
    headings = [
        (heading.strip(), "" if slug in civil and named.index(slug) == place else _field(heading))
        for place, (heading, slug) in enumerate(zip(rows[0][1], named, strict=True))
    ]
    source = column(networks_from, [heading for heading, _ in headings])
    fields = {field for _, field in headings}
    if not fields & {"name", "first", "last", "organization", "emails"}:
        raise Unusable(
            T("aucune colonne n'est un nom ni une adresse"),
            T("Donnez par exemple ces titres : Nom, Organisme, Courriel."),
        )
    totals = [(line, row) for line, row in rows[1:] if _total(row)]
    made = [(line, _draft(headings, row, source)) for line, row in rows[1:] if not _total(row)]
    drafts = [draft for _, draft in made if draft is not None]
    told = {heading for (heading, _), slug in zip(headings, named, strict=True) if slug in civil}
    unknown = {heading for heading, field in headings if heading and not field} - {source} - told
    return Found(
        drafts,
        [
            *(T("la ligne {line}, qui n'a ni nom ni adresse", line=line) for line, draft in made if draft is None),
            *(
                T("la ligne {line}, qui semble un total : « {text} »", line=line, text=_said(" ".join(row)))
                for line, row in totals
            ),
        ],
        [
            T("ligne {line} : « {text} »", line=line, text=_said(text))
            for line, draft in made
            if draft is not None
            for text in draft["other"].get(ASIDE, ())
        ],
        groups(drafts, [heading for heading, field in headings if not field]),
        tuple(dict.fromkeys(heading for draft in drafts for heading in draft["other"] if heading in unknown)),
    )


_TOTAL = re.compile(
    "(?:sous-|grand-|sub-?)?tot(?:als?|aux)(?:-(?:gener(?:al|aux)|d(?:e|es|u)|of|contacts?|personnes?|people)(?:-.*)?)?"
    "|(?:nombre|nb)(?:-total)?-d.*"
)


def _total(row: list[str]) -> bool:
    """Tell whether a row sums up a sheet: it says so, and all else in it is numbers."""
    said = [cell for cell in row if re.search(r"[^\W\d_]", cell) and not cell.lstrip().startswith("=")]
    return len(said) == 1 and _TOTAL.fullmatch(re.sub(r"-?\d.*", "", slugify(said[0]))) is not None


def _said(text: str) -> str:
    return " ".join(text.split())[:80]


ASIDE = "email?"
"""Where the sheet of a contact keeps what stood in place of an address."""


def column(wanted: str, headings: list[str]) -> str:
    """Return the heading that a person means, "" for none asked for; refuse one that is not there."""
    if not wanted:
        return ""
    found = next((heading for heading in headings if slugify(heading) == slugify(wanted)), None)
    if found is None:
        raise Unusable(
            T("aucune colonne ne s'appelle « {name} »", name=wanted),
            T("Colonnes de ce fichier : {names}.", names=", ".join(dict.fromkeys(filter(None, headings)))),
        )
    return found


def groups(drafts: list[Draft], headings: Iterable[str]) -> tuple[str, ...]:
    """Return the headings under which contacts without a network have groups that somebody made."""
    return tuple(
        heading
        for heading in dict.fromkeys(headings)
        if _LABELS.fullmatch(slugify(heading))
        and any(
            parted(text) for draft in drafts if not draft.get("networks") for text in draft["other"].get(heading, ())
        )
    )


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV with the line where each begins; refuse a quote that is never closed."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    whole = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        raise Unusable(
            T("la ligne {line} du tableau est trop longue", line=line),
            T("Un guillemet y est sans doute ouvert et jamais fermé : corrigez-le, puis relancez."),
        ) from None
    line = 1
    try:
        for _ in whole:
            line = whole.line_num + 1
    except csv.Error as error:
        # Python's own words; a stray quote inside a cell is read as it is, and loses nothing.
        if "end of data" in str(error):
            raise Unusable(
                T("un guillemet ouvert à la ligne {line} n'est jamais fermé", line=line),
                T("Fermez-le dans le fichier, ou enregistrez de nouveau le tableau en CSV."),
            ) from None


def _field(heading: str) -> str:
    slug = slugify(heading)
    return next((field for field, pattern in _KNOWN if pattern.fullmatch(slug)), "")


def _draft(headings: list[tuple[str, str]], row: list[str], networks_from: str = "") -> Draft | None:
    found: dict[str, list[str]] = {}
    other: dict[str, tuple[str, ...]] = {}
    for number, cell in enumerate(row):
        value = "\n".join(line.strip() for line in cell.strip().splitlines())
        if not value:
            continue
        heading, field = headings[number] if number < len(headings) else (f"{number + 1}", "")
        if networks_from and heading == networks_from:
            found.setdefault("networks", []).extend(parted(value))
        if field in ("networks", "sectors"):
            found.setdefault(field, []).extend(parted(value))
        elif field == "region" and slugify(heading) != "region" and slugify(value) in _PROVINCES:
            other[heading] = (*other.get(heading, ()), value)
        elif field:
            found.setdefault(field, []).extend(SEVERAL.split(value) if field in _LISTS else [value])
        else:
            other[heading or str(number + 1)] = (*other.get(heading, ()), value)
    parts = [part for field in ("first", "middle", "last") for part in found.pop(field, [])]
    names = found.pop("name", [])
    name = names[0] if names else " ".join(parts)
    if names and parts and any(part not in name for part in parts):
        other["name"] = tuple(parts)
    draft: Draft = {}
    if "emails" in found:
        found["emails"], aside = addresses(found["emails"])
        other |= {ASIDE: aside} if aside else {}
    for field, values in found.items():
        given = [value for value in dict.fromkeys(values) if value]
        if field in _LISTS:
            draft[field] = tuple(given)
        elif given:
            draft[field] = given[0]
            if given[1:]:
                other[field] = tuple(given[1:])
    if "networks" in draft:
        draft["networks"] = distinct(draft["networks"])
    name = name or draft.get("organization", "") or next(iter(draft.get("emails", ())), "")
    name = name or next(iter(other.get(ASIDE, ())), "")
    if not name:
        return None
    return {**draft, "name": name, "other": other}


def addresses(texts: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the addresses that can be written to, and what is something else: an Exchange path, a word, a line too many."""
    found: list[str] = []
    aside: list[str] = []
    for text in filter(None, texts):
        # A comma separates addresses; where a part is none, the whole is kept as it was written.
        parts = [email_of(part) for part in text.split(",") if part.strip()]
        if parts and all(parts):
            found += parts
        else:
            aside.append(text)
    return list(dict.fromkeys(found)), tuple(dict.fromkeys(aside))
