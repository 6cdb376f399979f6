"""Bulk activities: how one is queued, moves on and is shown. What it does, its collection says.

    Job         what a kind of activity does when its time has come; collections list theirs in `JOBS`
    Task        one activity of that kind, with what was asked of it
    Outcome     what it came to: numbers in the activity's own words, and what went wrong

States go `initialized`, `processing`, `completed`, or `failed` where nothing could be done at all, in the
time that `activity_delay` gives them. A job works in one transaction at the end of that time: whom it
concerns is looked up then, and a process that dies on the way leaves it waiting for the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ccstate.emulator.collections import gathered
from ccstate.emulator.errors import throttled
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import DAY, SECOND, with_seconds
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call

RETENTION = 10 * DAY
MOST_QUEUED = 1000
MOST_ERRORS = 1000  # told one by one; the rest are counted (assumed, somebody has to read them)
STARTED, COMPLETED = "activity_started", "activity_completed"
_SHOWN = (
    "seq, activity_id, job, state, percent_done, errors, counts, file_name, "
    "created_at, updated_at, started_at, completed_at"
)
Counts = dict[str, int]


@dataclass(frozen=True)
class Task:
    activity_id: str
    request: dict[str, Any]

    def ids(self, name: str) -> list[str]:
        found: list[str] = self.request.get(name, [])
        return found


@dataclass(frozen=True)
class Outcome:
    counts: Counts
    errors: Sequence[str] = ()


@dataclass(frozen=True)
class Job:
    """`measure` knows more numbers once the activity is being processed; `results` is where they are."""

    name: str
    work: Callable[[World, int, Task], Outcome]
    measure: Callable[[World, int, Task], Counts] | None = None
    results: str | None = None


class CannotRun(Exception):
    """Nothing of the job can be done; raised before anything is written. The activity fails with the text."""


@dataclass(frozen=True)
class Order:
    """What a call asks for, checked: the request as the row keeps it, and the numbers known already."""

    request: dict[str, Any]
    counts: Counts = field(default_factory=dict)
    file_name: str | None = None


@cache
def known() -> dict[str, Job]:
    """Every kind of activity, by the name that its rows hold."""
    return {job.name: job for job in gathered("JOBS")}


def queue(call: Call, job: Job, order: Order) -> Answer:
    """Answer a POST to /activities: 201, or 429 where too many wait already."""
    if _queued(call.world) >= MOST_QUEUED:
        raise throttled()
    return Answer(201, start(call.world, call.now, job, order))


def start(world: World, now: int, job: Job, order: Order) -> dict[str, Any]:
    """Queue a job and answer it as the service does: `initialized`, one percent done."""
    _forget_old(world, now)
    activity_id = world.ids.time_based()
    world.db.insert(
        "activities",
        activity_id=activity_id,
        job=job.name,
        request=packed(order.request),
        state="initialized",
        percent_done=1,
        errors="[]",
        counts=packed(order.counts),
        file_name=order.file_name,
        created_at=now,
        updated_at=now,
    )
    delay = int(world.settings.activity_delay * SECOND)
    timeline.plan_job(world, now, delay // 2, STARTED, activity_id)
    timeline.plan_job(world, now, delay, COMPLETED, activity_id)
    return shown(find(world, now, activity_id) or {})


def find(world: World, now: int, activity_id: str) -> Mapping[str, Any] | None:
    """An activity as it is shown; after ten days there is none."""
    return world.db.row(
        f"SELECT {_SHOWN} FROM activities WHERE activity_id = ? AND created_at > ?",
        activity_id, now - RETENTION,
    )  # fmt: skip


def newest(world: World, now: int, states: Sequence[str], before: int, limit: int) -> list[Mapping[str, Any]]:
    marks = ", ".join("?" * len(states))
    return [
        *world.db.rows(
            f"SELECT {_SHOWN} FROM activities WHERE seq < ? AND created_at > ? AND state IN ({marks}) "
            "ORDER BY seq DESC LIMIT ?",
            before, now - RETENTION, *states, limit,
        )
    ]  # fmt: skip


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Every activity in its own words: what it does not count, it does not mention."""
    moments = {
        name: with_seconds(row[name]) for name in ("started_at", "completed_at") if row[name] is not None
    }
    counts = json.loads(row["counts"])
    return {
        "activity_id": row["activity_id"],
        "state": row["state"],
        "created_at": with_seconds(row["created_at"]),
        "updated_at": with_seconds(row["updated_at"]),
        **moments,
        **({"source_file_name": row["file_name"]} if row["file_name"] is not None else {}),
        "percent_done": row["percent_done"],
        "activity_errors": json.loads(row["errors"]),
        **({"status": counts} if counts else {}),
        "_links": _links(row),
    }


def each(ids: Sequence[str], remove: Callable[[str], str | None]) -> list[str]:
    """Remove things one by one; answer what kept some from being removed."""
    outcomes = [remove(identifier) for identifier in ids]
    return [outcome for outcome in outcomes if outcome is not None]


def begin(world: World, at: int, activity_id: str) -> None:
    task = _task(world, activity_id)
    if task is None:
        return
    job, counts = known()[task["job"]], json.loads(task["counts"])
    if job.measure is not None:
        counts |= job.measure(world, at, Task(activity_id, json.loads(task["request"])))
    world.db.run(
        "UPDATE activities SET state = 'processing', percent_done = 50, counts = ?, started_at = ?, "
        "updated_at = ? WHERE activity_id = ?",
        packed(counts), at, at, activity_id,
    )  # fmt: skip


def complete(world: World, at: int, activity_id: str) -> None:
    task = _task(world, activity_id)
    if task is None:
        return
    state, counts = "completed", json.loads(task["counts"])
    try:
        outcome = known()[task["job"]].work(world, at, Task(activity_id, json.loads(task["request"])))
    except CannotRun as problem:
        state, outcome = "failed", Outcome({}, [str(problem)])
    world.db.run(
        "UPDATE activities SET state = ?, percent_done = 100, counts = ?, errors = ?, completed_at = ?, "
        "updated_at = ? WHERE activity_id = ?",
        state, packed(counts | outcome.counts), packed(_told(outcome.errors)), at, at, activity_id,
    )  # fmt: skip


HAPPENINGS = {STARTED: begin, COMPLETED: complete}


def _task(world: World, activity_id: str) -> Mapping[str, Any] | None:
    return world.db.row("SELECT job, request, counts FROM activities WHERE activity_id = ?", activity_id)


def _queued(world: World) -> int:
    count: int = world.db.value(
        "SELECT count(*) FROM activities WHERE state IN ('initialized', 'processing')"
    )
    return count


def _forget_old(world: World, now: int) -> None:
    """Activities are kept for ten days, and what belongs to them goes with them."""
    old = "SELECT activity_id FROM activities WHERE created_at <= ? AND completed_at IS NOT NULL"
    world.db.run(f"DELETE FROM export_parts WHERE activity_id IN ({old})", now - RETENTION)
    world.db.run(f"DELETE FROM activities WHERE activity_id IN ({old})", now - RETENTION)


def _links(row: Mapping[str, Any]) -> dict[str, Any]:
    links = {"self": {"href": f"/v3/activities/{row['activity_id']}"}}
    results = known()[row["job"]].results
    if results is not None and row["state"] == "completed":
        links["results"] = {"href": results.format(activity_id=row["activity_id"])}
    return links


def _told(errors: Sequence[str]) -> list[str]:
    if len(errors) <= MOST_ERRORS:
        return list(errors)
    return [*errors[:MOST_ERRORS], f"and {len(errors) - MOST_ERRORS} more"]
