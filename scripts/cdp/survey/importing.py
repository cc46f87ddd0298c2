"""Rows of an export → answers to a form: generous about shapes, strict about meaning.

What identifies people is dropped and named; what is not understood is refused with its place, so that no answer is
lost or bent in silence.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cdp.survey.columns import TOOLS, Column, columns, values
from cdp.survey.questions import Form, FormError, Question
from cdp.survey.tables import Table
from cdp.text import N, T, Text

IGNORED = "-"
"""In a mapping: this column is not an answer."""
_HEADERS = 12
"""Lines among which the headers are looked for: tools and people put titles above."""

_IDENTIFYING = re.compile(
    r"_?(?:id|uuid|index|uid|status|tags|notes|geolocation|attachments|xform_id_string|version_*|parent_\w+)_*"
    r"|_*(?:submission_time|submitted_by|validation_status\w*|bamboo_dataset_id|version_+)|formhub/uuid|meta/\w+|rootuuid"
    r"|start|end|today|username|deviceid|device ?id|subscriberid|simserial|phonenumber|audit|instanceid"
    r"|submitdate|startdate|datestamp|lastpage|startlanguage|seed|ipaddr|refurl|token|interviewtime|grouptime\w*|\w+time"
    r"|first_?name|last_?name|e-?mail|attribute_\d+|ip(?: address)?|adresse ip|user agent|referr?er|browser|navigateur"
    r"|id de la réponse|response id|date de soumission|date submitted|dernière page|last page|langue de départ"
    r"|start language|(?:en)?tête de série|graine|seed|date de lancement|date de début|date started|date de la dernière action"
    r"|date last action|url de (?:référence|provenance)|referrer url|code d'invitation|code d'accès|access code"
    r"|horodateur|horodatage|timestamp|nom d'utilisateur|username|adresse e-?mail|adresse (?:de )?(?:courriel|messagerie)|courriel"
    r"|email address|score|note|start time|completion time|last modified time|heure de (?:début|fin)"
    r"|heure de (?:la )?dernière modification|name|nom|prénom|nom complet|full name|total points|quiz feedback|langue|language"
    r"|points?(?: -.*)?|feedback(?: -.*)?|téléphone|phone|appareil|device|(?:slug|survey|version|key|website|lang)",
    re.IGNORECASE,
)
_KEYS = ("_uuid", "id", "id de la réponse", "response id", "_id")
_NOTHING = frozenset({"", "n/a", "na", "sans réponse", "no answer", "aucune réponse", "null", "none", "-"})
_YES = frozenset({"y", "yes", "oui", "o", "1", "true", "vrai", "x", "✓", "checked", "coché"})
_NO = frozenset({"n", "no", "non", "0", "false", "faux", "not selected", "unchecked", "non sélectionné"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an export holds.

    Attributes:
        answers: by key that is the same at the next import.
        dropped: headers of columns that identify.
        notes: what the person should know.
    """

    answers: Mapping[str, Mapping[str, tuple[str, ...]]]
    dropped: tuple[str, ...]
    notes: tuple[Text, ...]


def answers(form: Form, tables: Sequence[Table], mapping: Mapping[str, str]) -> Imported:
    """Return the answers in an export.

    Args:
        form: the form that was answered.
        tables: see :func:`cdp.survey.tables.read`; the one that has the form's headers counts.
        mapping: question id, ``question/choice`` or ``-`` by reworded header.

    Raises:
        FormError: no headers of this form; a column, a line or a value that means nothing: all of them are named.
    """
    known = _known(form, mapping)
    best = max(
        (
            (score, -order, table, row, tool)
            for order, table in enumerate(tables)
            for score, row, tool in [_header(table, known)]
        ),
        key=lambda found: found[:2],
        default=None,
    )
    if best is None or best[0] == 0:
        raise FormError(
            T("{file} : aucune colonne de ce sondage n'y est reconnue", file=tables[0].file if tables else "?"),
            T(
                "Voyez les noms attendus avec « cdp survey form {name} --format json », ou donnez --mapping : un fichier"
                " YAML, une ligne par colonne, « Titre de la colonne: identifiant de la question ».",
                name=form.name,
            ),
        )
    _, _, table, row, tool = best
    every = {name for names in known.values() for name in names}
    return _Reading(form, table, row, known[tool], every).result()


