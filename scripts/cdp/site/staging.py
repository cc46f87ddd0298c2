"""What the engine is given: Markdown pages under front matter that cdp alone writes.

A staged page carries its generated HTML in ``head`` and ``tail`` (rendered here, with autoescape) and the words
of members in its body (Markdown, sanitised by the extension). The two never mix.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from markupsafe import Markup, escape

from cdp.links import address as url
from cdp.search.label import Label
from cdp.text import Text

CARDS = 22
"""Most cards of communities on a page."""
PER_PAGE = 36
"""Most entries on a page of a list."""

Item = TypeVar("Item")


def paged(
    items: Sequence[Item], path: str, most: int = PER_PAGE
) -> Iterator[tuple[str, Sequence[Item], list[tuple[int, str]]]]:
    """Yield the pages of a list: source path, entries, and all pages as (number, path) when there are several."""
    count = max(1, -(-len(items) // most))
    folder = path.removesuffix(".md").removesuffix("/index")
    paths = [path, *(f"{folder}/{number}.md" for number in range(2, count + 1))]
    numbered = list(enumerate(paths, 1)) if count > 1 else []
    for index, here in enumerate(paths):
        yield here, items[index * most : (index + 1) * most], numbered


def href(source: str, target: str) -> str:
    """Return the relative address of ``target`` from the page or the file of ``source``, quoted; both are source paths."""
    there = url(target)
    here, path = url(source).split("/")[:-1], there.rstrip("/").split("/") if there else []
    shared = 0
    for one, other in zip(here, path, strict=False):
        if one != other:
            break
        shared += 1
    relative = "/".join([".."] * (len(here) - shared) + path[shared:]) or "."
    return quote(relative + "/" if there.endswith("/") or not there else relative)


class Tongue(NamedTuple):
    """A page in a language: its code, its name in that language, the page's address from the root, and in full."""

    lang: str
    name: str
    url: str
    full: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What the guard asks of a page of an archive.

    Attributes:
        says: words that its banner must say.
        visible: digest of its visible text, or "".
        gone: attachments that were lawfully removed, from the root: their pictures leave their words.
    """

    says: tuple[str, ...]
    visible: str = ""
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is frozen: digests of visible texts and of other files by path from the root, and what cannot be shown."""

    pages: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """What the picture of a shared page shows.

    Attributes:
        site: name of the site.
        title: of the page.
        line: one sentence under it.
        numbers: up to four numbers with their words.
        seasons: of the life: time of the year, and parts of the life, 0 to 1, at which each begins and ends.
    """

    site: str
    title: str
    line: str
    numbers: tuple[tuple[str, str], ...]
    seasons: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """A page for the engine.

    Attributes:
        path: source path, from the root of the site.
        title: shown as the first heading and in the browser; escaped wherever it is shown.
        kind: what the page is ("home", "community", "note"…): a class on its content.
        description: one sentence for search engines and shared links.
        head, tail: generated HTML, before and after the body.
        body: Markdown of members, or of the guide.
        toc: whether the table of contents is shown.
        source: path of the file to edit, from the root of the repository, or "".
        lang: language of the body, when it is not the site's.
        data: what the page is about, in the words of schema.org.
        tongues: the languages in which this page exists, with its address from the site's root in each; none when
            it exists in one only.
        banner: generated HTML that says that the page is archived, or "".
        proof: what the guard asks of a page of an archive.
        indexed: whether search engines may list it.
        picture: path of the picture that goes with it when it is shared, from the root of the site, or "".
        ours: whether the title is one of our words, in the language of the screens whatever that of the body.
        of: title of the community that the page is of, or "" for a page of the site and for a community's own.
    """

    path: str
    title: str
    kind: str
    description: str = ""
    head: str = ""
    tail: str = ""
    body: str = ""
    toc: bool = False
    source: str = ""
    lang: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    tongues: tuple[Tongue, ...] = ()
    banner: str = ""
    proof: Proof | None = None
    indexed: bool = True
    picture: str = ""
    ours: bool = False
    of: str = ""

    def text(self, unit: str) -> str:
        """Return the file as the engine reads it."""
        meta: dict[str, Any] = {
            "title": self.title,
            "description": self.description,
            "unit": unit,
            "kind": self.kind,
            "head": self.head,
            "tail": self.tail,
            "source": self.source,
            "lang": self.lang,
        }
        if self.data:
            # Within an element of script: no sign of HTML may stay.
            described = json.dumps({"@context": "https://schema.org", **self.data}, ensure_ascii=False)
            meta["ld"] = described.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        if self.tongues:
            meta["tongues"] = [tongue._asdict() for tongue in self.tongues]
        if self.banner:
            meta["banner"] = self.banner
        if self.picture:
            meta["picture"] = self.picture
        if self.ours and self.lang:
            meta["ours"] = True
        if self.of:
            meta["of"] = self.of
        if not self.indexed:
            meta["robots"] = "noindex"
        if not self.toc:
            meta["hide"] = ["toc"]
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in meta.items()]
        return "---\n" + "\n".join(lines) + "\n---\n\n" + self.body


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation: a link, a title over children, or both; with its language when it is not the screens'."""

    title: str
    url: str = ""
    children: tuple[NavItem, ...] = ()
    linked: bool = True
    lang: str = ""


