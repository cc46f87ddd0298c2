"""Contacts from CSV, as Outlook, Google and spreadsheets export it, and from vCard; nothing of a line is lost."""

from __future__ import annotations

import codecs
import csv
import io
import quopri
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cdp.dialect import slugify
from cdp.facilitation.recruit.contacts import Unusable
from cdp.text import T, Text

Draft = dict[str, Any]


class Found(NamedTuple):
    """What a file gives.

    Attributes:
        drafts: fields of its contacts.
        left: where something could not become a contact, for a person to look at.
    """

    drafts: list[Draft]
    left: list[Text]


_HEADINGS: dict[str, str] = {
    "name": "name|full-name|display-name|nom-complet|nom-affiche|nom-et-prenom|prenom-et-nom|contact|personne",
    "first": "first-name|given-name|prenom",
    "middle": "middle-name|additional-name|deuxieme-prenom",
    "last": "last-name|family-name|nom-de-famille|nom|surname",
    "organization": "company|organization|organization-name|organization-1-name|organisation|organisme|societe|entreprise",
    "role": "job-title|title|organization-title|organization-1-title|titre1?|fonction|poste|role",
    "emails": r"e-?mail|e-?mail-(?:\d-)?(?:address|value)|e-?mail-address|adresse-(?:de-messagerie|e-?mail|courriel)(?:-\d)?"
    r"|courriels?(?:-\d)?|adresse-e-?mail-\d",
    "phones": r"phones?|(?:primary|business|mobile|home|company-main|other)-phone(?:-\d)?|phone-\d-value"
    r"|telephones?(?:-.*)?|tel(?:-.*)?|cellulaire|mobile",
    "networks": "networks?|reseaux?",
    "region": "region|region-administrative|(?:business|home|address-1)-(?:state|region)|dep-region-bureau",
    "sectors": "sectors?|secteurs?(?:-d-activite)?",
    "how": "comment-joindre|how-to-reach|preferred-contact",
    "note": "notes?|remarques?|commentaires?",
    "address": "home-address|business-address|adresse|adresse-postale|address-1-formatted",
}
_KNOWN = [(field, re.compile(pattern)) for field, pattern in _HEADINGS.items()]
_LISTS = ("emails", "phones", "networks", "sectors")
_CIVIL = {"title": "job-title", "titre": "titre1"}
"""Outlook has a column for « Mme » whose name is elsewhere that of the job; the job then has its own."""
_SEVERAL = re.compile(r"\s*(?::::|;|\|)\s*")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that nobody sees, and that would write to a terminal or turn a line around."""
_IMAGES = frozenset({"photo", "logo", "sound", "key"})
_MAX = 20_000_000


def decoded(data: bytes) -> str:
    """Return the text of a file in whichever encoding mail programs and spreadsheets write: UTF-8, UTF-16, Windows."""
    return _UNSEEN.sub("", _text(data))


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


def table(text: str) -> Found:
    """Return the contacts of a CSV, and the lines that have neither a name, nor an organization, nor an address."""
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
    slugs = {slugify(heading) for heading in rows[0][1]}
    civil = {slug for slug, job in _CIVIL.items() if job in slugs}
    named = [slugify(heading) for heading in rows[0][1]]
    # Outlook in French calls both columns « Titre »: the first is « Mme », the second the job.
    civil |= {slug for slug in _CIVIL if named.count(slug) > 1}
    headings = [
        (heading.strip(), "" if slug in civil and named.index(slug) == place else _field(heading))
        for place, (heading, slug) in enumerate(zip(rows[0][1], named, strict=True))
    ]
    fields = {field for _, field in headings}
    if not fields & {"name", "first", "last", "organization", "emails"}:
        raise Unusable(
            T("aucune colonne n'est un nom ni une adresse"),
            T("Donnez par exemple ces titres : Nom, Organisme, Courriel."),
        )
    made = [(line, _draft(headings, row)) for line, row in rows[1:]]
    return Found(
        [draft for _, draft in made if draft is not None],
        [T("la ligne {line}, qui n'a ni nom ni adresse", line=line) for line, draft in made if draft is None],
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


def _draft(headings: list[tuple[str, str]], row: list[str]) -> Draft | None:
    found: dict[str, list[str]] = {}
    other: dict[str, tuple[str, ...]] = {}
    for number, cell in enumerate(row):
        value = "\n".join(line.strip() for line in cell.strip().splitlines())
        if not value:
            continue
        heading, field = headings[number] if number < len(headings) else (f"{number + 1}", "")
        if field:
            found.setdefault(field, []).extend(_SEVERAL.split(value) if field in _LISTS else [value])
        else:
            other[heading or str(number + 1)] = (*other.get(heading, ()), value)
    parts = [part for field in ("first", "middle", "last") for part in found.pop(field, [])]
    names = found.pop("name", [])
    name = names[0] if names else " ".join(parts)
    if names and parts and any(part not in name for part in parts):
        other["name"] = tuple(parts)
    draft: Draft = {}
    for field, values in found.items():
        given = [value for value in dict.fromkeys(values) if value]
        if field in _LISTS:
            draft[field] = tuple(given)
        elif given:
            draft[field] = given[0]
            if given[1:]:
                other[field] = tuple(given[1:])
    name = name or draft.get("organization", "") or next(iter(draft.get("emails", ())), "")
    if not name:
        return None
    return {**draft, "name": name, "other": other}


def cards(text: str) -> Found:
    """Return the contacts of a vCard file, versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), and the cards that cannot be read."""
    import vobject

    drafts: list[Draft] = []
    left: list[Text] = []
    for number, card in enumerate(_apart(text), 1):
        try:
            read = next(vobject.readComponents(card, ignoreUnreadable=True))
            draft = _card(read.contents)
        except (vobject.base.ParseError, ValueError, AttributeError, StopIteration):
            draft = None
        if draft is None:
            left.append(T("la carte {n}, qui ne se lit pas", n=number))
        else:
            drafts.append(draft)
    if not drafts:
        raise Unusable(T("ce fichier ne contient aucun contact"), T("Exportez vos contacts en vCard (.vcf) ou en CSV."))
    return Found(drafts, left)


def _apart(text: str) -> Iterator[str]:
    """Yield the cards of a file one by one, so that a broken one spoils no other.

    The library reads the values of versions 2.1 and 3.0; those of 4.0 are written in the same way (RFC 6350, 3.4).
    """
    lines: list[str] = []
    for line in re.sub(r"\r\n?", "\n", text).split("\n"):
        word = line.strip().upper()
        if word == "BEGIN:VCARD" and lines:
            yield _whole(lines)
            lines = []
        if lines or word == "BEGIN:VCARD":
            lines.append("VERSION:3.0" if word == "VERSION:4.0" else line)
        if word == "END:VCARD":
            yield _whole(lines)
            lines = []
    if lines:
        yield _whole(lines)


_LISTED = frozenset({"N", "ADR", "ORG", "CATEGORIES", "NICKNAME"})
"""Properties in which a comma separates values (RFC 6350, 6)."""
_PROPERTY = re.compile(r'((?:[\w-]+\.)?([A-Za-z0-9-]+)(?:;(?:"[^"]*"|[^:"])*)?:)(.*)', re.DOTALL)


_COMMA, _BEFORE = re.compile(r"(?<!\\),"), r"\\,"
_PRINTABLE = re.compile(r";(?:ENCODING=)?QUOTED-PRINTABLE", re.IGNORECASE)
_CHARSET = re.compile(r";CHARSET=\"?([\w-]+)\"?", re.IGNORECASE)


def _whole(lines: list[str]) -> str:
    """Return a card unfolded and decoded, with the commas protected that its writer forgot.

    The library would cut a value at such a comma.
    """
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += line[1:]
        elif unfolded and unfolded[-1].endswith("=") and _PRINTABLE.search(unfolded[-1].partition(":")[0]):
            unfolded[-1] = unfolded[-1][:-1] + line
        else:
            unfolded.append(line)
    if unfolded[-1].strip().upper() != "END:VCARD":
        unfolded.append("END:VCARD")
    return "\r\n".join(_protected(line) for line in unfolded if not _image(line)) + "\r\n"


def _image(line: str) -> bool:
    """Tell whether a line is a picture: it serves nothing here, and only what has a use is kept (Law 25)."""
    parts = _PROPERTY.fullmatch(line)
    return parts is not None and parts[2].lower() in _IMAGES


def _protected(line: str) -> str:
    parts = _PROPERTY.fullmatch(line)
    if parts is None:  # not a property: kept as it is, under a name of ours
        return f"X-CDP-LINE:{_COMMA.sub(_BEFORE, line)}" if line.strip() else line
    head, name, value = parts.groups()
    if _PRINTABLE.search(head):
        charset = _CHARSET.search(head)
        head = _CHARSET.sub("", _PRINTABLE.sub("", head))
        data = quopri.decodestring(value.encode("utf-8"))
        try:
            value = data.decode(charset[1] if charset else "utf-8")
        except (LookupError, UnicodeDecodeError):
            value = data.decode("cp1252", errors="replace")
        value = re.sub(r"\r\n?|\n", r"\\n", _UNSEEN.sub("", value))
    return head + (value if name.upper() in _LISTED else _COMMA.sub(_BEFORE, value))


def _card(contents: dict[str, list[Any]]) -> Draft | None:
    def texts(key: str) -> list[str]:
        return [text for line in contents.get(key, []) for text in _values(line.value) if text]

    draft: Draft = {
        "emails": tuple(dict.fromkeys(texts("email"))),
        "phones": tuple(dict.fromkeys(_phones(texts("tel")))),
    }
    other: dict[str, tuple[str, ...]] = {}
    for field, key in (("organization", "org"), ("role", "title"), ("note", "note"), ("address", "adr")):
        values = texts(key)
        if values:
            draft[field] = values[0]
            if values[1:]:
                other[key] = tuple(values[1:])
    for key in ("email", "tel", "adr"):
        kinds = tuple(
            f"{text} ({', '.join(kind)})"
            for line in contents.get(key, [])
            if (kind := (*line.params.get("TYPE", ()), *line.singletonparams))
            for text in _values(line.value)
            if text
        )
        if kinds:
            other[f"{key} type"] = kinds
    region = next((_values(line.value.region)[0] for line in contents.get("adr", []) if line.value.region), "")
    if region:
        draft["region"] = region
    names = texts("fn") or texts("n")
    for key, lines in contents.items():
        if key in ("version", "prodid", "fn", "email", "tel", "org", "title", "note", "adr"):
            continue
        kept = tuple(text for line in lines for text in _values(line.value) if text)
        if kept and (key != "n" or kept != tuple(names[:1])):
            other[key] = kept
    name = next(iter(names), "") or draft.get("organization", "") or next(iter(draft["emails"]), "")
    return {**draft, "name": name, "other": other} if name else None


def _phones(values: list[str]) -> Iterator[str]:
    for value in values:
        yield value.removeprefix("tel:")


def _values(value: Any) -> list[str]:
    """Return a property's value as lines of text: structured names and addresses in reading order."""
    if isinstance(value, (list, tuple)):
        return [", ".join(text for part in value for text in _values(part) if text)]
    if isinstance(value, bytes):
        return [value.decode("latin-1")]
    if hasattr(value, "family"):
        parts = [value.prefix, value.given, value.additional, value.family, value.suffix]
        return [" ".join(text for part in parts for text in _values(part) if text)]
    if hasattr(value, "street"):
        parts = [value.box, value.extended, value.street, value.city, value.region, value.code, value.country]
        return [", ".join(text for part in parts for text in _values(part) if text)]
    return ["\n".join(line.strip() for line in str(value).strip().splitlines())]
