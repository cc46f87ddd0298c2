"""``cdp invite``: mail drafts. Nothing is ever sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import click

from cdp import private
from cdp.cli import language
from cdp.cli.bank import bank_of, lacking, reading, refuse_exposed
from cdp.cli.ground import (
    Day,
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
from cdp.cli.kickoff import hour_of, kit_of, theme_text, unknown_field
from cdp.cli.season import chosen, season_named
from cdp.facilitation import invite as invites
from cdp.facilitation import meetings
from cdp.facilitation.deck.counts import season_of
from cdp.facilitation.filling import UnknownField
from cdp.facilitation.recruit import contacts as banks
from cdp.plan import Plan
from cdp.site import words
from cdp.text import N, T

_ABSENT = {"fr": "si-vous-ne-pouvez-pas-venir", "en": "if-you-cannot-come"}


@click.command(
    help=say(T("Copie les lettres des invitations dans theme/invitations/, pour les dire à votre façon.")),
    short_help=say(T("Copie les lettres des invitations, pour les changer.")),
)
@root_option
@apply_option
def letters(root: Path | None, carry_out: bool) -> None:
    """Copy the letters that the knowledge base does not have; those that it has stay as they are."""
    here = ground(root)
    missing = {
        f"theme/invitations/{letter.name}": letter.read_bytes()
        for letter in sorted((resource("theme") / "invitations").glob("*.md"))
        if not (here.own / "invitations" / letter.name).exists()
    }
    if not missing:
        click.echo(say(T("Les lettres sont déjà dans theme/invitations/ : ouvrez-les et changez-les.")))
        return
    settle(here, Plan(missing), carry_out)


@click.command()
@click.argument("slug", metavar="NOM")
@click.option(
    "--kind",
    type=click.Choice(invites.KINDS),
    required=True,
    help=say(
        T(
            "Ce à quoi on invite : premier contact, rencontre du groupe (meeting), rencontre à deux (one-to-one), démarrage, sondage, fin de saison, célébration, fermeture."
        )
    ),
)
@into(T("Dossier des brouillons."), "DOSSIER", required=True)
@click.option(
    "--to", "who", multiple=True, metavar="QUI", help=say(T("À qui : identifiant, courriel ou nom; peut se répéter."))
)
@click.option("--together", is_flag=True, help=say(T("Un seul courriel, les adresses en copie cachée.")))
@click.option("--date", "day", type=Day(), default=None, help=say(T("Jour de la rencontre, AAAA-MM-JJ.")))
@click.option("--start", default="", metavar="HH:MM", help=say(T("Heure, par exemple 13:30.")))
@click.option("--place", default="", metavar="TEXTE", help=say(T("Lieu.")))
@click.option(
    "--link", default="", metavar="ADRESSE", help=say(T("Adresse de la rencontre à distance, ou du sondage."))
)
@click.option(
    "--season",
    "season_id",
    default="",
    metavar="ID",
    help=say(T("La saison dont parle le courriel, par son identifiant.")),
)
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
    start: str,
    place: str,
    link: str,
    season_id: str,
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
    asked = len(people)
    people = [person for person in people if _may(person, community.slug, chosen_kind, here.today)]
    people = _agreeing(people, chosen_kind)
    if asked and not people:
        stop(T("personne ne peut recevoir ce courriel : aucun brouillon"), code=1)
    if people:
        refuse_exposed(out)
    if sender and ("@" not in sender or any(sign in sender for sign in " ,;<>\r\n")):
        stop(
            T("« {sender} » n'est pas une adresse de courriel", sender=sender),
            T("Écrivez par exemple nom@exemple.org."),
        )
    if day is not None and day < here.today:
        stop(
            T("le {day} est passé : on n'invite pas à ce qui a eu lieu", day=words.day(day, language(), "weekday")),
            T("Donnez un jour à venir : --date AAAA-MM-JJ"),
        )
    lang = community.charter.language
    name = f"{kind}.{lang}.md"
    what = invites.event(community, chosen_kind, here.today, day, here.settings, here.now)
    if what is not None:
        what = invites.moved(what, hour_of(start), place, link if kind != "survey" else "")
    about = season_of(community, here.today) if kind == "season-end" else None
    if season_id:
        about = season_named(community, season_id)
    fields = invites.fields(community, here.settings, here.today, what, link, about)
    if kind == "season-end" and not fields["season"]:
        stop(
            T("aucune saison de « {slug} » n'est en cours : laquelle s'achève?", slug=community.slug),
            T("Prévoyez-la : cdp season plan {slug}", slug=community.slug),
        )
    forms = {}
    if kind == "kickoff" and what is not None:
        forms = {f"{_ABSENT[lang]}.html": kit_of(here, community, what.day, what.start or "13:00")["absent.html"]}
    text = theme_text(here, "invitations", name)
    letter = invites.Letter(text, fields, what, sender, lang, here.settings.timezone, forms)
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
    if forms:
        click.echo(say(T("Le formulaire des personnes absentes est joint : {name}.", name=next(iter(forms)))))
    if not people:
        click.echo(say(T("Personne n'est à cette étape : le brouillon n'a pas de destinataire.")))
    if kind == "meeting" and what is not None and day is None and meetings.coming(community, here.today) is None:
        click.echo(
            say(
                T(
                    "Le jour est celui du rythme, {day} : préparez la rencontre (cdp meeting new {slug} --apply), ou donnez --date.",
                    day=words.day(what.day, language(), "weekday"),
                    slug=community.slug,
                )
            )
        )
    if kind not in ("first-contact", "survey") and what is None:
        click.echo(say(T("Aucune date n'est connue : ajoutez --date AAAA-MM-JJ, et une entrée d'agenda s'y joindra.")))
    if not community.charter.facilitators:
        click.echo(say(T("Ces brouillons ne sont pas signés : la charte ne dit pas qui anime (« facilitators »).")))
    if kind == "survey" and not fields["form"]:
        click.echo(say(T("L'adresse du sondage manque : ajoutez --link https://…")))
    if kind == "first-contact" and people and not community.charter.purpose:
        click.echo(say(T("La charte ne dit pas encore la raison d'être (« purpose ») : c'est le cœur de ce message.")))
    click.echo(say(T("Ouvrez-les dans votre messagerie, relisez, envoyez. cdp n'envoie rien.")))


def _may(person: banks.Contact, slug: str, kind: invites.Kind, today: date) -> bool:
    """Tell whether one may write to somebody; say why not."""
    pursuit = person.pipeline.get(slug)
    if not invites.addressed(person):
        click.echo(say(T("{id} n'a pas d'adresse de courriel utilisable.", id=person.id)))
        return False
    if pursuit is not None and pursuit.status == "declined":
        click.echo(say(T("{id} a dit non : aucun brouillon.", id=person.id)))
        return False
    if person.purge is not None and person.purge <= today:
        click.echo(say(T("{id} devait être oublié : aucun brouillon. cdp contacts forget {id}", id=person.id)))
        return False
    if not invites.PURPOSE[kind] and pursuit is not None and pursuit.status != "to_contact":
        click.echo(say(T("{id} a déjà reçu un premier message : aucun brouillon.", id=person.id)))
        return False
    if banks.agreed(person, invites.PURPOSE[kind]) is False:
        what = banks.PURPOSES[invites.PURPOSE[kind]]
        click.echo(say(T("{id} refuse ceci : {what}. Aucun brouillon.", id=person.id, what=what)))
        return False
    return True


def _agreeing(people: list[banks.Contact], kind: invites.Kind) -> list[banks.Contact]:
    """Return the people who agreed to be written to for this purpose; say once for all who did not, and what to do."""
    purpose = invites.PURPOSE[kind]
    if not purpose:
        return people
    silent = [person.id for person in people if banks.agreed(person, purpose) is None]
    if silent:
        click.secho(
            say(
                N(
                    "{ids} n'a pas encore accepté ceci : {what}. Aucun brouillon.",
                    "{ids} n'ont pas encore accepté ceci : {what}. Aucun brouillon.",
                    len(silent),
                    ids=", ".join(silent),
                    what=banks.PURPOSES[purpose],
                )
            ),
            fg="yellow",
        )
        click.echo(
            say(T("Dès que c'est dit, notez-le : cdp contacts consent {id} {purpose}", id=silent[0], purpose=purpose))
        )
    return [person for person in people if person.id not in silent]
