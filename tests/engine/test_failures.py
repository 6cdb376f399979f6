"""Failures: what depends on them is skipped, the rest goes on, and the next run adopts what was committed."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.events import ChangeSkipped, Waiting
from ccstate.core.plan import Action
from tests.engine.scene import AT, LISTS, Scene, Way, codes, loosely, mail, ways
from tests.harness import compiled

SLEEPY: dict[str, Any] = {
    "name": "Sleepy",
    "criteria": {
        "type": "and",
        "group": [
            {
                "type": "or",
                "group": [{"source": "tags", "field": "tag_id", "op": "eq", "value": "${tag.vip}"}],
            }
        ],
    },
}
RECENT: dict[str, Any] = {
    "name": "Recent",
    "criteria": {
        "type": "and",
        "group": [
            {
                "source": "tracking",
                "field": "opened",
                "op": "contains-any",
                "const_value": "last-n-campaigns",
                "param": 5,
            }
        ],
    },
}
MANIFEST: dict[str, Any] = {
    "lists": {**LISTS, "donors": {"name": "Donors"}},
    "tags": {"vip": {"name": "VIP"}},
    "custom_fields": {"fruit": {"label": "Fruit", "type": "string"}},
    "segments": {"sleepy": SLEEPY},
    "campaigns": {
        "may": mail(),
        "june": mail(name="June", subject="June", audience={"segment": "sleepy"}, schedule=None),
    },
}
COLLECTIONS = {
    "/contact_lists?limit=1000": "lists",
    "/contact_tags?limit=500": "tags",
    "/contact_custom_fields?limit=100": "custom_fields",
    "/segments?limit=1000": "segments",
    "/emails?limit=500": "campaigns",
}
PATHS = ("contact_lists", "contact_tags", "contact_custom_fields", "segments", "emails")


def everything(scene: Scene) -> list[int]:
    """How many objects there are of each kind."""
    return [len(scene.all_of(path, key)) for path, key in COLLECTIONS.items()]


def converges(scene: Scene, manifest: dict[str, Any]) -> None:
    scene.heals()
    desired = compiled(manifest)
    _, outcome = scene.apply(desired)
    assert outcome.ok, outcome
    assert scene.plan(desired).empty


@pytest.mark.parametrize("path", PATHS)
@ways()
def test_a_create_that_fails_in_any_way_is_there_once_after_the_next_run(path: str, way: Way) -> None:
    scene = Scene()
    scene.fails("POST", f"/v3/{path}", **way)
    _, outcome = scene.apply(compiled(MANIFEST))
    assert outcome.failed
    assert not outcome.ok
    converges(scene, MANIFEST)
    assert everything(scene) == [2, 1, 1, 1, 2]
    assert scene.schedule() == AT


@pytest.mark.parametrize("path", ["contact_lists", "contact_tags", "contact_custom_fields", "segments"])
@ways()
def test_an_update_that_fails_in_any_way_is_made_by_the_next_run(path: str, way: Way) -> None:
    scene = Scene()
    scene.apply(compiled(MANIFEST))
    edited = {
        **MANIFEST,
        "lists": {**LISTS, "donors": {"name": "Givers", "description": "All of them"}},
        "tags": {"vip": {"name": "Very important"}},
        "custom_fields": {"fruit": {"label": "Favourite fruit", "type": "string"}},
        "segments": {"sleepy": {**SLEEPY, "name": "Asleep"}},
    }
    for method in ("PUT", "PATCH"):
        scene.fails(method, f"/v3/{path}/*", **way)
        scene.apply(compiled(edited))
    converges(scene, edited)
    assert everything(scene) == [2, 1, 1, 1, 2]


def test_what_depends_on_a_failure_is_skipped_with_its_reason_and_the_rest_goes_on() -> None:
    scene = Scene()
    scene.fails("POST", "/v3/contact_tags", status=400)
    _, outcome = scene.apply(compiled(MANIFEST))
    assert [str(each) for each in outcome.failed] == ["tag.vip"]
    assert sorted(map(str, outcome.skipped)) == ["campaign.june", "segment.sleepy"]
    skipped = [each.because for each in scene.events if isinstance(each, ChangeSkipped)]
    assert skipped == ["something that it needs was not done"] * 2
    assert sorted(map(str, outcome.done)) == [
        "campaign.may",
        "custom_field.fruit",
        "list.donors",
        "list.news",
    ]
    assert scene.schedule() == AT


@pytest.mark.parametrize("nth", [1, 3, 5, 7])
@pytest.mark.parametrize(
    ("status", "key", "code"),
    [(401, "unauthorized", "unauthorised"), (429, "quota_exceeded", "quota-exceeded")],
)
def test_credentials_or_quota_that_end_in_the_middle_end_the_run_with_the_state_saved(
    nth: int, status: int, key: str, code: str
) -> None:
    scene = Scene()
    plan = scene.plan(compiled(MANIFEST))
    body = {"error_key": key, "error_message": "No"}
    rule = {"match": {"nth": nth}, "do": "status", "status": status, "body": body}
    scene.control("POST", "faults", [rule])
    outcome = scene.make(plan)
    assert (outcome.aborted, outcome.ok) == (True, False)
    assert [each.code for each in outcome.failed.values()] == [code]
    assert len(outcome.failed) + len(outcome.skipped) + len(outcome.done) == 7
    assert set(outcome.skipped.values()) == {"the run ended before it"}
    assert scene.store.state_path.exists()
    assert not scene.store.journal_path.exists()
    converges(scene, MANIFEST)
    assert everything(scene) == [2, 1, 1, 1, 2]


def test_a_throttled_write_is_repeated() -> None:
    scene = Scene()
    body = {"error_key": "throttled", "error_message": "Too Many Requests"}
    scene.fails("POST", "/v3/contact_lists", status=429, body=body, times=2)
    _, outcome = scene.apply(compiled({"lists": LISTS}))
    assert (outcome.ok, scene.lists) == (True, ["News"])


def test_asked_to_stop_it_ends_after_the_calls_in_flight_and_the_next_run_finishes() -> None:
    scene = Scene()
    plan = scene.plan(compiled(MANIFEST))
    outcome = scene.make(plan, stop=lambda: any(each.type == "change_finished" for each in scene.events))
    assert (outcome.interrupted, outcome.ok) == (True, False)
    assert 1 <= len(outcome.done) <= 4, "those that were under way are finished"
    assert not scene.store.journal_path.exists()
    converges(scene, MANIFEST)
    assert everything(scene) == [2, 1, 1, 1, 2]


# Replaces and names


def tagged(source: str) -> dict[str, Any]:
    """A tag of a source, and a segment that uses it."""
    return {"tags": {"vip": {"name": "VIP", "tag_source": source}}, "segments": {"sleepy": SLEEPY}}


TAGS, REPLACED = tagged("Shopify"), tagged("Import")


@ways()
@pytest.mark.parametrize("call", ["PUT contact_tags/*", "PUT segments/*", "DELETE contact_tags/*"])
def test_a_tag_whose_replace_fails_anywhere_is_replaced_once_by_the_next_run(way: Way, call: str) -> None:
    scene = Scene()
    scene.apply(compiled(TAGS))
    method, _, path = call.partition(" ")
    scene.fails(method, f"/v3/{path}", **way)
    scene.apply(compiled(REPLACED))
    converges(scene, REPLACED)
    (tag,) = scene.send("GET", "/contact_tags").body["tags"]
    assert (tag["name"], tag["tag_source"]) == ("VIP", "Import")


@ways("400", "500", "drop before")
def test_a_tag_whose_replacement_was_not_made_is_replaced_by_the_next_run(way: Way) -> None:
    scene = Scene()
    scene.apply(compiled(TAGS))
    scene.fails("POST", "/v3/contact_tags", **way)
    scene.apply(compiled(REPLACED))
    converges(scene, REPLACED)
    assert len(scene.all_of("/contact_tags", "tags")) == 1


@ways("500 after", "drop after")
def test_a_tag_whose_replacement_was_made_without_an_answer_is_found_by_the_next_run(
    way: Way,
) -> None:
    scene = Scene()
    scene.apply(compiled(TAGS))
    scene.fails("POST", "/v3/contact_tags", **way)
    scene.apply(compiled(REPLACED))
    converges(scene, REPLACED)
    assert len(scene.all_of("/contact_tags", "tags")) == 1


def test_a_replaced_tag_that_is_still_to_be_deleted_is_a_change() -> None:
    scene = Scene()
    scene.apply(compiled(TAGS))
    scene.fails("DELETE", "/v3/contact_tags/*", status=400)
    scene.apply(compiled(REPLACED))
    scene.heals()
    plan = scene.plan(compiled(REPLACED))
    assert [each.verb for each in plan.steps] == ["delete"]
    assert not plan.empty


@ways()
@pytest.mark.parametrize("call", ["DELETE contact_custom_fields/*", "POST contact_custom_fields"])
def test_a_field_whose_replace_fails_anywhere_is_replaced_once_by_the_next_run(way: Way, call: str) -> None:
    def fruit(kind: str) -> dict[str, Any]:
        return {"custom_fields": {"fruit": {"label": "Fruit", "type": kind}}}

    scene = Scene()
    scene.apply(compiled(fruit("string")))
    method, _, path = call.partition(" ")
    scene.fails(method, f"/v3/{path}", **way)
    scene.apply(compiled(fruit("boolean")))
    converges(scene, fruit("boolean"))
    (field,) = scene.send("GET", "/contact_custom_fields").body["custom_fields"]
    assert field["type"] == "boolean"


@ways()
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_two_names_that_swap_are_swapped_in_the_end_wherever_it_fails(way: Way, nth: int) -> None:
    one, other = {"name": "One"}, {"name": "Other"}
    scene = Scene()
    scene.apply(compiled({"lists": {"a": one, "b": other}}))
    ids = {str(address): each.remote_id for address, each in scene.state.bindings.items()}
    swapped = {"lists": {"a": other, "b": one}}
    scene.fails("PUT", "/v3/contact_lists/*", match={"nth": nth}, **way)
    scene.apply(compiled(swapped))
    converges(scene, swapped)
    names = {each["list_id"]: each["name"] for each in scene.all_of("/contact_lists?limit=500", "lists")}
    assert names == {ids["list.a"]: "Other", ids["list.b"]: "One"}


# Deletes


MANY = {f"l{number}": {"name": f"List {number}"} for number in range(5)}


def test_of_a_bulk_delete_only_what_is_still_there_has_failed() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": MANY}))
    kept = {"l0": MANY["l0"]}
    plan = scene.plan(compiled({"lists": kept}))
    gone = scene.binding("list.l1").remote_id
    scene.send("DELETE", f"/contact_lists/{gone}")
    outcome = scene.make(plan)
    assert (outcome.ok, scene.lists) == (True, ["List 0"])
    assert [str(each) for each in scene.state.bindings] == ["list.l0"]


def test_a_bulk_delete_that_spares_one_list_fails_for_that_one_alone() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": MANY}))
    plan = scene.plan(compiled({"lists": {"l0": MANY["l0"]}}))
    scene.send("DELETE", f"/contact_lists/{scene.binding('list.l0').remote_id}")  # now four are all there are
    outcome = scene.make(plan)
    assert (len(outcome.failed), len(outcome.done)) == (1, 3)
    (found,) = outcome.failed.values()
    assert (found.code, len(scene.lists)) == ("delete-failed", 1)
    assert sorted(map(str, scene.state.bindings)) == sorted(["list.l0", *map(str, outcome.failed)])


@pytest.mark.parametrize("state", ["failed", "cancelled", "timed_out"])
def test_an_activity_that_fails_leaves_what_is_still_there_in_the_state(state: str) -> None:
    scene = Scene()
    scene.apply(compiled({"lists": MANY}))
    plan = scene.plan(compiled({"lists": {"l0": MANY["l0"]}}))
    scene.control(
        "POST",
        "faults",
        [
            {"match": {"path": "*/list_delete"}, "do": "status", "status": 201, "body": {"activity_id": "x"}},
            {"match": {"path": "/v3/activities/x"}, "do": "status", "status": 200, "body": {"state": state}},
        ],
    )
    outcome = scene.make(plan)
    assert (len(outcome.failed), len(scene.lists), len(scene.state.bindings)) == (4, 5, 5)
    assert f"ended as {state}" in next(iter(outcome.failed.values())).detail
    converges(scene, {"lists": {"l0": MANY["l0"]}})
    assert scene.lists == ["List 0"]


@pytest.mark.parametrize("count", [1, 4])
def test_an_activity_that_takes_its_time_is_waited_for(count: int) -> None:
    scene = Scene.of(delay=0.2, clock="real")
    scene.apply(compiled({"lists": MANY}))
    kept = {key: MANY[key] for key in list(MANY)[count:]}
    _, outcome = scene.apply(compiled({"lists": kept}))
    assert (outcome.ok, len(scene.lists)) == (True, 5 - count)
    assert any(isinstance(each, Waiting) for each in scene.events)


@ways()
@pytest.mark.parametrize("left", [4, 0], ids=["one", "bulk"])
def test_a_delete_that_fails_in_any_way_is_finished_by_the_next_run(way: Way, left: int) -> None:
    scene = Scene.of(last_list_deletable=True)
    scene.apply(compiled({"lists": MANY, "tags": {"vip": {"name": "VIP"}}}))
    kept = {"lists": dict(list(MANY.items())[:left]) or {"l0": MANY["l0"]}, "tags": {}}
    method, path = ("DELETE", "/v3/contact_lists/*") if left else ("POST", "/v3/activities/list_delete")
    scene.fails(method, path, **way)
    scene.apply(compiled(kept))
    converges(scene, kept)
    assert len(scene.lists) == len(kept["lists"])


@pytest.mark.parametrize("kind", ["contact_tags", "contact_custom_fields", "segments"])
def test_what_is_gone_before_it_is_deleted_counts_as_deleted(kind: str) -> None:
    resources: dict[str, dict[str, Any]] = {
        "contact_tags": {"tags": {"a": {"name": "A"}}},
        "contact_custom_fields": {"custom_fields": {"a": {"label": "A", "type": "string"}}},
        "segments": {"segments": {"a": RECENT}},
    }
    scene = Scene()
    scene.apply(compiled({**resources[kind], "lists": LISTS}))
    plan = scene.plan(compiled({"lists": LISTS}))
    address = next(each for each in scene.state.bindings if each.kind != "list")
    scene.send("DELETE", f"/{kind}/{scene.state.bindings[address].remote_id}")
    outcome = scene.make(plan)
    assert (outcome.ok, len(scene.state.bindings)) == (True, 1)


def test_what_is_gone_before_the_plan_is_forgotten_without_a_call() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": {**LISTS, "old": {"name": "Old"}}}))
    scene.send("DELETE", f"/contact_lists/{scene.binding('list.old').remote_id}")
    plan, outcome = scene.apply(compiled({"lists": LISTS}))
    assert ([each.action for each in plan.active], outcome.ok) == ([Action.FORGET], True)


def test_what_stops_using_a_list_fails_so_the_list_stays() -> None:
    scene = Scene()
    both = {"lists": {**LISTS, "donors": {"name": "Donors"}}, "campaigns": {"may": mail()}}
    scene.apply(compiled(both))
    after = {
        "lists": {"donors": {"name": "Donors"}},
        "campaigns": {"may": mail(audience={"lists": ["donors"]})},
    }
    scene.fails("PUT", "/v3/emails/activities/*", status=400)
    _, outcome = scene.apply(compiled(after), loosely())
    assert ([str(each) for each in outcome.skipped], scene.lists) == (["list.news"], ["Donors", "News"])
    converges(scene, after)
    assert (scene.lists, scene.schedule(), codes(scene.plan(compiled(after)))) == (["Donors"], AT, [])
