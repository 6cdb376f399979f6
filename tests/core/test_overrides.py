"""What flags let pass is in the plan: whoever applies a saved one passes none."""

from __future__ import annotations

from typing import Any

from ccstate.core.desired import Desired
from ccstate.core.options import Options
from ccstate.core.overrides import without_overrides
from ccstate.core.plan import Override
from tests.core.build import Bench, a_field, a_list, a_tag, at, codes


def overridden(bench: Bench, *wants: Desired, **options: Any) -> tuple[Override, ...]:
    """What was let pass by a plan that is refused without."""
    assert codes(bench.plan(*wants)) != []
    plan = bench.plan(*wants, **options)
    assert codes(plan) == []
    return plan.overrides


def test_a_loss_of_contact_data_that_was_allowed_is_kept_with_what_is_lost() -> None:
    bench = Bench().managed(a_field("fruit"), a_field("shoe"))
    found = overridden(bench, allow_data_loss=("custom_field.*",))
    assert [(each.flag, each.address) for each in found] == [
        ("--allow-data-loss", at("custom_field.fruit")),
        ("--allow-data-loss", at("custom_field.shoe")),
    ]
    assert found[0].summary.startswith("custom_field.fruit would lose ")


def test_a_mass_change_that_was_allowed_is_kept_with_its_size() -> None:
    bench = Bench().managed(*(a_tag(f"t{number}") for number in range(10)))
    (found,) = overridden(bench, allow_mass_change=True)
    assert (found.flag, found.address) == ("--allow-mass-change", None)
    assert "10 of 10 managed tags" in found.summary


def test_a_flag_that_let_nothing_pass_is_no_override() -> None:
    bench = Bench().managed(a_field("fruit"))
    plan = bench.plan(a_field("fruit", label="Fruit!"), allow_data_loss=("*",), allow_mass_change=True)
    assert plan.overrides == ()


def test_what_is_refused_all_the_same_was_not_let_pass() -> None:
    bench = Bench().managed(a_field("fruit"), a_field("shoe"))
    plan = bench.plan(allow_data_loss=("custom_field.fruit",))
    assert codes(plan) == ["data-loss"]
    assert [each.address for each in plan.overrides] == [at("custom_field.fruit")]


def test_a_plan_without_overriding_flags_asks_the_guards_once() -> None:
    assert without_overrides(Options(targets=("list.*",), include_sent=True)) is None
    assert without_overrides(Options(allow_mass_change=True, destroy=True)) == Options(destroy=True)
    assert Bench().plan(a_list("a")).overrides == ()
