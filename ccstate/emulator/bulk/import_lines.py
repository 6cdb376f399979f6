"""One contact of an import, from the words of a CSV file or a JSON payload to a `Person`.

The two formats share their words. An import updates what it holds and nothing else: blanks erase nothing,
arrays are added to, and nobody is subscribed again. What is wrong with a line keeps all of it out; the
documentation tells errors that a user could correct in the web interface from others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccstate.emulator.checks import is_email_address
from ccstate.emulator.contacts import people, sms
from ccstate.emulator.contacts.contact_bodies import (
    LONGEST_PHONE,
    MOST_ADDRESSES,
    MOST_LISTS,
    MOST_PHONES,
    MOST_VALUES,
)
from ccstate.emulator.contacts.field_values import BadValue, FieldValue, from_text, parse_date
from ccstate.emulator.contacts.people import Email, Person
from ccstate.emulator.storage.clock import parse_instant
from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World

CUSTOM = "cf:"
_NAMES = ("first_name", "last_name", "job_title", "company_name")
_BIRTHDAY = {"birthday_month": 12, "birthday_day": 31}
_PHONES = {
    "phone": "other",
    "home_phone": "home",
    "work_phone": "work",
    "mobile_phone": "mobile",
    "other_phone": "other",
}
_ADDRESSES = {"": "home", "home_": "home", "work_": "work", "other_": "other"}
_PARTS = {
    "street": "street",
    "street2": "",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
}
_LONGEST = 50
_LONGEST_STREET = 255
_SMS_NUMBER = re.compile(r"\d{10}|\d{3}-\d{3}-\d{4}", re.ASCII)
_ALIASES = {"home country": "home_country"}  # the contract spells it with a blank
KNOWN = {
    "email", *_NAMES, *_BIRTHDAY, "anniversary", *_PHONES, "sms_number", "sms_consent_date",
    *(f"{prefix}{part}" for prefix in _ADDRESSES for part in _PARTS),
}  # fmt: skip


class BadLine(ValueError):
    """A contact that cannot be imported; the message says why."""

    def __init__(self, message: str, *, correctable: bool = False) -> None:
        super().__init__(message)
        self.correctable = correctable


@dataclass
class Import:
    """What holds for all contacts of an import, and the words in it that nobody knows."""

    list_ids: list[str]
    fields: Mapping[str, Row]  # by name
    sms_permission: str
    longest_address: int
    unknown: dict[str, None] = field(default_factory=dict)


def values_of(whole: Import, raw: Any) -> dict[str, str]:
    """The words of a contact that say something, as texts."""
    if not isinstance(raw, dict):
        raise BadLine("has a value without a heading")
    values: dict[str, str] = {}
    for word, value in raw.items():
        name = _ALIASES.get(word) or str(word)
        if name not in KNOWN and not (name.startswith(CUSTOM) and name.removeprefix(CUSTOM) in whole.fields):
            whole.unknown[word] = None
        elif value is not None and (text := _text(name, value)):
            values[name] = text
    return values


def find(world: World, whole: Import, values: Mapping[str, str]) -> Row | None:
    """Whom a line is about: the contact with its address, else the one with its number."""
    email, number = values.get("email"), values.get("sms_number")
    if email is None and number is None:
        raise BadLine("has neither email nor sms_number", correctable=True)
    if email is not None and (len(email) > whole.longest_address or not is_email_address(email)):
        raise BadLine("email is not an email address", correctable=True)
    by_address = people.with_address(world, email) if email is not None else None
    if number is None:
        return by_address
    if not _SMS_NUMBER.fullmatch(number):
        raise BadLine("sms_number is not a number of the United States")
    by_number = people.with_number(world, _sms_key(number))
    if by_address is not None and by_number is not None and by_address["contact"] != by_number["contact"]:
        raise BadLine("sms_number belongs to another contact")
    if (
        by_number is not None
        and email is not None
        and by_address is None
        and by_number["email_key"] is not None
    ):
        raise BadLine("sms_number belongs to a contact with another email")
    return by_address or by_number


def person(world: World, whole: Import, values: Mapping[str, str], before: Row | None) -> Person:
    """What a line says of a contact. Who unsubscribed is put on no list."""
    email = values.get("email")
    subscribes = before is None or before["permission_to_send"] != "unsubscribed"
    read = Person(
        source="Account",
        plain=_plain(values),
        email=Email(email) if email is not None and (before is None or before["email_key"] is None) else None,
        phone_numbers=_phones(values, before),
        street_addresses=_addresses(world, values, before),
        field_values=_field_values(world, whole, values),
        list_ids=whole.list_ids if subscribes else None,
        sms_channel=_channel(whole, values, before),
    )
    if before is not None:
        _check_room(world, before, read)
    return read


def _text(name: str, value: Any) -> str:
    if type(value) is int and abs(value) < 10**9 and (name in _BIRTHDAY or name.startswith(CUSTOM)):
        return str(value)
    if not isinstance(value, str):
        raise BadLine(f"{name} does not have a valid value: a string is wanted")
    return value.strip()


def _short(name: str, text: str, most: int = _LONGEST) -> str:
    if len(text) > most:
        raise BadLine(f"{name} must not be longer than {most} characters")
    return text


def _plain(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _short(name, values[name]) for name in _NAMES if name in values}
    if set(_BIRTHDAY) & set(values):
        for name, most in _BIRTHDAY.items():
            text = values.get(name, "")
            if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= most):
                raise BadLine(f"{name} does not have a valid value: 1 to {most}", correctable=True)
            found[name] = int(text)
    if "anniversary" in values:
        found["anniversary"] = _date("anniversary", values["anniversary"])
    return found


def _date(name: str, text: str) -> str:
    try:
        return parse_date(text)
    except BadValue as problem:
        raise BadLine(f"{name} {problem}", correctable=True) from problem


def _phones(values: Mapping[str, str], before: Row | None) -> list[Row] | None:
    """A number takes the place of the first one of its kind that no other word of the line took (assumed)."""
    given = [
        (kind, _short(name, values[name], LONGEST_PHONE)) for name, kind in _PHONES.items() if name in values
    ]
    if not given:
        return None
    phones = people.phone_numbers(before) if before is not None else []
    taken: set[int] = set()
    for kind, number in given:
        place = _place(phones, kind, taken)
        phones[place : place + 1] = [{"phone_number": number, "kind": kind}]
    if len(phones) > MOST_PHONES:
        raise BadLine(f"a contact can have {MOST_PHONES} phone numbers")
    return phones


def _addresses(world: World, values: Mapping[str, str], before: Row | None) -> list[Row] | None:
    """The parts of an address change those of the first one of its kind, likewise."""
    given = [
        (kind, {part: values[f"{prefix}{part}"] for part in _PARTS if f"{prefix}{part}" in values})
        for prefix, kind in _ADDRESSES.items()
    ]
    given = [(kind, parts) for kind, parts in given if parts]
    if not given:
        return None
    addresses = people.street_addresses(world, before["contact"]) if before is not None else []
    taken: set[int] = set()
    for kind, parts in given:
        place = _place(addresses, kind, taken)
        known = addresses[place] if place < len(addresses) else {"kind": kind}
        addresses[place : place + 1] = [known | _address(known, parts)]
    if len(addresses) > MOST_ADDRESSES:
        raise BadLine(f"a contact can have {MOST_ADDRESSES} street addresses")
    return addresses


def _address(known: Mapping[str, Any], parts: Mapping[str, str]) -> Row:
    """The second line of the street is appended to the first, says the contract; with a blank (assumed)."""
    found: Row = {
        _PARTS[part]: _short(part, text) for part, text in parts.items() if not part.startswith("street")
    }
    street = parts.get("street", (known.get("street") or "") if "street2" in parts else None)
    if street is not None:
        found["street"] = _short("street", f"{street} {parts.get('street2', '')}".strip(), _LONGEST_STREET)
    return found


def _place(elements: list[Row], kind: str, taken: set[int]) -> int:
    """Where something of a kind belongs: in place of what is there, or at the end."""
    free = [place for place, element in enumerate(elements) if element["kind"] == kind and place not in taken]
    place = free[0] if free else len(elements)
    taken.add(place)
    return place


def _field_values(world: World, whole: Import, values: Mapping[str, str]) -> dict[str, FieldValue] | None:
    found: dict[str, FieldValue] = {}
    for name, text in values.items():
        if name.startswith(CUSTOM):
            known = whole.fields[name.removeprefix(CUSTOM)]
            try:
                found[known["custom_field_id"]] = from_text(world, known, text)
            except BadValue as problem:
                raise BadLine(f"{name} {problem}") from problem
    if len(found) > MOST_VALUES:
        raise BadLine(f"a contact can have {MOST_VALUES} custom fields")
    return found or None


def _channel(whole: Import, values: Mapping[str, str], before: Row | None) -> sms.Channel | None:
    """Without a date of consent the permission is not set. One that is there already is left alone."""
    number = values.get("sms_number")
    if number is None or (
        before is not None and before["sms_key"] == _sms_key(number) and before["sms_status"] != "not_set"
    ):
        return None
    date = values.get("sms_consent_date")
    consent: dict[str, Any] = {"consent_type": sms.CONSENT_TYPES[0], "sms_consent_permission": "not_set"}
    if date is not None and whole.sms_permission == "explicit":
        consent["sms_consent_permission"] = "explicit"
        consent["opt_in_date"] = parse_instant(_date("sms_consent_date", date))
    return sms.Channel("1", number.replace("-", ""), "US", (consent,))


def _sms_key(number: str) -> str:
    return f"1{number.replace('-', '')}"


def _check_room(world: World, before: Row, read: Person) -> None:
    """What is added must fit beside what is there."""
    for noun, table, identifier, given, most in (
        ("be on", "memberships", "list_id", read.list_ids, MOST_LISTS),
        ("have", "field_values", "custom_field_id", read.field_values, MOST_VALUES),
    ):
        rows = world.db.rows(f"SELECT {identifier} FROM {table} WHERE contact = ?", before["contact"])
        if len({row[identifier] for row in rows}.union(given or ())) > most:
            things = "lists" if table == "memberships" else "custom fields"
            raise BadLine(f"a contact can {noun} {most} {things}")
