"""Text to words to find it by, the same for a page and for a question: stems without accents, in French and English."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.french_stemmer import FrenchStemmer

LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
"""Letters that keyboards lack, and how people write them."""
DOTS = "·•‧∙⋅"
"""Points that inclusive writing puts in a word."""
FEMININE = (
    ("rice", "teur", "trice"),
    ("trice", "teur", "trice"),
    ("euse", "eur", "euse"),
    ("euse", "eux", "euse"),
    ("ère", "er", "ère"),
    ("ière", "ier", "ière"),
    ("ve", "f", "ve"),
    ("se", "x", "se"),
)
"""What is written after the point, what the word before it ends with, and what its feminine ends with."""
ENDINGS = ("e", "ne", "rice", "trice", "euse", "ère", "ière")
"""What may follow a point, a hyphen, a slash or a parenthesis of another use and still be a feminine."""
ACCENTED = (("ees", "ées"), ("ee", "ée"), ("eres", "ères"), ("ere", "ère"), ("es", "és"), ("e", "é"))
"""Ends of French words asked for without their accents, and with them: the stem needs those (« premiere », premier)."""
PLURALS = (("ail", "aux"), ("al", "aux"), ("aux", "ail"), ("aux", "al"))
"""Ends of French words in one number, and in the other: no stem brings « travaux » to « travail », nor « maux » to « mal »."""
LONGEST = 40
"""Most letters of a word that count."""

_EVERYWHERE = (
    # A word that means something in the other language stays: « car », « son », "on", "pour"; so does « été », a season.
    "de la le les des du un une et en que qui dans est ce il elle ne pas plus par au aux avec se sur sa ses"
    " nous vous ils elles leur leurs mais ou où donc ni si cette ces cet mon ma mes ta tes te notre nos votre vos"
    " je tu me lui eux qu jusqu lorsqu puisqu quoiqu sont etre être a à y avons avez ont fait"
    " the of and to in is it that this these those for with as are was be by at an from or we you they our your"
    " their its which been were has have had not but if"
)
STOP = frozenset(_EVERYWHERE.split())
"""Words in nearly every sentence: they find nothing."""

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = "|".join(sorted(ENDINGS, key=len, reverse=True))
# The sign comes first and is looked back from: a search then goes from sign to sign.
_INCLUSIVE = (
    rf"[{DOTS}.\-/(](?<=L.)(?:(?<=[{DOTS}])(L{{1,6}})(?!L)(?:[{DOTS}]s(?!L))?"
    rf"|(?<=[.\-/])({_ENDINGS})(?:[.\-/]?s)?(?!L)|(?<=\()({_ENDINGS}|s)\)(?:s(?!L))?)"
)
_JOINED = re.compile(_INCLUSIVE.replace("L", r"[^\W\d_]"))
_LAST = re.compile(r"[^\W\d_]+$")


def _compiled() -> dict[str, Callable[[str], str]]:
    """Return the stemmers as a compiled library has them, of the same Snowball; none where it is not installed."""
    try:
        same = version("PyStemmer").startswith("3.0.")
    except PackageNotFoundError:
        return {}
    import Stemmer

    names = {"fr": "french", "en": "english"} if same else {}
    return {lang: Stemmer.Stemmer(name).stemWord for lang, name in names.items()}


PLAIN: dict[str, Callable[[str], str]] = {"fr": FrenchStemmer().stemWord, "en": EnglishStemmer().stemWord}
"""Stemmers that run anywhere."""
STEMMERS = PLAIN | _compiled()
"""The stemmers that are used."""
LANGUAGES = tuple(PLAIN)


def table() -> dict[str, Any]:
    """Return what the reader's program needs to cut a question into words as a page was: the same lists, as data."""
    return {
        "ligatures": LIGATURES,
        "joined": _INCLUSIVE.replace("L", r"\p{L}"),
        "feminine": FEMININE,
        "endings": ENDINGS,
        "accented": ACCENTED,
        "plurals": PLURALS,
        "stop": sorted(STOP),
        "longest": LONGEST,
    }


def words(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a text, each with the other words that it stands for: « animateur·rice » is also « animatrice ».

    Apostrophes and hyphens cut, so that « l'élan » is « élan »; a letter alone is no word.
    """
    for piece in _pieces(text):
        if isinstance(piece, str):
            yield from ((word[:LONGEST],) for word in _WORD.findall(piece) if _counts(word))
        else:
            yield piece


def counted(text: str) -> Counter[str]:
    """Return how many times each word is in a text, or stood for: as ``words``, without their order."""
    pieces = list(_pieces(text))
    found = Counter(_WORD.findall(" ".join(piece for piece in pieces if isinstance(piece, str))))
    for word in STOP & found.keys():
        del found[word]
    for word in [word for word in found if not 1 < len(word) <= LONGEST]:
        times = found.pop(word)
        if _counts(word):
            found[word[:LONGEST]] += times
    for piece in pieces:
        if not isinstance(piece, str):
            found.update(piece)
    return found


def _counts(word: str) -> bool:
    return (len(word) > 1 or word.isdecimal()) and word not in STOP


def _pieces(text: str) -> Iterator[str | tuple[str, ...]]:
    """Yield the parts of a text that hold plain words, and the words that stand for several."""
    text = unicodedata.normalize("NFC", text).lower()
    for letter, written in LIGATURES.items():
        if letter in text:
            text = text.replace(letter, written)
    start = 0
    for match in _JOINED.finditer(text):
        before = text[start : match.start()]
        base = _LAST.search(before)
        if base is None:
            continue
        yield before[: base.start()]
        ending = (match[1] or match[2] or match[3] or "").removesuffix("s")
        pair = (base[0], feminine(base[0].removesuffix("s"), ending)) if ending else (base[0],)
        yield tuple(word[:LONGEST] for word in pair)
        if len(ending) > 3 and ending not in ENDINGS:
            # Perhaps a word of its own: « arts·lieux ».
            yield (ending,)
        start = match.end()
    yield text[start:]


def feminine(base: str, ending: str) -> str:
    """Return the feminine of a word from what inclusive writing adds to it."""
    for added, masculine, whole in FEMININE:
        if ending == added and base.endswith(masculine):
            return base.removesuffix(masculine) + whole
    return base + ending


def folded(word: str) -> str:
    """Return a word without its accents."""
    if word.isascii():
        return word
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if unicodedata.category(sign) != "Mn")


@cache
def keys(word: str, lang: str) -> tuple[str, ...]:
    """Return what a word is kept under: its stem, and that of the word typed without accents when it differs."""
    stem = STEMMERS[lang]
    first, second = folded(stem(word)), stem(folded(word))
    return (first,) if first == second else (first, second)
