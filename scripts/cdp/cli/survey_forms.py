"""``cdp survey new``, ``form`` and ``need``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import click

from cdp.cli.ground import (
    Day,
    Ground,
    apply_option,
    as_of_option,
    ground,
    resource,
    root_option,
    say,
    settle,
    stop,
)
from cdp.cli.survey import community_named, named
from cdp.model.life import RUNNING
from cdp.site import words
from cdp.survey import exports, planning
from cdp.survey.questions import FormError, Wording
from cdp.survey.questions import form as make
from cdp.survey.wording import read
from cdp.text import T, translate


def survey_theme(here: Ground) -> dict[str, str]:
    """Return the texts of ``theme/survey/`` by name: the knowledge base's own over those of cdp."""
    folders = (resource("theme") / "survey", here.own / "survey")
    return {path.name: path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.glob("*.*"))}


def survey_wording(here: Ground) -> Wording:
    """Return the words of forms, or leave with a message."""
    try:
        return read(survey_theme(here)["wording.yml"])
    except FormError as error:
        stop(error.message, error.fix)


@click.command()
@click.argument("slug", metavar="NOM")
@click.option("--opens", type=Day(), default=None, help=say(T("Premier jour, AAAA-MM-JJ.")))
@click.option("--closes", type=Day(), default=None, help=say(T("Dernier jour, inclus, AAAA-MM-JJ.")))
@root_option
@as_of_option
@apply_option
def new(
    slug: str, opens: date | None, closes: date | None, root: Path | None, as_of: date | None, carry_out: bool
) -> None:
    """Plan the page of the next survey of a community, with what its form asks."""
    here = ground(root, as_of)
    community = community_named(here, slug)
    if community.stage(here.today) not in RUNNING:
        stop(
            T("« {slug} » n'est pas en activité : elle n'a pas de sondage à tenir", slug=community.slug),
            T("Le premier sondage vient quatre mois après la rencontre de démarrage."),
            code=1,
        )
    own = here.own / "new" / "survey.md"
    template = (own if own.is_file() else resource("theme") / "new" / "survey.md").read_text(encoding="utf-8")
    lang = community.charter.language
    try:
        first, last = planning.window(community, here.today, opens, closes)
        title = translate(T("Sondage du {day}", day=words.day(first, lang)), lang)
        plan = planning.new(community, first, last, title, template)
    except FormError as error:
        stop(error.message, error.fix, code=1)
    written = settle(here, plan, carry_out)
    name = f"{community.slug}/{first:%Y-%m}"
    if written:
        click.echo(say(T("Ensuite : cdp survey form {name} --format print -o sondage.html", name=name)))


@click.command()
@click.argument("name", metavar="NOM/SONDAGE")
@click.option("--format", "kind", type=click.Choice(list(exports.FORMATS)), default="html", show_default=True)
@click.option("--in", "lang", type=click.Choice(["fr", "en"]), default=None, help=say(T("Langue du formulaire.")))
@click.option(
    "-o",
    "out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="CHEMIN",
    help=say(T("Fichier, ou dossier qui est créé.")),
)
@root_option
def form(name: str, kind: str, lang: str | None, out: Path | None, root: Path | None) -> None:
    """Write the form of a survey, and say which question has which column."""
    here = ground(root)
    _, community, page = named(here, name)
    spoken = lang or community.charter.language
    try:
        made = make(community, page, survey_wording(here))
        data = exports.export(made, kind, survey_theme(here), spoken, here.settings.survey_receiver)
    except FormError as error:
        stop(error.message, error.fix, code=1)
    if out is None and kind == "xlsform":
        stop(T("un classeur ne s'affiche pas à l'écran"), T("Ajoutez -o sondage.xlsx."))
    if out is None:
        click.echo(data.decode(), nl=False)
        return
    if out.is_dir() or not out.suffix:
        out.mkdir(parents=True, exist_ok=True)
        out = out / f"{made.slug}-{made.survey}{exports.FORMATS[kind]}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    click.secho(say(T("Formulaire écrit dans {path}.", path=out)), fg="green")
    for text in exports.lengths(made):
        click.echo(say(text))
    click.echo(say(T("Question → colonne des réponses :")))
    for question, choice, column in exports.table(made, kind, spoken):
        click.echo(f"  {question}{f' = {choice}' if choice else ''}  →  {column}")


@click.command()
@click.argument("name", metavar="NOM/SONDAGE")
@click.option(
    "--id", "need_id", default="", metavar="ID", help=say(T("Besoin déjà écrit; sans cette option, un nouveau."))
)
@click.option("--text", default="", metavar="TEXTE", help=say(T("Le besoin, en une phrase.")))
@click.option(
    "--as",
    "disposition",
    type=click.Choice(get_args(planning.Disposition)),
    default=None,
    help=say(T("Suite : objectif, saison, formule, communauté, en attente ou non retenu.")),
)
@click.option(
    "--target", default="", metavar="NOM", help=say(T("Objectif, saison ou communauté que le besoin devient."))
)
@click.option(
    "--measure",
    default="",
    metavar="TEXTE",
    help=say(T("Pour un nouvel objectif : comment saura-t-on qu'il est atteint?")),
)
@click.option("--season", default="", metavar="NOM", help=say(T("Pour un nouvel objectif : sa saison.")))
@click.option(
    "--reason",
    default="",
    metavar="TEXTE",
    help=say(T("Pourquoi cette suite; demandée pour un refus ou une mise en attente.")),
)
@click.option(
    "--same-as", multiple=True, metavar="BESOIN", help=say(T("Le même besoin ailleurs : communauté/sondage/besoin."))
)
@click.option("--decision", default="", metavar="TEXTE", help=say(T("Décision à noter, à la date du jour.")))
@root_option
@as_of_option
@apply_option
def need(
    name: str,
    need_id: str,
    text: str,
    disposition: planning.Disposition | None,
    target: str,
    measure: str,
    season: str,
    reason: str,
    same_as: tuple[str, ...],
    decision: str,
    root: Path | None,
    as_of: date | None,
    carry_out: bool,
) -> None:
    """Plan what a survey says of a need, and what its target says of it."""
    here = ground(root, as_of)
    repository, community, page = named(here, name)
    wish = planning.Wish(need_id, text, disposition, target, reason, measure, season, decision, same_as)
    paths = [f"{community.folder}/{page.path}", f"{community.folder}/index.md"]
    other = repository.get(target) if disposition == "community" else None
    paths += [f"{other.folder}/index.md"] if other is not None and other.index is not None else []
    raw = {path: (here.root / path).read_bytes() for path in paths}
    try:
        plan = planning.need(repository, community, page, wish, raw, here.today)
    except FormError as error:
        stop(error.message, error.fix, code=1)
    settle(here, plan, carry_out)
