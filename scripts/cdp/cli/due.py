"""``cdp due``."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click

from cdp.cli import language
from cdp.cli.ground import Ground, absent, as_of_option, deliver, ground, out_option, root_option, say, slug_of
from cdp.load import File, load
from cdp.model.community import Repository
from cdp.text import T

_COLOURS = {"overdue": "red", "now": "yellow", "coming": "green", "title": None, "quiet": "bright_black"}


def lives(here: Ground, slugs: tuple[str, ...] = ()) -> Repository:
    """Load the knowledge base without the words of its notes, which say nothing of the life."""
    from cdp import disk

    def file(each: File) -> File:
        parts = each.path.split("/")
        if len(parts) > 3 and parts[0] == "communities" and parts[2] == "notes" and each.kind == "file":
            return replace(each, listed=True)
        return each

    return load(file(each) for each in disk.read(here.root, slugs))


@click.command()
@click.argument("slugs", nargs=-1, metavar="[NOM]...")
@root_option
@as_of_option
@click.option(
    "--within",
    type=click.IntRange(0, 3660),
    default=30,
    metavar="JOURS",
    show_default=True,
    help=say(T("Jusqu'à combien de jours d'ici; ce qui est en retard est toujours dit.")),
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "ics", "markdown"]),
    default="text",
    metavar="FORMAT",
    help="text, json, ics, markdown",
)
@out_option
def due(
    slugs: tuple[str, ...], root: Path | None, as_of: date | None, within: int, output: str, out: Path | None
) -> None:
    """Say what comes next and what is late."""
    from cdp.report import dues

    here = ground(root, as_of)
    slugs = tuple(slug_of(word) for word in slugs)
    repository = lives(here, slugs)
    for slug in slugs:
        if repository.get(slug) is None:
            absent(here, slug)
    communities = [c for c in repository.communities if not slugs or c.slug in slugs]
    if output == "ics":
        from cdp import calendar
        from cdp.site import words

        until = here.today + timedelta(days=within)
        events = calendar.dues(communities, here.today, here.settings, words.DUES, language(), until)
        name = say(T("À faire : {name}", name=here.settings.site_name))
        deliver(calendar.render(events, name, here.settings).decode(), out)
        return
    from cdp import answers_store

    surveys = [f"{each.slug}/{page.stem}" for each in communities for page in each.surveys if page.record.purge]
    raw = [name for name in surveys if answers_store.files(here.root, name)]
    agenda = dues.agenda(communities, here.today, within, language(), raw)
    if output == "text" and out is None and sys.stdout.isatty():
        click.echo(
            dues.text(agenda, lambda word, what: click.style(word, fg=_COLOURS[what], bold=what != "quiet")), nl=False
        )
    else:
        deliver(dues.FORMATS[output](agenda), out)
