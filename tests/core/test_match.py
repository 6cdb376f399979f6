"""Match: every row of desired, bound, live and moved."""

from __future__ import annotations

import pytest

from ccstate.core.desired import Desired
from ccstate.core.live import Live
from ccstate.core.match import Match, match
from ccstate.core.state import State
from tests.core.build import KINDS, a_campaign, a_list, a_tag, as_live, at, binding

NEWS = a_list("a", name="News")
LIVE = as_live(NEWS)
BOUND = State().bind(NEWS.address, binding(NEWS, LIVE))


def matched(*wants: Desired, state: State | None = None, live: tuple[Live, ...] = ()) -> tuple[Match, ...]:
    collections = {kind.name: tuple(each for each in live if each.kind == kind.name) for kind in KINDS}
    found, problems = match(wants, state or State(), collections, KINDS)
    assert problems == ()
    return found


def problems(*wants: Desired, state: State | None = None, live: tuple[Live, ...] = ()) -> list[str]:
    collections = {kind.name: tuple(each for each in live if each.kind == kind.name) for kind in KINDS}
    return [each.code for each in match(wants, state or State(), collections, KINDS)[1]]


@pytest.mark.parametrize("is_wanted", [True, False])
@pytest.mark.parametrize("is_bound", [True, False])
@pytest.mark.parametrize("is_live", [True, False])
def test_every_row(is_wanted: bool, is_bound: bool, is_live: bool) -> None:
    found = matched(
        *([NEWS] if is_wanted else []),
        state=BOUND if is_bound else None,
        live=(LIVE,) if is_live else (),
    )
    row = Match(
        NEWS.address,
        NEWS if is_wanted else None,
        BOUND.bindings[NEWS.address] if is_bound else None,
        LIVE if is_live else None,
    )
    assert found == ((row,) if is_wanted or is_bound else ())


def test_missing_is_what_is_bound_and_was_not_seen() -> None:
    assert matched(NEWS, state=BOUND)[0].missing
    assert not matched(NEWS, state=BOUND, live=(LIVE,))[0].missing
    assert not matched(NEWS)[0].missing


def test_a_binding_finds_its_object_under_any_name() -> None:
    renamed = LIVE._replace(natural_key="Other")
    assert matched(NEWS, state=BOUND, live=(renamed,))[0].live == renamed


def test_an_object_that_somebody_owns_is_not_claimed_by_its_name() -> None:
    renamed = LIVE._replace(natural_key="Fresh")
    found = matched(a_list("b", name="Fresh"), NEWS, state=BOUND, live=(renamed,))
    assert [(str(each.address), each.live) for each in found] == [("list.a", renamed), ("list.b", None)]


def test_an_object_that_is_still_to_be_deleted_is_not_claimed() -> None:
    old = LIVE._replace(remote_id="old", natural_key="Fresh")
    state = State().bind(NEWS.address, binding(NEWS, LIVE, deposed=("old",)))
    assert matched(a_list("b", name="Fresh"), NEWS, state=state, live=(LIVE, old))[1].live is None


def test_an_object_is_claimed_by_one_address_at_most() -> None:
    found = matched(a_list("b", name="News"), NEWS, live=(LIVE,))
    assert [each.live for each in found] == [LIVE, None]


@pytest.mark.parametrize("spelling", ["NEWS", " News", "news "])
def test_a_name_is_found_in_any_case(spelling: str) -> None:
    assert matched(NEWS, live=(LIVE._replace(natural_key=spelling),))[0].live is not None


def test_of_several_spellings_the_equal_one_is_meant() -> None:
    other = LIVE._replace(remote_id="other", natural_key="NEWS")
    assert matched(NEWS, live=(other, LIVE))[0].live == LIVE


def test_a_name_that_several_objects_have_is_ambiguous() -> None:
    others = (
        LIVE._replace(remote_id="1", natural_key="NEWS"),
        LIVE._replace(remote_id="2", natural_key="news"),
    )
    assert problems(NEWS, live=others) == ["ambiguous-name"]


def test_a_removed_object_is_not_adopted() -> None:
    assert matched(NEWS, live=(LIVE._replace(gone=True),))[0].live is None


def test_a_removed_object_is_still_the_one_that_is_bound() -> None:
    want = a_campaign("c")
    gone = as_live(want, gone=True)
    state = State().bind(want.address, binding(want, gone))
    assert matched(want, state=state, live=(gone,))[0].live == gone


def test_the_same_name_in_another_kind_is_another_thing() -> None:
    assert matched(a_tag("t", name="News"), live=(LIVE,))[0].live is None


# Moved


def test_a_new_address_with_the_name_of_one_that_left_is_that_one() -> None:
    (found,) = matched(a_list("new", name="NEWS"), state=BOUND, live=(LIVE,))
    assert (str(found.address), found.previous_address) == ("list.new", NEWS.address)
    assert (found.binding, found.live) == (BOUND.bindings[NEWS.address], LIVE)


def test_moved_and_missing() -> None:
    (found,) = matched(a_list("new", name="News"), state=BOUND)
    assert found.missing
    assert found.previous_address == NEWS.address


def test_an_address_that_stays_is_not_moved_away() -> None:
    found = matched(NEWS, a_list("new", name="News"), state=BOUND, live=(LIVE,))
    assert [each.previous_address for each in found] == [None, None]


def test_an_address_that_is_bound_is_not_moved_to() -> None:
    other = a_list("b", name="Other")
    state = BOUND.bind(other.address, binding(other, as_live(other)))
    found = matched(a_list("b", name="News"), state=state, live=(LIVE, as_live(other)))
    assert [each.previous_address for each in found] == [None, None]


def test_an_address_of_another_kind_is_not_moved_to() -> None:
    found = matched(a_tag("new", name="News"), state=BOUND, live=(LIVE,))
    assert [str(each.address) for each in found] == ["list.a", "tag.new"]


def test_two_new_addresses_cannot_both_be_the_one_that_left() -> None:
    found = matched(a_list("x", name="News"), a_list("y", name="news"), state=BOUND, live=(LIVE,))
    assert [each.previous_address for each in found] == [NEWS.address, None]


def test_a_move_is_known_though_the_live_name_has_changed() -> None:
    (found,) = matched(a_list("new", name="News"), state=BOUND, live=(LIVE._replace(natural_key="By hand"),))
    assert found.previous_address == NEWS.address


def test_matches_are_sorted_by_address() -> None:
    wants = [a_tag("a"), a_list("b"), a_list("a")]
    assert [str(each.address) for each in matched(*wants)] == ["list.a", "list.b", "tag.a"]
    assert at("list.a") < at("tag.a")
