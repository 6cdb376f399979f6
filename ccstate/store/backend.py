"""Backend: where a state lies. Two documents and a lock, whatever is behind them.

A document is text with a token; it is written by naming the token that it has now, so of two writers one is
told that it came too late. Nothing is ever deleted: what is over is written as empty, because no object store
deletes only what is still as it was read. One module per sort of backend, loaded when its address is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, Protocol

from ccstate.core.diagnostics import Refused, error

Document = Literal["state", "run", "lock"]
"""`run` is what a remote backend knows of a run that is under way; `lock` is its lock's record."""


class Stored(NamedTuple):
    """What a document holds; `token` names exactly this version of it."""

    data: bytes
    token: str


class Moved(Exception):
    """The document is not what the token names: somebody else wrote it."""


class LockRecord(NamedTuple):
    """Who holds a lock, for people to read; `expires` is empty where the lock does not expire."""

    id: str
    operation: str
    who: str
    pid: int
    version: str
    created: str
    ci_run: str = ""
    expires: str = ""


class Lock(Protocol):
    """One writer at a time."""

    def take(self, record: LockRecord) -> LockRecord | None:
        """Take it; whoever holds it instead."""

    def left(self) -> float:
        """For how many seconds it is certainly ours still; infinite where it does not expire."""

    def release(self) -> None:
        """Give it back, if it is ours still."""

    def holder(self) -> LockRecord | None:
        """Who holds it, as far as that can be asked."""

    def force(self, lock_id: str) -> None:
        """Take it from whoever holds it under that id; Refused where nobody does."""


class Backend(Protocol):
    """A place for the state of one project."""

    @property
    def address(self) -> str:
        """Its name in plans and messages, without credentials."""

    def place(self, document: Document) -> str:
        """Where a document is, for messages."""

    def get(self, document: Document) -> Stored | None:
        """What there is of it; Refused where the backend cannot be asked."""

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Write it if it is still what `token` names, or if there is none yet, and name what it is now; Moved
        otherwise."""

    def lock(self) -> Lock:
        """Its lock, which nobody has taken yet."""


Opener = Callable[[str], Backend]


def unreachable(place: str, why: object) -> Refused:
    """The backend does not answer, or answers what it should not."""
    hint = "nothing was written; look at the address in ccstate.yaml and the network, then run it again"
    return Refused([error("state-unreachable", f"cannot reach the state {place}: {why}", hint=hint)])


def forbidden(place: str, why: object, hint: str) -> Refused:
    """The backend does not let us."""
    return Refused([error("state-forbidden", f"no access to the state {place}: {why}", hint=hint)])


def not_held(lock_id: str, holder: LockRecord | None) -> Refused:
    """The lock to break is not the one that is held."""
    if holder is None:
        return Refused([error("lock-not-held", f"nobody holds a lock {lock_id}", hint="just go on")])
    summary = f"the lock is held as {holder.id}, not as {lock_id}"
    return Refused([error("lock-not-held", summary, detail=record_text(holder), hint="name the id shown")])


def record_text(record: LockRecord) -> str:
    """A record as the JSON that a person reads."""
    import json

    return json.dumps(record._asdict(), indent=2, ensure_ascii=False)


UNKNOWN: Final = LockRecord("?", "a command", "?", 0, "?", "?")
"""A holder of whom nothing is known."""


def record_of(data: bytes) -> LockRecord | None:
    """The record in a lock; None where it is free. What a newer version added to it is left out."""
    import json

    try:
        found = json.loads(data) if data.strip() else None
    except (ValueError, RecursionError):
        return UNKNOWN
    if not isinstance(found, dict):
        return UNKNOWN if found else None
    known = {name: found[name] for name in LockRecord._fields if isinstance(found.get(name), str | int)}
    return UNKNOWN._replace(**known) if found else None
