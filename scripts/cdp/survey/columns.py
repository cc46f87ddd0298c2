"""Names that each survey tool gives to our questions and choices, so that its exports come back without a mapping.

Codes obey what LimeSurvey enforces without a word: questions ``[a-z][a-z0-9]{0,19}``, rows and choices at most five
letters and digits, all unique; longer choices vanish on import, and the second of two equal questions too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cdp.survey.questions import Form, FormError, Item, Question, Words
from cdp.text import T

TOOLS = ("own", "xlsform", "limesurvey", "google", "microsoft")
"""Where answers come from: our page and JSON; KoboToolbox and ODK; LimeSurvey; Google Forms; Microsoft Forms."""

_QUESTION = re.compile(r"[a-z][a-z0-9]{0,19}")
_SHORT = re.compile(r"[a-z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export.

    Attributes:
        question: id of the question.
        choice: code of the choice for a column that holds one choice of a ``multiple`` question, else "".
        names: headers by which it is known, the surest first.
    """

    question: str
    choice: str
    names: tuple[str, ...]


def code(id: str) -> str:
    """Return the code of a question in tools that want plain ones: itself when it can, else its letters or a digest."""
    plain = re.sub(r"[^a-z0-9]", "", id.lower())
    if plain and not plain[0].isalpha():
        plain = f"q{plain}"
    if _QUESTION.fullmatch(plain):
        return plain
    return f"q{plain[:11]}{_digest(id)}"


def row_code(id: str) -> str:
    """Return the code of a row (LimeSurvey: five characters): itself when it can, else a digest."""
    plain = re.sub(r"[^a-z0-9]", "", id.lower())
    return plain if _SHORT.fullmatch(plain) else f"r{_digest(id)[:4]}"


def table_code(item: Item, rows: tuple[Question, ...]) -> str:
    """Return the code of a table of rows: its item's, with what is asked when an item has several tables."""
    return "importance" if rows[0].id.endswith(".importance") else code(item.id)


def verify(form: Form) -> None:
    """Refuse a form whose codes a tool would silently change or drop.

    Raises:
        FormError: naming the two questions, or the choice.
    """
    seen: dict[str, str] = {}
    for item in form.items:
        for rows in item.tables():
            if rows[0].kind == "row":
                _once(seen, table_code(item, rows), f"{item.id} ({table_code(item, rows)})")
            local: dict[str, str] = {}
            for question in rows:
                _once(seen, code(question.id), question.id)
                if question.kind == "row":
                    _once(local, row_code(question.subject), question.subject)
                shorts: dict[str, str] = {}
                for choice in question.choices:
                    if not _SHORT.fullmatch(choice.short):
                        raise FormError(
                            T(
                                "le code « {code} » d'un choix de « {id} » est trop long",
                                code=choice.short,
                                id=question.id,
                            ),
                            T("Au plus 5 lettres minuscules sans accent et chiffres : LimeSurvey efface les autres."),
                        )
                    _once(shorts, choice.short, choice.code)


def _once(seen: dict[str, str], code: str, id: str) -> None:
    other = seen.setdefault(code, id)
    if other != id:
        raise FormError(
            T("« {id} » et « {other} » auraient le même code, « {code} »", id=id, other=other, code=code),
            T(
                "Changez l'identifiant de la plus récente des deux : les outils de sondage effacent les doubles sans le dire."
            ),
        )


def columns(form: Form, tool: str) -> tuple[Column, ...]:
    """Return the columns of a tool's export, in the order of the form.

    Args:
        form: the form.
        tool: one of TOOLS.
    """
    return tuple(column for item in form.items for rows in item.tables() for column in _columns(item, rows, tool))


def _columns(item: Item, rows: tuple[Question, ...], tool: str) -> Iterator[Column]:
    for question in rows:
        plain = code(question.id)
        table = question.kind == "row"
        names: list[str] = [question.id]
        if tool == "xlsform":
            names = [plain, f"{item.id}/{plain}"]
        elif tool == "limesurvey":
            names = [f"{table_code(item, rows)}[{row_code(question.subject)}]" if table else plain]
        heading = table_label(item, rows)
        labels = [f"{heading[n]} [{question.label[n]}]" if table else question.label[n] for n in (0, 1)]
        if tool in ("microsoft", "xlsform") and table:
            labels += question.label
        if tool != "own":
            names += labels
        if question.kind == "multiple" and tool in ("own", "xlsform", "limesurvey"):
            pattern = {"own": "{}.{}", "xlsform": "{}/{}", "limesurvey": "{}[{}]"}[tool]
            for choice in question.choices:
                ways = [pattern.format(name, choice.short) for name in names[: 2 if tool == "xlsform" else 1]]
                ways += [f"{question.label[n]} [{choice.label[n]}]" for n in (0, 1)] if tool == "limesurvey" else []
                ways += [f"{question.label[n]}/{choice.label[n]}" for n in (0, 1)] if tool == "xlsform" else []
                yield Column(question.id, choice.code, tuple(dict.fromkeys(ways)))
            if tool == "limesurvey":
                continue
        yield Column(question.id, "", tuple(dict.fromkeys(names)))


def table_label(item: Item, rows: tuple[Question, ...]) -> Words:
    """Return what a table of rows asks; two tables of one item differ."""
    if not item.asks:
        return item.label
    return item.asks[1 if rows[0].id.endswith(".importance") else 0]


def values(question: Question) -> dict[str, str]:
    """Return the code of a choice by each way of naming it: code, short code, words in both languages, casefolded."""
    found: dict[str, str] = {}
    for choice in question.choices:
        for name in (choice.code, choice.short, *choice.label):
            found.setdefault(" ".join(name.replace("’", "'").casefold().split()), choice.code)
    return found


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:8]
