"""A form as the spreadsheets that survey tools import: XLSForm (KoboToolbox, ODK) and LimeSurvey's tab-separated structure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cdp.survey.columns import code, row_code, table_code, table_label, verify
from cdp.survey.questions import Form, Question, Words

_LANGUAGES = ("fr", "en")


def xlsform(form: Form) -> bytes:
    """Return the XLSForm of a form, in both languages; our codes are the names of its columns.

    Raises:
        FormError: two codes are the same.
    """
    from openpyxl import Workbook

    verify(form)
    book = Workbook()
    # A form made twice is the same file: no clock in it.
    book.properties.created = book.properties.modified = datetime(form.opens.year, form.opens.month, form.opens.day)  # noqa: DTZ001 - the format has no zone
    survey, choices, settings = book.active, book.create_sheet("choices"), book.create_sheet("settings")
    assert survey is not None
    survey.title = "survey"
    labels = ("label::Français (fr)", "label::English (en)")
    _row(survey, ["type", "name", *labels, "hint::Français (fr)", "hint::English (en)", "appearance"])
    _row(choices, ["list_name", "name", *labels])
    lists: dict[tuple[tuple[str, Words], ...], str] = {}
    for index, (heading, text) in enumerate(form.notice):
        _row(
            survey,
            ["note", f"notice{index}", f"**{heading.fr}** {text.fr}", f"**{heading.en}** {text.en}", None, None, None],
        )
    for item in form.items:
        _row(survey, ["begin_group", f"g{code(item.id)}"[:20], *item.label, *_hint(item.help), None])
        for rows in item.tables():
            if rows[0].kind == "row":
                _row(survey, ["note", f"n{table_code(item, rows)}"[:20], *table_label(item, rows), None, None, None])
            for question in rows:
                kind = "text"
                if question.choices:
                    key = tuple((choice.short, choice.label) for choice in question.choices)
                    if key not in lists:
                        lists[key] = f"l{code(question.id)}"
                        for short, label in key:
                            _row(choices, [lists[key], short, *label])
                    kind = f"{'select_multiple' if question.kind == 'multiple' else 'select_one'} {lists[key]}"
                look = "multiline" if kind == "text" else None
                _row(survey, [kind, code(question.id), *question.label, None, None, look])
        _row(survey, ["end_group", None, None, None, None, None, None])
    _row(settings, ["form_title", "form_id", "version", "default_language"])
    _row(settings, [form.title.fr, f"{form.slug}-{form.survey}", form.opens.isoformat(), "Français (fr)"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _hint(words: Words) -> list[str | None]:
    return [words.fr or None, words.en or None]


def _row(sheet: Any, values: list[str | None]) -> None:
    """Add a row of texts: one that begins with an equals sign stays a text, never a formula."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
    for column, value in enumerate(values, 1):
        if value is not None:
            cell = sheet.cell(row, column)
            cell.value = value
            cell.data_type = "s"


_COLUMNS = (
    "id",
    "related_id",
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "other",
    "default",
    "same_default",
)
_SETTINGS = {
    "language": "fr",
    "additional_languages": "en",
    "format": "A",
    "anonymized": "Y",
    "ipaddr": "N",
    "ipanonymize": "Y",
    "refurl": "N",
    "datestamp": "N",
    "savetimings": "N",
    "allowsave": "N",
    "gsid": "1",
}
"""Settings of the survey in LimeSurvey: one page, anonymous, no address, no referrer, no time."""


def limesurvey(form: Form) -> bytes:
    """Return the structure that LimeSurvey imports (``.txt``, tab-separated), anonymous, in both languages.

    Raises:
        FormError: a code that LimeSurvey would change or drop.
    """
    verify(form)
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, restval="", delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    for name, value in _SETTINGS.items():
        writer.writerow({"class": "S", "name": name, "text": value})
    for n, language in enumerate(_LANGUAGES):
        welcome = "".join(
            f"<p><strong>{_html(heading[n])}</strong> {_html(text[n])}</p>" for heading, text in form.notice
        )
        for name, value in (("surveyls_title", _html(form.title[n])), ("surveyls_welcometext", welcome)):
            writer.writerow({"class": "SL", "name": name, "text": value, "language": language})
    for n, language in enumerate(_LANGUAGES):
        for row in _structure(form, n):
            writer.writerow({**row, "language": language})
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _structure(form: Form, n: int) -> Iterator[dict[str, str]]:
    """Yield groups, questions, rows and answers in one language; ids are the same in each."""
    number = 0
    for group, item in enumerate(form.items, 1):
        help = _html(item.help[n])
        yield {"id": str(group), "class": "G", "type/scale": str(group), "name": _html(item.label[n]), "text": help}
        for rows in item.tables():
            number += 1
            parent, first = str(number), rows[0]
            table = first.kind == "row"
            kind = "F" if table else {"text": "T", "multiple": "M"}.get(first.kind, "L")
            yield {
                "id": parent,
                "related_id": str(group),
                "class": "Q",
                "type/scale": kind,
                "name": table_code(item, rows) if table else code(first.id),
                "relevance": "1",
                "text": _html(table_label(item, rows)[n] if table else first.label[n]),
                "mandatory": "N",
                "other": "N",
            }
            for sub, text in _subquestions(rows, n):
                number += 1
                line = {"id": str(number), "related_id": parent, "class": "SQ", "type/scale": "0", "relevance": "1"}
                yield {**line, "name": sub, "text": _html(text)}
            if kind in ("F", "L"):
                for choice in first.choices:
                    line = {"related_id": parent, "class": "A", "type/scale": "0"}
                    yield {**line, "name": choice.short, "text": _html(choice.label[n])}


def _subquestions(rows: tuple[Question, ...], n: int) -> Iterator[tuple[str, str]]:
    if rows[0].kind == "row":
        for question in rows:
            yield row_code(question.subject), question.label[n]
    elif rows[0].kind == "multiple":
        for choice in rows[0].choices:
            yield choice.short, choice.label[n]


def _html(text: str) -> str:
    """Return a text for a field that LimeSurvey shows as HTML, and where braces are expressions that it would run."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("{", "&#123;").replace("}", "&#125;")
