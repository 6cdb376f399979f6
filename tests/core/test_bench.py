"""The bench itself: what it calls managed is converged."""

from __future__ import annotations

from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    choices,
    lists,
    schedule,
    soon,
    uses,
)


def test_what_the_bench_manages_is_converged() -> None:
    wants = (
        a_list("news", description="Monthly"),
        a_tag("vip", tag_source="Shop"),
        a_field("fruit", type="single_select", choices=choices("Apple", "Pear")),
        a_segment("sleepy", criteria=uses("list.news", "tag.vip")),
        a_campaign("may", audience=lists("news"), schedule=schedule(soon(days=3))),
    )
    plan = Bench().managed(*wants).plan(*wants)
    assert plan.empty
    assert plan.steps == ()
    assert plan.diagnostics == ()
    assert all(change.memory is None for change in plan.changes)
