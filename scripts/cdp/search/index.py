"""The index that readers' browsers search, in small files: a question fetches the few that hold its words."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from cdp.search.label import Label
from cdp.search.terms import LANGUAGES, counted, keys, table

FOLDER = "search/index"
"""Where the index is published, from the root of the site."""
KINDS = {
    "community": 1.0,
    "note": 1.0,
    "meeting": 0.8,
    "season": 0.8,
    "survey": 0.8,
    "review": 0.8,
    "celebration": 0.8,
    "glossary": 0.9,
    "guide": 1.0,
    "rule": 0.8,
}
"""Pages that are found, by kind, and how much their words count. Lists, themes, calendars only repeat them."""
UNREAD = "nav, script, .cdp-crumbs, .cdp-frozen, .cdp-seal, .cdp-cited, .cdp-around, .cdp-changed, .cdp-cite, .cdp-edit, .headerlink, h1"
"""Parts of a page that say nothing of their own."""
IN_TITLE, IN_HEADING = 8, 2
"""How many times a word of the title counts, and how many times more one of a heading."""
USUAL = 300
"""Words of a usual page: in a longer one, each counts less."""
MOST = 15
"""The greatest weight of a word in a page."""
CHUNK = 16 * 1024
"""About how much a file of words holds, in bytes; a word alone may hold more."""
PAGES = 32
"""Pages in a file of pages."""


@dataclass(frozen=True)
class Entry:
    """A page that can be found: its address, title and kind, the language of its words and that of its title, the weight of each word."""

    url: str
    title: str
    kind: str
    lang: str
    titled: str
    weights: Mapping[str, int]


def entry(tree: LexborHTMLParser, url: str, title: str, kind: str, lang: str, titled: str) -> Entry | None:
    """Return what a published page can be found by, or None when it is not one to find.

    Args:
        tree: the page, which loses the parts that are not read.
        url: of the page.
        title: of the page.
        kind: of the page.
        lang: language of its words.
        titled: language of its title.
    """
    page = tree.css_first(".cdp-page") if kind in KINDS else None
    if page is None or lang not in LANGUAGES:
        return None
    for part in page.css(UNREAD):
        part.decompose(recursive=True)
    counts = counted(page.text(separator=" "))
    usual = 1.2 * (0.25 + 0.75 * counts.total() / USUAL)
    headings = " ".join(heading.text() for heading in page.css("h2, h3"))
    for heard, more in ((headings, IN_HEADING), (title, IN_TITLE)):
        for word, times in counted(heard).items():
            counts[word] += times * more
    found: dict[str, int] = {}
    for word, times in counts.items():
        for key in keys(word, lang):
            found[key] = found.get(key, 0) + times
    factor = (MOST - 1) * KINDS[kind]
    # BM25's share of a word in a page (Robertson and Zaragoza, 2009), in few steps.
    steps = {times: 1 + round(factor * times / (times + usual)) for times in set(found.values())}
    weights = {key: steps[times] for key, times in found.items()}
    return Entry(url, title, kind, lang, titled, weights)


def kept(entries: Sequence[Entry]) -> bytes:
    """Return the entries of a unit as its pages are cached: word by word, ready to be put after those of others."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number, item in enumerate(entries):
        for key, weight in item.weights.items():
            found.setdefault(key, []).append((number, weight))
    lines = {}
    for key, places in found.items():
        last = places[0][0]
        tail = bytearray()
        for number, weight in places[1:]:
            tail += _number((number - last) * 16 + weight)
            last = number
        lines[key] = [*places[0], last, len(places), tail.decode("latin-1")]
    pages = [[item.url, item.title, item.kind, item.titled] for item in entries]
    return _json([pages, lines, sorted({item.lang for item in entries})])


