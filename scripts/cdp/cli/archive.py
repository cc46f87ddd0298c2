"""``cdp archive``: freezing, and what keeps an archive as it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import click

from cdp.cli import Commands, proof
from cdp.cli.export import export
from cdp.cli.ground import Ground, absent, apply_option, as_of_option, ground, root_option, say, settle, slug_of, stop
from cdp.cli.proof import examine, git_stop, printable
from cdp.git import Base, GitError, Objects
from cdp.load import debris
from cdp.text import T, Text


class _Archive(Commands):
    """``cdp archive NOM`` freezes; the words below do the rest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            return "freeze", self.commands["freeze"], args
        return super().resolve_command(ctx, args)


@click.group(cls=_Archive, invoke_without_command=False)
def archive() -> None:
    """Freeze a community, and keep it so."""


for _command in (proof.verify, proof.hook, proof.receive, export):
    archive.add_command(_command)


@archive.command("freeze", help=say(T("Fige une communauté; « cdp archive NOM » suffit.")))
@click.argument("slug", metavar="NOM")
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
        absent(here, slug_of(slug))
    if community.freeze is not None:
        stop(
            T("« {slug} » est déjà archivée", slug=community.slug),
            T("Une archive ne change plus : voyez cdp archive redact et cdp archive note."),
            code=1,
        )
    _in_time(here, repository)
    try:
        files = _committed(here.root, community.folder)
    except GitError as error:
        git_stop(error)
    kept = freezing.settled(community, files)
    unsettled = _unsettled(here, repository, community)
    for place, message, fix in unsettled:
        click.echo(f"{printable(place)}: {say(message)}", err=True)
        click.echo(f"    {say(fix)}", err=True)
    wrong = freezing.refusals(community, kept)
    for path, message in wrong:
        click.echo(f"{printable(path)}: {say(message)}", err=True)
    if unsettled or wrong:
        stop(
            T("« {slug} » n'est pas prête à être archivée", slug=community.slug),
            T("Réglez chacun de ces points, validez-les dans Git, puis relancez la commande."),
            code=1,
        )
    plan = freezing.plan(community, repository, files, here.today, here.settings.language)
    tag = f"archive/{community.slug}" if sign else ""
    if settle(here, plan, carry_out, commit=T("Archive {slug}", slug=community.slug), tag=tag):
        click.secho(say(T("« {title} » est archivée.", title=community.title)), fg="green")


def _in_time(here: Ground, repository: Any) -> None:
    """Leave with a message when a record of today would come before the last one, or after the commit that adds it."""
    from cdp.archive import chain
    from cdp.git import committing
    from cdp.model import registry

    try:
        committed = committing.day(here.root)
    except GitError as error:
        git_stop(error)
    if here.today > chain.last_day(committed):
        stop(
            T("ce registre serait daté de l'avenir : {day}", day=here.today.isoformat()),
            T("Retirez --as-of, ou as_of de mkdocs.yml : un registre est daté du jour de son commit."),
        )
    last = max((registry.day_of(act) for freeze in repository.archives for act in freeze.acts), default=here.today)
    if here.today < last:
        stop(
            T("ce registre serait daté d'avant le dernier ({day})", day=last.isoformat()),
            T("Donnez une date qui le suit : --as-of {day}", day=last.isoformat()),
        )


def _unsettled(here: Ground, repository: Any, community: Any) -> list[tuple[str, Text, Text]]:
    """Return what a closing still owes before its freeze: where, what, and how to settle it."""
    from cdp.closing.checklist import checklist, unsettled

    if community.charter.closing is None:
        fix = T("Ouvrez-la : cdp close {slug}", slug=community.slug)
        return [(f"{community.folder}/index.md", T("la fermeture n'est pas ouverte (cdp close)"), fix)]
    missing = unsettled(checklist(repository, community, here.today))
    return [(f"{each.place.path}:{each.place.line or 1}", each.message, each.fix) for each in missing]


