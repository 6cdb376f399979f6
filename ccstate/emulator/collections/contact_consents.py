"""What a contact agreed to, beyond its own row: the mail that asks it to subscribe again, its SMS history.

The mail goes out once. The contact is subscribed again, and on the lists, when it confirms; here the control
plane does that for it.
"""

from __future__ import annotations

import json
from typing import Any

from ccstate.emulator.access import CONTACTS_READ, CONTACTS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections.contacts import find
from ccstate.emulator.contacts import contact_bodies, people, sms
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "contacts"


def resubscribe(call: Call, contact_id: str) -> Answer:
    """The answer is 200 without a body: the contract has none."""
    row = find(call, contact_id)
    if row["deleted_at"] is not None:
        raise not_found(_SERVICE, f"Contact {contact_id} was not found")
    checks = Checks(call)
    checks.only(("list_ids",))
    list_ids = contact_bodies.list_ids(checks, "list_ids")
    if not list_ids and not checks.problems:
        checks.problem("list_ids is missing")
    if row["status"] != "unsubscribed":
        checks.problem("only an unsubscribed contact can be asked to subscribe again")
    checks.done()
    if row["resubscribe_list_ids"] is not None:
        raise conflict(_SERVICE, f"A resubscribe email was already sent to contact {contact_id}")
    call.world.db.run(
        "UPDATE contacts SET resubscribe_list_ids = ?, updated_at = ? WHERE contact = ?",
        packed(list_ids), call.now // SECOND * SECOND, row["contact"],
    )  # fmt: skip
    return Answer(200)


def sms_history(call: Call, contact_id: str) -> Answer:
    return Answer(200, sms.shown_history(find(call, contact_id)))


OPERATIONS = (
    Operation("PUT", "/contacts/resubscribe/{contact_id}", resubscribe, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/contacts/sms_engagement_history/{contact_id}", sms_history, _SERVICE, CONTACTS_READ),
)


def confirm(world: World, at: int, address: str) -> dict[str, Any] | None:
    """Let a contact click on the link of a mail that asked for its consent; None if no mail did."""
    row = people.with_address(world, address)
    asked = row is not None and row["resubscribe_list_ids"] is not None
    if row is None or row["deleted_at"] is not None:
        return None
    if not asked and row["permission_to_send"] != "pending_confirmation":
        return None
    people.change_permission(world, at, row, "explicit", "Contact")
    world.db.run("UPDATE contacts SET confirm_status = 'confirmed' WHERE contact = ?", row["contact"])
    list_ids = json.loads(row["resubscribe_list_ids"]) if asked else []
    sql = "SELECT list_id FROM lists WHERE list_id = ? AND deleted_at IS NULL"
    alive = [list_id for list_id in list_ids if world.db.value(sql, list_id)]
    people.add_memberships(world, row["contact"], alive)
    return {"contact_id": row["contact_id"], "permission_to_send": "explicit"}
