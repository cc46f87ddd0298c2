"""Answers to surveys, in ``private/``: never in Git, never with what would tell whose they are.

One SQLite file a survey. What it holds: answers under random keys, without time, address or order; the marks of what
was received already, so that nothing counts twice; the marks of invitations. Marks are keyed digests: no column leads
from one table to another, and one cannot be made from an answer without the file's own secret.

What can be promised of order: none in any query or export, at any moment; none in the bytes of the files after
:meth:`Answers.tidy`, which the receiver calls when it is idle and when it stops, the import and the closing at their
end. Between two of these, someone who can read the disk of the machine that receives could still guess the order of
the newest answers from where the system put them; hence the rights 0600 and 0700.

Sources: SQLite, « Write-Ahead Logging », « PRAGMA secure_delete »; D. 783-2024 (individualisation, correlation, inference).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cdp import private
from cdp.text import T, Text

Answer = Mapping[str, tuple[str, ...]]
"""Values by question id: codes of choices, or words."""
Outcome = Literal["received", "known", "no-token", "closed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (id BLOB PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (mark BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invitation (mark BLOB PRIMARY KEY, used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


class Refused(Exception):  # noqa: N818 - said as a state, as the messages say it
    """The answers cannot be kept here.

    Attributes:
        message, fix: why, and what to do.
    """

    def __init__(self, message: Text, fix: Text) -> None:
        super().__init__(str(message))
        self.message = message
        self.fix = fix


def folder(root: Path) -> Path:
    """Return ``private/``, made when absent and readable by its owner alone.

    Raises:
        Refused: a link, or followed by Git.
    """
    place = root / private.FOLDER
    if place.is_symlink() or (place / "surveys").is_symlink():
        raise Refused(T("« private » est un lien"), T("Remplacez-le par un vrai dossier, sur ce disque."))
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    if next(iter(private.tracked(root)), None) is not None:
        raise Refused(
            T("le dossier « private » est suivi par Git : tout le monde y lirait les réponses"),
            T("Retirez-le de Git (git rm -r --cached private), ajoutez /private/ à .gitignore, puis recommencez."),
        )
    if private.exposed(place / "surveys"):
        raise Refused(
            T("Git n'ignore pas le dossier « private »"),
            T("Ajoutez la ligne /private/ à .gitignore, puis recommencez."),
        )
    return place


def path(root: Path, name: str) -> Path:
    """Return where the answers to a survey are, whether they exist or not.

    Args:
        root: the knowledge base.
        name: ``SLUG/ID`` of a survey that exists: both are safe names of files.
    """
    slug, _, survey = name.partition("/")
    return root / private.FOLDER / "surveys" / f"{slug}.{survey}.sqlite"


def draft(root: Path, name: str) -> Path:
    """Return where the comments of a survey wait for a person to choose."""
    return path(root, name).with_suffix(".md")


def files(root: Path, name: str) -> list[Path]:
    """Return what is kept of a survey: answers, what SQLite keeps beside them, comments."""
    file = path(root, name)
    beside = [file.with_name(file.name + end) for end in ("-wal", "-shm")]
    return [each for each in (file, *beside, draft(root, name)) if each.is_file() and not each.is_symlink()]


def purge(root: Path, name: str) -> bool:
    """Destroy the raw answers to a survey and its draft of comments; tell whether there were any."""
    found = files(root, name)
    for each in found:
        with each.open("r+b") as stream:
            stream.write(b"\0" * each.stat().st_size)
            stream.flush()
            os.fsync(stream.fileno())
        each.unlink()
    return bool(found)


@contextlib.contextmanager
def opened(root: Path, name: str) -> Iterator[Answers]:
    """Give the answers to a survey, ready to receive.

    Raises:
        Refused: see :func:`folder`.
    """
    folder(root)
    file = path(root, name)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.parent.chmod(0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    file.chmod(0o600)
    cut_short = file.with_name(f"{file.name}-wal").exists()
    answers = Answers(file)
    try:
        if cut_short:
            # A receiver that was killed left its log: in it, answers are still in the order in which they came.
            with contextlib.suppress(sqlite3.OperationalError):
                answers.tidy()
        yield answers
    finally:
        answers.close()


@dataclass
class _Sending:
    """An answer that waits to be written."""

    value: str
    key: bytes
    token: bytes
    outcome: Outcome | None = None
    error: Exception | None = None


def _written(answer: Answer) -> str:
    text = json.dumps({name: list(answer[name]) for name in sorted(answer)}, ensure_ascii=False)
    # An export in JSON may hold half of a character, which nothing can keep.
    return text.encode("utf-8", "replace").decode("utf-8")


class Answers:
    """The answers to one survey; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Sending] = deque()
        self._base = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=20)
        self._base.execute("PRAGMA secure_delete=ON")
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.executescript(_SCHEMA)
        with contextlib.suppress(sqlite3.IntegrityError):
            self._base.execute("INSERT OR IGNORE INTO fact VALUES ('secret', ?)", (secrets.token_bytes(32),))
        self._secret: bytes = self._base.execute("SELECT value FROM fact WHERE name = 'secret'").fetchone()[0]

    def put(self, answer: Answer, key: str, token: str = "") -> Outcome:
        """Keep an answer; when this returns "received" or "known", it is on the disk.

        Args:
            answer: values by question.
            key: the same for the same answer sent twice.
            token: invitation; needed when invitations were made.
        """
        sending = _Sending(_written(answer), self._mark(key), self._mark(token))
        self._queue.append(sending)
        with self._lock:
            # Whoever comes in first writes for all who wait: one writing to the disk serves them all.
            if sending.outcome is None and sending.error is None:
                self._receive([self._queue.popleft() for _ in range(len(self._queue))])
        if sending.error is not None:
            raise sending.error
        assert sending.outcome is not None, "who waits is written, or has an error"
        return sending.outcome

    def _receive(self, sendings: list[_Sending]) -> None:
        try:
            with self._transaction():
                outcomes = [self._outcome(sending) for sending in sendings]
        except (sqlite3.Error, OSError) as error:
            for sending in sendings:
                sending.error = error
        else:
            for sending, outcome in zip(sendings, outcomes, strict=True):
                sending.outcome = outcome

    def _outcome(self, sending: _Sending) -> Outcome:
        if self._base.execute("SELECT 1 FROM fact WHERE name = 'closed'").fetchone():
            return "closed"
        if self._base.execute("SELECT 1 FROM seen WHERE mark = ?", (sending.key,)).fetchone():
            return "known"
        if self._base.execute("SELECT 1 FROM invitation LIMIT 1").fetchone():
            used = self._base.execute("UPDATE invitation SET used = 1 WHERE mark = ? AND used = 0", (sending.token,))
            if used.rowcount != 1:
                return "no-token"
        self._base.execute("INSERT INTO seen VALUES (?)", (sending.key,))
        self._base.execute("INSERT INTO answer VALUES (?, ?)", (secrets.token_bytes(16), sending.value))
        return "received"

    def add(self, answers: Mapping[str, Answer]) -> int:
        """Keep many answers by key, all or none; return how many are new.

        Raises:
            Refused: the survey is closed.
        """
        fresh = 0
        keys = list(answers)
        secrets.SystemRandom().shuffle(keys)
        with self._lock, self._transaction():
            if self._base.execute("SELECT 1 FROM fact WHERE name = 'closed'").fetchone():
                raise Refused(
                    T("ce sondage est fermé et ses résultats sont écrits"),
                    T("Une réponse de plus se lirait dans la différence : gardez-la pour le prochain sondage."),
                )
            for key in keys:
                if self._base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (self._mark(key),)).rowcount == 1:
                    self._base.execute(
                        "INSERT INTO answer VALUES (?, ?)", (secrets.token_bytes(16), _written(answers[key]))
                    )
                    fresh += 1
        self.tidy()
        return fresh

    def known(self, keys: Collection[str]) -> int:
        """Return how many of these keys were received already."""
        with self._lock:
            return sum(
                self._base.execute("SELECT 1 FROM seen WHERE mark = ?", (self._mark(key),)).fetchone() is not None
                for key in keys
            )

    def all(self) -> list[dict[str, tuple[str, ...]]]:
        """Return the answers, in the order of their random keys."""
        with self._lock:
            rows = self._base.execute("SELECT value FROM answer ORDER BY id").fetchall()
        return [{name: tuple(values) for name, values in json.loads(value).items()} for (value,) in rows]

    def invite(self, count: int) -> list[str]:
        """Return new one-time invitations; only their marks are kept."""
        tokens = [secrets.token_urlsafe(12) for _ in range(count)]
        with self._lock, self._transaction():
            self._base.executemany(
                "INSERT INTO invitation (mark) VALUES (?)", sorted((self._mark(token),) for token in tokens)
            )
        return tokens

    def invited(self) -> int:
        """Return how many invitations were made."""
        with self._lock:
            count: int = self._base.execute("SELECT count(*) FROM invitation").fetchone()[0]
        return count

    def end(self) -> None:
        """Receive nothing more, forget the marks, and leave no trace of order in the file."""
        with self._lock, self._transaction():
            self._base.execute("INSERT OR IGNORE INTO fact VALUES ('closed', 1)")
            self._base.execute("DELETE FROM seen")
            self._base.execute("DELETE FROM invitation")
        self.tidy()

    def tidy(self) -> None:
        """Rewrite the file in the order of its random keys, and empty the log beside it."""
        with self._lock:
            self._base.execute("VACUUM")
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Tidy and let go of the file."""
        with contextlib.suppress(sqlite3.OperationalError):
            self.tidy()
        with self._lock:
            self._base.close()

    def _mark(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            # A full disk may have undone it already.
            with contextlib.suppress(sqlite3.Error):
                self._base.execute("ROLLBACK")
            raise
