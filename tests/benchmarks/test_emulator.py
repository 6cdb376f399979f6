"""How many calls the emulator answers in a second: inside a process and over HTTP, small account and big."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from ccstate.emulator import Settings, create_app
from tests.benchmarks.measure import show
from tests.emulator.client import TOKEN
from tests.emulator.served import Served

_CALLS: Final = int(os.environ.get("BENCHMARK_CALLS", "500"))
_ROUNDS: Final = 3
_BIG: Final = {
    "lists": [{"name": "List {n}", "repeat": 999}, {"name": "Everybody", "members": 100_000}],
    "campaigns": [{"name": "Campaign {n}", "repeat": 5_000, "lists": ["List 1"]}],
}
_SMALL: Final = {
    "lists": ["List 1"],
    "contacts": [{"count": 1}],
    "campaigns": [{"name": "Campaign", "lists": ["List 1"]}],
}
_HEADERS: Final = [
    (b"host", b"emulator"), (b"authorization", f"Bearer {TOKEN}".encode()),
    (b"content-type", b"application/json"),
]  # fmt: skip
Body = Callable[[int], bytes]


def _nothing(n: int) -> bytes:
    return b""


@pytest.mark.benchmark
@pytest.mark.usefixtures("unwatched")
def test_calls_inside_a_process_whatever_the_size_of_the_account() -> None:
    small, big = (create_app(Settings(seed=seed)) for seed in (_SMALL, _BIG))
    rows = []
    for label, method, path, body in _calls():
        rates = [max(_rate(app, method, path(app), body) for _ in range(_ROUNDS)) for app in (small, big)]
        rows.append((label, f"{rates[0]:,.0f}", f"{rates[1]:,.0f}", f"{rates[1] / rates[0]:.2f}"))
    show(
        "calls a second of processor, ASGI, in memory; goal: 4,000, and 0.8 or more of it on a big account",
        ("call", "one of each", "1,000 lists, 5,000 campaigns, 100,000 contacts", "ratio"),
        rows,
    )


def _calls() -> tuple[tuple[str, str, Callable[[Any], str], Body], ...]:
    number = iter(range(10**9))

    def fixed(path: str) -> Callable[[Any], str]:
        return lambda app: path

    def first_list(app: Any) -> str:
        found = app.state.world.db.value("SELECT list_id FROM lists ORDER BY seq LIMIT 1")
        return f"/v3/contact_lists/{found}"

    return (
        ("GET a list", "GET", first_list, _nothing),
        ("GET account/summary", "GET", fixed("/v3/account/summary"), _nothing),
        ("GET contact_lists?limit=1", "GET", fixed("/v3/contact_lists?limit=1"), _nothing),
        ("GET emails?limit=1", "GET", fixed("/v3/emails?limit=1"), _nothing),
        ("GET contacts?limit=1", "GET", fixed("/v3/contacts?limit=1"), _nothing),
        ("GET contacts/counts", "GET", fixed("/v3/contacts/counts"), _nothing),
        ("PUT a list", "PUT", first_list, lambda n: b'{"name": "List 1", "description": "%d"}' % n),
        ("POST a tag", "POST", fixed("/v3/contact_tags"), lambda n: b'{"name": "Tag %d"}' % next(number)),
        ("POST a contact", "POST", fixed("/v3/contacts"), lambda n: (
            b'{"email_address": {"address": "c%d@example.org"}, "create_source": "Account"}' % next(number))),
    )  # fmt: skip


def _rate(app: Any, method: str, target: str, body: Body) -> float:
    path, _, query = target.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": _HEADERS, "client": ("127.0.0.1", 1), "server": ("emulator", 80), "scheme": "http",
        "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip

    async def many() -> float:
        started = time.process_time()
        for n in range(_CALLS):
            assert await _status(app, scope, body(n)) < 300
        return _CALLS / (time.process_time() - started)

    return asyncio.run(many())


async def _status(app: Any, scope: dict[str, Any], body: bytes) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.benchmark
def test_calls_over_http() -> None:
    rows = []
    with Served("--rate", "0", "--quota", "0") as served:
        for label, method, path, body in (
            ("GET contact_lists?limit=1", "GET", "/v3/contact_lists?limit=1", _nothing),
            ("POST a tag", "POST", "/v3/contact_tags", lambda n: b'{"name": "Tag %d"}' % n),
        ):
            rows.append((label, f"{_over_http(served, method, path, body):,.0f}"))
    show("calls a second over HTTP, one connection; goal: 600", ("call", "a second"), rows)


def _over_http(served: Served, method: str, path: str, body: Body) -> float:
    """A client that costs next to nothing: bytes out, bytes in, until the answer is complete."""
    host, port = served.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.perf_counter()
        for n in range(_CALLS):
            content = body(n)
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
            )
            connection.sendall(head.encode() + content)
            _read_answer(connection)
        return _CALLS / (time.perf_counter() - started)


def _read_answer(connection: socket.socket) -> None:
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65536)
    head, _, content = found.partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1].startswith(b"2"), found
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(content) < length:
        content += connection.recv(65536)
    json.loads(content)


@pytest.mark.benchmark
def test_a_fresh_account() -> None:
    create_app(Settings())
    took = []
    for _ in range(20):
        started = time.perf_counter()
        create_app(Settings())
        took.append((time.perf_counter() - started) * 1000)
    show("a fresh account in memory; goal: 20 ms", ("", "ms"), [("least of 20", f"{min(took):.1f}")])
