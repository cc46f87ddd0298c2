"""Whether a proposed tree leaves every archive as it is: two trees compared, names and bytes only, failing closed.

The base is the tip of the branch that a proposal goes to; the proposed tree is what the branch would hold after. The
rules are this code's and the base's, never the proposal's. Source: ``research/reliability.md``, "Freeze design".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, Protocol

from cdp.archive import addresses, chain, freezing, redacting, visible
from cdp.archive.names import fold, folded
from cdp.model import registry
from cdp.model.community import Community
from cdp.model.registry import HOME, Act, BadRecord, Frozen, Redaction, State
from cdp.text import T, Text


class Named(Protocol):
    """A name in a tree: its mode, and Git's name of its bytes or of its folder."""

    @property
    def mode(self) -> str:
        """Such as "100644", "040000"."""

    @property
    def id(self) -> str:
        """Git's name."""


Tree = Mapping[str, Named]
"""Files and folders by path, from the top of the repository or from the root of the knowledge base."""
Read = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Returns the bytes of blobs by Git's name, for many at once."""
Attributes = Callable[[Literal["base", "proposed"], Sequence[str]], Mapping[str, Mapping[str, str]]]
"""Returns what ``.gitattributes`` of one side do to paths from the top."""
Modules = Callable[[str], Sequence[str]]
"""Returns the paths of the submodules that the ``.gitmodules`` of this name tells."""


class Refusal(NamedTuple):
    """Why a proposal is refused: a word for programs, where, a sentence, and what to do when it is not the usual."""

    what: str
    path: str
    message: Text
    fix: Text | None = None


_CHANGING = (
    "text",
    "eol",
    "crlf",
    "filter",
    "working-tree-encoding",
    "ident",
    "export-ignore",
    "export-subst",
    "merge",
)
"""Attributes that change the bytes of a file when it is checked out, merged or exported."""
_FOLDER = "040000"
_ORDINARY = "100644"
_FILES = (_ORDINARY, "100755")


def verify(
    base: Tree,
    proposed: Tree,
    read: Read,
    attributes: Attributes,
    modules: Modules,
    *,
    prefix: str = "",
    full: bool = False,
    latest: Mapping[str, date] | None = None,
    kept: Sequence[str] = (),
) -> list[Refusal]:
    """Return why a proposal cannot be accepted; nothing when every archive stays as it is.

    Args:
        base: tip of the branch that the proposal goes to, by path from the top of the repository.
        proposed: what the branch would hold; the same.
        read: gives bytes.
        attributes: gives the effects of ``.gitattributes``.
        modules: gives what ``.gitmodules`` says.
        prefix: path of the knowledge base from the top, "" or ending with a slash.
        full: hash the bytes of every frozen file again, and not only Git's names.
        latest: last day that records may be of, by path from the top; any for the others.
        kept: paths of records from the top, in the order in which they were added, when the base does not tell.
    """
    before, after = _below(base, prefix), _below(proposed, prefix)
    found = list(_kept_records(before, after))
    acts, broken = _records(after, read)
    found += [Refusal("record-unreadable", path, T("ce registre ne se lit pas, ou a été retouché")) for path in broken]
    chained = {path: (act, registry.digest(data)) for path, (act, data) in acts.items()}
    first = [*(path.removeprefix(prefix) for path in kept), *sorted(set(acts) & set(before))]
    days = {path.removeprefix(prefix): day for path, day in (latest or {}).items()}
    found += [Refusal("chain", *fault) for fault in chain.faults(chained, first, days)]
    states: dict[str, State] = {}
    by_slug: dict[str, list[Act]] = {}
    for act, _ in (acts[path] for path in sorted(acts)):
        by_slug.setdefault(act.slug, []).append(act)
    for slug, own in by_slug.items():
        state = registry.state(own)
        if state is None:
            found.append(
                Refusal(
                    "record-sequence", f"{HOME}/{slug}", T("les registres de « {slug} » ne se suivent pas", slug=slug)
                )
            )
        else:
            states[slug] = state
            new = [act for act in own if registry.place(act) not in before]
            found += _folder(own, state, before, after, read, new, full)
    frozen = {slug: own for slug, own in by_slug.items() if slug in states}
    found += _claims(before, after, frozen, read, full=full)
    found = [refusal._replace(path=prefix + refusal.path) for refusal in found]
    found += _twins(proposed, states, prefix)
    found += _modules(proposed, states, prefix, modules)
    found += _effects(base, proposed, states, prefix, attributes)
    return found


