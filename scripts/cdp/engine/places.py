"""A finished page as styles see it: where what was frozen is, what a selector finds, and how places of pages are alike.

An element has the same place as one of another page when no selector that is looked for can tell them, nor what they are
in, apart. What was judged of a place once need not be judged again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.engine import sheets

words = re.compile(r"[^ \t\n\f\r]+").findall
"""Classes of an attribute: no other blank parts them (HTML, 2.3.7)."""
_TEST = re.compile(r"""\[\s*([a-z-]+)\s*(?:=\s*(?:"([^"\\]*)"|'([^'\\]*)'|([\w-]+))\s*)?\]""")
_NAME = r"(?:[\w-]|[^\x00-\x7f])+"
_LINEAL = re.compile(r"(?:[a-zA-Z0-9_.#*>(), \t\n\r\f-]|[^\x00-\x7f]|:(?:is|not)\(|:root(?![\w-]))*")
"""A selector, without its attributes, that asks nothing but what an element is, and what it is in."""


class Sought(NamedTuple):
    """A selector, with the classes that a page, and what it matches, must have."""

    selector: str
    needs: frozenset[str]
    subject: frozenset[str]


def sought(selector: str) -> Sought:
    """Return a selector to look for."""
    return Sought(selector, sheets.needs(selector), sheets.subject(selector))


class Page:
    """A page, and where in it what was frozen is."""

    def __init__(self, tree: LexborHTMLParser, kept: Sequence[LexborNode]) -> None:
        self.tree = tree
        self.kept = kept
        self.own = {node.mem_id for node in kept}
        self.above = {around.mem_id for node in kept for around in above(node)} - self.own
        self.found: dict[str, list[LexborNode]] = {}

    @cached_property
    def within(self) -> set[int]:
        """What is in what was frozen."""
        return {node.mem_id for top in self.kept for node in top.css("*")} - self.own - self.above

    @cached_property
    def classes(self) -> frozenset[str]:
        """All those of the page."""
        return classes(self.tree.css("[class]"))

    def meets(self, node: LexborNode) -> bool:
        """Tell whether what a style does to an element, a reader of the archive sees: it is around it, or holds words of it."""
        return node.mem_id in self.own or node.mem_id in self.above or (node.mem_id in self.within and _shows(node))

    def find(self, what: Sought, subjects: frozenset[str] | None = None) -> list[LexborNode]:
        """Return the elements that a selector matches; only if one may have these classes, when they are given."""
        if not what.needs <= self.classes or (subjects is not None and not what.subject <= subjects):
            return []
        if what.selector not in self.found:
            self.found[what.selector] = self.tree.css(what.selector)
        return self.found[what.selector]


class Places:
    """The places that elements of pages may have, as some selectors tell them apart; ``judged`` are those without fault."""

    def __init__(self, selectors: Iterable[Sought]) -> None:
        self.judged: set[int] = set()
        self._numbers: dict[tuple[object, ...], int] = {}
        self._classed: dict[str, tuple[str, ...]] = {}
        self._classes: set[str] = set()
        self._values: dict[str, set[str]] = {}
        self._skipped: set[str] = set()
        # What is beside an element, or in it, is no part of its place: selectors that ask for it are looked for.
        self._others: list[Sought] = []
        for each in dict.fromkeys(selectors):
            bare = _TEST.sub("", each.selector)
            if not _LINEAL.fullmatch(bare):
                self._others.append(each)
                self._classes |= each.needs
                continue
            self._classes |= {name.lower() for name in re.findall(rf"\.({_NAME})", bare)}
            tests = [(name, "".join(value)) for name, *value in _TEST.findall(each.selector)]
            for name, value in [*tests, *(("id", name) for name in re.findall(rf"#({_NAME})", bare))]:
                self._values.setdefault(name, set()).add(value.lower())

    def of(self, page: Page) -> set[int]:
        """Return the numbers of the places of a page."""
        nodes = page.tree.css("*")
        marks = [self._marks(node.attributes) for node in nodes]
        has = {word.lower() for classed in {mark[0] for mark in marks} for word in classed}
        matched: dict[int, tuple[int, ...]] = {}
        for at, each in enumerate(self._others):
            if each.needs <= has:
                for node in page.tree.css(each.selector):
                    matched[node.mem_id] = (*matched.get(node.mem_id, ()), at)
        # Without its document type, a page has classes without case: its places are others.
        top = "loose" if page.tree.css_first(".CDP-FROZEN") is not None else "strict"
        own, around, known = page.own, page.above, self._numbers
        numbers: dict[int, int] = {}
        inside: set[int] = set()
        for node, mark in zip(nodes, marks, strict=True):
            me = node.mem_id
            outer = parent.mem_id if (parent := node.parent) is not None else 0
            kind = 0
            if outer in inside or outer in own:
                inside.add(me)
                kind = 1 if _shows(node) else 0
            if me in own or me in around:
                kind = 2 if me in own else 3
            key = (numbers.get(outer, top), node.tag, mark, matched.get(me), kind)
            numbers[me] = known.setdefault(key, len(known))
        return set(numbers.values())

    def _marks(self, attributes: Mapping[str, str | None]) -> tuple[tuple[str, ...], ...]:
        """Return the classes, then the attributes, by which a selector may know an element."""
        if not attributes:
            return ((),)
        told: list[tuple[str, ...]] = [()]
        for name, value in attributes.items():
            if name == "class":
                classed = self._classed.get(value or "")
                told[0] = self._known(value or "") if classed is None else classed
            if name in self._values:
                said = value or ""
                told.append((name, said) if said.lower() in self._values[name] else (name,))
            elif name not in self._skipped:
                # Those of a drawing have capitals, which selectors may do without.
                if name.lower() in self._values:
                    self._values[name] = self._values[name.lower()]
                    return self._marks(attributes)
                self._skipped.add(name)
        return tuple(told)

    def _known(self, classed: str) -> tuple[str, ...]:
        found = tuple(word for word in words(classed) if word.lower() in self._classes)
        self._classed[classed] = found
        return found


def classes(nodes: Iterable[LexborNode]) -> frozenset[str]:
    """Return the classes of elements, in lower case, as a page without a document type reads them."""
    return frozenset(word for node in nodes for word in words((node.attributes.get("class") or "").lower()))


def _shows(node: LexborNode) -> bool:
    return node.tag == "img" or any(map(str.isalnum, node.text())) or node.css_first("img") is not None


def above(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what an element is in, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent
