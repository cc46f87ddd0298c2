"""Where communities stand, as a table for a terminal of any width: life, season, health."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date

from cdp.model import life
from cdp.model.community import Community
from cdp.report import Style, plain, shown
from cdp.site import words
from cdp.text import T, Text, translate

NARROW = 72
"""Under so many columns a community takes several lines."""
_WIDE = 104
"""From so many columns on, the season has its own column."""
_QUIET: frozenset[life.Stage] = frozenset({"idea", "archived", "dropped"})


def columns(said: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide characters, none for those that combine."""
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in said
    )


def fit(said: str, width: int) -> str:
    """Return a text on exactly so many columns: cut with an ellipsis, or followed by spaces."""
    if columns(said) > width:
        kept = ""
        for character in said:
            if columns(kept + character) > width - 1:
                break
            kept += character
        said = kept + "…"
    return said + " " * (width - columns(said))


def bar(done: float, cells: int = 10) -> str:
    """Return a progress bar with its percentage."""
    full = round(done * cells)
    return f"{'█' * full}{'░' * (cells - full)} {round(done * 100):>3}%"


_BAR = columns(bar(0))


def table(communities: Sequence[Community], as_of: date, lang: str, width: int, style: Style = plain) -> str:
    """Return a line a community, under a heading; several lines each when the terminal is narrow.

    Args:
        communities: to show.
        as_of: today.
        lang: language of the screens.
        width: columns of the terminal.
        style: colours; a word of health is styled by its key.
    """

    def say(text: Text) -> str:
        return translate(text, lang)

    rows = [_row(community, as_of, say) for community in communities]
    stages = max([columns(row[1]) for row in rows] + [columns(say(T("Étape")))], default=0)
    healths = max(columns(say(text)) for text in words.HEALTH.values())
    seasons = _BAR + 15 if width >= _WIDE else 0
    titles = max(16, min(48, width - stages - healths - _BAR - 6 - (seasons + 2 if seasons else 0)))
    lines: list[str] = []
    if width < NARROW:
        for title, stage, done, season, health in rows:
            lines.append(style(fit(title, min(columns(title), max(8, width))), "title"))
            said = stage + (" · " + say(words.HEALTH[health]) if health else "")
            lines.append("  " + style(fit(said, min(columns(said), max(8, width - 2))), health or "quiet"))
            lines += [f"  {bar(done, 10 if width >= 24 else 4)}"] if done is not None else []
            lines += (
                [
                    f"  {bar(season[1], 10 if width >= 24 else 4)} {fit(season[0], max(1, min(columns(season[0]), width - 20)))}"
                ]
                if season and width >= 36
                else []
            )
        return "".join(f"{line.rstrip()}\n" for line in lines)
    heads = [fit(say(T("Communauté")), titles), fit(say(T("Étape")), stages), fit(say(T("Vie")), _BAR)]
    heads += [fit(say(T("Saison")), seasons)] if seasons else []
    lines.append(style("  ".join([*heads, say(T("Santé"))]).rstrip(), "quiet"))
    for title, stage, done, season, health in rows:
        cells = [fit(title, titles), fit(stage, stages), fit(bar(done) if done is not None else "", _BAR)]
        if seasons:
            cells.append(f"{bar(season[1])} {fit(season[0], 14)}" if season else " " * seasons)
        lines.append("  ".join([*cells, style(say(words.HEALTH[health]), health) if health else ""]).rstrip())
    return "".join(f"{line}\n" for line in lines)


Row = tuple[str, str, float | None, tuple[str, float] | None, life.Health | None]
"""Title, stage, part of the life that is over, season and its part, health; None where it says nothing."""


def _row(community: Community, as_of: date, say: Callable[[Text], str]) -> Row:
    stage = community.stage(as_of)
    if not community.readable:
        return shown(community.title), say(words.UNREADABLE), None, None, None
    running = stage in life.RUNNING
    last = life.last_day(community)
    season = life.season(community, as_of) if running else None
    return (
        shown(community.title),
        say(words.STAGES[stage]),
        life.progress(community.charter.start_date, last, as_of) if running and last is not None else None,
        (shown(season.title or season.id), life.progress(season.start_date, season.end_date, as_of))
        if season
        else None,
        community.health(as_of) if stage not in _QUIET else None,
    )
