"""The request log: every call but those of the control plane, bounded, bodies only when somebody asks."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.storage.clock import exact

ENTRIES = 20_000
BODY_BYTES = 32_000_000  # of the newest entries; older ones are listed without their bodies


@dataclass
class Entry:
    n: int
    at: int
    method: str
    path: str
    query: str
    status: int  # 0: the connection was closed without an answer
    duration_ms: float
    request_body: bytes | None
    response_body: bytes | None

    def size(self) -> int:
        return len(self.request_body or b"") + len(self.response_body or b"")

    def shown(self, *, bodies: bool) -> dict[str, Any]:
        line = {
            "n": self.n,
            "at": exact(self.at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "duration_ms": round(self.duration_ms, 3),
        }
        if bodies:
            line |= {
                "request_body": _readable(self.request_body),
                "response_body": _readable(self.response_body),
            }
        return line


class RequestLog:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._entries: deque[Entry] = deque()
        self._with_bodies: deque[Entry] = deque()
        self._bytes = 0
        self._count = 0

    def add(self, **entry: Any) -> None:
        self._count += 1
        added = Entry(n=self._count, **entry)
        self._entries.append(added)
        self._with_bodies.append(added)
        self._bytes += added.size()
        if len(self._entries) > ENTRIES:
            self._entries.popleft()
        while self._with_bodies and (self._bytes > BODY_BYTES or len(self._with_bodies) > ENTRIES):
            self._drop_bodies(self._with_bodies.popleft())

    def _drop_bodies(self, entry: Entry) -> None:
        self._bytes -= entry.size()
        entry.request_body = entry.response_body = None

    def since(self, n: int, *, bodies: bool) -> list[dict[str, Any]]:
        return [entry.shown(bodies=bodies) for entry in self._entries if entry.n > n]


def _readable(raw: bytes | None) -> Any:
    """JSON as JSON, other text as text, nothing as null."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", errors="replace")
