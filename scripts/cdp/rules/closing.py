"""Family 6xx: closing and legacy. A list to tick once the end is announced; what it holds blocks archiving.

Before the last day these findings inform; after it they warn, then are errors once archiving is late, so that a pull
request that settles one of them is not red for the others. A short path asks less (``SPARED``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from cdp import triage
from cdp.diagnostics import Place, Severity
from cdp.model import life
from cdp.model.charter import Closing
from cdp.model.community import Community
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, rule
from cdp.text import N, T

NOTICE = timedelta(days=14)
"""An end is announced this long before it comes (W3C gives notice of the end of a charter)."""

CELEBRATED = timedelta(days=183)
"""A celebration comes at the latest this long after the last day: beyond, its year is mistyped."""

SPARED: Mapping[str | None, frozenset[str]] = {
    "dropped": frozenset(f"CDP6{n:02}" for n in (2, 3, 4, 5, 6, 7, 10, 12, 15, 16)),
    "merged": frozenset({"CDP604", "CDP606", "CDP609", "CDP612", "CDP615", "CDP616"}),
    "handed_over": frozenset({"CDP606", "CDP609", "CDP615", "CDP616"}),
    "early": frozenset({"CDP612", "CDP615"}),
}
"""What each short path does not ask: a life that did not start has nothing to judge; a merger goes on elsewhere."""


def _asked(id: str, community: Community, view: View) -> Closing | None:
    """Return the closing about which a rule may speak: it is open, not over, and its path asks for the rule."""
    closing = community.charter.closing
    if closing is None or community.wrong("closing"):
        return None
    spared = id in SPARED.get(closing.outcome, ())
    return closing if community.stage(view.as_of) in ("closing", "ended", "dropped") and not spared else None


def _weight(community: Community, view: View) -> Severity | None:
    """Return how loud a finding is: it informs until the last day, then warns, then counts in full."""
    end = life.last_day(community)
    if end is None or view.as_of <= end:
        return "info"
    return "warning" if view.as_of <= end + life.ARCHIVE_LATE else None


@rule("CDP601", "closing-unexplained", reads=CLOCK)
def closing_unexplained(community: Community, view: View) -> Iterator[Finding]:
    """La fermeture ne dit pas pourquoi, ou comment la communauté aboutit.

    Pourquoi : une fin sans raison passe pour un échec; une fin dite est un accomplissement. Ailleurs, trois sur
    quatre ne s'expliquent pas.

    Comment corriger : écrivez dans `closing` la raison (`reason`) et l'issue (`outcome`), ou tapez
    `cdp close NOM --outcome ISSUE --reason "…"`.
    """
    closing = _asked("CDP601", community, view)
    if closing is None:
        return
    if closing.reason is None:
        yield Finding(
            in_charter(community, "closing"),
            T("la raison de la fermeture n'est pas dite"),
            T(
                'Ajoutez « reason » à « closing », en une phrase, ou tapez : cdp close {slug} --reason "…"',
                slug=community.slug,
            ),
            _weight(community, view),
        )
    if closing.outcome is None:
        yield Finding(
            in_charter(community, "closing"),
            T("l'issue de la communauté n'est pas dite"),
            T(
                "Ajoutez « outcome » à « closing » : fulfilled (objectifs atteints), transformed, merged, handed_over, early ou dropped; ou tapez : cdp close {slug} --outcome fulfilled",
                slug=community.slug,
            ),
            _weight(community, view),
        )


@rule("CDP602", "objective-without-verdict", reads=CLOCK)
def objective_without_verdict(community: Community, view: View) -> Iterator[Finding]:
    """La fin est là et un objectif n'a pas de verdict.

    Pourquoi : « s'assurer que les objectifs soient atteints dans le temps » (la pratique); laissé de côté est un
    verdict honnête, le silence n'en est pas un.

    Comment corriger : donnez son verdict (`outcome`), avec ce qui le montre (`evidence`) ou l'explique
    (`explanation`).
    """
    if _asked("CDP602", community, view) is None:
        return
    for index, objective in enumerate(community.charter.objectives):
        if objective.outcome == "open":
            yield Finding(
                in_charter(community, "objectives", index, "id"),
                T("l'objectif « {id} » n'a pas de verdict", id=objective.id),
                T("Ajoutez « outcome: met », « partly » ou « dropped », et ce qui le montre."),
                _weight(community, view),
            )


@rule("CDP603", "legacy-incomplete", reads=CLOCK)
def legacy_incomplete(community: Community, view: View) -> Iterator[Finding]:
    """L'héritage ne dit pas, une fois et une seule, ce que devient chaque note et chaque pièce jointe.

    Pourquoi : « réfléchir à ce qui est utile de conserver » (la pratique) se fait note par note; ce que personne n'a
    choisi s'empile.

    Comment corriger : donnez à chaque fichier son choix dans `legacy` : `keep`, `summarize`, `hand_over` ou `remove`;
    `cdp close NOM` en propose un. Un dossier (`notes/outils/`) parle pour ses fichiers. Un brouillon se publie ou se
    retire.
    """
    if _asked("CDP603", community, view) is None or community.wrong("legacy"):
        return
    weight = _weight(community, view)
    for path in (*(page.path for page in community.notes), *community.attachments):
        if path not in community.legacy:
            yield Finding(
                Place(f"{community.folder}/{path}"),
                T("l'héritage ne dit pas ce que devient ce fichier"),
                T("Ajoutez-le à « legacy », ou tapez cdp close {slug} pour une proposition.", slug=community.slug),
                weight,
            )
    for page in community.notes:
        item = community.legacy.get(page.path)
        if item is not None and item.choice != "remove" and page.record.draft:
            yield Finding(
                at(community, page, "draft"),
                T("« {path} » est un brouillon, que personne ne lira", path=page.path),
                T("Publiez-le (effacez « draft »), ou choisissez « remove »."),
                weight,
            )
    chosen = [item.path for item in community.charter.legacy]
    for index, path in enumerate(chosen):
        where = in_charter(community, "legacy", index, "path")
        if not triage.there(path, community):
            yield Finding(
                where,
                T("« {path} » n'existe pas", path=path),
                T("Corrigez le chemin, qui part du dossier de la communauté, ou effacez ce choix."),
                weight,
            )
        elif path in chosen[:index]:
            yield Finding(where, T("« {path} » a deux choix", path=path), T("Gardez un seul de ces choix."), weight)


@rule("CDP604", "closing-review-unwritten", reads=CLOCK)
def closing_review_unwritten(community: Community, view: View) -> Iterator[Finding]:
    """Le bilan manque, ou l'une de ses questions attend encore sa réponse.

    Pourquoi : le bilan est ce que d'autres liront en premier; un modèle vide a l'air écrit et ne dit rien.

    Comment corriger : tapez `cdp close NOM`, qui l'écrit à partir des faits, puis répondez à chaque question, ou
    effacez le titre qui ne vous sert pas.
    """
    if _asked("CDP604", community, view) is None:
        return
    review = community.closing_review
    if review is None:
        yield Finding(
            in_charter(community, "closing"),
            T("le bilan n'est pas écrit"),
            T("Tapez cdp close {slug} : il l'écrit à partir des faits, à vous de le compléter.", slug=community.slug),
            _weight(community, view),
        )
        return
    for line, heading in triage.unanswered(review.document.body):
        yield Finding(
            Place(f"{community.folder}/{review.path}", review.document.body_line + line - 1),
            T("« {heading} » n'a encore que sa question", heading=heading),
            T("Répondez en quelques phrases, ou effacez ce titre."),
            _weight(community, view),
        )


@rule("CDP605", "thanks-missing", reads=CLOCK)
def thanks_missing(community: Community, view: View) -> Iterator[Finding]:
    """Personne n'est remercié.

    Pourquoi : une communauté tient par des gestes que personne ne compte; la fin est le moment de les dire.

    Comment corriger : écrivez `thanks` dans `closing`. Nommez les gestes plutôt que les gens, ou demandez leur accord.
    """
    closing = _asked("CDP605", community, view)
    if closing is None:
        return
    if closing.thanks is None:
        yield Finding(
            in_charter(community, "closing"),
            T("les remerciements ne sont pas écrits"),
            T('Ajoutez « thanks » à « closing », ou tapez : cdp close {slug} --thanks "…"', slug=community.slug),
            _weight(community, view),
        )


@rule("CDP606", "celebration-undated", reads=CLOCK)
def celebration_undated(community: Community, view: View) -> Iterator[Finding]:
    """La célébration de la fin n'a pas de date.

    Pourquoi : « célébrer la CdP après un an » (la pratique) donne le sentiment d'avoir accompli quelque chose; sans
    date, elle n'a pas lieu.

    Comment corriger : fixez le jour et notez-le dans `closing`, sous `celebration: date`. Un café suffit.
    """
    closing = _asked("CDP606", community, view)
    if closing is None:
        return
    if closing.celebration is None or closing.celebration.date is None:
        yield Finding(
            in_charter(community, "closing", "celebration"),
            T("la célébration n'a pas de date"),
            T(
                "Ajoutez à « closing » : celebration, puis date; ou tapez : cdp close {slug} --celebrate AAAA-MM-JJ",
                slug=community.slug,
            ),
            _weight(community, view),
        )


@rule("CDP607", "survey-still-open", reads=CLOCK)
def survey_still_open(community: Community, view: View) -> Iterator[Finding]:
    """Un sondage n'est pas fermé, ou ses résultats ne sont pas publiés.

    Pourquoi : des réponses que personne n'a lues sont une promesse rompue, et la dernière.

    Comment corriger : fermez le sondage, publiez ses nombres et sa synthèse, ou retirez-le si personne n'y a répondu.
    """
    if _asked("CDP607", community, view) is None:
        return
    for page in community.surveys:
        if page.record.answers is None:
            yield Finding(
                at(community, page),
                T("ce sondage n'a pas de résultats"),
                T("Publiez le nombre de réponses (« answers ») et la synthèse, ou retirez ce sondage."),
                _weight(community, view),
            )


@rule("CDP608", "license-unknown", reads=CLOCK)
def license_unknown(community: Community, view: View) -> Iterator[Finding]:
    """On ne sait pas sous quelle licence reprendre ce qui reste.

    Pourquoi : plus personne ne sera là pour donner une permission; sans licence, l'héritage ne peut pas resservir.

    Comment corriger : écrivez `license` dans la charte, par exemple `CC BY-SA 4.0`.
    """
    if _asked("CDP608", community, view) is not None and community.charter.license is None:
        yield Finding(
            in_charter(community, "license"),
            T("la licence n'est pas dite"),
            T("Ajoutez par exemple « license: CC BY-SA 4.0 », avec l'accord du groupe."),
            _weight(community, view),
        )


@rule("CDP609", "contact-leaves-too", reads=CLOCK)
def contact_leaves_too(community: Community, view: View) -> Iterator[Finding]:
    """Le contact manque, ou part avec le groupe : c'est une personne qui l'anime.

    Pourquoi : dans trois ans, qui trouve une erreur ou veut reprendre l'idée doit pouvoir écrire à quelqu'un.

    Comment corriger : donnez dans `contact` une fonction ou un organisme qui restera.
    """
    if _asked("CDP609", community, view) is None:
        return
    charter = community.charter
    contact = charter.contact
    if contact is None:
        yield Finding(
            in_charter(community, "contact"),
            T("le contact qui survivra au groupe n'est pas dit"),
            T("Ajoutez « contact » : une fonction ou un organisme, plutôt qu'une personne."),
            _weight(community, view),
        )
    elif any(person.name in contact for person in (*charter.facilitators, *charter.network_heads, *charter.alumni)):
        yield Finding(
            in_charter(community, "contact"),
            T("le contact est une personne du groupe, qui le quitte aussi"),
            T("Écrivez plutôt sa fonction, ou l'organisme qui reçoit la suite."),
            _weight(community, view),
        )


@rule("CDP610", "people-not-alumni", reads=CLOCK)
def people_not_alumni(community: Community, view: View) -> Iterator[Finding]:
    """La vie est finie et des personnes y sont encore dites en fonction.

    Pourquoi : on continuerait de leur écrire. Leur rôle est fini; leur nom, si elles l'ont accepté, reste parmi celles
    et ceux qui ont porté la communauté.

    Comment corriger : après le dernier jour, tapez `cdp close NOM` : il passe `facilitators` et `network_heads` dans
    `alumni`.
    """
    if _asked("CDP610", community, view) is None or community.stage(view.as_of) == "closing":
        return
    facilitators, heads = len(community.charter.facilitators), len(community.charter.network_heads)
    for key, many, said in (
        (
            "facilitators",
            facilitators,
            N(
                "{n} personne est encore à l'animation (« facilitators »)",
                "{n} personnes sont encore à l'animation (« facilitators »)",
                facilitators,
            ),
        ),
        (
            "network_heads",
            heads,
            N(
                "{n} personne est encore parmi les têtes de réseau (« network_heads »)",
                "{n} personnes sont encore parmi les têtes de réseau (« network_heads »)",
                heads,
            ),
        ),
    ):
        if many:
            yield Finding(
                in_charter(community, key),
                said,
                T("Tapez cdp close {slug} : il les passe à « alumni ».", slug=community.slug),
                _weight(community, view),
            )


@rule("CDP611", "linked-page-removed", reads=CLOCK)
def linked_page_removed(community: Community, view: View) -> Iterator[Finding]:
    """L'héritage retire un fichier, ou la partie d'une page, que des liens visent encore.

    Pourquoi : la personne qui suit le lien tombe sur une page d'erreur, et une page archivée ne se corrige plus.
    L'adresse d'une note retirée mène à la page de la communauté; un lien écrit dans une note, non.

    Comment corriger : gardez ou résumez ce fichier, ou retirez d'abord les liens qui y mènent.
    """
    legacy = community.legacy
    if _asked("CDP611", community, view) is None:
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
                _weight(community, view),
            )  # fmt: skip
        elif pages:
            yield Finding(
                Place(f"{community.folder}/{target}"),
                T("son résumé n'aura plus la partie à laquelle mènent : {pages}", pages=", ".join(pages[:3])),
                T("Faites mener ces liens à la page entière, ou choisissez « keep »."),
                _weight(community, view),
            )


@rule("CDP612", "external-link-uncopied", "warning", reads=CLOCK)
def external_link_uncopied(community: Community, view: View) -> Iterator[Finding]:
    """Une note gardée mène à un autre site, et rien ne dit ce qu'on fera quand cette page disparaîtra.

    Pourquoi : des pages disparaissent chaque année; celles qui comptent se copient tant qu'elles vivent.

    Comment corriger : pour chaque adresse, ajoutez à `closing`, sous `links`, `copy` (un fichier d'ici ou l'adresse
    d'une archive du Web) ou `perishable: true`.
    """
    closing = _asked("CDP612", community, view)
    if closing is None:
        return
    weight = _weight(community, view)
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
                weight,
            )  # fmt: skip
    for index, link in enumerate(closing.links):
        if link.kept is not None and not triage.exists(link.kept, community):
            yield Finding(
                in_charter(community, "closing", "links", index, "copy"),
                T("la copie « {path} » n'existe pas", path=link.kept),
                T("Donnez le chemin d'un fichier de la communauté, ou une adresse qui commence par https://."),
                weight,
            )


@rule("CDP613", "summary-missing", reads=CLOCK)
def summary_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un fichier est à résumer et rien ne le résume.

    Pourquoi : à l'archivage, le résumé prend la place du texte; sans lui, il ne resterait qu'un titre.

    Comment corriger : écrivez dans la note une section « Résumé » (ou le champ `summary`); une pièce jointe se garde,
    se transmet ou se retire.
    """
    if _asked("CDP613", community, view) is None:
        return
    short = {page.path: triage.summed_up(page) for page in community.notes}
    for path, item in community.legacy.items():
        if item.choice == "summarize" and short.get(path) is None:
            yield Finding(
                Place(f"{community.folder}/{path}"),
                T("l'héritage veut le résumer, et rien ne le résume"),
                T("Ajoutez à la note un titre « ## Résumé » et quelques phrases, ou faites un autre choix."),
                _weight(community, view),
            )


@rule("CDP614", "hand-over-without-home", reads=CLOCK)
def hand_over_without_home(community: Community, view: View) -> Iterator[Finding]:
    """Un fichier est transmis et rien ne dit à qui.

    Pourquoi : transmettre sans nommer la nouvelle maison, c'est laisser sur le trottoir.

    Comment corriger : écrivez dans `to` qui le reçoit, son adresse, ou la page d'ici qui le continue
    (`communities/…/….md`, seul ou entre parenthèses après un nom).
    """
    if _asked("CDP614", community, view) is None:
        return
    for index, item in enumerate(community.charter.legacy):
        if item.choice == "hand_over" and item.to is None:
            yield Finding(
                in_charter(community, "legacy", index, "choice"),
                T("« {path} » est transmis, sans dire à qui", path=item.path),
                T("Ajoutez « to » : un organisme, une adresse, ou une page d'ici."),
                _weight(community, view),
            )


@rule("CDP615", "end-announced-late", "warning", reads=CLOCK)
def end_announced_late(community: Community, view: View) -> Iterator[Finding]:
    """La fin a été annoncée moins de deux semaines avant d'arriver.

    Pourquoi : les membres préparent l'au revoir eux aussi; une fin apprise la veille laisse un goût de rupture.

    Comment corriger : rien, si c'est passé : dites au bilan ce qui s'est passé. Sinon, annoncez dès qu'on le sait.
    """
    closing = _asked("CDP615", community, view)
    end = life.last_day(community)
    if closing is None or end is None:
        return
    if closing.announced + NOTICE > end:
        yield Finding(
            in_charter(community, "closing", "announced"),
            T("la fin du {end} a été annoncée le {day}", end=end, day=closing.announced),
            T("Dites au bilan comment les membres l'ont appris."),
            _weight(community, view),
        )


@rule("CDP616", "celebration-outside-life", reads=CLOCK)
def celebration_outside_life(community: Community, view: View) -> Iterator[Finding]:
    """La célébration a lieu avant que la communauté commence, ou bien après sa fin.

    Pourquoi : son jour peut devenir le dernier jour de la communauté, et reste écrit dans l'archive; une faute de frappe
    raconterait une autre histoire.

    Comment corriger : écrivez le jour où l'on a célébré, ou celui qui est prévu, six mois après la fin au plus tard.
    """
    # A path that asks for no celebration may have one: its day counts all the same.
    closing = _asked("", community, view)
    celebrated = closing.celebration.date if closing is not None and closing.celebration is not None else None
    if celebrated is None:
        return
    start, end = community.charter.start_date, community.charter.end_date
    if start is not None and celebrated < start:
        message = T("la célébration du {day} vient avant le début, le {began}", day=celebrated, began=start)
    elif end is not None and celebrated > end + CELEBRATED:
        message = T("la célébration du {day} vient longtemps après la fin, le {end}", day=celebrated, end=end)
    else:
        return
    yield Finding(
        in_charter(community, "closing", "celebration", "date"),
        message,
        T("Corrigez son jour : cdp close {slug} --celebrate AAAA-MM-JJ", slug=community.slug),
        _weight(community, view),
    )
