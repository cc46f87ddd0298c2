"""Family 4xx: objectives and seasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdp.model import life
from cdp.model.community import Community
from cdp.model.life import REVIEW_LATE
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import N, T

MOST_OBJECTIVES = 7


@rule("CDP401", "objectives-unclear", reads=CLOCK)
def objectives_unclear(community: Community, view: View) -> Iterator[Finding]:
    """Les objectifs d'une saison sont trop nombreux, ou l'un d'eux n'a pas de mesure.

    Pourquoi : « il est important d'être très clair sur l'objectif » (la pratique); sans mesure, personne ne saura
    s'il est atteint.

    Comment corriger : gardez de 1 à 7 objectifs par saison, et dites pour chacun comment on saura qu'il est atteint.
    """
    objectives = community.charter.objectives
    for season, count in Counter(objective.season for objective in objectives).items():
        if count > MOST_OBJECTIVES:
            yield Finding(
                in_charter(community, "objectives"),
                N(
                    "la saison « {season} » a {n} objectif",
                    "la saison « {season} » a {n} objectifs",
                    count,
                    season=season,
                )
                if season is not None
                else N("il y a {n} objectif", "il y a {n} objectifs", count),
                T("Gardez-en {n} au plus; les autres attendront une saison.", n=MOST_OBJECTIVES),
            )
    if community.stage(view.as_of) == "idea" or community.wrong("objectives"):
        return
    for index, objective in enumerate(objectives):
        if objective.measure is None:
            yield Finding(
                in_charter(community, "objectives", index, "id"),
                T("l'objectif « {id} » n'a pas de mesure", id=objective.id),
                T("Ajoutez « measure: » : comment saurez-vous qu'il est atteint?"),
            )


@rule("CDP402", "season-after-end", "warning")
def season_after_end(community: Community, view: View) -> Iterator[Finding]:
    """Une saison, donc ses objectifs, finit après la fin de la communauté.

    Pourquoi : ces objectifs ne pourront pas être atteints à temps.

    Comment corriger : raccourcissez la saison, ou décidez d'une prolongation.
    """
    end = community.charter.end_date
    for index, season in enumerate(community.charter.seasons):
        if end and season.end_date and season.end_date > end and season.start_date <= end:
            yield Finding(
                in_charter(community, "seasons", index, "end_date"),
                T("la saison finit le {season}, la communauté le {end}", season=season.end_date, end=end),
                T("Faites finir la saison au plus tard le {end}.", end=end),
            )


@rule("CDP403", "seasons-disordered")
def seasons_disordered(community: Community, view: View) -> Iterator[Finding]:
    """Les saisons se chevauchent, ne se suivent pas, ou sortent de la vie de la communauté.

    Pourquoi : on ne sait plus dans quelle saison on est, ni ce qu'on y vise.

    Comment corriger : rangez les saisons par date; chacune commence après la fin de la précédente.
    """
    charter = community.charter
    for index, season in enumerate(charter.seasons):
        before = charter.seasons[index - 1] if index else None
        if before and season.start_date <= (before.end_date or before.start_date):
            yield Finding(
                in_charter(community, "seasons", index, "start_date"),
                T("la saison « {id} » commence avant la fin de « {before} »", id=season.id, before=before.id),
                T("Rangez les saisons par date, sans chevauchement."),
            )
        if charter.start_date and season.start_date < charter.start_date:
            yield Finding(
                in_charter(community, "seasons", index, "start_date"),
                T(
                    "la saison « {id} » commence avant la communauté, le {start}",
                    id=season.id,
                    start=charter.start_date,
                ),
                T("Corrigez le début de la saison ou de la communauté."),
            )
        if charter.end_date and season.start_date > charter.end_date:
            yield Finding(
                in_charter(community, "seasons", index, "start_date"),
                T(
                    "la saison « {id} » commence après la fin de la communauté, le {end}",
                    id=season.id,
                    end=charter.end_date,
                ),
                T("Retirez cette saison, ou décidez d'une prolongation."),
            )


@rule("CDP404", "season-without-end", "warning")
def season_without_end(community: Community, view: View) -> Iterator[Finding]:
    """Une saison n'a pas de date de fin.

    Pourquoi : c'est la fin qui donne le sentiment d'avoir accompli quelque chose.

    Comment corriger : ajoutez `end_date` à la saison.
    """
    for index, season in enumerate(community.charter.seasons):
        if season.end_date is None and "end_date" not in season.unknown and not community.wrong("seasons"):
            yield Finding(
                in_charter(community, "seasons", index, "id"),
                T("la saison « {id} » n'a pas de fin", id=season.id),
                T("Ajoutez « end_date: » à cette saison."),
            )


@rule("CDP405", "verdict-unexplained")
def verdict_unexplained(community: Community, view: View) -> Iterator[Finding]:
    """Un objectif est jugé sans preuve ni explication.

    Pourquoi : un verdict sans raison n'apprend rien à la communauté suivante.

    Comment corriger : ajoutez `evidence` (une note, un lien, un fait) ou `explanation`.
    """
    for index, objective in enumerate(community.charter.objectives):
        if objective.outcome == "open" or community.wrong("objectives"):
            continue
        if objective.evidence is None and objective.explanation is None:
            yield Finding(
                in_charter(community, "objectives", index, "outcome"),
                T("l'objectif « {id} » est jugé sans preuve ni explication", id=objective.id),
                T("Ajoutez une preuve (« evidence ») ou une explication (« explanation »)."),
            )


@rule("CDP406", "season-without-review", "warning", reads=CLOCK)
def season_without_review(community: Community, view: View) -> Iterator[Finding]:
    """Une saison est finie depuis plus de trois semaines et n'a pas de bilan.

    Pourquoi : le bilan ferme la saison; sans lui, les objectifs glissent d'une saison à l'autre.

    Comment corriger : écrivez `seasons/<id>.md` et donnez son chemin dans `review`.
    """
    if community.wrong("seasons"):
        return
    for index, season in enumerate(community.charter.seasons):
        if season.end_date is None or season.end_date + REVIEW_LATE >= view.as_of:
            continue
        if season.review not in community.files and "review" not in season.unknown:
            yield Finding(
                in_charter(community, "seasons", index, "review"),
                T("la saison « {id} » a fini le {end} et n'a pas de bilan", id=season.id, end=season.end_date),
                T("Écrivez seasons/{id}.md et ajoutez « review: seasons/{id}.md ».", id=season.id),
            )


@rule("CDP407", "season-unknown")
def season_unknown(community: Community, view: View) -> Iterator[Finding]:
    """Un objectif se rattache à une saison qui n'existe pas.

    Pourquoi : il n'apparaît alors sur la page d'aucune saison.

    Comment corriger : prenez l'identifiant d'une saison de `seasons`.
    """
    seasons = [season.id for season in community.charter.seasons]
    known = ", ".join(seasons)
    for index, objective in enumerate(community.charter.objectives):
        if objective.season and objective.season not in seasons and not community.wrong("seasons"):
            yield Finding(
                in_charter(community, "objectives", index, "season"),
                T("aucune saison ne s'appelle « {id} »", id=objective.season),
                T("Saisons connues : {known}.", known=known) if known else T("Ajoutez cette saison à « seasons »."),
            )


@rule("CDP408", "id-used-twice")
def id_used_twice(community: Community, view: View) -> Iterator[Finding]:
    """Deux éléments d'une même liste ont le même identifiant.

    Pourquoi : l'identifiant relie les réponses d'un sondage à l'autre; en double, elles se mélangent.

    Comment corriger : donnez au plus récent un nouvel identifiant.
    """
    charter = community.charter
    for key in ("objectives", "expectations", "seasons"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(charter, key)):
            if item.id in seen:
                yield Finding(
                    in_charter(community, key, index, "id"),
                    T("l'identifiant « {id} » sert déjà", id=item.id),
                    T("Donnez-lui un autre identifiant."),
                )
            seen.add(item.id)
    for survey in community.surveys:
        needs = [need.id for need in survey.record.needs]
        for index, need in enumerate(needs):
            if need in needs[:index]:
                yield Finding(
                    at(community, survey, "needs", index, "id"),
                    T("l'identifiant « {id} » sert déjà", id=need),
                    T("Donnez-lui un autre identifiant."),
                )


@rule("CDP411", "season-not-celebrated", "info", reads=CLOCK)
def season_not_celebrated(community: Community, view: View) -> Iterator[Finding]:
    """Une saison est finie depuis plus de trois semaines et rien n'a été célébré.

    Pourquoi : « un sentiment d'accomplissement quand tu as complété une section » (la pratique) : un café suffit, mais
    il faut le dire.

    Comment corriger : célébrez, même tard, et notez le jour dans `celebrated`.
    """
    if community.wrong("seasons"):
        return
    for index, season in enumerate(community.charter.seasons):
        if season.celebrated is not None or "celebrated" in season.unknown:
            continue
        if season.end_date is not None and season.end_date + REVIEW_LATE < view.as_of:
            yield Finding(
                in_charter(community, "seasons", index, "id"),
                T("la saison « {id} » a fini le {end} et n'a pas été célébrée", id=season.id, end=season.end_date),
                T("Célébrez, puis ajoutez « celebrated: » et le jour."),
            )


@rule("CDP413", "season-without-objective", "warning", reads=CLOCK)
def season_without_objective(community: Community, view: View) -> Iterator[Finding]:
    """La saison en cours n'a aucun objectif.

    Pourquoi : « pour chaque saison, attribuer de nouveaux objectifs » (la pratique); sans eux, rien à atteindre ni à
    célébrer.

    Comment corriger : donnez la saison d'au moins un objectif dans son champ `season`.
    """
    current = life.season(community, view.as_of)
    if current is None or community.stage(view.as_of) not in ("active", "closing") or community.wrong("objectives"):
        return
    if current.id not in {objective.season for objective in community.charter.objectives}:
        yield Finding(
            in_charter(community, "seasons", community.charter.seasons.index(current), "id"),
            T("la saison « {id} », en cours, n'a aucun objectif", id=current.id),
            T("Ajoutez « season: {id} » à un objectif.", id=current.id),
        )


@rule("CDP414", "season-over-objective-open", "warning", reads=CLOCK)
def season_over_objective_open(community: Community, view: View) -> Iterator[Finding]:
    """Une saison est finie depuis plus de trois semaines et l'un de ses objectifs n'a pas de verdict.

    Pourquoi : « s'assurer que les objectifs soient atteints dans le temps » (la pratique); sans verdict, ils glissent
    de saison en saison.

    Comment corriger : donnez le verdict (`outcome`) avec sa preuve ou son explication; ce qui continue devient un nouvel
    objectif d'une autre saison.
    """
    if community.wrong("seasons") or community.wrong("objectives"):
        return
    over = {
        season.id
        for season in community.charter.seasons
        if season.end_date is not None and season.end_date + REVIEW_LATE < view.as_of
    }
    for index, objective in enumerate(community.charter.objectives):
        if objective.outcome == "open" and objective.season in over:
            yield Finding(
                in_charter(community, "objectives", index, "id"),
                T(
                    "la saison « {season} » est finie et l'objectif « {id} » n'a pas de verdict",
                    season=objective.season,
                    id=objective.id,
                ),
                T("Ajoutez « outcome: met », « partly » ou « dropped », et ce qui le montre."),
            )
