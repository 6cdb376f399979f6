"""The account itself: summary, physical address, email addresses, and what its user may do.

An address of a sender can be added and never taken away, and only a person can confirm it; here that person
is the control plane.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import ACCOUNT_OWNER, ACCOUNT_READ, ACCOUNT_UPDATE, ANYBODY, PRIVILEGES
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.places import STATES
from ccstate.emulator.storage.clock import with_offset
from ccstate.emulator.storage.world import World, add_sender
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "account"
_LONGEST_LINE = 80
_LONGEST_PHONE = 25
WRITABLE = (
    "contact_email", "contact_phone", "country_code", "first_name", "last_name", "organization_name",
    "organization_phone", "state_code", "time_zone_id", "website",
)  # fmt: skip
READ_ONLY = ("encoded_account_id", "encoded_partner_id")
_LINES = ("address_line1", "address_line2", "address_line3")
_ADDRESS = (*_LINES, "city", "state_code", "state_name", "postal_code", "country_code")
_STATUS_CODES = {"CONFIRMED": "CONFIRMED", "C": "CONFIRMED", "UNCONFIRMED": "UNCONFIRMED", "U": "UNCONFIRMED"}
_ROLE_CODES = {
    "CONTACT": "CONTACT", "C": "CONTACT", "BILLING": "BILLING", "B": "BILLING", "JOURNALING": "JOURNALING",
    "J": "JOURNALING", "REPLY_TO": "REPLY_TO", "R": "REPLY_TO", "OTHER": "OTHER", "O": "OTHER",
}  # fmt: skip
_FIRST_PRIVILEGE = 21


def summary(call: Call) -> Answer:
    shown = call.world.account()
    extra = call.choices("extra_fields", ("physical_address", "company_logo"))
    address = call.world.physical_address()
    if "physical_address" in extra and address is not None:
        shown["physical_address"] = address
    return Answer(200, shown)


def update_summary(call: Call) -> Answer:
    """A partial update, although it is a PUT."""
    checks = Checks(call)
    checks.only((*WRITABLE, *READ_ONLY, "physical_address", "company_logo"))
    given = {name: text for name in WRITABLE if (text := checks.text(name)) is not None}
    changed = {**call.world.account(), **given}
    _check_summary(call, checks, given, changed)
    checks.done()
    if "state_code" in given and "time_zone_id" not in given and given["state_code"].upper() in STATES:
        changed["time_zone_id"] = STATES[given["state_code"].upper()][1]
    call.world.save_account(changed)
    return Answer(200, {name: changed[name] for name in (*WRITABLE, *READ_ONLY) if name in changed})


def show_address(call: Call) -> Answer:
    address = call.world.physical_address()
    if address is None:
        raise not_found(_SERVICE, "The account has no physical address")
    return Answer(200, address)


def create_address(call: Call) -> Answer:
    address = _read_address(call)
    if call.world.physical_address() is not None:
        raise conflict(_SERVICE, "The account already has a physical address")
    call.world.save_physical_address(address)
    return Answer(201, address)


def replace_address(call: Call) -> Answer:
    """A full replace: a property that is left out is gone."""
    address = _read_address(call)
    show_address(call)
    call.world.save_physical_address(address)
    return Answer(200, address)


def emails(call: Call) -> Answer:
    filters = [name for name in ("confirm_status", "role_code", "email_address") if name in call.query]
    if len(filters) > 1:
        call.refuse(f"only one filter can be used at a time: {', '.join(filters)}")
    rows = [_shown(row) for row in call.world.db.rows("SELECT * FROM account_emails ORDER BY email_id")]
    if filters == ["confirm_status"]:
        wanted = _code(call, "confirm_status", _STATUS_CODES)
        return Answer(200, [row for row in rows if row["confirm_status"] == wanted])
    if filters == ["role_code"]:
        wanted = _code(call, "role_code", _ROLE_CODES)
        return Answer(200, [row for row in rows if wanted in row["roles"]])
    if filters == ["email_address"]:
        wanted = call.query["email_address"].casefold()
        return Answer(200, [row for row in rows if row["email_address"].casefold() == wanted])
    return Answer(200, rows)


def add_email(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(("email_address",))
    address = checks.address("email_address", required=True) or ""
    checks.done()
    if call.world.db.value("SELECT 1 FROM account_emails WHERE address_key = ?", address.casefold()):
        raise conflict(_SERVICE, f"The account already has the email address {address}")
    email_id = add_sender(call.world, address)
    return Answer(201, {"email_address": address, "email_id": email_id, "confirm_status": "UNCONFIRMED"})


def privileges(call: Call) -> Answer:
    """The caller's own, also those that no operation asks for."""
    known = enumerate(PRIVILEGES, _FIRST_PRIVILEGE)
    held = [
        {"privilege_id": number, "privilege_name": name} for number, name in known if call.caller.may(name)
    ]
    return Answer(200, held)


