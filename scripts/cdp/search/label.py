"""What a result says of where it was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """What a result says of the community where it was found.

    Attributes:
        title: of the community, or "" for the site's own pages.
        stage: its key, which the search says in the language of the reader, or "".
        lang: of the title.
        rank: 0 for a community that lives, 1 for the site's own pages, 2 for one that is over.
    """

    title: str = ""
    stage: str = ""
    lang: str = ""
    rank: int = 1
