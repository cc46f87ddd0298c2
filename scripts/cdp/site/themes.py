"""Themes: what communities and notes have in common, one list for each tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cdp.model.community import Community, Page, Repository
from cdp.model.pages import Note
from cdp.site.communities import published, tag_slug
from cdp.site.staging import Staged, paged
from cdp.site.templates import Render
from cdp.text import T, translate

THEMES = 150
"""Most themes on a page."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: its slug, its name, the communities and the notes that have it, the living first."""

    slug: str
    name: str
    communities: Sequence[Community]
    notes: Sequence[tuple[Community, Page[Note]]]

    @property
    def said_in(self) -> str:
        """The language of its name: that of the first page that has it."""
        if self.communities:
            return self.communities[0].charter.language
        community, note = self.notes[0]
        return note.record.language or community.charter.language

    @property
    def facts(self) -> str:
        """All that its pages show."""
        homes = [(one.slug, one.title, one.charter.summary, one.charter.language) for one in self.communities]
        notes = [
            (one.slug, one.title, one.charter.language, note.path, note.title, note.record.language, note.record.date)
            for one, note in self.notes
        ]
        return repr((self.slug, self.name, homes, notes))


def themes(repository: Repository) -> Iterator[Theme]:
    """Yield the themes by name."""
    names: dict[str, str] = {}
    communities: dict[str, list[Community]] = {}
    notes: dict[str, list[tuple[Community, Page[Note]]]] = {}
    for community in repository.communities:
        for tag in community.charter.tags:
            slug = tag_slug(tag)
            names.setdefault(slug, tag)
            communities.setdefault(slug, []).append(community)
        for note in community.notes:
            if published(note):
                for slug, tag in {tag_slug(tag): tag for tag in note.record.tags}.items():
                    names.setdefault(slug, tag)
                    notes.setdefault(slug, []).append((community, note))
    for slug in sorted(names, key=lambda slug: (slug, names[slug])):
        homes = sorted(_unique(communities.get(slug, [])), key=lambda one: one.freeze is not None)
        entries = sorted(
            notes.get(slug, []),
            key=lambda entry: (entry[0].freeze is None, entry[1].record.date or date.min, entry[1].path),
            reverse=True,
        )
        yield Theme(slug, names[slug], homes, entries)


def lists(found: Sequence[Theme], render: Render, lang: str) -> Iterator[Staged]:
    """Stage the list of all themes."""
    counts = [(one, f"tags/{one.slug}.md", len(one.communities) + len(one.notes)) for one in found]
    title, sentence = translate(T("Thèmes"), lang), translate(T("Notes et communautés par thème."), lang)
    for path, some, numbered in paged(counts, "tags/index.md", THEMES):
        head = render("tags-head.html", path, tags=some, numbered=numbered, here=path)
        yield Staged(path, title, "tags", sentence, head)


def pages(theme: Theme, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the pages of one."""
    sentence = translate(T("Notes et communautés sur le thème « {theme} ».", theme=theme.name), lang)
    for path, part, numbered in paged([*theme.communities, *theme.notes], f"tags/{theme.slug}.md"):
        head = render(
            "tag-head.html",
            path,
            communities=[one for one in part if isinstance(one, Community)],
            notes=[one for one in part if not isinstance(one, Community)],
            numbered=numbered,
            here=path,
        )
        yield Staged(path, theme.name, "tag", sentence, head, lang=theme.said_in if theme.said_in != lang else "")


def _unique(items: Iterable[Community]) -> list[Community]:
    return list({item.slug: item for item in items}.values())
