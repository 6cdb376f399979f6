"""Files written so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ccstate.core.diagnostics import Refused, error


def write_atomically(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write beside, flush to disk, rename; Refused where the disk says no, and the old file stays."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as why:
        _drop(beside)
        raise cannot_write(path, why) from why


def _drop(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # a leftover that cannot be removed harms nobody, and the first error is the one to tell


def cannot_write(path: Path, why: OSError) -> Refused:
    """What to tell when the disk refuses."""
    return Refused(
        [
            error(
                "cannot-write",
                f"cannot write {path}: {why.strerror or why}",
                hint="free some space or mend the permissions, then run the same command again",
            )
        ]
    )


def read_bytes(path: Path) -> bytes:
    """What a file holds; Refused where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as why:
        raise cannot_read(path, why) from why


def cannot_read(path: Path, why: OSError) -> Refused:
    """What to tell when a file cannot be read."""
    return Refused([error("cannot-read", f"cannot read {path}: {why.strerror or why}")])


def read_json(path: Path, what: str) -> Any:
    """The JSON of a file; Refused with a diagnostic where there is none in it."""
    return parse_json(read_bytes(path), str(path), what)


def parse_json(data: bytes, place: str, what: str) -> Any:
    """The JSON in some bytes that were read from a place."""
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as why:
        raise Refused(
            [
                error(
                    f"{what}-unreadable",
                    f"{place} is no {what} file: {why}",
                    hint="restore it from a copy" if what == "state" else "make it again",
                )
            ]
        ) from why
