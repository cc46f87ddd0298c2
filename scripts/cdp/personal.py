"""Personal information in a text: addresses, numbers and dates that point at somebody.

What is found has a shape that can be checked (a key, a calendar, a numbering plan), so that ordinary prose raises no
alarm. Names are not found: nothing here replaces a person who reads.

Sources: North American Numbering Plan; RAMQ, « Signification du numéro d'assurance maladie » (first letters, then
year, month + 50 for women, day); ISO/IEC 7812-1 (Luhn's key) for cards and the social insurance number; ISO 13616
(IBAN); Canada Post (postal codes); RFC 2606 (names that belong to nobody).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "phone", "health", "sin", "card", "iban", "birth", "postal", "address", "profile"]

GRAVE: frozenset[Kind] = frozenset({"health", "sin", "card", "iban", "birth"})
"""Numbers that open a file or an account: they are never published, whoever they belong to."""
PLACES: frozenset[Kind] = frozenset({"postal", "address", "profile"})
"""What may as well be said of where people meet, or publish."""


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal information.

    Attributes:
        kind: what it looks like.
        start, end: where, in the text.
        sure: False when only its shape speaks: a figure may look like it.
    """

    kind: Kind
    start: int
    end: int
    sure: bool = True


_GAP = "[ \t.\u00a0\u2009\u202f\u2010-\u2013-]"
"""What people write between groups of digits."""
_BEFORE = r"(?<![\w/=#&%@])(?<!\d[.,-])"
"""Not in the middle of a word, of a number or of an address on the Web."""
_AFTER = r"(?![\w@])(?![.,-]\d)"
_EXTENSION = r"(?:[ \u00a0]?(?:x|ext\.?|poste|p\.)[ \u00a0]?\d{1,6})?"

_EMAIL = re.compile(r"(?<![\w.+/-])[\w.+%'-]{1,64}(?:@|＠|%40)(?P<host>(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w-])")
_MAIL = r"(?:gmail|hotmail|outlook|yahoo|live|icloud|videotron|sympatico|proton(?:mail)?|cgocable|globetrotter)"
"""Where people have mailboxes: after one of these, « à » and "at" are read as the sign."""
_SPELLED = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:[\[({]\s?(?:at|à|arobase|@)\s?[\])}]|\sarobase\s|\sat\s(?=[\w-]+\s(?:dot|point)\s)"
    rf"|(?:\s(?:at|à|chez)\s|\s?[\[(]a[\])]\s?)(?={_MAIL}(?:\.|\s?[\[({{]?(?:dot|point)\b)))\s?"
    r"(?P<host>[\w-]{1,63}(?:\s?(?:\.|[\[({]\s?(?:dot|point)\s?[\])}]|\s(?:dot|point)\s)\s?[\w-]{2,63}){1,5})",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"(?:^|\.)(?:ex[ae]mple\.(?:com|net|org)|(?:example|invalid|test|localhost))$", re.IGNORECASE)
_FILES = frozenset({"png", "jpg", "jpeg", "svg", "webp", "gif", "pdf", "css", "js"})

_PHONE = re.compile(
    rf"{_BEFORE}(?<!\d )(?P<country>\+?1{_GAP}{{0,2}})?\(?(?P<area>[2-9]\d\d)(?P<one>\)?{_GAP}{{0,2}}|\)?\s?/\s?)"
    rf"[2-9]\d\d(?P<two>{_GAP}{{0,2}})\d{{4}}{_EXTENSION}{_AFTER}"
)
_ABROAD = re.compile(rf"{_BEFORE}\+[2-9]\d{{0,2}}(?:{_GAP}?\(0\))?(?:{_GAP}?\d{{1,4}}){{2,6}}{_AFTER}")
_FRANCE = re.compile(rf"{_BEFORE}0[1-9](?P<gap>[ .\u00a0\u202f-])\d\d(?:(?P=gap)\d\d){{3}}{_AFTER}")
_LOCAL = re.compile(
    rf"\b(?:t[ée]l(?:[ée]phone)?s?|cell(?:ulaire)?|phone|mobile|appele[zr][ -](?:moi|le|la)|call me)\b\.?[^\d\n]{{0,20}}"
    rf"(?P<number>[2-9]\d\d{_GAP}?\d{{4}}){_AFTER}",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    rf"{_BEFORE}(?P<area>[2-9]\d\d)(?P<gap>[ \u00a0][\u2010-\u2014-][ \u00a0]|[·•/])[2-9]\d\d(?P=gap)\d{{4}}{_AFTER}"
)
_AREAS = frozenset(
    [
        "204",
        "226",
        "236",
        "249",
        "250",
        "257",
        "263",
        "289",
        "306",
        "343",
        "354",
        "365",
        "367",
        "368",
        "382",
        "387",
        "403",
        "416",
        "418",
        "428",
        "431",
        "437",
        "438",
        "450",
        "460",
        "468",
        "474",
        "506",
        "514",
        "519",
        "548",
        "568",
        "579",
        "581",
        "584",
        "587",
        "604",
        "613",
        "639",
        "647",
        "672",
        "683",
        "705",
        "709",
        "742",
        "753",
        "778",
        "780",
        "782",
        "807",
        "819",
        "825",
        "867",
        "873",
        "879",
        "902",
        "905",
        "942",
    ]
)
"""Canada's area codes: ten digits in a row are taken for a telephone number only behind one of them."""

