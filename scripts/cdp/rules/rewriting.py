"""Rules about change, continued: what was validated or published, and reads otherwise now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cdp.diagnostics import Place
from cdp.model.community import Community, Page
from cdp.model.pages import Survey
from cdp.rules.history import HISTORY, started
from cdp.rules.registry import Finding, View, at, in_charter, rule
from cdp.text import N, T


@rule("CDP116", "pause-stretched", "warning", reads=HISTORY)
def pause_stretched(community: Community, view: View) -> Iterator[Finding]:
    """La reprise d'une pause commencée a été repoussée sans un mot.

    Pourquoi : une pause qui s'allonge de mois en mois est une fin qui ne se dit pas; les membres attendent une date.

    Comment corriger : dites dans `reason` pourquoi la reprise attend, ou annoncez la fermeture (`closing`).
    """
    past = started(community, view)
    before = past.charter.pause if past is not None else None
    now = community.charter.pause
    if before is None or now is None or community.charter.closing is not None:
        return
    if before.since <= view.as_of and now.resume_by > before.resume_by and now.reason == before.reason:
        yield Finding(
            in_charter(community, "pause", "resume_by"),
            T("la reprise, prévue le {old}, est repoussée au {new}", old=before.resume_by, new=now.resume_by),
            T("Dites pourquoi dans « reason », ou annoncez la fermeture."),
        )


@rule("CDP208", "lineage-rewritten", reads=HISTORY)
def lineage_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """L'origine d'une communauté, ou l'une de ses suites, a changé ou disparu.

    Pourquoi : c'est par là qu'un besoin ou une communauté se suit jusqu'à ce qui en est né.

    Comment corriger : remettez ce qui était écrit; si c'était faux, dites-le dans une dispense (`waivers`).
    """
    past = started(community, view)
    for key in ("succeeds", "born_from") if past is not None else ():
        was = getattr(past.charter, key)  # type: ignore[union-attr]  # there is a past, or no key
        if was is not None and getattr(community.charter, key) != was and not community.wrong(key):
            yield Finding(
                in_charter(community, key),
                T("« {key} » disait : {was}", key=key, was=was),
                T("Remettez « {key}: {was} ».", key=key, was=was),
            )
    gone = [] if past is None else [s for s in past.charter.successors if s not in community.charter.successors]
    for slug in gone if not community.wrong("successors") else ():
        yield Finding(
            in_charter(community, "successors"),
            T("« {slug} » ne figure plus parmi les suites", slug=slug),
            T("Remettez « {slug} » dans « successors ».", slug=slug),
        )


@rule("CDP310", "expectation-rewritten", "warning", reads=HISTORY)
def expectation_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """Une attente dit autre chose sous le même identifiant.

    Pourquoi : d'un sondage à l'autre, les réponses se comparent par l'identifiant; deux questions différentes
    donneraient une fausse évolution.

    Comment corriger : remettez le texte, marquez l'attente `status: dropped`, et ajoutez la nouvelle sous un autre
    identifiant. Corriger une faute ou quelques mots ne change rien.
    """
    past = started(community, view)
    old = {item.id: item.text for item in past.charter.expectations} if past is not None else {}
    for index, item in enumerate(community.charter.expectations):
        if item.id in old and _otherwise(old[item.id], item.text):
            yield Finding(
                in_charter(community, "expectations", index, "text"),
                T("l'attente « {id} » disait : « {text} »", id=item.id, text=old[item.id]),
                T("Remettez ce texte, et donnez un autre identifiant à la nouvelle attente."),
            )


@rule("CDP311", "kickoff-moved", "warning", reads=HISTORY)
def kickoff_moved(community: Community, view: View) -> Iterator[Finding]:
    """La date d'une rencontre de démarrage qui a eu lieu a changé.

    Pourquoi : le premier sondage, donc tous les autres, se comptent à partir d'elle.

    Comment corriger : remettez la date; si elle était fausse, dites-le dans une dispense (`waivers`).
    """
    past = started(community, view)
    before = past.charter.kickoff if past is not None else None
    now = community.charter.kickoff
    if before is None or before.date is None or now is None or community.wrong("kickoff"):
        return
    if now.date != before.date:
        yield Finding(
            in_charter(community, "kickoff", "date"),
            T("la rencontre de démarrage était datée du {old}", old=before.date),
            T("Remettez « date: {old} ».", old=before.date),
        )


@rule("CDP415", "objective-rewritten", "warning", reads=HISTORY)
def objective_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """Un objectif validé, ou sa mesure, dit autre chose sous le même identifiant.

    Pourquoi : déplacer le but en chemin donne l'air de l'atteindre; ce que les membres ont validé ne se récrit pas.

    Comment corriger : remettez le texte; pour viser autre chose, marquez l'objectif `outcome: dropped` avec une
    explication, et ajoutez le nouveau sous un autre identifiant. Corriger quelques mots ne change rien.
    """
    past = started(community, view)
    old = {item.id: item for item in past.charter.objectives} if past is not None else {}
    for index, item in enumerate(community.charter.objectives):
        if item.id not in old:
            continue
        for key, was, now in (
            ("text", old[item.id].text, item.text),
            ("measure", old[item.id].measure or "", item.measure or ""),
        ):
            if _otherwise(was, now):
                yield Finding(
                    in_charter(community, "objectives", index, key),
                    T("l'objectif « {id} » disait : « {text} »", id=item.id, text=was),
                    T("Remettez ce texte, et donnez un autre identifiant au nouvel objectif."),
                )


def _otherwise(was: str, now: str) -> bool:
    """Tell whether fewer than half of the words of a text are left."""
    words = set(was.casefold().split())
    return 2 * len(words & set(now.casefold().split())) < len(words)


@rule("CDP516", "results-rewritten", reads=HISTORY)
def results_rewritten(community: Community, view: View) -> Iterator[Finding]:
    """Les nombres publiés d'un sondage ont changé.

    Pourquoi : des décisions les citent, et les réponses d'où ils viennent sont détruites : personne ne peut plus les
    refaire.

    Comment corriger : remettez-les; s'ils étaient faux, ou s'ils désignaient quelqu'un, dites-le dans une dispense
    (`waivers`).
    """
    for old, new in _published(community, view):
        if new is None or new.faults:
            continue
        for key in ("invited", "answers", "results"):
            if getattr(old.record, key) != getattr(new.record, key):
                yield Finding(
                    at(community, new, key),
                    T("les nombres du sondage « {id} », déjà publiés, ne sont plus les mêmes", id=old.stem),
                    T("Remettez-les tels qu'ils étaient."),
                )
                break


@rule("CDP517", "survey-erased", reads=HISTORY)
def survey_erased(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage publié a disparu, ou un besoin, sa suite ou une décision en a été effacé.

    Pourquoi : les gens ont dit ce dont ils ont besoin; l'effacer rompt la promesse d'en faire quelque chose et le fil
    qui mène d'un besoin à ce qu'il est devenu.

    Comment corriger : remettez ce qui a été effacé; un besoin auquel on ne répond pas reçoit une suite (`parked`,
    `declined`) et sa raison.
    """
    for old, new in _published(community, view):
        if new is None:
            yield Finding(
                Place(f"{community.folder}/{old.path}"),
                T("le sondage « {id} », déjà publié, a disparu", id=old.stem),
                T("Remettez ce fichier."),
            )
            continue
        if new.faults:
            continue
        kept = {need.id: need for need in new.record.needs}
        for need in old.record.needs:
            if need.id not in kept:
                yield Finding(
                    at(community, new, "needs"),
                    T("le besoin « {id} » a été effacé : « {text} »", id=need.id, text=need.text),
                    T("Remettez-le, avec une suite et sa raison."),
                )
            elif need.disposition is not None and kept[need.id].disposition is None:
                yield Finding(
                    at(community, new, "needs"),
                    T("la suite du besoin « {id} » a été effacée : {was}", id=need.id, was=need.disposition),
                    T("Remettez « disposition: {was} », ou donnez la nouvelle suite.", was=need.disposition),
                )
        lost = len(old.record.decisions) - len(new.record.decisions)
        if lost > 0:
            yield Finding(
                at(community, new, "decisions"),
                N("{n} décision a été effacée", "{n} décisions ont été effacées", lost),
                T("Remettez ce qui manque; une décision qui change est une nouvelle décision, avec sa date."),
            )


def _published(community: Community, view: View) -> Iterator[tuple[Page[Survey], Page[Any] | None]]:
    """Yield the surveys whose results were published at the base, each with what it is now."""
    past = view.past(community)
    now = {page.path: page for page in community.surveys}
    for page in past.surveys if past is not None and past.freeze is None else ():
        if page.record.answers is not None:
            yield page, now.get(page.path)
