"""Front matter data to records, with every fault located and said in our own words.

What does not fit is left out, so that one wrong value hides neither its neighbours nor the other faults.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cdp import dates
from cdp.diagnostics import Fault, Place
from cdp.frontmatter import Document, Path
from cdp.text import T, Text

AnyRecord = TypeVar("AnyRecord", bound=BaseModel)

_PASSES = 4


def validate(
    record: type[AnyRecord], document: Document, path: str, defaults: Mapping[str, Any] | None = None
) -> tuple[AnyRecord | None, tuple[Fault, ...], Document]:
    """Return the record that a document's front matter makes, and its faults.

    Args:
        record: the model of this kind of file.
        document: the file, split.
        path: path of the file from the root, for the places of the faults.
        defaults: values for required keys that are missing, so that the rest can still be used.

    Returns:
        The record with what was valid, None when not even that fits; the faults in the order of the file; the
        document, where the items of lists have the numbers that they have in the record.
    """
    data = document.data
    places = document.places
    faults: list[Fault] = []
    for attempt in range(_PASSES):
        try:
            return record.model_validate(data), tuple(faults), replace(document, places=places)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=True)
        if attempt == 0:
            # A value may break several constraints: one fault a place; keys that lack have their parent's place.
            told = [_fault(record, error, document, path) for error in found]
            unique = {(fault.place, str(fault.message) if fault.kind == "missing" else ""): fault for fault in told}
            faults = sorted(unique.values(), key=lambda fault: fault.place)
            data = copy.deepcopy(data)
        for item in sorted(found, key=lambda e: _order(e["loc"]), reverse=True):
            dropped = _drop(data, item["loc"], item["type"], defaults or {})
            if dropped and isinstance(dropped[-1], int):
                places = _renumbered(places, dropped[:-1], dropped[-1])
    return None, tuple(faults), document


def _order(loc: tuple[int | str, ...]) -> tuple[tuple[bool, str, int], ...]:
    return tuple((isinstance(step, int), str(step), step if isinstance(step, int) else 0) for step in loc)


def _drop(data: Any, loc: tuple[int | str, ...], kind: str, defaults: Mapping[str, Any]) -> Path:
    """Take out what a validation error points at and return its path; a required key goes with the item that lacks it."""
    steps = [step for step in loc if step != "[key]"]
    if kind == "missing":
        if len(steps) == 1:
            if steps[0] in defaults:
                data[steps[0]] = defaults[str(steps[0])]
            return ()
        steps.pop()
    parent = data
    try:
        for step in steps[:-1]:
            parent = parent[step]
        del parent[steps[-1]]
    except (KeyError, IndexError, TypeError):
        return ()
    return tuple(steps)


def _renumbered(places: Mapping[Path, tuple[int, int]], path: Path, gone: int) -> dict[Path, tuple[int, int]]:
    """Return the places once the item ``gone`` has left the list at ``path``: those after it move up by one."""
    depth = len(path)
    result: dict[Path, tuple[int, int]] = {}
    for key, place in places.items():
        index = key[depth] if len(key) > depth and key[:depth] == path else None
        if not isinstance(index, int) or index < gone:
            result[key] = place
        elif index > gone:
            result[(*path, index - 1, *key[depth + 1 :])] = place
    return result


def _fault(record: type[BaseModel], error: Any, document: Document, path: str) -> Fault:
    """Return a validation error as a fault that knows which key of the front matter it concerns."""
    return replace(_described(record, error, document, path), key=str(error["loc"][0]) if error["loc"] else "")


def _described(record: type[BaseModel], error: Any, document: Document, path: str) -> Fault:
    kind: str = error["type"]
    loc: Path = tuple(step for step in error["loc"] if step != "[key]")
    key = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    value = error.get("input")
    context = error.get("ctx", {})
    place = Place(path, *document.place(loc[:-1] if kind == "missing" else loc))
    if kind == "extra_forbidden":
        return _unknown_key(record, loc, place)
    if kind == "missing":
        return Fault(
            "missing", place, T("le champ « {key} » manque", key=key), T("Ajoutez une ligne « {key}: … ».", key=key)
        )
    if value is None:
        return Fault(
            "value", place, T("le champ « {key} » est vide", key=key), T("Donnez-lui une valeur, ou effacez la ligne.")
        )
    if kind in ("date_form", "date_day", "date_year", "date_type", "date_from_datetime_parsing"):
        return _date(kind, key, value, place)
    message, fix = _words(kind, key, value, context)
    return Fault("value", place, message, fix)


def _unknown_key(record: type[BaseModel], loc: Path, place: Place) -> Fault:
    key = str(loc[-1])
    return Fault(
        "unknown_key",
        place,
        T("le champ « {key} » est inconnu", key=key),
        _cure(record, tuple(step for step in loc[:-1] if isinstance(step, str)), key),
    )


@lru_cache(maxsize=4096)
def _cure(record: type[BaseModel], loc: tuple[str, ...], key: str) -> Text:
    """Return the cure of an unknown key: the key that was probably meant, or all of them. People repeat their faults."""
    fields = _fields(record, loc)
    names = {word: name for word, name in _MEANT.items() if name in fields}
    names |= {_folded((field.description or "").split("|")[0]): name for name, field in fields.items()}
    names |= {name: name for name in fields}
    near = get_close_matches(_folded(key), names, n=1, cutoff=0.75)
    if near:
        return T("Écrivez « {near} », ou effacez la ligne.", near=names[near[0]])
    return T("Effacez la ligne. Champs connus ici : {known}.", known=", ".join(sorted(fields)))


_MEANT = {
    "animateur": "facilitators",
    "animatrice": "facilitators",
    "abstract": "summary",
    "author": "authors",
    "auteur": "authors",
    "auteure": "authors",
    "autrice": "authors",
    "categories": "tags",
    "category": "tags",
    "created": "date",
    "date_de_debut": "start_date",
    "date_de_fin": "end_date",
    "debut": "start_date",
    "description": "summary",
    "etiquettes": "tags",
    "excerpt": "summary",
    "fin": "end_date",
    "keywords": "tags",
    "lang": "language",
    "mots_cles": "tags",
    "participants": "attendance",
    "published": "date",
    "publishdate": "date",
    "redirect_from": "former_paths",
}
"""Keys that people and other tools (Hugo, Jekyll, Obsidian) write for ours, besides the French names that the fields themselves give."""


def _folded(words: str) -> str:
    """Return what a key or its description says: its words up to a comma or a colon, without accents or case."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(c))
    return "_".join(re.split(r"[,:]", plain)[0].replace("-", " ").replace("_", " ").split())


