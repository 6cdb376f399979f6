"""The budget: what an apply costs, and what to say where the day cannot hold it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.budget import Part, best_part, budget, fitting, over_budget, price
from ccstate.core.diagnostics import Severity
from ccstate.core.options import Limits
from ccstate.core.plan import EACH_OWN, Plan, Step
from tests.core.build import ACCOUNT, Bench, a_campaign, a_list, a_segment, a_tag, at, codes, lists, uses


def step(number: int, *addresses: str, after: tuple[int, ...] = (), wait: str = "", own: str = "") -> Step:
    needs = tuple(f"s{each}" for each in after)
    return Step(
        f"s{number}",
        tuple(map(at, addresses)),
        "create",
        "POST",
        ("/x",),
        after=needs,
        wait=wait,
        deposed=own,
    )


def plan_of(*steps: Step, daily: int) -> Plan:
    return Plan(ACCOUNT, Bench().plan().based_on, steps=steps, budget=budget(steps, Limits(daily=daily)))


LISTS = tuple(step(number, f"list.l{number}") for number in range(4))
TAGS = tuple(step(number, f"tag.t{number}") for number in range(10, 13))
MAIL = (step(20, "campaign.m", after=(0, 10)), step(21, "campaign.m", after=(20,)))

# The price


@pytest.mark.parametrize(
    ("one", "calls"),
    [
        (step(1, "list.a"), 1),
        (step(1, "list.a", wait="/activity_id", own="id-1"), 2),
        (step(1, "list.a", "list.b", wait="/activity_id", own=EACH_OWN), 2 + 3),
        (step(1, "tag.a", "tag.b", wait="/activity_id", own=EACH_OWN), 2 + 1),
    ],
    ids=["a call", "a poll", "a look at three pages", "a look at one page"],
)
def test_a_step_is_a_call_with_what_must_follow_it(one: Step, calls: int) -> None:
    assert price(one, {"list": 3}) == calls


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [(4, 3), (1, 9), (100, 1)],
)
def test_the_time_is_that_of_the_rate(rate: int, seconds: int) -> None:
    assert budget((*LISTS, *TAGS, *MAIL), Limits(rate)).apply_seconds == seconds


def test_an_activity_takes_a_second() -> None:
    assert budget((step(1, "list.a", wait="/activity_id"),), Limits()).apply_seconds == 2


def test_nothing_costs_nothing() -> None:
    assert budget((), Limits(), calls=7, asked={"senders": 1})[:3] == (7, 0, 0)


# Over the budget


def test_what_fits_is_let_through() -> None:
    plan = plan_of(*LISTS, daily=4)
    assert (over_budget(plan), over_budget(plan, 0)) == (None, None)


def test_no_limit_is_never_too_little() -> None:
    assert over_budget(plan_of(*LISTS, daily=0), 10_000) is None


def test_what_no_day_holds_is_refused_with_what_would_fit() -> None:
    found = over_budget(plan_of(*LISTS, *TAGS, daily=5))
    assert found is not None
    assert (found.severity, found.code) == (Severity.ERROR, "over-budget")
    assert found.summary == "applying needs 7 calls; this key has 5 calls a day"
    assert found.detail == "5 of the 7 changes would fit."
    assert "--target 'list.*' (4 changes, 4 calls)" in found.hint
    assert "00:00 UTC" in found.hint


def test_what_this_day_does_not_hold_says_what_is_left() -> None:
    found = over_budget(plan_of(*LISTS, *TAGS, daily=10), 7)
    assert found is not None
    assert found.summary == (
        "applying needs 7 calls; of this key's 10 calls of today 3 are left, as counted on this machine"
    )
    assert "--target 'tag.*' (3 changes, 3 calls)" in found.hint


def test_a_counter_beyond_the_limit_leaves_nothing() -> None:
    found = over_budget(plan_of(*LISTS, daily=10), 12_000)
    assert found is not None
    assert found.detail == "0 of the 4 changes would fit."
    assert found.hint == "apply it after 00:00 UTC, when the day begins anew"


def test_it_is_only_told_where_nothing_is_applied_yet() -> None:
    found = over_budget(plan_of(*LISTS, daily=1), only_told=True)
    assert found is not None
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(("metered", "severity"), [(True, Severity.ERROR), (False, Severity.WARNING)])
def test_a_plan_that_no_day_holds_is_refused_where_the_limit_is_real(
    metered: bool, severity: Severity
) -> None:
    wants = [a_tag(f"t{number}") for number in range(5)]
    plan = Bench().plan(*wants, limits=Limits(daily=4), metered=metered)
    assert codes(plan) == ["over-budget"]
    assert plan.diagnostics[0].severity is severity


# What would fit


@pytest.mark.parametrize(("left", "changes"), [(0, 0), (3, 3), (7, 7), (8, 7), (9, 8), (99, 8)])
def test_a_change_fits_with_its_last_step(left: int, changes: int) -> None:
    assert fitting((*LISTS, *TAGS, *MAIL), left) == changes


def test_a_kind_brings_what_it_needs() -> None:
    steps = (*LISTS, *TAGS, *MAIL)
    assert best_part(steps, 5) == Part("list.*", 4, 4)
    assert best_part(steps[1:], 3) == Part("list.*", 3, 3)
    assert best_part((*LISTS, *MAIL), 3) == Part("campaign.*", 1, 3)
    assert best_part(LISTS, 3) is None


@given(st.integers(0, 40))
def test_a_part_is_priced_as_a_plan_that_targets_it(count: int) -> None:
    wants = [
        a_list("l"),
        a_tag("t"),
        a_segment("s", criteria=uses("list.l", "tag.t")),
        *(a_campaign(f"c{number}", audience=lists("l")) for number in range(3)),
    ]
    plan = Bench().plan(*wants)
    found = best_part(plan.steps, count)
    if found is not None:
        narrowed = Bench().plan(*wants, targets=(found.glob,))
        assert narrowed.budget.apply_calls == found.calls <= count
