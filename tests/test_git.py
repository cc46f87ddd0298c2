"""Git objects as a second knowledge base, in real repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cdp import disk, git
from cdp.load import File, load
from tests.conftest import ROOT, Cdp, charter, write

DAY = ("--as-of", "2026-11-24")


def run(root: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.ca", "-c", "protocol.file.allow=always", *words],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(root: Path, files: Mapping[str, str | bytes | None], message: str = "x") -> str:
    """Write files (None removes one) and commit them."""
    for path, content in files.items():
        if content is None:
            (root / path).unlink()
    write(root, {path: content for path, content in files.items() if content is not None})
    run(root, "add", "-A", "-f")
    run(root, "commit", "-q", "-m", message)
    return run(root, "rev-parse", "HEAD")


STARTED = "start_date: 2026-01-12\nend_date: 2026-12-18\nkickoff: {date: 2026-01-12, validated: [formula, objectives, expectations]}\n"
MOVED = STARTED.replace("2026-12-18", "2027-03-31")
SETTINGS = {"mkdocs.yml": "site_name: Petite base\ntheme:\n  name: material\n  language: fr\n"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A repository of two communities, on its branch main."""
    root = tmp_path / "base"
    root.mkdir()
    run(root, "init", "-q", "-b", "main")
    files = {"communities/a/index.md": charter(STARTED), "communities/b/index.md": charter(STARTED, title="Couture")}
    commit(root, {**SETTINGS, **files})
    return root


def contents(files: list[File]) -> dict[str, tuple[str, bytes]]:
    return {
        file.path: (file.kind, file.read() if file.kind == "file" and file.path.endswith(".md") else b"")
        for file in files
    }


def rules(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split(" ")[1] for line in done.stdout.splitlines() if ": CDP" in line]


# Reading


def test_objects_read_like_the_disk(base: Path) -> None:
    commit(
        base,
        {
            "communities/a/notes/été.md": "Été\r\n",
            "communities/a/notes/image.png": b"\x89PNG",
            'communities/a/notes/Deux mots\t"cités".md': "Deux\n",
            "communities/.archives/b/0001-freeze.json": '{"date": "2026-10-01"}',
            "theme/new/note.md": "---\ntitle: x\n---\n",
            "ailleurs/x.md": "non\n",
        },
    )
    (base / "communities/a/notes/lien.md").symlink_to("été.md")
    commit(base, {})
    since = git.base(base, "main")

    assert contents(list(git.read(base, git.entries(base, since)))) == contents(list(disk.read(base)))
    assert load(git.read(base, git.entries(base, since))) == load(disk.read(base))


def test_a_submodule_is_no_folder_of_notes(base: Path, tmp_path: Path) -> None:
    run(tmp_path, "clone", "-q", str(base), "other")
    run(base, "submodule", "--quiet", "add", str(tmp_path / "other"), "communities/a/notes/other")
    commit(base, {})
    kinds = {file.path: file.kind for file in git.read(base, git.entries(base, git.base(base, "HEAD")))}

    assert kinds["communities/a/notes/other"] == "special"


def test_the_knowledge_base_may_be_a_folder_of_the_repository(tmp_path: Path, cdp: Cdp) -> None:
    run(tmp_path, "init", "-q", "-b", "main")
    root = tmp_path / "savoirs" / "cdp"
    write(root, SETTINGS)
    commit(tmp_path, {"savoirs/cdp/communities/a/index.md": charter(STARTED)})
    commit(tmp_path, {"savoirs/cdp/communities/a/index.md": charter(MOVED)})
    done = cdp("check", "--root", root, "--base", "HEAD~1", "--select", "CDP105", *DAY, code=1)

    assert rules(done) == ["CDP105"]
    assert "communities/a/index.md:5:1" in done.stdout


