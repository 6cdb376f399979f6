"""Calls on behalf of client accounts, and the accounts: whole, apart, as durable as the main one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.emulator import Switches
from ccstate.emulator.partners import clients
from tests.emulator.client import TOKEN, Emulated, campaign_body, emulated
from tests.emulator.partner import ACCOUNTS, Partner, partnered, provision
from tests.emulator.served import Served

LISTS = "/contact_lists"
ACTIVITY = "/emails/activities/{campaign_activity_id}"


@pytest.fixture
def partner(emulator: Emulated) -> Partner:
    return Partner(emulator)


def ready(partner: Partner, account_id: str, members: int = 3) -> tuple[str, dict[str, str]]:
    """A draft in a client's account with all that a schedule needs: its id, and the one of its activity."""
    list_id = partner.synced(account_id, "POST", LISTS, {"name": "News"})["list_id"]
    partner.fabricate(account_id, members, lists=[list_id])
    address = {"address_line1": "1 Quay", "city": "Bonn", "country_code": "DE"}
    partner.synced(account_id, "POST", "/account/summary/physical_address", address)
    body = campaign_body()
    activity = body["email_campaign_activities"][0]
    activity |= {"from_email": "riverbend@example.org", "reply_to_email": "riverbend@example.org"}
    campaign = partner.synced(account_id, "POST", "/emails", body)
    path = {"campaign_activity_id": campaign["campaign_activities"][0]["campaign_activity_id"]}
    written = {name: text for name, text in activity.items() if name not in ("format_type", "html_content")}
    partner.synced(account_id, "PUT", ACTIVITY, written | {"contact_list_ids": [list_id]}, path=path)
    return campaign["campaign_id"], path


def test_a_whole_campaign_lives_in_a_clients_account(partner: Partner) -> None:
    account_id = partner.client()
    campaign_id, path = ready(partner, account_id)
    schedules = f"{ACTIVITY}/schedules"
    assert partner.synced(
        account_id, "POST", schedules, {"scheduled_date": "2026-05-10T08:00:00Z"}, path=path
    )
    partner.advance("P10D")
    campaign = partner.synced(account_id, "GET", "/emails/{id}", path={"id": campaign_id})
    assert campaign["current_status"] == "DONE"
    (send,) = partner.synced(account_id, "GET", f"{ACTIVITY}/send_history", path=path)
    assert (send["count"], send["run_date"]) == (3, "2026-05-10T08:00:00.000Z")
    assert partner.get("/v3/emails") == {"campaigns": []}


def test_accounts_do_not_see_each_other(partner: Partner) -> None:
    first, second = partner.client("first_client"), partner.client("second_client")
    list_ids = {
        partner.synced(account_id, "POST", LISTS, {"name": "News"})["list_id"]
        for account_id in (first, second)
    } | {partner.list("News")}
    assert len(list_ids) == 3
    for account_id in (first, second):
        assert len(partner.synced(account_id, "GET", LISTS)["lists"]) == 1


def test_a_success_is_200_whatever_it_was_inside(partner: Partner) -> None:
    account_id = partner.client()
    made = partner.sync(account_id, "POST", LISTS, {"name": "A"})
    partner.synced(account_id, "POST", LISTS, {"name": "B"})
    path = {"list_id": made.json()["list_id"]}
    deleted = partner.sync(account_id, "DELETE", "/contact_lists/{list_id}", path=path)
    field = partner.synced(account_id, "POST", "/contact_custom_fields", {"label": "F", "type": "string"})
    path = {"id": field["custom_field_id"]}
    gone = partner.sync(account_id, "DELETE", "/contact_custom_fields/{id}", path=path)
    assert [made.status_code, deleted.status_code, gone.status_code] == [200, 200, 200]
    assert (deleted.json()["state"], gone.content) == ("initialized", b"")


