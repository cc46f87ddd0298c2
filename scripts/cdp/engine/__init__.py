"""Staged pages to a published folder: batches rendered in parallel, cached by content, guarded, put in place at once."""

from __future__ import annotations

import contextlib
import hashlib
import posixpath
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from cdp.engine import archives, folder, guard, keys, memory, missing, pictures, shelves, sizes
from cdp.engine.batch import WORDS, render, site_pack, words_of
from cdp.engine.configuration import BATCH, ENGINES, Options
from cdp.engine.configuration import contexts as contexts_of
from cdp.engine.crew import crew, render_all
from cdp.engine.engines import Batch, EngineError, UnitText, write
from cdp.engine.folder import unpack
from cdp.engine.guard import GuardError
from cdp.links import address as url
from cdp.links import links
from cdp.search import index
from cdp.search.label import Label
from cdp.settings import Settings
from cdp.site import Site, Unit, feeds
from cdp.site.staging import Later, Shelf, navigation
from cdp.text import T

__all__ = ["BATCH", "ENGINES", "Built", "EngineError", "GuardError", "Options", "Ready", "build", "early"]

MANY = 50
"""Pages of the site's own that make a batch."""


@dataclass(frozen=True)
class Built:
    """What a build did: pages published, pages rendered anew, whether the former site was already this one."""

    pages: int
    rendered: int
    unchanged: bool = False


