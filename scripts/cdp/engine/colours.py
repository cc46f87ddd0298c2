"""Words in the colour of their ground: selectors of the rules by which a reader would see nothing of what is there.

A small reading of colours (CSS Color Module 4): names of what is nearly white or black, ``#``, ``rgb()``, ``hsl()``, and the
variables of the sheet. A colour that it does not read is believed; so are a picture as a ground, and a ground and words whose
colours come from two rules.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from cdp.engine.hiding import declared, elements

_TEXT = ("-webkit-text-fill-color", "color", "--md-typeset-color", "--md-default-fg-color")
_GROUND = ("background-color", "background", "--md-default-bg-color")
_NAMES = {
    "black": "#000", "white": "#fff", "snow": "#fffafa", "ivory": "#fffff0", "ghostwhite": "#f8f8ff", "azure": "#f0ffff",
    "whitesmoke": "#f5f5f5", "floralwhite": "#fffaf0", "seashell": "#fff5ee", "mintcream": "#f5fffa", "linen": "#faf0e6",
    "aliceblue": "#f0f8ff", "honeydew": "#f0fff0", "oldlace": "#fdf5e6", "gainsboro": "#dcdcdc", "beige": "#f5f5dc",
    "canvas": "var(--md-default-bg-color)", "currentcolor": "var(--md-typeset-color)",
}  # fmt: skip
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)%?")
_NEAR = 1.3
"""Contrast under which nobody reads (WCAG 2.2 asks for 4.5)."""


class _Scheme(NamedTuple):
    """A palette: what in a selector says that a rule is of it, and the colours that it begins with."""

    sign: str
    ground: str
    text: str


_LIGHT = _Scheme("default", "#fff", "#000")
_DARK = _Scheme("slate", "#1e2129", "#fff")


@lru_cache(maxsize=64)
def faint(css: str) -> tuple[str, ...]:
    """Return the selectors of the rules that give words the colour of their ground, or nearly."""
    rules = [(selector, *_colours(declarations), declarations) for selector, declarations in declared(css)]
    found: dict[str, None] = {}
    for scheme in (_LIGHT, _DARK):
        known = {"--md-default-bg-color": scheme.ground, "--md-typeset-color": scheme.text}
        for selector, _, _, declarations in rules:
            if _of(selector, scheme):
                known |= dict(re.findall(r"(--[\w-]+)\s*:\s*([^;]+)", declarations))
        for selector, text, ground, _ in rules:
            if not (text or ground) or not (_of(selector, scheme) and (scheme is _LIGHT or "slate" in selector)):
                continue
            if _same(text or known["--md-typeset-color"], ground, known):
                found.update(dict.fromkeys(elements(selector)))
    return tuple(found)


def _of(selector: str, scheme: _Scheme) -> bool:
    named = re.findall(r"data-md-color-scheme[~|^$*]?=[\"']?([\w-]+)", selector)
    return not named or scheme.sign in named


def _colours(declarations: str) -> tuple[str, str]:
    """Return the colour of the words and of the ground in a rule, "" for what it does not say."""
    said = [line.partition(":") for line in declarations.split(";")]
    values = {name.strip().lower(): value.replace("!important", "").strip() for name, _, value in said}
    return (
        next((values[name] for name in _TEXT if values.get(name)), ""),
        next((values[name] for name in _GROUND if values.get(name)), ""),
    )


def _same(text: str, ground: str, known: Mapping[str, str]) -> bool:
    under = _read(known["--md-default-bg-color"], known, (255, 255, 255))
    if under is None:
        return False
    if ground and not re.match(r"none|transparent|inherit|unset|initial", ground):
        below = _read(ground, known, under)
        if below is None:
            return False
    else:
        below = under
    above = _read(text, known, below)
    if above is None:
        return False
    bright, dim = sorted((_light(above), _light(below)), reverse=True)
    return (bright + 0.05) / (dim + 0.05) < _NEAR


_Rgb = tuple[float, float, float]


def _read(value: str, known: Mapping[str, str], under: _Rgb, depth: int = 8) -> _Rgb | None:
    """Return a colour over another; None when it cannot be read."""
    value = _NAMES.get(value.strip().lower(), value.strip().lower())
    variable = re.match(r"var\(\s*(--[\w-]+)\s*(?:,(.*))?\)$", value)
    if variable is not None:
        named = known.get(variable[1], variable[2] or "")
        return _read(named, known, under, depth - 1) if named and depth else None
    if value.startswith("#") and len(value) in (4, 5, 7, 9):
        digits = value[1:] if len(value) > 5 else "".join(sign * 2 for sign in value[1:])
        try:
            parts = [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)]
        except ValueError:
            return None
        return _over((parts[0], parts[1], parts[2]), parts[3] / 255 if len(parts) == 4 else 1, under)
    kind = re.match(r"(rgb|hsl)a?\((.*)\)$", value)
    numbers = _NUMBER.findall(kind[2]) if kind is not None and "var(" not in value else []
    if kind is None or len(numbers) not in (3, 4):
        return None
    one, two, three, *rest = (float(number.rstrip("%")) for number in numbers)
    alpha = rest[0] / (100 if numbers[3].endswith("%") else 1) if rest else 1
    if kind[1] == "hsl":
        one, two, three = (255 * part for part in colorsys.hls_to_rgb(one / 360 % 1, three / 100, two / 100))
    elif numbers[0].endswith("%"):
        one, two, three = one * 2.55, two * 2.55, three * 2.55
    return _over((one, two, three), alpha, under)


def _over(colour: _Rgb, alpha: float, under: _Rgb) -> _Rgb:
    red, green, blue = (above * alpha + below * (1 - alpha) for above, below in zip(colour, under, strict=True))
    return red, green, blue


def _light(colour: _Rgb) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
