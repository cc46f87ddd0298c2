"""Family 9xx: links between pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from cdp.diagnostics import Place
from cdp.dialect import anchors, has_anchor, slugify
from cdp.links import Link, address, impossible, links
from cdp.model.addresses import former, given
from cdp.model.community import Community, Page
from cdp.model.fields import Record
from cdp.rules.registry import Finding, View, at, in_charter, repository_rule, rule
from cdp.text import T

_ELSEWHERE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]++:|//", re.IGNORECASE)
"""A scheme that no browser of ours follows is CDP802's matter; one of a single letter is a disk of Windows."""
_OF_THIS_COMPUTER = re.compile(r"file:|[a-z]:|\\|/|~/", re.IGNORECASE)


def _place(community: Community, page: Page[Record], link: Link) -> Place:
    return Place(f"{community.folder}/{page.path}", page.document.body_line + link.line - 1, link.column)


def _internal(community: Community) -> Iterator[tuple[Page[Record], Link, str, str]]:
    """Yield the links that lead to a file: page, link, path from the root, anchor."""
    for page in community.pages():
        if not page.readable:
            continue
        folder = posixpath.dirname(f"{community.folder}/{page.path}")
        for link in links(page.document.body):
            if _ELSEWHERE.match(link.target) or _OF_THIS_COMPUTER.match(link.target):
                continue
            target, _, anchor = link.target.partition("#")
            path = posixpath.normpath(f"{folder}/{target}") if target else f"{community.folder}/{page.path}"
            yield page, link, path, anchor


def _find(view: View, path: str) -> tuple[bool, Page[Record] | None]:
    """Return whether a file exists, and its page when it is one."""
    parts = path.split("/", 2)
    community = view.repository.get(parts[1]) if len(parts) == 3 and parts[0] == "communities" else None
    if community is None:
        return False, None
    return parts[2] in community.reachable, community.files.get(parts[2])


