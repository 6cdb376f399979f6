"""Events: what the engine says while it refreshes and applies. A closed union of small frozen values.

The engine emits them, renderers and the command line listen; nothing here knows how they are shown. In JSON
each is one line, `type` and `timestamp` first.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, TypeAlias

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.document import diagnostic_to_json
from ccstate.core.plan import Action
from ccstate.core.values import Json


@dataclass(frozen=True, slots=True)
class RefreshStarted:
    """The account is about to be read."""

    type: ClassVar[str] = "refresh_started"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The account was read, and planned against."""

    type: ClassVar[str] = "refreshed"
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ApplyStarted:
    """So many changes by so many calls are about to be made."""

    type: ClassVar[str] = "apply_started"
    changes: int
    steps: int


@dataclass(frozen=True, slots=True)
class ChangeStarted:
    """The first step of a change is about to be sent."""

    type: ClassVar[str] = "change_started"
    address: Address
    action: Action


@dataclass(frozen=True, slots=True)
class StepFinished:
    """One API call was answered; `path` is as a reader knows it, not as it went over the wire."""

    type: ClassVar[str] = "step_finished"
    step_id: str
    address: Address
    verb: str
    method: str
    path: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ChangeFinished:
    """A change is made and in the state; `detail` is what a reader may want to know besides."""

    type: ClassVar[str] = "change_finished"
    address: Address
    action: Action
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class ChangeFailed:
    """A change is not, or only half, made."""

    type: ClassVar[str] = "change_failed"
    address: Address
    action: Action
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class ChangeSkipped:
    """A change was not tried."""

    type: ClassVar[str] = "change_skipped"
    address: Address
    because: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing happens but the clock: an activity is polled, or a 429 waited out; `seconds` so far."""

    type: ClassVar[str] = "waiting"
    address: Address
    what: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the user that concerns the run as a whole."""

    type: ClassVar[str] = "note"
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """A failure left a campaign without its schedule: it goes out to nobody.

    `since` is the schedule that it had, in words; empty where that is not known.
    """

    type: ClassVar[str] = "unscheduled"
    address: Address
    since: str


@dataclass(frozen=True, slots=True)
class ApplyFinished:
    """The end of an apply, also of a failed one; a replace counts as added and as destroyed."""

    type: ClassVar[str] = "apply_finished"
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    adopted: int = 0
    moved: int = 0
    forgotten: int = 0
    failed: int = 0
    skipped: int = 0
    blocked: int = 0


Event: TypeAlias = (
    RefreshStarted
    | Refreshed
    | ApplyStarted
    | ChangeStarted
    | StepFinished
    | ChangeFinished
    | ChangeFailed
    | ChangeSkipped
    | Waiting
    | Note
    | Unscheduled
    | ApplyFinished
)


def event_to_json(event: Event, timestamp: str) -> dict[str, Json]:
    """One line of the event stream."""
    members = {each.name: _member(getattr(event, each.name)) for each in fields(event)}
    return {"type": event.type, "timestamp": timestamp, **members}


def _member(value: object) -> Json:
    match value:
        case Address() | Action():
            return str(value)
        case Diagnostic():
            return diagnostic_to_json(value)
        case _:
            return value
