"""What will happen, and when: jobs in progress and mails that wait for their time.

Events are rows, so that they survive a restart. They happen when somebody looks: before a call is answered,
and on the way when the control plane moves the clock; each at its own instant, in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World

Happening = Callable[[World, int, str], None]


def plan(world: World, due: int, event: str, reference: str) -> None:
    """By the emulator's clock alone."""
    world.db.insert("timeline", due=due, event=event, reference=reference)


def plan_job(world: World, now: int, delay: int, event: str, reference: str) -> None:
    """A job takes its time on the machine too: who waits must not hang where the clock stands still."""
    machine_due = machine_now() + delay
    world.db.insert("timeline", due=now + delay, event=event, reference=reference, machine_due=machine_due)


def cancel(world: World, reference: str, event: str | None = None) -> None:
    """What was planned for something does not happen: one kind of event, or all."""
    world.db.run("DELETE FROM timeline WHERE reference = ? AND event = coalesce(?, event)", reference, event)


def is_planned(world: World, event: str, reference: str) -> bool:
    sql = "SELECT 1 FROM timeline WHERE reference = ? AND event = ?"
    return world.db.value(sql, reference, event) is not None


def happen(world: World, until: int, happenings: Mapping[str, Happening]) -> int:
    """Let everything happen that is due; what an event plans may fall due in the same breath."""
    happened = 0
    while (event := _next(world, until)) is not None:
        with world.db.transaction():
            # Another process may have been faster: whoever removes the row makes it happen.
            if world.db.run("DELETE FROM timeline WHERE seq = ?", event["seq"]):
                happenings[event["event"]](world, event["due"], event["reference"])
                happened += 1
    return happened


def _next(world: World, until: int) -> Row | None:
    return world.db.row(
        "SELECT * FROM timeline WHERE due <= ? OR machine_due <= ? ORDER BY due, seq LIMIT 1",
        until, machine_now(),
    )  # fmt: skip


def machine_now() -> int:
    return time.time_ns() // 1000
