"""Plans of what facilitators write: a new survey, a need and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cdp.dates import add_months
from cdp.frontmatter import Data, Edit, Unreadable, edit
from cdp.model import life
from cdp.model.community import Community, Page, Repository
from cdp.model.minutes import needs_heard
from cdp.model.pages import Need, Survey
from cdp.plan import Plan, edited
from cdp.survey.questions import FormError
from cdp.text import N, T, Text, translate

SHORTEST, LONGEST = 7, 45
"""Days of a survey's window, both ends included: time to see it, not to forget it (sig-end-user)."""
USUAL = 15
"""Days of a window when nobody says."""

MOST_HEARD = 8
"""Most needs heard in meetings that one question takes up: more is a list that nobody reads."""

Disposition = Literal["objective", "season", "formula", "community", "parked", "declined"]


def window(community: Community, as_of: date, opens: date | None, closes: date | None) -> tuple[date, date]:
    """Return the first and last day of a new survey.

    Raises:
        FormError: too short, too long, or at the same time as another.
    """
    due = life.next_survey(community)
    first = opens or max(as_of, due or as_of)
    last = closes or first + timedelta(days=USUAL - 1)
    days = (last - first).days + 1
    if not SHORTEST <= days <= LONGEST:
        raise FormError(
            T("du {first} au {last}, le sondage durerait {days} jours", first=first, last=last, days=days),
            T("Laissez-le ouvert de {least} à {most} jours.", least=SHORTEST, most=LONGEST),
        )
    for page in community.surveys:
        record = page.record
        if page.readable and record.opens <= last and first <= record.closes:
            raise FormError(
                T(
                    "le sondage {id} est ouvert du {opens} au {closes}",
                    id=page.stem,
                    opens=record.opens,
                    closes=record.closes,
                ),
                T("Un seul sondage à la fois : choisissez d'autres dates."),
            )
    end = life.last_day(community)
    if end is not None and last > end:
        raise FormError(
            T("le sondage finirait après la communauté, le {end}", end=end),
            T("Fermez-le au plus tard ce jour-là, ou décidez d'une prolongation."),
        )
    return first, last


def new(community: Community, opens: date, closes: date, title: str, template: str) -> Plan:
    """Return the plan of a new survey: its page, with what its form asks about.

    Args:
        community: whose.
        opens: first day (see :func:`window`).
        closes: last day.
        title: of the survey.
        template: text of ``theme/new/survey.md``.

    Raises:
        FormError: there is a survey of that month already, or the template cannot be read.
    """
    id = f"{opens:%Y-%m}"
    path = f"{community.folder}/surveys/{id}.md"
    if f"surveys/{id}.md" in community.files:
        raise FormError(
            T("il y a déjà un sondage {id}", id=id), T("Un sondage par mois : ouvrez ce fichier, ou changez de mois.")
        )
    charter = community.charter
    asked: dict[str, Data] = {
        "expectations": [item.id for item in charter.expectations if item.status == "open"],
        "objectives": [item.id for item in charter.objectives if item.outcome == "open"],
    }
    heard = list(dict.fromkeys(said.item.text for said in needs_heard(community, opens)))
    if heard:
        asked["add"] = [_heard(heard[:MOST_HEARD])]
        # A form stays within its twelve questions: what will outlive the group can wait until the end is near.
        end = charter.end_date
        asked["drop"] = ["free" if end is not None and end <= add_months(opens, 4) else "legacy"]
    notes = tuple(
        T("Ce besoin n'a plus de place dans la question, mais il est dans les comptes rendus : {text}", text=text)
        for text in heard[MOST_HEARD:]
    )
    try:
        text = edit(
            template,
            [
                Edit(("title",), title),
                Edit(("opens",), opens.isoformat()),
                Edit(("closes",), closes.isoformat()),
                Edit(("form",), asked),
            ],
        )
    except (Unreadable, KeyError, ValueError):
        raise FormError(
            T("le modèle theme/new/survey.md ne se lit pas"),
            T("Tapez « cdp check » : la règle CDP008 dit ce qui ne va pas."),
        ) from None
    if heard:
        notes = (
            N(
                "{n} besoin entendu devient une question.",
                "{n} besoins entendus deviennent une question.",
                len(heard[:MOST_HEARD]),
            ),
            *notes,
        )
    return Plan({path: text.encode()}, {path: None}, notes)


