"""``cdp check``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import click

from cdp import report
from cdp.cli import language
from cdp.cli.compare import compare
from cdp.cli.ground import (
    Ground,
    absent,
    apply_option,
    as_of_option,
    deliver,
    ground,
    out_option,
    root_option,
    say,
    settle,
    slug_of,
    stop,
)
from cdp.cli.halves import judge
from cdp.cli.rule import no_rule
from cdp.report.formats import FORMATS, Run
from cdp.rules import RULES, Rule
from cdp.text import T

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
            no_rule(word)
    return [
        rule
        for rule in RULES.values()
        if (not select or any(_named(rule, word) for word in select)) and not any(_named(rule, word) for word in ignore)
    ]


def _named(rule: Rule, word: str) -> bool:
    number = f"CDP{word}" if word.isdecimal() and len(word) == 3 else word.upper()
    return rule.name == word or (len(word) >= 3 and rule.id.startswith(number) and len(number) > 3)


def named(here: Ground, given: Sequence[str]) -> tuple[str, ...]:
    """Return the communities that words name: by slug, by folder or by a file of theirs, as pre-commit gives them.

    A file outside the communities, such as ``mkdocs.yml``, concerns them all; so does a community that is gone, since
    the others may lead to it.
    """
    found: dict[str, None] = {}
    for word in given:
        path = Path(word)
        if not path.absolute().is_relative_to(here.root) and not path.is_absolute():
            path = here.root / word
        inside = os.path.relpath(path.absolute(), here.root).replace(os.sep, "/").split("/")
        if len(inside) > 2 and inside[0] == "communities":
            if inside[1] == ".archives":
                inside[1:2] = []
            if not (here.root / "communities" / inside[1]).is_dir():
                return ()
            found[inside[1]] = None
        elif "/" in word.rstrip("/") or path.suffix or path.is_file():
            if len(inside) == 2 and inside[0] == "communities" and (path.is_dir() or not path.suffix):
                found[inside[1]] = None
            elif not path.suffix and not path.exists() and inside[0] != "communities":
                stop(
                    T("le chemin « {path} » n'existe pas", path=word),
                    T("Donnez le nom d'une communauté, ou un chemin qui commence par communities/."),
                )
            else:
                return ()
        else:
            found[slug_of(word)] = None
    return tuple(found)


def words(values: Iterable[str]) -> tuple[str, ...]:
    """Return values that may be repeated or separated by commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _mend(here: Ground, slugs: tuple[str, ...], carry_out: bool) -> None:
    """Show the corrections that are certain, or make them; leave when some are only shown."""
    from cdp.rules import fixes

    plan = fixes.plan(here.repository(), lambda path: (here.root / path).read_bytes(), slugs)
    if not settle(here, plan, carry_out) and plan.paths:
        raise SystemExit(1)


@click.command()
@click.argument("slugs", nargs=-1, metavar="[NOM|FICHIER]...")
@root_option
@as_of_option
@click.option(
    "--format", "output", type=click.Choice(list(FORMATS)), default="text", metavar="FORMAT", help=", ".join(FORMATS)
)
@out_option
@click.option(
    "--select", multiple=True, metavar="RÈGLES", help=say(T("Seulement ces règles (CDP101, ou CDP1 pour une famille)."))
)
@click.option("--ignore", multiple=True, metavar="RÈGLES", help=say(T("Toutes les règles sauf celles-ci.")))
@click.option(
    "--base",
    "revision",
    default=None,
    metavar="VERSION",
    help=say(T("Compare avec cette révision de Git, et ne juge que ce qui a changé depuis.")),
)
@click.option("--fix", is_flag=True, help=say(T("Montre les corrections certaines, et les fait avec --apply.")))
@apply_option
def check(
    slugs: tuple[str, ...],
    root: Path | None,
    as_of: date | None,
    output: str,
    out: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    revision: str | None,
    fix: bool,
    carry_out: bool,
) -> None:
    """Check communities: 0 when nothing blocks, 1 when there is an error."""
    here = ground(root, as_of)
    slugs = named(here, slugs)
    rules = chosen(words(select), words(ignore))
    if fix or carry_out:
        if not fix or output != "text" or out is not None:
            stop(
                T("--apply va avec --fix, et --fix montre son plan à l'écran"),
                T("Tapez « cdp check --fix », puis « cdp check --fix --apply »."),
            )
        _mend(here, slugs, carry_out)
    compared = compare(here, revision, slugs)
    repository = compared.repository
    for slug in slugs:
        if repository.get(slug) is None:
            absent(here, slug)
    found, waived = judge(repository, here.today, compared.before, rules=rules, only=slugs, change=compared.change)
    asked = slugs or tuple(community.slug for community in repository.communities)
    whole = asked if compared.change is None else tuple(slug for slug in asked if slug in compared.change.touched)
    judged = frozenset(whole)
    unknown = sum(each.unknown for each in repository.communities if each.slug in judged)
    done = Run(found, here.today, whole, language(), compared.line, len(asked) - len(whole), len(waived), unknown)
    if output != "text":
        if output in ("json", "gitlab", "junit"):
            # These forms have no place for it.
            click.echo(say(compared.line), err=True)
        deliver(FORMATS[output](done), out)
    else:
        dressed, aligned = (style, sys.stdout.isatty()) if out is None else (report.plain, False)
        shown = report.text(
            found, here.today, done.looked, language(), dressed, aligned=aligned, compared=compared.line
        )
        deliver(shown, out)
    raise SystemExit(any(item.severity == "error" for item in found))
