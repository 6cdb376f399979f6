"""Pace: never more than the rate in any second, on a clock of the test's own."""

from __future__ import annotations

import asyncio

from ccstate.api.pace import Pacer


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def starts(rate: int, calls: int, connecting: float = 0.0) -> list[float]:
    clock = Clock()
    pacer = Pacer(rate, clock=clock, sleep=clock.sleep)

    async def main() -> list[float]:
        found = []
        for _ in range(calls):
            start = await pacer.start()
            clock.now += connecting
            pacer.left(start)
            found.append(clock.now)
        return found

    return asyncio.run(main())


def test_no_window_of_a_second_holds_more_starts_than_the_rate() -> None:
    found = starts(4, 100)
    assert all(sum(start <= other < start + 1 for other in found) <= 4 for start in found)


def test_what_counts_is_when_a_request_leaves_not_when_it_was_asked_for() -> None:
    found = starts(4, 40, connecting=0.3)
    assert all(sum(start <= other < start + 1 for other in found) <= 4 for start in found)


def test_a_request_that_has_not_left_yet_counts_as_leaving_now() -> None:
    clock = Clock()
    pacer = Pacer(1, clock=clock, sleep=clock.sleep)

    async def main() -> float:
        await pacer.start()
        waiting = asyncio.create_task(pacer.start())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        return clock.now

    assert asyncio.run(main()) > 0


def test_the_first_calls_of_a_second_do_not_wait() -> None:
    assert starts(4, 4) == [0, 0, 0, 0]


def test_the_rate_is_all_but_reached() -> None:
    assert 400 / starts(4, 401)[-1] > 3.9


def test_without_a_rate_nothing_waits() -> None:
    assert starts(0, 50)[-1] == 0
