"""What a contact may have in a custom field: one text, checked by the field's type and metadata.

Choices are kept by their ids and, as text, by their labels: that is what criteria and mails look at. How the
service spells the `value` of a choice is not documented; here it is the label, several joined by commas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.contacts.dates import span
from ccstate.emulator.storage.clock import moment, parse_instant, with_seconds
from ccstate.emulator.storage.database import Row, packed
from ccstate.emulator.storage.world import World

LONGEST = 255
LONGEST_DATE = 10
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?", re.ASCII)


@dataclass(frozen=True)
class FieldValue:
    text: str
    choice_ids: tuple[int, ...] | None = None

    def packed_ids(self) -> str | None:
        return None if self.choice_ids is None else packed(list(self.choice_ids))


class BadValue(ValueError):
    """A value that the field cannot hold; the message says why."""


def fields(world: World, field_ids: Sequence[str]) -> dict[str, Row]:
    """The custom fields that there are among some ids."""
    marks = ", ".join("?" * len(field_ids))
    rows = world.db.rows(f"SELECT * FROM custom_fields WHERE custom_field_id IN ({marks})", *field_ids)
    return {row["custom_field_id"]: row for row in rows}


def from_text(world: World, field: Mapping[str, Any], text: str) -> FieldValue:
    """A value as a form, an import or a seed has it: choices by their labels or ids."""
    if len(text) > LONGEST:
        raise BadValue(f"must not be longer than {LONGEST} characters")
    if field["type"] not in ("single_select", "multi_select"):
        return FieldValue(_CHECKS.get(field["type"], _as_it_is)(field, text))
    choices = _choices(world, field)
    names = {choice["choice_label"].casefold(): choice_id for choice_id, choice in choices.items()}
    names |= {str(choice_id): choice_id for choice_id in choices}
    whole = text.strip().casefold()
    words = [whole]
    if field["type"] == "multi_select" and whole not in names:
        words = [word.strip() for word in whole.split(",")]
    unknown = [word for word in words if word not in names]
    if unknown:
        raise BadValue("is not one of the field's choices")
    return _of_choices(choices, [names[word] for word in words])


def from_choices(world: World, field: Mapping[str, Any], choice_ids: Sequence[Any]) -> FieldValue:
    """A value as ids of choices: strings for the contract, integers on the field itself; both will do."""
    if field["type"] not in ("single_select", "multi_select"):
        raise BadValue("cannot have choice_ids: its type knows no choices")
    choices = {str(choice_id): choice_id for choice_id in _choices(world, field)}
    if not all(type(given) in (str, int) and str(given) in choices for given in choice_ids):
        raise BadValue("has a choice_id that the field does not know")
    if field["type"] == "single_select" and len(choice_ids) > 1:
        raise BadValue("can have one choice only")
    return _of_choices(_choices(world, field), [choices[str(given)] for given in choice_ids])


def relabel(world: World, field_id: str) -> None:
    """Let the values of a field follow its choices: renamed ones by name, removed ones out of sight."""
    field = world.db.row("SELECT * FROM custom_fields WHERE custom_field_id = ?", field_id)
    if field is None:
        return
    choices = _choices(world, field)
    sql = "SELECT DISTINCT choice_ids FROM field_values WHERE custom_field_id = ? AND choice_ids IS NOT NULL"
    for row in world.db.rows(sql, field_id):
        left = [choice_id for choice_id in json.loads(row["choice_ids"]) if choice_id in choices]
        where = "WHERE custom_field_id = ? AND choice_ids = ?"
        if not left:
            world.db.run(f"DELETE FROM field_values {where}", field_id, row["choice_ids"])
            continue
        value = _of_choices(choices, left)
        world.db.run(
            f"UPDATE field_values SET value = ?, choice_ids = ? {where}",
            value.text, value.packed_ids(), field_id, row["choice_ids"],
        )  # fmt: skip


def parse_date(text: str) -> str:
    """A date in one of the documented spellings, as YYYY-MM-DD."""
    day = span(text) if len(text) <= LONGEST_DATE else None
    if day is None:
        raise BadValue("is not a date like YYYY-MM-DD or MM/DD/YYYY")
    return moment(day[0]).date().isoformat()


def _choices(world: World, field: Mapping[str, Any]) -> dict[int, Row]:
    sql = "SELECT * FROM choices WHERE custom_field_id = ? AND deleted_at IS NULL"
    return {row["choice_id"]: row for row in world.db.rows(sql, field["custom_field_id"])}


def _of_choices(choices: Mapping[int, Row], choice_ids: Sequence[int]) -> FieldValue:
    """In the order of the field, each once."""
    chosen = sorted(set(choice_ids), key=lambda choice_id: (choices[choice_id]["display_order"], choice_id))
    return FieldValue(", ".join(choices[choice_id]["choice_label"] for choice_id in chosen), tuple(chosen))


def _as_it_is(field: Mapping[str, Any], text: str) -> str:  # noqa: ARG001 - the form that all checks share
    return text


def _number(field: Mapping[str, Any], text: str) -> str:
    metadata = json.loads(field["metadata"] or "{}")
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise BadValue("is not a number")
    if text.strip().startswith("-") and not metadata.get("allow_negative"):
        raise BadValue("must not be negative")
    most = 0 if metadata.get("integer") else metadata.get("decimal_places")
    if isinstance(most, int) and len(match[1] or "") > most:
        raise BadValue(f"must not have more than {most} decimal places")
    return text.strip()


def _boolean(field: Mapping[str, Any], text: str) -> str:  # noqa: ARG001
    if text.strip().lower() not in ("true", "false"):
        raise BadValue("is neither true nor false")
    return text.strip().lower()


def _date(field: Mapping[str, Any], text: str) -> str:
    """Version 1 is text that nobody checks; version 2 is a date."""
    return parse_date(text.strip()) if field["version"] == 2 else text


def _datetime(field: Mapping[str, Any], text: str) -> str:
    if field["version"] != 2:
        return text
    try:
        return with_seconds(parse_instant(text.strip()))
    except ValueError as problem:
        raise BadValue("is not an ISO-8601 date and time") from problem


_CHECKS = {
    "number": _number,
    "currency": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
