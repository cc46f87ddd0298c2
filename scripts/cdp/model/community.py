"""Communities and the repository that holds them: frozen values, made by ``load``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Generic, TypeVar

from cdp.diagnostics import Fault
from cdp.frontmatter import Document
from cdp.links import address
from cdp.model import life
from cdp.model.charter import Charter, Legacy
from cdp.model.fields import Record
from cdp.model.pages import Meeting, Note, Review, Survey
from cdp.model.registry import Act, State, digest

R = TypeVar("R", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A Markdown file of a community.

    Attributes:
        path: path from the community's folder, such as ``notes/guide/grille.md``.
        record: its front matter, with what was valid.
        document: its text, split; empty when the file could not be read.
        faults: what reading it found.
        readable: False when the text or its front matter could not be read: it is never published.
    """

    path: str
    record: R
    document: Document
    faults: tuple[Fault, ...] = ()
    readable: bool = True

    def states(self, *keys: str) -> bool:
        """Tell whether the page itself gives these dates; those that it lacks are guessed from its name (see ``load``)."""
        return all(self.document.data.get(key) == str(getattr(self.record, key)) for key in keys)

    @property
    def published(self) -> bool:
        """Whether the site has this page."""
        return self.readable and not getattr(self.record, "draft", False)

    @property
    def stem(self) -> str:
        """File name without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".md")

    @property
    def title(self) -> str:
        """Title of the page: the front matter's, else the first heading, else the file name in words."""
        title: str | None = getattr(self.record, "title", None)
        if title:
            return title
        heading = self.document.heading
        if heading is not None:
            return heading
        return self.stem.replace("-", " ").replace("_", " ").strip().capitalize()


@dataclass(frozen=True, slots=True)
class Freeze:
    """The registry's proof that a community was archived (written by ``cdp archive``).

    Attributes:
        path: of the record of the freeze, from the root.
        date: of the freeze; None when the record cannot be read.
        slug: of the community.
        acts: the records that could be read, in order: the freeze, then what was lawfully done since.
        state: what the archive must hold; None when its records cannot be believed.
        digest: SHA-256 of the last record.
        files: what its folder holds, by path from the folder; each gives its bytes, or raises OSError.
        sums: SHA-256 of those that need not be read again, by path from the folder.
    """

    path: str
    date: date | None
    slug: str = ""
    acts: tuple[Act, ...] = ()
    state: State | None = None
    digest: str = ""
    files: Mapping[str, Callable[[], bytes]] = field(default_factory=dict, compare=False, repr=False)
    sums: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def sum(self, path: str) -> str:
        """Return the SHA-256 of a file of its folder, "" when it is absent or cannot be read."""
        if path in self.sums:
            return self.sums[path]
        try:
            return digest(self.files[path]())
        except (KeyError, OSError):
            return ""


