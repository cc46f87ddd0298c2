"""The engines that turn staged texts into pages: MkDocs and ProperDocs in this process, Zensical as a program."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor
from pygments.lexers import find_lexer_class_by_name

from cdp.dialect import EXTENSIONS, options
from cdp.engine.sizes import Size
from cdp.links import address as url
from cdp.site.staging import Proof
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
        part: of the site's own pages.
        pack: where the cache keeps it, or None.
        texts: staged texts by path.
        described: title, kind, language and that of the title of each page by path, for those that can be found; empty without search.
        placeholders: files to link to.
        nav: HTML of the navigation.
        proofs: what archived pages must show.
        files: generated files of its own by path.
        sizes: width and height of its pictures by path.
    """

    name: str
    part: str
    pack: Path | None
    texts: Mapping[str, str]
    described: Mapping[str, tuple[str, str, str, str]]
    placeholders: tuple[str, ...]
    nav: str
    proofs: Mapping[str, Proof]
    files: Mapping[str, bytes]
    sizes: Mapping[str, Size]


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


def write(path: Path, data: bytes) -> None:
    """Write a file, and its folder when that is new."""
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


_FEATURES = ("content.tooltips",)

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
        with _captured(package, records), _quiet(), _one_converter(package), one_look():
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
        # Twenty parts are looked up for each page; a plain dict needs no lock, and the theme's templates are few.
        _environments[key].cache = {}
    environment = _environments[key]
    if batch.assets is None:
        environment.list_templates = _nothing
    else:
        environment.__dict__.pop("list_templates", None)
    return environment


_MARKS = re.compile(r"[`\\\[<&*_]|  \n")
"""One of these is in every text that some inline pattern of ours matches; a test tries them all."""


class _Inline(InlineProcessor):
    """Python-Markdown's own, which tries fifteen patterns on every text: most texts have nothing for any of them."""

    def _InlineProcessor__handleInline(self, data: str, pattern: int = 0) -> str:  # noqa: N802 - the name it has there
        if _MARKS.search(data) is None:
            return data
        handled: str = super()._InlineProcessor__handleInline(data, pattern)  # type: ignore[misc]
        return handled


def hasten(converter: Markdown) -> None:
    """Let a converter skip the texts that no inline pattern matches; what it makes of them stays the same."""
    converter.treeprocessors.register(_Inline(converter), "inline", 20)


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
            hasten(made[0])
        return made[0].reset()

    search = pages._RawHTMLPreprocessor
    pages.markdown = SimpleNamespace(Markdown=converter)
    pages._RawHTMLPreprocessor = _NoSearch
    try:
        yield
    finally:
        pages.markdown = real
        pages._RawHTMLPreprocessor = search


@contextlib.contextmanager
def one_look() -> Iterator[None]:
    """Let code be coloured with one table of styles, and each language be looked for once, instead of once a block.

    That was half of the time of a page of code.
    """
    highlight: Any = import_module("pymdownx.highlight")
    find, block = highlight.get_lexer_by_name, highlight.BlockHtmlFormatter
    known = lru_cache(maxsize=64)(find_lexer_class_by_name)

    def lexer(name: str, **settings: Any) -> Any:
        return known(name)(**settings)

    highlight.get_lexer_by_name = lexer
    highlight.BlockHtmlFormatter = type("BlockHtmlFormatter", (_OneTable, block), {"tables": {}})
    try:
        yield
    finally:
        highlight.get_lexer_by_name, highlight.BlockHtmlFormatter = find, block


class _OneTable:
    """A formatter of Pygments that makes its table of styles once for each style and prefix."""

    tables: ClassVar[dict[tuple[Any, str], tuple[dict[Any, Any], dict[Any, Any]]]]

    def _create_stylesheet(self) -> None:
        own: Any = self
        key = own.style, own.classprefix
        if key not in self.tables:
            super()._create_stylesheet()  # type: ignore[misc]  # of the formatter that it stands before
            self.tables[key] = own.ttype2class, own.class2style
        own.ttype2class, own.class2style = self.tables[key]


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
                files.append(generated(config, path, content=_NO_META + _FRONT.sub("", text, count=1)))
            return files

        def on_page_markdown(self, markdown: str, *, page: Any, config: Any, files: Any) -> str:
            page.meta = meta(texts[page.file.src_uri]) if page.file.src_uri in texts else {}
            return markdown

        def on_post_page(self, output: str, *, page: Any, config: Any) -> str:
            pages[page.file.src_uri] = output
            return ""

    return Exchange()


_FRONT = re.compile(r"---\n(.*?)\n---\n\n", re.DOTALL)
_NO_META = "---\n{}\n---\n\n"


def meta(text: str) -> dict[str, Any]:
    """Return the front matter of a staged text: one JSON value a line, which YAML would read twenty times as slowly."""
    front = _FRONT.match(text)
    lines = front[1].split("\n") if front is not None else []
    return {key: json.loads(value) for key, _, value in (line.partition(": ") for line in lines)}


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


RUNNERS: dict[str, Engine] = {
    "mkdocs": _in_process("mkdocs"),
    "properdocs": _in_process("properdocs"),
    "zensical": _zensical,
}
