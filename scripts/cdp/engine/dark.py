"""The sheet that makes pages dark where no program runs: what the others say of the dark scheme, for any scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cdp.engine.sheets import blocks

SHEET = "assets/stylesheets/cdp-dark.css"
"""Where it is published: beside the theme's own, as it is made of them alone."""
_SLATE = re.compile(r"(?<!not\()\[data-md-color-scheme=[\"']?slate[\"']?\]")


def sheet(styles: Iterable[str]) -> str:
    """Return the rules of the dark scheme in some sheets, in their order; what only another scheme has stays out.

    >>> print(sheet(['[data-md-color-scheme="slate"] { --ink: #fff } p { color: var(--ink) }']), end="")
    [data-md-color-scheme]{--ink: #fff}
    """
    return "".join(
        f"{_SLATE.sub('[data-md-color-scheme]', selector)}{{{';'.join(filter(None, declarations))}}}\n"
        for css in styles
        for selector, declarations, _ in blocks(css)
        if _SLATE.search(selector) and not selector.startswith("@")
    )
