"""What a redaction may change: words. Dates, numbers, verdicts and addresses stay, and a page stays published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from cdp.archive import visible
from cdp.model.community import Community
from cdp.text import T, Text

_WORDS = frozenset(
    [
        *("title", "summary", "purpose", "scope", "out_of_scope", "contact", "text", "measure", "evidence"),
        *("explanation", "reason", "thanks", "network", "place", "why", "to", "link", "fr", "en"),
    ]
)
"""Keys whose value is somebody's words."""
_LEAVING = frozenset(
    [
        *("facilitators", "network_heads", "alumni", "authors", "comments", "links"),
        *("tags", "regions", "topics", "tools", "results", "needs"),
    ]
)
"""Lists of which an entry may go, since it points at somebody: nothing is added to them."""


def refusals(before: Community, after: Community, changed: Collection[str], lang: str) -> list[tuple[str, Text]]:
    """Return what a redaction changes of an archive beyond words: path from the root, and why it is refused.

    Args:
        before: the archive as it was.
        after: as it would be.
        changed: paths of what is replaced, from its folder.
        lang: of the record's visible texts.
    """
    found: list[tuple[str, Text]] = []
    for path in changed:
        was, now = before.files.get(path), after.files.get(path)
        if was is None or now is None or not (was.readable and now.readable) or now.faults:
            continue
        whole = f"{after.folder}/{path}"
        if was.published and getattr(now.record, "draft", False):
            found.append((whole, T("c'est un brouillon (« draft: true ») : la page disparaîtrait du site sans un mot")))
        elif was.published and visible.of_page(now, lang) is None:
            found.append((whole, T("cette page ne serait plus publiée")))
        for key in dict.fromkeys(_changed(was.record.model_dump(by_alias=True), now.record.model_dump(by_alias=True))):
            if key != "draft":
                found.append(
                    (
                        whole,
                        T(
                            "« {key} » ne change pas : on caviarde des mots, pas une date, un nombre ou un verdict",
                            key=key,
                        ),
                    )
                )
    return found


def _changed(was: Any, now: Any, key: str = "", name: str = "") -> Iterator[str]:
    """Yield the keys of facts that differ, as ``objectives.2.outcome``."""
    if name in _LEAVING and isinstance(was, tuple | list) and isinstance(now, tuple | list):
        if len(now) > len(was):
            yield key
    elif isinstance(was, dict) and isinstance(now, dict):
        for each in dict.fromkeys((*was, *now)):
            yield from _changed(was.get(each), now.get(each), f"{key}.{each}" if key else str(each), str(each))
    elif isinstance(was, tuple | list) and isinstance(now, tuple | list) and len(was) == len(now):
        for number, (one, other) in enumerate(zip(was, now, strict=True), 1):
            yield from _changed(one, other, f"{key}.{number}", name)
    elif was != now and not (name in _WORDS and isinstance(was, str) and isinstance(now, str)):
        yield key
