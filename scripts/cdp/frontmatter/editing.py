"""Edits of front matter in place: every other byte stays, comments included."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import yaml
from yaml import CSafeDumper

from cdp.frontmatter.composing import Node, compose
from cdp.frontmatter.problems import Data, Path, Unreadable
from cdp.frontmatter.reading import FENCE, OPENING, parse


class Edit(NamedTuple):
    """A change of the front matter.

    Attributes:
        path: what to change: a key for "set", a list for the others.
        value: new value: text, bool, None, date as text, lists and dicts of these.
        how: "set" replaces or adds a key; "append" adds at the end of a list, made when absent; "extend" adds each
            item of the value there; "insert" puts the value before the item numbered ``before``.
        before: place of an inserted item.
    """

    path: Path
    value: Data
    how: Literal["set", "append", "extend", "insert"] = "set"
    before: int = 0


def edit(text: str, edits: Sequence[Edit], order: Sequence[str] = ()) -> str:
    """Return ``text`` with its front matter changed and every other byte kept, comments included.

    Args:
        text: a whole file; a byte order mark and CRLF line ends are kept.
        edits: applied in order.
        order: usual order of the keys at the top; a new one is written after those that come before it, else last.

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
        text = _apply(text, change, newline, order)
    return mark + text


def _apply(text: str, change: Edit, newline: str, order: Sequence[str]) -> str:
    before = parse(text)
    if before.problems:
        raise Unreadable(before.problems[0])
    try:
        expected = _applied(before.data, change)
    except (TypeError, AttributeError, IndexError) as error:
        raise KeyError(change.path) from error
    opening = OPENING.match(text)
    closing = FENCE.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        raise ValueError("no front matter")
    block = text[opening.end() : closing.start()]
    try:
        start, end, new = _splice(block, change, newline, order)
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


def written(value: Data) -> str:
    """Return a value as a person would write it on one line of front matter, in a list or a block too."""
    if isinstance(value, str):
        plain = not set(value) & set(",[]{}#\"'") and ": " not in value and not value.endswith(":")
        return _dump(value) if plain else _quoted(value)
    return _dump_flow(value)


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
        yield node.start.index, node.end.index
    for child in (*node.keys, *node.items):
        yield from _scalars(child)


def _applied(data: dict[str, Data], change: Edit) -> dict[str, Data]:
    """Return the data as it must read after the change."""
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
    if change.how == "extend":
        target.extend(change.value)
        return result
    target.insert(len(target) if change.how == "append" else change.before, change.value)
    return result


Splice = tuple[int, int, str]
"""What an edit replaces in a block: start, end, new text."""


def _splice(block: str, change: Edit, newline: str, order: Sequence[str]) -> Splice:
    root = compose(block)
    if root is None:
        return len(block), len(block), _lines(_dump({change.path[-1]: _wanted(change)}), 0, newline)
    *way, last = change.path
    parent = root
    for step in way:
        parent = _child(parent, step)
    if parent.kind == "map" and last not in [key.value for key in parent.keys]:
        beside = _beside(parent, str(last), order) if not way else parent
        return _insert_in_map(block, beside, {last: _wanted(change)}, newline)
    target = _child(parent, last)
    if change.how == "set":
        return _replace(block, parent, last, target, change.value, newline)
    if target.kind != "list" or not target.items:
        return _replace(block, parent, last, target, _wanted(change), newline)
    index = change.before if change.how == "insert" else len(target.items)
    return _insert_in_list(block, target, index, _items(change), newline)


def _wanted(change: Edit) -> Data:
    return change.value if change.how == "set" else _items(change)


def _items(change: Edit) -> list[Data]:
    """Return what a change adds to a list."""
    if change.how == "extend" and isinstance(change.value, list):
        return change.value
    return [change.value]


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
        space = "" if (target.start.index and block[target.start.index - 1] in " [{") or not said else " "
        return target.start.index, target.end.index, space + said
    if target.flow or parent.flow:
        return target.start.index, target.end.index, _space(block, target) + _dump_flow(value)
    if target.kind == "scalar" and target.value is None and parent.kind == "map":
        return _fill(block, parent, step, target, value, newline)
    if parent.kind == "list":
        item = _dump([value])
        start = block.rindex("-", 0, target.start.index)
        column = start - (block.rfind("\n", 0, start) + 1)
    else:
        key = next(key for key in parent.keys if key.value == step)
        item = _dump({step: value})
        start, column = key.start.index, key.start.column
    end = _end_of(block, target)
    return start, end, _lines(item, column, newline)[column:]


def _fill(block: str, parent: Node, step: str | int, target: Node, value: Data, newline: str) -> Splice:
    """Return what gives lines to a key that has none: below it, so that a comment beside the key stays there."""
    if not value:
        return target.start.index, target.start.index, f" {_dump_flow(value)}"
    key = next(key for key in parent.keys if key.value == step)
    end = block.find("\n", key.end.index) + 1 or len(block)
    said = _lines(_dump({step: value}), key.start.column, newline)
    return end, end, said[said.index("\n") + 1 :]


def _space(block: str, target: Node) -> str:
    return "" if block[target.start.index - 1] in " [{" else " "


def _beside(node: Node, key: str, order: Sequence[str]) -> Node:
    """Return the part of a map after which a new key has its usual place; all of it when nothing tells."""
    if key not in order or node.flow:
        return node
    earlier = frozenset(order[: order.index(key)])
    count = max((number for number, known in enumerate(node.keys, 1) if known.value in earlier), default=0)
    if count in (0, len(node.keys)):
        return node
    part = Node("map", node.start, node.end)
    part.keys, part.items = node.keys[:count], node.items[:count]
    return part


def _insert_in_map(block: str, node: Node, item: dict[Any, Data], newline: str) -> Splice:
    if node.flow:
        return _insert_in_flow(node, _dump_flow(item)[1:-1])
    column = node.keys[0].start.column
    end = _end_of(block, node)
    return end, end, _lines(_dump(item), column, newline)


def _insert_in_list(block: str, node: Node, index: int, values: list[Data], newline: str) -> Splice:
    if node.flow:
        said = ", ".join(map(_dump_flow, values))
        if index >= len(node.items):
            return _insert_in_flow(node, said)
        start = node.items[index].start.index
        return start, start, f"{said}, "
    column = node.start.column
    said = _lines(_dump(values), column, newline)
    if index < len(node.items):
        dash = block.rindex("-", 0, max(node.items[index].start.index, 1))
        at = block.rfind("\n", 0, dash) + 1
        if block[at:dash].strip():
            raise ValueError("cannot insert before the first item here")
    else:
        at = _end_of(block, node)
    return at, at, said


def _insert_in_flow(node: Node, said: str) -> Splice:
    at = node.items[-1].end.index if node.items else node.start.index + 1
    return at, at, (", " if node.items else "") + said


def _end_of(block: str, node: Node) -> int:
    """Return the offset just after the last line of a node, without the comments that follow it."""
    while node.items and not node.flow:
        last = node.items[-1]
        if last.kind == "scalar" and last.value is None and node.kind == "map":
            node = node.keys[-1]
            break
        node = last
    end = node.end.index
    if node.style in ("|", ">"):
        return end
    line_end = block.find("\n", end)
    return len(block) if line_end < 0 else line_end + 1


class _Dumper(CSafeDumper):
    """Quotes only what our reader would not read back as the same text."""


_Dumper.yaml_implicit_resolvers = {
    **{letter: [("tag:yaml.org,2002:bool", re.compile("true|false"))] for letter in "tf"},
    "": [("tag:yaml.org,2002:null", re.compile(""))],
}


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
