"""Stage, health and what is due: each cell of the tables of the guide, each boundary."""

from __future__ import annotations

from datetime import date, timedelta

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.dates import parse
from cdp.model import life
from cdp.model import rhythm as rhythms
from cdp.model.community import Community, Freeze
from cdp.model.schema import schema
from tests.conftest import TODAY, community

FACILITATED = "facilitators: [{name: Ève Roy}]\n"
FULL = (
    FACILITATED
    + """start_date: 2026-05-01
end_date: 2027-04-30
kickoff:
  date: 2026-04-28
  minutes: meetings/2026-04-28-demarrage.md
  validated: [formula, objectives, expectations]
"""
)
CLOSING = "closing:\n  announced: 2027-03-01\n"


def stage(front: str, day: str, freeze: Freeze | None = None) -> str:
    from dataclasses import replace

    return replace(community(front), freeze=freeze).stage(parse(day))


@pytest.mark.parametrize(
    ("case", "front", "day", "expected"),
    [
        ("nothing but a title", "", "2026-11-24", "idea"),
        ("dates without a kickoff", "start_date: 2026-01-01\nend_date: 2026-06-30\n", "2026-11-24", "idea"),
        ("a kickoff without a date", "kickoff:\n  validated: [formula]\n", "2026-11-24", "idea"),
        ("a kickoff planned", "kickoff:\n  date: 2026-12-01\n", "2026-11-24", "kickoff"),
        ("a kickoff that validated two things", FULL.replace(", expectations", ""), "2026-11-24", "kickoff"),
        ("the day before the kickoff", FULL, "2026-04-27", "kickoff"),
        ("kicked off, before the start", FULL, "2026-04-30", "kickoff"),
        ("the first day", FULL, "2026-05-01", "active"),
        ("the last day, included", FULL, "2027-04-30", "active"),
        ("the day after the last", FULL, "2027-05-01", "ended"),
        ("the day before the announcement", FULL + CLOSING, "2027-02-28", "active"),
        ("the day of the announcement", FULL + CLOSING, "2027-03-01", "closing"),
        ("closing, the last day", FULL + CLOSING, "2027-04-30", "closing"),
        ("closed, the day after", FULL + CLOSING, "2027-05-01", "ended"),
        ("the eve of a pause", FULL + "pause: {since: 2026-12-21, resume_by: 2027-01-08}\n", "2026-12-20", "active"),
        (
            "the first day of a pause",
            FULL + "pause: {since: 2026-12-21, resume_by: 2027-01-08}\n",
            "2026-12-21",
            "paused",
        ),
        ("a pause not lifted", FULL + "pause: {since: 2026-12-21, resume_by: 2027-01-08}\n", "2027-02-01", "paused"),
        ("a pause until the end", FULL + "pause: {since: 2026-12-21, resume_by: 2027-01-08}\n", "2027-05-01", "ended"),
        (
            "closing while paused",
            FULL + CLOSING + "pause: {since: 2027-03-10, resume_by: 2027-03-20}\n",
            "2027-03-15",
            "closing",
        ),
        ("no end date", FULL.replace("end_date: 2027-04-30\n", ""), "2040-01-01", "active"),
        ("no start date", FULL.replace("start_date: 2026-05-01\n", ""), "2026-04-28", "active"),
        ("dropped before it started", "closing: {announced: 2026-10-01, outcome: dropped}\n", "2026-10-01", "dropped"),
        ("the eve of being dropped", "closing: {announced: 2026-10-01, outcome: dropped}\n", "2026-09-30", "idea"),
        (
            "celebrated early",
            FULL + "closing: {announced: 2027-01-05, outcome: early, celebration: {date: 2027-02-10}}\n",
            "2027-02-11",
            "ended",
        ),
        (
            "the day of an early celebration",
            FULL + "closing: {announced: 2027-01-05, outcome: early, celebration: {date: 2027-02-10}}\n",
            "2027-02-10",
            "closing",
        ),
        (
            "a celebration without an outcome ends nothing",
            FULL + "closing: {announced: 2027-01-05, celebration: {date: 2027-02-10}}\n",
            "2027-02-11",
            "closing",
        ),
        (
            "a celebration after the end date",
            FULL + "closing: {announced: 2027-01-05, outcome: fulfilled, celebration: {date: 2027-06-10}}\n",
            "2027-05-01",
            "ended",
        ),
        (
            "ended long ago, by an outcome, whatever the kickoff validated",
            "end_date: 2020-04-13\nclosing: {announced: 2020-04-13, outcome: fulfilled}\n",
            "2026-11-24",
            "ended",
        ),
        (
            "an outcome before the last day",
            "end_date: 2020-04-13\nclosing: {announced: 2020-01-13, outcome: fulfilled}\n",
            "2020-04-13",
            "idea",
        ),
        ("a life that ends on 29 February", FULL.replace("2027-04-30", "2028-02-29"), "2028-02-29", "active"),
        ("the day after 29 February", FULL.replace("2027-04-30", "2028-02-29"), "2028-03-01", "ended"),
    ],
)
def test_stage(case: str, front: str, day: str, expected: str) -> None:
    assert stage(front, day) == expected, case


