"""Speed, measured: ``make bench``. Prints one table; nothing here is a test.

Every figure of a table comes from one run on one machine; compare ratios, not seconds of different machines.
"""

from __future__ import annotations

import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

WORDS = [
    "accueil",
    "achat",
    "animation",
    "apprentissage",
    "besoin",
    "bénévole",
    "bibliothèque",
    "calendrier",
    "carnet",
    "célébration",
    "clause",
    "collègue",
    "communauté",
    "confiance",
    "critère",
    "décision",
    "démarche",
    "entraide",
    "équipe",
    "essai",
    "fournisseur",
    "grille",
    "groupe",
    "habitude",
    "héritage",
    "idée",
    "jumelage",
    "lecture",
    "matériau",
    "mesure",
    "municipalité",
    "note",
    "objectif",
    "outil",
    "partage",
    "personne",
    "pratique",
    "question",
    "rencontre",
    "réemploi",
    "réseau",
    "saison",
    "sondage",
    "territoire",
    "travail",
    "usage",
    "voisinage",
]
LINKING = ["avec", "dans", "pour", "sans", "selon", "chez", "entre", "vers", "depuis", "pendant", "malgré", "parmi"]

TARGETS = {"ratio": 3.0, "page": 3.0, "growth": 1.2, "memory": 400, "size": 35.0, "check": 6.0, "help": 0.25}


def sentence(chance: random.Random, length: int = 14) -> str:
    """Return words that look like a sentence."""
    words = [chance.choice(WORDS if index % 3 else LINKING) for index in range(length)]
    return " ".join(words).capitalize() + "."


def paragraph(chance: random.Random, sentences: int = 5) -> str:
    """Return a few sentences."""
    return " ".join(sentence(chance, chance.randint(8, 20)) for _ in range(sentences))


def note(chance: random.Random, slug: str, index: int, notes: int, other: str) -> str:
    """Return a note as members write them: about 2.5 KB, lists, a table, links here and elsewhere."""
    following = (index + 1) % notes
    day = date(2026, 1, 5) + timedelta(days=index * 7)
    return f"""---
title: {sentence(chance, 5).rstrip(".")}
summary: {sentence(chance, 10)}
date: {day.isoformat()}
tags:
  - {chance.choice(WORDS)}
  - {chance.choice(WORDS)}
---

{paragraph(chance)}

## Contexte

{paragraph(chance)} Voir [la note suivante](note-{following:02}.md#contexte) et [ailleurs](../../{other}/index.md).

- {sentence(chance)}
- {sentence(chance)}
- [x] {sentence(chance)}

## Constats

{paragraph(chance, 6)}

| Critère | Avant | Après |
|---|---:|---:|
| {chance.choice(WORDS)} | {chance.randint(1, 99)} | {chance.randint(1, 99)} |
| {chance.choice(WORDS)} | {chance.randint(1, 99)} | {chance.randint(1, 99)} |

!!! note "À retenir"
    {sentence(chance)}

### Suite

{paragraph(chance, 6)}

> {sentence(chance)}
"""


def charter(chance: random.Random, index: int) -> str:
    """Return the charter of a community in the second of three seasons."""
    title = sentence(chance, 4).rstrip(".")
    return f"""---
title: {title}
summary: {sentence(chance, 10)}
purpose: {sentence(chance, 16)}
tags:
  - {chance.choice(WORDS)}
facilitators:
  - name: Personne {index:04}
network_heads:
  - {{name: Alliée {index:04} A, network: Réseau nord, agreed: 2025-12-01}}
  - {{name: Alliée {index:04} B, network: Réseau sud, agreed: 2025-12-01}}
  - {{name: Alliée {index:04} C, network: Réseau est, agreed: 2025-12-01}}
start_date: 2026-05-01
end_date: 2027-04-30
kickoff:
  date: 2026-05-01
  minutes: notes/note-00.md
  validated: [formula, objectives, expectations]
formula:
  rhythm: 4 semaines
  format: remote
  decided_by: kickoff
expectations:
  - {{id: a1, text: {sentence(chance, 8)}}}
objectives:
  - {{id: o1, text: {sentence(chance, 8)}, measure: {sentence(chance, 8)}, season: s1}}
seasons:
  - {{id: s1, title: Printemps, start_date: 2026-05-01, end_date: 2026-12-31}}
  - {{id: s2, title: Hiver, start_date: 2027-01-01, end_date: 2027-04-30}}
---

{paragraph(chance)}
"""


def generate(root: Path, communities: int, notes: int = 20) -> None:
    """Write a knowledge base of so many communities."""
    chance = random.Random(communities)
    (root / "communities").mkdir(parents=True)
    (root / "mkdocs.yml").write_text(
        "site_name: Banc d'essai\ntheme:\n  name: material\n  language: fr\n", encoding="utf-8"
    )
    for index in range(communities):
        slug, other = f"communaute-{index:04}", f"communaute-{(index + 7) % communities:04}"
        folder = root / "communities" / slug / "notes"
        folder.mkdir(parents=True)
        (folder.parent / "index.md").write_text(charter(chance, index), encoding="utf-8")
        for number in range(notes):
            (folder / f"note-{number:02}.md").write_text(note(chance, slug, number, notes, other), encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """A command as a whole process: wall seconds, largest single process in MiB."""

    seconds: float
    memory: float


def measure(command: Sequence[str | Path], *, accept: tuple[int, ...] = (0,)) -> Run:
    """Run a command and measure it; what it prints is thrown away."""
    start = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode not in accept:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / 1024)


