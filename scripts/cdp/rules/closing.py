"""Family 6xx: closing and legacy. A list to tick once the end is announced; what it holds blocks archiving.

Before the last day these findings inform; after it they warn, then are errors once archiving is late, so that a pull
request that settles one of them is not red for the others. A short path asks less (``SPARED``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from cdp import triage
from cdp.diagnostics import Place, Severity
from cdp.model import life
from cdp.model.charter import Closing
from cdp.model.community import Community
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import N, T

NOTICE = timedelta(days=14)
"""An end is announced this long before it comes (W3C gives notice of the end of a charter)."""

CELEBRATED = timedelta(days=183)
"""A celebration comes at the latest this long after the last day: beyond, its year is mistyped."""

SPARED: Mapping[str | None, frozenset[str]] = {
    "dropped": frozenset(f"CDP6{n:02}" for n in (2, 3, 4, 5, 6, 7, 10, 12, 15, 16)),
    "merged": frozenset({"CDP604", "CDP606", "CDP609", "CDP612", "CDP615", "CDP616"}),
    "handed_over": frozenset({"CDP606", "CDP609", "CDP615", "CDP616"}),
    "early": frozenset({"CDP612", "CDP615"}),
}
"""What each short path does not ask: a life that did not start has nothing to judge; a merger goes on elsewhere."""


def asked(id: str, community: Community, view: View) -> Closing | None:
    """Return the closing about which a rule may speak: it is open, not over, and its path asks for the rule."""
    closing = community.charter.closing
    if closing is None or community.wrong("closing"):
        return None
    spared = id in SPARED.get(closing.outcome, ())
    return closing if community.stage(view.as_of) in ("closing", "ended", "dropped") and not spared else None


def weight(community: Community, view: View) -> Severity | None:
    """Return how loud a finding is: it informs until the last day, then warns, then counts in full."""
    end = life.last_day(community)
    if end is None or view.as_of <= end:
        return "info"
    return "warning" if view.as_of <= end + life.ARCHIVE_LATE else None


@rule("CDP601", "closing-unexplained", reads=CLOCK)
def closing_unexplained(community: Community, view: View) -> Iterator[Finding]:
    """La fermeture ne dit pas pourquoi, ou comment la communauté aboutit.

    Pourquoi : une fin sans raison passe pour un échec; une fin dite est un accomplissement. Ailleurs, trois sur
    quatre ne s'expliquent pas.

    Comment corriger : écrivez dans `closing` la raison (`reason`) et l'issue (`outcome`), ou tapez
    `cdp close NOM --outcome ISSUE --reason "…"`.
    """
    closing = asked("CDP601", community, view)
    if closing is None:
        return
    if closing.reason is None:
        yield Finding(
            in_charter(community, "closing"),
            T("la raison de la fermeture n'est pas dite"),
            T(
                'Ajoutez « reason » à « closing », en une phrase, ou tapez : cdp close {slug} --reason "…"',
                slug=community.slug,
            ),
            weight(community, view),
        )
    if closing.outcome is None:
        yield Finding(
            in_charter(community, "closing"),
            T("l'issue de la communauté n'est pas dite"),
            T(
                "Ajoutez « outcome » à « closing » : fulfilled (objectifs atteints), transformed, merged, handed_over, early ou dropped; ou tapez : cdp close {slug} --outcome fulfilled",
                slug=community.slug,
            ),
            weight(community, view),
        )


@rule("CDP602", "objective-without-verdict", reads=CLOCK)
def objective_without_verdict(community: Community, view: View) -> Iterator[Finding]:
    """La fin est là et un objectif n'a pas de verdict.

    Pourquoi : « s'assurer que les objectifs soient atteints dans le temps » (la pratique); laissé de côté est un
    verdict honnête, le silence n'en est pas un.

    Comment corriger : donnez son verdict (`outcome`), avec ce qui le montre (`evidence`) ou l'explique
    (`explanation`).
    """
    if asked("CDP602", community, view) is None:
        return
    for index, objective in enumerate(community.charter.objectives):
        if objective.outcome == "open":
            yield Finding(
                in_charter(community, "objectives", index, "id"),
                T("l'objectif « {id} » n'a pas de verdict", id=objective.id),
                T("Ajoutez « outcome: met », « partly » ou « dropped », et ce qui le montre."),
                weight(community, view),
            )


@rule("CDP604", "closing-review-unwritten", reads=CLOCK)
def closing_review_unwritten(community: Community, view: View) -> Iterator[Finding]:
    """Le bilan manque, ou l'une de ses questions attend encore sa réponse.

    Pourquoi : le bilan est ce que d'autres liront en premier; un modèle vide a l'air écrit et ne dit rien.

    Comment corriger : tapez `cdp close NOM`, qui l'écrit à partir des faits, puis répondez à chaque question, ou
    effacez le titre qui ne vous sert pas.
    """
    if asked("CDP604", community, view) is None:
        return
    review = community.closing_review
    if review is None:
        yield Finding(
            in_charter(community, "closing"),
            T("le bilan n'est pas écrit"),
            T("Tapez cdp close {slug} : il l'écrit à partir des faits, à vous de le compléter.", slug=community.slug),
            weight(community, view),
        )
        return
    for line, heading in triage.unanswered(review.document.body):
        yield Finding(
            Place(f"{community.folder}/{review.path}", review.document.body_line + line - 1),
            T("« {heading} » n'a encore que sa question", heading=heading),
            T("Répondez en quelques phrases, ou effacez ce titre."),
            weight(community, view),
        )


@rule("CDP605", "thanks-missing", reads=CLOCK)
def thanks_missing(community: Community, view: View) -> Iterator[Finding]:
    """Personne n'est remercié.

    Pourquoi : une communauté tient par des gestes que personne ne compte; la fin est le moment de les dire.

    Comment corriger : écrivez `thanks` dans `closing`. Nommez les gestes plutôt que les gens, ou demandez leur accord.
    """
    closing = asked("CDP605", community, view)
    if closing is None:
        return
    if closing.thanks is None:
        yield Finding(
            in_charter(community, "closing"),
            T("les remerciements ne sont pas écrits"),
            T('Ajoutez « thanks » à « closing », ou tapez : cdp close {slug} --thanks "…"', slug=community.slug),
            weight(community, view),
        )


@rule("CDP606", "celebration-undated", reads=CLOCK)
def celebration_undated(community: Community, view: View) -> Iterator[Finding]:
    """La célébration de la fin n'a pas de date.

    Pourquoi : « célébrer la CdP après un an » (la pratique) donne le sentiment d'avoir accompli quelque chose; sans
    date, elle n'a pas lieu.

    Comment corriger : fixez le jour et notez-le dans `closing`, sous `celebration: date`. Un café suffit.
    """
    closing = asked("CDP606", community, view)
    if closing is None:
        return
    if closing.celebration is None or closing.celebration.date is None:
        yield Finding(
            in_charter(community, "closing", "celebration"),
            T("la célébration n'a pas de date"),
            T(
                "Ajoutez à « closing » : celebration, puis date; ou tapez : cdp close {slug} --celebrate AAAA-MM-JJ",
                slug=community.slug,
            ),
            weight(community, view),
        )


@rule("CDP607", "survey-still-open", reads=CLOCK)
def survey_still_open(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage n'est pas fermé, ou ses résultats ne sont pas publiés.

    Pourquoi : des réponses que personne n'a lues sont une promesse rompue, et la dernière.

    Comment corriger : fermez le sondage, publiez ses nombres et sa synthèse, ou retirez-le si personne n'y a répondu.
    """
    if asked("CDP607", community, view) is None:
        return
    for page in community.surveys:
        if page.record.answers is None:
            yield Finding(
                at(community, page),
                T("ce sondage n'a pas de résultats"),
                T("Publiez le nombre de réponses (« answers ») et la synthèse, ou retirez ce sondage."),
                weight(community, view),
            )


