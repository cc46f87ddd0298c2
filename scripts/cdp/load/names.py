"""Names of files and folders: those that some system cannot check out, those that collide."""

from __future__ import annotations

import re
import unicodedata

from cdp.diagnostics import Fault, Place
from cdp.load.files import File
from cdp.text import T, Text

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(?:\..*)?", re.IGNORECASE)
_UNPORTABLE = re.compile(
    r'[\x00-\x1f\\:*?"<>|\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]'
)
MAX_PATH = 200
"""Longest path from the root, in characters: Windows allows 260 from the disk's root."""


def faults_of_names(files: list[File]) -> list[Fault]:
    """Return the faults of file names: those that some system cannot check out, those that collide."""
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    checked: set[str] = set()
    twins: set[str] = set()
    for file in files:
        if len(file.path) > MAX_PATH:
            faults.append(
                Fault(
                    "name",
                    Place(file.path),
                    T("le chemin fait {n} caractères, Windows n'en permet pas tant", n=len(file.path)),
                    T(
                        "Raccourcissez les noms, ou faites moins de sous-dossiers : {most} caractères au plus.",
                        most=MAX_PATH,
                    ),
                )
            )
        path = ""
        for part in file.path.split("/"):
            above, path = path, f"{path}/{part}" if path else part
            if path in checked:
                continue
            checked.add(path)
            reason = unportable(part)
            if reason is not None:
                faults.append(
                    Fault("name", Place(path), reason, T("Renommez : lettres, chiffres, traits d'union et points."))
                )
            if above in twins:
                twins.add(path)
                continue
            folded = path if path.isascii() and path.islower() else _folded(path)
            twin = seen.setdefault(folded, path)
            if twin != path:
                twins.add(path)
                faults.append(
                    Fault(
                        "collision",
                        Place(path),
                        T("ce nom et « {twin} » sont le même nom sous macOS et Windows", twin=twin),
                        T("Renommez l'un des deux."),
                    )
                )
    return faults


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def unportable(name: str) -> Text | None:
    """Return why a name cannot be checked out everywhere, or None."""
    if (
        name.isascii()
        and name.replace("-", "").replace(".", "").isalnum()
        and ".." not in name
        and name[-1] != "."
        and not name.endswith("..md")
    ):
        return T("« {name} » est un nom réservé sous Windows", name=name) if _RESERVED.fullmatch(name) else None
    bad = _UNPORTABLE.search(name)
    if bad is not None:
        return T(
            "le nom contient « {character} »", character=bad[0] if bad[0].isprintable() else f"U+{ord(bad[0]):04X}"
        )
    if name[-1] in ". " or name.removesuffix(".md")[-1:] in (".", " "):
        return T("le nom finit par un point ou une espace")
    if _RESERVED.fullmatch(name):
        return T("« {name} » est un nom réservé sous Windows", name=name)
    if any("\ud800" <= character <= "\udfff" for character in name):
        return T("le nom n'est pas de l'UTF-8")
    return None
