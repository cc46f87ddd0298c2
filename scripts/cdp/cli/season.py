"""``cdp season``: plan, open, review, close."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import cast

import click

from cdp.cli import Commands, language
from cdp.cli.ground import (
    Day,
    Ground,
    absent,
    apply_option,
    as_of_option,
    confirmed,
    deliver,
    ground,
    held,
    root_option,
    say,
    settle,
    slug_of,
    stop,
)
from cdp.dialect import slugify
from cdp.facilitation import season_reviews, seasons
from cdp.facilitation.filling import Model, listed
from cdp.facilitation.filling import sheet as sheet_of
from cdp.facilitation.season_reviews import Judgement, Outcome
from cdp.facilitation.seasons import Opening, Refused
from cdp.frontmatter import Unreadable
from cdp.model.charter import Season
from cdp.model.community import Community
from cdp.plan import Plan
from cdp.site import words
from cdp.text import T

_OUTCOMES = ("met", "partly", "dropped")


def chosen(here: Ground, word: str) -> tuple[Community, bytes]:
    """Return the community that a word names and its charter as it is on the disk, or leave with a message."""
    slug = slug_of(word)
    community = here.repository((slug,)).get(slug)
    if community is None:
        absent(here, slug)
    raw = held(here, f"{community.folder}/index.md") if community.index is not None else None
    if raw is None or community.index is None or not community.index.readable:
        stop(
            T("la charte de « {slug} » ne se lit pas", slug=slug),
            T("Tapez cdp check {slug} : il dit pourquoi.", slug=slug),
        )
    if community.freeze is not None:
        stop(
            T("« {slug} » est archivée : plus rien n'y change", slug=slug), T("Pour continuer, créez-en une nouvelle.")
        )
    return community, raw


def planned(community: Community, make: Callable[[], Plan]) -> Plan:
    """Return the plan of a pure step, or leave saying why it cannot be."""
    try:
        return make()
    except Refused as error:
        stop(error.message, error.fix)
    except (Unreadable, KeyError, ValueError):
        stop(
            T("la charte ne peut pas être changée sans toucher à autre chose (un commentaire au milieu d'un bloc?)"),
            T("Faites ce changement à la main dans communities/{slug}/index.md.", slug=community.slug),
        )


def asking() -> bool:
    """Tell whether a person is there to answer: questions are asked on a terminal only."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def filled_sheet(model: type[Model], path: Path) -> Model:
    """Return what a sheet that people filled in says, or leave with its faults and their lines."""
    try:
        given, faults = sheet_of(model, path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError:
        stop(T("{path} n'est pas en UTF-8", path=path), T("Enregistrez-le en UTF-8, puis relancez la commande."))
    except Unreadable as error:
        line = max(error.problem.line - 1, 1)
        stop(T("{path}, ligne {line} : {what}", path=path, line=line, what=error.problem.message), error.problem.fix)
    if faults or given is None:
        for text in listed(faults):
            click.echo(f"{path}, {say(text)}", err=True)
        stop(T("la feuille a des erreurs : rien n'a été noté"), T("Corrigez ces lignes, puis relancez."))
    return given


@click.group(cls=Commands)
def season() -> None:
    """Seasons of a community."""


@season.command("plan", help=say(T("Propose les dates des saisons à venir et les écrit dans la charte.")))
@click.argument("slug", metavar="NOM")
@click.option(
    "--every",
    type=click.Choice(["3", "4", "seasons"]),
    default="4",
    help=say(T("Saisons de 3 mois, de 4 mois, ou les quatre saisons de l'année (seasons).")),
)
@click.option(
    "--count", type=click.IntRange(1, 24), metavar="NOMBRE", default=None, help=say(T("Combien de saisons, au plus."))
)
@apply_option
@root_option
@as_of_option
def plan_(slug: str, every: str, count: int | None, carry_out: bool, root: Path | None, as_of: date | None) -> None:
    """Propose seasons up to the end of the life."""
    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    made = planned(
        community, lambda: seasons.plan(community, raw, here.today, cast(seasons.Every, every), count or 0, language())
    )
    settle(here, made, carry_out)


@season.command("open", help=say(T("Commence une saison : ses dates, ses objectifs, ceux que l'on reprend.")))
@click.argument("slug", metavar="NOM")
@click.argument("id", required=False, metavar="[ID]")
@click.option("--title", default="", metavar="TEXTE", help=say(T("Titre de la saison.")))
@click.option("--start", type=Day(), default=None, help=say(T("Premier jour, AAAA-MM-JJ.")))
@click.option("--end", type=Day(), default=None, help=say(T("Dernier jour, inclus.")))
@click.option(
    "--objective",
    "texts",
    multiple=True,
    metavar="TEXTE | MESURE",
    help=say(T("Un nouvel objectif et, après une barre, comment on saura qu'il est atteint; peut se répéter.")),
)
@click.option(
    "--carry", multiple=True, metavar="ID", help=say(T("Un objectif non atteint à reprendre; peut se répéter."))
)
@apply_option
@root_option
@as_of_option
def open_(
    slug: str,
    id: str | None,
    title: str,
    start: date | None,
    end: date | None,
    texts: tuple[str, ...],
    carry: tuple[str, ...],
    carry_out: bool,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Begin a season."""
    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    objectives = [_objective(text) for text in texts]
    carried = list(carry)
    asked = asking() and not texts and not carry
    if asked:
        carried, objectives = _ask_objectives(community, start or here.today)
    opening = Opening(title, start, end, objectives, carried)
    made = planned(community, lambda: seasons.open_season(community, raw, here.today, id, opening))
    settle(here, made, carry_out, asked=asked)


def _objective(text: str) -> tuple[str, str]:
    words_, _, measure = text.partition("|")
    if not words_.strip() or not measure.strip():
        stop(
            T("un objectif a un texte, et ce qui montrera qu'il est atteint"),
            T('Écrivez --objective "Ce qu\'on veut atteindre | comment on le saura".'),
        )
    return words_.strip(), measure.strip()


def _ask_objectives(community: Community, start: date) -> tuple[list[str], list[tuple[str, str]]]:
    carried = [
        objective.id
        for objective in seasons.unmet(community, start)
        if confirmed(T("Reprendre {id} : {text}?", id=objective.id, text=objective.text))
    ]
    objectives: list[tuple[str, str]] = []
    while True:
        text = click.prompt(say(T("Nouvel objectif (rien pour finir)")), default="", show_default=False).strip()
        if not text:
            return carried, objectives
        measure = ""
        while not measure:
            measure = click.prompt(say(T("Comment saura-t-on qu'il est atteint?"))).strip()
        objectives.append((text, measure))


@season.command("review", help=say(T("Note le verdict de chaque objectif et écrit le bilan à partir des faits.")))
@click.argument("slug", metavar="NOM")
@click.argument("id", required=False, metavar="[ID]")
@click.option(
    "--verdict", "verdicts", multiple=True, metavar="ID=met|partly|dropped", help=say(T("Verdict d'un objectif."))
)
@click.option(
    "--evidence", multiple=True, metavar="ID=TEXTE", help=say(T("Preuve : une note de la communauté ou un fait."))
)
@click.option(
    "--explanation", multiple=True, metavar="ID=TEXTE", help=say(T("Explication, quand il n'y a pas de preuve."))
)
@click.option(
    "--sheet",
    "blank",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FICHIER",
    help=say(T("Écrit dans ce fichier une feuille à remplir, et rien d'autre.")),
)
@click.option(
    "--from",
    "filled",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    metavar="FICHIER",
    help=say(T("La feuille de --sheet, remplie.")),
)
@apply_option
@root_option
@as_of_option
def review(
    slug: str,
    id: str | None,
    verdicts: tuple[str, ...],
    evidence: tuple[str, ...],
    explanation: tuple[str, ...],
    blank: Path | None,
    filled: Path | None,
    carry_out: bool,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Judge the objectives of a season and write its review."""
    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    season_ = _season(community, id, here.today)
    if blank is not None:
        if blank.exists():
            stop(T("« {out} » existe déjà", out=blank), T("Donnez un autre nom."))
        deliver(season_reviews.sheet(community, season_), blank)
        click.secho(say(T("Feuille à remplir : {path}", path=blank)), fg="green")
        return
    sheet = filled_sheet(season_reviews.Verdicts, filled) if filled is not None else None
    said = {name: _pairs(pairs) for name, pairs in (("evidence", evidence), ("explanation", explanation))}
    judgements: dict[str, Judgement] = sheet.judgements if sheet is not None else {}
    for key, word in _pairs(verdicts).items():
        outcome = _outcome(word)
        if outcome not in _OUTCOMES:
            stop(
                T("« {outcome} » n'est pas un verdict", outcome=outcome),
                T("Écrivez met (atteint), partly (en partie) ou dropped (laissé de côté)."),
            )
        why = {name: pairs.get(key, "") for name, pairs in said.items()}
        judgements[key] = Judgement(cast(Outcome, outcome), why["evidence"], why["explanation"])
    for name, pairs in said.items():
        for key in pairs:
            if key not in judgements:
                stop(
                    T("« {id} » a une raison (--{option}) mais pas de verdict", id=key, option=name),
                    T("Ajoutez --verdict {id}=met, partly ou dropped.", id=key),
                )
    asked = asking() and not verdicts and sheet is None
    if asked:
        judgements = _ask_verdicts(community, season_)
    made = planned(community, lambda: season_reviews.review(community, raw, here.today, season_, judgements, sheet))
    settle(here, made, carry_out, asked=asked)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            stop(T("« {text} » n'a pas la forme ID=VALEUR", text=text), T("Écrivez par exemple o1=met."))
        found[key.strip()] = value.strip()
    return found


def season_named(community: Community, id: str) -> Season:
    """Return the season of that id, or leave with those that exist."""
    try:
        return seasons.named(community, id)
    except Refused as error:
        stop(error.message, error.fix)


def _season(community: Community, id: str | None, today: date) -> Season:
    if id is not None:
        return season_named(community, id)
    found = seasons.to_review(community, today)
    if found is None:
        stop(
            T("aucune saison n'est en cours ni à clore"),
            T("Nommez-la : cdp season review {slug} ID", slug=community.slug),
        )
    return found


def _ask_outcome() -> Outcome:
    choices = ", ".join(f"{number} {say(words.VERDICTS[name])}" for number, name in enumerate(_OUTCOMES, 1))
    while True:
        said = click.prompt(choices).strip()
        if said in ("1", "2", "3"):
            return cast(Outcome, _OUTCOMES[int(said) - 1])
        if (code := _outcome(said)) in _OUTCOMES:
            return cast(Outcome, code)
        click.echo(say(T("Tapez 1, 2 ou 3.")))


def _outcome(word: str) -> str:
    """Return the verdict that a word means, by its code or as the screens say it."""
    said = {slugify(say(words.VERDICTS[code])): code for code in _OUTCOMES}
    return said.get(slugify(word), word)


def _ask_verdicts(community: Community, season_: Season) -> dict[str, Judgement]:
    found = {}
    for objective in seasons.objectives(community, season_):
        if objective.outcome != "open":
            continue
        click.secho(objective.text, bold=True)
        if objective.measure:
            click.echo(say(T("Comment on le saura : {measure}", measure=objective.measure)))
        outcome = _ask_outcome()
        evidence = click.prompt(say(T("Preuve (une note, un fait)")), default="", show_default=False).strip()
        why = "" if evidence else click.prompt(say(T("Explication"))).strip()
        found[objective.id] = Judgement(outcome, evidence, why)
    return found


@season.command("close", help=say(T("Finit une saison : célébration, puis la suivante ou la fermeture.")))
@click.argument("slug", metavar="NOM")
@click.argument("id", required=False, metavar="[ID]")
@click.option("--celebrated", type=Day(), default=None, help=say(T("Jour de la célébration, AAAA-MM-JJ.")))
@click.option("--early", is_flag=True, help=say(T("Finir la saison aujourd'hui, avant la date prévue.")))
@apply_option
@root_option
@as_of_option
def close(
    slug: str,
    id: str | None,
    celebrated: date | None,
    early: bool,
    carry_out: bool,
    root: Path | None,
    as_of: date | None,
) -> None:
    """End a season."""
    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    season_ = _season(community, id, here.today) if id is not None else _ended(community, here.today)
    settle(
        here,
        planned(community, lambda: seasons.close(community, raw, here.today, season_, celebrated, early)),
        carry_out,
    )


def _ended(community: Community, today: date) -> Season:
    begun = [s for s in community.charter.seasons if s.start_date <= today and s.celebrated is None]
    over = [s for s in begun if s.end_date is not None and s.end_date < today] or begun
    if not over:
        stop(T("aucune saison n'est à finir"), T("Nommez-la : cdp season close {slug} ID", slug=community.slug))
    return over[-1]
