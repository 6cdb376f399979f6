"""Drive: run a flow against a client."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from ccstate.api.client import Client
from ccstate.core.wire import Flow

T = TypeVar("T")


async def drive(flow: Flow[T], client: Client) -> T:
    """What the flow returns; requests that it yields together run side by side."""
    try:
        requests = next(flow)
        while True:
            responses = await asyncio.gather(*(client.send(request) for request in requests))
            requests = flow.send(tuple(responses))
    except StopIteration as done:
        result: T = done.value
        return result
