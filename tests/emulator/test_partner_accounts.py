"""Client accounts of a partner: provisioned, listed, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import Emulated
from tests.emulator.partner import ACCOUNTS, Partner, partnered, provision


@pytest.fixture
def partner(emulator: Emulated) -> Partner:
    return Partner(emulator)


def test_a_client_account_is_provisioned_as_a_trial(partner: Partner) -> None:
    answer = partner.post(ACCOUNTS, provision("riverbend"))
    assert answer.status_code == 201
    created = answer.json()
    assert set(created) == {"encoded_account_id", "provision_uuid"}
    assert partner.get(ACCOUNTS) == {
        "site_owner_list": [
            {
                "encoded_account_id": created["encoded_account_id"],
                "subscriber_count": 0,
                "organization_name": "The riverbend",
                "site_owner_name": "riverbend",
                "billing_status": "Trial",
            }
        ]
    }
    plan = partner.plan(created["encoded_account_id"])
    assert (plan["plan_type"], plan["billing_status"], plan["billing_day_of_month"]) == (
        "TRIAL",
        "Trial",
        None,
    )


def test_an_account_begins_with_what_it_was_provisioned_with(partner: Partner) -> None:
    account_id = partner.client(first_name="Hank", website="http://example.org", contact_phone="111-333-5656")
    summary = partner.synced(account_id, "GET", "/account/summary")
    assert summary == {
        "encoded_account_id": account_id,
        "encoded_partner_id": partner.get("/v3/account/summary")["encoded_account_id"],
        "organization_name": "The riverbend",
        "contact_email": "riverbend@example.org",
        "contact_phone": "111-333-5656",
        "first_name": "Hank",
        "country_code": "us",
        "state_code": "MA",
        "time_zone_id": "America/New_York",
        "website": "http://example.org",
    }
    (sender,) = partner.synced(account_id, "GET", "/account/emails")
    assert (sender["email_address"], sender["confirm_status"]) == ("riverbend@example.org", "CONFIRMED")
    assert partner.synced(account_id, "GET", "/contact_lists") == {"lists": []}


def test_a_password_is_shown_nowhere(partner: Partner) -> None:
    partner.client(password="a secret of sorts")
    assert "a secret of sorts" not in partner.call("GET", "/_control/dump").text


def test_a_login_name_is_taken_once_whatever_its_case(partner: Partner) -> None:
    partner.client("riverbend")
    answer = partner.post(ACCOUNTS, provision("RiverBend"))
    assert (answer.status_code, answer.json()[0]["error_key"]) == (409, "partner.api.conflict")
    assert len(partner.listed()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"contact_email": None},
        {"contact_email": "no address"},
        {"contact_email": f"{'x' * 80}@example.org"},
        {"country_code": None},
        {"country_code": "U"},
        {"country_code": "USAA"},
        {"country_code": "12"},
        {"state_code": None},
        {"state_code": ""},
        {"state_code": "XX"},
        {"country_code": "DE"},
        {"country_code": "CA"},
        {"login_name": None},
        {"login_name": "short"},
        {"login_name": "x" * 51},
        {"login_name": "river bend"},
        {"login_name": "riverbänd"},
        {"password": None},
        {"password": "seven77"},
        {"password": "x" * 81},
        {"password": "my riverbend"},
        {"external_id": "1"},
        {"external_id": "1", "external_provider": "Yahoo"},
        {"contact_phone": "1234"},
        {"contact_phone": "1" * 26},
        {"organization_phone": "1234"},
        {"organization_name": ""},
        {"organization_name": "x" * 51},
        {"first_name": "x"},
        {"last_name": "x" * 81},
        {"partner_account_id": "x" * 81},
        {"website": "www.example.org"},
        {"website": "https://"},
        {"billing_locale": "de_DE"},
        {"managed_site_owner": "true"},
        {"enable_single_billing": 1},
        {"gdpr_opt_out": []},
        {"contact_email": 5},
        {"login_name": {"a": 1}},
    ],
)
def test_a_provision_that_breaks_a_rule_is_400_and_makes_nothing(
    partner: Partner, change: dict[str, Any]
) -> None:
    answer = partner.post(ACCOUNTS, provision() | change)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "partner.api.validation.error")
    assert partner.listed() == {}


@pytest.mark.parametrize(
    "change",
    [
        {"country_code": "CA", "state_code": "on"},
        {"country_code": "DE", "state_code": ""},
        {"password": None, "external_id": "1", "external_provider": "Yahoo"},
        {"billing_locale": "en_gb"},
        {"login_name": "a-b_c@d.e+f"},
        {"enable_single_billing": True, "gdpr_opt_out": True},
        {"unheard": "of"},
    ],
)
def test_a_provision_that_keeps_the_rules_is_taken(partner: Partner, change: dict[str, Any]) -> None:
    assert partner.post(ACCOUNTS, provision() | change).status_code == 201


def test_all_accounts_are_managed_where_that_was_agreed() -> None:
    partner = partnered()
    partner.client(managed_site_owner=False)
    assert len(partner.get(f"{ACCOUNTS}?account_type=managed")["site_owner_list"]) == 1
    partner = partnered(seed={"partner": {"managed": False}})
    partner.client("unmanaged")
    partner.client("managed", managed_site_owner=True)
    names = {
        kind: [
            found["site_owner_name"]
            for found in partner.get(f"{ACCOUNTS}?account_type={kind}")["site_owner_list"]
        ]
        for kind in ("all", "managed", "unmanaged")
    }
    assert names == {"all": ["unmanaged", "managed"], "managed": ["managed"], "unmanaged": ["unmanaged"]}


def test_single_billing_must_have_been_agreed() -> None:
    partner = partnered(seed={"partner": {"single_billing": False}})
    assert partner.post(ACCOUNTS, provision(enable_single_billing=True)).status_code == 400


def test_a_new_client_joins_the_partners_oldest_list(partner: Partner) -> None:
    list_id = partner.list("Clients")
    partner.list("Others")
    partner.client("riverbend", first_name="Hank")
    partner.client("discreet", gdpr_opt_out=True)
    (contact,) = partner.get(f"/v3/contacts?lists={list_id}")["contacts"]
    assert (contact["email_address"]["address"], contact["first_name"]) == ("riverbend@example.org", "Hank")


def test_the_list_is_paged_by_an_offset(make: Callable[..., Emulated]) -> None:
    partner = Partner(make(seed={"partner": {"accounts": [{"login_name": "client{n}", "repeat": 25}]}}))
    page = partner.get(f"{ACCOUNTS}?limit=10&account_type=managed")
    assert len(page["site_owner_list"]) == 10
    assert page["_links"]["next"]["href"] == f"{ACCOUNTS}?offset=MTA*&limit=10&account_type=managed"
    names = [found["site_owner_name"] for found in partner.all(f"{ACCOUNTS}?limit=10", "site_owner_list")]
    assert names == [f"client{n}" for n in range(1, 26)]


@pytest.mark.parametrize("limit", ["0", "9", "51", "-5", "99999999999999999999"])
def test_a_limit_out_of_range_is_ignored(make: Callable[..., Emulated], limit: str) -> None:
    partner = Partner(make(seed={"partner": {"accounts": [{"login_name": "client{n}", "repeat": 60}]}}))
    page = partner.get(f"{ACCOUNTS}?limit={limit}")
    assert len(page["site_owner_list"]) == 50
    assert page["_links"]["next"]["href"] == f"{ACCOUNTS}?offset=NTA*&limit=50"


@pytest.mark.parametrize(
    "query", ["limit=ten", "offset=!", "offset=MTA=%3D", "offset=YQ**", "offset=LTE*", "account_type=mine"]
)
def test_a_query_that_cannot_be_read_is_400(partner: Partner, query: str) -> None:
    assert partner.call("GET", f"{ACCOUNTS}?{query}").status_code == 400


def test_provisioning_that_is_deferred_happens_after_all() -> None:
    partner = partnered(switches=Switches(provisioning_deferred=True))
    list_id = partner.list("Clients")
    answer = partner.post(ACCOUNTS, provision())
    assert (answer.status_code, answer.json()["error_key"]) == (503, "service_unavailable")
    assert partner.listed() == {}
    assert partner.post(ACCOUNTS, provision()).status_code == 409
    assert partner.get(f"/v3/contacts?lists={list_id}")["contacts"] == []
    partner.advance("PT5S")
    assert len(partner.get(f"/v3/contacts?lists={list_id}")["contacts"]) == 1
    account_id = partner.listed()["riverbend"]["encoded_account_id"]
    assert partner.synced(account_id, "GET", "/contact_lists") == {"lists": []}


def test_an_account_is_cancelled_at_once(partner: Partner) -> None:
    account_id = partner.client()
    answer = partner.cancel(account_id)
    assert (answer.status_code, answer.json()) == (200, {"effective_date": "2026-05-04T09:15:22.000Z"})
    assert partner.listed()["riverbend"]["billing_status"] == "Canceled"
    assert partner.plan(account_id)["billing_status"] == "Canceled"


def test_an_account_is_cancelled_when_the_time_has_come(partner: Partner) -> None:
    account_id = partner.client()
    body = {"reason_id": 14, "effective_date": "2026-05-10T12:00:00+02:00"}
    answer = partner.cancel(account_id, body)
    assert answer.json() == {"reason_id": 14, "effective_date": "2026-05-10T10:00:00.000Z"}
    assert partner.listed()["riverbend"]["billing_status"] == "Trial"
    partner.advance("P5D")
    partner.cancel(account_id, {"effective_date": "2026-05-20"})
    partner.advance("P5D")
    assert partner.listed()["riverbend"]["billing_status"] == "Trial"
    partner.advance("P10D")
    assert partner.listed()["riverbend"]["billing_status"] == "Canceled"


def test_a_cancelled_account_is_closed(partner: Partner) -> None:
    account_id = partner.client()
    partner.cancel(account_id)
    assert partner.cancel(account_id).status_code == 400
    assert partner.set_plan(account_id, plan_type="GOLD", billing_day_of_month=1).status_code == 400
    assert partner.sync(account_id, "GET", "/contact_lists").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"reason_id": 4},
        {"reason_id": "1"},
        {"reason_id": 10**30},
        {"effective_date": "soon"},
        {"effective_date": "2026-05-04T09:15:21Z"},
        {"effective_date": 5},
    ],
)
def test_a_cancellation_that_cannot_be_read_is_400(partner: Partner, body: dict[str, Any]) -> None:
    account_id = partner.client()
    assert partner.cancel(account_id, body).status_code == 400
    assert partner.listed()["riverbend"]["billing_status"] == "Trial"


def test_accounts_of_nobody_and_of_another_partner_are_refused() -> None:
    other = {"login_name": "elsewhere", "encoded_account_id": "a0elsewhere", "other_partner": True}
    partner = partnered(seed={"partner": {"accounts": [other]}})
    assert partner.listed() == {}
    assert partner.cancel("a0nobody").status_code == 404
    assert partner.cancel("a0elsewhere").status_code == 400
    for account_id in ("a0nobody", "a0elsewhere", "%00", "x" * 1000):
        assert partner.call("GET", f"{ACCOUNTS}/{account_id}/plan").status_code == 404
        assert partner.sync(account_id, "GET", "/contact_lists").status_code == 404


def test_a_trial_ends_after_sixty_days(partner: Partner) -> None:
    account_id = partner.client("trying")
    paying = partner.client("paying")
    partner.pay(paying)
    partner.advance("P59D")
    assert partner.plan(account_id)["billing_status"] == "Trial"
    partner.advance("P1D")
    assert partner.plan(account_id)["billing_status"] == "Trial End"
    assert partner.plan(paying)["billing_status"] == "Open"
    partner.pay(account_id)
    assert partner.plan(account_id)["billing_status"] == "Open"


def test_a_seed_describes_clients_of_any_standing(make: Callable[..., Emulated]) -> None:
    accounts = [
        "plain_client",
        {"login_name": "gold", "plan_type": "GOLD", "billing_day_of_month": 7, "contacts": 600,
         "content": {"lists": [{"name": "Inner", "members": 2}]}},
        {"login_name": "gone", "plan_type": "SILVER", "billing_status": "Canceled", "managed": False},
    ]  # fmt: skip
    partner = Partner(make(seed={"partner": {"accounts": accounts}}))
    listed = partner.listed()
    assert [(found["billing_status"], found["subscriber_count"]) for found in listed.values()] == [
        ("Trial", 0), ("Open", 602), ("Canceled", 0),
    ]  # fmt: skip
    gold = listed["gold"]["encoded_account_id"]
    assert partner.plan(gold)["current_tiers"][0]["tier"] == 2
    assert partner.synced(gold, "GET", "/contact_lists")["lists"][0]["name"] == "Inner"


@pytest.mark.parametrize(
    "document",
    [
        5,
        {"colour": 1},
        {"managed": "yes"},
        {"plan_groups": [{"plan_group_id": 5}]},
        {"plan_groups": [{"plan_group_id": 5, "plans": ["X"]}, {"plan_group_id": 5, "plans": ["Y"]}]},
        {"accounts": [{}]},
        {"accounts": [{"login_name": "twice"}, {"login_name": "twice"}]},
        {"accounts": [{"login_name": "a", "encoded_account_id": "../up"}]},
        {"accounts": [{"login_name": "{n}", "encoded_account_id": "same", "repeat": 2}]},
        {"accounts": [{"login_name": "a", "billing_status": "open"}]},
        {"accounts": [{"login_name": "a", "billing_locale": "de_DE"}]},
        {"accounts": [{"login_name": "a", "contact_email": "b"}]},
        {"accounts": [{"login_name": "a b"}]},
        {"accounts": [{"login_name": "a", "content": {"partner": {}}}]},
        {"accounts": [{"login_name": "a", "content": {"emulator_dump": 3}}]},
        {"accounts": [{"login_name": "a", "content": {"colour": 1}}]},
    ],
)
def test_a_partner_that_cannot_be_planted_is_400_and_changes_nothing(partner: Partner, document: Any) -> None:
    partner.client("kept_client")
    assert partner.post("/_control/reset", {"seed": {"partner": document}}).status_code == 400
    account_id = partner.listed()["kept_client"]["encoded_account_id"]
    assert partner.synced(account_id, "GET", "/contact_lists") == {"lists": []}
