"""A good end: what is proposed, what is asked, what a freeze makes of the choices, and who takes over."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cdp import disk, triage
from cdp.cli import group
from cdp.closing import proposals
from cdp.closing.checklist import checklist, unsettled
from cdp.load import load
from cdp.model.charter import Legacy
from cdp.model.community import Repository
from tests.conftest import ROOT, TODAY, charter, in_memory, tree, write

SETTINGS = "site_name: Base\ntheme:\n  name: material\n  language: fr\nextra:\n  cdp:\n    as_of: 2026-11-24\n"
BEGUN = """# Un commentaire qui reste.
purpose: Mieux acheter.
language: fr
license: CC BY-SA 4.0   # décidée au démarrage
contact: Le carrefour, poste d'accueil
facilitators: [{name: Rose Pelletier, organization: Carrefour}]
network_heads:
  - {name: Ali Nadeau, network: Villes, agreed: 2026-01-10}
  - {name: Luc Sans-Accord, network: Écoles}
start_date: 2026-02-01
end_date: 2026-12-18
kickoff: {date: 2026-02-03, minutes: meetings/2026-02-03-demarrage.md, validated: [formula, objectives, expectations]}
formula: {rhythm: 4 semaines, format: remote}
expectations:
  - {id: a1, text: Trouver des clauses, source: kickoff, status: met}
  - {id: a2, text: "Convaincre *mon* conseil", source: 2026-06, status: open}
objectives:
  - {id: o1, text: Un guide, measure: Dix lectures, season: s1, outcome: met, evidence: notes/guide.md}
  - {id: o2, text: Trois clauses, measure: Trois essais, season: s1}
seasons: [{id: s1, title: Hiver, start_date: 2026-02-01, end_date: 2026-12-18}]
"""
SURVEY = """---
opens: 2026-06-01
closes: 2026-06-15
invited: 12
answers: 10
results:
  - {question: a1, counts: {met: 4, partly: 6, not: 0, gone: 0}}
needs:
  - {id: b1, text: Acheter ensemble, disposition: parked, reason: Trop gros.}
  - {id: b2, text: Mieux accueillir, disposition: formula}
decisions:
  - {date: 2026-06-20, text: On garde le rythme.}
---
Nous retenons ceci.
"""
LIFE = {
    "mkdocs.yml": SETTINGS,
    "communities/a/index.md": charter(BEGUN, "Voir [le guide](notes/guide.md).\n"),
    "communities/a/meetings/2026-02-03-demarrage.md": "---\ndate: 2026-02-03\nattendance: 12\n---\nBienvenue.\n",
    "communities/a/meetings/2026-10-06-clauses.md": "---\ndate: 2026-10-06\nattendance: 8\n---\nDes clauses.\n",
    "communities/a/surveys/2026-06.md": SURVEY,
    "communities/a/notes/guide.md": "---\ntitle: Guide\ntags: [achats]\n---\nLe guide, [la loi](https://loi.exemple.ca/a). ![x](x.png)\n",
    "communities/a/notes/x.png": b"\x89PNG\r\n\x1a\n",
    "communities/a/notes/idee.md": "---\ntitle: Idée\ndraft: true\n---\nPlus tard.\n",
    "communities/b/index.md": charter("tags: [achats]\n", "Bonsoir.\n", "Seconde"),
}


def git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.invalid", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def cdp() -> Callable[..., Any]:
    """Run the command as a function: faster than a process of its own."""

    def run(*words: str | Path, code: int | None = 0) -> Any:
        done = CliRunner().invoke(group, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert code is None or done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A knowledge base in Git, with a community in its life."""
    root = tmp_path / "base"
    write(root, LIFE)
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    commit(root)
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")


def front(root: Path, slug: str = "a") -> dict[str, Any]:
    text = (root / "communities" / slug / "index.md").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text.split("---\n")[1], yaml.BaseLoader)
    return data


def choices(root: Path) -> dict[str, str]:
    return {item["path"]: item["choice"] for item in front(root)["legacy"]}


def change(root: Path, old: str, new: str, path: str = "communities/a/index.md") -> None:
    place = root / path
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), encoding="utf-8")


# Open


def test_a_plan_is_shown_and_nothing_is_written(base: Path, cdp: Callable[..., Any]) -> None:
    before = tree(base / "communities")
    done = cdp("close", "a", "--root", base)

    assert "review.md" in done.stdout
    assert "--apply" in done.stdout
    assert tree(base / "communities") == before


