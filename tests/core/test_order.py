"""Order: what is needed comes first, ties by name, cycles named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.order import Cycle, batches, sort


def test_what_is_needed_comes_first() -> None:
    assert sort(["c", "b", "a"], [("b", "a"), ("c", "b")]) == ("c", "b", "a")


def test_ties_are_broken_by_name() -> None:
    assert sort(["c", "a", "b"], []) == ("a", "b", "c")


def test_batches_hold_what_may_go_together() -> None:
    assert batches("abcd", [("a", "c"), ("b", "c"), ("c", "d")]) == (("a", "b"), ("c",), ("d",))


def test_edges_to_what_is_no_node_and_to_oneself_are_ignored() -> None:
    assert sort(["a", "b"], [("x", "a"), ("b", "y"), ("a", "a")]) == ("a", "b")


def test_nothing_is_in_order() -> None:
    assert batches([], []) == ()


def test_a_cycle_is_named_in_its_direction() -> None:
    with pytest.raises(Cycle, match=r"^(a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)$"):
        sort("abc", [("a", "b"), ("b", "c"), ("c", "a")])


def test_what_only_hangs_on_a_cycle_is_not_part_of_it() -> None:
    with pytest.raises(Cycle) as found:
        sort("abcxy", [("a", "b"), ("b", "a"), ("b", "c"), ("x", "a"), ("c", "y")])
    assert sorted(found.value.nodes) == ["a", "b"]


_NODES = st.integers(1, 8).map(lambda count: [f"n{number}" for number in range(count)])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    nodes = draw(_NODES)
    return nodes, draw(st.lists(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes)), max_size=12))


@given(graphs())
def test_every_graph_is_sorted_or_its_cycle_named(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    nodes, edges = graph
    try:
        found = sort(nodes, edges)
    except Cycle as cycle:
        ring = zip(cycle.nodes, (*cycle.nodes[1:], cycle.nodes[0]), strict=True)
        assert set(ring) <= set(edges)
        return
    assert sorted(found) == sorted(nodes)
    assert all(found.index(before) < found.index(after) for before, after in edges if before != after)


def outcome(nodes: list[str], edges: list[tuple[str, str]]) -> tuple[str, ...]:
    try:
        return sort(nodes, edges)
    except Cycle as cycle:
        return ("cycle", *cycle.nodes)


@given(graphs())
def test_the_order_of_the_input_does_not_matter(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    nodes, edges = graph
    assert outcome(nodes, edges) == outcome(nodes[::-1], edges[::-1])
