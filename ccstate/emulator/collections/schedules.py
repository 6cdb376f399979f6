"""Schedules: at most one instant per activity, set and taken down as a whole.

A schedule has no id and cannot be changed. While it stands the campaign is SCHEDULED; taking it down brings
the former status back. What happens when its time has come is in `sending`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import CAMPAIGNS_READ, CAMPAIGNS_SEND
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import account, emails, resends
from ccstate.emulator.collections.campaign_activities import WITH_HTML, find, set_schedule
from ccstate.emulator.errors import access_denied
from ccstate.emulator.mails import sending
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND, parse_instant, with_zeros
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "campaigns"
_PATH = "/emails/activities/{campaign_activity_id}/schedules"
_SEND_NOW = -1


def show(call: Call, campaign_activity_id: str) -> Answer:
    """Empty unless the campaign is scheduled: also once it was sent."""
    row = find(call, campaign_activity_id)
    if row["status"] != "SCHEDULED" or row["scheduled_date"] is None:
        return Answer(200, [])
    return Answer(200, [{"scheduled_date": with_zeros(row["scheduled_date"])}])


def create(call: Call, campaign_activity_id: str) -> Answer:
    _refuse_small_plans(call)
    row = find(call, campaign_activity_id)
    instant = _read(call)
    if row["role"] != "primary_email":
        call.refuse(f"an activity with the role {row['role']} cannot be scheduled")
    if row["status"] not in ("DRAFT", "DONE", "ERROR"):
        call.refuse(f"an activity that is {row['status']} cannot be scheduled")
    _refuse_incomplete(call, row)
    if instant == _SEND_NOW:
        _schedule(call, row, call.now)
        sending.begin(call.world, call.now, row["campaign_activity_id"])
        return Answer(201, [])
    _schedule(call, row, instant)
    timeline.plan(call.world, instant, sending.SEND, row["campaign_activity_id"])
    return Answer(201, [{"scheduled_date": with_zeros(instant)}])


def delete(call: Call, campaign_activity_id: str) -> Answer:
    _refuse_small_plans(call)
    row = find(call, campaign_activity_id)
    if row["status"] != "SCHEDULED":
        call.refuse(f"an activity that is {row['status']} has no schedule to delete")
    before = row["status_before"] or "DRAFT"
    timeline.cancel(call.world, row["campaign_activity_id"], sending.SEND)
    emails.set_status(call.world, call.now, row["campaign_id"], before)
    if before == "DRAFT":
        resends.fall_back(call.world, row["campaign_activity_id"])
    set_schedule(call.world, row["campaign_activity_id"], None, None)
    return Answer(204)


OPERATIONS = (
    Operation("GET", _PATH, show, _SERVICE, CAMPAIGNS_READ),
    Operation("POST", _PATH, create, _SERVICE, CAMPAIGNS_SEND),
    Operation("DELETE", _PATH, delete, _SERVICE, CAMPAIGNS_SEND),
)


def _schedule(call: Call, row: Mapping[str, Any], instant: int) -> None:
    set_schedule(call.world, row["campaign_activity_id"], instant, row["status"])
    emails.set_status(call.world, call.now, row["campaign_id"], "SCHEDULED")
    resends.follow(call.world, row["campaign_activity_id"])


def _read(call: Call) -> int:
    """An instant or date (UTC where it has no offset), or "0" for now; some clients send the integer."""
    checks = Checks(call)
    checks.only(("scheduled_date",))
    if call.body.get("scheduled_date") == 0 and call.body["scheduled_date"] is not False:
        return _SEND_NOW
    text = checks.text("scheduled_date", required=True)
    checks.done()
    if text == "0":
        return _SEND_NOW
    try:
        instant = parse_instant(text or "") // SECOND * SECOND
    except ValueError:
        call.refuse("scheduled_date does not have a valid value: an ISO-8601 date, or 0 to send now")
    if instant == 0 and call.world.switches.epoch_sends_now:
        return _SEND_NOW
    if instant < call.now // SECOND * SECOND:
        call.refuse("scheduled_date is in the past")
    return instant


def _refuse_small_plans(call: Call) -> None:
    if call.world.switches.no_scheduling:
        raise access_denied("the plan of this account does not include scheduling")


def _refuse_incomplete(call: Call, row: Mapping[str, Any]) -> None:
    """What must be there before a mail can go out (assumed to be checked now, not when it goes out)."""
    missing = []
    if row["contact_list_ids"] == "[]" and row["segment_ids"] == "[]":
        missing.append("the activity has no audience: contact_list_ids or segment_ids")
    if not row["html_content"] and row["format_type"] in WITH_HTML:
        missing.append("the activity has no html_content")
    if call.world.physical_address() is None and row["footer"] is None:
        missing.append("the account has no physical address")
    if not account.is_confirmed(call.world, row["from_email"]):
        missing.append("from_email is not a confirmed email address of the account")
    if missing:
        call.refuse(*missing)
