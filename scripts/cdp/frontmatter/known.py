"""A Markdown file that was read before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdp.frontmatter.problems import Data, Path, Problem
from cdp.frontmatter.reading import Document


class Known(Document):
    """A document that was read before: it is read again when more is asked than what is remembered of it.

    Args:
        data, sum, heading, cited: as of any document.
        read: reads it again.
    """

    __slots__ = ("_cited", "_data", "_document", "_heading", "_read", "_sum")
    _data: dict[str, Data]
    _sum: str
    _heading: str | None
    _cited: tuple[str, ...]
    _read: Callable[[], Document]
    _document: Document | None

    def __init__(
        self,
        data: dict[str, Data],
        sum: str,
        heading: str | None,
        cited: tuple[str, ...],
        read: Callable[[], Document],
    ) -> None:
        # One by one: a base has tens of thousands of them.
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "_sum", sum)
        object.__setattr__(self, "_heading", heading)
        object.__setattr__(self, "_cited", cited)
        object.__setattr__(self, "_read", read)
        object.__setattr__(self, "_document", None)

    def _again(self) -> Document:
        found = self._document
        if found is None:
            found = self._read()
            object.__setattr__(self, "_document", found)
        return found

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
