"""Contacts as the lines of an exported CSV file.

The documentation names the fields that can be asked for, not the headings and values of the file. Headings
are those that integrators read from exported files; values are the API's own words, and instants are shown in
the account's time zone, as was observed. Kinds of phones and addresses have columns where somebody has them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ccstate.emulator.storage.clock import moment
from ccstate.emulator.storage.world import World

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
_EXPRESSIONS = {  # of those that are not simply a column of the same name
    "email_optin_date": "opt_in_date",
    "email_optin_source": "opt_in_source",
    "email_optout_date": "opt_out_date",
    "email_optout_source": "opt_out_source",
    "email_optout_reason": "opt_out_reason",
    "website": "NULL",
    "social_profiles": "NULL",
    "birthday": """CASE WHEN birthday_month IS NOT NULL AND birthday_day IS NOT NULL
        THEN printf('%02d/%02d', birthday_month, birthday_day) END""",
    "notes": "(SELECT group_concat(value ->> 'content', char(10)) FROM json_each(notes))",
    "tags": """(SELECT group_concat(name, ', ') FROM (SELECT name FROM taggings JOIN tags USING (tag_id)
        WHERE taggings.contact = contacts.contact ORDER BY tags.seq))""",
    "email_lists": """(SELECT group_concat(name, ', ') FROM (
        SELECT name FROM memberships JOIN lists USING (list_id)
        WHERE memberships.contact = contacts.contact ORDER BY lists.seq))""",
    "source_name": "create_source",
}
_OF_ADDRESS = {
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
}
_INSTANTS = ("email_optin_date", "email_optout_date", "created_at", "updated_at")
_PHONE = """(SELECT value ->> 'phone_number' FROM json_each(phone_numbers)
    WHERE value ->> 'kind' = ? ORDER BY key LIMIT 1 OFFSET ?)"""
_ADDRESS = """(SELECT {} FROM street_addresses WHERE street_addresses.contact = contacts.contact AND kind = ?
    ORDER BY position LIMIT 1 OFFSET ?)"""
_CUSTOM = """(SELECT value FROM field_values WHERE field_values.contact = contacts.contact
    AND custom_field_id = ?)"""
_PHONE_KINDS = """
SELECT kind, max(number) AS most FROM (SELECT value ->> 'kind' AS kind, count(*) AS number
    FROM chosen JOIN contacts USING (contact) JOIN json_each(phone_numbers) GROUP BY contact, kind)
GROUP BY kind ORDER BY kind
"""
_ADDRESS_KINDS = """
SELECT kind, max(number) AS most FROM (SELECT kind, count(*) AS number
    FROM chosen JOIN street_addresses USING (contact) GROUP BY contact, kind)
GROUP BY kind ORDER BY kind
"""
_LINES_AT_ONCE = 2000


@dataclass(frozen=True)
class Column:
    heading: str
    sql: str
    values: tuple[Any, ...] = ()
    instant: bool = False


def parts(world: World, fields: Sequence[str]) -> Iterator[str]:
    """The file of everyone chosen, in pieces of some thousand lines; the first is that of the headings."""
    columns = _columns(world, fields or _BY_DEFAULT)
    yield _csv([[column.heading for column in columns]])
    sql = f"SELECT {', '.join(column.sql for column in columns) or 'NULL'}"  # nobody has a phone, say
    values = [value for column in columns for value in column.values]
    found = world.db.connection.execute(
        f"{sql} FROM chosen JOIN contacts USING (contact) ORDER BY contacts.contact", values
    )
    instants, zone = [place for place, column in enumerate(columns) if column.instant], _zone(world)
    while rows := [list(row) for row in found.fetchmany(_LINES_AT_ONCE)]:
        for row in rows:
            for place in instants:
                row[place] = _instant(row[place], zone)
        yield _csv(rows)


def _csv(lines: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _columns(world: World, fields: Sequence[str]) -> list[Column]:
    """In the order of the file, whatever the order of the request (assumed)."""
    columns: list[Column] = []
    for field in FIELDS:
        if field == "custom_fields":
            columns += _custom_columns(world, fields)
        elif field == "street":
            columns += _address_columns(world, fields)
        elif field in fields and field not in _OF_ADDRESS:
            columns += _own_columns(world, field)
    return columns


def _own_columns(world: World, field: str) -> list[Column]:
    if field == "phone_number":
        return [Column(f"Phone - {_ordinal(*kind)}", _PHONE, kind) for kind in _kinds(world, _PHONE_KINDS)]
    column = Column(_HEADINGS[field], _EXPRESSIONS.get(field, field), instant=field in _INSTANTS)
    return [column, *_BESIDE_ADDRESS] if field == "email_address" else [column]


_BESIDE_ADDRESS = (
    Column("Email status", "status"),
    Column("Email permission status", "permission_to_send"),
    Column("Email update source", "update_source"),
)


def _address_columns(world: World, fields: Sequence[str]) -> list[Column]:
    """One kind after the other, each with the parts that were asked for."""
    wanted = [field for field in _OF_ADDRESS if field in fields]
    return [
        Column(
            f"{_HEADINGS[field]} - {_ordinal(kind.capitalize(), before)}",
            _ADDRESS.format(_OF_ADDRESS[field]),
            (kind, before),
        )
        for kind, before in (_kinds(world, _ADDRESS_KINDS) if wanted else ())
        for field in wanted
    ]


def _custom_columns(world: World, fields: Sequence[str]) -> list[Column]:
    """Under their labels; one that was deleted in the meantime is left out."""
    rows = world.db.rows("SELECT custom_field_id, label, name FROM custom_fields ORDER BY seq")
    return [
        Column(row["label"], _CUSTOM, (row["custom_field_id"],))
        for row in rows
        if "custom_fields" in fields or f"cf:{row['name']}" in fields
    ]


def _kinds(world: World, sql: str) -> list[tuple[str, int]]:
    """Each kind that somebody has, as often as somebody has it, with how many of it come before."""
    return [(row["kind"], before) for row in world.db.rows(sql) for before in range(row["most"])]


def _ordinal(kind: str, before: int) -> str:
    return f"{kind} {before + 1}" if before else kind


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
