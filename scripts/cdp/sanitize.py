"""HTML of members made harmless: a Python-Markdown extension on nh3.

It runs in every engine, because Python-Markdown extensions do and plugins do not (design, "The site engine can
be swapped"). What is allowed is the list of `cdp.markup` and nothing else; the guard checks that the extension ran.
"""

from __future__ import annotations

import re
import signal
import threading
from types import FrameType
from typing import Any
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from cdp.links import impossible
from cdp.markup import ATTRIBUTES, SCHEMES, TAGS

TIME_LIMIT = 5.0
"""Seconds that one page may take to become HTML; more means a text made to stop the build."""

_RESERVED_CLASS = re.compile(r"(?:md-|cdp-)(?!button(?:--primary)?$)", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN = re.compile(r"[^<>&\0\r\xa0]*+")
"""Text that the cleaner leaves as it is: most headings, which are cleaned by themselves for the table of contents."""
_ALIGNED = re.compile(r'(<t[dh]\b(?:[^<>"]|"[^"]*")*?) align="')
_TASK = re.compile(r'<input(?=[^>]*\btype="checkbox")([^>]*)>')
_LENGTH = re.compile(r"[1-9][0-9]{0,3}|(?:[1-9][0-9]?|100)%")
"""What a picture can be on a page: points or a part of it, and nothing that only an attacker or a slip would write."""
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*+:|//", re.IGNORECASE)
_NAMES = {"fr": ("fait", "à faire"), "en": ("done", "to do")}


def clean(html: str, lang: str = "fr") -> str:
    """Return ``html`` reduced to the safe list.

    Ids that begin with two underscores are dropped (the theme's own, `__config`, would be taken over), so are the
    theme's classes (a note could cover the page) and images of other hosts (they tell who reads what). Task boxes
    become marks with a name: a disabled input has none. HTML has no ``align`` any more, and the site's policy no inline
    style: the alignment of a cell is data, for the style sheet.
    """
    if _PLAIN.fullmatch(html):
        return html
    safe = _CLEANER.clean(html)
    if ' align="' in safe:
        safe = _ALIGNED.sub(r'\1 data-align="', safe)
    if "<input" not in safe:
        return safe
    done, todo = _NAMES.get(lang, _NAMES["fr"])

    def mark(match: re.Match[str]) -> str:
        checked = "checked" in match[1]
        name, state = (done, "done") if checked else (todo, "todo")
        return f'<span class="cdp-task cdp-task--{state}" role="img" aria-label="{name}"></span>'

    return _TASK.sub(mark, safe)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "input":
        # Only a box remains of it, which ``clean`` replaces: no value of a member may lie inside.
        return value if name in ("type", "checked") else None
    if name == "id":
        return None if value.startswith("__") else value
    if name == "class":
        kept = [word for word in value.split() if not _RESERVED_CLASS.match(word)]
        return " ".join(kept) or None
    if name in ("width", "height"):
        return value if _LENGTH.fullmatch(value) else None
    if name == "src":
        return None if _ELSEWHERE.match(_as_browsers_read(value)) else value
    if name == "href":
        read = _as_browsers_read(value)
        scheme = _SCHEME.match(read)
        return None if read.startswith("//") or (scheme and scheme[1].lower() not in SCHEMES) else value
    return value


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    attribute_filter=_attribute,
    url_schemes=set(SCHEMES),
    set_tag_attribute_values={"input": {"type": "checkbox"}},
    link_rel=None,
)

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def _as_browsers_read(address: str) -> str:
    r"""Return an address without the characters that browsers skip; they read ``\\`` as ``/``."""
    return re.sub(r"[\x00-\x20]", "", address).replace("\\", "/")


class TooLong(Exception):  # noqa: N818 - reads as what happened
    """A page took more than TIME_LIMIT seconds to become HTML."""


class _Start(Preprocessor):
    def __init__(self, md: Markdown, limit: float, sanitise: _Sanitise) -> None:
        super().__init__(md)
        self.limit = limit
        self.sanitise = sanitise

    def run(self, lines: list[str]) -> list[str]:
        self.sanitise.last = False
        _arm(self.limit or TIME_LIMIT)
        return lines


class _Attributes(Treeprocessor):
    """Comes before the table of contents and the engine's own reading of addresses.

    A heading whose id would be dropped gets one that its links can reach; a link whose address no engine can read becomes its words.
    No level of headings is skipped, so that people who go from heading to heading do not look for one that is not there.
    """

    def run(self, root: Element) -> None:
        above: list[tuple[str, int]] = []
        for heading in root.iter():
            if heading.tag not in _HEADINGS:
                continue
            while above and above[-1][0] >= heading.tag:
                above.pop()
            # The page's own title is the first.
            level = min(int(heading.tag[1]), (above[-1][1] if above else 1) + 1)
            above.append((heading.tag, level))
            heading.tag = f"h{level}"
        for element in root.iter():
            if element.get("id", "").startswith("__"):
                del element.attrib["id"]
            for name in ("href", "src"):
                if "[" in element.get(name, "") and impossible(element.get(name, "")):
                    element.tag, element.text = "span", element.get("alt") or element.text
                    element.attrib.clear()


class _Trees(Treeprocessor):
    """Comes after all the others: what follows is the HTML of the whole page, no longer of a heading."""

    def __init__(self, md: Markdown, sanitise: _Sanitise) -> None:
        super().__init__(md)
        self.sanitise = sanitise

    def run(self, root: Element) -> None:
        self.sanitise.last = True


class _Sanitise(Postprocessor):
    def __init__(self, md: Markdown, lang: str) -> None:
        super().__init__(md)
        self.lang = lang
        self.last = False

    def run(self, text: str) -> str:
        if self.last:
            _arm(0)
        return clean(text, self.lang)


def _arm(seconds: float) -> None:
    """Start or stop the watch, where the system and the thread allow one."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        if seconds:
            signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN if seconds else 0)


def disarm() -> None:
    """Stop the watch after a conversion that failed: it would ring in the middle of something else."""
    _arm(0)


_AGAIN = 0.25
"""Seconds after which the watch rings again: some extensions catch every exception, and go on."""


def _stop(_signal: int, frame: FrameType | None) -> None:
    """Stop the conversion; one that has failed already is left, and the watch stops."""
    while frame is not None:
        if frame.f_code is Markdown.convert.__code__:
            raise TooLong
        frame = frame.f_back
    _arm(0)


class SanitiseExtension(Extension):
    """Runs last on the HTML of a page, after raw HTML was put back."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "lang": ["fr", "language of the names given to task boxes"],
            "limit": [0.0, "seconds that a page may take; 0 for TIME_LIMIT"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register the watch first and the sanitiser last."""
        sanitise = _Sanitise(md, self.getConfig("lang"))
        md.preprocessors.register(_Start(md, self.getConfig("limit"), sanitise), "cdp-start", 10_000)
        md.treeprocessors.register(_Attributes(md), "cdp-attributes", 7)  # between attr_list (8) and toc (5)
        md.treeprocessors.register(_Trees(md, sanitise), "cdp-trees", -10_000)
        md.postprocessors.register(sanitise, "cdp-sanitise", -10_000)


def makeExtension(**kwargs: Any) -> SanitiseExtension:  # noqa: N802 - Python-Markdown's name
    """Return the extension, for ``markdown_extensions: [cdp.sanitize]``."""
    return SanitiseExtension(**kwargs)
