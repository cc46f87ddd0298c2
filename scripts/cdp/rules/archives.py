"""Family 7xx: archives stay as they were frozen."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.archive import chain
from cdp.diagnostics import Place
from cdp.model.registry import CONVERTED, UNCONVERTED, digest, place
from cdp.rules.registry import CLOCK, Finding, View, repository_rule
from cdp.text import T


@repository_rule("CDP701", "record-unreadable", reads=CLOCK)
def record_unreadable(view: View) -> Iterator[Finding]:
    """Un registre d'archive ne se lit pas, n'est pas celui que cdp a écrit, ou ne suit pas les autres.

    Pourquoi : le registre est la preuve que l'archive n'a pas bougé; une preuve retouchée ne prouve plus rien.

    Comment corriger : reprenez le fichier de l'historique; une correction permise passe par `cdp archive redact`.
    """
    for fault in view.repository.strays:
        if fault.kind == "record":
            yield Finding(fault.place, fault.message, fault.fix)
    digests = view.repository.registry
    acts = [act for freeze in view.repository.archives for act in freeze.acts]
    records = {place(act): (act, digests[place(act)]) for act in acts}
    kept = list(view.before.registry) if view.before is not None else []
    latest = dict.fromkeys(records, chain.last_day(view.as_of))
    for path, message, fix in chain.faults(records, kept, latest):
        yield Finding(Place(path), message, fix)


@repository_rule("CDP702", "archive-changed")
def archive_changed(view: View) -> Iterator[Finding]:
    """Un fichier d'une communauté archivée a changé, manque ou s'est ajouté.

    Pourquoi : archivé veut dire figé. Qui cite une page doit la retrouver telle qu'elle était.

    Comment corriger : reprenez le fichier de l'historique; pour un renseignement personnel, `cdp archive redact`;
    pour une précision, `cdp archive note`.
    """
    fix = T("Reprenez le fichier de l'historique; une correction permise passe par cdp archive redact.")
    absent = T(
        "Reprenez le fichier de l'historique; si ce clone ne sort que certains dossiers, tapez : git sparse-checkout disable"
    )
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
                yield Finding(place, T("ce fichier manque à l'archive"), absent)
            elif freeze.sum(path) != kept.sha256:
                if digest(_read(freeze.files[path]).replace(b"\r\n", b"\n")) == kept.sha256:
                    yield Finding(place, CONVERTED, UNCONVERTED)
                else:
                    yield Finding(place, T("ce fichier n'est plus celui qui a été archivé"), fix)


def _read(read: object) -> bytes:
    try:
        data: bytes = read()  # type: ignore[operator]  # gives the bytes of a file
    except OSError:
        return b""
    return data


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


@repository_rule("CDP704", "archive-name-taken", reads=("files", "history"))
def archive_name_taken(view: View) -> Iterator[Finding]:
    """Un nom, ou une ancienne adresse, se confond avec celui d'une archive pour certains systèmes ou pour le site.

    Pourquoi : sous Windows et macOS, « A » et « a » sont un seul dossier; sur le site, `a.md` et `a/index.md` ont une
    seule adresse, et une ancienne adresse mène à une autre page. L'un cacherait l'autre, et la page archivée ne serait
    plus celle qu'on lit.

    Comment corriger : renommez ce fichier ou ce dossier, ou retirez l'adresse de `former_paths`, puis validez dans Git.
    """
    for refusal in view.refused:
        if refusal.what in ("twin", "address"):
            fix = T("Renommez-le, puis validez-le dans Git; une archive garde son nom pour toujours.")
            yield Finding(Place(refusal.path), refusal.message, refusal.fix or fix)


@repository_rule("CDP705", "archive-transformed", reads=("files", "history"))
def archive_transformed(view: View) -> Iterator[Finding]:
    """Un réglage de Git (`.gitattributes`, `.gitmodules`) toucherait aux fichiers d'une archive.

    Pourquoi : un tel réglage change les octets qu'on reçoit, les retire d'une copie, ou met un autre dépôt à leur
    place, sans qu'aucun fichier de l'archive ait changé.

    Comment corriger : restreignez le réglage à d'autres dossiers, ou retirez-le, puis validez-le dans Git.
    """
    for refusal in view.refused:
        if refusal.what in ("attributes", "modules"):
            fix = T("Restreignez ce réglage à d'autres dossiers, ou retirez-le, puis validez-le dans Git.")
            yield Finding(Place(refusal.path), refusal.message, fix)


@repository_rule("CDP706", "archive-proposal-refused", reads=("files", "history"))
def archive_proposal_refused(view: View) -> Iterator[Finding]:
    """Ce qui est proposé changerait une archive ou son registre, une fois fusionné.

    Pourquoi : la branche visée a pu figer une communauté depuis que ce travail en est parti; un registre peut se lire et
    mentir, ou être venu puis reparti d'un commit à l'autre. `cdp archive verify` refuserait la fusion.

    Comment corriger : fusionnez la branche visée dans la vôtre, puis reprenez d'elle les fichiers nommés.
    """
    told = {
        finding.place.path
        for check in (record_unreadable, archive_changed, record_changed)
        for finding in (check(view) if view.refused else ())
    }
    for refusal in view.refused:
        if refusal.what not in ("twin", "address", "attributes", "modules") and refusal.path not in told:
            fix = refusal.fix or T("Fusionnez la branche visée dans la vôtre, puis reprenez d'elle ce fichier.")
            yield Finding(Place(refusal.path), refusal.message, fix)
