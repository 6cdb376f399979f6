"""Documents of plans: exact, sorted, described by their schemas, and refused where they cannot be read."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings

from ccstate.core.address import Address
from ccstate.core.desired import Lifecycle
from ccstate.core.diagnostics import Refused, error
from ccstate.core.document import PlanTarget, condensed, plan_from_json, plan_to_json
from ccstate.core.events import (
    ApplyFinished,
    ApplyStarted,
    ChangeFailed,
    ChangeFinished,
    ChangeSkipped,
    ChangeStarted,
    Event,
    Note,
    Refreshed,
    RefreshStarted,
    StepFinished,
    Unscheduled,
    Waiting,
    event_to_json,
)
from ccstate.core.plan import Action, Memory, Plan, Status, Step
from ccstate.core.state import Binding, State
from tests.render.plans import at, change, place, plan_of, plans, validator

NEWS = at("list.news")
PROBLEM = error("some-code", "list.news: no", address=NEWS, range=place("lists.yaml", 3))
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A whole plan takes a while to make up."""

EVENTS: tuple[Event, ...] = (
    RefreshStarted(),
    Refreshed(9, 0.4),
    ApplyStarted(1, 2),
    ChangeStarted(NEWS, Action.CREATE),
    StepFinished("s1", NEWS, "create", "POST", "/contact_lists", 201, 0.1),
    ChangeFinished(NEWS, Action.CREATE, 0.3, ""),
    ChangeFailed(NEWS, Action.CREATE, PROBLEM),
    ChangeSkipped(NEWS, "the run ended before it"),
    Waiting(NEWS, "activity 7 is processing", 2.0),
    Note(PROBLEM),
    Unscheduled(at("campaign.may"), "2035-05-01T09:00 UTC (2035-05-01T09:00:00Z)"),
    ApplyFinished(added=1),
)


TARGET = PlanTarget("some/where", True, "where", ".ccstate/state.json", "2026f")


def through_json(plan: Plan) -> tuple[Plan, PlanTarget]:
    return plan_from_json(json.loads(json.dumps(plan_to_json(plan, TARGET))))


@FEW
@given(plans)
def test_a_plan_comes_back_from_json_as_it_was(plan: Plan) -> None:
    plan = condensed(plan)
    assert through_json(plan) == (plan, TARGET)


@FEW
@given(plans)
def test_every_plan_fits_its_schema(plan: Plan) -> None:
    validator("plan").validate(json.loads(json.dumps(plan_to_json(plan, run={"generated_at": "now"}))))


@FEW
@given(plans)
def test_a_plan_that_was_read_is_written_as_the_same_bytes(plan: Plan) -> None:
    written = json.dumps(plan_to_json(plan, version="2"))
    assert json.dumps(plan_to_json(plan_from_json(json.loads(written))[0], version="2")) == written


def test_the_first_member_tells_a_plan_from_a_manifest() -> None:
    assert next(iter(plan_to_json(plan_of(), version="0.1.0").items())) == ("ccstate_plan", "0.1.0")


def test_what_depends_on_the_moment_is_only_there_when_it_is_given() -> None:
    assert "run" not in plan_to_json(plan_of())
    assert plan_to_json(plan_of(), run={"generated_at": "now"})["run"] == {"generated_at": "now"}


def test_an_unchanged_resource_is_left_out() -> None:
    assert plan_to_json(plan_of(change("list.news", Action.NOOP)))["changes"] == []


def test_an_unchanged_resource_with_something_to_remember_stays() -> None:
    memory = Memory("L1", "News", {}, {}, (), Lifecycle())
    plan = plan_of(change("list.news", Action.NOOP, memory=memory))
    assert through_json(plan)[0] == plan


def test_a_blocked_resource_stays_though_nothing_can_be_done_about_it() -> None:
    document = plan_to_json(plan_of(change("list.news", Action.NOOP, status=Status.BLOCKED)))
    assert [each["status"] for each in document["changes"]] == ["blocked"]
    assert document["summary"]["blocked"] == 1


