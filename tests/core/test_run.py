"""What a run announces before its first call."""

from __future__ import annotations

import json
from typing import Any

from ccstate.core.address import Address
from ccstate.core.live import Account
from ccstate.core.plan import Action, BasedOn, Change, Plan, Status, Step
from ccstate.core.run import run_facts

AT = "2035-05-01T13:00:00.000Z"
MAY = Address("campaign", "may")


def plan_of(changes: tuple[Change, ...], steps: tuple[Step, ...] = ()) -> Plan:
    return Plan(Account("a1", "Shop", emulated=True), BasedOn("x", 1, "d"), changes, steps)


def change(address: Address, action: Action, **more: Any) -> Change:
    return Change(address, address.kind, action)._replace(**more)


def test_what_will_be_made_is_announced_with_its_natural_key() -> None:
    new = change(Address("list", "news"), Action.CREATE, natural_key="news", steps=("s1",))
    waits = change(Address("list", "x"), Action.CREATE, steps=("s2",), status=Status.BLOCKED)
    gone = change(Address("tag", "vip"), Action.DELETE, steps=("s3",))
    found = run_facts(plan_of((new, waits, gone)))
    assert found["creates"] == [{"address": "list.news", "natural_key": "news"}]
    assert found["schedules"] == []


def test_a_schedule_that_is_taken_down_is_announced_with_its_instant_and_its_content() -> None:
    steps = (
        Step("s1", (MAY,), "unschedule", "DELETE", ("/x",)),
        Step("s2", (MAY,), "schedule", "POST", ("/x",), body={"scheduled_date": AT}),
    )
    edited = change(MAY, Action.UPDATE, steps=("s1", "s2"), remote_id="7", fingerprint="f")
    found = run_facts(plan_of((edited,), steps))
    assert found["schedules"] == [
        {"address": "campaign.may", "remote_id": "7", "instant": AT, "content": "f"}
    ]
    moved = edited._replace(before={"schedule": "2034-01-01T00:00:00Z"})
    assert run_facts(plan_of((moved,), steps))["schedules"][0]["instant"] == "2034-01-01T00:00:00Z"
    pulled = moved._replace(steps=("s1",))
    assert run_facts(plan_of((pulled,), steps[:1]))["schedules"][0]["instant"] == "2034-01-01T00:00:00Z"


def test_two_plans_that_differ_have_two_digests_and_it_all_is_json() -> None:
    first = run_facts(plan_of((change(MAY, Action.CREATE, steps=("s1",)),)))
    second = run_facts(plan_of((change(MAY, Action.DELETE, steps=("s1",)),)))
    assert first["plan"].startswith("sha256:")
    assert first["plan"] != second["plan"]
    assert json.loads(json.dumps(first)) == first
