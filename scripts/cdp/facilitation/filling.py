"""Texts that a facilitator may edit, filled from the charter: ``{{title}}`` becomes the title.

A line with a field that has nothing to say is left out: no « Lieu : » without a place, and no sentence that announces
such a line (« Nous avons atteint ceci : »). Nothing else happens in these texts, so that nobody can break them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from cdp.diagnostics import Fault
from cdp.frontmatter import parse
from cdp.model.community import Community
from cdp.model.fields import Record
from cdp.model.validation import validate
from cdp.prose import literal
from cdp.text import LANGUAGES, T, Text, translate

Model = TypeVar("Model", bound=Record)

UNSAID = T("À décrire en une phrase.")
"""The summary of a new community, until somebody writes one: it is never sent nor shown."""
_FIELD = re.compile(r"\{\{ ?([a-z_]+) ?\}\}")


class UnknownField(Exception):  # noqa: N818 - said as a state, as the messages say it
    """A text names a field that does not exist.

    Attributes:
        name: the field.
        known: those that exist.
    """

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known


def sheet(model: type[Model], text: str, path: str) -> tuple[Model | None, tuple[Fault, ...]]:
    """Return what a filled sheet says, and its faults, with the line of each.

    Raises:
        Unreadable: the sheet is not YAML that cdp reads.
    """
    document = parse("---\n" + _answered(text.replace("\r\n", "\n").lstrip("\ufeff").rstrip("\n")) + "\n---\n")
    value, faults, _ = validate(model, document, path)
    # The fence that was put before the text is one line.
    moved = [Fault(f.kind, f.place._replace(line=max(f.place.line - 1, 1)), f.message, f.fix, f.key) for f in faults]
    return value, tuple(moved)


def _answered(text: str) -> str:
    """Return a sheet with what was left blank emptied line by line: a question without an answer is no fault."""
    lines = text.split("\n")
    depth = -1
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if said == "-" or (re.fullmatch(r"[a-z_]+:(?:\s+#.*)?", said) and depth < indent):
            lines[number] = ""
        else:
            # The items of a list may stand right under their key.
            depth = indent if said.startswith("- ") else indent - 1
    return "\n".join(lines)


def listed(faults: Sequence[Fault]) -> list[Text]:
    """Return faults as sentences with their line."""
    return [T("ligne {line} : {what}. {fix}", line=f.place.line, what=f.message, fix=f.fix) for f in faults]


def fill(template: str, fields: Mapping[str, str], *, markdown: bool = False) -> str:
    r"""Return a text with its fields filled, without the lines of which a field is empty.

    Args:
        template: the text.
        fields: values by name.
        markdown: escape the values, so that they say in Markdown just what they say; a value of several lines
            (a list that cdp made) is left as it is.

    Raises:
        UnknownField: the text names a field that does not exist.

    >>> fill("Bonjour {{name}},\nLieu : {{place}}\nÀ bientôt", {"name": "Ana", "place": ""})
    'Bonjour Ana,\nÀ bientôt'
    >>> fill("Bravo. Voici :\n\n{{list}}\n\nMerci", {"list": ""})
    'Bravo.\n\nMerci'
    """
    lines = []
    for line in template.replace("\r\n", "\n").split("\n"):
        names = _FIELD.findall(line)
        for name in names:
            if name not in fields:
                raise UnknownField(name, sorted(fields))
        if all(fields[name] for name in names):
            lines.append(_FIELD.sub(lambda match: _value(fields[match[1]], markdown), line))
        elif line.strip() == f"{{{{{names[0]}}}}}":
            _unannounce(lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _unannounce(lines: list[str]) -> None:
    """Take away the last sentence before a list that is left out, when it announces that list with a colon."""
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and lines[-1].rstrip().endswith(":"):
        before = re.match(r"(.*[.!?])\s+[^.!?]*:\s*$", lines.pop())
        lines += [before[1]] if before else []
    lines.append("")


def _value(value: str, markdown: bool) -> str:
    return escaped(value) if markdown and "\n" not in value else value


def escaped(text: str) -> str:
    """Return words as Markdown that says just them; web addresses stay links."""
    if re.fullmatch(r"https?://[^\s<>\"']+", text):
        return f"<{text}>"
    return literal(text)


def summary(community: Community) -> str:
    """Return a community's summary, "" while it is still the one of a new charter."""
    said = community.charter.summary or ""
    return "" if said in {translate(UNSAID, lang) for lang in LANGUAGES} else said


def bullets(items: list[str]) -> str:
    """Return a Markdown list of several lines at least, "" for none."""
    return "\n".join(f"- {escaped(' '.join(item.split()))}" for item in items) + ("\n" if items else "")
