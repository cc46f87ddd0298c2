"""``cdp archive``: freezing, and what keeps an archive as it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import click

from cdp import gitobjects
from cdp.cli.ground import Ground, apply_option, as_of_option, ground, root_option, say, settle, slug_of, stop
from cdp.gitobjects import GitError, Objects
from cdp.text import N, T, Text


class _Archive(click.Group):
    """``cdp archive SLUG`` freezes; the words below do the rest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            return "freeze", self.commands["freeze"], args
        return super().resolve_command(ctx, args)


@click.group(cls=_Archive, invoke_without_command=False)
def archive() -> None:
    """Freeze a community, and keep it so."""


def git_stop(error: GitError) -> None:
    """Say what Git cannot do, and how to mend it."""
    known: dict[str, tuple[Text, Text]] = {
        "absent": (T("Git n'est pas installé, ou n'est pas trouvé"), T("Installez Git, puis relancez la commande.")),
        "repository": (
            T("ce dossier n'est pas dans un dépôt Git"),
            T("Les archives se prouvent avec Git : créez le dépôt (git init), puis validez les fichiers (git commit)."),
        ),
        "shallow": (
            T("ce dépôt n'a qu'une partie de son historique"),
            T("Reprenez tout l'historique : git fetch --unshallow, ou fetch-depth: 0 dans l'intégration continue."),
        ),
        "unknown": (
            T("la version « {detail} » n'est pas connue de ce dépôt", detail=error.detail),
            T("Vérifiez son nom, ou reprenez-la : git fetch origin"),
        ),
        "ancestor": (
            T("la version vérifiée ne contient pas « {detail} » : ce n'est pas le résultat de la fusion", detail=error.detail),
            T("Fusionnez d'abord cette version dans la vôtre, puis vérifiez le résultat."),
        ),
        "locked": (
            T("Git est verrouillé par {detail}", detail=error.detail),
            T("Si aucune autre commande Git ne tourne, un arrêt brutal l'a laissé : effacez ce fichier, puis relancez."),
        ),
    }  # fmt: skip
    message, fix = known.get(
        error.why,
        (
            T("Git a refusé : {detail}", detail=error.detail),
            T("Réparez le dépôt (git fsck), puis relancez la commande."),
        ),
    )
    stop(message, fix)


@archive.command()
@root_option
@click.option("--base", default=None, metavar="REV", help=say(T("Version à laquelle comparer (la branche visée).")))
@click.option("--full", is_flag=True, help=say(T("Recalculer toutes les empreintes et relire tout l'historique.")))
def verify(root: Path | None, base: str | None, full: bool) -> None:
    """Tell whether every archive is as it was frozen: 0 when it is, 1 when something is refused."""
    here = ground(root)
    try:
        refused, count = examine(here.root, base, "HEAD", full=full)
    except GitError as error:
        git_stop(error)
        return
    for path, message in refused:
        click.echo(f"{_printable(path)}: {say(message)}")
    if refused:
        click.secho(
            say(
                N("{n} refus : rien de cela ne peut entrer.", "{n} refus : rien de cela ne peut entrer.", len(refused))
            ),
            fg="red",
        )
        click.echo(
            "  "
            + say(
                T("Reprenez ces fichiers de la version de base; une correction permise passe par cdp archive redact.")
            )
        )
        raise SystemExit(1)
    click.secho(say(N("{n} archive vérifiée : intacte.", "{n} archives vérifiées : intactes.", count)), fg="green")


def examine(root: Path, base: str | None, proposed: str, *, full: bool = False) -> tuple[list[tuple[str, Text]], int]:
    """Return what is refused between two revisions, and how many archives there are.

    Raises:
        GitError: Git cannot say; nothing is then known to be intact.
    """
    from cdp.archive import verify as verifying
    from cdp.model.registry import HOME, is_record

    git = Objects(root)
    after, before = git.commits(proposed, base or proposed)
    if not git.descends(after, before):
        raise GitError("ancestor", base or proposed)
    new = git.tree(after)
    old = new if before == after else git.tree(before)
    sides = {"base": before, "proposed": after}

    def attributes(side: Literal["base", "proposed"], paths: Any) -> dict[str, dict[str, str]]:
        return git.attributes(sides[side], paths)

    refused = [(path, message) for _, path, message in verifying.verify(old, new, git.read, attributes, full=full)]
    if full:
        _first, touched = git.added(after, HOME)
        refused += [
            (path, T("ce registre a changé après le jour où il a été ajouté"))
            for path in sorted(touched)
            if path.startswith(f"{HOME}/")
        ]
    return refused, sum(is_record(path) and path.endswith("-freeze.json") for path in new)


def _printable(path: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02x}" for c in path)


