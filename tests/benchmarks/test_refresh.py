"""What a refresh costs in calls: counted in the emulator's request log, beside the formula of the design."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import has_errors
from ccstate.core.kind import Kinds
from ccstate.emulator import Settings
from ccstate.kinds import discover
from ccstate.manifest.project import load
from tests.benchmarks.measure import show
from tests.harness import World, compiled

KINDS: Final[Kinds] = discover()
EXAMPLES: Final = Path(__file__).parent.parent.parent / "examples"
NOW: Final = "2035-01-01T12:00:00Z"
_PAGE: Final = {"list": 500, "tag": 500, "custom_field": 100, "segment": 1000, "campaign": 500}
"""The largest page that each collection allows."""
_UNSENT: Final = frozenset({"DRAFT", "SCHEDULED"})


@dataclass(frozen=True, slots=True)
class Subject:
    """An account that was applied, and the manifest that it was applied from."""

    name: str
    world: World
    desired: tuple[Desired, ...]


def example(name: str) -> Subject:
    """One of the examples, on the account that it brings."""
    project = load(EXAMPLES / name, KINDS)
    seed = None
    if project.config.emulator_seed is not None:
        seed = json.loads(project.config.emulator_seed.read_text(encoding="utf-8"))
    return applied(name, project.desired, Settings(seed=seed, clock="2026-01-01T12:00:00Z"))


def applied(name: str, desired: tuple[Desired, ...], settings: Settings) -> Subject:
    world = World(settings)
    _, outcome = world.apply(desired)
    assert outcome.ok, outcome
    world.control("POST", "clock", {"advance": "PT1M"})
    return Subject(name, world, desired)


def big(lists: int, tags: int, fields: int, segments: int, sent: int, unsent: int) -> Subject:
    """An account of a size; of the unsent campaigns every second one is scheduled."""
    tracking = {
        "source": "tracking",
        "field": "not_opened",
        "op": "contains-any",
        "const_value": "last-n-campaigns",
    }
    manifest: dict[str, dict[str, Any]] = {
        "lists": {f"list_{number}": {"name": f"List {number}"} for number in range(lists)},
        "tags": {f"tag_{number}": {"name": f"Tag {number}"} for number in range(tags)},
        "custom_fields": {
            f"field_{number}": {"label": f"Field {number}", "type": "string"} for number in range(fields)
        },
        "segments": {
            f"segment_{number}": {
                "name": f"Segment {number}",
                "criteria": {"type": "and", "group": [{**tracking, "param": number % 50 + 1}]},
            }
            for number in range(segments)
        },
        "campaigns": {
            f"campaign_{number}": _campaign(number, sent, lists) for number in range(sent + unsent)
        },
    }
    name = f"{lists} lists, {tags} tags, {fields} fields, {segments} segments, {sent} + {unsent} campaigns"
    found = applied(name, compiled(manifest), Settings(clock=NOW))
    found.world.control("POST", "clock", {"advance": "P2D"})
    return found


def _campaign(number: int, sent: int, lists: int) -> dict[str, Any]:
    """The first ones go out tomorrow; of the others every second one much later."""
    at = "2035-01-02T12:00" if number < sent else "2035-03-01T12:00"
    schedule = {"schedule": {"at": at, "timezone": "UTC"}} if number < sent or number % 2 else {}
    return {
        "name": f"Campaign {number}",
        "from": {"name": "Jo Bloggs", "email": "owner@example.com"},
        "subject": f"Letter {number}",
        "html": f"<p>Letter {number}</p>",
        "audience": {"lists": [f"list_{number % lists}"]},
        **schedule,
    }


@dataclass(frozen=True, slots=True)
class Memory:
    """What a refresh finds: whether it knows the criteria of segments, and the ids of activities."""

    name: str
    segments: bool
    activities: bool
    lost: tuple[str, ...] = ()
    full: bool = False


MEMORIES: Final = (
    Memory("applied, not read since", segments=False, activities=True),
    Memory("read before", segments=True, activities=True),
    Memory("read before, --refresh=full", segments=False, activities=False, full=True),
    Memory("state lost", segments=True, activities=True, lost=("state.json",)),
    Memory("state and cache lost", segments=False, activities=False, lost=("state.json", "cache.json")),
)
"""In this order, for each refresh teaches the next one."""


def formula(subject: Subject, memory: Memory) -> int:
    """Account 1, the pages, each segment that is not known 1, and what each unsent campaign costs."""
    tables = subject.world.control("GET", "dump")["tables"]
    managed = Counter(each.address.kind for each in subject.desired)
    pages = sum(max(math.ceil(len(tables[KINDS[kind].section]) / _PAGE[kind]), 1) for kind in managed)
    segments = 0 if memory.segments else managed["segment"]
    return 1 + pages + segments + _campaigns(subject, tables["campaigns"], known=memory.activities)


def _campaigns(subject: Subject, rows: list[dict[str, Any]], *, known: bool) -> int:
    """Unsent: the activity 1, schedules 1 where it has any, the campaign 1 if its activity is not known."""
    status = {each["name"]: each["status"] for each in rows}
    ours = [status[each.fields["name"]] for each in subject.desired if each.address.kind == "campaign"]
    return sum(1 + (each == "SCHEDULED") + (not known) for each in ours if each in _UNSENT)


def read(subject: Subject, memory: Memory) -> tuple[int, int]:
    """The calls of a plan: those in the request log, and those by the formula."""
    expected = formula(subject, memory)
    for name in memory.lost:
        (subject.world.store.folder / name).unlink(missing_ok=True)
    before = len(subject.world.log())
    plan = subject.world.plan(subject.desired, full=memory.full)
    assert not has_errors(plan.diagnostics), plan.diagnostics
    counted = subject.world.log()[before:]
    assert {method for method, _, _ in counted} == {"GET"}
    return len(counted), expected


@pytest.mark.benchmark
def test_calls_of_a_refresh() -> None:
    subjects = [
        *(example(name) for name in ("quickstart", "nonprofit", "shop")),
        big(10, 10, 5, 5, sent=5, unsent=5),
        big(200, 100, 50, 50, sent=80, unsent=20),
    ]
    rows = []
    for each in subjects:
        for memory in MEMORIES:
            calls, expected = read(each, memory)
            off = "" if calls == expected else f"{calls - expected:+}"
            rows.append((each.name, memory.name, f"{len(each.desired):,}", str(calls), str(expected), off))
    show(
        "Calls of a refresh",
        ("", "memory", "resources", "calls", "formula", "off"),
        rows,
    )
    assert [row for row in rows if row[-1]] == []