def test_opening_writes_the_closing_the_review_and_a_proposal_for_each_file(
    base: Path, cdp: Callable[..., Any]
) -> None:
    former = (base / "communities/a/index.md").read_text(encoding="utf-8").split("\n")
    cdp("close", "a", "--root", base, "--reason", "L'année finit.", "--celebrate", "2026-12-11", "--apply")
    text = (base / "communities/a/index.md").read_text(encoding="utf-8")

    assert front(base)["closing"] == {
        "announced": "2026-11-24",
        "reason": "L'année finit.",
        "review": "review.md",
        "celebration": {"date": "2026-12-11"},
        "links": [{"url": "https://loi.exemple.ca/a", "perishable": "true"}],
    }
    assert choices(base) == {"notes/guide.md": "keep", "notes/idee.md": "remove", "notes/x.png": "keep"}
    assert [line for line in text.split("\n") if line in former] == former, "every other byte stays, comments included"


def test_the_review_is_written_from_facts_with_questions(base: Path, cdp: Callable[..., Any]) -> None:
    cdp("close", "a", "--root", base, "--apply")
    text = (base / "communities/a/review.md").read_text(encoding="utf-8")

    for fact in (
        "Mieux acheter.",
        "- Un guide\u00a0: **Atteint**. [Guide](notes/guide.md)",
        "- Trois clauses\u00a0: **En chemin**.",
        "- Trouver des clauses\u00a0: comblée pour 40\u00a0% (2026-06).",
        "2 rencontres, du 3 février 2026 au 6 octobre 2026, en moyenne 10 personnes présentes.",
        "- Sondage 2026-06\u00a0: 10 réponses sur 12.",
        "- 1 note.",
        "- Un besoin encore vivant\u00a0: Acheter ensemble",
        "- Une attente encore ouverte\u00a0: Convaincre \\*mon\\* conseil",
        "Ont porté cette communauté\u00a0: Rose Pelletier, Ali Nadeau.",
    ):
        assert fact in text
    assert "Sans-Accord" not in text, "nobody is named without consent"
    assert [heading for _, heading in triage.unanswered(text)] == [
        "Ce que nous avons appris",
        "Ce qui a été difficile",
    ]


def test_run_again_nothing_that_a_person_wrote_is_lost(base: Path, cdp: Callable[..., Any]) -> None:
    cdp("close", "a", "--root", base, "--apply")
    write(
        base,
        {"communities/a/review.md": "Nos mots.\n", "communities/a/notes/tard.md": "---\ntags: [x]\n---\nUn mot.\n"},
    )
    change(base, "choice: remove", "choice: keep")
    cdp("close", "a", "--root", base, "--outcome", "fulfilled", "--thanks", "Merci.", "--apply")

    assert (base / "communities/a/review.md").read_text() == "Nos mots.\n"
    assert choices(base)["notes/idee.md"] == "keep"
    assert choices(base)["notes/tard.md"] == "keep"
    assert front(base)["closing"]["outcome"] == "fulfilled"
    assert "Rien à changer" in cdp("close", "a", "--root", base).stdout


def test_verdicts_that_come_later_pass_to_the_review_but_for_lines_that_a_person_changed(
    base: Path, cdp: Callable[..., Any]
) -> None:
    change(base, "season: s1, outcome: met, evidence: notes/guide.md}", "season: s1}")
    cdp("close", "a", "--root", base, "--apply")
    change(base, "- Un guide\u00a0: **En chemin**.", "- Un guide, presque.", "communities/a/review.md")
    change(
        base, "measure: Dix lectures, season: s1}", "measure: Dix lectures, season: s1, outcome: met, evidence: Lu.}"
    )
    change(
        base,
        "measure: Trois essais, season: s1}",
        "measure: Trois essais, season: s1, outcome: partly, explanation: Deux.}",
    )
    cdp("close", "a", "--root", base, "--apply")
    said = (base / "communities/a/review.md").read_text(encoding="utf-8")

    assert "- Trois clauses\u00a0: **Atteint en partie**. Deux." in said
    assert "- Un guide, presque." in said
    assert "En chemin" not in said
    assert "Rien à changer" in cdp("close", "a", "--root", base, "--apply").output


