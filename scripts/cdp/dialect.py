"""The Markdown that members write: its extensions, its anchors, its links.

One list of extensions serves the engine and the rules, so that a link is judged as it will be published.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from itertools import islice
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

EXTENSIONS: tuple[str, ...] = (
    "toc",
    "tables",
    "markdown.extensions.abbr",
    "markdown.extensions.admonition",
    "markdown.extensions.attr_list",
    "markdown.extensions.def_list",
    "markdown.extensions.footnotes",
    "pymdownx.details",
    "pymdownx.superfences",
    "pymdownx.tasklist",
    "cdp.sanitize",
)
"""Extensions, by module: a short name would be looked up among the installed packages for each page.

The first two keep theirs, which MkDocs adds by itself.
"""

# Snippets, b64 and other extensions that read files are left out: with snippets on, the contact bank is one line
# away from the web (CVE-2023-32309 and its successors).


def slugify(text: str, separator: str = "-") -> str:
    """Return the anchor of a heading: ASCII, lower case, œ as oe, the median dot dropped.

    >>> slugify("L’été des participant·e·s : cœur & œuvre")
    'l-ete-des-participantes-coeur-oeuvre'
    """
    for ligature, letters in (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("·", "")):
        text = text.replace(ligature, letters)
    words = "".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", separator, words).strip(separator)


def options(lang: str) -> dict[str, dict[str, Any]]:
    """Return the options of the extensions, as Python-Markdown takes them."""
    return {
        "tables": {"use_align_attribute": True},
        "toc": {
            "permalink": True,
            "permalink_title": {"fr": "Lien vers cette partie"}.get(lang, "Link to this part"),
            "slugify": slugify,
        },
        "markdown.extensions.footnotes": {
            "BACKLINK_TITLE": {"fr": "Retour à la note {} dans le texte"}.get(lang, "Back to note {} in text")
        },
        "cdp.sanitize": {"lang": lang},
    }


_EVIDENT = re.compile(r"#{1,6}[ \t]+(?P<words>[^#\s].*+)")
_OWN_ID = re.compile(r":?[ ]*+#(?P<id>[^\s.}#\"'=_][^\s.}#\"'=]*+)[ ]*+")


def has_anchor(body: str, anchor: str) -> bool:
    """Tell whether a page has an id: at a glance where a heading shows it, else by publishing the page.

    A page that takes too long to publish gets the benefit of the doubt.
    """
    if anchor in _evident_anchors(body):
        return True
    published = _published_anchors(body)
    return published is None or anchor in published


@lru_cache(maxsize=1024)
def _evident_anchors(body: str) -> frozenset[str]:
    """Return the ids of plain headings; a heading with markup, or written twice, is left to ``anchors``."""
    found = []
    prose = _without_raw_html(without_code(body))
    for line, written in zip(prose.split("\n"), body.split("\n"), strict=True):
        match = _EVIDENT.match(line)
        if match is None:
            continue
        words = match["words"].rstrip()
        if words.endswith("}") and (opening := words.rfind("{")) > 0 and words[opening - 1] == " ":
            own = _OWN_ID.fullmatch(words, opening + 1, len(words) - 1)
            if own is not None and written.count("{") == 1 and "`" not in written:
                found.append(own["id"])
        elif not set(written) & set("[<`&*_\\{"):
            found.append(slugify(words))
    return frozenset(found) - {""}


def anchors(body: str) -> frozenset[str]:
    """Return the ids that a page has once published, by publishing it; none when that takes too long."""
    return _published_anchors(body) or frozenset()


@lru_cache(maxsize=1024)
def _published_anchors(body: str) -> frozenset[str] | None:
    from markdown import Markdown

    from cdp.sanitize import TooLong, disarm

    configuration = {**options("fr"), "cdp.sanitize": {"lang": "fr", "limit": 1.0}}
    markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=configuration)
    try:
        html = markdown.convert(body)
    except (TooLong, RecursionError):
        return None
    finally:
        disarm()
    return frozenset(unescape(value) for value in re.findall(r'\bid="([^"]+)"', html))


# Links


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
_IMAGE_REFERENCE = re.compile(r"!\[(?P<alt>[^\[\]]*+)\](?:\s?\[(?P<id>[^\[\]]*+)\])?")
_HTML = re.compile(r"<(?P<tag>a|img)\b(?P<attributes>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE)
_HTML_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))", re.IGNORECASE)


@lru_cache(maxsize=1024)
def links(body: str) -> tuple[Link, ...]:
    """Return the links and images of a Markdown text, in order; those in code and comments do not count."""
    if "](" not in body and "]:" not in body and "<" not in body:
        return ()
    text = without_code(body)
    prose = _without_raw_html(text)
    steps = iter(range(_STEPS))
    found: list[_Found] = list(_definitions(prose)) if "]:" in prose else []
    defined = (
        frozenset(match["label"].strip().lower() for match in _DEFINITION.finditer(prose)) if found else frozenset()
    )
    if "](" in prose:
        for start, end in _passages(prose, cells=True):
            if prose.find("](", start, end) >= 0:
                found.extend(_inline_links(body[start:end], prose[start:end], start, defined, steps))
    if "<" in text:
        found.extend(_html_links(text))
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
    """Yield the link definitions; one that an image uses is an image."""
    images = {}
    if "![" in prose:
        for match in _IMAGE_REFERENCE.finditer(prose):
            images[" ".join((match["id"] or match["alt"]).lower().split())] = match["alt"]
    for match in _DEFINITION.finditer(prose):
        target = match["target"].lstrip("<").rstrip(">")
        label = match["label"].strip()
        at = match.start() + len(match[0]) - len(match[0].lstrip(" \t>"))
        if label.lower() in images:
            yield _Found(at, "image", target, images[label.lower()])
        else:
            yield _Found(at, "link", target, label)


def _html_links(text: str) -> Iterator[_Found]:
    for match in _HTML.finditer(text):
        given = {name.lower(): a or b or c for name, a, b, c in _HTML_ATTRIBUTE.findall(match["attributes"])}
        if match["tag"].lower() == "img" and "src" in given:
            yield _Found(match.start(), "image", given["src"], given.get("alt", ""))
        elif match["tag"].lower() == "a" and "href" in given:
            yield _Found(match.start(), "link", given["href"], given["href"])


_TABLE_RULE = re.compile(r"[ |]*+:?-[-:| ]*+")
_ITEM = re.compile(r"[ \t>]*+(?:[-*+]|\d++[.)])[ \t]++\S")


def _passages(text: str, *, cells: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that no link crosses: paragraphs, headings, items of lists, rows or cells of tables."""
    start = at = 0
    block = ""
    lines = text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        heading = line.startswith("#")
        item = _ITEM.match(line) is not None
        blank = not line.strip(" \t>")
        if start < at and (blank or heading or block in ("", "table") or (item and block == "list")):
            if cells and block == "table":
                yield from _cells(text, start, at)
            else:
                yield start, at
            start = at
        if blank:
            start = at + len(line) + 1
        if blank or heading:
            block = ""
        elif not block:
            table = "|" in line and "|" in following and _TABLE_RULE.fullmatch(following) is not None
            block = "list" if item else "table" if table else "paragraph"
        at += len(line) + 1
    if start < len(text):
        if cells and block == "table":
            yield from _cells(text, start, len(text))
        else:
            yield start, len(text)


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        bar = text.find("|", start, end)
        yield start, bar if bar >= 0 else end
        start = bar + 1 if bar >= 0 else end


