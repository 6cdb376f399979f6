"""Bulk activities as rows: how one begins, moves on and is shown. What a job does is in `bulk`.

States go `initialized`, `processing`, `completed`, in the time that `activity_delay` gives them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ccstate.emulator import timeline
from ccstate.emulator.clock import DAY, SECOND, with_seconds
from ccstate.emulator.database import packed
from ccstate.emulator.world import World

RETENTION = 10 * DAY
STARTED, COMPLETED = "activity_started", "activity_completed"


def start(world: World, now: int, job: str, items: Sequence[str]) -> dict[str, Any]:
    """Queue a job and answer it as the service does: `initialized`, one percent done."""
    activity_id = world.ids.time_based()
    world.db.insert(
        "activities",
        activity_id=activity_id,
        job=job,
        items=packed(list(items)),
        state="initialized",
        percent_done=1,
        errors="[]",
        completed_count=0,
        created_at=now,
        updated_at=now,
    )
    delay = int(world.settings.activity_delay * SECOND)
    timeline.plan_job(world, now, delay // 2, STARTED, activity_id)
    timeline.plan_job(world, now, delay, COMPLETED, activity_id)
    return shown(find(world, activity_id) or {})


def find(world: World, activity_id: str) -> Mapping[str, Any] | None:
    return world.db.row("SELECT * FROM activities WHERE activity_id = ?", activity_id)


def queued(world: World) -> int:
    count: int = world.db.value(
        "SELECT count(*) FROM activities WHERE state IN ('initialized', 'processing')"
    )
    return count


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    href = f"/v3/activities/{row['activity_id']}"
    moments = {
        name: with_seconds(row[name]) for name in ("started_at", "completed_at") if row[name] is not None
    }
    return {
        "activity_id": row["activity_id"],
        "state": row["state"],
        "created_at": with_seconds(row["created_at"]),
        "updated_at": with_seconds(row["updated_at"]),
        **moments,
        "percent_done": row["percent_done"],
        "activity_errors": json.loads(row["errors"]),
        **_status(row),
        "_links": {"self": {"href": href}},
    }


def _status(row: Mapping[str, Any]) -> dict[str, Any]:
    """Lists and tags count in different words, custom fields do not count at all."""
    total, completed = len(json.loads(row["items"])), row["completed_count"]
    if row["job"] == "list_delete":
        return {"status": {"list_count": completed if row["state"] == "completed" else total}}
    if row["job"] == "contacts_tags_delete":
        return {"status": {"items_total_count": total, "items_completed_count": completed}}
    return {}
