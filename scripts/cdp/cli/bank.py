"""What the commands that open the contact bank stand on: reading it, and how its faults are said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from cdp import private, writing
from cdp.cli.ground import Ground, say, stop
from cdp.facilitation.recruit.contacts import PURPOSES, Bank, Contact, Unusable, split
from cdp.text import N, T

Result = TypeVar("Result")


def reading(make: Callable[[], Result]) -> Result:
    """Return what a reading gives, or leave with its message."""
    try:
        return make()
    except Unusable as error:
        stop(error.message, error.fix)
    except writing.Busy:
        stop(
            T("une autre commande cdp est en train d'écrire dans cette base"), T("Attendez qu'elle ait fini."), code=75
        )
    except ImportError as error:
        lacking(error)


def lacking(error: ImportError) -> NoReturn:
    """Leave, saying which part of cdp is not installed, and how to install it where cdp came from."""
    tree = Path(__file__).parents[3]
    clone = tree if (tree / "pyproject.toml").is_file() else None
    python = sys.executable
    stop(
        T("il manque la bibliothèque {name}", name=error.name or "?"),
        T('Installez cdp avec ses compléments : pip install "cdp-saisons[recruit,deck]"')
        if clone is None
        else T(
            'Installez les compléments : {python} -m pip install "{clone}[recruit,deck]"', python=python, clone=clone
        ),
    )


def bank_of(here: Ground) -> Bank:
    """Return the bank of a knowledge base, or leave with a message."""
    return reading(lambda: private.read(here.root))


def line_of(contact: Contact) -> str:
    """Return a contact on one line."""
    parts = [
        contact.id.ljust(5),
        contact.name,
        contact.organization if contact.organization != contact.name else None,
        ", ".join(contact.networks),
        contact.region,
    ]
    return " · ".join(" ".join(part.split()) if part is not parts[0] else part for part in parts if part)


def tell_joined(bank: Bank) -> None:
    """Say how many contacts have several networks or sectors written as one, and how to separate them."""
    count = sum(split(contact) != contact for contact in bank)
    if count:
        click.secho(
            say(
                N(
                    "{n} contact a plusieurs réseaux ou secteurs écrits ensemble, comme « A, B » : cdp les compte un à un. Pour les séparer dans la banque : cdp contacts split",
                    "{n} contacts ont plusieurs réseaux ou secteurs écrits ensemble, comme « A, B » : cdp les compte un à un. Pour les séparer dans la banque : cdp contacts split",
                    count,
                )
            ),
            fg="yellow",
        )


def tell_duplicates(bank: Bank) -> None:
    """Say how many contacts may be somebody else in the bank."""
    from cdp.facilitation.recruit.duplicates import pairs

    count = len(pairs(bank))
    if count:
        click.secho(
            say(
                N(
                    "{n} doublon possible : cdp contacts duplicates",
                    "{n} doublons possibles : cdp contacts duplicates",
                    count,
                )
            ),
            fg="yellow",
        )


def tell_unheeded(purposes: Iterable[str]) -> None:
    """Say that consents in a person's own words are kept, and that no command looks at them."""
    if any(purpose not in PURPOSES for purpose in purposes):
        click.echo(
            say(
                T(
                    "C'est noté dans vos mots, mais cdp n'en tient pas compte : avant un courriel, il ne cherche que « rencontres » ou « sondages ». Pour un nom sur le site : cdp contacts pipeline COMMUNAUTÉ QUI --named yes"
                )
            )
        )


def refuse_exposed(out: Path) -> None:
    """Leave when Git could take what would be written there."""
    if private.exposed(out):
        stop(
            T(
                "« {out} » est dans un dossier que Git suit, et le fichier contiendrait des renseignements personnels",
                out=out,
            ),
            T("Écrivez dans private/ ou hors du dépôt."),
        )
