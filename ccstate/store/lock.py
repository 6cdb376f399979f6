"""The lock: one writer at a time on a local state.

The operating system holds it (`flock`), so a killed run leaves none behind; what stands in the file only says
who it was.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ccstate import __version__
from ccstate.core.diagnostics import Refused, error
from ccstate.store.files import cannot_write

_PAUSE = 0.2


@contextmanager
def locked(path: Path, operation: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock; Refused after `wait` seconds where somebody else does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as why:
        raise cannot_write(path, why) from why
    with file:
        deadline = time.monotonic() + wait
        while not _take(file.fileno()):
            if time.monotonic() >= deadline:
                raise _busy(path)
            time.sleep(_PAUSE)
        file.truncate(0)
        file.write(json.dumps(_record(operation)))
        file.flush()
        yield


def _take(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _record(operation: str) -> dict[str, object]:
    return {
        "operation": operation,
        "pid": os.getpid(),
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "ci_run": os.environ.get("GITHUB_RUN_ID") or os.environ.get("CI_PIPELINE_ID") or "",
    }


def _busy(path: Path) -> Refused:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    who = f"{record.get('operation', 'a command')} of process {record.get('pid', '?')}"
    since = record.get("created", "?")
    return Refused(
        [
            error(
                "locked",
                f"another run is changing this project: {who}, since {since}",
                hint="wait for it to end, or pass --lock-timeout 60s to wait here",
            )
        ]
    )
