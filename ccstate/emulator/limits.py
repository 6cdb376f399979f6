"""The gateway's two limits: calls in any second, and calls in a day.

The rate is a sliding log of arrivals on the machine's own clock: an emulated clock may stand still. The quota
follows the emulated clock, starts anew at 00:00 UTC, and is kept in the database like the account.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ccstate.emulator.clock import utc_day
from ccstate.emulator.database import Database


class RateLimit:
    """The fifth start within any 1.000 s is refused, where the rate is four; refused ones are starts too."""

    def __init__(self, rate: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._starts: deque[float] = deque(maxlen=max(rate, 1))

    def exceeded(self) -> bool:
        if not self._rate:
            return False
        now = self._monotonic()
        full = len(self._starts) == self._rate and now - self._starts[0] < 1.0
        self._starts.append(now)
        return full

    def clear(self) -> None:
        self._starts.clear()


class Quota:
    def __init__(self, quota: int, database: Database) -> None:
        self._quota = quota
        self._database = database

    def exceeded(self, now: int) -> bool:
        """Count one call; once the day's number is reached nothing is counted any more."""
        if not self._quota:
            return False
        today = utc_day(now)
        day, _, used = (self._database.recall("quota") or "").partition(" ")
        count = int(used) if day == today else 0
        if count >= self._quota:
            return True
        self._database.remember("quota", f"{today} {count + 1}")
        return False

    def clear(self) -> None:
        self._database.forget("quota")
