"""A process that calls for a while, as a run does: URL, folder, seconds, calls side by side."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import monotonic

from ccstate.api.client import Client, Endpoint
from ccstate.core.wire import Request
from ccstate.store.pace import PaceFile


async def call(url: str, folder: str, seconds: str, side_by_side: str) -> None:
    """Reads, as many as the pace allows."""
    until = monotonic() + float(seconds)
    book = PaceFile(Path(folder) / "pace")

    async def work(client: Client) -> None:
        while monotonic() < until:
            await client.send(Request("GET", "/contact_lists"))

    async with Client(Endpoint(url, "emulator-token"), book=book) as client:
        await asyncio.gather(*(work(client) for _ in range(int(side_by_side))))
    book.close()


if __name__ == "__main__":
    asyncio.run(call(*sys.argv[1:]))