@archive.command("freeze", hidden=True)
@click.argument("slug", metavar="SLUG")
@root_option
@as_of_option
@apply_option
@click.option("--sign", is_flag=True, help=say(T("Ajouter une étiquette Git signée.")))
def freeze(slug: str, root: Path | None, as_of: date | None, carry_out: bool, sign: bool) -> None:
    """Freeze a community for good: apply its triage, write the record, make one commit."""
    from cdp.archive import freezing

    here = ground(root, as_of)
    repository = here.repository()
    community = repository.get(slug_of(slug))
    if community is None:
        stop(T("aucune communauté ne s'appelle « {slug} »", slug=slug), T("Tapez « cdp status » pour les voir."))
    if community.freeze is not None:
        stop(
            T("« {slug} » est déjà archivée", slug=community.slug),
            T("Une archive ne change plus : voyez cdp archive redact et cdp archive note."),
            code=1,
        )
    try:
        files = _committed(here.root, community.folder)
    except GitError as error:
        git_stop(error)
        return
    kept = freezing.triaged(files, community.charter.legacy)
    reasons = [*_unsettled(here, repository, community), *freezing.refusals(community, kept)]
    for path, message in reasons:
        click.echo(f"{_printable(path)}: {say(message)}", err=True)
    if reasons:
        stop(
            T("« {slug} » n'est pas prête à être archivée", slug=community.slug),
            T("Réglez chacun de ces points, validez-les dans Git, puis relancez la commande."),
            code=1,
        )
    plan = freezing.plan(community, repository, files, here.today, here.settings.language)
    if settle(here, plan, carry_out):
        tag = f"archive/{community.slug}" if sign else ""
        _commit(here.root, plan.paths, say(T("Archive {slug}", slug=community.slug)), tag)
        click.secho(say(T("« {title} » est archivée.", title=community.title)), fg="green")


def _unsettled(here: Ground, repository: Any, community: Any) -> list[tuple[str, Text]]:
    """Return what a closing still owes before its freeze."""
    from cdp.rules import run

    found: list[tuple[str, Text]] = []
    charter = community.charter
    index = f"{community.folder}/index.md"
    if community.stage(here.today) not in ("ended", "dropped"):
        found.append((index, T("cette communauté n'a pas encore pris fin")))
    closing = charter.closing
    if closing is None or closing.outcome is None or not closing.reason:
        found.append((index, T("la fermeture n'a pas d'issue ou de raison (« closing »)")))
    elif closing.outcome != "dropped":
        if community.closing_review is None:
            found.append((f"{community.folder}/review.md", T("le bilan n'est pas écrit")))
        if not closing.thanks:
            found.append((index, T("les remerciements manquent (« closing: thanks »)")))
        if closing.celebration is None or closing.celebration.date is None:
            found.append((index, T("la célébration n'a pas de date")))
        chosen = {item.path for item in charter.legacy}
        offered = [*(page.path for page in community.notes), *community.attachments]
        found += [
            (f"{community.folder}/{path}", T("l'héritage ne dit pas ce que devient ce fichier"))
            for path in offered
            if path not in chosen
        ]
    if not charter.license:
        found.append((index, T("la licence n'est pas dite")))
    if not charter.contact:
        found.append((index, T("le contact qui survivra au groupe n'est pas dit")))
    found += [
        (index, T("l'objectif « {id} » n'a pas de verdict", id=item.id))
        for item in charter.objectives
        if item.outcome == "open"
    ]
    found += [(d.place.path, d.message) for d in run(repository, here.today, only=[community.slug]) if _stops(d)]
    return found


def _stops(diagnostic: Any) -> bool:
    """Tell whether a finding of the check stops a freeze: errors, but that the archive itself is late."""
    return diagnostic.severity == "error" and diagnostic.rule not in ("CDP108",)


def _committed(root: Path, folder: str) -> dict[str, bytes]:
    """Return the files of a folder, once the disk, the index and the last commit are known to agree.

    Raises:
        GitError: as in ``gitobjects``.
    """
    git = Objects(root)
    (commit,) = git.commits("HEAD")
    tree = {
        path: entry
        for path, entry in git.tree(commit).items()
        if path.startswith(f"{folder}/") and entry.mode != "040000"
    }
    odd = [path for path, entry in tree.items() if entry.mode != "100644"]
    if odd:
        stop(
            T(
                "{path} est un lien, un programme ou un sous-module : il ne peut pas être archivé",
                path=_printable(odd[0]),
            ),
            T("Remplacez-le par un fichier ordinaire (chmod -x), puis validez-le dans Git."),
            code=1,
        )
    blobs = git.read(entry.id for entry in tree.values())
    effects = git.attributes(commit, list(tree))
    for path, given in effects.items():
        if {"filter", "working-tree-encoding", "ident"} & set(given):
            stop(
                T("« .gitattributes » transforme {path} : il ne peut pas être archivé", path=path),
                T("Retirez ce filtre pour ce dossier, puis validez le fichier dans Git."),
                code=1,
            )
    changed = git.run("status", "--porcelain", "-z", "--untracked-files=all", "--", folder).decode("utf-8", "replace")
    for path, entry in tree.items():
        place = root / path
        if not place.is_file() or place.read_bytes() != blobs[entry.id]:
            changed = changed or f"   {path}\0"
    if changed:
        stop(
            T("{path} n'est pas validé dans Git", path=changed.split("\0")[0][3:]),
            T("Validez tout le dossier (git add, git commit), puis relancez la commande."),
            code=1,
        )
    return {path.removeprefix(f"{folder}/"): blobs[entry.id] for path, entry in tree.items()}


