"""Family 5xx: surveys, when they are held and what is published of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

from cdp.model import life
from cdp.model.community import Community
from cdp.model.pages import Questionnaire
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.survey.questions import impossible
from cdp.text import N, T, Text

SURVEY_GRACE = timedelta(days=14)
SHORTEST, LONGEST = 7, 45
SCORES, COMMENTS = 5, 10
"""Fewest answers with which numbers, then comments, may be published (Viva Glint, Lattice)."""


@rule("CDP501", "survey-late", "warning", reads=CLOCK)
def survey_late(community: Community, view: View) -> Iterator[Finding]:
    """Le sondage des quatre mois n'est pas ouvert, deux semaines après sa date.

    Pourquoi : le roulement est fort; sans sondage, on ne sait plus ce que les gens attendent. Après 60 jours, c'est
    une erreur.

    Comment corriger : tapez `cdp survey new`, puis envoyez le formulaire à tout le monde.
    """
    if not all(page.readable for page in community.surveys):
        return  # the one that is missed may be there
    for due in life.dues(community, view.as_of):
        if due.kind == "survey" and due.on + SURVEY_GRACE < view.as_of:
            yield Finding(
                in_charter(community, "survey_every_months"),
                T("le sondage attendu le {day} n'est pas ouvert", day=due.on),
                T("Préparez-le : cdp survey new {slug}.", slug=community.slug),
                "error" if due.late < view.as_of else None,
            )


@rule("CDP502", "survey-window")
def survey_window(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage dure moins de 7 jours ou plus de 45, ou s'ouvre avant que le précédent soit fermé.

    Pourquoi : trop court, les absentes et les absents le manquent; trop long, on l'oublie; deux à la fois, on se
    trompe de formulaire.

    Comment corriger : changez `opens` ou `closes`.
    """
    known = [page for page in community.surveys if page.states("opens", "closes")]
    dated = sorted(known, key=lambda page: page.record.opens)
    for page in dated:
        days = (page.record.closes - page.record.opens).days + 1
        # A survey that closes before it opens is the matter of CDP101.
        if days > LONGEST or 0 < days < SHORTEST:
            yield Finding(
                at(community, page, "closes"),
                N("le sondage dure {n} jour", "le sondage dure {n} jours", days),
                T("Laissez-le ouvert de {least} à {most} jours.", least=SHORTEST, most=LONGEST),
            )
    for before, page in itertools.pairwise(dated):
        if page.record.opens <= before.record.closes:
            yield Finding(
                at(community, page, "opens"),
                T("le sondage {id} est encore ouvert ce jour-là", id=before.stem),
                T("Ouvrez celui-ci après le {day}.", day=before.record.closes),
            )


