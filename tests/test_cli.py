"""The command as people meet it: help, messages, exit codes."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cdp.cli import COMMANDS, group, refusal
from cdp.rules import RULES
from cdp.text import translate
from tests.conftest import RINGS, ROOT, Cdp, charter, write
from tests.test_archive import git

BASES = ["--root", str(ROOT), "--as-of", "2026-11-24"]


def run(*words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(group, [str(word) for word in words], prog_name="cdp")
    assert done.exit_code == code, done.output
    return done.output.replace("\u00a0", " ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    assert "Options" in run(name, "--help")
    for readme in ("README.md", "README.en.md"):
        assert f"cdp {name}" in (ROOT / readme).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["archive", "contacts", "kickoff", "meeting", "season", "survey"])
def test_the_help_of_a_group_says_everything_in_french(name: str) -> None:
    said = run(name, "--help")

    assert f"{name} [OPTIONS] COMMANDE…" in said
    assert "..." not in said
    for row in said.partition("Commandes")[2].splitlines():
        word = row.split(" ")[2] if row.startswith("  ") and row[2:3].strip() else ""
        if word:
            assert "SLUG" not in run(name, word, "--help")
            assert " TEXT\n" not in run(name, word, "--help").replace("TEXT ", "TEXT\n")


def test_the_command_runs_as_a_module_and_speaks_french(cdp: Cdp) -> None:
    said = cdp("--help").stdout.replace("\u00a0", " ")

    assert "Usage :" in said
    assert "Vérifie les communautés." in said
    assert "Montre cette aide." in said


def test_the_command_speaks_english_on_demand(cdp: Cdp) -> None:
    for words, env in ((("--lang", "en", "--help"), {}), (("--help",), {"CDP_LANG": "en"})):
        said = cdp(*words, env=env).stdout
        assert "Show this message and exit." in said
        assert "Checks the communities." in said
    assert "checked" in cdp("check", *BASES, "--lang", "en").stdout


def test_a_mistake_is_answered_in_french(cdp: Cdp) -> None:
    done = cdp("verifier", code=2)
    assert "n’existe pas" in done.stderr
    assert "Erreur" in done.stderr


def test_the_examples_are_clean() -> None:
    *asked, compared, summary = [line for line in run("check", *BASES).splitlines() if not line.startswith("    ")]

    assert compared.startswith("Rien n’est comparé à une version précédente")
    assert summary == "5 communautés vérifiées : 3 informations, 1 signalement en dispense (en date du 2026-11-24)."
    assert all(re.search(r"achats-responsables-estrie/.* CDP6\d\d information ", line) for line in asked), (
        "one is closing"
    )


def test_check_tells_where_what_and_how_and_exits_1(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/mauvaise.md": "---\ndate: 2026-02-30\n---\n"})
    lines = run("check", "--root", small_base, "--as-of", "2026-11-24", code=1).splitlines()

    assert lines[0].startswith(
        "communities/a/notes/mauvaise.md:2:1: CDP009 erreur « date » : le jour 2026-02-30 n’existe pas"
    )
    assert lines[1].startswith("    ")
    assert lines[-1] == "2 communautés vérifiées : 1 erreur (en date du 2026-11-24)."


def test_warnings_do_not_fail(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/n.md": "![](un.png)\n", "communities/a/notes/un.png": b"x"})
    assert "CDP904 avertissement" in run("check", "--root", small_base)


def test_check_json_follows_its_contract(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/mauvaise.md": "---\ndate: demain\n---\n"})
    data = json.loads(
        CliRunner()
        .invoke(group, ["check", "--root", str(small_base), "--as-of", "2026-11-24", "--format", "json"])
        .stdout
    )

    assert (data["version"], data["as_of"]) == (1, "2026-11-24")
    (item,) = data["diagnostics"]
    assert set(item) == {"rule", "name", "severity", "path", "line", "column", "message", "fix", "community"}
    assert (item["rule"], item["name"], item["severity"]) == ("CDP009", "not-a-date", "error")
    assert (item["path"], item["line"], item["column"], item["community"]) == (
        "communities/a/notes/mauvaise.md",
        2,
        1,
        "a",
    )


def test_check_can_look_at_some_communities_and_some_rules(small_base: Path) -> None:
    write(small_base, {f"communities/{slug}/notes/x.md": "---\ndate: non\nautre: 1\n---\n" for slug in "ab"})
    base = ("--root", small_base)

    assert "communities/b" not in run("check", "a", *base, code=1)
    assert "CDP002" not in run("check", *base, "--select", "CDP009", code=1)
    assert "CDP009" not in run("check", *base, "--ignore", "CDP009,CDP1", code=1)
    assert "CDP002" in run("check", *base, "--select", "unknown-key", code=1)
    assert "aucun problème" in run("check", *base, "--select", "CDP4")
    assert "aucune communauté ne s’appelle « c »" in run("check", "c", *base, code=2)
    assert "aucune règle ne s’appelle « CDP999 »" in run("check", *base, "--select", "CDP999", code=2)


@pytest.mark.parametrize("command", ["check", "status", "build", "serve"])
def test_a_folder_that_is_no_base_is_told(tmp_path: Path, command: str) -> None:
    assert "n’est pas une base de connaissances" in run(command, "--root", tmp_path, code=2)


def test_commands_work_from_inside_a_community(small_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_base / "communities" / "a" / "notes")
    assert "2 communautés vérifiées" in run("check")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site_name: [x", "n’est pas du YAML lisible, ligne 1"),
        ("- x", "doit être une suite de réglages"),
        ("extra: {cdp: {timezone: Mars/Olympus}}", "le fuseau « Mars/Olympus » est inconnu"),
        ("extra: {cdp: {as_of: demain}}", "n’est pas une date"),
        ("theme: {language: de}", "la langue « de » n’est pas offerte"),
    ],
)
def test_settings_that_cannot_be_are_told(small_base: Path, text: str, message: str) -> None:
    (small_base / "mkdocs.yml").write_text(text)
    assert message in run("check", "--root", small_base, code=2)


@pytest.mark.parametrize("day", ["2026-13-01", "hier", "2026-2-3"])
def test_a_day_that_does_not_exist_is_told(day: str) -> None:
    said = run("check", "--root", ROOT, "--as-of", day, code=2)
    assert "n’est pas une date AAAA-MM-JJ" in said or f"le jour {day} n’existe pas" in said


def test_today_comes_from_the_option_then_the_setting_then_the_epoch(
    small_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772524800")  # 2026-03-03 08:00 UTC: still the 3rd in Toronto
    assert "2026-03-03" in run("check", "--root", small_base)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772512200")  # 2026-03-03 04:30 UTC: the evening of the 2nd in Toronto
    assert "2026-03-02" in run("check", "--root", small_base)
    (small_base / "mkdocs.yml").write_text("site_name: x\nextra: {cdp: {as_of: 2026-03-01}}\n")
    assert "2026-03-01" in run("check", "--root", small_base)
    assert "2026-05-05" in run("check", "--root", small_base, "--as-of", "2026-05-05")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chek"], "vouliez-vous dire « check »?"),
        (["vérifier"], "vouliez-vous dire « check »?"),
        (["sondages"], "vouliez-vous dire « survey »?"),
        (["season", "plann"], "vouliez-vous dire « plan »?"),
        (["survey", "clos"], "vouliez-vous dire « close »?"),
        (["rule", "end-befor-start"], "Vouliez-vous dire CDP101 (end-before-start)?"),
        (["check", "--select", "CDP3003"], "Vouliez-vous dire CDP303"),
        (["check", "achats"], "Vouliez-vous dire achats-responsables-estrie?"),
        (["check", "acueil-des-benevoles/"], "Vouliez-vous dire accueil-des-benevoles?"),
        (["check", "communities/achat"], "Vouliez-vous dire achats-responsables-estrie?"),
        (["check", "comunities/achat"], "le chemin « comunities/achat » n’existe pas"),
        (["close", "acueil-des-benevoles"], "Vouliez-vous dire accueil-des-benevoles?"),
        (["check", "--as-of", "2026-02-30"], "le jour 2026-02-30 n’existe pas"),
        (["check", "--as-of", "30/12/2026"], "vouliez-vous dire 2026-12-30?"),
        (["new", "x", "--title", " "], "« --title » est vide"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(words: list[str], told: str) -> None:
    root = ["--root", str(ROOT)] if words[0] in ("check", "close", "new") else []
    assert told.replace(" ", " ") in run(*words, *root, code=2).replace(" ", " ")


def test_a_rule_answers_to_its_number() -> None:
    assert run("rule", "303") == run("rule", "CDP303")


def test_what_the_system_refuses_is_said_in_french() -> None:
    for number in errno.errorcode:
        said = translate(refusal(OSError(number, os.strerror(number))), "fr")
        assert os.strerror(number) not in said


def test_build_stops_at_pages_that_cannot_be_read_and_keeps_the_former_site(small_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    run("build", "--root", small_base, "-o", out)
    write(small_base, {"communities/a/notes/un.md": "---\ntitle: x\nSECRET\n"})
    said = run("build", "--root", small_base, "-o", out, code=1)

    assert "communities/a/notes/un.md:1:1: CDP001" in said
    assert "--keep-going" in said
    assert (out / "communities/a/notes/un/index.html").exists()
    run("build", "--root", small_base, "-o", out, "--keep-going")
    assert not (out / "communities/a/notes/un").exists()
    assert not any(b"SECRET" in path.read_bytes() for path in out.rglob("*.html"))


def test_build_publishes_in_spite_of_errors_of_life(small_base: Path, tmp_path: Path) -> None:
    write(small_base, {"communities/a/index.md": charter("start_date: 2026-05-01\nend_date: 2026-04-01\n")})
    said = run("build", "--root", small_base, "-o", tmp_path / "site")

    assert "n’empêche" in said
    assert "cdp check" in said


def test_build_says_what_it_ignores(small_base: Path, tmp_path: Path) -> None:
    (small_base / "mkdocs.yml").write_text(
        "site_name: x\nplugins: [search]\nhooks: [x.py]\ntheme: {name: material, language: fr}\n"
    )
    assert "cdp décide lui-même de plugins, hooks" in run("build", "--root", small_base, "-o", tmp_path / "site")


def test_build_twice_says_so(small_base: Path) -> None:
    run("build", "--root", small_base)
    assert "déjà à jour" in run("build", "--root", small_base)


def test_status_shows_stages_as_words_and_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    said = run("status", *BASES)
    assert re.search(r"Accueillir les personnes bénévoles\s+En cours\s+█+░+\s+56%.*Tout est à jour", said)
    assert "Démarrage" in said
    assert "Archivée" in said

    data = json.loads(run("status", *BASES, "--format", "json"))
    assert (data["version"], data["as_of"], len(data["communities"])) == (1, "2026-11-24", 5)
    first = data["communities"][0]
    assert set(first) == {
        *(
            "slug",
            "title",
            "readable",
            "stage",
            "season",
            "health",
            "start_date",
            "end_date",
            "unknown",
            "objectives",
            "next",
        )
    }
    assert first["objectives"]["total"] == sum(count for key, count in first["objectives"].items() if key != "total")
    assert [item["stage"] for item in data["communities"]] == ["active", "closing", "archived", "kickoff", "idea"]


def test_status_of_one_community_shows_what_is_next() -> None:
    said = run("status", "achats-responsables-estrie", *BASES)
    assert "À venir" in said
    assert "aucune communauté ne s’appelle « x »" in run("status", "x", *BASES, code=2)


def test_rule_lists_and_explains() -> None:
    assert all(rule in run("rule") for rule in RULES)
    for name in ("CDP101", "cdp101", "end-before-start"):
        said = run("rule", name)
        assert "Pourquoi :" in said
        assert "Comment corriger :" in said
    assert "aucune règle" in run("rule", "CDP000", code=2)


def test_schema_prints_and_writes(tmp_path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(run("schema", "charter")))
    assert set(json.loads(run("schema"))) == {"charter", "meeting", "note", "survey", "season", "review"}
    run("schema", "-o", tmp_path / "s")
    assert {path.name for path in (tmp_path / "s").iterdir()} == {
        f"{kind}.json" for kind in ("charter", "meeting", "note", "survey", "season", "review")
    }
    assert "aucun type" in run("schema", "poem", code=2)


def test_a_new_base_and_a_new_community_are_clean_from_the_start(tmp_path: Path) -> None:
    root = tmp_path / "base"
    assert "Base créée" in run("init", root, "--name", 'Nos "communautés": de pratique')
    assert "Communauté créée" in run("new", "achats-estrie", "--title", "Achats : l'Estrie", "--root", root)
    said = run("check", "--root", root)

    assert "2 communautés vérifiées, aucun problème" in said
    assert "Achats : l'Estrie" in run("status", "--root", root)
    assert 'Nos "communautés": de pratique' in (
        run("build", "--root", root) and (root / "site/index.html").read_text().replace("&#34;", '"')
    )
    assert "/private/" in (root / ".gitignore").read_text()
    assert "n’est pas vide" in run("init", root, code=2)


def test_a_repository_cloned_empty_is_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "base" / ".git").mkdir(parents=True)

    assert "Base créée" in run("init", tmp_path / "base")
    (tmp_path / "base" / "notes.txt").touch()
    assert "n’est pas vide" in run("init", tmp_path / "base", code=2)


@pytest.mark.parametrize("slug", ["Achats", "achats_estrie", "é", "a" * 61, "../x", "-a", ""])
def test_a_slug_that_cannot_be_is_told(small_base: Path, slug: str) -> None:
    assert "ne peut pas être le nom" in run("new", "--root", small_base, "--", slug, code=2)


@pytest.mark.parametrize(
    ("option", "text"),
    [("--title", "a\nb"), ("--title", "a" * 121), ("--summary", "é" * 141), ("--summary", "\x1b[2J")],
)
def test_a_title_and_a_summary_fit_on_a_line(small_base: Path, option: str, text: str) -> None:
    assert f"« {option} » doit tenir sur une ligne" in run("new", "achats", option, text, "--root", small_base, code=2)
    assert not (small_base / "communities" / "achats").exists()


def test_a_charter_that_cannot_be_read_has_no_stage(small_base: Path) -> None:
    write(small_base, {"communities/a/index.md": "---\ntitle: [A\nkickoff: {date: 2026-01-01}\n---\n"})

    assert "Charte illisible" in run("status", "--root", small_base)
    assert "cdp check a" in run("status", "a", "--root", small_base)
    (data,) = [
        each
        for each in json.loads(run("status", "--format", "json", "--root", small_base))["communities"]
        if each["slug"] == "a"
    ]
    assert (data["readable"], data["stage"], data["health"]) == (False, None, None)
    said = run("check", "--root", small_base, code=1)
    assert [line for line in said.splitlines() if ": CDP" in line] == [
        line for line in said.splitlines() if "CDP001" in line
    ]


def test_a_slug_lives_once(small_base: Path) -> None:
    write(small_base, {"communities/.archives/ancienne/0001-freeze.json": "{}"})
    for slug in ("a", "ancienne"):
        assert "existe déjà ou a déjà existé" in run("new", slug, "--root", small_base, code=2)


def test_a_closed_pipe_is_no_error(cdp: Cdp) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m cdp rule | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("CDP001")


def test_keep_going_leaves_out_what_was_refused(small_base: Path, tmp_path: Path) -> None:
    write(
        small_base,
        {
            "communities/a/meetings/2026-02-30.md": "---\ndate: 2026-02-30\n---\nSECRET\n",
            "communities/a/notes/double.md": "---\ntitle: x\ntitle: y\n---\nSECRET\n",
            'communities/a/notes/a"b.md': "SECRET\n",
            "communities/a/notes/aux.md": "SECRET\n",
            "communities/a/notes/fin .md": "SECRET\n",
            "communities/a/notes/point..md": "SECRET\n",
            "communities/c/index.md": "---\ntitle: C\nstart_date: 2026-02-30\n---\nSECRET\n",
        },
    )
    (small_base / "communities/a/notes").joinpath("bad\udcff.md").write_text("SECRET\n")
    run("build", "--root", small_base, "-o", tmp_path / "site", code=1)
    assert not (tmp_path / "site").exists()
    run("build", "--root", small_base, "-o", tmp_path / "site", "--keep-going")

    assert not any(
        b"SECRET" in path.read_bytes() or b"1970" in path.read_bytes() for path in (tmp_path / "site").rglob("*.html")
    )
    assert (tmp_path / "site/communities/a/notes/un/index.html").exists()
    assert not (tmp_path / "site/communities/c").exists()


@pytest.mark.parametrize("out", ["communities/x", "theme/x", ".", "private/site"])
def test_the_site_never_goes_among_the_texts(small_base: Path, out: str) -> None:
    assert "parmi les textes" in run("build", "--root", small_base, "-o", small_base / out, code=2)


def test_the_folder_where_we_stand_is_not_replaced(
    small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "ne peut pas aller" in run("build", "--root", small_base, "-o", ".", code=2)


def test_what_desktops_leave_behind_is_nothing(small_base: Path, tmp_path: Path) -> None:
    debris = [
        "._note.md",
        ".DS_Store",
        "Thumbs.db",
        "~$doc.docx",
        ".note.md.swp",
        "brouillon.md~",
        ".obsidian/app.json",
    ]
    write(small_base, {f"communities/a/notes/{name}": "SECRET" for name in debris})
    assert "aucun problème" in run("check", "--root", small_base)
    run("build", "--root", small_base, "-o", tmp_path / "site")
    assert not any(b"SECRET" in path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file())


def test_a_note_with_another_ending_is_told_how(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/x.markdown": "x"})
    assert "finisse par .md" in run("check", "--root", small_base, code=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extra: {cdp: {as_of: 2026-13-45}}", "n’est pas une date"),
        ("repo_url: 12", "« repo_url: 12 » n’est pas une adresse Web"),
        ('site_url: "http://[::1"', "n’est pas une adresse Web"),
        ("site_name: [a]", "« site_name » doit être un texte"),
        ("extra: {cdp: [a]}", "« extra.cdp » doit être une suite de réglages"),
        ("extra: {cdp: {timezne: America/Toronto}}", "Écrivez « timezone »"),
        ("extra: {cdp: {couleur: bleu}}", "Réglages connus ici : language"),
    ],
)
def test_settings_are_told_in_french(small_base: Path, text: str, message: str) -> None:
    (small_base / "mkdocs.yml").write_text(text)
    assert message in run("build", "--root", small_base, code=2)


def test_settings_run_no_program(small_base: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    (small_base / "mkdocs.yml").write_text(
        f'site_name: x\nx: !!python/object/apply:os.system ["touch {trap}"]\ny: 2026-99-99\n'
    )
    run("build", "--root", small_base, "-o", tmp_path / "site")
    assert not trap.exists()


def test_what_the_system_refuses_is_said(small_base: Path, cdp: Cdp) -> None:
    for words in (["schema", "-o", "/proc/x"], ["init", "/proc/x"], ["build", "--root", small_base, "-o", "/proc/x"]):
        assert "le système a refusé" in cdp(*words, code=2).stderr
    with Path("/dev/full").open("w") as full:
        import subprocess
        import sys

        done = subprocess.run(
            [sys.executable, "-m", "cdp", "rule"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "Traceback" not in done.stderr
    assert "SOURCE_DATE_EPOCH" in cdp("check", "--root", small_base, env={"SOURCE_DATE_EPOCH": "9" * 20}, code=2).stderr


def test_words_that_a_shell_completes_are_understood(small_base: Path) -> None:
    assert "1 communauté vérifiée" in run("check", "communities/a/", "--root", small_base)
    assert "Première" in run("status", "a/", "--root", small_base)
    assert "est un nom réservé" in run("new", "con", "--root", small_base, code=2)
    assert "hors de portée" in run("check", "--root", small_base, "--as-of", "9999-12-31", code=2)
    assert "aucun problème" in run("check", "--root", small_base, "--select", "CDP2")


def test_long_plain_notes_are_welcome(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/longue.md": "# T\n\n" + "Un mot, *voici* un [lien](un.md).\n\n" * 6000})
    assert "aucun problème" in run("check", "--root", small_base)


@pytest.mark.parametrize("theme", ["theme: readthedocs", "theme:\n  name: readthedocs", "theme:\n  custom_dir: mine"])
def test_a_theme_that_cdp_does_not_use_is_told(small_base: Path, tmp_path: Path, theme: str) -> None:
    write(small_base, {"mkdocs.yml": f"site_name: Essai\n{theme}\n"})

    assert (
        theme.partition(":")[0] in run("build", "--root", small_base, "-o", tmp_path / "site").split("Site publié")[0]
    )


def test_the_theme_that_cdp_uses_is_not_told(small_base: Path, tmp_path: Path) -> None:
    write(small_base, {"mkdocs.yml": "theme:\n  name: material\n  custom_dir: theme\n  language: fr\n  palette: []\n"})

    assert "mkdocs.yml" not in run("build", "--root", small_base, "-o", tmp_path / "site")


@RINGS
@pytest.mark.usefixtures("impatient")
def test_keep_going_leaves_out_what_the_engine_cannot_finish(small_base: Path, tmp_path: Path) -> None:
    write(small_base, {"communities/a/notes/lourde.md": "a*" * 60_000, "communities/a/notes/dure.md": "a*" * 70_000})
    said = run("build", "--root", small_base, "-o", tmp_path / "site", "--keep-going", "--jobs", "1")

    assert "lourde.md" in said
    assert "dure.md" in said
    assert (tmp_path / "site/communities/a/notes/un/index.html").exists()
    assert not (tmp_path / "site/communities/a/notes/lourde").exists()


def test_a_note_cannot_write_to_the_terminal(small_base: Path) -> None:
    forged = "[x](%1B%5B2J%07%0Acommunities/c/index.md:1:1: CDP001 faux) ![](%E2%80%AE.png)"
    write(small_base, {"communities/a/notes/trois.md": f"{forged.replace(' CDP001 faux', '-CDP001')}\n"})
    said = run("check", "--root", small_base, "--as-of", "2026-11-24", code=1)

    assert "CDP901" in said
    assert not set(said) & set("\x1b\x07\u202e")
    assert not any(line.startswith("communities/c/index.md:1:1:-CDP001") for line in said.splitlines())


@pytest.mark.parametrize("folder", [".cdp", ".CDP"])
@pytest.mark.parametrize("words", [("check",), ("build", "-o", "../site"), ("archive", "verify")])
def test_a_work_folder_that_git_brings_is_never_used(small_base: Path, words: tuple[str, ...], folder: str) -> None:
    """A proposed change could bring a journal to carry out, or pages for the cache, that no check has seen."""
    change = {"path": "communities/a/index.md", "old": None, "new": None}
    journal = json.dumps({"version": 1, "entries": [change], "step": None})
    write(small_base, {f"{folder}/journal/do.json": journal, "communities/c/index.md": charter()})
    git(small_base, "init", "-q")
    git(small_base, "add", "-fA")
    (small_base / ".cdp").mkdir(exist_ok=True)
    said = run(*words, "--root", small_base, code=2)

    assert "git rm -r --cached .cdp" in said
    assert (small_base / "communities/a/index.md").exists()
    git(small_base, "rm", "-rq", "--cached", folder)
    shutil.rmtree(small_base / folder)
    write(small_base, {".cdp/lock": ""})
    git(small_base, "add", "-f", ".cdp/lock")
    run("check", "--root", small_base)
