"""Bulk activities: asynchronous jobs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ccstate.emulator import Settings, create_app
from tests.emulator.client import Emulated
from tests.emulator.people import ABSENT, fabricate, numbers, run
from tests.emulator.served import Served


def seeded(emulator: Emulated) -> dict[str, list[str]]:
    emulator.control(
        "load",
        {
            "lists": [{"name": "L{n}", "repeat": 3}],
            "tags": [{"name": "T{n}", "repeat": 3}],
            "custom_fields": [{"label": "F{n}", "repeat": 3}],
        },
    )
    return {
        "list_ids": [found["list_id"] for found in emulator.get("/v3/contact_lists")["lists"]],
        "tag_ids": [found["tag_id"] for found in emulator.get("/v3/contact_tags")["tags"]],
        "custom_field_ids": [
            found["custom_field_id"] for found in emulator.get("/v3/contact_custom_fields")["custom_fields"]
        ],
    }


JOBS = [
    ("list_delete", "list_ids", 100),
    ("contacts_tags_delete", "tag_ids", 500),
    ("custom_fields_delete", "custom_field_ids", 100),
]
every_job = pytest.mark.parametrize(("job", "name", "most"), JOBS)


@every_job
def test_a_bulk_delete_answers_201_and_takes_its_time(
    make: Callable[..., Emulated], job: str, name: str, most: int
) -> None:
    emulator = make(activity_delay=10.0)
    ids = seeded(emulator)[name]
    answer = emulator.post(f"/v3/activities/{job}", {name: ids[:2]})
    path = answer.json()["_links"]["self"]["href"]
    states = [answer.json()["state"]]
    for _ in range(2):
        emulator.advance("PT5S")
        states.append(emulator.get(path)["state"])
    assert (answer.status_code, states) == (201, ["initialized", "processing", "completed"])
    done = emulator.get(path)
    assert (done["percent_done"], done["activity_errors"]) == (100, [])
    assert (done["started_at"], done["completed_at"]) == ("2026-05-04T09:15:27Z", "2026-05-04T09:15:32Z")


@every_job
def test_unknown_ids_are_reported_by_the_job(emulator: Emulated, job: str, name: str, most: int) -> None:
    ids = seeded(emulator)[name]
    started = emulator.post(f"/v3/activities/{job}", {name: [ids[0], ABSENT]}).json()
    done = emulator.get(started["_links"]["self"]["href"])
    assert (done["state"], len(done["activity_errors"])) == ("completed", 1)
    assert ABSENT in done["activity_errors"][0]


@every_job
def test_a_bulk_delete_has_its_limits(emulator: Emulated, job: str, name: str, most: int) -> None:
    bodies: list[dict[str, object]] = [
        {},
        {name: []},
        {name: "x"},
        {name: [1]},
        {name: [ABSENT] * (most + 1)},
    ]
    for body in bodies:
        assert emulator.post(f"/v3/activities/{job}", body).status_code == 400
    assert emulator.post(f"/v3/activities/{job}", {name: [ABSENT] * most}).status_code == 201


def test_a_job_ends_also_where_the_clock_stands_still(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=0.05)
    path = emulator.delete(f"/v3/contact_tags/{seeded(emulator)['tag_ids'][0]}").json()["_links"]["self"][
        "href"
    ]
    time.sleep(0.06)
    assert emulator.get(path)["state"] == "completed"


def test_a_tag_is_there_until_its_job_is_done(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=10.0)
    tag_id = seeded(emulator)["tag_ids"][0]
    emulator.delete(f"/v3/contact_tags/{tag_id}")
    emulator.advance("PT9S")
    assert emulator.call("GET", f"/v3/contact_tags/{tag_id}").status_code == 200
    assert emulator.post("/v3/contact_tags", {"name": "T1"}).status_code == 409
    emulator.advance("PT1S")
    assert emulator.call("GET", f"/v3/contact_tags/{tag_id}").status_code == 404


def test_deleting_all_lists_leaves_the_last_and_says_so(emulator: Emulated) -> None:
    ids = seeded(emulator)["list_ids"]
    started = emulator.post("/v3/activities/list_delete", {"list_ids": ids}).json()
    done = emulator.get(started["_links"]["self"]["href"])
    assert (done["status"], len(done["activity_errors"])) == ({"list_count": 2}, 1)
    assert len(emulator.get("/v3/contact_lists")["lists"]) == 1


def test_activities_are_listed_newest_first_and_by_state(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=10.0)
    ids = seeded(emulator)["tag_ids"]
    emulator.delete(f"/v3/contact_tags/{ids[0]}")
    emulator.advance("PT10S")
    emulator.delete(f"/v3/contact_tags/{ids[1]}")
    states = [activity["state"] for activity in emulator.all("/v3/activities?limit=1", "activities")]
    assert states == ["initialized", "completed"]
    assert len(emulator.get("/v3/activities?state=completed")["activities"]) == 1
    assert emulator.call("GET", "/v3/activities?state=initialized").status_code == 400


def test_activities_are_forgotten_after_ten_days(emulator: Emulated) -> None:
    seeded(emulator)
    path = emulator.post("/v3/activities/contacts_tags_delete", {"tag_ids": [ABSENT]}).json()["_links"][
        "self"
    ]["href"]
    emulator.advance("P10D")
    assert emulator.get("/v3/activities")["activities"] == []
    assert emulator.call("GET", path).status_code == 404


def test_a_thousand_waiting_activities_are_enough(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=60.0)
    call = ("POST", "/v3/activities/contacts_tags_delete", {"tag_ids": [ABSENT]})
    answers = emulator.together([call] * 1001)
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [(answer.status_code, answer.json()["error_key"]) for answer in refused] == [(429, "throttled")]


def test_single_deletes_are_not_refused_for_a_full_queue(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=60.0)
    tag_ids = seeded(emulator)["tag_ids"]
    call = ("POST", "/v3/activities/contact_delete", {"contact_ids": [ABSENT]})
    emulator.together([call] * 1000)
    assert emulator.post("/v3/activities/contact_exports", {}).status_code == 429
    assert emulator.delete(f"/v3/contact_tags/{tag_ids[0]}").status_code == 202
    emulator.advance("PT60S")
    assert emulator.post("/v3/activities/contact_exports", {}).status_code == 201


def test_a_thousand_errors_are_told_and_the_rest_is_counted(emulator: Emulated) -> None:
    news = emulator.list()
    fabricate(emulator, 1200, lists=[news], status="unsubscribed")
    body = {"source": {"list_ids": [news]}, "list_ids": [emulator.list("Staff")]}
    done = run(emulator, "add_list_memberships", body)
    assert (len(done["activity_errors"]), done["activity_errors"][-1]) == (1001, "and 200 more")
    assert done["status"] == numbers(1200, 0, list_count=1)


@pytest.mark.parametrize("state", ["cancelled", "timed_out"])
def test_states_that_nothing_leads_to_can_be_loaded(emulator: Emulated, state: str) -> None:
    activity_id = run(emulator, "contact_exports", {})["activity_id"]
    dump = emulator.control("dump")
    dump["tables"]["activities"][0]["state"] = state
    emulator.control("load", dump)
    (found,) = emulator.get(f"/v3/activities?state={state}")["activities"]
    assert (found["activity_id"], found["state"], "results" in found["_links"]) == (activity_id, state, False)
    dump["tables"]["activities"][0]["state"] = "asleep"
    assert emulator.post("/_control/load", dump).status_code == 400


def test_an_activity_goes_on_after_a_kill(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    with Served("--db", str(database), "--rate", "0", "--activity-delay", "1s") as served:
        kept, gone = (served.post("/v3/contact_lists", {"name": name})["list_id"] for name in "AB")
        started = served.post("/v3/activities/list_delete", {"list_ids": [gone]})
        served.kill()
    after = Emulated(create_app(Settings(db=str(database), activity_delay=1.0)))
    path = started["_links"]["self"]["href"]
    while (done := after.get(path))["state"] != "completed":
        time.sleep(0.05)
    assert done["status"] == {"list_count": 1}
    assert [each["list_id"] for each in after.get("/v3/contact_lists")["lists"]] == [kept]


def test_activities_of_the_past_are_forgotten_for_good(emulator: Emulated) -> None:
    for _ in range(2):
        run(emulator, "contact_exports", {})
        emulator.advance("P10D")
    run(emulator, "contact_exports", {})
    tables = emulator.control("dump")["tables"]
    assert len(tables["activities"]) == len({part["activity_id"] for part in tables["export_parts"]}) == 1
