"""Whether the styles of a theme let a reader read what was frozen: each declaration that meets it, and all together.

Without a browser, so every possibility counts: any condition, any state, any value of a variable, any order of rules. What
cannot be judged stops the publication. Not seen: what programs do, and what the letters of a font look like.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.engine import colours, covering, hiding, places, sheets
from cdp.engine.colours import Paint
from cdp.engine.places import Page, Places, Sought
from cdp.engine.sheets import Rule
from cdp.text import T, Text

_WRITES = re.compile(
    r"""[^;]*?(?:"(?:[^"\\]|\\.)*?[^\W_]|'(?:[^'\\]|\\.)*?[^\W_]|(?:attr|var|url|image|image-set|counters?|[a-z-]*gradient)\()|.*\\""",
    re.IGNORECASE | re.DOTALL,
)
"""Words, a number or a picture that a style puts in a page."""
_PAGE = ("html", "body")


class _Suspect(NamedTuple):
    """What would hide what it matches, or add to it: of which sheet, what it does and says."""

    path: str
    sought: Sought
    does: str
    what: str


class _Box(NamedTuple):
    """What a rule does to the boxes that it matches, before or after an element when it says so; also untouched or not."""

    path: str
    sought: Sought
    beside: str
    traits: frozenset[str]
    rests: bool


class _Looks(NamedTuple):
    """What is looked for in pages: faults of the sheets themselves, then by selector; ``still`` is of what is believed."""

    faults: tuple[Text, ...]
    suspects: tuple[_Suspect, ...]
    boxes: tuple[_Box, ...]
    still: tuple[_Box, ...]
    paints: tuple[Paint, ...]
    near: Mapping[int, set[int]]
    painted: tuple[tuple[int, Sought], ...]
    places: Places


def faults(tree: LexborHTMLParser, kept: Sequence[LexborNode], styles: Mapping[str, str]) -> Iterator[Text]:
    """Yield why a reader of a page would not see what was frozen.

    Args:
        tree: the page.
        kept: elements that were frozen, or say so.
        styles: texts of the theme's sheets, by path.
    """
    looks = _looks(tuple(styles.items()))
    page = Page(tree, kept)
    here = looks.places.of(page)
    if not looks.faults and here <= looks.places.judged:
        return
    found = [*looks.faults, *_met(page, looks), *_together(page, looks), *_coloured(page, looks)]
    yield from found
    if not found:
        looks.places.judged |= here


def _met(page: Page, looks: _Looks) -> Iterator[Text]:
    """Yield what single declarations do."""
    for path, sought, does, what in looks.suspects:
        if any(page.meets(node) for node in page.find(sought)):
            said = f"{sought.selector} {{{what}}}"
            if does == "hides":
                yield T("{path} : ce style cache une archive : {what}", path=path, what=said)
            elif does == "adds":
                yield T("{path} : ce style ajoute à une archive, ou la couvre : {what}", path=path, what=said)
            else:
                yield T("{path} : cdp ne sait pas si ce style cache une archive : {what}", path=path, what=said)


def _together(page: Page, looks: _Looks) -> Iterator[Text]:
    """Yield what several rules do together to one box."""
    ours: dict[tuple[int, str], set[str]] = {}
    where: dict[tuple[int, str], tuple[LexborNode, _Box]] = {}
    for box in looks.boxes:
        for node in page.find(box.sought):
            if box.rests or page.meets(node):
                ours.setdefault((node.mem_id, box.beside), set()).update(box.traits)
            where[node.mem_id, box.beside] = (node, box)
    theirs: dict[tuple[int, str], set[str]] = {}
    subjects = places.classes(node for node, _ in where.values())
    for box in looks.still if ours else ():
        for node in page.find(box.sought, subjects):
            if (node.mem_id, box.beside) in ours:
                theirs.setdefault((node.mem_id, box.beside), set()).update(box.traits)
    told: set[str] = set()
    for key, traits in ours.items():
        node, box = where[key]
        does = _does(page, node, box.beside, traits, theirs.get(key, set()))
        if not does or box.sought.selector in told:
            continue
        told.add(box.sought.selector)
        if does == "hides":
            yield T("{path} : ce style cache une archive : {what}", path=box.path, what=box.sought.selector)
        else:
            yield T(
                "{path} : ce style ajoute à une archive, ou la couvre : {what}", path=box.path, what=box.sought.selector
            )


def _does(page: Page, node: LexborNode, beside: str, traits: set[str], still: set[str]) -> str:
    """Tell what a box does to what was frozen, with what our rules give it and what it has already."""
    every = traits | still
    around = node.mem_id in page.own or node.mem_id in page.above
    within = node.mem_id in page.within
    if not beside and page.meets(node):
        if (covering.cuts(every) and not covering.cuts(still)) or (node.tag in _PAGE and "shut down" in traits):
            return "hides"
        if within and covering.shifts(every) and not covering.shifts(still):
            return "covers"
    lays = covering.covers(every, beside=bool(beside))
    already = covering.covers(still, beside=bool(beside)) and "brought" not in traits
    return "covers" if lays and not already and (beside or not around) else ""


def _coloured(page: Page, looks: _Looks) -> Iterator[Text]:
    """Yield the rules that give words the colour of their ground."""
    reach = page.own | page.above | page.within
    subjects = places.classes(node for node in page.tree.css("[class]") if node.mem_id in reach)
    met = {at: page.find(sought, subjects) for at, sought in looks.painted if looks.paints[at].ours}
    wanted = {at for at, nodes in met.items() if nodes}
    if not wanted:
        return
    partners = {at for at, others in looks.near.items() if others & wanted or at in wanted}
    partners |= {other for at in wanted for other in looks.near.get(at, ())}
    met |= {at: page.find(sought, subjects) for at, sought in looks.painted if at in partners and at not in met}
    there = {at for at, nodes in met.items() if nodes} | {
        at for at, paint in enumerate(looks.paints) if paint.rule is None
    }
    if not any(looks.near.get(at, set()) & there for at in there):
        return
    by_node: dict[int, list[int]] = {}
    for at, sought in looks.painted:
        for node in met[at] if at in met else page.find(sought, subjects):
            by_node.setdefault(node.mem_id, []).append(at)
    told: set[tuple[str, str]] = set()
    palettes = [(0, at) for at, paint in enumerate(looks.paints) if paint.rule is None]
    waiting: list[tuple[LexborNode, list[tuple[int, int]]]] = [(top, palettes) for top in page.tree.css("html")]
    while waiting:
        node, above = waiting.pop()
        here = by_node.get(node.mem_id, [])
        for paint in colours.faint(above, here, looks.paints, looks.near) if here and page.meets(node) else ():
            assert paint.rule is not None
            # A part of a text that cannot be read in the other palette alone is left to the theme's author.
            known = (paint.rule.path, paint.selector)
            if known not in told and (node.mem_id not in page.within or colours.named(paint)):
                told.add(known)
                yield T("{path} : ce style cache une archive : {what}", path=paint.rule.path, what=paint.selector)
        deep = above[-1][0] + 1
        below = [*above, *((deep, at) for at in here)] if here else above
        waiting += [(child, below) for child in node.iter() if child.mem_id in reach]


@lru_cache(maxsize=1)
def engines() -> tuple[tuple[str, str], ...]:
    """Return the sheets of the engines' own theme, which are believed: what a theme adds to them is judged."""
    found: list[tuple[str, str]] = []
    for package, folder in (("material", "templates/assets/stylesheets"), ("zensical", "templates/assets/stylesheets")):
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            for path in sorted((Path(place) / folder).rglob("*.css")):
                found.append((f"{package}/{path.name}", path.read_text(encoding="utf-8", errors="replace")))
    return tuple(found)


