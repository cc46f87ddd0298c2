"""What to write in place of a value that does not fit: a line that was tried on the model before it is advised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cdp import dates
from cdp.frontmatter import Data, Path, written

_WIDTH = 100
"""Longest line that is worth showing: beyond it, people read the rule rather than the example."""


def remedy(record: type[BaseModel], loc: Path, kind: str, value: Data) -> str | None:
    """Return the line, or the item of a list, that was probably meant; None when no guess would be accepted.

    Args:
        record: the model of the whole front matter.
        loc: where the value is.
        kind: what pydantic says against it.
        value: the value.
    """
    steps = tuple("*" if isinstance(step, int) else step for step in loc)
    accepts, model = _accepted(record, steps)
    if accepts is None:
        return None
    for candidate in _candidates(model, kind, value, isinstance(loc[-1], int)):
        try:
            accepts.validate_python(candidate)
        except ValidationError:
            continue
        said = written(candidate) if isinstance(loc[-1], int) else f"{loc[-1]}: {written(candidate)}"
        if len(said) <= _WIDTH:
            return said
    return None


def fields_at(record: type[BaseModel], loc: Path) -> dict[str, FieldInfo]:
    """Return the fields of a record at ``loc``, by the key that people write."""
    current: Any = record
    for step in loc:
        if isinstance(step, int):
            continue
        field = next((f for name, f in current.model_fields.items() if (f.alias or name) == step), None)
        current = model_of(field.annotation) if field is not None else None
        if current is None:
            return {}
    return {field.alias or name: field for name, field in current.model_fields.items()}


def model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the block of fields that an annotation holds, alone, optional or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, tuple):
        return next((model for part in get_args(annotation) if (model := model_of(part)) is not None), None)
    return None


@lru_cache(maxsize=1024)
def _accepted(
    record: type[BaseModel], steps: tuple[str, ...]
) -> tuple[TypeAdapter[Any] | None, type[BaseModel] | None]:
    """Return what accepts a value at a place, and the block of fields that is written there or in its items.

    Args:
        record: the model of the whole front matter.
        steps: the keys that lead there; "*" stands for an item of a list.
    """
    found: Any = record
    for step in steps:
        found = _bare(found)
        if get_origin(found) is tuple and step == "*":
            found = get_args(found)[0]
        elif get_origin(found) is dict:
            found = get_args(found)[1]
        elif isinstance(found, type) and issubclass(found, BaseModel):
            field = next((f for name, f in found.model_fields.items() if (f.alias or name) == step), None)
            if field is None:
                return None, None
            found = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        else:
            return None, None
    return TypeAdapter(found), model_of(_bare(found))


def _bare(annotation: Any) -> Any:
    """Return an annotation without its constraints, and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _candidates(model: type[BaseModel] | None, kind: str, value: Data, item: bool) -> Iterator[Data]:
    """Yield what may have been meant, the likeliest first; an item of a list is never made of several."""
    if kind == "tuple_type":
        yield from _lists(model, value)
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        yield from _blocks(model, value)
    elif kind == "string_type" and not (item and isinstance(value, list) and len(value) > 1):
        yield from _texts(value)
    if isinstance(value, list) and len(value) == 1 and kind != "tuple_type":
        yield from (only for only in value if not isinstance(only, (list, dict)))
    if kind == "number" and isinstance(value, list) and value:
        yield str(len(value))
    if isinstance(value, str):
        yield from _spellings(kind, value.strip())
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        yield from _spellings(kind, value[0].strip())


def _texts(value: Data) -> Iterator[Data]:
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, list) and value and all(isinstance(item, (str, bool)) for item in value):
        yield ", ".join(map(_plain, value))
    elif isinstance(value, dict) and value and not any(isinstance(item, (list, dict)) for item in value.values()):
        yield ", ".join(key if item is None else f"{key}: {_plain(item)}" for key, item in value.items())


def _plain(item: Data) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)


def _lists(model: type[BaseModel] | None, value: Data) -> Iterator[Data]:
    """Yield the lists that a text or a block may stand for."""
    if isinstance(value, bool):
        value = _plain(value)
    if isinstance(value, str):
        parts = re.split(r"(?:^|\s)-\s*(?=\S)" if value.lstrip().startswith("-") else r"[,;\n]", value.strip())
        items = [item for part in parts if (item := part.strip(" \u00a0«»#"))]
        yield [next(_blocks(model, item), item) if model is not None else item for item in items]
    elif isinstance(value, dict) and value:
        yield [value]
        if model is None:
            yield [key if item is None else f"{key}: {_plain(item)}" for key, item in value.items()]
            return
        first, *others = _required(model) or list(fields_at(model, ()))
        if all(isinstance(item, dict) for item in value.values()):
            yield [{first: key, **item} for key, item in value.items() if isinstance(item, dict)]
        elif others:
            yield [{first: key, others[0]: item} for key, item in value.items()]


