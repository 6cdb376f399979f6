"""What needs no decision: leaving it out of deciding makes no difference to any plan."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core import unchanged
from ccstate.core.desired import Desired, Lifecycle, OnRemove
from ccstate.core.kind import Context
from ccstate.core.match import match
from ccstate.core.options import Options
from tests.core.build import KINDS, Bench, a_list, a_segment, a_tag, uses
from tests.core.test_sequence import projects

LIFECYCLES = st.sampled_from([Lifecycle(), Lifecycle(protect=True), Lifecycle(on_remove=OnRemove.FORGET)])
EDITS: dict[str, list[dict[str, Any]]] = {
    "list": [{"description": "Weekly"}, {"favorite": True}, {"name": "Other"}],
    "tag": [{"tag_source": "Shop"}, {"name": "Other"}],
    "custom_field": [{"label": "Other"}],
    "segment": [{"name": "Other"}],
    "campaign": [{"subject": "Other"}],
}


def split(bench: Bench, *wants: Desired, **options: Any) -> tuple[list[str], list[str]]:
    """The addresses that are unchanged, and the others."""
    snapshot = bench.snapshot()
    found, _ = match(wants, bench.state, snapshot.collections, KINDS)
    same, other = unchanged.split(found, KINDS, Context(snapshot, Options(**options)))
    return [str(each.address) for each in same], [str(each.address) for each in other]


@st.composite
def benches(draw: st.DrawFn, before: tuple[Desired, ...]) -> Bench:
    """An account in which things happened since it was applied, and a state that has seen much."""
    bench = Bench(offline=draw(st.booleans()))
    for each in before:
        bench.managed(each._replace(lifecycle=draw(LIFECYCLES)), **draw(memories(each.address.kind)))
    for live in draw(st.lists(st.sampled_from(sorted(bench.objects)), unique=True)):
        bench.objects[live] = bench.objects[live].with_fields(draw(st.sampled_from(EDITS[live[0]])))
    for live in draw(st.lists(st.sampled_from(sorted(bench.objects)), unique=True, max_size=2)):
        if draw(st.booleans()):
            bench.objects[live] = bench.objects[live]._replace(gone=True)
        else:
            del bench.objects[live]
    return bench


@st.composite
def memories(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """What a line of state may say besides, seldom."""
    odd: dict[str, Any] = {"tainted": True, "observed": {}, "natural_key": "Was"}
    if kind == "tag":
        odd["deposed"] = ("id-old",)
    return {name: odd[name] for name in draw(st.sets(st.sampled_from(sorted(odd)), max_size=1))}


@given(st.data(), projects(), projects())
def test_a_plan_is_the_same_as_if_all_had_been_decided_about(
    data: st.DataObject, before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    wants = data.draw(st.sampled_from([before, after, (*before[: len(before) // 2],)]))
    options = {"allow_mass_change": data.draw(st.booleans())}
    bench = data.draw(benches(before))
    with patch.object(unchanged, "split", lambda found, kinds, context: ((), tuple(found))):
        decided = bench.plan(*wants, **options)
    assert bench.plan(*wants, **options) == decided


def test_what_manifest_memory_and_account_agree_on_needs_no_decision() -> None:
    wants = (a_list("a", description="Monthly"), a_tag("t", tag_source="Shop"))
    assert split(Bench().managed(*wants), *wants) == (["list.a", "tag.t"], [])


@pytest.mark.parametrize("offline", [False, True])
def test_what_refers_to_something_is_decided_about(offline: bool) -> None:
    wants = (a_list("a"), a_segment("s", criteria=uses("list.a")))
    assert split(Bench(offline=offline).managed(*wants), *wants) == (["list.a"], ["segment.s"])


def test_what_somebody_else_changed_is_decided_about() -> None:
    bench = Bench().managed(a_list("a", description="x"), a_list("b")).edited("list.a", description="y")
    assert split(bench, a_list("a", description="x"), a_list("b")) == (["list.b"], ["list.a"])


def test_where_a_flag_names_addresses_all_is_decided_about() -> None:
    bench = Bench().managed(a_list("a"))
    assert split(bench, a_list("a"), targets=("list.a",)) == ([], ["list.a"])


def test_an_unmanaged_field_that_somebody_changed_is_nothing_to_decide_about() -> None:
    bench = Bench().managed(a_list("a")).edited("list.a", favorite=True)
    assert split(bench, a_list("a")) == (["list.a"], [])


def test_a_memory_without_what_was_seen_is_completed() -> None:
    bench = Bench().managed(a_list("a"), observed={})
    assert split(bench, a_list("a")) == ([], ["list.a"])
