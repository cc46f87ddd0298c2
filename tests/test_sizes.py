"""Pictures keep their place: pages say their width and height, as browsers will show them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from cdp.cli.build import build as build_command
from cdp.engine import pictures
from tests.conftest import Cdp, charter, write

NOTE = """---
title: Images
---
![Un plan](plan.png) ![Tournée](t%C3%A9l%C3%A9phone.jpg) ![Étroite](plan.png){ width=30 } ![Rien](rien.png) ![Trompeuse](faux.png)

<img src="../plan.png" alt="moitié" width="50%"> <img src="../plan.png" alt="haute" height="9"> <img src="../plan.png" alt="énorme" width="123456">

<a href="plan.png" title="<img src='plan.png'>">Voir</a>
"""


def picture(kind: str, size: tuple[int, int], turned: int = 1) -> bytes:
    """Return a picture, held as a camera says."""
    exif = Image.Exif()
    exif[0x0112] = turned
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    notes = "communities/a/notes"
    write(
        tmp_path / "base",
        {
            "mkdocs.yml": "site_name: Base\ntheme:\n  name: material\n  language: fr\n",
            "communities/a/index.md": charter(),
            f"{notes}/images.md": NOTE,
            f"{notes}/plan.png": picture("PNG", (300, 200)),
            f"{notes}/téléphone.jpg": picture("JPEG", (400, 100), turned=6),
            f"{notes}/rien.png": b"\x89PNG fictif",
            # What people download often has another kind than its name says: browsers look inside.
            f"{notes}/faux.png": picture("WEBP", (64, 48)),
        },
    )
    return tmp_path / "base"


def shown(out: Path) -> dict[str, tuple[str, ...]]:
    """Return the width and the height that the note's page gives to each picture, by the words that stand for it."""
    html = (out / "communities/a/notes/images/index.html").read_text(encoding="utf-8")
    tags = re.findall(r"<img [^>]*>", html.partition("<article")[2])
    named = {re.search(r'alt="([^"]*)"', tag)[1]: tag for tag in tags if "alt=" in tag}  # type: ignore[index]
    return {name: tuple(re.findall(r'(?:width|height)="([^"]*)"', tag)) for name, tag in named.items()}


def test_pages_say_how_large_pictures_are(base: Path, tmp_path: Path, cdp: Cdp) -> None:
    out, cache = tmp_path / "site", base / ".cdp"
    cdp("build", "--root", base, "-o", out)
    assert shown(out) == {
        "Un plan": ("300", "200"),
        "Tournée": ("100", "400"),
        "Étroite": ("30", "20"),
        "Rien": (),
        "Trompeuse": ("64", "48"),
        "moitié": ("50%",),
        "haute": ("300", "200"),
        "énorme": ("300", "200"),
    }
    assert cache.is_dir()

    # Another picture of the same name is another page, though its text is the same.
    write(base, {"communities/a/notes/plan.png": picture("PNG", (100, 50))})
    cdp("build", "--root", base, "-o", out)
    assert shown(out)["Un plan"] == ("100", "50")


def test_without_pillow_pages_are_published_as_members_wrote_them(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "available", lambda: False)
    out = tmp_path / "site"
    done = CliRunner().invoke(build_command, ["--root", str(base), "-o", str(out), "--jobs", "1", "--no-cache"])

    assert done.exit_code == 0, done.output
    assert shown(out)["Un plan"] == ()
    assert shown(out)["Étroite"] == ("30",)
