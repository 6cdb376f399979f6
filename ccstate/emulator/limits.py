"""The gateway's two limits: calls in any second, and calls in a day; each application has its own.

The rate is a sliding log of arrivals on the machine's own clock: an emulated clock may stand still. The quota
follows the emulated clock, starts anew at 00:00 UTC, and is kept in the database like the account.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ccstate.emulator.storage.clock import DAY
from ccstate.emulator.storage.database import Database

_MANY = 1_000  # applications whose last second is remembered before the idle ones are forgotten


class RateLimit:
    """The fifth start within any 1.000 s is refused, where the rate is four; refused ones are starts too."""

    def __init__(self, rate: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._starts: dict[str, deque[float]] = {}

    def exceeded(self, client_id: str) -> bool:
        if not self._rate:
            return False
        now = self._monotonic()
        starts = self._starts.get(client_id)
        if starts is None:
            starts = self._begin(client_id, now)
        full = len(starts) == self._rate and now - starts[0] < 1.0
        starts.append(now)
        return full

    def clear(self) -> None:
        self._starts.clear()

    def _begin(self, client_id: str, now: float) -> deque[float]:
        if len(self._starts) >= _MANY:
            self._starts = {known: starts for known, starts in self._starts.items() if now - starts[-1] < 1.0}
        return self._starts.setdefault(client_id, deque(maxlen=self._rate))


class Quota:
    def __init__(self, quota: int, database: Database) -> None:
        self._quota = quota
        self._database = database

    def exceeded(self, client_id: str, now: int) -> bool:
        """Count one call; once the day's number is reached nothing is counted any more."""
        if not self._quota:
            return False
        sql = (
            "INSERT INTO quotas VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET day = excluded.day, "
            "used = CASE day WHEN excluded.day THEN used + 1 ELSE 1 END "
            "WHERE day <> excluded.day OR used < ? RETURNING used"
        )
        return self._database.value(sql, client_id, now // DAY, self._quota) is None

    def clear(self) -> None:
        self._database.run("DELETE FROM quotas")
