"""Any sequence of edits, in any order, on any day: nothing crashes, and stage and facts agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cdp.model import life
from cdp.model.community import Community, Repository
from cdp.rules import RULES, run
from cdp.rules.registry import Change
from tests.conftest import freeze, in_memory

FIRST = date(2026, 1, 1)
MONTH = 30
"""Days fall on a coarse grid, so that boundaries are met."""
DAYS = st.integers(-2, 20).map(lambda step: (FIRST + timedelta(days=step * MONTH)).isoformat())
DAYS |= st.sampled_from(["inconnu", "2026-02-30", "9999-12-31", *["2026-01-01"] * 5])
IDS = st.sampled_from(["s1", "s2", "s3"])
TEXTS = st.sampled_from(["Comparer nos devis.", "Comparer nos contrats.", "Visiter."])
VALIDATED = st.just(["formula", "objectives", "expectations"]) | st.lists(st.sampled_from(["formula", "objectives"]))


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A block, now and then without a key."""
    return st.fixed_dictionaries({}, optional=keys)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "summary": st.just("Un résumé."),
    "start_date": DAYS,
    "end_date": DAYS,
    "kickoff": st.just({"date": "2026-01-01", "validated": ["formula", "objectives", "expectations"]})
    | st.fixed_dictionaries({"date": DAYS, "validated": VALIDATED})
    | some(date=DAYS, validated=VALIDATED, minutes=st.just("meetings/2026-02-03-x.md")),
    "closing": some(
        announced=DAYS,
        reason=st.just("Voilà."),
        outcome=st.sampled_from(["fulfilled", "merged", "dropped", "tant pis"]),
        celebration=some(date=DAYS),
        review=st.just("review.md"),
    ),
    "pause": some(since=DAYS, resume_by=DAYS),
    "extensions": st.lists(some(**{"decided": DAYS, "from": DAYS, "to": DAYS, "reason": st.just("x")}), max_size=2),
    "seasons": st.lists(some(id=IDS, start_date=DAYS, end_date=DAYS, celebrated=DAYS), max_size=3),
    "objectives": st.lists(some(id=IDS, text=TEXTS, season=IDS, outcome=st.sampled_from(["open", "met"])), max_size=3),
    "expectations": st.lists(some(id=IDS, text=TEXTS), max_size=2),
    "formula": some(
        rhythm=st.sampled_from(["1 mois", "FREQ=MONTHLY", "FREQ=X;BYMONTH=13"]), decided_by=st.just("kickoff")
    ),
    "succeeds": st.sampled_from(["a", "b", "c"]),
    "born_from": st.sampled_from(["a/2026-06/b1", "b/2026-06/b9"]),
    "successors": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
    "former_paths": st.lists(st.sampled_from(["/a/", "b", "c/"]), max_size=2),
    "waivers": st.lists(
        some(rule=st.sampled_from([*RULES, "CDP999"]), reason=st.just("Parce que."), until=DAYS), max_size=2
    ),
}
STARTED = {
    "start_date": "2026-01-01",
    "end_date": "2026-12-27",
    "kickoff": {"date": "2026-01-01", "validated": ["formula", "objectives", "expectations"]},
}
ORDER: tuple[life.Stage, ...] = ("idea", "kickoff", "active", "closing", "ended", "archived")


