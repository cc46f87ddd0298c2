"""Catalogues of messages: ``make messages`` extracts what cdp says, merges it into the English catalogue, compiles.

French is the source language: sentences in the code and the templates are the msgids. The catalogue ``click``
translates click's own sentences into French.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "scripts" / "cdp" / "locale"
ENGLISH = LOCALE / "en" / "LC_MESSAGES" / "cdp.po"
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
CLICK = LOCALE / "fr" / "LC_MESSAGES" / "click.po"


def extracted() -> Catalog:
    """Return the template catalogue: sentences of the code, of the templates, and the manuals of the rules."""
    template = Catalog(project="cdp", charset="utf-8")
    for path in sorted((ROOT / "scripts" / "cdp").rglob("*.py")):
        for line, message, _, _ in extract_from_file("python", str(path), keywords={"T": None, "N": (1, 2)}):
            template.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)])
    options = {"trim_blocks": "true", "lstrip_blocks": "true"}
    for path in sorted([*(ROOT / "theme" / "pages").glob("*.html"), *(ROOT / "theme" / "survey").glob("*.html")]):
        found = extract_from_file(
            "jinja2.ext:babel_extract", str(path), keywords={"_": None, "n_": (1, 2)}, options=options
        )
        for line, message, _, _ in found:
            template.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)])
    from cdp.rules import RULES

    for rule in RULES.values():
        module = rule.check.__module__.replace(".", "/")
        template.add(rule.manual.message, locations=[(f"scripts/{module}.py", 1)])
        template.add(rule.title.message, locations=[(f"scripts/{module}.py", 1)])
    return template


def catalogue(path: Path, locale: str) -> Catalog:
    """Read a catalogue, or begin one."""
    if not path.exists():
        return Catalog(locale=locale, project="cdp", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=locale)


def merged() -> Catalog:
    """Return the English catalogue with exactly today's sentences."""
    english = catalogue(ENGLISH, "en")
    english.update(extracted(), no_fuzzy_matching=True)
    english.obsolete.clear()
    return english


def source(catalog: Catalog) -> bytes:
    """Return a catalogue as the bytes of a .po, without what changes from day to day."""
    catalog.header_comment = "# English messages of cdp. French is the source. `make messages` keeps this file current."
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=118, sort_by_file=True, omit_header=False, include_lineno=False)
    lines = buffer.getvalue().split(b"\n")
    volatile = (
        b'"POT-Creation-Date',
        b'"PO-Revision-Date',
        b'"Generated-By',
        b'"Last-Translator',
        b'"Language-Team',
        b'"Report-Msgid',
    )
    return b"\n".join(line for line in lines if not line.startswith(volatile))


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue as the bytes of a .mo."""
    buffer = io.BytesIO()
    catalog.creation_date = catalog.revision_date = _ALWAYS
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    """Rewrite the catalogues in place and say what is left to translate."""
    english = merged()
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    ENGLISH.write_bytes(source(english))
    ENGLISH.with_suffix(".mo").write_bytes(compiled(catalogue(ENGLISH, "en")))
    if CLICK.exists():
        CLICK.with_suffix(".mo").write_bytes(compiled(catalogue(CLICK, "fr")))
    missing = [message.id for message in english if message.id and not message.string]
    print(f"{len(english)} messages, {len(missing)} to translate")  # noqa: T201 - a tool for the terminal


if __name__ == "__main__":
    main()
