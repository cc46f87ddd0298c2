"""``cdp meeting``: the next one, and minutes from the template."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from cdp.cli import Commands, language
from cdp.cli.ground import Day, Ground, apply_option, as_of_option, ground, resource, root_option, say, settle, stop
from cdp.cli.season import chosen, planned
from cdp.facilitation import meetings
from cdp.model.community import Community
from cdp.model.minutes import needs_heard, open_actions
from cdp.site import words
from cdp.text import N, T

_HOUR = r"^([01]?\d|2[0-3]):[0-5]\d$"


def template(here: Ground, community: Community) -> str:
    """Return the template of minutes in the language of the community: the knowledge base's own, else cdp's."""
    name = "meeting.md" if community.charter.language == "fr" else "meeting.en.md"
    own = here.own / "new" / name
    path = own if own.is_file() else resource("theme") / "new" / name
    return path.read_text(encoding="utf-8")


@click.group(cls=Commands)
def meeting() -> None:
    """Meetings of a community."""


@meeting.command(help=say(T("Prépare la page d'une rencontre : programme, puis compte rendu.")))
@click.argument("slug", metavar="NOM")
@click.option("--date", "day", type=Day(), default=None, help=say(T("Date, AAAA-MM-JJ; sans elle, celle du rythme.")))
@click.option("--title", default="", metavar="TEXTE", help=say(T("Titre de la rencontre.")))
@click.option("--start", default="", metavar="HH:MM", help=say(T("Heure de début, par exemple 13:30.")))
@click.option(
    "--duration", type=click.IntRange(1, 1440), metavar="MINUTES", default=None, help=say(T("Durée, en minutes."))
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["in_person", "remote", "hybrid"]),
    default=None,
    help=say(T("En personne, à distance ou les deux.")),
)
@click.option("--place", default="", metavar="TEXTE", help=say(T("Lieu.")))
@click.option("--link", default="", metavar="ADRESSE", help=say(T("Lien pour se joindre à distance.")))
@apply_option
@root_option
@as_of_option
def new(
    slug: str,
    day: date | None,
    title: str,
    start: str,
    duration: int | None,
    form: str | None,
    place: str,
    link: str,
    carry_out: bool,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Write the page of a meeting from the template."""
    import re

    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    when = day or meetings.due(community, here.today, prepared=True)
    if when is None:
        stop(
            T("la charte ne dit pas à quel rythme on se rencontre"),
            T("Donnez la date : cdp meeting new {slug} --date AAAA-MM-JJ", slug=community.slug),
        )
    if start and not re.match(_HOUR, start):
        stop(T("« {start} » n'est pas une heure", start=start), T("Écrivez l'heure ainsi : 13:30."))
    if link and not re.fullmatch(r"https?://[^\s<>\"']+", link):
        stop(T("« {link} » n'est pas une adresse Web", link=link), T("Écrivez une adresse qui commence par https://."))
    ahead = meetings.coming(community, here.today)
    if day is None and ahead is not None:
        click.echo(
            say(
                T(
                    "La rencontre du {day} a déjà sa page ({path}) : voici la suivante.",
                    day=words.day(ahead.record.date, language(), "weekday"),
                    path=ahead.path,
                )
            )
        )
    before = meetings.last(community, here.today)
    fields = {"start": start, "duration": str(duration or ""), "format": form or "", "place": place, "link": link}
    kickoff = community.charter.kickoff
    # The kickoff is longer than the meetings that follow it.
    if before is not None and (kickoff is None or before.record.date != kickoff.date):
        fields["start"] = fields["start"] or before.record.start or ""
        fields["duration"] = fields["duration"] or str(before.record.duration or "")
    given = {key: value for key, value in fields.items() if value}
    if not given.get("start"):
        click.echo(say(T("L'heure n'est pas dite : ajoutez --start 13:30, ou écrivez-la dans la page.")))
    made = planned(community, lambda: meetings.new(community, template(here, community), when, title, given))
    settle(here, made, carry_out)


@meeting.command(
    name="next", help=say(T("Dit quand est la prochaine rencontre, comment y aller et ce qui est à faire."))
)
@click.argument("slug", metavar="NOM")
@root_option
@as_of_option
def next_(slug: str, root: Path | None, as_of: date | None) -> None:
    """Say when the next meeting is."""
    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    lang = language()
    page = meetings.coming(community, here.today)
    if page is None:
        due = meetings.due(community, here.today)
        click.echo(say(T("Aucune rencontre n'est encore prévue.")))
        if due is not None:
            click.echo(say(T("Selon le rythme, elle serait le {day}.", day=words.day(due, lang, "weekday"))))
        prepared = T("Pour la préparer : cdp meeting new {slug} --apply", slug=community.slug)
        dated = T("Pour la préparer : cdp meeting new {slug} --date AAAA-MM-JJ --apply", slug=community.slug)
        click.echo(say(prepared if due is not None else dated))
    else:
        record = page.record
        hour = f", {words.hour(record.start, lang)}" if record.start else ""
        click.secho(f"{words.day(record.date, lang, 'weekday')}{hour}", bold=True)
        where = [say(words.FORMATS[record.format])] if record.format else []
        click.echo(" · ".join([page.title, *where, *([record.place] if record.place else [])]))
        if record.link:
            click.echo(record.link)
        click.echo(f"{community.folder}/{page.path}")
    for title, items in (
        (N("{n} chose à faire", "{n} choses à faire", len(actions := open_actions(community, here.today))), actions),
        (N("{n} besoin entendu", "{n} besoins entendus", len(needs := needs_heard(community, here.today))), needs),
    ):
        if items:
            click.secho(say(title), bold=True)
            for said in items:
                click.echo(f"  {said.item.text}  ({said.meeting.record.date.isoformat()})")
