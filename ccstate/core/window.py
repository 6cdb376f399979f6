"""Window: the while in which a campaign is without its schedule. Pure.

Before it opens, what it needs must be in reserve. When something in it fails, the account says which schedule
may go back: the old one where the mail is as before, the new one where it is as wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ccstate.core.describe import assumptions
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Kind
from ccstate.core.live import Live
from ccstate.core.plan import Change, Step
from ccstate.core.ready import SCHEDULE

_AHEAD: Final = timedelta(minutes=1)
"""How far ahead a schedule must be when it is set."""
_MORE_CALLS: Final = 3
"""Calls beyond a unit's own: to look at what failed, to put the schedule back, to read it again."""
_SLOW: Final = 2.0
"""Seconds that one call may take without the window becoming too short."""
_LIFE: Final = 60.0
"""Seconds that the token must live beyond the unit's own time."""


class Reserve(NamedTuple):
    """What there is: calls left of the day and seconds that the token lives (None: not known or no limit)."""

    now: datetime | None = None
    calls: int | None = None
    life: float | None = None


def why_not_open(unit: Sequence[Step], change: Change, reserve: Reserve) -> Diagnostic | None:
    """What speaks against taking a schedule down now; `unit` are the steps from there to the new one."""
    needed = len(unit) + _MORE_CALLS
    seconds = _SLOW * len(unit)
    if reserve.calls is not None and reserve.calls < needed:
        why = f"it takes up to {needed} calls, and of this key's day {reserve.calls} are left"
        return _not_opened(change, why, "apply again after 00:00 UTC, when the day begins anew")
    if reserve.life is not None and reserve.life < seconds + _LIFE:
        why = f"the access token ends in {max(0, round(reserve.life))} s"
        return _not_opened(change, why, "apply again with a fresh token")
    at = next((step.body["scheduled_date"] for step in unit if step.verb == SCHEDULE), None)
    if at and reserve.now and parse_instant(at) < reserve.now + timedelta(seconds=seconds) + _AHEAD:
        why = f"it is to go out at {at}, which is too near by now to be taken down safely"
        return _not_opened(change, why, "give it another time, or let it go out as it is")
    return None


def _not_opened(change: Change, why: str, hint: str) -> Diagnostic:
    summary = f"{change.address} keeps its schedule and is not edited: {why}"
    return error("unit-not-opened", summary, hint=hint, address=change.address, range=change.origin)


def back_to(change: Change, kind: Kind, live: Live, new: str, now: datetime | None) -> str:
    """The instant that may be set for what a unit left without a schedule; empty where none may.

    `new` is the schedule that the unit was to set. The old one only where nothing else has changed.
    """
    seen = {name: value for name, value in assumptions(kind, live).items() if name not in _OF_SCHEDULE}
    was = {name: value for name, value in change.assumed.items() if name not in _OF_SCHEDULE}
    old = str(change.assumed.get("schedule") or "")
    if seen == was and old and _is_ahead(old, now):
        return old
    return new if _is_as_wanted(change, seen) and _is_ahead(new, now) else ""


_OF_SCHEDULE: Final = ("schedule", "status")


def _is_as_wanted(change: Change, seen: dict[str, object]) -> bool:
    if change.memory is None:
        return False
    wanted = {name: each for name, each in change.memory.applied.items() if name not in _OF_SCHEDULE}
    memos = {
        name: each["$memo"] for name, each in wanted.items() if isinstance(each, dict) and "$memo" in each
    }
    return len(memos) == len(wanted) and all(seen.get(name) == value for name, value in memos.items())


def _is_ahead(at: str, now: datetime | None) -> bool:
    return now is not None and parse_instant(at) >= now + _AHEAD
