"""The rules: each does what its spec says, each of its conditions matters, and each has its manual."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp.diagnostics import Diagnostic, Place
from cdp.rules import RULES, Finding, Rule, View, run
from cdp.rules.registry import rule as register
from cdp.site.reference import FAMILIES
from cdp.text import T
from tests import spec
from tests.conftest import TODAY, charter, freeze, in_memory
from tests.spec import Scenario, Spec

SPECS: dict[str, Spec] = {read.id: read for read in map(spec.read, sorted(spec.FOLDER.glob("*.md")))}
SCENARIOS: list[tuple[Rule, Scenario]] = [
    (RULES[each.id], scenario) for each in SPECS.values() if each.id in RULES for scenario in each.scenarios
]

EQUIVALENT: dict[str, str] = {
    "merge_conflict: not page.readable or '<<<<<<< ' not in page.document.body → not page.readable or False": "it only saves time",
    "page_moved: past is None or past.freeze is not None or past.files.keys() == community.files.keys() → past is None or past.freeze is not None or False": "it only saves time",
}
"""Mutants that change nothing anyone can see, by their description, and why."""


# Specs


@pytest.mark.parametrize(("rule", "scenario"), SCENARIOS, ids=[scenario.name for _, scenario in SCENARIOS])
def test_a_rule_does_what_its_spec_says(rule: Rule, scenario: Scenario) -> None:
    assert "\n".join(scenario.said(rule)) == "\n".join(scenario.expected)


def test_each_rule_has_one_spec_and_each_spec_a_rule() -> None:
    assert {each.id: each.name for each in SPECS.values()} == {rule.id: rule.name for rule in RULES.values()}
    assert len([path for path in spec.FOLDER.iterdir() if path.name != ".gitkeep"]) == len(RULES)


@pytest.mark.parametrize("each", list(SPECS.values()), ids=list(SPECS))
def test_a_spec_shows_what_is_reported_and_what_is_not(each: Spec) -> None:
    assert {scenario.fires for scenario in each.scenarios} == {True, False}
    first = next(scenario for scenario in each.scenarios if scenario.fires)
    assert first.shows_cures, "the first example shows the cure, as `cdp check` does"


@pytest.mark.parametrize("path", sorted(spec.FOLDER.glob("*.md")), ids=lambda path: path.stem[:6])
def test_the_prose_of_a_spec_has_the_typography_of_quebec(path: Path) -> None:
    text = re.sub(r"^(`{3,})[a-z]+\n.*?^\1$|`[^`\n]+`", "«\u00a0»", path.read_text(encoding="utf-8"), flags=re.M | re.S)

    assert not re.search(r"[^\u00a0\n]:(?=\s)| [;!?]|«(?!\u00a0)|(?<!\u00a0)»|\w'\w|\.\.\.", text)


# Table of rules


def test_rules_are_sorted_and_named_after_their_fault() -> None:
    assert list(RULES) == sorted(RULES)
    for rule in RULES.values():
        assert re.fullmatch(r"CDP\d\d\d", rule.id)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_an_id_is_never_given_twice() -> None:
    with pytest.raises(ValueError, match="CDP101 is already end-before-start"):
        register("CDP101", "another")(RULES["CDP102"].check)  # type: ignore[arg-type]

    assert RULES["CDP101"].name == "end-before-start"


@pytest.mark.parametrize("rule", list(RULES.values()), ids=list(RULES))
def test_a_manual_says_the_fault_why_and_the_cure(rule: Rule) -> None:
    fault, why, cure = str(rule.manual.message).split("\n\n")

    assert fault == rule.title.message
    assert re.fullmatch(r"[^\n]+\.", fault)
    assert why.startswith("Pourquoi : ")
    assert cure.startswith("Comment corriger : ")
    assert all(part.endswith(".") for part in (why, cure))


def test_the_site_has_a_title_for_each_family() -> None:
    assert {rule.id[3] for rule in RULES.values()} <= set(FAMILIES)


# Run


def lines(found: list[Diagnostic]) -> list[tuple[str, str, str, str]]:
    return [(each.rule, each.severity, each.place.path, each.community) for each in found]


DROPPED = "closing: {announced: 2026-11-01, outcome: dropped}\nstart_date: 2026-02-01\nend_date: 2026-01-01\nnope: x\n"


def test_a_finished_life_is_not_corrected_but_its_files_still_count() -> None:
    files = {"communities/a/index.md": charter(DROPPED)}
    rules = [RULES["CDP101"], RULES["CDP002"]]

    before = run(in_memory(files), date(2026, 10, 31), rules=rules)
    after = run(in_memory(files), date(2026, 11, 1), rules=rules)

    assert [(each.rule, each.severity) for each in before] == [("CDP101", "error"), ("CDP002", "error")]
    assert [(each.rule, each.severity) for each in after] == [("CDP101", "info"), ("CDP002", "error")]


def test_a_frozen_charter_is_not_corrected_either() -> None:
    expired = "waivers: [{rule: CDP403, reason: Pour la fête., until: 2026-01-01}]\nnope: x\n"
    files: dict[str, str | bytes] = {"communities/a/index.md": charter(expired)}
    files |= freeze("a", "2026-11-01", files)
    rules = [RULES["CDP017"], RULES["CDP002"]]

    assert [each.severity for each in run(in_memory(files), date(2026, 10, 31), rules=rules)] == ["warning", "error"]
    assert [each.severity for each in run(in_memory(files), TODAY, rules=rules)] == ["info", "error"]


def test_findings_about_the_whole_base_name_their_community() -> None:
    files = {
        "communities/README.md": "",
        "communities/a/index.md": charter(),
        "communities/a/other.md": "",
        "communities/b/notes/x.md": "",
    }
    found = run(in_memory(files), TODAY, rules=[RULES["CDP006"]])

    assert lines(found) == [
        ("CDP006", "error", "communities/README.md", ""),
        ("CDP006", "error", "communities/a/other.md", "a"),
        ("CDP006", "error", "communities/b", "b"),
    ]


def test_one_community_may_be_asked_for() -> None:
    files = {f"communities/{slug}/index.md": charter("nope: x\n") for slug in "ab"} | {"communities/b/other.md": ""}
    found = run(in_memory(files), TODAY, only=["b"], rules=[RULES["CDP002"], RULES["CDP006"]])

    assert lines(found) == [
        ("CDP002", "error", "communities/b/index.md", "b"),
        ("CDP006", "error", "communities/b/other.md", "b"),
    ]


def test_rules_that_read_history_need_some() -> None:
    def saw(view: View) -> Iterator[Finding]:
        yield Finding(Place("x"), T("oui"), T("oui"))

    history = dataclasses.replace(RULES["CDP006"], check=saw, reads=frozenset({"history"}))
    base = in_memory({})

    assert run(base, TODAY, rules=[history]) == []
    assert len(run(base, TODAY, base, rules=[history])) == 1


def test_what_is_found_twice_is_said_once() -> None:
    def twice(view: View) -> Iterator[Finding]:
        yield Finding(Place("x"), T("oui"), T("oui"))
        yield Finding(Place("x"), T("oui"), T("oui"))

    assert len(run(in_memory({}), TODAY, rules=[dataclasses.replace(RULES["CDP006"], check=twice)])) == 1


WAIVED = "summary: {long}\nwaivers: [{{rule: {rule}, reason: Le nom est long., until: {until}}}]\n"


@pytest.mark.parametrize(
    ("rule", "until", "silent"),
    [("CDP007", "2026-11-24", True), ("CDP007", "2026-11-23", False), ("CDP403", "2026-11-24", False)],
)
def test_a_waiver_silences_its_rule_in_its_community_until_its_day(rule: str, until: str, silent: bool) -> None:
    front = WAIVED.format(long="x" * 141, rule=rule, until=until)
    files = {
        "communities/a/index.md": f"---\ntitle: A\n{front}---\n",
        "communities/b/index.md": f"---\ntitle: B\nsummary: {'x' * 141}\n---\n",
    }
    waived: list[Diagnostic] = []
    found = run(in_memory(files), TODAY, rules=[RULES["CDP007"]], waived=waived)

    assert [each.community for each in found] == (["b"] if silent else ["a", "b"])
    assert [each.community for each in waived] == (["a"] if silent else [])


def test_what_keeps_people_safe_is_not_waived() -> None:
    front = "nope: x\nwaivers: [{rule: CDP002, reason: Pour voir., until: 2026-12-31}]\n"
    (found,) = run(in_memory({"communities/a/index.md": charter(front)}), TODAY, rules=[RULES["CDP002"]])

    assert found.rule == "CDP002"
    assert not any(each.waivable for each in RULES.values() if each.blocks or each.id[3] in "78")


# Mutations: a condition that can be turned around without breaking a spec is untested, or useless

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    """Yield what can be turned around in one node: tests, operands (also left out), operators."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield lambda it: setattr(it, "test", _negated(it.test))
    if isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield lambda it, index=index: it.ifs.__setitem__(index, _negated(it.ifs[index]))
    if isinstance(node, ast.BoolOp):
        for index in range(len(node.values)):
            yield lambda it, index=index: it.values.__setitem__(index, _negated(it.values[index]))
            yield lambda it, index=index: it.values.__setitem__(index, ast.Constant(isinstance(it.op, ast.And)))
    if isinstance(node, ast.Compare):
        for index in range(len(node.ops)):
            yield lambda it, index=index: it.ops.__setitem__(index, _SWAPPED[type(it.ops[index])]())


