"""Family 8xx: privacy and safety of content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdp.diagnostics import Place, Severity
from cdp.links import links
from cdp.markup import SCHEMES, TAGS
from cdp.model.community import Community, Page
from cdp.model.fields import Record
from cdp.personal import GRAVE, PLACES, Found, Kind, scan
from cdp.prose import without_code
from cdp.rules.registry import Finding, View, repository_rule, rule
from cdp.text import T, Text

KINDS: dict[Kind, Text] = {
    "email": T("une adresse de courriel"),
    "phone": T("un numéro de téléphone"),
    "health": T("un numéro d'assurance maladie"),
    "sin": T("un numéro d'assurance sociale"),
    "card": T("un numéro de carte de paiement"),
    "iban": T("un numéro de compte"),
    "birth": T("une date de naissance"),
    "postal": T("un code postal"),
    "address": T("une adresse"),
    "profile": T("un profil sur un réseau social"),
}
"""What each kind of personal information is called."""
_EXPORTED = re.compile(
    r"^.*\b(?:submitdate|startlanguage|_submission_time|_submitted_by|Horodateur|ID de la réponse|Completion time|Heure de fin)\b"
    r".*[;,|\t].*$",
    re.MULTILINE,
)
"""Headers that survey tools give to their exports."""

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


@rule("CDP507", "survey-holds-answers")
def survey_holds_answers(community: Community, view: View) -> Iterator[Finding]:
    """Une page de sondage contient des réponses brutes, ou de quoi retrouver une personne.

    Pourquoi : on a répondu en confiance, et ce qui entre dans Git y reste pour toujours.

    Comment corriger : ne gardez que des nombres et des commentaires reformulés (`cdp survey close` les prépare).
    """
    for page in community.surveys:
        for place, found, words in _personal(community, page, wide=True):
            if words in (community.charter.contact or ""):
                continue
            severity: Severity = "warning" if found.kind in PLACES else "error"
            yield Finding(
                place,
                T("le sondage contient {what}", what=KINDS[found.kind]),
                T(
                    "Retirez-le; si la page est déjà publiée, prévenez la personne responsable des renseignements personnels."
                ),
                severity,
            )
        match = _EXPORTED.search(page.document.body)
        if match is not None:
            line = page.document.body_line + page.document.body.count("\n", 0, match.start())
            yield Finding(
                Place(f"{community.folder}/{page.path}", line),
                T("le sondage contient des réponses brutes"),
                T("Gardez l'export dans le dossier private/, et importez-le : cdp survey import."),
            )


@rule("CDP803", "personal-information-published", "warning")
def personal_information_published(community: Community, view: View) -> Iterator[Finding]:
    """Un texte publié contient un renseignement personnel.

    Pourquoi : ce qui est publié est copié, et ne se reprend pas; la Loi 25 demande l'accord de la personne.

    Comment corriger : retirez-le, ou renvoyez à `contact` de la charte, où une adresse a sa place.
    """
    for page in community.pages():
        if page in community.surveys:
            continue
        for place, found, words in _personal(community, page, wide=False):
            if words not in (community.charter.contact or ""):
                severity: Severity = "error" if found.kind in GRAVE and found.sure else "warning"
                yield Finding(
                    place,
                    T("le texte contient {what}", what=KINDS[found.kind]),
                    T("Retirez-le, ou renvoyez à « contact » de la charte."),
                    severity,
                )


def _personal(community: Community, page: Page[Record], wide: bool) -> Iterator[tuple[Place, Found, str]]:
    """Yield the personal information in a page: its place, what it is, and its words.

    Messages leave the words out: what a check says is kept in logs that others read.
    """
    path = f"{community.folder}/{page.path}"
    body = page.document.body
    for found in scan(body, wide=wide) if page.readable else ():
        line = page.document.body_line + body.count("\n", 0, found.start)
        yield Place(path, line, found.start - body.rfind("\n", 0, found.start)), found, body[found.start : found.end]
    texts = [(keys, text) for keys, text in _texts(page.document.data) if keys[0] != "contact"]
    if scan("\n".join(text for _, text in texts), wide=wide):
        for keys, text in texts:
            for found in scan(text, wide=wide):
                yield Place(path, *page.document.place(keys)), found, text[found.start : found.end]


def _texts(value: object, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the texts of a front matter with the keys that lead to each."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*keys, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*keys, index))


@repository_rule("CDP804", "private-file-tracked")
def private_file_tracked(view: View) -> Iterator[Finding]:
    """Un fichier du dossier `private/`, ou une copie de ce qu'il contient, est suivi par Git.

    Pourquoi : la banque de contacts et les réponses aux sondages sont des renseignements personnels. Une fois dans
    Git, chaque copie du dépôt les garde, même après qu'on les a effacés. Une copie de la banque est reconnue sous
    n'importe quel nom; les fiches `.vcf` et les courriels `.eml` le sont aussi.

    Comment corriger : retirez-le de Git (`git rm --cached`), ajoutez `/private/` à `.gitignore` et, s'il a déjà été
    envoyé ailleurs, récrivez l'historique avec l'aide d'une personne qui connaît Git.
    """
    for fault in view.repository.strays:
        if fault.kind == "private":
            yield Finding(fault.place, fault.message, fault.fix)
