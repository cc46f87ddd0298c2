"""Family 6xx: the legacy: what becomes of each file at the end, and of who leads to it (see ``closing`` for its tone)."""

from __future__ import annotations

from collections.abc import Iterator

from cdp import triage
from cdp.diagnostics import Place
from cdp.model.community import Community
from cdp.rules.closing import asked, weight
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import N, T


@rule("CDP603", "legacy-incomplete", reads=CLOCK)
def legacy_incomplete(community: Community, view: View) -> Iterator[Finding]:
    """L'héritage ne dit pas, une fois et une seule, ce que devient chaque note et chaque pièce jointe.

    Pourquoi : « réfléchir à ce qui est utile de conserver » (la pratique) se fait note par note; ce que personne n'a
    choisi s'empile.

    Comment corriger : donnez à chaque fichier son choix dans `legacy` : `keep`, `summarize`, `hand_over` ou `remove`;
    `cdp close NOM` en propose un. Un dossier (`notes/outils/`) parle pour ses fichiers. Un brouillon se publie ou se
    retire.
    """
    if asked("CDP603", community, view) is None or community.wrong("legacy"):
        return
    loud = weight(community, view)
    for path in (*(page.path for page in community.notes), *community.attachments):
        if path not in community.legacy:
            yield Finding(
                Place(f"{community.folder}/{path}"),
                T("l'héritage ne dit pas ce que devient ce fichier"),
                T("Ajoutez-le à « legacy », ou tapez cdp close {slug} pour une proposition.", slug=community.slug),
                loud,
            )
    for page in community.notes:
        item = community.legacy.get(page.path)
        if item is not None and item.choice != "remove" and page.record.draft:
            yield Finding(
                at(community, page, "draft"),
                T("« {path} » est un brouillon, que personne ne lira", path=page.path),
                T("Publiez-le (effacez « draft »), ou choisissez « remove »."),
                loud,
            )
    chosen = [item.path for item in community.charter.legacy]
    for index, path in enumerate(chosen):
        where = in_charter(community, "legacy", index, "path")
        if not triage.there(path, community):
            yield Finding(
                where,
                T("« {path} » n'existe pas", path=path),
                T("Corrigez le chemin, qui part du dossier de la communauté, ou effacez ce choix."),
                loud,
            )
        elif path in chosen[:index]:
            yield Finding(where, T("« {path} » a deux choix", path=path), T("Gardez un seul de ces choix."), loud)


@rule("CDP611", "linked-page-removed", reads=CLOCK)
def linked_page_removed(community: Community, view: View) -> Iterator[Finding]:
    """L'héritage retire un fichier, ou la partie d'une page, que des liens visent encore.

    Pourquoi : la personne qui suit le lien tombe sur une page d'erreur, et une page archivée ne se corrige plus.
    L'adresse d'une note retirée mène à la page de la communauté; un lien écrit dans une note, non.

    Comment corriger : gardez ou résumez ce fichier, ou retirez d'abord les liens qui y mènent.
    """
    legacy = community.legacy
    if asked("CDP611", community, view) is None:
        return
    gone = {path for path, item in legacy.items() if item.choice == "remove"}
    leading = triage.incoming(community, view.repository) if gone else {}
    shortened = any(item.choice == "summarize" for item in legacy.values())
    parts = triage.incoming(community, view.repository, to_parts=True) if shortened else {}
    for target, item in legacy.items():
        found = {"remove": leading, "summarize": parts}.get(item.choice, {}).get(target, ())
        pages = [f"communities/{slug}/{path}" for slug, path in found if slug != community.slug or path not in gone]
        if pages and item.choice == "remove":
            yield Finding(
                Place(f"{community.folder}/{target}"),
                N("l'héritage le retire, et une page y mène : {pages}",
                  "l'héritage le retire, et {n} pages y mènent : {pages}", len(pages), pages=", ".join(pages[:3])),
                T("Choisissez « keep » ou « summarize », ou retirez d'abord ces liens."),
                weight(community, view),
            )  # fmt: skip
        elif pages:
            yield Finding(
                Place(f"{community.folder}/{target}"),
                T("son résumé n'aura plus la partie à laquelle mènent : {pages}", pages=", ".join(pages[:3])),
                T("Faites mener ces liens à la page entière, ou choisissez « keep »."),
                weight(community, view),
            )


