"""What people really bring: front matter of other tools, dates in every form, slips of YAML. Nothing crashes, all is told."""

from __future__ import annotations

import random
import re

import pytest

from cdp import report
from cdp.report.formats import FORMATS, Run
from cdp.rules import RULES, fixes, run
from tests.conftest import TODAY, in_memory

DATES = [
    "2026-03-04",
    "2026-3-4",
    "04/03/2026",
    "03-04-2026",
    "4 mars 2026",
    "Mars 2026",
    "2026",
    "2026-02-30",
    "2026-03-04T10:00:00Z",
    "20260304",
    "1er mars 2026",
    "March 4, 2026",
    "null",
    "~",
    "hier",
    "0000-00-00",
    "9999-12-31",
    "2026-13-01",
    "１２",
    "2026-W10",
    "inconnu",
    "{}",
    "[]",
    "<2026>",
]
VALUES = [
    *("true", "Oui", "", "[]", "[a, b]", "{a: b}", '"', "'", '"\\u202e"', "|\n  bloc\n  deux", "&ancre x", "*ancre"),
    *(
        "!!python/object:os.system x",
        "1e400",
        "012",
        "@x",
        "x: y",
        "x #y",
        "#x",
        "{{ x }}",
        "[[Lien]]",
        "\u00a0x",
        "😀",
    ),
    *("é" * 500, "a" * 20_000, "\u202ex", "\x07", "\t", "---", "...", "? x", "C:\\\\dossier", "[a,,b]", "<<", "\x00"),
]
KEYS = [
    "title",
    "summary",
    "date",
    "authors",
    "tags",
    "draft",
    "Title",
    "titre",
    "auteur",
    "categories",
    "layout",
    "permalink",
    "weight",
    "aliases",
    "cssclasses",
    "😀",
    "clé avec espaces",
    "true",
    "1",
    "<<",
    "[x]",
    "status",
    "former_paths",
    "start_date",
    "end_date",
    "kickoff",
    "formula",
    "expectations",
    "objectives",
    "seasons",
    "extensions",
    "waivers",
    "legacy",
    "closing",
    "pause",
    "network_heads",
    "born_from",
    "opens",
    "closes",
    "answers",
    "needs",
    "decisions",
    "results",
]
OTHERS = [
    'title: "Hugo"\ndate: 2026-03-04T10:00:00-05:00\ndraft: false\ncategories: [c]\nmenu:\n  main:\n    weight: 1\n',
    "layout: post\ntitle:  Bienvenue\ndate:   2026-03-04 10:00:00 -0500\ncategories: jekyll update\n",
    'aliases:\n  - X\ntags:\n  - "#projet"\ncssclasses: wide\ncreated: 2026-03-04 10:00\nup: "[[Accueil]]"\n',
]


def front(chance: random.Random) -> bytes:
    """Return a page as nobody should write it."""

    def value(depth: int = 0) -> str:
        kind = chance.random()
        if kind < 0.35:
            return chance.choice(DATES)
        if kind < 0.75 or depth > 3:
            return chance.choice(VALUES)
        pad = "  " * (depth + 1)
        if kind < 0.9:
            return "".join(f"\n{pad}{chance.choice(KEYS)}: {value(depth + 1)}" for _ in range(chance.randint(1, 3)))
        return "".join(f"\n{pad}- {chance.choice(VALUES + DATES)}" for _ in range(chance.randint(1, 3)))

    block = "".join(f"{chance.choice(KEYS)}: {value()}\n" for _ in range(chance.randint(1, 7)))
    if chance.random() < 0.2:
        block = chance.choice(OTHERS)
    opening = chance.choice(["---"] * 9 + ["----", "–––", " ---", "\ufeff---", "+++", "{"])
    closing = chance.choice(["---"] * 9 + ["...", "", "--- "])
    text = f"{opening}\n{block}{closing}\n\n# Titre\n\n[l](x.md) ![](y.png) {chance.choice(VALUES)}\n"
    text = chance.choice([text, text, text, text.replace("\n", "\r\n"), text.replace("\n", "\r")])
    return text.encode(chance.choice(["utf-8"] * 9 + ["cp1252", "utf-16"]), "replace")


def imported(chance: random.Random) -> bytes:
    """Return the charter of a group brought over from elsewhere, with what is known of its dates."""
    day = lambda: chance.choice(DATES)  # noqa: E731 - one word for what every line needs
    parts = [
        "title: Groupe",
        f"start_date: {day()}",
        f"end_date: {day()}",
        f"kickoff:\n  date: {day()}\n  validated: [formula, objectives, expectations]",
        f"formula:\n  rhythm: {chance.choice(['4 semaines', 'mensuel', 'FREQ=MONTHLY;BYDAY=1MO', 'FREQ=WEEKLY;INTERVAL=99'])}",
        f"seasons:\n  - id: s1\n    start_date: {day()}\n    end_date: {day()}",
        f"objectives:\n  - id: o1\n    text: x\n    season: s9\n    outcome: {chance.choice(['met', 'atteint', 'open'])}",
        f"extensions: {chance.choice(['oui', '[{from: 2026-01-01, to: 2027-01-01}]', '[]'])}",
        f"closing:\n  announced: {day()}\n  outcome: {chance.choice(['fulfilled', 'terminé', 'dropped'])}",
        f"waivers:\n  - {{rule: CDP101, reason: x, until: {day()}}}",
    ]
    kept = [part for part in parts if part == parts[0] or chance.random() < 0.7]
    return ("---\n" + "\n".join(kept) + "\n---\nPrésentation.\n").encode()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_people_bring_is_told_and_crashes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    files: dict[str, str | bytes] = {}
    for group in range(12):
        folder = f"communities/groupe-{group}"
        files[f"{folder}/index.md"] = imported(chance) if chance.random() < 0.8 else front(chance)
        for home in ("notes", "meetings", "surveys", "seasons"):
            for number in range(4):
                files[f"{folder}/{home}/2026-0{number + 1}.md"] = front(chance)
    repository = in_memory(files)
    found = run(repository, TODAY)

    assert {each.rule for each in found} >= {"CDP001", "CDP002", "CDP009"}
    for each in found:
        said, cure = str(each.message), str(each.fix)
        assert each.place.path.startswith("communities/")
        assert (each.place.line or 0) <= len(re.split(rb"\r\n|\n|\r", _bytes(files, each.place.path))) + 1
        assert said.strip()
        assert cure[0].isupper(), (each.rule, cure)
        assert not re.search(r"\b(?:None|dict|list|Traceback|pydantic|tuple)\b|\{'", said.replace("« None »", "")), said
    for form in FORMATS.values():
        assert form(Run(found, TODAY, tuple(each.slug for each in repository.communities), "en"))
    for community in repository.communities:
        assert community.stage(TODAY)
        assert community.health(TODAY)
    plan = fixes.plan(repository, lambda path: _bytes(files, path))
    assert set(plan.changes) <= set(files)
    assert report.text(found, TODAY, report.Looked(12), "fr").count("\n") > len(found)
    assert {each.rule for each in found} <= set(RULES)


def _bytes(files: dict[str, str | bytes], path: str) -> bytes:
    content = files.get(path, b"")
    return content if isinstance(content, bytes) else content.encode()
