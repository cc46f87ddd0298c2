"""``cdp contacts``: the bank of people who could be allies. It stays in ``private/``, on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from cdp import private
from cdp.cli import Commands, language
from cdp.cli.bank import bank_of, line_of, reading, tell_duplicates, tell_joined, tell_unheeded
from cdp.cli.ground import as_of_option, ground, root_option, say, stop
from cdp.cli.handover import export, handed_over, key
from cdp.cli.pipeline import heads, pipeline
from cdp.facilitation.recruit import contacts as banks
from cdp.facilitation.recruit.contacts import Contact
from cdp.facilitation.recruit.sheets import ASIDE
from cdp.site import words
from cdp.text import N, T, Text

_SHOWN = 10
"""Most lines or cards that an import names: the rest is counted."""


@click.group(cls=Commands)
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
        click.echo(line_of(contact))
    click.echo(say(N("{n} contact.", "{n} contacts.", len(due if purge_due else bank))))
    tell_joined(bank)
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


@contacts.command(name="split", help=say(T("Sépare les réseaux et les secteurs écrits ensemble, comme « A, B ».")))
@root_option
def split_(root: Path | None) -> None:
    """Split the networks and sectors that were written as one."""
    here = ground(root)
    bank = bank_of(here)
    new = tuple(banks.split(contact) for contact in bank)
    changed = [contact for before, contact in zip(bank, new, strict=True) if contact != before]
    if changed:
        reading(lambda: private.write(here.root, new))
    for contact in changed:
        click.echo(line_of(contact))
    click.echo(say(N("{n} contact changé.", "{n} contacts changés.", len(changed))))


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
        for line in _sheet(found[0]):
            click.echo(line)
        return
    for contact in found:
        click.echo(line_of(contact))
    click.echo(say(N("{n} contact.", "{n} contacts.", len(found))))


def _sheet(contact: Contact) -> Iterator[str]:
    """Yield the lines of a contact's sheet, as one would read it."""
    yield f"{contact.id} · {contact.name}"
    kept = contact.purge
    for label, value in (
        (T("Organisme"), contact.organization),
        (T("Fonction"), contact.role),
        (T("Réseaux"), ", ".join(contact.networks)),
        (T("Région"), contact.region),
        (T("Secteurs"), ", ".join(contact.sectors)),
        (T("Courriel"), ", ".join(contact.emails)),
        (T("Téléphone"), ", ".join(contact.phones)),
        (T("Adresse"), contact.address),
        (T("Comment joindre"), contact.how),
        (T("Note"), contact.note),
        (T("Vient de"), contact.source and f"{contact.source.where}, {words.day(contact.source.date, language())}"),
        (T("À oublier le"), kept and words.day(kept, language())),
    ):
        if value:
            yield f"  {say(T('{label} : {value}', label=label, value=', '.join(value.splitlines())))}"
    for each in contact.consents:
        what = banks.PURPOSES.get(each.purpose)
        done = T("A refusé") if each.withdrawn else T("A accepté")
        details = ", ".join(filter(None, (words.day(each.withdrawn or each.date, language()), each.how)))
        said = f"{say(what) if what else each.purpose} ({details})"
        yield f"  {say(T('{label} : {value}', label=done, value=said))}"
    for slug, pursuit in contact.pipeline.items():
        steps = [
            f"{say(banks.STATUSES[step.status])} ({', '.join(filter(None, (words.day(step.date, language()), step.note)))})"
            for step in pursuit.steps
        ]
        state = " → ".join(
            [*(steps or [say(banks.STATUSES[pursuit.status])]), *([pursuit.next] if pursuit.next else [])]
        )
        yield f"  {say(T('{label} : {value}', label=slug, value=state))}"
    for key_, values in contact.other.items():
        label_: Text | str = T("Courriel à vérifier") if key_ == ASIDE else key_
        yield f"  {say(T('{label} : {value}', label=label_, value=', '.join(', '.join(values).splitlines())))}"


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


