"""Whom a segment selects: `GET /contacts?segment_id=`, which answers 202 before it answers 200.

The documentation lets the service ask for the same request again until the result is complete. Here the first
request for a segment always starts an evaluation and answers 202. It takes as long as a bulk activity; then
the answer is 200, until the criteria change or ten minutes have passed, and it begins anew (assumed).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.collections import segments
from ccstate.emulator.contacts import contact_documents, contact_search
from ccstate.emulator.segments import evaluation
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call

EVALUATED = "segment_evaluated"
VALID = 600 * SECOND


def collection(call: Call) -> Answer:
    beside = [name for name in contact_search.PARAMETERS if call.parameter(name) is not None]
    if beside:
        call.refuse(f"segment_id can only be combined with limit, not with {', '.join(beside)}")
    page = pages.wanted(call, default=50, most=500)
    (after,) = pages.position(call, page, 1) or (0,)
    row = segments.find(call, call.query["segment_id"])
    finished = _finished(call.world, call.now, row)
    if finished is None:
        return Answer(202, {"contacts": [], "status": "processing"})
    sql, values = evaluation.selection(call.world, finished, row["criteria"])
    rows = call.world.db.rows(
        f"SELECT * FROM contacts WHERE contact IN ({sql}) AND contact > ? ORDER BY contact LIMIT ?",
        *values, after, page.limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"contacts": contact_documents.shown(call.world, rows)}
    return Answer(200, body | pages.links(call, page, str(rows[-1]["contact"]) if more else None))


def _finished(world: World, now: int, segment: Mapping[str, Any]) -> int | None:
    """When the segment was evaluated; None while that goes on, and where it only begins now."""
    known = world.db.row("SELECT * FROM evaluations WHERE segment_id = ?", segment["segment_id"])
    if known is not None and known["criteria"] == segment["criteria"]:
        if known["finished_at"] is None:
            return None
        if known["finished_at"] > now - VALID:
            return int(known["finished_at"])
    _start(world, now, segment)
    return None


def _start(world: World, now: int, segment: Mapping[str, Any]) -> None:
    reference, delay = f"segment/{segment['segment_id']}", int(world.settings.activity_delay * SECOND)
    with world.db.transaction():
        timeline.cancel(world, reference)
        world.db.run(
            "INSERT OR REPLACE INTO evaluations VALUES (?, ?, NULL)",
            segment["segment_id"], segment["criteria"],
        )  # fmt: skip
        timeline.plan_job(world, now, delay, EVALUATED, reference)


def _finish(world: World, at: int, reference: str) -> None:
    sql = "UPDATE evaluations SET finished_at = ? WHERE segment_id = ? AND finished_at IS NULL"
    world.db.run(sql, at, int(reference.rpartition("/")[2]))


HAPPENINGS = {EVALUATED: _finish}
