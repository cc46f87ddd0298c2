"""Archives stay frozen: every known attack on real Git repositories is refused, every lawful change passes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.archive import objects, visible
from cdp.archive.names import fold
from cdp.cli.check import check
from cdp.cli.proof import examine
from cdp.git import GitError, Objects
from cdp.model import registry
from tests.conftest import Cdp, charter, write

CLOSED = """purpose: Mieux acheter.
formula: {rhythm: 4 semaines, format: remote}
expectations: [{id: a1, text: Apprendre, status: met}]
objectives: [{id: o1, text: Un guide, measure: Dix lectures, season: 2025-hiver, outcome: met, evidence: Lu.}]
seasons: [{id: 2025-hiver, start_date: 2025-01-15, end_date: 2026-01-30}]
alumni: [{name: Rose, role: facilitator}]
license: CC BY-SA 4.0
contact: Le carrefour
start_date: 2025-01-15
end_date: 2026-01-30
kickoff: {date: 2025-01-15, minutes: meetings/2025-01-15-demarrage.md, validated: [formula, objectives, expectations]}
closing:
  announced: 2025-12-10
  reason: L'essentiel est atteint.
  outcome: fulfilled
  review: review.md
  celebration: {date: 2026-01-30}
  thanks: Merci à toutes et à tous.
legacy:
  - {path: notes/x.md, choice: keep, why: Utile., license: CC BY-SA 4.0}
  - {path: notes/vieille.md, choice: remove, why: Dépassée.}
