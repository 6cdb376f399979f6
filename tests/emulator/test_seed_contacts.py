"""Contacts of seeds: crowds, and single ones written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.client import NOW, Emulated
from tests.emulator.contacts import PATH, contact, ids, read

ANN: dict[str, Any] = {
    "email_address": "ann@example.org",
    "permission_to_send": "explicit",
    "first_name": "Ann",
    "birthday_month": 2,
    "birthday_day": 29,
    "anniversary": "11/15/2006",
    "phone_numbers": ["555 0100", {"phone_number": "555 0101", "kind": "work"}],
    "street_addresses": [{"kind": "work", "city": "Waltham"}, "1 Quay"],
    "notes": ["Likes tea"],
    "sms_number": "17815550100",
    "lists": ["News"],
    "tags": ["VIP"],
    "custom_fields": {"Tier": "gold", "Teas": ["Black", "Green"], "Age": 40},
    "create_source": "Contact",
    "created_at": "2024-03-01T12:00:00Z",
    "updated_at": "2024-04-01T12:00:00Z",
    "opt_in_date": "2024-03-02",
}
SEED: dict[str, Any] = {
    "lists": ["News", "Staff"],
    "tags": ["VIP"],
    "custom_fields": [
        {"label": "Tier", "type": "single_select", "choices": ["Gold", "Silver"]},
        {"label": "Teas", "type": "multi_select", "choices": ["Black", "Green"]},
        {"label": "Age", "type": "number"},
    ],
}


def test_a_contact_is_stored_as_it_is_written(make: Callable[..., Emulated]) -> None:
    emulator = make(seed={**SEED, "contacts": [ANN]})
    shown = read(emulator, ids(emulator)[0])
    email = shown["email_address"]
    assert (email["opt_in_source"], email["opt_in_date"]) == ("Contact", "2024-03-02T00:00:00Z")
    assert (shown["created_at"], shown["updated_at"]) == ("2024-03-01T12:00:00Z", "2024-04-01T12:00:00Z")
    assert (shown["anniversary"], shown["birthday_day"]) == ("2006-11-15", 29)
    assert [phone["kind"] for phone in shown["phone_numbers"]] == ["other", "work"]
    assert [part.get("street") for part in shown["street_addresses"]] == [None, "1 Quay"]
    assert [field["value"] for field in shown["custom_fields"]] == ["Gold", "Black, Green", "40"]
    assert (len(shown["list_memberships"]), len(shown["taggings"]), len(shown["notes"])) == (1, 1, 1)
    assert shown["sms_channel"]["sms_address"] == "7815550100"


def test_a_contact_may_have_left_long_ago(make: Callable[..., Emulated]) -> None:
    gone = {"email_address": "a@example.org", "status": "unsubscribed", "opt_out_reason": "Enough",
            "opt_out_source": "Contact", "opt_out_date": "2020-01-01"}  # fmt: skip
    dead = {"email_address": "b@example.org", "status": "deleted", "permission_to_send": "explicit",
            "updated_at": "2021-01-01", "lists": ["News"]}  # fmt: skip
    emulator = make(seed={**SEED, "contacts": [gone, dead, "eve@example.org", {"first_name": "Nameless"}]})
    assert len(ids(emulator, "optout_before=2020-01-02")) == 1
    shown = read(emulator, ids(emulator, "status=deleted")[0])
    assert (shown["deleted_at"], shown["list_memberships"]) == ("2021-01-01", [])
    assert len(ids(emulator, "status=active")) == 1
    assert len(ids(emulator, "status=not_set")) == 1


def test_a_repeated_contact_is_numbered_in_all_its_texts(make: Callable[..., Emulated]) -> None:
    many = {"email_address": "n{n}@example.org", "phone_numbers": ["555 010{n}"], "repeat": 3}
    emulator = make(seed={"contacts": [many]})
    found = emulator.get(f"{PATH}?include=phone_numbers")["contacts"]
    assert [one["phone_numbers"][0]["phone_number"] for one in found] == ["555 0101", "555 0102", "555 0103"]


def test_a_crowd_differs_and_is_the_same_in_every_run(make: Callable[..., Emulated]) -> None:
    crowd = {"count": 100, "lists": ["News"], "created_at": "2025-01-01", "permission_to_send": "explicit"}
    path = f"{PATH}?limit=500&include=street_addresses"
    first, second = (make(seed={**SEED, "contacts": [crowd]}).get(path)["contacts"] for _ in range(2))
    assert first == second
    assert len({(one["first_name"], one["last_name"]) for one in first}) > 50
    assert len({one["street_addresses"][0]["city"] for one in first}) > 5
    assert {one["email_address"]["opt_in_date"] for one in first} == {"2025-01-01T00:00:00Z"}


def test_crowds_of_every_status_count_where_they_should(make: Callable[..., Emulated]) -> None:
    statuses = ("active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
    crowds = [
        {"count": n, "status": status, "lists": ["News"], "tags": ["VIP"], "custom_fields": {"Tier": "Gold"}}
        for n, status in enumerate(statuses, 1)
    ]
    emulator = make(seed={**SEED, "contacts": crowds})
    assert [len(ids(emulator, f"status={status}")) for status in statuses] == [1, 2, 3, 4, 5, 6]
    list_id = emulator.get("/v3/contact_lists?name=News")["lists"][0]["list_id"]
    for wanted, members in (("all", 19), ("active", 1)):
        shown = emulator.get(f"/v3/contact_lists?include_membership_count={wanted}")["lists"]
        assert [one["membership_count"] for one in shown] == [members, 0]
    assert len(ids(emulator, f"lists={list_id}&status=all")) == 19
    assert emulator.get("/v3/contact_tags?include_count=true")["tags"][0]["contacts_count"] == 19
    counts = {"total": 19, "explicit": 0, "implicit": 1, "pending": 4, "unsubscribed": 6}
    assert emulator.get(f"{PATH}/counts") == counts


def test_the_control_plane_takes_what_a_seed_takes(emulator: Emulated) -> None:
    emulator.control("load", SEED)
    assert emulator.control("contacts", ANN) == {"contacts": 1}
    assert emulator.control("contacts", {"count": 2, "status": "temp_hold"}) == {"contacts": 2}
    assert len(ids(emulator, "status=temp_hold")) == 2
    assert emulator.get(PATH)["contacts"][1]["created_at"] == NOW


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 2, "first_name": "Ann"}, {"email_address": "ann"}, {"email_address": 5}, {"first_name": 5},
        {"first_name": "A", "birthday_month": 13}, {"first_name": "A", "anniversary": "soon"},
        {"first_name": "A", "phone_numbers": [{"number": "5"}]}, {"first_name": "A", "phone_numbers": "5"},
        {"first_name": "A", "street_addresses": [{"kind": "fax"}]}, {"first_name": "A", "notes": [{}]},
        {"first_name": "A", "opt_in_date": "2024-01-01"},
        {"email_address": "a@b.example", "opt_in_date": "x"},
        {"email_address": "a@b.example", "opt_in_source": "Me"}, {"first_name": "A", "sms_number": "5"},
        {"status": "active", "permission_to_send": "unsubscribed"}, {"permission_to_send": "active"},
        {"custom_fields": {"Tier": "Bronze"}}, {"custom_fields": {"Absent": "x"}}, {"tags": ["absent"]},
        {"custom_fields": {"Age": "old"}}, {"created_at": "soon"}, {"email_address": "taken@example.org"},
        {"first_name": "A", "sms_number": "17815550199"}, {"count": 5},
    ],
)  # fmt: skip
def test_a_contact_that_cannot_be_planted_is_400_and_leaves_nothing(emulator: Emulated, wrong: Any) -> None:
    taken = {"email_address": "taken@example.org", "sms_number": "17815550199"}
    emulator.control("load", {**SEED, "contacts": [taken]})
    if wrong == {"count": 5}:
        contact(emulator, "contact3@example.com")
    before = ids(emulator)
    assert emulator.post("/_control/contacts", wrong).status_code == 400
    assert ids(emulator) == before
