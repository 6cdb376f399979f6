"""A campaign's life while the clock goes on: draft, scheduled, executing, sent, and what may follow."""

from __future__ import annotations

import pytest

from ccstate.core.plan import Action, Status
from tests.engine.scene import AFTER, AT, LATER, LISTS, Scene, campaign, codes, loosely, mail, only, verbs
from tests.harness import compiled

NOTHING_LEFT = compiled({"lists": LISTS})


@pytest.fixture
def sent() -> Scene:
    """An account whose one campaign went out."""
    scene = Scene()
    scene.apply(campaign())
    scene.clock(AFTER)
    return scene


def test_a_campaign_without_a_schedule_stays_a_draft_whatever_time_it_is() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    scene.clock(AFTER)
    assert scene.plan(campaign(schedule=None)).empty
    assert scene.send("GET", scene.activity()).body["current_status"] == "DRAFT"


def test_a_draft_that_gets_a_schedule_is_scheduled_and_not_made_again() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    plan, outcome = scene.apply(campaign())
    assert verbs(plan) == ["schedule", "verify schedule"]
    assert outcome.ok
    assert scene.schedule() == AT


def test_while_it_goes_out_it_is_left_alone() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.clock("2035-05-01T13:00:01Z")
    assert scene.send("GET", scene.activity()).body["current_status"] == "EXECUTING"
    plan = scene.plan(campaign(subject="Too late"))
    assert (plan.empty, plan.steps, codes(plan)) == (True, (), ["campaign-already-sent"])


@pytest.mark.parametrize("include_sent", [False, True])
def test_what_goes_out_right_now_cannot_be_deleted_and_is_forgotten(include_sent: bool) -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.clock("2035-05-01T13:00:01Z")
    before = len(scene.log())
    plan, outcome = scene.apply(NOTHING_LEFT, loosely(include_sent=include_sent))
    assert (only(plan).action, outcome.ok) == (Action.FORGET, True)
    assert scene.writes_since(before) == []


def test_after_it_was_sent_the_plan_is_empty_and_stays_so(sent: Scene) -> None:
    plan, outcome = sent.apply(campaign())
    assert (plan.empty, codes(plan), outcome.ok) == (True, [], True)
    assert sent.binding("campaign.may").sent
    assert sent.plan(campaign()).empty


@pytest.mark.parametrize(
    "edit",
    [{"subject": "Bye"}, {"html": "<p>Bye</p>"}, {"schedule": {"at": LATER}}, {"name": "Other"}],
    ids=["subject", "html", "schedule", "name"],
)
def test_an_edit_after_it_was_sent_is_one_warning_and_no_call(sent: Scene, edit: dict[str, object]) -> None:
    for _ in range(2):
        before = len(sent.log())
        plan, outcome = sent.apply(campaign(**edit))
        assert (plan.empty, codes(plan), outcome.ok) == (True, ["campaign-already-sent"], True)
        assert sent.writes_since(before) == []


def test_what_was_sent_is_not_read_in_detail(sent: Scene) -> None:
    sent.apply(campaign())
    before = sent.tried()
    sent.plan(campaign())
    assert sent.tried() - before == 3  # the account, the lists, the campaigns


def test_a_sent_campaign_that_left_the_manifest_is_forgotten_without_a_call(sent: Scene) -> None:
    before = len(sent.log())
    plan, outcome = sent.apply(NOTHING_LEFT)
    assert (only(plan).action, outcome.ok) == (Action.FORGET, True)
    assert sent.writes_since(before) == []
    assert (sent.campaigns, sent.plan(NOTHING_LEFT).empty) == (["May news"], True)


def test_destroy_forgets_what_was_sent(sent: Scene) -> None:
    sent.apply((), loosely(destroy=True))
    assert sent.campaigns == ["May news"]
    assert [str(address) for address in sent.state.bindings] == ["list.news"]


def test_destroy_with_include_sent_deletes_it(sent: Scene) -> None:
    plan, outcome = sent.apply((), loosely(destroy=True, include_sent=True))
    assert (verbs(plan), outcome.ok) == (["free the name", "delete"], True)
    assert sent.campaigns == []


def test_last_years_name_does_not_swallow_this_years_campaign(sent: Scene) -> None:
    sent.apply(NOTHING_LEFT)
    plan = sent.plan(campaign(schedule={"at": LATER}))
    assert "name-already-sent" in codes(plan)
    assert plan.steps == ()


def test_a_campaign_of_another_name_goes_out_next(sent: Scene) -> None:
    june = mail(name="June news", subject="Hello June", schedule={"at": LATER})
    desired = compiled({"lists": LISTS, "campaigns": {"may": mail(), "june": june}})
    _, outcome = sent.apply(desired)
    assert outcome.ok
    assert sent.schedule("campaign.june") == LATER
    assert sent.plan(desired).empty


def test_with_the_state_lost_after_the_send_nothing_is_sent_or_made_again(sent: Scene) -> None:
    sent.forget_everything()
    before = len(sent.log())
    plan, outcome = sent.apply(campaign())
    assert {each.action for each in plan.active} == {Action.ADOPT}
    assert (outcome.ok, sent.writes_since(before)) == (True, [])
    assert sent.plan(campaign()).empty
    assert sent.campaigns == ["May news"]


def test_with_the_state_lost_a_new_time_for_what_was_sent_is_still_told(sent: Scene) -> None:
    sent.forget_everything()
    sent.apply(campaign())
    plan = sent.plan(campaign(schedule={"at": LATER}))
    assert (plan.empty, codes(plan)) == (True, ["campaign-already-sent"])


def test_sent_at_once_in_the_account_it_is_history_before_its_time() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.move_schedule("")
    scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": "0"})
    scene.clock("2035-04-01T12:10:00Z")
    plan, outcome = scene.apply(campaign())
    assert (plan.empty, codes(plan), outcome.ok) == (True, [], True)
    assert [each.status for each in plan.changes if each.kind == "campaign"] == [Status.SENT]


def test_a_sent_campaign_that_was_removed_in_the_account_is_nothing_to_talk_about(sent: Scene) -> None:
    sent.apply(campaign())
    sent.send("DELETE", f"/emails/{sent.binding('campaign.may').remote_id}")
    plan, outcome = sent.apply(campaign())
    assert (plan.empty, codes(plan), plan.steps, outcome.ok) == (True, [], (), True)


def test_the_list_of_a_sent_campaign_can_be_deleted(sent: Scene) -> None:
    manifest = {"lists": {"other": {"name": "Other"}}}
    _, outcome = sent.apply(compiled(manifest))
    assert (outcome.ok, sent.lists) == (True, ["Other"])
