"""The billing plan of a client account. Out of a trial leads one door, and it does not open again.

The day of billing is chosen in the call that goes through it, and ignored ever after. A plan shows tiers that
follow from the contacts in the account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import PARTNER
from ccstate.emulator.checks import Checks
from ccstate.emulator.partners import billing, partnership
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.wire import Answer, Call, Operation

_PATH = "/partner/accounts/{encoded_account_id}/plan"


def show(call: Call, encoded_account_id: str) -> Answer:
    return Answer(200, _shown(partnership.find(call.world, encoded_account_id)))


def update(call: Call, encoded_account_id: str) -> Answer:
    row = partnership.find(call.world, encoded_account_id)
    plan_type, plan_group_id, day = _read(call)
    if row["billing_status"] == billing.CANCELED:
        call.refuse("the account is canceled")
    group = _group(call, row, plan_group_id)
    _refuse_unavailable(call, row, plan_type, group)
    partnership.change(call.world, encoded_account_id, plan_group_id=group)
    if row["plan_type"] != billing.TRIAL_PLAN:
        partnership.change(call.world, encoded_account_id, plan_type=plan_type)
    elif plan_type != billing.TRIAL_PLAN:
        if day is None and not row["single_billing"]:
            call.refuse("billing_day_of_month is missing, the account is not set up for single billing")
        partnership.leave_trial(call.world, call.now, row, plan_type, day)
    return show(call, encoded_account_id)


OPERATIONS = (
    Operation("GET", _PATH, show, SERVICE, PARTNER),
    Operation("PUT", _PATH, update, SERVICE, PARTNER),
)


def _read(call: Call) -> tuple[str, int | None, int | None]:
    """The guide's example gives the day as a string, the contract as an integer."""
    checks = Checks(call)
    checks.only(("plan_type", "plan_group_id", "billing_day_of_month"))
    plan_type, group = checks.text("plan_type", required=True), checks.integer("plan_group_id")
    day = call.body.get("billing_day_of_month")
    if isinstance(day, str) and day.isascii() and day.isdigit() and len(day) < 3:
        day = int(day)
    day = Checks(call, {"billing_day_of_month": day}).integer("billing_day_of_month", 1, 31)
    if day is None and call.body.get("billing_day_of_month") is not None:
        checks.problem("billing_day_of_month does not have a valid value: 1 to 31")
    checks.done()
    return plan_type or "", group, day


def _group(call: Call, row: Mapping[str, Any], wanted: int | None) -> int:
    """One that the partner does not have stands for its default group; another one of its own is an error."""
    groups, current = partnership.plan_groups(call.world), row["plan_group_id"]
    if wanted is None or wanted == current:
        return int(current)
    if wanted in groups:
        call.refuse(f"plan_group_id {wanted} is not the account's plan group {current}")
    return next(iter(groups))


def _refuse_unavailable(call: Call, row: Mapping[str, Any], plan_type: str, group: int) -> None:
    if plan_type == billing.TRIAL_PLAN:
        if row["plan_type"] != billing.TRIAL_PLAN:
            call.refuse("plan_type cannot be changed back to TRIAL")
    elif plan_type not in partnership.plan_groups(call.world).get(group, ()):
        call.refuse(f"plan_type {plan_type} is not available in plan group {group}")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "plan_type": row["plan_type"],
        "current_tiers": [_tier(row)],
        "billing_status": row["billing_status"],
        "billing_day_of_month": row["billing_day_of_month"],
    }


def _tier(row: Mapping[str, Any]) -> dict[str, Any]:
    tier = billing.tier_for(row["subscriber_count"])
    locale = json.loads(row["provision"]).get("billing_locale")
    return {
        "usage_type": "CONTACTS",
        "current_usage": float(row["subscriber_count"]),
        "tier": tier.level,
        "tier_min": float(tier.least),
        "tier_max": float(tier.most),
        "price": billing.price(row["plan_type"], tier),
        "currency_code": billing.CURRENCIES.get(str(locale), "USD"),
    }
