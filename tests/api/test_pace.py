"""Pace: never more than the rate in any second, for one process and for many, on a clock of our own."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import pytest

from ccstate.api.pace import Memory, Pacer, Start
from ccstate.core.pace import Log

MINUTE = 60.0


class Clock:
    """Time that passes only while everybody sleeps; `late` is how much longer a sleep takes."""

    def __init__(self, late: Callable[[], float] = lambda: 0.0) -> None:
        self.now = 1_000.0
        self._late = late
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds + self._late(), next(self._order), future))
        await future

    async def run(self, work: asyncio.Future[Any]) -> None:
        """Wake whoever is next, once nobody has anything else to do."""
        while not work.done():
            for _ in range(8):
                await asyncio.sleep(0)
            if self._sleepers and not work.done():
                self.now, _, future = heapq.heappop(self._sleepers)
                future.set_result(None)


class Process:
    """What one process does with its pacer: request after request, several in flight.

    The first ones have to open a connection.
    """

    def __init__(self, clock: Clock, pacer: Pacer, latency: float, connecting: float = 0.0) -> None:
        self.clock, self.pacer, self.latency, self.connecting = clock, pacer, latency, connecting
        self.left: list[float] = []
        self.in_flight = self.most_in_flight = 0

    async def work(self, until: float) -> None:
        async def request(start: Start) -> None:
            if self.connecting and len(self.left) < 4:
                await self.clock.sleep(self.connecting)
            await self.pacer.leave(start)
            self.left.append(self.clock())
            await self.clock.sleep(self.latency)
            self.pacer.answered(start)
            self.in_flight -= 1
            self.pacer.end()

        async with asyncio.TaskGroup() as group:
            while self.clock() < until:
                start = await self.pacer.start()
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                group.create_task(request(start))


def simulate(
    seconds: float,
    processes: int = 1,
    rate: int = 4,
    *,
    latency: float = 0.3,
    connecting: float = 0.0,
    clock: Clock | None = None,
    margin: float = 0.005,
) -> list[Process]:
    """Processes that share a log, each with as much to do as there is time."""
    clock = clock or Clock()
    book = Memory()
    found = [
        Process(
            clock,
            Pacer(rate, book=book, margin=margin, clock=clock, sleep=clock.sleep),
            latency,
            connecting,
        )
        for _ in range(processes)
    ]

    async def main() -> None:
        until = clock.now + seconds
        await clock.run(asyncio.gather(*(each.work(until) for each in found)))

    asyncio.run(main())
    return found


def together(processes: list[Process]) -> list[float]:
    return sorted(moment for each in processes for moment in each.left)


def most_in_a_second(moments: list[float]) -> int:
    """The most in any sliding second that does not hold its end."""
    first = most = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_ten_minutes_hold_all_but_the_whole_rate_and_no_second_too_many() -> None:
    found = together(simulate(10 * MINUTE))
    assert most_in_a_second(found) == 4
    assert (len(found) - 1) / (found[-1] - found[0]) >= 0.99 * 4


@pytest.mark.parametrize("latency", [0.05, 0.3, 1.0, 2.5])
def test_ten_minutes_of_slow_answers_hold_the_rate_too(latency: float) -> None:
    found = together(simulate(10 * MINUTE, latency=latency))
    assert most_in_a_second(found) == 4
    steady = [each for each in found if each > found[0] + MINUTE]
    assert (len(steady) - 1) / (steady[-1] - steady[0]) >= 0.99 * 4


def test_processes_share_the_rate_and_none_starves() -> None:
    processes = simulate(MINUTE, 3, margin=0.02)
    found = together(processes)
    assert most_in_a_second(found) == 4
    assert len(found) >= 0.97 * 4 * MINUTE
    assert min(len(each.left) for each in processes) >= 0.6 * len(found) / 3


def test_a_sleep_that_takes_longer_breaks_no_second() -> None:
    chance = random.Random(5)
    clock = Clock(late=lambda: chance.choice((0.0, 0.001, 0.008, 0.05, 0.4)))
    found = together(simulate(2 * MINUTE, 3, clock=clock, margin=0.02))
    assert most_in_a_second(found) == 4
    assert len(found) > 0.6 * 4 * 2 * MINUTE


def test_what_counts_is_when_a_request_leaves_not_when_it_was_asked_for() -> None:
    found = together(simulate(MINUTE, connecting=0.3))
    assert most_in_a_second(found) == 4
    assert len(found) > 0.95 * 4 * MINUTE


def test_a_partners_rate_is_held_as_well() -> None:
    (process,) = simulate(2 * MINUTE, rate=10, latency=1.2)
    assert most_in_a_second(process.left) == 10
    steady = [each for each in process.left if each > process.left[0] + 10]
    assert (len(steady) - 1) / (steady[-1] - steady[0]) >= 0.99 * 10


@pytest.mark.parametrize(
    ("rate", "latency", "most"), [(4, 0.3, 4), (4, 1.5, 6), (10, 1.2, 12), (10, 5.0, 16), (100, 0.02, 4)]
)
def test_in_flight_is_what_rate_and_latency_need_within_bounds(rate: int, latency: float, most: int) -> None:
    (process,) = simulate(30.0, rate=rate, latency=latency)
    assert process.most_in_flight <= most
    assert process.pacer.most_in_flight == most


def test_the_first_calls_of_a_second_do_not_wait() -> None:
    (process,) = simulate(0.5, latency=0.01)
    assert process.left[:4] == [1_000.0] * 4


def test_without_a_rate_nothing_waits() -> None:
    (process,) = simulate(0.001, rate=0, latency=0.0001)
    assert len(process.left) >= 40
    assert process.most_in_flight == 4


def test_what_a_killed_process_had_reserved_costs_the_others_less_than_a_second() -> None:
    clock, book = Clock(), Memory()
    alive, killed = (Pacer(4, book=book, clock=clock, sleep=clock.sleep) for _ in range(2))

    async def main() -> float:
        for _ in range(4):
            await killed.start()
        waiting = asyncio.create_task(killed.start())
        await asyncio.sleep(0)
        waiting.cancel()
        process = Process(clock, alive, 0.01)
        await clock.run(asyncio.gather(process.work(clock.now + 20)))
        return len(process.left)

    assert asyncio.run(main()) >= 4 * 19 - 1


def test_a_log_that_somebody_was_stopped_with_is_given_up() -> None:
    class Held:
        """Locked for ever."""

        def change(self, change: Callable[[Log], tuple[Log, float]]) -> float | None:
            return None

    clock = Clock()
    process = Process(clock, Pacer(4, book=Held(), clock=clock, sleep=clock.sleep), 0.01)

    async def main() -> None:
        await clock.run(asyncio.gather(process.work(clock.now + 10)))

    asyncio.run(main())
    assert process.left[0] - 1_000 < 2
    assert most_in_a_second(process.left) == 4
    assert len(process.left) > 30


def test_after_a_throttle_all_processes_pause_then_go_slower_and_come_back() -> None:
    clock, book = Clock(), Memory()
    one, other = (Process(clock, Pacer(4, book=book, clock=clock, sleep=clock.sleep), 0.1) for _ in range(2))

    async def throttle() -> None:
        await clock.sleep(5.1)
        await one.pacer.throttled(Start(clock()), 3.0)

    async def main() -> None:
        until = clock.now + 90
        await clock.run(asyncio.gather(one.work(until), other.work(until), throttle()))

    asyncio.run(main())
    found = [each - 1_000 for each in together([one, other])]
    after = [each for each in found if each > 5.4]
    reserved_by_the_other = after[0] < 8.1
    rest = after[reserved_by_the_other:]
    assert rest[0] >= 8.1
    assert all(later - earlier > 0.3 for earlier, later in pairwise(rest[:8]))
    last = [each for each in found if each > 60]
    assert len(last) >= 0.97 * 4 * (last[-1] - last[0])
