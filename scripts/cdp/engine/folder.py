"""The folder of a published site: whose it is, what it holds, and how a new one takes its place."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from cdp.engine.engines import EngineError, write
from cdp.text import T

MARKER = ".cdp-site"
"""File that says a folder was made by cdp: the key of what it holds, then the SHA-256 and the path of each file."""


def unpack(pack: Path, new: Path) -> None:
    """Write what a pack holds into a new site."""
    with zipfile.ZipFile(pack) as files:
        for name in files.namelist():
            write(new / name, files.read(name))


@contextlib.contextmanager
def workshop(out: Path, root: Path) -> Iterator[Path]:
    """Lend a folder beside a site to work in, once the site's own may be written; what killed builds left is removed.

    Raises:
        EngineError: as ``claim``.
    """
    claim(out, root)
    sweep(out)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}.cdp-", dir=out.parent))
    try:
        (work / "pid").write_text(str(os.getpid()), encoding="utf-8")
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def claim(out: Path, root: Path) -> None:
    """Make room for a site, or refuse: a folder is published into only when nothing of anybody would be lost.

    Raises:
        EngineError: the folder is among the texts or around them, is not a folder, or holds what cdp did not make.
    """
    _refuse_sources(out, root)
    _refuse_foreign_folder(out)
    out.parent.mkdir(parents=True, exist_ok=True)


def _refuse_sources(out: Path, root: Path) -> None:
    """Refuse to publish over or among the texts, or into a folder that holds them or the one where we stand."""
    place = out.resolve()
    inside = any(place.is_relative_to(root / folder) for folder in ("communities", "theme", "private"))
    if inside or root.is_relative_to(place) or Path.cwd().is_relative_to(place):
        raise EngineError(
            T("le site ne peut pas aller dans « {out} », parmi les textes ou autour d'eux", out=out),
            T("Donnez à -o un dossier à part, par exemple site."),
        )


def _refuse_foreign_folder(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise EngineError(
            T("« {out} » n'est pas un dossier", out=out), T("Donnez à -o le nom d'un dossier, nouveau ou vide.")
        )
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise EngineError(
            T("le dossier « {out} » contient des fichiers que cdp n'a pas faits", out=out),
            T("Donnez à -o un dossier nouveau ou vide; cdp n'efface que ce qu'il a fait."),
        )
    made = _record(out)
    if made is not None and made[1]:
        added = sorted(set(_files(out)) - set(made[1]))
        if added:
            raise EngineError(
                T(
                    "le dossier « {out} » contient des fichiers que cdp n'a pas faits, dont « {path} »",
                    out=out,
                    path=added[0],
                ),
                T("Déplacez-les, ou donnez à -o un autre dossier; cdp n'efface que ce qu'il a fait."),
            )


def holds(out: Path, key: str) -> bool:
    """Tell whether a folder is the site of that key, each of its files as it was made."""
    made = _record(out)
    return made is not None and made[0] == key and made[1] == dict(_sums(out))


def seal(new: Path, key: str, known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Write in a new site what it is, and the sum of each of its files, which are returned by path.

    Args:
        new: its folder.
        key: of what it holds.
        known: for folders that need not be looked at, by path, the sums of all their files by path from the site.
    """
    sums = dict(_sums(new, known))
    for whole in known.values():
        sums.update(whole)
    lines = [key, *(f"{total}  {path}" for path, total in sorted(sums.items()))]
    write(new / MARKER, ("\n".join(lines) + "\n").encode())
    return sums


def sealed(out: Path) -> dict[str, str]:
    """Return the sums of the files of a site by path, as it was sealed; none when it was not."""
    made = _record(out)
    return made[1] if made is not None else {}


def by_community(sums: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the sums of what is under ``communities/``, by community and by path from the root."""
    found: dict[str, dict[str, str]] = {}
    for path, total in sums.items():
        parts = path.split("/", 2)
        if len(parts) == 3 and parts[0] == "communities":
            found.setdefault(parts[1], {})[path] = total
    return found


def _record(out: Path) -> tuple[str, dict[str, str]] | None:
    """Return the key of a site and the sums of its files by path, as it was sealed; None when it was not."""
    try:
        key, *lines = (out / MARKER).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    sums = (line.partition("  ") for line in lines)
    return key, {path: total for total, _, path in sums}


def _sums(out: Path, but: Container[str] = ()) -> Iterator[tuple[str, str]]:
    for path in _files(out, but):
        yield path, hashlib.sha256((out / path).read_bytes()).hexdigest()


def _files(out: Path, but: Container[str] = ()) -> Iterator[str]:
    """Yield the paths of what a site holds, from its folder, but for its seal; an empty folder counts for nothing."""
    folders = [(str(out), "")]
    while folders:
        folder, inside = folders.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                path = inside + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if path not in but:
                        folders.append((entry.path, f"{path}/"))
                elif path != MARKER:
                    yield path


def sweep(out: Path) -> None:
    """Remove what a killed build left beside the site; put back a site that was caught between two names."""
    for left in out.parent.glob(f".{out.name}.cdp-*"):
        former = left / "former"
        if former.is_dir() and not out.exists():
            former.rename(out)
        if _abandoned(left):
            shutil.rmtree(left, ignore_errors=True)


def _abandoned(left: Path) -> bool:
    """Tell whether the process that made a working folder is gone."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((left / "pid").read_text()), 0)
        return False
    return True


def put_in_place(new: Path, out: Path, work: Path) -> Path | None:
    """Give the new folder the name of the old one: in one step where the system can exchange two names.

    Returns:
        Where the former site is now; None when there was none.
    """
    if not out.exists():
        new.rename(out)
        return None
    if _exchange(new, out):
        return new
    out.rename(work / "former")
    new.rename(out)
    return work / "former"


def _exchange(new: Path, out: Path) -> bool:
    """Exchange two names with Linux's renameat2; return False where that cannot be done."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    here, exchange = -100, 2
    return bool(rename(here, os.fsencode(new), here, os.fsencode(out), exchange) == 0)
