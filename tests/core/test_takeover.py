"""Takeover: import, moved and forget, and what of them is a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.plan import Action, Change, Plan, Status, summarise
from ccstate.core.state import State
from ccstate.core.takeover import NO_CLAIMS, Blocks, Forget, Import, Moved, check, claims, owned_elsewhere
from tests.core.build import (
    KINDS,
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_tag,
    as_live,
    at,
    blocks,
    calls,
    change,
    codes,
    forget,
    imported,
    lists,
    moved,
    schedule,
    soon,
    url,
)

NEWS = a_list("a", name="News")
HAND_MADE = as_live(a_list("x", name="By hand"))._replace(remote_id="id-by-hand")


def mistakes(*of: Import | Moved | Forget, declared: tuple[str, ...] = ()) -> list[str]:
    return [each.code for each in check(blocks(*of), [at(each) for each in declared], KINDS)]


def planned(bench: Bench, *wants: Desired, by: tuple[Import | Moved | Forget, ...], **options: Any) -> Plan:
    return bench.plan(*wants, blocks=blocks(*by), **options)


def only(plan: Plan) -> Change:
    (found,) = plan.active
    return found


# Mistakes that show whatever the account is like


def test_no_blocks_no_mistakes() -> None:
    assert mistakes() == []


@pytest.mark.parametrize(
    ("block", "declared", "code"),
    [
        (imported("list.a", id="1"), (), "undeclared-address"),
        (imported("lst.a", id="1"), (), "bad-address"),
        (moved("list.a", "list.b"), (), "undeclared-address"),
        (moved("list.a", "list.b"), ("list.a", "list.b"), "moved-from-declared"),
        (moved("list.a", "tag.b"), ("tag.b",), "bad-address"),
        (moved("list.a", "list.a"), ("list.a",), "moved-cycle"),
        (forget("list.a"), ("list.a",), "forget-declared"),
        (forget("thing.a"), (), "bad-address"),
    ],
)
def test_a_block_by_itself(block: Import | Moved | Forget, declared: tuple[str, ...], code: str) -> None:
    assert mistakes(block, declared=declared) == [code]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (imported("list.a", id="1"), imported("list.a", id="2")),
        (imported("list.a", id="1"), imported("list.b", id="1")),
        (imported("list.a", name="News"), imported("list.b", name=" NEWS")),
        (moved("list.x", "list.a"), moved("list.x", "list.b")),
        (moved("list.x", "list.a"), moved("list.y", "list.a")),
        (moved("list.x", "list.a"), forget("list.x")),
        (forget("list.x"), forget("list.x")),
    ],
)
def test_two_blocks_that_contradict_each_other(
    one: Import | Moved | Forget, other: Import | Moved | Forget
) -> None:
    assert mistakes(one, other, declared=("list.a", "list.b")) == ["duplicate-block"]


def test_the_same_id_in_another_kind_is_another_thing() -> None:
    assert mistakes(imported("list.a", id="1"), imported("tag.a", id="1"), declared=("list.a", "tag.a")) == []


def test_a_chain_needs_only_its_end_declared() -> None:
    assert mistakes(moved("list.a", "list.b"), moved("list.b", "list.c"), declared=("list.c",)) == []


def test_a_chain_may_end_in_being_forgotten() -> None:
    assert mistakes(moved("list.a", "list.b"), forget("list.b")) == []


def test_a_circle_is_told_once_and_named() -> None:
    found = check(blocks(moved("list.a", "list.b"), moved("list.b", "list.a")), [], KINDS)
    (told,) = found
    assert told.code == "moved-cycle"
    assert "list.a -> list.b -> list.a" in told.summary


def test_the_place_and_the_nearest_address_are_named() -> None:
    (told,) = check(blocks(moved("list.old", "list.newz")), [at("list.news")], KINDS)
    assert told.range == moved("list.old", "list.newz").new_place
    assert told.hint == "did you mean list.news?"


# Moved


def test_moved_alone_needs_no_call() -> None:
    plan = planned(Bench().managed(NEWS), a_list("b", name="News"), by=(moved("list.a", "list.b"),))
    found = only(plan)
    assert (found.action, str(found.previous_address), plan.steps) == (Action.NOOP, "list.a", ())
    assert summarise(plan.changes).move == 1


def test_moved_and_renamed_is_a_move_and_an_update() -> None:
    plan = planned(Bench().managed(NEWS), a_list("b", name="Fresh"), by=(moved("list.a", "list.b"),))
    found = only(plan)
    assert (found.action, str(found.previous_address)) == (Action.UPDATE, "list.a")
    assert [url(each) for each in plan.steps] == ["PUT /contact_lists/id-list-a"]
    assert (summarise(plan.changes).move, summarise(plan.changes).change) == (1, 1)


def test_without_the_block_a_renamed_one_under_a_new_key_is_another_list() -> None:
    plan = Bench().managed(NEWS).plan(a_list("b", name="Fresh"))
    assert {each.action for each in plan.active} == {Action.CREATE, Action.DELETE}


@pytest.mark.parametrize("known", ["a", "b"])
def test_a_chain_is_followed_from_wherever_the_state_is(known: str) -> None:
    by = (moved("list.b", "list.c"), moved("list.a", "list.b"))
    plan = planned(Bench().managed(a_list(known, name="News")), a_list("c", name="Other"), by=by)
    assert str(only(plan).previous_address) == f"list.{known}"


def test_a_move_that_is_done_says_nothing() -> None:
    plan = planned(Bench().managed(NEWS), NEWS, by=(moved("list.old", "list.a"),))
    assert plan.empty
    assert codes(plan) == []


def test_the_users_of_what_moved_are_left_alone() -> None:
    used = a_list("a", name="News")
    mail = a_campaign("c", audience=lists("a"))
    bench = Bench().managed(used, mail)
    plan = planned(
        bench, a_list("b", name="News"), a_campaign("c", audience=lists("b")), by=(moved("list.a", "list.b"),)
    )
    assert plan.steps == ()
    assert str(change(plan, "campaign.c").memory.depends_on[0]) == "list.b"  # type: ignore[union-attr]


def test_protection_moves_along_and_is_taken_off_only_on_its_own() -> None:
    bench = Bench().managed(a_list("a", name="News", protect=True))
    plan = planned(bench, a_list("b", name="Fresh"), by=(moved("list.a", "list.b"),))
    assert only(plan).flags == ("unprotect",)
    kept = planned(bench, a_list("b", name="Fresh", protect=True), by=(moved("list.a", "list.b"),))
    assert only(kept).flags == ()


def test_what_moved_and_is_gone_is_made_under_its_new_address() -> None:
    bench = Bench().managed(NEWS, a_list("z")).vanishes("list.a")
    plan = planned(bench, a_list("b", name="Fresh"), a_list("z"), by=(moved("list.a", "list.b"),))
    found = only(plan)
    assert (found.action, str(found.previous_address)) == (Action.CREATE, "list.a")


def test_what_has_an_object_of_its_own_cannot_be_moved_onto() -> None:
    bench = Bench().managed(NEWS, a_list("b", name="Other"))
    plan = planned(bench, a_list("b", name="Other"), by=(moved("list.a", "list.b"),))
    assert "moved-taken" in codes(plan)


def test_a_block_goes_before_the_same_name() -> None:
    bench = Bench().managed(NEWS, a_list("z", name="Fresh"))
    plan = planned(
        bench, a_list("b", name="Fresh"), a_list("c", name="News"), by=(moved("list.a", "list.b"),)
    )
    assert change(plan, "list.b").previous_address == at("list.a")
    assert change(plan, "list.c").previous_address is None


# Forget


def test_forget_takes_an_address_out_of_the_state_and_calls_nobody() -> None:
    plan = planned(Bench().managed(NEWS, a_list("z")), a_list("z"), by=(forget("list.a"),))
    found = only(plan)
    assert (found.action, found.memory, plan.steps) == (Action.FORGET, None, ())
    assert found.origin == forget("list.a").origin
    assert "stays in the account" in found.reason


def test_what_is_protected_may_be_forgotten_and_the_plan_says_so() -> None:
    bench = Bench().managed(a_list("a", name="News", protect=True), a_list("z"))
    plan = planned(bench, a_list("z"), by=(forget("list.a"),))
    assert codes(plan) == []
    assert "no longer protected" in only(plan).reason


def test_forget_that_is_done_says_nothing() -> None:
    plan = planned(Bench().managed(NEWS), NEWS, by=(forget("list.old"),))
    assert plan.empty
    assert codes(plan) == []


def test_forget_follows_a_chain_of_moves_that_the_state_never_saw() -> None:
    bench = Bench().managed(NEWS, a_list("z"))
    plan = planned(bench, a_list("z"), by=(moved("list.a", "list.b"), forget("list.b")))
    assert only(plan).action is Action.FORGET


def test_what_is_forgotten_may_be_adopted_by_another_address() -> None:
    plan = planned(Bench().managed(NEWS), a_list("b", name="News"), by=(forget("list.a"),))
    assert change(plan, "list.a").action is Action.FORGET
    adopted = change(plan, "list.b")
    assert (adopted.action, adopted.remote_id, adopted.previous_address) == (Action.ADOPT, "id-list-a", None)
    assert plan.steps == ()


def test_destroy_forgets_what_is_to_be_forgotten() -> None:
    plan = planned(Bench().managed(NEWS, a_list("z")), by=(forget("list.a"),), destroy=True)
    assert change(plan, "list.a").action is Action.FORGET


# Import


@pytest.mark.parametrize("block", [imported("list.a", id="id-by-hand"), imported("list.a", name="by HAND")])
def test_an_object_is_imported_under_another_name_and_renamed(block: Import) -> None:
    plan = planned(Bench().unmanaged(HAND_MADE), NEWS, by=(block,))
    found = only(plan)
    assert (found.action, found.remote_id) == (Action.ADOPT, "id-by-hand")
    assert [url(each) for each in plan.steps] == ["PUT /contact_lists/id-by-hand"]
    assert found.reason.startswith("imported: ")


def test_an_object_that_is_as_it_should_be_is_imported_without_a_call() -> None:
    plan = planned(
        Bench().unmanaged(HAND_MADE), a_list("a", name="By hand"), by=(imported("list.a", "id-by-hand"),)
    )
    assert (only(plan).action, plan.steps) == (Action.ADOPT, ())


def test_an_import_goes_before_a_namesake() -> None:
    namesake = as_live(NEWS)
    bench = Bench().unmanaged(HAND_MADE, namesake)
    plan = planned(bench, NEWS, by=(imported("list.a", id="id-by-hand"),))
    assert change(plan, "list.a").remote_id == "id-by-hand"
    assert codes(plan) == ["name-taken"]  # its own name is the namesake's


def test_what_is_imported_is_not_adopted_by_another_address() -> None:
    plan = planned(
        Bench().unmanaged(HAND_MADE),
        NEWS,
        a_list("b", name="By hand"),
        by=(imported("list.a", id="id-by-hand"),),
    )
    assert change(plan, "list.a").action is Action.ADOPT
    assert change(plan, "list.b").action is Action.CREATE


def test_an_import_goes_before_the_same_name_under_an_old_key() -> None:
    bench = Bench().managed(a_list("old", name="News"), a_list("z")).unmanaged(HAND_MADE)
    plan = planned(bench, NEWS, a_list("z"), by=(imported("list.a", id="id-by-hand"),))
    assert change(plan, "list.a").remote_id == "id-by-hand"
    assert change(plan, "list.old").action is Action.DELETE


@pytest.mark.parametrize("block", [imported("list.a", id="nowhere"), imported("list.a", name="Nowhere")])
def test_an_import_of_nothing_names_what_it_looked_for(block: Import) -> None:
    plan = planned(Bench(), NEWS, by=(block,))
    (told,) = (each for each in plan.diagnostics if each.code == "import-not-found")
    assert "owhere" in told.summary
    assert told.range == block.key_place


def test_where_an_import_finds_nothing_no_namesake_is_taken_instead() -> None:
    plan = planned(Bench().unmanaged(as_live(NEWS)), NEWS, by=(imported("list.a", id="nowhere"),))
    assert change(plan, "list.a").action is Action.CREATE
    assert "import-not-found" in codes(plan)


def test_a_removed_object_is_not_imported() -> None:
    want = a_campaign("c")
    plan = planned(
        Bench().unmanaged(as_live(want, gone=True)), want, by=(imported("campaign.c", "id-campaign-c"),)
    )
    assert "import-not-found" in codes(plan)


def test_an_id_of_another_kind_says_whose_it_is() -> None:
    state = Bench().managed(a_tag("t")).state
    told = owned_elsewhere(imported("list.a", id="id-tag-t"), state)
    assert told is not None
    assert "tag.t" in told.summary
    assert owned_elsewhere(imported("tag.a", id="id-tag-t"), state) is None


def test_what_another_address_owns_is_not_imported() -> None:
    bench = Bench().managed(NEWS)
    plan = planned(bench, NEWS, a_list("b"), by=(imported("list.b", id="id-list-a"),))
    assert codes(plan) == ["import-taken"]


def test_what_is_bound_elsewhere_is_not_bound_anew() -> None:
    plan = planned(
        Bench().managed(NEWS).unmanaged(HAND_MADE), NEWS, by=(imported("list.a", id="id-by-hand"),)
    )
    assert codes(plan) == ["import-bound"]


def test_what_is_bound_to_something_that_is_gone_is_bound_anew() -> None:
    bench = Bench().managed(NEWS, a_list("z")).vanishes("list.a").unmanaged(HAND_MADE)
    plan = planned(bench, NEWS, a_list("z"), by=(imported("list.a", id="id-by-hand"),))
    assert (only(plan).action, only(plan).remote_id) == (Action.ADOPT, "id-by-hand")


def test_an_import_that_is_done_says_nothing() -> None:
    plan = planned(Bench().managed(NEWS), NEWS, by=(imported("list.a", id="id-list-a"),))
    assert plan.empty
    assert codes(plan) == []


def test_an_import_whose_object_was_made_anew_since_says_nothing() -> None:
    plan = planned(Bench().managed(NEWS), NEWS, by=(imported("list.a", id="the-one-before"),))
    assert plan.empty
    assert codes(plan) == []


def test_a_name_that_several_objects_have_is_told_with_their_ids() -> None:
    twins = (HAND_MADE, HAND_MADE._replace(remote_id="id-twin"))
    plan = planned(Bench().unmanaged(*twins), NEWS, by=(imported("list.a", name="By hand"),))
    assert "ambiguous-name" in codes(plan)
    assert planned(Bench().unmanaged(*twins), NEWS, by=(imported("list.a", id="id-twin"),)).steps


def test_an_id_settles_an_ambiguous_name() -> None:
    twins = (
        as_live(NEWS, remote_id="1", natural_key="NEWS"),
        as_live(NEWS, remote_id="2", natural_key="news"),
    )
    plan = planned(Bench().unmanaged(*twins), NEWS, by=(imported("list.a", id="2"),))
    assert (only(plan).remote_id, codes(plan)) == ("2", [])


def test_of_a_kind_that_was_not_read_nothing_is_claimed() -> None:
    assert claims([imported("list.a", id="nowhere")], [at("list.a")], State(), {}, KINDS) == NO_CLAIMS


# Campaigns


LATER = soon(days=3)


def scheduled(**fields: Any) -> Desired:
    return a_campaign("c", audience=lists("a"), schedule=schedule(LATER), **fields)


def test_a_scheduled_campaign_that_differs_is_imported_and_edited_as_one_unit() -> None:
    bench = Bench().managed(NEWS).unmanaged(as_live(scheduled()))
    plan = planned(bench, NEWS, scheduled(subject="New"), by=(imported("campaign.c", "id-campaign-c"),))
    assert codes(plan) == []
    assert calls(plan) == [
        "unschedule campaign.c",
        "update campaign.c",
        "schedule campaign.c",
        "verify schedule campaign.c",
    ]
    assert change(plan, "campaign.c").reaches_people


def test_by_its_name_alone_it_is_not_adopted_and_the_hint_says_how() -> None:
    bench = Bench().managed(NEWS).unmanaged(as_live(scheduled()))
    plan = bench.plan(NEWS, scheduled(subject="New"))
    assert codes(plan) == ["campaign-not-adoptable"]
    assert "ccstate import campaign.c id-campaign-c" in plan.diagnostics[0].hint


def test_another_format_that_differs_is_not_imported() -> None:
    live = as_live(a_campaign("c"))
    bench = Bench().unmanaged(live._replace(extra={**live.extra, "format_type": 3}))
    plan = planned(bench, a_campaign("c", subject="New"), by=(imported("campaign.c", "id-campaign-c"),))
    assert codes(plan) == ["campaign-not-adoptable"]
    assert "ccstate import" not in plan.diagnostics[0].hint


def test_another_format_that_does_not_differ_stays_as_it_is_for_good() -> None:
    live = as_live(a_campaign("c"))
    live = live._replace(extra={**live.extra, "format_type": 3})
    bench = Bench().unmanaged(live)
    assert only(bench.plan(a_campaign("c"))).action is Action.ADOPT
    managed = Bench().managed(a_campaign("c")).unmanaged(live)
    assert managed.plan(a_campaign("c")).empty
    assert codes(managed.plan(a_campaign("c"))) == []


def test_a_sent_one_is_imported_as_history() -> None:
    want = a_campaign("c")
    live = as_live(want, status="DONE", fields={"name": "c"})
    found = only(planned(Bench().unmanaged(live), want, by=(imported("campaign.c", "id-campaign-c"),)))
    assert (found.action, found.status) == (Action.ADOPT, Status.READY)
    assert found.memory is not None
    assert found.memory.sent


# Adoption by name


def test_never_means_that_a_namesake_is_an_error_that_names_both_ways() -> None:
    plan = Bench().unmanaged(as_live(NEWS)).plan(NEWS, adopt="never")
    (told,) = plan.diagnostics
    assert (told.code, plan.steps, plan.active) == ("not-adopted", (), ())
    assert "ccstate import list.a id-list-a" in told.hint
    assert "import: [{to: list.a, id: 'id-list-a'}]" in told.hint


def test_never_lets_an_import_through() -> None:
    plan = planned(
        Bench().unmanaged(as_live(NEWS)), NEWS, by=(imported("list.a", "id-list-a"),), adopt="never"
    )
    assert (only(plan).action, codes(plan)) == (Action.ADOPT, [])


def test_never_does_not_concern_what_is_managed_or_new() -> None:
    plan = Bench().managed(NEWS).plan(NEWS, a_field("f", "Fruit"), adopt="never")
    assert codes(plan) == []
    assert only(plan).action is Action.CREATE


def test_never_holds_for_history_too() -> None:
    want = a_campaign("c")
    live = as_live(want, status="DONE", fields={"name": "c"})
    assert codes(Bench().unmanaged(live).plan(want, adopt="never")) == ["not-adopted"]


def test_never_does_not_refuse_what_a_target_leaves_out() -> None:
    plan = Bench().unmanaged(as_live(NEWS)).plan(NEWS, a_list("b"), adopt="never", targets=("list.b",))
    assert codes(plan) == []


def test_blocks_are_split_by_kind() -> None:
    found = blocks(imported("list.a", "1"), moved("tag.a", "tag.b"), forget("list.c")).of("list")
    assert found == Blocks((imported("list.a", "1"),), (), (forget("list.c"),))
