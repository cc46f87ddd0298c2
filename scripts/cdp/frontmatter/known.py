"""A Markdown file that was read before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from cdp.frontmatter.problems import Data, Path, Problem
from cdp.frontmatter.reading import Document


class Known(Document):
    """A document that was read before: it is read again when more is asked than what is remembered of it.

    Args:
        data, sum, heading, cited: as of any document.
        read: reads it again.
    """

    __slots__ = ("_again", "_cited", "_data", "_heading", "_sum")
    _data: dict[str, Data]
    _sum: str
    _heading: str | None
    _cited: tuple[str, ...]
    _again: Callable[[], Document]

    def __init__(
        self,
        data: dict[str, Data],
        sum: str,
        heading: str | None,
        cited: tuple[str, ...],
        read: Callable[[], Document],
    ) -> None:
        known = {"_data": data, "_sum": sum, "_heading": heading, "_cited": cited, "_again": lru_cache(1)(read)}
        for name, value in known.items():
            object.__setattr__(self, name, value)

    @property
    def data(self) -> dict[str, Data]:
        """The front matter."""
        return self._data

    @property
    def sum(self) -> str:
        """SHA-256 of the text."""
        return self._sum

    @property
    def heading(self) -> str | None:
        """The first heading."""
        return self._heading

    @property
    def cited(self) -> tuple[str, ...]:
        """Where its links lead."""
        return self._cited

    @property
    def text(self) -> str:
        """The whole file."""
        return self._again().text

    @property
    def places(self) -> Mapping[Path, tuple[int, int]]:
        """Line and column of every key."""
        return self._again().places

    @property
    def body_start(self) -> int:
        """Offset of what follows the front matter."""
        return self._again().body_start

    @property
    def body_line(self) -> int:
        """Line where that starts."""
        return self._again().body_line

    @property
    def problems(self) -> tuple[Problem, ...]:
        """None: only what has none is remembered."""
        return ()
