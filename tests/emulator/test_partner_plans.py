"""Billing plans of client accounts: one door out of a trial, and tiers that follow the contacts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.emulator.partners import billing
from tests.emulator.client import Emulated
from tests.emulator.partner import Partner, partnered

GROUPS = {
    "plan_groups": [
        {"plan_group_id": 152, "plans": ["BRONZE", "SILVER", "GOLD"]},
        {"plan_group_id": 90, "plans": ["BASIC", "ULTIMATE"]},
    ]
}


@pytest.fixture
def partner(emulator: Emulated) -> Partner:
    return Partner(emulator)


def test_a_plan_shows_the_tier_that_the_contacts_make(partner: Partner) -> None:
    account_id = partner.client()
    partner.pay(account_id)
    partner.fabricate(account_id, 510)
    partner.fabricate(account_id, 5, status="unsubscribed")
    assert partner.plan(account_id) == {
        "plan_type": "GOLD",
        "current_tiers": [
            {
                "usage_type": "CONTACTS",
                "current_usage": 510.0,
                "tier": 2,
                "tier_min": 501.0,
                "tier_max": 1000.0,
                "price": 40.0,
                "currency_code": "USD",
            }
        ],
        "billing_status": "Open",
        "billing_day_of_month": 4,
    }


def test_a_trial_costs_nothing_and_has_no_day(partner: Partner) -> None:
    plan = partner.plan(partner.client(billing_locale="en_GB"))
    assert plan["billing_day_of_month"] is None
    assert (plan["current_tiers"][0]["price"], plan["current_tiers"][0]["currency_code"]) == (0.0, "GBP")


def test_leaving_a_trial_opens_the_account_for_good(partner: Partner) -> None:
    account_id = partner.client()
    assert partner.set_plan(account_id, plan_type="TRIAL").json()["billing_status"] == "Trial"
    answer = partner.set_plan(account_id, plan_type="SILVER", billing_day_of_month=15)
    assert answer.status_code == 200
    assert answer.json() == partner.plan(account_id)
    assert (answer.json()["billing_status"], answer.json()["billing_day_of_month"]) == ("Open", 15)
    assert partner.set_plan(account_id, plan_type="TRIAL").status_code == 400
    assert partner.plan(account_id)["plan_type"] == "SILVER"


def test_the_day_of_billing_is_ignored_ever_after(partner: Partner) -> None:
    account_id = partner.client()
    partner.set_plan(account_id, plan_type="SILVER", billing_day_of_month=15)
    answer = partner.set_plan(account_id, plan_type="GOLD", billing_day_of_month=20)
    assert (answer.json()["plan_type"], answer.json()["billing_day_of_month"]) == ("GOLD", 15)


def test_the_day_of_billing_may_be_written_as_text(partner: Partner) -> None:
    answer = partner.set_plan(partner.client(), plan_type="GOLD", billing_day_of_month="1")
    assert answer.json()["billing_day_of_month"] == 1


def test_without_single_billing_a_day_must_be_chosen(partner: Partner) -> None:
    assert partner.set_plan(partner.client("several"), plan_type="GOLD").status_code == 400
    single = partner.client("single", enable_single_billing=True)
    assert partner.set_plan(single, plan_type="GOLD").json()["billing_day_of_month"] == 4


def test_a_plan_must_be_in_the_plan_group() -> None:
    partner = partnered(seed={"partner": GROUPS})
    account_id = partner.client()
    for plan_type in ("BASIC", "PLATINUM", "gold", ""):
        assert partner.set_plan(account_id, plan_type=plan_type, billing_day_of_month=1).status_code == 400
    assert partner.plan(account_id)["plan_type"] == "TRIAL"


def test_a_plan_group_is_the_current_one_or_one_that_does_not_exist() -> None:
    old = {"login_name": "old", "plan_type": "BASIC", "plan_group_id": 90}
    partner = partnered(seed={"partner": {**GROUPS, "accounts": [old]}})
    account_id = partner.listed()["old"]["encoded_account_id"]
    assert partner.set_plan(account_id, plan_type="ULTIMATE").json()["plan_type"] == "ULTIMATE"
    assert partner.set_plan(account_id, plan_type="BASIC", plan_group_id=90).status_code == 200
    assert partner.set_plan(account_id, plan_type="GOLD", plan_group_id=152).status_code == 400
    assert partner.set_plan(account_id, plan_type="GOLD", plan_group_id=7).json()["plan_type"] == "GOLD"
    assert partner.set_plan(account_id, plan_type="BASIC").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"plan_type": None},
        {"plan_type": 5},
        {"plan_type": "GOLD", "billing_day_of_month": 0},
        {"plan_type": "GOLD", "billing_day_of_month": 32},
        {"plan_type": "GOLD", "billing_day_of_month": "first"},
        {"plan_type": "GOLD", "billing_day_of_month": "²"},
        {"plan_type": "GOLD", "billing_day_of_month": 1.5},
        {"plan_type": "GOLD", "billing_day_of_month": True},
        {"plan_type": "GOLD", "billing_day_of_month": 1, "plan_group_id": "152"},
        {"plan_type": "GOLD", "billing_day_of_month": 1, "plan_group_id": 10**40},
    ],
)
def test_a_plan_that_cannot_be_read_is_400(partner: Partner, body: dict[str, Any]) -> None:
    account_id = partner.client()
    assert partner.set_plan(account_id, **body).status_code == 400
    assert partner.plan(account_id)["plan_type"] == "TRIAL"


def test_other_methods_are_405(partner: Partner) -> None:
    assert partner.delete(f"/v3/partner/accounts/{partner.client()}/plan").status_code == 405


@given(st.integers(0, 10_000_000))
def test_every_number_of_contacts_has_a_tier_that_holds_it(contacts: int) -> None:
    tier = billing.tier_for(contacts)
    assert tier.least <= contacts <= tier.most
    above, below = billing.tier_for(tier.most + 1), billing.tier_for(max(tier.least - 1, 0))
    assert (above.level, above.least) == (tier.level + 1, tier.most + 1)
    assert below.level == max(tier.level - 1, 1)
