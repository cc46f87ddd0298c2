"""The form of a survey: what it asks, in which formats, and what other tools make of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyxform import xls2xform
from selectolax.lexbor import LexborHTMLParser

from cdp.engine import guard
from cdp.model.community import Community
from cdp.settings import SettingsError, parse
from cdp.site.surveys import figures
from cdp.survey import columns, exports, page, planning
from cdp.survey.questions import Form, FormError, form, minutes
from cdp.survey.trends import spread, trends, turnover
from cdp.survey.wording import read
from tests.conftest import Cdp, community, in_memory, tree, write

THEME = {
    path.name: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[1] / "theme/survey").glob("*.*")
}
WORDING = read(THEME["wording.yml"])
CHARTER = """language: fr
contact: Carrefour, carrefour@exemple.org
expectations:
  - {id: a1, text: "Repartir avec un <outil> {prêt}"}
  - {id: a2, text: "Parler de ce qui rate"}
  - {id: a9, text: "Ancienne", status: met}
objectives:
  - {id: o1, text: "=Répondre en trois jours", measure: "8 sur 10"}
  - {id: o9, text: "Ancien", measure: "x", outcome: met}
"""


def asked(front: str = "", charter: str = CHARTER) -> tuple[Community, Form]:
    survey = f"---\nopens: 2026-09-01\ncloses: 2026-09-15\n{front}---\n"
    group = community(charter, {"surveys/2026-09.md": survey})
    return group, form(group, group.surveys[0], WORDING)


def refused(front: str, charter: str = CHARTER) -> str:
    with pytest.raises(FormError) as error:
        columns.verify(asked(front, charter)[1])
    return str(error.value.message)


# What is asked


def test_a_form_asks_twelve_things_about_what_is_open() -> None:
    _, made = asked()

    assert len(made.items) == 12
    assert [question.id for question in made.questions][2:7] == ["a1", "a2", "a1.importance", "a2.importance", "o1"]
    assert not any(question.required for question in made.questions)
    assert minutes(made) <= 12


@pytest.mark.parametrize("kind", [page.page, page.sheet])
def test_words_in_another_language_than_the_form_have_theirs(kind: Callable[..., str]) -> None:
    added = "form:\n  add:\n    - {id: lieu, kind: text, fr: Où voulez-vous aller?}\n    - {id: jour, kind: text, fr: Quand?, en: When?}\n"
    _, made = asked(added)
    english, french = (LexborHTMLParser(kind(made, THEME, lang)) for lang in ("en", "fr"))

    said = [node.text(strip=True) for node in english.css('[lang="fr"]') if not node.attributes.get("hreflang")]
    assert dict.fromkeys(said) == dict.fromkeys(
        [
            "Repartir avec un <outil> {prêt}",
            "Parler de ce qui rate",
            "=Répondre en trois jours",
            "Où voulez-vous aller?",
        ]
    )
    assert not french.css("main [lang]")
    _, other = asked(charter=CHARTER.replace("language: fr", "language: en"))
    assert len(LexborHTMLParser(kind(other, THEME, "fr")).css('main [lang="en"]')) == 5


def test_facilitators_drop_add_and_reorder() -> None:
    added = "add: [{id: bus, kind: single, fr: Comment?, choices: [{code: a, fr: À pied}, {code: b, fr: En bus}]}]"
    _, made = asked(f"form:\n  expectations: [a9]\n  drop: [you, o1, change]\n  order: [needs]\n  {added}\n")

    assert [item.id for item in made.items][:2] == ["needs", "expectations"]
    assert made.items[-1].id == "bus"
    ids = {question.id for question in made.questions}
    assert "a9" in ids
    assert not ids & {"a1", "o1", "since", "change"}


@pytest.mark.parametrize(
    ("front", "charter", "said"),
    [
        ("form: {drop: [licorne]}\n", CHARTER, "licorne"),
        ("form: {order: [a1]}\n", CHARTER, "a1"),
        ("form: {add: [{id: useful, fr: x}]}\n", CHARTER, "déjà pris"),
        ("form: {add: [{id: token, fr: x}]}\n", CHARTER, "déjà pris"),
        ("form: {add: [{id: x, kind: single, fr: x}]}\n", CHARTER, "choix"),
        (
            "form: {add: [{id: x, kind: single, fr: x, choices: [{code: a, fr: A}, {code: a, fr: B}]}]}\n",
            CHARTER,
            "même code",
        ),
        ("", "expectations: [{id: free, text: x}]\n", "free"),
        ("", "expectations: [{id: x1, text: x}, {id: x-1, text: y}]\n", "même code"),
    ],
)
def test_what_a_tool_would_lose_is_refused(front: str, charter: str, said: str) -> None:
    assert said in refused(front, charter)


def test_people_know_before_they_answer_what_becomes_of_it() -> None:
    large, small = asked("invited: 20\n")[1], asked("invited: 4\n")[1]

    assert "15 septembre 2026" in page.page(large, THEME, "fr")
    assert "September 15, 2026" in page.page(large, THEME, "en")
    assert "ne pouvons pas vous promettre l’anonymat" not in page.page(large, THEME, "fr")
    assert "Sous cinq réponses" in page.page(large, THEME, "fr")
    assert "ne pouvons pas vous promettre l’anonymat" in page.page(small, THEME, "fr")
    assert small.small
    assert not asked("invited: 5\n")[1].small


@pytest.mark.parametrize(
    "text", ["labels: {}", "a: [", "labels: {x: {fr: a}}\nnotice: {}", "labels: {x: {fr: '{nom}', en: b}}\nnotice: {}"]
)
def test_words_that_cannot_be_used_are_told(text: str) -> None:
    with pytest.raises(FormError):
        read(text)


# Codes


@given(st.text("abz019AZ._-", min_size=1, max_size=59))
def test_codes_are_what_limesurvey_keeps(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]{0,19}", columns.code(name))
    assert re.fullmatch(r"[a-z0-9]{1,5}", columns.row_code(name))


@given(
    st.lists(st.text("abz019AZ.-", min_size=1, max_size=30).filter(str.isalnum), min_size=1, max_size=6, unique=True)
)
def test_a_form_that_is_accepted_has_no_double_code(names: list[str]) -> None:
    hopes = "".join(f'  - {{id: "{name}", text: "Attente {name}"}}\n' for name in names)
    try:
        _, made = asked(charter=f"expectations:\n{hopes}")
        columns.verify(made)
    except FormError:
        return
    codes = [columns.code(question.id) for question in made.questions]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("tool", columns.TOOLS)
def test_each_question_has_its_own_column_in_each_tool(tool: str) -> None:
    _, made = asked()
    found = columns.columns(made, tool)

    assert {column.question for column in found} == {question.id for question in made.questions}
    first = [column.names[0] for column in found]
    assert len(set(first)) == len(first)


def test_a_choice_is_known_by_its_code_and_its_words() -> None:
    _, made = asked()
    question = made.question("a1")
    assert question is not None
    ways = columns.values(question)

    assert ways["part"] == ways["partly"] == ways["en partie"] == "partly"
    assert ways["ce n'est plus mon attente"] == "gone"


# Formats


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter="\t"))


def test_limesurvey_gets_the_same_structure_in_both_languages() -> None:
    rows = rows_of(exports.export(asked()[1], "limesurvey", THEME, "fr"))
    settings = {row["name"]: row["text"] for row in rows if row["class"] == "S"}
    structure = [
        [(row["class"], row["id"], row["related_id"], row["type/scale"], row["name"]) for row in rows
         if row["language"] == language and row["class"] in ("Q", "SQ", "A")]
        for language in ("fr", "en")
    ]  # fmt: skip

    assert settings["anonymized"] == "Y"
    assert {settings[name] for name in ("ipaddr", "datestamp", "refurl", "savetimings")} == {"N"}
    assert structure[0] == structure[1]
    assert len(structure[0]) > 40
    for row in rows:
        if row["class"] in ("Q", "SQ", "A"):
            assert re.fullmatch(r"[a-z][a-z0-9]{0,19}" if row["class"] == "Q" else r"[a-z0-9]{1,5}", row["name"])
            assert "{" not in row["text"]
    codes = [row["name"] for row in rows if row["class"] == "Q" and row["language"] == "fr"]
    assert len(set(codes)) == len(codes)
    assert all(row["name"] for row in rows if row["class"] == "SL")


def test_the_xlsform_converts_with_pyxform_in_both_languages(tmp_path: Path) -> None:
    book = tmp_path / "sondage.xlsx"
    book.write_bytes(exports.export(asked()[1], "xlsform", THEME, "fr"))
    found = xls2xform.convert(str(book), validate=False)

    assert found.warnings == []
    assert '<translation lang="English (en)"' in found.xform
    assert "No longer useful" in found.xform
    for question, choice, name in exports.table(asked()[1], "xlsform", "fr"):
        assert choice or f"/{name}" in found.xform, question
    cells = [cell for row in load_workbook(book)["survey"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


@pytest.mark.parametrize("kind", sorted(exports.FORMATS))
def test_a_form_made_twice_is_the_same_and_holds_no_live_markup(kind: str) -> None:
    made = asked()[1]
    first, again = (exports.export(made, kind, THEME, "fr") for _ in range(2))
    if kind == "xlsform":
        rows = [
            [[c.value for c in row] for row in load_workbook(io.BytesIO(data)).active.iter_rows()]
            for data in (first, again)
        ]  # type: ignore[union-attr]
        assert rows[0] == rows[1]
        return
    assert first == again
    if kind in ("html", "print", "limesurvey"):
        assert b"<outil>" not in first


def test_the_json_names_the_columns_of_every_tool() -> None:
    data = json.loads(exports.export(asked()[1], "json", THEME, "fr"))

    assert data["survey"] == "a/2026-09"
    assert set(data["columns"]) == {"json", "xlsform", "limesurvey", "google"}
    assert {"question": "a1", "choice": "", "column": "expectations[a1]"} in data["columns"]["limesurvey"]


def test_markdown_shows_each_question_and_neutralises_marks() -> None:
    text = exports.export(asked()[1], "markdown", THEME, "en").decode()

    assert "| Repartir avec un \\<outil\\> \\{prêt\\} |" in text
    assert text.count("\n## ") == 12


# The guard


def test_the_guard_lets_our_form_through_and_nothing_added_to_it() -> None:
    receiver = "https://sondages.exemple.org/s"
    html = page.page(asked()[1], THEME, "fr", receiver=receiver, other="en/")
    guard.check_form(html, "x", THEME["form.js"], receiver)
    guard.check_form(page.page(asked()[1], THEME, "fr"), "x", THEME["form.js"], "")
    for old, new in (
        (f'action="{receiver}/', 'action="https://ailleurs.org/'),
        ("</main>", "<script>mal()</script></main>"),
        ("</main>", '<img src="https://ailleurs.org/x.png"></main>'),
        ("</main>", '<form action="https://ailleurs.org/"></form></main>'),
        ('<button type="submit"', '<button type="submit" formaction="https://ailleurs.org/"'),
        ("<body>", '<body onload="mal()">'),
        ('href="en/"', 'href="javascript:mal()"'),
        ("form-action ", "form-action https: "),
        (":root {", "body { background: red } :root {"),
        ('"use strict"', '"use strict";mal()'),
    ):
        assert old in html, old
        with pytest.raises(guard.GuardError):
            guard.check_form(html.replace(old, new, 1), "x", THEME["form.js"], receiver)


@pytest.mark.parametrize(
    "value",
    ["http://exemple.org", "https://a@exemple.org", "https://exemple.org/?x=1", "https://exemple.org/;x", "ici"],
)
def test_a_receiver_is_an_encrypted_plain_address(value: str) -> None:
    with pytest.raises(SettingsError):
        parse(f"extra: {{cdp: {{survey_receiver: '{value}'}}}}")
    assert parse("extra: {cdp: {survey_receiver: 'https://exemple.org/s/'}}").survey_receiver == "https://exemple.org/s"
    assert parse("extra: {cdp: {survey_receiver: 'http://localhost:8000'}}").survey_receiver == "http://localhost:8000"


# Plans


LIFE = """start_date: 2026-02-03
end_date: 2027-01-31
kickoff: {date: 2026-02-03, validated: [formula, objectives, expectations]}
"""
TODAY = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (date(2026, 6, 10), date(2026, 6, 12)),
        (date(2026, 6, 10), date(2026, 7, 30)),
        (date(2026, 9, 15), date(2026, 9, 30)),
        (date(2027, 1, 20), date(2027, 2, 5)),
    ],
)
def test_a_window_is_long_enough_alone_and_within_the_life(opens: date, closes: date) -> None:
    group, _ = asked(charter=CHARTER + LIFE)
    with pytest.raises(FormError):
        planning.window(group, TODAY, opens, closes)
    assert planning.window(community(CHARTER + LIFE), TODAY, None, None) == (TODAY, date(2026, 6, 24))


def test_a_new_survey_asks_about_what_is_open(cdp: Cdp, tmp_path: Path) -> None:
    front = CHARTER + LIFE
    write(
        tmp_path, {"mkdocs.yml": "site_name: x\n", "communities/a/index.md": f"---\ntitle: A\nsummary: b\n{front}---\n"}
    )
    cdp("survey", "new", "a", "--root", tmp_path, "--as-of", "2026-06-10")
    assert not (tmp_path / "communities/a/surveys").exists()
    cdp("survey", "new", "a", "--root", tmp_path, "--as-of", "2026-06-10", "--apply")
    found = in_memory({f"communities/{name}": data for name, data in tree(tmp_path / "communities").items()})
    survey = found.communities[0].surveys[0]
    assert survey.path == "surveys/2026-06.md"
    assert not survey.faults
    assert survey.record.form is not None
    assert survey.record.form.expectations == ("a1", "a2")
    again = ("--as-of", "2026-06-26", "--opens", "2026-06-28", "--apply")
    cdp("survey", "new", "a", "--root", tmp_path, *again, code=1)
    out = tmp_path / "f" / "sondage.html"
    cdp("survey", "form", "a/2026-06", "--root", tmp_path, "-o", out)
    assert "<form" in out.read_text(encoding="utf-8")
    cdp("survey", "form", "a/2026-07", "--root", tmp_path, code=2)
    need = ("survey", "need", "a/2026-06", "--root", tmp_path, "--as-of", "2026-07-01")
    cdp(*need, "--text", "Se voir", "--as", "declined", code=1)
    cdp(*need, "--text", "Se voir", "--as", "declined", "--reason", "Pas le moment.", "--apply")
    assert "reason: Pas le moment." in (tmp_path / "communities/a/surveys/2026-06.md").read_text(encoding="utf-8")


def planned(wish: planning.Wish, others: str = "") -> dict[str, str]:
    survey = "---\nopens: 2026-09-01\ncloses: 2026-09-15\nneeds:\n  - id: b1\n    text: Se voir\n---\n"
    files = {
        "communities/a/index.md": "---\ntitle: A\nseasons:\n  - id: hiver\n    start_date: 2027-01-01\n---\n",
        "communities/a/surveys/2026-09.md": survey,
        "communities/autre/index.md": f"---\ntitle: B\n{others}---\n",
    }
    base = in_memory(files)
    group = base.communities[0]
    raw = {path: text.encode() for path, text in files.items()}
    plan = planning.need(base, group, group.surveys[0], wish, raw, date(2026, 9, 20))
    return {path: data.decode() for path, data in plan.changes.items() if data is not None}


def test_a_need_becomes_an_objective_in_both_places() -> None:
    found = planned(planning.Wish("", "Un guide", "objective", "o4", measure="Relu", season="hiver", decision="Oui."))

    assert "  - id: o4\n    text: Un guide\n    measure: Relu\n    season: hiver\n" in found["communities/a/index.md"]
    assert (
        "  - id: b2\n    text: Un guide\n    disposition: objective\n    target: o4\n"
        in found["communities/a/surveys/2026-09.md"]
    )
    assert "2026-09-20" in found["communities/a/surveys/2026-09.md"]


def test_a_need_that_is_there_gets_its_outcome_and_a_community_its_origin() -> None:
    found = planned(planning.Wish("b1", "", "community", "autre"))

    assert "born_from: a/2026-09/b1" in found["communities/autre/index.md"]
    assert found["communities/a/surveys/2026-09.md"].count("id: b1") == 1
    assert "communities/autre/index.md" not in planned(
        planning.Wish("b1", "", "community", "autre"), "born_from: x/2025-01/b1\n"
    )


@pytest.mark.parametrize(
    "wish",
    [
        planning.Wish(),
        planning.Wish("b9"),
        planning.Wish("b1", "", "declined"),
        planning.Wish("b1", "", "objective"),
        planning.Wish("b1", "", "objective", "o4"),
        planning.Wish("b1", "", "season", "été"),
        planning.Wish("b1", same_as=("a/2026-09/b9",)),
    ],
)
def test_an_outcome_that_leads_nowhere_is_refused(wish: planning.Wish) -> None:
    with pytest.raises(FormError):
        planned(wish)


# How it moves


def test_shares_leave_out_those_who_no_longer_hope_for_it() -> None:
    def survey(month: int, counts: str) -> str:
        return f"---\nopens: 2026-0{month}-01\ncloses: 2026-0{month}-15\nanswers: 20\nresults:\n{counts}---\n"

    group = community(
        "expectations: [{id: a1, text: x}]\n",
        {
            "surveys/2026-02.md": survey(2, "  - {question: a1, counts: {met: 4, partly: 4, not: 2, gone: 10}}\n"),
            "surveys/2026-05.md": survey(5, "  - {question: a1, suppressed: true}\n"),
            "surveys/2026-08.md": survey(
                8, "  - {question: a1, counts: {met: 6, not: 4}}\n  - {question: since, counts: {new: 5, some: 15}}\n"
            ),
        },
    )
    hopes, aims = trends(group)

    assert aims == []
    assert hopes[0].change == 20
    assert [moment.met for moment in hopes[0].moments] == [0.4, None, 0.6]
    assert turnover(group.surveys[2].record) == 0.25
    assert turnover(group.surveys[0].record) is None


def test_a_hidden_choice_is_said_to_be_hidden_and_never_taken_for_nobody() -> None:
    def survey(month: int, results: str) -> str:
        return f"---\nopens: 2026-0{month}-01\ncloses: 2026-0{month}-15\nanswers: 12\nresults:\n{results}---\n"

    group = community(
        "expectations: [{id: a1, text: x}, {id: a2, text: y}]\n",
        {
            "surveys/2026-02.md": survey(
                2,
                "  - {question: a1, answered: 12, counts: {met: 7, gone: 0}, hidden: [partly, not]}\n"
                "  - {question: a2, answered: 12, counts: {partly: 6, not: 0}, hidden: [met, gone]}\n"
                "  - {question: since, answered: 11, counts: {long: 6}, hidden: [new, some]}\n",
            )
        },
    )
    hopes, _ = trends(group)
    one, two = (trend.moments[0] for trend in hopes)
    chart = str(figures(hopes, "hope", "fr", spread(hopes))[0].chart)

    assert (one.counts, one.hidden, one.total) == ({"met": 7, "gone": 0}, 5, 12)
    assert one.met == 7 / 12
    assert two.met is None
    assert turnover(group.surveys[0].record) is None
    assert "caché 5" in chart
    assert 'class="cdp-chart__hidden"' in chart
    assert "cdp-chart__not" not in chart
