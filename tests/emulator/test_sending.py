"""Schedules and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import Emulated, activity_body, criteria, emulated

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


def with_html(emulator: Emulated, html: str) -> tuple[str, str]:
    """A campaign with an audience and with this HTML, sent at once and given a minute."""
    campaign_id, activity_id = emulator.ready()
    audience = emulator.get(f"{PATH}/{activity_id}")["contact_list_ids"]
    emulator.put(f"{PATH}/{activity_id}", activity_body(html_content=html, contact_list_ids=audience))
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    return campaign_id, activity_id


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ('<img src="https://x.example/a.png">', 0),
        ("<IMG alt=x src='//x.example/a.png'>", 0),
        ('<img src="data:image/png;base64,AAAA">', 0),
        ('<img src="[[account.LogoURL]]">', 0),
        ("<!-- <img> --> <p>img src</p>", 0),
        ("<img>", 7),
        ('<img src="">', 7),
        ('<img src="images/a.png">', 7),
        ('<p><img alt="x" src="cid:logo"/></p>', 7),
        ('<img src="file:///a.png">', 7),
        (f'<a href="http://x.example/{"y" * 988}">', 0),
        (f'<a href="http://x.example/{"y" * 989}">', 8),
        (f"<a href=http://x.example/{'y' * 989}>", 8),
        (f'<a href="http://x.example/?{"a&amp;" * 490}">', 0),
        (f'<a title="{"y" * 2000}" href="http://x.example">', 0),
        (f'<img><a href="http://x.example/{"y" * 1000}">', 7),
    ],
)
def test_bad_images_and_long_links_are_reasons_not_to_send(
    emulator: Emulated, html: str, reason: int
) -> None:
    campaign_id, activity_id = with_html(emulator, html)
    sent = (1, 0, "ERRORED", reason) if reason else (1, 3, "COMPLETED", 0)
    assert history(emulator, activity_id) == [sent]
    assert emulator.status(campaign_id) == ("ERROR" if reason else "DONE")


@pytest.mark.parametrize("reason", [1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
def test_any_reason_can_be_provoked_and_the_mail_tried_again(emulator: Emulated, reason: int) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.control("sends", {"reason_code": reason})
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert emulator.status(campaign_id) == "ERROR"
    assert emulator.schedule(activity_id, "0").status_code == 201
    emulator.advance("PT1M")
    assert emulator.status(campaign_id) == "DONE"
    assert history(emulator, activity_id) == [(1, 0, "ERRORED", reason), (2, 3, "COMPLETED", 0)]


def test_a_send_that_breaks_off_has_reached_half_and_reaches_the_rest_later(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready(members=7)
    emulator.control("sends", {"reason_code": 6})
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert emulator.status(campaign_id) == "ERROR"
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert history(emulator, activity_id) == [(1, 3, "ERRORED", 6), (2, 4, "COMPLETED", 0)]


def test_nobody_can_be_provoked_too(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    emulator.control("sends", {"reason_code": 12})
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert history(emulator, activity_id) == [(1, 0, "COMPLETED", 12)]
    assert emulator.status(campaign_id) == "DONE"


def test_a_failure_can_be_meant_for_one_campaign_and_for_several_times(emulator: Emulated) -> None:
    (first, one), (_, two) = emulator.ready("One"), emulator.ready("Two")
    wanted = [{"reason_code": 2, "campaign": "one", "times": 2}, {"reason_code": 3, "campaign": first}]
    shown = [
        {"reason_code": 2, "campaign_id": first, "times": 2},
        {"reason_code": 3, "campaign_id": first, "times": 1},
    ]
    assert emulator.control("sends", wanted) == shown
    for activity_id in (two, one, one, one, one):
        emulator.schedule(activity_id, "0")
        emulator.advance("PT1M")
    assert [reason for *_, reason in history(emulator, two)] == [0]
    assert [reason for *_, reason in history(emulator, one)] == [2, 2, 3, 0]
    assert emulator.control("sends") == []


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"reason_code": 0},
        {"reason_code": 13},
        {"reason_code": True},
        {"reason_code": 1, "times": 0},
        {"reason_code": 1, "times": 10**9},
        {"reason_code": 1, "campaign": "absent"},
        {"reason_code": 1, "when": "now"},
        [{"reason_code": 2}, {"reason_code": "2"}],
        5,
    ],
)
def test_a_failure_that_makes_no_sense_is_refused(emulator: Emulated, wanted: object) -> None:
    assert emulator.post("/_control/sends", wanted).status_code == 400
    assert emulator.control("sends") == []


def test_an_empty_list_forgets_the_failures(emulator: Emulated) -> None:
    emulator.control("sends", {"reason_code": 2})
    assert emulator.control("sends", []) == []


def test_a_sender_that_is_no_longer_confirmed_is_a_reason_not_to_send(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.schedule(activity_id, SOON)
    emulator.control("emails", {"email_address": "owner@example.com", "confirm_status": "UNCONFIRMED"})
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 0, "ERRORED", 9)]


def test_a_segment_is_evaluated_when_the_mail_goes_out(emulator: Emulated) -> None:
    emulator.control("load", {"lists": [{"name": "A", "members": 4}, {"name": "B", "members": 3}]})
    ids = {found["name"]: found["list_id"] for found in emulator.get("/v3/contact_lists")["lists"]}
    leaf = {"source": "contact", "field": "list_membership", "op": "eq", "value": ids["A"]}
    criteria = json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": [leaf]}})
    body = {"name": "In A", "segment_criteria": criteria}
    segment_id = emulator.post("/v3/segments", body).json()["segment_id"]
    _, activity_id = emulator.campaign()
    emulator.put(f"{PATH}/{activity_id}", activity_body(segment_ids=[segment_id]))
    emulator.schedule(activity_id, SOON)
    emulator.control("contacts", {"count": 2, "lists": ["A"]})
    emulator.control("contacts", {"count": 5, "lists": ["A"], "status": "unsubscribed"})
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 6, "COMPLETED", 0)]


def test_a_deleted_segment_reaches_nobody(emulator: Emulated) -> None:
    emulator.control("contacts", {"count": 3})
    body = {"name": "S", "segment_criteria": criteria()}
    segment_id = emulator.post("/v3/segments", body).json()["segment_id"]
    _, activity_id = emulator.campaign()
    emulator.put(f"{PATH}/{activity_id}", activity_body(segment_ids=[segment_id]))
    emulator.schedule(activity_id, SOON)
    emulator.delete(f"/v3/segments/{segment_id}")
    emulator.advance("P1D")
    assert history(emulator, activity_id) == [(1, 0, "COMPLETED", 12)]


def test_what_is_due_happens_in_order_and_each_at_its_own_instant(emulator: Emulated) -> None:
    activities = [emulator.ready(f"News {n}")[1] for n in range(3)]
    for hours, activity_id in zip((3, 1, 2), activities, strict=True):
        emulator.schedule(activity_id, f"2026-05-05T0{hours}:00:00Z")
    assert emulator.advance("P2D")["happened"] >= 6
    dates = [emulator.get(f"{PATH}/{one}/send_history")[0]["run_date"] for one in activities]
    assert dates == [f"2026-05-05T0{hours}:00:00.000Z" for hours in (3, 1, 2)]
    changed = [found["updated_at"] for found in emulator.get("/v3/emails")["campaigns"]]
    assert changed == [f"2026-05-05T0{hours}:00:02.000Z" for hours in (3, 2, 1)]


def test_what_was_due_before_a_control_call_is_not_changed_by_it() -> None:
    emulator = emulated(clock="real")
    _, activity_id = emulator.ready(members=3)
    emulator.schedule(activity_id, "0")
    emulator.control("contacts", {"count": 4, "lists": ["List of May news"]})
    emulator.control("sends", {"reason_code": 2})
    emulator.advance("PT1M")
    assert history(emulator, activity_id) == [(1, 3, "COMPLETED", 0)]
