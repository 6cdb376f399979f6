"""Bulk activities: starting the three jobs that delete, watching them, and what they do in the end."""

from __future__ import annotations

import json
from typing import Any

from ccstate.emulator import jobs, pages
from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import custom_fields, lists, tags
from ccstate.emulator.database import packed
from ccstate.emulator.errors import not_found, throttled
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.wire import Answer, Call, Operation
from ccstate.emulator.world import World

MOST_QUEUED = 1000
_SERVICE = "contacts"
_STATES = ("processing", "completed", "cancelled", "failed", "timed_out")  # `initialized` is no filter value
_REMOVERS = {
    "list_delete": lists.remove,
    "contacts_tags_delete": tags.remove,
    "custom_fields_delete": custom_fields.remove,
}


def collection(call: Call) -> Answer:
    """The activities of the last ten days, newest first (the order is assumed)."""
    page = pages.wanted(call, default=50, most=500)
    states = call.choices("state", _STATES) or [*_STATES, "initialized"]
    (before,) = pages.position(call, page, 1) or (2**62,)
    marks = ", ".join("?" * len(states))
    rows = call.world.db.rows(
        f"SELECT * FROM activities WHERE seq < ? AND created_at > ? AND state IN ({marks}) "
        "ORDER BY seq DESC LIMIT ?",
        before, call.now - jobs.RETENTION, *states, page.limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"activities": [jobs.shown(row) for row in rows]}
    return Answer(200, body | pages.links(call, page, str(rows[-1]["seq"]) if more else None))


def show(call: Call, activity_id: str) -> Answer:
    row = jobs.find(call.world, checked_uuid(call, "activity_id", activity_id))
    if row is None or row["created_at"] <= call.now - jobs.RETENTION:
        raise not_found(_SERVICE, f"Activity {activity_id} was not found")
    return Answer(200, jobs.shown(row))


def delete_lists(call: Call) -> Answer:
    return _start(call, "list_delete", "list_ids", most=100)


def delete_tags(call: Call) -> Answer:
    return _start(call, "contacts_tags_delete", "tag_ids", most=500)


def delete_custom_fields(call: Call) -> Answer:
    """The contract's schema allows no element at all; its prose, which we follow, allows 100."""
    return _start(call, "custom_fields_delete", "custom_field_ids", most=100)


OPERATIONS = (
    Operation("GET", "/activities", collection, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/activities/{activity_id}", show, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/list_delete", delete_lists, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/contacts_tags_delete", delete_tags, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/custom_fields_delete", delete_custom_fields, _SERVICE, CONTACTS_WRITE),
)


def _start(call: Call, job: str, name: str, *, most: int) -> Answer:
    """Ids that do not exist are no reason to refuse: the job reports them (assumed)."""
    checks = Checks(call)
    checks.only((name,))
    items = checks.items(name, str, most=most)
    if not items and not checks.problems:
        checks.problem(f"{name} is missing")
    checks.done()
    if jobs.queued(call.world) >= MOST_QUEUED:
        raise throttled()
    return Answer(201, jobs.start(call.world, call.now, job, [item.lower() for item in items]))


def _begin(world: World, at: int, activity_id: str) -> None:
    world.db.run(
        "UPDATE activities SET state = 'processing', percent_done = 50, started_at = ?, updated_at = ? "
        "WHERE activity_id = ?",
        at, at, activity_id,
    )  # fmt: skip


def _complete(world: World, at: int, activity_id: str) -> None:
    row = jobs.find(world, activity_id)
    if row is None:
        return
    items = json.loads(row["items"])
    outcomes = [_REMOVERS[row["job"]](world, at, item) for item in items]
    errors = [outcome for outcome in outcomes if outcome is not None]
    world.db.run(
        "UPDATE activities SET state = 'completed', percent_done = 100, completed_at = ?, updated_at = ?, "
        "errors = ?, completed_count = ? WHERE activity_id = ?",
        at, at, packed(errors), len(items) - len(errors), activity_id,
    )  # fmt: skip


HAPPENINGS = {jobs.STARTED: _begin, jobs.COMPLETED: _complete}
