"""What could become of each file, with the reason: keep, summarize, hand over or remove. People decide. Pure.

Source: the practice, "réfléchir à ce qui est utile de conserver": a proposal to talk about beats an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from cdp import triage
from cdp.model.charter import Legacy
from cdp.model.community import Community, Page, Repository
from cdp.model.pages import Note
from cdp.text import N, T, Text, translate

LONG = 1200
"""Words of a note that few will read to the end, years later."""
SHORT = 60
"""Words of a note that says little alone."""
OLD = timedelta(days=548)
"""Age (18 months) of a note that nothing leads to and that has perhaps had its day."""


def proposals(community: Community, repository: Repository, as_of: date, to: str = "") -> list[Legacy]:
    """Return a proposal for each note and attachment of which the charter says nothing yet, in order of path.

    Args:
        community: whose legacy.
        repository: all communities, whose pages may lead to the files.
        as_of: today.
        to: who takes what goes on elsewhere: a page of this base, an organisation, an address; or "".
    """
    leading = triage.incoming(community, repository)
    known = community.legacy
    heirs = [heir for slug in community.charter.successors if (heir := repository.get(slug)) is not None]
    found: dict[str, Legacy] = {}
    for note in community.notes:
        if note.path not in known:
            found[note.path] = _note(community, note, leading.get(note.path, ()), heirs, as_of, to)
    choices = {**known, **found}
    for path in community.attachments:
        if path not in known:
            found[path] = _attachment(community, path, leading.get(path, ()), choices)
    return [found[path] for path in sorted(found)]


def by_folder(offered: Sequence[Legacy], language: str) -> list[Legacy]:
    """Return fewer proposals that say the same: in each folder, one for the most frequent choice, then the exceptions.

    Args:
        offered: a proposal for each file.
        language: of the community.
    """
    folders: dict[str, list[Legacy]] = {}
    for item in offered:
        folders.setdefault(f"{item.path.rpartition('/')[0]}/", []).append(item)
    found: list[Legacy] = []
    for folder, items in folders.items():
        groups: dict[tuple[str, str | None, str | None], list[Legacy]] = {}
        for item in items:
            groups.setdefault((item.choice, item.to, item.license), []).append(item)
        most = max(groups.values(), key=len)
        if len(most) > 1:
            why = translate(N("{n} fichier de ce dossier.", "{n} fichiers de ce dossier.", len(most)), language)
            found.append(most[0].model_copy(update={"path": folder, "why": why}))
            items = [item for item in items if item not in most]
        found += items
    return found


def _note(
    community: Community,
    note: Page[Note],
    leading: tuple[triage.Where, ...],
    heirs: list[Community],
    as_of: date,
    to: str,
) -> Legacy:
    record = note.record
    count = words_in(note.document.body)
    elsewhere = [where for where in leading if where[0] != community.slug]
    proves = [item.id for item in community.charter.objectives if (item.evidence or "").partition("#")[0] == note.path]
    shared = {heir.slug: sorted({*record.tags} & {*heir.charter.tags}) for heir in heirs}
    heir = max(heirs, key=lambda other: len(shared[other.slug]), default=None)
    facts = _facts(note, count, len(leading), as_of)

    def proposed(choice: str, *reasons: Text, home: str = "") -> Legacy:
        why = "; ".join(translate(reason, community.charter.language) for reason in (*reasons, *facts))
        given = {"path": note.path, "choice": choice, "why": f"{why[:1].upper()}{why[1:]}."}
        if choice in ("keep", "hand_over", "summarize") and (record.license or community.charter.license):
            given["license"] = record.license or community.charter.license or ""
        if home:
            given["to"] = home
        return Legacy.model_validate(given)

    if record.draft:
        return proposed("remove", T("brouillon, jamais publié"))
    if not count:
        return proposed("remove", T("page vide"))
    if elsewhere:
        return proposed(
            "keep", N("citée par une autre communauté", "citée par {n} pages d'autres communautés", len(elsewhere))
        )
    if proves:
        return proposed("keep", T("montre l'objectif {ids}", ids=", ".join(proves)))
    if to:
        return proposed("hand_over", T("continue ailleurs"), home=to)
    if heir is not None and shared[heir.slug]:
        about = T("même thème que la suite : {tags}", tags=", ".join(shared[heir.slug]))
        return proposed("hand_over", about, home=triage.home(heir))
    if count > LONG:
        return proposed("summarize", T("longue"))
    if not leading and record.date is not None and as_of - record.date > OLD:
        return proposed("summarize", T("ancienne, et aucune page n'y mène"))
    if not leading and count < SHORT and not record.tags:
        return proposed("remove", T("courte, et aucune page n'y mène"))
    return proposed("keep")


def _facts(note: Page[Note], count: int, leading: int, as_of: date) -> list[Text]:
    """Return what may help to choose: length, incoming links, themes, age."""
    record = note.record
    found = [N("{n} mot", "{n} mots", count)]
    if leading:
        found.append(N("{n} page y mène", "{n} pages y mènent", leading))
    if record.tags:
        found.append(T("thèmes : {tags}", tags=", ".join(record.tags[:4])))
    if record.date is not None and (as_of - record.date).days >= 30:
        found.append(N("écrite il y a {n} mois", "écrite il y a {n} mois", (as_of - record.date).days // 30))
    return found


def _attachment(
    community: Community, path: str, leading: tuple[triage.Where, ...], choices: Mapping[str, Legacy]
) -> Legacy:
    lang = community.charter.language
    elsewhere = [where for where in leading if where[0] != community.slug]
    own = [page for slug, page in leading if slug == community.slug]
    moved = [choices.get(page) for page in own]
    said = {item.choice if item is not None else "keep" for item in moved}
    home = next((item.to for item in moved if item is not None and item.to), None)
    if elsewhere:
        why, choice = T("Une autre communauté y mène."), "keep"
    elif not own:
        why, choice = T("Aucune page n'y mène."), "remove"
    elif said == {"hand_over"} and home:
        why, choice = T("Va avec {page}.", page=own[0]), "hand_over"
    elif said == {"remove"}:
        why, choice = T("Va avec {page}, qui part.", page=own[0]), "remove"
    else:
        why, choice = T("Sert à {page}.", page=own[0]), "keep"
    given: dict[str, object] = {"path": path, "choice": choice, "why": translate(why, lang)}
    if choice != "remove" and community.charter.license:
        given["license"] = community.charter.license
    if choice == "hand_over":
        given["to"] = home
    return Legacy.model_validate(given)


def words_in(body: str) -> int:
    """Return how many words a text shows: headings and comments do not count."""
    shown = re.sub(r"<!--.*?(?:-->|\Z)", " ", body, flags=re.DOTALL)
    lines = (line for line in shown.splitlines() if not re.match(r"#{1,6}\s", line))
    return sum(len(re.findall(r"\w+(?:['’-]\w+)*", line)) for line in lines)
