"""Drift, kind by kind: somebody edits, moves or deletes in the account what ccstate applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ccstate.core.document import plan_from_json, plan_to_json
from ccstate.core.plan import Action, Cause, Plan
from ccstate.engine.saved import check_live, check_state
from ccstate.kinds import discover
from tests.engine.scene import AT, LATER, Scene, codes, loosely, mail
from tests.engine.test_fields import FOOTER
from tests.harness import compiled

SEEN = {"source": "tracking", "field": "opened", "op": "contains-any", "const_value": "last-n-campaigns"}
MANIFEST: dict[str, Any] = {
    "lists": {
        "news": {"name": "News", "description": "Monthly", "favorite": True},
        "more": {"name": "More"},
    },
    "tags": {"vip": {"name": "VIP"}},
    "custom_fields": {
        "fruit": {
            "label": "Fruit",
            "type": "single_select",
            "display_type": "radio",
            "choices": ["Fig", "Nut"],
        }
    },
    "segments": {"s": {"name": "Sleepy", "criteria": {"type": "and", "group": [{**SEEN, "param": "5"}]}}},
    "campaigns": {"may": mail(footer=FOOTER, preheader="New"), "draft": mail(name="Draft", schedule=None)},
}
DESIRED = compiled(MANIFEST)
ONLY = loosely(refresh_only=True)


def changed(address: str, path: str, **fields: Any) -> Callable[[Scene], None]:
    """Somebody replaces what stands at a path by the same with other fields."""

    def change(scene: Scene) -> None:
        url = f"{path}/{scene.binding(address).remote_id}"
        shown = scene.send("GET", url).body
        kept = {name: shown[name] for name in ("name", "description", "favorite", "label") if name in shown}
        assert scene.send("PUT", url, {**kept, **fields}).status == 200

    return change


def rewritten(address: str = "campaign.draft", **fields: Any) -> Callable[[Scene], None]:
    """Somebody edits the activity of a campaign; `more` stands for the other list."""

    def change(scene: Scene) -> None:
        shown = scene.send("GET", scene.activity(address)).body
        names = ("from_name", "from_email", "reply_to_email", "subject", "preheader", "contact_list_ids")
        more = {
            name: [scene.binding("list.more").remote_id] for name, value in fields.items() if value == "more"
        }
        body = {**{name: shown[name] for name in names if name in shown}, **fields, **more}
        assert scene.send("PUT", scene.activity(address), body).status == 200

    return change


def renamed(address: str, path: str, name: str) -> Callable[[Scene], None]:
    return lambda scene: _patch(scene, path.format(scene.binding(address).remote_id), name)


def _patch(scene: Scene, path: str, name: str) -> None:
    assert scene.send("PATCH", path, {"name": name}).status == 200


def rescheduled(scene: Scene, edit: Callable[[Scene], None]) -> None:
    scene.move_schedule("")
    edit(scene)
    scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": AT})


def criteria(param: str) -> str:
    return json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": [{**SEEN, "param": param}]}})


CHOICES = [{"choice_label": "Fig", "display_order": 1}, {"choice_label": "Nut", "display_order": 2}]
EDITS: dict[str, tuple[Callable[[Scene], None], str, str]] = {
    "list name": (changed("list.news", "/contact_lists", name="By hand"), "list.news", "name"),
    "list description": (changed("list.news", "/contact_lists", description=""), "list.news", "description"),
    "list favorite": (changed("list.news", "/contact_lists", favorite=False), "list.news", "favorite"),
    "tag name": (changed("tag.vip", "/contact_tags", name="By hand"), "tag.vip", "name"),
    "field label": (
        changed("custom_field.fruit", "/contact_custom_fields", label="By hand", choices=CHOICES),
        "custom_field.fruit",
        "label",
    ),
    "field choices": (
        changed("custom_field.fruit", "/contact_custom_fields", choices=CHOICES[:1]),
        "custom_field.fruit",
        "choices",
    ),
    "segment name": (renamed("segment.s", "/segments/{}/name", "By hand"), "segment.s", "name"),
    "segment criteria": (
        changed("segment.s", "/segments", segment_criteria=criteria("9")),
        "segment.s",
        "criteria",
    ),
    "campaign name": (renamed("campaign.draft", "/emails/{}", "By hand"), "campaign.draft", "name"),
    "sender": (rewritten(from_name="By hand"), "campaign.draft", "from"),
    "subject": (rewritten(subject="By hand"), "campaign.draft", "subject"),
    "audience": (rewritten(contact_list_ids="more"), "campaign.draft", "audience"),
    "html": (rewritten(html_content="<p>By hand</p>"), "campaign.draft", "html"),
    "preheader of a scheduled one": (
        lambda scene: rescheduled(scene, rewritten("campaign.may", preheader="By hand")),
        "campaign.may",
        "preheader",
    ),
    "footer of a scheduled one": (
        lambda scene: rescheduled(
            scene, rewritten("campaign.may", physical_address_in_footer={**FOOTER, "address_line1": "9 Quay"})
        ),
        "campaign.may",
        "footer",
    ),
}


@pytest.fixture
def scene() -> Scene:
    """An account to which everything was applied."""
    scene = Scene()
    _, outcome = scene.apply(DESIRED)
    assert (outcome.ok, scene.plan(DESIRED).empty) == (True, True)
    return scene


def drifted(plan: Plan) -> dict[str, list[str]]:
    """Address -> the names of the drifted fields."""
    return {str(each.address): [field.path.split(".")[0] for field in each.fields] for each in plan.drift}


def paths(plan: Plan, cause: Cause) -> dict[str, list[str]]:
    """Address -> the names of the fields that change for this cause."""
    return {
        str(each.address): [field.path.split(".")[0] for field in each.fields if field.cause is cause]
        for each in plan.active
        if each.fields
    }


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_by_somebody_else_is_told_as_drift_and_corrected(scene: Scene, what: str) -> None:
    edit, address, field = EDITS[what]
    edit(scene)
    plan, outcome = scene.apply(DESIRED)
    assert drifted(plan) == {address: [field]}
    assert paths(plan, Cause.DRIFT) == {address: [field]}
    assert [each.note for each in plan.drift] == [""]
    again = scene.plan(DESIRED)
    assert (outcome.ok, again.empty, again.drift, scene.schedule()) == (True, True, (), AT)


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_that_was_accepted_is_a_change_of_the_manifest_and_no_drift(scene: Scene, what: str) -> None:
    edit, address, field = EDITS[what]
    edit(scene)
    before = len(scene.log())
    plan, outcome = scene.apply(DESIRED, ONLY)
    assert (drifted(plan), outcome.ok, scene.writes_since(before)) == ({address: [field]}, True, [])
    accepted = scene.plan(DESIRED, ONLY)
    assert (accepted.empty, accepted.drift) == (True, ())
    again = scene.plan(DESIRED)
    assert (again.drift, paths(again, Cause.CHANGED)) == ((), {address: [field]})
    scene.make(again)
    assert scene.plan(DESIRED).empty


DELETED = {
    "list.news": "/contact_lists/{}",
    "tag.vip": "/contact_tags/{}",
    "custom_field.fruit": "/contact_custom_fields/{}",
    "segment.s": "/segments/{}",
}


@pytest.mark.parametrize("address", DELETED)
@pytest.mark.parametrize("accepting", [False, True], ids=["at once", "accepted first"])
def test_what_somebody_deleted_is_told_and_made_again(scene: Scene, address: str, accepting: bool) -> None:
    scene.clock("2035-04-01T13:00:00Z")
    scene.send("DELETE", DELETED[address].format(scene.binding(address).remote_id))
    if accepting:
        before = len(scene.log())
        plan, _ = scene.apply(DESIRED, ONLY)
        assert [each.action for each in plan.active if str(each.address) == address] == [Action.FORGET]
        assert scene.writes_since(before) == []
        assert scene.plan(DESIRED, ONLY).empty
    plan, outcome = scene.apply(DESIRED)
    assert [each.action for each in plan.active if str(each.address) == address] == [Action.CREATE]
    gone = {str(each.address): each.note for each in plan.drift if not each.fields}
    assert gone == ({} if accepting else {address: "it is gone from the account"})
    again = scene.plan(DESIRED)
    assert (outcome.ok, again.empty, again.drift) == (True, True, ())


@pytest.mark.parametrize("accepting", [False, True], ids=["plain", "accepted"])
def test_a_campaign_that_somebody_removed_is_told_and_never_made_again(scene: Scene, accepting: bool) -> None:
    scene.send("DELETE", f"/emails/{scene.binding('campaign.draft').remote_id}")
    for _ in range(2):
        before = len(scene.log())
        plan, outcome = scene.apply(DESIRED, ONLY if accepting else loosely())
        assert (plan.empty, outcome.ok, scene.writes_since(before)) == (True, True, [])
        assert [(str(each.address), each.note) for each in plan.drift] == [
            ("campaign.draft", "it is gone from the account, and is not made again")
        ]
        assert codes(plan) == ["campaign-removed"]
    assert (scene.plan(DESIRED).empty, scene.campaigns) == (True, ["May news"])


@pytest.mark.parametrize("moment", ["", LATER], ids=["taken down", "moved"])
@pytest.mark.parametrize("accepting", [False, True], ids=["plain", "accepted"])
def test_a_schedule_that_somebody_moved_is_told_held_and_not_even_accepted(
    scene: Scene, moment: str, accepting: bool
) -> None:
    scene.move_schedule(moment)
    for _ in range(2):
        plan, outcome = scene.apply(DESIRED, ONLY if accepting else loosely())
        assert (plan.empty, plan.steps, outcome.ok, codes(plan)) == (True, (), True, ["campaign-held"])
        ((found,),) = (each.fields for each in plan.drift)
        assert (found.path, found.before, found.after) == ("schedule", AT, moment or None)
        assert [each.note for each in plan.drift] == ["held: schedule is left so"]
    plan = scene.plan(DESIRED)
    assert (plan.empty, codes(plan), scene.schedule()) == (True, ["campaign-held"], moment)


def test_a_saved_acceptance_is_applied_once_and_only_where_nothing_moved(scene: Scene) -> None:
    EDITS["list description"][0](scene)
    EDITS["subject"][0](scene)
    plan = scene.plan(DESIRED, ONLY)
    saved, _ = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    assert (saved.refresh_only, saved.steps) == (True, ())
    check_state(saved, scene.state)
    scene.run(lambda client: check_live(saved, client, discover()))
    changed("list.news", "/contact_lists", description="Again")(scene)
    with pytest.raises(Exception, match=r"list\.news"):
        scene.run(lambda client: check_live(saved, client, discover()))
    changed("list.news", "/contact_lists", description="")(scene)
    assert scene.make(saved).ok
    with pytest.raises(Exception, match="serial"):
        check_state(saved, scene.state)
    assert scene.plan(DESIRED, ONLY).empty
