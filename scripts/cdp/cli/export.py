"""``cdp archive export``."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from cdp.cli.ground import Ground, absent, as_of_option, ground, into, root_option, say, slug_of, stop
from cdp.text import N, T

FORMATS = ("bagit", "zip", "epub", "pdf")


@click.command(
    help=say(T("Emporte une archive : sac pour une bibliothèque, zip, livre EPUB ou PDF.")),
    short_help=say(T("Emporte une archive : sac BagIt, zip, EPUB ou PDF.")),
)
@click.argument("slug", metavar="NOM")
@root_option
@as_of_option
@click.option("--format", "kind", type=click.Choice(FORMATS), default="zip", help=say(T("Ce que l'on emporte.")))
@into(T("Fichier ou, pour bagit, dossier à créer (NOM.zip, NOM-bagit…)."), "CHEMIN")
def export(slug: str, root: Path | None, as_of: date | None, kind: str, out: Path | None) -> None:
    """Take an archive away: a bag for a library, pages to open offline, a book."""
    from cdp import books

    here = ground(root, as_of)
    repository = here.repository()
    community = repository.get(slug_of(slug))
    if community is None:
        absent(here, slug_of(slug))
    if community.freeze is None:
        stop(T("« {slug} » n'est pas archivée", slug=slug), T("Archivez-la d'abord : cdp archive {slug}", slug=slug))
    if kind in books.NEEDS and not books.available(kind):
        stop(
            T("le format {kind} demande {names}, qui n'est pas installé", kind=kind, names=books.NEEDS[kind][0]),
            T(
                "Installez-le : python -m pip install 'cdp-saisons[books]'. Les formats zip et bagit n'en ont pas besoin."
            ),
        )
    sources = _proved(here, community)
    target = out or Path(f"{community.slug}-bagit" if kind == "bagit" else f"{community.slug}.{kind}")
    _free(target, kind)
    made = _made(here, repository, community, kind, sources)
    if isinstance(made, bytes):
        _write(target, made)
    else:
        _write_folder(target, made)
    count = len(made) if not isinstance(made, bytes) else 1
    click.secho(
        say(N("« {title} » est dans {out}.", "« {title} » est dans {out} ({n} fichiers).", count, title=community.title, out=target)),
        fg="green",
    )  # fmt: skip


def _proved(here: Ground, community: Any) -> dict[str, bytes]:
    """Return the files of an archive and of its records by path from the root, once they are what the records say."""
    from cdp.model import registry

    freeze = community.freeze
    found: dict[str, bytes] = {}
    state = freeze.state
    for path in sorted({*(state.files if state else ()), *freeze.files}):
        try:
            data = freeze.files[path]()
        except (KeyError, OSError):
            data = None
        if (
            state is None
            or data is None
            or path not in state.files
            or registry.digest(data) != state.files[path].sha256
        ):
            stop(
                T("cette archive n'est pas intacte : {path}", path=f"{community.folder}/{path}"),
                T("Tapez « cdp check --select CDP7 » : il dit quoi reprendre."),
                code=1,
            )
        found[f"{community.folder}/{path}"] = data
    folder = here.root / registry.HOME / community.slug
    found |= {
        f"{registry.HOME}/{community.slug}/{path.name}": path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in (".json", ".sha256")
    }
    return found


def _made(
    here: Ground, repository: Any, community: Any, kind: str, sources: Mapping[str, bytes]
) -> bytes | dict[str, bytes]:
    """Return the file, or the files by path, to take away."""
    from cdp import __version__, books
    from cdp.export import bag, book, metadata, offline

    site = _published(here, repository, community.slug)
    base = here.settings.site_url.rstrip("/")
    address = f"{base}/communities/{community.slug}/" if base else ""
    folder = offline.pages(site, community.slug, base)
    charter = community.charter
    if kind in ("epub", "pdf"):
        chapters = book.chapters(community, folder)
        facts = {
            "title": community.title,
            "language": charter.language,
            "identifier": f"sha256:{community.freeze.digest}",
            "rights": charter.license or "",
            "publisher": here.settings.site_name,
            "contents": say(T("Table des matières")),
        }
        if kind == "pdf":
            return books.pdf(chapters, folder, facts)
        return books.epub(chapters, folder, facts, community.freeze.date)
    # A zip opens at its root; a bag keeps what is read apart from what it was made of.
    shown = "" if kind == "zip" else "site/"
    payload = {
        **{f"sources/{path}": data for path, data in sources.items()},
        **{f"{shown}{path}": data for path, data in folder.items()},
        metadata.CITATION: metadata.citation(community, address),
    }
    payload[metadata.CRATE] = metadata.crate(community, payload, address)
    if kind == "zip":
        return _zipped(payload, community.slug, community.freeze.date)
    info = (
        ("Source-Organization", here.settings.site_name),
        ("Contact-Name", charter.contact or community.title),
        ("External-Description", charter.summary or community.title),
        ("External-Identifier", f"{community.slug} sha256:{community.freeze.digest}"),
        ("Bagging-Date", here.today.isoformat()),
        ("Bag-Software-Agent", f"cdp {__version__}"),
    )
    return bag.bag(payload, info)


def _published(here: Ground, repository: Any, slug: str) -> dict[str, bytes]:
    """Return the published files of the site that a community needs, by path."""
    from cdp.cli.build import options, publish
    from cdp.engine import EngineError, GuardError

    with tempfile.TemporaryDirectory(prefix="cdp-export-") as place:
        site = Path(place) / "site"
        try:
            publish(here, repository, options(here, site, engine="mkdocs", jobs=1, cache=True), only=slug)
        except EngineError as error:
            stop(error.message, error.fix)
        except GuardError as error:
            for reason in error.reasons:
                click.echo(say(reason), err=True)
            stop(T("l'archive n'a pas été exportée : elle n'est pas montrée comme elle a été figée"), None, code=1)
        return {
            path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()
        }


def _zipped(files: Mapping[str, bytes], name: str, on: date) -> bytes:
    """Return a zip of one folder: the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{name}/{path}", (max(on.year, 1980), on.month, on.day, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, data)
    return buffer.getvalue()


def _free(target: Path, kind: str) -> None:
    """Leave with a message when what is there would be lost."""
    if kind == "bagit" and target.exists() and (not target.is_dir() or any(target.iterdir())):
        stop(T("« {path} » existe déjà", path=target), T("Donnez à -o le nom d'un dossier nouveau ou vide."))
    if kind != "bagit" and target.is_dir():
        stop(T("« {path} » est un dossier", path=target), T("Donnez à -o le nom d'un fichier."))


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.cdp-part")
    try:
        partial.write_bytes(data)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder, whole or not at all."""
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for path, data in files.items():
            (partial / path).parent.mkdir(parents=True, exist_ok=True)
            (partial / path).write_bytes(data)
        partial.chmod(0o755)
        if target.exists():
            target.rmdir()
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
