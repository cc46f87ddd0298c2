"""From files to a Repository: each to its community, each page validated, what cannot be read kept as data."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from cdp import dates, frontmatter, prose, settings
from cdp.diagnostics import Fault, Place
from cdp.frontmatter import Document, Unreadable
from cdp.load.files import File
from cdp.load.names import MAX_PATH, faults_of_names
from cdp.load.records import read_registry
from cdp.model.charter import Charter
from cdp.model.community import Community, Freeze, Page, Repository
from cdp.model.fields import Record
from cdp.model.pages import Meeting, Note, Review, Survey
from cdp.model.schema import KINDS
from cdp.model.validation import UNNAMED, validate
from cdp.text import T

R = TypeVar("R", bound=Record)


ATTACHMENTS = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "avif",
        "pdf",
        "csv",
        "tsv",
        "txt",
        "odt",
        "ods",
        "odp",
        "docx",
        "xlsx",
        "pptx",
        "mp3",
        "ogg",
        "m4a",
        "mp4",
        "webm",
        "zip",
        "epub",
        "ics",
    ]
)
"""Endings of attachments. HTML, SVG and scripts are not among them: a browser would run what they hold."""

_DEBRIS = re.compile(
    r"(?:^|/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini|~\$[^/]*|[^/]*\.sw[op]|[^/]*~|\.~lock\.[^/]*|\.obsidian/.*)$",
    re.IGNORECASE,
)
"""What desktops and editors leave behind: neither published nor worth a word."""

_IGNORED = frozenset({".gitkeep", ".gitignore", ".gitattributes"})
_MARKDOWN_HOMES: dict[str, type[Record]] = {"meetings": Meeting, "notes": Note, "surveys": Survey, "seasons": Review}


def debris(path: str) -> bool:
    """Tell whether a path is what a desktop or an editor leaves behind."""
    return _DEBRIS.search(path) is not None


def silent(path: str) -> bool:
    """Tell whether a path is one of the files that Git asks for in a folder: they belong there, and no site publishes them."""
    return path.rpartition("/")[2] in _IGNORED


def load(files: Iterable[File], known: Mapping[str, Page[Any]] | None = None) -> Repository:
    """Return the repository that ``glossary.md`` and the files under ``communities/`` and ``theme/new/`` make.

    Args:
        files: what a reader found.
        known: pages that were loaded already, by path from the root: taken as they are, their files are not read.
    """
    known = known or {}
    by_community: dict[str, list[File]] = {}
    registered: list[File] = []
    strays: list[Fault] = []
    templates: list[Fault] = []
    glossary: Page[Note] | None = None
    enough = settings.enough("")
    present = sorted((file for file in files if not debris(file.path)), key=lambda file: file.path)
    with _no_garbage_collection():
        strays.extend(faults_of_names(present))
        for file in present:
            parts = file.path.split("/")
            if file.kind == "private" or file.path.startswith("private/"):
                strays.append(_private(file))
            elif file.kind != "file":
                strays.append(_not_a_file(file))
                if len(parts) == 3 and parts[2] == "index.md" and not parts[1].startswith("."):
                    by_community.setdefault(parts[1], []).append(file)
            elif file.path == "mkdocs.yml":
                with suppress(Unreadable):
                    strays.extend(settings.faults(_text(file)))
                    enough = settings.enough(_text(file))
            elif file.path == "glossary.md":
                glossary = _page(Note, file, file.path)
            elif parts[0] == "theme":
                templates.extend(_template(file))
            elif len(parts) > 3 and parts[1] == ".archives":
                registered.append(file)
            elif len(parts) < 3 or parts[1].startswith("."):
                if not silent(file.path):
                    strays.append(_stray(file))
            elif len(file.path) <= MAX_PATH:
                by_community.setdefault(parts[1], []).append(file)
        found = read_registry(registered, by_community)
        strays.extend(found.faults)
        communities = []
        for slug, own in sorted(by_community.items()):
            community, lost = _community(slug, own, found.freezes.get(slug), known)
            communities.append(community)
            strays.extend(lost)
    archives = tuple(found.freezes.values())
    return Repository(
        tuple(communities), tuple(strays), tuple(templates), found.digests, archives, found.head, glossary, enough
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Loading makes millions of objects and no cycles; collecting meanwhile doubles its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _community(
    slug: str, files: list[File], freeze: Freeze | None, known: Mapping[str, Page[Any]]
) -> tuple[Community, list[Fault]]:
    index: Page[Charter] | None = None
    closing_review: Page[Review] | None = None
    glossary: Page[Note] | None = None
    pages: dict[str, list[Page[Any]]] = {home: [] for home in _MARKDOWN_HOMES}
    attachments: list[str] = []
    strays: list[Fault] = []
    for file in files:
        path = file.path.removeprefix(f"communities/{slug}/")
        home, _, rest = path.partition("/")
        markdown = path.endswith(".md")
        if silent(path):
            continue
        if path.startswith(".") or "/." in path:
            strays.append(_stray(file))
        elif path == "index.md" and file.kind != "file":
            index = Page(path, Charter(title=slug), Document(""), readable=False)
        elif path == "index.md" and file.path in known:
            index = known[file.path]
        elif path == "review.md" and file.path in known:
            closing_review = known[file.path]
        elif path == "index.md":
            index = _page(Charter, file, path, {"title": slug})
        elif path == "review.md":
            closing_review = _page(Review, file, path)
        elif path == "glossary.md":
            glossary = known.get(file.path) or _page(Note, file, path)
        elif home in _MARKDOWN_HOMES and rest and markdown and (home == "notes" or "/" not in rest):
            if file.listed:
                attachments.append(path)
            else:
                kept = known.get(file.path)
                pages[home].append(kept or _page(_MARKDOWN_HOMES[home], file, path, _defaults(home, rest)))
        elif home in ("notes", "meetings") and rest and path.rpartition(".")[2].lower() in ATTACHMENTS:
            attachments.append(path)
        else:
            strays.append(_unsafe(file) if home in ("notes", "meetings") and not markdown and rest else _stray(file))
    community = Community(
        slug,
        index.record if index is not None else Charter(title=slug),
        index,
        tuple(pages["meetings"]),
        tuple(pages["notes"]),
        tuple(pages["surveys"]),
        tuple(pages["seasons"]),
        closing_review,
        tuple(attachments),
        freeze,
        glossary,
    )
    return community, strays


def _defaults(home: str, name: str) -> dict[str, Any]:
    """Return stand-ins for the required keys of a page that lacks them, taken from its file name."""
    if home == "meetings":
        try:
            dates.parse(name[:10])
        except ValueError:
            return {"date": UNNAMED}
        return {"date": name[:10]}
    if home == "surveys":
        month = re.match(r"\d{4}-(?:0[1-9]|1[0-2])(?=\.md$)", name)
        day = f"{month[0]}-01" if month else UNNAMED
        return {"opens": day, "closes": day}
    return {}


def _page(record: type[R], file: File, path: str, defaults: dict[str, Any] | None = None) -> Page[R]:
    """Return the page of a file; one that cannot be read is kept, with its faults."""
    empty = record.model_validate(defaults or {})
    try:
        document = frontmatter.parse(_text(file))
    except Unreadable as error:
        return Page(path, empty, Document(""), (_fault(error.problem, file.path),), readable=False)
    found = tuple(_fault(problem, file.path) for problem in document.problems)
    line = prose.entangled(document.body)
    if line:
        found += (_entangled(file, document.body_line + line - 1),)
    value, faults, document = validate(record, document, file.path, defaults)
    faults += _named_after_no_day(path, faults)
    return Page(path, value if value is not None else empty, document, found + faults, readable=not line)


_DAY_OF_NAME = re.compile(r"(meetings)/(\d{4}-\d{2}-\d{2})(?!\d)|(surveys)/(\d{4}-\d{2})\.md$", re.ASCII)


def _named_after_no_day(path: str, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return the fault of a file that says its day by its name alone, when this day or month does not exist."""
    lacking = next((fault for fault in faults if fault.kind == "missing" and fault.key in ("date", "opens")), None)
    match = _DAY_OF_NAME.match(path) if lacking is not None else None
    if lacking is None or match is None:
        return ()
    said = match[2] or match[4]
    try:
        dates.parse(match[2] or f"{said}-01")
    except ValueError:
        message = T("le jour {said}, dans le nom du fichier, n'existe pas", said=said)
        if match[4]:
            message = T("le mois {said}, dans le nom du fichier, n'existe pas", said=said)
        return (Fault("date", Place(lacking.place.path), message, T("Renommez le fichier."), lacking.key),)
    return ()


