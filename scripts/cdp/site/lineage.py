"""Where a community comes from, and what comes from it: the boxes of a small graph on its page."""

from __future__ import annotations

from dataclasses import dataclass

from cdp.model.community import Community
from cdp.site.links import Links
from cdp.text import T, Text


@dataclass(frozen=True, slots=True)
class Relative:
    """A box of the lineage: what it is to this community, its title, source path of its page or ""."""

    relation: Text
    title: str
    path: str
    here: bool = False


def lineage(community: Community, links: Links) -> list[Relative]:
    """Return where a community comes from, itself, and what comes from it; nothing when it stands alone."""
    charter = community.charter

    def other(relation: Text, slug: str) -> Relative:
        known = links.repository.get(slug)
        return Relative(relation, known.title if known else slug, f"{known.folder}/index.md" if known else "")

    before, after = [], []
    if charter.born_from:
        slug, survey, need = charter.born_from.split("/")
        source = links.repository.get(slug)
        path = f"communities/{slug}/surveys/{survey}.md"
        known = source is not None and f"surveys/{survey}.md" in source.files
        needs = {n.id: n.text for s in (source.surveys if source else ()) if s.stem == survey for n in s.record.needs}
        before.append(Relative(T("Née du besoin"), needs.get(need, need), path if known else ""))
    parents = dict.fromkeys(filter(None, (charter.succeeds, *links.announced.get(community.slug, ()))))
    before += [other(T("Prend la suite de"), slug) for slug in parents if slug != community.slug]
    children = dict.fromkeys((*charter.successors, *links.children.get(community.slug, ())))
    after += [other(T("A donné naissance à"), slug) for slug in children if slug != community.slug]
    here = Relative(T("Cette communauté"), community.title, "", here=True)
    return [*before, here, *after] if before or after else []
