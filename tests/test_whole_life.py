"""A whole life, from idea to archive, commit by commit in a real repository: what is said and what is due on each day."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from cdp.cli.check import check
from cdp.cli.status import status
from cdp.model.charter import Charter
from tests.conftest import freeze, write
from tests.test_git import SETTINGS, commit, run

FAMILIES = ("--select", "CDP0,CDP1,CDP2,CDP3,CDP4")
KEYS = list(Charter.model_fields)
VALIDATED = ["formula", "objectives", "expectations"]
Edit = Callable[[dict[str, Any]], object]


class Life:
    """A community in a repository; each edit is a pull request, checked against main."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.front: dict[str, Any] = {"title": "Accueillir", "summary": "Bien accueillir qui donne de son temps."}
        root.mkdir()
        run(root, "init", "-q", "-b", "main")
        commit(root, {**SETTINGS, "communities/autre/index.md": "---\ntitle: Autre\nsummary: Une autre idée.\n---\n"})

    def change(self, day: str, edit: Edit = dict, /, **pages: str | None) -> list[str]:
        """Make a pull request, check it, merge it when nothing is found, and return what is found."""
        front = yaml.safe_load(yaml.dump(self.front))
        edit(front)
        text = yaml.dump(dict(sorted(front.items(), key=lambda item: KEYS.index(item[0]))), sort_keys=False)
        files = {"communities/accueil/index.md": f"---\n{text}---\nBonjour.\n"}
        files |= {f"communities/accueil/{path}.md": content for path, content in pages.items() if content is not None}
        write(self.root, files)
        found = self._check(day, "--base", "main")
        if found:
            run(self.root, "checkout", "-q", ".")
            run(self.root, "clean", "-q", "-f", "-d")
        else:
            self.front = front
            commit(self.root, {}, day)
        return found

    def scheduled(self, day: str) -> list[str]:
        """Return what the daily run finds."""
        return self._check(day)

    def _check(self, day: str, *words: str) -> list[str]:
        done = CliRunner().invoke(
            check, ["--root", str(self.root), "--as-of", day, "--format", "json", *FAMILIES, *words]
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return sorted(item["rule"] for item in json.loads(done.stdout)["diagnostics"])

    def at(self, day: str) -> tuple[str, str | None, list[str]]:
        """Return the stage, the season, and what is due or late."""
        done = CliRunner().invoke(status, ["accueil", "--root", str(self.root), "--as-of", day, "--format", "json"])
        (found,) = json.loads(done.stdout)["communities"]
        due = [item["what"] for item in found["next"] if item["on"] <= day]
        return found["stage"], found["season"], due


def meeting(day: str, attendance: int = 9) -> str:
    return f"---\ndate: {day}\nattendance: {attendance}\n---\nNous avons appris.\n"


def head(name: str, network: str, agreed: str) -> dict[str, str]:
    return {"name": name, "network": network, "agreed": agreed}


def kickoff(front: dict[str, Any]) -> None:
    front.update(
        start_date="2026-02-03",
        end_date="2026-12-18",
        kickoff={"date": "2026-02-03", "minutes": "meetings/2026-02-03-demarrage.md", "validated": VALIDATED},
        formula={"rhythm": "4 semaines", "format": "in_person", "place": "La salle", "decided_by": "kickoff"},
        expectations=[{"id": "a1", "text": "Comparer.", "source": "kickoff"}, {"id": "a2", "text": "Visiter."}],
        objectives=[
            {"id": f"o{n}", "text": f"Objectif {n}.", "measure": "Trois exemples.", "season": f"s{n}"}
            for n in (1, 2, 3)
        ],
        seasons=[
            {"id": "s1", "title": "Hiver", "start_date": "2026-02-03", "end_date": "2026-05-15"},
            {"id": "s2", "title": "Été", "start_date": "2026-05-16", "end_date": "2026-09-15"},
            {"id": "s3", "title": "Automne", "start_date": "2026-09-16", "end_date": "2026-12-18"},
        ],
    )


def wrapped_up(number: int, celebrated: str) -> Edit:
    def edit(front: dict[str, Any]) -> None:
        front["seasons"][number - 1].update(review=f"seasons/s{number}.md", celebrated=celebrated)
        front["objectives"][number - 1].update(outcome="met", evidence="Trois exemples écrits.")

    return edit


def extended(front: dict[str, Any]) -> None:
    front["end_date"] = "2027-01-29"
    front["extensions"] = [
        {"decided": "2026-11-24", "from": "2026-12-18", "to": "2027-01-29", "reason": "Une tempête."}
    ]
    front["seasons"][2]["end_date"] = "2027-01-29"


def closed(front: dict[str, Any]) -> None:
    front["closing"].update(
        outcome="fulfilled", review="review.md", celebration={"date": "2027-01-29"}, thanks="Merci."
    )
    wrapped_up(3, "2027-01-29")(front)


def test_a_life_from_idea_to_archive(tmp_path: Path) -> None:
    life = Life(tmp_path / "base")

    # The idea, then the allies
    assert life.change("2026-01-05") == []
    assert life.at("2026-01-05") == ("idea", None, [])
    heads = [head("Ana", "Bibliothèques", "2026-01-12"), head("Luc", "Musées", "2026-01-13")]
    planned = {"purpose": "Que chacun soit attendu.", "network_heads": heads, "kickoff": {"date": "2026-02-03"}}
    assert life.change("2026-01-14", lambda f: f.update(planned)) == ["CDP303"]
    heads.append(head("Zoé", "Musées", "2026-01-14"))
    animated = {**planned, "facilitators": [{"name": "Ana"}], "network_heads": heads}
    assert life.change("2026-01-15", lambda f: f.update(animated)) == []
    assert life.at("2026-02-01") == ("kickoff", None, [])
    assert life.at("2026-02-04") == ("kickoff", None, ["kickoff"])
    assert "CDP003" in life.scheduled("2026-02-04")

    # The kickoff
    assert life.change("2026-02-03", kickoff) == ["CDP304"], "without its minutes"
    assert life.change("2026-02-03", kickoff, **{"meetings/2026-02-03-demarrage": meeting("2026-02-03")}) == []
    assert life.at("2026-02-03") == ("active", "s1", [])

    # What may not move without a word
    assert life.change("2026-03-10", lambda f: f.update(end_date="2027-01-29")) == ["CDP105"]
    assert life.change("2026-03-10", lambda f: f.update(start_date="2026-02-10")) == ["CDP112", "CDP403"]
    assert life.change("2026-03-10", lambda f: f["formula"].update(format="remote")) == ["CDP306"]
    assert life.change("2026-03-10", lambda f: f["kickoff"].update(validated=["formula"])) == ["CDP201", "CDP304"]
    assert life.change("2026-03-10", lambda f: f["expectations"].pop()) == ["CDP308"]
    assert life.change("2026-03-10", lambda f: f["objectives"].pop(0)) == ["CDP409", "CDP413"]

    # The first season; nobody meets for a while
    assert life.change("2026-03-03", **{"meetings/2026-03-03-visite": meeting("2026-03-03")}) == []
    assert life.scheduled("2026-04-28") == []
    assert life.scheduled("2026-04-29") == ["CDP113"]
    assert life.change("2026-05-12", **{"meetings/2026-05-12-visite": meeting("2026-05-12")}) == []
    assert life.at("2026-05-20") == ("active", "s2", ["season_review"])
    assert life.scheduled("2026-06-05") == []
    assert life.scheduled("2026-06-06") == ["CDP406", "CDP411", "CDP414"]
    review = {"seasons/s1": "Nous avons ouvert la porte.\n"}
    assert life.change(
        "2026-06-06", wrapped_up(1, "2026-05-15"), **{"seasons/s1": "<!-- Une page suffit. -->\n## Appris\n"}
    ) == ["CDP016"]
    assert life.change("2026-06-06", wrapped_up(1, "2026-05-15"), **review) == []
    assert life.change("2026-06-07", lambda f: f["objectives"][0].pop("outcome")) == ["CDP410", "CDP414"]
    assert life.change("2026-06-07", lambda f: f["seasons"][0].update(end_date="2026-05-10")) == ["CDP412"]

    # The first survey, after four months, changes the formula
    assert life.at("2026-06-03")[2] == ["survey"]
    survey = "---\nopens: 2026-06-08\ncloses: 2026-06-21\n---\n"
    assert life.change("2026-06-08", **{"surveys/2026-06": survey}) == []
    assert life.at("2026-06-22")[2] == ["survey_results"]
    results = "---\nopens: 2026-06-08\ncloses: 2026-06-21\ninvited: 12\nanswers: 9\ndecisions: [{date: 2026-06-25, text: À distance.}]\n---\nEt voilà.\n"
    remote = {"format": "remote", "decided_by": "2026-06"}
    assert life.change("2026-06-25", lambda f: f["formula"].update(remote), **{"surveys/2026-06": results}) == []
    assert life.change("2026-06-25", lambda f: f["expectations"][1].update(status="dropped")) == []

    # A summer break that lasts
    pause = {"since": "2026-07-10", "resume_by": "2026-08-17"}
    assert (
        life.change("2026-06-30", lambda f: f.update(pause=pause), **{"meetings/2026-06-30-x": meeting("2026-06-30")})
        == []
    )
    assert life.at("2026-07-10") == ("paused", "s2", [])
    assert life.scheduled("2026-08-18") == ["CDP110"]
    assert life.at("2026-08-18")[2] == ["resume"]
    assert life.change("2026-08-25", lambda f: f.pop("pause"), **{"meetings/2026-08-25-x": meeting("2026-08-25")}) == []

    # The second season, the second survey, the end in sight
    assert life.change("2026-09-18", wrapped_up(2, "2026-09-15"), **{"seasons/s2": "Un bel été.\n"}) == []
    assert life.at("2026-10-08")[:2] == ("active", "s3")
    assert life.at("2026-10-08")[2] == ["closing", "survey"]
    assert life.scheduled("2026-10-08") == ["CDP106"]
    second = results.replace("2026-06", "2026-10")
    assert life.change("2026-10-26", **{"surveys/2026-10": second, "meetings/2026-10-20-x": meeting("2026-10-20")}) == [
        "CDP106"
    ], "whoever touches the community hears its clock"
    announced = {"announced": "2026-11-20", "reason": "Nos objectifs sont presque atteints."}
    assert (
        life.change(
            "2026-11-20",
            lambda f: f.update(closing=announced),
            **{"surveys/2026-10": second, "meetings/2026-10-20-x": meeting("2026-10-20")},
        )
        == []
    )
    assert life.at("2026-11-20")[0] == "closing"
    assert life.change("2026-11-21", lambda f: f.pop("closing")) == ["CDP107", "CDP201"]

    # The extension
    assert life.change("2026-11-24", extended) == []
    assert life.at("2026-11-24")[0] == "closing"
    assert life.change("2026-11-25", lambda f: f["extensions"][0].update(reason="Autre chose.")) == ["CDP111"]
    assert life.change("2027-01-10", **{"meetings/2026-12-15-x": meeting("2026-12-15")}) == []

    # The end, the closing, the archive
    assert life.at("2027-01-30") == ("ended", None, ["verdict", "archive", "season_review"])
    assert life.scheduled("2027-02-05") == []
    assert life.scheduled("2027-02-06") == ["CDP108"]
    assert life.change("2027-02-06", lambda f: f["closing"].update(outcome="transformed")) == ["CDP108", "CDP204"]
    pages = {"seasons/s3": "Une fin heureuse.\n", "review": "Ce que nous laissons.\n"}
    assert life.change("2027-02-06", closed, **pages) == []
    assert life.at("2027-02-06") == ("ended", None, ["archive"])
    folder = life.root / "communities/accueil"
    held = {str(path.relative_to(life.root)): path.read_bytes() for path in folder.rglob("*.md")}
    records = freeze("accueil", "2027-03-01", held)
    write(life.root, records)
    commit(life.root, {})
    assert life.at("2027-02-28")[0] == "ended"
    assert life.at("2027-03-01") == ("archived", None, [])
    assert life.scheduled("2030-01-01") == []
    for path in records:
        (life.root / path).unlink()
    assert life._check("2030-01-01", "--base", "main")[:1] == ["CDP202"]
