"""``cdp init`` and ``cdp new``."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import click

from cdp import __version__
from cdp.cli import language
from cdp.cli.ground import Ground, absent, confirmed, ground, held, resource, root_option, say, settle, slug_of, stop
from cdp.dialect import slugify
from cdp.facilitation.filling import UNSAID
from cdp.frontmatter import Edit, Unreadable, edit
from cdp.load import unportable
from cdp.text import T

_SETTINGS = {
    "fr": """# Les réglages du site. Documentation : le guide d'animation, et CONTRIBUTING de cdp.
site_name: {name}
site_description: Des communautés de pratique qui ont un début, des saisons, une fin et un héritage.
# L'adresse publique du site, puis celle du dépôt (pour les liens « Modifier cette page »).
site_url: ""
repo_url: ""

theme:
  name: material
  language: fr
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      primary: teal
      toggle:
        icon: material/weather-sunny
        name: Passer au mode sombre
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      primary: teal
      toggle:
        icon: material/weather-night
        name: Passer au mode clair

extra:
  cdp:
    timezone: America/Toronto
""",
    "en": """# Settings of the site. Documentation: the facilitators' guide, and cdp's CONTRIBUTING.
site_name: {name}
site_description: Communities of practice with a beginning, seasons, an end and a legacy.
# The public address of the site, then that of the repository (for the links "Edit this page").
site_url: ""
repo_url: ""

theme:
  name: material
  language: en
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      primary: teal
      toggle:
        icon: material/weather-sunny
        name: Switch to dark mode
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      primary: teal
      toggle:
        icon: material/weather-night
        name: Switch to light mode

extra:
  cdp:
    timezone: America/Toronto
