"""The way of a request through the emulator, as a plain ASGI app.

Arrival is logged, the token tells whose call it is, that application's calls are metered, faults strike,
rights are checked; then time catches up and an operation answers. From there to the commit nothing is
awaited, so calls never mix and a write that was answered is on disk. Behaviour of a resource has no place
here.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from ccstate.emulator import dispatch, errors
from ccstate.emulator.access import Caller, admit, identify
from ccstate.emulator.control import Control
from ccstate.emulator.dispatch import LARGEST_BODY, Arrival
from ccstate.emulator.errors import ApiError
from ccstate.emulator.faults import ConnectionDropped, Faults, Rule
from ccstate.emulator.limits import Quota, RateLimit
from ccstate.emulator.oauth import masking
from ccstate.emulator.oauth.callers import Callers
from ccstate.emulator.partners import notifications
from ccstate.emulator.requests import RequestLog
from ccstate.emulator.routing import Routes
from ccstate.emulator.storage import clock, events
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import JSON, Answer, Operation, read_query

LARGEST_CONTROL_BODY = 1_000_000_000  # a dump of a big account must go back in
_CONTROL = "/_control"
_WITHOUT_BODY = (204, 304)  # by HTTP itself; a fault rule may ask for either


class Gateway:
    def __init__(self, world: World, routes: Routes, faults: Faults, log: RequestLog) -> None:
        self._world = world
        self._routes = routes
        self._faults = faults
        self._log = log
        self._rate = RateLimit(world.settings.rate)
        self._quota = Quota(world.settings.quota, world.db)
        self.control = Control(world, faults, log, self._rate, self._quota)
        self._others = Router()  # lifespan and whatever else is not HTTP
        self._callers = Callers(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._others(scope, receive, send)
            return
        control = scope["path"] == _CONTROL or scope["path"].startswith(f"{_CONTROL}/")
        arrival = await _read(scope, receive, LARGEST_CONTROL_BODY if control else LARGEST_BODY)
        if control:
            answer = self._control_answer(arrival)
            notifications.hand_over(self._world)
            await _write(send, answer, self._world.now())
        else:
            await self._serve(arrival, send)

    def _control_answer(self, arrival: Arrival) -> Answer:
        if arrival.body is None:
            return Answer(413, {"error": f"a body may have {LARGEST_CONTROL_BODY} bytes at most"})
        return self.control.answer(
            arrival.method, arrival.path, read_query(arrival.raw_query), arrival.body, arrival.client
        )

    async def _serve(self, arrival: Arrival, send: Send) -> None:
        started, now = time.perf_counter(), self._world.now()
        arrived, fault = now, None
        caller = self._callers.of(arrival.headers.get("authorization", ""), now)
        if arrival.to_api and self._rate.exceeded(caller.client_id):
            answer = _told(errors.throttled())
        else:
            fault = self._faults.for_call(arrival.method, arrival.path)
            await self._delay(fault)
            now = self._world.now()
            answer = self._answer_under(fault, arrival, caller, now)
            notifications.hand_over(self._world)
        body = _body(answer)
        dropped = fault is not None and fault.do in ("drop_before", "drop_after")
        self._log.add(
            at=arrived,
            method=arrival.method,
            path=arrival.path,
            status=0 if dropped else answer.status,
            duration_ms=(time.perf_counter() - started) * 1000,
            **_without_secrets(arrival, None if dropped else answer, body),
        )
        if dropped:
            raise ConnectionDropped("the emulator closed the connection, as a fault rule asked")
        await _write(send, answer, now, body, fault)

    async def _delay(self, fault: Rule | None) -> None:
        extra = fault.delay_ms / 1000 if fault is not None else 0.0
        if self._world.settings.latency + extra > 0:
            await asyncio.sleep(self._world.settings.latency + extra)

    def _answer_under(self, fault: Rule | None, arrival: Arrival, caller: Caller, now: int) -> Answer:
        """Answer, unless a fault keeps the call from ever reaching the service."""
        if fault is not None and (fault.do == "drop_before" or (fault.do == "status" and not fault.after)):
            return _faulty(fault)
        answer = self._answer(arrival, caller, now)
        return _faulty(fault) if fault is not None and fault.do == "status" else answer

    def _answer(self, arrival: Arrival, caller: Caller, now: int) -> Answer:
        try:
            if arrival.to_api and self._quota.exceeded(caller.client_id, now):
                raise errors.quota_exceeded()
            operation, parameters = self._find(arrival, caller)
            caller = admit(caller, operation.access, arrival.headers)
            events.happen(self._world, now)
            call = dispatch.make_call(self._world, arrival, operation, now, caller)
            return dispatch.answer(call, parameters)
        except ApiError as refusal:
            return _told(refusal)
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
            return _told(errors.busy())

    def _find(self, arrival: Arrival, caller: Caller) -> tuple[Operation, dict[str, str]]:
        """Who has no token does not learn which paths there are."""
        try:
            return self._routes.find(arrival.method, arrival.path)
        except ApiError:
            if arrival.to_api:
                identify(caller)
            raise


async def _read(scope: Scope, receive: Receive, most: int) -> Arrival:
    headers = Headers(scope=scope)
    client = scope.get("client")
    host = headers.get("host") or ":".join(str(part) for part in scope.get("server") or ("localhost",))
    return Arrival(
        method=scope["method"],
        path=scope["path"],
        raw_query=scope.get("query_string", b""),
        headers=headers,
        origin=f"{scope.get('scheme', 'http')}://{host}",
        client=client[0] if client else None,
        body=None if _announced(headers) > most else await _read_body(receive, most),
    )


def _announced(headers: Headers) -> int:
    """The length that a body is said to have: one that is too large need not be sent to be refused."""
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) <= 20 else 0


async def _read_body(receive: Receive, most: int) -> bytes | None:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionDropped("the client went away before its request was complete")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most:
            return None
        if not message.get("more_body"):
            return b"".join(chunks)


def _without_secrets(arrival: Arrival, answer: Answer | None, body: bytes) -> dict[str, Any]:
    """What the log may keep of a call's content."""
    if arrival.to_api:
        query, sent, answered = masking.query_to_api(arrival.raw_query), arrival.body, body
    else:
        query, sent = masking.form(arrival.raw_query), masking.form(arrival.body or b"")
        answered = b"" if answer is None else _body(masking.answer(answer))
    return {
        "query": query.decode("latin-1"),
        "request_body": sent,
        "response_body": None if answer is None else answered,
    }