def _text(file: File) -> str:
    if file.size > frontmatter.MAX_FILE:
        raise frontmatter.too_large(file.size)
    try:
        data = file.read()
    except OSError:
        raise frontmatter.unreachable() from None
    return frontmatter.decode(data)


def _fault(problem: frontmatter.Problem, path: str) -> Fault:
    return Fault(problem.kind, Place(path, problem.line, problem.column), problem.message, problem.fix)


def _entangled(file: File, line: int) -> Fault:
    return Fault(
        "unreadable",
        Place(file.path, line, 1),
        T("le texte est trop imbriqué pour devenir une page"),
        T("Simplifiez ce passage, ou mettez-le dans un bloc de code."),
    )


def _template(file: File) -> list[Fault]:
    """Return the faults of a template of new files: it must itself be readable."""
    if not file.path.endswith(".md"):
        return []
    try:
        document = frontmatter.parse(_text(file))
    except Unreadable as error:
        return [_fault(error.problem, file.path)]
    name = file.path.rpartition("/")[2].removesuffix(".md")
    if name not in KINDS:
        return []
    return list(validate(KINDS[name], document, file.path)[1])


def _not_a_file(file: File) -> Fault:
    if file.kind == "link":
        return Fault(
            "link",
            Place(file.path),
            T("ce fichier est un lien symbolique"),
            T("Remplacez-le par une copie du fichier."),
        )
    if file.kind == "unreachable":
        return Fault(
            "link",
            Place(file.path),
            T("ce fichier ou ce dossier ne peut pas être ouvert"),
            T("Donnez-vous le droit de le lire, ou retirez-le."),
        )
    return Fault("link", Place(file.path), T("ce n'est pas un fichier ordinaire"), T("Retirez-le."))


