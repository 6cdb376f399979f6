"""Drive: run a flow against a client."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from ccstate.api.client import Client
from ccstate.api.errors import Garbled
from ccstate.core.wire import Flow, Request, Response

T = TypeVar("T")


async def drive(flow: Flow[T], client: Client) -> T:
    """What the flow returns; requests that it yields together run side by side.

    Raises what `Client.send` raises, and Garbled where an answer has another shape than the API's.
    """
    try:
        requests = next(flow)
        while True:
            responses = await asyncio.gather(*(client.send(request) for request in requests))
            requests = _next(flow, requests, tuple(responses))
    except StopIteration as done:
        result: T = done.value
        return result


def _next(flow: Flow[T], asked: tuple[Request, ...], answers: tuple[Response, ...]) -> tuple[Request, ...]:
    try:
        return flow.send(answers)
    except (KeyError, TypeError, AttributeError, ValueError) as why:
        detail = f"{type(why).__name__}: {why}"
        raise Garbled(asked[-1], "the answer has another shape than the API's", detail=detail) from why
