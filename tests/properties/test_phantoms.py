"""No phantom diffs: whatever the service makes of what it is given, an account that was applied is as wanted.

Under every switch of the emulator alone and under all of them together, with memory, without it (everything
is adopted by its name), and with everything read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import has_errors
from ccstate.core.plan import Action, Plan
from ccstate.emulator import Settings
from ccstate.emulator.switches import Switches
from ccstate.kinds import discover
from ccstate.manifest.project import load
from ccstate.store.files import read_json
from tests.harness import World, compiled
from tests.properties.manifests import manifests

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
NAMES = sorted(each.parent.name for each in EXAMPLES.glob("*/ccstate.yaml"))
NOW = "2034-11-01T12:00:00Z"
LATER = "2034-11-01T12:10:00Z"
LAG = 120.0
REFUSING = ("no_scheduling", "no_resends", "strict_bodies")
"""Under these the service refuses what it is given instead of respelling it."""
REWRITING = ("rewrite_html", "rewrite_criteria", "keep_field_name_case", "collection_lag")


def switched(names: Iterable[str]) -> Switches:
    given: dict[str, Any] = {name: LAG if name == "collection_lag" else True for name in names}
    return Switches(**given)


ALONE = {each.name: switched([each.name]) for each in fields(Switches) if each.name not in REFUSING[:1]}
ALL = switched(each.name for each in fields(Switches) if each.name not in (*REFUSING, "pending_approval"))
EVERY = [
    *(
        pytest.param(found, id=name, marks=() if name in REWRITING else pytest.mark.slow)
        for name, found in ALONE.items()
    ),
    pytest.param(ALL, id="all"),
]


def nothing_to_do(plan: Plan) -> None:
    """Fail unless the plan is empty in every sense: no change, no call, no drift, nothing told of a field."""
    said = [(str(each.address), each.action, each.fields) for each in plan.active]
    assert (plan.empty, plan.steps, plan.drift, said) == (True, (), (), [])


def holds(account: World, desired: tuple[Desired, ...]) -> None:
    """Applied, nothing is left to do; forgotten, it is adopted without a call, and nothing is left again."""
    nothing_to_do(account.plan(desired))
    account.control("POST", "clock", {"set": LATER})
    nothing_to_do(account.plan(desired))
    nothing_to_do(account.plan(desired, full=True))
    account.forget_everything()
    before = len(account.log())
    plan = account.plan(desired)
    assert not has_errors(plan.diagnostics), plan.diagnostics
    assert (plan.steps, {each.action for each in plan.active} <= {Action.ADOPT}) == ((), True)
    assert [each.fields for each in plan.active if each.fields] == []
    account.make(plan)
    assert account.writes_since(before) == []
    nothing_to_do(account.plan(desired))


@pytest.mark.parametrize("found", EVERY)
@pytest.mark.parametrize("name", NAMES)
def test_an_example_that_was_applied_is_as_wanted(name: str, found: Switches) -> None:
    project = load(EXAMPLES / name, discover())
    seed = project.config.emulator_seed
    account = World(Settings(seed=read_json(seed, "seed") if seed else None, clock=NOW, switches=found))
    _, outcome = account.apply(project.desired)
    assert outcome.ok
    holds(account, project.desired)


def applied(manifest: dict[str, Any], found: Switches) -> None:
    account = World(Settings(seed={"lists": ["Kept by hand"]}, clock=NOW, switches=found))
    desired = compiled(manifest)
    _, outcome = account.apply(desired)
    assert outcome.ok
    holds(account, desired)


FEW = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@FEW
@given(manifests(), st.sampled_from([*(ALONE[each] for each in REWRITING), ALL]))
def test_whatever_was_applied_is_as_wanted(manifest: dict[str, Any], found: Switches) -> None:
    applied(manifest, found)


@pytest.mark.slow
@settings(FEW, max_examples=60)
@given(manifests(), st.sampled_from([*ALONE.values(), ALL]))
def test_whatever_was_applied_is_as_wanted_under_any_switch(
    manifest: dict[str, Any], found: Switches
) -> None:
    applied(manifest, found)
