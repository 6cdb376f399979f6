"""Calls: from ordered nodes to the numbered steps of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.kind import Intent
from ccstate.core.live import Live
from ccstate.core.plan import EACH_OWN, Step
from ccstate.core.sequence import ASIDE, DELETE, Sequence
from ccstate.core.steps import encode
from ccstate.core.values import digest

_Group: TypeAlias = tuple[tuple[str, ...], tuple[Step, ...]]
"""The nodes that some steps are for, and the steps."""


def number_steps(decisions: tuple[Decision, ...], order: Sequence, blobs: dict[str, str]) -> tuple[Step, ...]:
    """Every call in order, with ids and what each comes after."""
    by_address = {str(each.address): each for each in decisions}
    drafts: list[_Group] = [_alone(name, by_address) for name in order.early]
    drafts.extend(_leftovers(decisions))
    for batch in order.late:
        drafts.extend(_batch_steps(batch, by_address))
    return _number(drafts, order, blobs)


def _alone(name: str, by_address: Mapping[str, Decision]) -> _Group:
    return (name,), _node_steps(name, by_address)


def _node_steps(name: str, by_address: Mapping[str, Decision]) -> tuple[Step, ...]:
    sort_of, _, address = name.partition(":")
    each = by_address[address]
    if sort_of == ASIDE:
        return each.kind.rename(_intent(each), _aside_name(each))
    if sort_of == DELETE:
        return each.kind.delete(_intent(each))
    if each.made_anew:
        return each.kind.create(_intent(each)._replace(live=None))
    return each.kind.update(_intent(each))


def _intent(each: Decision) -> Intent:
    changed = frozenset(diff.field.name for diff in each.diffs)
    return Intent(each.address, each.want, changed, each.match.live)


def _aside_name(each: Decision) -> str:
    """`<name> ~<8 hex>`, cut to what the kind's names hold; the same every time."""
    assert each.match.live is not None
    suffix = " ~" + digest(each.match.live.remote_id).partition(":")[2][:8]
    return each.match.live.natural_key[: each.kind.key_limit - len(suffix)] + suffix


def _leftovers(decisions: tuple[Decision, ...]) -> list[_Group]:
    """Objects that an earlier replace left to be deleted."""
    found = []
    for each in decisions:
        if each.match.binding is None or each.reason == LEFT_OUT:
            continue
        for old in each.match.binding.deposed:
            live = Live(each.kind.name, old, old)
            steps = each.kind.delete(Intent(each.address, {}, frozenset(), live))
            group: _Group = ((f"left:{old}",), steps)
            found.append(group)
    return found


def _batch_steps(batch: tuple[str, ...], by_address: Mapping[str, Decision]) -> list[_Group]:
    """Deletes that may go together: kind by kind, in bulk where the API has it and it is worth it."""
    found: list[_Group] = []
    kinds: dict[str, list[str]] = {}
    for name in batch:
        kinds.setdefault(by_address[_address(name)].kind.name, []).append(name)
    for together in kinds.values():
        bulk = by_address[_address(together[0])].kind.bulk_delete
        if bulk is None or len(together) < bulk.fewest:
            found.extend(_alone(name, by_address) for name in together)
            continue
        for start in range(0, len(together), bulk.most):
            chunk = tuple(together[start : start + bulk.most])
            found.append((chunk, (_bulk_step([by_address[_address(name)] for name in chunk]),)))
    return found


def _address(name: str) -> str:
    return name.partition(":")[2]


def _bulk_step(going: list[Decision]) -> Step:
    bulk = going[0].kind.bulk_delete
    assert bulk is not None
    ids = [each.match.live.remote_id for each in going if each.match.live is not None]
    return Step(
        id="",
        addresses=tuple(each.address for each in going),
        verb="delete",
        method="POST",
        path=(bulk.path,),
        body={bulk.body_key: ids},
        wait="/activity_id",
        deposed=EACH_OWN,
    )


def _number(drafts: list[_Group], order: Sequence, blobs: dict[str, str]) -> tuple[Step, ...]:
    """Ids in order; each step comes after the one before it in its node, and after the nodes it needs."""
    needs: dict[str, list[str]] = {}
    for earlier, later in order.edges:
        needs.setdefault(later, []).append(earlier)
    last: dict[str, str] = {}
    numbered: list[Step] = []
    for names, steps in drafts:
        after = tuple(
            sorted({last[n] for name in names for n in needs.get(name, ()) if n in last}, key=_rank)
        )
        for step in steps:
            found = _encoded(step._replace(id=f"s{len(numbered) + 1}", after=after), blobs)
            numbered.append(found)
            after = (found.id,)
        for name in names:
            if steps:
                last[name] = numbered[-1].id
    return tuple(numbered)


def _rank(step_id: str) -> int:
    return int(step_id[1:])


def _encoded(step: Step, blobs: dict[str, str]) -> Step:
    path = tuple(encode(part, blobs) for part in step.path)
    return step._replace(path=path, body=encode(step.body, blobs))
