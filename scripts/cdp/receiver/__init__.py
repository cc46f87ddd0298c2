"""The receiver of answers: one form, one POST, one thank-you page; nothing about who sends is kept or logged.

Everything is decided here, on plain values; :mod:`cdp.receiver.web` only carries it over HTTP. There is no cookie and no
session, so a forged sending could do no more than anybody's own: it is still refused when a browser names a foreign
origin. Where a browser names none (``null``: a page kept on a disk, or one that hides its address), the answers are
shown again, for the person to send from here: a trap cannot press the button, since no other site may frame this one.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from cdp.survey import page
from cdp.survey.questions import Form, Question
from cdp.text import T, Text

LARGEST = 600_000
"""Bytes of a body: every text of the longest form, full and percent-encoded."""
_MOST_FIELDS = 500
_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,64}")
_KEY, _INVITATION = "cdp-key-of-this-page-00000000", "cdp-invitation-0000000000"
"""What stands in a page rendered once for all, until somebody asks for it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

Keep = Callable[[Mapping[str, tuple[str, ...]], str, str], str]
"""Keeps an answer (values, key, token) and says "received", "known", "no-token" or "closed" once it is on the disk."""

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # "no-referrer" would make browsers hide the origin of the form itself.
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("X-Robots-Tag", "noindex"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser asks."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    origin: str = ""
    site: str = ""
    address: str = ""
    kind: str = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Response:
    """What it gets."""

    status: int
    body: str


@dataclass
class Limit:
    """A rate by address, kept in memory alone, under a key that changes: no address is ever stored."""

    a_minute: int
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _turn: float = field(default_factory=time.monotonic)
    _counts: dict[bytes, int] = field(default_factory=dict)

    def allows(self, address: str) -> bool:
        """Count a sending from an address, and tell whether it is one too many this minute."""
        if not self.a_minute:
            return True
        now = time.monotonic()
        if now - self._turn > 60 or len(self._counts) > 100_000:
            self._secret, self._turn, self._counts = secrets.token_bytes(16), now, {}
        mark = hmac.digest(self._secret, _place(address), "sha256")[:8]
        self._counts[mark] = self._counts.get(mark, 0) + 1
        return self._counts[mark] <= self.a_minute


class Receiver:
    """Answers requests about some surveys.

    Args:
        surveys: form, keeper and language by name ``SLUG/ID``.
        theme: texts of ``theme/survey/``.
        base: public address of the receiver.
        origins: addresses of the site and others whose pages may send here.
        today: tells the day in the site's time zone.
        limit: answers a minute from one address; 0 for no limit.
    """

    def __init__(
        self,
        surveys: Mapping[str, tuple[Form, Keep, str]],
        theme: Mapping[str, str],
        base: str,
        origins: tuple[str, ...],
        today: Callable[[], date],
        limit: int = 60,
    ) -> None:
        self.surveys, self.theme, self.base, self.today = surveys, theme, "", today
        self.origins = {_origin(address) for address in origins if address}
        self.limit = Limit(limit)
        self._pages: dict[tuple[str, str, bool], str] = {}
        self._said: dict[tuple[str, str, Text], str] = {}
        self.settle(base)

    def settle(self, base: str) -> None:
        """Say at which public address the receiver is; "" until the port is known."""
        self.base, self.prefix = base, urlsplit(base).path.strip("/")
        self.origins |= {_origin(base)} if base else set()

    def respond(self, request: Request) -> Response:
        """Return the answer to a request."""
        name = request.path.strip("/")
        if self.prefix and name.startswith(f"{self.prefix}/"):
            name = name.removeprefix(f"{self.prefix}/")
        if name not in self.surveys:
            return Response(404, "<!doctype html><meta charset=utf-8><title>404</title><p>404")
        form, keep, own = self.surveys[name]
        asked = parse_qs(request.query[:2000], max_num_fields=20) if request.query.count("&") < 20 else {}
        lang = next((each for each in asked.get("lang", ()) if each in ("fr", "en")), own)
        if request.method not in ("GET", "HEAD", "POST"):
            return self._say(405, form, lang, T("Cette page donne un formulaire et reçoit des réponses, rien d'autre."))
        if not form.opens <= self.today() <= form.closes:
            return self._say(403, form, lang, self._window(form))
        if request.method != "POST":
            return Response(200, self._blank(form, lang, next(iter(asked.get("token", ())), "")))
        if _origin(request.origin) not in ("", "null", *self.origins):
            return self._say(403, form, lang, T("Cette réponse vient d'un autre site : elle n'est pas reçue."))
        if not self.limit.allows(request.address):
            return self._say(429, form, lang, T("Trop de réponses en peu de temps du même endroit. Attendez une minute, puis renvoyez la page."))  # fmt: skip
        if len(request.body) > LARGEST:
            return self._say(413, form, lang, T("Cette réponse est trop longue pour être reçue."))
        if request.kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            return self._say(415, form, lang, T("Cette réponse n'est pas celle du formulaire."))
        return self._receive(form, keep, lang, request)

    def _receive(self, form: Form, keep: Keep, lang: str, request: Request) -> Response:
        try:
            given = parse_qs(
                request.body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
            )
        except ValueError:
            return self._say(400, form, lang, T("Cette réponse n'est pas celle du formulaire."))
        key = next((value for value in given.get("key", ()) if 8 <= len(value) <= 100), "") or secrets.token_hex(16)
        token = next(iter(given.get("token", ())), "")[:64]
        lang = next((each for each in given.get("lang", ()) if each in ("fr", "en")), lang)
        answer, errors = read(form, given)
        if errors:
            return self._again(422, form, lang, given, errors, key, token)
        if not self._trusted(request):
            # A page kept on a disk looks like a trap on another site; only a person can read again and press.
            asked = {"": T("Cette page ne vient pas d'ici. Relisez vos réponses, puis envoyez-les d'ici.")}
            return self._again(409, form, lang, given, asked, key, token)
        try:
            outcome = keep(answer, key, token)
        except (OSError, sqlite3.Error):
            failed = {
                "": T("Votre réponse n'a pas pu être gardée. Laissez cette page ouverte et renvoyez-la plus tard.")
            }
            return self._again(503, form, lang, given, failed, key, token)
        if outcome == "no-token":
            error = T(
                "Ce sondage se remplit avec une invitation, qui sert une seule fois : la vôtre manque ou a déjà servi."
            )
            return self._again(403, form, lang, given, {"": error}, key, token)
        if outcome == "closed":
            return self._say(403, form, lang, T("Ce sondage est terminé. Merci de votre intérêt."))
        if outcome == "known":
            # Somebody may have gone back, changed words and sent again: what was received cannot be found, so as to change it.
            return self._say(200, form, lang, T("Votre réponse était déjà reçue : elle compte une fois, telle que vous l'avez envoyée d'abord. Merci!"))  # fmt: skip
        return self._say(200, form, lang, T("Merci! Votre réponse est reçue."))

    def _trusted(self, request: Request) -> bool:
        """Tell whether an answer was sent from the form here or on the site, or by no browser at all."""
        if _origin(request.origin) in self.origins:
            return True
        return request.site in (("same-origin",) if request.origin else ("same-origin", "none", ""))

    def _again(
        self,
        status: int,
        form: Form,
        lang: str,
        given: Mapping[str, list[str]],
        errors: Mapping[str, Text],
        key: str,
        token: str,
    ) -> Response:
        hidden = {"key": key, "lang": lang} | ({"token": token} if token else {})
        body = page.page(form, self.theme, lang, receiver=self.base, values=given, errors=errors, hidden=hidden)
        return Response(status, body)

    def _blank(self, form: Form, lang: str, token: str) -> str:
        invited = bool(_TOKEN.fullmatch(token))
        cached = self._pages.get((form.name, lang, invited))
        if cached is None:
            hidden = {"key": _KEY, "lang": lang} | ({"token": _INVITATION} if invited else {})
            other = "en" if lang == "fr" else "fr"
            address = f"{page.address(form, self.base)}?lang={other}" + (f"&token={_INVITATION}" if invited else "")
            cached = page.page(form, self.theme, lang, receiver=self.base, hidden=hidden, other=address)
            self._pages[(form.name, lang, invited)] = cached
        return cached.replace(_KEY, secrets.token_hex(16)).replace(_INVITATION, token)

    def _window(self, form: Form) -> Text:
        if self.today() < form.opens:
            return T("Ce sondage ouvre le {day}.", day=form.opens)
        return T("Ce sondage est terminé. Merci de votre intérêt.")

    def _say(self, status: int, form: Form, lang: str, message: Text) -> Response:
        said = self._said.get((form.name, lang, message))
        if said is None:
            said = self._said[form.name, lang, message] = page.thanks(form, self.theme, lang, message)
        return Response(status, said)


def read(form: Form, given: Mapping[str, list[str]]) -> tuple[dict[str, tuple[str, ...]], dict[str, Text]]:
    """Return the answer in the fields of a form, and what is wrong with it by question."""
    answer: dict[str, tuple[str, ...]] = {}
    errors: dict[str, Text] = {}
    for question in form.questions:
        values = tuple(dict.fromkeys(value for value in given.get(question.id, ()) if value.strip()))
        if not values:
            continue
        wrong = _wrong(question, values)
        if wrong is not None:
            errors[question.id] = wrong
        elif question.comment:
            answer[question.id] = (_CONTROL.sub("", values[0]).replace("\r\n", "\n").strip(),)
        else:
            answer[question.id] = values
    if not answer and not errors:
        errors[""] = T("Aucune question n'a de réponse : répondez à une au moins, puis renvoyez.")
    return answer, errors


def _wrong(question: Question, values: tuple[str, ...]) -> Text | None:
    if question.comment:
        if len(values[0]) > page.LONGEST or len(values) > 1:
            return T("Ce texte a {n} caractères; raccourcissez-le à {most}.", n=len(values[0]), most=page.LONGEST)
        return None
    codes = {choice.code for choice in question.choices}
    if not codes.issuperset(values):
        return T("Ce choix n'est pas offert; choisissez parmi ceux de la page.")
    if len(values) > 1 and question.kind != "multiple":
        return T("Gardez un seul choix à cette question.")
    return None


def _place(address: str) -> bytes:
    """Return what tells a place from another: of an IPv6 address, the part that one home or office has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address.encode()
    return found.packed[:8] if found.version == 6 else found.packed


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else address