def merged(since: Tree, ours: Tree, theirs: Tree) -> Tree:
    """Return what a merge would hold, name by name: where both sides changed, theirs, which is not believed."""
    found: dict[str, Named] = {}
    for path in dict.fromkeys((*ours, *theirs)):
        entry = ours.get(path) if theirs.get(path) == since.get(path) else theirs.get(path)
        if entry is not None:
            found[path] = entry
    return found


def _below(tree: Tree, prefix: str) -> Tree:
    if not prefix:
        return tree
    return {path.removeprefix(prefix): entry for path, entry in tree.items() if path.startswith(prefix)}


def _kept_records(base: Tree, proposed: Tree) -> Iterator[Refusal]:
    """The registry only grows: every file of it in the base is there, the same."""
    for path, entry in base.items():
        if path.startswith(f"{HOME}/") and entry.mode != _FOLDER:
            now = proposed.get(path)
            if now is None:
                yield Refusal("record-removed", path, T("ce registre a disparu"))
            elif (now.id, now.mode) != (entry.id, entry.mode):
                yield Refusal("record-changed", path, T("ce registre a changé"))


def _records(tree: Tree, read: Read) -> tuple[dict[str, tuple[Act, bytes]], list[str]]:
    """Return the records of a tree, and what is in the registry and is none."""
    records: dict[str, tuple[Act, bytes]] = {}
    broken: list[str] = []
    inside = {path: entry for path, entry in tree.items() if path.startswith(f"{HOME}/") and entry.mode != _FOLDER}
    if HOME in tree and tree[HOME].mode != _FOLDER:
        broken.append(HOME)
    blobs = read(entry.id for entry in inside.values() if entry.mode == _ORDINARY)
    sums: dict[str, bytes] = {}
    for path, entry in inside.items():
        if entry.mode == _ORDINARY and registry.is_record(path):
            try:
                records[path] = (registry.read(blobs[entry.id], path), blobs[entry.id])
            except BadRecord:
                broken.append(path)
        elif entry.mode == _ORDINARY and path.endswith(".sha256") and path.removesuffix(".sha256") + ".json" in inside:
            sums[path] = blobs[entry.id]
        else:
            broken.append(path)
    held: dict[str, list[Act]] = {}
    for _, (act, _data) in sorted(records.items()):
        own = held.setdefault(act.slug, [])
        own.append(act)
        state = registry.state(own)
        if state is not None and not isinstance(act, registry.Erratum):
            wanted = registry.sums(act, [state.files[name] for name in sorted(state.files)])
            if sums.get(registry.sums_place(act)) != wanted:
                broken.append(registry.sums_place(act))
    return records, broken


def _folder(
    acts: Sequence[Act], state: State, base: Tree, tree: Tree, read: Read, new: Sequence[Act], full: bool
) -> Iterator[Refusal]:
    """Compare a frozen folder with its record: one name when it is the same, each file when it is not."""
    slug = acts[0].slug
    folder = f"communities/{slug}"
    top = tree.get(folder)
    if top is None or top.mode != _FOLDER:
        yield Refusal("archive-changed", folder, T("le dossier archivé a disparu, ou n'est plus un dossier"))
        return
    same = top.id == (state.tree.sha1 if len(top.id) == 40 else state.tree.sha256)
    if same and not full and not new:
        return
    prefix = f"{folder}/"
    inside = _inside(tree, prefix)
    ordinary = {path: entry for path, entry in inside.items() if entry.mode == _ORDINARY}
    blobs = read(entry.id for entry in ordinary.values())
    told = False
    for path in sorted({*inside, *state.files}):
        kept, entry = state.files.get(path), inside.get(path)
        message: Text | None = None
        if kept is None:
            message = T("ce fichier s'est ajouté à une archive")
        elif entry is None:
            message = T("ce fichier manque à l'archive")
        elif entry.mode != _ORDINARY:
            message = T("ce fichier archivé est devenu un lien, un programme ou un sous-module")
        elif (len(blobs[entry.id]), registry.digest(blobs[entry.id])) != (kept.bytes, kept.sha256):
            message = T("ce fichier n'est plus celui qui a été archivé")
        if message is not None:
            told = True
            yield Refusal("archive-changed", prefix + path, message)
    if not same and not told:
        yield Refusal("archive-changed", folder, T("le dossier n'est plus celui que nomme le registre"))
    if new and not told:
        files = {path: blobs[entry.id] for path, entry in ordinary.items()}
        yield from _new(acts, new, state, files)
        if not isinstance(new[0], Frozen):
            yield from _redacted(acts, new, _inside(base, prefix), read, files)


def _inside(tree: Tree, prefix: str) -> Tree:
    """Return the files of a folder, by path from it."""
    return {
        path.removeprefix(prefix): entry
        for path, entry in tree.items()
        if path.startswith(prefix) and entry.mode != _FOLDER
    }


