"""Front matter: read strictly or refused, with the place of everything; changed in place, every other byte kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, reject, settings
from hypothesis import strategies as st

from cdp.frontmatter import MAX_DEPTH, MAX_FILE, MAX_FRONT_MATTER, Document, Edit, Unreadable, decode, edit, parse

quick = settings(max_examples=200, deadline=None)
thorough = settings(max_examples=600, deadline=None)


def refused(text: str) -> tuple[str, int, int, str]:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    problem = caught.value.problem
    return problem.kind, problem.line, problem.column, str(problem.message)


# Reading


def test_a_text_without_front_matter_is_all_body() -> None:
    document = parse("# Titre\n\n---\nnote: non\n---\n")

    assert (document.data, document.body_line) == ({}, 1)
    assert document.body == document.text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_mark_change_nothing(end: str, mark: str) -> None:
    text = f"{mark}---\ntitle: Été\ntags: [a, b]\n---\nUn\nDeux\n".replace("\n", end)
    document = parse(decode(text.encode()))

    assert document.data == {"title": "Été", "tags": ["a", "b"]}
    assert document.body == f"Un{end}Deux{end}"
    assert document.body_line == 5
    assert document.places == {("title",): (2, 1), ("tags",): (3, 1), ("tags", 0): (3, 8), ("tags", 1): (3, 11)}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("null", "null"),
        ("~", "~"),
        ("", None),
        ('"true"', "true"),
        ("'false'", "false"),
        ('""', ""),
        ("2026-02-30", "2026-02-30"),
        ("2026-02-03", "2026-02-03"),
        ("12:30:45", "12:30:45"),
        ("0777", "0777"),
        ("1_000", "1_000"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("9" * 5000, "9" * 5000),
        ("0x1F", "0x1F"),
        ("=", "="),
        ("C# # commentaire", "C#"),
        ("http://a.b/c?d=e#f", "http://a.b/c?d=e#f"),
        ('"\\u00e9\\t\\""', 'é\t"'),
        ("'l''été'", "l'été"),
        ("|\n  a\n  b", "a\nb\n"),
        (">-\n  a\n  b", "a b"),
        ("a\n  b", "a b"),
    ],
)
def test_a_scalar_is_text_but_for_true_and_false(written: str, read: Any) -> None:
    assert parse(f"---\nx: {written}\n---\n").data == {"x": read}


def test_an_empty_front_matter_is_empty() -> None:
    for text in ("---\n---\n", "---\n\n---\n", "---\n# rien\n---\n", "---\r\n---", "--- \n---\t\n"):
        assert parse(text).data == {}


def test_a_duplicate_names_both_lines_and_keeps_the_first() -> None:
    document = parse("---\na: 1\nb:\n  c: 2\n  c: 3\na: 4\n---\n")

    assert document.data == {"a": "1", "b": {"c": "2"}}
    assert [(p.line, p.column, str(p.message)) for p in document.problems] == [
        (5, 3, "le champ «\u00a0c\u00a0» est écrit deux fois, lignes 4 et 5"),
        (6, 1, "le champ «\u00a0a\u00a0» est écrit deux fois, lignes 2 et 6"),
    ]


def test_the_limits_are_the_limits() -> None:
    deepest = "{a: " * MAX_DEPTH + "x" + "}" * MAX_DEPTH
    assert parse(f"---\n{deepest}\n---\n").data
    assert "plus de 6 niveaux" in refused(f"---\n{{a: {deepest}}}\n---\n")[3]
    most = "a: " + "x" * (MAX_FRONT_MATTER - 4)
    assert parse(f"---\n{most}\n---\n").data
    assert "dépasse 16" in refused(f"---\n{most}x\n---\n")[3]
    legacy = "legacy:\n" + "  - path: notes/un.md\n    choice: keep\n" * 1500
    assert len(parse(f"---\na: b\n{legacy}c: d\n---\n").data["legacy"]) == 1500
    for long in (
        f"{most}x\n{legacy}",
        f"{legacy}b: {'x' * MAX_FRONT_MATTER}",
        legacy * 2,
        legacy.replace("legacy", "autre"),
    ):
        assert "dépasse 16" in refused(f"---\n{long}\n---\n")[3]
    assert decode(b"x" * MAX_FILE)
    with pytest.raises(Unreadable, match="1025"):
        decode(b"x" * (MAX_FILE + 1))


def test_bytes_that_are_not_text_are_placed() -> None:
    for data, place in [
        (b"a\nb\xff", (2, 2)),
        ("a\nété\udcff".encode("utf-8", "surrogateescape"), (2, 4)),
        (b"a\x00" * 9, (0, 0)),
        (b"\xff\xfea\x00", (0, 0)),
        ("a\nb\u202ec".encode(), (2, 2)),
        (b"a\rb", (1, 2)),
    ]:
        with pytest.raises(Unreadable) as caught:
            decode(data)
        assert caught.value.problem[1:3] == place


def test_libyaml_is_asked_for_when_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib
    import sys

    import cdp.frontmatter

    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    for name in [name for name in sys.modules if name.startswith("cdp.frontmatter")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match="sans libyaml"):
        importlib.import_module("cdp.frontmatter")
    assert cdp.frontmatter.parse is parse


# Any text, any bytes

PIECES = (
    "a|b:|-|[|]|{|}|,|:|#|&|*|!|>|'|\"|%|@|`|?|~|\\|---|...|<<|true|é|\u200b|\ufeff|\x00|\x85|\u2028|\t|😀|=|\n|\n|\n|\n  |\n- "
    "|: | |\r\n|\r|---\n|\n---\n|a: b\n|title: x|\ud800"
)
yaml_like = st.lists(st.sampled_from([*PIECES.split("|"), "|"]), max_size=40).map("".join)


@thorough
@given(st.one_of(yaml_like, st.text()), st.booleans())
def test_parse_reads_or_says_unreadable(text: str, fenced: bool) -> None:
    whole = f"---\n{text}\n---\nTexte\n" if fenced else text
    try:
        document = parse(whole)
    except Unreadable as error:
        problem = error.problem
        assert problem.kind == "syntax"
        lines = whole.split("\n")
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert str(problem.message)
        assert str(problem.fix)
    else:
        assert document.text == whole


@quick
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass")), yaml_like.map(
    lambda text: text.encode("utf-16" if len(text) % 7 == 0 else "utf-8", "surrogatepass"))))  # fmt: skip
def test_decode_reads_or_says_unreadable(data: bytes) -> None:
    try:
        text = decode(data)
    except Unreadable as caught:
        error = caught.problem
    else:
        error = None
    if error is not None:
        assert error.kind == "unreadable"
        assert error.line <= data.count(b"\n") + 1
    else:
        assert text.encode() == data.removeprefix(b"\xef\xbb\xbf")
        assert not re.search(
            "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", text
        )


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        yaml_like, st.deferred(lambda: documents().map(lambda text: text[text.index("\n") + 1 : text.index("\n---")]))
    )
)
def test_what_we_read_is_what_libyaml_composes(text: str) -> None:
    whole = f"---\n{text}\n---\n"
    try:
        document = parse(whole)
    except Unreadable:
        reject()
    assume(not document.problems)
    block = re.split(r"^---[ \t]*\r?$", whole, maxsplit=2, flags=re.MULTILINE)[1]
    node = yaml.compose(block, Loader=yaml.CSafeLoader)
    assert (plain(node) if node is not None and node.value != "" else {}) == document.data


def plain(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    if not node.style and node.value in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[node.value]
    return node.value


# Data, written by hand and by us

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Co", "Cn")), max_size=12
)
texts = st.one_of(
    words,
    st.sampled_from(
        ["true", "false", "null", "~", "", " a ", "a: b", "- a", "#a", "a #b", "@a", "%a", "*a", "&a", "!a", "[a", "{a", "a,b",
         "'", '"', "l'été", "a\nb", "a\n", "\n", "2026-01-01", "<<", "? a", "| a", "> a", "--- a", "...", "---", ":", "a:", "x" * 300]
    ),
)  # fmt: skip
keys = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
scalars = st.one_of(texts, st.booleans())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


def depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(depth, children), default=0)


@thorough
@given(st.dictionaries(keys, values, min_size=1, max_size=4))
def test_what_edit_writes_parse_reads(data: dict[str, Any]) -> None:
    assume(depth(data) <= MAX_DEPTH)
    text = edit("Texte\n", [Edit((key,), value) for key, value in data.items()])

    assert parse(text).data == data
    assert parse(text).body == "Texte\n"


COMMENT = "# c{}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Front matter as people write it: comments, blank lines, both styles, both line ends, a mark."""
    counter = iter(range(1000))
    lines: list[str] = []

    def comment(indent: int) -> None:
        if draw(st.integers(0, 3)) == 0:
            lines.append(" " * indent + draw(st.sampled_from(["", COMMENT.format(next(counter))])))

    def tail() -> str:
        return f"  {COMMENT.format(next(counter))}" if draw(st.integers(0, 3)) == 0 else ""

    def scalar() -> str:
        return draw(
            st.sampled_from(
                ["a", "été b", "'l''a'", '"b: c"', "true", "2026-01-01", "a-b #c", '"x # y"', "- x"[2:], ""]
            )
        )

    def flow(level: int) -> str:
        kind = draw(st.integers(0, 2)) if level else 0
        if kind == 1:
            return (
                "["
                + ", ".join(flow(level - 1) or "z" for _ in range(draw(st.integers(0, 3))))
                + draw(st.sampled_from(["]", " ]"]))
            )
        if kind == 2:
            names = draw(st.lists(st.sampled_from("pqr"), unique=True, max_size=2))
            return "{" + ", ".join(f"{name}: {flow(level - 1) or 'z'}" for name in names) + "}"
        return draw(st.sampled_from(["a", "'b'", '"c, d"', "e f"]))

    def block(indent: int, level: int) -> None:
        for name in draw(st.lists(st.sampled_from(["k", "l", "m", "n o"]), unique=True, min_size=1, max_size=3)):
            comment(indent)
            pad = " " * indent
            kind = draw(st.integers(0, 6 if level else 2))
            if kind <= 1:
                lines.append(f"{pad}{name}: {scalar()}{tail()}")
            elif kind == 2:
                lines.append(f"{pad}{name}: {flow(2)}{tail()}")
            elif kind == 3:
                lines.append(f"{pad}{name}: {draw(st.sampled_from(['|', '>', '|-', '>+', '|2']))}")
                lines.extend(f"{pad}  {line}" for line in ("un # pas un commentaire", "", "deux"))
            elif kind == 4:
                lines.append(f"{pad}{name}:{tail()}")
                block(indent + draw(st.sampled_from([1, 2, 4])), level - 1)
            else:
                lines.append(f"{pad}{name}:{tail()}")
                column = indent + draw(st.sampled_from([0, 2]))
                for _ in range(draw(st.integers(1, 3))):
                    comment(column)
                    if draw(st.booleans()):
                        lines.append(f"{' ' * column}- {scalar() or 'x'}{tail()}")
                    else:
                        start = len(lines)
                        block(column + 2, level - 1)
                        first = next(
                            (
                                i
                                for i in range(start, len(lines))
                                if lines[i].strip() and "#" not in lines[i][: column + 3]
                            ),
                            None,
                        )
                        if first is not None:
                            lines[first] = lines[first][:column] + "- " + lines[first][column + 2 :]

    block(0, 2)
    comment(0)
    text = "---\n" + "".join(f"{line}\n" for line in lines) + "---\n\nTexte # du corps\n"
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@st.composite
def edits(draw: st.DrawFn, document: Document) -> Edit:
    paths = [*document.places, ("nouveau",), ("k", "nouveau"), ("k", 0, "nouveau"), ("k", 9), ("absent", "x"), ()]
    path = draw(st.sampled_from(paths))
    how = draw(st.sampled_from(["set", "set", "append", "insert"]))
    return Edit(path, draw(st.one_of(scalars, values)), how, draw(st.integers(0, 3)))  # type: ignore[arg-type]


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_edit_does_what_was_asked_and_nothing_else(data: st.DataObject) -> None:
    text = data.draw(documents())
    bare = text.removeprefix("\ufeff")
    try:
        before = parse(bare)
    except Unreadable:
        reject()
    change = data.draw(edits(before))
    try:
        result = edit(text, [change])
    except (KeyError, ValueError, Unreadable) as error:
        event(f"refused: {type(error).__name__}")
        return
    event("done")
    after = parse(result.removeprefix("\ufeff"))

    assert result.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.body == before.body
    assert value_at(after.data, change, before.data) == change.value
    assert without(after.data, change) == without(before.data, change)
    # One span was replaced, and no comment lay in it.
    prefix = common(text, result)
    suffix = min(common(text[::-1], result[::-1]), len(text) - prefix, len(result) - prefix)
    removed, added = text[prefix : len(text) - suffix], result[prefix : len(result) - suffix]
    assert result == text[:prefix] + added + text[len(text) - suffix :]
    assert not re.search(r"# c\d", removed)
    for number in re.findall(r"# c\d+$", text, re.MULTILINE):
        assert number in result
    ends = {"\r\n" if line.endswith("\r") else "\n" for line in result.split("\n")[:-1]}
    assert ends == ({"\r\n"} if "\r\n" in text else {"\n"})


