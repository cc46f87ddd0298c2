"""The registry of archives: records that are only ever added, each holding the hash of the one before.

A record is JSON with sorted keys, one byte sequence for one value: what does not come back the same when it is
written anew is refused. Source: ``research/reliability.md`` (freeze design); the ``.sha256`` beside a freeze is
what coreutils' ``sha256sum --check`` reads.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core import to_json

from cdp import dates
from cdp.model.charter import Outcome
from cdp.text import T

HOME = "communities/.archives"
"""Folder of the registry, from the root."""
FORMAT = 1
"""Version of the records' format."""
MAX_RECORD = 8 * 1024 * 1024
"""Largest record, in bytes."""

CONVERTED = T("les fins de ligne de ce fichier ne sont plus celles de l'archive : Git les convertit sur cet ordinateur")
UNCONVERTED = T(
    "Dans .gitattributes, à côté de mkdocs.yml, ajoutez la ligne « /communities/** -text », validez-la, puis clonez la base de "
    "nouveau."
)
"""What to do where Git for Windows gives other line ends than those that were frozen."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reason = Literal["personal_information", "rights", "court"]
REASONS: tuple[Reason, ...] = get_args(Reason)
"""Why a frozen page may change: personal information (P-39.1), rights of others, an order of a court."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FrozenFile(_Strict):
    """A file of an archive: path from the community's folder, length, SHA-256 of its raw bytes."""

    path: Annotated[str, StringConstraints(min_length=1)]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256

    @field_validator("path")
    @classmethod
    def _plain(cls, value: str) -> str:
        parts = value.split("/")
        if "\\" in value or any(part in ("", ".", "..") for part in parts) or not value.isprintable():
            raise ValueError("not a plain path")
        return value


class Tree(_Strict):
    """Git's own name of the folder, in both of its hashes: ``sha1`` and, for repositories of that format, ``sha256``."""

    sha1: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    sha256: Sha256


class _Act(_Strict):
    format: Literal[1] = 1
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
    number: Annotated[int, Field(ge=1, le=9999)]
    date: str
    previous: Sha256 | None

    @field_validator("date")
    @classmethod
    def _day(cls, value: str) -> str:
        dates.parse(value)
        return value


class Frozen(_Act):
    """The freeze: what the archive holds, and why it ended."""

    kind: Literal["freeze"] = "freeze"
    reason: str
    outcome: Outcome
    language: Literal["fr", "en"]
    tree: Tree
    files: tuple[FrozenFile, ...]
    visible: dict[str, Sha256]

    @model_validator(mode="after")
    def _ordered(self) -> Frozen:
        paths = [file.path for file in self.files]
        if not paths or paths != sorted(set(paths)) or not set(self.visible) <= set(paths):
            raise ValueError("files are not each once and in order")
        return self


class Change(_Strict):
    """What a redaction changes: a path, what it held, what it holds now (nothing when it is gone)."""

    path: Annotated[str, StringConstraints(min_length=1)]
    before: Sha256
    after: FrozenFile | None
    visible: Sha256 | None


