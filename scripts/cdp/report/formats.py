"""Diagnostics in the forms that forges and dashboards read. Deterministic; members' words are escaped for each form."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote
from xml.etree import ElementTree

from cdp import __version__
from cdp.diagnostics import Diagnostic, Severity
from cdp.report import SEVERITIES, Looked, as_json, said, shown, summary, text
from cdp.rules import RULES
from cdp.text import N, T, Text, translate


@dataclass(frozen=True)
class Run:
    """What a check looked at and found.

    Attributes:
        found: sorted.
        as_of: the day that was judged.
        slugs: the communities that were judged in full.
        lang: language of the screens.
        compared: what was compared with what, or None.
        partly, waived, unknown: see :class:`cdp.report.Looked`.
    """

    found: Sequence[Diagnostic]
    as_of: date
    slugs: tuple[str, ...]
    lang: str
    compared: Text | None = None
    partly: int = 0
    waived: int = 0
    unknown: int = 0

    def say(self, text: Text) -> str:
        """Return a text in the language of the run, on one line, its invisible characters shown as codes."""
        return shown(said(text, self.lang))

    @property
    def looked(self) -> Looked:
        """At how much."""
        return Looked(len(self.slugs), self.partly, self.waived, self.unknown)

    @property
    def summary(self) -> str:
        """The last line of the text form."""
        return summary(self.found, self.as_of, self.looked, self.lang)


def fingerprints(found: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield for each finding a name that stays the same when lines move and when the language of the screens changes.

    It is made of the rule, the file and the French words; equal findings of one file are told apart by their order.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for item in found:
        key = (item.rule, item.place.path, str(item.message))
        seen[key] += 1
        yield hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "backslashreplace")).hexdigest()


# GitHub, and Forgejo which reads the same commands

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
ANNOTATIONS = 10
"""Annotations of one level that GitHub shows for a step; it drops those that follow (documentation of workflow commands)."""


def github(run: Run) -> str:
    """Return workflow commands: GitHub shows them beside the lines of a pull request.

    Errors come first. GitHub keeps ten of each level a step: those beyond are plain lines of the log, and a last line
    says how many, so that nothing is lost in silence.
    """
    order = list(_COMMANDS)
    lines: list[str] = []
    rest: list[str] = []
    counts: Counter[str] = Counter()
    for item in sorted(run.found, key=lambda item: (order.index(item.severity), item.key())):
        counts[item.severity] += 1
        path, line, column = item.place
        message, fix = run.say(item.message), run.say(item.fix)
        if counts[item.severity] > ANNOTATIONS:
            severity = translate(SEVERITIES[item.severity], run.lang)
            rest.append(_plain(f"{path}:{line or 1}:{column or 1}: {item.rule} {severity} {message} {fix}"))
            continue
        places = f"file={_property(path)}" + (f",line={line}" if line else "") + (f",col={column}" if column else "")
        said = _data(f"{message}\n{fix}")
        lines.append(f"::{_COMMANDS[item.severity]} {places},title={_property(f'{item.rule} {item.name}')}::{said}")
    lines += rest
    if rest:
        more = N(
            "{n} constat au-delà des {most} que GitHub annote se lit ci-dessus.",
            "{n} constats au-delà des {most} que GitHub annote se lisent ci-dessus.",
            len(rest),
            most=ANNOTATIONS,
        )
        lines.append(_plain(run.say(more)))
    if run.compared is not None:
        lines.append(_plain(run.say(run.compared)))
    lines.append(_plain(run.summary))
    return "\n".join(lines) + "\n"


def _data(words: str) -> str:
    words = words.encode("utf-8", "backslashreplace").decode()
    return _defused(words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")


def _plain(words: str) -> str:
    """Return a line of the log that no runner takes for a command, whatever members wrote."""
    return _defused(shown(words).encode("utf-8", "backslashreplace").decode()).replace("::", ": :")


def _defused(words: str) -> str:
    # The older form of commands is found anywhere in a line.
    return words.replace("##[", "## [")


# GitLab

_GITLAB: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(run: Run) -> str:
    """Return a Code Quality report (GitLab documentation, "Code Quality report format")."""
    issues = [
        {
            "description": f"{item.rule} {run.say(item.message)} {run.say(item.fix)}",
            "check_name": item.rule,
            "fingerprint": fingerprint,
            "severity": _GITLAB[item.severity],
            "location": {"path": shown(item.place.path), "lines": {"begin": item.place.line or 1}},
        }
        for item, fingerprint in zip(run.found, fingerprints(run.found), strict=True)
    ]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


# SARIF

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(run: Run) -> str:
    """Return a log of SARIF 2.1.0 (OASIS): the findings, with the manual of each rule that found something."""
    ids = sorted({item.rule for item in run.found})
    results = [
        {
            "ruleId": item.rule,
            "ruleIndex": ids.index(item.rule),
            "level": _LEVELS[item.severity],
            "message": {"text": f"{run.say(item.message)}\n{run.say(item.fix)}"},
            "locations": [_location(item)],
            "partialFingerprints": {"cdp/v1": fingerprint},
        }
        for item, fingerprint in zip(run.found, fingerprints(run.found), strict=True)
    ]
    driver = {
        "name": "cdp",
        "semanticVersion": __version__,
        "language": {"fr": "fr-CA", "en": "en-CA"}[run.lang],
        "rules": [_rule(each, run) for each in ids],
    }
    said = [run.summary] if run.compared is None else [run.say(run.compared), run.summary]
    notifications = [{"level": "note", "message": {"text": sentence}} for sentence in said]
    document = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "automationDetails": {"id": "cdp/check/"},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
                "results": results,
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _location(item: Diagnostic) -> dict[str, object]:
    path, line, column = item.place
    uri = quote(path.encode("utf-8", "surrogateescape"))
    physical: dict[str, object] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if line:
        physical["region"] = {"startLine": line, **({"startColumn": column} if column else {})}
    return {"physicalLocation": physical}


def _rule(id: str, run: Run) -> dict[str, object]:
    rule = RULES[id]
    manual, title = translate(rule.manual, run.lang), translate(rule.title, run.lang)
    return {
        "id": id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": manual, "markdown": manual},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


# JUnit


def junit(run: Run) -> str:
    """Return JUnit XML: a suite a community, a case a finding.

    Errors are failures. What does not make the check fail is a skipped case, so that it is seen and breaks nothing.
    """
    suites = ElementTree.Element("testsuites", name="cdp check")
    by_community: dict[str, list[Diagnostic]] = {slug: [] for slug in ("", *sorted(run.slugs))}
    for item in run.found:
        by_community.setdefault(item.community, []).append(item)
    totals: Counter[str] = Counter()
    for slug, found in by_community.items():
        if not slug and not found:
            continue
        failures = sum(item.severity == "error" for item in found)
        counts = {"tests": max(1, len(found)), "failures": failures, "errors": 0, "skipped": len(found) - failures}
        totals.update(counts)
        name = shown(slug) or run.say(T("la base"))
        suite = ElementTree.SubElement(
            suites, "testsuite", {"name": name, **{key: str(n) for key, n in counts.items()}}
        )
        if not found:
            ElementTree.SubElement(suite, "testcase", classname=name, name="cdp check")
        for item in found:
            _case(suite, item, run)
    for key in ("tests", "failures", "errors", "skipped"):
        suites.set(key, str(totals[key]))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, item: Diagnostic, run: Run) -> None:
    path, line, column = item.place
    where = shown(f"{path}:{line or 1}:{column or 1}")
    case = ElementTree.SubElement(suite, "testcase", classname=shown(path), name=f"{item.rule} {item.name} {where}")
    message, fix = run.say(item.message), run.say(item.fix)
    if item.severity == "error":
        failure = ElementTree.SubElement(case, "failure", message=message, type=item.rule)
        failure.text = f"{where}\n{fix}"
    else:
        ElementTree.SubElement(case, "skipped", message=f"{message} {fix}")


FORMATS: dict[str, Callable[[Run], str]] = {
    "text": lambda run: text(run.found, run.as_of, run.looked, run.lang, compared=run.compared),
    "json": lambda run: as_json(run.found, run.as_of, run.looked, run.lang),
    "github": github,
    "gitlab": gitlab,
    "sarif": sarif,
    "junit": junit,
}
"""The forms of a report, by the word that ``--format`` takes."""
