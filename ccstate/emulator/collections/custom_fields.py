"""Custom fields. Type and metadata are for life; the derived `name` survives a change of the label.

A PUT replaces the choices as a whole: one with its `choice_id` is kept or renamed, one without is new, and
one that is not repeated is gone. Unlike lists and tags a single field is deleted at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CONTACTS_READ, CONTACTS_WRITE
from ccstate.emulator.bulk import jobs
from ccstate.emulator.bulk.jobs import Job, Order, Outcome, Task
from ccstate.emulator.checks import Checks
from ccstate.emulator.contacts import field_values
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import checked_uuid, key_of, shown_from
from ccstate.emulator.storage.clock import with_seconds
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LARGEST_ACCOUNT = 100
LONGEST_LABEL = 50
LONGEST_CHOICE = 255
MOST_CHOICES = {"dropdown": 100, "radio": 20, "checkbox": 20}
TYPES = (
    "string", "date", "datetime", "single_select", "multi_select", "currency", "text_area", "number",
    "boolean",
)  # fmt: skip
_SELECTS, _DATES, _NUMBERS = ("single_select", "multi_select"), ("date", "datetime"), ("number", "currency")
_SERVICE = "contacts"
_FIRST_CHOICE = 101


def collection(call: Call) -> Answer:
    page = pages.wanted(call, default=50, most=100)
    (after,) = pages.position(call, page, 1) or (0,)
    rows = call.world.db.rows(
        "SELECT * FROM custom_fields WHERE seq > ? AND created_at <= ? ORDER BY seq LIMIT ?",
        after, shown_from(call.world, call.now), page.limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"custom_fields": [_shown(call.world, row) for row in rows]}
    return Answer(200, body | pages.links(call, page, str(rows[-1]["seq"]) if more else None))


def create(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(("label", "type", "metadata", "choices", "version"))
    label, type_ = _label(checks), _type(checks)
    metadata, version = _metadata(checks, type_), checks.integer("version", 1, 2)
    choices = _choices(checks, type_, metadata, required=True)
    checks.done()
    if call.world.db.value("SELECT count(*) FROM custom_fields") >= LARGEST_ACCOUNT:
        call.refuse(f"an account can have {LARGEST_ACCOUNT} custom fields")
    name = derived_name(call.world, label)
    _refuse_taken(call.world, label, name)
    field_id = insert(call.world, call.now, label, type_, metadata, version)
    for choice in choices:
        _insert_choice(call.world, call.now, field_id, choice)
    return Answer(201, _shown(call.world, _find(call, field_id)))


def show(call: Call, custom_field_id: str) -> Answer:
    return Answer(200, _shown(call.world, _find(call, custom_field_id)))


def update(call: Call, custom_field_id: str) -> Answer:
    row = _find(call, custom_field_id)
    checks = Checks(call)
    checks.only(
        (
            "label",
            "choices",
            "custom_field_id",
            "name",
            "type",
            "metadata",
            "version",
            "created_at",
            "updated_at",
        )
    )
    label = _label(checks)
    metadata = json.loads(row["metadata"] or "{}")
    choices = _choices(checks, row["type"], metadata)
    _check_choice_ids(call, checks, row["custom_field_id"], choices)
    checks.done()
    _refuse_taken(call.world, label, besides=row["custom_field_id"])
    sql = "UPDATE custom_fields SET label = ?, label_key = ?, updated_at = ? WHERE custom_field_id = ?"
    call.world.db.run(sql, label, key_of(label), call.now, row["custom_field_id"])
    _replace_choices(call, row["custom_field_id"], choices)
    return Answer(200, _shown(call.world, _find(call, custom_field_id)))


def delete(call: Call, custom_field_id: str) -> Answer:
    remove(call.world, _find(call, custom_field_id)["custom_field_id"])
    return Answer(204)


OPERATIONS = (
    Operation("GET", "/contact_custom_fields", collection, _SERVICE, CONTACTS_READ),
    Operation("POST", "/contact_custom_fields", create, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/contact_custom_fields/{custom_field_id}", show, _SERVICE, CONTACTS_READ),
    Operation("PUT", "/contact_custom_fields/{custom_field_id}", update, _SERVICE, CONTACTS_WRITE),
    Operation("DELETE", "/contact_custom_fields/{custom_field_id}", delete, _SERVICE, CONTACTS_WRITE),
)


def insert(
    world: World, now: int, label: str, type_: str, metadata: Mapping[str, Any] | None, version: int | None
) -> str:
    field_id = world.ids.time_based()
    # Observed: a string field comes back with version 1. For the other types nothing is known.
    versioned = 1 if type_ == "string" else version or 1 if type_ in _DATES else None
    world.db.insert(
        "custom_fields",
        custom_field_id=field_id,
        label=label,
        label_key=key_of(label),
        name=derived_name(world, label),
        type=type_,
        metadata=packed(metadata) if metadata else None,
        version=versioned,
        created_at=now,
        updated_at=now,
    )
    return field_id


def insert_choices(world: World, now: int, field_id: str, labels: list[str]) -> None:
    for order, label in enumerate(labels, 1):
        _insert_choice(world, now, field_id, {"choice_label": label, "display_order": order})


def remove(world: World, custom_field_id: str) -> str | None:
    """Delete a field with its choices and its values; answer what kept it from doing so."""
    if not world.db.run("DELETE FROM custom_fields WHERE custom_field_id = ?", custom_field_id):
        return f"Custom field {custom_field_id} was not found"
    world.db.run("DELETE FROM choices WHERE custom_field_id = ?", custom_field_id)
    world.db.run("DELETE FROM field_values WHERE custom_field_id = ?", custom_field_id)
    return None


def deletion_of(custom_field_ids: list[str]) -> Order:
    return Order({"custom_field_ids": custom_field_ids})  # this activity counts nothing, says the contract


def _remove_all(world: World, at: int, task: Task) -> Outcome:  # noqa: ARG001 - the form that all jobs share
    return Outcome({}, jobs.each(task.ids("custom_field_ids"), lambda field_id: remove(world, field_id)))


DELETION = Job("custom_fields_delete", _remove_all)
JOBS = (DELETION,)


def derived_name(world: World, label: str) -> str:
    """Blanks become underscores. Answers were observed in lower case; the contract's example keeps case."""
    name = re.sub(r"\s", "_", label)
    return name if world.switches.keep_field_name_case else name.lower()


