"""Addresses that a community had before, and which of them the site can still answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdp.links import address as published

if TYPE_CHECKING:
    from cdp.model.community import Community, Repository

SAFE = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)+", re.ASCII | re.IGNORECASE)
"""Addresses that are answered anew: plain ones, of letters, digits and ``. _ -``."""

OURS = frozenset(
    {
        *("assets", "calendar", "guide", "images", "javascripts", "knowledge", "networks", "pagefind", "regions"),
        *("rules", "search", "stages", "stylesheets", "tags", "timeline", "needs", "legacy", "surveys", "privacy"),
        *("missing", "index.html", "feed.xml", "sitemap.xml", "404.html"),
    }
)
"""First parts of the addresses that the site itself uses."""


def former(text: str, repository: Repository) -> str | None:
    """Return a former address as a folder of the site (``anciens/achats/``), or None when it cannot be answered.

    It cannot when it is not plain (letters, digits, ``. _ -``), when it leaves the site, when the site uses it, or
    when a community lives there (a note that went leaves its own address).
    """
    address = text.strip().lstrip("/").removesuffix("index.html")
    address = address if address.endswith("/") else f"{address}/"
    parts = address.split("/")
    if SAFE.fullmatch(address) is None or len(address) > 200 or parts[0].casefold() in OURS:
        return None
    if parts[0].casefold() == "communities" and (len(parts) < 3 or _lives(address, repository.get(parts[1]))):
        return None
    return address


def _lives(address: str, community: Community | None) -> bool:
    """Tell whether something is published at an address of a community, or could be: only notes that went leave theirs."""
    if community is None:
        return False
    inside = address.removeprefix(f"{community.folder}/")
    if not inside.startswith("notes/") or inside == "notes/":
        return True
    return any(published(path) == inside or path.startswith(inside) for path in community.files)
