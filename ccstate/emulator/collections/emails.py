"""Email campaigns: the container with a name and a status. What is in the mail is in `campaign_activities`.

A campaign is created with its primary activity and a permalink activity. Deleting one only removes it from
sight: it stays in the collection as `Removed` and, as the web interface can restore it, keeps its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CAMPAIGNS_DELETE, CAMPAIGNS_READ, CAMPAIGNS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import campaign_activities, resends
from ccstate.emulator.contacts import xrefs
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import checked_uuid, holder, key_of, shown_from
from ccstate.emulator.storage.clock import LAST, SECOND, parse_instant, with_zeros
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LONGEST_NAME = 80
_SERVICE = "campaigns"
CUSTOM_CODE = 26
TYPES = {10: "NEWSLETTER", CUSTOM_CODE: "CUSTOM_CODE_EMAIL", 57: "AB_TEST"}


def collection(call: Call) -> Answer:
    """All campaigns, removed ones too, latest change first (the order is assumed)."""
    page = pages.wanted(call, default=50, most=500, parameter="next")
    updated, seq = pages.position(call, page, 2) or (2**62, 2**62)
    after, before = _instant(call, "after_date"), _instant(call, "before_date")
    rows = call.world.db.rows(
        "SELECT * FROM campaigns WHERE created_at <= ? AND (updated_at, seq) < (?, ?) "
        "AND updated_at >= ? AND updated_at < ? ORDER BY updated_at DESC, seq DESC LIMIT ?",
        shown_from(call.world, call.now), updated, seq,
        -LAST if after is None else after + SECOND, LAST if before is None else before, page.limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"campaigns": [_shown(call.world, row) for row in rows]}
    key = f"{rows[-1]['updated_at']}.{rows[-1]['seq']}" if more else None
    return Answer(200, body | pages.links(call, page, key))


def create(call: Call) -> Answer:
    """Answers 200, not 201."""
    checks = Checks(call)
    checks.only(("name", "email_campaign_activities"))
    name = _name(checks)
    activities = checks.items("email_campaign_activities", dict)
    if len(activities) != 1:
        checks.problem("email_campaign_activities must hold exactly one activity")
    activity = campaign_activities.read_new(call, checks, activities[0] if activities else {})
    checks.done()
    _refuse_taken(call.world, name)
    campaign_id = insert(call.world, call.now, name, activity)
    return Answer(200, _detail(call, campaign_id))


def show(call: Call, campaign_id: str) -> Answer:
    """A removed campaign is shown too (assumed, since the collection shows it)."""
    return Answer(200, _detail(call, _find(call, campaign_id)["campaign_id"]))


def rename(call: Call, campaign_id: str) -> Answer:
    """The release notes say that a rename leaves `updated_at` alone."""
    row = _find(call, campaign_id)
    checks = Checks(call)
    checks.only(("name",))
    name = _name(checks)
    checks.done()
    if row["status"] == "REMOVED":
        call.refuse("a removed campaign cannot be renamed")
    _refuse_taken(call.world, name, besides=row["campaign_id"])
    sql = "UPDATE campaigns SET name = ?, name_key = ? WHERE campaign_id = ?"
    call.world.db.run(sql, name, key_of(name), row["campaign_id"])
    return Answer(200, _detail(call, row["campaign_id"]))


def remove(call: Call, campaign_id: str) -> Answer:
    row = _find(call, campaign_id)
    if row["status"] == "REMOVED":
        raise not_found(_SERVICE, f"Campaign {campaign_id} was not found")
    if row["status"] in ("SCHEDULED", "EXECUTING"):
        call.refuse(f"a campaign that is {row['status']} cannot be deleted")
    set_status(call.world, call.now, row["campaign_id"], "REMOVED")
    resends.drop(call.world, row["campaign_id"])
    return Answer(204)


def cross_references(call: Call) -> Answer:
    """By place in the order of creation, with the primary activity; unknown numbers are left out."""
    wanted = xrefs.numbers(call, "v2_email_campaign_ids", 50)
    sql = (
        "SELECT seq, campaign_id, campaign_activity_id FROM campaigns "
        "JOIN campaign_activities USING (campaign_id) WHERE seq = ? AND role = 'primary_email'"
    )
    rows = [row for number in wanted if (row := call.world.db.row(sql, number))]
    found = [
        {
            "v2_email_campaign_id": wanted[row["seq"]],
            "campaign_id": row["campaign_id"],
            "campaign_activity_id": row["campaign_activity_id"],
        }
        for row in rows
    ]
    return Answer(200, {"xrefs": found})


OPERATIONS = (
    Operation("GET", "/emails", collection, _SERVICE, CAMPAIGNS_READ),
    Operation("POST", "/emails", create, _SERVICE, CAMPAIGNS_WRITE),
    Operation("GET", "/emails/campaign_id_xrefs", cross_references, _SERVICE, CAMPAIGNS_READ),
    Operation("GET", "/emails/{campaign_id}", show, _SERVICE, CAMPAIGNS_READ),
    Operation("PATCH", "/emails/{campaign_id}", rename, _SERVICE, CAMPAIGNS_WRITE),
    Operation("DELETE", "/emails/{campaign_id}", remove, _SERVICE, CAMPAIGNS_DELETE),
)


def insert(world: World, now: int, name: str, activity: Mapping[str, Any], status: str = "DRAFT") -> str:
    """Make a campaign with its two activities; `activity` holds columns."""
    campaign_id = world.ids.random_based()
    moment = now // SECOND * SECOND  # this service knows no fractions of a second
    world.db.insert(
        "campaigns",
        campaign_id=campaign_id,
        name=name,
        name_key=key_of(name),
        status=status,
        created_at=moment,
        updated_at=moment,
        type_code=CUSTOM_CODE,
    )
    campaign_activities.insert(world, campaign_id, activity)
    return campaign_id


def set_status(world: World, at: int, campaign_id: str, status: str) -> None:
    sql = "UPDATE campaigns SET status = ?, updated_at = ? WHERE campaign_id = ?"
    world.db.run(sql, status, at // SECOND * SECOND, campaign_id)


def _name(checks: Checks) -> str:
    return checks.text("name", required=True, most=LONGEST_NAME) or ""


def _refuse_taken(world: World, name: str, besides: str | None = None) -> None:
    condition = "status != 'REMOVED'" if world.switches.removed_campaigns_free_name else "1"
    found = holder(world, "campaigns", "campaign_id", name, besides=besides, condition=condition)
    if found is not None:
        raise conflict(_SERVICE, f"Name already exists for campaign {found}")


def _instant(call: Call, name: str) -> int | None:
    text = call.parameter(name)
    if text is None:
        return None
    try:
        return parse_instant(text) // SECOND * SECOND
    except ValueError:
        call.refuse(f"{name} does not have a valid value: an ISO-8601 date and time")


def _find(call: Call, campaign_id: str) -> Mapping[str, Any]:
    known = checked_uuid(call, "campaign_id", campaign_id)
    row = call.world.db.row("SELECT * FROM campaigns WHERE campaign_id = ?", known)
    if row is None:
        raise not_found(_SERVICE, f"Campaign {campaign_id} was not found")
    return row


def _shown(world: World, row: Mapping[str, Any]) -> dict[str, Any]:
    """As the collection has it: the status in title case."""
    status: str = campaign_activities.shown_status(world, row["status"])
    return {
        "campaign_id": row["campaign_id"],
        "created_at": with_zeros(row["created_at"]),
        "current_status": status.capitalize(),
        "name": row["name"],
        "type": TYPES[row["type_code"]],
        "type_code": row["type_code"],
        "updated_at": with_zeros(row["updated_at"]),
    }


def _detail(call: Call, campaign_id: str) -> dict[str, Any]:
    """As a single campaign is shown: the status in upper case, and the activities."""
    row = call.world.db.row("SELECT * FROM campaigns WHERE campaign_id = ?", campaign_id)
    if row is None:
        raise not_found(_SERVICE, f"Campaign {campaign_id} was not found")
    return _shown(call.world, row) | {
        "current_status": campaign_activities.shown_status(call.world, row["status"]),
        "campaign_activities": campaign_activities.references(call.world, campaign_id),
    }
