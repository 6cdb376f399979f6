"""Sign-up forms: whoever is new is made, whoever is known is added to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import NOW, Emulated
from tests.emulator.contacts import PATH, change, contact, ids, read

FORM = f"{PATH}/sign_up_form"
SMS = {
    "sms_address": "7815550100",
    "dial_code": "1",
    "country_code": "US",
    "sms_channel_consents": [
        {
            "sms_consent_permission": "pending_confirmation",
            "consent_type": "promotional_sms",
            "consent_medium_type": "LF",
            "consent_medium_url": "https://example.com/form",
            "consent_medium_details": "The form at the counter",
            "advertised_frequency": 1,
            "advertised_interval": "weekly",
        }
    ],
}


def sign_up(emulator: Emulated, *list_ids: str, address: str = "ann@example.com", **more: Any) -> Any:
    form = {"email_address": address, "list_memberships": list(list_ids), **more}
    answer = emulator.post(FORM, form)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["action"] == {200: "updated", 201: "created"}[answer.status_code]
    return answer.json()


def test_who_is_new_is_made_with_explicit_permission(emulator: Emulated) -> None:
    list_id = emulator.list()
    told = sign_up(
        emulator, list_id, first_name="Ann", phone_number="555 0100",
        street_address={"kind": "home", "city": "Waltham"}, anniversary="11-15-2006",
    )  # fmt: skip
    assert told["action"] == "created"
    shown = read(emulator, told["contact_id"])
    email = shown["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("explicit", "Contact")
    assert (shown["create_source"], shown["anniversary"]) == ("Contact", "2006-11-15")
    assert [phone["phone_number"] for phone in shown["phone_numbers"]] == ["555 0100"]
    assert shown["street_addresses"][0]["city"] == "Waltham"
    assert shown["list_memberships"] == [list_id]


def test_who_is_known_is_added_to_and_nothing_is_taken_away(emulator: Emulated) -> None:
    first, second = emulator.list("A"), emulator.list("B")
    fields = [
        emulator.post("/v3/contact_custom_fields", {"label": label, "type": "string"}).json()[
            "custom_field_id"
        ]
        for label in ("Car", "Cat")
    ]
    known = contact(
        emulator, first_name="Ann", last_name="Lee", list_memberships=[first],
        custom_fields=[{"custom_field_id": fields[0], "value": "red"}],
        phone_numbers=[{"phone_number": "1", "kind": "home"}],
    )  # fmt: skip
    told = sign_up(
        emulator, second, address="Ann@Example.com", last_name="Law", phone_number="2",
        custom_fields=[{"custom_field_id": fields[1], "value": "Tom"}],
    )  # fmt: skip
    assert told == {"contact_id": known, "action": "updated"}
    shown = read(emulator, known)
    assert (shown["first_name"], shown["last_name"]) == ("Ann", "Law")
    assert shown["list_memberships"] == [first, second]
    assert [field["value"] for field in shown["custom_fields"]] == ["red", "Tom"]
    assert [phone["phone_number"] for phone in shown["phone_numbers"]] == ["1", "2"]
    assert shown["email_address"]["permission_to_send"] == "explicit"
    assert (shown["create_source"], shown["update_source"]) == ("Account", "Contact")


def test_the_same_form_twice_changes_nothing_but_dates(emulator: Emulated) -> None:
    list_id = emulator.list()
    address = {"kind": "work", "city": "Boston"}
    form: dict[str, Any] = {"phone_number": "555", "street_address": address, "sms_channel": SMS}
    told = sign_up(emulator, list_id, **form)
    first = read(emulator, told["contact_id"])
    assert sign_up(emulator, list_id, **form) == told | {"action": "updated"}
    second = read(emulator, told["contact_id"])
    changed = {name for name in second if first.get(name) != second[name]}
    assert changed == {"update_source", "sms_channel"}
    assert second["sms_channel"] == first["sms_channel"] | {"update_source": "Contact"}


def test_a_deleted_contact_comes_back(emulator: Emulated) -> None:
    list_id = emulator.list()
    known = contact(emulator)
    emulator.delete(f"{PATH}/{known}")
    assert sign_up(emulator, list_id)["contact_id"] == known
    assert ids(emulator, f"lists={list_id}") == [known]


def test_an_unsubscribed_contact_is_subscribed_again(emulator: Emulated) -> None:
    list_id = emulator.list()
    known = contact(emulator)
    gone = {"address": "ann@example.com", "permission_to_send": "unsubscribed"}
    change(emulator, known, update_source="Contact", email_address=gone)
    sign_up(emulator, list_id)
    email = read(emulator, known)["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("explicit", "Contact")
    assert "opt_out_date" not in email


def test_a_number_alone_makes_a_contact_and_finds_it_again(emulator: Emulated) -> None:
    list_id = emulator.list()
    form = {"list_memberships": [list_id], "sms_channel": SMS}
    first, second = emulator.post(FORM, form), emulator.post(FORM, form | {"first_name": "Ann"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["contact_id"] == second.json()["contact_id"]
    shown = read(emulator, first.json()["contact_id"])
    assert ("email_address" in shown, shown["first_name"]) == (False, "Ann")
    consent = shown["sms_channel"]["sms_channel_consents"][0]
    assert (consent["advertised_frequency"], consent["created_at"]) == ("1", NOW)
    assert sign_up(emulator, list_id, sms_channel=SMS)["contact_id"] == shown["contact_id"]
    assert read(emulator, shown["contact_id"])["email_address"]["permission_to_send"] == "explicit"


def test_a_number_of_somebody_else_is_409(emulator: Emulated) -> None:
    list_id = emulator.list()
    emulator.post(FORM, {"list_memberships": [list_id], "sms_channel": SMS})
    contact(emulator)
    form = {"email_address": "ann@example.com", "list_memberships": [list_id], "sms_channel": SMS}
    assert emulator.post(FORM, form).status_code == 409


@pytest.mark.parametrize(
    "more",
    [
        {"email_address": None}, {"email_address": {"address": "ann@example.com"}}, {"email_address": "ann"},
        {"email_address": f"{'x' * 40}@example.com"}, {"list_memberships": []}, {"list_memberships": None},
        {"first_name": "x" * 51}, {"phone_number": 5}, {"phone_number": "5" * 26}, {"birthday_day": 5},
        {"street_address": {"city": "Waltham"}}, {"street_address": []}, {"custom_fields": [{"value": "x"}]},
        {"sms_channel": {}}, {"sms_channel": SMS | {"country_code": "usa"}},
        {"sms_channel": SMS | {"sms_channel_consents": []}},
    ],
)  # fmt: skip
def test_a_form_that_breaks_a_rule_is_400(emulator: Emulated, more: dict[str, Any]) -> None:
    form = {"email_address": "ann@example.com", "list_memberships": [emulator.list()]}
    answer = emulator.post(FORM, form | more)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


def test_a_form_cannot_add_more_than_a_contact_can_have(make: Callable[..., Emulated]) -> None:
    seed = {
        "lists": [{"name": "L{n}", "repeat": 51}],
        "custom_fields": [{"label": "F{n}", "repeat": 26}],
    }
    emulator = make(seed=seed)
    lists = [found["list_id"] for found in emulator.all("/v3/contact_lists", "lists")]
    fields = [
        {"custom_field_id": found["custom_field_id"], "value": "x"}
        for found in emulator.all("/v3/contact_custom_fields", "custom_fields")
    ]
    contact(emulator, list_memberships=lists[:50], custom_fields=fields[:25])
    form = {"email_address": "ann@example.com", "list_memberships": lists[:1]}
    assert emulator.post(FORM, form | {"custom_fields": fields[:25]}).status_code == 200
    assert emulator.post(FORM, form | {"list_memberships": lists[50:]}).status_code == 400
    assert emulator.post(FORM, form | {"custom_fields": fields[25:]}).status_code == 400


def test_with_confirmed_opt_in_who_is_new_must_confirm(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(confirmed_opt_in=True))
    told = sign_up(emulator, emulator.list())
    email = read(emulator, told["contact_id"])["email_address"]
    assert (email["permission_to_send"], email["confirm_status"]) == ("pending_confirmation", "pending")
    assert "opt_in_date" not in email
    assert ids(emulator, "status=pending_confirmation") == [told["contact_id"]]
    emulator.control("confirmations", {"email_address": "ann@example.com"})
    email = read(emulator, told["contact_id"])["email_address"]
    assert (email["permission_to_send"], email["confirm_status"]) == ("explicit", "confirmed")
    assert email["opt_in_date"] == NOW
    assert emulator.post("/_control/confirmations", {"email_address": "ann@example.com"}).status_code == 400