def test_the_review_speaks_the_language_of_the_community(base: Path, cdp: Callable[..., Any]) -> None:
    change(base, "language: fr", "language: en")
    cdp("close", "a", "--root", base, "--apply")
    text = (base / "communities/a/review.md").read_text(encoding="utf-8")

    assert "## Why we met" in text
    assert "- Un guide: **Met**." in text
    assert "\u00a0:" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "--outcome", "dropped"], "elle aboutit"),
        (["b"], "n’a pas encore eu sa rencontre de démarrage"),
        (["b", "--outcome", "dropped"], "pourquoi"),
        (["a", "--outcome", "merged"], "--into"),
        (["a", "--outcome", "merged", "--into", "nulle-part"], "nulle-part"),
        (["a", "--outcome", "merged", "--into", "a"], "aucune autre communauté"),
        (["a", "--last-day", "2027-01-15"], "prolongation"),
        (["a", "--check"], "n’est pas ouverte"),
        (["a", "--check", "--thanks", "x"], "--check ne change rien"),
        (["zzz", "--check"], "aucune communauté"),
    ],
)
def test_an_end_that_does_not_fit_is_refused(base: Path, cdp: Callable[..., Any], words: list[str], said: str) -> None:
    before = tree(base / "communities")
    done = cdp("close", *words, "--root", base, *([] if "--check" in words else ["--apply"]), code=None)

    assert done.exit_code in (1, 2)
    assert said in done.stderr.replace("\u00a0", " ")
    assert tree(base / "communities") == before


def test_what_cannot_be_read_is_not_written_over(base: Path, cdp: Callable[..., Any]) -> None:
    change(base, "objectives:\n", "legacy:\n  - {path: notes/guide.md, choice: garder}\nobjectives:\n")
    before = tree(base / "communities")
    done = cdp("close", "a", "--root", base, "--apply", code=2)

    assert "legacy" in done.stderr
    assert tree(base / "communities") == before


def test_hostile_words_stay_words(base: Path, cdp: Callable[..., Any]) -> None:
    change(base, "text: Un guide", 'text: "[x](javascript:a) <script>\\n# Titre -->"')
    change(base, "title: Achats", 'title: "Achats: \\"[x]\\"\\n# y"')
    cdp("close", "a", "--root", base, "--apply")
    text = (base / "communities/a/review.md").read_text(encoding="utf-8")

    assert r"- \[x\](javascript:a) &lt;script&gt; # Titre --&gt;" in text
    assert yaml.safe_load(text.split("---\n")[1])["title"] == 'Bilan\u00a0: Achats: "[x]" # y'
    faults = [found for found in checked(base, cdp) if found["path"].endswith("review.md")]
    assert "error" not in {found["severity"] for found in faults}


# Short paths


def test_what_never_started_says_why_and_no_more(base: Path, cdp: Callable[..., Any]) -> None:
    change(base, "tags: [achats]", "tags: [achats]\nlicense: CC0\ncontact: Le carrefour", "communities/b/index.md")
    cdp("close", "b", "--root", base, "--outcome", "dropped", "--reason", "Trop tôt.", "--apply")
    done = cdp("close", "b", "--root", base, "--check")

    assert front(base, "b")["closing"] == {"announced": "2026-11-24", "reason": "Trop tôt.", "outcome": "dropped"}
    assert not (base / "communities/b/review.md").exists()
    assert "Tout est coché" in done.stdout
    assert "célébration" not in done.stdout


def test_a_merger_hands_over_and_needs_no_celebration(base: Path, cdp: Callable[..., Any]) -> None:
    words = ["--outcome", "merged", "--into", "b", "--reason", "Même chemin.", "--last-day", "2026-11-20"]
    cdp("close", "a", "--root", base, *words, "--apply")
    asked = {item["id"] for item in listed(base, cdp, code=1)["items"]}

    assert front(base)["successors"] == ["b"]
    assert front(base)["end_date"] == "2026-11-20"
    assert not (base / "communities/a/review.md").exists()
    assert "successor" in asked
    assert not {"celebration", "review", "contact", "copies"} & asked
    faults = {found["rule"] for found in checked(base, cdp, "--as-of", "2026-12-10")}
    assert not {"CDP108", "CDP203"} & faults, "who takes in need not say it, and tells the story"


