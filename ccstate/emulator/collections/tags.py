"""Tags: a name and an unchangeable source. Deleting one is a job that first takes it off all contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CONTACTS_READ, CONTACTS_WRITE
from ccstate.emulator.bulk import jobs
from ccstate.emulator.bulk.jobs import Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import checked_uuid, holder, key_of, shown_from
from ccstate.emulator.storage.clock import with_seconds
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LONGEST_NAME = 255
LARGEST_ACCOUNT = 500  # assumed: as many as one bulk job deletes
_SERVICE = "contacts"


def collection(call: Call) -> Answer:
    page = pages.wanted(call, default=50, most=500)
    (after,) = pages.position(call, page, 1) or (0,)
    rows = call.world.db.rows(
        "SELECT * FROM tags WHERE seq > ? AND created_at <= ? ORDER BY seq LIMIT ?",
        after, shown_from(call.world, call.now), page.limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > page.limit, rows[: page.limit]
    shown = [_shown(row, call) for row in rows]
    return Answer(200, {"tags": shown} | pages.links(call, page, str(rows[-1]["seq"]) if more else None))


def create(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(("name", "tag_source"))
    name, source = _name(checks), checks.text("tag_source", most=255)
    checks.done()
    _refuse_taken(call.world, name)
    limited = call.world.switches.account_limits
    if limited and call.world.db.value("SELECT count(*) FROM tags") >= LARGEST_ACCOUNT:
        call.refuse(f"an account can have {LARGEST_ACCOUNT} tags")
    tag_id = insert(call.world, call.now, name, source)
    return Answer(201, _shown(_find(call, tag_id)))


def show(call: Call, tag_id: str) -> Answer:
    return Answer(200, _shown(_find(call, tag_id), call))


def update(call: Call, tag_id: str) -> Answer:
    """Rename. The source cannot be changed, and the guide's sample does not even repeat it."""
    row = _find(call, tag_id)
    checks = Checks(call)
    checks.only(("name", "tag_id", "tag_source", "created_at", "updated_at", "contacts_count"))
    name = _name(checks)
    checks.done()
    _refuse_taken(call.world, name, besides=row["tag_id"])
    sql = "UPDATE tags SET name = ?, name_key = ?, updated_at = ? WHERE tag_id = ?"
    call.world.db.run(sql, name, key_of(name), call.now, row["tag_id"])
    shown = _shown(_find(call, tag_id))
    shown.pop("tag_source", None)
    return Answer(200, shown)


def delete(call: Call, tag_id: str) -> Answer:
    row = _find(call, tag_id)
    return Answer(202, jobs.start(call.world, call.now, DELETION, deletion_of([row["tag_id"]])))


OPERATIONS = (
    Operation("GET", "/contact_tags", collection, _SERVICE, CONTACTS_READ),
    Operation("POST", "/contact_tags", create, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/contact_tags/{tag_id}", show, _SERVICE, CONTACTS_READ),
    Operation("PUT", "/contact_tags/{tag_id}", update, _SERVICE, CONTACTS_WRITE),
    Operation("DELETE", "/contact_tags/{tag_id}", delete, _SERVICE, CONTACTS_WRITE),
)


def insert(world: World, now: int, name: str, source: str | None) -> str:
    tag_id = world.ids.time_based()
    world.db.insert(
        "tags",
        tag_id=tag_id,
        name=name,
        name_key=key_of(name),
        tag_source=source,
        created_at=now,
        updated_at=now,
    )
    return tag_id


def remove(world: World, tag_id: str) -> str | None:
    """Delete one tag and its taggings, as a job does; answer what kept it from doing so."""
    if not world.db.run("DELETE FROM tags WHERE tag_id = ?", tag_id):
        return f"Tag {tag_id} was not found"
    world.db.run("DELETE FROM taggings WHERE tag_id = ?", tag_id)
    return None


def deletion_of(tag_ids: list[str]) -> Order:
    return Order({"tag_ids": tag_ids}, {"items_total_count": len(tag_ids), "items_completed_count": 0})


def _remove_all(world: World, at: int, task: Task) -> Outcome:  # noqa: ARG001 - the form that all jobs share
    tag_ids = task.ids("tag_ids")
    errors = jobs.each(tag_ids, lambda tag_id: remove(world, tag_id))
    return Outcome({"items_completed_count": len(tag_ids) - len(errors)}, errors)


DELETION = Job("contacts_tags_delete", _remove_all)
JOBS = (DELETION,)


def _name(checks: Checks) -> str:
    name = checks.text("name", required=True, least=1, most=LONGEST_NAME)
    if name is not None and ("<" in name or ">" in name):
        checks.problem("name must not contain < or >")
    return name or ""


def _refuse_taken(world: World, name: str, besides: str | None = None) -> None:
    found = holder(world, "tags", "tag_id", name, besides=besides)
    if found is not None:
        raise conflict(_SERVICE, f"Name already exists for tag {found}")


def _find(call: Call, tag_id: str) -> Mapping[str, Any]:
    row = call.world.db.row("SELECT * FROM tags WHERE tag_id = ?", checked_uuid(call, "tag_id", tag_id))
    if row is None:
        raise not_found(_SERVICE, f"Tag {tag_id} was not found")
    return row


def _contacts_count(world: World, tag_id: str) -> int:
    """Deleted contacts keep their tags and do not count; there are few of them, so they are subtracted."""
    everybody = world.db.value("SELECT count(*) FROM taggings WHERE tag_id = ?", tag_id)
    deleted = world.db.value(
        "SELECT count(*) FROM contacts CROSS JOIN taggings USING (contact) "
        "WHERE status = 'deleted' AND tag_id = ?",
        tag_id,
    )
    return int(everybody - deleted)


def _shown(row: Mapping[str, Any], call: Call | None = None) -> dict[str, Any]:
    shown = {"tag_id": row["tag_id"], "name": row["name"]}
    if row["tag_source"] is not None:
        shown["tag_source"] = row["tag_source"]
    shown |= {"created_at": with_seconds(row["created_at"]), "updated_at": with_seconds(row["updated_at"])}
    if call is not None and call.flag("include_count"):
        shown["contacts_count"] = _contacts_count(call.world, row["tag_id"])
    return shown
