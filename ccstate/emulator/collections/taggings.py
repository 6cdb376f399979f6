"""Bulk activities that tag contacts and take tags off them."""

from __future__ import annotations

from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.bulk import jobs, relations, sources
from ccstate.emulator.bulk.jobs import Counts, Job, Order, Outcome, Task
from ccstate.emulator.bulk.relations import TAGGINGS
from ccstate.emulator.checks import Checks
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "contacts"
_SOURCES = ("contact_ids", "list_ids", "tag_ids", "all_active_contacts", "new_subscriber")


def add(call: Call) -> Answer:
    return jobs.queue(call, _ADDING, _order(call))


def remove(call: Call) -> Answer:
    return jobs.queue(call, _REMOVING, _order(call))


OPERATIONS = (
    Operation("POST", "/activities/contacts_taggings_add", add, _SERVICE, CONTACTS_WRITE),
    Operation("POST", "/activities/contacts_taggings_remove", remove, _SERVICE, CONTACTS_WRITE),
)


def _order(call: Call) -> Order:
    checks = Checks(call)
    checks.only(("source", "exclude", "tag_ids"))
    source, tag_ids = sources.read(checks, _SOURCES), sources.required_ids(checks, "tag_ids")
    checks.done()
    return Order({"source": source, "tag_ids": tag_ids})


def _measure(world: World, at: int, task: Task) -> Counts:
    return sources.counts(sources.measure(world, at, task.request["source"]))


def _add(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request["source"])
    tag_ids, unknown = sources.known(world, "tag_ids", task.ids("tag_ids"))
    rejected = relations.add_to_chosen(world, at, TAGGINGS, tag_ids)
    errors = [*choice.errors, *unknown, *rejected]
    return Outcome(sources.counts(choice.total, choice.found - len(rejected)), errors)


def _remove(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request["source"])
    tag_ids, unknown = sources.known(world, "tag_ids", task.ids("tag_ids"))
    relations.remove_from_chosen(world, at, TAGGINGS, tag_ids)
    return Outcome(sources.counts(choice.total, choice.found), [*choice.errors, *unknown])


_ADDING = Job("contacts_taggings_add", _add, _measure)
_REMOVING = Job("contacts_taggings_remove", _remove, _measure)
JOBS = (_ADDING, _REMOVING)