_HEALTH = re.compile(
    rf"(?<![A-Za-z\d])[A-Za-z]{{4}}{_GAP}?(?P<year>\d\d)(?P<month>\d\d){_GAP}?(?P<day>\d\d)\d\d(?![A-Za-z\d])"
)
_SIN_CUE = re.compile(r"\b(?:NAS|SIN|assurance sociale|social insurance)\b[^\d\n]{0,24}$", re.IGNORECASE)
_SIN = re.compile(
    rf"{_BEFORE}(?<!\d[ \u00a0\u202f])\d{{3}}(?P<gap>{_GAP}?)\d{{3}}(?P=gap)\d{{3}}{_AFTER}(?![ \u00a0\u202f]?(?:\d|[$€%]))"
)
_CARD = re.compile(
    rf"{_BEFORE}(?:\d{{4}}(?P<gap>[ -]?)\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{4}}|3[47]\d\d[ -]?\d{{6}}[ -]?\d{{5}}){_AFTER}"
)
_CARD_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|6011|64[4-9]|65|3[47]")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")

_MONTHS = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
)
_DATE = (
    rf"(?:(?P<iso>(?:19|20)\d\d)[-/.]\d\d?[-/.]\d\d?|\d\d?(?:er)?[ \u00a0](?:{_MONTHS})[ \u00a0](?P<long>(?:19|20)\d\d)"
    rf"|(?:{_MONTHS})[ \u00a0]\d\d?,?[ \u00a0](?P<english>(?:19|20)\d\d)|\d\d?[-/.]\d\d?[-/.](?P<short>(?:19|20)\d\d))"
)
_BIRTH = re.compile(
    r"(?P<cue>date de naissance|date of birth|\bDOB\b|\bDDN\b|\bborn on\b|\bn(?:é|ée|é·e|é\(e\)) le\b)"
    rf"[^\d\n]{{0,12}}{_DATE}",
    re.IGNORECASE,
)
_ADULT = 2012
"""« Née le » of a later year is said of communities more often than of people."""

_LETTER = "ABCEGHJ-NPRSTV-Z"
_POSTAL = re.compile(
    rf"(?<!\w)(?:[{_LETTER}]\d[{_LETTER}][ \u00a0-]?\d[{_LETTER}]\d|(?i:[{_LETTER}]\d[{_LETTER}][ \u00a0]\d[{_LETTER}]\d))(?!\w)"
)
_ADDRESS = re.compile(
    r"(?<![\w.,])\d{1,5}(?:[A-Za-z]|[ -]?bis)?,?[ \u00a0](?:(?:rue|avenue|av\.|boul\.|boulevard|chemin|ch\.|rang|route"
    r"|montée|impasse|allée|place|côte)[ \u00a0](?:(?:de la|de l['’]|de|des|du|d['’]|la|le|les|Saint-)[ \u00a0]?)?[A-ZÉÈÀÎÔ\d][\w'’-]*"
    r"|(?:[A-Z][\w'’-]+[ \u00a0]){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Lane|Crescent)\b)"
)
_PROFILE = re.compile(
    r"(?:https?://)?(?:(?<![\w-])[\w-]{1,63}\.)?(?:facebook\.com/(?!groups/|events/)|linkedin\.com/in/|instagram\.com/|(?<![\w.])(?:x|twitter)\.com/"
    r"|tiktok\.com/@|youtube\.com/@|threads\.net/@|t\.me/)[\w.%-]{2,}|(?<![\w@/.])@[A-Za-z_]\w{2,30}(?:@[\w.-]+\.\w{2,})?(?![\w.]*@)",
    re.IGNORECASE,
)

_DIGITS = r"[0-9](?:[^\w|\n]{0,4}[0-9]){6}"
"""Seven digits or more with little between them: what every number of a person has."""
_RUN = re.compile(rf"(?<![0-9])(?!(?:19|20)\d\d[-/.]\d\d[-/.]\d\d(?!\d)){_DIGITS}")
"""The same, that does not begin as a date does."""
_YEAR = re.compile("(?:19|20)[0-9][0-9]")
_NEAR = re.compile(_DIGITS)
_CUES = ("naissance", "birth", "dob", "ddn", "born", "né le", "née le", "né·e le", "né(e) le")
_SIGNS = frozenset({"at", "arobase"})
_BRACKETED = re.compile(r"[\[({]\s?(?:at?|à|arobase|@)\s?[\])}]")
_NAMED = re.compile(rf"\s(?:à|chez)\s{_MAIL}")


