"""What cdp says to people, kept apart from the language in which it is said.

A message is a :class:`Text`: a French sentence (the msgid) and its arguments. Rules and pages build texts;
only the edge (report, command line, page templates) turns them into words with :func:`translate`.
"""

from __future__ import annotations

import gettext
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")
"""Languages of the screens. French is the source: its sentences are the msgids."""

_DOMAIN = "cdp"
LOCALE = Path(__file__).parent / "locale"

# Quebec usage (OQLF): a non-breaking space before a colon and inside « », none before ; ! ?.
_SPACES = (
    (re.compile(r"(?<=\w|»|\)|\}) :(?=\s|$)"), "\u00a0:"),
    (re.compile(r"« ?(?=\S)"), "«\u00a0"),
    (re.compile(r"(?<=\S) ?»"), "\u00a0»"),
    (re.compile(r"(?<=\d) (?=[%$]|h\b|min\b)"), "\u00a0"),
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence to be said later, in the reader's language.

    Attributes:
        message: French sentence with ``{name}`` fields.
        plural: French sentence used when ``args["n"]`` calls for a plural, or "".
        args: values of the fields; texts among them are translated too.
    """

    message: str
    plural: str = ""
    args: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return translate(self, "fr")


class Words(str):
    """Words of members that fill a field of a sentence of ours, with the language that they are in."""

    lang: str

    def __new__(cls, words: str, lang: str) -> Words:
        """Return words in a language, "" when it does not matter."""
        self = super().__new__(cls, words)
        self.lang = lang
        return self

    def __repr__(self) -> str:
        """Return what tells these words from the same in another language: pages are kept by what they are made of."""
        return f"Words({str(self)!r}, {self.lang!r})"


def T(message: str, **args: object) -> Text:  # noqa: N802 - short on purpose, it wraps every sentence
    """Return the text of a French sentence with its fields."""
    return Text(message, "", tuple(args.items()))


def N(message: str, plural: str, n: int, **args: object) -> Text:  # noqa: N802 - the plural sister of T
    """Return the text of a sentence that counts ``n`` things."""
    return Text(message, plural, (("n", n), *args.items()))


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """Return the gettext catalogue of a language; French, the source, needs none."""
    if lang == "fr":
        return _French()
    return gettext.translation(_DOMAIN, LOCALE, languages=[lang])


class _French(gettext.NullTranslations):
    """The source language: 0 and 1 are singular, as everywhere in French."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n < 2 else msgid2


def translate(text: Text, lang: str) -> str:
    """Say a text in ``lang`` ("fr" or "en")."""
    args = {name: translate(value, lang) if isinstance(value, Text) else value for name, value in text.args}
    return sentence(text, lang).format(**args) if args else sentence(text, lang)


def sentence(text: Text, lang: str) -> str:
    """Return the sentence of a text in ``lang``, with its fields still to fill."""
    spoken = catalogue(lang)
    if text.plural:
        pattern = spoken.ngettext(text.message, text.plural, int(str(dict(text.args)["n"])))
    else:
        pattern = spoken.gettext(text.message)
    # Typography belongs to our sentence, never to the words of members that fill its fields.
    return typeset(pattern) if lang == "fr" else pattern


def typeset(sentence: str) -> str:
    """Give one of our own French sentences the typography of Quebec.

    Source: OQLF, Vitrine linguistique, « Espacements avant et après les signes de ponctuation ».
    """
    for pattern, space in _SPACES:
        sentence = pattern.sub(space, sentence)
    return sentence
