"""What must be settled before archiving, as a list to tick: computed by the rules, never stored. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from cdp.diagnostics import Diagnostic, Place
from cdp.model import life
from cdp.model.community import Community, Repository
from cdp.rules import RULES, run
from cdp.rules.closing import SPARED
from cdp.text import T, Text


class Missing(NamedTuple):
    """What keeps a line from being ticked. ``rule`` is "" for the end of the life, which is a fact, not a fault."""

    place: Place
    message: Text
    fix: Text
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the list.

    Attributes:
        id: stable name, for programs.
        text: what it asks.
        blocking: whether archiving waits for it.
        found: what is missing, with place and cure; none when it can be ticked.
    """

    id: str
    text: Text
    blocking: bool
    found: tuple[Missing, ...]

    @property
    def done(self) -> bool:
        """Whether it can be ticked."""
        return not self.found


_ITEMS: tuple[tuple[str, Text, tuple[str, ...]], ...] = (
    ("announcement", T("La fin a été annoncée à temps"), ("CDP615",)),
    ("explanation", T("La raison et l'issue sont dites"), ("CDP601",)),
    ("successor", T("On dit où cela continue"), ("CDP204",)),
    ("verdicts", T("Chaque objectif a son verdict, avec ce qui le montre"), ("CDP602", "CDP405")),
    ("survey", T("Le dernier sondage est fermé et publié"), ("CDP607",)),
    ("review", T("Le bilan est écrit, sans question qui attende"), ("CDP604",)),
    ("legacy", T("Chaque note et chaque pièce jointe a son choix"), ("CDP603",)),
    ("summaries", T("Ce qui est à résumer a son résumé"), ("CDP613",)),
    ("homes", T("Ce qui est transmis dit à qui"), ("CDP614",)),
    ("links", T("Aucune page qui reste ne mène à ce qui part"), ("CDP611",)),
    ("copies", T("Les liens vers d'autres sites ont une copie ou une mention"), ("CDP612",)),
    ("license", T("La licence est dite"), ("CDP608",)),
    ("contact", T("Le contact survivra au groupe"), ("CDP609",)),
    ("celebration", T("La célébration a sa date"), ("CDP606", "CDP616")),
    ("thanks", T("Les remerciements sont écrits"), ("CDP605",)),
    ("end", T("Le dernier jour est passé"), ()),
    ("people", T("Personne n'est plus dit en fonction"), ("CDP610",)),
    ("check", T("Le reste du dossier se vérifie sans erreur"), ()),
)
LATE = frozenset({"CDP108"})
"""Errors that closing and archiving themselves settle: that it is late."""


def checklist(repository: Repository, community: Community, as_of: date) -> list[Item]:
    """Return the list of a community whose closing is open; a short path has fewer lines.

    Args:
        repository: all communities, since some may lead to its files.
        community: that ends.
        as_of: today.
    """
    closing = community.charter.closing
    outcome = closing.outcome if closing is not None else None
    spared = SPARED.get(outcome, frozenset())
    found = [(each, _missing(each)) for each in run(repository, as_of, only=[community.slug])]
    named = {rule for _, _, rules in _ITEMS for rule in rules if rule not in spared}
    items = []
    for id, text, rules in _ITEMS:
        asked = [rule for rule in rules if rule not in spared]
        if id == "end":
            items.append(Item(id, text, True, tuple(_living(community, as_of))))
        elif id == "check":
            left = [it for each, it in found if _stops(each) and each.rule not in named | LATE]
            items.append(Item(id, text, True, tuple(left)))
        elif asked and not (
            (id == "successor" and outcome not in ("transformed", "merged", "handed_over"))
            or (id == "people" and community.stage(as_of) == "closing")
        ):
            blocking = any(RULES[rule].severity == "error" for rule in asked)
            lacking = [it for each, it in found if each.rule in asked]
            if id == "celebration":
                lacking += _to_come(community, as_of)
            items.append(Item(id, text, blocking, tuple(lacking)))
    return items


def _stops(found: Diagnostic) -> bool:
    """Tell whether a finding stops a freeze: errors, and whatever touches people's safety (family 8), for good."""
    return found.severity == "error" or _of_safety(found.rule)


def _missing(found: Diagnostic) -> Missing:
    return Missing(found.place, found.message, found.fix, found.rule)


def _living(community: Community, as_of: date) -> list[Missing]:
    """Return what says that the life is not over yet."""
    if community.stage(as_of) in ("ended", "dropped"):
        return []
    end = life.last_day(community)
    place = community.index.document.place(("end_date",)) if community.index is not None else (1, 1)
    message = T("la fin n'a pas de date") if end is None else T("le dernier jour est le {end}", end=end)
    fix = T("Attendez ce jour, ou finissez plus tôt : cdp close {slug} --last-day AAAA-MM-JJ", slug=community.slug)
    return [Missing(Place(f"{community.folder}/index.md", *place), message, fix)]


def _to_come(community: Community, as_of: date) -> list[Missing]:
    """Return what says that the celebration, once the life is over, is not yet."""
    closing = community.charter.closing
    day = closing.celebration.date if closing is not None and closing.celebration is not None else None
    if day is None or day <= as_of or community.stage(as_of) not in ("ended", "dropped"):
        return []
    keys = ("closing", "celebration", "date")
    place = community.index.document.place(keys) if community.index is not None else (1, 1)
    message = T("la célébration est le {day}", day=day)
    fix = T("Attendez ce jour, ou corrigez-le : cdp close {slug} --celebrate AAAA-MM-JJ", slug=community.slug)
    return [Missing(Place(f"{community.folder}/index.md", *place), message, fix)]


def unsafe(community: Community, paths: Collection[str], as_of: date) -> list[Missing]:
    """Return what some pages of a community say of people, or would do to who reads them: nobody may freeze that.

    Args:
        community: as loaded.
        paths: from its folder.
        as_of: today.
    """
    rules = [each for each in RULES.values() if _of_safety(each.id)]
    whole = {f"{community.folder}/{path}" for path in paths}
    found = run(Repository((community,)), as_of, rules=rules)
    return [_missing(each) for each in found if each.place.path in whole]


def _of_safety(rule: str) -> bool:
    return rule.startswith("CDP8") or rule == "CDP507"


def unsettled(items: Sequence[Item]) -> list[Missing]:
    """Return what archiving waits for."""
    return [each for item in items if item.blocking for each in item.found]
