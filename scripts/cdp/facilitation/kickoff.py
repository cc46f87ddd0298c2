"""The kickoff: a kit to hold it, and its answers turned into formula, objectives and expectations. Pure.

Source: the practice, step 2: network heads meet and validate the formula, the objectives and the expectations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import escape

from markdown import markdown
from pydantic import Field

from cdp.facilitation import meetings
from cdp.facilitation.charters import changed, next_ids
from cdp.facilitation.filling import bullets, fill, summary
from cdp.facilitation.seasons import Refused
from cdp.frontmatter import Data, Edit, edit
from cdp.model.charter import Formula, Person, Validated
from cdp.model.community import Community
from cdp.model.fields import Count, Day, Hour, Line, Record
from cdp.plan import Plan
from cdp.sanitize import clean
from cdp.site import words
from cdp.text import T, Text, translate

SHEET = "answers.yml"
"""The sheet that is filled in at the kickoff and recorded afterwards."""
PAGES = ("agenda", "questions", "absent")
"""Texts of the kit, in ``theme/kit/``."""


class Answer(Record):
    """An objective as it was said at the kickoff."""

    text: Line = Field(description="Objectif|Objective")
    measure: Line | None = Field(None, description="Comment on saura qu'il est atteint|How we will know")


class Answers(Record):
    """What a kickoff decided: the sheet of the kit."""

    date: Day = Field(description="Date de la rencontre|Date of the meeting")
    start: Hour | None = Field(None, description="Heure de début, HH:MM|Start, HH:MM")
    duration: Count | None = Field(None, description="Durée, en minutes|Duration, in minutes")
    place: Line | None = Field(None, description="Lieu|Place")
    attendance: Count | None = Field(None, description="Nombre de présences, sans les noms|Attendance, a count")
    validated: tuple[Validated, ...] = Field((), description="Ce qui a été validé|What was validated")
    facilitators: tuple[Person, ...] = Field((), description="Qui anime, avec leur accord|Facilitators, who agreed")
    formula: Formula | None = Field(None, description="La formule|The formula")
    objectives: tuple[Answer, ...] = Field((), description="Objectifs|Objectives")
    expectations: tuple[Line, ...] = Field((), description="Attentes|Expectations")
    start_date: Day | None = Field(None, description="Premier jour de la communauté|First day")
    end_date: Day | None = Field(None, description="Dernier jour, inclus|Last day, included")
    decisions: tuple[Line, ...] = Field((), description="Autres décisions|Other decisions")
    learnings: tuple[Line, ...] = Field((), description="Apprentissages|Learnings")
    needs: tuple[Line, ...] = Field((), description="Besoins entendus|Needs heard")
    actions: tuple[Line, ...] = Field((), description="Qui fait quoi|Who does what")


def record(community: Community, raw: bytes, given: Answers, template: str) -> Plan:
    """Return the plan that writes a kickoff in the charter, and its minutes.

    What the charter already says (an objective with the same words) is not written twice.
    """
    charter = community.charter
    if charter.kickoff is not None and len(charter.kickoff.validated) == 3:
        raise Refused(
            T("la rencontre de démarrage est déjà notée dans la charte"),
            T("Ce qui change ensuite passe par un sondage; corrigez une erreur à la main dans la charte."),
        )
    vague = [item.text for item in given.objectives if not item.measure]
    if vague:
        raise Refused(
            T("l'objectif « {text} » n'a pas de mesure : comment saura-t-on qu'il est atteint?", text=vague[0]),
            T("Ajoutez « measure » dessous dans la feuille, ou retirez-le : il attendra d'être clair."),
        )
    lang = charter.language
    title = translate(T("Rencontre de démarrage"), lang)
    known = {
        "start": given.start or "",
        "duration": str(given.duration or ""),
        "place": given.place or _usual_place(given.formula),
        "format": (given.formula.format if given.formula else None) or ("in_person" if given.place else ""),
        "attendance": "" if given.attendance is None else str(given.attendance),
    }
    written = meetings.new(community, template, given.date, title, known, _minutes(given, lang))
    (path,) = written.changes
    text, notes = written.changes[path], written.notes
    pages: dict[str, bytes | None] = {path: text}
    before: dict[str, bytes | None] = {path: None}
    noted = charter.kickoff.minutes if charter.kickoff is not None else None
    old = next((page for page in community.meetings if page.path == noted), None)
    if old is not None:
        # Noted again, with corrections: it is one meeting, whose page holds what people have written since.
        was = f"{community.folder}/{old.path}"
        if not old.readable or old.record.date == given.date:
            path, pages, before = was, {}, {}
            notes = (
                T("Le compte rendu existe déjà et reste tel quel : {path}. Complétez-le au besoin.", path=old.path),
            )
        else:
            moved = edit(old.document.text, [Edit(("date",), given.date.isoformat())])
            pages, before = {path: moved.encode(), was: None}, {path: None}
            notes = (T("Le compte rendu change de jour, et de nom : {path}.", path=old.path),)
    edits: list[Edit] = []
    for key in ("start_date", "end_date"):
        value = getattr(given, key)
        if value is not None:
            edits.append(Edit((key,), value.isoformat()))
    edits.append(Edit(("kickoff",), _kickoff(given, path.removeprefix(f"{community.folder}/"))))
    if given.formula is not None:
        formula = given.formula.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
        edits.append(Edit(("formula",), {**formula, "decided_by": "kickoff"}))
    season = charter.seasons[0].id if charter.seasons else None
    edits += _facilitators(community, given)
    edits += _expectations(community, given)
    edits += _objectives(community, given, season)
    return Plan(
        {f"{community.folder}/index.md": changed(raw, edits), **pages},
        {f"{community.folder}/index.md": raw, **before},
        (*notes, *_missing(community, given)),
    )


def _kickoff(given: Answers, path: str) -> Data:
    data: dict[str, Data] = {"date": given.date.isoformat(), "minutes": path}
    if given.validated:
        data["validated"] = list(dict.fromkeys(given.validated))
    return data


def _usual_place(formula: Formula | None) -> str:
    return (formula.place or "") if formula is not None and formula.format != "remote" else ""


def _facilitators(community: Community, given: Answers) -> list[Edit]:
    known = {person.name for person in community.charter.facilitators}
    new = {person.name: person for person in given.facilitators if person.name not in known}
    return [Edit(("facilitators",), person.model_dump(exclude_none=True), "append") for person in new.values()]


def _expectations(community: Community, given: Answers) -> list[Edit]:
    has = community.charter.expectations
    new = [text for text in dict.fromkeys(given.expectations) if text not in {item.text for item in has}]
    ids = next_ids([item.id for item in has], "a", len(new))
    return [
        Edit(("expectations",), {"id": id, "text": text, "source": "kickoff", "status": "open"}, "append")
        for id, text in zip(ids, new, strict=True)
    ]


def _objectives(community: Community, given: Answers, season: str | None) -> list[Edit]:
    has = community.charter.objectives
    new = {item.text: item for item in given.objectives if item.text not in {known.text for known in has}}
    ids = next_ids([item.id for item in has], "o", len(new))
    edits = []
    for id, item in zip(ids, new.values(), strict=True):
        data: dict[str, Data] = {"id": id, "text": item.text}
        if item.measure:
            data["measure"] = item.measure
        if season:
            data["season"] = season
        edits.append(Edit(("objectives",), {**data, "outcome": "open"}, "append"))
    return edits


def _missing(community: Community, given: Answers) -> list[Text]:
    """Return what the kickoff leaves open, so that nobody finds out in a month."""
    notes = []
    left = [name for name in words.VALIDATED if name not in given.validated]
    if left:
        notes.append(
            T(
                "Pas encore validé : {what}. La communauté commence quand les trois le sont.",
                what=", ".join(translate(words.VALIDATED[name], community.charter.language) for name in left),
            )
        )
    if not community.charter.purpose:
        notes.append(
            T("La raison d'être n'est pas écrite : dites en une phrase à quoi sert la communauté (« purpose »).")
        )
    if not given.facilitators and not community.charter.facilitators:
        notes.append(
            T(
                "Personne n'anime encore la communauté : avec leur accord, nommez qui s'en charge sous « facilitators » dans la charte."
            )
        )
    if not given.objectives and not community.charter.objectives:
        notes.append(T("Aucun objectif n'est noté : un seul, clair et mesurable, vaut mieux que rien."))
    if (given.end_date or community.charter.end_date) is None:
        notes.append(
            T("La fin n'est pas datée : savoir dès le début qu'il y en aura une motive. Ajoutez « end_date ».")
        )
    if not community.charter.seasons:
        notes.append(T("Ensuite : cdp season plan {slug}, puis cdp season open {slug}", slug=community.slug))
    return notes


def _minutes(given: Answers, lang: str) -> str:
    def say(text: Text) -> str:
        return translate(text, lang)

    decided = list(given.decisions)
    if given.validated:
        decided.insert(0, say(T("Validé : {what}.", what=", ".join(say(words.VALIDATED[v]) for v in given.validated))))
    parts = [
        (T("La formule"), _formula(given.formula, lang)),
        (T("Les sujets"), list(given.formula.topics) if given.formula else []),
        (T("Attentes"), list(given.expectations)),
        (T("Objectifs"), [item.text + (f" ({item.measure})" if item.measure else "") for item in given.objectives]),
        (T("Décisions"), decided),
        (T("Apprentissages"), list(given.learnings)),
        (T("Besoins entendus"), list(given.needs)),
    ]
    lines = [f"## {say(heading)}\n\n{bullets(items)}" for heading, items in parts if items]
    if given.actions:
        tasks = "".join(f"- [ ] {line[2:]}\n" for line in bullets(list(given.actions)).splitlines())
        lines.append("## " + say(T("Qui fait quoi")) + f"\n\n{tasks}")
    return "\n".join(lines)


def _formula(formula: Formula | None, lang: str) -> list[str]:
    """Return how the group wants to meet, one line each: the answer to the first question."""
    if formula is None:
        return []
    said = (
        (T("Rythme"), words.rhythm(formula.rhythm, lang) if formula.rhythm else ""),
        (T("Format"), translate(words.FORMATS[formula.format], lang) if formula.format else ""),
        (T("Lieu"), formula.place or ""),
        (T("Outils"), ", ".join(formula.tools)),
    )
    labelled = [T("{label} : {value}", label=translate(label, lang), value=value) for label, value in said if value]
    return [translate(text, lang) for text in labelled]


# The kit

_AGENDA: tuple[tuple[int, Text], ...] = (
    (15, T("Accueil, café, un mot de bienvenue")),
    (30, T("Se connaître : chaque tête de réseau présente sa région ou son secteur, et qui elle pourrait inviter")),
    (15, T("Le besoin : une scène vraie, puis la raison d'être en une phrase")),
    (30, T("Question 1, la formule : comment souhaitez-vous que la communauté se réalise?")),
    (15, T("Pause")),
    (25, T("Question 2, les sujets : quels sujets désirez-vous aborder?")),
    (25, T("Question 3, les attentes : qu'attendez-vous de la communauté?")),
    (20, T("Les objectifs de la première saison, et comment on saura qu'ils sont atteints")),
    (10, T("Valider à main levée la formule, les objectifs et les attentes; choisir la date de fin")),
    (10, T("Qui fait quoi, et la prochaine rencontre")),
)
"""Minutes and what they serve: three hours and a quarter, the practice's step 2 in its own order."""


