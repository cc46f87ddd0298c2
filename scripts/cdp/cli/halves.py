"""The rules on a large base, in two processes: each judges half of the communities."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from cdp.diagnostics import Diagnostic
from cdp.model.community import Repository
from cdp.rules import RULES, Rule, run
from cdp.rules.registry import Change

MANY = 2000
"""Pages from which a second process is worth its start."""

Judged = tuple[list[Diagnostic], list[Diagnostic]]
"""What rules found, and what waivers silenced."""

_waiting: Callable[[], Judged] | None = None
"""What the second process is to do: it is forked with it, since a whole base cannot be sent."""


def judge(
    repository: Repository,
    today: date,
    before: Repository | None,
    *,
    rules: Sequence[Rule] | None,
    only: Sequence[str],
    change: Change | None,
) -> Judged:
    """Return what ``cdp.rules.run`` finds, and what waivers silence, the same however many processes there are."""

    def part(some: Sequence[Rule], slugs: Sequence[str]) -> Judged:
        waived: list[Diagnostic] = []
        return run(repository, today, before, rules=some, only=slugs, change=change, waived=waived), waived

    asked = only or [community.slug for community in repository.communities]
    pages = sum(1 for community in repository.communities for _ in community.pages())
    chosen = list(RULES.values() if rules is None else rules)
    if pages < MANY or len(asked) < 2 or sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return part(chosen, only)
    global _waiting
    of_each = [each for each in chosen if not each.whole]
    _waiting = lambda: part(of_each, asked[1::2])  # noqa: E731 - a closure over the base
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        other = pool.submit(_second)
        parts = [part(of_each, asked[::2]), part([each for each in chosen if each.whole], only), other.result()]
    _waiting = None
    found, waived = (sorted({item for one in parts for item in one[place]}, key=Diagnostic.key) for place in (0, 1))
    return found, waived


def _second() -> Judged:
    assert _waiting is not None
    return _waiting()
