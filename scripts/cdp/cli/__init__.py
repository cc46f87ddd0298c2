"""The command ``cdp``: options, the clock, exit codes, messages; nothing else.

Commands are imported when they are called, so that ``cdp --help`` stays quick.
"""

from __future__ import annotations

import errno
import gettext
import os
import sys
from importlib import import_module
from typing import Any

import click

from cdp import __version__
from cdp.text import LANGUAGES, LOCALE, T, Text, translate

COMMANDS: dict[str, tuple[str, Text]] = {
    "init": ("cdp.cli.new:init", T("Crée une nouvelle base de connaissances.")),
    "new": ("cdp.cli.new:new", T("Crée une communauté : une idée et ses modèles.")),
    "check": ("cdp.cli.check:check", T("Vérifie les communautés.")),
    "status": ("cdp.cli.status:status", T("Montre où en est chaque communauté.")),
    "close": ("cdp.cli.close:close", T("Ouvre la fermeture d'une communauté, et dit ce qu'il reste à faire.")),
    "archive": ("cdp.cli.archive:archive", T("Fige une communauté aboutie, et vérifie que les archives le restent.")),
    "due": ("cdp.cli.due:due", T("Dit ce qui vient et ce qui est en retard.")),
    "build": ("cdp.cli.build:build", T("Publie le site dans un dossier.")),
    "serve": ("cdp.cli.serve:serve", T("Montre le site et le met à jour pendant qu'on écrit.")),
    "season": ("cdp.cli.season:season", T("Prévoit, commence, évalue et finit les saisons.")),
    "meeting": ("cdp.cli.meeting:meeting", T("Prépare les rencontres et dit laquelle vient.")),
    "contacts": ("cdp.cli.contacts:contacts", T("Tient la banque de contacts et la recherche de têtes de réseaux.")),
    "invite": ("cdp.cli.invite:invite", T("Prépare des courriels, prêts à relire et à envoyer.")),
    "letters": ("cdp.cli.invite:letters", T("Copie les lettres des invitations, pour les changer.")),
    "deck": ("cdp.cli.deck:deck", T("Fait une courte présentation, PowerPoint ou navigateur.")),
    "kit": ("cdp.cli.kickoff:kit", T("Fait le kit de la rencontre de démarrage.")),
    "kickoff": ("cdp.cli.kickoff:kickoff", T("Note ce que la rencontre de démarrage a décidé.")),
    "survey": ("cdp.cli.survey:survey", T("Prépare les sondages, leurs formulaires et la suite des besoins.")),
    "rule": ("cdp.cli.rule:rule", T("Explique une règle, ou les énumère.")),
    "schema": ("cdp.cli.rule:schema", T("Donne le schéma JSON d'un type de fichier.")),
}


_MEANT = {
    word: name
    for name, words in {
        "archive": "archiver geler",
        "build": "publier construire batir",
        "check": "verifier verifie valider",
        "close": "fermer clore terminer",
        "contacts": "contact",
        "deck": "presentation diapositives",
        "due": "echeances echeancier rappels",
        "init": "initialiser",
        "invite": "inviter courriel",
        "kickoff": "demarrage demarrer lancer",
        "meeting": "rencontre reunion rencontres meetings",
        "new": "nouveau nouvelle creer ajouter",
        "rule": "regle regles rules",
        "season": "saison saisons seasons",
        "serve": "servir voir apercu",
        "status": "statut etat",
        "survey": "sondage sondages surveys",
    }.items()
    for word in words.split()
}
"""Words that people try for our commands."""


class Commands(click.Group):
    """A group that says which command was probably meant."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{"subcommand_metavar": translate(T("COMMANDE…"), language()), **settings})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names, or leave with the nearest one."""
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None and not ctx.resilient_parsing:
            from difflib import get_close_matches
            from unicodedata import combining, normalize

            plain = "".join(c for c in normalize("NFKD", word.lower()) if not combining(c))
            known = self.list_commands(ctx)
            near = [name for name in [_MEANT.get(plain)] if name in known] or get_close_matches(plain, known, n=1)
            message = T("la commande « {name} » n'existe pas", name=word)
            if near:
                message = T(
                    "la commande « {name} » n'existe pas; vouliez-vous dire « {near} »?", name=word, near=near[0]
                )
            ctx.fail(translate(message, language()))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, whole."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [
            (name, item.short_help or item.help or "") for name, item in found if item is not None and not item.hidden
        ]
        with formatter.section(translate(T("Commandes"), language())):
            formatter.write_dl(rows)


