"""Dates as contacts have them: written in several ways, and each a span of time rather than an instant."""

from __future__ import annotations

import re
from functools import lru_cache

from ccstate.emulator.storage.clock import DAY, SECOND, parse_instant

_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)


@lru_cache(maxsize=4096)
def span(text: str) -> tuple[int, int] | None:
    """From its first instant to the one after its last: a day, or a second. None for what is no date.

    The documentation of the anniversary names the forms: year, month, day, or month, day, year.
    """
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        month, day, year = match.groups()
    else:
        return _second(text)
    start = _instant(f"{year}-{int(month):02d}-{int(day):02d}")
    return None if start is None else (start, start + DAY)


def _second(text: str) -> tuple[int, int] | None:
    instant = _instant(text)
    if instant is None:
        return None
    start = instant // SECOND * SECOND
    return start, start + SECOND


def _instant(text: str) -> int | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None
