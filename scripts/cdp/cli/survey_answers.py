"""``cdp survey import`` and ``invite``."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from cdp import answers_store
from cdp.cli.ground import Ground, apply_option, ground, root_option, say, stop
from cdp.cli.survey import named
from cdp.cli.survey_forms import survey_wording
from cdp.model.community import Page
from cdp.model.pages import Survey
from cdp.survey import tables
from cdp.survey.importing import answers as imported
from cdp.survey.questions import Form, FormError
from cdp.survey.questions import form as make
from cdp.text import N, T


def form_of(here: Ground, name: str) -> tuple[str, Page[Survey], Form]:
    """Return the path from the root, the page and the form of a survey, or leave with a message."""
    _, community, page = named(here, name)
    try:
        return f"{community.folder}/{page.path}", page, make(community, page, survey_wording(here))
    except FormError as error:
        stop(error.message, error.fix, code=1)


@click.command("import")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--survey", "name", required=True, metavar="NOM/SONDAGE", help=say(T("Le sondage.")))
@click.option(
    "--mapping",
    metavar="FICHIER",
    type=click.Path(path_type=Path),
    help=say(T("Fichier YAML : titre de colonne, puis question ou « - ».")),
)
@root_option
@apply_option
def import_(file: Path, name: str, mapping: Path | None, root: Path | None, carry_out: bool) -> None:
    """Take the answers that a survey tool exported; what identifies people is left out."""
    here = ground(root)
    _, _, form = form_of(here, name)
    try:
        found = imported(form, tables.read(file.name, file.read_bytes()), _mapping(mapping))
    except FormError as error:
        stop(error.message, error.fix, code=1)
    if found.dropped:
        click.echo(
            say(T("Colonnes écartées, parce qu'elles identifient ou datent : {names}.", names=", ".join(found.dropped)))
        )
    for note in found.notes:
        click.echo(say(note))
    try:
        with answers_store.opened(here.root, form.name) as answers:
            fresh = answers.add(found.answers) if carry_out else len(found.answers) - answers.known(list(found.answers))
    except answers_store.Refused as error:
        stop(error.message, error.fix, code=1)
    known = len(found.answers) - fresh
    click.echo(say(N("{n} nouvelle réponse.", "{n} nouvelles réponses.", fresh)))
    if known:
        click.echo(say(N("{n} réponse était déjà là.", "{n} réponses étaient déjà là.", known)))
    if fresh and not carry_out:
        click.secho(say(T("Rien n'est encore écrit. Pour le faire, ajoutez --apply à la commande.")), bold=True)


@click.command()
@click.argument("name", metavar="NOM/SONDAGE")
@click.argument("count", metavar="NOMBRE", type=click.IntRange(1, 10_000))
@root_option
def invite(name: str, count: int, root: Path | None) -> None:
    """Make one-time invitations, shown once and kept nowhere."""
    here = ground(root)
    _, _, form = form_of(here, name)
    base = here.settings.survey_receiver.rstrip("/")
    try:
        with answers_store.opened(here.root, form.name) as store:
            for token in store.invite(count):
                click.echo(f"{base}/{form.name}?token={token}" if base else token)
    except answers_store.Refused as error:
        stop(error.message, error.fix, code=1)


def _mapping(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        data = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=yaml.CBaseLoader)  # noqa: S506 - texts only
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        data = None
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        stop(
            T("{file} n'est pas une correspondance", file=file.name),
            T("Écrivez une ligne par colonne : « Titre de la colonne: identifiant de la question »."),
        )
    return {str(key): value for key, value in data.items()}
