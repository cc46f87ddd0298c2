"""Family 3xx: people and kickoff."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

from cdp.diagnostics import Place
from cdp.dialect import slugify, spelled
from cdp.model.community import Community
from cdp.model.life import RUNNING, VACANCY, VALIDATED
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, repository_rule, rule
from cdp.text import N, T


@rule("CDP301", "no-facilitator", reads=CLOCK)
def no_facilitator(community: Community, view: View) -> Iterator[Finding]:
    """Personne n'anime une communauté en vie.

    Pourquoi : sans animatrice ni animateur, les rencontres cessent en quelques semaines.

    Comment corriger : nommez au moins une personne dans `facilitators`, avec son accord.
    """
    if community.charter.facilitators or community.wrong("facilitators"):
        return
    if community.stage(view.as_of) in RUNNING:
        yield Finding(
            in_charter(community, "facilitators"),
            T("personne n'anime cette communauté"),
            T("Ajoutez une personne à « facilitators »."),
        )


@rule("CDP302", "facilitation-vacant", "warning", reads=CLOCK)
def facilitation_vacant(community: Community, view: View) -> Iterator[Finding]:
    """L'animation est vacante depuis plus de quatre semaines.

    Pourquoi : après un mois sans animation ni rencontre, il faut chercher de l'aide auprès des têtes de réseaux,
    ou suspendre.

    Comment corriger : trouvez une relève, ou notez une pause avec sa date de reprise.
    """
    if community.charter.facilitators or community.wrong("facilitators"):
        return
    dates = [meeting.record.date for meeting in community.meetings if meeting.states("date")]
    held = [day for day in dates if day <= view.as_of]
    if community.stage(view.as_of) in ("active", "closing") and held and max(held) + VACANCY < view.as_of:
        yield Finding(
            in_charter(community, "facilitators"),
            T("l'animation est vacante et la dernière rencontre date du {day}", day=max(held)),
            T("Trouvez une relève auprès des têtes de réseaux, ou notez une pause."),
        )


@rule("CDP303", "too-few-network-heads", "warning", reads=CLOCK)
def too_few_network_heads(community: Community, view: View) -> Iterator[Finding]:
    """Il y a moins de trois têtes de réseaux, ou toutes viennent du même réseau.

    Pourquoi : ce sont elles qui recrutent, chacune dans sa région et son secteur (la pratique, étape 1).

    Comment corriger : trouvez d'autres alliées et alliés, et notez la date de leur accord dans `agreed`. Qui accepte
    sans vouloir être nommé compte aussi, sans son nom : `unnamed_heads`, avec le réseau et le nombre (`count`).
    `cdp contacts heads NOM` écrit les deux. Ces nombres se règlent dans `mkdocs.yml` (`heads` et `networks`).
    """
    if community.stage(view.as_of) in ("idea", "dropped", "ended", "archived") or community.wrong("network_heads"):
        return
    if community.wrong("unnamed_heads"):
        return
    heads, networks = community.charter.heads()
    needed, wanted = view.repository.enough
    if heads < needed:
        yield Finding(
            in_charter(community, "network_heads"),
            N("{n} tête de réseau a donné son accord", "{n} têtes de réseaux ont donné leur accord", heads),
            T(
                "Il en faut au moins {n} pour démarrer; celles qui ne veulent pas être nommées se comptent dans « unnamed_heads ».",
                n=needed,
            ),
        )
    elif len({slugify(spelled(network)) for network in networks}) < wanted:
        yield Finding(
            in_charter(community, "network_heads"),
            N(
                "les têtes de réseaux ne représentent pas au moins {n} réseau",
                "les têtes de réseaux ne représentent pas au moins {n} réseaux",
                wanted,
            ),
            T("Cherchez une personne d'un autre réseau, et nommez son réseau dans « network »."),
        )


@rule("CDP304", "kickoff-incomplete", reads=CLOCK)
def kickoff_incomplete(community: Community, view: View) -> Iterator[Finding]:
    """La communauté a commencé sans que le démarrage ait tout validé.

    Pourquoi : formule, objectifs et attentes se valident ensemble à la première rencontre (la pratique, étape 2);
    sinon les gens arrivent motivés et repartent déçus.

    Comment corriger : notez dans `kickoff` la date, le compte rendu et ce qui a été validé.
    """
    charter = community.charter
    kickoff = charter.kickoff
    if community.wrong("kickoff") or community.stage(view.as_of) == "dropped":
        return
    started = charter.start_date is not None and charter.start_date <= view.as_of
    if kickoff is None or (kickoff.date is None and "date" not in kickoff.unknown):
        if started:
            yield Finding(
                in_charter(community, "kickoff") if kickoff else in_charter(community, "start_date"),
                T("la communauté a commencé et la rencontre de démarrage n'est pas notée"),
                T(
                    "Notez dans « kickoff » la date, le compte rendu (« minutes ») et ce qui a été validé (« validated »)."
                ),
            )
        return
    missing = ", ".join(sorted(VALIDATED - set(kickoff.validated)))
    if started and missing:
        yield Finding(
            in_charter(community, "kickoff", "validated"),
            T("la rencontre de démarrage n'a pas tout validé"),
            T("Validez le reste avec le groupe, puis ajoutez à « validated » : {missing}.", missing=missing),
        )
    held = kickoff.date is None or kickoff.date <= view.as_of
    if held and kickoff.minutes not in community.files and "minutes" not in kickoff.unknown:
        yield Finding(
            in_charter(community, "kickoff", "minutes"),
            T("le compte rendu du démarrage est introuvable"),
            T("Écrivez-le dans meetings/ et donnez son chemin dans « minutes »."),
        )


@repository_rule("CDP305", "person-spelled-differently", "warning")
def person_spelled_differently(view: View) -> Iterator[Finding]:
    """Une même personne est écrite de deux façons.

    Pourquoi : on ne retrouve plus ce qu'elle a fait, ni ce à quoi elle a consenti.

    Comment corriger : écrivez partout le nom de la même façon.
    """
    first: dict[str, tuple[str, Callable[[], Place]]] = {}
    for place, name in _people(view):
        spelling, where = first.setdefault(_folded(name), (name, place))
        if spelling != name:
            yield Finding(
                place(),
                T("« {name} » est écrit « {spelling} » dans {path}", name=name, spelling=spelling, path=where().path),
                T("Écrivez le nom partout de la même façon."),
            )


def _folded(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelled(name).casefold()) if letter.isalnum())


def _people(view: View) -> Iterator[tuple[Callable[[], Place], str]]:
    """Yield every name with what finds its place, which costs a reading where the file is known from the cache."""
    for community in view.repository.communities:
        for index, person in enumerate(community.charter.facilitators):
            yield partial(in_charter, community, "facilitators", index, "name"), person.name
        for index, head in enumerate(community.charter.network_heads):
            yield partial(in_charter, community, "network_heads", index, "name"), head.name
        for note in community.notes:
            for index, author in enumerate(note.record.authors):
                yield partial(at, community, note, "authors", index, "name"), author.name


@rule("CDP309", "kickoff-date-differs", "warning")
def kickoff_date_differs(community: Community, view: View) -> Iterator[Finding]:
    """La date du démarrage n'est pas celle de son compte rendu.

    Pourquoi : c'est de ce jour que se comptent les sondages.

    Comment corriger : corrigez `date` dans `kickoff`, ou `minutes` si ce n'est pas la bonne rencontre.
    """
    kickoff = community.charter.kickoff
    if kickoff is None or kickoff.date is None:
        return
    for meeting in community.meetings:
        if meeting.path == kickoff.minutes and meeting.states("date") and meeting.record.date != kickoff.date:
            yield Finding(
                in_charter(community, "kickoff", "date"),
                T(
                    "le démarrage est daté du {day}, son compte rendu du {other}",
                    day=kickoff.date,
                    other=meeting.record.date,
                ),
                T("Corrigez l'une des deux dates."),
            )