@pytest.mark.parametrize(
    ("frozen", "day", "expected"),
    [
        ("2027-05-20", "2027-05-19", "ended"),
        ("2027-05-20", "2027-05-20", "archived"),
        ("2027-05-20", "2030-01-01", "archived"),
        (None, "2026-06-01", "archived"),
    ],
)
def test_a_freeze_archives_from_its_day_on(frozen: str | None, day: str, expected: str) -> None:
    freeze = Freeze("communities/.archives/a/0001-freeze.json", parse(frozen) if frozen else None)

    assert stage(FULL, day, freeze) == expected


def kinds(item: Community, day: str) -> dict[str, tuple[str, str]]:
    return {
        due.kind + (f" {due.subject}" if due.subject else ""): (due.on.isoformat(), due.late.isoformat())
        for due in life.dues(item, parse(day))
    }


def test_an_idea_owes_nothing() -> None:
    assert life.dues(community(), date(2026, 11, 24)) == ()


def test_what_a_planned_kickoff_owes() -> None:
    assert kinds(community("kickoff: {date: 2026-12-01}\n"), "2026-11-24") == {"kickoff": ("2026-12-01", "2026-12-15")}


def test_what_an_active_community_owes() -> None:
    found = kinds(
        community(FULL + "seasons:\n  - {id: s1, start_date: 2026-05-01, end_date: 2026-08-31}\n"), "2026-06-01"
    )

    assert found == {
        "survey": ("2026-08-28", "2026-10-27"),
        "season_review s1": ("2026-09-01", "2026-09-21"),
        "closing": ("2027-01-30", "2027-05-07"),
        "verdict": ("2027-04-30", "2027-05-07"),
        "archive": ("2027-05-01", "2027-07-29"),
    }


def test_a_living_community_owes_somebody_to_facilitate_from_its_last_meeting_on() -> None:
    front = FULL.replace(FACILITATED, "")
    held = {"meetings/2026-06-02-a.md": "---\ndate: 2026-06-02\n---\n"}

    assert kinds(community(front), "2026-04-30")["facilitator"] == ("2026-04-28", "2026-05-26")
    assert kinds(community(front, held), "2026-06-10")["facilitator"] == ("2026-06-02", "2026-06-30")
    assert "facilitator" not in kinds(community(front), "2027-05-01")
    assert "facilitator" not in kinds(community(front), "2026-04-27")
    assert "facilitator" not in kinds(community(FULL), "2026-06-10")


@pytest.mark.parametrize(
    ("case", "front", "held", "day", "expected"),
    [
        ("four weeks after the last", "", "2026-11-10", "2026-11-24", "2026-12-08"),
        ("after the kickoff, before the start", "", "", "2026-04-29", "2026-05-26"),
        ("its page says it better", "", "2026-12-01", "2026-11-24", "None"),
        ("nobody met for long", "", "2026-06-02", "2026-11-24", "None"),
        ("not in a pause", "pause: {since: 2026-11-20, resume_by: 2027-01-08}\n", "2026-11-10", "2026-11-24", "None"),
        ("after a pause", "pause: {since: 2026-12-01, resume_by: 2027-01-08}\n", "2026-11-10", "2026-11-24", "2027-02-02"),
        ("not after the end", "", "2027-04-20", "2027-04-22", "None"),
    ],
)  # fmt: skip
def test_the_next_meeting_by_the_rhythm(case: str, front: str, held: str, day: str, expected: str) -> None:
    pages = {f"meetings/{held}-a.md": f"---\ndate: {held}\n---\n"} if held else {}
    here = community(FULL + "formula: {rhythm: 4 semaines}\n" + front, pages)

    assert str(life.expected_meeting(here, parse(day))) == expected, case


def test_an_objective_that_was_carried_over_counts_once() -> None:
    def aims(*outcomes: str) -> list[str]:
        given = "".join(
            f"  - {{id: o{n}, text: Écrire un guide, measure: m, outcome: {outcome}}}\n"
            for n, outcome in enumerate(outcomes)
        )
        return [o.outcome for o in community(f"objectives:\n{given}").charter.aims()]

    assert aims("partly", "open") == ["open"]
    assert aims("partly", "met") == ["met"]
    assert aims("met", "open") == ["met", "open"], "reached, then wanted again"


