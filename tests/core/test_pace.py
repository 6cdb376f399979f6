"""The log of starts: what fits, what was broken, and how the pace falls and comes back."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.pace import KEPT, Limit, Log, reserve, share_of, slow_down

LIMIT = Limit(4, 1.0)


def moments(log: Log, *asked: float, limit: Limit = LIMIT) -> list[float]:
    found = []
    for now in asked:
        log, moment = reserve(log, now, limit)
        found.append(moment)
    return found


def test_as_many_as_the_rate_start_at_once_and_the_next_a_window_later() -> None:
    assert moments(Log(), 10, 10, 10, 10, 10) == [10, 10, 10, 10, 11]


def test_where_there_is_much_to_do_only_the_first_start_at_once() -> None:
    found = moments(Log(), *[10] * 12)
    assert all(later - earlier >= 0.75 / 4 for earlier, later in pairwise(found[3:]))
    assert found[-1] <= 12.75
    assert moments(Log(tuple(found)), 20, 20, 20, 20) == [20, 20, 20, 20]


def test_what_is_reserved_ahead_counts() -> None:
    assert moments(Log((10.0, 10.0, 11.0, 11.0, 11.0)), 10.5) == [10.5]
    assert moments(Log((10.2, 10.2, 11.0, 11.0)), 10.5) == [11.2]


def test_a_start_that_was_not_used_leaves_room_for_another() -> None:
    log = Log((10.0, 10.0, 10.0, 10.0))
    log, moment = reserve(log, 10.3, LIMIT, instead_of=10.0)
    assert (moment, log.starts) == (10.3, (10.0, 10.0, 10.0, 10.3))


@given(
    st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60),
    st.integers(1, 12),
)
def test_no_window_ever_holds_more_than_the_limit(asked: list[tuple[float, bool]], most: int) -> None:
    limit, log, now, gone = Limit(most, 1.0), Log(), 100.0, []
    for wait, late in asked:
        now += wait
        log, moment = reserve(log, now, limit)
        if late:
            now = moment + 0.4
            log, moment = reserve(log, now, limit, instead_of=moment)
        gone.append(moment)
    for start in gone:
        assert sum(start <= each < start + 1 - 1e-5 for each in gone) <= most


@given(
    st.lists(st.floats(), max_size=20).map(tuple),
    st.floats(),
    st.floats(),
    st.floats(),
    st.floats(0, 1e7),
)
def test_whatever_stands_in_the_file_the_wait_has_an_end(
    starts: tuple[float, ...], held: float, slowed: float, share: float, now: float
) -> None:
    log, moment = reserve(Log(starts, held, slowed, share), now, LIMIT)
    assert now <= moment < now + 300
    assert moment in log.starts


def test_moments_of_a_clock_that_started_anew_are_forgotten() -> None:
    before_the_reboot = Log((500_000.0,) * 4, 500_001.0, 500_000.0, 0.5)
    assert moments(before_the_reboot, 30.0) == [30.0]


def test_a_log_does_not_grow() -> None:
    log = Log()
    for _ in range(3 * KEPT):
        log, _ = reserve(log, 1.0, Limit(100, 1.0))
    assert len(log.starts) == KEPT


# After `throttled`


def test_everybody_waits_and_then_goes_slower_without_bursts() -> None:
    log = slow_down(Log((10.0, 10.0, 10.0, 10.0)), 10.1, 10.0, 2.0)
    found = moments(log, 10.1, 10.1, 10.1)
    assert found[0] == pytest.approx(12.1)
    assert 0.3 < found[1] - found[0] <= 0.334
    assert 0.3 < found[2] - found[1] <= 0.334


def test_answers_to_what_had_left_before_do_not_slow_down_again() -> None:
    log = slow_down(Log(), 10.1, 10.0, 1.0)
    assert slow_down(log, 10.2, 10.05, 1.0).share == log.share == 0.75
    assert slow_down(log, 12.0, 11.5, 1.0).share < 0.75


def test_it_never_stops_altogether_and_comes_back_to_the_whole() -> None:
    log, now = Log(), 100.0
    for _ in range(20):
        now += 1
        log = slow_down(log, now, now - 0.1, 1.0)
    assert share_of(log, now) == 1 / 8
    shares = [share_of(log, now + after) for after in range(0, 90, 5)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert math.isclose(moments(log, now + 90, now + 90)[1], now + 90)


def test_the_longer_of_two_pauses_holds() -> None:
    log = slow_down(slow_down(Log(), 10.0, 9.9, 30.0), 11.0, 9.95, 1.0)
    assert log.held_until == 40.0
