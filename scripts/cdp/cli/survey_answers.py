"""``cdp survey import``, ``close``, ``purge`` and ``invite``."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import click
import yaml

from cdp import answers_store
from cdp.cli.ground import Ground, apply_option, as_of_option, ground, root_option, say, settle, stop
from cdp.cli.survey import named
from cdp.cli.survey_forms import survey_wording
from cdp.frontmatter import Data, Edit
from cdp.model.community import Page
from cdp.model.pages import Survey
from cdp.personal import mask, scan
from cdp.plan import Plan, edited
from cdp.survey import aggregate, tables
from cdp.survey.importing import answers as imported
from cdp.survey.questions import SMALL, Form, FormError
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
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--survey", "name", required=True, metavar="SLUG/ID", help=say(T("Le sondage.")))
@click.option(
    "--mapping",
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
@click.argument("name", metavar="SLUG/ID")
@click.option("--invited", type=click.IntRange(min=0), help=say(T("Nombre de personnes invitées.")))
@root_option
@as_of_option
@apply_option
def close(name: str, invited: int | None, root: Path | None, as_of: date | None, carry_out: bool) -> None:
    """Count the answers to a survey that is over, and write what can be published."""
    here = ground(root, as_of)
    path, page, form = form_of(here, name)
    if here.today <= form.closes:
        stop(
            T("le sondage est ouvert jusqu'au {day} : rien n'est compté avant", day=form.closes),
            T("Deux rapports à une réponse près montreraient cette réponse. Revenez après cette date."),
            code=1,
        )
    if page.record.results:
        stop(
            T("les résultats de ce sondage sont déjà écrits"),
            T("Les compter de nouveau montrerait, par différence, ce qu'une personne a répondu."),
            code=1,
        )
    if not answers_store.path(here.root, form.name).is_file():
        stop(T("aucune réponse à ce sondage n'est sur cet ordinateur"), T("Importez-les : cdp survey import FICHIER --survey {name}", name=form.name), code=1)  # fmt: skip
    try:
        with answers_store.opened(here.root, form.name) as store:
            given = store.all()
            people = invited if invited is not None else page.record.invited or store.invited() or None
            kept = _comments(here, form, given, carry_out)
            plan = _plan(path, page, form, given, people, kept, here)
            if settle(here, plan, carry_out):
                store.end()
    except answers_store.Refused as error:
        stop(error.message, error.fix, code=1)


@click.command()
@click.argument("name", metavar="SLUG/ID")
@root_option
@apply_option
def purge(name: str, root: Path | None, carry_out: bool) -> None:
    """Destroy the raw answers to a survey."""
    here = ground(root)
    _, page, form = form_of(here, name)
    if not page.record.results:
        stop(T("les résultats de ce sondage ne sont pas encore écrits"), T("Fermez-le d'abord : cdp survey close {name}", name=form.name), code=1)  # fmt: skip
    if not carry_out:
        click.secho(
            say(T("Les réponses brutes seront détruites. Pour le faire, ajoutez --apply à la commande.")), bold=True
        )
    elif answers_store.purge(here.root, form.name):
        click.secho(say(T("Les réponses brutes sont détruites.")), fg="green")
    else:
        click.echo(say(T("Rien à changer.")))


@click.command()
@click.argument("name", metavar="SLUG/ID")
@click.argument("count", type=click.IntRange(1, 10_000))
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


def _plan(
    path: str,
    page: Page[Survey],
    form: Form,
    given: Sequence[Mapping[str, Sequence[str]]],
    people: int | None,
    kept: Sequence[tuple[str, str]],
    here: Ground,
) -> Plan:
    raw = (here.root / path).read_bytes()
    results: list[Data] = [dict(entry) for entry in aggregate.results(form, given)]
    edits = [Edit(("invited",), str(people))] if people is not None else []
    edits += [Edit(("answers",), str(len(given))), Edit(("results",), results)]
    if kept:
        edits.append(Edit(("comments",), [{"question": question, "text": text} for question, text in kept]))
    edits.append(Edit(("purge",), (here.today + timedelta(days=aggregate.PURGE_AFTER)).isoformat()))
    notes = []
    if len(given) < SMALL:
        notes.append(T("Moins de {n} réponses : aucun nombre par question n'est publié. Écrivez la synthèse en mots, avec les personnes.", n=SMALL))  # fmt: skip
    elif len(given) < aggregate.LEAST_COMMENTS:
        notes.append(T("Moins de {n} réponses : aucun commentaire n'est publié.", n=aggregate.LEAST_COMMENTS))
    return Plan({path: edited(raw, edits)}, {path: raw}, tuple(notes))


def _comments(
    here: Ground, form: Form, given: Sequence[Mapping[str, Sequence[str]]], carry_out: bool
) -> list[tuple[str, str]]:
    """Return the comments that a person chose to publish: one by one in a terminal, else from a draft in ``private/``."""
    found = aggregate.comments(form, given)
    if not found:
        return []
    secrets.SystemRandom().shuffle(found)
    draft = answers_store.path(here.root, form.name).with_suffix(".md")
    if not draft.is_file():
        lines = [say(T("Mettez un x entre les crochets des commentaires à publier; reformulez ce qui montre quelqu'un du doigt.")), ""]  # fmt: skip
        for question, text in found:
            sign = " (!)" if scan(text) else ""
            lines.append(f"- [ ] {question}{sign}: {' '.join(text.split())}")
        draft.touch(mode=0o600)
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        click.echo(say(N("{n} commentaire à relire dans {path}.", "{n} commentaires à relire dans {path}.", len(found), path=draft.relative_to(here.root).as_posix())))  # fmt: skip
        if carry_out:
            stop(T("les commentaires n'ont pas encore été relus : rien n'est écrit"), T("Cochez ceux à publier dans ce fichier, puis relancez la commande."), code=1)  # fmt: skip
    kept = []
    for number, line in enumerate(draft.read_text(encoding="utf-8").splitlines(), 1):
        if not line.lower().startswith("- [x] "):
            continue
        question, _, text = line[6:].partition(":")
        question, text = question.replace("(!)", "").strip(), text.strip()
        if form.question(question) is None or not text:
            stop(T("{path}, ligne {line} : « question: commentaire » est attendu", path=draft.name, line=number), T("Rétablissez le début de la ligne."), code=1)  # fmt: skip
        if scan(text):
            stop(
                T(
                    "{path}, ligne {line} : ce commentaire contient un renseignement personnel",
                    path=draft.name,
                    line=number,
                ),
                T("Retirez-le; par exemple : {text}", text=mask(text)),
                code=1,
            )
        kept.append((question, text))
    return kept
