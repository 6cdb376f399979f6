"""Resends to non-openers: how they are asked for, and when they go out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from ccstate.emulator.mails.rates import Rates
from tests.emulator.client import HTML, Emulated, activity_body, emulated

PATH = "/v3/emails/activities"
RESEND: dict[str, Any] = {"resend_subject": "Still time", "delay_days": 3}
SENT = "2026-05-04T09:15:22.000Z"


def path_of(activity_id: str) -> str:
    return f"{PATH}/{activity_id}/non_opener_resends"


def request_id(emulator: Emulated, activity_id: str) -> str:
    return str(emulator.get(path_of(activity_id))[0]["resend_request_id"])


def activity_of(emulator: Emulated, campaign_id: str) -> str:
    """The activity with the role `resend`."""
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    return str(next(found["campaign_activity_id"] for found in activities if found["role"] == "resend"))


def test_a_resend_of_a_draft_is_called_draft(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    assert emulator.get(path_of(activity_id)) == []
    answer = emulator.post(path_of(activity_id), RESEND)
    shown = {**RESEND, "delay_minutes": 4320, "resend_request_id": "DRAFT"}
    assert (answer.status_code, answer.json()) == (201, shown)
    assert emulator.get(path_of(activity_id)) == [shown]


def test_a_resend_is_answered_as_an_array_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(resend_as_array=True))
    _, activity_id = emulator.campaign()
    (answered,) = emulator.post(path_of(activity_id), RESEND).json()
    assert answered["resend_request_id"] == "DRAFT"


@pytest.mark.parametrize(
    ("delay", "shown"),
    [
        ({"delay_days": 1}, {"delay_days": 1, "delay_minutes": 1440}),
        ({"delay_days": 10}, {"delay_days": 10, "delay_minutes": 14_400}),
        ({"delay_minutes": 720}, {"delay_minutes": 720}),
        ({"delay_minutes": 2880}, {"delay_days": 2, "delay_minutes": 2880}),
        ({"delay_days": 2, "delay_minutes": 800}, {"delay_days": 2, "delay_minutes": 2880}),
        ({"delay_days": 2, "delay_minutes": "soon"}, {"delay_days": 2, "delay_minutes": 2880}),
        ({"delay_days": None, "delay_minutes": 800}, {"delay_minutes": 800}),
    ],
)
def test_days_go_before_minutes(emulator: Emulated, delay: dict[str, Any], shown: dict[str, Any]) -> None:
    _, activity_id = emulator.campaign()
    answer = emulator.post(path_of(activity_id), {"resend_subject": "Still time", **delay}).json()
    assert answer == {"resend_subject": "Still time", **shown, "resend_request_id": "DRAFT"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resend_subject": "Again"},
        {"delay_days": 1},
        {"resend_subject": "", "delay_days": 1},
        {"resend_subject": "x" * 201, "delay_days": 1},
        {"resend_subject": "Again", "delay_days": 0},
        {"resend_subject": "Again", "delay_days": 11},
        {"resend_subject": "Again", "delay_days": "3"},
        {"resend_subject": "Again", "delay_days": True},
        {"resend_subject": "Again", "delay_minutes": 719},
        {"resend_subject": "Again", "delay_minutes": 14_401},
        {"resend_subject": "Again", "delay_minutes": 10**40},
    ],
)
def test_a_resend_that_does_not_fit_is_400(emulator: Emulated, body: dict[str, Any]) -> None:
    _, activity_id = emulator.campaign()
    assert emulator.post(path_of(activity_id), body).status_code == 400


def test_a_campaign_has_one_resend(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    emulator.post(path_of(activity_id), RESEND)
    assert emulator.post(path_of(activity_id), RESEND).status_code == 409
    assert emulator.delete(f"{path_of(activity_id)}/DRAFT").status_code == 204
    assert emulator.post(path_of(activity_id), RESEND).status_code == 201


def test_only_custom_code_is_resent(emulator: Emulated) -> None:
    emulator.control("load", {"campaigns": [{"name": "Editor", "format_type": 4}]})
    campaign_id = emulator.get("/v3/emails")["campaigns"][0]["campaign_id"]
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    for activity in activities:
        answer = emulator.post(path_of(activity["campaign_activity_id"]), RESEND)
        assert answer.status_code == 400
    assert emulator.get(path_of(activities[1]["campaign_activity_id"])) == []


def test_the_request_gets_a_number_with_the_schedule_and_loses_it_again(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
    number = request_id(emulator, activity_id)
    assert number.isdigit()
    assert emulator.get(path_of(activity_id))[0]["resend_status"] == "SCHEDULED"
    for wrong in ("DRAFT", "1", "x", "%00"):
        assert emulator.delete(f"{path_of(activity_id)}/{wrong}").status_code == 404
    emulator.delete(f"{PATH}/{activity_id}/schedules")
    assert request_id(emulator, activity_id) == "DRAFT"
    emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
    assert request_id(emulator, activity_id) not in ("DRAFT", number)
    assert emulator.delete(f"{path_of(activity_id)}/{request_id(emulator, activity_id)}").status_code == 204
    assert emulator.get(path_of(activity_id)) == []


def test_a_resend_has_an_activity_of_its_own(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.campaign()
    emulator.post(path_of(activity_id), RESEND)
    emulator.put(f"{PATH}/{activity_id}", activity_body(html_content="<p>new</p>", from_name="New"))
    resend = emulator.get(f"{PATH}/{activity_of(emulator, campaign_id)}?include=html_content")
    assert (resend["role"], resend["subject"], resend["from_name"]) == ("resend", "Still time", "New")
    assert (resend["html_content"], resend["current_status"]) == ("<p>new</p>", "DRAFT")
    assert emulator.put(f"{PATH}/{resend['campaign_activity_id']}", activity_body()).status_code == 400
    assert emulator.schedule(resend["campaign_activity_id"], "0").status_code == 400
    emulator.delete(f"{path_of(activity_id)}/DRAFT")
    assert len(emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]) == 2
    assert emulator.call("GET", f"{PATH}/{resend['campaign_activity_id']}").status_code == 404


def test_a_resend_goes_after_its_delay_to_those_who_did_not_open() -> None:
    emulator = emulated(engagement=Rates(50, 0, 0))
    campaign_id, activity_id = emulator.ready(members=100)
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("P2DT23H59M")
    openers = {row["contact"] for row in emulator.control("dump")["tables"]["engagements"]}
    resend_id = activity_of(emulator, campaign_id)
    assert emulator.get(f"{PATH}/{resend_id}/send_history") == []
    assert "resend_date" not in emulator.get(path_of(activity_id))[0]
    emulator.advance("PT1M")
    assert emulator.get(f"{PATH}/{resend_id}")["current_status"] == "EXECUTING"
    emulator.advance("PT1M")
    (sent,) = emulator.get(f"{PATH}/{resend_id}/send_history")
    assert (sent["count"], sent["run_date"]) == (100 - len(openers), "2026-05-07T09:15:22.000Z")
    shown = emulator.get(path_of(activity_id))[0]
    assert (shown["resend_date"], shown["resend_status"]) == ("2026-05-07T09:15:22.000Z", "DONE")
    assert emulator.get(f"{PATH}/{resend_id}")["current_status"] == "DONE"
    assert len(emulator.get(f"{PATH}/{activity_id}/send_history")) == 1
    got = emulator.control("dump")["tables"]["deliveries"]
    assert not openers & {row["contact"] for row in got if row["campaign_activity_id"] == resend_id}


def test_a_resend_that_went_out_is_the_only_one_ever(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("P4D")
    number = request_id(emulator, activity_id)
    assert emulator.delete(f"{path_of(activity_id)}/{number}").status_code == 409
    assert emulator.post(path_of(activity_id), RESEND).status_code == 409


def test_a_resend_can_be_asked_for_after_the_mail_and_counts_from_it(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.schedule(activity_id, "0")
    emulator.advance("P2D")
    assert emulator.post(path_of(activity_id), RESEND).json()["resend_request_id"].isdigit()
    emulator.advance("P1D")
    assert emulator.get(path_of(activity_id))[0]["resend_date"] == "2026-05-07T09:15:22.000Z"


def test_a_resend_whose_delay_is_over_goes_at_once(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.schedule(activity_id, "0")
    emulator.advance("P20D")
    emulator.post(path_of(activity_id), RESEND)
    assert emulator.get(path_of(activity_id))[0]["resend_date"] == "2026-05-24T09:15:22.000Z"


def test_nothing_is_resent_that_was_deleted_or_whose_campaign_was_removed(emulator: Emulated) -> None:
    for number in (1, 2):
        campaign_id, activity_id = emulator.ready(f"News {number}")
        emulator.post(path_of(activity_id), RESEND)
        emulator.schedule(activity_id, "0")
        emulator.advance("PT1M")
        if number == 1:
            emulator.delete(f"{path_of(activity_id)}/{request_id(emulator, activity_id)}")
        else:
            emulator.delete(f"/v3/emails/{campaign_id}")
    emulator.advance("P10D")
    tables = emulator.control("dump")["tables"]
    assert (tables["resends"], len(tables["sends"]), tables["timeline"]) == ([], 2, [])


def test_a_removed_campaign_keeps_the_resend_that_went_out(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("P4D")
    emulator.delete(f"/v3/emails/{campaign_id}")
    assert len(emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]) == 3
    assert emulator.call("GET", path_of(activity_id)).status_code == 404


def test_a_resend_that_failed_can_be_deleted_and_asked_for_again(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    emulator.control("sends", {"reason_code": 2})
    emulator.advance("P3D")
    shown = emulator.get(path_of(activity_id))[0]
    assert (shown["resend_status"], "resend_date" in shown) == ("ERROR", False)
    history = emulator.get(f"{PATH}/{activity_of(emulator, campaign_id)}/send_history")
    assert [(send["send_status"], send["reason_code"]) for send in history] == [("ERRORED", 2)]
    assert emulator.delete(f"{path_of(activity_id)}/{shown['resend_request_id']}").status_code == 204
    emulator.post(path_of(activity_id), RESEND)
    assert "resend_date" in emulator.get(path_of(activity_id))[0]


def test_a_resend_waits_for_the_first_send_that_reaches_somebody(emulator: Emulated) -> None:
    _, activity_id = emulator.ready(members=0)
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("P5D")
    assert emulator.get(path_of(activity_id))[0]["resend_status"] == "SCHEDULED"
    emulator.control("contacts", {"count": 2, "lists": ["List of May news"]})
    emulator.schedule(activity_id, "0")
    emulator.advance("P5D")
    assert emulator.get(path_of(activity_id))[0]["resend_date"] == "2026-05-12T09:15:22.000Z"


def test_unscheduling_a_second_send_leaves_the_resend_as_it_is(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    number = request_id(emulator, activity_id)
    emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
    emulator.delete(f"{PATH}/{activity_id}/schedules")
    emulator.advance("P4D")
    shown = emulator.get(path_of(activity_id))[0]
    assert (shown["resend_request_id"], shown["resend_status"]) == (number, "DONE")


def test_a_plan_without_resends_is_403(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(no_resends=True))
    _, activity_id = emulator.campaign()
    answers = [emulator.post(path_of(activity_id), RESEND), emulator.delete(f"{path_of(activity_id)}/DRAFT")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json()["error_key"] == "access_denied"
    assert emulator.get(path_of(activity_id)) == []


def test_the_permalink_shows_the_mail_as_it_was_edited(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.campaign(html_content=HTML)
    emulator.put(f"{PATH}/{activity_id}", activity_body(html_content="<p>new</p>", subject="New"))
    permalink = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"][1]["campaign_activity_id"]
    shown = emulator.get(f"{PATH}/{permalink}?include=html_content")
    assert (shown["subject"], shown["html_content"], shown["contact_list_ids"]) == ("New", "<p>new</p>", [])


def test_a_resend_that_is_on_its_way_goes_out_though_the_campaign_is_removed(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.post(path_of(activity_id), RESEND)
    emulator.schedule(activity_id, "0")
    emulator.advance("P3D")
    emulator.delete(f"/v3/emails/{campaign_id}")
    emulator.advance("PT1M")
    tables = emulator.control("dump")["tables"]
    assert [send["finished"] for send in tables["sends"]] == [1, 1]
    assert tables["resends"][0]["status"] == "DONE"
    assert emulator.get(f"/v3/emails/{campaign_id}")["updated_at"] == "2026-05-07T09:15:22.000Z"
