"""How long a length of a style may be: an interval in pixels, whatever the screen, without a browser (CSS Values 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """The least and the most that something may measure, in pixels, or as a number alone."""

    least: float
    most: float


_UNITS = {
    "": (1, 1), "px": (1, 1), "pt": (1.33, 1.34), "pc": (16, 16), "in": (96, 96), "cm": (37.7, 37.8), "mm": (3.77, 3.78), "q": (0.94, 0.95),
    "em": (16, 16), "rem": (20, 20), "ch": (8, 8), "ex": (8, 8), "lh": (24, 24), "rlh": (24, 24), "cap": (11, 11), "ic": (16, 16),
    **{f"{size}{axis}": (3.2, 38.4) for size in ("", "s", "l", "d") for axis in ("vw", "vi", "vmax")},
    **{f"{size}{axis}": (3, 21.6) for size in ("", "s", "l", "d") for axis in ("vh", "vb", "vmin")},
    **{f"cq{axis}": (0.5, 38.4) for axis in ("w", "h", "i", "b", "min", "max")},
}  # fmt: skip
"""Pixels of a unit: of a text as the theme sets it, and on screens from a small phone to a wall."""
_TOKEN = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(%|[a-z]*)|\s*([a-z-]*\()|(\s+[-+]\s+|\s*[*/,)])", re.IGNORECASE)  # fmt: skip
OF_TEXT = Span(0.16, 0.16)
OF_WIDTH = Span(3, 38.4)
OF_HEIGHT = Span(3, 21.6)


@lru_cache(maxsize=4096)
def measured(value: str, percent: Span) -> Span | None:
    """Return the interval of a length or number, or None when it cannot be told.

    Args:
        value: such as ``calc(100% - 2rem)``.
        percent: pixels of one hundredth.

    >>> measured("clamp(1rem, 2vw, 2rem)", OF_WIDTH)
    Span(least=20, most=40)
    """
    tokens = [match.groups() for match in _TOKEN.finditer(value)]
    if not tokens or "".join(match[0] for match in _TOKEN.finditer(value)).strip() != value.strip():
        return None
    reader = _Reader(iter(tokens), percent)
    try:
        found = reader.sum()
    except (_UnclearError, ZeroDivisionError, RecursionError):
        return None
    return found if reader.token is None else None


class _UnclearError(Exception):
    """A length that is not one of those that are read."""


class _Reader:
    """Reads an expression from its tokens, one ahead."""

    def __init__(self, tokens: Iterator[tuple[str | None, ...]], percent: Span) -> None:
        self.tokens = tokens
        self.percent = percent
        self.token = next(tokens, None)

    def step(self) -> tuple[str | None, ...]:
        token, self.token = self.token, next(self.tokens, None)
        if token is None:
            raise _UnclearError
        return token

    def sign(self, *wanted: str) -> str:
        """Take a sign when it comes next; "" otherwise."""
        here = (self.token[3] or "").strip() if self.token is not None else ""
        if here and here in wanted:
            self.step()
            return here
        return ""

    def sum(self) -> Span:
        found = self.product()
        while sign := self.sign("+", "-"):
            other = self.product()
            found = (
                Span(found.least + other.least, found.most + other.most)
                if sign == "+"
                else Span(found.least - other.most, found.most - other.least)
            )
        return found

    def product(self) -> Span:
        found = self.value()
        while sign := self.sign("*", "/"):
            other = self.value()
            if sign == "/" and other.least <= 0 <= other.most:
                raise _UnclearError
            ends = [a * b if sign == "*" else a / b for a in found for b in other]
            found = Span(min(ends), max(ends))
        return found

    def value(self) -> Span:
        number, unit, function, _ = self.step()
        if number is not None:
            least, most = self.percent if unit == "%" else _UNITS.get((unit or "").lower(), (0.0, -1.0))
            if least > most:
                raise _UnclearError
            ends = (float(number) * least, float(number) * most)
            return Span(min(ends), max(ends))
        name = (function or "").lower()
        if name not in ("(", "calc(", "min(", "max(", "clamp("):
            raise _UnclearError
        parts = [self.sum()]
        while self.sign(","):
            parts.append(self.sum())
        if not self.sign(")"):
            raise _UnclearError
        if name == "clamp(" and len(parts) == 3:
            parts = [parts[0], Span(min(parts[1].least, parts[2].least), min(parts[1].most, parts[2].most))]
        elif (name in ("(", "calc(") and len(parts) > 1) or name == "clamp(":
            raise _UnclearError
        choose: Callable[..., float] = min if name == "min(" else max
        return Span(choose(part.least for part in parts), choose(part.most for part in parts))
