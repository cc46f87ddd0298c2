"""``cdp close``: open the closing, go on with it, and the list of what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import click

from cdp.cli.ground import (
    Day,
    Ground,
    absent,
    apply_option,
    as_of_option,
    ground,
    root_option,
    say,
    settle,
    slug_of,
    stop,
)
from cdp.closing.checklist import Item, checklist
from cdp.closing.opening import Wish, opened
from cdp.model.charter import Outcome
from cdp.model.community import Community, Repository
from cdp.report import shown
from cdp.site import words
from cdp.text import N, T


@click.command()
@click.argument("slug", metavar="NOM")
@click.option(
    "--check", "only_check", is_flag=True, help=say(T("Montre ce qu'il reste à faire, comme une liste à cocher."))
)
@click.option(
    "--outcome",
    type=click.Choice(get_args(Outcome)),
    default=None,
    help=say(
        T(
            "Issue : fulfilled (objectifs atteints), transformed (devient une autre), merged (réunie à une autre), "
            "handed_over (relais transmis), early (aboutie plus tôt que prévu), dropped (sans suite : n'a pas commencé)."
        )
    ),
)
@click.option("--reason", default="", metavar="TEXTE", help=say(T("Pourquoi, en une phrase.")))
@click.option("--into", default="", metavar="NOM", help=say(T("Communauté qui la reçoit ou qui prend la suite.")))
@click.option("--to", default="", metavar="TEXTE", help=say(T("Organisme qui prend le relais, hors d'ici.")))
@click.option("--celebrate", type=Day(), default=None, help=say(T("Jour de la célébration, AAAA-MM-JJ.")))
@click.option(
    "--last-day", type=Day(), default=None, help=say(T("Nouveau dernier jour, s'il vient avant la fin prévue."))
)
@click.option("--thanks", default="", metavar="TEXTE", help=say(T("Remerciements, en une phrase.")))
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="text, json (--check)")
@apply_option
@root_option
@as_of_option
def close(
    slug: str,
    only_check: bool,
    outcome: str | None,
    reason: str,
    into: str,
    to: str,
    celebrate: date | None,
    last_day: date | None,
    thanks: str,
    output: str,
    carry_out: bool,
    root: Path | None,
    as_of: date | None,
) -> None:
    """Open the closing of a community, or tell what is left to do."""
    from cdp.cli.season import chosen, planned

    here = ground(root, as_of)
    wish = Wish(
        cast("Outcome | None", outcome), reason.strip(), slug_of(into), to.strip(), celebrate, last_day, thanks.strip()
    )
    if only_check:
        if wish != Wish() or carry_out:
            stop(T("--check ne change rien"), T("Tapez-le seul, ou retirez --check pour écrire."))
        _check(here, slug, output)
        return
    community, raw = chosen(here, slug)
    repository = here.repository()
    settle(here, planned(community, lambda: opened(community, raw, repository, here.today, wish)), carry_out)


def _check(here: Ground, word: str, output: str) -> None:
    """Show the list; leave with 1 when something that archiving waits for is left."""
    repository, community = _closing(here, word)
    items = checklist(repository, community, here.today)
    left = [item for item in items if item.blocking and not item.done]
    if output == "json":
        click.echo(json.dumps(_data(here, community, items), ensure_ascii=False, indent=2))
    else:
        _show(community, items, here.today)
    raise SystemExit(1 if left else 0)


def _closing(here: Ground, word: str) -> tuple[Repository, Community]:
    slug = slug_of(word)
    repository = here.repository()
    community = repository.get(slug)
    if community is None:
        absent(here, slug)
    if community.freeze is not None:
        stop(T("« {slug} » est archivée : tout est fait", slug=slug), T("Pour continuer, créez-en une nouvelle."))
    if community.wrong("closing"):
        stop(
            T("la fermeture de « {slug} » ne se lit pas", slug=slug),
            T("Tapez cdp check {slug} : il dit pourquoi.", slug=slug),
            code=1,
        )
    if community.charter.closing is None:
        stop(
            T("la fermeture de « {slug} » n'est pas ouverte", slug=slug),
            T("Ouvrez-la : cdp close {slug}", slug=slug),
            code=1,
        )
    return repository, community


def _show(community: Community, items: Sequence[Item], today: date) -> None:
    closing = community.charter.closing
    click.secho(shown(community.title), bold=True)
    stage = say(words.STAGES[community.stage(today)])
    outcome = say(words.OUTCOMES[closing.outcome]) if closing is not None and closing.outcome else stage
    # « Sans suite » is a stage and an outcome: said once.
    click.echo(" · ".join(dict.fromkeys((stage, outcome))))
    for item in items:
        box = "☑" if item.done else "☐" if item.blocking else "◇"
        click.secho(f"{box} {say(item.text)}", fg="green" if item.done else "yellow" if item.blocking else None)
        for each in item.found[:5]:
            place = f"{each.place.path}:{each.place.line or 1}"
            click.echo(f"    {shown(place)}: {shown(say(each.message))}")
            click.echo(f"      {shown(say(each.fix))}")
        if len(item.found) > 5:
            click.echo("    " + say(N("… et {n} autre", "… et {n} autres", len(item.found) - 5)))
    left = sum(item.blocking and not item.done for item in items)
    if left:
        click.secho(say(N("Il reste {n} ligne à cocher.", "Il reste {n} lignes à cocher.", left)), bold=True)
    else:
        click.secho(
            say(T("Tout est coché. Validez dans Git, puis : cdp archive {slug}", slug=community.slug)),
            fg="green",
            bold=True,
        )


def _data(here: Ground, community: Community, items: Sequence[Item]) -> dict[str, Any]:
    closing = community.charter.closing
    return {
        "version": 1,
        "as_of": here.today.isoformat(),
        "community": community.slug,
        "outcome": closing.outcome if closing is not None else None,
        "ready": all(item.done for item in items if item.blocking),
        "items": [
            {
                "id": item.id,
                "text": say(item.text),
                "done": item.done,
                "blocking": item.blocking,
                "missing": [
                    {
                        "rule": each.rule or None,
                        "path": each.place.path,
                        "line": each.place.line,
                        "message": say(each.message),
                        "fix": say(each.fix),
                    }
                    for each in item.found
                ],
            }
            for item in items
        ],
    }