# Code, comments and raw HTML: blanked in turn, every other character in its place


@lru_cache(maxsize=64)
def without_code(body: str) -> str:
    """Return the text with code and comments blanked, every other character in its place."""
    text = body.replace("\r\n", " \n") if "\r" in body else body
    if "```" in text or "~~~" in text:
        text = _without_fences(text)
    if "<!--" in text:
        text = _without_comments(text, blocks=True)
    if "\n    " in text or "\t" in text or text.startswith("    "):
        text = _without_indented(text, body)
    if "`" in text:
        text = _without_code_spans(text)
    if "<!--" in text:
        text = _without_comments(text, blocks=False)
    return text


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text with the spans, in order, made of spaces and line ends."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], re.sub(r"[^\n]++", lambda match: " " * len(match[0]), text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


_FENCE_OPENING = re.compile(
    r"(?P<before>[ \t>]*+)(?P<fence>~{3,}+|`{3,}+)"
    r"(?:[ \t]*+\.?[\w#.+-]++(?=[ \t]|$))?+[ \t]*+"
    r"(?:\{[^\n]*\}|(?:[a-zA-Z]\w*+=(?:\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+)*+)[ \t]*+$"
)


def _without_fences(text: str) -> str:
    """Blank the fenced blocks that are closed; the others are text, as for SuperFences."""
    spans: list[tuple[int, int]] = []
    fence, before, start, at, blank = "", "", 0, 0, False
    for line in text.split("\n"):
        if not fence:
            match = _FENCE_OPENING.match(line) if "```" in line or "~~~" in line else None
            if match is not None:
                fence, before, start, blank = match["fence"], match["before"].expandtabs(4), at, False
        elif not line.strip():
            blank = True
        else:
            inside, content = _split_prefix(line, len(before))
            quotes, level = inside.count(">"), before.count(">")
            short = len(inside) < len(before) and (quotes == level or not level)
            if content and (short or quotes > level or (blank and quotes < level)):
                fence = ""
            elif content.startswith(fence) and not content[len(fence) :].strip(" \t"):
                spans.append((start, at + len(line)))
                fence = ""
            blank = not content
        at += len(line) + 1
    return _blanked(text, spans)