def mutants(source: str) -> dict[str, ast.Module]:
    """Return the mutants of a function's source, by what was changed."""
    tree = ast.parse(textwrap.dedent(source))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    found: dict[str, ast.Module] = {}
    for position, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutant = copy.deepcopy(tree)
            target = list(ast.walk(mutant))[position]
            change(target)
            ast.fix_missing_locations(mutant)
            said = f"{function.name}: {_shown(node)} → {_shown(target)}"
            same = sum(other.startswith(said) for other in found)
            found[f"{said} ({same + 1})" if same else said] = mutant
    return found


def _shown(node: ast.AST) -> str:
    if isinstance(node, (ast.If, ast.While)):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.comprehension):
        return ast.unparse(node).strip()
    return ast.unparse(node)


def _unmutated(function: Callable[..., Any]) -> ast.Module:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    return tree


def _helpers(module: Any) -> dict[str, Callable[..., Any]]:
    """Return the private functions of a module of rules."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.startswith("_") and inspect.isfunction(value) and value.__module__ == module.__name__
    }


def _used(function: Callable[..., Any]) -> set[str]:
    """Return the helpers that a function calls, and those that they call."""
    helpers = _helpers(sys.modules[function.__module__])
    names = {node.id for node in ast.walk(_unmutated(function)) if isinstance(node, ast.Name)} & set(helpers)
    return names.union(*(_used(helpers[name]) for name in names - {function.__name__}))


def _rebuilt(rule: Rule, mutant: ast.Module) -> Rule:
    """Return a rule whose function, or one of whose helpers, is the mutant."""
    module = sys.modules[rule.check.__module__]
    namespace = dict(vars(module))
    functions = [*(_helpers(module)[name] for name in sorted(_used(rule.check))), rule.check]
    for tree in (*map(_unmutated, functions), mutant):
        code = compile(tree, "mutant", "exec", flags=annotations.compiler_flag)
        exec(code, namespace)
    return dataclasses.replace(rule, check=namespace[rule.check.__name__])


def survivors(function: Callable[..., Any], judges: list[tuple[Rule, Spec]]) -> list[str]:
    """Return the mutants of a function that break no spec of the rules that use it."""
    for rule, judge in judges:
        assert judge.holds(_rebuilt(rule, _unmutated(function))), "a function rebuilt as it was does what it did"
    return [
        said
        for said, mutant in mutants(inspect.getsource(function)).items()
        if all(judge.holds(_rebuilt(rule, mutant)) for rule, judge in judges)
    ]


def equivalent(function: Callable[..., Any]) -> list[str]:
    return [said for said in EQUIVALENT if said.startswith(f"{function.__name__}: ")]


@pytest.mark.parametrize("rule", list(RULES.values()), ids=list(RULES))
def test_each_condition_of_a_rule_matters(rule: Rule) -> None:
    assert survivors(rule.check, [(rule, SPECS[rule.id])]) == equivalent(rule.check)


HELPERS = [
    helper
    for module in sorted({rule.check.__module__ for rule in RULES.values()})
    for helper in _helpers(sys.modules[module]).values()
]


@pytest.mark.parametrize("helper", HELPERS, ids=lambda helper: helper.__name__)
def test_each_condition_of_a_helper_matters(helper: Callable[..., Any]) -> None:
    judges = [
        (rule, SPECS[rule.id])
        for rule in RULES.values()
        if rule.check.__module__ == helper.__module__ and helper.__name__ in _used(rule.check)
    ]
    assert judges, "no rule uses this helper"

    assert survivors(helper, judges) == equivalent(helper)


def test_mutants_are_those_we_think_of() -> None:
    found = mutants(
        """
        def f(a, b):
            while a < b <= 3:
                return [c for c in b if c]
            return 1 if a is None or b else 2
        """
    )

    assert list(found) == [
        "f: if a < b <= 3 → if not a < b <= 3",
        "f: a < b <= 3 → a <= b <= 3",
        "f: a < b <= 3 → a < b < 3",
        "f: 1 if a is None or b else 2 → 1 if not (a is None or b) else 2",
        "f: a is None or b → not a is None or b",
        "f: a is None or b → False or b",
        "f: a is None or b → a is None or not b",
        "f: a is None or b → a is None or False",
        "f: for c in b if c → for c in b if not c",
        "f: a is None → a is not None",
    ]


@pytest.mark.parametrize("id", ["CDP101", "CDP108", "CDP304", "CDP901"])
def test_a_vacuous_spec_leaves_survivors(id: str) -> None:
    rule, whole = RULES[id], SPECS[id]
    all_of_them = list(mutants(inspect.getsource(rule.check)))
    one_line = dataclasses.replace(whole, scenarios=whole.scenarios[:1])
    nothing = dataclasses.replace(whole, scenarios=())

    assert survivors(rule.check, [(rule, nothing)]) == all_of_them
    assert 0 < len(survivors(rule.check, [(rule, one_line)])) < len(all_of_them)


def test_a_mutant_is_run_in_place_of_the_rule() -> None:
    rule = RULES["CDP007"]
    (tested,) = (tree for said, tree in mutants(inspect.getsource(rule.check)).items() if "if not len" in said)
    mutant = _rebuilt(rule, tested)

    assert mutant.check is not rule.check
    assert SPECS["CDP007"].holds(rule)
    assert not SPECS["CDP007"].holds(mutant)


# Notation of the specs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# CDP101 other\n", "first line"),
        ("# CDP101 x\n\nBla.\n\n### Signalé\n", "nothing comes before"),
        ("# CDP101 x\n\n### Exemple\n", "not a heading"),
        ("# CDP101 x\n\n### Signalé\n\n`a`\n\nBla.\n", "content of a is missing"),
        ("# CDP101 x\n\n### Signalé\n\n```yaml\na: 1\n```\n", "path of a file is missing"),
        ("# CDP101 x\n\n### Signalé\n\n`a`\n\n```yaml\na: 1\n", "not closed"),
        ("# CDP101 x\n\n### Signalé\n\n`a`\n\n``` yaml\na: 1\n```\n", "content of a is missing"),
        ("# CDP101 x\n\n### Signalé\n\n```\na\n```\n", "not a fence"),
        ("# CDP101 x\n\n### Signalé\n\n`a` est une pièce jointe.\n", "one text fence"),
        ("# CDP101 x\n\n### Signalé\n\n`a` est une pièce jointe.\n\n```text\n```\n", "one text fence"),
        ("# CDP101 x\n\n### Non signalé\n\n`a` est une pièce jointe.\n\n```text\nx\n```\n", "one text fence"),
        ("# CDP101 x\n\n### Non signalé\n\nRien.\n", "one text fence"),
    ],
)
def test_a_malformed_spec_is_refused(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "CDP101-x.md"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(spec.MalformedError, match=why):
        spec.read(path)


def test_a_spec_may_hold_files_of_all_sorts(tmp_path: Path) -> None:
    path = tmp_path / "CDP101-x.md"
    path.write_text(
        "# CDP101 x\n\n### Non signalé\u00a0: tout\n\nEn date du 2025-01-02.\n\n`a`\n\n````markdown\n```\nx\n```\n````\n\n"
        "`b` (échappé)\n\n```text\n\\u00e9\\xE9\n```\n\n`e\\u0301` est un lien symbolique.\n`d` est un tube nommé.\n"
        "`f` est un fichier de 2\u00a0Kio.\n`g` est une pièce jointe.\n",
        encoding="utf-8",
    )
    (scenario,) = spec.read(path).scenarios

    assert scenario.as_of == date(2025, 1, 2)
    assert [(file.path, file.kind, file.size, file.read()[:8]) for file in scenario.files] == [
        ("a", "file", 10, b"```\nx\n``"),
        ("b", "file", 4, b"\xc3\xa9\xe9\n"),
        ("e\u0301", "link", 0, b""),
        ("d", "special", 0, b""),
        ("f", "file", 2048, b"aaaaaaaa"),
        ("g", "file", 0, b""),
    ]
