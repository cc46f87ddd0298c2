"""Pages that help: how to contribute, privacy, and the one that is shown at an unknown address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from cdp.model.life import LIVING
from cdp.settings import PRIVACY as PRIVACY_KEYS
from cdp.settings import Settings
from cdp.site.portrait import Portrait
from cdp.site.staging import Staged
from cdp.site.templates import Render
from cdp.text import T, Text, Words, translate

CONTRIBUTE: tuple[str, Text] = ("contribute.md", T("Comment contribuer"))
PRIVACY: tuple[str, Text] = ("privacy.md", T("Vie privée"))
FOOTER = (CONTRIBUTE, PRIVACY)
"""Pages that only the footer leads to, with their titles."""


def pages(views: Sequence[Portrait], settings: Settings, render: Render, lang: str) -> Iterator[Staged]:
    """Stage how to contribute and the privacy page.

    Args:
        views: the communities.
        settings: of the site, as said in the reader's language.
        render: the templates.
        lang: the reader's language.
    """
    path, title = CONTRIBUTE
    living = [view for view in views if view.stage in LIVING]
    head = render("contribute-head.html", path, settings=settings, forge=settings.forge, living=living)
    sentence = translate(
        T("D'une faute corrigée à une note nouvelle, sans être informaticienne ou informaticien."), lang
    )
    yield Staged(path, translate(title, lang), "contribute", sentence, head)
    path, title = PRIVACY
    surveys = sorted(
        (
            (page.record.purge, view, page)
            for view in views
            for page in view.community.surveys
            if page.readable and page.record.purge is not None and page.record.purge >= view.as_of
        ),
        key=lambda found: (found[0], found[1].community.slug),
    )
    translated = settings.privacy_said.get(lang, {})
    head = render(
        "privacy-head.html",
        path,
        settings=settings,
        privacy={
            key: Words(settings.privacy.get(key, ""), lang if key in translated else settings.language)
            for key in PRIVACY_KEYS
        },
        receiver=urlsplit(settings.survey_receiver).hostname or "",
        surveys=surveys,
    )
    sentence = translate(T("Ce qui est recueilli, par qui, pourquoi, pour combien de temps, et vos droits."), lang)
    yield Staged(path, translate(title, lang), "privacy", sentence, head)


def missing(settings: Settings, render: Render, lang: str) -> Staged:
    """Stage the page of unknown addresses, in the site's first language; it says a word in the others."""
    others = tuple(other for other in settings.spoken if other != lang)
    head = render("missing-head.html", "missing.md", others=others, settings=settings)
    return Staged("missing.md", translate(T("Page introuvable"), lang), "missing", "", head)


def search(settings: Settings, render: Render, lang: str) -> Staged:
    """Stage the page that the search leads to without its program, and that tells the other ways to find."""
    head = render("search-head.html", "search/index.md", search=settings.search)
    sentence = translate(T("Trouver une note, une communauté, un thème, un besoin ou une date."), lang)
    return Staged("search/index.md", translate(T("Chercher dans le site"), lang), "search", sentence, head)
