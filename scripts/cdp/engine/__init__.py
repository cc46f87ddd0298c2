"""Staged pages to a published folder: batches rendered in parallel, cached by content, guarded, put in place at once."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import multiprocessing
import os
import posixpath
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from cdp import __version__
from cdp.dialect import links
from cdp.engine.batch import Batch, EngineError, UnitText, render
from cdp.engine.guard import GuardError
from cdp.settings import Settings
from cdp.site import Site, Unit
from cdp.site.staging import url
from cdp.text import T, translate

__all__ = ["ENGINES", "EngineError", "GuardError", "Options", "build"]

ENGINES = {"mkdocs": "mkdocs", "properdocs": "properdocs", "zensical": "zensical"}
"""Engines by name, with the distribution whose version is part of the cache's keys."""

BATCH = 50
"""Most communities in a batch."""

MARKER = ".cdp-site"
"""File that says a folder was made by cdp, with the key of what it holds."""


@dataclass(frozen=True)
class Options:
    """How a site is built.

    Attributes:
        root: folder of the knowledge base.
        out: folder to publish into.
        theme: folder of the theme.
        cache: folder of the cache, or None to keep nothing.
        engine: a key of ENGINES.
        jobs: processes at once.
        batch: most communities in a batch.
        lang: language of the screens.
        still: words that say at which day the site stands still, or "".
    """

    root: Path
    out: Path
    theme: Path
    cache: Path | None = None
    engine: str = "mkdocs"
    jobs: int = 1
    batch: int = BATCH
    lang: str = "fr"
    still: str = ""


@dataclass(frozen=True)
class Built:
    """What a build did: pages published, pages rendered anew, whether the former site was already this one."""

    pages: int
    rendered: int
    unchanged: bool = False


def build(site: Site, settings: Settings, options: Options) -> Built:
    """Publish a site.

    The folder ``options.out`` is replaced in one step once everything is rendered and guarded; until then, and when
    anything fails, the former site stays.

    Raises:
        EngineError: the engine is absent or refused a page, or ``out`` is a folder that cdp did not make.
        GuardError: something foreign got through; nothing was published.
    """
    _refuse_foreign_folder(options.out)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(options.out)
    work = Path(tempfile.mkdtemp(prefix=f".{options.out.name}.cdp-", dir=options.out.parent))
    try:
        (work / "pid").write_text(str(os.getpid()), encoding="utf-8")
        packs = options.cache / "pages" if options.cache is not None else work / "packs"
        packs.mkdir(parents=True, exist_ok=True)
        context = _context(site, settings, options)
        salt = _salt(context, options)
        assets = f"assets-{salt}"
        plan = _Plan()
        _render_all(_batches(site.units, packs, salt, assets, plan, context, options, work), options.jobs)
        key = _site_key(salt, plan, site.files, options.root)
        pages = len(plan.addresses)
        if _marker(options.out) == key:
            return Built(pages, plan.rendered, unchanged=True)
        new = work / "site"
        _assemble(new, packs, plan, site, settings, options, assets)
        _write(new / MARKER, f"{key}\n".encode())
        _put_in_place(new, options.out, work)
        return Built(pages, plan.rendered)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@dataclass
class _Plan:
    """What the units came to: keys of their packs, addresses, attachments."""

    keys: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    rendered: int = 0


# Keys


