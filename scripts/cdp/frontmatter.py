"""YAML front matter: text to data with the place of every key, and edits that keep every other byte.

python-frontmatter splits the file; the handler below is strict where YAML is lenient. One YAML reader only:
libyaml's event stream, so that two machines never read two different files. Scalars are text, except plain
``true`` and ``false``; dates and numbers are the business of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from cdp.text import T, Text

try:
    from yaml import CLoader, CSafeDumper
except ImportError as error:
    raise ImportError(
        "PyYAML est installé sans libyaml. Réinstallez-le : python -m pip install --force-reinstall PyYAML"
    ) from error

Data = Any
"""What front matter holds: text, bool, None, lists and dicts of these."""

Path = tuple[str | int, ...]
"""Way to a key or an item: ``("objectives", 0, "id")``."""

MAX_FILE = 1024 * 1024
"""Largest Markdown file, in bytes."""
MAX_FRONT_MATTER = 16 * 1024
"""Largest front matter, in bytes."""
MAX_DEPTH = 6
"""Deepest nesting of mappings and lists."""

_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_OPENING = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_NEAR_OPENING = re.compile(
    r"(?:-{3,}+[^\n]*+|[-‐-―−]{1,9}[ \t]*\r?)\n\s*+[\w-]++[ \t]*+:(?:\s|\Z)"  # dashes, perhaps made long by the editor
)
_TOML = re.compile(r"\+{3,}+[ \t]*+\r?\n")
_JSON = re.compile(r"(?:;{3}\s*+)?\{\s*+\"[^\"\n]*+\"\s*+:")
_BEFORE = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]++")
_NEAR_CLOSING = re.compile(r"^(?:-{4,}|[ \t]+---|---[ \t]*\S.*|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
"""Control characters, line breaks of other systems, Unicode's bidi controls, byte order marks out of place."""


class Problem(NamedTuple):
    """One fault of a file: 1-based line and column (0 when the whole file or line is meant), words, cure."""

    kind: Literal["unreadable", "syntax"]
    line: int
    column: int
    message: Text
    fix: Text


