"""``cdp invite``: mail drafts. Nothing is ever sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import click

from cdp import private
from cdp.cli.bank import bank_of, lacking, reading, refuse_exposed
from cdp.cli.ground import Day, as_of_option, ground, root_option, say, stop
from cdp.cli.kickoff import theme_text, unknown_field
from cdp.cli.season import chosen
from cdp.facilitation import invite as invites
from cdp.facilitation.filling import UnknownField
from cdp.facilitation.recruit import contacts as banks
from cdp.text import N, T


@click.command()
@click.argument("slug", metavar="SLUG")
@click.option("--kind", type=click.Choice(invites.KINDS), required=True, help=say(T("Ce à quoi on invite.")))
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), required=True, help=say(T("Dossier des brouillons."))
)
@click.option(
    "--to", "who", multiple=True, metavar="QUI", help=say(T("À qui : identifiant, courriel ou nom; peut se répéter."))
)
@click.option("--together", is_flag=True, help=say(T("Un seul courriel, les adresses en copie cachée.")))
@click.option("--date", "day", type=Day(), default=None, help=say(T("Jour de la rencontre, AAAA-MM-JJ.")))
@click.option("--link", default="", metavar="ADRESSE", help=say(T("Adresse du sondage.")))
@click.option("--from", "sender", default="", metavar="COURRIEL", help=say(T("Votre adresse.")))
@root_option
@as_of_option
def invite(
    slug: str,
    kind: str,
    out: Path,
    who: tuple[str, ...],
    together: bool,
    day: date | None,
    link: str,
    sender: str,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Make mail drafts."""
    here = ground(root, as_of)
    community, _ = chosen(here, slug)
    chosen_kind = cast(invites.Kind, kind)
    bank = bank_of(here)
    if who:
        people = [reading(lambda word=word: banks.named(bank, word)) for word in who]  # type: ignore[misc]
    else:
        people = [
            contact
            for contact in bank
            if community.slug in contact.pipeline
            and contact.pipeline[community.slug].status in invites.ASKED[chosen_kind]
        ]
    people = [person for person in people if _may(person, community.slug, here.today)]
    if people:
        refuse_exposed(out)
    if sender and ("@" not in sender or any(sign in sender for sign in " ,;<>\r\n")):
        stop(
            T("« {sender} » n'est pas une adresse de courriel", sender=sender),
            T("Écrivez par exemple nom@exemple.org."),
        )
    lang = community.charter.language
    name = f"{kind}.{lang}.md"
    what = invites.event(community, chosen_kind, here.today, day, here.settings)
    fields = invites.fields(community, here.settings, here.today, what, link)
    letter = invites.Letter(theme_text(here, "invitations", name), fields, what, sender, lang, here.settings.timezone)
    files: dict[str, bytes] = {}
    try:
        if together or not people:
            files[invites.file_name(None, kind)] = invites.draft(letter, people, together=True)
        else:
            for person in people:
                files[invites.file_name(person, kind)] = invites.draft(letter, [person])
    except UnknownField as error:
        unknown_field(f"theme/invitations/{name}", error)
    except ImportError as error:
        lacking(error)
    for file, data in files.items():
        private.keep(out.absolute() / file, data)
    click.secho(say(N("{n} brouillon dans {out}.", "{n} brouillons dans {out}.", len(files), out=out)), fg="green")
    if not people:
        click.echo(say(T("Personne n'est à cette étape : le brouillon n'a pas de destinataire.")))
    if kind not in ("first-contact", "survey") and what is None:
        click.echo(say(T("Aucune date n'est connue : ajoutez --date AAAA-MM-JJ, et une entrée d'agenda s'y joindra.")))
    if kind == "survey" and not link:
        click.echo(say(T("L'adresse du sondage manque : ajoutez --link https://…")))
    if kind == "first-contact" and people and not community.charter.purpose:
        click.echo(say(T("La charte ne dit pas encore la raison d'être (« purpose ») : c'est le cœur de ce message.")))
    click.echo(say(T("Ouvrez-les dans votre messagerie, relisez, envoyez. cdp n'envoie rien.")))


def _may(person: banks.Contact, slug: str, today: date) -> bool:
    """Tell whether one may write to somebody; say why not."""
    if not invites.addressed(person):
        click.echo(say(T("{id} n'a pas d'adresse de courriel utilisable.", id=person.id)))
        return False
    if slug in person.pipeline and person.pipeline[slug].status == "declined":
        click.echo(say(T("{id} a dit non : aucun brouillon.", id=person.id)))
        return False
    if person.purge is not None and person.purge <= today:
        click.echo(say(T("{id} devait être oublié : aucun brouillon. cdp contacts forget {id}", id=person.id)))
        return False
    return True