def test_an_early_end_is_fulfilled_on_the_day_of_its_celebration(base: Path, cdp: Callable[..., Any]) -> None:
    words = ["--outcome", "early", "--reason", "C'est atteint.", "--celebrate", "2026-11-20"]
    cdp("close", "a", "--root", base, *words, "--apply")
    done = cdp("close", "a", "--root", base, "--check", code=1)

    assert "Aboutie plus tôt que prévu" in done.stdout
    assert "abandon" not in done.stdout.lower()
    assert next(item for item in listed(base, cdp, code=1)["items"] if item["id"] == "end")["done"]


def test_an_end_that_comes_sooner_leaves_nothing_that_contradicts_it(base: Path, cdp: Callable[..., Any]) -> None:
    change(
        base,
        "start_date: 2026-02-01\nend_date",
        "extensions: [{decided: 2026-09-10, from: 2026-10-30, to: 2026-12-18, reason: Une rencontre de plus.}]\n"
        "start_date: 2026-02-01\nend_date",
    )
    change(
        base,
        "seasons: [{id: s1, title: Hiver, start_date: 2026-02-01, end_date: 2026-12-18}]",
        "seasons:\n  - {id: s1, title: Hiver, start_date: 2026-02-01, end_date: 2026-11-30}\n"
        "  - {id: s2, title: Été, start_date: 2026-12-01, end_date: 2026-12-18}",
    )
    change(base, "measure: Trois essais, season: s1", "measure: Trois essais, season: s2")
    commit(base)
    before = {found["rule"] for found in checked(base, cdp)}
    words = [
        "--outcome",
        "early",
        "--reason",
        "C'est atteint.",
        "--celebrate",
        "2026-11-27",
        "--last-day",
        "2026-11-20",
    ]
    done = cdp("close", "a", "--root", base, *words, "--apply")
    after = front(base)

    assert after["end_date"] == "2026-11-20"
    assert [(each["id"], each["end_date"]) for each in after["seasons"]] == [("s1", "2026-11-20")]
    assert [each["season"] for each in after["objectives"]] == ["s1", "s1"]
    assert after["extensions"][0]["to"] == "2026-12-18", "what was decided stays written"
    assert "1 saison qui n’aura pas lieu" in done.stdout.replace("\u00a0", " ")
    assert "devient le dernier jour" not in done.stdout
    assert not {"CDP103", "CDP402", "CDP403", "CDP407"} & ({found["rule"] for found in checked(base, cdp)} - before)


def test_a_celebration_that_comes_before_the_last_day_is_it(base: Path, cdp: Callable[..., Any]) -> None:
    words = [
        "--outcome",
        "early",
        "--reason",
        "C'est atteint.",
        "--celebrate",
        "2026-11-15",
        "--last-day",
        "2026-11-20",
    ]
    assert "devient le dernier jour" in cdp("close", "a", "--root", base, *words).stdout


@pytest.mark.parametrize("day", ["2026-01-15", "2028-12-01"])
def test_a_celebration_outside_the_life_ticks_nothing(day: str, base: Path, cdp: Callable[..., Any]) -> None:
    cdp("close", "a", "--root", base, "--outcome", "fulfilled", "--celebrate", day, "--apply")
    item = next(item for item in listed(base, cdp, code=1)["items"] if item["id"] == "celebration")

    assert not item["done"]
    assert item["missing"][0]["rule"] == "CDP616"


def test_a_celebration_to_come_waits_before_the_archive(base: Path, cdp: Callable[..., Any]) -> None:
    words = ["--outcome", "fulfilled", "--celebrate", "2026-11-27", "--last-day", "2026-11-20"]
    cdp("close", "a", "--root", base, *words, "--apply")
    item = next(item for item in listed(base, cdp, code=1)["items"] if item["id"] == "celebration")

    assert [each["message"] for each in item["missing"]] == ["la célébration est le 2026-11-27"]


def listed(root: Path, cdp: Callable[..., Any], code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        cdp("close", "a", "--root", root, "--check", "--format", "json", code=code).stdout
    )
    return found


def checked(root: Path, cdp: Callable[..., Any], *words: str) -> list[dict[str, Any]]:
    done = cdp("check", "--root", root, "--format", "json", *words, code=None)
    found: list[dict[str, Any]] = json.loads(done.stdout)["diagnostics"]
    return found


# The list


