"""What libyaml stumbles on, said in words that help."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml import CLoader

from cdp.frontmatter.problems import MAX_DEPTH, Unreadable, syntax
from cdp.text import T, Text

GENERIC = (
    T("l'en-tête n'est pas du YAML lisible à partir d'ici"),
    T("Vérifiez les deux-points, les guillemets et l'alignement de cette ligne et de la précédente."),
)
QUOTE = T("Mettez toute la valeur entre guillemets droits.")
_UNCLOSED_QUOTE = (
    T("un guillemet ouvert n'est pas refermé"),
    T("Fermez le guillemet à la fin de la valeur; une apostrophe dans une valeur entre apostrophes se double."),
)
_UNCLOSED_BRACKET = (
    T("un crochet ou une accolade n'est pas refermé, ou du texte le suit"),
    T("Fermez-le au bout de la ligne, ou mettez toute la valeur entre guillemets droits."),
)
TOO_DEEP = (T("l'en-tête a plus de {n} niveaux imbriqués", n=MAX_DEPTH), T("Simplifiez cette partie de l'en-tête."))
DIRECTIVE = (T("une directive YAML se trouve dans l'en-tête"), T("Effacez la ligne qui commence par « % »."))
_EXPLANATIONS: tuple[tuple[str, Text, Text], ...] = (
    (
        "mapping values are not allowed",
        T("un deux-points ou un décalage n'est pas à sa place"),
        T("Si la valeur contient « : », mettez-la entre guillemets; sinon alignez cette ligne sur la précédente."),
    ),
    (
        "found unexpected ':'",
        T("un deux-points ou un décalage n'est pas à sa place"),
        T("Si la valeur contient « : », mettez-la entre guillemets; sinon alignez cette ligne sur la précédente."),
    ),
    ("maximum nesting depth", *TOO_DEEP),
    ("while scanning a quoted scalar", *_UNCLOSED_QUOTE),
    (
        "while parsing a quoted scalar",
        T("une barre oblique inverse est mal employée entre guillemets doubles"),
        T("Doublez-la, ou employez des guillemets simples."),
    ),
    (
        "block sequence entries are not allowed",
        T("un tiret de liste n'est pas à sa place"),
        T("Commencez la liste à la ligne qui suit le deux-points, ou mettez la valeur entre guillemets droits."),
    ),
    (
        "while scanning a block scalar",
        T("du texte suit le signe « | » ou « > »"),
        T("Commencez le texte à la ligne suivante, décalé de deux espaces, ou mettez-le entre guillemets droits."),
    ),
    (
        "mapping keys are not allowed",
        T("une valeur ne peut pas commencer par « {character} »", character="?"),
        QUOTE,
    ),
    ("while scanning a directive", *DIRECTIVE),
    (
        "could not find expected ':'",
        T("il manque un deux-points après le nom du champ"),
        T("Écrivez « nom : valeur », ou décalez la ligne si elle continue la précédente."),
    ),
    ("did not find expected ',' or", *_UNCLOSED_BRACKET),
    ("did not find expected node content", *_UNCLOSED_BRACKET),
    (
        "did not find expected key",
        T("cette ligne n'est pas alignée sur les autres"),
        T("Alignez le nom du champ sur ceux qui précèdent."),
    ),
    (
        "did not find expected '-' indicator",
        T("cette ligne n'est pas alignée sur les autres éléments de la liste"),
        T("Alignez le tiret sur ceux qui précèdent."),
    ),
    (
        "did not find expected <document start>",
        T("l'en-tête contient deux documents YAML"),
        T("Gardez un seul bloc entre les deux « --- »."),
    ),
)
_ESCAPES = ("escape character", "hexdecimal", "Unicode character escape")
HIDDEN = re.compile("[\x00-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]")
_FIELD = re.compile(r"[ ]*+(?:-[ ]++)*+(?P<key>[^\s:]++(?:[ ]++[^\s:]++)*+)[ ]*+:(?:[ ]++(?P<value>\S.*+)?|\Z)")
STUCK = re.compile(r"[ ]*+(?:-[ ]++)*+[\w-]++(?P<colon>[ \u00a0\u202f]?:(?P<after>[^\s:/]|[\u00a0\u202f]))")
_NOT_FIRST = "@`%*&!|>?"


def explained(error: yaml.MarkedYAMLError, block: str) -> Unreadable:
    """Say in words that help what libyaml stumbled on.

    Its marks are often where it gave up, lines after the fault: an open bracket or quote is shown where it opens.
    """
    said = f"{error.problem} {error.context or ''}"
    lines = block.split("\n")
    mark = error.problem_mark or error.context_mark
    line, column = (min(mark.line, len(lines) - 1), mark.column) if mark else (0, 0)
    opened = error.context_mark
    if opened is not None and (
        line >= block.count("\n")
        or "flow" in said
        or ("could not find expected ':'" in said and opened.line < line)
        or "unexpected end of stream" in said
    ):
        line, column = opened.line, opened.column
    if "<document start>" in said:
        first = next((number for number, row in enumerate(lines) if row.startswith("%")), None)
        if first is not None:
            return syntax(*DIRECTIVE, first + 2)
        if not any(row.startswith("...") for row in lines[:line]):
            said = "did not find expected key"
    told = _fault_of_line(lines, line, column, said) or _fault_of_quotes(block, line, column, said)
    if told is not None:
        message, fix, line, column = told
        return syntax(message, fix, line + 2, column + 1)
    if any(sign in said for sign in ("cannot start any token", "scanning an alias", "scanning an anchor", "a tag")):
        character = lines[line][column : column + 1] or "?"
        message = T("un nom ou une valeur ne peut pas commencer par « {character} »", character=character)
        return syntax(message, T("Mettez-le entre guillemets droits, ou effacez ce signe."), line + 2, column + 1)
    if any(sign in said for sign in _ESCAPES):
        said = "while parsing a quoted scalar"
    for sign, message, fix in _EXPLANATIONS:
        if sign in said:
            return syntax(message, fix, line + 2, column + 1)
    return syntax(*GENERIC, line + 2, column + 1)


def _fault_of_line(lines: list[str], line: int, column: int, said: str) -> tuple[Text, Text, int, int] | None:
    """Recognise a common fault in the line where reading stopped, or in the one before it."""
    row = lines[line]
    field = _FIELD.match(row)
    first = field is not None and column <= field.end("key") + 1
    for at in (line, line - 1):
        stuck = STUCK.match(lines[at]) if at >= 0 and (at == line or first) else None
        if stuck is not None and (at != line or field is None):
            return (
                T("il manque une espace ordinaire après le deux-points"),
                T("Écrivez « nom: valeur », avec une espace (pas insécable) après le deux-points."),
                at,
                stuck.start("colon"),
            )
    if "mapping values are not allowed" in said and first and line:
        before = lines[line - 1]
        if before.strip() and ":" not in before and not before.lstrip().startswith(("- ", "#")):
            return (
                T("il manque un deux-points après le nom du champ"),
                T("Écrivez « nom : valeur », ou décalez la ligne si elle continue la précédente."),
                line - 1,
                len(before) - len(before.lstrip()),
            )
    value, start = (field["value"] or "", field.start("value")) if field is not None else (row.strip(), _indent(row))
    if value.startswith("- ") and field is None:
        value, start = value[2:].lstrip(), len(row) - len(row.rstrip()[_indent(row) + 2 :].lstrip())
    for sign in ("{{", "{%"):
        if value.startswith(sign):
            return T("la valeur commence par « {sign} », la marque d'un gabarit", sign=sign), QUOTE, line, start
    if field is None and row.lstrip().startswith("* "):
        return (
            T("un élément de liste commence par « * »"),
            T("Écrivez un tiret : « - » puis une espace."),
            line,
            _indent(row),
        )
    if field is None and row.lstrip().startswith(":"):
        return (
            T("le nom d'un champ doit être un mot"),
            T("Écrivez « nom : valeur » avec un nom simple."),
            line,
            _indent(row),
        )
    if value.startswith("[[") and not value.startswith("[[["):
        return T("un lien entre doubles crochets n'est pas du texte en YAML"), QUOTE, line, start
    if value[:1] in tuple(_NOT_FIRST) and not first:
        if value[0] in "|>" and "block scalar" not in said:
            return None
        return (
            T("une valeur ne peut pas commencer par « {character} »", character=value[0]),
            QUOTE,
            line,
            start,
        )
    if "did not find expected node content" in said and row[column : column + 1] == ",":
        return T("une virgule est de trop"), T("Effacez-la, ou écrivez l'élément qui manque."), line, column
    if field is not None and "mapping values are not allowed" in said and not first:
        return T("la valeur contient « : »"), QUOTE, line, column
    return None


def _fault_of_quotes(block: str, line: int, column: int, said: str) -> tuple[Text, Text, int, int] | None:
    """Recognise a quote closed too early or too late: libyaml then finds text where a key should be."""
    if "did not find expected" not in said:
        return None
    last: Any = None
    try:
        for token in yaml.scan(block, Loader=CLoader):
            if token.start_mark.line > line or (token.start_mark.line == line and token.start_mark.column >= column):
                break
            last = token
    except yaml.YAMLError:
        pass
    if isinstance(last, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)) and last.end_mark.line == line:
        return *_UNCLOSED_BRACKET, line, last.start_mark.column
    if not isinstance(last, yaml.ScalarToken) or last.style not in ("'", '"'):
        return None
    if last.start_mark.line < last.end_mark.line:
        return *_UNCLOSED_QUOTE, last.start_mark.line, last.start_mark.column
    if last.end_mark.line != line:
        return None
    return (
        T("du texte suit le guillemet fermant"),
        T("Mettez toute la valeur entre guillemets; à l'intérieur, doublez l'apostrophe ou écrivez « \\\" »."),
        line,
        last.start_mark.column,
    )


def tag_name(name: str) -> str:
    """Return a YAML tag as people write it: ``!!int``."""
    return "!!" + name.removeprefix("tag:yaml.org,2002:") if name.startswith("tag:yaml.org,2002:") else name


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
