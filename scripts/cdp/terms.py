"""Terms of a glossary shown where they are used: a Python-Markdown extension.

The first use of each term on a page becomes a link to its entry, with the definition as its title: a mouse and the
keyboard show it, a touch follows it, and a page without programs or styles still leads there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

_MARK = "[cdp-terms]: # "
"""Begins the line, the last of a page, that says which terms it uses."""
_LINE_ENDS = "\r\n"
_LEFT_ALONE = frozenset({"a", "abbr", "code", "pre", "kbd", "samp", "var", "h1", "h2", "h3", "h4", "h5", "h6"})
"""Elements whose words are not touched: links hold no links, and code and titles are not prose."""


def used(body: str, forms: Sequence[str]) -> frozenset[str]:
    """Return which forms of terms a text uses."""
    pattern = _pattern(tuple(forms))
    return frozenset(_known(match, forms) for match in pattern.finditer(body)) if pattern else frozenset()


def with_terms(body: str, entries: Mapping[str, tuple[str, str]]) -> str:
    """Return a page's Markdown with what the extension needs: for each form of a term, its address and definition."""
    if not entries:
        return body
    line = json.dumps([[form, *entries[form]] for form in entries], ensure_ascii=False)
    return f"{body.rstrip(_LINE_ENDS)}\n\n{_MARK}{line}\n"


@lru_cache(maxsize=256)
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds any of the forms: whole words, singular or plural, the longest first.

    Case tells acronyms from words; elsewhere it does not count.
    """
    written = sorted(filter(None, forms), key=lambda form: (-len(form), form))
    if not written:
        return None
    one = "|".join(f"({_words(form) if form.isupper() else f'(?i:{_words(form)})'})" for form in written)
    return re.compile(rf"(?<![\w\-&/@.])(?:{one})(?![\w\-@]|\.\w)")


def _words(form: str) -> str:
    parts = [re.sub("['’]", "['’]", re.escape(word)) for word in form.split()]
    return r"\s+".join(f"{part}[sx]?" if part[-1:].isalnum() else part for part in parts)


def _known(match: re.Match[str], forms: Sequence[str]) -> str:
    """Return the form that was found."""
    written = sorted(filter(None, forms), key=lambda form: (-len(form), form))
    return written[(match.lastindex or 1) - 1]


class _Take(Preprocessor):
    """Takes the last line away, before anything reads it."""

    def __init__(self, md: Markdown, held: _Link) -> None:
        super().__init__(md)
        self.held = held

    def run(self, lines: list[str]) -> list[str]:
        self.held.entries = {}
        at = next((index for index in range(len(lines) - 1, -1, -1) if lines[index].strip()), -1)
        if at < 0 or not lines[at].startswith(_MARK):
            return lines
        try:
            self.held.entries = {form: (there, said) for form, there, said in json.loads(lines[at][len(_MARK) :])}
        except (ValueError, TypeError):
            return lines
        return lines[:at]


class _Link(Treeprocessor):
    """Comes after the table of contents, and before the engine's own reading of addresses."""

    entries: Mapping[str, tuple[str, str]] = {}

    def run(self, root: Element) -> None:
        left = dict(self.entries)
        if left:
            self._within(root, left, tuple(left))

    def _within(self, element: Element, left: dict[str, tuple[str, str]], forms: tuple[str, ...]) -> None:
        if element.tag in _LEFT_ALONE:
            return
        for child in list(element):
            self._within(child, left, forms)
        self._split(element, None, left, forms)
        for child in list(element):
            self._split(element, child, left, forms)

    def _split(self, parent: Element, after: Element | None, left: dict[str, tuple[str, str]], forms: Any) -> None:
        """Put links into the text that begins an element, or that follows one of its children."""
        text = parent.text if after is None else after.tail
        pattern = _pattern(forms)
        if not text or isinstance(text, AtomicString) or pattern is None:
            return
        links: list[tuple[int, int, Element]] = []
        for match in pattern.finditer(text):
            form = _known(match, forms)
            if form in left:
                there, said = left.pop(form)
                for other in [other for other in left if left[other][0] == there]:
                    del left[other]
                link = Element("a", {"class": "glossary-term", "href": there, "title": said})
                link.text = AtomicString(match[0])
                links.append((match.start(), match.end(), link))
        place = 0 if after is None else list(parent).index(after) + 1
        for number, (start, end, link) in enumerate(links):
            if number == 0:
                before = AtomicString(text[:start]) if isinstance(text, AtomicString) else text[:start]
                if after is None:
                    parent.text = before
                else:
                    after.tail = before
            link.tail = text[end : links[number + 1][0] if number + 1 < len(links) else len(text)]
            parent.insert(place + number, link)


class TermsExtension(Extension):
    """Links the terms of a glossary from the pages that use them."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register both halves."""
        link = _Link(md)
        md.preprocessors.register(_Take(md, link), "cdp-terms", 9_000)
        md.treeprocessors.register(link, "cdp-terms", 3)  # between toc (5) and the engine's addresses (0)


def makeExtension(**kwargs: Any) -> TermsExtension:  # noqa: N802 - Python-Markdown's name
    """Return the extension, for ``markdown_extensions: [cdp.terms]``."""
    return TermsExtension(**kwargs)
