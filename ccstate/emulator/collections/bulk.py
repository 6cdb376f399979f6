"""Bulk activities: watching them, and starting those that delete lists, tags, custom fields and contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.bulk import jobs, sources
from ccstate.emulator.bulk.jobs import Counts, Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import custom_fields, lists, tags
from ccstate.emulator.contacts import people
from ccstate.emulator.errors import not_found
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "contacts"
_STATES = ("processing", "completed", "cancelled", "failed", "timed_out")  # `initialized` is no filter value


def collection(call: Call) -> Answer:
    """The activities of the last ten days, newest first (the order is assumed)."""
    page = pages.wanted(call, default=50, most=500)
    states = call.choices("state", _STATES) or [*_STATES, "initialized"]
    (before,) = pages.position(call, page, 1) or (2**62,)
    rows = jobs.newest(call.world, call.now, states, before, page.limit + 1)
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"activities": [jobs.shown(row) for row in rows]}
    return Answer(200, body | pages.links(call, page, str(rows[-1]["seq"]) if more else None))


def show(call: Call, activity_id: str) -> Answer:
    row = jobs.find(call.world, call.now, checked_uuid(call, "activity_id", activity_id))
    if row is None:
        raise not_found(_SERVICE, f"Activity {activity_id} was not found")
    return Answer(200, jobs.shown(row))


def delete_lists(call: Call) -> Answer:
    return _delete(call, lists.DELETION, lists.deletion_of, "list_ids", most=100)


def delete_tags(call: Call) -> Answer:
    return _delete(call, tags.DELETION, tags.deletion_of, "tag_ids", most=500)


def delete_custom_fields(call: Call) -> Answer:
    """The contract's schema allows no element at all; its prose, which we follow, allows 100."""
    return _delete(call, custom_fields.DELETION, custom_fields.deletion_of, "custom_field_ids", most=100)


def delete_contacts(call: Call) -> Answer:
    """By their ids, or all members of some lists."""
    checks = Checks(call)
    checks.only(("contact_ids", "list_ids"))
    chosen = {name: ids for name in ("contact_ids", "list_ids") if (ids := sources.ids(checks, name))}
    if not checks.problems and len(chosen) != 1:
        checks.problem("either contact_ids or list_ids is wanted")
    checks.done()
    counts = {"list_count": len(chosen["list_ids"])} if "list_ids" in chosen else {}
    return jobs.queue(call, _CONTACT_DELETION, Order(chosen, counts))


OPERATIONS = (
    Operation("GET", "/activities", collection, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/activities/{activity_id}", show, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/list_delete", delete_lists, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/contacts_tags_delete", delete_tags, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/custom_fields_delete", delete_custom_fields, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/contact_delete", delete_contacts, _SERVICE, CONTACTS_WRITE),
)


def _delete(call: Call, job: Job, order: Callable[[list[str]], Order], name: str, *, most: int) -> Answer:
    """Ids that do not exist are no reason to refuse: the job reports them (assumed)."""
    checks = Checks(call)
    checks.only((name,))
    ids = sources.required_ids(checks, name, most)
    checks.done()
    return jobs.queue(call, job, order(ids))


def _measure(world: World, at: int, task: Task) -> Counts:
    return sources.counts(sources.measure(world, at, task.request))


def _delete_contacts(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request)
    deleted = people.delete_all(world, at, sources.CHOSEN)
    return Outcome(sources.counts(choice.total, deleted), choice.errors)


_CONTACT_DELETION = Job("contact_delete", _delete_contacts, _measure)
JOBS = (_CONTACT_DELETION,)
HAPPENINGS = jobs.HAPPENINGS
