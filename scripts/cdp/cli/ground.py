"""What every command stands on: the root, the settings, today, the theme, and how an error is said."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click

from cdp import dates
from cdp.cli import language, refusal
from cdp.load import load
from cdp.model.community import Repository
from cdp.plan import Plan, differences
from cdp.settings import Settings, SettingsError, parse
from cdp.text import N, T, Text, translate

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A date given on the command line."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return dates.parse(value)
        except ValueError as error:
            if str(error) == "year":
                self.fail(say(T("l'année de {value} est hors de portée (1900 à 2199)", value=value)), param, ctx)
            if str(error) == "day":
                self.fail(say(T("le jour {value} n'existe pas", value=value)), param, ctx)
            meant = dates.iso(value)
            if meant is not None:
                said = T(
                    "« {value} » n'est pas une date AAAA-MM-JJ; vouliez-vous dire {meant}?", value=value, meant=meant
                )
                self.fail(say(said), param, ctx)
            self.fail(say(T("« {value} » n'est pas une date AAAA-MM-JJ", value=value)), param, ctx)


def say(text: Text) -> str:
    """Return a text in the language of the screens."""
    return translate(text, language())


def stop(message: Text, fix: Text | None = None, code: int = 2) -> NoReturn:
    """Say what cannot be done and how to mend it, and leave."""
    click.secho(say(T("Erreur")) + ("\u00a0: " if language() == "fr" else ": ") + say(message), fg="red", err=True)
    if fix is not None:
        click.echo("  " + say(fix), err=True)
    raise SystemExit(code)


def root_option(command: Command) -> Command:
    """Add ``--root``, which all commands take."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        default=None,
        metavar="DOSSIER",
        help=say(T("Dossier de la base (celui qui contient communities/).")),
    )(command)


def as_of_option(command: Command) -> Command:
    """Add ``--as-of``, which commands that depend on the date take."""
    return click.option(
        "--as-of", type=Day(), default=None, help=say(T("Jour à prendre pour aujourd'hui, AAAA-MM-JJ."))
    )(command)


def apply_option(command: Command) -> Command:
    """Add ``--apply``, without which a command that writes only shows what it would do."""
    return click.option(
        "--apply", "carry_out", is_flag=True, help=say(T("Écrit vraiment; sans cette option, rien n'est changé."))
    )(command)


def into(said: Text, metavar: str, *, required: bool = False) -> Callable[[Command], Command]:
    """Return what adds ``-o``: the file or the folder that a command writes, and what its help says of it."""

    def add(command: Command) -> Command:
        option = click.option(
            *("-o", "--output", "out"),
            type=click.Path(path_type=Path),
            required=required,
            metavar=metavar,
            help=say(said),
        )
        return option(command)

    return add


def out_option(command: Command) -> Command:
    """Add ``-o``, the file that receives what would be printed."""
    return into(T("Écrit dans ce fichier plutôt qu'à l'écran."), "FICHIER")(command)


def deliver(text: str, out: Path | None) -> None:
    """Print a document, or write it to the file that ``-o`` names, whole or not at all."""
    if out is None:
        click.echo(text, nl=False)
        return
    if out.is_dir():
        stop(T("« {path} » est un dossier", path=out), T("Donnez à -o le nom d'un fichier."))
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{os.getpid()}.cdp-part")
    try:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True)
class Ground:
    """A knowledge base on this disk, on a day."""

    root: Path
    settings: Settings
    today: date

    @cached_property
    def now(self) -> datetime:
        """Today, at the hour of the clock: what tells two drafts of one day apart."""
        return datetime.combine(self.today, _clock().time(), UTC)

    @cached_property
    def theme(self) -> Path:
        """Folder of the theme that pages are made with: the knowledge base's own when it is a whole one, else cdp's."""
        return self.own if (self.own / "main.html").is_file() else resource("theme")

    @property
    def own(self) -> Path:
        """Folder of the texts that the knowledge base says in its own way; each that is missing is cdp's."""
        return self.root / "theme"

    def repository(self, slugs: tuple[str, ...] = (), cache: Path | None = None) -> Repository:
        """Load the knowledge base, or only some communities; with a cache, archives that did not change come from it."""
        from itertools import chain

        from cdp import disk, private

        before = time.time_ns()
        files = chain(disk.read(self.root, slugs), private.tracked(self.root), private.copies(self.root))
        if cache is None:
            repository = load(files)
        else:
            from cdp import remembered
            from cdp.engine import memory

            known = remembered.recall(files, cache, memory.maker(), before)
            repository = load(known.files, known.pages)
            remembered.keep(repository, known)
            memory.prune(cache / remembered.FOLDER, known.used)
        # A large base is a million objects that live until the end: never look for garbage among them again.
        gc.freeze()
        return repository


