"""Refresh: read what a plan needs and no more, then plan.

What is managed first; then the answers to questions that only some changes ask, until none is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from ccstate.api.client import Client
from ccstate.core.diagnostics import warning
from ccstate.core.events import Event, Note, Refreshed, RefreshStarted
from ccstate.core.live import Snapshot
from ccstate.core.plan import Plan
from ccstate.core.planning import Inputs, Needs, build
from ccstate.core.recover import recovered
from ccstate.engine.offline import Job
from ccstate.engine.reading import Reader, now

Emit = Callable[[Event], None]
_CLOCK_TOLERANCE = 60.0
"""Seconds by which this machine and the service may differ before it is said."""


async def plan(job: Job, client: Client, emit: Emit) -> Plan:
    """Read the account and plan. Raises what `api.errors` holds."""
    started = monotonic()
    emit(RefreshStarted())
    reader = Reader(job, client)
    try:
        result = await _plan(job, client, reader)
    finally:
        for each in reader.remember():
            emit(Note(each))
    emit(Refreshed(client.calls, monotonic() - started))
    _check_clock(client, emit)
    return result


async def _plan(job: Job, client: Client, reader: Reader) -> Plan:
    known = await reader.everything()
    while True:
        snapshot = Snapshot(
            account=known.account,
            now=now(client),
            collections=dict(reader.collections),
            facts=dict(reader.facts),
            calls=client.calls,
            asked=dict(sorted(reader.asked.items())),
            pages=dict(reader.pages),
        )
        inputs = Inputs(
            job.desired,
            known.matches,
            recovered(job.state, known.recovered),
            snapshot,
            job.kinds,
            job.options,
            known.problems,
            known.recovered,
        )
        result = build(inputs)
        if not isinstance(result, Needs):
            return result
        await reader.answer(result.questions)


def _check_clock(client: Client, emit: Emit) -> None:
    if client.now is None or client.endpoint.emulated:
        return
    off = abs((datetime.now(UTC) - client.now).total_seconds())
    if off > _CLOCK_TOLERANCE:
        summary = f"this machine's clock and the service's differ by {off:.0f} seconds"
        emit(
            Note(warning("clock-skew", summary, hint="set this machine's clock; the service's is used here"))
        )
