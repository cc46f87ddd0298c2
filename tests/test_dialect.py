"""The Markdown that we read is the Markdown that is published: links and anchors against Python-Markdown itself."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from cdp.dialect import EXTENSIONS, anchors, has_anchor, options, slugify
from cdp.links import links
from cdp.prose import entangled, without_code


def published(text: str) -> LexborHTMLParser:
    configuration = options("fr")
    configuration["toc"] = {**configuration["toc"], "permalink": False}
    markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=configuration)
    return LexborHTMLParser(markdown.convert(text))


def oracle(text: str) -> set[tuple[str, str]]:
    """Return the links that a reader gets: those of Markdown and raw HTML, without notes and bare addresses."""
    found = set()
    for node in published(text).css("a[href], img[src]"):
        image = node.tag == "img"
        address = node.attributes["src" if image else "href"] or ""
        if not address.startswith(("#fn", "http", "mailto:")):
            found.add(("image" if image else "link", unquote(address)))
    return found


def ours(text: str) -> set[tuple[str, str]]:
    return {(link.kind, link.target) for link in links(text) if not link.target.startswith(("http", "mailto:"))}


HAND = {
    "plain": "[a](b.md) et [c](d.md#e)",
    "title": "[a](b.md \"Titre (x)\") [c](d.md 'Titre')",
    "title without end": '[a](b.md "Titre)',
    "angle": "[a](<b c.md>) [d](<e.md> \"t\") [f](< g.md >)",
    "angle open": "[a](<b.md)",
    "parentheses": "[a](b_(c).md) [d](e_(f_(g)).md)",
    "parenthesis open": "[a](b(c.md)",
    "spaces": "[a]( b.md ) [c](d e.md)",
    "empty": "[a]() []( b.md)",
    "encoded": "[a](%C3%A9t%C3%A9.md) [b](été.md) [c](a&amp;b.md)",
    "image": "![a](b.png) ![](c.png \"t\")",
    "image in a link": "[![a](b.png)](c.md)",
    "image in a link's text": "[x ![a](b.png) y](c.md)",
    "link in an image": "![a [b](c.md) d](e.png)",
    "link in a link": "[a [b](c.md) d](e.md)",
    "link in brackets": "[a [b](c.md) d]",
    "brackets in the text": "[a [b] c](d.md) [[e]](f.md)",
    "brackets without end": "[a [b](c.md)",
    "exclamation": "\\![a](b.md) !\\[c](d.md) ! [e](f.md)",
    "escapes": "\\[a](b.md) [c\\](d.md) [e\\]](f.md) [g](h\\_i.md) [j]\\(k.md)",
    "code": "`[a](b.md)` [c](d.md)",
    "code in the text": "[`a`](b.md) [c `](x.md)` d](e.md)",
    "code with two ticks": "``[a](b.md) ` `` [c](d.md)",
    "code that never ends": "`[a](b.md)\n\n[c](d.md)`",
    "code of other lengths": "`` [a](b.md) ` [c](d.md)",
    "code escaped": "\\`[a](b.md)\\` \\\\`[c](d.md)`",
    "code over a paragraph": "Un ` seul\n\n[a](b.md)\n\nDeux ` seul",
    "fence": "```\n[a](b.md)\n```\n\n[c](d.md)",
    "fence with a language": "``` python\n[a](b.md)\n```\n[c](d.md)",
    "fence of tildes": "~~~\n[a](b.md)\n```\n[x](y.md)\n~~~\n[c](d.md)",
    "fence that never ends": "```\n[a](b.md)\n\n[c](d.md)",
    "fence that is longer": "````\n```\n[a](b.md)\n```\n````\n[c](d.md)",
    "fence indented": "- x\n\n    ```\n    [a](b.md)\n    ```\n\n- [c](d.md)",
    "fence quoted": "> ```\n> [a](b.md)\n> ```\n>\n> [c](d.md)",
    "fence left early": "  ```\n  [a](b.md)\n[c](d.md)\n  ```",
    "fence with odd options": "``` a b c !\n[a](b.md)\n```",
    "indented code": "Texte\n\n    [a](b.md)\n\n[c](d.md)",
    "indented code first": "    [a](b.md)\n\n[c](d.md)",
    "indented code after a heading": "# x\n\n    [a](b.md)",
    "indented continuation": "Texte\n    [a](b.md)",
    "list": "- [a](b.md)\n- [c\n- d](e.md)",
    "list with a paragraph": "- x\n\n    [a](b.md)\n\n        [c](d.md)",
    "numbers": "1. x\n\n    [a](b.md)\n2. [c](d.md)",
    "nested list": "- x\n    - y\n\n        [a](b.md)\n",
    "list and lazy line": "- x\ny\n\n    [a](b.md)",
    "admonition": "!!! note\n    [a](b.md)\n\n    [c](d.md)",
    "details": "??? note \"T\"\n    [a](b.md)\n\n    [c](d.md)",
    "definition list": "Terme\n\n:   [a](b.md)\n\n    [c](d.md)",
    "note": "x[^1]\n\n[^1]: [a](b.md)\n\n    [c](d.md)",
    "table": "| a | b |\n|---|---|\n| [a](b.md) | [c](d.md) |\n| [e | f](g.md) |",
    "quote": "> [a](b.md)\n> [c\n> d](e.md)",
    "heading": "# [a](b.md)\n## [c\n[d](e.md)",
    "setext": "[a](b.md)\n=====\n\n[c](d.md)\n---",
    "comment": "<!-- [a](b.md) --> [c](d.md)",
    "comment of a block": "<!--\n[a](b.md)\n\n[x](y.md)\n-->\n\n[c](d.md)",
    "comment that never ends": "<!-- [a](b.md)\n\n[c](d.md)",
    "comment in code": "`<!--` [a](b.md) `-->`",
    "reference": "[a][b] [b][] [b]\n\n[b]: c.md \"Titre\"",
    "reference in angles": "[a][b]\n\n[b]: <c.md>\n    'Titre'",
    "reference on two lines": "[a][b]\n\n[b]:\n    c.md",
    "reference of an image": "![a][b]\n\n[b]: c.png",
    "reference of a short image": "![b]\n\n[b]: c.png",
    "reference without a definition": "[a][b] [c](d.md)",
    "not a definition": "[a]: b c d\n\n[a]",
    "html": '<a href="b.md">a</a> <img src="c.png" alt="x">',
    "html without quotes": "<a href=b.md>a</a> <IMG SRC='c.png'>",
    "html block": '<div>\n[a](b.md)\n<a href="c.md">x</a>\n</div>\n\n[d](e.md)',
    "html block on one line": "<div>[a](b.md)</div>\n\n[c](d.md)",
    "html block and blank lines": "<div>\n\n[a](b.md)\n\n</div>\n\n[c](d.md)",
    "html block nested": "<div><div>\n[a](b.md)\n</div>\n[x](y.md)\n</div>\n[c](d.md)",
    "html block that never ends": "<div>\n[a](b.md)\n\n[c](d.md)",
    "html inline": "x <span>[a](b.md)</span>",
    "html in the text": "[<b>a</b>](b.md)",
    "html in code": '`<a href="b.md">`',
    "html paragraph": "<p>[a](b.md)</p>",
    "html closed oddly": "</div>[a](b.md)",
    "addresses": "<https://exemple.org> <a@b.org> https://exemple.org [a](https://exemple.org)",
    "anchor": "[a](#b) [c](d.md#e)",
    "question": "[a](b.md?c=d)",
    "bold": "**[a](b.md)** *[c](d.md)* ~~[e](f.md)~~",
    "lines within": "[a\nb](c.md) [d](\ne.md)",
    "abbreviation": "*[HTML]: x\n\nHTML [a](b.md)",
    "tasks": "- [ ] [a](b.md)\n- [x] [c](d.md)",
    "attributes": "[a](b.md){ .c } ![d](e.png){ width=3 }",
    "quotes in the address": "[a](b'c.md) [d](e\"f.md)",
    "two titles": "[a](b.md \"c\" \"d\")",
    "windows": "[a](b.md)\r\n\r\n    [x](y.md)\r\n\r\n[c](d.md)\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HAND)
def test_links_are_those_that_are_published(name: str) -> None:
    text = HAND[name]
    assert ours(text) - {("link", link.target) for link in links(text) if defines(text, link.line)} <= oracle(text)
    assert ours(text) >= oracle(text)


def defines(text: str, line: int) -> bool:
    """Tell whether a definition is on the line: it counts, used or not."""
    return re.match(r"[ >]*\[[^\]]+\]:", text.split("\n")[line - 1]) is not None


pieces = st.sampled_from(
    ["a", "été", " ", " ", "\n", "\n\n", "\n\n", "[", "]", "(", ")", "![", "](", "](b.md)", "[a](b.md)", "![a](b.png)", "[c](d.md \"t\")",
     "[e](<f g.md>)", "`", "``", "\\", "\n\n    ", "\n- ", "\n\n- ", "\n\n1. ", "\n\n> ", "\n# ", "\n\n```\n", "\n```\n", "\n~~~\n", "<!-- ",
     " -->", "\n\n<!--", "<b>", "</b>", '<a href="h.md">', "</a>", "\n\n<div>\n", "\n</div>\n\n", '"', "'", "*", "_", "(x)", "[i][j]", "!"]
)  # fmt: skip


@settings(max_examples=800, deadline=None, derandomize=True)
@given(st.lists(pieces, max_size=14).map("".join), st.booleans())
def test_links_follow_python_markdown(text: str, windows: bool) -> None:
    text += "\n\n[j]: k.md\n"
    # What browsers hide behind a comment that never ends, in HTML that Markdown leaves alone, is checked all the same.
    assume("<div>" not in text or text.count("<!--") <= text.count("-->"))
    mine, theirs = ours(text), oracle(text)
    event("links" if theirs else "none")
    written = text.replace("\n", "\r\n") if windows else text

    assert ours(written) == mine
    # A definition counts once, as an image when an image uses it, used or not.
    definition = {("link", "k.md"), ("image", "k.md")}
    missed, invented = theirs - mine - definition, mine - theirs - definition
    assert (missed, invented) == (set(), set()), text


def test_places_and_labels() -> None:
    text = "Un\n\n[le *titre* `x`](b.md) ![Une photo](c.png)\n> [d](e.md)\n"
    found = [(link.kind, link.line, link.column, link.label) for link in links(text)]

    assert found == [("link", 3, 1, "le *titre* `x`"), ("image", 3, 24, "Une photo"), ("link", 4, 3, "d")]


def test_code_is_blanked_in_place() -> None:
    for text in HAND.values():
        blanked = without_code(text)
        assert len(blanked) == len(text)
        assert blanked.count("\n") == text.count("\n")


# Anchors

HEADINGS = {
    "# Un titre": {"un-titre"},
    "## Été à Noël ##": {"ete-a-noel"},
    "# L'œuvre des participant·e·s": {"l-oeuvre-des-participantes"},
    "# Un {#deux}": {"deux"},
    "# Un { #deux .trois }": {"deux"},
    "# Un {: #deux }": {"deux"},
    "# Un {#__config}": {"un"},
    "# A\n\n# A\n\n# A": {"a", "a_1", "a_2"},
    "Titre\n=====\n\nAutre\n---": {"titre", "autre"},
    "# `code` et [lien](x.md)": {"code-et-lien"},
    "# a*b*c": {"abc"},
    "# ···": {"_1"},
    "# 日本\n\n# Привет": {"_1", "_2"},
    "```\n# non\n```": set(),
    "<div>\n# non\n</div>": set(),
    "    # non": set(),
    "texte\n{ #ici }": {"ici"},
    "- # dans une liste": {"dans-une-liste"},
    '<span id="la">x</span>': {"la"},
    "#sans-espace": {"sans-espace"},
    "# Dièse à la fin #": {"diese-a-la-fin"},
    "# A & B": {"a-b"},
    "# a\\_b": {"a-b"},
}


@pytest.mark.parametrize("text", HEADINGS)
def test_a_page_has_the_anchors_that_it_shows(text: str) -> None:
    real = {node.attributes["id"] for node in published(text).css("[id]")}
    assert real == HEADINGS[text]
    for anchor in real:
        assert anchor is not None
        assert has_anchor(text, anchor)
    for anchor in ("non", "deux-trois", "a-b-c", "titre-x", "__config", "sans", ""):
        assert has_anchor(text, anchor) == (anchor in real)
    assert anchors(text) >= real


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(pieces, st.sampled_from(["\n\n# Titre", "\n\n## Été *a*", " {#x}", "\n===\n", "#", "·"])), max_size=10
    ).map("".join)
)
def test_anchors_follow_python_markdown(text: str) -> None:
    real = {node.attributes["id"] or "" for node in published(text).css("[id]")}
    for anchor in real | {"titre", "ete-a", "x", "a", "b"}:
        assert has_anchor(text, anchor) == (anchor in real), (text, anchor)


def test_a_page_too_slow_to_publish_gets_the_benefit_of_the_doubt() -> None:
    assert has_anchor("a*" * 200_000, "nulle-part")
    assert anchors("a*" * 200_000) == frozenset()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("L’été des participant·e·s : cœur & œuvre", "l-ete-des-participantes-coeur-oeuvre"),
        ("À bientôt, Ça va?", "a-bientot-ca-va"),
        ("ŒUVRE ÆTHÉRÉE", "oeuvre-aetheree"),
        ("Qu'est-ce que c'est?", "qu-est-ce-que-c-est"),
        ("« Guillemets » — et tirets", "guillemets-et-tirets"),
        ("N° 12 : 3 %", "n-12-3"),
        ("1er mars", "1er-mars"),
        ("e\u0301te\u0301", "ete"),
        ("x²", "x2"),
        ("···", ""),
        ("日本", ""),
        ("", ""),
    ],
)
def test_slugs_in_french(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(st.text())
def test_a_slug_is_an_address_and_stays(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug)
    assert slugify(slug) == slug


# Texts made to stop the engine


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\n" + "[" * 200, 3),
        ("[" * 199, 0),
        ("`" * 250, 1),
        ("a\n# b" + " " * 5000 + "#", 2),
        ("a\n" + "> " * 13, 2),
        ("> " * 12, 0),
        ("- " * 13 + "a", 1),
        (" " * 60 + "- a", 1),
        ("<!x>\n" * 51, 51),
        ("<!-- x -->\n" * 500, 0),
        ("[a](b.md) " * 5001, 1),
        ("<b>" * 20001, 1),
        ("a\n\n" + "*a " * 100_001, 3),
        ("« » " * 60_000, 1),
        ("# a\n" * 5001, 5001),
        ("# a\n" * 5000, 0),
        ("```\r\n" * 5001, 5001),
        ("- a\n" * 50_001, 50_001),
        ("*[a]: b\n" * 600, 501),
        (("[a](b.md) " * 1000 + "\r\n\r\n") * 5, 0),
        ("Un texte ordinaire.\n" * 1000, 0),
        ("| a " * 100 + "|\n" + "|---" * 100 + "|\n", 0),
        ("-" * 500 + "\n" + "=" * 500, 0),
    ],
)
def test_entangled_texts_are_placed(text: str, line: int) -> None:
    assert entangled(text) == line


@pytest.mark.parametrize(
    "above", ["- item\n\n```\nx\n```\n", "!!! note\n    x\n\n~~~\nx\n~~~\n", "- a\n\n<!-- x -->\n"]
)
def test_indented_code_after_what_ends_a_list_is_code(above: str) -> None:
    assert links(f"{above}\n    [a](b.md)\n") == ()
    assert published(f"{above}\n    [a](b.md)\n").css_first("a") is None
