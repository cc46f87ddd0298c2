"""Family 0xx: files and their front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cdp.diagnostics import Place
from cdp.frontmatter import CONFLICT
from cdp.model.charter import Charter
from cdp.model.community import Community
from cdp.model.validation import known_keys
from cdp.prose import unclosed, without_code
from cdp.rules.registry import CLOCK, Finding, View, at, in_charter, repository_rule, rule
from cdp.text import N, T


def _faults(community: Community, kind: str) -> Iterator[Finding]:
    for page in community.pages():
        for fault in page.faults:
            if fault.kind == kind:
                yield Finding(fault.place, fault.message, fault.fix)


def _strays(view: View, kind: str) -> Iterator[Finding]:
    for fault in view.repository.strays:
        if fault.kind == kind:
            yield Finding(fault.place, fault.message, fault.fix)


@rule("CDP001", "front-matter-unreadable", blocks=True)
def front_matter_unreadable(community: Community, view: View) -> Iterator[Finding]:
    """L'en-tête ne se lit pas.

    Pourquoi : un en-tête mal formé serait publié comme du texte, ou lu à moitié sans que personne le voie.

    Comment corriger : allez à la ligne et à la colonne indiquées; le message dit quoi changer.
    """
    yield from _faults(community, "syntax")


@rule("CDP002", "unknown-key", blocks=True)
def unknown_key(community: Community, view: View) -> Iterator[Finding]:
    """Un champ de l'en-tête est inconnu.

    Pourquoi : une faute de frappe dans le nom d'un champ fait disparaître ce qu'il contient, en silence.

    Comment corriger : prenez le nom proposé, ou effacez la ligne. `cdp schema` donne tous les champs.
    """
    yield from _faults(community, "unknown_key")


@rule("CDP003", "key-missing", reads=CLOCK)
def key_missing(community: Community, view: View) -> Iterator[Finding]:
    """Un champ nécessaire manque.

    Pourquoi : une idée n'a besoin que d'un titre et d'un résumé; au démarrage, les gens doivent savoir pourquoi
    ils se réunissent, quand cela commence et quand cela finit.

    Comment corriger : ajoutez le champ nommé dans le message.
    """
    yield from _faults(community, "missing")
    if community.freeze is not None:
        # Nothing can be added to what an archive says.
        return
    charter = community.charter
    stage = community.stage(view.as_of)
    needed = ["summary"]
    kickoff = charter.kickoff
    met = kickoff.date if kickoff else None
    if kickoff and "date" in kickoff.unknown:
        met = view.as_of
    if stage != "dropped" and met:
        needed.append("purpose")
        if met <= view.as_of:
            needed += ["start_date", "end_date", "formula", "expectations", "objectives", "seasons"]
    if stage == "ended":
        needed += ["closing"]
    for key in needed:
        if not getattr(charter, key) and key not in charter.unknown and not community.wrong(key):
            yield Finding(
                in_charter(community),
                T("le champ « {key} » manque à cette étape de la vie", key=key),
                T("Ajoutez « {key}: … » à l'en-tête de index.md.", key=key),
            )


@rule("CDP004", "value-not-allowed", blocks=True)
def value_not_allowed(community: Community, view: View) -> Iterator[Finding]:
    """La valeur d'un champ n'est pas de celles qui sont permises.

    Pourquoi : une valeur que personne ne vérifie finit par vouloir dire n'importe quoi.

    Comment corriger : choisissez parmi les valeurs du message, ou donnez la forme attendue.
    """
    yield from _faults(community, "value")


@rule("CDP005", "slug-invalid")
def slug_invalid(community: Community, view: View) -> Iterator[Finding]:
    """Le nom du dossier ne peut pas servir d'identifiant.

    Pourquoi : ce nom est l'adresse de la communauté pour toujours, sur le site et dans les liens.

    Comment corriger : renommez le dossier avec des lettres minuscules sans accent, des chiffres et des traits
    d'union, 60 caractères au plus.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", community.slug) or len(community.slug) > 60:
        yield Finding(
            Place(community.folder),
            T("« {slug} » ne peut pas être le nom d'une communauté", slug=community.slug),
            T("Renommez le dossier : minuscules sans accent, chiffres, traits d'union, 60 caractères au plus."),
        )