def kit(community: Community, texts: Mapping[str, str], style: str, day: date, start: str) -> dict[str, bytes]:
    """Return the files of the kickoff kit by name: pages to print, a form for those absent, the sheet of answers.

    Args:
        community: for which.
        texts: Markdown of ``theme/kit/`` by name (PAGES and the sheet), in the community's language.
        style: CSS of the pages.
        day: date of the kickoff.
        start: when it begins, HH:MM.
    """
    charter = community.charter
    lang = charter.language
    fields = {
        "title": community.title,
        "summary": summary(community),
        "purpose": charter.purpose or "",
        "scope": charter.scope or "",
        "out_of_scope": charter.out_of_scope or "",
        "contact": charter.contact or "",
        "date": words.day(day, lang, "weekday"),
        "iso_date": day.isoformat(),
        "start": start,
        "end_date": (day + timedelta(days=364)).isoformat(),
        "agenda": _table(start, lang),
    }
    files = {SHEET: fill(texts[SHEET], fields).encode()}
    for name in PAGES:
        html = clean(markdown(fill(texts[name], fields, markdown=True), extensions=["tables"]), lang)
        files[f"{name}.html"] = _page(html, community.title, style, lang).encode()
    return files


def _table(start: str, lang: str) -> str:
    hours, minutes = (int(part) for part in start.split(":"))
    now = hours * 60 + minutes
    rows = [
        "| " + " | ".join(translate(name, lang) for name in (T("Heure"), T("Durée"), T("Quoi"))) + " |",
        "|---|---|---|",
    ]
    for length, what in _AGENDA:
        shown = words.hour(f"{now // 60 % 24}:{now % 60:02}", lang)
        rows.append(f"| {shown} | {length}\u00a0min | {translate(what, lang)} |")
        now += length
    return "\n".join(rows)


_COPY = """document.querySelector("button").addEventListener("click", function () {
  var lines = [];
  document.querySelectorAll("h2, textarea").forEach(function (part) { lines.push(part.value === undefined ? part.textContent : part.value, ""); });
  var area = document.createElement("textarea");
  area.value = lines.join("\\n");
  document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
  this.textContent = this.dataset.done;
});"""


def _page(html: str, title: str, style: str, lang: str) -> str:
    parts = html.split("<p>…</p>")
    button = script = ""
    if len(parts) > 1:
        label = escape(translate(T("Votre réponse"), lang))
        html = "".join(
            part + (f'<textarea rows="6" aria-label="{label} {number}"></textarea>' if number < len(parts) else "")
            for number, part in enumerate(parts, 1)
        )
        done, copy = T("Copié : collez le tout dans un courriel."), T("Copier mes réponses")
        said = escape(translate(done, lang)), escape(translate(copy, lang))
        button = f'<p><button type="button" data-done="{said[0]}">{said[1]}</button></p>'
        script = f"<script>{_COPY}</script>"
    html = re.sub(r"<(h1)[^>]*>", r"<\1>", html)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{html}{button}</main>{script}</body></html>\n"
    )
