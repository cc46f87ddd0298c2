"""What the cache knows of an archive: by all that its pages depend on, which pack holds them, without staging a page."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cdp.search.label import Label
from cdp.site.staging import Later, Proof


@dataclass(frozen=True, slots=True)
class Kept:
    """An archive in the cache.

    Attributes:
        key: of its pack.
        pages: for each source path, the digest of its frozen text or "", and whether search engines may list it.
        attachments: its files to publish as they are.
        label: what a result of a search says of it.
    """

    key: str
    pages: Mapping[str, tuple[str, bool]]
    attachments: tuple[str, ...]
    label: Label


@lru_cache(maxsize=1)
def maker() -> str:
    """Return a hash of cdp itself and of its words: whatever may stage a page otherwise."""
    digest = hashlib.sha256()
    own = Path(__file__).parents[1]
    for path in sorted((*own.rglob("*.py"), *own.rglob("*.mo"))):
        digest.update(path.relative_to(own).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def place(cache: Path, salt: str, unit: Later) -> Path:
    """Return where the cache says what it holds of an archive.

    Args:
        cache: its folder.
        salt: of the engine, the theme and the settings.
        unit: the archive.
    """
    key = hashlib.sha256(f"{salt}{maker()}{unit.name}\0{unit.inputs}".encode()).hexdigest()
    return cache / "pages" / f"{key}.json"


def kept(unit: Later, key: str, proofs: Mapping[str, Proof]) -> Kept:
    """Return what to remember of an archive that was staged."""
    pages = {page.path: (proofs[page.path].visible if page.path in proofs else "", page.indexed) for page in unit.pages}
    return Kept(key, pages, unit.attachments, unit.label)


def read(path: Path) -> Kept | None:
    """Return what the cache holds of an archive; None when it holds nothing that can be read."""
    try:
        data = json.loads(path.read_bytes())
        pages = {str(name): (str(visible), bool(indexed)) for name, (visible, indexed) in data["pages"].items()}
        title, stage, lang, rank = data["label"]
        return Kept(str(data["key"]), pages, tuple(map(str, data["attachments"])), Label(title, stage, lang, rank))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def prune(folder: Path, used: Collection[str]) -> None:
    """Forget the oldest of what a build did not use, once that is more than what it used.

    Args:
        folder: of the cache; nothing is done when it is not there.
        used: names, without ending, of what the build used.
    """
    if not folder.is_dir():
        return
    entries: dict[str, list[os.DirEntry[str]]] = {}
    with os.scandir(folder) as found:
        for entry in found:
            name = entry.name.partition(".")[0]
            if name and name not in used:
                entries.setdefault(name, []).append(entry)
    too_many = len(entries) - len(used)
    if too_many <= 0:
        return
    ages = {name: max(entry.stat(follow_symlinks=False).st_mtime for entry in own) for name, own in entries.items()}
    for name in sorted(ages, key=lambda one: ages[one])[:too_many]:
        for entry in entries[name]:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)


def write(path: Path, kept: Kept) -> None:
    """Remember an archive; a killed build leaves nothing half written."""
    label = (kept.label.title, kept.label.stage, kept.label.lang, kept.label.rank)
    data = {"key": kept.key, "pages": kept.pages, "attachments": kept.attachments, "label": label}
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(data, default=dict), encoding="utf-8")
    partial.replace(path)
