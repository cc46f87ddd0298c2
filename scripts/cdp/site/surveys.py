"""What readers see of surveys: results, how they move, needs and what became of them, and the form while it is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from cdp.links import address as url
from cdp.model.community import Community, Page, Repository
from cdp.model.pages import Need, Survey
from cdp.settings import Settings
from cdp.site import charts, words
from cdp.survey import page as form_page
from cdp.survey.questions import FormError, Wording, Words
from cdp.survey.questions import form as make
from cdp.survey.trends import Trend, dated, rate, spread, trends, turnover
from cdp.text import N, T, Text, translate

STATES: dict[str, tuple[Text, tuple[str | None, ...]]] = {
    "open": (T("Sans suite encore"), (None,)),
    "adopted": (T("Retenus"), ("objective", "season", "formula", "community")),
    "parked": (T("En attente"), ("parked",)),
    "declined": (T("Non retenus"), ("declined",)),
}
"""Groups of needs on the page of needs, by what became of them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, the words around it, and the table that says the same.

    Attributes:
        trend: what it shows.
        chart: the SVG.
        change: how it moved since the survey before, in words, or "".
    """

    trend: Trend
    chart: Markup
    change: str

    @property
    def hidden(self) -> int:
        """How many answers its chart does not show by choice."""
        return sum(moment.hidden for moment in self.trend.moments)


@dataclass(frozen=True, slots=True)
class Echo:
    """A need as the site shows it, with where it comes from and where it leads.

    Attributes:
        community, page, need: it.
        target: title of what it became, or "".
        path: source path of what it became, or "".
        shared: the same need elsewhere.
        children: communities that say they were born from it, with their source paths.
    """

    community: Community
    page: Page[Survey]
    need: Need
    target: Text | str
    path: str
    shared: tuple[Echo, ...] = ()
    children: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """``community/survey/need``."""
        return f"{self.community.slug}/{self.page.stem}/{self.need.id}"

    @property
    def anchor(self) -> str:
        """Its anchor on the page of needs."""
        return self.id.replace("/", "-")

    @property
    def source(self) -> str:
        """Source path of its survey's page."""
        return f"{self.community.folder}/{self.page.path}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Its themes, else its community's."""
        return self.need.tags or self.community.charter.tags


def figures(found: Sequence[Trend], kind: str, lang: str, scale: tuple[float, float]) -> list[Figure]:
    """Return the charts of expectations or objectives.

    Args:
        found: what to show.
        kind: "expectations" or "objectives"; a part of the charts' names.
        lang: the reader's language.
        scale: shared by the charts of the page.
    """
    result = []
    for number, trend in enumerate(found):
        bars = [charts.Bar(month(moment.page, lang), moment.counts, moment.hidden) for moment in trend.moments]
        said = "; ".join(sentence(bar.label, bar.counts, lang, bar.hidden) for bar in bars)
        chart = charts.diverging(
            bars,
            name=f"cdp-{kind}-{number}",
            title=trend.text,
            description=said,
            scale=scale,
            none=translate(T("groupe trop petit"), lang),
        )
        result.append(Figure(trend, chart, _change(trend, lang)))
    return result


def month(page: Page[Survey], lang: str) -> str:
    """Return when a survey was held, short: « juin 2026 »."""
    return words.day(page.record.opens, lang, "month")


def sentence(label: str, counts: Mapping[str, int], lang: str, hidden: int = 0) -> str:
    """Return what a bar shows, in words."""
    if not counts:
        return f"{label} – {translate(T('groupe trop petit'), lang)}"
    told = ", ".join(f"{translate(words.ANSWERS[code], lang).lower()} {count}" for code, count in counts.items())
    if hidden:
        told += f", {translate(T('caché'), lang)} {hidden}"
    return f"{label} – {told}"


def _change(trend: Trend, lang: str) -> str:
    change = trend.change
    if change is None:
        return ""
    if change == 0:
        return translate(T("Comme au sondage d'avant"), lang)
    if change > 0:
        return translate(
            N("{n} point de plus qu'au sondage d'avant", "{n} points de plus qu'au sondage d'avant", change), lang
        )
    return translate(
        N("{n} point de moins qu'au sondage d'avant", "{n} points de moins qu'au sondage d'avant", -change), lang
    )