class Unreadable(Exception):  # noqa: N818 - it is an answer, not a failure of cdp
    """The bytes are not a text that cdp accepts, or the front matter cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file, split.

    Attributes:
        text: the whole file, without its byte order mark.
        data: the front matter; empty when there is none.
        places: line and column (1-based, in the file) of every key and item of ``data``.
        body_start: offset in ``text`` of what follows the front matter.
        body_line: 1-based line where that starts.
        problems: duplicate keys, and other faults that leave the rest readable.
    """

    text: str
    data: dict[str, Data] = field(default_factory=dict)
    places: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    body_start: int = 0
    body_line: int = 1
    problems: tuple[Problem, ...] = ()

    @property
    def body(self) -> str:
        """What follows the front matter."""
        return self.text[self.body_start :] if self.body_start else self.text

    def place(self, path: Path) -> tuple[int, int]:
        """Return line and column of ``path``, or of its nearest parent that is written in the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def decode(data: bytes) -> str:
    """Return the text of a Markdown file, without a byte order mark.

    Raises:
        Unreadable: too large, not strict UTF-8, or with characters that hide or break lines.
    """
    if len(data) > MAX_FILE:
        raise too_large(len(data))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:64].count(0) > len(data[:64]) // 4:
        raise _unreadable(
            T("le fichier est en UTF-16"),
            T("Enregistrez-le en UTF-8 (dans l'éditeur : « Enregistrer avec l'encodage »)."),
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unreadable(
            T(
                "l'octet {offset} ({value}) n'est pas de l'UTF-8",
                offset=error.start,
                value=f"0x{data[error.start]:02X}",
            ),
            T("Enregistrez le fichier en UTF-8 (dans l'éditeur : « Enregistrer avec l'encodage »)."),
            line,
            len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1,
        ) from None
    text = text.removeprefix("\ufeff")
    if text.isascii() and "\r" not in text and text.isprintable():
        return text
    match = _FORBIDDEN.search(text)
    if match is not None:
        line, column = _position(text, match.start())
        raise _invisible("unreadable", match[0], line, column)
    return text


def too_large(size: int) -> Unreadable:
    """Return the answer to a file of ``size`` bytes, more than MAX_FILE."""
    return _unreadable(
        T("le fichier fait {size} Kio, la limite est de 1024 Kio", size=-(-size // 1024)),
        T("Coupez la note en plusieurs, ou joignez le texte comme pièce jointe."),
    )


def unreachable() -> Unreadable:
    """Return the answer to a file that the system does not let us read."""
    return _unreadable(
        T("le fichier ne peut pas être ouvert"),
        T("Vérifiez que vous avez le droit de le lire et qu'il existe encore."),
    )


def parse(text: str) -> Document:
    """Split a Markdown text and read its front matter.

    Args:
        text: what :func:`decode` returns.

    Raises:
        Unreadable: the front matter has no end, is not YAML, or uses what cdp refuses (design, "Reading").
    """
    if not text.startswith("---"):
        _refuse_near_opening(text)
        return Document(text)
    opening = _OPENING.match(text)
    if opening is None:
        raise _syntax(
            T("la première ligne doit être exactement trois tirets"),
            T("Écrivez « --- » seul sur la première ligne."),
            1,
        )
    closing = _FENCE.search(text, opening.end())
    if closing is None or closing.start() - opening.end() > MAX_FRONT_MATTER:
        raise _no_closing(text, opening.end(), closing)
    source = text[opening.end() : closing.start()]
    if len(source.encode("utf-8", "surrogatepass")) > MAX_FRONT_MATTER:
        raise _too_large()
    handler = _StrictHandler()
    data, _ = frontmatter.parse(text, handler=handler)
    after = closing.end() + 1
    return Document(text, data, handler.places, after, text.count("\n", 0, after) + 1, tuple(handler.problems))


def _refuse_near_opening(text: str) -> None:
    """Raise where a front matter of another kind or place would be published as text.

    Raises:
        Unreadable: something precedes it, its fence is not three hyphens, or it is TOML or JSON.
    """
    start = _start(text)
    line = text.count("\n", 0, start) + 1
    if _TOML.match(text, start):
        raise _syntax(
            T("l'en-tête est en TOML (« +++ »), que ce site ne lit pas"),
            T("Remplacez les « +++ » par « --- », et « nom = valeur » par « nom: valeur »."),
            line,
        )
    if _JSON.match(text, start):
        raise _syntax(
            T("l'en-tête est en JSON, que ce site ne lit pas"),
            T("Écrivez « --- », un champ « nom: valeur » par ligne, puis « --- »."),
            line,
        )
    if _NEAR_OPENING.match(text, start):
        if text.startswith("---", start):
            raise _syntax(
                T("l'en-tête ne commence pas à la première ligne"),
                T("Effacez ce qui précède les trois tirets."),
                line,
                start - text.rfind("\n", 0, start),
            )
        raise _syntax(
            T("l'en-tête ne commence pas par trois tirets courts"),
            T("Écrivez « --- » (trois fois la touche du trait d'union) avant et après les champs."),
            line,
        )


def _start(text: str) -> int:
    """Return where the text starts, once blank and invisible characters and comments are skipped."""
    at = 0
    while True:
        blank = _BEFORE.match(text, at)
        at = blank.end() if blank else at
        if not text.startswith("<!--", at):
            return at
        end = text.find("-->", at)
        if end < 0:
            return at
        at = end + 3


def _no_closing(text: str, start: int, closing: re.Match[str] | None) -> Unreadable:
    if closing is not None:
        return _too_large()
    near = _NEAR_CLOSING.search(text, start)
    if near is not None:
        line, _ = _position(text, near.start())
        return _syntax(
            T("l'en-tête doit finir par une ligne d'exactement trois tirets"),
            T("Remplacez cette ligne par « --- »."),
            line,
        )
    return _syntax(T("l'en-tête ouvert ici n'a pas de fin"), T("Ajoutez une ligne « --- » après le dernier champ."), 1)


def _too_large() -> Unreadable:
    return _syntax(
        T("l'en-tête dépasse 16 Kio"), T("Déplacez les longs textes sous l'en-tête, dans le corps de la page."), 1
    )


class _StrictHandler(YAMLHandler):
    """python-frontmatter's YAML handler, with our reader; keeps the places and the problems that it met."""

    FM_BOUNDARY = _FENCE

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[Path, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self.block = ""

    def load(self, fm: str, **_: object) -> dict[str, Data]:
        """Return the data of a front matter block (the text between the two fences, led by a line end)."""
        block = fm.lstrip("\r").removeprefix("\n")
        self.block = block
        node = compose(block)
        return self._construct(node, ()) if node is not None else {}

    def _refuse_lost_text(self, node: Node) -> None:
        """Refuse ``tags: #x``: YAML takes the value for a comment, and the person loses it in silence."""
        match = _LOST.match(self.block, node.end.offset) if node.value is None else None
        if match is not None:
            column = node.end.column + match.start("text") - match.start() + 1
            raise _syntax(
                T("« {text} » serait pris pour un commentaire, et perdu", text=_shown(match["text"])),
                T("Mettez la valeur entre guillemets; si c'est un commentaire, laissez une espace après « # »."),
                node.end.line + 2,
                column,
            )

    def _construct(self, node: Node, path: Path) -> Data:
        if node.kind == "scalar":
            self._refuse_lost_text(node)
            return node.value
        if node.kind == "list":
            items = []
            for index, item in enumerate(node.items):
                here = (*path, index)
                self.places[here] = (item.start.line + 2, item.start.column + 1)
                items.append(self._construct(item, here))
            return items
        data: dict[str, Data] = {}
        for key, item in zip(node.keys, node.items, strict=True):
            here = (*path, key.value)
            place = (key.start.line + 2, key.start.column + 1)
            if here in self.places:
                first = self.places[here][0]
                self.problems.append(
                    Problem(
                        "syntax",
                        *place,
                        T(
                            "le champ « {key} » est écrit deux fois, lignes {first} et {second}",
                            key=key.value,
                            first=first,
                            second=place[0],
                        ),
                        T("Gardez une seule des deux lignes."),
                    )
                )
                continue
            self.places[here] = place
            data[key.value] = self._construct(item, here)
        return data


_LOST = re.compile(r"[ ]++(?P<text>#[^\s#!][^\r\n]*+)")


class Mark(NamedTuple):
    """A point of the front matter block: 0-based line and column, and offset in characters."""

    line: int
    column: int
    offset: int


class Node:
    """A value of the front matter and where it is written."""

    __slots__ = ("end", "flow", "items", "keys", "kind", "start", "style", "value")

    def __init__(self, kind: Literal["scalar", "list", "map"], start: Mark, end: Mark) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value: Data = None
        self.keys: list[Node] = []
        self.items: list[Node] = []
        self.flow = False
        self.style: str | None = None


def compose(block: str) -> Node | None:
    """Return the node tree of a front matter block, or None when it is empty.

    Raises:
        Unreadable: not YAML, or YAML that cdp refuses; lines count from the opening fence.
    """
    tab = block.find("\t")
    if tab >= 0:
        line, column = _position(block, tab)
        raise _syntax(
            T("une tabulation se trouve dans l'en-tête"), T("Remplacez-la par des espaces."), line + 1, column
        )
    hidden = _FORBIDDEN.search(block)
    if hidden is not None:
        line, column = _position(block, hidden.start())
        raise _invisible("syntax", hidden[0], line + 1, column)
    try:
        events = yaml.parse(block, Loader=CLoader)
        return _compose_document(events)
    except yaml.MarkedYAMLError as error:
        raise _explained(error, block) from None
    except yaml.YAMLError:
        raise _syntax(*_GENERIC, 2) from None


def _invisible(kind: Literal["unreadable", "syntax"], character: str, line: int, column: int) -> Unreadable:
    if character == "\r":
        message = T("une fin de ligne est d'un ancien système (retour de chariot seul)")
        fix = T("Enregistrez le fichier avec des fins de ligne LF (Unix) ou CRLF (Windows).")
    else:
        message = T("le caractère invisible U+{code} n'est pas permis", code=f"{ord(character):04X}")
        fix = T("Effacez ce caractère à la ligne et à la colonne indiquées, ou retapez la ligne.")
    return Unreadable(Problem(kind, line, column, message, fix))


def _compose_document(events: Iterator[Any]) -> Node | None:
    next(events)  # the start of the stream
    first = next(events)
    if isinstance(first, yaml.StreamEndEvent):
        return None
    if first.explicit or first.version or first.tags:
        raise _refused(*_DIRECTIVE, first)
    root: Node | None = None
    stack: list[Node] = []
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            node = _scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            node = _collection(event, "map" if kind is yaml.MappingStartEvent else "list")
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            stack.pop().end = _mark(event.end_mark)
            continue
        elif kind is yaml.AliasEvent:
            raise _refused(
                T("un renvoi YAML (« *{name} ») se trouve dans l'en-tête", name=event.anchor),
                T("Recopiez la valeur, ou mettez le texte entre guillemets."),
                event,
            )
        else:
            break
        if not stack:
            root = node
        else:
            _attach(stack[-1], node, event)
        if node.kind != "scalar":
            if len(stack) == MAX_DEPTH:
                raise _refused(*_TOO_DEEP, event)
            stack.append(node)
    following = next(events, None)
    if isinstance(following, yaml.DocumentStartEvent):
        raise _refused(
            T("l'en-tête contient deux documents YAML"), T("Gardez un seul bloc entre les deux « --- »."), following
        )
    if root is not None and root.kind != "map":
        if root.kind == "scalar" and root.value is None:
            return None
        if root.kind == "scalar" and not root.style and _STUCK.match(str(root.value)):
            raise _syntax(
                T("il manque une espace ordinaire après le deux-points"),
                T("Écrivez « nom: valeur », avec une espace (pas insécable) après le deux-points."),
                root.start.line + 2,
                root.start.column + str(root.value).index(":") + 1,
            )
        raise _syntax(
            T("l'en-tête doit être une suite de champs « nom : valeur »"),
            T("Écrivez par exemple « title: Titre de la page »."),
            root.start.line + 2,
            root.start.column + 1,
        )
    return root


def _mark(mark: Any) -> Mark:
    return Mark(mark.line, mark.column, mark.index)


def _scalar(event: Any) -> Node:
    _refuse_properties(event)
    node = Node("scalar", _mark(event.start_mark), _mark(event.end_mark))
    value = event.value
    if event.style == '"' and (hidden := _FORBIDDEN.search(value)) is not None:
        # An escape such as "\\u202E" brings in what the file itself may not hold.
        raise _invisible("syntax", hidden[0], node.start.line + 2, node.start.column + 1)
    node.style = event.style
    if event.implicit[0]:  # plain
        if value == "":
            value = None
        elif value == "true":
            value = True
        elif value == "false":
            value = False
    node.value = value
    return node


def _collection(event: Any, kind: Literal["list", "map"]) -> Node:
    _refuse_properties(event)
    mark = _mark(event.start_mark)
    node = Node(kind, mark, mark)
    node.flow = bool(event.flow_style)
    return node


def _refuse_properties(event: Any) -> None:
    if event.anchor is not None:
        raise _refused(
            T("une ancre YAML (« &{name} ») se trouve dans l'en-tête", name=event.anchor),
            T("Effacez l'ancre et recopiez la valeur là où elle sert, ou mettez le texte entre guillemets."),
            event,
        )
    if event.tag is not None:
        raise _refused(
            T("une étiquette YAML (« {name} ») se trouve dans l'en-tête", name=_shown(_tag(event.tag))),
            T("Effacez l'étiquette, ou mettez le texte entre guillemets."),
            event,
        )


def _attach(parent: Node, node: Node, event: Any) -> None:
    if parent.kind == "list" or len(parent.keys) > len(parent.items):
        parent.items.append(node)
        return
    if isinstance(node.value, bool):
        node.value = str(node.value).lower()
    if node.kind == "map" and node.flow and parent.flow:
        raise _refused(T("la valeur commence par « {sign} », la marque d'un gabarit", sign="{{"), _QUOTE, event)
    if node.kind != "scalar" or not isinstance(node.value, str) or not node.value.strip():
        raise _refused(
            T("le nom d'un champ doit être un mot"), T("Écrivez « nom : valeur » avec un nom simple."), event
        )
    hidden = _HIDDEN.search(node.value)
    if hidden is not None:
        raise _syntax(
            T("le nom du champ contient un caractère invisible, U+{code}", code=f"{ord(hidden[0]):04X}"),
            T("Retapez le nom du champ et le deux-points; devant le deux-points, pas d'espace insécable."),
            node.start.line + 2,
            node.start.column + 1,
        )
    if node.value == "<<":
        raise _refused(T("une fusion YAML (« << ») se trouve dans l'en-tête"), T("Recopiez les champs un à un."), event)
    parent.keys.append(node)


_GENERIC = (
    T("l'en-tête n'est pas du YAML lisible à partir d'ici"),
    T("Vérifiez les deux-points, les guillemets et l'alignement de cette ligne et de la précédente."),
)
_QUOTE = T("Mettez toute la valeur entre guillemets droits.")
_UNCLOSED_QUOTE = (
    T("un guillemet ouvert n'est pas refermé"),
    T("Fermez le guillemet à la fin de la valeur; une apostrophe dans une valeur entre apostrophes se double."),
)
_UNCLOSED_BRACKET = (
    T("un crochet ou une accolade n'est pas refermé, ou du texte le suit"),
    T("Fermez-le au bout de la ligne, ou mettez toute la valeur entre guillemets droits."),
)
_TOO_DEEP = (T("l'en-tête a plus de {n} niveaux imbriqués", n=MAX_DEPTH), T("Simplifiez cette partie de l'en-tête."))
_DIRECTIVE = (T("une directive YAML se trouve dans l'en-tête"), T("Effacez la ligne qui commence par « % »."))
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
    ("maximum nesting depth", *_TOO_DEEP),
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
        _QUOTE,
    ),
    ("while scanning a directive", *_DIRECTIVE),
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
_HIDDEN = re.compile("[\x00-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]")
_FIELD = re.compile(r"[ ]*+(?:-[ ]++)*+(?P<key>[^\s:]++(?:[ ]++[^\s:]++)*+)[ ]*+:(?:[ ]++(?P<value>\S.*+)?|\Z)")
_STUCK = re.compile(r"[ ]*+(?:-[ ]++)*+[\w-]++(?P<colon>[\u00a0\u202f]?:(?P<after>[^\s:/]|[\u00a0\u202f]))")
_NOT_FIRST = "@`%*&!|>?"


