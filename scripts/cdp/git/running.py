"""Git as a program: a list of words each time, and nobody's hooks, filters, replaced objects or settings.

What a contributor can write (files, attributes, branches) and what a machine was set to do never change an answer.
Source: git-config(1), git(1) « Environment Variables ».
"""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from cdp.text import T, Text

_KEPT = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH")
"""Variables of Git that describe this computer; the others (set while a hook runs) would describe another repository."""

WHOLE = T(
    "Demandez toute l'histoire : « fetch-depth: 0 » (GitHub, Forgejo), « GIT_DEPTH: 0 » (GitLab), ou "
    "« git fetch --unshallow »."
)


def _messages(detail: str) -> Mapping[str, tuple[Text, Text]]:
    return {
        "absent": (
            T("Git n'est pas installé, ou n'est pas trouvé : sans lui, rien ne peut être comparé ni prouvé"),
            T("Installez Git (https://git-scm.com), puis relancez la commande."),
        ),
        "repository": (
            T("ce dossier n'est pas dans un dépôt Git"),
            T("Placez-vous dans le clone de la base de connaissances, ou créez le dépôt (git init, puis git commit)."),
        ),
        "empty": (T("ce dépôt Git n'a encore aucun commit"), T("Faites un premier commit, puis relancez la commande.")),
        "unknown": (
            T("la révision « {name} » n'existe pas dans ce dépôt", name=detail),
            T("Donnez une branche, une étiquette ou un commit de ce dépôt, par exemple main; ou reprenez-la : git fetch."),
        ),
        "ambiguous": (
            T("« {name} » nomme plusieurs choses à la fois, par exemple une branche et une étiquette", name=detail),
            T(
                "Donnez le nom entier (refs/heads/{name}, refs/remotes/{name}), ou effacez l'étiquette qui prend ce nom : "
                "git tag -d {name}",
                name=detail,
            ),
        ),
        "elsewhere": (
            T("les réglages de ce dépôt Git placent ses fichiers ailleurs qu'ici : rien ne peut y être prouvé"),
            T("Retirez-les : git config --unset core.worktree, git config core.bare false; ou clonez de nouveau."),
        ),
        "cut": (T("la révision « {name} » n'existe pas dans ce dépôt", name=detail), WHOLE),
        "shallow": (T("ce dépôt n'a qu'une partie de son histoire : rien ne peut y être prouvé"), WHOLE),
        "before": (T("l'histoire est coupée avant « {name} » : ce clone est partiel", name=detail), WHOLE),
        "apart": (
            T("« {name} » n'a aucun ancêtre commun avec ce travail", name=detail),
            T("Donnez la branche d'où ce travail est parti."),
        ),
        "ancestor": (
            T("ce qui est vérifié ne contient pas « {name} » : ce n'est pas le résultat de la fusion", name=detail),
            T("Fusionnez d'abord cette révision dans la vôtre, puis vérifiez le résultat."),
        ),
        "missing": (
            T("des fichiers de cette révision manquent dans ce clone"),
            T("C'est un clone partiel : clonez de nouveau, sans « --filter »."),
        ),
        "malformed": (
            T("un dossier de Git est mal formé : {name}", name=detail),
            T("Aucun outil ordinaire ne fait cela : refusez ces commits (git fsck les montre)."),
        ),
        "locked": (
            T("Git est verrouillé par {name}", name=detail),
            T("Si aucune autre commande Git ne tourne, un arrêt brutal l'a laissé : effacez ce fichier, puis relancez."),
        ),
        "moved": (
            T("la branche a reçu un commit pendant que cdp préparait le sien : rien n'a changé"),
            T("Relancez la commande : elle tiendra compte de la nouvelle version."),
        ),
        "detached": (
            T("aucune branche n'est en cours : le commit n'aurait pas de place"),
            T("Placez-vous sur une branche (git switch NOM), puis relancez la commande."),
        ),
        "tagged": (
            T("l'étiquette « {name} » existe déjà", name=detail),
            T("Effacez-la (git tag -d), ou relancez la commande sans --sign."),
        ),
        "unsigned": (
            T("l'étiquette « {name} » ne peut pas être signée", name=detail),
            T("Réglez votre clé (git config user.signingKey), ou relancez la commande sans --sign."),
        ),
        "identity": (
            T("Git ne sait pas qui vous êtes : il ne peut pas signer le commit"),
            T("Dites-le-lui : git config user.name NOM, git config user.email ADRESSE"),
        ),
    }  # fmt: skip


