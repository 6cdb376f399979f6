"""From a request that was let in to an answer: its body is read, its operation answers in one transaction.

The gateway comes here with what arrived over HTTP, a partner's operation with a request that it makes on
behalf of a client account. Whose token it is and what it may do was settled before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers

from ccstate.emulator import errors
from ccstate.emulator.access import Caller
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import ANYTHING, JSON, PREFIX, Answer, Call, Operation, read_json, read_pairs

LARGEST_BODY = 10_000_000


@dataclass(frozen=True)
class Arrival:
    """A request as it came in."""

    method: str
    path: str
    raw_query: bytes
    headers: Headers
    origin: str
    client: str | None
    body: bytes | None  # None: too large, and not read to its end

    @property
    def to_api(self) -> bool:
        """What is metered and wants a token; signing in has limits of its own."""
        return self.path.startswith(f"{PREFIX}/")


def make_call(world: World, arrival: Arrival, operation: Operation, now: int, caller: Caller) -> Call:
    body: dict[str, Any] = {}
    content_type = arrival.headers.get("content-type", "")
    if operation.takes_body:
        if arrival.body is None:
            raise errors.too_large(LARGEST_BODY)
        media_type = content_type.partition(";")[0].strip().lower()
        wanted = operation.media_type
        if wanted not in (media_type, ANYTHING) and (media_type or arrival.body):
            raise errors.wrong_media_type(operation.media_type)
        if operation.media_type == JSON and (arrival.body or not operation.optional_body):
            body = read_json(arrival.body, operation.service)
    pairs = read_pairs(arrival.raw_query)
    return Call(
        world, operation, now, arrival.origin, arrival.path, dict(pairs), body,
        arrival.body or b"", content_type, caller, pairs, arrival.headers,
    )  # fmt: skip


def answer(call: Call, parameters: Mapping[str, str]) -> Answer:
    """What writes does so as a whole or not at all."""
    if not call.operation.writes:
        return call.operation.handler(call, **parameters)
    with call.world.db.transaction():
        return call.operation.handler(call, **parameters)