def test_a_review_settles_its_season() -> None:
    front = FULL + "seasons:\n  - {id: s1, start_date: 2026-05-01, end_date: 2026-08-31, review: seasons/s1.md}\n"

    assert "season_review s1" in kinds(community(front), "2026-10-01")
    assert "season_review s1" not in kinds(community(front, {"seasons/s1.md": "Bilan."}), "2026-10-01")


def test_a_community_that_joins_another_needs_no_review_of_its_own() -> None:
    for outcome, owed in (("merged", False), ("fulfilled", True)):
        front = FULL + f"closing: {{announced: 2027-02-02, outcome: {outcome}}}\n"
        assert ("verdict" in kinds(community(front), "2027-04-30")) is owed


def test_an_announced_closing_settles_its_plan_and_a_judged_one_its_verdict() -> None:
    assert "closing" not in kinds(community(FULL + CLOSING), "2027-03-02")
    judged = FULL + "closing: {announced: 2027-03-01, outcome: fulfilled, review: review.md}\n"
    assert "verdict" not in kinds(community(judged), "2027-03-02")
    assert "archive" in kinds(community(judged), "2027-06-02")


def test_a_pause_owes_its_return_and_no_survey() -> None:
    found = kinds(community(FULL + "pause: {since: 2026-07-01, resume_by: 2026-09-01}\n"), "2026-08-01")

    assert found["resume"] == ("2026-09-01", "2026-09-15")
    assert "survey" not in found


def test_a_survey_without_answers_owes_its_results() -> None:
    survey = "---\nopens: 2026-08-28\ncloses: 2026-09-15\n---\n"
    found = kinds(community(FULL, {"surveys/2026-08.md": survey}), "2026-09-20")

    assert found["survey_results 2026-08"] == ("2026-09-16", "2026-10-15")
    assert found["survey"] == ("2026-12-28", "2027-02-26")


def test_no_survey_is_due_after_the_end() -> None:
    survey = "---\nopens: 2027-01-05\ncloses: 2027-01-25\nanswers: 9\n---\n"

    assert "survey" not in kinds(community(FULL, {"surveys/2027-01.md": survey}), "2027-02-01")


@pytest.mark.parametrize(
    ("kickoff", "expected"),
    [
        ("2026-10-31", "2027-02-28"),
        ("2027-10-31", "2028-02-29"),
        ("2026-11-30", "2027-03-30"),
        ("2026-07-14", "2026-11-14"),
    ],
)
def test_the_first_survey_comes_four_months_after_the_kickoff(kickoff: str, expected: str) -> None:
    front = FULL.replace("2026-04-28\n", f"{kickoff}\n")

    assert life.next_survey(community(front)) == parse(expected)


def test_the_rhythm_of_surveys_is_the_charters() -> None:
    assert life.next_survey(community(FULL + "survey_every_months: 6\n")) == date(2026, 10, 28)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-08-27", "on_track"),  # the eve of the survey
        ("2026-08-28", "attention"),  # the survey is due
        ("2026-10-27", "attention"),  # last day of grace
        ("2026-10-28", "overdue"),
    ],
)
def test_health_follows_the_survey(day: str, expected: str) -> None:
    assert community(FULL).health(parse(day)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2027-01-29", "on_track"), ("2027-01-30", "attention"), ("2027-05-07", "attention"), ("2027-05-08", "overdue")],
)
def test_health_follows_the_end(day: str, expected: str) -> None:
    surveys = {
        f"surveys/{month}.md": f"---\nopens: {month}-02\ncloses: {month}-20\nanswers: 5\n---\n"
        for month in ("2026-08", "2026-12")
    }

    assert community(FULL, surveys).health(parse(day)) == expected


@pytest.mark.parametrize("freeze", ["2027-05-20"])
def test_a_finished_life_is_on_track_for_ever(freeze: str) -> None:
    from dataclasses import replace

    frozen = replace(community(FULL), freeze=Freeze("x", parse(freeze)))

    assert frozen.health(date(2035, 1, 1)) == "on_track"
    assert community("closing: {announced: 2026-10-01, outcome: dropped}\n").health(date(2035, 1, 1)) == "on_track"


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-04-30", 0.0), ("2026-05-01", 0.0), ("2026-05-02", 1 / 365), ("2027-04-30", 364 / 365), ("2027-05-01", 1.0)],
)
def test_progress_counts_days_that_are_over(day: str, expected: float) -> None:
    assert life.progress(date(2026, 5, 1), date(2027, 4, 30), parse(day)) == pytest.approx(expected)


def test_the_season_of_a_day_includes_both_ends() -> None:
    item = community(
        FULL
        + "seasons:\n  - {id: s1, start_date: 2026-05-01, end_date: 2026-08-31}\n  - {id: s2, start_date: 2026-09-01}\n"
    )

    found = {
        day: getattr(life.season(item, parse(day)), "id", None)
        for day in ("2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01", "2099-01-01")
    }
    assert found == {"2026-04-30": None, "2026-05-01": "s1", "2026-08-31": "s1", "2026-09-01": "s2", "2099-01-01": "s2"}