def _commit(root: Path, paths: tuple[str, ...], message: str, tag: str = "") -> None:
    """Make one commit of what was written, or say why Git would not."""
    try:
        gitobjects.commit(root, paths, message, tag)
    except GitError as error:
        git_stop(error)


@archive.command()
@click.argument("slug", metavar="SLUG")
@click.argument("path", metavar="PATH")
@root_option
@as_of_option
@apply_option
@click.option("--reason", required=True, type=click.Choice(["personal_information", "rights", "court"]))
@click.option("--approved-by", multiple=True, metavar="NOM", help=say(T("Une personne qui approuve; il en faut deux.")))
@click.option(
    "--replace-with",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    metavar="FICHIER",
    help=say(T("Nouveau contenu; sans lui, le fichier est retiré.")),
)
def redact(
    slug: str, path: str, root: Path | None, as_of: date | None, carry_out: bool,
    reason: Literal["personal_information", "rights", "court"], approved_by: tuple[str, ...], replace_with: Path | None,
) -> None:  # fmt: skip
    """Change an archive by the one lawful door."""
    from cdp.archive import freezing

    here = ground(root, as_of)
    if len({name.strip().casefold() for name in approved_by} - {""}) < 2:
        stop(T("deux personnes doivent approuver"), T("Répétez l'option : --approved-by NOM --approved-by NOM"))
    repository, own = _archive_of(here, slug)
    path = path.removeprefix(f"communities/{own.slug}/")
    assert own.state is not None
    if path not in own.state.files:
        stop(
            T("« {path} » n'est pas dans cette archive", path=path),
            T("Donnez son chemin depuis le dossier de la communauté."),
        )
    if path == "index.md" and replace_with is None:
        stop(T("la charte d'une archive ne se retire pas"), T("Donnez une version caviardée : --replace-with FICHIER"))
    files = {name: read() for name, read in own.files.items()}
    data = replace_with.read_bytes() if replace_with is not None else None
    plan = freezing.redaction(
        own.acts, own.state, files, {path: data}, reason=reason, approved_by=approved_by, as_of=here.today,
        previous=repository.head, language=own.acts[0].language,
    )  # fmt: skip
    if settle(here, plan, carry_out):
        _commit(here.root, plan.paths, say(T("Caviarde {slug}", slug=own.slug)))
        click.echo(
            say(
                T(
                    "Les anciens octets restent dans l'historique de Git : les en retirer est une opération à part, à annoncer."
                )
            )
        )


@archive.command()
@click.argument("slug", metavar="SLUG")
@click.argument("text", metavar="TEXTE")
@root_option
@as_of_option
@apply_option
@click.option("--about", default=None, metavar="PATH", help=say(T("Page dont la note parle.")))
def note(slug: str, text: str, root: Path | None, as_of: date | None, carry_out: bool, about: str | None) -> None:
    """Add a note beside an archive."""
    from cdp.archive import freezing

    here = ground(root, as_of)
    repository, own = _archive_of(here, slug)
    if not 1 <= len(text.strip()) <= 2000:
        stop(T("la note est vide ou trop longue"), T("Écrivez de 1 à 2000 caractères."))
    plan = freezing.erratum(own.acts, text.strip(), about, here.today, repository.head)
    if settle(here, plan, carry_out):
        _commit(here.root, plan.paths, say(T("Note sur {slug}", slug=own.slug)))


def _archive_of(here: Ground, slug: str) -> tuple[Any, Any]:
    """Return the repository and a freeze that can be believed, or leave with a message."""
    from cdp.rules import RULES, run

    repository = here.repository()
    own = next((item for item in repository.archives if item.slug == slug_of(slug)), None)
    if own is None:
        stop(T("« {slug} » n'est pas archivée", slug=slug), T("Archivez-la d'abord : cdp archive {slug}", slug=slug))
    if own.state is None or run(repository, here.today, rules=[RULES["CDP701"], RULES["CDP702"]]):
        stop(
            T("les archives ne sont pas intactes"),
            T("Tapez « cdp check --select CDP7 » : il dit quoi reprendre."),
            code=1,
        )
    return repository, own
