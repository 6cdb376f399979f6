"""Segment criteria: their one canonical form, and the part of the grammar that is documented.

Only documented constructs are refused here; spellings that nobody documents pass (API guide for segments).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from ccstate.core.diagnostics import Complaint, Severity
from ccstate.core.values import Join, Json, Named, Ref, Value, canonical_json, replace_leaves

VERSION: Final = "1.0.0"
LENGTH_LIMIT: Final = 20_000
_SOURCES: Final = ("tracking", "contact", "list_membership", "tags")
_OR_ONLY: Final = ("tags", "list_membership")
_CAMPAIGN_LIMIT: Final = 500
_DAY_LIMIT: Final = 1_825
# The longest identifiers that the service gives out are UUIDs.
_ID_LENGTH: Final = 36


def document(criteria: Value) -> Value:
    """The document that travels as `segment_criteria`."""
    return {"version": VERSION, "criteria": criteria}


def parse(text: Json) -> Json:
    """The criteria group of what the service holds; a text that is no such document stays as it is."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
    return found["criteria"] if isinstance(found, dict) and "criteria" in found else found


def canonical(criteria: Value) -> Value:
    """Groups as multisets, numbers as their text: the same whatever the server made of the spelling."""
    if isinstance(criteria, Mapping):
        return {key: _member(key, value) for key, value in criteria.items()}
    if isinstance(criteria, list):
        return [canonical(each) for each in criteria]
    if isinstance(criteria, (int, float)) and not isinstance(criteria, bool):
        return _number(criteria)
    return criteria


def _member(key: str, value: Value) -> Value:
    found = canonical(value)
    if key == "group" and isinstance(found, list):
        return sorted(found, key=_sort_key)
    return found


def _sort_key(value: Value) -> str:
    return canonical_json(replace_leaves(value, lambda leaf: leaf if isinstance(leaf, str) else str(leaf)))


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)


def complaints(criteria: Value, path: str = "criteria") -> Iterable[Complaint]:
    """What the service is documented to refuse."""
    if not isinstance(criteria, Mapping):
        yield Complaint(path, "criteria-shape", "criteria are a group: `type: and` and `group: [...]`")
        return
    if criteria.get("type") != "and":
        yield Complaint(
            f"{path}.type",
            "criteria-top-group",
            "the outermost group must be `type: and`",
            "type: and, and in its group the one that is written here",
        )
    yield from _group(criteria, path)
    length = len(canonical_json(document(replace_leaves(criteria, _as_long_as_an_id))))
    if length > LENGTH_LIMIT:
        yield Complaint(
            path,
            "criteria-too-long",
            f"the criteria are {length:,} characters once serialised; the service takes {LENGTH_LIMIT:,}",
        )


def _as_long_as_an_id(leaf: Value) -> Value:
    if isinstance(leaf, Join):
        return "".join(part if isinstance(part, str) else "x" * _ID_LENGTH for part in leaf.parts)
    return "x" * _ID_LENGTH if isinstance(leaf, (Ref, Named)) else leaf


def _group(node: Mapping[str, Value], path: str) -> Iterable[Complaint]:
    members = node.get("group")
    if node.get("type") not in ("and", "or"):
        yield Complaint(f"{path}.type", "criteria-group-type", "a group has `type: and` or `type: or`")
    if not isinstance(members, list) or not members:
        yield Complaint(
            f"{path}.group", "criteria-empty-group", "a group needs a list of at least one condition"
        )
        return
    for index, member in enumerate(members):
        yield from _node(member, f"{path}.group.{index}")
    source = _only_source(members)
    if node.get("type") == "and" and source in _OR_ONLY:
        yield Complaint(
            f"{path}.type",
            "criteria-or-only",
            f"conditions of source {source} stand in `type: or` groups only",
            "type: or" if path != "criteria" else "put them in a group: - {type: or, group: [...]}",
        )


def _only_source(members: list[Value]) -> str:
    """The source that all members share; empty where there are groups among them, or several sources."""
    sources = {str(each.get("source")) if _is_condition(each) else "" for each in members}
    return sources.pop() if len(sources) == 1 else ""


def _is_condition(member: Value) -> bool:
    return isinstance(member, Mapping) and "group" not in member


def _node(node: Value, path: str) -> Iterable[Complaint]:
    if not isinstance(node, Mapping):
        yield Complaint(path, "criteria-shape", "a member of a group is a condition or a group")
    elif "group" in node:
        yield from _group(node, path)
    else:
        yield from _condition(node, path)


def _condition(node: Mapping[str, Value], path: str) -> Iterable[Complaint]:
    for key in ("source", "field", "op"):
        if not node.get(key):
            yield Complaint(path, "criteria-condition", f"a condition needs `{key}`")
    source = node.get("source")
    if source and source not in _SOURCES:
        allowed = ", ".join(_SOURCES)
        shown = repr(source) if isinstance(source, str) else "this"
        yield Complaint(
            f"{path}.source",
            "criteria-source",
            f"{shown} is no documented source",
            f"documented are {allowed}",
            Severity.WARNING,
        )
    yield from _window(node, path)


def _window(node: Mapping[str, Value], path: str) -> Iterable[Complaint]:
    limits = {"last-n-campaigns": _CAMPAIGN_LIMIT, "last-n-days": _DAY_LIMIT}
    most = limits.get(str(node.get("const_value")))
    param = str(node.get("param", ""))
    # Digits are compared as text first: a number of any length may stand there.
    digits = param.lstrip("0")
    if most is None or not (param.isascii() and param.isdigit()):
        return
    if len(digits) > len(str(most)) or int(digits or "0") > most:
        yield Complaint(f"{path}.param", "criteria-window", f"a window of {param}; the service takes {most}")
