"""What became of a create without an answer: by name, age and fields."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.address import Address
from ccstate.core.live import Live
from ccstate.core.recover import bound, in_doubt, namesake, recovered, why_not_ours
from ccstate.core.state import Binding, Pending, State
from ccstate.kinds import discover

LIST = discover()["list"]
NEWS, OTHER = Address("list", "news"), Address("list", "other")
SENT = "2035-04-01T12:00:00Z"


def pending(since: str = SENT, **applied: Any) -> Pending:
    return Pending(Binding("", "News", applied={"name": "News", **applied}), since)


def live(created: str = SENT, *, remote_id: str = "1", name: str = "News", **more: Any) -> Live:
    fields = {"name": name, "description": "", "favorite": False, **more}
    return Live("list", remote_id, name, fields, extra={"created_at": created})


@pytest.mark.parametrize("created", [SENT, "2035-04-01T12:00:07Z", "2035-04-01T11:59:55Z"])
def test_a_namesake_that_is_young_enough_and_as_intended_is_ours(created: str) -> None:
    assert why_not_ours(pending(), LIST, live(created)) == ""


@pytest.mark.parametrize(
    ("doubt", "seen", "why"),
    [
        (pending(), live("2035-04-01T11:59:54Z"), "before the create was sent"),
        (pending(since=""), live(), "cannot be told when"),
        (pending(), live(created=""), "cannot be told when"),
        (pending(), live(name="news"), "differs from what was sent in name"),
        (pending(description="Ours"), live(description="Theirs"), "in description"),
        (pending(), live(description="Theirs"), "in description"),
        (pending(), live(favorite=True), "in favorite"),
    ],
)
def test_anything_else_is_not(doubt: Pending, seen: Live, why: str) -> None:
    assert why in why_not_ours(doubt, LIST, seen)


def test_a_namesake_is_found_whatever_its_case_unless_it_is_gone_or_owned() -> None:
    state = State(bindings={OTHER: Binding("owned", "News")})
    found = [
        live(remote_id="gone")._replace(gone=True),
        live(remote_id="owned"),
        live(remote_id="free", name=" NEWS "),
    ]
    one = namesake(pending(), LIST, state, found)
    assert one is not None
    assert one.remote_id == "free"
    assert namesake(pending(), LIST, state, found[:2]) is None


def test_what_was_found_is_bound_and_what_did_not_happen_is_forgotten() -> None:
    state = State(pending={NEWS: pending(), OTHER: pending()})
    known = recovered(state, {NEWS: bound(pending(), live()), OTHER: None})
    assert known.pending == {}
    assert {address: each.remote_id for address, each in known.bindings.items()} == {NEWS: "1"}


def test_what_nobody_can_tell_names_the_object_and_how_to_take_it() -> None:
    told = in_doubt(NEWS, LIST, live(), "it was made before")
    assert (told.code, "'News' (id 1)" in told.summary, told.detail) == (
        "outcome-unknown",
        True,
        "It was made before.",
    )
    assert "ccstate import list.news 1" in told.hint


def test_a_state_with_doubts_goes_through_its_file_and_back() -> None:
    state = State(lineage="x", pending={NEWS: pending()})
    assert State.from_json(state.to_json()) == state
    assert "pending" not in State().to_json()
