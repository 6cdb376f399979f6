"""What the query of `GET /contacts` asks for, as a condition on the table of contacts.

Several lists or tags mean any of them: "one or more specified lists", says the contract. Different filters
must all be met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ccstate.emulator import sms
from ccstate.emulator.clock import parse_instant
from ccstate.emulator.names import shown_from
from ccstate.emulator.people import STATUSES, key_of
from ccstate.emulator.wire import Call

MOST_LISTS, MOST_TAGS = 25, 50
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
PARAMETERS = (
    "status", "email", "lists", "tags", "updated_after", "updated_before", "created_after", "created_before",
    "optout_after", "optout_before", "include", "sms_status", "include_count",
)  # fmt: skip
_RANGES = (
    ("updated_at", "updated_after", "updated_before"),
    ("created_at", "created_after", "created_before"),
    ("opt_out_date", "optout_after", "optout_before"),
)


@dataclass(frozen=True)
class Search:
    """`order` is the column that a page goes along: the one that is bounded, so that its index is of use."""

    condition: str
    values: tuple[Any, ...]
    order: str = "contact"


def read(call: Call) -> Search:
    parts: list[tuple[str, list[Any]]] = [
        _statuses(call), _sms(call), _email(call),
        _members(call, "lists", "memberships", "list_id", MOST_LISTS),
        _members(call, "tags", "taggings", "tag_id", MOST_TAGS),
    ]  # fmt: skip
    order = "contact"
    for column, after, before in reversed(_RANGES):
        bounds = [(f"{column} > ?", _instant(call, after)), (f"{column} < ?", _instant(call, before))]
        given = [(text, [instant]) for text, instant in bounds if instant is not None]
        parts += given
        order = column if given else order
    parts.append(("created_at <= ?", [shown_from(call.world, call.now)]))
    return Search(
        " AND ".join(text for text, _ in parts if text),
        tuple(value for _, values in parts for value in values),
        order,
    )


def _statuses(call: Call) -> tuple[str, list[Any]]:
    """Everybody but the deleted, unless the call says otherwise."""
    words = set(call.choices("status", ("all", *STATUSES)))
    if not words:
        return "status != 'deleted'", []
    return _any_of("status", words)


def _sms(call: Call) -> tuple[str, list[Any]]:
    """A contact without a number counts as not_set (assumed)."""
    words = set(call.choices("sms_status", ("all", *sms.STATUSES)))
    return _any_of("sms_status", words) if words else ("", [])


def _any_of(column: str, words: set[str]) -> tuple[str, list[Any]]:
    if "all" in words:
        return "", []
    marks = ", ".join("?" * len(words))
    return f"{column} IN ({marks})", sorted(words)


def _email(call: Call) -> tuple[str, list[Any]]:
    address = call.parameter("email")
    return ("", []) if address is None else ("email_key = ?", [key_of(address.strip())])


def _members(call: Call, name: str, table: str, identifier: str, most: int) -> tuple[str, list[Any]]:
    """Contacts on any of some lists, or with any of some tags; unknown ones have nobody (assumed)."""
    text = call.parameter(name)
    if text is None:
        return "", []
    ids = sorted({part.strip().lower() for part in text.split(",") if part.strip()})
    if not ids or not all(_UUID.fullmatch(part) for part in ids):
        call.refuse(f"{name} does not have a valid value: comma separated ids are wanted")
    if len(ids) > most:
        call.refuse(f"{name} must not have more than {most} elements")
    marks = ", ".join("?" * len(ids))
    return f"contact IN (SELECT contact FROM {table} WHERE {identifier} IN ({marks}))", list(ids)


def _instant(call: Call, name: str) -> int | None:
    text = call.parameter(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        call.refuse(f"{name} does not have a valid value: an ISO-8601 date and time")