@repository_rule("CDP006", "stray-file")
def stray_file(view: View) -> Iterator[Finding]:
    """Un fichier ou un dossier n'est pas à une place connue.

    Pourquoi : ce que le site ne montre pas se perd; un dossier sans `index.md` est une communauté invisible.

    Comment corriger : déplacez le fichier dans `notes/`, `meetings/`, `surveys/` ou `seasons/`, ou retirez-le.
    """
    yield from _strays(view, "stray")
    for community in view.repository.communities:
        if community.index is None:
            yield Finding(
                Place(community.folder),
                T("ce dossier n'a pas de fichier index.md"),
                T("Ajoutez index.md avec un titre et un résumé (« cdp new » en fait un), ou retirez le dossier."),
            )


@rule("CDP007", "summary-too-long", "warning")
def summary_too_long(community: Community, view: View) -> Iterator[Finding]:
    """Le résumé dépasse 140 caractères.

    Pourquoi : il se lit dans les listes et sur les cartes, souvent sur un téléphone.

    Comment corriger : gardez une phrase; le reste va dans le corps de la page.
    """
    summary = community.charter.summary or ""
    if len(summary) > 140:
        yield Finding(
            in_charter(community, "summary"),
            N("le résumé fait {n} caractère", "le résumé fait {n} caractères", len(summary)),
            T("Raccourcissez-le à 140 caractères au plus."),
        )


@repository_rule("CDP008", "template-invalid")
def template_invalid(view: View) -> Iterator[Finding]:
    """Un modèle de fichier du dossier theme/new ne respecte pas les règles qu'il devrait enseigner.

    Pourquoi : chaque nouvelle communauté naîtrait avec la faute.

    Comment corriger : corrigez le modèle comme n'importe quel fichier.
    """
    for fault in view.repository.templates:
        yield Finding(fault.place, fault.message, fault.fix)


@rule("CDP009", "not-a-date", blocks=True)
def not_a_date(community: Community, view: View) -> Iterator[Finding]:
    """Une date n'est pas un jour qui existe, écrit AAAA-MM-JJ.

    Pourquoi : « 03/04/2026 » se lit de deux façons, et le 30 février ferme une communauté un jour que personne
    n'attend.

    Comment corriger : écrivez l'année, le mois et le jour, par exemple 2026-04-03.
    """
    yield from _faults(community, "date")


@rule("CDP010", "file-unreadable", blocks=True)
def file_unreadable(community: Community, view: View) -> Iterator[Finding]:
    """Le fichier n'est pas un texte que le site peut montrer.

    Pourquoi : un encodage étranger abîme les accents; des caractères invisibles cachent ce qu'on lit; un texte
    démesuré arrête le site pour tout le monde.

    Comment corriger : enregistrez en UTF-8, effacez les caractères indiqués, coupez les textes trop longs.
    """
    yield from _faults(community, "unreadable")


@repository_rule("CDP011", "symbolic-link", blocks=True)
def symbolic_link(view: View) -> Iterator[Finding]:
    """Un lien symbolique se trouve parmi les fichiers.

    Pourquoi : il peut pointer hors du dossier, jusqu'à la banque de contacts, et publier ce qu'il montre.

    Comment corriger : remplacez-le par une copie du fichier.
    """
    yield from _strays(view, "link")


@repository_rule("CDP012", "name-not-portable", blocks=True)
def name_not_portable(view: View) -> Iterator[Finding]:
    r"""Le nom d'un fichier ou d'un dossier n'existe pas sous tous les systèmes.

    Pourquoi : une personne sous Windows ne pourrait plus télécharger aucun fichier de la base.

    Comment corriger : renommez sans les caractères `\ : * ? " < > |`, sans point ni espace à la fin.
    """
    yield from _strays(view, "name")


