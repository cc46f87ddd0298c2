"""The folder ``private/``: the contact bank on this disk, and what Git knows of it. Never built, never exported.

Files are readable by their owner only; the bank is written whole, beside itself, then put in place.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path
from typing import Any

from cdp.facilitation.recruit.contacts import MARK, Bank, Contact, Unusable, forgotten, mentions
from cdp.facilitation.recruit.contacts import read as parse
from cdp.facilitation.recruit.contacts import write as rendered
from cdp.load import File
from cdp.text import T
from cdp.writing import lock

FOLDER = "private"
BANK = f"{FOLDER}/contacts.yml"


def git(root: Path, *words: str) -> str | None:
    """Return what Git says, None when it cannot: no Git here, no repository, or an error."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), "-c", "core.quotePath=false", *words],  # noqa: S607 - the user's git
            capture_output=True,
            check=False,
            timeout=120,
            env={**os.environ, "LC_ALL": "C.UTF-8"},  # so that É and é are one letter
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else None


def tracked(root: Path) -> Iterator[File]:
    """Yield the files of ``private/`` that Git tracks: there must be none (rule CDP804)."""
    for path in filter(None, (git(root, "ls-files", "-z", "--", FOLDER) or "").split("\0")):
        yield File(path, "file", 0, partial(bytes))


def copies(root: Path) -> Iterator[File]:
    """Yield the files outside ``private/`` that Git tracks and that hold what belongs there (rule CDP804).

    These are copies of the bank, which begins with words of ours, whatever they are called; contact cards; mail drafts.
    """
    named = git(root, "ls-files", "-z", "--", "*.vcf", "*.eml") or ""
    banks = (
        git(root, "grep", "--cached", "-lzIF", "-e", MARK, "--", "*.y*ml*", "*.txt", "*contact*", ":!*.md", ":!*.py")
        or ""
    )
    for path in sorted({*named.split("\0"), *banks.split("\0")} - {""}):
        if not path.startswith(f"{FOLDER}/"):
            yield File(path, "private", 0, partial(bytes))


def exposed(path: Path) -> bool:
    """Tell whether Git could take what is written at a path: inside a work tree, and not ignored."""
    folder = path.absolute()
    while not folder.is_dir():
        folder = folder.parent
    top = git(folder, "rev-parse", "--show-toplevel")
    # The folder itself is named as a folder: the rule "/private/" matches folders only.
    return top is not None and git(folder, "check-ignore", "-q", "--", str(path.absolute() / "x")) is None


def read(root: Path) -> Bank:
    """Return the contact bank; empty when there is none yet."""
    if (root / FOLDER).is_symlink() or (root / BANK).is_symlink():
        raise Unusable(T("private/ est un lien symbolique"), T("Remplacez-le par un vrai dossier."))
    try:
        return parse((root / BANK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError:
        raise Unusable(T("private/contacts.yml n'est pas en UTF-8"), T("Enregistrez-le en UTF-8.")) from None


def write(root: Path, bank: Bank) -> None:
    """Write the contact bank, for its owner only.

    Raises:
        Unusable: Git does not ignore ``private/``.
        Busy: another cdp is writing here.
    """
    if exposed(root / FOLDER):
        raise Unusable(
            T("Git n'ignore pas le dossier private/ : des renseignements personnels pourraient y entrer"),
            T("Ajoutez une ligne « /private/ » au fichier .gitignore, puis relancez la commande."),
        )
    with lock(root):
        keep(root / BANK, rendered(bank).encode())


def keep(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


def cleaned(root: Path, person: Contact) -> dict[Path, bytes | None]:
    """Return what the files of ``private/`` become without somebody; None for a draft to that person alone.

    The bank itself, and files that are not text, are left aside (see :func:`closed`).
    """
    found: dict[Path, bytes | None] = {}
    for path in _files(root):
        data = path.read_bytes()
        if path.suffix == ".eml":
            message = message_from_bytes(data, policy=SMTP)
            if not _speaks(message, person):
                continue
            found[path] = _without(message, person)
        elif (text := _text(data)) is not None and (new := forgotten(text, person)) != text:
            found[path] = new.encode("utf-8")
    return found


def closed(root: Path, person: Contact) -> list[Path]:
    """Return the files of ``private/`` that still hold somebody's name or address, where cdp cannot write."""
    return [path for path in _files(root) if mentions(path.read_bytes().decode("utf-8", errors="ignore"), person)]


def _files(root: Path) -> list[Path]:
    paths = sorted((root / FOLDER).rglob("*"))
    return [path for path in paths if not path.is_symlink() and path.is_file() and path != root / BANK]


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _speaks(message: EmailMessage, person: Contact) -> bool:
    said = " ".join(
        [
            *(str(message.get(key, "")) for key in ("To", "Bcc", "Cc", "Subject")),
            *(str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"),
        ]
    )
    return mentions(said, person)


def _without(message: EmailMessage, person: Contact) -> bytes | None:
    """Return a draft that somebody no longer receives, nor is named in; None when nobody else receives it."""
    gone = {email.casefold() for email in person.emails}
    others = False
    for key in ("To", "Bcc", "Cc"):
        if message[key] is None:
            continue
        left = [each for each in message[key].addresses if each.addr_spec.casefold() not in gone]
        del message[key]
        if left:
            message[key] = left
            others = True
    if not others:
        return None
    for part in message.walk():
        if part.get_content_maintype() == "text":
            text = str(part.get_content())
            new = forgotten(text, person)
            if new != text:
                placed: dict[str, Any] = {
                    "disposition": part.get_content_disposition(),
                    "filename": part.get_filename(),
                }
                kept: dict[str, Any] = {key: value for key, value in placed.items() if value}
                part.set_content(
                    new,
                    subtype=part.get_content_subtype(),
                    charset="utf-8",
                    cte="quoted-printable",
                    **kept,
                )
    return message.as_bytes()


def traces(root: Path, words: Sequence[str]) -> list[str]:
    """Return where Git holds any of some words: files of today, then commits that brought or took them."""
    found: dict[str, None] = {}
    for word in words:
        for line in (git(root, "grep", "-n", "-i", "-F", "-I", "-e", word, "--", ".") or "").splitlines():
            path, number, _ = line.split(":", 2)
            found.setdefault(f"{path}:{number}")
    for word in words:
        log = git(root, "log", "--all", "--format=%h %ad", "--date=short", "-i", "-F", "-S", word, "--", ".") or ""
        for line in log.splitlines():
            found.setdefault(line)
    return list(found)
