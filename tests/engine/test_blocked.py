"""What holds one campaign back while the rest goes on."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.diagnostics import has_errors
from ccstate.core.options import Guards
from ccstate.core.plan import Plan, Status
from tests.engine.scene import (
    AT,
    LATER,
    LISTS,
    NOW,
    STRICT,
    Scene,
    campaign,
    codes,
    loosely,
    mail,
    only,
    verbs,
)
from tests.harness import compiled

THEIRS = {
    "name": "By hand",
    "subject": "Hello",
    "from_email": "owner@example.com",
    "html": "<p>x</p>",
    "lists": ["Their list"],
}


def with_theirs(**fields: Any) -> Scene:
    """An account with a campaign that nobody declared."""
    return Scene.of(seed={"lists": ["Their list"], "campaigns": [{**THEIRS, **fields}]})


def status_of(plan: Plan) -> Status:
    return next(each.status for each in plan.changes if each.kind == "campaign")


# Times


def test_a_new_campaign_whose_time_has_passed_is_missed_and_not_made_while_the_rest_goes_on() -> None:
    scene = Scene()
    plan, outcome = scene.apply(campaign(schedule={"at": "2035-03-01T12:00:00Z"}))
    assert (codes(plan), status_of(plan), outcome.ok) == (["schedule-missed"], Status.MISSED, True)
    assert (scene.lists, scene.campaigns) == (["News"], [])


def test_a_draft_whose_time_passed_unsent_is_missed_on_every_plan_and_takes_edits() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.move_schedule("")
    scene.apply(campaign(schedule={"at": LATER}))
    scene.move_schedule("")
    scene.clock("2035-07-01T00:00:00Z")
    edited = campaign(schedule={"at": "2035-06-15T00:00:00Z"}, subject="Edited")
    for _ in range(2):
        plan, outcome = scene.apply(edited)
        assert (codes(plan), outcome.ok) == (["schedule-missed"], True)
    assert scene.send("GET", scene.activity()).body["subject"] == "Edited"
    assert scene.schedule() == ""


def test_missed_may_be_an_error_of_the_project() -> None:
    options = STRICT._replace(guards=Guards(missed="error"))
    plan = Scene().plan(campaign(schedule={"at": "2035-03-01T12:00:00Z"}), options)
    assert has_errors(plan.diagnostics)


def test_a_schedule_that_is_too_near_blocks_its_campaign_alone() -> None:
    scene = Scene()
    near = campaign(schedule={"at": "2035-04-01T12:14:00Z"})
    plan, outcome = scene.apply(near)
    assert (codes(plan), status_of(plan)) == (["schedule-too-soon"], Status.BLOCKED)
    assert (outcome.ok, outcome.blocked) == (False, 1)
    assert (scene.lists, scene.campaigns) == (["News"], [])


def test_what_is_about_to_go_out_is_not_edited_any_more_but_renamed() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.clock("2035-05-01T12:50:00Z")
    before = len(scene.log())
    plan, outcome = scene.apply(campaign(subject="Too late"))
    assert (codes(plan), outcome.ok, scene.writes_since(before)) == (["schedule-too-soon"], False, [])
    _, outcome = scene.apply(campaign(name="Spring news"))
    assert (outcome.ok, scene.schedule()) == (True, AT)


@pytest.mark.parametrize("how", [None, "none"], ids=["left out", "none"])
def test_a_wrong_mail_can_be_pulled_in_the_last_minutes(how: str | None) -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.clock("2035-05-01T12:50:00Z")
    plan, outcome = scene.apply(campaign(schedule=how))
    assert (verbs(plan), outcome.ok, scene.schedule()) == (["unschedule"], True, "")


def test_a_wrong_mail_can_be_deleted_in_the_last_minutes() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.clock("2035-05-01T12:50:00Z")
    _, outcome = scene.apply(compiled({"lists": LISTS}))
    assert (outcome.ok, scene.campaigns) == (True, [])


def test_on_the_emulator_a_schedule_beyond_the_horizon_is_only_said() -> None:
    plan, outcome = Scene().apply(campaign(schedule={"at": "2036-05-01T12:00:00Z"}), STRICT)
    assert ({each.code for each in plan.diagnostics}, outcome.ok) == (
        {"audience-empty", "schedule-too-far"},
        True,
    )


# Audience


def test_a_schedule_for_nobody_is_blocked_before_the_unit_begins() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None, audience=None))
    plan, outcome = scene.apply(campaign(audience=None))
    assert (codes(plan), plan.steps, outcome.ok) == (["schedule-without-audience"], (), False)


def test_a_schedule_for_an_audience_that_was_set_by_hand_is_set() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None, audience=None))
    was = scene.send("GET", scene.activity()).body
    kept = {name: was[name] for name in ("from_name", "from_email", "reply_to_email", "subject")}
    ids = [scene.binding("list.news").remote_id]
    scene.send("PUT", scene.activity(), {**kept, "contact_list_ids": ids})
    _, outcome = scene.apply(campaign(audience=None))
    assert (outcome.ok, scene.schedule()) == (True, AT)


# Senders


def test_an_unconfirmed_sender_blocks_its_campaign_until_it_is_confirmed() -> None:
    scene = Scene()
    sender = {"name": "New", "email": "unconfirmed@example.com"}
    desired = compiled(
        {
            "lists": LISTS,
            "campaigns": {
                "may": mail(**{"from": sender}),
                "june": mail(name="June news", subject="Hello June"),
            },
        }
    )
    plan, outcome = scene.apply(desired)
    assert (codes(plan), outcome.ok, scene.campaigns) == (
        ["sender-unconfirmed"],
        False,
        ["June news"],
    )
    scene.control(
        "POST", "emails", {"email_address": "unconfirmed@example.com", "confirm_status": "CONFIRMED"}
    )
    plan, outcome = scene.apply(desired)
    assert (codes(plan), outcome.ok, scene.schedule()) == ([], True, AT)
    assert scene.plan(desired).empty


def test_a_sender_that_the_account_does_not_have_is_blocked_before_any_call() -> None:
    scene = Scene()
    plan = scene.plan(campaign(**{"from": {"name": "X", "email": "nobody@example.com"}}))
    assert set(codes(plan)) == {"sender-unconfirmed"}
    assert [each.verb for each in plan.steps if "campaign.may" in map(str, each.addresses)] == []


# Second sends


@pytest.mark.parametrize(
    "theirs",
    [
        {"status": "SCHEDULED", "scheduled_date": LATER},
        {"status": "DONE", "sent_at": "2035-03-30T12:00:00Z"},
    ],
    ids=["scheduled", "sent two days ago"],
)
def test_the_same_mail_by_hand_refuses_ours_until_it_is_allowed(theirs: dict[str, Any]) -> None:
    scene = with_theirs(**theirs)
    plan = scene.plan(campaign())
    assert (codes(plan), has_errors(plan.diagnostics)) == (["possible-second-send"], True)
    _, outcome = scene.apply(campaign(), loosely(allow_second_send=("campaign.may",)))
    assert (outcome.ok, scene.schedule()) == (True, AT)


@pytest.mark.parametrize(
    "theirs",
    [
        {"status": "DONE", "sent_at": "2035-03-01T12:00:00Z"},
        {"status": "SCHEDULED", "scheduled_date": LATER, "subject": "Other"},
        {"status": "DRAFT"},
    ],
    ids=["a month ago", "another subject", "a draft"],
)
def test_what_is_no_second_send(theirs: dict[str, Any]) -> None:
    assert codes(with_theirs(**theirs).plan(campaign())) == []


def test_rescheduling_what_is_ours_is_no_second_send() -> None:
    scene = Scene()
    scene.apply(campaign())
    assert codes(scene.plan(campaign(schedule={"at": LATER}))) == []


# Removed, failed, unknown


def test_a_campaign_that_was_removed_by_a_person_is_not_made_again() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    scene.send("DELETE", f"/emails/{scene.binding('campaign.may').remote_id}")
    plan, outcome = scene.apply(campaign(schedule=None))
    assert (codes(plan), plan.steps, outcome.ok) == (["campaign-removed"], (), True)
    assert scene.campaigns == []


def test_a_removed_campaign_that_left_the_manifest_is_forgotten() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    scene.send("DELETE", f"/emails/{scene.binding('campaign.may').remote_id}")
    _, outcome = scene.apply(compiled({"lists": LISTS}))
    assert (outcome.ok, len(scene.state.bindings)) == (True, 1)


def test_a_removed_campaign_is_made_anew_under_another_name() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    scene.send("DELETE", f"/emails/{scene.binding('campaign.may').remote_id}")
    again = loosely(replace=("campaign.may",))
    assert "name-held-by-removed" in codes(scene.plan(campaign(schedule=None), again))
    renamed = campaign(schedule=None, name="May news, again")
    _, outcome = scene.apply(renamed, again)
    assert (outcome.ok, scene.campaigns) == (True, ["May news, again"])
    assert scene.plan(renamed).empty


def test_a_campaign_that_the_service_could_not_send_waits_for_a_person_and_can_be_made_anew() -> None:
    scene = Scene()
    long_link = f'<html><body><a href="https://example.com/{"x" * 1100}">x</a></body></html>'
    scene.apply(campaign(html=long_link))
    scene.clock("2035-05-01T13:10:00Z")
    plan, outcome = scene.apply(campaign(html=long_link))
    assert (codes(plan), plan.steps, outcome.ok) == (["campaign-failed"], (), False)
    assert "1,005 characters" in plan.diagnostics[0].summary
    mended = campaign(schedule={"at": LATER})
    plan, outcome = scene.apply(mended, loosely(replace=("campaign.may",)))
    assert (outcome.ok, scene.campaigns, scene.schedule()) == (True, ["May news"], LATER)
    assert scene.plan(mended).empty


def test_hands_off_a_campaign_that_waits_for_an_approval() -> None:
    scene = Scene.of(pending_approval=True)
    _, outcome = scene.apply(campaign())
    assert outcome.ok
    before = len(scene.log())
    plan, outcome = scene.apply(campaign(subject="Other"))
    assert (plan.empty, codes(plan), plan.steps) == (True, ["campaign-status-unknown"], ())
    assert scene.writes_since(before) == []
    scene.clock("2035-05-01T13:10:00Z")
    assert codes(scene.plan(campaign())) == []


def test_a_plan_tier_without_scheduling_says_so_and_leaves_a_draft() -> None:
    scene = Scene.of(no_scheduling=True)
    _, outcome = scene.apply(campaign())
    (found,) = outcome.failed.values()
    assert (outcome.ok, found.code, scene.campaigns) == (False, "forbidden", ["May news"])
    assert scene.plan(campaign(schedule=None)).empty


def test_two_campaigns_blocked_for_their_own_reasons_do_not_hold_up_the_third() -> None:
    scene = Scene()
    campaigns = {
        "near": mail(name="Near", subject="Near", schedule={"at": "2035-04-01T12:05:00Z"}),
        "unknown": mail(name="Unknown", subject="U", **{"from": {"name": "X", "email": "x@example.com"}}),
        "may": mail(),
    }
    _, outcome = scene.apply(compiled({"lists": LISTS, "campaigns": campaigns}))
    assert (outcome.blocked, outcome.failed, scene.campaigns) == (2, {}, ["May news"])
    assert scene.schedule() == AT
    assert only(scene.plan(compiled({"lists": LISTS, "campaigns": {"may": mail(subject="x")}}))).undo
    assert NOW < AT
