"""Pace: when the next request may leave, so that no second sees more of them than the API key may make.

A log of moments on one clock, of which those ahead are reserved. Bucket limiters let more than the rate into
a second at their beginning; a log does not. Whoever reserves takes the earliest moment that fits, so that a
hole that a request left behind is used by the next. After the service said `throttled` there is a pause, then
a slower pace that comes back up by itself: somebody else uses the same key, from a machine whose log is not
known here.

Pure: the clock, the sleeping and the file that processes share are elsewhere (`api.pace`, `store.pace`).
"""

from __future__ import annotations

from bisect import insort
from math import isfinite
from typing import Final, NamedTuple

KEPT: Final = 128
"""Moments that a log holds: more than any rate that can be configured (100)."""

_HORIZON: Final = 120.0
"""Seconds ahead beyond which a moment cannot have been reserved here: the clock started anew (a reboot)."""

_LOWERED: Final = 0.75
_LEAST_SHARE: Final = 1 / 8
_RECOVERY: Final = 1 / 60
"""The share of the rate that is given back a second: from half to the whole in half a minute."""

_EVEN: Final = 0.75
"""The part of an even gap that busy starts keep: whoever is late then leaves room for it, or takes it."""

_ROUNDING: Final = 1e-6


class Log(NamedTuple):
    """The starts of a key, sorted; and what the service's last `throttled` left behind.

    `held_until`: no start before; `share`: the part of the rate that was allowed at `slowed_at`.
    """

    starts: tuple[float, ...] = ()
    held_until: float = 0.0
    slowed_at: float = 0.0
    share: float = 1.0


class Limit(NamedTuple):
    """At most `most` starts within any `window` seconds."""

    most: int
    window: float


def reserve(log: Log, now: float, limit: Limit, instead_of: float | None = None) -> tuple[Log, float]:
    """The log with one more start, and its moment; `instead_of`: one that was reserved and not used."""
    log = _sensible(log, now, limit)
    starts, limits = list(log.starts), _limits(log, now, limit)
    if instead_of in starts:
        starts.remove(instead_of)
        limits = limits if share_of(log, now) < 1 else (limit,)  # a late one may come close to the next
    moment = _earliest(starts, max(now, log.held_until), limits)
    insort(starts, moment)
    return log._replace(starts=tuple(starts[-KEPT:])), moment


def slow_down(log: Log, now: float, left: float, pause: float) -> Log:
    """After a `throttled` answer to a request that left at `left`.

    Requests that left before the pace was lowered say nothing about the lower one.
    """
    held = max(log.held_until, now + pause)
    if left < log.slowed_at <= now:
        return log._replace(held_until=held)
    share = max(_LEAST_SHARE, share_of(log, now) * _LOWERED)
    return log._replace(held_until=held, slowed_at=now, share=share)


def share_of(log: Log, now: float) -> float:
    """The part of the rate that is allowed now."""
    since = max(0.0, now - max(log.slowed_at, log.held_until))
    return min(1.0, log.share + since * _RECOVERY)


def _sensible(log: Log, now: float, limit: Limit) -> Log:
    """Without what is long ago; an empty one where its moments cannot be of this clock."""
    known = (*log.starts, log.held_until, log.slowed_at, log.share)
    if not all(isfinite(each) for each in known) or max(known) > now + _HORIZON or not 0 < log.share <= 1:
        return Log()
    since = now - 2 * limit.window
    return log._replace(starts=tuple(sorted(each for each in log.starts if each > since)))


def _limits(log: Log, now: float, limit: Limit) -> tuple[Limit, ...]:
    """The service's limit, and a gap where there is much to do: only after a rest some start at once.

    Bursts would leave no room for one that is late, because the next burst is reserved by then.
    """
    share = share_of(log, now)
    if share >= 1:
        busy = len(log.starts) >= limit.most
        return (limit, Limit(1, _EVEN * limit.window / limit.most)) if busy else (limit,)
    return (limit, Limit(1, limit.window / (limit.most * share)))


def _earliest(starts: list[float], now: float, limits: tuple[Limit, ...]) -> float:
    """The earliest moment from now on at which one more start breaks no limit."""
    after = sorted(each + limit.window for each in starts for limit in limits)
    for moment in (now, *(each for each in after if each > now)):
        if all(_fits(starts, moment, limit) for limit in limits):
            return moment
    raise AssertionError("the moment a window after the last start always fits")


def _fits(starts: list[float], moment: float, limit: Limit) -> bool:
    """Whether every run of `most` + 1 starts with this one among them spans the window."""
    near = [each for each in starts if abs(each - moment) < limit.window]
    insort(near, moment)
    runs = zip(near, near[limit.most :], strict=False)
    return all(last - first >= limit.window - _ROUNDING for first, last in runs)
