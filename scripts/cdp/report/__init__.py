"""Diagnostics to text and JSON."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from cdp.diagnostics import Diagnostic
from cdp.text import N, T, Text, translate

Style = Callable[[str, str], str]
"""Colours a word: (word, what it is)."""

SEVERITIES: dict[str, Text] = {"error": T("erreur"), "warning": T("avertissement"), "info": T("information")}


def plain(word: str, what: str) -> str:
    """Colour nothing."""
    return word


def text(
    found: Sequence[Diagnostic],
    as_of: date,
    checked: int,
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
        checked: how many communities were looked at.
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
        lines.append(f"{where} {style(item.rule, 'rule')} {severity} {shown(translate(item.message, lang))}")
        lines.append(f"    {style(shown(translate(item.fix, lang)), 'fix')}")
    if compared is not None:
        lines.append(translate(compared, lang))
    lines.append(summary(found, as_of, checked, lang, style))
    return "\n".join(lines) + "\n"


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


def summary(found: Sequence[Diagnostic], as_of: date, checked: int, lang: str, style: Style = plain) -> str:
    """Return the last line: how many of each severity, in how many communities, on which day."""
    counts: Counter[str] = Counter(item.severity for item in found)
    looked = translate(N("{n} communauté vérifiée", "{n} communautés vérifiées", checked), lang)
    day = translate(T("en date du {day}", day=as_of), lang)
    if not found:
        nothing = translate(T("aucun problème"), lang)
        return style(f"{looked}, {nothing} ({day}).", "good")
    parts = [
        (N("{n} erreur", "{n} erreurs", counts["error"]), "error"),
        (N("{n} avertissement", "{n} avertissements", counts["warning"]), "warning"),
        (N("{n} information", "{n} informations", counts["info"]), "info"),
    ]
    said = [style(translate(sentence, lang), kind) for sentence, kind in parts if counts[kind]]
    return f"{looked} : {', '.join(said)} ({day})." if lang == "fr" else f"{looked}: {', '.join(said)} ({day})."


def as_json(found: Sequence[Diagnostic], as_of: date, lang: str) -> str:
    """Return diagnostics as JSON, version 1 of the contract (design, "Contracts")."""
    document = {
        "version": 1,
        "as_of": as_of.isoformat(),
        "diagnostics": [
            {
                "rule": item.rule,
                "name": item.name,
                "severity": item.severity,
                "path": item.place.path.encode("utf-8", "backslashreplace").decode(),
                "line": item.place.line or 1,
                "column": item.place.column or 1,
                "message": translate(item.message, lang),
                "fix": translate(item.fix, lang),
                "community": item.community,
            }
            for item in found
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