def _split_prefix(line: str, width: int) -> tuple[str, str]:
    """Return the spaces and quote marks that begin a line, ``width`` columns of them at most, and the rest."""
    inside = ""
    for index, character in enumerate(line):
        if len(inside) >= width or character not in " \t>":
            return inside, line[index:]
        inside += " " * (4 - len(inside) % 4) if character == "\t" else character
    return inside, ""


def _without_comments(text: str, *, blocks: bool) -> str:
    """Blank the comments that start a line, or those within a paragraph."""
    spans: list[tuple[int, int]] = []
    at = text.find("<!--")
    end = blank = 0
    while at >= 0:
        if end < at + 4:
            end = text.find("-->", at + 4)
            if end < 0:
                break
        if blank < at:
            blank = _next_blank(text, at)
        if _starts_line(text, at) if blocks else end < blank:
            spans.append((at, end + 3))
            at = text.find("<!--", end + 3)
        else:
            at = text.find("<!--", at + 4)
    return _blanked(text, spans)


def _starts_line(text: str, at: int) -> bool:
    """Tell whether only three spaces at most precede on the line, as for a block of HTML."""
    before = text[max(0, at - 4) : at].rstrip(" ")
    return before.endswith("\n") or (not before and at <= 3)


_BLANK_LINE = re.compile(r"\n[ \t]*+(?=\n)")


def _next_blank(text: str, at: int) -> int:
    match = _BLANK_LINE.search(text, at)
    return match.start() if match is not None else len(text)


_MARKER = re.compile(r"(?:[-*+][ \t]|\d++[.)][ \t]|!!! |\?\?\?\+? |:[ \t]|\[\^)")


def _without_indented(text: str, source: str) -> str:
    """Blank indented code: blocks indented deeper than the list, note or definition that they would continue.

    Args:
        text: fences and comments are blank already.
        source: with them, for how far lines are indented.
    """
    spans: list[tuple[int, int]] = []
    at = level = 0
    fresh, code = True, False
    for line, written in zip(text.split("\n"), source.split("\n"), strict=True):
        if not line.strip():
            fresh = True
        else:
            spaces = written.expandtabs(4) if "\t" in written else written
            depth = (len(spaces) - len(spaces.lstrip(" "))) // 4
            if fresh:
                code = depth > level
            elif depth <= level:
                code = False
            marked = _MARKER.match((line[:-1] if written.endswith("\r") else line).lstrip(" \t>")) is not None
            if code:
                spans.append((at, at + len(line)))
            elif fresh or marked:
                level = min(depth, level) + marked
            fresh = not code and line.startswith("#")
        at += len(line) + 1
    return _blanked(text, spans)


def _without_code_spans(text: str) -> str:
    """Blank what is between backticks, as Python-Markdown pairs them within a paragraph."""
    spans: list[tuple[int, int]] = []
    for start, end in _passages(text):
        if text.find("`", start, end) >= 0:
            spans.extend(_code_spans(text, start, end))
    return _blanked(text, spans)


def _code_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    runs = [(match.start(), match.end() - match.start()) for match in re.compile("`++").finditer(text, start, end)]
    places: dict[int, list[int]] = {}
    for at, length in runs:
        places.setdefault(length, []).append(at)
    # The longest run after each, the first of them: what Python-Markdown falls back on when none has the same length.
    longest = [(0, 0)] * (len(runs) + 1)
    for index in range(len(runs) - 1, -1, -1):
        at, length = runs[index]
        longest[index] = (length, at) if length >= longest[index + 1][0] else longest[index + 1]
    done = start
    for index, (at, length) in enumerate(runs):
        if at < done:
            continue
        begin = at
        while begin > start and text[begin - 1] == "\\":
            begin -= 1
        escaped = (at - begin) % 2
        begin, length = at + escaped, length - escaped
        if not length:
            continue
        same = places.get(length, [])
        following = bisect_left(same, at + 1)
        if following < len(same):
            done = same[following] + length
            yield begin, done
        elif 0 < longest[index + 1][0] < length:
            done = longest[index + 1][1] + longest[index + 1][0]
            yield begin, done


