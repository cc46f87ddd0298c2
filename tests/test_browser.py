"""The published site in a real browser: what people meet, what the keyboard reaches, what hostile texts cannot do."""

from __future__ import annotations

import functools
import json
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.conftest import Cdp, write
from tests.system_setup import MISSING, chromium
from tests.test_heritage import archived_base

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE, DESK = 320, 1280
KINDS = {
    "search",
    *("home", "communities", "stage", "tags", "tag", "needs", "guide", "rules", "rule", "missing"),
    *("glossary", "contribute", "privacy"),
    *("timeline", "calendar", "knowledge", "facet", "value", "celebration", "legacy"),
    *("community", "meetings", "meeting", "notes", "note", "season", "survey", "trends", "review"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path, MISSING
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield opened
        opened.close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing; an unknown address gets the site's own page, as hosts do."""

    def log_message(self, *_: object) -> None: ...

    def send_error(self, code: int, *_: object) -> None:  # type: ignore[override]
        page = Path(self.directory) / "404.html"
        body = page.read_bytes() if code == 404 and page.is_file() else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(example_site: Path) -> Iterator[str]:
    yield from serve(example_site)


def addresses(folder: Path) -> dict[str, str]:
    """Return the kind of each page by address."""
    found = {}
    for path in sorted(folder.rglob("*.html")):
        if "/form/" in path.as_posix() or 'http-equiv="refresh"' in path.read_text(encoding="utf-8"):
            # A survey's form and a former address are not pages of the engine; forms: tests/test_survey_browser.py.
            continue
        kind = re.search(r'class="cdp-page cdp-page--(\w+)"', path.read_text(encoding="utf-8"))
        assert kind, path
        found[path.relative_to(folder).as_posix().removesuffix("index.html")] = kind[1]
    return found


@pytest.fixture(scope="module")
def chosen(example_site: Path) -> list[str]:
    """The longest page of every kind, and every community's."""
    kinds = addresses(example_site)
    assert set(kinds.values()) == KINDS

    def weight(address: str) -> int:
        file = example_site / address
        return (file / "index.html" if file.is_dir() else file).stat().st_size

    longest = [max((a for a in kinds if kinds[a] == kind), key=weight) for kind in sorted(KINDS)]
    return list(dict.fromkeys([*longest, *(a for a, kind in kinds.items() if kind == "community")]))


class Watch:
    """What a page did that no page should: console messages, dialogs, requests to other hosts, refusals of the policy."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.faults: list[str] = []
        context.add_init_script(
            "window.cdpRefused = []; document.addEventListener('securitypolicyviolation',"
            " event => window.cdpRefused.push(event.violatedDirective + ' ' + event.blockedURI));"
        )
        self.page = context.new_page()
        self.page.on("console", lambda message: self.say(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.say(f"error: {error}"))
        self.page.on("request", lambda request: self.asked(request.url, base))
        self.page.on("dialog", lambda dialog: (self.say(f"dialog: {dialog.message}"), dialog.dismiss()))

    def say(self, fault: str) -> None:
        self.faults.append(f"{self.page.url} {fault}")

    def asked(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:")):
            self.say(f"request: {url}")

    def visit(self, url: str) -> None:
        self.page.goto(url)
        self.faults += [f"{url} refused: {what}" for what in self.page.evaluate("window.cdpRefused")]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_sound(browser: Browser, site: str, chosen: list[str], scheme: Any, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        watch = Watch(context, site)
        for address in chosen:
            watch.visit(site + address)
            seen = watch.page.evaluate("document.body.dataset.mdColorScheme")
            assert seen == {"light": "default", "dark": "slate"}[scheme]
            breadth = watch.page.evaluate("document.scrollingElement.scrollWidth")
            if breadth > width:
                watch.say(f"scrolls sideways: {breadth}")
            watch.page.evaluate(AXE)
            for fault in watch.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
                for node in fault["nodes"]:
                    watch.say(f"axe {fault['id']}: {node['html'][:200]} {node['failureSummary']}")

    assert not watch.faults, "\n".join(watch.faults)


SHIFTS = """window.moved = []; new PerformanceObserver((list) => list.getEntries().forEach(({value, sources}) =>
moved.push([value, ...sources.map(({node}) => node?.className || node?.nodeName)]))).observe({type: "layout-shift", buffered: true})"""
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.mark.parametrize("width", [PHONE, 390, 768, DESK])
@pytest.mark.parametrize(
    ("address", "last"),
    [
        ("search/", ".cdp-find-here"),
        ("communities/", ".cdp-filter select"),
        ("", ".cdp-page"),
        ("guide/", ".cdp-scroll"),
    ],
)
def test_nothing_moves_when_programs_come_late(
    browser: Browser, site: str, address: str, last: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 740}) as context:
        context.add_init_script(SHIFTS)
        page = context.new_page()
        held: list[Route] = []
        late = True
        page.route("**/*.js", lambda route: held.append(route) if late else route.continue_())
        page.goto(site + address, wait_until="commit")
        page.wait_for_selector("footer", state="attached")
        page.evaluate(FRAMES)
        assert held
        late = False
        for route in held:
            route.continue_()
        page.wait_for_load_state("load")
        page.wait_for_selector(last)
        page.evaluate(FRAMES)

        assert page.evaluate("moved.filter(([value]) => value > 0.001)") == []


def focused(page: Page) -> str:
    """Return what the keyboard is on: its class, else the name of its element."""
    return page.evaluate(
        "document.activeElement.className || document.activeElement.id || document.activeElement.tagName"
    )


NOTE = "communities/achats-responsables-estrie/notes/guide-rapide/"


def test_the_first_tab_stop_skips_to_the_content(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 640}) as context:
        page = context.new_page()
        page.goto(site + NOTE)

        page.keyboard.press("Tab")
        link = page.locator(".md-header .md-skip")
        assert "md-skip" in focused(page)
        assert link.evaluate("node => getComputedStyle(node).opacity") == "1"

        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "__content"


def test_the_menu_of_a_phone_obeys_the_keyboard(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 640}) as context:
        page = context.new_page()
        page.goto(site + NOTE)
        menu, button = page.locator(".md-sidebar--primary"), page.locator(".cdp-menu")
        inside = "document.querySelector('.md-sidebar--primary').contains(document.activeElement)"

        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert "cdp-menu" in focused(page)
        assert button.get_attribute("aria-expanded") == "false"
        assert not menu.is_visible()

        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        assert menu.is_visible()
        assert page.evaluate(inside)
        page.keyboard.press("Tab")
        assert page.evaluate(inside)

        page.keyboard.press("Escape")
        assert button.get_attribute("aria-expanded") == "false"
        assert "cdp-menu" in focused(page)
        menu.wait_for(state="hidden")
        for _ in range(8):
            page.keyboard.press("Tab")
            assert not page.evaluate(inside)


def test_the_menu_of_a_wide_screen_obeys_the_keyboard(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": DESK, "height": 800}, color_scheme="light") as context:
        page = context.new_page()
        page.goto(site + NOTE)
        reached = []
        for _ in range(30):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name"))
            if reached[-1] == "__palette":
                page.keyboard.press("Enter")
                assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
            if page.evaluate("document.activeElement.getAttribute('aria-current')") == "page":
                break
        else:
            pytest.fail(f"the current page is not reached: {reached}")

        assert "__palette" in reached


def test_without_scripts_everything_is_there(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 640}, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + NOTE)

        assert page.locator(".cdp-nav [aria-current=page]").is_visible()
        assert not page.locator(".cdp-menu").is_visible()
        assert page.locator("article table").first.is_visible()


def test_a_page_prints_without_its_furniture(browser: Browser, site: str, chosen: list[str]) -> None:
    with browser.new_context() as context:
        watch = Watch(context, site)
        watch.page.emulate_media(media="print")
        for address in (NOTE, next(a for a in chosen if a.startswith("communities/"))):
            watch.visit(site + address)
            assert watch.page.pdf().startswith(b"%PDF")
            for part in (".md-header", ".md-sidebar--primary", ".md-footer"):
                assert not watch.page.locator(part).is_visible()

    assert not watch.faults


INJECT = """() => {
  document.body.insertAdjacentHTML('beforeend',
    '<img src="nowhere.png" onerror="window.__pwned = 1"><button id="b" onclick="window.__pwned = 2">x</button>' +
    '<a id="a" href="javascript:window.__pwned = 3">x</a>');
  const script = document.createElement('script');
  script.textContent = 'window.__pwned = 4';
  document.body.append(script);
  document.getElementById('b').click();
  document.getElementById('a').click();
}"""


@pytest.mark.parametrize("sheet", ["Letter", "A4"])
def test_the_timeline_prints_on_one_page(browser: Browser, site: str, sheet: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site + "timeline/")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=sheet))) == 1
        page.emulate_media(media="print")
        names = page.locator(".cdp-life-row__name").evaluate_all(
            "all => all.map(one => one.scrollWidth - one.clientWidth)"
        )
        assert set(names) == {0}


@pytest.mark.parametrize("enforced", [True, False])
def test_the_policy_stops_what_would_run_without_it(browser: Browser, site: str, enforced: bool) -> None:
    with browser.new_context(bypass_csp=not enforced) as context:
        page = context.new_page()
        page.goto(site)
        page.evaluate(INJECT)
        page.wait_for_timeout(300)

        assert (page.evaluate("window.__pwned") is None) is enforced


RUN = "window.__pwned=1;alert(1)"
FAR = "https://far.invalid/x"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<SCRIPT SRC={FAR}.js></SCRIPT>",
    f'"><script>{RUN}</script>',
    f"'><img src=x onerror='{RUN}'>",
    f"<img src=x onerror={RUN}>",
    f'<img src="{FAR}.png">',
    f"<svg onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><script>{RUN}</script></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<iframe srcdoc='<script>parent.__pwned=1</script>'></iframe><iframe src={FAR}>",
    f"<object data='javascript:{RUN}'></object><embed src={FAR}>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>",
    f"<input autofocus onfocus={RUN}>",
    f"<body onload={RUN}>",
    f"<video src={FAR} autoplay onerror={RUN}></video><audio src={FAR}></audio>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<a href='jav&#x09;ascript:{RUN}'>x</a>",
    f"<base href={FAR}/><form action={FAR}><button formaction='javascript:{RUN}'>x</button></form>",
    f"<meta http-equiv=refresh content='0;url={FAR}'>",
    f"<link rel=stylesheet href={FAR}.css><style>@import '{FAR}.css';</style>",
    f"<p style='position:fixed;inset:0;background:url({FAR})'>x</p>",
    "<p id=__config>{}</p><input id=__drawer class=md-toggle><p class=md-overlay>x</p>",
    "{{ 7*7 }}{% raw %}{{ config }}{% include 'x' %}{% endraw %}",
    f"--> ]]> </title></textarea></style></noscript><img src=x onerror={RUN}>",
)


def hostile_base(root: Path) -> None:
    """Write a knowledge base whose every text attacks: five communities, a note and a meeting for each payload."""
    texts: dict[str, str | bytes] = {"mkdocs.yml": "site_name: Hostile\ntheme:\n  name: material\n  language: fr\n"}
    for number in range(0, len(PAYLOADS), 6):
        part = PAYLOADS[number : number + 6]
        folder = f"communities/c{number}"
        charter = {
            "title": part[0],
            "summary": part[1],
            "purpose": part[2 % len(part)],
            "scope": part[3 % len(part)],
            "contact": part[4 % len(part)],
            "license": part[0],
            "tags": [text[:80] for text in part],
            "start_date": "2026-01-01",
            "end_date": "2026-12-31",
            "facilitators": [{"name": text, "organization": text} for text in part],
            "network_heads": [{"name": t, "organization": t, "network": t, "agreed": "2026-01-01"} for t in part],
            "kickoff": {"date": "2026-01-01", "validated": ["formula", "objectives", "expectations"]},
            "formula": {
                "place": part[0],
                "topics": list(part),
                "tools": [text[:80] for text in part],
                "decided_by": "kickoff",
            },
            "expectations": [{"id": f"a{i}", "text": text, "source": "kickoff"} for i, text in enumerate(part)],
            "objectives": [
                {"id": f"o{i}", "text": text, "measure": text, "season": "2026-hiver", "outcome": "partly"}
                | {"evidence": text, "explanation": text}
                for i, text in enumerate(part)
            ],
            "seasons": [{"id": "2026-hiver", "title": part[-1], "start_date": "2026-01-01", "end_date": "2026-12-31"}],
        }
        texts[f"{folder}/index.md"] = page(charter, "".join(f"{text}\n\n" for text in part))
        needs = [{"id": f"n{i}", "text": t, "disposition": "declined", "reason": t} for i, t in enumerate(part)]
        survey = {"title": part[0], "opens": "2026-03-01", "closes": "2026-03-15", "needs": needs}
        decisions = [{"date": "2026-03-20", "text": text} for text in part]
        texts[f"{folder}/surveys/2026-03.md"] = page({**survey, "decisions": decisions}, part[1])
        for index, text in enumerate(part):
            note = {"title": text, "summary": text, "tags": [text[:80]], "license": text, "date": "2026-02-01"}
            authors = [{"name": text, "agreed": "2026-01-01"}]
            texts[f"{folder}/notes/carnet {index} {_name(text)}/n{index}.md"] = page(
                {**note, "authors": authors}, body(text)
            )
            meeting = {"title": text, "date": f"2026-02-{index + 10}", "place": text}
            texts[f"{folder}/meetings/2026-02-{index + 10}-x.md"] = page(meeting, body(text))
    write(root, texts)


def _name(text: str) -> str:
    """Return what a file name may keep of a payload: the rest is refused before anything is published (CDP012)."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|]", "-", text)[:40].strip(". ") + "-"


def page(front: dict[str, Any], text: str) -> str:
    return "---\n" + "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items()) + f"---\n\n{text}\n"


def body(text: str) -> str:
    """Return a text that holds a payload everywhere that Markdown allows one."""
    return (
        f"## {text}\n\n{text}\n\n- {text}\n\n> {text}\n\n| {text.replace('|', '')} | x |\n|---|---|\n| {text} | x |\n\n"
        f"![{text}](x.png '{text}') [{text}](x.md) ![x]({FAR}.png) [x](javascript:{RUN}) [y](JaVaScRiPt:{RUN})\n\n"
        f'`{text}`\n\n```html\n{text}\n```\n\n!!! note "{text}"\n    {text}\n\n*[HTML]: {text}\n\nHTML[^1]\n\n[^1]: {text}\n'
    )


@pytest.fixture(scope="module")
def hostile(cdp: Cdp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    hostile_base(root / "base")
    cdp("build", "--root", root / "base", "-o", root / "site", "--as-of", "2026-04-01", "--no-cache", code=None)
    assert (root / "site/index.html").is_file()
    return root / "site"


INTRUDERS = """[...document.querySelectorAll('*')].flatMap(node => [...node.attributes].filter(({name, value}) =>
  name.startsWith('on') || (name == 'style' && node.closest('article')) || /^\\s*(javascript|data|vbscript):/i.test(value.replace(/[\\0-\\x20]/g, ''))
  ).map(({name, value}) => `${node.tagName} ${name}=${value}`))
  .concat([...document.querySelectorAll('article :is(script, style, iframe, object, embed, form, input, base, meta, link)')]
  .map(node => node.outerHTML))"""


@pytest.mark.parametrize("enforced", [True, False])
def test_hostile_texts_do_nothing(browser: Browser, hostile: Path, enforced: bool) -> None:
    visited = [a for a, kind in addresses(hostile).items() if kind not in ("rule", "rules", "guide", "stage")]
    server = serve(hostile)
    base = next(server)
    with browser.new_context(bypass_csp=not enforced) as context:
        watch = Watch(context, base)
        for address in visited:
            watch.visit(base + quote(address))
            for intruder in watch.page.evaluate(INTRUDERS):
                watch.say(f"intruder: {intruder}")
            if watch.page.evaluate("window.__pwned") is not None:
                watch.say("ran")
            if (
                watch.page.locator("h1").count() != 1
                or watch.page.locator("main > * > .md-content > article").count() != 1
            ):
                watch.say("broke out of its place")
    next(server, None)

    faults = [fault for fault in watch.faults if "404" not in fault]
    assert not faults, "\n".join(faults[:20])
    assert len(visited) > 3 * len(PAYLOADS)


# Finding

COMMUNITIES = ".cdp-filter ~ .cdp-cards .cdp-card__title"


def test_what_the_filter_is_made_from_is_never_shown(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 800}) as context:
        page = context.new_page()
        page.route("**/communities.json", lambda route: None)  # does not come yet
        page.goto(site + "communities/", wait_until="load")
        assert page.locator(".cdp-filter ul").count()
        assert not any(each.is_visible() for each in page.locator(".cdp-filter ul").all())


def test_communities_are_sorted_at_once_and_the_address_says_how(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 800}) as context:
        watch = Watch(context, site)
        page = watch.page
        watch.visit(site + "communities/")
        page.wait_for_selector(".cdp-filter select")
        assert page.locator(".cdp-lists").is_visible()

        page.get_by_label("Région").select_option("Estrie")
        assert page.locator(COMMUNITIES).all_text_contents() == ["Achats responsables en Estrie"]
        assert page.get_by_role("status").text_content() == "1 communauté"
        assert page.url.endswith("communities/?regions=Estrie")
        assert not page.locator(".cdp-lists").is_visible()

        page.get_by_label("Étape").select_option("idea")
        assert page.get_by_role("status").text_content() == "Aucune communauté ne répond à ces choix."

        # The address is enough to see the same again.
        watch.visit(site + "en/communities/?stage=active&regions=Ailleurs")
        page.wait_for_selector(COMMUNITIES)
        assert page.get_by_role("status").text_content() == "1 community"
        assert page.locator(COMMUNITIES).first.get_attribute("lang") == "fr"
        page.get_by_role("button", name="Show all").click()
        assert page.url.endswith("en/communities/")
        assert page.locator(".cdp-lists").is_visible()
        assert page.evaluate("document.activeElement.name") == "stage"
        page.locator(".cdp-card__title a").first.click()
        assert "/communities/" in page.url
        assert not watch.faults, watch.faults


