"""``cdp rule`` and ``cdp schema``."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import click

from cdp.cli import language
from cdp.cli.ground import say, stop
from cdp.report import SEVERITIES
from cdp.rules import RULES
from cdp.text import T


@click.command()
@click.argument("name", required=False, metavar="[ID]")
def rule(name: str | None) -> None:
    """Explain a rule, or list them all."""
    if name is None:
        for item in RULES.values():
            severity = f"{say(SEVERITIES[item.severity]):<14}"
            click.echo(f"{click.style(item.id, fg='cyan')}  {severity} {say(item.title)}")
        return
    found = RULES.get(name.upper()) or RULES.get(f"CDP{name}")
    found = found or next((item for item in RULES.values() if item.name == name), None)
    if found is None:
        no_rule(name)
    head = f"{found.id} {found.name} ({say(SEVERITIES[found.severity])})"
    click.secho(head, bold=True)
    click.echo(say(found.manual))


def no_rule(name: str) -> NoReturn:
    """Say that no rule has this id or name, which one does nearly, and leave."""
    near = get_close_matches(
        name.lower(), [word for item in RULES.values() for word in (item.name, item.id.lower())], n=1
    )
    found = next((item for item in RULES.values() if near and near[0] in (item.name, item.id.lower())), None)
    stop(
        T("aucune règle ne s'appelle « {name} »", name=name),
        T("Vouliez-vous dire {id} ({near})? Tapez « cdp rule » pour en avoir la liste.", id=found.id, near=found.name)
        if found is not None
        else T("Tapez « cdp rule » pour en avoir la liste."),
    )


@click.command()
@click.argument("kind", required=False, metavar="[TYPE]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DOSSIER",
    help=say(T("Dossier où écrire un schéma par type.")),
)
def schema(kind: str | None, output: Path | None) -> None:
    """Print the JSON Schema of a kind of front matter, or write them all."""
    from cdp.model.schema import KINDS, PUBLISHED
    from cdp.model.schema import schema as describe

    if kind is not None and kind not in {**KINDS, **PUBLISHED}:
        stop(
            T("aucun type de fichier ne s'appelle « {kind} »", kind=kind),
            T("Types : {kinds}.", kinds=", ".join([*KINDS, *PUBLISHED])),
        )
    kinds = [kind] if kind else list(KINDS)
    if output is None:
        document = describe(kind, language()) if kind else {item: describe(item, language()) for item in kinds}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    output.mkdir(parents=True, exist_ok=True)
    for item in kinds:
        text = json.dumps(describe(item, language()), ensure_ascii=False, indent=2)
        (output / f"{item}.json").write_text(text + "\n", encoding="utf-8")
    click.echo(say(T("Schémas écrits dans {folder}.", folder=output)))