def _heard(needs: Sequence[str]) -> Data:
    """Return the question that takes up what meetings heard: whose need is it too?"""
    ask, none = T("Besoins entendus aux rencontres : lesquels sont aussi les vôtres?"), T("Aucun de ceux-là")
    choices: list[Data] = [{"code": f"h{number}", "fr": text} for number, text in enumerate(needs, 1)]
    choices.append({"code": "none", "fr": translate(none, "fr"), "en": translate(none, "en")})
    said: dict[str, Data] = {"id": "heard", "kind": "multiple"}
    return {**said, "fr": translate(ask, "fr"), "en": translate(ask, "en"), "choices": choices}


@dataclass(frozen=True, slots=True)
class Wish:
    """A need as it is to be written.

    Attributes:
        id: of a need that is there already, or "" for a new one.
        text: the need, or "" to leave it as it is.
        disposition, target, reason: what becomes of it.
        measure, season: of the objective that it becomes.
        decision: a sentence for the survey's decisions, or "".
        same_as: the same need in other communities.
    """

    id: str = ""
    text: str = ""
    disposition: Disposition | None = None
    target: str = ""
    reason: str = ""
    measure: str = ""
    season: str = ""
    decision: str = ""
    same_as: tuple[str, ...] = ()


def need(
    repository: Repository, community: Community, page: Page[Survey], wish: Wish, raw: Mapping[str, bytes], as_of: date
) -> Plan:
    """Return the plan that writes a need, what becomes of it, and the other end of its lineage.

    Args:
        repository: where its target is sought.
        community: whose survey.
        page: the survey that it comes from.
        wish: the need.
        raw: bytes of the pages that may change, by path from the root.
        as_of: date of the decision.

    Raises:
        FormError: something lacks or does not exist.
    """
    found = next((item for item in page.record.needs if item.id == wish.id), None)
    _complete(repository, community, page, wish, found)
    name = wish.id or _free(page)
    path = f"{community.folder}/{page.path}"
    values: dict[str, Data] = {
        "text": wish.text,
        "disposition": wish.disposition,
        "target": wish.target,
        "reason": wish.reason,
        "same_as": list(wish.same_as),
    }
    given = {key: value for key, value in values.items() if value}
    edits = []
    if found is None:
        edits.append(Edit(("needs",), {"id": name, **given}, "append"))
    else:
        index = page.record.needs.index(found)
        edits = [Edit(("needs", index, key), value) for key, value in given.items()]
    if wish.decision:
        edits.append(Edit(("decisions",), {"date": as_of.isoformat(), "text": wish.decision}, "append"))
    changes: dict[str, bytes | None] = {path: _edited(path, raw, edits)}
    notes: list[Text] = []
    text = wish.text or (found.text if found else "")
    _other_end(repository, community, page, wish, name, text, raw, changes, notes)
    return Plan(changes, {key: raw[key] for key in changes}, tuple(notes))


