"""The bulk activity that exports contacts, and the file that it leaves behind.

The file is named by the activity: the contract asks for the `activity_id` in one sentence and for the id from
the `results` link in the next, and prints that link with another path than the operation has; ours can be
followed.
"""

from __future__ import annotations

from itertools import combinations

from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.bulk import contact_files, jobs, sources
from ccstate.emulator.bulk.jobs import Counts, Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import not_found
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

MOST_EXCLUDED = 50
_SERVICE = "contacts"
_SOURCES = ("contact_ids", "list_ids", "tag_ids", "new_subscriber", "segment_id")
_TOGETHER = {  # all other filters exclude each other
    frozenset(pair)
    for pair in (
        ("contact_ids", "status"),
        ("list_ids", "status"),
        ("list_ids", "exclude"),
        ("list_ids", "new_subscriber"),
        ("new_subscriber", "exclude"),
    )
}


def export(call: Call) -> Answer:
    checks = Checks(call)
    checks.only((*_SOURCES, "fields", "status", "exclude"))
    filters = {name: sources.value_of(checks, name) for name in _SOURCES}
    filters |= {"status": _status(checks), "exclude": sources.read_exclude(checks, MOST_EXCLUDED)}
    source = {name: value for name, value in filters.items() if value}
    for first, second in combinations(source, 2):
        if frozenset((first, second)) not in _TOGETHER:
            checks.problem(f"{first} and {second} exclude each other")
    fields = _fields(checks)
    checks.done()
    return jobs.queue(call, _EXPORT, Order({"source": source, "fields": fields}))


def show(call: Call, file_export_id: str) -> Answer:
    activity_id = checked_uuid(call, "file_export_id", file_export_id)
    row = jobs.find(call.world, call.now, activity_id)
    if row is None or row["job"] != _EXPORT.name or row["state"] != "completed":
        raise not_found(_SERVICE, f"Exported file {file_export_id} was not found")
    sql = "SELECT lines FROM export_parts WHERE activity_id = ? ORDER BY position"
    parts = call.world.db.rows(sql, activity_id)
    return Answer(200, "".join(part["lines"] for part in parts), media_type="text/csv")


OPERATIONS = (
    Operation("POST", "/activities/contact_exports", export, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/contact_exports/{file_export_id}", show, _SERVICE, CONTACTS_WRITE),
)


def _status(checks: Checks) -> str | None:
    """The release notes' words; `removed` are deleted contacts, who are in no other file (assumed)."""
    status = checks.text("status")
    if status and status not in sources.STATUSES:
        checks.problem(f"status does not have a valid value (of {', '.join(sources.STATUSES)})")
    return status


def _fields(checks: Checks) -> list[str]:
    """The fields that the guide names, and custom fields by their name with `cf:` before it (assumed)."""
    fields = list(dict.fromkeys(checks.items("fields", str)))
    known = checks.call.world.db.rows("SELECT name FROM custom_fields")
    allowed = {*contact_files.FIELDS, *(f"cf:{row['name']}" for row in known)}
    if unknown := [field for field in fields if field not in allowed]:
        checks.problem(f"fields holds {', '.join(unknown)} (of {', '.join(contact_files.FIELDS)})")
    if set(fields) & set(contact_files.OF_EMAIL) and "email_address" not in fields:
        checks.problem(f"fields must hold email_address to export {', '.join(contact_files.OF_EMAIL)}")
    return fields


def _measure(world: World, at: int, task: Task) -> Counts:
    return sources.counts(sources.measure(world, at, task.request["source"]))


def _write(world: World, at: int, task: Task) -> Outcome:
    choice = sources.choose(world, at, task.request["source"])
    for position, lines in enumerate(contact_files.parts(world, task.request["fields"])):
        world.db.insert("export_parts", activity_id=task.activity_id, position=position, lines=lines)
    return Outcome(sources.counts(choice.total, choice.found), choice.errors)


_EXPORT = Job("contact_exports", _write, _measure, results="/v3/contact_exports/{activity_id}")
JOBS = (_EXPORT,)
