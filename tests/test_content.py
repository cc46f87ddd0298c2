"""What the site's pages and files for programs hold: timeline, calendar, feeds, redirects, descriptions, site map."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin
from xml.etree import ElementTree

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp import disk, site
from cdp.cli.build import theme_texts
from cdp.cli.ground import Ground
from cdp.links import address
from cdp.load import load
from cdp.model.community import Repository
from cdp.settings import Settings
from cdp.site import timeline
from cdp.site.portrait import portrait
from tests.conftest import ROOT, TODAY, Cdp, charter, in_memory, write
from tests.test_site import HOSTILE, staged

SITE = "https://exemple.invalid/un/chemin/"


def nodes(html: str, css: str) -> list[LexborNode]:
    return LexborHTMLParser(html).css(css)


@cache
def example() -> Repository:
    return load(disk.read(ROOT))


def files(repository: Repository, **settings: Any) -> dict[str, bytes]:
    given = replace(Settings(), **settings)
    built = site.build(repository, TODAY, given, theme_texts(Ground(ROOT, given, TODAY), "fr"), "fr")
    return {**built.files, **{path: data for unit in built.units for path, data in unit.files.items()}}


# Timeline

LIFE = (
    "start_date: 2026-01-15\nend_date: 2026-12-15\nkickoff: {date: 2026-01-15}\nseasons:\n"
    "  - {id: 2026-hiver, title: Le départ, start_date: 2026-01-15, end_date: 2026-04-30, celebrated: 2026-04-28}\n"
    "  - {id: 2026-ete, start_date: 2026-05-01, end_date: 2026-12-15}\n"
)
LIVES: dict[str, str | bytes] = {
    "communities/a/index.md": charter(LIFE, "", "Alpha"),
    "communities/b/index.md": charter(LIFE.replace("2026-12-15", "2027-12-31"), "", "Bêta"),
    "communities/idee/index.md": charter("", "", "Une idée"),
    "communities/a/surveys/2026-05.md": "---\nopens: 2026-05-01\ncloses: 2026-05-15\n---\n",
}


def test_the_table_says_what_the_bars_show() -> None:
    head = staged(LIVES)["timeline/index.md"].head
    page = LexborHTMLParser(head)
    bars = [(row.attributes["href"], len(row.css(".cdp-life-row__season"))) for row in page.css("svg a.cdp-life-row")]
    rows = [
        (link.attributes["href"], len(row.css("td")[3].css("li")))
        for row in page.css("table tbody tr")
        for link in row.css("th a")
    ]

    assert bars == rows
    assert [href for href, _ in rows] == ["../communities/b/", "../communities/a/"]
    assert [cell.text() for cell in page.css("tbody tr")[1].css("td")][1:3] == [
        "15\u00a0janvier\u00a02026",
        "15\u00a0décembre\u00a02026",
    ]
    told = [item.text() for item in page.css("tbody tr")[1].css("td li")]
    assert told == [
        "Le départ, 15\u00a0janvier\u00a02026 – 30\u00a0avril\u00a02026",
        "Été 2026, 1er\u00a0mai\u00a02026 – 15\u00a0décembre\u00a02026",
        "Démarrage, 15\u00a0janvier\u00a02026",
        "Sondage, 1er\u00a0mai\u00a02026",
        "Célébration, 28\u00a0avril\u00a02026",
    ]
    # The same words for a pointer, on the drawing.
    row = page.css("svg a.cdp-life-row")[1]
    assert [title.text() for title in row.css("use title")] == [told[2], told[3], told[4]]
    assert [title.text() for title in row.css("rect title")] == ["Le départ", "Été 2026"]


def test_bars_seasons_and_marks_stand_where_their_days_are() -> None:
    views = [portrait(community, TODAY) for community in in_memory(LIVES).communities]
    lives = timeline.lived(views, TODAY)
    chart = timeline.chart(lives, timeline.span(lives, TODAY), TODAY)
    second, first = chart.rows

    assert first.bar.x == second.bar.x
    assert second.bar.width > first.bar.width
    for row in chart.rows:
        end = row.bar.x + row.bar.width
        assert all(row.bar.x - 0.01 <= s.x and s.x + s.width <= end + 0.01 for s in row.seasons)
        assert row.bar.x <= row.seasons[1].x <= end
        assert abs(row.seasons[0].x + row.seasons[0].width - row.seasons[1].x) < 0.5
    marks = {mark.kind: mark.x for mark in first.marks}
    assert marks["kickoff"] == pytest.approx(first.bar.x)
    assert first.bar.x < marks["celebration"] < marks["survey"] < first.bar.x + first.bar.width
    assert chart.today is not None
    assert first.bar.x < chart.today < first.bar.x + first.bar.width


def test_lives_that_go_on_come_first_on_one_axis_with_all_lives_in_one_drawing_above() -> None:
    now = "start_date: 2026-03-01\nend_date: 2027-02-28\nkickoff: {date: 2026-03-01, validated: [formula, objectives, expectations]}\n"
    base: dict[str, str | bytes] = {}
    for number in range(12):
        base[f"communities/now-{number:02}/index.md"] = charter(now, "", f"Now {number}")
        later = now.replace("2026-03", f"2027-{number % 9 + 1:02}").replace("2027-02-28", "2028-06-30")
        base[f"communities/ahead-{number:02}/index.md"] = charter(later, "", f"Ahead {number}")
        over = now.replace("2026-", "2019-").replace("2027-", "2020-")
        base[f"communities/over-{number:02}/index.md"] = charter(over, "", f"Over {number}")
    pages = staged(base)
    found = {
        path: LexborHTMLParser(page.head) for path, page in pages.items() if re.match(r"timeline/(index|\d)\.md", path)
    }

    shown = [link.text().split()[0] for page in found.values() for link in page.css("tbody th a")]
    assert shown == ["Now"] * 12 + ["Ahead"] * 12 + ["Over"] * 12
    years = [[label.text() for label in page.css(".cdp-gantt__label")] for page in found.values()]
    assert years[0] == years[1] == ["2026", "2027", "2028"]
    assert years[3] == ["2019", "2020"]
    assert [len(page.css("line.cdp-gantt__today")) for page in found.values()] == [1, 1, 1, 0]
    (whole,) = found["timeline/index.md"].css("figure svg[role=img]")
    assert whole.attributes["aria-label"] == "36 vies, de 2019 à 2028"
    assert [path.attributes["d"].count("M") for path in whole.css("path[class^=cdp-whole]")] == [12, 12, 12]  # type: ignore[union-attr]
    assert not found["timeline/2.md"].css("figure")


def test_today_is_shown_among_lives_that_go_on_only() -> None:
    goes_on = portrait(in_memory(LIVES).communities[0], TODAY)
    over = replace(goes_on, stage="ended")

    years = timeline.span([over, goes_on], TODAY)
    assert timeline.chart([over, goes_on], years, TODAY).today is not None
    assert timeline.chart([over, over], years, TODAY).today is None


def test_the_timeline_of_the_example_shows_every_life_that_began() -> None:
    head = staged({p: f.read() for p, f in {f.path: f for f in disk.read(ROOT)}.items() if p.endswith(".md")})
    links = [node.attributes["href"] for node in nodes(head["timeline/index.md"].head, "tbody th a")]

    begun = [c.slug for c in example().communities if c.charter.start_date is not None]
    assert sorted(str(href).strip("./").split("/")[-1] for href in links) == begun


# Calendar


def test_the_calendar_shows_each_day_in_the_month_and_in_the_agenda() -> None:
    pages = staged(
        {
            "communities/a/index.md": charter(LIFE, "", "Alpha"),
            "communities/a/meetings/2026-11-26-x.md": "---\ndate: 2026-11-26\nstart: 13:30\ntitle: On se voit\n---\n",
            "communities/a/meetings/2026-12-03-y.md": "---\ndate: 2026-12-03\n---\n",
        }
    )
    page = LexborHTMLParser(pages["calendar/index.md"].head)

    (today,) = page.css("td[aria-current=date]")
    assert today.text(strip=True) == "24"
    weeks = page.css("table.cdp-month tbody tr")
    assert {len(week.css("td")) for week in weeks} == {7}
    assert [node.text(strip=True) for week in weeks for node in week.css("td") if node.text(strip=True)] == [
        str(day) for day in range(1, 31)
    ]
    # November 26, 2026 is a Thursday; weeks begin on Sunday.
    (day,) = page.css('td a[href="#2026-11-26"]')
    assert day.parent is not None
    row = next(week for week in weeks if week.css('a[href="#2026-11-26"]'))
    assert [cell.text(strip=True) for cell in row.css("td")].index("26") == 4
    (entry,) = page.css('section[aria-labelledby="2026-11-26"] li')
    assert "13\u00a0h\u00a030" in entry.text()
    assert "On se voit" in entry.text()
    assert [node.attributes["href"] for node in entry.css("a")] == ["../communities/a/meetings/2026-11-26-x/"]
    assert 'id="2026-12-03"' in pages["calendar/2026-12.md"].head
    anchors = {node.attributes["href"] for node in page.css("td a")}
    assert anchors == {f"#{node.attributes['id']}" for node in page.css("section h3")}


def test_the_present_month_goes_on_with_what_comes_later_and_leads_to_the_whole_calendar() -> None:
    files: dict[str, str | bytes] = {"communities/a/index.md": charter(LIFE, "", "Alpha")}
    for day in range(1, 15):
        files[f"communities/a/meetings/2027-01-{day:02}-x.md"] = f"---\ndate: 2027-01-{day:02}\ntitle: Le {day}\n---\n"
    pages = staged(files)
    page = LexborHTMLParser(pages["calendar/index.md"].head)
    (later,) = page.css("section[aria-labelledby=plus-tard]")

    days = [str(node.attributes["datetime"]) for node in later.css("li time")]
    assert (days, len(days)) == (sorted(days), 12)
    assert days[-1] >= "2027-01-10"
    assert "autres, dans les mois qui suivent" in later.text()
    assert page.css('a[href$="calendar.ics"]')
    assert not LexborHTMLParser(pages["calendar/2027-01.md"].head).css("#plus-tard")
    assert pages["calendar/2027-01.md"].description != pages["calendar/index.md"].description


def test_every_event_of_a_full_day_is_reachable_and_pages_stay_light() -> None:
    base: dict[str, str | bytes] = {}
    for number in range(150):
        base[f"communities/c{number:03}/index.md"] = charter("", "", f"Une communauté au nom assez long {number}")
        base[f"communities/c{number:03}/meetings/2026-12-08-x.md"] = "---\ndate: 2026-12-08\nstart: '13:00'\n---\n"
        day = f"2026-12-{number % 28 + 1:02}"
        base[f"communities/c{number:03}/meetings/{day}-y.md"] = f"---\ndate: {day}\ntitle: On se voit\n---\n"
    pages = {path: page for path, page in staged(base).items() if path.startswith("calendar/")}
    (more,) = nodes(pages["calendar/2026-12.md"].head, "section[aria-labelledby='2026-12-08'] .cdp-more a")

    assert more.attributes["href"] == "../2026-12-08/"
    path, shown = "calendar/2026-12-08.md", set()
    for link in ["", *nodes(pages[path].head, ".cdp-pager a")]:
        here = path if link == "" else f"calendar/2026-12-08/{link.text()}.md"  # type: ignore[union-attr]
        shown |= {
            node.attributes["href"].split("communities/")[1]
            for node in nodes(pages[here].head, "li > a[href*=communities]")
        }  # type: ignore[union-attr]
    assert len([href for href in shown if href.endswith("2026-12-08-x/")]) == 150
    assert max(len(page.head.encode()) for page in pages.values()) < 28_000


# Feeds


def test_an_entry_in_another_language_says_so() -> None:
    found = files(
        in_memory(
            {
                "communities/a/index.md": charter("", "", "Alpha"),
                "communities/a/notes/n.md": "---\ntitle: Une note\ndate: 2026-11-01\n---\n",
                "communities/b/index.md": charter("language: en\n", "", "Beta"),
                "communities/b/notes/n.md": "---\ntitle: A note\ndate: 2026-11-02\n---\n",
            }
        ),
        languages=("fr", "en"),
        translations={"en": {"site_name": "Our base"}},
    )
    xml = "{http://www.w3.org/XML/1998/namespace}lang"
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [entry.find(f"{atom}title") for entry in ElementTree.fromstring(found["feed.xml"]).iter(f"{atom}entry")]

    assert [(title.text, title.get(xml)) for title in titles if title is not None] == [
        ("A note", "en"),
        ("Une note", None),
    ]
    own = ElementTree.fromstring(found["communities/b/feed.xml"])
    assert own.get(xml) == "en"
    assert own.findtext(f"{atom}author/{atom}name") == "Our base"


def feed(data: bytes) -> Any:
    found = feedparser.parse(data)
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize("address", ["", SITE])
def test_every_feed_is_atom_that_a_reader_can_read(address: str) -> None:
    made = {path: data for path, data in files(example(), site_url=address).items() if path.endswith("feed.xml")}
    assert len(made) == len(example().communities) + 1
    ids: list[str] = []
    for path, data in made.items():
        found = feed(data)
        assert found.version == "atom10"
        assert found.feed.title
        assert found.feed.id.startswith("urn:uuid:")
        assert found.feed.updated_parsed
        assert {link.rel for link in found.feed.links} == {"alternate", "self"}
        days = [entry.updated_parsed for entry in found.entries]
        assert days == sorted(days, reverse=True)
        assert found.feed.updated_parsed == (days[0] if days else found.feed.updated_parsed)
        own = [entry.id for entry in found.entries]
        assert len(own) == len(set(own)), path
        ids += own if path != "feed.xml" else []
        for entry in found.entries:
            assert entry.title
            assert entry.links[0].href.startswith(address or (".", "..", "communities", "meetings", "notes", "s", "c"))
    assert set(feed(made["feed.xml"]).entries[0].id.split()) <= set(ids)


def test_an_entry_keeps_its_id_whatever_is_written_later() -> None:
    note = "---\ntitle: Un\ndate: 2026-11-01\n---\n"
    before: dict[str, str | bytes] = {"communities/a/index.md": charter(), "communities/a/notes/un.md": note}
    after = {**before, "communities/a/notes/deux.md": note.replace("Un", "Deux").replace("11-01", "11-09")}
    one, two = (feed(files(in_memory(each), site_url=SITE)["feed.xml"]) for each in (before, after))

    assert [entry.title for entry in two.entries] == ["Deux", "Un"]
    assert two.entries[1].id == one.entries[0].id
    assert two.feed.id == one.feed.id


def test_a_feed_of_a_site_without_an_address_leads_to_its_pages() -> None:
    built = site.build(example(), TODAY, Settings(), theme_texts(Ground(ROOT, Settings(), TODAY), "fr"), "fr")
    feeds = {path: feed(data) for path, data in built.files.items() if path.endswith("feed.xml")}
    pages = {address(page.path) for unit in built.units for page in unit.pages}

    links = {urljoin(path, entry.link).lstrip("/") for path, found in feeds.items() for entry in found.entries}
    assert links
    assert links <= pages


def test_hostile_words_and_drafts_and_what_is_to_come_stay_out_of_feeds() -> None:
    data = files(
        in_memory(
            {
                "communities/a/index.md": charter("", "", HOSTILE),
                "communities/a/notes/un.md": f"---\ntitle: {json.dumps(HOSTILE)}\ndate: 2026-11-01\n---\n",
                "communities/a/notes/b.md": "---\ntitle: Brouillon\ndate: 2026-11-02\ndraft: true\n---\n",
                "communities/a/notes/c.md": "---\ntitle: Demain\ndate: 2026-11-25\n---\n",
            }
        )
    )["feed.xml"]

    assert [entry.title for entry in feed(data).entries] == [feedparser.parse(data).entries[0].title]
    assert b"<script" not in data
    assert HOSTILE in "".join(ElementTree.fromstring(data).itertext())


# Redirects


def test_a_former_address_leads_to_its_community() -> None:
    made = files(in_memory({"communities/a/index.md": charter("former_paths: [/anciens/b/c/]\n")}), site_url=SITE)
    html = made["anciens/b/c/index.html"].decode()
    page = LexborHTMLParser(html)

    (refresh,) = page.css('meta[http-equiv="refresh"]')
    target = str(refresh.attributes["content"]).partition("url=")[2]
    assert urljoin(f"{SITE}anciens/b/c/", target) == f"{SITE}communities/a/"
    assert [node.attributes["href"] for node in page.css("a")] == [target]
    assert [node.attributes["href"] for node in page.css("link[rel=canonical]")] == [f"{SITE}communities/a/"]
    assert [node.attributes["content"] for node in page.css("meta[name=robots]")] == ["noindex"]
    assert page.css_first("html").attributes["lang"] == "fr"  # type: ignore[union-attr]


# Descriptions (JSON-LD)

TERMS = {
    "Organization": {"name", "url", "description", "foundingDate", "dissolutionDate", "areaServed", "keywords"},
    "Event": {
        *("name", "url", "description", "startDate", "endDate", "eventStatus", "eventAttendanceMode"),
        *("location", "organizer", "inLanguage"),
    },
    "CreativeWork": {
        *(
            "name",
            "url",
            "description",
            "dateCreated",
            "dateModified",
            "datePublished",
            "author",
            "publisher",
            "license",
        ),
        *("keywords", "inLanguage", "isPartOf"),
    },
    "WebSite": {"name", "url", "description", "inLanguage", "publisher", "potentialAction"},
    "Collection": {"name", "url"},
    "Place": {"name", "address"},
    "VirtualLocation": {"url"},
    "Person": {"name"},
    "SearchAction": {"target", "query-input"},
    "EntryPoint": {"urlTemplate"},
}
"""Types and properties of schema.org (30) that pages may use; ``query-input`` is Google's, for sites that are searched."""
REQUIRED = {
    "Organization": {"name"},
    "Event": {"name", "startDate", "organizer"},
    "CreativeWork": {"name", "author", "publisher", "inLanguage", "isPartOf"},
    "WebSite": {"name", "inLanguage"},
}


