"""Values as words: how one value of a field, or a pair of them, reads in a line of text.

Knows the shapes of values and no kind by its name. What is shortened is shortened around what differs, so
that no difference is ever hidden.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from ccstate.core.instants import parse_instant
from ccstate.core.values import MEMO_KEY, Json, is_digest
from ccstate.render.spans import clean, width

NONE: Final = "(none)"
UNKNOWN: Final = "(known after apply)"
ELLIPSIS: Final = "…"
LONG: Final = 400
"""Characters from which a text is no longer quoted in a line, but told by its size or as a diff."""


_JSON: Final = json.JSONEncoder(ensure_ascii=False)


def is_empty(value: Json) -> bool:
    """Whether there is nothing to show; 0 and false are something."""
    return value is None or value in ("", [], {})


def is_long(value: Json) -> bool:
    """Whether a value is a text of several lines, or one that fills a screen."""
    return isinstance(value, str) and ("\n" in value or "\r" in value or len(value) > LONG)


def is_plain_list(value: Json) -> bool:
    """Whether a value is a list of texts and numbers."""
    return isinstance(value, list) and not any(isinstance(item, (Mapping, list)) for item in value)


def is_audience(value: Json) -> bool:
    """Whether a value names lists, or one segment."""
    return isinstance(value, Mapping) and bool(value) and set(value) <= {"lists", "segment"}


def word(value: Json) -> str:
    """One value in one line, not shortened."""
    if is_empty(value):
        return NONE
    if is_digest(value):
        return f"(a long text, {value[MEMO_KEY][:15]}{ELLIPSIS})"
    if isinstance(value, str):
        return moment(value) or (size(value) if is_long(value) else quoted(value))
    if is_audience(value):
        return "; ".join(f"{name}: {_members(name, value[name])}" for name in sorted(value))
    if is_plain_list(value):
        return ", ".join(item(each) for each in value)
    return compact(value)


def _members(name: str, value: Json) -> str:
    return ", ".join(member(name, each) for each in (value if isinstance(value, list) else [value]))


def member(name: str, value: Json) -> str:
    """An item of an audience: `newsletter` under `lists`, since that says the kind already."""
    return item(str(value).removeprefix(name.removesuffix("s") + "."))


def quoted(text: str) -> str:
    """A text between quotes."""
    return clean(_JSON.encode(text))


_BARE: Final = re.compile(r"[^\W_][\w .@/()\[\]:\"-]*")


def item(value: Json) -> str:
    """An item of a list: bare where it can be taken for nothing else."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _BARE.fullmatch(value) and value == value.strip() else quoted(value)


def outline(value: Json) -> tuple[str, ...]:
    """A nested value as a manifest would spell it: a flat mapping on one line, what is deeper below."""
    if isinstance(value, Mapping) and not _is_leafy(value):
        return tuple(line for key, each in value.items() for line in _outlined(str(key), each))
    if isinstance(value, list) and not is_plain_list(value):
        return tuple(line for each in value for line in _dashed(outline(each)))
    if isinstance(value, Mapping):
        return (f"{{{', '.join(f'{key}: {_scalar(each)}' for key, each in value.items())}}}",)
    if isinstance(value, list):
        return (f"[{', '.join(_scalar(each) for each in value)}]",)
    return (_scalar(value),)


def _is_leafy(value: Mapping[str, Json]) -> bool:
    return not any(isinstance(each, (Mapping, list)) for each in value.values())


def _outlined(key: str, value: Json) -> tuple[str, ...]:
    lines = outline(value)
    if isinstance(value, Mapping) and not _is_leafy(value):
        return (f"{key}:", *(f"  {line}" for line in lines))
    if isinstance(value, list) and not is_plain_list(value):
        return (f"{key}:", *(f"  {line}" for line in lines))
    return (f"{key}: {lines[0]}",)


def _dashed(lines: tuple[str, ...]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{'  ' if number else '- '}{line}"


_PLAIN: Final = re.compile(r"[\w.:/@-]+")


def _scalar(value: Json) -> str:
    """Bare where nobody can mistake it."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else compact(value)


def compact(value: Json) -> str:
    """Nested JSON in one line; the same for equal values."""
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True))


def size(text: str) -> str:
    """What is said of a text too long to show."""
    return f"{len(text):,} characters" if len(text) != 1 else "1 character"


# Moments

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LOCAL: Final = re.compile(rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?) (\S+) \(({_INSTANT.pattern})\)")


def moment(text: str) -> str:
    """`Tue 1 May 2035 09:00 America/New_York (13:00 UTC)`; empty where a text is no moment."""
    try:
        if _INSTANT.fullmatch(text):
            return f"{_day_and_time(parse_instant(text))} UTC"
        found = _LOCAL.fullmatch(text)
        if found:
            return _local_moment(datetime.fromisoformat(found[1]), found[2], parse_instant(found[3]))
    except ValueError:
        pass  # looks like a moment and is none: then it is a text
    return ""


def _local_moment(local: datetime, zone: str, instant: datetime) -> str:
    """Both clocks; the day of UTC only where it is another one."""
    utc = _time(instant) if instant.date() == local.date() else _day_and_time(instant)
    return f"{_day_and_time(local)} {zone} ({utc} UTC)"


def _day_and_time(when: datetime) -> str:
    return f"{_day(when.date())} {_time(when)}"


def _day(day: date) -> str:
    """Not by strftime, whose words depend on the machine."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _time(when: datetime) -> str:
    return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"


# Shortening


def shorten(text: str, columns: int) -> str:
    """The text in so many columns, its middle left out."""
    if width(text) <= columns:
        return text
    room = max(columns - 1, 2)
    return _head(text, room - room // 2) + ELLIPSIS + _tail(text, room // 2)


def shorten_pair(before: str, after: str, columns: int) -> tuple[str, str]:
    """Both in so many columns each: first what they share at either end is left out, then the middle."""
    if max(width(before), width(after)) <= columns:
        return before, after
    start = _in_common(before, after)
    end = _in_common(before[start:][::-1], after[start:][::-1])
    longest = max(len(before), len(after)) - start - end
    context = max((columns - longest) // 2 - 1, 8)
    return (
        shorten(_around(before, start, end, context), columns),
        shorten(_around(after, start, end, context), columns),
    )


def _in_common(one: str, other: str) -> int:
    """How many characters they have in common from the start on."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _around(text: str, start: int, end: int, context: int) -> str:
    """The differing part with some of what is around it."""
    first = max(start - context, 0)
    last = min(len(text) - end + context, len(text))
    return (ELLIPSIS if first else "") + text[first:last] + (ELLIPSIS if last < len(text) else "")


def _head(text: str, columns: int) -> str:
    return _tail(text[::-1], columns)[::-1]


def _tail(text: str, columns: int) -> str:
    taken = 0
    for index in range(len(text) - 1, -1, -1):
        taken += width(text[index])
        if taken > columns:
            return text[index + 1 :]
    return text
