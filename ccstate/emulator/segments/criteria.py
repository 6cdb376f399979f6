"""The grammar of segment criteria: the documented part is checked, everything else passes.

Operators, contact fields and the spelling of list and tag conditions are not publicly documented, so it would
not be honest to refuse one; what `evaluation` does not understand selects nobody. `rewritten` is what a
service might hand back that stores criteria parsed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.contacts.dates import span
from ccstate.emulator.storage.clock import DAY

LONGEST = 20_000
MOST_CAMPAIGNS = 500
MOST_DAYS = 1825
DEEPEST = 50  # of our own: no limit is documented, and three levels are all that the examples need
SOURCES = ("tracking", "contact", "list_membership", "tags")
_OR_ONLY = ("list_membership", "tags")


def problems(text: str, *, permissive: bool) -> list[str]:
    if len(text) > LONGEST:
        return [f"segment_criteria must not be longer than {LONGEST} characters"]
    try:
        document = json.loads(text, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return ["segment_criteria is not well-formed JSON"]
    if depth(document) > DEEPEST:
        return [f"segment_criteria must not be nested deeper than {DEEPEST} levels"]
    return [] if permissive else _document(document)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def depth(document: Any) -> int:
    """Level by level, so that no depth of nesting is too deep for us."""
    levels, level = 0, [document]
    while level:
        levels += 1
        below = [
            item.values() if isinstance(item, dict) else item
            for item in level
            if isinstance(item, dict | list)
        ]
        level = [value for values in below for value in values]
    return levels


def _document(document: Any) -> list[str]:
    if not isinstance(document, dict) or "version" not in document or "criteria" not in document:
        return ["segment_criteria must hold version and criteria"]
    criteria = document["criteria"]
    if not isinstance(criteria, dict) or criteria.get("type") != "and":
        return ["the outermost group of segment_criteria must have the type and"]
    return _group(criteria)


def _group(group: dict[str, Any]) -> list[str]:
    members = group.get("group")
    if group.get("type") not in ("and", "or"):
        return ["the type of a group must be and or or"]
    if not isinstance(members, list) or not members:
        return ["group must be an array that is not empty"]
    if not all(isinstance(member, dict) for member in members):
        return ["a member of a group must be an object"]
    found = [
        problem for member in members for problem in (_group if "group" in member else _condition)(member)
    ]
    sources = {member.get("source") if isinstance(member.get("source"), str) else None for member in members}
    if group["type"] == "and" and len(sources) == 1 and sources <= set(_OR_ONLY):
        found.append(f"conditions on {sources.pop()} can only stand in a group of the type or")
    return found


def _condition(condition: dict[str, Any]) -> list[str]:
    missing = [name for name in ("source", "field", "op") if not isinstance(condition.get(name), str)]
    if missing:
        return [f"a condition lacks {', '.join(missing)}"]
    if condition["source"] not in SOURCES:
        return [f"source must be one of {', '.join(SOURCES)}"]
    return _window(condition)


def _window(condition: dict[str, Any]) -> list[str]:
    """At most 500 campaigns or 1,825 days may be looked at."""
    constant, param = condition.get("const_value"), number(condition.get("param"))
    if constant == "last-n-campaigns" and (param is None or not 1 <= param <= MOST_CAMPAIGNS):
        return [f"param must be 1 to {MOST_CAMPAIGNS} with last-n-campaigns"]
    if constant == "last-n-days" and (param is None or not 1 <= param <= MOST_DAYS):
        return [f"param must be 1 to {MOST_DAYS} with last-n-days"]
    if operator(condition) in ("in-last-n-days", "not-in-last-n-days") and (days(condition) or 0) > MOST_DAYS:
        return [f"no more than {MOST_DAYS} days can be evaluated"]
    return _named(condition) if condition["source"] == "tracking" and constant is None else []


def _named(condition: dict[str, Any]) -> list[str]:
    """The same limits for campaigns by id and for a range of dates."""
    named = texts(condition.get("value"))
    if len(named) > MOST_CAMPAIGNS:
        return [f"no more than {MOST_CAMPAIGNS} campaigns can be evaluated"]
    spans = [found for found in map(span, named) if found is not None]
    if operator(condition) == "between" and len(spans) == 2 and spans[1][0] - spans[0][0] > MOST_DAYS * DAY:
        return [f"no more than {MOST_DAYS} days can be evaluated"]
    return []


def operator(condition: Mapping[str, Any]) -> str:
    return str(condition["op"]).lower().replace("_", "-")


def days(condition: Mapping[str, Any]) -> int | None:
    """Of a window of days: assumed to stand in `param`, like that of the constants, or in `value`."""
    return number(condition["param"] if "param" in condition else condition.get("value"))


def number(value: Any) -> int | None:
    """A count, which may be a text of digits; what is too large for anything stays so."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, 999_999_999) if whole else None


def texts(value: Any) -> list[str]:
    """The value of a condition, or its values, as texts; what can be none is left out."""
    found = [_text(item) for item in (value if isinstance(value, list) else [value])]
    return [text for text in found if text is not None]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    text = str(value) if isinstance(value, str | int) else None
    # The database's JSON ends a text at U+0000, and no property of a contact can hold one.
    return None if text is None or "\0" in text else text


def rewritten(text: str) -> str:
    """The same criteria as others would write them: spacing, order of keys and members, type of numbers."""
    return json.dumps(_turned(json.loads(text)), ensure_ascii=False, indent=1)


def _turned(value: Any) -> Any:
    if isinstance(value, list):
        return [_turned(item) for item in value]
    if not isinstance(value, dict):
        return value
    turned = {name: _turned(value[name]) for name in sorted(value, reverse=True)}
    if isinstance(turned.get("group"), list):
        turned["group"].reverse()
    if "param" in turned:
        turned["param"] = _other_type(turned["param"])
    return turned


def _other_type(param: Any) -> Any:
    if isinstance(param, str) and param.isascii() and param.isdigit() and param == str(int(param[:9])):
        return int(param)
    return str(param) if isinstance(param, int) and not isinstance(param, bool) else param