def assert_known(thing: Any) -> None:
    """Each thing has a type of schema.org and properties of that type only; no value is empty."""
    for one in thing if isinstance(thing, list) else [thing]:
        assert one not in ("", None, [], {})
        if isinstance(one, dict):
            assert set(one) - {"@type", "@context"} <= TERMS[one["@type"]], one
            for name, value in one.items():
                if name in ("license", "url") and isinstance(value, str):
                    assert re.match(r"https?://", value), one
                assert_known(value)


def described(path: Path) -> list[dict[str, Any]]:
    page = LexborHTMLParser(path.read_text(encoding="utf-8"))
    return [json.loads(node.text()) for node in page.css('script[type="application/ld+json"]')]


def test_communities_meetings_and_notes_say_what_they_are(example_site: Path) -> None:
    kinds = {}
    for path in example_site.rglob("index.html"):
        for data in described(path):
            assert data["@context"] == "https://schema.org"
            assert_known(data)
            assert REQUIRED[data["@type"]] <= set(data), path
            kinds.setdefault(data["@type"], []).append((path, data))
            if data["@type"] == "Event":
                assert re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d-0[45]:00)?", data["startDate"])
                assert datetime.fromisoformat(data.get("endDate", data["startDate"])) >= datetime.fromisoformat(
                    data["startDate"]
                )
            if data["@type"] == "Organization":
                assert date.fromisoformat(data.get("dissolutionDate", "2026-11-24")) <= TODAY
            if data["@type"] == "CreativeWork":
                authors = data["author"] if isinstance(data["author"], list) else [data["author"]]
                assert {author["@type"] for author in authors} <= {"Person", "Organization"}
                assert data["inLanguage"] in ("fr", "en")
    notes = sum(not note.record.draft for c in example().communities for note in c.notes)
    assert {kind: len(found) for kind, found in kinds.items()} == {
        "Organization": len(example().communities),
        "Event": sum(len(c.meetings) for c in example().communities),
        "CreativeWork": notes,
        "WebSite": 2,
    }


