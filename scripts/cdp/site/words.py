"""Dates, numbers and labels in the reader's language."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import quote

from babel.dates import format_date, get_day_names
from markupsafe import Markup, escape

from cdp.markup import MAIL
from cdp.model import rhythm as rhythms
from cdp.model.charter import Season
from cdp.text import N, T, Text, Words, translate

_LOCALES = {"fr": "fr_CA", "en": "en_CA"}

STAGES: dict[str, Text] = {
    "idea": T("Idée"),
    "kickoff": T("Démarrage"),
    "active": T("En cours"),
    "paused": T("En pause"),
    "closing": T("Fermeture"),
    "ended": T("Aboutie"),
    "archived": T("Archivée"),
    "dropped": T("Sans suite"),
}
STAGE_SENTENCES: dict[str, Text] = {
    "idea": T("Un besoin est décrit; on cherche des têtes de réseaux."),
    "kickoff": T("Les têtes de réseaux se rencontrent et valident la formule, les objectifs et les attentes."),
    "active": T("Les rencontres ont lieu, saison après saison."),
    "paused": T("Une pause, avec une date de reprise."),
    "closing": T("La fin est annoncée; on fait le bilan et on choisit l'héritage."),
    "ended": T("La vie est finie; le bilan et l'héritage se lisent ici."),
    "archived": T("En lecture seule pour de bon."),
    "dropped": T("N'a pas commencé, et on dit pourquoi."),
}
TIMES_OF_YEAR: dict[str, Text] = {
    "winter": T("Hiver"),
    "spring": T("Printemps"),
    "summer": T("Été"),
    "autumn": T("Automne"),
}
MARKS: dict[str, Text] = {
    "kickoff": T("Démarrage"),
    "survey": T("Sondage"),
    "celebration": T("Célébration"),
}
HEALTH: dict[str, Text] = {
    "on_track": T("Tout est à jour"),
    "attention": T("À surveiller"),
    "overdue": T("En retard"),
}
UNREADABLE = T("Charte illisible")
"""What is said of a community instead of a stage and a health that nobody knows."""
VERDICTS: dict[str, Text] = {
    "open": T("En chemin"),
    "met": T("Atteint"),
    "partly": T("Atteint en partie"),
    "dropped": T("Laissé de côté"),
}
EXPECTATIONS: dict[str, Text] = {
    "open": T("En chemin"),
    "met": T("Comblée"),
    "dropped": T("N'est plus une attente"),
}
FORMATS: dict[str, Text] = {
    "in_person": T("En personne"),
    "remote": T("À distance"),
    "hybrid": T("En personne et à distance"),
}
OUTCOMES: dict[str, Text] = {
    "fulfilled": T("Objectifs atteints"),
    "transformed": T("Transformée en une autre communauté"),
    "merged": T("Réunie à une autre communauté"),
    "handed_over": T("Relais transmis"),
    "early": T("Aboutie plus tôt que prévu"),
    "dropped": T("Sans suite"),
}
DISPOSITIONS: dict[str, Text] = {
    "objective": T("Devient un objectif"),
    "season": T("Thème d'une saison"),
    "formula": T("Change la formule"),
    "community": T("Fait naître une communauté"),
    "parked": T("Mis en attente"),
    "declined": T("Non retenu"),
}
LEGACY: dict[str, Text] = {
    "keep": T("À garder"),
    "summarize": T("À résumer"),
    "hand_over": T("À transmettre"),
    "remove": T("À retirer"),
}
LEFT: dict[str, Text] = {
    "keep": T("Gardé"),
    "summarize": T("Résumé"),
    "hand_over": T("Transmis"),
    "remove": T("Retiré"),
}
"""What is said of a choice before the archive, then once it is carried out."""
VALIDATED: dict[str, Text] = {
    "formula": T("la formule"),
    "objectives": T("les objectifs"),
    "expectations": T("les attentes"),
}
ANSWERS: dict[str, Text] = {
    "met": T("Oui"),
    "partly": T("En partie"),
    "not": T("Pas encore"),
    "gone": T("N'est plus mon attente"),
}
DUES: dict[str, Text] = {
    "kickoff": T("Tenir la rencontre de démarrage et noter ce qu'elle a validé"),
    "facilitator": T("Trouver qui anime la communauté"),
    "survey": T("Ouvrir le sondage des quatre mois"),
    "survey_close": T("Fermer le sondage : dernier jour pour répondre"),
    "survey_results": T("Publier ce que le sondage a donné"),
    "season_review": T("Écrire le bilan de la saison"),
    "closing": T("Préparer la fermeture ou décider d'une prolongation"),
    "verdict": T("Noter l'issue et le bilan de la communauté"),
    "archive": T("Archiver la communauté"),
    "resume": T("Reprendre les rencontres"),
    "purge": T("Détruire les réponses brutes : cdp survey purge"),
}


@lru_cache(maxsize=8192)
def day(value: date, lang: str, style: str = "long") -> str:
    """Return a date in words: « 1er décembre 2026 », "December 1, 2026".

    Args:
        value: the date.
        lang: "fr" or "en".
        style: "long" (with the year), "weekday" (with the day of the week), "short" (day and month), "month" (short, with the year),
            "whole-month" (with the year) or "month-name".
    """
    pattern = {
        "long": {"fr": "d MMMM y", "en": "MMMM d, y"},
        "weekday": {"fr": "EEEE d MMMM y", "en": "EEEE, MMMM d, y"},
        "short": {"fr": "d MMM", "en": "MMM d"},
        "month": {"fr": "MMM y", "en": "MMM y"},
        "whole-month": {"fr": "MMMM y", "en": "MMMM y"},
        "month-name": {"fr": "LLLL", "en": "LLLL"},
    }[style][lang]
    words = format_date(value, pattern, locale=_LOCALES[lang])
    return re.sub(r"\b1 (?=[a-zéû])", "1er ", words) if lang == "fr" else words


@lru_cache(maxsize=8192)
def unbroken(value: date, lang: str, style: str = "long") -> str:
    """Return a date in words that stays whole at the end of a line; only the day of the week may be left there.

    Source: OQLF, "Espacement": a non-breaking space between a number and what it counts. The year stays too: on a phone
    it would often be alone on its line.
    """
    said = day(value, lang, style)
    weekday, space, date_ = said.partition(" ") if style == "weekday" else ("", "", said)
    return weekday + space + date_.replace(" ", "\u00a0")


def duration(minutes: int, lang: str) -> Text | str:
    """Return how long something lasts: « 2 h », « 1 h 30 », « 45 minutes »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return N("{n} minute", "{n} minutes", minutes)
    if not rest:
        return f"{hours}\u00a0h"
    return f"{hours}\u00a0h\u00a0{rest:02}" if lang == "fr" else f"{hours}\u00a0h {rest}\u00a0min"


