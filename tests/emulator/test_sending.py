"""Schedules and what comes of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import Emulated, activity_body

SOON = "2026-05-04T12:00:00Z"
PATH = "/v3/emails/activities"


def history(emulator: Emulated, activity_id: str) -> list[tuple[int, int, str, int]]:
    sends = emulator.get(f"{PATH}/{activity_id}/send_history")
    return [(send["send_id"], send["count"], send["send_status"], send["reason_code"]) for send in sends]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (SOON, "2026-05-04T12:00:00.000Z"),
        ("2026-05-04T14:00:00+02:00", "2026-05-04T12:00:00.000Z"),
        ("2026-05-04T12:00:00.123+0000", "2026-05-04T12:00:00.000Z"),
        ("2026-05-05", "2026-05-05T00:00:00.000Z"),
        ("2026-05-05T08:00:00", "2026-05-05T08:00:00.000Z"),
    ],
)
def test_a_schedule_is_shown_as_the_same_instant(emulator: Emulated, sent: str, read: str) -> None:
    campaign_id, activity_id = emulator.ready()
    answer = emulator.schedule(activity_id, sent)
    assert (answer.status_code, answer.json()) == (201, [{"scheduled_date": read}])
    assert emulator.get(f"{PATH}/{activity_id}/schedules") == [{"scheduled_date": read}]
    assert emulator.status(campaign_id) == "SCHEDULED"


@pytest.mark.parametrize(
    "date", ["2026-05-04T09:15:21Z", "1970-01-01T00:00:00+00:00", "soon", "", None, 5, {}, True]
)
def test_a_date_that_is_past_or_none_is_400(emulator: Emulated, date: object) -> None:
    _, activity_id = emulator.ready()
    assert emulator.schedule(activity_id, date).status_code == 400


def test_a_campaign_without_an_audience_cannot_be_scheduled(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    assert emulator.schedule(activity_id, SOON).status_code == 400


def test_an_account_without_an_address_cannot_schedule(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    dump = emulator.control("dump")
    emulator.control("load", dump | {"physical_address": None})
    assert emulator.schedule(activity_id, SOON).status_code == 400


def test_a_scheduled_campaign_is_neither_edited_deleted_nor_scheduled_again(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, SOON)
    assert emulator.put(f"{PATH}/{activity_id}", activity_body()).status_code == 400
    assert emulator.delete(f"/v3/emails/{campaign_id}").status_code == 400
    assert emulator.schedule(activity_id, SOON).status_code == 400


def test_unscheduling_brings_the_draft_back_and_nothing_is_sent(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, SOON)
    assert emulator.delete(f"{PATH}/{activity_id}/schedules").status_code == 204
    emulator.advance("P1D")
    assert emulator.status(campaign_id) == "DRAFT"
    assert history(emulator, activity_id) == []
    assert emulator.delete(f"{PATH}/{activity_id}/schedules").status_code == 400


def test_the_mail_goes_out_when_its_time_has_come(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready(members=3)
    emulator.schedule(activity_id, SOON)
    emulator.control("clock", {"set": SOON})
    assert emulator.status(campaign_id) == "EXECUTING"
    assert emulator.get(f"{PATH}/{activity_id}/schedules") == []
    assert history(emulator, activity_id) == []
    assert emulator.delete(f"{PATH}/{activity_id}/schedules").status_code == 400
    emulator.advance("PT10S")
    assert emulator.status(campaign_id) == "DONE"
    assert history(emulator, activity_id) == [(1, 3, "COMPLETED", 0)]
    assert emulator.get(f"{PATH}/{activity_id}/send_history")[0]["run_date"] == "2026-05-04T12:00:00.000Z"


def test_the_audience_is_looked_up_when_the_mail_goes_out(emulator: Emulated) -> None:
    _, activity_id = emulator.ready(members=3)
    emulator.schedule(activity_id, SOON)
    emulator.control("contacts", {"count": 4, "lists": ["List of May news"]})
    emulator.control("contacts", {"count": 5, "lists": ["List of May news"], "status": "unsubscribed"})
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 7, "COMPLETED", 0)]


def test_a_mail_to_a_deleted_list_reaches_nobody(emulator: Emulated) -> None:
    emulator.list("kept")
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, SOON)
    emulator.delete(f"/v3/contact_lists/{emulator.get(f'{PATH}/{activity_id}')['contact_list_ids'][0]}")
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 0, "COMPLETED", 12)]
    assert emulator.status(campaign_id) == "DONE"


@pytest.mark.parametrize("now", ["0", 0])
def test_zero_sends_at_once_and_answers_an_empty_list(emulator: Emulated, now: object) -> None:
    campaign_id, activity_id = emulator.ready()
    answer = emulator.schedule(activity_id, now)
    assert (answer.status_code, answer.json()) == (201, [])
    assert emulator.status(campaign_id) == "EXECUTING"
    emulator.advance("PT5S")
    assert emulator.status(campaign_id) == "DONE"


def test_a_sent_mail_goes_again_only_to_who_did_not_get_it(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready(members=3)
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    emulator.control("contacts", {"count": 2, "lists": ["List of May news"]})
    emulator.schedule(activity_id, SOON)
    assert emulator.status(campaign_id) == "SCHEDULED"
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 3, "COMPLETED", 0), (2, 2, "COMPLETED", 0)]


def test_unscheduling_a_sent_mail_brings_done_back(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    emulator.schedule(activity_id, SOON)
    emulator.delete(f"{PATH}/{activity_id}/schedules")
    assert emulator.status(campaign_id) == "DONE"


def test_a_sent_mail_is_history_but_may_be_removed(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert emulator.put(f"{PATH}/{activity_id}", activity_body()).status_code == 400
    assert emulator.delete(f"/v3/emails/{campaign_id}").status_code == 204


def test_a_mail_with_a_long_link_ends_in_error_and_may_be_tried_again(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    audience = emulator.get(f"{PATH}/{activity_id}")["contact_list_ids"]
    link = f'<a href="http://x.example/{"y" * 1000}">'
    emulator.put(f"{PATH}/{activity_id}", activity_body(html_content=link, contact_list_ids=audience))
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert emulator.status(campaign_id) == "ERROR"
    assert history(emulator, activity_id) == [(1, 0, "ERRORED", 8)]
    assert emulator.schedule(activity_id, SOON).status_code == 201


def test_schedule_and_edit_change_updated_at(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.advance("PT1M")
    emulator.schedule(activity_id, SOON)
    assert emulator.get(f"/v3/emails/{campaign_id}")["updated_at"] == "2026-05-04T09:16:22.000Z"


def test_a_plan_without_scheduling_is_403(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(no_scheduling=True))
    _, activity_id = emulator.ready()
    answer = emulator.schedule(activity_id, SOON)
    assert (answer.status_code, answer.json()["error_key"]) == (403, "access_denied")


def test_a_pending_approval_shows_instead_of_scheduled(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(pending_approval=True))
    campaign_id, activity_id = emulator.ready()
    emulator.schedule(activity_id, SOON)
    assert emulator.status(campaign_id) == "PENDING_APPROVAL"
    assert emulator.get(f"{PATH}/{activity_id}")["current_status"] == "PENDING_APPROVAL"


def test_the_epoch_means_now_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(epoch_sends_now=True))
    campaign_id, activity_id = emulator.ready()
    assert emulator.schedule(activity_id, "1970-01-01T00:00:00+00:00").json() == []
    assert emulator.status(campaign_id) == "EXECUTING"
