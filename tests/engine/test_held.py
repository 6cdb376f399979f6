"""Held: what a person did to a schedule stays until the manifest or a flag says more."""

from __future__ import annotations

import pytest

from ccstate.core.options import Options
from ccstate.core.plan import Cause
from tests.engine.scene import AT, LATER, LOOSE, Scene, campaign, codes, loosely, only, verbs

MOVED = "2035-05-02T10:00:00Z"
NEWER = campaign(subject="Hello again")


@pytest.fixture
def scene() -> Scene:
    """An account with one scheduled campaign."""
    scene = Scene()
    scene.apply(campaign())
    return scene


@pytest.mark.parametrize("where", ["", MOVED], ids=["taken down", "moved"])
def test_what_a_person_did_stays_and_is_no_change(scene: Scene, where: str) -> None:
    scene.move_schedule(where)
    for _ in range(2):
        before = len(scene.log())
        plan, outcome = scene.apply(campaign())
        assert (plan.empty, plan.steps, codes(plan)) == (True, (), ["campaign-held"])
        assert (outcome.ok, scene.writes_since(before)) == (True, [])
    assert scene.schedule() == where


@pytest.mark.parametrize("where", ["", MOVED], ids=["taken down", "moved"])
def test_reschedule_puts_it_back(scene: Scene, where: str) -> None:
    scene.move_schedule(where)
    _, outcome = scene.apply(campaign(), loosely(reschedule=("campaign.may",)))
    assert (outcome.ok, scene.schedule()) == (True, AT)
    plan = scene.plan(campaign())
    assert (plan.empty, codes(plan)) == (True, [])


def test_reschedule_of_another_campaign_puts_nothing_back(scene: Scene) -> None:
    scene.move_schedule("")
    assert scene.plan(campaign(), loosely(reschedule=("campaign.june",))).empty


@pytest.mark.parametrize("where", ["", MOVED], ids=["taken down", "moved"])
def test_an_edit_of_the_schedule_puts_it_back(scene: Scene, where: str) -> None:
    scene.move_schedule(where)
    later = campaign(schedule={"at": LATER})
    scene.apply(later)
    assert scene.schedule() == LATER
    plan = scene.plan(later)
    assert (plan.empty, codes(plan)) == (True, [])


def test_an_edit_that_agrees_with_the_person_ends_the_hold_without_a_call(scene: Scene) -> None:
    scene.move_schedule(MOVED)
    agreed = campaign(schedule={"at": MOVED})
    before = len(scene.log())
    scene.apply(agreed)
    assert scene.writes_since(before) == []
    scene.move_schedule("")
    assert "campaign-held" in codes(scene.plan(agreed))


def test_an_edited_subject_reaches_a_draft_that_was_taken_down_and_does_not_schedule_it(scene: Scene) -> None:
    scene.move_schedule("")
    plan, _ = scene.apply(NEWER)
    assert verbs(plan) == ["update"]
    assert (scene.schedule(), scene.send("GET", scene.activity()).body["subject"]) == ("", "Hello again")
    again = scene.plan(NEWER)
    assert (again.empty, codes(again)) == (True, ["campaign-held"])


def test_an_edited_subject_goes_back_to_the_moment_that_the_person_chose(scene: Scene) -> None:
    scene.move_schedule(MOVED)
    plan, outcome = scene.apply(NEWER)
    assert verbs(plan) == ["unschedule", "update", "schedule", "verify schedule"]
    assert (outcome.ok, scene.schedule()) == (True, MOVED)
    again = scene.plan(NEWER)
    assert (again.empty, codes(again)) == (True, ["campaign-held"])


def test_a_hold_outlives_a_rename(scene: Scene) -> None:
    scene.move_schedule("")
    renamed = campaign(name="Spring news")
    scene.apply(renamed)
    plan = scene.plan(renamed)
    assert (plan.empty, codes(plan), scene.schedule()) == (True, ["campaign-held"], "")


def test_taking_the_schedule_out_of_the_manifest_agrees_with_who_took_it_down(scene: Scene) -> None:
    scene.move_schedule("")
    without = campaign(schedule=None)
    plan, outcome = scene.apply(without)
    assert (plan.steps, outcome.ok) == ((), True)
    assert codes(scene.plan(without)) == []


def test_taking_the_schedule_out_takes_down_what_a_person_moved(scene: Scene) -> None:
    scene.move_schedule(MOVED)
    plan, _ = scene.apply(campaign(schedule=None))
    assert verbs(plan) == ["unschedule"]
    assert scene.schedule() == ""


def test_a_campaign_that_a_person_sent_early_is_no_hold(scene: Scene) -> None:
    scene.move_schedule("2035-04-02T09:00:00Z")
    scene.clock("2035-04-02T09:10:00Z")
    plan = scene.plan(campaign())
    assert (plan.empty, codes(plan)) == (True, [])


def test_a_subject_changed_by_hand_is_corrected_though_the_schedule_is_held(scene: Scene) -> None:
    scene.move_schedule("")
    was = scene.send("GET", scene.activity()).body
    kept = {name: was[name] for name in ("from_name", "from_email", "reply_to_email", "contact_list_ids")}
    scene.send("PUT", scene.activity(), {**kept, "subject": "By hand"})
    plan, _ = scene.apply(campaign())
    assert [(each.path, each.cause) for each in only(plan).fields] == [("subject", Cause.DRIFT)]
    assert (verbs(plan), scene.schedule()) == (["update"], "")


def test_a_schedule_that_a_person_set_on_an_undeclared_one_is_left_alone() -> None:
    scene = Scene()
    draft = campaign(schedule=None)
    scene.apply(draft)
    scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": AT})
    plan = scene.plan(draft)
    assert (plan.empty, codes(plan)) == (True, [])
    scene.apply(campaign(schedule=None, subject="Other"))
    assert scene.schedule() == AT


def test_schedule_none_takes_down_what_a_person_set_again() -> None:
    scene = Scene()
    none = campaign(schedule="none")
    scene.apply(none)
    scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": AT})
    plan, outcome = scene.apply(none)
    assert (verbs(plan), outcome.ok, scene.schedule()) == (["unschedule"], True, "")
    assert scene.plan(none).empty


@pytest.mark.parametrize("options", [LOOSE, loosely(reschedule=("*",))], ids=["plain", "rescheduled"])
def test_a_held_campaign_whose_time_passed_is_not_sent_late(scene: Scene, options: Options) -> None:
    scene.move_schedule("")
    scene.clock("2035-05-01T14:00:00Z")
    plan, outcome = scene.apply(campaign(), options)
    assert (plan.steps, outcome.ok) == ((), True)
