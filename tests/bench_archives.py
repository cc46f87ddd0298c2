"""Speed of ``cdp archive verify`` on 200 archives of 50 files: part of ``make bench``; alone, ``python -m tests.bench_archives``."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from cdp.archive import freezing
from cdp.load import File, load
from cdp.model import registry
from cdp.model.community import Repository
from tests.bench import measure, paragraph

CHARTER = (
    "---\ntitle: Archive {n}\nsummary: Une archive du banc d'essai.\nclosing: {{announced: 2026-01-05, reason: Fini., "
    "outcome: fulfilled, review: review.md}}\n---\nBonjour.\n"
)


def generate(root: Path, archives: int, files: int) -> None:
    """Write a repository of frozen communities: one commit of their files, then one a freeze, packed as a clone is."""
    chance = random.Random(5)

    def git(*words: str) -> None:
        settings = ("-c", "user.name=B", "-c", "user.email=b@example.org", "-c", "gc.auto=0")
        subprocess.run(["git", "-C", str(root), *settings, *words], check=True)

    held: dict[str, dict[str, bytes]] = {}
    for n in range(archives):
        own = {"index.md": CHARTER.format(n=n).encode(), "review.md": b"---\ntitle: Bilan\n---\nFini.\n"}
        for m in range(files - 2):
            text = f"---\ntitle: Note {m}\n---\n" + "\n\n".join(paragraph(chance) for _ in range(4)) + "\n"
            own[f"notes/note-{m:02}.md"] = text.encode()
        held[f"archive-{n:03}"] = own
        for path, data in own.items():
            place = root / f"communities/archive-{n:03}" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    (root / "mkdocs.yml").write_text("site_name: Banc\n", encoding="utf-8")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    head = ""
    for slug, own in held.items():
        repository = load(
            File(f"communities/{slug}/{path}", "file", len(data), lambda data=data: data) for path, data in own.items()
        )
        community = repository.get(slug)
        assert community is not None
        chain = Repository((community,), (), (), {}, (), head)
        plan = freezing.plan(community, chain, own, date(2026, 11, 24), "fr")
        for path, data in plan.changes.items():
            assert data is not None
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            if path.endswith(".json"):
                head = registry.digest(data)
        git("add", "--", f"communities/.archives/{slug}")
        git("commit", "-q", "-m", slug)
    git("repack", "-a", "-d", "-q")


def rows(work: Path, archives: int = 200, files: int = 50) -> list[tuple[str, str, str]]:
    """Return the lines of the table."""
    root = work / "archives"
    root.mkdir()
    generate(root, archives, files)
    command = [sys.executable, "-m", "cdp", "archive", "verify", "--root", root]
    what = f"{archives} archives, {archives * files:,} files"
    quick = min(measure([*command, "--base", "HEAD~1"]).seconds for _ in range(3))
    full = min(measure([*command, "--full"]).seconds for _ in range(3))
    shutil.rmtree(root)
    return [
        (f"`cdp archive verify`, {what}", f"{quick:.2f} s", "≤ 1 s"),
        (f"`cdp archive verify --full`, {what}", f"{full:.2f} s", "≤ 3 s"),
    ]


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp(prefix="cdp-bench-"))
    try:
        for row in rows(folder):
            print("| " + " | ".join(row) + " |")  # noqa: T201 - a table is what this is for
    finally:
        shutil.rmtree(folder)
