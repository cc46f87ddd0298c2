"""The last look at the HTML: anything foreign stops the publication, and the former site stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.cli.build import options, publish
from cdp.cli.ground import ground
from cdp.dialect import EXTENSIONS
from cdp.engine import guard
from cdp.engine.guard import CANARY_TEXT, GuardError, check, check_canary, finish, scripts
from tests.conftest import TODAY, tree, write

OWN = "window.theme = 1"
ALLOWED = frozenset({OWN})
POLICY = "default-src 'none'; script-src cdp-script-hashes; style-src 'self'".replace(
    "script-src cdp-script-hashes", "script-src 'self' cdp-script-hashes"
)


def page(article: str = "", head: str = "", policy: str | None = None) -> str:
    """Return a sound page of the theme, with something in it."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' if policy is None else policy
    html = (
        f'<!doctype html><html><head><meta charset="utf-8">{meta}'
        '<link rel="canonical" href="https://exemple.org/x/"><link rel="stylesheet" href="../assets/x.css">'
        f'{head}</head><body><input id="__drawer" type="checkbox"><label for="__drawer">Menu</label>'
        f"<script>{OWN}</script>"
        '<script type="application/json">{"base": ".."}</script><script src="../assets/javascripts/bundle.1a.min.js"></script>'
        f'<main><article><h1 id="titre">Titre</h1><p><a href="https://exemple.org">x</a> <img src="../x.png" alt="y"></p>{article}'
        "</article></main></body></html>"
    )
    return finish(html, "communities/a/notes/n.md", ALLOWED)


def reasons(html: str) -> list[str]:
    try:
        check(html, "communities/a/notes/n.md", ALLOWED)
    except GuardError as error:
        return [str(reason) for reason in error.reasons]
    return []


def test_a_sound_page_passes() -> None:
    assert reasons(page()) == []
    assert scripts(page()) == ALLOWED


FOREIGN = {
    "<script>alert(1)</script>": "n’est pas de ce thème",
    f"<script>{OWN};alert(1)</script>": "n’est pas de ce thème",
    "<script type='module'>alert(1)</script>": "n’est pas de ce thème",
    "<script type='text/javascript'>alert(1)</script>": "n’est pas de ce thème",
    "<script type='importmap'>{}</script>": "n’est pas de ce thème",
    "<svg><script>alert(1)</script></svg>": "n’est pas de ce thème",
    "<script src='https://mal.example/x.js'></script>": "vient d’ailleurs",
    "<script src='//mal.example/assets/javascripts/x.js'></script>": "vient d’ailleurs",
    "<script src='/\\mal.example/assets/javascripts/x.js'></script>": "vient d’ailleurs",
    "<script src='../notes/x.txt?assets/javascripts/'></script>": "vient d’ailleurs",
    "<script src='../notes/x.txt#javascripts/cdp.js'></script>": "vient d’ailleurs",
    "<script src='../notes/x.js'></script>": "vient d’ailleurs",
    "<script src></script>": "vient d’ailleurs",
    "<iframe src='x'></iframe>": "« iframe »",
    "<iframe srcdoc='x'></iframe>": "« iframe »",
    "<object data='x'></object>": "« object »",
    "<embed src='x'>": "« embed »",
    "<base href='x'>": "« base »",
    "<applet code='x'></applet>": "« applet »",
    "<portal src='x'></portal>": "« portal »",
    "<meta http-equiv='refresh' content='0'>": "« meta »",
    "<META HTTP-EQUIV='ReFresh' content='0'>": "« meta »",
    "<style>p{}</style>": "« style »",
    "<p style='x'>x</p>": "« p »",
    "<p srcdoc='x'>x</p>": "« p »",
    "<form><p>x</p></form>": "« form »",
    "<input name='x'>": "« input »",
    "<button>x</button>": "« button »",
    "<select></select>": "« select »",
    "<textarea></textarea>": "« textarea »",
    "<p id='__config'>x</p>": "« __config » est réservé",
    "<a name='__config'>x</a>": "« __config » est réservé",
    "<img src='https://mal.example/x.png'>": "ressource vient d’ailleurs",
    "<img src='//mal.example/x.png'>": "ressource vient d’ailleurs",
    "<img src='/\\mal.example/x.png'>": "ressource vient d’ailleurs",
    "<img src='ht\ntps://mal.example/x.png'>": "ressource vient d’ailleurs",
    "<img srcset='x.png 1x, https://mal.example/x.png 2x'>": "ressource vient d’ailleurs",
    "<video src='https://mal.example/x'></video>": "ressource vient d’ailleurs",
    "<video poster='https://mal.example/x'></video>": "ressource vient d’ailleurs",
    "<audio src='https://mal.example/x'></audio>": "ressource vient d’ailleurs",
    "<video><source src='https://mal.example/x'></video>": "ressource vient d’ailleurs",
    "<video><track src='https://mal.example/y'></video>": "ressource vient d’ailleurs",
    "<svg><use xlink:href='https://mal.example/x'></use></svg>": "ressource vient d’ailleurs",
    "<svg><image href='https://mal.example/x'></image></svg>": "ressource vient d’ailleurs",
    "<link rel='stylesheet' href='https://mal.example/x.css'>": "ressource vient d’ailleurs",
    "<a href='javascript:alert(1)'>x</a>": "exécute un programme",
    "<a href=' JaVaScript:alert(1)'>x</a>": "exécute un programme",
    "<a href='java\tscript:alert(1)'>x</a>": "exécute un programme",
    "<a href='&#106;avascript:alert(1)'>x</a>": "exécute un programme",
    "<a href='data:text/html,x'>x</a>": "exécute un programme",
    "<a href='vbscript:x'>x</a>": "exécute un programme",
    "<a href='blob:x'>x</a>": "exécute un programme",
    "<a href='file:///etc/passwd'>x</a>": "exécute un programme",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>": "exécute un programme",
    "<p formaction='javascript:alert(1)'>x</p>": "exécute un programme",
    "<p onclick='x'>x</p>": "« onclick »",
    "<p/onclick=x>x</p>": "« onclick »",
    "<p ONCLICK = x>x</p>": "« onclick »",
    "<svg onload=x></svg>": "« onload »",
    "<p title='x'onfocus=x>x</p>": "« onfocus »",
}


