"""What the slides of a community say. Pure: the same list for every format.

Source: the practice, step 1 (visual presentations for network heads) and "offrir un sentiment d'accomplissement".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from cdp.facilitation.deck.counts import counted, season_of
from cdp.facilitation.deck.timeline import Mark, Segment, line
from cdp.facilitation.filling import summary
from cdp.model import life
from cdp.model.charter import Objective, Season
from cdp.model.community import Community
from cdp.model.minutes import minutes
from cdp.site import words
from cdp.site.portrait import portrait
from cdp.text import N, T, Text, translate

Say = Callable[[Text], str]
Kind = Literal["pitch", "kickoff", "season-review", "celebration"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide.

    Attributes:
        title: its title.
        lines: its points; the subtitle of an opening slide.
        details: under each point, what is said more quietly, or "".
        figures: numbers with their words, instead of points.
        columns: two titled lists side by side, instead of points.
        segments, marks: a timeline, instead of points.
        notes: what the person who presents may say.
        opening: True for the first slide.
        statement: True when its one line is all that the room looks at.
    """

    title: str
    lines: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    segments: tuple[Segment, ...] = ()
    marks: tuple[Mark, ...] = ()
    notes: str = ""
    opening: bool = False
    statement: bool = False

    @property
    def size(self) -> Size:
        """How large its points can be written, for what it has to say."""
        points = sum(_weight(text, detail) for text, detail in self.points)
        letters = points + 1.3 * sum(len(item) + 25 for _, items in self.columns for item in items)
        return "large" if letters <= 300 else "normal" if letters <= 640 else "small" if letters <= 1000 else "tiny"

    @property
    def points(self) -> tuple[tuple[str, str], ...]:
        """Its points with their details."""
        return tuple(zip(self.lines, self.details or ("",) * len(self.lines), strict=True))

    @property
    def boxed(self) -> bool:
        """Whether each point begins with a box, which then takes the place of a bullet."""
        return bool(self.lines) and all(line[:1] in BOXES.values() for line in self.lines)


def _weight(text: str, detail: str) -> float:
    return len(text) + 25 + 0.7 * (len(detail) + 25 if detail else 0)


Size = Literal["large", "normal", "small", "tiny"]
MOST = 5
"""Most points on a slide: the others have a slide of their own."""
MOST_SHORT = 7
"""Most points that are a few words each, such as names."""
_SHORT = 45
LETTERS = 760
"""Most letters of the points of a slide, more or less, unless one point alone has more."""
BOXES = {"met": "☑", "partly": "◪", "open": "☐", "dropped": "☒"}
"""Verdicts, as boxes of a list."""


def slides(community: Community, kind: Kind, as_of: date, season: Season | None = None) -> list[Slide]:
    """Return the slides of a presentation, in the community's language; a slide with nothing to say is left out.

    Args:
        community: whose presentation.
        kind: what for.
        as_of: today.
        season: the one that a review or a celebration is about; None for the one that people look back on now.
    """
    lang = community.charter.language

    def say(text: Text) -> str:
        return translate(text, lang)

    season = about(community, kind, as_of, season)
    named = (season.title or season.id) if season is not None else ""
    makers: dict[Kind, Callable[[], Iterator[Slide]]] = {
        "pitch": lambda: _pitch(community, as_of, say),
        "kickoff": lambda: _kickoff(community, as_of, say),
        "season-review": lambda: _review(community, as_of, say, season),
        "celebration": lambda: _celebration(community, as_of, say, season),
    }
    subtitle = {
        "pitch": T("Une communauté de pratique à faire naître")
        if community.stage(as_of) in ("idea", "kickoff") and not life.kicked_off(community, as_of)
        else T("Une communauté de pratique"),
        "kickoff": T("Rencontre de démarrage"),
        "season-review": T("Bilan de la saison : {title}", title=named) if named else T("Bilan de la saison"),
        "celebration": T("Célébration de la saison : {title}", title=named) if named else T("Célébration"),
    }[kind]
    opening = Slide(community.title, (say(subtitle), summary(community)), opening=True)
    made = [slide for slide in makers[kind]() if slide.lines or slide.columns or slide.segments or slide.figures]
    return [opening, *(part for slide in made for part in _parts(slide))]


