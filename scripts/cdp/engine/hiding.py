"""Declarations that may keep a reader from reading a text: everything that is not known to leave it readable.

What is judged is one declaration on a frozen text, on what is around it or within it. A property that is not named here,
and a value that cannot be read, are ``"unclear"``: the build then says so, and publishes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from cdp.engine.colours import legible
from cdp.engine.measures import OF_HEIGHT, OF_TEXT, OF_WIDTH, Span, measured
from cdp.engine.sheets import cut

Verdict = Literal["", "hides", "unclear"]

_ANY = "inherit|initial|unset|revert|revert-layer"
_HARMLESS = re.compile(
    r"""--.*|accent-color|align-.*|anchor-name|appearance|-webkit-appearance|-moz-appearance|backface-visibility
    |background-(?:attachment|blend-mode|clip|origin|position|position-[xy]|repeat|size|image)|-webkit-background-clip
    |border-(?:collapse|radius|spacing)|border-(?:[a-z]+-)*(?:radius|color|style)|(?:-webkit-)?box-(?:sizing|decoration-break|orient)
    |break-.*|page-break-.*|caption-side|caret-.*|clear|color-adjust|color-interpolation.*|color-scheme|column-(?:fill|gap|rule.*|span)
    |container|container-(?:name|type)|counter-.*|cursor|empty-cells|fill.*|flex-.*|flex|float|font-(?:display|family|feature-settings
    |kerning|language-override|optical-sizing|palette|stretch|style|synthesis.*|variant.*|variation-settings|weight|width)
    |forced-color-adjust|gap|row-gap|grid-(?:gap|row-gap|column-gap|area|row|column|row-.*|column-.*|auto-flow)|hanging-punctuation
    |hyphens|hyphenate-limit-chars|image-rendering|image-orientation|isolation|justify-.*|line-break|list-style-position|list-style-image
    |mask-(?:clip|composite|mode|origin|position|repeat|size|type)|-webkit-mask-(?:clip|composite|origin|position|repeat|size)
    |object-(?:fit|position)|orphans|order|overflow-wrap|overflow-anchor|overscroll-.*|paint-order|pointer-events|place-.*|position-try.*
    |(?:-webkit-)?print-color-adjust|resize|ruby-.*|scroll-.*|scrollbar-.*|shape-(?:margin|rendering|image-threshold)|stroke.*|tab-size
    |table-layout|text-(?:align.*|anchor|decoration-(?:color|line|style|skip.*)|justify|orientation|overflow|rendering|shadow
    |transform|underline-.*|wrap.*|autospace|spacing-trim|box-.*)|-webkit-text-decoration-.*|touch-action|transform-(?:origin|style|box)
    |transition.*|(?:-webkit-|-moz-)?user-select|vector-effect|view-transition-.*|white-space.*|widows|will-change|word-break|word-wrap
    |-webkit-(?:tap-highlight-color|font-smoothing|overflow-scrolling|box-align|box-pack|hyphens|transition.*)|-moz-osx-font-smoothing
    |-ms-.*|speak.*|page|math-.*|src|unicode-range|ascent-override|descent-override|line-gap-override
    |overflow.*|contain|aspect-ratio|(?:-webkit-)?line-clamp|animation-(?!name).*|-webkit-animation-(?!name).*""",
    re.VERBOSE,
)
"""Properties that leave a text readable whatever they say, or that hide only together with others (``covering``)."""
_KEYWORDS: Mapping[str, str] = {
    "display": r"(?:inline-)?(?:block|flex|grid|table)|inline|flow-root|list-item|contents|table-(?:row|cell|caption|row-group|header-group|footer-group)|(?:block|inline) \S+|-webkit-(?:inline-)?box",
    "visibility": "visible",
    "content-visibility": "visible|auto",
    "position": r"static|relative|(?:-webkit-)?sticky",
    "clip": "auto", "clip-path": "none", "-webkit-clip-path": "none", "mask": "none", "mask-image": "none",
    "-webkit-mask": "none", "-webkit-mask-image": "none", "mask-border": "none", "-webkit-mask-box-image": "none",
    "transform": r"none|rotate\(0(?:deg)?\)", "translate": "none", "rotate": "none", "scale": r"none|1|100%", "perspective": "none",
    "offset-path": "none", "zoom": r"normal|reset|1(?:\.\d+)?|1[0-9]{2}%", "filter": r"none|(?:(?:drop-shadow|grayscale|sepia|saturate)\(.*\)|(?:brightness|contrast)\((?:0?\.[5-9]\d*|1(?:\.\d+)?|[5-9]\d%|1\d\d%)\)|\s)+",
    "-webkit-filter": "none", "backdrop-filter": "none", "-webkit-backdrop-filter": "none", "mix-blend-mode": "normal",
    "unicode-bidi": "normal|embed|isolate|plaintext", "direction": "ltr|rtl", "writing-mode": "horizontal-tb",
    "text-combine-upright": "none", "text-emphasis": "none", "text-emphasis-style": "none", "-webkit-text-security": "none",
    "shape-outside": "none", "float-reference": "inline", "initial-letter": "normal", "border-image": "none",
    "border-image-source": "none", "-webkit-box-reflect": "none", "content": "normal|none", "all": "revert|revert-layer",
    "list-style-type": r"none|disc|circle|square|decimal(?:-leading-zero)?|(?:lower|upper)-(?:alpha|latin|roman|greek)|disclosure-(?:open|closed)|[\"'][^\w\"']*[\"']",
    "quotes": r"none|auto|match-parent|(?:[\"'][^\w\"']*[\"']\s*)+", "hyphenate-character": r"auto|[\"']\W?[\"']",
    "z-index": r"auto|\+?\d+", "column-count": "auto|[1-6]", "columns": r"(?:auto|[1-6]|\d[\w.]*)(?: (?:auto|[1-6]|\d[\w.]*))?", "column-width": r"auto|\d+\w+",
    "-webkit-text-stroke": "0|none", "-webkit-text-stroke-width": "0|none", "text-size-adjust": "none|auto|100%",
    "-webkit-text-size-adjust": "none|auto|100%", "-moz-text-size-adjust": "none|auto|100%", "interpolate-size": "numeric-only|allow-keywords",
    "animation": "none", "animation-name": "none", "-webkit-animation": "none",
    "grid": "none", "grid-template": "none", "grid-template-areas": ".*",
    "size-adjust": r"(?:[7-9]\d|1[0-4]\d)(?:\.\d+)?%",
}  # fmt: skip
"""Properties that hide by some words, and the words by which they do not."""
_LENGTHS: tuple[tuple[re.Pattern[str], Span, Span, str], ...] = tuple(
    (re.compile(names), Span(*bounds), percent, words)
    for names, bounds, percent, words in (
        ("opacity", (0.4, 100), Span(0.01, 0.01), ""),
        ("font-size", (8, 100), OF_TEXT, r"(?:xx?-)?(?:small|large)|xxx-large|medium|smaller|larger|math"),
        ("line-height", (0.9, 120), OF_TEXT, "normal"),
        ("letter-spacing", (-1.5, 20), OF_TEXT, "normal"),
        ("word-spacing", (-4, 60), OF_TEXT, "normal"),
        ("text-indent", (-80, 80), OF_WIDTH, ""),
        (r"vertical-align", (-60, 60), OF_TEXT, r"baseline|sub|super|top|text-top|middle|bottom|text-bottom"),
        (r"text-decoration-thickness", (0, 5), OF_TEXT, "auto|from-font"),
        (r"(?:left|right|top|bottom|inset.*)", (-48, 200), OF_WIDTH, "auto"),
        (r"(?:margin.*)", (-60, 600), OF_WIDTH, "auto"),
        (r"(?:padding.*)", (0, 600), OF_WIDTH, ""),
        (r"min-(?:width|inline-size|height|block-size)", (-1, 1e9), OF_WIDTH, r"auto|none|[a-z-]+|fit-content\(.*\)"),
        (
            r"(?:max-)?(?:width|inline-size)",
            (8, 1e9),
            OF_WIDTH,
            r"auto|none|(?:min|max|fit)-content|fit-content\(.*\)|stretch|-webkit-fill-available|-moz-available",
        ),
        (
            r"(?:max-)?(?:height|block-size)",
            (8, 1e9),
            OF_HEIGHT,
            r"auto|none|(?:min|max|fit)-content|fit-content\(.*\)|stretch|-webkit-fill-available|-moz-available",
        ),
        (r"border(?:-[a-z]+)*-width", (0, 60), OF_WIDTH, "thin|medium|thick"),
        (r"border-image-(?:outset|slice|width|repeat)", (0, 60), OF_WIDTH, "[a-z ]+"),
        (r"outline-(?:width|offset)", (-20, 40), OF_WIDTH, "thin|medium|thick"),
        (r"grid-template-(?:columns|rows)|grid-auto-(?:columns|rows)", (8, 1e9), OF_WIDTH, ""),
    )
)
_COLOURS = re.compile(
    r"(?:color|-webkit-text-fill-color|background|background-color|text-decoration|-webkit-text-decoration|border(?:-(?:top|right|bottom"
    r"|left|block|inline|block-start|block-end|inline-start|inline-end))?|outline|outline-(?:color|style)|box-shadow|-webkit-box-shadow|list-style|font"
    r"|text-decoration-.*)"
)
_NONE = r"[-+]?(?:0*\.)?0+(?:\.0*)?%?"
_CLEAR = re.compile(
    rf"transparent|(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\([^()]*(?:,[^(),]*,[^(),]*,|/)\s*{_NONE}\s*\)"
    rf"|\#(?:[0-9a-f]{{3}}0|[0-9a-f]{{6}}00)(?![0-9a-f])",
    re.IGNORECASE,
)
_TRACK = re.compile(r"\d+(?:\.\d+)?[a-z%]+|\d+(?:\.\d+)?(?![\w.])", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def verdict(name: str, value: str) -> Verdict:
    """Tell whether a declaration leaves a text readable: "" when it does.

    >>> verdict("opacity", ".9"), verdict("opacity", "calc(1px * 0)"), verdict("new-property", "1")
    ('', 'hides', 'unclear')
    """
    said = value.strip().lower()
    if re.fullmatch(_ANY, said) and name not in ("all", "font-size"):
        return ""
    if name in _KEYWORDS:
        words = _KEYWORDS[name]
        if re.fullmatch(words, said):
            return ""
        if name in ("transform", "translate"):
            return _moved(said)
        return "unclear" if "(" in said and name not in ("clip", "clip-path", "mask", "filter", "content") else "hides"
    for names, bounds, percent, words in _LENGTHS:
        if names.fullmatch(name):
            return _tracks(said) if name.startswith("grid-") else _within(said, bounds, percent, words)
    if _COLOURS.fullmatch(name):
        return _drawn(name, said)
    return "" if _HARMLESS.fullmatch(name) else "unclear"


def _within(value: str, bounds: Span, percent: Span, words: str) -> Verdict:
    """Judge each length of a value."""
    for part in cut(value, " "):
        if re.fullmatch(f"{_ANY}|{words or '(?!)'}", part):
            continue
        found = measured(part, percent)
        if found is None:
            return "unclear"
        if found.least < bounds.least or found.most > bounds.most:
            return "hides"
    return ""


def _moved(value: str) -> Verdict:
    """Judge a text that is drawn elsewhere than where it is, turned or larger: a step aside is nothing."""
    for part in cut(value, " "):
        if _STEP.fullmatch(part):
            continue
        match = re.fullmatch(r"translate(?:3d|x|y)?\((.*)\)", part)
        if match is None and "(" in part and not part.startswith(("calc(", "min(", "max(", "clamp(")):
            return "hides"
        for length in cut(match[1]) if match is not None else [part]:
            found = measured(length, OF_WIDTH)
            if found is None:
                return "unclear"
            if found.least < -24 or found.most > 24:
                return "hides"
    return ""


_STEP = re.compile(r"rotate\(-?1?\d(?:\.\d+)?deg\)|scale\((?:0?\.[89]\d*|1(?:\.[0-5]\d*)?)\)")


def _tracks(value: str) -> Verdict:
    """Judge the tracks of a grid: none may be so narrow that a text in it is cut."""
    for track in _TRACK.findall(re.sub(r"repeat\(\s*\d+\s*,|\[[^\]]*\]|(?<=minmax\()\s*0(?:px)?\s*,", " ", value)):
        if track.endswith("fr"):
            if float(track[:-2]) == 0:
                return "hides"
            continue
        found = measured(track, OF_WIDTH)
        if found is None:
            return "unclear"
        if found.least < 8:
            return "hides"
    return ""


def _drawn(name: str, value: str) -> Verdict:
    """Judge colours, lines and shadows; whether words have the colour of their ground is for ``colours``."""
    if name in ("color", "-webkit-text-fill-color"):
        return "hides" if _CLEAR.search(value) else "" if legible(value) else "unclear"
    if name == "font":
        return _font(value)
    if name == "list-style":
        return "hides" if re.search(r"[\"'][^\"']*\w|symbols\(", value) else ""
    if name.startswith(("background", "outline-")):
        return ""
    most = {"border": 60, "outline": 40, "text-d": 5, "-webki": 5 if "text" in name else 80}.get(name[:6], 80)
    for length in re.findall(
        r"(?<![\w#.(,-])-?\d*\.?\d+(?:px|r?em|ch|ex|pt|cm|mm|in|pc|v\w+|%)?(?![\w.%])",
        re.sub(r"(?:rgb|hsl|hwb|lab|lch|ok\w+|color)a?\([^()]*\)", "", value),
    ):
        found = measured(length, OF_WIDTH)
        if found is not None and max(abs(found.least), abs(found.most)) > most:
            return "hides"
    return "unclear" if re.search(r"(?:calc|min|max|clamp)\(", value) else ""


def _font(value: str) -> Verdict:
    """Judge the shorthand of fonts by its size and its height of line."""
    if re.fullmatch(r"caption|icon|menu|message-box|small-caption|status-bar", value):
        return ""
    for part in cut(value.replace(" / ", "/").replace("/ ", "/").replace(" /", "/"), " "):
        size, _, line = part.partition("/")
        if re.fullmatch(
            r"[1-9]00|normal|bold|bolder|lighter|italic|oblique|small-caps|(?:ultra-|extra-|semi-)?(?:condensed|expanded)",
            size,
        ):
            continue
        found = verdict("font-size", size)
        return found or (verdict("line-height", line) if line else "")
    return "unclear"
