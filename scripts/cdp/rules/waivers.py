"""Family 0xx: waivers, which silence a rule in one community, for a reason and for a time."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.model.community import Community
from cdp.rules.registry import CLOCK, RULES, Finding, Rule, View, in_charter, rule
from cdp.text import T


def _finds(waived: Rule, community: Community, view: View) -> bool:
    """Tell whether a rule finds something in a community; one that cannot be judged now might."""
    if "history" in waived.reads:
        return True
    if waived.whole:
        folder = f"{community.folder}/"
        return any(f"{finding.place.path}/".startswith(folder) for finding in waived.check(view))  # type: ignore[call-arg, arg-type]  # told apart by ``whole``
    return any(True for _ in waived.check(community, view))  # type: ignore[call-arg, arg-type]  # idem


@rule("CDP017", "waiver-expired", "warning", reads=CLOCK)
def waiver_expired(community: Community, view: View) -> Iterator[Finding]:
    """Une dispense a passé sa date.

    Pourquoi : une dispense est un délai, pas un oubli; passé son dernier jour, la règle parle de nouveau.

    Comment corriger : réglez ce que la règle signale et effacez la dispense, ou donnez-lui un nouveau jour et sa raison.
    """
    for index, waiver in enumerate(community.charter.waivers):
        if waiver.until < view.as_of:
            yield Finding(
                in_charter(community, "waivers", index, "until"),
                T("la dispense de {rule} a pris fin le {until}", rule=waiver.rule, until=waiver.until),
                T("Effacez-la, ou donnez-lui un nouveau dernier jour."),
            )


@rule("CDP018", "waiver-useless", "warning", reads=CLOCK)
def waiver_useless(community: Community, view: View) -> Iterator[Finding]:
    """Une dispense ne sert à rien : la règle ne signale plus rien ici.

    Pourquoi : une dispense oubliée cacherait la prochaine faute.

    Comment corriger : effacez-la.
    """
    for index, waiver in enumerate(community.charter.waivers):
        waived = RULES.get(waiver.rule)
        if waived is None or not waived.waivable or waiver.until < view.as_of:
            continue
        if not _finds(waived, community, view):
            yield Finding(
                in_charter(community, "waivers", index, "rule"),
                T("{rule} ne signale rien ici : la dispense ne sert à rien", rule=waiver.rule),
                T("Effacez cette dispense."),
            )


@rule("CDP019", "waiver-not-allowed")
def waiver_not_allowed(community: Community, view: View) -> Iterator[Finding]:
    """Une dispense vise une règle qui n'existe pas, ou dont personne n'est dispensé.

    Pourquoi : ce qui garde les pages lisibles, les personnes en sûreté et les archives vraies ne se négocie pas.

    Comment corriger : effacez la dispense, et corrigez ce que la règle signale. `cdp rule` donne la liste des règles.
    """
    for index, waiver in enumerate(community.charter.waivers):
        waived = RULES.get(waiver.rule)
        if waived is None:
            yield Finding(
                in_charter(community, "waivers", index, "rule"),
                T("aucune règle ne s'appelle « {name} »", name=waiver.rule),
                T("Tapez « cdp rule » pour en avoir la liste."),
            )
        elif not waived.waivable:
            yield Finding(
                in_charter(community, "waivers", index, "rule"),
                T("personne n'est dispensé de {rule}", rule=waiver.rule),
                T("Effacez cette dispense, et corrigez ce que la règle signale."),
            )