def _complete(repository: Repository, community: Community, page: Page[Survey], wish: Wish, found: Need | None) -> None:
    charter = community.charter
    if wish.id and found is None and not wish.text:
        known = ", ".join(item.id for item in page.record.needs) or "—"
        raise FormError(
            T("le sondage n'a pas de besoin « {id} »", id=wish.id),
            T("Besoins de ce sondage : {known}. Pour en écrire un nouveau, ajoutez --text.", known=known),
        )
    if not wish.id and not wish.text:
        raise FormError(T("le besoin n'a pas de texte"), T("Ajoutez --text « … », ou --id pour un besoin déjà écrit."))
    reason = wish.reason or (found.reason if found else "")
    if wish.disposition in ("declined", "parked") and not reason:
        raise FormError(
            T("un besoin mis en attente ou non retenu a une raison"),
            T("Ajoutez --reason : les personnes qui ont exprimé ce besoin la liront."),
        )
    target = wish.target or (found.target if found else "") or ""
    if wish.disposition in ("objective", "season", "community") and not target:
        raise FormError(
            T("on ne sait pas ce que ce besoin devient"),
            T("Ajoutez --target : l'identifiant de l'objectif ou de la saison, ou le nom de la communauté."),
        )
    seasons = {season.id for season in charter.seasons}
    for name in [wish.season] if wish.season else [target] if wish.disposition == "season" else []:
        if name not in seasons:
            raise FormError(
                T("la communauté n'a pas de saison « {id} »", id=name),
                T(
                    "Ses saisons : {known}. Ajoutez d'abord celle-ci à la charte.",
                    known=", ".join(sorted(seasons)) or "—",
                ),
            )
    if wish.disposition == "objective" and target not in {o.id for o in charter.objectives} and not wish.measure:
        raise FormError(
            T("l'objectif « {id} » n'existe pas encore", id=target),
            T("Ajoutez --measure (comment saura-t-on qu'il est atteint?) pour qu'il soit ajouté à la charte."),
        )
    for other in wish.same_as:
        if not exists(repository, other):
            raise FormError(
                T("le besoin « {id} » n'existe pas", id=other),
                T("Écrivez communauté/sondage/besoin, comme sur le site."),
            )


def exists(repository: Repository, need: str) -> bool:
    """Tell whether ``community/survey/need`` is a need of the repository."""
    slug, _, rest = need.partition("/")
    survey, _, name = rest.partition("/")
    community = repository.get(slug)
    pages = community.surveys if community is not None else ()
    return any(page.stem == survey and any(item.id == name for item in page.record.needs) for page in pages)


def _other_end(
    repository: Repository,
    community: Community,
    page: Page[Survey],
    wish: Wish,
    name: str,
    text: str,
    raw: Mapping[str, bytes],
    changes: dict[str, bytes | None],
    notes: list[Text],
) -> None:
    """Add what the target itself must say: a new objective, the need that a community was born from."""
    if wish.disposition == "objective" and wish.measure:
        if wish.target not in {item.id for item in community.charter.objectives}:
            objective: dict[str, Data] = {"id": wish.target, "text": text, "measure": wish.measure}
            if wish.season:
                objective["season"] = wish.season
            path = f"{community.folder}/index.md"
            changes[path] = _edited(path, raw, [Edit(("objectives",), objective, "append")])
    elif wish.disposition == "formula":
        notes.append(
            T("Changez maintenant la formule dans la charte, avec « decided_by: {survey} ».", survey=page.stem)
        )
    elif wish.disposition == "community":
        other = repository.get(wish.target)
        origin = f"{community.slug}/{page.stem}/{name}"
        if other is None:
            notes.append(
                T(
                    "Créez-la : cdp new {slug}, puis écrivez « born_from: {need} » dans sa charte.",
                    slug=wish.target,
                    need=origin,
                )
            )
        elif other.charter.born_from is None:
            path = f"{other.folder}/index.md"
            changes[path] = _edited(path, raw, [Edit(("born_from",), origin)])
        elif other.charter.born_from != origin:
            notes.append(T("« {slug} » dit déjà être née de {need}.", slug=wish.target, need=other.charter.born_from))


def _free(page: Page[Survey]) -> str:
    """Return the next free id: b1, then b2."""
    taken = {item.id for item in page.record.needs}
    return next(name for name in (f"b{n}" for n in range(1, len(taken) + 2)) if name not in taken)


def _edited(path: str, raw: Mapping[str, bytes], edits: list[Edit]) -> bytes:
    try:
        return edited(raw[path], edits)
    except (Unreadable, KeyError, ValueError):
        raise FormError(
            T("{path} ne peut pas être modifié sur place", path=path),
            T("Écrivez ce changement à la main, ou corrigez d'abord ce que dit « cdp check »."),
        ) from None