def _known(form: Form, mapping: Mapping[str, str]) -> dict[str, dict[str, list[Column]]]:
    """Return, for each tool, the columns that a header may name: several when two questions are worded alike."""
    known: dict[str, dict[str, list[Column]]] = {}
    own = {(column.question, column.choice): column for column in columns(form, "own")}
    for header, target in mapping.items():
        question, _, choice = target.partition("/")
        if target != IGNORED and (question, choice) not in own:
            raise FormError(
                T(
                    "la correspondance « {header}: {target} » nomme une question qui n'existe pas",
                    header=header,
                    target=target,
                ),
                T("Questions : {known}.", known=", ".join(question.id for question in form.questions)),
            )
    for tool in TOOLS:
        names: dict[str, list[Column]] = {}
        for column in columns(form, tool):
            for name in column.names:
                bucket = names.setdefault(_plain(name), [])
                if column not in bucket:
                    bucket.append(column)
        for header, target in mapping.items():
            question, _, choice = target.partition("/")
            names[_plain(header)] = [] if target == IGNORED else [own[(question, choice)]]
        known[tool] = names
    return known


def _header(table: Table, known: Mapping[str, Mapping[str, list[Column]]]) -> tuple[int, int, str]:
    """Return how many headers are known, in which row they are, and to which tool."""
    best = (0, 0, TOOLS[0])
    for index, (_, cells) in enumerate(table.rows[:_HEADERS]):
        plain = [_plain(cell) for cell in cells]
        for tool in TOOLS:
            score = sum(bool(_find(name, known[tool])) for name in set(plain) if name)
            if score > best[0]:
                best = (score, index, tool)
    return best


def _plain(header: str) -> str:
    """Return a header without what tools and people add to it."""
    text = re.sub(r"<[^<>]{0,200}>", " ", header).replace("’", "'").replace("\ufeff", "")
    text = re.sub(r"^\s*(?:q?\d{1,2}\s?[.)]\s+)", "", text)
    return " ".join(text.casefold().split()).rstrip(" *:.?")


def _find(name: str, known: Mapping[str, list[Column]]) -> list[Column]:
    found = known.get(name)
    if found is None and ". " in name:
        # LimeSurvey, asked for both, writes the code of a question before its words.
        found = known.get(name.partition(". ")[0])
    if found is None and "/" in name:
        # KoboToolbox puts the names of groups before that of the question, and its choice after.
        parts = name.split("/")
        found = next((hit for n in range(1, len(parts)) if (hit := known.get("/".join(parts[n:])))), None)
    return found or []


