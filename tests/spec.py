"""Specs of the rules: Markdown that is documentation, test and published example at once.

``tests/rules/CDP101-end-before-start.md`` begins with ``# CDP101 end-before-start``. Every heading that begins with
``### Signalé`` or ``### Non signalé`` is a scenario, judged on 2026-11-24 unless it says "En date du AAAA-MM-JJ.".
Its files are loaded in memory. Besides prose, a scenario holds lines of these forms:

    `path`                               the fence that follows is the content of this file
    `path` (échappé)                     idem, where \\u0000 is a character and \\xE9 a byte
    `path` est une pièce jointe.         an empty file
    `path` est un fichier de 1500 Kio.   as many letters
    `path` est un lien symbolique.
    `path` est un tube nommé.            neither a file nor a folder

A line "Avant :" begins what the base revision holds, for rules that read history, and a line "Maintenant :" what the
files hold now; a file named only before was removed since. A line "Partout :" begins files that are in both.
"`slug` a déjà vécu." says that this slug named a community once, before the base.
"La fusion est refusée pour `path` (twin) : message." says what ``cdp archive verify`` finds, with its word for programs;
"Remède : …" may follow.

In a path, \\u0301 is a character. A ``text`` fence that follows no path holds what ``cdp check`` prints for this
rule, whole and in order; each finding is followed by its cure, indented, or none is. A scenario that is not
reported has no such fence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from cdp import report
from cdp.archive.verify import Refusal
from cdp.load import File, load
from cdp.model.community import Repository
from cdp.rules import Rule, run
from cdp.rules.registry import Change
from cdp.text import T

FOLDER = Path(__file__).parent / "rules"
TODAY = date(2026, 11, 24)

_HEADING = re.compile(r"### (?P<silent>Non signalé|Signalé)(?:\u00a0: .+)?")
_DATE = re.compile(r"En date du (\d{4}-\d{2}-\d{2})\.")
_OPENING = re.compile(r"(?P<fence>`{3,})(?P<lang>[a-z]+)")
_MOMENT = re.compile(r"(Avant|Maintenant|Partout)\u00a0:")
_LIVED = re.compile(r"`([^`]+)` a déjà vécu\.")
_REFUSED = re.compile(r"La fusion est refusée pour `([^`]+)` \(([a-z-]+)\)\u00a0: (.+?)\.(?: Remède\u00a0: (.+))?")
_CONTENT = re.compile(r"`(?P<path>[^`]+)`(?P<escaped> \(échappé\))?")
_OTHER = re.compile(
    r"`(?P<path>[^`]+)` est (?:une pièce jointe|un fichier de (?P<size>\d+)\u00a0Kio"
    r"|(?P<link>un lien symbolique)|(?P<special>un tube nommé))\."
)
_ESCAPE = re.compile(r"\\(?:u(?P<character>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2}))")


class MalformedError(ValueError):
    """A spec does not follow the notation."""


@dataclass(frozen=True)
class Scenario:
    """What a rule says of some files on a day.

    Attributes:
        name: spec and line, to find it again.
        fires: True when the heading says that the rule reports something.
        as_of: the day.
        files: the knowledge base.
        expected: the lines that ``cdp check`` prints.
        former: the knowledge base at the base revision; None when the scenario has no past.
        lived: slugs that named a community once.
        refused: what ``cdp archive verify`` says of the merge.
    """

    name: str
    fires: bool
    as_of: date
    files: tuple[File, ...]
    expected: tuple[str, ...]
    former: tuple[File, ...] | None = None
    lived: frozenset[str] = frozenset()
    refused: tuple[Refusal, ...] = ()

    @cached_property
    def repository(self) -> Repository:
        """The files, loaded."""
        return load(self.files)

    @cached_property
    def before(self) -> Repository | None:
        """The files at the base revision, loaded."""
        return load(self.former) if self.former is not None else None

    @property
    def shows_cures(self) -> bool:
        """Whether the cures are written too."""
        return any(line.startswith("    ") for line in self.expected)

    def said(self, rule: Rule) -> tuple[str, ...]:
        """Return what a rule says, in the form of ``expected``."""
        slugs = (community.slug for community in self.repository.communities)
        change = Change(frozenset(slugs), lived=self.lived, refused=self.refused) if self.before is not None else None
        found = run(self.repository, self.as_of, self.before, rules=[rule], change=change)
        lines = report.text(found, self.as_of, report.Looked(1), "fr").removesuffix("\n").split("\n")[:-1]
        return tuple(line for line in lines if self.shows_cures or not line.startswith("    "))


@dataclass(frozen=True)
class Spec:
    """The scenarios of a rule."""

    id: str
    name: str
    scenarios: tuple[Scenario, ...]

    def holds(self, rule: Rule) -> bool:
        """Tell whether a rule does what its spec says; one that raises does not."""
        try:
            return all(scenario.said(rule) == scenario.expected for scenario in self.scenarios)
        except Exception:  # noqa: BLE001 - a mutant may do anything
            return False


def read(path: Path) -> Spec:
    """Return the spec in a file.

    Raises:
        MalformedError: it does not follow the notation.
    """
    title, *lines = path.read_text(encoding="utf-8").split("\n")
    number, _, name = title.removeprefix("# ").partition(" ")
    if title != f"# {number} {name}" or path.stem != f"{number}-{name}":
        raise MalformedError(f"{path.name}: the first line must be the name of the file")
    starts = [start for start, line in enumerate(lines) if line.startswith("### ")]
    if any(lines[: starts[0] if starts else None]):
        raise MalformedError(f"{path.name}: nothing comes before the first scenario")
    parts = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    scenarios = [_scenario(part, f"{number}:{start + 2}") for part, start in zip(parts, starts, strict=True)]
    return Spec(number, name, tuple(scenarios))


def _scenario(lines: list[str], name: str) -> Scenario:
    heading = _HEADING.fullmatch(lines[0])
    if heading is None:
        raise MalformedError(f"{name}: not a heading of a scenario: {lines[0]}")
    fires = heading["silent"] == "Signalé"
    as_of = TODAY
    homes: dict[str, list[File]] = {"Maintenant": [], "Avant": [], "Partout": []}
    files = homes["Maintenant"]
    past = False
    lived: set[str] = set()
    refused: list[Refusal] = []
    expected: list[list[str]] = []
    content: re.Match[str] | None = None
    number = 1
    while number < len(lines):
        line = lines[number]
        number += 1
        opening = _OPENING.fullmatch(line)
        if opening is not None:
            if opening["fence"] not in lines[number:]:
                raise MalformedError(f"{name}: a fence is not closed")
            end = lines.index(opening["fence"], number)
            block, number = lines[number:end], end + 1
            if content is not None:
                files.append(_file(content, "".join(f"{line}\n" for line in block)))
                content = None
            elif opening["lang"] == "text":
                expected.append(block)
            else:
                raise MalformedError(f"{name}: the path of a file is missing")
        elif line and content is not None:
            raise MalformedError(f"{name}: the content of {content['path']} is missing")
        elif line.startswith("```"):
            raise MalformedError(f"{name}: not a fence: {line}")
        elif (match := _DATE.fullmatch(line)) is not None:
            as_of = date.fromisoformat(match[1])
        elif (match := _MOMENT.fullmatch(line)) is not None:
            files, past = homes[match[1]], True
        elif (match := _LIVED.fullmatch(line)) is not None:
            lived.add(match[1])
        elif (match := _REFUSED.fullmatch(line)) is not None:
            refused.append(Refusal(match[2], match[1], T(match[3]), T(match[4]) if match[4] else None))
        elif (match := _OTHER.fullmatch(line)) is not None:
            files.append(_other(match))
        elif line:
            content = _CONTENT.fullmatch(line)
    files = homes["Maintenant"] + homes["Partout"]
    former = tuple(homes["Avant"] + homes["Partout"]) if past else None
    if content is not None or len(expected) != fires or not (files or former) or (fires and not expected[0]):
        raise MalformedError(f"{name}: files, then one text fence if something is reported and none if nothing is")
    return Scenario(
        name, fires, as_of, tuple(files), tuple(expected[0] if fires else ()), former, frozenset(lived), tuple(refused)
    )


def _file(match: re.Match[str], text: str) -> File:
    data = _unescaped(text) if match["escaped"] else text.encode()
    return File(_unescaped(match["path"]).decode(), "file", len(data), lambda: data)


def _other(match: re.Match[str]) -> File:
    path = _unescaped(match["path"]).decode()
    if match["link"]:
        return File(path, "link", 0, bytes)
    if match["special"]:
        return File(path, "special", 0, bytes)
    size = int(match["size"] or 0) * 1024
    return File(path, "file", size, lambda: b"a" * size)


def _unescaped(text: str) -> bytes:
    """Return the bytes of a text with escapes."""
    data, end = b"", 0
    for match in _ESCAPE.finditer(text):
        data += text[end : match.start()].encode()
        data += chr(int(match["character"], 16)).encode() if match["character"] else bytes([int(match["byte"], 16)])
        end = match.end()
    return data + text[end:].encode()