def _label(checks: Checks) -> str:
    return checks.text("label", required=True, most=LONGEST_LABEL) or ""


def _type(checks: Checks) -> str:
    type_ = checks.text("type", required=True)
    if type_ is not None and type_ not in TYPES:
        checks.problem(f"type does not have a valid value (of {', '.join(TYPES)})")
    return type_ or ""


def _metadata(checks: Checks, type_: str) -> dict[str, Any] | None:
    metadata = checks.object("metadata")
    if metadata is None:
        return None
    inner = Checks(checks.call, metadata, "metadata.")
    inner.only(
        ("display_type", "allow_negative", "decimal_places", "currency_code", "integer", "display_format")
    )
    display = inner.text("display_type")
    if display is not None and display not in MOST_CHOICES:
        inner.problem(f"display_type does not have a valid value (of {', '.join(MOST_CHOICES)})")
    currency = inner.text("currency_code")
    if currency is not None and not re.fullmatch("[A-Za-z]{3}", currency):
        inner.problem("currency_code must have three letters")
    inner.boolean("allow_negative")
    inner.text("display_format")
    _check_decimals(inner, type_)
    checks.problems += inner.problems
    return metadata


def _check_decimals(metadata: Checks, type_: str) -> None:
    whole, places = metadata.boolean("integer"), metadata.integer("decimal_places", 0, 4)
    if type_ in _NUMBERS and whole is False and not places:
        metadata.problem("decimal_places must be 1 to 4 where integer is false")


def _choices(
    checks: Checks, type_: str, metadata: Mapping[str, Any] | None, *, required: bool = False
) -> list[dict[str, Any]]:
    choices = checks.items("choices", dict)
    if type_ not in _SELECTS:
        if choices:
            checks.problem("choices are only for single_select and multi_select")
        return []
    if required and not choices:
        checks.problem("choices is missing")
    display = (metadata or {}).get("display_type")
    most = MOST_CHOICES.get(display, 100) if isinstance(display, str) else 100
    if len(choices) > most:
        checks.problem(f"choices must not have more than {most} elements")
    return [_choice(checks, order, choice) for order, choice in enumerate(choices[:most], 1)]


