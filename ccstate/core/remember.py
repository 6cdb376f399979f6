"""Remember: what the state will say of a resource when its change is done."""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.core import diff
from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.desired import Desired, Lifecycle
from ccstate.core.plan import Action, Memory, Status
from ccstate.core.state import Binding
from ccstate.core.steps import encode
from ccstate.core.values import Json, Value


def remember(each: Decision, natural_key: str, blobs: dict[str, str]) -> Memory | None:
    """What the state will say; None where the address leaves it, or where nothing is to be remembered."""
    match = each.match
    if match.desired is None or each.action in (Action.DELETE, Action.FORGET):
        return None
    if each.reason == LEFT_OUT or (each.action is Action.NOOP and match.binding is None):
        return None
    if each.stance.frozen and not each.made_anew:
        return _frozen_memory(each)
    return _live_memory(each, match.desired, natural_key, blobs)


def _frozen_memory(each: Decision) -> Memory | None:
    """A campaign that is history: only that it is."""
    binding, live = each.match.binding, each.match.live
    sent = each.stance.status is Status.SENT
    if live is None or each.match.desired is None:
        return None
    old = binding or Binding(live.remote_id, live.natural_key)
    lifecycle = each.match.desired.lifecycle
    if binding is not None and binding.sent == sent and binding.lifecycle == lifecycle:
        return None if each.match.previous_address is None else _carried(old, lifecycle, sent)
    return _carried(old, lifecycle, sent)


def _carried(old: Binding, lifecycle: Lifecycle, sent: bool) -> Memory:
    return Memory(
        remote_id=old.remote_id,
        natural_key=old.natural_key,
        applied={},
        kept=old.applied,
        depends_on=old.depends_on,
        lifecycle=lifecycle,
        sub_ids=old.sub_ids,
        observed=old.observed,
        sent=sent,
        deposed=old.deposed,
        contacts=old.contacts,
    )


def _live_memory(each: Decision, desired: Desired, natural_key: str, blobs: dict[str, str]) -> Memory | None:
    binding, live, comparison = each.match.binding, each.match.live, each.comparison
    declared = {name for name in each.want if name in desired.fields}
    skipped = each.stance.skip & declared
    kept = {name: binding.applied[name] for name in skipped if binding and name in binding.applied}
    observed = _observed(each, declared)
    declared -= skipped
    if each.action is Action.NOOP and binding is not None and comparison is not None:
        memos = {name: found for name, found in comparison.wanted.items() if name in declared}
        if _says(binding, desired, natural_key, {**memos, **kept}, observed):
            return None
    old = (
        (live.remote_id,) if live and each.action is Action.REPLACE and each.kind.replaces == "aside" else ()
    )
    deposed = (*(binding.deposed if binding else ()), *old)
    return Memory(
        remote_id="" if each.made_anew or live is None else live.remote_id,
        natural_key=natural_key,
        applied={name: _lazy(each.want[name], comparison, name, blobs) for name in sorted(declared)},
        kept=kept,
        depends_on=desired.depends_on(),
        lifecycle=desired.lifecycle,
        sub_ids=dict(live.sub_ids) if live is not None and not each.made_anew else {},
        observed=observed,
        deposed=deposed,
        contacts=binding.contacts if binding is not None else None,
    )


def _lazy(value: Value, comparison: diff.Comparison | None, name: str, blobs: dict[str, str]) -> Json:
    """The memo where it is known; else the encoded value, to be made a memo when its ids are."""
    if comparison is not None and name in comparison.wanted:
        return {"$memo": comparison.wanted[name]}
    return encode(value, blobs)


def _observed(each: Decision, declared: set[str]) -> dict[str, Json]:
    """What was seen of the fields that stay as they are."""
    if each.comparison is None or each.made_anew:
        return {}
    held = each.stance.skip
    left = held.union(found.field.name for found in each.diffs)
    seen = {
        name: found for name, found in each.comparison.seen.items() if name in declared and name not in left
    }
    if held and each.match.binding is not None:
        before = each.match.binding.observed
        seen.update((name, before[name]) for name in held if name in before)
    return dict(sorted(seen.items()))


def _says(
    binding: Binding,
    desired: Desired,
    natural_key: str,
    applied: Mapping[str, Json],
    observed: Mapping[str, Json],
) -> bool:
    """Whether the state already says so; only a spelling that was never seen before is worth no write."""
    return (
        applied == binding.applied
        and natural_key == binding.natural_key
        and desired.depends_on() == binding.depends_on
        and desired.lifecycle == binding.lifecycle
        and not binding.sent
        and not binding.tainted
        and all(binding.observed.get(name, value) == value for name, value in observed.items())
    )
