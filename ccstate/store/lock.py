"""The lock as commands hold it: taken or waited for, looked at before each unit of work, given back.

What it is made of is the backend's business; here is who it says it is, and how long it is waited for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ccstate import __version__
from ccstate.core.diagnostics import Diagnostic, Refused, error
from ccstate.store.backend import Lock, LockRecord, record_text

_PAUSE: Final = 0.2
_SLOWEST: Final = 2.0
RESERVE: Final = 30.0
"""Seconds of the lease that must be left when a unit of work begins."""

_CI_RUNS: Final = ("CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "CI_PIPELINE_ID")
"""GitLab, Jenkins, CircleCI, Buildkite, and whatever is like GitLab; GitHub has no single variable."""


class Held(NamedTuple):
    """A lock that a command holds, or none at all (`--no-lock`)."""

    lock: Lock | None = None
    record: LockRecord | None = None

    @property
    def run_id(self) -> str:
        """The id of the run that holds it."""
        return self.record.id if self.record else ""

    def trouble(self, reserve: float | None = None) -> Diagnostic | None:
        """Why no unit of work may begin now; None where all is well."""
        wanted = RESERVE if reserve is None else reserve
        if self.lock is None or self.lock.left() > wanted:
            return None
        hint = "run the same command again: it goes on where this run stopped"
        summary = "this run no longer holds the lock of the state, so it stops before its next change"
        return error("lock-lost", summary, hint=hint)


NOT_LOCKED: Final = Held()


@contextmanager
def locked(
    lock: Lock, operation: str, *, wait: float = 0.0, waits: Callable[[LockRecord], None] | None = None
) -> Iterator[Held]:
    """Hold the lock; Refused after `wait` seconds where somebody else does. `waits` is told once whom for."""
    record = new_record(operation)
    _take(lock, record, wait, waits)
    try:
        yield Held(lock, record)
    except BaseException:
        with suppress(Refused):  # what ended the run is the one to tell
            lock.release()
        raise
    lock.release()


def _take(lock: Lock, record: LockRecord, wait: float, waits: Callable[[LockRecord], None] | None) -> None:
    deadline, pause = time.monotonic() + wait, _PAUSE
    while (holder := lock.take(record)) is not None:
        if time.monotonic() >= deadline:
            raise _busy(holder)
        if waits is not None:
            waits(holder)
            waits = None
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.5, _SLOWEST)


def new_record(operation: str) -> LockRecord:
    """The record of a run of this process."""
    import uuid

    return LockRecord(
        id=str(uuid.uuid4()),
        operation=operation,
        who=f"{_user()}@{os.uname().nodename}",
        pid=os.getpid(),
        version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ci_run=ci_run(os.environ),
    )


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def ci_run(variables: Mapping[str, str]) -> str:
    """Which run of a CI this is: an address where the CI has one."""
    if run := variables.get("GITHUB_RUN_ID"):
        server, repository = variables.get("GITHUB_SERVER_URL"), variables.get("GITHUB_REPOSITORY")
        return f"{server}/{repository}/actions/runs/{run}" if server and repository else run
    return next((found for name in _CI_RUNS if (found := variables.get(name))), "")


def whose(record: LockRecord) -> str:
    """A holder in a few words."""
    run = f", {record.ci_run}" if record.ci_run else ""
    until = f", until {record.expires} unless it is renewed" if record.expires else ""
    return f"{record.operation} of {record.who}, process {record.pid}{run}, since {record.created}{until}"


def _busy(record: LockRecord) -> Refused:
    hint = (
        "wait for it to end, or pass --lock-timeout 60s to wait here; "
        f"if you know that it is gone: ccstate force-unlock {record.id}"
    )
    summary = f"another run is changing this project: {whose(record)}"
    return Refused([error("locked", summary, detail=record_text(record), hint=hint)])
