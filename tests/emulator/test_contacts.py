"""Contacts one by one: made, replaced, deleted, revived."""

from __future__ import annotations

from typing import Any

from tests.emulator.client import Emulated

PATH = "/v3/contacts"
EVERYTHING = "custom_fields,phone_numbers,street_addresses,list_memberships,taggings,notes,sms_channel"


def body(address: str = "ann@example.com", **more: Any) -> dict[str, Any]:
    return {"email_address": {"address": address}, "create_source": "Account", **more}


def contact(emulator: Emulated, address: str = "ann@example.com", **more: Any) -> str:
    answer = emulator.post(PATH, body(address, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["contact_id"])


def change(emulator: Emulated, contact_id: str, **more: Any) -> Any:
    answer = emulator.put(f"{PATH}/{contact_id}", {"update_source": "Account", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_new_contact_is_answered_with_201(emulator: Emulated) -> None:
    answer = emulator.post(PATH, body(first_name="Ann", birthday_month=2, birthday_day=29))
    assert answer.status_code == 201
    assert answer.json() == {
        "contact_id": answer.json()["contact_id"],
        "email_address": {
            "address": "ann@example.com",
            "permission_to_send": "implicit",
            "created_at": "2026-05-04T09:15:22Z",
            "updated_at": "2026-05-04T09:15:22Z",
            "opt_in_source": "Account",
            "opt_in_date": "2026-05-04T09:15:22Z",
            "confirm_status": "off",
        },
        "first_name": "Ann",
        "birthday_month": 2,
        "birthday_day": 29,
        "create_source": "Account",
        "created_at": "2026-05-04T09:15:22Z",
        "updated_at": "2026-05-04T09:15:22Z",
    }
    assert emulator.get(f"{PATH}/{answer.json()['contact_id']}") == answer.json()


def test_a_second_contact_with_the_address_is_409_and_named(emulator: Emulated) -> None:
    first = contact(emulator)
    answer = emulator.post(PATH, body("ANN@example.com"))
    assert (answer.status_code, answer.json()[0]["error_key"]) == (409, "contacts.api.conflict")
    assert answer.json()[0]["error_message"].endswith(f"Email already exists for contact {first}")


def test_put_empties_what_it_leaves_out_but_no_sub_resource(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = contact(emulator, first_name="Ann", last_name="Lee", list_memberships=[list_id])
    changed = change(emulator, contact_id, last_name="Law")
    assert ("first_name" in changed, changed["last_name"]) == (False, "Law")
    shown = emulator.get(f"{PATH}/{contact_id}?include=list_memberships")
    assert (shown["list_memberships"], shown["email_address"]["address"]) == ([list_id], "ann@example.com")
    assert change(emulator, contact_id, list_memberships=[])["list_memberships"] == []


def test_a_deleted_contact_keeps_its_address_and_can_be_revived(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = contact(emulator, first_name="Ann", list_memberships=[list_id])
    assert emulator.delete(f"{PATH}/{contact_id}").status_code == 204
    assert emulator.delete(f"{PATH}/{contact_id}").status_code == 404
    shown = emulator.get(f"{PATH}/{contact_id}?include=list_memberships")
    assert (shown["deleted_at"], shown["list_memberships"], shown["first_name"]) == ("2026-05-04", [], "Ann")
    assert emulator.get(f"{PATH}?email=ann@example.com")["contacts"] == []
    assert len(emulator.get(f"{PATH}?email=ann@example.com&status=deleted")["contacts"]) == 1
    assert emulator.post(PATH, body()).status_code == 409
    assert emulator.put(f"{PATH}/{contact_id}", {"update_source": "Contact"}).status_code == 400
    assert "deleted_at" not in change(emulator, contact_id, list_memberships=[list_id])
    assert [found["contact_id"] for found in emulator.get(PATH)["contacts"]] == [contact_id]