def _redacted(
    acts: Sequence[Act], new: Sequence[Act], base: Tree, read: Read, files: Mapping[str, bytes]
) -> Iterator[Refusal]:
    """Judge what new redactions make of the files that the base has: words may change, and no more."""
    slug, language = acts[0].slug, next(act.language for act in acts if isinstance(act, Frozen))
    changed = [
        change.path for act in new if isinstance(act, Redaction) for change in act.changes if change.path in files
    ]
    if not changed:
        return
    blobs = read(entry.id for entry in base.values())
    before = freezing.loaded(slug, {path: blobs[entry.id] for path, entry in base.items()})
    after = freezing.loaded(slug, files)
    if before is not None and after is not None:
        for path, message in redacting.refusals(before, after, dict.fromkeys(changed), language):
            yield Refusal("redaction-beyond-words", path, message)


def _new(acts: Sequence[Act], new: Sequence[Act], state: State, files: Mapping[str, bytes]) -> Iterator[Refusal]:
    """Judge records that the base does not have: they must say what cdp would have written about the same files.

    What an older record says of other pages is left alone: the way from Markdown to text may have changed since.
    """
    slug = acts[0].slug
    home = f"{HOME}/{slug}"
    community = freezing.loaded(slug, files)
    if community is None:
        yield Refusal("record-false", home, T("le dossier archivé n'est pas celui d'une communauté"))
        return
    freeze = next(act for act in acts if isinstance(act, Frozen))
    judged = {change.path for act in new if isinstance(act, Redaction) for change in act.changes}
    if freeze in new:
        judged |= set(files)
        yield from _against_charter(freeze, community, files)
    shown = visible.of_community(community, freeze.language, judged)
    if any(shown.get(path) != state.visible.get(path) for path in judged):
        yield Refusal("record-false", home, T("le registre ne dit pas le texte visible des pages"))
    for path, message in freezing.refusals(community, files):
        if path.removeprefix(f"communities/{slug}/") in judged:
            yield Refusal("record-false", path, message)


def _against_charter(freeze: Frozen, community: Community, files: Mapping[str, bytes]) -> Iterator[Refusal]:
    closing = community.charter.closing
    if closing is None or (closing.outcome, closing.reason or "") != (freeze.outcome, freeze.reason):
        yield Refusal(
            "record-false", f"{HOME}/{freeze.slug}", T("le registre ne dit pas l'issue et la raison de la charte")
        )
    for path, item in community.legacy.items():
        if item.choice == "remove" and path in files:
            yield Refusal(
                "record-false", f"{community.folder}/{path}", T("l'héritage retire ce fichier, et il est figé")
            )


def _claims(
    before: Tree, after: Tree, archives: Mapping[str, Sequence[Act]], read: Read, *, full: bool
) -> Iterator[Refusal]:
    """Find living pages that ask for the address of a frozen one: those that changed, or all when an archive is new.

    Those of an archive that the base has are left alone: they cannot change, and the site answers none of them.
    """
    old = {slug for slug, own in archives.items() if registry.place(own[0]) in before}
    every = full or before is after or len(old) < len(archives)
    pages = {
        path: entry.id
        for path, entry in after.items()
        if path.startswith("communities/") and path.endswith(".md") and entry.mode in _FILES
        and path.split("/")[1] not in old and (every or _id(before, path) != _id(after, path))
    }  # fmt: skip
    blobs = read(pages.values()) if archives else {}
    asking = {path: blobs[name] for path, name in pages.items() if name in blobs and addresses.may_claim(blobs[name])}
    for path, text, slug in addresses.claims(asking, archives):
        yield Refusal(
            "address",
            path,
            T("« {address} » est une adresse de l'archive « {slug} »", address=text, slug=slug),
            T("Retirez-la de « former_paths » : les pages d'une archive gardent leurs adresses pour toujours."),
        )


def _twins(tree: Tree, states: Mapping[str, State], prefix: str) -> Iterator[Refusal]:
    """Find names that some system, or the site, would take for a frozen one."""
    if not states:
        return
    homes = [f"{prefix}{home}/{slug}" for slug in states for home in ("communities", HOME)]
    taken: dict[str, str] = {}
    for home in homes:
        parts = home.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            taken[fold(name)] = name
    deepest = max(home.count("/") for home in homes)
    for path in tree:
        disguised = "\\" in path or "%" in path
        if path.count("/") > deepest and not disguised:
            continue
        # A page beside a frozen folder has its address; a page beside communities/ is none of the site's.
        beside = path.count("/") > prefix.count("/")
        twin = _beneath(path, taken) if disguised else taken.get(fold(path, pages=beside))
        if twin is not None and twin != path:
            yield Refusal("twin", path, T("ce nom et « {twin} » sont le même nom, ou la même adresse", twin=twin))
        elif _SHORT.match(path.rpartition("/")[2]) and _shortens(path, taken.values()):
            yield Refusal("twin", path, T("ce nom est l'abrégé que Windows donne à une archive ou à son dossier"))


