"""Contacts from CSV, as Outlook, Google and spreadsheets export it, and from vCard; nothing of a line is lost."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from cdp.dialect import slugify
from cdp.facilitation.recruit.contacts import Unusable
from cdp.text import T

Draft = dict[str, Any]

_HEADINGS: dict[str, str] = {
    "name": "name|full-name|display-name|nom-complet|nom-affiche|nom-et-prenom|prenom-et-nom|contact|personne",
    "first": "first-name|given-name|prenom",
    "middle": "middle-name|additional-name|deuxieme-prenom",
    "last": "last-name|family-name|nom-de-famille|nom|surname",
    "organization": "company|organization|organization-name|organization-1-name|organisation|organisme|societe|entreprise",
    "role": "job-title|title|organization-title|organization-1-title|titre|fonction|poste|role",
    "emails": r"e-?mail|e-?mail-(?:\d-)?(?:address|value)|e-?mail-address|adresse-(?:de-messagerie|e-?mail|courriel)(?:-\d)?"
    r"|courriels?(?:-\d)?|adresse-e-?mail-\d",
    "phones": r"phones?|(?:primary|business|mobile|home|company-main|other)-phone(?:-\d)?|phone-\d-value"
    r"|telephones?(?:-.*)?|tel(?:-.*)?|cellulaire|mobile",
    "networks": "networks?|reseaux?",
    "region": "region|region-administrative",
    "sectors": "sectors?|secteurs?(?:-d-activite)?",
    "how": "comment-joindre|how-to-reach|preferred-contact",
    "note": "notes?|remarques?|commentaires?",
    "address": "home-address|business-address|adresse|adresse-postale|address-1-formatted",
}
_KNOWN = [(field, re.compile(pattern)) for field, pattern in _HEADINGS.items()]
_LISTS = ("emails", "phones", "networks", "sectors")
_SEVERAL = re.compile(r"\s*(?::::|;|\|)\s*")
_MAX = 20_000_000


def decoded(data: bytes) -> str:
    """Return the text of a file in whichever encoding mail programs and spreadsheets write: UTF-8, UTF-16, Windows."""
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


def table(text: str) -> list[Draft]:
    """Return the contacts of a CSV; lines without a name, an organization or an address are left out."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.casefold().startswith("sep=") and len(first) == 5:  # what Excel writes for itself
        text = text.partition("\n")[2]
        separator = first[4]
    else:
        separator = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise Unusable(
            T("ce fichier n'est pas un tableau de contacts"),
            T("Exportez-le en CSV, avec les titres des colonnes à la première ligne."),
        )
    headings = [(heading.strip(), _field(heading)) for heading in rows[0]]
    fields = {field for _, field in headings}
    if not fields & {"name", "first", "last", "organization", "emails"}:
        raise Unusable(
            T("aucune colonne n'est un nom ni une adresse"),
            T("Donnez par exemple ces titres : Nom, Organisme, Courriel."),
        )
    return [draft for row in rows[1:] if (draft := _draft(headings, row)) is not None]


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


def cards(text: str) -> list[Draft]:
    """Return the contacts of a vCard file, versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350)."""
    import vobject

    found = []
    try:
        for card in vobject.readComponents(text, allowQP=True, ignoreUnreadable=True):
            draft = _card(card.contents)
            if draft is not None:
                found.append(draft)
    except (vobject.base.ParseError, ValueError, AttributeError) as error:
        raise Unusable(
            T("la carte {n} du fichier ne se lit pas", n=len(found) + 1),
            T("Exportez de nouveau vos contacts en vCard (.vcf)."),
        ) from error
    if not found:
        raise Unusable(T("ce fichier ne contient aucun contact"), T("Exportez vos contacts en vCard (.vcf) ou en CSV."))
    return found


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
            if (kind := line.params.get("TYPE"))
            for text in _values(line.value)
            if text
        )
        if kinds:
            other[f"{key} type"] = kinds
    names = texts("fn") or texts("n")
    for key, lines in contents.items():
        if key in ("version", "fn", "email", "tel", "org", "title", "note", "adr"):
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
    return [" ".join(str(value).split(" ")).strip()]