class GitError(Exception):
    """Git cannot answer: why, and what to do.

    Attributes:
        why: a word for programs, such as "absent", "repository", "unknown", "shallow", "ancestor", "locked"; or "failed".
        detail: a revision, a file, or what Git said.
        message: what is wrong.
        fix: what to do.
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail
        other = (T("Git a refusé : {reason}", reason=detail or "?"), T("Vérifiez le dépôt : git fsck"))
        self.message, self.fix = _messages(detail).get(why, other)


def run(
    root: Path, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None, own: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run a Git command.

    Args:
        root: folder in which it runs.
        words: of the command.
        given: to its standard input.
        more: environment of this command.
        own: True for what a person does in her own name (an identity, a signature, line ends of her files): her settings
            are read then, and hooks are still not run.

    Raises:
        GitError: "absent".
    """
    try:
        return subprocess.run(
            command(root, *words),
            env=environment(own) | dict(more or {}),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("absent") from None


def ask(root: Path, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None, own: bool = False) -> bytes:
    """Return what a Git command answers.

    Raises:
        GitError: it refuses; see :func:`refusal`.
    """
    done = run(root, *words, given=given, more=more, own=own)
    if done.returncode:
        raise refusal(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def standing(root: Path, more: Mapping[str, str] | None = None) -> tuple[bool, str | None]:
    """Return whether the history is cut short, and the path of a folder from the top of its files; None in a bare repository.

    Where the files are is seen on the disk. A setting of the repository may say otherwise, and one who reads trees by these
    paths would find no archive there.

    Raises:
        GitError: not a repository, or "elsewhere".
    """
    words = ("rev-parse", "--is-shallow-repository", "--is-inside-work-tree", "--show-prefix")
    shallow, inside, folder, *_ = ask(root, *words, more=more).decode("utf-8", "surrogateescape").split("\n")
    here = root.resolve()
    top = next((place for place in (here, *here.parents) if (place / ".git").exists()), None)
    if inside != "true" and (root / "HEAD").is_file() and (root / "objects").is_dir():
        return shallow != "false", None
    seen = None if top is None else "".join(f"{part}/" for part in here.relative_to(top).parts)
    if inside != "true" or seen is None or _loose(seen) != _loose(folder):
        raise GitError("elsewhere")
    return shallow != "false", folder


def _loose(path: str) -> str:
    """Return a path as macOS and Windows compare it: they may give it back in another form or case."""
    return unicodedata.normalize("NFC", path).casefold()


def resolve(root: Path, revision: str, more: Mapping[str, str] | None = None) -> str | None:
    """Return the full name of the commit that a revision names, or None.

    Raises:
        GitError: "ambiguous" when a branch and a tag share the name: who may push a tag would choose what is compared.
    """
    # An empty word would name the commit of nothing: "^{commit}" is refused by Git, "HEAD" is never guessed.
    if not revision.strip():
        return None
    found = run(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", more=more)
    whole = (
        revision == "HEAD" or revision.startswith("refs/") or re.fullmatch("[0-9a-f]{40}(?:[0-9a-f]{24})?", revision)
    )
    if not whole and b"is ambiguous" in found.stderr:
        raise GitError("ambiguous", re.split(r"[\^~@]", revision)[0])
    return found.stdout.decode().strip() if found.returncode == 0 else None


def refusal(said: str) -> GitError:
    """Return the error that tells what Git said."""
    lock = re.search(r"'([^'\n]+\.lock)'", said)
    if lock is not None and "File exists" in said:
        return GitError("locked", lock[1])
    if "not a git repository" in said:
        return GitError("repository")
    if any(sign in said for sign in ("tell me who you are", "empty ident", "unable to auto-detect email")):
        return GitError("identity")
    if any(sign in said for sign in ("missing", "bad object", "unable to read", "could not fetch", "promisor")):
        return GitError("missing")
    last = said.strip().splitlines()[-1:] or ["?"]
    return GitError("failed", last[0])


def command(root: Path, *words: str) -> list[str]:
    """Return the words of a Git command, with hooks, monitors, attributes of this machine and odd settings out of the way."""
    null = os.devnull
    return [
        "git", "--no-replace-objects", "-C", str(root), "-c", f"core.hooksPath={null}", "-c", "core.fsmonitor=false",
        "-c", f"core.attributesFile={null}", "-c", "safe.directory=*", "-c", "core.quotePath=false",
        "-c", "core.useReplaceRefs=false", "-c", "core.commitGraph=false", "-c", "core.warnAmbiguousRefs=true",
        "-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "diff.relative=false",
        "-c", "i18n.logOutputEncoding=UTF-8", "-c", "protocol.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *words,
    ]  # fmt: skip


def environment(own: bool = False) -> dict[str, str]:
    """Return the environment of a Git command: that of this computer, without what speaks of another repository."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or (own and name.startswith(_OWN))
    }
    kept.update(
        LC_ALL="C",
        GIT_NO_REPLACE_OBJECTS="1",
        GIT_LITERAL_PATHSPECS="1",
        GIT_OPTIONAL_LOCKS="0",
        GIT_TERMINAL_PROMPT="0",
        GIT_NO_LAZY_FETCH="1",
        GIT_GRAFT_FILE=os.devnull,
    )
    if not own:
        kept.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, GIT_ATTR_NOSYSTEM="1")
    return kept


_OWN = ("GIT_CONFIG", "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_ASKPASS")
