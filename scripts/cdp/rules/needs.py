"""Family 5xx: needs and what becomes of them, read in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.model.community import Community, Repository
from cdp.model.life import RESULTS_LATE
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import T

TARGETED = ("objective", "season", "community")


@rule("CDP505", "need-without-outcome", "warning", reads=CLOCK)
def need_without_outcome(community: Community, view: View) -> Iterator[Finding]:
    """Un besoin n'a pas encore de suite.

    Pourquoi : un besoin recueilli et laissé là décourage de répondre. Trente jours après la fermeture, c'est une erreur.

    Comment corriger : tapez `cdp survey need` : le besoin devient un objectif, une saison, un changement de formule, une
    communauté, attend, ou n'est pas retenu.
    """
    for page in community.surveys:
        for index, need in enumerate(page.record.needs):
            # As written: an outcome that does not fit is the matter of CDP005.
            if "disposition" not in page.document.data["needs"][index]:
                yield Finding(
                    at(community, page, "needs", index, "id"),
                    T("le besoin « {id} » n'a pas de suite", id=need.id),
                    T(
                        "Ajoutez « disposition », avec cdp survey need {slug}/{survey}.",
                        slug=community.slug,
                        survey=page.stem,
                    ),
                    "error" if page.record.closes + RESULTS_LATE < view.as_of else None,
                )


@rule("CDP508", "need-incomplete")
def need_incomplete(community: Community, view: View) -> Iterator[Finding]:
    """La suite d'un besoin ne dit pas ce qu'il devient, ou pourquoi il attend ou n'est pas retenu.

    Pourquoi : les personnes qui l'ont exprimé veulent pouvoir suivre sa trace; un non s'explique.

    Comment corriger : ajoutez `target` (objectif, saison, communauté) ou `reason`.
    """
    for page in community.surveys:
        for index, need in enumerate(page.record.needs):
            if need.disposition in TARGETED and need.target is None:
                yield Finding(
                    at(community, page, "needs", index, "disposition"),
                    T("on ne sait pas ce que devient le besoin « {id} »", id=need.id),
                    T("Ajoutez « target » : l'objectif, la saison ou la communauté."),
                )
            if need.disposition in ("parked", "declined") and need.reason is None:
                yield Finding(
                    at(community, page, "needs", index, "disposition"),
                    T("le besoin « {id} » est écarté sans raison", id=need.id),
                    T("Ajoutez « reason », en une phrase."),
                )


@rule("CDP509", "need-target-missing")
def need_target_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un besoin devient un objectif, une saison ou une communauté qui n'existe pas.

    Pourquoi : la trace se perd, et rien n'a peut-être été fait.

    Comment corriger : corrigez le nom, ou créez ce qui manque.
    """
    targets = {
        "objective": {item.id for item in community.charter.objectives},
        "season": {item.id for item in community.charter.seasons},
        "community": {item.slug for item in view.repository.communities},
    }
    for page in community.surveys:
        for index, need in enumerate(page.record.needs):
            if (
                need.disposition in TARGETED
                and need.target is not None
                and need.target not in targets[need.disposition]
            ):
                yield Finding(
                    at(community, page, "needs", index, "target"),
                    T("« {target} » n'existe pas", target=need.target),
                    T("Corrigez « target », ou créez ce qui manque."),
                )


@rule("CDP510", "lineage-one-way", "warning")
def lineage_one_way(community: Community, view: View) -> Iterator[Finding]:
    """Un besoin dit avoir fait naître une communauté, qui ne le dit pas.

    Pourquoi : la filiation se lit dans les deux sens : du besoin vers la communauté, et de la communauté vers son besoin.

    Comment corriger : écrivez `born_from` dans la charte de l'autre communauté.
    """
    for page in community.surveys:
        for index, need in enumerate(page.record.needs):
            if need.disposition != "community":
                continue
            child = view.repository.get(str(need.target))
            origin = f"{community.slug}/{page.stem}/{need.id}"
            if child is not None and child.charter.born_from != origin and not child.wrong("born_from"):
                yield Finding(
                    at(community, page, "needs", index, "target"),
                    T("« {slug} » ne dit pas être née de ce besoin", slug=child.slug),
                    T("Écrivez dans sa charte : born_from: {need}", need=origin),
                )


@rule("CDP511", "source-missing")
def source_missing(community: Community, view: View) -> Iterator[Finding]:
    """Une attente ou la formule cite un sondage qui n'existe pas, ou un besoin d'origine introuvable.

    Pourquoi : chacune doit pouvoir être retracée jusqu'au moment où le groupe l'a exprimée.

    Comment corriger : écrivez `kickoff`, ou l'identifiant d'un sondage de la communauté; pour `born_from`,
    communauté/sondage/besoin.
    """
    charter = community.charter
    known = {"kickoff", None, *(page.stem for page in community.surveys)}
    cited = [(("expectations", index, "source"), item.source) for index, item in enumerate(charter.expectations)]
    decided = charter.formula.decided_by if charter.formula else None
    for path, source in [*cited, (("formula", "decided_by"), decided)]:
        if source not in known and not _elsewhere(view.repository, str(source)):
            yield Finding(
                in_charter(community, *path),
                T("le sondage « {id} » n'existe pas ici", id=source),
                T("Écrivez « kickoff », ou l'identifiant d'un sondage de cette communauté (ou communauté/sondage)."),
            )
    if charter.born_from and _lacks(view.repository, charter.born_from):
        yield Finding(
            in_charter(community, "born_from"),
            T("le besoin « {id} » n'existe pas", id=charter.born_from),
            T("Écrivez communauté/sondage/besoin, tel qu'il figure dans le sondage."),
        )


def _elsewhere(repository: Repository, source: str) -> bool:
    """Tell whether a source names the kickoff or a survey of another community, from which this one takes over."""
    slug, _, name = source.partition("/")
    other = repository.get(slug)
    return other is not None and name in ("kickoff", *(page.stem for page in other.surveys))


@rule("CDP513", "same-need-missing")
def same_need_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un besoin se dit le même qu'un autre, introuvable.

    Pourquoi : le site montre ensemble les besoins partagés, pour que des communautés se trouvent.

    Comment corriger : écrivez communauté/sondage/besoin, tel qu'il figure dans l'autre sondage.
    """
    for page in community.surveys:
        for index, need in enumerate(page.record.needs):
            for place, other in enumerate(need.same_as):
                if _lacks(view.repository, other):
                    yield Finding(
                        at(community, page, "needs", index, "same_as", place),
                        T("le besoin « {id} » n'existe pas", id=other),
                        T("Écrivez communauté/sondage/besoin, tel qu'il figure dans l'autre sondage."),
                    )


def _lacks(repository: Repository, need: str) -> bool:
    """Tell whether a need, as ``community/survey/need``, is nowhere; a survey that cannot be read may hold it."""
    slug, _, rest = need.partition("/")
    survey, _, id = rest.partition("/")
    community = repository.get(slug)
    return not any(
        page.stem == survey and (not page.readable or id in {item.id for item in page.record.needs})
        for page in (community.surveys if community is not None else ())
    )
