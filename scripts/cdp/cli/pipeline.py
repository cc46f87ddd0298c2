"""``cdp contacts pipeline`` and ``heads``: how far a community is with its allies, and who is named in its charter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import click

from cdp import private
from cdp.cli import language
from cdp.cli.bank import bank_of, line_of, reading, tell_joined, tell_unheeded
from cdp.cli.ground import (
    Day,
    Ground,
    absent,
    apply_option,
    as_of_option,
    ground,
    root_option,
    say,
    settle,
    slug_of,
    stop,
)
from cdp.facilitation.recruit import contacts as banks
from cdp.facilitation.recruit import pipeline as pipelines
from cdp.facilitation.recruit.contacts import Status
from cdp.site import words
from cdp.text import T


@click.command(help=say(T("Montre où en est la recherche de têtes de réseaux, ou note une étape.")))
@click.argument("slug", metavar="NOM")
@click.argument("who", nargs=-1, metavar="[QUI]…")
@click.option(
    "--status",
    type=click.Choice(list(banks.STATUSES)),
    default=None,
    help=say(T("Nouvelle étape : à joindre, message envoyé, rencontre faite, alliée, a dit non.")),
)
@click.option("--note", default="", metavar="TEXTE", help=say(T("Note sur cette étape.")))
@click.option(
    "--named", type=click.Choice(["yes", "no"]), default=None, help=say(T("Accepte d'être nommée sur le site?"))
)
@click.option(
    "--consent",
    "consents",
    multiple=True,
    metavar="BUT",
    help=say(T("Ce que la personne accepte : rencontres, sondages; peut se répéter.")),
)
@click.option("--next", "action", default="", metavar="TEXTE", help=say(T("Prochaine action.")))
@click.option("--on", type=Day(), default=None, help=say(T("Date de la prochaine action.")))
@root_option
@as_of_option
def pipeline(
    slug: str,
    who: tuple[str, ...],
    status: str | None,
    note: str,
    named: str | None,
    consents: tuple[str, ...],
    action: str,
    on: date | None,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Show the board of a community, or note a step."""
    here = ground(root, as_of)
    slug = slug_of(slug)
    community = here.repository((slug,)).get(slug)
    if community is None:
        absent(here, slug)
    bank = bank_of(here)
    people = [reading(lambda word=word: banks.named(bank, word)) for word in who]  # type: ignore[misc]
    for person in people:
        # Whoever is named without more joins the board, to be contacted.
        bare = status is None and not action and named is None and not consents and slug not in person.pipeline
        step = "to_contact" if bare else status
        moved = pipelines.advance(person, slug, cast("Status | None", step), here.today, note, named or "", action, on)
        bank = banks.replaced(bank, banks.agreeing(moved, map(banks.purpose_of, consents), here.today, note))
    if people:
        reading(lambda: private.write(here.root, bank))
        tell_unheeded([banks.purpose_of(word) for word in consents])
    elif status or note or named or consents or action or on:
        stop(T("de qui s'agit-il?"), T("Écrivez : cdp contacts pipeline {slug} QUI --status met", slug=slug))
    tell_joined(bank)
    _board(pipelines.board(bank, community, here.settings.heads, here.settings.networks), slug, here)


def _board(board: pipelines.Board, slug: str, here: Ground) -> None:
    for status, people in board.columns.items():
        click.secho(f"{say(banks.STATUSES[status])} ({len(people)})", bold=True)
        for contact in people:
            pursuit = contact.pipeline[slug]
            line = "  " + line_of(contact)
            if status == "ally":
                line += " · " + say(
                    {"yes": T("accepte d'être nommée"), "no": T("ne veut pas être nommée")}.get(
                        pursuit.named or "", T("à demander : être nommée?")
                    )
                )
            click.echo(line)
            if pursuit.next:
                late = pursuit.on is not None and pursuit.on < here.today
                when = f" ({words.day(pursuit.on, language())})" if pursuit.on else ""
                click.secho(f"        → {pursuit.next}{when}", fg="red" if late else None)
    for title, items in (
        (T("Réseaux sans tête"), board.networks_without),
        (T("Régions sans tête"), board.regions_without),
    ):
        if items:
            click.echo(f"{say(title)} : {', '.join(items)}")
    for name in board.unwilling:
        click.secho(
            say(T("La charte nomme {name}, qui ne veut pas l'être : retirez ce nom de « network_heads ».", name=name)),
            fg="red",
        )
    state = T(
        "Têtes de réseaux : {heads} sur {needed}. Réseaux : {networks} sur {wanted}.",
        heads=board.heads,
        needed=here.settings.heads,
        networks=len(board.networks),
        wanted=here.settings.networks,
    )
    click.echo(say(state))
    if board.ready and not board.written:
        click.echo(say(T("La charte ne le dit pas encore : cdp contacts heads {slug} --apply", slug=slug)))
    if board.ready:
        click.secho(say(T("Prête pour la rencontre de démarrage : cdp kit {slug} -o DOSSIER", slug=slug)), fg="green")
    else:
        click.secho(say(T("Pas encore prête pour la rencontre de démarrage.")), fg="yellow")


@click.command(
    help=say(
        T(
            "Nomme dans la charte les têtes de réseaux qui l'ont accepté, avec la date de leur accord; compte les autres, sans leurs noms."
        )
    )
)
@click.argument("slug", metavar="NOM")
@apply_option
@root_option
@as_of_option
def heads(slug: str, carry_out: bool, root: Path | None, as_of: date | None) -> None:
    """Name in the charter the allies who agreed to it."""
    from cdp.cli.season import chosen, planned
    from cdp.facilitation.seasons import with_charter
    from cdp.plan import Plan

    here = ground(root, as_of)
    community, raw = chosen(here, slug)
    edits = pipelines.heads(bank_of(here), community)
    made = planned(community, lambda: with_charter(community, raw, edits)) if edits else Plan({})
    settle(here, made, carry_out)