def common(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def value_at(data: Any, change: Edit, former: Any) -> Any:
    try:
        for step in change.path:
            data = data[step]
            former = former[step] if isinstance(former, list) else former.get(step)
    except (IndexError, AttributeError):
        former = None
    if change.how == "set":
        return data
    length = len(former or [])
    return data[
        -1 if change.how == "append" else slice(None).indices(length)[1] if change.before > length else change.before
    ]


def without(data: Any, change: Edit) -> Any:
    """Return the data without the subtree that an edit may touch."""
    if not change.path:
        return None
    first, *rest = change.path
    if isinstance(data, dict):
        return {k: (without(v, change._replace(path=tuple(rest))) if k == first and rest else v)
                for k, v in data.items() if rest or k != first}  # fmt: skip
    if isinstance(data, list):
        return [without(v, change._replace(path=tuple(rest))) if i == first and rest else v
                for i, v in enumerate(data) if rest or i != first]  # fmt: skip
    return data


@quick
@given(documents())
def test_each_place_is_where_the_key_or_the_item_is_written(text: str) -> None:
    bare = text.removeprefix("\ufeff")
    try:
        document = parse(bare)
    except Unreadable:
        reject()
    lines = bare.replace("\r\n", "\n").split("\n")
    for path, (line, column) in document.places.items():
        rest = lines[line - 1][column - 1 :]
        last = path[-1]
        if isinstance(last, str):
            assert rest.startswith(last)
            continue
        value: Any = document.data
        for step in path:
            value = value[step]
        written = rest.lstrip("'\"[{")
        if isinstance(value, str):
            assert written.startswith(value[:1].replace("\n", "")), (path, rest)
        elif isinstance(value, bool):
            assert written.startswith(str(value).lower())


# Editing, by hand


def front(text: str, *changes: Edit) -> str:
    return edit(f"---\n{text}---\nTexte\n", list(changes)).removeprefix("---\n").removesuffix("---\nTexte\n")


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("a: 1 # un\nb: 2\n", Edit(("a",), "3"), "a: 3 # un\nb: 2\n"),
        ("a: '1'\n", Edit(("a",), "2026-01-01"), "a: 2026-01-01\n"),
        ("a: # vide\nb: 2\n", Edit(("a",), "x"), "a: x # vide\nb: 2\n"),
        ("a: # vide\nb: 2\n", Edit(("a",), ["x"]), "a: # vide\n  - x\nb: 2\n"),
        ("a: # vide\nb: 2\n", Edit(("a",), "x", "append"), "a: # vide\n  - x\nb: 2\n"),
        ("a: # vide\n  # rien\nb: 2\n", Edit(("a",), {"c": "x"}), "a: # vide\n  c: x\n  # rien\nb: 2\n"),
        ("a: # vide\n", Edit(("a",), []), "a: [] # vide\n"),
        ("a:\n  # rien\nb: 2\n", Edit(("a",), {"c": "x"}), "a:\n  c: x\n  # rien\nb: 2\n"),
        ("a: 1\n", Edit(("b",), "true"), "a: 1\nb: 'true'\n"),
        ("a: 1\n# fin\n", Edit(("b",), ["x", "y"]), "a: 1\nb:\n  - x\n  - y\n# fin\n"),
        ("a: [x] # un\n", Edit(("a",), "y", "append"), "a: [x, y] # un\n"),
        ("a: []\n", Edit(("a",), "y, z", "append"), "a: ['y, z']\n"),
        ("a:\n  - x # un\n  # deux\nb: 1\n", Edit(("a",), "y", "append"), "a:\n  - x # un\n  - y\n  # deux\nb: 1\n"),
        ("a:\n- x\nb: 1\n", Edit(("a",), "y", "append"), "a:\n- x\n- y\nb: 1\n"),
        ("a:\n  # un\n  - x\n", Edit(("a",), "y", "insert", 0), "a:\n  # un\n  - y\n  - x\n"),
        ("a: [x, z]\n", Edit(("a",), "y", "insert", 1), "a: [x, y, z]\n"),
        ("a:\n  b: {c: 1} # un\n", Edit(("a", "b", "d"), False), "a:\n  b: {c: 1, d: false} # un\n"),
        ("a:\n  - b: 1\n    # un\n    c: 2\n", Edit(("a", 0, "d"), "3"), "a:\n  - b: 1\n    # un\n    c: 2\n    d: 3\n"),
        ("a: |\n  un\n  deux\nb: 1\n", Edit(("a",), "trois"), "a: trois\nb: 1\n"),
        ("a: x\n", Edit(("b",), "y", "append"), "a: x\nb:\n  - y\n"),
        ("a:\n", Edit(("a",), "y", "append"), "a:\n  - y\n"),
        ("a:\n  - x # un\nb: 1\n", Edit(("a",), ["y", {"c": "1"}], "extend"), "a:\n  - x # un\n  - y\n  - c: 1\nb: 1\n"),
        ("a: [x] # un\n", Edit(("a",), ["y", {"c": "1"}], "extend"), "a: [x, y, {c: 1}] # un\n"),
        ("a: x\n", Edit(("b",), ["y", "z"], "extend"), "a: x\nb:\n  - y\n  - z\n"),
        ("a: []\n", Edit(("a",), ["y", "z"], "extend"), "a: [y, z]\n"),
        ("", Edit(("a",), "é: à"), "a: 'é: à'\n"),
        ("a: 1\n", Edit(("b",), None), "a: 1\nb:\n"),
        ("a: 1\n", Edit(("b",), {"c": None, "d": ""}), 'a: 1\nb:\n  c:\n  d: ""\n'),
    ],
)  # fmt: skip
def test_an_edit_reads_as_a_person_would_write_it(before: str, change: Edit, after: str) -> None:
    assert front(before, change) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nd: 2\n", "a: 1\nc: x\nd: 2\n"),
        ("a:\n  - 1\n# de d\nd: 2\n", "a:\n  - 1\nc: x\n# de d\nd: 2\n"),
        ("a: # vide\nd: 2\n", "a: # vide\nc: x\nd: 2\n"),
        ("d: 2\nb: 1\n", "d: 2\nb: 1\nc: x\n"),
        ("d: 2\n", "d: 2\nc: x\n"),
        ("z: 2\n", "z: 2\nc: x\n"),
    ],
)
def test_a_new_key_takes_its_usual_place(before: str, after: str) -> None:
    text = edit(f"---\n{before}---\nTexte\n", [Edit(("c",), "x")], ("a", "b", "c", "d"))

    assert text == f"---\n{after}---\nTexte\n"


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ("a:\n  - x # perdu\nb: 1\n", Edit(("a",), "y")),
        ("a: x # perdu\n", Edit(("a",), ["y"])),
        ("a:\n  b: 1\n  # perdu\n  c: 2\n", Edit(("a",), {"d": "3"})),
    ],
)
def test_an_edit_that_would_lose_a_comment_is_refused(before: str, change: Edit) -> None:
    with pytest.raises(ValueError, match="comment"):
        front(before, change)