def test_a_closing_under_way_turns_no_check_red(base: Path, cdp: Callable[..., Any]) -> None:
    cdp("close", "a", "--root", base, "--apply")
    ours = [found for found in checked(base, cdp) if found["rule"].startswith("CDP6")]

    assert ours
    assert {found["severity"] for found in ours} == {"info"}
    assert {
        found["severity"] for found in checked(base, cdp, "--as-of", "2027-03-19") if found["rule"] == "CDP605"
    } == {"error"}


def test_the_list_says_what_is_left_and_where(base: Path, cdp: Callable[..., Any]) -> None:
    cdp("close", "a", "--root", base, "--apply")
    done = cdp("close", "a", "--root", base, "--check", code=1)
    data = listed(base, cdp, code=1)
    verdicts = next(item for item in data["items"] if item["id"] == "verdicts")

    assert re.search(
        r"☐ Chaque objectif a son verdict.*\n    communities/a/index\.md:\d+: l’objectif «\u00a0o2", done.stdout
    )
    assert "Il reste" in done.stdout
    assert (data["version"], data["community"], data["ready"]) == (1, "a", False)
    assert (verdicts["done"], verdicts["blocking"]) == (False, True)
    assert [each["rule"] for each in verdicts["missing"]] == ["CDP602"]
    assert "people" not in {item["id"] for item in data["items"]}, "somebody still facilitates"


# A whole end


def test_from_active_to_archived_to_a_new_community(
    base: Path, cdp: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, day: str, code: int = 0) -> str:
        return cdp(*words, "--root", base, "--as-of", day, code=code).stdout

    assert cdp("archive", "a", "--root", base, "--apply", code=1).exit_code == 1
    run("close", "a", "--reason", "L'année finit.", "--celebrate", "2026-12-11", "--apply", day="2026-11-24")
    change(base, "season: s1}\nseasons", "season: s1, outcome: partly, explanation: Deux sur trois.}\nseasons")
    change(base, "<!-- Trois choses", "On apprend en visitant.\n\n<!-- Trois choses", "communities/a/review.md")
    change(base, "<!-- Sans nommer", "Trouver du temps.\n\n<!-- Sans nommer", "communities/a/review.md")
    write(base, {
        "communities/a/seasons/s1.md": "---\ntitle: Bilan\n---\nUne belle saison.\n",
        "communities/a/notes/long.md": "---\ntitle: Long\n---\nAu long.\n\n## Résumé\n\nEn *bref*.\n",
        "communities/a/notes/outil.md": "---\ntitle: Outil\n---\nÀ prendre.\n",
    })  # fmt: skip
    change(base, "end_date: 2026-12-18}]", "end_date: 2026-12-18, review: seasons/s1.md, celebrated: 2026-12-11}]")
    run(
        "close",
        "a",
        "--outcome",
        "transformed",
        "--thanks",
        "Merci à la personne du café.",
        "--apply",
        day="2026-11-24",
    )
    change(base, "path: notes/long.md\n    choice: remove", "path: notes/long.md\n    choice: summarize")
    change(
        base,
        "path: notes/outil.md\n    choice: remove",
        "path: notes/outil.md\n    choice: hand_over\n    to: Table régionale",
    )
    commit(base)
    before_the_end = run("close", "a", "--check", day="2026-12-11", code=1)
    assert "☐ Le dernier jour est passé" in before_the_end

    cdp("new", "c", "--root", base, "--succeeds", "a", "--from-need", "b1", "--title", "Acheter ensemble")
    assert front(base)["successors"] == ["c"]
    assert front(base, "c")["born_from"] == "a/2026-06/b1"
    assert front(base, "c")["expectations"] == [
        {"id": "a1", "text": "Convaincre *mon* conseil", "source": "a/2026-06", "status": "open"}
    ]
    assert (
        "disposition: community, target: c"
        in (base / "communities/a/surveys/2026-06.md").read_text().replace("reason: Trop gros., ", "")
        or "target: c" in (base / "communities/a/surveys/2026-06.md").read_text()
    )

    assert "☐ Personne n’est plus dit en fonction" in run("close", "a", "--check", day="2026-12-14", code=1)
    run("close", "a", "--apply", day="2026-12-14")
    assert [person["name"] for person in front(base)["alumni"]] == ["Rose Pelletier", "Ali Nadeau", "Luc Sans-Accord"]
    assert front(base)["facilitators"] == front(base)["network_heads"] == []
    ticked = run("close", "a", "--check", day="2026-12-14")
    assert "☐" not in ticked
    assert "Tout est coché" in ticked
    commit(base)

    long, outil = base / "communities/a/notes/long.md", base / "communities/a/notes/outil.md"
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-12-14T12:00:00Z")
    run("archive", "a", "--apply", day="2026-12-14")
    assert not (base / "communities/a/notes/idee.md").exists()
    assert "En *bref*." in long.read_text()
    assert "Au long." not in long.read_text()
    assert "dans la version d’avant l’archivage" in long.read_text()
    assert "Au long." in git(base, "show", "HEAD~1:communities/a/notes/long.md"), "where the summary says it is"
    assert "Table régionale" in outil.read_text()
    assert "À prendre." in outil.read_text()
    assert "intacte" in cdp("archive", "verify", "--base", "HEAD~1", "--root", base).stdout
    assert not [found for found in checked(base, cdp, "--as-of", "2026-12-14") if found["severity"] == "error"]

    frozen = tree(base / "communities/a")
    said = cdp("new", "d", "--root", base, "--succeeds", "a", "--title", "Une autre suite").stdout
    assert "communities/d/index.md" in said
    assert len(said.splitlines()) < 25, "the template is not told line by line"
    assert tree(base / "communities/a") == frozen, "an archive keeps its bytes"
    assert front(base, "d")["succeeds"] == "a"
    assert not [found for found in checked(base, cdp, "--as-of", "2026-12-14") if found["severity"] == "error"]
    assert "archivée" in cdp("close", "a", "--root", base, code=2).stderr


