"""A new community that takes over from a former one: what both say of each other, and what is offered as a start. Pure.

Source: the practice, "Si à la fin il y a un nouveau besoin, cela devient peut-être l'occasion d'avoir une nouvelle CdP".
An archive no longer changes: only the living side is written, and the site shows the other from data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cdp.closing.facts import open_needs
from cdp.facilitation.charters import changed, next_ids
from cdp.facilitation.seasons import Refused
from cdp.frontmatter import Data, Edit
from cdp.model.community import Community, Page, Repository
from cdp.model.pages import Need, Survey
from cdp.plan import Plan, edited
from cdp.text import N, T, Text


@dataclass(frozen=True, slots=True)
class Origin:
    """The need that a community is born from: where it was heard, and its id from the root."""

    community: Community
    page: Page[Survey]
    need: Need

    @property
    def id(self) -> str:
        """Its id from anywhere: ``community/survey/need``."""
        return f"{self.community.slug}/{self.page.stem}/{self.need.id}"


@dataclass(frozen=True, slots=True)
class Offer:
    """An expectation to begin with, and where it comes from (``community/survey`` or ``community/kickoff``)."""

    text: str
    source: str


def origin(repository: Repository, former: Community | None, word: str) -> Origin:
    """Return the need that a word names: ``b2``, ``2025-10/b2`` or ``community/2025-10/b2``.

    Raises:
        Refused: there is none, or several.
    """
    parts = word.strip("/").split("/")
    if len(parts) == 3:
        former = repository.get(parts[0])
    if former is None or len(parts) > 3:
        raise Refused(
            T("on ne sait pas d'où vient le besoin « {id} »", id=word),
            T("Écrivez communauté/sondage/besoin, ou ajoutez --succeeds et le nom de la communauté."),
        )
    survey = parts[-2] if len(parts) > 1 else None
    heard = [Origin(former, page, need) for page in former.surveys for need in page.record.needs]
    found = [each for each in heard if each.need.id == parts[-1] and survey in (None, each.page.stem)]
    if len(found) != 1:
        known = ", ".join(f"{each.page.stem}/{each.need.id}" for each in heard) or "—"
        raise Refused(
            T("« {slug} » n'a pas de besoin « {id} »", slug=former.slug, id=word)
            if not found
            else T("« {slug} » a plusieurs besoins « {id} »", slug=former.slug, id=word),
            T("Besoins connus : {known}.", known=known),
        )
    return found[0]


def offers(former: Community, but: Origin | None) -> list[Offer]:
    """Return what a former community leaves open: expectations not met, then needs that wait; each once.

    Args:
        former: from which one takes over.
        but: the need that the new community is born from: it is its purpose, not one expectation among others.
    """
    found = [
        Offer(item.text, source if "/" in source else f"{former.slug}/{source}")
        for item in former.charter.expectations
        if item.status == "open"
        for source in (item.source or "kickoff",)
    ]
    found += [
        Offer(need.text, f"{former.slug}/{survey}")
        for survey, need in open_needs(former)
        if but is None or f"{former.slug}/{survey}/{need.id}" != but.id
    ]
    return list({offer.text: offer for offer in reversed(found)}.values())[::-1]


def begun(
    slug: str,
    charter: bytes,
    former: Community | None,
    born: Origin | None,
    taken: Sequence[Offer],
    read: Callable[[str], bytes],
) -> Plan:
    """Return the plan that writes the new charter, and what the former side says of it when it is not an archive.

    Args:
        slug: of the new community.
        charter: its charter, from the template.
        former: from which it takes over.
        born: the need that it answers.
        taken: offers that it begins with.
        read: gives the bytes of a file, by path from the root.

    Raises:
        Refused: the need already gave birth to another community.
    """
    edits: list[Edit] = []
    if taken:
        ids = next_ids([], "a", len(taken))
        expectations: list[Data] = [
            {"id": id, "text": offer.text, "source": offer.source, "status": "open"}
            for id, offer in zip(ids, taken, strict=True)
        ]
        edits.append(Edit(("expectations",), expectations))
    if former is not None:
        edits.append(Edit(("succeeds",), former.slug))
    if born is not None:
        edits.append(Edit(("born_from",), born.id))
    path = f"communities/{slug}/index.md"
    changes: dict[str, bytes | None] = {path: changed(charter, edits)}
    before: dict[str, bytes | None] = {path: None}
    for part in ("meetings", "notes"):
        changes[f"communities/{slug}/{part}/.gitkeep"] = b""
        before[f"communities/{slug}/{part}/.gitkeep"] = None
    notes: list[Text] = []
    if taken:
        notes.append(
            N(
                "{n} attente proposée : effacez-la si elle n'est pas la vôtre.",
                "{n} attentes proposées : effacez celles qui ne sont pas les vôtres.",
                len(taken),
            )
        )
    for other in {each.slug: each for each in (former, born.community if born else None) if each is not None}.values():
        if other.freeze is not None:
            notes.append(T("« {slug} » est archivée : rien n'y change, le site montre la suite.", slug=other.slug))
            continue
        for target, edits in _answers(slug, other, former, born):
            raw = read(target)
            changes[target] = edited(raw, edits) if target != f"{other.folder}/index.md" else changed(raw, edits)
            before[target] = raw
    return Plan(changes, before, tuple(notes))


def _answers(
    slug: str, other: Community, former: Community | None, born: Origin | None
) -> list[tuple[str, list[Edit]]]:
    """Return what the former side says of the new community: its successor, what became of the need."""
    found: list[tuple[str, list[Edit]]] = []
    if former is not None and other.slug == former.slug and slug not in other.charter.successors:
        found.append((f"{other.folder}/index.md", [Edit(("successors",), slug, "append")]))
    if born is None or other.slug != born.community.slug:
        return found
    need, index = born.need, born.page.record.needs.index(born.need)
    if need.disposition == "community" and need.target not in (None, slug):
        raise Refused(
            T("le besoin « {id} » a déjà fait naître « {slug} »", id=born.id, slug=need.target),
            T("Choisissez un autre besoin, ou rejoignez cette communauté."),
        )
    edits = [Edit(("needs", index, "disposition"), "community"), Edit(("needs", index, "target"), slug)]
    if need.disposition in (None, "parked", "community"):
        found.append((f"{other.folder}/{born.page.path}", edits))
    return found
