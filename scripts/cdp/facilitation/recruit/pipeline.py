"""The way to a kickoff, community by community: whom to contact, who is an ally, what is still without a head.

Source: the practice, step 1: one begins with one's own bank of contacts, by individual meetings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cdp.facilitation.recruit.contacts import STATUSES, Bank, Contact, Pursuit, Status, Step, distinct, folded, split
from cdp.frontmatter import Data, Edit
from cdp.model.community import Community


@dataclass(frozen=True)
class Board:
    """Where a community stands with its allies.

    Attributes:
        columns: contacts by status.
        heads: how many network heads there are, in the bank and in the charter.
        networks: the networks that have a head.
        networks_without: networks known in the bank that have none.
        regions_without: idem for regions.
        unwilling: names of the charter whose owners do not want to be named.
        ready: whether there are enough heads from enough networks for a kickoff.
        written: whether the charter says so too, with names or as counts (rule CDP303).
    """

    columns: dict[Status, tuple[Contact, ...]]
    heads: int
    networks: tuple[str, ...]
    networks_without: tuple[str, ...]
    regions_without: tuple[str, ...]
    unwilling: tuple[str, ...]
    ready: bool
    written: bool


def advance(
    contact: Contact,
    slug: str,
    status: Status | None,
    day: date,
    note: str = "",
    named: str = "",
    action: str = "",
    on: date | None = None,
) -> Contact:
    """Return the contact one step further for a community; the next action that was done is taken away."""
    pursuit = contact.pipeline.get(slug, Pursuit())
    steps = pursuit.steps
    if status is not None:
        steps = (*steps, Step(status=status, date=day, note=note or None))
    changes: dict[str, object] = {"steps": steps}
    if status is not None or action:
        changes |= {"next": action or None, "on": on}
    if named:
        changes |= {"named": named, "named_on": day if named == "yes" else None}
    return contact.model_copy(update={"pipeline": {**contact.pipeline, slug: pursuit.model_copy(update=changes)}})


def board(bank: Bank, community: Community, enough: int, networks: int) -> Board:
    """Return where a community stands.

    Args:
        bank: the contact bank.
        community: which; heads of its charter count too.
        enough: how many network heads a kickoff needs.
        networks: from how many networks.
    """
    bank = tuple(split(contact) for contact in bank)
    columns: dict[Status, list[Contact]] = {status: [] for status in STATUSES}  # type: ignore[misc]
    for contact in bank:
        if community.slug in contact.pipeline:
            columns[contact.pipeline[community.slug].status].append(contact)
    allies = columns["ally"]
    charter = community.charter
    people = {folded(contact.name) for contact in allies}
    covered = [network for contact in allies for network in contact.networks]
    said, theirs = charter.heads()
    covered += theirs
    people |= {folded(head.name) for head in charter.network_heads if head.agreed or head.unknown}
    # Those whom the charter counts without a name may be in the bank, or in another facilitator's.
    count = max(len(people), said)
    named = {folded(head.name) for head in charter.network_heads}
    regions = {contact.region for contact in allies if contact.region}
    return Board(
        {
            status: tuple(sorted(found, key=lambda c: (c.pipeline[community.slug].on or date.max, c.name)))
            for status, found in columns.items()
        },
        count,
        tuple(sorted(distinct(covered))),
        _without([network for contact in bank for network in contact.networks], covered),
        _without([contact.region for contact in bank if contact.region], regions),
        tuple(
            sorted(
                contact.name for contact in bank if _refuses(contact, community.slug) and folded(contact.name) in named
            )
        ),
        count >= enough and len(distinct(covered)) >= networks,
        said >= enough and len(distinct(theirs)) >= networks,
    )


def _refuses(contact: Contact, slug: str) -> bool:
    pursuit = contact.pipeline.get(slug)
    return pursuit is not None and pursuit.named == "no"


def heads(bank: Bank, community: Community) -> list[Edit]:
    """Return the edits that name in the charter the allies who agreed to it, with the day of their consent.

    Those that the charter names already are left out. Those who did not agree to be named are counted by network, without
    their names: what the charter counted before is replaced, where the bank knows of any ally.
    """
    known = {folded(head.name) for head in community.charter.network_heads}
    edits: list[Edit] = []
    allies = False
    unnamed: dict[str, int] = {}
    for contact in map(split, bank):
        pursuit = contact.pipeline.get(community.slug)
        if pursuit is None or pursuit.status != "ally":
            continue
        allies = True
        if folded(contact.name) in known:
            continue
        if pursuit.named != "yes" or pursuit.named_on is None:
            network = contact.networks[0] if contact.networks else ""
            unnamed[network] = unnamed.get(network, 0) + 1
            continue
        head: dict[str, Data] = {"name": contact.name}
        if contact.organization:
            head["organization"] = contact.organization
        if contact.networks:
            head["network"] = contact.networks[0]
        edits.append(Edit(("network_heads",), {**head, "agreed": pursuit.named_on.isoformat()}, "append"))
    before = {group.network or "": group.count for group in community.charter.unnamed_heads}
    if allies and unnamed != before:
        counts: list[Data] = [
            {**({"network": network} if network else {}), "count": str(count)}
            for network, count in sorted(unnamed.items())
        ]
        edits.append(Edit(("unnamed_heads",), counts))
    return edits


def _without(known: Sequence[str], covered: Iterable[str]) -> tuple[str, ...]:
    have = {folded(item) for item in covered}
    return tuple(sorted(distinct(item for item in known if folded(item) not in have)))
