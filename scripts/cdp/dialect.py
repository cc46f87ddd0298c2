"""The Markdown that members write: its extensions and its anchors.

One list of extensions serves the engine and the rules, so that a link is judged as it will be published.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape
from typing import Any

from cdp.prose import without_code, without_raw_html

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
    "cdp.terms",
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


_SAINT = re.compile(r"\bs(te?s?)\b\.?(?=[\s-]+\w)", re.IGNORECASE)


def spelled(name: str) -> str:
    """Return a name for comparing, with « St » and « Ste » spelled out as people do elsewhere.

    >>> spelled("Bas-St-Laurent"), spelled("Ste. Thérèse"), spelled("Est")
    ('Bas-saint-Laurent', 'sainte Thérèse', 'Est')
    """
    return _SAINT.sub(r"sain\1", name)


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


_EVIDENT = re.compile(r"#{1,6}[ \t]+(?P<words>[^#\s].*+)")
_OWN_ID = re.compile(r":?[ ]*+#(?P<id>[^\s.}#\"'=_][^\s.}#\"'=]*+)[ ]*+")


def has_anchor(body: str, anchor: str) -> bool:
    """Tell whether a page has an id: at a glance where a heading shows it, else by publishing the page.

    A page that takes too long to publish gets the benefit of the doubt.
    """
    if anchor in _evident_anchors(body):
        return True
    published = _published_anchors(body)
    return published is None or anchor in published


@lru_cache(maxsize=1024)
def _evident_anchors(body: str) -> frozenset[str]:
    """Return the ids of plain headings; a heading with markup, or written twice, is left to ``anchors``."""
    found = []
    prose = without_raw_html(without_code(body))
    for line, written in zip(prose.split("\n"), body.split("\n"), strict=True):
        match = _EVIDENT.match(line)
        if match is None:
            continue
        words = match["words"].rstrip()
        if words.endswith("}") and (opening := words.rfind("{")) > 0 and words[opening - 1] == " ":
            own = _OWN_ID.fullmatch(words, opening + 1, len(words) - 1)
            if own is not None and written.count("{") == 1 and "`" not in written:
                found.append(own["id"])
        elif not set(written) & set("[<`&*_\\{"):
            found.append(slugify(words))
    return frozenset(found) - {""}


def anchors(body: str) -> frozenset[str]:
    """Return the ids that a page has once published, by publishing it; none when that takes too long."""
    return _published_anchors(body) or frozenset()


@lru_cache(maxsize=1024)
def _published_anchors(body: str) -> frozenset[str] | None:
    from markdown import Markdown

    from cdp.sanitize import TooLong, disarm

    configuration = {**options("fr"), "cdp.sanitize": {"lang": "fr", "limit": 1.0}}
    markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=configuration)
    try:
        html = markdown.convert(body)
    except (TooLong, RecursionError):
        return None
    finally:
        disarm()
    return frozenset(unescape(value) for value in re.findall(r'\bid="([^"]+)"', html))
