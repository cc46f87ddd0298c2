"""Hostile and dirty files through the public door: one located French message a fault, never a traceback.

Every folder of ``tests/hostile`` is the root of a knowledge base that somebody could send us, with what ``cdp
check`` must say of it in ``expected.txt`` (``path:line:column: RULE``, errors only). What no repository can hold
(links, names of other systems, huge files) is made here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cdp.cli import group
from cdp.frontmatter import MAX_FILE
from tests.conftest import Cdp, charter, tree, write

HOSTILE = Path(__file__).parent / "hostile"
CASES = sorted(path.name for path in HOSTILE.iterdir() if path.is_dir())
MARKER = "MARQUEUR"
SETTINGS = "site_name: Base\ntheme:\n  name: material\n  language: fr\n"
TODAY = ("--as-of", "2026-11-24")


@contextmanager
def watchdog(seconds: float = 10) -> Iterator[None]:
    """Fail what would never end. It counts the work of this process, not the load of the machine."""

    def bark(*_: object) -> None:
        raise AssertionError(f"more than {seconds} s of work")

    former = signal.signal(signal.SIGVTALRM, bark)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def base(root: Path, case: Path | None = None, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Make a knowledge base of a case: what it lacks is sound."""
    if case is not None:
        shutil.copytree(case, root, dirs_exist_ok=True)
    write(root, {"mkdocs.yml": SETTINGS, **(files or {})})
    if not os.path.lexists(root / "communities/a/index.md") and not (root / "communities").is_symlink():
        write(root, {"communities/a/index.md": charter()})
    return root


