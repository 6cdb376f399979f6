"""Outcome: what became of each change of an apply, and what a step that failed says."""

from __future__ import annotations

from dataclasses import dataclass, field

from ccstate.api.errors import ApiError, QuotaExceeded, Unauthorised, Unreachable
from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.events import ApplyFinished
from ccstate.core.plan import Action, Change, Plan


@dataclass(slots=True)
class Outcome:
    """What became of each change; `aborted` is what ended the run early."""

    done: set[Address] = field(default_factory=set)
    failed: dict[Address, Diagnostic] = field(default_factory=dict)
    skipped: dict[Address, str] = field(default_factory=dict)
    unscheduled: set[Address] = field(default_factory=set)
    blocked: int = 0
    aborted: bool = False
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Everything that was planned is done."""
        return not (self.failed or self.skipped or self.blocked or self.aborted or self.interrupted)

    def finished(self, plan: Plan) -> ApplyFinished:
        """The counts of the closing line."""
        done = [each for each in plan.changes if each.address in self.done]

        def count(*actions: Action) -> int:
            return sum(each.action in actions for each in done)

        return ApplyFinished(
            added=count(Action.CREATE, Action.REPLACE),
            changed=count(Action.UPDATE) + sum(_adopted_and_changed(each) for each in done),
            destroyed=count(Action.DELETE, Action.REPLACE),
            adopted=count(Action.ADOPT),
            moved=sum(each.previous_address is not None for each in done),
            forgotten=count(Action.FORGET),
            failed=len(self.failed),
            skipped=len(self.skipped),
            blocked=self.blocked,
        )


def _adopted_and_changed(change: Change) -> bool:
    state_only = change.action is Action.NOOP and bool(change.flags)
    return state_only or (change.action is Action.ADOPT and bool(change.steps))


class Broken(Exception):
    """A step that failed, as told to the user."""

    def __init__(self, diagnostic: Diagnostic, *, ends_run: bool = False, nothing_done: bool = False) -> None:
        self.diagnostic, self.ends_run, self.nothing_done = diagnostic, ends_run, nothing_done
        super().__init__(diagnostic.summary)


def ends_run(why: ApiError) -> bool:
    """Whether it concerns the run as a whole, and not this call alone."""
    return isinstance(why, (Unauthorised, QuotaExceeded, Unreachable))