def test_an_example_that_has_ended_is_ready_to_be_archived() -> None:
    repository = load(disk.read(ROOT))
    ended = [community for community in repository.communities if community.stage(TODAY) == "ended"]

    assert [unsettled(checklist(repository, community, TODAY)) for community in ended] == [[] for _ in ended]


# New life


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["c", "--succeeds", "zzz"], "aucune communauté"),
        (["c", "--succeeds", "a", "--from-need", "b9"], "n’a pas de besoin"),
        (["c", "--from-need", "b1"], "d’où vient"),
        (["c", "--from-need", "x/y/z/t"], "d’où vient"),
        (["a", "--succeeds", "b"], "déjà existé"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(base: Path, cdp: Callable[..., Any], words: list[str], said: str) -> None:
    before = tree(base / "communities")
    done = cdp("new", *words, "--root", base, code=2)

    assert said in done.stderr.replace("\u00a0", " ")
    assert tree(base / "communities") == before


def test_a_need_gives_birth_once(base: Path, cdp: Callable[..., Any]) -> None:
    cdp("new", "c", "--root", base, "--from-need", "a/2026-06/b1")
    done = cdp("new", "d", "--root", base, "--from-need", "a/2026-06/b1", code=2)

    assert front(base, "c")["summary"] == "Acheter ensemble"
    assert "successors" not in front(base), "a community that goes on has an answer, not a successor"
    assert "a déjà fait naître" in done.stderr


def test_a_need_that_was_answered_otherwise_stays_so(base: Path, cdp: Callable[..., Any]) -> None:
    before = (base / "communities/a/surveys/2026-06.md").read_bytes()
    cdp("new", "c", "--root", base, "--succeeds", "a", "--from-need", "2026-06/b2")

    assert (base / "communities/a/surveys/2026-06.md").read_bytes() == before
    assert {item["text"] for item in front(base, "c")["expectations"]} == {
        "Convaincre *mon* conseil",
        "Acheter ensemble",
    }


def test_a_slug_lives_once_in_all_of_history(base: Path, cdp: Callable[..., Any]) -> None:
    git(base, "rm", "-rq", "communities/b")
    commit(base) if git(base, "status", "--porcelain") else None
    done = cdp("new", "b", "--root", base, code=2)

    assert "a déjà existé" in done.stderr


# Proposals

WORDS = "mot " * 100


@pytest.mark.parametrize(
    ("note", "more", "choice"),
    [
        ("---\ndraft: true\n---\n" + WORDS, "", "remove"),
        ("# Titre\n\n<!-- À écrire. -->\n", "", "remove"),
        ("Court.\n", "", "remove"),
        ("---\ntags: [achats]\n---\nCourt.\n", "", "keep"),
        ("Court.\n", "Voir [x](notes/x.md).\n", "keep"),
        (WORDS, "", "keep"),
        ("mot " * 1201, "", "summarize"),
        ("---\ndate: 2025-05-01\n---\n" + WORDS, "", "summarize"),
        ("---\ndate: 2025-06-01\n---\n" + WORDS, "", "keep"),
        ("---\ndate: 2025-05-01\n---\n" + WORDS, "Voir [x](notes/x.md).\n", "keep"),
    ],
)
def test_a_choice_is_proposed_with_its_reason(note: str, more: str, choice: str) -> None:
    (found,) = proposed({"communities/a/index.md": charter("", more), "communities/a/notes/x.md": note})

    assert found.choice == choice
    assert found.why


def proposed(files: dict[str, str | bytes], to: str = "") -> list[Legacy]:
    repository: Repository = in_memory(files)
    community = repository.get("a")
    assert community is not None
    return proposals.proposals(community, repository, date(2026, 11, 24), to)


def test_what_others_lead_to_stays_however_long_and_what_continues_elsewhere_goes_there() -> None:
    heir = charter("tags: [achats]\n", "", "Suite")
    files: dict[str, str | bytes] = {
        "communities/a/index.md": charter(
            "license: CC0\nsuccessors: [b]\nobjectives: [{id: o1, text: x, evidence: notes/preuve.md}]\n"
        ),
        "communities/a/notes/cite.md": "mot " * 2000,
        "communities/a/notes/preuve.md": "mot " * 2000,
        "communities/a/notes/theme.md": f"---\ntags: [achats]\nlicense: CC BY\n---\n{WORDS}![p](p.png)\n",
        "communities/a/notes/p.png": b"",
        "communities/a/notes/seul.pdf": b"",
        "communities/b/index.md": heir.replace("---\n", "---\n", 1) + "Voir [cité](../a/notes/cite.md).\n",
    }
    found = {item.path: item for item in proposed(files)}

    assert [(item.choice, item.to, item.license) for item in found.values()] == [
        ("keep", None, "CC0"),
        ("hand_over", "Suite (communities/b/index.md)", "CC0"),
        ("keep", None, "CC0"),
        ("remove", None, None),
        ("hand_over", "Suite (communities/b/index.md)", "CC BY"),
    ]
    assert list(found) == sorted(found)
    assert {item.to for item in proposed(files, "Table") if item.choice == "hand_over"} == {"Table"}


def test_a_long_legacy_is_told_folder_by_folder(base: Path, cdp: Callable[..., Any]) -> None:
    notes = {f"communities/a/notes/carnet/n{n:03}.md": f"---\ntags: [x]\n---\n{WORDS}" for n in range(200)}
    write(base, {**notes, "communities/a/notes/carnet/vide.md": ""})
    cdp("close", "a", "--root", base, "--apply")
    items = [item for item in listed(base, cdp, code=1)["items"] if item["id"] in ("legacy", "links")]

    assert choices(base) == {
        "notes/": "keep",
        "notes/idee.md": "remove",
        "notes/carnet/": "keep",
        "notes/carnet/vide.md": "remove",
    }
    assert all(item["done"] for item in items), items
    assert "Rien à changer" in cdp("close", "a", "--root", base).stdout


# Triage


def test_a_summary_is_the_section_or_the_summary_of_the_note() -> None:
    bodies = {
        "## Résumé\n\nBref.\n\n### Sous\n\nSuite.\n\n## Après\n\nNon.\n": "Bref.\n\n### Sous\n\nSuite.",
        "# En bref\n\nBref.\n": "Bref.",
        "```\n## Résumé\nnon\n```\n": None,
        "## Résumé\n\n## Après\n\nNon.\n": None,
        "## Résumé des débats\n\nNon.\n": None,
    }
    for body, expected in bodies.items():
        (page,) = (
            in_memory({"communities/a/index.md": charter(), "communities/a/notes/x.md": body}).get("a") or 1 / 0
        ).notes  # type: ignore[union-attr]
        assert triage.summed_up(page) == expected


def test_a_question_without_a_word_below_it_waits() -> None:
    text = "## Un\n\n<!-- Q? -->\n\n## Deux\n\n<!-- Q? --> Oui.\n\n## Trois\n\n## Quatre\n\n<!-- Q\n\n# R\n-->\n\n### Cinq\n\nOui.\n\n## Six\n<!-- Q"

    assert triage.unanswered(text) == [(1, "Un"), (22, "Six")]
    assert triage.unanswered("## Un\n<!-- Q? -->\n### Deux\n<!-- Q? -->\n# Trois") == [(1, "Un"), (3, "Deux")]
    assert triage.unanswered("") == []


FOLDER = {
    "index.md": charter("# Reste.\n", "Bonjour.\n").encode(),
    "notes/long.md": b"---\r\ntitle: Long\r\nsummary: Bref.\r\n---\r\nAu long.\r\n",
    "notes/nue.md": "Sans en-tête.\n".encode(),
    "notes/x.pdf": b"%PDF",
    "notes/vieux.md": b"---\ntitle: Vieux\n---\nx\n",
    "notes/d.md": b"---\ndraft: true\n---\nx\n",
    "notes/outils/a.md": b"x",
    "notes/outils.md": b"x",
    "notes/!.md": b"x",
}


def applied(*legacy: tuple[str, str] | tuple[str, str, str]) -> dict[str, bytes]:
    items = [
        Legacy.model_validate({"path": path, "choice": choice, **({"to": to[0]} if to else {})})
        for path, choice, *to in legacy
    ]
    return triage.triaged(FOLDER, items, folder="communities/a", language="fr")


@given(
    st.lists(st.tuples(st.sampled_from(sorted(FOLDER)), st.sampled_from(["keep", "summarize", "hand_over", "remove"])))
)
def test_what_is_not_chosen_to_change_keeps_its_bytes(legacy: list[tuple[str, str]]) -> None:
    kept = applied(*legacy)
    touched = {path for path, choice in legacy if choice != "keep"}

    for path, data in FOLDER.items():
        if path not in touched and path != "index.md":
            assert kept[path] == data
    assert set(kept) <= set(FOLDER)
    assert "index.md" in kept
    assert not [path for path in kept if kept[path] != FOLDER[path] and path.endswith(".pdf")]


def test_a_note_to_sum_up_keeps_its_front_matter_and_its_line_ends() -> None:
    data = applied(("notes/long.md", "summarize"))["notes/long.md"]

    assert data.startswith(b"---\r\ntitle: Long\r\nsummary: Bref.\r\n---\r\n\r\nBref.\r\n")
    assert b"Au long" not in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert "dans la version d’avant l’archivage" in data.decode()
    assert b"git " not in data


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("https://ailleurs.exemple.ca/x", "<https://ailleurs.exemple.ca/x>"),
        ("communities/b/notes/y.md", "[communities/b/notes/y.md](../../b/notes/y.md)"),
        ("La [suite] (communities/b/index.md)", r"[La \[suite\]](../../b/index.md)"),
        ("communities/b/../../x.md", "communities/b/../../x.md"),
        ("La\n*Table* [x](javascript:a)", r"La \*Table\* \[x\](javascript:a)"),
    ],
)
def test_a_note_handed_over_says_where_it_lives(to: str, shown: str) -> None:
    data = applied(("notes/nue.md", "hand_over", to))["notes/nue.md"].decode()

    assert f"confiée à\u00a0: {shown}. C’est" in data
    assert data.endswith("\nSans en-tête.\n")


def test_the_address_of_a_page_that_goes_leads_to_the_community(cdp: Callable[..., Any], tmp_path: Path) -> None:
    gone = ("notes/vieux.md", "notes/d.md", "notes/x.pdf", "notes/outils.md", "notes/!.md")
    kept = applied(*((path, "remove") for path in gone))
    write(tmp_path, {"mkdocs.yml": SETTINGS, **{f"communities/a/{path}": data for path, data in kept.items()}})
    (paths,) = re.findall(rb"former_paths:\n((?:  - .*\n)*)", kept["index.md"])
    cdp("build", "--root", tmp_path, "-o", tmp_path / "site", "--no-cache")
    page = (tmp_path / "site/communities/a/notes/vieux/index.html").read_text(encoding="utf-8")

    assert paths == b"  - /communities/a/notes/vieux/\n", "not a draft, a file, a notebook, nor what cannot be answered"
    assert 'url=../../../../communities/a/"' in page
    assert not checked(tmp_path, cdp, "--select", "CDP908")
