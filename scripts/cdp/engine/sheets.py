"""Style sheets as rules: a small reading of CSS (CSS Syntax Module 3, CSS Nesting) that keeps every possibility.

A rule counts whatever its conditions (``@media``, ``@supports``, ``@layer``…), so that hiding on paper or on a phone is seen
too; a selector matches in every state of what it names; a variable has every value that some rule gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))
    |"(?:\\.|[^"\\\n\r\f])*"?|'(?:\\.|[^'\\\n\r\f])*'?
    |url\(\s*(?!["'\s])(?:\\.|[^)\\])*\)?
    |\\.|[{};]|[^{};"'\\/u]+|.""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_GROUPS = ("@media", "@supports", "@layer", "@container", "@scope", "@starting-style", "@document", "@-moz-document")
_FRAMES = ("@keyframes", "@-webkit-keyframes", "@-moz-keyframes")
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\n]?|([g-z_-]))", re.IGNORECASE)
_LETTER = re.compile(r"[\w%-]")
_STATES = (
    r":(?:hover|active|focus(?:-visible|-within)?|visited|link|any-link|target(?:-within|-current)?|checked|indeterminate"
    r"|disabled|enabled|defined|autofill|valid|invalid|user-(?:in)?valid|fullscreen|modal|popover-open|scope|playing|paused"
    r"|(?:lang|dir|state|host|host-context|active-view-transition-type)\([^()]*\))"
    # What programs of the theme set on the whole page, such as the reader's choice of light or dark.
    r"|(?P<body>\[\s*data-md-(?:color-|scroll|state)[^\]]*\])|\.(?:no-)?js(?![\w-])"
)
_STATE = re.compile(_STATES, re.IGNORECASE)
_BESIDE = re.compile(r"::?(before|after)\b|::(marker)\b", re.IGNORECASE)
_SIDES = re.compile(
    r"::(?:selection|placeholder|-webkit-scrollbar[\w-]*|-webkit-details-marker|-moz-[\w-]+|file-selector-button|cue|backdrop"
    r"|(?:spelling|grammar)-error|target-text)\b",
    re.IGNORECASE,
)
"""What is beside the text of a page, or shows where a reader is in it."""
_PART = re.compile(r"::?[\w-]*(?:first-line|first-letter)\b|::[\w-]+(?:\([^()]*\))?", re.IGNORECASE)
_VARIABLE = re.compile(r"var\(\s*(--[^\s,()]+)\s*(,)?", re.IGNORECASE)
MANY = 200
"""Values that a declaration may have before nobody can tell which it has."""


class Rule(NamedTuple):
    """What a sheet says of some elements.

    Attributes:
        path: of the sheet.
        prelude: the selectors, as they are written.
        selectors: of elements, each without its states.
        beside: of elements beside whose text it draws, and by which pseudo-element.
        still: those of elements, as long as a reader touches nothing.
        written: names in lower case, values.
        declarations: the same, with each value that its variables may have.
        important: names of those that weigh more than others.
        sure: whether no condition is set on it.
    """

    path: str
    prelude: str
    selectors: tuple[str, ...]
    beside: tuple[tuple[str, str], ...]
    still: tuple[str, ...]
    written: tuple[tuple[str, str], ...]
    declarations: tuple[tuple[str, str], ...]
    important: frozenset[str]
    sure: bool


class Sheets(NamedTuple):
    """All the sheets of a theme, read together.

    Attributes:
        rules: of elements.
        frames: declarations of each animation, by name.
        fonts: declarations of ``@font-face``.
        imports: sheets that are asked for: by which, and at which address.
    """

    rules: tuple[Rule, ...]
    frames: Mapping[str, tuple[tuple[str, str], ...]]
    fonts: tuple[tuple[str, tuple[str, str]], ...]
    imports: tuple[tuple[str, str], ...]


def read(styles: Iterable[tuple[str, str]]) -> Sheets:
    """Return what sheets say, by path and text: all rules, with the values that variables have in any of them."""
    raw = [rule for path, css in styles for rule in _rules(path, css)]
    known: dict[str, dict[str, None]] = {}
    for rule in raw:
        for name, value in rule.written:
            if name.startswith("--"):
                known.setdefault(name, {})[value] = None
            elif name == "initial-value" and rule.prelude.lower().startswith("@property"):
                known.setdefault(rule.prelude.split()[-1], {})[value] = None
    rules: list[Rule] = []
    frames: dict[str, tuple[tuple[str, str], ...]] = {}
    fonts: list[tuple[str, tuple[str, str]]] = []
    imports: list[tuple[str, str]] = []
    for rule in raw:
        said = rule.written
        if any("var(" in value.lower() for _, value in said):
            said = tuple((name, each) for name, value in said for each in _values(name, value, known))
        words = rule.prelude.lower() if rule.prelude.startswith("@") else ""
        if words.startswith(_FRAMES):
            name = rule.prelude.split()[-1].strip("\"'")
            frames[name] = frames.get(name, ()) + said
        elif words.startswith("@font-face"):
            fonts += [(rule.path, each) for each in said]
        elif words.startswith("@import"):
            address = re.sub(r"^url\(|\)$", "", [*rule.prelude[7:].split(), ""][0])
            imports.append((rule.path, address.strip("\"' ")))
        elif not words:
            rules.append(rule._replace(declarations=said))
    return Sheets(tuple(rules), frames, tuple(fonts), tuple(imports))


@lru_cache(maxsize=16)
def _rules(path: str, css: str) -> tuple[Rule, ...]:
    """Return the blocks of a sheet, before its variables have a value."""
    found: list[Rule] = []
    for prelude, lines, sure in blocks(css):
        parts = [] if prelude.startswith("@") else [part for part in cut(prelude) if not _SIDES.search(part)]
        alone = [_PART.sub("", part) for part in parts if not _BESIDE.search(part)]
        beside = [(plain(_BESIDE.sub("", part)), match) for part in parts if (match := _BESIDE.search(part))]
        declarations, important = _declarations(lines)
        found.append(
            Rule(
                path,
                prelude,
                tuple(plain(part) for part in alone),
                tuple((selector, (match[1] or match[2]).lower()) for selector, match in beside),
                tuple(each for part in alone if (each := rest(part)) is not None),
                declarations,
                declarations,
                important,
                sure,
            )
        )
    return tuple(found)


def plain(selector: str) -> str:
    """Return a selector that matches in every state: what hides only when it is touched, or is not, hides.

    >>> plain(".a:not(.a:hover):is(:focus, .b) > :first-child")
    '.a:is(*, .b) > *:first-child'
    """
    found: list[str] = []
    at = 0
    for start, name, inside, end in _functions(selector):
        found.append(selector[at:start])
        at = end
        if name == ":not":
            if not _STATE.search(inside):
                found.append(f":not({', '.join(plain(part) for part in cut(inside))})")
        elif name in (":is", ":where", ":matches", ":-webkit-any", ":-moz-any", ":has"):
            kept = ":has" if name == ":has" else ":is"
            found.append(f"{kept}({', '.join(plain(part) for part in cut(inside))})")
        elif " of " not in inside:
            found.append(f"{name}({inside})")
    bare = _STATE.sub(lambda match: "\1" if match["body"] else "\0", "".join([*found, selector[at:]]))
    bare = re.sub(r"(^|[\s>+~,(])\0+(?=$|[\s>+~,)])", r"\1*", bare)
    bare = re.sub(r"(^|[\s>+~,(])[\0\1]+(?=$|[\s>+~,):])", r"\1body", bare).replace("\0", "").replace("\1", "")
    # Lexbor misreads a compound that begins with a pseudo-class.
    return re.sub(r"(^|[\s>+~,(])(?=:)", r"\1*", bare.strip()) or "*"


def rest(selector: str) -> str | None:
    """Return a selector as :func:`plain` does, but for what a reader does, such as opening a menu; None when it needs that.

    >>> rest(".a:hover, x"), rest(":is(:focus, .b) .c:not(:hover)"), rest("[data-md-toggle]:checked ~ .d")
    (None, '*:is(.b) .c', None)
    """
    found: list[str] = []
    at = 0
    for start, name, inside, end in _functions(selector):
        found.append(selector[at:start])
        at = end
        if name in (":is", ":where", ":matches", ":-webkit-any", ":-moz-any"):
            parts = [part for part in cut(inside) if rest(part) is not None]
            if not parts:
                return None
            found.append(f":is({', '.join(parts)})")
        elif name != ":not" or not _STATE.search(inside):
            found.append(selector[start:end])
    bare = "".join([*found, selector[at:]])
    return None if _READER.search(bare) else plain(bare)


_READER = re.compile(
    r":(?:hover|active|focus(?:-visible|-within)?|target(?:-within|-current)?|checked|popover-open|modal|fullscreen|playing)(?![\w-])",
    re.IGNORECASE,
)


def _functions(selector: str) -> Iterator[tuple[int, str, str, int]]:
    """Yield the functions of a selector that are in no other: where it starts, its name, what it holds, where it ends."""
    at = 0
    for match in re.finditer(r"(:[\w-]+)\(", selector):
        if match.start() < at or _STATE.match(selector, match.start()):
            continue
        depth = 1
        for end in range(match.end(), len(selector)):
            depth += (selector[end] == "(") - (selector[end] == ")")
            if not depth:
                at = end + 1
                yield match.start(), match[1].lower(), selector[match.end() : end], at
                break


@lru_cache(maxsize=1 << 14)
def needs(selector: str) -> frozenset[str]:
    """Return the classes, in lower case, that a page must have somewhere for a selector to match anything in it."""
    while (outer := re.sub(r"\([^()]*\)|\[[^\]]*\]", "", selector)) != selector:
        selector = outer
    return (
        frozenset(re.findall(r"\.((?:[\w-]|[^\x00-\x7f])+)", selector.lower())) if "\\" not in selector else frozenset()
    )


@lru_cache(maxsize=1 << 14)
def subject(selector: str) -> frozenset[str]:
    """Return the classes, in lower case, that an element must have to be matched by a selector itself."""
    while (outer := re.sub(r"\([^()]*\)|\[[^\]]*\]", "", selector)) != selector:
        selector = outer
    return needs(re.split(r"[\s>+~]+", selector.strip())[-1])


@lru_cache(maxsize=1 << 14)
def understood(selector: str) -> bool:
    """Tell whether a selector can be looked for."""
    try:
        _EMPTY.css(selector)
    except SelectolaxError:
        return False
    return True


_EMPTY = LexborHTMLParser("<p>")


def cut(words: str, at: str = ",") -> list[str]:
    """Return the parts of a list, cut at its own commas (or blanks) only."""
    depth, quote, parts, start = 0, "", [], 0
    for place, sign in enumerate(words):
        if quote:
            quote = "" if sign == quote and words[place - 1] != "\\" else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign in "([") - (sign in ")]")
            if depth == 0 and (sign == at or (at == " " and sign.isspace())):
                parts.append(words[start:place].strip())
                start = place + 1
    parts.append(words[start:].strip())
    return [part for part in parts if part] if at == " " else parts


def _values(name: str, value: str, known: Mapping[str, Mapping[str, None]]) -> list[str]:
    """Return every value that a declaration may have; as it is written when they are too many, or go in circles."""
    if name.startswith("--") or not _VARIABLE.search(value):
        return [value]
    found = list(islice(expanded(value, known, 8), MANY + 1))
    return list(dict.fromkeys(found)) if len(found) <= MANY else [value]


def expanded(value: str, known: Mapping[str, Mapping[str, None]], depth: int) -> Iterator[str]:
    """Yield what a value may be once its variables have theirs."""
    match = _VARIABLE.search(value)
    if match is None:
        yield value
        return
    end, open_ = match.end(), 1
    while end < len(value) and open_:
        open_ += (value[end] == "(") - (value[end] == ")")
        end += 1
    given = [*known.get(match[1], ()), *([value[match.end() : end - 1].strip()] if match[2] else [])]
    if depth == 0:
        yield value
        return
    for each in given:
        yield from expanded(f"{value[: match.start()]}{each}{value[end:]}", known, depth - 1)


def _declarations(lines: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    found, important = [], set()
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip():
            said = _IMPORTANT.sub("", value.strip())
            word = name.strip() if name.strip().startswith("--") else name.strip().lower()
            found.append((word, said.strip()))
            if said != value.strip():
                important.add(word)
    return tuple(found), frozenset(important)


_IMPORTANT = re.compile(r"!\s*important\s*$", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def weight(selector: str) -> tuple[int, int, int]:
    """Return how much a selector weighs: its ids; its classes, attributes and pseudo-classes; its elements."""
    bare = re.sub(r":(?:not|is|has)\(", "(", selector)
    return (
        len(re.findall(r"#[\w-]", bare)),
        len(re.findall(r"\.[\w-]|\[|:[\w-]", bare)),
        len(re.findall(r"(?:^|[\s>+~,(])[a-z]", bare, re.IGNORECASE)),
    )


def _unescaped(match: re.Match[str]) -> str:
    sign = chr(min(int(match[1], 16), 0x10FFFF)) if match[1] else match[2]
    return sign if _LETTER.fullmatch(sign) else match[0]


def blocks(css: str) -> Iterator[tuple[str, list[str], bool]]:
    """Yield the blocks of a sheet, those within others too: selectors or name, declarations, whether they always count."""
    stack: list[tuple[str, list[str], bool]] = []
    text: list[str] = []
    for match in _TOKEN.finditer(css):
        sign = match[0]
        if match["comment"]:
            text.append(" ")
        elif sign == "{":
            prelude = _joined(text)
            outer, sure = (stack[-1][0], stack[-1][2]) if stack else ("", True)
            stack.append((_within(prelude, outer), [], sure and not prelude.startswith("@")))
            text = []
        elif sign in (";", "}"):
            if stack:
                stack[-1][1].append(_joined(text))
            elif sign == ";" and _joined(text).lower().startswith("@import"):
                yield _joined(text), [], True
            text = []
            if sign == "}" and stack:
                block = stack.pop()
                if stack and stack[-1][0].lower().startswith(_FRAMES):
                    stack[-1][1].extend(block[1])
                else:
                    yield block
        else:
            text.append(sign)
    if not stack and _joined(text).lower().startswith("@import"):
        yield _joined(text), [], True
    for prelude, declarations, sure in stack:
        yield prelude, [*declarations, _joined(text)], sure


def _joined(text: Iterable[str]) -> str:
    return _ESCAPE.sub(_unescaped, "".join(text)).strip()


def _within(prelude: str, outer: str) -> str:
    """Return the selectors of a rule within another (CSS Nesting); a condition leaves those around it as they are."""
    if prelude.lower().startswith(_GROUPS):
        return outer if not outer.startswith("@") else ""
    if not outer or outer.startswith("@") or prelude.startswith("@"):
        return prelude
    return ", ".join(
        part.replace("&", f":is({outer})") if "&" in part else f":is({outer}) {part}" for part in cut(prelude)
    )
