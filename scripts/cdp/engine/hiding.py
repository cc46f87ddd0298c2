"""What a theme's styles hide: selectors whose rule would keep a reader from seeing what they match.

A small reading of CSS (CSS Syntax Module 3), not a browser's: a rule counts whatever its conditions, so that hiding on
paper or on a phone is seen too. Colours are read in ``colours``. What it does not know: an element that several rules together move
over another, and what programs do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\\.|[{};]|[^{};\"'\\]+", re.DOTALL)
_GROUPS = ("@media", "@supports", "@layer", "@container", "@scope", "@starting-style", "@document")
_ZERO = r"[-+]?(?:0*\.)?0+(?:\.0*)?(?:[a-z]+|%)?"
_FAR = r"-?(?:\d{4,}(?:\.\d+)?(?:px|pt)?|[5-9]\d{2}(?:px|pt)|\d{2,}(?:r?em|ch|v[a-z]+)|[1-9]\d{2,}%)"
_HIDES = re.compile(
    rf"""
    display\s*:\s*(?:none|var\()
    |(?:content-)?visibility\s*:\s*(?:hidden|collapse|var\()
    |opacity\s*:\s*(?:0?\.[0-3]\d*|{_ZERO}|[0-3]?\d%|var\()
    |font(?:-size)?\s*:\s*(?:[^;]*\s)?(?:{_ZERO}|0?\.[0-3]\d*(?:r?em)?|[0-3](?:\.\d+)?(?:px|pt))(?:\s*/|\s|!|$)
    |(?:-webkit-text-fill-)?color\s*:\s*(?:transparent|(?:rgb|hsl)a?\([^;]*[,/]\s*{_ZERO}\s*\)|\#(?:[0-9a-f]{{3}}0|[0-9a-f]{{6}}00)(?![0-9a-f]))
    |text-indent\s*:\s*-?(?:{_FAR})
    |(?:clip|clip-path)\s*:\s*(?!auto|none|unset|initial)
    |(?:-webkit-)?mask(?:-image)?\s*:\s*(?!none|unset|initial)
    |(?:transform|scale|zoom)\s*:\s*(?:[^;]*scale(?:3d|x|y)?\(\s*)?(?:{_ZERO}|0?\.[0-2]\d*)(?:[\s,)!]|$)
    |(?:transform|translate)\s*:(?:[^;]*[\s(,])?-?(?:{_FAR})
    |transform\s*:[^;]*rotate[xy]\(\s*-?(?:90|270)deg
    |filter\s*:[^;]*(?:opacity\(\s*(?:{_ZERO}|0?\.[0-3]\d*)\s*\)|blur\()
    |(?:left|right|top|bottom|inset[a-z-]*|margin[a-z-]*)\s*:(?:[^;]*\s)?-?(?:{_FAR})
    |content\s*:\s*(?:url|image|image-set|var|[a-z-]*gradient)\(
    |(?:max-)?(?:width|height|inline-size|block-size)\s*:\s*{_ZERO}(?:\s|!|$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WRITES = re.compile(
    r"""content\s*:[^;]*?(?:"(?:[^"\\]|\\.)*?[^\W_]|'(?:[^'\\]|\\.)*?[^\W_]|(?:attr|var|url|image|image-set|counters?)\()""",
    re.IGNORECASE,
)
"""Words, a number or a picture that a style puts in a page."""
_FLOATS = re.compile(r"position\s*:\s*(?:absolute|fixed|sticky)", re.IGNORECASE)
_LARGE = re.compile(
    r"position\s*:\s*fixed|inset\s*:\s*-?[\d.]+[a-z%]*\s*(?:!|$)|(?:min-)?(?:width|height|inline-size|block-size)\s*:"
    r"\s*(?:100%|\d{3,}(?:px|%)|\d{2,}(?:\.\d+)?(?:r?em|v[a-z]+)|calc)|(?:bottom|right)\s*:\s*-?[\d.]+[a-z%]*\s*(?:!|$)",
    re.IGNORECASE,
)
_PAINTS = re.compile(
    r"(?:background(?:-color|-image)?\s*:\s*(?!none|transparent|inherit|unset|initial)|backdrop-filter|box-shadow\s*:[^;]*inset"
    r"|border[a-z-]*\s*:[^;]*\d{3,}px)",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"::?(?:before|after)\b|::(?:marker|backdrop)\b", re.IGNORECASE)
_PART = re.compile(r"::?(?:first-line|first-letter)\b", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_ANIMATED = re.compile(r"animation(?:-name)?\s*:([^;]*)", re.IGNORECASE)
_ELEMENT = re.compile(r"::|:(?:before|after|first-line|first-letter)\b", re.IGNORECASE)
_STATES = (
    r":(?:hover|active|focus(?:-visible|-within)?|visited|link|any-link|target|checked|disabled|enabled|defined"
    r"|fullscreen|popover-open|(?:lang|dir|state|host|host-context)\([^()]*\))"
    # The reader's choice of light or dark: a page is written for one, and shown in the other.
    r"|\[\s*data-md-color-[^\]]*\]"
)
_STATE = re.compile(_STATES, re.IGNORECASE)
_NOT_STATE = re.compile(rf":not\((?:{_STATES})+\)", re.IGNORECASE)


@lru_cache(maxsize=64)
def hidden(css: str) -> tuple[str, ...]:
    """Return the selectors of the rules that hide, each without the states in which it matches.

    Of pseudo-elements, those that are a part of a text count; for those beside it, see :func:`drawn`.
    """
    rules = list(_rules(_COMMENT.sub(" ", css)))
    fading = {
        prelude.split()[-1].strip("\"'")
        for prelude, declarations in rules
        if prelude.lower().startswith(("@keyframes", "@-webkit-keyframes")) and _hides(declarations)
    }
    found: dict[str, None] = {}
    for prelude, declarations in rules:
        if prelude.startswith("@"):
            continue
        animations = {word for match in _ANIMATED.finditer(declarations) for word in re.split(r"[\s,]+", match[1])}
        if _hides(declarations) or animations & fading:
            found.update(dict.fromkeys(elements(prelude)))
    return tuple(found)


@lru_cache(maxsize=64)
def drawn(css: str) -> tuple[str, ...]:
    """Return the selectors of what gets words or a picture from a style, before or after it, or is covered by such."""
    found: dict[str, None] = {}
    for prelude, declarations in _rules(_COMMENT.sub(" ", css)):
        if prelude.startswith("@"):
            continue
        lines = [line.strip() for line in _unescaped(declarations).split(";")]
        covers = all(any(sign.match(line) for line in lines) for sign in (_FLOATS, _LARGE, _PAINTS))
        if covers or any(_WRITES.match(line) for line in lines):
            found.update((_plain(_BESIDE.sub("", part)), None) for part in _parts(prelude) if _BESIDE.search(part))
        if any(line.lower().startswith("list-style") and re.search(r"[\"'][^\"']*[^\W_]", line) for line in lines):
            found.update((_plain(part), None) for part in _parts(prelude) if not _ELEMENT.search(part))
    return tuple(found)


_PLACED = re.compile(r"position\s*:\s*(?:absolute|fixed|sticky|relative)|transform\s*:|translate\s*:", re.IGNORECASE)
_TALL = re.compile(
    r"inset\s*:|(?:min-)?(?:height|block-size)\s*:\s*(?:100%|\d{3,}px|[2-9]\d(?:\.\d+)?(?:[dls]?vh|%)|1\d\d(?:[dls]?vh|%)|\d{2,}r?em|calc"
    r"|stretch|-webkit-fill)",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"(?:margin|margin-top|margin-block(?:-start)?|top|inset-block-start|translate|transform)\s*:[^;]*-(?:\d{2,}(?:\.\d+)?(?:r?em|[dls]?v[a-z]+|%)|\d{3,}px)",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def covering(css: str) -> tuple[str, ...]:
    """Return the selectors of elements that a rule paints and lays over others: tall and out of the flow, or moved up."""
    found: dict[str, None] = {}
    for prelude, declarations in declared(css):
        lines = [line.strip() for line in declarations.split(";")]

        def says(sign: re.Pattern[str], lines: list[str] = lines) -> bool:
            return any(sign.match(line) for line in lines)

        between = any(line.startswith("top") for line in lines) and any(line.startswith("bottom") for line in lines)
        laid = (says(_FLOATS) and (says(_TALL) or between)) or (says(_PLACED) and says(_MOVED))
        if laid and says(_PAINTS):
            found.update(dict.fromkeys(elements(prelude)))
    return tuple(found)


def elements(prelude: str) -> Iterator[str]:
    """Yield the selectors of a list that match elements or a part of their text, each without its states."""
    parts = (_PART.sub("", part) for part in _parts(prelude))
    yield from (_plain(part) for part in parts if not _ELEMENT.search(part))


def declared(css: str) -> list[tuple[str, str]]:
    """Return the rules of a sheet that match elements: selectors, declarations without escapes."""
    rules = _rules(_COMMENT.sub(" ", css))
    return [(prelude, _unescaped(declarations)) for prelude, declarations in rules if not prelude.startswith("@")]


def _hides(declarations: str) -> bool:
    return any(_HIDES.match(line.strip()) for line in _unescaped(declarations).split(";"))


def _unescaped(declarations: str) -> str:
    return _ESCAPE.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), declarations)


def _plain(selector: str) -> str:
    """Return a selector that matches in every state: what hides only when it is touched, or is not, hides."""

    def anything(match: re.Match[str]) -> str:
        before = selector[match.start() - 1 : match.start()]
        return "" if before and before not in " >+~,(" else "*"

    for states in (_NOT_STATE, _STATE):
        selector = states.sub(anything, selector)
    # Lexbor misreads a compound that begins with a pseudo-class.
    return re.sub(r"(^|[\s>+~,(])(?=:)", r"\1*", selector) or "*"


def _parts(prelude: str) -> Iterator[str]:
    """Yield the selectors of a list, cut at its own commas only."""
    depth, start = 0, 0
    for at, sign in enumerate(prelude):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            yield prelude[start:at].strip()
            start = at + 1
    yield prelude[start:].strip()


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield the rules of a sheet, those within others too: selectors, declarations."""
    stack: list[tuple[str, list[str]]] = []
    text: list[str] = []
    for match in _TOKEN.finditer(css):
        sign = match[0]
        if sign == "{":
            stack.append((_within("".join(text).strip(), stack[-1][0] if stack else ""), []))
            text = []
        elif sign in ";}":
            if stack:
                stack[-1][1].append("".join(text))
            text = []
            if sign == "}" and stack:
                prelude, declarations = stack.pop()
                if prelude.lower().startswith(("@keyframes", "@-webkit-keyframes")) or not prelude.startswith("@"):
                    yield prelude, ";".join(declarations)
                if stack and stack[-1][0].lower().startswith(("@keyframes", "@-webkit-keyframes")):
                    stack[-1][1].extend(declarations)
        else:
            text.append(sign)
    yield from ((prelude, ";".join([*declarations, "".join(text)])) for prelude, declarations in stack)


def _within(prelude: str, outer: str) -> str:
    """Return the selectors of a rule within another (CSS Nesting); a condition leaves those around it as they are."""
    if prelude.lower().startswith(_GROUPS):
        return outer if not outer.startswith("@") else ""
    if not outer or outer.startswith("@") or prelude.startswith("@"):
        return prelude
    return ", ".join(
        part.replace("&", f":is({outer})") if "&" in part else f":is({outer}) {part}" for part in _parts(prelude)
    )
