"""The emulator over real HTTP: uvicorn, a line when it is ready, a clean end, sockets that really close."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ccstate.emulator import errors
from ccstate.emulator.app import create_app
from ccstate.emulator.faults import ConnectionDropped
from ccstate.emulator.settings import Settings
from ccstate.emulator.storage import clock


def serve(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `announce` is told the base address once it answers."""
    with listen(host, port) as listening:
        _serve(create_app(settings), listening, announce)


def listen(host: str, port: int) -> socket.socket:
    """Bound here and not by uvicorn, so that a port that is taken is an exception like any other."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio only does this for sockets that name their protocol. Without it the second packet of an answer
    # waits for the client's delayed acknowledgement of the first: 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _serve(app: Starlette, listening: socket.socket, announce: Callable[[str], None]) -> None:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, announce)
    # uvicorn ends by raising the signal once more for whoever was listening before it: that is us, and an end
    # that was asked for is a clean one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    try:
        server.run(sockets=[listening])
    finally:
        app.state.world.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[str], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/v3")


class _Protocol(H11Protocol):
    """HTTP whose connection is closed when the emulator drops it, where uvicorn would answer 500.

    What is no HTTP is refused as all bad input is: in an error envelope, and with the emulator's date.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _closing(self.app, transport)

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(msg)
        self.transport.close()

    def _refuse(self, message: str) -> None:
        world = cast(Starlette, self.config.app).state.world
        body = json.dumps(errors.bad_request(message).body, separators=(",", ":")).encode()
        headers = [
            (b"date", clock.http_date(world.now())),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")


def _closing(app: ASGIApp, transport: asyncio.Transport) -> Any:
    async def closing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(_with_bare_path(scope), receive, send)
        except ConnectionDropped:
            transport.close()
            await _until_closed(receive)
        except asyncio.CancelledError:
            # The end was asked for, and this call has outlasted the time that calls are given to finish in.
            transport.abort()
            await _until_closed(receive)

    return closing


async def _until_closed(receive: Receive) -> None:
    """Let the loss of the connection be noticed before the call returns without an answer.

    When the loop itself ends, everything is cancelled once more; the loss is on its way then all the same.
    """
    closed = False
    while not closed:
        with contextlib.suppress(asyncio.CancelledError):
            closed = (await receive())["type"] == "http.disconnect"


def _with_bare_path(scope: Scope) -> Scope:
    """Clients that believe in a proxy send the whole address as the target, and a server has to take it."""
    target: bytes = scope["raw_path"] if scope["type"] == "http" else b""
    if not target.lower().startswith((b"http://", b"https://")):
        return scope
    raw = urlsplit(target).path or b"/"
    return {**scope, "raw_path": raw, "path": unquote(raw.decode("ascii"))}