def test_a_path_without_references_is_one_text() -> None:
    step = Step("s1", (NEWS,), "delete", "DELETE", ("/contact_lists/", "L1"))
    assert plan_to_json(plan_of(steps=(step,)))["steps"][0]["path"] == "/contact_lists/L1"


def test_a_path_with_a_reference_stays_a_list_of_parts() -> None:
    path = ("/contact_lists/", {"$ref": "list.news", "attr": "remote_id"})
    step = Step("s1", (NEWS,), "delete", "DELETE", path)
    assert plan_to_json(plan_of(steps=(step,)))["steps"][0]["path"] == list(path)


def test_a_step_says_nothing_about_what_it_does_not_use() -> None:
    step = Step("s1", (NEWS,), "delete", "DELETE", ("/contact_lists/L1",))
    assert set(plan_to_json(plan_of(steps=(step,)))["steps"][0]) == {"id", "for", "verb", "method", "path"}


@pytest.mark.parametrize("body", [{}, [], "", 0, False])
def test_an_empty_body_is_not_the_same_as_none(body: object) -> None:
    plan = plan_of(steps=(Step("s1", (NEWS,), "create", "POST", ("/x",), body=body),))
    assert through_json(plan)[0].steps[0].body == body


def test_a_plan_of_a_newer_major_format_is_refused() -> None:
    document = {**plan_to_json(plan_of()), "format_version": "2.0"}
    with pytest.raises(Refused, match=r"format_version is 2\.0"):
        plan_from_json(document)


def test_a_plan_of_a_newer_minor_format_is_read() -> None:
    document = {**plan_to_json(plan_of()), "format_version": "1.7", "something": "new"}
    assert plan_from_json(document)[0] == plan_of()


@pytest.mark.parametrize("document", [None, [], "x", {}, {"lists": {}}])
def test_what_is_no_plan_is_refused(document: object) -> None:
    with pytest.raises(Refused, match="no plan document"):
        plan_from_json(document)


@pytest.mark.parametrize("member", sorted(set(plan_to_json(plan_of())) - {"ccstate_plan", "summary"}))
def test_a_plan_that_lacks_a_member_is_refused(member: str) -> None:
    document = plan_to_json(plan_of())
    del document[member]
    with pytest.raises(Refused, match="cannot be read"):
        plan_from_json(document)


def test_a_state_fits_its_schema() -> None:
    whole = Binding(
        "L1",
        "News",
        {"a": "b"},
        {"name": "News"},
        {"name": "News"},
        (NEWS,),
        Lifecycle(True),
        True,
        True,
        ("L0",),
    )
    state = State(
        "lineage", 3, "a07e1l4x1vq3", {NEWS: whole, at("tag.x"): Binding("T", "x")}, {'list:"V"': "9"}
    )
    validator("state").validate(state.to_json())
    validator("state").validate(State().to_json())


def test_a_state_with_a_member_of_its_own_does_not_fit() -> None:
    document = State()._replace(lineage="l").to_json()
    assert not validator("state").is_valid({**document, "more": 1})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_fits_its_schema_and_says_first_what_and_when(event: Event) -> None:
    document = event_to_json(event, "2035-01-01T00:00:00Z")
    validator("events").validate(json.loads(json.dumps(document)))
    assert list(document)[:2] == ["type", "timestamp"]


def test_every_event_is_tried_above() -> None:
    assert {type(each) for each in EVENTS} == set(Event.__args__)


def test_an_address_in_an_event_is_its_text() -> None:
    event = ChangeSkipped(Address("list", "news"), "because")
    assert event_to_json(event, "now")["address"] == "list.news"


@pytest.mark.parametrize("name", ["plan", "state", "events", "diagnostics"])
def test_a_schema_of_ours_is_a_schema_and_says_what_it_is(name: str) -> None:
    schema = validator(name).schema
    assert isinstance(schema, Mapping)
    validator(name).check_schema(schema)
    assert schema["title"]
    assert schema["description"]
