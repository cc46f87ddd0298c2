"""The whole start of a community as a facilitator would do it, and what must never leave ``private/``."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from icalendar import Calendar
from pptx import Presentation

from tests.conftest import ROOT, Cdp, charter, tree, write
from tests.test_heritage import archived_base

pytestmark = pytest.mark.slow

FIRST = ("Ana", "Béa", "Cyrille", "Dalia", "Élodie", "Farid", "Gisèle", "Hông", "Inès", "Joël")
LAST = ("Otis", "Roy", "Côté", "Œuvrard", "Nguyen", "Tremblay", "Lévesque", "Awashish")
REGIONS = ("Estrie", "Mauricie")
NETWORKS = ("Maisons de quartier", "Écocentres du littoral", "Popotes roulantes")


def people(start: int, count: int) -> list[tuple[str, str, str, str, str, str]]:
    return [
        (
            FIRST[n % 10],
            f"{LAST[n % 8]}-{n:03}",
            f"Organisme secret {n}",
            f"fuite{n}@exemple.invalid",
            REGIONS[n % 2],
            NETWORKS[n % 3],
        )
        for n in range(start, start + count)
    ]


def outlook(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["Prénom", "Nom", "Société", "Adresse de messagerie", "Notes", "Région", "Réseau"])
    table.writerows(
        [first, last, firm, email, "Vu au salon", region, network] for first, last, firm, email, region, network in rows
    )
    return stream.getvalue().encode("cp1252")


def spreadsheet(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO()
    table = csv.writer(stream, delimiter=";")
    table.writerow(["Nom complet", "Organisme", "Courriel", "Région", "Réseaux"])
    table.writerows(
        [f"{first} {last}", firm, email, region, network] for first, last, firm, email, region, network in rows
    )
    return stream.getvalue().encode("utf-16")


def cards(rows: list[tuple[str, ...]]) -> bytes:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{first} {last}\r\nN:{last};{first};;;\r\nORG:{firm}\r\nEMAIL:{email}\r\nEND:VCARD\r\n"
        for first, last, firm, email, *_ in rows
    ).encode()


def git(root: Path, *words: str) -> str:
    named = ["-c", "user.name=T", "-c", "user.email=t@exemple.invalid"]
    done = subprocess.run(["git", "-C", str(root), *named, *words], check=True, capture_output=True)
    return done.stdout.decode("utf-8", errors="replace")


def packages(root: Path, folder: Path) -> dict[str, bytes]:
    """Return every file of the wheel and the source archive made where such a bank lies about."""
    for name in ("scripts", "theme", "tests/rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(root / "private", folder / "private")
    shutil.copytree(root / "private", folder / "scripts/private")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", "dist"], cwd=folder, check=True, capture_output=True
    )
    found: dict[str, bytes] = {}
    for path in (folder / "dist").iterdir():
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                found |= {f"{path.name}/{name}": wheel.read(name) for name in wheel.namelist()}
        else:
            with tarfile.open(path) as source:
                members = [member for member in source.getmembers() if member.isfile()]
                found |= {f"{path.name}/{m.name}": source.extractfile(m).read() for m in members}  # type: ignore[union-attr]
    assert len(found) > 200
    return found


def opened(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, and what is packed in it: presentations and books are zip files, PDF compresses its words."""
    yield path, data
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from opened(f"{path}/{name}", packed.read(name))
    elif data[:4] == b"%PDF":
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
            with contextlib.suppress(zlib.error):
                yield f"{path}/stream", zlib.decompress(stream)