def _beneath(path: str, taken: Mapping[str, str]) -> str | None:
    """Return the frozen folder, or one above it, in which a name with backslashes lands where they separate names."""
    words = fold(path).split("/")
    for depth in range(len(words), 0, -1):
        twin = taken.get("/".join(words[:depth]))
        if twin is not None:
            return None if path.startswith(f"{twin}/") else twin
    return None


def _shortens(path: str, names: Iterable[str]) -> bool:
    above, _, name = path.rpartition("/")
    letters = name.partition("~")[0].casefold()
    beside = (other.rpartition("/") for other in names)
    return any(home == above and re.sub(r"[. ]", "", other).casefold().startswith(letters) for home, _, other in beside)


_SHORT = re.compile(r"([^~.]{1,6})~\d+(?:\.[^.]{0,3})?$", re.IGNORECASE)
"""The short name that Windows makes of a long one (« 8.3 »): ``COMMUN~1``, ``ARCHIV~1``."""


def _modules(tree: Tree, states: Mapping[str, State], prefix: str, modules: Modules) -> Iterator[Refusal]:
    """Find submodules that would take the place of a frozen folder, or of one that holds it."""
    if not states:
        return
    for path in [path for path in tree if _is_ours(path, ".gitmodules")]:
        entry = tree[path]
        if path != ".gitmodules" or entry.mode != _ORDINARY:
            yield Refusal("modules", path, T("« .gitmodules » n'est pas un fichier ordinaire"))
            continue
        frozen = [fold(f"{prefix}{home}/{slug}") for slug in states for home in ("communities", HOME)]
        for value in modules(entry.id):
            taken = fold(posixpath.normpath("/" + value.replace("\\", "/").strip()).strip("/"))
            if not taken or any(
                taken == one or one.startswith(f"{taken}/") or taken.startswith(f"{one}/") for one in frozen
            ):
                yield Refusal("modules", path, T("un sous-module prendrait la place d'une archive"))


def _is_ours(path: str, name: str) -> bool:
    """Tell whether a path of the top is a file that Git would read under a name, on some system."""
    short = {".gitmodules": "gitmod~", ".gitattributes": "gitatt~"}[name]
    return "/" not in path and (folded(path) == name or path.casefold().startswith(short))


def _effects(
    base: Tree, proposed: Tree, states: Mapping[str, State], prefix: str, attributes: Attributes
) -> Iterator[Refusal]:
    """Find ``.gitattributes`` above the archives that change what is checked out of them."""
    if not states:
        return
    parts = f"{prefix}communities".split("/")
    folders = ["", *("/".join(parts[: n + 1]) + "/" for n in range(len(parts)))]
    for path in proposed:
        for folder in folders:
            own = path.removeprefix(folder)
            if path.startswith(folder) and _is_ours(own, ".gitattributes") and (
                own != ".gitattributes" or proposed[path].mode != _ORDINARY
            ):  # fmt: skip
                yield Refusal("attributes", path, T("« .gitattributes » n'est pas un fichier ordinaire"))
    names = [f"{folder}.gitattributes" for folder in folders]
    if all(_id(base, name) == _id(proposed, name) for name in names):
        return
    paths = [f"{prefix}communities/{slug}/{path}" for slug, state in states.items() for path in state.files]
    # « export-ignore » on a folder takes its files with it.
    held = {f"{prefix}{HOME}/{slug}/" for slug in states} | {path.rpartition("/")[0] + "/" for path in paths}
    above = {folder[: at + 1] for folder in held for at, sign in enumerate(folder) if sign == "/"}
    paths += sorted(above | {folder.rstrip("/") for folder in above})
    paths += [
        path for path, entry in proposed.items() if path.startswith(f"{prefix}{HOME}/") and entry.mode == _ORDINARY
    ]
    before, after = attributes("base", paths), attributes("proposed", paths)
    for path in paths:
        old, new = before.get(path, {}), after.get(path, {})
        for name in _CHANGING:
            value = new.get(name, "unspecified")
            if value != old.get(name, "unspecified") and (name, value) not in (("text", "unset"), ("merge", "unset")):
                yield Refusal(
                    "attributes", path, T("« .gitattributes » change l'effet de « {name} » sur une archive", name=name)
                )
                break


def _id(tree: Tree, path: str) -> str:
    return tree[path].mode + tree[path].id if path in tree else ""
