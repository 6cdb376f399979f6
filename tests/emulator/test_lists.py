from __future__ import annotations

from collections.abc import Callable

from ccstate.emulator import Switches
from tests.emulator.client import Emulated

PATH = "/v3/contact_lists"
ABSENT = "3f0c1a52-6a11-11f0-9d3e-fa163e6b01c1"


def test_a_new_list_is_answered_with_201_and_seconds(emulator: Emulated) -> None:
    answer = emulator.post(PATH, {"name": "Donors 2026", "description": "Annual fund"})
    created = answer.json()
    assert answer.status_code == 201
    assert len(created.pop("list_id")) == 36
    assert created == {
        "name": "Donors 2026",
        "description": "Annual fund",
        "favorite": False,
        "created_at": "2026-05-04T09:15:22Z",
        "updated_at": "2026-05-04T09:15:22Z",
    }


def test_a_list_that_never_had_a_description_shows_none(emulator: Emulated) -> None:
    assert "description" not in emulator.get(f"{PATH}/{emulator.list()}")


def test_what_is_left_out_of_a_put_is_reset(emulator: Emulated) -> None:
    list_id = emulator.list(description="x", favorite=True)
    changed = emulator.put(f"{PATH}/{list_id}", {"name": "Renamed"}).json()
    assert (changed["name"], changed["favorite"], "description" in changed) == ("Renamed", False, False)


def test_a_name_may_be_taken_once_in_any_case(emulator: Emulated) -> None:
    emulator.list("Newsletter")
    answer = emulator.post(PATH, {"name": "NEWSLETTER"})
    assert (answer.status_code, answer.json()[0]["error_key"]) == (409, "contacts.api.conflict")


def test_names_differ_in_case_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(case_sensitive_names=True))
    emulator.list("Newsletter")
    assert emulator.post(PATH, {"name": "NEWSLETTER"}).status_code == 201
    assert emulator.post(PATH, {"name": "Newsletter"}).status_code == 409


def test_a_list_may_be_renamed_to_its_own_name_but_not_to_another_ones(emulator: Emulated) -> None:
    emulator.list("A")
    other = emulator.list("B")
    assert emulator.put(f"{PATH}/{other}", {"name": "b"}).status_code == 200
    assert emulator.put(f"{PATH}/{other}", {"name": "a"}).status_code == 409


def test_a_name_must_be_there_and_fit(emulator: Emulated) -> None:
    for body in (
        {},
        {"name": None},
        {"name": " "},
        {"name": 5},
        {"name": "x" * 256},
        {"name": "x", "favorite": "yes"},
    ):
        answer = emulator.post(PATH, body)
        assert (answer.status_code, answer.json()[0]["error_key"]) == (
            400,
            "contacts.api.validation.error",
        ), body


def test_unknown_properties_are_ignored(emulator: Emulated) -> None:
    assert emulator.post(PATH, {"name": "A", "status": "ACTIVE"}).status_code == 201


def test_unknown_properties_are_refused_in_strict_mode(make: Callable[..., Emulated]) -> None:
    assert make(Switches(strict_bodies=True)).post(PATH, {"name": "A", "status": "ACTIVE"}).status_code == 400


def test_delete_answers_202_with_an_activity_and_its_place(emulator: Emulated) -> None:
    emulator.list("kept")
    answer = emulator.delete(f"{PATH}/{emulator.list()}")
    activity = answer.json()
    assert answer.status_code == 202
    assert (activity["state"], activity["percent_done"], activity["status"]) == (
        "initialized",
        1,
        {"list_count": 1},
    )
    assert answer.headers["location"].endswith(activity["_links"]["self"]["href"])


def test_a_deleted_list_leaves_the_collection_but_not_its_address(emulator: Emulated) -> None:
    emulator.list("kept")
    list_id = emulator.list()
    emulator.delete(f"{PATH}/{list_id}")
    assert [found["name"] for found in emulator.get(PATH)["lists"]] == ["kept"]
    assert emulator.get(f"{PATH}/{list_id}")["deleted_at"] == "2026-05-04T09:15:22Z"
    assert [found["list_id"] for found in emulator.get(f"{PATH}?status=deleted")["lists"]] == [list_id]
    assert len(emulator.get(f"{PATH}?status=all")["lists"]) == 2


def test_a_second_delete_and_a_change_of_a_deleted_list_are_404(emulator: Emulated) -> None:
    emulator.list("kept")
    list_id = emulator.list()
    emulator.delete(f"{PATH}/{list_id}")
    assert emulator.delete(f"{PATH}/{list_id}").status_code == 404
    assert emulator.put(f"{PATH}/{list_id}", {"name": "x"}).status_code == 404


def test_the_name_of_a_deleted_list_is_free(emulator: Emulated) -> None:
    emulator.list("kept")
    emulator.delete(f"{PATH}/{emulator.list('gone')}")
    assert emulator.post(PATH, {"name": "gone"}).status_code == 201


def test_the_name_of_a_deleted_list_is_reserved_where_the_switch_says_so(
    make: Callable[..., Emulated],
) -> None:
    emulator = make(Switches(deleted_lists_keep_name=True))
    emulator.list("kept")
    emulator.delete(f"{PATH}/{emulator.list('gone')}")
    assert emulator.post(PATH, {"name": "gone"}).status_code == 409


def test_the_last_list_cannot_be_deleted(emulator: Emulated) -> None:
    answer = emulator.delete(f"{PATH}/{emulator.list()}")
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


def test_the_last_list_can_be_deleted_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(last_list_deletable=True))
    assert emulator.delete(f"{PATH}/{emulator.list()}").status_code == 202
    assert emulator.get(PATH)["lists"] == []


def test_the_account_holds_a_thousand_lists(emulator: Emulated) -> None:
    emulator.control("load", {"lists": [{"name": "List {n}", "repeat": 1000}]})
    assert emulator.post(PATH, {"name": "one more"}).status_code == 400


def test_a_list_is_found_by_its_name_in_any_case(emulator: Emulated) -> None:
    emulator.list("Newsletter")
    emulator.list("Newsletter 2")
    assert [found["name"] for found in emulator.get(f"{PATH}?name=newsLETTER")["lists"]] == ["Newsletter"]


def test_members_are_counted_only_on_demand(emulator: Emulated) -> None:
    list_id = emulator.list()
    emulator.control("contacts", {"count": 3, "lists": ["Newsletter"]})
    emulator.control("contacts", {"count": 2, "lists": [list_id], "status": "unsubscribed"})
    counts = [
        emulator.get(f"{PATH}/{list_id}{query}").get("membership_count")
        for query in ("", "?include_membership_count=active", "?include_membership_count=all")
    ]
    assert counts == [None, 3, 5]
    assert emulator.get(f"{PATH}?include_membership_count=all")["lists"][0]["membership_count"] == 5


def test_an_unknown_or_malformed_id_is_404(emulator: Emulated) -> None:
    for list_id in (ABSENT, "17", "x" * 36):
        answer = emulator.call("GET", f"{PATH}/{list_id}")
        assert (answer.status_code, answer.json()[0]["error_key"]) == (404, "contacts.api.not_found")


def test_a_new_list_is_missing_from_the_collection_while_it_lags(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(collection_lag=2.0))
    list_id = emulator.list()
    assert emulator.get(PATH)["lists"] == []
    assert emulator.get(f"{PATH}/{list_id}")["list_id"] == list_id
    emulator.advance("PT2S")
    assert len(emulator.get(PATH)["lists"]) == 1
