"""Where a community comes from, and what comes from it: the boxes of a small graph on its page."""

from __future__ import annotations

from dataclasses import dataclass

from cdp.model.community import Community
from cdp.site.links import Links
from cdp.text import T, Text, Words


@dataclass(frozen=True, slots=True)
class Relative:
    """A box of the lineage: what it is to this community, its title, source path of its page or "", where on that page."""

    relation: Text
    title: Words
    path: str
    here: bool = False
    anchor: str = ""


def lineage(community: Community, links: Links) -> list[Relative]:
    """Return where a community comes from, itself, and what comes from it; nothing when it stands alone."""
    charter = community.charter

    def other(relation: Text, slug: str) -> Relative:
        known = links.repository.get(slug)
        title = Words(known.title, known.charter.language) if known else Words(slug, "")
        return Relative(relation, title, f"{known.folder}/index.md" if known else "")

    before, after = [], []
    if charter.born_from:
        slug, survey, need = charter.born_from.split("/")
        source = links.repository.get(slug)
        path = f"communities/{slug}/surveys/{survey}.md"
        known = source is not None and f"surveys/{survey}.md" in source.files
        needs = {n.id: n.text for s in (source.surveys if source else ()) if s.stem == survey for n in s.record.needs}
        said = Words(needs.get(need, need), source.charter.language if source and need in needs else "")
        anchor = f"besoin-{need}" if need in needs else ""
        before.append(Relative(T("Née du besoin"), said, path if known else "", anchor=anchor))
    parents = dict.fromkeys(filter(None, (charter.succeeds, *links.announced.get(community.slug, ()))))
    before += [other(T("Prend la suite de"), slug) for slug in parents if slug != community.slug]
    children = dict.fromkeys((*charter.successors, *links.children.get(community.slug, ())))
    after += [other(T("A donné naissance à"), slug) for slug in children if slug != community.slug]
    here = Relative(T("Cette communauté"), Words(community.title, charter.language), "", here=True)
    return [*before, here, *after] if before or after else []
