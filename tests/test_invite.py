"""Mail drafts: opened by a real parser, in text, HTML and calendar; never sent, never where Git could take them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from cdp.facilitation import invite
from cdp.facilitation.invite import KINDS, Event, Letter
from cdp.facilitation.recruit.contacts import Contact
from cdp.settings import Settings
from tests.conftest import ROOT, Cdp, charter, community, write

TODAY = date(2026, 11, 24)


def read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=policy.default))


def part(message: EmailMessage, kind: str) -> str:
    found = [
        each
        for each in message.walk()
        if each.get_content_type() == kind and not (each.get_filename() or "").endswith("html")
    ]
    assert len(found) == 1
    return str(cast(EmailMessage, found[0]).get_content())


def person(name: str = "Zoé Œuvrard", email: str = "zoe@exemple.invalid") -> Contact:
    return Contact(id="c1", name=name, emails=(email,))


def letter(template: str, event: Event | None = None, sender: str = "") -> Letter:
    return Letter(template, {"title": "L'été <b>, déjà"}, event, sender, "fr")


def test_a_draft_has_text_html_and_calendar_and_is_unsent() -> None:
    event = Event("Rencontre", date(2026, 7, 1), "13:30", 90, "Salle; A, b", "https://exemple.invalid/x")
    message = read(
        invite.draft(
            letter("Objet : Été : {{title}}\n\nBonjour{{person}},\n", event, "moi@exemple.invalid"), [person()]
        )
    )

    assert message["X-Unsent"] == "1"
    assert message["Subject"] == "Été : L'été <b>, déjà"
    assert message["To"].addresses[0].display_name == "Zoé Œuvrard"
    assert message["Date"] is None
    assert part(message, "text/plain").startswith("Bonjour Zoé Œuvrard,")
    assert "Bonjour Zoé Œuvrard," in part(message, "text/html")
    (entry,) = Calendar.from_ical(part(message, "text/calendar")).walk("VEVENT")
    assert entry["DTSTART"].dt == datetime(2026, 7, 1, 17, 30, tzinfo=UTC)
    assert entry["DTEND"].dt == datetime(2026, 7, 1, 19, 0, tzinfo=UTC)
    assert entry["LOCATION"] == "Salle; A, b"
    assert Calendar.from_ical(part(message, "text/calendar"))["METHOD"] == "PUBLISH"


def test_without_a_sender_the_calendar_has_no_method_and_winter_time_holds() -> None:
    event = Event("R", date(2026, 12, 1), "13:30")
    found = Calendar.from_ical(part(read(invite.draft(letter("Objet : x\n\ny\n", event), [])), "text/calendar"))

    assert "METHOD" not in found
    assert found.walk("VEVENT")[0]["DTSTART"].dt == datetime(2026, 12, 1, 18, 30, tzinfo=UTC)


def test_a_contact_known_by_an_address_or_an_organization_alone_is_greeted_without_a_name() -> None:
    for who in (
        Contact(id="c1", name="sansnom@exemple.org", emails=("sansnom@exemple.org",)),
        Contact(id="c1", name="Coop", organization="Coop", emails=("sansnom@exemple.org",)),
    ):
        message = read(invite.draft(letter("Objet : x\n\nBonjour{{person}},\n"), [who]))
        assert part(message, "text/plain").startswith("Bonjour,")
        assert str(message["To"]) == "sansnom@exemple.org"


def test_blind_copies_are_blind_and_the_greeting_names_nobody() -> None:
    people = [person(), person("Ana", "ana@exemple.invalid")]
    message = read(invite.draft(letter("Objet : x\n\nBonjour{{person}},\n"), people, together=True))

    assert message["To"] is None
    assert len(message["Bcc"].addresses) == 2
    assert part(message, "text/plain").startswith("Bonjour,")


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_value_breaks_out_of_its_place(name: str, title: str) -> None:
    if not name.strip():
        return
    fields = Letter("Objet : {{title}}\n\nBonjour{{person}}, {{title}}\n\nfin\n", {"title": title}, None, "", "fr")
    message = read(invite.draft(fields, [person(name)]))

    assert len(message["To"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == "zoe@exemple.invalid"
    assert set(message.keys()) == {"X-Unsent", "Subject", "To", "MIME-Version", "Content-Type"}
    html = part(message, "text/html").partition("<body")[2]
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize("email", ["", "zoe", "a@b, c@d", "a@b\nBcc: c@d", "<a@b>"])
def test_an_unusable_address_gets_no_draft(email: str) -> None:
    assert not invite.addressed(Contact(id="c1", name="Zoé", emails=(email,) if email else ()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_text_is_filled_from_the_charter(kind: invite.Kind, lang: str) -> None:
    here = community(
        f"language: {lang}\nend_date: 2026-12-31\nstart_date: 2026-01-01\nobjectives:\n  - id: o1\n    text: Répondre\n    outcome: met\n",
        {"meetings/2026-12-08-x.md": "---\ndate: 2026-12-08\nstart: '13:00'\nplace: Ici\n---\n"},
    )
    text = (ROOT / f"theme/invitations/{kind}.{lang}.md").read_text(encoding="utf-8")
    what = invite.event(here, kind, TODAY)
    fields = invite.fields(here, Settings(), TODAY, what)
    message = read(invite.draft(Letter(text, fields, what, "", lang), [person()]))

    said = part(message, "text/plain")
    assert "{{" not in said
    assert "Achats" in message["Subject"]
    assert not message["Subject"].startswith(("Objet", "Subject"))
    assert (what is None) == (kind in ("first-contact", "survey", "kickoff", "one-to-one"))


def test_a_link_goes_into_the_draft_and_its_entry_which_says_what_it_is() -> None:
    here = community("end_date: 2026-12-31\n")
    what = invite.event(here, "kickoff", TODAY, TODAY + timedelta(days=9))
    assert what is not None
    what = invite.moved(what, "13:30", "", "https://visio.exemple.invalid/x")
    (entry,) = Calendar.from_ical(invite.calendar(what, "", "America/Toronto")).walk("VEVENT")

    assert invite.fields(here, Settings(), TODAY, what)["link"] == "https://visio.exemple.invalid/x"
    assert entry["url"] == "https://visio.exemple.invalid/x"
    assert entry["summary"] == "Achats · Rencontre de démarrage"
    assert entry["dtstamp"].dt.date() == TODAY


def test_the_command_writes_one_draft_a_person_and_refuses_where_git_looks(cdp: Cdp, tmp_path: Path) -> None:
    import subprocess

    root = tmp_path / "b"
    write(
        root, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(), ".gitignore": "/private/\n/.cdp/\n"}
    )
    subprocess.run(["git", "init", "-q", root], check=True)
    for name in ("Ana", "Béa", "Cyr"):
        cdp("contacts", "add", name, "--email", f"{name[0]}@exemple.invalid", "--root", root)
        cdp("contacts", "pipeline", "a", name, "--root", root)
    cdp("contacts", "pipeline", "a", "Cyr", "--status", "declined", "--root", root)
    words = ("invite", "a", "--kind", "first-contact", "--root", root)
    cdp(*words, "-o", root / "private/inv")
    assert sorted(path.name for path in (root / "private/inv").iterdir()) == [
        "first-contact-c1-ana.eml",
        "first-contact-c2-bea.eml",
    ]
    assert (root / "private/inv/first-contact-c1-ana.eml").stat().st_mode & 0o777 == 0o600
    assert "Git" in cdp(*words, "-o", root / "inv", code=2).stderr
    assert "a dit non" in cdp(*words, "-o", tmp_path / "out", "--to", "Cyr", code=1).stdout
    assert not (tmp_path / "out").exists()
    write(root, {"theme/invitations/first-contact.fr.md": "Objet : x\n\n{{nom}}\n"})
    assert "« nom »" in cdp(*words, "-o", tmp_path / "o2", code=2).stderr.replace("\u00a0", " ")


def test_nobody_gets_a_draft_for_a_purpose_that_they_did_not_agree_to(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "b"
    write(root, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter()})
    for name in ("Ana", "Béa", "Cyr"):
        cdp("contacts", "add", name, "--email", f"{name[0]}@exemple.invalid", "--root", root)
        cdp("contacts", "pipeline", "a", name, "--status", "ally", "--root", root)
    cdp("contacts", "consent", "Ana", "rencontres", "--how", "de vive voix", "--root", root)
    cdp("contacts", "consent", "Cyr", "meetings", "--withdrawn", "--root", root)
    there = ("--root", root, "--as-of", "2026-11-24")
    said = cdp("invite", "a", "--kind", "kickoff", "--date", "2027-01-14", "-o", tmp_path / "k", *there).stdout

    assert [path.name for path in (tmp_path / "k").iterdir()] == ["kickoff-c1-ana.eml"]
    assert "c2 n’a pas encore accepté" in said
    assert "cdp contacts consent c2 meetings" in said
    assert "c3 refuse" in said
    for words in (
        ("--kind", "survey"),
        ("--kind", "kickoff", "--to", "Béa"),
        ("--kind", "first-contact", "--to", "Ana"),
    ):
        assert "aucun brouillon" in cdp("invite", "a", *words, "-o", tmp_path / "n", *there, code=1).stderr
    assert not (tmp_path / "n").exists()


def test_a_survey_draft_finds_the_form_of_the_open_survey(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "b"
    survey = "---\nopens: 2026-11-20\ncloses: 2026-12-04\n---\n"
    pages = {"communities/a/index.md": charter(), "communities/a/surveys/2026-11.md": survey}
    write(root, {"mkdocs.yml": "site_name: B\nsite_url: https://exemple.invalid/base/\n", **pages})
    there = ("invite", "a", "--kind", "survey", "--root", root)
    cdp(*there, "--as-of", "2026-11-24", "-o", tmp_path / "s")
    text = part(read((tmp_path / "s/survey.eml").read_bytes()), "text/plain")

    assert "https://exemple.invalid/base/communities/a/surveys/2026-11/form/" in text
    assert "vendredi 4 décembre 2026" in text.replace("\u00a0", " ")
    assert "ajoutez --link" in cdp(*there, "--as-of", "2026-12-24", "-o", tmp_path / "t").stdout


def test_a_kickoff_draft_brings_the_form_of_those_absent_and_the_hour(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "b"
    write(root, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter()})
    when = ("--date", "2027-01-14", "--start", "13:00", "--place", "Salle; <b>")
    words = ("invite", "a", "--kind", "kickoff", *when, "--root", root, "--as-of", "2026-11-24")
    cdp(*words, "-o", tmp_path / "k")
    message = read((tmp_path / "k/kickoff.eml").read_bytes())
    form = next(
        each for each in message.iter_attachments() if each.get_filename() == "si-vous-ne-pouvez-pas-venir.html"
    )

    assert cast(EmailMessage, form).get_content().count("<textarea") == 3
    assert "Heure : 13 h" in part(message, "text/plain").replace("\u00a0", " ")
    assert Calendar.from_ical(part(message, "text/calendar")).walk("VEVENT")[0]["LOCATION"] == "Salle; <b>"
    assert "heure" in cdp(*words, "--start", "25:00", "-o", tmp_path / "x", code=2).stderr


ROUND = """start_date: 2026-06-01
end_date: 2027-05-31
kickoff: {date: 2026-06-01, validated: [formula, objectives, expectations]}
formula: {rhythm: 4 semaines}
seasons: [{id: s1, title: Automne, start_date: 2026-11-01, end_date: 2027-02-28}]
"""
HELD = {"meetings/2026-11-10-x.md": "---\ndate: 2026-11-10\n---\n"}
AHEAD = {"meetings/2026-12-08-x.md": "---\ndate: 2026-12-08\nlink: https://visio.exemple.invalid/\n---\n"}


def entry(what: Event | None) -> Any:
    assert what is not None
    (found,) = Calendar.from_ical(invite.calendar(what, "", "America/Toronto")).walk("VEVENT")
    return found


def test_a_meeting_is_the_group_s_and_a_talk_has_only_the_day_that_is_given() -> None:
    here = community(ROUND, {**HELD, **AHEAD})
    assert entry(invite.event(here, "meeting", TODAY))["dtstart"].dt == date(2026, 12, 8)
    assert entry(invite.event(community(ROUND, HELD), "meeting", TODAY))["dtstart"].dt == date(2026, 12, 8)
    assert invite.event(here, "one-to-one", TODAY) is None
    talk = entry(invite.event(here, "one-to-one", TODAY, date(2026, 12, 8)))
    assert talk["summary"] == "Achats · Rencontre à deux"
    assert "location" not in talk
    assert invite.ASKED["meeting"] == {"met", "ally"}
    assert invite.ASKED["one-to-one"] == {"contacted"}


def test_every_entry_says_what_it_is_and_a_later_draft_takes_the_place_of_the_first() -> None:
    here = community(ROUND)
    day = date(2027, 2, 20)
    first = {
        kind: entry(invite.event(here, kind, TODAY, day)) for kind in KINDS if kind not in ("first-contact", "survey")
    }
    assert len({str(each["uid"]) for each in first.values()}) == len(first)
    assert first["season-end"]["summary"] == "Achats · Fin de saison"
    for kind in ("kickoff", "season-end", "celebration", "closing"):
        later = entry(invite.event(here, cast(invite.Kind, kind), TODAY + timedelta(days=3), day + timedelta(days=1)))
        assert later["uid"] == first[kind]["uid"]
        assert later["sequence"] > first[kind]["sequence"]
        assert later["dtstamp"].dt > first[kind]["dtstamp"].dt
    assert entry(invite.event(community(ROUND, AHEAD), "celebration", TODAY))["summary"] == "Achats · Célébration"
    assert (
        entry(invite.event(community(ROUND, AHEAD), "meeting", TODAY))["location"] == "https://visio.exemple.invalid/"
    )


@pytest.mark.parametrize("kind", ["kickoff", "meeting"])
def test_of_two_drafts_of_one_day_the_second_takes_the_place_of_the_first(
    cdp: Cdp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    pages = {path: text for path, text in AHEAD.items() if kind == "meeting"}
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(ROUND)})
    write(tmp_path, {f"communities/a/{path}": text for path, text in pages.items()})
    made = []
    for second, start in ((0, "13:30"), (40, "14:00")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1795536000 + second))
        cdp(
            "invite",
            "a",
            "--kind",
            kind,
            "--date",
            "2026-12-08",
            "--start",
            start,
            "-o",
            tmp_path / start,
            "--root",
            tmp_path,
        )
        message = message_from_bytes((tmp_path / start / f"{kind}.eml").read_bytes(), policy=policy.default)
        (part,) = (part for part in message.walk() if part.get_content_type() == "text/calendar")
        made += Calendar.from_ical(part.get_content()).walk("VEVENT")
    first, later = made

    assert first["uid"] == later["uid"]
    assert first["dtstart"].dt < later["dtstart"].dt
    assert first["sequence"] < later["sequence"] < 2**31
    assert first["dtstamp"].dt < later["dtstamp"].dt


def test_a_draft_says_each_aim_once_and_none_that_was_judged() -> None:
    aims = """objectives:
  - {id: o1, text: Fait, season: s0, outcome: met, evidence: vu}
  - {id: o2, text: Un guide, season: s0, outcome: partly, explanation: six}
  - {id: o3, text: Un guide, season: s9, outcome: open}
  - {id: o4, text: Un guide, season: s9, outcome: open}
