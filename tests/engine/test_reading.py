"""What a refresh makes of collections that lag, end in pages, or hold what was deleted; unmanaged things."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.diagnostics import has_errors
from ccstate.core.plan import Action
from tests.engine.scene import AT, LISTS, Scene, codes, loosely, mail, only
from tests.engine.test_failures import MANIFEST, RECENT, SLEEPY, everything
from tests.harness import compiled

# Lag


def test_an_apply_right_after_an_apply_creates_nothing_twice_though_the_collections_lag() -> None:
    scene = Scene.of(collection_lag=60.0)
    scene.apply(compiled(MANIFEST))
    before = len(scene.log())
    plan, outcome = scene.apply(compiled(MANIFEST))
    assert (plan.empty, outcome.ok, scene.writes_since(before)) == (True, True, [])
    scene.clock("2035-04-01T12:02:00Z")
    assert (scene.plan(compiled(MANIFEST)).empty, everything(scene)) == (True, [2, 1, 1, 1, 2])


def test_what_a_collection_does_not_show_yet_can_be_edited_and_deleted() -> None:
    scene = Scene.of(collection_lag=60.0)
    scene.apply(compiled(MANIFEST))
    edited = {
        **MANIFEST,
        "lists": {**LISTS, "donors": {"name": "Givers"}},
        "campaigns": {"may": mail(subject="Edited")},
    }
    _, outcome = scene.apply(compiled(edited))
    assert (outcome.ok, scene.plan(compiled(edited)).empty) == (True, True)
    scene.clock("2035-04-01T12:02:00Z")
    assert (scene.lists, scene.campaigns, scene.schedule()) == (["Givers", "News"], ["May news"], AT)
    assert scene.plan(compiled(edited)).empty


def test_a_run_that_broke_off_adopts_what_shows_up_late() -> None:
    scene = Scene.of(collection_lag=60.0)
    scene.fails("POST", "/v3/contact_lists", "drop_after")
    scene.apply(compiled({"lists": LISTS}))
    _, outcome = scene.apply(compiled({"lists": LISTS}))
    assert not outcome.ok  # its name is taken, though nobody sees by whom
    scene.clock("2035-04-01T12:02:00Z")
    plan, outcome = scene.apply(compiled({"lists": LISTS}))
    assert (only(plan).action, outcome.ok, scene.lists) == (Action.ADOPT, True, ["News"])


def test_what_the_collections_do_not_show_yet_is_asked_for_one_by_one() -> None:
    scene = Scene.of(collection_lag=60.0)
    scene.apply(compiled(MANIFEST))
    for moment, calls in (("2035-04-01T12:00:30Z", 16), ("2035-04-01T12:02:00Z", 9)):
        scene.clock(moment)
        before = len(scene.log())
        assert scene.plan(compiled(MANIFEST)).empty
        assert len(scene.log()) - before == calls, moment


# Deleted segments


def test_a_segment_that_is_missing_within_five_minutes_of_its_making_is_taken_to_be_late() -> None:
    scene = Scene()
    desired = compiled({"segments": {"a": RECENT}})
    scene.apply(desired)
    scene.send("DELETE", f"/segments/{scene.binding('segment.a').remote_id}")
    scene.clock("2035-04-01T12:04:00Z")
    assert scene.plan(desired).empty
    scene.clock("2035-04-01T12:06:00Z")
    assert only(scene.plan(desired)).action is Action.CREATE


def test_a_segment_that_somebody_deleted_is_made_anew_though_it_answers_by_its_id() -> None:
    scene = Scene()
    desired = compiled({"segments": {"a": RECENT}})
    scene.apply(desired)
    old = scene.binding("segment.a").remote_id
    scene.send("DELETE", f"/segments/{old}")
    assert scene.send("GET", f"/segments/{old}").status == 200
    scene.clock("2035-04-01T13:00:00Z")
    plan, outcome = scene.apply(desired)
    assert (only(plan).action, outcome.ok) == (Action.CREATE, True)
    assert scene.binding("segment.a").remote_id != old
    assert scene.plan(desired).empty


def test_a_deleted_segment_that_left_the_manifest_is_forgotten() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": LISTS, "segments": {"a": RECENT}}))
    scene.send("DELETE", f"/segments/{scene.binding('segment.a').remote_id}")
    scene.clock("2035-04-01T13:00:00Z")
    plan, _ = scene.apply(compiled({"lists": LISTS}))
    assert only(plan).action is Action.FORGET


def test_a_list_deleted_by_hand_is_made_anew_and_its_campaign_follows() -> None:
    scene = Scene()
    desired = compiled({"lists": {**LISTS, "b": {"name": "B"}}, "campaigns": {"may": mail()}})
    scene.apply(desired)
    scene.send("DELETE", f"/contact_lists/{scene.binding('list.news').remote_id}")
    _, outcome = scene.apply(desired)
    assert outcome.ok
    ids = scene.send("GET", scene.activity()).body["contact_list_ids"]
    assert (ids, scene.schedule()) == ([scene.binding("list.news").remote_id], AT)
    assert scene.plan(desired).empty


# Pages


@pytest.mark.parametrize(
    ("seed", "manifest", "calls"),
    [
        ({"lists": [{"name": "L {n}", "repeat": 900}]}, {"lists": {"x": {"name": "L 900"}}}, 2),
        ({"tags": [{"name": "T {n}", "repeat": 1100}]}, {"tags": {"x": {"name": "T 1100"}}}, 3),
        (
            {"segments": [{"name": "S {n}", "criteria": "{}", "repeat": 1100}]},
            {"segments": {"x": {**RECENT, "name": "S 1100"}}},
            2,
        ),
        (
            {"campaigns": [{"name": "C {n}", "html": "x", "repeat": 1100}]},
            {"campaigns": {"x": mail(name="C 1100", audience=None, schedule=None)}},
            3,
        ),
    ],
    ids=["lists", "tags", "segments", "campaigns"],
)
def test_what_stands_on_the_last_page_is_adopted(seed: Any, manifest: Any, calls: int) -> None:
    scene = Scene.of(seed=seed, permissive_criteria=True)
    plan, outcome = scene.apply(compiled(manifest))
    (section,) = manifest
    kind = section[:-1]
    assert (only(plan).action, outcome.ok) == (Action.ADOPT, True)
    path = {"list": "contact_lists", "tag": "contact_tags", "segment": "segments", "campaign": "emails"}[kind]
    pages = [each for each in scene.log() if each[:2] == ("GET", f"/v3/{path}")]
    assert len(pages) == calls
    assert scene.plan(compiled(manifest)).empty


def test_what_is_bound_and_stands_on_the_last_page_is_not_made_again() -> None:
    lists = {f"l{number}": {"name": f"List {number}"} for number in range(40)}
    scene = Scene.of(seed={"lists": [{"name": "Seeded {n}", "repeat": 950}]})
    scene.apply(compiled({"lists": lists}))
    assert scene.plan(compiled({"lists": lists})).empty


# Unmanaged things by name


def test_a_campaign_goes_to_an_unmanaged_list_by_its_name() -> None:
    scene = Scene.of(seed={"lists": ["Their list"]})
    desired = compiled({"campaigns": {"may": mail(audience={"lists": [{"name": "their LIST"}]})}})
    _, outcome = scene.apply(desired)
    (theirs,) = scene.all_of("/contact_lists", "lists")
    body = scene.send("GET", scene.activity()).body
    assert (outcome.ok, body["contact_list_ids"]) == (True, [theirs["list_id"]])
    assert scene.plan(desired).empty
    assert [str(each) for each in scene.state.bindings] == ["campaign.may"]


def members_of(name: str) -> dict[str, Any]:
    condition = {"source": "contact", "field": "list_membership", "op": "eq", "value": f'${{list:"{name}"}}'}
    group = {"type": "and", "group": [{"type": "or", "group": [condition]}]}
    return {"segments": {"s": {"name": "S", "criteria": group}}}


def test_criteria_name_an_unmanaged_list() -> None:
    scene = Scene.of(seed={"lists": ["VIP"]})
    desired = compiled(members_of("VIP"))
    assert scene.apply(desired)[1].ok
    (theirs,) = scene.all_of("/contact_lists", "lists")
    body = scene.send("GET", f"/segments/{scene.binding('segment.s').remote_id}").body
    assert theirs["list_id"] in body["segment_criteria"]
    assert scene.plan(desired).empty


def test_an_unmanaged_name_that_nobody_has_is_refused() -> None:
    plan = Scene().plan(compiled(members_of("VIP")))
    assert (codes(plan), has_errors(plan.diagnostics)) == (["reference-not-found"], True)


def test_a_name_that_leads_to_another_object_than_before_is_refused_until_it_is_rebound() -> None:
    scene = Scene.of(seed={"lists": ["VIP", "Other"]})
    desired = compiled(members_of("VIP"))
    scene.apply(desired)
    old = next(each for each in scene.all_of("/contact_lists", "lists") if each["name"] == "VIP")
    scene.send("PUT", f"/contact_lists/{old['list_id']}", {"name": "Old VIP"})
    new = scene.send("POST", "/contact_lists", {"name": "VIP"}).body["list_id"]
    assert codes(scene.plan(desired)) == ["reference-moved"]
    _, outcome = scene.apply(desired, loosely(rebind=("segment.s",)))
    body = scene.send("GET", f"/segments/{scene.binding('segment.s').remote_id}").body
    assert (outcome.ok, new in body["segment_criteria"]) == (True, True)
    plan = scene.plan(desired)
    assert (plan.empty, codes(plan)) == (True, [])


def test_the_state_lost_names_lead_to_the_same_objects_again() -> None:
    scene = Scene.of(seed={"lists": ["VIP"]})
    desired = compiled(members_of("VIP"))
    scene.apply(desired)
    scene.forget_everything()
    plan, outcome = scene.apply(desired)
    assert (only(plan).action, plan.steps, outcome.ok) == (Action.ADOPT, (), True)


@pytest.mark.parametrize(
    "manifest", [{"lists": LISTS}, {"tags": {"a": {"name": "A"}}}], ids=["lists", "tags"]
)
def test_a_kind_that_nobody_declares_is_not_read(manifest: Any) -> None:
    scene = Scene()
    scene.plan(compiled(manifest))
    read = [path for _, path, _ in scene.log() if not path.endswith("/privileges")]
    assert len(read) == 2  # the account and the one collection


# The budget


def deleting() -> tuple[Scene, Any]:
    scene = Scene()
    scene.apply(compiled({"lists": {**LISTS, **{f"l{n}": {"name": f"L {n}"} for n in range(3)}}}))
    return scene, compiled({"lists": LISTS, "tags": {"a": {"name": "A"}}})


def test_an_apply_makes_as_many_calls_as_the_plan_says() -> None:
    scenes = [(Scene(), compiled(MANIFEST)), deleting()]
    for scene, desired in scenes:
        plan = scene.plan(desired, loosely())
        before = len(scene.log())
        assert scene.make(plan).ok
        assert len(scene.log()) - before == plan.budget.apply_calls


def test_the_budget_says_what_only_some_changes_asked_for() -> None:
    seed = {
        "campaigns": [{"name": "Theirs", "status": "SCHEDULED", "scheduled_date": AT}],
        "segments": [{"name": "Theirs", "criteria": {"version": "1.0.0", "criteria": SLEEPY["criteria"]}}],
        "lists": ["Old"],
    }
    scene = Scene.of(seed=seed)
    scene.apply(compiled({"lists": {**LISTS, "old": {"name": "Old"}}}))
    plan = scene.plan(compiled({"lists": LISTS, "campaigns": {"may": mail()}}))
    assert plan.budget.asked == {
        "consent counts": 1,
        "list members": 1,
        "possible second sends": 2,
        "privileges": 1,
        "senders": 1,
        "what unmanaged ones use": 2,
    }
