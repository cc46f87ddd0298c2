"""Our own French follows the usage of Quebec (OQLF); the words of members are left as they are."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.conftest import charter
from tests.test_site import staged

OURS = {"privacy", "contribute", "missing", "search", "rules", "rule", "guide"}
"""Kinds of pages that hold no word of a member."""
FAULTS = {
    "a space that breaks before a colon": re.compile(r"[\w»)] :(?=\s|$)"),
    "no space before a colon": re.compile(r"[a-zà-ÿ]{3,}:\s"),
    "a space before ; ! or ?": re.compile(r"[ \u00a0\u202f][;!?](?=\s|$)"),
    "no non-breaking space inside guillemets": re.compile(r"«(?!\u00a0)|(?<!\u00a0)»"),
    "a space that breaks before % or $": re.compile(r"\d [%$]"),
    "no space before % or $": re.compile(r"\d[%$]"),
    "a space that breaks in an hour": re.compile(r"\b\d{1,2} h\b"),
    "a straight apostrophe": re.compile(r"\w'\w"),
    "a median dot": re.compile(r"\w·\w"),
    "1 for 1er": re.compile(
        r"\b1 (?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
    ),
    "three dots": re.compile(r"\.\.\."),
}
NOT_PROSE = "script, style, pre, code, kbd, samp, [lang=en], .headerlink, svg, .cdp-label"


def faults(html: str) -> list[str]:
    tree = LexborHTMLParser(html)
    for node in tree.css(NOT_PROSE):
        node.replace_with("…")
    found = []
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        text = node.text_content if node.tag == "-text" else None
        for name, pattern in FAULTS.items() if text else ():
            match = pattern.search(text or "")
            if match is not None:
                found.append(f"{name}: {(text or '')[max(0, match.start() - 30) : match.end() + 20]!r}")
        for name in ("aria-label", "title", "alt", "placeholder") if node.tag != "-text" else ():
            value = node.attributes.get(name) or ""
            found += [f"{fault}: {value!r}" for fault, pattern in FAULTS.items() if pattern.search(value)]
    return found


def kind(html: str) -> str:
    match = re.search(r'class="cdp-page cdp-page--(\w+)"', html)
    return match[1] if match else ""


def test_pages_without_a_word_of_members_have_the_typography_of_quebec(example_site: Path) -> None:
    wrong, seen = [], set()
    for path in sorted(example_site.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        if '<html lang="fr"' in html and kind(html) in OURS:
            seen.add(kind(html))
            article = LexborHTMLParser(html).css_first("article")
            wrong += [f"{path.relative_to(example_site)}: {fault}" for fault in faults(article.html or "")]  # type: ignore[union-attr]

    assert seen == OURS
    assert wrong == []


PLAIN: dict[str, str | bytes] = {
    "communities/a/index.md": charter(
        "language: fr\npurpose: Mot\nscope: Mot\nout_of_scope: Mot\ncontact: Mot\nlicense: Mot\ntags: [mot]\nregions: [Mot]\n"
        "start_date: 2026-01-01\nend_date: 2026-12-01\nkickoff: {date: 2026-01-01}\n"
        "formula: {rhythm: 4 semaines, format: hybrid, place: Mot, topics: [Mot], tools: [Mot], decided_by: kickoff}\n"
        "expectations:\n  - {id: e, text: Mot}\nobjectives:\n"
        "  - {id: o, text: Mot, season: 2026-hiver, measure: Mot, verdict: met, evidence: Mot, explanation: Mot}\n"
        "  - {id: p, text: Mot, season: 2026-ete}\nseasons:\n"
        "  - {id: 2026-hiver, title: Mot, start_date: 2026-01-01, end_date: 2026-04-30, celebrated: 2026-05-01}\n"
        "  - {id: 2026-ete, title: Mot, start_date: 2026-05-01, end_date: 2026-12-01}\n"
        "extensions:\n  - {decided: 2026-03-01, from: 2026-11-01, to: 2026-12-01, reason: Mot, minutes: meetings/2026-11-26-x.md}\n"
        "facilitators:\n  - {name: Mot}\nnetwork_heads:\n  - {name: Mot, network: Mot, agreed: 2026-01-01}\n"
        "succeeds: b\n",
        "Mot\n",
        "Mot",
    ),
    "communities/b/index.md": charter("successors: [a]\ncontact: Mot\n", "", "Mot"),
    "communities/a/meetings/2026-11-26-x.md": "---\ndate: 2026-11-26\nstart: 13:30\nduration: 90\nplace: Mot\n---\nMot\n",
    "communities/a/meetings/2026-03-01-y.md": "---\ndate: 2026-03-01\nattendance: 3\n---\nMot\n",
    "communities/a/notes/n.md": "---\ntitle: Mot\ntags: [mot]\nlicense: Mot\ndate: 2026-03-01\n---\n[Mot](m.md)\n",
    "communities/a/notes/m.md": "---\ntitle: Mot\n---\nMot\n",
    "communities/a/surveys/2026-05.md": "---\nopens: 2026-05-01\ncloses: 2026-05-15\ninvited: 20\nanswers: 12\n"
    "needs:\n  - {id: x, text: Mot}\n  - {id: y, text: Mot, disposition: declined, reason: Mot}\n"
    "decisions:\n  - {date: 2026-06-01, text: Mot}\npurge: 2027-01-01\n---\n",
    "glossary.md": "---\ntitle: Mot\n---\n## Mot\n\nMot\n",
}


def test_what_surrounds_the_words_of_members_has_the_typography_of_quebec() -> None:
    pages = staged(PLAIN)
    wrong = [
        f"{path}: {fault}"
        for path, page in pages.items()
        if not path.startswith(("rules/", "guide/"))
        for fault in faults(f"<main>{page.title}\n{page.banner}{page.head}{page.tail}</main>")
    ]

    assert {"communities/a/celebrations/2026-hiver.md", "communities/a/surveys/2026-05.md"} <= set(pages)
    assert wrong == []


def test_a_fault_is_seen() -> None:
    assert len(faults("<p>Un mot : l'été ?</p><p>« non » 5% et 3 $, 1 mars... 9 h</p>")) >= 8
    assert not faults("<p>Un mot\u00a0: l’été? «\u00a0oui\u00a0» 5\u00a0%, 1er mars, 9\u00a0h</p><code>a : b</code>")


@pytest.mark.slow
def test_the_html_of_every_page_follows_the_standard(example_site: Path) -> None:
    """Parsed strictly with html5lib, which follows the standard's own algorithm of parsing."""
    wrong = []
    for path in sorted(example_site.rglob("*.html")):
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(path.read_text(encoding="utf-8"))
        wrong += [f"{path.relative_to(example_site)} {at}: {code}" for at, code, _ in parser.errors]

    assert wrong == []
