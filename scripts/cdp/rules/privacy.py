"""Family 8xx: privacy and safety of content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdp.diagnostics import Place
from cdp.model.community import Community
from cdp.prose import without_code
from cdp.rules.registry import Finding, View, repository_rule, rule
from cdp.text import T

_REMOVED = (
    re.compile(
        r"<(script|style|iframe|object|embed|form|input|button|select|textarea|link|meta|base|svg|math|video|audio"
        r"|template)\b",
        re.IGNORECASE,
    ),
    re.compile(r"<[a-z][^<>]*?\s(on[a-z]++|style|srcdoc|formaction)\s*+=", re.IGNORECASE),
    re.compile(r"\]\(\s*+(?:<\s*+)?(javascript|data|vbscript|file):", re.IGNORECASE),
)
"""What the sanitiser takes out: elements, attributes, links. Each begins with a sign that most texts lack."""


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
    ceux qui lisent.

    Comment corriger : écrivez le passage en Markdown, ou mettez-le entre accents graves pour le citer.
    """
    for page in community.pages():
        body = page.document.body
        if page.readable and ("<" in body or "](" in body):
            text = without_code(body)
            matches = [match for pattern in _REMOVED if (match := pattern.search(text))]
            if matches:
                match = min(matches, key=re.Match.start)
                line = page.document.body_line + body.count("\n", 0, match.start())
                column = match.start() - body.rfind("\n", 0, match.start())
                yield Finding(
                    Place(f"{community.folder}/{page.path}", line, column),
                    T("« {what} » ne sera pas publié", what=match[1]),
                    T("Écrivez ce passage en Markdown, ou citez-le entre accents graves."),
                )


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
