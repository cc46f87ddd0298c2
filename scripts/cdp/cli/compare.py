"""What a check compares with: the base revision, chosen, read and said in one line."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cdp.cli.ground import Ground, stop
from cdp.cli.proof import proposed
from cdp.load import File, load
from cdp.rules.registry import Change
from cdp.text import N, T, Text

if TYPE_CHECKING:
    from cdp import git
    from cdp.model.community import Repository

_MANY = 40
"""Beyond so many touched communities, looking for what the others say of them costs more than reading all."""
_DISGUISED = re.compile(rb"""\.\./[^\s)"'>]*[%&\\]""")
"""A relative address with an escape: it may name a community in other letters."""


@dataclass(frozen=True)
class Compared:
    """A knowledge base, and what it was.

    Attributes:
        repository: as it is. With a base, communities that the change does not concern hold their charter and the
            names of their files alone.
        before: as it was; None when nothing was compared.
        change: what differs; None when nothing was compared.
        line: what was compared with what.
    """

    repository: Repository
    before: Repository | None
    change: Change | None
    line: Text


def compare(here: Ground, revision: str | None, slugs: tuple[str, ...] = ()) -> Compared:
    """Load a knowledge base, and what it was at a revision.

    Args:
        here: the knowledge base.
        revision: what ``--base`` says; None leaves it to the continuous integration, where there is one.
        slugs: the only communities that will be judged; all when empty. Without a base, no more is read than they need.
    """
    from cdp import disk, git

    try:
        asked = revision or git.usual(here.root, os.environ)
    except git.GitError:
        asked = None
    if asked is None:
        if 0 < len(slugs) <= _MANY:
            repository = load(neighbours(list(disk.read(here.root)), frozenset(slugs))[1])
        else:
            repository = here.repository()
        line = T("Rien n'est comparé à une version précédente; pour le faire, ajoutez --base et le nom d'une branche.")
        if not any((folder / ".git").exists() for folder in (here.root, *here.root.parents)):
            line = T("Rien n'est comparé à une version précédente : ce dossier n'est pas suivi par Git.")
        return Compared(repository, None, None, line)
    try:
        return _compare(here, git.base(here.root, asked))
    except git.GitError as error:
        if revision is not None or error.why in ("shallow", "malformed"):
            # Archives are proved whole, or not at all.
            stop(error.message, error.fix)
        # The target was the machine's own choice: what needs no history is still worth checking.
        line = T(
            "Rien n'est comparé, les règles d'histoire sont sautées : {why}. {fix}", why=error.message, fix=error.fix
        )
        return Compared(here.repository(), None, None, line)


def _compare(here: Ground, since: git.Base) -> Compared:
    from cdp import disk, git

    # What is made here lives until the end: never look for garbage among it.
    gc.disable()
    with ThreadPoolExecutor(3) as pool:
        # Git works while the disk is read.
        asked, past_names = pool.submit(git.changed, here.root, since), pool.submit(git.entries, here.root, since)
        archives = pool.submit(proposed, here.root, since.name, since.commit)
        files = list(disk.read(here.root))
        paths, refused = asked.result(), archives.result()
    touched = frozenset(slug for path in paths if (slug := _slug(path)))
    near = frozenset[str]()
    if len(touched) <= _MANY:
        near, files = neighbours(files, touched)
    repository = load(files)
    known = {
        f"{community.folder}/{page.path}": page
        for community in repository.communities
        for page in community.pages()
        if f"{community.folder}/{page.path}" not in paths
    }
    listed = {file.path for file in files if file.listed}
    past = (
        replace(file, listed=True) if file.path in listed else file
        for file in git.read(
            here.root, past_names.result(), lambda path: path in paths or not path.startswith("communities/")
        )
    )
    before = load(past, known)
    gc.freeze()
    gc.enable()
    new = [community.slug for community in repository.communities if before.get(community.slug) is None]
    change = Change(touched, near, git.lived(here.root, since, new), refused)
    return Compared(repository, before, change, _line(since, touched))


def _slug(path: str) -> str:
    """Return the community that a path belongs to, by its folder or by its entries in the registry, or ""."""
    parts = path.split("/")
    if parts[0] != "communities" or len(parts) < 3:
        return ""
    return parts[2] if parts[1] == ".archives" else parts[1]


def neighbours(files: list[File], touched: frozenset[str]) -> tuple[frozenset[str], list[File]]:
    """Return which other communities name the touched ones or are named by them, and what need be read of all.

    What a rule says of a community depends on its own files and on the communities that these name. Elsewhere the
    charter is read, and the notes that name authors, for the rules that compare people.
    """
    homes: dict[str, list[File]] = {}
    for file in files:
        homes.setdefault(_slug(file.path), []).append(file)
    names = [slug.encode("utf-8", "surrogateescape") for slug in touched]
    said = " ".join(
        text for slug in touched for data in _texts(homes.get(slug, ())) for text in (data, unquote(unescape(data)))
    )
    near: set[str] = set()
    needed: list[File] = []
    for slug, own in homes.items():
        if slug in touched or not slug:
            needed.extend(own)
            continue
        named = slug in said
        authored: set[str] = set()
        for file in own if names and not named else ():
            if file.path.endswith(".md") and file.kind == "file":
                data = _bytes(file)
                named = named or any(name in data for name in names) or _disguised(data)
                if b"authors" in data:
                    authored.add(file.path)
        if named:
            near.add(slug)
            needed.extend(own)
        else:
            needed.extend(file if _whole(file, authored) else replace(file, listed=True) for file in own)
    return frozenset(near), needed


def _disguised(data: bytes) -> bool:
    # Looking for one byte is what costs least, and most texts have none of the three.
    return any(sign in data for sign in (b"%", b"&", b"\\")) and _DISGUISED.search(data) is not None


def _whole(file: File, authored: set[str]) -> bool:
    return file.path.count("/") < 3 or file.path in authored or not file.path.endswith(".md")


def _texts(files: Iterable[File]) -> list[str]:
    return [
        _bytes(file).decode("utf-8", "replace") for file in files if file.kind == "file" and file.path.endswith(".md")
    ]


def _bytes(file: File) -> bytes:
    try:
        return file.read()
    except OSError:
        return b""


def _line(since: git.Base, touched: frozenset[str]) -> Text:
    name = since.name.removeprefix("refs/remotes/").removeprefix("refs/heads/")
    return N(
        "Comparé à {name} ({commit}) : {n} communauté touchée.",
        "Comparé à {name} ({commit}) : {n} communautés touchées.",
        len(touched),
        name=name,
        commit=since.commit[:10],
    )
