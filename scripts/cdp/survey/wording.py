"""The words of forms: ``theme/survey/wording.yml`` read into a :class:`Wording`, with the typography of Quebec."""

from __future__ import annotations

from string import Formatter
from typing import Any

import yaml

from cdp.survey.questions import FormError, Wording, Words
from cdp.text import T, typeset

FIELDS = frozenset({"community", "closes", "minutes", "items"})
"""Fields that the words may hold, in braces."""


def read(text: str) -> Wording:
    """Return the words written in a ``wording.yml``.

    Raises:
        FormError: not readable, a language missing, an unknown field in braces.
    """
    try:
        data = yaml.load(text, Loader=yaml.CSafeLoader)
        labels = {key: _words(value) for key, value in data["labels"].items()}
        notice = {key: (_words(value["heading"]), _words(value["text"])) for key, value in data["notice"].items()}
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        reason = T("faute de YAML à la ligne {line}", line=mark.line + 1) if mark else T("« {what} »", what=error)
        raise FormError(
            T("theme/survey/wording.yml ne se lit pas : {reason}", reason=reason),
            T("Chaque texte a une version « fr: » et une version « en: »; reprenez le fichier de cdp."),
        ) from None
    return Wording(labels, notice)


def _words(value: Any) -> Words:
    words = Words(typeset(str(value["fr"]).strip()), str(value["en"]).strip())
    for sentence in words:
        unknown = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None} - FIELDS
        if unknown:
            raise ValueError(", ".join(sorted(unknown)))
    return words
