"""From staged pages to a published folder: the same bytes whatever the machine does, or the former site."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown

from cdp import disk, engine, rules
from cdp.cli.build import build as build_command
from cdp.cli.build import first, options, publish
from cdp.cli.ground import Ground, ground
from cdp.dialect import EXTENSIONS
from cdp.dialect import options as options_of
from cdp.engine import EngineError, GuardError, engines
from cdp.load import load
from cdp.site.staging import Staged
from tests.conftest import RINGS, ROOT, TODAY, Cdp, charter, tree, write


def build(
    root: Path, out: Path, *, engine: str = "mkdocs", jobs: int = 1, cache: bool = False, batch: int = 50
) -> engine.Built:
    here = ground(root, TODAY)
    return publish(here, here.repository(), options(here, out, engine=engine, jobs=jobs, cache=cache, batch=batch))


def test_every_page_is_at_its_address(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site")

    html = {path for path in tree(tmp_path / "site") if path.endswith(".html")}
    assert {
        "index.html",
        "404.html",
        "communities/index.html",
        "communities/a/index.html",
        "communities/a/notes/un/index.html",
        "communities/a/notes/index.html",
        "communities/b/index.html",
        "tags/accueil/index.html",
        "rules/cdp101/index.html",
        "guide/index.html",
        "stages/idea/index.html",
    } <= html
    assert not any("canary" in path or "reference" in path or path.startswith("missing") for path in html)


def test_no_two_pages_have_the_same_title_and_a_feed_has_that_of_its_community(
    small_base: Path, tmp_path: Path
) -> None:
    same = {
        f"communities/{slug}/meetings/2026-05-01-x.md": "---\ndate: 2026-05-01\ntitle: Démarrage\n---\n"
        for slug in "ab"
    }
    write(small_base, {**same, "communities/b/notes/un.md": "---\ntitle: Un\n---\nTexte.\n"})
    build(small_base, tmp_path / "site")
    pages = {path: html.decode() for path, html in tree(tmp_path / "site").items() if path.endswith(".html")}

    for part in (r"<title>(.*?)</title>", r'property="og:title" content="(.*?)"'):
        titles = {path: found[1] for path, html in pages.items() if (found := re.search(part, html))}
        assert len(titles) == len(pages)
        assert not [path for path, title in titles.items() if [*titles.values()].count(title) > 1]
    meeting = pages["communities/b/meetings/2026-05-01-x/index.html"]
    assert "<title>Démarrage · Seconde · Petite base</title>" in meeting
    assert 'communities/b/feed.xml" title="Seconde"' in meeting
    assert 'communities/b/feed.xml" title="Seconde"' in pages["communities/b/index.html"]


@pytest.mark.parametrize("end", ["", "/"])
def test_the_page_of_unknown_addresses_is_at_none_and_starts_from_the_root(
    small_base: Path, tmp_path: Path, end: str
) -> None:
    write(small_base, {"mkdocs.yml": f"site_name: Base\nsite_url: https://exemple.test/sous/chemin{end}\n"})
    build(small_base, tmp_path / "site")
    page = (tmp_path / "site" / "404.html").read_text(encoding="utf-8")

    assert 'rel="canonical"' not in page
    assert "og:url" not in page
    addresses = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert address.startswith(("/sous/chemin/", "data:")), address
        name = address.removeprefix("/sous/chemin/")
        assert address.startswith("data:") or (tmp_path / "site" / name).is_file(), address
    home = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://exemple.test/sous/chemin/">' in home
    assert 'property="og:url" content="https://exemple.test/sous/chemin/"' in home


def test_links_between_communities_lead_to_pages(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site", batch=1)

    page = (tmp_path / "site/communities/a/notes/un/index.html").read_text()
    assert 'href="../deux/"' in page
    assert 'href="../../../b/"' in page


def test_nothing_depends_on_jobs_batches_or_the_cache(small_base: Path, tmp_path: Path) -> None:
    write(
        small_base,
        {
            "communities/a/notes/photo.png": b"png",
            "communities/b/notes/x.md": "![Une photo](../../a/notes/photo.png)\n",
        },
    )
    sites = []
    for number, (jobs, batch, cache) in enumerate([(1, 50, False), (2, 1, False), (2, 50, True), (1, 1, True)]):
        build(small_base, tmp_path / str(number), jobs=jobs, batch=batch, cache=cache)
        sites.append(tree(tmp_path / str(number)))

    assert sites[0] == sites[1] == sites[2] == sites[3]
    assert b'src="../../../a/notes/photo.png"' in sites[0]["communities/b/notes/x/index.html"]
    assert sites[0]["communities/a/notes/photo.png"] == b"png"


@pytest.mark.slow
def test_two_builds_are_the_same_on_another_day_path_zone_locale_and_seed(cdp: Cdp, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "elsewhere" / "two"
    for root in (first, second):
        shutil.copytree(ROOT / "communities", root / "communities")
        shutil.copy(ROOT / "mkdocs.yml", root / "mkdocs.yml")
        text = (
            (root / "mkdocs.yml")
            .read_text()
            .replace("    as_of: 2026-11-24\n", "")
            .replace("  custom_dir: theme\n", "")
        )
        (root / "mkdocs.yml").write_text(text.replace('site_url: ""', "site_url: https://exemple.invalid/base/"))
    moment = {"SOURCE_DATE_EPOCH": "1795532400"}
    cdp(
        "build",
        "--root",
        first,
        "-o",
        first / "site",
        "--jobs",
        "1",
        env={**moment, "TZ": "UTC", "PYTHONHASHSEED": "1"},
    )
    later = {**moment, "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "77"}
    cdp("build", "--root", second, "-o", second / "site", "--jobs", "2", "--batch", "2", env=later, cwd=tmp_path)

    assert tree(first / "site") == tree(second / "site")
    assert "sitemap.xml" in tree(first / "site")


def test_what_is_rendered_before_the_texts_are_read_is_not_rendered_again(
    cdp: Cdp, small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[str] = []
    real = engine.render_all

    def counted(batches: Iterator[engines.Batch], *rest: Any) -> None:
        def seen() -> Iterator[engines.Batch]:
            for batch in batches:
                parts.extend(unit.part for unit in batch.units)
                yield batch

        real(seen(), *rest)

    monkeypatch.setattr(engine, "render_all", counted)
    words = ["--root", str(small_base), "-o", str(tmp_path / "site"), "--jobs", "2", "--no-cache"]
    done = CliRunner().invoke(build_command, words)

    assert done.exit_code == 0, done.output
    assert "site-fr" in parts
    assert "reference-fr" not in parts
    cdp("build", "--root", small_base, "-o", tmp_path / "alone", "--jobs", "1", "--no-cache")
    assert tree(tmp_path / "site") == tree(tmp_path / "alone")


def test_a_first_build_that_keeps_something_has_its_place_before_the_texts_are_read(
    small_base: Path, tmp_path: Path
) -> None:
    here = ground(small_base, TODAY)
    how = options(here, tmp_path / "site", engine="mkdocs", jobs=2, cache=True)
    with engine.early(here.settings, how, partial(first, here)) as ready:
        assert ready is not None
        assert [work.result(timeout=60) for work in ready.begun] == [None]
        done = publish(here, here.repository(), how, ready=ready)
        assert done.rendered == done.pages


def test_a_second_build_renders_nothing(small_base: Path, tmp_path: Path) -> None:
    first = build(small_base, tmp_path / "site", cache=True)
    second = build(small_base, tmp_path / "site", cache=True)

    assert first.rendered == first.pages > 0
    assert (second.rendered, second.unchanged) == (0, True)


def test_a_change_renders_its_community_and_the_sites_pages_only(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site", cache=True)
    write(small_base, {"communities/a/notes/deux.md": "---\ntitle: Deux\n---\nAutre texte.\n"})
    done = build(small_base, tmp_path / "site", cache=True)

    a_pages = len(
        [path for path in tree(tmp_path / "site") if path.startswith("communities/a/") and path.endswith(".html")]
    )
    assert done.rendered == a_pages
    assert b"Autre texte" in tree(tmp_path / "site")["communities/a/notes/deux/index.html"]


def test_the_cache_can_be_deleted(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site", cache=True)
    before = tree(tmp_path / "site")
    shutil.rmtree(small_base / ".cdp")
    build(small_base, tmp_path / "again", cache=True)

    assert tree(tmp_path / "again") == before


def test_nothing_is_written_elsewhere(small_base: Path, tmp_path: Path) -> None:
    before = set(tree(tmp_path))
    build(small_base, tmp_path / "out" / "site", cache=True)

    new = set(tree(tmp_path)) - before
    assert all(path.startswith(("out/site/", "base/.cdp/cache/")) for path in new)


@pytest.mark.parametrize("content", [{"important.txt": "x"}, {"index.html": "x", "sub/page.html": "y"}])
def test_a_folder_of_someone_else_is_left_alone(small_base: Path, tmp_path: Path, content: dict[str, str]) -> None:
    write(tmp_path / "mine", content)
    with pytest.raises(EngineError, match="que cdp n’a pas faits"):
        build(small_base, tmp_path / "mine")

    assert set(tree(tmp_path / "mine")) == set(content)


def test_an_empty_folder_is_welcome_and_a_link_is_not(small_base: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    build(small_base, tmp_path / "empty")
    assert (tmp_path / "empty/index.html").exists()

    (tmp_path / "link").symlink_to(tmp_path / "empty")
    with pytest.raises(EngineError, match="n’est pas un dossier"):
        build(small_base, tmp_path / "link")


def test_a_failed_build_leaves_the_former_site(
    small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small_base, tmp_path / "site")
    before = tree(tmp_path / "site")
    write(small_base, {"communities/a/notes/trois.md": "Trois\n"})

    def refuse(*_: object) -> None:
        raise GuardError([])

    monkeypatch.setattr("cdp.engine.guard.check", refuse)
    with pytest.raises(GuardError):
        build(small_base, tmp_path / "site")

    assert tree(tmp_path / "site") == before
    assert [path.name for path in tmp_path.iterdir() if "cdp-" in path.name] == []


def running(words: str) -> list[str]:
    """Return the processes whose command holds words, but for those that have ended and wait to be asked."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command, state = (
                (place / "cmdline").read_bytes(),
                (place / "stat").read_text().rpartition(")")[2].split()[0],
            )
        except OSError:
            continue
        if words.encode() in command and state != "Z":
            found.append(place.name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_build_leaves_the_former_site_and_the_next_one_cleans_up(
    small_base: Path, tmp_path: Path, jobs: str
) -> None:
    out = tmp_path / "site"
    build(small_base, out)
    before = tree(out)
    for index in range(30):
        write(
            small_base,
            {f"communities/k{index}/index.md": charter(), f"communities/k{index}/notes/n.md": "Note.\n" * 200},
        )
    command = [
        sys.executable,
        "-m",
        "cdp",
        "build",
        "--root",
        str(small_base),
        "-o",
        str(out),
        "--no-cache",
        "--jobs",
        jobs,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not list(tmp_path.glob(".site.cdp-*/batch-*")) and process.poll() is None:
            os.sched_yield()
        process.send_signal(signal.SIGKILL)

    while running(str(small_base)):
        os.sched_yield()
    assert process.returncode == -signal.SIGKILL
    assert tree(out) == before
    assert list(tmp_path.glob(".site.cdp-*"))
    build(small_base, out)
    assert "communities/k29/notes/n/index.html" in tree(out)
    assert list(tmp_path.glob(".site.cdp-*")) == []


def test_a_site_caught_between_two_names_comes_back(small_base: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    build(small_base, out)
    before = tree(out)
    left = tmp_path / ".site.cdp-gone"
    left.mkdir()
    out.rename(left / "former")

    assert build(small_base, out).unchanged
    assert tree(out) == before


def test_where_names_cannot_be_exchanged_two_renames_do(
    small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small_base, tmp_path / "site")
    write(small_base, {"communities/a/notes/trois.md": "Trois\n"})
    monkeypatch.setattr("cdp.engine.folder._exchange", lambda new, out: False)
    build(small_base, tmp_path / "site")

    assert "communities/a/notes/trois/index.html" in tree(tmp_path / "site")


@RINGS
@pytest.mark.usefixtures("impatient")
def test_a_page_that_takes_too_long_is_named(small_base: Path, tmp_path: Path) -> None:
    write(small_base, {"communities/a/notes/lourde.md": "a*" * 60_000})
    with pytest.raises(EngineError, match=r"communities/a/notes/lourde\.md"):
        build(small_base, tmp_path / "site")


def test_an_engine_that_is_absent_is_told(small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine.ENGINES, "mkdocs", "mkdocs-absent")
    with pytest.raises(EngineError, match="n’est pas installé"):
        build(small_base, tmp_path / "site")


def visible(html: bytes) -> str:
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", "", html.decode(), flags=re.DOTALL)
    # Zensical has a second link to the content; the words are the same.
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("Aller au contenu", "").split())


def test_properdocs_works_unchanged(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "mkdocs")
    build(small_base, tmp_path / "properdocs", engine="properdocs")
    one, other = tree(tmp_path / "mkdocs"), tree(tmp_path / "properdocs")

    assert set(one) == set(other)
    for path in one:
        if path.endswith(".html"):
            assert visible(one[path]) == visible(other[path]), path


def test_zensical_is_tried(small_base: Path, tmp_path: Path) -> None:
    pytest.importorskip("zensical", reason="optional: pip install zensical, to see what a change of engine would cost")
    build(small_base, tmp_path / "mkdocs")
    build(small_base, tmp_path / "zensical", engine="zensical")
    one, other = tree(tmp_path / "mkdocs"), tree(tmp_path / "zensical")

    pages = {path for path in one if path.endswith(".html")}
    missing = sorted(pages - set(other))
    differing = sorted(path for path in pages & set(other) if visible(one[path]) != visible(other[path]))
    assert missing == [], f"pages that Zensical does not make: {missing}"
    assert differing == [], f"pages that read differently under Zensical: {differing}"


def test_editing_links_point_at_the_forge(small_base: Path, tmp_path: Path) -> None:
    for repo, expected in [
        ("https://github.com/x/y", "https://github.com/x/y/edit/main/communities/a/notes/un.md"),
        ("https://gitlab.com/x/y/", "https://gitlab.com/x/y/-/edit/main/communities/a/notes/un.md"),
        ("https://codeberg.org/x/y", "https://codeberg.org/x/y/_edit/main/communities/a/notes/un.md"),
    ]:
        text = f"site_name: x\nrepo_url: {repo}\ntheme:\n  name: material\n  language: fr\n"
        (small_base / "mkdocs.yml").write_text(text)
        out = tmp_path / "site"
        build(small_base, out)
        assert f'href="{expected}"' in (out / "communities/a/notes/un/index.html").read_text()
        assert 'rel="edit"' not in (out / "index.html").read_text()


def test_the_navigation_shows_no_other_community(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site")
    page = (tmp_path / "site/communities/b/index.html").read_text()
    nav = page[page.index("cdp-nav") : page.index("</nav>", page.index("cdp-nav"))]

    assert "Seconde" in nav
    assert "Première" not in nav


def test_a_page_does_not_change_when_communities_are_added(small_base: Path, tmp_path: Path) -> None:
    build(small_base, tmp_path / "site")
    before = tree(tmp_path / "site")
    write(small_base, {f"communities/z{index}/index.md": charter() for index in range(5)})
    build(small_base, tmp_path / "site")
    after = tree(tmp_path / "site")

    mine = [path for path in before if path.startswith(("communities/a/", "communities/b/"))]
    assert mine
    assert all(before[path] == after[path] for path in mine)


def test_the_example_site_is_light(example_site: Path) -> None:
    files = tree(example_site)
    pages = [path for path in files if path.endswith(".html")]

    assert sum(map(len, files.values())) / len(pages) < 35_000
    assert max(len(files[path]) for path in pages) < 60_000


def test_the_site_is_whole_on_any_day(tmp_path: Path) -> None:
    repository = load(disk.read(ROOT))
    for day in (date(2025, 1, 1), date(2026, 12, 11), date(2027, 5, 1), date(2030, 2, 28)):
        here = Ground(ROOT, ground(ROOT, day).settings, day)
        publish(here, repository, options(here, tmp_path / day.isoformat(), engine="mkdocs", jobs=1, cache=False))
        found = rules.run(repository, day)
        assert not [
            item for item in found if item.severity == "error" and not rules.RULES[item.rule].reads >= {"clock"}
        ]


def test_names_with_accents_spaces_and_signs_have_working_addresses(small_base: Path, tmp_path: Path) -> None:
    names = ["été.md", "deux mots.md", "dièse #1.md", "cent %.md"]
    links = "".join(f"- [{name}](<{name.replace('%', '%25').replace('#', '%23')}>)\n" for name in names)
    write(
        small_base,
        {f"communities/a/notes/{name}": f"---\ntitle: Note {index}\n---\nTexte\n" for index, name in enumerate(names)},
    )
    write(
        small_base,
        {"communities/a/notes/liste.md": links, "communities/b/notes/loin.md": "[été](../../a/notes/été.md)\n"},
    )
    build(small_base, tmp_path / "site")

    from tests.test_published import broken, pages

    assert {f"communities/a/notes/{name.removesuffix('.md')}/index.html" for name in names} <= set(
        tree(tmp_path / "site")
    )
    assert broken(tmp_path / "site", pages(tmp_path / "site")) == []
    page = (tmp_path / "site/communities/a/notes/été/index.html").read_text()
    assert 'notes/%C3%A9t%C3%A9/" aria-current="page"' in page


@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_a_damaged_site_is_made_again(small_base: Path, tmp_path: Path, harm: str) -> None:
    build(small_base, tmp_path / "site")
    before = tree(tmp_path / "site")
    home = tmp_path / "site" / "index.html"
    home.write_text("PWNED") if harm == "changed" else home.unlink()

    assert not build(small_base, tmp_path / "site").unchanged
    assert tree(tmp_path / "site") == before
    assert build(small_base, tmp_path / "site").unchanged


@pytest.mark.parametrize("path", ["CNAME", ".git/HEAD", "communities/a/mine.txt"])
def test_what_a_person_put_into_a_site_is_never_erased(small_base: Path, tmp_path: Path, path: str) -> None:
    build(small_base, tmp_path / "site")
    write(tmp_path / "site", {path: "mine"})
    write(small_base, {"communities/a/notes/trois.md": "Trois\n"})
    with pytest.raises(EngineError, match=path.replace(".", r"\.")):
        build(small_base, tmp_path / "site")

    assert (tmp_path / "site" / path).read_text() == "mine"


@pytest.mark.parametrize("text", ["[a](http://[ipv6]/x)", "<http://[::1>", "[a](//[)", "![a](https://exa[mple.org)"])
def test_an_impossible_address_stops_no_build(small_base: Path, tmp_path: Path, text: str) -> None:
    write(small_base, {"communities/a/notes/trois.md": f"Trois {text}\n"})
    build(small_base, tmp_path / "site")

    assert b"Trois" in tree(tmp_path / "site")["communities/a/notes/trois/index.html"]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab `*_[]()<>&!\\\n:.@#1;=\"'~^{}|-", max_size=40))
def test_a_text_without_marks_has_nothing_for_an_inline_pattern(text: str) -> None:
    """The converter of a batch skips such texts: what is published must be what Python-Markdown makes of them."""
    plain = Markdown(extensions=list(EXTENSIONS), extension_configs=options_of("fr"))
    quick = Markdown(extensions=list(EXTENSIONS), extension_configs=options_of("fr"))
    engines.hasten(quick)
    assert quick.convert(text) == plain.convert(text)


CODE = "".join(
    f"```{language}\nif x: # a\n  <b>'c'</b>\n```\n\n"
    for language in ("python", "markdown", "yaml", "sh", "", "inconnue")
)


def test_code_has_the_same_colours_when_languages_are_looked_for_once() -> None:
    def made() -> str:
        return Markdown(extensions=list(EXTENSIONS), extension_configs=options_of("fr")).convert(CODE + CODE)

    plain = made()
    with engines.one_look():
        assert made() == plain
    assert made() == plain


def test_front_matter_reaches_the_templates_whatever_it_holds() -> None:
    """One JSON value a line stands for what YAML would read."""
    page = Staged("x.md", "A : b # c", "x", head="<p>--- \n---\n\n{}</p>", body="k: v\n\nb", lang="fr")
    text = page.text("u")
    assert engines.meta(text) == yaml.safe_load(text.split("\n---\n\n", 1)[0].removeprefix("---\n"))


def test_code_that_looks_like_a_declaration_is_published(small_base: Path, tmp_path: Path) -> None:
    write(
        small_base, {"communities/a/notes/code.md": "---\ntitle: Code\n---\nCherchez `/(?<![\\w-])x/`, <![ et <![x.\n"}
    )
    build(small_base, tmp_path / "site")

    page = (tmp_path / "site/communities/a/notes/code/index.html").read_text()
    assert "<code>/(?&lt;![\\w-])x/</code>, &lt;![ et &lt;![x." in page


def test_a_new_change_of_a_note_is_told_on_its_page_alone(small_base: Path, tmp_path: Path) -> None:
    out, note = tmp_path / "site", "communities/a/notes/un/index.html"
    git(small_base, "init", "-q")
    git(small_base, "add", "-A")
    git(small_base, "commit", "-qm", "Un", day="2026-10-01T12:00:00Z")
    build(small_base, out, cache=True)
    before = tree(out)
    assert "Dernière modification le 1er\u00a0octobre\u00a02026" in before[note].decode()
    git(small_base, "commit", "-qm", "Rien", "--allow-empty", day="2026-10-02T12:00:00Z")
    assert build(small_base, out, cache=True).unchanged
    (small_base / "communities/a/notes/un.md").write_bytes(b"---\ntitle: Un\ntags: [accueil]\n---\nAutre texte.\n")
    git(small_base, "commit", "-qam", "Deux", day="2026-11-03T12:00:00Z")
    build(small_base, out, cache=True)
    after = tree(out)

    assert "Dernière modification le 3\u00a0novembre\u00a02026" in after[note].decode()
    assert "le 1er\u00a0octobre\u00a02026" in after["communities/a/notes/deux/index.html"].decode()
    build(small_base, tmp_path / "again")
    assert tree(tmp_path / "again") == after


def git(root: Path, *words: str, day: str = "2026-11-24T12:00:00Z") -> None:
    whole = ["git", "-c", "user.name=A", "-c", "user.email=a@b.ca", "-c", "protocol.file.allow=always", *words]
    when = {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    subprocess.run(whole, cwd=root, check=True, capture_output=True, env={**os.environ, **when})


def test_a_clone_that_is_not_whole_says_that_pages_tell_no_change(small_base: Path, tmp_path: Path, cdp: Cdp) -> None:
    git(small_base, "init", "-q")
    git(small_base, "add", "-A")
    git(small_base, "commit", "-qm", "Un")
    git(small_base, "commit", "-qm", "Deux", "--allow-empty")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{small_base}", "court")
    done = cdp("build", "--root", tmp_path / "court", "--as-of", TODAY.isoformat(), "-o", tmp_path / "site")

    assert "les pages ne disent pas quand elles ont changé" in done.stderr
    assert "fetch-depth: 0" in done.stderr
    assert "cdp-changed" not in (tmp_path / "site/communities/a/notes/un/index.html").read_text(encoding="utf-8")
    assert "quand elles ont changé" not in cdp("build", "--root", small_base, "--as-of", TODAY.isoformat()).stderr