def person(name: str) -> str:
    """Return what tells a person from another in a name, however it is typed."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)).split()
    )


class Redaction(_Act):
    """The one lawful change of an archive."""

    kind: Literal["redaction"] = "redaction"
    reason: Reason
    approved_by: tuple[str, ...]
    tree: Tree
    changes: tuple[Change, ...]

    @model_validator(mode="after")
    def _whole(self) -> Redaction:
        names = {person(name) for name in self.approved_by}
        paths = [change.path for change in self.changes]
        if len(names - {""}) < 2 or not all(name.isprintable() and len(name) <= 200 for name in self.approved_by):
            raise ValueError("two people approve")
        if not paths or paths != sorted(set(paths)):
            raise ValueError("changes are not each once and in order")
        if any(change.after is not None and change.after.path != change.path for change in self.changes):
            raise ValueError("a redaction renames nothing")
        return self


class Erratum(_Act):
    """A note added beside an archive, never inside."""

    kind: Literal["note"] = "note"
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    path: str | None

    @field_validator("text")
    @classmethod
    def _shown(cls, value: str) -> str:
        if not all(character.isprintable() or character == "\n" for character in value):
            raise ValueError("not a text that can be shown")
        return value


Act = Frozen | Redaction | Erratum
_KINDS: Mapping[str, type[Frozen | Redaction | Erratum]] = {"freeze": Frozen, "redaction": Redaction, "note": Erratum}
_NAME = re.compile(r"(\d{4})-(freeze|redaction|note)\.json")


class BadRecord(ValueError):  # noqa: N818 - named after the record, as the messages do
    """A record that cannot be believed.

    Attributes:
        why: "unreadable", "format", "form" (right values, other bytes) or "place" (not where it says it is).
    """

    def __init__(self, why: Literal["unreadable", "format", "form", "place"]) -> None:
        super().__init__(why)
        self.why = why


def write(act: Act) -> bytes:
    """Return the one way to write a record: sorted keys, line feeds, UTF-8."""
    return to_json(_sorted(act.model_dump(mode="json")), indent=1) + b"\n"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def read(data: bytes, path: str) -> Act:
    """Return the record in some bytes.

    Args:
        data: of the file.
        path: where it is, from the root: it must be where its slug, number and kind say.

    Raises:
        BadRecord: it is not a record, or not one that cdp wrote there.
    """
    if len(data) > MAX_RECORD:
        raise BadRecord("unreadable")
    try:
        value: Any = json.loads(data.decode("utf-8"))
        kind = value["kind"]
        version = value["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadRecord("unreadable") from None
    if version != FORMAT or not isinstance(kind, str) or kind not in _KINDS:
        raise BadRecord("format")
    try:
        act = _KINDS[kind].model_validate_json(data)
    except (ValidationError, RecursionError):
        raise BadRecord("unreadable") from None
    if write(act) != data:
        raise BadRecord("form")
    if path != place(act):
        raise BadRecord("place")
    return act


def place(act: Act) -> str:
    """Return the path of a record, from the root."""
    return f"{HOME}/{act.slug}/{act.number:04d}-{act.kind}.json"


def is_record(path: str) -> bool:
    """Tell whether a path is where a record would be."""
    parts = path.removeprefix(f"{HOME}/").split("/")
    return path.startswith(f"{HOME}/") and len(parts) == 2 and _NAME.fullmatch(parts[1]) is not None


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def sums(act: Frozen | Redaction, files: Sequence[FrozenFile]) -> bytes:
    """Return the checksums of an archive as coreutils reads them, from the root: ``sha256sum -c …``."""
    return "".join(f"{file.sha256}  communities/{act.slug}/{file.path}\n" for file in files).encode()


def sums_place(act: Frozen | Redaction) -> str:
    """Return the path of the checksums that go with a record."""
    return place(act).removesuffix(".json") + ".sha256"


@dataclass(frozen=True, slots=True)
class State:
    """What an archive holds after its acts.

    Attributes:
        files: by path from the community's folder.
        visible: digest of the visible text of each published page, by path.
        tree: Git's name of the folder.
        redacted: the acts that changed it, in order.
        errata: the notes beside it, in order.
    """

    files: Mapping[str, FrozenFile]
    visible: Mapping[str, str]
    tree: Tree
    redacted: tuple[Redaction, ...] = ()
    errata: tuple[Erratum, ...] = ()


def state(acts: Iterable[Act]) -> State | None:
    """Return what an archive holds after its acts; None when they do not follow one another."""
    found: State | None = None
    last = ""
    for number, act in enumerate(acts, 1):
        if act.number != number or isinstance(act, Frozen) != (number == 1) or act.date < last:
            return None
        last = act.date
        if isinstance(act, Frozen):
            found = State({file.path: file for file in act.files}, dict(act.visible), act.tree)
        elif found is not None and isinstance(act, Erratum):
            if act.path is not None and act.path not in found.files:
                return None
            found = replace(found, errata=(*found.errata, act))
        elif found is not None and isinstance(act, Redaction):
            files, visible = dict(found.files), dict(found.visible)
            for change in act.changes:
                if change.path not in files or files[change.path].sha256 != change.before:
                    return None
                del files[change.path]
                visible.pop(change.path, None)
                if change.after is not None:
                    files[change.path] = change.after
                if change.visible is not None:
                    visible[change.path] = change.visible
            found = State(files, visible, act.tree, (*found.redacted, act), found.errata)
    return found


def chained(
    records: Mapping[str, tuple[Act, str]], kept: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the records in the order of the chain, and those that are not in it.

    Args:
        records: each record and its SHA-256, by path.
        kept: paths of those that were there first, in order: where two follow the same record, they go before others.
    """
    rank = {path: place for place, path in enumerate(kept)}
    after: dict[str | None, list[str]] = {}
    for path, (act, _) in sorted(records.items(), key=lambda item: (rank.get(item[0], len(rank)), item[0])):
        after.setdefault(act.previous, []).append(path)
    order: list[str] = []
    here: str | None = None
    while here in after:
        path = after[here][0]
        order.append(path)
        here = records[path][1]
    return tuple(order), tuple(sorted(set(records) - set(order)))


def day_of(act: Act) -> date:
    """Return the date of a record."""
    return dates.parse(act.date)
