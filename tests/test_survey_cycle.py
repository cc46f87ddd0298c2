"""A whole cycle with real parts: form, thirty people at a keyboard, receiver, closing, site, comparison with a first survey."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from cdp import answers_store
from tests.conftest import Cdp, charter, write
from tests.test_browser import Quiet, browser

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser"]

PEOPLE = 30
FRONT = """start_date: 2026-01-10
end_date: 2027-01-09
contact: animation@organisme.ca
kickoff: {date: 2026-01-10, validated: [formula, objectives, expectations]}
expectations:
  - {id: a1, text: Trouver des modèles, source: kickoff}
  - {id: a2, text: Rompre l'isolement, source: kickoff}
objectives:
  - {id: o1, text: Un guide commun, measure: Relu par trois personnes}
"""
PLANTED = ("marie.roy@organisme.ca", "418 555-0199", "ROYM 9052 0315")
STATE = ["met"] * 16 + ["partly"] * 8 + ["not"] * 6
CODES = ("met", "partly", "not", "gone")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def site(folder: Path, port: int) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join()


@contextmanager
def receiving(root: Path, port: int) -> Iterator[None]:
    words = ["-m", "cdp", "survey", "serve", "--root", root, "--port", port, "--as-of", "2026-06-10", "--limit", 0]
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"http://127.0.0.1:{port}/a/2026-06\n"
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


class Keyboard:
    """Fills a form with Tab, arrows, Space, Enter and letters; the way learnt by the first person serves the next."""

    def __init__(self) -> None:
        self.steps: dict[tuple[str, str], int] = {}

    def reach(self, tab: Page, start: str, selector: str) -> None:
        known = self.steps.get((start, selector))
        for _ in range(known or 0):
            tab.keyboard.press("Tab")
        pressed = known or 0
        while not tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            tab.keyboard.press("Tab")
            pressed += 1
            assert pressed < 80, f"the keyboard does not reach {selector}"
        self.steps[start, selector] = pressed

    def fill(self, tab: Page, person: int) -> None:
        choose = {"a1": CODES.index(STATE[person]), "a2": CODES.index(STATE[-1 - person]), "o1": person % 2}
        start = ""
        for name, index in choose.items():
            self.reach(tab, start, f"input[name='{name}']")
            for _ in range(index):
                tab.keyboard.press("ArrowDown")
            if index == 0:
                tab.keyboard.press("Space")
            start = name
        words = PLANTED[person] if person < len(PLANTED) else f"Avis {person}" if person % 3 == 0 else ""
        if words:
            self.reach(tab, start, "textarea[name=free]")
            tab.keyboard.type(words)
            start = "free"
        self.reach(tab, start, "button[type=submit]")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".message")
        assert "Votre réponse est reçue" in tab.inner_text(".message")


def first_survey(root: Path, cdp: Cdp) -> None:
    cdp(
        *("survey", "new", "a", "--root", root, "--opens", "2026-02-02", "--closes", "2026-02-20"),
        *("--as-of", "2026-01-25", "--apply"),
    )
    before = ["met"] * 9 + ["partly"] * 11 + ["not"] * 10
    rows = [f"{number};{code};Non" for number, code in enumerate(before)]
    (root / "février.csv").write_bytes(
        ("\ufeffID de la réponse;Trouver des modèles;a2\r\n" + "\r\n".join(rows)).replace("Non", "not").encode()
    )
    cdp("survey", "import", root / "février.csv", "--survey", "a/2026-02", "--root", root, "--apply")
    close = ("survey", "close", "a/2026-02", "--root", root, "--as-of", "2026-02-21", "--invited", "40")
    cdp(*close, "--apply")
    (root / "février.csv").unlink()


def close_second(root: Path, cdp: Cdp) -> str:
    """Read the comments one by one, as a facilitator does; return what was shown."""
    close = ("survey", "close", "a/2026-06", "--root", root, "--as-of", "2026-06-21", "--invited", "40")
    cdp(*close)
    order = answers_store.draft(root, "a/2026-06").read_text("utf-8")
    keys = ["p" if ": Avis" in line else "l" for line in order.splitlines() if line.startswith("- [ ]")]
    done = subprocess.run(
        [sys.executable, "-m", "cdp", *map(str, close), "--review", "--apply"],
        input="\n".join(keys) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ},
        check=True,
    )
    return done.stdout


def test_a_survey_from_its_form_to_the_page_that_compares(browser: Browser, tmp_path: Path, cdp: Cdp) -> None:
    root, site_port, port = tmp_path / "base", free_port(), free_port()
    write(
        root,
        {
            "mkdocs.yml": f"site_name: Base\nsite_url: http://127.0.0.1:{site_port}/\n"
            f"extra:\n  cdp:\n    survey_receiver: http://127.0.0.1:{port}\n",
            ".gitignore": "/private/\n/.cdp/\n",
            "communities/a/index.md": charter(FRONT),
        },
    )
    subprocess.run(["git", "init", "-q", root], check=True)
    first_survey(root, cdp)
    cdp(
        *("survey", "new", "a", "--root", root, "--opens", "2026-06-01", "--closes", "2026-06-20"),
        *("--as-of", "2026-05-20", "--apply"),
    )
    cdp("build", "--root", root, "-o", tmp_path / "open", "--as-of", "2026-06-10", "--no-cache")

    # Half of the people answer on the site, half on the receiver's own page.
    keyboard = {True: Keyboard(), False: Keyboard()}
    with site(tmp_path / "open", site_port) as address, receiving(root, port):
        for person in range(PEOPLE):
            here = person % 2 == 0
            context = browser.new_context(locale="fr-CA")
            tab = context.new_page()
            tab.goto(f"{address}/communities/a/surveys/2026-06/form/" if here else f"http://127.0.0.1:{port}/a/2026-06")
            keyboard[here].fill(tab, person)
            context.close()

    said = close_second(root, cdp)
    assert said.count("Attention") == len(PLANTED)
    assert "1 fichier écrit" in said
    cdp("check", "--root", root, "--as-of", "2026-06-22", "--select", "CDP5,CDP8")
    cdp("build", "--root", root, "-o", tmp_path / "closed", "--as-of", "2026-06-22", "--no-cache")

    with site(tmp_path / "closed", site_port) as address:
        tab = browser.new_page()
        tab.goto(f"{address}/communities/a/surveys/2026-06/")
        figure = tab.locator("figure", has_text="Trouver des modèles")
        figure.locator("summary").click()
        table = figure.locator("td").all_text_contents()
        change = figure.locator(".cdp-change").text_content() or ""
        comments = tab.locator(".cdp-comments li").all_text_contents()
        text = tab.locator("main").text_content() or ""
        tab.close()
    assert table == ["9", "11", "10", "0", "16", "8", "6", "0"]
    assert "23" in change
    assert sorted(comments) == sorted(f"Avis {person}" for person in range(PEOPLE) if person % 3 == 0 and person > 2)
    assert "30" in text
    assert "75" in text

    # Nothing that points at somebody has left private/, and Git takes none of private/.
    subprocess.run(["git", "-C", root, "add", "-A"], check=True)
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True).stdout
    assert "private" not in listed
    published = [path for path in (tmp_path / "closed").rglob("*") if path.is_file()]
    for path in [*published, *(root / name for name in listed.splitlines())]:
        data = path.read_bytes()
        assert not any(planted.encode() in data for planted in PLANTED), path
    assert answers_store.files(root, "a/2026-06")
    cdp("survey", "purge", "--root", root, "--as-of", "2026-07-22", "--apply")
    assert not answers_store.files(root, "a/2026-06")


def test_an_answer_from_elsewhere_waits_for_the_person(browser: Browser, tmp_path: Path, cdp: Cdp) -> None:
    """A form kept on a disk is confirmed by its reader; a trap on another site sends nothing by itself."""
    root, port, trap_port = tmp_path / "base", free_port(), free_port()
    survey = "---\nopens: 2026-06-01\ncloses: 2026-06-20\n---\n"
    write(
        root,
        {
            "mkdocs.yml": f"site_name: Base\nextra:\n  cdp:\n    survey_receiver: http://127.0.0.1:{port}\n",
            "communities/a/index.md": charter(FRONT),
            "communities/a/surveys/2026-06.md": survey,
        },
    )
    cdp("survey", "form", "a/2026-06", "--format", "html", "--root", root, "-o", tmp_path / "form.html")
    trap = (
        '<!doctype html><meta charset="utf-8"><meta name="referrer" content="{policy}"><iframe name="f"></iframe>'
        f'<form method="post" action="http://127.0.0.1:{port}/a/2026-06" target="f"><input name="a1" value="not"></form>'
        "<script>document.forms[0].submit()</script>"
    )
    write(tmp_path / "trap", {f"{name}.html": trap.format(policy=name) for name in ("origin", "no-referrer")})
    with receiving(root, port), site(tmp_path / "trap", trap_port) as elsewhere:
        tab = browser.new_page()
        for name in ("origin", "no-referrer"):
            with tab.expect_response(f"http://127.0.0.1:{port}/a/2026-06") as refused:
                tab.goto(f"{elsewhere}/{name}.html")
            assert refused.value.status in (403, 409)
        tab.goto((tmp_path / "form.html").as_uri())
        tab.check("input[name=a1][value=met]")
        tab.fill("textarea[name=free]", "Depuis mon disque")
        tab.click("button[type=submit]")
        tab.wait_for_selector(".errors li a")
        assert "Relisez vos réponses" in tab.inner_text(".errors")
        assert tab.input_value("textarea[name=free]") == "Depuis mon disque"
        tab.click("button[type=submit]")
        tab.wait_for_selector(".message")
        assert "Votre réponse est reçue" in tab.inner_text(".message")
        tab.close()

    with answers_store.opened(root, "a/2026-06") as answers:
        assert answers.all() == [{"a1": ("met",), "free": ("Depuis mon disque",)}]