def _explained(error: yaml.MarkedYAMLError, block: str) -> Unreadable:
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
            return _syntax(*_DIRECTIVE, first + 2)
        if not any(row.startswith("...") for row in lines[:line]):
            said = "did not find expected key"
    told = _fault_of_line(lines, line, column, said) or _fault_of_quotes(block, line, column, said)
    if told is not None:
        message, fix, line, column = told
        return _syntax(message, fix, line + 2, column + 1)
    if any(sign in said for sign in ("cannot start any token", "scanning an alias", "scanning an anchor", "a tag")):
        character = lines[line][column : column + 1] or "?"
        message = T("un nom ou une valeur ne peut pas commencer par « {character} »", character=character)
        return _syntax(message, T("Mettez-le entre guillemets droits, ou effacez ce signe."), line + 2, column + 1)
    if any(sign in said for sign in _ESCAPES):
        said = "while parsing a quoted scalar"
    for sign, message, fix in _EXPLANATIONS:
        if sign in said:
            return _syntax(message, fix, line + 2, column + 1)
    return _syntax(*_GENERIC, line + 2, column + 1)


def _fault_of_line(lines: list[str], line: int, column: int, said: str) -> tuple[Text, Text, int, int] | None:
    """Recognise a common fault in the line where reading stopped, or in the one before it."""
    row = lines[line]
    field = _FIELD.match(row)
    first = field is not None and column <= field.end("key") + 1
    for at in (line, line - 1):
        stuck = _STUCK.match(lines[at]) if at >= 0 and (at == line or first) else None
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
            return T("la valeur commence par « {sign} », la marque d'un gabarit", sign=sign), _QUOTE, line, start
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
        return T("un lien entre doubles crochets n'est pas du texte en YAML"), _QUOTE, line, start
    if value[:1] in tuple(_NOT_FIRST) and not first:
        if value[0] in "|>" and "block scalar" not in said:
            return None
        return (
            T("une valeur ne peut pas commencer par « {character} »", character=value[0]),
            _QUOTE,
            line,
            start,
        )
    if field is not None and "mapping values are not allowed" in said and not first:
        return T("la valeur contient « : »"), _QUOTE, line, column
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


