"""The rules, by topic. Importing this package registers them all."""

<<<<<<< HEAD
from cdp.rules import dates, documents, links, needs, objectives, people, privacy, surveys
=======
from cdp.rules import dates, documents, history, links, objectives, people, privacy, waivers
>>>>>>> main
from cdp.rules.registry import RULES, Finding, Rule, View, run

for _id in sorted(RULES):
    RULES[_id] = RULES.pop(_id)

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "View",
    "dates",
    "documents",
    "history",
    "links",
    "needs",
    "objectives",
    "people",
    "privacy",
    "run",
<<<<<<< HEAD
    "surveys",
=======
    "waivers",
>>>>>>> main
]