def data_of(front: str, address: str = SITE) -> dict[str, Any]:
    """Return what a meeting of Sherbrooke, the 8 December, says of itself."""
    note = f"---\ndate: 2026-12-08\n{front}---\n"
    made = staged(
        {"communities/a/index.md": charter(), "communities/a/meetings/2026-12-08-x.md": note}, site_url=address
    )
    return dict(made["communities/a/meetings/2026-12-08-x.md"].data)


def test_a_meeting_says_when_it_ends_and_how_to_be_there() -> None:
    place, link = "place: Sherbrooke\n", "link: https://exemple.invalid/salle\n"
    here, there = {"@type": "Place", "name": "Sherbrooke", "address": "Sherbrooke"}, {"@type": "VirtualLocation"}
    modes = "https://schema.org/{}EventAttendanceMode"

    both = data_of("start: '9:30'\nduration: 120\nformat: hybrid\n" + place + link)
    assert (both["startDate"], both["endDate"]) == ("2026-12-08T09:30-05:00", "2026-12-08T11:30-05:00")
    assert both["location"] == [here, {**there, "url": "https://exemple.invalid/salle"}]
    assert both["eventAttendanceMode"] == modes.format("Mixed")
    assert both["organizer"]["url"] == f"{SITE}communities/a/"

    unknown = data_of("format: remote\n")
    assert unknown["location"] == {**there, "url": f"{SITE}communities/a/meetings/2026-12-08-x/"}
    assert (unknown["startDate"], "endDate" in unknown) == ("2026-12-08", False)
    assert data_of(place)["eventAttendanceMode"] == modes.format("Offline")
    assert data_of(link)["eventAttendanceMode"] == modes.format("Online")
    assert "location" not in data_of("format: remote\n", "")


