"""``cdp deck``: a short presentation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import click

from cdp.cli.bank import lacking
from cdp.cli.ground import as_of_option, ground, into, root_option, say, stop
from cdp.cli.kickoff import theme_text
from cdp.cli.season import chosen, season_named
from cdp.facilitation.deck import slides
from cdp.text import N, T


@click.command()
@click.argument("slug", metavar="NOM")
@click.option(
    "--kind",
    type=click.Choice(slides.KINDS),
    default="pitch",
    help=say(
        T("Ce que l'on présente : le projet (pitch), la rencontre de démarrage, un bilan de saison, une célébration.")
    ),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["pptx", "html"]),
    default="pptx",
    help=say(T("PowerPoint à retoucher, ou une page pour le navigateur, sans Internet.")),
)
@click.option(
    "--season",
    "season_id",
    default="",
    metavar="ID",
    help=say(T("Saison d'un bilan ou d'une célébration; sans elle, celle qui vient de finir ou va finir.")),
)
@into(T("Fichier à écrire."), "FICHIER")
@root_option
@as_of_option
def deck(
    slug: str, kind: str, form: str, season_id: str, out: Path | None, root: Path | None, as_of: date | None
) -> None:
    """Make a presentation."""
    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    lang = community.charter.language
    kind_ = cast(slides.Kind, kind)
    if season_id and kind not in ("season-review", "celebration"):
        stop(
            T("une présentation « {kind} » ne parle pas d'une saison", kind=kind),
            T("Retirez --season, ou donnez --kind season-review."),
        )
    season = season_named(community, season_id) if season_id else None
    made = slides.slides(community, kind_, here.today, season)
    if len(made) == 1:
        stop(
            T("cette présentation n'aurait que son titre"),
            next(iter(slides.lacking(community, kind_, here.today, season)[-1:]), T("Complétez d'abord la charte.")),
        )
    path = out or Path(f"{community.slug}-{kind}.{form}")
    if path.is_dir():
        path = path / f"{community.slug}-{kind}.{form}"
    if path.exists():
        stop(T("« {out} » existe déjà", out=path), T("Donnez un autre nom : -o FICHIER"))
    if form == "pptx":
        from cdp.facilitation.deck.powerpoint import powerpoint

        try:
            data = powerpoint(made, lang)
        except ImportError as error:
            lacking(error)
    else:
        from cdp.facilitation.deck.browser import browser

        styles = theme_text(here, "deck", "reveal.css") + theme_text(here, "deck", "deck.css")
        data = browser(made, lang, theme_text(here, "deck", "reveal.js"), styles)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    click.secho(say(N("{n} diapositive dans {out}.", "{n} diapositives dans {out}.", len(made), out=path)), fg="green")
    told = slides.about(community, kind_, here.today, season)
    if told is not None:
        click.echo(
            say(
                T(
                    "La présentation parle de la saison « {title} »; pour une autre : --season ID",
                    title=told.title or told.id,
                )
            )
        )
    for text in slides.lacking(community, kind_, here.today, season):
        click.echo(say(text))
    if form == "html":
        click.echo(say(T("Ouvrez-le dans un navigateur : les flèches font tourner les pages.")))
