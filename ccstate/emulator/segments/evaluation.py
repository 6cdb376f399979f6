"""Whom segment criteria select: criteria become one SELECT over the contacts, for one instant.

Most of the grammar is assumed (see `conditions` and `tracking`). What is not understood selects nobody, since
a mail that reaches too few does less harm than one that reaches everybody: an unknown field or operator, a
tag, list or field that was deleted, an empty group, a document that is no criteria at all. Nothing raises.

All contacts of the account are evaluated, says the documentation: also those that cannot be mailed. Deleted
ones are no contacts any more. Who of them may get a mail is for the one who sends it to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.segments import conditions, tracking
from ccstate.emulator.segments.criteria import DEEPEST, LONGEST, depth
from ccstate.emulator.segments.predicates import NOBODY, Predicate, all_of, any_of
from ccstate.emulator.storage.world import World

_ELIGIBLE = "status <> 'deleted'"


def selection(world: World, at: int, criteria_text: str) -> tuple[str, list[Any]]:
    """A SELECT of the column `contact` of everyone whom the criteria select at an instant; its parameters."""
    conditions.define_functions(world.db)
    found = _node(world, at, _criteria(criteria_text))
    return f"SELECT contact FROM contacts WHERE {_ELIGIBLE} AND {found.sql}", list(found.parameters)


def _criteria(text: str) -> Any:
    """What stands below `criteria`; None where there is nothing of the kind, as a seed may have it."""
    if len(text) > LONGEST:
        return None
    try:
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    readable = isinstance(document, dict) and depth(document) <= DEEPEST
    return document.get("criteria") if readable else None


def _node(world: World, at: int, node: Any) -> Predicate:
    if not isinstance(node, Mapping):
        return NOBODY
    if "group" in node:
        return _group(world, at, node)
    source = node.get("source")
    if not isinstance(node.get("field"), str) or not isinstance(node.get("op"), str):
        return NOBODY
    if source == "tracking":
        return tracking.predicate(world, at, node)
    return conditions.predicate(world, at, node)


def _group(world: World, at: int, node: Mapping[str, Any]) -> Predicate:
    members = node["group"]
    if node.get("type") not in ("and", "or") or not isinstance(members, list) or not members:
        return NOBODY
    parts = [_node(world, at, member) for member in members]
    return all_of(parts) if node["type"] == "and" else any_of(parts)
