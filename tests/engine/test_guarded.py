"""Guards that need to know more of the account: who uses what goes, and what the user may do."""

from __future__ import annotations

import json

import pytest

from ccstate.core.diagnostics import has_errors
from ccstate.core.plan import Status
from tests.engine.scene import AT, LATER, LISTS, Scene, campaign, codes, loosely
from tests.harness import compiled

OLD = {**LISTS, "old": {"name": "Old"}}
STRICTLY = loosely(allow_dangling=())


def naming(source: str, field: str, value: str) -> str:
    """Criteria of a segment that names one object."""
    condition = {"source": source, "field": field, "op": "eq", "value": value}
    group = [{"type": "or", "group": [condition]}]
    return json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": group}})


def test_a_list_that_somebody_elses_campaign_goes_to_is_not_deleted() -> None:
    theirs = {
        "name": "By hand",
        "subject": "x",
        "html": "<p>x</p>",
        "lists": ["Old"],
        "status": "SCHEDULED",
        "scheduled_date": LATER,
    }
    scene = Scene.of(seed={"lists": ["Old"], "campaigns": [theirs]})
    scene.apply(compiled({"lists": OLD}))
    plan = scene.plan(compiled({"lists": LISTS}), STRICTLY)
    assert (codes(plan), has_errors(plan.diagnostics)) == (["dangling-use"], True)
    assert "'By hand' (SCHEDULED)" in plan.diagnostics[0].summary
    _, outcome = scene.apply(compiled({"lists": LISTS}), loosely(allow_dangling=("list.old",)))
    assert (outcome.ok, scene.lists) == (True, ["News"])


@pytest.mark.parametrize("section", ["tags", "lists"])
def test_what_somebody_elses_segment_names_is_not_deleted(section: str) -> None:
    scene = Scene()
    more = {**LISTS, "a": {"name": "A"}} if section == "lists" else {"a": {"name": "A"}}
    scene.apply(compiled({"lists": LISTS, section: more}))
    number = scene.binding(f"{section[:-1]}.a").remote_id
    source = {"tags": "tags", "lists": "list_membership"}[section]
    body = {"name": "By hand", "segment_criteria": naming(source, "id", number)}
    assert scene.send("POST", "/segments", body).status == 201
    plan = scene.plan(compiled({"lists": LISTS}), STRICTLY)
    assert codes(plan) == ["dangling-use"]
    assert "the unmanaged segment 'By hand'" in plan.diagnostics[0].summary


def may_do(scene: Scene, *privileges: str) -> None:
    """From now on the user has only these."""
    body = [{"privilege_id": number, "privilege_name": each} for number, each in enumerate(privileges, 1)]
    scene.fails("GET", "/v3/account/user/privileges", times=None, status=200, body=body)


def test_a_user_who_may_not_send_leaves_the_scheduled_campaign_and_makes_the_rest() -> None:
    scene = Scene()
    may_do(scene, "campaign:read", "campaign:write", "contacts:lists:write", "contacts:write")
    plan, outcome = scene.apply(campaign())
    assert codes(plan) == ["privilege-missing"]
    (found,) = (each.summary for each in plan.diagnostics if each.code == "privilege-missing")
    assert "lacks the privilege campaign:send, needed for: schedule" in found
    assert [each.status for each in plan.changes if each.kind == "campaign"] == [Status.BLOCKED]
    assert (outcome.ok, scene.lists, scene.campaigns) == (False, ["News"], [])
    scene.heals()
    plan, outcome = scene.apply(campaign())
    assert (codes(plan), outcome.ok, scene.schedule()) == ([], True, AT)


def test_privileges_are_asked_for_once_and_only_for_a_plan_that_writes() -> None:
    scene = Scene()
    assert scene.apply(campaign())[0].budget.asked["privileges"] == 1
    asked = scene.tried("GET", "/account/user/privileges")
    assert scene.plan(campaign()).empty
    assert (asked, scene.tried("GET", "/account/user/privileges")) == (1, 1)