def about(community: Community, kind: Kind, as_of: date, season: Season | None = None) -> Season | None:
    """Return the season that a presentation is about; None for the whole life, or for what is still to come."""
    if kind == "season-review":
        return season or season_of(community, as_of)
    if kind != "celebration" or season is not None:
        return season if kind == "celebration" else None
    charter = community.charter
    over = life.last_day(community)
    if charter.closing is not None and (over is None or over <= as_of + timedelta(days=30)):
        return None
    begun = sorted((s for s in charter.seasons if s.start_date <= as_of), key=lambda s: s.start_date, reverse=True)
    reached = {o.season for o in charter.objectives if o.outcome == "met"}
    # The last season in which something was reached: people celebrate that one, even some weeks into the next.
    return next((s for s in begun if s.id in reached), season_of(community, as_of))


def lacking(community: Community, kind: Kind, as_of: date, season: Season | None = None) -> list[Text]:
    """Return what a presentation would say if the community's files said it."""
    charter = community.charter
    found = []
    if not summary(community):
        found.append(T("Le résumé de la charte n'est pas écrit (« summary »)."))
    if kind in ("pitch", "kickoff") and not charter.purpose:
        found.append(T("La charte ne dit pas la raison d'être (« purpose ») : la diapositive « Le besoin » manque."))
    if kind in ("pitch", "season-review") and not charter.objectives:
        found.append(T("La charte n'a pas d'objectif : la diapositive qui les montre manque."))
    told = about(community, kind, as_of, season)
    if kind == "season-review" and told is None:
        found.append(T("Aucune saison n'a commencé : il n'y a pas de bilan à montrer."))
    elif told is not None and told.start_date > as_of:
        found.append(T("La saison « {title} » n'a pas commencé.", title=told.title or told.id))
    if kind == "celebration" and not any(objective.outcome == "met" for objective in charter.objectives):
        found.append(T("Aucun objectif n'est atteint : la diapositive « Nous avons atteint » manque."))
    return found


