"""Types of the values in front matter: text is read into dates, numbers and choices, strictly."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cdp import dates


class Record(BaseModel):
    """A block of front matter: frozen, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    @property
    def unknown(self) -> frozenset[str]:
        """The facts of which the page says that nobody knows them any more."""
        return frozenset()


UNKNOWN = ("inconnu", "unknown")
"""What is written for a fact that nobody knows any more, so that nobody has to invent it."""


class Historic(Record):
    """A block of which some facts may be unknown, in a community that is older than its notes."""

    facts: ClassVar[frozenset[str]] = frozenset()
    """The keys that accept UNKNOWN: their value is then None, and :attr:`unknown` names them."""
    _unknown: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def unknown(self) -> frozenset[str]:
        """The facts of which the page says that nobody knows them any more."""
        return self._unknown

    @model_validator(mode="wrap")
    @classmethod
    def _set_apart(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict):
            return handler(data)
        unknown = frozenset(key for key in cls.facts if isinstance(data.get(key), str) and data[key] in UNKNOWN)
        record = handler({key: value for key, value in data.items() if key not in unknown} if unknown else data)
        if unknown:
            record._unknown = unknown
        return record


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        day = dates.parse(value)
    except ValueError as error:
        raise PydanticCustomError(f"date_{error}", "not a date", {"value": value}) from None
    return day


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("number", "not a number", {"value": str(value)})


def _pattern(kind: str, pattern: str, **limits: Any) -> AfterValidator:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise PydanticCustomError(kind, "not in the expected form", {"value": value, **limits})
        return value

    return AfterValidator(check)


def _inside(value: str) -> str:
    parts = value.split("#")[0].split("/")
    if value.startswith("/") or "\\" in value or ".." in parts or ":" in parts[0]:
        raise PydanticCustomError("path", "leaves the folder", {"value": value})
    return value.split("#")[0]


Day = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
"""A civil date, ``YYYY-MM-DD``."""

Flag = Annotated[bool, Strict()]
"""``true`` or ``false``: « yes », « oui » and 1 are neither."""


def _said(value: str) -> str:
    if value in ("null", "~"):
        raise PydanticCustomError("nothing", "what other tools write for no text", {"value": value})
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), AfterValidator(_said)]
"""A text that is not empty."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_said)]
"""A name: it must hold in a list, a tab and a feed."""

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_said)]
"""A word or two: it has a page of its own, named after it."""

Count = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer", "minimum": 0})]
"""A whole number from 0."""

Slug = Annotated[str, _pattern("slug", r"[a-z0-9]+(?:-[a-z0-9]+)*")]
"""Name of a community's folder."""

Identifier = Annotated[str, _pattern("identifier", r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")]
"""Id of an objective, an expectation, a season, a need."""

LocalPath = Annotated[Line, AfterValidator(_inside)]
"""Path of a file, from the community's folder; it never leaves it."""

Hour = Annotated[str, _pattern("hour", r"(?:[01]?\d|2[0-3]):[0-5]\d")]
"""Time of day, ``HH:MM``, in the site's time zone."""

Rhythm = Annotated[
    str, _pattern("rhythm", r"[1-9]\d? (?:jours?|semaines?|mois|days?|weeks?|months?)|FREQ=[A-Z0-9=;,+-]+")
]
"""How often people meet: « 4 semaines », « 1 mois », or an RFC 5545 rule."""

Link = Annotated[str, _pattern("link", r"https?://[^\s<>\"']+")]
"""A web address."""

SurveyId = Annotated[str, _pattern("survey", r"\d{4}-\d{2}")]
"""Id of a survey: the month in which it opens."""

Source = Annotated[str, _pattern("source", r"kickoff|\d{4}-\d{2}")]
"""Where a decision or an expectation comes from: the kickoff or a survey."""

Origin = Annotated[str, _pattern("source", r"(?:[a-z0-9]+(?:-[a-z0-9]+)*/)?(?:kickoff|\d{4}-\d{2})")]
"""Where an expectation comes from: the kickoff or a survey, of this community or (``community/survey``) of a former one."""

NeedId = Annotated[str, _pattern("need", r"[a-z0-9-]+/\d{4}-\d{2}/[A-Za-z0-9._-]+")]
"""A need of some community: ``community/survey/need``."""

QuestionId = Annotated[str, _pattern("question", r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")]
"""Id of a survey's question: an expectation, an objective, a standard question, or one that was added."""

AddedId = Annotated[str, _pattern("added", r"[a-z][a-z0-9]{0,19}")]
"""Id of a question that facilitators add: what every survey tool accepts."""

AddedCode = Annotated[str, _pattern("added_code", r"[a-z0-9]{1,5}")]
"""Code of a choice that facilitators add: LimeSurvey drops longer ones without a word."""

RuleId = Annotated[str, _pattern("rule", r"CDP\d{3}")]
"""Id of a rule."""
