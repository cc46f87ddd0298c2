"""The chain of the registry's records: each follows one that is there, no earlier than it, and no later than today.

Two records that follow the same one were made apart, in two branches: only one of them can stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from cdp.model.registry import Act, chained, day_of
from cdp.text import T, Text


class Fault(NamedTuple):
    """What is wrong with a record: its path from the root, a sentence, and what to do."""

    path: str
    message: Text
    fix: Text


def faults(
    records: Mapping[str, tuple[Act, str]], kept: Sequence[str] = (), latest: Mapping[str, date] | None = None
) -> Iterator[Fault]:
    """Yield what is wrong with the chain.

    Args:
        records: each record and its SHA-256, by path.
        kept: paths of the records that were there first, in order: of two that follow the same one, the other is wrong.
        latest: last day that a record may be of, by path; any for the others.
    """
    order, outside = chained(records, kept)
    for path in outside:
        act, _ = records[path]
        other = next((taken for taken in order if records[taken][0].previous == act.previous), None)
        message = T("ce registre ne suit pas le dernier : la chaîne est rompue")
        if other is not None:
            message = T("ce registre ne suit pas le dernier : {other} est entré entre-temps", other=other)
        yield Fault(path, message, remedy(path))
    before: date | None = None
    for path in order:
        day = day_of(records[path][0])
        if before is not None and day < before:
            message = T("ce registre est daté d'avant celui qu'il suit ({day})", day=before.isoformat())
            yield Fault(path, message, remedy(path))
        elif day > (latest or {}).get(path, day):
            yield Fault(path, T("ce registre est daté de l'avenir : {day}", day=day.isoformat()), remedy(path))
        before = max(day, before or day)


def last_day(known: date) -> date:
    """Return the last day that a record may be of, from that of its commit, or today: the next one, as zones differ."""
    return known + timedelta(days=1)


def remedy(path: str, commit: str = "", base: str = "") -> Text:
    """Return how to take back a record that cannot stay, and make it again.

    Args:
        path: of the record, or the end of it.
        commit: that added it, when it is known.
        base: what it must follow, when it is known.
    """
    *_, slug, name = path.split("/")
    again = {"redaction": f"cdp archive redact {slug} …", "note": f"cdp archive note {slug} …"}.get(
        name.removesuffix(".json").partition("-")[2], f"cdp archive {slug} --apply"
    )
    if commit:
        return T(
            "Laissez tomber ce registre, et ce qui le suit dans cette branche, puis refaites-le : "
            "git reset --hard {commit}~1, git merge {base}, {again}",
            commit=commit[:10],
            base=base[:10],
            again=again,
        )
    return T(
        "Laissez tomber le commit qui l'ajoute (git reset --hard sur celui d'avant), fusionnez la version de base, puis "
        "refaites-le : {again}",
        again=again,
    )
