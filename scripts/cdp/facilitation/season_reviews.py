"""The review of a season: verdicts with their reasons, and a page that starts from facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from cdp.facilitation.seasons import Refused, objectives, with_charter
from cdp.frontmatter import Edit
from cdp.model.charter import Objective, Season
from cdp.model.community import Community
from cdp.model.fields import Line, Record
from cdp.model.minutes import minutes, untouched
from cdp.plan import Plan
from cdp.prose import literal
from cdp.site import words
from cdp.text import N, T, Text, translate

Outcome = Literal["met", "partly", "dropped"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on an objective at the end of a season."""

    outcome: Outcome
    evidence: str = ""
    explanation: str = ""


class Verdict(Record):
    """An objective as it is judged on the sheet."""

    id: Line = Field(description="Identifiant de l'objectif|Id of the objective")
    outcome: Outcome | None = Field(None, description="Verdict|Verdict")
    evidence: Line | None = Field(None, description="Preuve|Evidence")
    explanation: Line | None = Field(None, description="Explication|Explanation")


class Verdicts(Record):
    """What people said when they looked back on a season: the sheet, filled in."""

    objectives: tuple[Verdict, ...] = Field((), description="Objectifs|Objectives")
    learnings: tuple[Line, ...] = Field((), description="Apprentissages|Learnings")
    celebration: Line | None = Field(None, description="Ce que nous avons fêté|What we celebrated")

    @property
    def judgements(self) -> dict[str, Judgement]:
        """The verdicts that were given, by objective."""
        return {
            each.id: Judgement(each.outcome, each.evidence or "", each.explanation or "")
            for each in self.objectives
            if each.outcome is not None
        }


