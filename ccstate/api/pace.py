"""The pacer: lets requests go one after the other, each at its moment, and only so many at the same time.

The service counts on arrival, so what counts here is when the bytes go out: a start that was kept waiting by
a connection that had to be opened first is given another moment. Each process reserves one start at a time,
in a log that all processes with the same key share: they take turns, and a killed one has cost the others a
fraction of a second. Nobody sleeps while holding the log.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

from ccstate.core.pace import Limit, Log, reserve, slow_down

MARGIN: Final = 0.005
"""Seconds added to the window."""

NETWORK_MARGIN: Final = 0.02
"""The same where requests travel: one may overtake another on the way."""

_FEWEST: Final = 4
_MOST: Final = 16
_SMOOTHING: Final = 0.2
_NEARLY: Final = 1e-4
_LOOK_AGAIN: Final = 0.002
_PATIENCE: Final = 500
"""Looks at a log that somebody else holds, before going on without it; nobody holds it for long."""


class Book(Protocol):
    """Where the log is kept."""

    def change(self, change: Callable[[Log], tuple[Log, float]]) -> float | None:
        """Replace the log and return what the change found; None where somebody else holds it just now."""


class Memory:
    """A log of this process alone."""

    def __init__(self) -> None:
        self._log = Log()

    def change(self, change: Callable[[Log], tuple[Log, float]]) -> float | None:
        """At once."""
        self._log, found = change(self._log)
        return found


@dataclass(slots=True)
class Start:
    """One request that may leave at `moment`."""

    moment: float = 0.0


class Pacer:
    """Hands out starts; `rate` 0 is no limit but that of calls in flight."""

    def __init__(
        self,
        rate: int,
        *,
        book: Book | None = None,
        margin: float = MARGIN,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._limit = Limit(rate, 1 + margin)
        self._late = margin / 2
        """Seconds that a request may leave after its moment without taking another one."""
        self._book: Book = book or Memory()
        self._turn = asyncio.Lock()
        self._in_flight = 0
        self._ended = asyncio.Event()
        self._latency = 0.0
        self._held_until = 0.0

    @property
    def most_in_flight(self) -> int:
        """As many as the rate needs at the latency that was measured, within bounds."""
        return min(_MOST, max(_FEWEST, math.ceil(self._rate * self._latency - _NEARLY)))

    async def start(self) -> Start:
        """Return when one more request may leave; its caller says `end` in any case."""
        async with self._turn:
            while self._in_flight >= self.most_in_flight:
                self._ended.clear()
                await self._ended.wait()
            start = Start(await self._reserved() if self._rate else 0.0)
            self._in_flight += 1
        return start

    async def leave(self, start: Start) -> None:
        """The connection is there and the bytes go out when this returns."""
        if not self._rate:
            start.moment = self._clock()
            return
        while self._clock() - start.moment > self._late + _NEARLY:
            start.moment = await self._reserved(start.moment, allowed=self._late)

    def answered(self, start: Start) -> None:
        """The answer to a request came now."""
        took = max(0.0, self._clock() - start.moment)
        self._latency += (took - self._latency) * (_SMOOTHING if self._latency else 1.0)

    def end(self) -> None:
        """One request is over, however it ended."""
        self._in_flight -= 1
        self._ended.set()

    async def throttled(self, start: Start, pause: float) -> None:
        """It was too much, said the service: all with this key pause, then go slower for a while."""

        def change(log: Log) -> tuple[Log, float]:
            return slow_down(log, self._clock(), start.moment, pause), 0.0

        if self._rate:
            self._held_until = self._clock() + pause
            await self._change(change)

    async def _reserved(self, instead_of: float | None = None, allowed: float = 0.0) -> float:
        """A moment, when it has come; it may be past by what is `allowed`, so that delays do not add up."""

        def change(log: Log) -> tuple[Log, float]:
            return reserve(log, self._clock() - allowed, self._limit, instead_of)

        moment = await self._change(change)
        while True:
            while (wait := moment - self._clock()) > _NEARLY:
                await self._sleep(wait)
            if moment >= self._held_until:
                return moment
            instead_of = moment  # reserved before the pause began
            moment = await self._change(change)

    async def _change(self, change: Callable[[Log], tuple[Log, float]]) -> float:
        for _ in range(_PATIENCE):
            found = self._book.change(change)
            if found is not None:
                return found
            await self._sleep(_LOOK_AGAIN)
        self._book = Memory()  # somebody was stopped while holding it
        return await self._change(change)
