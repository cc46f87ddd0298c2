"""What a proposal adds to the registry is judged as ``cdp archive`` judges whoever freezes: a record may be written by hand.

The list of the closing and the rules of safety are this code's, how many network heads a kickoff needs is the base's,
and the proposed side is read as bytes of Git's objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from cdp.archive import freezing
from cdp.archive.verify import Refusal, Tree
from cdp.cli.compare import neighbours
from cdp.closing import checklist
from cdp.git import Objects
from cdp.load import File, load
from cdp.model import registry
from cdp.model.community import Community, Repository
from cdp.model.registry import HOME, Act, BadRecord, Frozen, Redaction
from cdp.text import T
from cdp.triage import there


def owed(git: Objects, old: Tree, new: Tree, after: str) -> list[Refusal]:
    """Return what the freezes and redactions that a proposal adds should have settled before.

    Args:
        git: the repository.
        old: tree of the base.
        new: what the branch would hold.
        after: commit whose ``.gitattributes`` hold.
    """
    acts = list(_added(git, old, new))
    freezes = {act.slug: act for act in acts if isinstance(act, Frozen)}
    found = [*_frozen(git, old, new, freezes), *_transformed(git, new, after, freezes)] if freezes else []
    for act in acts:
        if isinstance(act, Redaction) and act.slug not in freezes:
            found += _redacted(git, new, act)
    return found


def transforming(git: Objects, commit: str, paths: Collection[str]) -> list[str]:
    """Return the paths whose bytes the ``.gitattributes`` of a commit transform: they cannot be frozen."""
    return [
        path
        for path, given in git.attributes(commit, list(paths)).items()
        if any(given.get(name, "unset") != "unset" for name in ("filter", "working-tree-encoding", "ident"))
    ]


def _added(git: Objects, old: Tree, new: Tree) -> Iterator[Act]:
    """Yield the records that the base does not have; one that cannot be read is refused elsewhere."""
    for path, entry in new.items():
        inside = path.removeprefix(git.prefix)
        if path in old or not path.startswith(git.prefix + HOME) or not registry.is_record(inside):
            continue
        if entry.mode == "100644":
            try:
                yield registry.read(git.read([entry.id])[entry.id], inside)
            except BadRecord:
                continue


def _frozen(git: Objects, old: Tree, new: Tree, freezes: dict[str, Frozen]) -> Iterator[Refusal]:
    repository = _living(git, old, new, freezes)
    for slug, act in freezes.items():
        community = repository.get(slug)
        if community is None or community.charter.closing is None:
            continue
        items = checklist.checklist(repository, community, registry.day_of(act))
        for missing in checklist.unsettled(items):
            # What was summed up has lost the section that said so.
            if missing.rule != "CDP613":
                fix = T(
                    "Laissez tomber le commit de ce gel, réglez ce qui manque, puis refaites-le : cdp archive {slug} --apply",
                    slug=slug,
                )
                yield Refusal("freeze-unsettled", git.prefix + missing.place.path, missing.message, fix)


def _living(git: Objects, old: Tree, new: Tree, slugs: Collection[str]) -> Repository:
    """Return the knowledge base as it would be if these communities were not frozen yet, their triage done."""
    tree = {path: entry for path, entry in new.items() if path.startswith(f"{git.prefix}communities/")}
    tree |= {f"{git.prefix}{name}": new[f"{git.prefix}{name}"] for name in ("glossary.md",) if git.prefix + name in new}
    # What is asked of a kickoff is not for the proposal to say.
    settings = f"{git.prefix}mkdocs.yml"
    tree |= {settings: old[settings]} if settings in old else {}
    ours = {path.removeprefix(git.prefix): entry for path, entry in tree.items() if entry.mode != "040000"}
    records = tuple(f"{HOME}/{slug}/" for slug in slugs)
    read = {
        path: entry.id
        for path, entry in ours.items()
        if entry.mode[:3] == "100"
        and path.endswith((".md", ".json", ".sha256", ".yml"))
        and not path.startswith(records)
    }
    blobs = git.read(read.values())

    def file(path: str, mode: str) -> File:
        data = blobs[read[path]] if path in read else b""
        return File(
            path, "link" if mode == "120000" else "special" if mode == "160000" else "file", len(data), lambda: data
        )

    files = [file(path, entry.mode) for path, entry in ours.items() if not path.startswith(records)]
    repository = load(neighbours(files, frozenset(slugs))[1])
    return replace(
        repository,
        communities=tuple(_triaged(each) if each.slug in slugs else each for each in repository.communities),
    )


def _triaged(community: Community) -> Community:
    """Return a community without the choices that a freeze has carried out: the files to remove are gone."""
    legacy = tuple(item for item in community.charter.legacy if item.choice != "remove" or there(item.path, community))
    return replace(community, charter=community.charter.model_copy(update={"legacy": legacy}))


def _transformed(git: Objects, new: Tree, after: str, slugs: Collection[str]) -> list[Refusal]:
    homes = tuple(f"{git.prefix}communities/{slug}/" for slug in slugs)
    paths = [path for path, entry in new.items() if path.startswith(homes) and entry.mode == "100644"]
    message = T("« .gitattributes » transforme ce fichier : il ne peut pas être archivé")
    return [Refusal("attributes", path, message) for path in transforming(git, after, paths)]


def _redacted(git: Objects, new: Tree, act: Redaction) -> Iterator[Refusal]:
    """Yield what the new content of redacted pages says of people."""
    home = f"{git.prefix}communities/{act.slug}/"
    held = {
        path.removeprefix(home): entry.id
        for path, entry in new.items()
        if path.startswith(home) and entry.mode == "100644"
    }
    blobs = git.read(held.values())
    community = freezing.loaded(act.slug, {path: blobs[named] for path, named in held.items()})
    changed = [change.path for change in act.changes if change.after is not None]
    for missing in checklist.unsafe(community, changed, registry.day_of(act)) if community is not None else ():
        yield Refusal("redaction-unsafe", git.prefix + missing.place.path, missing.message)
