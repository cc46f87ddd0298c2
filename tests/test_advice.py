"""What people write wrong, what they are told, and the file once they did what they were told: nothing more is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from cdp.diagnostics import Fault
from cdp.rules import run
from tests.conftest import TODAY, community, in_memory

CHARTER = "index.md"
NOTE = "notes/x.md"
MEETING = "meetings/2026-01-05-x.md"
SURVEY = "surveys/2026-01.md"
BEFORE: Mapping[str, str] = {
    CHARTER: "title: Achats\nsummary: Un résumé.\n",
    MEETING: "date: 2026-01-05\n",
    SURVEY: "opens: 2026-01-01\ncloses: 2026-01-15\n",
}


class Row(NamedTuple):
    path: str
    wrong: str
    told: str
    mended: str


ROWS = [
    # a list where a text is expected, and the reverse
    Row(CHARTER, "tags: [a: b, c]", 'Écrivez cet élément ainsi : "a: b"', 'tags: ["a: b", c]'),
    Row(CHARTER, "tags:\n  - a: b\n  - c", 'Écrivez cet élément ainsi : "a: b"', 'tags:\n  - "a: b"\n  - c'),
    Row(CHARTER, "tags: [[a, b], c]", "Retirez les crochets intérieurs", "tags: [a, b, c]"),
    Row(CHARTER, "tags: [[a]]", "Écrivez cet élément ainsi : a", "tags: [a]"),
    Row(CHARTER, "tags:\n  - - a\n    - b", "Gardez un seul texte par tiret", "tags:\n  - a\n  - b"),
    Row(CHARTER, "tags: [true]", "Écrivez cet élément ainsi : 'true'", "tags: ['true']"),
    Row(CHARTER, "tags: a, b", "Écrivez ainsi : tags: [a, b]", "tags: [a, b]"),
    Row(CHARTER, "tags: 12", "Écrivez ainsi : tags: [12]", "tags: [12]"),
    Row(CHARTER, "tags: true", "Écrivez ainsi : tags: ['true']", "tags: ['true']"),
    Row(CHARTER, "tags: -a", "Écrivez ainsi : tags: [a]", "tags: [a]"),
    Row(CHARTER, "tags:\n  -a\n  -b", "Écrivez ainsi : tags: [a, b]", "tags: [a, b]"),
    Row(CHARTER, "tags: « a »", "Écrivez ainsi : tags: [a]", "tags: [a]"),
    Row(CHARTER, "tags: {a, b}", "Écrivez ainsi : tags: [a, b]", "tags: [a, b]"),
    Row(CHARTER, "tags:\n  a: b", "Écrivez ainsi : tags: ['a: b']", "tags: ['a: b']"),
    Row(CHARTER, "tags:\n  -\n  - a", "effacez-le avec son tiret", "tags:\n  - a"),
    Row(CHARTER, "tags: ['', a]", "effacez-le avec son tiret ou sa virgule", "tags: [a]"),
    Row(CHARTER, "tags: [a, , b]", "une virgule est de trop → Effacez-la", "tags: [a, b]"),
    Row(CHARTER, "tags: {}", "effacez la ligne", ""),
    Row(CHARTER, "purpose: [a, b]", 'Écrivez ainsi : purpose: "a, b"', 'purpose: "a, b"'),
    Row(CHARTER, "purpose:\n  - a", "Écrivez ainsi : purpose: a", "purpose: a"),
    Row(CHARTER, "purpose: {a: b}", 'Écrivez ainsi : purpose: "a: b"', 'purpose: "a: b"'),
    Row(CHARTER, "purpose: true", "Écrivez ainsi : purpose: 'true'", "purpose: 'true'"),
    Row(CHARTER, "purpose: []", "effacez la ligne", ""),
    Row(CHARTER, "purpose: null", "Effacez la ligne", ""),
    Row(CHARTER, "purpose:\n  - [a]\n  - b", "Écrivez un seul texte à la suite du deux-points", "purpose: a, b"),
    Row(NOTE, "title: [[Autre note]]", "Mettez-le entre guillemets droits", 'title: "[[Autre note]]"'),
    Row(NOTE, "title: {un}", "Écrivez ainsi : title: un", "title: un"),
    Row(NOTE, "title: ~", "Effacez la ligne", ""),
    Row(NOTE, "title: " + "a" * 201, "dépasse 200 caractères", "title: " + "a" * 200),
    Row(NOTE, "tags: [" + "a" * 81 + "]", "dépasse 80 caractères", "tags: [" + "a" * 80 + "]"),
    # blocks of fields
    Row(CHARTER, "kickoff: []", "effacez la ligne", ""),
    Row(CHARTER, "kickoff: 2026-01-05", "Écrivez ainsi : kickoff: {date: 2026-01-05}", "kickoff: {date: 2026-01-05}"),
    Row(CHARTER, "kickoff: oui", "complétez : kickoff: {date: …}", "kickoff: {date: 2026-01-05}"),
    Row(
        CHARTER, "kickoff:\n  - date: 2026-01-05",
        "Écrivez ainsi : kickoff: {date: 2026-01-05}", "kickoff: {date: 2026-01-05}",
    ),
    Row(
        CHARTER, "facilitators: Jeanne",
        "Écrivez ainsi : facilitators: [{name: Jeanne}]", "facilitators: [{name: Jeanne}]",
    ),
    Row(
        CHARTER, "facilitators:\n  name: Jeanne",
        "Écrivez ainsi : facilitators: [{name: Jeanne}]", "facilitators: [{name: Jeanne}]",
    ),
    Row(
        CHARTER, "facilitators:\n  - Jeanne",
        "Écrivez cet élément ainsi : {name: Jeanne}", "facilitators:\n  - {name: Jeanne}",
    ),
    Row(CHARTER, "facilitators:\n  - name: [J]", "Écrivez ainsi : name: J", "facilitators:\n  - name: J"),
    Row(CHARTER, "facilitators:\n  - name:", "Donnez-lui une valeur.", "facilitators:\n  - name: J"),
    Row(CHARTER, "facilitators:\n  - organization: X", "Ajoutez une ligne « name: … »", "facilitators:\n  - organization: X\n    name: J"),
    Row(
        CHARTER, "objectives: Mieux faire",
        "complétez : objectives: [{id: …, text: Mieux faire}]", "objectives: [{id: o1, text: Mieux faire}]",
    ),
    Row(
        CHARTER, "objectives:\n  - Mieux faire",
        "complétez : {id: …, text: Mieux faire}", "objectives:\n  - {id: o1, text: Mieux faire}",
    ),
    Row(
        CHARTER, "objectives:\n  o1: Mieux faire",
        "Écrivez ainsi : objectives: [{id: o1, text: Mieux faire}]", "objectives: [{id: o1, text: Mieux faire}]",
    ),
    Row(
        CHARTER, "seasons:\n  s1:\n    start_date: 2026-01-01",
        "Écrivez ainsi : seasons: [{id: s1, start_date: 2026-01-01}]", "seasons: [{id: s1, start_date: 2026-01-01}]",
    ),
    Row(
        CHARTER, "legacy:\n  notes/: keep",
        "Écrivez ainsi : legacy: [{path: notes/, choice: keep}]", "legacy: [{path: notes/, choice: keep}]",
    ),
    Row(CHARTER, "closing: oui", "complétez : closing: {announced: …}", "closing: {announced: 2026-01-05}"),
    Row(NOTE, "authors: [Jeanne]", "Écrivez cet élément ainsi : {name: Jeanne}", "authors: [{name: Jeanne}]"),
    Row(
        SURVEY, "results:\n  - question: o1\n    counts: [1]",
        "Écrivez un champ par ligne, décalé de deux espaces", "results:\n  - question: o1\n    counts:\n      oui: 1",
    ),
    Row(
        SURVEY, "results:\n  - question: o1\n    counts: {é: 1}",
        "Au plus 40 lettres sans accent", "results:\n  - question: o1\n    counts: {e: 1}",
    ),
    # dates
    Row(CHARTER, "start_date: 2026-01-01T10:00:00Z", "Vouliez-vous dire 2026-01-01?", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: '2026-01-01 10:00'", "Vouliez-vous dire 2026-01-01?", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: 20260101", "Vouliez-vous dire 2026-01-01?", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: 2026\u201301\u201301", "Vouliez-vous dire 2026-01-01?", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: 1 janv. 2026", "Vouliez-vous dire 2026-01-01?", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: lundi 2 mars 2026", "Vouliez-vous dire 2026-03-02?", "start_date: 2026-03-02"),
    Row(CHARTER, "start_date: mardi 2 mars 2026", "Écrivez un jour qui existe", "start_date: 2026-03-02"),
    Row(CHARTER, "start_date: 2026-27-03", "Vouliez-vous dire 2026-03-27?", "start_date: 2026-03-27"),
    Row(CHARTER, "start_date: [2026-01-01]", "crochets ni tiret : 2026-01-01", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: {a: b}", "Écrivez la date ainsi : AAAA-MM-JJ", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: []", "effacez la ligne", ""),
    Row(CHARTER, "start_date: 2026", "Ajoutez le mois et le jour : 2026-MM-JJ", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: 2026-01", "Ajoutez le jour : 2026-01-JJ", "start_date: 2026-01-01"),
    Row(CHARTER, "start_date: n/a", "Effacez la ligne", ""),
    Row(CHARTER, "start_date: 1850-01-01", "ou effacez la ligne", ""),
    Row(
        CHARTER, "closing: {announced: 1850-01-01}",
        "Écrivez une année entre 1900 et 2199.", "closing: {announced: 2026-01-01}",
    ),
    # numbers, hours, addresses, names
    Row(CHARTER, "survey_every_months: 4.5", "Écrivez un nombre entier", "survey_every_months: 4"),
    Row(CHARTER, "survey_every_months: [4]", "Écrivez ainsi : survey_every_months: 4", "survey_every_months: 4"),
    Row(CHARTER, "survey_every_months: 4 mois", "Écrivez ainsi : survey_every_months: 4", "survey_every_months: 4"),
    Row(CHARTER, "survey_every_months: null", "Effacez la ligne", ""),
    Row(CHARTER, "survey_every_months: 13", "Le plus grand nombre permis est 12", "survey_every_months: 12"),
    Row(MEETING, "duration: 1 h 30", "Écrivez ainsi : duration: 90", "duration: 90"),
    Row(MEETING, "attendance: [Jeanne, Paul]", "Écrivez ainsi : attendance: 2", "attendance: 2"),
    Row(MEETING, "attendance: douze", "Écrivez un nombre entier, en chiffres", "attendance: 12"),
    Row(MEETING, "start: 18h30", "Écrivez ainsi : start: 18:30", "start: 18:30"),
    Row(MEETING, "start: 6:30 PM", "Écrivez ainsi : start: 18:30", "start: 18:30"),
    Row(MEETING, "start: [18:30]", "Écrivez ainsi : start: 18:30", "start: 18:30"),
    Row(MEETING, "link: www.exemple.org", "Écrivez ainsi : link: https://www.exemple.org", "link: https://www.exemple.org"),
    Row(MEETING, "link: à venir", "Effacez la ligne", ""),
    Row(CHARTER, "succeeds: Achats Estrie", "Écrivez ainsi : succeeds: achats-estrie", "succeeds: achats-estrie"),
    Row(CHARTER, "formula: {rhythm: mensuel}", "Écrivez ainsi : rhythm: 1 mois", "formula: {rhythm: 1 mois}"),
    Row(
        CHARTER, "formula:\n  rhythm: toutes les 4 semaines",
        "Écrivez ainsi : rhythm: 4 semaines", "formula:\n  rhythm: 4 semaines",
    ),
    Row(
        CHARTER, "waivers: [{rule: 403, reason: x, until: 2026-12-31}]",
        "Écrivez ainsi : rule: CDP403", "waivers: [{rule: CDP403, reason: x, until: 2026-12-31}]",
    ),
    Row(
        CHARTER, "kickoff: {minutes: /meetings/2026-01-05-x.md}",
        "Écrivez ainsi : minutes: meetings/2026-01-05-x.md", "kickoff: {minutes: meetings/2026-01-05-x.md}",
    ),
    # choices
    Row(NOTE, "draft: oui", "Écrivez ainsi : draft: true", "draft: true"),
    Row(NOTE, "draft: non", "Écrivez ainsi : draft: false", "draft: false"),
    Row(NOTE, 'draft: "true"', "Écrivez ainsi : draft: true", "draft: true"),
    Row(NOTE, "draft: [true]", "Écrivez ainsi : draft: true", "draft: true"),
    Row(NOTE, "draft: peut-être", "true (oui) ou false (non)", "draft: false"),
    Row(CHARTER, "language: [fr]", "Écrivez ainsi : language: fr", "language: fr"),
    Row(CHARTER, "language: français", "Vouliez-vous dire fr?", "language: fr"),
    Row(CHARTER, "language: fr-CA", "Vouliez-vous dire fr?", "language: fr"),
    Row(CHARTER, "language: true", "Valeurs permises : fr, en", "language: fr"),
    Row(MEETING, "format: présentiel", "Vouliez-vous dire in_person?", "format: in_person"),
    Row(MEETING, "format: À distance", "Vouliez-vous dire remote?", "format: remote"),
    # YAML
    Row(NOTE, "title: Bilan : la suite", "Mettez toute la valeur entre guillemets droits", 'title: "Bilan : la suite"'),
    Row(NOTE, "title: #un", "Mettez la valeur entre guillemets", 'title: "#un"'),
    Row(NOTE, "title: @un", "Mettez toute la valeur entre guillemets droits", 'title: "@un"'),
    Row(NOTE, "title: %un", "Mettez toute la valeur entre guillemets droits", 'title: "%un"'),
    Row(NOTE, "title: `un`", "Mettez toute la valeur entre guillemets droits", 'title: "`un`"'),
    Row(NOTE, "title: **un**", "Mettez toute la valeur entre guillemets droits", 'title: "**un**"'),
    Row(NOTE, "title: &un", "mettez le texte entre guillemets", 'title: "&un"'),
    Row(NOTE, "title: !un", "mettez le texte entre guillemets", 'title: "!un"'),
    Row(NOTE, "title: - un", "mettez la valeur entre guillemets droits", 'title: "- un"'),
    Row(NOTE, "title: > un", "Mettez toute la valeur entre guillemets droits", 'title: "> un"'),
    Row(NOTE, "title: [un] deux", "mettez toute la valeur entre guillemets droits", 'title: "[un] deux"'),
    Row(NOTE, "title: {{ un }}", "Mettez toute la valeur entre guillemets droits", 'title: "{{ un }}"'),
    Row(NOTE, 'title: "un" deux', "écrivez « \\\" »", 'title: "\\"un\\" deux"'),
    Row(NOTE, "title: 'l'un'", "doublez l’apostrophe", "title: 'l''un'"),
    Row(NOTE, 'title: "C:\\x"', "employez des guillemets simples", "title: 'C:\\x'"),
    Row(NOTE, 'title: "un', "Fermez le guillemet", 'title: "un"'),
    Row(NOTE, "title:\tun", "Remplacez-la par des espaces", "title: un"),
    Row(NOTE, "title:un", "Écrivez « nom: valeur »", "title: un"),
    Row(NOTE, "title = un", "Écrivez par exemple « title: Titre de la page »", "title: un"),
    Row(NOTE, "title: un\n  tags: [a]", "alignez cette ligne sur la précédente", "title: un\ntags: [a]"),
    Row(NOTE, "tags: - a", "Commencez la liste à la ligne qui suit", "tags:\n  - a"),
    Row(NOTE, "tags:\n- a\n - b", "Alignez le tiret sur ceux qui précèdent", "tags:\n- a\n- b"),
    Row(NOTE, "title: Rencontre #3", "Mettez toute la valeur entre guillemets droits", 'title: "Rencontre #3"'),
    Row(NOTE, "title: un #note à moi", "laissez une espace après « # »", "title: un # note à moi"),
    Row(NOTE, "title: Un\ntitle: Deux", "Gardez une seule des deux lignes", "title: Deux"),
    Row(NOTE, "titre: un", "Écrivez « title »", "title: un"),
    Row(NOTE, "12: un", "Effacez la ligne", ""),
]  # fmt: skip


def said(path: str, front: str) -> list[str]:
    """Return what reading a file says, message → cure."""
    page = next(
        page
        for page in community(
            f"{front}\n" if path == CHARTER else "", {} if path == CHARTER else {path: _page(path, front)}
        ).pages()
        if page.path == path
    )
    return [_words(fault) for fault in page.faults] + _hashes(path, front)


def _hashes(path: str, front: str) -> list[str]:
    """Return what the rule about lost comments says."""
    files = {"communities/a/index.md": _page(CHARTER, "")} | {f"communities/a/{path}": _page(path, front)}
    found = run(in_memory(files), TODAY)
    return [f"{item.message} → {item.fix}" for item in found if item.rule == "CDP022"]


def _page(path: str, front: str) -> str:
    return f"---\n{BEFORE.get(path, '')}{front}\n---\nTexte.\n"


def _words(fault: Fault) -> str:
    return f"{fault.message} → {fault.fix}".replace("\u00a0", " ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\s+", " ", row.wrong)[:40])
def test_the_advice_can_be_followed_to_the_letter(row: Row) -> None:
    before = [line.replace("\u00a0", " ") for line in said(row.path, row.wrong)]

    assert any(row.told in line for line in before), before
    assert said(row.path, row.mended) == []


@pytest.mark.parametrize("row", [row for row in ROWS if "ainsi : " in row.told], ids=lambda row: row.wrong[:40])
def test_the_line_that_is_advised_is_the_one_that_passes(row: Row) -> None:
    example = row.told.partition("ainsi : ")[2]

    assert example.rstrip(".") in row.mended or "AAAA" in example


def test_an_item_is_named_by_its_number() -> None:
    assert said(CHARTER, "tags: [x, [a, b]]")[0].startswith("l’élément 2 de « tags » doit être un texte")


@pytest.mark.parametrize(
    ("wrong", "told", "mended"),
    [
        ("# T\n\n---\ntitle: x\n---\nA\n", "Déplacez le titre qui le précède", "---\ntitle: x\n---\n# T\n\nA\n"),
        ("# T\n---\ntags:\n  - a\n---\n", "Déplacez le titre qui le précède", "---\ntags:\n  - a\n---\n# T\n"),
        (
            "# Bonjour\r\n---\r\ntitle: x\r\n---\r\n",
            "Déplacez le titre qui le précède",
            "---\r\ntitle: x\r\n---\r\n# Bonjour\r\n",
        ),
        ("```yaml\n---\ntitle: x\n---\n```\nA\n", "avant et après les « --- »", "---\ntitle: x\n---\nA\n"),
        ("```yaml\ntitle: x\n```\nA\n", "Remplacez par « --- »", "---\ntitle: x\n---\nA\n"),
        ("===\ntitle: x\n===\nA\n", "Remplacez par « --- »", "---\ntitle: x\n---\nA\n"),
        ("***\ntitle: x\n***\nA\n", "Remplacez par « --- »", "---\ntitle: x\n---\nA\n"),
    ],
)
def test_front_matter_at_another_place_is_told_and_never_published(wrong: str, told: str, mended: str) -> None:
    (fault,) = community("", {NOTE: wrong}).notes[0].faults
    (note,) = community("", {NOTE: mended}).notes

    assert told in _words(fault)
    assert note.faults == ()
    assert note.document.data


@pytest.mark.parametrize(
    "text",
    [
        "# T\n---\nBonjour\n---\n",
        "# T\n\n---\nnote: une remarque\n---\n",
        "```yaml\nrythme: x\n```\n",
        "# T\n\nLe titre :\n\n```yaml\n---\ntitle: x\n---\n```\n",
        "Un\n\n---\n\ndate: le 3 mars\n\nDeux\n\n---\n",
    ],
)
def test_lines_between_dashes_are_not_taken_for_front_matter(text: str) -> None:
    assert community("", {NOTE: text}).notes[0].faults == ()
