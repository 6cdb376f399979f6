"""A crash point: one call of an apply, and what happens to it.

The process is gone with the call: nothing that would run on the way out counts, so the memory on disk is kept
as it was at that moment and put back. Where only the connection is gone, the process goes on.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

BEFORE: Final = "killed before it leaves"
AFTER: Final = "killed after the service committed"
DROPPED: Final = "connection dropped without an answer"
FAILED: Final = "500 after the service committed"
WAYS: Final = (BEFORE, AFTER, DROPPED, FAILED)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class Point:
    """An application in front of the emulator that counts the calls of the API and spoils one."""

    def __init__(self, app: Any, memory: Path) -> None:
        self._app, self._memory = app, memory
        self.calls = 0
        self._at, self._way = -1, ""
        self._left = Path(tempfile.mkdtemp(prefix="ccstate-crash-"))
        self.reached = False

    def arm(self, at: int, way: str) -> None:
        """From now on calls are counted anew, and this one (from 0) is spoiled."""
        self.calls, self._at, self._way, self.reached = 0, at, way, False

    def recover_memory(self) -> None:
        """The memory as the dead process left it."""
        shutil.rmtree(self._memory, ignore_errors=True)
        shutil.copytree(self._left / "memory", self._memory)

    def close(self) -> None:
        """Nothing is left behind."""
        shutil.rmtree(self._left, ignore_errors=True)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        mine = scope["type"] == "http" and scope["path"].startswith("/v3/")
        number, self.calls = self.calls, self.calls + mine
        if not mine or number != self._at:
            await self._app(scope, receive, send)
            return
        self.reached = True
        if self._way == BEFORE:
            self._die()
        await self._app(scope, receive, _to_nobody)
        if self._way == AFTER:
            self._die()
        if self._way == DROPPED:
            raise ConnectionError("the connection is gone")
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _die(self) -> None:
        shutil.rmtree(self._left / "memory", ignore_errors=True)
        if self._memory.exists():
            shutil.copytree(self._memory, self._left / "memory")
        else:
            (self._left / "memory").mkdir()
        raise Killed


async def _to_nobody(message: Message) -> None:
    """An answer that nobody gets."""
