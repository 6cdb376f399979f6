"""Units: unschedule, update, schedule, broken at every place, and finished by the next plain apply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused, error
from ccstate.core.events import Note, StepFinished
from ccstate.core.instants import parse_instant
from ccstate.core.plan import Action, Change, Plan, Step
from ccstate.core.state import State
from ccstate.core.window import Reserve, why_not_open
from ccstate.engine.outcome import Outcome
from ccstate.store.journal import Journal
from tests.engine.scene import AT, LATER, NOW, WAYS, Scene, Way, campaign, codes, loosely, ways

EDITED = campaign(subject="Hello again")
MOVED_ON = campaign(subject="Hello again", schedule={"at": LATER})
ANSWERED = tuple(name for name in WAYS if name != "no id")


@pytest.fixture
def scene() -> Scene:
    """An account with one scheduled campaign."""
    scene = Scene()
    scene.apply(campaign())
    return scene


def finishes(scene: Scene, desired: Any, at: str = AT) -> None:
    """The next plain apply leaves the campaign as asked, once."""
    scene.heals()
    _, outcome = scene.apply(desired)
    assert outcome.ok, outcome
    again = scene.plan(desired)
    assert (again.empty, codes(again)) == (True, [])
    assert (scene.schedule(), scene.campaigns) == (at, ["May news"])
    assert scene.send("GET", scene.activity()).body["subject"] == "Hello again"


def breaks(scene: Scene, method: str, path: str, way: Way, desired: Any) -> tuple[Plan, Outcome]:
    plan = scene.plan(desired)
    scene.fails(method, path, **way)
    outcome = scene.make(plan)
    assert not outcome.ok
    return plan, outcome


def breaks_for_good(scene: Scene, method: str, path: str, way: Way, desired: Any) -> tuple[Plan, Outcome]:
    """The same, and no schedule can be set any more, so that the old one cannot go back either."""
    plan = scene.plan(desired)
    fault = {"match": {"method": method, "path": path}, "do": "status", "times": 1, **way}
    no_more = {"match": {"method": "POST", "path": "*/schedules"}, "do": "status", "status": 400}
    scene.control("POST", "faults", [fault, no_more])
    outcome = scene.make(plan)
    assert not outcome.ok
    return plan, outcome


@ways(*ANSWERED)
@pytest.mark.parametrize("desired", [EDITED, MOVED_ON], ids=["edited", "edited and moved"])
def test_a_put_that_fails_leaves_it_unscheduled_says_so_and_is_finished_next_time(
    scene: Scene, way: Way, desired: Any
) -> None:
    _, outcome = breaks_for_good(scene, "PUT", "/v3/emails/activities/*", way, desired)
    assert [str(each) for each in outcome.unscheduled] == ["campaign.may"]
    assert scene.unscheduled == [("campaign.may", AT)]
    assert (scene.schedule(), "schedule" in scene.binding("campaign.may").applied) == ("", False)
    finishes(scene, desired, AT if desired is EDITED else LATER)


@ways(*ANSWERED)
@pytest.mark.parametrize("desired", [EDITED, MOVED_ON], ids=["edited", "edited and moved"])
def test_a_schedule_that_fails_to_be_set_says_so_and_is_finished_next_time(
    scene: Scene, way: Way, desired: Any
) -> None:
    breaks_for_good(scene, "POST", "*/schedules", way, desired)
    assert scene.unscheduled == [("campaign.may", AT)]
    finishes(scene, desired, AT if desired is EDITED else LATER)


@ways(*ANSWERED)
@pytest.mark.parametrize("desired", [EDITED, MOVED_ON], ids=["edited", "edited and moved"])
def test_an_unschedule_that_fails_changes_nothing_else_and_is_finished_next_time(
    scene: Scene, way: Way, desired: Any
) -> None:
    before = scene.tried("PUT") + scene.tried("POST", "/schedules")
    breaks(scene, "DELETE", "*/schedules", way, desired)
    assert scene.tried("PUT") + scene.tried("POST", "/schedules") == before
    finishes(scene, desired, AT if desired is EDITED else LATER)


@ways(*ANSWERED)
def test_an_unschedule_without_a_clear_answer_is_told_as_a_campaign_that_may_not_go_out(
    scene: Scene, way: Way
) -> None:
    breaks(scene, "DELETE", "*/schedules", way, EDITED)
    refused = way.get("status") in (400, 409)
    assert scene.unscheduled == ([] if refused else [("campaign.may", AT)])
    assert ("schedule" in scene.binding("campaign.may").applied) is refused


@pytest.mark.parametrize("way", [{"status": 503, "times": None}, {"status": 400}], ids=["503", "400"])
def test_a_schedule_that_cannot_be_read_back_is_set_all_the_same(scene: Scene, way: Way) -> None:
    breaks(scene, "GET", "*/schedules", way, EDITED)
    assert scene.unscheduled == []
    scene.heals()
    assert scene.schedule() == AT
    finishes(scene, EDITED)


READ_BACK: Way = {"match": {"nth": 2}}
"""Of an edit's looks at the schedule: the first one is before it, to see that nobody moved it."""


