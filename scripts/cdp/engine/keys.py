"""The keys of the cache: a unit is what its HTML depends on, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cdp import __version__
from cdp.engine.configuration import ENGINES, Options
from cdp.engine.engines import EngineError
from cdp.engine.pictures import release
from cdp.engine.sizes import Size
from cdp.site import Unit
from cdp.site.staging import Later, Proof, navigation
from cdp.text import T


def salts(contexts: Iterable[Mapping[str, Any]], options: Options) -> Iterator[str]:
    """Yield for each context the hash of everything but its own texts that a page's HTML depends on."""
    distributions = (
        *(ENGINES[options.engine], "mkdocs-material", "Markdown", "pymdown-extensions", "nh3", "Pygments"),
        "snowballstemmer",
    )
    try:
        versions = [f"{name} {version(name)}" for name in distributions]
    except ImportError as error:
        raise EngineError(
            T("le moteur « {engine} » n'est pas installé", engine=options.engine),
            T("Installez-le : python -m pip install {name}", name=error.name or options.engine),
        ) from None
    digest = hashlib.sha256()
    digest.update("\n".join([__version__, *versions, release()]).encode())
    own = Path(__file__).parents[1]
    sources = [
        *(own / f"{name}.py" for name in ("dialect", "links", "prose", "sanitize")),
        own / "archive" / "visible.py",
        *sorted((own / "engine").glob("*.py")),
        *sorted((own / "search").glob("*.py")),
    ]
    for path in [*sorted(options.theme.rglob("*")), *sources]:
        name = path.relative_to(own if path.is_relative_to(own) else options.theme).as_posix()
        if path.is_file() and not name.startswith(("pages/", "guide/", "new/")):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    for context in contexts:
        one = digest.copy()
        one.update(json.dumps(context, sort_keys=True, default=str).encode())
        yield one.hexdigest()


def unit_key(
    salt: str, unit: Unit | Later, texts: Mapping[str, str], proofs: Mapping[str, Proof], shown: Mapping[str, Size]
) -> str:
    """Return the key of a unit's pages: a hash of their texts, of what they show and of what must be seen in them."""
    digest = hashlib.sha256(salt.encode())
    digest.update(navigation(unit.nav).encode())
    for path in sorted(texts):
        digest.update(f"\0{path}\0".encode())
        digest.update(texts[path].encode())
    for path in sorted(unit.attachments):
        digest.update(f"\1{path} {shown.get(path, '')}".encode())
    for path, data in sorted(unit.files.items()):
        digest.update(f"\3{path}\0".encode() + data)
    for path, proof in sorted(proofs.items()):
        digest.update("\2".join((path, proof.visible, *proof.says, *proof.gone)).encode())
    return digest.hexdigest()