""",
}
FORGES: dict[str, dict[str, str]] = {
    "github": {
        f"cdp-{name}.yml": f".github/workflows/cdp-{name}.yml" for name in ("archives", "check", "publish", "remind")
    },
    "gitlab": {"gitlab-ci.yml": ".gitlab-ci.yml"},
    "forgejo": {f"{name}.yml": f".forgejo/workflows/{name}.yml" for name in ("cdp", "cdp-archives")},
}
"""Files of ``theme/new/ci/`` by forge, with their places in a knowledge base."""
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
MOST_OF_A_TITLE = 120
MOST_OF_A_SUMMARY = 140
"""Characters of a summary, as rule CDP007 has it."""
_IGNORED = "/site/\n/.cdp/\n.*.cdp-*/\n# La banque de contacts et les réponses aux sondages ne vont jamais dans Git.\n/private/\n"


_ATTRIBUTES = T(
    "# Les mêmes octets partout, sous Windows aussi : ce qui est archivé se vérifie à l'octet près.",
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DOSSIER")
@click.option("--name", default=None, metavar="TEXTE", help=say(T("Nom du site.")))
@click.option(
    "--forge",
    type=click.Choice([*FORGES, "none"]),
    default="github",
    show_default=True,
    help=say(T("Où vivra le dépôt : ajoute de quoi vérifier, rappeler et publier de soi-même.")),
)
def init(folder: Path, name: str | None, forge: str) -> None:
    """Create a knowledge base: settings, a first community to rename, what Git must ignore, what the forge runs."""
    # A repository that was just made, or cloned empty, holds nothing of anybody's.
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        stop(T("le dossier « {folder} » n'est pas vide", folder=folder), T("Donnez le nom d'un nouveau dossier."))
    (folder / "communities").mkdir(parents=True)
    lang = language()
    title = name or say(T("Nos communautés de pratique"))
    (folder / "mkdocs.yml").write_text(_SETTINGS[lang].replace("{name}", _quoted(title)), encoding="utf-8")
    (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    (folder / ".gitattributes").write_text(say(_ATTRIBUTES) + "\n/communities/** -text\n", encoding="utf-8")
    here = ground(folder)
    _create(
        here,
        slugify(say(T("Premiere communaute"))),
        say(T("Notre première communauté")),
        say(UNSAID),
    )
    for path, text in workflows(forge).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="")
    click.secho(say(T("Base créée dans {folder}.", folder=folder)), fg="green")
    click.echo(
        say(
            T(
                "Ensuite : cd {folder}, puis cdp serve pour la voir, ou cdp new pour une autre communauté.",
                folder=folder,
            )
        )
    )


def workflows(forge: str, source: str = f"cdp-saisons=={__version__}") -> dict[str, str]:
    """Return what a forge runs by itself: path in the knowledge base → text.

    Args:
        forge: a key of FORGES, or "none".
        source: what pip installs cdp from.
    """
    ours = resource("theme") / "new" / "ci" / forge
    return {
        path: (ours / name).read_text(encoding="utf-8").replace("{{cdp}}", source)
        for name, path in FORGES.get(forge, {}).items()
    }


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text.replace("\n", " ")) + '"'


@click.command()
@click.argument("slug", metavar="NOM")
@click.option("--title", default=None, metavar="TEXTE", help=say(T("Titre de la communauté.")))
@click.option("--summary", default=None, metavar="TEXTE", help=say(T("Résumé en une phrase, 140 caractères au plus.")))
@click.option("--succeeds", default="", metavar="NOM", help=say(T("Communauté dont celle-ci prend la suite.")))
@click.option(
    "--from-need",
    default="",
    metavar="BESOIN",
    help=say(T("Besoin d'où elle naît : b2, 2025-10/b2 ou communauté/2025-10/b2.")),
)
@root_option
def new(slug: str, title: str | None, summary: str | None, succeeds: str, from_need: str, root: Path | None) -> None:
    """Create a community: the folder, its charter from the template, empty places for what follows."""
    here = ground(root)
    for option, text, most in (("--title", title, MOST_OF_A_TITLE), ("--summary", summary, MOST_OF_A_SUMMARY)):
        if text is not None and not text.strip():
            stop(T("« {option} » est vide", option=option), T("Écrivez un texte après l'option, ou retirez-la."))
        if text is not None and (len(text) > most or _UNWRITABLE.search(text)):
            stop(
                T("« {option} » doit tenir sur une ligne, en {n} caractères au plus", option=option, n=most),
                T("Raccourcissez ce texte; la suite s'écrit dans la page."),
            )
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug) or len(slug) > 60:
        stop(
            T("« {slug} » ne peut pas être le nom d'une communauté", slug=slug),
            T(
                "Essayez {near} : minuscules sans accent, chiffres et traits d'union.",
                near=_free(here.root, slugify(slug)[:55] or "ma-communaute"),
            ),
        )
    reason = unportable(slug)
    if reason is not None:
        stop(reason, T("Choisissez un autre nom."))
    if _lived(here.root, slug):
        stop(
            T("« {slug} » existe déjà ou a déjà existé", slug=slug),
            T("Un nom ne sert qu'une fois, pour toujours. Choisissez-en un autre."),
        )
    name = title or slug.replace("-", " ").capitalize()
    if succeeds or from_need:
        _succeed(here, slug, name, summary, slug_of(succeeds), from_need)
        click.echo(say(T("Ensuite : ouvrez ce fichier, décrivez le besoin, puis tapez cdp check {slug}.", slug=slug)))
        return
    path = _create(here, slug, name, summary or say(UNSAID))
    shown = path.relative_to(here.root)
    click.secho(say(T("Communauté créée : {path}", path=shown)), fg="green")
    click.echo(say(T("Ensuite : ouvrez ce fichier, décrivez le besoin, puis tapez cdp check {slug}.", slug=slug)))


def _free(root: Path, slug: str) -> str:
    """Return a slug that nobody had, with a number when it needs one."""
    numbered = (slug if number == 1 else f"{slug}-{number}" for number in count(1))
    return next(each for each in numbered if not _lived(root, each))


def _lived(root: Path, slug: str) -> bool:
    """Tell whether a slug names a community, an archive, or named one once."""
    from cdp import git

    folder = root / "communities"
    return (folder / slug).exists() or (folder / ".archives" / slug).exists() or git.ever(root, f"communities/{slug}")


def _succeed(here: Ground, slug: str, title: str, summary: str | None, succeeds: str, from_need: str) -> None:
    """Create a community that takes over from another, or answers a need that another heard."""
    from cdp.cli.season import asking, planned
    from cdp.closing import succession
    from cdp.facilitation.seasons import Refused

    repository = here.repository()
    former = repository.get(succeeds) if succeeds else None
    if succeeds and former is None:
        absent(here, succeeds)
    try:
        born = succession.origin(repository, former, from_need) if from_need else None
    except Refused as error:
        stop(error.message, error.fix)
    taken = succession.offers(former, born) if former is not None else []
    if asking():
        taken = [offer for offer in taken if confirmed(T("Commencer avec cette attente : {text}?", text=offer.text))]
    said = summary or (born.need.text if born is not None and len(born.need.text) <= 140 else "")
    text = _charter(here, slug, title, said or say(UNSAID))
    source = former or (born.community if born is not None else None)
    assert source is not None

    def read(path: str) -> bytes:
        return held(here, path) or b""

    plan = planned(source, lambda: succession.begun(slug, text.encode(), former, born, taken, read))
    settle(here, plan, True, brief=True)


def _create(here: Ground, slug: str, title: str, summary: str) -> Path:
    """Write the charter of a new community from the template, with its title and summary in place."""
    text = _charter(here, slug, title, summary)
    folder = here.root / "communities" / slug
    folder.mkdir(parents=True)
    (folder / "index.md").write_text(text, encoding="utf-8", newline="")
    for part in ("meetings", "notes"):
        (folder / part).mkdir()
        (folder / part / ".gitkeep").touch()
    return folder / "index.md"


def _charter(here: Ground, slug: str, title: str, summary: str) -> str:
    """Return the charter of a new community from the template, with its title and summary in place."""
    own = here.own / "new" / "charter.md"
    template = own if own.is_file() else resource("theme") / "new" / "charter.md"
    text = template.read_text(encoding="utf-8")
    try:
        text = edit(
            text, [Edit(("title",), title), Edit(("summary",), summary), Edit(("language",), here.settings.language)]
        )
    except (Unreadable, KeyError, ValueError):
        stop(
            T("le modèle {path} ne se lit pas", path=template),
            T("Tapez « cdp check » : la règle CDP008 dit ce qui ne va pas."),
        )
    for name, value in (("title", title), ("slug", slug)):
        text = text.replace("{{" + name + "}}", value)
    return text
