"""Bulk activities that put contacts on lists and take them off."""

from __future__ import annotations

from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.bulk import jobs, relations, sources
from ccstate.emulator.bulk.jobs import Counts, Job, Order, Outcome, Task
from ccstate.emulator.bulk.relations import MEMBERSHIPS
from ccstate.emulator.checks import Checks
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "contacts"
_OFF = ("contact_ids", "list_ids", "tag_ids", "all_active_contacts", "engagement_level")
_ON = (*_OFF, "segment_id")


def add(call: Call) -> Answer:
    return jobs.queue(call, _ADDING, _order(call, _ON))


def remove(call: Call) -> Answer:
    """A segment is no source here, unlike where contacts are added."""
    return jobs.queue(call, _REMOVING, _order(call, _OFF))


OPERATIONS = (
    Operation("POST", "/activities/add_list_memberships", add, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/remove_list_memberships", remove, _SERVICE, CONTACTS_WRITE),
)


def _order(call: Call, allowed: tuple[str, ...]) -> Order:
    checks = Checks(call)
    checks.only(("source", "exclude", "list_ids"))
    source, list_ids = sources.read(checks, allowed), sources.required_ids(checks, "list_ids")
    checks.done()
    return Order({"source": source, "list_ids": list_ids}, {"list_count": len(list_ids)})


def _measure(world: World, at: int, task: Task) -> Counts:
    return sources.counts(sources.measure(world, at, task.request["source"]))


def _add(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request["source"])
    list_ids, unknown = sources.known(world, "list_ids", task.ids("list_ids"))
    rejected = relations.unchoose_unsubscribed(world)
    rejected += relations.add_to_chosen(world, at, MEMBERSHIPS, list_ids)
    errors = [*choice.errors, *unknown, *rejected]
    return Outcome(sources.counts(choice.total, choice.found - len(rejected)), errors)


def _remove(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request["source"])
    list_ids, unknown = sources.known(world, "list_ids", task.ids("list_ids"))
    relations.remove_from_chosen(world, at, MEMBERSHIPS, list_ids)
    return Outcome(sources.counts(choice.total, choice.found), [*choice.errors, *unknown])


_ADDING = Job("add_list_memberships", _add, _measure)
_REMOVING = Job("remove_list_memberships", _remove, _measure)
JOBS = (_ADDING, _REMOVING)
