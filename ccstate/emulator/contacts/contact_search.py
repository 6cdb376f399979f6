"""What the query of `GET /contacts` asks for, as a condition on the table of contacts.

Several lists or tags mean any of them: "one or more specified lists", says the contract. Different filters
must all be met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ccstate.emulator.contacts import sms
from ccstate.emulator.contacts.people import STATUSES, key_of
from ccstate.emulator.names import is_uuid, shown_from
from ccstate.emulator.storage.clock import parse_instant
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import Call

MOST_LISTS, MOST_TAGS = 25, 50
LAST = 2**62  # beyond every number and every instant
_MANY = 5000
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
    """Contacts in the order of a column and of their numbers, from beyond `least` in that column.

    The order is by the date that is bounded, else by number; `leader` is the table that has them in that
    order. An index then leads to each page.
    """

    leader: str
    condition: str
    values: tuple[Any, ...]
    order: str
    least: int | None

    @property
    def source(self) -> str:
        return (
            "contacts" if self.leader == "contacts" else f"{self.leader} CROSS JOIN contacts USING (contact)"
        )


def read(call: Call) -> Search:
    dated = {column: (_instant(call, after), _instant(call, before)) for column, after, before in _RANGES}
    order = next((column for column, bounds in dated.items() if bounds != (None, None)), "contact")
    leader, conditions = _membership(call, by_number=order == "contact")
    conditions += [_statuses(call), _sms(call), _email(call)]
    for column, (after, before) in dated.items():
        if after is not None and column != order:
            conditions.append((f"{column} > ?", [after]))
        if before is not None:
            conditions.append((f"{column} < ?", [before]))
    if call.world.switches.collection_lag:
        conditions.append(("created_at <= ?", [shown_from(call.world, call.now)]))
    return Search(
        leader,
        " AND ".join(text for text, _ in conditions if text) or "1",
        tuple(value for _, values in conditions for value in values),
        order,
        dated[order][0] if order in dated else None,
    )


def page(call: Call, search: Search, after: tuple[int, int] | None, limit: int) -> list[Row]:
    """The contacts that follow a key. The first key is the lower bound itself."""
    number, first = (
        f"{search.leader}.contact",
        (search.least, LAST) if search.least is not None else (-LAST, 0),
    )
    key: tuple[int, ...] = max(after or first, first)
    if search.order == "contact":
        order, follows, key = number, f"{number} > ?", key[1:]
    else:
        order = f"{search.order}, {number}"
        follows = f"{search.order} IS NOT NULL AND ({order}) > (?, ?)"
    return call.world.db.rows(
        f"SELECT contacts.* FROM {search.source} WHERE {search.condition} AND {follows} "
        f"ORDER BY {order} LIMIT ?",
        *search.values, *key, limit,
    )  # fmt: skip


def count(call: Call, search: Search) -> int:
    beyond = "" if search.least is None else f" AND {search.order} > {search.least}"
    sql = f"SELECT count(*) FROM {search.source} WHERE {search.condition}{beyond}"
    number: int = call.world.db.value(sql, *search.values)
    return number


_Condition = tuple[str, list[Any]]


def _membership(call: Call, *, by_number: bool) -> tuple[str, list[_Condition]]:
    """Contacts on any of some lists, with any of some tags; and the table that leads the search.

    Who is on one list stands there in the order of numbers.
    """
    leader, conditions = "contacts", []
    for name, table, identifier, most in (
        ("lists", "memberships", "list_id", MOST_LISTS),
        ("tags", "taggings", "tag_id", MOST_TAGS),
    ):
        ids = _ids(call, name, most)
        among = f"{identifier} IN ({', '.join('?' * len(ids))})"
        if len(ids) == 1 and by_number and leader == "contacts":
            leader = table
            conditions.append((f"{identifier} = ?", ids))
        elif ids and by_number and not _many(call, table, among, ids):
            conditions.append((f"contacts.contact IN (SELECT contact FROM {table} WHERE {among})", ids))
        elif ids:
            has = f"EXISTS (SELECT 1 FROM {table} WHERE {among} AND {table}.contact = contacts.contact)"
            conditions.append((has, ids))
    return leader, conditions


def _many(call: Call, table: str, among: str, ids: list[str]) -> bool:
    """Whether so many are meant that it is quicker to look at each contact than to gather them first."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {among} LIMIT {_MANY})"
    return bool(call.world.db.value(sql, *ids) == _MANY)


def _statuses(call: Call) -> _Condition:
    """Everybody but the deleted, unless the call says otherwise."""
    words = set(call.choices("status", ("all", *STATUSES)))
    if not words:
        return "status != 'deleted'", []
    return _any_of("status", words)


def _sms(call: Call) -> _Condition:
    """A contact without a number counts as not_set (assumed)."""
    words = set(call.choices("sms_status", ("all", *sms.STATUSES)))
    condition, values = _any_of("sms_status", words) if words else ("", [])
    if condition and "not_set" not in words:
        condition += " AND sms_status != 'not_set'"  # lets the index be used, which leaves those out
    return condition, values


def _any_of(column: str, words: set[str]) -> _Condition:
    if "all" in words:
        return "", []
    marks = ", ".join("?" * len(words))
    return f"{column} IN ({marks})", sorted(words)


def _email(call: Call) -> _Condition:
    address = call.parameter("email")
    return ("", []) if address is None else ("email_key = ?", [key_of(address.strip())])


def _ids(call: Call, name: str, most: int) -> list[str]:
    """Unknown ones have nobody (assumed); an empty parameter is a mistake."""
    text = call.parameter(name)
    if text is None:
        return []
    ids = sorted({part.strip().lower() for part in text.split(",") if part.strip()})
    if not ids or not all(is_uuid(part) for part in ids):
        call.refuse(f"{name} does not have a valid value: comma separated ids are wanted")
    if len(ids) > most:
        call.refuse(f"{name} must not have more than {most} elements")
    return ids


def _instant(call: Call, name: str) -> int | None:
    text = call.parameter(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        call.refuse(f"{name} does not have a valid value: an ISO-8601 date and time")