def test_a_refusal_is_passed_on_with_its_status(partner: Partner) -> None:
    account_id = partner.client()
    partner.synced(account_id, "POST", LISTS, {"name": "A"})
    taken = partner.sync(account_id, "POST", LISTS, {"name": "a"})
    assert (taken.status_code, taken.json()[0]["error_key"]) == (409, "contacts.api.conflict")
    malformed = partner.sync(account_id, "POST", LISTS, '{"name": "x",}')
    assert (malformed.status_code, malformed.json()[0]["error_key"]) == (400, "contacts.api.malformed_json")
    missing = partner.sync(account_id, "GET", "/contact_lists/{id}", path={"id": "x"})
    assert (missing.status_code, missing.json()[0]["error_key"]) == (404, "contacts.api.not_found")
    assert partner.sync(account_id, "GET", "/nothing").status_code == 404
    assert partner.sync(account_id, "PATCH", LISTS, {}).status_code == 405
    header = {"Content-Type": "text/plain"}
    assert partner.sync(account_id, "POST", LISTS, {"name": "B"}, header=header).status_code == 415
    assert len(partner.synced(account_id, "GET", LISTS)["lists"]) == 1


def test_pages_are_followed_by_the_parameters_of_their_links(partner: Partner) -> None:
    account_id = partner.client()
    for name in "ABC":
        partner.synced(account_id, "POST", LISTS, {"name": name})
    first = partner.synced(account_id, "GET", LISTS, query={"limit": "2"})
    href = first["_links"]["next"]["href"]
    assert href.startswith("/v3/contact_lists?cursor=")
    second = partner.synced(account_id, "GET", LISTS, query={"cursor": href.partition("cursor=")[2]})
    assert [found["name"] for found in first["lists"] + second["lists"]] == ["A", "B", "C"]


def test_names_and_values_reach_the_account_as_they_are(partner: Partner) -> None:
    account_id = partner.client()
    partner.synced(account_id, "POST", LISTS, {"name": "Ärger & Co = 50%"})
    found = partner.synced(account_id, "GET", LISTS, query={"name": "Ärger & Co = 50%"})
    assert len(found["lists"]) == 1


@pytest.mark.parametrize(
    "url", ["/partner/accounts", "/partner/webhooks/subscriptions", "/partner/accounts/{id}/plan"]
)
def test_partner_operations_cannot_be_called_for_a_client(partner: Partner, url: str) -> None:
    answer = partner.sync(partner.client(), "GET", url, path={"id": "a0x"})
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "partner.api.validation.error")


@pytest.mark.parametrize(
    "change",
    [
        {"account_operation_url": None},
        {"account_operation_url": ""},
        {"account_operation_url": 5},
        {"account_operation_url": "contact_lists"},
        {"account_operation_url": "/contact_lists?limit=5"},
        {"account_operation_url": "/contact_lists/{list_id}"},
        {"account_operation_method": None},
        {"account_operation_method": "TRACE"},
        {"account_operation_payload": {"name": "A"}},
        {"account_operation_query_parameters": {"limit": "5"}},
        {"account_operation_query_parameters": [{"query_param_key": "limit"}]},
        {"account_operation_query_parameters": [{"query_param_key": "limit", "query_param_value": 5}]},
        {"account_operation_query_parameters": ["limit"]},
        {"account_operation_path_parameters": [{"path_param_key": "", "path_param_value": "x"}]},
        {"account_operation_headers": [{"header_key": "X", "header_value": "ä"}]},
        {
            "account_operation_url": "/contact_lists/{id}",
            "account_operation_path_parameters": [{"path_param_key": "id", "path_param_value": "a/b"}],
        },
    ],
)
def test_an_operation_that_cannot_be_read_is_400(partner: Partner, change: dict[str, Any]) -> None:
    body = {"account_operation_url": LISTS, "account_operation_method": "GET"}
    answer = partner.post(f"{ACCOUNTS}/{partner.client()}/account_operations/sync", body | change)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "partner.api.validation.error")


def test_only_managed_accounts_that_are_open_can_be_operated() -> None:
    accounts = [
        {"login_name": "unmanaged", "managed": False},
        {"login_name": "canceled", "billing_status": "Canceled"},
        {"login_name": "disabled", "disabled": True},
        {"login_name": "expired", "billing_status": "Trial End"},
    ]
    partner = partnered(seed={"partner": {"accounts": accounts}})
    statuses = {
        name: partner.sync(found["encoded_account_id"], "GET", LISTS).status_code
        for name, found in partner.listed().items()
    }
    assert statuses == {"unmanaged": 403, "canceled": 403, "disabled": 403, "expired": 200}


