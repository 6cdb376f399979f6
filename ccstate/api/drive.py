"""Drive: run a flow against a client, and several flows side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from ccstate.api.client import Client
from ccstate.api.errors import Garbled
from ccstate.core.wire import Flow, Request, Response

T = TypeVar("T")


def _nobody_looks(response: Response) -> None:
    """Nobody wants to see the answers."""


async def drive(flow: Flow[T], client: Client, see: Callable[[Response], None] = _nobody_looks) -> T:
    """What the flow returns; requests that it yields together run side by side, `see` is shown each answer.

    Raises what `Client.send` raises, and Garbled where an answer has another shape than the API's.
    """
    try:
        requests = next(flow)
        while True:
            responses = await asyncio.gather(*(client.send(request) for request in requests))
            for response in responses:
                see(response)
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


async def side_by_side(work: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """What each of them returns, in order; where one fails, nothing of the others goes on."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        return tuple([await each for each in tasks])
    finally:
        await stop(tasks)


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """End what still runs, and take note of what failed."""
    tasks = list(tasks)
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
