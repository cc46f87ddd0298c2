"""Two processes judge a large base as one would."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp.cli import halves
from cdp.cli.ground import ground
from cdp.rules import RULES, run
from tests.conftest import ROOT, TODAY, Cdp, charter, write

_WAIVED = charter(
    "kickoff: {date: 2026-10-01}\nwaivers:\n  - {rule: CDP303, reason: Une seule région., until: 2026-12-31}\n"
)


@pytest.mark.parametrize("only", [(), ("b", "c"), ("c",)])
@pytest.mark.parametrize("chosen", [None, ["CDP303", "CDP901", "CDP804"]])
def test_two_processes_find_what_one_finds(
    small_base: Path, monkeypatch: pytest.MonkeyPatch, only: tuple[str, ...], chosen: list[str] | None
) -> None:
    write(
        small_base,
        {
            "communities/b/index.md": _WAIVED,
            "communities/b/notes/n.md": "[x](rien.md)\n",
            "communities/c/index.md": charter(),
            "communities/c/notes/n.md": "[x](../../b/notes/absente.md)\n",
            "communities/ailleurs.md": "Perdue.\n",
        },
    )
    repository = ground(small_base, TODAY).repository()
    rules = None if chosen is None else [RULES[each] for each in chosen]
    waived: list[object] = []
    alone = run(repository, TODAY, rules=rules, only=only, waived=waived)  # type: ignore[arg-type]
    monkeypatch.setattr(halves, "MANY", 1)
    started = []
    pool = halves.ProcessPoolExecutor
    monkeypatch.setattr(halves, "ProcessPoolExecutor", lambda *words: started.append(1) or pool(*words))

    assert halves.judge(repository, TODAY, None, rules=rules, only=only, change=None) == (alone, waived)
    assert alone
    assert bool(started) == (len(only) != 1 and len(halves.os.sched_getaffinity(0)) > 1)


def test_the_example_is_judged_alike(cdp: Cdp, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = ground(ROOT, TODAY).repository()
    alone = run(repository, TODAY)
    monkeypatch.setattr(halves, "MANY", 1)
    assert halves.judge(repository, TODAY, None, rules=None, only=(), change=None)[0] == alone
