"""A Markdown file to its front matter and its body."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import frontmatter
from frontmatter.default_handlers import YAMLHandler

from cdp.frontmatter.composing import Node, compose
from cdp.frontmatter.problems import (
    FORBIDDEN,
    MAX_FILE,
    MAX_FRONT_MATTER,
    MAX_LEGACY,
    Data,
    Path,
    Problem,
    Unreadable,
    invisible,
    position,
    shown,
    syntax,
    unreadable,
)
from cdp.links import links
from cdp.text import T

FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
OPENING = re.compile(r"---[ \t]*\r?(?:\n|\Z)")
_NEAR_OPENING = re.compile(
    r"(?:-{3,}+[^\n]*+|[-‐-―−]{1,9}[ \t]*\r?)\n\s*+[\w-]++[ \t]*+:(?:\s|\Z)"  # dashes, perhaps made long by the editor
)
_FIELDS = r"(?:[a-z_][a-z0-9_-]*+:(?:[ \t][^\n]*+|\r?)\n(?:(?:[ \t]+|-[ \t])[^\n]*+\n|[ \t]*\r?\n)*+)++"
_HEADLESS = re.compile(rf"{_FIELDS}---[ \t]*\r?(?:\n|\Z)")
_LATE = re.compile(
    rf"(?:#{{1,6}}[ \t][^\n]*+\n(?:[ \t]*\r?\n)*+)++(?P<fence>---[ \t]*\r?\n)(?P<fields>{_FIELDS})---[ \t]*\r?(?:\n|\Z)"
)
_IN_CODE = re.compile(
    rf"(?:```|~~~)+[ \t]*(?:ya?ml|markdown|md)?[ \t]*\r?\n(?:---[ \t]*\r?\n)?(?P<fields>{_FIELDS})(?:---[ \t]*\r?\n|\s)*+(?:```|~~~)"
)
_OTHER_FENCE = re.compile(
    rf"(?P<sign>[=*_+~#])(?P=sign){{2,}}+[ \t]*\r?\n(?P<fields>{_FIELDS})(?P=sign){{3,}}+[ \t]*\r?(?:\n|\Z)"
)
_OURS = re.compile(
    r"^(?:title|summary|date|tags|authors|start_date|end_date|facilitators|purpose|opens|closes):", re.MULTILINE
)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_POINTER = "version https://git-lfs.github.com/spec/"
_TOML = re.compile(r"\+{3,}+[ \t]*+\r?\n")
_JSON = re.compile(r"(?:;{3}\s*+)?\{\s*+\"[^\"\n]*+\"\s*+:")
_BEFORE = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]++")
_NEAR_CLOSING = re.compile(r"^(?:-{4,}|[ \t]+---|---[ \t]*\S.*|\.\.\.)[ \t]*\r?$", re.MULTILINE)


CONFLICT = (
    T("un conflit de fusion Git n'est pas réglé"),
    T("Gardez une des deux versions, ou réunissez-les, puis effacez les lignes qui commencent par <<<, === et >>>."),
)
"""What is said of the marks that Git leaves where two changes meet, and what to do."""


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

    @property
    def sum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def heading(self) -> str | None:
        """The first heading, None when the text does not begin with one or nearly so."""
        for line in self.body.split("\n", 40)[:40]:
            if line.startswith("# "):
                return line[2:].strip().rstrip("#").strip()
        return None

    @property
    def cited(self) -> tuple[str, ...]:
        """Where its links to other Markdown files lead, as written, without the part after ``#``."""
        if ".md" not in self.body:
            return ()
        targets = (link.target.partition("#")[0] for link in links(self.body))
        return tuple(target for target in targets if target.endswith(".md") and ":" not in target)

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
        raise unreadable(
            T("le fichier est en UTF-16"),
            T("Enregistrez-le en UTF-8 (dans l'éditeur : « Enregistrer avec l'encodage »)."),
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise unreadable(
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
    if "\r" not in text and text.replace("\n", "").isprintable():
        # Nothing forbidden is printable, and most texts hold nothing else: the search takes ten times as long.
        return text
    match = FORBIDDEN.search(text)
    if match is not None:
        line, column = position(text, match.start())
        raise invisible("unreadable", match[0], line, column)
    return text


def too_large(size: int) -> Unreadable:
    """Return the answer to a file of ``size`` bytes, more than MAX_FILE."""
    return unreadable(
        T("le fichier fait {size} Kio, la limite est de 1024 Kio", size=-(-size // 1024)),
        T("Coupez la note en plusieurs, ou joignez le texte comme pièce jointe."),
    )


def unreachable() -> Unreadable:
    """Return the answer to a file that the system does not let us read."""
    return unreadable(
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
    opening = OPENING.match(text)
    if opening is None:
        raise syntax(
            T("la première ligne doit être exactement trois tirets"),
            T("Écrivez « --- » seul sur la première ligne."),
            1,
        )
    closing = FENCE.search(text, opening.end())
    if closing is None or closing.start() - opening.end() > MAX_FRONT_MATTER + MAX_LEGACY:
        raise _no_closing(text, opening.end(), closing)
    source = text[opening.end() : closing.start()]
    conflict = _CONFLICT.search(source)
    if conflict is not None:
        raise syntax(*CONFLICT, source.count("\n", 0, conflict.start()) + 2)
    if len(source) > MAX_FRONT_MATTER // 4 and _oversized(source):
        raise _too_large()
    handler = _StrictHandler()
    data, _ = frontmatter.parse(text, handler=handler)
    after = closing.end() + 1
    return Document(text, data, handler.places, after, text.count("\n", 0, after) + 1, tuple(handler.problems))


_LEGACY = re.compile(r"^legacy:[ \t]*\r?\n(?:[ -][^\n]*+\n|\r?\n)*+", re.MULTILINE)


def _oversized(source: str) -> bool:
    """Tell whether a front matter, or its legacy, is larger than people write."""
    whole = len(source.encode("utf-8", "surrogatepass"))
    if whole <= MAX_FRONT_MATTER:
        return False
    match = _LEGACY.search(source)
    legacy = len(match[0].encode("utf-8", "surrogatepass")) if match is not None else 0
    return whole - legacy > MAX_FRONT_MATTER or legacy > MAX_LEGACY


def _refuse_near_opening(text: str) -> None:
    """Raise where a front matter of another kind or place would be published as text.

    Raises:
        Unreadable: something precedes it, its fence is not three hyphens, or it is TOML or JSON.
    """
    start = _start(text)
    line = text.count("\n", 0, start) + 1
    if text.startswith(_POINTER, start):
        raise syntax(
            T("Git LFS n'a laissé ici qu'un renvoi : le texte n'y est pas"),
            T("Reprenez le texte (git lfs pull), et gardez les notes hors de Git LFS."),
            line,
        )
    if _HEADLESS.match(text, start):
        raise syntax(
            T("l'en-tête n'a pas sa première ligne de trois tirets"), T("Ajoutez « --- » seul, avant ce champ."), line
        )
    if _TOML.match(text, start):
        raise syntax(
            T("l'en-tête est en TOML (« +++ »), que ce site ne lit pas"),
            T("Remplacez les « +++ » par « --- », et « nom = valeur » par « nom: valeur »."),
            line,
        )
    if _JSON.match(text, start):
        raise syntax(
            T("l'en-tête est en JSON, que ce site ne lit pas"),
            T("Écrivez « --- », un champ « nom: valeur » par ligne, puis « --- »."),
            line,
        )
    other = _IN_CODE.match(text, start) or _OTHER_FENCE.match(text, start)
    if other is not None and _OURS.search(other["fields"]) and "\n---" in other[0]:
        raise syntax(
            T("l'en-tête est dans un bloc de code"),
            T("Effacez les lignes de signes qui sont avant et après les « --- »."),
            line,
        )
    if other is not None and _OURS.search(other["fields"]):
        raise syntax(
            T("l'en-tête n'est pas entre deux lignes de trois tirets"),
            T("Remplacez par « --- » les lignes de signes qui sont avant et après les champs."),
            line,
        )
    late = _LATE.match(text, start)
    if late is not None and _OURS.search(late["fields"]) and not _NEAR_OPENING.match(text, start):
        raise syntax(
            T("l'en-tête ne commence pas à la première ligne"),
            T("Déplacez le titre qui le précède sous les champs et leur ligne de trois tirets."),
            text.count("\n", 0, late.start("fence")) + 1,
        )
    if _NEAR_OPENING.match(text, start):
        if text.startswith("---", start):
            raise syntax(
                T("l'en-tête ne commence pas à la première ligne"),
                T("Effacez ce qui précède les trois tirets."),
                line,
                start - text.rfind("\n", 0, start),
            )
        raise syntax(
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
        line, _ = position(text, near.start())
        return syntax(
            T("l'en-tête doit finir par une ligne d'exactement trois tirets"),
            T("Remplacez cette ligne par « --- »."),
            line,
        )
    return syntax(T("l'en-tête ouvert ici n'a pas de fin"), T("Ajoutez une ligne « --- » après le dernier champ."), 1)


def _too_large() -> Unreadable:
    return syntax(
        T("l'en-tête dépasse 16 Kio"), T("Déplacez les longs textes sous l'en-tête, dans le corps de la page."), 1
    )


class _StrictHandler(YAMLHandler):
    """python-frontmatter's YAML handler, with our reader; keeps the places and the problems that it met."""

    FM_BOUNDARY = FENCE

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
        match = _LOST.match(self.block, node.end.index) if node.value is None else None
        if match is not None:
            column = node.end.column + match.start("text") - match.start() + 1
            raise syntax(
                T("« {text} » serait pris pour un commentaire, et perdu", text=shown(match["text"])),
                T("Mettez la valeur entre guillemets; si c'est un commentaire, laissez une espace après « # »."),
                node.end.line + 2,
                column,
            )

    def _refuse_swallowed_item(self, node: Node) -> None:
        """Refuse a dash that YAML takes for the continuation of the item above, because it is further to the right."""
        match = _SWALLOWED.search(self.block, node.start.index, node.end.index)
        if match is not None:
            line, column = position(self.block, match.end() - 1)
            raise syntax(
                T("ce tiret n'est pas sous les autres : la ligne se joindrait à l'élément qui précède"),
                T("Alignez le tiret sur ceux qui précèdent."),
                line + 1,
                column - 1,
            )

    def _construct(self, node: Node, path: Path) -> Data:
        if node.kind == "scalar":
            self._refuse_lost_text(node)
            if node.end.line != node.start.line and not node.style and isinstance(node.value, str):
                self._refuse_swallowed_item(node)
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


_SWALLOWED = re.compile(r"\n[ ]*+- ")
_LOST = re.compile(r"[ ]++(?P<text>#[^\s#!][^\r\n]*+)")
