"""``cdp archive verify``, and the hook by which a server asks the same of whatever is pushed to it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from cdp.cli.ground import ground, root_option, say, stop
from cdp.git import GitError, Objects
from cdp.text import N, T, Text

if TYPE_CHECKING:
    from cdp.archive import verify as verifying
    from cdp.archive.verify import Refusal


def git_stop(error: GitError) -> NoReturn:
    """Say what Git cannot do, and how to mend it."""
    stop(error.message, error.fix)


@click.command(
    help=say(T("Vérifie que chaque archive est telle qu'elle a été figée; code 1 si quelque chose est refusé.")),
    short_help=say(T("Vérifie que chaque archive est restée telle quelle.")),
)
@root_option
@click.option("--base", default=None, metavar="VERSION", help=say(T("Version à laquelle comparer (la branche visée).")))
@click.option(
    "--head",
    default="HEAD",
    metavar="VERSION",
    help=say(T("Version à vérifier : le résultat de la fusion; HEAD d'office.")),
)
@click.option("--full", is_flag=True, help=say(T("Recalculer toutes les empreintes et relire tout l'historique.")))
def verify(root: Path | None, base: str | None, head: str, full: bool) -> None:
    """Tell whether every archive is as it was frozen: 0 when it is, 1 when something is refused."""
    here = ground(root)
    try:
        refused, count = examine(here.root, base, head, full=full)
    except GitError as error:
        git_stop(error)
    for each in refused:
        click.echo(f"{printable(each.path)}: {say(each.message)}")
    if refused:
        click.secho(
            say(
                N("{n} refus : rien de cela ne peut entrer.", "{n} refus : rien de cela ne peut entrer.", len(refused))
            ),
            fg="red",
        )
        for fix in remedies(refused):
            click.echo(f"  {say(fix)}")
        raise SystemExit(1)
    if not count:
        click.echo(say(T("Aucune archive dans cette version : rien à vérifier.")))
        return
    click.secho(say(N("{n} archive vérifiée : intacte.", "{n} archives vérifiées : intactes.", count)), fg="green")


def remedies(refused: Sequence[Refusal]) -> list[Text]:
    """Return what to do about refusals, each thing once."""
    usual = T("Reprenez ces fichiers de la version de base; une correction permise passe par cdp archive redact.")
    return list(dict.fromkeys(each.fix or usual for each in refused))


def examine(root: Path, base: str | None, proposed: str, *, full: bool = False) -> tuple[list[Refusal], int]:
    """Return what is refused between two revisions, and how many archives there are.

    Raises:
        GitError: Git cannot say; nothing is then known to be intact.
    """
    git = Objects(root)
    after, before = git.commits(proposed, base if base is not None else proposed)
    if not git.descends(after, before):
        raise GitError("ancestor", base or proposed)
    return compare(git, before, after, full=full)


def proposed(root: Path, target: str, since: str) -> tuple[Refusal, ...]:
    """Return what would be refused if the last commit were merged now; where the two sides differ, it is what stays.

    Args:
        root: the knowledge base.
        target: revision to which it would go.
        since: full name of the commit where it left that revision.

    Raises:
        GitError: as in ``examine``, where there are archives.
    """
    from cdp.model.registry import HOME

    git = Objects(root)
    if not any(git.holds(f"{revision}:./{HOME}") for revision in (target, "HEAD")):
        return ()
    before, after = git.commits(target, "HEAD")
    found, _ = compare(git, before, after, since=since)
    return tuple(each._replace(path=each.path.removeprefix(git.prefix)) for each in found)


def compare(git: Objects, before: str, after: str, *, full: bool = False, since: str = "") -> tuple[list[Refusal], int]:
    """Return what is refused between two commits of a knowledge base, and how many archives there are.

    Args:
        git: the repository.
        before: what there is.
        after: what there would be.
        full: see ``verify``.
        since: where ``after`` left ``before``, when it does not come after it.

    Raises:
        GitError: as in ``examine``.
    """
    from cdp.archive import chain
    from cdp.archive import verify as verifying
    from cdp.model.registry import HOME, is_record

    new: verifying.Tree = git.tree(after)
    old = new if before == after else git.tree(before)
    if since not in ("", before):
        new = verifying.merged(git.tree(since), old, new)
    sides = {"base": before, "proposed": after}

    def attributes(side: Literal["base", "proposed"], paths: Sequence[str]) -> dict[str, dict[str, str]]:
        return git.attributes(sides[side], paths)

    alone = full or before == after
    history = after if alone else f"{before}..{after}"
    added = git.added(history, git.prefix + HOME, everywhere=not alone)
    days = git.days(commit for commit, _ in added.values())
    found = verifying.verify(
        old, new, git.read, attributes, git.modules, prefix=git.prefix, full=full, kept=list(added) if alone else (),
        latest={path: chain.last_day(days[commit]) for path, (commit, _) in added.items()},
    )  # fmt: skip
    found = [
        each._replace(fix=chain.remedy(each.path, added[each.path][0], "" if alone else before))
        if each.what == "chain" and each.path in added
        else each
        for each in found
    ]
    for path, (_, blob) in sorted(added.items()):
        if full and (path not in new or (new[path].mode, new[path].id) != ("100644", blob)):
            message = T("ce registre n'est plus celui qui a été ajouté la première fois")
            found.append(verifying.Refusal("record-changed", path, message))
        elif not alone and path not in old and (path not in new or new[path].id != blob):
            # Merged commit by commit, a record that came and went would contradict every later one for ever.
            message = T("ce registre a été ajouté puis retiré ou changé : refaites la branche sans lui")
            found.append(verifying.Refusal("record-changed", path, message))
    if full:
        freezes = {slug: commit for path, (commit, _) in added.items() if (slug := _frozen(path))}
        found += _since_frozen(git, freezes, after, new)
        found += _tags(git, {slug: (path, blob) for path, (_, blob) in added.items() if (slug := _frozen(path))})
    if not alone and any(_judged(path) for path in added):
        from cdp.cli.entering import owed

        found += owed(git, old, new, after)
    frozen = (path.removeprefix(git.prefix) for path in new if path.startswith(git.prefix))
    return found, sum(is_record(path) and bool(_frozen(path)) for path in frozen)


def _frozen(path: str) -> str:
    """Return the slug that the record at a path freezes; "" for any other path."""
    return path.split("/")[-2] if path.endswith("-freeze.json") else ""


def _judged(path: str) -> bool:
    """Tell whether a path is that of a record of which its content is judged, and not only its form."""
    return path.endswith(("-freeze.json", "-redaction.json"))


_TAGS = "refs/tags/archive/"
"""Where ``cdp archive --sign`` puts the tag of a freeze."""


def _tags(git: Objects, freezes: Mapping[str, tuple[str, str]]) -> list[Refusal]:
    """Return the tags of freezes that were moved: a person who trusts the signature would read something else.

    Args:
        git: the repository.
        freezes: path and Git's name of each record of freeze as it was first added, by slug.
    """
    from cdp.archive.verify import Refusal
    from cdp.model.registry import BadRecord, Frozen, read

    found: list[Refusal] = []
    for tag in git.run("for-each-ref", "--format=%(refname)", _TAGS).decode("utf-8", "surrogateescape").splitlines():
        path, blob = freezes.get(tag.removeprefix(_TAGS), ("", ""))
        try:
            act = read(git.read([blob])[blob], path.removeprefix(git.prefix)) if path else None
        except BadRecord:
            continue
        if not isinstance(act, Frozen):
            continue
        names = (f"{tag}^{{commit}}:{path}", f"{tag}^{{commit}}:{git.prefix}communities/{act.slug}")
        asked = "".join(f"{name}\n" for name in names).encode()
        held = git.run("cat-file", "--batch-check=%(objectname)", given=asked).decode("utf-8", "replace").splitlines()
        if held not in ([blob, act.tree.sha1], [blob, act.tree.sha256]):
            message = T("cette étiquette ne désigne plus l'archive qu'elle signait")
        elif not git.signed(tag):
            message = T("cette étiquette a perdu sa signature")
        else:
            continue
        fix = T(
            "Reprenez-la d'un clone où elle est restée telle quelle, ou effacez-la (git tag -d {name}) : le registre prouve "
            "sans elle.",
            name=tag.removeprefix("refs/tags/"),
        )
        found.append(Refusal("tag", tag, message, fix))
    return found


def _since_frozen(git: Objects, freezes: dict[str, str], after: str, new: verifying.Tree) -> list[Refusal]:
    """Return what ``.gitattributes`` do to archives that they did not do on the day of their freeze.

    Args:
        git: the repository.
        freezes: commit that froze each archive, by slug.
        after: commit that is verified.
        new: its tree.
    """
    from cdp.archive import verify as verifying
    from cdp.model.registry import HOME

    parts = f"{git.prefix}communities".split("/")
    names = [f"{'/'.join(parts[:depth])}/.gitattributes".lstrip("/") for depth in range(len(parts) + 1)]
    commits = list(dict.fromkeys((after, *freezes.values())))
    asked = "".join(f"{commit}:{name}\n" for commit in commits for name in names)
    said = [
        line.rpartition(":")[2]
        for line in git.run("cat-file", "--batch-check", given=asked.encode()).decode().splitlines()
    ]
    held = {commit: tuple(said[at * len(names) : (at + 1) * len(names)]) for at, commit in enumerate(commits)}
    groups: dict[tuple[str, ...], list[str]] = {}
    for slug, commit in freezes.items():
        if held[commit] != held[after]:
            groups.setdefault(held[commit], []).append(slug)
    found: list[Refusal] = []
    for slugs in groups.values():
        sides = {"base": freezes[slugs[0]], "proposed": after}

        def attributes(
            side: Literal["base", "proposed"], paths: Sequence[str], sides: dict[str, str] = sides
        ) -> dict[str, dict[str, str]]:
            return git.attributes(sides[side], paths)

        homes = [f"{git.prefix}{home}/{slug}/" for slug in slugs for home in ("communities", HOME)]
        found += [
            each
            for each in verifying.verify(git.tree(sides["base"]), new, git.read, attributes, git.modules, prefix=git.prefix)
            if each.what == "attributes" and any(f"{each.path}/".startswith(home) or home.startswith(each.path) for home in homes)
        ]  # fmt: skip
    return found


def printable(path: str) -> str:
    """Return a path as a terminal may show it: no sign of it moves the cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02x}" for c in path)


_QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where a server keeps what is pushed until the hook has spoken (git-receive-pack(1))."""


def received(folder: Path, lines: Sequence[str], environ: dict[str, str]) -> list[Refusal]:
    """Return why a server refuses what is pushed to its main branch; to others, everything may be pushed.

    Args:
        folder: the bare repository.
        lines: what Git gives to a ``pre-receive`` hook: old commit, new commit, name of the branch.
        environ: of the hook.

    Raises:
        GitError: Git cannot say; nothing may then be accepted.
    """
    git = Objects(folder, more={name: environ[name] for name in _QUARANTINE if name in environ})
    main = git.run("symbolic-ref", "HEAD").decode("utf-8", "surrogateescape").strip()
    from cdp.archive.verify import Refusal

    refused: list[Refusal] = []
    for line in lines:
        old, new, ref = line.rstrip("\n").split(" ", 2)
        if ref.startswith(_TAGS) and old.strip("0"):
            message = T("cette étiquette signe une archive : elle ne bouge pas et ne s'efface pas")
            fix = T("Poussez sans elle : git push origin main")
            refused.append(Refusal("tag", ref, message, fix))
        if ref != main:
            continue
        git.commits()
        if not new.strip("0"):
            message = T("cette branche tient les archives : elle ne s'efface pas")
            refused.append(Refusal("branch", ref, message))
            continue
        if not old.strip("0"):
            old = new
        if not git.descends(new, old):
            message = T("cette branche tient les archives : son histoire ne se récrit pas (push --force)")
            refused.append(Refusal("branch", ref, message))
            continue
        refused += _compared(git, old, new)
    return refused


def _compared(git: Objects, old: str, new: str) -> list[Refusal]:
    """Compare two commits for each knowledge base of a repository: a server has no folder that would say where it is."""
    from cdp.model.registry import HOME

    paths = {*git.tree(old), *git.tree(new)}
    bases = {path.removesuffix(HOME) for path in paths if path == HOME or path.endswith(f"/{HOME}")}
    found: list[Refusal] = []
    for prefix in sorted(bases):
        git.prefix = prefix
        found += compare(git, old, new, full=old == new)[0]
    return found


@click.command(hidden=True)
def receive() -> None:
    """Judge a push, as the hook of the repository where it is run."""
    try:
        refused = received(Path.cwd(), sys.stdin.read().splitlines(), dict(os.environ))
    except GitError as error:
        git_stop(error)
    for each in refused:
        click.echo(f"{printable(each.path)}: {say(each.message)}", err=True)
    if refused:
        for fix in remedies(refused)[1:]:
            click.echo(f"  {say(fix)}", err=True)
        stop(T("les archives changeraient : rien de cela n'est reçu"), remedies(refused)[0], code=1)


@click.command(
    help=say(T("Installe le crochet pre-receive d'un serveur Git : il refuse ce qui change une archive.")),
    short_help=say(T("Protège les archives sur un serveur Git (pre-receive).")),
)
@click.argument("repository", type=click.Path(path_type=Path), metavar="DÉPÔT.git")
def hook(repository: Path) -> None:
    """Write the hook of a bare repository; one that is there already is left alone."""
    try:
        git = Objects(repository)
        bare = git.run("rev-parse", "--is-bare-repository").decode().strip() == "true"
    except (GitError, OSError):
        bare = False
    if not bare:
        stop(
            T("« {folder} » n'est pas le dépôt d'un serveur (git init --bare)", folder=repository),
            T("Donnez le dossier du dépôt sur le serveur, par exemple /srv/git/base.git"),
        )
    place = repository / "hooks" / "pre-receive"
    text = _HOOK.format(python=shlex.quote(sys.executable))
    if place.exists() and place.read_text(encoding="utf-8", errors="replace") != text:
        stop(
            T("{path} existe déjà", path=place),
            T("Ajoutez-y cette ligne, avec la même entrée : {line}", line=text.splitlines()[-1]),
        )
    place.parent.mkdir(exist_ok=True)
    place.write_text(text, encoding="utf-8", newline="")
    place.chmod(0o755)
    click.secho(say(T("Crochet installé : {path}", path=place)), fg="green")
    click.echo(
        say(T("Il protège la branche principale (HEAD) de ce dépôt. Gardez-le, et cdp, hors de portée des membres."))
    )


_HOOK = """#!/bin/sh
# cdp : refuse ce qui change une archive. Rien de ce qui est poussé n'est exécuté.
exec {python} -I -m cdp archive receive
"""
