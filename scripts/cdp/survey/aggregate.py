"""Answers → what may be published: counts in which nobody can be found, and comments for a person to choose from.

Rules, fixed before anybody answers (Viva Glint, Lattice: 5 for scores, 10 for comments; D. 783-2024: individualisation,
correlation, inference): under five people, no count; a choice of one to four people is hidden, and others with it, so
that no subtraction gives it back; a question with nothing left to show says only that it is hidden.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from cdp.survey.questions import SMALL, Form, Question

LEAST_COMMENTS = 10
"""Under this many answers, no comment is published: a turn of phrase would name its author."""
PURGE_AFTER = 30
"""Days after the closing at which raw answers are destroyed, at the latest."""

Answer = Mapping[str, Sequence[str]]
Counts = dict[str, int]


def counts(question: Question, answers: Sequence[Answer]) -> tuple[Counts, int]:
    """Return the number of answers by choice, and how many people answered the question."""
    found = dict.fromkeys((choice.code for choice in question.choices), 0)
    answered = 0
    for answer in answers:
        given = [value for value in answer.get(question.id, ()) if value in found]
        answered += bool(given)
        for value in given if question.kind == "multiple" else given[:1]:
            found[value] += 1
    return found, answered


def published(found: Mapping[str, int], answered: int, multiple: bool = False) -> Counts | None:
    """Return the counts that may be shown, or None when nothing may.

    Args:
        found: number of answers by choice.
        answered: how many people answered the question; taken to be known by everybody.
        multiple: True when people may tick several choices, whose numbers do not add up.
    """
    if answered < SMALL:
        return None
    if answered < LEAST_COMMENTS and answered in found.values():
        # In a small group, what everybody said is what each one said.
        return None
    if multiple:
        shown = {code: n for code, n in found.items() if not (0 < n < SMALL or 0 < answered - n < SMALL)}
        return shown or None
    hidden = _hidden(tuple(found.values()))
    if not hidden:
        return dict(found)
    if len(hidden) == len(found) or not _ambiguous(tuple(found.values()), hidden):
        return None
    return {code: n for index, (code, n) in enumerate(found.items()) if index not in hidden}


def results(form: Form, answers: Sequence[Answer]) -> list[dict[str, object]]:
    """Return the ``results`` of a survey's front matter, one entry a question with choices, in the order of the form."""
    entries: list[dict[str, object]] = []
    for question in form.questions:
        if question.comment:
            continue
        found, answered = counts(question, answers)
        shown = published(found, answered, question.kind == "multiple")
        entry: dict[str, object] = {"question": question.id}
        if shown is None:
            entry["suppressed"] = True
        else:
            entry["counts"] = {code: str(n) for code, n in shown.items()}
            entry["answered"] = str(answered)
            hidden = [code for code in found if code not in shown]
            if hidden:
                entry["hidden"] = hidden
        entries.append(entry)
    return entries


def comments(form: Form, answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """Return the words written freely, by question, to be shuffled and read by a person."""
    return [
        (question.id, text)
        for question in form.questions
        if question.comment
        for text in sorted(value.strip() for answer in answers for value in answer.get(question.id, ()))
        if text
    ]


def _hidden(numbers: tuple[int, ...]) -> frozenset[int]:
    """Return the places to hide: the small ones, and the next smallest until they are two and hold five people.

    Nobody is behind a zero, which hides little: zeros come last.
    """
    hidden = {place for place, n in enumerate(numbers) if 0 < n < SMALL}
    for place in sorted(
        set(range(len(numbers))) - hidden, key=lambda place: (not numbers[place], numbers[place], place)
    ):
        if not hidden or (len(hidden) > 1 and sum(numbers[place] for place in hidden) >= SMALL):
            break
        hidden.add(place)
    return frozenset(hidden)


def _ambiguous(numbers: tuple[int, ...], hidden: frozenset[int]) -> bool:
    """Tell whether every hidden number could be another, for someone who knows these rules and all that is shown."""
    places = sorted(hidden)
    seen: list[set[int]] = [set() for _ in places]
    for guess in itertools.islice(_sums(sum(numbers[place] for place in places), len(places)), 20_000):
        other = list(numbers)
        for place, n in zip(places, guess, strict=True):
            other[place] = n
        if _hidden(tuple(other)) == hidden:
            for values, n in zip(seen, guess, strict=True):
                values.add(n)
            if all(len(values) > 1 for values in seen):
                return True
    return False


def _sums(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _sums(total - first, parts - 1):
            yield (first, *rest)
