"""Who cites whom, over the whole site: links between notes, and lineage read from both ends.

What a page shows of others is in its staged text, and the cache keeps a community by its staged texts: a page is
rendered anew when, and only when, what it shows of others changed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from cdp.model.community import Repository
from cdp.text import Words


@dataclass(frozen=True)
class Links:
    """What communities say of each other.

    Attributes:
        repository: of all communities.
        cited: for each cited page, by its path from the root, the (path, title, community) of each page that cites it.
        children: for each community, those that say they come from it.
        announced: for each community, those that name it as their successor.
        born: for each need (``community/survey/need``), the communities that say they were born from it.
    """

    repository: Repository
    cited: Mapping[str, tuple[tuple[str, Words, Words], ...]] = field(default_factory=dict)
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    announced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    born: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(repository: Repository) -> Links:
    """Return what the pages of a repository say of each other."""
    cited: dict[str, dict[str, tuple[str, Words, Words]]] = {}
    children: dict[str, list[str]] = {}
    announced: dict[str, list[str]] = {}
    born: dict[str, list[str]] = {}
    for community in repository.communities:
        charter = community.charter
        for parent in (charter.succeeds, (charter.born_from or "").partition("/")[0]):
            if parent:
                children.setdefault(parent, []).append(community.slug)
        if charter.born_from:
            born.setdefault(charter.born_from, []).append(community.slug)
        for successor in charter.successors:
            announced.setdefault(successor, []).append(community.slug)
        for page in community.pages():
            if not page.published:
                continue
            here = f"{community.folder}/{page.path}"
            beside = here.rpartition("/")[0]
            for target in page.document.cited:
                path = posixpath.normpath(posixpath.join(beside, unquote(target)))
                if path != here:
                    said_in = getattr(page.record, "language", None) or charter.language
                    title, where = Words(page.title, said_in), Words(community.title, charter.language)
                    cited.setdefault(path, {})[here] = (here, title, where)
    return Links(
        repository,
        {path: tuple(found.values()) for path, found in cited.items()},
        {slug: tuple(found) for slug, found in children.items()},
        {slug: tuple(found) for slug, found in announced.items()},
        {need: tuple(found) for need, found in born.items()},
    )
