"""The emulator's own clock, and how its instants are read and written.

Instants are integers: microseconds since 1970, UTC. The clock's position is kept in the database, so that a
second process that opens the file sees the same time. How an instant is spelled differs by service.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from ccstate.emulator.storage.database import Database

SECOND = 1_000_000
DAY = 86_400 * SECOND
FIRST, LAST = (
    -62_135_596_800 * SECOND,
    253_402_300_799 * SECOND,
)  # the years 1 to 9999, all that can be written
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)
_DURATION = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?", re.ASCII
)


class Clock:
    """Runs with the machine's clock plus an offset, or stands still; the database remembers which."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, setting: str) -> None:
        """Begin with a setting. A file keeps the clock that it has, unless it was begun with another one."""
        if self._database.recall("clock") is None or setting not in (
            "real",
            self._database.recall("clock_setting"),
        ):
            self._save({"offset": 0} if setting == "real" else {"fixed": parse_instant(setting)})
            self._database.remember("clock_setting", setting)

    def now(self) -> int:
        position = self.position()
        if "fixed" in position:
            return position["fixed"]
        return max(0, min(time.time_ns() // 1000 + position["offset"], LAST))

    def position(self) -> dict[str, int]:
        position: dict[str, int] = json.loads(self._database.recall("clock") or '{"offset": 0}')
        return position

    def move_to(self, instant: int) -> None:
        if "fixed" in self.position():
            self._save({"fixed": instant})
        else:
            self._save({"offset": instant - time.time_ns() // 1000})

    def _save(self, position: dict[str, int]) -> None:
        self._database.remember("clock", json.dumps(position))


def parse_instant(text: str) -> int:
    """Read an ISO-8601 date or instant; without an offset it means UTC (nobody documents that)."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text!r} is not an ISO-8601 instant")
    moment = datetime.fromisoformat(text.upper().replace(",", "."))
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    instant = (zoned - _EPOCH) // timedelta(microseconds=1)
    if not FIRST <= instant <= LAST:
        raise ValueError(f"{text!r} is outside of the years 1 to 9999")
    return instant


def parse_duration(text: str) -> int:
    """Read an ISO-8601 duration of weeks, days, hours, minutes and seconds, in microseconds."""
    match = _DURATION.fullmatch(text)
    if not match or text.endswith(("P", "T")):
        raise ValueError(f"{text!r} is not an ISO-8601 duration of weeks, days, hours, minutes and seconds")
    weeks, days, hours, minutes, seconds = (int((group or "0")[:12]) for group in match.groups()[:5])
    fraction = int((match.group(6) or "0").ljust(6, "0"))
    return (((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds) * SECOND + fraction


def moment(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant)


def with_seconds(instant: int) -> str:
    """As the contacts service writes it: `2026-04-28T21:46:22Z`."""
    return f"{moment(instant // SECOND * SECOND).isoformat()[:19]}Z"


def with_zeros(instant: int) -> str:
    """As the campaign and segment services write it: milliseconds that are always zero."""
    return f"{moment(instant // SECOND * SECOND).isoformat()[:19]}.000Z"


def with_milliseconds(instant: int) -> str:
    """As statistics have their last refresh: real milliseconds and `Z`."""
    return f"{moment(instant // SECOND * SECOND).isoformat()[:19]}.{instant // 1000 % 1000:03d}Z"


def with_offset(instant: int) -> str:
    """As account emails have it: real milliseconds and an offset without a colon."""
    return f"{moment(instant // SECOND * SECOND).isoformat()[:19]}.{instant // 1000 % 1000:03d}+0000"


def exact(instant: int) -> str:
    """As the control plane writes it: up to microseconds, nothing lost."""
    return moment(instant).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _http_date(second: int) -> bytes:
    return format_datetime(moment(second * SECOND), usegmt=True).encode()


def http_date(instant: int) -> bytes:
    return _http_date(instant // SECOND)


def utc_day(instant: int) -> str:
    return moment(instant).date().isoformat()
