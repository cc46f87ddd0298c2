"""Words in the colour of their ground, or nearly: by which rules a reader would see nothing of what is there.

A small reading of colours (CSS Color Module 4): names, ``#``, functions, mixtures, and
the variables of the sheets. A ground that it does not read is believed, and so is a picture as a ground.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from cdp.engine.sheets import Rule, cut, expanded, weight

_TEXT = ("-webkit-text-fill-color", "color", "--md-typeset-color", "--md-default-fg-color")
_GROUND = ("background-color", "background", "--md-default-bg-color")
_WORDS = """
aliceblue:f0f8ff antiquewhite:faebd7 aqua:00ffff aquamarine:7fffd4 azure:f0ffff beige:f5f5dc bisque:ffe4c4
black:000000 blanchedalmond:ffebcd blue:0000ff blueviolet:8a2be2 brown:a52a2a burlywood:deb887 cadetblue:5f9ea0
chartreuse:7fff00 chocolate:d2691e coral:ff7f50 cornflowerblue:6495ed cornsilk:fff8dc crimson:dc143c cyan:00ffff
darkblue:00008b darkcyan:008b8b darkgoldenrod:b8860b darkgray:a9a9a9 darkgreen:006400 darkgrey:a9a9a9 darkkhaki:bdb76b
darkmagenta:8b008b darkolivegreen:556b2f darkorange:ff8c00 darkorchid:9932cc darkred:8b0000 darksalmon:e9967a
darkseagreen:8fbc8f darkslateblue:483d8b darkslategray:2f4f4f darkslategrey:2f4f4f darkturquoise:00ced1
darkviolet:9400d3 deeppink:ff1493 deepskyblue:00bfff dimgray:696969 dimgrey:696969 dodgerblue:1e90ff firebrick:b22222
floralwhite:fffaf0 forestgreen:228b22 fuchsia:ff00ff gainsboro:dcdcdc ghostwhite:f8f8ff gold:ffd700 goldenrod:daa520
gray:808080 green:008000 greenyellow:adff2f grey:808080 honeydew:f0fff0 hotpink:ff69b4 indianred:cd5c5c indigo:4b0082
ivory:fffff0 khaki:f0e68c lavender:e6e6fa lavenderblush:fff0f5 lawngreen:7cfc00 lemonchiffon:fffacd lightblue:add8e6
lightcoral:f08080 lightcyan:e0ffff lightgoldenrodyellow:fafad2 lightgray:d3d3d3 lightgreen:90ee90 lightgrey:d3d3d3
lightpink:ffb6c1 lightsalmon:ffa07a lightseagreen:20b2aa lightskyblue:87cefa lightslategray:778899
lightslategrey:778899 lightsteelblue:b0c4de lightyellow:ffffe0 lime:00ff00 limegreen:32cd32 linen:faf0e6
magenta:ff00ff maroon:800000 mediumaquamarine:66cdaa mediumblue:0000cd mediumorchid:ba55d3 mediumpurple:9370db
mediumseagreen:3cb371 mediumslateblue:7b68ee mediumspringgreen:00fa9a mediumturquoise:48d1cc mediumvioletred:c71585
midnightblue:191970 mintcream:f5fffa mistyrose:ffe4e1 moccasin:ffe4b5 navajowhite:ffdead navy:000080 oldlace:fdf5e6
olive:808000 olivedrab:6b8e23 orange:ffa500 orangered:ff4500 orchid:da70d6 palegoldenrod:eee8aa palegreen:98fb98
paleturquoise:afeeee palevioletred:db7093 papayawhip:ffefd5 peachpuff:ffdab9 peru:cd853f pink:ffc0cb plum:dda0dd
powderblue:b0e0e6 purple:800080 rebeccapurple:663399 red:ff0000 rosybrown:bc8f8f royalblue:4169e1 saddlebrown:8b4513
salmon:fa8072 sandybrown:f4a460 seagreen:2e8b57 seashell:fff5ee sienna:a0522d silver:c0c0c0 skyblue:87ceeb
slateblue:6a5acd slategray:708090 slategrey:708090 snow:fffafa springgreen:00ff7f steelblue:4682b4 tan:d2b48c
teal:008080 thistle:d8bfd8 tomato:ff6347 turquoise:40e0d0 violet:ee82ee wheat:f5deb3 white:ffffff whitesmoke:f5f5f5
yellow:ffff00 yellowgreen:9acd32
"""
_NAMES = {
    **{name: f"#{digits}" for name, _, digits in (each.partition(":") for each in _WORDS.split())},
    "canvas": "var(--md-default-bg-color)", "canvastext": "var(--md-typeset-color)", "currentcolor": "var(--md-typeset-color)",
}  # fmt: skip
"""Words for colours (CSS Color 4, 6.1)."""
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)%?")
_NEAR = 1.3
"""Contrast under which nobody reads (WCAG 2.2 asks for 4.5)."""
_MANY = 24
"""Colours that a variable may have before it is believed: those of a palette that the theme offers."""


class _Scheme(NamedTuple):
    """A palette: what in a selector says that a rule is of it, and the colours that it begins with."""

    sign: str
    ground: str
    text: str


_SCHEMES = (_Scheme("default", "#fff", "#000"), _Scheme("slate", "#1e2129", "#fff"))
Rgb = tuple[float, float, float]


class Paint(NamedTuple):
    """What a rule gives to the elements that it matches.

    Attributes:
        rule: it.
        selector: one of its own.
        texts, grounds: colours that words and ground may have; none when it says nothing of them.
        heavy: how the two weigh against those of other rules.
        sure: whether its words, and its ground, are there in every state and through nothing else.
        scheme: number of the palette.
        ours: whether it is of a sheet that is judged, or has a colour from one.
    """

    rule: Rule | None
    selector: str
    texts: tuple[Rgb, ...]
    grounds: tuple[Rgb, ...]
    heavy: tuple[tuple[int, ...], tuple[int, ...]]
    sure: tuple[bool, bool]
    scheme: int
    ours: bool


def paints(rules: Sequence[Rule], judged: Collection[str]) -> list[Paint]:
    """Return what rules paint, in each palette, and first the palette itself.

    Args:
        rules: of all sheets, those of the engine first.
        judged: paths of the sheets that are not the engine's.
    """
    found: list[Paint] = []
    for number, scheme in enumerate(_SCHEMES):
        first = {"--md-default-bg-color": {scheme.ground: None}, "--md-typeset-color": {scheme.text: None}}
        # The colours among which the engine's theme lets people choose are believed.
        chosen = [rule for rule in rules if rule.path in judged or not _CHOSEN.search(rule.prelude)]
        own = _known((rule for rule in chosen if rule.path not in judged), scheme, first)
        known = _known(chosen, scheme, first)
        under = next(iter(_read(scheme.ground, known, (255, 255, 255))))
        read, alone = _reader(known, under), _reader(own, under)
        found.append(Paint(None, "", read(scheme.text), (under,), ((), ()), (False, False), number, False))
        for order, rule in enumerate(rules):
            if not _of(rule.prelude, scheme):
                continue
            names = dict(rule.written)
            text, ground = (next((name for name in kind if names.get(name)), "") for kind in (_TEXT, _GROUND))
            grounds = () if not ground or _INVISIBLE.match(names[ground]) else read(names[ground])
            texts = read(names[text]) if text else ()
            if not (texts or grounds):
                continue
            for selector in rule.selectors if rule.path in judged else rule.still:
                heavy = tuple((name in rule.important, *weight(selector), order) for name in (text, ground))
                rests = rule.sure and selector in rule.still
                sure = (rests and bool(texts), rests and bool(grounds) and not _THROUGH.search(names[ground]))
                if rule.path in judged:
                    found.append(Paint(rule, selector, texts, grounds, (heavy[0], heavy[1]), sure, number, True))
                    continue
                before = [tuple(each for each in alone(names[name])) if name else () for name in (text, ground)]
                found.append(Paint(rule, selector, before[0], before[1], (heavy[0], heavy[1]), sure, number, False))
                given = [tuple(set(now) - set(was)) for now, was in zip((texts, grounds), before, strict=True)]
                if given[0] or given[1]:
                    found.append(Paint(rule, selector, given[0], given[1], (heavy[0], heavy[1]), sure, number, True))
    return found


def _reader(known: Mapping[str, Mapping[str, None]], under: Rgb) -> Callable[[str], tuple[Rgb, ...]]:
    """Return what reads colours over a ground, each once."""

    @cache
    def read(value: str) -> tuple[Rgb, ...]:
        return _read(value, known, under)

    return read


_THROUGH = re.compile(r"/|\(|^#(?:.{4}|.{8})$")
"""A ground that may let what is beneath it be seen, as far as it is written here."""
_CHOSEN = re.compile(r"data-md-color-(?:primary|accent)")
_INVISIBLE = re.compile(r"none|transparent|inherit|unset|initial|revert")


def _known(
    rules: Iterable[Rule], scheme: _Scheme, first: Mapping[str, Mapping[str, None]]
) -> dict[str, dict[str, None]]:
    """Return the values that variables may have in a palette."""
    known = {name: dict(values) for name, values in first.items()}
    for rule in rules:
        if _of(rule.prelude, scheme):
            for name, value in rule.written:
                if name.startswith("--"):
                    known.setdefault(name, {})[value] = None
    return known


def alike(paints: Sequence[Paint]) -> dict[int, set[int]]:
    """Return which grounds are like which words, by place in the list: pairs of one palette that are not both believed."""
    found: dict[int, set[int]] = {}
    for scheme in range(len(_SCHEMES)):
        grounds: dict[Rgb, list[int]] = {}
        words: dict[Rgb, list[int]] = {}
        for at, paint in enumerate(paints):
            if paint.scheme == scheme:
                for colour in paint.grounds:
                    grounds.setdefault(colour, []).append(at)
                for colour in paint.texts:
                    words.setdefault(colour, []).append(at)
        for text, ground in ((text, ground) for text in words for ground in grounds if _near(text, ground)):
            for at in words[text]:
                near = {other for other in grounds[ground] if paints[at].ours or paints[other].ours}
                if near:
                    found.setdefault(at, set()).update(near)
    return found


def faint(
    above: Sequence[tuple[int, int]], here: Sequence[int], paints: Sequence[Paint], near: Mapping[int, set[int]]
) -> Iterator[Paint]:
    """Yield the rules by which words on an element, or the ground under them, cannot be told apart.

    Args:
        above: what paints the elements around it: how deep each is, places in the list.
        here: what paints it.
        paints: the list.
        near: see :func:`alike`.
    """
    depth = above[-1][0] + 1 if above else 0
    at = {one: deep for deep, one in above} | dict.fromkeys(here, depth)
    words = {one: (deep, paints[one].heavy[0]) for one, deep in at.items()}
    grounds = {one: (deep, paints[one].heavy[1]) for one, deep in at.items()}
    for one in at:
        text = paints[one]
        for other in near.get(one, ()):
            ground = paints[other]
            if other not in at or depth not in (at[one], at[other]):
                continue
            # A rule that also has a ground lays it over those beneath; one that also has words sets aside weaker ones.
            if one != other and (
                (text.grounds and grounds[one] > grounds[other]) or (ground.texts and words[other] > words[one])
            ):
                continue
            if any(
                paint.scheme == text.scheme
                and ((paint.sure[0] and words[each] > words[one]) or (paint.sure[1] and grounds[each] > grounds[other]))
                for each, paint in ((each, paints[each]) for each in at)
            ):
                continue
            yield text if text.ours else ground


def named(paint: Paint) -> bool:
    """Tell whether a paint is of the palette that a site begins with, or says itself that it is of another."""
    sign = _SCHEMES[paint.scheme].sign
    return paint.scheme == 0 or (paint.rule is not None and sign in paint.rule.prelude)


def _of(selector: str, scheme: _Scheme) -> bool:
    named = re.findall(r"data-md-color-scheme[~|^$*]?=[\"']?([\w-]+)", selector)
    return not named or scheme.sign in named


@lru_cache(maxsize=1 << 16)
def _near(above: Rgb, below: Rgb) -> bool:
    bright, dim = sorted((_light(above), _light(below)), reverse=True)
    return (bright + 0.05) / (dim + 0.05) < _NEAR


def _read(value: str, known: Mapping[str, Mapping[str, None]], under: Rgb) -> tuple[Rgb, ...]:
    """Return the colours that a value may be, over a ground; none when it cannot be read, or may be too many."""
    values = list(islice(expanded(_NAMES.get(value.strip().lower(), value.strip()), known, 8), _MANY + 1))
    if len(values) > _MANY:
        return ()
    found = (_colour(_NAMES.get(each.strip().lower(), each.strip()), known, under) for each in values)
    return tuple(dict.fromkeys(colour for colour in found if colour is not None))


def _colour(value: str, known: Mapping[str, Mapping[str, None]], under: Rgb) -> Rgb | None:
    value = value.lower()
    if value.startswith("var("):
        return next(iter(_read(value, known, under)), None)
    if value.startswith("#") and len(value) in (4, 5, 7, 9):
        digits = value[1:] if len(value) > 5 else "".join(sign * 2 for sign in value[1:])
        try:
            parts = [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)]
        except ValueError:
            return None
        return _over((parts[0], parts[1], parts[2]), parts[3] / 255 if len(parts) == 4 else 1, under)
    mixed = re.match(r"color-mix\(\s*in [^,]+,(.*)\)$", value)
    if mixed is not None:
        return _mixed(cut(mixed[1]), known, under)
    kind = re.match(r"(rgba?|hsla?|hwb|lab|lch|oklab|oklch)\((.*)\)$", value)
    numbers = _NUMBER.findall(kind[2]) if kind is not None and not re.search(r"[(]|from ", kind[2]) else []
    if kind is None or len(numbers) not in (3, 4):
        return None
    one, two, three, *rest = (float(number.rstrip("%")) for number in numbers)
    alpha = rest[0] / (100 if numbers[3].endswith("%") else 1) if rest else 1
    name = kind[1].removesuffix("a") if kind[1] in ("rgba", "hsla") else kind[1]
    if name == "hsl":
        one, two, three = (255 * part for part in colorsys.hls_to_rgb(one / 360 % 1, three / 100, two / 100))
    elif name == "hwb":
        white, black = two / 100, min(three / 100, 1 - two / 100)
        one, two, three = (
            255 * (part * (1 - white - black) + white) for part in colorsys.hls_to_rgb(one / 360 % 1, 0.5, 1)
        )
    elif name != "rgb":
        # Of the spaces of what the eye sees, lightness alone is kept: contrast hangs on nothing else.
        whole = numbers[0].endswith("%") or not name.startswith("ok")
        light = one / 100 if whole else one
        shine = light**3 if name.startswith("ok") else ((light + 0.16) / 1.16) ** 3 if light > 0.08 else light / 9.033
        grey = 255 * (12.92 * shine if shine <= 0.0031308 else 1.055 * max(shine, 0) ** (1 / 2.4) - 0.055)
        one, two, three = grey, grey, grey
    elif numbers[0].endswith("%"):
        one, two, three = one * 2.55, two * 2.55, three * 2.55
    return _over((one, two, three), alpha, under)


def _mixed(parts: Sequence[str], known: Mapping[str, Mapping[str, None]], under: Rgb) -> Rgb | None:
    """Return a mixture of two colours, as if it were made in sRGB."""
    colours: list[Rgb] = []
    shares: list[float | None] = []
    for part in parts:
        share = re.search(r"(?:^|\s)([\d.]+)%(?=\s|$)", part)
        name = re.sub(r"(?:^|\s)[\d.]+%(?=\s|$)", "", part).strip()
        read = (under,) if name == "transparent" else _read(name, known, under)
        colours += read[:1]
        shares.append(float(share[1]) / 100 if share is not None else None)
    if len(colours) != 2 or len(shares) != 2:
        return None
    first = shares[0] if shares[0] is not None else 1 - shares[1] if shares[1] is not None else 0.5
    return _over(colours[0], first, colours[1])


def legible(value: str) -> bool:
    """Tell whether a colour is one that is read here: of words whose colour is not, nobody can say that they are seen."""
    said = value.strip().lower()
    if said in _NAMES or said.startswith("#") or not said.endswith(")"):
        return True
    white: Rgb = (255, 255, 255)
    return (
        _colour(
            re.sub(r"var\([^()]*\)", "#777", said),
            {"--md-default-bg-color": {"#fff": None}, "--md-typeset-color": {"#000": None}},
            white,
        )
        is not None
    )


def _over(colour: Rgb, alpha: float, under: Rgb) -> Rgb:
    red, green, blue = (above * alpha + below * (1 - alpha) for above, below in zip(colour, under, strict=True))
    return red, green, blue


def _light(colour: Rgb) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