_TIMES = {
    "hiver": "winter",
    "printemps": "spring",
    "ete": "summer",
    "automne": "autumn",
    **{name: name for name in TIMES_OF_YEAR},
}


def time_of_year(season: Season) -> tuple[str, int]:
    """Return a key of ``TIMES_OF_YEAR`` and a year: those that the season's id says, else those of its middle."""
    last = season.end_date or season.start_date + timedelta(days=90)
    middle = season.start_date + (last - season.start_date) / 2
    # The winter of 2027 begins in December 2026.
    time, year = ("winter", "spring", "summer", "autumn")[middle.month % 12 // 3], middle.year + middle.month // 12
    said = season.id.split("-")
    named = [_TIMES[word] for word in said if word in _TIMES]
    # « 2026-11 » is a month, and says nothing of the season's year.
    years = [int(word) for word in said if re.fullmatch(r"20\d\d", word)] if named else []
    return (named or [time])[-1], (years or [year])[-1]


def season(one: Season, lang: str = "") -> Text:
    """Return the name of a season: its title, marked with the language when it is given, else its time of year and its year."""
    if one.title:
        return T("{title}", title=Words(one.title, lang))
    time, year = time_of_year(one)
    return T("{season} {year}", season=TIMES_OF_YEAR[time], year=year)


def attachment(path: str) -> str:
    """Return the name of a file as people read it: « Grille observation (CSV) »."""
    stem, _, kind = path.rpartition("/")[2].rpartition(".")
    return f"{stem.replace('-', ' ').replace('_', ' ').strip().capitalize()} ({kind.upper()})"


def hour(value: str, lang: str) -> str:
    """Return a time of day as people write it: « 13 h 30 », "13:30"."""
    hours, minutes = value.split(":")
    if lang == "en":
        return f"{int(hours)}:{minutes}"
    return f"{int(hours)}\u00a0h" + (f"\u00a0{minutes}" if minutes != "00" else "")


def rhythm(value: str, lang: str) -> str:
    """Return a rhythm in words: « toutes les 4 semaines »."""
    match = re.fullmatch(r"(\d+) (jour|semaine|mois|day|week|month)s?", value)
    if match is not None:
        unit = {"day": "jour", "week": "semaine", "month": "mois"}.get(match[2], match[2])
        return translate(_every(int(match[1]), unit), lang)
    rule = rhythms.parse(value)
    if rule is None:
        return value
    unit = {"DAILY": "jour", "WEEKLY": "semaine", "MONTHLY": "mois"}[rule.frequency]
    days = [_weekday(nth, weekday, lang) for nth, weekday in rule.weekdays] if not rule.position else []
    return ", ".join([translate(_every(rule.interval, unit), lang), *days])


def _every(n: int, unit: str) -> Text:
    texts = {
        "jour": N("chaque jour", "tous les {n} jours", n),
        "semaine": N("chaque semaine", "toutes les {n} semaines", n),
        "mois": N("chaque mois", "tous les {n} mois", n),
    }
    return texts[unit]


def _weekday(nth: int, weekday: int, lang: str) -> str:
    """Return « le mardi », « le 2e mardi », « le dernier mardi »."""
    name = get_day_names("wide", "format", _LOCALES[lang])[weekday]
    which = {
        0: T("le {name}", name=name),
        1: T("le premier {name}", name=name),
        2: T("le deuxième {name}", name=name),
        3: T("le troisième {name}", name=name),
        4: T("le quatrième {name}", name=name),
        5: T("le cinquième {name}", name=name),
        -1: T("le dernier {name}", name=name),
    }
    return translate(which.get(nth, T("le {name}, {nth} à partir de la fin du mois", name=name, nth=-nth)), lang)


def contact(text: str) -> Markup:
    """Return how to reach a community, escaped, with its e-mail addresses as links."""
    parts, end = [], 0
    for found in MAIL.finditer(text):
        link = Markup('<a href="mailto:{}">{}</a>').format(quote(found[0], safe="@+"), found[0])
        parts += [escape(text[end : found.start()]), link]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def percent(value: float, lang: str) -> str:
    """Return a part of one as a percentage, with the language's spacing."""
    return f"{round(value * 100)}\u00a0%" if lang == "fr" else f"{round(value * 100)}%"


def paragraphs(text: str | None) -> Markup:
    """Return plain text as HTML paragraphs, escaped."""
    parts = [part for part in re.split(r"\n\s*\n", text or "") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(escape(part.strip())) for part in parts)
