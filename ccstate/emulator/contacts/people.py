"""Contacts as rows: how one is found and written, whoever asks. How one is shown is in `contact_documents`.

The collections read bodies and answer calls; what a write does to a contact is here, so that a sign-up form,
a PUT, a bulk import and a seed all leave the same rows behind. `status` is derived and never written alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccstate.emulator.contacts import sms
from ccstate.emulator.contacts.field_values import FieldValue
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import Row, packed
from ccstate.emulator.storage.world import World

SOURCES = ("Account", "Contact")
OPTED_IN = ("explicit", "implicit")
PERMISSIONS = (*OPTED_IN, "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
STATUSES = ("active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
DEFAULT_PERMISSION = "implicit"  # documented for imports, assumed for everything but sign-up forms
PLAIN = (
    "first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day", "anniversary",
)  # fmt: skip
ADDRESS = ("kind", "street", "city", "state", "postal_code", "country")
SUBRESOURCES = (
    "custom_fields", "phone_numbers", "street_addresses", "list_memberships", "taggings", "notes",
    "sms_channel",
)  # fmt: skip


@dataclass(frozen=True)
class Email:
    address: str
    permission: str | None = None  # None: as it is, and the default for a new address
    reason: str | None = None  # why the contact opted out


@dataclass(frozen=True)
class Person:
    """What a write says of a contact; None: not a word about it. `source` is who acts, Account or Contact."""

    source: str
    plain: Mapping[str, Any] = field(default_factory=dict)  # columns of PLAIN
    email: Email | None = None
    phone_numbers: Sequence[Mapping[str, Any]] | None = None
    street_addresses: Sequence[Mapping[str, Any]] | None = None
    notes: Sequence[Mapping[str, Any]] | None = None
    field_values: Mapping[str, FieldValue] | None = None  # by custom_field_id
    list_ids: Sequence[str] | None = None
    tag_ids: Sequence[str] | None = None
    sms_channel: sms.Channel | None = None


def status_of(permission: str | None, *, deleted: bool = False) -> str:
    """What `GET /contacts?status=` filters by. Without an address it is not_set (assumed)."""
    if deleted:
        return "deleted"
    return "active" if permission in OPTED_IN else permission or "not_set"


def key_of(address: str) -> str:
    """An address as uniqueness sees it: case does not count (assumed)."""
    return address.casefold()


def find(world: World, contact_id: str) -> Row | None:
    return world.db.row("SELECT * FROM contacts WHERE contact_id = ?", contact_id)


def with_address(world: World, address: str) -> Row | None:
    """Deleted contacts keep their address."""
    return world.db.row("SELECT * FROM contacts WHERE email_key = ?", key_of(address))


def with_number(world: World, number: str) -> Row | None:
    """By SMS number, dial code included; deleted contacts keep that too."""
    return world.db.row("SELECT * FROM contacts WHERE sms_key = ?", number)


def insert(world: World, at: int, person: Person) -> int:
    """Make a contact and answer its number."""
    at = at // SECOND * SECOND  # what is shown has no fractions, and filters must agree with it
    columns = dict(person.plain) | _email_columns({}, person, at) | _array_columns(world, {}, person, at)
    contact = world.db.insert(
        "contacts",
        contact_id=world.ids.time_based(),
        status=status_of(columns.get("permission_to_send")),
        create_source=person.source,
        created_at=at,
        updated_at=at,
        **columns,
    )
    _write_parts(world, at, contact, person, adding=True)
    return contact


def update(world: World, at: int, row: Mapping[str, Any], person: Person, *, adding: bool = False) -> None:
    """Change a contact, and revive a deleted one.

    Arrays are replaced. With `adding`, lists, tags and custom fields are added to those that are there.
    """
    at = at // SECOND * SECOND
    columns = dict(person.plain) | _email_columns(row, person, at) | _array_columns(world, row, person, at)
    columns |= {
        "status": status_of(columns.get("permission_to_send", row["permission_to_send"])),
        "update_source": person.source,
        "updated_at": at,
        "deleted_at": None,
    }
    rewrite(world, row["contact"], columns)
    _write_parts(world, at, row["contact"], person, adding=adding)


def delete(world: World, at: int, contact: int) -> None:
    """Hide a contact. It leaves its lists, says the guide, and keeps all else, its address above all."""
    at = at // SECOND * SECOND
    rewrite(world, contact, {"status": "deleted", "deleted_at": at, "updated_at": at})
    world.db.run("DELETE FROM memberships WHERE contact = ?", contact)


def delete_all(world: World, at: int, contacts: str) -> int:
    """The same for everyone whom a query finds; answers how many there were."""
    at = at // SECOND * SECOND
    world.db.run(f"DELETE FROM memberships WHERE contact IN ({contacts})")
    sql = "UPDATE contacts SET status = 'deleted', deleted_at = ?, updated_at = ? WHERE contact IN"
    return world.db.run(f"{sql} ({contacts})", at, at)


def rewrite(world: World, contact: int, columns: Mapping[str, Any]) -> None:
    """Set columns as they are; what follows from them is the caller's business."""
    names = ", ".join(f"{name} = ?" for name in columns)
    world.db.run(f"UPDATE contacts SET {names} WHERE contact = ?", *columns.values(), contact)


