"""A mail goes out: SCHEDULED, for seconds EXECUTING, then DONE, with a line in the send history.

The audience is looked up when the mail goes out: a list that grew gets it, a list that was deleted does not.
Who got a mail once does not get it again when the campaign is scheduled anew. No mail leaves the emulator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ccstate.emulator import timeline
from ccstate.emulator.clock import SECOND
from ccstate.emulator.collections import emails, lists, segments
from ccstate.emulator.collections.campaign_activities import load, set_schedule
from ccstate.emulator.world import World

SEND, SENT = "send", "sent"
EXECUTING = 2 * SECOND  # how long a campaign shows EXECUTING; briefly, says the documentation
LONGEST_LINK = 1005
OK, FAILED, LINK_TOO_LONG, NOBODY = 0, 1, 8, 12  # reason codes of the send history
_LINK = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def begin(world: World, at: int, campaign_activity_id: str) -> None:
    """Resolve the audience and start: from here on nothing can be taken back."""
    row = load(world, campaign_activity_id)
    if row is None or row["status"] != "SCHEDULED":
        return
    record(world, at, campaign_activity_id, finished=False)
    set_schedule(world, campaign_activity_id, None, None)
    emails.set_status(world, at, row["campaign_id"], "EXECUTING")
    timeline.plan(world, at + EXECUTING, SENT, campaign_activity_id)


def record(
    world: World, at: int, campaign_activity_id: str, *, failed: bool = False, finished: bool = True
) -> None:
    """Deliver, and write the line of the send history."""
    row = load(world, campaign_activity_id)
    if row is None:
        return
    reason = FAILED if failed else LINK_TOO_LONG if _has_long_link(row["html_content"] or "") else OK
    sends = world.db.value("SELECT count(*) FROM sends WHERE campaign_activity_id = ?", campaign_activity_id)
    count = 0 if reason else _deliver(world, row, sends + 1, at)
    world.db.insert(
        "sends",
        campaign_activity_id=campaign_activity_id,
        send_id=sends + 1,
        contact_list_ids=row["contact_list_ids"],
        segment_ids=row["segment_ids"],
        count=count,
        run_date=at,
        send_status="ERRORED" if reason else "COMPLETED",
        reason_code=reason or (OK if count else NOBODY),
        finished=finished,
    )


def _finish(world: World, at: int, campaign_activity_id: str) -> None:
    row = load(world, campaign_activity_id)
    if row is None or row["status"] != "EXECUTING":
        return
    errored = world.db.value(
        "SELECT send_status FROM sends WHERE campaign_activity_id = ? AND NOT finished", campaign_activity_id
    )
    world.db.run("UPDATE sends SET finished = 1 WHERE campaign_activity_id = ?", campaign_activity_id)
    emails.set_status(world, at, row["campaign_id"], "ERROR" if errored == "ERRORED" else "DONE")


HAPPENINGS = {SEND: begin, SENT: _finish}


def _deliver(world: World, row: Mapping[str, Any], send_id: int, at: int) -> int:
    """Note who gets the mail, and count them. Criteria are not evaluated: a segment reaches everybody."""
    list_ids = [list_id for list_id in json.loads(row["contact_list_ids"]) if lists.exists(world, list_id)]
    segment_ids = [
        segment_id for segment_id in json.loads(row["segment_ids"]) if segments.exists(world, segment_id)
    ]
    if not list_ids and not segment_ids:
        return 0
    marks = ", ".join("?" * len(list_ids))
    audience = f"AND contact IN (SELECT contact FROM memberships WHERE list_id IN ({marks}))"
    return world.db.run(
        "INSERT OR IGNORE INTO deliveries SELECT ?, contact, ?, ? FROM contacts "
        f"WHERE status = 'active' {'' if segment_ids else audience}",
        row["campaign_activity_id"], send_id, at, *list_ids,
    )  # fmt: skip


def _has_long_link(text: str) -> bool:
    links = (match[1] if match[1] is not None else match[2] for match in _LINK.finditer(text))
    return any(len(link) > LONGEST_LINK for link in links)
