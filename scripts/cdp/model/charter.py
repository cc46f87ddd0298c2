"""The charter of a community: the front matter of its ``index.md``.

Only a title and a summary are needed for an idea; more is asked as the life advances (rule CDP003). Where each
field comes from and which mistakes of others it prevents: the practice (design, "Data").
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cdp.model.fields import (
    Count,
    Day,
    Flag,
    Historic,
    Identifier,
    Line,
    Link,
    LocalPath,
    NeedId,
    Origin,
    Record,
    Rhythm,
    RuleId,
    Slug,
    Source,
    Tag,
    Title,
)

Format = Literal["in_person", "remote", "hybrid"]
Verdict = Literal["open", "met", "partly", "dropped"]
Outcome = Literal["fulfilled", "transformed", "merged", "handed_over", "early", "dropped"]
Validated = Literal["formula", "objectives", "expectations"]


class Person(Record):
    """Somebody who agreed to be named."""

    name: Title = Field(description="Nom|Name")
    organization: Title | None = Field(None, description="Organisme|Organization")


class NetworkHead(Person, Historic):
    """An ally who knows a region or a sector and brings people in."""

    facts = frozenset({"agreed"})

    network: Title | None = Field(None, description="Réseau représenté|Network represented")
    agreed: Day | None = Field(None, description="Date de l'accord pour être nommé·e|Date of consent to be named")


class UnnamedHeads(Record):
    """Allies who bring people in and do not want to be named: how many, from which network."""

    network: Line | None = Field(None, description="Réseau représenté|Network represented")
    count: Count = Field(1, ge=1, description="Combien, sans leurs noms|How many, without their names")


class Extension(Record):
    """A recorded move of the end date."""

    decided: Day = Field(description="Date de la décision|Date of the decision")
    from_: Day = Field(alias="from", description="Ancienne date de fin|Former end date")
    to: Day = Field(description="Nouvelle date de fin|New end date")
    reason: Line = Field(description="Raison|Reason")
    minutes: LocalPath | None = Field(None, description="Compte rendu|Minutes")


class Alumnus(Person):
    """Somebody who carried the community, once its life is over."""

    role: Literal["facilitator", "network_head"] | None = Field(None, description="Rôle|Role")
    network: Title | None = Field(None, description="Réseau représenté|Network represented")
    agreed: Day | None = Field(None, description="Date de l'accord pour être nommé·e|Date of consent to be named")


class Pause(Record):
    """A break with a date of return."""

    since: Day = Field(description="Premier jour de la pause|First day of the break")
    resume_by: Day = Field(description="Reprise au plus tard le|Resumes at the latest on")
    reason: Line | None = Field(None, description="Raison|Reason")


class Kickoff(Historic):
    """The meeting that validates formula, objectives and expectations."""

    facts = frozenset({"date", "minutes"})

    date: Day | None = Field(None, description="Date de la rencontre de démarrage|Date of the kickoff")
    minutes: LocalPath | None = Field(None, description="Compte rendu|Minutes")
    validated: tuple[Validated, ...] = Field((), description="Ce qui a été validé|What was validated")


class Formula(Record):
    """How the community works."""

    rhythm: Rhythm | None = Field(None, description="Rythme, par exemple « 4 semaines »|Rhythm, such as 4 weeks")
    format: Format | None = Field(None, description="En personne, à distance ou hybride|In person, remote or hybrid")
    place: Title | None = Field(None, description="Lieu|Place")
    topics: tuple[Title, ...] = Field((), description="Sujets|Topics")
    tools: tuple[Tag, ...] = Field((), description="Outils|Tools")
    decided_by: Source | None = Field(
        None, description="Décidée par : kickoff ou sondage|Decided by: kickoff or survey"
    )


class Expectation(Record):
    """What members hope for; asked again at every survey under the same id."""

    id: Identifier = Field(description="Identifiant, gardé d'un sondage à l'autre|Id, kept from survey to survey")
    text: Line = Field(description="Attente|Expectation")
    source: Origin | None = Field(
        None,
        description="D'où elle vient : kickoff, sondage ou communauté/sondage|Source: kickoff, survey or community/survey",
    )
    status: Literal["open", "met", "dropped"] = Field("open", description="État|Status")


class Objective(Record):
    """What the community wants to reach, and how it will know."""

    id: Identifier = Field(description="Identifiant|Id")
    text: Line = Field(description="Objectif|Objective")
    measure: Line | None = Field(None, description="Comment on saura qu'il est atteint|How we will know")
    season: Identifier | None = Field(None, description="Saison|Season")
    outcome: Verdict = Field("open", description="Verdict|Verdict")
    evidence: Line | None = Field(None, description="Preuve : chemin ou texte|Evidence: path or text")
    explanation: Line | None = Field(None, description="Explication|Explanation")


class Season(Historic):
    """A dated part of the life, with its own objectives, review and celebration."""

    facts = frozenset({"end_date", "review", "celebrated"})

    id: Identifier = Field(description="Identifiant|Id")
    title: Title | None = Field(None, description="Titre|Title")
    start_date: Day = Field(description="Premier jour|First day")
    end_date: Day | None = Field(None, description="Dernier jour, inclus|Last day, included")
    review: LocalPath | None = Field(None, description="Bilan de la saison|Review of the season")
    celebrated: Day | None = Field(None, description="Date de la célébration|Date of the celebration")


class Celebration(Record):
    """The celebration of the end of a life."""

    date: Day | None = Field(None, description="Date|Date")
    note: LocalPath | None = Field(None, description="Récit|Story")


class KeptLink(Record):
    """A page of another site that the legacy leads to, and what becomes of it the day it disappears."""

    url: Link = Field(description="Adresse|Address")
    kept: Line | None = Field(None, alias="copy", description="Copie : fichier ou adresse|Copy: file or address")
    perishable: Flag = Field(False, description="Vrai si elle peut disparaître sans dommage|True when it may disappear")


class Closing(Record):
    """The end of a life: why, with which outcome, how it was celebrated."""

    announced: Day = Field(description="Date de l'annonce|Date of the announcement")
    reason: Line | None = Field(None, description="Raison|Reason")
    outcome: Outcome | None = Field(None, description="Issue|Outcome")
    review: LocalPath | None = Field(None, description="Bilan|Review")
    celebration: Celebration | None = Field(None, description="Célébration|Celebration")
    thanks: Line | None = Field(None, description="Remerciements|Thanks")
    links: tuple[KeptLink, ...] = Field((), description="Liens vers d'autres sites|Links to other sites")


class Legacy(Record):
    """What becomes of one file at the end, or of those of a folder that have no choice of their own."""

    path: LocalPath = Field(description="Fichier, ou dossier qui finit par /|File, or folder that ends with /")
    choice: Literal["keep", "summarize", "hand_over", "remove"] = Field(description="Choix|Choice")
    why: Line | None = Field(None, description="Pourquoi|Why")
    license: Title | None = Field(None, description="Licence|License")
    to: Line | None = Field(None, description="Transmis à|Handed over to")


class Waiver(Record):
    """A rule that need not be followed here, for a reason and for a time."""

    rule: RuleId = Field(description="Règle, par exemple CDP403|Rule, such as CDP403")
    reason: Line = Field(description="Raison|Reason")
    until: Day = Field(description="Dernier jour de la dispense|Last day of the waiver")


class Charter(Historic):
    """Front matter of a community's ``index.md``."""

    facts = frozenset({"start_date"})

    title: Title = Field(description="Titre|Title")
    summary: Line | None = Field(None, description="Résumé, 140 caractères au plus|Summary, at most 140 characters")
    purpose: Line | None = Field(None, description="Raison d'être|Purpose")
    scope: Line | None = Field(None, description="Ce qui en fait partie|In scope")
    out_of_scope: Line | None = Field(None, description="Ce qui n'en fait pas partie|Out of scope")
    language: Literal["fr", "en"] = Field("fr", description="Langue des textes|Language of the texts")
    license: Title | None = Field(None, description="Licence des textes|License of the texts")
    contact: Title | None = Field(None, description="Contact qui survivra au groupe|Contact that outlives the group")
    tags: tuple[Tag, ...] = Field((), description="Thèmes|Themes")
    regions: tuple[Tag, ...] = Field((), description="Régions|Regions")
    facilitators: tuple[Person, ...] = Field((), description="Animation|Facilitators")
    network_heads: tuple[NetworkHead, ...] = Field((), description="Têtes de réseaux|Network heads")
    unnamed_heads: tuple[UnnamedHeads, ...] = Field(
        (), description="Têtes de réseaux qui ne veulent pas être nommées|Network heads who do not want to be named"
    )
    alumni: tuple[Alumnus, ...] = Field((), description="Ont porté la communauté|Carried the community")
    start_date: Day | None = Field(None, description="Premier jour|First day")
    end_date: Day | None = Field(None, description="Dernier jour, inclus|Last day, included")
    extensions: tuple[Extension, ...] = Field((), description="Prolongations|Extensions")
    pause: Pause | None = Field(None, description="Pause|Break")
    kickoff: Kickoff | None = Field(None, description="Rencontre de démarrage|Kickoff")
    formula: Formula | None = Field(None, description="Formule|Formula")
    expectations: tuple[Expectation, ...] = Field((), description="Attentes|Expectations")
    objectives: tuple[Objective, ...] = Field((), description="Objectifs|Objectives")
    seasons: tuple[Season, ...] = Field((), description="Saisons|Seasons")
    survey_every_months: Count = Field(4, ge=1, le=12, description="Mois entre deux sondages|Months between surveys")
    closing: Closing | None = Field(None, description="Fermeture|Closing")
    legacy: tuple[Legacy, ...] = Field((), description="Héritage|Legacy")
    succeeds: Slug | None = Field(None, description="Communauté dont celle-ci prend la suite|Predecessor")
    successors: tuple[Slug, ...] = Field((), description="Communautés qui prennent la suite|Successors")
    born_from: NeedId | None = Field(None, description="Besoin d'origine : communauté/sondage/besoin|Need it came from")
    former_paths: tuple[Line, ...] = Field((), description="Anciennes adresses|Former addresses")
    waivers: tuple[Waiver, ...] = Field((), description="Dispenses, avec leur raison|Waivers, with their reason")

    def aims(self) -> list[Objective]:
        """Return the objectives, each once: one that a later season took up again counts where it stands there."""
        last = {objective.text: number for number, objective in enumerate(self.objectives)}
        return [
            objective
            for number, objective in enumerate(self.objectives)
            if last[objective.text] == number or objective.outcome in ("met", "dropped")
        ]

    def heads(self) -> tuple[int, list[str]]:
        """Return how many network heads agreed, named or not, and the networks that they come from."""
        agreed = [head for head in self.network_heads if head.agreed or head.unknown]
        theirs = [*(head.network for head in agreed), *(group.network for group in self.unnamed_heads)]
        networks = [network for network in theirs if network]
        return len(agreed) + sum(group.count for group in self.unnamed_heads), networks