def test_without_programs_the_lists_lead_everywhere(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + "communities/")

        assert not page.locator(".cdp-filter").is_visible()
        page.get_by_text("Régions").first.click()
        page.get_by_role("link", name="Estrie").first.click()
        assert page.locator(".cdp-card__title").all_text_contents() == ["Achats responsables en Estrie"]


def test_an_unknown_address_proposes_the_nearest(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site + "communities/achat-responsable-estrie/notes/guide-rapid/")
        first = page.locator(".cdp-near li a").first
        first.wait_for()
        assert first.text_content() == "Guide rapide de l’achat responsable"
        first.click()
        assert page.url == site + NOTE

        page.goto(site + "zzzz/")
        assert not page.locator(".cdp-near").is_visible()


def test_a_word_of_the_glossary_shows_its_meaning(browser: Browser, site: str) -> None:
    clause = site + "communities/achats-responsables-estrie/notes/clauses/cout-de-vie/"
    with browser.new_context(viewport={"width": PHONE, "height": 800}) as context:
        page = context.new_page()
        page.goto(clause)
        page.locator("a.glossary-term").first.focus()
        page.get_by_role("tooltip").wait_for()
        assert "offre qu’une entreprise dépose" in (page.get_by_role("tooltip").text_content() or "")
    with browser.new_context(viewport={"width": PHONE, "height": 800}, has_touch=True) as context:
        page = context.new_page()
        page.goto(clause)
        term = page.locator("a.glossary-term").first
        term.tap()
        page.get_by_role("tooltip").wait_for()
        assert page.url == clause
        term.tap()
        page.wait_for_url("**/glossary/#soumission-soumissionnaire")


