"""Family 8xx: privacy and safety of content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdp.diagnostics import Place
from cdp.links import links
from cdp.markup import SCHEMES, TAGS
from cdp.model.community import Community
from cdp.prose import without_code
from cdp.rules.registry import Finding, View, repository_rule, rule
from cdp.text import T

_ELEMENT = re.compile(r"<([a-z][^\s<>/@]*+)(?<!:)[^<>@]*+>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"<[a-z][^<>]*?\s(on[a-z]++|style|srcdoc|formaction)\s*+=", re.IGNORECASE)
_SCHEME = re.compile(r"(?!file:)([a-z][a-z0-9+.-]++):", re.IGNORECASE)


@repository_rule("CDP801", "attachment-unsafe", blocks=True)
def attachment_unsafe(view: View) -> Iterator[Finding]:
    """Une pièce jointe est d'un type que le navigateur pourrait exécuter.

    Pourquoi : une page HTML ou une image SVG jointe peut contenir un programme, qui agirait au nom du site.

    Comment corriger : joignez une image PNG, JPEG ou WebP, un PDF, un CSV ou un document de bureautique.
    """
    for fault in view.repository.strays:
        if fault.kind == "attachment":
            yield Finding(fault.place, fault.message, fault.fix)


@rule("CDP802", "html-removed", "warning")
def html_removed(community: Community, view: View) -> Iterator[Finding]:
    """La page contient du HTML qui ne sera pas publié.

    Pourquoi : les programmes, cadres, formulaires et styles d'ailleurs sont retirés, pour la sûreté de celles et
    ceux qui lisent, et le navigateur n'affiche rien de ce qu'il prend pour une balise. Un lien mène à une page, à un
    site, à une adresse de courriel ou à un numéro de téléphone.

    Comment corriger : écrivez le passage en Markdown, ou mettez-le entre accents graves pour le citer.
    """
    for page in community.pages():
        for line, column, what in _removed(page.document.body) if page.readable else ():
            yield Finding(
                Place(f"{community.folder}/{page.path}", page.document.body_line + line - 1, column),
                T("« {what} » ne sera pas publié", what=what),
                T("Écrivez ce passage en Markdown, ou citez-le entre accents graves."),
            )


def _removed(body: str) -> Iterator[tuple[int, int, str]]:
    """Yield the first of the elements, attributes and links that the sanitiser takes out, of each sort once."""
    if "<" in body:
        text = without_code(body)
        first: dict[str, int] = {}
        for match in _ELEMENT.finditer(text):
            if match[1].lower() not in TAGS:
                first.setdefault(match[1], match.start())
        for match in _ATTRIBUTE.finditer(text):
            first.setdefault(match[1], match.start())
        line, counted = 1, 0
        for what, at in sorted(first.items(), key=lambda item: item[1]):
            line += body.count("\n", counted, at)
            counted = at
            yield line, at - body.rfind("\n", 0, at), what
    if ":" in body:
        schemes: set[str] = set()
        for link in links(body):
            scheme = _SCHEME.match(link.target) if link.kind == "link" else None
            if scheme is not None and scheme[1].lower() not in SCHEMES and scheme[1] not in schemes:
                schemes.add(scheme[1])
                yield link.line, link.column, scheme[1]


@repository_rule("CDP804", "private-file-tracked")
def private_file_tracked(view: View) -> Iterator[Finding]:
    """Un fichier du dossier `private/` est suivi par Git.

    Pourquoi : la banque de contacts et les réponses aux sondages sont des renseignements personnels. Une fois dans
    Git, chaque copie du dépôt les garde, même après qu'on les a effacés.

    Comment corriger : retirez-le de Git (`git rm --cached`), ajoutez `/private/` à `.gitignore` et, s'il a déjà été
    envoyé ailleurs, récrivez l'historique avec l'aide d'une personne qui connaît Git.
    """
    for fault in view.repository.strays:
        if fault.kind == "private":
            yield Finding(fault.place, fault.message, fault.fix)
