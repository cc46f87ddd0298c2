"""What a person sets in ``mkdocs.yml``, as far as cdp reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from cdp import dates
from cdp.text import LANGUAGES, T, Text

DECIDED_HERE = (
    "plugins",
    "hooks",
    "markdown_extensions",
    "nav",
    "docs_dir",
    "site_dir",
    "use_directory_urls",
    "strict",
)
"""Keys of mkdocs.yml that cdp decides: what it promises must not depend on an engine's plugins."""


class SettingsError(Exception):
    """``mkdocs.yml`` cannot be used."""

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


@dataclass(frozen=True)
class Settings:
    """Settings of a site.

    Attributes:
        site_name: title of the site.
        site_url: public address, or "".
        description: one sentence about the site, or "".
        repo_url, edit_uri: the forge, for the editing links, or "".
        language: "fr" or "en".
        timezone: name of the zone in which dates are days.
        as_of: a day at which a demonstration site stands still, or None.
        theme: the ``theme`` block as written.
        ignored: keys of the file that cdp decides instead.
    """

    site_name: str = "Communautés de pratique"
    site_url: str = ""
    description: str = ""
    repo_url: str = ""
    edit_uri: str = ""
    language: str = "fr"
    timezone: str = "America/Toronto"
    as_of: date | None = None
    theme: dict[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


class _Loader(yaml.CSafeLoader):
    """Reads what YAML says and drops what only an engine understands (``!ENV``, ``!!python/name``)."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)


def parse(text: str) -> Settings:
    """Return the settings written in a ``mkdocs.yml``.

    Raises:
        SettingsError: not YAML, or a setting of ``extra.cdp`` that cannot be.
    """
    try:
        data = yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - a safe loader that drops every tag
    except (yaml.YAMLError, RecursionError) as error:
        # What was opened and never closed is noticed at the end of the file: point at where it was opened.
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        raise SettingsError(
            T("mkdocs.yml n'est pas du YAML lisible, ligne {line}", line=mark.line + 1 if mark else 1),
            T("Vérifiez les deux-points, les guillemets et l'alignement de cette ligne."),
        ) from None
    if not isinstance(data, dict):
        raise SettingsError(T("mkdocs.yml doit être une suite de réglages"), T("Écrivez par exemple « site_name: … »."))
    theme = data.get("theme") if isinstance(data.get("theme"), dict) else {}
    extra = data.get("extra") if isinstance(data.get("extra"), dict) else {}
    own = (extra or {}).get("cdp") or {}
    if not isinstance(own, dict):
        own = {}
    language = str(own.get("language") or (theme or {}).get("language") or "fr")
    if language not in LANGUAGES:
        raise SettingsError(
            T("mkdocs.yml : la langue « {language} » n'est pas offerte", language=language), T("Écrivez fr ou en.")
        )
    timezone = str(own.get("timezone", Settings.timezone))
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            T("mkdocs.yml : le fuseau « {zone} » est inconnu", zone=timezone), T("Écrivez par exemple America/Toronto.")
        ) from None
    return Settings(
        site_name=str(data.get("site_name") or Settings.site_name),
        site_url=str(data.get("site_url") or ""),
        description=str(data.get("site_description") or ""),
        repo_url=str(data.get("repo_url") or ""),
        edit_uri=str(data.get("edit_uri") or ""),
        language=language,
        timezone=timezone,
        as_of=_day(own.get("as_of")),
        theme=dict(theme or {}),
        ignored=tuple(key for key in DECIDED_HERE if key in data),
    )


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return dates.parse(str(value))
    except ValueError:
        raise SettingsError(
            T("mkdocs.yml : « as_of: {value} » n'est pas une date", value=value), T("Écrivez AAAA-MM-JJ.")
        ) from None