def test_the_reader_changes_language_and_comes_back(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": PHONE, "height": 800}) as context:
        page = context.new_page()
        page.goto(site + "calendar/")
        page.get_by_role("link", name="English").click()
        assert page.url == site + "en/calendar/"
        assert page.evaluate("document.documentElement.lang") == "en"
        page.get_by_role("link", name="Français").click()
        assert page.url == site + "calendar/"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory, cdp: Cdp) -> Iterator[tuple[str, list[str]]]:
    """A site with an archive that has a successor, and the addresses of its pages and of the section that lists it."""
    root = archived_base(tmp_path_factory.mktemp("archives") / "base", cdp)
    out = tmp_path_factory.mktemp("archived") / "site"
    cdp("build", "--root", root, "-o", out, "--no-cache")
    found = [path for path in addresses(out) if path.startswith(("communities/a/", "legacy/"))]
    for served in serve(out):
        yield served, found


@pytest.mark.parametrize("width", [PHONE, 768, DESK])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_archives_and_their_section_are_sound(
    browser: Browser, archives: tuple[str, list[str]], scheme: Any, width: int
) -> None:
    base, found = archives
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        watch = Watch(context, base)
        for address in found:
            watch.visit(base + address)
            breadth = watch.page.evaluate("document.scrollingElement.scrollWidth")
            if breadth > width:
                watch.say(f"scrolls sideways: {breadth}")
            if address.startswith("communities/a/"):
                assert watch.page.is_visible(".cdp-frozen")
            watch.page.evaluate(AXE)
            for fault in watch.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
                for node in fault["nodes"]:
                    watch.say(f"axe {fault['id']}: {node['html'][:200]} {node['failureSummary']}")

    assert not watch.faults, "\n".join(watch.faults)


