"""Resends: the same mail once more, under another subject, to those who got it and did not open it.

A campaign can be resent once. The request follows its campaign: `DRAFT` while that is a draft, a number from
the schedule on, sent so long after the mail itself as was asked for. What happens then is in `sending`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import CAMPAIGNS_READ, CAMPAIGNS_SEND
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import campaign_activities
from ccstate.emulator.collections.campaign_activities import LONGEST_SUBJECT, find, touch
from ccstate.emulator.errors import access_denied, conflict, not_found
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND, with_zeros
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

RESEND = "resend"  # the event, by the id of the activity that goes out
MINUTES_A_DAY = 1440
MOST_DAYS, LEAST_MINUTES = 10, 720
CUSTOM_CODE_FORMAT = 5
_SERVICE = "campaigns"
_DRAFT = "DRAFT"
_FIRST_NUMBER = 389_093
_PATH = "/emails/activities/{campaign_activity_id}/non_opener_resends"


def show(call: Call, campaign_activity_id: str) -> Answer:
    """An array of one, or of none."""
    row = find(call, campaign_activity_id)
    resend = of(call.world, row["campaign_activity_id"])
    return Answer(200, [] if resend is None else [_shown(resend) | _progress(resend)])


def create(call: Call, campaign_activity_id: str) -> Answer:
    _refuse_small_plans(call)
    row = find(call, campaign_activity_id)
    subject, minutes = _read(call)
    if row["role"] != "primary_email":
        call.refuse(f"an activity with the role {row['role']} cannot be resent")
    if row["format_type"] != CUSTOM_CODE_FORMAT:
        call.refuse(f"only an activity of format_type {CUSTOM_CODE_FORMAT} can be resent")
    if row["status"] not in ("DRAFT", "SCHEDULED", "DONE"):
        call.refuse(f"an activity that is {row['status']} cannot be resent")
    if of(call.world, row["campaign_activity_id"]) is not None:
        raise conflict(_SERVICE, "the campaign has a resend already")
    if call.world.db.value(
        "SELECT 1 FROM ab_tests WHERE campaign_activity_id = ?", row["campaign_activity_id"]
    ):
        raise conflict(_SERVICE, "a campaign with an A/B test cannot be resent")
    insert(call.world, call.now, row, subject, minutes)
    touch(call.world, call.now, row["campaign_id"])
    shown = _shown(of(call.world, row["campaign_activity_id"]) or {})
    return Answer(201, [shown] if call.world.switches.resend_as_array else shown)


def delete(call: Call, campaign_activity_id: str, resend_request_id: str) -> Answer:
    _refuse_small_plans(call)
    row = find(call, campaign_activity_id)
    resend = of(call.world, row["campaign_activity_id"])
    if resend is None or _request_id(resend) != resend_request_id:
        raise not_found(_SERVICE, f"Resend {resend_request_id} was not found")
    if row["status"] == "EXECUTING":
        call.refuse("the resend of an activity that is EXECUTING cannot be deleted")
    if resend["resend_date"] is not None or resend["status"] == "EXECUTING":
        raise conflict(_SERVICE, "the campaign was resent already")
    _delete(call.world, resend)
    touch(call.world, call.now, row["campaign_id"])
    return Answer(204)


OPERATIONS = (
    Operation("GET", _PATH, show, _SERVICE, CAMPAIGNS_READ),
    Operation("POST", _PATH, create, _SERVICE, CAMPAIGNS_SEND),
    Operation("DELETE", f"{_PATH}/{{resend_request_id}}", delete, _SERVICE, CAMPAIGNS_SEND),
)


def of(world: World, campaign_activity_id: str) -> Mapping[str, Any] | None:
    """The resend of a primary activity, if it has one."""
    return world.db.row("SELECT * FROM resends WHERE campaign_activity_id = ?", campaign_activity_id)


def of_activity(world: World, resend_activity_id: str) -> Mapping[str, Any] | None:
    """The resend that an activity with the role `resend` stands for."""
    return world.db.row("SELECT * FROM resends WHERE resend_activity_id = ?", resend_activity_id)


def insert(world: World, now: int, row: Mapping[str, Any], subject: str, minutes: int) -> None:
    """Add a resend, with its activity, to a primary activity in whatever state that is."""
    world.db.insert(
        "resends",
        campaign_activity_id=row["campaign_activity_id"],
        resend_activity_id=campaign_activities.insert_resend(world, row, subject),
        resend_subject=subject,
        delay_minutes=minutes,
        resend_request_id=None,
        status=_DRAFT,
        resend_date=None,
    )
    if row["status"] != "DRAFT":
        follow(world, row["campaign_activity_id"])
    sent = _first_sent(world, row["campaign_activity_id"])
    if sent is not None:
        start(world, now, row["campaign_activity_id"], sent)


def follow(world: World, campaign_activity_id: str) -> None:
    """The campaign was scheduled: the request gets a number, unless it has one."""
    resend = of(world, campaign_activity_id)
    if resend is not None and resend["resend_request_id"] is None:
        number = world.db.count("resend_request_id", _FIRST_NUMBER)
        set_status(world, resend["resend_activity_id"], "SCHEDULED", resend_request_id=number)


def fall_back(world: World, campaign_activity_id: str) -> None:
    """The campaign is a draft again, and so is its resend."""
    resend = of(world, campaign_activity_id)
    if resend is not None:
        set_status(world, resend["resend_activity_id"], _DRAFT, resend_request_id=None)


def start(world: World, now: int, campaign_activity_id: str, sent: int) -> None:
    """The mail reached somebody: from then on the delay runs. Where it is over already, it goes now."""
    resend = of(world, campaign_activity_id)
    if resend is None or resend["status"] != "SCHEDULED":
        return
    if not timeline.is_planned(world, RESEND, resend["resend_activity_id"]):
        due = max(now, sent + resend["delay_minutes"] * 60 * SECOND)
        timeline.plan(world, due, RESEND, resend["resend_activity_id"])


def set_status(world: World, resend_activity_id: str, status: str, **columns: Any) -> None:
    assignments = "".join(f", {name} = ?" for name in columns)
    world.db.run(
        f"UPDATE resends SET status = ?{assignments} WHERE resend_activity_id = ?",
        status, *columns.values(), resend_activity_id,
    )  # fmt: skip


def drop(world: World, campaign_id: str) -> None:
    """The campaign was removed: a resend that has not gone out goes with it."""
    for resend in world.db.rows(
        "SELECT r.* FROM resends r JOIN campaign_activities a USING (campaign_activity_id) "
        "WHERE a.campaign_id = ? AND resend_date IS NULL",
        campaign_id,
    ):
        _delete(world, resend)


def _delete(world: World, resend: Mapping[str, Any]) -> None:
    activity_id = resend["resend_activity_id"]
    timeline.cancel(world, activity_id)
    for table in ("sends", "campaign_activities"):
        world.db.run(f"DELETE FROM {table} WHERE campaign_activity_id = ?", activity_id)
    world.db.run("DELETE FROM resends WHERE resend_activity_id = ?", activity_id)


def _read(call: Call) -> tuple[str, int]:
    """The subject and the delay in minutes. Where both are sent the minutes are ignored."""
    checks = Checks(call)
    checks.only(("resend_subject", "delay_days", "delay_minutes"))
    subject = checks.text("resend_subject", required=True, most=LONGEST_SUBJECT)
    minutes = None
    if call.body.get("delay_days") is not None:
        days = checks.integer("delay_days", 1, MOST_DAYS)
        minutes = None if days is None else days * MINUTES_A_DAY
    elif call.body.get("delay_minutes") is not None:
        minutes = checks.integer("delay_minutes", LEAST_MINUTES, MOST_DAYS * MINUTES_A_DAY)
    else:
        checks.problem("delay_days is missing, and so is delay_minutes")
    checks.done()
    return subject or "", minutes or 0


def _refuse_small_plans(call: Call) -> None:
    if call.world.switches.no_resends:
        raise access_denied("the plan of this account does not include resends")


def _first_sent(world: World, campaign_activity_id: str) -> int | None:
    instant: int | None = world.db.value(
        "SELECT min(run_date) FROM sends WHERE campaign_activity_id = ? AND finished "
        "AND send_status = 'COMPLETED' AND count > 0",
        campaign_activity_id,
    )
    return instant


def _request_id(resend: Mapping[str, Any]) -> str:
    return _DRAFT if resend["resend_request_id"] is None else str(resend["resend_request_id"])


def _shown(resend: Mapping[str, Any]) -> dict[str, Any]:
    """`delay_days` only where the delay is a whole number of days."""
    days, rest = divmod(resend["delay_minutes"], MINUTES_A_DAY)
    return {
        "resend_subject": resend["resend_subject"],
        **({} if rest else {"delay_days": days}),
        "delay_minutes": resend["delay_minutes"],
        "resend_request_id": _request_id(resend),
    }


def _progress(resend: Mapping[str, Any]) -> dict[str, Any]:
    """What a GET adds: the date once it was sent, the status once there is one."""
    sent = {} if resend["resend_date"] is None else {"resend_date": with_zeros(resend["resend_date"])}
    return sent | ({} if resend["status"] == _DRAFT else {"resend_status": resend["status"]})