def _email_columns(before: Mapping[str, Any], person: Person, at: int) -> dict[str, Any]:
    """The address, the permission, and what follows from it: who opted in or out, and when."""
    if person.email is None:
        return {}
    email, had = person.email, before.get("permission_to_send")
    permission = email.permission or had or DEFAULT_PERMISSION
    columns: dict[str, Any] = {
        "email_address": email.address,
        "email_key": key_of(email.address),
        "permission_to_send": permission,
    }
    if before.get("email_key") != columns["email_key"]:
        columns["email_created_at"] = at
    columns |= consent_columns(had, permission, person.source, at, email.reason)
    changed = any(before.get(name) != value for name, value in columns.items())
    return columns | ({"email_updated_at": at} if changed else {})


def change_permission(
    world: World, at: int, row: Mapping[str, Any], permission: str, source: str, reason: str | None = None
) -> None:
    """Let a contact opt in or out, as by a click in a mail."""
    at = at // SECOND * SECOND
    columns = consent_columns(row["permission_to_send"], permission, source, at, reason)
    columns |= {"permission_to_send": permission, "email_updated_at": at}
    columns |= {"status": status_of(permission, deleted=row["deleted_at"] is not None)}
    rewrite(world, row["contact"], columns | {"update_source": source, "updated_at": at})


def consent_columns(
    had: str | None, permission: str, source: str, at: int, reason: str | None = None
) -> dict[str, Any]:
    """What goes with a permission that replaces another one."""
    columns: dict[str, Any] = {}
    if permission in OPTED_IN and had not in OPTED_IN:
        columns |= {"opt_in_source": source, "opt_in_date": at, "resubscribe_list_ids": None}
    if permission != had:
        columns["confirm_status"] = "pending" if permission == "pending_confirmation" else "off"
    if permission != "unsubscribed":
        columns |= {"opt_out_source": None, "opt_out_date": None, "opt_out_reason": None}
    elif had != "unsubscribed":
        columns |= {"opt_out_source": source, "opt_out_date": at, "opt_out_reason": reason}
    elif reason is not None:
        columns["opt_out_reason"] = reason
    return columns


def _array_columns(world: World, before: Mapping[str, Any], person: Person, at: int) -> dict[str, Any]:
    """The sub-resources that nobody searches are JSON in the contact's row."""
    columns: dict[str, Any] = {}
    if person.phone_numbers is not None:
        old = json.loads(before.get("phone_numbers", "[]"))
        columns["phone_numbers"] = packed(_phones(world, at, old, person.phone_numbers, person.source))
    if person.notes is not None:
        old = json.loads(before.get("notes", "[]"))
        columns["notes"] = packed(_notes(world, at, old, person.notes))
    if person.sms_channel is not None:
        columns |= sms.columns(world, before, person.sms_channel, person.source, at)
    return columns


