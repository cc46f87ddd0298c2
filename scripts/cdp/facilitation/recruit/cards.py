"""Contacts from vCard, versions 2.1, 3.0 and 4.0; nothing of a card is lost but its pictures."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Any

from cdp.dialect import slugify
from cdp.facilitation.recruit.contacts import Unusable, distinct, parted
from cdp.facilitation.recruit.sheets import ASIDE, UNSEEN, Draft, Found, addresses, column, groups
from cdp.text import T, Text

_IMAGES = frozenset({"photo", "logo", "sound", "key"})
_CARD = {"etiquettes": "categories", "labels": "categories", "organisme": "org", "organization": "org"}


def cards(text: str, networks_from: str = "") -> Found:
    """Return the contacts of a vCard file, versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), and the cards that cannot be read.

    Args:
        text: the cards.
        networks_from: a property that says the networks: CATEGORIES, ORG.
    """
    import vobject

    drafts: list[Draft] = []
    left: list[Text] = []
    doubtful: list[Text] = []
    source = _CARD.get(slugify(networks_from), slugify(networks_from))
    names: dict[str, None] = {}
    for number, card in enumerate(_apart(text), 1):
        try:
            read = next(vobject.readComponents(card, ignoreUnreadable=True))
            draft = _card(read.contents, source)
            names |= dict.fromkeys(key for key in read.contents if key not in ("version", "n", "fn"))
        except (vobject.base.ParseError, ValueError, AttributeError, StopIteration):
            draft = None
        if draft is None:
            left.append(T("la carte {n}, qui ne se lit pas", n=number))
        else:
            drafts.append(draft)
            doubtful += [
                T("carte {n} : « {text} »", n=number, text=" ".join(text.split())[:80])
                for text in draft["other"].get(ASIDE, ())
            ]
    if not drafts:
        raise Unusable(T("ce fichier ne contient aucun contact"), T("Exportez vos contacts en vCard (.vcf) ou en CSV."))
    if source:
        column(source, sorted(names))
    return Found(drafts, left, doubtful, () if source else groups(drafts, ("categories",)))


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
        value = re.sub(r"\r\n?|\n", r"\\n", UNSEEN.sub("", value))
    return head + (value if name.upper() in _LISTED else _COMMA.sub(_BEFORE, value))


def _card(contents: dict[str, list[Any]], networks_from: str = "") -> Draft | None:
    def texts(key: str) -> list[str]:
        return [text for line in contents.get(key, []) for text in _values(line.value) if text]

    emails, aside = addresses(texts("email"))
    draft: Draft = {"emails": tuple(emails), "phones": tuple(dict.fromkeys(_phones(texts("tel"))))}
    other: dict[str, tuple[str, ...]] = {ASIDE: aside} if aside else {}
    if networks_from:
        draft["networks"] = distinct(item for text in texts(networks_from) for item in parted(text))
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
    name = next(iter(names), "") or draft.get("organization", "") or next(iter((*draft["emails"], *aside)), "")
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
