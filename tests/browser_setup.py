"""Makes sure that the tests have a browser: ``python -m tests.browser_setup``, run by ``make test``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ELSEWHERE = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
MISSING = """\
Il manque un navigateur pour les tests : installez Chromium ou Google Chrome, par exemple
    sudo apt-get install chromium
puis relancez « make test ». (« make fast » se passe de navigateur.)

The tests need a browser: install Chromium or Google Chrome, for instance
    sudo apt-get install chromium
then run "make test" again. ("make fast" does without a browser.)"""


def chromium() -> str | None:
    """Return the path of a Chromium that is installed."""
    found = [path for path in map(shutil.which, NAMES) if path]
    found += [str(path) for path in ELSEWHERE if path.exists()]
    return found[0] if found else None


def install() -> None:
    """Install Chromium where that asks nothing of anybody: as root, on Debian and its kin."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        if subprocess.run(["apt-get", "-q", *words], env=quietly, check=False).returncode != 0:
            return


if __name__ == "__main__":
    if chromium() is None:
        install()
    sys.exit(None if chromium() else MISSING)
