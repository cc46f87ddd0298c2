"""The closing review: what happened, from facts, and the questions that only the group can answer. Pure.

Source: the practice, "Permet d'avoir une fin positive": the end is said, with what was reached; the questions are
those of a closing review (what we wanted, what happened, what we learned, what we leave, whom we thank).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from cdp.closing.facts import Facts, facts
from cdp.model.charter import Legacy, Objective
from cdp.model.community import Community
from cdp.prose import literal
from cdp.site import words
from cdp.survey.trends import Trend
from cdp.text import N, T, Text, translate

Say = Callable[[Text], str]


_COLON = {"fr": "\u00a0: ", "en": ": "}
_BECOMES = {"keep": T("à garder"), "summarize": T("à résumer"), "hand_over": T("à transmettre")}


def written(community: Community, as_of: date, legacy: Sequence[Legacy]) -> str:
    """Return the text of a new ``review.md``: a section for each fact, a question where only people can tell.

    Args:
        community: whose life ends.
        as_of: today.
        legacy: the choices, those of the charter and those that are only proposed.
    """
    lang = community.charter.language

    def say(text: Text) -> str:
        return translate(text, lang)

    found = facts(community, as_of)
    title = say(T("Bilan : {title}", title=community.title))
    lines = ["---", f"title: {_yaml(title)}", f"date: {as_of.isoformat()}", "---", ""]
    for heading, facts_, question in _sections(community, found, legacy, lang, say):
        lines += [f"## {say(heading)}", "", *facts_]
        lines += [""] if facts_ else []
        lines += [f"<!-- {say(question)} -->", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def renewed(text: str, community: Community) -> str:
    """Return a review with the verdicts that came since it was written; lines that a person changed stay as they are."""
    lang = community.charter.language

    def say(text: Text) -> str:
        return translate(text, lang)

    came = {
        _objective(
            item.model_copy(update={"outcome": "open", "evidence": None, "explanation": None}), community, say
        ): item
        for item in community.charter.objectives
        if item.outcome != "open"
    }
    lines = text.splitlines(keepends=True)
    return "".join(
        line.replace(said, _objective(came[said], community, say)) if (said := line.rstrip("\r\n")) in came else line
        for line in lines
    )


def _sections(
    community: Community, found: Facts, legacy: Sequence[Legacy], lang: str, say: Say
) -> Iterator[tuple[Text, list[str], Text]]:
    """Yield the sections: heading, lines of facts, question."""
    charter = community.charter
    yield (
        T("Pourquoi nous nous sommes réunis"),
        [_plain(charter.purpose)] if charter.purpose else [],
        T("Le besoin du départ : qu'est-ce qui nous a fait venir? L'avons-nous dit ainsi, au début?"),
    )
    yield (
        T("Ce que nous avons atteint"),
        [_objective(item, community, say) for item in charter.objectives] or [say(T("Aucun objectif n'était écrit."))],
        T("Ces verdicts disent-ils le principal? Qu'est-ce qui a changé, chez nous, qu'aucun nombre ne montre?"),
    )
    yield (
        (
            T("Comment les attentes ont bougé"),
            [_move(trend, lang, say) for trend in found.moves],
            T("Qu'est-ce qui a comblé une attente, ou l'a déçue?"),
        )
        if found.moves
        else (
            T("Nos attentes"),
            [_pair(_plain(item.text), say(words.EXPECTATIONS[item.status]), lang) for item in charter.expectations],
            T("Lesquelles ont été comblées? Lesquelles ont été déçues, et pourquoi?"),
        )
    )
    yield T("Une vie en nombres"), _numbers(community, found, lang, say), T("Un moment que ces nombres ne disent pas?")
    yield T("Ce que nous avons appris"), [], T("Trois choses qu'une autre équipe devrait savoir avant de commencer.")
    yield T("Ce qui a été difficile"), [], T("Sans nommer personne : ce que nous referions autrement.")
    yield (
        T("Ce que nous laissons"),
        _left(community, found, legacy, lang, say),
        T("Qui s'en servira? Qui pourrait reprendre les besoins encore vivants?"),
    )
    yield (
        T("Merci"),
        [say(T("Ont porté cette communauté : {names}.", names=", ".join(map(_plain, found.people))))]
        if found.people
        else [],
        T("Nommez les gestes plutôt que les gens, ou demandez leur accord."),
    )


def _objective(item: Objective, community: Community, say: Say) -> str:
    why = item.evidence or item.explanation or ""
    if why in community.files:
        page = community.files[why]
        why = _link(page.title if page else why, why)
    else:
        why = _plain(why)
    return _pair(_plain(item.text), f"**{say(words.VERDICTS[item.outcome])}**.", community.charter.language) + (
        f" {why}" if why else ""
    )


def _move(trend: Trend, lang: str, say: Say) -> str:
    """Return how an expectation moved: the first and the last survey that say something."""
    said = [(moment.page.stem, moment.met) for moment in trend.moments if moment.met is not None]
    first, last = said[0], said[-1]
    if first == last:
        how = T("comblée pour {share} ({id})", share=words.percent(last[1], lang), id=last[0])
    else:
        how = T(
            "comblée pour {before} ({first}), puis {after} ({last})",
            before=words.percent(first[1], lang),
            first=first[0],
            after=words.percent(last[1], lang),
            last=last[0],
        )
    return _pair(_plain(trend.text), f"{say(how)}.", lang)


def _numbers(community: Community, found: Facts, lang: str, say: Say) -> list[str]:
    lines = []
    if found.first is not None and found.last is not None:
        held = N(
            "{n} rencontre, le {first}",
            "{n} rencontres, du {first} au {last}",
            found.meetings,
            first=words.day(found.first, lang),
            last=words.day(found.last, lang),
        )
        average = round(found.attendance / found.counted) if found.counted else 0
        there = N("en moyenne {n} personne présente", "en moyenne {n} personnes présentes", average)
        lines.append(f"- {say(held)}" + (f", {say(there)}." if found.counted else "."))
    for season in found.seasons:
        title = _plain(season.title or season.id)
        if season.review in community.files:
            title = _link(season.title or season.id, str(season.review))
        named = say(T("Saison {title}", title=title))
        if season.celebrated:
            celebrated = say(T("célébrée le {day}", day=words.day(season.celebrated, lang)))
            lines.append(_pair(named, f"{celebrated}.", lang))
        else:
            lines.append(f"- {named}.")
    for survey in found.surveys:
        if survey.answers is not None:
            named = say(T("Sondage {id}", id=survey.id))
            invited = say(T("sur {n}", n=survey.invited)) if survey.invited else ""
            answers = " ".join(filter(None, (say(N("{n} réponse", "{n} réponses", survey.answers)), invited)))
            lines.append(_pair(named, f"{answers}.", lang))
    if found.notes:
        held_in = [say(N("{n} note", "{n} notes", found.notes))]
        if found.notebooks:
            held_in.append(say(N("{n} carnet", "{n} carnets", found.notebooks)))
        lines.append(f"- {', '.join(held_in)}.")
    return lines


def _left(community: Community, found: Facts, legacy: Sequence[Legacy], lang: str, say: Say) -> list[str]:
    lines = []
    for item in legacy:
        page = community.files.get(item.path)
        if item.choice == "remove" or page is None:
            continue
        becomes = say(_BECOMES[item.choice])
        if item.choice == "hand_over" and item.to:
            becomes = say(T("à transmettre : {to}", to=_plain(item.to)))
        lines.append(_pair(_link(page.title, item.path), f"{becomes}.", lang))
    lines += [_pair(say(T("Un besoin encore vivant")), _plain(need.text), lang) for _, need in found.needs]
    lines += [_pair(say(T("Une attente encore ouverte")), _plain(item.text), lang) for item in found.unmet]
    return lines


def _pair(left: str, right: str, lang: str) -> str:
    return f"- {left}{_COLON[lang]}{right}"


def _link(label: str, path: str) -> str:
    target = f"<{path}>" if re.search(r"[\s()]", path) else path
    return f"[{_plain(label)}]({target})"


def _plain(text: str) -> str:
    """Return words as Markdown that says just them."""
    return literal(text)


def _yaml(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", re.sub(r"[ \t\r\n]+", " ", text).strip()) + '"'
