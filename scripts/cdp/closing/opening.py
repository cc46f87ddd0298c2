"""Open the closing: what the charter and the review would hold, as a plan. Run again, it only adds what lacks. Pure.

Source: the practice, "Permet d'avoir une fin positive": the end is planned, and for constructive reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cdp import triage
from cdp.closing import review
from cdp.closing.proposals import by_folder, proposals
from cdp.facilitation.charters import changed
from cdp.facilitation.seasons import Refused
from cdp.frontmatter import MAX_FRONT_MATTER, Data, Edit
from cdp.model import life
from cdp.model.charter import Legacy, Outcome
from cdp.model.community import Community, Repository
from cdp.plan import Plan
from cdp.text import N, T, Text

NO_REVIEW: tuple[Outcome | None, ...] = ("dropped", "merged")
"""Paths without a closing review: nothing was lived, or the story goes on elsewhere."""
NO_LINKS: tuple[Outcome | None, ...] = ("dropped", "merged", "early")
"""Paths that do not ask what becomes of links to other sites (see ``rules.closing.SPARED``)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person says of the end.

    Attributes:
        outcome: how the community ends.
        reason: why, in a sentence.
        into: slug of the community that takes it in or takes over.
        to: who takes over, when it is not a community of this base.
        celebration: day of the celebration.
        last_day: new last day, when the end comes before the date of the charter.
        thanks: a sentence.
    """

    outcome: Outcome | None = None
    reason: str = ""
    into: str = ""
    to: str = ""
    celebration: date | None = None
    last_day: date | None = None
    thanks: str = ""


def opened(community: Community, raw: bytes, repository: Repository, as_of: date, wish: Wish) -> Plan:
    """Return the plan that opens a closing, or goes on with it.

    Nothing that a person wrote is lost: keys that are there stay, but those that ``wish`` names; a review that exists is
    never written over; choices already made are never proposed again.

    Args:
        community: that ends.
        raw: its charter as it is on the disk.
        repository: all communities.
        as_of: today.
        wish: what the person says.

    Raises:
        Refused: it cannot end so.
    """
    charter = community.charter
    closing = charter.closing
    outcome = wish.outcome or (closing.outcome if closing is not None else None)
    _possible(community, repository, as_of, wish, outcome)
    offered = [] if outcome == "dropped" else proposals(community, repository, as_of, _home(wish, outcome, repository))
    legacy = [*community.legacy.values(), *offered]
    with_review = outcome not in NO_REVIEW and "review.md" not in community.files
    edits = [
        *_closing(community, as_of, wish, outcome),
        *_links(community, legacy if outcome not in NO_LINKS else ()),
        *_legacy(community, offered if _fits(raw, offered) else by_folder(offered, charter.language)),
        *([Edit(("successors",), wish.into, "append")] if wish.into and wish.into not in charter.successors else ()),
        *(_sooner(community, wish.last_day) if wish.last_day is not None else ()),
        *_alumni(community, as_of),
    ]
    path = f"{community.folder}/index.md"
    changes: dict[str, bytes | None] = {path: changed(raw, edits)}
    before: dict[str, bytes | None] = {path: raw}
    if with_review:
        changes[f"{community.folder}/review.md"] = review.written(community, as_of, legacy).encode()
        before[f"{community.folder}/review.md"] = None
    elif community.closing_review is not None and community.closing_review.readable:
        written = community.closing_review.document.text
        if (fresh := review.renewed(written, community)) != written:
            changes[f"{community.folder}/review.md"] = fresh.encode()
            before[f"{community.folder}/review.md"] = written.encode()
    return Plan(changes, before, tuple(_notes(community, offered, with_review, outcome, wish)))


_WRITTEN = ("closing", "legacy", "successors", "alumni", "facilitators", "network_heads", "end_date", "seasons")
"""Keys that opening a closing may write: one that cannot be read would be written over."""


def _possible(community: Community, repository: Repository, as_of: date, wish: Wish, outcome: Outcome | None) -> None:
    """Refuse an end that does not fit the life."""
    slug = community.slug
    for key in _WRITTEN:
        if community.wrong(key):
            raise Refused(
                T("« {key} » a une faute, et son contenu se perdrait", key=key),
                T("Corrigez-la d'abord : cdp check {slug}", slug=slug),
            )
    began = life.kicked_off(community, as_of)
    if not began and outcome not in ("dropped", "merged"):
        raise Refused(
            T("« {slug} » n'a pas encore eu sa rencontre de démarrage : rien à fermer", slug=slug),
            T('Si elle n\'aura pas lieu : cdp close {slug} --outcome dropped --reason "…"', slug=slug),
        )
    if began and outcome == "dropped":
        raise Refused(
            T("« {slug} » a commencé : elle ne reste pas sans suite, elle aboutit", slug=slug),
            T("Choisissez early (aboutie plus tôt que prévu), fulfilled, transformed, merged ou handed_over."),
        )
    if outcome == "dropped" and not wish.reason and (community.charter.closing is None):
        raise Refused(
            T("on ne dit pas pourquoi « {slug} » n'aura pas de suite", slug=slug),
            T("Ajoutez --reason : une phrase pour celles et ceux qui y ont cru."),
        )
    if wish.into:
        other = repository.get(wish.into)
        if other is None or wish.into == slug:
            raise Refused(
                T("aucune autre communauté ne s'appelle « {slug} »", slug=wish.into),
                T("Tapez « cdp status » pour les voir; pour un organisme hors d'ici : --to NOM"),
            )
        if other.freeze is not None:
            raise Refused(
                T("« {slug} » est archivée : elle ne reçoit plus rien", slug=wish.into),
                T("Nommez une communauté en vie, ou créez-en une : cdp new."),
            )
    if outcome == "merged" and not wish.into and not community.charter.successors:
        raise Refused(
            T("on ne dit pas à quelle communauté « {slug} » se réunit", slug=slug),
            T("Ajoutez --into et le nom de cette communauté."),
        )
    end = community.charter.end_date
    if wish.last_day is not None and end is not None and wish.last_day > end:
        raise Refused(
            T("{day} vient après la fin prévue, le {end}", day=wish.last_day, end=end),
            T("Finir plus tard se décide par une prolongation (« extensions »)."),
        )


def _home(wish: Wish, outcome: Outcome | None, repository: Repository) -> str:
    """Return who takes what goes on elsewhere, when the life passes to somebody."""
    if outcome not in ("merged", "handed_over"):
        return ""
    into = repository.get(wish.into)
    return triage.home(into) if into is not None else wish.to


def _closing(community: Community, as_of: date, wish: Wish, outcome: Outcome | None) -> list[Edit]:
    closing = community.charter.closing
    given: dict[str, Data] = {"announced": as_of.isoformat()} if closing is None else {}
    if wish.reason:
        given["reason"] = wish.reason
    if wish.outcome is not None:
        given["outcome"] = wish.outcome
    if outcome not in NO_REVIEW and (closing is None or closing.review is None):
        given["review"] = "review.md"
    if wish.thanks:
        given["thanks"] = wish.thanks
    if closing is None:
        if wish.celebration is not None:
            given["celebration"] = {"date": wish.celebration.isoformat()}
        return [Edit(("closing",), given)]
    edits = [Edit(("closing", key), value) for key, value in given.items()]
    if wish.celebration is not None and closing.celebration is None:
        edits.append(Edit(("closing", "celebration"), {"date": wish.celebration.isoformat()}))
    elif wish.celebration is not None:
        edits.append(Edit(("closing", "celebration", "date"), wish.celebration.isoformat()))
    return edits


def _sooner(community: Community, last_day: date) -> list[Edit]:
    """Return the edits of an end that comes sooner: the season under way ends with it, those that were to come go.

    Extensions stay: they were decided, and said so.
    """
    charter = community.charter
    edits = [Edit(("end_date",), last_day.isoformat())]
    begun = [season for season in charter.seasons if season.start_date <= last_day]
    if len(begun) < len(charter.seasons) and community.index is not None:
        written = community.index.document.data["seasons"]
        assert isinstance(written, list)
        kept: list[Data] = [
            data for season, data in zip(charter.seasons, written, strict=True) if season.start_date <= last_day
        ]
        edits.append(Edit(("seasons",), kept))
        gone = {season.id for season in charter.seasons} - {season.id for season in begun}
        edits += [
            Edit(("objectives", number, "season"), begun[-1].id)
            for number, objective in enumerate(charter.objectives if begun else ())
            if objective.season in gone
        ]
    edits += [
        Edit(("seasons", number, "end_date"), last_day.isoformat())
        for number, season in enumerate(begun)
        if season.end_date is not None and season.end_date > last_day
    ]
    return edits


def _links(community: Community, legacy: Sequence[Legacy]) -> list[Edit]:
    """Return the addresses on other sites that kept notes lead to, said perishable until somebody makes a copy."""
    closing = community.charter.closing
    known = {link.url for link in closing.links} if closing is not None else set()
    kept = {item.path for item in legacy if item.choice == "keep"}
    found = [url for page in community.notes if page.path in kept for url in triage.external(page)]
    new: list[Data] = [{"url": url, "perishable": True} for url in dict.fromkeys(found) if url not in known]
    if not new:
        return []
    return [Edit(("closing", "links"), new, "extend")]


def _fits(raw: bytes, offered: Sequence[Legacy]) -> bool:
    """Tell whether a charter has room for a line for each file; a longer list is told folder by folder."""
    lines = sum(60 + sum(len(str(value).encode()) for value in item.model_dump().values()) for item in offered)
    return len(raw) + lines < MAX_FRONT_MATTER


def _legacy(community: Community, offered: Sequence[Legacy]) -> list[Edit]:
    new: list[Data] = [dict(item.model_dump(exclude_none=True)) for item in offered]
    if not new:
        return []
    return [Edit(("legacy",), new, "extend")]


def _alumni(community: Community, as_of: date) -> list[Edit]:
    """Once the life is over, those who carried it are no longer in charge: their names pass to ``alumni``."""
    charter = community.charter
    if community.stage(as_of) != "ended" or not (charter.facilitators or charter.network_heads):
        return []
    people: list[Data] = []
    for role, group in (("facilitator", charter.facilitators), ("network_head", charter.network_heads)):
        for person in group:
            data = {key: str(value) for key, value in person.model_dump(exclude_none=True).items()}
            people.append({"name": data.pop("name"), "role": role, **data})
    empty = [key for key in ("facilitators", "network_heads") if getattr(charter, key)]
    return [Edit(("alumni",), people, "extend"), *(Edit((key,), []) for key in empty)]


def _notes(
    community: Community, offered: Sequence[Legacy], with_review: bool, outcome: Outcome | None, wish: Wish
) -> list[Text]:
    notes = []
    if offered:
        notes.append(
            N(
                "{n} choix d'héritage proposé : relisez-le à plusieurs, cdp ne connaît pas vos notes.",
                "{n} choix d'héritage proposés : relisez-les à plusieurs, cdp ne connaît pas vos notes.",
                len(offered),
            )
        )
    if with_review:
        notes.append(
            T("Dans review.md, répondez à chaque question : les faits y sont, il y manque ce que vous en pensez.")
        )
    charter, sooner = community.charter, wish.last_day
    later = [season for season in charter.seasons if sooner is not None and season.start_date > sooner]
    if later:
        notes.append(
            N(
                "{n} saison qui n'aura pas lieu s'en va de la charte; ses objectifs passent à la dernière qui reste.",
                "{n} saisons qui n'auront pas lieu s'en vont de la charte; leurs objectifs passent à la dernière qui reste.",
                len(later),
            )
        )
    undated = charter.closing is None or charter.closing.celebration is None
    end = sooner or charter.end_date
    first = sooner is None if wish.celebration is None else end is None or wish.celebration < end
    if outcome == "early" and undated and first:
        notes.append(T("Aboutie plus tôt que prévu : le jour de la célébration (--celebrate) devient le dernier jour."))
    if outcome is None:
        notes.append(T("Le moment venu, dites l'issue : cdp close {slug} --outcome fulfilled", slug=community.slug))
    notes.append(T("Ce qui reste à faire, à tout moment : cdp close {slug} --check", slug=community.slug))
    return notes