def _private(file: File) -> Fault:
    """Return the fault of a file with personal information that Git holds; the reader gives no other file of ``private/``."""
    if file.kind == "private":
        return Fault(
            "private",
            Place(file.path),
            T("Git suit ce fichier, qui contient des coordonnées de personnes (banque de contacts, fiche ou courriel)"),
            T(
                "Retirez-le de Git en le gardant ici : git rm --cached {path}; puis rangez-le dans private/.",
                path=file.path,
            ),
        )
    return Fault(
        "private",
        Place(file.path),
        T("Git suit ce fichier, qui contient des renseignements personnels"),
        T(
            "Retirez-le de Git en le gardant ici : git rm --cached {path}; puis « /private/ » dans .gitignore.",
            path=file.path,
        ),
    )


def _unsafe(file: File) -> Fault:
    if file.path.rpartition(".")[2].lower() in ("md", "markdown", "mdown", "mkd"):
        return Fault(
            "stray",
            Place(file.path),
            T("cette note ne sera pas publiée : son nom ne finit pas par .md"),
            T("Renommez le fichier pour qu'il finisse par .md, en minuscules."),
        )
    return Fault(
        "attachment",
        Place(file.path),
        T("ce type de pièce jointe n'est pas publié"),
        T("Joignez une image (PNG, JPEG, WebP), un PDF, un CSV ou un document de bureautique."),
    )


def _stray(file: File) -> Fault:
    return Fault(
        "stray",
        Place(file.path),
        T("ce fichier n'est pas à une place connue"),
        T("Dans une communauté : index.md, review.md, glossary.md, meetings/, notes/, surveys/, seasons/."),
    )
