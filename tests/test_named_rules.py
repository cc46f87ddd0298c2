"""The faults that a life must not hide, each seen as people would: a commit in a real repository, a check against its base."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdp.cli.check import check
from tests.conftest import write
from tests.test_git import SETTINGS, commit, run

CHARTER = """\
---
title: Achats responsables
summary: Acheter mieux, ensemble.
purpose: Acheter mieux sans y passer ses soirées.
facilitators: [{name: Zoé Roy}]
network_heads:
  - {name: Luc Viau, network: Nord, agreed: 2026-01-05}
  - {name: Ana Cruz, network: Sud, agreed: 2026-01-05}
  - {name: Max Tran, network: Est, agreed: 2026-01-06}
start_date: 2026-02-03
end_date: 2026-12-18
kickoff:
  date: 2026-02-03
  minutes: meetings/2026-02-03-demarrage.md
  validated: [formula, objectives, expectations]
formula:
  rhythm: 4 semaines
  format: in_person
  place: Sherbrooke
  decided_by: kickoff
expectations:
  - {id: devis, text: Comparer nos devis entre nous, source: kickoff}
objectives:
  - {id: grille, text: Écrire une grille de devis, measure: Vingt achats la suivent, season: hiver}
  - {id: visites, text: Visiter trois ateliers, measure: Trois visites, season: ete}
seasons:
  - {id: hiver, start_date: 2026-02-03, end_date: 2026-05-15, review: seasons/hiver.md, celebrated: 2026-05-14}
  - {id: ete, start_date: 2026-05-16, end_date: 2026-12-18}
