"""A/B tests: two subjects, each to a part of the audience, and the better one to the rest.

A test is made while the campaign is a draft and says so in the campaign's type. There is no way to change
one but to delete it. How it goes out is in `sending`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import CAMPAIGNS_READ, CAMPAIGNS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections.campaign_activities import LONGEST_SUBJECT, find, touch
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LEAST_SIZE, MOST_SIZE = 5, 50
WAITS = (6, 12, 24, 48)
NEWSLETTER, AB_TEST = 10, 57  # codes of a campaign's type
_SERVICE = "campaigns"
PROPERTIES = ("alternative_subject", "test_size", "winner_wait_duration")
_PATH = "/emails/activities/{campaign_activity_id}/abtest"


def show(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    return Answer(200, _shown(_known(call, row)))


def create(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    values = _read(call)
    if row["role"] != "primary_email":
        call.refuse(f"an activity with the role {row['role']} cannot be tested")
    _refuse_unless_draft(row)
    if of(call.world, row["campaign_activity_id"]) is not None:
        raise conflict(_SERVICE, "the campaign has an A/B test already")
    if call.world.db.value(
        "SELECT 1 FROM resends WHERE campaign_activity_id = ?", row["campaign_activity_id"]
    ):
        raise conflict(_SERVICE, "a campaign with a resend cannot be tested")
    insert(call.world, row, values)
    touch(call.world, call.now, row["campaign_id"])
    return Answer(201, values)


def delete(call: Call, campaign_activity_id: str) -> Answer:
    """The type falls back to NEWSLETTER, also where it was another one before: so says the documentation."""
    row = find(call, campaign_activity_id)
    _known(call, row)
    _refuse_unless_draft(row)
    call.world.db.run("DELETE FROM ab_tests WHERE campaign_activity_id = ?", row["campaign_activity_id"])
    _set_type(call.world, row["campaign_id"], NEWSLETTER)
    touch(call.world, call.now, row["campaign_id"])
    return Answer(204)


OPERATIONS = (
    Operation("GET", _PATH, show, _SERVICE, CAMPAIGNS_READ),
    Operation("POST", _PATH, create, _SERVICE, CAMPAIGNS_WRITE),
    Operation("DELETE", _PATH, delete, _SERVICE, CAMPAIGNS_WRITE),
)


def of(world: World, campaign_activity_id: str) -> Mapping[str, Any] | None:
    """The test of a primary activity, if it has one."""
    return world.db.row("SELECT * FROM ab_tests WHERE campaign_activity_id = ?", campaign_activity_id)


def insert(world: World, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    world.db.insert("ab_tests", campaign_activity_id=row["campaign_activity_id"], **values)
    _set_type(world, row["campaign_id"], AB_TEST)


def note(world: World, campaign_activity_id: str, **columns: Any) -> None:
    """Remember how far a test has come: when it began, which subject won."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE ab_tests SET {assignments} WHERE campaign_activity_id = ?"
    world.db.run(sql, *columns.values(), campaign_activity_id)


def _set_type(world: World, campaign_id: str, code: int) -> None:
    world.db.run("UPDATE campaigns SET type_code = ? WHERE campaign_id = ?", code, campaign_id)


def _read(call: Call) -> dict[str, Any]:
    checks = Checks(call)
    checks.only(PROPERTIES)
    values = {
        "alternative_subject": checks.text("alternative_subject", required=True, most=LONGEST_SUBJECT),
        "test_size": checks.integer("test_size", LEAST_SIZE, MOST_SIZE),
        "winner_wait_duration": checks.integer("winner_wait_duration"),
    }
    for name in ("test_size", "winner_wait_duration"):
        if call.body.get(name) is None:
            checks.problem(f"{name} is missing")
    if values["winner_wait_duration"] not in (None, *WAITS):
        hours = ", ".join(str(wait) for wait in WAITS)
        checks.problem(f"winner_wait_duration does not have a valid value: {hours} hours")
    checks.done()
    return values


def _known(call: Call, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether none is 404 or 409 the contract leaves open; assumed 404."""
    found = of(call.world, row["campaign_activity_id"])
    if found is None:
        raise not_found(_SERVICE, f"Campaign activity {row['campaign_activity_id']} has no A/B test")
    return found


def _refuse_unless_draft(row: Mapping[str, Any]) -> None:
    if row["status"] != "DRAFT":
        raise conflict(_SERVICE, f"an A/B test cannot be changed while the activity is {row['status']}")


def _shown(test: Mapping[str, Any]) -> dict[str, Any]:
    return {name: test[name] for name in PROPERTIES}
