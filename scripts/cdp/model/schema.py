"""JSON Schema of each kind of front matter, and of what the site publishes, for editors and other programs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from cdp.model.chain import Chain
from cdp.model.charter import Charter, Kickoff, NetworkHead, Season
from cdp.model.fields import UNKNOWN, Historic, Record
from cdp.model.pages import Meeting, Note, Review, Survey

KINDS: dict[str, type[Record]] = {
    "charter": Charter,
    "meeting": Meeting,
    "note": Note,
    "survey": Survey,
    "season": Review,
    "review": Review,
}
"""Models by the kind of file that they describe."""
PUBLISHED: dict[str, type[BaseModel]] = {"archives": Chain}
"""Models of what the site publishes for programs."""


_NAMED: dict[str, type[Record]] = {each.__name__: each for each in (Kickoff, NetworkHead, Season)}
"""Blocks with facts that may be unknown."""


def schema(kind: str, lang: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a kind of front matter, described in ``lang``.

    Args:
        kind: a key of KINDS or of PUBLISHED.
        lang: "fr" or "en".
    """
    model = KINDS.get(kind) or PUBLISHED[kind]
    document: dict[str, Any] = model.model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    document["title"] = kind
    for each, block in [
        (model, document),
        *((_NAMED[name], part) for name, part in document.get("$defs", {}).items() if name in _NAMED),
    ]:
        for key in each.facts if issubclass(each, Historic) else ():
            block["properties"][key]["anyOf"].append({"enum": list(UNKNOWN)})
    _describe(document, lang)
    return document


def _describe(node: Any, lang: str) -> None:
    """Keep, of each description « français|English », the part of the language; drop the models' docstrings."""
    if isinstance(node, list):
        for item in node:
            _describe(item, lang)
    if not isinstance(node, dict):
        return
    said = node.get("description")
    if isinstance(said, str):
        french, bar, english = said.partition("|")
        if bar:
            node["description"] = english if lang == "en" else french
        else:
            del node["description"]
    for key, value in node.items():
        if key != "description" or isinstance(value, dict):
            _describe(value, lang)