@given(st.dates(date(2025, 1, 1), date(2029, 1, 1)), st.booleans(), st.booleans())
def test_stage_and_health_never_disagree(day: date, closing: bool, paused: bool) -> None:
    item = community(
        FULL + (CLOSING if closing else "") + ("pause: {since: 2026-12-21, resume_by: 2027-01-08}\n" if paused else "")
    )
    now = item.stage(day)

    assert now in life.STAGES
    assert (now == "ended") == (day > date(2027, 4, 30))
    assert sorted(life.dues(item, day), key=lambda due: due.on) == list(life.dues(item, day))
    if now == "ended" and day > date(2027, 4, 30) + timedelta(days=90):
        assert item.health(day) == "overdue"


# Facts that nobody knows any more


OLD = """start_date: inconnu
end_date: 2027-03-31
kickoff: {date: inconnu, minutes: inconnu, validated: [formula, objectives, expectations]}
network_heads: [{name: Zoé, agreed: unknown}]
seasons:
  - {id: s1, start_date: 2019-05-06, end_date: inconnu, review: inconnu, celebrated: inconnu}
"""


def test_unknown_facts_are_no_faults_are_counted_and_leave_stage_and_dues_sound() -> None:
    old = community(OLD, {"meetings/2019-06-01-visite.md": "---\ndate: 2019-06-01\nattendance: inconnu\n---\n"})

    assert [fault for page in old.pages() for fault in page.faults] == []
    assert old.unknown == 8
    assert old.stage(TODAY) == "active"
    assert life.season(old, TODAY) is None
    assert {due.kind for due in life.dues(old, TODAY)} == {"facilitator", "closing", "verdict", "archive"}


def test_an_unknown_kickoff_that_did_not_validate_all_is_no_life_yet() -> None:
    assert community("kickoff: {date: inconnu, validated: [formula]}\n").stage(TODAY) == "kickoff"


@pytest.mark.parametrize("front", ["end_date: inconnu\n", "kickoff: {validated: inconnu}\n", "title: {x: inconnu}\n"])
def test_other_facts_may_not_be_unknown(front: str) -> None:
    index = community(front).index

    assert index is not None
    assert index.faults


def test_schemas_let_the_same_facts_be_unknown() -> None:
    validator = jsonschema.Draft202012Validator(schema("charter", "fr"))
    fits = {
        "title": "x",
        "start_date": "inconnu",
        "kickoff": {"date": "unknown"},
        "seasons": [{"id": "s", "start_date": "2019-05-06", "end_date": "inconnu"}],
    }

    assert validator.is_valid(fits)
    assert not validator.is_valid(fits | {"end_date": "inconnu"})


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [
        ("4 semaines", 28),
        ("1 mois", 31),
        ("10 jours", 10),
        ("2 weeks", 14),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU", 21),
        ("FREQ=MONTHLY;BYDAY=1MO", 31),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTH=9,10,11,12,1,2,3,4,5,6", 93),
        ("FREQ=MONTHLY;BYMONTH=6", 372),
        ("FREQ=HOURLY;INTERVAL=99999999", 31),
        ("FREQ=;BYMONTH=x,99", 31),
    ],
)
def test_the_longest_time_between_two_meetings(rhythm: str, days: int) -> None:
    assert rhythms.between_meetings(rhythm).days == days


@pytest.mark.parametrize(
    ("rhythm", "last", "as_of", "count"),
    [
        ("4 semaines", "2026-09-28", "2026-11-23", 1),
        ("4 semaines", "2026-09-28", "2026-11-24", 2),
        ("4 semaines", "2026-12-01", "2026-11-24", 0),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-03", "2026-12-01", 1),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-03", "2026-12-02", 2),
        # Held the day before, or two days late: the pace is the same.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-02", "2026-12-01", 1),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-05", "2026-12-01", 1),
        # The first Monday may be five weeks away, and summer has none.
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-10-05", "2026-12-07", 1),
        ("FREQ=MONTHLY;BYDAY=1MO", "2026-10-05", "2026-12-08", 2),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTH=9,10,11,12,1,2,3,4,5,6", "2026-06-01", "2026-10-05", 1),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTH=9,10,11,12,1,2,3,4,5,6", "2026-10-30", "2026-12-31", 1),
    ],
)
def test_meetings_that_were_missed(rhythm: str, last: str, as_of: str, count: int) -> None:
    assert rhythms.missed(rhythm, date.fromisoformat(last), date.fromisoformat(as_of)) == count
