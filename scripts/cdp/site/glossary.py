"""Words that communities explain: their pages, and what links them from the notes that use them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cdp.model.community import Community, Page, Repository
from cdp.model.glossary import Term, terms
from cdp.model.pages import Note
from cdp.settings import Settings
from cdp.site.staging import CARDS, Staged, paged
from cdp.site.templates import Render, placed
from cdp.terms import used, with_terms
from cdp.text import T, translate

SHARED = "glossary.md"
"""Source path of the page of the whole knowledge base's words."""


@dataclass(frozen=True)
class Glossary:
    """The words that a community's notes may use: for each form, source path and anchor of its entry, definition."""

    entries: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def linked(self, body: str, source: str) -> str:
        """Return a page's Markdown with what links its words to their entries."""
        if not self.entries:
            return body
        found = used(body, tuple(self.entries))
        beside = posixpath.dirname(source)
        return with_terms(
            body,
            {
                form: (posixpath.relpath(there, beside), said)
                for form, (there, said) in self.entries.items()
                if form in found
            },
        )


def shown(page: Page[Note] | None) -> Page[Note] | None:
    """Return a glossary when it has a page on the site."""
    return page if page is not None and page.readable and not page.record.draft else None


def of(repository: Repository, community: Community, prefix: str) -> Glossary:
    """Return the words of a community: its own come before those of the whole knowledge base.

    Args:
        repository: the knowledge base.
        community: whose notes are read.
        prefix: folder of the site's own pages in the language around them.
    """
    found: dict[str, tuple[str, str]] = {}
    for page, path in (
        (community.glossary, f"{community.folder}/glossary.md"),
        (repository.glossary, placed(SHARED, prefix)),
    ):
        for term in terms(page.document.body) if page is not None and shown(page) else ():
            for form in term.forms if term.definition else ():
                if form.casefold() not in {known.casefold() for known in found}:
                    found[form] = (f"{path}#{term.anchor}", term.definition)
    return Glossary(found)


def named(page: Page[Note] | None) -> bool:
    """Tell whether a glossary has a title of its own."""
    return page is not None and bool(page.record.title or page.document.body.lstrip().startswith("# "))


def title(page: Page[Note] | None, lang: str) -> str:
    """Return the title of a glossary: its own, else « Glossaire »."""
    return page.title if page is not None and named(page) else translate(T("Glossaire"), lang)


def page(repository: Repository, body: str, settings: Settings, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the page of all words, when there are any: the shared ones, then where each community explains its own.

    Args:
        repository: the knowledge base.
        body: Markdown of the shared glossary, or "".
        settings: of the site.
        render: the templates.
        lang: the reader's language.
    """
    shared = shown(repository.glossary)
    own: list[tuple[Community, Sequence[Term]]] = [
        (community, terms(community.glossary.document.body))
        for community in repository.communities
        if shown(community.glossary) and community.glossary is not None
    ]
    if shared is None and not own:
        return
    language = (shared.record.language if shared is not None else None) or settings.language
    for path, some, numbered in paged(own, SHARED, CARDS):
        first = path == SHARED and shared is not None
        yield Staged(
            path,
            title(shared, lang),
            "glossary",
            translate(T("Les mots que les communautés emploient, et ce qu'elles entendent par là."), lang),
            render("words-head.html", path),
            render("words-tail.html", path, own=some, numbered=numbered, here=path),
            # Its links start from the root, and so does its page in the site's first language.
            body.replace("](communities/", f"]({'../' * settings.prefix(lang).count('/')}communities/")
            if first
            else "",
            toc=first,
            source="glossary.md" if first else "",
            lang=language if first and language != lang else "",
            ours=not named(shared),
        )
