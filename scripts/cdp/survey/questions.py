"""The form of a survey: questions made from what a community hopes for and aims at, with ids that never change.

A form is a list of *items*, what a person counts as one question: a heading with one or two answers under it, or a
table of rows with the same choices. By default there are twelve (the practice, step 3; value cycles of Wenger,
Trayner and de Laat, 2011). Facilitators drop, add and reorder items in the survey's front matter.

Contract with the receiver and the import:

- The id of a question is that of its answer everywhere: name of the field in our page, ``question`` in the results.
  A row's id is the expectation's or the objective's (``a1``); its importance is ``a1.importance``.
- The answer to a ``single``, ``row`` or ``scale`` question is the code of one choice; to a ``multiple`` one, several;
  to a ``text`` one, words. Texts are comments: never published without a person's choice.
- Our page sends ``application/x-www-form-urlencoded`` to ``<receiver>/<slug>/<id>``: one field a question, repeated for
  ``multiple``; ``key`` (against double sends) and ``token`` (invitation) may be added. No question has these names.
- The names that other tools give to columns and choices: :mod:`cdp.survey.columns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple

from cdp.model.community import Community, Page
from cdp.model.pages import AddedQuestion, Questionnaire, Survey
from cdp.text import T, Text

Kind = Literal["single", "row", "multiple", "scale", "text"]

MOST_ITEMS = 12
"""Items of a form by default: short enough to be answered (TODO Group: 11)."""
SMALL = 5
"""Under this many people, anonymity cannot be promised, and no score is published."""
RESERVED = frozenset({"key", "token", "website", "lang"})
"""Names of fields that are not questions."""

ITEMS = (
    "you",
    "expectations",
    "objectives",
    "useful",
    "kept",
    "used",
    "effect",
    "formula",
    "needs",
    "next",
    "legacy",
    "free",
)
"""The default items, in order."""


class FormError(ValueError):
    """A form cannot be made as it is asked for.

    Attributes:
        message, fix: what is wrong and what to do.
    """

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


class Words(NamedTuple):
    """The same words in both languages."""

    fr: str
    en: str

    def say(self, lang: str) -> str:
        """Return the words in "fr" or "en"."""
        return self.en if lang == "en" else self.fr


_EMPTY = Words("", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer.

    Attributes:
        code: in our results, kept from survey to survey.
        short: in tools that allow five characters.
        label: what people read.
    """

    code: str
    short: str
    label: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that is asked for.

    Attributes:
        id: stable from one survey to the next; key of its results.
        kind: how it is answered; rows of one item have the same choices.
        label: what is asked.
        choices: possible answers, none for a text.
        subject: id of the expectation or objective that is asked about, or "".
        required: always False today: nobody has to answer.
        comment: True for words written freely, which may point at somebody.
    """

    id: str
    kind: Kind
    label: Words
    choices: tuple[Choice, ...] = ()
    subject: str = ""
    required: bool = False

    @property
    def comment(self) -> bool:
        """Tell whether the answer is words, which may point at somebody."""
        return self.kind == "text"


@dataclass(frozen=True, slots=True)
class Item:
    """What a person counts as one question.

    Attributes:
        id: such as ``expectations``.
        label: its heading.
        questions: what is answered under it; several of kind "row" make a table.
        help: a sentence under the heading, or empty.
        asks: what each table asks, when there are several.
    """

    id: str
    label: Words
    questions: tuple[Question, ...]
    help: Words = _EMPTY
    asks: tuple[Words, ...] = ()

    def tables(self) -> Iterator[tuple[Question, ...]]:
        """Yield the questions by table: consecutive rows with the same choices; any other question alone."""
        group: list[Question] = []
        for question in self.questions:
            if group and not (question.kind == group[0].kind == "row" and question.choices == group[0].choices):
                yield tuple(group)
                group = []
            group.append(question)
        if group:
            yield tuple(group)


@dataclass(frozen=True, slots=True)
class Form:
    """A survey's form.

    Attributes:
        slug, survey: of the community and the survey; ``name`` is both.
        title: of the form.
        opens, closes: window, both days included.
        items: in order.
        notice: what people read before they answer, by heading.
        contact: where to send answers when nothing receives them, or "".
        small: True when fewer than SMALL people are invited.
        language: of what members wrote, such as expectations: "fr" or "en".
    """

    slug: str
    survey: str
    title: Words
    opens: date
    closes: date
    items: tuple[Item, ...]
    notice: tuple[tuple[Words, Words], ...] = ()
    contact: str = ""
    small: bool = False
    language: str = "fr"

    @property
    def name(self) -> str:
        """Name of the survey, ``SLUG/ID``."""
        return f"{self.slug}/{self.survey}"

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in order."""
        return tuple(question for item in self.items for question in item.questions)

    def question(self, id: str) -> Question | None:
        """Return the question of that id, or None."""
        return next((question for question in self.questions if question.id == id), None)