class _Commands(Commands):
    """Commands of the table above, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        command.help = translate(COMMANDS[cmd_name][1], language())
        if "lang" not in [parameter.name for parameter in command.params]:
            command.params.append(_lang_option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(translate(T("Commandes"), language())):
            formatter.write_dl([(name, translate(text, language())) for name, (_, text) in COMMANDS.items()])


def language() -> str:
    """Return the language of the screens: ``--lang``, else ``CDP_LANG``, else French."""
    given = os.environ.get("CDP_LANG", "fr")
    words = sys.argv[1:]
    for index, word in enumerate(words):
        if word.startswith("--lang="):
            given = word.removeprefix("--lang=")
        elif word == "--lang" and index + 1 < len(words):
            given = words[index + 1]
    return given if given in LANGUAGES else "fr"


def _lang_option() -> click.Option:
    """Return ``--lang``, accepted before and after the name of a command; ``language`` has read it already."""
    described = translate(T("Langue des messages : fr ou en (ou la variable CDP_LANG)."), language())
    return click.Option(["--lang"], type=click.Choice(LANGUAGES), expose_value=False, help=described)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=translate(T("Des communautés de pratique qui ont un début, des saisons, une fin et un héritage."), language()),
)
@click.version_option(__version__, prog_name="cdp", help=translate(T("Montre la version."), language()))
def group() -> None:
    """Run a command of ``COMMANDS``."""


group.params.append(_lang_option())


_REFUSALS: dict[int, Text] = {
    errno.EACCES: T("accès interdit"),
    errno.EADDRINUSE: T("ce port sert déjà"),
    errno.EADDRNOTAVAIL: T("cette adresse n'est pas celle de cet ordinateur"),
    errno.EBUSY: T("un autre programme s'en sert"),
    errno.EDQUOT: T("votre part du disque est pleine"),
    errno.EEXIST: T("il y a déjà quelque chose à ce nom"),
    errno.EFBIG: T("le fichier serait trop gros"),
    errno.EINVAL: T("ce nom ou cette opération ne convient pas à ce disque"),
    errno.EIO: T("le disque ne répond pas"),
    errno.EISDIR: T("c'est un dossier"),
    errno.ELOOP: T("des liens tournent en rond"),
    errno.EMFILE: T("trop de fichiers sont ouverts"),
    errno.ENAMETOOLONG: T("ce nom est trop long"),
    errno.ENOENT: T("ce fichier ou ce dossier n'existe pas"),
    errno.ENOSPC: T("il n'y a plus de place"),
    errno.ENOTDIR: T("un fichier est à la place d'un dossier"),
    errno.ENOTEMPTY: T("ce dossier n'est pas vide"),
    errno.EPERM: T("accès interdit"),
    errno.EPIPE: T("l'autre programme a cessé d'écouter"),
    errno.EROFS: T("ce disque ne peut être que lu"),
    errno.ETXTBSY: T("un autre programme s'en sert"),
    errno.EXDEV: T("ces dossiers sont sur deux disques"),
}


def refusal(error: OSError) -> Text:
    """Return what the system said, in the words of the screens where we have them."""
    if error.errno is None:
        return T("{said}", said=str(error))
    return _REFUSALS.get(error.errno, T("erreur {number} du système", number=error.errno))


def main() -> None:
    """Entry point of the command."""
    # click speaks through gettext: its own sentences come from our catalogue, in the language of the screens.
    lang = language()
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain("click", str(LOCALE))
    gettext.textdomain("click")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        group(prog_name="cdp")
    except BrokenPipeError:
        # The reader (head, less) has gone; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        from cdp.cli.ground import stop

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        stop(
            T("le système a refusé : {reason} ({path})", reason=refusal(error), path=error.filename or "—"),
            T("Vérifiez que ce chemin existe, qu'il y a de la place et que vous avez le droit d'y écrire."),
        )
