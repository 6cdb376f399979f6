"""Segment criteria: the documented part of the grammar is checked, everything else passes.

Operators, contact fields and the spelling of list and tag conditions are not publicly documented, so no test
of them would be honest. `rewritten` is what a service might hand back that stores criteria parsed.
"""

from __future__ import annotations

import json
from typing import Any

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
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return ["segment_criteria is not well-formed JSON"]
    if _depth(document) > DEEPEST:
        return [f"segment_criteria must not be nested deeper than {DEEPEST} levels"]
    return [] if permissive else _document(document)


def _depth(document: Any) -> int:
    """Level by level, so that no depth of nesting is too deep for us."""
    depth, level = 0, [document]
    while level:
        depth += 1
        below = [
            item.values() if isinstance(item, dict) else item
            for item in level
            if isinstance(item, dict | list)
        ]
        level = [value for values in below for value in values]
    return depth


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
    constant, number = condition.get("const_value"), _number(condition.get("param"))
    if constant == "last-n-campaigns" and (number is None or not 1 <= number <= MOST_CAMPAIGNS):
        return [f"param must be 1 to {MOST_CAMPAIGNS} with last-n-campaigns"]
    if constant == "last-n-days" and (number is None or not 1 <= number <= MOST_DAYS):
        return [f"param must be 1 to {MOST_DAYS} with last-n-days"]
    return []


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
