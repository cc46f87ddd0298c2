"""The pages of a community as one book: chapters in order, links from one to the other, pictures with them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.links import address as url
from cdp.model.community import Community

_LEFT_OUT = ".cdp-crumbs, .headerlink, .cdp-around, .cdp-changed, .cdp-cite, .cdp-seal, .cdp-edit, .cdp-pager, .cdp-sign, script, style, svg"
_PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "avif")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page of the book.

    Attributes:
        name: file name without its ending, unique.
        title: as on the site.
        html: of its content, whose links lead to other chapters (``name.xhtml#part``) or outside.
        pictures: paths of the pictures that it shows, in the folder.
    """

    name: str
    title: str
    html: str
    pictures: tuple[str, ...]


def chapters(community: Community, folder: Mapping[str, bytes]) -> list[Chapter]:
    """Return the chapters of a book, what was chosen as the legacy first.

    Args:
        community: an archive.
        folder: its pages to open offline (see ``offline.pages``).
    """
    order = [path for path in _order(community) if path in folder]
    names = {path: f"p{number:03d}" for number, path in enumerate(order, 1)}
    found = []
    for index, path in enumerate(order):
        tree = LexborHTMLParser(folder[path].decode())
        page = tree.css_first(".cdp-page")
        if page is None:
            continue
        for node in tree.css(_LEFT_OUT):
            node.decompose()
        # The banner is told once; what was changed or added since, on each page that it is about.
        for node in page.css(".cdp-frozen__first, .cdp-frozen__facts") if index else ():
            node.decompose()
        for node in page.css(".cdp-frozen"):
            if not node.text().strip():
                node.decompose()
        # The table of a chart is all that is left of it.
        for node in page.css(".cdp-figure summary"):
            node.decompose()
        for node in page.css(".cdp-figure details"):
            node.unwrap()
        for node in page.css("details"):
            node.attrs["open"] = ""
        pictures = tuple(_linked(page, path, names, folder))
        heading = page.css_first("h1")
        title = " ".join(heading.text().split()) if heading else community.title
        found.append(Chapter(names[path], title, page.inner_html or "", pictures))
    return found


def _order(community: Community) -> Iterator[str]:
    """Yield the pages of a book: the community, its story, what it leaves, the rest."""
    legacy = [item.path for item in community.legacy.values() if item.choice != "remove"]
    sources = ["index.md", "celebrations/index.md", "review.md", *legacy]
    sources += [page.path for page in community.notes]
    sources += [page.path for page in (*community.reviews, *community.meetings, *community.surveys)]
    yield from (f"{url(path)}index.html" for path in dict.fromkeys(sources) if path.endswith(".md"))


def whole(found: Sequence[Chapter]) -> str:
    """Return the chapters as one page: each id and link says of which chapter."""
    parts = []
    for chapter in found:
        tree = LexborHTMLParser(f'<body><section class="chapter" id="{chapter.name}">{chapter.html}</section></body>')
        for node in tree.css("section.chapter [id]"):
            node.attrs["id"] = f"{chapter.name}-{node.attributes.get('id')}"
        for node in tree.css("a[href]"):
            name, dot, rest = (node.attributes.get("href") or "").partition(".xhtml")
            if dot and not rest.strip("#"):
                node.attrs["href"] = f"#{name}"
            elif dot:
                node.attrs["href"] = f"#{name}-{rest[1:]}"
            elif name.startswith("#"):
                node.attrs["href"] = f"#{chapter.name}-{name[1:]}"
        parts.append(tree.body.inner_html or "" if tree.body is not None else "")
    return "".join(parts)


def _linked(page: LexborNode, path: str, names: Mapping[str, str], folder: Mapping[str, bytes]) -> Iterator[str]:
    """Turn the links of a page to those of the book; yield the pictures that it shows."""
    for node in page.css("a[href], img[src]"):
        name = "href" if node.tag == "a" else "src"
        parts = urlsplit(node.attributes.get(name) or "")
        if parts.scheme or parts.netloc:
            continue
        target = (
            posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path))) if parts.path else path
        )
        if name == "src":
            if target in folder and target.rpartition(".")[2].lower() in _PICTURES:
                node.attrs["src"] = quote(f"media/{target}")
                yield target
            else:
                node.decompose()
        elif target in names:
            node.attrs["href"] = f"{names[target]}.xhtml" + (f"#{parts.fragment}" if parts.fragment else "")
        elif (alone := _alone(node)) is not None:
            alone.decompose()
        else:
            del node.attrs["href"]


def _alone(node: LexborNode) -> LexborNode | None:
    """Return the paragraph of the site of which a link is all: without the page to which it leads, it says nothing."""
    paragraph = node.parent
    if paragraph is None or paragraph.tag != "p" or paragraph.text().strip() != node.text().strip():
        return None
    above: LexborNode | None = paragraph
    while above is not None and "data-cdp-frozen" not in above.attributes:
        above = above.parent
    return paragraph if above is None else None
