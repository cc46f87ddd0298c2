"""Exports of survey tools, with the faults that people find in them: read without a mapping, or refused with a place."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from cdp.survey import sheets, tables
from cdp.survey.importing import Imported, answers
from cdp.survey.questions import Form, FormError, form
from cdp.survey.wording import read
from tests.conftest import ROOT, community

FRONT = (
    "start_date: 2026-01-10\nend_date: 2027-01-09\nexpectations:\n  - {id: a1, text: Trouver des modèles, source: kickoff}\n"
    "  - {id: a2, text: 'Être moins seul, ensemble', source: kickoff}\n"
)
SURVEY = "---\nopens: 2026-06-01\ncloses: 2026-06-20\ninvited: 30\n---\nSynthèse.\n"


@pytest.fixture(scope="module")
def asked() -> Form:
    a = community(FRONT, {"surveys/2026-06.md": SURVEY})
    return form(a, a.surveys[0], read((ROOT / "theme" / "survey" / "wording.yml").read_text("utf-8")))


def taken(asked: Form, data: str | bytes, mapping: dict[str, str] | None = None, name: str = "x.csv") -> Imported:
    return answers(asked, tables.read(name, data.encode() if isinstance(data, str) else data), mapping or {})


def plain(found: Imported) -> list[dict[str, tuple[str, ...]]]:
    return list(found.answers.values())


ONE = {"a1": ("met",), "a2": ("not",), "nextrole": ("help", "news"), "free": ("Merci; à l’an prochain",)}

LIMESURVEY_CODES = (
    '\ufeff"id";"submitdate";"lastpage";"startlanguage";"seed";"expectations[a1]";"expectations[a2]";"nextrole[come]";'
    '"nextrole[help]";"nextrole[lead]";"nextrole[news]";"free"\r\n'
    '"1";"1980-01-01 00:00:00";"1";"fr";"123";"met";"not";"";"Y";"";"Y";"Merci; à l’an prochain"\r\n'
)
LIMESURVEY_TEXTS = (
    '"ID de la réponse";"Date de soumission";"Dernière page";"Langue de départ";"Est-ce comblé? [Trouver des modèles]";'
    '"Est-ce comblé? [Être moins seul, ensemble]";"De quelle façon? [Venir aux rencontres]";'
    '"De quelle façon? [Préparer une rencontre ou une note]";"De quelle façon? [Animer]";"De quelle façon? [Suivre de loin]";'
    '"Autre chose à dire?"\n"1";"1980-01-01";"1";"fr";"{met}";"{not}";"Non";"Oui";"Non";"Oui";"Merci; à l’an prochain"\n'
)
KOBO = (
    '"start";"end";"expectations/a1";"expectations/a2";"next/nextrole";"next/nextrole/come";"next/nextrole/help";'
    '"next/nextrole/lead";"next/nextrole/news";"free/free";"_id";"_uuid";"_submission_time";"_validation_status";"_status";'
    '"_submitted_by";"__version__";"_tags";"_index"\n'
    '"2026-06-02T10:00";"2026-06-02T10:05";"met";"not";"help news";"0";"1";"0";"1";"Merci; à l’an prochain";"12";"abc-def";'
    '"2026-06-02T14:05";"";"submitted_via_web";"jeanne";"v1";"";"1"\n'
)
GOOGLE = (
    'Horodateur,Adresse e-mail,Est-ce comblé? [Trouver des modèles],"Est-ce comblé? [Être moins seul, ensemble]",De quelle façon?,'
    "Autre chose à dire?\n2026/06/02 10:05:00 AM UTC−4,jeanne@organisme.ca,{met},{not},"
    '"Préparer une rencontre ou une note, Suivre de loin",Merci; à l’an prochain\n'
)
MICROSOFT = (
    'ID,Heure de début,Heure de fin,Adresse de messagerie,Nom,Trouver des modèles,"Être moins seul, ensemble",De quelle façon?,'
    "Autre chose à dire?\n1,6/2/26 10:00,6/2/26 10:05,anonymous,,{met},{not},Préparer une rencontre ou une note;Suivre de loin;,"
    "Merci; à l’an prochain\n"
)
OWN = json.dumps(
    {
        "version": 1,
        "survey": "a/2026-06",
        "answers": {"a1": "met", "a2": ["not"], "nextrole": ["help", "news"], "free": "Merci; à l’an prochain"},
    }
)
KOBO_JSON = json.dumps(
    {
        "count": 1,
        "results": [
            {
                "_id": 12,
                "_uuid": "abc",
                "expectations/a1": "met",
                "expectations/a2": "not",
                "next/nextrole": "help news",
                "free/free": "Merci; à l’an prochain",
                "_geolocation": [None, None],
                "_submitted_by": "jeanne",
                "meta/instanceID": "uuid:1",
            }
        ],
    }
)
LIMESURVEY_JSON = json.dumps(
    {
        "responses": [
            {
                "1": {
                    "id": "1",
                    "submitdate": "1980-01-01 00:00:00",
                    "expectations[a1]": "met",
                    "expectations[a2]": "not",
                    "nextrole[help]": "Y",
                    "nextrole[news]": "Y",
                    "free": "Merci; à l’an prochain",
                }
            }
        ]
    }
)
EXPORTS = {
    "LimeSurvey, codes": LIMESURVEY_CODES,
    "LimeSurvey, codes and texts": LIMESURVEY_CODES.replace(
        "expectations[a1]", "expectations[a1]. Est-ce comblé? [Ceci]"
    ),
    "LimeSurvey, texts": LIMESURVEY_TEXTS,
    "LimeSurvey, JSON": LIMESURVEY_JSON,
    "KoboToolbox": KOBO,
    "KoboToolbox, JSON": KOBO_JSON,
    "Google Forms": GOOGLE,
    "Microsoft Forms": MICROSOFT,
    "our page": OWN,
    "our page, in a list": f"[{OWN}]",
}


def label(asked: Form, text: str) -> str:
    """Fill in the French words of two choices."""
    question = asked.question("a1")
    assert question is not None
    words = {choice.code: choice.label.fr for choice in question.choices}
    return text.replace("{met}", words["met"]).replace("{not}", words["not"])


@pytest.mark.parametrize("tool", list(EXPORTS))
def test_an_export_is_read_without_a_mapping(asked: Form, tool: str) -> None:
    found = taken(asked, label(asked, EXPORTS[tool]))

    assert plain(found) == [ONE]
    assert not any("jeanne" in str(value) for value in found.answers.values())


def test_what_identifies_is_dropped_and_named(asked: Form) -> None:
    assert taken(asked, KOBO).dropped == (
        "start", "end", "_id", "_uuid", "_submission_time", "_validation_status", "_status", "_submitted_by", "__version__", "_tags", "_index",
    )  # fmt: skip
    assert "Adresse e-mail" in taken(asked, label(asked, GOOGLE)).dropped


def test_a_workbook_is_read_whatever_its_sheet_and_title_lines(asked: Form) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Rien ici"])
    sheet = book.create_sheet("Réponses")
    sheet.append(["Sondage de juin"])
    sheet.append([])
    sheet.append(["ID", "Start time", "Completion time", "Email", "Name", "Trouver des modèles", "Autre chose à dire?"])
    sheet.append([1, "x", "y", "anonymous", None, "met", "=SUM(A1:A9)"])
    sheet.append([])
    sheet.append([2, "x", "y", "anonymous", None, "nope", None])
    stream = io.BytesIO()
    book.save(stream)

    with pytest.raises(FormError) as refused:
        taken(asked, stream.getvalue(), name="r.xlsx")
    assert "r.xlsx [Réponses], ligne 6, colonne F" in str(refused.value)

    sheet["F6"] = "not"
    stream = io.BytesIO()
    book.save(stream)
    assert plain(taken(asked, stream.getvalue(), name="r.xlsx")) == [
        {"a1": ("met",), "free": ("=SUM(A1:A9)",)},
        {"a1": ("not",)},
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a1;free\nmet;Été à l’œuvre\n", "cp1252"),
        ("a1;free\r\nmet;Été à l’œuvre\r\n", "utf-8-sig"),
        ("sep=;\r\na1;free\r\nmet;Été à l’œuvre\r\n", "cp1252"),
        ("a1\tfree\nmet\tÉté à l’œuvre\n", "utf-16"),
        ("Titre du sondage;\n\n;\na1;free\n;\nmet;Été à l’œuvre\n;\n", "utf-8"),
        ("a1;free\nEst-ce comblé? [Trouver des modèles];Autre chose à dire?\nmet;Été à l’œuvre\n", "utf-8"),
        ('A1 ;"FREE"\nMET;"Été à l’œuvre"\n', "utf-8"),
        ("free;vide;a1\nÉté à l’œuvre;;met\n", "utf-8"),
    ],
)
def test_the_faults_of_files_do_not_matter(asked: Form, text: str, encoding: str) -> None:
    assert plain(taken(asked, text.encode(encoding))) == [{"a1": ("met",), "free": ("Été à l’œuvre",)}]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a1;a2\nmet;not\nnope;met\n", "ligne 3, colonne A"),
        ("a1;Inconnue\nmet;x\n", "ligne 1, colonne B"),
        ("a1;a1\nmet;not\n", "ligne 1, colonne B"),
        ("a1;free\nmet;un;deux\n", "ligne 2"),
        ("x;y\n1;2\n", "aucune colonne"),
        ("", "vide"),
        ("{", "JSON"),
        ("[[[[", "JSON"),
        (b"PK\x03\x04nothing", "classeur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(asked: Form, data: str | bytes, place: str) -> None:
    with pytest.raises(FormError, match=place.replace(".", r"\.")):
        taken(asked, data)


def test_a_workbook_that_swells_is_refused(asked: Form) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 210_000_000)

    with pytest.raises(FormError, match="déballé"):
        taken(asked, stream.getvalue())


def test_a_mapping_names_reworded_columns(asked: Form) -> None:
    found = taken(asked, "Des modèles, ça va?;Régie\nmet;x\n", {"Des modèles, ça va?": "a1", "Régie": "-"})

    assert plain(found) == [{"a1": ("met",)}]
    with pytest.raises(FormError, match="existe pas"):
        taken(asked, "x\nmet\n", {"x": "zz"})


def test_unfinished_and_empty_answers_are_left_out_and_said(asked: Form) -> None:
    found = taken(asked, "id;submitdate;a1\n1;2026-06-02;met\n2;;not\n3;2026-06-02;\n")

    assert plain(found) == [{"a1": ("met",)}]
    assert len(found.notes) == 2


def test_equal_answers_of_two_people_both_count(asked: Form) -> None:
    assert len(taken(asked, "a1\nmet\nmet\n").answers) == 2
    assert set(taken(asked, "a1\nmet\nmet\n").answers) <= set(taken(asked, "a1\nmet\nnot\nmet\n").answers)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    a = community(FRONT, {"surveys/2026-06.md": SURVEY})
    wording = read((ROOT / "theme" / "survey" / "wording.yml").read_text("utf-8"))
    with contextlib.suppress(FormError):
        taken(form(a, a.surveys[0], wording), data)


# What our own forms, once in a tool, give back: every question, none by hand


def wanted(asked: Form) -> dict[str, tuple[str, ...]]:
    """Return an answer to every question."""
    found = {}
    for number, question in enumerate(asked.questions):
        codes = [choice.code for choice in question.choices]
        one = (codes[number % len(codes)],) if codes else (f'Mot {number}, « ; » et "guillemets"',)
        found[question.id] = (codes[0], codes[-1]) if question.kind == "multiple" else one
    return found


def comma(rows: list[list[str]], delimiter: str = ";") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return stream.getvalue()


@pytest.mark.parametrize("long", [False, True], ids=["codes", "texts"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_limesurvey_gives_back_every_question_of_the_structure_it_was_given(
    asked: Form, long: bool, language: str
) -> None:
    structure = [
        row
        for row in csv.DictReader(io.StringIO(sheets.limesurvey(asked).decode("utf-8-sig")), delimiter="\t")
        if row["language"] == language
    ]
    key = "text" if long else "name"
    answer = iter(wanted(asked).items())
    questions = {question.id: question for question in asked.questions}
    cells: list[tuple[str, str]] = []
    for row in (row for row in structure if row["class"] == "Q"):
        subs = [sub for sub in structure if sub["class"] == "SQ" and sub["related_id"] == row["id"]]
        offered = {a["name"]: a for a in structure if a["class"] == "A" and a["related_id"] == row["id"]}
        if row["type/scale"] == "M":
            id, given = next(answer)
            taken_ones = {choice.short for choice in questions[id].choices if choice.code in given}
            yes, no = (("Oui", "Non") if language == "fr" else ("Yes", "No")) if long else ("Y", "")
            cells += [(f"{row[key]} [{s[key]}]" if long else f"{row[key]}[{s[key]}]", yes if s["name"] in taken_ones else no) for s in subs]  # fmt: skip
            continue
        for sub in subs or [None]:
            id, given = next(answer)
            shorts = {choice.code: choice.short for choice in questions[id].choices}
            value = given[0] if not shorts else offered[shorts[given[0]]]["text" if long else "name"]
            head = row[key] if sub is None else f"{row[key]} [{sub[key]}]" if long else f"{row[key]}[{sub[key]}]"
            cells.append((html.unescape(head), html.unescape(value)))
    assert next(answer, None) is None
    data = comma(
        [["id", "submitdate", *(head for head, _ in cells)], ["1", "1980-01-01", *(cell for _, cell in cells)]]
    )

    assert plain(taken(asked, f"\ufeff{data}")) == [wanted(asked)]


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("multiple", ["joined", "columns", "both"])
@pytest.mark.parametrize("label", [None, "label::Français (fr)", "label::English (en)"])
def test_kobo_gives_back_every_question_of_the_form_it_was_given(
    asked: Form, groups: bool, multiple: str, label: str | None
) -> None:
    book = load_workbook(io.BytesIO(sheets.xlsform(asked)))
    survey = [dict(zip([c.value for c in book["survey"][1]], row, strict=True)) for row in book["survey"].iter_rows(min_row=2, values_only=True)]  # fmt: skip
    choices = [dict(zip([c.value for c in book["choices"][1]], row, strict=True)) for row in book["choices"].iter_rows(min_row=2, values_only=True)]  # fmt: skip
    answer = iter(wanted(asked).items())
    questions = {question.id: question for question in asked.questions}
    group, cells = "", []
    for row in survey:
        kind, _, listed = str(row["type"]).partition(" ")
        if kind == "begin_group":
            group = f"{row[label or 'name']}/" if groups else ""
        if kind not in ("text", "select_one", "select_multiple"):
            continue
        id, given = next(answer)
        shorts = {choice.code: choice.short for choice in questions[id].choices}
        names = {c["name"]: str(c[label or "name"]) for c in choices if c["list_name"] == listed}
        head = f"{group}{row[label or 'name']}"
        values = [names[shorts[code]] for code in given] if shorts else list(given)
        if kind != "select_multiple" or multiple != "columns":
            cells.append((head, " ".join(values)))
        if kind == "select_multiple" and multiple != "joined":
            cells += [(f"{head}/{name}", "1" if name in values else "0") for name in names.values()]
    assert next(answer, None) is None
    data = comma([[*(head for head, _ in cells), "_id", "_uuid"], [*(cell for _, cell in cells), "1", "abc"]])

    assert plain(taken(asked, data)) == [wanted(asked)]
