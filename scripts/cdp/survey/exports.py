"""A form in every format that ``cdp survey form`` gives, each saying which question has which column."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cdp.survey import page, sheets
from cdp.survey.columns import columns, table_label, verify
from cdp.survey.questions import MOST_ITEMS, Form, Item, Question, minutes
from cdp.text import N, T, Text, translate

FORMATS: dict[str, str] = {
    "html": ".html",
    "xlsform": ".xlsx",
    "limesurvey": ".txt",
    "google": ".gs",
    "markdown": ".md",
    "print": ".html",
    "json": ".json",
}
"""Formats and the ending of their files."""

TOOL = {"xlsform": "xlsform", "limesurvey": "limesurvey", "google": "google"}
"""Whose columns the answers of a format have; our own otherwise."""


def export(form: Form, format: str, theme: Mapping[str, str], lang: str, receiver: str = "") -> bytes:
    """Return a form in a format.

    Args:
        form: the form.
        format: a key of FORMATS.
        theme: texts of ``theme/survey/``.
        lang: of formats that hold one language.
        receiver: address that receives the answers, or "".

    Raises:
        FormError: the format cannot hold the form without changing it.
    """
    verify(form)
    if format == "xlsform":
        return sheets.xlsform(form)
    if format == "limesurvey":
        return sheets.limesurvey(form)
    text = {
        "html": lambda: page.page(form, theme, lang, receiver=receiver),
        "print": lambda: page.sheet(form, theme, lang),
        "google": lambda: google(form, lang),
        "markdown": lambda: markdown(form, lang),
        "json": lambda: as_json(form),
    }[format]()
    return text.encode()


def table(form: Form, format: str, lang: str) -> Iterator[tuple[str, str, str]]:
    """Yield, for each column that answers in this format will have: question, choice or "", name of the column."""
    tool = TOOL.get(format, "own")
    n = 1 if lang == "en" else 0
    for column in columns(form, tool):
        # Google names columns with what people read, in the language of the form.
        name = column.names[1 + n] if tool == "google" else column.names[0]
        yield column.question, column.choice, name


def as_json(form: Form) -> str:
    """Return a form as data, version 1, with the columns that each tool gives to its questions."""
    document = {
        "version": 1,
        "survey": form.name,
        "opens": form.opens.isoformat(),
        "closes": form.closes.isoformat(),
        "title": form.title._asdict(),
        "notice": [{"heading": heading._asdict(), "text": text._asdict()} for heading, text in form.notice],
        "items": [_item(item) for item in form.items],
        "columns": {
            name: [{"question": q, "choice": c, "column": column} for q, c, column in table(form, name, "fr")]
            for name in ("json", *TOOL)
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "label": item.label._asdict(),
        "help": item.help._asdict(),
        "questions": [
            {
                "id": question.id,
                "kind": question.kind,
                "label": question.label._asdict(),
                "subject": question.subject,
                "required": question.required,
                "comment": question.comment,
                "choices": [{"code": c.code, "short": c.short, "label": c.label._asdict()} for c in question.choices],
            }
            for question in item.questions
        ],
    }


def markdown(form: Form, lang: str) -> str:
    """Return a form as Markdown, for a shared document or a meeting."""
    n = 1 if lang == "en" else 0
    lines = [f"# {_plain(form.title[n])}", ""]
    lines += [f"**{_plain(heading[n])}.** {_plain(text[n])}\n" for heading, text in form.notice]
    for number, item in enumerate(form.items, 1):
        lines += [f"## {number}. {_plain(item.label[n])}", ""]
        if item.help[n]:
            lines += [_plain(item.help[n]), ""]
        for rows in item.tables():
            if rows[0].kind == "row":
                heads = [choice.label[n] for choice in rows[0].choices]
                first = _plain(table_label(item, rows)[n])
                lines += [f"| {first} | {' | '.join(map(_plain, heads))} |", "|---" * (len(heads) + 1) + "|"]
                lines += [f"| {_plain(question.label[n])} |{' ☐ |' * len(heads)}" for question in rows]
                lines.append("")
                continue
            for question in rows:
                if question.label != item.label:
                    lines += [_plain(question.label[n]), ""]
                lines += [f"- ☐ {_plain(choice.label[n])}" for choice in question.choices] or ["…"]
                lines.append("")
    lines += ["<!-- " + say(T("Colonnes pour l'importation"), lang)]
    lines += [f"{question}{f' = {choice}' if choice else ''}" for question, choice, _ in table(form, "markdown", lang)]
    return "\n".join(lines) + "\n-->\n"


def say(text: Text, lang: str) -> str:
    """Say a text in the language of the form."""
    return translate(text, lang)


_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|"})


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return " ".join(text.split()).translate(_MARKS)


def google(form: Form, lang: str) -> str:
    """Return an Apps Script that creates the form in Google Forms; it has not been run at Google."""
    n = 1 if lang == "en" else 0

    def quoted(value: object) -> str:
        # A line separator would end a string in older engines, and "</script" a page that holds the script.
        text = json.dumps(value, ensure_ascii=False)
        return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")

    notice = "\n\n".join(f"{heading[n]}\n{text[n]}" for heading, text in form.notice)
    lines = [
        "/* " + say(T("Ce programme crée le sondage dans Google Forms. Il n'a pas été essayé chez Google."), lang),
        " * " + say(T("Ouvrez script.google.com, collez-le, exécutez « creer »."), lang),
        " * " + say(T("Google sait qui répond quand on le demande : ne recueillez pas les adresses."), lang),
        *(
            f" * {question.replace('*/', '* /')}: {' '.join(name.replace('*/', '* /').split())}"
            for question, _, name in table(form, "google", lang)
        ),
        " */",
        "function creer() {",
        f"  const form = FormApp.create({quoted(form.title[n])});",
        f"  form.setDescription({quoted(notice)});",
        "  form.setCollectEmail(false).setLimitOneResponsePerUser(false).setAllowResponseEdits(false);",
    ]
    for item in form.items:
        head = f".setTitle({quoted(item.label[n])}).setHelpText({quoted(item.help[n])})"
        lines.append(f"  form.addSectionHeaderItem(){head};")
        for rows in item.tables():
            lines.append(f"  form.{_google_item(item, rows, n, quoted)};")
    return "\n".join([*lines, "  Logger.log(form.getPublishedUrl());", "}", ""])


def _google_item(item: Item, rows: tuple[Question, ...], n: int, quoted: Any) -> str:
    first = rows[0]
    labels = quoted([choice.label[n] for choice in first.choices])
    if first.kind == "row":
        names = quoted([question.label[n] for question in rows])
        return f"addGridItem().setTitle({quoted(table_label(item, rows)[n])}).setRows({names}).setColumns({labels})"
    title = f".setTitle({quoted(first.label[n])})"
    if first.kind == "text":
        return f"addParagraphTextItem(){title}"
    made = "addCheckboxItem" if first.kind == "multiple" else "addMultipleChoiceItem"
    return f"{made}(){title}.setChoiceValues({labels})"


def lengths(form: Form) -> tuple[Text, ...]:
    """Return what facilitators should know of a form's length."""
    found = [
        N(
            "{n} question, environ {minutes} min",
            "{n} questions, environ {minutes} min",
            len(form.items),
            minutes=minutes(form),
        )
    ]
    if len(form.items) > MOST_ITEMS:
        found.append(
            T(
                "C'est plus de {most} questions : moins de gens répondront. Retirez-en avec « form.drop ».",
                most=MOST_ITEMS,
            )
        )
    return tuple(found)
