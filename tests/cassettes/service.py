"""Where cassettes are recorded: the project's own emulator, or the account that the environment names."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ccstate.api.client import LIVE_URL, RATE

_SERVE: Final = (
    sys.executable,
    "-c",
    "from ccstate.cli.emulator import command; command()",
    "serve",
    *("--port", "0"),
    *("--random-seed", "7"),
    *("--clock", "2026-05-04T09:15:22Z"),
    *("--activity-delay", "0"),
    *("--rate", "0"),
)
"""A seed and a clock that stands still: recording again gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Service:
    """An address and how to get in; `lasting` says that what is made there stays until it is deleted."""

    url: str = LIVE_URL
    token: str = field(default="replayed", repr=False)
    rate: int = 0
    lasting: bool = False

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def recorded_service() -> Iterator[Service]:
    """The account of `CCSTATE_CASSETTES_URL`, or a new emulated one."""
    url = os.environ.get("CCSTATE_CASSETTES_URL")
    if url:
        time.sleep(1)  # the calls a second are counted anew for each client, but the service counts them all
        yield Service(url.rstrip("/"), os.environ["CCSTATE_CASSETTES_TOKEN"], RATE, lasting=True)
        return
    with subprocess.Popen(_SERVE, stdout=subprocess.PIPE, text=True) as emulator:
        assert emulator.stdout is not None
        try:
            ready = emulator.stdout.readline().split()
            assert ready[:1] == ["ready"], "the emulator did not start"
            yield Service(ready[1], "emulator-token")
        finally:
            emulator.terminate()
