"""Conditions on contacts themselves: properties, custom fields, lists and tags. All spellings are assumed.

A field of a contact is a set of values: a first name is one or none, there may be several cities, lists and
tags are as many as there are. A condition holds if it holds for one of the values, its opposite if it holds
for none, so that people without any city do not live in Maryland. Case does not count, blanks at the ends do.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ccstate.emulator.contacts.dates import span
from ccstate.emulator.names import key_of
from ccstate.emulator.segments.criteria import days, number, operator, texts
from ccstate.emulator.segments.predicates import NOBODY, Predicate, among, outside
from ccstate.emulator.storage.clock import DAY, FIRST
from ccstate.emulator.storage.database import Database, packed
from ccstate.emulator.storage.world import World

_QUANTITY = re.compile(r"[+-]?\d{1,300}(\.\d{0,300})?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
TEXT, NUMBER, DATE, INSTANT, ID = "text", "number", "date", "instant", "id"

_OPPOSITES = {
    "neq": "eq", "not-in": "eq", "not-contains": "contains", "not-contains-any": "eq", "contains-none": "eq",
    "not-in-last-n-days": "in-last-n-days",
}  # fmt: skip
_EQUAL = ("eq", "in", "contains-any")
_ORDER = ("lt", "lte", "gt", "gte", "between")
_PARTS = {
    "contains": "instr(folded({column}), wanted.value) > 0",
    "starts-with": "instr(folded({column}), wanted.value) = 1",
    "ends-with": "ends(folded({column}), wanted.value)",
}
_LISTS, _TAGS = ("list_id", "list_ids", "list_membership", "list_memberships"), ("tag_id", "tag_ids", "tags")


@dataclass(frozen=True)
class Field:
    """Where the values of a field stand, and of what kind they are."""

    table: str
    column: str
    kind: str
    condition: str = "1"
    parameters: tuple[Any, ...] = ()
    labels: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # what else a wanted value may be called

    def who(self, test: str, *parameters: Any) -> tuple[Any, ...]:
        """A SELECT of those with a value that passes a test; and its parameters."""
        return (
            f"SELECT contact FROM {self.table} WHERE {self.condition} AND {self.column} <> '' AND {test}",
            *self.parameters, *parameters,
        )  # fmt: skip


_CONTACT = {
    **dict.fromkeys(("first_name", "last_name", "job_title", "company_name", "email_address"), TEXT),
    "birthday_month": NUMBER, "birthday_day": NUMBER, "anniversary": DATE,
    "created_at": INSTANT, "updated_at": INSTANT,
}  # fmt: skip
_FIELDS = {
    **{name: Field("contacts", name, kind) for name, kind in _CONTACT.items()},
    "email_domain": Field("contacts", "substr(email_address, instr(email_address, '@') + 1)", TEXT),
    **{
        name: Field("street_addresses", name, TEXT)
        for name in ("street", "city", "state", "postal_code", "country")
    },
    **{name: Field("memberships", "list_id", ID) for name in _LISTS},
    **{name: Field("taggings", "tag_id", ID) for name in _TAGS},
}
_OF_SOURCE = {"list_membership": _LISTS, "tags": _TAGS}
_KINDS = {"number": NUMBER, "currency": NUMBER, "date": DATE, "datetime": DATE}
_OF_FIELD = "field_values.custom_field_id = ?"
_SELECTS = ("single_select", "multi_select")
# Each choice is a value, not the text that shows them all.
_CHOSEN = (
    "field_values JOIN json_each(field_values.choice_ids) AS chosen "
    "JOIN choices ON choices.choice_id = chosen.value"
)


def predicate(world: World, at: int, condition: Mapping[str, Any]) -> Predicate:
    found, op = _field(world, condition), operator(condition)
    if found is None:
        return NOBODY
    if op == "not-empty":
        return among(*found.who("1"))
    if op == "is-empty":
        return outside(*found.who("1"))
    positive = _OPPOSITES.get(op, op)
    select = _select(world, at, found, positive, condition)
    if select is None:
        return NOBODY
    return among(*select) if positive == op else outside(*select)


def _field(world: World, condition: Mapping[str, Any]) -> Field | None:
    source, name = condition.get("source"), condition["field"].lower()
    if source != "contact":
        known = isinstance(source, str) and name in _OF_SOURCE.get(source, ())
        return _FIELDS[name] if known else None
    return _FIELDS.get(name) or _custom(world, name.removeprefix("custom_field_id:"))


def _custom(world: World, field_id: str) -> Field | None:
    type_ = world.db.value("SELECT type FROM custom_fields WHERE custom_field_id = ?", field_id)
    if type_ is None:
        return None
    if type_ in _SELECTS:
        labels = _labels(world, field_id)
        return Field(_CHOSEN, "choices.choice_label", TEXT, _OF_FIELD, (field_id,), labels)
    return Field("field_values", "field_values.value", _KINDS.get(type_, TEXT), _OF_FIELD, (field_id,))


def _labels(world: World, field_id: str) -> dict[str, str]:
    """The labels of a field's choices by their ids, but for an id that is also somebody's label."""
    sql = "SELECT choice_id, choice_label FROM choices WHERE custom_field_id = ? AND deleted_at IS NULL"
    rows = world.db.rows(sql, field_id)
    labels = {str(row["choice_id"]): str(row["choice_label"]) for row in rows}
    return {choice_id: label for choice_id, label in labels.items() if choice_id not in labels.values()}


def _select(
    world: World, at: int, field: Field, op: str, condition: Mapping[str, Any]
) -> tuple[Any, ...] | None:
    """Those for whom a condition holds that is no opposite; None for what is not understood."""
    window = _days(op, condition)
    if window is not None:
        return _in_last_days(field, at, window)
    wanted = texts(condition.get("value"))
    if not wanted:
        return None
    if field.kind == ID:
        return _with_ids(world, field, op, wanted)
    if op in _ORDER:
        return _ordered(field, op, wanted)
    if op in _PARTS and field.kind != INSTANT:
        test = _PARTS[op].format(column=field.column)
        values = packed([folded(text) for text in wanted])
        return field.who(f"EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE {test})", values)
    return _equal(field, op, [field.labels.get(text, text) for text in wanted])


def _days(op: str, condition: Mapping[str, Any]) -> int | None:
    """Of `in-last-n-days`, or of the constant that conditions on tracking have."""
    if op == "in-last-n-days":
        return days(condition)
    constant = op in _EQUAL and condition.get("const_value") == "last-n-days"
    return number(condition.get("param")) if constant else None


def _in_last_days(field: Field, at: int, window: int) -> tuple[Any, ...] | None:
    if field.kind in (NUMBER, ID):
        return None
    return field.who(f"{_moment(field)} BETWEEN ? AND ?", max(FIRST, at - window * DAY), at)


def _moment(field: Field) -> str:
    return field.column if field.kind == INSTANT else f"moment({field.column})"


def _with_ids(world: World, field: Field, op: str, wanted: Sequence[str]) -> tuple[Any, ...] | None:
    """Ids of what was deleted count for nothing; where no other is left nobody is selected."""
    table, alive = ("lists", "deleted_at IS NULL") if field.column == "list_id" else ("tags", "1")
    ids = list(dict.fromkeys(text.lower() for text in wanted))
    sql = f"SELECT count(*) FROM {table} WHERE {alive} AND {field.column} IN (SELECT value FROM json_each(?))"
    known = world.db.value(sql, packed(ids))
    if not known:
        return None
    if op in (*_EQUAL, "contains"):
        return field.who(f"{field.column} IN (SELECT value FROM json_each(?))", packed(ids))
    return _every(field, field.column, ids) if op == "contains-all" else None


def _equal(field: Field, op: str, wanted: Sequence[str]) -> tuple[Any, ...] | None:
    if op not in (*_EQUAL, "contains-all"):
        return None
    if field.kind in (DATE, INSTANT):
        return _on_days(field, op, wanted)
    form, read = (f"numeral({field.column})", numeral) if field.kind == NUMBER else (
        f"folded({field.column})", folded)  # fmt: skip
    values = [value for value in dict.fromkeys(read(text) for text in wanted) if value is not None]
    if not values:
        return None
    if op == "contains-all":
        return _every(field, form, values)
    return field.who(f"{form} IN (SELECT value FROM json_each(?))", packed(values))


def _every(field: Field, form: str, values: Sequence[str]) -> tuple[Any, ...]:
    select, *parameters = field.who(f"{form} IN (SELECT value FROM json_each(?))", packed(values))
    return f"{select} GROUP BY contact HAVING count(DISTINCT {form}) = ?", *parameters, len(values)


def _on_days(field: Field, op: str, wanted: Sequence[str]) -> tuple[Any, ...] | None:
    spans = [found for found in map(span, wanted) if found is not None]
    if not spans or op == "contains-all":
        return None
    first, after = "json_extract(day.value, '$[0]')", "json_extract(day.value, '$[1]')"
    within = f"{_moment(field)} >= {first} AND {_moment(field)} < {after}"
    return field.who(f"EXISTS (SELECT 1 FROM json_each(?) AS day WHERE {within})", packed(spans))


def _ordered(field: Field, op: str, wanted: Sequence[str]) -> tuple[Any, ...] | None:
    """Numbers with numbers, dates with dates; for a text it is the wanted value that says which."""
    if len(wanted) != (2 if op == "between" else 1):
        return None
    numbers = [quantity(text) for text in wanted]
    if field.kind in (NUMBER, TEXT) and None not in numbers:
        return _compared(field, op, f"quantity({field.column})", [(value, value) for value in numbers])
    spans = [found for found in map(span, wanted) if found is not None]
    if field.kind == NUMBER or len(spans) != len(wanted):
        return None
    return _compared(field, op, _moment(field), [(first, after - 1) for first, after in spans])


def _compared(field: Field, op: str, form: str, bounds: Sequence[tuple[Any, Any]]) -> tuple[Any, ...]:
    (first, last), final = bounds[0], bounds[-1][1]
    if op == "between":
        return field.who(f"{form} BETWEEN ? AND ?", first, final)
    sign, bound = {"lt": ("<", first), "lte": ("<=", last), "gt": (">", last), "gte": (">=", first)}[op]
    return field.who(f"{form} {sign} ?", bound)


def define_functions(database: Database) -> None:
    """What SQL cannot say itself: case beyond ASCII, numbers and dates in texts."""
    for function in (folded, numeral, quantity, moment):
        database.define(function.__name__, function)
    database.define("ends", str.endswith, 2)


def folded(value: str | float) -> str:
    return key_of(str(value))


@lru_cache(maxsize=4096)
def quantity(value: str | float) -> float | None:
    """The number that a text is, with its thousands and its currency sign at most."""
    text = str(value).strip().replace(",", "").replace("$", "", 1)
    found = float(text) if _QUANTITY.fullmatch(text) else math.inf
    return found if math.isfinite(found) else None


def numeral(value: str | float) -> str | None:
    """A number as one text for all the ways to write it."""
    found = quantity(value)
    return None if found is None else repr(found + 0.0)


def moment(value: str) -> int | None:
    found = span(str(value))
    return None if found is None else found[0]
