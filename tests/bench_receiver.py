"""The receiver, measured: answers a second, and how long a person waits; a part of ``make bench``.

``python -m tests.bench_receiver compare`` measures the same receiver behind Flask and waitress too, where they are
installed: the project does not depend on them.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.conftest import charter, write
from tests.test_receiver import FRONT, NAME

SECONDS = 6.0
CONNECTIONS = 32
GOALS = {"rate": 1000, "p99": 250}
WAITRESS = """
import logging, signal, sys
from flask import Flask, Response, request
from waitress import create_server
from cdp.receiver import HEADERS, LARGEST, Request, web


def serve(receiver, listener, proxy):
    logging.getLogger("waitress").setLevel(logging.ERROR)
    app = Flask("cdp")

    @app.route("/<path:path>", methods=["GET", "POST"])
    def respond(path):
        asked = Request(
            request.method, path, request.query_string.decode(), request.stream.read(LARGEST + 1),
            request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", ""), request.remote_addr or "",
            request.headers.get("Content-Type", ""),
        )
        answer = receiver.respond(asked)
        return Response(answer.body, answer.status, list(HEADERS))

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    create_server(app, sockets=[listener], threads=32, asyncore_use_poll=True).run()


web.serve = serve
from cdp.cli import main
sys.argv[0] = "cdp"
main()
"""


@contextlib.contextmanager
def served(root: Path, other: bool = False) -> Iterator[int]:
    """Run a receiver and give its port."""
    words = ["survey", "serve", "--root", str(root), "--port", "0", "--as-of", "2026-06-10", "--limit", "0"]
    start = ["-c", WAITRESS] if other else ["-m", "cdp"]
    with subprocess.Popen([sys.executable, *start, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().rpartition(":")[2].partition("/")[0])
        process.send_signal(signal.SIGTERM)


def sending(who: str, number: int) -> bytes:
    """Return an answer as a browser sends it."""
    body = urlencode(
        {"key": f"key-{who}-{number:06}", "a1": "met", "nextrole": "help", "free": "Merci à toutes et à tous! " * 4}
    ).encode()
    head = f"POST /{NAME} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def whole(data: bytes) -> bool:
    """Tell whether a reply is complete; anything but a thank-you is an error."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    assert head.startswith(b"HTTP/1.1 200"), data[:200]
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return len(body) >= int(length.partition(b":")[2])


def flood(port: int, seconds: float) -> float:
    """Return the answers a second that are acknowledged when everybody sends without a pause."""
    picker = selectors.DefaultSelector()
    count, end, start = 0, time.monotonic() + seconds, time.monotonic()
    for who in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(sending(f"f{who}", 0))
        picker.register(connection, selectors.EVENT_READ, [who, 0, b""])
    while time.monotonic() < end:
        for key, _ in picker.select(1):
            state, connection = key.data, key.fileobj
            assert isinstance(connection, socket.socket)
            state[2] += connection.recv(65536)
            if whole(state[2]):
                count, state[1], state[2] = count + 1, state[1] + 1, b""
                connection.sendall(sending(f"f{state[0]}", state[1]))
    for key in list(picker.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return count / (time.monotonic() - start)


def waits(port: int, rate: int, seconds: float) -> float:
    """Return the longest wait of 99 people of 100, in ms, at a steady rate, each person with a connection of its own."""
    found: list[float] = []

    def send(number: int) -> None:
        begun = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(sending("w", number))
            data = b""
            while not whole(data):
                data += connection.recv(65536)
        found.append((time.perf_counter() - begun) * 1000)

    threads, start = [], time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        threads.append(threading.Thread(target=send, args=(number,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return sorted(found)[int(len(found) * 0.99) - 1]


def rows(other: bool = False) -> list[tuple[str, str, str]]:
    """Return the lines of the table."""
    name = "Flask and waitress" if other else "Starlette and uvicorn"
    with tempfile.TemporaryDirectory(prefix="cdp-bench-") as folder:
        root = Path(folder)
        survey = "---\nopens: 2026-06-01\ncloses: 2026-06-20\n---\n"
        write(
            root,
            {
                "mkdocs.yml": "site_name: Banc d'essai\n",
                "communities/a/index.md": charter(FRONT),
                "communities/a/surveys/2026-06.md": survey,
            },
        )
        with served(root, other) as port:
            flood(port, 1.0)
            calm = waits(port, 200, SECONDS)
            rate = flood(port, SECONDS)
    return [
        (f"answers a second, {name}", f"{rate:,.0f}", f"≥ {GOALS['rate']:,}"),
        (f"longest wait of 99 in 100 at 200 answers a second, {name}", f"{calm:.0f} ms", f"≤ {GOALS['p99']} ms"),
    ]


if __name__ == "__main__":
    both = rows() + (rows(other=True) if "compare" in sys.argv else [])
    print(f"load average {os.getloadavg()[0]:.1f}\n")  # noqa: T201 - a table is what this is for
    for row in both:
        print("| " + " | ".join(row) + " |")  # noqa: T201 - idem