def consent_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--consent``, what a person agreed to."""
    text = say(T("Ce que la personne a accepté : rencontres, sondages; peut se répéter."))
    return click.option("--consent", "consents", multiple=True, metavar="BUT", help=text)(command)


def purposes_of(words_: Iterable[str]) -> list[str]:
    """Return the purposes that words name."""
    return [banks.purpose_of(word) for word in words_ if word.strip()]


def _items(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(item for text in texts for item in banks.parted(text))


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that a person typed, or leave at the first that nobody can be written to."""
    found = []
    for text in filter(str.strip, texts):
        if not banks.email_of(text):
            stop(
                T("« {text} » n'est pas une adresse de courriel", text=" ".join(text.split())[:80]),
                T("Écrivez par exemple nom@exemple.org."),
            )
        found.append(banks.email_of(text))
    return tuple(found)


@contacts.command(help=say(T("Ajoute un contact.")))
@click.argument("name", metavar="NOM")
@_fields
@click.option("--source", default="", metavar="TEXTE", help=say(T("D'où vient ce contact.")))
@consent_option
@root_option
@as_of_option
def add(
    name: str,
    network: tuple[str, ...],
    sector: tuple[str, ...],
    email: tuple[str, ...],
    phone: tuple[str, ...],
    source: str,
    consents: tuple[str, ...],
    root: Path | None,
    as_of: date | None,
    **texts: str,
) -> None:
    """Add a contact."""
    here = ground(root, as_of)
    bank = bank_of(here)
    if not name.strip():
        stop(T("le nom est vide"), T('Écrivez par exemple : cdp contacts add "Prénom Nom"'))
    email = _addresses(email)
    lists = {"networks": _items(network), "sectors": _items(sector)}
    draft = {"name": name, **lists, "emails": email, "phones": phone}
    draft |= {key: value for key, value in texts.items() if value}
    new, same, completed = banks.added(
        bank, [draft], source or say(T("ajouté à la main")), here.today, purposes_of(consents)
    )
    if same:
        stop(T("ce contact est déjà dans la banque"), code=1)
    reading(lambda: private.write(here.root, new))
    if completed:
        click.secho(say(N("{n} contact complété.", "{n} contacts complétés.", completed)), fg="green")
        return
    click.secho(say(T("Ajouté : {id}.", id=new[-1].id)), fg="green")
    tell_unheeded(purposes_of(consents))


@contacts.command(help=say(T("Complète ou corrige un contact : réseaux, région, courriels…")))
@click.argument("who", metavar="QUI")
@click.option("--name", default="", metavar="TEXTE", help=say(T("Nouveau nom.")))
@_fields
@root_option
def edit(
    who: str,
    network: tuple[str, ...],
    sector: tuple[str, ...],
    email: tuple[str, ...],
    phone: tuple[str, ...],
    root: Path | None,
    **texts: str,
) -> None:
    """Complete a contact: lists grow, the rest is replaced."""
    here = ground(root)
    bank = bank_of(here)
    person = reading(lambda: banks.named(bank, who))
    lists = {"networks": _items(network), "sectors": _items(sector), "emails": _addresses(email), "phones": phone}
    changes: dict[str, Any] = {key: value.strip() for key, value in texts.items() if value.strip()}
    # What is given last comes first: a new address is the one to write to.
    changes |= {
        key: tuple(dict.fromkeys((*values, *getattr(person, key)))) for key, values in lists.items() if any(values)
    }
    if not changes:
        stop(T("rien n'est à changer"), T("Donnez par exemple : cdp contacts edit {id} --region Estrie", id=person.id))
    changed = person.model_copy(update=changes)
    reading(lambda: private.write(here.root, banks.replaced(bank, changed)))
    for line in _sheet(changed):
        click.echo(line)


