"""Family 1xx: the dates of a life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from cdp.dates import add_months, add_working_days, months_between
from cdp.diagnostics import Place
from cdp.model.community import Community
from cdp.model.life import CLOSING_NOTICE, END_GRACE, RUNNING, last_day, told
from cdp.model.rhythm import missed
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import N, T


@rule("CDP101", "end-before-start")
def end_before_start(community: Community, view: View) -> Iterator[Finding]:
    """Une fin précède son début.

    Pourquoi : avec des dates à l'envers, la communauté n'est jamais en vie.

    Comment corriger : vérifiez les deux dates; l'année est souvent en cause.
    """
    charter = community.charter
    if charter.start_date and charter.end_date and charter.end_date < charter.start_date:
        yield Finding(
            in_charter(community, "end_date"),
            T("la fin ({end}) précède le début ({start})", end=charter.end_date, start=charter.start_date),
            T("Corrigez « start_date » ou « end_date »."),
        )
    for index, season in enumerate(charter.seasons):
        if season.end_date and season.end_date < season.start_date:
            yield Finding(
                in_charter(community, "seasons", index, "end_date"),
                T("la fin ({end}) précède le début ({start})", end=season.end_date, start=season.start_date),
                T("Corrigez les dates de cette saison."),
            )
    for survey in community.surveys:
        if survey.record.closes < survey.record.opens and survey.states("opens", "closes"):
            yield Finding(
                at(community, survey, "closes"),
                T("la fin ({end}) précède le début ({start})", end=survey.record.closes, start=survey.record.opens),
                T("Corrigez les dates de ce sondage."),
            )
    pause = charter.pause
    if pause and pause.resume_by < pause.since:
        yield Finding(
            in_charter(community, "pause", "resume_by"),
            T("la fin ({end}) précède le début ({start})", end=pause.resume_by, start=pause.since),
            T("Corrigez les dates de la pause."),
        )


@rule("CDP102", "life-too-long", "warning")
def life_too_long(community: Community, view: View) -> Iterator[Finding]:
    """La vie prévue dépasse un an sans prolongation.

    Pourquoi : une fin proche et connue garde l'élan; au bout d'un an, on célèbre et on décide (la pratique).
    Au-delà de deux ans, c'est une erreur.

    Comment corriger : rapprochez la fin, ou ajoutez une entrée à `extensions` avec sa raison.
    """
    charter = community.charter
    if not charter.start_date or not charter.end_date:
        return
    after_a_year = add_months(charter.start_date, 12)
    after_two_years = add_months(charter.start_date, 24)
    if charter.end_date >= after_two_years or (charter.end_date >= after_a_year and not charter.extensions):
        months = months_between(charter.start_date, charter.end_date)
        yield Finding(
            in_charter(community, "end_date"),
            N("la vie prévue dure plus de {n} mois", "la vie prévue dure plus de {n} mois", months),
            T("Prévoyez une fin dans l'année; une suite sera une prolongation ou une nouvelle communauté."),
            "error" if charter.end_date >= after_two_years else None,
        )


@rule("CDP103", "extension-chain-broken")
def extension_chain_broken(community: Community, view: View) -> Iterator[Finding]:
    """Les prolongations ne mènent pas à la date de fin.

    Pourquoi : la fin est une promesse; chaque report dit d'où il part, où il mène, et qui l'a décidé quand.

    Comment corriger : le `from` de chaque entrée est le `to` de la précédente, et le dernier `to` est `end_date`. Une
    fermeture ouverte peut finir plus tôt : ce qui fut décidé reste écrit.
    """
    charter = community.charter
    for index, extension in enumerate(charter.extensions):
        if extension.to <= extension.from_:
            yield Finding(
                in_charter(community, "extensions", index, "to"),
                T(
                    "la prolongation ne prolonge pas : {to} n'est pas après {start}",
                    to=extension.to,
                    start=extension.from_,
                ),
                T("Corrigez « from » ou « to »."),
            )
        if index and extension.from_ != charter.extensions[index - 1].to:
            yield Finding(
                in_charter(community, "extensions", index, "from"),
                T(
                    "cette prolongation part du {start}, la précédente menait au {end}",
                    start=extension.from_,
                    end=charter.extensions[index - 1].to,
                ),
                T("Le « from » de chaque prolongation est le « to » de la précédente."),
            )
    end, promised = charter.end_date, charter.extensions[-1].to if charter.extensions else None
    if end and promised and (end > promised or (end < promised and charter.closing is None)):
        yield Finding(
            in_charter(community, "extensions", len(charter.extensions) - 1, "to"),
            T("la dernière prolongation mène au {to}, mais la fin est le {end}", to=promised, end=end),
            T("Corrigez « end_date », ou ajoutez la prolongation qui manque."),
        )


@rule("CDP104", "extension-too-long")
def extension_too_long(community: Community, view: View) -> Iterator[Finding]:
    """Une prolongation dépasse six mois, ou leur total dépasse un an.

    Pourquoi : une fin toujours repoussée n'en est plus une (même limite au W3C).

    Comment corriger : fermez, célébrez, et ouvrez une nouvelle communauté pour le nouveau besoin.
    """
    extensions = community.charter.extensions
    for index, extension in enumerate(extensions):
        if extension.to > add_months(extension.from_, 6):
            yield Finding(
                in_charter(community, "extensions", index, "to"),
                T("cette prolongation dépasse six mois"),
                T("Prolongez de six mois au plus à la fois."),
            )
    if extensions and extensions[-1].to > add_months(extensions[0].from_, 12):
        yield Finding(
            in_charter(community, "extensions"),
            T("les prolongations mènent à plus d'un an après la première fin, le {end}", end=extensions[0].from_),
            T("Fermez cette communauté; un nouveau besoin en fera naître une autre."),
        )


@rule("CDP106", "end-near-nothing-planned", "warning", reads=CLOCK)
def end_near_nothing_planned(community: Community, view: View) -> Iterator[Finding]:
    """La fin est dans moins de 90 jours et rien n'est prévu.

    Pourquoi : une belle fin se prépare : bilan, héritage, célébration, ou une prolongation décidée à temps.

    Comment corriger : ajoutez `closing` avec la date de l'annonce, ou une entrée à `extensions`.
    """
    end = community.charter.end_date
    planned = community.charter.closing is not None or community.wrong("closing")
    if community.stage(view.as_of) not in RUNNING or end is None or planned:
        return
    if end - timedelta(days=30) > view.as_of >= end - CLOSING_NOTICE:
        yield Finding(
            in_charter(community, "end_date"),
            N(
                "la fin est dans {n} jour et rien n'est prévu",
                "la fin est dans {n} jours et rien n'est prévu",
                (end - view.as_of).days,
            ),
            T("Préparez la fermeture (« closing ») ou décidez d'une prolongation."),
        )


@rule("CDP107", "end-imminent-undecided", "warning", reads=CLOCK)
def end_imminent_undecided(community: Community, view: View) -> Iterator[Finding]:
    """La fin est dans moins de 30 jours et aucune décision n'est notée.

    Pourquoi : les membres apprendraient la fin en la vivant.

    Comment corriger : notez la raison de la fermeture dans `closing`, ou décidez d'une prolongation.
    """
    end = community.charter.end_date
    closing = community.charter.closing
    if community.stage(view.as_of) not in RUNNING or end is None or community.wrong("closing"):
        return
    if view.as_of >= end - timedelta(days=30) and (closing is None or closing.reason is None):
        yield Finding(
            in_charter(community, "closing") if closing else in_charter(community, "end_date"),
            T("la fin est le {end} et aucune décision n'est notée", end=end),
            T("Notez dans « closing » l'annonce (« announced ») et la raison (« reason »), ou une prolongation."),
        )


@rule("CDP108", "ended-not-closed", reads=CLOCK)
def ended_not_closed(community: Community, view: View) -> Iterator[Finding]:
    """La fin est passée et la communauté n'est pas fermée.

    Pourquoi : une communauté qui s'éteint sans un mot laisse un goût d'échec; la fermer, c'est dire merci.

    Comment corriger : notez dans `closing` l'issue (`outcome`) et le bilan (`review`), ou une prolongation.
    Cinq jours ouvrables sont accordés.
    """
    end = last_day(community)
    closing = community.charter.closing
    if end is None or view.as_of <= add_working_days(end, END_GRACE):
        return
    if community.stage(view.as_of) != "ended" or community.wrong("closing"):
        return
    if closing is None or not told(closing):
        yield Finding(
            in_charter(community, "end_date"),
            T("la fin était le {end} et la communauté n'est pas fermée", end=end),
            T("Ajoutez à « closing » l'issue (« outcome ») et le bilan (« review »)."),
        )


@rule("CDP109", "date-out-of-range", "warning", reads=CLOCK)
def date_out_of_range(community: Community, view: View) -> Iterator[Finding]:
    """La date d'un fait accompli est loin dans l'avenir, ou d'un autre siècle.

    Pourquoi : c'est presque toujours une année mal tapée, et tout ce qui se calcule en dépend.

    Comment corriger : vérifiez l'année.
    """
    latest = view.as_of + timedelta(days=14)
    for place, day in _accomplished(community):
        if day > latest or day.year < 1990:
            yield Finding(place, T("la date {day} étonne pour un fait accompli", day=day), T("Vérifiez l'année."))


def _accomplished(community: Community) -> Iterator[tuple[Place, date]]:
    """Yield the dates of facts: consents, decisions, held meetings, notes, celebrated seasons."""
    charter = community.charter
    for index, head in enumerate(charter.network_heads):
        if head.agreed:
            yield in_charter(community, "network_heads", index, "agreed"), head.agreed
    for index, extension in enumerate(charter.extensions):
        yield in_charter(community, "extensions", index, "decided"), extension.decided
    for index, season in enumerate(charter.seasons):
        if season.celebrated:
            yield in_charter(community, "seasons", index, "celebrated"), season.celebrated
    for meeting in community.meetings:
        if meeting.record.attendance is not None and meeting.states("date"):
            yield at(community, meeting, "date"), meeting.record.date
    for note in community.notes:
        if note.record.date:
            yield at(community, note, "date"), note.record.date


@rule("CDP110", "dormant", "warning", reads=CLOCK)
def dormant(community: Community, view: View) -> Iterator[Finding]:
    """Une idée dort depuis plus de six mois, ou une pause a dépassé sa date de reprise.

    Pourquoi : mieux vaut dire « pas maintenant » que laisser attendre.

    Comment corriger : relancez les têtes de réseaux, reprenez, ou fermez avec l'issue `dropped`.
    """
    stage = community.stage(view.as_of)
    pause = community.charter.pause
    if pause and pause.resume_by < view.as_of and stage == "paused":
        yield Finding(
            in_charter(community, "pause", "resume_by"),
            T("la pause devait finir le {day}", day=pause.resume_by),
            T("Effacez « pause » si les rencontres ont repris, ou reportez la reprise (« resume_by »)."),
        )
    if stage == "idea":
        days = [day for _, day in _accomplished(community)]
        days += [meeting.record.date for meeting in community.meetings if meeting.states("date")]
        if days and add_months(max(days), 6) < view.as_of:
            yield Finding(
                in_charter(community),
                T("rien n'a bougé depuis le {day}", day=max(days)),
                T("Relancez les têtes de réseaux, ou dites que l'idée est remise."),
            )


@rule("CDP113", "meetings-lapsed", "warning", reads=CLOCK)
def meetings_lapsed(community: Community, view: View) -> Iterator[Finding]:
    """Aucune rencontre depuis plus de deux fois le rythme convenu.

    Pourquoi : la communauté, ce sont « des gens qui vont se rencontrer sur une base régulière » (la pratique); deux
    rencontres manquées de suite annoncent l'essoufflement.

    Comment corriger : fixez la prochaine rencontre, notez une pause avec sa date de reprise, ou demandez aux membres par
    sondage un autre rythme.
    """
    formula = community.charter.formula
    if formula is None or formula.rhythm is None or community.stage(view.as_of) not in ("active", "closing"):
        return
    days = [meeting.record.date for meeting in community.meetings if meeting.states("date")]
    last = max(days, default=getattr(community.charter.kickoff, "date", None))
    if last is not None and missed(formula.rhythm, last, view.as_of) > 1:
        yield Finding(
            in_charter(community, "formula", "rhythm"),
            T("la dernière rencontre date du {day}, pour un rythme de {rhythm}", day=last, rhythm=formula.rhythm),
            T("Ajoutez à meetings/ la prochaine rencontre, ou notez une pause (« pause »)."),
        )


@rule("CDP114", "pause-outside-life", "warning")
def pause_outside_life(community: Community, view: View) -> Iterator[Finding]:
    """La pause commence avant la communauté, ou doit finir après elle.

    Pourquoi : une pause dont on ne revient pas est une fermeture qui ne se dit pas.

    Comment corriger : rapprochez la reprise, décidez d'une prolongation, ou fermez.
    """
    charter = community.charter
    pause = charter.pause
    if pause is None:
        return
    if charter.start_date is not None and pause.since < charter.start_date:
        yield Finding(
            in_charter(community, "pause", "since"),
            T("la pause commence le {day}, avant la communauté ({start})", day=pause.since, start=charter.start_date),
            T("Corrigez « since »."),
        )
    if charter.end_date is not None and pause.resume_by > charter.end_date:
        yield Finding(
            in_charter(community, "pause", "resume_by"),
            T("la reprise est prévue le {day}, après la fin ({end})", day=pause.resume_by, end=charter.end_date),
            T("Rapprochez la reprise, ou décidez d'une prolongation."),
        )


@rule("CDP115", "extension-decided-late", "warning")
def extension_decided_late(community: Community, view: View) -> Iterator[Finding]:
    """Une prolongation a été décidée après la fin qu'elle repousse.

    Pourquoi : les membres avaient déjà vécu la fin; la décision se prend et s'annonce avant (même règle au W3C).

    Comment corriger : vérifiez la date de la décision; après la fin, ouvrez plutôt une nouvelle communauté.
    """
    for index, extension in enumerate(community.charter.extensions):
        if extension.decided > extension.from_:
            yield Finding(
                in_charter(community, "extensions", index, "decided"),
                T("décidée le {decided}, après la fin du {end}", decided=extension.decided, end=extension.from_),
                T("Décidez d'une prolongation avant la fin."),
            )