@repository_rule("CDP013", "names-collide", blocks=True)
def names_collide(view: View) -> Iterator[Finding]:
    """Deux noms ne diffèrent que par la casse ou la composition des accents.

    Pourquoi : macOS et Windows n'en gardent qu'un; l'autre fichier est perdu.

    Comment corriger : renommez l'un des deux.
    """
    yield from _strays(view, "collision")


@rule("CDP014", "file-name-unexpected")
def file_name_unexpected(community: Community, view: View) -> Iterator[Finding]:
    """Le nom d'une rencontre, d'un sondage ou d'un bilan ne dit pas ce qu'il est.

    Pourquoi : le nom est l'identifiant : le jour d'une rencontre, le mois d'un sondage, la saison d'un bilan.

    Comment corriger : `meetings/2026-02-03-demarrage.md`, `surveys/2026-06.md`, `seasons/<id de la saison>.md`.
    """
    seasons = {season.id for season in community.charter.seasons}
    for meeting in community.meetings:
        if meeting.states("date") and not meeting.stem.startswith(meeting.record.date.isoformat()):
            yield Finding(
                at(community, meeting, "date"),
                T("le nom du fichier ne commence pas par la date de la rencontre, {date}", date=meeting.record.date),
                T("Renommez le fichier, ou corrigez la date."),
            )
    for survey in community.surveys:
        if survey.states("opens") and survey.stem != survey.record.opens.strftime("%Y-%m"):
            yield Finding(
                at(community, survey, "opens"),
                T(
                    "le nom du fichier n'est pas le mois d'ouverture, {month}",
                    month=survey.record.opens.strftime("%Y-%m"),
                ),
                T("Renommez le fichier, ou corrigez la date d'ouverture."),
            )
    for review in community.reviews:
        if review.stem not in seasons and not community.wrong("seasons"):
            yield Finding(
                at(community, review),
                T("aucune saison ne s'appelle « {id} »", id=review.stem),
                T("Donnez-lui pour nom l'identifiant d'une saison de index.md."),
            )


@rule("CDP015", "keys-out-of-order", "info")
def keys_out_of_order(community: Community, view: View) -> Iterator[Finding]:
    """Les champs de la charte ne suivent pas l'ordre du modèle.

    Pourquoi : on retrouve plus vite un champ qui est toujours à la même place.

    Comment corriger : déplacez le champ; rien ne presse.
    """
    if community.index is None:
        return
    order = list(Charter.model_fields)
    written = [key for key in community.index.document.data if key in order]
    for key, usual in zip(written, sorted(written, key=order.index), strict=True):
        if key != usual:
            yield Finding(
                in_charter(community, usual),
                T("« {key} » vient d'habitude avant « {before} »", key=usual, before=key),
                T("Déplacez ce champ, si vous passez par là."),
            )
            return


@rule("CDP016", "template-untouched", "warning", reads=CLOCK)
def template_untouched(community: Community, view: View) -> Iterator[Finding]:
    """Une page ne contient que le modèle : des titres et des consignes, sans un mot.

    Pourquoi : un bilan ou un compte rendu vide a l'air écrit, dans les listes; personne ne saura ce qui s'est dit.

    Comment corriger : écrivez quelques phrases sous les titres utiles, effacez les autres, ou retirez le fichier.
    """
    coming = {meeting.path for meeting in community.meetings if meeting.record.date >= view.as_of}
    waiting = {survey.path for survey in community.surveys if survey.record.answers is None}
    unready = coming | waiting | {note.path for note in community.notes if note.record.draft}
    for page in community.pages():
        if page is community.index or page.path in unready or not _blank(page.document.body):
            continue
        yield Finding(
            at(community, page),
            T("cette page ne contient encore que le modèle"),
            T("Écrivez-y quelques phrases, ou retirez le fichier."),
        )


