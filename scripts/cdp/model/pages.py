"""Front matter of the other files of a community: meetings, notes, surveys, reviews."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdp.model.charter import Format, Person
from cdp.model.fields import Count, Day, Flag, Historic, Hour, Identifier, Line, Link, Record


class Author(Person):
    """Who wrote a note; named on the site only from the day of consent."""

    agreed: Day | None = Field(None, description="Date de l'accord pour être nommé·e|Date of consent to be named")


class Meeting(Historic):
    """A meeting: ``meetings/<date>-<words>.md``."""

    facts = frozenset({"attendance"})

    title: Line | None = Field(None, description="Titre|Title")
    date: Day = Field(description="Date|Date")
    start: Hour | None = Field(None, description="Heure de début, HH:MM|Start, HH:MM")
    duration: Count | None = Field(None, description="Durée, en minutes|Duration, in minutes")
    format: Format | None = Field(None, description="En personne, à distance ou hybride|In person, remote or hybrid")
    place: Line | None = Field(None, description="Lieu|Place")
    link: Link | None = Field(None, description="Lien de connexion|Link to join")
    attendance: Count | None = Field(None, description="Nombre de présences, sans les noms|Attendance, a count")


class Note(Record):
    """A note: ``notes/**/*.md``; a sub-folder is a notebook."""

    title: Line | None = Field(None, description="Titre|Title")
    summary: Line | None = Field(None, description="Résumé|Summary")
    date: Day | None = Field(None, description="Date|Date")
    authors: tuple[Author, ...] = Field((), description="Auteurs et autrices|Authors")
    tags: tuple[Line, ...] = Field((), description="Thèmes|Themes")
    license: Line | None = Field(None, description="Licence|License")
    language: Literal["fr", "en"] | None = Field(None, description="Langue|Language")
    draft: Flag = Field(False, description="Brouillon, non publié|Draft, not published")


class Result(Record):
    """Counts of the answers to one question; never an answer."""

    question: Identifier = Field(description="Question : attente, objectif…|Question: expectation, objective…")
    counts: dict[Identifier, Count] = Field(description="Nombre de réponses par choix|Answers per choice")


class Need(Record):
    """What emerged from a survey, and what became of it."""

    id: Identifier = Field(description="Identifiant|Id")
    text: Line = Field(description="Besoin|Need")
    disposition: Literal["objective", "season", "formula", "community", "parked", "declined"] | None = Field(
        None, description="Suite donnée|What became of it"
    )
    target: Line | None = Field(None, description="Objectif, saison ou communauté visée|Target of the disposition")
    reason: Line | None = Field(None, description="Raison|Reason")


class Decision(Record):
    """What was decided after a survey."""

    date: Day = Field(description="Date|Date")
    text: Line = Field(description="Décision|Decision")


class Survey(Record):
    """A survey: ``surveys/<YYYY-MM>.md``. The body is the synthesis."""

    title: Line | None = Field(None, description="Titre|Title")
    opens: Day = Field(description="Ouverture|Opens")
    closes: Day = Field(description="Fermeture, incluse|Closes, included")
    invited: Count | None = Field(None, description="Personnes invitées|People invited")
    answers: Count | None = Field(None, description="Réponses reçues|Answers received")
    results: tuple[Result, ...] = Field((), description="Résultats, en nombres|Results, as counts")
    needs: tuple[Need, ...] = Field((), description="Besoins|Needs")
    decisions: tuple[Decision, ...] = Field((), description="Décisions|Decisions")


class Review(Record):
    """The review of a season (``seasons/<id>.md``) or of a whole life (``review.md``)."""

    title: Line | None = Field(None, description="Titre|Title")
    date: Day | None = Field(None, description="Date|Date")
