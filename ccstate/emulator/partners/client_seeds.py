"""The partner of a seed: what was agreed with it, its plan groups, and client accounts of any standing."""

from __future__ import annotations

import re
from typing import Any

from ccstate.emulator.checks import is_email_address
from ccstate.emulator.partners import billing, partnership
from ccstate.emulator.partners.partnership import Partnership
from ccstate.emulator.seeding.seed_items import Item
from ccstate.emulator.storage.world import World

PARTNER = ("managed", "single_billing", "sso", "plan_groups", "accounts")
_PLAN_GROUP = ("plan_group_id", "plans")
_PROVISION = (
    "login_name", "organization_name", "contact_email", "contact_phone", "organization_phone", "country_code",
    "state_code", "time_zone_id", "website", "first_name", "last_name", "billing_locale",
)  # fmt: skip
ACCOUNT = (
    *_PROVISION, "encoded_account_id", "managed", "single_billing", "disabled", "other_partner", "plan_type",
    "plan_group_id", "billing_status", "billing_day_of_month", "created_at", "contacts", "content",
)  # fmt: skip
_ENCODED = re.compile(r"[A-Za-z0-9_-]{1,80}")


def agree(world: World, item: Item) -> None:
    default = Partnership()
    partnership.agree(
        world,
        Partnership(
            managed=item.get("managed", bool, default.managed),
            single_billing=item.get("single_billing", bool, default.single_billing),
            sso=item.get("sso", bool, default.sso),
        ),
    )
    for number, element in enumerate(item.get("plan_groups", list, [])):
        _add_plan_group(world, Item(f"{item.place}.plan_groups[{number}]", element, _PLAN_GROUP))


def add(world: World, item: Item) -> str:
    """One client account; what is in it comes afterwards."""
    encoded_account_id = item.get("encoded_account_id", str)
    if encoded_account_id is not None:
        if not _ENCODED.fullmatch(encoded_account_id):
            raise item.bad("encoded_account_id", "letters, digits, - and _ are wanted, 80 at most")
        sql = "SELECT 1 FROM client_accounts WHERE encoded_account_id = ?"
        if world.db.value(sql, encoded_account_id):
            raise item.bad("encoded_account_id", f"{encoded_account_id!r} is there already")
    if partnership.is_taken(world, item.text("login_name")):
        raise item.bad("login_name", f"{item.text('login_name')!r} is taken")
    chosen = {"encoded_account_id": encoded_account_id, **_standing(world, item)}
    row = partnership.add(world, item.instant("created_at", world.now()), _provision(item), **chosen)
    return str(row["encoded_account_id"])


def _add_plan_group(world: World, item: Item) -> None:
    plan_group_id, plans = item.number("plan_group_id", most=2**31 - 1), item.words("plans")
    if not plans:
        raise item.bad("plans", "missing")
    if plan_group_id in partnership.plan_groups(world) and _has_groups(world):
        raise item.bad("plan_group_id", f"{plan_group_id} is there already")
    partnership.add_plan_group(world, plan_group_id, plans)


def _has_groups(world: World) -> bool:
    return world.db.value("SELECT 1 FROM plan_groups") is not None


def _provision(item: Item) -> dict[str, Any]:
    provision = {name: item.get(name, str) for name in _PROVISION}
    name = provision["login_name"]
    email = provision["contact_email"] or (name if is_email_address(name) else f"{name}@example.com")
    if not is_email_address(email):
        raise item.bad("contact_email", "no email address")
    locale = item.word("billing_locale", tuple(billing.CURRENCIES), "en_US")
    country = provision["country_code"] or "US"
    return provision | {"contact_email": email, "billing_locale": locale, "country_code": country}


def _standing(world: World, item: Item) -> dict[str, Any]:
    """A plan that is not the trial is billed, unless the seed says otherwise."""
    plan_type = item.get("plan_type", str, billing.TRIAL_PLAN)
    is_trial = plan_type == billing.TRIAL_PLAN
    status = item.word("billing_status", billing.STATUSES, billing.TRIAL if is_trial else billing.OPEN)
    day = item.number("billing_day_of_month", 0 if is_trial else 1, 31) or None
    default_group = next(iter(partnership.plan_groups(world)))
    return {
        "managed": item.get("managed", bool, partnership.agreed(world).managed),
        "single_billing": item.get("single_billing", bool, False),
        "disabled": item.get("disabled", bool, False),
        "other_partner": item.get("other_partner", bool, False),
        "plan_type": plan_type,
        "plan_group_id": item.number("plan_group_id", default_group, 2**31 - 1),
        "billing_status": status,
        "billing_day_of_month": day,
    }