def test_the_guard_s_reading_of_styles_agrees_with_a_browser(browser: Browser, archives: tuple[str, list[str]]) -> None:
    base, found = archives
    with browser.new_page() as page:
        for address in found:
            if address.startswith("communities/a/"):
                page.goto(base + address)
                unseen = page.evaluate(
                    "[...document.querySelectorAll('[data-cdp-frozen], [data-cdp-frozen] :not(details *), .cdp-frozen, .cdp-frozen *')]"
                    ".filter(each => each.textContent.trim() && !each.matches('summary *, .headerlink')"
                    " && !each.checkVisibility({opacityProperty: true, visibilityProperty: true})).map(each => each.outerHTML)"
                )
                assert unseen == [], address


# A reader's walk


def test_a_reader_walks_through_the_site(browser: Browser, site: str) -> None:
    """On a phone: a community, its calendar, a note by a word with and without its accent, a need, a legacy."""
    with browser.new_context(viewport={"width": PHONE, "height": 640}, accept_downloads=True) as context:
        watch = Watch(context, site)
        page = watch.page

        # Find a community, and when it meets.
        watch.visit(site)
        page.get_by_role("link", name="Trouver une communauté").click()
        page.get_by_label("Région").select_option("Estrie")
        page.get_by_role("link", name="Achats responsables en Estrie").click()
        assert page.locator("#prochaine-rencontre").is_visible()

        # Join its calendar.
        calendar = page.get_by_role("link", name="Télécharger une copie du calendrier")
        answer = context.request.get(page.evaluate("node => node.href", calendar.element_handle()))
        assert answer.ok
        assert answer.text().startswith("BEGIN:VCALENDAR")
        assert "BEGIN:VEVENT" in answer.text()

        # Find a note by a word, with its accent and without.
        found = {}
        for word in ("réemploi", "reemploi"):
            watch.visit(site)
            page.locator("header .cdp-find-open").click()
            page.locator("#cdp-search-field").fill(word)
            page.locator(".cdp-search__list a").first.wait_for()
            found[word] = page.locator(".cdp-search__list a").evaluate_all(
                "links => links.map(link => link.href.replace(/#.*/, ''))"
            )
        assert found["réemploi"] == found["reemploi"]
        assert any("/notes/clauses/reemploi-dabord/" in href for href in found["reemploi"])

        # Follow a need from the survey that heard it to the community that it gave birth to, which names it.
        watch.visit(site + "needs/")
        need = page.locator(".cdp-need--community").first
        words = need.locator(".cdp-need__text > span").first.text_content()
        assert words
        need.locator(".cdp-quiet a").click()
        assert page.url.endswith("/surveys/2025-10/")
        born = page.locator(".cdp-need--community").get_by_role("link").first
        title = born.text_content()
        born.click()
        assert page.locator("h1").text_content() == title
        assert page.locator("#se-joindre").is_visible()
        assert page.locator(".cdp-lineage a").first.text_content() == words

        # Read what a finished community leaves.
        watch.visit(site + "communities/?stage=archived")
        page.locator(".cdp-filter ~ .cdp-cards .cdp-card__title a").first.click()
        legacy = page.locator("[aria-labelledby=heritage] li a").first
        legacy.click()
        assert page.locator("article h1").is_visible()
        assert not watch.faults, watch.faults


