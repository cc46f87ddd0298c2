"""The pages of the site itself: home, lists, tags, guide, catalogue of rules."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from urllib.parse import quote

from cdp.links import address as url
from cdp.model.community import Repository
from cdp.model.life import LIVING, STAGES
from cdp.rules import RULES
from cdp.settings import Settings
from cdp.site import archived, described, finding, glossary, heritage, service, surveys, themes, words
from cdp.site.communities import body
from cdp.site.links import Links
from cdp.site.portrait import Portrait, portrait
from cdp.site.staging import CARDS, Later, NavItem, Staged, Tongue, Unit, paged
from cdp.site.templates import Render, placed
from cdp.text import T, Text, translate, typeset

ON_HOME = {"living": 12, "ideas": 6, "done": 4}
"""Most cards of each kind on the home page."""
NEEDS = 16
"""Most needs on a page, which holds them by theme and by community too."""
LINES_ON_HOME = 6
"""Most lines of one kind on the home page."""
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
    return Unit("", _all_in_their_languages(pages, settings, guides, lang), lang=lang, part=f"reference-{lang}")


def units(
    repository: Repository,
    links: Links,
    as_of: date,
    settings: Settings,
    render: Render,
    guides: Mapping[str, Mapping[str, str]],
    lang: str,
    shared: str,
    lives: Mapping[str, str],
) -> Iterator[Unit | Later]:
    """Yield the site's own pages in a language, in parts: what nothing of a day changes is a part that may be kept.

    Args:
        repository: the knowledge base.
        links: who cites whom.
        as_of: today.
        settings: of the site.
        render: the templates.
        guides: for each language, Markdown of the guide's pages by name.
        lang: the reader's language.
        shared: digest of what all pages depend on (``archived.shared``).
        lives: digest of all that the pages of each archive depend on, by slug (``archived.inputs``).
    """
    placed_in = partial(_all_in_their_languages, settings=settings, guides=guides, lang=lang)
    said = list(glossary.page(repository, body(glossary.shown(repository.glossary)), settings, render, lang))
    portraits = [portrait(community, as_of) for community in repository.communities]
    pages = [
        _home(repository, portraits, as_of, settings, render, lang),
        *_lists(portraits, render, lang),
        *finding.facet_pages(portraits, render, lang),
        *finding.timeline_pages(portraits, as_of, render, lang),
        *finding.calendar_pages(portraits, as_of, render, lang),
        *finding.knowledge(portraits, said[0].path if said else "", render, lang),
        *said,
        *_needs(repository, render, lang),
        *service.pages(portraits, settings.said_in(lang), render, lang),
        service.search(settings, render, lang),
        *([service.missing(settings, render, lang)] if lang == settings.language else []),
    ]
    found = list(themes.themes(repository))
    yield Unit("", placed_in([*pages, *themes.lists(found, render, lang)]), lang=lang, part=f"site-{lang}")
    archives = [portrait(one, day) for one in repository.communities if (day := archived.still(one, as_of)) is not None]
    kept = hashlib.sha256("\0".join([shared, *lives.values()]).encode()).hexdigest()

    def legacy() -> Unit:
        return Unit("", placed_in(heritage.pages(archives, links, render, lang)), lang=lang, part=f"legacy-{lang}")

    yield Later("", kept, lang, legacy, f"legacy-{lang}")
    for number, theme in enumerate(found):
        part = f"theme-{lang}-{number}"

        def stage(theme: themes.Theme = theme, part: str = part) -> Unit:
            return Unit("", placed_in(themes.pages(theme, render, lang)), lang=lang, part=part)

        yield Later("", hashlib.sha256(f"{shared}{theme.facts}".encode()).hexdigest(), lang, stage, part)


TONGUES = {"fr": "Français", "en": "English"}
"""Names of the languages, each in itself."""


def _all_in_their_languages(
    pages: Iterable[Staged], settings: Settings, guides: Mapping[str, Mapping[str, str]], lang: str
) -> tuple[Staged, ...]:
    return tuple(_in_its_languages(page, settings, guides, lang) for page in pages)


def _in_its_languages(page: Staged, settings: Settings, guides: Mapping[str, Mapping[str, str]], lang: str) -> Staged:
    """Return a page at its place among the languages, with the addresses of the same page in the others."""
    site = settings.site_url.rstrip("/")
    name = page.path.removeprefix("guide/").removesuffix(".md")
    tongues = []
    for other in settings.spoken if page.kind != "missing" else ():
        if page.kind != "guide" or name in guides.get(other, {}):
            address = quote(url(placed(page.path, settings.prefix(other))))
            tongues.append(Tongue(other, TONGUES[other], address, f"{site}/{address}" if site else ""))
    path = placed(page.path, settings.prefix(lang))
    return replace(page, path=path, tongues=tuple(tongues) if len(tongues) > 1 else ())


def sections(lang: str, settings: Settings) -> tuple[NavItem, ...]:
    """Return the site's few sections, on every page."""
    return tuple(
        NavItem(translate(title, lang), url(placed(path, settings.prefix(lang))))
        for title, path in (
            (T("Accueil"), "index.md"),
            (T("Communautés"), "communities/index.md"),
            (T("Frise"), "timeline/index.md"),
            (T("Calendrier"), "calendar/index.md"),
            (T("Savoirs"), "knowledge/index.md"),
            (T("Héritage"), "legacy/index.md"),
            (T("Thèmes"), "tags/index.md"),
            (T("Besoins"), "needs/index.md"),
            (T("Guide d'animation"), "guide/index.md"),
            (T("Règles"), "rules/index.md"),
        )
    )