def _parts(slide: Slide) -> Iterator[Slide]:
    """Yield a slide, or several when it has more points than a room can read."""
    weight = sum(_weight(*point) for point in slide.points)
    brief = not any(slide.details) and all(len(text) <= _SHORT for text in slide.lines)
    most = MOST_SHORT if brief else MOST
    count = min(max(-(-len(slide.lines) // most), -(-int(weight) // LETTERS)), len(slide.lines))
    if count <= 1 or slide.opening or slide.statement:
        yield slide
        return
    for number in range(count):
        # Shared out evenly: no slide is left with a single point.
        part = slice(number * len(slide.lines) // count, (number + 1) * len(slide.lines) // count)
        title = f"{slide.title} ({number + 1}/{count})"
        yield replace(slide, title=title, lines=slide.lines[part], details=slide.details[part])


_ARTICLE = re.compile(r"(?:L[ea]s?|Une?|D[eu]s?|Ces?|Cet(?:te)?|Tou(?:te?s?|s)|The|An?)\b|[LD]['’]")


def _run_on(text: str) -> str:
    """Return a text as it goes on after a colon: without the capital of an article, but with that of a name."""
    return text[0].lower() + text[1:] if _ARTICLE.match(text) else text


def _need(community: Community, say: Say) -> Slide:
    charter = community.charter
    lines = [charter.purpose] if charter.purpose else []
    if charter.scope:
        lines.append(say(T("On s'en occupe : {what}", what=_run_on(charter.scope))))
    if charter.out_of_scope:
        lines.append(say(T("On ne s'en occupe pas : {what}", what=_run_on(charter.out_of_scope))))
    return Slide(say(T("Le besoin")), tuple(lines), notes=say(T("Racontez une scène vraie, où l'on voit le besoin.")))


def _what_it_is(say: Say) -> Slide:
    return Slide(
        say(T("Une communauté de pratique")),
        columns=(
            (
                say(T("C'est")),
                (
                    say(T("des gens qui se rencontrent régulièrement")),
                    say(T("pour devenir meilleurs dans ce qu'ils font")),
                    say(T("une vie qui a un début, des saisons, une fin")),
                    say(T("un héritage, que d'autres pourront lire")),
                ),
            ),
            (
                say(T("Ce n'est pas")),
                (
                    say(T("une plateforme de plus")),
                    say(T("un comité, ni une formation")),
                    say(T("un engagement sans fin")),
                    say(T("un endroit où l'on dépose des documents")),
                ),
            ),
        ),
    )


def _objectives(community: Community, say: Say) -> Slide:
    # What was judged is no longer an aim; carried over, it has a text of its own in the next season.
    own = list({o.text: o for o in community.charter.objectives if o.outcome == "open"}.values())
    return Slide(
        say(T("Ce que nous voulons atteindre")),
        tuple(o.text for o in own),
        tuple(say(T("Comment on le saura : {measure}", measure=o.measure)) if o.measure else "" for o in own),
    )


def _figures(sentences: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return sentences that begin with a number as that number and its words."""
    return tuple((number, words_) for number, _, words_ in (each.partition(" ") for each in sentences))


def _timeline(community: Community, say: Say) -> Slide:
    drawn = line(community)
    return Slide(
        say(T("Une vie, du début à la fin")),
        segments=drawn.segments,
        marks=drawn.marks,
        lines=(drawn.when,),
        notes=say(T("Savoir dès le début qu'il y aura une fin rend l'engagement plus facile.")),
    )


def _pitch(community: Community, as_of: date, say: Say) -> Iterator[Slide]:
    stage = community.stage(as_of)
    charter = community.charter
    yield _need(community, say)
    yield _what_it_is(say)
    yield _objectives(community, say)
    yield _timeline(community, say)
    if stage in _LOOKING_AHEAD:
        first = (
            say(T("venir aux rencontres, {rhythm}", rhythm=words.rhythm(charter.formula.rhythm, charter.language)))
            if stage != "idea" and charter.formula and charter.formula.rhythm
            else say(T("venir aux rencontres"))
            if stage in life.RUNNING
            else say(T("venir à la rencontre de démarrage (trois heures)"))
        )
        again = N(
            "relire les objectifs tous les mois", "relire les objectifs tous les {n} mois", charter.survey_every_months
        )
        yield Slide(
            say(T("Votre place : tête de réseau")),
            columns=(
                (
                    say(T("Ce qu'on vous demande")),
                    (
                        first,
                        say(T("inviter cinq personnes de votre région ou de votre secteur")),
                        say(T("dire franchement ce que vos gens attendent")),
                        say(again),
                    ),
                ),
                (
                    say(T("Ce que vous y gagnez")),
                    (
                        say(T("des pairs qui vivent la même chose ailleurs")),
                        say(T("une voix dans la formule et les objectifs")),
                        say(T("des outils éprouvés, à rapporter chez vous")),
                        say(T("une fin connue d'avance, et fêtée")),
                    ),
                ),
            ),
        )
    contact = (T("Pour en parler : {contact}", contact=charter.contact),) if charter.contact else ()
    yield Slide(say(T("La suite")), tuple(say(text) for text in (*_next(community, as_of), *contact)))


_LOOKING_AHEAD = {"idea", *life.LIVING}


def _next(community: Community, as_of: date) -> Iterator[Text]:
    """Yield what comes next in a life: its kickoff, then its next meeting, survey and review, at last its legacy."""
    charter, stage = community.charter, community.stage(as_of)
    season, end = life.season(community, as_of), life.last_day(community)

    def say(day: date) -> str:
        return words.day(day, charter.language)

    if stage not in _LOOKING_AHEAD:
        if end is not None and end <= as_of:
            yield T("La communauté a pris fin le {day}", day=say(end))
        yield T("Ce qu'elle a appris se lit encore, et peut se reprendre")
        return
    if not life.kicked_off(community, as_of):
        planned = charter.kickoff.date if charter.kickoff is not None else None
        if planned is not None and planned >= as_of:
            yield T("Une rencontre de démarrage avec les autres têtes de réseaux, le {day}", day=say(planned))
        else:
            yield T("Une rencontre de démarrage avec les autres têtes de réseaux")
        yield T("Trois questions : la formule, les sujets, les attentes")
        return
    if stage == "paused" and charter.pause is not None:
        yield T("Une pause, et la reprise au plus tard le {day}", day=say(charter.pause.resume_by))
    view = portrait(community, as_of)
    if view.next_meeting is not None:
        yield T("La prochaine rencontre : le {day}", day=say(view.next_meeting.record.date))
    elif view.expected is not None:
        yield T("La prochaine rencontre : le {day}, selon le rythme, à confirmer", day=say(view.expected))
    survey = life.next_survey(community)
    if survey is not None and survey > as_of and (end is None or survey <= end):
        yield T("Le prochain sondage, vers le {day}", day=say(survey))
    if season is not None and season.end_date is not None:
        name = words.season(season)
        yield T(
            "La fin de la saison « {title} », le {day} : un bilan, et une fête", title=name, day=say(season.end_date)
        )
    if stage == "closing" and end is not None:
        yield T("La fin de la communauté, le {day} : une célébration, et un héritage", day=say(end))


def _kickoff(community: Community, as_of: date, say: Say) -> Iterator[Slide]:
    heads, theirs = community.charter.heads()
    networks = sorted(set(theirs))
    yield Slide(
        say(T("Qui est dans la salle?")),
        (say(N("{n} tête de réseau", "{n} têtes de réseaux", heads)), *networks[: 2 * MOST]) if heads else (),
        notes=say(T("Chaque personne présente sa région ou son secteur, et qui elle pourrait inviter.")),
    )
    yield _need(community, say)
    for title, question in (
        (T("Question 1 : la formule"), T("Comment souhaitez-vous que la communauté se réalise?")),
        (T("Question 2 : les sujets"), T("Quels sujets ou thématiques désirez-vous aborder?")),
        (T("Question 3 : les attentes"), T("Quelles sont vos attentes?")),
    ):
        yield Slide(
            say(title),
            (say(question),),
            statement=True,
            notes=say(T("Dix minutes pour écrire, dix minutes à trois, dix minutes ensemble.")),
        )
    yield _objectives(community, say)
    yield _timeline(community, say)
    yield Slide(
        say(T("À valider aujourd'hui")),
        (
            say(T("La formule")),
            say(T("Les objectifs de la première saison, et comment on saura")),
            say(T("Les attentes")),
            say(T("La date de fin")),
        ),
    )


def _review(community: Community, as_of: date, say: Say, season: Season | None) -> Iterator[Slide]:
    if season is None:
        return
    own = [o for o in community.charter.objectives if o.season == season.id]
    yield Slide(season.title or season.id, figures=_figures(counted(community, season, as_of)))
    yield Slide(
        say(T("Où en sont nos objectifs")),
        tuple(f"{BOXES[o.outcome]} {o.text}" for o in own),
        tuple(_verdict(community, o, say) for o in own),
        notes=say(T("Pour chacun : le verdict, et ce qui le montre.")),
    )
    last = min(season.end_date or as_of, as_of)
    held = [page for page in community.meetings if page.readable and season.start_date <= page.record.date <= last]
    heard = [need.text for page in held for need in minutes(page.document.body).needs]
    yield Slide(say(T("Besoins entendus")), tuple(dict.fromkeys(heard))[-2 * MOST :])
    yield Slide(
        say(T("On décide")),
        (
            say(T("Que reprend-on dans la prochaine saison?")),
            say(T("Que laisse-t-on de côté, et pourquoi?")),
            say(T("Qu'est-ce qu'on fête?")),
        ),
    )
    yield _timeline(community, say)


def _verdict(community: Community, objective: Objective, say: Say) -> str:
    """Return a verdict with what shows it: the name of a page or of a file, or what was said of it."""
    shown = _shown(community, objective, say)
    verdict = say(words.VERDICTS[objective.outcome])
    return f"{verdict} · {shown}" if shown else verdict


def _shown(community: Community, objective: Objective, say: Say) -> str:
    shown = objective.evidence or objective.explanation or ""
    if shown not in community.files:
        return shown
    page = community.files[shown]
    return say(T("Voir « {title} »", title=page.title if page is not None else words.attachment(shown)))


def _named(community: Community, as_of: date) -> tuple[str, ...]:
    """Return who facilitates and which network heads agreed to be named by now, as on the page of the celebration."""
    view = portrait(community, as_of)
    return tuple(dict.fromkeys(person.name for person in (*view.facilitators, *view.heads)))


def _celebration(community: Community, as_of: date, say: Say, season: Season | None) -> Iterator[Slide]:
    charter = community.charter
    met = [o for o in charter.objectives if o.outcome == "met" and (season is None or o.season == season.id)]
    yield Slide(
        say(T("Nous avons atteint")),
        tuple(f"{BOXES['met']} {o.text}" for o in met),
        tuple(_shown(community, o, say) for o in met),
    )
    yield Slide(say(T("En nombres")), figures=_figures(counted(community, season, as_of)))
    fulfilled = [item.text for item in charter.expectations if item.status == "met"]
    yield Slide(say(T("Des attentes comblées")), tuple(fulfilled))
    yield _timeline(community, say)
    thanks = [charter.closing.thanks] if charter.closing and charter.closing.thanks else []
    people = _named(community, as_of)
    if people:
        yield Slide(say(T("Avec")), people)
    yield Slide(
        say(T("Merci")),
        tuple(thanks) or (say(T("À celles et ceux qui sont venus, qui ont écrit, qui ont invité.")),),
        statement=True,
    )
