"""Freezing, redacting, noting: from what a folder holds to the records that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from cdp.archive import objects, visible
from cdp.links import links
from cdp.load import File, debris, load, unportable
from cdp.model import registry
from cdp.model.community import Community, Repository
from cdp.model.registry import Change, Erratum, Frozen, FrozenFile, Reason, Redaction, State
from cdp.personal import scan
from cdp.plan import Plan
from cdp.text import N, T, Text
from cdp.triage import triaged

LFS = b"version https://git-lfs.github.com/spec/"
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def refusals(community: Community, files: Mapping[str, bytes]) -> list[tuple[str, Text]]:
    """Return what in the bytes and names of a folder cannot be frozen: path from the root, and why.

    Args:
        community: as loaded.
        files: what its folder will hold, by path from the folder.
    """
    found: list[tuple[str, Text]] = []
    for path, data in sorted(files.items()):
        whole = f"{community.folder}/{path}"
        reason = next((reason for part in path.split("/") if (reason := unportable(part)) is not None), None)
        if reason is not None:
            found.append((whole, reason))
        if debris(path):
            found.append(
                (whole, T("c'est un reste que l'ordinateur a laissé, pas un texte de la communauté : effacez-le"))
            )
        if data.startswith(LFS):
            found.append((whole, T("c'est un renvoi de Git LFS, pas le fichier lui-même")))
    for page in community.pages():
        if page.path not in files:
            continue
        whole = f"{community.folder}/{page.path}"
        if not page.readable or page.faults:
            wrong = [
                T("ligne {line} : {what}. {fix}", line=fault.place.line or 1, what=fault.message, fix=fault.fix)
                for fault in page.faults
            ]
            found += [(whole, said) for said in wrong or [T("cette page ne se lit pas")]]
            continue
        for found_at in scan(page.document.body):
            said = page.document.body[found_at.start : found_at.end]
            # A living page may spell an address out on purpose, and take it back; an archive cannot.
            if found_at.kind == "email" and said not in (community.charter.contact or ""):
                line = page.document.body_line + page.document.body.count("\n", 0, found_at.start)
                found.append((whole, T("ligne {line} : le texte contient une adresse de courriel", line=line)))
        for link in links(page.document.body):
            # Browsers take a backslash for a slash, and drop tabs.
            target = re.sub(r"[\t\n\r]", "", link.target.strip()).replace("\\", "/")
            if link.kind == "image" and _ELSEWHERE.match(target):
                found.append((whole, T("une image vient d'un autre site et pourrait changer sans nous")))
            elif link.kind == "image" and _leaves(page.path, target):
                found.append((whole, T("une image vient d'un autre dossier, qui n'est pas figé")))
    return found


def _leaves(path: str, target: str) -> bool:
    depth = path.count("/")
    for part in target.split("#")[0].split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return target.startswith("/")


def settled(community: Community, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what the folder of a community will hold: its files, with the triage of its charter applied."""
    charter = community.charter
    return triaged(files, tuple(community.legacy.values()), folder=community.folder, language=charter.language)


def plan(
    community: Community,
    repository: Repository,
    files: Mapping[str, bytes],
    as_of: date,
    language: str,
) -> Plan:
    """Return what freezing a community changes: the files that its triage touches, the record and its checksums.

    Args:
        community: with its closing settled (see the rules of family 6xx, and ``refusals``).
        repository: that holds it, for the end of the registry's chain.
        files: every file of its folder, by path from the folder.
        as_of: date of the freeze.
        language: of the site, in which the visible text was made.
    """
    closing = community.charter.closing
    if closing is None or closing.outcome is None:
        raise ValueError("the closing has no outcome")
    kept = settled(community, files)
    held = [_held(path, data) for path, data in sorted(kept.items())]
    act = Frozen(
        slug=community.slug,
        number=1,
        date=as_of.isoformat(),
        previous=repository.head or None,
        reason=closing.reason or "",
        outcome=closing.outcome,
        language="en" if language == "en" else "fr",
        tree=objects.tree(kept),
        files=tuple(held),
        visible=shown(community.slug, kept, language),
    )
    gone = [path for path in files if path not in kept]
    changes: dict[str, bytes | None] = {
        f"{community.folder}/{path}": kept.get(path) for path, data in files.items() if kept.get(path) != data
    }
    notes = [N("{n} fichier sera figé pour toujours.", "{n} fichiers seront figés pour toujours.", len(kept))]
    if gone:
        notes.append(N("{n} fichier de l'héritage s'en va.", "{n} fichiers de l'héritage s'en vont.", len(gone)))
    return Plan(changes | _written(act, held), notes=tuple(notes))


def redaction(
    freeze_acts: Sequence[registry.Act],
    state: State,
    files: Mapping[str, bytes],
    changed: Mapping[str, bytes | None],
    *,
    reason: Reason,
    approved_by: Sequence[str],
    as_of: date,
    previous: str,
    language: str,
) -> Plan:
    """Return what a lawful change of an archive writes: new bytes, a chained record, new checksums.

    Args:
        freeze_acts: records of the archive so far.
        state: what it must hold now.
        files: what it holds, by path from the folder; the same.
        changed: new bytes by path, None to remove the file.
        reason: why the law asks for it.
        approved_by: two people or more.
        as_of: date.
        previous: SHA-256 of the last record of the chain.
        language: of the record's visible texts.
    """
    slug = freeze_acts[0].slug
    after = {path: data for path, data in files.items() if path not in changed}
    after |= {path: data for path, data in changed.items() if data is not None}
    texts = shown(slug, after, language)
    act = Redaction(
        slug=slug,
        number=len(freeze_acts) + 1,
        date=as_of.isoformat(),
        previous=previous,
        reason=reason,
        approved_by=tuple(approved_by),
        tree=objects.tree(after),
        changes=tuple(
            Change(
                path=path,
                before=state.files[path].sha256,
                after=None if data is None else _held(path, data),
                visible=texts.get(path) if data is not None else None,
            )
            for path, data in sorted(changed.items())
        ),
    )
    folder = f"communities/{slug}"
    held = [_held(path, data) for path, data in sorted(after.items())]
    changes: dict[str, bytes | None] = {f"{folder}/{path}": data for path, data in changed.items()}
    return Plan(changes | _written(act, held))


def erratum(freeze_acts: Sequence[registry.Act], text: str, path: str | None, as_of: date, previous: str) -> Plan:
    """Return the plan of a note beside an archive."""
    act = Erratum(
        slug=freeze_acts[0].slug,
        number=len(freeze_acts) + 1,
        date=as_of.isoformat(),
        previous=previous,
        text=text,
        path=path,
    )
    return Plan({registry.place(act): registry.write(act)})


def loaded(slug: str, files: Mapping[str, bytes]) -> Community | None:
    """Return the community that files make, by path from its folder."""

    def file(path: str, data: bytes) -> File:
        return File(f"communities/{slug}/{path}", "file", len(data), lambda: data)

    return load(file(path, data) for path, data in files.items()).get(slug)


def shown(slug: str, files: Mapping[str, bytes], language: str) -> dict[str, str]:
    """Return the digests of the visible texts of a community, from its bytes."""
    community = loaded(slug, files)
    return visible.of_community(community, language) if community is not None else {}


def _held(path: str, data: bytes) -> FrozenFile:
    return FrozenFile(path=path, bytes=len(data), sha256=registry.digest(data))


def _written(act: Frozen | Redaction, held: Sequence[FrozenFile]) -> dict[str, bytes | None]:
    return {registry.place(act): registry.write(act), registry.sums_place(act): registry.sums(act, held)}
