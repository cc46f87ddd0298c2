"""Gives the tests what they need of the system: ``python -m tests.system_setup``, run by ``make test``.

A browser is a must. Small programs that make the system itself fail, or run what CI runs, are installed when that asks
nothing of anybody; without them their tests are skipped, and say so.
"""

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
PROGRAMS = ("strace", "curl")
"""Programs of the same name as their packages that some tests run."""
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


def missing() -> list[str]:
    """Return the packages that would give the tests what this machine lacks."""
    wanted = {"chromium": chromium(), **{name: shutil.which(name) for name in PROGRAMS}}
    return [name for name, found in wanted.items() if not found]


def install(packages: list[str]) -> None:
    """Install packages where that asks nothing of anybody: as root, on Debian and its kin."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # One by one: a package that a system does not have keeps none of the others away.
    for words in (["update"], *(["install", "-y", "--no-install-recommends", name] for name in packages)):
        subprocess.run(["apt-get", "-q", *words], env=quietly, check=False)


if __name__ == "__main__":
    if packages := missing():
        install(packages)
    sys.exit(None if chromium() else MISSING)
