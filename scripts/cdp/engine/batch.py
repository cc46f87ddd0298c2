"""One run of the engine on a batch of communities, from staged texts to finished, guarded pages in packs."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markdown import Markdown

from cdp.dialect import EXTENSIONS, options
from cdp.engine import archives, guard
from cdp.links import address as url
from cdp.search import index
from cdp.site.staging import Proof, Staged
from cdp.text import T, Text


class EngineError(Exception):
    """The engine cannot run, or refused a page.

    Attributes:
        message, fix: what is wrong, and what to do.
        page: source path of the page that was refused, or "".
    """

    def __init__(self, message: Text, fix: Text, page: str = "") -> None:
        super().__init__(message, fix, page)
        self.message = message
        self.fix = fix
        self.page = page

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class UnitText:
    """A unit to render.

    Attributes:
        name: of the unit.
        pack: where the cache keeps it, or None.
        texts: staged texts by path.
        described: title, kind and language of each page by path, for those that can be found; empty without search.
        placeholders: files to link to.
        nav: HTML of the navigation.
        proofs: what archived pages must show.
    """

    name: str
    pack: Path | None
    texts: Mapping[str, str]
    described: Mapping[str, tuple[str, str, str]]
    placeholders: tuple[str, ...]
    nav: str
    proofs: Mapping[str, Proof]


@dataclass(frozen=True)
class Batch:
    """What one run of the engine renders.

    Attributes:
        units: texts.
        context: what the configuration holds, the same for every page.
        engine: name.
        root: folder of the knowledge base.
        theme: folder of the theme.
        work: folder to work in; finished pages stay in its ``site/``.
        assets: where to pack the theme's files, or None when that is done.
    """

    units: tuple[UnitText, ...]
    context: Mapping[str, Any]
    engine: str
    root: Path
    theme: Path
    work: Path
    assets: Path | None


SITE_PACK = "site.zip"
"""The site's own pages, spread over the whole site, leave a batch in a pack."""

CANARY = "cdp-canary.md"
"""A page that only a sanitiser makes harmless; it is rendered in every batch and never published."""

_REFERENCE = "cdp-reference"
_FEATURES = ("content.tooltips",)
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
    pages = _ENGINES[batch.engine](batch, texts)
    guard.check_canary(pages.get(CANARY, ""))
    scripts = {depth: guard.scripts(pages[_reference(depth)]) for depth in sorted(depths - {0})}
    scripts[0] = frozenset(script.replace('new URL("..",', 'new URL(".",') for script in scripts[1])
    styles = archives.styles(batch.theme) if any(unit.proofs for unit in batch.units) else {}
    for unit in batch.units:
        found: list[index.Entry] = []
        files = dict(_finished(unit, pages, scripts, found))
        for path, proof in unit.proofs.items():
            archives.check(
                files[f"{url(path)}index.html"].decode(), path, proof, batch.context["extra"]["edit"], styles
            )
        entries = index.kept(found)
        write(words_of(batch.work, unit.name), entries)
        if unit.pack is not None:
            _keep(unit.pack.with_suffix(WORDS), entries)
            _pack(unit.pack, files)
        if unit.name == "":
            _pack(batch.work / SITE_PACK, files)
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


def write(path: Path, data: bytes) -> None:
    """Write a file, and its folder when that is new."""
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


WORDS = ".words"
"""What the words of a unit's pages are kept in, beside its pack."""


def words_of(work: Path, name: str) -> Path:
    """Return where a batch leaves the words of a unit."""
    return work / "words" / f"{name or '@'}{WORDS}"


def _finished(
    unit: UnitText, pages: Mapping[str, str], scripts: Mapping[int, frozenset[str]], found: list[index.Entry]
) -> Iterator[tuple[str, bytes]]:
    """Yield the finished pages of a unit, guarded; add to ``found`` what each can be found by."""
    for path in sorted(unit.texts):
        if path not in pages:
            raise guard.GuardError([T("« {path} » n'a pas été publiée à son adresse", path=path)])
        address = url(path)
        allowed = scripts[address.count("/")]
        html = guard.finish(pages[path], path, allowed)
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


# Engines

