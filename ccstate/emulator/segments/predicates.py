"""What is asked of a contact, as SQL: a text about the column `contact`, and the parameters that it takes.

The column is a number and never NULL, so IN and NOT IN are each other's opposite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Predicate:
    sql: str
    parameters: tuple[Any, ...] = ()
    depth: int = 0  # of the brackets around its parts


NOBODY = Predicate("0")


def among(select: str, *parameters: Any) -> Predicate:
    return Predicate(f"contact IN ({select})", parameters)


def outside(select: str, *parameters: Any) -> Predicate:
    return Predicate(f"contact NOT IN ({select})", parameters)


def all_of(parts: Sequence[Predicate]) -> Predicate:
    return NOBODY if NOBODY in parts else _joined("AND", parts)


def any_of(parts: Sequence[Predicate]) -> Predicate:
    """Members that select nobody are left out: strange documents have thousands of them."""
    return _joined("OR", [part for part in parts if part != NOBODY] or [NOBODY])


def _joined(word: str, parts: Sequence[Predicate]) -> Predicate:
    """The deepest part first: SQLite's parser can only remember so much before an open bracket."""
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda part: part.depth, reverse=True)
    return Predicate(
        f"({f' {word} '.join(part.sql for part in ordered)})",
        tuple(parameter for part in ordered for parameter in part.parameters),
        1 + max(part.depth for part in parts),
    )