def survey_values(community: Community, page: Page[Survey], wording: Wording, lang: str, as_of: date) -> dict[str, Any]:
    """Return what the page of a survey shows besides its front matter."""
    hopes, aims = trends(community, page)
    scale = spread([*hopes, *aims])
    subjects = {trend.id for trend in (*hopes, *aims)}
    others = [result for result in page.record.results if result.question not in subjects and result.counts]
    hidden = sum(result.suppressed for result in page.record.results)
    opening = page.record.opens <= as_of <= page.record.closes
    return {
        "hopes": figures(hopes, "hope", lang, scale),
        "aims": figures(aims, "aim", lang, scale),
        "others": [
            (
                _label(result.question, community, wording, lang),
                [(_choice(result.question, code, wording, lang), count) for code, count in result.counts.items()],
                [_choice(result.question, code, wording, lang) for code in result.hidden],
            )
            for result in others
        ],
        "comments": _comments(page, community, wording, lang),
        "hidden": hidden,
        "rate": rate(page.record),
        "turnover": turnover(page.record),
        "form": form_path(community, page) if opening else "",
        "state": "open" if opening else "ahead" if as_of < page.record.opens else "closed",
        "month": lambda other: month(other, lang),
    }


def _comments(page: Page[Survey], community: Community, wording: Wording, lang: str) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for comment in page.record.comments:
        found.setdefault(_label(comment.question, community, wording, lang), []).append(comment.text)
    return list(found.items())


def _label(question: str, community: Community, wording: Wording, lang: str) -> str:
    """Return the words of a question: of an expectation, an objective, a standard question, or one that was added."""
    subject = question.removesuffix(".importance")
    texts = {item.id: item.text for item in community.charter.objectives}
    texts |= {item.id: item.text for item in community.charter.expectations}
    if subject in texts:
        return texts[subject] if question == subject else translate(T("Importance : {text}", text=texts[subject]), lang)
    added = {q.id: Words(q.fr, q.en or q.fr) for p in community.surveys if p.record.form for q in p.record.form.add}
    labels = [key for key in wording.labels if key == question or key.endswith(f".{question}")]
    found = added.get(question) or (wording[sorted(labels)[0]] if labels else None)
    return found.say(lang) if found else question


def _choice(question: str, code: str, wording: Wording, lang: str) -> str:
    name = "importance" if question.endswith(".importance") else question
    found = wording.labels.get(f"{name}.choices.{code}")
    if found:
        return found.say(lang)
    return translate(words.ANSWERS[code], lang) if code in words.ANSWERS else code


def trend_values(community: Community, lang: str) -> dict[str, Any]:
    """Return what the trend page of a community shows."""
    hopes, aims = trends(community)
    scale = spread([*hopes, *aims])
    return {
        "surveys": [(page, rate(page.record), turnover(page.record)) for page in dated(community)],
        "hopes": figures(hopes, "hope", lang, scale),
        "aims": figures(aims, "aim", lang, scale),
        "month": lambda page: month(page, lang),
    }


def form_path(community: Community, page: Page[Survey]) -> str:
    """Return where the form of a survey is published, from the site's root."""
    return f"{url(f'{community.folder}/{page.path}')}form/"


def forms(
    repository: Repository, as_of: date, settings: Settings, theme: Mapping[str, str], wording: Wording, lang: str
) -> Iterator[tuple[str, bytes]]:
    """Yield the pages of the forms that are open, in both languages: path and HTML.

    A form that cannot be made is told by the rules and by ``cdp survey form``; the rest of the site is published.
    """
    other = "en" if lang == "fr" else "fr"
    for community in repository.communities:
        for page in community.surveys:
            if not page.readable or not page.record.opens <= as_of <= page.record.closes:
                continue
            try:
                made = make(community, page, wording)
            except FormError:
                continue
            folder = form_path(community, page)
            for path, spoken, way in ((folder, lang, f"{other}/"), (f"{folder}{other}/", other, "../")):
                html = form_page.page(made, theme, spoken, receiver=settings.survey_receiver, other=way)
                yield f"{path}index.html", html.encode()


def echoes(repository: Repository) -> list[Echo]:
    """Return every need, the most recent first, those that communities share together under the first."""
    born: dict[str, list[tuple[str, str]]] = {}
    for community in repository.communities:
        if community.charter.born_from:
            born.setdefault(community.charter.born_from, []).append((community.title, f"{community.folder}/index.md"))
    every = [
        _echo(repository, community, page, need, tuple(born.get(f"{community.slug}/{page.stem}/{need.id}", ())))
        for community in repository.communities
        for page in dated(community)
        for need in page.record.needs
    ]
    every.sort(key=lambda echo: echo.id)
    every.sort(key=lambda echo: echo.page.record.opens, reverse=True)
    groups: dict[str, list[Echo]] = {echo.id: [echo] for echo in every}
    for echo in every:
        for other in echo.need.same_as:
            if other in groups and groups[other] is not groups[echo.id]:
                joined = groups[echo.id] + groups[other]
                for member in joined:
                    groups[member.id] = joined
    result, seen = [], set()
    for echo in every:
        if echo.id not in seen:
            group = [member for member in every if member in groups[echo.id]] if len(groups[echo.id]) > 1 else [echo]
            seen |= {member.id for member in group}
            rest = tuple(member for member in group if member is not echo)
            result.append(Echo(echo.community, echo.page, echo.need, echo.target, echo.path, rest, echo.children))
    return result