def files(units: Iterable[tuple[str, Label, Callable[[], bytes]]], lang: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the index of a site: path, content.

    Pages are numbered community by community, those that live first: what is living, and what is of one community,
    is then a range of numbers.

    Args:
        units: for each its name, its label, and what reads its entries as ``kept`` returned them: one unit at a
            time is in memory.
        lang: of the site.
    """
    pages: list[tuple[str, str, str, str, int]] = []
    labels: list[tuple[str, str, str]] = []
    ranges: dict[str, tuple[int, int]] = {}
    guides: dict[str, tuple[int, int]] = {}
    found: dict[str, tuple[bytearray, list[int]]] = {}
    ends = [0, 0, 0]
    languages: set[str] = set()
    for name, label, read in sorted(units, key=lambda unit: (unit[1].rank, unit[0])):
        own, lines, spoken = json.loads(read())
        languages.update(spoken)
        first = len(pages)
        if not own:
            continue
        pages.extend((*page, len(labels)) for page in own)
        labels.append((label.title, label.stage, label.lang))
        ranges[name] = (first, len(pages))
        if label.rank == 1 and any(kind in ("guide", "rule") for _, _, kind, _ in own):
            # A site in two languages has its guide and its rules twice: each reader is shown one.
            guides.update(dict.fromkeys(spoken, (first, len(pages))))
        elif label.rank == 1:
            # The site's glossary comes after them.
            guides.update({other: (start, len(pages)) for other, (start, end) in guides.items() if end == first})
        ends[label.rank :] = [len(pages)] * (3 - label.rank)
        for key, (number, weight, last, count, tail) in lines.items():
            line = found.get(key)
            if line is None:
                line = found[key] = (bytearray(), [-1, 0])
            places, seen = line
            places += _number((first + number - seen[0]) * 16 + weight)
            places += tail.encode("latin-1")
            seen[0] = first + last
            seen[1] += count
    made = {f"w{number}.bin": data for number, data in enumerate(_chunks(found))}
    starts = [_first_key(data) for data in made.values()]
    for number in range(0, len(pages), PAGES):
        made[f"p{number // PAGES}.json"] = _json(_described(pages[number : number + PAGES], labels))
    made["units.json"] = _json(ranges)
    digest = hashlib.sha256()
    for path, data in made.items():
        digest.update(path.encode() + b"\0" + data)
    version = digest.hexdigest()[:12]
    root = {
        "version": version,
        "pages": len(pages),
        "living": ends[0],
        "guide": ends[1],
        "guides": guides,
        "each": PAGES,
        "starts": starts,
        "languages": sorted(languages, key=lambda other: (other != lang, other)),
        "unread": UNREAD,
        "table": table(),
    }
    yield f"{FOLDER}/index.json", _json(root)
    for path, data in made.items():
        yield f"{FOLDER}/{version}/{path}", data


def _described(
    pages: Sequence[tuple[str, str, str, str, int]], labels: Sequence[tuple[str, str, str]]
) -> dict[str, object]:
    used = sorted({label for *_, label in pages})
    shown = [[*page, bisect_right(used, label) - 1] for *page, label in pages]
    return {"communities": [labels[label] for label in used], "pages": shown}


def _chunks(found: Mapping[str, tuple[bytearray, list[int]]]) -> Iterator[bytes]:
    """Yield files of words in order: for each its length and itself, how many pages have it, its places' length and them."""
    chunk = bytearray()
    for key in sorted(found, key=str.encode):
        places, (_, count) = found[key]
        name = key.encode()
        line = bytes([len(name)]) + name + _number(count) + _number(len(places)) + places
        if chunk and len(chunk) + len(line) > CHUNK:
            yield bytes(chunk)
            chunk.clear()
        chunk += line
    if chunk:
        yield bytes(chunk)


def _first_key(chunk: bytes) -> str:
    return chunk[1 : 1 + chunk[0]].decode()


_SMALL = [bytes([number]) for number in range(128)]


def _number(value: int) -> bytes:
    """Return a number in base 128, lowest part first, the high bit saying that more follows (LEB128)."""
    if value < 128:
        return _SMALL[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
