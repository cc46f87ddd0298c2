"""The registry of archives as it was found; what it proves is checked by the rules of family 7xx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdp.diagnostics import Fault, Place
from cdp.load.files import File
from cdp.model import registry
from cdp.model.community import Freeze
from cdp.text import T, Text

_WHY = {
    "unreadable": T("ce registre ne se lit pas"),
    "format": T("ce registre est d'un format que cette version de cdp ne connaît pas"),
    "form": T("ce registre n'est pas écrit comme cdp l'écrit : il a été retouché"),
    "place": T("ce registre n'est pas à la place que disent son nom, son numéro et sa sorte"),
}


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registry holds: digest of each file, freezes by slug, what is wrong, SHA-256 of the chain's last record."""

    digests: dict[str, str]
    freezes: dict[str, Freeze]
    faults: list[Fault]
    head: str


def read_registry(files: list[File], folders: Mapping[str, list[File]]) -> Registered:
    """Return what the registry says; what it proves is checked by the rules of family 7xx."""
    digests: dict[str, str] = {}
    records: dict[str, tuple[registry.Act, str]] = {}
    sums: dict[str, bytes] = {}
    broken: dict[str, str] = {}
    faults: list[Fault] = []

    untouched = T("Reprenez ce fichier de l'historique, tel que cdp l'a écrit; on n'y touche jamais à la main.")

    def wrong(path: str, message: Text, fix: Text = untouched) -> None:
        faults.append(Fault("record", Place(path), message, fix))

    for file in files:
        try:
            data = file.read() if file.size <= registry.MAX_RECORD else b""
        except OSError:
            data = b""
        digests[file.path] = registry.digest(data)
        if registry.is_record(file.path):
            try:
                records[file.path] = (registry.read(data, file.path), digests[file.path])
            except registry.BadRecord as error:
                if error.why == "form" and b"\r\n" in data:
                    wrong(file.path, registry.CONVERTED, registry.UNCONVERTED)
                else:
                    wrong(file.path, _WHY[error.why])
                broken.setdefault(file.path.split("/")[2], file.path)
        elif file.path.endswith(".sha256"):
            sums[file.path] = data
        else:
            wrong(file.path, T("ce fichier n'a pas sa place dans le registre"))
    # What is out of the chain is told by CDP701, which knows what was there first.
    order, _ = registry.chained(records)
    freezes: dict[str, Freeze] = {}
    by_slug: dict[str, list[registry.Act]] = {}
    for _, (act, _data) in sorted(records.items()):
        by_slug.setdefault(act.slug, []).append(act)
    for slug in sorted({*by_slug, *broken}):
        acts = tuple(by_slug.get(slug, ()))
        believed = registry.state(acts) if slug not in broken else None
        if believed is None and slug not in broken:
            wrong(registry.place(acts[0]), T("les registres de « {slug} » ne se suivent pas", slug=slug))
        if believed is not None:
            for path, expected in _sums(acts).items():
                if sums.pop(path, None) != expected:
                    wrong(path, T("les sommes de contrôle manquent, ou ne sont pas celles du registre"))
        first = registry.place(acts[0]) if acts else broken[slug]
        frozen = [act for act in acts if isinstance(act, registry.Frozen)]
        own = {file.path.removeprefix(f"communities/{slug}/"): file for file in folders.get(slug, ())}
        freezes[slug] = Freeze(
            first,
            registry.day_of(frozen[0]) if frozen else None,
            slug,
            acts,
            believed,
            digests[registry.place(acts[-1])] if acts else "",
            {path: file.read for path, file in own.items()},
            {path: file.sum for path, file in own.items() if file.sum},
        )
    for path in sums:
        if path.split("/")[2] not in broken:
            wrong(path, T("ces sommes de contrôle ne vont avec aucun registre"))
    return Registered(digests, freezes, faults, records[order[-1]][1] if order else "")


def _sums(acts: tuple[registry.Act, ...]) -> dict[str, bytes]:
    """Return the checksums that go with the acts of an archive, by path."""
    found = {}
    for number, act in enumerate(acts, 1):
        held = registry.state(acts[:number])
        if held is not None and not isinstance(act, registry.Erratum):
            found[registry.sums_place(act)] = registry.sums(act, [held.files[path] for path in sorted(held.files)])
    return found
