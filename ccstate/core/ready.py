"""Ready: which steps of a plan may start now. Pure; the executor asks and says what it finished.

In the order of the plan, as far as what each step comes after is over. Two rules more than that: deletes wait
for all before them that are none, and while a campaign is without its schedule nothing else starts.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from ccstate.core.address import Address
from ccstate.core.plan import Action, Change, Step

UNSCHEDULE: Final = "unschedule"
SCHEDULE: Final = "schedule"


class Queue:
    """The steps that have not started, and the window that is open."""

    def __init__(self, steps: tuple[Step, ...], changes: Mapping[Address, Change]) -> None:
        self._steps = steps
        self._at = {step.id: index for index, step in enumerate(steps)}
        self._waits = [sum(each in self._at for each in step.after) for step in steps]
        self._next: dict[str, list[int]] = {}
        for index, step in enumerate(steps):
            for each in step.after:
                self._next.setdefault(each, []).append(index)
        self._late = [_is_late(step, changes) for step in steps]
        self._over = [False] * len(steps)
        self._floor = 0
        self._ready = [index for index, waits in enumerate(self._waits) if not waits]
        back = {address for step in steps if step.verb == SCHEDULE for address in step.addresses}
        self._opens = {step.id for step in steps if step.verb == UNSCHEDULE and step.addresses[0] in back}
        self.window: Address | None = None

    def take(self, running: int, *, only_window: bool = False) -> Step | None:
        """The next step that may start while so many others run; None where none may.

        `only_window`: nothing new is begun, but what is without its schedule gets it back.
        """
        for place, index in enumerate(self._ready):
            step = self._steps[index]
            if self._may_start(index, running, only_window=only_window):
                del self._ready[place]
                if step.id in self._opens:
                    self.window = step.addresses[0]
                return step
            if self._must_not_be_passed(index):
                return None
        return None

    def _may_start(self, index: int, running: int, *, only_window: bool) -> bool:
        step = self._steps[index]
        if self.window is not None:
            mine = self.window in step.addresses
            needed = not running and step.id not in self._opens and not self._window_waits_for_itself()
            return mine or (needed and not only_window)
        if only_window:
            return False
        if step.id in self._opens:
            return not running
        return not self._late[index] or self._floor_at() >= index

    def _window_waits_for_itself(self) -> bool:
        """Whether a step of the window's own is ready, so that no other has to be let through for it."""
        return any(self.window in self._steps[each].addresses for each in self._ready)

    def _must_not_be_passed(self, index: int) -> bool:
        """An opening step waits for those that run; what comes after it would keep it waiting."""
        return self.window is None and self._steps[index].id in self._opens

    def _floor_at(self) -> int:
        """The first step that is not over and no delete."""
        while self._floor < len(self._steps) and (self._over[self._floor] or self._late[self._floor]):
            self._floor += 1
        return self._floor

    def finish(self, step: Step) -> None:
        """Over, one way or the other: what comes after it may be looked at."""
        index = self._at[step.id]
        self._over[index] = True
        for following in self._next.get(step.id, ()):
            self._waits[following] -= 1
            if not self._waits[following]:
                insort(self._ready, following)

    def close(self, address: Address) -> None:
        """The window is closed: the schedule is there, or there will be none."""
        if self.window == address:
            self.window = None

    def left(self, started: Collection[str]) -> Iterator[Step]:
        """What never started."""
        return (step for step in self._steps if not self._over[self._at[step.id]] and step.id not in started)


def _is_late(step: Step, changes: Mapping[Address, Change]) -> bool:
    """Whether it belongs to a delete."""
    return all(changes[each].action is Action.DELETE for each in step.addresses) or (
        step.verb == "delete" and bool(step.deposed)
    )
