"""Campaigns: two objects of the service and a schedule, written as few calls as will do."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.live import Live
from ccstate.core.plan import Step
from ccstate.core.wire import Response
from ccstate.kinds.campaigns import KIND
from tests.core.build import (
    SENDER,
    Bench,
    a_campaign,
    a_list,
    as_live,
    calls,
    codes,
    drive,
    lists,
    ref,
    schedule,
)
from tests.kinds.payloads import ACTIVITY, CAMPAIGN, CAMPAIGN_ITEM, SCHEDULES, intent, read, seen

AT = "2035-05-01T13:00:00Z"
FOOTER = {"organization_name": "Shop", "address_line1": "1 Main St", "country_code": "US", "state_code": "MA"}
ID, ACTIVITY_ID = "id-campaign-c", "activity-id-campaign-c"
CAMPAIGN_PATH, ACTIVITY_PATH = f"/emails/{ID}", f"/emails/activities/{ACTIVITY_ID}"


def mail(**fields: Any) -> Any:
    return a_campaign("c", name="May", audience=lists("l"), **fields)


DRAFT = as_live(mail(preheader="Soon"))
SCHEDULED = as_live(mail(preheader="Soon", schedule=schedule(AT)))


def update(live: Live, *changed: str, **fields: Any) -> tuple[Step, ...]:
    return KIND.update(intent(mail(**fields), live, *changed))


def verbs(steps: tuple[Step, ...]) -> list[str]:
    return [each.verb for each in steps]


def body(steps: tuple[Step, ...], method: str = "PUT") -> Any:
    """The one body of that method."""
    (found,) = (body for call, body in seen(steps) if call.startswith(method))
    return found


# Reading


def test_the_collection_says_name_and_status() -> None:
    (found,) = read("campaign", campaigns=[CAMPAIGN_ITEM])
    assert (found.remote_id, found.natural_key, found.status) == ("71a9c14e", "May news", "DRAFT")
    assert found.fields == {"name": "May news"}
    assert KIND.needs_detail(found)


@pytest.mark.parametrize("status", ["Removed", "REMOVED"])
def test_a_removed_campaign_is_listed_and_gone(status: str) -> None:
    (found,) = read("campaign", campaigns=[{**CAMPAIGN_ITEM, "current_status": status}])
    assert found.gone
    assert not KIND.needs_detail(found)


@pytest.mark.parametrize("status", ["Executing", "Done"])
def test_history_is_not_read_in_detail(status: str) -> None:
    (found,) = read("campaign", campaigns=[{**CAMPAIGN_ITEM, "current_status": status}])
    assert not KIND.needs_detail(found)


def detail(*answers: Response, live: Live | None = None) -> tuple[Live | None, list[str]]:
    (item,) = read("campaign", campaigns=[CAMPAIGN_ITEM])
    found, asked = drive(KIND.detail(live or item), *answers)
    return found, [each.path for requests in asked for each in requests]


def test_the_detail_of_a_draft_is_campaign_and_activity() -> None:
    found, asked = detail(Response(200, CAMPAIGN), Response(200, ACTIVITY))
    assert asked == ["/emails/71a9c14e", "/emails/activities/70b83958"]
    assert found is not None
    assert found.sub_ids == {"activity_id": "70b83958"}
    assert found.fields == {
        "name": "May news",
        "from": {"name": "Example", "email": "news@example.org"},
        "reply_to": "news@example.org",
        "subject": "Hello May",
        "preheader": "What is new",
        "html": "<html><body>[[trackingImage]]</body></html>",
        "audience": {"lists": ["3f0c"]},
        "schedule": None,
    }


def test_a_known_activity_saves_the_campaign_call() -> None:
    live = Live(
        "campaign", "71a9c14e", "May news", {"name": "May news"}, "DRAFT", {"activity_id": "70b83958"}
    )
    assert detail(Response(200, ACTIVITY), live=live)[1] == ["/emails/activities/70b83958"]


def test_the_schedule_is_read_where_there_is_one() -> None:
    activity = Response(200, {**ACTIVITY, "current_status": "SCHEDULED"})
    found, asked = detail(Response(200, CAMPAIGN), activity, Response(200, SCHEDULES))
    assert asked[-1] == "/emails/activities/70b83958/schedules"
    assert found is not None
    assert (found.status, found.fields["schedule"]) == ("SCHEDULED", "2026-06-01T14:00:00Z")


def test_a_failed_one_says_why() -> None:
    activity = Response(200, {**ACTIVITY, "current_status": "ERROR"})
    history = Response(200, [{"reason_code": 0}, {"reason_code": 8}])
    found, _ = detail(Response(200, CAMPAIGN), activity, history)
    assert found is not None
    assert found.extra["reason"] == "a link of more than 1,005 characters (reason code 8)"


def test_a_failed_one_without_history_has_an_unknown_reason() -> None:
    activity = Response(200, {**ACTIVITY, "current_status": "ERROR"})
    found, _ = detail(Response(200, CAMPAIGN), activity, Response(200, []))
    assert found is not None
    assert "unknown" in found.extra["reason"]


def test_a_campaign_that_does_not_exist_is_none() -> None:
    assert detail(Response(404))[0] is None


def test_an_activity_that_cannot_be_read_is_of_a_removed_campaign() -> None:
    found, _ = detail(Response(200, CAMPAIGN), Response(404))
    assert found is not None
    assert found.gone


def test_what_a_half_made_draft_leaves_null_is_empty() -> None:
    nothing = dict.fromkeys(("from_name", "from_email", "reply_to_email", "subject", "contact_list_ids"))
    found = KIND.decode({**ACTIVITY, **nothing, "preheader": None})
    assert found["from"] == {"name": "", "email": ""}
    assert (found["subject"], found["preheader"], found["audience"]) == ("", "", {"lists": []})


def test_a_segment_is_read_by_its_number_as_text() -> None:
    assert KIND.decode({**ACTIVITY, "segment_ids": [14], "contact_list_ids": []})["audience"] == {
        "segment": "14"
    }


def test_derived_names_in_a_footer_are_not_ours() -> None:
    shown = {**FOOTER, "country_name": "United States", "state_name": "Massachusetts", "city": ""}
    assert KIND.decode({**ACTIVITY, "physical_address_in_footer": shown})["footer"] == FOOTER


# Creating


def test_a_draft_for_nobody_is_one_call() -> None:
    steps = KIND.create(intent(a_campaign("c", name="May")))
    assert seen(steps) == [
        (
            "POST /emails",
            {
                "name": "May",
                "email_campaign_activities": [
                    {
                        "format_type": 5,
                        "from_name": "Jo Bloggs",
                        "from_email": "owner@example.com",
                        "reply_to_email": "owner@example.com",
                        "subject": "Hello",
                        "html_content": "<p>Hello</p>",
                    }
                ],
            },
        )
    ]


def test_a_create_captures_campaign_and_primary_activity() -> None:
    assert KIND.create(intent(a_campaign("c")))[0].capture == {
        "remote_id": "/campaign_id",
        "activity_id": "/campaign_activities/[role=primary_email]/campaign_activity_id",
    }


def test_the_audience_needs_a_second_call() -> None:
    steps = KIND.create(intent(mail()))
    assert [call for call, _ in seen(steps)] == [
        "POST /emails",
        "PUT /emails/activities/<campaign.c.activity_id>",
    ]
    assert body(steps)["contact_list_ids"] == ["id-list-l"]
    assert body(steps)["segment_ids"] == []
    assert "html_content" not in body(steps)


def test_a_segment_is_sent_as_a_number() -> None:
    steps = KIND.create(intent(a_campaign("c", audience={"segment": "14"})))
    assert (body(steps)["contact_list_ids"], body(steps)["segment_ids"]) == ([], [14])


def test_the_schedule_comes_last_and_is_read_back() -> None:
    steps = KIND.create(intent(mail(schedule=schedule(AT))))
    assert verbs(steps) == ["create", "set audience", "schedule", "verify schedule"]
    assert steps[2].body == {"scheduled_date": AT}
    assert steps[3].expect == {"selector": "/0/scheduled_date", "instant": AT}


@pytest.mark.parametrize("nothing", [{}, {"schedule": None}])
def test_send_now_is_never_asked_for(nothing: dict[str, Any]) -> None:
    assert "schedule" not in verbs(KIND.create(intent(mail(**nothing))))


def test_a_create_sends_what_is_optional_where_it_is_declared() -> None:
    want = mail(preheader="Soon", reply_to="re@example.com", footer=FOOTER)
    (activity,) = body(KIND.create(intent(want)), "POST")["email_campaign_activities"]
    assert (activity["preheader"], activity["reply_to_email"]) == ("Soon", "re@example.com")
    assert activity["physical_address_in_footer"] == FOOTER


# Updating a draft


def test_a_new_subject_is_one_put_without_the_html() -> None:
    steps = update(DRAFT, "subject", subject="New")
    assert seen(steps) == [
        (
            f"PUT {ACTIVITY_PATH}",
            {
                "from_name": "Jo Bloggs",
                "from_email": "owner@example.com",
                "reply_to_email": "owner@example.com",
                "subject": "New",
                "preheader": "Soon",
                "contact_list_ids": ["id-list-l"],
                "segment_ids": [],
            },
        )
    ]
    assert {each.unit for each in steps} == {""}


def test_fields_that_are_not_declared_go_back_as_just_read() -> None:
    live = DRAFT.with_fields({"reply_to": "re@example.com", "audience": {"segment": "14"}})
    sent = body(KIND.update(intent(a_campaign("c", subject="New"), live, "subject")))
    assert sent["reply_to_email"] == "re@example.com"
    assert sent["preheader"] == "Soon"
    assert (sent["contact_list_ids"], sent["segment_ids"]) == ([], [14])


def test_new_html_goes_along() -> None:
    assert body(update(DRAFT, "html", html="<p>New"))["html_content"] == "<p>New"


def test_the_footer_goes_along_only_where_it_changed() -> None:
    live = DRAFT.with_fields({"footer": FOOTER})
    assert "physical_address_in_footer" not in body(update(live, "subject", subject="New", footer=FOOTER))
    changed = {**FOOTER, "address_line1": "2 Main St"}
    assert body(update(live, "footer", footer=changed))["physical_address_in_footer"] == changed


def test_an_emptied_preheader_is_sent_empty() -> None:
    assert body(update(DRAFT, "preheader", preheader=""))["preheader"] == ""


def test_an_emptied_audience_is_sent_as_two_empty_arrays() -> None:
    want = a_campaign("c", audience={"lists": []})
    sent = body(KIND.update(intent(want, DRAFT, "audience")))
    assert (sent["contact_list_ids"], sent["segment_ids"]) == ([], [])


def test_a_new_name_is_a_patch() -> None:
    assert seen(update(DRAFT, "name")) == [(f"PATCH {CAMPAIGN_PATH}", {"name": "May"})]


def test_name_and_content_are_two_calls() -> None:
    assert verbs(update(DRAFT, "name", "subject")) == ["rename", "update"]


def test_scheduling_a_draft() -> None:
    steps = update(DRAFT, "schedule", schedule=schedule(AT))
    assert verbs(steps) == ["schedule", "verify schedule"]
    assert {each.unit for each in steps} == {""}


# Updating what is scheduled


def test_editing_what_is_scheduled_is_a_unit_that_puts_the_schedule_back() -> None:
    steps = update(SCHEDULED, "subject", subject="New", schedule=schedule(AT))
    assert [call for call, _ in seen(steps)] == [
        f"DELETE {ACTIVITY_PATH}/schedules",
        f"PUT {ACTIVITY_PATH}",
        f"POST {ACTIVITY_PATH}/schedules",
        f"GET {ACTIVITY_PATH}/schedules",
    ]
    assert {each.unit for each in steps} == {"campaign.c"}
    assert steps[0].clears == ("schedule",)
    assert steps[2].body == {"scheduled_date": AT}


def test_an_edit_keeps_a_live_schedule_that_is_not_declared() -> None:
    assert update(SCHEDULED, "subject", subject="New")[2].body == {"scheduled_date": AT}


def test_a_rename_stays_outside_of_the_unit() -> None:
    steps = update(SCHEDULED, "name", "subject", schedule=schedule(AT))
    assert [(each.verb, each.unit) for each in steps[:2]] == [("rename", ""), ("unschedule", "campaign.c")]


def test_rescheduling_sends_no_content() -> None:
    steps = update(SCHEDULED, "schedule", schedule=schedule("2035-06-01T13:00:00Z"))
    assert verbs(steps) == ["unschedule", "schedule", "verify schedule"]


def test_unscheduling_for_good_says_that_this_is_what_was_wanted() -> None:
    (step,) = update(SCHEDULED, "schedule", schedule=None)
    assert (step.verb, step.applies, step.clears) == ("unschedule", ("schedule",), ())


def test_unscheduling_and_editing_ends_as_a_draft() -> None:
    assert verbs(update(SCHEDULED, "schedule", "subject", schedule=None)) == ["unschedule", "update"]


# Deleting


def test_a_draft_is_renamed_and_deleted() -> None:
    ((_, rename), (call, _)) = seen(KIND.delete(intent(mail(), DRAFT)))
    assert rename["name"].startswith("May ~deleted ")
    assert call == f"DELETE {CAMPAIGN_PATH}"


def test_what_is_scheduled_is_unscheduled_first() -> None:
    assert verbs(KIND.delete(intent(mail(), SCHEDULED))) == ["unschedule", "free the name", "delete"]


def test_the_tombstone_is_cut_to_what_a_name_holds_and_the_same_every_time() -> None:
    live = as_live(a_campaign("c", name="ä" * 80))
    names = {KIND.delete(intent(mail(), live))[0].body["name"] for _ in range(2)}
    assert [len(each) for each in names] == [80]


def test_stepping_aside_is_a_patch() -> None:
    assert seen(KIND.rename(intent(mail(), DRAFT), "May ~1")) == [
        (f"PATCH {CAMPAIGN_PATH}", {"name": "May ~1"})
    ]


# Canonical forms


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("from", {"name": "Jo", "email": "A@x"}, {"name": "Jo", "email": "a@X"}),
        ("reply_to", "A@x", "a@x"),
        ("preheader", None, ""),
        ("audience", {"lists": ["b", "a"]}, {"lists": ["a", "b"]}),
        ("audience", {"lists": []}, {}),
        ("audience", None, {"lists": []}),
        ("schedule", schedule(AT), "2035-05-01T13:00:00.000Z"),
        ("schedule", None, ""),
        ("footer", {**FOOTER, "country_code": "us", "city": ""}, FOOTER),
        ("html", "<p>a &amp; b</p>\r\n", "<P>a  &#38; b</P>"),
    ],
)
def test_two_spellings_are_one_value(field: str, one: Any, other: Any) -> None:
    canonical = KIND.field(field).canonical
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("from", {"name": "Jo", "email": "a@x"}, {"name": "jo", "email": "a@x"}),
        ("audience", {"lists": ["a"]}, {"segment": "a"}),
        ("schedule", AT, "2035-05-01T13:00:01Z"),
        ("subject", "Hello", "hello"),
    ],
)
def test_two_values_stay_two(field: str, one: Any, other: Any) -> None:
    canonical = KIND.field(field).canonical
    assert canonical(one) != canonical(other)


# What follows, what is checked


NEWS = a_list("l")
OTHER = {"name": "Al", "email": "al@example.com"}


def confirmed() -> Bench:
    return Bench(
        senders=dict.fromkeys(("owner@example.com", "al@example.com", "re@example.com"), "CONFIRMED")
    )


def test_reply_to_moves_with_the_sender_where_it_was_the_sender() -> None:
    plan = confirmed().managed(NEWS, mail()).plan(NEWS, mail(sender=OTHER))
    assert plan.steps[0].body["reply_to_email"] == "al@example.com"
    assert calls(plan) == ["update campaign.c"]


def test_a_reply_to_of_its_own_stays_when_the_sender_moves() -> None:
    bench = confirmed().managed(NEWS, mail()).edited("campaign.c", reply_to="re@example.com")
    assert bench.plan(NEWS, mail(sender=OTHER)).steps[0].body["reply_to_email"] == "re@example.com"


def test_a_reply_to_that_left_the_manifest_is_the_sender_again() -> None:
    plan = confirmed().managed(NEWS, mail(reply_to="re@example.com")).plan(NEWS, mail())
    assert plan.steps[0].body["reply_to_email"] == SENDER["email"]


def test_a_declared_reply_to_is_what_is_sent() -> None:
    plan = confirmed().managed(NEWS, mail()).plan(NEWS, mail(reply_to="re@example.com"))
    assert plan.steps[0].body["reply_to_email"] == "re@example.com"


def test_a_footer_that_left_the_manifest_stays_and_says_so() -> None:
    plan = Bench().managed(NEWS, mail(footer=FOOTER)).plan(NEWS, mail())
    assert codes(plan) == ["field-stays"]
    assert plan.steps == ()


@pytest.mark.parametrize("audience", [{"lists": []}, None])
def test_what_nobody_gets_cannot_be_scheduled(audience: Any) -> None:
    want = a_campaign("c", audience=audience, schedule=schedule(AT))
    assert [(each.path, each.code) for each in KIND.check(want)] == [
        ("schedule", "schedule-without-audience")
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"schedule": schedule(AT)},
        {"schedule": None, "audience": {"lists": []}},
        {"schedule": schedule(AT), "audience": {"segment": ref("segment.s")}},
    ],
    ids=["audience not declared", "no schedule", "a segment"],
)
def test_what_may_be_scheduled(fields: dict[str, Any]) -> None:
    assert list(KIND.check(a_campaign("c", **fields))) == []
