"""Pace: never more than `rate` requests leave in any second.

A log of the moments at which requests left, with a small margin, because bucket limiters let more than the
rate into one second at their beginning. The service counts on arrival, so what counts here is when the bytes
go out, not when somebody asked to: opening a connection can take longer than the margin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

MARGIN: Final = 0.02
"""Seconds added to the window: a request may overtake another on the way."""

_LOOK_AGAIN: Final = 0.005
"""Seconds until looking again at a request that has a start but has not left yet."""


@dataclass(slots=True)
class Start:
    """One request that may leave, and when it did; None until then."""

    left: float | None = None


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
        self._recent: list[Start] = []
        self._turn = asyncio.Lock()

    async def start(self) -> Start:
        """Return when one more request may leave; say so with `left` as soon as it does."""
        start = Start()
        if self._rate == 0:
            return start
        async with self._turn:
            while (wait := self._wait()) > 0:
                await self._sleep(wait)
            self._recent.append(start)
        return start

    def left(self, start: Start) -> None:
        """The request's bytes go out now (or never will)."""
        if start.left is None:
            start.left = self._clock()

    def _wait(self) -> float:
        now = self._clock()
        window = 1 + MARGIN
        self._recent = [each for each in self._recent if each.left is None or each.left > now - window]
        if len(self._recent) < self._rate:
            return 0.0
        gone = [each.left for each in self._recent if each.left is not None]
        return max(min(gone) + window - now, _LOOK_AGAIN) if gone else _LOOK_AGAIN