def history(root: Path) -> tuple[Run, Run]:
    """Measure two checks against a base: one community touched, then every charter."""
    words = ["git", "-C", str(root), "-c", "user.name=B", "-c", "user.email=b@example.org", "-c", "gc.auto=0"]

    def commit(paths: Sequence[Path]) -> None:
        for path in paths:
            path.write_text(path.read_text(encoding="utf-8") + "\nAjout.\n", encoding="utf-8")
        subprocess.run([*words, "add", "-A"], check=True)
        subprocess.run([*words, "commit", "-q", "-m", "x"], check=True)

    subprocess.run([*words, "init", "-q", "-b", "main"], check=True)
    commit([])
    command = [sys.executable, "-m", "cdp", "check", "--root", root, "--as-of", "2026-11-24", "--base", "HEAD~1"]
    runs = []
    for paths in ([root / "communities/communaute-0003/notes/note-01.md"], sorted(root.glob("communities/*/index.md"))):
        commit(paths)
        runs.append(measure(command, accept=(0, 1)))
    return runs[0], runs[1]


def stage(root: Path, docs: Path) -> None:
    """Write the staged pages of a knowledge base: what the engines are given, as files."""
    from cdp import site
    from cdp.cli.build import theme_texts
    from cdp.cli.ground import ground

    here = ground(root, date(2026, 11, 24))
    built = site.build(here.repository(), here.today, here.settings, theme_texts(here, "fr"), "fr")
    for unit in built.units:
        for page in unit.pages:
            (docs / page.path).parent.mkdir(parents=True, exist_ok=True)
            (docs / page.path).write_text(page.text(unit.name), encoding="utf-8")


def plain_mkdocs(root: Path, work: Path) -> list[str | Path]:
    """Return the command of a plain MkDocs build with Material on the same staged notes."""
    stage(root, work / "staged")
    (work / "plain.yml").write_text(
        f"site_name: Banc d'essai\ndocs_dir: {work / 'staged'}\nsite_dir: {work / 'plain'}\n"
        "theme:\n  name: material\n  language: fr\n  font: false\n  features: [navigation.prune]\n"
        "markdown_extensions: [abbr, admonition, attr_list, def_list, footnotes, md_in_html, tables, pymdownx.details,"
        " pymdownx.superfences, pymdownx.tasklist, {toc: {permalink: true}}]\n",
        encoding="utf-8",
    )
    return [sys.executable, "-m", "mkdocs", "build", "-q", "-f", work / "plain.yml"]


def pages_of(site: Path) -> tuple[int, float]:
    """Return the number of pages of a site, and its size in KiB a page, all files counted."""
    files = [path for path in site.rglob("*") if path.is_file()]
    count = sum(path.suffix == ".html" for path in files)
    return count, sum(path.stat().st_size for path in files) / 1024 / max(count, 1)


QUESTIONS = ("bénévoles", "l'animation", "communauté de pratique", "reemploi materiaux")
PHRASE = "« accueil et entraide »"
"""Two words that most notes have, and that none says one after the other: what costs the most to look for."""


@contextmanager
def searching(out: Path) -> Iterator[Page]:
    """Open the search of a published site on the screen of a phone, and count from there what is fetched."""
    from playwright.sync_api import sync_playwright

    from tests.system_setup import chromium
    from tests.test_browser import OPTIONS, serve

    server = serve(out)
    base = next(server)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(f"{base}search/", wait_until="networkidle")
        page.evaluate("performance.clearResourceTimings()")
        page.keyboard.press("/")
        yield page
        browser.close()
    next(server, None)


def fetched(page: Page) -> float:
    """Return what a page fetched since its search was opened, in KiB."""
    sizes: list[int] = page.evaluate("performance.getEntriesByType('resource').map(one => one.transferSize)")
    return sum(sizes) / 1024


def phrase(out: Path) -> float:
    """Ask a published site, first, for words between quotation marks: KiB."""
    with searching(out) as page:
        page.fill(".cdp-search__field", PHRASE)
        page.wait_for_timeout(4000)
        return fetched(page)


def questions(out: Path) -> tuple[float, float]:
    """Ask a published site on the screen of a phone: KiB of a first question, milliseconds to a first result, index warm."""
    with searching(out) as page:
        page.wait_for_selector("dialog[open]")
        slowest = 0.0
        for number, question in enumerate(QUESTIONS):
            took = page.evaluate(
                """question => new Promise(done => {
                    const list = document.querySelector(".cdp-search__list");
                    list.replaceChildren();
                    const start = performance.now();
                    const field = document.querySelector(".cdp-search__field");
                    const look = () => list.querySelector("a[href]") ? done(performance.now() - start) : setTimeout(look, 1);
                    field.value = question;
                    field.dispatchEvent(new Event("input"));
                    look();
                })""",
                question,
            )
            page.wait_for_timeout(1500)
            if number == 0:
                first = fetched(page)
            else:
                slowest = max(slowest, took)
    return first, slowest


