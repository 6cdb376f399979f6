"""Contacts as the lines of an exported CSV file.

The documentation names the fields that can be asked for, not the headings and values of the file. Headings
are those that integrators read from exported files; values are the API's own words, and instants are shown in
the account's time zone, as was observed. Kinds of phones and addresses have columns where somebody has them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ccstate.emulator.clock import moment
from ccstate.emulator.database import Row
from ccstate.emulator.world import World

# All that the guide names, in the order of the file. A file has all of them unless it is asked for fewer.
_HEADINGS = {
    "email_address": "Email address",
    "first_name": "First name",
    "last_name": "Last name",
    "company_name": "Company",
    "job_title": "Job title",
    "email_optin_date": "Confirmed Opt-In Date",
    "email_optin_source": "Confirmed Opt-In Source",
    "email_optout_date": "Confirmed Opt-Out Date",
    "email_optout_source": "Confirmed Opt-Out Source",
    "email_optout_reason": "Confirmed Opt-Out Reason",
    "phone_number": "Phone",
    "street": "Street address line 1",
    "city": "City",
    "state": "State/Province",
    "zip": "Zip/Postal Code",
    "country": "Country",
    "website": "Website",
    "social_profiles": "Social profiles",
    "anniversary": "Anniversary",
    "birthday": "Birthday",
    "birthday_month": "Birthday month",
    "birthday_day": "Birthday day",
    "notes": "Notes",
    "custom_fields": "",
    "tags": "Tags",
    "email_lists": "Email Lists",
    "source_name": "Source Name",
    "created_at": "Created At",
    "updated_at": "Updated At",
    "contact_id": "Contact ID",
}
FIELDS = tuple(_HEADINGS)
OF_EMAIL = (
    "email_optin_date", "email_optin_source", "email_optout_date", "email_optout_source",
    "email_optout_reason",
)  # fmt: skip
# A contact of this API has neither website nor profiles; the id is for those who ask, say the release notes.
_BY_DEFAULT = tuple(field for field in FIELDS if field not in ("website", "social_profiles", "contact_id"))
_ADDRESS = ("street", "city", "state", "zip", "country")
_COLUMNS = {
    "email_optin_date": "opt_in_date", "email_optin_source": "opt_in_source",
    "email_optout_date": "opt_out_date", "email_optout_source": "opt_out_source",
    "email_optout_reason": "opt_out_reason", "source_name": "create_source",
}  # fmt: skip
_INSTANTS = ("email_optin_date", "email_optout_date", "created_at", "updated_at")
_LINES_AT_ONCE = 2000

_CONTACTS = "SELECT contacts.*{} FROM chosen JOIN contacts USING (contact) ORDER BY contact"
_ARRAYS = {  # what is looked up only where a column needs it
    "email_lists": """(SELECT group_concat(name, ', ') FROM (
        SELECT name FROM memberships JOIN lists USING (list_id)
        WHERE memberships.contact = contacts.contact ORDER BY lists.seq))""",
    "tags": """(SELECT group_concat(name, ', ') FROM (
        SELECT name FROM taggings JOIN tags USING (tag_id)
        WHERE taggings.contact = contacts.contact ORDER BY tags.seq))""",
    "field_values": """(SELECT json_group_object(custom_field_id, value) FROM field_values
        WHERE field_values.contact = contacts.contact)""",
    "addresses": """(SELECT json_group_array(json_object('kind', kind, 'street', street, 'city', city,
        'state', state, 'zip', postal_code, 'country', country)) FROM (SELECT * FROM street_addresses
        WHERE street_addresses.contact = contacts.contact ORDER BY position))""",
}
_PHONE_KINDS = """
SELECT DISTINCT kind, number FROM (SELECT value ->> 'kind' AS kind, row_number() OVER (
    PARTITION BY contacts.contact, value ->> 'kind' ORDER BY key) AS number
FROM chosen JOIN contacts USING (contact) JOIN json_each(phone_numbers)) ORDER BY kind, number
"""
_ADDRESS_KINDS = """
SELECT DISTINCT kind, number FROM (SELECT kind, row_number() OVER (
    PARTITION BY contact, kind ORDER BY position) AS number
FROM chosen JOIN street_addresses USING (contact)) ORDER BY kind, number
"""


@dataclass(frozen=True)
class Column:
    heading: str
    value: Callable[[Row], Any]
    needs: str = ""  # one of the arrays


def parts(world: World, fields: Sequence[str]) -> Iterator[str]:
    """The file of everyone chosen, in pieces of some thousand lines; the first is that of the headings."""
    columns = _columns(world, fields or _BY_DEFAULT)
    yield _csv([[column.heading for column in columns]])
    needed = {column.needs for column in columns if column.needs}
    sql = _CONTACTS.format("".join(f", {_ARRAYS[name]} AS {name}" for name in sorted(needed)))
    lines: list[list[Any]] = []
    for row in world.db.connection.execute(sql):
        contact = dict(row)
        lines.append([column.value(contact) for column in columns])
        if len(lines) == _LINES_AT_ONCE:
            yield _csv(lines)
            lines = []
    yield _csv(lines)


def _csv(lines: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


_read = lru_cache(maxsize=1024)(json.loads)  # most arrays are empty, and nobody changes what was read


@lru_cache(maxsize=1024)
def _by_kind(text: str) -> dict[tuple[str, int], Any]:
    """Phones or addresses by kind: the first of its kind, the second, and so on."""
    found: dict[tuple[str, int], Any] = {}
    for element in json.loads(text):
        number = 1
        while (element["kind"], number) in found:
            number += 1
        found[element["kind"], number] = element
    return found


def _columns(world: World, fields: Sequence[str]) -> list[Column]:
    """In the order of the file, whatever the order of the request (assumed)."""
    columns: list[Column] = []
    for field in FIELDS:
        if field == "custom_fields":
            columns += _custom_columns(world, fields)
        elif field == "street" and set(_ADDRESS) & set(fields):
            columns += _address_columns(world, fields)
        elif field in fields and field not in _ADDRESS:
            columns += _MAKERS.get(field, _plain)(world, field)
    return columns


def _plain(world: World, field: str) -> list[Column]:
    name, zone = _COLUMNS.get(field, field), _zone(world)
    if field in _INSTANTS:
        return [Column(_HEADINGS[field], lambda row: _instant(row[name], zone))]
    needs = field if field in _ARRAYS else ""
    return [Column(_HEADINGS[field], lambda row: row.get(name), needs)]


def _email(world: World, field: str) -> list[Column]:  # noqa: ARG001 - the form that all makers share
    return [
        Column("Email address", lambda row: row["email_address"]),
        Column("Email status", lambda row: row["status"]),
        Column("Email permission status", lambda row: row["permission_to_send"]),
        Column("Email update source", lambda row: row["update_source"]),
    ]


def _phones(world: World, field: str) -> list[Column]:  # noqa: ARG001
    return [
        Column(f"Phone - {_ordinal(*kind)}", _part("phone_numbers", kind, "phone_number"))
        for kind in _kinds(world, _PHONE_KINDS)
    ]


def _birthday(world: World, field: str) -> list[Column]:  # noqa: ARG001
    def value(row: Row) -> str | None:
        if row["birthday_month"] is None or row["birthday_day"] is None:
            return None
        return f"{row['birthday_month']:02d}/{row['birthday_day']:02d}"

    return [Column("Birthday", value)]


def _notes(world: World, field: str) -> list[Column]:  # noqa: ARG001
    def value(row: Row) -> str:
        return "\n".join(note["content"] for note in _read(row["notes"]))

    return [Column("Notes", value)]


_MAKERS = {"email_address": _email, "phone_number": _phones, "birthday": _birthday, "notes": _notes}


def _address_columns(world: World, fields: Sequence[str]) -> list[Column]:
    """One kind after the other, each with the parts that were asked for."""
    return [
        Column(
            f"{_HEADINGS[field]} - {_ordinal(kind.capitalize(), number)}",
            _part("addresses", (kind, number), field),
            "addresses",
        )
        for kind, number in _kinds(world, _ADDRESS_KINDS)
        for field in _ADDRESS
        if field in fields
    ]


def _part(array: str, kind: tuple[str, int], part: str) -> Callable[[Row], Any]:
    return lambda row: _by_kind(row[array]).get(kind, {}).get(part)


def _custom_columns(world: World, fields: Sequence[str]) -> list[Column]:
    """Under their labels; one that was deleted in the meantime is left out."""
    rows = world.db.rows("SELECT custom_field_id, label, name FROM custom_fields ORDER BY seq")
    return [
        Column(row["label"], _custom_value(row["custom_field_id"]), "field_values")
        for row in rows
        if "custom_fields" in fields or f"cf:{row['name']}" in fields
    ]


def _custom_value(custom_field_id: str) -> Callable[[Row], Any]:
    return lambda row: _read(row["field_values"]).get(custom_field_id)


def _kinds(world: World, sql: str) -> list[tuple[str, int]]:
    return [(row["kind"], row["number"]) for row in world.db.rows(sql)]


def _ordinal(kind: str, number: int) -> str:
    return kind if number == 1 else f"{kind} {number}"


def _zone(world: World) -> ZoneInfo:
    try:
        return ZoneInfo(world.account().get("time_zone_id", "UTC"))
    except (KeyError, OSError, ValueError):  # an account may say anything here
        return ZoneInfo("UTC")


@lru_cache(maxsize=4096)
def _instant(at: int | None, zone: ZoneInfo) -> str | None:
    if at is None:
        return None
    try:
        return moment(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")
    except OverflowError:  # the first and the last hours that there are
        return moment(at).strftime("%Y-%m-%d %H:%M:%S %z")
