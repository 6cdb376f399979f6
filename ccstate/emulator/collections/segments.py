"""Segments: a name and criteria as one JSON string. A deleted one leaves the collection but answers by id.

Criteria are checked and kept as they are. Whom they select is asked anew each time, by whoever lists, mails
or exports a segment: see `evaluation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import LISTS_READ, LISTS_WRITE
from ccstate.emulator.checks import LARGEST, Checks
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import holder, key_of, shown_from
from ccstate.emulator.segments import criteria
from ccstate.emulator.storage.clock import with_zeros
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LONGEST_NAME = 255  # assumed: the documentation names no limit
LARGEST_ACCOUNT = 1000  # assumed: as many as a page can hold
_SERVICE = "segments"


def collection(call: Call) -> Answer:
    """Without the criteria: those take one GET for each segment."""
    page = pages.wanted(call, default=1000, most=1000)
    order = call.query.get("sort_by", "date")
    if order not in ("date", "name"):
        call.refuse("sort_by does not have a valid value (of date, name)")
    rows = _by_name(call, page) if order == "name" else _by_date(call, page)
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"segments": [_shown(row) for row in rows]}
    return Answer(200, body | pages.links(call, page, _key(rows[-1], order) if more else None))


def create(call: Call) -> Answer:
    name, text = _read(call)
    _refuse_taken(call.world, name)
    _refuse_full(call)
    segment_id = insert(call.world, call.now, name, text)
    return Answer(201, _shown(find(call, str(segment_id)), detail=True))


def show(call: Call, segment_id: str) -> Answer:
    return Answer(200, _shown(find(call, segment_id, deleted_too=True), detail=True))


def update(call: Call, segment_id: str) -> Answer:
    """Name and criteria are both mandatory, every time."""
    row = find(call, segment_id)
    name, text = _read(call)
    _refuse_taken(call.world, name, besides=row["segment_id"])
    _change(call, row, name, text)
    return Answer(200, _shown(find(call, segment_id), detail=True))


def rename(call: Call, segment_id: str) -> Answer:
    row = find(call, segment_id)
    checks = Checks(call)
    checks.only(("name",))
    name = checks.text("name", required=True, most=LONGEST_NAME) or ""
    checks.done()
    _refuse_taken(call.world, name, besides=row["segment_id"])
    _change(call, row, name, row["criteria"])
    return Answer(200, _shown(find(call, segment_id), detail=True))


def delete(call: Call, segment_id: str) -> Answer:
    row = find(call, segment_id)
    call.world.db.run("UPDATE segments SET deleted_at = ? WHERE segment_id = ?", call.now, row["segment_id"])
    return Answer(204)


OPERATIONS = (
    Operation("GET", "/segments", collection, _SERVICE, LISTS_READ),
    Operation("POST", "/segments", create, _SERVICE, LISTS_WRITE),
    Operation("GET", "/segments/{segment_id}", show, _SERVICE, LISTS_READ),
    Operation("PUT", "/segments/{segment_id}", update, _SERVICE, LISTS_WRITE),
    Operation("DELETE", "/segments/{segment_id}", delete, _SERVICE, LISTS_WRITE),
    Operation("PATCH", "/segments/{segment_id}/name", rename, _SERVICE, LISTS_WRITE),
)


def insert(world: World, now: int, name: str, text: str) -> int:
    stored = criteria.rewritten(text) if world.switches.rewrite_criteria else text
    return world.db.insert(
        "segments",
        segment_id=world.db.count("segment_id"),
        name=name,
        name_key=key_of(name),
        criteria=stored,
        created_at=now,
        edited_at=now,
    )


def exists(world: World, segment_id: int) -> bool:
    sql = "SELECT 1 FROM segments WHERE segment_id = ? AND deleted_at IS NULL"
    return abs(segment_id) <= LARGEST and world.db.row(sql, segment_id) is not None


def _change(call: Call, row: Mapping[str, Any], name: str, text: str) -> None:
    rewrite = call.world.switches.rewrite_criteria and text != row["criteria"]
    stored = criteria.rewritten(text) if rewrite else text
    call.world.db.run(
        "UPDATE segments SET name = ?, name_key = ?, criteria = ?, edited_at = ? WHERE segment_id = ?",
        name, key_of(name), stored, call.now, row["segment_id"],
    )  # fmt: skip


def _key(row: Mapping[str, Any], order: str) -> str:
    return str(row["segment_id"]) if order == "name" else f"{row['edited_at']}.{row['segment_id']}"


def _by_date(call: Call, page: pages.Page) -> list[Any]:
    edited, number = pages.position(call, page, 2) or (2**62, 2**62)
    return call.world.db.rows(
        "SELECT * FROM segments WHERE deleted_at IS NULL AND created_at <= ? "
        "AND (edited_at, segment_id) < (?, ?) "
        "ORDER BY edited_at DESC, segment_id DESC LIMIT ?",
        shown_from(call.world, call.now), edited, number, page.limit + 1,
    )  # fmt: skip


def _by_name(call: Call, page: pages.Page) -> list[Any]:
    """The key is the id of the last segment shown; the name that it has by now is where it goes on."""
    (number,) = pages.position(call, page, 1) or (0,)
    name = call.world.db.value("SELECT name_key FROM segments WHERE segment_id = ?", number) or ""
    return call.world.db.rows(
        "SELECT * FROM segments WHERE deleted_at IS NULL AND created_at <= ? "
        "AND (name_key, segment_id) > (?, ?) "
        "ORDER BY name_key, segment_id LIMIT ?",
        shown_from(call.world, call.now), name, number, page.limit + 1,
    )  # fmt: skip


def _read(call: Call) -> tuple[str, str]:
    checks = Checks(call)
    checks.only(("name", "segment_criteria", "segment_id", "created_at", "edited_at"))
    name = checks.text("name", required=True, most=LONGEST_NAME) or ""
    text = checks.text("segment_criteria", required=True)
    if text is not None:
        checks.problems += criteria.problems(text, permissive=call.world.switches.permissive_criteria)
    checks.done()
    return name, text or ""


def _refuse_full(call: Call) -> None:
    if call.world.switches.account_limits:
        alive = call.world.db.value("SELECT count(*) FROM segments WHERE deleted_at IS NULL")
        if alive >= LARGEST_ACCOUNT:
            call.refuse(f"an account can have {LARGEST_ACCOUNT} segments")


def _refuse_taken(world: World, name: str, besides: int | None = None) -> None:
    condition = "1" if world.switches.deleted_segments_keep_name else "deleted_at IS NULL"
    found = holder(world, "segments", "segment_id", name, besides=besides, condition=condition)
    if found is not None:
        raise conflict(_SERVICE, f"Name already exists for segment {found}")


def find(call: Call, segment_id: str, *, deleted_too: bool = False) -> Mapping[str, Any]:
    if not (
        segment_id.isascii() and segment_id.isdigit() and len(segment_id) <= 10 and int(segment_id) <= LARGEST
    ):
        call.refuse("segment_id must be an integer of 32 bits")
    row = call.world.db.row("SELECT * FROM segments WHERE segment_id = ?", int(segment_id))
    if row is None or (row["deleted_at"] is not None and not deleted_too):
        raise not_found(_SERVICE, f"Segment {segment_id} was not found")
    return row


def _shown(row: Mapping[str, Any], *, detail: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": row["name"]}
    if detail:
        shown["segment_criteria"] = row["criteria"]
    return shown | {
        "segment_id": row["segment_id"],
        "created_at": with_zeros(row["created_at"]),
        "edited_at": with_zeros(row["edited_at"]),
    }