def _tag(name: str) -> str:
    return "!!" + name.removeprefix("tag:yaml.org,2002:") if name.startswith("tag:yaml.org,2002:") else name


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" "))


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _unreadable(message: Text, fix: Text, line: int = 0, column: int = 0) -> Unreadable:
    return Unreadable(Problem("unreadable", line, column, message, fix))


def _syntax(message: Text, fix: Text, line: int, column: int = 1) -> Unreadable:
    return Unreadable(Problem("syntax", line, column, message, fix))


def _refused(message: Text, fix: Text, event: Any) -> Unreadable:
    mark = event.start_mark
    return _syntax(message, fix, mark.line + 2, mark.column + 1)


# In-place edits


class Edit(NamedTuple):
    """A change of the front matter.

    Attributes:
        path: what to change: a key for "set", a list for "append" and "insert".
        value: new value: text, bool, None, date as text, lists and dicts of these.
        how: "set" replaces or adds a key; "append" adds at the end of a list, made when absent;
            "insert" puts the value before the item numbered ``before``.
        before: place of an inserted item.
    """

    path: Path
    value: Data
    how: Literal["set", "append", "insert"] = "set"
    before: int = 0


def edit(text: str, edits: Sequence[Edit]) -> str:
    """Return ``text`` with its front matter changed and every other byte kept, comments included.

    Args:
        text: a whole file; a byte order mark and CRLF line ends are kept.
        edits: applied in order.

    Raises:
        Unreadable: the front matter cannot be read.
        KeyError: a path leads nowhere.
        ValueError: the change cannot be written in place without touching something else.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    parse(text)
    first = text.find("\n")
    newline = "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
    if not text.startswith("---"):
        text = f"---{newline}---{newline}{text}"
    for change in edits:
        text = _apply(text, change, newline)
    return mark + text


def _apply(text: str, change: Edit, newline: str) -> str:
    before = parse(text)
    if before.problems:
        raise Unreadable(before.problems[0])
    try:
        expected = _applied(before.data, change)
    except (TypeError, AttributeError, IndexError) as error:
        raise KeyError(change.path) from error
    opening = _OPENING.match(text)
    closing = _FENCE.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        raise ValueError("no front matter")
    block = text[opening.end() : closing.start()]
    try:
        start, end, new = _splice(block, change, newline)
    except (IndexError, yaml.YAMLError) as error:
        raise ValueError(f"cannot change {_dotted(change)} in place") from error
    if any(start <= comment < end for comment in _comments(block)):
        raise ValueError(f"a comment lies within {_dotted(change)}")
    result = text[: opening.end()] + block[:start] + new + block[end:] + text[closing.start() :]
    after = parse(result)
    if after.data != expected or after.body != before.body or after.problems:
        raise ValueError(f"cannot change {_dotted(change)} in place")
    if len(_comments(block)) != len(_comments(block[:start] + new + block[end:])):
        raise ValueError(f"a comment beside {_dotted(change)} would become text")
    return result


def _dotted(change: Edit) -> str:
    return ".".join(map(str, change.path))


def _comments(block: str) -> list[int]:
    """Return the offsets of the comments of a block that :func:`compose` accepts."""
    inside = sorted(_scalars(compose(block)))
    found: list[int] = []
    at = 0
    for match in re.finditer(r"(?:(?<=\s)|\A)#", block):
        while at < len(inside) and inside[at][1] <= match.start():
            at += 1
        if (not found or block.find("\n", found[-1], match.start()) >= 0) and not (
            at < len(inside) and inside[at][0] <= match.start()
        ):
            found.append(match.start())
    return found


def _scalars(node: Node | None) -> Iterator[tuple[int, int]]:
    if node is None:
        return
    if node.kind == "scalar":
        yield node.start.offset, node.end.offset
    for child in (*node.keys, *node.items):
        yield from _scalars(child)


def _applied(data: dict[str, Data], change: Edit) -> dict[str, Data]:
    """Return the data as it must read after the change."""
    import copy

    result = copy.deepcopy(data)
    parent: Any = result
    for step in change.path[:-1]:
        parent = parent[step]
    last = change.path[-1]
    if change.how == "set":
        if isinstance(parent, list) and not 0 <= int(last) < len(parent):
            raise KeyError(last)
        parent[last] = change.value
        return result
    if isinstance(parent, dict) and parent.get(last) is None:
        parent[last] = []
    target = parent[last]
    target.insert(len(target) if change.how == "append" else change.before, change.value)
    return result


Splice = tuple[int, int, str]
"""What an edit replaces in a block: start, end, new text."""


def _splice(block: str, change: Edit, newline: str) -> Splice:
    root = compose(block)
    if root is None:
        return len(block), len(block), _lines(_dump({change.path[-1]: _wanted(change)}), 0, newline)
    *way, last = change.path
    parent = root
    for step in way:
        parent = _child(parent, step)
    if parent.kind == "map" and last not in [key.value for key in parent.keys]:
        return _insert_in_map(block, parent, {last: _wanted(change)}, newline)
    target = _child(parent, last)
    if change.how == "set":
        return _replace(block, parent, last, target, change.value, newline)
    if target.kind != "list" or not target.items:
        return _replace(block, parent, last, target, [change.value], newline)
    index = len(target.items) if change.how == "append" else change.before
    return _insert_in_list(block, target, index, change.value, newline)


def _wanted(change: Edit) -> Data:
    return change.value if change.how == "set" else [change.value]


def _child(node: Node, step: str | int) -> Node:
    if node.kind == "list" and isinstance(step, int):
        return node.items[step]
    for key, item in zip(node.keys, node.items, strict=True):
        if key.value == step:
            return item
    raise KeyError(step)


def _replace(block: str, parent: Node, step: str | int, target: Node, value: Data, newline: str) -> Splice:
    if target.kind == "scalar" and target.style not in ("|", ">") and not isinstance(value, (list, dict)):
        said = _dump_flow(value) if parent.flow else _dump(value)
        space = "" if (target.start.offset and block[target.start.offset - 1] in " [{") or not said else " "
        return target.start.offset, target.end.offset, space + said
    if target.flow or parent.flow:
        return target.start.offset, target.end.offset, _space(block, target) + _dump_flow(value)
    if parent.kind == "list":
        item = _dump([value])
        start = block.rindex("-", 0, target.start.offset)
        column = start - (block.rfind("\n", 0, start) + 1)
    else:
        key = next(key for key in parent.keys if key.value == step)
        item = _dump({step: value})
        start, column = key.start.offset, key.start.column
    end = _end_of(block, target)
    return start, end, _lines(item, column, newline)[column:]


def _space(block: str, target: Node) -> str:
    return "" if block[target.start.offset - 1] in " [{" else " "


def _insert_in_map(block: str, node: Node, item: dict[Any, Data], newline: str) -> Splice:
    if node.flow:
        return _insert_in_flow(node, _dump_flow(item)[1:-1])
    column = node.keys[0].start.column
    end = _end_of(block, node)
    return end, end, _lines(_dump(item), column, newline)


def _insert_in_list(block: str, node: Node, index: int, value: Data, newline: str) -> Splice:
    if node.flow:
        said = _dump_flow(value)
        if index >= len(node.items):
            return _insert_in_flow(node, said)
        start = node.items[index].start.offset
        return start, start, f"{said}, "
    column = node.start.column
    said = _lines(_dump([value]), column, newline)
    if index < len(node.items):
        dash = block.rindex("-", 0, max(node.items[index].start.offset, 1))
        at = block.rfind("\n", 0, dash) + 1
        if block[at:dash].strip():
            raise ValueError("cannot insert before the first item here")
    else:
        at = _end_of(block, node)
    return at, at, said


def _insert_in_flow(node: Node, said: str) -> Splice:
    at = node.items[-1].end.offset if node.items else node.start.offset + 1
    return at, at, (", " if node.items else "") + said


def _end_of(block: str, node: Node) -> int:
    """Return the offset just after the last line of a node, without the comments that follow it."""
    while node.items and not node.flow:
        last = node.items[-1]
        if last.kind == "scalar" and last.value is None and node.kind == "map":
            node = node.keys[-1]
            break
        node = last
    end = node.end.offset
    if node.style in ("|", ">"):
        return end
    line_end = block.find("\n", end)
    return len(block) if line_end < 0 else line_end + 1


class _Dumper(CSafeDumper):
    """Quotes only what our reader would not read back as the same text."""


_Dumper.yaml_implicit_resolvers = {letter: [("tag:yaml.org,2002:bool", re.compile("true|false"))] for letter in "tf"}


def _dump(value: Data) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and _needs_quotes(value):
        return _quoted(value)
    said = yaml.dump(
        _prepared(value), Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False, width=10**6
    )
    return said.removesuffix("\n...\n").rstrip("\n")


def _dump_flow(value: Data) -> str:
    if not isinstance(value, (list, dict)):
        return _dump([value])[2:] if not isinstance(value, str) or not set(value) & set(",[]{}:#") else _quoted(value)
    said = yaml.dump(
        _prepared(value), Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return said.rstrip("\n")


class _Quoted(str):
    """Text that must stay on one line."""

    __slots__ = ()


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)
_Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def _prepared(value: Data) -> Data:
    """Return the value with its multi-line texts marked for one quoted line."""
    if isinstance(value, dict):
        return {key: _prepared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_prepared(item) for item in value]
    if isinstance(value, str) and _needs_quotes(value):
        return _Quoted(value)
    return value


def _needs_quotes(value: str) -> bool:
    """Tell whether a text would not come back as it is from a plain line; PyYAML quotes the other cases."""
    return not value or not value.isprintable() or value != value.strip()


def _quoted(value: str) -> str:
    return yaml.dump(_Quoted(value), Dumper=_Dumper, allow_unicode=True, width=10**6).rstrip("\n")


def _lines(said: str, column: int, newline: str) -> str:
    """Return the dumped lines indented, lists under keys included, each with its line end."""
    indent = " " * column
    return "".join(f"{indent}{line}{newline}" for line in _indented(said))


def _indented(said: str) -> Iterator[str]:
    """Indent the items of lists under their key, as people write them (PyYAML puts them flush)."""
    keys: list[int] = []
    lines = said.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        column = len(line) - len(line.lstrip(" "))
        while keys and (column < keys[-1] or (column == keys[-1] and not line.startswith("- ", column))):
            keys.pop()
        yield "  " * len(keys) + line
        key = column + 2 * line.startswith("- ", column)
        if line.endswith(":") and following.startswith(" " * key + "- "):
            keys.append(key)