@rule("CDP901", "link-target-missing")
def link_target_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un lien mène à un fichier qui n'existe pas, ou qui n'est pas publié.

    Pourquoi : la personne qui clique tombe sur une page d'erreur.

    Comment corriger : vérifiez le chemin, qui part du dossier de la page, et son `.md`; publiez le brouillon.
    """
    for page, link, path, _ in _internal(community):
        if link.kind == "image":
            continue
        exists, target = _find(view, path)
        if not link.target:
            yield Finding(
                _place(community, page, link),
                T("le lien ne mène nulle part"),
                T("Écrivez entre les parenthèses le chemin ou l'adresse, ou retirez le lien."),
            )
        elif not exists:
            yield Finding(
                _place(community, page, link),
                T("le lien mène à « {target} », qui n'existe pas", target=link.target),
                T("Vérifiez le chemin : il part du dossier de cette page et finit par .md."),
            )
        elif target is not None and getattr(target.record, "draft", False) and not getattr(page.record, "draft", False):
            yield Finding(
                _place(community, page, link),
                T("le lien mène à un brouillon, qui n'est pas publié"),
                T("Retirez « draft: true » de la note visée, ou retirez le lien."),
                "warning",
            )
    for page in community.pages():
        for link in links(page.document.body) if page.readable else ():
            if impossible(link.target):
                yield Finding(
                    _place(community, page, link),
                    T("aucune adresse ne peut s'écrire « {target} »", target=link.target),
                    T("Corrigez ce qui vient après « // », ou mettez l'exemple entre accents graves."),
                )


def _nearest(anchor: str, known: Sequence[str]) -> str | None:
    """Return the anchor that was meant: written as another site would (« #version-125 » for « Version 1.25 »), or nearly."""
    same = [name for name in known if name.replace("-", "") == slugify(anchor, "")]
    return next(iter(same or get_close_matches(slugify(anchor), known, n=1, cutoff=0.75)), None)


@rule("CDP902", "anchor-missing", "warning")
def anchor_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un lien mène à un titre qui n'existe pas dans la page visée.

    Pourquoi : la page s'ouvre au début, et la personne cherche ce qu'on voulait lui montrer.

    Comment corriger : reprenez le titre visé, en minuscules sans accent, avec des traits d'union.
    """
    for page, link, path, anchor in _internal(community):
        _, target = _find(view, path)
        if not anchor or target is None or not target.readable:
            continue
        if not has_anchor(target.document.body, anchor):
            there = sorted(name for name in anchors(target.document.body) if not name.startswith("_"))
            near = _nearest(anchor, there)
            known = ", ".join(there[:8])[:300]
            yield Finding(
                _place(community, page, link),
                T("la page « {path} » n'a pas de titre « #{anchor} »", path=target.path, anchor=anchor),
                T("Vouliez-vous dire « #{near} »?", near=near)
                if near
                else T("Titres de cette page : {known}.", known=known)
                if known
                else T("Cette page n'a aucun titre."),
            )


@rule("CDP903", "image-missing")
def image_missing(community: Community, view: View) -> Iterator[Finding]:
    """Une image n'existe pas, ou vient d'un autre site.

    Pourquoi : la page montre un cadre vide; une image d'ailleurs peut changer sans nous, et apprend à d'autres
    qui nous lit.

    Comment corriger : déposez l'image à côté de la note, et donnez son chemin depuis la note.
    """
    for page, link, path, _ in _internal(community):
        if link.kind == "image" and not link.target:
            yield Finding(
                _place(community, page, link),
                T("l'image n'a pas de chemin"),
                T("Écrivez entre les parenthèses le chemin de l'image, depuis le dossier de la page."),
            )
        elif link.kind == "image" and not _find(view, path)[0]:
            yield Finding(
                _place(community, page, link),
                T("l'image « {target} » n'existe pas", target=link.target),
                T("Déposez l'image à côté de la page, ou corrigez le chemin."),
            )
    for page in community.pages():
        for link in links(page.document.body) if page.readable else ():
            if link.kind == "image" and _ELSEWHERE.match(link.target):
                yield Finding(
                    _place(community, page, link),
                    T("l'image vient d'un autre site et ne sera pas montrée"),
                    T("Copiez-la à côté de la page, si sa licence le permet."),
                )


@rule("CDP904", "alt-text-missing", "warning")
def alt_text_missing(community: Community, view: View) -> Iterator[Finding]:
    """Une image n'a pas de texte de remplacement.

    Pourquoi : une personne qui ne voit pas l'image, ou dont la connexion est lente, ne sait pas ce qu'elle montre.

    Comment corriger : décrivez l'image entre les crochets : `![Cinq personnes autour d'une table](photo.jpg)`.
    """
    for page in community.pages():
        for link in links(page.document.body) if page.readable else ():
            if link.kind == "image" and not link.label:
                yield Finding(
                    _place(community, page, link),
                    T("l'image n'a pas de texte de remplacement"),
                    T("Décrivez-la entre les crochets : ![description]({target}).", target=link.target),
                )


@rule("CDP905", "named-file-missing")
def named_file_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un fichier nommé dans la charte n'existe pas.

    Pourquoi : un compte rendu ou un bilan annoncé qu'on ne peut pas lire ne prouve rien.

    Comment corriger : écrivez le fichier, ou corrigez son chemin, qui part du dossier de la communauté.
    """
    charter = community.charter
    named: list[tuple[str | None, tuple[str | int, ...]]] = []
    named += [(e.minutes, ("extensions", i, "minutes")) for i, e in enumerate(charter.extensions)]
    named += [(s.review, ("seasons", i, "review")) for i, s in enumerate(charter.seasons)]
    named += [
        (o.evidence, ("objectives", i, "evidence"))
        for i, o in enumerate(charter.objectives)
        if o.evidence and re.fullmatch(r"(?:notes|meetings|surveys|seasons)/\S+", o.evidence)
    ]
    closing = charter.closing
    if closing is not None:
        named.append((closing.review, ("closing", "review")))
        if closing.celebration is not None:
            named.append((closing.celebration.note, ("closing", "celebration", "note")))
    for path, key in named:
        if path is not None and path.split("#")[0] not in community.files:
            yield Finding(
                in_charter(community, *key),
                T("le fichier « {path} » n'existe pas", path=path),
                T("Écrivez ce fichier, ou corrigez son chemin."),
            )


@rule("CDP906", "link-outside")
def link_outside(community: Community, view: View) -> Iterator[Finding]:
    """Un lien part de la racine d'un disque ou d'un site.

    Pourquoi : il marche sur un seul ordinateur, ou casse dès que le site change d'adresse.

    Comment corriger : écrivez un chemin depuis le dossier de la page, comme `../notes/guide.md`.
    """
    for page in community.pages():
        for link in links(page.document.body) if page.readable else ():
            if _OF_THIS_COMPUTER.match(link.target) and not _ELSEWHERE.match(link.target):
                yield Finding(
                    _place(community, page, link),
                    T("le lien « {target} » ne part pas du dossier de la page", target=link.target),
                    T("Écrivez un chemin relatif, comme ../notes/guide.md."),
                )


@rule("CDP907", "address-used-twice", blocks=True)
def address_used_twice(community: Community, view: View) -> Iterator[Finding]:
    """Deux fichiers seraient publiés à la même adresse.

    Pourquoi : `notes/grille.md` et `notes/grille/index.md` donnent tous deux la page `notes/grille/`; l'une
    effacerait l'autre sans un mot.

    Comment corriger : renommez l'un des deux, ou réunissez leurs textes.
    """
    first: dict[str, str] = {}
    for page in sorted(community.pages(), key=lambda page: page.path):
        if not page.readable or getattr(page.record, "draft", False):
            continue
        former = first.setdefault(address(page.path), page.path)
        if former != page.path:
            yield Finding(
                Place(f"{community.folder}/{page.path}"),
                T("ce fichier serait publié à la même adresse que {other}", other=former),
                T("Renommez l'un des deux, ou réunissez leurs textes."),
            )


@repository_rule("CDP908", "former-path-taken")
def former_path_taken(view: View) -> Iterator[Finding]:
    """Une ancienne adresse ne peut pas mener à la page : elle sert déjà, ou ne s'écrit pas ainsi.

    Pourquoi : une adresse ne mène qu'à un endroit; le site ne publie pas celle-ci.

    Comment corriger : écrivez l'ancien chemin sans le nom du site, par exemple `/anciens/achats/`, et une seule
    fois dans toute la base.
    """
    owned: set[str] = set()
    for community, page, index, text in given(view.repository):
        address = former(text, view.repository)
        place = at(community, page, "former_paths", index)
        if address is None:
            yield Finding(
                place,
                T("l'ancienne adresse « {address} » ne peut pas mener ici", address=text),
                T("Écrivez un chemin simple qui ne sert plus, par exemple /anciens/achats/."),
            )
        elif address in owned:
            yield Finding(
                place,
                T("l'ancienne adresse « {address} » est déjà donnée", address=text),
                T("Gardez-la à un seul endroit."),
            )
        else:
            owned.add(address)
