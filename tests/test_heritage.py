"""Archived communities on the site: shown whole, under their banner, to read only; anything else stops the build."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from cdp import site
from cdp.cli.build import build as build_command
from cdp.cli.build import judged, options, publish, stage
from cdp.cli.ground import ground
from cdp.engine import archives, pictures
from cdp.engine.guard import GuardError
from cdp.settings import Settings
from cdp.site import communities, heritage
from cdp.site.portrait import portrait
from cdp.site.staging import Later, Picture, Proof, Unit
from tests.conftest import ROOT, TODAY, Cdp, charter, tree, write
from tests.test_archive import CLOSED, FILES, FROZEN, git

NOTE = "communities/a/notes/x/index.html"


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    return archived_base(tmp_path_factory.mktemp("heritage") / "base", cdp)


def archived_base(root: Path, cdp: Cdp) -> Path:
    """Make a knowledge base with a living community that follows from an archived one, and the theme as its own."""
    closed = CLOSED.replace("alumni:", "tags: [accueil]\nregions: [Estrie]\nalumni:")
    settings = "site_name: Base\nsite_url: https://exemple.org/cdp/\nrepo_url: https://forge.exemple/x\n"
    files = {
        **FILES,
        "mkdocs.yml": settings + "extra:\n  cdp:\n    as_of: 2026-11-24\n",
        f"{FROZEN}/index.md": charter(closed, "Bonjour.\n", "Première vie"),
        f"{FROZEN}/notes/x.md": '---\ntitle: X\n---\nUn **texte** & ![un plan](plan.png)\n\n!!! note\n    Dans une `boîte`.\n\n'
        "[Ailleurs](../../b/index.md)\n\n- [x] fait\n\n## Partie\n\nFin[^1].\n\n[^1]: Bas de page.\n",
        f"{FROZEN}/notes/plan.png": b"\x89PNG fictif",
        "communities/b/index.md": charter("succeeds: a\ntags: [accueil]\nregions: [Estrie]\n", "Vivante.\n", "Seconde vie"),
        "communities/b/notes/y.md": "---\ntitle: Y\ntags: [accueil]\n---\nY.\n",
    }  # fmt: skip
    files[f"{FROZEN}/index.md"] = str(files[f"{FROZEN}/index.md"]).replace(
        "legacy:\n", "legacy:\n  - {path: notes/plan.png, choice: keep, why: Utile., license: CC BY-SA 4.0}\n"
    )
    write(root, files)
    shutil.copytree(ROOT / "theme", root / "theme")
    git(root.parent, "init", "-q", "-b", "main", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    cdp("archive", "a", "--root", root, "--apply")
    return root


@pytest.fixture(scope="module")
def shown(frozen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shown") / "site"
    build(frozen, out)
    return out


@pytest.fixture
def base(frozen: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(frozen, root, ignore=shutil.ignore_patterns(".git"))
    return root


def build(root: Path, out: Path, *, cache: bool = False) -> None:
    here = ground(root)
    publish(here, here.repository(), options(here, out, engine="mkdocs", jobs=1, cache=cache))


def pages(site: Path, slug: str) -> Iterator[tuple[str, LexborHTMLParser]]:
    for path in sorted((site / "communities" / slug).rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        if 'http-equiv="refresh"' not in html:  # the address of a note that went, which leads to the community
            yield path.relative_to(site).as_posix(), LexborHTMLParser(html)


# Shown


def test_every_page_of_an_archive_says_what_it_is(shown: Path) -> None:
    seen = dict(pages(shown, "a"))

    assert {
        NOTE,
        "communities/a/index.html",
        "communities/a/review/index.html",
        "communities/a/notes/index.html",
    } <= set(seen)
    for path, page in seen.items():
        (banner,) = page.css(".cdp-frozen")
        said = " ".join(banner.text().split())
        for words in (
            "Archivée le 24 novembre 2026",
            "Objectifs atteints",
            "1 objectif sur 1",
            "2 documents choisis",
            "Seconde vie",
            "Le carrefour",
        ):
            assert words in said, path
        assert page.css(".cdp-frozen a[href$='b/']"), path
        assert not page.css("[rel=edit], .cdp-edit, [rel='alternate feed'][href*='communities/']")
        assert re.fullmatch(r"[0-9a-f]{64}", page.css(".cdp-seal code")[0].text())
    for _, page in pages(shown, "b"):
        assert not page.css(".cdp-frozen, .cdp-seal")
    assert all(page.css("[rel=edit]") for path, page in pages(shown, "b") if path.endswith("b/index.html"))


def test_an_archive_asks_for_nothing_and_offers_no_subscription(shown: Path) -> None:
    page = dict(pages(shown, "a"))["communities/a/index.html"]

    assert not page.css("#ce-qui-vient, #suivre, #se-joindre, a[href$='calendar.ics'], a[href$='feed.xml']")
    assert dict(pages(shown, "b"))["communities/b/index.html"].css("#suivre")


def test_an_archive_keeps_the_day_of_its_freeze_and_the_living_say_when_they_changed(shown: Path) -> None:
    assert not any("Dernière modification" in page.text() for _, page in pages(shown, "a"))
    (line,) = dict(pages(shown, "b"))["communities/b/notes/y/index.html"].css(".cdp-changed")
    assert "Dernière modification le 24\u00a0novembre\u00a02026" in line.text()


def test_an_archive_comes_after_the_living(shown: Path) -> None:
    for path in ("tags/accueil", "regions/estrie", "communities"):
        html = (shown / path / "index.html").read_text(encoding="utf-8")
        main = html[html.index("<article") :]
        assert main.index(">Seconde vie<") < main.index(">Première vie<"), path


def test_search_engines_see_archives_unless_asked(shown: Path, base: Path, tmp_path: Path) -> None:
    assert 'name="robots"' not in (shown / NOTE).read_text(encoding="utf-8")
    assert "communities/a/notes/x/" in (shown / "sitemap.xml").read_text(encoding="utf-8")

    text = (base / "mkdocs.yml").read_text(encoding="utf-8")
    write(base, {"mkdocs.yml": text + "    archives_indexed: false\n"})
    build(base, tmp_path / "site")

    assert all(page.css("meta[name=robots][content=noindex]") for _, page in pages(tmp_path / "site", "a"))
    assert not any(page.css("meta[name=robots]") for _, page in pages(tmp_path / "site", "b"))
    assert "communities/a/" not in (tmp_path / "site" / "sitemap.xml").read_text(encoding="utf-8")


def test_a_choice_that_is_none_is_refused(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    write(base, {"mkdocs.yml": "site_name: x\nextra:\n  cdp:\n    archives_indexed: parfois\n"})

    assert "ni oui ni non" in cdp("build", "--root", base, "-o", tmp_path / "site", code=2).stderr


def test_the_chain_is_published_for_readers_elsewhere(shown: Path, frozen: Path, cdp: Cdp) -> None:
    data = json.loads((shown / ".well-known/cdp-archives.json").read_text(encoding="utf-8"))
    schema = json.loads(cdp("schema", "archives").stdout)

    jsonschema.validate(data, schema)
    record = (frozen / "communities/.archives/a/0001-freeze.json").read_bytes()
    assert data["head"] == sha256(record).hexdigest() == data["archives"][0]["records"][0]["sha256"]
    assert data["archives"][0]["url"] == "https://exemple.org/cdp/communities/a/"
    assert data["head"] in (shown / NOTE).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_chain_s_head_is_right_after_each_act_and_a_second_freeze(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    root, out = tmp_path / "base", tmp_path / "site"
    shutil.copytree(frozen, root, symlinks=True)
    front = "license: CC BY-SA 4.0\ncontact: Le carrefour\nclosing: {announced: 2026-11-20, reason: Personne., outcome: dropped}\n"
    write(root, {"communities/d/index.md": charter(front, "Une idée.\n", "Jamais")})
    git(root, "add", "communities")
    git(root, "commit", "-qm", "x")
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    acts = (
        ("note", "a", "Précision."),
        ("redact", "a", "notes/x.md", "--reason", "rights", *two),
        ("d",),
        ("note", "d", "Autre précision."),
    )
    build(root, out, cache=True)
    for words in acts:
        cdp("archive", *words, "--root", root, "--apply")
        shutil.rmtree(out)
        build(root, out, cache=True)
        data = json.loads((out / ".well-known/cdp-archives.json").read_text(encoding="utf-8"))
        known = {sha256(path.read_bytes()).hexdigest() for path in (root / "communities/.archives").rglob("*.json")}
        records = [record for each in data["archives"] for record in each["records"]]

        assert {record["sha256"] for record in records} == known
        assert {data["head"], *(record["previous"] for record in records)} == {None, *known}
        for each in data["archives"]:
            (seal,) = dict(pages(out, each["slug"]))[f"communities/{each['slug']}/index.html"].css(".cdp-seal code")
            assert seal.text() == each["records"][-1]["sha256"]


def test_what_was_lawfully_changed_is_said_on_the_page(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    shutil.copytree(base, tmp_path / "own")
    git(tmp_path, "init", "-q", "-b", "main", "own")
    git(tmp_path / "own", "add", "-A")
    git(tmp_path / "own", "commit", "-qm", "x")
    root = tmp_path / "own"
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    write(tmp_path, {"new.md": "---\ntitle: X\n---\nCaviardé.\n"})
    approved = ("--approved-by", "Rose", "--approved-by", "Lin", "--apply")
    cdp(
        "archive",
        "redact",
        "a",
        "notes/x.md",
        "--root",
        root,
        "--reason",
        "rights",
        "--replace-with",
        tmp_path / "new.md",
        *approved,
    )
    cdp("archive", "note", "a", "Le <b>lien</b> a changé.", "--root", root, "--about", "review.md", "--apply")
    build(root, tmp_path / "site")

    shown = dict(pages(tmp_path / "site", "a"))
    assert "Caviardée le 24 novembre 2026 : droits d’autrui" in " ".join(
        shown[NOTE].css(".cdp-frozen")[0].text().split()
    )
    review = shown["communities/a/review/index.html"].css(".cdp-frozen")[0]
    assert "Le <b>lien</b> a changé." in review.text()
    assert "Caviardée" not in review.text()

    # A page that a court removes leaves its address, which says why; whoever leads there is not blamed.
    write(root, {"communities/b/notes/y.md": "---\ntitle: Y\n---\nVoir [X](../../a/notes/x.md).\n"})
    cdp("archive", "redact", "a", "notes/x.md", "--root", root, "--reason", "court", *approved)
    build(root, tmp_path / "site")
    gone = dict(pages(tmp_path / "site", "a"))[NOTE]
    assert "Page retirée" in gone.css("h1")[0].text()
    assert "ordre d’un tribunal" in gone.css(".cdp-frozen")[0].text()
    assert "CDP9" not in cdp("check", "--root", root).stdout


def test_what_became_of_an_attachment_is_said_where_it_is_shown(frozen: Path, tmp_path: Path, cdp: Cdp) -> None:
    root = tmp_path / "own"
    shutil.copytree(frozen, root, symlinks=True)
    (tmp_path / "new.png").write_bytes(b"\x89PNG autre")
    words = (
        "archive",
        "redact",
        "a",
        "notes/plan.png",
        "--root",
        root,
        "--approved-by",
        "Rose",
        "--approved-by",
        "Lin",
    )
    cdp(*words, "--reason", "rights", "--replace-with", tmp_path / "new.png", "--apply")
    cdp("archive", "note", "a", "Le nord est à gauche.", "--root", root, "--about", "notes/plan.png", "--apply")
    build(root, tmp_path / "site", cache=True)
    shown = dict(pages(tmp_path / "site", "a"))
    for page in ("communities/a/index.html", NOTE):
        said = " ".join(shown[page].css(".cdp-frozen")[0].text().split())
        assert "notes/plan.png, remplacé le 24 novembre 2026 : droits d’autrui" in said
        assert "Note du 24 novembre 2026 sur notes/plan.png Le nord est à gauche." in said
    assert "plan.png" not in shown["communities/a/review/index.html"].css(".cdp-frozen")[0].text()

    cdp(*words, "--reason", "court", "--apply")
    build(root, tmp_path / "site", cache=True)
    note = dict(pages(tmp_path / "site", "a"))[NOTE]
    (image,) = note.css("article img")
    assert (image.attributes.get("alt"), image.attributes.get("src")) == ("un plan", None), (
        "its words stay, no file is asked for"
    )
    said = " ".join(note.css(".cdp-frozen")[0].text().split())
    assert "notes/plan.png, retiré le 24 novembre 2026 : ordre d’un tribunal" in said


# Guarded


def test_settings_of_the_engine_hide_nothing(base: Path, shown: Path, tmp_path: Path) -> None:
    text = (base / "mkdocs.yml").read_text(encoding="utf-8")
    more = "exclude_docs: |\n  communities/a/\nnot_in_nav: communities\nextra_css: [cache.css]\nhooks: [hook.py]\nplugins: [search]\n"
    hook = "def on_page_content(html, **_):\n    return html.replace('texte', 'faux')\n"
    write(
        base,
        {
            "mkdocs.yml": text + more,
            "hook.py": hook,
            "cache.css": "article{display:none}",
            "communities/cache.css": "article{display:none}",
        },
    )
    shutil.rmtree(base / "communities" / "cache.css", ignore_errors=True)
    (base / "communities/cache.css").unlink(missing_ok=True)
    build(base, tmp_path / "site")

    assert {path: data for path, data in tree(tmp_path / "site").items() if "communities/a" in path} == {
        path: data for path, data in tree(shown).items() if "communities/a" in path
    }


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        write(root, {path: text.replace(old, new)})

    return attack


def style(css: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        path = root / "theme/stylesheets/cdp.css"
        write(root, {"theme/stylesheets/cdp.css": path.read_text(encoding="utf-8") + css})

    return attack


def gone(path: str) -> Callable[[Path], None]:
    return lambda root: shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()


CONTENT = "theme/partials/content.html"
ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "edited": (replaced(f"{FROZEN}/notes/x.md", "texte", "faux"), "notes/x.md : le texte n’est plus"),
    "edited alternative text": (replaced(f"{FROZEN}/notes/x.md", "un plan", "autre"), "notes/x.md : le texte n’est plus"),
    "edited charter body": (replaced(f"{FROZEN}/index.md", "Bonjour", "Bonsoir"), "index.md : le texte n’est plus"),
    "made a draft": (replaced(f"{FROZEN}/notes/x.md", "title: X", "title: X\ndraft: true"), "notes/x.md : cette page archivée n’est pas publiée"),
    "removed": (gone(f"{FROZEN}/notes/x.md"), "notes/x.md : cette page archivée n’est pas publiée"),
    "removed with its community": (gone(FROZEN), "communities/a : cette archive n’est pas publiée"),
    "other image": (lambda root: write(root, {f"{FROZEN}/notes/plan.png": b"autre"}), "plan.png : ce fichier n’est plus"),
    "no image": (gone(f"{FROZEN}/notes/plan.png"), "plan.png : ce fichier archivé n’est pas publié"),
    "unreadable record": (lambda root: write(root, {"communities/.archives/a/0001-freeze.json": "{}"}), "ne se lit pas"),
    "another day": (replaced("mkdocs.yml", "as_of: 2026-11-24\n", "as_of: 2026-02-01\n"), ""),
    "template that edits": (replaced(CONTENT, "data-cdp-frozen{{ tongue | safe }}>{{ page.content }}", 'data-cdp-frozen>{{ page.content | replace("texte", "faux") }}'), "le texte n’est plus"),
    "template that adds": (replaced(CONTENT, "data-cdp-frozen{{ tongue | safe }}>", "data-cdp-frozen>Faux. "), "le texte n’est plus"),
    "template without the text": (replaced(CONTENT, "<div data-cdp-frozen{{ tongue | safe }}>{{ page.content }}</div>", ""), "le texte n’est plus"),
    "two texts": (replaced(CONTENT, "<div data-cdp-frozen{{ tongue | safe }}>", "<div data-cdp-frozen></div><div data-cdp-frozen>"), "le texte n’est plus"),
    "no banner": (replaced(CONTENT, "{{ page.meta.banner | safe }}", ""), "le bandeau"),
    "poor banner": (lambda root: write(root, {"theme/pages/frozen-head.html": '<div class="cdp-frozen">Archive</div>'}), "le bandeau"),
    "banner of another": (replaced("theme/pages/frozen-head.html", "{{ say(frozen.outcome) }}", "Relais transmis"), "le bandeau"),
    "hidden text": (replaced(CONTENT, "<div data-cdp-frozen", "<div hidden data-cdp-frozen"), "est cachée"),
    "folded text": (replaced(CONTENT, "<div data-cdp-frozen{{ tongue | safe }}>{{ page.content }}</div>", "<details><div data-cdp-frozen>{{ page.content }}</div></details>"), "est cachée"),
    "text for no program": (replaced(CONTENT, "<div data-cdp-frozen", '<div aria-hidden="true" data-cdp-frozen'), "est cachée"),
    "edit link": (replaced("theme/partials/actions.html", "page.meta.source and", "page.meta.source or"), "la modification d’une archive"),
    "edit link without its name": (replaced(CONTENT, "{{ page.meta.head | safe }}", '{{ page.meta.head | safe }}<a href="{{ config.extra.cdp.edit }}communities/a/index.md">x</a>'), "la modification d’une archive"),
    "other sheet": (replaced("theme/main.html", '<link rel="stylesheet"', '<link rel="stylesheet" href="/communities/a/notes/x.css"><link rel="stylesheet"'), "feuille de style"),
    "css: in another file": (lambda root: write(root, {"theme/assets/stylesheets/x.css": "article{display:none}"}), "ce style cache une archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_keeps_an_archive_from_its_readers_stops_the_build(name: str, base: Path, tmp_path: Path) -> None:
    attack, reason = ATTACKS[name]
    attack(base)
    if not reason:
        build(base, tmp_path / "site")
        assert all(page.css(".cdp-frozen") and not page.css("[rel=edit]") for _, page in pages(tmp_path / "site", "a"))
        return
    with pytest.raises(GuardError) as caught:
        build(base, tmp_path / "site")

    found = str(caught.value).replace("\u00a0", " ")
    assert reason in found
    assert not (tmp_path / "site").exists()


HIDES, COVERS = "ce style cache une archive", "ce style ajoute à une archive, ou la couvre"
STYLES = {
    "page": (".cdp-page{display:none}", HIDES),
    "body": ("body{visibility:hidden}", HIDES),
    "text": ("[data-cdp-frozen]{opacity:0}", HIDES),
    "paragraphs": (".md-typeset p{font-size:0}", HIDES),
    "one word": (".md-typeset strong{color:transparent}", HIDES),
    "banner": (".cdp-frozen{position:absolute;left:-9999px}", HIDES),
    "on paper": ("@media print{.cdp-frozen{display:none}}", HIDES),
    "nested": (".md-typeset{@media screen{& article,p{display:none}}}", HIDES),
    "touched": (".cdp-page:not(:hover){clip-path:inset(100%)}", HIDES),
    "fading": ("@keyframes z{to{opacity:0}}.cdp-page{animation:z 0s forwards}", HIDES),
    "escaped": (".cdp-page{d\\69splay:none}", HIDES),
    "title": ("article h1{position:absolute;left:-9999px}", HIDES),
    "first line": (".md-typeset p::first-line{font-size:0}", HIDES),
    "picture for the text": ("[data-cdp-frozen]{content:url(x.png)}", HIDES),
    "word before": ("article p::before{content:'FAUX '}", COVERS),
    "word after the title": ("h1:after{content:\"(retiré)\"}", COVERS),
    "word by an escape": ("article p::before{content:'\\46\\41UX'}", COVERS),
    "word of an attribute": ("body::after{content:attr(data-x)}", COVERS),
    "word of a list": (".md-typeset ul{list-style-type:'FAUX '}", COVERS),
    "veil": ("body::before{content:'';position:fixed;inset:0;background:#fff}", COVERS),
    "veil on the text": ("article::after{content:'';position:absolute;width:100%;height:100%;background-color:white}", COVERS),
    "veil on a paragraph": ("article p::before{content:'';position:absolute;inset:0;background:white}", COVERS),
    "signs beside": ("article p::before{content:'→ ';color:red} article li::before{content:'';position:absolute;left:0;width:.3rem;height:.3rem;background:red}", ""),
    "white on white": (".md-typeset{color:#fff}", HIDES),
    "white on white, by name": ("article p{color:GhostWhite !important}", HIDES),
    "nearly white": ("article p{color:hsl(60 20% 97%)}", HIDES),
    "a breath of black": ("article p{color:rgb(0 0 0 / 8%)}", HIDES),
    "the variable of the ground": ("body{--md-typeset-color:var(--md-default-bg-color)}", HIDES),
    "a variable of one's own": (":root{--z:#fefefe} [data-cdp-frozen]{color:var(--z)}", HIDES),
    "white on white, by another name": ("article p{color:lightyellow}", HIDES),
    "white on white, in another space": ("article p{color:oklch(98% 0.01 90)}", HIDES),
    "white on white, by its blackness": ("article p{color:hwb(0 98% 0%)}", HIDES),
    "white on white, mixed": ("article p{color:color-mix(in srgb, white 95%, red)}", HIDES),
    "a colour of tomorrow": ("article p{color:rgb(from white r g b)}", "cdp ne sait pas si"),
    "colours that are mixed and read": ("article p{color:color-mix(in oklab, navy, black 20%)} article h2{color:oklch(40% .1 250)}", ""),
    "white on white, filled": ("article{-webkit-text-fill-color:white}", HIDES),
    "dark on dark": ("[data-md-color-scheme=slate] article{color:#1b2026}", HIDES),
    "in the dark only": ("[data-md-color-scheme='slate'] .cdp-page{display:none}", HIDES),
    "a ground like the words": (".cdp-frozen{background:currentColor}", HIDES),
    "words and ground together": (".cdp-frozen b{background:#345;color:#345}", HIDES),
    "a footer over all": (".md-footer{position:fixed;inset:0;background:#fff;z-index:9}", COVERS),
    "a header over all": (".md-header{position:absolute;height:100vh;background:teal}", COVERS),
    "from top to bottom": ("footer{position:fixed;top:3rem;bottom:0;width:100%;background-color:#fff}", COVERS),
    "a footer moved up": (".md-footer{position:relative;margin-top:-90vh;background:#fff}", COVERS),
    "a footer drawn up": ("footer{transform:translateY(-600px);background:#fff}", COVERS),
    "colours that are read": ("article p{color:#555} article h1{color:var(--cdp-spring)} .cdp-frozen,.cdp-frozen a{color:#fff;background:#234} [data-md-color-scheme=slate] article{color:white} .md-footer{color:#fff}", ""),
    "a header that stays": (".md-header{position:sticky;top:0;height:3rem;background:#123;color:#fff} .md-footer{margin-top:-1rem;background:#000}", ""),
    "by a variable": (":root{--z:0} article{opacity:var(--z)}", HIDES),
    "by a variable of a variable": (":root{--y:0;--z:var(--y)} article p{font-size:calc(var(--z) * 1rem)}", HIDES),
    "by what a variable lacks": ("article{display:var(--nothing, none)}", HIDES),
    "by a property that is declared": ("@property --z{syntax:'*';inherits:true;initial-value:none} article{display:var(--z)}", HIDES),
    "by a variable of the theme": (":root{--md-default-fg-color:#fff;--md-typeset-color:var(--md-default-fg-color)}", HIDES),
    "by the colour of code": (":root{--md-code-fg-color:var(--md-code-bg-color)}", HIDES),
    "in two rules": ("article{position:absolute} .cdp-page{left:-9999px}", HIDES),
    "a ground and words in two rules": ("article{background:#345} article p{color:#345}", HIDES),
    "a ground under the theme's words": ("article{background:#111}", HIDES),
    "stronger words on a ground": (".md-typeset p{background:#345;color:#fff} .md-content .md-typeset p{color:#345}", HIDES),
    "important words on a ground": (".md-content .md-typeset p{background:#345;color:#fff} p{color:#345 !important}", HIDES),
    "a low box, and its edge": ("article{max-height:2rem} .md-typeset{overflow:hidden}", HIDES),
    "a low box, and its edge across a page": ("html{height:100%} html{overflow-y:hidden}", HIDES),
    "one line, and its edge": ("article p{white-space:nowrap} .md-typeset p{overflow:clip}", HIDES),
    "no rolling": ("body{overflow:hidden}", HIDES),
    "no width": ("article{width:min(0px, 100%)}", HIDES),
    "no size by a sum": ("article p{font-size:calc(1rem - 20px)}", HIDES),
    "no scale": ("article{scale:0}", HIDES),
    "turned away": ("article{transform:perspective(1px) rotateY(90deg)}", "cache une archive"),
    "content that waits": ("article{content-visibility:hidden}", HIDES),
    "cut out": ("article{clip-path:circle(0)}", HIDES),
    "written backwards": ("article p{unicode-bidi:bidi-override;direction:rtl}", HIDES),
    "struck out": ("article p{text-decoration:line-through 2em #fff}", HIDES),
    "stroked over": ("article p{-webkit-text-stroke:9px #fff}", HIDES),
    "disguised letters": ("article p{-webkit-text-security:disc}", HIDES),
    "letters of no size": ("@font-face{font-family:Z;size-adjust:0%;src:url(z.woff2)}", HIDES),
    "behind its ground": ("article{position:relative;z-index:-1}", HIDES),
    "a grid without room": (".md-content{display:grid;grid-template-columns:0fr 1fr}", HIDES),
    "an image": ("article img{display:none}", HIDES),
    "a property of tomorrow": ("article{visible-part:none}", "cdp ne sait pas si"),
    "a function of tomorrow": ("article{opacity:sign(0)}", "cdp ne sait pas si"),
    "by has": ("body:has(article){visibility:hidden}", HIDES),
    "by not": ("article:not(article:hover){opacity:0}", HIDES),
    "by not itself": (":not(x) article{opacity:0}", HIDES),
    "by is": (":is(:hover, article){opacity:0}", HIDES),
    "with programs only": (".js article{display:none}", HIDES),
    "while the page is held": ("[data-md-scrolllock] article{display:none}", HIDES),
    "in a layer": ("@layer z{@supports (display:grid){@media (width > 1px){article{display:none}}}}", HIDES),
    "in a container": ("@container (width > 0){article{display:none}}", HIDES),
    "in a scope": ("@scope (body) to (x){article{display:none}}", HIDES),
    "when it starts": ("@starting-style{article{opacity:0}} article{transition:opacity 9999s}", HIDES),
    "between strings": ("a{content:\"/*\"} article{display:none} b{content:\"*/\"}", HIDES),
    "after a string that does not end": ("a{content:\"\n} article{display:none} b{content:\"\n}", HIDES),
    "after an address": ("a{background:url(x;{)} article{display:none}", HIDES),
    "by letters that are escaped": ("article{di\\splay:none}", HIDES),
    "another sheet": ("@import 'elsewhere.css';", "feuille de style n’est pas du thème"),
    "another sheet, escaped": ("@\\69mport url(//x.example/y.css) layer(z);", "feuille de style n’est pas du thème"),
    "a veil in three rules": ("article::after{content:'';position:absolute} .md-typeset::after{inset:0} .md-content article::after{background:#fff}", COVERS),
    "a footer over all, in three rules": (".md-footer{position:fixed} footer{inset:0} .md-footer{background:#fff}", COVERS),
    "the header of the theme, grown": (".md-header{height:100vh}", COVERS),
    "the veil of the theme, drawn": (".md-overlay{width:100%;height:100%;opacity:1}", COVERS),
    "the menu of the theme, drawn": (".md-sidebar--primary{left:0;transform:none;visibility:visible;background:#fff}", COVERS),
    "paragraphs over one another": ("article p{position:relative;background:#fff;margin-top:-3rem}", COVERS),
    "a shadow over all": ("footer{position:relative;box-shadow:0 0 0 9999px #fff;height:100vh}", COVERS),
    "a word by a variable": (":root{--z:'FAUX '} article p::before{content:var(--z)}", COVERS),
    "a word for a sign of a list": ("article li::marker{content:'FAUX '}", COVERS),
    "a picture for a letter": ("article p::before{content:linear-gradient(red,red)}", COVERS),
    "unclear": (".cdp-page:nth-what(3){display:none}", "ne se comprend pas"),
}  # fmt: skip


@pytest.fixture(scope="module")
def proof(frozen: Path) -> Proof:
    record = json.loads((frozen / "communities/.archives/a/0001-freeze.json").read_bytes())
    return Proof(("24 novembre 2026", "Objectifs atteints"), record["visible"]["notes/x.md"])


@pytest.mark.parametrize("name", STYLES)
def test_a_style_that_hides_an_archive_is_refused(name: str, proof: Proof, shown: Path) -> None:
    css, reason = STYLES[name]
    html = (shown / NOTE).read_text(encoding="utf-8")
    own = archives.styles(ROOT / "theme")
    if not reason:
        archives.check(html, "x.md", proof, "", {**own, "stylesheets/more.css": css})
        return
    with pytest.raises(GuardError) as caught:
        archives.check(html, "x.md", proof, "", {**own, "stylesheets/more.css": css})

    assert reason in str(caught.value).replace("\u00a0", " ")


AROUND = {
    **{tag: f"<{tag}>" for tag in ("canvas", "video", "audio", "datalist", "bdo", "font", "del", "details")},
    "rp": "<ruby><rp>",
    "svg": '<svg width="0" height="0"><foreignObject width="0" height="0">',
    "template": '<div><template shadowrootmode="open"><p>Faux</p></template>',
    "popover": "<div popover>",
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND)
def test_nothing_stands_around_a_frozen_text_that_may_hide_it(name: str, proof: Proof, shown: Path) -> None:
    html, styles = (shown / NOTE).read_text(encoding="utf-8"), archives.styles(ROOT / "theme")
    archives.check(html, "x.md", proof, "", styles)
    around = html.replace("<div data-cdp-frozen", f"{AROUND[name]}<div data-cdp-frozen", 1)

    with pytest.raises(GuardError) as caught:
        archives.check(around, "x.md", proof, "", styles)

    assert "est cachée" in str(caught.value).replace("\u00a0", " ")


ALIKE = {
    "beside": ("blockquote + p{display:none}", "<section><p>a</p><blockquote>b</blockquote></section>", "<section><blockquote>b</blockquote><p>a</p></section>"),
    "third": ("div > em:nth-child(3){display:none}", "<div><em>a</em><em>b</em></div>", "<div><em>a</em><em>b</em><em>c</em></div>"),
    "holder": ("section:has(i + b){display:none}", "<section><b>b</b><i>a</i></section>", "<section><i>a</i><b>b</b></section>"),
    "inside": ("section div em{display:none}", "<div><em>a</em></div><section>b</section>", "<section><div><em>a</em></div></section>"),
    "attribute": ("em[title^=x]{display:none}", "<em title=yx>a</em>", "<em title=xy>a</em>"),
    "whole attribute": ("em[title=xy]{display:none}", "<em title=yx>a</em>", "<em title=xy>a</em>"),
    "name": ("#xy em{display:none}", "<p id=yx><em>a</em></p>", "<p id=xy><em>a</em></p>"),
    "class": ("em.xy{display:none}", "<em class=yx>a</em>", "<em class=xy>a</em>"),
    "words": ("article em{display:none}", "<em></em>", "<em>a</em>"),
    "ground": (".xy{background:#345} em{color:#345}", "<p class=yx><em></em></p><p class=xy>b</p>", "<p class=xy><em>a</em></p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_a_page_is_judged_though_one_nearly_like_it_was(name: str, proof: Proof, shown: Path) -> None:
    css, good, bad = ALIKE[name]
    html = (shown / NOTE).read_text(encoding="utf-8")
    styles = {**archives.styles(ROOT / "theme"), "stylesheets/more.css": css}
    said = Proof(proof.says, "")
    for _ in range(2):
        archives.check(re.sub(r"<[^>]*data-cdp-frozen[^>]*>", rf"\g<0>{good}", html), "x.md", said, "", styles)
    with pytest.raises(GuardError):
        archives.check(re.sub(r"<[^>]*data-cdp-frozen[^>]*>", rf"\g<0>{bad}", html), "x.md", said, "", styles)


def test_a_page_without_its_document_type_is_judged_though_it_was_with_it(proof: Proof, shown: Path) -> None:
    html = (shown / NOTE).read_text(encoding="utf-8")
    styles = {**archives.styles(ROOT / "theme"), "stylesheets/more.css": ".CDP-PAGE{display:none}"}
    archives.check(html, "x.md", proof, "", styles)
    with pytest.raises(GuardError):
        archives.check(re.sub(r"(?i)<!doctype html>", "", html), "x.md", proof, "", styles)


def test_ordinary_themes_hide_nothing(proof: Proof, shown: Path) -> None:
    own = archives.styles(ROOT / "theme")
    for name in ("material", "town"):
        css = (ROOT / f"tests/styles/{name}.css").read_text(encoding="utf-8")
        for path, page in pages(shown, "a"):
            said = proof if path == NOTE else Proof(proof.says, "")
            archives.check(
                page.html or "", path, said, "", {**own, "stylesheets/more.css": css, "stylesheets/fonts.css": ""}
            )


def test_the_command_says_what_it_refuses(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    replaced(f"{FROZEN}/notes/x.md", "texte", "faux")(base)
    done = cdp("build", "--root", base, "-o", tmp_path / "site", code=1)

    assert "communities/a/notes/x.md" in done.stderr


def test_a_style_that_hides_elsewhere_stops_nothing(base: Path, tmp_path: Path) -> None:
    style(
        ".cdp-card, .md-header, .headerlink, [data-cdp-frozen]::before {display: none} p{opacity:.9} @media print{.cdp-crumbs{display:none}}"
    )(base)
    build(base, tmp_path / "site")

    assert (tmp_path / "site" / NOTE).is_file()


def test_the_site_in_another_language_shows_the_same_text(base: Path, tmp_path: Path) -> None:
    text = (base / "mkdocs.yml").read_text(encoding="utf-8")
    write(base, {"mkdocs.yml": text + "    language: en\n"})
    build(base, tmp_path / "site")
    assert "Archived on November\u00a024,\u00a02026" in (tmp_path / "site" / NOTE).read_text(encoding="utf-8")

    replaced(f"{FROZEN}/notes/x.md", "texte", "faux")(base)
    with pytest.raises(GuardError):
        build(base, tmp_path / "site2")


def test_the_cache_never_keeps_what_the_guard_would_refuse(base: Path, tmp_path: Path) -> None:
    build(base, tmp_path / "site", cache=True)
    before = tree(tmp_path / "site")
    style(".cdp-page{display:none}")(base)
    for _ in range(2):
        with pytest.raises(GuardError):
            build(base, tmp_path / "site", cache=True)

    assert tree(tmp_path / "site") == before


def test_the_pages_of_an_archive_do_not_change_with_the_day(frozen: Path) -> None:
    repository = ground(frozen).repository()
    templates = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "theme/pages").glob("*.html")}

    def staged(day: date) -> dict[str, str]:
        units = {unit.name: unit for unit in site.build(repository, day, Settings(), site.Theme(templates), "fr").units}
        return {page.path: page.text("a") for page in units["a"].pages}

    assert staged(TODAY) == staged(date(2030, 1, 1))


# Heritage


def test_the_section_leads_to_each_life_by_season_theme_and_region(shown: Path) -> None:
    first = (shown / "legacy/index.html").read_text(encoding="utf-8")
    article = first[first.index("<article") :]

    assert article.index("Ce qui vaut la peine") < article.index("Les communautés, par saison de fin")
    for path, words in (
        ("seasons/2026-winter", "Hiver 2026"),
        ("themes/accueil", "accueil"),
        ("regions/estrie", "Estrie"),
    ):
        assert f'href="../legacy/{path}/"' in article or f'href="{path}/"' in article, path
        html = (shown / "legacy" / path / "index.html").read_text(encoding="utf-8")
        assert words in html
        assert html.index(">X</a>") < html.index(">Première vie</a>")
        assert ">Seconde vie</a>" in html
    assert 'href="../legacy/"' in first or "legacy/" in (shown / "index.html").read_text(encoding="utf-8")
    assert "plan.png" in (shown / "legacy/notes/index.html").read_text(encoding="utf-8")


def test_without_an_archive_the_section_says_so(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site")

    assert "Aucune communauté n’est encore archivée" in (tmp_path / "site/legacy/index.html").read_text(
        encoding="utf-8"
    )
    assert not (tmp_path / "site/.well-known").exists()


@pytest.mark.parametrize(
    ("on", "season"),
    [("2025-12-01", (2026, "winter")), ("2026-02-28", (2026, "winter")), ("2026-03-01", (2026, "spring")), ("2026-11-30", (2026, "autumn"))],
)  # fmt: skip
def test_december_is_in_the_winter_of_the_year_that_comes(on: str, season: tuple[int, str], frozen: Path) -> None:
    repository = ground(frozen).repository()
    found = repository.get("a")
    assert found is not None
    life = heritage.Ended(portrait(found, TODAY), date.fromisoformat(on), None, 0, 0, (), "", ())

    assert life.season == season


# Celebrations


def test_a_life_that_ended_is_told_from_its_kickoff_to_its_freeze(shown: Path) -> None:
    page = dict(pages(shown, "a"))["communities/a/celebrations/index.html"]
    path = [" ".join(item.text().split()) for item in page.css(".cdp-path__event")]

    assert path[0].startswith("15 janvier 2025 Rencontre de démarrage")
    assert path[-1] == "24 novembre 2026 Archivée"
    assert "Célébrée le 30\u00a0janvier\u00a02026" in page.css(".cdp-fete__day")[0].text()
    assert "Merci à toutes et à tous." in page.css("article")[0].text()


def test_a_shared_celebration_has_a_picture_that_never_changes(shown: Path, frozen: Path, tmp_path: Path) -> None:
    page = dict(pages(shown, "a"))["communities/a/celebrations/index.html"]
    place = "communities/a/celebrations/image.png"
    assert page.css_first("meta[property='og:image']").attributes["content"] == f"https://exemple.org/cdp/{place}"
    picture = (shown / place).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == pictures.SIZE

    shutil.copytree(frozen, tmp_path / "base")
    for _ in range(2):
        build(tmp_path / "base", tmp_path / "site", cache=True)
        assert tree(tmp_path / "site") == tree(shown)
    kept = next((tmp_path / "base/.cdp/cache/pictures").iterdir())
    kept.write_bytes(kept.read_bytes()[:-9])
    shutil.rmtree(tmp_path / "site")
    build(tmp_path / "base", tmp_path / "site", cache=True)
    assert (tmp_path / "site" / place).read_bytes() == picture


def test_every_page_has_a_picture_to_share_with_its_whole_address(shown: Path) -> None:
    for path in shown.rglob("*.html"):
        page = LexborHTMLParser(path.read_text(encoding="utf-8"))
        if page.css_first("meta[http-equiv=refresh]") or path.name == "404.html":
            continue
        (image,) = page.css("meta[property='og:image']")
        place = (image.attributes["content"] or "").removeprefix("https://exemple.org/cdp/")
        assert (shown / place).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", path
        for name in ("type", "title", "site_name", "locale", "url"):
            assert page.css_first(f"meta[property='og:{name}']").attributes["content"], (path, name)


def test_without_pillow_the_page_stands_and_the_command_says_so(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "available", lambda: False)
    done = CliRunner().invoke(build_command, ["--root", str(base), "-o", str(tmp_path / "site"), "--jobs", "1"])

    assert done.exit_code == 0, done.output
    assert "cdp-saisons[images]" in done.output
    html = (tmp_path / "site/communities/a/celebrations/index.html").read_text(encoding="utf-8")
    assert 'property="og:image" content="https://exemple.org/cdp/images/cdp.png"' in html
    assert (tmp_path / "site/images/cdp.png").is_file()
    assert not (tmp_path / "site/communities/a/celebrations/image.png").exists()


@pytest.mark.parametrize("title", ["", "x" * 400, "Été — « œuvre » ’ " * 9, "漢字", "a\x00b\u202e"])
def test_any_title_makes_a_picture(title: str) -> None:
    numbers = (("104", "présences"), ("2", "objectifs atteints et bien d’autres mots"))
    picture = Picture(
        "Site", title, title, numbers, (("winter", -1.0, 0.5), ("summer", 0.5, 3.0), ("autumn", 0.9, 0.1))
    )

    assert pictures.draw(picture) == pictures.draw(picture)


# Rendered once


CHANGES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda root: None,
    "a living note cites the archive": lambda root: write(root, {"communities/b/notes/y.md": "---\ntitle: Y\n---\n[X](../../a/notes/x.md)\n"}),
    "the successor has another title": replaced("communities/b/index.md", "Seconde vie", "Deuxième vie"),
    "the successor is gone": gone("communities/b"),
    "another community follows": lambda root: write(root, {"communities/c/index.md": charter("succeeds: a\n", "", "Troisième")}),
    "another language": replaced("mkdocs.yml", "as_of: 2026-11-24\n", "as_of: 2026-11-24\n    language: en\n"),
    "another address": replaced("mkdocs.yml", "https://exemple.org/cdp/", "https://exemple.net/"),
    "another name": replaced("mkdocs.yml", "site_name: Base", "site_name: Autre"),
    "not for search engines": replaced("mkdocs.yml", "as_of: 2026-11-24\n", "as_of: 2026-11-24\n    archives_indexed: false\n"),
    "another banner": replaced("theme/pages/frozen-head.html", 'role="note"', 'role="note" class="x"'),
    "another template": replaced("theme/pages/note-tail.html", "<details", "<p>Plus</p><details"),
    "another style": style(".cdp-frozen{padding:1rem}"),
    "a living note has another title": replaced("communities/b/notes/y.md", "title: Y", "title: Autre"),
    "a living note has another theme": replaced("communities/b/notes/y.md", "tags: [accueil]", "tags: [accueil, écoute]"),
    "a living note has another day": replaced("communities/b/notes/y.md", "title: Y", "title: Y\ndate: 2026-10-01"),
    "a living note is in another language": replaced("communities/b/notes/y.md", "title: Y", "title: Y\nlanguage: en"),
    "a living community says itself otherwise": replaced("communities/b/index.md", "succeeds: a", "succeeds: a\nsummary: Autrement."),
    "another list of a theme": replaced("theme/pages/tag-head.html", '<h2 id="notes">', '<h2 id="notes" class="x">'),
    "another section of legacies": replaced("theme/pages/legacy-head.html", "{%", "<p>Plus</p>\n{%"),
    "another list of communities": replaced("theme/pages/stage-head.html", "{%", "<p>Plus</p>\n{%"),
    "another network": replaced("communities/b/index.md", "succeeds: a", "succeeds: a\nregions: [Estrie]"),
    "a living community plans what it will leave": replaced("communities/b/index.md", "succeeds: a", "succeeds: a\nlegacy: [{path: notes/y.md, choice: keep, why: Utile.}]"),
    "other words for surveys": replaced("theme/survey/wording.yml", "fr:", "fr: "),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nothing", "the successor has another title", "another address", "another style"])
def test_the_cache_of_archives_hides_no_change(name: str, base: Path, tmp_path: Path) -> None:
    build(base, tmp_path / "site", cache=True)
    CHANGES[name](base)
    build(base, tmp_path / "site", cache=True)
    build(base, tmp_path / "fresh", cache=False)

    assert tree(tmp_path / "site") == tree(tmp_path / "fresh")


def kept(base: Path) -> dict[tuple[str, str, str, str], Unit]:
    """Return what the cache would keep of a base, by what it would know it by."""
    here = ground(base)
    units = stage(here, here.repository()).units
    return {(one.name, one.part, one.lang, one.inputs): one.unit for one in units if isinstance(one, Later)}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_known_by_the_same_name_is_staged_the_same(name: str, base: Path) -> None:
    before = kept(base)
    CHANGES[name](base)
    after = kept(base)

    assert {key: after[key] for key in before if key in after} == {key: before[key] for key in before if key in after}
    assert name != "nothing" or len(before.keys() & after.keys()) == len(before)


def test_an_archive_is_staged_once_and_the_cache_may_go(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged: list[str] = []
    real = communities.unit

    def counted(community: Any, *rest: Any) -> Any:
        staged.append(community.slug)
        return real(community, *rest)

    monkeypatch.setattr(communities, "unit", counted)
    write(base, {"mkdocs.yml": "site_name: Base\n"})

    def again(day: int) -> dict[str, bytes]:
        staged.clear()
        here = ground(base, date(2027, 1, day))
        publish(here, here.repository(), options(here, tmp_path / "site", engine="mkdocs", jobs=1, cache=True))
        return {path: data for path, data in tree(tmp_path / "site").items() if path.startswith("communities/a/")}

    first = again(1)
    assert staged == ["a", "b"]
    assert again(2) == first
    assert staged == ["b"]
    for kept in (base / ".cdp/cache/pages").glob("*.json"):
        kept.write_text("{", encoding="utf-8")
    assert again(3) == first
    assert staged == ["a", "b"]
    for kept in (base / ".cdp/cache/pages").glob("*.zip"):
        kept.unlink()
    assert again(4) == first
    shutil.rmtree(base / ".cdp")
    assert again(5) == first


def test_rules_that_judge_a_build_leave_archives_to_their_proof(frozen: Path, base: Path) -> None:
    here = ground(base)
    write(base, {f"{FROZEN}/notes/x.md": "---\ntitle: [\n---\n", "communities/b/notes/y.md": "---\ntitle: [\n---\n"})
    found = {(item.rule[:4], item.place.path) for item in judged(here.repository(), here.today)}

    assert ("CDP7", f"{FROZEN}/notes/x.md") in found
    assert any(path == "communities/b/notes/y.md" for _, path in found)
    assert not any(path.startswith(f"{FROZEN}/") and rule != "CDP7" for rule, path in found)
