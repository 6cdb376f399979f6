"""A part of a project: what is named, what comes along, what stays behind, and that both are said."""

from __future__ import annotations

from typing import Any

from ccstate.core.address import Address
from ccstate.core.diagnostics import Severity
from ccstate.core.plan import Plan
from tests.core.build import Bench, a_campaign, a_list, a_segment, a_tag, calls, lists, uses


def within(*names: str) -> dict[str, Any]:
    """What a PATH that declares these asks for."""
    return {"within": tuple(Address.parse(each) for each in names)}


def told(plan: Plan) -> list[str]:
    found = [each for each in plan.diagnostics if each.code in ("also-included", "also-left-out")]
    assert {each.severity for each in found} <= {Severity.INFO}
    return [each.summary for each in found]


def test_a_path_is_about_what_is_declared_there_and_what_that_needs() -> None:
    wants = (a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    assert calls(Bench().plan(*wants, **within("list.b"))) == ["create list.b"]
    assert calls(Bench().plan(*wants, **within("campaign.c"))) == [
        "create list.a",
        "create campaign.c",
        "set audience campaign.c",
    ]


def test_a_path_that_declares_nothing_is_about_nothing() -> None:
    plan = Bench().managed(a_tag("gone")).plan(a_list("a"), **within())
    assert (plan.steps, plan.diagnostics) == ((), ())


def test_a_path_and_a_target_add_up() -> None:
    plan = Bench().plan(a_list("a"), a_list("b"), a_list("c"), targets=("list.c",), **within("list.a"))
    assert calls(plan) == ["create list.a", "create list.c"]


def test_what_left_the_manifest_is_no_part_of_a_path_unless_it_is_named() -> None:
    bench = Bench().managed(a_tag("gone"), a_tag("here"))
    edited = a_tag("here", name="New")
    assert calls(bench.plan(edited, **within("tag.here"))) == ["update tag.here"]
    named = bench.plan(edited, targets=("tag.gone",), **within("tag.here"))
    assert calls(named) == ["update tag.here", "delete tag.gone"]


def test_a_path_destroys_what_is_declared_there_and_may_hold_what_was_never_made() -> None:
    bench = Bench().managed(a_tag("a"), a_tag("b"))
    plan = bench.plan(destroy=True, **within("tag.a", "tag.never"))
    assert calls(plan) == ["delete tag.a"]
    assert plan.diagnostics == ()


def test_a_path_is_no_mass_change() -> None:
    tags = [a_tag(f"t{number}") for number in range(10)]
    edited = [a_tag(f"t{number}", name=f"New {number}") for number in range(10)]
    plan = Bench().managed(*tags).plan(*edited, **within(*(str(each.address) for each in edited)))
    assert "mass-change" not in {each.code for each in plan.diagnostics}


def test_what_comes_along_is_said_with_what_needs_it() -> None:
    wants = (a_tag("vip"), a_segment("s", criteria=uses("tag.vip")), a_list("other"))
    plan = Bench().plan(*wants, targets=("segment.s",))
    assert told(plan) == ["tag.vip is included too, because segment.s needs it"]


def test_what_comes_along_unchanged_is_not_worth_a_word() -> None:
    bench = Bench().managed(a_tag("vip"))
    assert (
        told(bench.plan(a_tag("vip"), a_segment("s", criteria=uses("tag.vip")), targets=("segment.s",))) == []
    )


def test_what_was_named_itself_does_not_come_along() -> None:
    wants = (a_tag("vip"), a_segment("s", criteria=uses("tag.vip")))
    assert told(Bench().plan(*wants, targets=("segment.s", "tag.*"))) == []


def test_what_stays_behind_is_said_with_what_it_needs() -> None:
    wants = (a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    assert told(Bench().plan(*wants, excludes=("list.a",))) == [
        "campaign.c is left out too, because it needs list.a, which is not there yet"
    ]
    assert told(Bench().plan(*wants, targets=("campaign.c",), excludes=("list.a",))) == [
        "campaign.c is left out too, because it needs list.a, which is not there yet"
    ]