@pytest.mark.parametrize("html", FOREIGN)
def test_what_is_foreign_is_refused(html: str) -> None:
    found = reasons(page(html))

    assert any(FOREIGN[html] in reason.replace("\u00a0", " ") for reason in found), found
    assert all(reason.startswith("communities/a/notes/n.md") for reason in found)


@pytest.mark.parametrize(
    "policy",
    [
        "",
        '<meta http-equiv="Content-Security-Policy" content="default-src *">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'self' 'unsafe-inline';\">",
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' * 2,
        f'<meta name="Content-Security-Policy" content="{POLICY}">',
    ],
)
def test_a_page_without_its_policy_is_refused(policy: str) -> None:
    assert any("politique de sécurité" in reason for reason in reasons(page(policy=policy)))


def test_forms_of_the_theme_stay_but_lead_nowhere() -> None:
    outside = page().replace("<main>", "<form><input><button>x</button></form><main>")
    assert reasons(outside) == []
    assert "« form »" in reasons(outside.replace("<form>", "<form action='x'>"))[0].replace("\u00a0", " ")


def test_a_script_of_another_depth_is_foreign() -> None:
    with pytest.raises(GuardError, match="n’est pas de ce thème"):
        check(page(), "x.md", frozenset({"autre"}))


def test_every_reason_is_given_at_once() -> None:
    assert len(reasons(page("<iframe></iframe><p onclick=x></p><script>x</script>"))) == 3


def test_where_scripts_of_the_theme_may_lie() -> None:
    for source in ("assets/javascripts/bundle.1a.min.js", "../../assets/javascripts/x.js", "./javascripts/cdp.js",
                   "/assets/javascripts/bundle.1a.min.js", "/base/assets/javascripts/workers/x.js", "../javascripts/cdp-a.js"):  # fmt: skip
        assert reasons(page(head=f'<script src="{source}"></script>')) == []


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("<>\"'=/ aonclickscrpt:svg&#;-!\t\n")), max_size=60))
def test_any_html_is_judged_without_a_crash(html: str) -> None:
    reasons(page(html))


# The canary

CLEAN = "<p>cdp-canary-start <b>x</b> x</p><p>cdp-canary-end</p>"


def test_a_clean_canary_passes() -> None:
    check_canary(CLEAN)


@pytest.mark.parametrize(
    "left",
    ["<script>cdpCanary()</script>", '<b onclick="cdpCanary()">', '<a href="javascript:cdpCanary()">', '<p id="__config">', "<form>", "<iframe>"],
)  # fmt: skip
def test_what_is_left_of_the_canary_is_seen(left: str) -> None:
    with pytest.raises(GuardError, match="rien n’est publié"):
        check_canary(CLEAN.replace("<b>", left + "<b>"))