def invoke(*words: str | Path) -> Result:
    with watchdog():
        done = CliRunner().invoke(group, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    return done


def check(root: Path) -> list[dict[str, object]]:
    """Return the errors that ``cdp check`` finds, after the checks that hold for any of them."""
    done = invoke("check", "--root", root, *TODAY, "--format", "json")
    errors = [item for item in json.loads(done.stdout)["diagnostics"] if item["severity"] == "error"]
    assert done.exit_code == bool(errors)
    for item in errors:
        assert_french(item["message"])
        assert_french(item["fix"])
        assert_inside(root, item)
    return errors


FRENCH = re.compile(
    r"\b(?:le|la|les|l’|un|une|des|du|de|d’|ce|cette|au|aux|est|sont|par|pour|doit|manque|n’|ou|et|dépasse|contient|Écrivez|Retirez)\b"
)


def assert_french(said: str) -> None:
    assert said.strip()
    assert FRENCH.search(said.replace("l’", "l’ ")), said


def assert_inside(root: Path, item: Mapping[str, object]) -> None:
    """The place lies in the file."""
    path = root / str(item["path"])
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 2 * MAX_FILE:
        assert (item["line"], item["column"]) == (1, 1)
        return
    lines = re.split(r"\r?\n|\r", path.read_bytes().decode("utf-8", "replace"))
    assert 1 <= int(str(item["line"])) <= len(lines), item
    assert 1 <= int(str(item["column"])) <= len(lines[int(str(item["line"])) - 1]) + 1, item


def places(errors: list[dict[str, object]]) -> str:
    return "".join(f"{item['path']}:{item['line']}:{item['column']}: {item['rule']}\n" for item in errors)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 100
    assert len(CASES) + len(MADE) + len(WORST) >= 200


@pytest.mark.parametrize("name", CASES)
def test_one_located_message_a_fault(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    errors = check(base(tmp_path / "base", HOSTILE / name))
    expected = HOSTILE / name / "expected.txt"
    if request.config.getoption("--bless"):
        expected.write_text(places(errors), encoding="utf-8")

    assert places(errors) == expected.read_text(encoding="utf-8")
    assert bool(errors) != name.startswith("accepted-")


def merged(root: Path, skip: tuple[str, ...] = ()) -> Path:
    """Make one base of all the cases: each becomes a community, or two."""
    write(root, {"mkdocs.yml": SETTINGS, "communities/saine/index.md": charter(body="Bonjour.\n", title="Saine")})
    for number, name in enumerate(CASES):
        for path in sorted((HOSTILE / name).rglob("*")):
            parts = path.relative_to(HOSTILE / name).parts
            if name.startswith(skip):
                continue
            if path.is_file() and parts[0] == "communities" and len(parts) > 2 and not parts[1].startswith("."):
                slug = f"c{number}-{parts[1]}" if name.startswith("slug-") else f"c{number}"
                write(root, {"/".join(("communities", slug, *parts[2:])): path.read_bytes()})
                if not (HOSTILE / name / "communities" / parts[1] / "index.md").exists() and name != "no-index":
                    write(root, {f"communities/{slug}/index.md": charter()})
    return root


def test_the_real_command_survives_all_of_them_at_once(cdp: Cdp, tmp_path: Path) -> None:
    done = cdp("check", "--root", merged(tmp_path), *TODAY, code=1)

    assert done.stderr == ""
    blocks = [line for line in done.stdout.split("\n") if line.startswith("communities/")]
    assert all(
        re.match(r"communities/\S.*:\d+:\d+: CDP\d{3} (?:erreur|avertissement|information) \S", b) for b in blocks
    )
    told = {line.split("/")[1] for line in blocks if " erreur " in line}
    faulty = {f"c{n}" for n, name in enumerate(CASES) if not name.startswith(("accepted-", "stray-", "template-"))}
    assert {slug.split(":")[0].partition("-")[0] for slug in told} >= faulty


def test_what_cannot_be_read_is_never_published(tmp_path: Path) -> None:
    root = merged(tmp_path / "base", skip=("slug-", "no-index"))
    refused = {
        str(item["path"])
        for item in check(root)
        if item["rule"] in ("CDP001", "CDP010", "CDP801") and "deux fois" not in str(item["message"])
    }
    done = invoke("build", "--root", root, "-o", tmp_path / "site", "--keep-going", "--no-cache", "--jobs", "1", *TODAY)
    assert done.exit_code == 0, done.output

    site = tree(tmp_path / "site")
    assert "communities/saine/index.html" in site
    assert len(refused) > 100
    sources = {path for path, data in tree(root).items() if MARKER.encode() in data and path.endswith(".md")}
    allowed = {re.sub(r"(?:/index)?\.md$", "/index.html", path) for path in sources - refused}
    assert {path for path, data in site.items() if MARKER.encode() in data} <= allowed
    assert not [path for path in refused if not path.endswith(".md") and path in site]


def test_a_build_that_is_refused_leaves_the_former_site(tmp_path: Path) -> None:
    root = base(tmp_path / "base")
    out = tmp_path / "site"
    assert invoke("build", "--root", root, "-o", out, "--no-cache", "--jobs", "1", *TODAY).exit_code == 0
    before = tree(out)
    merged(root)
    done = invoke("build", "--root", root, "-o", out, "--no-cache", "--jobs", "1", *TODAY)

    assert done.exit_code == 1
    assert "le site n’a pas été publié" in done.stderr
    assert tree(out) == before


# What a repository cannot hold


def _link(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.symlink_to(target)

    return make


def _file(path: Path) -> None:
    path.write_text("# Un\n", encoding="utf-8")


N = "communities/a/notes"
MADE: dict[str, tuple[list[tuple[str, Callable[[Path], None]]], list[str]]] = {
    "link-to-a-file": ([(f"{N}/x.md", _link("/etc/hostname"))], [f"{N}/x.md CDP011"]),
    "link-to-a-folder": ([(f"{N}/x", _link("/etc"))], [f"{N}/x CDP011"]),
    "link-to-nothing": ([(f"{N}/x.md", _link("nulle-part"))], [f"{N}/x.md CDP011"]),
    "link-to-itself": ([(f"{N}/x.md", _link("x.md"))], [f"{N}/x.md CDP011"]),
    "link-to-its-parent": ([(f"{N}/x", _link(".."))], [f"{N}/x CDP011"]),
    "link-as-index": ([("communities/b/index.md", _link("../a/index.md"))], ["communities/b/index.md CDP011"]),
    "link-as-community": ([("communities/b", _link("a"))], ["communities/b CDP011"]),
    "link-as-attachment": ([(f"{N}/x.png", _link("/etc/passwd"))], [f"{N}/x.png CDP011"]),
    "link-as-template": ([("theme/new/note.md", _link("/etc/passwd"))], ["theme/new/note.md CDP011"]),
    "link-in-archives": ([("communities/.archives/a/0001-freeze.json", _link("/etc/passwd"))],
                         ["communities/.archives/a/0001-freeze.json CDP011"]),
    "fifo": ([(f"{N}/x.md", os.mkfifo)], [f"{N}/x.md CDP011"]),
    "reserved-con": ([(f"{N}/CON.md", _file)], [f"{N}/CON.md CDP012"]),
    "reserved-nul": ([(f"{N}/nul.md", _file)], [f"{N}/nul.md CDP012"]),
    "reserved-com1": ([(f"{N}/com1.notes.md", _file)], [f"{N}/com1.notes.md CDP012"]),
    "reserved-lpt9": ([(f"{N}/Lpt9.md", _file)], [f"{N}/Lpt9.md CDP012"]),
    "reserved-conin": ([(f"{N}/CONIN$.md", _file)], [f"{N}/CONIN$.md CDP012"]),
    "reserved-superscript": ([(f"{N}/COM¹.md", _file)], [f"{N}/COM¹.md CDP012"]),
    "reserved-space": ([(f"{N}/aux .md", _file)], [f"{N}/aux .md CDP012"]),
    "reserved-folder": ([(f"{N}/aux/x.md", _file)], [f"{N}/aux CDP012"]),
    "reserved-slug": ([("communities/prn/index.md", lambda p: write(p.parent, {"index.md": charter()}) or None)],
                      ["communities/prn CDP012"]),
    "trailing-dot": ([(f"{N}/x./y.md", _file)], [f"{N}/x. CDP012"]),
    "trailing-space": ([(f"{N}/x /y.md", _file)], [f"{N}/x  CDP012"]),
    "backslash": ([(f"{N}/x\\y.md", _file)], [f"{N}/x\\y.md CDP012"]),
    "colon": ([(f"{N}/x:y.md", _file)], [f"{N}/x:y.md CDP012"]),
    "star": ([(f"{N}/x*.md", _file)], [f"{N}/x*.md CDP012"]),
    "question": ([(f"{N}/x?.md", _file)], [f"{N}/x?.md CDP012"]),
    "quote": ([(f'{N}/x".md', _file)], [f'{N}/x".md CDP012']),
    "less": ([(f"{N}/x<.md", _file)], [f"{N}/x<.md CDP012"]),
    "more": ([(f"{N}/x>.md", _file)], [f"{N}/x>.md CDP012"]),
    "pipe": ([(f"{N}/x|.md", _file)], [f"{N}/x|.md CDP012"]),
    "newline": ([(f"{N}/x\ny.md", _file)], [f"{N}/x\ny.md CDP012"]),
    "escape": ([(f"{N}/x\x1b[2J.md", _file)], [f"{N}/x\x1b[2J.md CDP012"]),
    "bidi": ([(f"{N}/x\u202egpj.md", _file)], [f"{N}/x\u202egpj.md CDP012"]),
    "not-utf-8": ([(f"{N}/x\udcff.md", _file)], [f"{N}/x\\udcff.md CDP012"]),
    "too-long": ([(f"{N}/{'x' * 190}.md", _file)], [f"{N}/{'x' * 190}.md CDP012"]),
    "too-deep": ([(f"{N}/{'d/' * 1200}x.md", _file)], [f"{N}/{'d/' * 1200}x.md CDP012"]),
    "case-twins": ([(f"{N}/x.md", _file), (f"{N}/X.md", _file)], [f"{N}/x.md CDP013"]),
    "case-twin-folders": ([(f"{N}/x/a.md", _file), (f"{N}/X/a.md", _file), (f"{N}/X/b.md", _file)], [f"{N}/x CDP013"]),
    "case-of-the-ending": ([(f"{N}/x.md", _file), (f"{N}/x.Md", _file)], [f"{N}/x.Md CDP006", f"{N}/x.md CDP013"]),
    "composed-twins": ([(f"{N}/été.md", _file), (f"{N}/e\u0301te\u0301.md", _file)], [f"{N}/été.md CDP013"]),
    "case-and-composed-twins": ([(f"{N}/ÉTÉ.md", _file), (f"{N}/e\u0301te\u0301.md", _file)], [f"{N}/ÉTÉ.md CDP013"]),
    "folded-twins": ([(f"{N}/strasse.md", _file), (f"{N}/straße.md", _file)], [f"{N}/straße.md CDP013"]),
    "ligature-twins": ([(f"{N}/ſ.md", _file), (f"{N}/s.md", _file)], [f"{N}/ſ.md CDP013"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_names_and_links_that_no_checkout_holds(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made, expected = MADE[name]
    root = base(tmp_path / "base")
    for path, make in made:
        if len(path) < 1000:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            make(root / path)
        else:
            _make_deep(root, path)
            # Python deletes folder by folder, too deep for itself.
            request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(root)], check=True))
    errors = check(root)

    assert sorted(f"{item['path']} {item['rule']}" for item in errors) == sorted(expected)
    if name != "not-utf-8":
        shown = invoke("check", "--root", root, *TODAY)
        assert shown.exit_code == 1
        assert not any(ord(character) < 32 and character != "\n" for character in shown.output)


def _make_deep(root: Path, path: str) -> None:
    """Make a file deeper than a path may be long: from folder to folder."""
    former = Path.cwd()
    os.chdir(root)
    try:
        *folders, name = path.split("/")
        for folder in folders:
            Path(folder).mkdir(exist_ok=True)
            os.chdir(folder)
        _file(Path(name))
    finally:
        os.chdir(former)


def test_the_folder_of_communities_is_no_link(tmp_path: Path) -> None:
    elsewhere = base(tmp_path / "elsewhere")
    root = tmp_path / "base"
    root.mkdir()
    (root / "communities").symlink_to(elsewhere / "communities")
    base(root)

    assert places(check(root)) == "communities:1:1: CDP011\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the next test says the same in another way")
def test_a_file_that_we_may_not_read(tmp_path: Path) -> None:
    root = base(tmp_path, files={f"{N}/x.md": "x", f"{N}/y/z.md": "z"})
    (root / N / "x.md").chmod(0)
    (root / N / "y").chmod(0)
    try:
        assert places(check(root)) == f"{N}/x.md:1:1: CDP010\n{N}/y:1:1: CDP011\n"
    finally:
        (root / N / "y").chmod(stat.S_IRWXU)


def test_files_and_folders_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = base(tmp_path, files={f"{N}/x.md": "x", f"{N}/y/z.md": "z", f"{N}/sain.md": "# Sain\n"})
    really_open, really_scan = os.open, os.scandir

    def refuse_open(path: str, *args: int, **kwargs: int) -> int:
        if str(path).endswith("/x.md"):
            raise PermissionError(13, "non", path)
        return really_open(path, *args, **kwargs)

    def refuse_scan(path: str) -> object:
        if str(path).endswith("/y"):
            raise PermissionError(13, "non", path)
        return really_scan(path)

    monkeypatch.setattr(os, "open", refuse_open)
    monkeypatch.setattr(os, "scandir", refuse_scan)

    assert places(check(root)) == f"{N}/x.md:1:1: CDP010\n{N}/y:1:1: CDP011\n"


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    root = base(tmp_path, files={f"{N}/x.md": ""})
    with (root / N / "x.md").open("r+b") as stream:
        stream.truncate(1 << 40)

    assert places(check(root)) == f"{N}/x.md:1:1: CDP010\n"


@pytest.mark.parametrize(
    "entry",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"date": ' + b"9" * 5000 + b"}", b'{"date": "2026-02-30"}'],
    ids=lambda entry: repr(entry[:12]),
)
def test_a_broken_registry_entry_stops_nothing(entry: bytes, tmp_path: Path) -> None:
    root = base(tmp_path, files={"communities/.archives/a/0001-freeze.json": entry})

    check(root)


# Files of a mebibyte made to take for ever


def _full(unit: str, size: int = MAX_FILE - 400) -> str:
    return (unit * (size // len(unit) + 1))[:size]


UNITS = """[|- |a| |<!--|<!-- |`|` a|\\`|\\\\`a|](|](a)|[](|[a](|[a](b |[a](<|![|![](|![a][b]|![a|#|# a |{|{ #a }|<|<a |<a "|<a '
<a href=|<a href="|<div>|</div>|<b>|<b onclick|<b on |<b style |<p a |>|> |*|*a|_a |**a*|1. |1|&|&amp;|\\|\\a|!|~|~a~|:|[^a]|<!|<?|<![CDATA[
http://a |a@b.c |a@|![](x.png)|![](x.png) |[a](b.md) |[a](b.md#c)|<x y>|514 555-1234 |- [ ] |a.|«|é|\u200d|(|)|[[|]]|({|"|'|;|=|+|%|$|^|@""".replace(
    "\n", "|"
).split("|")
LINES = [
    "```",
    "~~~",
    "# a",
    "<div",
    "<div>",
    "-",
    "a",
    "    a",
    "\ta",
    "- a",
    "> a",
    ">",
    "1. a",
    "|a|",
    "[a]: b",
    "[a]:",
    "[^a]: b",
    "*[A]: b",
    ": b",
    "!!! a",
    "??? a",
    "- [ ] a",
    "---",
    "===",
    "a: b",
    "```a b c!",
    "<!--",
    "-->",
    "<p>",
    "</b>",
    "&",
    "$$",
]
WORST: dict[str, str] = {
    **{f"unit {unit!r}": _full(unit) for unit in UNITS if unit},
    **{f"line {line!r}": _full(line + "\n") for line in LINES},
    **{f"paragraph {line!r}": _full(line + "\n\n") for line in LINES},
    **{f"after {start!r} {unit!r}": start + _full(unit)
       for start, unit in product(("[a](", "[a]:", "# ", "<a ", "```", "- a\n\n", "~~~\n", "| "), (" ", "\n", "(", '"', "#", "    a\n\n"))},
    "runs of backticks": "".join("`" * length + " " for length in range(1, 1400)),
    "runs of backticks, falling": "".join("`" * length + " " for length in range(1399, 0, -1)),
    "fences of all lengths": "".join("`" * length + "\n" for length in range(3, 1400)),
    "spaces in braces": "# a {" + _full(" ") + "}",
    "spaces before a hash": "# a" + _full(" ") + "#a",
    "titles": "[a]: b " + _full('" ') + "x",
    "comment that ends late": _full("<!-- a\n\n") + "-->",
    "nested lists": "".join("  " * depth + "- a\n" for depth in range(700)),
    "links to a heading": "[x](#nulle-part)\n\n" + _full("# Titre\n\ntexte\n\n"),
    "links to a heading in a slow page": "[x](#nulle-part)\n\n" + _full("a*"),
    "many open brackets": "[ " * 4900 + _full("a", 900_000),
    "many links that never end": "[a](b '" * 4900 + _full("a", 900_000),
}  # fmt: skip
HEADS: dict[str, str] = {
    "no end": "---\n" + _full("a: b\n"),
    "dashes": _full("-"),
    "space and dashes": " " + _full("-"),
    "dashes and words": " ---\n" + _full("a-"),
    "long first fence": "--- " + _full("x"),
    "spaces after the fence": "---" + _full(" "),
    "blank lines": _full("\n") + "---\na: b\n---\n",
    "near fences": "---\n" + _full("---- \n"),
    "comments first": _full("<!-- -->"),
    "open comments first": _full("<!-- "),
    "invisible first": _full("\u200b"),
    "pluses": _full("+"),
    "braces": _full('{"'),
    "brace and key": '{"' + _full("a"),
    "long dash": "\u2014" + _full("\n") + "a:",
    "tabs": "---\n" + _full("\t") + "\n---\n",
    "long legacy": "---\nlegacy:\n" + _full("  - path: a\n", 65_000) + "\n---\n",
    "flow legacy": "---\nlegacy:\n  " + _full("[a, ", 65_000) + "\n---\n",
    "deep legacy": "---\nlegacy:\n" + _full("- - - - ", 65_000) + "\n---\n",
    **{
        f"16 KiB of {unit!r}": f"---\n{start}{_full(unit, 16_300)}\n---\n"
        for start, unit in product(
            ("", "title: ", "title: [", 'title: "', "title: |\n "),
            ("[", "{", "[a,", "a, ", "- ", "-\n", "a: b\n", "? ", '"', "'", "*a ", "&a ", "!a ", "a: ", "#", "# a\n",
             "%", "@", "\\", "{{ ", "[[a]], ", ",", "k\n", ": ", " ", "é", "a:\n", "x:x ", 'a: "b" c\n', "\\u0041", "''"),
        )
    },
}  # fmt: skip


@pytest.mark.slow
def test_no_file_takes_for_ever(tmp_path: Path) -> None:
    """Each file has its own watch; one base for all of them would hide which is slow."""
    root = base(tmp_path)
    for name, text in {**{name: f"---\ntitle: x\n---\n{body}" for name, body in WORST.items()}, **HEADS}.items():
        data = text.encode()[:MAX_FILE].decode("utf-8", "ignore").encode()
        (root / N).mkdir(exist_ok=True)
        (root / N / "x.md").write_bytes(data)
        try:
            errors = check(root)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        if name in HEADS and "'a: b" not in name and "'a:" not in name:
            assert len([item for item in errors if item["rule"] in ("CDP001", "CDP010")]) <= 1, name


# Front matter as people write it


VALUES = [
    *["@", "`", "%", "*", "&", "!", "|", ">", "?", "-", "#", ",", "]", "}", "[", "{", '"', "'"],
    "@handle", "`code`", "%titre%", "*gras*", "**gras**", "_a_", "&amp;", "!important", "| a | b |", "> citation", "? quoi",
    "- tiret", "- - -", "---", "...", "#motclef", "#a #b", "# titre", "a #b", "a # b", "C#", "[a", "a]", "[a]", "[a] b", "[[a]]",
    "[[a]] et [[b]]", "[[a|b]]", "![[a]]", "[a](b)", "[a, [b]", "{a", "{a}", "{a: b}", "{{ a }}", "{{a}} b", "{% a %}", "${a}", "<% a %>",
    '"a', 'a"', '"a" b', '"a"b"', "'a", "a'b", "'L'été'", "'a' 'b'", '"a\\b"', '"C:\\Temp"', '"\\x"', '"\\u12"', "“a”: b", "«a»",
    "a: b", "a : b", "a:b", "a:", ":a", ": a", "::", "http://a.b/c?d=e#f", "12:30", "12:30:45", "Re: Re: a", "a\u00a0: b", "a:\u00a0b",
    "2020-01-01", "2020-01-01 10:00:00 +0100", "2020-01-01T10:00:00Z", "01/02/2020", "2020-13-45", "2020-1-1", "hier", "0777", "1_000",
    "1e5", ".inf", "0x1F", "9" * 5000, "yes", "no", "on", "off", "null", "~", "true", "True", "<<", "=", "é", "日本語", "😀", "👩‍👩‍👧", "\u200b",
    "a\u200bb", "\ufeff", "a\ufeffb", "\u00ad", "\x0c", "a\x0cb", "\x00", "\x1b[0m", "\x7f", "\u0085", "\u2028", "\u202e", "\t", "a\tb",
    "!!binary aGVsbG8=", "!!str a", "!!python/name:os.system", "!ruby/object:Gem", "&a b", "*a", "a, b, c", "a; b", "a\\", "\\a",
    "x" * 5000, "[" * 50, "{" * 50, "[]" * 20, "- " * 20, ">-", "|+", "|2", ">x", "''", '""', "'", "\"'", "@a: b", "`a`: b", "a `b: c`",
    "{a: b", "{a: b}}", "[a: b]", "[a: b, c]", "{a, b}", "? a : b", "a ? b : c", "-a", "- a: b", "<a href=\"b\">", "<!-- a -->", "a|b",
]  # fmt: skip
SHAPES: dict[str, str] = {
    "jekyll": "layout: post\ntitle: {}\n",
    "obsidian": "aliases:\n  - {}\ntags: [a]\n",
    "pandoc": "author:\n- name: {}\n  date: x\n",
    "hugo": "title : {}\ndraft : false\n",
    "flow": "tags: [{}, a]\n",
    "quoted": 'summary: "{}"\n',
    "single": "summary: '{}'\n",
    "block": "summary: |\n  {}\n",
    "key": "{}: a\n",
    "alone": "{}\n",
    "after": "title: a\n{}\n",
    "deep": "a:\n  b:\n    - c: {}\n",
}
WHOLE = [
    "+++\ntitle = 'a'\n+++\n", "+++\r\ntitle = 'a'\r\n+++\r\n", '{"title": "a"}\n\ntexte', '{\n "title": "a"\n}\n', "---\r\ntitle: a\n---\r\n",
    "---\ntitle: a\r\nb: c\n---\n", "\ufeff---\ntitle: a\n---\n", "\ufeff\n---\ntitle: a\n---\n", "---\ntitle: a\n---", "---\n---\n", "---\n\n---\n",
    "---\n# rien\n---\n", "--- \ntitle: a\n---  \n", "---\ntitle: a\n----\n", "---\ntitle: a\n...\n", "---\ntitle: a\n", "--\ntitle: a\n--\n",
    "———\ntitle: a\n———\n", "***\ntitle: a\n***\n", "```yaml\ntitle: a\n```\n", "title: a\n", "<!-- a -->\n---\ntitle: a\n---\n", " ---\ntitle: a\n---\n",
    "---\n---\ntitle: a\n---\n", "---\ntitle: a\n---\n---\nb: c\n---\n", "--- # a\ntitle: a\n---\n", "---yaml\ntitle: a\n---\n", "---\n\n\ntitle: a\n\n\n---\n",
    "---\ntitle:\n  - a\n - b\n---\n", "---\n title: a\nb: c\n---\n", "---\ntitle: a\n\tb: c\n---\n", "---\ntitle\n---\n", "---\n<b>a</b>\n---\n", "- - -\na\n",
    "---\n- - -\n---\n", "---\n* a\n* b\n---\n", "---\n1. a\n---\n", "---\n| a | b |\n|---|---|\n---\n", "---\n\u200btitle: a\n---\n", "-----\n\ntexte\n",
]  # fmt: skip


def dirty() -> dict[str, str]:
    """Return what Jekyll, Hugo, Obsidian and pandoc users send, deterministically."""
    found = {f"whole {number}": text for number, text in enumerate(WHOLE)}
    for (shape, front), (number, value) in product(SHAPES.items(), enumerate(VALUES)):
        found[f"{shape} {number}"] = f"---\n{front.replace('{}', value)}---\n\nTexte.\n"
    return found


def test_front_matter_as_people_write_it_is_read_or_refused(tmp_path: Path) -> None:
    variants = dirty()
    assert len(variants) > 300
    root = base(tmp_path)
    names = {}
    for number, (name, text) in enumerate(variants.items()):
        names[f"{N}/n{number}.md"] = name
        write(root, {f"{N}/n{number}.md": text.encode("utf-8", "surrogatepass")})
    errors = check(root)

    unreadable: dict[str, int] = {}
    for item in errors:
        name = names[str(item["path"])]
        if item["rule"] in ("CDP001", "CDP010"):
            unreadable[name] = unreadable.get(name, 0) + 1
            assert item["message"] != "l’en-tête n’est pas du YAML lisible à partir d’ici", (name, variants[name])
        assert len(str(item["message"])) < 300, name
    assert {name: count for name, count in unreadable.items() if count > 1} == {}
    assert len(unreadable) > 300


EVERYDAY = {
    "title: Réunion : le bilan": (16, "contient « : »", "guillemets"),
    "title: @marie": (8, "commencer par « @ »", "guillemets"),
    "title: %titre": (8, "commencer par « % »", "guillemets"),
    "title: *important*": (8, "commencer par « * »", "guillemets"),
    "title: `code`": (8, "commencer par « ` »", "guillemets"),
    "title: {{ page.title }}": (9, "la marque d’un gabarit", "guillemets"),
    "title: {{ page.title }} - site": (9, "la marque d’un gabarit", "guillemets"),
    "title: {% if a %}": (8, "la marque d’un gabarit", "guillemets"),
    "up: [[a]], [[b]]": (5, "doubles crochets", "guillemets"),
    "title: [Brouillon] Texte": (18, "du texte le suit", "guillemets"),
    "title: [Brouillon": (8, "n’est pas refermé", "guillemets"),
    "title: #accueil": (8, "pris pour un commentaire", "guillemets"),
    "title:\tTexte": (7, "tabulation", "espaces"),
    "title: - a": (8, "tiret de liste", "ligne qui suit"),
    "title: | a | b": (8, "commencer par « | »", "guillemets"),
    "title: 'L'été'": (8, "suit le guillemet", "doublez l’apostrophe"),
    'title: "Un" deux': (8, "suit le guillemet", "guillemets"),
    'title: "Un': (8, "n’est pas refermé", "Fermez le guillemet"),
    'title: "C:\\Temp"': (11, "barre oblique inverse", "Doublez-la"),
    "title:Texte\ntags: [a]": (6, "espace ordinaire", "espace"),
    "title:\u00a0Texte\ntags: [a]": (6, "espace ordinaire", "insécable"),
    "title :\u00a0Texte": (7, "espace ordinaire", "insécable"),
    "title\u00a0: Texte": (1, "caractère invisible, U+00A0", "insécable"),
    "title Texte\ntags: [a]": (1, "manque un deux-points", "nom : valeur"),
    "title: &a Texte": (8, "ancre YAML", "guillemets"),
    "title: !!str Texte": (8, "« !!str »", "guillemets"),
}  # fmt: skip


@pytest.mark.parametrize("front", EVERYDAY)
def test_everyday_faults_have_words_of_their_own(front: str, tmp_path: Path) -> None:
    column, message, fix = EVERYDAY[front]
    (item,) = check(base(tmp_path, files={f"{N}/x.md": f"---\n{front}\n---\n"}))

    assert (item["rule"], item["line"], item["column"]) == ("CDP001", 2, column)
    assert message in str(item["message"]).replace("\u00a0", " ")
    assert fix in str(item["fix"]).replace("\u00a0", " ")
