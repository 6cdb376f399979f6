"""Brings notifications to receivers on this machine, from a thread of its own, with the documented retries.

A receiver may call the emulator back while it is being told, so nobody may wait for it here. The courier
knows no database: jobs are handed to it, and what became of them is collected when the emulator is looked at.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ccstate.emulator.storage.clock import SECOND

RETRY_AFTER = 60 * SECOND  # every minute, for up to an hour: the contract
GIVE_UP_AFTER = 3600 * SECOND
_PATIENCE = 5.0  # seconds of the machine's that a receiver has (assumed)


@dataclass
class Job:
    n: int
    hook_uri: str
    body: bytes
    first: int
    made: int  # attempts so far
    headers: Callable[[int], Mapping[str, str]]  # of an attempt at an instant

    @property
    def due(self) -> int:
        return self.first + self.made * RETRY_AFTER

    @property
    def is_last(self) -> bool:
        return (self.made + 1) * RETRY_AFTER > GIVE_UP_AFTER


@dataclass(frozen=True)
class Outcome:
    """One attempt. `error` says why there was no answer."""

    n: int
    at: int
    status: int | None
    error: str | None
    last: bool

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Courier:
    """Attempts are due by the emulator's clock, whose position is told whenever the emulator is looked at."""

    def __init__(self) -> None:
        self.behind = True  # there may be notifications in the database that were not handed over
        self.outcomes: deque[Outcome] = deque()
        self._jobs: dict[int, Job] = {}
        self._position: Mapping[str, int] = {"offset": 0}
        self._changed = threading.Condition()
        self._running = self._closed = False

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def knows(self, n: int) -> bool:
        with self._changed:
            return n in self._jobs or any(outcome.n == n for outcome in self.outcomes)

    def deliver(self, job: Job) -> None:
        with self._changed:
            self._jobs[job.n] = job
            if not self._running and not self._closed:
                self._running = True
                threading.Thread(target=self._run, name="emulator-courier", daemon=True).start()
            self._changed.notify()

    def tell(self, position: Mapping[str, int]) -> None:
        with self._changed:
            self._position = position
            self._changed.notify()

    def clear(self) -> None:
        """Forget everything: the account that it was about is gone."""
        with self._changed:
            self._jobs.clear()
            self.outcomes.clear()
            self.behind = True
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            status, error = _attempt(job)
            with self._changed:
                if self._jobs.get(job.n) is not job:
                    continue
                outcome = Outcome(job.n, job.due, status, error, job.is_last)
                self.outcomes.append(outcome)
                job.made += 1
                if outcome.last or outcome.delivered:
                    del self._jobs[job.n]

    def _next(self) -> Job | None:
        """Wait for a job that is due; None ends the thread."""
        with self._changed:
            while self._jobs and not self._closed:
                job = min(self._jobs.values(), key=lambda job: (job.due, job.n))
                wait = job.due - self._now()
                if wait <= 0:
                    return job
                self._changed.wait(None if "fixed" in self._position else wait / SECOND)
            self._running = False
            return None

    def _now(self) -> int:
        if "fixed" in self._position:
            return self._position["fixed"]
        return time.time_ns() // 1000 + self._position["offset"]


def is_local(hook_uri: str) -> bool:
    """Whether a receiver is on this machine: nothing is sent to any other."""
    try:
        host = urlsplit(hook_uri).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _attempt(job: Job) -> tuple[int | None, str | None]:
    """One POST, without a proxy and without following anything."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(job.hook_uri)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "application/json", **job.headers(job.due)}
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        connection.request("POST", target, job.body, headers)
        return connection.getresponse().status, None
    except (OSError, HTTPException, ValueError) as problem:
        return None, f"{type(problem).__name__}: {problem}"
    finally:
        connection.close()
