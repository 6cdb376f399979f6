"""A saved plan does what was reviewed, or refuses: by state, by live object, by name, by the clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccstate.core.diagnostics import Refused
from ccstate.core.document import plan_from_json, plan_to_json
from ccstate.core.options import Guards, Options
from ccstate.core.plan import Plan
from ccstate.engine.outcome import Outcome
from ccstate.engine.saved import check_live, check_state
from ccstate.kinds import discover
from tests.emulator.served import Served
from tests.engine.scene import AT, LISTS, Scene, campaign, mail
from tests.harness import compiled
from tests.workspace import Workspace


def saved(plan: Plan) -> Plan:
    """What a file made of it."""
    found, _ = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    return found


def applied(scene: Scene, plan: Plan) -> Outcome:
    """As the command line does it: check, then make."""
    check_state(plan, scene.state)
    scene.run(lambda client: check_live(plan, client, discover()))
    return scene.make(plan)


def refused(scene: Scene, plan: Plan) -> str:
    before = len(scene.log())
    with pytest.raises(Refused) as why:
        applied(scene, plan)
    assert scene.writes_since(before) == []
    assert {each.code for each in why.value.diagnostics} == {"plan-stale"}
    return "\n".join(each.summary for each in why.value.diagnostics)


def test_a_plan_from_a_file_does_what_it_says() -> None:
    scene = Scene()
    assert applied(scene, saved(scene.plan(campaign()))).ok
    assert (scene.schedule(), scene.plan(campaign()).empty) == (AT, True)


def test_a_unit_from_a_file_ends_with_its_schedule() -> None:
    scene = Scene()
    scene.apply(campaign())
    assert applied(scene, saved(scene.plan(campaign(subject="Edited")))).ok
    assert (scene.schedule(), scene.plan(campaign(subject="Edited")).empty) == (AT, True)


def test_it_is_refused_when_the_state_moved_on() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": LISTS}))
    plan = saved(scene.plan(campaign()))
    scene.apply(compiled({"lists": {"news": {"name": "News", "description": "x"}}}))
    assert "serial" in refused(scene, plan)


def test_it_is_refused_the_second_time() -> None:
    scene = Scene()
    plan = saved(scene.plan(campaign()))
    applied(scene, plan)
    assert "made from no state, and here is state" in refused(scene, plan)
    plan = saved(scene.plan(campaign(subject="Another")))
    applied(scene, plan)
    assert "by this plan, if it was applied before" in refused(scene, plan)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("name", 'has changed in the account since: name "May news" -> "By hand"'),
        ("subject", 'has changed in the account since: subject "Hello" -> "By hand"'),
        ("schedule", f'has changed in the account since: schedule "{AT}" -> "2035-05-02T10:00:00Z"'),
        ("unscheduled", f'since: schedule "{AT}" -> (none), status "SCHEDULED" -> "DRAFT"'),
        ("gone", "is gone from the account"),
    ],
)
def test_it_is_refused_with_what_was_changed_in_the_account(what: str, told: str) -> None:
    scene = Scene()
    scene.apply(campaign())
    plan = saved(scene.plan(campaign(subject="Edited")))
    remote_id = scene.binding("campaign.may").remote_id
    if what == "name":
        scene.send("PATCH", f"/emails/{remote_id}", {"name": "By hand"})
    else:
        scene.move_schedule("2035-05-02T10:00:00Z" if what == "schedule" else "")
    if what == "subject":
        was = scene.send("GET", scene.activity()).body
        names = ("from_name", "from_email", "reply_to_email", "contact_list_ids")
        scene.send("PUT", scene.activity(), {**{each: was[each] for each in names}, "subject": "By hand"})
        scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": AT})
    if what == "gone":
        scene.send("DELETE", f"/emails/{remote_id}")
    why = refused(scene, plan)
    assert "Saved plan is stale: campaign.may" in why
    assert told in why


def test_it_is_refused_when_a_mail_went_out_meanwhile() -> None:
    scene = Scene()
    scene.apply(campaign())
    plan = saved(scene.plan(campaign(schedule={"at": "2035-06-01T13:00:00Z"})))
    scene.clock("2035-05-01T13:10:00Z")
    assert "campaign.may has changed in the account" in refused(scene, plan)


def test_it_is_refused_when_somebody_took_the_name_that_a_rename_was_to_give() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": LISTS}))
    plan = saved(scene.plan(compiled({"lists": {"news": {"name": "Better news"}}})))
    scene.send("POST", "/contact_lists", {"name": "better NEWS"})
    assert "list.news: its name is taken by now" in refused(scene, plan)


def test_each_object_that_moved_is_named() -> None:
    scene = Scene()
    both: dict[str, Any] = {**LISTS, "b": {"name": "B"}}
    scene.apply(compiled({"lists": both}))
    plan = saved(
        scene.plan(compiled({"lists": {name: {**each, "favorite": True} for name, each in both.items()}}))
    )
    for name in ("News", "B"):
        path = f"/contact_lists/{scene.binding('list.news' if name == 'News' else 'list.b').remote_id}"
        scene.send("PUT", path, {"name": name, "description": "x" * 80})
    assert refused(scene, plan).splitlines() == [
        "Saved plan is stale: list.b has changed in the account since: description",
        "Saved plan is stale: list.news has changed in the account since: description",
    ]


@pytest.mark.parametrize(("others", "pages"), [(3, 1), (600, 0)])
def test_the_re_read_takes_the_cheaper_of_pages_and_single_reads(others: int, pages: int) -> None:
    scene = Scene.of(seed={"lists": [f"Theirs {number}" for number in range(others)]})
    scene.apply(compiled({"lists": LISTS}))
    plan = saved(scene.plan(compiled({"lists": {"news": {"name": "News", "favorite": True}}})))
    assert plan.based_on.collections["list"] >= others
    before = len(scene.log())
    scene.run(lambda client: check_live(plan, client, discover()))
    read = [path for _, path in (each[:2] for each in scene.log()[before:])]
    assert len(read) == 2  # the account's summary, and either the one page or the one list
    single = scene.binding("list.news").remote_id
    assert sum(single not in path and "contact_lists" in path for path in read) == pages


def test_a_deleted_segment_is_seen_to_be_gone() -> None:
    scene = Scene()
    tracked = {"source": "tracking", "field": "not_opened", "op": "contains-any"}
    last: dict[str, Any] = {**tracked, "const_value": "last-n-campaigns", "param": 5}
    criteria = {"type": "and", "group": [last]}
    one = {"segments": {"s": {"name": "S", "criteria": criteria}}}
    scene.apply(compiled(one))
    edited = {**criteria, "group": [{**last, "param": 6}]}
    plan = saved(scene.plan(compiled({"segments": {"s": {"name": "S", "criteria": edited}}})))
    scene.send("DELETE", f"/segments/{scene.binding('segment.s').remote_id}")
    assert "segment.s is gone from the account" in refused(scene, plan)


def test_it_is_refused_when_somebody_took_the_name() -> None:
    scene = Scene()
    plan = saved(scene.plan(compiled({"lists": LISTS})))
    scene.send("POST", "/contact_lists", {"name": "nEWS"})
    assert "its name is taken by now" in refused(scene, plan)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2035-05-01T12:50:00Z", f"campaign.may: {AT} is nearer than the lead time of 15 minutes"),
        ("2035-05-01T13:30:00Z", f"campaign.may: {AT} has passed"),
    ],
)
def test_it_is_refused_when_a_schedule_came_too_near(now: str, told: str) -> None:
    scene = Scene()
    plan = saved(scene.plan(campaign()))
    scene.clock(now)
    assert told in refused(scene, plan)


def test_it_is_refused_when_what_is_to_be_taken_down_is_about_to_go_out() -> None:
    scene = Scene()
    scene.apply(campaign())
    plan = saved(scene.plan(campaign(schedule={"at": "2035-06-01T13:00:00Z"})))
    scene.clock("2035-05-01T12:50:00Z")
    assert f"campaign.may: it goes out at {AT}: too near to be taken down safely" in refused(scene, plan)


def test_a_mail_can_be_pulled_for_good_until_the_last_minute() -> None:
    scene = Scene()
    scene.apply(campaign())
    plan = saved(scene.plan(campaign(schedule=None)))
    scene.clock("2035-05-01T12:58:00Z")
    assert applied(scene, plan).ok
    assert scene.schedule() == ""


def test_the_lead_time_is_the_one_of_the_day_on_which_it_is_applied() -> None:
    scene = Scene()
    plan = saved(scene.plan(campaign()))
    patient = Options(guards=Guards(lead_time_minutes=60 * 24 * 40, horizon_days=20_000))
    with pytest.raises(Refused) as why:
        scene.run(lambda client: check_live(plan, client, discover(), patient))
    assert "nearer than the lead time of 57600 minutes" in why.value.diagnostics[0].summary


def test_another_account_that_the_project_pins_by_now_is_refused() -> None:
    scene = Scene()
    plan = saved(scene.plan(campaign()))
    with pytest.raises(Refused) as why:
        scene.run(lambda client: check_live(plan, client, discover(), Options(account_id="another")))
    assert [each.code for each in why.value.diagnostics] == ["account-mismatch"]


def test_it_is_applied_when_what_it_does_not_touch_was_changed() -> None:
    scene = Scene.of(seed={"lists": ["Theirs"]})
    both: dict[str, Any] = {**LISTS, "b": {"name": "B"}}
    scene.apply(compiled({"lists": both}))
    plan = saved(scene.plan(compiled({"lists": {**both, "b": {"name": "Better"}}})))
    path = f"/contact_lists/{scene.binding('list.news').remote_id}"
    scene.send("PUT", path, {"name": "News", "description": "By hand"})
    scene.send("POST", "/contact_lists", {"name": "More of theirs"})
    assert applied(scene, plan).ok


def test_over_http_it_is_applied_once_and_refused_when_the_account_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, file = Workspace(tmp_path / "project"), str(tmp_path / "plan.json")
    workspace.write("account.yaml", json.dumps({"lists": LISTS, "campaigns": {"may": mail()}}))
    with Served("--rate", "0") as served:
        monkeypatch.setenv("CCSTATE_API_URL", f"{served.base}/v3")
        monkeypatch.setenv("CCSTATE_ACCESS_TOKEN", "emulator-token")
        workspace.run("plan", "--out", file).ok()
        served.post("/v3/contact_lists", {"name": "News"})
        assert "its name is taken by now" in workspace.run("apply", file).failed().err
        workspace.run("plan", "--out", file).ok()
        ran = workspace.run("apply", file).ok()
        assert "Read again what the plan assumes: 3 calls." in ran.err
        assert "1 added, 0 changed, 0 destroyed, 1 adopted" in ran.out
        assert "stale" in workspace.run("apply", file).failed().err
        assert len(served.get("/v3/contact_lists").json()["lists"]) == 1
