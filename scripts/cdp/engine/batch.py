"""One run of the engine on a batch of communities, from staged texts to finished, guarded pages in packs."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from cdp.engine import archives, dark, guard, shelves, sizes
from cdp.engine.engines import RUNNERS, Batch, UnitText, write
from cdp.links import address as url
from cdp.search import index
from cdp.site.staging import Staged
from cdp.text import T

CANARY = "cdp-canary.md"
"""A page that only a sanitiser makes harmless; it is rendered in every batch and never published."""

_REFERENCE = "cdp-reference"
_DROPPED = re.compile(
    r"\.map$|/lunr/|/workers/|^search/|^sitemap\.xml|^404\.html$|^(?:pages|guide|new|deck|kit|survey|invitations)/|\.py$"
)


def render(batch: Batch) -> None:
    """Render a batch: finished pages in its ``site/``, and in the cache.

    Raises:
        EngineError: the engine failed; the message names the page when it is known.
        GuardError: something foreign got through.
    """
    out = batch.work / "site"
    texts, depths = _staged(batch)
    pages = RUNNERS[batch.engine](batch, texts)
    guard.check_canary(pages.get(CANARY, ""))
    scripts = {depth: guard.scripts(pages[_reference(depth)]) for depth in sorted(depths - {0})}
    scripts[0] = frozenset(script.replace('new URL("..",', 'new URL(".",') for script in scripts[1])
    styles = archives.styles(batch.theme) if any(unit.proofs for unit in batch.units) else {}
    for unit in batch.units:
        found: list[index.Entry] = []
        files = {**dict(_finished(unit, pages, scripts, found)), **unit.files}
        for path, proof in unit.proofs.items():
            archives.check(
                files[f"{url(path)}index.html"].decode(), path, proof, batch.context["extra"]["edit"], styles
            )
        entries = index.kept(found)
        write(words_of(batch.work, unit.name, unit.part), entries)
        if unit.pack is not None:
            _keep(unit.pack.with_suffix(WORDS), entries)
            if unit.proofs:
                # The site takes it from there.
                shelves.put(unit.pack.with_suffix(""), files)
                continue
            _pack(unit.pack, files)
        if unit.name == "":
            _pack(site_pack(batch.work, unit.part), files)
            continue
        for name, data in files.items():
            write(out / name, data)
    if batch.assets is not None:
        _pack(batch.assets, dict(_assets(batch.work / "engine")))


def _staged(batch: Batch) -> tuple[dict[str, str], set[int]]:
    """Return all texts of a batch by source path, with the pages that prove it safe; and how deep addresses are."""
    texts: dict[str, str] = {}
    for unit in batch.units:
        texts.update(unit.texts)
    depths = {1} | {url(path).count("/") for path in texts}
    texts[CANARY] = _unread(CANARY, guard.CANARY_TEXT)
    for depth in depths - {0}:
        texts[_reference(depth)] = _unread(_reference(depth), "x\n")
    texts.setdefault("index.md", _unread("index.md", "x\n"))
    return texts, depths


def _unread(path: str, body: str) -> str:
    """Return the text of a page that proves something and is never published."""
    return Staged(path, "x", "x", head="x", body=body).text("")


def _reference(depth: int) -> str:
    """Return the source path of the page of the theme alone that is so deep."""
    return "/".join([_REFERENCE] * depth) + ".md"


WORDS = ".words"
"""What the words of a unit's pages are kept in, beside its pack."""


def words_of(work: Path, name: str, part: str) -> Path:
    """Return where a batch leaves the words of a unit."""
    return work / "words" / f"{name or f'@{part}'}{WORDS}"


def site_pack(work: Path, part: str) -> Path:
    """Return where a batch leaves a part of the site's own pages, which are spread over the whole site."""
    return work / f"@{part}.zip"


def _finished(
    unit: UnitText, pages: Mapping[str, str], scripts: Mapping[int, frozenset[str]], found: list[index.Entry]
) -> Iterator[tuple[str, bytes]]:
    """Yield the finished pages of a unit, guarded; add to ``found`` what each can be found by."""
    for path in sorted(unit.texts):
        if path not in pages:
            raise guard.GuardError([T("« {path} » n'a pas été publiée à son adresse", path=path)])
        address = url(path)
        allowed = scripts[address.count("/")]
        html = sizes.placed(guard.finish(pages[path], path, allowed), address, unit.sizes)
        if path in unit.proofs and unit.proofs[path].gone:
            html = archives.without_pictures(html, path, unit.proofs[path].gone)
        tree = guard.check(html, path, allowed)
        if path in unit.described:
            entry = index.entry(tree, address, *unit.described[path])
            if entry is not None:
                found.append(entry)
        yield f"{address}index.html", html.encode()


def _assets(out: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the theme's files: all that is neither a page nor of a member."""
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if (
            path.is_file()
            and path.suffix != ".html"
            and not name.startswith("communities/")
            and not _DROPPED.search(name)
        ):
            yield name, path.read_bytes()
    sheets = [*sorted((out / "assets" / "stylesheets").glob("palette.*.css")), out / "stylesheets" / "cdp.css"]
    yield dark.SHEET, dark.sheet(path.read_text(encoding="utf-8") for path in sheets if path.is_file()).encode()


def _pack(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a pack at once: a killed build never leaves half of one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as pack:
        for name, data in files.items():
            pack.writestr(zipfile.ZipInfo(name), data)
    _keep(path, buffer.getvalue())


def _keep(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)