def _salt(context: Mapping[str, Any], options: Options) -> str:
    """Return the hash of everything but its own texts that a page's HTML depends on."""
    distributions = (ENGINES[options.engine], "mkdocs-material", "Markdown", "pymdown-extensions", "nh3", "Pygments")
    try:
        versions = [f"{name} {version(name)}" for name in distributions]
    except ImportError as error:
        raise EngineError(
            T("le moteur « {engine} » n'est pas installé", engine=options.engine),
            T("Installez-le : python -m pip install {name}", name=error.name or options.engine),
        ) from None
    digest = hashlib.sha256()
    digest.update(json.dumps(context, sort_keys=True, default=str).encode())
    digest.update("\n".join([__version__, *versions]).encode())
    for folder in (options.theme, Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not name.startswith(("pages/", "guide/", "new/", "__pycache__/")):
                digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _context(site: Site, settings: Settings, options: Options) -> dict[str, Any]:
    """Return what the engine's configuration holds, the same for every page."""
    return {
        "site_name": settings.site_name,
        "site_url": settings.site_url,
        "repo_url": settings.repo_url,
        "theme": settings.theme,
        "lang": options.lang,
        "extra": {
            "sections": [item.data() for item in site.sections],
            "edit": _edit_base(settings),
            "still": options.still,
            "words": {
                "edit": translate(T("Modifier cette page"), options.lang),
                "forge": translate(T("Le dépôt des textes"), options.lang),
                "menu": translate(T("Ouvrir le menu"), options.lang),
            },
        },
    }


_FORGES = {
    "github.com": "edit/main/",
    "gitlab.com": "-/edit/main/",
    "codeberg.org": "_edit/main/",
    "bitbucket.org": "src/main/",
}


def _edit_base(settings: Settings) -> str:
    """Return the address before the path of a file to edit, or "" without a forge."""
    if not settings.repo_url:
        return ""
    host = (urlsplit(settings.repo_url).hostname or "").removeprefix("www.")
    uri = settings.edit_uri or _FORGES.get(host, "edit/main/")
    return f"{settings.repo_url.rstrip('/')}/{uri.strip('/')}/" if "://" not in uri else uri.rstrip("/") + "/"


def _unit_key(salt: str, unit: Unit, texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256(salt.encode())
    digest.update(json.dumps([item.data() for item in unit.nav], ensure_ascii=False).encode())
    for path in sorted(texts):
        digest.update(f"\0{path}\0".encode())
        digest.update(texts[path].encode())
    for path in sorted(unit.attachments):
        digest.update(f"\1{path}".encode())
    return digest.hexdigest()


def _site_key(salt: str, plan: _Plan, files: Mapping[str, bytes], root: Path) -> str:
    digest = hashlib.sha256(salt.encode())
    digest.update("\n".join(plan.keys).encode())
    for path, data in sorted(files.items()):
        digest.update(path.encode() + b"\0" + data)
    for path in plan.attachments:
        digest.update(path.encode() + b"\0" + (root / path).read_bytes())
    return digest.hexdigest()


# Batches


def _batches(
    units: Iterable[Unit],
    packs: Path,
    salt: str,
    assets: str,
    plan: _Plan,
    context: Mapping[str, Any],
    options: Options,
    work: Path,
) -> Iterator[Batch]:
    """Yield batches of the units whose pack is not in the cache, as they are staged."""
    waiting: list[UnitText] = []
    numbers = count(1)

    def batch() -> Batch:
        return Batch(
            tuple(waiting),
            context,
            options.engine,
            options.root,
            options.theme,
            work / f"batch-{next(numbers)}",
            packs,
            assets,
        )

    for unit in units:
        texts = {page.path: page.text(unit.name) for page in unit.pages}
        key = _unit_key(salt, unit, texts)
        plan.keys.append(key)
        plan.attachments.extend(unit.attachments)
        plan.addresses.extend(url(path) for path in texts)
        if (packs / f"{key}.zip").exists():
            continue
        plan.rendered += len(texts)
        waiting.append(UnitText(unit.name, key, texts, _placeholders(unit), tuple(item.data() for item in unit.nav)))
        if unit.name == "" or len(waiting) >= options.batch:
            yield batch()
            waiting.clear()
    if not plan.rendered and not (packs / f"{assets}.zip").exists():
        waiting.append(UnitText("", "", {}, (), ()))
    if waiting:
        yield batch()


def _placeholders(unit: Unit) -> tuple[str, ...]:
    """Return the files that pages may link to, so that the engine resolves their addresses.

    Those of other communities too: a page's HTML must not depend on who shares its batch.
    """
    found = set(unit.attachments)
    for page in unit.pages:
        if "../" not in page.body:
            continue
        folder = posixpath.dirname(page.path)
        for link in links(page.body):
            target = posixpath.normpath(f"{folder}/{link.target.partition('#')[0]}")
            if target.startswith("communities/") and not target.endswith(".md") and "." in posixpath.basename(target):
                found.add(target)
    return tuple(sorted(found))


def _render_all(batches: Iterator[Batch], jobs: int) -> None:
    """Render batches, ``jobs`` at a time; only a few are staged ahead, so that memory stays flat."""
    first = next(batches, None)
    if first is None:
        return
    second = next(batches, None)
    if second is None or jobs <= 1:
        for batch in chain((first,), (second,) if second else (), batches):
            render(batch)
        return
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running: set[Future[None]] = set()
        for batch in chain((first, second), batches):
            running.add(pool.submit(render, batch))
            if len(running) > jobs:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                _raise_first(done, running)
        _raise_first(wait(running).done, set())


def _raise_first(done: set[Future[None]], running: set[Future[None]]) -> None:
    for future in done:
        error = future.exception()
        if error is not None:
            for other in running:
                other.cancel()
            raise error


# The folder


def _assemble(
    new: Path, packs: Path, plan: _Plan, site: Site, settings: Settings, options: Options, assets: str
) -> None:
    """Write the whole site into a new folder."""
    new.mkdir()
    for key in (assets, *plan.keys):
        with zipfile.ZipFile(packs / f"{key}.zip") as pack:
            for name in pack.namelist():
                _write(new / name, pack.read(name))
    for path in plan.attachments:
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(options.root / path, new / path)
    for path, data in site.files.items():
        _write(new / path, data)
    missing = new / "missing" / "index.html"
    if missing.exists():
        base = urlsplit(settings.site_url).path or "/"
        html = missing.read_text(encoding="utf-8")
        html = re.sub(r'((?:href|src)=")\.\./', lambda match: match[1] + base, html)
        (new / "404.html").write_text(html, encoding="utf-8")
        shutil.rmtree(missing.parent)
    if settings.site_url:
        _write(new / "sitemap.xml", _sitemap(settings.site_url, plan.addresses))
    _write(new / ".nojekyll", b"")


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _sitemap(site_url: str, addresses: Iterable[str]) -> bytes:
    base = site_url.rstrip("/")
    lines = [
        f"<url><loc>{escape(f'{base}/{quote(address)}')}</loc></url>" for address in addresses if address != "missing/"
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return (head + "\n".join(lines) + "\n</urlset>\n").encode()


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


def _marker(out: Path) -> str:
    with contextlib.suppress(OSError):
        return (out / MARKER).read_text(encoding="utf-8").strip()
    return ""


def _sweep(out: Path) -> None:
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


def _put_in_place(new: Path, out: Path, work: Path) -> None:
    """Give the new folder the name of the old one: in one step where the system can exchange two names."""
    if out.exists() and not _exchange(new, out):
        out.rename(work / "former")
        new.rename(out)
    elif not out.exists():
        new.rename(out)


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