def test_an_evening_that_clocks_change_lasts_as_long_as_said() -> None:
    """On 1 November 2026, at two in the morning, it is one o'clock again in Quebec."""
    note = "---\ndate: 2026-10-31\nstart: '22:00'\nduration: 360\n---\n"
    made = staged({"communities/a/index.md": charter(), "communities/a/meetings/2026-10-31-x.md": note}, site_url=SITE)
    night = made["communities/a/meetings/2026-10-31-x.md"].data

    assert (night["startDate"], night["endDate"]) == ("2026-10-31T22:00-04:00", "2026-11-01T03:00-05:00")


def test_an_end_that_is_planned_is_not_said_as_a_fact() -> None:
    life = LIFE.replace(
        "kickoff: {date: 2026-01-15}", "kickoff: {date: 2026-01-15, validated: [formula, objectives, expectations]}"
    )

    def ends(day: str) -> object:
        made = staged({"communities/a/index.md": charter(life.replace("2026-12-15", day))})
        return made["communities/a/index.md"].data.get("dissolutionDate")

    assert ends("2027-01-04") is None
    assert ends("2026-11-20") == "2026-11-20"


def test_the_home_page_says_how_to_search_the_site() -> None:
    made = staged({"communities/a/index.md": charter()}, site_url=SITE)
    action = made["index.md"].data["potentialAction"]

    assert action["target"]["urlTemplate"] == f"{SITE}search/?q={{search_term_string}}"
    assert action["query-input"] == "required name=search_term_string"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("Demander", {"@type": "CreativeWork", "name": "Demander"}),
    ],
)
def test_a_note_says_its_licence_and_what_it_is_part_of(name: str, said: object) -> None:
    note = f"---\ndate: 2026-03-02\nlicense: {name}\n---\n"
    made = staged({"communities/a/index.md": charter(), "communities/a/notes/n.md": note}, site_url=SITE)
    data = made["communities/a/notes/n.md"].data

    assert data["license"] == said
    assert (data["dateCreated"], data["datePublished"]) == ("2026-03-02", "2026-03-02")
    assert data["isPartOf"] == {"@type": "Collection", "name": "Achats", "url": f"{SITE}communities/a/"}


