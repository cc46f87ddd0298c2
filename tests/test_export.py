"""An archive taken away: a bag that a library can check, pages that open alone, books; nothing else comes along."""

from __future__ import annotations

import base64
import io
import json
import posixpath
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import bagit
import pytest
import yaml
from ebooklib import epub
from playwright.sync_api import sync_playwright
from selectolax.lexbor import LexborHTMLParser

from cdp import books
from cdp.export import bag, metadata, offline
from cdp.site.described import licence
from tests.conftest import ROOT, Cdp, tree, write
from tests.system_setup import MISSING, chromium
from tests.test_heritage import archived_base

SECRET = "courriel-secret@exemple.org"


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    root = archived_base(tmp_path_factory.mktemp("export") / "base", cdp)
    write(root, {"private/contacts.yml": SECRET, "communities/b/notes/z.md": f"---\ntitle: Z\n---\n{SECRET}\n"})
    return root


@pytest.fixture(scope="module")
def zipped(frozen: Path, tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    out = tmp_path_factory.mktemp("zip") / "a.zip"
    cdp("archive", "export", "a", "--root", frozen, "-o", out)
    return out


def test_a_bag_is_valid_and_holds_sources_pages_and_records(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    out = tmp_path / "sac"
    cdp("archive", "export", "a", "--root", frozen, "--format", "bagit", "-o", out)
    found = bagit.Bag(str(out))
    found.validate()
    files = tree(out / "data")

    assert found.info["External-Identifier"].startswith("a sha256:")
    assert found.version_info == (1, 0)
    for path in (
        "communities/a/notes/x.md",
        "communities/a/notes/plan.png",
        "communities/.archives/a/0001-freeze.json",
    ):
        assert files[f"sources/{path}"] == (frozen / path).read_bytes()
    assert {"site/index.html", "site/notes/x/index.html", "site/notes/plan.png", "CITATION.cff"} <= set(files)
    assert not any(SECRET.encode() in data or b"contacts.yml" in data for data in files.values())
    assert not any("communities/b" in path or "private" in path for path in files)
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "communities/.archives/a/0001-freeze.sha256"],
        cwd=out / "data/sources",
        check=False,
    )
    assert done.returncode == 0

    (out / "data/sources/communities/a/notes/x.md").write_text("autre")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(out)).validate()


def test_a_bag_takes_any_name_that_a_disk_takes(tmp_path: Path) -> None:
    names = {"été/a b.txt": b"1", "œ’.md": b"3", "vide.txt": b""}
    write(tmp_path, bag.bag(names, [("Contact-Name", "deux\nlignes: x")]))

    bagit.Bag(str(tmp_path)).validate()
    assert b"Contact-Name: deux lignes: x\n" in (tmp_path / "bag-info.txt").read_bytes()


def test_signs_that_would_break_a_manifest_are_encoded_as_the_standard_asks() -> None:
    # RFC 8493, 2.1.3; the library that validates the bags above does not decode the per cent sign.
    lines = bag.bag({"100%.txt": b"", "a\nb": b""}, ())["manifest-sha256.txt"].decode().splitlines()

    assert [line.partition("  ")[2] for line in lines] == ["data/100%25.txt", "data/a%0Ab"]


