"""What several rules do together to one element: a box that cuts the text in it, something painted and laid over it.

Each rule gives an element some traits; what hides is a set of them, whichever rules they come from.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from cdp.engine.measures import OF_HEIGHT, OF_WIDTH, measured
from cdp.engine.sheets import cut

_AUTO = re.compile(
    r"auto|none|normal|inherit|initial|unset|revert|revert-layer|(?:min|max|fit)-content|0|100%|[a-z-]+-available"
)
_THIN = 24
"""Pixels under which what is painted hides no line of text."""
_OFFSETS = ("left", "right", "top", "bottom", "inset", "translate", "margin")


@lru_cache(maxsize=1 << 14)
def traits(name: str, value: str) -> frozenset[str]:
    """Return what a declaration does to a box, in words that :func:`fault` puts together."""
    said = value.strip().lower()
    found: set[str] = set()
    words = said.split()
    if name.startswith("overflow") and name not in ("overflow-wrap", "overflow-anchor"):
        cuts = [word in ("hidden", "clip") for word in words] or [False]
        if name in ("overflow", "overflow-x", "overflow-inline") and cuts[0]:
            found.add("shut across")
        if (name == "overflow" and cuts[-1]) or (name in ("overflow-y", "overflow-block") and cuts[0]):
            found.add("shut down")
    elif name == "contain" and {"paint", "strict", "content"} & set(words):
        found |= {"shut across", "shut down"}
    elif name == "aspect-ratio" or name.endswith("line-clamp"):
        found |= set() if _AUTO.fullmatch(said) else {"short"}
    elif name.startswith(("white-space", "text-wrap")):
        found |= {"narrow"} if {"nowrap", "pre"} & set(words) else set()
    elif name in ("flex", "flex-basis"):
        found |= {"narrow"} if re.fullmatch(r"0 \d+ 0\S*|0(?:px|%)", said) else set()
    elif name == "visibility":
        found |= {"brought"} if said == "visible" else set()
    elif name == "position":
        found |= (
            {"placed"}
            if words[:1] and words[0] in ("absolute", "fixed", "sticky", "relative", "-webkit-sticky")
            else set()
        )
        found |= {"floats"} if words[:1] and words[0] in ("absolute", "fixed", "sticky", "-webkit-sticky") else set()
    elif name in ("transform", "scale", "zoom", "rotate", "perspective", "offset-path"):
        found |= set() if said in ("none", "1") else {"placed"}
        found |= {"moved", "steps", "brought"} if _far(said) else set()
        found |= (
            {"tall", "wide"}
            if re.search(r"scale", name + said) and re.search(r"(?<![\d.])(?:[2-9]|\d{2,})", said)
            else set()
        )
    elif name in (
        "background",
        "background-color",
        "background-image",
        "backdrop-filter",
        "-webkit-backdrop-filter",
        "border-image",
    ):
        found |= set() if re.match(r"none|transparent|inherit|unset|initial|revert", said) else {"paints"}
    elif name in ("box-shadow", "-webkit-box-shadow", "outline", "outline-width") or (
        name.startswith("border") and "radius" not in name
    ):
        found |= {"paints", "tall", "wide", "spreads"} if _widest(said) > 60 else set()
        found |= {"paints"} if "inset" in words else set()
    found |= _sized(name, said)
    return frozenset(found)


def _sized(name: str, said: str) -> set[str]:
    """Return the traits of sizes and of places."""
    found: set[str] = set()
    size = re.fullmatch(r"(?:(min|max)-)?(width|height|inline-size|block-size)", name)
    if size is not None:
        down = size[2] in ("height", "block-size")
        span = measured(said, OF_HEIGHT if down else OF_WIDTH)
        if size[1] != "min" and not _AUTO.fullmatch(said) and (down or span is None or span.least < 60):
            found.add("short" if down else "narrow")
        if span is not None and span.most <= _THIN:
            found |= {"flat" if down else "slim"} if size[1] != "min" else set()
        elif size[1] != "max" and said not in ("auto", "inherit", "initial", "unset", "revert"):
            large = span is None or span.most > (150 if down else 200)
            found |= {"tall" if down else "wide"} if large else set()
            found |= {"brought"} if not down and (span is None or span.most > 480) else set()
    elif name.startswith(_OFFSETS):
        offsets = [measured(part, OF_WIDTH) for part in cut(said, " ") if part not in ("auto", "none", *_GLOBAL)]
        back = any(span is None or span.least < -8 for span in offsets)
        found |= (
            {"steps"}
            if back or (not name.startswith("margin") and any(span is None or span.most > 8 for span in offsets))
            else set()
        )
        upward = name in ("margin", "margin-top", "margin-block", "margin-block-start", "translate") or name.startswith(
            ("top", "inset")
        )
        found |= {"moved"} if upward and any(span is None or span.least < -90 for span in offsets) else set()
        aside = name not in ("top", "bottom") and not name.startswith(("margin-top", "margin-bottom"))
        found |= {"brought"} if aside and any(span is None or span.most > -60 for span in offsets) else set()
        if name.startswith("inset") and offsets:
            found |= {"top", "bottom", "left", "right"}
        elif name in ("left", "right", "top", "bottom") and offsets:
            found.add(name)
        found |= {"placed"} if name == "translate" and offsets else set()
    return found


_GLOBAL = ("inherit", "initial", "unset", "revert", "revert-layer")


def _far(value: str) -> bool:
    match = re.findall(r"translate(?:3d|x|y)?\(([^()]*(?:\([^()]*\)[^()]*)*)\)", value)
    spans = [measured(part, OF_WIDTH) for inside in match for part in cut(inside)]
    return bool(re.search(r"matrix|rotate|skew", value)) or any(
        span is None or span.least < -90 or span.most > 200 for span in spans
    )


def _widest(value: str) -> float:
    lengths = re.findall(
        r"-?\d*\.?\d+(?:px|r?em|ch|v\w+|pt|cm|mm|in|%)?(?![\w.%])", re.sub(r"\w+\([^()]*\)|#\w+", "", value)
    )
    spans = (measured(length, OF_WIDTH) for length in lengths)
    return max((abs(span.most) for span in spans if span is not None), default=0)


def cuts(found: Collection[str]) -> bool:
    """Tell whether a box with these traits cuts a text that is in it."""
    return {"shut down", "short"} <= set(found) or {"shut across", "narrow"} <= set(found)


def covers(found: Collection[str], *, beside: bool = False) -> bool:
    """Tell whether a box with these traits may be painted over a text: out of its place, and not merely a line or a sign.

    Args:
        found: its traits.
        beside: it is drawn before or after a text, and has no size but what it is given.
    """
    has = set(found)
    if "paints" not in has or ("flat" in has and "tall" not in has) or ("slim" in has and "wide" not in has):
        return False
    if "placed" in has and ("moved" in has or "spreads" in has):
        return True
    down = "tall" in has or {"top", "bottom"} <= has
    across = "wide" in has or {"left", "right"} <= has
    return "floats" in has and down and (across or not beside)


def shifts(found: Collection[str]) -> bool:
    """Tell whether a box that is painted and stands in a text is drawn over what is beside it."""
    return {"paints", "placed", "steps"} <= set(found)


def traits_of(declarations: Collection[tuple[str, str]]) -> frozenset[str]:
    """Return the traits of a rule; what it keeps out of sight, or in its place in the text, it brings over nothing."""
    found = {trait for name, value in declarations for trait in traits(name, value)}
    if {("visibility", "hidden"), ("display", "none"), ("position", "static")} & set(declarations):
        found.discard("brought")
    return frozenset(found)
