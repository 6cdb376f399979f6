"""Users of a client account who sign in with single sign-on. They can be added and, by this API, not seen."""

from __future__ import annotations

from ccstate.emulator.access import PARTNER
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import access_denied, conflict
from ccstate.emulator.partners import partnership
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.partners.provisioning import login_name
from ccstate.emulator.wire import Answer, Call, Operation

_ROLES = ("account_manager", "campaign_creator")
_LENGTHS = {"first_name": 80, "last_name": 80, "external_id": 255, "external_provider": 80}


def create(call: Call, encoded_account_id: str) -> Answer:
    """No 404 is declared: an account that is not there is not one with single sign-on either (assumed)."""
    row = partnership.look_up(call.world, encoded_account_id)
    if row is None or row["other_partner"] or not partnership.agreed(call.world).sso:
        raise access_denied(f"client account {encoded_account_id} has no single sign-on for all users")
    user = _read(call)
    _refuse_taken(call, encoded_account_id, user)
    partnership.add_user(call.world, call.now, encoded_account_id, user)
    return Answer(201)


OPERATIONS = (
    Operation("POST", "/partner/accounts/{encoded_account_id}/users/sso", create, SERVICE, PARTNER),
)


def _read(call: Call) -> dict[str, str]:
    checks = Checks(call)
    checks.only((*_LENGTHS, "role_name", "contact_email", "login_name"))
    user = {name: checks.text(name, required=True, most=most) for name, most in _LENGTHS.items()}
    user["role_name"] = checks.text("role_name", required=True)
    user["contact_email"] = checks.address("contact_email", required=True)
    user["login_name"] = login_name(checks)
    if user["role_name"] is not None and user["role_name"] not in _ROLES:
        checks.problem(f"role_name must be one of {', '.join(_ROLES)}")
    checks.done()
    return {name: text for name, text in user.items() if text is not None}


def _refuse_taken(call: Call, encoded_account_id: str, user: dict[str, str]) -> None:
    """Login names are unique everywhere, addresses in an account, and ids within their provider (assumed)."""
    if partnership.is_taken(call.world, user["login_name"]):
        raise conflict(SERVICE, f"login_name {user['login_name']} already exists")
    sql = "SELECT 1 FROM client_users WHERE encoded_account_id = ? AND email_key = ?"
    if call.world.db.value(sql, encoded_account_id, user["contact_email"].casefold()):
        raise conflict(SERVICE, f"contact_email {user['contact_email']} already exists in the account")
    sql = "SELECT 1 FROM client_users WHERE external_id = ? AND external_provider = ?"
    if call.world.db.value(sql, user["external_id"], user["external_provider"]):
        raise conflict(SERVICE, f"external_id {user['external_id']} already exists")
