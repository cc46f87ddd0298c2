"""Addresses that a page had before, and which of them the site can still answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cdp.links import address as published

if TYPE_CHECKING:
    from cdp.model.community import Community, Page, Repository

SAFE = re.compile(r"(?:[^\W_][\w .'’(),+&-]*(?<![ .])/)+")
MOVABLE = ("meetings", "notes")
"""Folders of pages that may move; the name of a survey or of a review is its id."""

OURS = frozenset(
    {
        *("assets", "calendar", "guide", "images", "javascripts", "knowledge", "networks", "pagefind", "regions"),
        *("rules", "search", "stages", "stylesheets", "tags", "timeline", "needs", "legacy", "surveys", "privacy"),
        *("missing", "index.html", "feed.xml", "sitemap.xml", "404.html"),
    }
)
"""First parts of the addresses that the site itself uses."""


class Given(NamedTuple):
    """A former address, as somebody wrote it in front matter.

    Attributes:
        community, page: whose it is; that of a charter leads to the community.
        rank: place in the list of the page.
        text: as written.
    """

    community: Community
    page: Page[Any]
    rank: int
    text: str


def given(repository: Repository) -> Iterator[Given]:
    """Yield the former addresses that pages give, in order."""
    for community in repository.communities:
        charter = (community.index,) if community.index is not None else ()
        for page in (*charter, *community.meetings, *community.notes):
            for index, text in enumerate(page.record.former_paths):
                yield Given(community, page, index, text)


def plain(text: str) -> str:
    """Return a former address as a folder of the site, whether it can be answered or not.

    >>> plain("/anciens/achats/index.html")
    'anciens/achats/'
    """
    address = text.strip().lstrip("/").removesuffix("index.html")
    return address if address.endswith("/") else f"{address}/"


def former(text: str, repository: Repository) -> str | None:
    """Return a former address as a folder of the site (``anciens/achats/``), or None when it cannot be answered.

    It cannot when it is not plain (letters, digits, common signs), when it leaves the site, when the site uses it, or
    when it is that of a community or of one of its pages.
    """
    address = plain(text)
    parts = address.split("/")
    if SAFE.fullmatch(address) is None or len(address) > 200 or parts[0].casefold() in OURS:
        return None
    # Some systems take « A » for « a », and some servers « x.html » for « x »: neither may cover a page that is there.
    folded = unicodedata.normalize("NFKC", address).casefold().rstrip("/")
    place = folded.removesuffix(".html").removesuffix(".htm").removesuffix(".md")
    home, _, rest = place.partition("/")
    if home != "communities":
        return address
    slug = rest.partition("/")[0]
    living = repository.get(slug)
    if len(parts) < 3 or (living is not None and parts[:2] != ["communities", slug]):
        return None
    if living is not None and (
        len(parts) < 5 or parts[2] not in MOVABLE or not {folded, place}.isdisjoint(living.occupied)
    ):
        return None
    return address


def where(community: Community, path: str) -> str:
    """Return where a file of a community is published, as a folder of the site."""
    address = published(f"{community.folder}/{path}")
    return address if address.endswith("/") else f"{address}/"


def is_folder(address: str) -> bool:
    """Tell whether a former address is that of a community's folder."""
    return re.fullmatch(r"communities/[^/]+/", address) is not None
