"""The shape of the package: imports point down, peers do not import each other, modules stay small."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scripts" / "cdp"
LAYERS = (
    {
        *("text", "diagnostics", "dates", "frontmatter", "dialect", "markup", "links", "personal", "prose", "plan"),
        *("sanitize", "search", "settings", "terms", "timezones"),
    },
    {"model"},
    {"load"},
    {"triage"},
    {"archive"},
    {"calendar", "rules", "site", "survey"},
    {"export", "facilitation"},
    {"closing"},
    {"disk", "engine", "git", "remembered", "report", "writing"},
    {"books", "private"},
    {"answers_store", "receiver"},
    {"cli"},
)
FACILITATION = (
    {"charters", "filling"},
    {"deck", "meetings", "recruit", "seasons"},
    {"invite", "kickoff", "season_reviews"},
)
"""The storeys of one package: what edits a charter or fills a text, what plans one thing, what brings several together."""
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
FOUNDATION = LAYERS[0]
"""Layer 0 holds the words of the others: its modules may use each other, without a circle."""
SITE_READS = {("site", "rules"), ("site", "survey"), ("rules", "survey")}
"""The catalogue of rules is a page, and so is a survey's form, which a rule tries to make: the exceptions between peers."""


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "cdp" else [f"cdp.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("cdp.")}
    return found


def neighbours(path: Path) -> set[str]:
    """Return which modules of its own package a module of ``facilitation`` imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "cdp.facilitation":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cdp.facilitation."):
            found.add(str(node.module).split(".")[2])
    return found


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = room(path)
    if here in ("__init__", "__main__"):
        return
    for other in imports(path) - {here, "__version__"}:
        below = LAYER[other] < LAYER[here]
        allowed = (here in FOUNDATION and other in FOUNDATION) or (here, other) in SITE_READS
        assert below or allowed, f"{path.name} imports {other}"


def test_the_foundation_has_no_circle() -> None:
    graph = {
        name: {other for path in modules() if room(path) == name for other in imports(path) & FOUNDATION} - {name}
        for name in FOUNDATION
    }
    done: set[str] = set()
    while len(done) < len(graph):
        free = {name for name in graph if name not in done and graph[name] <= done}
        assert free, f"circle among {set(graph) - done}"
        done |= free


def test_the_storeys_of_facilitation_point_down() -> None:
    storey = {name: number for number, names in enumerate(FACILITATION) for name in names}
    for path in sorted((PACKAGE / "facilitation").rglob("*.py")):
        here = path.relative_to(PACKAGE / "facilitation").parts[0].removesuffix(".py")
        for other in set() if here == "__init__" else neighbours(path) - {here}:
            assert storey[other] < storey[here], f"{path.name} imports {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_reads_the_clock_and_prints(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if room(path) == "cli":
        return
    assert "date.today(" not in source
    assert "datetime.now(" not in source
    assert "import click" not in source
    assert not any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_engine_is_imported_but_by_the_engine(path: Path) -> None:
    if room(path) == "engine":
        return
    source = path.read_text(encoding="utf-8")
    assert "import mkdocs" not in source
    assert "import properdocs" not in source


def test_names_explain() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "misc", "core"}

    assert not {path.stem for path in modules()} & vague