@lru_cache(maxsize=1)
def _believed() -> frozenset[tuple[str, str, tuple[str, str]]]:
    """Return what the engines' own sheets say by themselves."""
    rules = sheets.read(engines()).rules
    return frozenset((rule.path, rule.prelude, each) for rule in rules for each in rule.declarations)


@lru_cache(maxsize=4)
def _looks(styles: tuple[tuple[str, str], ...]) -> _Looks:
    """Read the sheets of a theme, with those that it stands on."""
    judged = {path for path, _ in styles}
    every = sheets.read((*engines(), *styles))
    suspects: dict[tuple[str, str, str], _Suspect] = {}
    told: dict[Text, None] = {}
    boxes: list[_Box] = []
    still: list[_Box] = []
    for rule in every.rules:
        ours = rule.path in judged
        # A rule of the engine is judged for the values that our sheets give to its variables.
        said = [each for each in rule.declarations if ours or (rule.path, rule.prelude, each) not in _believed()]
        for suspect in _suspects(rule, said, every.frames):
            if sheets.understood(suspect.sought.selector):
                suspects.setdefault((suspect.path, suspect.sought.selector, suspect.does), suspect)
            else:
                what = suspect.sought.selector
                said_so = T(
                    "{path} : ce sélecteur cache quelque chose et ne se comprend pas : {what}",
                    path=rule.path,
                    what=what,
                )
                told[said_so] = None
        traits = covering.traits_of(rule.declarations)
        if traits:
            # Where it may be cut, a text is in every state; what a reader opens may cover it for a while.
            both = set(rule.still)
            at = [*((each, "", each in both) for each in rule.selectors), *((*each, True) for each in rule.beside)]
            for selector, beside, rests in at if ours else [each for each in at if each[2]]:
                if sheets.understood(selector):
                    (boxes if ours else still).append(_Box(rule.path, places.sought(selector), beside, traits, rests))
    wrong = [
        T("{path} : une feuille de style n'est pas du thème : {what}", path=path, what=address)
        for path, address in every.imports
        if path in judged and posixpath.normpath(posixpath.join(posixpath.dirname(path), address)) not in judged
    ]
    wrong += [
        T("{path} : ce style cache une archive : {what}", path=path, what=f"@font-face {{{name}: {value}}}")
        for path, (name, value) in every.fonts
        if path in judged and hiding.verdict(name, value)
    ]
    paints = colours.paints(every.rules, judged)
    near = colours.alike(paints)
    counted = {*near, *(at for others in near.values() for at in others)}
    painted = tuple(
        (at, places.sought(each.selector))
        for at, each in enumerate(paints)
        if at in counted and each.rule is not None and sheets.understood(each.selector)
    )
    sought = [*(each.sought for each in suspects.values()), *(each.sought for each in (*boxes, *still))]
    alike = Places([*sought, *(selector for _, selector in painted)])
    return _Looks(
        (*told, *wrong), tuple(suspects.values()), tuple(boxes), tuple(still), tuple(paints), near, painted, alike
    )


def _suspects(
    rule: Rule, declarations: Sequence[tuple[str, str]], frames: Mapping[str, tuple[tuple[str, str], ...]]
) -> Iterator[_Suspect]:
    """Yield what a rule does to what it matches, when it is not sure to leave it readable."""
    for name, value in declarations:
        what = f"{name}: {value}"
        if name == "content" and _WRITES.match(value):
            for selector, _ in rule.beside:
                yield _Suspect(rule.path, places.sought(selector), "adds", what)
        if name in ("animation", "animation-name", "-webkit-animation", "-webkit-animation-name"):
            words = set(re.split(r"[\s,]+", value))
            does: str = (
                "hides" if any(hiding.verdict(*each) for word in words & set(frames) for each in frames[word]) else ""
            )
        else:
            does = hiding.verdict(name, value)
        if does:
            adds = name.startswith("list-style") and re.search(r"[\"'][^\"']*\w", value)
            for selector in rule.selectors:
                # A sign above or below the line takes no room in it.
                if name != "line-height" or not re.search(r"(?:^|[\s>+~])su[bp]$", selector):
                    yield _Suspect(rule.path, places.sought(selector), "adds" if adds else does, what)
