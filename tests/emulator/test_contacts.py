"""Contacts one by one: made, replaced, deleted, revived, and what their bodies may hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.client import NOW, Emulated, emulated
from tests.emulator.contacts import PATH, SUBRESOURCES, body, change, contact, ids, read

ANYONE = "00000000-0000-1000-8000-000000000000"


def test_a_new_contact_is_answered_with_201(emulator: Emulated) -> None:
    answer = emulator.post(PATH, body(first_name="Ann", birthday_month=2, birthday_day=29))
    assert answer.status_code == 201
    assert answer.json() == {
        "contact_id": answer.json()["contact_id"],
        "email_address": {
            "address": "ann@example.com",
            "permission_to_send": "implicit",
            "created_at": NOW,
            "updated_at": NOW,
            "opt_in_source": "Account",
            "opt_in_date": NOW,
            "confirm_status": "off",
        },
        "first_name": "Ann",
        "birthday_month": 2,
        "birthday_day": 29,
        "create_source": "Account",
        "created_at": NOW,
        "updated_at": NOW,
    }
    assert read(emulator, answer.json()["contact_id"], "") == answer.json()


def test_a_create_source_that_is_missing_is_said_in_the_words_of_the_service(emulator: Emulated) -> None:
    answer = emulator.post(PATH, {"first_name": "Ann"})
    message = "create_source is missing, create_source does not have a valid value"
    assert answer.json() == [{"error_key": "contacts.api.validation.error", "error_message": message}]


@pytest.mark.parametrize("name", ["first_name", "last_name", "email_address", "sms_channel"])
def test_a_name_an_address_or_a_number_is_enough(emulator: Emulated, name: str) -> None:
    sms = {
        "full_sms_address": "17815550100",
        "sms_channel_consents": [
            {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"},
        ],
    }
    value = {"email_address": {"address": "a@example.com"}, "sms_channel": sms}.get(name, "Ann")
    assert emulator.post(PATH, {"create_source": "Contact", name: value}).status_code == 201
    assert emulator.post(PATH, {"create_source": "Contact", "job_title": "Chef"}).status_code == 400


def test_a_second_contact_with_the_address_is_409_and_named(emulator: Emulated) -> None:
    first, second = contact(emulator), contact(emulator, "bob@example.com")
    taken = f"Validation failed: Email already exists for contact {first}"
    for answer in (
        emulator.post(PATH, body("ANN@example.com")),
        emulator.put(
            f"{PATH}/{second}",
            {"update_source": "Account", "email_address": {"address": "Ann@Example.com"}},
        ),
    ):
        assert answer.status_code == 409
        assert answer.json() == [{"error_key": "contacts.api.conflict", "error_message": taken}]


def test_put_empties_what_it_leaves_out_but_no_sub_resource(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = contact(emulator, first_name="Ann", last_name="Lee", list_memberships=[list_id])
    changed = change(emulator, contact_id, last_name="Law")
    assert ("first_name" in changed, changed["last_name"]) == (False, "Law")
    shown = read(emulator, contact_id)
    assert (shown["list_memberships"], shown["email_address"]["address"]) == ([list_id], "ann@example.com")
    assert change(emulator, contact_id, list_memberships=[])["list_memberships"] == []


def test_put_needs_an_update_source_and_keeps_the_create_source(emulator: Emulated) -> None:
    contact_id = contact(emulator)
    assert emulator.put(f"{PATH}/{contact_id}", {"first_name": "Ann"}).status_code == 400
    assert emulator.put(f"{PATH}/{contact_id}", {"update_source": "Me"}).status_code == 400
    emulator.advance("PT90S")
    changed = change(emulator, contact_id, create_source="Contact")
    assert (changed["create_source"], changed["update_source"]) == ("Account", "Account")
    assert (changed["created_at"], changed["updated_at"]) == (NOW, "2026-05-04T09:16:52Z")


def test_a_deleted_contact_keeps_its_address_and_can_be_revived(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = contact(emulator, first_name="Ann", list_memberships=[list_id])
    assert emulator.delete(f"{PATH}/{contact_id}").status_code == 204
    assert emulator.delete(f"{PATH}/{contact_id}").status_code == 404
    shown = read(emulator, contact_id)
    assert (shown["deleted_at"], shown["list_memberships"], shown["first_name"]) == ("2026-05-04", [], "Ann")
    assert shown["email_address"]["permission_to_send"] == "implicit"
    assert ids(emulator, "email=ann@example.com") == []
    assert ids(emulator, "email=ann@example.com&status=deleted") == [contact_id]
    assert emulator.post(PATH, body()).status_code == 409
    assert emulator.put(f"{PATH}/{contact_id}", {"update_source": "Contact"}).status_code == 400
    assert "deleted_at" not in change(emulator, contact_id, list_memberships=[list_id])
    assert ids(emulator) == [contact_id]


def test_who_opts_out_says_when_and_why_and_comes_back_without_that(emulator: Emulated) -> None:
    contact_id = contact(emulator)
    gone = {"address": "ann@example.com", "permission_to_send": "unsubscribed", "opt_out_reason": "Enough"}
    email = change(emulator, contact_id, email_address=gone)["email_address"]
    assert (email["opt_out_source"], email["opt_out_date"], email["opt_out_reason"]) == (
        "Account",
        NOW,
        "Enough",
    )
    assert ids(emulator, "status=unsubscribed") == [contact_id]
    emulator.advance("P1D")
    back = gone | {"permission_to_send": "explicit"}
    email = change(emulator, contact_id, email_address=back)["email_address"]
    assert [name for name in email if name.startswith("opt_out")] == []
    assert (email["opt_in_date"], email["permission_to_send"]) == ("2026-05-05T09:15:22Z", "explicit")


def test_only_the_contact_itself_can_take_its_own_opt_out_back(emulator: Emulated) -> None:
    contact_id = contact(emulator)
    gone = {"address": "ann@example.com", "permission_to_send": "unsubscribed"}
    change(emulator, contact_id, update_source="Contact", email_address=gone)
    back = {"address": "ann@example.com", "permission_to_send": "implicit"}
    answer = emulator.put(f"{PATH}/{contact_id}", {"update_source": "Account", "email_address": back})
    assert answer.status_code == 400
    assert change(emulator, contact_id, first_name="Ann")["first_name"] == "Ann"
    assert read(emulator, contact_id)["email_address"]["permission_to_send"] == "unsubscribed"
    email = change(emulator, contact_id, update_source="Contact", email_address=back)["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("implicit", "Contact")


def test_an_unsubscribed_contact_stays_on_its_lists_and_is_not_active_there(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = contact(emulator, list_memberships=[list_id])
    contact(emulator, "bob@example.com", list_memberships=[list_id])
    gone = {"address": "ann@example.com", "permission_to_send": "unsubscribed"}
    change(emulator, contact_id, email_address=gone)
    counts = {
        wanted: emulator.get(f"/v3/contact_lists/{list_id}?include_membership_count={wanted}")[
            "membership_count"
        ]
        for wanted in ("all", "active")
    }
    assert counts == {"all": 2, "active": 1}


def test_a_tag_counts_who_can_be_seen(emulator: Emulated) -> None:
    tag_id = emulator.post("/v3/contact_tags", {"name": "VIP"}).json()["tag_id"]
    contact_id = contact(emulator, taggings=[tag_id])
    contact(emulator, "bob@example.com", taggings=[tag_id])
    emulator.delete(f"{PATH}/{contact_id}")
    assert emulator.get(f"/v3/contact_tags/{tag_id}?include_count=true")["contacts_count"] == 1
    assert read(emulator, contact_id)["taggings"] == [tag_id]
    assert len(ids(emulator, f"tags={tag_id}")) == 1


def test_phones_addresses_and_notes_are_shown_with_ids_that_stay(emulator: Emulated) -> None:
    parts: dict[str, Any] = {
        "phone_numbers": [{"phone_number": "555 0100", "kind": "home"}, {"phone_number": "555 0101"}],
        "street_addresses": [{"kind": "work", "street": "1 Quay", "city": "Waltham", "country": "US"}],
        "notes": [{"content": "Likes tea"}],
    }
    contact_id = contact(emulator, **parts)
    shown = read(emulator, contact_id)
    assert [phone["kind"] for phone in shown["phone_numbers"]] == ["home", "other"]
    assert shown["phone_numbers"][0]["create_source"] == "Account"
    assert shown["street_addresses"][0]["city"] == "Waltham"
    emulator.advance("P1D")
    parts["notes"] = [*shown["notes"], {"content": "Likes cake"}]
    changed = change(emulator, contact_id, **parts)
    for name in ("phone_numbers", "street_addresses"):
        assert changed[name] == shown[name]
    assert [note["content"] for note in changed["notes"]] == ["Likes cake", "Likes tea"]
    assert changed["notes"][1] == shown["notes"][0]


def test_addresses_that_change_keep_their_id_and_say_when(emulator: Emulated) -> None:
    contact_id = contact(emulator, street_addresses=[{"kind": "home", "city": "Waltham"}])
    first = read(emulator, contact_id)["street_addresses"][0]
    emulator.advance("P1D")
    moved = change(emulator, contact_id, street_addresses=[{"kind": "home", "city": "Boston"}])
    second = moved["street_addresses"][0]
    assert second["street_address_id"] == first["street_address_id"]
    assert (second["created_at"], second["updated_at"]) == (NOW, "2026-05-05T09:15:22Z")


@pytest.mark.parametrize(
    ("given", "shown"),
    [("11/15/2006", "2006-11-15"), ("1/5/2006", "2006-01-05"), ("2006/1/5", "2006-01-05"),
     ("2006-11-15", "2006-11-15"), ("11-15-2006", "2006-11-15")],
)  # fmt: skip
def test_an_anniversary_has_many_spellings(emulator: Emulated, given: str, shown: str) -> None:
    assert read(emulator, contact(emulator, anniversary=given))["anniversary"] == shown


@pytest.mark.parametrize(
    "more",
    [
        {"first_name": "x" * 51}, {"last_name": 5}, {"birthday_month": 13, "birthday_day": 1},
        {"birthday_month": 1}, {"birthday_day": 1}, {"birthday_day": 32, "birthday_month": 1},
        {"anniversary": "2006-13-01"}, {"anniversary": "11-15-06"}, {"anniversary": "soon"},
        {"email_address": "ann@example.com"}, {"email_address": {}}, {"email_address": {"address": "ann"}},
        {"email_address": {"address": f"{'x' * 80}@example.com"}},
        {"email_address": {"address": "a@b.example", "permission_to_send": "active"}},
        {"phone_numbers": [{"phone_number": str(n)} for n in range(4)]},
        {"phone_numbers": [{"phone_number": "5" * 26}]}, {"phone_numbers": [{"kind": "home"}]},
        {"phone_numbers": [{"phone_number": "5", "kind": "fax"}]}, {"phone_numbers": {"kind": "home"}},
        {"street_addresses": [{"kind": "home"}] * 4}, {"street_addresses": [{"city": "Waltham"}]},
        {"street_addresses": [{"kind": "mobile"}]},
        {"street_addresses": [{"kind": "home", "city": "x" * 51}]},
        {"street_addresses": [{"kind": "home", "street": "x" * 256}]},
        {"notes": [{"content": ""}]}, {"notes": [{"content": "x" * 2001}]},
        {"notes": [{"content": "x"}] * 26},
        {"list_memberships": [ANYONE]}, {"list_memberships": ["x"]}, {"list_memberships": [ANYONE] * 51},
        {"list_memberships": "x"}, {"taggings": [ANYONE]}, {"taggings": [5]},
        {"custom_fields": [{"custom_field_id": ANYONE, "value": "x"}]}, {"custom_fields": [{"value": "x"}]},
        {"create_source": "account"}, {"create_source": 5},
        {"sms_channel": {"full_sms_address": "17815550100"}},
        {"sms_channel": {"full_sms_address": "4420", "sms_channel_consents": [{}]}},
    ],
)  # fmt: skip
def test_a_body_that_breaks_a_rule_is_400(emulator: Emulated, more: dict[str, Any]) -> None:
    answer = emulator.post(PATH, body() | more)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")
    assert ids(emulator, "status=all") == []


def test_a_contact_has_room_for_fifty_lists_and_fifty_tags(make: Any) -> None:
    emulator = make(
        seed={"lists": [{"name": "L{n}", "repeat": 51}], "tags": [{"name": "T{n}", "repeat": 51}]}
    )
    lists = [found["list_id"] for found in emulator.all("/v3/contact_lists", "lists")]
    tags = [found["tag_id"] for found in emulator.all("/v3/contact_tags?limit=500", "tags")]
    assert emulator.post(PATH, body(list_memberships=lists)).status_code == 400
    assert emulator.post(PATH, body(taggings=tags)).status_code == 400
    shown = read(emulator, contact(emulator, list_memberships=lists[:50], taggings=tags[:50]))
    assert (shown["list_memberships"], shown["taggings"]) == (lists[:50], tags[:50])


def test_a_deleted_list_cannot_be_joined(emulator: Emulated) -> None:
    emulator.list("kept")
    list_id = emulator.list("gone")
    emulator.delete(f"/v3/contact_lists/{list_id}")
    assert emulator.post(PATH, body(list_memberships=[list_id])).status_code == 400


@pytest.mark.parametrize("contact_id", ["5", "x", ANYONE, "counts%00"])
def test_an_unknown_contact_is_404(emulator: Emulated, contact_id: str) -> None:
    for answer in (
        emulator.call("GET", f"{PATH}/{contact_id}"),
        emulator.put(f"{PATH}/{contact_id}", {"update_source": "Account"}),
        emulator.delete(f"{PATH}/{contact_id}"),
    ):
        assert (answer.status_code, answer.json()[0]["error_key"]) == (404, "contacts.api.not_found")


def test_sub_resources_are_shown_only_on_demand(emulator: Emulated) -> None:
    contact_id = contact(emulator, list_memberships=[emulator.list()], notes=[{"content": "x"}])
    assert set(read(emulator, contact_id, "")) & set(SUBRESOURCES) == set()
    assert set(read(emulator, contact_id, "notes,taggings")) & set(SUBRESOURCES) == {"notes", "taggings"}
    assert emulator.call("GET", f"{PATH}/{contact_id}?include=lists").status_code == 400


def test_an_sms_number_is_shown_in_its_parts_and_belongs_to_one_contact(emulator: Emulated) -> None:
    consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}
    channel = {"full_sms_address": "17815550100", "sms_channel_consents": [consent]}
    contact_id = contact(emulator, sms_channel=channel)
    shown = read(emulator, contact_id)["sms_channel"]
    assert (shown["sms_address"], shown["dial_code"], shown["country_code"]) == ("7815550100", "1", "US")
    dates = {"opt_in_date": NOW, "created_at": NOW, "updated_at": NOW}
    assert shown["sms_channel_consents"] == [consent | dates]
    assert emulator.post(PATH, body("bob@example.com", sms_channel=channel)).status_code == 409
    assert ids(emulator, "sms_status=explicit") == [contact_id]


def test_what_a_contact_agreed_to_by_sms_is_remembered(emulator: Emulated) -> None:
    consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}
    channel = {"full_sms_address": "+17815550100", "sms_channel_consents": [consent]}
    contact_id = contact(emulator, sms_channel=channel)
    emulator.advance("P1D")
    consent["sms_consent_permission"] = "unsubscribed"
    change(emulator, contact_id, update_source="Contact", sms_channel=channel)
    change(emulator, contact_id, update_source="Contact", sms_channel=channel)
    history = emulator.get(f"{PATH}/sms_engagement_history/{contact_id}")
    assert {entry["contact_id"] for entry in history} == {contact_id}
    told = [
        (
            entry["insert_time"],
            entry["history_details"]["consent_action_type"],
            entry["history_details"]["source"],
        )
        for entry in history
    ]
    assert told == [(NOW, "opt_in", "A"), ("2026-05-05T09:15:22Z", "opt_out", "C")]


WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50).filter(str.strip)
KINDS = st.sampled_from(["home", "work", "other"])
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "first_name": WORD, "last_name": WORD, "job_title": WORD, "company_name": WORD,
        "anniversary": st.dates().map(str), "phone_numbers": st.lists(
            st.fixed_dictionaries({"phone_number": WORD.map(lambda text: text[:25] + "5"), "kind": KINDS}),
            max_size=3,
        ),
        "street_addresses": st.lists(
            st.fixed_dictionaries({"kind": KINDS}, optional={"city": WORD, "street": WORD}), max_size=3
        ),
        "notes": st.lists(st.fixed_dictionaries({"content": WORD}), max_size=3),
        "birthday": st.dates(),
    },
)  # fmt: skip
EMULATOR = emulated()
SUBJECT = contact(EMULATOR, "subject@example.com")


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_what_put_wrote_get_shows_and_putting_that_changes_nothing(written: dict[str, Any]) -> None:
    if (birthday := written.pop("birthday", None)) is not None:
        written |= {"birthday_month": birthday.month, "birthday_day": birthday.day}
    written = {
        name: [{**part, "phone_number": part["phone_number"][:25]} for part in value]
        if name == "phone_numbers"
        else value
        for name, value in written.items()
    }
    change(EMULATOR, SUBJECT, **written)
    shown = read(EMULATOR, SUBJECT)
    for name, value in written.items():
        if isinstance(value, list):
            pairs = zip(shown[name], value, strict=True)
            assert all(part.items() <= found.items() for found, part in pairs)
        else:
            assert shown[name] == value
    assert {"first_name", "anniversary", "birthday_day"} & (set(shown) - set(written)) == set()
    echoed = {name: value for name, value in shown.items() if name != "sms_channel"}
    change(EMULATOR, SUBJECT, **echoed)
    assert read(EMULATOR, SUBJECT) == shown
