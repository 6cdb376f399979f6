"""Kept tokens: what a refresh brought, for the next run and for those that run beside this one.

One file for each refresh token that the user gave, in the user's state folder, readable by the user alone. A
refresh token of the rotating kind is void once it was used, and all earlier ones with it, so the file is
written before the new access token is.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ccstate.core.diagnostics import Refused, error
from ccstate.store.files import cannot_write, write_atomically
from ccstate.store.meter import state_folder

_MODE: Final = 0o600
_LENGTH: Final = 16


class TokenFile:
    """The tokens that came of one refresh token."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, url: str, client_id: str, refresh_token: str) -> TokenFile:
        """The file for what the user gave; Refused where there is no place for it."""
        folder = state_folder()
        if folder is None:
            raise Refused(
                [
                    error(
                        "no-place-for-tokens",
                        "there is no folder to keep tokens in",
                        hint="set XDG_STATE_HOME or HOME to a folder that can be written to",
                    )
                ]
            )
        given = "\0".join((url, client_id, refresh_token))
        name = hashlib.sha256(given.encode()).hexdigest()[:_LENGTH]
        return cls(folder / "tokens" / f"{name}.json")

    def load(self) -> tuple[str, float, str] | None:
        """Access token, its end in seconds since 1970, refresh token; None where nothing is kept."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return str(found["access_token"]), float(found["expires_at"]), str(found["refresh_token"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):  # nothing that we wrote: a rename is atomic
            return None
        except OSError as why:
            raise cannot_write(self._path, why) from why

    def save(self, access: str, expires_at: float, refresh: str) -> None:
        """On disk when this returns; Refused where the disk says no."""
        document = {"access_token": access, "expires_at": expires_at, "refresh_token": refresh}
        write_atomically(self._path, json.dumps(document) + "\n", mode=_MODE)

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Try to be the only one who refreshes; Refused where nothing could be kept afterwards."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, _MODE)
        except OSError as why:
            raise cannot_write(self._path, why) from why
        try:
            yield self._is_alone(file)
        finally:
            os.close(file)

    def _is_alone(self, file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
