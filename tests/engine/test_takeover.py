"""Takeover over the emulator: adoption after a loss, and what a run that ended in between leaves."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import has_errors
from ccstate.core.plan import Action
from tests.engine.scene import AFTER, LATER, LISTS, MAIL, Scene
from tests.harness import compiled

OTHER = {"other": {"name": "Other"}}


def mail(key: str = "may", **fields: Any) -> tuple[Desired, ...]:
    return compiled({"lists": LISTS, "campaigns": {key: {**MAIL, **fields}}})


def codes(scene: Scene, *args: Any) -> list[str]:
    return [each.code for each in scene.plan(*args).diagnostics]


def test_what_was_made_anew_by_hand_and_differs_is_bound_and_changed_in_one_apply() -> None:
    scene = Scene()
    wants = compiled({"lists": {"news": {"name": "News", "description": "Ours"}, **OTHER}})
    scene.apply(wants)
    scene.send("DELETE", f"/contact_lists/{scene.binding('list.news').remote_id}")
    made = scene.send("POST", "/contact_lists", {"name": "News", "description": "Theirs"}).body["list_id"]
    plan, outcome = scene.apply(wants)
    assert (outcome.ok, [each.action for each in plan.active]) == (True, [Action.ADOPT])
    assert scene.binding("list.news").remote_id == made
    assert scene.plan(wants).empty


def test_a_renamed_campaign_and_a_lost_state_make_no_twin() -> None:
    """It goes out tomorrow under a name of a person's; to make it once more would be to send it twice."""
    scene = Scene()
    scene.apply(mail())
    scene.send("PATCH", f"/emails/{scene.binding('campaign.may').remote_id}", {"name": "Renamed by hand"})
    scene.forget_everything()
    plan = scene.plan(mail())
    assert "possible-second-send" in [each.code for each in plan.diagnostics]
    assert has_errors(plan.diagnostics)


def test_a_sent_campaign_and_a_lost_state_are_history_again() -> None:
    scene = Scene()
    scene.apply(mail())
    scene.clock(AFTER)
    scene.forget_everything()
    before = len(scene.log())
    plan, outcome = scene.apply(mail())
    assert (outcome.ok, plan.steps) == (True, ())
    assert scene.binding("campaign.may").sent
    assert scene.writes_since(before) == []
    assert scene.plan(mail()).empty


def test_a_sent_name_is_not_taken_over_for_a_mail_that_is_to_go_out() -> None:
    scene = Scene()
    scene.apply(mail())
    scene.clock(AFTER)
    scene.forget_everything()
    assert "name-already-sent" in codes(scene, mail(schedule={"at": LATER}))


@pytest.mark.parametrize("edit", [{"subject": "Hello again"}, {"schedule": {"at": LATER}}], ids=str)
def test_a_scheduled_campaign_that_differs_is_not_adopted_by_its_name(edit: dict[str, Any]) -> None:
    scene = Scene()
    scene.apply(mail())
    scene.forget_everything()
    assert "campaign-not-adoptable" in codes(scene, mail(**edit))


def test_a_replace_that_ended_in_between_is_gone_on_with_and_says_so() -> None:
    scene = Scene()
    field = {"custom_fields": {"size": {"label": "Size", "type": "string"}}}
    scene.apply(compiled(field))
    other = compiled({"custom_fields": {"size": {"label": "Size", "type": "text_area"}}})
    scene.fails("DELETE", "/v3/contact_custom_fields/*", "drop_after", times=None)
    _, outcome = scene.apply(other)
    assert not outcome.ok
    assert scene.binding("custom_field.size").tainted
    scene.heals()
    _, outcome = scene.apply(other)
    assert outcome.ok
    assert not scene.binding("custom_field.size").tainted
    assert scene.plan(other).empty


def test_a_create_that_ended_in_between_is_finished_and_not_made_anew() -> None:
    scene = Scene()
    scene.fails("PUT", "/v3/emails/activities/*", status=400)
    _, outcome = scene.apply(mail(schedule="none"))
    assert not outcome.ok
    made = scene.binding("campaign.may")
    assert not made.tainted
    plan, outcome = scene.apply(mail(schedule="none"))
    assert [each.action for each in plan.active] == [Action.UPDATE]
    assert (outcome.ok, scene.binding("campaign.may").remote_id) == (True, made.remote_id)
