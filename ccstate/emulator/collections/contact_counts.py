"""How many contacts there are, and what they agreed to. Deleted ones do not count."""

from __future__ import annotations

from typing import Any

from ccstate.emulator.access import CONTACTS_READ
from ccstate.emulator.storage.clock import DAY
from ccstate.emulator.wire import Answer, Call, Operation

NEW = 30 * DAY
_SERVICE = "contacts"
_COUNTED = {
    "explicit": "explicit",
    "implicit": "implicit",
    "pending": "pending_confirmation",
    "unsubscribed": "unsubscribed",
}


def counts(call: Call) -> Answer:
    """`total` counts everybody, also who is in none of the four states: no address, not_set, temp_hold."""
    include = call.choices("include", ("new_subscriber", "new_subscribers"))  # schema and prose differ
    rows = call.world.db.rows("SELECT permission, contacts FROM consents")
    by_permission = {row["permission"]: row["contacts"] for row in rows}
    body: dict[str, Any] = {"total": sum(by_permission.values())}
    body |= {name: by_permission.get(permission, 0) for name, permission in _COUNTED.items()}
    if include:
        body["new_subscriber"] = _new(call)
    return Answer(200, body)


OPERATIONS = (Operation("GET", "/contacts/counts", counts, _SERVICE, CONTACTS_READ),)


def _new(call: Call) -> int:
    """Who opted in within the last thirty days, and is still opted in."""
    sql = "SELECT count(*) FROM contacts WHERE opt_in_date > ? AND status = 'active'"
    count: int = call.world.db.value(sql, call.now - NEW)
    return count
