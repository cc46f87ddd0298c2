"""The links and images of a Markdown text, found where the engine will find them; the addresses of pages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from cdp.prose import passages, without_code, without_raw_html


def address(path: str) -> str:
    """Return where a source path is published, from the site's root: ``a/b.md`` in ``a/b/``, ``a/index.md`` in ``a/``.

    >>> address("communities/achats/notes/grille.md")
    'communities/achats/notes/grille/'
    """
    if not path.endswith(".md"):
        return path
    stem = path.removesuffix(".md")
    folder, slash, name = stem.rpartition("/")
    return folder + slash if name in ("index", "README") else f"{stem}/"


def impossible(target: str) -> bool:
    """Tell whether an address has a host that no address can have, such as ``http://[here]/`` (RFC 3986, 3.2.2)."""
    try:
        urlsplit(target)
    except ValueError:
        return True
    return False


class Link(NamedTuple):
    """A link or an image in a Markdown text.

    Attributes:
        kind: "link" or "image".
        target: destination as written, without its title, percent-decoded.
        label: text of the link, alternative text of the image.
        line: 1-based, within the body.
        column: 1-based.
    """

    kind: Literal["link", "image"]
    target: str
    label: str
    line: int
    column: int


class _Found(NamedTuple):
    at: int
    kind: Literal["link", "image"]
    target: str
    label: str


_DEFINITION = re.compile(
    r"^[ \t>]*+\[(?P<label>[^\[\]^\n][^\[\]\n]*+)\]:[ ]*+(?:\n[ ]*+)?(?P<target>\S++)[ ]*+"
    r"(?:\n?[ ]*+(?:\"[^\n]*\"|'[^\n]*'|\([^\n]*\))[ ]*+)?$",
    re.MULTILINE,
)
_ABBREVIATION = re.compile(r"^\*\[[^\\\n]*?\][ ]?:[ ]*+\n?[^\n]*+", re.MULTILINE)
_AUTOLINK = re.compile(r"<(?P<address>(?:ht|f)tps?://[^<>\s]*+)>", re.IGNORECASE)
_CITED = re.compile(r"\[([^\[\]]*+)\]")
_IMAGE_REFERENCE = re.compile(r"!\[(?P<alt>[^\[\]]*+)\](?:\s?\[(?P<id>[^\[\]]*+)\])?")
_HTML = re.compile(r"<(?P<tag>a|img)\b(?P<attributes>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE)
_HTML_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))", re.IGNORECASE)


@lru_cache(maxsize=1024)
def links(body: str) -> tuple[Link, ...]:
    """Return the links and images of a Markdown text, in order; those in code and comments do not count."""
    if "](" not in body and "]:" not in body and "<" not in body:
        return ()
    text = without_code(body)
    prose = without_raw_html(text)
    if "*[" in prose:
        prose = _ABBREVIATION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), prose)
    steps = iter(range(_STEPS))
    found: list[_Found] = list(_definitions(prose)) if "]:" in prose else []
    defined = (
        frozenset(match["label"].strip().lower() for match in _DEFINITION.finditer(prose)) if found else frozenset()
    )
    if "](" in prose:
        at = 0
        # No passage goes over a blank line: only the paragraphs that hold a link are taken apart.
        for paragraph in prose.split("\n\n"):
            for start, end in passages(paragraph, cells=True) if "](" in paragraph else ():
                if paragraph.find("](", start, end) >= 0:
                    source = body[at + start : at + end]
                    found.extend(_inline_links(source, paragraph[start:end], at + start, defined, steps))
            at += len(paragraph) + 2
    if "<" in text:
        found.extend(_html_links(text))
        found.extend(
            _Found(match.start(), "link", match["address"], match["address"]) for match in _AUTOLINK.finditer(prose)
        )
    found.sort(key=lambda item: item.at)
    result = []
    line, counted = 1, 0
    for at, kind, target, label in found:
        line += body.count("\n", counted, at)
        counted = at
        column = at - body.rfind("\n", 0, at)
        result.append(Link(kind, unquote(unescape(target).strip()), label.strip(), line, column))
    return tuple(result)


_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()>#+.!-])")
_DESTINATION = re.compile(r"\(\s*+(?:<(?P<angle>[^<>]*+)>\s*+(?:(?:'[^']*+'|\"[^\"]*+\")\s*+)?\))?")
_SIMPLE = re.compile(r"(?P<bare>[^\s()\"']*+)[ ]*+\)")
_LONGEST = 1000
"""Characters within which a destination and its title must end."""
_STEPS = 5_000_000
"""Characters of destinations that are looked at one by one in a text: people's need a thousandth of that."""


class _Span(NamedTuple):
    """A link or an image in a passage: where it starts, where its label ends, its destination, its end."""

    at: int
    label_end: int
    target: int
    target_end: int
    end: int


def _inline_links(
    source: str, prose: str, offset: int, defined: frozenset[str], steps: Iterator[int]
) -> Iterator[_Found]:
    """Yield the links and images of a passage as Python-Markdown finds them: references, then links, then images."""
    text = _ESCAPE.sub("\x01\x01", prose)
    partner = _brackets(text)
    hidden: list[_Span] = []
    if defined:
        references = list(_references(text, partner, defined))
        hidden += [image for span in references for image in _images(text, partner, span.at, span.label_end, steps)]
        text = _masked(text, references)
        partner = _brackets(text)

    def found(kind: Literal["link", "image"], span: _Span) -> _Found:
        label = source[span.at + (2 if kind == "image" else 1) : span.label_end]
        target = source[span.target : span.target_end]
        return _Found(offset + span.at, kind, _ESCAPE.sub(r"\1", target), _ESCAPE.sub(r"\1", label))

    spans: list[_Span] = []
    at = text.find("[")
    while at >= 0:
        span = _span(text, partner, at, at, steps) if text[at - 1 : at] != "!" else None
        if span is not None:
            spans.append(span)
        at = text.find("[", span.end if span is not None else at + 1)
    hidden += [image for span in spans for image in _images(text, partner, span.at, span.label_end, steps)]
    masked = _masked(text, spans)
    images = list(_images(masked, _brackets(masked), 0, len(masked), steps))
    inside = {span.at for image in images for span in spans[_first(spans, image.at) : _first(spans, image.end)]}
    yield from (found("image", image) for image in (*images, *hidden))
    yield from (found("link", span) for span in spans if span.at not in inside)


