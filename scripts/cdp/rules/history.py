"""Rules about change: what a community was at the base revision against what it is.

They read ``before``; each id keeps the family of what changed. Corrections of slips are possible: with a waiver that
says why (see ``rules.waivers``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cdp.diagnostics import Place
from cdp.model.addresses import given, plain, where
from cdp.model.community import Community, Page
from cdp.model.life import Stage, kicked_off
from cdp.rules.registry import Finding, Reads, View, at, in_charter, repository_rule, rule
from cdp.text import T, Text

HISTORY: tuple[Reads, ...] = ("files", "history")

_BACKWARD: dict[Stage, frozenset[Stage]] = {
    "active": frozenset({"idea", "kickoff", "dropped"}),
    "paused": frozenset({"idea", "kickoff", "dropped"}),
    "closing": frozenset({"idea", "kickoff", "dropped", "active", "paused"}),
    "ended": frozenset({"idea", "kickoff", "dropped", "active", "paused", "closing"}),
    "dropped": frozenset({"idea", "kickoff", "active", "paused", "closing", "ended"}),
}
"""Steps that no edit takes on one day; a recorded extension opens those back to life."""
_REOPENED: frozenset[Stage] = frozenset({"active", "paused", "closing"})


def started(community: Community, view: View) -> Community | None:
    """Return the community as it was, if its kickoff had then validated what it promises.

    An archive is the matter of the rules of its registry: what two people agree to redact there is not put back.
    """
    past = view.past(community)
    return past if past is not None and past.freeze is None and kicked_off(past, view.as_of) else None


@rule("CDP105", "end-moved-silently", reads=HISTORY)
def end_moved_silently(community: Community, view: View) -> Iterator[Finding]:
    """La date de fin a bougé sans que la décision soit notée.

    Pourquoi : la fin est une promesse faite aux membres; quand elle glisse sans un mot, il n'y a plus de fin.

    Comment corriger : ajoutez à `extensions` une entrée qui part de l'ancienne fin et mène à la nouvelle. Pour finir
    plus tôt, notez dans `closing` l'annonce et la raison.
    """
    past = started(community, view)
    if past is None or past.charter.end_date is None or community.wrong("end_date") or community.wrong("extensions"):
        return
    charter = community.charter
    old, new = past.charter.end_date, charter.end_date
    added = [extension for extension in charter.extensions if extension not in past.charter.extensions]
    extended = bool(added) and (added[0].from_, added[-1].to) == (old, new)
    explained = charter.closing is not None and charter.closing.reason is not None
    moved = T("la fin est passée du {old} au {new} sans que la décision soit notée", old=old, new=new)
    if new is None:
        yield Finding(
            in_charter(community, "end_date"),
            T("la date de fin, le {old}, a été effacée", old=old),
            T("Remettez « end_date: {old} », ou fermez la communauté.", old=old),
        )
    elif new > old and not extended:
        yield Finding(
            in_charter(community, "end_date"),
            moved,
            T("Ajoutez à « extensions » l'entrée « from: {old} », « to: {new} », avec la raison.", old=old, new=new),
        )
    elif new < old and not explained:
        yield Finding(
            in_charter(community, "end_date"),
            moved,
            T("Pour finir plus tôt, notez dans « closing » l'annonce et la raison."),
        )


@rule("CDP111", "extension-rewritten", reads=HISTORY)
def extension_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """Une prolongation déjà notée a été changée ou effacée.

    Pourquoi : la suite des prolongations dit ce qui a été promis et quand; réécrite, elle ne prouve plus rien.

    Comment corriger : remettez l'entrée telle qu'elle était; une nouvelle décision est une nouvelle entrée, à la fin.
    """
    past = view.past(community)
    if past is None or community.wrong("extensions"):
        return
    for index, extension in enumerate(past.charter.extensions):
        if community.charter.extensions[index : index + 1] != (extension,):
            yield Finding(
                in_charter(community, "extensions", index),
                T("la prolongation jusqu'au {to}, déjà notée, n'est plus la même", to=extension.to),
                T("Remettez-la comme avant, et ajoutez la nouvelle décision à la fin de la liste."),
            )
            return


@rule("CDP112", "start-moved", "warning", reads=HISTORY)
def start_moved(community: Community, view: View) -> Iterator[Finding]:
    """La date de début d'une communauté qui avait commencé a changé.

    Pourquoi : la durée, les saisons et les sondages se comptent depuis ce jour.

    Comment corriger : remettez la date; si elle était fausse, dites-le dans une dispense (`waivers`).
    """
    past = started(community, view)
    old = past.charter.start_date if past is not None else None
    if (
        old is not None
        and old <= view.as_of
        and community.charter.start_date != old
        and not community.wrong("start_date")
    ):
        yield Finding(
            in_charter(community, "start_date"),
            T("le début, qui était le {old}, a changé après coup", old=old),
            T("Remettez « start_date: {old} ».", old=old),
        )


@rule("CDP201", "life-went-back", reads=HISTORY)
def life_went_back(community: Community, view: View) -> Iterator[Finding]:
    """Une communauté est revenue à une étape qu'elle avait passée.

    Pourquoi : un démarrage validé, une fermeture annoncée, une idée remise sont des faits; les effacer fait mentir
    l'histoire. La vie ne reprend que par une prolongation notée.

    Comment corriger : remettez ce qui a été effacé, ou notez la prolongation. Pour repartir, créez une nouvelle
    communauté qui prend la suite (`succeeds`).
    """
    past = view.past(community)
    if past is None or any(
        community.wrong(key) for key in ("kickoff", "closing", "extensions", "start_date", "end_date")
    ):
        return
    was, now = past.stage(view.as_of), community.stage(view.as_of)
    extended = len(community.charter.extensions) > len(past.charter.extensions)
    if now in _BACKWARD.get(was, ()) and not (extended and was != "dropped" and now in _REOPENED):
        key = "closing" if was in ("closing", "dropped") or now == "dropped" else "kickoff"
        yield Finding(
            in_charter(community, key if was != "ended" else "end_date"),
            T("la communauté était {was}, elle est maintenant {now}", was=_STAGES[was], now=_STAGES[now]),
            T("Remettez les faits qui ont été effacés ou changés, ou notez une prolongation."),
        )


_STAGES: dict[Stage, Text] = {
    "idea": T("une idée"),
    "kickoff": T("en démarrage"),
    "active": T("active"),
    "paused": T("en pause"),
    "closing": T("en fermeture"),
    "ended": T("finie"),
    "dropped": T("sans suite"),
}


@repository_rule("CDP202", "archive-undone", reads=HISTORY, blocks=True)
def archive_undone(view: View) -> Iterator[Finding]:
    """Une communauté archivée ne l'est plus.

    Pourquoi : l'archive est pour de bon; c'est ce qui permet de s'y fier dans dix ans.

    Comment corriger : remettez le dossier et son entrée du registre (`communities/.archives/`). Un nouveau besoin fait
    naître une nouvelle communauté, qui prend la suite (`succeeds`).
    """
    for past in view.before.communities if view.before is not None else ():
        now = view.repository.get(past.slug)
        if past.freeze is not None and (now is None or now.freeze is None):
            yield Finding(
                Place(past.folder) if now is None else in_charter(now),
                T("cette communauté était archivée, et ne l'est plus"),
                T("Remettez son dossier et {path} comme avant.", path=past.freeze.path),
            )


@repository_rule("CDP205", "community-gone", reads=HISTORY)
def community_gone(view: View) -> Iterator[Finding]:
    """Le dossier d'une communauté a disparu.

    Pourquoi : ce qu'on y a appris se perd, et ses adresses mènent à une page d'erreur.

    Comment corriger : remettez le dossier. Une communauté se ferme et s'archive; une idée sans suite se dit dans
    `closing`, avec l'issue `dropped`.
    """
    for past in view.before.communities if view.before is not None else ():
        stays = view.repository.get(past.slug) is not None or past.slug in view.renamed.values()
        if not stays and past.freeze is None and past.index is not None:
            idea = past.stage(view.as_of) in ("idea", "dropped")
            yield Finding(
                Place(past.folder),
                T("le dossier de « {title} » a disparu", title=past.title),
                T("Remettez-le : une communauté se ferme et s'archive, elle ne s'efface pas."),
                "warning" if idea else None,
            )


@rule("CDP206", "folder-renamed", reads=HISTORY)
def folder_renamed(community: Community, view: View) -> Iterator[Finding]:
    """Le dossier d'une communauté a changé de nom sans que l'ancien soit noté.

    Pourquoi : ce nom est son adresse; les liens, les favoris et les inscriptions mènent à l'ancienne.

    Comment corriger : rendez-lui son nom, ou ajoutez l'ancien à `former_paths`.
    """
    old = view.renamed.get(community.slug)
    known = {path.strip("/").removeprefix("communities/") for path in community.charter.former_paths}
    if old is not None and old not in known:
        yield Finding(
            in_charter(community, "former_paths"),
            T("ce dossier s'appelait « {old} »", old=old),
            T("Rendez-lui ce nom, ou ajoutez « {old}/ » à « former_paths ».", old=old),
        )


@rule("CDP207", "slug-reused", reads=HISTORY)
def slug_reused(community: Community, view: View) -> Iterator[Finding]:
    """Le nom d'une nouvelle communauté a déjà servi à une autre.

    Pourquoi : les anciennes adresses montreraient la nouvelle, et son histoire se mêlerait à celle de la première.

    Comment corriger : donnez un autre nom au dossier; `succeeds` dit de qui la communauté prend la suite.
    """
    if view.past(community) is not None:
        return
    former = any(
        community.slug == path.strip("/").removeprefix("communities/")
        for other in view.repository.communities
        for path in other.charter.former_paths
    )
    if former or community.slug in view.lived:
        yield Finding(
            Place(community.folder),
            T("une autre communauté s'est déjà appelée « {slug} »", slug=community.slug),
            T("Renommez ce dossier : un nom ne sert qu'une fois."),
        )


STILL_DECIDED = timedelta(days=60)
"""How long after its close a survey that was cited before may be cited for another change of the formula."""


@rule("CDP306", "formula-changed-unasked", "warning", reads=HISTORY)
def formula_changed_unasked(community: Community, view: View) -> Iterator[Finding]:
    """La formule a changé sans citer le sondage qui l'a décidé.

    Pourquoi : « avant de modifier la formule de fonctionnement, elle utilise un sondage pour recueillir l'avis de tout
    le monde » (la pratique, étape 3); à une rencontre, on n'entend que les présentes et présents.

    Comment corriger : menez un sondage, fermez-le, et citez-le dans `decided_by`.
    """
    past = started(community, view)
    formula = community.charter.formula
    if past is None or past.charter.formula is None or formula is None or community.wrong("formula"):
        return
    closed = {
        survey.stem: survey.record.closes
        for survey in community.surveys
        if survey.record.closes < view.as_of and survey.record.answers is not None
    }
    # What a survey decided may come in several changes, but not for ever: a later one needs another survey.
    cited = formula.decided_by in closed and (
        formula.decided_by != past.charter.formula.decided_by
        or view.as_of <= closed[formula.decided_by] + STILL_DECIDED
    )
    changed = [
        key for key in ("rhythm", "format", "place") if getattr(formula, key) != getattr(past.charter.formula, key)
    ]
    if changed and not cited:
        yield Finding(
            in_charter(community, "formula", changed[0]),
            T("la formule a changé, et aucun sondage fermé n'est cité"),
            T("Citez dans « decided_by » le sondage fermé qui l'a décidé, ou remettez la formule d'avant."),
        )


@rule("CDP308", "expectation-deleted", reads=HISTORY)
def expectation_deleted(community: Community, view: View) -> Iterator[Finding]:
    """Une attente a été effacée au lieu d'être marquée.

    Pourquoi : on redemande les mêmes attentes à chaque sondage; effacée, celle-ci ne se compare plus.

    Comment corriger : remettez-la, avec `status: dropped` si elle n'a plus cours ou `status: met` si elle est comblée.
    """
    past = started(community, view)
    if past is None or community.wrong("expectations"):
        return
    kept = {expectation.id for expectation in community.charter.expectations}
    for expectation in past.charter.expectations:
        if expectation.id not in kept:
            yield Finding(
                in_charter(community, "expectations"),
                T("l'attente « {id} » a été effacée : « {text} »", id=expectation.id, text=expectation.text),
                T("Remettez-la avec « status: dropped », ou « status: met »."),
            )


@rule("CDP409", "objective-deleted", reads=HISTORY)
def objective_deleted(community: Community, view: View) -> Iterator[Finding]:
    """Un objectif a été effacé au lieu d'être jugé.

    Pourquoi : un objectif abandonné apprend quelque chose; effacé, il donne l'air d'avoir tout atteint.

    Comment corriger : remettez-le, avec `outcome: dropped` et une explication.
    """
    past = started(community, view)
    if past is None or community.wrong("objectives"):
        return
    kept = {objective.id for objective in community.charter.objectives}
    for objective in past.charter.objectives:
        if objective.id not in kept:
            yield Finding(
                in_charter(community, "objectives"),
                T("l'objectif « {id} » a été effacé : « {text} »", id=objective.id, text=objective.text),
                T("Remettez-le avec « outcome: dropped » et une explication (« explanation »)."),
            )


@rule("CDP410", "verdict-undone", reads=HISTORY)
def verdict_undone(community: Community, view: View) -> Iterator[Finding]:
    """Le verdict d'un objectif a été retiré.

    Pourquoi : un verdict est rendu devant les membres; on le corrige, on ne l'oublie pas.

    Comment corriger : remettez le verdict, ou donnez le nouveau; pour reprendre l'objectif, ajoutez-en un autre.
    """
    past = view.past(community)
    judged = {
        objective.id
        for objective in (past.charter.objectives if past is not None else ())
        if objective.outcome != "open"
    }
    for index, objective in enumerate(community.charter.objectives):
        if objective.id in judged and objective.outcome == "open" and not community.wrong("objectives"):
            yield Finding(
                in_charter(community, "objectives", index),
                T("l'objectif « {id} » avait un verdict, il n'en a plus", id=objective.id),
                T("Remettez « outcome », ou ajoutez un autre objectif."),
            )


@rule("CDP412", "past-season-rewritten", "warning", reads=HISTORY)
def past_season_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """Une saison déjà finie a été effacée, ou ses dates ont changé.

    Pourquoi : son bilan et sa célébration parlent de ces dates.

    Comment corriger : remettez la saison; si ses dates étaient fausses, dites-le dans une dispense (`waivers`).
    """
    past = view.past(community)
    if past is None or community.wrong("seasons"):
        return
    now = {season.id: (season.start_date, season.end_date) for season in community.charter.seasons}
    for season in past.charter.seasons:
        over = season.end_date is not None and season.end_date < view.as_of
        if over and now.get(season.id) != (season.start_date, season.end_date):
            yield Finding(
                in_charter(community, "seasons"),
                T("la saison « {id} », déjà finie, n'est plus la même", id=season.id),
                T("Remettez-la : du {start} au {end}.", start=season.start_date, end=season.end_date),
            )


@repository_rule("CDP920", "page-moved", "warning", reads=HISTORY)
def page_moved(view: View) -> Iterator[Finding]:
    """Une page a changé d'adresse ou a disparu, et l'ancienne adresse ne mène plus nulle part.

    Pourquoi : les liens que les gens ont gardés, envoyés ou cités mènent à une page d'erreur.

    Comment corriger : ajoutez l'ancienne adresse à `former_paths`, dans la page qui la remplace ou, s'il n'y en a pas,
    dans la charte. Une page que l'héritage retire (`legacy`, choix `remove`) n'a besoin de rien.
    """
    led = {plain(text).casefold() for _, _, _, text in given(view.repository)}
    for community in view.repository.communities:
        past = view.past(community)
        if past is None or past.freeze is not None or past.files.keys() == community.files.keys():
            continue
        here = {where(community, path).casefold() for path in community.files}
        removed = {item.path for item in community.charter.legacy if item.choice == "remove"}
        for page in (*past.meetings, *past.notes):
            gone = where(community, page.path).casefold() not in here and page.path not in removed
            address = where(past, page.path)
            if not gone or address.casefold() in led or not page.published:
                continue
            target = next((each for each in _new(community, past) if _same(page, each)), None)
            yield Finding(
                at(community, target) if target is not None else in_charter(community, "former_paths"),
                T("la page « {title} » n'est plus à son adresse, /{address}", title=page.title, address=address),
                T("Ajoutez « /{address} » à « former_paths ».", address=address),
            )


def _new(community: Community, past: Community) -> Iterator[Page[Any]]:
    """Yield the meetings and the notes that were not there."""
    return (page for page in (*community.meetings, *community.notes) if page.path not in past.files)


def _same(page: Page[Any], other: Page[Any]) -> bool:
    """Tell whether a page is another one that moved: its text or its name is the same."""
    return page.stem == other.stem or page.document.body.strip() == other.document.body.strip() != ""
