"""Calendars: read back by three parsers, right on both sides of the change of hour, the same every time."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from cdp import calendar
from cdp.model import rhythm
from cdp.model.community import Community
from cdp.settings import Settings
from cdp.site import words
from cdp.timezones import component
from tests.conftest import TODAY, Cdp, community, tree, write

SETTINGS = Settings(site_url="https://exemple.test/base/")
LIFE = "start_date: 2026-09-01\nend_date: 2027-03-31\nformula: {rhythm: FREQ=WEEKLY;INTERVAL=2;BYDAY=TU, place: Sherbrooke}\n"
MEETING = "---\ndate: {date}\nstart: '18:30'\nduration: 90\nplace: Bibliothèque, salle 2\n---\n"


def held(*days: str) -> dict[str, str | bytes]:
    return {f"meetings/{day}-x.md": MEETING.replace("{date}", day) for day in days}


def published(life: Community, as_of: date = TODAY, settings: Settings = SETTINGS) -> bytes:
    return calendar.render(calendar.events(life, as_of, settings, "fr"), life.title, settings)


def occurrences(data: bytes) -> list[datetime | date]:
    """Expand meetings as a program that subscribes would."""
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(data)).between((2026, 1, 1), (2028, 1, 1))
    starts = [event["DTSTART"].dt for event in found if "encontre" in event["SUMMARY"] or "X –" in event["SUMMARY"]]
    return sorted(starts, key=lambda start: start.isoformat())


def test_a_rule_gives_its_meetings_until_the_end_and_keeps_the_hour_across_the_change() -> None:
    days = occurrences(published(community(LIFE, held("2026-09-01"))))
    local = [day.astimezone(ZoneInfo("America/Toronto")) for day in days if isinstance(day, datetime)]

    assert [day.date() for day in local] == [date(2026, 9, 1) + timedelta(weeks=2 * n) for n in range(16)]
    assert {(day.hour, day.minute) for day in local} == {(18, 30)}
    assert {str(day.utcoffset()) for day in local} == {"-1 day, 19:00:00", "-1 day, 20:00:00"}


def test_a_meeting_with_a_file_takes_the_place_of_the_occurrence() -> None:
    life = community(LIFE, held("2026-09-01", "2026-09-17"))
    days = [day.date() for day in occurrences(published(life)) if isinstance(day, datetime)]

    assert date(2026, 9, 15) not in days
    assert days[:3] == [date(2026, 9, 1), date(2026, 9, 17), date(2026, 9, 29)]


@pytest.mark.parametrize(
    ("as_of", "first_back"),
    [(date(2026, 11, 24), date(2027, 1, 19)), (date(2027, 1, 20), date(2027, 2, 2))],
    ids=["planned", "longer than said"],
)
def test_nobody_meets_during_a_pause(as_of: date, first_back: date) -> None:
    life = community(LIFE + "pause: {since: 2026-12-08, resume_by: 2027-01-15}\n", held("2026-09-01"))
    days = [day.date() for day in occurrences(published(life, as_of)) if isinstance(day, datetime)]

    assert not [day for day in days if date(2026, 12, 8) <= day < first_back]
    assert first_back in days


def test_without_an_hour_meetings_are_whole_days() -> None:
    days = occurrences(published(community(LIFE, {"meetings/2026-09-29-x.md": "---\ndate: 2026-09-29\n---\n"})))

    assert days[:2] == [date(2026, 9, 29), date(2026, 10, 13)]
    assert not any(isinstance(day, datetime) for day in days)


def test_windows_bounds_and_the_last_day_are_whole_days() -> None:
    life = community(
        "start_date: 2026-09-01\nend_date: 2027-03-31\nseasons:\n  - {id: 2026-automne, start_date: 2026-09-01, end_date: 2026-12-20}\n",
        {"surveys/2026-12.md": "---\nopens: 2026-12-01\ncloses: 2026-12-14\n---\n"},
    )
    events = {
        str(e["SUMMARY"]).split("\u00a0:")[0]: e for e in icalendar.Calendar.from_ical(published(life)).walk("VEVENT")
    }

    assert (events["Sondage"]["DTSTART"].dt, events["Sondage"]["DTEND"].dt) == (date(2026, 12, 1), date(2026, 12, 15))
    assert events["Fin de saison"]["DTSTART"].dt == date(2026, 12, 20)
    assert events["Dernier jour"]["DTSTART"].dt == date(2027, 3, 31)
    assert str(events["Dernier jour"]["URL"]) == "https://exemple.test/base/communities/a/"


def test_uids_stay_when_dates_move_and_a_move_counts() -> None:
    moved = "extensions:\n  - {decided: 2026-11-01, from: 2027-03-31, to: 2027-05-31, reason: Oui}\n"
    before, after = (
        {
            str(e["SUMMARY"]): e
            for e in icalendar.Calendar.from_ical(published(community(front, held("2026-09-01")))).walk("VEVENT")
        }
        for front in (LIFE, LIFE.replace("2027-03-31", "2027-05-31") + moved)
    )

    assert {name: e["UID"] for name, e in before.items()} == {name: e["UID"] for name, e in after.items()}
    end = next(name for name in before if name.startswith("Dernier jour"))
    assert (before[end]["SEQUENCE"], after[end]["SEQUENCE"]) == (0, 1)
    assert after[end]["DTSTAMP"].dt > before[end]["DTSTAMP"].dt


def test_uids_are_unique_and_shared_by_the_site_and_the_community() -> None:
    life = community(LIFE, held("2026-09-01", "2026-09-17"))
    files = calendar.files([life], TODAY, SETTINGS, "fr")
    site, own = (
        [str(e["UID"]) for e in icalendar.Calendar.from_ical(files[path]).walk("VEVENT")]
        for path in ("calendar.ics", "communities/a/calendar.ics")
    )

    assert site == own
    assert len(set(site)) == len(site)


def test_the_same_facts_give_the_same_bytes() -> None:
    life = community(LIFE, held("2026-09-01"))
    assert len({hashlib.sha256(published(life)).hexdigest() for _ in range(10)}) == 1


@pytest.mark.parametrize("title", ["A; B, C\\n D", "fin\\nEND:VCALENDAR\\nBEGIN:VEVENT", "é" * 200, "« Où »; 🎉"])
def test_words_of_members_stay_words_for_every_parser(title: str) -> None:
    life = community(
        LIFE,
        {
            "meetings/2026-09-01-x.md": MEETING.replace("{date}", "2026-09-01").replace(
                "---\nd", f"---\ntitle: '{title}'\nd", 1
            )
        },
    )
    data = published(life)
    said = [str(e["SUMMARY"]) for e in icalendar.Calendar.from_ical(data).walk("VEVENT")]
    other: Any = vobject.readOne(data.decode())

    assert f"{title} – Achats" in said
    assert sorted(e.summary.value for e in other.vevent_list) == sorted(said)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == len(said)


def test_a_break_within_a_title_starts_no_property() -> None:
    life = community(
        LIFE, {"meetings/2026-09-01-x.md": '---\ntitle: "a\\nEND:VEVENT\\r\\nATTACH:x"\ndate: 2026-09-01\n---\n'}
    )
    data = published(life)

    assert b"\nATTACH" not in data
    assert data.count(b"\nEND:VEVENT") == len(icalendar.Calendar.from_ical(data).walk("VEVENT"))


def test_only_what_the_site_shows_is_told() -> None:
    life = community(
        LIFE + "contact: quelqu-un@exemple.test\nfacilitators: [{name: Une Personne}]\n",
        {"meetings/2026-09-01-x.md": "---\ndate: 2026-09-01\nlink: https://rencontre.test/secret\n---\n"},
    )
    data = published(life)

    assert b"exemple.test" not in data.replace(b"https://exemple.test/base", b"")
    assert b"Une Personne" not in data
    assert b"secret" not in data


def test_the_next_meeting_by_a_rhythm_in_words_is_tentative_until_it_has_its_page() -> None:
    life = LIFE.replace("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2 semaines")
    front = life + "kickoff: {date: 2026-11-17, validated: [formula, objectives, expectations]}\n"
    events = [e for e in icalendar.Calendar.from_ical(published(community(front))).walk("VEVENT") if "STATUS" in e]

    assert [(e["STATUS"], e.decoded("DTSTART"), str(e["TRANSP"])) for e in events] == [
        ("TENTATIVE", date(2026, 12, 1), "TRANSPARENT")
    ]
    assert b"TENTATIVE" not in published(community(front, held("2026-12-01")))
    ruled = LIFE + front.removeprefix(life)
    assert b"TENTATIVE" not in published(community(ruled)), "the series has it"


def test_what_is_due_has_its_alarm() -> None:
    life = community(
        "start_date: 2026-05-01\nend_date: 2027-01-31\nkickoff: {date: 2026-04-28, validated: [formula, objectives, expectations]}\n"
        "facilitators: [{name: Ève Roy}]\n"
    )
    events = list(calendar.dues([life], TODAY, SETTINGS, words.DUES, "fr", TODAY + timedelta(days=90)))

    assert {e["SUMMARY"].split(" – ")[0] for e in events} == {
        str(words.DUES[k]) for k in ("survey", "closing", "verdict", "archive")
    }
    assert all([bell["TRIGGER"].dt for bell in e.walk("VALARM")] == [timedelta(days=-7)] for e in events)


# Rules of rhythm, against another reader of RFC 5545

_DAY = st.sampled_from(rhythm.DAYS)
_RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 20)),
    st.builds(
        lambda n, days: f"FREQ=WEEKLY;INTERVAL={n};BYDAY={','.join(sorted(days))}",
        st.integers(1, 6),
        st.sets(_DAY, min_size=1),
    ),
    st.builds(
        lambda n, days: f"FREQ=WEEKLY;WKST=SU;INTERVAL={n};BYDAY={','.join(sorted(days))}",
        st.integers(1, 6),
        st.sets(_DAY, min_size=1),
    ),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};BYDAY={}{}".format, st.integers(1, 4), st.sampled_from([-5, -1, 1, 2, 3, 4, 5]), _DAY
    ),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.integers(1, 31) | st.integers(-31, -1)),
    st.builds("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS={}".format, st.sampled_from([-5, -1, 1, 5])),
    st.builds("FREQ=WEEKLY;BYMONTH={}".format, st.integers(1, 12)),
    st.builds("FREQ=MONTHLY;INTERVAL={}".format, st.integers(1, 6)),
)


@given(_RULES, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_days_of_a_rule_are_those_that_other_programs_compute(text: str, first: date) -> None:
    rule = rhythm.parse(text)
    assert rule is not None
    last = first + timedelta(days=500)
    theirs = rrulestr(text, dtstart=datetime.combine(first, datetime.min.time()))

    assert rule.occurrences(first, last) == [
        day.date() for day in theirs.between(theirs._dtstart, datetime.combine(last, datetime.min.time()), inc=True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "4 semaines",
        "FREQ=SECONDLY",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;UNTIL=20270101",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=WEEKLY;INTERVAL=0",
    ],
)
def test_other_rhythms_give_no_series(text: str) -> None:
    assert rhythm.parse(text) is None


def test_a_rule_that_gives_no_day_gives_no_meeting() -> None:
    life = community(LIFE.replace("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))
    assert occurrences(published(life)) == []


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=TU", "toutes les 4 semaines, le mardi", "every 4 weeks, on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "chaque semaine, le lundi, le jeudi", "every week, on Monday, on Thursday"),
        ("FREQ=MONTHLY;BYDAY=2WE", "chaque mois, le deuxième mercredi", "every month, on the second Wednesday"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "chaque mois, le dernier vendredi", "every month, on the last Friday"),
        ("FREQ=SECONDLY", "FREQ=SECONDLY", "FREQ=SECONDLY"),
    ],
)
def test_a_rule_is_said_in_words(text: str, french: str, english: str) -> None:
    assert (words.rhythm(text, "fr"), words.rhythm(text, "en")) == (french, english)


# Time zones


@pytest.mark.parametrize(
    "name",
    [
        "America/Toronto",
        "America/St_Johns",
        "America/Regina",
        "Europe/Paris",
        "Africa/Casablanca",
        "UTC",
        "Australia/Lord_Howe",
    ],
)
def test_a_zone_reads_back_as_the_same_hours(name: str) -> None:
    zone = ZoneInfo(name)
    written = component(name, 2026, 2027)
    read = icalendar.Timezone.from_ical(written.to_ical()).to_tz()
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    while moment.year < 2028:
        local = moment.astimezone(zone)
        assert local.replace(tzinfo=None).replace(tzinfo=read).utcoffset() == local.utcoffset(), local
        moment += timedelta(hours=23)


def test_usual_zones_are_rules_that_go_on() -> None:
    said = component("America/Toronto", 2026, 2027).to_ical().decode()

    assert said.count("RRULE") == 2
    assert "RDATE" not in said
    assert "UNTIL" not in said


# On the site


@pytest.mark.slow
def test_the_site_publishes_calendars_that_follow_the_facts_in_spite_of_the_cache(
    small_base: Path, tmp_path: Path, cdp: Cdp
) -> None:
    write(small_base, {"communities/a/meetings/2026-12-01-x.md": "---\ndate: 2026-12-01\n---\n"})
    out = tmp_path / "site"
    words = ("build", "--root", small_base, "-o", out, "--as-of", TODAY.isoformat())

    def days(path: str) -> list[date]:
        read = icalendar.Calendar.from_ical((out / path).read_bytes())
        return [event["DTSTART"].dt for event in read.walk("VEVENT") if "Rencontre" in event["SUMMARY"]]

    cdp(*words)
    first = tree(out)
    assert days("communities/a/calendar.ics") == [date(2026, 12, 1)]
    assert date(2026, 12, 1) in days("calendar.ics")
    cdp(*words, "--no-cache")
    assert tree(out) == first
    (small_base / "communities/a/meetings/2026-12-01-x.md").unlink()
    write(small_base, {"communities/a/meetings/2026-12-08-x.md": "---\ndate: 2026-12-08\n---\n"})
    cdp(*words)
    assert days("communities/a/calendar.ics") == [date(2026, 12, 8)]
    assert date(2026, 12, 1) not in days("calendar.ics")


def test_a_calendar_without_an_event_is_one_that_programs_read() -> None:
    """RFC 5545, 3.6: a calendar holds one component at least, and whoever subscribes early keeps the file."""
    data = calendar.files([community()], TODAY, Settings(), "fr")
    for path in ("calendar.ics", "communities/a/calendar.ics"):
        found = icalendar.Calendar.from_ical(data[path])

        assert not found.walk("VEVENT"), path
        assert [part.name for part in found.subcomponents] == ["VTIMEZONE"], path
        assert found.subcomponents[0]["TZID"] == "America/Toronto"
        assert found.subcomponents[0].walk("STANDARD")
