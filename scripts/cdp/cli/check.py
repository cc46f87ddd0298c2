"""``cdp check``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import click

from cdp import report
from cdp.cli import language
from cdp.cli.compare import compare
from cdp.cli.ground import as_of_option, ground, root_option, say, slug_of, stop
from cdp.diagnostics import Diagnostic
from cdp.rules import RULES, Rule, run
from cdp.text import N, T, Text

_COLOURS = {
    "error": "red",
    "warning": "yellow",
    "info": "blue",
    "path": None,
    "rule": "cyan",
    "fix": "bright_black",
    "good": "green",
}


def style(word: str, what: str) -> str:
    """Colour a word of the report."""
    return click.style(word, fg=_COLOURS[what], bold=what in ("error", "warning", "path"))


def chosen(select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """Return the rules that ``--select`` and ``--ignore`` name by id, name or family (``CDP1``)."""
    for word in (*select, *ignore):
        if not re.fullmatch(r"CDP\d", word, re.IGNORECASE) and not any(_named(rule, word) for rule in RULES.values()):
            stop(T("aucune règle ne s'appelle « {name} »", name=word), T("Tapez « cdp rule » pour en avoir la liste."))
    return [
        rule
        for rule in RULES.values()
        if (not select or any(_named(rule, word) for word in select)) and not any(_named(rule, word) for word in ignore)
    ]


def _named(rule: Rule, word: str) -> bool:
    return rule.name == word or (len(word) > 3 and rule.id.startswith(word.upper()))


def words(values: Iterable[str]) -> tuple[str, ...]:
    """Return values that may be repeated or separated by commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _context(compared: Text, waived: int) -> Text:
    """Return what the summary cannot be read without: what was compared, and what waivers silence."""
    silenced = N("{n} signalement en dispense.", "{n} signalements en dispense.", waived)
    return T("{compared} {silenced}", compared=compared, silenced=silenced) if waived else compared


@click.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@root_option
@as_of_option
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="text, json")
@click.option(
    "--select", multiple=True, metavar="IDS", help=say(T("Seulement ces règles (CDP101, ou CDP1 pour une famille)."))
)
@click.option("--ignore", multiple=True, metavar="IDS", help=say(T("Toutes les règles sauf celles-ci.")))
@click.option(
    "--base",
    "revision",
    default=None,
    metavar="REV",
    help=say(T("Compare avec cette révision de Git, et ne juge que ce qui a changé depuis.")),
)
def check(
    slugs: tuple[str, ...],
    root: Path | None,
    as_of: date | None,
    output: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    revision: str | None,
) -> None:
    """Check communities: 0 when nothing blocks, 1 when there is an error."""
    here = ground(root, as_of)
    slugs = tuple(slug_of(word) for word in slugs)
    rules = chosen(words(select), words(ignore))
    compared = compare(here, revision)
    repository = compared.repository
    for slug in slugs:
        if repository.get(slug) is None:
            stop(
                T("aucune communauté ne s'appelle « {slug} »", slug=slug),
                T("Communautés : {known}.", known=", ".join(c.slug for c in repository.communities[:12]) or "—"),
            )
    waived: list[Diagnostic] = []
    found = run(repository, here.today, compared.before, rules=rules, only=slugs, change=compared.change, waived=waived)
    checked = len(slugs) or len(repository.communities)
    if output == "json":
        click.echo(report.as_json(found, here.today, language()), nl=False)
    else:
        aligned = sys.stdout.isatty()
        said = report.text(
            found,
            here.today,
            checked,
            language(),
            style,
            aligned=aligned,
            compared=_context(compared.line, len(waived)),
        )
        click.echo(said, nl=False)
    raise SystemExit(any(item.severity == "error" for item in found))
