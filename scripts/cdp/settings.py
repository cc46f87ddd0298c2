"""What a person sets in ``mkdocs.yml``, as far as cdp reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from cdp import dates
from cdp.diagnostics import Fault, Place
from cdp.text import LANGUAGES, T, Text

USED = ("site_name", "site_url", "site_description", "repo_url", "edit_uri", "theme", "extra")
"""Keys of mkdocs.yml that cdp reads; it decides of the rest, so that what it promises depends on no plugin."""
OWN = (
    *("language", "timezone", "as_of", "survey_receiver", "heads", "networks", "archives_indexed", "search"),
    *("languages", "translations", "privacy"),
)
"""Keys of the block ``extra.cdp``."""
THEME_KEYS = ("palette", "icon", "favicon", "logo", "language")
"""Keys of the theme block that cdp reads."""


_HISTORIES = {
    "github.com": "commits/HEAD/",
    "gitlab.com": "-/commits/HEAD/",
    "codeberg.org": "commits/branch/main/",
    "bitbucket.org": "history-node/main/",
}


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
        languages: all languages in which the site's own pages are made; none but ``language`` when empty.
        translations: name and description of the site in other languages, by language.
        privacy_said: what is written under ``privacy``, in other languages, by language.
        timezone: name of the zone in which dates are days.
        as_of: a day at which a demonstration site stands still, or None.
        survey_receiver: address that receives the answers of all surveys, or "".
        privacy: who is in charge of personal information (``responsible``, ``title``, ``organization``, ``contact``)
            and where the site is kept (``hosting``), as far as they are given.
        theme: the ``theme`` block as written.
        search: whether readers can search the words of the pages.
        heads, networks: how many network heads, from how many networks, a kickoff needs.
        archives_indexed: whether search engines may list archived communities.
        ignored: keys of the file that cdp does not use.
    """

    site_name: str = "Communautés de pratique"
    site_url: str = ""
    description: str = ""
    repo_url: str = ""
    edit_uri: str = ""
    language: str = "fr"
    languages: tuple[str, ...] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    timezone: str = "America/Toronto"
    as_of: date | None = None
    survey_receiver: str = ""
    privacy: Mapping[str, str] = field(default_factory=dict)
    privacy_said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    theme: dict[str, Any] = field(default_factory=dict)
    search: bool = True
    heads: int = 3
    networks: int = 2
    archives_indexed: bool = True
    ignored: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """Every language of the site, its first one first."""
        return (self.language, *(lang for lang in self.languages if lang != self.language))

    def tongue(self, language: str) -> str:
        """Return the language of the screens around a text: its own where the site speaks it, else the site's."""
        return language if language in self.spoken else self.language

    def prefix(self, lang: str) -> str:
        """Return the folder of the site's own pages in a language: none for its first."""
        return "" if lang == self.language else f"{lang}/"

    def said_in(self, lang: str) -> Settings:
        """Return the settings with the site's own words in a language, where they were translated."""
        words = self.translations.get(lang, {})
        return replace(
            self,
            site_name=words.get("site_name") or self.site_name,
            description=words.get("site_description") or self.description,
            privacy={**self.privacy, **self.privacy_said.get(lang, {})},
        )

    @property
    def forge(self) -> str:
        """Return which forge holds the texts: "github", "gitlab", "forgejo", or "" when it is another or none."""
        host = urlsplit(self.repo_url).hostname or ""
        if host in ("github.com", "www.github.com"):
            return "github"
        if "gitlab" in host:
            return "gitlab"
        return "forgejo" if host == "codeberg.org" or "forgejo" in host or "gitea" in host else ""

    @property
    def history(self) -> str:
        """Return the address before the path of a file whose history one wants to see, or "" without a known forge."""
        host = (urlsplit(self.repo_url).hostname or "").removeprefix("www.")
        middle = _HISTORIES.get(host)
        return f"{self.repo_url.rstrip('/')}/{middle}" if middle else ""