def scan(text: str, *, wide: bool = True) -> tuple[Found, ...]:
    """Return the personal information in a text, in order; what overlaps is said once, the gravest first.

    Args:
        text: as written, Markdown or not.
        wide: also what prose is full of, or holds on purpose: places, profiles, e-mail addresses spelled out.
    """
    kept: list[Found] = []
    taken = bytearray(len(text))
    for find in _finders(text, wide):
        for found in find(text):
            if not any(taken[found.start : found.end]):
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
                kept.append(found)
    return tuple(sorted(kept, key=lambda found: found.start))


def _finders(text: str, wide: bool) -> Iterator[Callable[[str], Iterator[Found]]]:
    """Yield what is worth looking for, the gravest first; a sign that each kind has is cheap to see."""
    lowered = text.lower()
    number = _NEAR.search(text) is not None and _RUN.search(text) is not None
    at = "@" in text or "＠" in text or "%40" in text
    if number:
        yield from (_health, _ibans, _cards)
    cues = [cue for cue in _CUES if cue in lowered]
    before = (lowered[max(0, year.start() - 60) : year.start()] for year in _YEAR.finditer(lowered)) if cues else ()
    if any(cue in words for words in before for cue in cues):
        yield _births
    if at:
        yield _emails
    if wide and _spelled_out(lowered):
        yield _plain("email", _SPELLED)
    if number:
        yield from (_phones, _sins)
    if wide:
        yield from (_plain("address", _ADDRESS), _plain("postal", _POSTAL), _plain("profile", _PROFILE))


def _spelled_out(lowered: str) -> bool:
    """Tell whether a text may hold an address with its sign in words, as cheaply as can be."""
    if not _SIGNS.isdisjoint(lowered.split()):
        return True
    return _BRACKETED.search(lowered) is not None or _NAMED.search(lowered) is not None


def mask(text: str, sign: str = "[…]") -> str:
    """Return a text without its personal information."""
    pieces, start = [], 0
    for found in scan(text):
        pieces += [text[start : found.start], sign]
        start = found.end
    return "".join([*pieces, text[start:]])


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _health(text: str) -> Iterator[Found]:
    for match in _HEALTH.finditer(text):
        month = int(match["month"])
        month -= 50 if month > 50 else 0
        # The century is not written: 29 February is accepted when either century has it.
        if (
            1 <= month <= 12
            and 1 <= int(match["day"]) <= monthrange(2000 + int(match["year"]) // 4 * 4 % 100, month)[1]
        ):
            yield Found("health", *match.span())


def _sins(text: str) -> Iterator[Found]:
    for match in _SIN.finditer(text):
        digits = _digits(match[0])
        cued = _SIN_CUE.search(text, max(0, match.start() - 60), match.start()) is not None
        if digits[0] in "08" or len(set(digits)) == 1 or not _luhn(digits):
            continue
        if cued or match["gap"]:
            yield Found("sin", *match.span(), sure=cued or match["gap"] in ("-", "\u2010", "\u2011"))


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = _digits(match[0])
        if _CARD_ISSUER.match(digits) and len(set(digits)) > 1 and _luhn(digits):
            yield Found("card", *match.span())


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        compact = match[0].replace(" ", "")
        if int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1:
            yield Found("iban", *match.span())


def _births(text: str) -> Iterator[Found]:
    for match in _BIRTH.finditer(text):
        year = int(next(filter(None, match.group("iso", "long", "english", "short"))))
        sure = match["cue"].lower() in ("date de naissance", "date of birth", "dob", "ddn")
        if sure or year <= _ADULT:
            yield Found("birth", *match.span(), sure=sure)


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        ending = match["host"].rpartition(".")[2].lower()
        if not _NOBODY.search(match["host"]) and ending not in _FILES and not match[0].startswith("git@"):
            yield Found("email", *match.span())


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        spaced = bool(match["one"] and match["two"]) or ")" in match["one"]
        if spaced or match["area"] in _AREAS:
            yield Found("phone", *match.span())
    yield from (Found("phone", *match.span()) for match in _SPREAD.finditer(text) if match["area"] in _AREAS)
    for pattern in (_ABROAD, _FRANCE):
        for match in pattern.finditer(text):
            if 8 <= len(_digits(match[0])) <= 15:
                yield Found("phone", *match.span())
    for match in _LOCAL.finditer(text):
        yield Found("phone", *match.span("number"))


def _plain(kind: Kind, pattern: re.Pattern[str]) -> Callable[[str], Iterator[Found]]:
    def find(text: str) -> Iterator[Found]:
        for match in pattern.finditer(text):
            yield Found(kind, *match.span())

    return find