ROOT_MARK = "@/"
"""Stands for the site's root in the navigation's HTML; each page puts its own way there (theme/partials/nav.html)."""


def navigation(items: Iterable[NavItem]) -> str:
    """Return the HTML of a navigation, the same for every page of a community, whatever its depth."""
    lines = ['<ul class="cdp-nav__list">']
    for item in items:
        title = escape(item.title).replace("@", Markup("&#64;"))
        tongue = f' lang="{item.lang}"' if item.lang else ""
        if item.linked:
            lines.append(f'<li><a class="cdp-nav__link" href="{ROOT_MARK}{quote(item.url)}"{tongue}>{title}</a>')
        else:
            lines.append(f'<li><span class="cdp-nav__title"{tongue}>{title}</span>')
        if item.children:
            lines.append(navigation(item.children))
        lines.append("</li>")
    lines.append("</ul>")
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is rendered together and cached as one: a community, or the pages of the site itself.

    Attributes:
        name: slug of the community, or "" for the site.
        pages: staged pages.
        attachments: paths of files to publish as they are, from the root of the repository.
        nav: what the navigation shows beside the site's sections.
        lang: language of the screens around its pages; the site's when empty.
        label: what a result of a search says of it.
        files: generated files of its own by path, such as the calendar and the feed of an archive, which stay.
        part: for the site's own pages, which of them these are; another for each such unit.
    """

    name: str
    pages: tuple[Staged, ...]
    attachments: tuple[str, ...] = ()
    nav: tuple[NavItem, ...] = ()
    lang: str = ""
    label: Label = field(default_factory=Label)
    files: Mapping[str, bytes] = field(default_factory=dict)
    part: str = ""


@dataclass(frozen=True)
class Later:
    """A unit that is staged only when the cache does not know what it is made of.

    Attributes:
        name, part: as in :class:`Unit`.
        inputs: digest of everything that its staged pages depend on, but for cdp and its theme.
        lang: as in :class:`Unit`.
        stage: makes it.
    """

    name: str
    inputs: str
    lang: str
    stage: Callable[[], Unit]
    part: str = ""

    @cached_property
    def unit(self) -> Unit:
        """The unit, staged."""
        return self.stage()

    @property
    def pages(self) -> tuple[Staged, ...]:
        """Its staged pages."""
        return self.unit.pages

    @property
    def attachments(self) -> tuple[str, ...]:
        """Its files to publish as they are."""
        return self.unit.attachments

    @property
    def nav(self) -> tuple[NavItem, ...]:
        """Its navigation."""
        return self.unit.nav

    @property
    def label(self) -> Label:
        """What a result of a search says of it."""
        return self.unit.label

    @property
    def files(self) -> Mapping[str, bytes]:
        """Its generated files by path."""
        return self.unit.files


@dataclass(frozen=True)
class Site:
    """Everything that is published.

    Attributes:
        units: the site's own first, once for each of its languages, staged as they are asked for.
        sections: for each language, the navigation's few entries that every page shows.
        footer: for each language, the entries at the foot of every page, after the sections.
        made: makes the generated files, when they are asked for: pages can be rendered meanwhile.
        script: the only script that a form may hold.
        shelf: what is frozen.
        pictures: pictures to draw, by path.
        whole: whether these are the pages of all communities.
    """

    units: Iterable[Unit | Later]
    sections: Mapping[str, tuple[NavItem, ...]] = field(default_factory=dict)
    footer: Mapping[str, tuple[NavItem, ...]] = field(default_factory=dict)
    made: Callable[[], Mapping[str, bytes]] = dict
    script: str = ""
    shelf: Shelf = field(default_factory=Shelf)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    whole: bool = True

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Generated files by path, such as ``communities.json``, feeds, calendars, and the forms of open surveys."""
        return self.made()
