"""Contacts that may be one person: found by cdp, judged and merged by a person."""

from __future__ import annotations

import re
from typing import NamedTuple

from rapidfuzz import fuzz, process

from cdp.facilitation.recruit.contacts import Bank, Contact, folded
from cdp.text import T, Text

_ALIKE = 90
"""Likeness of two names, in 100, from which a person should look."""


class Pair(NamedTuple):
    """Two contacts that may be one, and why."""

    one: Contact
    two: Contact
    why: Text


def pairs(bank: Bank) -> list[Pair]:
    """Return the pairs worth a look: same address, same phone, or names alike; each pair once, surest first."""
    found: dict[tuple[int, int], Text] = {}
    for why, keys in (
        (T("même adresse"), [{email.casefold() for email in contact.emails} for contact in bank]),
        (T("même téléphone"), [{digits for phone in contact.phones if (digits := _digits(phone))} for contact in bank]),
    ):
        seen: dict[str, list[int]] = {}
        for number, own in enumerate(keys):
            for key in sorted(own):
                for other in seen.setdefault(key, []):
                    found.setdefault((other, number), why)
                seen[key].append(number)
    names = [folded(contact.name) for contact in bank]
    for number, name in enumerate(names):
        for _, _, other in process.extract(
            name, names[:number], scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE, limit=5
        ):
            # « École 12 » and « École 13 » are alike, and two.
            if re.findall(r"\d+", name) == re.findall(r"\d+", names[other]) and _places_agree(
                bank[other], bank[number]
            ):
                found.setdefault((other, number), T("noms semblables"))
    return [Pair(bank[one], bank[two], why) for (one, two), why in found.items()]


def _digits(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return digits[-10:] if len(digits) >= 7 else ""


def _places_agree(one: Contact, two: Contact) -> bool:
    """Tell whether two organizations may be one: two Marie Tremblay of two organizations are two people."""
    if not one.organization or not two.organization:
        return True
    if re.findall(r"\d+", one.organization) != re.findall(r"\d+", two.organization):
        return False
    return fuzz.token_set_ratio(folded(one.organization), folded(two.organization)) >= _ALIKE - 10