def test_what_is_taken_away_from_an_archive_holds_nothing_of_the_bank(cdp: Cdp, tmp_path: Path) -> None:
    root = archived_base(tmp_path / "base", cdp)
    write(root, {".gitignore": "/private/\n/.cdp/\n"})
    (tmp_path / "t.csv").write_bytes(spreadsheet(people(0, 20)))
    cdp("contacts", "import", tmp_path / "t.csv", "--consent", "rencontres", "--root", root)
    for who in ("c1", "c2"):
        cdp("contacts", "pipeline", "b", who, "--status", "ally", "--root", root)
    # A draft and a forgotten copy of the bank lie about, even in the folder that is taken away.
    cdp("invite", "b", "--kind", "kickoff", "--date", "2030-01-10", "-o", root / "private/1", "--root", root)
    shutil.copy(root / "private/contacts.yml", root / "copie.yml")
    for kind in ("zip", "bagit", "epub", "pdf"):
        cdp("archive", "export", "a", "--format", kind, "-o", tmp_path / "out" / f"a-{kind}", "--root", root)
    found = [pair for path, data in tree(tmp_path / "out").items() for pair in opened(path, data)]

    assert len(found) > 60
    for secret in (b"fuite1@", b"secret 1", b"Roy-001"):
        assert secret in (root / "private/contacts.yml").read_bytes()
        assert [path for path, data in found if secret in data] == []
    shutil.copy(root / "private/contacts.yml", root / "communities/a/notes/copie.yml")
    done = cdp("archive", "export", "a", "-o", tmp_path / "autre.zip", "--root", root, code=None)
    assert done.returncode != 0
    assert not (tmp_path / "autre.zip").exists()


