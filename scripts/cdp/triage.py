"""The triage of a legacy: who leads to a file, what sums a note up, and what a folder holds once choices are applied.

Source: the practice, "Réfléchir à l'héritage que laissera la CdP": what is worth keeping is chosen, note by note.
Pure: the freeze of an archive applies it, the rules of family 6xx look at what it needs.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from cdp.frontmatter import Edit, Unreadable, decode, parse
from cdp.links import address, links
from cdp.model.addresses import SAFE
from cdp.model.charter import Legacy
from cdp.model.community import Community, Page, Repository
from cdp.model.fields import Record
from cdp.model.pages import Note
from cdp.plan import edited
from cdp.text import T, Text, translate

Where = tuple[str, str]
"""A page: slug of its community, path from the community's folder."""

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*$")
_SUMMARY = re.compile(r"(?:résumé|en bref|summary|in short)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"https?://", re.IGNORECASE)
_PAGE = re.compile(r"(?:(?P<name>.+?) \()?(?P<path>communities/[a-z0-9-]+/[^\s()<>]+\.md)\)?")
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|])")


def incoming(community: Community, repository: Repository, *, to_parts: bool = False) -> dict[str, tuple[Where, ...]]:
    """Return which pages lead to each file of a community: links, images, and what its charter names.

    Args:
        community: whose files.
        repository: all communities, whose pages may lead there.
        to_parts: count only the links to a part of a page (``note.md#un-titre``).
    """
    found: dict[str, dict[Where, None]] = {}
    for other in repository.communities:
        own = other.slug == community.slug
        for page in other.pages():
            body = page.document.body
            if not page.readable or (not own and f"{community.slug}/" not in body):
                continue
            for target in _targets(page, other, to_parts):
                path = target.removeprefix(f"{community.folder}/")
                if path != target and path in community.files and not (own and path == page.path):
                    found.setdefault(path, {})[other.slug, page.path] = None
    for path in () if to_parts else _named(community):
        if path in community.files:
            found.setdefault(path, {})[community.slug, "index.md"] = None
    return {path: tuple(pages) for path, pages in found.items()}


def _targets(page: Page[Record], community: Community, to_parts: bool) -> list[str]:
    """Return the files that a page leads to, from the root."""
    folder = posixpath.dirname(f"{community.folder}/{page.path}")
    targets = (link.target.partition("#") for link in links(page.document.body))
    return [
        posixpath.normpath(posixpath.join(folder, unquote(target)))
        for target, _, part in targets
        if target and (part or not to_parts)
    ]


def _named(community: Community) -> list[str]:
    """Return the files that a charter names: minutes, reviews, evidence, the story of the celebration."""
    charter = community.charter
    closing = charter.closing
    celebration = closing.celebration if closing is not None else None
    named = [
        *(extension.minutes for extension in charter.extensions),
        charter.kickoff.minutes if charter.kickoff is not None else None,
        *(season.review for season in charter.seasons),
        *(objective.evidence for objective in charter.objectives),
        closing.review if closing is not None else None,
        celebration.note if celebration is not None else None,
    ]
    return [path.partition("#")[0] for path in named if path]


def external(page: Page[Record]) -> list[str]:
    """Return the addresses on other sites that a page leads to, each once."""
    targets = (link.target for link in links(page.document.body) if link.kind == "link")
    return list(dict.fromkeys(target for target in targets if _ELSEWHERE.match(target)))


def summed_up(note: Page[Note]) -> str | None:
    """Return what a note says of itself in short: its section « Résumé » (or "Summary"), else ``summary``, else None."""
    return _section(note.document.body) or note.record.summary


def _section(body: str) -> str | None:
    """Return the text under a heading « Résumé », up to the next heading that is not below it."""
    lines = body.split("\n")
    fenced = False
    start = level = 0
    for number, line in enumerate(lines):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        heading = None if fenced else _HEADING.fullmatch(line.rstrip("\r"))
        if heading is None:
            continue
        if start and len(heading[1]) <= level:
            return "\n".join(lines[start:number]).strip() or None
        if not start and _SUMMARY.fullmatch(heading[2].strip()):
            start, level = number + 1, len(heading[1])
    return ("\n".join(lines[start:]).strip() or None) if start else None


def unanswered(body: str) -> list[tuple[int, str]]:
    """Return the headings of a text under which there is only a question in a comment: line from 1, words."""
    found: list[tuple[int, str]] = []
    above: list[tuple[int, int, str]] = []
    asked: set[int] = set()
    inside = False
    lines = body.split("\n")
    for number, line in enumerate([*lines, "# end"], 1):
        rest = line.strip()
        if (not inside or number > len(lines)) and (heading := _HEADING.fullmatch(rest)) is not None:
            while above and above[-1][0] >= len(heading[1]):
                _, at, said = above.pop()
                found += [(at, said)] if at in asked else []
            above.append((len(heading[1]), number, heading[2]))
            continue
        while rest:
            if inside:
                _, closed, rest = rest.partition("-->")
                inside, rest = not closed, rest.strip()
            elif rest.startswith("<!--"):
                inside, rest = True, rest[4:]
                asked.update(at for _, at, _ in above[-1:])
            else:
                above, rest = [], ""
    return sorted(found)


