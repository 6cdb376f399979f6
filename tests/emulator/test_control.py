"""The control plane, seeds and dumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.emulator.client import TOKEN, Emulated, criteria, emulated

LISTS = "/v3/contact_lists"


def test_reset_empties_account_log_and_faults_and_loads_a_seed(emulator: Emulated) -> None:
    emulator.list()
    emulator.control("faults", [{"do": "status"}])
    emulator.control("reset", {"seed": {"lists": ["A"]}})
    assert emulator.control("requests") == []
    assert [found["name"] for found in emulator.get(LISTS)["lists"]] == ["A"]


def test_reset_without_a_body_is_an_empty_account(emulator: Emulated) -> None:
    emulator.list()
    assert emulator.call("POST", "/_control/reset").status_code == 200
    assert emulator.get(LISTS)["lists"] == []


def test_ids_do_not_come_back_after_a_reset(make: Callable[..., Emulated]) -> None:
    emulator = make(random_seed=None)
    before = emulator.list()
    emulator.control("reset", {})
    assert emulator.list() != before


def test_the_log_holds_every_call_but_its_own(emulator: Emulated) -> None:
    emulator.control("clock")
    emulator.list("A")
    emulator.call("GET", f"{LISTS}?limit=5&name=%C3%A4")
    first, second = emulator.control("requests")
    assert (first["n"], first["method"], first["path"], first["status"]) == (1, "POST", LISTS, 201)
    assert set(first) == {"n", "at", "method", "path", "query", "status", "duration_ms"}
    assert (second["query"], second["at"]) == ("limit=5&name=%C3%A4", "2026-05-04T09:15:22Z")
    assert emulator.get("/_control/requests?since=1") == [second]


def test_the_log_shows_bodies_on_demand(emulator: Emulated) -> None:
    emulator.list("A")
    (line,) = emulator.get("/_control/requests?bodies=1")
    assert (line["request_body"], line["response_body"]["name"]) == ({"name": "A"}, "A")


def busy() -> Emulated:
    """An account with a bit of everything in it, and things still to come."""
    emulator = emulated(activity_delay=60.0)
    _, activity_id = emulator.ready()
    emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
    emulator.delete(f"{LISTS}/{emulator.list('going')}")
    emulator.post("/v3/segments", {"name": "S", "segment_criteria": criteria()})
    body = {"label": "Tier", "type": "single_select", "choices": [{"choice_label": "Gold"}]}
    emulator.post("/v3/contact_custom_fields", body)
    tag = emulator.post("/v3/contact_tags", {"name": "T"}).json()["tag_id"]
    emulator.control("contacts", {"count": 2, "tags": [tag], "custom_fields": {"Tier": "Gold"}})
    return emulator


def test_a_dump_loads_into_the_same_account() -> None:
    dump = busy().control("dump")
    other = emulated(activity_delay=60.0)
    other.control("load", dump)
    assert other.control("dump") == dump


def test_a_dump_may_be_larger_than_any_body_of_the_api(emulator: Emulated) -> None:
    emulator.control("load", {"campaigns": [{"name": "{n}", "html": "x" * 120_000, "repeat": 50}]})
    dump = emulator.control("dump")
    emulator.control("load", dump)
    assert emulator.control("dump") == dump


def test_a_dump_serves_as_a_seed(make: Callable[..., Emulated]) -> None:
    dump = busy().control("dump")
    assert make(seed=dump).control("dump") == dump
    emulator = make()
    emulator.control("reset", {"seed": dump})
    assert emulator.control("dump") == dump


def test_a_loaded_account_goes_on_where_it_was() -> None:
    first = busy()
    second = emulated()
    second.control("load", first.control("dump"))
    for emulator in (first, second):
        emulator.advance("P60D")
    assert first.control("dump") == second.control("dump")
    assert second.get("/v3/emails")["campaigns"][0]["current_status"] == "Done"
    assert first.list("new") == second.list("new")


@pytest.mark.parametrize(
    "change",
    [
        {"emulator_dump": 1},
        {"tables": None},
        {"tables": {"sqlite_master": []}},
        {"tables": {"lists": [{"name": "x"}]}},
        {"tables": {"lists": 5}},
        {"tables": {"timeline": [{"due": 1, "seq": 1, "event": "x", "reference": "y", "machine_due": None}]}},
        {"tables": {"counters": [{"name": "x", "value": "y"}]}},
        {"clock": {"fixed": "noon"}},
        {"account": None},
    ],
)
def test_a_dump_that_does_not_fit_changes_nothing(change: dict[str, Any]) -> None:
    emulator = busy()
    dump = emulator.control("dump")
    assert emulator.post("/_control/load", dump | change).status_code == 400
    assert emulator.control("dump") == dump


def test_the_clock_is_shown_set_and_advanced(emulator: Emulated) -> None:
    assert emulator.control("clock") == {"now": "2026-05-04T09:15:22Z", "clock": "fixed"}
    assert emulator.advance("P2DT3H")["now"] == "2026-05-06T12:15:22Z"
    assert emulator.control("clock", {"set": "2026-12-01T00:00:00Z"})["now"] == "2026-12-01T00:00:00Z"


def test_a_running_clock_runs_on_from_where_it_was_set(make: Callable[..., Emulated]) -> None:
    emulator = make(clock="real")
    assert emulator.control("clock", {"set": "2030-01-01T00:00:00Z"})["now"].startswith("2030-01-01T00:00:0")
    assert emulator.call("GET", LISTS).headers["date"].startswith("Tue, 01 Jan 2030 00:00:0")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance": "1 day"},
        {"advance": "P"},
        {"advance": "P1M"},
        {"advance": "P99999999D"},
        {"advance": "P" + "9" * 5000 + "D"},
        {"set": "noon"},
        {"set": "1969-01-01"},
        {"set": 5},
        {"advance": "P1D", "set": "2026-12-01"},
        {"later": "P1D"},
        [],
    ],
)
def test_a_move_of_the_clock_that_cannot_be_read_is_400(emulator: Emulated, body: Any) -> None:
    assert emulator.post("/_control/clock", body).status_code == 400


def test_many_contacts_are_fabricated_at_once(emulator: Emulated) -> None:
    list_id = emulator.list()
    assert emulator.control("contacts", {"count": 50_000, "lists": ["newsletter", list_id]}) == {
        "contacts": 50_000
    }
    assert emulator.get(f"{LISTS}/{list_id}?include_membership_count=all")["membership_count"] == 50_000


@pytest.mark.parametrize(
    "body",
    [
        {"count": -1},
        {"count": "5"},
        {"count": 10**9},
        {"lists": ["absent"]},
        {"status": "asleep"},
        {"who": 1},
        5,
    ],
)
def test_contacts_that_cannot_be_fabricated_are_400(emulator: Emulated, body: Any) -> None:
    assert emulator.post("/_control/contacts", body).status_code == 400


def test_an_unknown_control_call_is_404_and_a_wrong_method_405(emulator: Emulated) -> None:
    assert emulator.call("GET", "/_control/nothing").status_code == 404
    assert emulator.call("GET", "/_control/reset").status_code == 405
    assert emulator.call("POST", "/_control/reset", b"{").status_code == 400


def test_the_control_plane_is_for_the_loopback_only(emulator: Emulated) -> None:
    import asyncio

    async def ask(address: str) -> int:
        transport = httpx.ASGITransport(app=emulator.app, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
            return (await client.get("/_control/clock")).status_code

    addresses = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.7", "::ffff:192.0.2.7", "host")
    assert [asyncio.run(ask(address)) for address in addresses] == [200, 200, 200, 200, 403, 403, 403]


SEED: dict[str, Any] = {
    "account": {"organization_name": "Riverbend", "encoded_account_id": "a0riverbend01"},
    "physical_address": {"address_line1": "1 Quay", "city": "Bonn", "country_code": "DE"},
    "emails": ["news@example.org", {"email_address": "new@example.org", "confirm_status": "UNCONFIRMED"}],
    "lists": [{"name": "News", "members": 12, "favorite": True}, "Staff", {"name": "Gone", "deleted": True}],
    "tags": [{"name": "VIP", "contacts": 3, "tag_source": "SHOP"}],
    "custom_fields": [{"label": "Tier", "type": "single_select", "choices": ["Gold", "Silver"]}],
    "segments": [{"name": "Sleepy", "criteria": {"version": "1.0.0", "criteria": {"type": "and"}}}],
    "contacts": [{"count": 2, "lists": ["News"], "tags": ["VIP"], "custom_fields": {"Tier": "Gold"}}],
    "campaigns": [
        {"name": "Draft", "lists": ["News"], "from_email": "news@example.org"},
        {"name": "Planned", "status": "SCHEDULED", "segment": "Sleepy", "scheduled_date": "2026-06-01"},
        {"name": "Sent", "status": "DONE", "lists": ["News"], "sent_at": "2026-01-15T08:00:00Z"},
        {"name": "Failed", "status": "ERROR"},
        {"name": "Old", "status": "REMOVED", "format_type": 3},
    ],
}  # fmt: skip


def test_a_seed_describes_an_account(make: Callable[..., Emulated]) -> None:
    emulator = make(seed=SEED)
    assert emulator.get("/v3/account/summary")["encoded_account_id"] == "a0riverbend01"
    counts = [
        found["membership_count"] for found in emulator.get(f"{LISTS}?include_membership_count=all")["lists"]
    ]
    assert counts == [14, 0]
    assert emulator.get("/v3/contact_tags?include_count=true")["tags"][0]["contacts_count"] == 5
    statuses = {found["name"]: found["current_status"] for found in emulator.get("/v3/emails")["campaigns"]}
    assert statuses == {
        "Draft": "Draft", "Planned": "Scheduled", "Sent": "Done", "Failed": "Error", "Old": "Removed",
    }  # fmt: skip


def test_a_seeded_schedule_is_kept(make: Callable[..., Emulated]) -> None:
    emulator = make(seed=SEED)
    emulator.advance("P30D")
    statuses = {found["name"]: found["current_status"] for found in emulator.get("/v3/emails")["campaigns"]}
    assert statuses["Planned"] == "Done"


def test_settings_have_the_last_word_on_who_the_account_is(make: Callable[..., Emulated]) -> None:
    emulator = make(seed=SEED, account_id="a0pinned0001", organisation="Pinned")
    summary = emulator.get("/v3/account/summary")
    assert (summary["encoded_account_id"], summary["organization_name"]) == ("a0pinned0001", "Pinned")


@pytest.mark.parametrize(
    "seed",
    [
        5,
        {"list": []},
        {"lists": {}},
        {"lists": [5]},
        {"lists": [{"name": ""}]},
        {"lists": [{"name": "x", "members": -1}]},
        {"lists": [{"name": "x", "created_at": "once"}]},
        {"tags": [{"name": 5}]},
        {"custom_fields": [{"label": "x", "type": "colour"}]},
        {"segments": [{"name": "x", "criteria": "{"}]},
        {"campaigns": [{"name": "x", "status": "MAYBE"}]},
        {"campaigns": [{"name": "x", "status": "SCHEDULED"}]},
        {"campaigns": [{"name": "x", "lists": ["absent"]}]},
        {"emails": [{"email_address": "x"}]},
        {"account": {"organisation": "x"}},
        {"physical_address": 5},
    ],
)
def test_a_seed_that_cannot_be_planted_is_400_and_changes_nothing(emulator: Emulated, seed: Any) -> None:
    emulator.list("kept")
    assert emulator.post("/_control/reset", {"seed": seed}).status_code == 400
    assert len(emulator.get(LISTS)["lists"]) == 1


def test_the_account_can_be_used_through_another_app_of_the_same_settings() -> None:
    assert Emulated(busy().app, TOKEN).get(LISTS)["lists"]
