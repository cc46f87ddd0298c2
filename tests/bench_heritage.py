"""What archives add to a build after the first: part of ``make bench``; alone, ``python -m tests.bench_heritage [LIVING ARCHIVED]``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from cdp.archive import freezing
from cdp.load import File, load
from cdp.model import registry
from cdp.model.community import Repository
from tests.bench import generate, measure

_ENDED = (
    "start_date: 2025-05-01\nlicense: CC BY-SA 4.0\ncontact: Le carrefour\n"
    "closing: {announced: 2026-09-01, reason: Fini., outcome: fulfilled, celebration: {date: 2026-10-30}, thanks: Merci.}\n"
    "legacy:\n  - {path: notes/note-00.md, choice: keep, why: Utile.}\n"
)


def freeze(root: Path, slugs: list[str]) -> None:
    """End communities of a generated base and write the records of their freezes, in one chain."""
    head = ""
    for slug in slugs:
        folder = root / "communities" / slug
        charter = (folder / "index.md").read_text(encoding="utf-8")
        charter = charter.replace("start_date: 2026-05-01\n", _ENDED, 1)
        charter = charter.replace("end_date: 2027-04-30", "end_date: 2026-10-30", 1)
        (folder / "index.md").write_text(charter, encoding="utf-8")
        own = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        repository = load(
            File(f"communities/{slug}/{path}", "file", len(data), lambda data=data: data) for path, data in own.items()
        )
        (community,) = repository.communities
        plan = freezing.plan(community, Repository((community,), head=head), own, date(2026, 11, 1), "fr")
        for path, data in plan.changes.items():
            assert data is not None
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            head = registry.digest(data) if path.endswith(".json") else head


def rows(work: Path, living: int = 200, archived: int = 800) -> list[tuple[str, str, str]]:
    """Return the lines of the table: the build of the day after, without archives and with them."""
    seconds = []
    for more in (0, archived):
        root, out = work / f"heritage-{more}", work / f"heritage-{more}-site"
        generate(root, living + more)
        freeze(root, [f"communaute-{number:04}" for number in range(living, living + more)])
        command = [sys.executable, "-m", "cdp", "build", "--root", root, "-o", out]
        measure([*command, "--as-of", "2026-11-24"])
        seconds.append(measure([*command, "--as-of", "2026-11-28"]).seconds)
        shutil.rmtree(root)
        shutil.rmtree(out)
    alone, together = seconds
    what = f"`cdp build` after the first, {living} living communities"
    share = round((together / alone - 1) * 100)
    return [
        (what, f"{alone:.1f} s", ""),
        (f"{what} and {archived} archives", f"{together:.1f} s, {share} % more", "< 10 % more"),
    ]


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="cdp-bench-"))
    try:
        for row in rows(place, *map(int, sys.argv[1:3])):
            print("| " + " | ".join(row) + " |")  # noqa: T201 - a table is what this is for
    finally:
        shutil.rmtree(place)