@pytest.mark.parametrize(
    "html", ["", "<p>x</p>", CLEAN.replace("cdp-canary-start", ""), CLEAN.replace("cdp-canary-end", "")]
)
def test_a_canary_that_is_gone_is_seen(html: str) -> None:
    with pytest.raises(GuardError):
        check_canary(html)


def test_the_canary_holds_one_of_each() -> None:
    for part in ("<script>", "onclick", "javascript:", "<iframe", "{ #__config }", "<form>", "<input"):
        assert part in CANARY_TEXT


def build(root: Path, out: Path) -> None:
    here = ground(root, TODAY)
    publish(here, here.repository(), options(here, out, engine="mkdocs", jobs=1, cache=False))


def test_without_the_sanitiser_nothing_is_published(
    small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small_base, tmp_path / "site")
    before = tree(tmp_path / "site")
    write(small_base, {"communities/a/notes/trois.md": "Trois\n"})
    monkeypatch.setattr("cdp.engine.engines.EXTENSIONS", tuple(name for name in EXTENSIONS if name != "cdp.sanitize"))
    with pytest.raises(GuardError, match="rien n’est publié"):
        build(small_base, tmp_path / "site")

    assert tree(tmp_path / "site") == before


@pytest.mark.parametrize("last", ["check_canary", "check"])
def test_each_look_alone_stops_a_script(
    last: str, small_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(small_base, {"communities/a/notes/trois.md": "<script>alert(1)</script> Trois\n"})
    monkeypatch.setattr("cdp.engine.engines.EXTENSIONS", tuple(name for name in EXTENSIONS if name != "cdp.sanitize"))
    other = {"check": "check_canary", "check_canary": "check"}[last]
    monkeypatch.setattr(guard, other, lambda *_: None)
    with pytest.raises(GuardError):
        build(small_base, tmp_path / "site")

    assert not (tmp_path / "site").exists()


# Links to pages that the engine did not know


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("deux.md", "../deux/"),
        ("deux.md#titre", "../deux/#titre"),
        ("../index.md", "../../"),
        ("../../b/index.md", "../../../b/"),
        ("../../b/notes/x.md#y", "../../../b/notes/x/#y"),
        ("../meetings/2026-01-02-x.md", "../../meetings/2026-01-02-x/"),
        ("README.md", "../"),
        ("../../../../dehors.md", "../../../../dehors.md"),
        ("/racine.md", "/racine.md"),
        ("https://exemple.org/x.md", "https://exemple.org/x.md"),
        ("x.md?y", "x.md?y"),
        ("x.mdx", "x.mdx"),
        ("x.png", "x.png"),
        ("a%22onclick=x.md", "../a%22onclick%3Dx/"),
        ("a&quot;onclick=x.md", "../a%22onclick%3Dx/"),
        ("%C3%A9t%C3%A9.md", "../%C3%A9t%C3%A9/"),
    ],
)
def test_links_to_pages_are_resolved(written: str, resolved: str) -> None:
    html = f'<a class="x" href="{written}" title="t">x</a>'

    assert finish(html, "communities/a/notes/n.md", ALLOWED) == f'<a class="x" href="{resolved}" title="t">x</a>'


def test_only_links_are_resolved() -> None:
    for html in ('<img src="x.md">', "<p>x.md</p>", '<code>&lt;a href="x.md"&gt;</code>', '<p title="x.md">x</p>'):
        assert finish(html, "communities/a/notes/n.md", ALLOWED) == html


_LEADS = (
    '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>A</title>'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    '<meta http-equiv="refresh" content="0; url={to}"></head><body><p><a href="{to}">La suivre.</a></p></body></html>'
)


def test_a_page_that_leads_from_a_former_address_passes() -> None:
    guard.check_moved(_LEADS.format(to="../../communities/a/"), "ancien/index.html")


@pytest.mark.parametrize(
    "html",
    [
        _LEADS.format(to="https://ailleurs.exemple/"),
        _LEADS.format(to="//ailleurs.exemple/"),
        _LEADS.format(to="../a/").replace("<p>", "<script>1</script><p>"),
        _LEADS.format(to="../a/").replace("<p>", '<p onclick="x()">'),
        _LEADS.format(to="../a/").replace('href="../a/"', 'href="javascript:x"'),
        _LEADS.format(to="../a/").replace("<p>", '<img src="x"><p>'),
    ],
)
def test_a_page_that_leads_elsewhere_or_does_more_is_refused(html: str) -> None:
    with pytest.raises(guard.GuardError):
        guard.check_moved(html, "ancien/index.html")
