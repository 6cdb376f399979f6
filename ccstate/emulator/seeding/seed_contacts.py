"""Contacts of a seed: crowds of so many, and single ones written out with all that a contact can have.

What stands there is what is stored. A seed may hold who opted out years ago, was deleted since, or has a
permission that no form could give; but lists, tags, fields and choices must be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.checks import is_email_address
from ccstate.emulator.contacts import people, sms
from ccstate.emulator.contacts.contact_bodies import (
    ADDRESS_KINDS,
    MOST_LISTS,
    MOST_TAGS,
    MOST_VALUES,
    PHONE_KINDS,
)  # fmt: skip
from ccstate.emulator.contacts.field_values import BadValue, FieldValue, fields, from_text, parse_date
from ccstate.emulator.contacts.people import ADDRESS, PERMISSIONS, SOURCES, STATUSES, Email, Person
from ccstate.emulator.seeding.crowds import Crowd, fabricate
from ccstate.emulator.seeding.seed_items import Item, reference
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World

CROWD = ("count", "lists", "tags", "custom_fields", "status", "permission_to_send", "created_at")
SINGLE = (
    "email_address", "first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day",
    "anniversary", "phone_numbers", "street_addresses", "notes", "sms_number", "sms_permission",
    "create_source", "update_source", "opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date",
    "opt_out_reason", "updated_at",
)  # fmt: skip
KNOWN = (*CROWD, *SINGLE)
_TEXTS = ("first_name", "last_name", "job_title", "company_name")
_PHONE = ("phone_number", "kind")
_CONSENT = ("opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "opt_out_reason")


def plant(world: World, item: Item) -> int:
    """One contact where anything of a single one is said, else as many as `count`; answers how many."""
    single = [name for name in SINGLE if name in item]
    if not single:
        crowd = _crowd(world, item)
        fabricate(world, crowd)
        return crowd.count
    if "count" in item:
        raise item.bad("count", f"not together with {', '.join(single)}; repeat the element instead")
    _plant_one(world, item)
    return 1


def _crowd(world: World, item: Item) -> Crowd:
    permission, deleted = _permission(item)
    return Crowd(
        item.number("count", 1), item.instant("created_at", world.now()), permission, deleted,
        _ids(world, item, "lists", "list_id", MOST_LISTS), _ids(world, item, "tags", "tag_id", MOST_TAGS),
        _values(world, item),
    )  # fmt: skip


def _permission(item: Item) -> tuple[str, bool]:
    """`status` says it for short. Beside a permission it can only add that the contact was deleted."""
    status = item.word("status", STATUSES, "active")
    short = people.DEFAULT_PERMISSION if status in ("active", "deleted") else status
    permission = item.word("permission_to_send", PERMISSIONS, short)
    if "status" in item and people.status_of(permission, deleted=status == "deleted") != status:
        raise item.bad("status", f"does not go with the permission {permission}")
    return permission, status == "deleted"


def _ids(world: World, item: Item, name: str, identifier: str, most: int) -> list[str]:
    ids = [reference(world, item, name, identifier, word) for word in item.words(name)]
    if len(ids) > most:
        raise item.bad(name, f"a contact can have {most}")
    return ids


def _values(world: World, item: Item) -> dict[str, FieldValue]:
    """By the name, label or id of the field; several choices in one text or in a list."""
    given = item.get("custom_fields", Mapping, {})
    if len(given) > MOST_VALUES:
        raise item.bad("custom_fields", f"a contact can have {MOST_VALUES}")
    values = {}
    for name, value in given.items():
        field_id = reference(world, item, "custom_fields", "custom_field_id", name)
        try:
            values[field_id] = from_text(world, fields(world, [field_id])[field_id], _spelled(value))
        except BadValue as problem:
            raise item.bad("custom_fields", f"{name}: {value!r} {problem}") from problem
    return values


def _spelled(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plant_one(world: World, item: Item) -> None:
    created = item.instant("created_at", world.now())
    permission, deleted = _permission(item)
    person = _person(world, item, permission)
    _refuse_taken(world, item, person)
    contact = people.insert(world, created, person)
    people.rewrite(world, contact, _history(item, created))
    if deleted:
        people.delete(world, item.instant("updated_at", world.now()), contact)


def _person(world: World, item: Item, permission: str) -> Person:
    address = item.get("email_address", str)
    if address is not None and not is_email_address(address):
        raise item.bad("email_address", "no email address")
    return Person(
        source=item.word("create_source", SOURCES, "Account"),
        plain=_plain(item),
        email=Email(address, permission, item.get("opt_out_reason", str)) if address else None,
        phone_numbers=[_phone(phone) for phone in item.items("phone_numbers", "phone_number", _PHONE)],
        street_addresses=[_street(part) for part in item.items("street_addresses", "street", ADDRESS)],
        notes=[{"content": note.text("content")} for note in item.items("notes", "content", ("content",))],
        field_values=_values(world, item),
        list_ids=_ids(world, item, "lists", "list_id", MOST_LISTS),
        tag_ids=_ids(world, item, "tags", "tag_id", MOST_TAGS),
        sms_channel=_sms(item),
    )


def _plain(item: Item) -> dict[str, Any]:
    plain: dict[str, Any] = {name: item.get(name, str) for name in _TEXTS}
    for name, most in (("birthday_month", 12), ("birthday_day", 31)):
        plain[name] = item.number(name, most=most) or None
    if "anniversary" in item:
        try:
            plain["anniversary"] = parse_date(item.text("anniversary"))
        except BadValue as problem:
            raise item.bad("anniversary", str(problem)) from problem
    return plain


def _phone(phone: Item) -> dict[str, Any]:
    return {"phone_number": phone.text("phone_number"), "kind": phone.word("kind", PHONE_KINDS, "other")}


def _street(address: Item) -> dict[str, Any]:
    texts = {name: address.get(name, str) for name in ADDRESS}
    return texts | {"kind": address.word("kind", ADDRESS_KINDS, "home")}


def _sms(item: Item) -> sms.Channel | None:
    permission = item.word("sms_permission", sms.STATUSES, "explicit")
    number = item.get("sms_number", str)
    if number is None:
        return None
    if not re.fullmatch(r"1\d{10}", number, re.ASCII):
        raise item.bad("sms_number", "a number of the United States is wanted: 1 and ten digits")
    consent = {"consent_type": sms.CONSENT_TYPES[0], "sms_consent_permission": permission}
    return sms.Channel("1", number[1:], "US", (consent,))


def _history(item: Item, created: int) -> dict[str, Any]:
    """What the seed knows better than what follows from making the contact."""
    written: dict[str, Any] = {"updated_at": item.instant("updated_at", created) // SECOND * SECOND}
    if "update_source" in item:
        written["update_source"] = item.word("update_source", SOURCES, "Account")
    for name in _CONSENT:
        if name not in item:
            continue
        if "email_address" not in item:
            raise item.bad(name, "not without an email_address")
        if name.endswith("_source"):
            written[name] = item.word(name, SOURCES, "Contact")
        elif name.endswith("_date"):
            written[name] = item.instant(name, created) // SECOND * SECOND
        else:
            written[name] = item.text(name)
    return written


def _refuse_taken(world: World, item: Item, person: Person) -> None:
    if person.email is not None and people.with_address(world, person.email.address):
        raise item.bad("email_address", f"{person.email.address} is there already")
    if person.sms_channel is not None and people.with_number(world, person.sms_channel.key):
        raise item.bad("sms_number", f"{person.sms_channel.key} is there already")
