"""Contacts by the thousand, each a little different, all of them the same in the next run.

They are made by statements, not one by one: 100,000 take about a second. Who is what follows from the
contact's number alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccstate.emulator.contacts.field_values import FieldValue
from ccstate.emulator.contacts.people import OPTED_IN, status_of
from ccstate.emulator.seeding.seed_items import BadSeed
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World

_MANY = "WITH RECURSIVE many(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM many WHERE n < ?)"
_FIRST_NAMES = (
    "Ada", "Ben", "Clara", "David", "Elena", "Frank", "Grace", "Hugo", "Irene", "Jonas", "Kate", "Luis",
    "Maria", "Noah", "Olga", "Paul", "Rosa", "Simon", "Tara", "Victor", "Wendy", "Yusuf", "Zoe",
)  # fmt: skip
_LAST_NAMES = (
    "Adams", "Brown", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jones", "Kim",
    "Lopez", "Moreau", "Novak", "Okafor", "Patel", "Rossi", "Silva", "Weber",
)  # fmt: skip
_CITIES = (
    ("Boston", "MA"), ("Waltham", "MA"), ("Worcester", "MA"), ("Portland", "OR"), ("Baltimore", "MD"),
    ("Denver", "CO"), ("Austin", "TX"),
)  # fmt: skip
_WIDTH = 16
_ADDRESS = "'contact' || n || '@example.com'"
_CONTACTS = f"""
INSERT INTO contacts (
    contact, contact_id, status, email_address, email_key, permission_to_send, email_created_at,
    email_updated_at, opt_in_source, opt_in_date, opt_out_source, opt_out_date, first_name, last_name,
    birthday_month, birthday_day, create_source, created_at, updated_at, deleted_at)
SELECT n, ?3 || printf('%012x', n), ?4, {_ADDRESS}, {_ADDRESS}, ?5, ?6, ?6, ?7, ?8, ?9, ?10,
    {{first}}, {{last}}, n * 7 % 12 + 1, n * 13 % 28 + 1, 'Account', ?6, ?6, ?11 FROM many
"""
_STREETS = """
INSERT INTO street_addresses (
    contact, position, street_address_id, kind, city, state, country, created_at, updated_at)
SELECT n, 1, ?3 || printf('%012x', n), 'home', {city}, {state}, 'United States', ?4, ?4 FROM many
"""


@dataclass(frozen=True)
class Crowd:
    """What all of them have in common."""

    count: int
    created_at: int
    permission: str = "implicit"
    deleted: bool = False
    list_ids: Sequence[str] = ()
    tag_ids: Sequence[str] = ()
    values: Mapping[str, FieldValue] | None = None


def fabricate(world: World, crowd: Crowd) -> None:
    if not crowd.count:
        return
    first = 1 + (world.db.value("SELECT max(contact) FROM contacts") or 0)
    last, at = first + crowd.count - 1, crowd.created_at // SECOND * SECOND
    try:
        _insert(world, crowd, first, last, at)
    except sqlite3.IntegrityError as problem:
        raise BadSeed("one of the addresses contact1@example.com and so on is taken") from problem
    _join(world, crowd, first, last)


def _insert(world: World, crowd: Crowd, first: int, last: int, at: int) -> None:
    opted_in, opted_out = crowd.permission in OPTED_IN, crowd.permission == "unsubscribed"
    world.db.run(
        _MANY + _CONTACTS.format(first=_pick(_FIRST_NAMES), last=_pick(_LAST_NAMES)),
        first, last, world.ids.time_based()[:24], status_of(crowd.permission, deleted=crowd.deleted),
        crowd.permission, at, "Account" if opted_in else None, at if opted_in else None,
        "Contact" if opted_out else None, at if opted_out else None, at if crowd.deleted else None,
    )  # fmt: skip
    cities, states = zip(*_CITIES, strict=True)
    streets = _STREETS.format(city=_pick(cities), state=_pick(states))
    world.db.run(_MANY + streets, first, last, world.ids.time_based()[:24], at)


def _join(world: World, crowd: Crowd, first: int, last: int) -> None:
    for list_id in () if crowd.deleted else dict.fromkeys(crowd.list_ids):
        sql = f"{_MANY} INSERT INTO memberships (list_id, contact) SELECT ?, n FROM many"
        world.db.run(sql, first, last, list_id)
    for tag_id in dict.fromkeys(crowd.tag_ids):
        sql = f"{_MANY} INSERT INTO taggings (tag_id, contact) SELECT ?, n FROM many"
        world.db.run(sql, first, last, tag_id)
    for field_id, value in (crowd.values or {}).items():
        world.db.run(
            f"{_MANY} INSERT INTO field_values (custom_field_id, contact, value, choice_ids) "
            "SELECT ?, n, ?, ? FROM many",
            first, last, field_id, value.text, value.packed_ids(),
        )  # fmt: skip


def _pick(words: Sequence[str]) -> str:
    """An expression that takes a word by the number: cut out of one text, which is the quickest way."""
    text = "".join(word.ljust(_WIDTH) for word in words)
    return f"rtrim(substr('{text}', n % {len(words)} * {_WIDTH} + 1, {_WIDTH}))"
