"""What a rule is, the table of all rules, and the run that turns findings into diagnostics.

A rule is a decorated generator. Its docstring is its manual (fault, why, cure); its spec in ``tests/rules/`` is
its test and its published example. Ids are permanent: a rule that goes leaves its id behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from cdp.diagnostics import Diagnostic, Place, Severity
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.model.life import Stage
from cdp.text import Text

if TYPE_CHECKING:
    from cdp.archive.verify import Refusal

Reads = Literal["files", "clock", "history"]

FILES: tuple[Reads, ...] = ("files",)
CLOCK: tuple[Reads, ...] = ("files", "clock")


@dataclass(frozen=True, slots=True)
class View:
    """What a rule may look at.

    Attributes:
        repository: the knowledge base.
        as_of: today, for rules that read the clock.
        before: the knowledge base at the base revision, for rules that read history.
        renamed: former slug of each community whose folder got another name since then.
        lived: slugs that are new since then, and named a community once, long before.
        refused: why what is proposed cannot be merged without changing an archive.
    """

    repository: Repository
    as_of: date
    before: Repository | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    lived: frozenset[str] = frozenset()
    refused: tuple[Refusal, ...] = ()

    def past(self, community: Community) -> Community | None:
        """Return a community as it was at the base revision, under whatever name; None when it is new."""
        return self.before.get(self.renamed.get(community.slug, community.slug)) if self.before is not None else None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the base revision; the work answers for that alone.

    Attributes:
        touched: slugs of the communities with a file that was added, changed or removed.
        near: slugs of the others that name one of these, or are named by one: what they say may have become wrong.
        lived, refused: see :class:`View`.
    """

    touched: frozenset[str]
    near: frozenset[str] = frozenset()
    lived: frozenset[str] = frozenset()
    refused: tuple[Refusal, ...] = ()


class Finding(NamedTuple):
    """What a rule found. ``severity`` is given only when it differs from the rule's own."""

    place: Place
    message: Text
    fix: Text
    severity: Severity | None = None


