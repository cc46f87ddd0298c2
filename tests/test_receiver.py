"""The receiver, over real HTTP: what is acknowledged is kept, whatever happens; the rest is refused politely."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cdp import answers_store
from tests.conftest import charter, write

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
    def __init__(self, root: Path, day: str = "2026-06-10", limit: str = "0") -> None:
        words = [sys.executable, "-m", "cdp", "survey", "serve", "--root", root, "--port", "0", "--as-of", day]
        self.process = subprocess.Popen(
            [*map(str, words), "--limit", limit],
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
            return answer.status, answer.read().decode(), dict(answer.getheaders())
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
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers
    assert "Set-Cookie" not in headers
    fields = [("key", key[1]), ("a1", "met"), ("nextrole", "help"), ("nextrole", "news"), ("free", "Merci d’être là")]

    assert [served.post(fields)[0] for _ in range(2)] == [200, 200]
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


def test_other_addresses_and_methods_are_refused(served: Served) -> None:
    assert served.ask("GET", "/")[0] == 404
    assert served.ask("GET", "/a/2026-07")[0] == 404
    assert served.ask("GET", "/../mkdocs.yml")[0] == 404
    assert served.ask("PUT", f"/{NAME}")[0] == 405
    assert served.ask("HEAD", f"/{NAME}")[0] == 200


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
