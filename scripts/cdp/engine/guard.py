"""The last look at the HTML before it is published: fails closed on anything foreign.

The sanitiser makes members' texts harmless; this module does not trust that it ran. It knows the theme's own
scripts from reference pages that hold no word of a member, and allows nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cdp.site.staging import href
from cdp.survey.page import policy
from cdp.text import T, Text

CANARY_TEXT = """cdp-canary-start <script>cdpCanary()</script> <b onclick="cdpCanary()">x</b> [x](javascript:cdpCanary()) <iframe src="x"></iframe>
text
{ #__config }

<form><input name="x"></form> cdp-canary-end
"""

_HASHES = "cdp-script-hashes"
_TOGGLES = ("__drawer", "__search")
"""The theme's boxes: HTML allows no ``autocomplete`` on them, and no block of its template holds them."""
_HANDLER = re.compile(r"[\s\"'/]on[a-z]++\s*+=", re.IGNORECASE)
_SCHEME = re.compile(r"(?:javascript|data|vbscript|file|blob):", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*+:|//", re.IGNORECASE)
_OWN_SCRIPT = re.compile(
    r"(?:\./|/(?:[\w.~%-]+/)*|(?:\.\./)*)(?:assets/javascripts/(?:[\w-]+/)*|javascripts/cdp)[\w.-]*\.js"
)
_SKIPPED = re.compile(r"[\x00-\x20]")
_ADDRESSES = ("href", "src", "action", "formaction", "poster", "srcset", "xlink:href", "background", "data", "ping")
_NEVER = frozenset({"iframe", "frame", "object", "embed", "base", "applet", "portal", "style"})
_FIELDS = frozenset({"form", "input", "button", "select", "textarea"})
_FETCHING = frozenset({"link", "img", "source", "video", "audio", "track", "use", "image"})
_SUSPECT = ", ".join(
    (
        *("meta[http-equiv]", "script", "[style]", "[srcdoc]", "[id^=__]", "[name^=__]"),
        *("svg a", "svg animate", "svg set"),
        *sorted(_NEVER | _FIELDS | _FETCHING),
        *(f'[{name}*=":"]' for name in _ADDRESSES if ":" not in name),
    )
)
"""Elements that may be foreign; an address that holds a scheme has a colon, and most of a page have none."""
_MARKDOWN_LINK = re.compile(r'(<a\b[^<>]*?\shref=")([^"#:?]*\.md)(#[^"]*)?(")')


class GuardError(Exception):
    """Something foreign is in the HTML: nothing is published.

    Attributes:
        reasons: what, and on which page.
    """

    def __init__(self, reasons: Sequence[Text]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return "\n".join(map(str, self.reasons))


def scripts(html: str) -> frozenset[str]:
    """Return the inline scripts of a page of the theme that holds no word of a member."""
    tree = LexborHTMLParser(_lean(html))
    return frozenset(node.text() for node in tree.css("script:not([src])") if _runs(node))


def finish(html: str, path: str, allowed: frozenset[str]) -> str:
    """Return the HTML with its script hashes and with the links to pages that the engine did not know.

    Args:
        html: as the engine wrote it.
        path: source path of the page.
        allowed: the theme's inline scripts at this depth.
    """
    html = _lean(html).replace(_HASHES, _policy(allowed), 1)
    for name in _TOGGLES:
        html = html.replace(f'id="{name}" autocomplete="off"', f'id="{name}"', 1)
    if ".md" not in html:
        return html
    folder = posixpath.dirname(path)

    def resolved(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, unquote(unescape(match[2]))))
        if target.startswith(("../", "/")):
            return match[0]
        return match[1] + href(path, target) + (match[3] or "") + match[4]

    return _MARKDOWN_LINK.sub(resolved, html)


def _lean(html: str) -> str:
    """Return a page without the blank lines that the theme's templates leave before the article, a fiftieth of it."""
    head, mark, rest = html.partition("<article")
    return re.sub(r"\n\s*\n", "\n", head) + mark + rest


@lru_cache(maxsize=64)
def _policy(allowed: frozenset[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in sorted(allowed))
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def check_canary(html: str) -> None:
    """Raise unless the canary page shows that the sanitiser ran.

    Raises:
        GuardError: it did not.
    """
    start, end = html.find("cdp-canary-start"), html.find("cdp-canary-end")
    between = html[start:end]
    if (
        start < 0
        or end < 0
        or "cdpCanary" in between
        or "__config" in between
        or "<form" in between
        or "<iframe" in between
    ):
        raise GuardError([T("le nettoyage du HTML n'a pas eu lieu : rien n'est publié")])


def check(html: str, path: str, allowed: frozenset[str]) -> LexborHTMLParser:
    """Return the tree of a page, or raise if it holds anything foreign.

    Args:
        html: finished.
        path: source path of the page, for the message.
        allowed: the theme's inline scripts at this depth.

    Raises:
        GuardError: with every reason.
    """
    tree = LexborHTMLParser(html)
    reasons = [T("{path} : {what}", path=path, what=what) for what in _foreign(tree, html, allowed)]
    if reasons:
        raise GuardError(reasons)
    return tree


def check_form(html: str, path: str, script: str, receiver: str) -> None:
    """Raise unless a page is one of our forms: one form, one style, our script, and nowhere else to send to.

    Args:
        html: the page.
        path: where it is published, for the message.
        script: the theme's script of forms.
        receiver: address that receives the answers, or "" when nothing does.

    Raises:
        GuardError: with every reason.
    """
    tree = LexborHTMLParser(html)
    reasons = [T("{path} : {what}", path=path, what=what) for what in _foreign_form(tree, script, receiver)]
    if reasons:
        raise GuardError(reasons)


_STILL = "default-src 'none'"
_MOVED_TAGS = frozenset({"html", "head", "meta", "title", "link", "body", "main", "h1", "p", "a"})


def check_moved(html: str, path: str) -> None:
    """Raise unless a page does nothing but lead from a former address to a page of this site.

    Raises:
        GuardError: when it holds anything else, or leads elsewhere.
    """
    tree = LexborHTMLParser(html)
    root = tree.root
    nodes = list(root.traverse(include_text=False)) if root is not None else []
    foreign = [
        node for node in nodes if node.tag not in _MOVED_TAGS or any(name.startswith("on") for name in node.attributes)
    ]
    refreshed = [node.attributes.get("content") or "" for node in tree.css('meta[http-equiv="refresh"]')]
    links = [node.attributes.get("href") or "" for node in tree.css("a")]
    to = refreshed[0].partition("url=")[2] if refreshed else ""
    policies = [(node.attributes.get("content") or "").removeprefix("0; url=") for node in tree.css("meta[http-equiv]")]
    if foreign or len(refreshed) != 1 or links != [to] or not to.startswith("../") or policies != [_STILL, to]:
        raise GuardError([T("« {path} » ne mène pas simplement à une page du site", path=path)])


def _foreign_form(tree: LexborHTMLParser, script: str, receiver: str) -> Iterator[Text]:
    found = tree.css("form")
    action = (found[0].attributes.get("action") or "") if len(found) == 1 else ""
    ours = action.startswith(f"{receiver}/") if receiver else not action or action.startswith("mailto:")
    if len(found) != 1 or not ours or tree.css("[formaction]"):
        yield T("le formulaire n'envoie pas au récepteur du site")
    styles = [node.text() for node in tree.css("style")]
    policies = [node.attributes.get("content") for node in tree.css("meta[http-equiv]")]
    if len(styles) != 1 or policies != [policy(styles[0], script, action.split("?")[0])]:
        yield T("la politique de sécurité manque ou a changé")
    if [node.text() for node in tree.css("script")] != [script] or tree.css("script[src]"):
        yield T("un programme n'est pas de ce thème")
    for node in tree.css("iframe, frame, object, embed, base, link, img, svg, video, audio, [style], [srcdoc], [src]"):
        yield T("l'élément « {what} » n'est pas permis", what=node.tag)
    for node in tree.root.traverse() if tree.root else ():
        for name, value in node.attributes.items():
            if name.lower().startswith("on"):
                yield T("l'attribut « {what} » n'est pas permis", what=name)
            if name == "href" and not re.fullmatch(r"#[^\s]*|(?:\.\./|fr/|en/)", value or ""):
                yield T("une ressource vient d'ailleurs : {what}", what=value)


def _foreign(tree: LexborHTMLParser, html: str, allowed: frozenset[str]) -> Iterator[Text]:
    policies = []
    # One selection of all that is looked at: each walks through the whole page.
    for node in tree.css(_SUSPECT):
        tag, attributes = node.tag or "", node.attributes
        equivalent = (attributes.get("http-equiv") or "").lower() if tag == "meta" else ""
        if equivalent == "content-security-policy":
            policies.append(attributes.get("content") or "")
        if tag == "script" and "src" in attributes:
            if not _OWN_SCRIPT.fullmatch(attributes["src"] or ""):
                yield T("un programme vient d'ailleurs : {what}", what=attributes["src"])
        elif tag == "script" and _runs(node) and node.text() not in allowed:
            yield T("un programme n'est pas de ce thème")
        if tag in _NEVER or equivalent == "refresh" or "style" in attributes or "srcdoc" in attributes:
            yield T("l'élément « {what} » n'est pas permis", what=tag)
        if tag in _FIELDS and (_within_article(node) or attributes.get("action")):
            yield T("l'élément « {what} » n'est pas permis", what=tag)
        reserved = [attributes.get(name) or "" for name in ("id", "name")]
        if any(value.startswith("__") for value in reserved) and _within_article(node):
            yield T("l'identifiant « {what} » est réservé", what=reserved[0] or reserved[1])
        if tag in _FETCHING and attributes.get("rel") != "canonical" and "hreflang" not in attributes:
            # Those two say where a page is, and fetch nothing.
            for target in _targets(attributes, ("href", "src", "srcset", "poster", "xlink:href")):
                if _ELSEWHERE.match(target):
                    yield T("une ressource vient d'ailleurs : {what}", what=target)
        if any(_SCHEME.match(target) for target in _targets(attributes, _ADDRESSES)):
            yield T("un lien exécute un programme")
    if len(policies) != 1 or f"script-src 'self' {_policy(allowed)};" not in policies[0]:
        yield T("la politique de sécurité manque ou a changé")
    if _HANDLER.search(html):
        for node in tree.root.traverse() if tree.root else ():
            for name in node.attributes:
                if name.lower().startswith("on"):
                    yield T("l'attribut « {what} » n'est pas permis", what=name)


def _targets(attributes: Mapping[str, str | None], names: Sequence[str]) -> Iterator[str]:
    r"""Yield the addresses of an element as browsers read them: blanks and controls dropped, ``\\`` as ``/``."""
    for name in names:
        value = attributes.get(name)
        if not value:
            continue
        for part in value.split(",") if name == "srcset" else [value]:
            yield _SKIPPED.sub("", part).replace("\\", "/")


def _runs(node: LexborNode) -> bool:
    """Tell whether a browser would run a script element, rather than keep it as data."""
    return (node.attributes.get("type") or "").lower() not in ("application/json", "application/ld+json")


def _within_article(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == "article":
            return True
        parent = parent.parent
    return False
