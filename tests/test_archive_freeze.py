"""What cannot be frozen is refused, with its place and its cure; what can is shown first, then done in one commit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cdp, write
from tests.test_archive import FROZEN, RECORD, git
from tests.test_archive_crash import living, state

__all__ = ["living"]

NOTE = f"{FROZEN}/notes/x.md"


@pytest.fixture
def base(living: Path, tmp_path: Path) -> Path:
    root = tmp_path / "base"
    shutil.copytree(living, root, symlinks=True)
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A", "communities", *[name for name in (".gitattributes",) if (root / name).exists()])
    git(root, "commit", "-qm", "Before")


def body(text: str) -> Callable[[Path], None]:
    return lambda root: write(root, {NOTE: f"---\ntitle: X\n---\n{text}\n"})


def linked(root: Path) -> None:
    (root / NOTE).unlink()
    (root / NOTE).symlink_to("vieille.md")


def executable(root: Path) -> None:
    (root / NOTE).chmod(0o755)


def module(root: Path) -> None:
    git(root, "init", "-q", f"{FROZEN}/notes/s")
    git(root / FROZEN / "notes/s", "commit", "-q", "--allow-empty", "-m", "x")


def pointer(root: Path) -> None:
    write(root, {f"{FROZEN}/notes/i.png": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
    chosen(root, "notes/i.png")


def chosen(root: Path, path: str) -> None:
    charter = (root / FROZEN / "index.md").read_text(encoding="utf-8")
    line = f"  - {{path: '{path}', choice: keep, why: Utile.}}\n"
    (root / FROZEN / "index.md").write_text(charter.replace("legacy:\n", "legacy:\n" + line), encoding="utf-8")


def named(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        write(root, {f"{FROZEN}/notes/{name}": "---\ntitle: Y\n---\ny\n"})
        chosen(root, f"notes/{name}")

    return change


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "link": (linked, "lien"),
    "executable": (executable, "programme"),
    "submodule": (module, "sous-module"),
    "LFS pointer": (pointer, "Git LFS"),
    "what a desktop leaves": (lambda root: write(root, {f"{FROZEN}/notes/.DS_Store": "x"}), "un reste que l'ordinateur"),
    "filter": (lambda root: write(root, {".gitattributes": "*.md filter=x\n"}), "transforme"),
    "ident": (lambda root: write(root, {f"{FROZEN}/.gitattributes": "*.md ident\n"}), "transforme"),
    "reserved name": (named("aux.md"), "réservé sous Windows"),
    "name with a colon": (named("a:b.md"), "contient « : »"),
    "name with a dot at its end": (named("a..md"), "finit par un point"),
    "remote image": (body("![x](https://x.example/y.png)"), "autre site"),
    "remote image, by reference": (body("![x][r]\n\n[r]: //x.example/y.png"), "autre site"),
    "remote image, in HTML": (body("<img src='https://x.example/y.png' alt='x'>"), "autre site"),
    "image from outside": (body("![x](../../b/y.png)"), "autre dossier"),
    "front matter": (lambda root: write(root, {NOTE: "---\ntitle: [\n---\nx\n"}), NOTE),
    "personal information": (body("Écrivez à rose.tremblay@courriel.example ou au 418 555-0123."), NOTE),
    "address spelled out": (body("Écrivez à julie (arobase) courriel.quebec."), "ligne 4 : le texte contient une adresse"),
    "a rule of safety": (body("<script>x</script>"), "ne sera pas publié"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_frozen_is_told_with_its_place(name: str, base: Path, cdp: Cdp) -> None:
    change, message = REFUSED[name]
    change(base)
    commit(base)
    said = cdp("archive", "a", "--root", base, "--apply", code=1).stderr.replace("\u00a0", " ")

    assert message in said.replace("’", "'") or message in said
    assert not (base / RECORD).exists()
    assert git(base, "log", "-1", "--format=%s") == "Before"


@pytest.mark.parametrize(
    "change",
    [
        body("Modifié."),
        lambda root: write(root, {f"{FROZEN}/notes/y.md": "y"}),
        lambda root: (root / NOTE).unlink(),
        lambda root: write(root, {".gitignore": "y.md\n", f"{FROZEN}/notes/y.md": "y"}),
        lambda root: (git(root, "update-index", "--assume-unchanged", NOTE), body("Modifié.")(root)),
    ],
    ids=["changed", "untracked", "removed", "ignored", "assumed unchanged"],
)
def test_what_is_not_committed_stops_everything(change: Callable[[Path], object], base: Path, cdp: Cdp) -> None:
    change(base)

    said = cdp("archive", "a", "--root", base, "--apply", code=1).stderr
    assert "n'est pas validé dans Git" in said.replace("’", "'") or "legacy" in said or "héritage" in said
    assert not (base / RECORD).exists()


def test_debris_of_a_desktop_stops_nothing(base: Path, cdp: Cdp) -> None:
    write(base, {f"{FROZEN}/notes/.DS_Store": "x"})
    cdp("archive", "a", "--root", base, "--apply")


@pytest.mark.slow
def test_what_is_frozen_and_never_published_stops_no_site(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    """``cdp new`` itself leaves ``.gitkeep`` in empty folders."""
    for name in ("notes/.gitkeep", "meetings/.gitkeep", "notes/.gitattributes"):
        write(base, {f"{FROZEN}/{name}": ""})
    commit(base)
    cdp("archive", "a", "--root", base, "--apply")

    cdp("build", "--root", base, "-o", tmp_path / "site", "--no-cache")
    assert (tmp_path / "site" / FROZEN / "notes/x/index.html").is_file()
    cdp("archive", "export", "a", "--root", base, "--format", "zip", "-o", tmp_path / "a.zip")


def test_nothing_is_done_without_apply_and_all_is_told(base: Path, cdp: Cdp) -> None:
    said = cdp("archive", "a", "--root", base).stdout.replace("\u00a0", " ")

    assert f"effacer  {FROZEN}/notes/vieille.md" in said
    assert f"créer  {RECORD}" in said
    assert "4 fichiers seront figés" in said
    assert "--apply" in said
    assert '"sha256"' not in said
    assert state(base) == "before"


def test_checksums_are_those_of_coreutils(base: Path, cdp: Cdp) -> None:
    cdp("archive", "a", "--root", base, "--apply")
    sums = RECORD.replace(".json", ".sha256")

    def check() -> int:
        return subprocess.run(
            ["sha256sum", "--check", "--strict", "--quiet", sums], cwd=base, capture_output=True, check=False
        ).returncode

    assert check() == 0
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    cdp("archive", "redact", "a", "notes/x.md", "--reason", "court", *two, "--root", base, "--apply")
    sums = "communities/.archives/a/0002-redaction.sha256"
    assert check() == 0
    (base / FROZEN / "index.md").write_text("x")
    assert check() == 1


def test_a_signed_tag_is_made_with_the_commit_or_not_at_all(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    git(base, "config", "gpg.format", "ssh")
    git(base, "config", "user.signingKey", str(tmp_path / "absente"))
    assert "ne peut pas être signée" in cdp("archive", "a", "--root", base, "--apply", "--sign", code=2).stderr.replace(
        "\u00a0", " "
    )
    assert state(base) == "before"
    assert git(base, "tag") == ""
    git(base, "config", "user.signingKey", f"{key}.pub")
    cdp("archive", "a", "--root", base, "--apply", "--sign")

    (tmp_path / "allowed").write_text(f"x@example.invalid {key.with_suffix('.pub').read_text()}")
    git(base, "config", "gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))
    git(base, "verify-tag", "archive/a")
    assert git(base, "rev-parse", "archive/a^{commit}") == git(base, "rev-parse", "HEAD")


def test_a_signature_without_a_key_says_which_setting_is_missing(base: Path, cdp: Cdp) -> None:
    said = cdp("archive", "a", "--root", base, "--apply", "--sign", code=2).stderr
    assert "git config user.signingKey" in said
    assert "git fsck" not in said
    assert state(base) == "before"


def test_line_ends_of_the_work_tree_are_not_what_is_frozen(base: Path, cdp: Cdp) -> None:
    """A clone of Windows has CRLF on its disk: the record is of the bytes that Git holds."""
    git(base, "config", "core.autocrlf", "true")
    for path in (base / FROZEN).rglob("*.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    git(base, "add", "-A", "communities")
    cdp("archive", "a", "--root", base, "--apply")

    assert f'"sha256": "{_digest(base, NOTE)}"' in (base / RECORD).read_text()


def _digest(root: Path, path: str) -> str:
    import hashlib

    raw = subprocess.run(["git", "-C", str(root), "show", f"HEAD:{path}"], capture_output=True, check=True).stdout
    return hashlib.sha256(raw).hexdigest()


def test_a_redaction_whose_front_matter_is_wrong_says_where_and_what_to_do(
    base: Path, tmp_path: Path, cdp: Cdp
) -> None:
    cdp("archive", "a", "--root", base, "--apply")
    given = tmp_path / "caviarde.md"
    given.write_text("---\ntitle: X\nsummary: [caviardé] de la page\n---\nUn texte.\n", encoding="utf-8")
    two = ("--approved-by", "Rose", "--approved-by", "Jean")
    said = cdp("archive", "redact", "a", "notes/x.md", "--reason", "rights", *two, "--replace-with", given, "--root", base, code=1).stderr  # fmt: skip

    assert f"{NOTE}: ligne 3" in said.replace("\u00a0", " ")
    assert "guillemets" in said, said


def test_the_short_helps_are_whole_sentences(cdp: Cdp) -> None:
    said = cdp("archive", "--help").stdout
    assert "..." not in said.partition("Commandes")[2]


def test_a_frozen_community_is_not_frozen_again(base: Path, cdp: Cdp) -> None:
    cdp("archive", "a", "--root", base, "--apply")
    assert "déjà archivée" in cdp("archive", "a", "--root", base, "--apply", code=1).stderr
    write(base, {NOTE: "Modifié.\n"})
    said = cdp("archive", "note", "a", "x", "--root", base, "--apply", code=1).stderr
    assert f"{NOTE} n'est plus tel que l'archive le tient" in said.replace("’", "'")
    assert "git restore" in said, "and not: commit it"
    assert "aucune communauté" in cdp("archive", "absente", "--root", base, code=2).stderr
    said = cdp("archive", "b", "--root", base, code=1).stderr.replace("’", "'").replace("\u00a0", " ")
    assert "la fermeture n'est pas ouverte" in said
    assert "Ouvrez-la : cdp close b" in said