Engine = Callable[[Batch, Mapping[str, str]], dict[str, str]]
"""Renders texts by source path into pages by source path; leaves the theme's files in ``work/engine``."""


def _configuration(batch: Batch) -> dict[str, Any]:
    """Return the engine's configuration: what cdp decides, over what ``mkdocs.yml`` says."""
    context = batch.context
    return {
        "site_name": context["site_name"],
        "site_url": context["site_url"],
        "repo_url": context["repo_url"],
        "docs_dir": str(batch.work / "docs"),
        "site_dir": str(batch.work / "engine"),
        "use_directory_urls": True,
        "strict": False,
        "nav": [{"x": "index.md"}],
        "plugins": [],
        "hooks": [],
        "theme": {
            **{key: value for key, value in context["theme"].items() if key in ("palette", "icon", "favicon", "logo")},
            "name": "material",
            "language": context["lang"],
            "font": False,
            "custom_dir": str(batch.theme),
            "features": list(_FEATURES),
        },
        "markdown_extensions": [
            {name: options(context["lang"])[name]} if name in options(context["lang"]) else name for name in EXTENSIONS
        ],
        "validation": {
            "nav": {"omitted_files": "ignore", "not_found": "ignore", "absolute_links": "ignore"},
            "links": {
                "not_found": "ignore",
                "absolute_links": "ignore",
                "unrecognized_links": "ignore",
                "anchors": "ignore",
            },
        },
        "extra": {"cdp": {**context["extra"], "nav": {unit.name: unit.nav for unit in batch.units}}},
    }


def _in_process(package: str) -> Engine:
    """Return a runner of MkDocs or of ProperDocs, which keeps its interface under another name.

    Texts go in and pages come out through the engine's interface for plugins, in memory: two thirds of the time of
    a build were spent creating files. Nothing that cdp promises rests on it; Zensical gets files.
    """

    def run(batch: Batch, texts: Mapping[str, str]) -> dict[str, str]:
        os.environ["NO_MKDOCS_2_WARNING"] = "1"
        config = import_module(f"{package}.config")
        build = import_module(f"{package}.commands.build")
        (batch.work / "docs").mkdir(parents=True)
        pages: dict[str, str] = {}
        records: list[str] = []
        with _captured(package, records), _quiet(), _one_converter(package):
            try:
                # Not the person's own file: an engine's YAML reader runs the programs that it names.
                empty = io.BytesIO(b"{}")
                file = str(batch.root / "mkdocs.yml")
                site = config.load_config(empty, config_file_path=file, **_configuration(batch))
                site.plugins["cdp"] = _exchange(package, batch, texts, pages)
                site.theme.static_templates = set()
                site.theme.get_env = partial(_environment, site.theme, batch)
                build.build(site)
            except (Exception, SystemExit) as error:
                raise _failed(error, records) from error
        return pages

    return run


_environments: dict[tuple[str, Path, str], Any] = {}


def _environment(theme: Any, batch: Batch) -> Any:
    """Return the theme's templates, compiled once a process and not once a batch.

    Listing the theme's ten thousand icons to find its few files is left to the one batch that packs them.
    """
    key = (batch.engine, batch.theme, str(batch.context["lang"]))
    if key not in _environments:
        _environments[key] = type(theme).get_env(theme)
        _environments[key].auto_reload = False
    environment = _environments[key]
    if batch.assets is None:
        environment.list_templates = _nothing
    else:
        environment.__dict__.pop("list_templates", None)
    return environment


@contextlib.contextmanager
def _one_converter(package: str) -> Iterator[None]:
    """Let the engine convert all pages of a batch with one Markdown converter, reset before each, not one a page.

    Building it took a sixth of a build. The engine registers its own tree processors anew for each page, by name; its
    search for ids in raw HTML serves a check of anchors that our rules make, and refuses a page for « <![ » in its code.
    """
    pages: Any = import_module(f"{package}.structure.pages")
    real = pages.markdown
    made: list[Markdown] = []

    def converter(**settings: Any) -> Markdown:
        if not made:
            made.append(real.Markdown(**settings))
        return made[0].reset()

    search = pages._RawHTMLPreprocessor
    pages.markdown = SimpleNamespace(Markdown=converter)
    pages._RawHTMLPreprocessor = _NoSearch
    try:
        yield
    finally:
        pages.markdown = real
        pages._RawHTMLPreprocessor = search


