"""Saved plans: applied as reviewed, or refused.

A plan fits one state and the live objects that its changes assumed; both are looked at again before the first
call.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from ccstate.api.client import Client
from ccstate.api.drive import drive
from ccstate.core.describe import fingerprint
from ccstate.core.diagnostics import Diagnostic, Refused, error
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Kind, Kinds
from ccstate.core.live import Live
from ccstate.core.plan import Action, Change, Plan, Status, is_active
from ccstate.core.state import State
from ccstate.core.values import same_name
from ccstate.engine.reading import read_account, read_collections

_AHEAD: Final = timedelta(seconds=75)
"""A schedule that is nearer than this when a saved plan is applied would not be set in time."""


def check_state(plan: Plan, state: State) -> None:
    """A saved plan fits only the state that it was made from; Refused otherwise."""
    based = plan.based_on
    if (based.lineage, based.serial) != (state.lineage, state.serial):
        made = f"it was made from state {based.lineage or '(none)'} serial {based.serial}"
        now = f"the state is {state.lineage or '(none)'} serial {state.serial}"
        raise Refused([_stale(f"{made}, {now}")])


def _stale(why: str) -> Diagnostic:
    return error("plan-stale", f"Saved plan is stale: {why}", hint="make a new plan and have it reviewed")


async def check_live(plan: Plan, client: Client, kinds: Kinds) -> None:
    """Read again what the plan's changes assumed; Refused where anything moved."""
    account = await read_account(client)
    if account.id != plan.account.id:
        summary = f"the plan is for account {plan.account.id}, the credentials are of {account.id}"
        raise Refused([error("account-mismatch", summary, hint="use the credentials of that account")])
    going = [each for each in plan.changes if is_active(each) and each.status is not Status.BLOCKED]
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for each in going:
        by_kind[each.kind].append(each)
    collections = await read_collections(client, (kinds[name] for name in sorted(by_kind)))
    found = await asyncio.gather(
        *(
            _moved(client, kinds[name], changes, collections[name])
            for name, changes in sorted(by_kind.items())
        )
    )
    problems = [*(_stale(why) for whys in found for why in whys), *_too_late(plan, client)]
    if problems:
        raise Refused(problems)


async def _moved(
    client: Client, kind: Kind, changes: Iterable[Change], collection: tuple[Live, ...]
) -> list[str]:
    """What is no longer as the plan assumed, in words."""
    by_id = {each.remote_id: each for each in collection}
    known = {each.remote_id for each in changes if each.remote_id}
    names: Mapping[str, Live] = {same_name(each.natural_key): each for each in collection if not each.gone}
    problems = []
    for change in changes:
        if change.fingerprint:
            live = await _whole(client, kind, by_id.get(change.remote_id))
            if live is None or fingerprint(kind, live) != change.fingerprint:
                problems.append(f"{change.address} has changed in the account since")
        elif change.action is Action.CREATE:
            holder = names.get(same_name(change.natural_key))
            if holder is not None and holder.remote_id not in known:
                problems.append(f"{change.address}: its name is taken by now (id {holder.remote_id})")
    return problems


async def _whole(client: Client, kind: Kind, live: Live | None) -> Live | None:
    if live is None or not kind.needs_detail(live):
        return live
    found = await drive(kind.detail(live), client)
    return None if found is None else found._replace(extra={**live.extra, **found.extra})


def _too_late(plan: Plan, client: Client) -> list[Diagnostic]:
    """Schedules whose moment has come too near while the plan was reviewed."""
    if client.now is None:
        return []
    return [
        _stale(f"{step.addresses[0]} was to go out at {step.body['scheduled_date']}, which is too near now")
        for step in plan.steps
        if step.verb == "schedule" and parse_instant(step.body["scheduled_date"]) - client.now < _AHEAD
    ]
