"""A survey in a real browser: answered by keyboard alone, with and without JavaScript, and what it sends."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page

from cdp.survey import exports, page
from cdp.text import T
from tests.test_browser import AXE, browser
from tests.test_survey_form import THEME, asked

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
__all__ = ["browser"]

Sent = list[tuple[str, dict[str, list[str]]]]


class Receiver(BaseHTTPRequestHandler):
    """Gives a form and keeps what it sends."""

    def __init__(self, sent: Sent, *args: object) -> None:
        self.sent = sent
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None: ...

    def answer(self, html: str) -> None:
        data = html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        receiver = "" if self.path.startswith("/sans") else f"http://localhost:{port}"
        self.answer(page.page(asked()[1], THEME, "fr", receiver=receiver, other="en/"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.sent.append((self.path, parse_qs(body)))
        self.answer(page.thanks(asked()[1], THEME, "fr", T("Merci")))


@pytest.fixture
def place() -> Iterator[tuple[str, Sent]]:
    sent: Sent = []
    with ThreadingHTTPServer(("localhost", 0), functools.partial(Receiver, sent)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/", sent
        server.shutdown()
        thread.join()


def press_to(tab: Page, selector: str) -> None:
    """Press Tab until an element has the focus: only what the keyboard reaches is found."""
    for _ in range(80):
        tab.keyboard.press("Tab")
        if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_is_answered_by_keyboard_alone(browser: Browser, place: tuple[str, Sent], scripts: bool) -> None:
    address, sent = place
    context = browser.new_context(java_script_enabled=True, viewport={"width": 320, "height": 640})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    if not scripts:
        # The page's own script is cut off; the test still reads the focus.
        tab.route("**/*", lambda route: route.fulfill(
            content_type="text/html; charset=utf-8",
            body=route.fetch().text().replace(THEME["form.js"], "").replace("<script></script>", ""),
        ) if route.request.method == "GET" else route.continue_())  # fmt: skip
    tab.goto(f"{address}#token=abc")
    press_to(tab, "input[name=since]")
    tab.keyboard.press("ArrowDown")
    press_to(tab, "input[name=a1]")
    tab.keyboard.press("Space")
    press_to(tab, "textarea[name=needs]")
    tab.keyboard.type("Un guide d'une page")
    press_to(tab, "input[name=nextrole][value=help]")
    tab.keyboard.press("Space")
    press_to(tab, "button")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".message")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()

    ((path, answers),) = sent
    assert path == "/a/2026-09"
    assert (answers.pop("token", None) == ["abc"]) is scripts
    assert (len(answers.pop("key", [""])[0]) == 32) is scripts
    assert answers == {"since": ["some"], "a1": ["met"], "needs": ["Un guide d'une page"], "nextrole": ["help"]}
    assert complaints == []


def test_an_empty_form_says_so_and_sends_nothing(browser: Browser, place: tuple[str, Sent]) -> None:
    address, sent = place
    tab = browser.new_page()
    tab.goto(address)
    tab.click("button[type=submit]")

    assert tab.locator("#erreurs").is_visible()
    assert tab.evaluate("document.activeElement.id") == "erreurs"
    assert sent == []
    tab.close()


def test_without_a_receiver_the_answers_are_saved_as_a_file(browser: Browser, place: tuple[str, Sent]) -> None:
    tab = browser.new_page()
    tab.goto(f"{place[0]}sans")
    tab.check("input[name=a1][value=gone]")
    with tab.expect_download() as download:
        tab.click("#enregistrer")
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    tab.close()

    assert saved == {"version": 1, "survey": "a/2026-09", "answers": {"a1": ["gone"]}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["form", "errors", "paper"])
def test_a_form_has_no_fault_of_accessibility(browser: Browser, scheme: str, kind: str) -> None:
    made = asked()[1]
    html = {
        "form": page.page(made, THEME, "en", receiver="https://exemple.org"),
        "errors": page.page(made, THEME, "fr", errors={"a1": T("Choix inconnu"), "needs": T("Trop long")}),
        "paper": page.sheet(made, THEME, "fr"),
    }[kind]
    # The page's policy refuses the checker's script as any other: it is lifted for the check alone.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.set_content(html)
    if kind == "errors":
        described = tab.get_attribute("textarea[name=needs]", "aria-describedby") or ""
        assert "Trop long" in tab.inner_text(f"#{described.split()[0]}")
        assert tab.locator("#erreurs a[href='#a1']").is_visible()
    tab.evaluate(AXE)
    found = tab.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    context.close()

    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_google_script_is_a_program_that_makes_every_question(browser: Browser, lang: str) -> None:
    script = exports.export(asked()[1], "google", THEME, lang).decode()
    tab = browser.new_page()
    made = tab.evaluate(
        """script => {
          const calls = [];
          const any = new Proxy(function () {}, {
            get: (_, name) => (...args) => { calls.push([String(name), ...args]); return any; },
          });
          new Function("FormApp", "Logger", script + "; creer();")({ create: () => any }, { log: () => null });
          return calls;
        }""",
        script,
    )
    tab.close()

    names = [call[0] for call in made]
    assert names.count("addGridItem") == 3
    assert names.count("addSectionHeaderItem") == 12
    assert ["setCollectEmail", False] in made
