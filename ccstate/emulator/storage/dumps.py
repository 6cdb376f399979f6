"""The whole account as one JSON document, and back: every table as it is, plus the clock.

A dump is exact and not friendly; to write an account by hand there are seed documents.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from ccstate.emulator.bulk import jobs
from ccstate.emulator.contacts import people
from ccstate.emulator.oauth import keys
from ccstate.emulator.partners import clients
from ccstate.emulator.storage import events
from ccstate.emulator.storage.schema import TABLES
from ccstate.emulator.storage.world import World

_VERSION = "emulator_dump"
_FORMAT = 3


_STRUCTURED = {
    "roles": list, "pending_roles": list, "metadata": dict, "footer": dict, "contact_list_ids": list,
    "segment_ids": list, "request": dict, "counts": dict, "errors": list, "phone_numbers": list,
    "notes": list, "choice_ids": list, "sms_channel": dict, "sms_history": list, "resubscribe_list_ids": list,
    "redirect_uris": list, "scopes": list, "import_lines": list,
    "document_properties": dict, "engagement": dict, "email_addresses": list, "mail": dict,
    "provision": dict, "attempts": list,
}  # fmt: skip
_WORDS = {
    "event": tuple(events.known()),
    "job": tuple(jobs.known()),
    "status": ("DRAFT", "SCHEDULED", "EXECUTING", "DONE", "ERROR", "REMOVED", *people.STATUSES),
}


# What means nothing elsewhere, and would make two dumps differ.
_FORGOTTEN: dict[str, dict[str, None]] = {
    "timeline": {"machine_due": None},
    "device_codes": {"machine_polled_at": None},
    "client_accounts": {"file": None, "next_due": None, "next_machine_due": None},
}


class BadDump(ValueError):
    """A dump that cannot be loaded; the message says why."""


def dump(world: World) -> dict[str, Any]:
    accounts = _accounts(world)
    document = {
        _VERSION: _FORMAT,
        "clock": world.clock.position(),
        "id_secret": world.db.recall("id_secret"),
        "account": world.account(),
        "physical_address": world.physical_address(),
        "tables": {table: _rows(world, table) for table in TABLES},
    }
    return document | ({"accounts": accounts} if accounts else {})


def _rows(world: World, table: str) -> list[dict[str, Any]]:
    rows = world.db.rows(f"SELECT * FROM {table} ORDER BY 1, 2")
    forgotten = _FORGOTTEN.get(table)
    return [row | forgotten for row in rows] if forgotten else rows


def _accounts(world: World) -> dict[str, Any]:
    """The accounts of a partner's clients, each one as a dump without a clock of its own."""
    dumped = {}
    for encoded_account_id in clients.begun(world):
        with clients.inside(world, encoded_account_id, world.now()) as client:
            dumped[encoded_account_id] = {
                name: part for name, part in dump(client).items() if name != "clock"
            }
    return dumped


def is_dump(document: Any) -> bool:
    return isinstance(document, dict) and _VERSION in document


def load(world: World, document: dict[str, Any]) -> None:
    """Replace the account, and the clock where the dump has one."""
    if document.get(_VERSION) != _FORMAT or not isinstance(document.get("tables"), dict):
        raise BadDump(f"a dump of version {_FORMAT} is wanted")
    with world.db.transaction():
        world.db.empty()
        _load_tables(world, document["tables"])
        _load_rest(world, document)
        _load_accounts(world, document.get("accounts", {}))


def _load_tables(world: World, tables: dict[str, Any]) -> None:
    for table, rows in tables.items():
        if table not in TABLES:
            raise BadDump(f"unknown table {table}")
        columns = world.db.columns(table)
        try:
            for row in rows:
                if set(row) != set(columns):
                    raise BadDump(f"a row of {table} must have the columns {', '.join(columns)}")
                _check(row)
                world.db.insert(table, **row)
        except (sqlite3.Error, TypeError, ValueError, OverflowError) as problem:
            raise BadDump(f"a row of {table} does not fit: {problem}") from problem


def _load_accounts(world: World, accounts: Any) -> None:
    if not isinstance(accounts, dict):
        raise BadDump("accounts must be an object")
    world.db.run("UPDATE client_accounts SET file = NULL, next_due = NULL, next_machine_due = NULL")
    for encoded_account_id, document in accounts.items():
        if not isinstance(document, dict) or "accounts" in document:
            raise BadDump(f"the account {encoded_account_id} must be a dump without accounts of its own")
        sql = "SELECT 1 FROM client_accounts WHERE encoded_account_id = ?"
        if world.db.value(sql, encoded_account_id) is None:
            raise BadDump(f"the account {encoded_account_id} is none of client_accounts")
        with clients.inside(world, encoded_account_id, world.now()) as client:
            load(client, {name: part for name, part in document.items() if name != "clock"})


def _check(row: dict[str, Any]) -> None:
    """What the database cannot check: that structured values are structured, and words known ones."""
    for name, kind in _STRUCTURED.items():
        if row.get(name) is not None and not isinstance(json.loads(row[name]), kind):
            raise BadDump(f"{name} must hold JSON of another kind")
    if "kid" in row:
        keys.check(row)
    for name, known in _WORDS.items():
        if name in row and row[name] not in known:
            raise BadDump(f"{name} must be one of {', '.join(known)}")


def _load_rest(world: World, document: dict[str, Any]) -> None:
    account, address = document.get("account"), document.get("physical_address")
    if not isinstance(account, dict) or not (address is None or isinstance(address, dict)):
        raise BadDump("account must be an object, physical_address an object or null")
    world.save_account(account)
    world.save_physical_address(address)
    if isinstance(document.get("id_secret"), str):
        world.db.remember("id_secret", document["id_secret"])
    clock = document.get("clock")
    if clock is not None:
        _load_clock(world, clock)


def _load_clock(world: World, clock: Any) -> None:
    if not isinstance(clock, dict) or set(clock) not in ({"fixed"}, {"offset"}):
        raise BadDump('clock must be {"fixed": microseconds} or {"offset": microseconds}')
    (position,) = clock.values()
    if (
        type(position) is not int
        or not abs(position) < 253_402_300_799_000_000
        or ("fixed" in clock and position < 0)
    ):
        raise BadDump("clock must hold microseconds")
    world.db.remember("clock", json.dumps(clock))
