"""Archived communities on the site: their banner, their notices, and the registry's chain for readers elsewhere.

Nothing here is a fixed sentence: the banner says what the charter and the registry say (design, "Staying frozen").
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote

from cdp.archive import visible
from cdp.links import address as url
from cdp.links import links as read_links
from cdp.load import silent
from cdp.model.chain import Chain, ChainArchive, ChainRecord
from cdp.model.charter import Outcome
from cdp.model.community import Community, Freeze, Repository
from cdp.model.registry import Act, Erratum, Frozen, Redaction, day_of, digest, place
from cdp.settings import Settings
from cdp.site import words
from cdp.site.links import Links
from cdp.site.staging import Proof, Shelf
from cdp.text import T, Text, translate

WELL_KNOWN = ".well-known/cdp-archives.json"
"""Where programs find the registry's chain (RFC 8615)."""
REASONS: dict[str, Text] = {
    "personal_information": T("renseignements personnels"),
    "rights": T("droits d'autrui"),
    "court": T("ordre d'un tribunal"),
}


@dataclass(frozen=True)
class Banner:
    """What the banner of an archive says.

    Attributes:
        day: of the freeze, None when the record cannot be read.
        outcome: how the life ended, to say, or None.
        met, objectives: how many objectives were reached, of how many.
        kept: how many files the community chose to leave.
        successors: title and source path ("" when it is not here) of each community that follows.
        handed: to whom files were handed over.
        contact: who answers for it.
        redacted: the lawful changes.
        errata: the notes beside it.
        leads: for each page, the attachments that were changed or noted and that it shows or leads to.
        seal: SHA-256 of its last record, the head of the registry's chain that day.
    """

    day: date | None
    outcome: Text | None
    met: int
    objectives: int
    kept: int
    successors: tuple[tuple[str, str], ...]
    handed: tuple[str, ...]
    contact: str
    redacted: tuple[Redaction, ...]
    errata: tuple[Erratum, ...]
    leads: Mapping[str, frozenset[str]]
    seal: str

    def changes(self, path: str) -> list[tuple[date, Text]]:
        """Return when, and why, a page was lawfully changed."""
        return [
            (day_of(act), REASONS[act.reason])
            for act in self.redacted
            if any(change.path == path for change in act.changes)
        ]

    def gone(self, path: str) -> list[tuple[str, date, Text]]:
        """Return the files that were lawfully removed, which a page tells of: path, day, reason."""
        return [
            (change.path, day_of(act), REASONS[act.reason])
            for act in self.redacted
            for change in act.changes
            if change.after is None and self._tells(path, change.path)
        ]

    def replaced(self, path: str) -> list[tuple[str, date, Text]]:
        """Return the attachments that were lawfully replaced, which a page tells of: path, day, reason."""
        return [
            (change.path, day_of(act), REASONS[act.reason])
            for act in self.redacted
            for change in act.changes
            if change.after is not None and _attached(change.path) and self._tells(path, change.path)
        ]

    def beside(self, path: str) -> list[tuple[str, date, str]]:
        """Return the notes about attachments, which have no page of their own, that a page tells of."""
        return [
            (act.path, day_of(act), act.text)
            for act in self.errata
            if act.path is not None and _attached(act.path) and self._tells(path, act.path)
        ]

    def _tells(self, path: str, file: str) -> bool:
        """Tell whether a page tells what became of a file: the community's own of all, the others of what they show."""
        return path == "index.md" or file in self.leads.get(path, ())

    def notes(self, path: str) -> list[tuple[date, str]]:
        """Return the notes beside a page; on the community's own page, those about all of it too."""
        return [
            (day_of(act), act.text) for act in self.errata if act.path == path or (path == "index.md" and not act.path)
        ]


def _attached(path: str) -> bool:
    return not path.endswith(".md")


def _leads(community: Community, files: Collection[str]) -> dict[str, frozenset[str]]:
    """Return which of some attachments each page shows or leads to."""
    found: dict[str, frozenset[str]] = {}
    for page in community.pages() if files else ():
        here = posixpath.dirname(page.path)
        targets = (unquote(link.target.partition("#")[0]) for link in read_links(page.document.body))
        found[page.path] = frozenset(posixpath.normpath(posixpath.join(here, each)) for each in targets) & set(files)
    return found


def banner(community: Community, links: Links) -> Banner | None:
    """Return the banner of an archive, None for a community that is not one."""
    freeze = community.freeze
    if freeze is None:
        return None
    charter = community.charter
    outcome = _outcome(community)
    followers = dict.fromkeys((*charter.successors, *links.children.get(community.slug, ())))
    known = [(slug, links.repository.get(slug)) for slug in followers if slug != community.slug]
    chosen = [item for item in community.legacy.values() if item.choice != "remove"]
    redacted, errata = (freeze.state.redacted, freeze.state.errata) if freeze.state else ((), ())
    told = {*(change.path for act in redacted for change in act.changes), *(act.path or "" for act in errata)}
    return Banner(
        freeze.date,
        words.OUTCOMES[outcome] if outcome else None,
        sum(item.outcome == "met" for item in charter.objectives),
        len(charter.aims()),
        len(chosen),
        tuple((other.title, f"{other.folder}/index.md") if other else (slug, "") for slug, other in known),
        tuple(dict.fromkeys(item.to for item in charter.legacy if item.choice == "hand_over" and item.to)),
        charter.contact or "",
        redacted,
        errata,
        _leads(community, [path for path in told if path and _attached(path)]),
        freeze.digest,
    )


def _outcome(community: Community) -> Outcome | None:
    acts = community.freeze.acts if community.freeze else ()
    if acts and isinstance(acts[0], Frozen):
        return acts[0].outcome
    return community.charter.closing.outcome if community.charter.closing else None


