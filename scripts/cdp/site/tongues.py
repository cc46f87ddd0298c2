"""The same page in several languages: where each is, and how it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from cdp.links import address as url
from cdp.settings import Settings
from cdp.site.staging import Staged, Tongue
from cdp.site.templates import placed

TONGUES = {"fr": "Français", "en": "English"}
"""Names of the languages, each in itself."""


def in_their_languages(
    pages: Iterable[Staged], settings: Settings, guides: Mapping[str, Mapping[str, str]], lang: str
) -> tuple[Staged, ...]:
    """Return pages at their place among the languages, with the addresses of the same pages in the others.

    Args:
        pages: of the site's own, in a language.
        settings: of the site.
        guides: for each language, Markdown of the guide's pages by name: not all of them exist in each.
        lang: that language.
    """
    return tuple(_in_its_languages(page, settings, guides, lang) for page in pages)


def _in_its_languages(page: Staged, settings: Settings, guides: Mapping[str, Mapping[str, str]], lang: str) -> Staged:
    site = settings.site_url.rstrip("/")
    name = page.path.removeprefix("guide/").removesuffix(".md")
    tongues = []
    for other in settings.spoken if page.kind != "missing" else ():
        if page.kind != "guide" or name in guides.get(other, {}):
            address = quote(url(placed(page.path, settings.prefix(other))))
            tongues.append(Tongue(other, TONGUES[other], address, f"{site}/{address}" if site else ""))
    path = placed(page.path, settings.prefix(lang))
    return replace(page, path=path, tongues=tuple(tongues) if len(tongues) > 1 else ())
