"""The rules, by topic. Importing this package registers them all."""

from cdp.rules import (
    archives,
    closing,
    dates,
    documents,
    glossaries,
    history,
    lineage,
    links,
    needs,
    objectives,
    people,
    privacy,
    rewriting,
    site,
    surveys,
    waivers,
)
from cdp.rules.registry import RULES, Finding, Rule, View, run

for _id in sorted(RULES):
    RULES[_id] = RULES.pop(_id)

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "View",
    "archives",
    "closing",
    "dates",
    "documents",
    "glossaries",
    "history",
    "lineage",
    "links",
    "needs",
    "objectives",
    "people",
    "privacy",
    "rewriting",
    "run",
    "site",
    "surveys",
    "waivers",
]
