"""Takeover over the emulator: adoption after a loss, and what a run that ended in between leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Position, Range, has_errors
from ccstate.core.plan import Action
from ccstate.core.takeover import Blocks, Import
from tests.engine.scene import AFTER, LATER, LISTS, MAIL, Scene
from tests.harness import compiled

OTHER = {"other": {"name": "Other"}}
CRITERIA = {"type": "and", "group": [{"source": "contact", "field": "city", "op": "eq", "value": "Troy"}]}
NO_ID = "00000000-0000-0000-0000-000000000001"
CRITERIA_TEXT = json.dumps({"version": "1.0.0", "criteria": CRITERIA})


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


# Imports by id


def named(address: str, remote_id: str) -> Blocks:
    at = Range("manifest.yaml", Position(1, 1), Position(1, 2))
    return Blocks(imports=(Import(Address.parse(address), remote_id, "", at, at),))


@pytest.mark.parametrize(
    ("section", "path", "id_key", "body"),
    [
        ("lists", "/contact_lists", "list_id", {"name": "News"}),
        ("tags", "/contact_tags", "tag_id", {"name": "News"}),
        ("segments", "/segments", "segment_id", {"name": "News", "segment_criteria": CRITERIA_TEXT}),
    ],
)
def test_an_import_by_id_finds_what_the_collection_does_not_show_yet(
    section: str, path: str, id_key: str, body: dict[str, Any]
) -> None:
    scene = Scene.of(collection_lag=60.0)
    made = str(scene.send("POST", path, body).body[id_key])
    fields = {"name": "Other", **({"criteria": CRITERIA} if section == "segments" else {})}
    wants = compiled({section: {"mine": fields}})
    scene.blocks = named(f"{section[:-1]}.mine", made)
    plan = scene.plan(wants)
    (found,) = plan.active
    assert (found.action, found.remote_id, has_errors(plan.diagnostics)) == (Action.ADOPT, made, False)


@pytest.mark.parametrize("remote_id", ["nosuch", "../account/summary", NO_ID])
@pytest.mark.parametrize("section", ["lists", "segments"])
def test_an_id_that_leads_nowhere_is_an_error_of_the_import(section: str, remote_id: str) -> None:
    fields = {"name": "Other", **({"criteria": CRITERIA} if section == "segments" else {})}
    wants = compiled({section: {"mine": fields}})
    plan = Scene(blocks=named(f"{section[:-1]}.mine", remote_id)).plan(wants)
    assert [each.code for each in plan.diagnostics] == ["import-not-found"]


def test_an_import_that_was_followed_costs_no_call() -> None:
    scene = Scene()
    wants = compiled({"lists": {"news": {"name": "News"}}})
    scene.apply(wants)
    usual = scene.plan(wants).budget.refresh_calls
    scene.blocks = named("list.news", NO_ID)
    again = scene.plan(wants)
    assert (again.empty, again.budget.refresh_calls) == (True, usual)
