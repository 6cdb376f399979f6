"""A/B tests: when there may be one, and who gets which subject."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.emulator.mails.rates import Rates
from tests.emulator.client import Emulated, emulated

PATH = "/v3/emails/activities"
TEST: dict[str, Any] = {"alternative_subject": "Second try", "test_size": 10, "winner_wait_duration": 6}


def make(emulator: Emulated, activity_id: str, **more: Any) -> Any:
    return emulator.post(f"{PATH}/{activity_id}/abtest", TEST | more)


def deliveries(emulator: Emulated, activity_id: str) -> list[dict[str, Any]]:
    tables = emulator.control("dump")["tables"]
    return [row for row in tables["deliveries"] if row["campaign_activity_id"] == activity_id]


def history(emulator: Emulated, activity_id: str) -> list[tuple[int, int]]:
    return [
        (send["count"], send["reason_code"]) for send in emulator.get(f"{PATH}/{activity_id}/send_history")
    ]


def test_a_test_is_answered_as_it_was_sent_and_flips_the_type(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.campaign()
    answer = make(emulator, activity_id)
    assert (answer.status_code, answer.json()) == (201, TEST)
    assert emulator.get(f"{PATH}/{activity_id}/abtest") == TEST
    campaign = emulator.get(f"/v3/emails/{campaign_id}")
    assert (campaign["type"], campaign["type_code"]) == ("AB_TEST", 57)


def test_without_its_test_a_campaign_is_a_newsletter(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    make(emulator, activity_id)
    assert emulator.delete(f"{PATH}/{activity_id}/abtest").status_code == 204
    assert emulator.call("GET", f"{PATH}/{activity_id}/abtest").status_code == 404
    assert emulator.delete(f"{PATH}/{activity_id}/abtest").status_code == 404
    campaign = emulator.get("/v3/emails")["campaigns"][0]
    assert (campaign["type"], campaign["type_code"]) == ("NEWSLETTER", 10)


@pytest.mark.parametrize(
    "more",
    [
        {"alternative_subject": None},
        {"alternative_subject": " "},
        {"alternative_subject": "x" * 201},
        {"test_size": None},
        {"test_size": 4},
        {"test_size": 51},
        {"test_size": "10"},
        {"test_size": 10.5},
        {"test_size": True},
        {"winner_wait_duration": None},
        {"winner_wait_duration": 7},
        {"winner_wait_duration": 10**30},
    ],
)
def test_a_test_that_does_not_fit_is_400(emulator: Emulated, more: dict[str, Any]) -> None:
    _, activity_id = emulator.campaign()
    assert make(emulator, activity_id, **more).status_code == 400


def test_a_campaign_has_one_test_and_no_resend_beside_it(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    make(emulator, activity_id)
    assert make(emulator, activity_id).status_code == 409
    resend = {"resend_subject": "Again", "delay_days": 1}
    assert emulator.post(f"{PATH}/{activity_id}/non_opener_resends", resend).status_code == 409
    _, other = emulator.campaign("Other")
    emulator.post(f"{PATH}/{other}/non_opener_resends", resend)
    assert make(emulator, other).status_code == 409


def test_only_the_primary_activity_is_tested(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    permalink = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"][1]["campaign_activity_id"]
    assert make(emulator, permalink).status_code == 400
    assert emulator.call("GET", f"{PATH}/{permalink}/abtest").status_code == 404


def test_a_test_is_an_edit_of_the_campaign(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.campaign()
    emulator.advance("PT1M")
    make(emulator, activity_id)
    assert emulator.get(f"/v3/emails/{campaign_id}")["updated_at"] == "2026-05-04T09:16:22.000Z"


def test_each_subject_goes_to_its_part_and_the_winner_to_the_rest() -> None:
    emulator = emulated(engagement=Rates(50, 0, 0))
    campaign_id, activity_id = emulator.ready(members=100)
    make(emulator, activity_id)
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    arms = [row["arm"] for row in deliveries(emulator, activity_id)]
    assert (arms.count("A"), arms.count("B")) == (10, 10)
    assert emulator.status(campaign_id) == "DONE"
    emulator.advance("PT5H58M")
    assert history(emulator, activity_id) == [(20, 0)]
    emulator.advance("PT2M")
    assert history(emulator, activity_id) == [(20, 0), (80, 0)]
    winner = emulator.control("dump")["tables"]["ab_tests"][0]["winner"]
    assert [row["arm"] for row in deliveries(emulator, activity_id) if row["send_id"] == 2] == [winner] * 80
    assert emulator.status(campaign_id) == "DONE"


def test_the_subject_that_was_opened_more_wins() -> None:
    emulator = emulated(engagement=Rates(0, 0, 0))
    _, activity_id = emulator.ready(members=20)
    make(emulator, activity_id)
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    dump = emulator.control("dump")
    reader = next(row["contact"] for row in dump["tables"]["deliveries"] if row["arm"] == "B")
    dump["tables"]["engagements"] = [
        {"seq": 1, "campaign_activity_id": activity_id, "contact": reader, "kind": "open",
         "at": dump["clock"]["fixed"] + 1, "detail": None, "device": None}
    ]  # fmt: skip
    emulator.control("load", dump)
    emulator.advance("PT6H")
    assert [row["arm"] for row in deliveries(emulator, activity_id) if row["send_id"] == 2] == ["B"] * 16


@pytest.mark.parametrize(("members", "arms"), [(1, (1, 0)), (2, (1, 1)), (3, (2, 1)), (40, (20, 20))])
def test_half_of_the_audience_for_each_leaves_no_rest(members: int, arms: tuple[int, int]) -> None:
    emulator = emulated()
    _, activity_id = emulator.ready(members=members)
    make(emulator, activity_id, test_size=50)
    emulator.schedule(activity_id, "0")
    emulator.advance("P1D")
    got = [row["arm"] for row in deliveries(emulator, activity_id)]
    assert (got.count("A"), got.count("B")) == arms
    assert history(emulator, activity_id) == [(members, 0)]


def test_the_winner_is_sent_even_where_the_campaign_is_scheduled_anew_and_not_where_it_is_removed() -> None:
    emulator = emulated()
    for number, then in enumerate(("schedule", "remove")):
        campaign_id, activity_id = emulator.ready(f"News {number}", members=10)
        make(emulator, activity_id)
        emulator.schedule(activity_id, "0")
        emulator.advance("PT1M")
        if then == "remove":
            emulator.delete(f"/v3/emails/{campaign_id}")
            emulator.advance("P1D")
            assert len(deliveries(emulator, activity_id)) == 2
        else:
            emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
            emulator.advance("P1D")
            assert history(emulator, activity_id) == [(2, 0), (8, 0)]
            assert emulator.status(campaign_id) == "SCHEDULED"


def test_a_test_that_reached_nobody_is_made_with_the_next_send(emulator: Emulated) -> None:
    _, activity_id = emulator.ready(members=0)
    make(emulator, activity_id)
    emulator.schedule(activity_id, "0")
    emulator.advance("P1D")
    emulator.control("contacts", {"count": 10, "lists": ["List of May news"]})
    emulator.schedule(activity_id, "0")
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(0, 12), (2, 0), (8, 0)]
