"""Consent counts, the second mail to who unsubscribed, and numbers of the former API."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.client import Emulated, emulated
from tests.emulator.contacts import PATH, body, change, contact, ids, read


def with_permission(emulator: Emulated, permission: str, name: str = "") -> str:
    address = {"address": f"{name or permission}@example.com", "permission_to_send": permission}
    return str(emulator.post(PATH, body() | {"email_address": address}).json()["contact_id"])


def test_an_empty_account_counts_nobody(emulator: Emulated) -> None:
    nobody = {"total": 0, "explicit": 0, "implicit": 0, "pending": 0, "unsubscribed": 0}
    assert emulator.get(f"{PATH}/counts") == nobody


def test_contacts_are_counted_by_what_they_agreed_to(emulator: Emulated) -> None:
    for permission, times in (
        ("explicit", 1), ("implicit", 3), ("pending_confirmation", 2), ("unsubscribed", 1), ("temp_hold", 1),
    ):  # fmt: skip
        for n in range(times):
            with_permission(emulator, permission, f"{permission}{n}")
    emulator.post(PATH, {"create_source": "Account", "first_name": "Ann"})
    emulator.delete(f"{PATH}/{contact(emulator)}")
    counts = {"total": 9, "explicit": 1, "implicit": 3, "pending": 2, "unsubscribed": 1}
    assert emulator.get(f"{PATH}/counts") == counts
    assert len(ids(emulator)) == counts["total"]
    assert len(ids(emulator, "status=active")) == counts["explicit"] + counts["implicit"]


def test_who_subscribed_within_thirty_days_is_counted_on_demand(emulator: Emulated) -> None:
    with_permission(emulator, "explicit")
    emulator.advance("P31D")
    with_permission(emulator, "implicit")
    with_permission(emulator, "unsubscribed")
    assert emulator.get(f"{PATH}/counts?include=new_subscriber")["new_subscriber"] == 1
    assert emulator.call("GET", f"{PATH}/counts?include=old").status_code == 400


def test_an_unsubscribed_contact_is_asked_once_and_subscribed_when_it_confirms(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = with_permission(emulator, "unsubscribed", "ann")
    path = f"{PATH}/resubscribe/{contact_id}"
    answer = emulator.put(path, {"list_ids": [list_id]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert emulator.put(path, {"list_ids": [list_id]}).status_code == 409
    before = read(emulator, contact_id)
    assert (before["email_address"]["permission_to_send"], before["list_memberships"]) == ("unsubscribed", [])
    emulator.control("confirmations", {"email_address": "ann@example.com"})
    after = read(emulator, contact_id)
    email = after["email_address"]
    assert (email["permission_to_send"], email["confirm_status"]) == ("explicit", "confirmed")
    assert (email["opt_in_source"], after["list_memberships"]) == ("Contact", [list_id])


def test_who_comes_back_and_leaves_again_may_be_asked_again(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact_id = with_permission(emulator, "unsubscribed", "ann")
    for _ in range(2):
        answer = emulator.put(f"{PATH}/resubscribe/{contact_id}", {"list_ids": [list_id]})
        assert answer.status_code == 200
        emulator.control("confirmations", {"email_address": "ann@example.com"})
        gone = {"address": "ann@example.com", "permission_to_send": "unsubscribed"}
        change(emulator, contact_id, email_address=gone)


@pytest.mark.parametrize("sent", [{}, {"list_ids": []}, {"list_ids": "x"}, {"list_ids": ["x"]}])
def test_a_second_mail_needs_a_list_that_exists(emulator: Emulated, sent: Any) -> None:
    contact_id = with_permission(emulator, "unsubscribed")
    assert emulator.put(f"{PATH}/resubscribe/{contact_id}", sent).status_code == 400


def test_only_the_unsubscribed_are_asked(emulator: Emulated) -> None:
    list_id, contact_id = emulator.list(), contact(emulator)
    path = f"{PATH}/resubscribe/{contact_id}"
    assert emulator.put(path, {"list_ids": [list_id]}).status_code == 400
    emulator.delete(f"{PATH}/{contact_id}")
    assert emulator.put(path, {"list_ids": [list_id]}).status_code == 404


def test_numbers_of_the_former_api_are_places_in_the_order_of_creation(emulator: Emulated) -> None:
    made = [contact(emulator, f"{name}@example.com") for name in "abc"]
    xrefs = emulator.get(f"{PATH}/contact_id_xrefs?sequence_ids=3,0001,99")["xrefs"]
    assert xrefs == [
        {"sequence_id": "0001", "contact_id": made[0]},
        {"sequence_id": "3", "contact_id": made[2]},
    ]
    list_id = emulator.list()
    found = emulator.get("/v3/contact_lists/list_id_xrefs?sequence_ids=1")["xrefs"]
    assert found == [{"sequence_id": "1", "list_id": list_id}]
    campaign_id, activity_id = emulator.campaign()
    found = emulator.get("/v3/emails/campaign_id_xrefs?v2_email_campaign_ids=1,2")["xrefs"]
    assert found == [
        {"v2_email_campaign_id": "1", "campaign_id": campaign_id, "campaign_activity_id": activity_id}
    ]


@pytest.mark.parametrize(
    ("path", "name", "most"),
    [
        ("/v3/contacts/contact_id_xrefs", "sequence_ids", 500),
        ("/v3/contact_lists/list_id_xrefs", "sequence_ids", 500),
        ("/v3/emails/campaign_id_xrefs", "v2_email_campaign_ids", 50),
    ],
)
def test_numbers_are_few_and_numbers(emulator: Emulated, path: str, name: str, most: int) -> None:
    assert emulator.get(f"{path}?{name}={','.join(['7'] * most)},") == {"xrefs": []}
    assert emulator.get(f"{path}?{name}={'9' * 100}") == {"xrefs": []}
    for text in ("", ",", "x", "-1", "1.5", ",".join(["7"] * (most + 1))):
        assert emulator.call("GET", f"{path}?{name}={text}").status_code == 400
    assert emulator.call("GET", path).status_code == 400


@given(data=st.data())
def test_the_counts_are_what_one_would_count(data: st.DataObject) -> None:
    """Whatever happened to the contacts: they are kept count of, not counted."""
    emulator = emulated(seed={"contacts": [{"count": 6}, {"count": 3, "status": "unsubscribed"}]})
    ids = [contact["contact_id"] for contact in emulator.get("/v3/contacts?status=all")["contacts"]]
    permissions = ("explicit", "implicit", "unsubscribed", "not_set", "pending_confirmation")
    for contact_id in data.draw(st.lists(st.sampled_from(ids), max_size=12)):
        if data.draw(st.booleans()):
            emulator.delete(f"/v3/contacts/{contact_id}")
            continue
        permission = data.draw(st.sampled_from(permissions))
        email = {"address": f"{contact_id}@example.org", "permission_to_send": permission}
        emulator.put(f"/v3/contacts/{contact_id}", {"email_address": email, "update_source": "Contact"})
    shown = emulator.all("/v3/contacts?status=all&limit=500", "contacts")
    there = [contact for contact in shown if "deleted_at" not in contact]
    found = Counter(contact["email_address"]["permission_to_send"] for contact in there)
    counts = emulator.get("/v3/contacts/counts")
    assert counts["total"] == len(there)
    assert {name: counts[name] for name in ("explicit", "implicit", "unsubscribed")} == {
        name: found[name] for name in ("explicit", "implicit", "unsubscribed")
    }
    assert counts["pending"] == found["pending_confirmation"]
    dump = emulator.control("dump")
    emulator.control("load", dump)
    assert emulator.get("/v3/contacts/counts") == counts
