"""Diagnostics to text and JSON."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from cdp.diagnostics import Diagnostic
from cdp.text import N, T, Text, translate

Style = Callable[[str, str], str]
"""Colours a word: (word, what it is)."""

SEVERITIES: dict[str, Text] = {"error": T("erreur"), "warning": T("avertissement"), "info": T("information")}


LONGEST = 500
"""Most characters of a sentence of a report."""
MANY = 100
"""From more findings on, a report ends with their number by rule: one cure often serves them all."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a check looked at, in numbers.

    Attributes:
        whole: communities that were judged in full.
        partly: others, judged only for what the change breaks in them.
        waived: findings that waivers silence.
        unknown: facts that nobody knows any more.
    """

    whole: int
    partly: int = 0
    waived: int = 0
    unknown: int = 0


def plain(word: str, what: str) -> str:
    """Colour nothing."""
    return word


def text(
    found: Sequence[Diagnostic],
    as_of: date,
    looked: Looked,
    lang: str,
    style: Style = plain,
    *,
    aligned: bool = False,
    compared: Text | None = None,
) -> str:
    """Return diagnostics as lines ``path:line:column: ID severity message``, the fix below each, a summary last.

    Args:
        found: sorted.
        as_of: the day that was judged.
        looked: at how much.
        lang: language of the screens.
        style: colours, for a terminal.
        aligned: whether rules and severities stand under each other, for a terminal.
        compared: what was compared with what, said before the summary.
    """
    lines = []
    width = min(60, max((len(_where(item)) for item in found), default=0)) if aligned else 0
    longest = max(len(translate(severity, lang)) for severity in SEVERITIES.values()) if aligned else 0
    for item in found:
        where = style(f"{_where(item):<{width}}", "path")
        severity = style(f"{translate(SEVERITIES[item.severity], lang):<{longest}}", item.severity)
        lines.append(f"{where} {style(item.rule, 'rule')} {severity} {shown(said(item.message, lang))}")
        lines.append(f"    {style(shown(said(item.fix, lang)), 'fix')}")
    lines += tally(found, lang) if len(found) > MANY else []
    if compared is not None:
        lines.append(translate(compared, lang))
    lines.append(summary(found, as_of, looked, lang, style))
    return "\n".join(lines) + "\n"


def said(text: Text, lang: str) -> str:
    """Return a sentence in the language of the screens, cut where a member's text would make it endless."""
    words = translate(text, lang)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def shown(words: str) -> str:
    """Return words on one line, with characters that a reader cannot see as codes: they could forge a line of a log."""
    return "".join(
        character if character.isprintable() or unicodedata.category(character) == "Zs" else f"\\u{ord(character):04x}"
        for character in words
    )


def _where(item: Diagnostic) -> str:
    path, line, column = item.place
    path = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in path)
    return f"{path}:{line or 1}:{column or 1}:"


def tally(found: Sequence[Diagnostic], lang: str) -> list[str]:
    """Return a line a rule, the most frequent first: how many findings, what they are, in how many files."""
    from cdp.rules import RULES

    counts = Counter(item.rule for item in found)
    files = Counter(rule for rule, _ in {(item.rule, item.place.path) for item in found})
    width = len(str(max(counts.values())))
    return [translate(T("Par règle, la plus fréquente d'abord :"), lang)] + [
        f"  {count:>{width}} {rule} {translate(RULES[rule].title, lang)} "
        + translate(N("Dans {n} fichier.", "Dans {n} fichiers.", files[rule]), lang)
        for rule, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def summary(found: Sequence[Diagnostic], as_of: date, looked: Looked, lang: str, style: Style = plain) -> str:
    """Return the last line: how many of each severity, waived or unknown, in how many communities, on which day."""
    counts: Counter[str] = Counter(item.severity for item in found)
    seen = N("{n} communauté vérifiée", "{n} communautés vérifiées", looked.whole)
    if looked.partly:
        rest = N(
            "{n} autre pour ce que le travail y change", "{n} autres pour ce que le travail y change", looked.partly
        )
        seen = T("{seen} en entier, {rest}", seen=seen, rest=rest)
    parts = [
        (N("{n} erreur", "{n} erreurs", counts["error"]), "error", counts["error"]),
        (N("{n} avertissement", "{n} avertissements", counts["warning"]), "warning", counts["warning"]),
        (N("{n} information", "{n} informations", counts["info"]), "info", counts["info"]),
    ]
    asides = [
        (N("{n} signalement en dispense", "{n} signalements en dispense", looked.waived), looked.waived),
        (N("{n} fait inconnu", "{n} faits inconnus", looked.unknown), looked.unknown),
    ]
    said = [style(translate(sentence, lang), kind) for sentence, kind, count in parts if count]
    said += [] if found else [translate(T("aucun problème"), lang)]
    said += [translate(sentence, lang) for sentence, count in asides if count]
    day = translate(T("en date du {day}", day=as_of), lang)
    colon = " :" if lang == "fr" else ":"
    line = f"{translate(seen, lang)}{colon if found else ','} {', '.join(said)} ({day})."
    return line if found else style(line, "good")


def as_json(found: Sequence[Diagnostic], as_of: date, looked: Looked, lang: str) -> str:
    """Return diagnostics as JSON, version 1 of the contract (design, "Contracts")."""
    document = {
        "version": 1,
        "as_of": as_of.isoformat(),
        "checked": {"whole": looked.whole, "partly": looked.partly},
        "waived": looked.waived,
        "unknown": looked.unknown,
        "diagnostics": [
            {
                "rule": item.rule,
                "name": item.name,
                "severity": item.severity,
                "path": item.place.path.encode("utf-8", "backslashreplace").decode(),
                "line": item.place.line or 1,
                "column": item.place.column or 1,
                "message": said(item.message, lang),
                "fix": said(item.fix, lang),
                "community": item.community,
            }
            for item in found
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
