"""A glossary: ``glossary.md`` of a community, or of the whole knowledge base, one heading for each term."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cdp.dialect import slugify
from cdp.prose import without_code

LONGEST = 240
"""Most characters of a definition shown beside a term; the rest is in the glossary."""

_HEADING = re.compile(r"##[ \t]+(?P<words>[^#\s].*?)[ \t]*#*[ \t]*")
_SIGLE = re.compile(r"(?P<words>.+?)\s*\((?P<sigle>[^()]{1,20})\)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"<[^<>]*>|[*_`]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a glossary.

    Attributes:
        name: its heading.
        forms: how texts write it: « Communauté de pratique (CdP) » is written in two ways, « a, b » too.
        anchor: of its heading, on the glossary's page.
        definition: its first paragraph, as plain text; "" when there is none.
        line: 1-based, in the body.
    """

    name: str
    forms: tuple[str, ...]
    anchor: str
    definition: str
    line: int


@lru_cache(maxsize=256)
def terms(body: str) -> tuple[Term, ...]:
    """Return the entries of a glossary, in order: its headings of the second level."""
    found: list[Term] = []
    lines = body.split("\n")
    starts = [
        (number, match["words"])
        for number, line in enumerate(without_code(body).split("\n"))
        if (match := _HEADING.fullmatch(line.rstrip()))
    ]
    for number, words in starts:
        paragraph: list[str] = []
        for line in lines[number + 1 :]:
            if line.startswith("#") or (paragraph and not line.strip()):
                break
            if line.strip():
                paragraph.append(line.strip())
        name = _plain(words)
        if name:
            found.append(Term(name, _forms(name), slugify(name), _short(_plain(" ".join(paragraph))), number + 1))
    return tuple(found)


def _forms(name: str) -> tuple[str, ...]:
    forms: list[str] = []
    for part in name.split(","):
        match = _SIGLE.fullmatch(part.strip())
        forms += [match["words"], match["sigle"]] if match else [part]
    return tuple(dict.fromkeys(" ".join(form.split()) for form in forms if len(form.strip()) > 1))


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0].rstrip(" ,;:") + "…"