---
Nous comparons nos devis.
"""
JUDGED = "Vingt achats la suivent, season: hiver, outcome: met, evidence: Le registre des achats."
SURVEY = "---\nopens: 2026-06-01\ncloses: 2026-06-15\ninvited: 20\nanswers: 12\n{more}---\nLes gens veulent voir.\n"
NEED = "needs:\n  - {id: ateliers, text: Voir des ateliers, disposition: objective, target: visites}\n"
DECISION = "decisions:\n  - {date: 2026-06-22, text: Trois visites cet automne.}\n"
MET = "---\ndate: {day}\nattendance: 9\n---\nNous avons comparé.\n"
FOLDER = "communities/achats"


def former(slug: str = "achats") -> dict[str, str]:
    """Return a community in the middle of its life, in which nothing is wrong on 3 July 2026."""
    folder = f"communities/{slug}"
    return {
        f"{folder}/index.md": CHARTER.replace("Vingt achats la suivent, season: hiver", JUDGED),
        f"{folder}/meetings/2026-02-03-demarrage.md": MET.format(day="2026-02-03"),
        f"{folder}/meetings/2026-06-24-visite.md": MET.format(day="2026-06-24"),
        f"{folder}/seasons/hiver.md": "---\ntitle: Hiver\n---\nLa grille sert.\n",
        f"{folder}/surveys/2026-06.md": SURVEY.replace("{more}", NEED + DECISION),
    }


@pytest.fixture
def base(tmp_path: Path) -> Path:
    root = tmp_path / "base"
    root.mkdir()
    run(root, "init", "-q", "-b", "main")
    commit(root, {**SETTINGS, **former()})
    return root


def found(root: Path, day: str, *words: str) -> set[str]:
    words = ("--root", str(root), "--as-of", day, "--format", "json", *words)
    done = CliRunner().invoke(check, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return {item["rule"] for item in json.loads(done.stdout)["diagnostics"]}


QUIET = "2026-07-03"


def test_the_life_is_in_order(base: Path) -> None:
    write(base, {f"{FOLDER}/notes/n.md": "---\ntitle: N\n---\nUne note.\n"})

    assert found(base, QUIET, "--base", "main") == set()
    assert found(base, QUIET) == set()


EDITS: list[tuple[str, str, str, str, str]] = [
    # rule, day, file, what was written, what is written now
    ("CDP105", QUIET, "index.md", "end_date: 2026-12-18\nkick", "end_date: 2027-03-31\nkick"),
    (
        "CDP103",
        QUIET,
        "index.md",
        "end_date: 2026-12-18\nkick",
        "end_date: 2027-03-31\nextensions: [{decided: 2026-07-02, from: 2026-12-18, to: 2027-02-26, reason: Oui.}]\nkick",
    ),
    (
        "CDP104",
        QUIET,
        "index.md",
        "end_date: 2026-12-18\nkick",
        "end_date: 2027-08-31\nextensions: [{decided: 2026-07-02, from: 2026-12-18, to: 2027-08-31, reason: Oui.}]\nkick",
    ),
    (
        "CDP003",
        QUIET,
        "index.md",
        "end_date: 2026-12-18\nkick",
        "end_date: 2027-02-26\nextensions: [{decided: 2026-07-02, from: 2026-12-18, to: 2027-02-26}]\nkick",
    ),
    ("CDP106", "2026-09-25", "index.md", "Nous comparons", "Nous avons comparé"),
    ("CDP107", "2026-11-20", "index.md", "Nous comparons", "Nous avons comparé"),
    ("CDP108", "2026-12-29", "index.md", "Nous comparons", "Nous avons comparé"),
    ("CDP501", "2026-10-16", "index.md", "Nous comparons", "Nous avons comparé"),
    ("CDP306", QUIET, "index.md", "rhythm: 4 semaines", "rhythm: 2 semaines"),
    ("CDP113", "2026-08-25", "index.md", "Nous comparons", "Nous avons comparé"),
    ("CDP406", QUIET, "index.md", ", review: seasons/hiver.md", ""),
    ("CDP411", QUIET, "index.md", ", celebrated: 2026-05-14", ""),
    ("CDP405", QUIET, "index.md", ", evidence: Le registre des achats.", ""),
    ("CDP201", QUIET, "index.md", "[formula, objectives, expectations]", "[formula]"),
    ("CDP203", QUIET, "index.md", "---\nNous", "succeeds: autre\n---\nNous"),
    ("CDP302", "2026-07-28", "index.md", "facilitators: [{name: Zoé Roy}]\n", ""),
    (
        "CDP016",
        QUIET,
        "seasons/hiver.md",
        "La grille sert.",
        "## Ce que nous avons appris\n\n<!-- Quelques phrases. -->",
    ),
    ("CDP308", QUIET, "index.md", "{id: devis, text", "{id: contrats, text"),
    ("CDP310", QUIET, "index.md", "Comparer nos devis entre nous", "Visiter des usines ailleurs"),
    ("CDP311", QUIET, "index.md", "date: 2026-02-03\n  min", "date: 2026-02-10\n  min"),
    (
        "CDP409",
        QUIET,
        "index.md",
        "  - {id: visites, text: Visiter trois ateliers, measure: Trois visites, season: ete}\n",
        "",
    ),
    ("CDP410", QUIET, "index.md", ", outcome: met, evidence: Le registre des achats.", ""),
    ("CDP415", QUIET, "index.md", "Vingt achats la suivent", "Elle existe"),
    ("CDP112", QUIET, "index.md", "start_date: 2026-02-03\nend", "start_date: 2026-02-10\nend"),
    ("CDP412", QUIET, "index.md", "end_date: 2026-05-15", "end_date: 2026-05-10"),
    ("CDP516", QUIET, "surveys/2026-06.md", "answers: 12", "answers: 14"),
    ("CDP517", QUIET, "surveys/2026-06.md", DECISION, ""),
    ("CDP505", QUIET, "surveys/2026-06.md", ", disposition: objective, target: visites", ""),
    ("CDP504", "2026-07-20", "surveys/2026-06.md", DECISION, ""),
]


@pytest.mark.parametrize(("rule", "day", "path", "was", "now"), EDITS, ids=[edit[0] for edit in EDITS])
def test_an_edit_is_seen_in_its_pull_request(base: Path, rule: str, day: str, path: str, was: str, now: str) -> None:
    file = base / FOLDER / path
    text = file.read_text(encoding="utf-8")
    assert text.count(was) == 1
    # The clock alone is another matter: the day before the edit says nothing of it here.
    file.write_text(text.replace(was, now), encoding="utf-8")

    assert rule in found(base, day, "--base", "main")
    run(base, "checkout", "-q", "-b", "travail")
    commit(base, {})
    assert rule in found(base, day, "--base", "main")


def test_a_formula_that_cites_the_closed_survey_is_fine(base: Path) -> None:
    file = base / FOLDER / "index.md"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("rhythm: 4 semaines", "rhythm: 2 semaines").replace(
        "decided_by: kickoff", 'decided_by: "2026-06"'
    )
    file.write_text(changed, encoding="utf-8")

    assert "CDP306" not in found(base, QUIET, "--base", "main")


def test_a_name_that_lived_is_seen_long_after(base: Path) -> None:
    commit(base, {"communities/b/index.md": "---\ntitle: B\nsummary: Une idée.\n---\n"})
    run(base, "rm", "-r", "-q", FOLDER)
    assert "CDP205" in found(base, QUIET, "--base", "main")
    commit(base, {})
    commit(base, {f"{FOLDER}/index.md": "---\ntitle: Autres achats\nsummary: Une idée.\n---\nBonjour.\n"})

    assert "CDP207" in found(base, QUIET, "--base", "HEAD~1")