# Unknown addresses


def test_the_page_of_unknown_addresses_finds_the_site_under_any_path(
    browser: Browser, example_site: Path, tmp_path: Path
) -> None:
    """Without ``site_url``: a folder that a web server shows, wherever it was put."""
    (tmp_path / "un").mkdir()
    (tmp_path / "un" / "chemin").symlink_to(example_site, target_is_directory=True)
    shutil.copyfile(example_site / "404.html", tmp_path / "404.html")
    server = serve(tmp_path)
    base = next(server) + "un/chemin/"
    with browser.new_context() as context:
        watch = Watch(context, base.removesuffix("un/chemin/"))
        page = watch.page
        for address in ("acaht/", "communities/achats-responsables-estri/notes/x/y.html"):
            watch.visit(base + address)
            page.wait_for_selector(".cdp-near a")
            assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
            assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
            links = page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
            assert [link for link in links if not link.startswith(base)] == []
            assert page.evaluate("window.cdpRefused") == []
        page.get_by_role("link", name="Retourner à l’accueil").click()
        assert page.url == base
        page.wait_for_selector(".cdp-page--home")
    next(server, None)

    assert not [fault for fault in watch.faults if "status of 404" not in fault]


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("address", ["x", "x/y/z/"])
def test_the_page_of_unknown_addresses_is_dressed_wherever_the_site_is(
    browser: Browser, example_site: Path, tmp_path: Path, address: str, *, scripts: bool
) -> None:
    """Without ``site_url`` and under a path, where no style of the site answers."""
    (tmp_path / "un").symlink_to(example_site, target_is_directory=True)
    shutil.copyfile(example_site / "404.html", tmp_path / "404.html")
    server = serve(tmp_path)
    base = next(server)
    with browser.new_context(java_script_enabled=scripts, viewport={"width": PHONE, "height": 700}) as context:
        page = context.new_page()
        page.route("**/un/stylesheets/**", lambda route: route.abort())
        page.route("**/un/assets/stylesheets/**", lambda route: route.abort())
        page.goto(f"{base}un/{address}")
        header = page.locator(".md-header")
        assert header.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(32, 89, 82)"
        assert page.locator("body").evaluate("node => getComputedStyle(node).fontFamily").startswith("system-ui")
        heading, menu = page.locator("h1").bounding_box(), page.locator(".md-sidebar--primary").bounding_box()
        assert heading
        assert menu
        assert heading["y"] < 200
        assert heading["y"] < menu["y"]
        assert page.locator("body").evaluate("node => node.scrollWidth") <= PHONE
    next(server, None)


LOOKS = """[...document.querySelectorAll("body, body *")].map((node) => {
  const style = getComputedStyle(node);
  return [...style].filter((name) => name !== "grid-row-start").map((name) => name + ": " + style.getPropertyValue(name));
})"""
"""How each element looks, but for the row of a grid: what holds it is no grid where the styles answer."""


@pytest.mark.parametrize("width", [PHONE, 768, DESK])
def test_where_the_styles_answer_the_bare_look_changes_nothing(
    browser: Browser, example_site: Path, width: int
) -> None:
    server = serve(example_site)
    base = next(server)
    whole = (example_site / "404.html").read_text(encoding="utf-8")
    assert "<style>" in whole
    bodies = (whole, re.sub("<style>.*?</style>", "", whole, flags=re.DOTALL))
    looks: list[Any] = []
    with browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 700}) as context:
        page = context.new_page()
        page.route("**/nowhere/", lambda route: route.fulfill(body=bodies[len(looks)], content_type="text/html"))
        for _ in bodies:
            page.goto(base + "nowhere/")
            looks.append(page.evaluate(LOOKS))
    next(server, None)

    assert looks[0] == looks[1]
