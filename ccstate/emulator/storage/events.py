"""Which event of the timeline is whose business."""

from __future__ import annotations

from functools import cache

from ccstate.emulator.collections import happenings
from ccstate.emulator.mails import sending
from ccstate.emulator.partners import clients, notifications
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.timeline import Happening
from ccstate.emulator.storage.world import World


@cache
def known() -> dict[str, Happening]:
    """Every event that can be planned, by the name that its row holds."""
    return {**happenings(), **sending.HAPPENINGS}


def happen(world: World, until: int) -> int:
    """Let everything happen that is due, in the accounts of a partner's clients as well, in order of time."""
    if world.courier.outcomes:
        notifications.collect(world)
    if not _is_anything_due(world, until):
        return 0
    happened = 0
    while (due := clients.next_due(world, until)) is not None:
        at = min(due["next_due"], until)
        earlier = timeline.happen(world, at, known())
        happened += earlier
        if not earlier:
            with clients.inside(world, due["encoded_account_id"], at) as client:
                happened += timeline.happen(client, at, known())
    return happened + timeline.happen(world, until, known())


def _is_anything_due(world: World, until: int) -> bool:
    """One question to the database before every call, and hardly ever a second one."""
    machine = timeline.machine_now()
    return bool(world.db.value(_ANYTHING, until, machine, until, machine))


_ANYTHING = (
    "SELECT EXISTS (SELECT 1 FROM timeline WHERE due <= ? OR machine_due <= ?) "
    "OR EXISTS (SELECT 1 FROM client_accounts WHERE next_due <= ? OR next_machine_due <= ?)"
)
