"""The local backend: files in the project's own folder, and a lock that the operating system holds.

The lock is `flock` with the record in the file, so a killed run leaves none behind and none needs to expire.
`force-unlock` takes the file away under its holder, who finds that out before its next write.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import IO

from ccstate.store.backend import (
    UNKNOWN,
    Document,
    Lock,
    LockRecord,
    Moved,
    Stored,
    not_held,
    record_of,
    record_text,
)
from ccstate.store.files import cannot_read, cannot_write, read_bytes, write_atomically


class LocalBackend:
    """The documents of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def address(self) -> str:
        """The same for every checkout of the project."""
        inside = "emulator/" if self._folder.name == "emulator" else ""
        return f".ccstate/{inside}state.json"

    def place(self, document: Document) -> str:
        """The file."""
        return str(self._path(document))

    def _path(self, document: Document) -> Path:
        return self._folder / f"{document}.json"

    def get(self, document: Document) -> Stored | None:
        """What the file holds."""
        path = self._path(document)
        if not path.exists():
            return None
        data = read_bytes(path)
        return Stored(data, _token(data))

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Replace the file, while nobody else looks whether to replace it."""
        path = self._path(document)
        with self._alone(path):
            found = self.get(document)
            if (found.token if found else None) != token:
                raise Moved
            write_atomically(path, text)
        return _token(text.encode())

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as why:
            raise cannot_write(path, why) from why
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def lock(self) -> Lock:
        """The file `lock`."""
        return FileLock(self._folder / "lock")


class FileLock:
    """`flock` on a file that says who holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self, record: LockRecord) -> LockRecord | None:
        """Take it; whoever holds it instead."""
        file = self._open()
        if not _flock(file.fileno()) or not self._is_current(file):
            file.close()
            return self._written() or UNKNOWN
        self._file = file
        try:
            file.truncate(0)
            file.write(record_text(record))
            file.flush()
        except OSError as why:
            self.release()
            raise cannot_write(self._path, why) from why
        return None

    def _open(self) -> IO[str]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._path.open("a+", encoding="utf-8")
        except OSError as why:
            raise cannot_write(self._path, why) from why

    def _is_current(self, file: IO[str]) -> bool:
        """Whether the file is still the one of that name, and not one that was taken away."""
        try:
            there, ours = self._path.stat(), os.fstat(file.fileno())
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def left(self) -> float:
        """Forever, unless the file was taken away."""
        return inf if self._file is not None and self._is_current(self._file) else 0.0

    def release(self) -> None:
        """Close the file, which lets go of the lock; what stands in it is past."""
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                file.truncate(0)

    def holder(self) -> LockRecord | None:
        """Who holds it; what a killed run left in the file is no holder."""
        if not self._path.exists():
            return None
        with self._open() as file:
            return None if _flock(file.fileno()) else self._written() or UNKNOWN

    def _written(self) -> LockRecord | None:
        try:
            return record_of(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as why:
            raise cannot_read(self._path, why) from why

    def force(self, lock_id: str) -> None:
        """Take the file away: its holder keeps a lock on what nobody else will open."""
        holder = self.holder()
        if holder is None or holder.id != lock_id:
            raise not_held(lock_id, holder)
        try:
            self._path.unlink(missing_ok=True)
        except OSError as why:
            raise cannot_write(self._path, why) from why


def _token(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _flock(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
