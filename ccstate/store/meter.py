"""The meter: how many calls this machine has made with an API key on a day (UTC).

The service counts, but tells nobody. Each call is one byte appended to the file of its day, so that several
runs at once add up and a killed one has counted what it made. A file that cannot be read or written only
means that the number is not known: nothing here may break a plan.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def state_folder() -> Path | None:
    """Where programs keep what should survive a restart (XDG); None where there is no home."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "ccstate"
    try:
        return Path.home() / ".local" / "state" / "ccstate"
    except RuntimeError:
        return None


def calls_folder(key: str) -> Path | None:
    """Where what concerns the calls of an API key is kept."""
    base = state_folder()
    return None if base is None else base / "calls" / key


class Meter:
    """The calls of one key; `folder` holds a file for each day, of which only the last one stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day: date | None = None
        self._file: int | None = None
        self._broken = False

    @classmethod
    def of(cls, key: str) -> Meter | None:
        """The meter of a key in the user's own folder."""
        folder = calls_folder(key)
        return None if folder is None else cls(folder)

    def count(self, day: date) -> None:
        """One more call."""
        if self._broken:
            return
        try:
            if self._file is None or day != self._day:
                self._open(day)
            assert self._file is not None
            os.write(self._file, b".")
        except OSError:
            self._broken = True

    def used(self, day: date) -> int | None:
        """The calls of a day so far; None where that is not known."""
        if self._broken:
            return None
        try:
            return self._path(day).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError:
            return None

    def close(self) -> None:
        """No more calls."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _path(self, day: date) -> Path:
        return self._folder / day.isoformat()

    def _open(self, day: date) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            if old.name < day.isoformat():
                old.unlink(missing_ok=True)
        self._file = os.open(self._path(day), os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        self._day = day
