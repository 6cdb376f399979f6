"""A refresh from the cache says what a full one says, whatever others did meanwhile; nothing fools either.

Between runs others edit, rename, delete and reschedule, within the second or hours later; collections lag
behind, and deleted segments answer as if they lived.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import has_errors
from ccstate.core.document import plan_to_json
from ccstate.core.plan import Plan
from ccstate.core.state import Binding
from ccstate.core.wire import Request
from ccstate.emulator import Settings
from ccstate.emulator.switches import Switches
from tests.harness import World, compiled
from tests.properties.manifests import manifests

START = datetime(2034, 11, 1, 12, tzinfo=UTC)

FEW = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
PAUSES = st.sampled_from([0, 1, 2, 3, 30, 400, 7200])
"""Seconds: within the racy two, within the lag, within the five minutes of a late collection, and beyond."""


class Others:
    """Somebody else with an API client of their own, working on what the project manages."""

    def __init__(self, account: World) -> None:
        self._account = account
        self._now = START
        self.deleted: set[Address] = set()

    def wait(self, seconds: int) -> None:
        self._now += timedelta(seconds=seconds)
        self._account.control("POST", "clock", {"set": f"{self._now:%Y-%m-%dT%H:%M:%SZ}"})

    def act(self, number: int, way: int) -> None:
        """Something to one of the bound resources; what the service refuses did not happen."""
        bindings = sorted(self._account.state.bindings.items())
        if not bindings:
            return
        address, binding = bindings[number % len(bindings)]
        status = getattr(self, f"_{address.kind}")(binding, way)
        # The first way of each kind but lists and campaigns takes the object away.
        if way == 0 and status < 400 and address.kind != "list":
            self.deleted.add(address)

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        request = Request(method, path, body=body, accept=(400, 403, 404, 409))
        answer = self._account.run(lambda client: client.send(request))
        return answer.status, answer.body

    def _list(self, binding: Binding, way: int) -> int:
        name = binding.natural_key if way % 2 else f"{binding.natural_key} by hand"
        body = {"name": name, "description": f"by hand {way}", "favorite": way > 2}
        return self._call("PUT", f"/contact_lists/{binding.remote_id}", body)[0]

    def _tag(self, binding: Binding, way: int) -> int:
        path = f"/contact_tags/{binding.remote_id}"
        return self._call(*(("DELETE", path) if way == 0 else ("PUT", path, {"name": f"by hand {way}"})))[0]

    def _custom_field(self, binding: Binding, way: int) -> int:
        path = f"/contact_custom_fields/{binding.remote_id}"
        return self._call(*(("DELETE", path) if way == 0 else ("PUT", path, {"label": f"Hand {way}"})))[0]

    def _segment(self, binding: Binding, way: int) -> int:
        path = f"/segments/{binding.remote_id}"
        if way == 0:
            return self._call("DELETE", path)[0]
        if way == 1:
            return self._call("PATCH", f"{path}/name", {"name": f"{binding.natural_key} by hand"})[0]
        seen = {"source": "tracking", "field": "opened", "op": "contains-any", "const_value": "last-n-days"}
        criteria = {"version": "1.0.0", "criteria": {"type": "and", "group": [{**seen, "param": way}]}}
        body = {"name": binding.natural_key, "segment_criteria": json.dumps(criteria)}
        return self._call("PUT", path, body)[0]

    def _campaign(self, binding: Binding, way: int) -> int:
        path = f"/emails/activities/{binding.sub_ids['activity_id']}"
        if way == 0:
            return self._call("DELETE", f"/emails/{binding.remote_id}")[0]
        if way == 1:
            return self._call("PATCH", f"/emails/{binding.remote_id}", {"name": "By hand"})[0]
        if way == 2:
            return self._call("DELETE", f"{path}/schedules")[0]
        shown = self._call("GET", path)[1] or {}
        names = ("from_name", "from_email", "reply_to_email", "contact_list_ids", "segment_ids")
        kept = {name: shown[name] for name in names if name in shown}
        return self._call("PUT", path, {**kept, "subject": f"By hand {way}"})[0]


def document(plan: Plan) -> str:
    """The bytes of a plan, but for what it cost to make."""
    return json.dumps({**plan_to_json(plan), "budget": None})


def world(lag: float, *, rewrite: bool) -> World:
    found = Switches(collection_lag=lag, rewrite_html=rewrite, rewrite_criteria=rewrite)
    clock = f"{START:%Y-%m-%dT%H:%M:%SZ}"
    return World(Settings(seed={"lists": ["Kept by hand"]}, clock=clock, switches=found))


def same_either_way(account: World, desired: tuple[Desired, ...]) -> Plan:
    """The plan, which is the same from the cache as from a full read."""
    plan = account.plan(desired)
    assert document(plan) == document(account.plan(desired, full=True))
    assert document(plan) == document(account.plan(desired))
    return plan


ACTS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 4), PAUSES, st.booleans()), max_size=5)
LAGS = st.sampled_from([0.0, 0.0, 20.0, 200.0])


def lives(
    first: dict[str, Any],
    second: dict[str, Any],
    acts: list[tuple[int, int, int, bool]],
    lag: float,
    rewrite: bool,
) -> None:
    account = world(lag, rewrite=rewrite)
    others = Others(account)
    _, outcome = account.apply(compiled(first))
    assert outcome.ok
    for number, way, pause, looks in acts:
        if looks:
            same_either_way(account, compiled(first))
        others.wait(pause)
        others.act(number, way)
    before = account.state.bindings
    plan = same_either_way(account, compiled(first))
    same_either_way(account, compiled(second))
    if has_errors(plan.diagnostics):
        return
    account.make(plan)
    after = account.state.bindings
    # What nobody deleted is still the same object, and nothing stands there twice.
    assert {each: after[each].remote_id for each in before if each not in others.deleted} == {
        each: before[each].remote_id for each in before if each not in others.deleted
    }
    ids = [(address.kind, each.remote_id) for address, each in after.items()]
    assert len(ids) == len(set(ids))
    others.wait(7200)
    same_either_way(account, compiled(first))


@FEW
@given(manifests(), manifests(), ACTS, LAGS, st.booleans())
def test_a_refresh_from_the_cache_plans_what_a_full_one_plans(
    first: dict[str, Any],
    second: dict[str, Any],
    acts: list[tuple[int, int, int, bool]],
    lag: float,
    rewrite: bool,
) -> None:
    lives(first, second, acts, lag, rewrite)


@pytest.mark.slow
@settings(FEW, max_examples=50)
@given(manifests(), manifests(), ACTS, LAGS, st.booleans())
def test_a_refresh_from_the_cache_plans_what_a_full_one_plans_at_length(
    first: dict[str, Any],
    second: dict[str, Any],
    acts: list[tuple[int, int, int, bool]],
    lag: float,
    rewrite: bool,
) -> None:
    lives(first, second, acts, lag, rewrite)