def _choice(checks: Checks, order: int, choice: dict[str, Any]) -> dict[str, Any]:
    inner = Checks(checks.call, choice, f"choices[{order - 1}].")
    inner.only(
        (
            "choice_id",
            "choice_label",
            "display_order",
            "custom_field_id",
            "created_at",
            "updated_at",
            "deleted_at",
        )
    )
    read = {
        "choice_id": inner.integer("choice_id"),
        "choice_label": inner.text("choice_label", required=True, most=LONGEST_CHOICE),
        "display_order": inner.integer("display_order"),
    }
    checks.problems += inner.problems
    return read | {"display_order": order if read["display_order"] is None else read["display_order"]}


def _check_choice_ids(call: Call, checks: Checks, field_id: str, choices: list[dict[str, Any]]) -> None:
    sql = "SELECT choice_id FROM choices WHERE custom_field_id = ? AND deleted_at IS NULL"
    known = {row["choice_id"] for row in call.world.db.rows(sql, field_id)}
    given = [choice["choice_id"] for choice in choices if choice["choice_id"] is not None]
    if not known.issuperset(given) or len(set(given)) < len(given):
        checks.problem("choices hold a choice_id that is unknown or repeated")


def _replace_choices(call: Call, field_id: str, choices: list[dict[str, Any]]) -> None:
    world, kept = call.world, {choice["choice_id"] for choice in choices}
    for row in world.db.rows(
        "SELECT * FROM choices WHERE custom_field_id = ? AND deleted_at IS NULL", field_id
    ):
        if row["choice_id"] not in kept:
            world.db.run("UPDATE choices SET deleted_at = ? WHERE choice_id = ?", call.now, row["choice_id"])
    for choice in choices:
        if choice["choice_id"] is None:
            _insert_choice(world, call.now, field_id, choice)
        else:
            world.db.run(
                "UPDATE choices SET choice_label = ?, display_order = ?, updated_at = ? WHERE choice_id = ?",
                choice["choice_label"], choice["display_order"], call.now, choice["choice_id"],
            )  # fmt: skip
    field_values.relabel(world, field_id)


def _insert_choice(world: World, now: int, field_id: str, choice: Mapping[str, Any]) -> None:
    world.db.insert(
        "choices",
        choice_id=world.db.count("choice_id", _FIRST_CHOICE),
        custom_field_id=field_id,
        choice_label=choice["choice_label"],
        display_order=choice["display_order"],
        created_at=now,
        updated_at=now,
    )


def _refuse_taken(world: World, label: str, name: str | None = None, besides: str | None = None) -> None:
    """The label is unique, and so is the name that is derived from it when the field is made."""
    rows = world.db.rows(
        "SELECT * FROM custom_fields WHERE (label_key = ? OR name = ?) AND custom_field_id IS NOT ?",
        key_of(label), name, besides,
    )  # fmt: skip
    for row in rows:
        if row["name"] == name or row["label"] == label or not world.switches.case_sensitive_names:
            raise conflict(
                _SERVICE, f"Label or name already exists for custom field {row['custom_field_id']}"
            )


def _find(call: Call, custom_field_id: str) -> Mapping[str, Any]:
    known = checked_uuid(call, "custom_field_id", custom_field_id)
    row = call.world.db.row("SELECT * FROM custom_fields WHERE custom_field_id = ?", known)
    if row is None:
        raise not_found(_SERVICE, f"Custom field {custom_field_id} was not found")
    return row


def _shown(world: World, row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("custom_field_id", "label", "name", "type")}
    if row["metadata"] is not None:
        shown["metadata"] = json.loads(row["metadata"])
    if row["version"] is not None:
        shown["version"] = row["version"]
    if row["type"] in _SELECTS:
        shown["choices"] = _shown_choices(world, row["custom_field_id"])
    return shown | {
        "created_at": with_seconds(row["created_at"]),
        "updated_at": with_seconds(row["updated_at"]),
    }


def _shown_choices(world: World, field_id: str) -> list[dict[str, Any]]:
    """Deleted choices are left out (the contract has a date for them, nobody says whether they are shown)."""
    alive = "SELECT * FROM choices WHERE custom_field_id = ? AND deleted_at IS NULL"
    return [
        {
            "custom_field_id": field_id,
            "choice_id": row["choice_id"],
            "choice_label": row["choice_label"],
            "display_order": row["display_order"],
            "created_at": with_seconds(row["created_at"]),
            "updated_at": with_seconds(row["updated_at"]),
        }
        for row in world.db.rows(f"{alive} ORDER BY display_order, choice_id", field_id)
    ]
