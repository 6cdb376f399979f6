"""Accept: a plan that takes what the account shows into the state, and makes no call (`--refresh-only`).

What somebody else changed becomes what was applied last, so it is no drift any more: the next plan compares
the manifests with it and shows an ordinary change where they still say otherwise. What is gone is forgotten.
A held schedule and a removed campaign stay remembered as they are, because what follows from forgetting them
would reach people: nobody accepts a mail that somebody pulled, and has it scheduled again by the next apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ccstate.core import diff
from ccstate.core.address import Address
from ccstate.core.describe import Names, assumptions, fingerprint, note
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, in_order
from ccstate.core.guard import guard_account
from ccstate.core.kind import Context, Kind, Kinds, Stance, Subject
from ccstate.core.live import Live
from ccstate.core.match import Match
from ccstate.core.plan import Action, BasedOn, Budget, Cause, Change, Drift, FieldChange, Memory, Plan, Status
from ccstate.core.select import chosen_by, unknown_addresses
from ccstate.core.state import Binding, State
from ccstate.core.values import UNSET, Json, Value, is_digest, memo


class _Bound(NamedTuple):
    """One address of the state, and what the account shows of it."""

    address: Address
    desired: Desired | None
    binding: Binding
    live: Live | None
    kind: Kind
    stance: Stance


class _Seen(NamedTuple):
    """A field that is not as it was left: as it was seen then, as it is now, and the memo of that."""

    name: str
    before: Json
    after: Value
    memo: Json


def accept(matches: tuple[Match, ...], state: State, kinds: Kinds, context: Context) -> Plan:
    """The plan, but for the digest of what it assumes. It has no steps: it changes the state alone."""
    snapshot, options = context.snapshot, context.options
    addresses = sorted(state.bindings)
    chosen = chosen_by(addresses, options)
    bound = [each for each in _bound(matches, state, kinds, context) if each.address in chosen]
    names = Names((), matches, {})
    seen = {each.address: tuple(_seen(each)) for each in bound}
    changes = tuple(found for each in bound if (found := _change(each, seen[each.address])) is not None)
    told: list[Diagnostic] = [
        *unknown_addresses(addresses, options),
        *guard_account(state, context),
        *(found for each in bound for found in each.stance.diagnostics),
    ]
    return Plan(
        account=snapshot.account,
        based_on=BasedOn(state.lineage, state.serial, ""),
        changes=changes,
        drift=tuple(found for each in bound for found in _drift(each, seen[each.address], names)),
        diagnostics=in_order(dict.fromkeys(told)),
        budget=Budget(snapshot.calls, 0, 0, options.limits.rate, options.limits.daily),
        refresh_only=True,
    )


def _bound(matches: tuple[Match, ...], state: State, kinds: Kinds, context: Context) -> Iterator[_Bound]:
    """By address; of a moved one under its old address, since nothing moves here."""
    by_address = {each.previous_address or each.address: each for each in matches}
    for address, binding in sorted(state.bindings.items()):
        found = by_address.get(address)
        # A namesake that took the place of what is gone is adopted by the next plan.
        live = found.live if found is not None and found.binding is not None else None
        live = None if live is not None and live.gone else live
        desired = found.desired if found is not None else None
        kind = kinds[address.kind]
        stance = kind.stance(Subject(address, desired, binding, live, context))
        yield _Bound(address, desired, binding, live, kind, stance)


def _seen(each: _Bound) -> Iterator[_Seen]:
    """What of the applied fields is otherwise than it was left."""
    binding, live = each.binding, each.live
    if live is None or each.stance.frozen or binding.tainted:
        return
    for field in each.kind.fields:
        after = live.fields.get(field.name, UNSET)
        if field.name not in binding.applied or (after is UNSET and field.unless_absent):
            continue
        after = field.empty if after is UNSET else after
        now = after if is_digest(after) else memo(field.canonical(after))
        before = binding.observed.get(field.name, binding.applied[field.name])
        if now != before:
            yield _Seen(field.name, before, after, now)


def _change(each: _Bound, seen: tuple[_Seen, ...]) -> Change | None:
    if each.live is None:
        if each.stance.frozen or each.binding.tainted:
            return None
        return _plain(each)._replace(action=Action.FORGET, reason="it is gone from the account")
    accepted = {found.name: found.memo for found in seen if found.name not in each.stance.skip}
    if not accepted:
        return None
    return _plain(each)._replace(
        fingerprint=fingerprint(each.kind, each.live),
        assumed=assumptions(each.kind, each.live),
        memory=_memory(each, each.live, accepted),
        flags=(f"accept {', '.join(sorted(accepted))}",),
    )


def _plain(each: _Bound) -> Change:
    return Change(
        each.address,
        each.kind.name,
        Action.NOOP,
        origin=each.desired.origin if each.desired else None,
        natural_key=each.live.natural_key if each.live is not None else each.binding.natural_key,
        remote_id=each.binding.remote_id,
    )


def _memory(each: _Bound, live: Live, accepted: Mapping[str, Json]) -> Memory:
    binding = each.binding
    return Memory(
        remote_id=binding.remote_id,
        natural_key=live.natural_key if each.kind.natural_key in accepted else binding.natural_key,
        applied={},
        kept={**binding.applied, **accepted},
        depends_on=binding.depends_on,
        lifecycle=binding.lifecycle,
        sub_ids=binding.sub_ids,
        observed={**binding.observed, **accepted},
        sent=binding.sent,
        deposed=binding.deposed,
    )


def _drift(each: _Bound, seen: tuple[_Seen, ...], names: Names) -> Iterator[Drift]:
    origin = each.desired.origin if each.desired else None
    if each.live is None:
        if each.stance.status is not Status.SENT and not each.binding.tainted:
            yield Drift(each.address, (), origin, note(each.stance, frozenset(), gone=True))
        return
    fields = tuple(
        FieldChange(path, was, now, Cause.DRIFT)
        for found in seen
        for path, was, now in diff.word(
            found.name,
            names.show(each.kind, found.name, found.before),
            names.show(each.kind, found.name, found.after),
        )
    )
    if fields:
        yield Drift(each.address, fields, origin, note(each.stance, frozenset(found.name for found in seen)))