def sheet(community: Community, season: Season) -> str:
    """Return the sheet of a season's review, to be filled in together."""

    def say(text: Text) -> str:
        return translate(text, community.charter.language)

    def note(text: Text) -> str:
        return f"## {say(text)}"

    title = season.title or season.id
    lines = [
        note(T("Le bilan de la saison « {title} ». Remplissez cette feuille à plusieurs, puis :", title=title)),
        note(T("cdp season review {slug} {id} --from CE-FICHIER", slug=community.slug, id=season.id)),
        note(T("outcome : met (atteint), partly (en partie) ou dropped (laissé de côté).")),
        note(T("Chaque verdict demande une preuve (evidence : une note, un fait) ou une explication (explanation).")),
    ]
    own = [objective for objective in objectives(community, season) if objective.outcome == "open"]
    lines += ["objectives:"] if own else ["objectives: []"]
    for objective in own:
        lines += [f"  ## {' '.join(objective.text.split())}"]
        if objective.measure:
            lines += [f"  {note(T('Comment on le saura : {measure}', measure=' '.join(objective.measure.split())))}"]
        lines += [f"  - id: {objective.id}", "    outcome:", "    evidence:", "    explanation:"]
    return "\n".join(
        [
            *lines,
            "",
            note(T("Trois choses que la saison suivante devrait savoir, une ligne chacune, après un tiret.")),
            "learnings:",
            "  -",
            "",
            note(T("Ce que vous avez fêté, ou fêterez : où, quand, avec quoi dans les assiettes?")),
            "celebration:",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened in a season, counted from its files.

    Attributes:
        meetings: how many were held; a page that is still its template tells of none.
        counted: how many of these have a count of attendance.
        attendance: sum of these counts.
        notes: notes dated in the season.
        decisions, learnings, needs: what the minutes say, in order of date.
        untold: pages of meetings of the season that nobody has filled in.
    """

    meetings: int
    counted: int
    attendance: int
    notes: int
    decisions: tuple[str, ...] = ()
    learnings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


def facts(community: Community, season: Season, as_of: date) -> Facts:
    """Count what happened in a season up to a day."""
    last = min(season.end_date or as_of, as_of)
    known = sorted(
        (page for page in community.meetings if page.readable and season.start_date <= page.record.date <= last),
        key=lambda page: page.record.date,
    )
    held = [page for page in known if not untouched(page)]
    said = [minutes(page.document.body) for page in held]
    counts = [page.record.attendance for page in held if page.record.attendance is not None]
    notes = [
        page
        for page in community.notes
        if page.readable
        and not page.record.draft
        and page.record.date
        and season.start_date <= page.record.date <= last
    ]
    return Facts(
        len(held),
        len(counts),
        sum(counts),
        len(notes),
        tuple(item.text for each in said for item in each.decisions),
        tuple(item.text for each in said for item in each.learnings),
        tuple(item.text for each in said for item in each.needs),
        tuple(page.path for page in known if untouched(page)),
    )


def review(
    community: Community,
    raw: bytes,
    as_of: date,
    season: Season,
    judgements: Mapping[str, Judgement],
    said: Verdicts | None = None,
) -> Plan:
    """Return the plan that judges the objectives of a season and writes its review from facts.

    A review that exists is never written over: only the verdicts change.
    """
    own = {objective.id: objective for objective in objectives(community, season)}
    for id, judgement in judgements.items():
        if id not in own:
            raise Refused(
                T("« {id} » n'est pas un objectif de la saison « {season} »", id=id, season=season.id),
                T("Objectifs de cette saison : {ids}.", ids=", ".join(own) or "—"),
            )
        if not judgement.evidence and not judgement.explanation:
            raise Refused(
                T("l'objectif « {id} » serait jugé sans preuve ni explication", id=id),
                T("Ajoutez --evidence {id}=… ou --explanation {id}=…", id=id),
            )
    places = [objective.id for objective in community.charter.objectives]
    edits = []
    for id, judgement in judgements.items():
        for key in ("outcome", "evidence", "explanation"):
            value = getattr(judgement, key)
            if value:
                edits.append(Edit(("objectives", places.index(id), key), value))
    path = f"seasons/{season.id}.md"
    if season.review is None:
        edits.append(Edit(("seasons", community.charter.seasons.index(season), "review"), path))
    result = with_charter(community, raw, edits) if edits else Plan({})
    notes: list[Text] = []
    changes, before = dict(result.changes), dict(result.before)
    if (season.review or path) in community.files:
        notes.append(T("Le bilan existe déjà : son texte reste comme il est."))
    else:
        whole = f"{community.folder}/{path}"
        changes[whole] = _review(community, season, as_of, own, judgements, said or Verdicts()).encode()
        before[whole] = None
        notes.append(T("Relisez le bilan à plusieurs : les faits y sont, il y manque ce que vous en pensez."))
    untold = facts(community, season, as_of).untold
    if untold:
        notes.append(
            N(
                "Sans compte rendu, et pas comptée comme tenue : {paths}. Complétez la page, ou effacez-la.",
                "Sans compte rendu, et pas comptées comme tenues : {paths}. Complétez ces pages, ou effacez-les.",
                len(untold),
                paths=", ".join(untold),
            )
        )
    still = [id for id, objective in own.items() if objective.outcome == "open" and id not in judgements]
    if still:
        notes.append(
            T("Sans verdict : {ids}. Ajoutez par exemple --verdict {id}=met", ids=", ".join(still), id=still[0])
        )
    return Plan(changes, before, tuple(notes))


def _review(
    community: Community,
    season: Season,
    as_of: date,
    own: Mapping[str, Objective],
    judgements: Mapping[str, Judgement],
    said: Verdicts,
) -> str:
    lang = community.charter.language

    def say(text: Text) -> str:
        return translate(text, lang)

    found = facts(community, season, as_of)
    title = say(T("Bilan de la saison « {title} »", title=season.title or season.id))
    lines = [
        "---",
        f"title: {_yaml(title)}",
        f"date: {as_of.isoformat()}",
        "---",
        "",
        "## " + say(T("Ce que nous voulions")),
        "",
        *([f"- {literal(objective.text)}" for objective in own.values()] or [say(T("Aucun objectif n'était écrit."))]),
        "",
        "## " + say(T("Ce qui est arrivé")),
        "",
    ]
    for id, objective in own.items():
        outcome = judgements[id].outcome if id in judgements else objective.outcome
        why = (judgements[id].evidence or judgements[id].explanation) if id in judgements else ""
        why = why or objective.evidence or objective.explanation or ""
        if why in community.files:
            page = community.files[why]
            why = f"[{literal(page.title if page else why)}](../{why})"
        else:
            why = literal(why)
        verdict = say(words.VERDICTS[outcome])
        lines.append(f"- {literal(objective.text)} : **{verdict}**." + (f" {why}" if why else ""))
    lines += [*([""] if own else []), *_counted(found, say), ""]
    for heading, items in (
        (T("Ce que nous avons appris"), tuple(dict.fromkeys((*found.learnings, *said.learnings)))),
        (T("Ce que nous avons décidé"), found.decisions),
        (T("Besoins entendus"), found.needs),
    ):
        if items:
            lines += ["## " + say(heading), "", *(f"- {literal(text)}" for text in items), ""]
        elif heading.message == "Ce que nous avons appris":
            lines += _unsaid(say(heading), say(T("Trois choses que la saison suivante devrait savoir.")))
    if said.celebration:
        lines += ["## " + say(T("Ce que nous avons fêté")), "", literal(said.celebration)]
    else:
        lines += _unsaid(say(T("Ce que nous avons fêté")), say(T("Où, quand, avec quoi dans les assiettes?")))
    return "\n".join(lines).rstrip("\n") + "\n"


def _unsaid(heading: str, question: str) -> list[str]:
    """Return a part that nobody has written yet: the page shows neither its heading nor its question."""
    return ["<!--", f"## {heading}", "", question, "-->", ""]


def _counted(found: Facts, say: Callable[[Text], str]) -> list[str]:
    if not found.meetings:
        return [say(T("Aucune rencontre n'est notée pour cette saison."))]
    parts = [say(N("{n} rencontre", "{n} rencontres", found.meetings))]
    if found.counted:
        average = round(found.attendance / found.counted)
        parts.append(say(N("en moyenne {n} personne", "en moyenne {n} personnes", average)))
    if found.notes:
        parts.append(say(N("{n} note écrite", "{n} notes écrites", found.notes)))
    return [", ".join(parts) + "."]


def _yaml(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
