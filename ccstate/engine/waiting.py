"""Waiting: for what the service does later, and a look at what it did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ccstate.api.client import Client
from ccstate.api.drive import drive
from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.events import Event, Waiting
from ccstate.core.kind import Kind
from ccstate.core.values import Json
from ccstate.core.wire import Request

_DONE: Final = ("completed",)
_ENDED: Final = ("completed", "cancelled", "failed", "timed_out")
_POLLS: Final = (1.0, 1.0, 2.0, 3.0, 5.0)
_STUCK_AFTER: Final = 600.0


class Stuck(Exception):
    """An activity that does not end; carries what to say of it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.summary)


async def ended(client: Client, activity: str, address: Address, emit: Callable[[Event], None]) -> list[str]:
    """Wait for an activity to end; what it says went wrong. Raises Stuck, and what `Client.send` raises."""
    waited, number = 0.0, 0
    while waited <= _STUCK_AFTER:
        pause = _pause(number, client)
        if pause:
            await asyncio.sleep(pause)
        waited, number = waited + pause, number + 1
        response = await client.send(Request("GET", f"/activities/{activity}"))
        state = str((response.body or {}).get("state") or "")
        if state in _ENDED:
            return _activity_errors(response.body, state)
        emit(Waiting(address, f"activity {activity} is {state}", waited))
    summary = f"activity {activity} did not end in {waited:.0f} s"
    raise Stuck(error("activity-stuck", summary, address=address))


def _pause(number: int, client: Client) -> float:
    """In process nothing takes time; the service needs about a second (observed)."""
    if client.endpoint.app is not None:
        return 0.0 if number < 3 else 0.05
    return _POLLS[min(number, len(_POLLS) - 1)]


async def still_there(
    client: Client, kind: Kind, ids: Mapping[Address, str], problems: Sequence[str]
) -> Mapping[Address, Diagnostic]:
    """The collection says which of them are gone; only what is still there has failed."""
    there = {each.remote_id for each in await drive(kind.collection(), client) if not each.gone}
    detail = "; ".join(problems)
    return {
        address: error("delete-failed", f"{address} is still there", detail=detail, address=address)
        for address, remote_id in ids.items()
        if remote_id in there
    }


def _activity_errors(body: Json, state: str) -> list[str]:
    """Texts, or objects with a `message`: both are documented."""
    found = [
        str(each.get("message") if isinstance(each, Mapping) else each)
        for each in (body or {}).get("activity_errors") or ()
    ]
    return found if state in _DONE else [*found, f"the activity ended as {state}"]