@rule("CDP612", "external-link-uncopied", "warning", reads=CLOCK)
def external_link_uncopied(community: Community, view: View) -> Iterator[Finding]:
    """Une note gardée mène à un autre site, et rien ne dit ce qu'on fera quand cette page disparaîtra.

    Pourquoi : des pages disparaissent chaque année; celles qui comptent se copient tant qu'elles vivent.

    Comment corriger : pour chaque adresse, ajoutez à `closing`, sous `links`, `copy` (un fichier d'ici ou l'adresse
    d'une archive du Web) ou `perishable: true`.
    """
    closing = asked("CDP612", community, view)
    if closing is None:
        return
    loud = weight(community, view)
    settled = {link.url for link in closing.links if link.kept is not None or link.perishable}
    kept = {path for path, item in community.legacy.items() if item.choice == "keep"}
    for page in community.notes:
        left = [url for url in triage.external(page) if url not in settled] if page.path in kept else []
        if left:
            yield Finding(
                at(community, page),
                N("{n} lien vers un autre site n'a ni copie ni mention : {urls}",
                  "{n} liens vers d'autres sites n'ont ni copie ni mention : {urls}", len(left),
                  urls=", ".join(left[:3])),
                T("Ajoutez chaque adresse à « closing: links », avec « copy » ou « perishable: true »."),
                loud,
            )  # fmt: skip
    for index, link in enumerate(closing.links):
        if link.kept is not None and not triage.exists(link.kept, community):
            yield Finding(
                in_charter(community, "closing", "links", index, "copy"),
                T("la copie « {path} » n'existe pas", path=link.kept),
                T("Donnez le chemin d'un fichier de la communauté, ou une adresse qui commence par https://."),
                loud,
            )


@rule("CDP613", "summary-missing", reads=CLOCK)
def summary_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un fichier est à résumer et rien ne le résume.

    Pourquoi : à l'archivage, le résumé prend la place du texte; sans lui, il ne resterait qu'un titre.

    Comment corriger : écrivez dans la note une section « Résumé » (ou le champ `summary`); une pièce jointe se garde,
    se transmet ou se retire.
    """
    if asked("CDP613", community, view) is None:
        return
    short = {page.path: triage.summed_up(page) for page in community.notes}
    for path, item in community.legacy.items():
        if item.choice == "summarize" and short.get(path) is None:
            yield Finding(
                Place(f"{community.folder}/{path}"),
                T("l'héritage veut le résumer, et rien ne le résume"),
                T("Ajoutez à la note un titre « ## Résumé » et quelques phrases, ou faites un autre choix."),
                weight(community, view),
            )


@rule("CDP614", "hand-over-without-home", reads=CLOCK)
def hand_over_without_home(community: Community, view: View) -> Iterator[Finding]:
    """Un fichier est transmis et rien ne dit à qui.

    Pourquoi : transmettre sans nommer la nouvelle maison, c'est laisser sur le trottoir.

    Comment corriger : écrivez dans `to` qui le reçoit, son adresse, ou la page d'ici qui le continue
    (`communities/…/….md`, seul ou entre parenthèses après un nom).
    """
    if asked("CDP614", community, view) is None:
        return
    for index, item in enumerate(community.charter.legacy):
        if item.choice == "hand_over" and item.to is None:
            yield Finding(
                in_charter(community, "legacy", index, "choice"),
                T("« {path} » est transmis, sans dire à qui", path=item.path),
                T("Ajoutez « to » : un organisme, une adresse, ou une page d'ici."),
                weight(community, view),
            )