def test_a_call_for_a_client_counts_once_against_the_partner() -> None:
    partner = partnered(quota=3)
    account_id = partner.client()
    statuses = [partner.sync(account_id, "GET", LISTS).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert [call["path"] for call in partner.control("requests")][1].endswith("/account_operations/sync")


def test_jobs_of_clients_complete_and_change_what_the_partner_sees(make: Callable[..., Emulated]) -> None:
    partner = Partner(make(activity_delay=60.0))
    account_id = partner.client()
    for name in "AB":
        partner.synced(account_id, "POST", LISTS, {"name": name})
    (first, _) = partner.synced(account_id, "GET", LISTS)["lists"]
    job = partner.synced(account_id, "POST", "/activities/list_delete", {"list_ids": [first["list_id"]]})
    states = []
    for _ in range(2):
        path = {"id": job["activity_id"]}
        states.append(partner.synced(account_id, "GET", "/activities/{id}", path=path)["state"])
        partner.advance("PT1M")
    assert states == ["initialized", "completed"]
    partner.synced(account_id, "PUT", "/account/summary", {"organization_name": "Another name"})
    assert partner.listed()["riverbend"]["organization_name"] == "Another name"


def test_a_job_that_is_due_on_the_machine_does_not_bring_mails_forward(make: Callable[..., Emulated]) -> None:
    partner = Partner(make(activity_delay=0.01))
    account_id = partner.client()
    campaign_id, path = ready(partner, account_id)
    date = {"scheduled_date": "2026-05-04T10:00:00Z"}
    partner.synced(account_id, "POST", f"{ACTIVITY}/schedules", date, path=path)
    partner.synced(account_id, "POST", "/activities/list_delete", {"list_ids": [str(UUID(int=1))]})
    for _ in range(50):
        activities = partner.synced(account_id, "GET", "/activities")["activities"]
        if activities[0]["state"] == "completed":
            break
    campaign = partner.synced(account_id, "GET", "/emails/{id}", path={"id": campaign_id})
    assert (activities[0]["state"], campaign["current_status"]) == ("completed", "SCHEDULED")


def test_what_was_planned_in_a_cancelled_account_does_not_happen(partner: Partner) -> None:
    account_id = partner.client()
    _, path = ready(partner, account_id)
    date = {"scheduled_date": "2026-05-10T08:00:00Z"}
    partner.synced(account_id, "POST", f"{ACTIVITY}/schedules", date, path=path)
    partner.cancel(account_id, {"effective_date": "2026-05-09"})
    partner.advance("P10D")
    dump = partner.control("dump")["accounts"][account_id]
    assert dump["tables"]["sends"] == []


def test_switches_and_strictness_reach_client_accounts() -> None:
    partner = partnered(switches=Switches(strict_bodies=True))
    account_id = partner.client()
    assert partner.sync(account_id, "POST", LISTS, {"name": "A", "colour": "red"}).status_code == 400


# The accounts behind it.


def busy(partner: Partner) -> str:
    """A client with something in its account and something to come."""
    account_id = partner.client()
    partner.pay(account_id)
    _, path = ready(partner, account_id, 501)
    date = {"scheduled_date": "2026-05-10T08:00:00Z"}
    partner.synced(account_id, "POST", f"{ACTIVITY}/schedules", date, path=path)
    return account_id


def test_a_dump_nests_the_accounts_and_loads_them_again(partner: Partner) -> None:
    account_id = busy(partner)
    dump = partner.control("dump")
    assert set(dump["accounts"]) == {account_id}
    assert "clock" not in dump["accounts"][account_id]
    other = partnered()
    other.control("load", dump)
    assert other.control("dump") == dump
    for each in (partner, other):
        each.advance("P60D")
    assert partner.control("dump") == other.control("dump")
    assert other.synced(account_id, "GET", "/emails")["campaigns"][0]["current_status"] == "Done"
    assert partnered(seed=dump).control("dump") == dump


@pytest.mark.parametrize(
    "change",
    [
        {"accounts": []},
        {"accounts": {"a0nobody": {}}},
        {"accounts": {"{id}": 5}},
        {"accounts": {"{id}": {"emulator_dump": 1}}},
        {"accounts": {"{id}": {"accounts": {}}}},
    ],
)
def test_a_dump_whose_accounts_do_not_fit_changes_nothing(partner: Partner, change: dict[str, Any]) -> None:
    account_id = busy(partner)
    dump = partner.control("dump")
    fitted = json.loads(json.dumps(change).replace("{id}", account_id))
    assert partner.post("/_control/load", dump | fitted).status_code == 400
    assert partner.control("dump") == dump


def test_a_nested_dump_that_breaks_half_way_changes_nothing(partner: Partner) -> None:
    first, second = partner.client("first_client"), partner.client("second_client")
    for account_id in (first, second):
        partner.synced(account_id, "POST", LISTS, {"name": "kept"})
    dump = partner.control("dump")
    broken = json.loads(json.dumps(dump))
    broken["accounts"][first]["tables"]["lists"] = []
    broken["accounts"][second]["tables"]["lists"][0]["colour"] = "red"
    assert partner.post("/_control/load", broken).status_code == 400
    assert partner.control("dump") == dump
    for account_id in (first, second):
        assert len(partner.synced(account_id, "GET", LISTS)["lists"]) == 1


def open_file(path: Path, **more: Any) -> Partner:
    return partnered(db=str(path / "main.db"), **more)


def files(path: Path) -> list[str]:
    folder = path / "main.db.accounts"
    return sorted(found.name for found in folder.glob("*.db")) if folder.exists() else []


def test_client_accounts_are_there_for_the_next_app(tmp_path: Path) -> None:
    first = open_file(tmp_path)
    account_id = busy(first)
    assert files(tmp_path) == [f"1-{account_id}.db"]
    second = open_file(tmp_path)
    assert second.control("dump") == first.control("dump")
    second.advance("P10D")
    assert first.synced(account_id, "GET", "/emails")["campaigns"][0]["current_status"] == "Done"


def test_an_account_that_was_never_used_has_no_file(tmp_path: Path) -> None:
    partner = open_file(tmp_path)
    partner.client()
    partner.listed()
    assert files(tmp_path) == []


def test_reset_removes_the_accounts_and_their_files(tmp_path: Path) -> None:
    partner, other = open_file(tmp_path), open_file(tmp_path)
    old = partner.client()
    for each in (partner, other):
        each.synced(old, "GET", LISTS)
    partner.control("reset", {})
    assert files(tmp_path) == []
    assert not (tmp_path / "main.db.accounts").exists()
    assert partner.listed() == other.listed() == {}
    new = other.client()
    assert new == old  # under a random seed even ids come back
    other.synced(new, "POST", LISTS, {"name": "A"})
    assert len(partner.synced(new, "GET", LISTS)["lists"]) == 1


def test_a_reset_that_is_refused_leaves_the_accounts(tmp_path: Path) -> None:
    partner = open_file(tmp_path)
    account_id = busy(partner)
    dump = partner.control("dump")
    seed = {"partner": {"accounts": [{"login_name": "other", "contacts": 1}, {"login_name": "other"}]}}
    assert partner.post("/_control/reset", {"seed": seed}).status_code == 400
    assert partner.control("dump") == dump
    assert len(partner.synced(account_id, "GET", LISTS)["lists"]) == 1
    partner.control("load", dump)
    assert partner.control("dump") == dump


def test_what_a_killed_process_left_behind_is_swept_away(tmp_path: Path) -> None:
    account_id = busy(open_file(tmp_path))
    folder = tmp_path / "main.db.accounts"
    for name in ("7-a0left.db", "7-a0left.db-wal", "notes.txt"):
        (folder / name).write_text("left")
    assert open_file(tmp_path).synced(account_id, "GET", LISTS)["lists"]
    assert {found.name for found in folder.iterdir() if not found.name.startswith("1-")} == {"notes.txt"}


def test_a_file_that_somebody_deleted_is_an_empty_account_again(tmp_path: Path) -> None:
    account_id = busy(open_file(tmp_path))
    (tmp_path / "main.db.accounts" / f"1-{account_id}.db").unlink()
    partner = open_file(tmp_path)
    assert partner.synced(account_id, "GET", LISTS) == {"lists": []}
    assert partner.listed()["riverbend"]["subscriber_count"] == 0


def test_more_accounts_than_can_be_open_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST_OPEN", 3)
    accounts = [{"login_name": "client{n}", "encoded_account_id": "a0client{n}", "repeat": 5}]
    partner = open_file(tmp_path, seed={"partner": {"accounts": accounts}})
    for _ in range(2):
        for n in range(1, 6):
            name = f"List {len(partner.synced(f'a0client{n}', 'GET', LISTS)['lists'])}"
            partner.synced(f"a0client{n}", "POST", LISTS, {"name": name})
    assert len(partner.app.state.world.clients) == 3
    names = [found["name"] for found in partner.synced("a0client1", "GET", LISTS)["lists"]]
    assert names == ["List 0", "List 1"]


def test_what_was_answered_for_a_client_survives_a_kill(tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "x-api-key": "emulator"}
    with Served("--db", str(tmp_path / "main.db"), "--rate", "0") as served:
        served.client.headers.update(headers)
        account_id = served.post(ACCOUNTS, provision())["encoded_account_id"]
        body = {"account_operation_url": LISTS, "account_operation_method": "POST"}
        for n in range(20):
            payload = {"account_operation_payload": json.dumps({"name": f"List {n}"})}
            served.post(f"{ACCOUNTS}/{account_id}/account_operations/sync", body | payload)
        served.kill()
    partner = Partner(emulated(db=str(tmp_path / "main.db")))
    assert len(partner.synced(account_id, "GET", LISTS)["lists"]) == 20


def test_many_clients_at_once_lose_nothing(tmp_path: Path) -> None:
    partner, other = open_file(tmp_path), open_file(tmp_path)
    account_ids = [partner.client(f"client_{n}") for n in range(3)]
    calls = [
        ("POST", f"{ACCOUNTS}/{account_ids[n % 3]}/account_operations/sync",
         {"account_operation_url": LISTS, "account_operation_method": "POST",
          "account_operation_payload": json.dumps({"name": f"List {n}"})})
        for n in range(60)
    ]  # fmt: skip
    for number, each in enumerate((partner, other)):
        assert {answer.status_code for answer in each.together(calls[number::2])} == {200}
    assert [len(other.synced(each, "GET", LISTS)["lists"]) for each in account_ids] == [20, 20, 20]


# Whatever comes in.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["/emails", "GET"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["query_param_key", "query_param_value", "path_param_key", "header_key"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=5,
)
PARTNER = partnered()
ACCOUNT_ID = PARTNER.client()  # may be cancelled on the way
OTHER = partnered()
OTHER_ID = OTHER.client()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        ["", "/{id}/plan", "/{id}/status/cancel", "/{id}/account_operations/sync", "/{id}/users/sso",
         "/{id}/contacts/unsubscribe"]
    ),
    st.dictionaries(
        st.sampled_from(
            ["account_operation_url", "account_operation_method", "account_operation_payload",
             "account_operation_query_parameters", "account_operation_path_parameters",
             "account_operation_headers", "login_name", "password", "country_code", "plan_type",
             "plan_group_id", "billing_day_of_month", "effective_date", "reason_id", "email_addresses",
             "update_source", "contact_email", "external_id", "website", "state_code"]
        ),
        VALUES,
        max_size=5,
    ),
)  # fmt: skip
def test_any_body_of_a_partner_gets_a_documented_answer(end: str, body: dict[str, Any]) -> None:
    method = "PUT" if end.endswith(("plan", "cancel")) else "POST"
    body.setdefault("effective_date", "2999-01-01")  # the account is needed once more, mostly
    answer = PARTNER.call(method, f"{ACCOUNTS}{end.replace('{id}', ACCOUNT_ID)}", body)
    assert answer.status_code in {200, 201, 400, 403, 404, 405, 409, 415}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=15), st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), st.text(max_size=15))
def test_any_inner_call_gets_a_documented_answer(url: str, method: str, payload: str) -> None:
    answer = OTHER.sync(OTHER_ID, method, f"/{url}", payload, path={"id": payload or "x"})
    assert answer.status_code in {200, 400, 404, 405, 415}
