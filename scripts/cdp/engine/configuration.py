"""How a site is built, and what the engine's configuration holds: the same for every page in a language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cdp.settings import Settings
from cdp.site import Site
from cdp.site.pictures import of_site
from cdp.site.staging import navigation
from cdp.site.words import unbroken
from cdp.text import T, translate

ENGINES = {"mkdocs": "mkdocs", "properdocs": "properdocs", "zensical": "zensical"}
"""Engines by name, with the distribution whose version is part of the cache's keys."""

BATCH = 25
"""Most communities in a batch."""


@dataclass(frozen=True)
class Options:
    """How a site is built.

    Attributes:
        root: folder of the knowledge base.
        out: folder to publish into.
        theme: folder of the theme.
        cache: folder of the cache, or None to keep nothing.
        engine: a key of ENGINES.
        jobs: processes at once.
        batch: most communities in a batch.
        lang: language of the screens.
        still: the day at which the site stands still, or None.
    """

    root: Path
    out: Path
    theme: Path
    cache: Path | None = None
    engine: str = "mkdocs"
    jobs: int = 1
    batch: int = BATCH
    lang: str = "fr"
    still: date | None = None


def contexts(site: Site, settings: Settings, options: Options) -> dict[str, dict[str, Any]]:
    """Return for each language what the engine's configuration holds."""
    return {lang: _context(site, settings, options, lang) for lang in (options.lang, *site.sections)}


def _context(site: Site, settings: Settings, options: Options, lang: str) -> dict[str, Any]:
    """Return what the engine's configuration holds, the same for every page in a language."""
    settings = settings.said_in(lang)
    return {
        "site_name": settings.site_name,
        "site_url": settings.site_url,
        "repo_url": settings.repo_url,
        "theme": {**settings.theme, "palette": _palette(settings, lang)},
        "lang": lang,
        "extra": {
            "sections": navigation(site.sections.get(lang, ())),
            "footer": navigation((*site.sections.get(lang, ()), *site.footer.get(lang, ()))),
            "lang": lang,
            "home": settings.prefix(lang),
            "picture": own if (own := of_site(settings, lang)) in site.pictures else "images/cdp.png",
            "edit": _edit_base(settings),
            "still": translate(T("Démonstration arrêtée au {day}", day=unbroken(options.still, lang)), lang)
            if options.still
            else "",
            "search": settings.search,
            "words": {
                "find": translate(T("Chercher"), lang),
                "edit": translate(T("Modifier cette page"), lang),
                "forge": translate(T("Le dépôt des textes"), lang),
                "menu": translate(T("Menu"), lang),
                "locale": {"fr": "fr_CA", "en": "en_CA"}[lang],
                "footer": translate(T("Sections du site"), lang),
            },
        },
    }


def _palette(settings: Settings, lang: str) -> Any:
    """Return the colours: those of ``mkdocs.yml``, else light and dark as the reader's system asks.

    A switch is named in the language of the page: what the file says is in the site's first one.
    """
    names = {"default": T("Passer au mode sombre"), "slate": T("Passer au mode clair")}
    icons = {"default": "material/weather-sunny", "slate": "material/weather-night"}
    given = settings.theme.get("palette") or [
        {
            "media": f"(prefers-color-scheme: {'light' if scheme == 'default' else 'dark'})",
            "scheme": scheme,
            "primary": "teal",
            "toggle": {"icon": icons[scheme], "name": translate(names[scheme], lang)},
        }
        for scheme in names
    ]
    if lang == settings.language or not isinstance(given, list):
        return given
    return [
        {**one, "toggle": {**one["toggle"], "name": translate(names[one["scheme"]], lang)}}
        if isinstance(one, dict) and isinstance(one.get("toggle"), dict) and one.get("scheme") in names
        else one
        for one in given
    ]


_FORGES = {
    "github.com": "edit/main/",
    "gitlab.com": "-/edit/main/",
    "codeberg.org": "_edit/main/",
    "bitbucket.org": "src/main/",
}


def _edit_base(settings: Settings) -> str:
    """Return the address before the path of a file to edit, or "" without a forge."""
    if not settings.repo_url:
        return ""
    host = (urlsplit(settings.repo_url).hostname or "").removeprefix("www.")
    uri = settings.edit_uri or _FORGES.get(host, "edit/main/")
    return f"{settings.repo_url.rstrip('/')}/{uri.strip('/')}/" if "://" not in uri else uri.rstrip("/") + "/"
