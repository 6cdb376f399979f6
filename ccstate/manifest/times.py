"""Times: a wall clock and an IANA zone -> an instant, the same on every machine.

Zones come from the `tzdata` package and never from the system, whose data may be older. Nothing here knows
what time it is now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from ccstate.core.diagnostics import nearest
from ccstate.core.instants import format_instant

_TIME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?: ?(?P<offset>[Zz]|[+-]\d{2}:?\d{2}))?)?",
    re.ASCII,
)
_ADVICE: Final = "write 2035-05-01T09:00"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the wall clock and zone in which it was meant."""

    at: str
    local: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a time is none; `field` is the one to point at."""

    code: str
    summary: str
    hint: str = ""
    field: str = "at"


@cache
def zone_names() -> frozenset[str]:
    """Every zone that the tzdata package knows."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def zone(name: str) -> ZoneInfo | None:
    """A zone by its exact name, or None."""
    if name not in zone_names():
        return None
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=256)
def unknown_zone(name: str) -> Mistake:
    """What to say of a zone that nobody knows."""
    meant = nearest(name[:60], zone_names())
    hint = f"did you mean {meant}?" if meant else "an IANA zone, such as America/New_York"
    return Mistake("unknown-timezone", f"no time zone is called {name[:60]!r}", hint, field="timezone")


@lru_cache(maxsize=1024)
def moment(at: str, timezone: str, fold: int | None) -> Moment | Mistake:
    """The instant that is meant; `timezone` is known, or empty where `at` brings its offset."""
    found = _TIME.fullmatch(at.strip())
    if found is None:
        return Mistake("bad-time", f"{at[:60]!r} is no date and time", _ADVICE)
    if found["clock"] is None:
        return Mistake("time-without-clock", f"{at!r} is a date without a time", f"write {at.strip()}T09:00")
    try:
        wall = datetime.fromisoformat(f"{found['date']}T{found['clock']}")
    except ValueError as failure:
        return Mistake("bad-time", f"{at!r} is no date and time: {failure}", _ADVICE)
    where = zone(timezone) if timezone else None
    try:
        return _settled(wall, found["offset"], where, fold)
    except OverflowError:
        return Mistake("bad-time", f"{at!r} is beyond the calendar", _ADVICE)


def _settled(
    wall: datetime, offset: str | None, where: ZoneInfo | None, fold: int | None
) -> Moment | Mistake:
    if offset:
        return _with_offset(wall, offset, where)
    if where is None:
        hint = "add `timezone: America/New_York`, or defaults.campaign.timezone in ccstate.yaml"
        return Mistake("time-without-zone", "this time has no time zone", hint)
    first, second = wall.replace(tzinfo=where, fold=0), wall.replace(tzinfo=where, fold=1)
    if _is_skipped(first):
        return _gap(wall, first, second, where)
    if first.utcoffset() == second.utcoffset():
        return _moment(first, where)
    if fold is None:
        return _ambiguous(wall, first, second, where)
    return _moment(second if fold else first, where)


def _with_offset(wall: datetime, offset: str, where: ZoneInfo | None) -> Moment | Mistake:
    suffix = "+00:00" if offset in "Zz" else f"{offset[:3]}:{offset[-2:]}"
    try:
        there = datetime.fromisoformat(wall.isoformat() + suffix)
    except ValueError:
        return Mistake("bad-time", f"{offset} is no offset from UTC", f"{_ADVICE}-04:00")
    return _moment(there, where or zone("UTC"))


def _moment(there: datetime, where: ZoneInfo | None) -> Moment:
    shown = there.astimezone(where)
    return Moment(format_instant(there), _clock(shown), where.key if where else "UTC")


def _clock(there: datetime) -> str:
    """`2035-05-01T09:00`; seconds only where there are any."""
    return there.replace(tzinfo=None).isoformat(timespec="seconds" if there.second else "minutes")


def _is_skipped(there: datetime) -> bool:
    """A wall clock that no instant shows does not survive the way to UTC and back."""
    back = there.astimezone(UTC).astimezone(there.tzinfo)
    return back.replace(tzinfo=None) != there.replace(tzinfo=None)


def _gap(wall: datetime, first: datetime, second: datetime, where: ZoneInfo) -> Mistake:
    opens = _clock(_first_valid(first, second, where))
    return Mistake(
        "time-does-not-exist",
        f"{_clock(wall)} does not exist in {where.key}: the clocks are put forward over it",
        f"the next time that exists is {opens}",
    )


def _first_valid(first: datetime, second: datetime, where: ZoneInfo) -> datetime:
    """The moment at which the offset changes: inside the gap, fold 0 lies after it and fold 1 before."""
    low, high = sorted((first.astimezone(UTC), second.astimezone(UTC)))
    before = low.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.astimezone(where)


def _ambiguous(wall: datetime, first: datetime, second: datetime, where: ZoneInfo) -> Mistake:
    return Mistake(
        "time-is-ambiguous",
        f"{_clock(wall)} exists twice in {where.key}: the clocks are put back over it",
        f"`fold: 0` is {format_instant(first)}, `fold: 1` is {format_instant(second)}",
    )