@dataclass(frozen=True)
class Community:
    """One folder under ``communities/``.

    Attributes:
        slug: name of the folder, its id for ever.
        charter: front matter of ``index.md``, with what was valid.
        index: the page ``index.md``; None when the folder has none.
        meetings, notes, surveys, reviews: the other pages, in order of path.
        closing_review: ``review.md``.
        attachments: paths of the files beside the notes, from the community's folder.
        freeze: registry entry of an archived community.
        glossary: ``glossary.md``, the community's own words.
    """

    slug: str
    charter: Charter
    index: Page[Charter] | None = None
    meetings: tuple[Page[Meeting], ...] = ()
    notes: tuple[Page[Note], ...] = ()
    surveys: tuple[Page[Survey], ...] = ()
    reviews: tuple[Page[Review], ...] = ()
    closing_review: Page[Review] | None = None
    attachments: tuple[str, ...] = ()
    freeze: Freeze | None = None
    glossary: Page[Note] | None = None

    @property
    def folder(self) -> str:
        """Path of the folder from the root."""
        return f"communities/{self.slug}"

    @property
    def title(self) -> str:
        """Title of the charter."""
        return self.charter.title

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Paths of the pages and files that a lawful redaction removed from an archive: their addresses say so."""
        state = self.freeze.state if self.freeze is not None else None
        changes = (change for act in (state.redacted if state is not None else ()) for change in act.changes)
        return tuple(dict.fromkeys(change.path for change in changes if change.after is None))

    @property
    def readable(self) -> bool:
        """Whether the charter could be read: without it nothing is known of the life."""
        return self.index is not None and self.index.readable

    def stage(self, as_of: date) -> life.Stage:
        """Return the stage on a day (see :func:`cdp.model.life.stage`)."""
        return life.stage(self, as_of)

    def health(self, as_of: date) -> life.Health:
        """Return the health on a day (see :func:`cdp.model.life.health`)."""
        return life.health(self, as_of)

    def pages(self) -> Iterator[Page[Record]]:
        """Yield every page, the charter first."""
        if self.index is not None:
            yield self.index
        yield from self.meetings
        yield from self.notes
        yield from self.surveys
        yield from self.reviews
        if self.closing_review is not None:
            yield self.closing_review
        if self.glossary is not None:
            yield self.glossary

    @property
    def unknown(self) -> int:
        """How many historic facts the pages give as unknown."""
        charter = self.charter
        records: list[Record | None] = [charter, charter.kickoff, *charter.network_heads, *charter.seasons]
        records += [meeting.record for meeting in self.meetings]
        return sum(len(record.unknown) for record in records if record is not None)

    @cached_property
    def files(self) -> Mapping[str, Page[Record] | None]:
        """Every file of the folder by its path: a page, or None for an attachment."""
        found: dict[str, Page[Record] | None] = dict.fromkeys(self.attachments)
        found.update({page.path: page for page in self.pages()})
        return found

    @cached_property
    def legacy(self) -> Mapping[str, Legacy]:
        """What becomes of each note and attachment, by path: its own choice, else that of its nearest folder.

        The first of two choices counts. In the order of the charter; a choice of a folder is written with a final ``/``.
        """
        given: dict[str, Legacy] = {}
        for item in self.charter.legacy:
            given.setdefault(item.path, item)
        rank = {path: number for number, path in enumerate(given)}
        found: list[tuple[int, str, Legacy]] = []
        for path in self.files:
            parts = path.split("/")
            above = ["/".join(parts[:depth]) + "/" for depth in range(len(parts) - 1, 0, -1)]
            places = [path, *above] if path.startswith("notes/") or self.files[path] is None else [path]
            own = next((place for place in places if place in given), None)
            if own is not None:
                item = given[own]
                found.append((rank[own], path, item if own == path else item.model_copy(update={"path": path})))
        return {path: item for _, path, item in sorted(found, key=lambda each: each[:2])}

    @cached_property
    def occupied(self) -> frozenset[str]:
        """The folders of the site where its files are, or say that they were withdrawn, in lower case.

        Those of pages, attachments and notebooks.
        """
        found: set[str] = set()
        for path in self.reachable:
            place = address(f"{self.folder}/{path}").casefold().rstrip("/")
            while place not in found and place != self.folder.casefold():
                found.add(place)
                place = place.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def reachable(self) -> frozenset[str]:
        """Every path of the folder that a link may lead to: what is there, and what was lawfully withdrawn."""
        return frozenset((*self.files, *self.withdrawn))

    def wrong(self, key: str) -> bool:
        """Tell whether a top-level key of the charter has a fault: rules then leave it to that fault."""
        return self.index is None or not self.index.readable or key in {fault.key for fault in self.index.faults}


@dataclass(frozen=True)
class Repository:
    """A knowledge base at one moment.

    Attributes:
        communities: in order of slug.
        strays: faults of files that belong to no page: unknown places, unsafe names, links.
        templates: faults of the knowledge base's own templates of new files.
        registry: SHA-256 of every file of the registry, by path from the root.
        archives: the freezes, in order of slug; also those whose folder is gone.
        head: SHA-256 of the last record of the registry's chain, or "".
        glossary: ``glossary.md`` at the root: the words of all communities.
        enough: how many network heads, from how many networks, a kickoff needs here.
    """

    communities: tuple[Community, ...]
    strays: tuple[Fault, ...] = ()
    templates: tuple[Fault, ...] = ()
    registry: Mapping[str, str] = field(default_factory=dict)
    archives: tuple[Freeze, ...] = ()
    head: str = ""
    glossary: Page[Note] | None = None
    enough: tuple[int, int] = (3, 2)
    _by_slug: dict[str, Community] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_slug", {community.slug: community for community in self.communities})

    def get(self, slug: str) -> Community | None:
        """Return the community of that slug, or None."""
        return self._by_slug.get(slug)

    def without(self, paths: Collection[str]) -> Repository:
        """Return the repository without some files or folders; a community goes with its charter.

        Args:
            paths: from the root, as in diagnostics.
        """
        folders = tuple(f"{path}/" for path in paths)

        def stays(community: Community, path: str) -> bool:
            whole = f"{community.folder}/{path}"
            return whole not in paths and not whole.startswith(folders)

        kept = []
        for community in self.communities:
            if community.index is None or not stays(community, "index.md"):
                continue
            review, glossary = community.closing_review, community.glossary
            kept.append(
                replace(
                    community,
                    meetings=tuple(page for page in community.meetings if stays(community, page.path)),
                    notes=tuple(page for page in community.notes if stays(community, page.path)),
                    surveys=tuple(page for page in community.surveys if stays(community, page.path)),
                    reviews=tuple(page for page in community.reviews if stays(community, page.path)),
                    closing_review=review if review is not None and stays(community, review.path) else None,
                    attachments=tuple(path for path in community.attachments if stays(community, path)),
                    glossary=glossary if glossary is not None and stays(community, glossary.path) else None,
                )
            )
        glossary = self.glossary if "glossary.md" not in paths else None
        return Repository(
            tuple(kept),
            registry=self.registry,
            archives=self.archives,
            head=self.head,
            glossary=glossary,
            enough=self.enough,
        )