def build(
    site: Site,
    settings: Settings,
    options: Options,
    ready: Ready | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Built:
    """Publish a site.

    The folder ``options.out`` is replaced in one step once everything is rendered and guarded; until then, and when
    anything fails, the former site stays.

    Args:
        site: what to publish.
        settings: of the base.
        options: how.
        ready: processes that are there already, and what they render (``early``).
        meanwhile: done once, while the last pages are rendered.

    Raises:
        EngineError: the engine is absent or refused a page, or ``out`` is a folder that cdp did not make.
        GuardError: something foreign got through; nothing was published.
    """
    with folder.workshop(options.out, options.root) as work:
        contexts = contexts_of(site, settings, options)
        press = _Press(contexts, options, work, ready.ahead if ready is not None else {})
        files: dict[str, bytes] = {}

        def last() -> None:
            files.update(site.files)
            meanwhile()

        executor, begun = (ready.executor, ready.begun) if ready is not None else (None, frozenset[Future[None]]())
        render_all(press.batches(site.units), options.jobs, executor, last, begun)
        archives.check_shelf(site.shelf, press.frozen, press.attachments)
        files.update(pictures.drawn(site.pictures, options.cache))
        key = press.site_key(files, site.shelf)
        pages = len(press.addresses)
        if folder.holds(options.out, key):
            press.give_back()
            return Built(pages, press.rendered, unchanged=True)
        new = work / "site"
        press.assemble(new, site, files, settings)
        sums = folder.seal(new, key, press.archived(files))
        former = folder.put_in_place(new, options.out, work)
        if former is not None:
            press.take_back(former, sums)
        if options.cache is not None and site.whole:
            memory.prune(options.cache / "pages", {*press.used, press.assets.stem})
        return Built(pages, press.rendered)


@dataclass(frozen=True)
class Ready:
    """Processes that were started early.

    Attributes:
        executor: gives them work.
        ahead: for each unit that they render already, by key, the folder where it will be.
        begun: that work.
    """

    executor: Executor
    ahead: Mapping[str, Path]
    begun: frozenset[Future[None]]


@contextlib.contextmanager
def early(settings: Settings, options: Options, first: Callable[[], Site]) -> Iterator[Ready | None]:
    """Start the processes that will render a whole site, before its texts are read; none for what the cache holds.

    Args:
        settings: of the base.
        options: how.
        first: returns what can be staged without the texts; it is rendered while they are read.

    Raises:
        EngineError: ``options.out`` is a folder that cdp did not make.
    """
    kept = options.cache / "pages" if options.cache is not None else None
    if options.jobs <= 1 or (kept is not None and any(kept.glob("*.zip"))):
        yield None
        return
    with folder.workshop(options.out, options.root) as work:
        context = contexts_of(Site(()), settings, options)[options.lang]
        rehearsal = Batch((), context, options.engine, options.root, options.theme, work, None)
        with crew(options.jobs, rehearsal) as started:
            site = first()
            press = _Press(contexts_of(site, settings, options), options, work, bare=True)
            begun = frozenset(started.submit(render, batch) for batch in press.batches(site.units))
            yield Ready(started, {unit.key: unit.made for unit in press.units if unit.made is not None}, begun)


class _Set(NamedTuple):
    """A unit that was given to render, or that the cache holds.

    Attributes:
        name, part: of the unit.
        key: of its content.
        made: the folder where it was rendered, or None when the cache holds it.
        label: what a result of a search says of it.
    """

    name: str
    part: str
    key: str
    made: Path | None
    label: Label


@dataclass
class _Press:
    """One build: what is to render, what the cache holds, and where everything goes.

    Attributes:
        contexts: for each language, what the engine's configuration holds, the same for every page.
        options: of the build.
        work: folder to work in, beside the site.
        ahead: folders of the units that are being rendered already, by key.
        bare: whether the theme's files are left to another build.
        salts: for each language, hash of everything but its own texts that a page's HTML depends on.
        units: what the site is made of.
        addresses: of every page.
        attachments: of every unit.
        rendered: how many pages were rendered anew.
        frozen: digests of the archived texts that were looked at, now or when the cache took them, by source path.
        hidden: addresses that search engines are asked not to list.
        shared: for each archive, by key, what the new site shares with the cache.
        shelved: keys of the archives that are rendered for the cache, from which the new site takes them.
        sums: SHA-256 of the attachments by path.
        used: names of what the cache holds of this site.
    """

    contexts: Mapping[str, Mapping[str, Any]]
    options: Options
    work: Path
    ahead: Mapping[str, Path] = field(default_factory=dict)
    bare: bool = False
    units: list[_Set] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    rendered: int = 0
    frozen: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    shared: dict[str, shelves.Held] = field(default_factory=dict)
    shelved: list[str] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @cached_property
    def salts(self) -> Mapping[str, str]:
        return dict(zip(self.contexts, keys.salts(self.contexts.values(), self.options), strict=True))

    @property
    def salt(self) -> str:
        """That of the site's first language."""
        return self.salts[self.options.lang]

    def pack(self, key: str) -> Path:
        """Return where the cache keeps a unit; the theme's files always have such a pack."""
        kept = self.work if self.options.cache is None else self.options.cache / "pages"
        return kept / f"{key}.zip"

    def shelf(self, key: str) -> Path:
        """Return where the cache keeps the files of an archive."""
        return self.pack(key).with_suffix("")

    def packed(self, key: str) -> bool:
        """Tell whether the cache holds a unit, with its words; an archive's files are shared with the site."""
        pack = self.pack(key)
        if not pack.with_suffix(WORDS).exists():
            return False
        if pack.exists():
            return True
        held = shelves.hold(self.shelf(key), self.work)
        if held is not None:
            self.shared[key] = held
        return held is not None

    @property
    def assets(self) -> Path:
        """Pack of the theme's files."""
        return self.pack(f"assets-{self.salt}")

    def batches(self, units: Iterable[Unit | Later]) -> Iterator[Batch]:
        """Yield batches of the units that the cache lacks, as they are staged; a batch has one language."""
        options = self.options
        if options.cache is not None:
            (options.cache / "pages").mkdir(parents=True, exist_ok=True)
        waiting: dict[str, list[UnitText]] = {}
        numbers = count(1)
        places: dict[str, Path] = {}
        assets = None if self.bare or self.assets.exists() else self.assets

        def batch(lang: str) -> Batch:
            nonlocal assets
            units, place, packed = tuple(waiting.pop(lang, ())), places.pop(lang), assets
            assets = None
            return Batch(units, self.contexts[lang], options.engine, options.root, options.theme, place, packed)

        for unit in units:
            if isinstance(unit, Later) and self._recalled(unit):
                continue
            lang = unit.lang or options.lang
            texts = {page.path: page.text(unit.name) for page in unit.pages}
            proofs = {page.path: page.proof for page in unit.pages if page.proof is not None}
            shown = sizes.measured(options.root, unit.attachments)
            key = keys.unit_key(self.salts[lang], unit, texts, proofs, shown)
            self.used.add(key)
            self.frozen.update((path, proof.visible) for path, proof in proofs.items() if proof.visible)
            self.hidden.update(url(page.path) for page in unit.pages if not page.indexed)
            if isinstance(unit, Later) and options.cache is not None:
                remembered = memory.place(options.cache, self.salts[lang], unit)
                memory.write(remembered, memory.kept(unit, key, proofs))
                self.used.add(remembered.stem)
            self.attachments.extend(unit.attachments)
            self.addresses.extend(url(path) for path in texts)
            if key in self.ahead:
                self.units.append(_Set(unit.name, unit.part, key, self.ahead[key], unit.label))
                self.rendered += len(texts)
                continue
            pack = self.pack(key) if options.cache is not None else None
            if pack is not None and self.packed(key):
                self.units.append(_Set(unit.name, unit.part, key, None, unit.label))
                continue
            place = places.setdefault(lang, self.work / f"batch-{next(numbers)}")
            shelved = pack is not None and bool(proofs)
            if shelved:
                self.shelved.append(key)
            self.units.append(_Set(unit.name, unit.part, key, None if shelved else place, unit.label))
            self.rendered += len(texts)
            described = _described(unit, lang) if self.contexts[lang]["extra"]["search"] else {}
            placeholders, nav = _placeholders(unit, options.root), navigation(unit.nav)
            ready = waiting.setdefault(lang, [])
            texts_of = UnitText(
                unit.name, unit.part, pack, texts, described, placeholders, nav, proofs, unit.files, shown
            )
            ready.append(texts_of)
            if len(ready) >= options.batch or (unit.name == "" and len(texts) >= MANY):
                yield batch(lang)
        if assets is not None:
            places.setdefault(options.lang, self.work / f"batch-{next(numbers)}")
        for lang in tuple(places):
            yield batch(lang)

    def _recalled(self, unit: Later) -> bool:
        """Take an archive as the cache holds it, without staging it; tell whether it does."""
        cache = self.options.cache
        if cache is None:
            return False
        place = memory.place(cache, self.salts[unit.lang], unit)
        kept = memory.read(place)
        if kept is None or not self.packed(kept.key):
            return False
        self.used |= {place.stem, kept.key}
        self.units.append(_Set(unit.name, unit.part, kept.key, None, kept.label))
        self.attachments.extend(kept.attachments)
        self.addresses.extend(url(path) for path in kept.pages)
        self.frozen.update((path, visible) for path, (visible, _) in kept.pages.items() if visible)
        self.hidden.update(url(path) for path, (_, indexed) in kept.pages.items() if not indexed)
        return True

    def site_key(self, files: Mapping[str, bytes], shelf: Shelf) -> str:
        """Return the hash of everything that the site holds."""
        digest = hashlib.sha256(self.salt.encode())
        digest.update("\n".join(f"{unit.key} {unit.label}" for unit in self.units).encode())
        for path, data in sorted(files.items()):
            digest.update(path.encode() + b"\0" + data)
        for path in self.attachments:
            self.sums[path] = hashlib.sha256((self.options.root / path).read_bytes()).hexdigest()
            archives.check_file(shelf, path, self.sums[path])
            digest.update(path.encode() + b"\0" + self.sums[path].encode())
        return digest.hexdigest()

    def assemble(self, new: Path, site: Site, files: Mapping[str, bytes], settings: Settings) -> None:
        """Write the whole site into a new folder.

        Raises:
            EngineError: what the cache was just given is no longer there.
            GuardError: a page that is not rendered by the engine holds something foreign.
        """
        self._find_new_archives()
        (new / "communities").mkdir(parents=True)
        unpack(self.assets, new)
        for unit in self.units:
            if unit.key in self.shared:
                shelves.share(self.shelf(unit.key), self.shared[unit.key], unit.name, new)
            elif unit.made is None:
                unpack(self.pack(unit.key), new)
            elif unit.name:
                (unit.made / "site" / "communities" / unit.name).rename(new / "communities" / unit.name)
            else:
                unpack(site_pack(unit.made, unit.part), new)
        for path in self.attachments:
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.options.root / path, new / path)
        for path, data in files.items():
            if path.endswith(".html") and "/form/" not in path:
                guard.check_moved(data.decode(), path)
            elif path.endswith(".html"):
                guard.check_form(data.decode(), path, site.script, settings.survey_receiver)
            write(new / path, data)
        missing.place(new, settings.site_url, self.options.theme)
        if settings.site_url:
            unlisted = {*self.hidden, missing.ADDRESS}
            listed = (address for address in self.addresses if address not in unlisted)
            write(new / "sitemap.xml", feeds.sitemap(settings.site_url, listed))
        write(new / ".nojekyll", b"")
        if settings.search:
            for path, data in index.files(self.words(), self.options.lang):
                write(new / path, data)

    def _find_new_archives(self) -> None:
        for key in self.shelved:
            held = shelves.hold(self.shelf(key))
            if held is None:
                raise EngineError(
                    T("le dossier .cdp/cache a changé pendant la publication"), T("Relancez la même commande.")
                )
            self.shared[key] = held

    def archived(self, files: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Return for the folder of each archive that is shared, by its path, the sums of all its files by path.

        Args:
            files: paths of what the site holds besides pages and attachments.
        """
        attached = folder.by_community(self.sums)
        others = folder.by_community(dict.fromkeys(files, ""))
        return {
            f"communities/{unit.name}": {**self.shared[unit.key].sums, **attached.get(unit.name, {})}
            for unit in self.units
            if unit.name and unit.key in self.shared and unit.name not in others
        }

    def take_back(self, former: Path, sums: Mapping[str, str]) -> None:
        """Keep for the next site the archives that the former one holds as the new one does.

        Args:
            former: folder of the former site, which nobody reads any more.
            sums: of the files of the new one by path.
        """
        then, now = folder.by_community(folder.sealed(former)), folder.by_community(sums)
        for unit in self.units:
            if unit.name and unit.key in self.shared and then.get(unit.name) == now[unit.name]:
                shelves.give_back(self.shelf(unit.key), unit.name, former)

    def give_back(self) -> None:
        """Keep for the next site the archives that this one did not need."""
        for unit in self.units:
            held = self.shared.get(unit.key)
            if held is not None and held.place != self.shelf(unit.key):
                shelves.give_back(self.shelf(unit.key), unit.name, held.place)

    def words(self) -> Iterator[tuple[str, Label, Callable[[], bytes]]]:
        """Yield what can be found in each unit."""
        for name, part, key, made, label in self.units:
            kept = self.pack(key).with_suffix(WORDS) if made is None else words_of(made, name, part)
            yield name, label, kept.read_bytes


# Batches


def _described(unit: Unit | Later, lang: str) -> dict[str, tuple[str, str, str, str]]:
    """Return title, kind, language and that of the title of the pages of a unit that can be found."""
    found = [page for page in unit.pages if page.kind in index.KINDS]
    return {
        page.path: (page.title, page.kind, page.lang or lang, (not page.ours and page.lang) or lang) for page in found
    }


def _placeholders(unit: Unit | Later, root: Path) -> tuple[str, ...]:
    """Return the files that pages may link to, so that the engine resolves their addresses.

    Those of other communities too: a page's HTML must not depend on who shares its batch.
    """
    found = set(unit.attachments)
    for page in unit.pages:
        if "../" not in page.body:
            continue
        beside = posixpath.dirname(page.path)
        for link in links(page.body):
            target = posixpath.normpath(f"{beside}/{link.target.partition('#')[0]}")
            if target.startswith("communities/") and not target.endswith(".md") and (root / target).is_file():
                found.add(target)
    return tuple(sorted(found))
