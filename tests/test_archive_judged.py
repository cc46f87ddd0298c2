"""A record that a proposal adds is judged by what cdp asks of whoever freezes or redacts, even when it is written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cdp import disk
from cdp.archive import freezing
from cdp.load import load
from cdp.plan import Plan
from tests.conftest import TODAY, Cdp, write
from tests.test_archive import FROZEN, commit, git, refused, told
from tests.test_archive_crash import living

__all__ = ["living"]

CHARTER = f"{FROZEN}/index.md"


@pytest.fixture
def base(living: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(living, root, symlinks=True)
    git(root, "branch", "-f", "before")
    return root


def carried(root: Path, plan: Plan) -> None:
    for path, data in plan.changes.items():
        if data is None:
            (root / path).unlink()
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)


def forge(root: Path, day: date = TODAY) -> None:
    """Write by hand the record that ``cdp archive`` would, without what it asks."""
    repository = load(disk.read(root))
    community = repository.get("a")
    assert community is not None
    files = {
        path.relative_to(root / FROZEN).as_posix(): path.read_bytes()
        for path in sorted((root / FROZEN).rglob("*"))
        if path.is_file()
    }
    carried(root, freezing.plan(community, repository, files, day, "fr"))


def worded(old: str, new: str = "") -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / CHARTER).read_text(encoding="utf-8")
        assert old in text
        (root / CHARTER).write_text(text.replace(old, new), encoding="utf-8")

    return change


def note(text: str) -> Callable[[Path], None]:
    return lambda root: write(root, {f"{FROZEN}/notes/x.md": text})


def more(path: str, text: str = "---\ntitle: Y\n---\ny\n") -> Callable[[Path], None]:
    """Another note that is kept."""

    def change(root: Path) -> None:
        write(root, {f"{FROZEN}/{path}": text})
        worded("legacy:\n", f"legacy:\n  - {{path: '{path}', choice: keep, why: Utile.}}\n")(root)

    return change


UNSETTLED: dict[str, Callable[[Path], None]] = {
    "no thanks": worded("  thanks: Merci à toutes et à tous.\n"),
    "no verdict": worded("outcome: met, evidence: Lu.", "outcome: open"),
    "an end that is to come": worded("end_date: 2026-01-30", "end_date: 2027-01-30"),
    "no choice for a file": lambda root: write(root, {f"{FROZEN}/notes/y.md": "---\ntitle: Y\n---\ny\n"}),
    "a draft": note("---\ntitle: X\ndraft: true\n---\nUn texte.\n"),
    "an address in the front matter": note("---\ntitle: X\nsummary: Écrire à rose@carrefour.quebec\n---\nUn texte.\n"),
    "a telephone": note("---\ntitle: X\n---\nAppelez au 418 543-2368.\n"),
    "a link that leads nowhere": note("---\ntitle: X\n---\nVoyez [là](absente.md).\n"),
    "twins in the folder": more("notes/X.md"),
    "twins by their accents": lambda root: (more("notes/é.md")(root), more("notes/e\u0301.md")(root))[0],
    "people still in charge": worded("alumni: [{name: Rose, role: facilitator}]", "facilitators: [{name: Rose}]"),
    "attributes that transform": lambda root: write(root, {f"{FROZEN}/.gitattributes": "*.md ident\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSETTLED)
def test_a_freeze_written_by_hand_of_an_unsettled_closing_is_refused(name: str, base: Path) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    UNSETTLED[name](base)
    forge(base)
    commit(base)

    assert refused(base, "before")
    assert told(base, "before")


def test_a_freeze_that_owes_nothing_passes_with_its_whole_triage(base: Path, cdp: Cdp) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    write(
        base,
        {
            f"{FROZEN}/notes/long.md": "---\ntitle: Long\n---\n## Résumé\n\nCourt.\n\n## Tout\n\nBien plus.\n",
            f"{FROZEN}/notes/confie.md": "---\ntitle: Confié\n---\nÀ suivre.\n",
            f"{FROZEN}/notes/vieux/un.md": "---\ntitle: Un\n---\nUn.\n",
            f"{FROZEN}/notes/vieux/deux.md": "---\ntitle: Deux\n---\nDeux.\n",
        },
    )
    worded(
        "legacy:\n",
        "legacy:\n  - {path: notes/long.md, choice: summarize}\n"
        "  - {path: notes/confie.md, choice: hand_over, to: B (communities/b/index.md)}\n"
        "  - {path: notes/vieux/, choice: remove}\n",
    )(base)
    git(base, "add", "communities")
    git(base, "commit", "-qm", "Ready")
    cdp("archive", "a", "--root", base, "--apply")

    assert not (base / FROZEN / "notes/vieux/un.md").exists()
    assert "Ceci est un résumé" in (base / FROZEN / "notes/long.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert refused(base, "before") == []
    assert refused(base, "before", full=True) == []
    assert told(base, "before") == []


def test_a_refused_freeze_says_what_it_owes_and_how_to_make_it_again(base: Path, cdp: Cdp) -> None:
    UNSETTLED["no thanks"](base)
    forge(base)
    commit(base)

    said = cdp("archive", "verify", "--root", base, "--base", "before", code=1).stdout.replace("\u00a0", " ")
    assert f"{CHARTER}: les remerciements ne sont pas écrits" in said
    assert "cdp archive a --apply" in said


def test_a_choice_of_a_folder_is_carried_out_before_a_freeze(base: Path) -> None:
    write(base, {f"{FROZEN}/notes/vieux/un.md": "---\ntitle: Un\n---\nUn.\n"})
    forge(base)
    worded("legacy:\n", "legacy:\n  - {path: notes/vieux/, choice: remove}\n")(base)
    write(base, {"communities/.archives/a/0001-freeze.json": "x"})
    for name in ("json", "sha256"):
        (base / f"communities/.archives/a/0001-freeze.{name}").unlink()
    original = freezing.settled
    try:
        freezing.settled = lambda community, files: dict(files)
        forge(base)
    finally:
        freezing.settled = original
    commit(base)

    assert f"{FROZEN}/notes/vieux/un.md" in refused(base, "before")


# Redacting

TWO = ("--approved-by", "Rose", "--approved-by", "Jean")


@pytest.fixture(scope="module")
def once(living: Path, tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    root = tmp_path_factory.mktemp("archived") / "base"
    shutil.copytree(living, root, symlinks=True)
    write(root, {f"{FROZEN}/meetings/2025-02-12-suite.md": "---\ndate: 2025-02-12\nattendance: 9\n---\nSuite.\n"})
    git(root, "add", "communities")
    git(root, "commit", "-qm", "Ready")
    cdp("archive", "a", "--root", root, "--apply")
    git(root, "branch", "-f", "before")
    return root


@pytest.fixture
def archived(once: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(once, root, symlinks=True)
    return root


Rewrite = Callable[[str], str]


def instead(text: str) -> Rewrite:
    return lambda former: text


def swapped(old: str, new: str) -> Rewrite:
    def rewrite(former: str) -> str:
        assert old in former
        return former.replace(old, new)

    return rewrite


REDACTED: dict[str, tuple[str, Rewrite, str]] = {
    "a draft": ("notes/x.md", instead("---\ntitle: X\ndraft: true\n---\nCaviardé.\n"), "brouillon"),
    "an address": ("notes/x.md", instead("---\ntitle: X\n---\nÉcrire à rose@carrefour.quebec\n"), "une adresse de courriel"),
    "an address in the front matter": (
        "notes/x.md",
        instead("---\ntitle: X\nsummary: Écrire à rose@carrefour.quebec\n---\nTexte.\n"),
        "une adresse de courriel",
    ),
    "a telephone": ("notes/x.md", instead("---\ntitle: X\n---\nAppelez au 418 543-2368.\n"), "un numéro de téléphone"),
    "a program": ("notes/x.md", instead("---\ntitle: X\n---\n<script>x</script>\n"), "ne sera pas publié"),
    "the date of a meeting": ("meetings/2025-02-12-suite.md", instead("---\ndate: 2025-02-13\nattendance: 9\n---\n"), "« date » ne change pas"),
    "who came": ("meetings/2025-02-12-suite.md", instead("---\ndate: 2025-02-12\nattendance: 90\n---\n"), "« attendance » ne change pas"),
    "a verdict": ("index.md", swapped("outcome: met", "outcome: dropped"), "« objectives.1.outcome » ne change pas"),
    "the outcome": ("index.md", swapped("outcome: fulfilled", "outcome: early"), "« closing.outcome » ne change pas"),
    "the end": ("index.md", swapped("end_date: 2026-01-30\nkickoff", "end_date: 2026-01-29\nkickoff"), "« end_date » ne change pas"),
    "the celebration": ("index.md", swapped("{date: 2026-01-30}", "{date: 2026-01-31}"), "« closing.celebration.date » ne change pas"),
    "no closing": (
        "index.md",
        lambda former: former.partition("closing:")[0] + "---\nBonjour.\n",
        "« closing » ne change pas",
    ),
    "the licence": ("index.md", swapped("license: CC BY-SA 4.0\ncontact", "license: CC0\ncontact"), "« license » ne change pas"),
    "somebody more": ("index.md", swapped("alumni: [", "alumni: [{name: Jean}, "), "« alumni » ne change pas"),
}  # fmt: skip


@pytest.mark.parametrize("name", REDACTED)
def test_a_redaction_changes_words_and_brings_nothing_in(name: str, archived: Path, tmp_path: Path, cdp: Cdp) -> None:
    path, rewrite, message = REDACTED[name]
    text = rewrite((archived / FROZEN / path).read_text(encoding="utf-8"))
    given = tmp_path / "caviarde.md"
    given.write_text(text, encoding="utf-8")
    words = ("redact", "a", path, "--reason", "rights", *TWO, "--replace-with", given, "--root", archived)
    said = cdp("archive", *words, "--apply", code=1).stderr.replace("\u00a0", " ")

    assert f"{FROZEN}/{path}" in said
    assert message in said
    by_hand(archived, path, text)
    assert refused(archived, "before"), "and not when the record is written by hand"
    assert told(archived, "before")


def by_hand(root: Path, path: str, text: str) -> None:
    """Write the record that ``cdp archive redact`` would, without what it asks."""
    repository = load(disk.read(root))
    (own,) = repository.archives
    assert own.state is not None
    files = {name: read() for name, read in own.files.items()}
    plan = freezing.redaction(
        own.acts, own.state, files, {path: text.encode()}, reason="rights", approved_by=("Rose", "Jean"), as_of=TODAY,
        previous=repository.head, language="fr",
    )  # fmt: skip
    carried(root, plan)
    commit(root)


LAWFUL: dict[str, tuple[str, Rewrite]] = {
    "words": ("index.md", swapped("Merci à toutes et à tous.", "Merci!")),
    "somebody who goes": ("index.md", swapped("alumni: [{name: Rose, role: facilitator}]", "alumni: []")),
    "a note": ("notes/x.md", instead("---\ntitle: X\n---\n[caviardé]\n")),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_a_redaction_of_words_passes(name: str, archived: Path, tmp_path: Path, cdp: Cdp) -> None:
    path, rewrite = LAWFUL[name]
    text = rewrite((archived / FROZEN / path).read_text(encoding="utf-8"))
    given = tmp_path / "caviarde.md"
    given.write_text(text, encoding="utf-8")
    words = ("redact", "a", path, "--reason", "rights", *TWO, "--replace-with", given, "--root", archived)
    cdp("archive", *words, "--apply")

    assert refused(archived, "before") == []
    assert told(archived, "before") == []


def test_an_archive_is_not_asked_for_what_it_cannot_add(archived: Path, cdp: Cdp) -> None:
    text = (archived / CHARTER).read_text(encoding="utf-8").replace("purpose: Mieux acheter.\n", "")
    (archived / CHARTER).write_text(text, encoding="utf-8")

    assert "CDP003" not in cdp("check", "--root", archived, code=None).stdout


@pytest.mark.parametrize(
    "word", ["./notes/x.md", "notes\\x.md", "communities/a/notes/x.md", "communities\\a\\notes\\x.md"]
)
def test_a_path_is_understood_as_people_write_it(word: str, archived: Path, cdp: Cdp) -> None:
    cdp("archive", "note", "a", "La date était le 16.", "--about", word, "--root", archived, "--apply")

    assert '"path": "notes/x.md"' in (archived / "communities/.archives/a/0002-note.json").read_text(encoding="utf-8")


def test_a_path_and_a_name_that_are_not_there_have_their_nearest(archived: Path, cdp: Cdp) -> None:
    words = ("redact", "a", "note/x.md", "--reason", "rights", *TWO, "--root", archived)
    assert "notes/x.md?" in cdp("archive", *words, code=2).stderr
    write(archived, {"communities/achats-estrie/index.md": "---\ntitle: Achats\nsummary: x\n---\n"})
    for words in (
        ("export", "achat-estrie"),
        ("note", "achat-estrie", "x"),
        ("redact", "achat-estrie", "x", "--reason", "rights", *TWO),
    ):
        said = cdp("archive", *words, "--root", archived, code=2).stderr.replace("\u00a0", " ")
        assert "aucune communauté ne s’appelle « achat-estrie »" in said
        assert "achats-estrie?" in said
    assert "n’est pas archivée" in cdp("archive", "export", "b", "--root", archived, code=2).stderr
    assert "achats-estrie-2 :" in cdp("new", "Achats-Estrie", "--root", archived, code=2).stderr.replace("\u00a0", " ")
