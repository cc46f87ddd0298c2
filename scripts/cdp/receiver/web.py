"""The receiver over HTTP: Flask carries, waitress serves, neither writes a line about who came."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import Any

from flask import Flask, request
from flask import Response as Reply
from waitress.server import create_server

from cdp.receiver import HEADERS, LARGEST, Receiver, Request

_PATIENCE = 10.0
"""Seconds for those who are sending when the receiver is told to stop."""


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


def serve(receiver: Receiver, listener: socket.socket, proxy: str, stopping: threading.Event) -> None:
    """Receive until told to stop; then take nobody else in, and answer those who are there.

    Args:
        receiver: what answers.
        listener: a socket bound to where people send.
        proxy: address of a reverse proxy whose ``X-Forwarded-For`` is believed, or "".
        stopping: set, from a signal, when it is time to stop.
    """
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server: Any = create_server(
        application(receiver),
        sockets=[listener],
        threads=16,
        ident=None,
        max_request_body_size=LARGEST + 1,
        clear_untrusted_proxy_headers=True,
        trusted_proxy=proxy,
        trusted_proxy_headers={"x-forwarded-for"} if proxy else set(),
        # Many browsers keep a connection open without a word: they may not keep others out.
        connection_limit=1000,
        channel_timeout=30,
        asyncore_use_poll=True,
    )
    while not stopping.is_set():
        server.asyncore.loop(timeout=0.5, use_poll=True, map=server._map, count=1)
    server.del_channel()
    listener.close()
    # waitress itself forgets, when it stops, the replies that it has not sent yet.
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and any(
        channel.request or channel.requests or channel.total_outbufs_len for channel in server.active_channels.values()
    ):
        server.asyncore.loop(timeout=0.05, use_poll=True, map=server._map, count=1)
    server.task_dispatcher.shutdown()
