"""Surgery on the state: what `ccstate state` changes by hand, and whether a state may take another's place.

Nothing here touches the account: an address that is taken out is forgotten, not deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Refused, error, nearest
from ccstate.core.kind import matches
from ccstate.core.state import State


def addressed(state: State, patterns: Sequence[str]) -> tuple[Address, ...]:
    """What addresses and globs name, sorted; all of it without any. Refused where one names nothing."""
    idle = [each for each in patterns if not any(matches(address, (each,)) for address in state.bindings)]
    if idle:
        raise Refused([_not_in_state(each, state) for each in idle])
    return tuple(sorted(each for each in state.bindings if not patterns or matches(each, tuple(patterns))))


def moved(state: State, source: str, target: str) -> State:
    """The state in which what was bound to one address is bound to another of its kind."""
    old, new = _parsed(source), _parsed(target)
    if old not in state.bindings:
        raise Refused([_not_in_state(source, state)])
    if old.kind != new.kind:
        raise Refused([error("state-address", f"{old} is a {old.kind}, and {new} would be a {new.kind}")])
    if new in state.bindings:
        hint = f"take it out first: ccstate state rm {new}"
        raise Refused([error("state-address", f"{new} is bound already", hint=hint)])
    bindings = {
        new if address == old else address: each._replace(
            depends_on=tuple(new if used == old else used for used in each.depends_on)
        )
        for address, each in state.bindings.items()
    }
    return state._replace(bindings=bindings)


def _parsed(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as why:
        raise Refused([error("state-address", str(why))]) from why


def _not_in_state(text: str, state: State) -> Diagnostic:
    close = nearest(text, [str(each) for each in state.bindings])
    hint = f"did you mean {close}?" if close else "ccstate state list shows what is there"
    return error("state-address", f"the state holds nothing of the address {text}", hint=hint)


def successor(given: State, there: State, *, force: bool) -> State:
    """What is written when `given` is to take the place of what is there; Refused where that looks wrong."""
    problems = () if force or not there.lineage else tuple(_objections(given, there))
    if problems:
        raise Refused(problems)
    return given._replace(lineage=given.lineage or there.lineage, serial=max(given.serial, there.serial) + 1)


def _objections(given: State, there: State) -> list[Diagnostic]:
    found = []
    force = "pass --force if that is what you want"
    if given.lineage != there.lineage:
        summary = f"the given state has lineage {given.lineage or '(none)'}, the one there {there.lineage}"
        found.append(error("state-lineage", f"{summary}: they are states of two projects", hint=force))
    elif given.serial < there.serial:
        summary = f"the given state has serial {given.serial}, the one there {there.serial} already"
        hint = f"pull it anew and edit that, or {force}"
        found.append(error("state-serial", summary, hint=hint))
    if given.account_id and there.account_id and given.account_id != there.account_id:
        summary = f"the given state is of account {given.account_id}, the one there of {there.account_id}"
        found.append(error("state-account", summary, hint=force))
    return found