def footer(lang: str, settings: Settings) -> tuple[NavItem, ...]:
    """Return the entries that every page shows at its foot, after the sections."""
    return tuple(
        NavItem(translate(title, lang), url(placed(path, settings.prefix(lang)))) for path, title in service.FOOTER
    )


def data(repository: Repository, as_of: date) -> bytes:
    """Return ``communities.json``, version 1: what other programs may read."""
    entries = []
    for community in repository.communities:
        view = portrait(community, as_of)
        charter = community.charter
        entries.append(
            {
                "slug": community.slug,
                "title": community.title,
                "summary": charter.summary,
                "stage": view.stage,
                "season": view.season.id if view.season else None,
                "health": view.health,
                "start_date": charter.start_date.isoformat() if charter.start_date else None,
                "end_date": charter.end_date.isoformat() if charter.end_date else None,
                "tags": list(charter.tags),
                "regions": list(charter.regions),
                "networks": list(dict.fromkeys(head.network for head in view.heads if head.network)),
                "language": charter.language,
                "objectives": {"total": len(charter.aims()), **view.verdicts},
                "url": quote(url(view.index)),
            }
        )
    document = {"version": 1, "as_of": as_of.isoformat(), "communities": entries}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _home(
    repository: Repository, portraits: Sequence[Portrait], as_of: date, settings: Settings, render: Render, lang: str
) -> Staged:
    settings, first = settings.said_in(lang), settings
    living = [view for view in portraits if view.stage in LIVING]
    living.sort(key=lambda v: (v.meets or date.max, v.community.slug))
    ideas = [view for view in portraits if view.stage == "idea"]
    done = [view for view in portraits if view.stage in ("ended", "archived")]
    done.sort(key=lambda v: (v.community.charter.end_date or date.min, v.community.slug), reverse=True)
    head = render(
        "home-head.html",
        "index.md",
        settings=settings,
        said_in=lang if "site_description" in first.translations.get(lang, {}) else first.language,
        living=living[: ON_HOME["living"]],
        ideas=ideas[: ON_HOME["ideas"]],
        done=done[: ON_HOME["done"]],
        reached=finding.reached(portraits, as_of)[:LINES_ON_HOME],
        waiting=finding.waiting(repository)[:LINES_ON_HOME],
        on_page={
            echo.id: path
            for path, part, _ in paged(surveys.echoes(repository), "needs/index.md", NEEDS)
            for echo in part
        },
        month=lambda page: surveys.month(page, lang),
        counts={"living": len(living), "ideas": len(ideas), "done": len(done)},
        words=words,
    )
    sentence = settings.description or translate(
        T("Des communautés de pratique, de leur démarrage à leur héritage."), lang
    )
    return Staged("index.md", settings.site_name, "home", sentence, head, data=described.site(settings, lang))


def _lists(portraits: Sequence[Portrait], render: Render, lang: str) -> Iterator[Staged]:
    by_stage = {stage: [view for view in portraits if view.stage == stage] for stage in STAGES}
    title = translate(T("Communautés"), lang)
    head = render(
        "communities-head.html",
        "communities/index.md",
        by_stage=by_stage,
        # A page of cards, shared among the stages that have some.
        most=max(3, CARDS // max(1, sum(map(bool, by_stage.values())))),
        facets=finding.facets(portraits),
        on_page=finding.ON_PAGE,
        words=words,
    )
    yield Staged(
        "communities/index.md", title, "communities", translate(T("Toutes les communautés, par étape."), lang), head
    )
    for stage, views in by_stage.items():
        name = translate(words.STAGES[stage], lang)
        for path, part, numbered in paged(views, f"stages/{stage}.md", CARDS):
            head = render(
                "stage-head.html",
                path,
                views=part,
                numbered=numbered,
                here=path,
                total=len(views),
                sentence=words.STAGE_SENTENCES[stage],
                words=words,
            )
            yield Staged(path, f"{title}\u00a0· {name}", "stage", translate(words.STAGE_SENTENCES[stage], lang), head)


def _needs(repository: Repository, render: Render, lang: str) -> Iterator[Staged]:
    """Stage the needs of all communities: by what became of them, then by theme."""
    found = surveys.echoes(repository)
    title = translate(T("Besoins"), lang)
    summary = translate(T("Ce que les sondages ont fait remonter, et ce que c'est devenu."), lang)
    for path, part, numbered in paged(found, "needs/index.md", NEEDS):
        head = render(
            "needs-head.html",
            path,
            groups=surveys.by_state(part),
            themes=surveys.by_theme(part),
            totals={state: len(members) for state, _, members in surveys.by_state(found)},
            communities=surveys.by_community(part),
            total=len(found),
            numbered=numbered,
            here=path,
            words=words,
        )
        yield Staged(path, title, "needs", summary, head)


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
    parts, end = [], 0
    for match in _VERBATIM.finditer(text):
        parts += [_prose(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, _prose(text[end:])])


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
    parts = re.split(r"(^```.*?^```$)", example, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [re.sub(r"(?<=\S)(?=\n\n|\n*\Z)", '\n{: lang="fr" }', part) for part in parts[::2]]
    return re.sub(r"^(#+ .*)\n\{: (.*) \}$", r"\1 { \2 }", "".join(parts), flags=re.MULTILINE)
