"""``cdp build``."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdp import report
from cdp.cli import language
from cdp.cli.check import style
from cdp.cli.ground import Ground, as_of_option, ground, resource, root_option, say, stop
from cdp.diagnostics import Diagnostic
from cdp.model.community import Repository
from cdp.rules import RULES, Rule, run
from cdp.text import N, T

if TYPE_CHECKING:
    from cdp.engine import Built, Options, Ready
    from cdp.site import Site

CACHE = ".cdp/cache"


def theme_texts(here: Ground, lang: str) -> object:
    """Return what staging needs of the theme."""
    from cdp.cli.survey_forms import survey_theme, survey_wording
    from cdp.site import Theme

    fallback = resource("theme")
    templates = {path.name: path.read_text(encoding="utf-8") for path in sorted((fallback / "pages").glob("*.html"))}
    templates |= {path.name: path.read_text(encoding="utf-8") for path in sorted((here.own / "pages").glob("*.html"))}
    folder = here.own / "guide" if (here.own / "guide").is_dir() else fallback / "guide"
    guides = {
        tongue: {
            path.name.removesuffix(f".{tongue}.md").partition("-")[2]: path.read_text(encoding="utf-8")
            for path in sorted(folder.glob(f"*.{tongue}.md"))
        }
        for tongue in dict.fromkeys((lang, *here.settings.spoken))
    }
    examples = {path.name[:6]: path.read_text(encoding="utf-8") for path in sorted(resource("specs").glob("CDP*.md"))}
    survey_wording(here)
    return Theme(templates, guides, examples, survey_theme(here))


def blocking(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return the errors that keep a page from being published."""
    return [item for item in found if item.severity == "error" and RULES[item.rule].blocks]


def judged(repository: Repository, today: date, rules: Collection[Rule] | None = None) -> list[Diagnostic]:
    """Return what the rules find; archives are judged by their proof alone: their texts were judged when they froze.

    A page of an archive that is not as it was frozen never gets past the guard.
    """
    proved = {freeze.slug for freeze in repository.archives if freeze.state is not None}
    living = [community.slug for community in repository.communities if community.slug not in proved]
    asked = RULES.values() if rules is None else rules
    if not proved:
        return run(repository, today, rules=asked)
    found = run(repository, today, rules=asked, only=living) if living else []
    return found + run(repository, today, rules=[rule for rule in asked if rule.id.startswith("CDP7")])


def options(here: Ground, out: Path, *, engine: str, jobs: int, cache: bool, batch: int | None = None) -> Options:
    """Return how a site is built; a base that can only be read is published all the same, and nothing is kept."""
    from cdp import engine as engines

    kept: Path | None = here.root / CACHE if cache else None
    if kept is not None:
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError:
            kept = None
    still = here.today if here.settings.as_of == here.today else None
    size = batch or engines.BATCH
    return engines.Options(here.root, out, here.theme, kept, engine, jobs, size, here.settings.language, still)


def publish(
    here: Ground,
    repository: Repository,
    how: Options,
    *,
    only: str = "",
    ready: Ready | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Built:
    """Stage and build; the one path that ``build``, ``serve`` and ``archive export`` share."""
    from cdp import engine as engines

    return engines.build(stage(here, repository, only), here.settings, how, ready, meanwhile)


def stage(here: Ground, repository: Repository, only: str = "") -> Site:
    """Return the site of a knowledge base, or of one of its communities, before it is rendered."""
    from zoneinfo import ZoneInfo

    from cdp import calendar, git, site
    from cdp.engine import pictures

    lang = here.settings.language
    theme: site.Theme = theme_texts(here, lang)  # type: ignore[assignment]
    return site.build(
        repository,
        here.today,
        here.settings,
        theme,
        lang,
        drawing=pictures.available(),
        only=only,
        changed=git.last_changes(here.root, ZoneInfo(here.settings.timezone)),
        calendars=lambda communities, day: calendar.files(communities, day, here.settings, lang),
    )


@click.command()
@root_option
@as_of_option
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DOSSIER",
    help=say(T("Dossier du site (site/).")),
)
@click.option(
    "--engine",
    type=click.Choice(["mkdocs", "properdocs", "zensical"]),
    default="mkdocs",
    help=say(T("Moteur du site.")),
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    default=None,
    help=say(T("Processus à la fois (autant que de cœurs).")),
)
@click.option("--batch", type=click.IntRange(1), default=None, hidden=True)
@click.option("--no-cache", is_flag=True, help=say(T("Tout refaire sans rien garder.")))
@click.option("--keep-going", is_flag=True, help=say(T("Publier sans les pages qui ne se lisent pas.")))
def build(
    root: Path | None,
    as_of: date | None,
    out: Path | None,
    engine: str,
    jobs: int | None,
    batch: int | None,
    no_cache: bool,
    keep_going: bool,
) -> None:
    """Check, then publish; the former site stays until the new one is whole."""
    from cdp.engine import EngineError, early

    here = ground(root, as_of)
    if here.settings.ignored:
        click.echo(
            say(
                T(
                    "mkdocs.yml : cdp décide lui-même de {keys}, et n'en tient pas compte.",
                    keys=", ".join(here.settings.ignored),
                )
            ),
            err=True,
        )
    target = (out or here.root / "site").absolute()
    how = options(here, target, engine=engine, jobs=jobs or os.cpu_count() or 1, cache=not no_cache, batch=batch)
    try:
        with early(here.settings, how, partial(first, here)) as ready:
            _judge_and_publish(here, how, ready, keep_going=keep_going)
    except EngineError as error:
        stop(error.message, error.fix)