def machine() -> str:
    """Describe this machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}, {platform.system()}"


def main() -> None:
    """Measure and print the table."""
    sizes = [int(word) for word in sys.argv[1:]] or [100, 1000]
    rows: list[tuple[str, str, str]] = []
    cdp = [sys.executable, "-m", "cdp"]
    day = ["--as-of", "2026-11-24"]
    measure([*cdp, "--help"])
    rows.append(("`cdp --help`", f"{min(measure([*cdp, '--help']).seconds for _ in range(5)):.2f} s", "≤ 0.25 s"))
    per_page: dict[int, float] = {}
    work = Path(tempfile.mkdtemp(prefix="cdp-bench-"))
    try:
        for size in sizes:
            root = work / f"base-{size}"
            generate(root, size)
            notes = size * 20
            checked = measure([*cdp, "check", "--root", root, *day], accept=(0, 1))
            rows.append((f"`cdp check`, {notes:,} notes", f"{checked.seconds:.2f} s", "≤ 6 s" if size == 1000 else ""))
            one, every = history(root)
            goal = ("≤ 1.5 s", "≤ 8 s") if size == 1000 else ("", "")
            rows.append((f"`cdp check --base`, 1 community of {size:,} touched", f"{one.seconds:.2f} s", goal[0]))
            rows.append((f"`cdp check --base`, {size:,} communities touched", f"{every.seconds:.2f} s", goal[1]))
            one = measure([*cdp, "check", "communaute-0003", "--root", root, *day], accept=(0, 1))
            rows.append(
                (
                    f"`cdp check` of one community in {notes:,} notes",
                    f"{one.seconds:.2f} s",
                    "≤ 1.5 s" if size == 1000 else "",
                )
            )
            due = measure([*cdp, "due", "--root", root, *day])
            rows.append((f"`cdp due`, {notes:,} notes", f"{due.seconds:.2f} s", "≤ 2 s" if size == 1000 else ""))
            out = work / f"site-{size}"
            built = measure([*cdp, "build", "--root", root, "-o", out, "--no-cache", *day])
            count, kib = pages_of(out)
            per_page[size] = built.seconds / count * 1000
            rows.append(
                (
                    f"`cdp build` cold, {count:,} pages",
                    f"{built.seconds:.1f} s, {per_page[size]:.2f} ms a page",
                    "≤ 3 ms a page",
                )
            )
            rows.append((f"largest process, {count:,} pages", f"{built.memory:.0f} MiB", "< 400 MB"))
            rows.append((f"output, {count:,} pages", f"{kib:.1f} KiB a page", "< 35 KB"))
            first, slowest = questions(out)
            index = [path.stat().st_size for path in (out / "search/index").rglob("*") if path.is_file()]
            rows.append((f"search, {count:,} pages: first question, not compressed", f"{first:.0f} KiB", "≤ 300 KB"))
            said = phrase(out)
            rows.append((f"search, {count:,} pages: first phrase, not compressed", f"{said:.0f} KiB", "≤ 300 KB"))
            rows.append((f"search, {count:,} pages: first result, index warm", f"{slowest:.0f} ms", "≤ 300 ms"))
            size_of_all = sum(index) / 1024**2
            rows.append((f"search, {count:,} pages: index", f"{size_of_all:.1f} MiB in {len(index)} files", ""))
            if size == sizes[0]:
                with (root / "mkdocs.yml").open("a") as settings:
                    settings.write("extra:\n  cdp:\n    search: false\n")
                without = measure([*cdp, "build", "--root", root, "-o", work / "without", "--no-cache", *day])
                shutil.rmtree(work / "without")
                rows.append((f"the same build without search, {count:,} pages", f"{without.seconds:.1f} s", ""))
                plain = measure(plain_mkdocs(root, work))
                plain_count, plain_kib = pages_of(work / "plain")
                rows.append(
                    (
                        f"`mkdocs build`, Material, same staged notes, {plain_count:,} pages",
                        f"{plain.seconds:.1f} s, {plain_kib:.1f} KiB a page",
                        "",
                    )
                )
                rows.append(("`mkdocs build` / `cdp build`", f"{plain.seconds / built.seconds:.1f}", "≥ 3"))
            shutil.rmtree(out)
        from tests.bench_archives import rows as of_archives

        rows += of_archives(work)
        from tests.bench_heritage import rows as of_heritage

        rows += of_heritage(work)
        if len(sizes) > 1:
            rows.append(("per page, largest / smallest", f"{per_page[sizes[-1]] / per_page[sizes[0]]:.2f}", "≤ 1.2"))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    from tests.bench_receiver import rows as receiver

    rows += receiver()
    print(f"{machine()}\n")  # noqa: T201 - a table is what this is for
    print("| measure | figure | goal |\n|---|---|---|")  # noqa: T201 - idem
    for row in rows:
        print("| " + " | ".join(row) + " |")  # noqa: T201 - idem


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
