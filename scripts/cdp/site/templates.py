"""Templates of the generated parts of pages: the theme's, with autoescape, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from cdp.site import words
from cdp.site.staging import href
from cdp.text import N, T, Text, Words, sentence, translate

Render = Callable[..., str]


def placed(path: str, prefix: str) -> str:
    """Return the source path of a page in a language: the site's own pages have a folder for each but the first.

    The pages of a community exist once, in its own language; so do the files for programs.
    """
    of_a_community = path.startswith("communities/") and path.count("/") > 1
    return path if of_a_community or not path.endswith(".md") else prefix + path


def renderer(templates: Mapping[str, str], lang: str, prefix: str = "") -> Render:
    """Return ``render(name, source, **values)``: the HTML of a template of ``theme/pages/``.

    In templates, ``_`` says one of our sentences, ``n_`` one that counts, ``say`` a text, in which
    words of members in another language are marked, ``plain`` one without marks,
    ``said`` words of members in a language, ``contact`` how to reach a community, ``link`` the address of a
    source path from the page being rendered, ``tongue`` the attribute of words in another language; a kind of page may lack a head or a tail, then "". ``day``, ``hour``, ``duration``, ``rhythm``, ``percent``,
    ``attachment`` values in words. A point between two parts stays with the first.

    Args:
        templates: sources by name, such as ``community.html``.
        lang: "fr" or "en".
        prefix: folder of the site's own pages in that language.
    """
    environment = Environment(
        loader=DictLoader({name: text.replace(" · ", "\u00a0· ") for name, text in templates.items()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # an eighth of the time to compile templates, for constants that ours do not have
    )

    def say(text: object) -> object:
        if isinstance(text, Words) and text.lang not in ("", lang):
            return Markup('<span lang="{}">{}</span>').format(text.lang, str(text))
        if not isinstance(text, Text):
            return text
        pattern, args = sentence(text, lang), {name: say(value) for name, value in text.args}
        if any(isinstance(value, Markup) for value in args.values()):
            return escape(pattern).format(**args)
        return pattern.format(**args) if args else pattern

    def contact(found: str, language: str) -> Markup:
        linked = words.contact(found)
        return Markup('<span lang="{}">{}</span>').format(language, linked) if language != lang else linked

    environment.globals.update(
        _=lambda message, **args: say(T(message, **args)),
        n_=lambda message, plural, n, **args: say(N(message, plural, n, **args)),
        say=say,
        said=lambda found, language: say(Words(found, language or "")),
        plain=lambda text: translate(text, lang),
        day=lambda value, style="long": words.unbroken(value, lang, style),
        hour=lambda value: words.hour(value, lang),
        duration=lambda minutes: say(words.duration(minutes, lang)),
        attachment=words.attachment,
        rhythm=lambda value: words.rhythm(value, lang),
        percent=lambda value: words.percent(value, lang),
        paragraphs=words.paragraphs,
        contact=contact,
        lang=lang,
        tongue=lambda language: Markup(' lang="{}"').format(language) if language and language != lang else "",
    )

    @cache
    def compiled(name: str) -> Template | None:
        """Return a template, compiled when it is first needed: many a base has no use for some."""
        return environment.get_template(name) if name in templates else None

    def render(name: str, source: str, **values: Any) -> str:
        template, here = compiled(name), placed(source, prefix)
        return (
            template.render(link=lambda target: href(here, placed(target, prefix)), **values).strip()
            if template
            else ""
        )

    return render