class AnyLife(RuleBasedStateMachine):
    """Two communities that people edit, rename, remove and archive while time passes."""

    @initialize()
    def begin(self) -> None:
        self.files: dict[str, str] = {}
        self.fronts: dict[str, dict[str, Any]] = {"a": {"title": "A", **STARTED}, "b": {"title": "B"}}
        self.day = FIRST
        self.before = self.now = self._load()

    def _load(self) -> Repository:
        texts = {
            f"communities/{slug}/index.md": f"---\n{yaml.dump(front, sort_keys=False)}---\n"
            for slug, front in self.fronts.items()
        }
        return in_memory(texts | self.files)

    def _edited(self) -> None:
        self.before, self.now = self.now, self._load()

    @rule(months=st.integers(1, 4))
    def time_passes(self, months: int) -> None:
        self.day += timedelta(days=months * MONTH)
        self.before = self.now

    @rule(slug=st.sampled_from("ab"), data=st.data())
    def edit(self, slug: str, data: st.DataObject) -> None:
        if slug in self.fronts:
            key = data.draw(st.sampled_from(sorted(VALUES)))
            self.fronts[slug][key] = data.draw(VALUES[key])
            self._edited()

    @rule(slug=st.sampled_from("ab"), key=st.sampled_from(sorted(VALUES)))
    def remove_a_key(self, slug: str, key: str) -> None:
        if self.fronts.get(slug, {}).pop(key, None) is not None:
            self._edited()

    @rule(slug=st.sampled_from("ab"), kickoff=st.sampled_from([{}, {"date": "2026-01-01"}, {"date": "2027-12-01"}]))
    def lose_the_kickoff(self, slug: str, kickoff: dict[str, str]) -> None:
        if slug in self.fronts:
            self.fronts[slug]["kickoff"] = kickoff
            self._edited()

    @rule(old=st.sampled_from("abc"), new=st.sampled_from("abc"))
    def rename(self, old: str, new: str) -> None:
        if old in self.fronts and new not in self.fronts:
            self.fronts[new] = self.fronts.pop(old)
            self._edited()

    @rule(slug=st.sampled_from("abc"))
    def remove(self, slug: str) -> None:
        if self.fronts.pop(slug, None) is not None:
            self._edited()

    @rule(month=st.integers(1, 12), held=st.booleans())
    def meet(self, month: int, held: bool) -> None:
        day = f"2026-{month:02}-03"
        self.files[f"communities/a/meetings/{day}-x.md"] = f"---\ndate: {day}\n{'attendance: 5' if held else ''}\n---\n"
        self._edited()

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        need = some(id=st.sampled_from(["b1", "b2"]), text=TEXTS, disposition=st.sampled_from(["objective", "parked"]))
        survey = some(
            opens=DAYS,
            closes=DAYS,
            invited=st.integers(0, 30),
            answers=st.integers(0, 30),
            needs=st.lists(need, max_size=2),
            decisions=st.lists(some(date=DAYS, text=TEXTS), max_size=2),
            form=some(
                expectations=st.lists(IDS, max_size=2), order=st.lists(st.sampled_from(["you", "x"]), max_size=2)
            ),
        )
        path = f"communities/a/surveys/2026-{data.draw(st.sampled_from(['02', '06']))}.md"
        self.files[path] = f"---\n{yaml.dump(data.draw(survey), sort_keys=False)}---\n"
        self._edited()

    @rule(name=st.sampled_from(["un", "deux", "guide/un"]), former=st.sampled_from(["", "un", "deux"]))
    def write_a_note(self, name: str, former: str) -> None:
        led = f"former_paths: [/communities/a/notes/{former}/]\n" if former else ""
        self.files[f"communities/a/notes/{name}.md"] = f"---\ntitle: {name}\n{led}---\nUn texte.\n"
        self._edited()

    @rule(data=st.data())
    def lose_a_file(self, data: st.DataObject) -> None:
        paths = sorted(path for path in self.files if ".archives" not in path)
        if paths:
            del self.files[data.draw(st.sampled_from(paths))]
            self._edited()

    @rule(slug=st.sampled_from("ab"))
    def freeze_or_thaw(self, slug: str) -> None:
        path = f"communities/.archives/{slug}/0001-freeze.json"
        if self.files.pop(path, None) is None:
            self.files[path] = next(iter(freeze(slug, str(self.day), {f"communities/{slug}/index.md": ""}).values()))
        self._edited()

    @invariant()
    def nothing_crashes_and_nothing_new_is_nothing_said(self) -> None:
        slugs = frozenset(community.slug for community in self.now.communities)
        run(self.now, self.day, self.before, change=Change(slugs))
        history = [each for each in RULES.values() if "history" in each.reads]
        assert run(self.now, self.day, self.now, rules=history) == []

    @invariant()
    def stage_and_facts_agree(self) -> None:
        for community in self.now.communities:
            charter, stage = community.charter, community.stage(self.day)
            begun = life.kicked_off(community, self.day)
            end = life.last_day(community)
            over = end is not None and end < self.day
            assert (stage == "archived") == (community.freeze is not None)
            assert begun or stage in ("idea", "kickoff", "archived", "dropped")
            assert stage != "ended" or over
            assert stage not in ("active", "paused", "closing") or not over
            assert stage != "idea" or charter.kickoff is None or charter.kickoff.date is None
            dues = life.dues(community, self.day)
            assert not dues or stage not in ("idea", "archived", "dropped")
            assert (community.health(self.day) == "on_track") == all(due.on > self.day for due in dues)

    @invariant()
    def time_alone_never_takes_a_life_back(self) -> None:
        for community in self.now.communities:
            stages = [community.stage(self.day + timedelta(days=step)) for step in range(0, 27 * MONTH, MONTH)]
            known = [ORDER.index(stage) for stage in stages if stage in ORDER]
            assert known == sorted(known), stages

    @invariant()
    def what_goes_back_is_said(self) -> None:
        slugs = frozenset(community.slug for community in self.now.communities)
        said = {
            item.community
            for item in run(
                self.now, self.day, self.before, rules=[RULES["CDP201"], RULES["CDP202"]], change=Change(slugs)
            )
        }
        for past in self.before.communities:
            now = self.now.get(past.slug)
            if now is not None and _went_back(past, now, self.day):
                assert now.slug in said


def _went_back(past: Community, now: Community, day: date) -> bool:
    """Tell whether a life lost its kickoff or its archive, by facts alone, in a charter that reads well."""
    if past.freeze is not None or now.freeze is not None:
        return now.freeze is None
    faulty = now.index is None or any(map(now.wrong, ("kickoff", "closing", "extensions", "start_date", "end_date")))
    if faulty or "CDP201" in {waiver.rule for waiver in now.charter.waivers}:
        return False
    lived = past.stage(day) in ("active", "paused", "closing", "ended")
    return lived and not life.kicked_off(now, day)


AnyLife.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, derandomize=True, database=None
)
TestAnyLife = AnyLife.TestCase
