"""Surgery on the state: moving, naming, and taking another's place."""

from __future__ import annotations

import pytest

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused
from ccstate.core.state import Binding, State
from ccstate.core.surgery import addressed, moved, successor

NEWS, DONORS, SLEEPY = Address("list", "news"), Address("list", "donors"), Address("segment", "sleepy")
STATE = State("x", 5, "a1", {
    NEWS: Binding("1", "news"),
    DONORS: Binding("2", "donors"),
    SLEEPY: Binding("3", "sleepy", depends_on=(NEWS, DONORS)),
})  # fmt: skip


def codes(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [each.code for each in caught.value.diagnostics]


def test_addresses_and_globs_name_what_is_there_in_order() -> None:
    assert addressed(STATE, ()) == (DONORS, NEWS, SLEEPY)
    assert addressed(STATE, ("segment.*", "list.news")) == (NEWS, SLEEPY)


def test_what_names_nothing_is_told_with_what_was_probably_meant() -> None:
    with pytest.raises(Refused) as caught:
        addressed(STATE, ("list.newz", "list.news", "tag.*"))
    assert codes(caught) == ["state-address", "state-address"]
    assert "list.news" in caught.value.diagnostics[0].hint


def test_a_move_takes_the_references_of_others_along() -> None:
    found = moved(STATE, "list.news", "list.letter")
    letter = Address("list", "letter")
    assert found.bindings[letter] == STATE.bindings[NEWS]
    assert NEWS not in found.bindings
    assert found.bindings[SLEEPY].depends_on == (letter, DONORS)
    assert (found.serial, found.lineage) == (5, "x")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("list.gone", "list.letter"),
        ("list.news", "tag.news"),
        ("list.news", "list.donors"),
        ("list.news", "list.news"),
        ("news", "list.letter"),
        ("list.news", "List Letter"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(source: str, target: str) -> None:
    with pytest.raises(Refused) as caught:
        moved(STATE, source, target)
    assert codes(caught) == ["state-address"]


def test_an_edited_copy_becomes_the_next_state() -> None:
    edited = STATE.forget((NEWS,))
    assert successor(edited, STATE, force=False) == edited._replace(serial=6)


def test_any_state_may_be_the_first() -> None:
    assert successor(STATE, State(), force=False) == STATE._replace(serial=6)


def test_a_newer_state_of_the_same_lineage_may_take_its_place() -> None:
    assert successor(STATE._replace(serial=9), STATE, force=False).serial == 10


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (STATE._replace(lineage="y"), ["state-lineage"]),
        (STATE._replace(lineage=""), ["state-lineage"]),
        (STATE._replace(serial=4), ["state-serial"]),
        (STATE._replace(account_id="a2"), ["state-account"]),
        (STATE._replace(account_id="a2", lineage="y", serial=1), ["state-lineage", "state-account"]),
    ],
)
def test_what_looks_like_a_mistake_is_refused_and_can_be_forced(given: State, expected: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        successor(given, STATE, force=False)
    assert codes(caught) == expected
    forced = successor(given, STATE, force=True)
    assert (forced.serial, forced.bindings) == (6, given.bindings)
