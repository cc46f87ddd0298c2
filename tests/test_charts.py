"""Charts: what colour says is also said by lightness, and numbers are read on their bars."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

CSS = (ROOT / "theme/stylesheets/cdp.css").read_text(encoding="utf-8")
GROUNDS = {"default": "#fefdf9", "slate": "#1b2023"}


def colours(scheme: str) -> dict[str, str]:
    """Return the colours of charts in a scheme, by the end of their names."""
    block = re.search(rf'scheme="{scheme}"\] {{\n((?: +--cdp-(?:met|partly|not|gone)[^\n]*\n)+)', CSS)
    assert block is not None
    return dict(re.findall(r"--cdp-([a-z-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", list(GROUNDS))
def test_answers_differ_in_grey_too(scheme: str) -> None:
    found = colours(scheme)

    assert contrast(found["met"], found["not"]) >= 1.8
    assert contrast(found["met"], found["partly"]) >= 3
    assert contrast(found["not"], found["gone"]) >= 1.8


@pytest.mark.parametrize("scheme", list(GROUNDS))
def test_numbers_are_legible_and_bars_stand_out(scheme: str) -> None:
    found = colours(scheme)

    for answer in ("met", "partly", "not", "gone"):
        assert contrast(found[answer], found[f"{answer}-on"]) >= 4.5
    for line in ("met", "not-line"):
        assert contrast(found[line], GROUNDS[scheme]) >= 3
