"""Contacts as the API shows them, a page of them at a time: sub-resources are read once for the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ccstate.emulator.contacts import sms
from ccstate.emulator.contacts.people import ADDRESS, PLAIN, SUBRESOURCES
from ccstate.emulator.storage.clock import moment, with_seconds
from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World

_Rows = Sequence[Mapping[str, Any]]
_Parts = dict[int, Any]


def shown(world: World, rows: Sequence[Mapping[str, Any]], include: Iterable[str] = ()) -> list[Row]:
    """Contacts as the API has them, with the sub-resources asked for. What is not set is left out."""
    documents = [_shown(row) for row in rows]
    for name in SUBRESOURCES:
        if name in include:
            parts = _READERS[name](world, rows)
            for row, document in zip(rows, documents, strict=True):
                document |= {name: parts[row["contact"]]} if row["contact"] in parts else {}
    return documents


def _shown(row: Mapping[str, Any]) -> Row:
    document: Row = {"contact_id": row["contact_id"]}
    if row["email_address"] is not None:
        document["email_address"] = _shown_email(row)
    document |= {
        name: row[name] for name in (*PLAIN, "update_source", "create_source") if row[name] is not None
    }
    document |= {"created_at": with_seconds(row["created_at"]), "updated_at": with_seconds(row["updated_at"])}
    if row["deleted_at"] is not None:
        document["deleted_at"] = moment(row["deleted_at"]).date().isoformat()  # a date, says the contract
    return document


def _shown_email(row: Mapping[str, Any]) -> Row:
    email: Row = {
        "address": row["email_address"],
        "permission_to_send": row["permission_to_send"],
        "created_at": with_seconds(row["email_created_at"]),
        "updated_at": with_seconds(row["email_updated_at"]),
    }
    for name in ("opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "opt_out_reason"):
        if row[name] is not None:
            email[name] = with_seconds(row[name]) if name.endswith("_date") else row[name]
    return email | {"confirm_status": row["confirm_status"]}


def _parts(world: World, rows: _Rows, sql: str) -> dict[int, list[Row]]:
    """What a table holds for these contacts; `{}` in the statement stands for their numbers."""
    parts: dict[int, list[Row]] = {row["contact"]: [] for row in rows}
    marks = ", ".join("?" * len(parts))
    for found in world.db.rows(sql.format(marks), *parts):
        parts[found["contact"]].append(found)
    return parts


def _lists_of(world: World, rows: _Rows) -> _Parts:
    sql = (
        "SELECT contact, list_id FROM memberships JOIN lists USING (list_id) "
        "WHERE contact IN ({}) ORDER BY lists.seq"
    )
    parts = _parts(world, rows, sql)
    return {contact: [found["list_id"] for found in of_it] for contact, of_it in parts.items()}


def _tags_of(world: World, rows: _Rows) -> _Parts:
    sql = (
        "SELECT contact, tag_id FROM taggings JOIN tags USING (tag_id) "
        "WHERE contact IN ({}) ORDER BY tags.seq"
    )
    parts = _parts(world, rows, sql)
    return {contact: [found["tag_id"] for found in of_it] for contact, of_it in parts.items()}


def _values_of(world: World, rows: _Rows) -> _Parts:
    sql = (
        "SELECT contact, custom_field_id, value, choice_ids FROM field_values "
        "JOIN custom_fields USING (custom_field_id) WHERE contact IN ({}) ORDER BY custom_fields.seq"
    )
    return {
        contact: [_shown_value(found) for found in of_it]
        for contact, of_it in _parts(world, rows, sql).items()
    }


def _shown_value(found: Row) -> Row:
    document = {"custom_field_id": found["custom_field_id"], "value": found["value"]}
    if found["choice_ids"] is not None:  # strings here, integers on the field itself, says the contract
        document["choice_ids"] = [str(choice_id) for choice_id in json.loads(found["choice_ids"])]
    return document


def _addresses_of(world: World, rows: _Rows) -> _Parts:
    parts = _parts(
        world, rows, "SELECT * FROM street_addresses WHERE contact IN ({}) ORDER BY contact, position"
    )
    names = ("street_address_id", *ADDRESS)
    return {
        contact: [
            {name: found[name] for name in names if found[name] is not None} | _dates(found)
            for found in of_it
        ]
        for contact, of_it in parts.items()
    }


def _phones_of(world: World, rows: _Rows) -> _Parts:  # noqa: ARG001 - the form that all readers share
    return {
        row["contact"]: [phone | _dates(phone) for phone in json.loads(row["phone_numbers"])] for row in rows
    }


def _notes_of(world: World, rows: _Rows) -> _Parts:  # noqa: ARG001
    return {
        row["contact"]: [
            note | {"created_at": with_seconds(note["created_at"])} for note in json.loads(row["notes"])
        ]
        for row in rows
    }


def _sms_of(world: World, rows: _Rows) -> _Parts:  # noqa: ARG001
    """Only contacts that have one show a channel."""
    return {
        row["contact"]: sms.shown(json.loads(row["sms_channel"]))
        for row in rows
        if row["sms_channel"] is not None
    }


def _dates(found: Mapping[str, Any]) -> Row:
    return {name: with_seconds(found[name]) for name in ("created_at", "updated_at")}


_READERS = {
    "custom_fields": _values_of,
    "phone_numbers": _phones_of,
    "street_addresses": _addresses_of,
    "list_memberships": _lists_of,
    "taggings": _tags_of,
    "notes": _notes_of,
    "sms_channel": _sms_of,
}