@dataclass(frozen=True)
class Wording:
    """The words of a form, from ``theme/survey/wording.yml``.

    Attributes:
        labels: of items, questions (``next.role``) and choices (``expectations.choices.met``), with fields in braces.
        notice: headings and texts of what is read first, in order.
    """

    labels: Mapping[str, Words] = field(default_factory=dict)
    notice: Mapping[str, tuple[Words, Words]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Words:
        return self.labels[key]


SINCE = ("new", "some", "long")
STATE = ("met", "partly", "not", "gone")
IMPORTANCE = ("high", "some", "low")
"""Choice codes of the standard questions; results use them."""
_CHOICES: dict[str, Sequence[str]] = {
    "since": SINCE,
    "role": ("member", "head", "lead"),
    "expectations": STATE,
    "importance": IMPORTANCE,
    "objectives": STATE,
    "formula": ("keep", "change", "dunno"),
    "next": ("yes", "maybe", "no"),
    "nextrole": ("come", "help", "lead", "news"),
}
_PARTS: dict[str, tuple[tuple[str, Kind], ...]] = {
    "you": (("since", "single"), ("role", "single")),
    "useful": (("useful", "text"),),
    "kept": (("kept", "text"),),
    "used": (("used", "text"),),
    "effect": (("effect", "text"),),
    "formula": (("formula", "single"), ("change", "text")),
    "needs": (("needs", "text"),),
    "next": (("next", "single"), ("nextrole", "multiple")),
    "legacy": (("legacy", "text"),),
    "free": (("free", "text"),),
}
_SHORT = {"partly": "part", "change": "chang", "member": "membr"}


def form(community: Community, page: Page[Survey], wording: Wording) -> Form:
    """Return the form of a survey.

    Args:
        community: whose expectations and objectives are asked about.
        page: the survey's page; its ``form`` block says what to ask, drop, add and reorder.
        wording: the words.

    Raises:
        FormError: two questions have the same id, or the front matter names one that does not exist.
    """
    survey = page.record
    asked = survey.form or Questionnaire()
    items = {item.id: item for item in _standard(community, asked, wording)}
    standard = dict(items)
    for added in asked.add:
        if added.id in standard or added.id in RESERVED:
            raise FormError(
                T("la question « {id} » porte un nom déjà pris", id=added.id), T("Donnez-lui un autre identifiant.")
            )
        items[added.id] = _added(added)
    _known(asked, items, community)
    dropped = set(asked.drop)
    kept = {
        name: replace(item, questions=tuple(q for q in item.questions if not {q.id, q.subject} & dropped))
        for name, item in items.items()
        if name not in dropped
    }
    ordered = [kept.pop(name) for name in dict.fromkeys(asked.order) if name in kept] + list(kept.values())
    ordered = [item for item in ordered if item.questions]
    seen: set[str] = set()
    for question in (question for item in ordered for question in item.questions):
        if question.id in seen or question.id in RESERVED:
            raise FormError(
                T("deux questions porteraient le nom « {id} »", id=question.id),
                T("Une attente ou un objectif a l'identifiant d'une autre question : changez le plus récent des deux."),
            )
        seen.add(question.id)
    people = survey.invited if survey.invited is not None else _attendance(community)
    result = Form(
        community.slug,
        page.stem,
        _filled(wording["title"], community=community.title),
        survey.opens,
        survey.closes,
        tuple(ordered),
        contact=community.charter.contact or "",
        small=people is not None and people < SMALL,
        language=community.charter.language,
    )
    return replace(result, notice=tuple(_notice(result, community, wording)))


class _AnyWords(dict[str, Words]):
    """Words for whoever asks what would be asked, and not how."""

    def __missing__(self, key: str) -> Words:
        return _EMPTY


def impossible(community: Community, page: Page[Survey]) -> FormError | None:
    """Return why the form of a survey cannot be made, whatever its words, or None when it can."""
    try:
        form(community, page, Wording(_AnyWords()))
    except FormError as error:
        return error
    return None


def minutes(form: Form) -> int:
    """Return how long a form takes, in minutes: a third of one a tick, a minute a text, most of which are left empty."""
    ticks = sum(not question.comment for question in form.questions)
    texts = sum(question.comment for question in form.questions)
    return max(3, round(ticks / 4 + texts * 0.75))


def _standard(community: Community, asked: Questionnaire, wording: Wording) -> Iterator[Item]:
    charter = community.charter
    for name in ITEMS:
        label = wording[name]
        hint = wording.labels.get(f"{name}.help", Words("", ""))
        if name == "expectations":
            wanted = asked.expectations
            hopes = [e for e in charter.expectations if (e.status == "open" if wanted is None else e.id in wanted)]
            rows = tuple(
                Question(e.id, "row", Words(e.text, e.text), _choices("expectations", wording), e.id) for e in hopes
            )
            weights = tuple(
                Question(f"{e.id}.importance", "row", Words(e.text, e.text), _choices("importance", wording), e.id)
                for e in hopes
            )
            yield Item(
                name, label, rows + weights, hint, (wording["expectations.state"], wording["expectations.importance"])
            )
        elif name == "objectives":
            wanted = asked.objectives
            aims = [o for o in charter.objectives if (o.outcome == "open" if wanted is None else o.id in wanted)]
            rows = tuple(
                Question(o.id, "row", Words(o.text, o.text), _choices("objectives", wording), o.id) for o in aims
            )
            yield Item(name, label, rows, hint)
        else:
            parts = tuple(
                Question(part, kind, wording.labels.get(f"{name}.{part}", label), _choices(part, wording))
                for part, kind in _PARTS[name]
            )
            yield Item(name, label, parts, hint)


def _choices(name: str, wording: Wording) -> tuple[Choice, ...]:
    return tuple(
        Choice(code, _SHORT.get(code, code), wording[f"{name}.choices.{code}"]) for code in _CHOICES.get(name, ())
    )


def _added(added: AddedQuestion) -> Item:
    label = Words(added.fr, added.en or added.fr)
    choices = tuple(Choice(c.code, c.code, Words(c.fr, c.en or c.fr)) for c in added.choices)
    if len({choice.code for choice in choices}) != len(choices):
        raise FormError(
            T("la question « {id} » a deux choix du même code", id=added.id),
            T("Donnez un code différent à chaque choix : certains outils effacent les doubles sans le dire."),
        )
    if added.kind == "scale" and not choices:
        choices = tuple(Choice(str(n), str(n), Words(str(n), str(n))) for n in range(1, 6))
    if (added.kind == "text") == bool(choices) or (added.kind != "text" and len(choices) < 2):
        raise FormError(
            T("les choix de la question « {id} » ne vont pas avec sa sorte", id=added.id),
            T("Une question « text » n'a pas de choix; les autres en ont au moins deux."),
        )
    return Item(added.id, label, (Question(added.id, added.kind, label, choices),))


def _known(asked: Questionnaire, items: Mapping[str, Item], community: Community) -> None:
    hopes = {item.id for item in community.charter.expectations}
    aims = {item.id for item in community.charter.objectives}
    parts = {question.id for item in items.values() for question in item.questions}
    for key, names, known in (
        ("expectations", asked.expectations or (), hopes),
        ("objectives", asked.objectives or (), aims),
        ("drop", asked.drop, {*items, *parts, *hopes, *aims}),
        ("order", asked.order, set(items)),
    ):
        for name in names:
            if name not in known:
                raise FormError(
                    T("« form.{key} » nomme « {name} », qui n'existe pas", key=key, name=name),
                    T("Choisissez parmi : {known}.", known=", ".join(sorted(known)) or "—"),
                )


def _attendance(community: Community) -> int | None:
    counts = [page.record.attendance for page in community.meetings if page.record.attendance is not None]
    return max(counts[-3:], default=None)


def long_date(day: date, lang: str) -> str:
    """Return a date in words, with its year."""
    from babel.dates import format_date

    text = format_date(day, "d MMMM y" if lang == "fr" else "MMMM d, y", locale="fr_CA" if lang == "fr" else "en_CA")
    return re.sub(r"\A1 ", "1er ", text) if lang == "fr" else text


def _notice(form: Form, community: Community, wording: Wording) -> Iterator[tuple[Words, Words]]:
    for name, (heading, text) in wording.notice.items():
        if name == ("few" if form.small else "small"):
            continue
        fields = {"community": community.title, "minutes": minutes(form), "items": len(form.items)}
        yield (
            heading,
            Words(
                text.fr.format(closes=long_date(form.closes, "fr"), **fields),
                text.en.format(closes=long_date(form.closes, "en"), **fields),
            ),
        )


def _filled(words: Words, **fields: object) -> Words:
    return Words(words.fr.format(**fields), words.en.format(**fields))
