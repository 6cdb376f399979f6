"""The run record: what a remote backend knows of a run that is under way.

Written before the run's first write, then brought up to date before each unit of work and at most every ten
seconds. The journal on this machine knows each call; should the machine be gone, this is what is left.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused, error
from ccstate.core.state import State
from ccstate.core.values import Json
from ccstate.store.backend import Backend, Moved
from ccstate.store.files import parse_json
from ccstate.store.journal import Journal, Replayed, difference, patched

FORMAT_VERSION: Final = "1.0"
EVERY: Final = 10.0
"""Seconds between two writes of the record, but for units, which must not begin unannounced."""

OVER: Final = "{}\n"
"""What stands there when no run is under way."""


def read_run(backend: Backend, state: State) -> Replayed | None:
    """What an unfinished run did on top of this state, as far as it said; None where there is none."""
    found = backend.get("run")
    record = parse_json(found.data, backend.place("run"), "run") if found else None
    if not record or (record.get("lineage"), record.get("serial")) != (state.lineage, state.serial):
        return None
    try:
        after = patched(state, record["checkpoint"]["state"])
        for foretold in record["checkpoint"]["open"].values():
            after = patched(after, foretold)
        return Replayed(after, record["run_id"])
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        hint = "empty it: what the run made is then adopted by name"
        summary = f"{backend.place('run')}, the record of a run that did not end, is damaged: {why}"
        raise Refused([error("run-unreadable", summary, hint=hint)]) from why


def end_run(backend: Backend) -> None:
    """No run is under way."""
    found = backend.get("run")
    if found is not None and found.data != OVER.encode():
        backend.put("run", OVER, found.token)


class RunJournal:
    """The journal of this machine, and the record of it elsewhere."""

    def __init__(
        self, journal: Journal, backend: Backend, base: State, run_id: str, facts: Callable[[], Json]
    ) -> None:
        self._journal, self._backend, self._base = journal, backend, base
        self._run_id, self._facts = run_id, facts
        self._last = base
        self._open: dict[str, Json] = {}
        self._begun: Mapping[str, Json] | None = None
        self._token: str | None = None
        self._written = 0.0
        self._changed = False

    def intend(self, step_id: str, foretold: State, addresses: Iterable[Address]) -> None:
        """Before a call."""
        self._journal.intend(step_id, foretold, addresses)
        self._open[step_id] = difference(self._last, foretold, addresses)
        self._changed = True

    def settle(self, step_id: str, state: State, addresses: Iterable[Address]) -> None:
        """After a call that succeeded."""
        self._journal.settle(step_id, state, addresses)
        self._open.pop(step_id, None)
        self._last = state
        self._changed = True

    def refuse(self, step_id: str) -> None:
        """After a call that certainly did nothing."""
        self._journal.refuse(step_id)
        self._open.pop(step_id, None)
        self._changed = True

    def note(self, state: State, addresses: Iterable[Address] | None = None) -> None:
        """A change of the state that needs no call."""
        self._journal.note(state, addresses)
        self._last = state
        self._changed = True

    def sync(self) -> None:
        """On the disk of this machine; elsewhere it is from the next checkpoint on."""
        self._journal.sync()

    def checkpoint(self, *, urgent: bool) -> None:
        """Between two units of work, in which nothing but the API is waited for."""
        if self._begun is None or (self._changed and (urgent or self._is_due())):
            self._write()

    def _is_due(self) -> bool:
        return time.monotonic() - self._written >= EVERY

    def close(self, *, drop: bool) -> None:
        """Done; the snapshot holds all of it when `drop` is true."""
        self._journal.close(drop=drop)
        if self._begun is None:
            return
        if drop:
            self._put(OVER)
            return
        with suppress(Refused):  # what kept the snapshot from being written is told already
            self._write()

    def _write(self) -> None:
        if self._begun is None:
            found = self._backend.get("run")
            self._token = found.token if found else None
            self._begun = {
                "format_version": FORMAT_VERSION,
                "run_id": self._run_id,
                "lineage": self._base.lineage,
                "serial": self._base.serial,
                "started": _now(),
                **self._facts(),
            }
        everywhere = {*self._base.bindings, *self._last.bindings, *self._base.pending, *self._last.pending}
        done = difference(self._base, self._last, everywhere)
        checkpoint = {"at": _now(), "state": done, "open": self._open}
        record = {**self._begun, "checkpoint": checkpoint}
        self._put(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._written, self._changed = time.monotonic(), False

    def _put(self, text: str) -> None:
        try:
            self._token = self._backend.put("run", text, self._token)
        except Moved as why:
            raise taken_over() from why


def taken_over() -> Refused:
    """Somebody else goes on in our place."""
    hint = "look at the state and run the same command again: it looks first at what did happen"
    summary = "another run has taken this one's place: its lock had expired or was forced"
    return Refused([error("lock-lost", summary, hint=hint)])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
