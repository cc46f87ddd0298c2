"""The receiver, measured: answers a second, and how long a person waits; a part of ``make bench``.

``python -m tests.bench_receiver compare`` measures the same receiver behind Starlette and uvicorn too, where they are
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
UVICORN = """
import sys, threading
from pathlib import Path
from cdp.receiver import web
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from cdp.receiver import HEADERS, Request


def serve(receiver, listener, proxy, stopping):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        asked = Request(
            scope["method"], scope["path"], scope["query_string"].decode(), body, headers.get("origin", ""),
            headers.get("sec-fetch-site", ""), scope["client"][0], headers.get("content-type", ""),
        )
        answer = await run_in_threadpool(receiver.respond, asked)
        await Response(answer.body, answer.status, dict(HEADERS))(scope, receive, send)

    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


web.serve = serve
from cdp.cli import main
sys.argv[0] = "cdp"
main()
"""


@contextlib.contextmanager
def served(root: Path, starlette: bool = False) -> Iterator[int]:
    """Run a receiver and give its port."""
    words = ["survey", "serve", "--root", str(root), "--port", "0", "--as-of", "2026-06-10", "--limit", "0"]
    start = ["-c", UVICORN] if starlette else ["-m", "cdp"]
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


def rows(starlette: bool = False) -> list[tuple[str, str, str]]:
    """Return the lines of the table."""
    name = "Starlette and uvicorn" if starlette else "Flask and waitress"
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
        with served(root, starlette) as port:
            flood(port, 1.0)
            calm = waits(port, 200, SECONDS)
            rate = flood(port, SECONDS)
    return [
        (f"answers a second, {name}", f"{rate:,.0f}", f"≥ {GOALS['rate']:,}"),
        (f"longest wait of 99 in 100 at 200 answers a second, {name}", f"{calm:.0f} ms", f"≤ {GOALS['p99']} ms"),
    ]


if __name__ == "__main__":
    both = rows() + (rows(starlette=True) if "compare" in sys.argv else [])
    print(f"load average {os.getloadavg()[0]:.1f}\n")  # noqa: T201 - a table is what this is for
    for row in both:
        print("| " + " | ".join(row) + " |")  # noqa: T201 - idem
