"""Pace: never more than `rate` starts in any second.

A log of the last starts with a small margin, because bucket limiters let more than the rate into one second
at their beginning, and the service counts on arrival.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

MARGIN: Final = 0.02
"""Seconds added to the window: a request may overtake another on the way."""


class Pacer:
    """Hands out starts; `rate` 0 is no limit."""

    def __init__(
        self,
        rate: int,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._starts: deque[float] = deque(maxlen=max(rate, 1))
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Return when one more call may start."""
        if self._rate == 0:
            return
        async with self._turn:
            if len(self._starts) == self._rate:
                wait = self._starts[0] + 1 + MARGIN - self._clock()
                if wait > 0:
                    await self._sleep(wait)
            self._starts.append(self._clock())