def test_from_two_hundred_contacts_to_the_first_season(cdp: Cdp, tmp_path: Path) -> None:
    root, out = tmp_path / "base", tmp_path / "out"
    write(
        root,
        {
            "mkdocs.yml": "site_name: B\ntheme: {name: material, language: fr}\n",
            ".gitignore": "/private/\n/.cdp/\n/site/\n",
            "communities/a/index.md": charter(
                "purpose: Que les matériaux servent deux fois.\nfacilitators:\n  - name: Noémie G.\n"
            ),
        },
    )
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Début")
    log: list[str] = []

    def run(*words: str | Path, day: str = "2026-09-01", code: int = 0) -> str:
        extra = () if words[0] == "contacts" and words[1] in ("find", "export", "duplicates") else ("--as-of", day)
        done = cdp(*words, "--root", root, *extra, code=code)
        if words[0] not in ("contacts", "invite"):  # these two speak to the facilitator of people
            log.append(done.stdout + done.stderr)
        return done.stdout.replace("\u00a0", " ")

    # Two hundred contacts, three formats; heads are found for two regions.
    for name, data in (
        ("o.csv", outlook(people(0, 80))),
        ("t.csv", spreadsheet(people(80, 80))),
        ("v.vcf", cards(people(160, 40))),
    ):
        (tmp_path / name).write_bytes(data)
        assert "contacts ajoutés" in run("contacts", "import", tmp_path / name, "--source", name)
    assert "200 contacts." in run("contacts", "list")
    for region in REGIONS:
        assert "80 contacts." in run("contacts", "find", "--region", region.lower())
    run("contacts", "pipeline", "a", "c1", "c2", "c3", "--next", "appeler", "--on", "2026-09-05")
    board = run("contacts", "pipeline", "a")
    assert "Pas encore prête" in board
    assert "Régions sans tête : Estrie, Mauricie" in board

    # First contact, then the deck that is shown in the meetings.
    run("invite", "a", "--kind", "first-contact", "-o", root / "private/1")
    drafts = sorted((root / "private/1").glob("*.eml"))
    assert len(drafts) == 3
    for draft in drafts:
        message = message_from_bytes(draft.read_bytes(), policy=policy.default)
        assert message["X-Unsent"] == "1"
        assert "{{" not in str(message)
        assert not message.defects
        if shutil.which("munpack"):
            folder = tmp_path / f"unpacked-{draft.stem}"
            folder.mkdir()
            assert subprocess.run(["munpack", "-q", "-t", "-C", folder, draft], capture_output=True, check=True).stdout
    run("deck", "a", "--kind", "pitch", "-o", out / "pitch.pptx")
    assert len(Presentation(str(out / "pitch.pptx")).slides) >= 5

    # Three allies from three networks: ready.
    for who in ("c1", "c2", "c3"):
        run("contacts", "pipeline", "a", who, "--status", "met")
        run("contacts", "consent", who, "rencontres", "--how", "de vive voix")
        run("contacts", "pipeline", "a", who, "--status", "ally", "--named", "no")
    board = run("contacts", "pipeline", "a")
    assert "Prête pour la rencontre de démarrage" in board
    assert "sans tête" not in board
    run("kit", "a", "-o", out / "kit", "--date", "2026-10-01", "--start", "13:00")
    run("invite", "a", "--kind", "kickoff", "--date", "2026-10-01", "-o", root / "private/2", "--together")
    (one,) = (root / "private/2").iterdir()
    message = message_from_bytes(one.read_bytes(), policy=policy.default)
    assert len(message["Bcc"].addresses) == 3
    (entry,) = Calendar.from_ical(
        next(p for p in message.walk() if p.get_content_type() == "text/calendar").get_content()
    ).walk("VEVENT")
    assert str(entry["DTSTART"].dt) == "2026-10-01"

    # The kickoff is recorded, seasons are planned, the first one opens.
    sheet = (out / "kit/answers.yml").read_text(encoding="utf-8").splitlines()
    wanted = [line.removeprefix("# ") for line in sheet]
    (out / "answers.yml").write_text("\n".join(wanted), encoding="utf-8")
    run("kickoff", "record", "a", "--from", out / "answers.yml", "--apply", day="2026-10-02")
    run("season", "plan", "a", "--every", "4", "--apply", day="2026-10-02")
    run(
        "season",
        "open",
        "a",
        "--objective",
        "Sauver des portes | 40 portes",
        "--apply",
        day="2026-10-02",
    )
    run("meeting", "new", "a", "--date", "2026-10-29", "--title", "Première", "--apply", day="2026-10-02")
    assert "jeudi 29 octobre 2026" in run("meeting", "next", "a", day="2026-10-02")
    said = run("status", "a", day="2026-10-02")
    assert "En cours" in said
    assert "☐ En chemin · Sauver des portes" in said
    assert "erreur" not in run("check", day="2026-10-02", code=0).replace("aucune erreur", "")

    # Nothing of the bank is in what is built, exported, logged or committed.
    run("build", "-o", out / "site", "--no-cache", day="2026-10-02")
    for kind in ("kickoff", "season-review", "celebration"):
        run("deck", "a", "--kind", kind, "--format", "html", "-o", out / f"{kind}.html", day="2026-10-02")
    key = cdp("contacts", "key", "-o", tmp_path / "key").stdout.splitlines()[0]
    run("contacts", "export", "--to", key, "-o", out / "banque.age")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Démarrage")
    everything = {
        **{f"out/{path}": data for path, data in tree(out).items()},
        **{path: data for path, data in tree(root).items() if not path.startswith(("private/", ".git/"))},
        "log": "\n".join(log).encode(),
        "git": git(root, "log", "--all", "-p", "--format=%B").encode(),
    }
    assert b"Que les mat" in everything["git"]
    secrets = [secret for n in range(200) for secret in (f"fuite{n}@", f"secret {n}", f"{LAST[n % 8]}-{n:03}")]
    for path, data in (pair for each in everything.items() for pair in opened(*each)):
        text = data.decode("utf-8", errors="ignore")
        assert not [secret for secret in secrets if secret in text], path
    for data in packages(root, tmp_path / "paquets").values():
        text = data.decode("utf-8", errors="ignore")
        assert "contacts.yml" not in text or "fuite" not in text
        assert not [secret for secret in secrets if secret in text]
    # A bank that cannot be read is explained without its contents.
    (root / "private/contacts.yml").write_text("contacts:\n  - {id: c1, name: fuite1@, zz: secret 1}\n  - fuite2@: [\n")
    for words in (("contacts", "list"), ("contacts", "pipeline", "a"), ("check",), ("build", "-o", out / "autre")):
        done = cdp(*words, "--root", root, "--as-of", "2026-10-02", code=None)
        assert not [secret for secret in ("fuite", "secret 1") if secret in done.stdout + done.stderr]
    assert git(root, "ls-files", "private") == ""
    assert not (root / ".cdp/journal").exists()
