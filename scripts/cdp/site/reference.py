"""The guide and the catalogue of rules: pages that no community changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from cdp.rules import RULES
from cdp.settings import Settings
from cdp.site import words
from cdp.site.staging import Staged, Unit
from cdp.site.templates import Render
from cdp.site.tongues import in_their_languages
from cdp.text import T, Text, translate, typeset

FAMILIES: dict[str, Text] = {
    "0": T("Fichiers et en-têtes"),
    "1": T("Dates"),
    "2": T("Vie et filiation"),
    "3": T("Personnes et démarrage"),
    "4": T("Objectifs et saisons"),
    "5": T("Sondages et besoins"),
    "6": T("Fermeture et héritage"),
    "7": T("Archives"),
    "8": T("Vie privée et sûreté"),
    "9": T("Liens et pages"),
}


def reference(
    settings: Settings,
    render: Render,
    guides: Mapping[str, Mapping[str, str]],
    examples: Mapping[str, str],
    lang: str,
) -> Unit:
    """Return the guide and the rules, in a language: no community changes them.

    Args:
        settings: of the site.
        render: the templates.
        guides: for each language, Markdown of the guide's pages by name.
        examples: specs of the rules by id.
        lang: the reader's language.
    """
    pages = [*_guide(guides.get(lang, {}), render, lang), *_rules(examples, render, lang)]
    return Unit("", in_their_languages(pages, settings, guides, lang), lang=lang, part=f"reference-{lang}")


GUIDE = ("index", "living", "stages", "starting", "writing", "surveying", "ending", "protecting")
"""The guide's pages in the order of a life."""


def _guide(guide: Mapping[str, str], render: Render, lang: str) -> Iterator[Staged]:
    """Stage the guide: Markdown of the theme whose first line is the title."""
    titles = {name: text.split("\n", 1)[0].removeprefix("# ").strip() for name, text in guide.items()}
    titles = {name: titles[name] for name in sorted(titles, key=lambda name: (*GUIDE, name).index(name))}
    for name, text in guide.items():
        path = f"guide/{name}.md"
        tail = render(
            "guide-tail.html", path, pages=[(titles[other], f"guide/{other}.md") for other in titles], here=path
        )
        body = text.partition("\n")[2]
        body = _typeset(body) if lang == "fr" else body
        yield Staged(path, titles[name], "guide", _opening(body), "", tail, body, toc=True)


def _opening(text: str) -> str:
    """Return the first sentences of Markdown of ours as plain words, as many as search engines show."""
    first = text.strip().partition("\n\n")[0]
    # Hard spaces stay.
    plain = re.sub(r"[ \t\n]+", " ", re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", r"\1", first))
    sentences = re.split(r"(?<=[.!?]) (?=[^a-z])", plain)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) >= SENTENCE_LENGTH:
            break
        kept += f" {sentence}"
    return kept


SENTENCE_LENGTH = 160
"""Most characters of a description, but for a first sentence that is longer."""


_VERBATIM = re.compile(r"^ *(?P<fence>`{3,})[^\n]*\n.*?^ *(?P=fence) *$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def _typeset(text: str) -> str:
    """Return French Markdown of ours with the typography of Quebec, its code untouched."""
    return _outside(_VERBATIM, text, _prose)


def _outside(code: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """Return a text changed everywhere but in what a pattern finds."""
    parts, end = [], 0
    for match in code.finditer(text):
        parts += [change(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, change(text[end:])])


def _prose(text: str) -> str:
    return re.sub(r"^ :|(?<=[*_\])»]) :(?=\s)|(?<=\w) :(?=[*_])", "\u00a0:", typeset(text))


def _rules(examples: Mapping[str, str], render: Render, lang: str) -> Iterator[Staged]:
    families = [
        (FAMILIES[digit], [rule for rule in RULES.values() if rule.id[3] == digit])
        for digit in FAMILIES
        if any(rule.id[3] == digit for rule in RULES.values())
    ]
    title = translate(T("Règles"), lang)
    head = render("rules-head.html", "rules/index.md", families=families)
    yield Staged("rules/index.md", title, "rules", translate(T("Ce que cdp vérifie, et pourquoi."), lang), head)
    for rule in RULES.values():
        path = f"rules/{rule.id.lower()}.md"
        head = render("rule-head.html", path, rule=rule, words=words)
        manual = translate(rule.manual, lang).partition("\n")[2].strip()
        example = re.sub(r"\A# [^\n]*\n", "", examples.get(rule.id, "")).strip()
        heading = translate(T("Exemple"), lang)
        example = _first(example)
        example = example if lang == "fr" else _french(example)
        text = f"{manual}\n\n## {heading}\n\n{example}" if example else manual
        name = translate(rule.title, lang).rstrip(".").replace("`", "")
        yield Staged(path, f"{rule.id}\u00a0· {name}", "rule", f"{name}. {_opening(manual)}", head, "", text)


EXAMPLES_LENGTH = 3400
"""Most characters of a rule's examples on its page, which stays light; the spec holds them all."""


def _first(example: str) -> str:
    """Return the first scenarios of a spec, whole ones, as many as a light page can hold."""
    kept = ""
    for scenario in re.split(r"^(?=### )", example, flags=re.MULTILINE):
        if kept and len(kept) + len(scenario) > EXAMPLES_LENGTH:
            break
        kept += scenario
    # Specs are read by a test too, which wants its dates in figures; people read them in words.
    return _ON.sub(lambda found: f"En date du {words.unbroken(date.fromisoformat(found[1]), 'fr')}.", kept.rstrip())


_ON = re.compile(r"^En date du (\d{4}-\d\d-\d\d)\.", re.MULTILINE)


def _french(example: str) -> str:
    """Return the example of a rule with its prose marked as French, the one language in which it is written."""

    def marked(prose: str) -> str:
        marked = re.sub(r"(?<=\S)(?=\n\n|\n*\Z)", '\n{: lang="fr" }', prose)
        return re.sub(r"^(#+ .*)\n\{: (.*) \}$", r"\1 { \2 }", marked, flags=re.MULTILINE)

    return _outside(_FENCED, example, marked)


_FENCED = re.compile(r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)$", re.MULTILINE | re.DOTALL)
