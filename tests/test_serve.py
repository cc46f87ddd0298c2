"""The live preview: restages what changed, reloads the browser, survives an invalid note."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def preview(small_base: Path) -> Iterator[tuple[str, subprocess.Popen[str], Path]]:
    command = [sys.executable, "-u", "-m", "cdp", "serve", "--root", str(small_base), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONUTF8": "1"}
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "http://" in line)
        match = re.search(r"http://[\d.]+:\d+", line)
        assert match is not None
        yield match[0], process, small_base
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def test_a_change_is_shown_and_an_invalid_note_stops_nothing(
    preview: tuple[str, subprocess.Popen[str], Path],
) -> None:
    address, process, root = preview
    assert process.stdout is not None
    page = get(f"{address}/communities/a/notes/deux/")
    assert "Texte de la note deux" in page
    assert '<script src="/.cdp/reload.js"></script></body>' in page
    assert "location.reload" in get(f"{address}/.cdp/reload.js")

    note = root / "communities/a/notes/deux.md"
    note.write_text("---\ntitle: Deux\n---\nTexte nouveau.\n")
    get(f"{address}/.cdp/version")  # held open until the site is new
    next(line for line in process.stdout if "Site à jour" in line)
    assert "Texte nouveau" in get(f"{address}/communities/a/notes/deux/")

    note.write_text("---\ntitle: [Deux\n---\nTexte perdu.\n")
    said = next(line for line in process.stdout if "CDP001" in line)
    assert said.startswith("communities/a/notes/deux.md:2:")
    next(line for line in process.stdout if "Site à jour" in line)
    assert "Texte de la note" in get(f"{address}/communities/a/notes/un/") or "Voir" in get(
        f"{address}/communities/a/notes/un/"
    )

    note.write_text("---\ntitle: Deux\n---\nTexte revenu.\n")
    next(line for line in process.stdout if "Site à jour" in line)
    assert "Texte revenu" in get(f"{address}/communities/a/notes/deux/")


def test_an_unknown_address_gets_the_page_that_helps(preview: tuple[str, subprocess.Popen[str], Path]) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{preview[0]}/nulle/part/")

    assert caught.value.code == 404
    assert "accueil" in caught.value.read().decode()


def test_a_taken_port_is_told(preview: tuple[str, subprocess.Popen[str], Path]) -> None:
    port = preview[0].rpartition(":")[2]
    command = [sys.executable, "-m", "cdp", "serve", "--root", str(preview[2]), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert f"le port {port} est déjà pris" in done.stderr