def first(here: Ground) -> Site:
    """Stage what does not wait for the texts."""
    from cdp import site
    from cdp.engine import pictures

    lang = here.settings.language
    theme: site.Theme = theme_texts(here, lang)  # type: ignore[assignment]
    return site.first(here.settings, theme, lang, drawing=pictures.available())


def _judge_and_publish(here: Ground, how: Options, ready: Ready | None, *, keep_going: bool) -> None:
    """Publish what can be read, or say why nothing is published."""
    from cdp.engine import EngineError, GuardError

    lang = language()
    whole = repository = here.repository(cache=how.cache)
    others: list[Diagnostic] = []
    stopping = blocking(judged(repository, here.today, [each for each in RULES.values() if each.blocks]))
    if stopping:
        click.echo(
            report.text(stopping, here.today, report.Looked(len(repository.communities)), lang, style),
            nl=False,
            err=True,
        )
        if not keep_going:
            stop(
                T("le site n'a pas été publié : des pages ne se lisent pas"),
                T("Corrigez-les, ou publiez sans elles : cdp build --keep-going"),
                code=1,
            )
        repository = repository.without({item.place.path for item in stopping})

    def judge() -> None:
        """Judge by the other rules, which stop nothing, while pages are rendered."""
        found = judged(whole, here.today, [each for each in RULES.values() if not each.blocks])
        others[:] = [item for item in found if item.severity == "error"]

    done = None
    while done is None:
        try:
            done = publish(here, repository, how, ready=ready, meanwhile=judge)
        except EngineError as error:
            smaller = repository.without({error.page})
            if not keep_going or not error.page or smaller == repository.without(()):
                stop(error.message, error.fix)
            click.secho(say(error.message), fg="yellow", err=True)
            repository = smaller
        except GuardError as error:
            for reason in error.reasons:
                click.echo(say(reason), err=True)
            stop(T("le site n'a pas été publié : du contenu étranger s'y trouvait"), None, code=1)
    if others:
        click.echo(
            say(
                N(
                    "{n} erreur n'empêche pas de publier : voyez cdp check.",
                    "{n} erreurs n'empêchent pas de publier : voyez cdp check.",
                    len(others),
                )
            ),
            err=True,
        )
    _tell(done, how.out)
    _tell_history(here)
    _tell_pictures(here, repository)


def _tell_history(here: Ground) -> None:
    """Say that pages do not tell when they last changed, when this clone cannot know it."""
    from cdp import git

    if git.shallow(here.root):
        said = T("Ce clone n'a qu'une partie de son histoire : les pages ne disent pas quand elles ont changé.")
        click.echo(f"{say(said)}\n  {say(git.WHOLE)}", err=True)


def _tell_pictures(here: Ground, repository: Repository) -> None:
    """Say that celebrations have no picture to share, when that is so."""
    from cdp.engine import pictures
    from cdp.site.celebrations import celebrations

    if pictures.available() or not here.settings.site_url:
        return
    if any(celebrations(community, here.today) for community in repository.communities):
        click.echo(
            say(
                T(
                    "Les célébrations n'ont pas d'image à partager : pour en faire, python -m pip install 'cdp-saisons[images]'"
                )
            ),
            err=True,
        )


def _tell(done: Built, target: Path) -> None:
    pages, rendered, unchanged = done.pages, done.rendered, done.unchanged
    shown = os.path.relpath(target)
    if unchanged:
        click.echo(say(T("Le site est déjà à jour dans {out} ({pages} pages).", out=shown, pages=pages)))
        return
    click.secho(
        say(
            N(
                "Site publié dans {out} : {pages} pages, dont {n} refaite.",
                "Site publié dans {out} : {pages} pages, dont {n} refaites.",
                rendered,
                out=shown,
                pages=pages,
            )
        ),
        fg="green",
    )
