"""Which event of the timeline is whose business."""

from __future__ import annotations

from functools import cache

from ccstate.emulator import sending, timeline
from ccstate.emulator.collections import happenings
from ccstate.emulator.timeline import Happening
from ccstate.emulator.world import World


@cache
def known() -> dict[str, Happening]:
    """Every event that can be planned, by the name that its row holds."""
    return {**happenings(), **sending.HAPPENINGS}


def happen(world: World, until: int) -> int:
    return timeline.happen(world, until, known())
