"""Settle: what the state says before, between and after the steps of a change. Pure.

Before the first step an adopted or moved resource is bound; each step that succeeded adds what it achieved;
when all are through the binding is as planned. So whatever happens in between, the state says what is so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ccstate.core.address import Address
from ccstate.core.kind import Kind, Kinds
from ccstate.core.plan import EACH_OWN, Action, Change, Memory, Status, Step
from ccstate.core.state import Binding, Pending, State
from ccstate.core.steps import resolve_json, select
from ccstate.core.values import Json, Ref, memo


class UnresolvedReference(Exception):
    """A step refers to something that has no id: a bug, or the consequence of a failure."""

    def __init__(self, reference: Ref) -> None:
        self.reference = reference
        super().__init__(f"{reference.address} has no {reference.attr}")


class IncompleteAnswer(Exception):
    """A write was answered without the id that it should have given: what it did is not known."""


def look_up_in(state: State) -> Callable[[Ref], str]:
    """Ids by reference, from the bindings."""

    def look_up(reference: Ref) -> str:
        binding = state.bindings.get(reference.address)
        found = ""
        if binding is not None:
            found = (
                binding.remote_id
                if reference.attr == "remote_id"
                else binding.sub_ids.get(reference.attr, "")
            )
        if not found:
            raise UnresolvedReference(reference)
        return found

    return look_up


def begin(state: State, changes: tuple[Change, ...]) -> State:
    """The state before the first step: moves, adoptions, forgetting and flags need no call."""
    going = {each.address: each for each in changes if each.status is not Status.BLOCKED}
    bindings: dict[Address, Binding] = dict(state.bindings)
    for each in going.values():
        if each.previous_address is not None:
            bindings.pop(each.previous_address, None)
    for each in going.values():
        bound = _before_steps(state, each)
        if bound is not None:
            bindings[each.address] = bound
        elif each.action is Action.FORGET:
            bindings.pop(each.address, None)
    return state._replace(bindings=bindings)


def adopted(state: State, change: Change) -> State:
    """The state in which the address of an adoption has its object, and nothing was written to that.

    Where the object differs, nothing counts as applied: the next plan compares without memory.
    """
    memory = change.memory
    assert memory is not None, "what is adopted is remembered"
    if change.fields:
        bare = Binding(memory.remote_id, memory.natural_key, memory.sub_ids)
        return state.bind(
            change.address, bare._replace(lifecycle=memory.lifecycle, depends_on=memory.depends_on)
        )
    return begin(state, (change._replace(status=Status.READY, steps=()),))


def _before_steps(state: State, change: Change) -> Binding | None:
    """The binding before the steps of this change, or None where it stays as it is."""
    memory = change.memory
    old = state.bindings.get(change.previous_address or change.address)
    if memory is None or not memory.remote_id:
        return old if change.previous_address is not None else None
    if not change.steps:
        return _as_planned(memory, memory.remote_id, memory.sub_ids, _memos(memory), memory.observed)
    if old is not None and old.remote_id == memory.remote_id:
        return old._replace(sub_ids={**old.sub_ids, **memory.sub_ids}) if change.previous_address else None
    return Binding(
        remote_id=memory.remote_id,
        natural_key=memory.natural_key,
        sub_ids=memory.sub_ids,
        lifecycle=memory.lifecycle,
        depends_on=memory.depends_on,
    )


def _memos(memory: Memory) -> dict[str, Json]:
    """The memos that need no resolving."""
    known = {name: value["$memo"] for name, value in memory.applied.items() if _is_memo(value)}
    return {**known, **memory.kept}


def _is_memo(value: Json) -> bool:
    return isinstance(value, dict) and set(value) == {"$memo"}


def _as_planned(
    memory: Memory,
    remote_id: str,
    sub_ids: Mapping[str, str],
    applied: Mapping[str, Json],
    observed: Mapping[str, Json],
) -> Binding:
    return Binding(
        remote_id=remote_id,
        natural_key=memory.natural_key,
        sub_ids=dict(sub_ids),
        applied=dict(sorted(applied.items())),
        observed=dict(sorted(observed.items())),
        depends_on=memory.depends_on,
        lifecycle=memory.lifecycle,
        sent=memory.sent,
        tainted=memory.tainted,
        deposed=memory.deposed,
        contacts=memory.contacts,
    )


@dataclass(frozen=True, slots=True)
class Settler:
    """What settling needs to know besides the state."""

    kinds: Kinds
    blobs: Mapping[str, str]

    def foretell(self, state: State, changes: Mapping[Address, Change], step: Step, since: str) -> State:
        """The state if this step is never heard of again: what it takes down counts as gone.

        Whether something was made is in doubt until somebody has looked; `since` is the service's clock
        before. If the old one of a replace may be gone by now, the next plan goes on with the replace instead
        of taking it for somebody else's delete.
        """
        for address in step.addresses:
            binding = state.bindings.get(address)
            if "remote_id" in step.capture:
                state = state.in_doubt(address, self._promised(state, changes[address], step, since))
            elif binding is not None and step.clears:
                state = state.bind(address, _without(binding, step.clears))
            elif (
                binding is not None
                and changes[address].action is Action.REPLACE
                and step.deposed == binding.remote_id
            ):
                state = state.bind(address, binding._replace(tainted=True))
        return state

    def _promised(self, state: State, change: Change, step: Step, since: str) -> Pending:
        """What the state will say if a create happened."""
        binding = _new_binding("", change)
        state = self._applied(state.bind(change.address, binding), change, step, None)
        return Pending(state.bindings[change.address], since)

    def wanted(self, state: State, change: Change, step: Step) -> dict[str, Json]:
        """The memos of the fields that a step sets, as far as its change knows them."""
        kind, memory = self.kinds[change.kind], change.memory
        if memory is None:
            return {}
        known = {name: value for name, value in memory.applied.items() if name in step.applies}
        return {
            **{name: memory.kept[name] for name in step.applies if name in memory.kept},
            **{name: self._memo(state, kind, name, value) for name, value in known.items()},
        }

    def doubt(self, state: State, change: Change, body: Json) -> State:
        """The state when the service shows otherwise than was asked: the next plan asks again."""
        names = tuple(self.kinds[change.kind].decode(body))
        binding = state.bindings.get(change.address)
        return state.bind(change.address, _without(binding, names)) if binding is not None else state

    def settle(self, state: State, change: Change, step: Step, body: Json) -> State:
        """The state after one step of one change has succeeded."""
        if step.deposed:
            return self._deleted(state, change, step)
        binding = state.bindings.get(change.address)
        captured = {name: _captured(body, selector) for name, selector in step.capture.items()}
        if "remote_id" in captured:
            binding = _new_binding(captured.pop("remote_id"), change)
            state = state.settled(change.address)
        if binding is None:
            return state
        binding = binding._replace(sub_ids={**binding.sub_ids, **captured})
        state = state.bind(change.address, _without(binding, step.clears))
        return self._applied(state, change, step, body)

    def _applied(self, state: State, change: Change, step: Step, body: Json) -> State:
        binding = state.bindings[change.address]
        kind = self.kinds[change.kind]
        applied, observed = dict(binding.applied), dict(binding.observed)
        shown = kind.decode(body) if step.observes and body is not None else {}
        for name in step.applies:
            applied.pop(name, None)
            observed.pop(name, None)
            if change.memory is not None and name in change.memory.applied:
                applied[name] = self._memo(state, kind, name, change.memory.applied[name])
            elif change.memory is not None and name in change.memory.kept:
                applied[name] = change.memory.kept[name]
        for name, value in shown.items():
            if name in applied and (name in step.applies or not step.applies):
                observed[name] = memo(kind.field(name).canonical(value))
        return state.bind(change.address, binding._replace(applied=applied, observed=observed))

    def _memo(self, state: State, kind: Kind, name: str, value: Json) -> Json:
        if _is_memo(value):
            return value["$memo"]
        return memo(kind.field(name).canonical(resolve_json(value, look_up_in(state), self.blobs)))

    def _deleted(self, state: State, change: Change, step: Step) -> State:
        binding = state.bindings.get(change.address)
        if binding is None:
            return state
        gone = change.remote_id if step.deposed == EACH_OWN else step.deposed
        if gone == binding.remote_id:
            return state.forget((change.address,))
        kept = tuple(each for each in binding.deposed if each != gone)
        return state.bind(change.address, binding._replace(deposed=kept))

    def finish(self, state: State, change: Change) -> State:
        """The state after the last step of a change: as planned, with what was observed on the way."""
        memory = change.memory
        binding = state.bindings.get(change.address)
        if memory is None or binding is None:
            return state
        kind = self.kinds[change.kind]
        applied = {name: self._memo(state, kind, name, value) for name, value in memory.applied.items()}
        applied.update(memory.kept)
        observed = {**{n: v for n, v in binding.observed.items() if n in applied}, **memory.observed}
        planned = _as_planned(memory, binding.remote_id, binding.sub_ids, applied, observed)
        return state.bind(change.address, planned._replace(deposed=binding.deposed))


def _new_binding(remote_id: str, change: Change) -> Binding:
    """The binding of an object that was just made; what it owns besides comes with the answers."""
    memory = change.memory
    if memory is None:
        return Binding(remote_id, change.natural_key)
    return Binding(
        remote_id,
        change.natural_key,
        deposed=memory.deposed,
        lifecycle=memory.lifecycle,
        depends_on=memory.depends_on,
    )


def _captured(body: Json, selector: str) -> str:
    found = select(body, selector)
    if not isinstance(found, (str, int)) or found == "":
        raise IncompleteAnswer(f"the answer has nothing at {selector}")
    return str(found)


def _without(binding: Binding, names: tuple[str, ...]) -> Binding:
    if not names:
        return binding
    return binding._replace(
        applied={name: value for name, value in binding.applied.items() if name not in names},
        observed={name: value for name, value in binding.observed.items() if name not in names},
    )
