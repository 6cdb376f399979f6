"""Planning: from desired, state and account to the rows of a plan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccstate.core.desired import Desired, OnRemove
from ccstate.core.plan import Action, Cause, Status, Undo, summarise
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    at,
    calls,
    change,
    choices,
    codes,
    lists,
    named,
    ref,
    remote_id,
    says_nothing_of,
    schedule,
    soon,
    uses,
)

# Create, update, delete, replace, adopt, forget


def test_what_is_only_in_the_manifest_is_created() -> None:
    plan = Bench().plan(a_list("a", name="News", description="Monthly"))
    found = change(plan, "list.a")
    assert found.action is Action.CREATE
    assert found.after == {"name": "News", "description": "Monthly"}
    assert calls(plan) == ["create list.a"]


def test_an_edit_is_an_update_of_what_differs() -> None:
    found = change(Bench().managed(a_list("a", description="x")).plan(a_list("a", description="y")), "list.a")
    assert found.action is Action.UPDATE
    assert [(each.path, each.before, each.after, each.cause) for each in found.fields] == [
        ("description", "x", "y", Cause.CHANGED)
    ]


def test_a_new_name_under_the_same_key_is_a_rename() -> None:
    plan = Bench().managed(a_list("a", name="Old")).plan(a_list("a", name="New"))
    assert change(plan, "list.a").action is Action.UPDATE
    assert calls(plan) == ["update list.a"]


def test_what_left_the_manifest_is_deleted() -> None:
    plan = Bench().managed(a_list("a"), a_list("b")).plan(a_list("b"))
    assert change(plan, "list.a").action is Action.DELETE
    assert change(plan, "list.a").memory is None
    assert calls(plan) == ["delete list.a"]


def test_what_is_gone_from_the_account_is_made_again() -> None:
    found = change(Bench().managed(a_tag("a")).vanishes("tag.a").plan(a_tag("a")), "tag.a")
    assert found.action is Action.CREATE
    assert found.reason == "it is gone from the account"


def test_what_is_gone_and_left_the_manifest_is_forgotten_without_a_call() -> None:
    plan = Bench().managed(a_tag("a")).vanishes("tag.a").plan()
    assert change(plan, "tag.a").action is Action.FORGET
    assert plan.steps == ()


def test_an_unmanaged_object_of_the_name_is_adopted_without_a_call() -> None:
    plan = Bench().unmanaged(as_live(a_list("a", name="News"))).plan(a_list("mine", name="News"))
    found = change(plan, "list.mine")
    assert found.action is Action.ADOPT
    assert found.remote_id == remote_id(at("list.a"))
    assert plan.steps == ()


def test_an_adopted_object_is_changed_where_declared_fields_differ() -> None:
    live = as_live(a_list("a", description="old", favorite=True))
    plan = Bench().unmanaged(live).plan(a_list("a", description="new"))
    assert change(plan, "list.a").action is Action.ADOPT
    assert [each.path for each in change(plan, "list.a").fields] == ["description"]
    assert calls(plan) == ["update list.a"]


def test_names_that_differ_in_case_and_blanks_are_adopted_and_respelled() -> None:
    plan = Bench().unmanaged(as_live(a_list("a", name="NEWS  letter"))).plan(a_list("a", name="News letter"))
    assert change(plan, "list.a").action is Action.ADOPT
    assert [each.path for each in change(plan, "list.a").fields] == ["name"]


def test_a_list_keeps_its_binding_whatever_its_name_has_become() -> None:
    plan = (
        Bench()
        .managed(a_list("a", name="News"))
        .edited("list.a", name="Renamed")
        .plan(a_list("a", name="News"))
    )
    found = change(plan, "list.a")
    assert found.action is Action.UPDATE
    assert found.fields[0].cause is Cause.DRIFT


def test_a_new_key_for_the_same_name_is_a_move_without_a_call() -> None:
    plan = Bench().managed(a_list("old", name="News")).plan(a_list("new", name="News"))
    assert [str(each.address) for each in plan.changes] == ["list.new"]
    assert str(change(plan, "list.new").previous_address) == "list.old"
    assert change(plan, "list.new").action is Action.NOOP
    assert plan.steps == ()
    assert not plan.empty


def test_a_fixed_field_forces_a_replace() -> None:
    plan = Bench().managed(a_tag("a", tag_source="x")).plan(a_tag("a", tag_source="y"))
    found = change(plan, "tag.a")
    assert found.action is Action.REPLACE
    assert found.fields[0].forces_replace
    assert (summarise(plan.changes).add, summarise(plan.changes).destroy) == (1, 1)


def test_replace_can_be_asked_for() -> None:
    found = change(Bench().managed(a_tag("a")).plan(a_tag("a"), replace=("tag.a",)), "tag.a")
    assert (found.action, found.reason) == (Action.REPLACE, "asked for with --replace")


@pytest.mark.parametrize("want", [a_tag("a"), a_field("a"), a_segment("a"), a_campaign("a")], ids=str)
def test_a_tainted_resource_is_replaced_and_the_reason_says_so(want: Desired) -> None:
    found = change(Bench().managed(want, tainted=True).plan(want), str(want.address))
    assert (found.action, found.reason) == (Action.REPLACE, "tainted: half made before")
    assert found.memory is not None
    assert not found.memory.tainted


def test_a_tainted_list_is_compared_like_any_other_and_is_tainted_no_more() -> None:
    plan = Bench().managed(a_list("a"), tainted=True).plan(a_list("a"))
    assert (plan.steps, plan.empty) == ((), True)
    taught = change(plan, "list.a").memory
    assert taught is not None
    assert not taught.tainted


def test_a_list_is_not_replaced_and_the_plan_says_why() -> None:
    plan = Bench().managed(a_list("a")).plan(a_list("a"), replace=("list.a",))
    assert (codes(plan), plan.steps) == (["never-replaced"], ())


@pytest.mark.parametrize("want", [a_field("a"), a_segment("a"), a_campaign("a")], ids=str)
def test_every_other_kind_can_be_replaced(want: Desired) -> None:
    found = change(Bench().managed(want).plan(want, replace=(str(want.address),)), str(want.address))
    assert found.action is Action.REPLACE


@pytest.mark.parametrize("want", [a_tag("a", protect=True), a_field("a", protect=True)], ids=str)
def test_what_is_protected_is_not_replaced(want: Desired) -> None:
    assert "protected" in codes(Bench().managed(want).plan(want, replace=(str(want.address),)))


def test_a_replace_that_loses_contact_data_must_be_named() -> None:
    want = a_field("a")
    assert codes(Bench().managed(want).plan(want, replace=("custom_field.a",))) == ["data-loss"]


# Fields


def test_a_field_that_is_not_declared_is_not_compared() -> None:
    plan = Bench().managed(a_list("a")).edited("list.a", description="by hand").plan(a_list("a"))
    assert plan.empty


def test_a_field_that_left_the_manifest_is_cleared() -> None:
    found = change(Bench().managed(a_list("a", description="x")).plan(a_list("a")), "list.a")
    assert [(each.path, each.before, each.after, each.cause) for each in found.fields] == [
        ("description", "x", None, Cause.CLEARED)
    ]


def test_without_memory_a_field_that_is_not_declared_is_left_alone() -> None:
    plan = Bench().unmanaged(as_live(a_list("a", description="x"))).plan(a_list("a"))
    assert change(plan, "list.a").action is Action.ADOPT
    assert change(plan, "list.a").fields == ()


def test_a_cleared_field_that_is_already_empty_is_no_change() -> None:
    plan = Bench().managed(a_list("a", description="")).plan(a_list("a"))
    assert plan.empty


def test_a_fixed_field_that_left_the_manifest_stays_and_says_so() -> None:
    plan = Bench().managed(a_tag("a", tag_source="Shop")).plan(a_tag("a"))
    assert codes(plan) == ["field-stays"]
    assert plan.steps == ()


def test_drift_is_shown_as_drift_and_as_a_change() -> None:
    want = a_list("a", description="x")
    plan = Bench().managed(want).edited("list.a", description="by hand").plan(want)
    assert change(plan, "list.a").reason == "somebody else changed it"
    ((found,),) = (each.fields for each in plan.drift)
    assert (found.path, found.before, found.after) == ("description", "x", "by hand")


def test_drift_to_what_is_wanted_now_is_neither() -> None:
    plan = (
        Bench()
        .managed(a_list("a", description="x"))
        .edited("list.a", description="y")
        .plan(a_list("a", description="y"))
    )
    assert plan.steps == ()
    assert plan.drift == ()


# Lifecycle


def test_on_remove_forget_leaves_the_account_alone() -> None:
    bench = Bench().managed(a_list("a", on_remove=OnRemove.FORGET))
    assert change(bench.plan(), "list.a").action is Action.FORGET
    assert bench.plan().steps == ()


def test_on_remove_refuse_is_an_error() -> None:
    plan = Bench().managed(a_list("a", on_remove=OnRemove.REFUSE), a_list("b")).plan(a_list("b"))
    assert codes(plan) == ["removal-refused"]
    assert plan.steps == ()


def test_protection_holds_when_the_block_is_gone() -> None:
    assert codes(Bench().managed(a_list("a", protect=True), a_list("b")).plan(a_list("b"))) == ["protected"]


def test_protection_holds_against_a_replace() -> None:
    bench = Bench().managed(a_tag("a", protect=True, tag_source="x"))
    assert codes(bench.plan(a_tag("a", protect=True, tag_source="y"))) == ["protected"]


def test_unprotecting_is_a_change_of_its_own() -> None:
    bench = Bench().managed(a_tag("a", protect=True, tag_source="x"))
    assert change(bench.plan(a_tag("a", tag_source="x")), "tag.a").flags == ("unprotect",)
    assert codes(bench.plan(a_tag("a", tag_source="y"))) == ["protected"]


@pytest.mark.parametrize(
    ("before", "after", "flags"),
    [
        ({}, {"protect": True}, ("protect",)),
        ({"protect": True}, {}, ("unprotect",)),
        ({}, {"on_remove": OnRemove.FORGET}, ("on_remove: forget",)),
    ],
)
def test_a_change_of_lifecycle_needs_no_call_and_is_a_change(
    before: dict[str, Any], after: dict[str, Any], flags: tuple[str, ...]
) -> None:
    plan = Bench().managed(a_list("a", **before)).plan(a_list("a", **after))
    assert change(plan, "list.a").flags == flags
    assert plan.steps == ()
    assert not plan.empty


def test_the_same_lifecycle_is_no_change() -> None:
    assert Bench().managed(a_list("a", protect=True)).plan(a_list("a", protect=True)).changes == ()


# Replacing


def test_a_replaced_tag_steps_aside_and_goes_when_its_users_have_turned() -> None:
    segment = a_segment("s", criteria=uses("tag.a"))
    bench = Bench().managed(a_tag("a", tag_source="x"), segment)
    plan = bench.plan(a_tag("a", tag_source="y"), segment)
    assert calls(plan) == ["step aside tag.a", "create tag.a", "update segment.s", "delete tag.a"]


def test_a_replaced_custom_field_goes_first() -> None:
    segment = a_segment("s", criteria=uses("custom_field.a"))
    bench = Bench().managed(a_field("a", type="string"), segment)
    plan = bench.plan(a_field("a", type="number"), segment)
    assert calls(plan) == ["delete custom_field.a", "create custom_field.a", "update segment.s"]


def test_what_uses_something_made_anew_is_updated_though_nobody_edited_it() -> None:
    segment = a_segment("s", criteria=uses("tag.a"))
    found = change(
        Bench().managed(a_tag("a", tag_source="x"), segment).plan(a_tag("a", tag_source="y"), segment),
        "segment.s",
    )
    assert (found.action, found.reason) == (Action.UPDATE, "what it refers to is made anew")
    assert [each.cause for each in found.fields] == [Cause.DEPENDS]
    assert found.after_unknown == ("criteria",)


def test_a_replaced_campaign_is_made_with_the_ids_of_the_new_one() -> None:
    want = a_campaign("a", audience=lists("l"))
    plan = Bench().managed(a_list("l"), want).plan(a_list("l"), want, replace=("campaign.a",))
    put = next(each for each in plan.steps if each.method == "PUT")
    assert put.path == ("/emails/activities/", {"$ref": "campaign.a", "attr": "activity_id"})


def test_a_replaced_object_that_could_not_be_deleted_is_deleted_later() -> None:
    plan = Bench().managed(a_tag("a"), deposed=("old",)).plan(a_tag("a"))
    assert [(each.verb, each.deposed) for each in plan.steps] == [("delete", "old")]
    assert change(plan, "tag.a").deposed


def test_what_is_left_out_keeps_its_replaced_object() -> None:
    bench = Bench().managed(a_tag("a"), deposed=("old",)).managed(a_tag("b"))
    assert bench.plan(a_tag("a"), a_tag("b"), targets=("tag.b",)).steps == ()


# Bulk deletes


@pytest.mark.parametrize(
    ("count", "verbs"), [(1, ["DELETE"]), (2, ["POST"]), (100, ["POST"]), (101, ["POST", "POST"])]
)
def test_lists_are_deleted_in_bulk_from_two_on_a_hundred_a_call(count: int, verbs: list[str]) -> None:
    doomed = [a_list(f"l{number}") for number in range(count)]
    plan = Bench().managed(*doomed, a_list("kept")).plan(a_list("kept"), allow_mass_change=True)
    assert [each.method for each in plan.steps] == verbs
    assert sum(len(each.addresses) for each in plan.steps) == count


@pytest.mark.parametrize(("count", "steps"), [(500, 1), (501, 2)])
def test_tags_go_five_hundred_a_call(count: int, steps: int) -> None:
    doomed = [a_tag(f"t{number}") for number in range(count)]
    assert len(Bench().managed(*doomed).plan(allow_mass_change=True).steps) == steps


@pytest.mark.parametrize(("count", "methods"), [(3, {"DELETE"}), (4, {"POST"})])
def test_custom_fields_are_deleted_in_bulk_from_four_on(count: int, methods: set[str]) -> None:
    doomed = [a_field(f"f{number}") for number in range(count)]
    plan = Bench().managed(*doomed).plan()
    assert {each.method for each in plan.steps} == methods


def test_a_bulk_delete_serves_every_change_it_is_for() -> None:
    plan = Bench().managed(a_tag("a"), a_tag("b")).plan()
    (step,) = plan.steps
    assert step.body == {"tag_ids": ["id-tag-a", "id-tag-b"]}
    assert (step.deposed, step.wait) == ("*", "/activity_id")
    assert change(plan, "tag.a").steps == change(plan, "tag.b").steps == (step.id,)


# References to what nobody manages


def test_an_unmanaged_reference_is_resolved_and_remembered() -> None:
    bench = Bench().unmanaged(as_live(a_list("vip", name="VIP")))
    plan = bench.plan(a_campaign("a", audience={"lists": [named("list", "vip")]}))
    assert plan.references == {'list:"vip"': "id-list-vip"}
    put = next(each for each in plan.steps if each.method == "PUT")
    assert put.body["contact_list_ids"] == ["id-list-vip"]


def test_an_unmanaged_reference_that_is_not_there_is_an_error() -> None:
    plan = Bench().plan(a_campaign("a", audience={"lists": [named("list", "VIP")]}))
    assert "reference-not-found" in codes(plan)


def test_a_name_that_leads_to_another_object_than_before_is_refused() -> None:
    want = a_campaign("a", audience={"lists": [named("list", "VIP")]})
    bench = Bench().unmanaged(as_live(a_list("vip", name="VIP")))
    bench.state = bench.state._replace(references={'list:"VIP"': "another"})
    assert "reference-moved" in codes(bench.plan(want))
    assert "reference-moved" not in codes(bench.plan(want, rebind=("campaign.a",)))
    assert bench.plan(want, rebind=("campaign.a",)).references == {'list:"VIP"': "id-list-vip"}


# Targets


def test_a_target_takes_what_it_needs_along() -> None:
    plan = Bench().plan(
        a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")), targets=("campaign.c",)
    )
    assert calls(plan) == ["create list.a", "create campaign.c", "set audience campaign.c"]


def test_targets_may_be_globs() -> None:
    plan = Bench().plan(a_list("a"), a_list("b"), a_tag("c"), targets=("list.*",))
    assert calls(plan) == ["create list.a", "create list.b"]


def test_what_is_excluded_takes_what_needs_it_along() -> None:
    wants = (a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    assert calls(Bench().plan(*wants, excludes=("list.a",))) == ["create list.b"]


def test_what_needs_something_excluded_that_exists_goes_on() -> None:
    wants = (a_list("a", description="new"), a_campaign("c", audience=lists("a")))
    plan = Bench().managed(a_list("a")).plan(*wants, excludes=("list.a",))
    assert calls(plan) == ["create campaign.c", "set audience campaign.c"]


@pytest.mark.parametrize("flag", ["targets", "excludes", "replace", "reschedule"])
def test_an_address_that_is_not_there_is_an_error_with_the_nearest(flag: str) -> None:
    plan = Bench().plan(a_list("newsletter"), **{flag: ("list.newsleter",)})
    (found,) = (each for each in plan.diagnostics if each.code == "no-such-address")
    assert found.hint == "did you mean list.newsletter?"


def test_what_left_the_manifest_can_be_targeted() -> None:
    bench = Bench().managed(a_tag("a"), a_tag("b"))
    assert calls(bench.plan(targets=("tag.a",))) == ["delete tag.a"]


# The whole document


def test_a_plan_is_the_same_whatever_the_order_of_its_inputs() -> None:
    wants = [
        a_list("a"),
        a_tag("b"),
        a_segment("s", criteria=uses("list.a")),
        a_campaign("c", audience=lists("a")),
    ]
    one, other = Bench().plan(*wants), Bench().plan(*reversed(wants))
    assert one == other


def test_a_plan_is_json() -> None:
    want = a_campaign("c", audience=lists("a"), schedule=schedule(soon(days=9)))
    plan = Bench().plan(a_list("a"), want, a_field("f", type="single_select", choices=choices("A")))
    json.dumps([each._asdict() for each in plan.steps], default=str)
    for step in plan.steps:
        assert json.loads(json.dumps([list(step.path), step.body])) == [list(step.path), step.body]


def test_html_is_kept_once_in_the_blobs() -> None:
    plan = Bench().plan(a_campaign("a", html="<p>Same"), a_campaign("b", html="<p>Same"))
    assert list(plan.blobs.values()) == ["<p>Same"]


def test_what_reaches_people_stands_first() -> None:
    plan = Bench().plan(a_list("l"), a_campaign("z", audience=lists("l"), schedule=schedule(soon(days=2))))
    assert [str(each.address) for each in plan.changes] == ["campaign.z", "list.l"]
    assert plan.changes[0].undo is Undo.REACHES_PEOPLE


def test_renaming_a_list_is_visible_to_subscribers() -> None:
    found = change(Bench().managed(a_list("a", name="Old")).plan(a_list("a", name="New")), "list.a")
    assert found.undo is Undo.VISIBLE


def test_every_step_belongs_to_a_change_and_back() -> None:
    plan = Bench().plan(a_list("a"), a_campaign("c", audience=lists("a"), schedule=schedule(soon(days=9))))
    assert sorted(each for one in plan.changes for each in one.steps) == sorted(
        each.id for each in plan.steps
    )


def test_a_step_comes_after_the_one_before_it_and_after_what_it_needs() -> None:
    plan = Bench().plan(a_list("a"), a_campaign("c", audience=lists("a")))
    assert [(each.id, each.after) for each in plan.steps] == [("s1", ()), ("s2", ("s1",)), ("s3", ("s2",))]


def test_the_plan_says_what_it_is_based_on() -> None:
    bench = Bench().managed(a_list("a"))
    one = bench.plan(a_list("a", description="x")).based_on
    other = bench.edited("list.a", favorite=True).plan(a_list("a", description="x")).based_on
    assert one.snapshot != other.snapshot


def test_what_the_plan_leaves_alone_is_not_part_of_what_it_is_based_on() -> None:
    bench = Bench().managed(a_list("a"), a_list("b"))
    wants = (a_list("a", description="x"), a_list("b"))
    one = bench.plan(*wants).based_on
    assert bench.edited("list.b", favorite=True).plan(*wants).based_on == one


def test_offline_a_plan_has_no_calls_and_compares_with_the_memory() -> None:
    bench = Bench(offline=True).managed(a_list("a", description="x"), a_tag("t"))
    bench.objects.clear()
    plan = bench.plan(a_list("a", description="y"), a_tag("t"))
    assert change(plan, "list.a").action is Action.UPDATE
    assert says_nothing_of(plan, "tag.t")
    assert plan.steps == ()
    assert bench.asked == []


def test_offline_what_was_applied_is_converged() -> None:
    wants = (
        a_list("a", description="x"),
        a_field("f", type="single_select", choices=choices("A", "B")),
        a_segment("s", criteria=uses("list.a")),
        a_campaign(
            "c",
            html="<p>Hello <b>you</b> &amp; me</p>",
            audience=lists("a"),
            footer={"organization_name": "X", "address_line1": "Y", "country_code": "us"},
            schedule=schedule(soon(days=9)),
        ),
    )
    bench = Bench(offline=True).managed(*wants)
    bench.objects.clear()
    plan = bench.plan(*wants)
    assert [each for each in plan.changes if each.fields] == []
    assert plan.empty


def test_a_status_other_than_ready_does_not_count() -> None:
    bench = Bench(senders={})
    plan = bench.plan(a_list("l"), a_campaign("c"))
    assert change(plan, "campaign.c").status is Status.BLOCKED
    assert (summarise(plan.changes).add, summarise(plan.changes).blocked) == (1, 1)
    assert calls(plan) == ["create list.l"]


def test_users_of_a_reference_see_addresses_and_not_ids() -> None:
    bench = Bench().managed(a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    found = change(
        bench.plan(a_list("a"), a_list("b"), a_campaign("c", audience=lists("a", "b"))), "campaign.c"
    )
    assert [(each.path, each.before, each.after) for each in found.fields] == [
        ("audience.lists[1]", None, "list.b")
    ]


def test_a_change_that_only_an_id_makes_is_shown_too() -> None:
    segment, campaign = a_segment("s"), a_campaign("c", audience={"segment": ref("segment.s")})
    bench = Bench().managed(segment, campaign)
    found = change(bench.plan(segment, campaign, replace=("segment.s",)), "campaign.c")
    assert [(each.path, each.after_unknown) for each in found.fields] == [("audience", True)]
