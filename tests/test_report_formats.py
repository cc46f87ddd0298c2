"""Reports for forges: valid where a schema says what is, the same every time, and no way out of them for members' text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.diagnostics import Diagnostic, Place
from cdp.report.formats import ANNOTATIONS, FORMATS, Run, fingerprints
from cdp.rules import RULES
from cdp.text import T
from tests.conftest import TODAY, Cdp, write

SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
SEVERITIES = ("error", "warning", "info")


def finding(
    rule: str = "CDP101", severity: str = "error", path: str = "communities/a/index.md", **fields: object
) -> Diagnostic:
    place = Place(path, int(str(fields.get("line", 3))), int(str(fields.get("column", 2))))
    message, fix = T("{said}", said=fields.get("message", "un")), T("{said}", said=fields.get("fix", "cure"))
    return Diagnostic(rule, RULES[rule].name, severity, place, message, fix, str(fields.get("community", "a")))  # type: ignore[arg-type]


def run(*found: Diagnostic, lang: str = "fr") -> Run:
    return Run(found, TODAY, ("a", "b"), lang)


def test_github_puts_the_finding_on_its_line_and_escapes_it() -> None:
    said = FORMATS["github"](run(finding(path="communities/a/notes/été, 1:2.md", message="50 %", fix="Écrivez")))

    assert said.splitlines()[0] == (
        "::error file=communities/a/notes/été%2C 1%3A2.md,line=3,col=2,title=CDP101 end-before-start::50 %25%0AÉcrivez"
    )


def test_github_shows_ten_of_a_level_and_says_the_rest() -> None:
    many = [finding(severity="warning", line=n) for n in range(1, 15)] + [finding(line=99)]
    lines = FORMATS["github"](run(*many)).splitlines()

    assert lines[0].startswith("::error ")
    assert sum(line.startswith("::warning ") for line in lines) == ANNOTATIONS
    assert sum("avertissement un cure" in line for line in lines) == 4
    assert any(line.startswith("4 constats au-delà des 10") for line in lines)


@given(
    st.lists(
        st.tuples(st.sampled_from(SEVERITIES), st.text(max_size=40), st.text(min_size=1, max_size=40)), max_size=14
    )
)
def test_no_words_of_members_become_commands(found: list[tuple[str, str, str]]) -> None:
    said = FORMATS["github"](
        run(*[finding(severity=severity, message=words, path=f"communities/{path}") for severity, words, path in found])
    )

    for line in re.split(r"[\n\r\v\f\x85\u2028\u2029]", said):
        assert "##[" not in line
        assert not line.strip().startswith("::") or re.match(r"::(error|warning|notice) file=communities/", line)
    commands = [line for line in said.split("\n") if line.startswith("::")]
    assert len(commands) == sum(min(ANNOTATIONS, sum(s == level for s, _, _ in found)) for level in SEVERITIES)


@pytest.mark.parametrize(
    "words", ["\n::set-output name=x::y", "##[add-path]/tmp", "a\r::stop-commands::x", "\u2028::error::x"]
)
def test_payloads_stay_words(words: str) -> None:
    many = [finding(message=words, fix=words, path=f"communities/a/{n}{words}.md") for n in range(15)]
    said = FORMATS["github"](run(*many))

    assert len(said.split("\n")) == 15 + 2 + 1
    assert "##[" not in said
    assert all(
        line.startswith(("::error file=communities/a/", "communities/a/", "5 constats", "2 communautés", ""))
        for line in said.split("\n")
    )
    assert sum(line.lstrip().startswith("::") for line in said.splitlines()) == ANNOTATIONS


@given(st.lists(st.tuples(st.sampled_from(sorted(RULES)), st.sampled_from(SEVERITIES), st.text(), st.text(min_size=1))))
def test_every_form_reads_back_whatever_members_wrote(found: list[tuple[str, str, str, str]]) -> None:
    items = run(
        *[finding(rule, severity, f"communities/{path}", message=words) for rule, severity, words, path in found]
    )
    log = json.loads(FORMATS["sarif"](items))
    quality = json.loads(FORMATS["gitlab"](items))
    suites = ElementTree.fromstring(FORMATS["junit"](items))

    jsonschema.Draft4Validator(SARIF).validate(log)
    assert len(log["runs"][0]["results"]) == len(quality) == len(found)
    assert len({issue["fingerprint"] for issue in quality}) == len(found)
    assert len(suites.findall("testsuite/testcase/failure")) == sum(severity == "error" for _, severity, _, _ in found)


def test_sarif_carries_manuals_places_and_quoted_addresses() -> None:
    log = json.loads(
        FORMATS["sarif"](run(finding(path="communities/a/notes/été 1.md"), finding("CDP006", line=0, column=0)))
    )
    result, folder = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]

    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "communities/a/notes/%C3%A9t%C3%A9%201.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 2},
    }
    assert "region" not in folder["locations"][0]["physicalLocation"]
    assert "Comment corriger" in rules[result["ruleIndex"]]["help"]["text"]
    assert rules[folder["ruleIndex"]]["id"] == "CDP006"


def test_a_fingerprint_outlives_a_moved_line_and_another_language() -> None:
    before = list(fingerprints([finding(line=3), finding(line=9)]))

    assert before == list(fingerprints([finding(line=30), finding(line=90)]))
    assert len(set(before)) == 2
    french, english = (json.loads(FORMATS["gitlab"](run(finding(), lang=lang))) for lang in ("fr", "en"))
    assert french[0]["fingerprint"] == english[0]["fingerprint"]


def test_junit_fails_only_for_what_fails_the_check() -> None:
    suites = ElementTree.fromstring(
        FORMATS["junit"](run(finding(), finding("CDP904", "warning"), finding("CDP011", community="")))
    )

    assert [suite.get("name") for suite in suites] == ["la base", "a", "b"]
    assert suites.attrib == {"name": "cdp check", "tests": "4", "failures": "2", "errors": "0", "skipped": "1"}
    assert suites[2][0].attrib == {"classname": "b", "name": "cdp check"}


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_command_writes_each_form_to_a_file_and_keeps_its_exit_code(form: str, small_base: Path, cdp: Cdp) -> None:
    write(small_base, {"communities/a/notes/x.md": "---\ndate: non\n---\n"})
    out = small_base / "out" / "report"
    words = ("check", "--root", small_base, "--as-of", TODAY.isoformat(), "--format", form)
    printed = cdp(*words, code=1).stdout
    done = cdp(*words, "-o", out, code=1)

    assert done.stdout == ""
    assert out.read_text(encoding="utf-8") == printed
    assert "CDP009" in printed
    assert [path.name for path in out.parent.iterdir()] == ["report"]


def test_a_folder_is_no_file_to_write(small_base: Path, cdp: Cdp) -> None:
    done = cdp("check", "--root", small_base, "--format", "sarif", "-o", small_base, code=2)
    assert "est un dossier" in done.stderr
