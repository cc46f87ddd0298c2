"""What of a Markdown text is prose: its code, its comments and its raw HTML blanked, its paragraphs found.

Every other character keeps its place, so that what is found has a line and a column.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

_SIGNS = re.compile(
    r"[\\`*\[\]{}]|(?<![^\W_])_|_(?![^\W_])|^[#+!-]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=^\d\d\d)\.|(?<=^\d\d\d\d)\."
)
_NAMES = {"<": "&lt;", ">": "&gt;"}
_ENTITIES = re.compile(r"[<>|~]|^[:?=]")


def literal(text: str) -> str:
    r"""Return words as Markdown that says just them, on one line, with as few signs as that takes.

    ``\<`` and ``\|`` would show their backslash: what has no escape in Markdown is written as HTML does.

    >>> literal("# Un <script>, a_b et *gras* [x]")
    '\\# Un &lt;script&gt;, a_b et \\*gras\\* \\[x\\]'
    """
    said = re.sub(r"&(?=#?\w+;)", "&amp;", re.sub(r"[ \t\r\n\f\v]+", " ", text).strip())
    said = _SIGNS.sub(r"\\\g<0>", said)
    return _ENTITIES.sub(lambda match: _NAMES.get(match[0], f"&#{ord(match[0])};"), said)


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


_MARKING = frozenset("-*+!?:[0123456789")
"""What a marker begins with."""


def _marked(line: str) -> bool:
    return _MARKER.match(line.lstrip(" \t>")) is not None


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
            if written.strip():
                # A fence or a comment as far left as this ends the list or the note above it.
                level = min(level, (len(written.expandtabs(4)) - len(written.expandtabs(4).lstrip(" "))) // 4)
        else:
            spaces = written.expandtabs(4) if "\t" in written else written
            depth = (len(spaces) - len(spaces.lstrip(" "))) // 4
            if fresh:
                code = depth > level
            elif depth <= level:
                code = False
            marked = line.lstrip(" \t>")[:1] in _MARKING and _marked(line[:-1] if written.endswith("\r") else line)
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
    for start, end in passages(text):
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


def without_raw_html(text: str) -> str:
    """Blank the blocks of HTML, from a block's tag at the start of a line to its end: Markdown leaves them alone."""
    spans, _ = _raw_blocks(text)
    return _blanked(text, spans) if spans else text


def unclosed(body: str) -> tuple[str, int] | None:
    """Return the element of the block of HTML that never ends, and its place: what follows is no longer Markdown."""
    text = without_code(body) if "<" in body else ""
    _, start = _raw_blocks(text)
    match = _TAG.match(text, start) if start >= 0 else None
    return (match["name"], start) if match is not None else None


def _raw_blocks(text: str) -> tuple[list[tuple[int, int]], int]:
    """Return the blocks of HTML, in order, and where the one that never ends starts, or -1."""
    if "<" not in text or _RAW.search(text) is None:
        return [], -1
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
    return spans, start


_TABLE_RULE = re.compile(r"[ |]*+:?-[-:| ]*+")
_ITEM = re.compile(r"[ \t>]*+(?:[-*+]|\d++[.)])[ \t]++\S")


def passages(text: str, *, cells: bool = False) -> Iterator[tuple[int, int]]:
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


_BAR = re.compile(r"(?<!\\)(?:\\\\)*+\|")


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        bar = _BAR.search(text, start, end)
        yield start, bar.end() - 1 if bar is not None else end
        start = bar.end() if bar is not None else end


_ENTANGLING = (*(character * 200 for character in "[](){}<>*_`~!&\\"), " " * 5000, "\t" * 5000)
_NESTED_QUOTE = re.compile(r"^(?:[ \t]*+>){13}", re.MULTILINE)
_NESTED_LIST = re.compile(r"^[ \t]{60,}+(?:[-*+]|\d++[.)]) |^(?:[ \t]*+(?:[-*+]|\d++[.)])[ \t]){13}", re.MULTILINE)
_MARKS = re.compile(r"[-*+.)] [-*+\d]\S*+ [-*+\d]")
_DECLARATION = re.compile(r"<[!?](?!--)")


_MOST = (
    ("<", 20_000),
    ("\n*[", 500),
    ("](", 10_000),
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
    blanks = " " * 20 in body or "\t" in body
    starts = [body.find(run) for run in _ENTANGLING]
    if body.count(">") > 12 and (match := _NESTED_QUOTE.search(body)):
        starts.append(match.start())
    # Thirteen marks on a line, or one behind sixty blanks: most texts have neither the marks nor the blanks.
    if (blanks or _MARKS.search(body)) and (match := _NESTED_LIST.search(body)):
        starts.append(match.start())
    if any(start >= 0 for start in starts):
        return body.count("\n", 0, min(start for start in starts if start >= 0)) + 1
    if "<" in body and body.count("<!") + body.count("<?") > 50:
        declarations = list(_DECLARATION.finditer(body))
        if len(declarations) > 50:
            return body.count("\n", 0, declarations[50].start()) + 1
    for sign, most in _MOST:
        if len(body) > most and body.count(sign) > most:
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
