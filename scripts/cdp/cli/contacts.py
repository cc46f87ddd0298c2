"""``cdp contacts``: the bank of people who could be allies. It stays in ``private/``, on this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import click

from cdp import private
from cdp.cli import language
from cdp.cli.bank import bank_of, reading, tell_duplicates
from cdp.cli.ground import Day, Ground, apply_option, as_of_option, ground, root_option, say, settle, slug_of, stop
from cdp.cli.handover import export, handed_over, key
from cdp.facilitation.recruit import contacts as banks
from cdp.facilitation.recruit import pipeline as pipelines
from cdp.facilitation.recruit.contacts import Consent, Contact, Status
from cdp.site import words
from cdp.text import N, T


@click.group()
def contacts() -> None:
    """The contact bank."""


@contacts.command(name="list", help=say(T("Énumère les contacts.")))
@click.option("--purge-due", is_flag=True, help=say(T("Seulement ceux dont la date de suppression est passée.")))
@root_option
@as_of_option
def list_(purge_due: bool, root: Path | None, as_of: date | None) -> None:
    """List contacts."""
    here = ground(root, as_of)
    bank = bank_of(here)
    due = [contact for contact in bank if contact.purge is not None and contact.purge <= here.today]
    for contact in due if purge_due else bank:
        click.echo(_line(contact))
    click.echo(say(N("{n} contact.", "{n} contacts.", len(due if purge_due else bank))))
    if due and not purge_due:
        click.secho(
            say(
                N(
                    "{n} contact à oublier : sa date de suppression est passée. cdp contacts list --purge-due",
                    "{n} contacts à oublier : leur date de suppression est passée. cdp contacts list --purge-due",
                    len(due),
                )
            ),
            fg="yellow",
        )


def _line(contact: Contact) -> str:
    parts = [contact.id.ljust(5), contact.name, contact.organization, ", ".join(contact.networks), contact.region]
    return " · ".join(part for part in parts if part)


@contacts.command(help=say(T("Cherche par mots, réseau, région ou secteur.")))
@click.argument("words_", nargs=-1, metavar="[MOTS]…")
@click.option("--network", default="", metavar="TEXTE", help=say(T("Réseau.")))
@click.option("--region", default="", metavar="TEXTE", help=say(T("Région.")))
@click.option("--sector", default="", metavar="TEXTE", help=say(T("Secteur.")))
@root_option
def find(words_: tuple[str, ...], network: str, region: str, sector: str, root: Path | None) -> None:
    """Find contacts; one alone is shown whole."""
    here = ground(root)
    found = banks.find(bank_of(here), " ".join(words_), network, region, sector)
    if len(found) == 1:
        click.echo(banks.write(found).partition("contacts:\n")[2].rstrip())
        return
    for contact in found:
        click.echo(_line(contact))
    click.echo(say(N("{n} contact.", "{n} contacts.", len(found))))


def _fields(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, metavar, text in reversed(
        (
            ("--organization", "TEXTE", T("Organisme.")),
            ("--role", "TEXTE", T("Fonction.")),
            ("--region", "TEXTE", T("Région.")),
            ("--how", "TEXTE", T("Comment cette personne préfère être jointe.")),
            ("--note", "TEXTE", T("Note.")),
        )
    ):
        command = click.option(name, default="", metavar=metavar, help=say(text))(command)
    for name, text in (
        ("--phone", T("Téléphone; peut se répéter.")),
        ("--email", T("Courriel; peut se répéter.")),
        ("--sector", T("Secteur; peut se répéter.")),
        ("--network", T("Réseau; peut se répéter.")),
    ):
        command = click.option(name, multiple=True, metavar="TEXTE", help=say(text))(command)
    return command


def _consent(purpose: str, day: date) -> Consent | None:
    return Consent(purpose=purpose, date=day) if purpose.strip() else None


@contacts.command(help=say(T("Ajoute un contact.")))
@click.argument("name", metavar="NOM")
@_fields
@click.option("--source", default="", metavar="TEXTE", help=say(T("D'où vient ce contact.")))
@click.option(
    "--consent", default="", metavar="TEXTE", help=say(T("Ce que la personne a accepté, et pour quoi faire."))
)
@root_option
@as_of_option
def add(
    name: str,
    network: tuple[str, ...],
    sector: tuple[str, ...],
    email: tuple[str, ...],
    phone: tuple[str, ...],
    source: str,
    consent: str,
    root: Path | None,
    as_of: date | None,
    **texts: str,
) -> None:
    """Add a contact."""
    here = ground(root, as_of)
    bank = bank_of(here)
    if not name.strip():
        stop(T("le nom est vide"), T('Écrivez par exemple : cdp contacts add "Prénom Nom"'))
    draft = {"name": name, "networks": network, "sectors": sector, "emails": email, "phones": phone}
    draft |= {key: value for key, value in texts.items() if value}
    new, same = banks.added(
        bank, [draft], source or say(T("ajouté à la main")), here.today, _consent(consent, here.today)
    )
    if same:
        stop(T("ce contact est déjà dans la banque"), code=1)
    reading(lambda: private.write(here.root, new))
    click.secho(say(T("Ajouté : {id}.", id=new[-1].id)), fg="green")


@contacts.command(
    name="import", help=say(T("Ajoute les contacts d'un fichier vCard ou CSV (Outlook, Google, tableur)."))
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FICHIER")
@click.option("--source", default="", metavar="TEXTE", help=say(T("D'où viennent ces contacts.")))
@click.option(
    "--consent", default="", metavar="TEXTE", help=say(T("Ce que ces personnes ont accepté, et pour quoi faire."))
)
@click.option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    metavar="FICHIER",
    help=say(T("Votre clé, pour un fichier chiffré par « contacts export ».")),
)
@root_option
@as_of_option
def import_(
    file: Path, source: str, consent: str, identity: Path | None, root: Path | None, as_of: date | None
) -> None:
    """Import contacts."""
    from cdp.facilitation.recruit import sheets

    here = ground(root, as_of)
    bank = bank_of(here)
    data = file.read_bytes()
    if data.startswith(b"age-encryption.org/"):
        handed_over(here, bank, data, identity)
        return
    text = reading(lambda: sheets.decoded(data))
    card = text.lstrip("\ufeff").lstrip().upper().startswith("BEGIN:VCARD")
    drafts = reading(lambda: sheets.cards(text) if card else sheets.table(text))
    new, same = banks.added(bank, drafts, source or file.name, here.today, _consent(consent, here.today))
    reading(lambda: private.write(here.root, new))
    count = len(new) - len(bank)
    click.secho(say(N("{n} contact ajouté.", "{n} contacts ajoutés.", count)), fg="green")
    if same:
        click.echo(say(N("{n} était déjà là, pareil.", "{n} étaient déjà là, pareils.", same)))
    if not consent and count:
        click.echo(
            say(T("Sans consentement noté : n'écrivez que pour une première prise de contact, puis notez la réponse."))
        )
    tell_duplicates(new)


@contacts.command(help=say(T("Montre les contacts qui sont peut-être la même personne.")))
@root_option
def duplicates(root: Path | None) -> None:
    """Show possible duplicates."""
    from cdp.facilitation.recruit.duplicates import pairs

    here = ground(root)
    found = pairs(bank_of(here))
    for one, two, why in found:
        click.echo(f"{_line(one)}\n{_line(two)}\n    {say(why)} → cdp contacts merge {one.id} {two.id}\n")
    click.echo(say(N("{n} doublon possible.", "{n} doublons possibles.", len(found))))


@contacts.command(help=say(T("Réunit deux contacts en un seul, sans rien perdre.")))
@click.argument("kept", metavar="GARDÉ")
@click.argument("gone", metavar="RÉUNI")
@root_option
def merge(kept: str, gone: str, root: Path | None) -> None:
    """Merge two contacts."""
    here = ground(root)
    bank = bank_of(here)
    one, two = reading(lambda: (banks.named(bank, kept), banks.named(bank, gone)))
    if one.id == two.id:
        stop(T("c'est le même contact"), T("Donnez deux identifiants."))
    result = banks.merged(one, two)
    left = tuple(contact for contact in banks.replaced(bank, result) if contact.id != two.id)
    reading(lambda: private.write(here.root, left))
    click.secho(say(T("{two} fait maintenant partie de {one}.", one=one.id, two=two.id)), fg="green")


@contacts.command(help=say(T("Note ce qu'une personne a accepté, et pour quoi faire.")))
@click.argument("who", metavar="QUI")
@click.argument("purpose", metavar="BUT")
@click.option(
    "--how", default="", metavar="TEXTE", help=say(T("Comment l'accord a été donné : de vive voix, par courriel…"))
)
@root_option
@as_of_option
def consent(who: str, purpose: str, how: str, root: Path | None, as_of: date | None) -> None:
    """Record a consent."""
    here = ground(root, as_of)
    bank = bank_of(here)
    person = reading(lambda: banks.named(bank, who))
    agreed = Consent(purpose=purpose, date=here.today, how=how or None)
    changed = person.model_copy(update={"consents": (*person.consents, agreed)})
    reading(lambda: private.write(here.root, banks.replaced(bank, changed)))
    click.secho(say(T("Noté.")), fg="green")


@contacts.command(help=say(T("Oublie une personne partout dans private/, et dit où son nom reste dans Git.")))
@click.argument("who", metavar="QUI")
@root_option
def forget(who: str, root: Path | None) -> None:
    """Forget somebody."""
    here = ground(root)
    bank = bank_of(here)
    person = reading(lambda: banks.named(bank, who))
    left = tuple(contact for contact in bank if contact.id != person.id)
    own, others = private.drafts(here.root, person)
    reading(lambda: private.write(here.root, left))
    for path in own:
        path.unlink()
    click.secho(say(T("Oublié : le contact {id}.", id=person.id)), fg="green")
    if own:
        click.echo(say(N("{n} brouillon de courriel effacé.", "{n} brouillons de courriel effacés.", len(own))))
    marks = [mark.casefold() for mark in (person.name, *person.emails)]
    for contact in left:
        if any(mark in banks.write((contact,)).casefold() for mark in marks):
            click.echo(say(T("Le contact {id} en parle encore : corrigez-le à la main.", id=contact.id)))
    for path in others:
        click.echo(say(T("{path} en parle encore : corrigez-le ou effacez-le.", path=path.relative_to(here.root))))
    found = private.traces(here.root, [person.name, *person.emails])
    if found:
        click.secho(say(T("Ce nom est encore dans Git, aux endroits suivants :")), fg="yellow")
        for place in found:
            click.echo(f"  {place}")
        click.echo(
            say(
                T(
                    "Retirez-le des fichiers; pour l'historique, voyez « cdp archive redact » ou une personne qui connaît Git."
                )
            )
        )
        raise SystemExit(1)
    click.echo(say(T("Ce nom n'est nulle part dans Git.")))


@contacts.command(help=say(T("Montre où en est la recherche de têtes de réseaux, ou note une étape.")))
@click.argument("slug", metavar="SLUG")
@click.argument("who", required=False, metavar="[QUI]")
@click.option(
    "--status", type=click.Choice(list(banks.STATUSES)), default=None, help=say(T("Nouvelle étape de cette personne."))
)
@click.option("--note", default="", metavar="TEXTE", help=say(T("Note sur cette étape.")))
@click.option(
    "--named", type=click.Choice(["yes", "no"]), default=None, help=say(T("Accepte d'être nommée sur le site?"))
)
@click.option("--next", "action", default="", metavar="TEXTE", help=say(T("Prochaine action.")))
@click.option("--on", type=Day(), default=None, help=say(T("Date de la prochaine action.")))
@root_option
@as_of_option
def pipeline(
    slug: str,
    who: str | None,
    status: str | None,
    note: str,
    named: str | None,
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
        stop(T("aucune communauté ne s'appelle « {slug} »", slug=slug), T("Tapez « cdp status » pour les voir toutes."))
    bank = bank_of(here)
    if who is not None:
        person = reading(lambda: banks.named(bank, who))
        if status is None and not action and named is None:
            status = "to_contact"
        moved = pipelines.advance(
            person, slug, cast("Status | None", status), here.today, note, named or "", action, on
        )
        bank = banks.replaced(bank, moved)
        reading(lambda: private.write(here.root, bank))
    elif status or note or named or action or on:
        stop(T("de qui s'agit-il?"), T("Écrivez : cdp contacts pipeline {slug} QUI --status met", slug=slug))
    _board(pipelines.board(bank, community, here.settings.heads, here.settings.networks), slug, here)


def _board(board: pipelines.Board, slug: str, here: Ground) -> None:
    for status, people in board.columns.items():
        click.secho(f"{say(banks.STATUSES[status])} ({len(people)})", bold=True)
        for contact in people:
            pursuit = contact.pipeline[slug]
            line = "  " + _line(contact)
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
    state = T(
        "{heads} têtes de réseaux sur {needed}, {networks} réseaux sur {wanted}.",
        heads=board.heads,
        needed=here.settings.heads,
        networks=len(board.networks),
        wanted=here.settings.networks,
    )
    click.echo(say(state))
    if board.ready:
        click.secho(say(T("Prête pour la rencontre de démarrage : cdp kit {slug} -o DOSSIER", slug=slug)), fg="green")
    else:
        click.secho(say(T("Pas encore prête pour la rencontre de démarrage.")), fg="yellow")


@contacts.command(
    help=say(T("Nomme dans la charte les têtes de réseaux qui l'ont accepté, avec la date de leur accord."))
)
@click.argument("slug", metavar="SLUG")
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


contacts.add_command(key)
contacts.add_command(export)