@rule("CDP020", "html-unclosed", "warning")
def html_unclosed(community: Community, view: View) -> Iterator[Finding]:
    """Une balise HTML s'ouvre au début d'une ligne et ne se ferme jamais.

    Pourquoi : tout ce qui la suit n'est plus du Markdown; les titres, les listes et les liens restent tels quels.

    Comment corriger : fermez la balise, ou retirez-la.
    """
    for page in community.pages():
        tag = unclosed(page.document.body) if page.readable else None
        if tag is not None:
            name, start = tag
            body = page.document.body
            line = page.document.body_line + body.count("\n", 0, start)
            yield Finding(
                Place(f"{community.folder}/{page.path}", line, start - body.rfind("\n", 0, start)),
                T("« {tag} » n'est jamais fermé : la suite de la page n'est pas mise en forme", tag=f"<{name}>"),
                T("Écrivez « {tag} » où cela finit, ou retirez la balise.", tag=f"</{name}>"),
            )


@rule("CDP021", "merge-conflict", blocks=True)
def merge_conflict(community: Community, view: View) -> Iterator[Finding]:
    """Une page porte les marques d'un conflit de fusion Git.

    Pourquoi : les deux versions seraient publiées l'une après l'autre, avec des lignes de signes entre elles.

    Comment corriger : gardez une des deux versions, ou réunissez-les, et effacez les marques.
    """
    for page in community.pages():
        if not page.readable or "<<<<<<< " not in page.document.body:
            continue
        text = without_code(page.document.body)
        for match in _CONFLICT.finditer(text):
            line = page.document.body_line + text.count("\n", 0, match.start())
            yield Finding(Place(f"{community.folder}/{page.path}", line, 1), *CONFLICT)


@rule("CDP022", "text-after-hash", "warning")
def text_after_hash(community: Community, view: View) -> Iterator[Finding]:
    """La fin d'un texte de l'en-tête, après « # », ne sera pas publiée.

    Pourquoi : dans un en-tête, une espace suivie de « # » commence un commentaire : « Rencontre #3 » devient
    « Rencontre », et personne ne le voit.

    Comment corriger : mettez toute la valeur entre guillemets droits; devant un vrai commentaire, écrivez « # » suivi
    d'une espace.
    """
    for page in community.pages():
        front = page.document.text[: page.document.body_start]
        if " #" not in front:
            continue
        values = {place[0]: path for path, place in page.document.places.items()}
        for match in _HASH.finditer(front):
            line = front.count("\n", 0, match.start("lost")) + 1
            path = values.get(line, ())
            value: Any = page.document.data
            for step in path:
                value = value[step]
            if path and path[0] not in known_keys(type(page.record), ()):
                continue
            if value == match["kept"] and any(letter.isalpha() for letter in match["kept"]):
                yield Finding(
                    Place(
                        f"{community.folder}/{page.path}",
                        line,
                        match.start("lost") - front.rfind("\n", 0, match.start("lost")),
                    ),
                    T("« {text} » est pris pour un commentaire : ce texte ne sera pas publié", text=match["lost"]),
                    T(
                        "Mettez toute la valeur entre guillemets droits; si c'est un commentaire, laissez une espace après « # »."
                    ),
                )


_HASH = re.compile(
    r"^[ ]*+(?:-[ ]++)*+(?:[\w-]++[ ]*+:[ ]++)?(?P<kept>[^\s\"'#\[{|>](?:[^#\n]*[^#\s])?)[ ]++(?P<lost>#[^\s#!][^\r\n]{0,40}+)",
    re.MULTILINE,
)
_CONFLICT = re.compile(r"^<{7} [^\n]*\n(?:(?!>{7} )[^\n]*\n)*?={7}\r?\n(?:(?!>{7} )[^\n]*\n)*?>{7} ", re.MULTILINE)


def _blank(body: str) -> bool:
    """Tell whether a text holds a template's comments, headings, and nothing else."""
    first, *rest = body.split("<!--")
    shown = "".join([first, *(part.partition("-->")[2] for part in rest)])
    words = [line for line in shown.splitlines() if line.strip() and not line.startswith("#")]
    return bool(rest) and not words