class _Loader(yaml.CSafeLoader):
    """Reads what YAML says and drops what only an engine understands (``!ENV``, ``!!python/name``)."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)
# Dates stay text: one that does not exist is then ours to tell.
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Settings:
    """Return the settings written in a ``mkdocs.yml``.

    Raises:
        SettingsError: not YAML, or a setting of ``extra.cdp`` that cannot be.
    """
    try:
        data = yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - a safe loader that drops every tag
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
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
    own = _own((extra or {}).get("cdp"))
    language = str(own.get("language") or (theme or {}).get("language") or "fr")
    if language not in LANGUAGES:
        raise SettingsError(
            T("mkdocs.yml : la langue « {language} » n'est pas offerte", language=language), T("Écrivez fr ou en.")
        )
    languages = _languages(own.get("languages"))
    timezone = str(own.get("timezone", Settings.timezone))
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            T("mkdocs.yml : le fuseau « {zone} » est inconnu", zone=timezone), T("Écrivez par exemple America/Toronto.")
        ) from None
    return Settings(
        site_name=_words("site_name", data.get("site_name")) or Settings.site_name,
        site_url=_address("site_url", data.get("site_url")),
        description=_words("site_description", data.get("site_description")),
        repo_url=_address("repo_url", data.get("repo_url")),
        edit_uri=str(data.get("edit_uri") or ""),
        language=language,
        languages=languages,
        translations=_translations(own.get("translations")),
        timezone=timezone,
        as_of=_day(own.get("as_of")),
        survey_receiver=_receiver(own.get("survey_receiver")),
        privacy=_privacy(own.get("privacy")),
        privacy_said={
            lang: _privacy(words["privacy"])
            for lang, words in (own.get("translations") or {}).items()
            if words.get("privacy")
        },
        theme=_plain({key: value for key, value in (theme or {}).items() if key in THEME_KEYS}),
        search=_choice("search", own.get("search", Settings.search)),
        heads=_count("heads", own.get("heads", Settings.heads)),
        networks=_count("networks", own.get("networks", Settings.networks)),
        archives_indexed=_choice("archives_indexed", own.get("archives_indexed", Settings.archives_indexed)),
        ignored=(*(str(key) for key in data if key not in USED), *_foreign_theme(data.get("theme"))),
    )


def _languages(value: Any) -> tuple[str, ...]:
    """Return the languages of the site's own pages, each once."""
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(item in LANGUAGES for item in found):
        raise SettingsError(
            T("mkdocs.yml : « languages: {value} » n'est pas une liste de langues offertes", value=value),
            T("Écrivez par exemple « languages: [fr, en] », ou effacez la ligne."),
        )
    return tuple(dict.fromkeys(found))


def _translations(value: Any) -> dict[str, dict[str, str]]:
    """Return the site's name and description by language."""
    keys = ("site_name", "site_description", "privacy")
    if value is not None and not (
        isinstance(value, dict)
        and set(value) <= set(LANGUAGES)
        and all(isinstance(words, dict) and set(words) <= set(keys) for words in value.values())
    ):
        raise SettingsError(
            T("mkdocs.yml : « translations » ne se lit pas"),
            T(
                "Écrivez, sous chaque langue (en, fr), « site_name: … », « site_description: … » et, au besoin, « privacy » avec ses champs."
            ),
        )
    return {
        lang: {key: str(text) for key, text in words.items() if text and key != "privacy"}
        for lang, words in (value or {}).items()
    }


def faults(text: str) -> Iterator[Fault]:
    """Yield what is missing of the settings in a ``mkdocs.yml``; one that cannot be used is told by :func:`parse`."""
    try:
        settings = parse(text)
    except SettingsError:
        return
    if settings.survey_receiver and not (settings.privacy.get("responsible") and settings.privacy.get("contact")):
        line = next((number for number, line in enumerate(text.split("\n"), 1) if "survey_receiver" in line), 1)
        yield Fault(
            "responsible",
            Place("mkdocs.yml", line, 1),
            T("un récepteur recueille des réponses, et personne n'est responsable des renseignements personnels"),
            T("Nommez cette personne, et comment la joindre : extra, cdp, privacy, « responsible » et « contact »."),
        )


def enough(text: str) -> tuple[int, int]:
    """Return how many network heads, from how many networks, a kickoff needs; by default where ``mkdocs.yml`` cannot be read."""
    try:
        found = parse(text)
    except SettingsError:
        return (Settings.heads, Settings.networks)
    return (found.heads, found.networks)


