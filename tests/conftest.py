"""Fixtures shared by all tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from cdp import sanitize
from cdp.load import File, load
from cdp.model import registry
from cdp.model.community import Community, Repository

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 24)
BASES = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_DIFF_BASE_SHA")
"""How continuous integrations say what to compare with; see ``git.usual``."""


os.environ |= {"GIT_AUTHOR_DATE": "2026-11-24T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-24T12:00:00Z"}
# A record is no later than its commit: commits are made on the day on which tests judge.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite the golden trees from what the code does now")
    parser.addoption(
        "--every-fault", action="store_true", help="strike each system call of test_faults.py, not a sample"
    )


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on who runs it, where, or when."""
    for name in ("SOURCE_DATE_EPOCH", "CDP_LANG", "FORCE_COLOR", "NO_COLOR", *BASES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def in_memory(files: Mapping[str, str | bytes]) -> Repository:
    """Return the repository of files given by path."""

    def file(path: str, content: str | bytes) -> File:
        data = content.encode() if isinstance(content, str) else content
        return File(path, "file", len(data), lambda: data)

    return load(file(path, content) for path, content in files.items())


# A shell that runs tests in the background has them ignore Ctrl+C, and the servers that they stop with it, too.
with contextlib.suppress(ValueError):
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def charter(front: str = "", body: str = "", title: str = "Achats") -> str:
    """Return a charter with a title, a summary and more."""
    return f"---\ntitle: {title}\nsummary: Un résumé.\n{front}---\n{body}"


def freeze(slug: str, day: str, files: Mapping[str, str | bytes]) -> dict[str, str]:
    """Return the record and the checksums of a community frozen on a day as it is among these files."""
    home = f"communities/{slug}/"
    held = tuple(
        registry.FrozenFile(path=path.removeprefix(home), bytes=len(data), sha256=registry.digest(data))
        for path, data in sorted(
            (path, text.encode() if isinstance(text, str) else text) for path, text in files.items()
        )
        if path.startswith(home)
    )
    act = registry.Frozen(
        slug=slug, number=1, date=day, previous=None, reason="L'essentiel est atteint.", outcome="fulfilled",
        language="fr", tree=registry.Tree(sha1="0" * 40, sha256="0" * 64), files=held, visible={},
    )  # fmt: skip
    return {
        registry.place(act): registry.write(act).decode(),
        registry.sums_place(act): registry.sums(act, held).decode(),
    }


def community(front: str = "", more: Mapping[str, str | bytes] | None = None) -> Community:
    """Return the community of a charter and of other files, by path from its folder."""
    files = {"communities/a/index.md": charter(front)}
    files |= {f"communities/a/{path}": content for path, content in (more or {}).items()}  # type: ignore[dict-item]
    found = in_memory(files).get("a")
    assert found is not None
    return found


RINGS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The watch may ring first in a callback of the garbage collector, as Hypothesis has: Python tells of it, and goes on."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch gives up at once on notes full of stars, and on no other, however busy the machine is."""

    def run(self: sanitize._Start, lines: list[str]) -> list[str]:
        self.sanitise.last = False
        sanitize._arm(0.1 if any("a*a*a*" in line for line in lines) else 600)
        return lines

    monkeypatch.setattr(sanitize._Start, "run", run)


Cdp = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def cdp() -> Cdp:
    """Run the command as people do, in a process of its own."""

    def run(
        *words: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None, code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cdp", *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            env={**os.environ, **(env or {})},
            check=False,
        )
        assert "Traceback" not in done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="session")
def example_site(cdp: Cdp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the example communities, built once."""
    out = tmp_path_factory.mktemp("example") / "site"
    cdp("build", "--root", ROOT, "-o", out, "--as-of", "2026-11-24", "--no-cache")
    return out


@pytest.fixture
def small_base(tmp_path: Path) -> Path:
    """A knowledge base of two communities and a few notes."""
    root = tmp_path / "base"
    write(
        root,
        {
            "mkdocs.yml": "site_name: Petite base\ntheme:\n  name: material\n  language: fr\n",
            "communities/a/index.md": charter("tags: [accueil]\n", "Bonjour.\n", "Première"),
            "communities/a/notes/un.md": "---\ntitle: Un\ntags: [accueil]\n---\nVoir [deux](deux.md) et [l'autre](../../b/index.md).\n",
            "communities/a/notes/deux.md": "---\ntitle: Deux\n---\nTexte de la note deux.\n",
            "communities/b/index.md": charter("", "Bonsoir.\n", "Seconde"),
        },
    )
    return root


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by path."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
