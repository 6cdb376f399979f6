"""Refresh: read what a plan needs and no more, then plan.

Account, then the collections of the kinds that are declared, in the state or named; then the details of what
is managed; then the answers to questions that only some changes ask. Kinds and objects run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from ccstate.api.client import Client
from ccstate.api.drive import drive
from ccstate.api.errors import Garbled
from ccstate.core.diagnostics import warning
from ccstate.core.events import Event, Note, Refreshed, RefreshStarted
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Kind, Kinds, Question
from ccstate.core.live import Account, Live, Snapshot
from ccstate.core.match import Match, match
from ccstate.core.plan import Plan
from ccstate.core.planning import Inputs, Needs, build
from ccstate.core.state import Binding
from ccstate.core.values import Json, Named
from ccstate.core.wire import Request
from ccstate.engine.offline import Job

Emit = Callable[[Event], None]
_LAG = timedelta(minutes=5)
_CLOCK_TOLERANCE = 60.0
"""Seconds by which this machine and the service may differ before it is said."""


async def plan(job: Job, client: Client, emit: Emit) -> Plan:
    """Read the account and plan. Raises what `api.errors` holds."""
    started = monotonic()
    emit(RefreshStarted())
    account = await read_account(client)
    collections = await read_collections(client, kinds_to_read(job))
    found, problems = match(job.desired, job.state, collections, job.kinds)
    found = await _with_details(client, found, job.kinds)
    facts: dict[str, Json] = {}
    while True:
        snapshot = Snapshot(account, _now(client), dict(collections), dict(facts), client.calls)
        result = build(Inputs(job.desired, found, job.state, snapshot, job.kinds, job.options, problems))
        if not isinstance(result, Needs):
            break
        asked = [each for each in result.questions if not each.collection]
        more = [job.kinds[each.collection] for each in result.questions if each.collection]
        answers, also = await asyncio.gather(_answers(client, asked), read_collections(client, more))
        facts.update(answers)
        collections.update(also)
    emit(Refreshed(client.calls, monotonic() - started))
    _check_clock(client, emit)
    return result


def kinds_to_read(job: Job) -> tuple[Kind, ...]:
    """A kind that nothing declares, that the state does not hold and that nobody names is not read."""
    names = {each.address.kind for each in job.desired}
    names |= {address.kind for address in job.state.bindings}
    names |= {ref.kind for each in job.desired for ref in each.references() if isinstance(ref, Named)}
    return tuple(kind for kind in job.kinds if kind.name in names)


async def read_account(client: Client) -> Account:
    """Whose account the credentials open; one call."""
    request = Request("GET", "/account/summary")
    response = await client.send(request)
    body = response.body if isinstance(response.body, Mapping) else {}
    if not body.get("encoded_account_id"):
        raise Garbled(request, "the answer is not an account's summary")
    return Account(
        id=str(body["encoded_account_id"]),
        organisation=str(body.get("organization_name") or ""),
        emulated=client.endpoint.emulated,
        time_zone=str(body.get("time_zone_id") or ""),
    )


async def read_collections(client: Client, kinds: Iterable[Kind]) -> dict[str, tuple[Live, ...]]:
    """Each kind's collection, sorted by remote id: the service promises no order."""
    wanted = tuple(kinds)
    found = await asyncio.gather(*(drive(kind.collection(), client) for kind in wanted))
    return {
        kind.name: tuple(sorted(items, key=lambda each: each.remote_id))
        for kind, items in zip(wanted, found, strict=True)
    }


async def _with_details(client: Client, found: tuple[Match, ...], kinds: Kinds) -> tuple[Match, ...]:
    return tuple(
        await asyncio.gather(*(_with_detail(client, each, kinds[each.address.kind]) for each in found))
    )


async def _with_detail(client: Client, each: Match, kind: Kind) -> Match:
    """The match with its object as a whole; what is bound and was not seen is asked for by its id."""
    if each.missing and each.binding is not None:
        live = await drive(kind.detail(_stub(kind, each.binding)), client)
        return each._replace(live=live) if live is not None and _lives(kind, live, _now(client)) else each
    if each.live is None or not kind.needs_detail(each.live):
        return each
    sub_ids = {**(each.binding.sub_ids if each.binding else {}), **each.live.sub_ids}
    live = await drive(kind.detail(each.live._replace(sub_ids=sub_ids)), client)
    if live is None:
        return each._replace(live=None)
    return each._replace(live=live._replace(extra={**each.live.extra, **live.extra}))


def _lives(kind: Kind, live: Live, now: datetime) -> bool:
    """Whether an object that its collection lacks exists nevertheless.

    A deleted segment answers by its id as if it lived; only one that was written a moment ago may be missing
    from a collection that lags behind.
    """
    if live.gone or not kind.answers_when_deleted:
        return not live.gone
    edited = live.extra.get("edited_at") or ""
    return bool(edited) and now - parse_instant(edited) < _LAG


def _stub(kind: Kind, binding: Binding) -> Live:
    """What is known of an object that was not seen."""
    return Live(kind.name, binding.remote_id, binding.natural_key, sub_ids=binding.sub_ids)


async def _answers(client: Client, questions: Sequence[Question]) -> dict[str, Json]:
    found = await asyncio.gather(*(drive(each.flow(), client) for each in questions))
    return {each.name: answer for each, answer in zip(questions, found, strict=True)}


def _now(client: Client) -> datetime:
    """The service's clock: the Date of its last answer."""
    return client.now or datetime.now(UTC)


def _check_clock(client: Client, emit: Emit) -> None:
    if client.now is None or client.endpoint.emulated:
        return
    off = abs((datetime.now(UTC) - client.now).total_seconds())
    if off > _CLOCK_TOLERANCE:
        summary = f"this machine's clock and the service's differ by {off:.0f} seconds"
        emit(
            Note(warning("clock-skew", summary, hint="set this machine's clock; the service's is used here"))
        )
