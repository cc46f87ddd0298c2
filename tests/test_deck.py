"""Presentations: read back by python-pptx, shown in Chromium, turned into images by LibreOffice where it is."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from pptx import Presentation

from cdp import disk
from cdp.facilitation.deck.browser import browser
from cdp.facilitation.deck.powerpoint import powerpoint
from cdp.facilitation.deck.slides import KINDS, Kind, slides
from cdp.load import load
from tests.browser_setup import chromium
from tests.conftest import ROOT, Cdp, community

TODAY = date(2026, 11, 24)
BASE = load(disk.read(ROOT))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slug", [each.slug for each in BASE.communities])
def test_every_slide_has_words_that_can_be_edited(slug: str, kind: Kind) -> None:
    here = BASE.get(slug)
    assert here is not None
    made = slides(here, kind, TODAY)
    data = powerpoint(made, "fr")
    deck = Presentation(io.BytesIO(data))

    assert [page.shapes.title.text_frame.text for page in deck.slides] == [slide.title for slide in made]
    for page, slide in zip(deck.slides, made, strict=True):
        said = "\n".join(shape.text_frame.text for shape in page.shapes if shape.has_text_frame)
        for words in (
            *slide.lines,
            *(item for _, items in slide.columns for item in items),
            *(s.title for s in slide.segments),
        ):
            assert words in said
        assert all(shape.text_frame.text for shape in page.placeholders)
        assert not [shape for shape in page.shapes if shape.shape_type == 13]
        for shape in page.shapes:
            assert shape.left >= -1
            assert shape.left + shape.width <= deck.slide_width + 200000
    assert powerpoint(made, "fr") == data


def test_members_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>\x07&"
    here = community(f"purpose: '{hostile[:-2]}&'\n")
    made = slides(here, "pitch", TODAY)
    assert "<script>alert" not in browser(made, "fr", "", "").decode()
    powerpoint(made, "fr")


def test_the_pages_of_the_browser_fetch_nothing_and_turn(cdp: Cdp, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    out = tmp_path / "d.html"
    cdp("deck", "accueil-des-benevoles", "--format", "html", "-o", out, "--root", ROOT, "--as-of", "2026-11-24")
    with playwright.sync_playwright() as play:
        program = play.chromium.launch(executable_path=chromium())
        page = program.new_page(viewport={"width": 1280, "height": 720})
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(out.as_uri())
        page.wait_for_selector(".reveal.ready")
        assert page.locator("section.present h1").inner_text() == "Accueillir les personnes bénévoles"
        page.keyboard.press("ArrowRight")
        assert page.locator("section.present h2").inner_text() == "Le besoin"
        program.close()
    assert said == []
    assert asked == [out.as_uri()]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    here = BASE.get("accueil-des-benevoles")
    assert here is not None
    (tmp_path / "d.pptx").write_bytes(powerpoint(slides(here, "pitch", TODAY), "fr"))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "d.pptx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")
