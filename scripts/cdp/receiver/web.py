"""The receiver over HTTP: Starlette carries, uvicorn serves, neither writes a line about who came."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Asked
from starlette.responses import Response as Reply
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cdp.receiver import HEADERS, LARGEST, Receiver, Request

PATIENCE = 30
"""Seconds for the body of an answer to come, and for those who are sending when the receiver is told to stop."""
_MOST_CONNECTIONS = 1000


class _Patient(H11Protocol):
    """HTTP that lets go of whoever connects and asks nothing: such connections may not keep others out."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(PATIENCE, self._let_go)

    def _let_go(self) -> None:
        if self.cycle is None:
            self.transport.close()


def application(receiver: Receiver) -> ASGIApp:
    """Return the web application of a receiver."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = Asked(scope, receive)
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(asked)
        except (ClientDisconnect, TimeoutError):
            return
        request = Request(
            asked.method,
            asked.url.path,
            asked.url.query,
            body,
            asked.headers.get("Origin", ""),
            asked.headers.get("Sec-Fetch-Site", ""),
            asked.client.host if asked.client else "",
            asked.headers.get("Content-Type", ""),
        )
        answer = await run_in_threadpool(receiver.respond, request)
        await Reply(answer.body, answer.status, dict(HEADERS))(scope, receive, send)

    return respond


async def _body(asked: Asked) -> bytes:
    """Return what was sent, cut off as soon as it is too long to be an answer."""
    body = b""
    async for part in asked.stream():
        body += part
        if len(body) > LARGEST:
            break
    return body


def serve(receiver: Receiver, listener: socket.socket, proxy: str) -> None:
    """Receive until SIGTERM or SIGINT; then take nobody else in, and answer those who are there.

    Args:
        receiver: what answers.
        listener: a socket bound to where people send.
        proxy: address of a reverse proxy whose ``X-Forwarded-For`` is believed, or "".
    """
    config = uvicorn.Config(
        application(receiver),
        http=_Patient,
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=PATIENCE,
    )
    uvicorn.Server(config).run(sockets=[listener])