def ground(root: Path | None, as_of: date | None = None) -> Ground:
    """Return the knowledge base that a command works on, or leave with a message.

    Today is, first of these: ``--as-of``, the setting ``as_of`` of a demonstration, ``SOURCE_DATE_EPOCH``, the clock.
    What people wrote in their base wins over a variable that a builder of packages sets for everything at once.
    """
    folder = (root or _nearest(Path.cwd())).resolve()
    file = folder / "mkdocs.yml"
    if not (folder / "communities").is_dir() or not file.is_file():
        stop(
            T("le dossier « {folder} » n'est pas une base de connaissances", folder=folder),
            T("Placez-vous dans le dossier qui contient mkdocs.yml et communities/, ou créez-en un : cdp init DOSSIER"),
        )
    try:
        settings = parse(file.read_text(encoding="utf-8"))
    except SettingsError as error:
        stop(error.message, error.fix)
    except (UnicodeDecodeError, OSError):
        stop(
            T("mkdocs.yml ne peut pas être lu"), T("Vérifiez qu'il est en UTF-8 et que vous avez le droit de le lire.")
        )
    _refuse_sent_work(folder)
    _recover(folder)
    return Ground(folder, settings, as_of or _today(settings))


def confirmed(question: Text) -> bool:
    """Ask something that is answered by yes or no, in the language of the screens; yes when nothing is said."""
    yes, no = (("o", "oui"), ("n", "non")) if language() == "fr" else (("y", "yes"), ("n", "no"))
    while True:
        said = (
            click.prompt(f"{say(question)} [{yes[0].upper()}/{no[0]}]", default="", show_default=False).strip().lower()
        )
        if not said or said in (*yes, "y", "yes"):
            return True
        if said in no:
            return False
        click.echo(say(T("Répondez {yes} ou {no}.", yes=yes[1], no=no[1])))


def settle(
    here: Ground, plan: Plan, carry_out: bool, *, asked: bool = False, commit: Text | None = None, tag: str = "",
    brief: bool = False,
) -> bool:  # fmt: skip
    """Show a plan, and carry it out with ``--apply``; tell whether anything was written.

    Leaves with 75 when another cdp is writing here, 1 when a file changed since the plan was made.

    Args:
        here: the knowledge base.
        plan: what to change.
        carry_out: what ``--apply`` says.
        asked: a person was asked for what is in it: they are asked whether to write it, since nobody answers twice.
        commit: message of the one commit that holds the changes; None leaves committing to the person.
        tag: name of a signed tag on that commit.
        brief: new files are made from a template: their names are enough.
    """
    from cdp import writing

    plan = plan.seen({path: held(here, path) for path in plan.changes})
    _show(plan, brief)
    if not plan.paths:
        click.echo(say(T("Rien à changer.")))
        return False
    if not carry_out and asked:
        carry_out = confirmed(T("Écrire ces changements?"))
    if not carry_out:
        click.secho(say(T("Rien n'est encore écrit. Pour le faire, ajoutez --apply à la commande.")), bold=True)
        return False
    from cdp import git

    try:
        step = None
        if commit is not None:
            step = git.prepare(here.root, {path: plan.changes[path] for path in plan.paths}, say(commit), tag)
        writing.apply(here.root, plan, step, _git_steps())
    except git.GitError as error:
        stop(error.message, error.fix)
    except writing.Busy:
        _busy()
    except writing.Outdated as error:
        stop(
            T("{path} a changé pendant que cdp préparait ses changements : rien n'a été écrit", path=error.path),
            T("Relancez la commande : elle tiendra compte de la nouvelle version."),
            code=1,
        )
    except writing.Unsafe as error:
        stop(
            T("{path} sort de la base de connaissances ou passe par un lien : rien n'a été écrit", path=error.path),
            T("Remplacez le lien par un vrai dossier ou un vrai fichier."),
        )
    except OSError as error:
        stop(
            T("le système a refusé d'écrire ({reason}) : tout est resté comme avant", reason=refusal(error)),
            T("Vérifiez qu'il y a de la place et que vous avez le droit d'écrire, puis relancez la commande."),
        )
    click.secho(say(N("{n} fichier écrit.", "{n} fichiers écrits.", len(plan.paths))), fg="green")
    return True


def held(here: Ground, path: str) -> bytes | None:
    """Return the bytes of a file that a plan is about, None when it is absent; leave when the system refuses to read it."""
    from cdp import writing

    try:
        return writing.read(here.root, path)
    except OSError as error:
        stop(
            T("{path} ne se lit pas ({reason}) : rien n'a été écrit", path=path, reason=refusal(error)),
            T("Vérifiez que vous avez le droit de lire ce fichier, puis relancez la commande."),
        )