def triaged(files: Mapping[str, bytes], legacy: Sequence[Legacy], *, folder: str, language: str) -> dict[str, bytes]:
    """Return what a folder holds once the triage is applied.

    Removed files go, and the addresses of their pages lead to the community's. A note to sum up keeps its front
    matter and its summary, and says where its whole text is. A note handed over says where it lives now. All other
    bytes stay.

    Args:
        files: every file of the folder, by path from it.
        legacy: the choices; what no choice names stays, and the first of two counts.
        folder: of the community, from the root.
        language: of the community.
    """
    kept = dict(files)
    gone: list[str] = []
    for item in {item.path: item for item in reversed(legacy)}.values():
        data = files.get(item.path)
        if data is None or item.path == "index.md":
            continue
        if item.choice == "remove":
            del kept[item.path]
            gone.append(item.path)
        elif item.path.endswith(".md"):
            said = _replaced(item, data, f"{folder}/{item.path}", language)
            kept[item.path] = data if said is None else said
    if "index.md" in kept:
        kept["index.md"] = _redirecting(
            kept["index.md"], folder, [path for path in gone if _published(files[path])], kept
        )
    return kept


def _replaced(item: Legacy, data: bytes, path: str, language: str) -> bytes | None:
    """Return a note that is summed up or handed over; None when it stays as it is."""
    try:
        text = decode(data)
        note = parse(text)
    except Unreadable:
        return None
    head = text[: len(text) - len(note.body)]
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    newline = "\r\n" if "\r\n" in head else "\n"
    former = note.body.replace("\r\n", "\n")
    if item.choice == "summarize":
        summary = _section(former) or str(note.data.get("summary") or "")
        # The commit before the freeze holds it, whatever a forge makes of the others when it merges them.
        whole = T(
            "Ceci est un résumé, choisi à la fin de la communauté. Le texte complet reste dans l'historique du dépôt, "
            "dans la version d'avant l'archivage."
        )
        said = _box("note", T("Résumé"), whole, language)
        body = f"\n{summary}\n\n{said}" if summary else ""
    elif item.choice == "hand_over" and item.to:
        moved = T("Cette page a été confiée à : {to}. C'est là qu'elle continue de vivre.", to=_home(item.to, path))
        said = _box("info", T("Transmise"), moved, language)
        body = f"\n{said}\n" + former.lstrip("\n")
    else:
        body = ""
    return mark + (head + body.replace("\n", newline)).encode() if body else None


def _box(kind: str, title: Text, said: Text, language: str) -> str:
    return f'!!! {kind} "{translate(title, language)}"\n    {translate(said, language)}\n'


def _home(to: str, path: str) -> str:
    """Return where something was handed over to, as Markdown: an address, a page of this base, else words."""
    to = re.sub(r"[ \t\r\n]+", " ", to)
    if _ELSEWHERE.match(to) and not re.search(r"[\s<>]", to):
        return f"<{to}>"
    page = _PAGE.fullmatch(to)
    if page is not None and ".." not in page["path"].split("/"):
        label = _SIGNS.sub(r"\\\1", page["name"] or page["path"])
        return f"[{label}]({posixpath.relpath(page['path'], posixpath.dirname(path))})"
    return _SIGNS.sub(r"\\\1", to)


def home(community: Community) -> str:
    """Return how a legacy names a community that something was handed over to: its title, then its page."""
    return f"{community.title} ({community.folder}/index.md)"


def _published(data: bytes) -> bool:
    """Tell whether a file was a page of the site."""
    try:
        return parse(decode(data)).data.get("draft") not in (True, "true")
    except Unreadable:
        return False


def _redirecting(charter: bytes, folder: str, gone: Sequence[str], kept: Mapping[str, bytes]) -> bytes:
    """Return a charter to which the addresses of pages that are gone lead."""
    result = charter
    for path in gone:
        where = address(f"{folder}/{path}")
        taken = any(f"{folder}/{other}".startswith(where) or address(f"{folder}/{other}") == where for other in kept)
        if not path.endswith(".md") or taken or SAFE.fullmatch(where) is None:
            continue
        try:
            result = edited(result, [Edit(("former_paths",), f"/{where}", "append")])
        except (Unreadable, KeyError, ValueError):
            # A list written in an odd way: the page is gone all the same, only its address leads nowhere.
            return result
    return result


def there(path: str, community: Community) -> bool:
    """Tell whether a choice names something: a file of the community, or a folder (``notes/outils/``) that holds one."""
    return path in community.files or (path.endswith("/") and any(name.startswith(path) for name in community.files))


def exists(copy: str, community: Community) -> bool:
    """Tell whether a copy of a page of another site is there: a file of the community, or an address."""
    return copy in community.files or _ELSEWHERE.match(copy) is not None
