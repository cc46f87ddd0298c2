"""A front matter block to a tree of values, each with its place: libyaml's events, and nothing lenient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Protocol

import yaml
from yaml import CLoader

from cdp.frontmatter.explanations import (
    DIRECTIVE,
    GENERIC,
    HIDDEN,
    QUOTE,
    STUCK,
    TOO_DEEP,
    explained,
    tag_name,
)
from cdp.frontmatter.problems import FORBIDDEN, MAX_DEPTH, Data, invisible, position, refused, shown, syntax
from cdp.text import T


class Mark(Protocol):
    """A point of the front matter block, as libyaml gives it: 0-based line and column, and index of the character."""

    line: int
    column: int
    index: int


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
        line, column = position(block, tab)
        raise syntax(T("une tabulation se trouve dans l'en-tête"), T("Remplacez-la par des espaces."), line + 1, column)
    hidden = FORBIDDEN.search(block)
    if hidden is not None:
        line, column = position(block, hidden.start())
        raise invisible("syntax", hidden[0], line + 1, column)
    try:
        return _compose_document(iter(CLoader(block).get_event, None))
    except yaml.MarkedYAMLError as error:
        raise explained(error, block) from None
    except yaml.YAMLError:
        raise syntax(*GENERIC, 2) from None


def _compose_document(events: Iterator[Any]) -> Node | None:
    next(events)  # the start of the stream
    first = next(events)
    if isinstance(first, yaml.StreamEndEvent):
        return None
    if first.explicit or first.version or first.tags:
        raise refused(*DIRECTIVE, first)
    root: Node | None = None
    stack: list[Node] = []
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            node = _scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            node = _collection(event, "map" if kind is yaml.MappingStartEvent else "list")
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            stack.pop().end = event.end_mark
            continue
        elif kind is yaml.AliasEvent:
            raise refused(
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
                raise refused(*TOO_DEEP, event)
            stack.append(node)
    following = next(events, None)
    if isinstance(following, yaml.DocumentStartEvent):
        raise refused(
            T("l'en-tête contient deux documents YAML"), T("Gardez un seul bloc entre les deux « --- »."), following
        )
    if root is not None and root.kind != "map":
        if root.kind == "scalar" and root.value is None:
            return None
        if root.kind == "scalar" and not root.style and STUCK.match(str(root.value)):
            raise syntax(
                T("il manque une espace ordinaire après le deux-points"),
                T("Écrivez « nom: valeur », avec une espace (pas insécable) après le deux-points."),
                root.start.line + 2,
                root.start.column + str(root.value).index(":") + 1,
            )
        raise syntax(
            T("l'en-tête doit être une suite de champs « nom : valeur »"),
            T("Écrivez par exemple « title: Titre de la page »."),
            root.start.line + 2,
            root.start.column + 1,
        )
    return root


def _scalar(event: Any) -> Node:
    if event.anchor is not None or event.tag is not None:
        _refuse_properties(event)
    node = Node("scalar", event.start_mark, event.end_mark)
    value = event.value
    if event.style == '"' and (hidden := FORBIDDEN.search(value)) is not None:
        # An escape such as "\\u202E" brings in what the file itself may not hold.
        raise invisible("syntax", hidden[0], node.start.line + 2, node.start.column + 1)
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
    node = Node(kind, event.start_mark, event.start_mark)
    node.flow = bool(event.flow_style)
    return node


def _refuse_properties(event: Any) -> None:
    if event.anchor is not None:
        raise refused(
            T("une ancre YAML (« &{name} ») se trouve dans l'en-tête", name=event.anchor),
            T("Effacez l'ancre et recopiez la valeur là où elle sert, ou mettez le texte entre guillemets."),
            event,
        )
    if event.tag is not None:
        raise refused(
            T("une étiquette YAML (« {name} ») se trouve dans l'en-tête", name=shown(tag_name(event.tag))),
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
        raise refused(T("la valeur commence par « {sign} », la marque d'un gabarit", sign="{{"), QUOTE, event)
    if node.kind != "scalar" or not isinstance(node.value, str) or not node.value.strip():
        raise refused(T("le nom d'un champ doit être un mot"), T("Écrivez « nom : valeur » avec un nom simple."), event)
    hidden = HIDDEN.search(node.value) if not node.value.isidentifier() else None
    if hidden is not None:
        raise syntax(
            T("le nom du champ contient un caractère invisible, U+{code}", code=f"{ord(hidden[0]):04X}"),
            T("Retapez le nom du champ et le deux-points; devant le deux-points, pas d'espace insécable."),
            node.start.line + 2,
            node.start.column + 1,
        )
    if node.value == "<<":
        raise refused(T("une fusion YAML (« << ») se trouve dans l'en-tête"), T("Recopiez les champs un à un."), event)
    parent.keys.append(node)