def known_keys(record: type[BaseModel], loc: Path) -> list[str]:
    """Return the keys known at ``loc`` of a record."""
    return list(_fields(record, loc))


def _fields(record: type[BaseModel], loc: Path) -> dict[str, FieldInfo]:
    """Return the fields of a record at ``loc``, by the key that people write."""
    current: Any = record
    for step in loc:
        if isinstance(step, int):
            continue
        field = next((f for name, f in current.model_fields.items() if (f.alias or name) == step), None)
        current = _model(field.annotation) if field is not None else None
        if current is None:
            return {}
    return {field.alias or name: field for name, field in current.model_fields.items()}


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, tuple):
        return next((model for part in get_args(annotation) if (model := _model(part)) is not None), None)
    return None


_OTHER_DATE = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?|(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[T ].*)?", re.ASCII
)


def _date(kind: str, key: str, value: Any, place: Place) -> Fault:
    if not isinstance(value, str):
        return Fault(
            "date", place, T("« {key} » doit être une date", key=key), T("Écrivez la date ainsi : AAAA-MM-JJ.")
        )
    if kind == "date_year":
        message = T("« {key} » : l'année de {value} est hors de portée", key=key, value=_short(value))
        return Fault("date", place, message, T("Écrivez une année entre 1900 et 2199, ou effacez la ligne."))
    if kind == "date_day":
        message = T("« {key} » : le jour {value} n'existe pas", key=key, value=_short(value))
    else:
        message = T("« {key} » : « {value} » n'est pas une date AAAA-MM-JJ", key=key, value=_short(value))
    guess = _day_meant(value.strip()) if kind == "date_form" else None
    if guess is not None:
        return Fault("date", place, message, T("Vouliez-vous dire {guess}? Écrivez AAAA-MM-JJ.", guess=guess))
    if value.strip().casefold() in _NOTHING:
        return Fault("date", place, message, T("Effacez la ligne : une date que l'on ne sait pas ne s'écrit pas ici."))
    return Fault("date", place, message, T("Écrivez un jour qui existe, sous la forme AAAA-MM-JJ."))


