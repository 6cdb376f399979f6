"""Reads what a body says of a contact, part by part, for a `Person`. Problems gather in the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ccstate.emulator.checks import Checks
from ccstate.emulator.contacts.field_values import (
    BadValue,
    FieldValue,
    fields,
    from_choices,
    from_text,
    parse_date,
)
from ccstate.emulator.contacts.people import ADDRESS, PERMISSIONS, PLAIN, SOURCES, SUBRESOURCES, Email
from ccstate.emulator.names import is_uuid
from ccstate.emulator.storage.world import World

MOST_LISTS = MOST_TAGS = 50
MOST_VALUES = 25
MOST_PHONES = MOST_ADDRESSES = 3
MOST_NOTES = 25  # the release notes; the contract's schema has room for 150
LONGEST_PHONE, LONGEST_NOTE, LONGEST_REASON = 25, 2000, 255
PHONE_KINDS = ("home", "work", "mobile", "other")
ADDRESS_KINDS = ("home", "work", "other")
LONGEST = {"street": 255}  # everything else that is plain text: 50
LONGEST_TEXT = 50
KNOWN = (
    "contact_id", "email_address", *PLAIN, "create_source", "update_source", "created_at", "updated_at",
    "deleted_at", *SUBRESOURCES,
)  # fmt: skip


def word(checks: Checks, name: str, allowed: Sequence[str], *, required: bool = False) -> str | None:
    """One of a few words. A missing one gets both messages that were observed for it."""
    value = checks.text(name, required=required)
    if (value is None and required and checks.body.get(name) is None) or (
        value is not None and value not in allowed
    ):
        checks.problem(f"{name} does not have a valid value")
    return value if value in allowed else None


def source(checks: Checks, name: str) -> str:
    return word(checks, name, SOURCES, required=True) or ""


def plain(checks: Checks) -> dict[str, Any]:
    """The properties of the contact itself, all of them: what is left out or blank is null."""
    found: dict[str, Any] = {
        name: checks.text(name, most=LONGEST_TEXT) or None
        for name in ("first_name", "last_name", "job_title", "company_name")
    }
    month, day = checks.integer("birthday_month", 1, 12), checks.integer("birthday_day", 1, 31)
    if (checks.body.get("birthday_month") is None) != (checks.body.get("birthday_day") is None):
        checks.problem("birthday_month and birthday_day must be used together")
    return found | {"birthday_month": month, "birthday_day": day, "anniversary": anniversary(checks)}


def anniversary(checks: Checks) -> str | None:
    text = checks.text("anniversary")
    if not text:
        return None
    try:
        return parse_date(text)
    except BadValue as problem:
        checks.problem(f"anniversary does not have a valid value: it {problem}")
        return None


def email(checks: Checks) -> Email | None:
    """The object of POST and PUT; null is as good as left out."""
    body = checks.object("email_address")
    if body is None:
        return None
    inner = Checks(checks.call, body, "email_address.")
    inner.only(
        (
            "address", "permission_to_send", "created_at", "updated_at", "opt_in_source", "opt_in_date",
            "opt_out_source", "opt_out_date", "opt_out_reason", "confirm_status",
        )
    )  # fmt: skip
    address = inner.address("address", required=True)
    permission = word(inner, "permission_to_send", PERMISSIONS)
    reason = inner.text("opt_out_reason", most=LONGEST_REASON)
    checks.problems += inner.problems
    return Email(address or "", permission, reason or None)


def phone_numbers(checks: Checks) -> list[dict[str, Any]] | None:
    return _objects(checks, "phone_numbers", MOST_PHONES, _phone)


def _phone(inner: Checks) -> dict[str, Any]:
    inner.only(
        (
            "phone_number_id", "phone_number", "kind", "created_at", "updated_at", "update_source",
            "create_source",
        )
    )  # fmt: skip
    number = inner.text("phone_number", required=True, most=LONGEST_PHONE)
    return {"phone_number": number, "kind": word(inner, "kind", PHONE_KINDS) or "other"}


def street_addresses(checks: Checks) -> list[dict[str, Any]] | None:
    return _objects(checks, "street_addresses", MOST_ADDRESSES, street_address)


def street_address(inner: Checks) -> dict[str, Any]:
    inner.only(("street_address_id", *ADDRESS, "created_at", "updated_at"))
    texts = {name: inner.text(name, most=LONGEST.get(name, LONGEST_TEXT)) or None for name in ADDRESS[1:]}
    return {"kind": word(inner, "kind", ADDRESS_KINDS, required=True), **texts}


def notes(checks: Checks) -> list[dict[str, Any]] | None:
    return _objects(checks, "notes", MOST_NOTES, _note)


def _note(inner: Checks) -> dict[str, Any]:
    inner.only(("note_id", "created_at", "content"))
    return {
        "note_id": inner.text("note_id", most=LONGEST_TEXT),
        "content": inner.text("content", required=True, most=LONGEST_NOTE),
    }


def _objects(checks: Checks, name: str, most: int, read: Any) -> list[dict[str, Any]] | None:
    """An array of objects; None where the body does not speak of it."""
    if checks.body.get(name) is None:
        return None
    found = []
    for number, element in enumerate(checks.items(name, dict, most=most)):
        inner = Checks(checks.call, element, f"{name}[{number}].")
        found.append(read(inner))
        checks.problems += inner.problems
    return found


def list_ids(checks: Checks, name: str = "list_memberships") -> list[str] | None:
    return _known_ids(checks, name, "lists", "list_id", MOST_LISTS, "AND deleted_at IS NULL")


def tag_ids(checks: Checks) -> list[str] | None:
    return _known_ids(checks, "taggings", "tags", "tag_id", MOST_TAGS)


def _known_ids(
    checks: Checks, name: str, table: str, identifier: str, most: int, alive: str = ""
) -> list[str] | None:
    """Ids of lists or tags, each once. One that does not exist is a problem of the body: 400 (assumed)."""
    if checks.body.get(name) is None:
        return None
    given = list(dict.fromkeys(text.lower() for text in checks.items(name, str, most=most)))
    marks = ", ".join("?" * len(given))
    sql = f"SELECT {identifier} FROM {table} WHERE {identifier} IN ({marks}) {alive}"
    known = {row[identifier] for row in checks.call.world.db.rows(sql, *given)}
    for text in given:
        if not is_uuid(text):
            checks.problem(f"{name} holds an id in an invalid format")
        elif text not in known:
            checks.problem(f"{name} holds {text}, which does not exist")
    return given


def field_values(
    checks: Checks, *, most: int = MOST_VALUES, choices: bool = True
) -> dict[str, FieldValue] | None:
    """Values by the id of their field. An empty one is no value: with a PUT the field is empty after it."""
    if checks.body.get("custom_fields") is None:
        return None
    elements = checks.items("custom_fields", dict, most=most)
    ids = [element.get("custom_field_id") for element in elements]
    known = fields(checks.call.world, [text.lower() for text in ids if isinstance(text, str)])
    values: dict[str, FieldValue] = {}
    for number, element in enumerate(elements):
        inner = Checks(checks.call, element, f"custom_fields[{number}].")
        inner.only(("custom_field_id", "value", "choice_ids") if choices else ("custom_field_id", "value"))
        field_id = (inner.text("custom_field_id", required=True) or "").lower()
        value = _value(inner, known.get(field_id), choices=choices)
        if field_id in values:
            inner.problem("custom_field_id is repeated")
        elif value is not None:
            values[field_id] = value
        checks.problems += inner.problems
    return values


def _value(inner: Checks, field: Mapping[str, Any] | None, *, choices: bool) -> FieldValue | None:
    text = inner.text("value")
    choice_ids = inner.body.get("choice_ids") if choices else None
    if field is None:
        if not inner.problems:
            inner.problem("custom_field_id does not exist")
        return None
    if choice_ids is not None and not isinstance(choice_ids, list):
        inner.problem("choice_ids does not have a valid value: an array is wanted")
        return None
    try:
        return _read_value(inner.call.world, field, text, choice_ids)
    except BadValue as problem:
        inner.problem(f"value does not have a valid value: it {problem}")
        return None


def _read_value(
    world: World, field: Mapping[str, Any], text: str | None, choice_ids: list[Any] | None
) -> FieldValue | None:
    """Ids of choices count more than a text beside them, which is how a GET repeats them."""
    if choice_ids:
        return from_choices(world, field, choice_ids)
    return from_text(world, field, text) if text else None
