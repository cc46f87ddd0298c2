"""``cdp survey``: the commands of a survey, imported on use."""

from __future__ import annotations

from importlib import import_module

import click

from cdp.cli import Commands, language
from cdp.cli.ground import Ground, slug_of, stop
from cdp.model.community import Community, Page, Repository
from cdp.model.pages import Survey
from cdp.text import T, Text, translate

SUBCOMMANDS: dict[str, tuple[str, Text]] = {
    "new": ("cdp.cli.survey_forms:new", T("Prépare le prochain sondage d'une communauté.")),
    "form": ("cdp.cli.survey_forms:form", T("Donne le formulaire d'un sondage, dans le format voulu.")),
    "need": ("cdp.cli.survey_forms:need", T("Écrit un besoin et la suite qui lui est donnée.")),
    "serve": ("cdp.cli.survey_serve:serve", T("Reçoit les réponses, sur cet ordinateur ou un serveur.")),
    "invite": ("cdp.cli.survey_answers:invite", T("Fait des invitations qui servent une seule fois.")),
    "import": ("cdp.cli.survey_answers:import_", T("Prend les réponses exportées par un outil de sondage.")),
    "close": ("cdp.cli.survey_close:close", T("Compte les réponses et écrit ce qui peut être publié.")),
    "purge": ("cdp.cli.survey_close:purge", T("Détruit les réponses brutes.")),
}


class _Subcommands(Commands):
    """Commands of the table above, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, name = SUBCOMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        command.help = translate(SUBCOMMANDS[cmd_name][1], language())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(translate(T("Commandes"), language())):
            formatter.write_dl([(name, translate(text, language())) for name, (_, text) in SUBCOMMANDS.items()])


@click.group(cls=_Subcommands)
def survey() -> None:
    """Run a command of ``SUBCOMMANDS``."""


def named(here: Ground, name: str) -> tuple[Repository, Community, Page[Survey]]:
    """Return the survey that ``SLUG/ID`` names, in the whole repository, or leave with a message."""
    slug, _, survey_id = name.strip("/").removeprefix("communities/").removesuffix(".md").partition("/")
    survey_id = survey_id.removeprefix("surveys/")
    repository = here.repository()
    community = _community(repository, slug)
    page = next((page for page in community.surveys if page.stem == survey_id), None)
    if page is None:
        known = ", ".join(f"{slug}/{page.stem}" for page in community.surveys)
        fix = (
            T("Nommez-le ainsi : {known}.", known=known)
            if known
            else T("Préparez-en un : cdp survey new {slug}.", slug=slug)
        )
        stop(T("il n'y a pas de sondage « {name} »", name=name), fix)
    if not page.readable:
        stop(
            T("{path} ne se lit pas", path=f"{community.folder}/{page.path}"),
            T("Tapez « cdp check {slug} » pour savoir pourquoi.", slug=slug),
            code=1,
        )
    return repository, community, page


def community_named(here: Ground, word: str) -> Community:
    """Return the community that a word names, or leave with a message."""
    return _community(here.repository(), slug_of(word))


def _community(repository: Repository, slug: str) -> Community:
    community = repository.get(slug)
    if community is None or community.index is None:
        known = [item.slug for item in repository.communities if item.index is not None]
        stop(
            T("il n'y a pas de communauté « {slug} »", slug=slug),
            T("Communautés : {known}.", known=", ".join(known[:12]) or "—"),
        )
    return community
