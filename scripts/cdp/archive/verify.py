"""Whether a proposed tree leaves every archive as it is: two trees compared, names and bytes only, failing closed.

The base is the tip of the branch that a proposal goes to; the proposed tree is what the branch would hold after. The
rules are this code's and the base's, never the proposal's. Source: ``research/reliability.md``, "Freeze design".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from cdp.archive import freezing
from cdp.model import registry
from cdp.model.registry import HOME, Act, BadRecord, Frozen, State
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
"""Files and folders by path from the root."""
Read = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Returns the bytes of blobs by Git's name, for many at once."""
Attributes = Callable[[Literal["base", "proposed"], Sequence[str]], Mapping[str, Mapping[str, str]]]
"""Returns what ``.gitattributes`` of one side do to paths."""


class Refusal(NamedTuple):
    """Why a proposal is refused: a word for programs, where, and a sentence."""

    what: str
    path: str
    message: Text


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


def verify(base: Tree, proposed: Tree, read: Read, attributes: Attributes, *, full: bool = False) -> list[Refusal]:
    """Return why a proposal cannot be accepted; nothing when every archive stays as it is.

    Args:
        base: tip of the branch that the proposal goes to.
        proposed: what the branch would hold.
        read: gives bytes.
        attributes: gives the effects of ``.gitattributes``.
        full: hash the bytes of every frozen file again, and not only Git's names.
    """
    found = list(_kept_records(base, proposed))
    known, broken = _records(base, read)
    found += [
        Refusal("record-unreadable", path, T("un registre de la version de base ne se lit pas")) for path in broken
    ]
    acts, broken = _records(proposed, read)
    found += [Refusal("record-unreadable", path, T("ce registre ne se lit pas, ou a été retouché")) for path in broken]
    _, outside = registry.chained(acts)
    found += [
        Refusal(
            "chain", path, T("ce registre ne suit pas le dernier : deux gels se sont croisés, ou la chaîne est rompue")
        )
        for path in outside
    ]
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
            new = any(registry.place(act) not in known for act in own)
            found += _folder(slug, own, state, proposed, read, full=full or new, shown=new)
    found += _twins(proposed, states)
    found += _modules(proposed, states, read)
    found += _effects(base, proposed, states, attributes)
    return found


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
    slug: str, acts: Sequence[Act], state: State, tree: Tree, read: Read, *, full: bool, shown: bool
) -> Iterator[Refusal]:
    """Compare a frozen folder with its record: one name when it is the same, each file when it is not."""
    folder = f"communities/{slug}"
    top = tree.get(folder)
    if top is None or top.mode != _FOLDER:
        yield Refusal("archive-changed", folder, T("le dossier archivé a disparu, ou n'est plus un dossier"))
        return
    same = top.id == (state.tree.sha1 if len(top.id) == 40 else state.tree.sha256)
    if same and not full:
        return
    prefix = f"{folder}/"
    inside = {
        path.removeprefix(prefix): entry
        for path, entry in tree.items()
        if path.startswith(prefix) and entry.mode != _FOLDER
    }
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
    if shown and not told:
        language = next(act.language for act in acts if isinstance(act, Frozen))
        if freezing.shown(slug, {path: blobs[entry.id] for path, entry in ordinary.items()}, language) != state.visible:
            yield Refusal("record-false", f"{HOME}/{slug}", T("le registre ne dit pas le texte visible des pages"))


def _twins(tree: Tree, states: Mapping[str, State]) -> Iterator[Refusal]:
    """Find names that some system, or the site, would take for a frozen one."""
    taken = {fold(f"communities/{slug}"): f"communities/{slug}" for slug in states}
    taken |= {fold(f"{HOME}/{slug}"): f"{HOME}/{slug}" for slug in states}
    if not taken:
        return
    taken |= {fold("communities"): "communities", fold(HOME): HOME}
    told: set[str] = set()
    for path in tree:
        parts = path.split("/", 3)[:3]
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            twin = taken.get(fold(name))
            if twin is not None and twin != name and name not in told:
                told.add(name)
                yield Refusal("twin", name, T("ce nom et « {twin} » sont le même nom, ou la même adresse", twin=twin))


def fold(path: str) -> str:
    """Return a path as the least careful system reads it: case, forms of accents, last dots, invisible signs, endings of pages."""
    parts = []
    for part in path.split("/"):
        plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", part).casefold())
        plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn") or ord(c) < 128)
        for ending in (".md", ".html", ".markdown"):
            plain = plain.rstrip(". ").removesuffix(ending)
        parts.append(plain.rstrip(". "))
    return "/".join(parts)


def _modules(tree: Tree, states: Mapping[str, State], read: Read) -> Iterator[Refusal]:
    """Find submodules that would take the place of a frozen folder, or of one that holds it."""
    entry = tree.get(".gitmodules")
    if entry is None or not states:
        return
    if entry.mode != _ORDINARY:
        yield Refusal("modules", ".gitmodules", T("« .gitmodules » n'est pas un fichier ordinaire"))
        return
    for line in read([entry.id])[entry.id].decode("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        path = fold(value.strip().strip('"').strip("/"))
        if key.strip().casefold() == "path" and (
            path in ("", ".") or (path.split("/")[0] == "communities" and path.split("/")[1:2] in ([], [".archives"]))
            or any(path == fold(f"communities/{s}") or path.startswith(fold(f"communities/{s}") + "/") for s in states)
        ):  # fmt: skip
            yield Refusal("modules", ".gitmodules", T("un sous-module prendrait la place d'une archive"))


def _effects(base: Tree, proposed: Tree, states: Mapping[str, State], attributes: Attributes) -> Iterator[Refusal]:
    """Find ``.gitattributes`` above the archives that change what is checked out of them."""
    names = (".gitattributes", "communities/.gitattributes")
    if not states or all(_id(base, name) == _id(proposed, name) for name in names):
        return
    paths = [f"communities/{slug}/{path}" for slug, state in states.items() for path in state.files]
    paths += [path for path, entry in proposed.items() if path.startswith(f"{HOME}/") and entry.mode == _ORDINARY]
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