def test_line_ends_of_the_work_tree_change_nothing(base: Path) -> None:
    run(base, "config", "core.autocrlf", "true")
    for path in (base / "communities").rglob("*.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert git.changed(base, git.base(base, "main")) == frozenset()


def test_what_differs_is_seen_whatever_git_was_told(base: Path) -> None:
    write(base, {".gitignore": "*.tmp.md\n"})
    commit(base, {"communities/b/notes/x.md": "x\n", "communities/b/notes/y.md": "y\n"})
    since = git.base(base, "main")
    run(base, "update-index", "--assume-unchanged", "communities/a/index.md")
    write(base, {"communities/a/index.md": charter(MOVED), "communities/a/notes/z.tmp.md": "z\n"})
    (base / "communities/b/notes/x.md").unlink()
    run(base, "rm", "-q", "--cached", "communities/b/notes/y.md")

    assert git.changed(base, since) == {
        "communities/a/index.md",
        "communities/a/notes/z.tmp.md",
        "communities/b/notes/x.md",
        "communities/b/notes/y.md",
    }


def test_replaced_objects_are_not_believed(base: Path) -> None:
    first = run(base, "rev-parse", "HEAD")
    second = commit(base, {"communities/a/index.md": charter(MOVED)})
    run(base, "replace", first, second)
    before = load(git.read(base, git.entries(base, git.Base(first, "main")))).get("a")

    assert before is not None
    assert before.charter.end_date == date(2026, 12, 18)


def test_a_hook_of_another_repository_does_not_mislead(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run(other, "init", "-q")
    commit(base, {"communities/a/index.md": charter(MOVED)})
    env = {"GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / "index"), "GIT_WORK_TREE": str(other)}

    assert rules(cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP105", *DAY, env=env, code=1)) == [
        "CDP105"
    ]


def test_no_filter_nor_hook_of_the_repository_is_run(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    commit(base, {".gitattributes": "*.md filter=evil\n"})
    for name in ("clean", "smudge", "process"):
        run(base, "config", f"filter.evil.{name}", f"touch {tmp_path / 'run'}; cat")
    run(base, "config", "filter.evil.required", "true")
    run(base, "config", "core.fsmonitor", f"touch {tmp_path / 'run'}")
    write(base, {"communities/a/index.md": charter(MOVED)})

    assert "CDP105" in rules(cdp("check", "--root", base, "--base", "main", "--select", "CDP1", *DAY, code=1))
    assert not (tmp_path / "run").exists()


def test_nothing_is_checked_out_nor_written(base: Path, cdp: Cdp) -> None:
    commit(base, {"communities/a/index.md": charter(MOVED)})

    def state() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in base.rglob("*")}

    before = state()
    cdp("check", "--root", base, "--base", "HEAD~1", *DAY, code=1)

    assert state() == before


# Choosing


def test_what_others_added_to_the_target_is_not_ours(base: Path, cdp: Cdp) -> None:
    run(base, "checkout", "-q", "-b", "travail")
    commit(base, {"communities/b/notes/x.md": "---\ntitle: X\n---\nBonjour.\n"})
    run(base, "checkout", "-q", "main")
    commit(base, {"communities/a/index.md": charter(MOVED), "communities/c/index.md": charter(title="Danse")})
    run(base, "checkout", "-q", "travail")
    done = cdp("check", "--root", base, "--base", "main", "--select", "CDP1,CDP2", *DAY)

    assert "Comparé à main" in done.stdout
    assert "1 communauté touchée" in done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"GITHUB_BASE_REF": "main"},
        {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
        {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "BASE", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "absente"},
    ],
)
def test_the_continuous_integration_says_what_to_compare_with(
    base: Path, cdp: Cdp, tmp_path: Path, env: dict[str, str]
) -> None:
    here = tmp_path / "clone"
    run(tmp_path, "clone", "-q", str(base), "clone")
    run(here, "checkout", "-q", "-b", "travail", "origin/main")
    run(here, "branch", "-q", "-D", "main")
    commit(here, {"communities/a/index.md": charter(MOVED)})
    env = {key: value.replace("BASE", run(base, "rev-parse", "HEAD")) for key, value in env.items()}
    done = cdp("check", "--root", here, "--select", "CDP105", *DAY, env=env, code=1)

    assert rules(done) == ["CDP105"]
    assert "Comparé à" in done.stdout


def test_a_target_that_this_clone_lacks_is_said_and_the_rest_is_checked(base: Path, cdp: Cdp, tmp_path: Path) -> None:
    run(tmp_path, "clone", "-q", "--depth", "1", f"file://{base}", "clone")
    write(tmp_path / "clone", {"communities/a/index.md": charter(STARTED + "nope: x\n")})
    done = cdp(
        "check", "--root", tmp_path / "clone", "--select", "CDP002", *DAY, env={"GITHUB_BASE_REF": "stable"}, code=1
    )

    assert rules(done) == ["CDP002"]
    assert "les règles d’histoire sont sautées" in done.stdout
    assert "fetch-depth: 0" in done.stdout


def test_without_a_base_the_report_says_that_history_waits(base: Path, cdp: Cdp) -> None:
    assert "pour le faire, ajoutez --base" in cdp("check", "--root", base, "--select", "CDP105", *DAY).stdout


# What cannot be


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.replace("\u00a0", " ").replace("’", "'")


def test_an_unknown_revision(base: Path, cdp: Cdp) -> None:
    for name in ("nulle-part", "--all", "main:communities"):
        assert f"la révision « {name} » n'existe pas" in refusal(
            cdp("check", "--root", base, f"--base={name}", *DAY, code=2)
        )


def test_a_shallow_clone(base: Path, cdp: Cdp, tmp_path: Path) -> None:
    commit(base, {"communities/a/index.md": charter(MOVED)})
    run(base, "checkout", "-q", "-b", "autre", "HEAD~1")
    commit(base, {"communities/b/notes/x.md": "x\n"})
    run(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{base}", "clone")
    done = cdp("check", "--root", tmp_path / "clone", "--base", "origin/main", *DAY, code=2)

    assert "l'histoire est coupée" in refusal(done)
    assert "fetch-depth: 0" in refusal(done)


def test_missing_objects(base: Path, cdp: Cdp) -> None:
    first = run(base, "rev-parse", "HEAD:communities/a/index.md")
    commit(base, {"communities/a/index.md": charter(MOVED)})
    path = base / ".git" / "objects" / first[:2] / first[2:]
    path.chmod(0o644)
    path.unlink()

    assert "manquent dans ce clone" in refusal(cdp("check", "--root", base, "--base", "HEAD~1", *DAY, code=2))


def test_no_repository_no_commit_no_git(base: Path, cdp: Cdp, tmp_path: Path) -> None:
    small_base = tmp_path / "small"
    write(small_base, {**SETTINGS, "communities/a/index.md": charter()})
    assert "pas dans un dépôt Git" in refusal(cdp("check", "--root", small_base, "--base", "main", *DAY, code=2))
    run(small_base, "init", "-q")
    assert "aucun commit" in refusal(cdp("check", "--root", small_base, "--base", "main", *DAY, code=2))
    done = cdp("check", "--root", base, "--base", "main", *DAY, env={"PATH": "/nulle-part"}, code=2)
    assert "Git n'est pas installé" in refusal(done)


def test_histories_that_never_met(base: Path, cdp: Cdp) -> None:
    run(base, "checkout", "-q", "--orphan", "ailleurs")
    commit(base, {}, "y")

    assert "aucun ancêtre commun" in refusal(cdp("check", "--root", base, "--base", "main", *DAY, code=2))


# Who answers


def test_a_clock_that_ran_out_elsewhere_is_left_to_the_scheduled_run(base: Path, cdp: Cdp) -> None:
    commit(base, {"communities/b/notes/x.md": "---\ntitle: X\n---\nBonjour.\n"})
    late = ("--select", "CDP108", "--as-of", "2027-02-01")

    assert "communities/b" in cdp("check", "--root", base, "--base", "HEAD~1", *late, code=1).stdout
    assert "communities/a" not in cdp("check", "--root", base, "--base", "HEAD~1", *late, code=1).stdout
    assert "communities/a" in cdp("check", "--root", base, *late, code=1).stdout


def test_a_link_that_a_removal_breaks_in_another_community_is_reported(base: Path, cdp: Cdp) -> None:
    link = "---\ntitle: Y\n---\n[vers](../../a/notes/x.md) [perdu](rien.md)\n"
    hidden = "---\ntitle: Z\n---\n[vers](../../%61/notes/x.md)\n"
    commit(
        base,
        {
            "communities/a/notes/x.md": "---\ntitle: X\n---\n",
            "communities/b/notes/y.md": link,
            "communities/c/index.md": charter(),
            "communities/c/notes/z.md": hidden,
        },
    )
    commit(base, {"communities/a/notes/x.md": None})
    done = cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP901", *DAY, code=1)

    assert [line.split(": ")[0] for line in done.stdout.splitlines() if "CDP901" in line] == [
        "communities/b/notes/y.md:4:1",
        "communities/c/notes/z.md:4:1",
    ], "what was broken before is not this change's"


def test_a_link_to_an_untouched_community_is_judged_on_its_texts(base: Path, cdp: Cdp) -> None:
    commit(
        base,
        {
            "communities/b/notes/y.md": "---\ntitle: Y\n---\n## Ici\n",
            "communities/b/notes/brouillon.md": "---\ndraft: true\n---\n",
        },
    )
    commit(
        base,
        {
            "communities/a/notes/x.md": "[bon](../../b/notes/y.md#ici) [non](../../b/notes/y.md#la) [b](../../b/notes/brouillon.md)\n"
        },
    )
    done = cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP9", *DAY)

    assert rules(done) == ["CDP902", "CDP901"]


def test_a_name_spelled_otherwise_than_in_an_untouched_community_is_reported(base: Path, cdp: Cdp) -> None:
    commit(base, {"communities/b/notes/y.md": "---\nauthors: [{name: Zoé Roy}]\n---\n"})
    commit(base, {"communities/a/notes/x.md": "---\nauthors: [{name: Zoe Roy}]\n---\n"})
    done = cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP305", *DAY)

    assert rules(done) == ["CDP305"]
    assert done.stdout.startswith("communities/b/notes/y.md"), "the later page is pointed at, touched or not"


def test_a_renamed_folder_and_a_name_that_lived(base: Path, cdp: Cdp) -> None:
    (base / "communities/a").rename(base / "communities/achats")
    done = cdp("check", "--root", base, "--base", "main", "--select", "CDP2", *DAY, code=1)
    assert rules(done) == ["CDP206"]
    commit(base, {})
    commit(base, {"communities/a/index.md": charter(title="Arts")})
    assert rules(cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP2", *DAY, code=1)) == ["CDP207"]


def test_a_waiver_in_the_same_change_says_why_history_was_corrected(base: Path, cdp: Cdp) -> None:
    waiver = "waivers: [{rule: CDP105, reason: La date était mal recopiée., until: 2026-12-31}]\n"
    commit(base, {"communities/a/index.md": charter(MOVED + waiver)})
    done = cdp("check", "--root", base, "--base", "HEAD~1", "--select", "CDP0,CDP1,CDP2", *DAY, code=None)

    assert "CDP105" not in rules(done)
    assert "1 signalement en dispense" in done.stdout


@pytest.mark.parametrize(
    "edit",
    [
        "rm -r communities/animer-nos-rencontres",
        "mv communities/animer-nos-rencontres communities/Animer",
        "rm -r communities/achats-responsables-estrie/notes",
        "sed -i s/title:/titre:/ communities/accueil-des-benevoles/index.md",
        "sed -i /^successors/,+1d communities/animer-nos-rencontres/index.md",
        "cp -r communities/reemploi-materiaux-bas-saint-laurent communities/Reemploi-materiaux-bas-saint-laurent",
    ],
)
def test_reading_in_part_hides_nothing_that_a_change_brings(tmp_path: Path, cdp: Cdp, edit: str) -> None:
    root = tmp_path / "base"
    shutil.copytree(ROOT / "communities", root / "communities")
    run(tmp_path, "init", "-q", "-b", "main", "base")
    commit(root, SETTINGS)

    def found(*words: str) -> set[tuple[object, ...]]:
        done = cdp("check", "--root", root, "--format", "json", *DAY, *words, code=None)
        return {(item["rule"], item["path"], item["message"]) for item in json.loads(done.stdout)["diagnostics"]}

    before = found()
    subprocess.run(edit, shell=True, cwd=root, check=True)

    new = found() - before
    assert new
    assert new <= found("--base", "main")


def test_both_ways_of_reading_agree(base: Path) -> None:
    """Pages that did not change are shared with the present; what is read from objects alone is equal."""
    commit(base, {"communities/a/notes/x.md": "---\ntitle: X\n---\n[y](../../b/index.md)\n"})
    since = git.base(base, "HEAD~1")
    now = load(disk.read(base))
    paths = git.changed(base, since)
    known = {
        f"{each.folder}/{page.path}": page
        for each in now.communities
        for page in each.pages()
        if f"{each.folder}/{page.path}" not in paths
    }

    assert load(git.read(base, git.entries(base, since), lambda path: path in paths), known) == load(
        git.read(base, git.entries(base, since))
    )


# What the report says of itself


def test_the_summary_says_how_much_was_judged_in_full(base: Path, cdp: Cdp) -> None:
    commit(base, {"communities/b/notes/x.md": "---\ntitle: X\n---\nBonjour.\n"})

    def last(*words: str) -> str:
        return cdp("check", "--root", base, "--select", "CDP901", *DAY, *words).stdout.splitlines()[-1]

    assert last() == "2 communautés vérifiées, aucun problème (en date du 2026-11-24)."
    assert last("--base", "HEAD~1") == (
        "1 communauté vérifiée en entier, 1 autre pour ce que le travail y change, aucun problème (en date du 2026-11-24)."
    )
    assert last("a", "--base", "HEAD~1").startswith("0 communauté vérifiée en entier, 1 autre")


def test_what_waivers_silence_and_what_nobody_knows_is_counted(base: Path, cdp: Cdp) -> None:
    waiver = "waivers: [{rule: CDP105, reason: La date était mal recopiée., until: 2026-12-31}]\n"
    lost = "seasons: [{id: s, start_date: 2019-05-06, end_date: inconnu}]\n"
    commit(base, {"communities/a/index.md": charter(MOVED + waiver), "communities/b/index.md": charter(STARTED + lost)})
    chosen = ("check", "--root", base, "--base", "HEAD~1", "--select", "CDP105", *DAY)
    document = json.loads(cdp(*chosen, "--format", "json").stdout)

    assert {key: document[key] for key in ("checked", "waived", "unknown")} == {
        "checked": {"whole": 2, "partly": 0},
        "waived": 1,
        "unknown": 1,
    }
    assert "aucun problème, 1 signalement en dispense, 1 fait inconnu" in cdp(*chosen).stdout
    assert "1 fait inconnu" in cdp("status", "--root", base, *DAY).stdout


def test_a_page_that_moves_takes_its_former_address_along(base: Path, cdp: Cdp) -> None:
    text = "---\ntitle: Grille\n{more}---\nCe que nous demandons.\n"
    commit(base, {"communities/b/notes/grille.md": text.format(more="")})
    run(base, "mv", "communities/b/notes/grille.md", "communities/a/grille.md")
    (base / "communities/a/notes").mkdir()
    run(base, "mv", "communities/a/grille.md", "communities/a/notes/grille.md")
    chosen = ("check", "--root", base, "--base", "main", "--select", "CDP9", *DAY)
    done = cdp(*chosen)
    assert rules(done) == ["CDP920"]
    assert "Ajoutez «\u00a0/communities/b/notes/grille/\u00a0»" in done.stdout

    former = text.format(more="former_paths: [/communities/b/notes/grille/]\n")
    write(base, {"communities/a/notes/grille.md": former})
    assert rules(cdp(*chosen)) == []
    cdp("build", "--root", base, "-o", base.parent / "site", "--jobs", "1", *DAY)
    there = (base.parent / "site/communities/b/notes/grille/index.html").read_text(encoding="utf-8")
    assert 'url=../../../../communities/a/notes/grille/"' in there


# When files last changed

MONTREAL = ZoneInfo("America/Toronto")


def dated(root: Path, day: str, files: Mapping[str, str | bytes | None]) -> str:
    write(root, {path: content for path, content in files.items() if content is not None})
    run(root, "add", "-A", "-f")
    run(root, "commit", "-q", "-m", "x", env={"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day})
    return run(root, "rev-parse", "HEAD")


def test_the_last_commit_that_touches_a_file_dates_it_where_the_site_is(base: Path) -> None:
    dated(base, "2026-03-01T02:30:00Z", {"communities/a/notes/été.md": "Un\n", "communities/b/notes/x.md": "Un\n"})
    dated(base, "2026-05-04T12:00:00Z", {"communities/a/notes/été.md": "Deux\n", "ailleurs.md": "Deux\n"})
    found = git.last_changes(base, MONTREAL)

    assert found["communities/a/notes/été.md"] == date(2026, 5, 4)
    assert found["communities/b/notes/x.md"] == date(2026, 2, 28)
    assert "ailleurs.md" not in found


def test_what_a_merge_settles_is_dated_by_the_merge(base: Path) -> None:
    note = "communities/a/notes/n.md"
    dated(base, "2026-03-01T12:00:00Z", {note: "Un\n"})
    run(base, "switch", "-q", "-c", "autre")
    dated(base, "2026-03-02T12:00:00Z", {note: "Deux\n", "communities/a/notes/m.md": "Là-bas\n"})
    run(base, "switch", "-q", "main")
    dated(base, "2026-03-03T12:00:00Z", {note: "Trois\n"})
    run(base, "merge", "-q", "-s", "ours", "--no-commit", "autre")
    dated(base, "2026-03-04T12:00:00Z", {note: "Quatre\n", "communities/a/notes/m.md": "Là-bas\n"})
    found = git.last_changes(base, MONTREAL)

    assert found[note] == date(2026, 3, 4)
    assert found["communities/a/notes/m.md"] == date(2026, 3, 2)


def test_a_base_in_a_folder_of_its_repository_is_dated_too(base: Path) -> None:
    dated(base, "2026-03-01T12:00:00Z", {"dedans/communities/c/index.md": charter()})

    assert git.last_changes(base / "dedans", MONTREAL) == {"communities/c/index.md": date(2026, 3, 1)}


def test_a_date_that_no_calendar_has_dates_nothing(base: Path) -> None:
    dated(base, "@253402300800000 +0000", {"communities/a/notes/n.md": "Un\n"})

    assert "communities/a/notes/n.md" not in git.last_changes(base, MONTREAL)


def test_a_clone_that_is_not_whole_dates_nothing_and_neither_does_a_folder_without_git(
    base: Path, tmp_path: Path
) -> None:
    dated(base, "2026-03-01T12:00:00Z", {"communities/a/notes/n.md": "Un\n"})
    run(tmp_path, "clone", "-q", "--depth", "1", f"file://{base}", "court")
    shutil.copytree(base / "communities", tmp_path / "sans" / "communities")

    assert git.shallow(tmp_path / "court")
    assert git.last_changes(tmp_path / "court", MONTREAL) == {}
    assert git.last_changes(tmp_path / "sans", MONTREAL) == {}
