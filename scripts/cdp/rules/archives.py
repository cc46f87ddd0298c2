"""Family 7xx: archives stay as they were frozen."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.diagnostics import Place
from cdp.model.registry import digest
from cdp.rules.registry import Finding, View, repository_rule
from cdp.text import T


@repository_rule("CDP701", "record-unreadable")
def record_unreadable(view: View) -> Iterator[Finding]:
    """Un registre d'archive ne se lit pas, ou n'est pas celui que cdp a écrit.

    Pourquoi : le registre est la preuve que l'archive n'a pas bougé; une preuve retouchée ne prouve plus rien.

    Comment corriger : reprenez le fichier de l'historique; une correction permise passe par `cdp archive redact`.
    """
    for fault in view.repository.strays:
        if fault.kind == "record":
            yield Finding(fault.place, fault.message, fault.fix)


@repository_rule("CDP702", "archive-changed")
def archive_changed(view: View) -> Iterator[Finding]:
    """Un fichier d'une communauté archivée a changé, manque ou s'est ajouté.

    Pourquoi : archivé veut dire figé. Qui cite une page doit la retrouver telle qu'elle était.

    Comment corriger : reprenez le fichier de l'historique; pour un renseignement personnel, `cdp archive redact`;
    pour une précision, `cdp archive note`.
    """
    fix = T("Reprenez le fichier de l'historique; une correction permise passe par cdp archive redact.")
    for freeze in view.repository.archives:
        if freeze.state is None:
            continue
        folder = f"communities/{freeze.slug}"
        for path in sorted({*freeze.state.files, *freeze.files}):
            place = Place(f"{folder}/{path}")
            kept = freeze.state.files.get(path)
            if kept is None:
                yield Finding(place, T("ce fichier s'est ajouté à une archive"), T("Retirez-le de ce dossier."))
            elif path not in freeze.files:
                yield Finding(place, T("ce fichier manque à l'archive"), fix)
            elif _read(freeze.files[path]) != kept.sha256:
                yield Finding(place, T("ce fichier n'est plus celui qui a été archivé"), fix)


def _read(read: object) -> str:
    try:
        data: bytes = read()  # type: ignore[operator]  # gives the bytes of a file
    except OSError:
        return ""
    return digest(data)


@repository_rule("CDP703", "record-changed", reads=("files", "history"))
def record_changed(view: View) -> Iterator[Finding]:
    """Un registre d'archive a changé ou disparu depuis la version de base.

    Pourquoi : on ne fait qu'ajouter au registre; sinon, modifier une archive et sa preuve ensemble passerait inaperçu.

    Comment corriger : reprenez le registre de la version de base, tel quel.
    """
    assert view.before is not None
    for path, kept in view.before.registry.items():
        now = view.repository.registry.get(path)
        if now != kept:
            yield Finding(
                Place(path),
                T("ce registre a disparu") if now is None else T("ce registre a changé"),
                T("Reprenez-le de la version de base, tel quel."),
            )
