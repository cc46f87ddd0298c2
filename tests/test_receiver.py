"""The receiver, over real HTTP: what is acknowledged is kept, whatever happens; the rest is refused politely."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cdp import answers_store
from cdp.receiver import Limit
from tests.conftest import Cdp, charter, write

NAME = "a/2026-06"
FRONT = "start_date: 2026-01-10\nend_date: 2027-01-09\nexpectations:\n  - {id: a1, text: Trouver des modèles, source: kickoff}\n"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    root = tmp_path / "base"
    write(
        root,
        {
            "mkdocs.yml": "site_name: Base\nsite_url: https://site.exemple.org/cdp/\n",
            "communities/a/index.md": charter(FRONT),
            "communities/a/surveys/2026-06.md": "---\nopens: 2026-06-01\ncloses: 2026-06-20\n---\n",
        },
    )
    return root


class Served:
    def __init__(self, root: Path, day: str = "2026-06-10", limit: str = "0", proxy: str = "") -> None:
        words = [sys.executable, "-m", "cdp", "survey", "serve", "--root", root, "--port", "0", "--as-of", day]
        self.process = subprocess.Popen(
            [*map(str, words), "--limit", limit, "--proxy", proxy],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)/", line)
        assert found is not None, line + (self.process.stderr.read() if self.process.stderr else "")
        self.port = int(found[1])

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            if method == "POST":
                given = {"Content-Type": "application/x-www-form-urlencoded", **given}
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def post(self, fields: dict[str, str] | list[tuple[str, str]], **headers: str) -> tuple[int, str]:
        status, text, _ = self.ask("POST", f"/{NAME}", urlencode(fields), **headers)
        return status, text

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=60)
        return out + err


@pytest.fixture
def served(base: Path) -> Iterator[Served]:
    server = Served(base)
    yield server
    if server.process.poll() is None:
        server.stop()


def kept(root: Path) -> list[dict[str, tuple[str, ...]]]:
    with answers_store.opened(root, NAME) as answers:
        return answers.all()


def test_an_answer_is_kept_once_and_thanked(served: Served, base: Path) -> None:
    status, form, headers = served.ask("GET", f"/{NAME}")
    key = re.search(r'name="key" value="([0-9a-f]{32})"', form)
    assert (status, bool(key)) == (200, True)
    assert key is not None
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert not {"server", "set-cookie"} & set(headers)
    fields = [("key", key[1]), ("a1", "met"), ("nextrole", "help"), ("nextrole", "news"), ("free", "Merci d’être là")]

    assert "Merci! Votre réponse est reçue" in served.post(fields)[1]
    assert "déjà reçue" in served.post([*fields, ("needs", "Ajouté ensuite")])[1]
    said = served.stop()

    assert kept(base) == [{"a1": ("met",), "nextrole": ("help", "news"), "free": ("Merci d’être là",)}]
    assert "POST" not in said
    assert "127.0.0.1 -" not in said


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({"a1": "nope", "free": "gardé"}, {}, 422),
        ({"free": "x" * 4001}, {}, 422),
        ([("a1", "met"), ("a1", "not")], {}, 422),
        ({}, {}, 422),
        ({"a1": "met"}, {"Origin": "https://ailleurs.exemple"}, 403),
        ({"a1": "met"}, {"Sec_Fetch_Site": "cross-site"}, 409),
        ({"a1": "met"}, {"Origin": "null", "Sec_Fetch_Site": "cross-site"}, 409),
        ({"a1": "met"}, {"Origin": "null"}, 409),
        ({"a1": "met"}, {"Content_Type": "text/plain"}, 415),
        ({f"f{n}": "x" for n in range(600)}, {}, 400),
        ({"a1": "met"}, {"Origin": "https://site.exemple.org", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"a1": "met"}, {"Origin": "null", "Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
def test_what_is_not_an_answer_is_refused(
    served: Served, base: Path, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    assert served.post(fields, **headers)[0] == status

    served.stop()
    assert len(kept(base)) == (status == 200)


def test_words_are_kept_when_something_is_wrong(served: Served) -> None:
    status, text = served.post({"a1": "nope", "free": "Mes mots <b>"})

    assert status == 422
    assert "Mes mots &lt;b&gt;" in text


def test_a_long_body_is_cut_off(served: Served) -> None:
    try:
        status = served.ask("POST", f"/{NAME}", b"free=" + b"x" * 3_000_000)[0]
    except (ConnectionError, http.client.HTTPException):
        return
    assert status == 413


@pytest.mark.parametrize(("day", "words"), [("2026-05-31", "ouvre le"), ("2026-06-20", "")])
def test_the_window_is_held(base: Path, day: str, words: str) -> None:
    server = Served(base, day)
    status, text = server.post({"a1": "met"})
    server.stop()

    assert status == (403 if words else 200)
    assert words in text


def test_the_rate_is_limited_without_keeping_addresses(base: Path) -> None:
    server = Served(base, limit="3")
    statuses = [server.post({"a1": "met"})[0] for _ in range(4)]
    server.stop()

    assert statuses == [200, 200, 200, 429]
    assert all(b"127.0.0.1" not in path.read_bytes() for path in (base / "private").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("addresses", "allowed"),
    [
        (["192.0.2.1", "192.0.2.2"], [True, True]),
        (["192.0.2.1", "192.0.2.1"], [True, False]),
        (["2001:db8:1:2::5", "2001:db8:1:2:ffff::9"], [True, False]),
        (["2001:db8:1:2::5", "2001:db8:1:3::5"], [True, True]),
        (["", "un-nom"], [True, True]),
    ],
)
def test_a_place_is_one_address_or_one_ipv6_network(addresses: list[str], allowed: list[bool]) -> None:
    limit = Limit(1)

    assert [limit.allows(address) for address in addresses] == allowed


@pytest.mark.parametrize(("proxy", "statuses"), [("127.0.0.1", [200, 429, 200]), ("", [200, 429, 429])])
def test_only_a_named_proxy_says_where_an_answer_comes_from(base: Path, proxy: str, statuses: list[int]) -> None:
    server = Served(base, limit="1", proxy=proxy)
    addresses = ["203.0.113.1", "203.0.113.1", "203.0.113.2"]
    found = [server.post({"a1": "met"}, X_Forwarded_For=address)[0] for address in addresses]
    server.stop()

    assert found == statuses


def test_other_addresses_and_methods_are_refused(served: Served) -> None:
    assert served.ask("GET", "/")[0] == 404
    assert served.ask("GET", "/a/2026-07")[0] == 404
    assert served.ask("GET", "/../mkdocs.yml")[0] == 404
    assert served.ask("PUT", f"/{NAME}")[0] == 405
    assert served.ask("HEAD", f"/{NAME}")[0] == 200


def test_nothing_of_who_sends_or_when_is_kept_or_said(served: Served, base: Path) -> None:
    who = {
        "User_Agent": "Navigateur-de-Jeanne/1.0",
        "Referer": "https://site.exemple.org/depuis-ici",
        "X_Forwarded_For": "203.0.113.77",
        "Cookie": "qui=jeanne",
        "Accept_Language": "fr-CA-x-jeanne",
        "Origin": "https://site.exemple.org",
    }
    for number in range(3):
        assert served.post({"a1": "met", "key": f"clef-{number:020}"}, **who)[0] == 200
    said = served.stop()

    stored = b"".join(path.read_bytes() for path in (base / "private").rglob("*") if path.is_file())
    for trace in ("Jeanne", "jeanne", "depuis-ici", "203.0.113", "127.0.0.1", "clef-", "2026"):
        assert trace.encode() not in stored
    assert said.strip() == ""
    with contextlib.closing(sqlite3.connect(answers_store.path(base, NAME))) as store:
        tables = dict(store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        values = [value for (value,) in store.execute("SELECT value FROM answer")]
        keys = [key for (key,) in store.execute("SELECT id FROM answer")]
        marks = {mark for (mark,) in store.execute("SELECT mark FROM seen")}
    assert values == ['{"a1": ["met"]}'] * 3
    assert {len(key) for key in keys} == {16}
    assert not marks & set(keys)
    assert all("WITHOUT ROWID" in sql for sql in tables.values())


def test_who_is_sending_when_it_stops_is_answered(served: Served, base: Path) -> None:
    body = urlencode({"a1": "met"}).encode()
    head = f"POST /{NAME} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode() + body[:3])
        # An answer from elsewhere shows that the beginning above was read.
        assert served.post({"a1": "not"})[0] == 200
        served.process.send_signal(signal.SIGTERM)
        while True:
            try:
                socket.create_connection(("127.0.0.1", served.port), timeout=30).close()
            except OSError:
                break
        connection.sendall(body[3:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    served.process.communicate(timeout=60)

    assert served.process.returncode == 0
    assert len(kept(base)) == 2
    assert [path.name for path in (base / "private" / "surveys").iterdir()] == ["a.2026-06.sqlite"]


def test_an_answer_that_cannot_be_kept_is_not_thanked(served: Served, base: Path) -> None:
    with contextlib.closing(sqlite3.connect(answers_store.path(base, NAME))) as store:
        store.execute("DROP TABLE answer")
        store.commit()
    status, text = served.post({"free": "Mes mots"})

    assert status == 503
    assert "Mes mots" in text
    assert "Traceback" not in served.stop()


def test_an_invitation_serves_once_over_the_web(base: Path, cdp: Cdp) -> None:
    invited = cdp("survey", "invite", NAME, "2", "--root", base).stdout.split()
    server = Served(base)
    form = server.ask("GET", f"/{NAME}?token={invited[0]}")[1]
    statuses = [server.post({"a1": "met", "token": token})[0] for token in (*invited, invited[0], "", "faux" * 5)]
    server.stop()

    assert f'name="token" value="{invited[0]}"' in form
    assert statuses == [200, 200, 403, 403, 403]
    stored = b"".join(path.read_bytes() for path in (base / "private").rglob("*") if path.is_file())
    assert not any(token.encode() in stored for token in invited)


@pytest.mark.slow
def test_kill_9_under_load_loses_no_acknowledged_answer(base: Path) -> None:
    server = Served(base)
    acknowledged: list[str] = []

    def send(who: int) -> None:
        for number in range(10_000):
            word = f"r-{who}-{number}"
            try:
                if server.post({"key": f"key-{who}-{number}", "free": word})[0] == 200:
                    acknowledged.append(word)
            except (OSError, http.client.HTTPException):
                return

    senders = [threading.Thread(target=send, args=(who,)) for who in range(6)]
    for sender in senders:
        sender.start()
    while len(acknowledged) < 400:
        senders[0].join(0.01)
    server.stop(signal.SIGKILL)
    for sender in senders:
        sender.join()

    present = [answer["free"][0] for answer in kept(base)]
    assert set(acknowledged) <= set(present)
    assert len(present) == len(set(present))
    assert [path.name for path in (base / "private" / "surveys").iterdir()] == ["a.2026-06.sqlite"]
