"""Whom a plan reaches, counted at the emulator: what is asked, what it costs, and what holds a saved plan."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.diagnostics import Refused
from ccstate.core.options import Guards
from ccstate.core.plan import Plan
from ccstate.emulator import Settings
from ccstate.engine.saved import check_live
from ccstate.kinds import discover
from tests.harness import LOOSE, World, compiled

OPENED = {"source": "contact", "field": "first_name", "op": "eq", "value": "Jo"}
CRITERIA = {"type": "and", "group": [OPENED]}
SEED = {
    "lists": [{"name": "Newsletter"}, {"name": "Prospects"}],
    "segments": [{"name": "Jos", "criteria": {"version": "1.0.0", "criteria": CRITERIA}}],
    "contacts": [
        {"count": 600, "lists": ["Newsletter"]},
        {"count": 30, "lists": ["Newsletter", "Prospects"]},
        {"count": 20, "lists": ["Prospects"]},
        {"count": 5, "lists": ["Prospects"], "status": "unsubscribed"},
    ],
}


def manifest(audience: dict[str, Any], subject: str = "Hello") -> dict[str, Any]:
    return {
        "lists": {"news": {"name": "Newsletter"}, "prospects": {"name": "Prospects"}},
        "segments": {"jos": {"name": "Jos", "criteria": CRITERIA}},
        "campaigns": {
            "may": {
                "name": "May",
                "from": {"name": "Jo", "email": "owner@example.com"},
                "subject": subject,
                "html": "<p>Hello</p>",
                "audience": audience,
                "schedule": {"at": "2035-05-01T09:00", "timezone": "UTC"},
            }
        },
    }


BOTH = {"lists": ["news", "prospects"]}


def world() -> World:
    return World(Settings(clock="2035-01-01T12:00:00Z", seed=SEED))


def audience(plan: Plan) -> Any:
    (found,) = (each.impact["audience"] for each in plan.changes if "audience" in each.impact)
    return found


def test_a_sum_is_free_and_a_union_costs_a_call_and_is_what_it_says() -> None:
    here, desired = world(), compiled(manifest(BOTH))
    bound = here.plan(desired)
    assert audience(bound)["after"] == {"contacts": 680, "exact": False, "least": 630}
    counted = here.plan(desired, LOOSE._replace(union=True))
    assert audience(counted)["after"] == {"contacts": 650, "exact": True, "least": 650}
    assert counted.budget.asked["audiences"] == 1
    assert counted.budget.refresh_calls == bound.budget.refresh_calls + 1
    assert bound.consent["unsubscribed"] == 5


def test_a_segment_is_counted_page_by_page_once_it_is_evaluated() -> None:
    here = world()
    here.control("POST", "contacts", {"count": 600, "lists": ["Newsletter"]})
    plan = here.plan(compiled(manifest({"segment": "jos"})))
    number = audience(plan)["after"]["contacts"]
    assert audience(plan)["after"]["exact"]
    assert 0 <= number <= 1_250
    assert plan.budget.asked["segments counted"] >= 2  # 202 first


def test_a_second_plan_counts_nobody_and_what_was_reached_is_remembered() -> None:
    here, desired = world(), compiled(manifest(BOTH))
    _, outcome = here.apply(desired)
    assert outcome.ok
    assert {each.contacts for each in here.state.bindings.values()} == {None, 680}
    again = here.plan(desired)
    assert again.empty
    assert again.budget.asked == {}
    assert again.consent == {}


def test_criteria_of_what_is_scheduled_are_a_send() -> None:
    here = world()
    here.apply(compiled(manifest({"segment": "jos"})))
    other = manifest({"segment": "jos"})
    other["segments"]["jos"]["criteria"] = {"type": "and", "group": [{**OPENED, "value": "Al"}]}
    plan = here.plan(compiled(other))
    (found,) = (each for each in plan.changes if str(each.address) == "segment.jos")
    assert found.reaches_people
    assert found.impact["sends"] == ["campaign.may"]
    assert here.apply(compiled(other))[1].ok


def test_a_deleted_list_tells_everybody_on_it_not_only_who_can_be_mailed() -> None:
    here = world()
    here.apply(compiled(manifest({"lists": ["news"]})))
    left = manifest({"lists": ["news"]})
    del left["lists"]["prospects"]
    (gone,) = (each for each in here.plan(compiled(left)).changes if str(each.address) == "list.prospects")
    assert gone.impact["contacts"] == 55


def test_a_saved_plan_is_counted_again() -> None:
    here = world()
    held = LOOSE._replace(guards=Guards(horizon_days=20_000, max_audience=700), allow_sends=False)
    plan = here.plan(compiled(manifest(BOTH)), held)
    here.run(lambda client: check_live(plan, client, discover()))
    here.control("POST", "contacts", {"count": 40, "lists": ["Prospects"]})
    with pytest.raises(Refused) as refused:
        here.run(lambda client: check_live(plan, client, discover()))
    assert [each.code for each in refused.value.diagnostics] == ["audience-too-large"]
