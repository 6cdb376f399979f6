"""Retry: what is safe to send again by itself, after which pause, and how often.

Imported only once something went wrong: a run without trouble does not pay for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import stamina
from stamina.instrumentation import set_on_retry_hooks

from ccstate.api.errors import ApiError, Throttled, may_repeat

T = TypeVar("T")

set_on_retry_hooks(())  # nothing below the command line writes to the user

LONGEST_PAUSE: Final = 60.0

_BRIEFLY: Final = stamina.AsyncRetryingCaller(
    attempts=4, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
)
"""For a service that is down: 0.5, 1 and 2 seconds, and up to half a second more each."""

_PATIENTLY: Final = stamina.AsyncRetryingCaller(
    attempts=8, timeout=None, wait_initial=1.0, wait_max=30.0, wait_jitter=1.0
)
"""For one that wants less of us: 1 to 30 seconds, about a minute and a half in all."""


async def again(failed: ApiError, send: Callable[[], Awaitable[T]]) -> T:
    """Go on after a first attempt that `failed`; raises the last error when all attempts are used up."""
    first: list[ApiError] = [failed]

    async def attempt() -> T:
        if first:
            raise first.pop()
        return await send()

    async def briefly() -> T:
        return await _BRIEFLY(_after_a_failure, attempt)

    return await _PATIENTLY(_after_a_throttle, briefly)


def _after_a_failure(error: Exception) -> bool:
    return isinstance(error, ApiError) and not isinstance(error, Throttled) and may_repeat(error)


def _after_a_throttle(error: Exception) -> bool | float:
    """As long as the service says, where it says so and does not ask for too much."""
    if not isinstance(error, Throttled) or error.pause > LONGEST_PAUSE:
        return False
    return error.pause or True
