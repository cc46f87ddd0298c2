"""What a rule is, the table of all rules, and the run that turns findings into diagnostics.

A rule is a decorated generator. Its docstring is its manual (fault, why, cure); its spec in ``tests/rules/`` is
its test and its published example. Ids are permanent: a rule that goes leaves its id behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from cdp.diagnostics import Diagnostic, Place, Severity
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.text import Text

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
    """

    repository: Repository
    as_of: date
    before: Repository | None = None


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
    def manual(self) -> Text:
        """The docstring, as a text to translate."""
        return Text(inspect.cleandoc(self.check.__doc__ or ""))

    @property
    def title(self) -> Text:
        """The first line of the manual."""
        return Text(self.manual.message.split("\n", 1)[0])


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
) -> list[Diagnostic]:
    """Return the diagnostics of a repository, sorted.

    Args:
        repository: the knowledge base.
        as_of: the day on which clock rules judge.
        before: the knowledge base at the base revision; without it history rules do not run.
        rules: which; all when None.
        only: report these communities alone; all when empty.
    """
    view = View(repository, as_of, before)
    stages = {community.slug: community.stage(as_of) for community in repository.communities}
    found: set[Diagnostic] = set()
    for each, slug, finding in _findings(RULES.values() if rules is None else rules, view, only):
        severity = finding.severity or each.severity
        if each.id[3] in "123456" and stages.get(slug) in ("archived", "dropped"):
            # A finished life is not corrected; only what touches its files or its proof still counts.
            severity = "info"
        found.add(Diagnostic(each.id, each.name, severity, finding.place, finding.message, finding.fix, slug))
    return sorted(found, key=Diagnostic.key)


def _findings(rules: Iterable[Rule], view: View, only: Collection[str]) -> Iterator[tuple[Rule, str, Finding]]:
    """Yield what the rules find: community by community, so that what they read of a page is read once."""
    usable = [each for each in rules if "history" not in each.reads or view.before is not None]
    for each in usable:
        if each.whole:
            for finding in each.check(view):  # type: ignore[call-arg, arg-type]  # told apart by ``whole``
                slug = _slug(view.repository, finding.place.path)
                if not only or slug in only:
                    yield each, slug, finding
    one_by_one = [each for each in usable if not each.whole]
    for community in view.repository.communities:
        if not only or community.slug in only:
            for each in one_by_one:
                for finding in each.check(community, view):  # type: ignore[call-arg, arg-type]  # idem
                    yield each, community.slug, finding


def _slug(repository: Repository, path: str) -> str:
    """Return the community that a path belongs to, or ""."""
    parts = path.split("/")
    community = repository.get(parts[1]) if len(parts) > 1 and parts[0] == "communities" else None
    return community.slug if community is not None else ""