def _told(refusal: ApiError) -> Answer:
    return Answer(refusal.status, refusal.body, refusal.headers)


def _faulty(fault: Rule) -> Answer:
    body = fault.body
    if body is None:
        body = {"error_key": "emulator.fault", "error_message": f"A fault rule asked for {fault.status}"}
    return Answer(fault.status, body)


def _body(answer: Answer) -> bytes:
    if answer.body is None or answer.status in _WITHOUT_BODY:
        return b""
    if answer.media_type != JSON:
        return str(answer.body).encode()
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()


async def _write(
    send: Send, answer: Answer, now: int, body: bytes | None = None, fault: Rule | None = None
) -> None:
    body = _body(answer) if body is None else body
    status, doing = answer.status, fault.do if fault is not None else None
    if doing == "garbage":
        body = b'{"\x00\xff<html>' + body[: len(body) // 2]
        status = 200 if status in _WITHOUT_BODY else status
    if doing == "truncate" and not body:
        raise ConnectionDropped("the emulator closed the connection, for there is no middle of this answer")
    headers = [(b"date", clock.http_date(now)), *answer.headers]
    if status not in _WITHOUT_BODY:
        headers += [
            (b"content-type", answer.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    if doing == "truncate":
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        raise ConnectionDropped("the emulator closed the connection in the middle of an answer")
    await send({"type": "http.response.body", "body": body})
