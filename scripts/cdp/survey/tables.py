"""Files that survey tools export → rows of text, each with its place; bounded, whatever the file holds."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdp.survey.questions import FormError
from cdp.text import T, Text

LARGEST = 20_000_000
"""Bytes of a file, and ten times as many once a workbook is unpacked."""
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 20_000, 1_000, 50_000
DELIMITERS = (";", ",", "\t", "|")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text.

    Attributes:
        file: name of the file.
        sheet: of a workbook, or "".
        rows: number of the line or answer, and its cells.
    """

    file: str
    sheet: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def at(self, line: int, column: int | None = None) -> Text:
        """Return a place in words: file, sheet, line, column as spreadsheets name it."""
        name = f"{self.file} [{self.sheet}]" if self.sheet else self.file
        if column is None:
            return T("{name}, ligne {line}", name=name, line=line)
        return T("{name}, ligne {line}, colonne {column}", name=name, line=line, column=letters(column))


def letters(column: int) -> str:
    """Return the letters of a column counted from 0, as spreadsheets show them."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def read(name: str, data: bytes) -> list[Table]:
    """Return the tables that a file may hold: sheets of a workbook, or one per way of separating a text.

    Raises:
        FormError: too large, or not a file of any kind that is read.
    """
    if len(data) > LARGEST:
        raise _refused(name, T("le fichier dépasse {n} Mo", n=LARGEST // 1_000_000))
    if data[:4] == b"PK\x03\x04":
        return _workbook(name, data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise _refused(name, T("c'est un ancien classeur (.xls) ou un classeur protégé"))
    text = _text(name, data)
    if not text.strip():
        raise _refused(name, T("le fichier est vide"))
    if text.lstrip()[:1] in "[{":
        return [_json(name, text)]
    return _separated(name, text)


def _refused(name: str, reason: Text) -> FormError:
    return FormError(
        T("{name} ne peut pas être lu : {reason}", name=name, reason=reason),
        T(
            "Exportez les réponses en CSV, en XLSX ou en JSON depuis l'outil de sondage, sans ouvrir le fichier entre-temps."
        ),
    )


def _text(name: str, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise _refused(name, T("son codage est inconnu")) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    # Excel in French writes Windows-1252; anything else must be plainly better to be believed.
    best = from_bytes(data[:200_000], cp_isolation=["cp1252", "mac_roman", "cp850"]).best()
    try:
        return data.decode(best.encoding if best else "cp1252")
    except UnicodeDecodeError:
        raise _refused(name, T("son codage est inconnu")) from None


def _separated(name: str, text: str) -> list[Table]:
    lines = text.split("\n", 1)
    delimiters: tuple[str, ...] = DELIMITERS
    skipped = 0
    if lines[0].strip().lower().startswith("sep=") and len(lines) > 1:
        delimiters = (lines[0].strip()[4:5] or ";",) if not lines[0].startswith("sep=\t") else ("\t",)
        text, skipped = lines[1], 1
    tables, problem = [], None
    for delimiter in delimiters:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows: list[tuple[int, tuple[str, ...]]] = []
        try:
            start = 1
            for row in reader:
                rows.append((start + skipped, tuple(row)))
                start = reader.line_num + 1
                _bounded(name, rows)
        except csv.Error:
            problem = T("{name}, ligne {line}", name=name, line=start + skipped)
            continue
        tables.append(Table(name, "", tuple(rows)))
    if not tables:
        raise FormError(
            T("{place} : la ligne ne se lit pas", place=problem or name),
            T("Vérifiez les guillemets de cette ligne : un guillemet ouvert doit être fermé."),
        )
    return tables


def _bounded(name: str, rows: list[tuple[int, tuple[str, ...]]]) -> None:
    line, cells = rows[-1]
    if len(rows) > MOST_ROWS or len(cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
        raise FormError(
            T("{name}, ligne {line} : trop de lignes, de colonnes ou de texte", name=name, line=line),
            T("Vérifiez les guillemets avant cette ligne, et que ce fichier est bien l'export des réponses."),
        )


def _workbook(name: str, data: bytes) -> list[Table]:
    import warnings

    from openpyxl import load_workbook

    tables = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 10 * LARGEST:
                raise _refused(name, T("le classeur est trop grand une fois déballé"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True)
        for sheet in book.worksheets:
            rows: list[tuple[int, tuple[str, ...]]] = []
            for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                last = max((place for place, cell in enumerate(cells, 1) if cell is not None), default=0)
                if last:
                    rows.append((line, tuple(_cell(cell) for cell in cells[:last])))
                    _bounded(name, rows)
                if line > 10 * MOST_ROWS:
                    break
            tables.append(Table(name, sheet.title, tuple(rows)))
        book.close()
    except FormError:
        raise
    except Exception:  # noqa: BLE001 - a broken workbook breaks its reader in many ways; all mean the same
        raise _refused(name, T("ce n'est pas un classeur lisible")) from None
    return tables


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json(name: str, text: str) -> Table:
    try:
        data = json.loads(text)
        found = list(_answers(data))
        flat = [dict(_flat(answer)) for answer in found]
    except (ValueError, RecursionError):
        raise _refused(name, T("ce n'est pas du JSON lisible")) from None
    header = list(dict.fromkeys(key for answer in flat for key in answer))
    rows = [(1, tuple(header))]
    for number, answer in enumerate(flat, 2):
        rows.append((number, tuple(answer.get(key, "") for key in header)))
        _bounded(name, rows)
    return Table(name, "", tuple(rows))


def _answers(data: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the answers of a JSON document: a list, or under the key that each tool gives to the list, or one alone."""
    if isinstance(data, dict):
        for key in ("answers", "results", "responses", "data"):
            if isinstance(data.get(key), list):
                yield from _answers(data[key])
                return
            if isinstance(data.get(key), dict):
                yield data[key]
                return
        yield data
    elif isinstance(data, list):
        for each in data:
            if isinstance(each, dict):
                # LimeSurvey wraps each answer in its number.
                inner = next(iter(each.values())) if len(each) == 1 else None
                yield inner if isinstance(inner, dict) else each


def _flat(answer: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in answer.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}/")
        elif isinstance(value, list):
            yield name, ";".join(_cell(item) for item in value if not isinstance(item, dict | list))
        else:
            yield name, _cell(value)