@rule("CDP608", "license-unknown", reads=CLOCK)
def license_unknown(community: Community, view: View) -> Iterator[Finding]:
    """On ne sait pas sous quelle licence reprendre ce qui reste.

    Pourquoi : plus personne ne sera là pour donner une permission; sans licence, l'héritage ne peut pas resservir.

    Comment corriger : écrivez `license` dans la charte, par exemple `CC BY-SA 4.0`.
    """
    if asked("CDP608", community, view) is not None and community.charter.license is None:
        yield Finding(
            in_charter(community, "license"),
            T("la licence n'est pas dite"),
            T("Ajoutez par exemple « license: CC BY-SA 4.0 », avec l'accord du groupe."),
            weight(community, view),
        )


@rule("CDP609", "contact-leaves-too", reads=CLOCK)
def contact_leaves_too(community: Community, view: View) -> Iterator[Finding]:
    """Le contact manque, ou part avec le groupe : c'est une personne qui l'anime.

    Pourquoi : dans trois ans, qui trouve une erreur ou veut reprendre l'idée doit pouvoir écrire à quelqu'un.

    Comment corriger : donnez dans `contact` une fonction ou un organisme qui restera.
    """
    if asked("CDP609", community, view) is None:
        return
    charter = community.charter
    contact = charter.contact
    if contact is None:
        yield Finding(
            in_charter(community, "contact"),
            T("le contact qui survivra au groupe n'est pas dit"),
            T("Ajoutez « contact » : une fonction ou un organisme, plutôt qu'une personne."),
            weight(community, view),
        )
    elif any(person.name in contact for person in (*charter.facilitators, *charter.network_heads, *charter.alumni)):
        yield Finding(
            in_charter(community, "contact"),
            T("le contact est une personne du groupe, qui le quitte aussi"),
            T("Écrivez plutôt sa fonction, ou l'organisme qui reçoit la suite."),
            weight(community, view),
        )