def _phones(
    world: World, at: int, before: Iterable[Row], after: Iterable[Mapping[str, Any]], source: str
) -> list[Row]:
    """A number that was there keeps its id and its dates (assumed)."""
    kept: dict[tuple[str, str], list[Row]] = {}
    for known in before:
        kept.setdefault((known["phone_number"], known["kind"]), []).append(known)
    written = []
    for phone in after:
        old = kept.get((phone["phone_number"], phone["kind"]))
        written.append(old.pop(0) if old else _new_phone(world, at, phone, source))
    return written


def _new_phone(world: World, at: int, phone: Mapping[str, Any], source: str) -> Row:
    return {
        "phone_number_id": world.ids.time_based(),
        "phone_number": phone["phone_number"],
        "kind": phone["kind"],
        "created_at": at,
        "updated_at": at,
        "create_source": source,
    }


def _notes(world: World, at: int, before: list[Row], after: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Most recent first, as the contract says. A note with a known id keeps it, and its date."""
    kept = {note["note_id"]: note for note in before}
    written = []
    for note in after:
        old = kept.pop(note.get("note_id"), None)
        written.append(
            {
                "note_id": old["note_id"] if old else world.ids.time_based(),
                "created_at": old["created_at"] if old else at,
                "content": note["content"],
            }
        )
    return sorted(written, key=lambda note: -int(note["created_at"]))


def _write_parts(world: World, at: int, contact: int, person: Person, *, adding: bool) -> None:
    """The sub-resources that have tables of their own."""
    if person.street_addresses is not None:
        _write_addresses(world, at, contact, person.street_addresses)
    for table, identifier, ids in (
        ("memberships", "list_id", person.list_ids),
        ("taggings", "tag_id", person.tag_ids),
    ):
        if ids is not None:
            if not adding:
                world.db.run(f"DELETE FROM {table} WHERE contact = ?", contact)
            sql = f"INSERT OR IGNORE INTO {table} ({identifier}, contact) VALUES (?, ?)"
            world.db.connection.executemany(sql, [(known, contact) for known in ids])
    if person.field_values is not None:
        write_values(world, contact, person.field_values, adding=adding)


def phone_numbers(row: Mapping[str, Any]) -> list[Row]:
    phones: list[Row] = json.loads(row["phone_numbers"])
    return phones


def street_addresses(world: World, contact: int) -> list[Row]:
    sql = "SELECT * FROM street_addresses WHERE contact = ? ORDER BY position"
    return [{name: row[name] for name in ADDRESS} for row in world.db.rows(sql, contact)]


def add_memberships(world: World, contact: int, list_ids: Iterable[str]) -> None:
    sql = "INSERT OR IGNORE INTO memberships (list_id, contact) VALUES (?, ?)"
    world.db.connection.executemany(sql, [(list_id, contact) for list_id in list_ids])


def write_values(world: World, contact: int, values: Mapping[str, FieldValue], *, adding: bool) -> None:
    if not adding:
        world.db.run("DELETE FROM field_values WHERE contact = ?", contact)
    world.db.connection.executemany(
        "INSERT OR REPLACE INTO field_values (custom_field_id, contact, value, choice_ids) "
        "VALUES (?, ?, ?, ?)",
        [(field_id, contact, value.text, value.packed_ids()) for field_id, value in values.items()],
    )


def _write_addresses(world: World, at: int, contact: int, addresses: Sequence[Mapping[str, Any]]) -> None:
    """An address keeps its id as long as its kind stays at its place (assumed)."""
    sql = "SELECT * FROM street_addresses WHERE contact = ?"
    before = {(row["position"], row["kind"]): row for row in world.db.rows(sql, contact)}
    world.db.run("DELETE FROM street_addresses WHERE contact = ?", contact)
    for position, address in enumerate(addresses, 1):
        content = {name: address.get(name) for name in ADDRESS}
        old = before.get((position, content["kind"]))
        same = old is not None and all(old[name] == value for name, value in content.items())
        world.db.insert(
            "street_addresses",
            contact=contact,
            position=position,
            street_address_id=old["street_address_id"] if old else world.ids.time_based(),
            **content,
            created_at=old["created_at"] if old else at,
            updated_at=old["updated_at"] if old and same else at,
        )
