"""Plan: an ordered, serialisable document of changes and of the API calls that make them.

Everything here is data. If it cannot go through JSON and back, it may not be in a plan.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple

from ccstate.core.address import Address
from ccstate.core.desired import Lifecycle
from ccstate.core.diagnostics import Diagnostic, Range
from ccstate.core.live import Account
from ccstate.core.state import Binding
from ccstate.core.values import EMPTY, Json


class Action(enum.StrEnum):
    """What a change does to its resource. A move is no action: it is `previous_address`."""

    NOOP = "noop"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"


class Status(enum.StrEnum):
    """Whether a change can be made now."""

    READY = "ready"
    BLOCKED = "blocked"  # waits for a person
    HELD = "held"  # a person took the schedule down or moved it
    SENT = "sent"  # history
    MISSED = "missed"  # its schedule passed unsent


class Cause(enum.StrEnum):
    """Why a field differs."""

    CHANGED = "changed"  # the manifest was edited
    CLEARED = "cleared"  # it left the manifest
    DRIFT = "drift"  # somebody else changed it
    ADOPTED = "adopted"  # no memory: the live object just differs
    DEPENDS = "depends"  # what it refers to is made anew


class Undo(enum.StrEnum):
    """The word that says how a change can be taken back."""

    REVERSIBLE = "reversible"
    RESTORABLE = "restorable in the UI"
    IRREVERSIBLE = "irreversible"
    REACHES_PEOPLE = "reaches people"
    VISIBLE = "visible to subscribers"


class FieldChange(NamedTuple):
    """One path of one resource, before and after; `place` is where the manifest says so."""

    path: str
    before: Json
    after: Json
    cause: Cause
    after_unknown: bool = False
    forces_replace: bool = False
    place: Range | None = None


EACH_OWN: Final = "*"
"""The `deposed` of a step that deletes many: of each address the live object that its change assumed."""


class Step(NamedTuple):
    """One API call, as data.

    In `path` and `body` a reference is `{"$ref": address, "attr": name}` and keeps its JSON type;
    `{"$join": [...]}` is text, `{"$json": value}` is resolved and then serialised to a string, and
    `{"$blob": digest}` stands for a text under the plan's `blobs`. `capture` maps a sub id (or `remote_id`)
    to a selector in the answer. `applies` names the fields that are as wanted once the step succeeded,
    `clears` those that are gone then. `observes`: the answer shows the object. `expect` is what a read-back
    must show, `wait` selects the activity to poll, `deposed` is the replaced remote id that a delete removes.
    """

    id: str
    addresses: tuple[Address, ...]
    verb: str
    method: str
    path: tuple[str | Json, ...]
    query: Mapping[str, str] = EMPTY
    body: Json = None
    after: tuple[str, ...] = ()
    unit: str = ""
    capture: Mapping[str, str] = EMPTY
    applies: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    observes: bool = False
    expect: Mapping[str, Json] = EMPTY
    wait: str = ""
    deposed: str = ""


class Memory(NamedTuple):
    """What the binding will say when the change is done.

    `applied` holds the wanted values as encoded JSON, made canonical when their references are known; `kept`
    are memos that are carried over as they are. `contacts`: how many its audience had.
    """

    remote_id: str
    natural_key: str
    applied: Mapping[str, Json]
    kept: Mapping[str, Json]
    depends_on: tuple[Address, ...]
    lifecycle: Lifecycle
    sub_ids: Mapping[str, str] = EMPTY
    observed: Mapping[str, Json] = EMPTY
    sent: bool = False
    tainted: bool = False
    deposed: tuple[str, ...] = ()
    contacts: int | None = None


class Change(NamedTuple):
    """One resource's planned action.

    `before` and `after` hold the fields that a reader needs (all of a create, what differs of an update).
    `fingerprint` is the digest of the live object that this change assumes, empty where it assumes none, and
    `assumed` what it was made of, so that what moved can be named.
    `memory` is None where the address leaves the state.
    """

    address: Address
    kind: str
    action: Action
    reason: str = ""
    previous_address: Address | None = None
    status: Status = Status.READY
    before: Mapping[str, Json] = EMPTY
    after: Mapping[str, Json] = EMPTY
    after_unknown: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    steps: tuple[str, ...] = ()
    undo: Undo = Undo.REVERSIBLE
    impact: Mapping[str, Json] = EMPTY
    origin: Range | None = None
    natural_key: str = ""
    remote_id: str = ""
    fingerprint: str = ""
    assumed: Mapping[str, Json] = EMPTY
    memory: Memory | None = None
    deposed: bool = False
    flags: tuple[str, ...] = ()

    @property
    def reaches_people(self) -> bool:
        """Whether subscribers will get, or no longer get, a mail because of it."""
        return self.undo is Undo.REACHES_PEOPLE


class Drift(NamedTuple):
    """One resource that somebody else changed since it was last applied."""

    address: Address
    fields: tuple[FieldChange, ...]
    origin: Range | None = None
    note: str = ""


class BasedOn(NamedTuple):
    """What the plan assumed: which state, and which live objects.

    `collections` says how many objects there were of each kind that changes, and so what reading them costs.
    """

    lineage: str
    serial: int
    snapshot: str
    collections: Mapping[str, int] = EMPTY


class Budget(NamedTuple):
    """API calls: what the refresh used and what the apply needs (more polls and retries come on top).

    `asked` are those of the refresh that only some changes needed, by the reason. `apply_seconds` is how long
    the apply takes at `rate` calls a second; `daily` is the key's limit for a day, 0 where it has none.
    """

    refresh_calls: int
    apply_calls: int
    apply_seconds: int = 0
    rate: int = 4
    daily: int = 10_000
    asked: Mapping[str, int] = EMPTY


class Override(NamedTuple):
    """A guard that was overridden: the flag, and what it let pass; no `address` where it is about many."""

    flag: str
    address: Address | None
    summary: str


NOTHING_RECOVERED: Final[Mapping[Address, Binding | None]] = {}


class Plan(NamedTuple):
    """The document. `changes` are ordered for a reader, `steps` for the executor.

    What is as it should be has no change. `offline`: made from the state alone, so it can only be looked at.
    `refresh_only`: it takes what the account shows into the state, and its changes have no steps.
    `consent` counts the account's contacts by what they agreed to, where that was asked.
    `recovered` is what became of creates that an earlier run sent and got no answer to: the binding, or None
    where nothing happened.
    """

    account: Account
    based_on: BasedOn
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    drift: tuple[Drift, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    budget: Budget = Budget(0, 0)
    blobs: Mapping[str, str] = EMPTY
    references: Mapping[str, str] = EMPTY
    destroy: bool = False
    offline: bool = False
    refresh_only: bool = False
    overrides: tuple[Override, ...] = ()
    consent: Mapping[str, int] = EMPTY
    recovered: Mapping[Address, Binding | None] = NOTHING_RECOVERED

    @property
    def active(self) -> tuple[Change, ...]:
        """What is not a noop: these are counted and shown."""
        return tuple(each for each in self.changes if is_active(each))

    @property
    def empty(self) -> bool:
        """Converged: nothing to do, not even in the state."""
        return not any(is_active(each) and each.status is Status.READY for each in self.changes)


def is_active(change: Change) -> bool:
    """Whether a change does anything at all, be it only in the state."""
    return change.action is not Action.NOOP or change.previous_address is not None or bool(change.flags)


def says_something(change: Change) -> bool:
    """Whether a change belongs into a plan: it does something, teaches the state something, or waits."""
    return is_active(change) or change.memory is not None or change.status is not Status.READY


class Summary(NamedTuple):
    """The counts of the plan's closing line; a replace counts as add and as destroy."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    adopt: int = 0
    move: int = 0
    forget: int = 0
    sends: int = 0
    blocked: int = 0

    @property
    def nothing(self) -> bool:
        """No change of any sort, ready or blocked."""
        return self == Summary()


def summarise(changes: tuple[Change, ...]) -> Summary:
    """Count what a plan would do; only ready changes count, blocked ones apart."""
    ready = [each for each in changes if each.status is Status.READY and is_active(each)]

    def count(*actions: Action) -> int:
        return sum(each.action in actions for each in ready)

    adopted_and_changed = sum(each.action is Action.ADOPT and bool(each.steps) for each in ready)
    flagged = sum(each.action is Action.NOOP and bool(each.flags) for each in ready)
    return Summary(
        add=count(Action.CREATE, Action.REPLACE),
        change=count(Action.UPDATE) + adopted_and_changed + flagged,
        destroy=count(Action.DELETE, Action.REPLACE),
        adopt=count(Action.ADOPT),
        move=sum(each.previous_address is not None for each in ready),
        forget=count(Action.FORGET),
        sends=sum(each.reaches_people for each in ready),
        blocked=sum(each.status is Status.BLOCKED for each in changes),
    )