def _own(block: Any) -> dict[str, Any]:
    """Return the block ``extra.cdp``; a name with a typing error would be a setting that has no effect, in silence."""
    if block is None:
        return {}
    if not isinstance(block, dict):
        raise SettingsError(
            T("mkdocs.yml : « extra.cdp » doit être une suite de réglages"),
            T("Écrivez un réglage par ligne, décalé de deux espaces."),
        )
    for key in block:
        if key not in OWN:
            near = get_close_matches(str(key).lower(), OWN, n=1, cutoff=0.6)
            raise SettingsError(
                T("mkdocs.yml : le réglage « extra.cdp.{key} » est inconnu", key=str(key)),
                T("Écrivez « {near} », ou effacez la ligne.", near=near[0])
                if near
                else T("Effacez la ligne. Réglages connus ici : {known}.", known=", ".join(OWN)),
            )
    return block


def _words(key: str, value: Any) -> str:
    """Return a text on one line, or "" when none is given."""
    if isinstance(value, (dict, list, bool)):
        raise SettingsError(
            T("mkdocs.yml : « {key} » doit être un texte", key=key),
            T("Écrivez un seul texte après le deux-points, entre guillemets au besoin."),
        )
    return " ".join(str(value).split()) if value is not None else ""


def _foreign_theme(theme: Any) -> Iterator[str]:
    """Yield what a theme's settings ask for that cdp decides itself: another theme, its folder, its features."""
    if isinstance(theme, str) and theme != "material":
        yield "theme"
    for key, value in theme.items() if isinstance(theme, dict) else ():
        decided = {"name": ("material",), "custom_dir": ("theme", "theme/")}.get(key)
        if value not in decided if decided else key not in (*THEME_KEYS, "language"):
            yield f"theme.{key}"


def _address(key: str, value: Any) -> str:
    """Return a web address, or "" when none is given."""
    if not value:
        return ""
    text = str(value).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            T("mkdocs.yml : « {key}: {value} » n'est pas une adresse Web", key=key, value=text),
            T("Écrivez l'adresse au complet, par exemple https://exemple.org/, ou laissez le réglage vide."),
        )
    return text


def _receiver(value: Any) -> str:
    """Return the address that receives answers: encrypted, but on one's own machine; it ends up in a security policy."""
    text = _address("survey_receiver", value)
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%-]*)*", text) is not None
    if text and (not plain or "@" in parts.netloc or (parts.scheme != "https" and not local)):
        raise SettingsError(
            T("mkdocs.yml : « survey_receiver: {value} » ne peut pas recevoir de réponses", value=text),
            T(
                "Écrivez une adresse en https, sans nom d'usager ni point d'interrogation, par exemple https://sondages.exemple.org."
            ),
        )
    return text.rstrip("/")


PRIVACY = ("responsible", "title", "organization", "contact", "hosting")
"""What ``extra.cdp.privacy`` may hold."""


def _privacy(value: Any) -> dict[str, str]:
    """Return who is in charge of personal information, and how to reach that person."""
    if value is not None and not (isinstance(value, dict) and set(value) <= set(PRIVACY)):
        raise SettingsError(
            T("mkdocs.yml : « privacy » ne se lit pas"),
            T("Écrivez dessous une ligne par champ : {keys}.", keys=", ".join(PRIVACY)),
        )
    return {key: str(text).strip() for key, text in (value or {}).items() if text}


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return settings of the theme once they are known to be texts, numbers, lists and blocks."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        raise SettingsError(
            T("mkdocs.yml : le bloc « theme » contient un réglage qui ne se lit pas"),
            T("Reprenez celui de la démonstration."),
        ) from None
    return plain


def _count(key: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 99:
        return value
    raise SettingsError(
        T("mkdocs.yml : « {key}: {value} » n'est pas un nombre de 1 à 99", key=key, value=value),
        T("Écrivez un nombre en chiffres, ou effacez la ligne."),
    )


def _choice(key: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(
        T("mkdocs.yml : « {key}: {value} » n'est ni oui ni non", key=key, value=value),
        T("Écrivez true ou false, ou effacez la ligne."),
    )


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return dates.parse(str(value))
    except ValueError:
        raise SettingsError(
            T("mkdocs.yml : « as_of: {value} » n'est pas une date", value=value), T("Écrivez AAAA-MM-JJ.")
        ) from None
