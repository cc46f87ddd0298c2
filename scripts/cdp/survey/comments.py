"""Comments → what a person decides of each: a file of choices, one line a comment, in no order.

The file is private and is made to be edited by hand as well as by ``cdp survey close``. A comment is known by a short
digest of what was written, so that it may be reworded, and so that answers that come later find their place.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cdp.frontmatter.problems import FORBIDDEN
from cdp.personal import mask, scan
from cdp.survey.questions import Form, FormError
from cdp.text import T, Text, translate

KEEP, LEAVE, OPEN = "x", "-", " "
"""Marks: to be published, left out, to be decided."""
_LINE = re.compile(r"- \[(?P<mark>.)\] (?P<question>\S+) (?P<key>[0-9a-f]{8})(?: \(!\))?: ?(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment and what is decided of it.

    Attributes:
        question: id of the question that it answers.
        key: what it is known by.
        text: as written, or as reworded.
        mark: KEEP, LEAVE or OPEN.
    """

    question: str
    key: str
    text: str
    mark: str = OPEN

    @property
    def personal(self) -> bool:
        """Tell whether it holds personal information, as far as a program can see."""
        return bool(scan(self.text))


def proposed(found: Iterable[tuple[str, str]], known: Sequence[Comment] = ()) -> list[Comment]:
    """Return the comments in no order; what was decided of those that are known stays.

    Args:
        found: question and words of every comment.
        known: what a file of choices holds.
    """
    decided = {comment.key: comment for comment in known}
    seen: Counter[tuple[str, str]] = Counter()
    comments = []
    for question, words in found:
        text = " ".join(FORBIDDEN.sub(" ", words).split())
        seen[question, text] += 1
        key = hashlib.sha256(f"{question}\0{text}\0{seen[question, text]}".encode()).hexdigest()[:8]
        comments.append(decided.get(key) or Comment(question, key, text))
    secrets.SystemRandom().shuffle(comments)
    return comments


def write(form: Form, comments: Sequence[Comment], lang: str) -> str:
    """Return the file of choices."""
    lines = [
        f"# {translate(T('Commentaires du sondage {name}', name=form.name), lang)}",
        "",
        translate(T("Entre les crochets : x pour publier, - pour laisser de côté, rien tant que ce n'est pas décidé. Reformulez ce qui montre quelqu'un du doigt; (!) signale un renseignement personnel. Ne changez pas ce qui précède les deux-points."), lang),
        "",
        *(f"- [{item.mark}] {item.question} {item.key}{' (!)' if item.personal else ''}: {item.text}" for item in comments),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def read(form: Form, text: str, file: str) -> list[Comment]:
    """Return what a file of choices says.

    Raises:
        FormError: a line that a person broke.
    """
    comments = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("- ["):
            continue
        match = _LINE.fullmatch(line.strip())
        mark = match["mark"].lower() if match is not None else ""
        if match is None or mark not in (KEEP, LEAVE, OPEN) or form.question(match["question"]) is None:
            raise FormError(
                T("{file}, ligne {line} : le début de la ligne a changé", file=file, line=number),
                T(
                    "Rétablissez-le : « - [x] question code: commentaire »; ou effacez le fichier, et relancez la commande."
                ),
            )
        comments.append(Comment(match["question"], match["key"], match["text"].strip(), mark))
    return comments


def marked(comments: Sequence[Comment], key: str, mark: str, text: str = "") -> list[Comment]:
    """Return the comments with one of them decided, and reworded when ``text`` is given."""
    return [
        replace(comment, mark=mark, text=text or comment.text) if comment.key == key else comment
        for comment in comments
    ]


def problem(text: str) -> Text | None:
    """Return why words cannot be published as they are, or None."""
    if not text.strip():
        return T("ce commentaire est vide")
    if FORBIDDEN.search(text):
        return T("ce commentaire contient un caractère invisible")
    if scan(text):
        return T("ce commentaire contient un renseignement personnel; sans lui : {text}", text=mask(text))
    return None
