"""Diagnostics as text: plain when piped, coloured and aligned in a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from cdp import report
from cdp.diagnostics import Diagnostic, Place
from cdp.text import T
from tests.conftest import TODAY, Cdp, write

FOUND = [
    Diagnostic(
        "CDP101", "end-before-start", "error", Place("communities/a/index.md", 3, 1), T("un"), T("cure un"), "a"
    ),
    Diagnostic(
        "CDP904",
        "alt-text-missing",
        "warning",
        Place("communities/a/notes/long.md", 12, 5),
        T("deux"),
        T("cure deux"),
        "a",
    ),
    Diagnostic("CDP015", "keys-out-of-order", "info", Place("communities/a"), T("trois"), T("cure trois"), "a"),
]


def test_a_line_a_finding_the_fix_below_the_summary_last() -> None:
    assert report.text(FOUND, TODAY, report.Looked(4), "fr").splitlines() == [
        "communities/a/index.md:3:1: CDP101 erreur un",
        "    cure un",
        "communities/a/notes/long.md:12:5: CDP904 avertissement deux",
        "    cure deux",
        "communities/a:1:1: CDP015 information trois",
        "    cure trois",
        "4 communautés vérifiées : 1 erreur, 1 avertissement, 1 information (en date du 2026-11-24).",
    ]


def test_in_a_terminal_columns_stand_under_each_other() -> None:
    lines = report.text(FOUND, TODAY, report.Looked(4), "fr", aligned=True).splitlines()

    assert len({line.index("CDP") for line in lines[0:6:2]}) == 1
    assert len({line.rindex(word) for line, word in zip(lines[0:6:2], ("un", "deux", "trois"), strict=True)}) == 1


def test_characters_that_would_move_the_cursor_are_shown_as_codes() -> None:
    odd = [Diagnostic("CDP012", "x", "error", Place("communities/a/notes/\x1b[2Jx.md"), T("un"), T("deux"))]

    assert "\x1b" not in report.text(odd, TODAY, report.Looked(1), "fr")


def test_piped_output_is_plain(small_base: Path, cdp: Cdp) -> None:
    write(small_base, {"communities/a/notes/x.md": "---\ndate: non\n---\n"})
    assert "\x1b[" not in cdp("check", "--root", small_base, code=1).stdout


def test_terminal_output_is_coloured(small_base: Path) -> None:
    write(small_base, {"communities/a/notes/x.md": "---\ndate: non\n---\n"})
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cdp", "check", "--root", str(small_base)], stdout=theirs, stdin=theirs
    ):
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
    os.close(ours)

    assert b"\x1b[31m" in said or b"\x1b[1m" in said or b"\x1b[31;1m" in said


def test_many_findings_are_counted_by_rule() -> None:
    many = [
        Diagnostic(
            "CDP002", "unknown-key", "error", Place(f"communities/a/notes/{n % 40}.md", n, 1), T("un"), T("deux")
        )
        for n in range(101)
    ]
    lines = report.text([*many, FOUND[0]], TODAY, report.Looked(1), "fr").splitlines()

    assert lines[-4:-1] == [
        "Par règle, la plus fréquente d’abord\u00a0:",
        "  101 CDP002 Un champ de l’en-tête est inconnu. Dans 40 fichiers.",
        "    1 CDP101 Une fin précède son début. Dans 1 fichier.",
    ]
    assert "Par règle" not in report.text(many[:100], TODAY, report.Looked(1), "fr")


def test_a_text_of_members_is_cut_in_a_message() -> None:
    long = [Diagnostic("CDP901", "x", "error", Place("a"), T("le lien {target}", target="a" * 100_000), T("deux"))]

    assert max(map(len, report.text(long, TODAY, report.Looked(1), "fr").splitlines())) < 600
    assert len(report.as_json(long, TODAY, report.Looked(1), "fr")) < 2000
