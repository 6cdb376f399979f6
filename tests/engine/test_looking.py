"""A write without an answer: the account is asked, and only what did not happen is sent again."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.plan import Action
from tests.engine.scene import AT, LISTS, NOW, Scene, Way, codes, mail, ways
from tests.engine.test_failures import MANIFEST, PATHS, converges, everything
from tests.harness import compiled

UNANSWERED = ("500", "500 after", "drop before", "drop after")


def seeing(**more: Any) -> Scene:
    """A scene in which an apply sees the account also after a failure."""
    scene = Scene.of(**more)
    scene.sees = True
    return scene


@pytest.mark.parametrize("path", PATHS)
@ways(*UNANSWERED)
def test_a_create_without_an_answer_is_made_once_in_the_same_run(path: str, way: Way) -> None:
    scene = seeing()
    scene.fails("POST", f"/v3/{path}", **way)
    _, outcome = scene.apply(compiled(MANIFEST))
    assert outcome.ok, outcome
    assert everything(scene) == [2, 1, 1, 1, 2]
    assert scene.schedule() == AT
    assert scene.plan(compiled(MANIFEST)).empty


def test_what_was_made_is_not_sent_again() -> None:
    scene = seeing()
    scene.fails("POST", "/v3/contact_lists", do="drop_after")
    _, outcome = scene.apply(compiled({"lists": LISTS}))
    assert (outcome.ok, scene.tried("POST", "contact_lists"), scene.lists) == (True, 1, ["News"])


@pytest.mark.parametrize("call", ["DELETE */schedules", "PUT /v3/emails/activities/*", "POST */schedules"])
@ways(*UNANSWERED)
def test_a_unit_goes_through_in_one_run_whatever_gets_no_answer(way: Way, call: str) -> None:
    scene = seeing()
    scene.apply(compiled({"lists": LISTS, "campaigns": {"may": mail()}}))
    method, _, path = call.partition(" ")
    scene.fails(method, path, **way)
    edited = compiled({"lists": LISTS, "campaigns": {"may": mail(subject="Edited")}})
    _, outcome = scene.apply(edited)
    assert (outcome.ok, scene.unscheduled, scene.schedule()) == (True, [], AT)
    assert scene.plan(edited).empty


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@ways(*UNANSWERED)
def test_updates_and_deletes_without_an_answer_are_made_in_the_same_run(way: Way, method: str) -> None:
    scene = seeing()
    scene.apply(compiled(MANIFEST))
    edited = {
        "lists": {"news": {"name": "News"}, "donors": {"name": "Givers"}},
        "custom_fields": {"fruit": {"label": "Favourite fruit", "type": "string"}},
        "campaigns": {
            "may": mail(),
            "june": {**MANIFEST["campaigns"]["june"], "audience": {"lists": ["news"]}},
        },
    }
    for path in (*PATHS, "emails/activities"):
        scene.fails(method, f"/v3/{path}/*", **way)
    _, outcome = scene.apply(compiled(edited))
    assert outcome.ok, outcome
    assert everything(scene) == [2, 0, 1, 0, 2]
    assert scene.plan(compiled(edited)).empty


@ways(*UNANSWERED)
def test_a_bulk_delete_without_an_answer_is_finished_in_the_same_run(way: Way) -> None:
    many = {f"l{number}": {"name": f"List {number}"} for number in range(5)}
    scene = seeing()
    scene.apply(compiled({"lists": many}))
    scene.fails("POST", "/v3/activities/list_delete", **way)
    _, outcome = scene.apply(compiled({"lists": {"l0": many["l0"]}}))
    assert (outcome.ok, scene.lists) == (True, ["List 0"])


def test_a_name_that_somebody_took_in_the_meantime_is_told_with_its_holder() -> None:
    scene = seeing()
    plan = scene.plan(compiled({"lists": LISTS}))
    theirs = scene.send("POST", "/contact_lists", {"name": "News", "description": "theirs"}).body["list_id"]
    outcome = scene.make(plan)
    (found,) = outcome.failed.values()
    assert (found.code, theirs in found.summary) == ("outcome-unknown", True)
    assert scene.lists == ["News"]


# The next run


def left_in_doubt(call: str = "POST /v3/contact_lists", manifest: Any = None, **way: Any) -> Scene:
    """A run that could not look what became of a create."""
    scene = Scene.of(clock=NOW)
    method, _, path = call.partition(" ")
    scene.fails(method, path, **way or {"do": "drop_after"})
    scene.apply(compiled(manifest or {"lists": LISTS}))
    assert scene.state.pending
    scene.heals()
    return scene


def test_the_next_plan_finds_what_the_last_run_made_and_shows_no_change() -> None:
    scene = left_in_doubt()
    plan = scene.plan(compiled({"lists": LISTS}))
    assert (plan.empty, [str(each) for each in plan.recovered]) == (True, ["list.news"])
    scene.make(plan)
    assert (scene.state.pending, scene.lists) == ({}, ["News"])
    assert scene.binding("list.news").applied == {"name": "News"}


def test_what_left_the_manifest_after_a_run_that_was_cut_off_is_no_orphan() -> None:
    scene = left_in_doubt(manifest={"lists": {**LISTS, "old": {"name": "Old"}}})
    scene.apply(compiled({"lists": {"other": {"name": "Other"}}}))
    assert scene.lists == ["Other"]


def test_a_create_that_did_not_happen_is_planned_again() -> None:
    scene = left_in_doubt(do="drop_before")
    plan = scene.plan(compiled({"lists": LISTS}))
    assert ([each.action for each in plan.active], list(plan.recovered.values())) == ([Action.CREATE], [None])
    scene.make(plan)
    assert (scene.state.pending, scene.lists) == ({}, ["News"])


def test_what_looks_otherwise_than_was_sent_is_not_taken_and_nothing_is_made() -> None:
    scene = left_in_doubt(do="drop_before")
    theirs = scene.send("POST", "/contact_lists", {"name": "news", "description": "theirs"}).body["list_id"]
    plan = scene.plan(compiled({"lists": LISTS}))
    assert codes(plan) == ["outcome-unknown"]
    (found,) = plan.diagnostics
    assert (theirs in found.summary, "ccstate import list.news" in found.hint) == (True, True)
    assert found.detail == "It differs from what was sent in name, description."


def test_what_is_older_than_the_create_is_not_taken() -> None:
    scene = left_in_doubt(do="drop_before")
    scene.clock("2035-03-01T12:00:00Z")
    scene.send("POST", "/contact_lists", {"name": "News"})
    scene.clock(NOW)
    plan = scene.plan(compiled({"lists": LISTS}))
    assert codes(plan) == ["outcome-unknown"]
    assert "before the create was sent" in plan.diagnostics[0].detail


@pytest.mark.parametrize("path", PATHS)
def test_every_kind_is_found_again(path: str) -> None:
    scene = left_in_doubt(f"POST /v3/{path}", MANIFEST)
    converges(scene, MANIFEST)
    assert everything(scene) == [2, 1, 1, 1, 2]
    assert scene.tried("POST", f"/v3/{path}") == {"contact_lists": 2, "emails": 2}.get(path, 1) + (
        path == "emails"  # a schedule is a POST below it as well
    )
