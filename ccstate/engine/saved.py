"""Saved plans: applied as reviewed, or refused.

A plan fits one state and the live objects that its changes assumed; both are looked at again before the first
call. What a flag let pass when it was made needs none now; the guards that look at the clock, and the pin of
the account, hold at both times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ccstate.api.client import Client
from ccstate.api.drive import drive, side_by_side
from ccstate.core.diagnostics import Diagnostic, Refused, error, has_errors
from ccstate.core.guard import guard_account
from ccstate.core.kind import Context, Kind, Kinds
from ccstate.core.live import Live, Snapshot
from ccstate.core.options import Moment, Options
from ccstate.core.plan import Change, Plan, Status, is_active
from ccstate.core.stale import moved, stale, taken, takes_a_name
from ccstate.core.state import State
from ccstate.core.values import same_name
from ccstate.engine.reading import read_account
from ccstate.engine.recount import check_numbers

_USUAL: Final = Options()


def check_state(plan: Plan, state: State) -> None:
    """A saved plan fits only the state that it was made from; Refused otherwise."""
    based = plan.based_on
    if (based.lineage, based.serial) != (state.lineage, state.serial):
        made = f"it was made from {_named(based.lineage, based.serial)}, "
        if based.lineage == state.lineage and based.serial < state.serial:
            again = f"which has moved on to serial {state.serial}: by this plan, if it was applied before"
            raise Refused([stale(made + again)])
        raise Refused([stale(f"{made}and here is {_named(state.lineage, state.serial)}")])


def _named(lineage: str, serial: int) -> str:
    return f"state {lineage} serial {serial}" if lineage else "no state"


async def check_live(plan: Plan, client: Client, kinds: Kinds, options: Options = _USUAL) -> None:
    """Read again what the plan's changes assumed; Refused where anything moved, or it is too late by now."""
    account = await read_account(client)
    now = client.now or datetime.now(UTC)
    _check_account(plan, Snapshot(account, now), options)
    by_kind: dict[str, list[Change]] = defaultdict(list)
    for each in plan.changes:
        if is_active(each) and each.status is not Status.BLOCKED:
            by_kind[each.kind].append(each)
    sizes = plan.based_on.collections
    found = await side_by_side(
        _problems(client, kinds[name], changes, sizes.get(name, 0))
        for name, changes in sorted(by_kind.items())
    )
    numbers = await check_numbers(plan, client, kinds)
    moment = Moment(client.now or now, options.guards, account.emulated)
    problems = [*(each for part in found for each in part), *_too_late(plan, kinds, moment), *numbers]
    if problems:
        raise Refused(problems)


def _check_account(plan: Plan, snapshot: Snapshot, options: Options) -> None:
    """The account that the plan is for, and that the project pins by now."""
    here, planned = snapshot.account.id, plan.account.id
    if here != planned:
        summary = f"the plan is for account {planned}, the credentials are of {here}"
        raise Refused([error("account-mismatch", summary, hint="use the credentials of that account")])
    found = guard_account(State(), Context(snapshot, options))
    if has_errors(found):
        raise Refused(found)


async def _problems(
    client: Client, kind: Kind, changes: Sequence[Change], size: int
) -> tuple[Diagnostic, ...]:
    """What of one kind is no longer as the plan assumed."""
    assumed = [each for each in changes if each.fingerprint]
    naming = [each for each in changes if takes_a_name(each, kind)]
    if not (assumed or naming):
        return ()
    by_pages = bool(naming) or _pages_are_cheaper(kind, len(assumed), size)
    collection = await drive(kind.collection(), client) if by_pages else ()
    by_id = {each.remote_id: each for each in collection}
    seen = await side_by_side(_whole(client, kind, by_id.get(each.remote_id), each) for each in assumed)
    found = [moved(change, kind, live) for change, live in zip(assumed, seen, strict=True)]
    names = {same_name(each.natural_key): each for each in collection if not each.gone}
    known = {each.remote_id for each in changes if each.remote_id}
    for change in naming:
        holder = names.get(same_name(change.natural_key))
        if holder is not None and holder.remote_id not in known:
            found.append(taken(change, holder))
    return tuple(each for each in found if each is not None)


def _pages_are_cheaper(kind: Kind, objects: int, size: int) -> bool:
    """Whether the collection costs no more calls than asking for each object by its id.

    A kind whose deleted objects answer as if they lived is always read as a collection.
    """
    return kind.answers_when_deleted or -(-size // kind.page) <= objects


async def _whole(client: Client, kind: Kind, listed: Live | None, change: Change) -> Live | None:
    """The object that a change assumes, as it is now; one that no page showed is asked for by its id."""
    if listed is None and kind.answers_when_deleted:
        return None
    if listed is not None and not kind.needs_detail(listed):
        return listed
    live = listed or Live(kind.name, change.remote_id, change.natural_key)
    if listed is not None and change.memory is not None:
        live = listed._replace(sub_ids={**change.memory.sub_ids, **listed.sub_ids})
    found = await drive(kind.detail(live), client)
    return None if found is None else found._replace(extra={**live.extra, **found.extra})


def _too_late(plan: Plan, kinds: Kinds, moment: Moment) -> list[Diagnostic]:
    """Schedules whose moment has come too near while the plan was reviewed."""
    steps = {each.id: each for each in plan.steps}
    found = []
    for each in plan.changes:
        own = [steps[name] for name in each.steps if name in steps]
        why = kinds[each.kind].too_late(each, own, moment) if own else ""
        if why:
            found.append(stale(f"{each.address}: {why}", each.address))
    return found
