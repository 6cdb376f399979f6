"""Which contacts `GET /contacts` finds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstate.emulator import Switches
from tests.emulator.client import Emulated, emulated
from tests.emulator.contacts import PATH, body, change, contact, ids

STATUSES = ("active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
ANYONE = "00000000-0000-1000-8000-000000000000"


def crowd() -> Emulated:
    """One contact of every permission, a nameless address, a deleted one; each a day after the one before."""
    emulator = emulated()
    for permission in (
        "explicit",
        "implicit",
        "not_set",
        "pending_confirmation",
        "temp_hold",
        "unsubscribed",
    ):
        address = {"address": f"{permission}@example.com", "permission_to_send": permission}
        emulator.post(PATH, body() | {"email_address": address})
        emulator.advance("P1D")
    emulator.post(PATH, {"create_source": "Account", "first_name": "No address"})
    emulator.delete(f"{PATH}/{contact(emulator, 'deleted@example.com')}")
    return emulator


CROWD = crowd()
EVERYBODY = ids(CROWD, "status=all")


def addresses(query: str) -> list[str]:
    found = CROWD.all(f"{PATH}?{query}", "contacts")
    return [one["email_address"]["address"].split("@")[0] for one in found if "email_address" in one]


def test_everybody_but_the_deleted_is_found_by_default() -> None:
    assert len(EVERYBODY) == 8
    assert set(EVERYBODY) - set(ids(CROWD)) == set(ids(CROWD, "status=deleted"))


@given(st.sets(st.sampled_from(STATUSES), min_size=1))
def test_statuses_part_the_contacts(words: set[str]) -> None:
    found = ids(CROWD, f"status={','.join(words)}")
    rest = [found for word in set(STATUSES) - words for found in ids(CROWD, f"status={word}")]
    assert sorted([*found, *rest]) == sorted(EVERYBODY)


def test_status_follows_the_permission() -> None:
    assert addresses("status=active") == ["explicit", "implicit"]
    assert addresses("status=not_set") == ["not_set"]
    assert addresses("status=temp_hold,unsubscribed") == ["temp_hold", "unsubscribed"]


def test_sms_statuses_part_the_contacts() -> None:
    parts = [
        ids(CROWD, f"status=all&sms_status={word}")
        for word in ("explicit", "unsubscribed", "pending_confirmation", "not_set")
    ]
    assert sorted(found for part in parts for found in part) == sorted(EVERYBODY)
    assert ids(CROWD, "status=all&sms_status=all") == EVERYBODY


@settings(deadline=None)
@given(st.sampled_from(["updated", "created"]), st.integers(0, 11 * 24 * 60))
def test_before_and_after_part_the_contacts(name: str, minutes: int) -> None:
    moment = datetime(2026, 5, 3, tzinfo=UTC) + timedelta(minutes=minutes)
    text = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    before = ids(CROWD, f"status=all&{name}_before={text}")
    after = ids(CROWD, f"status=all&{name}_after={text}")
    assert set(before) & set(after) == set()
    assert len(before) + len(after) == len(EVERYBODY)


def test_a_range_is_open_at_both_ends() -> None:
    third = "2026-05-06T09:15:22Z"
    assert addresses(f"created_after={third}&created_before=2026-05-09") == [
        "pending_confirmation",
        "temp_hold",
    ]
    assert "not_set" not in addresses(f"created_before={third}")


def test_who_opted_out_is_found_by_when() -> None:
    assert addresses("optout_after=2026-05-09T00:00:00Z") == ["unsubscribed"]
    assert addresses("optout_before=2026-05-09T00:00:00Z") == []


def test_an_address_is_found_whatever_its_case() -> None:
    assert addresses("email=Implicit%40Example.com") == ["implicit"]
    assert addresses("email=nobody@example.com") == addresses("email=") == []


@pytest.mark.parametrize("name", ["lists", "tags"])
def test_lists_and_tags_find_whoever_has_any_of_them(emulator: Emulated, name: str) -> None:
    path, key = {"lists": ("contact_lists", "list_id"), "tags": ("contact_tags", "tag_id")}[name]
    first, second = (emulator.post(f"/v3/{path}", {"name": text}).json()[key] for text in "AB")
    part = {"lists": "list_memberships", "tags": "taggings"}[name]
    on_both: dict[str, Any] = {part: [first, second]}
    on_one: dict[str, Any] = {part: [second]}
    ann, bob = contact(emulator, **on_both), contact(emulator, "bob@example.com", **on_one)
    contact(emulator, "eve@example.com")
    assert ids(emulator, f"{name}={first}") == [ann]
    assert ids(emulator, f"{name}={first},{second.upper()}&limit=1") == [ann, bob]
    assert ids(emulator, f"{name}={ANYONE}") == []


def test_filters_must_all_be_met(emulator: Emulated) -> None:
    list_id = emulator.list()
    contact(emulator, list_memberships=[list_id])
    gone = {"address": "bob@example.com", "permission_to_send": "unsubscribed"}
    bob = contact(emulator, "bob@example.com", list_memberships=[list_id])
    change(emulator, bob, email_address=gone)
    query = f"lists={list_id}&status=unsubscribed&include_count=true&limit=1"
    page = emulator.get(f"{PATH}?{query}")
    assert (page["contacts_count"], page["contacts"][0]["contact_id"]) == (1, bob)


def test_a_thousand_contacts_come_in_pages(make: Any) -> None:
    emulator = make(seed={"lists": [{"name": "A", "members": 1000}]})
    list_id = emulator.get("/v3/contact_lists")["lists"][0]["list_id"]
    for query in (
        "limit=300",
        f"limit=77&lists={list_id}",
        "limit=500&updated_after=2020-01-01",
        "limit=100",
    ):
        found = ids(emulator, query)
        assert (len(found), len(set(found))) == (1000, 1000)
    page = emulator.get(f"{PATH}?limit=500&include_count=true&include=list_memberships")
    assert (len(page["contacts"]), page["contacts_count"]) == (500, 1000)
    assert all(one["list_memberships"] == [list_id] for one in page["contacts"])
    assert "_links" not in emulator.get(page["_links"]["next"]["href"])


def test_pages_go_on_behind_a_contact_that_was_made_or_deleted_meanwhile(make: Any) -> None:
    emulator = make(seed={"contacts": [{"count": 6}]})
    page = emulator.get(f"{PATH}?limit=3")
    emulator.delete(f"{PATH}/{page['contacts'][2]['contact_id']}")
    contact(emulator)
    rest = emulator.get(page["_links"]["next"]["href"])["contacts"] + emulator.get(PATH)["contacts"]
    assert len({one["contact_id"] for one in rest}) == 6


def test_contacts_are_ordered_by_creation_or_by_the_date_that_is_asked_for(emulator: Emulated) -> None:
    made = []
    for name in "abc":
        made.append(contact(emulator, f"{name}@example.com"))
        emulator.advance("PT1M")
    change(emulator, made[0], first_name="A")
    assert ids(emulator) == made
    found = emulator.get(f"{PATH}?updated_after=2020-01-01")["contacts"]
    assert [one["contact_id"] for one in found] == [made[1], made[2], made[0]]
    assert all(one["updated_at"] <= other["updated_at"] for one, other in pairwise(found))


def test_a_new_contact_is_missing_for_a_while_where_collections_lag(make: Any) -> None:
    emulator = make(Switches(collection_lag=60.0))
    contact_id = contact(emulator)
    assert ids(emulator) == ids(emulator, "email=ann@example.com") == []
    assert emulator.get(f"{PATH}/{contact_id}")["contact_id"] == contact_id
    emulator.advance("PT61S")
    assert ids(emulator) == [contact_id]


@pytest.mark.parametrize(
    "query",
    [
        "status=gone", "sms_status=deleted", "include=everything", "include_count=1",
        "limit=0", "limit=501", "limit=x", "updated_after=soon", "created_before=", "optout_after=2026-13-01",
        "lists=x", "lists=", "tags=,", f"lists={','.join(str(n).zfill(8) + ANYONE[8:] for n in range(26))}",
        f"tags={','.join(str(n).zfill(8) + ANYONE[8:] for n in range(51))}", "cursor=x", "segment_id=x",
        "cursor=" + quote(base64.b64encode(b"limit=50&next=5")),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_understood_is_400(query: str) -> None:
    answer = CROWD.call("GET", f"{PATH}?{query}")
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")
