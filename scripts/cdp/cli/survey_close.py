"""``cdp survey close`` and ``purge``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from cdp import answers_store, private
from cdp.cli import language
from cdp.cli.ground import Ground, apply_option, as_of_option, ground, root_option, say, settle, stop
from cdp.cli.survey_answers import form_of
from cdp.frontmatter import Data, Edit, Unreadable
from cdp.model.community import Page
from cdp.model.pages import Survey
from cdp.personal import mask
from cdp.plan import Plan, edited
from cdp.survey import aggregate, comments
from cdp.survey.comments import KEEP, LEAVE, OPEN, Comment
from cdp.survey.questions import SMALL, Form, FormError
from cdp.text import N, T, Text

Answers = Sequence[Mapping[str, Sequence[str]]]


@click.command()
@click.argument("name", metavar="NOM/SONDAGE")
@click.option("--invited", type=click.IntRange(min=0), metavar="NOMBRE", help=say(T("Nombre de personnes invitées.")))
@click.option("--review", is_flag=True, help=say(T("Relire les commentaires un à un, ici même.")))
@click.option("--no-comments", is_flag=True, help=say(T("Laisser de côté les commentaires qui restent à décider.")))
@root_option
@as_of_option
@apply_option
def close(
    name: str,
    invited: int | None,
    review: bool,
    no_comments: bool,
    root: Path | None,
    as_of: date | None,
    carry_out: bool,
) -> None:
    """Count the answers to a survey that is over, and write what can be published."""
    here = ground(root, as_of)
    path, page, form = form_of(here, name)
    if here.today <= form.closes:
        stop(
            T("le sondage est ouvert jusqu'au {day} : rien n'est compté avant", day=form.closes),
            T("Deux rapports à une réponse près montreraient cette réponse. Revenez après cette date."),
            code=1,
        )
    try:
        if page.record.results or page.record.purge:
            _written(here, form)
        if not answers_store.path(here.root, form.name).is_file():
            stop(T("aucune réponse à ce sondage n'est sur cet ordinateur"), T("Importez-les : cdp survey import FICHIER --survey {name}", name=form.name), code=1)  # fmt: skip
        with answers_store.opened(here.root, form.name) as store:
            given = store.all()
            people = invited if invited is not None else page.record.invited or store.invited() or None
            if people is not None and people < len(given):
                stop(T("{n} réponses pour {people} personnes invitées", n=len(given), people=people), T("Donnez le vrai nombre avec --invited."), code=1)  # fmt: skip
            items = _read(here, form, given)
            if items and len(given) >= aggregate.LEAST_COMMENTS:
                if review or (carry_out and not no_comments and _undecided(items) and sys.stdin.isatty()):
                    items = _review(here, form, items)
                if carry_out and _undecided(items) and not no_comments:
                    _refuse_undecided(here, form, items)
            plan = _plan(here, path, page, form, given, people, items)
            if settle(here, plan, carry_out):
                store.end()
    except answers_store.Refused as error:
        stop(error.message, error.fix, code=1)
    except FormError as error:
        stop(error.message, error.fix, code=1)


@click.command()
@click.argument("name", metavar="NOM/SONDAGE", required=False)
@root_option
@as_of_option
@apply_option
def purge(name: str | None, root: Path | None, as_of: date | None, carry_out: bool) -> None:
    """Destroy the raw answers to a survey, or to all those whose day has come."""
    here = ground(root, as_of)
    if name is not None:
        _, page, form = form_of(here, name)
        if not page.record.results and page.record.purge is None:
            stop(T("les résultats de ce sondage ne sont pas encore écrits"), T("Fermez-le d'abord : cdp survey close {name}", name=form.name), code=1)  # fmt: skip
        names = [form.name]
    else:
        names = [
            f"{community.slug}/{page.stem}"
            for community in here.repository().communities
            for page in community.surveys
            if page.readable and page.record.purge is not None and page.record.purge <= here.today
        ]
    names = [each for each in names if answers_store.files(here.root, each)]
    if not names:
        click.echo(say(T("Rien à changer.")))
    for each in names:
        if carry_out:
            answers_store.purge(here.root, each)
            click.secho(say(T("{name} : les réponses brutes sont détruites.", name=each)), fg="green")
        else:
            click.echo(say(T("{name} : les réponses brutes seront détruites.", name=each)))
    if names and not carry_out:
        click.secho(say(T("Rien n'est encore détruit. Pour le faire, ajoutez --apply à la commande.")), bold=True)


def _written(here: Ground, form: Form) -> None:
    """Leave: there are results already. A closing that was cut short after writing them is finished first."""
    if answers_store.path(here.root, form.name).is_file():
        with answers_store.opened(here.root, form.name) as store:
            store.end()
    stop(
        T("les résultats de ce sondage sont déjà écrits"),
        T("Les compter de nouveau montrerait, par différence, ce qu'une personne a répondu."),
        code=1,
    )


def _plan(
    here: Ground,
    path: str,
    page: Page[Survey],
    form: Form,
    given: Answers,
    people: int | None,
    items: Sequence[Comment],
) -> Plan:
    raw = (here.root / path).read_bytes()
    results: list[Data] = [dict(entry) for entry in aggregate.results(form, given)]
    edits = [Edit(("invited",), str(people))] if people is not None else []
    edits += [Edit(("answers",), str(len(given))), Edit(("results",), results)]
    notes: list[Text] = []
    if len(given) >= aggregate.LEAST_COMMENTS:
        kept = [{"question": item.question, "text": item.text} for item in items if item.mark == KEEP]
        edits += [Edit(("comments",), list[Data](kept))] if kept else []
        if _undecided(items):
            notes.append(N("{n} commentaire reste à décider : --review les montre un à un, et {path} les contient tous.", "{n} commentaires restent à décider : --review les montre un à un, et {path} les contient tous.", _undecided(items), path=_draft(here, form)))  # fmt: skip
    elif items:
        notes.append(T("Moins de {n} réponses : aucun commentaire n'est publié. Lisez-les dans {path} et écrivez la synthèse en mots qui ne montrent personne.", n=aggregate.LEAST_COMMENTS, path=_draft(here, form)))  # fmt: skip
    if len(given) < SMALL:
        notes.append(T("Moins de {n} réponses : aucun nombre par question n'est publié. Écrivez la synthèse en mots sous l'en-tête de {path}, et faites-la relire par le groupe.", n=SMALL, path=path))  # fmt: skip
    edits.append(Edit(("purge",), (here.today + timedelta(days=aggregate.PURGE_AFTER)).isoformat()))
    try:
        page_after = edited(raw, edits)
    except Unreadable:
        stop(
            T("avec tous ces commentaires, l'en-tête de {path} serait trop long pour être lu", path=path),
            T("Publiez-en moins, ou dites-en l'essentiel dans la synthèse, sous l'en-tête : {draft}", draft=_draft(here, form)),
            code=1,
        )  # fmt: skip
    return Plan({path: page_after}, {path: raw}, tuple(notes))


def _draft(here: Ground, form: Form) -> str:
    return answers_store.draft(here.root, form.name).relative_to(here.root).as_posix()


def _undecided(items: Sequence[Comment]) -> int:
    return sum(item.mark == OPEN for item in items)


def _read(here: Ground, form: Form, given: Answers) -> list[Comment]:
    """Return the comments with what was decided of each, and put them in the file of choices."""
    found = aggregate.comments(form, given)
    if not found:
        return []
    draft = answers_store.draft(here.root, form.name)
    try:
        known = comments.read(form, draft.read_text(encoding="utf-8"), draft.name) if draft.is_file() else []
    except UnicodeDecodeError:
        stop(T("{path} n'est pas en UTF-8", path=draft.name), T("Enregistrez-le en UTF-8."), code=1)
    for item in known:
        wrong = comments.problem(item.text) if item.mark == KEEP else None
        if wrong is not None:
            stop(T("{path}, {key} : {wrong}", path=draft.name, key=f"{item.question} {item.key}", wrong=wrong), T("Reformulez-le dans ce fichier, ou laissez-le de côté."), code=1)  # fmt: skip
    items = comments.proposed(found, known)
    if {item.key for item in items} == {item.key for item in known}:
        return known
    _save(here, form, items)
    return items


def _save(here: Ground, form: Form, items: Sequence[Comment]) -> None:
    private.keep(answers_store.draft(here.root, form.name), comments.write(form, items, language()).encode("utf-8"))


def _review(here: Ground, form: Form, items: list[Comment]) -> list[Comment]:
    """Show the comments that are to be decided, one by one; every decision is saved at once."""
    todo = [item for item in items if item.mark == OPEN]
    keys = {"p": KEEP, "l": LEAVE}
    for number, item in enumerate(todo, 1):
        question = form.question(item.question)
        click.echo()
        click.secho(
            f"[{number}/{len(todo)}] {question.label.say(language()) if question else item.question}", bold=True
        )
        click.echo(f"    {item.text}")
        wrong = comments.problem(item.text)
        if wrong is not None:
            click.secho(say(T("Attention : {wrong}", wrong=wrong)), fg="yellow")
        choices = ["r", "l", "q"] if wrong is not None else ["p", "r", "l", "q"]
        asked = T("p : publier, r : reformuler, l : laisser de côté, q : arrêter ici") if wrong is None else T("r : reformuler, l : laisser de côté, q : arrêter ici")  # fmt: skip
        chosen = click.prompt(say(asked), type=click.Choice(choices), show_choices=False)
        if chosen == "q":
            break
        items = comments.marked(items, item.key, keys.get(chosen, KEEP), _reworded(item) if chosen == "r" else "")
        _save(here, form, items)
    return items


def _reworded(item: Comment) -> str:
    while True:
        text: str = click.prompt(say(T("Vos mots")), default=mask(item.text))
        wrong = comments.problem(text)
        if wrong is None:
            return " ".join(text.split())
        click.secho(say(T("Attention : {wrong}", wrong=wrong)), fg="yellow")


def _refuse_undecided(here: Ground, form: Form, items: Sequence[Comment]) -> None:
    stop(
        N("{n} commentaire reste à décider : rien n'est écrit", "{n} commentaires restent à décider : rien n'est écrit", _undecided(items)),
        T("Relisez-les un à un avec --review, ou dans {path}; --no-comments laisse de côté ceux qui restent.", path=_draft(here, form)),
        code=1,
    )  # fmt: skip
