"""What the clock says of a send: too near, too far, or a unit that would not be through in time.

Asked twice with the same rules: when a plan is made, of what is wanted; and when a saved one is applied, of
the calls that it holds, since the clock went on while it was reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from ccstate.core.instants import parse_instant
from ccstate.core.options import Moment
from ccstate.core.plan import Change, Step

# Three or four calls at four a second, with room for slow answers (domain practice: a minute ahead at least).
_UNIT_TIME: Final = timedelta(seconds=75)
TOO_FAR: Final = "schedule-too-far"


class Times(NamedTuple):
    """When a mail goes out as things are, when it shall, and what of that is new; empty where it does not."""

    was: str = ""
    will: str = ""
    new: str = ""


class Problem(NamedTuple):
    """A diagnostic in the making."""

    code: str
    text: str
    hint: str


def problem(times: Times, moment: Moment) -> Problem | None:
    """What keeps a schedule from being set or moved now.

    Pulling a mail for good is never too late to be tried: nothing has to go up again.
    """
    guards, now = moment.guards, moment.now
    lead = max(timedelta(minutes=guards.lead_time_minutes), _UNIT_TIME)
    if times.was and parse_instant(times.was) - now < lead:
        text = f"it goes out at {times.was}: too near to be taken down safely"
        return Problem("schedule-too-soon", text, "let it go out; `schedule: none` pulls it for good")
    if times.will and parse_instant(times.will) - now < lead:
        text = f"{times.will} {_too_near(times.will, moment)}"
        return Problem("schedule-too-soon", text, "give it a later time")
    if times.new and parse_instant(times.new) - now > timedelta(days=guards.horizon_days):
        more = ": the live service would refuse it" if moment.emulated else ""
        text = f"{times.new} is more than {guards.horizon_days} days ahead{more}"
        return Problem(TOO_FAR, text, "give it a nearer time, or leave the schedule out until then")
    return None


def _too_near(at: str, moment: Moment) -> str:
    if parse_instant(at) <= moment.now:
        return "has passed"
    return f"is nearer than the lead time of {moment.guards.lead_time_minutes} minutes"


def blocks(found: Problem, moment: Moment) -> bool:
    """On an emulated account nobody waits, so that something is far ahead is only said."""
    return not (found.code == TOO_FAR and moment.emulated)


def too_late(change: Change, steps: Iterable[Step], moment: Moment) -> str:
    """What the clock says of a change of a saved plan by now; empty where it may go on."""
    found = problem(_times_of(change, tuple(steps)), moment)
    return found.text if found is not None and blocks(found, moment) else ""


def _times_of(change: Change, steps: tuple[Step, ...]) -> Times:
    """By the calls: what they schedule, and what they take down for it."""
    will = next((_scheduled(each) for each in steps if each.verb == "schedule"), "")
    if not will:
        return Times()
    taken_down = any(each.verb == "unschedule" for each in steps)
    was = change.assumed.get("schedule") or "" if taken_down else ""
    return Times(str(was), will, "" if will == was else will)


def _scheduled(step: Step) -> str:
    return str(step.body.get("scheduled_date") or "") if isinstance(step.body, Mapping) else ""