OPERATIONS = (
    Operation(
        "GET", "/account/summary", summary, _SERVICE, ACCOUNT_READ, missing="company_logo is never there"
    ),
    Operation("PUT", "/account/summary", update_summary, _SERVICE, ACCOUNT_UPDATE),
    Operation("GET", "/account/summary/physical_address", show_address, _SERVICE, ACCOUNT_READ),
    Operation("POST", "/account/summary/physical_address", create_address, _SERVICE, ACCOUNT_UPDATE),
    Operation("PUT", "/account/summary/physical_address", replace_address, _SERVICE, ACCOUNT_OWNER),
    Operation("GET", "/account/emails", emails, _SERVICE, ACCOUNT_READ),
    Operation("POST", "/account/emails", add_email, _SERVICE, ACCOUNT_UPDATE),
    Operation("GET", "/account/user/privileges", privileges, _SERVICE, ANYBODY),
)


def is_confirmed(world: World, address: str) -> bool:
    sql = "SELECT confirm_status FROM account_emails WHERE address_key = ?"
    return bool(world.db.value(sql, address.casefold()) == "CONFIRMED")


def _check_summary(call: Call, checks: Checks, given: Mapping[str, str], changed: Mapping[str, str]) -> None:
    for name in ("contact_phone", "organization_phone"):
        if len(given.get(name, "")) > _LONGEST_PHONE:
            checks.problem(f"{name} must not be longer than {_LONGEST_PHONE} characters")
    if "contact_email" in given and not is_confirmed(call.world, given["contact_email"]):
        checks.problem("contact_email is not a confirmed email address of the account")
    if changed.get("country_code", "").upper() == "US" and not changed.get("state_code"):
        checks.problem("state_code is missing, it is required where country_code is US")


def _read_address(call: Call) -> dict[str, str]:
    checks = Checks(call)
    checks.only(_ADDRESS)
    required = ("address_line1", "city", "country_code")
    texts = {name: checks.text(name, required=name in required) for name in _ADDRESS}
    address = {name: text for name, text in texts.items() if text is not None}
    for name in _LINES:
        if name in address and not 1 <= len(address[name]) <= _LONGEST_LINE:
            checks.problem(f"{name} must have 1 to {_LONGEST_LINE} characters")
    _check_country(checks, address)
    checks.done()
    return address


def _check_country(checks: Checks, address: Mapping[str, str]) -> None:
    """North America uses `state_code` and a postal code, the rest of the world `state_name`."""
    if len(address.get("country_code", "US")) != 2:
        checks.problem("country_code must have two letters")
    if len(address.get("state_code", "")) > 2:
        checks.problem("state_code must have two letters")
    if address.get("country_code", "").upper() in ("US", "CA"):
        missing = [name for name in ("state_code", "postal_code") if not address.get(name)]
        for name in missing:
            checks.problem(f"{name} is missing")
        if "state_name" in address:
            checks.problem("state_name is only for countries other than US and CA")
    elif "state_code" in address:
        checks.problem("state_code is only for US and CA")


def _code(call: Call, name: str, codes: Mapping[str, str]) -> str:
    code = codes.get(call.query[name].upper())
    if code is None:
        call.refuse(f"{name} does not have a valid value (of {', '.join(codes)})")
    return code


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "email_id": row["email_id"],
        "email_address": row["email_address"],
        "roles": json.loads(row["roles"]),
        "confirm_status": row["confirm_status"],
    }
    if row["confirm_time"] is not None:
        shown["confirm_time"] = with_offset(row["confirm_time"])
        shown["confirm_source_type"] = row["confirm_source_type"]
    if pending := json.loads(row["pending_roles"]):
        shown["pending_roles"] = pending
    return shown