def _show(plan: Plan, brief: bool) -> None:
    """Print what a plan would do, file by file, then what the person should know."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    titles = {"create": T("créer"), "change": T("modifier"), "remove": T("effacer")}
    for path in plan.paths:
        click.secho(f"{say(titles[plan.action(path)])}  {path}", bold=True)
        # A record is for machines: what it says is in the notes.
        silent = path.startswith("communities/.archives/") or (brief and plan.action(path) == "create")
        for line in () if silent else differences(plan, path):
            click.secho(f"    {line}", fg=colours.get(line[:1]))
    for note in plan.notes:
        click.echo(say(note))


def _refuse_sent_work(root: Path) -> None:
    """Leave when Git tracks the folder where cdp works: a journal would be carried out, a page of the cache published.

    Whoever proposes a change would otherwise write what no check has seen.
    """
    from itertools import product

    from cdp.git.running import GitError, ask

    if not os.path.lexists(root / ".cdp"):
        return
    try:
        # On a disk that does not tell capitals apart, these eight names are one folder.
        names = ("." + "".join(letters) for letters in product("cC", "dD", "pP"))
        answer = ask(root, "ls-files", "-z", "--", *names)
    except GitError:
        return
    tracked = filter(None, os.fsdecode(answer).split("\0"))
    # The file of the lock is empty: whoever has no .gitignore adds it without harm.
    sent = next((path for path in tracked if path != ".cdp/lock" or (root / path).is_symlink()), "")
    if sent:
        stop(
            T(
                "Git suit « {path} », du dossier de travail de cdp : ce qu'il contient n'a été vu par personne",
                path=sent,
            ),
            T("Retirez-le de Git : git rm -r --cached .cdp; puis « /.cdp/ » dans .gitignore."),
        )


def _recover(root: Path) -> None:
    """Finish what a crash left half written, and say so."""
    if not (root / ".cdp" / "journal").is_dir():
        return
    from cdp import git, writing

    said = {
        "done": T("Une écriture interrompue la dernière fois vient d'être menée à son terme."),
        "undone": T("Une écriture interrompue la dernière fois vient d'être annulée : tout est comme avant."),
    }
    try:
        found = writing.recover(root, _git_steps())
    except git.GitError as error:
        stop(error.message, error.fix)
    except writing.Busy:
        _busy()
    except OSError as error:
        stop(
            T("une écriture interrompue ne peut pas être achevée ({reason})", reason=refusal(error)),
            T("Vérifiez qu'il y a de la place et que vous avez le droit d'écrire, puis relancez la commande."),
        )
    if found:
        click.secho(say(said[found]), fg="yellow", err=True)


def _git_steps() -> Any:
    """Return how a plan's commit is done and undone."""
    from cdp import git, writing

    return writing.Steps(git.carry, git.undo)


def _busy() -> NoReturn:
    stop(
        T("une autre commande cdp est en train d'écrire dans cette base"),
        T("Attendez qu'elle ait fini, puis relancez la vôtre."),
        code=75,
    )


def slug_of(word: str) -> str:
    """Return the slug that a word names: a shell completes it to ``communities/achats-estrie/``."""
    return word.strip("/").rpartition("/")[2]


def absent(here: Ground, slug: str) -> NoReturn:
    """Say that no community has this name, which one does nearly, and leave."""
    from difflib import get_close_matches

    known = sorted(folder.name for folder in (here.root / "communities").iterdir() if not folder.name.startswith("."))
    near = get_close_matches(slug, known, n=1) or [name for name in known if slug and name.startswith(slug)][:1]
    stop(
        T("aucune communauté ne s'appelle « {slug} »", slug=slug),
        T("Vouliez-vous dire {near}? Tapez « cdp status » pour les voir toutes.", near=near[0])
        if near
        else T("Tapez « cdp status » pour les voir toutes."),
    )


def _nearest(folder: Path) -> Path:
    """Return the nearest parent that is a knowledge base, so that commands work from inside a community."""
    for candidate in (folder, *folder.parents):
        if (candidate / "mkdocs.yml").is_file() and (candidate / "communities").is_dir():
            return candidate
    return folder


def _today(settings: Settings) -> date:
    if settings.as_of is not None:
        return settings.as_of
    return _clock().astimezone(ZoneInfo(settings.timezone)).date()


def _clock() -> datetime:
    """Return the moment that ``SOURCE_DATE_EPOCH`` says, else that of the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch:
        try:
            return datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError):
            stop(
                T("la variable SOURCE_DATE_EPOCH n'est pas un nombre de secondes"),
                T("Effacez-la, ou donnez-lui le nombre de secondes depuis le 1er janvier 1970."),
            )
    return datetime.now(UTC).replace(microsecond=0)


def resource(name: str) -> Path:
    """Return a folder shipped with cdp: beside the package when installed, in the repository when worked on.

    Args:
        name: "theme" or "specs" (the specs of the rules).
    """
    installed = Path(__file__).parents[1] / f"_{name}"
    if installed.is_dir():
        return installed
    repository = Path(__file__).parents[3]
    return repository / {"theme": "theme", "specs": "tests/rules"}[name]
