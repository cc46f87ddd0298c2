"""Seasons: proposed dates, opening, the review from facts, the end; and what minutes say."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from cdp.dialect import EXTENSIONS, options
from cdp.facilitation import season_reviews, seasons
from cdp.facilitation.charters import changed
from cdp.facilitation.season_reviews import Judgement
from cdp.facilitation.seasons import Opening, Refused
from cdp.frontmatter import Data, Edit, parse
from cdp.model.community import Community
from cdp.model.minutes import minutes, needs_heard, open_actions
from cdp.plan import Plan
from cdp.prose import literal
from cdp.rules import run
from cdp.sanitize import clean
from cdp.site import words
from tests.conftest import ROOT, Cdp, charter, community, in_memory, write

TODAY = date(2026, 11, 24)
LIFE = """start_date: 2026-06-01
end_date: 2027-05-31
objectives:
  - id: o1
    text: Répondre vite
    measure: En trois jours
    season: 2026-ete
    outcome: open
  - id: o2 # gardez-moi
    text: Bien accueillir
    season: 2026-ete
    outcome: partly
    explanation: Six pages sur dix
seasons:
  - id: 2026-ete
    title: Été
    start_date: 2026-06-01
    end_date: 2026-10-31
"""


def after(plan: Plan, more: dict[str, str] | None = None) -> Community:
    """Return the community as it would be once the plan is carried out."""
    files = {path: data for path, data in plan.changes.items() if data is not None}
    found = in_memory({**{f"communities/a/{k}": v for k, v in (more or {}).items()}, **files}).get("a")
    assert found is not None
    return found


def raw(front: str = LIFE) -> bytes:
    return charter(front).encode()


# Dates


@settings(deadline=None)
@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(1, 900),
    every=st.sampled_from(["3", "4", "seasons"]),
)
def test_proposed_seasons_fill_the_life_without_gap_or_overlap(start: date, days: int, every: seasons.Every) -> None:
    end = start + timedelta(days=days)
    found = seasons.propose(community(f"start_date: {start}\nend_date: {end}\n"), TODAY, every)

    assert found[0].start_date == start
    assert found[-1].end_date == end
    for one, next_one in pairwise(found):
        assert one.end_date is not None
        assert next_one.start_date == one.end_date + timedelta(days=1)
        assert one.end_date - one.start_date >= timedelta(days=27)
    assert len({season.id for season in found}) == len(found)


def test_the_four_seasons_of_the_year_start_with_their_months() -> None:
    found = seasons.propose(community("start_date: 2026-12-01\nend_date: 2027-11-30\n"), TODAY, "seasons")

    assert [(season.id, str(season.start_date)) for season in found] == [
        ("2027-hiver", "2026-12-01"),
        ("2027-printemps", "2027-03-01"),
        ("2027-ete", "2027-06-01"),
        ("2027-automne", "2027-09-01"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "id", "title"),
    [
        ("2027-07-20", "2027-11-19", "2027-07", "Juillet à novembre 2027"),
        ("2027-07-23", "2027-11-22", "2027-07", "Juillet à novembre 2027"),
        ("2027-03-23", "2027-07-22", "2027-03", "Mars à juillet 2027"),
        ("2027-11-20", "2028-03-19", "2028-hiver", "Hiver 2028"),
        ("2027-07-01", "2027-09-30", "2027-ete", "Été 2027"),
        ("2027-01-01", "2027-04-30", "2027-hiver", "Hiver 2027"),
        ("2027-05-04", "2027-08-31", "2027-ete", "Été 2027"),
        ("2027-09-01", "2027-12-31", "2027-automne", "Automne 2027"),
        ("2027-04-01", "2027-06-30", "2027-printemps", "Printemps 2027"),
        ("2027-12-05", "2028-01-30", "2028-hiver", "Hiver 2028"),
    ],
)
def test_a_season_has_the_name_of_its_time_of_year_or_its_months(start: str, end: str, id: str, title: str) -> None:
    (found,) = seasons.propose(community(f"start_date: {start}\nend_date: {end}\n"), TODAY, "4", 1)
    assert (found.id, (found.title or "").replace("\u00a0", " ")) == (id, title)


def test_what_is_written_takes_the_place_of_its_example_under_its_explanation() -> None:
    text = (
        (ROOT / "theme/new/charter.md")
        .read_text(encoding="utf-8")
        .replace("{{title}}", "A")
        .replace("{{summary}}", "S")
    )
    people: Data = [{"name": "Ève"}]
    found = changed(
        text.encode(),
        [Edit(("start_date",), "2026-11-20"), Edit(("facilitators",), people), Edit(("former_paths",), ["/a/"])],
    ).decode()

    assert "Le dernier jour est inclus.\nstart_date: 2026-11-20\n# end_date:" in found
    assert "se lisent sur le site.\nfacilitators:\n  - name: Ève\n## Étape 1" in found
    assert "Prénom Nom\n#     organization: Organisme\n## Étape 1" not in found
    gone = {line for line in text.splitlines() if line.startswith("#")} - set(found.splitlines())
    assert gone == {"# start_date: 2026-02-03", "# facilitators:"}
    assert found.index("former_paths:") > found.index("start_date:")


def test_the_seasons_of_a_plan_are_named_alike() -> None:
    found = seasons.propose(community("start_date: 2026-10-15\nend_date: 2027-10-14\n"), TODAY, "4")

    assert [(season.id, season.title) for season in found] == [
        ("2026-10", "Octobre 2026 à février 2027"),
        ("2027-02", "Février à juin 2027"),
        ("2027-06", "Juin à octobre 2027"),
    ]
    front = "start_date: 2026-10-15\nend_date: 2027-06-14\nseasons: [{id: 2026-10, start_date: 2026-10-15, end_date: 2027-02-14}]\n"
    (after,) = seasons.propose(community(front), TODAY, "4")
    assert after.title == "Février à juin 2027"


@pytest.mark.parametrize(
    ("id", "start", "end", "said"),
    [
        ("2026-11", "2026-11-20", "2027-03-19", ("winter", 2027)),
        ("s2", "2026-11-01", "2027-01-31", ("winter", 2027)),
        ("s1", "2026-06-01", "2026-10-31", ("summer", 2026)),
        ("2026-hiver", "2026-11-01", "2027-01-31", ("winter", 2026)),
    ],
)
def test_the_time_of_year_of_a_season_is_that_of_its_id_else_of_its_middle(
    id: str, start: str, end: str, said: tuple[str, int]
) -> None:
    (season,) = community(f"seasons: [{{id: {id}, start_date: {start}, end_date: {end}}}]\n").charter.seasons
    assert words.time_of_year(season) == said


def test_a_plan_tells_its_dates_in_the_language_of_the_screen(cdp: Cdp, tmp_path: Path) -> None:
    front = "language: en\nstart_date: 2026-12-01\nend_date: 2027-03-31\n"
    write(tmp_path, {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(front)})
    said = cdp("season", "plan", "a", "--root", tmp_path, "--as-of", "2026-11-24").stdout.replace("\u00a0", " ")

    assert "title: Winter 2027" in said
    assert "du 1er décembre 2026 au 31 mars 2027" in said


def test_a_season_never_has_more_objectives_than_its_check_takes() -> None:
    eight = Opening(objectives=[(f"Objectif {n}", "vu") for n in range(8)])
    front = "start_date: 2026-11-01\nend_date: 2027-02-28\n"
    with pytest.raises(Refused, match="8 objectifs"):
        seasons.open_season(community(front), charter(front).encode(), TODAY, None, eight)


def test_the_plan_goes_on_after_the_last_season_and_stops_at_the_end() -> None:
    plan = seasons.plan(community(LIFE), raw(), TODAY, "4")
    assert [str(s.start_date) for s in after(plan).charter.seasons] == ["2026-06-01", "2026-11-01", "2027-03-01"]
    full = LIFE.replace("2026-10-31", "2027-05-31")
    with pytest.raises(Refused, match="jusqu"):
        seasons.plan(community(full), raw(full), TODAY, "4")


# Opening


def test_opening_carries_over_by_choice_and_keeps_comments() -> None:
    opening = Opening("Automne", date(2026, 11, 1), date(2027, 2, 28), [("Jumeler", "6 duos")], ["o1", "o2"])
    plan = seasons.open_season(community(LIFE), raw(), TODAY, "2026-automne", opening)

    found = after(plan).charter.objectives
    assert [(o.id, o.season, o.outcome) for o in found] == [
        ("o1", "2026-automne", "open"),
        ("o2", "2026-ete", "partly"),
        ("o3", "2026-automne", "open"),
        ("o4", "2026-automne", "open"),
    ]
    assert (found[2].text, found[3].measure) == ("Bien accueillir", "6 duos")
    assert b"# gardez-moi" in (plan.changes["communities/a/index.md"] or b"")


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (Opening(start=date(2026, 10, 1), end=date(2026, 12, 1)), "chevaucherait"),
        (Opening(start=date(2026, 11, 1), end=date(2027, 9, 1)), "après la communauté"),
        (Opening(start=date(2026, 11, 1), end=date(2026, 10, 1)), "avant d'avoir commencé"),
        (Opening(carried=["o9"]), "ne peut pas être repris"),
    ],
)
def test_opening_refuses_what_the_rules_would_refuse(opening: Opening, said: str) -> None:
    with pytest.raises(Refused) as caught:
        seasons.open_season(community(LIFE), raw(), TODAY, "s2", opening)
    assert said in str(caught.value).replace("’", "'")


def test_the_season_to_open_is_the_first_without_objectives_even_a_few_days_late() -> None:
    front = (
        LIFE
        + "  - id: s2\n    start_date: 2026-11-01\n    end_date: 2027-01-31\n  - id: s3\n    start_date: 2027-02-01\n    end_date: 2027-05-31\n"
    )
    found = seasons.following(community(front), TODAY)
    assert found is not None
    assert found.id == "s2"
    with pytest.raises(Refused, match="aucune saison"):
        seasons.open_season(community(front), raw(front), TODAY, "zz", Opening())


# Review and end


MEETING = """---
date: 2026-07-01
attendance: 12
---
## Décisions
- On continue
## Besoins entendus
- Du **temps**
"""


def test_the_review_states_facts_and_verdicts() -> None:
    files = {"meetings/2026-07-01-a.md": MEETING, "notes/a.md": "---\ntitle: Note A\ndate: 2026-08-01\n---\n"}
    here = community(LIFE, files)
    plan = season_reviews.review(
        here, raw(), TODAY, seasons.named(here, "2026-ete"), {"o1": Judgement("met", "notes/a.md")}
    )
    result = after(plan, files)

    page = result.reviews[0].document.body
    assert "1 rencontre, en moyenne 12 personnes, 1 note écrite." in page
    assert "[Note A](../notes/a.md)" in page
    assert "- Du temps" in page
    assert "- On continue" in page
    assert result.charter.objectives[0].outcome == "met"
    assert result.charter.seasons[0].review == "seasons/2026-ete.md"
    assert not [
        d
        for d in run(
            in_memory(
                {**{f"communities/a/{k}": v for k, v in files.items()}, **{k: v for k, v in plan.changes.items() if v}}
            ),
            TODAY,
        )
        if d.rule[3] in "049" and d.severity != "info"
    ]


def test_a_review_shows_members_words_as_they_are_no_empty_heading_and_no_warning() -> None:
    wild = "Un *vrai* <script>, a_b | c [x] 1. # et \\ ~ &lt;"
    files = {
        "meetings/2026-07-01-a.md": "---\ndate: 2026-07-01\n---\n## Besoins entendus\n\n- Une balise `<script>` | vue\n"
    }
    here = community(LIFE, files)
    said = season_reviews.Verdicts(learnings=(wild,))
    plan = season_reviews.review(here, raw(), TODAY, here.charter.seasons[0], {"o1": Judgement("met", "vu")}, said)
    result = after(plan, files)
    body = result.reviews[0].document.body
    tree = LexborHTMLParser(clean(Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert(body)))

    assert [each.text() for each in tree.css("li")][-2:] == [wild, "Une balise <script> | vue"]
    headings = [each.text().rstrip("¶") for each in tree.css("h2")]
    assert "Ce que nous avons fêté" not in headings
    assert "Ce que nous avons fêté" in body
    assert "Ce que nous avons appris" in headings
    found = in_memory(
        {**{f"communities/a/{k}": v for k, v in files.items()}, **{k: v for k, v in plan.changes.items() if v}}
    )
    assert [d for d in run(found, TODAY) if d.rule in ("CDP802", "CDP020")] == []


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
@example("1. a")
@example("__0__")
@example(":::")
@example("http://a_b_c <http://x.y> &amp; {: #x }")
def test_words_written_as_markdown_say_just_them(text: str) -> None:
    words = " ".join(text.split())
    convert = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr")).convert
    for written in (f"- {literal(text)}", f"- a\n- {literal(text)}\n\nb"):
        items = LexborHTMLParser(clean(convert(f"Titre\n\n{written}\n"))).css("li")
        assert " ".join(items[-1].text().split()) == words
        assert items[-1].css_first("ul, ol, em, strong, code, a, del, input, dl, h1") is None


def test_a_review_that_exists_is_never_written_over() -> None:
    here = community(LIFE, {"seasons/2026-ete.md": "À nous.\n"})
    plan = season_reviews.review(here, raw(), TODAY, here.charter.seasons[0], {"o1": Judgement("met", "vu")})

    assert list(plan.changes) == ["communities/a/index.md"]


def test_a_verdict_needs_a_reason_and_an_objective_of_the_season() -> None:
    here = community(LIFE)
    for judgements in ({"o1": Judgement("met")}, {"zz": Judgement("met", "vu")}):
        with pytest.raises(Refused):
            season_reviews.review(here, raw(), TODAY, here.charter.seasons[0], judgements)


def test_a_season_ends_once_judged_and_reviewed_and_says_what_follows() -> None:
    here = community(LIFE)
    with pytest.raises(Refused, match="sans verdict"):
        seasons.close(here, raw(), TODAY, here.charter.seasons[0], TODAY)
    done = LIFE.replace("outcome: open", "outcome: met\n    evidence: vu")
    with pytest.raises(Refused, match="bilan"):
        seasons.close(community(done), raw(done), TODAY, here.charter.seasons[0], TODAY)
    done = done.replace("    end_date: 2026-10-31", "    end_date: 2026-10-31\n    review: seasons/2026-ete.md")
    ready = community(done, {"seasons/2026-ete.md": "Bilan.\n"})
    plan = seasons.close(ready, raw(done), TODAY, ready.charter.seasons[0], TODAY)

    assert after(plan).charter.seasons[0].celebrated == TODAY
    assert "cdp season open a" in str(plan.notes[-1])


def test_a_season_that_ends_early_leaves_no_gap_unsaid() -> None:
    later = "  - id: s2\n    start_date: 2027-02-01\n    end_date: 2027-05-31\n"
    front = LIFE.replace("outcome: open", "outcome: met\n    evidence: vu").replace(
        "2026-10-31", "2027-01-31\n    review: seasons/2026-ete.md"
    )
    here = community(front + later, {"seasons/2026-ete.md": "Bilan.\n"})
    (early,) = seasons.close(here, raw(front + later), TODAY, here.charter.seasons[0], None, early=True).notes
    assert "cdp season open a s2 --start 2026-11-25" in str(early)
    (after_all,) = seasons.close(here, raw(front + later), date(2027, 2, 2), here.charter.seasons[0], None).notes
    assert "--start" not in str(after_all)


def test_new_keys_take_their_usual_place_in_the_charter() -> None:
    text = "---\ntitle: A\nsummary: S\nfacilitators:\n  - name: X\nsurvey_every_months: 4\n---\nTexte\n"
    result = changed(text.encode(), [Edit(("start_date",), "2026-01-01"), Edit(("seasons",), {"id": "s"}, "append")])

    assert list(parse(result.decode()).data) == [
        "title", "summary", "facilitators", "start_date", "seasons", "survey_every_months",
    ]  # fmt: skip
    assert result.decode().endswith("---\nTexte\n")


# Minutes


def test_minutes_are_read_in_both_languages_without_code_or_comments() -> None:
    found = minutes(
        "## Décisions\n\n- **Garder** le [café](x.md)\n  et la soupe\n\n<!--\n- caché\n-->\n"
        "### Détail\n- suite\n## Autre\n- pas ceci\n## Who does what\n- [ ] Ana: call by 2026-12-01\n- [x] Ben\n* Cy\n"
        "## Needs heard\n1. Time\n"
    )

    assert [item.text for item in found.decisions] == ["Garder le café et la soupe", "suite"]
    assert [(item.done, item.by) for item in found.actions] == [
        (False, date(2026, 12, 1)), (True, None), (None, None),
    ]  # fmt: skip
    assert [item.text for item in found.needs] == ["Time"]


def test_open_actions_are_the_unticked_and_those_of_the_last_meeting_without_box() -> None:
    here = community(
        "",
        {
            "meetings/2026-01-01-a.md": "---\ndate: 2026-01-01\n---\n## Qui fait quoi\n- [ ] vieux\n- [x] fait\n- sans boîte\n",
            "meetings/2026-02-01-b.md": "---\ndate: 2026-02-01\n---\n## Qui fait quoi\n- récent\n## Besoins entendus\n- du temps\n",
            "meetings/2027-02-01-c.md": "---\ndate: 2027-02-01\n---\n## Qui fait quoi\n- [ ] à venir\n",
            "surveys/2026-01.md": "---\nopens: 2026-01-05\ncloses: 2026-01-15\n---\n",
        },
    )

    assert [said.item.text for said in open_actions(here, TODAY)] == ["récent", "vieux"]
    assert [said.item.text for said in needs_heard(here, TODAY)] == ["du temps"]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_as_minutes(text: str) -> None:
    found = minutes(text)
    assert all(item.text for items in (found.decisions, found.needs, found.actions) for item in items)


def test_the_next_survey_asks_about_the_needs_that_meetings_heard(cdp: Cdp, tmp_path: Path) -> None:
    life = "start_date: 2026-06-01\nend_date: 2027-05-31\nkickoff:\n  date: 2026-06-01\n  validated: [formula, objectives, expectations]\n"
    body = "## Besoins entendus\n\n" + "".join(f'- Besoin <{n}> & "x"\n' for n in range(9))
    write(
        tmp_path,
        {
            "mkdocs.yml": "site_name: B\n",
            "communities/a/index.md": charter(life),
            "communities/a/meetings/2026-06-01-x.md": f"---\ndate: 2026-06-01\n---\n{body}",
        },
    )
    there = ("--root", tmp_path, "--as-of", "2026-09-25")
    said = cdp("survey", "new", "a", *there, "--apply").stdout
    assert "8 besoins entendus deviennent une question" in said
    assert 'Besoin <8> & "x"' in said
    name = next((tmp_path / "communities/a/surveys").iterdir()).stem
    page = cdp("survey", "form", f"a/{name}", "--root", tmp_path).stdout
    assert page.count('name="heard"') == 9
    assert "Besoin &lt;7&gt; &amp; " in page
    assert "CDP5" not in cdp("check", *there, code=None).stdout


# The command


def test_what_the_kickoff_wanted_enters_the_first_season_and_the_sheet_judges_it(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "b"
    wanted = "objectives:\n  - id: o1\n    text: Jumeler\n    measure: 6 duos\n    outcome: open\n"
    write(
        root,
        {
            "mkdocs.yml": "site_name: B\n",
            "communities/a/index.md": charter(f"start_date: 2026-06-01\nend_date: 2027-05-31\n{wanted}"),
        },
    )
    there = ("--root", root, "--as-of", "2026-10-01")
    cdp("season", "plan", "a", *there, "--apply")
    first = ("--root", root, "--as-of", "2026-06-02", "--apply")
    assert "o1 entre dans cette saison" in cdp("season", "open", "a", *first).stdout
    sheet = tmp_path / "bilan.yml"
    cdp("season", "review", "a", "--sheet", sheet, *there)
    assert "Jumeler" in sheet.read_text(encoding="utf-8")
    assert "Rien n’est encore écrit" in cdp("season", "review", "a", "--from", sheet, *there).stdout
    text = (
        sheet.read_text(encoding="utf-8").replace("outcome:", "outcome: met").replace("evidence:", "evidence: 7 duos")
    )
    text = text.replace("  -\n", "  - Le café | d'abord\n")
    sheet.write_text(text.replace("celebration:", "celebration: Une soupe <b>"), encoding="utf-8")
    cdp("season", "review", "a", "--from", sheet, *there, "--apply")

    written = (root / "communities/a/index.md").read_text(encoding="utf-8")
    assert "    outcome: met\n" in written
    assert "    evidence: 7 duos\n" in written
    review = next((root / "communities/a/seasons").iterdir()).read_text(encoding="utf-8")
    assert "- Le café &#124; d'abord" in review
    assert "Une soupe &lt;b&gt;" in review
    sheet.write_text(text.replace("outcome: met", "outcome: gagné"), encoding="utf-8")
    assert "bilan.yml, ligne" in cdp("season", "review", "a", "--from", sheet, *there, code=2).stderr
    assert "existe déjà" in cdp("season", "review", "a", "--sheet", sheet, *there, code=2).stderr


def test_a_person_is_asked_in_french_and_never_twice(cdp: Cdp, tmp_path: Path) -> None:
    wanted = "objectives:\n  - {id: o1, text: Jumeler, measure: 6 duos, season: s1, outcome: open}\n"
    seasons_ = "seasons:\n  - {id: s1, start_date: 2026-06-01, end_date: 2026-09-30}\n"
    dates = "start_date: 2026-06-01\nend_date: 2027-05-31\n"
    write(
        tmp_path,
        {"mkdocs.yml": "site_name: B\n", "communities/a/index.md": charter(f"{dates}{wanted}{seasons_}")},
    )
    terminal, other = os.openpty()
    words = ("season", "review", "a", "--root", str(tmp_path), "--as-of", "2026-10-01")
    process = subprocess.Popen(
        [sys.executable, "-m", "cdp", *words], stdin=other, stdout=other, stderr=other, close_fds=True
    )
    os.close(other)
    said = b""
    for question, answer in (
        ("Laissé de côté", "bof"),
        ("Tapez 1, 2 ou 3", "atteint en partie"),
        ("Preuve", ""),
        ("Explication", "la neige"),
        ("Écrire ces changements", "zut"),
        ("Répondez oui ou non", "o"),
    ):
        while question not in said.decode("utf-8", errors="ignore"):
            said += os.read(terminal, 4096)
        said = b""
        os.write(terminal, f"{answer}\n".encode())
    while True:
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:  # Linux says so that the other end is gone
            break
    assert process.wait(timeout=60) == 0
    os.close(terminal)
    text = (tmp_path / "communities/a/index.md").read_text(encoding="utf-8")
    assert "outcome: partly" in text
    assert "la neige" in text
    assert (tmp_path / "communities/a/seasons/s1.md").is_file()


def test_a_season_from_plan_to_close_by_the_command(cdp: Cdp, tmp_path: Path) -> None:
    root = tmp_path / "b"
    write(
        root,
        {
            "mkdocs.yml": "site_name: B\n",
            "communities/a/index.md": charter("start_date: 2026-06-01\nend_date: 2027-05-31\n"),
        },
    )
    there = ("--root", root, "--apply")
    cdp("season", "plan", "a", "--every", "4", "--as-of", "2026-06-01", *there)
    cdp("season", "open", "a", "--objective", "Jumeler | 6 duos", "--as-of", "2026-06-01", *there)
    assert "sans verdict" in cdp("season", "close", "a", "--as-of", "2026-10-01", *there, code=2).stderr
    cdp("season", "review", "a", "--verdict", "o1=met", "--evidence", "o1=7 duos", "--as-of", "2026-10-01", *there)
    said = cdp("season", "close", "a", "--celebrated", "2026-09-28", "--as-of", "2026-10-02", *there).stdout
    assert "cdp season open a" in said
    text = (root / "communities/a/index.md").read_text(encoding="utf-8")
    assert "celebrated: 2026-09-28" in text
    assert "CDP4" not in cdp("check", "--root", root, "--as-of", "2026-10-02", code=None).stdout


@pytest.mark.parametrize(
    "words",
    [("open", "zz"), ("review", "a", "zz"), ("review", "a"), ("review", "a", "--verdict", "x"), ("close", "a"), ("open", "a", "--objective", "|")],
)  # fmt: skip
def test_wrong_things_are_answered_in_french(cdp: Cdp, small_base: Path, words: tuple[str, ...]) -> None:
    assert "Erreur" in cdp("season", *words, "--root", small_base, code=2).stderr
