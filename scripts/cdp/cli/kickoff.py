"""``cdp kit`` and ``cdp kickoff record``."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import click

from cdp.cli.ground import Day, Ground, apply_option, as_of_option, ground, resource, root_option, say, settle, stop
from cdp.cli.meeting import template
from cdp.cli.season import chosen, planned
from cdp.facilitation import kickoff as kickoffs
from cdp.facilitation.filling import UnknownField
from cdp.frontmatter import Unreadable
from cdp.text import T


def theme_text(here: Ground, folder: str, name: str) -> str:
    """Return a text of the theme: the knowledge base's own, else cdp's."""
    own = here.theme / folder / name
    path = own if own.is_file() else resource("theme") / folder / name
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        stop(T("{path} n'est pas en UTF-8", path=path), T("Enregistrez-le en UTF-8, puis relancez la commande."))


def unknown_field(name: str, error: UnknownField) -> None:
    """Leave, saying which text of the theme names a field that does not exist."""
    stop(
        T("{path} : le champ « {name} » n'existe pas", path=name, name=error.name),
        T("Champs connus : {known}.", known=", ".join(error.known)),
    )


@click.command()
@click.argument("slug", metavar="SLUG")
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), required=True, help=say(T("Dossier à créer.")))
@click.option("--date", "day", type=Day(), default=None, help=say(T("Date de la rencontre, AAAA-MM-JJ.")))
@click.option("--start", default="13:00", metavar="HH:MM", help=say(T("Heure de début, par exemple 13:30.")))
@root_option
@as_of_option
def kit(slug: str, out: Path, day: date | None, start: str, root: Path | None, as_of: date | None) -> None:
    """Make the kickoff kit."""
    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", start):
        stop(T("« {start} » n'est pas une heure", start=start), T("Écrivez l'heure ainsi : 13:30."))
    planned_ = community.charter.kickoff.date if community.charter.kickoff is not None else None
    lang = community.charter.language
    texts = {name: theme_text(here, "kit", f"{name}.{lang}.md") for name in kickoffs.PAGES}
    texts[kickoffs.SHEET] = theme_text(here, "kit", f"answers.{lang}.yml")
    try:
        files = kickoffs.kit(community, texts, theme_text(here, "kit", "kit.css"), day or planned_ or here.today, start)
    except UnknownField as error:
        unknown_field("theme/kit/", error)
        return
    if out.exists() and (not out.is_dir() or any((out / name).exists() for name in files)):
        stop(T("« {out} » contient déjà un kit", out=out), T("Donnez le nom d'un autre dossier : -o DOSSIER"))
    out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (out / name).write_bytes(data)
    click.secho(say(T("Kit de démarrage dans {out} :", out=out)), fg="green")
    for name, what in (
        ("agenda.html", T("l'ordre du jour, avec les heures, à imprimer")),
        ("questions.html", T("les trois questions, une feuille par personne")),
        ("absent.html", T("le formulaire des personnes absentes, à joindre à un courriel")),
        (kickoffs.SHEET, T("la feuille de réponses, à remplir")),
    ):
        click.echo(f"  {name}  {say(what)}")
    click.echo(
        say(
            T(
                "Après la rencontre : cdp kickoff record {slug} --from {sheet}",
                slug=community.slug,
                sheet=out / kickoffs.SHEET,
            )
        )
    )


@click.group()
def kickoff() -> None:
    """The kickoff of a community."""


@kickoff.command(help=say(T("Note la rencontre de démarrage dans la charte, et en fait le compte rendu.")))
@click.argument("slug", metavar="SLUG")
@click.option(
    "--from",
    "sheet",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    metavar="FICHIER",
    help=say(T("La feuille de réponses du kit, remplie.")),
)
@apply_option
@root_option
@as_of_option
def record(slug: str, sheet: Path, carry_out: bool, root: Path | None, as_of: date | None) -> None:
    """Write the answers of the kickoff in the charter."""
    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    try:
        given, faults = kickoffs.answers(sheet.read_text(encoding="utf-8"), sheet.name)
    except UnicodeDecodeError:
        stop(T("{path} n'est pas en UTF-8", path=sheet), T("Enregistrez-le en UTF-8, puis relancez la commande."))
    except Unreadable as error:
        stop(
            T(
                "{path}, ligne {line} : {what}",
                path=sheet,
                line=max(error.problem.line - 1, 1),
                what=error.problem.message,
            ),
            error.problem.fix,
        )
    if faults or given is None:
        for text in kickoffs.listed(faults):
            click.echo(f"{sheet}, {say(text)}", err=True)
        stop(T("la feuille de réponses a des erreurs : rien n'a été noté"), T("Corrigez ces lignes, puis relancez."))
    if given.date > here.today:
        stop(
            T("la rencontre du {day} n'a pas encore eu lieu", day=given.date),
            T("Notez-la le jour venu, ou corrigez « date » dans la feuille."),
        )
    settle(
        here, planned(community, lambda: kickoffs.record(community, raw, given, template(here, community))), carry_out
    )
