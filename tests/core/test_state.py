"""State: frozen, and the same after a way through JSON."""

from __future__ import annotations

import json

from ccstate.core.desired import Lifecycle, OnRemove
from ccstate.core.state import Binding, State
from tests.core.build import at

FULL = Binding(
    remote_id="r1",
    natural_key="News",
    sub_ids={"activity_id": "a1"},
    applied={"name": "News", "html": {"$digest": "sha256:00"}},
    observed={"name": "News"},
    depends_on=(at("list.a"), at("tag.b")),
    lifecycle=Lifecycle(protect=True, on_remove=OnRemove.FORGET),
    sent=True,
    tainted=True,
    deposed=("r0",),
)


def test_a_state_survives_json() -> None:
    state = State(
        "lineage", 7, "acc", {at("list.a"): Binding("r", "n"), at("tag.b"): FULL}, {'list:"VIP"': "v"}
    )
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_flags_stand_in_the_file_only_where_they_are_set() -> None:
    assert Binding("r", "n").to_json()["flags"] == {}
    assert FULL.to_json()["flags"] == {"protect": True, "on_remove": "forget", "sent": True, "tainted": True}


def test_equal_states_are_equal_bytes() -> None:
    one, other = Binding("1", "a"), Binding("2", "b")
    forth = State().bind(at("list.a"), one).bind(at("list.b"), other)
    back = State().bind(at("list.b"), other).bind(at("list.a"), one)
    assert json.dumps(forth.to_json()) == json.dumps(back.to_json())


def test_binding_and_forgetting_leave_the_old_state_alone() -> None:
    empty = State()
    bound = empty.bind(at("list.a"), Binding("1", "a"))
    assert bound.forget([at("list.a"), at("list.unknown")]) == empty
    assert empty.bindings == {}
    assert list(bound.bindings) == [at("list.a")]


def test_an_old_file_without_newer_members_is_read() -> None:
    document = {
        "lineage": "l",
        "serial": 1,
        "account_id": "a",
        "bindings": {"list.a": {"remote_id": "1", "natural_key": "n"}},
    }
    assert State.from_json(document).bindings[at("list.a")] == Binding("1", "n")
