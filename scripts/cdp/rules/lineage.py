"""Family 2xx: which community follows which."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.model.community import Community, Repository
from cdp.rules.registry import Finding, View, in_charter, repository_rule, rule
from cdp.text import T


@repository_rule("CDP203", "lineage-broken")
def lineage_broken(view: View) -> Iterator[Finding]:
    """Une communauté prend la suite d'une autre qui ne le sait pas, ou qui n'existe pas.

    Pourquoi : on suit le fil dans les deux sens, pendant des années; un lien à sens unique se perd (ailleurs, plus d'un
    sur quatre).

    Comment corriger : nommez dans `succeeds` et dans `successors` des communautés qui existent, et qui se nomment l'une
    l'autre. Une archive ne change plus : la suite seule la nomme. Une communauté réunie à une autre, ou qui lui passe le
    relais, est seule à le dire.
    """
    base = view.repository
    for community in base.communities:
        charter = community.charter
        named: list[tuple[str, str, tuple[str | int, ...]]] = [
            (slug, "succeeds", ("successors", index)) for index, slug in enumerate(charter.successors)
        ]
        if charter.succeeds is not None:
            named.append((charter.succeeds, "successors", ("succeeds",)))
        for slug, key, place in named:
            other = base.get(slug)
            if other is None:
                yield Finding(
                    in_charter(community, *place),
                    T("la communauté « {slug} » n'existe pas", slug=slug),
                    T("Écrivez le nom du dossier d'une communauté."),
                )
            elif (
                community.slug not in _named(other, key)
                and not other.wrong(key)
                and not _one_way(community, other, key)
            ):
                yield Finding(
                    in_charter(community, *place),
                    T("« {slug} » ne nomme pas « {here} » en retour", slug=slug, here=community.slug),
                    T(
                        "Ajoutez « {here} » à « {key} » de communities/{slug}/index.md.",
                        here=community.slug,
                        key=key,
                        slug=slug,
                    ),
                )
        if _comes_back(base, community):
            yield Finding(
                in_charter(community, "succeeds"),
                T("« {slug} » finit par prendre sa propre suite", slug=community.slug),
                T("Corrigez « succeeds » : une communauté vient après celle dont elle prend la suite."),
            )


def _named(community: Community, key: str) -> tuple[str | None, ...]:
    """Return the communities that one names before or after it."""
    return community.charter.successors if key == "successors" else (community.charter.succeeds,)


def _one_way(community: Community, other: Community, key: str) -> bool:
    """Tell whether a lineage is told by one side alone: an archive no longer changes; who takes in another was there."""
    if key == "successors":
        return other.freeze is not None
    closing = community.charter.closing
    return closing is not None and closing.outcome in ("merged", "handed_over")


def _comes_back(base: Repository, community: Community) -> bool:
    """Tell whether going back from community to community leads to where it started."""
    slug = community.charter.succeeds
    for _ in base.communities:
        former = base.get(slug) if slug is not None else None
        if former is None or former is community:
            return former is not None
        slug = former.charter.succeeds
    return False


@rule("CDP204", "outcome-without-successor")
def outcome_without_successor(community: Community, view: View) -> Iterator[Finding]:
    """La communauté est dite transformée, fusionnée ou transmise, et rien ne dit à qui.

    Pourquoi : les membres et celles et ceux qui lisent veulent savoir où cela continue.

    Comment corriger : nommez la suite dans `successors`; pour un relais hors d'ici, dites à qui dans `legacy` (`to`).
    """
    charter = community.charter
    outcome = charter.closing.outcome if charter.closing is not None else None
    if outcome not in ("transformed", "merged", "handed_over") or charter.successors or community.wrong("successors"):
        return
    if outcome == "handed_over" and any(item.to for item in charter.legacy):
        return
    yield Finding(
        in_charter(community, "closing", "outcome"),
        T("rien ne dit où cela continue"),
        T("Ajoutez à « successors » la communauté qui prend la suite, ou dites dans « legacy » à qui c'est transmis."),
    )
