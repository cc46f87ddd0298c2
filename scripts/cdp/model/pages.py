"""Front matter of the other files of a community: meetings, notes, surveys, reviews."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdp.model.charter import Format, Person
from cdp.model.fields import (
    AddedCode,
    AddedId,
    Count,
    Day,
    Flag,
    Historic,
    Hour,
    Identifier,
    Line,
    Link,
    NeedId,
    QuestionId,
    Record,
    Tag,
    Title,
)


class Author(Person):
    """Who wrote a note; named on the site only from the day of consent."""

    agreed: Day | None = Field(None, description="Date de l'accord pour être nommé·e|Date of consent to be named")


class Meeting(Historic):
    """A meeting: ``meetings/<date>-<words>.md``."""

    facts = frozenset({"attendance"})

    title: Title | None = Field(None, description="Titre|Title")
    date: Day = Field(description="Date|Date")
    start: Hour | None = Field(None, description="Heure de début, HH:MM|Start, HH:MM")
    duration: Count | None = Field(None, description="Durée, en minutes|Duration, in minutes")
    format: Format | None = Field(None, description="En personne, à distance ou hybride|In person, remote or hybrid")
    place: Title | None = Field(None, description="Lieu|Place")
    link: Link | None = Field(None, description="Lien de connexion|Link to join")
    attendance: Count | None = Field(None, description="Nombre de présences, sans les noms|Attendance, a count")
    former_paths: tuple[Line, ...] = Field((), description="Anciennes adresses|Former addresses")


class Note(Record):
    """A note: ``notes/**/*.md``; a sub-folder is a notebook."""

    title: Title | None = Field(None, description="Titre|Title")
    summary: Line | None = Field(None, description="Résumé|Summary")
    date: Day | None = Field(None, description="Date|Date")
    authors: tuple[Author, ...] = Field((), description="Auteurs et autrices|Authors")
    tags: tuple[Tag, ...] = Field((), description="Thèmes|Themes")
    license: Title | None = Field(None, description="Licence|License")
    language: Literal["fr", "en"] | None = Field(None, description="Langue|Language")
    draft: Flag = Field(False, description="Brouillon, non publié|Draft, not published")
    former_paths: tuple[Line, ...] = Field((), description="Anciennes adresses|Former addresses")


class Result(Record):
    """Counts of the answers to one question; never an answer."""

    question: QuestionId = Field(description="Question : attente, objectif…|Question: expectation, objective…")
    counts: dict[Identifier, Count] = Field(
        default_factory=dict, description="Nombre de réponses par choix|Answers per choice"
    )
    answered: Count | None = Field(
        None, description="Personnes qui ont répondu à cette question|People who answered this question"
    )
    hidden: tuple[Identifier, ...] = Field(
        (), description="Choix dont le nombre montrerait quelqu'un|Choices whose number would point at somebody"
    )
    suppressed: Flag = Field(
        False, description="Vrai si le groupe est trop petit pour publier des nombres|True when the group is too small"
    )


class Comment(Record):
    """A comment that the facilitators chose to publish, reworded where it pointed at somebody."""

    question: QuestionId = Field(description="Question|Question")
    text: Line = Field(description="Commentaire, tel que publié|Comment, as published")


class Need(Record):
    """What emerged from a survey, and what became of it."""

    id: Identifier = Field(description="Identifiant|Id")
    text: Line = Field(description="Besoin|Need")
    disposition: Literal["objective", "season", "formula", "community", "parked", "declined"] | None = Field(
        None, description="Suite donnée|What became of it"
    )
    target: Line | None = Field(None, description="Objectif, saison ou communauté visée|Target of the disposition")
    reason: Line | None = Field(None, description="Raison|Reason")
    tags: tuple[Tag, ...] = Field((), description="Thèmes; sinon ceux de la communauté|Themes; else the community's")
    same_as: tuple[NeedId, ...] = Field(
        (), description="Même besoin dans une autre communauté : communauté/sondage/besoin|Same need elsewhere"
    )


class Decision(Record):
    """What was decided after a survey."""

    date: Day = Field(description="Date|Date")
    text: Line = Field(description="Décision|Decision")


class AddedChoice(Record):
    """A choice of a question that facilitators add."""

    code: AddedCode = Field(description="Code, 5 caractères au plus|Code, at most 5 characters")
    fr: Line = Field(description="Texte en français|French text")
    en: Line | None = Field(None, description="Texte en anglais|English text")


class AddedQuestion(Record):
    """A question that facilitators add to a survey's form."""

    id: AddedId = Field(
        description="Identifiant : minuscules et chiffres, 20 au plus|Id: letters and digits, at most 20"
    )
    kind: Literal["single", "multiple", "scale", "text"] = Field("text", description="Sorte de question|Kind")
    fr: Line = Field(description="Question en français|French question")
    en: Line | None = Field(None, description="Question en anglais|English question")
    choices: tuple[AddedChoice, ...] = Field((), description="Choix|Choices")


class Questionnaire(Record):
    """What facilitators decide of a survey's form; what is left out is generated."""

    expectations: tuple[Identifier, ...] | None = Field(
        None, description="Attentes évaluées; sinon celles qui sont ouvertes|Expectations asked; else the open ones"
    )
    objectives: tuple[Identifier, ...] | None = Field(
        None, description="Objectifs évalués; sinon ceux qui sont ouverts|Objectives asked; else the open ones"
    )
    drop: tuple[Identifier, ...] = Field((), description="Questions à retirer|Questions to leave out")
    add: tuple[AddedQuestion, ...] = Field((), description="Questions à ajouter|Questions to add")
    order: tuple[Identifier, ...] = Field((), description="Questions à placer d'abord|Questions that come first")


class Survey(Record):
    """A survey: ``surveys/<YYYY-MM>.md``. The body is the synthesis.

    What ``cdp survey close`` writes: ``invited``, ``answers``, ``results`` (one entry per question with choices, in the
    order of the form; ``suppressed: true`` and no counts where the group is too small), ``comments`` (kept or reworded by
    a person), ``purge`` (when the raw answers are destroyed). What can be computed from these is never written:
    response rate, turnover (question ``since``), change since the survey before (see ``cdp.survey.trends``).
    """

    title: Title | None = Field(None, description="Titre|Title")
    opens: Day = Field(description="Ouverture|Opens")
    closes: Day = Field(description="Fermeture, incluse|Closes, included")
    form: Questionnaire | None = Field(None, description="Questions du formulaire|Questions of the form")
    invited: Count | None = Field(None, description="Personnes invitées|People invited")
    answers: Count | None = Field(None, description="Réponses reçues|Answers received")
    purge: Day | None = Field(
        None, description="Destruction des réponses brutes au plus tard le|Raw answers destroyed at the latest on"
    )
    results: tuple[Result, ...] = Field((), description="Résultats, en nombres|Results, as counts")
    comments: tuple[Comment, ...] = Field((), description="Commentaires retenus|Comments kept")
    needs: tuple[Need, ...] = Field((), description="Besoins|Needs")
    decisions: tuple[Decision, ...] = Field((), description="Décisions|Decisions")


class Review(Record):
    """The review of a season (``seasons/<id>.md``) or of a whole life (``review.md``)."""

    title: Title | None = Field(None, description="Titre|Title")
    date: Day | None = Field(None, description="Date|Date")