CommunityCheck = Callable[[Community, View], Iterator[Finding]]
RepositoryCheck = Callable[[View], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with a permanent id.

    Attributes:
        id: such as ``CDP101``.
        name: states the fault, in kebab case.
        severity: of its findings, unless one says otherwise.
        reads: what it needs: "files", "clock" or "history".
        blocks: True when a page with this fault cannot be published.
        check: the generator, over each community or over the repository.
        whole: True when ``check`` looks at the repository at once.
    """

    id: str
    name: str
    severity: Severity
    reads: frozenset[Reads]
    blocks: bool
    check: CommunityCheck | RepositoryCheck
    whole: bool

    @property
    def waivable(self) -> bool:
        """Whether a charter may waive it: not what keeps a page readable, people safe, an archive true, a waiver honest."""
        return not self.blocks and self.id[3] not in "78" and self.id not in WAIVER_RULES

    @property
    def manual(self) -> Text:
        """The docstring, as a text to translate."""
        return Text(inspect.cleandoc(self.check.__doc__ or ""))

    @property
    def title(self) -> Text:
        """The first line of the manual."""
        return Text(self.manual.message.split("\n", 1)[0])


WAIVER_RULES = ("CDP017", "CDP018", "CDP019")
"""The rules about waivers themselves."""

_SETTLED: dict[Stage, str] = {"dropped": "123456", "archived": "0123456"}
"""Families that only inform once a life is finished; the front matter of an archive is frozen, too."""

_OF_THE_LIFE = "123456"
"""Families that judge what a charter says: they wait until it can be read."""

RULES: dict[str, Rule] = {}
"""Every rule by id, in order of definition."""


def rule(
    id: str, name: str, severity: Severity = "error", *, reads: Collection[Reads] = FILES, blocks: bool = False
) -> Callable[[CommunityCheck], CommunityCheck]:
    """Register a check that looks at one community at a time."""

    def register(check: CommunityCheck) -> CommunityCheck:
        _add(Rule(id, name, severity, frozenset(reads), blocks, check, whole=False))
        return check

    return register


def repository_rule(
    id: str, name: str, severity: Severity = "error", *, reads: Collection[Reads] = FILES, blocks: bool = False
) -> Callable[[RepositoryCheck], RepositoryCheck]:
    """Register a check that looks at the whole repository."""

    def register(check: RepositoryCheck) -> RepositoryCheck:
        _add(Rule(id, name, severity, frozenset(reads), blocks, check, whole=True))
        return check

    return register


def _add(new: Rule) -> None:
    if new.id in RULES:
        raise ValueError(f"{new.id} is already {RULES[new.id].name}")
    RULES[new.id] = new


def at(community: Community, page: Page[Record], *path: str | int) -> Place:
    """Return the place of a front matter key of a page."""
    return Place(f"{community.folder}/{page.path}", *page.document.place(tuple(path)))


def in_charter(community: Community, *path: str | int) -> Place:
    """Return the place of a key of the charter; of its nearest parent when the key is absent."""
    if community.index is None:
        return Place(community.folder)
    return at(community, community.index, *path)


def run(
    repository: Repository,
    as_of: date,
    before: Repository | None = None,
    *,
    rules: Iterable[Rule] | None = None,
    only: Collection[str] = (),
    change: Change | None = None,
    waived: list[Diagnostic] | None = None,
) -> list[Diagnostic]:
    """Return the diagnostics of a repository, sorted.

    Args:
        repository: the knowledge base.
        as_of: the day on which clock rules judge.
        before: the knowledge base at the base revision; without it history rules do not run.
        rules: which; all when None.
        only: report these communities alone; all when empty.
        change: what differs from ``before``. Communities that it does not touch answer for nothing but what this
            change breaks in them: a clock that ran out there is left to the scheduled run. All answer when None.
        waived: filled with what the waivers of charters silence, sorted.
    """
    renamed = renames(before, repository) if before is not None else {}
    lived, refused = (change.lived, change.refused) if change is not None else (frozenset[str](), ())
    view = View(repository, as_of, before, renamed, lived, refused)
    stages = {community.slug: community.stage(as_of) for community in repository.communities}
    waivers = {
        (community.slug, waiver.rule)
        for community in repository.communities
        for waiver in community.charter.waivers
        if as_of <= waiver.until
    }
    found: set[Diagnostic] = set()
    silenced: set[Diagnostic] = set()
    for each, slug, finding in _findings(tuple(RULES.values() if rules is None else rules), view, only, change):
        severity = finding.severity or each.severity
        if "history" not in each.reads and each.id[3] in _SETTLED.get(stages.get(slug, "idea"), "") and not each.blocks:
            # A finished life is not corrected; only what touches its files, its proof or its past still counts.
            severity = "info"
        kept = silenced if each.waivable and (slug, each.id) in waivers else found
        kept.add(Diagnostic(each.id, each.name, severity, finding.place, finding.message, finding.fix, slug))
    if waived is not None:
        waived.extend(sorted(silenced, key=Diagnostic.key))
    return sorted(found, key=Diagnostic.key)


def _findings(
    rules: Collection[Rule], view: View, only: Collection[str], change: Change | None
) -> Iterator[tuple[Rule, str, Finding]]:
    """Yield what the rules find: community by community, so that what they read of a page is read once."""
    usable = [each for each in rules if "history" not in each.reads or view.before is not None]
    for each in usable:
        if each.whole:
            for finding in _answerable(each, view, change):
                slug = _slug(view.repository, finding.place.path)
                if not only or slug in only:
                    yield each, slug, finding
    one_by_one = [each for each in usable if not each.whole]
    legible = [each for each in one_by_one if each.id[3] not in _OF_THE_LIFE]
    timeless = [each for each in one_by_one if each.reads.isdisjoint(("clock", "history"))]
    for community in view.repository.communities:
        if only and community.slug not in only:
            continue
        if change is None or community.slug in change.touched:
            for each in one_by_one if community.readable else legible:
                for finding in each.check(community, view):  # type: ignore[call-arg, arg-type]  # told apart by ``whole``
                    yield each, community.slug, finding
        elif community.slug in change.near and view.before is not None and community.readable:
            for each in timeless:
                known = _before(each, community, view)
                for finding in each.check(community, view):  # type: ignore[call-arg, arg-type]  # idem
                    if finding not in known:
                        yield each, community.slug, finding


def _answerable(rule: Rule, view: View, change: Change | None) -> Iterator[Finding]:
    """Yield what a rule finds in the whole, without what neither concerns the change nor comes from it."""
    found: Iterator[Finding] = rule.check(view)  # type: ignore[call-arg, arg-type]  # told apart by ``whole``
    if change is None or view.before is None or "history" in rule.reads:
        yield from found
        return
    known: set[Finding] | None = None
    for finding in found:
        if _slug(view.repository, finding.place.path) not in change.touched:
            if known is None:
                known = set(rule.check(View(view.before, view.as_of)))  # type: ignore[call-arg, arg-type]  # idem
            if finding in known:
                continue
        yield finding


def _before(rule: Rule, community: Community, view: View) -> set[Finding]:
    """Return what a rule already found, at the base revision, in a community that has not changed."""
    assert view.before is not None
    past = View(view.before, view.as_of)
    return set(rule.check(community, past))  # type: ignore[call-arg, arg-type]  # told apart by ``whole``


def _slug(repository: Repository, path: str) -> str:
    """Return the community that a path belongs to, or ""."""
    parts = path.split("/")
    community = repository.get(parts[1]) if len(parts) > 1 and parts[0] == "communities" else None
    return community.slug if community is not None else ""


def renames(before: Repository, after: Repository) -> dict[str, str]:
    """Return the former slug of each community whose folder got another name.

    A folder was renamed when one that is gone and one that is new hold the same charter, or the same text in half of
    the pages of the former; of several, the nearest counts.
    """
    gone = [each for each in before.communities if after.get(each.slug) is None]
    new = [each for each in after.communities if before.get(each.slug) is None]
    pairs = sorted(
        ((_likeness(old, young), old.slug, young.slug) for old in gone for young in new), key=lambda pair: -pair[0]
    )
    found: dict[str, str] = {}
    for likeness, old_slug, new_slug in pairs:
        if likeness >= 0.5 and new_slug not in found and old_slug not in found.values():
            found[new_slug] = old_slug
    return found


def _likeness(old: Community, new: Community) -> float:
    """Return which part of the pages of a community are, word for word, in another; 1 when the charter is."""
    texts = {page.document.text for page in new.pages() if page.document.text.strip()}
    pages = [page.document.text for page in old.pages() if page.document.text.strip()]
    if old.index is not None and old.index.document.text in texts:
        return 1.0
    kickoff = old.charter.kickoff
    if old.charter.title == new.charter.title and kickoff is not None and kickoff == new.charter.kickoff:
        return 0.9
    return sum(text in texts for text in pages) / len(pages) if pages else 0.0