class _Reading:
    """The reading of one table, problems collected on the way."""

    def __init__(
        self, form: Form, table: Table, row: int, known: Mapping[str, list[Column]], every: Collection[str]
    ) -> None:
        self.form, self.table, self.known = form, table, known
        self.questions = {question.id: question for question in form.questions}
        self.ways = {question.id: {_plain(k): v for k, v in values(question).items()} for question in form.questions}
        self.problems: list[tuple[Text, Text]] = []
        self.dropped: list[str] = []
        self.header_line, headers = table.rows[row]
        self.headers = headers
        self.rows = list(table.rows[row + 1 :])
        self.columns: dict[int, Column] = {}
        self.key: int | None = None
        self.submitted: int | None = None
        self._second_header(every)
        self._place()

    def _second_header(self, every: Collection[str]) -> None:
        """Leave out a second line of headers: LimeSurvey and people put texts below codes."""
        if self.rows:
            cells = [_plain(cell) for cell in self.rows[0][1]]
            filled = [cell for cell in cells if cell]
            if filled and sum(cell in every for cell in filled) * 2 > len(filled):
                self.rows.pop(0)

    def _place(self) -> None:
        used: Counter[str] = Counter()
        for place, header in enumerate(self.headers):
            name = _plain(header)
            options = _find(name, self.known)
            if not options and (shorter := re.sub(r"\s?\(?\d\)?$", "", name)) != name and used[shorter]:
                # Microsoft Forms and readers of CSV number the second of two equal headers.
                name, options = shorter, _find(shorter, self.known)
            if options:
                if used[name] < len(options):
                    self.columns[place] = options[used[name]]
                elif any(self._cell(cells, place) for _, cells in self.rows):
                    self.problems.append(
                        (
                            T(
                                "{place} : le titre « {header} » revient deux fois",
                                place=self.table.at(self.header_line, place),
                                header=header,
                            ),
                            T("Retirez l'une des deux colonnes de l'export, ou renommez-la."),
                        )
                    )
                used[name] += 1
            elif name in self.known:
                continue
            elif _IDENTIFYING.fullmatch(name):
                self.dropped.append(header.strip())
                self.key = place if self.key is None and name in _KEYS else self.key
                self.submitted = (
                    place if name in ("submitdate", "date de soumission", "date submitted") else self.submitted
                )
            elif any(self._cell(cells, place) for _, cells in self.rows):
                self.problems.append(
                    (
                        T("{place} : la colonne « {header} » n'est pas dans le formulaire", place=self.table.at(self.header_line, place), header=header.strip()[:80]),
                        T("Dites ce qu'elle est avec --mapping (« {header}: identifiant », ou « - » pour l'écarter).", header=header.strip()[:80]),
                    )
                )  # fmt: skip

    @staticmethod
    def _cell(cells: Sequence[str], place: int) -> str:
        return cells[place].strip() if place < len(cells) else ""

    def result(self) -> Imported:
        """Return the answers, or refuse with every problem."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        seen: Counter[str] = Counter()
        unfinished = empty = 0
        for line, cells in self.rows:
            if not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[len(self.headers) :]):
                self.problems.append(
                    (
                        T("{place} : la ligne a plus de cellules que de titres", place=self.table.at(line)),
                        T("Une réponse contient sans doute le séparateur sans guillemets : exportez de nouveau."),
                    )
                )
                continue
            if self.submitted is not None and not self._cell(cells, self.submitted):
                unfinished += 1
                continue
            answer = self._answer(line, cells)
            if not answer:
                empty += 1
                continue
            content = json.dumps(answer, sort_keys=True, ensure_ascii=False)
            mark = self._cell(cells, self.key) if self.key is not None else ""
            seen[mark + content] += 1
            key = hashlib.sha256(f"{mark}\0{content}\0{seen[mark + content]}".encode()).hexdigest()
            found[key] = answer
        if self.problems:
            self._refuse()
        notes = []
        if unfinished:
            notes.append(N("{n} réponse commencée sans être envoyée est écartée.", "{n} réponses commencées sans être envoyées sont écartées.", unfinished))  # fmt: skip
        if empty:
            notes.append(N("{n} réponse vide est écartée.", "{n} réponses vides sont écartées.", empty))
        return Imported(found, tuple(dict.fromkeys(self.dropped)), tuple(notes))

    def _refuse(self) -> None:
        message, fix = self.problems[0]
        more = len(self.problems) - 1
        if more:
            shown = "\n".join(f"  {text}" for text, _ in self.problems[1:20])
            message = Text("{first}\n{rest}", "", (("first", message), ("rest", shown)))
        raise FormError(message, fix)

    def _answer(self, line: int, cells: Sequence[str]) -> dict[str, tuple[str, ...]]:
        answer: dict[str, tuple[str, ...]] = {}
        whole: dict[str, tuple[str, ...]] = {}
        for place, column in self.columns.items():
            cell = self._cell(cells, place)
            question = self.questions[column.question]
            try:
                given = self._value(question, column, cell)
            except ValueError:
                choices = ", ".join(choice.label.fr for choice in question.choices)
                self.problems.append(
                    (
                        T("{place} : « {value} » n'est pas un choix de « {id} »", place=self.table.at(line, place), value=cell[:60], id=question.id),
                        T("Choix : {choices}.", choices=choices),
                    )
                )  # fmt: skip
                continue
            target = answer if column.choice or question.kind != "multiple" else whole
            if given:
                target[question.id] = tuple(dict.fromkeys((*target.get(question.id, ()), *given)))
        for id, given in whole.items():
            answer.setdefault(id, given)
        return answer

    def _value(self, question: Question, column: Column, cell: str) -> tuple[str, ...]:
        """Return what a cell answers.

        Raises:
            ValueError: it means nothing.
        """
        if question.comment:
            return (cell,) if cell else ()
        plain = _plain(cell)
        ways = self.ways[question.id]
        if column.choice:
            if plain in _YES or ways.get(plain) == column.choice:
                return (column.choice,)
            if plain in _NO or plain in _NOTHING:
                return ()
            raise ValueError(cell)
        if plain in ways:
            return (ways[plain],)
        if plain in _NOTHING:
            return ()
        if question.kind == "multiple":
            return _several(plain, ways)
        if (number := re.fullmatch(r"(\d+)[.,]0+", plain)) and number[1] in ways:
            return (ways[number[1]],)
        raise ValueError(cell)


def _several(plain: str, ways: Mapping[str, str]) -> tuple[str, ...]:
    """Return the choices joined in one cell, whatever joins them; a label may itself hold commas."""
    found: list[str] = []
    rest = plain.strip(" ;,|[]\"'")
    names = sorted((name for name in ways if name), key=len, reverse=True)
    while rest:
        name = next(
            (n for n in names if rest.startswith(n) and (len(rest) == len(n) or rest[len(n)] in " ;,|.\"'")), None
        )
        if name is None:
            raise ValueError(plain)
        found.append(ways[name])
        rest = rest[len(name) :].lstrip(" ;,|.\"'")
    return tuple(dict.fromkeys(found))
