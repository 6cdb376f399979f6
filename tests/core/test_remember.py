"""Remember: what the binding will say when the change is done."""

from __future__ import annotations

from ccstate.core.desired import Desired, OnRemove
from ccstate.core.plan import Memory
from ccstate.core.values import digest
from ccstate.kinds._html import canonical
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    at,
    change,
    choices,
    lists,
    ref,
    says_nothing_of,
    schedule,
    soon,
    uses,
)


def memory(bench: Bench, *wants: Desired, of: str = "", **options: object) -> Memory:
    found = change(bench.plan(*wants, **options), of or str(wants[0].address)).memory
    assert found is not None
    return found


def test_a_create_remembers_what_was_wanted_and_no_id_yet() -> None:
    found = memory(Bench(), a_list("a", name="News"))
    assert (found.remote_id, found.natural_key) == ("", "News")
    assert found.applied == {"name": "News"}
    assert found.observed == {}


def test_an_update_remembers_what_was_applied_and_what_stayed() -> None:
    found = memory(Bench().managed(a_list("a", description="x")), a_list("a", description="y"))
    assert found.applied == {"name": {"$memo": "a"}, "description": {"$memo": "y"}}
    assert found.observed == {"name": "a"}


def test_an_adoption_remembers_what_is_wanted_and_what_was_seen() -> None:
    found = memory(
        Bench().unmanaged(as_live(a_list("a", name="NEWS", description="x"))), a_list("a", name="News")
    )
    assert found.remote_id == "id-list-a"
    assert found.applied == {"name": {"$memo": "News"}}
    assert found.observed == {}


def test_an_adoption_that_writes_nothing_remembers_the_servers_spelling() -> None:
    fruit = a_field("a", type="single_select", choices=choices("Apple"))
    found = memory(Bench().unmanaged(as_live(fruit)), fruit)
    assert found.applied["choices"] == {"$memo": ["Apple"]}
    assert found.observed == {"choices": ["Apple"], "label": "a", "type": "string"} | {
        "type": "single_select"
    }


def test_what_is_not_declared_is_not_remembered() -> None:
    found = memory(Bench().unmanaged(as_live(a_list("a", description="by hand"))), a_list("a"))
    assert "description" not in {**found.applied, **found.observed}


def test_a_cleared_field_leaves_the_memory() -> None:
    found = memory(Bench().managed(a_list("a", description="x")), a_list("a"))
    assert list(found.applied) == ["name"]
    assert list(found.observed) == ["name"]


def test_a_noop_has_nothing_to_remember() -> None:
    assert says_nothing_of(Bench().managed(a_list("a")).plan(a_list("a")), "list.a")


def test_a_spelling_that_the_server_changed_is_remembered() -> None:
    bench = Bench().managed(a_list("a", description="x"), observed={"name": "a", "description": "X"})
    found = memory(bench, a_list("a", description="x"))
    assert found.observed["description"] == "x"


def test_the_manifest_catching_up_with_the_account_is_remembered_without_a_call() -> None:
    bench = Bench().managed(a_list("a", description="x")).edited("list.a", description="y")
    plan = bench.plan(a_list("a", description="y"))
    assert plan.steps == ()
    assert memory(bench, a_list("a", description="y")).applied["description"] == {"$memo": "y"}


def test_a_move_carries_the_memory_along() -> None:
    bench = Bench().managed(a_list("old", name="News", description="x"))
    found = change(bench.plan(a_list("new", name="News", description="x")), "list.new")
    assert found.memory is None or found.memory.remote_id == "id-list-old"
    assert found.previous_address == at("list.old")


def test_what_depends_on_an_id_yet_to_come_is_remembered_as_a_reference() -> None:
    found = memory(Bench(), a_campaign("c", audience=lists("l")), a_list("l"))
    assert found.applied["audience"] == {"lists": [{"$ref": "list.l", "attr": "remote_id"}]}
    assert found.depends_on == (at("list.l"),)


def test_dependencies_are_those_of_the_manifest() -> None:
    segment = a_segment("s", criteria=uses("tag.b", "list.a"))
    found = memory(Bench(), segment, a_tag("b"), a_list("a"))
    assert found.depends_on == (at("list.a"), at("tag.b"))


def test_a_replaced_tag_remembers_the_old_one_until_it_is_deleted() -> None:
    found = memory(Bench().managed(a_tag("a", tag_source="x")), a_tag("a", tag_source="y"))
    assert (found.remote_id, found.deposed) == ("", ("id-tag-a",))


def test_a_replaced_custom_field_leaves_nothing_behind() -> None:
    found = memory(Bench().managed(a_field("a")), a_field("a", type="number"))
    assert (found.remote_id, found.deposed) == ("", ())


def test_an_older_deposed_object_is_kept_in_mind() -> None:
    bench = Bench().managed(a_tag("a", tag_source="x"), deposed=("older",))
    assert memory(bench, a_tag("a", tag_source="y")).deposed == ("older", "id-tag-a")


def test_no_html_gets_into_the_memory() -> None:
    html = "<p>" + "x" * 2000 + "</p>"
    bench = Bench().unmanaged(as_live(a_campaign("c", html=html)))
    found = memory(bench, a_campaign("c", html=html))
    assert found.applied["html"] == {"$memo": {"$digest": digest(canonical(html))}}
    assert found.observed["html"] == {"$digest": digest(canonical(html))}


def test_lifecycle_is_remembered() -> None:
    found = memory(Bench(), a_list("a", protect=True, on_remove=OnRemove.FORGET))
    assert (found.lifecycle.protect, found.lifecycle.on_remove) == (True, OnRemove.FORGET)


def test_the_activity_of_an_adopted_campaign_is_remembered() -> None:
    want = a_campaign("c")
    assert memory(Bench().unmanaged(as_live(want)), want).sub_ids == {"activity_id": "activity-id-campaign-c"}


def test_a_schedule_is_remembered_as_an_instant() -> None:
    want = a_campaign("c", audience={"segment": ref("segment.s")}, schedule=schedule(soon(days=2)))
    bench = Bench().managed(a_segment("s")).unmanaged(as_live(want))
    assert memory(bench, want, a_segment("s")).applied["schedule"] == {"$memo": soon(days=2)}


def test_what_a_target_leaves_out_keeps_its_line_of_state() -> None:
    bench = Bench().managed(a_list("a"), a_list("b"))
    plan = bench.plan(a_list("a", name="New"), a_list("b", name="Newer"), targets=("list.b",))
    assert says_nothing_of(plan, "list.a")


def test_a_tainted_line_is_clean_after_the_replace() -> None:
    assert not memory(Bench().managed(a_tag("a"), tainted=True), a_tag("a")).tainted