def test_the_metadata_can_be_read_by_those_who_use_them(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as pack:
        crate = json.loads(pack.read(f"a/{metadata.CRATE}"))
        cited = yaml.safe_load(pack.read(f"a/{metadata.CITATION}"))
        names = set(pack.namelist())
    by_id = {entry["@id"]: entry for entry in crate["@graph"]}

    assert by_id[metadata.CRATE]["about"] == {"@id": "./"}
    assert by_id["./"]["name"] == "Première vie"
    assert by_id["./"]["license"] == {"@id": "https://creativecommons.org/licenses/by-sa/4.0/"}
    assert {f"a/{unquote(part['@id'])}" for part in by_id["./"]["hasPart"]} == names - {f"a/{metadata.CRATE}"}
    assert all(part["@id"] in by_id for part in by_id["./"]["hasPart"])
    assert cited["cff-version"] == "1.2.0"
    assert cited["authors"] == [{"name": "Première vie"}]
    assert cited["license"] == "CC-BY-SA-4.0"


@pytest.mark.parametrize(
    ("name", "spdx"),
    [("CC BY 4.0", "CC-BY-4.0"), ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"), ("CC0 1.0", "CC0-1.0"), ("CC0", "CC0-1.0"), ("CC BY-SA", "CC-BY-SA-4.0"), ("Maison", None), (None, None), ("CC BY-SA 3.0", None)],
)  # fmt: skip
def test_licences_that_have_a_name_get_it(name: str | None, spdx: str | None) -> None:
    found = licence(name)

    assert (found[0] if found else None) == spdx


def test_the_zip_is_the_same_every_time(zipped: Path, frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    cdp("archive", "export", "a", "--root", frozen, "-o", tmp_path / "b.zip")

    assert (tmp_path / "b.zip").read_bytes() == zipped.read_bytes()


def test_every_link_of_the_zip_leads_to_a_file_of_it_or_to_the_site(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as pack:
        names = set(pack.namelist())
        pages = {name: pack.read(name).decode() for name in names if name.endswith(".html")}
    assert {"a/index.html", "a/notes/x/index.html", "a/review/index.html"} <= set(pages)
    for name, html in pages.items():
        for node in LexborHTMLParser(html).css("[href], [src]"):
            value = node.attributes.get("href") or node.attributes.get("src") or ""
            parts = urlsplit(value)
            if value.startswith("#") or parts.scheme:
                assert value.startswith(("#", "https://exemple.org/cdp/", "mailto:")), (name, value)
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            assert target in names, (name, value)


def test_without_an_address_links_to_other_pages_are_only_words() -> None:
    html = b'<a href="../b/">Autre</a><a href="notes/x/#y">Une</a><a href="https://x.exemple/">Loin</a><img src="../../ailleurs.png"><a class="cdp-find" href="../../search/">Chercher</a>'
    site = {"communities/a/index.html": html, "communities/a/notes/x/index.html": b"x"}
    found = offline.pages(site, "a", "")["index.html"].decode()

    assert '<a>Autre</a><a href="notes/x/index.html#y">Une</a><a href="https://x.exemple/">Loin</a><img>' in found
    assert "Chercher" not in found


@pytest.mark.slow
@pytest.mark.xdist_group("browser")
def test_the_zip_opens_with_a_double_click_and_asks_for_nothing_else(zipped: Path, tmp_path: Path) -> None:
    path = chromium()
    assert path, MISSING
    with zipfile.ZipFile(zipped) as pack:
        pack.extractall(tmp_path)
    home = (tmp_path / "a").as_uri()
    faults: list[str] = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page()
        page.on(
            "request", lambda request: None if request.url.startswith((home, "data:")) else faults.append(request.url)
        )
        page.on("requestfailed", lambda request: faults.append(f"failed {request.url}"))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{home}/index.html")
        assert page.evaluate("getComputedStyle(document.querySelector('.cdp-frozen')).borderLeftWidth") == "4px"
        page.click(".cdp-nav__community a:text('X')")
        page.wait_for_load_state("load")
        assert page.url == f"{home}/notes/x/index.html"
        assert "texte" in page.inner_text("article")
        page.click(".cdp-crumbs a:text('Première vie')")
        page.wait_for_load_state("load")
        assert page.url == f"{home}/index.html"
        opened.close()

    assert not faults


def test_an_epub_is_a_book_with_its_pictures_and_links(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    out = tmp_path / "a.epub"
    cdp("archive", "export", "a", "--root", frozen, "--format", "epub", "-o", out)
    again = tmp_path / "b.epub"
    cdp("archive", "export", "a", "--root", frozen, "--format", "epub", "-o", again)
    read = epub.read_epub(str(out))
    with zipfile.ZipFile(out) as pack:
        first = pack.infolist()[0]
        names = set(pack.namelist())
        chapters = {name: pack.read(name) for name in names if re.search(r"/p\d+\.xhtml$", name)}

        style = pack.read("EPUB/book.css").decode()

    assert "@bottom" not in style, "EPUBCheck refuses boxes in margins (CSS-008)"
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert read.title == "Première vie"
    assert "EPUB/media/notes/plan.png" in names
    assert any("Archivée le 24\u00a0novembre\u00a02026".encode() in data for data in chapters.values())
    for name, data in chapters.items():
        for node in ElementTree.fromstring(data).iter():
            target = node.get("href") or node.get("src") or ""
            if target and "://" not in target and not target.startswith("#"):
                assert (
                    posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target.partition("#")[0])))
                    in names
                )
    with zipfile.ZipFile(again) as pack:
        assert {name: pack.read(name) for name in chapters} == chapters


def test_the_tables_of_charts_stand_in_the_open_in_an_epub(tmp_path: Path, cdp: Cdp) -> None:
    """EPUBCheck refuses a fold without its title (RSC-005): a book shows what a page folds."""
    out = tmp_path / "a.epub"
    cdp("archive", "export", "animer-nos-rencontres", "--root", ROOT, "--format", "epub", "-o", out)
    with zipfile.ZipFile(out) as pack:
        chapters = [
            ElementTree.fromstring(pack.read(name)) for name in pack.namelist() if re.search(r"/p\d+\.xhtml$", name)
        ]
    figures = [node for chapter in chapters for node in chapter.iter() if node.get("class") == "cdp-figure"]

    assert any(node.tag.endswith("}table") for figure in figures for node in figure)
    for chapter in chapters:
        for fold in (node for node in chapter.iter() if node.tag.endswith("}details")):
            assert fold[0].tag.endswith("}summary")


def written(data: bytes) -> bytes:
    """Return what a PDF says, in lower case, with what it packs."""
    packed = re.findall(rb"stream\n(x.+?)\nendstream", data, re.DOTALL)
    return b"".join([data, *(zlib.decompressobj().decompress(part) for part in packed)]).lower()


def test_a_pdf_is_made_for_real_and_asks_for_nothing(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    out = tmp_path / "a.pdf"
    cdp("archive", "export", "a", "--root", frozen, "--format", "pdf", "-o", out)
    data = out.read_bytes()

    assert data.startswith(b"%PDF-1.7")
    told = written(data)
    for title in ("Première vie", "Bilan"):
        assert (
            b"\xfe\xff" + title.encode("utf-16-be").lower() in told
            or title.encode("utf-16-be").hex().encode() in told
            or f"({title})".lower().encode() in told
        ), title


def test_a_book_tells_what_was_changed_or_added_since(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    root, out = tmp_path / "base", tmp_path / "a.epub"
    shutil.copytree(frozen, root, symlinks=True)
    day = ("--root", root, "--apply")
    cdp("archive", "note", "a", "La salle a déménagé.", "--about", "notes/x.md", *day)
    text = (root / "communities/a/notes/x.md").read_bytes()
    write(tmp_path, {"x.md": text + b"\n[caviard\xc3\xa9]\n"})
    two = ("--approved-by", "Rose", "--approved-by", "Jean", "--replace-with", tmp_path / "x.md")
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "court", *two, *day)
    cdp("archive", "export", "a", "--root", root, "--format", "epub", "-o", out)
    with zipfile.ZipFile(out) as pack:
        pages = [LexborHTMLParser(pack.read(name).decode()) for name in pack.namelist() if name.endswith(".xhtml")]
    said = [page.body.text() for page in pages if page.body is not None]

    assert ["La salle a déménagé." in page for page in said].count(True) == 1
    assert any("La salle a déménagé." in page and "Caviardée le 24\u00a0novembre\u00a02026" in page for page in said)
    assert ["Archivée le 24\u00a0novembre\u00a02026" in page for page in said].count(True) == 1
    assert not any("Les mêmes nombres" in page or "Tous les sondages de la communauté" in page for page in said)


def test_a_book_on_paper_shows_its_pictures_and_says_on_which_page_chapters_begin() -> None:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    html = '<h1>T</h1><p><img src="media/notes/un%20plan.png" alt="Un plan"></p>'
    files = {"notes/un plan.png": base64.b64decode(pixel)}
    facts = {"title": "T", "language": "fr", "contents": "Table des matières"}
    made = books.pdf([books.Chapter("p001", "T", html, ("notes/un plan.png",))], files, facts)

    assert b"/Image" in made
    assert len(re.findall(rb"/type ?/page\b", written(made))) == 2


def test_a_book_shows_no_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    html = f'<h1>T</h1><img src="file://{tmp_path}/secret.png" alt="a"><img src="https://mal.example/x.png" alt="b"><img src="media/absent.png" alt="c">'
    chapter = books.Chapter("p001", "T", html, ())

    made = books.pdf([chapter], {}, {"title": "T", "language": "fr"})
    assert made.startswith(b"%PDF")
    assert b"/Image" not in made


# Refused


@pytest.mark.parametrize(
    ("slug", "options", "said", "code"),
    [
        ("b", (), "n’est pas archivée", 2),
        ("rien", (), "aucune communauté ne s’appelle", 2),
        ("../a", ("--format", "tar"), "tar", 2),
    ],
)
def test_what_cannot_be_exported_is_said(slug: str, options: tuple[str, ...], said: str, code: int, frozen: Path, tmp_path: Path, cdp: Cdp) -> None:  # fmt: skip
    done = cdp("archive", "export", slug, "--root", frozen, "-o", tmp_path / "x", *options, code=code)

    assert said in done.stderr
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_over_somebody_s_files(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    write(tmp_path, {"plein/x.txt": "à moi"})
    for kind, said in (("bagit", "existe déjà"), ("zip", "est un dossier"), ("pdf", "est un dossier")):
        done = cdp("archive", "export", "a", "--root", frozen, "--format", kind, "-o", tmp_path / "plein", code=2)
        assert said in done.stderr
    assert tree(tmp_path) == {"plein/x.txt": "à moi".encode()}


def test_an_archive_that_is_not_intact_is_not_exported(tmp_path: Path, frozen: Path, cdp: Cdp) -> None:
    import shutil

    shutil.copytree(frozen, tmp_path / "base", ignore=shutil.ignore_patterns(".git", ".cdp"))
    for name, change in (("edited", b"autre"), ("added", b"plus")):
        path = tmp_path / "base/communities/a/notes" / ("x.md" if name == "edited" else "y.md")
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(change)
        done = cdp("archive", "export", "a", "--root", tmp_path / "base", "-o", tmp_path / "x.zip", code=1)
        assert path.name in done.stderr
        path.unlink() if before is None else path.write_bytes(before)
    assert not (tmp_path / "x.zip").exists()


def test_a_book_that_cannot_be_made_here_says_what_to_install(
    frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from cdp.cli.export import export

    monkeypatch.setattr(books, "available", lambda kind: False)
    done = CliRunner().invoke(export, ["a", "--root", str(frozen), "--format", "epub", "-o", str(tmp_path / "a.epub")])

    assert done.exit_code == 2
    assert "cdp-saisons[books]" in done.output


def test_a_zip_is_one_folder(zipped: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped.read_bytes())) as pack:
        assert pack.testzip() is None
        assert {name.split("/")[0] for name in pack.namelist()} == {"a"}
