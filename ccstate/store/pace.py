"""The pace file: the log of starts that all processes of this machine with the same API key share.

A record of fixed size beside the key's counters, changed under a lock of the operating system's (`flock`)
that is held for microseconds and that a killed process lets go. Its moments are of the monotonic clock, which
all processes of a machine share. What cannot be read is started anew; where the disk refuses, the process
paces itself alone: nothing here may break a plan.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ccstate.core.pace import KEPT, Log
from ccstate.store.meter import calls_folder

_MODE: Final = 0o600
_MARK: Final = b"ccpace01"
_RECORD: Final = struct.Struct(f"<8s i 3d {KEPT}d")


class PaceFile:
    """The log of one key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._broken = False
        self._log = Log()
        """What this process knows where there is no file."""

    @classmethod
    def of(cls, key: str) -> PaceFile | None:
        """The pace of a key in the user's own folder."""
        folder = calls_folder(key)
        return None if folder is None else cls(folder / "pace")

    def change(self, change: Callable[[Log], tuple[Log, float]]) -> float | None:
        """Replace the log and return what the change found; None where another process is doing so."""
        if not self._broken:
            try:
                return self._change(change)
            except OSError:
                self._broken = True
                self.close()
        self._log, found = change(self._log)
        return found

    def close(self) -> None:
        """No more starts."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _change(self, change: Callable[[Log], tuple[Log, float]]) -> float | None:
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        try:
            self._log, found = change(_read(os.pread(file, _RECORD.size, 0)))
            os.pwrite(file, _written(self._log), 0)
            return found
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _open(self) -> int:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, _MODE)
        return self._file


def _read(data: bytes) -> Log:
    """The log; an empty one where these bytes are none."""
    if len(data) != _RECORD.size:
        return Log()
    mark, count, held_until, slowed_at, share, *starts = _RECORD.unpack(data)
    if mark != _MARK or not 0 <= count <= KEPT:
        return Log()
    return Log(tuple(starts[:count]), held_until, slowed_at, share)


def _written(log: Log) -> bytes:
    unused = (0.0,) * (KEPT - len(log.starts))
    state = log.held_until, log.slowed_at, log.share
    return _RECORD.pack(_MARK, len(log.starts), *state, *log.starts, *unused)