@contacts.command(
    name="import", help=say(T("Ajoute les contacts d'un fichier vCard ou CSV (Outlook, Google, tableur)."))
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FICHIER")
@click.option("--source", default="", metavar="TEXTE", help=say(T("D'où viennent ces contacts.")))
@click.option("--network", default="", metavar="TEXTE", help=say(T("Réseau de ceux qui n'en disent pas.")))
@click.option(
    "--network-from",
    default="",
    metavar="COLONNE",
    help=say(T("Colonne qui dit les réseaux : Labels (Google), Catégories (Outlook, vCard), ou une autre.")),
)
@click.option("--region", default="", metavar="TEXTE", help=say(T("Région de ceux qui n'en disent pas.")))
@consent_option
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
    file: Path,
    source: str,
    network: str,
    network_from: str,
    region: str,
    consents: tuple[str, ...],
    identity: Path | None,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Import contacts."""
    from cdp.facilitation.recruit import cards, sheets

    here = ground(root, as_of)
    bank = bank_of(here)
    data = file.read_bytes()
    if data.startswith(b"age-encryption.org/"):
        handed_over(here, bank, data, identity)
        return
    text = reading(lambda: sheets.decoded(data))
    card = text.lstrip("\ufeff").lstrip().upper().startswith("BEGIN:VCARD")
    found = reading(lambda: cards.cards(text, network_from) if card else sheets.table(text, network_from))
    for draft in found.drafts:
        if network and not draft.get("networks"):
            draft["networks"] = tuple(banks.parted(network))
        if region and not draft.get("region"):
            draft["region"] = region
    new, same, completed = banks.added(bank, found.drafts, source or file.name, here.today, purposes_of(consents))
    reading(lambda: private.write(here.root, new))
    count = len(new) - len(bank)
    click.secho(say(N("{n} contact ajouté.", "{n} contacts ajoutés.", count)), fg="green")
    if completed:
        click.secho(say(N("{n} contact complété.", "{n} contacts complétés.", completed)), fg="green")
    if same:
        click.echo(say(N("{n} était déjà là, pareil.", "{n} étaient déjà là, pareils.", same)))
    _tell_some(T("Laissé de côté, à vérifier : {where}."), found.left)
    _tell_some(
        T("Ce n'est pas une adresse de courriel, gardé sur la fiche sous « à vérifier » : {where}."), found.doubtful
    )
    if found.unknown:
        names = ", ".join(f"« {name} »" for name in found.unknown[:_SHOWN])
        click.echo(
            say(
                N(
                    "{n} colonne n'est pas reconnue : {names}. Ce qu'elle contient est gardé sur les fiches, sous « autres ».",
                    "{n} colonnes ne sont pas reconnues, dont {names}. Ce qu'elles contiennent est gardé sur les fiches, sous « autres ».",
                    len(found.unknown),
                    names=names,
                )
            )
        )
    for label in found.labels:
        click.echo(
            say(
                T(
                    'La colonne « {label} » range ces contacts en groupes. Si ce sont des réseaux, relancez avec --network-from "{label}" : les contacts seront complétés, pas doublés.',
                    label=label,
                )
            )
        )
    if not consents and count:
        click.echo(
            say(
                T(
                    "Aucun accord n'est noté : un premier message est permis, puis notez la réponse avec cdp contacts consent."
                )
            )
        )
    tell_unheeded(purposes_of(consents))
    tell_duplicates(new)


def _tell_some(sentence: Text, places: list[Text]) -> None:
    """Say where a person should look, for the first places; count the others."""
    for where in places[:_SHOWN]:
        click.secho(say(T(sentence.message, where=where)), fg="yellow")
    if places[_SHOWN:]:
        click.secho(say(N("… et {n} autre.", "… et {n} autres.", len(places) - _SHOWN)), fg="yellow")


@contacts.command(help=say(T("Montre les contacts qui sont peut-être la même personne.")))
@root_option
def duplicates(root: Path | None) -> None:
    """Show possible duplicates."""
    from cdp.facilitation.recruit.duplicates import pairs

    here = ground(root)
    found = pairs(bank_of(here))
    for one, two, why in found:
        click.echo(f"{line_of(one)}\n{line_of(two)}\n    {say(why)} → cdp contacts merge {one.id} {two.id}\n")
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


@contacts.command(help=say(T("Note ce qu'une personne a accepté (rencontres, sondages), ou ce qu'elle retire.")))
@click.argument("who", metavar="QUI")
@click.argument("purposes", nargs=-1, required=True, metavar="BUT…")
@click.option(
    "--how", default="", metavar="TEXTE", help=say(T("Comment l'accord a été donné : de vive voix, par courriel…"))
)
@click.option("--withdrawn", is_flag=True, help=say(T("La personne retire son accord, ou le refuse.")))
@root_option
@as_of_option
def consent(
    who: str, purposes: tuple[str, ...], how: str, withdrawn: bool, root: Path | None, as_of: date | None
) -> None:
    """Record a consent, or its withdrawal."""
    here = ground(root, as_of)
    bank = bank_of(here)
    person = reading(lambda: banks.named(bank, who))
    named = [banks.purpose_of(purpose) for purpose in purposes]
    changed = (
        banks.withdrawing(person, named, here.today) if withdrawn else banks.agreeing(person, named, here.today, how)
    )
    reading(lambda: private.write(here.root, banks.replaced(bank, changed)))
    for purpose in named:
        what = banks.PURPOSES.get(purpose)
        said = say(what) if what is not None else f"« {purpose} »"
        done = T("{name} refuse ceci : {what}.") if withdrawn else T("{name} accepte ceci : {what}.")
        click.secho(say(T(done.message, name=person.name, what=said)), fg="green")
    tell_unheeded(named)


@contacts.command(help=say(T("Oublie une personne partout dans private/, et dit où son nom reste dans Git.")))
@click.argument("who", metavar="QUI")
@root_option
def forget(who: str, root: Path | None) -> None:
    """Forget somebody."""
    here = ground(root)
    bank = bank_of(here)
    person = reading(lambda: banks.named(bank, who))
    left = tuple(banks.without(contact, person) for contact in bank if contact.id != person.id)
    cleaned = private.cleaned(here.root, person)
    reading(lambda: private.write(here.root, left))
    for path, data in cleaned.items():
        if data is None:
            path.unlink()
        else:
            private.keep(path, data)
    click.secho(say(T("Oublié : le contact {id}.", id=person.id)), fg="green")
    gone = sum(data is None for data in cleaned.values())
    if gone:
        click.echo(say(N("{n} brouillon de courriel effacé.", "{n} brouillons de courriel effacés.", gone)))
    for path, data in cleaned.items():
        if data is not None:
            click.echo(say(T("{path} n'en parle plus.", path=path.relative_to(here.root))))
    namesakes = [contact.id for contact in left if banks.folded(contact.name) == banks.folded(person.name)]
    if namesakes:
        click.echo(
            say(T("Même nom, gardé : {ids}. Si c'est la même personne, oubliez-le aussi.", ids=", ".join(namesakes)))
        )
    for contact in left:
        if contact.id not in namesakes and banks.mentions(banks.write((contact,)), person):
            click.echo(say(T("Le contact {id} en parle encore : corrigez-le à la main.", id=contact.id)))
    closed = private.closed(here.root, person)
    for path in closed:
        click.secho(
            say(T("{path} en parle encore : corrigez-le ou effacez-le.", path=path.relative_to(here.root))), fg="yellow"
        )
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
        click.echo(
            say(
                T("Les pages déjà construites peuvent le dire aussi : effacez .cdp/cache et site/, puis reconstruisez.")
            )
        )
    else:
        click.echo(say(T("Ce nom n'est nulle part dans Git.")))
    if found or closed:
        raise SystemExit(1)


contacts.add_command(pipeline)
contacts.add_command(heads)
contacts.add_command(key)
contacts.add_command(export)
