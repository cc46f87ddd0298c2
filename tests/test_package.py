"""The wheel, installed in an empty environment, works elsewhere than in this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("cdp_saisons-*.whl")
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "site.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    base = tmp_path / "ailleurs"
    shutil.copytree(ROOT / "communities", base / "communities")
    (base / "mkdocs.yml").write_text(
        "site_name: Ailleurs\ntheme:\n  name: material\n  language: fr\n", encoding="utf-8"
    )

    def cdp(*words: str) -> str:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [str(home / "bin" / "cdp"), *words], cwd=base, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = subprocess.run(
        [str(python), "-c", "import cdp; print(cdp.__file__)"], cwd=base, capture_output=True, text=True, check=True
    )
    assert str(home) in where.stdout
    checked = cdp("check", "--as-of", "2026-11-24")
    assert "5 communautés vérifiées" in checked
    assert " erreur" not in checked
    assert "Site publié" in cdp("build", "--as-of", "2026-11-24")
    assert (base / "site/rules/cdp101/index.html").read_text().count("CDP101") > 2
    assert (base / "site/stylesheets/cdp.css").exists()
    assert (base / "site/guide/index.html").exists()
    assert "Communauté créée" in cdp("new", "nouvelle")


def test_the_version_is_said_once() -> None:
    from importlib.metadata import version

    from cdp import __version__

    assert version("cdp-saisons") == __version__