def proof(community: Community, path: str, shown: Banner, shelf: Shelf, lang: str) -> Proof:
    """Return what the guard asks of a page of an archive.

    Args:
        community: an archive.
        path: of the page, from its folder.
        shown: its banner.
        shelf: what is frozen.
        lang: language of the screens.
    """
    says = [words.day(shown.day, lang)] if shown.day else []
    says += [translate(shown.outcome, lang)] if shown.outcome else []
    gone = tuple(f"{community.folder}/{each}" for each in community.withdrawn if _attached(each))
    return Proof(tuple(says), shelf.pages.get(f"{community.folder}/{path}", ""), gone)


def shelf(repository: Repository, lang: str, only: str = "") -> Shelf:
    """Return every page and file that must be on the site as it was frozen, of one community or of all."""
    pages: dict[str, str] = {}
    files: dict[str, str] = {}
    lost: list[Text] = []
    for freeze in (one for one in repository.archives if only in ("", one.slug)):
        community = repository.get(freeze.slug)
        if freeze.state is None or community is None:
            lost.append(
                T("{path} : le registre de cette archive ne se lit pas", path=freeze.path)
                if freeze.state is None
                else T("{path} : cette archive n'est pas publiée", path=f"communities/{freeze.slug}")
            )
            continue
        pages |= {f"{community.folder}/{path}": value for path, value in _texts(community, freeze, lang).items()}
        files |= {
            f"{community.folder}/{path}": kept.sha256
            for path, kept in freeze.state.files.items()
            if not path.endswith(".md") and not silent(path)
        }
    return Shelf(pages, files, tuple(lost))


def _texts(community: Community, freeze: Freeze, lang: str) -> Mapping[str, str]:
    """Return the digests of the texts of an archive; in another language than that of its freeze, from its bytes."""
    assert freeze.state is not None
    if getattr(freeze.acts[0], "language", lang) == lang:
        return freeze.state.visible
    # Names of boxes and marks are in the site's language: the bytes, once proved, say what is to be read.
    found = dict(freeze.state.visible)
    for page in community.pages():
        if page.path in found and freeze.sum(page.path) == freeze.state.files[page.path].sha256:
            found[page.path] = visible.of_page(page, lang) or found[page.path]
    return found


def still(community: Community, as_of: date) -> date | None:
    """Return the day at which the pages of an archive stand for good, that of its freeze; None for what still lives."""
    frozen = community.freeze.date if community.freeze is not None else None
    return frozen if frozen is not None and frozen <= as_of else None


def shared(
    settings: Settings, templates: Mapping[str, str], survey: Mapping[str, str], drawn: Collection[str], lang: str
) -> str:
    """Return a digest of what the pages of all archives depend on."""
    parts = (settings, sorted(templates.items()), sorted(survey.items()), bool(drawn), lang)
    return digest(repr(parts).encode())


def inputs(community: Community, links: Links, shelf: Shelf, shared: str) -> str:
    """Return a digest of everything that the pages of an archive depend on: its own texts, and what others say of it.

    What is missing here would let the cache show an old page: ``tests/test_heritage.py`` compares builds with and
    without it after each kind of change.
    """
    folder, charter, freeze = community.folder, community.charter, community.freeze
    own = hashlib.sha256(shared.encode())
    for page in community.pages():
        source = f"{folder}/{page.path}"
        own.update(f"\0{page.path}\0{page.readable}\0".encode())
        own.update(page.document.sum.encode())
        own.update(repr((links.cited.get(source), shelf.pages.get(source))).encode())
    related = {
        *charter.successors,
        *(charter.succeeds or "", (charter.born_from or "").partition("/")[0]),
        *links.children.get(community.slug, ()),
        *links.announced.get(community.slug, ()),
        *(need.target or "" for page in community.surveys for need in page.record.needs),
    }
    others = [(slug, other.title if (other := links.repository.get(slug)) else None) for slug in sorted(related)]
    origin = links.repository.get((charter.born_from or "").partition("/")[0])
    needs = [(page.stem, page.readable, page.record.needs) for page in origin.surveys] if origin else []
    said = links.children.get(community.slug), links.announced.get(community.slug)
    own.update(repr((community.attachments, freeze and freeze.acts, said, others, needs)).encode())
    return own.hexdigest()


def chain(repository: Repository, settings: Settings) -> Mapping[str, bytes]:
    """Return the file that lets a program compare this site's archives with what it saw before; none without archives."""
    if not repository.head:
        return {}
    site = settings.site_url.rstrip("/")
    entries = tuple(_entry(freeze, repository, site) for freeze in repository.archives if freeze.acts)
    document = Chain(version=1, head=repository.head, archives=entries).model_dump(mode="json")
    return {WELL_KNOWN: (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()}


def _entry(freeze: Freeze, repository: Repository, site: str) -> ChainArchive:
    community = repository.get(freeze.slug)
    address = quote(url(f"communities/{freeze.slug}/index.md"))
    return ChainArchive(
        slug=freeze.slug,
        title=community.title if community else None,
        url=f"{site}/{address}" if site else address,
        files=len(freeze.state.files) if freeze.state else None,
        tree=freeze.state.tree if freeze.state else None,
        records=tuple(_record(act, repository) for act in freeze.acts),
    )


def _record(act: Act, repository: Repository) -> ChainRecord:
    return ChainRecord(
        number=act.number,
        kind=act.kind,
        date=act.date,
        sha256=repository.registry[place(act)],
        previous=act.previous,
        outcome=act.outcome if isinstance(act, Frozen) else None,
    )
