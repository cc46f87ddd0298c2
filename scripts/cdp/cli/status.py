"""``cdp status``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from cdp.cli import language
from cdp.cli.ground import absent, as_of_option, ground, root_option, say, slug_of
from cdp.model import life
from cdp.model.community import Community
from cdp.report import shown, standing
from cdp.site import words
from cdp.text import N, T

_COLOURS = {"on_track": "green", "attention": "yellow", "overdue": "red"}


@click.command()
@click.argument("slug", required=False, metavar="[NOM]")
@root_option
@as_of_option
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="text, json")
def status(slug: str | None, root: Path | None, as_of: date | None, output: str) -> None:
    """Show where each community is in its life."""
    here = ground(root, as_of)
    slug = slug_of(slug) if slug is not None else None
    repository = here.repository((slug,) if slug else ())
    communities = [c for c in repository.communities if slug is None or c.slug == slug]
    if slug is not None and not communities:
        absent(here, slug)
    if output == "json":
        document = {
            "version": 1,
            "as_of": here.today.isoformat(),
            "communities": [_data(community, here.today) for community in communities],
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif slug is not None:
        _portrait(communities[0], here.today)
    else:
        _table(communities, here.today)


def _data(community: Community, today: date) -> dict[str, Any]:
    charter = community.charter
    season = life.season(community, today)
    counts = dict.fromkeys(words.VERDICTS, 0)
    for objective in charter.aims():
        counts[objective.outcome] += 1
    return {
        "slug": community.slug,
        "title": community.title,
        "readable": community.readable,
        "stage": community.stage(today) if community.readable else None,
        "season": season.id if season else None,
        "health": community.health(today) if community.readable else None,
        "start_date": charter.start_date.isoformat() if charter.start_date else None,
        "end_date": charter.end_date.isoformat() if charter.end_date else None,
        "unknown": community.unknown,
        "objectives": {"total": len(charter.aims()), **counts},
        "next": [
            {"what": due.kind, "on": due.on.isoformat(), "late": due.late.isoformat(), "subject": due.subject}
            for due in life.dues(community, today)
        ],
    }


def _table(communities: Sequence[Community], today: date) -> None:
    """Print where communities stand, on the columns that the terminal has."""
    width = shutil.get_terminal_size((100, 24)).columns
    if not communities:
        click.echo(say(T("Aucune communauté pour l'instant.")))
    else:
        click.echo(standing.table(communities, today, language(), width, _style), nl=False)
        unknown = sum(community.unknown for community in communities)
        if unknown:
            click.echo(say(N("{n} fait inconnu", "{n} faits inconnus", unknown)))
    click.echo(say(T("En date du {day}. Pour en savoir plus : cdp status NOM", day=words.day(today, language()))))


def _style(word: str, what: str) -> str:
    return click.style(word, fg=_COLOURS.get(what), bold=what == "title", dim=what == "quiet")


def _portrait(community: Community, today: date) -> None:
    """Print one community: dates, seasons, objectives, what is next."""
    charter = community.charter
    stage, health = community.stage(today), community.health(today)
    lang = language()
    click.secho(shown(community.title), bold=True)
    if not community.readable:
        click.secho(say(words.UNREADABLE), fg="red")
        click.echo(say(T("Pour savoir quoi corriger : cdp check {slug}", slug=community.slug)))
        return
    click.echo(f"{say(words.STAGES[stage])} · " + click.style(say(words.HEALTH[health]), fg=_COLOURS[health]))
    if charter.start_date and charter.end_date:
        span = T(
            "Du {start} au {end}", start=words.day(charter.start_date, lang), end=words.day(charter.end_date, lang)
        )
        click.echo(f"{say(span)}  {standing.bar(life.progress(charter.start_date, life.last_day(community), today))}")
    if community.unknown:
        click.echo(say(N("{n} fait inconnu", "{n} faits inconnus", community.unknown)))
    names = max((standing.columns(shown(season.title or season.id)) for season in charter.seasons), default=0)
    for season in charter.seasons:
        now = season == life.season(community, today)
        done = life.progress(season.start_date, season.end_date, today)
        click.echo(
            f"{'›' if now else ' '} {standing.fit(shown(season.title or season.id), min(names, 40))}  {standing.bar(done)}"
        )
    for objective in charter.aims():
        box = {"met": "☑", "partly": "◪", "dropped": "☒"}.get(objective.outcome, "☐")
        click.echo(f"  {shown(box)} {say(words.VERDICTS[objective.outcome])} · {shown(objective.text)}")
        if objective.evidence:
            click.echo("      " + say(T("Preuve : {evidence}", evidence=shown(objective.evidence))))
    pending = life.dues(community, today)
    if pending:
        click.secho(say(T("À venir")), bold=True)
    for due in pending:
        colour = "red" if due.late < today else "yellow" if due.on <= today else None
        subject = f" ({shown(due.subject)})" if due.subject else ""
        click.secho(f"  {due.on.isoformat()}  {say(words.DUES[due.kind])}{subject}", fg=colour)
