"""What pages show of a community on a day: its stage, its season, its people, its next meeting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cdp.model import life
from cdp.model.charter import Alumnus, NetworkHead, Objective, Person, Season
from cdp.model.community import Community, Page
from cdp.model.pages import Meeting
from cdp.site import words
from cdp.site.staging import Staged
from cdp.text import Text


@dataclass(frozen=True)
class Portrait:
    """What pages show of a community on a day.

    Attributes:
        community, as_of, stage, health: as in the model.
        season: the current one, or None.
        done: part of the life that is over, 0 to 1.
        season_done: part of the current season that is over, 0 to 1.
        next_meeting: the first meeting from today on, or None.
        expected: else the day of the next one by the rhythm, to be confirmed, or None.
        index: source path of its page.
    """

    community: Community
    as_of: date
    stage: life.Stage
    health: life.Health
    season: Season | None
    done: float
    season_done: float
    next_meeting: Page[Meeting] | None
    expected: date | None = None

    @property
    def index(self) -> str:
        """Source path of the community's page."""
        return f"{self.community.folder}/index.md"

    @property
    def meets(self) -> date | None:
        """The day of the next meeting, known or by the rhythm."""
        return self.next_meeting.record.date if self.next_meeting else self.expected

    @property
    def stage_name(self) -> object:
        """Name of the stage, to say."""
        return words.STAGES[self.stage]

    @property
    def verdicts(self) -> Mapping[str, int]:
        """How many objectives have each verdict, one that was carried over counted once."""
        counts = dict.fromkeys(words.VERDICTS, 0)
        for objective in self.community.charter.aims():
            counts[objective.outcome] += 1
        return counts

    @property
    def heads(self) -> list[NetworkHead | Alumnus]:
        """Network heads who agreed to be named by now; those of a life that is over, too."""
        charter = self.community.charter
        heads: list[NetworkHead | Alumnus] = [*charter.network_heads]
        heads += [person for person in charter.alumni if person.role == "network_head"]
        return [head for head in heads if head.agreed is not None and head.agreed <= self.as_of]

    @property
    def facilitators(self) -> list[Person]:
        """Those who facilitate, or did while the community lived."""
        charter = self.community.charter
        return [*charter.facilitators, *(person for person in charter.alumni if person.role == "facilitator")]

    @property
    def still_sought(self) -> int:
        """How many network heads have not agreed to be named yet."""
        heads = self.community.charter.network_heads
        return sum(head.agreed is None or head.agreed > self.as_of for head in heads)

    @property
    def unnamed(self) -> int:
        """How many network heads there are besides, who do not want to be named."""
        return sum(group.count for group in self.community.charter.unnamed_heads)

    def sought(self, heads: int) -> int:
        """How many network heads an idea still lacks, of those that a kickoff needs."""
        return max(0, heads - len(self.heads) - self.unnamed) if self.stage == "idea" else 0

    def objectives(self, season: str | None) -> list[Objective]:
        """Return the objectives of a season; those of no season for None."""
        known = {item.id for item in self.community.charter.seasons}
        return [
            objective
            for objective in self.community.charter.objectives
            if (objective.season if objective.season in known else None) == season
        ]

    def season_state(self, season: Season) -> str:
        """Return "past", "now" or "ahead"; nothing is ahead of a life that is over."""
        if self.stage in ("ended", "archived"):
            return "past"
        if season.end_date is not None and season.end_date < self.as_of:
            return "past"
        return "now" if season.start_date <= self.as_of else "ahead"

    def named(self, season: Season) -> Text:
        """Return the name of a season: its title, else its time of year and its year."""
        return words.season(season, self.community.charter.language)

    def time_of_year(self, season: Season) -> tuple[str, int]:
        """Return a key of ``words.TIMES_OF_YEAR`` and a year."""
        return words.time_of_year(season)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list of communities, to stage when it is wanted.

    Attributes:
        part: of which list it is a page.
        views: the communities on it.
        said: what else it depends on; its ``repr`` is another when that is.
        stage: makes it.
    """

    part: str
    views: Sequence[Portrait]
    said: object
    stage: Callable[[], Staged]


def portrait(community: Community, as_of: date) -> Portrait:
    """Return what pages show of a community on a day."""
    charter = community.charter
    stage = community.stage(as_of)
    season = life.season(community, as_of) if stage not in ("ended", "archived") else None
    ahead = [page for page in community.meetings if page.readable and page.record.date >= as_of]
    ahead.sort(key=lambda page: (page.record.date, page.record.start or ""))
    return Portrait(
        community,
        as_of,
        stage,
        community.health(as_of),
        season,
        life.progress(charter.start_date, life.last_day(community), as_of),
        life.progress(season.start_date, season.end_date, as_of) if season else 0.0,
        ahead[0] if ahead else None,
        life.expected_meeting(community, as_of),
    )