def test_a_description_holds_no_sign_of_html() -> None:
    note = f"---\ntitle: {json.dumps(HOSTILE)}\n---\n"
    page = staged({"communities/a/index.md": charter(), "communities/a/notes/n.md": note})["communities/a/notes/n.md"]
    line = next(line for line in page.text("a").split("\n") if line.startswith("ld: "))
    text = json.loads(line.removeprefix("ld: "))

    assert not set(text) & set("<>&")
    assert json.loads(text)["name"] == HOSTILE


# Site map, sub-path


@pytest.fixture(scope="module")
def under_a_path(cdp: Cdp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("path")
    write(
        root,
        {
            "mkdocs.yml": f"site_name: x\nsite_url: {SITE}\nextra: {{cdp: {{languages: [fr, en]}}}}\n",
            "communities/a/index.md": charter("former_paths: [/anciens/a/]\n"),
            "communities/a/notes/été #1.md": "---\ntitle: Un\n---\n",
            "communities/a/notes/b.md": "---\ntitle: B\ndraft: true\n---\n",
        },
    )
    cdp("build", "--root", root, "-o", root / "site", "--as-of", TODAY.isoformat(), "--no-cache")
    return root / "site"


def test_the_site_map_names_each_page_once_and_nothing_else(under_a_path: Path) -> None:
    tree = ElementTree.fromstring((under_a_path / "sitemap.xml").read_bytes())
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [unquote(str(node.text)) for node in tree.iter(f"{name}loc")]
    pages = {
        f"{SITE}{path.parent.relative_to(under_a_path).as_posix()}/".replace("/./", "/")
        for path in under_a_path.rglob("index.html")
        if 'content="noindex"' not in path.read_text(encoding="utf-8")
    }

    assert tree.tag == f"{name}urlset"
    assert len(found) == len(set(found))
    assert set(found) == pages
    assert "Sitemap: https://exemple.invalid/un/chemin/sitemap.xml" in (under_a_path / "robots.txt").read_text()


def test_addresses_in_full_are_those_of_the_page(under_a_path: Path) -> None:
    for path in under_a_path.rglob("index.html"):
        page = LexborHTMLParser(path.read_text(encoding="utf-8"))
        here = f"{SITE}{path.parent.relative_to(under_a_path).as_posix()}/".replace("/./", "/")
        canonical = [unquote(str(node.attributes["href"])) for node in page.css("link[rel=canonical]")]
        if page.css("article"):
            assert canonical == [here]
            assert [unquote(str(n.attributes["content"])) for n in page.css('meta[property="og:url"]')] == [here]


# Weight


def test_a_page_is_under_40_kilobytes(example_site: Path) -> None:
    heavy = {
        path.relative_to(example_site).as_posix(): path.stat().st_size
        for path in example_site.rglob("*.html")
        if path.stat().st_size >= 40_000 and "/form/" not in path.as_posix()
    }

    assert heavy == {}


def test_a_first_view_is_under_250_kilobytes_over_the_wire(example_site: Path) -> None:
    """Everything that a page fetches on arrival, as a server sends it (gzip), without the index of the search."""

    def wire(path: Path) -> int:
        packed = path.suffix in (".html", ".css", ".js", ".json", ".svg", ".xml")
        data = path.read_bytes()
        return len(gzip.compress(data, 6)) if packed else len(data)

    for page in example_site.rglob("*.html"):
        tree = LexborHTMLParser(page.read_text(encoding="utf-8"))
        css = "script[src], img[src], link[rel=stylesheet], link[rel=icon]"
        targets = {str(node.attributes.get("src") or node.attributes.get("href")) for node in tree.css(css)}
        if page.name == "404.html":
            continue
        fetched = {(page.parent / unquote(target)).resolve() for target in targets if not target.startswith("data:")}
        if "communities/index.html" in page.as_posix():
            fetched.add(example_site / "communities.json")
        total = wire(page) + sum(wire(path) for path in fetched)
        assert total <= 250_000, (page, total)