def test_a_schedule_that_reads_back_differently_fails_and_the_next_apply_looks_again(scene: Scene) -> None:
    other = [{"scheduled_date": "2035-05-01T13:30:00.000Z"}]
    _, outcome = breaks(scene, "GET", "*/schedules", {"status": 200, "body": other, **READ_BACK}, EDITED)
    (found,) = outcome.failed.values()
    assert found.code == "schedule-not-as-asked"
    finishes(scene, EDITED)


def test_a_schedule_that_the_service_moved_is_set_again_and_is_not_taken_for_a_persons(scene: Scene) -> None:
    other = [{"scheduled_date": "2035-05-01T13:30:00.000Z"}]
    breaks(scene, "GET", "*/schedules", {"status": 200, "body": other, **READ_BACK}, EDITED)
    scene.heals()
    scene.move_schedule("2035-05-01T13:30:00Z")
    finishes(scene, EDITED)


def test_after_an_edit_whose_schedule_failed_the_old_time_may_have_passed(scene: Scene) -> None:
    breaks_for_good(scene, "POST", "*/schedules", {"status": 400}, EDITED)
    scene.clock("2035-05-01T13:10:00Z")
    plan, outcome = scene.apply(EDITED)
    assert (codes(plan), plan.steps, outcome.ok) == (["schedule-missed"], (), True)
    finishes(scene, MOVED_ON, LATER)


def test_a_broken_unit_of_what_a_person_moved_tells_the_time_that_it_had(scene: Scene) -> None:
    scene.move_schedule(LATER)
    breaks_for_good(scene, "PUT", "/v3/emails/activities/*", {"status": 400}, EDITED)
    assert scene.unscheduled == [("campaign.may", LATER)]
    assert scene.campaigns == ["May news"]


def test_one_broken_unit_does_not_open_another() -> None:
    from tests.engine.scene import LISTS, mail
    from tests.harness import compiled

    def both(subject: str) -> Any:
        june = mail(name="June news", subject=f"June {subject}", schedule={"at": LATER})
        return compiled({"lists": LISTS, "campaigns": {"june": june, "may": mail(subject=subject)}})

    scene = Scene()
    scene.apply(both("Hello"))
    plan = scene.plan(both("Bye"))
    units = [each.unit for each in plan.steps]
    assert units == sorted(units), "each unit is back to back"
    scene.fails("PUT", "/v3/emails/activities/*", status=400)
    outcome = scene.make(plan)
    assert len(outcome.failed) == len(outcome.done) == 1
    scene.heals()
    _, outcome = scene.apply(both("Bye"))
    assert (outcome.ok, scene.schedule("campaign.may"), scene.schedule("campaign.june")) == (True, AT, LATER)


def test_asked_to_stop_inside_a_unit_it_first_puts_the_schedule_back(scene: Scene) -> None:
    plan = scene.plan(EDITED)
    outcome = scene.make(plan, stop=lambda: any(isinstance(each, StepFinished) for each in scene.events))
    assert (outcome.interrupted, scene.unscheduled, scene.schedule()) == (True, [], AT)
    finishes(scene, EDITED)


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 401, "body": {"error_key": "unauthorized", "error_message": "Unauthorized"}},
        {"status": 429, "body": {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}},
    ],
    ids=["401", "quota"],
)
@pytest.mark.parametrize("path", ["PUT /v3/emails/activities/*", "POST */schedules"])
def test_credentials_or_quota_that_end_inside_a_unit_are_told_as_an_unscheduled_campaign(
    scene: Scene, rule: dict[str, Any], path: str
) -> None:
    method, _, glob = path.partition(" ")
    _, outcome = breaks(scene, method, glob, {**rule, "times": None}, EDITED)
    assert (outcome.aborted, scene.unscheduled) == (True, [("campaign.may", AT)])
    finishes(scene, EDITED)


@ways(*ANSWERED)
@pytest.mark.parametrize(
    "path", ["POST /v3/emails", "PUT /v3/emails/activities/*", "POST */schedules", "GET */schedules"]
)
def test_a_new_campaign_that_fails_at_any_call_is_there_once_and_scheduled_after_the_next(
    way: Way, path: str
) -> None:
    method, _, glob = path.partition(" ")
    scene = Scene()
    times = None if method == "GET" else 1
    breaks(scene, method, glob, {**way, "times": times}, EDITED)
    assert scene.unscheduled == []
    finishes(scene, EDITED)


