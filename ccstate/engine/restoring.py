"""Restoring: the schedule of a campaign whose edit failed while it was down."""

from __future__ import annotations

from ccstate.api.client import Client
from ccstate.core.instants import canonical_instant
from ccstate.core.kind import Kind
from ccstate.core.plan import Change
from ccstate.core.state import Binding
from ccstate.core.window import back_to
from ccstate.core.wire import Request
from ccstate.engine.looking import seen_again


async def put_back(
    change: Change, kind: Kind, binding: Binding | None, schedule: Request, client: Client
) -> str:
    """The instant at which it goes out again, empty where it does not.

    `schedule` is the call that was to set the new one. Raises what `Client.send` raises.
    """
    live = await seen_again(change, kind, binding, client)
    if live is None or live.gone:
        return ""
    if live.fields.get("schedule"):
        return canonical_instant(str(live.fields["schedule"]))
    at = back_to(change, kind, live, schedule.body["scheduled_date"], client.now)
    if not at:
        return ""
    await client.send(Request("POST", schedule.path, body={"scheduled_date": at}))
    answer = await client.send(Request("GET", schedule.path))
    found = [canonical_instant(each["scheduled_date"]) for each in answer.body or ()]
    return at if at in found else ""
