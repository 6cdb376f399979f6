"""The lock of backends that keep a record and nothing else: a lease that its holder renews.

The record is taken, renewed and given back by compare-and-swap, so two never hold it. A holder that was
killed renews it no more, and after its expiry anybody may take it. A holder that was only paused finds out:
it goes by its own clocks since its last renewal, and by what the record says when it tries the next one.
Clocks should agree to half a minute, which is the reserve that no new work begins in.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from ccstate.core.diagnostics import Refused
from ccstate.store.backend import Document, LockRecord, Moved, Stored, not_held, record_of, record_text

FREE: Final = "{}\n"
"""What stands in the record when nobody holds it."""

_AFTER_FAILURE: Final = 1.0


class Lease(NamedTuple):
    """How long a lease is, and how often it is renewed, in seconds."""

    seconds: float = 120.0
    beat: float = 20.0


class Documents(Protocol):
    """What the lock needs of a backend."""

    def get(self, document: Document) -> Stored | None:
        """What there is of a document."""

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Write it by compare-and-swap."""


class LeasedLock:
    """A lock that expires."""

    standard: Lease = Lease()

    def __init__(self, documents: Documents, lease: Lease | None = None) -> None:
        self._documents = documents
        self._lease = lease or self.standard
        self._mine: LockRecord | None = None
        self._token: str | None = None
        self._until = (0.0, 0.0)
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, record: LockRecord) -> LockRecord | None:
        """Take it and go on renewing it; whoever holds it instead."""
        found = self._documents.get("lock")
        holder = record_of(found.data) if found else None
        if holder is not None and holder.id != record.id and not _expired(holder):
            return holder
        self._mine, self._token = record, found.token if found else None
        if not self._renew():
            self._mine = None
            return self.holder() or holder or record
        self._over.clear()
        self._thread = threading.Thread(target=self._keep, name="ccstate-lease", daemon=True)
        self._thread.start()
        return None

    def _renew(self) -> bool:
        """Write the record with a later expiry; whether it is ours still."""
        assert self._mine is not None
        until = (time.monotonic() + self._lease.seconds, time.time() + self._lease.seconds)
        expires = datetime.fromtimestamp(until[1], UTC).isoformat(timespec="milliseconds")
        text = record_text(self._mine._replace(expires=expires)) + "\n"
        for _ in range(2):
            try:
                self._token, self._until = self._documents.put("lock", text, self._token), until
            except Moved:
                found = self._documents.get("lock")
                there = record_of(found.data) if found else None
                if found is None or there is None or there.id != self._mine.id:
                    return False
                self._token = found.token  # an earlier write of ours, of which only the answer was lost
            else:
                return True
        return False

    def _keep(self) -> None:
        pause = self._lease.beat
        while not self._over.wait(pause):
            with self._guard:
                if self._over.is_set():
                    return
                try:
                    if not self._renew():
                        self._mine, self._until = None, (0.0, 0.0)
                        return
                    pause = self._lease.beat
                except Refused:  # tried again until the lease is over, which `left` tells
                    pause = min(_AFTER_FAILURE, self._lease.beat)

    def left(self) -> float:
        """Seconds until the expiry, by whichever clock is nearer: one stands still while a machine sleeps."""
        monotonic, wall = self._until
        return min(monotonic - time.monotonic(), wall - time.time())

    def release(self) -> None:
        """Renew it no more and say that it is free; what cannot be said now is said by its expiry."""
        self._over.set()
        with self._guard:
            if self._mine is not None:
                with suppress(Moved, Refused):
                    self._documents.put("lock", FREE, self._token)
            self._mine, self._until = None, (0.0, 0.0)

    def holder(self) -> LockRecord | None:
        """Who holds it; one whose lease is over is no holder."""
        found = self._documents.get("lock")
        holder = record_of(found.data) if found else None
        return None if holder is None or _expired(holder) else holder

    def force(self, lock_id: str) -> None:
        """Write that it is free; the holder sees that when it renews it next."""
        found = self._documents.get("lock")
        holder = record_of(found.data) if found else None
        if found is None or holder is None or holder.id != lock_id:
            raise not_held(lock_id, holder)
        try:
            self._documents.put("lock", FREE, found.token)
        except Moved:
            self.force(lock_id)


def _expired(record: LockRecord) -> bool:
    try:
        return datetime.fromisoformat(record.expires) < datetime.now(UTC)
    except (ValueError, TypeError):
        return False  # it does not say, so it has to be forced
