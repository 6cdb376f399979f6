"""Settle: what the state says before, between and after the steps of a change."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.plan import Plan, Step
from ccstate.core.settle import Settler, UnresolvedReference, begin, look_up_in
from ccstate.core.state import Binding, State
from tests.core.build import (
    KINDS,
    Bench,
    a_campaign,
    a_list,
    a_segment,
    a_tag,
    as_live,
    at,
    change,
    lists,
    ref,
    schedule,
    soon,
    uses,
)

CREATED: dict[str, Any] = {
    "/contact_lists": {"list_id": "L1", "name": "a", "description": ""},
    "/contact_tags": {"tag_id": "T1", "name": "t"},
    "/segments": {"segment_id": 14, "name": "s"},
    "/emails": {
        "campaign_id": "C1",
        "name": "c",
        "campaign_activities": [{"role": "primary_email", "campaign_activity_id": "A1"}],
    },
}


def answer(step: Step) -> Any:
    return CREATED.get("".join(str(part) for part in step.path)) if step.method == "POST" else None


def carried_out(plan: Plan, state: State, steps: int | None = None) -> State:
    """The state after so many steps of a plan, all of them where no number is given."""
    settler = Settler(KINDS, plan.blobs)
    state = begin(state, plan.changes)
    for step in plan.steps[:steps]:
        for address in step.addresses:
            state = settler.settle(state, change(plan, str(address)), step, answer(step))
    if steps is None:
        for each in plan.changes:
            state = settler.finish(state, each) if each.steps else state
    return state


def test_a_created_resource_is_bound_as_soon_as_it_has_an_id() -> None:
    plan = Bench().plan(a_list("a"))
    bound = carried_out(plan, State(), steps=1).bindings[at("list.a")]
    assert (bound.remote_id, bound.applied) == ("L1", {"name": "a"})


def test_a_half_made_campaign_is_bound_with_what_was_achieved() -> None:
    bench = Bench().managed(a_list("l"))
    plan = bench.plan(a_list("l"), a_campaign("c", audience=lists("l"), schedule=schedule(soon(days=2))))
    bound = carried_out(plan, bench.state, steps=1).bindings[at("campaign.c")]
    assert bound.sub_ids == {"activity_id": "A1"}
    assert {"audience", "schedule"}.isdisjoint(bound.applied)


def test_ids_that_were_unknown_become_memos() -> None:
    plan = Bench().plan(a_list("l"), a_tag("t"), a_segment("s", criteria=uses("list.l", "tag.t")))
    bound = carried_out(plan, State()).bindings[at("segment.s")]
    assert [each["value"] for each in bound.applied["criteria"]["group"]] == ["L1", "T1"]
    assert bound.depends_on == (at("list.l"), at("tag.t"))


def test_an_adoption_without_calls_is_bound_at_once() -> None:
    bench = Bench().unmanaged(as_live(a_list("a")))
    state = begin(State(), bench.plan(a_list("a")).changes)
    assert state.bindings[at("list.a")].applied == {"name": "a"}


def test_an_adoption_with_calls_is_bound_before_them_and_remembers_nothing_as_applied() -> None:
    bench = Bench().unmanaged(as_live(a_list("a", description="x")))
    state = begin(State(), bench.plan(a_list("a", description="y")).changes)
    assert state.bindings[at("list.a")] == Binding("id-list-a", "a")


def test_a_move_takes_the_binding_along() -> None:
    bench = Bench().managed(a_list("old", name="News"))
    state = carried_out(bench.plan(a_list("new", name="News")), bench.state)
    assert list(state.bindings) == [at("list.new")]
    assert state.bindings[at("list.new")].remote_id == "id-list-old"


def test_what_is_forgotten_needs_no_step() -> None:
    bench = Bench().managed(a_tag("t")).vanishes("tag.t")
    assert carried_out(bench.plan(), bench.state).bindings == {}


def test_what_is_deleted_leaves_the_state_with_its_step() -> None:
    bench = Bench().managed(a_tag("t"), a_tag("u"))
    plan = bench.plan()
    assert begin(bench.state, plan.changes).bindings == bench.state.bindings
    assert carried_out(plan, bench.state, steps=1).bindings == {}


def test_a_replaced_tag_owes_the_old_one_until_it_is_deleted() -> None:
    bench = Bench().managed(a_tag("t", tag_source="x"))
    plan = bench.plan(a_tag("t", tag_source="y"))
    made = carried_out(plan, bench.state, steps=2).bindings[at("tag.t")]
    assert (made.remote_id, made.deposed) == ("T1", ("id-tag-t",))
    done = carried_out(plan, bench.state).bindings[at("tag.t")]
    assert (done.remote_id, done.deposed) == ("T1", ())


def test_a_schedule_that_is_taken_down_counts_as_gone_before_anybody_answers() -> None:
    want = a_campaign("c", audience=lists("l"), schedule=schedule(soon(days=2)))
    bench = Bench().managed(a_list("l"), want)
    edited = a_campaign("c", subject="New", audience=lists("l"), schedule=schedule(soon(days=2)))
    plan = bench.plan(a_list("l"), edited)
    changes = {each.address: each for each in plan.changes}
    begun = begin(bench.state, plan.changes)
    state = Settler(KINDS, plan.blobs).foretell(begun, changes, plan.steps[0], since="")
    assert "schedule" not in state.bindings[at("campaign.c")].applied


def test_after_a_whole_unit_the_schedule_is_remembered_again() -> None:
    want = a_campaign("c", audience=lists("l"), schedule=schedule(soon(days=2)))
    bench = Bench().managed(a_list("l"), want)
    plan = bench.plan(
        a_list("l"), a_campaign("c", subject="New", audience=lists("l"), schedule=schedule(soon(days=2)))
    )
    assert carried_out(plan, bench.state).bindings[at("campaign.c")].applied["schedule"] == soon(days=2)


def test_what_was_applied_is_converged_in_the_next_plan() -> None:
    bench = Bench().managed(a_list("l", description="x"), a_tag("t"))
    wants = (a_list("l", name="New", description="y"), a_tag("t", name="T"))
    bench.state = carried_out(bench.plan(*wants), bench.state)
    bench.edited("list.l", name="New", description="y").edited("tag.t", name="T")
    assert bench.plan(*wants).empty


def test_a_blocked_change_leaves_the_state_alone() -> None:
    bench = Bench(senders={}).managed(a_list("l"), a_campaign("c"))
    plan = bench.plan(a_list("l"), a_campaign("c", subject="New"))
    assert carried_out(plan, bench.state) == bench.state


def test_a_reference_without_an_id_is_not_swallowed() -> None:
    state = State().bind(at("campaign.c"), Binding("C1", "c", {"activity_id": "A1"}))
    look_up = look_up_in(state)
    assert (look_up(ref("campaign.c")), look_up(ref("campaign.c", "activity_id"))) == ("C1", "A1")
    for missing in (ref("list.l"), ref("campaign.c", "other")):
        with pytest.raises(UnresolvedReference, match="has no"):
            look_up(missing)