_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>`]*+)(?P<rest>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_RAW = re.compile(r"^ {0,3}<[a-zA-Z]", re.MULTILINE)


def _without_raw_html(text: str) -> str:
    """Blank the blocks of HTML, from a block's tag at the start of a line to its end: Markdown leaves them alone."""
    if "<" not in text or _RAW.search(text) is None:
        return text
    from markdown.util import BLOCK_LEVEL_ELEMENTS

    blocks = frozenset(BLOCK_LEVEL_ELEMENTS)
    spans: list[tuple[int, int]] = []
    stack: list[str] = []
    open_tags: Counter[str] = Counter()
    start, tail = -1, 0
    for match in _TAG.finditer(text):
        name = match["name"].lower()
        if match["close"]:
            if start >= 0 and open_tags[name]:
                while (popped := stack.pop()) != name:
                    open_tags[popped] -= 1
                open_tags[name] -= 1
                if not stack:
                    spans.append((start, match.end()))
                    start, tail = -1, text.find("\n", match.end())
                    tail = len(text) if tail < 0 else tail
            continue
        if match["rest"].endswith("/") or name == "hr":
            continue
        if start < 0:
            if name not in blocks or not (match.start() < tail or _starts_line(text, match.start())):
                continue
            start = match.start()
        stack.append(name)
        open_tags[name] += 1
    if start >= 0:
        spans.append((start, len(text)))
    return _blanked(text, spans)


_ENTANGLING = (*(character * 200 for character in "[](){}<>*_`~!&\\"), " " * 5000, "\t" * 5000)
_NESTED_QUOTE = re.compile(r"^(?:[ \t]*+>){13}", re.MULTILINE)
_NESTED_LIST = re.compile(r"^[ \t]{60,}+(?:[-*+]|\d++[.)]) |^(?:[ \t]*+(?:[-*+]|\d++[.)])[ \t]){13}", re.MULTILINE)
_MARKS = re.compile(r"[-*+.)] [-*+\d]\S*+ [-*+\d]")
_DECLARATION = re.compile(r"<[!?](?!--)")


_MOST = (
    ("<", 20_000),
    ("\n*[", 500),
    *((sign, 100_000) for sign in ("*", "_", "`", "&", "~", "\n\n")),
    ("\\", 50_000),
)
_MOST_PLACES = (
    (re.compile("[\x80-\xbf]"), 100_000),  # nh3 takes as long as their square
    (re.compile(r"^[ \t>]*+(?:#|```|~~~|!!!|\?\?\?|[-=*_]++[ \t\r]*+$)", re.MULTILINE), 5_000),
    (re.compile(r"^[ \t>]*+(?:[-*+]|\d++[.)])[ \t]", re.MULTILINE), 50_000),
)
"""Signs and lines of a sort above which a text, of a mebibyte at most, was made to stop the engine."""
_BRACKETS = 2000
"""Most opening brackets in a paragraph."""


def entangled(body: str) -> int:
    """Return the 1-based line of a text so nested that it would stop the engine, or 0.

    Python-Markdown takes more than 20 s for 20 KiB of ``[`` and overflows on 300 nested lists; people never
    write such texts.
    """
    if "\r" in body:
        body = body.replace("\r\n", "\n")
    starts = [body.find(run) for run in _ENTANGLING]
    if body.count(">") > 12 and (match := _NESTED_QUOTE.search(body)):
        starts.append(match.start())
    # Thirteen marks on a line, or one behind sixty blanks: most texts have neither the marks nor the blanks.
    if (" " * 20 in body or "\t" in body or _MARKS.search(body)) and (match := _NESTED_LIST.search(body)):
        starts.append(match.start())
    if any(start >= 0 for start in starts):
        return body.count("\n", 0, min(start for start in starts if start >= 0)) + 1
    if body.count("<!") + body.count("<?") > 50:
        declarations = list(_DECLARATION.finditer(body))
        if len(declarations) > 50:
            return body.count("\n", 0, declarations[50].start()) + 1
    for sign, most in _MOST:
        if body.count(sign) > most:
            return body.count("\n", 0, _place_of(body, sign, most)) + 1
    for pattern, most in _MOST_PLACES if len(body) > 10_000 else ():
        if late := next(islice(pattern.finditer(body), most, None), None):
            return body.count("\n", 0, late.start()) + 1
    if body.count("[") > _BRACKETS:
        # Links are searched within a paragraph: many in a long note are nothing, thousands in one never end.
        start = 0
        for paragraph in body.split("\n\n"):
            if paragraph.count("[") > _BRACKETS:
                return body.count("\n", 0, start) + 1
            start += len(paragraph) + 2
    return 0


def _place_of(body: str, sign: str, rank: int) -> int:
    at = -1
    for _ in range(rank + 1):
        at = body.find(sign, at + 1)
    return at
