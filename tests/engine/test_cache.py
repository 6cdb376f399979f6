"""What a refresh need not read again, and what it must."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.plan import Action
from tests.engine.scene import LISTS, Scene, codes, loosely, mail, only
from tests.harness import compiled

DAYS = {"type": "and", "group": [{"source": "tracking", "field": "opened", "op": "contains-any"}]}
LATER = "2035-04-01T13:00:00Z"


def criteria(days: int) -> dict[str, Any]:
    (condition,) = DAYS["group"]
    assert isinstance(condition, dict)
    return {"type": "and", "group": [{**condition, "const_value": "last-n-days", "param": str(days)}]}


def document(days: int) -> str:
    return json.dumps({"version": "1.0.0", "criteria": criteria(days)})


def segments(*names: str) -> tuple[Desired, ...]:
    return compiled({"segments": {each: {"name": each, "criteria": criteria(5)} for each in names}})


def reads(scene: Scene, desired: tuple[Desired, ...], **more: Any) -> list[str]:
    """The paths that a plan asks for."""
    before = len(scene.log())
    scene.plan(desired, **more)
    return [path.removeprefix("/v3") for _, path, _ in scene.log()[before:]]


def settled(*names: str) -> tuple[Scene, tuple[Desired, ...]]:
    """A scene with segments that were applied long enough ago, and read since."""
    scene, desired = Scene(), segments(*names)
    scene.apply(desired)
    scene.clock(LATER)
    scene.plan(desired)
    return scene, desired


def test_a_segment_that_nobody_edited_is_read_once() -> None:
    scene, desired = settled("a", "b")
    assert reads(scene, desired) == ["/account/summary", "/segments"]
    assert scene.plan(desired).empty


def test_a_segment_that_was_edited_is_read_again_and_its_drift_is_seen() -> None:
    scene, desired = settled("a", "b")
    number = scene.binding("segment.a").remote_id
    scene.send("PUT", f"/segments/{number}", {"name": "a", "segment_criteria": document(9)})
    plan = scene.plan(desired)
    assert (only(plan).action, [str(each.address) for each in plan.drift]) == (Action.UPDATE, ["segment.a"])
    detail = reads(scene, desired)[2]
    assert detail == f"/segments/{number}"  # edited a moment ago: not to be trusted yet
    scene.apply(desired)
    assert scene.plan(desired).empty


def test_an_edit_within_the_second_of_the_read_before_is_seen() -> None:
    scene, desired = Scene(), segments("a")
    scene.apply(desired)
    assert scene.plan(desired).empty
    number = scene.binding("segment.a").remote_id
    scene.send("PUT", f"/segments/{number}", {"name": "a", "segment_criteria": document(9)})
    assert only(scene.plan(desired)).action is Action.UPDATE


def test_full_reads_everything_that_is_managed_but_what_was_sent() -> None:
    manifest = {
        "lists": LISTS,
        "segments": {"a": {"name": "a", "criteria": criteria(5)}},
        "campaigns": {"may": mail(), "old": mail(name="Old", schedule={"at": "2035-04-01T12:30:00Z"})},
    }
    scene, desired = Scene(), compiled(manifest)
    scene.apply(desired)
    scene.clock(LATER)
    scene.apply(desired)
    few, all_of_it = reads(scene, desired), reads(scene, desired, full=True)
    number, may = scene.binding("segment.a").remote_id, scene.binding("campaign.may").remote_id
    assert len(few) == 6
    assert sorted(set(all_of_it) - set(few)) == sorted([f"/segments/{number}", f"/emails/{may}"])
    assert scene.plan(desired, full=True).empty


def test_the_state_lost_activities_are_remembered_nevertheless() -> None:
    scene, desired = Scene(), compiled({"lists": LISTS, "campaigns": {"may": mail()}})
    scene.apply(desired)
    scene.forget_everything()
    first = reads(scene, desired)
    second = reads(scene, desired)
    assert [len(first), len(second)] == [6, 5]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format_version": "9.0"}', '{"format_version": "1.0"}', "\x00\ufeff"],
)
def test_a_cache_that_is_not_ours_is_ignored_and_written_anew(text: str) -> None:
    scene, desired = settled("a")
    scene.store.cache_path.write_text(text, encoding="utf-8")
    assert len(reads(scene, desired)) == 3
    assert len(reads(scene, desired)) == 2


def test_the_cache_of_another_account_is_not_believed() -> None:
    scene, desired = settled("a")
    path = scene.store.cache_path
    held = json.loads(path.read_text(encoding="utf-8"))
    number = scene.binding("segment.a").remote_id
    held["entries"]["segment"][number]["fields"]["criteria"] = criteria(1)
    path.write_text(json.dumps({**held, "account_id": "another"}), encoding="utf-8")
    assert scene.plan(desired).empty
    assert json.loads(path.read_text(encoding="utf-8"))["account_id"] != "another"


def test_a_remembered_activity_that_is_another_campaigns_is_asked_for_again() -> None:
    scene = Scene()
    desired = compiled({"lists": LISTS, "campaigns": {"may": mail(), "june": mail(name="June")}})
    scene.apply(desired)
    wrong = scene.binding("campaign.june").sub_ids
    state = scene.state
    may = next(each for each in state.bindings if str(each) == "campaign.may")
    scene.store.save(state.bind(may, state.bindings[may]._replace(sub_ids=wrong)))
    plan = scene.plan(desired)
    assert (plan.empty, codes(plan)) == (True, [])


def test_a_cache_that_cannot_be_written_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, desired = Scene(), segments("a")
    scene.apply(desired)
    scene.clock(LATER)
    scene.store.cache_path.unlink(missing_ok=True)
    scene.store.cache_path.mkdir()  # no file can take its place
    assert scene.plan(desired).empty
    assert [each.code for each in scene.told] == ["cache-not-kept"]


def test_what_was_read_before_a_refresh_broke_off_is_not_read_again() -> None:
    scene, desired = settled("a", "b")
    scene.store.cache_path.unlink()
    scene.fails("GET", f"/v3/segments/{scene.binding('segment.b').remote_id}", "status", status=401)
    with pytest.raises(Exception, match="401"):
        scene.plan(desired)
    assert len(reads(scene, desired)) == 3


def test_unmanaged_segments_are_read_for_a_delete_and_then_remembered() -> None:
    seed = {"segments": [{"name": f"S{each}", "criteria": document(5)} for each in range(3)], "tags": ["VIP"]}
    scene = Scene.of(seed=seed)
    scene.clock(LATER)
    tags = {"vip": {"name": "VIP"}, "other": {"name": "Other"}}
    scene.apply(compiled({"tags": tags}))
    fewer = compiled({"tags": {"other": {"name": "Other"}}})
    assert len(reads(scene, fewer, options=loosely())) == 2 + 1 + 3 + 1  # the last for the privileges
    assert len(reads(scene, fewer, options=loosely())) == 2 + 1 + 1
