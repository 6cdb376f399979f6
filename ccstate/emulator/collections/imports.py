"""Bulk activities that import contacts, from a CSV file or a JSON payload.

What is wrong with the request, or with the file as a whole, is an error at once (assumed). What is wrong with
a contact the activity counts and tells, and imports the others.
"""

from __future__ import annotations

import json
from typing import Any

from ccstate.emulator import forms
from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.bulk import import_files, import_lines, jobs, sources
from ccstate.emulator.bulk.import_files import BadFile, Line
from ccstate.emulator.bulk.import_lines import BadLine, Import
from ccstate.emulator.bulk.jobs import Counts, Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.contacts import people
from ccstate.emulator.errors import wrong_media_type
from ccstate.emulator.forms import Part
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

MOST_CONTACTS = 40_000  # of a payload, says the guide
LONGEST_FILE_NAME = 255
_SERVICE = "contacts"
_PERMISSIONS = ("not_set", "explicit")
# How a contact is told, and how long its address may be: 50 characters says the contract of payloads alone.
_OF_PAYLOAD = {"noun": "Contact", "longest_address": 50}
_OF_FILE = {"noun": "Line", "longest_address": 80}


def from_json(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(("import_data", "list_ids", "sms_permission_to_send"))
    contacts = checks.items("import_data", dict, most=MOST_CONTACTS)
    if not contacts and not checks.problems:
        checks.problem("import_data is missing")
    request = _request(checks)
    checks.done()
    lines = import_files.from_json(contacts, call.content)
    return _queue(call, _JSON_IMPORT, Order(_OF_PAYLOAD | request, _counts(lines)), lines)


def from_file(call: Call) -> Answer:
    parts = forms.read(call)
    checks = Checks(call, _fields(parts))
    request = _request(checks)
    name, content = next(
        ((part.file_name, part.content) for part in parts if part.name == "file" and part.file_name),
        ("", b""),
    )
    if not name:
        checks.problem("file is missing")
    elif not name.lower().endswith(".csv"):
        raise wrong_media_type("a file of type .csv")
    lines = _lines(checks, content) if name else []
    checks.done()
    order = Order(_OF_FILE | request, _counts(lines, headings=1), name[-LONGEST_FILE_NAME:])
    return _queue(call, _FILE_IMPORT, order, lines)


OPERATIONS = (
    Operation("POST", "/activities/contacts_json_import", from_json, _SERVICE, CONTACTS_WRITE),
    Operation(
        "POST", "/activities/contacts_file_import", from_file, _SERVICE, CONTACTS_WRITE,
        media_type="multipart/form-data",
    ),
)  # fmt: skip


def _fields(parts: list[Part]) -> dict[str, Any]:
    """The plain fields of a form. Ids of lists stand in one field, by commas, or in many (assumed)."""
    fields: dict[str, Any] = {part.name: part.text for part in parts if part.file_name is None}
    given = [part.text or "" for part in parts if part.name == "list_ids"]
    ids = [text.strip() for text in ",".join(given).split(",")]
    return fields | {"list_ids": [text for text in ids if text]}


def _lines(checks: Checks, content: bytes) -> list[Line]:
    try:
        return import_files.from_csv(content)
    except BadFile as problem:
        checks.problem(f"file {problem}")
        return []


def _request(checks: Checks) -> dict[str, Any]:
    list_ids = sources.required_ids(checks, "list_ids")
    permission = checks.text("sms_permission_to_send") or "not_set"
    if permission not in _PERMISSIONS:
        checks.problem(f"sms_permission_to_send does not have a valid value (of {', '.join(_PERMISSIONS)})")
    return {"list_ids": list_ids, "sms_permission_to_send": permission}


def _counts(lines: list[Line], headings: int = 0) -> Counts:
    return {
        "items_total_count": len(lines) + headings,
        "person_count": len(lines),
        "error_count": 0,
        "correctable_count": 0,
        "cannot_add_to_list_count": 0,
    }


def _queue(call: Call, job: Job, order: Order, lines: list[Line]) -> Answer:
    answer = jobs.queue(call, job, order)
    call.world.db.insert("imports", activity_id=answer.body["activity_id"], import_lines=packed(lines))
    return answer


def _import(world: World, at: int, task: Task) -> Outcome:
    """Contact by contact, in their order: the second one with an address changes what the first one made."""
    sql = "DELETE FROM imports WHERE activity_id = ? RETURNING import_lines"
    lines: list[Line] = json.loads(world.db.value(sql, task.activity_id) or "[]")
    list_ids, errors = sources.known(world, "list_ids", task.ids("list_ids"))
    whole = Import(
        list_ids,
        {row["name"]: row for row in world.db.rows("SELECT * FROM custom_fields")},
        task.request["sms_permission_to_send"],
        task.request["longest_address"],
    )
    counts: Counts = {"error_count": len(errors), "correctable_count": 0, "cannot_add_to_list_count": 0}
    for number, raw in lines:
        try:
            if not _import_line(world, at, whole, raw):
                counts["cannot_add_to_list_count"] += 1
        except BadLine as problem:
            counts["correctable_count" if problem.correctable else "error_count"] += 1
            errors.append(f"{task.request['noun']} {number}: {problem}")
    counts["error_count"] += len(whole.unknown)
    return Outcome(counts, [*errors, *(f"{word} is not a known property" for word in whole.unknown)])


def _import_line(world: World, at: int, whole: Import, raw: Any) -> bool:
    """Whether the contact could be put on the lists."""
    values = import_lines.values_of(whole, raw)
    before = import_lines.find(world, whole, values)
    person = import_lines.person(world, whole, values, before)
    if before is None:
        people.insert(world, at, person)
    else:
        people.update(world, at, before, person, adding=True)
    return person.list_ids is not None


_JSON_IMPORT = Job("contacts_json_import", _import)
_FILE_IMPORT = Job("contacts_file_import", _import)
JOBS = (_JSON_IMPORT, _FILE_IMPORT)
