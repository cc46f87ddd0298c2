"""The example site as published: every link leads somewhere, every page stands on its own."""

from __future__ import annotations

import posixpath
import re
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.conftest import ROOT, Cdp


def pages(site: Path) -> dict[str, LexborHTMLParser]:
    return {
        path.relative_to(site).as_posix(): LexborHTMLParser(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def published(example_site: Path) -> dict[str, LexborHTMLParser]:
    return {name: page for name, page in pages(example_site).items() if not page.css('meta[http-equiv="refresh"]')}


FORM = re.compile(r"/surveys/\d{4}-\d{2}/form/(?:fr/|en/)?index\.html$")
"""Forms are pages of their own, outside the engine; tests/test_survey_form.py looks at them."""


@pytest.fixture(scope="module")
def rendered(published: dict[str, LexborHTMLParser]) -> dict[str, LexborHTMLParser]:
    return {name: page for name, page in published.items() if not FORM.search(name)}


def broken(site: Path, found: dict[str, LexborHTMLParser], base: str = "/") -> list[str]:
    @cache
    def ids(name: str) -> frozenset[str]:
        return frozenset(node.attributes["id"] or "" for node in found[name].css("[id]"))

    wrong = []
    for name, page in found.items():
        for node in page.css("[href], [src]"):
            target = node.attributes.get("href") or node.attributes.get("src") or ""
            parts = urlsplit(target)
            if parts.scheme or target.startswith("//"):
                continue
            path = unquote(parts.path)
            here = posixpath.dirname(name)
            folder = path.endswith("/") or posixpath.basename(path) in (".", "..")
            path = path.removeprefix(base) if path.startswith("/") else posixpath.normpath(posixpath.join(here, path))
            file = posixpath.normpath(f"{path or '.'}/index.html") if folder or not path else path
            if parts.path == "":
                file = name
            if not (site / file).is_file():
                wrong.append(f"{name}: {target}")
            elif parts.fragment and file in found and unquote(parts.fragment) not in ids(file):
                wrong.append(f"{name}: {target} (no such id)")
    return wrong


def test_no_link_is_broken(example_site: Path, published: dict[str, LexborHTMLParser]) -> None:
    assert broken(example_site, published) == []


def test_links_hold_under_a_sub_path(cdp: Cdp, tmp_path: Path) -> None:
    settings = (
        (ROOT / "mkdocs.yml")
        .read_text(encoding="utf-8")
        .replace('site_url: ""', "site_url: https://exemple.invalid/un/chemin/")
    )
    root = tmp_path / "base"
    shutil.copytree(ROOT / "communities", root / "communities")
    (root / "mkdocs.yml").write_text(settings.replace("  custom_dir: theme\n", ""), encoding="utf-8")
    cdp("build", "--root", root, "-o", tmp_path / "site", "--no-cache")

    assert broken(tmp_path / "site", pages(tmp_path / "site"), "/un/chemin/") == []
    assert "https://exemple.invalid/un/chemin/communities/" in (tmp_path / "site/sitemap.xml").read_text()


def test_each_page_has_one_title_and_its_language(rendered: dict[str, LexborHTMLParser]) -> None:
    for name, page in rendered.items():
        headings = [node.text(strip=True) for node in page.css("h1")]
        assert len(headings) == 1, name
        assert headings[0], name
        html = page.css_first("html")
        assert html is not None
        assert html.attributes.get("lang") == ("en" if name.startswith("en/") else "fr"), name


def test_each_page_says_what_it_is_in_a_sentence(rendered: dict[str, LexborHTMLParser]) -> None:
    for name, page in rendered.items():
        if name != "404.html":
            (sentence,) = page.css('meta[name="description"]')
            assert re.search(r"\w.*\w.*\w", sentence.attributes["content"] or ""), name
            assert not re.search(r"\]\(|\*\*", sentence.attributes["content"] or ""), name


def test_headings_go_down_one_level_at_a_time(rendered: dict[str, LexborHTMLParser]) -> None:
    for name, page in rendered.items():
        article = page.css_first("article")
        assert article is not None
        levels = [int(node.tag[1]) for node in article.css("h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1, name
        for before, after in pairwise(levels):
            assert after <= before + 1, (name, levels)


def test_ids_are_unique(published: dict[str, LexborHTMLParser]) -> None:
    for name, page in published.items():
        ids = [node.attributes["id"] for node in page.css("[id]")]
        assert len(ids) == len(set(ids)), (name, sorted({i for i in ids if ids.count(i) > 1}))


def test_nothing_comes_from_another_host(example_site: Path) -> None:
    for path in example_site.rglob("*"):
        if path.suffix == ".css":
            assert not re.search(r"""url\(["']?(?:https?:)?//|@import""", path.read_text(encoding="utf-8")), path
        if path.suffix == ".html":
            page = LexborHTMLParser(path.read_text(encoding="utf-8"))
            for node in page.css("[src], [srcset], link[href]"):
                target = (
                    node.attributes.get("src") or node.attributes.get("srcset") or node.attributes.get("href") or ""
                )
                assert not target.startswith(("http", "//")), path


def test_every_page_carries_its_policy(rendered: dict[str, LexborHTMLParser]) -> None:
    for name, page in rendered.items():
        (policy,) = page.css('meta[http-equiv="Content-Security-Policy"]')
        content = policy.attributes["content"] or ""
        assert "default-src 'none'" in content, name
        assert "unsafe" not in content, name
        assert "cdp-script-hashes" not in content, name
        assert re.search(r"script-src 'self'( 'sha256-[A-Za-z0-9+/=]+')+;", content), name


def test_no_draft_and_no_name_without_consent_is_published(example_site: Path) -> None:
    from cdp import disk
    from cdp.load import load

    repository = load(disk.read(ROOT))
    text = "".join(path.read_text(encoding="utf-8") for path in example_site.rglob("*.html"))
    silent = [head.name for c in repository.communities for head in c.charter.network_heads if head.agreed is None]
    drafts = [note.title for c in repository.communities for note in c.notes if note.record.draft]

    assert silent
    assert drafts
    assert not [name for name in silent + drafts if name in text]