_REFERENCE = re.compile(r"\s?\[(?P<id>[^\]]*+)\]")


def _references(text: str, partner: dict[int, int], defined: frozenset[str]) -> Iterator[_Span]:
    """Yield the links by reference: ``[text][id]``."""
    at = text.find("[")
    while at >= 0:
        after = at + 1
        match = _REFERENCE.match(text, partner[at] + 1) if at in partner and text[at - 1 : at] != "!" else None
        if match is not None:
            after = match.end()
            if " ".join((match["id"] or text[at + 1 : partner[at]]).lower().split()) in defined:
                yield _Span(at, partner[at], after, after, after)
        at = text.find("[", after)


def _masked(text: str, spans: list[_Span]) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.at], "\x02" * (span.end - span.at)]
        at = span.end
    return "".join([*parts, text[at:]])


def _first(spans: list[_Span], at: int) -> int:
    return bisect_left(spans, at, key=lambda span: span.at)


def _images(text: str, partner: dict[int, int], start: int, end: int, steps: Iterator[int]) -> Iterator[_Span]:
    at = text.find("![", start, end)
    while at >= 0:
        span = _span(text, partner, at, at + 1, steps)
        if span is not None and span.end <= end:
            yield span
            at = text.find("![", span.end, end)
        else:
            at = text.find("![", at + 2, end)


def _span(text: str, partner: dict[int, int], at: int, bracket: int, steps: Iterator[int]) -> _Span | None:
    """Return the span of the link whose text opens at ``bracket``, if it is one."""
    closing = partner.get(bracket, -1)
    match = _DESTINATION.match(text, closing + 1) if closing >= 0 else None
    if match is None:
        return None
    if match["angle"] is not None:
        return _Span(at, closing, *match.span("angle"), match.end())
    simple = _SIMPLE.match(text, match.end())
    if simple is not None:
        return _Span(at, closing, *simple.span("bare"), simple.end())
    rest = _balanced(text, match.end(), steps)
    return _Span(at, closing, match.end(), *rest) if rest is not None else None


def _balanced(text: str, start: int, steps: Iterator[int]) -> tuple[int, int] | None:
    """Return where a destination with parentheses, spaces or a title ends, and where its link does.

    Python-Markdown's own algorithm: a quote opens a title in which parentheses do not count, unless it never ends.
    """
    depth = waiting = 1
    backup = -1
    quotes: dict[str, tuple[int, int]] = {}
    last = ""
    for index, _ in zip(range(start, min(len(text), start + _LONGEST)), steps, strict=False):
        character = text[index]
        titled = last in quotes and quotes[last][1] >= 0
        if character == "(":
            if not quotes:
                depth += 1
            elif waiting > 0:
                waiting -= 1
        elif character == ")":
            if titled:
                return quotes[last][0], index + 1
            if not quotes:
                depth -= 1
                if depth == 0:
                    return index, index + 1
            elif waiting > 0:
                waiting -= 1
                if waiting == 0:
                    backup = index
        elif character in "'\"":
            if not quotes:
                waiting, depth = depth, 1
                quotes[character] = (index, -1)
            elif character not in quotes:
                quotes[character] = (index, -1)
            else:
                quotes[character] = (quotes[character][0], index)
        if character != " ":
            last = character
    return (backup, backup + 1) if backup >= 0 else None


def _brackets(text: str) -> dict[int, int]:
    """Return the closing bracket of each opening one."""
    opened: list[int] = []
    partner = {}
    for match in re.finditer(r"[\[\]]", text):
        if match[0] == "[":
            opened.append(match.start())
        elif opened:
            partner[opened.pop()] = match.start()
    return partner


def _definitions(prose: str) -> Iterator[_Found]:
    """Yield the link definitions that something uses; one that an image uses is an image."""
    definitions = list(_DEFINITION.finditer(prose))
    own = {match.start("label") - 1 for match in definitions}
    used = {" ".join(match[1].lower().split()) for match in _CITED.finditer(prose) if match.start() not in own}
    images = {}
    if "![" in prose:
        for match in _IMAGE_REFERENCE.finditer(prose):
            images[" ".join((match["id"] or match["alt"]).lower().split())] = match["alt"]
    for match in definitions:
        target = match["target"].lstrip("<").rstrip(">")
        label = match["label"].strip()
        at = match.start() + len(match[0]) - len(match[0].lstrip(" \t>"))
        if label.lower() in images:
            yield _Found(at, "image", target, images[label.lower()])
        elif " ".join(label.lower().split()) in used:
            yield _Found(at, "link", target, label)


def _html_links(text: str) -> Iterator[_Found]:
    for match in _HTML.finditer(text):
        given = {name.lower(): a or b or c for name, a, b, c in _HTML_ATTRIBUTE.findall(match["attributes"])}
        if match["tag"].lower() == "img" and "src" in given:
            yield _Found(match.start(), "image", given["src"], given.get("alt", ""))
        elif match["tag"].lower() == "a" and "href" in given:
            yield _Found(match.start(), "link", given["href"], given["href"])