def _committed(root: Path, folder: str) -> dict[str, bytes]:
    """Return the files of a folder as the last commit has them, once the disk and the index are known to agree.

    Raises:
        GitError: Git cannot say.
    """
    from cdp import git as history
    from cdp.cli.entering import transforming

    git = Objects(root)
    (commit,) = git.commits("HEAD")
    home = f"{git.prefix}{folder}/"
    tree = {path: entry for path, entry in git.tree(commit).items() if path.startswith(home) and entry.mode != "040000"}
    odd = [path for path, entry in tree.items() if entry.mode != "100644"]
    if odd:
        stop(
            T(
                "{path} est un lien, un programme ou un sous-module : il ne peut pas être archivé",
                path=printable(odd[0]),
            ),
            T("Remplacez-le par un fichier ordinaire (chmod -x), puis validez-le dans Git."),
            code=1,
        )
    for path in transforming(git, commit, tree):
        stop(
            T("« .gitattributes » transforme {path} : il ne peut pas être archivé", path=printable(path)),
            T("Retirez ce filtre pour ce dossier, puis validez le fichier dans Git."),
            code=1,
        )
    _all_committed(root, history.Base(commit, "HEAD"), f"{folder}/")
    blobs = git.read(entry.id for entry in tree.values())
    return {path.removeprefix(home): blobs[entry.id] for path, entry in tree.items()}


def _all_committed(root: Path, since: Base, *homes: str, frozen: bool = False) -> None:
    """Leave with a message when a file of these folders is not as the last commit has it.

    Args:
        root: the knowledge base.
        since: the last commit.
        homes: folders from the root.
        frozen: whether they are those of an archive, in which nothing is to be committed.
    """
    from cdp import git as history

    changed = [path for path in history.changed(root, since) if path.startswith(homes) and not debris(path)]
    if changed and frozen:
        stop(
            T("{path} n'est plus tel que l'archive le tient", path=printable(min(changed))),
            T(
                "Reprenez-le du dernier commit (git restore), ou retirez-le s'il s'est ajouté, puis relancez la commande."
            ),
            code=1,
        )
    if changed:
        stop(
            T("{path} n'est pas validé dans Git", path=printable(min(changed))),
            T("Validez tout le dossier (git add, git commit), puis relancez la commande."),
            code=1,
        )


@archive.command(help=say(T("Caviarde une archive, à deux, quand la loi le demande.")))
@click.argument("slug", metavar="NOM")
@click.argument("path", metavar="CHEMIN")
@root_option
@as_of_option
@apply_option
@click.option(
    "--reason",
    required=True,
    type=click.Choice(["personal_information", "rights", "court"]),
    help=say(T("Pourquoi : renseignement personnel, droits d'autrui, ordre d'un tribunal.")),
)
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
    from cdp.model import registry

    here = ground(root, as_of)
    if len({registry.person(name) for name in approved_by} - {""}) < 2:
        stop(T("deux personnes doivent approuver"), T("Répétez l'option : --approved-by NOM --approved-by NOM"))
    if not all(name.isprintable() and len(name) <= 200 for name in approved_by):
        stop(T("un nom contient un signe qui ne se voit pas, ou est trop long"), T("Retapez-le : --approved-by NOM"))
    repository, own = _archive_of(here, slug)
    _in_time(here, repository)
    path = _in_archive(own, path)
    if path == "index.md" and replace_with is None:
        stop(T("la charte d'une archive ne se retire pas"), T("Donnez une version caviardée : --replace-with FICHIER"))
    try:
        files = _committed(here.root, f"communities/{own.slug}")
    except GitError as error:
        git_stop(error)
    data = replace_with.read_bytes() if replace_with is not None else None
    if data == files[path]:
        stop(T("le nouveau contenu est le même"), T("Donnez une version caviardée : --replace-with FICHIER"))
    plan = freezing.redaction(
        own.acts, own.state, files, {path: data}, reason=reason, approved_by=approved_by, as_of=here.today,
        previous=repository.head, language=own.acts[0].language,
    )  # fmt: skip
    after = {name: bytes_ for name, bytes_ in {**files, path: data}.items() if bytes_ is not None}
    _replaceable(here, own, files, after, path)
    if settle(here, plan, carry_out, commit=T("Caviarde {slug}", slug=own.slug)):
        click.echo(
            say(
                T(
                    "Les anciens octets restent dans l'historique de Git : les en retirer est une opération à part, à annoncer."
                )
            )
        )


