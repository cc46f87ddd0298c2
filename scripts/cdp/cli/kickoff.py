"""``cdp kit`` and ``cdp kickoff record``."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from cdp.cli import Commands
from cdp.cli.ground import (
    Day,
    Ground,
    apply_option,
    as_of_option,
    ground,
    into,
    resource,
    root_option,
    say,
    settle,
    stop,
)
from cdp.cli.meeting import template
from cdp.cli.season import chosen, filled_sheet, planned
from cdp.facilitation import kickoff as kickoffs
from cdp.facilitation.filling import UnknownField
from cdp.model.community import Community
from cdp.text import T


def theme_text(here: Ground, folder: str, name: str) -> str:
    """Return a text of the theme: the knowledge base's own, else cdp's."""
    own = here.own / folder / name
    path = own if own.is_file() else resource("theme") / folder / name
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        stop(T("{path} n'est pas en UTF-8", path=path), T("Enregistrez-le en UTF-8, puis relancez la commande."))


def unknown_field(name: str, error: UnknownField) -> NoReturn:
    """Leave, saying which text of the theme names a field that does not exist."""
    stop(
        T("{path} : le champ « {name} » n'existe pas", path=name, name=error.name),
        T("Champs connus : {known}.", known=", ".join(error.known)),
    )


def hour_of(text: str) -> str:
    """Return an hour as it was given, or leave when it is not one."""
    if text and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        stop(T("« {start} » n'est pas une heure", start=text), T("Écrivez l'heure ainsi : 13:30."))
    return text


def kit_of(here: Ground, community: Community, day: date, start: str) -> dict[str, bytes]:
    """Return the files of the kickoff kit by name."""
    lang = community.charter.language
    texts = {name: theme_text(here, "kit", f"{name}.{lang}.md") for name in kickoffs.PAGES}
    texts[kickoffs.SHEET] = theme_text(here, "kit", f"answers.{lang}.yml")
    try:
        return kickoffs.kit(community, texts, theme_text(here, "kit", "kit.css"), day, start)
    except UnknownField as error:
        unknown_field("theme/kit/", error)


@click.command()
@click.argument("slug", metavar="NOM")
@into(T("Dossier à créer."), "DOSSIER", required=True)
@click.option("--date", "day", type=Day(), default=None, help=say(T("Date de la rencontre, AAAA-MM-JJ.")))
@click.option("--start", default="13:00", metavar="HH:MM", help=say(T("Heure de début, par exemple 13:30.")))
@root_option
@as_of_option
def kit(slug: str, out: Path, day: date | None, start: str, root: Path | None, as_of: date | None) -> None:
    """Make the kickoff kit."""
    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    planned_ = community.charter.kickoff.date if community.charter.kickoff is not None else None
    files = kit_of(here, community, day or planned_ or here.today, hour_of(start))
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


@click.group(cls=Commands)
def kickoff() -> None:
    """The kickoff of a community."""


@kickoff.command(help=say(T("Note la rencontre de démarrage dans la charte, et en fait le compte rendu.")))
@click.argument("slug", metavar="NOM")
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
    given = filled_sheet(kickoffs.Answers, sheet)
    if given.date > here.today:
        stop(
            T("la rencontre du {day} n'a pas encore eu lieu", day=given.date),
            T("Notez-la le jour venu, ou corrigez « date » dans la feuille."),
        )
    settle(
        here, planned(community, lambda: kickoffs.record(community, raw, given, template(here, community))), carry_out
    )