@rule("CDP610", "people-not-alumni", reads=CLOCK)
def people_not_alumni(community: Community, view: View) -> Iterator[Finding]:
    """La vie est finie et des personnes y sont encore dites en fonction.

    Pourquoi : on continuerait de leur écrire. Leur rôle est fini; leur nom, si elles l'ont accepté, reste parmi celles
    et ceux qui ont porté la communauté.

    Comment corriger : après le dernier jour, tapez `cdp close NOM` : il passe `facilitators` et `network_heads` dans
    `alumni`.
    """
    if asked("CDP610", community, view) is None or community.stage(view.as_of) == "closing":
        return
    for key, people in (
        ("facilitators", community.charter.facilitators),
        ("network_heads", community.charter.network_heads),
    ):
        if people:
            yield Finding(
                in_charter(community, key),
                N("{n} personne est encore en fonction", "{n} personnes sont encore en fonction", len(people)),
                T("Tapez cdp close {slug} : il les passe à « alumni ».", slug=community.slug),
                weight(community, view),
            )


@rule("CDP615", "end-announced-late", "warning", reads=CLOCK)
def end_announced_late(community: Community, view: View) -> Iterator[Finding]:
    """La fin a été annoncée moins de deux semaines avant d'arriver.

    Pourquoi : les membres préparent l'au revoir eux aussi; une fin apprise la veille laisse un goût de rupture.

    Comment corriger : rien, si c'est passé : dites au bilan ce qui s'est passé. Sinon, annoncez dès qu'on le sait.
    """
    closing = asked("CDP615", community, view)
    end = life.last_day(community)
    if closing is None or end is None:
        return
    if closing.announced + NOTICE > end:
        yield Finding(
            in_charter(community, "closing", "announced"),
            T("la fin du {end} a été annoncée le {day}", end=end, day=closing.announced),
            T("Dites au bilan comment les membres l'ont appris."),
            weight(community, view),
        )


@rule("CDP616", "celebration-outside-life", reads=CLOCK)
def celebration_outside_life(community: Community, view: View) -> Iterator[Finding]:
    """La célébration a lieu avant que la communauté commence, ou bien après sa fin.

    Pourquoi : son jour peut devenir le dernier jour de la communauté, et reste écrit dans l'archive; une faute de frappe
    raconterait une autre histoire.

    Comment corriger : écrivez le jour où l'on a célébré, ou celui qui est prévu, six mois après la fin au plus tard.
    """
    # A path that asks for no celebration may have one: its day counts all the same.
    closing = asked("", community, view)
    celebrated = closing.celebration.date if closing is not None and closing.celebration is not None else None
    if celebrated is None:
        return
    charter = community.charter
    began = (charter.kickoff.date if charter.kickoff is not None else None) or charter.start_date
    message = None
    if began is not None and celebrated < began:
        message = T("la célébration du {day} vient avant le début, le {began}", day=celebrated, began=began)
    elif charter.end_date is not None and celebrated > charter.end_date + CELEBRATED:
        message = T(
            "la célébration du {day} vient longtemps après la fin, le {end}", day=celebrated, end=charter.end_date
        )
    if message is not None:
        yield Finding(
            in_charter(community, "closing", "celebration", "date"),
            message,
            T("Corrigez son jour : cdp close {slug} --celebrate AAAA-MM-JJ", slug=community.slug),
            weight(community, view),
        )
