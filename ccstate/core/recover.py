"""Recover: what became of creates that got no answer. Pure.

The account is asked instead of guessed at: an object of that name that is young enough and looks as intended
is ours; no object of that name means that nothing happened; anything else is for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from ccstate.core.address import Address
from ccstate.core.describe import assumptions
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Field, Form, Kind
from ccstate.core.live import Live
from ccstate.core.state import Binding, Pending, State
from ccstate.core.values import Json, memo, same_name

_CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""How much older than the last Date an object of ours may look: the service has many clocks."""


def namesake(pending: Pending, kind: Kind, state: State, collection: Iterable[Live]) -> Live | None:
    """The live object of the name that the create was to give, unless another address owns it."""
    wanted = same_name(pending.binding.natural_key)
    owned = {each.remote_id for address, each in state.bindings.items() if address.kind == kind.name}
    for each in collection:
        if not each.gone and same_name(each.natural_key) == wanted and each.remote_id not in owned:
            return each
    return None


def why_not_ours(pending: Pending, kind: Kind, live: Live) -> str:
    """What speaks against a namesake being what the create made; empty where nothing does."""
    created = str(live.extra.get("created_at") or "")
    if not pending.since or not created:
        return "it cannot be told when it was made"
    if parse_instant(created) < parse_instant(pending.since) - _CLOCKS_DIFFER:
        return f"it was made at {created}, before the create was sent"
    seen, sent = assumptions(kind, live), pending.binding.applied
    other = [
        field.name
        for field in kind.fields
        if (
            seen.get(field.name, _empty(field)) != sent[field.name]
            if field.name in sent
            else _is_filled(field, seen)
        )
    ]
    return f"it differs from what was sent in {', '.join(other)}" if other else ""


def _empty(field: Field) -> Json:
    return memo(field.canonical(field.empty))


def _is_filled(field: Field, seen: Mapping[str, Json]) -> bool:
    """Whether somebody filled in a text or a flag that was not sent; the service fills in other things."""
    plain = field.form in (Form.TEXT, Form.FLAG) and field.clearable
    by_itself = field.unless_absent or field.forces_replace
    return plain and not by_itself and seen.get(field.name, _empty(field)) != _empty(field)


def bound(pending: Pending, live: Live) -> Binding:
    """The binding of an object that was found to be ours."""
    found = pending.binding
    return found._replace(remote_id=live.remote_id, sub_ids={**found.sub_ids, **live.sub_ids})


def in_doubt(address: Address, kind: Kind, live: Live, why: str) -> Diagnostic:
    """What to say of a namesake that nobody can call ours."""
    return error(
        "outcome-unknown",
        f"{address}: its create got no answer, and the {kind.name.replace('_', ' ')} {live.natural_key!r} "
        f"(id {live.remote_id}) may be it or somebody else's",
        detail=f"{why[:1].upper()}{why[1:]}.",
        hint=f"if it is yours:  ccstate import {address} {live.remote_id}   else rename one of the two",
        address=address,
    )


def recovered(state: State, found: Mapping[Address, Binding | None]) -> State:
    """The state that knows what became of these creates."""
    for address, binding in found.items():
        state = state.settled(address)
        if binding is not None:
            state = state.bind(address, binding)
    return state