def _echo(
    repository: Repository, community: Community, page: Page[Survey], need: Need, children: tuple[tuple[str, str], ...]
) -> Echo:
    target: Text | str = ""
    path = ""
    if need.disposition == "objective":
        for item in community.charter.objectives:
            if item.id == need.target:
                seasons = {season.id for season in community.charter.seasons}
                home = f"seasons/{item.season}.md" if item.season in seasons else "index.md"
                target, path = item.text, f"{community.folder}/{home}"
    elif need.disposition == "season":
        for season in community.charter.seasons:
            if season.id == need.target:
                target, path = (
                    words.season(season, community.charter.language),
                    f"{community.folder}/seasons/{season.id}.md",
                )
    elif need.disposition == "formula":
        target, path = community.title, f"{community.folder}/index.md"
    elif need.disposition == "community":
        other = repository.get(need.target or "")
        if other is not None:
            target, path = other.title, f"{other.folder}/index.md"
            children = tuple(child for child in children if child[1] != path)
    return Echo(community, page, need, target, path, (), children)


def community_needs(
    repository: Repository, community: Community, born: Mapping[str, Sequence[str]] | None = None
) -> list[Echo]:
    """Return the needs of a community, the most recent survey first.

    Args:
        repository: where what they became is looked up.
        community: whose needs.
        born: for each need, the slugs of the communities that say they were born from it.
    """
    born = born or {}

    def children(page: Page[Survey], need: Need) -> tuple[tuple[str, str], ...]:
        slugs = born.get(f"{community.slug}/{page.stem}/{need.id}", ())
        found = [other for slug in slugs if (other := repository.get(slug)) is not None]
        return tuple((other.title, f"{other.folder}/index.md") for other in found)

    return [
        _echo(repository, community, page, need, children(page, need))
        for page in reversed(dated(community))
        for need in page.record.needs
    ]


def origins(found: Sequence[Echo]) -> dict[str, list[Echo]]:
    """Return needs by what they became in their own community: ``objective/<id>``, ``season/<id>``, ``formula``."""
    became: dict[str, list[Echo]] = {}
    for echo in found:
        kind, target = echo.need.disposition, echo.need.target
        if kind in ("objective", "season") and target:
            became.setdefault(f"{kind}/{target}", []).append(echo)
        elif kind == "formula":
            became.setdefault("formula", []).append(echo)
    return became


def by_state(found: Sequence[Echo]) -> list[tuple[str, Text, list[Echo]]]:
    """Return needs in groups by what became of them: id, title, needs."""
    return [
        (state, title, [echo for echo in found if echo.need.disposition in kinds])
        for state, (title, kinds) in STATES.items()
    ]


def by_community(found: Sequence[Echo]) -> list[tuple[Community, list[tuple[str, int]]]]:
    """Return the communities that expressed needs, by title, each with how many it has of each state."""
    members = [member for echo in found for member in (echo, *echo.shared)]
    own: dict[str, list[Echo]] = {}
    for member in members:
        own.setdefault(member.community.slug, []).append(member)
    homes = sorted({member.community.slug: member.community for member in members}.values(), key=lambda c: c.title)
    return [(home, [(state, len(needs)) for state, _, needs in by_state(own[home.slug]) if needs]) for home in homes]


def by_theme(found: Sequence[Echo]) -> list[tuple[str, list[Echo]]]:
    """Return needs by theme, in alphabetical order; a theme keeps the spelling first met."""
    names: dict[str, str] = {}
    themes: dict[str, list[Echo]] = {}
    for echo in found:
        for tag in dict.fromkeys(tag for member in (echo, *echo.shared) for tag in member.tags):
            names.setdefault(tag.casefold(), tag)
            entries = themes.setdefault(tag.casefold(), [])
            if echo not in entries:
                entries.append(echo)
    return [(names[key], themes[key]) for key in sorted(themes)]