@rule("CDP503", "survey-unpublished", reads=CLOCK)
def survey_unpublished(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage fermé depuis plus de 30 jours n'a pas tout ce qu'on en publie.

    Pourquoi : les personnes qui ont répondu attendent de savoir ce qu'on a lu.

    Comment corriger : tapez `cdp survey close`, puis écrivez ce que vous retenez sous l'en-tête.
    """
    for page in community.surveys:
        record = page.record
        missing = [key for key, value in (("invited", record.invited), ("answers", record.answers)) if value is None]
        lacks: list[Text] = [T("« {key} »", key=key) for key in missing]
        lacks += [] if page.document.body.strip() else [T("la synthèse")]
        if page.states("closes") and record.closes + life.RESULTS_LATE < view.as_of:
            for what in lacks:
                yield Finding(
                    at(community, page, "closes"),
                    T("le sondage est fermé depuis le {day}, il y manque {what}", day=record.closes, what=what),
                    T(
                        "Fermez-le avec « cdp survey close {slug}/{id} », ou complétez-le.",
                        slug=community.slug,
                        id=page.stem,
                    ),
                )


@rule("CDP504", "survey-without-decision", "warning", reads=CLOCK)
def survey_without_decision(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage fermé depuis plus de 30 jours n'a mené à aucune décision.

    Pourquoi : on répond une fois sans suite, rarement deux.

    Comment corriger : lisez les résultats avec le groupe, puis notez chaque décision et sa date dans `decisions`. Ne
    rien changer est aussi une décision.
    """
    for page in community.surveys:
        # As written: decisions that do not fit are the matter of another rule.
        decided = page.document.data.get("decisions")
        if page.states("closes") and not decided and page.record.closes + life.RESULTS_LATE < view.as_of:
            yield Finding(
                at(community, page, "closes"),
                T("le sondage est fermé depuis le {day}, sans décision", day=page.record.closes),
                T("Notez dans « decisions » ce qui a été décidé, même de ne rien changer."),
            )


@rule("CDP506", "form-outdated", "warning", reads=CLOCK)
def form_outdated(community: Community, view: View) -> Iterator[Finding]:
    """Le formulaire d'un sondage à venir ou ouvert ne suit pas la charte, ou ne peut pas être produit.

    Pourquoi : une attente oubliée disparaît des comparaisons; un nom inconnu ou pris deux fois empêche de produire le
    formulaire, et le site ne le publie pas : c'est alors une erreur.

    Comment corriger : mettez à jour `form`, ou retirez-le : cdp prendra ce qui est ouvert. Une question retirée
    exprès se nomme dans `drop`.
    """
    charter = community.charter
    for page in community.surveys:
        if page.record.closes < view.as_of or page.faults:
            continue
        form = page.record.form or Questionnaire()
        unknown = False
        for key, asked, every, current in (
            (
                "expectations",
                form.expectations,
                charter.expectations,
                [e for e in charter.expectations if e.status == "open"],
            ),
            ("objectives", form.objectives, charter.objectives, [o for o in charter.objectives if o.outcome == "open"]),
        ):
            if asked is None:
                continue
            for name in sorted(set(asked) - {item.id for item in every}):
                unknown = True
                yield Finding(
                    at(community, page, "form", key),
                    T("le formulaire demande « {id} », que la charte ne connaît pas", id=name),
                    T("Retirez ce nom, ou corrigez-le."),
                    "error",
                )
            for name in sorted({item.id for item in current} - {*asked, *form.drop}):
                yield Finding(
                    at(community, page, "form", key),
                    T("le formulaire oublie « {id} »", id=name),
                    T("Ajoutez-le, ou nommez-le dans « drop » si c'est voulu."),
                )
        problem = impossible(community, page)
        if problem is not None and not unknown:
            yield Finding(at(community, page, "form"), problem.message, problem.fix, "error")


@rule("CDP512", "decision-misdated", "warning", reads=CLOCK)
def decision_misdated(community: Community, view: View) -> Iterator[Finding]:
    """Une décision est datée d'avant la fermeture du sondage, ou de l'avenir.

    Pourquoi : on décide après avoir lu tout le monde; une date future annonce une décision qui n'est pas prise.

    Comment corriger : écrivez le jour où la décision a été prise.
    """
    for page in community.surveys:
        for index, decision in enumerate(page.record.decisions):
            early = page.states("closes") and decision.date < page.record.closes
            if early or decision.date > view.as_of:
                yield Finding(
                    at(community, page, "decisions", index, "date"),
                    T("la décision est datée du {day}, avant la fermeture du sondage", day=decision.date)
                    if early
                    else T("la décision est datée du {day}, dans l'avenir", day=decision.date),
                    T("Corrigez la date."),
                )


@rule("CDP514", "group-too-small")
def group_too_small(community: Community, view: View) -> Iterator[Finding]:
    """Des nombres sont publiés sous cinq réponses, ou des commentaires sous dix.

    Pourquoi : dans un si petit groupe, un nombre ou une phrase désigne quelqu'un.

    Comment corriger : écrivez `suppressed: true` à la place de `counts`, retirez les commentaires, et dites l'essentiel
    en mots, avec l'accord du groupe.
    """
    for page in community.surveys:
        record = page.record
        if record.answers is None:
            continue
        for index, result in enumerate(record.results):
            people = record.answers if result.answered is None else result.answered
            if result.counts and people < SCORES:
                yield Finding(
                    at(community, page, "results", index, "counts"),
                    N("ces nombres viennent de {n} réponse", "ces nombres viennent de {n} réponses", people),
                    T("Remplacez « counts » par « suppressed: true » : il faut au moins {n} réponses.", n=SCORES),
                )
        if record.comments and record.answers < COMMENTS:
            yield Finding(
                at(community, page, "comments"),
                N(
                    "des commentaires sont publiés avec {n} réponse",
                    "des commentaires sont publiés avec {n} réponses",
                    record.answers,
                ),
                T("Retirez-les : il faut au moins {n} réponses.", n=COMMENTS),
            )


@rule("CDP515", "results-do-not-add-up")
def results_do_not_add_up(community: Community, view: View) -> Iterator[Finding]:
    """Les nombres d'un sondage ne s'accordent pas entre eux.

    Pourquoi : plus de réponses que de personnes invitées, ou à une question que de réponses reçues, c'est une erreur de
    copie ou une réponse comptée deux fois.

    Comment corriger : reprenez les nombres, ou refaites `cdp survey close`.
    """
    for page in community.surveys:
        record = page.record
        if record.answers is not None and record.invited is not None and record.answers > record.invited:
            yield Finding(
                at(community, page, "answers"),
                T(
                    "{answers} réponses pour {invited} personnes invitées",
                    answers=record.answers,
                    invited=record.invited,
                ),
                T("Corrigez « answers » ou « invited »."),
            )
        for index, result in enumerate(record.results):
            # Of several choices a person may take more than one: no count is above the answers all the same.
            most = max(result.counts.values(), default=0)
            if record.answers is not None and most > record.answers:
                yield Finding(
                    at(community, page, "results", index, "counts"),
                    T("{most} personnes pour un choix, {answers} réponses en tout", most=most, answers=record.answers),
                    T("Reprenez les nombres de cette question."),
                )
