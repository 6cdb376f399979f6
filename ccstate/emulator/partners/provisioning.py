"""Reads what a client account is to be made of, and says everything that is wrong with it.

Lengths and characters are the contract's. What it leaves open is marked as assumed.
"""

from __future__ import annotations

import re
from typing import Any

from ccstate.emulator.checks import Checks
from ccstate.emulator.partners import billing
from ccstate.emulator.partners.partnership import Partnership
from ccstate.emulator.places import PROVINCES, STATES
from ccstate.emulator.wire import Call

_LOGIN = re.compile(r"[A-Za-z0-9\-_@.+]*")
_WEBSITE = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Za-z]{2,3}")
_LENGTHS = {  # least and most
    "contact_phone": (5, 25), "organization_name": (1, 50), "organization_phone": (5, 25),
    "first_name": (2, 80), "last_name": (2, 80), "partner_account_id": (0, 80), "external_id": (1, 255),
    "external_provider": (1, 80), "time_zone_id": (0, 80), "website": (0, 255),
}  # fmt: skip
_FLAGS = ("managed_site_owner", "enable_single_billing", "gdpr_opt_out")
_KNOWN = (
    *_LENGTHS, *_FLAGS, "contact_email", "country_code", "login_name", "password", "state_code",
    "billing_locale",
)  # fmt: skip


def read(call: Call, partnership: Partnership) -> dict[str, Any]:
    """The provision without its password, which is stored and shown nowhere."""
    checks = Checks(call)
    checks.only(_KNOWN)
    provision: dict[str, Any] = {
        name: checks.text(name, least=a, most=b) for name, (a, b) in _LENGTHS.items()
    }
    provision |= {name: checks.boolean(name) for name in _FLAGS}
    provision["contact_email"] = checks.address("contact_email", required=True)
    provision["login_name"] = login_name(checks, least=6)
    provision |= _place(checks)
    provision["billing_locale"] = _locale(checks)
    if provision["website"] and not _WEBSITE.fullmatch(provision["website"]):
        checks.problem("website must be a URL that starts with http:// or https://")
    _check_password(checks, provision)
    _settle(checks, provision, partnership)
    checks.done()
    return provision


def login_name(checks: Checks, least: int = 1) -> str | None:
    name = checks.text("login_name", required=True, least=least, most=50)
    if name is not None and not _LOGIN.fullmatch(name):
        checks.problem("login_name may only contain letters, digits and - _ @ . +")
    return name


def _place(checks: Checks) -> dict[str, Any]:
    """A state for the United States and a province for Canada; blank elsewhere, but there."""
    country = checks.text("country_code", required=True, most=3)
    state = checks.text("state_code", required=True, blank=True)
    if country is not None and not _COUNTRY.fullmatch(country):
        checks.problem("country_code does not have a valid value: a code of ISO 3166-1 is wanted")
    known = {"US": STATES, "CA": PROVINCES}.get((country or "").upper())
    if state is not None and known is not None and state.upper() not in known:
        checks.problem(
            f"state_code does not have a valid value: a code of {(country or '').upper()} is wanted"
        )
    if state and country is not None and known is None:
        checks.problem("state_code must be blank outside of the United States and Canada")
    return {"country_code": country, "state_code": state.upper() if state else None}


def _locale(checks: Checks) -> str:
    """Case does not count: the contract writes `en_US`, an example of the guide `en_us`."""
    text = checks.text("billing_locale") or "en_US"
    found = next((known for known in billing.CURRENCIES if known.casefold() == text.casefold()), None)
    if found is None:
        checks.problem(f"billing_locale does not have a valid value (of {', '.join(billing.CURRENCIES)})")
    return found or "en_US"


def _check_password(checks: Checks, provision: dict[str, Any]) -> None:
    """Either a password or an external authenticator; both together are refused (assumed)."""
    password = checks.text("password", least=8, most=80)
    external = [name for name in ("external_id", "external_provider") if provision[name]]
    if len(external) == 1:
        checks.problem("external_id and external_provider belong together")
    if external and password is not None:
        checks.problem("password must not be used with an external authenticator")
    if not external and checks.body.get("password") is None:
        checks.problem("password is missing")
    name = provision["login_name"]
    if password and name and name.casefold() in password.casefold():
        checks.problem("password must not contain the login_name")


def _settle(checks: Checks, provision: dict[str, Any], partnership: Partnership) -> None:
    """What follows from the agreement: a false `managed_site_owner` is ignored, says the contract."""
    provision["managed_site_owner"] = partnership.managed or bool(provision["managed_site_owner"])
    if provision["enable_single_billing"]:
        if not partnership.single_billing:
            checks.problem("enable_single_billing: the partner account is not set up for single billing")
        if not provision["managed_site_owner"]:
            checks.problem("enable_single_billing is for managed accounts")
