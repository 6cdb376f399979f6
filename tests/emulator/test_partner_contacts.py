"""Users with single sign-on, and contacts that partners unsubscribe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.partner import ACCOUNTS, Partner, partnered

USER = {
    "first_name": "Josie",
    "last_name": "Lang",
    "role_name": "campaign_creator",
    "contact_email": "josie@example.org",
    "login_name": "josie",
    "external_id": "23378",
    "external_provider": "Yahoo",
}


@pytest.fixture
def partner(emulator: Emulated) -> Partner:
    return Partner(emulator)


def add_user(partner: Partner, account_id: str, **change: Any) -> int:
    return partner.post(f"{ACCOUNTS}/{account_id}/users/sso", USER | change).status_code


def test_a_user_is_added_once(partner: Partner) -> None:
    account_id = partner.client()
    answer = partner.post(f"{ACCOUNTS}/{account_id}/users/sso", USER)
    assert (answer.status_code, answer.content) == (201, b"")
    other = {"login_name": "other", "contact_email": "other@example.org", "external_id": "2"}
    assert add_user(partner, account_id, **other) == 201
    for name in other:
        new = {"login_name": "new", "contact_email": "new@example.org", "external_id": "3"}
        assert add_user(partner, account_id, **(new | {name: USER[name]})) == 409
    new = {"login_name": "new", "external_id": "3"}
    assert add_user(partner, account_id, **new) == 409
    assert add_user(partner, partner.client("second_client"), **new) == 201


def test_owners_and_users_share_their_login_names(partner: Partner) -> None:
    account_id = partner.client("riverbend")
    assert add_user(partner, account_id, login_name="riverbend") == 409
    assert add_user(partner, account_id, login_name="seaside") == 201
    assert partner.post(ACCOUNTS, {"login_name": "seaside"}).status_code == 400


@pytest.mark.parametrize(
    "change",
    [*({name: None} for name in USER), {"role_name": "account_owner"}, {"login_name": "a b"},
     {"login_name": "x" * 51}, {"contact_email": "x"}, {"first_name": "x" * 81}, {"external_id": "x" * 256},
     {"external_id": 5}, {"first_name": " "}],
)  # fmt: skip
def test_a_user_that_breaks_a_rule_is_400(partner: Partner, change: dict[str, Any]) -> None:
    assert add_user(partner, partner.client(), **change) == 400


def test_users_are_added_only_where_single_sign_on_was_agreed(partner: Partner) -> None:
    assert add_user(partner, "a0nobody") == 403
    partner = partnered(seed={"partner": {"sso": False, "accounts": ["riverbend"]}})
    assert add_user(partner, partner.listed()["riverbend"]["encoded_account_id"]) == 403


def contact(partner: Partner, account_id: str, address: str = "lang@example.org") -> str:
    body = {"email_address": {"address": address}, "create_source": "Account"}
    return str(partner.synced(account_id, "POST", "/contacts", body)["contact_id"])


def unsubscribe(partner: Partner, account_id: str, *addresses: str, **more: Any) -> Any:
    body = {"email_addresses": list(addresses), "update_source": "Account", **more}
    answer = partner.post(f"{ACCOUNTS}/{account_id}/contacts/unsubscribe", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_contacts_are_unsubscribed_and_counted(partner: Partner) -> None:
    account_id = partner.client()
    contact_id = contact(partner, account_id)
    contact(partner, account_id, "second@example.org")
    contact(partner, account_id, "third@example.org")
    told = unsubscribe(
        partner, account_id, "Lang@example.org", "second@example.org", "nobody@example.org",
        opt_out_reason="No longer interested.", update_source="Contact",
    )  # fmt: skip
    assert told == {"unsubscribed_count": 2}
    found = partner.synced(account_id, "GET", "/contacts/{id}", path={"id": contact_id})
    email = found["email_address"]
    assert (email["permission_to_send"], email["opt_out_source"]) == ("unsubscribed", "Contact")
    assert email["opt_out_reason"] == "No longer interested."
    assert partner.listed()["riverbend"]["subscriber_count"] == 1
    assert unsubscribe(partner, account_id, "lang@example.org") == {"unsubscribed_count": 0}


def test_contacts_are_deleted_where_that_is_asked_for(partner: Partner) -> None:
    account_id = partner.client()
    contact_id = contact(partner, account_id)
    assert unsubscribe(partner, account_id, "lang@example.org", delete_contacts=True) == {
        "unsubscribed_count": 1
    }
    found = partner.synced(account_id, "GET", "/contacts/{id}", path={"id": contact_id})
    assert found["deleted_at"] == "2026-05-04"
    assert found["email_address"]["permission_to_send"] == "unsubscribed"


def test_one_person_is_unsubscribed_everywhere(partner: Partner) -> None:
    accounts = [partner.client(f"client_{n}") for n in range(3)]
    for account_id in accounts[:2]:
        contact(partner, account_id)
    told = unsubscribe(partner, accounts[2], "lang@example.org", global_unsubscribe=True)
    assert told == {"unsubscribed_count": 2}
    assert [found["subscriber_count"] for found in partner.listed().values()] == [0, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"email_addresses": None},
        {"email_addresses": []},
        {"email_addresses": "lang@example.org"},
        {"email_addresses": ["lang"]},
        {"email_addresses": ["lang@example.org"] * 501},
        {"email_addresses": ["a@example.org", "b@example.org"], "global_unsubscribe": True},
        {"update_source": None},
        {"update_source": "account"},
        {"opt_out_reason": "x" * 256},
        {"delete_contacts": "yes"},
        {"global_unsubscribe": 1},
    ],
)
def test_an_unsubscribe_that_cannot_be_read_is_400(partner: Partner, change: dict[str, Any]) -> None:
    account_id = partner.client()
    contact(partner, account_id)
    body = {"email_addresses": ["lang@example.org"], "update_source": "Account"} | change
    assert partner.post(f"{ACCOUNTS}/{account_id}/contacts/unsubscribe", body).status_code == 400
    assert partner.listed()["riverbend"]["subscriber_count"] == 1


def test_contacts_of_nobodys_account_are_404(partner: Partner) -> None:
    body = {"email_addresses": ["lang@example.org"], "update_source": "Account"}
    assert partner.post(f"{ACCOUNTS}/a0nobody/contacts/unsubscribe", body).status_code == 404