"""
FROZEN = "communities/a"
RECORD = "communities/.archives/a/0001-freeze.json"
FILES = {
    "mkdocs.yml": "site_name: Base\nextra:\n  cdp:\n    as_of: 2026-11-24\n",
    f"{FROZEN}/index.md": charter(CLOSED, "Bonjour.\n"),
    f"{FROZEN}/meetings/2025-01-15-demarrage.md": "---\ndate: 2025-01-15\n---\nBienvenue.\n",
    f"{FROZEN}/notes/x.md": "---\ntitle: X\n---\nUn texte.\n",
    f"{FROZEN}/notes/vieille.md": "---\ntitle: Vieille\n---\nDépassée.\n",
    f"{FROZEN}/review.md": "---\ntitle: Bilan\n---\nUne belle année.\n",
    "communities/b/index.md": charter("", "Vivante.\n", "B"),
}
GIT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(root: Path, *words: str, given: bytes | None = None) -> str:
    command = [
        "git",
        "-C",
        str(root),
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.invalid",
        "-c",
        "protocol.file.allow=always",
        *words,
    ]
    done = subprocess.run(command, input=given, capture_output=True, check=True, env=GIT)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Path:
    """A repository with one archive on ``main``; ``stale`` was cut before the freeze."""
    root = tmp_path_factory.mktemp("frozen") / "base"
    write(root, FILES)
    git(root.parent, "init", "-q", "-b", "main", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    git(root, "branch", "stale")
    cdp("archive", "a", "--root", root, "--apply")
    git(root, "branch", "behind")
    write(root, {"communities/b/notes/z.md": "Après.\n"})
    git(root, "add", "communities")
    git(root, "commit", "-qm", "After")
    return root


@pytest.fixture
def base(frozen: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(frozen, root, symlinks=True)
    return root


def commit(root: Path, *more_parents: str) -> None:
    """Commit the files of the disk byte for byte: what an attack puts in ``.gitattributes`` does nothing to them here.

    A folder that holds a file ``.git`` and nothing else is a submodule.
    """
    entries, modules = [], []
    for place in sorted(p for p in root.rglob("*") if p.is_symlink() or p.is_file()):
        name = place.relative_to(root).as_posix()
        if name.startswith((".git/", ".cdp/")):
            continue
        if place.name == ".git":
            modules.append(f"160000 {git(root, 'rev-parse', 'HEAD')}\t{name.removesuffix('/.git')}\0")
            continue
        data = os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes()
        mode = "120000" if place.is_symlink() else "100755" if place.stat().st_mode & 0o100 else "100644"
        entries.append((mode, data, name))
    named = git(root, "hash-object", "-w", "--no-filters", "--stdin-paths", given=_copied(root, entries)).split()
    lines = "".join(f"{mode} {blob}\t{name}\0" for (mode, _, name), blob in zip(entries, named, strict=True))
    lines += "".join(modules)
    git(root, "read-tree", "--empty")
    git(root, "update-index", "-z", "--index-info", given=lines.encode())
    here = git(root, "for-each-ref", "--format=%(objectname)", git(root, "symbolic-ref", "HEAD"))
    _commit_tree(root, git(root, "write-tree"), *([here] if here else []), *more_parents)


def _copied(root: Path, entries: list[tuple[str, bytes, str]]) -> bytes:
    """Return a list of ordinary files with the bytes of these entries, for ``git hash-object --stdin-paths``."""
    folder = root / ".git/copied"
    folder.mkdir(exist_ok=True)
    for number, (_, data, _name) in enumerate(entries):
        (folder / str(number)).write_bytes(data)
    return "".join(f"{folder / str(number)}\n" for number in range(len(entries))).encode()


def _commit_tree(root: Path, tree: str, *parents: str) -> None:
    words = [word for parent in parents for word in ("-p", git(root, "rev-parse", parent))]
    git(root, "update-ref", "HEAD", git(root, "commit-tree", tree, *words, "-m", "x"))


def merge(root: Path, ours: str, theirs: str) -> None:
    """Commit what ``git merge`` of two branches gives on a new branch; where they conflict, the hostile side is kept."""
    git(root, "symbolic-ref", "HEAD", "refs/heads/result")
    git(root, "update-ref", "HEAD", ours)
    done = subprocess.run(
        ["git", "-C", str(root), "merge-tree", "--write-tree", ours, theirs],
        capture_output=True,
        text=True,
        check=False,
    )
    tree = done.stdout.split("\n")[0]
    if done.returncode:
        since = git(root, "merge-base", ours, theirs)
        git(root, "read-tree", ours)
        words = git(root, "diff-tree", "-r", "-z", "--no-renames", since, theirs).split("\0")
        for about, path in zip(words[::2], words[1::2], strict=False):
            _, mode, _, blob, _ = about.split(" ")
            git(
                root,
                "update-index",
                "-z",
                "--index-info",
                given=f"{mode if mode != '000000' else '0'} {blob}\t{path}\0".encode(),
            )
        tree = git(root, "write-tree")
    _commit_tree(root, tree, ours, theirs)


def refused(root: Path, base: str = "main", proposed: str = "HEAD", *, full: bool = False) -> list[str]:
    return [each.path for each in examine(root, base, proposed, full=full)[0]]


def told(root: Path, base: str = "main") -> list[str]:
    """What ``cdp check --base`` says of archives."""
    done = CliRunner().invoke(check, ["--root", str(root), "--base", base, "--select", "CDP7", "--format", "json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    if done.exit_code == 2:
        return [done.output]
    found = [each["rule"] for each in json.loads(done.stdout)["diagnostics"]]
    assert bool(found) == (done.exit_code == 1)
    return found


# Attacks


def append(path: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        (root / path).write_bytes((root / path).read_bytes() + b"\nplus\n")

    return attack


def add(path: str, text: str = "x") -> Callable[[Path], None]:
    return lambda root: write(root, {path: text})


def remove(path: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()

    return attack


def move(old: str, new: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return attack


def with_record(first: Callable[[Path], None]) -> Callable[[Path], None]:
    """Do something and make the record agree, in one commit."""

    def attack(root: Path) -> None:
        first(root)
        folder = root / FROZEN
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} or {
            "index.md": b""
        }
        act = registry.read((root / RECORD).read_bytes(), RECORD)
        assert isinstance(act, registry.Frozen)
        held = tuple(
            registry.FrozenFile(path=k, bytes=len(v), sha256=registry.digest(v)) for k, v in sorted(files.items())
        )
        new = act.model_copy(update={"files": held, "tree": objects.tree(files), "visible": {}})
        write(root, {RECORD: registry.write(new), registry.sums_place(new): registry.sums(new, held)})

    return attack


def both(*steps: Callable[[Path], None]) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        for step in steps:
            step(root)

    return attack


def link(path: str, target: str) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        remove(path)(root)
        (root / path).symlink_to(target)

    return attack


def parent_link(root: Path) -> None:
    move("communities", "ailleurs")(root)
    (root / "communities").symlink_to("ailleurs")


def executable(root: Path) -> None:
    (root / FROZEN / "notes/x.md").chmod(0o755)


def crlf(root: Path) -> None:
    path = root / FROZEN / "notes/x.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def claim(address: str, path: str = "communities/b/notes/z.md", key: str = "former_paths") -> Callable[[Path], None]:
    return add(path, f"---\ntitle: Z\n{key}: ['{address}']\n---\nAprès.\n")


def edit_record(**changes: object) -> Callable[[Path], None]:
    def attack(root: Path) -> None:
        data = json.loads((root / RECORD).read_bytes()) | changes
        write(root, {RECORD: json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"})

    return attack


def false_record(root: Path) -> None:
    data = json.loads((root / RECORD).read_bytes()) | {
        "slug": "b",
        "previous": registry.digest((root / RECORD).read_bytes()),
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write(root, {"communities/.archives/b/0001-freeze.json": text, "communities/.archives/b/0001-freeze.sha256": "x"})


def self_approved(root: Path) -> None:
    """A redaction written by hand, approved by one person."""
    raw = (root / FROZEN / "notes/x.md").read_bytes()
    act = {
        "format": 1, "kind": "redaction", "slug": "a", "number": 2, "date": "2026-11-24", "reason": "rights",
        "previous": registry.digest((root / RECORD).read_bytes()), "approved_by": ["X", "x "], "tree": {"sha1": "0" * 40, "sha256": "0" * 64},
        "changes": [{"path": "notes/x.md", "before": registry.digest(raw), "after": None, "visible": None}],
    }  # fmt: skip
    remove(f"{FROZEN}/notes/x.md")(root)
    write(root, {"communities/.archives/a/0002-redaction.json": json.dumps(act, indent=1, sort_keys=True) + "\n"})


def by_hand(change: Callable[[str], str]) -> Callable[[Path], None]:
    """A note beside the archive that follows the chain, but for one thing."""

    def attack(root: Path) -> None:
        act = registry.Erratum(
            slug="a",
            number=2,
            date="2026-11-24",
            previous=registry.digest((root / RECORD).read_bytes()),
            text="x",
            path=None,
        )
        (root / registry.place(act)).write_bytes(change(registry.write(act).decode()).encode())

    return attack


ATTACKS: dict[str, Callable[[Path], None]] = {
    "edit": append(f"{FROZEN}/notes/x.md"),
    "edit the charter": append(f"{FROZEN}/index.md"),
    "delete a file": remove(f"{FROZEN}/notes/x.md"),
    "add a file": add(f"{FROZEN}/notes/y.md"),
    "rename": move(f"{FROZEN}/notes/x.md", f"{FROZEN}/notes/z.md"),
    "move the folder": move(FROZEN, "communities/c"),
    "edit with record": with_record(append(f"{FROZEN}/notes/x.md")),
    "delete with record": with_record(remove(f"{FROZEN}/notes/x.md")),
    "add with record": with_record(add(f"{FROZEN}/notes/y.md")),
    "rename with record": with_record(move(f"{FROZEN}/notes/x.md", f"{FROZEN}/notes/z.md")),
    "delete archive and record": both(remove(FROZEN), remove("communities/.archives")),
    "delete archive": remove(FROZEN),
    "delete record": remove(RECORD),
    "delete checksums": remove("communities/.archives/a/0001-freeze.sha256"),
    "executable bit": executable,
    "file to link": link(f"{FROZEN}/notes/x.md", "../review.md"),
    "folder to link": both(move(FROZEN, "ailleurs"), lambda root: (root / FROZEN).symlink_to("../ailleurs")),
    "parent to link": parent_link,
    "module on the folder": add(".gitmodules", '[submodule "s"]\n\tpath = communities/a\n\turl = ../s\n'),
    "module on the parent": add(".gitmodules", '[submodule "s"]\n\tpath = communities\n\turl = ../s\n'),
    "twin by case": add("communities/A/index.md"),
    "twin of the parent": add("Communities/a/index.md"),
    "twin by dot": add("communities/a./index.md"),
    "twin by width": add("communities/\uff41/index.md"),
    "twin by invisible sign": add("communities/a\u200b/index.md"),
    "twin of the registry": add("communities/.Archives/a/0001-freeze.json"),
    "crlf": crlf,
    "attributes eol": add(".gitattributes", "* text eol=crlf\n"),
    "attributes lfs": add(".gitattributes", "communities/** filter=lfs\n"),
    "attributes encoding": add("communities/.gitattributes", "*.md working-tree-encoding=UTF-16\n"),
    "attributes ident": add(".gitattributes", "*.md ident\n"),
    "attributes export": add("communities/.gitattributes", "a/** export-ignore\n"),
    "attributes export of the folder": add(".gitattributes", "communities/a export-ignore\n"),
    "attributes export of all": add(".gitattributes", "communities/ export-ignore\n"),
    "attributes export of the registry": add(".gitattributes", "communities/.archives export-ignore\n"),
    "attributes in another case": add(".gitattributes", "COMMUNITIES/** eol=crlf\n"),
    "attributes inside": add(f"{FROZEN}/.gitattributes", "* text\n"),
    "record: other slug": edit_record(slug="b"),
    "record: fewer files": edit_record(files=[]),
    "record: another reason": edit_record(reason="x"),
    "record: broken": add(RECORD, "{"),
    "second record": lambda root: shutil.copy(root / RECORD, root / "communities/.archives/a/0002-freeze.json"),
    "false new record": false_record,
    "stray in the registry": add("communities/.archives/a/x.txt"),
    "redaction by one person": self_approved,
    "verifier replaced": both(add("scripts/cdp/archive/verify.py", "def verify(*a, **k): return []\n"), with_record(append(f"{FROZEN}/notes/x.md"))),
    "module: on one line with its title": add(".gitmodules", '[submodule "s"] path = communities/a\n'),
    "module: name cut in two": add(".gitmodules", '[submodule "s"]\n\tpath = commu\\\nnities/a\n'),
    "module: roundabout path": add(".gitmodules", '[submodule "s"]\n\tpath = x/../communities/./A\n'),
    "module: inside the folder": add(".gitmodules", '[submodule "s"]\n\tpath = communities/a/notes/s\n'),
    "module: on the registry": add(".gitmodules", '[submodule "s"]\n\tpath = communities/.archives/a\n'),
    "module: file in capitals": add(".GitModules", '[submodule "s"]\n\tpath = communities/a\n'),
    "attributes by a macro": add(".gitattributes", "[attr]x eol=crlf\n/communities/** x\n"),
    "attributes merge": add(".gitattributes", "*.json merge=union\n"),
    "attributes of the registry": add(".gitattributes", "*.sha256 text eol=crlf\n"),
    "attributes in capitals": add("communities/.GITATTRIBUTES", "* eol=crlf\n"),
    "attributes by a short name": add("GITATT~1", "* eol=crlf\n"),
    "attributes as a link": both(add("m", "* eol=crlf\n"), lambda root: (root / ".gitattributes").symlink_to("m")),
    "attributes in the registry": add("communities/.archives/.gitattributes", "* eol=crlf\n"),
    "twin by a short name": add("COMMUN~1/a/index.md"),
    "twin of the registry by a short name": add("communities/ARCHIV~1/a/0001-freeze.json"),
    "twin by backslashes": add("communities\\a\\notes\\x.md"),
    "twin by backslashes lower down": add("communities/a\\notes\\x.md"),
    "twin by a stream": add("communities/a::$INDEX_ALLOCATION/notes/x.md"),
    "twin by a long s": add("communitieſ/a/index.md"),
    "registry to link": both(move("communities/.archives", "ailleurs"), lambda root: (root / "communities/.archives").symlink_to("../ailleurs")),
    "record to link": both(move(RECORD, "r.json"), lambda root: (root / RECORD).symlink_to("../../../r.json")),
    "record executable": lambda root: (root / RECORD).chmod(0o755),
    "record with spaces": lambda root: add(RECORD, json.dumps(json.loads((root / RECORD).read_bytes())))(root),
    "checksums of something else": add("communities/.archives/a/0001-freeze.sha256", f"{'0' * 64}  mkdocs.yml\n"),
    "checksums alone": add("communities/.archives/b/0001-freeze.sha256", "x\n"),
    "registry for a path above": add("communities/.archives/../.archives/b/0001-freeze.json", "{}"),
    "a folder for a file": both(remove(f"{FROZEN}/notes/x.md"), add(f"{FROZEN}/notes/x.md/y.md")),
    "empty file": lambda root: (root / FROZEN / "notes/x.md").write_bytes(b""),
    "byte order mark": lambda root: (root / FROZEN / "notes/x.md").write_bytes(b"\xef\xbb\xbf" + (root / FROZEN / "notes/x.md").read_bytes()),
    "hidden file": add(f"{FROZEN}/.cache"),
    "registry renamed": move("communities/.archives", "communities/.archive"),
    "registry renamed by case": move("communities/.archives", "communities/.ARCHIVES"),
    "registry: a folder within": add("communities/.archives/a/b/0001-freeze.json", "{}"),
    "registry: a file at its top": add("communities/.archives/x.json", "{}"),
    "record with line ends of Windows": lambda root: (root / RECORD).write_bytes((root / RECORD).read_bytes().replace(b"\n", b"\r\n")),
    "record with a byte order mark": lambda root: (root / RECORD).write_bytes(b"\xef\xbb\xbf" + (root / RECORD).read_bytes()),
    "record: very deep": add("communities/.archives/b/0001-freeze.json", "[" * 200_000),
    "record: very long": add("communities/.archives/b/0001-freeze.json", '{"a": "' + "x" * registry.MAX_RECORD + '"}'),
    "record: a huge number": add("communities/.archives/b/0001-freeze.json", '{"kind": "freeze", "format": 1, "number": ' + "9" * 10_000 + "}"),
    "note: a key twice": by_hand(lambda text: text.replace(' "text": "x"', ' "text": "y",\n "text": "x"')),
    "note: line ends of Windows": by_hand(lambda text: text.replace("\n", "\r\n")),
    "note: byte order mark": by_hand(lambda text: "\ufeff" + text),
    "note: not a number": by_hand(lambda text: text.replace('"number": 2', '"number": NaN')),
    "note: true for one": by_hand(lambda text: text.replace('"format": 1', '"format": true')),
    "note: half a character": by_hand(lambda text: text.replace('"x"', '"x\\ud800"')),
    "note: written backwards": by_hand(lambda text: text.replace('"x"', '"x\u202egnp"')),
    "name that Git quotes": add(f'{FROZEN}/notes/é"\\t.md'),
    "what Git ignores, inside": add(f"{FROZEN}/.gitignore", "*\n"),
    "page in HTML inside": add(f"{FROZEN}/index.html"),
    "twin by a soft hyphen": add("communities/a\u00ad/index.md"),
    "page beside the folder": add("communities/a.md"),
    "html beside the folder": add("communities/a.html"),
    "twin as an address writes it": add("communities/%61/index.md", charter()),
    "twin as an address of an address": add("communities/%2561/index.md", charter()),
    "twin of the parent as an address writes it": add("%63ommunities/a/index.md", charter()),
    "twin of the registry as an address writes it": add("communities/%2Earchives/a/0002-note.json", "{}"),
    "address claimed": claim("/communities/a/notes/x/"),
    "address claimed by a charter": claim("/communities/a/", "communities/b/index.md"),
    "address claimed by a meeting": claim("communities/a/review", "communities/b/meetings/2026-05-05-x.md"),
    "address claimed by a new community": claim("/communities/a/notes/x/", "communities/c/notes/d/x.md"),
    "address claimed by a program": both(claim("/communities/a/notes/x/"), lambda root: (root / "communities/b/notes/z.md").chmod(0o755)),
    "address claimed in capitals": claim("/Communities/A/notes/X/index.html"),
    "address claimed as a file": claim("communities/a/notes/x.html"),
    "address claimed by a roundabout path": claim("/communities/b/./%2e%2E/a/notes/x/"),
    "address claimed by width": claim("/communities/\uff41/notes/x/"),
    "address claimed by escapes": claim("/communities/a/notes/x/", key='"former\\x5fpaths"'),
    "address claimed of a notebook": claim("/communities/a/meetings/2025-01-15-demarrage/"),
    "address claimed of the celebration": claim("/communities/a/celebration/"),
    "module in the place of the folder": both(remove(FROZEN), add(f"{FROZEN}/.git")),
    "module in the place of the registry": both(remove("communities/.archives"), add("communities/.archives/.git")),
    "module in the place of all": both(remove("communities"), add("communities/.git")),
    "record: many keys": add("communities/.archives/a/0002-note.json", "{" + ",".join(f'"{n}":1' for n in range(50_000)) + "}"),
    "record: in UTF-16": lambda root: (root / RECORD).write_bytes((root / RECORD).read_text(encoding="utf-8").encode("utf-16")),
    "note: day by the week": by_hand(lambda text: text.replace("2026-11-24", "2026-W48-2")),
    "note: a number with a fraction": by_hand(lambda text: text.replace('"number": 2', '"number": 2.0')),
    "note: a letter in disguise": by_hand(lambda text: text.replace('"x"', '"\\u0078"')),
}  # fmt: skip


def commit_of(root: Path, attack: Callable[[Path], None]) -> None:
    git(root, "checkout", "-q", "-b", "proposal")
    attack(root)
    commit(root)


def merge_of(root: Path, attack: Callable[[Path], None]) -> None:
    commit_of(root, attack)
    merge(root, "main", "proposal")


def stale_merge(root: Path, attack: Callable[[Path], None]) -> None:
    """A branch cut before the freeze, or before the tip when the attack is on the record, merged where main is now."""
    git(root, "checkout", "-q", "-b", "proposal", "stale")
    try:
        attack(root)
    except FileNotFoundError:
        git(root, "checkout", "-q", "-f", "-B", "proposal", "behind")
        git(root, "clean", "-qfdx")
        attack(root)
    commit(root)
    merge(root, "main", "proposal")


def evil_merge(root: Path, attack: Callable[[Path], None]) -> None:
    """Both parents are clean; only the merge attacks."""
    git(root, "checkout", "-q", "-b", "clean")
    write(root, {"communities/b/notes/clair.md": "Clair.\n"})
    commit(root)
    git(root, "checkout", "-q", "-f", "-b", "result", "main")
    write(root, {"communities/b/notes/clair.md": "Clair.\n"})
    attack(root)
    commit(root, "clean")


WAYS = {"commit": commit_of, "merge": merge_of, "stale": stale_merge, "evil": evil_merge}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("way", WAYS)
def test_an_attack_is_refused(name: str, way: str, base: Path) -> None:
    WAYS[way](base, ATTACKS[name])

    assert refused(base)
    assert told(base)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_check_refuses_an_attack_before_any_merge(name: str, base: Path) -> None:
    """On a branch cut before the freeze, where nothing is archived yet."""
    git(base, "checkout", "-q", "-b", "proposal", "stale")
    try:
        ATTACKS[name](base)
    except FileNotFoundError:
        git(base, "checkout", "-q", "-f", "-B", "proposal", "behind")
        git(base, "clean", "-qfdx")
        ATTACKS[name](base)
    commit(base)

    assert told(base)


def test_a_stale_branch_that_adds_a_file_is_refused_as_it_is_and_merged(base: Path) -> None:
    git(base, "checkout", "-q", "stale")
    add(f"{FROZEN}/notes/y.md")(base)
    commit(base)

    with pytest.raises(GitError, match="ancestor"):
        refused(base)
    git(base, "checkout", "-q", "-b", "result", "main")
    git(base, "merge", "-q", "-m", "x", "stale")
    assert f"{FROZEN}/notes/y.md" in refused(base)


def test_a_record_that_came_and_went_is_refused(base: Path) -> None:
    path = "communities/.archives/b/0001-freeze.json"
    git(base, "checkout", "-q", "-b", "came")
    add(path, "{}")(base)
    commit(base)
    git(base, "rm", "-q", path)
    git(base, "commit", "-qm", "x")
    assert path in refused(base)

    # A merge hides it from the main line; merged commit by commit, it would be there for ever.
    git(base, "checkout", "-q", "-b", "result", "main")
    git(base, "merge", "-q", "--no-ff", "-m", "x", "came")
    assert path in refused(base)


def test_one_person_is_one_however_the_name_is_typed() -> None:
    names = ("Hélène Roy", "He\u0301le\u0300ne Roy", "hélène  roy.", "HÉLÈNE-ROY")
    assert len({registry.person(name) for name in names}) == 1
    assert registry.person("Jean Roy") != registry.person("Jeanne Roy")


def test_an_octopus_hides_no_arm(base: Path) -> None:
    for name in "xyz":
        git(base, "checkout", "-q", "-b", name, "main")
        write(base, {f"communities/b/notes/{name}.md": name})
        if name == "z":
            append(f"{FROZEN}/notes/x.md")(base)
        commit(base)
    git(base, "checkout", "-q", "-b", "proposal", "main")
    git(base, "merge", "-q", "-m", "x", "x", "y", "z")

    assert refused(base) == [f"{FROZEN}/notes/x.md"]
    assert told(base)


@pytest.mark.parametrize("path", ["communities", "communities/.archives"])
def test_a_submodule_in_the_place_of_a_parent_is_refused(path: str, base: Path) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    git(base, "rm", "-rq", "--cached", path)
    git(base, "update-index", "--add", "--cacheinfo", f"160000,{git(base, 'rev-parse', 'HEAD')},{path}")
    git(base, "commit", "-qm", "x")

    assert RECORD in refused(base)
    assert told(base)


def test_objects_that_are_missing_or_are_others_are_seen(base: Path) -> None:
    named = git(base, "rev-parse", f"HEAD:{FROZEN}/notes/x.md")
    place = base / ".git/objects" / named[:2] / named[2:]
    other = git(base, "hash-object", "-w", "--stdin", given=b"x")
    place.chmod(0o644)
    place.write_bytes((base / ".git/objects" / other[:2] / other[2:]).read_bytes())
    assert f"{FROZEN}/notes/x.md" in refused(base, full=True)
    place.unlink()
    with pytest.raises(GitError, match="missing"):
        refused(base, full=True)


def test_rewritten_history_is_refused(base: Path) -> None:
    git(base, "checkout", "-q", "--orphan", "other")
    with_record(append(f"{FROZEN}/notes/x.md"))(base)
    commit(base)

    with pytest.raises(GitError, match="ancestor"):
        refused(base)


def test_a_submodule_in_the_folder_is_refused(base: Path) -> None:
    git(base, "update-index", "--add", "--cacheinfo", f"160000,{git(base, 'rev-parse', 'HEAD')},{FROZEN}/notes/s")
    git(base, "commit", "-qm", "x")

    assert f"{FROZEN}/notes/s" in refused(base, "main~1")


@pytest.mark.parametrize(
    "name", [b"communities/a/notes/\xff.md", b"communities/a/notes/a\nb.md", b"communities/a/notes/e\xcc\x81.md"]
)
def test_a_name_that_no_list_shows_well_is_refused(name: bytes, base: Path) -> None:
    blob = git(base, "hash-object", "-w", "--stdin", given=b"x").encode()
    git(base, "update-index", "-z", "--index-info", given=b"100644 " + blob + b"\t" + name + b"\0")
    git(base, "commit", "-qm", "x")

    assert len(refused(base, "main~1")) == 1


def forged(root: Path, *entries: tuple[str, str, str]) -> str:
    """Write a tree that Git would not: its entries are taken as they come."""
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(named) for mode, name, named in entries)
    return git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=raw)


@pytest.mark.parametrize("name", ["communities", "..", ".git", ".GIT"])
def test_a_tree_that_git_would_not_write_is_refused(name: str, base: Path) -> None:
    """A name twice: some readers take the first, others the last. A name that leaves the folder: none should follow it."""
    honest = git(base, "rev-parse", "HEAD:communities")
    append(f"{FROZEN}/notes/x.md")(base)
    commit(base)
    hostile = git(base, "rev-parse", "HEAD:communities")
    settings = git(base, "rev-parse", "HEAD:mkdocs.yml")
    _commit_tree(
        base,
        forged(base, ("40000", name, hostile), ("40000", "communities", honest), ("100644", "mkdocs.yml", settings)),
        "main~1",
    )

    with pytest.raises(GitError, match="malformed"):
        refused(base, "main~1")


def test_modules_as_a_link_that_git_would_not_write_are_refused(base: Path) -> None:
    kept = [
        (mode, name, git(base, "rev-parse", f"HEAD:{name}"))
        for mode, name in (("40000", "communities"), ("100644", "mkdocs.yml"))
    ]
    _commit_tree(base, forged(base, ("120000", ".gitmodules", kept[1][2]), *kept), "HEAD")

    assert refused(base, "main~1") == [".gitmodules"]


@pytest.fixture
def lower(base: Path, tmp_path: Path) -> Path:
    """The same knowledge base as a folder of its repository, with its history."""
    root = tmp_path / "lower"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    shutil.copytree(base, root / "base", ignore=shutil.ignore_patterns(".git"))
    commit(root)
    git(root, "checkout", "-q", "-f", "main")
    git(root, "checkout", "-q", "-b", "proposal")
    return root


@pytest.mark.parametrize(
    "attack",
    [
        add("base/communities/a/notes/y.md"),
        add(".gitattributes", "* text eol=crlf\n"),
        add("base/.gitattributes", "* text eol=crlf\n"),
        add(".gitmodules", '[submodule "s"]\n\tpath = base\n'),
        add("Base/communities/a/index.md"),
        both(move("base", "autre"), lambda root: (root / "base").symlink_to("autre")),
        remove("base"),
    ],
)
def test_a_knowledge_base_below_the_top_is_as_safe(attack: Callable[[Path], None], lower: Path) -> None:
    from cdp.cli.proof import compare

    attack(lower)
    commit(lower)
    objects_of = Objects(lower, prefix="base/")
    before, after = git(lower, "rev-parse", "main"), git(lower, "rev-parse", "HEAD")

    assert compare(objects_of, before, after)[0]
    assert compare(objects_of, before, before, full=True) == ([], 1)


def test_a_replaced_object_hides_nothing(base: Path) -> None:
    before = git(base, "rev-parse", "HEAD^{tree}")
    append(f"{FROZEN}/notes/x.md")(base)
    commit(base)
    git(base, "replace", git(base, "rev-parse", "HEAD^{tree}"), before)

    assert refused(base, "main~1") == [f"{FROZEN}/notes/x.md"]


def test_all_of_history_is_read_in_full(base: Path) -> None:
    """Whoever pushes to main without any check is seen by the nightly run, until the record is put back."""
    assert refused(base, full=True) == []
    with_record(append(f"{FROZEN}/notes/x.md"))(base)
    commit(base)

    assert refused(base) == []
    assert RECORD in refused(base, full=True)
    git(base, "checkout", "-q", "main~1", "--", "communities")
    commit(base)
    assert refused(base, full=True) == []


@pytest.mark.parametrize(
    "line",
    [
        "* text eol=crlf",
        "communities/** filter=lfs",
        "communities/a export-ignore",
        "/communities/.archives export-ignore",
    ],
)
def test_attributes_that_came_without_any_check_are_read_in_full(line: str, base: Path) -> None:
    """Pushed to main by somebody whom the forge lets through: the nightly run has no base, but the day of the freeze."""
    add(".gitattributes", f"{line}\n")(base)
    commit(base)
    assert refused(base, "HEAD", full=True)
    assert "attributes" in {each.what for each in examine(base, None, "HEAD", full=True)[0]}

    (base / ".gitattributes").unlink()
    commit(base)
    assert refused(base, "HEAD", full=True) == []


def test_attributes_that_were_there_at_the_freeze_stay_lawful(tmp_path: Path, cdp: Cdp) -> None:
    root = tmp_path / "base"
    write(root, FILES | {".gitattributes": "*.md text eol=lf\n"})
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    cdp("archive", "a", "--root", root, "--apply")
    write(root, {".gitattributes": "*.md text eol=lf\n*.png binary\n"})
    git(root, "commit", "-qam", "x")

    assert refused(root, "HEAD", full=True) == []


# Closed, not open


def test_what_cannot_be_known_is_not_called_intact(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    for revision in ("absente", "", "--all"):
        with pytest.raises(GitError, match="unknown"):
            refused(base, revision or " ")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{base}", "shallow")
    with pytest.raises(GitError, match="shallow"):
        refused(tmp_path / "shallow", "HEAD")
    shutil.rmtree(base / ".git")
    with pytest.raises(GitError, match="repository"):
        refused(base)
    assert "dépôt Git" in cdp("archive", "verify", "--root", base, code=2).stderr


# Lawful changes

LAWFUL: dict[str, Callable[[Path], None]] = {
    "nothing": lambda root: None,
    "a living note": add("communities/b/notes/x.md", "Bonjour.\n"),
    "a new community": add("communities/ab/index.md", charter()),
    "a longer name": add("communities/a-suite/index.md", charter()),
    "binary images": add(".gitattributes", "*.png binary\n"),
    "no line ends converted": add(".gitattributes", "/communities/** -text\n"),
    "attributes that change no byte": add(".gitattributes", "*.md diff=markdown linguist-documentation\n"),
    "a page beside the communities": add("communities.md", "# Nos communautés\n"),
    "a living note renamed": move("communities/b/notes/z.md", "communities/b/notes/y.md"),
    "a living community removed": remove("communities/b"),
    "settings": add("mkdocs.yml", FILES["mkdocs.yml"] + "# Un mot.\n"),
    "a link elsewhere": lambda root: (root / "lien").symlink_to("communities"),
    "a name that only begins the same": add("communities/a-0/notes/a.md"),
    "an address that was never frozen": claim("/communities/a/notes/partie/"),
    "an address of a living page": claim("/communities/b/notes/y/"),
    "a name that only looks like an address": add(
        "communities/b/notes/w.md", "former_paths: [/communities/a/notes/x/]\n"
    ),
    "a module elsewhere": add(".gitmodules", '[submodule "s"]\n\tpath = outils\n\turl = ../s\n'),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_a_lawful_change_passes(name: str, base: Path) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    LAWFUL[name](base)
    commit(base)

    assert refused(base) == []
    assert refused(base, full=True) == []
    assert told(base) == []


def test_a_freeze_is_itself_lawful(base: Path) -> None:
    assert refused(base, "stale", "behind") == []
    assert refused(base, "stale", "main", full=True) == []


def test_a_freeze_whose_address_a_living_page_claims_is_refused(base: Path, cdp: Cdp) -> None:
    """The page was there before the freeze, and did not change since."""
    git(base, "checkout", "-q", "-f", "stale")
    claim("/communities/a/notes/x/")(base)
    commit(base)
    cdp("archive", "a", "--root", base, "--apply")

    assert refused(base, "HEAD~1") == ["communities/b/notes/z.md"]
    assert refused(base, "HEAD") == refused(base, "HEAD", full=True) == ["communities/b/notes/z.md"]
    said = cdp("archive", "verify", "--root", base, "--base", "HEAD~1", code=1).stdout.replace("\u00a0", " ")
    assert "« /communities/a/notes/x/ » est une adresse de l’archive « a »" in said.replace("'", "’")
    assert "Retirez-la de « former_paths »" in said


def test_a_page_that_was_withdrawn_keeps_its_address(base: Path, cdp: Cdp) -> None:
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "rights", *two, "--root", base, "--apply")
    claim("/communities/a/notes/x/")(base)
    commit(base)

    assert refused(base, "HEAD~1") == ["communities/b/notes/z.md"]
    assert "CDP908" in cdp("check", "--root", base, "--select", "CDP9", code=1).stdout


def test_two_freezes_that_crossed_do_not_both_pass(base: Path, cdp: Cdp) -> None:
    for name, title in (("c", "C"), ("d", "D")):
        git(base, "checkout", "-q", "-f", "-B", f"with-{name}", "main")
        other = {
            path.replace(FROZEN, f"communities/{name}"): text for path, text in FILES.items() if path.startswith(FROZEN)
        }
        write(base, other | {f"communities/{name}/index.md": charter(CLOSED, "Bonjour.\n", title)})
        git(base, "add", "communities")
        git(base, "commit", "-qm", "x")
        cdp("archive", name, "--root", base, "--apply")
        assert refused(base) == []
    for first, second in (("c", "d"), ("d", "c")):
        merge(base, f"with-{first}", f"with-{second}")
        (one,) = examine(base, f"with-{first}", "HEAD")[0]
        git(base, "checkout", "-q", "-f", "HEAD")

        assert one.path == f"communities/.archives/{second}/0001-freeze.json", "the one that the base does not have"
        freeze = git(base, "log", "-1", "--format=%H", f"with-{second}")
        told = cdp("archive", "verify", "--root", base, "--base", f"with-{first}", code=1).stdout
        assert f"communities/.archives/{first}/0001-freeze.json est entré" in told
        assert f"git reset --hard {freeze[:10]}~1, git merge {git(base, 'rev-parse', f'with-{first}')[:10]}" in told
        said = cdp("check", "--root", base, "--select", "CDP701", "--base", f"with-{first}", code=1).stdout
        assert f"{second}/0001-freeze.json:1:1: CDP701" in said
        assert f"{first}/0001-freeze.json:1:1: CDP701" not in said
        assert f"cdp archive {second} --apply" in said

        # The remedy, done as it is told.
        git(base, "checkout", "-q", "-f", "-B", "mended", f"with-{second}")
        git(base, "reset", "-q", "--hard", f"{freeze[:10]}~1")
        git(base, "merge", "-q", "-m", "x", f"with-{first}")
        cdp("archive", second, "--root", base, "--apply")
        assert refused(base, f"with-{first}", full=True) == []


def dated(root: Path, day: str) -> None:
    """A note beside the archive, written by hand, of any day."""
    act = registry.Erratum(
        slug="a",
        number=2,
        date=day,
        previous=registry.digest((root / RECORD).read_bytes()),
        text="Précision.",
        path=None,
    )
    write(root, {registry.place(act): registry.write(act)})


@pytest.mark.parametrize("day", ["2026-11-26", "2099-01-01", "2026-11-23", "1999-01-01"])
def test_a_record_is_neither_of_the_future_nor_before_the_one_it_follows(day: str, base: Path, cdp: Cdp) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    words = ("--root", base, "--apply", "--as-of", day)
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    for command in (("note", "a", "x"), ("redact", "a", "notes/x.md", "--reason", "rights", *two)):
        assert "serait daté" in cdp("archive", *command, *words, code=2).stderr
    dated(base, day)
    commit(base)

    assert refused(base)
    assert refused(base, "HEAD", full=True)
    found = cdp("check", "--root", base, "--select", "CDP7", "--base", "main", code=None)
    assert (found.returncode, "CDP70" in found.stdout) == (1, True)


def test_the_day_after_a_commit_is_no_future(base: Path, cdp: Cdp) -> None:
    """Somewhere it is tomorrow already."""
    cdp("archive", "note", "a", "x", "--root", base, "--apply", "--as-of", "2026-11-25")
    assert refused(base, "main~1", full=True) == []


def test_a_later_freeze_is_not_dated_before_the_last_of_another(base: Path, cdp: Cdp) -> None:
    other = {path.replace(FROZEN, "communities/c"): text for path, text in FILES.items() if path.startswith(FROZEN)}
    write(base, other)
    git(base, "add", "communities")
    git(base, "commit", "-qm", "x")
    said = cdp("archive", "c", "--root", base, "--apply", "--as-of", "2026-11-20", code=2).stderr.replace("\u00a0", " ")
    assert "d’avant le dernier (2026-11-24)" in said.replace("'", "’")
    assert "--as-of 2026-11-24" in said


def test_a_repository_named_by_sha256_is_as_safe(tmp_path: Path, cdp: Cdp) -> None:
    root = tmp_path / "base"
    write(root, FILES)
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256", str(root))
    git(root, "config", "user.name", "x")
    git(root, "config", "user.email", "x@example.invalid")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Before")
    cdp("archive", "a", "--root", root, "--apply")
    assert refused(root, "main~1", full=True) == []
    git(root, "checkout", "-q", "-b", "proposal")
    append(f"{FROZEN}/notes/x.md")(root)
    add(".gitattributes", "* eol=crlf\n")(root)
    commit(root)

    assert f"{FROZEN}/notes/x.md" in refused(root)


def test_a_note_about_nothing_is_refused(base: Path) -> None:
    previous = registry.digest((base / RECORD).read_bytes())
    for text, path in (("Bonjour.", "notes/absente.md"), ("Bonjour.\x1b[2J", None)):
        act = {
            "format": 1,
            "kind": "note",
            "slug": "a",
            "number": 2,
            "date": "2026-11-24",
            "previous": previous,
            "text": text,
            "path": path,
        }
        git(base, "checkout", "-q", "-f", "-B", "proposal", "main")
        write(
            base,
            {
                "communities/.archives/a/0002-note.json": json.dumps(act, ensure_ascii=False, indent=1, sort_keys=True)
                + "\n"
            },
        )
        commit(base)
        assert refused(base)


def test_the_doors_that_the_law_opens_pass_and_nothing_more(base: Path, cdp: Cdp) -> None:
    git(base, "checkout", "-q", "-b", "proposal")
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    cdp(
        "archive",
        "redact",
        "a",
        "notes/x.md",
        "--reason",
        "rights",
        "--approved-by",
        "Rose",
        "--approved-by",
        "rose",
        "--root",
        base,
        "--apply",
        code=2,
    )
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "rights", *two, "--root", base, "--apply")
    cdp("archive", "note", "a", "La date était le 16.", "--about", "index.md", "--root", base, "--apply")

    assert refused(base, full=True) == []
    assert not (base / FROZEN / "notes/x.md").exists()
    assert cdp("check", "--root", base, "--select", "CDP7").returncode == 0
    append(f"{FROZEN}/index.md")(base)
    commit(base)
    assert refused(base) == [f"{FROZEN}/index.md"]


# Freezing


def test_a_freeze_says_what_git_says(base: Path) -> None:
    act = registry.read((base / RECORD).read_bytes(), RECORD)
    assert isinstance(act, registry.Frozen)

    assert act.tree.sha1 == git(base, "rev-parse", f"HEAD:{FROZEN}")
    assert [file.path for file in act.files] == [
        "index.md",
        "meetings/2025-01-15-demarrage.md",
        "notes/x.md",
        "review.md",
    ]
    assert act.visible["notes/x.md"] == visible.digest("Un texte.")
    subprocess.run(
        ["sha256sum", "--check", "--strict", RECORD.replace(".json", ".sha256")],
        cwd=base,
        check=True,
        capture_output=True,
    )


def test_a_freeze_is_refused_while_something_is_unsettled(tmp_path: Path, cdp: Cdp) -> None:
    write(tmp_path, FILES | {f"{FROZEN}/notes/autre.md": "---\ntitle: Autre\n---\nx\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")

    assert "notes/autre.md" in cdp("archive", "a", "--root", tmp_path, code=1).stderr
    (tmp_path / FROZEN / "notes/autre.md").unlink()
    assert "validé" in cdp("archive", "a", "--root", tmp_path, code=1).stderr
    assert "communities/b/index.md" in cdp("archive", "b", "--root", tmp_path, code=1).stderr


def test_a_lock_left_by_a_crash_is_named_with_its_remedy(base: Path, cdp: Cdp) -> None:
    (base / ".git/index.lock").touch()

    said = cdp("archive", "note", "a", "Bonjour.", "--root", base, "--apply", code=2).stderr
    assert "index.lock" in said
    assert "effacez" in said


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(["a", "ab", "café"]), st.sampled_from(["", ".", " ", ".md", ".HTML", "\u200b"]))
def test_names_that_systems_confuse_fold_to_one(name: str, tail: str) -> None:
    assert fold(f"{name.upper()}{tail}") == fold(name)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.none() | st.text(min_size=1))
def test_a_record_is_written_as_json_with_sorted_keys_and_line_feeds(text: str, path: str | None) -> None:
    act = registry.Erratum(slug="a", number=2, date="2026-11-24", previous="0" * 64, text=text, path=path)

    plain = json.dumps(act.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert registry.write(act) == plain.encode()


def test_a_folder_has_the_name_that_git_gives_it(tmp_path: Path) -> None:
    files = {"a": b"1", "a.b": b"2", "a-b/c": b"3", "b/d/e": b"", "é": b"\0"}
    for algorithm in ("sha1", "sha256"):
        root = tmp_path / algorithm
        write(root, files)
        git(tmp_path, "init", "-q", f"--object-format={algorithm}", str(root))
        git(root, "add", "-A")
        assert objects.tree_id(files, algorithm) == git(root, "write-tree")  # type: ignore[arg-type]


def test_git_reads_no_setting_of_anybody(base: Path) -> None:
    assert Objects(base).run("config", "core.hooksPath").decode().strip() == os.devnull
