"""Contact lists: created and changed at once, deleted by an asynchronous job, kept as deleted ever after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import LISTS_READ, LISTS_WRITE
from ccstate.emulator.bulk import jobs
from ccstate.emulator.bulk.jobs import Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.contacts import xrefs
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import checked_uuid, holder, key_of, shown_from
from ccstate.emulator.storage.clock import with_seconds
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LARGEST_ACCOUNT = 1000
LONGEST_NAME = 255
_SERVICE = "contacts"
_STATUSES = ("all", "active", "deleted")


def collection(call: Call) -> Answer:
    page = pages.wanted(call, default=50, most=1000)
    after = pages.position(call, page, 1) or (0,)
    condition, values = _filter(call)
    rows = call.world.db.rows(
        f"SELECT * FROM lists WHERE seq > ? AND {condition} ORDER BY seq LIMIT ?",
        *after,
        *values,
        page.limit + 1,
    )
    more, rows = len(rows) > page.limit, rows[: page.limit]
    counts = _membership_counts(call, [row["list_id"] for row in rows])
    body: dict[str, Any] = {"lists": [_shown(row, counts) for row in rows]}
    if call.flag("include_count"):
        body["lists_count"] = call.world.db.value(f"SELECT count(*) FROM lists WHERE {condition}", *values)
    return Answer(200, body | pages.links(call, page, str(rows[-1]["seq"]) if more else None))


def create(call: Call) -> Answer:
    name, description, favorite = _read(call)
    _refuse_taken(call.world, name)
    if call.world.db.value("SELECT count(*) FROM lists WHERE deleted_at IS NULL") >= LARGEST_ACCOUNT:
        call.refuse(f"an account can have {LARGEST_ACCOUNT} lists")
    list_id = insert(call.world, call.now, name, description, favorite=favorite)
    return Answer(201, _shown(_find(call, list_id)))


def show(call: Call, list_id: str) -> Answer:
    row = _find(call, list_id, deleted_too=True)
    return Answer(200, _shown(row, _membership_counts(call, [row["list_id"]])))


def update(call: Call, list_id: str) -> Answer:
    """A full replace: what is left out goes back to absent or false (assumed from the general rule)."""
    row = _find(call, list_id)
    name, description, favorite = _read(call)
    _refuse_taken(call.world, name, besides=row["list_id"])
    call.world.db.run(
        "UPDATE lists SET name = ?, name_key = ?, description = ?, favorite = ?, updated_at = ? "
        "WHERE list_id = ?",
        name, key_of(name), description, favorite, call.now, row["list_id"],
    )  # fmt: skip
    return Answer(200, _shown(_find(call, list_id)))


def delete(call: Call, list_id: str) -> Answer:
    row = _find(call, list_id)
    if is_last(call.world):
        call.refuse("the last list of an account cannot be deleted")
    activity = jobs.start(call.world, call.now, DELETION, deletion_of([row["list_id"]]))
    location = f"{call.origin}{activity['_links']['self']['href']}"
    return Answer(202, activity, ((b"location", location.encode("latin-1", "replace")),))


def cross_references(call: Call) -> Answer:
    """By place in the order of creation; numbers that nothing has are left out (assumed)."""
    wanted = xrefs.numbers(call, "sequence_ids", 500)
    sql = "SELECT seq, list_id FROM lists WHERE seq = ?"
    rows = [row for number in wanted if (row := call.world.db.row(sql, number))]
    found = [{"sequence_id": wanted[row["seq"]], "list_id": row["list_id"]} for row in rows]
    return Answer(200, {"xrefs": found})


OPERATIONS = (
    Operation(
        "GET", "/contact_lists", collection, _SERVICE, LISTS_READ, missing="SMS lists and their counts"
    ),
    Operation("POST", "/contact_lists", create, _SERVICE, LISTS_WRITE),
    Operation("GET", "/contact_lists/list_id_xrefs", cross_references, _SERVICE, LISTS_READ),
    Operation("GET", "/contact_lists/{list_id}", show, _SERVICE, LISTS_READ),
    Operation("PUT", "/contact_lists/{list_id}", update, _SERVICE, LISTS_WRITE),
    Operation("DELETE", "/contact_lists/{list_id}", delete, _SERVICE, LISTS_WRITE),
)


def insert(world: World, now: int, name: str, description: str | None, *, favorite: bool) -> str:
    list_id = world.ids.time_based()
    world.db.insert(
        "lists",
        list_id=list_id,
        name=name,
        name_key=key_of(name),
        description=description,
        favorite=favorite,
        created_at=now,
        updated_at=now,
    )
    return list_id


def remove(world: World, at: int, list_id: str) -> str | None:
    """Delete one list with its memberships, as a job does; answer what kept it from doing so."""
    if not exists(world, list_id):
        return f"List {list_id} was not found"
    if is_last(world):
        return f"List {list_id} is the last list of the account and cannot be deleted"
    world.db.run("UPDATE lists SET deleted_at = ?, updated_at = ? WHERE list_id = ?", at, at, list_id)
    world.db.run("DELETE FROM memberships WHERE list_id = ?", list_id)
    return None


def deletion_of(list_ids: list[str]) -> Order:
    return Order({"list_ids": list_ids}, {"list_count": len(list_ids)})


def _remove_all(world: World, at: int, task: Task) -> Outcome:
    list_ids = task.ids("list_ids")
    errors = jobs.each(list_ids, lambda list_id: remove(world, at, list_id))
    return Outcome({"list_count": len(list_ids) - len(errors)}, errors)


DELETION = Job("list_delete", _remove_all)
JOBS = (DELETION,)


def exists(world: World, list_id: str) -> bool:
    return world.db.row("SELECT 1 FROM lists WHERE list_id = ? AND deleted_at IS NULL", list_id) is not None


def is_last(world: World) -> bool:
    """The knowledge base says that an account keeps one list; the switch lifts that."""
    if world.switches.last_list_deletable:
        return False
    return len(world.db.rows("SELECT 1 FROM lists WHERE deleted_at IS NULL LIMIT 2")) < 2


def _read(call: Call) -> tuple[str, str | None, bool]:
    checks = Checks(call)
    checks.only(
        ("list_id", "name", "description", "favorite", "created_at", "updated_at", "membership_count")
    )
    name = checks.text("name", required=True, most=LONGEST_NAME)
    description, favorite = checks.text("description"), checks.boolean("favorite")
    checks.done()
    return name or "", description, bool(favorite)


def _refuse_taken(world: World, name: str, besides: str | None = None) -> None:
    condition = "1" if world.switches.deleted_lists_keep_name else "deleted_at IS NULL"
    found = holder(world, "lists", "list_id", name, besides=besides, condition=condition)
    if found is not None:
        raise conflict(_SERVICE, f"Name already exists for list {found}")


def _find(call: Call, list_id: str, *, deleted_too: bool = False) -> Mapping[str, Any]:
    row = call.world.db.row("SELECT * FROM lists WHERE list_id = ?", checked_uuid(call, "list_id", list_id))
    if row is None or (row["deleted_at"] is not None and not deleted_too):
        raise not_found(_SERVICE, f"List {list_id} was not found")
    return row


def _filter(call: Call) -> tuple[str, list[Any]]:
    """The condition of the collection: active lists, unless `status` says otherwise."""
    call.choices("channel_type", ("email", "sms"))
    statuses = set(call.choices("status", _STATUSES)) or {"active"}
    condition, values = ["created_at <= ?"], [shown_from(call.world, call.now)]
    if "all" not in statuses and statuses != {"active", "deleted"}:
        condition.append(f"deleted_at IS {'NOT NULL' if statuses == {'deleted'} else 'NULL'}")
    if (name := call.parameter("name")) is not None:
        condition.append("name_key = ?")
        return " AND ".join(condition), [*values, key_of(name)]
    return " AND ".join(condition), values


def _membership_counts(call: Call, list_ids: list[str]) -> dict[str, int] | None:
    wanted = call.choices("include_membership_count", ("all", "active"))
    if not wanted:
        return None
    where = f"WHERE list_id IN ({', '.join('?' * len(list_ids))})"
    members = f"SELECT list_id, count(*) AS members FROM memberships {where} GROUP BY list_id"
    counts = dict.fromkeys(list_ids, 0) | _counted(call.world, members, list_ids)
    if wanted == ["active"]:  # the others are few, so they are subtracted
        others = (
            "SELECT list_id, count(*) AS members FROM contacts CROSS JOIN memberships USING (contact) "
            f"{where} AND status IN ('not_set', 'pending_confirmation', 'temp_hold', 'unsubscribed') "
            "GROUP BY list_id"
        )
        for list_id, members_not_active in _counted(call.world, others, list_ids).items():
            counts[list_id] -= members_not_active
    return counts


def _counted(world: World, sql: str, list_ids: list[str]) -> dict[str, int]:
    return {row["list_id"]: row["members"] for row in world.db.rows(sql, *list_ids)}


def _shown(row: Mapping[str, Any], counts: Mapping[str, int] | None = None) -> dict[str, Any]:
    shown = {"list_id": row["list_id"], "name": row["name"]}
    if row["description"] is not None:
        shown["description"] = row["description"]
    shown |= {
        "favorite": bool(row["favorite"]),
        "created_at": with_seconds(row["created_at"]),
        "updated_at": with_seconds(row["updated_at"]),
    }
    if row["deleted_at"] is not None:
        shown["deleted_at"] = with_seconds(row["deleted_at"])
    if counts is not None:
        shown["membership_count"] = counts[row["list_id"]]
    return shown