def _blocks(model: type[BaseModel] | None, value: Data) -> Iterator[Data]:
    """Yield the blocks of fields that one value may stand for: what it needs, else a date or a rhythm."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        yield value[0]
    if model is None or not isinstance(value, str):
        return
    for key in dict.fromkeys((*_required(model), "date", "rhythm")):
        yield {key: value}


def _required(model: type[BaseModel]) -> list[str]:
    return [key for key, field in fields_at(model, ()).items() if field.is_required()]


_AMOUNT = re.compile(
    r"(\d{1,4})\s*(?:mois|months?|min(?:utes?)?\.?|personnes?|people|présen(?:ces?|tes?|ts?)|réponses?)"
)
_HOURS = re.compile(r"(\d{1,2})\s*(?:h|heures?|hours?)\s*(\d{2})?(?:\s*min\.?)?")
_CLOCK = re.compile(r"(\d{1,2})\s*(?:[h:.]|heures?)\s*(\d{2})?(?::\d{2})?\s*([ap])?\.?m?\.?", re.IGNORECASE)
_EVERY = re.compile(
    r"(?:(?:tou(?:s|tes) les|aux|every|each)\s+)?(\d{1,2}|deux|trois|quatre|six|two|three|four)?\s*"
    r"(jours?|semaines?|mois|days?|weeks?|months?)"
)
_NUMBERS = {"deux": 2, "trois": 3, "quatre": 4, "six": 6, "two": 2, "three": 3, "four": 4}
_RHYTHMS = {
    "hebdomadaire": "1 semaine",
    "weekly": "1 week",
    "bimensuel": "2 semaines",
    "mensuel": "1 mois",
    "mensuelle": "1 mois",
    "monthly": "1 month",
    "trimestriel": "3 mois",
    "quarterly": "3 months",
}


def _spellings(kind: str, value: str) -> Iterator[Data]:
    """Yield what a text means where it is written in another way than ours."""
    low = value.lower()
    if kind == "number":
        if match := _HOURS.fullmatch(low):
            yield str(int(match[1]) * 60 + int(match[2] or 0))
        if match := _AMOUNT.fullmatch(low):
            yield match[1]
    elif kind in ("bool_type", "bool_parsing"):
        if low in ("true", "oui", "vrai", "yes", "on", "1"):
            yield True
        elif low in ("false", "non", "faux", "no", "off", "0"):
            yield False
    elif kind == "hour" and (match := _CLOCK.fullmatch(value)):
        hour = int(match[1]) % 12 + 12 * (match[3].lower() == "p") if match[3] else int(match[1])
        yield f"{hour}:{match[2] or '00'}"
    elif kind == "rhythm":
        if low in _RHYTHMS:
            yield _RHYTHMS[low]
        if match := _EVERY.fullmatch(low):
            yield f"{_NUMBERS.get(match[1], match[1] or 1)} {match[2]}"
    elif kind == "link":
        bare = value.strip("<> \u00a0")
        yield bare
        if "." in bare and not re.search(r"[\s@]|^\w+:", bare):
            yield f"https://{bare.lstrip('/')}"
    elif kind == "rule":
        yield value.upper()
        yield f"CDP{value}"
    elif kind in ("slug", "identifier", "added", "added_code"):
        plain = unicodedata.normalize("NFKD", low).encode("ascii", "ignore").decode()
        dashed = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
        yield dashed[:40].rstrip("-") if kind == "identifier" else dashed
        yield dashed.replace("-", "")
    elif kind == "path" and value.lstrip("/").startswith(("meetings/", "notes/", "seasons/", "surveys/", "review.md")):
        yield value.lstrip("/")
    elif kind.startswith("date_"):
        yield day_meant(value)
    elif kind == "literal_error":
        yield choice(value)


_WORDS = {
    "in_person": "en personne, presentiel, en presentiel, sur place, in person, presence, en presence",
    "remote": "a distance, distance, virtuel, virtuelle, en ligne, online, distanciel, zoom, teams, visio, webinaire",
    "hybrid": "hybride, mixte",
    "fr": "francais, french, fr-ca, fr_ca, fr-fr, fr_fr",
    "en": "anglais, english, en-ca, en_ca, en-us, en_us, en-gb",
    "met": "atteint, atteinte, fait, done",
    "partly": "partiellement, en partie, partiel, partial",
    "dropped": "abandonne, abandonnee",
    "open": "ouvert, ouverte, en cours, a venir",
    "keep": "garder, conserver",
    "summarize": "resumer, summarise",
    "hand_over": "transmettre, remettre, ceder",
    "remove": "retirer, effacer, supprimer, delete",
    "fulfilled": "accompli, accomplie, realise, realisee, abouti, aboutie",
    "transformed": "transforme, transformee",
    "merged": "fusionne, fusionnee, fusion",
    "handed_over": "transmis, transmise, relais",
    "facilitator": "animateur, animatrice, animation",
    "network_head": "tete de reseau, tete de reseaux",
    "objective": "objectif",
    "season": "saison",
    "formula": "formule",
    "community": "communaute",
    "parked": "en attente, attente, plus tard",
    "declined": "refuse, refusee, ecarte",
}
_CHOICES = {word: right for right, words in _WORDS.items() for word in words.split(", ")}


def choice(value: str) -> str | None:
    """Return the choice that a word of the language stands for, or None."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", value.casefold()) if not unicodedata.combining(c))
    return _CHOICES.get(" ".join(plain.split()))


_OTHER_DATE = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?|(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[T ].*)?", re.ASCII
)


def day_meant(value: str) -> str | None:
    """Return the date that a text means, the day before the month where both could be, or None."""
    certain = dates.iso(value)
    match = _OTHER_DATE.fullmatch(value)
    if certain is not None or match is None:
        return certain
    day, month, year, year_first, month_second, day_last = match.groups()
    year, month, day = year or year_first, month or month_second, day or day_last
    return dates.iso(f"{year}-{month}-{day}") or dates.iso(f"{year}-{day}-{month}")
