"""The last look at the pages of archives: shown as they were frozen, under their banner, to read only.

Fails closed: what keeps a reader from reading what was frozen stops the publication, wherever it comes from (a style, a
template, a record that does not say what the page says). The theme's programs are not judged: a theme of one's own has
its author's trust.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.archive import visible
from cdp.engine import reading
from cdp.engine.guard import GuardError
from cdp.links import address as url
from cdp.site.staging import Proof, Shelf
from cdp.text import T, Text

TEXT = "[data-cdp-frozen]"
BANNER = ".cdp-frozen"
_OPEN = frozenset({"-document", "html", "body", "div", "main", "article", "section", "header", "h1"})
"""Elements that show what is in them, whatever the browser: nothing else stands around a frozen text."""
_CLOSING = frozenset({"hidden", "inert", "popover", "slot"})
"""Attributes that hide an element, or place it elsewhere."""


def check(html: str, path: str, proof: Proof, edit: str, styles: Mapping[str, str]) -> None:
    """Raise unless the page of an archive shows its banner and, for a note, the text that was frozen.

    Args:
        html: finished.
        path: source path of the page, for the message.
        proof: what it must show.
        edit: address before the path of a file to edit, or "".
        styles: texts of the theme's styles by path from the theme.

    Raises:
        GuardError: with every reason.
    """
    tree = LexborHTMLParser(html)
    reasons = [T("{path} : {what}", path=path, what=what) for what in _faults(tree, proof, edit, styles)]
    if reasons:
        raise GuardError(reasons)


def check_shelf(shelf: Shelf, pages: Mapping[str, str], attachments: Sequence[str]) -> None:
    """Raise unless every page and every file that is frozen has its place on the site.

    Args:
        shelf: what is frozen.
        pages: digests of the texts that were looked at, by source path.
        attachments: paths of the files that are published.

    Raises:
        GuardError: with every reason.
    """
    reasons = list(shelf.lost)
    reasons += [
        T("{path} : cette page archivée n'est pas publiée", path=path)
        for path, digest in sorted(shelf.pages.items())
        if pages.get(path) != digest
    ]
    reasons += [
        T("{path} : ce fichier archivé n'est pas publié", path=path)
        for path in sorted(set(shelf.files) - set(attachments))
    ]
    if reasons:
        raise GuardError(reasons)


def check_file(shelf: Shelf, path: str, digest: str) -> None:
    """Raise when a frozen file is not what it was.

    Raises:
        GuardError: it is another.
    """
    if shelf.files.get(path, digest) != digest:
        raise GuardError([T("{path} : ce fichier n'est plus celui qui a été archivé", path=path)])


_PICTURE = re.compile(r'<img\b(?:[^<>"]++|"[^"]*+")*+>')
_SOURCE = re.compile(r'\s+src="([^"]*)"')


def without_pictures(html: str, path: str, gone: Collection[str]) -> str:
    """Return a page of an archive whose pictures that were lawfully removed leave their words, and look for no file.

    Args:
        html: finished.
        path: source path of the page.
        gone: files that were removed, from the root.
    """

    def left(match: re.Match[str]) -> str:
        source = _SOURCE.search(match[0])
        target = unquote(unescape(source[1])) if source is not None else ""
        # The engine leaves as it is the address of a file that it does not know.
        places = (posixpath.normpath(posixpath.join(folder, target)) for folder in (posixpath.dirname(path), url(path)))
        if source is None or not set(places) & set(gone):
            return match[0]
        return match[0].replace(source[0], ' class="cdp-gone"', 1)

    return _PICTURE.sub(left, html)


def styles(theme: Path) -> dict[str, str]:
    """Return the texts of a theme's styles by path from its folder."""
    return {
        path.relative_to(theme).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(theme.rglob("*.css"))
        if path.is_file() and not path.relative_to(theme).as_posix().startswith(("deck/", "survey/", "kit/", "pages/"))
    }


def _faults(tree: LexborHTMLParser, proof: Proof, edit: str, styles: Mapping[str, str]) -> Iterator[Text]:
    texts, banners = tree.css(TEXT), tree.css(BANNER)
    if proof.visible and (len(texts) != 1 or visible.digest(visible.words(_inside(texts[0]))) != proof.visible):
        yield T("le texte n'est plus celui qui a été archivé")
    shown = visible.words(_inside(banners[0])) if len(banners) == 1 else ""
    if not shown or not all(_said(words) in shown for words in proof.says):
        yield T("le bandeau des archives manque, ou ne dit pas tout")
    for link in tree.css("a[href]"):
        attributes = link.attributes
        ours = edit and unquote(attributes["href"] or "").startswith(unquote(edit))
        if (ours or "edit" in (attributes.get("rel") or "").split()) and not _within(link, texts):
            yield T("un lien mène à la modification d'une archive")
    kept = [*texts, *banners, *(title for title in tree.css("h1") if not _within(title, texts))]
    for node in kept:
        for around in (node, *_above(node)):
            attributes = around.attributes
            if around.tag not in _OPEN or _CLOSING & set(attributes) or attributes.get("aria-hidden") == "true":
                yield T("une archive est cachée (élément « {what} »)", what=around.tag)
    if tree.css_matches("template[shadowrootmode]"):
        yield T("une archive est cachée (élément « {what} »)", what="template")
    for link in tree.css("link[rel~=stylesheet]"):
        address = urlsplit(link.attributes.get("href") or "").path.lstrip("./")
        if not (address.startswith("assets/stylesheets/") or _ends(address, styles)):
            yield T("une feuille de style n'est pas du thème : {what}", what=address)
    yield from reading.faults(tree, kept, styles)


_said = lru_cache(maxsize=1 << 10)(visible.words)


def _ends(address: str, paths: Mapping[str, str]) -> bool:
    return any(address == path or address.endswith(f"/{path}") for path in paths)


def _inside(node: LexborNode) -> str:
    return node.inner_html or ""


def _above(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _within(node: LexborNode, others: Sequence[LexborNode]) -> bool:
    places = {other.mem_id for other in others}
    return any(above.mem_id in places for above in _above(node))