@pytest.mark.parametrize(
    "change",
    [
        Edit(("absent", "x"), "y"),
        Edit(("a", "x"), "y"),
        Edit(("l", 7), "y"),
        Edit(("l", -9), "y"),
        Edit(("l", "x"), "y"),
        Edit((), "y"),
        Edit(("a",), "y", "append"),
        Edit(("a", 0), "y", "insert"),
        Edit(("a",), 12),
        Edit(("a",), object()),
        Edit(("a",), "\u202e"),
        Edit(("a",), "x" * 20000),
        Edit(("a",), ["y"], "extend"),
        Edit(("a",), {"b": {"c": {"d": {"e": {"f": {"g": "h"}}}}}}),
        Edit(("a",), {"<<": "x"}),
    ],
)
def test_what_cannot_be_done_is_said(change: Edit) -> None:
    with pytest.raises((KeyError, ValueError, Unreadable)):
        front("a: x\nl: [y]\n", change)


def test_an_edit_never_hides_a_front_matter_of_another_kind() -> None:
    for text in (" ---\ntitle: x\n---\n", "+++\ntitle = 'x'\n+++\n", "---\na: 1\na: 2\n---\n"):
        with pytest.raises(Unreadable):
            edit(text, [Edit(("b",), "y")])


def test_new_lines_end_like_those_of_the_front_matter() -> None:
    assert edit(
        "---\na: 1\n---\nx\r\ny\r\n", [Edit(("b",), "2026")]
    ) == "---\na: 1\nb: '2026'\n---\nx\r\ny\r\n".replace("'2026'", "2026")
    assert edit("Texte\r\n", [Edit(("b",), "x")]) == "---\r\nb: x\r\n---\r\nTexte\r\n"
