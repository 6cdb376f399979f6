"""Which event of the timeline is whose business."""

from __future__ import annotations

from ccstate.emulator import bulk, sending, timeline
from ccstate.emulator.world import World

_HAPPENINGS = {**bulk.HAPPENINGS, **sending.HAPPENINGS}


def happen(world: World, until: int) -> int:
    return timeline.happen(world, until, _HAPPENINGS)
