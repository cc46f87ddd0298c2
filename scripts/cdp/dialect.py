"""The Markdown that members write: its extensions, its anchors, its links.

One list of extensions serves the engine and the rules, so that a link is judged as it will be published.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

EXTENSIONS: tuple[str, ...] = (
    "toc",
    "tables",
    "markdown.extensions.abbr",
    "markdown.extensions.admonition",
    "markdown.extensions.attr_list",
    "markdown.extensions.def_list",
    "markdown.extensions.footnotes",
    "pymdownx.details",
    "pymdownx.superfences",
    "pymdownx.tasklist",
    "cdp.sanitize",
)
"""Extensions, by module: a short name would be looked up among the installed packages for each page.

The first two keep theirs, which MkDocs adds by itself.
"""

# Snippets, b64 and other extensions that read files are left out: with snippets on, the contact bank is one line
# away from the web (CVE-2023-32309 and its successors).


def slugify(text: str, separator: str = "-") -> str:
    """Return the anchor of a heading: ASCII, lower case, œ as oe, the median dot dropped.

    >>> slugify("L’été des participant·e·s : cœur & œuvre")
    'l-ete-des-participantes-coeur-oeuvre'
    """
    for ligature, letters in (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("·", "")):
        text = text.replace(ligature, letters)
    words = "".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", separator, words).strip(separator)


def options(lang: str) -> dict[str, dict[str, Any]]:
    """Return the options of the extensions, as Python-Markdown takes them."""
    return {
        "tables": {"use_align_attribute": True},
        "toc": {
            "permalink": True,
            "permalink_title": {"fr": "Lien vers cette partie"}.get(lang, "Link to this part"),
            "slugify": slugify,
        },
        "markdown.extensions.footnotes": {
            "BACKLINK_TITLE": {"fr": "Retour à la note {} dans le texte"}.get(lang, "Back to note {} in text")
        },
        "cdp.sanitize": {"lang": lang},
    }


_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_ATTRIBUTE_LIST = re.compile(r"\{:?[ \t]*([^}\n]*?)[ \t]*\}")
_EXPLICIT_ID = re.compile(r"(?:^|\s)#([^\s.}]+)")


def has_anchor(body: str, anchor: str) -> bool:
    """Tell whether a page has an id: at a glance where a heading shows it, else by publishing the page."""
    return anchor in _evident_anchors(body) or anchor in anchors(body)


@lru_cache(maxsize=1024)
def _evident_anchors(body: str) -> frozenset[str]:
    """Return the ids of plain headings; a heading with an id of its own, or written twice, is left to ``anchors``."""
    found = []
    for match in _HEADING.finditer(without_code(body)):
        attributes = _ATTRIBUTE_LIST.search(match[1])
        if attributes is None and not set(match[1]) & set("[<`&"):
            found.append(slugify(match[1]))
        elif attributes is not None and (own := _EXPLICIT_ID.search(attributes[1])):
            found.append(own[1])
    return frozenset(found)


@lru_cache(maxsize=1024)
def anchors(body: str) -> frozenset[str]:
    """Return the ids that a page has once published, by publishing it."""
    from markdown import Markdown

    markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=options("fr"))
    return frozenset(re.findall(r'\bid="([^"]+)"', markdown.convert(body)))


class Link(NamedTuple):
    """A link or an image in a Markdown text.

    Attributes:
        kind: "link" or "image".
        target: destination as written, without its title, percent-decoded.
        label: text of the link, alternative text of the image.
        line: 1-based, within the body.
        column: 1-based.
    """

    kind: Literal["link", "image"]
    target: str
    label: str
    line: int
    column: int


_FENCED = re.compile(r"^([ \t>]*)(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*\2[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INDENTED = re.compile(r"(?:\A|(?<=\n\n))((?: {4}|\t)[^\n]*(?:\n|\Z))+")
_INLINE = re.compile(
    r"(?<!\\)\]\([ \t]*(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))*))"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>[^\]^\n][^\]\n]*)\]:[ \t]*\n?[ \t]*<?(?P<target>[^\s>]+)>?", re.MULTILINE)
_HTML = re.compile(r"<(?P<tag>a|img)\b(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_HTML_ATTRIBUTE = re.compile(r"\b(href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


@lru_cache(maxsize=1024)
def links(body: str) -> tuple[Link, ...]:
    """Return the links and images of a Markdown text, in order; those in code and comments do not count."""
    if "](" not in body and "]:" not in body and "<" not in body:
        return ()
    text = without_code(body)
    found: list[tuple[int, Literal["link", "image"], str, str]] = []
    for match in _INLINE.finditer(text):
        start = _opening_bracket(text, match.start())
        if start < 0:
            continue
        image = start > 0 and text[start - 1] == "!" and text[start - 2 : start - 1] != "\\"
        target = match["angle"] if match["angle"] is not None else match["bare"]
        label = text[start + 1 : match.start()]
        found.append((start - image, "image" if image else "link", re.sub(r"\\(.)", r"\1", target), label))
    for match in _DEFINITION.finditer(text):
        found.append((match.start(), "link", match["target"], match["label"]))
    if "<" in text:
        found.extend(_html_links(text))
    found.sort(key=lambda item: item[0])
    result = []
    line, counted = 1, 0
    for at, kind, target, label in found:
        line += text.count("\n", counted, at)
        counted = at
        result.append(Link(kind, unquote(target.strip()), label.strip(), line, at - text.rfind("\n", 0, at)))
    return tuple(result)


def _html_links(text: str) -> list[tuple[int, Literal["link", "image"], str, str]]:
    found: list[tuple[int, Literal["link", "image"], str, str]] = []
    for match in _HTML.finditer(text):
        given = {name.lower(): a or b or c for name, a, b, c in _HTML_ATTRIBUTE.findall(match["attributes"])}
        if match["tag"].lower() == "img" and "src" in given:
            found.append((match.start(), "image", given["src"], given.get("alt", "")))
        elif match["tag"].lower() == "a" and "href" in given:
            found.append((match.start(), "link", given["href"], given["href"]))
    return found


def without_code(body: str) -> str:
    """Return the text with code and comments blanked, every other character in its place."""
    if "```" in body or "~~~" in body:
        body = _FENCED.sub(_blank, body)
    if "`" in body:
        body = _CODE.sub(_blank, body)
    if "<!--" in body:
        body = _COMMENT.sub(_blank, body)
    if "\n\n    " in body or "\n\n\t" in body or body.startswith("    "):
        body = _INDENTED.sub(lambda match: match[0] if _in_container(body, match.start()) else _blank(match), body)
    return body


_CONTAINER = re.compile(r"[ ]{0,3}(?:[-*+] |\d+[.)] |!!! |\?\?\?\+? |: |\[\^)")


def _in_container(body: str, start: int) -> bool:
    """Tell whether an indented block continues a list, an admonition, a definition or a footnote."""
    before = [line for line in body[:start].split("\n") if line and not line.startswith(("    ", "\t"))]
    return bool(before) and _CONTAINER.match(before[-1]) is not None


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _opening_bracket(text: str, end: int) -> int:
    """Return where the bracket that closes at ``end`` opens, or -1; a paragraph's end stops the search."""
    depth = 0
    lowest = max(0, text.rfind("\n\n", 0, end), end - 2000)
    for index in range(end, lowest - 1, -1):
        character = text[index]
        if character not in "[]" or text[index - 1 : index] == "\\":
            continue
        depth += 1 if character == "]" else -1
        if depth == 0:
            return index
    return -1


_RUNS = re.compile(r"([\[\](){}<>*_`~!&\\])\1{199}")
_NESTED_QUOTE = re.compile(r"^(?:[ \t]*>){13}", re.MULTILINE)
_NESTED_LIST = re.compile(r"^[ \t]{60,}(?:[-*+]|\d+[.)]) |^(?:[ \t]*(?:[-*+]|\d+[.)])[ \t]){13}", re.MULTILINE)
_DECLARATION = re.compile(r"<[!?](?!--)")


def entangled(body: str) -> int:
    """Return the 1-based line of a text so nested that it would stop the engine, or 0.

    Python-Markdown takes more than 20 s for 20 KiB of ``[`` and overflows on 300 nested lists; people never
    write such texts.
    """
    for pattern in (_RUNS, _NESTED_QUOTE, _NESTED_LIST):
        match = pattern.search(body)
        if match is not None:
            return body.count("\n", 0, match.start()) + 1
    if body.count("<!") + body.count("<?") > 50:
        declarations = list(_DECLARATION.finditer(body))
        if len(declarations) > 50:
            return body.count("\n", 0, declarations[50].start()) + 1
    if body.count("[") > 5000 or body.count("<") > 20000:
        return 1
    return 0