class _NoSearch:
    """Stands for the engine's search for ids in raw HTML: finds none."""

    present_anchor_ids: frozenset[str] = frozenset()

    def _register(self, md: Markdown) -> None:
        """Leave the converter as it is."""


def _nothing(*_: object, **__: object) -> list[str]:
    return []


def _exchange(package: str, batch: Batch, texts: Mapping[str, str], pages: dict[str, str]) -> Any:
    """Return the plugin that hands the texts to the engine and takes the pages from it."""
    base: Any = import_module(f"{package}.plugins").BasePlugin
    generated = import_module(f"{package}.structure.files").File.generated

    class Exchange(base):  # type: ignore[misc]  # the engine is chosen at run time
        def on_files(self, files: Any, *, config: Any) -> Any:
            for path in (path for unit in batch.units for path in unit.placeholders):
                if files.get_file_from_path(path) is None:
                    files.append(generated(config, path, content=""))
            for path, text in texts.items():
                files.append(generated(config, path, content=text))
            return files

        def on_post_page(self, output: str, *, page: Any, config: Any) -> str:
            pages[page.file.src_uri] = output
            return ""

    return Exchange()


@contextlib.contextmanager
def _captured(package: str, records: list[str]) -> Iterator[None]:
    """Keep what the engine logs, and show none of it."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    logger = logging.getLogger(package)
    keep = Keep(logging.WARNING)
    propagate, level = logger.propagate, logger.level
    logger.addHandler(keep)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(keep)
        logger.propagate, logger.level = propagate, level


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _failed(error: BaseException, records: list[str]) -> EngineError:
    """Return the engine's failure as one message that names the page."""
    said = " ".join([*records, str(error)])
    page = re.search(r"page '([^']+)'", said)
    chain: BaseException | None = error
    while chain is not None and type(chain).__name__ not in ("TooLong", "RecursionError"):
        chain = chain.__cause__ or chain.__context__
    if page is not None:
        reason = (
            T("le texte est trop long ou trop imbriqué")
            if chain is not None
            else T("le moteur l'a refusée : {said}", said=error)
        )
        return EngineError(
            T("la page « {page} » n'a pas pu être rendue : {reason}", page=page[1], reason=reason),
            T("Simplifiez cette page, ou marquez-la « draft: true » le temps de la corriger."),
            page[1],
        )
    return EngineError(
        T("le moteur s'est arrêté : {said}", said=said.strip() or type(error).__name__),
        T("Vérifiez mkdocs.yml; le réglage en cause est nommé ci-dessus."),
    )


def _zensical(batch: Batch, texts: Mapping[str, str]) -> dict[str, str]:
    """Run Zensical as a program, on pages and a configuration written to disk."""
    import yaml

    docs, out = batch.work / "docs", batch.work / "engine"
    for path in (path for unit in batch.units for path in unit.placeholders):
        write(docs / path, b"")
    for path, text in texts.items():
        write(docs / path, text.encode())
    config = _configuration(batch)
    config.pop("hooks")
    # Zensical wants paths from its configuration file.
    shutil.copytree(batch.theme, batch.work / "theme")
    config["theme"]["custom_dir"] = "theme"
    config.update(docs_dir="docs", site_dir="engine")
    config["markdown_extensions"] = [
        {
            name: {key: value for key, value in settings.items() if not callable(value)}
            for name, settings in item.items()
        }
        if isinstance(item, dict)
        else item
        for item in config["markdown_extensions"]
    ]
    settings_file = batch.work / "mkdocs.yml"
    settings_file.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "-f", str(settings_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EngineError(
            T("le moteur s'est arrêté : {said}", said=(done.stderr or done.stdout).strip()[-500:]),
            T("Essayez avec --engine mkdocs."),
        )
    made = {path: out / url(path) / "index.html" for path in texts}
    return {path: file.read_text(encoding="utf-8") for path, file in made.items() if file.is_file()}


_ENGINES: dict[str, Engine] = {
    "mkdocs": _in_process("mkdocs"),
    "properdocs": _in_process("properdocs"),
    "zensical": _zensical,
}
