"""``cdp contacts key``, ``export`` and the import of what was exported: the bank passes to a successor, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import click

from cdp import private
from cdp.cli.bank import bank_of, lacking, reading, refuse_exposed, tell_duplicates
from cdp.cli.ground import Ground, ground, into, root_option, say, stop
from cdp.facilitation.recruit import contacts as banks
from cdp.facilitation.recruit.contacts import Bank
from cdp.text import N, T


@click.command(
    help=say(T("Fait la clé d'une relève : elle garde le fichier, et donne la ligne qui commence par age1."))
)
@into(T("Fichier de la clé."), "FICHIER", required=True)
def key(out: Path) -> None:
    """Make the key of a successor."""
    try:
        from pyrage import x25519
    except ImportError as error:
        lacking(error)
    if out.exists():
        stop(T("« {out} » existe déjà", out=out), T("Donnez un autre nom."))
    refuse_exposed(out)
    identity = x25519.Identity.generate()
    # As age-keygen does: whoever loses the line below finds it again.
    private.keep(out.absolute(), f"# public key: {identity.to_public()}\n{identity}\n".encode())
    click.echo(str(identity.to_public()))
    click.echo(
        say(
            T(
                "Gardez {out} pour vous; donnez la ligne ci-dessus à la personne qui vous transmet ses contacts.",
                out=out,
            )
        )
    )


@click.command(help=say(T("Transmet la banque à une relève, chiffrée pour elle seule.")))
@click.option(
    "--to", "keys", multiple=True, required=True, metavar="CLÉ", help=say(T("Clé publique de la relève (age1…)."))
)
@into(T("Fichier à écrire."), "FICHIER", required=True)
@root_option
def export(keys: tuple[str, ...], out: Path, root: Path | None) -> None:
    """Encrypt the bank for a successor."""
    here = ground(root)
    bank = bank_of(here)
    try:
        import pyrage
    except ImportError as error:
        lacking(error)
    recipients = []
    for each in keys:
        try:
            recipients.append(pyrage.x25519.Recipient.from_str(each.strip()))
        except pyrage.RecipientError:
            stop(
                T("« {key} » n'est pas une clé publique age", key=each[:80]),
                T("Elle commence par age1; la relève la fait avec cdp contacts key -o FICHIER."),
            )
    if out.exists():
        stop(T("« {out} » existe déjà", out=out), T("Donnez un autre nom."))
    refuse_exposed(out)
    private.keep(out.absolute(), pyrage.encrypt(banks.write(bank).encode(), recipients))
    click.secho(
        say(N("{n} contact chiffré dans {out}.", "{n} contacts chiffrés dans {out}.", len(bank), out=out)), fg="green"
    )


def handed_over(here: Ground, bank: Bank, data: bytes, identity: Path | None) -> None:
    """Take over the bank of a predecessor; contacts that have the same id get another one."""
    if identity is None:
        stop(T("ce fichier est chiffré"), T("Ajoutez votre clé : --identity FICHIER"))
    try:
        import pyrage
    except ImportError as error:
        lacking(error)
    try:
        lines = identity.read_text(encoding="utf-8").split()
        mine = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
        text = pyrage.decrypt(data, mine).decode("utf-8")
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError):
        stop(
            T("ce fichier ne se déchiffre pas avec cette clé"),
            T("Il a été chiffré pour une autre clé, ou il a été changé en chemin."),
        )
    theirs = reading(lambda: banks.read(text))
    result = list(bank)
    for contact in theirs:
        taken = {other.id: other for other in result}
        if taken.get(contact.id) == contact:
            continue
        result.append(contact.model_copy(update={"id": banks.next_id(result)}) if contact.id in taken else contact)
    reading(lambda: private.write(here.root, tuple(result)))
    click.secho(say(N("{n} contact ajouté.", "{n} contacts ajoutés.", len(result) - len(bank))), fg="green")
    tell_duplicates(tuple(result))