_NOTHING = frozenset({"null", "~", "none", "nil", "n/a", "?", "-", "inconnu", "unknown", "inconnue", "à venir", "tbd"})
"""What people and other tools write for a date that they do not know."""


def _day_meant(value: str) -> str | None:
    """Return the date that a text means, the day before the month where both could be, or None."""
    certain = dates.iso(value)
    match = _OTHER_DATE.fullmatch(value)
    if certain is not None or match is None:
        return certain
    day, month, year, year_first, month_second, day_last = match.groups()
    guess = f"{year or year_first}-{int(month or month_second):02}-{int(day or day_last):02}"
    with suppress(ValueError):
        return dates.parse(guess).isoformat()
    return None


_EXPECTED: dict[str, tuple[Text, Text]] = {
    "slug": (T("un nom de dossier"), T("Lettres minuscules sans accent, chiffres et traits d'union.")),
    "identifier": (T("un identifiant"), T("Au plus 40 lettres sans accent, chiffres, points et traits d'union.")),
    "path": (T("le chemin d'un fichier de la communauté"), T("Écrivez le chemin depuis le dossier de la communauté.")),
    "hour": (T("une heure"), T("Écrivez l'heure ainsi : 18:30.")),
    "rhythm": (T("un rythme"), T("Écrivez par exemple « 4 semaines » ou « 1 mois ».")),
    "link": (T("une adresse Web"), T("Écrivez une adresse qui commence par https://.")),
    "source": (T("une origine"), T("Écrivez « kickoff », ou l'identifiant d'un sondage comme 2026-06.")),
    "need": (T("un besoin"), T("Écrivez communauté/sondage/besoin, par exemple achats-estrie/2026-06/b1.")),
    "question": (T("une question"), T("Écrivez l'identifiant d'une attente, d'un objectif ou d'une question.")),
    "added": (
        T("l'identifiant d'une question"),
        T("De 1 à 20 lettres minuscules sans accent et chiffres, une lettre d'abord."),
    ),
    "added_code": (T("le code d'un choix"), T("De 1 à 5 lettres minuscules sans accent et chiffres.")),
    "rule": (T("une règle"), T("Écrivez son numéro, par exemple CDP403; « cdp rule » en donne la liste.")),
    "number": (T("un nombre entier"), T("Écrivez un nombre en chiffres, au plus 9.")),
    "tuple_type": (T("une liste"), T("Écrivez un élément par ligne, chacun après un tiret.")),
    "dict_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "model_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "model_attributes_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "string_type": (T("un texte"), T("Écrivez un seul texte après le deux-points, entre guillemets au besoin.")),
    "string_too_short": (T("un texte"), T("Écrivez un texte, ou effacez la ligne.")),
    "bool_type": (T("true ou false"), T("Écrivez true (oui) ou false (non).")),
    "bool_parsing": (T("true ou false"), T("Écrivez true (oui) ou false (non).")),
}


def _words(kind: str, key: str, value: Any, context: Mapping[str, Any]) -> tuple[Text, Text]:
    """Return the message and the cure of a value that does not fit."""
    said = T("« {key} » : « {value} » n'est pas permis", key=key, value=_short(value))
    if isinstance(value, (dict, list)):
        said = T("« {key} » doit être une seule valeur", key=key)
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        near = get_close_matches(str(value).lower(), choices.split(", "), n=1, cutoff=0.6)
        if near:
            return said, T("Vouliez-vous dire {near}? Valeurs permises : {choices}.", near=near[0], choices=choices)
        return said, T("Valeurs permises : {choices}.", choices=choices)
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = context.get("ge", context.get("le"))
        if kind == "greater_than_equal":
            return said, T("Le plus petit nombre permis est {limit}.", limit=limit)
        return said, T("Le plus grand nombre permis est {limit}.", limit=limit)
    expected, fix = _EXPECTED.get(kind, (T("une valeur de cette forme"), T("Voyez « cdp schema » pour ce champ.")))
    if isinstance(value, (str, int, bool)):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return T("« {key} » : « {value} » n'est pas {expected}", key=key, value=_short(shown), expected=expected), fix
    return T("« {key} » doit être {expected}", key=key, expected=expected), fix


def _short(value: Any, length: int = 60) -> str:
    text = " ".join(str(value).split()) if "\n" in str(value) else str(value)
    return text if len(text) <= length else text[: length - 1] + "…"
