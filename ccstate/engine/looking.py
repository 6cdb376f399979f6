"""Looking: what became of a write that got no answer.

The transport repeats only what certainly did not happen. Of everything else the account is asked first: what
happened counts as done, what did not is sent again, and what cannot be told is for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ccstate.api.client import Client
from ccstate.api.drive import drive
from ccstate.core.diagnostics import Refused
from ccstate.core.instants import canonical_instant
from ccstate.core.kind import Kind
from ccstate.core.live import Live
from ccstate.core.plan import EACH_OWN, Change, Step
from ccstate.core.ready import SCHEDULE, UNSCHEDULE
from ccstate.core.recover import in_doubt, namesake, why_not_ours
from ccstate.core.state import Binding, State
from ccstate.core.values import Json, memo, same_name
from ccstate.core.wire import Request, Response

_GONE: Final = 404


class Doubt(NamedTuple):
    """A step without an answer, and what is known around it.

    `foretold` is the state if it is never heard of again; `wanted` are the memos of the fields that it was to
    set.
    """

    step: Step
    request: Request
    change: Change
    kind: Kind
    state: State
    foretold: State
    wanted: Mapping[str, Json]


async def look(doubt: Doubt, client: Client) -> Response | None:
    """The answer that the step would have got, or None where nothing happened.

    Raises what `Client.send` raises, and Refused where what is there may be somebody else's.
    """
    step = doubt.step
    if "remote_id" in step.capture:
        return await _made(doubt, client)
    if step.verb in (UNSCHEDULE, SCHEDULE):
        return await _scheduled(doubt, client)
    if step.deposed == EACH_OWN:
        return await _all_gone(doubt, client)
    if step.deposed:
        return await _gone(doubt, client)
    return await _written(doubt, client)


async def seen_again(change: Change, kind: Kind, binding: Binding | None, client: Client) -> Live | None:
    """The object that a change is about to write, as it is now; what only a collection shows is as it was."""
    key = str(change.assumed.get(kind.natural_key) or change.natural_key)
    memory = binding or change.memory
    known = Live(
        kind.name,
        change.remote_id,
        key,
        fields={kind.natural_key: key},
        status=str(change.assumed.get("status") or ""),
        sub_ids=memory.sub_ids if memory is not None else {},
    )
    return await drive(kind.detail(known), client)


async def _made(doubt: Doubt, client: Client) -> Response | None:
    """By its name, its age and its fields; then as the service shows it, which is what a create answers."""
    kind, address = doubt.kind, doubt.change.address
    pending = doubt.foretold.pending[address]
    live = namesake(pending, kind, doubt.state, await drive(kind.collection(), client))
    if live is None:
        return None
    whole = await drive(kind.detail(live), client) if kind.needs_detail(live) else live
    seen = whole._replace(extra={**live.extra, **whole.extra}) if whole is not None else live
    why = why_not_ours(pending, kind, seen)
    if why:
        raise Refused([in_doubt(address, kind, live, why)])
    return await client.send(Request("GET", f"{doubt.request.path}/{live.remote_id}"))


async def _scheduled(doubt: Doubt, client: Client) -> Response | None:
    answer = await client.send(Request("GET", doubt.request.path))
    moments = [canonical_instant(each["scheduled_date"]) for each in answer.body or ()]
    if doubt.step.verb == UNSCHEDULE:
        return None if moments else Response(204, None, answer.headers)
    wanted = canonical_instant(doubt.request.body["scheduled_date"])
    return Response(200, answer.body, answer.headers) if wanted in moments else None


async def _gone(doubt: Doubt, client: Client) -> Response | None:
    there = await _still_there(doubt, client, {doubt.step.deposed})
    return None if there else Response(_GONE, None, {})


async def _all_gone(doubt: Doubt, client: Client) -> Response | None:
    """A bulk delete that is through; one that is under way may be asked for again."""
    ids = next(iter(doubt.request.body.values()))
    return None if await _still_there(doubt, client, set(ids)) else Response(_GONE, None, {})


async def _still_there(doubt: Doubt, client: Client, ids: set[str]) -> set[str]:
    found = await drive(doubt.kind.collection(), client)
    return ids & {each.remote_id for each in found if not each.gone}


async def _written(doubt: Doubt, client: Client) -> Response | None:
    """Whether the object looks as this step was to make it; to write the same values again does no harm."""
    binding = doubt.state.bindings.get(doubt.change.address)
    if binding is None:
        return None
    stub = Live(doubt.kind.name, binding.remote_id, binding.natural_key, sub_ids=binding.sub_ids)
    live = await drive(doubt.kind.detail(stub), client)
    if live is None or live.gone or not _shows(doubt, live):
        return None
    return Response(200, None, {})


def _shows(doubt: Doubt, live: Live) -> bool:
    kind = doubt.kind
    if not doubt.step.applies:  # a step aside: only the name changes
        name = (doubt.request.body or {}).get(kind.natural_key)
        return isinstance(name, str) and same_name(name) == same_name(live.natural_key)
    return all(
        name in live.fields and memo(kind.field(name).canonical(live.fields[name])) == doubt.wanted.get(name)
        for name in doubt.step.applies
    )