@ways(*ANSWERED)
@pytest.mark.parametrize("path", ["DELETE */schedules", "PATCH /v3/emails/*", "DELETE /v3/emails/*"])
def test_a_delete_that_fails_at_any_call_is_finished_by_the_next_and_frees_the_name(
    scene: Scene, way: Way, path: str
) -> None:
    from tests.engine.scene import LISTS
    from tests.harness import compiled

    method, _, glob = path.partition(" ")
    match = {"nth": 2} if path == "DELETE /v3/emails/*" else {}
    nothing = compiled({"lists": LISTS})
    breaks(scene, method, glob, {**way, "match": match}, nothing)
    assert scene.unscheduled == []
    scene.heals()
    _, outcome = scene.apply(nothing)
    assert (outcome.ok, scene.campaigns, scene.plan(nothing).empty) == (True, [], True)
    assert scene.apply(EDITED)[1].ok


@ways(*ANSWERED)
@pytest.mark.parametrize("nth", range(1, 7))
def test_a_replace_that_fails_at_any_call_leaves_one_scheduled_campaign_in_the_end(
    scene: Scene, way: Way, nth: int
) -> None:
    plan = scene.plan(EDITED, loosely(replace=("campaign.may",)))
    rule = {"do": "status", **way}
    writes = [
        {"match": {"method": each.method, "path": glob_of(each)}, **rule, "times": 1}
        for number, each in enumerate(step for step in plan.steps if step.method != "GET")
        if number == nth - 1
    ]
    scene.control("POST", "faults", writes)
    outcome = scene.make(plan)
    if not writes:
        assert outcome.ok
        return
    assert not outcome.ok
    assert bool(scene.unscheduled) is (nth > 1 or way.get("status") not in (400, 409))
    finishes(scene, EDITED)


def glob_of(step: Any) -> str:
    return "*" + "".join(part if isinstance(part, str) else "*" for part in step.path)


def test_a_disk_that_fills_up_in_the_middle_is_told_as_a_gap_and_finished_next_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = scene.plan(EDITED)
    real, told = Journal.settle, []

    def full(journal: Journal, step_id: str, state: State, addresses: Iterable[Address]) -> None:
        told.append(step_id)
        if len(told) == 1:
            raise Refused([error("cannot-write", "no space left")])
        real(journal, step_id, state, addresses)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "settle", full)
        with pytest.raises(Refused):
            scene.make(plan)
    assert scene.unscheduled == [("campaign.may", AT)]
    finishes(scene, EDITED)


# What failed in a window


@pytest.mark.parametrize("call", ["PUT /v3/emails/activities/*", "POST */schedules"])
@pytest.mark.parametrize("desired", [EDITED, MOVED_ON], ids=["edited", "edited and moved"])
def test_after_a_refused_call_the_schedule_goes_back_and_the_next_apply_finishes(
    scene: Scene, desired: Any, call: str
) -> None:
    method, _, path = call.partition(" ")
    _, outcome = breaks(scene, method, path, {"status": 400}, desired)
    back = AT if method == "PUT" or desired is EDITED else LATER
    assert (scene.unscheduled, scene.schedule(), outcome.unscheduled) == ([], back, set())
    (told,) = [each.diagnostic for each in scene.events if isinstance(each, Note)]
    assert (told.code, back in told.summary) == ("schedule-restored", True)
    finishes(scene, desired, AT if desired is EDITED else LATER)


@pytest.mark.parametrize(
    ("left", "life", "why"),
    [(5, None, "5 are left"), (None, 30.0, "ends in 30 s"), (None, None, "too near by now")],
)
def test_a_window_is_opened_only_with_all_in_reserve_that_it_needs(
    left: int | None, life: float | None, why: str
) -> None:
    late = "2035-05-01T12:59:30Z" if left is None and life is None else NOW
    change = Change(Address("campaign", "may"), "campaign", Action.UPDATE)
    steps = [
        Step(f"s{n}", (change.address,), verb, "POST", ("/x",), body={"scheduled_date": AT})
        for n, verb in enumerate(("unschedule", "update", "schedule", "verify schedule"))
    ]
    found = why_not_open(steps, change, Reserve(parse_instant(late), left, life))
    assert found is not None
    assert (found.code, why in found.summary) == ("unit-not-opened", True)
    assert why_not_open(steps, change, Reserve(parse_instant(NOW), 7, 3600.0)) is None
