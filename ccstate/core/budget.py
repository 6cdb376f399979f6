"""The budget: what an apply costs at the key's limits, and whether the day can hold it. Pure.

Every step is a call. Deletes that the service makes later are polled at least once, and after a bulk delete
the collection says what is gone. Retries and further polls come on top: nobody can tell them in advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.options import Limits
from ccstate.core.plan import EACH_OWN, Budget, Plan, Step
from ccstate.core.values import EMPTY

_WAIT: Final = 1
"""Seconds that an activity of the service takes (observed)."""


def price(step: Step, pages: Mapping[str, int] = EMPTY) -> int:
    """The calls of one step; `pages` are those of each kind's collection."""
    if not step.wait:
        return 1
    look = pages.get(step.addresses[0].kind, 1) if step.deposed == EACH_OWN else 0
    return 2 + look


def budget(
    steps: Sequence[Step],
    limits: Limits,
    *,
    calls: int = 0,
    asked: Mapping[str, int] = EMPTY,
    pages: Mapping[str, int] = EMPTY,
) -> Budget:
    """What the refresh used (`asked` of it only for these changes), and what applying needs."""
    needed = sum(price(each, pages) for each in steps)
    seconds = -(-needed // limits.rate) + _WAIT * sum(bool(each.wait) for each in steps)
    return Budget(calls, needed, seconds, limits.rate, limits.daily, dict(sorted(asked.items())))


def over_budget(plan: Plan, used: int | None = None, *, only_told: bool = False) -> Diagnostic | None:
    """What to say where the day cannot hold the apply: any day, or what is left of this one.

    `used` are the day's calls so far, as far as this machine knows them.
    """
    needed, daily = plan.budget.apply_calls, plan.budget.daily
    left = daily - min(used or 0, daily)
    if not daily or needed <= left:
        return None
    of_the_day = f"of this key's {daily:,} calls of today {left:,} are left, as counted on this machine"
    whole_day = f"this key has {daily:,} calls a day"
    return Diagnostic(
        Severity.WARNING if only_told else Severity.ERROR,
        "over-budget",
        f"applying needs {needed:,} calls; {whole_day if used is None else of_the_day}",
        detail=_what_fits(plan, left),
        hint=_hint(plan, left, today=used is not None),
    )


def _what_fits(plan: Plan, left: int) -> str:
    many = len({address for step in plan.steps for address in step.addresses})
    return f"{fitting(plan.steps, left):,} of the {many:,} changes would fit."


def _hint(plan: Plan, left: int, *, today: bool) -> str:
    part = best_part(plan.steps, left)
    target = "--target"
    if part is not None:
        target = f"--target '{part.glob}' ({part.changes:,} changes, {part.calls:,} calls)"
    if not today:
        return f"apply it in parts, day by day, with {target}; a day begins at 00:00 UTC"
    now = f"apply a part of it now, with {target}, or all of it" if fitting(plan.steps, left) else "apply it"
    return f"{now} after 00:00 UTC, when the day begins anew"


def fitting(steps: Iterable[Step], left: int) -> int:
    """How many changes are through with their last step before the calls are used up."""
    steps = tuple(steps)
    open_steps: dict[Address, int] = {}
    for step in steps:
        for address in step.addresses:
            open_steps[address] = open_steps.get(address, 0) + 1
    for step in steps:
        left -= price(step)
        if left < 0:
            break
        for address in step.addresses:
            open_steps[address] -= 1
    return sum(not each for each in open_steps.values())


class Part(NamedTuple):
    """A part of a plan: the glob that targets it, how many changes it has, and its calls."""

    glob: str
    changes: int
    calls: int


def best_part(steps: Sequence[Step], left: int) -> Part | None:
    """The kind with the most changes that fits by itself, with what it needs."""
    kinds = sorted({address.kind for step in steps for address in step.addresses})
    parts = [_part(kind, steps) for kind in kinds] if len(kinds) > 1 else []
    fits = [each for each in parts if each.calls <= left]
    return max(fits, key=lambda each: each.changes, default=None)


def _part(kind: str, steps: Sequence[Step]) -> Part:
    """All changes of a kind. What a step needs stands before it, so one look from the end finds it all."""
    wanted: set[str] = set()
    calls = 0
    changes: set[Address] = set()
    for step in reversed(steps):
        own = [address for address in step.addresses if address.kind == kind]
        if own or step.id in wanted:
            wanted.update(step.after)
            calls += price(step)
            changes.update(own)
    return Part(f"{kind}.*", len(changes), calls)
