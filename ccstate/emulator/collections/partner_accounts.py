"""Client accounts of a technology partner: listed, provisioned, cancelled. None is ever shown alone.

Provisioning may answer 503 and still happen (a switch): then the account is in the list a few seconds later,
and a second attempt finds its login name taken.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ccstate.emulator.access import PARTNER
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import conflict
from ccstate.emulator.partners import billing, partnership, provisioning
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND, parse_instant, with_zeros
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

DEFERRED = 5 * SECOND  # until a provision that was answered with 503 is made good for (assumed)
_FEWEST, _MOST = 10, 50
_TYPES = {"all": "1", "managed": "managed", "unmanaged": "NOT managed"}


def collection(call: Call) -> Answer:
    limit, offset, account_type = _limit(call), _offset(call), call.query.get("account_type", "all")
    if account_type not in _TYPES:
        call.refuse(f"account_type does not have a valid value (of {', '.join(_TYPES)})")
    rows = call.world.db.rows(
        f"SELECT * FROM client_accounts WHERE listed AND NOT other_partner AND {_TYPES[account_type]} "
        "ORDER BY seq LIMIT ? OFFSET ?",
        limit + 1, offset,
    )  # fmt: skip
    body: dict[str, Any] = {"site_owner_list": [_shown(call.world, row) for row in rows[:limit]]}
    if len(rows) > limit:
        kept = {"account_type": account_type} if "account_type" in call.query else {}
        query = urlencode({"offset": _coded(offset + limit), "limit": limit, **kept}, safe="*")
        body["_links"] = {"next": {"href": f"{call.path}?{query}"}}
    return Answer(200, body)


def create(call: Call) -> Answer:
    provision = provisioning.read(call, partnership.agreed(call.world))
    if partnership.is_taken(call.world, provision["login_name"]):
        raise conflict(SERVICE, f"login_name {provision['login_name']} already exists")
    row = partnership.add(
        call.world, call.now, provision, listed=False, managed=provision["managed_site_owner"],
        single_billing=bool(provision["enable_single_billing"]),
    )  # fmt: skip
    account_id = row["encoded_account_id"]
    if call.world.switches.provisioning_deferred:
        timeline.plan_job(call.world, call.now, DEFERRED, partnership.PROVISIONED, account_id)
        message = "Provisioning is unavailable; the data is stored and will be processed"
        return Answer(503, {"error_key": "service_unavailable", "error_message": message})
    partnership.provide(call.world, call.now, account_id)
    return Answer(201, {name: row[name] for name in ("encoded_account_id", "provision_uuid")})


def cancel(call: Call, encoded_account_id: str) -> Answer:
    """At once, or at an instant that lies ahead; a later call moves one that has not happened (assumed)."""
    row = partnership.look_up(call.world, encoded_account_id)
    if row is not None and row["other_partner"]:
        call.refuse(f"client account {encoded_account_id} belongs to another partner")
    row = partnership.find(call.world, encoded_account_id)
    if row["billing_status"] == billing.CANCELED:
        call.refuse(f"client account {encoded_account_id} is canceled already")
    reason, date = _read_cancellation(call)
    agreed = {"cancel_reason_id": reason, "cancel_date": date}
    partnership.change(call.world, encoded_account_id, **agreed)
    timeline.cancel(call.world, encoded_account_id, partnership.CANCELLED)
    if date <= call.now:
        partnership.cancel(call.world, call.now, encoded_account_id)
    else:
        timeline.plan(call.world, date, partnership.CANCELLED, encoded_account_id)
    told = {"reason_id": reason} if reason is not None else {}
    return Answer(200, told | {"effective_date": with_zeros(date)})


_ACCOUNT = "/partner/accounts/{encoded_account_id}"
OPERATIONS = (
    Operation("GET", "/partner/accounts", collection, SERVICE, PARTNER),
    Operation("POST", "/partner/accounts", create, SERVICE, PARTNER),
    Operation("PUT", f"{_ACCOUNT}/status/cancel", cancel, SERVICE, PARTNER, optional_body=True),
)
HAPPENINGS = partnership.HAPPENINGS


def _read_cancellation(call: Call) -> tuple[int | None, int]:
    checks = Checks(call)
    checks.only(("reason_id", "effective_date"))
    reason, text = checks.integer("reason_id"), checks.text("effective_date")
    if reason is not None and reason not in billing.CANCEL_REASONS:
        checks.problem(f"reason_id must be one of {', '.join(map(str, billing.CANCEL_REASONS))}")
    now = date = call.now // SECOND * SECOND
    if text is not None:
        try:
            date = parse_instant(text) // SECOND * SECOND
        except ValueError:
            checks.problem("effective_date does not have a valid value: an ISO-8601 date is wanted")
        if date < now:
            checks.problem("effective_date is in the past")
    checks.done()
    return reason, date


def _limit(call: Call) -> int:
    """A number out of range is ignored, says the contract; what is no number is not (assumed)."""
    text = call.query.get("limit", str(_MOST))
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        call.refuse("limit does not have a valid value: a number is wanted")
    number = int(text) if len(text) < 9 else 0
    return number if _FEWEST <= number <= _MOST else _MOST


def _offset(call: Call) -> int:
    """Base64 of a number, with `*` where base64 has `=`, as the guide's example shows it."""
    text = call.query.get("offset") or _coded(0)
    try:
        number = base64.b64decode(text.replace("*", "="), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        number = ""
    if not number.isdecimal() or len(number) > 15:
        call.refuse("offset does not have a valid value")
    return int(number)


def _coded(offset: int) -> str:
    return base64.b64encode(str(offset).encode()).decode().replace("=", "*")


def _shown(world: World, row: Mapping[str, Any]) -> dict[str, Any]:
    """`last_login_date` is documented, and documented not to be displayed."""
    sql = "SELECT name FROM client_users WHERE encoded_account_id = ? AND role_name = ?"
    shown = {
        "encoded_account_id": row["encoded_account_id"],
        "subscriber_count": row["subscriber_count"],
        "organization_name": row["organization_name"],
        "site_owner_name": world.db.value(sql, row["encoded_account_id"], partnership.OWNER),
        "billing_status": row["billing_status"],
    }
    return {name: value for name, value in shown.items() if value is not None}