def _replaceable(here: Ground, own: Any, files: dict[str, bytes], after: dict[str, bytes], path: str) -> None:
    """Leave with a message when an archive cannot hold what a redaction makes of a file."""
    from cdp.archive import freezing, redacting
    from cdp.closing.checklist import unsafe

    before, community = freezing.loaded(own.slug, files), freezing.loaded(own.slug, after)
    if before is None or community is None:
        return
    wrong = [
        *freezing.refusals(community, after),
        *redacting.refusals(before, community, [path], own.acts[0].language),
        *(
            (f"{each.place.path}:{each.place.line or 1}", each.message)
            for each in unsafe(community, [path], here.today)
        ),
    ]
    for place, message in wrong:
        click.echo(f"{printable(place)}: {say(message)}", err=True)
    if wrong:
        stop(
            T("ce contenu ne peut pas être archivé"), T("Corrigez le fichier donné, puis relancez la commande."), code=1
        )


@archive.command(help=say(T("Ajoute une note à côté d'une archive.")))
@click.argument("slug", metavar="NOM")
@click.argument("text", metavar="TEXTE")
@root_option
@as_of_option
@apply_option
@click.option("--about", default=None, metavar="CHEMIN", help=say(T("Page dont la note parle.")))
def note(slug: str, text: str, root: Path | None, as_of: date | None, carry_out: bool, about: str | None) -> None:
    """Add a note beside an archive."""
    from cdp.archive import freezing

    here = ground(root, as_of)
    repository, own = _archive_of(here, slug)
    _in_time(here, repository)
    if not 1 <= len(text.strip()) <= 2000:
        stop(T("la note est vide ou trop longue"), T("Écrivez de 1 à 2000 caractères."))
    if not all(character.isprintable() or character == "\n" for character in text):
        stop(T("la note contient un signe que rien n'affiche"), T("Tapez-la de nouveau, en texte simple."))
    if about is not None:
        about = _in_archive(own, about)
    plan = freezing.erratum(own.acts, text.strip(), about, here.today, repository.head)
    settle(here, plan, carry_out, commit=T("Note sur {slug}", slug=own.slug))


def _in_archive(own: Any, word: str) -> str:
    """Return the path of a file of an archive, however a shell or a person writes it, or leave with a message."""
    import posixpath
    from difflib import get_close_matches

    # No frozen name has a backslash: it is what Windows puts between names.
    path = posixpath.normpath(word.replace("\\", "/")).removeprefix(f"communities/{own.slug}/")
    if path not in own.state.files:
        near = get_close_matches(path, own.state.files, n=1)
        stop(
            T("« {path} » n'est pas dans cette archive", path=printable(word)),
            T("Vouliez-vous dire {near}? Donnez son chemin depuis le dossier de la communauté.", near=near[0])
            if near
            else T("Donnez son chemin depuis le dossier de la communauté, par exemple notes/grille.md"),
        )
    return path


def _archive_of(here: Ground, slug: str) -> tuple[Any, Any]:
    """Return the repository and a freeze that can be believed, or leave with a message."""
    from cdp import git as history
    from cdp.model.registry import HOME

    repository = here.repository()
    own = next((item for item in repository.archives if item.slug == slug_of(slug)), None)
    if own is None and repository.get(slug_of(slug)) is None:
        absent(here, slug_of(slug))
    if own is None:
        stop(T("« {slug} » n'est pas archivée", slug=slug), T("Archivez-la d'abord : cdp archive {slug}", slug=slug))
    try:
        refused, _ = examine(here.root, None, "HEAD")
        (commit,) = Objects(here.root).commits("HEAD")
        _all_committed(here.root, history.Base(commit, "HEAD"), f"communities/{own.slug}/", f"{HOME}/", frozen=True)
    except GitError as error:
        git_stop(error)
    if own.state is None or refused:
        for each in refused:
            click.echo(f"{printable(each.path)}: {say(each.message)}", err=True)
        stop(
            T("les archives ne sont pas intactes"),
            T("Tapez « cdp check --select CDP7 » : il dit quoi reprendre."),
            code=1,
        )
    return repository, own
