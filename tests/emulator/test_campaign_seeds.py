"""Seeds of campaigns that have a past: sent ones, tested ones, resent ones; and their dumps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated, emulated

PATH = "/v3/emails/activities"
TEST = {"alternative_subject": "Second try", "test_size": 10, "winner_wait_duration": 6}
RESEND = {"resend_subject": "Still time", "delay_days": 3}
SENT = "2026-04-01T13:00:00Z"
LISTS = [{"name": "Newsletter", "members": 100}]


def planted(**campaign: Any) -> tuple[Emulated, str, str]:
    campaign = {"name": "April news", "lists": ["Newsletter"], **campaign}
    emulator = emulated(seed={"lists": LISTS, "campaigns": [campaign]})
    campaign_id = emulator.get("/v3/emails")["campaigns"][0]["campaign_id"]
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    return emulator, campaign_id, activities[0]["campaign_activity_id"]


def test_a_sent_campaign_was_opened_by_now() -> None:
    emulator, campaign_id, activity_id = planted(status="DONE", sent_at=SENT)
    (send,) = emulator.get(f"{PATH}/{activity_id}/send_history")
    assert (send["count"], send["run_date"]) == (100, "2026-04-01T13:00:00.000Z")
    stats = emulator.get(f"/v3/reports/stats/email_campaigns/{campaign_id}")["results"][0]["stats"]
    assert (stats["em_sends"], stats["em_bounces"], stats["em_optouts"]) == (100, 0, 0)
    assert 20 < stats["em_opens"] < 50


def test_a_sent_campaign_with_a_test_has_sent_the_winner() -> None:
    emulator, campaign_id, activity_id = planted(status="DONE", sent_at=SENT, ab_test=TEST)
    sends = emulator.get(f"{PATH}/{activity_id}/send_history")
    assert [(send["count"], send["run_date"]) for send in sends] == [
        (20, "2026-04-01T13:00:00.000Z"),
        (80, "2026-04-01T19:00:00.000Z"),
    ]
    assert emulator.get(f"{PATH}/{activity_id}/abtest") == TEST
    assert emulator.get(f"/v3/emails/{campaign_id}")["type"] == "AB_TEST"


def test_a_sent_campaign_with_a_resend_was_resent() -> None:
    emulator, _, activity_id = planted(status="DONE", sent_at=SENT, resend=RESEND)
    (resend,) = emulator.get(f"{PATH}/{activity_id}/non_opener_resends")
    assert (resend["resend_status"], resend["resend_date"]) == ("DONE", "2026-04-04T13:00:00.000Z")


def test_a_scheduled_campaign_may_have_either() -> None:
    resend = {"resend_subject": "Still time", "delay_minutes": 720}
    emulator, _, activity_id = planted(
        status="SCHEDULED", scheduled_date="2026-06-01T00:00:00Z", resend=resend
    )
    (shown,) = emulator.get(f"{PATH}/{activity_id}/non_opener_resends")
    assert (shown["resend_request_id"].isdigit(), shown["delay_minutes"]) == (True, 720)
    emulator.advance("P40D")
    assert emulator.get(f"{PATH}/{activity_id}/non_opener_resends")[0]["resend_status"] == "DONE"


def test_a_draft_may_have_either() -> None:
    emulator, _, activity_id = planted(ab_test=TEST)
    assert emulator.delete(f"{PATH}/{activity_id}/abtest").status_code == 204
    emulator, _, activity_id = planted(resend=RESEND)
    assert emulator.get(f"{PATH}/{activity_id}/non_opener_resends")[0]["resend_request_id"] == "DRAFT"


def test_a_seed_that_says_sent_is_believed() -> None:
    emulator, _, activity_id = planted(status="DONE", sent_at=SENT, html='<img src="">')
    assert emulator.get(f"{PATH}/{activity_id}/send_history")[0]["send_status"] == "COMPLETED"


@pytest.mark.parametrize(
    "campaign",
    [
        {"ab_test": {"test_size": 10}},
        {"ab_test": {**TEST, "test_size": 51}},
        {"ab_test": {**TEST, "size": 5}},
        {"ab_test": []},
        {"resend": {"resend_subject": "Again"}},
        {"resend": {"delay_days": 3}},
        {"resend": {**RESEND, "delay": 5}},
        {"document_properties": []},
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(emulator: Emulated, campaign: dict[str, Any]) -> None:
    seed = {"campaigns": [{"name": "C", **campaign}]}
    assert emulator.post("/_control/load", seed).status_code == 400


def wandered() -> Emulated:
    """Campaigns in the middle of everything that takes its time."""
    emulator = emulated()
    one, two = emulator.ready("One", members=40)[1], emulator.ready("Two", members=40)[1]
    emulator.post(f"{PATH}/{one}/abtest", TEST)
    emulator.post(f"{PATH}/{two}/non_opener_resends", RESEND)
    for activity_id in (one, two):
        emulator.schedule(activity_id, "0")
    emulator.advance("PT1H")
    emulator.post(f"{PATH}/{two}/tests", {"email_addresses": ["jo@example.org"]})
    emulator.control("sends", {"reason_code": 2, "campaign": "Two"})
    return emulator


def test_a_dump_goes_on_where_the_account_was() -> None:
    first = wandered()
    dump = first.control("dump")
    second = emulated()
    second.control("load", dump)
    assert second.control("dump") == dump
    assert second.control("outbox") == first.control("outbox")
    assert second.control("sends") == first.control("sends")
    for emulator in (first, second):
        emulator.advance("P10D")
    assert second.control("dump") == first.control("dump")
    assert {row["status"] for row in second.control("dump")["tables"]["resends"]} == {"ERROR"}