"""
    said = invite.fields(community(aims), Settings(), TODAY, None)
    assert said["objectives"].strip() == "- Un guide"
    assert said["met"].strip() == "- Fait"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_draft_announces_nothing_that_does_not_follow(kind: invite.Kind, lang: str) -> None:
    here = community(f"language: {lang}\n{ROUND}")
    text = (ROOT / f"theme/invitations/{kind}.{lang}.md").read_text(encoding="utf-8")
    message = read(invite.draft(Letter(text, invite.fields(here, Settings(), TODAY, None), None, "", lang), []))
    paragraphs = [each for each in "\n".join(part(message, "text/plain").splitlines()).split("\n\n") if each.strip()]

    for one, two in pairwise(paragraphs):
        assert not one.rstrip().endswith(":") or two.startswith(("1. ", "- "))
    assert not paragraphs[-1].rstrip().endswith(":")


def test_nobody_is_invited_to_what_is_past(cdp: Cdp, tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(ROUND)})
    words = ("invite", "a", "--kind", "kickoff", "--root", tmp_path, "--as-of", "2026-11-24", "-o", tmp_path / "x")
    assert "est passé" in cdp(*words, "--date", "2020-01-01", code=2).stderr
    assert not (tmp_path / "x").exists()
    cdp(*words, "--date", "2026-11-24")
    past = community("closing: {announced: 2026-10-01, outcome: fulfilled, celebration: {date: 2026-11-20}}\n")
    assert invite.event(past, "closing", TODAY) is None


def test_a_draft_and_the_calendar_of_the_site_speak_of_one_event() -> None:
    from cdp import calendar

    here = community("", {"meetings/2026-12-08-x.md": "---\ndate: 2026-12-08\nstart: '13:00'\n---\n"})
    what = invite.event(here, "meeting", TODAY)
    assert what is not None
    (mine,) = Calendar.from_ical(invite.calendar(what, "", "America/Toronto")).walk("VEVENT")
    theirs = [
        event for event in calendar.events(here, TODAY, Settings(), "fr") if "2026-12-08" in str(event["DTSTART"].dt)
    ]
    assert [str(event["UID"]) for event in theirs] == [str(mine["UID"])]


def test_letters_are_copied_changed_and_used_while_the_site_keeps_its_look(cdp: Cdp, tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: S\n", "communities/a/index.md": charter()})
    cdp("letters", "--root", tmp_path)
    assert not (tmp_path / "theme").exists()
    cdp("letters", "--root", tmp_path, "--apply")
    letter = tmp_path / "theme/invitations/first-contact.fr.md"
    letter.write_text("Objet : Venez\n\nNos mots à nous.\n", encoding="utf-8")
    cdp("letters", "--root", tmp_path, "--apply")
    cdp("invite", "a", "--kind", "first-contact", "-o", tmp_path / "private/x", "--root", tmp_path)
    (draft,) = (tmp_path / "private/x").glob("*.eml")

    assert "Nos mots à nous." in part(read(draft.read_bytes()), "text/plain")
    cdp("build", "--root", tmp_path, "-o", tmp_path / "site")
    assert "cdp-page" in (tmp_path / "site/index.html").read_text()


def test_a_season_that_has_just_ended_is_the_one_that_its_end_speaks_of(cdp: Cdp, tmp_path: Path) -> None:
    seasons = (
        "seasons:\n  - {id: s1, title: Une, start_date: 2026-06-01, end_date: 2026-11-20}\n"
        "  - {id: s2, title: Deux, start_date: 2026-11-21, end_date: 2027-03-31}\n"
    )
    write(tmp_path, {"mkdocs.yml": "site_name: S\n", "communities/a/index.md": charter(seasons)})
    words = ["invite", "a", "--kind", "season-end", "--root", tmp_path, "--as-of", "2026-11-24"]
    for number, more in enumerate(([], ["--season", "s2"])):
        cdp(*words, "-o", tmp_path / f"private/{number}", *more)
    subjects = [read(next((tmp_path / f"private/{n}").glob("*.eml")).read_bytes())["Subject"] for n in (0, 1)]
    assert "Une" in subjects[0]
    assert "Deux" in subjects[1]
