"""The receiver over HTTP: Flask carries, waitress serves, neither writes a line about who came."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, request
from flask import Response as Reply
from waitress.server import create_server

from cdp.receiver import HEADERS, LARGEST, Receiver, Request


def application(receiver: Receiver) -> Flask:
    """Return the web application of a receiver."""
    app = Flask("cdp", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST + 1

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
    @app.route("/<path:path>", methods=["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
    def respond(path: str) -> Reply:
        body = request.stream.read(LARGEST + 1) if request.method == "POST" else b""
        answer = receiver.respond(
            Request(
                request.method,
                path,
                request.query_string.decode("ascii", "replace"),
                body,
                request.headers.get("Origin", ""),
                request.headers.get("Sec-Fetch-Site", ""),
                request.remote_addr or "",
                request.headers.get("Content-Type", ""),
            )
        )
        return Reply(answer.body, answer.status, list(HEADERS))

    return app


def serve(receiver: Receiver, host: str, port: int, proxy: str, ready: Callable[[int], None]) -> None:
    """Receive until the process is told to stop; what is being received then is finished.

    Args:
        receiver: what answers.
        host: where to listen.
        port: idem; 0 takes a free one.
        proxy: address of a reverse proxy whose ``X-Forwarded-For`` is believed, or "".
        ready: called with the port once it listens.
    """
    logging.getLogger("waitress").setLevel(logging.ERROR)
    options = {"trusted_proxy": proxy, "trusted_proxy_headers": "x-forwarded-for"} if proxy else {}
    server = create_server(
        application(receiver),
        host=host,
        port=port,
        threads=8,
        ident=None,
        max_request_body_size=LARGEST + 1,
        clear_untrusted_proxy_headers=True,
        **options,
    )
    ready(server.effective_port)
    server.run()
