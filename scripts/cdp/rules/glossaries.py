"""Family 9xx, glossaries: what ``glossary.md`` explains, for a community or for all of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from cdp.diagnostics import Place
from cdp.links import links
from cdp.model.community import Page, Repository
from cdp.model.glossary import terms
from cdp.model.pages import Note
from cdp.rules.registry import Finding, View, repository_rule
from cdp.text import T


def _glossaries(repository: Repository) -> Iterator[tuple[str, Page[Note]]]:
    """Yield every glossary, with its path from the root: the shared one first."""
    found: list[tuple[str, Page[Note] | None]] = [("glossary.md", repository.glossary)]
    found += [(f"{community.folder}/glossary.md", community.glossary) for community in repository.communities]
    for path, page in found:
        if page is not None:
            yield path, page


@repository_rule("CDP909", "term-defined-twice", "warning")
def term_defined_twice(view: View) -> Iterator[Finding]:
    """Un glossaire explique deux fois le même mot.

    Pourquoi : les notes mènent à la première explication, et la seconde ne sert à personne.

    Comment corriger : réunissez les deux explications sous un seul titre.
    """
    for path, page in _glossaries(view.repository):
        first: dict[str, int] = {}
        for term in terms(page.document.body):
            line = page.document.body_line + term.line - 1
            for form in term.forms:
                known = first.setdefault(form.casefold(), line)
                if known != line:
                    yield Finding(
                        Place(path, line, 1),
                        T("« {term} » est déjà expliqué à la ligne {line}", term=form, line=known),
                        T("Réunissez les deux explications."),
                    )


@repository_rule("CDP910", "term-unexplained", "warning")
def term_unexplained(view: View) -> Iterator[Finding]:
    """Un mot du glossaire n'a pas d'explication.

    Pourquoi : aucune note n'y mène, et la personne qui le cherche trouve un titre sans texte.

    Comment corriger : écrivez sous le titre une phrase ou deux, ou retirez le titre.
    """
    for path, page in _glossaries(view.repository):
        for term in terms(page.document.body):
            if not term.definition:
                yield Finding(
                    Place(path, page.document.body_line + term.line - 1, 1),
                    T("« {term} » n'est pas expliqué", term=term.name),
                    T("Écrivez une phrase sous ce titre, ou retirez-le."),
                )


@repository_rule("CDP911", "shared-glossary-faulty")
def shared_glossary_faulty(view: View) -> Iterator[Finding]:
    """Le glossaire de toutes les communautés ne se lit pas en entier, ou un de ses liens ne mène à rien.

    Pourquoi : ses mots s'affichent dans les notes de tout le monde.

    Comment corriger : corrigez `glossary.md`, à la racine, comme n'importe quelle note; ses liens partent de la
    racine, comme `communities/achats/notes/guide.md`.
    """
    page = view.repository.glossary
    if page is None:
        return
    for fault in page.faults:
        yield Finding(fault.place, fault.message, fault.fix)
    for link in links(page.document.body):
        target = posixpath.normpath(link.target.partition("#")[0] or "glossary.md")
        if ":" not in link.target and target != "glossary.md" and not _exists(view.repository, target):
            yield Finding(
                Place("glossary.md", page.document.body_line + link.line - 1, link.column),
                T("le lien mène à « {target} », qui n'existe pas", target=link.target),
                T("Écrivez le chemin depuis la racine, par exemple communities/achats/notes/guide.md."),
            )


def _exists(repository: Repository, path: str) -> bool:
    return any(path.removeprefix(f"{community.folder}/") in community.files for community in repository.communities)
