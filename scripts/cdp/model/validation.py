"""Front matter data to records, with every fault located and said in our own words.

What does not fit is left out, so that one wrong value hides neither its neighbours nor the other faults.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cdp.diagnostics import Fault, Place
from cdp.frontmatter import Document, Path, written
from cdp.model.remedies import choice, day_meant, fields_at, remedy
from cdp.text import T, Text

AnyRecord = TypeVar("AnyRecord", bound=BaseModel)

_PASSES = 4
UNNAMED = "1970-01-01"
"""Stands for the day of a page that gives none, in its name or in its front matter."""


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
            told = [
                _fault(record, error, document, path, defaults or {}) for error in found if not _absent(record, error)
            ]
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


def _fault(record: type[BaseModel], error: Any, document: Document, path: str, defaults: Mapping[str, Any]) -> Fault:
    """Return a validation error as a fault that knows which key of the front matter it concerns."""
    return replace(
        _described(record, error, document, path, defaults), key=str(error["loc"][0]) if error["loc"] else ""
    )


def _described(
    record: type[BaseModel], error: Any, document: Document, path: str, defaults: Mapping[str, Any]
) -> Fault:
    kind: str = error["type"]
    loc: Path = tuple(step for step in error["loc"] if step != "[key]")
    value = error.get("input")
    place = Place(path, *document.place(loc[:-1] if kind == "missing" else loc))
    key = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    if kind == "extra_forbidden":
        return _unknown_key(record, loc, place)
    if kind == "missing":
        value = defaults.get(key, "…") if loc == ("date",) else "…"
        value = "…" if value == UNNAMED else value
        fix = T("Ajoutez une ligne « {key}: {value} ».", key=key, value=value)
        if not document.body_start:
            fix = T(
                "Commencez le fichier par trois lignes : « --- », « {key}: {value} », « --- ».", key=key, value=value
            )
        return Fault("missing", place, T("le champ « {key} » manque", key=key), fix)
    if "[key]" in error["loc"]:
        expected, fix = _EXPECTED.get(kind, _ANYTHING)
        return Fault("value", place, T("le nom « {key} » n'est pas {expected}", key=key, expected=expected), fix)
    optional = _optional(record, loc)
    if value in (None, [], {}) or (isinstance(value, str) and not value.strip()):
        return Fault("value", place, *_empty(key, loc, optional))
    subject = T("« {key} »", key=key)
    if isinstance(loc[-1], int):
        subject = T("l'élément {n} de « {key} »", n=loc[-1] + 1, key=key)
    if kind.startswith("date_"):
        return _date(kind, subject, value, place, optional)
    message, fix = _words(kind, subject, value, error.get("ctx", {}))
    if optional and isinstance(value, str) and kind not in _OF_TEXT and value.strip().casefold() in _NOTHING:
        fix = _ERASE
    else:
        fix = _remedy(record, loc, kind, value) or (_one_text(document, loc) if kind == "string_type" else fix)
    return Fault("value", place, message, fix)


_OF_TEXT = ("string_type", "string_too_short", "string_too_long", "tuple_type")


def _remedy(record: type[BaseModel], loc: Path, kind: str, value: Any) -> Text | None:
    """Return the line to write, or its shape where only a person knows the rest."""
    if kind == "literal_error" and isinstance(value, str):
        return None
    example = remedy(record, loc, kind, value)
    if example is not None and isinstance(loc[-1], int):
        return T("Écrivez cet élément ainsi : {example}", example=example)
    if example is not None:
        return T("Écrivez ainsi : {example}", example=example)
    fields = fields_at(record, loc) if kind in ("tuple_type", "model_type", "model_attributes_type") else {}
    if not fields:
        return None
    needed = [key for key, field in fields.items() if field.is_required()] or list(fields)[:1]
    main = next((key for key in ("text", "name") if key in needed and isinstance(value, str)), "")
    shape = ", ".join(f"{key}: {written(value) if key == main else '…'}" for key in needed)
    shape = f"[{{{shape}}}]" if kind == "tuple_type" else f"{{{shape}}}"
    return T(
        "Écrivez ainsi, et complétez : {example}",
        example=shape if isinstance(loc[-1], int) else f"{loc[-1]}: {shape}",
    )


def _absent(record: type[BaseModel], error: Any) -> bool:
    """Tell whether a key that may lack was left empty: templates leave many, and an empty key is an absent one."""
    value = error.get("input")
    empty = value is None or (error["type"] == "string_too_short" and not value.strip())
    return empty and error["type"] != "missing" and "[key]" not in error["loc"] and _optional(record, error["loc"])


def _optional(record: type[BaseModel], loc: Path) -> bool:
    """Tell whether the line of a key may be erased."""
    if isinstance(loc[-1], int):
        return False
    field = fields_at(record, loc[:-1]).get(loc[-1])
    return field is None or not field.is_required()


def _empty(key: str, loc: Path, optional: bool) -> tuple[Text, Text]:
    if isinstance(loc[-1], int):
        return (
            T("l'élément {n} de « {key} » est vide", n=loc[-1] + 1, key=key),
            T("Écrivez-le, ou effacez-le avec son tiret ou sa virgule."),
        )
    return (
        T("le champ « {key} » est vide", key=key),
        T("Donnez-lui une valeur, ou effacez la ligne.") if optional else T("Donnez-lui une valeur."),
    )


def _one_text(document: Document, loc: Path) -> Text:
    """Return how to make one text of a list or a block that is written where a text is expected."""
    line, column = document.place(loc)
    row = document.text.split("\n", line)[line - 1][column - 1 :]
    if isinstance(loc[-1], str):
        row = row.partition(":")[2].strip()
    if row.startswith("[") and isinstance(loc[-1], int):
        return T("Retirez les crochets intérieurs : un seul texte par élément.")
    if row.startswith(("[", "{")):
        return T("Mettez-le entre guillemets droits, ou gardez un seul texte, sans crochets ni accolades.")
    if isinstance(loc[-1], int):
        return T("Gardez un seul texte par tiret.")
    return T("Écrivez un seul texte à la suite du deux-points, sur la même ligne.")


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
    fields = fields_at(record, loc)
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
    return list(fields_at(record, loc))


def _date(kind: str, subject: Text, value: Any, place: Place, optional: bool) -> Fault:
    if not isinstance(value, str):
        fix = T("Écrivez la date ainsi : AAAA-MM-JJ.")
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and day_meant(value[0].strip()):
            fix = T("Écrivez la date seule, sans crochets ni tiret : {day}", day=day_meant(value[0].strip()))
        return Fault("date", place, T("{subject} doit être une date", subject=subject), fix)
    if kind == "date_year":
        message = T("{subject} : l'année de {value} est hors de portée", subject=subject, value=_short(value))
        fix = T("Écrivez une année entre 1900 et 2199, ou effacez la ligne.")
        return Fault("date", place, message, fix if optional else T("Écrivez une année entre 1900 et 2199."))
    if kind == "date_day":
        message = T("{subject} : le jour {value} n'existe pas", subject=subject, value=_short(value))
    else:
        message = T("{subject} : « {value} » n'est pas une date AAAA-MM-JJ", subject=subject, value=_short(value))
    said = value.strip()
    guess = day_meant(said)
    if guess is not None:
        return Fault("date", place, message, T("Vouliez-vous dire {guess}? Écrivez AAAA-MM-JJ.", guess=guess))
    if optional and said.casefold() in _NOTHING:
        return Fault("date", place, message, _ERASE)
    if said.isdecimal() and len(said) == 4:
        return Fault("date", place, message, T("Ajoutez le mois et le jour : {said}-MM-JJ.", said=said))
    if _MONTH.fullmatch(said):
        return Fault("date", place, message, T("Ajoutez le jour : {said}-JJ.", said=said))
    return Fault("date", place, message, T("Écrivez un jour qui existe, sous la forme AAAA-MM-JJ."))


_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_ERASE = T("Effacez la ligne : ce que l'on ne sait pas ne s'écrit pas ici.")
_NOTHING = frozenset({"null", "~", "none", "nil", "n/a", "?", "-", "inconnu", "unknown", "inconnue", "à venir", "tbd"})
"""What people and other tools write for what they do not know."""


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
    "number": (T("un nombre entier"), T("Écrivez un nombre entier, en chiffres, sans signe ni unité.")),
    "tuple_type": (T("une liste"), T("Écrivez un élément par ligne, chacun après un tiret.")),
    "dict_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "model_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "model_attributes_type": (T("un bloc de champs"), T("Écrivez un champ par ligne, décalé de deux espaces.")),
    "string_type": (T("un texte"), T("Écrivez un seul texte après le deux-points, entre guillemets au besoin.")),
    "nothing": (T("un texte"), T("Effacez la ligne, ou écrivez le texte.")),
    "string_too_short": (T("un texte"), T("Écrivez un texte, ou effacez la ligne.")),
    "bool_type": (T("true ou false"), T("Écrivez true (oui) ou false (non), en minuscules et sans guillemets.")),
    "bool_parsing": (T("true ou false"), T("Écrivez true (oui) ou false (non), en minuscules et sans guillemets.")),
}


_ANYTHING = (T("une valeur de cette forme"), T("Voyez « cdp schema » pour ce champ."))


def _words(kind: str, subject: Text, value: Any, context: Mapping[str, Any]) -> tuple[Text, Text]:
    """Return the message and the cure of a value that does not fit."""
    shown = _short(str(value).lower() if isinstance(value, bool) else value)
    said = T("{subject} : « {value} » n'est pas permis", subject=subject, value=shown)
    if isinstance(value, (dict, list)):
        said = T("{subject} doit être une seule valeur", subject=subject)
    if kind == "literal_error":
        choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        meant = choice(str(value))
        near = get_close_matches(str(value).lower(), choices.split(", "), n=1, cutoff=0.6)
        if meant in choices.split(", "):
            near = [str(meant)]
        if near:
            return said, T("Vouliez-vous dire {near}? Valeurs permises : {choices}.", near=near[0], choices=choices)
        return said, T("Valeurs permises : {choices}.", choices=choices)
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = context.get("ge", context.get("le"))
        if kind == "greater_than_equal":
            return said, T("Le plus petit nombre permis est {limit}.", limit=limit)
        return said, T("Le plus grand nombre permis est {limit}.", limit=limit)
    if kind == "string_too_long":
        limit = context.get("max_length")
        return (
            T("{subject} dépasse {limit} caractères : il en a {n}", subject=subject, limit=limit, n=len(value)),
            T("Raccourcissez-le; le reste va dans le corps de la page."),
        )
    expected, fix = _EXPECTED.get(kind, _ANYTHING)
    if isinstance(value, (str, int, bool)):
        return T("{subject} : « {value} » n'est pas {expected}", subject=subject, value=shown, expected=expected), fix
    return T("{subject} doit être {expected}", subject=subject, expected=expected), fix


def _short(value: Any, length: int = 60) -> str:
    text = " ".join(str(value).split()) if "\n" in str(value) else str(value)
    return text if len(text) <= length else text[: length - 1] + "…"
