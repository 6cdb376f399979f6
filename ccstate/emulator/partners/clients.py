"""The accounts of a partner's clients: each one a whole account, a world with a database of its own.

Beside the main database when that is a file, else in memory; made when first used, from what the client was
provisioned with. All share the main account's clock, settings and transactions: what happens in a client's
account does so inside of a transaction of the partner's, and `inside` notes there what changed.

A row of `client_accounts` names its database by a number that is never used twice. So a transaction that is
undone, or a process that dies, leaves a database that nobody names: the next `sweep` deletes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ccstate.emulator.partners import billing, notifications
from ccstate.emulator.places import STATES
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.database import Database
from ccstate.emulator.storage.ids import Ids
from ccstate.emulator.storage.world import World, add_sender

MOST_OPEN = 64  # databases in files; each needs three descriptors
_NUMBER = re.compile(r"(\d+)-")
_COUNT = "active_contacts"
# Triggers count the active contacts, so that looking at a tier costs the same however many there are.
_COUNTING = (
    f"INSERT INTO meta VALUES ('{_COUNT}', '0')",
    "CREATE TRIGGER count_new_contact AFTER INSERT ON contacts WHEN new.status = 'active' BEGIN "
    f"UPDATE meta SET value = value + 1 WHERE name = '{_COUNT}'; END",
    "CREATE TRIGGER count_gone_contact AFTER DELETE ON contacts WHEN old.status = 'active' BEGIN "
    f"UPDATE meta SET value = value - 1 WHERE name = '{_COUNT}'; END",
    "CREATE TRIGGER count_changed_contact AFTER UPDATE OF status ON contacts "
    "WHEN (old.status = 'active') <> (new.status = 'active') BEGIN "
    f"UPDATE meta SET value = value + (new.status = 'active') - (old.status = 'active') "
    f"WHERE name = '{_COUNT}'; END",
)
_SUMMARY = (
    "contact_email", "contact_phone", "country_code", "first_name", "last_name", "organization_name",
    "organization_phone", "state_code", "time_zone_id", "website",
)  # fmt: skip


@contextmanager
def inside(world: World, encoded_account_id: str, at: int) -> Iterator[World]:
    """A client's account; afterwards the partner's row about it is up to date, too."""
    with world.db.transaction():
        client = _opened(world, encoded_account_id)
        yield client
        _note(world, encoded_account_id, client, at)


def next_due(world: World, until: int) -> Mapping[str, Any] | None:
    """The client account in which something is due first."""
    return world.db.row(
        "SELECT encoded_account_id, next_due FROM client_accounts "
        "WHERE next_due <= ? OR next_machine_due <= ? ORDER BY next_due LIMIT 1",
        until, timeline.machine_now(),
    )  # fmt: skip


def begun(world: World) -> list[str]:
    """The client accounts that have a database."""
    rows = world.db.rows("SELECT encoded_account_id FROM client_accounts WHERE file IS NOT NULL ORDER BY seq")
    return [row["encoded_account_id"] for row in rows]


def sweep(world: World) -> None:
    """Close and delete the databases that no row names. The transaction keeps other processes out."""
    with world.db.transaction():
        rows = world.db.rows("SELECT file FROM client_accounts WHERE file IS NOT NULL")
        named = {row["file"] for row in rows}
        for number in set(world.clients) - named:
            world.clients.pop(number).close()
        folder = _folder(world)
        if folder is None or not folder.is_dir():
            return
        for path in folder.iterdir():
            if (match := _NUMBER.match(path.name)) and int(match[1]) not in named:
                path.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def _opened(world: World, encoded_account_id: str) -> World:
    row = world.db.row("SELECT * FROM client_accounts WHERE encoded_account_id = ?", encoded_account_id)
    if row is None:
        raise KeyError(encoded_account_id)
    number = row["file"]
    if number is None:
        return _begin(world, row)
    client = world.clients.pop(number, None)
    if client is None:
        path = _path(world, number, row)
        if path is not None and not path.exists():
            return _begin(world, row)  # somebody deleted the file: an account that is empty again
        client = _open(world, path)
    world.clients[number] = client  # the most recently used is the last
    _close_some(world)
    return client


def _begin(world: World, row: Mapping[str, Any]) -> World:
    """Make the account. What is there under its number was left by a transaction that did not last."""
    number = int(world.db.recall("client_databases") or 0) + 1
    world.db.remember("client_databases", str(number))
    path = _path(world, number, row)
    if number in world.clients:
        world.clients.pop(number).close()
    if path is not None:
        path.parent.mkdir(exist_ok=True)
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
    client = _open(world, path)
    with client.db.transaction():
        for statement in _COUNTING:
            client.db.run(statement)
        _furnish(world, client, row)
    world.clients[number] = client
    world.db.run("UPDATE client_accounts SET file = ? WHERE seq = ?", number, row["seq"])
    _close_some(world)
    return client


def _furnish(world: World, client: World, row: Mapping[str, Any]) -> None:
    """As provisioning leaves an account: its owner's address is confirmed (assumed), and nothing is in it."""
    provision = {
        name: text for name, text in json.loads(row["provision"]).items() if isinstance(text, str) and text
    }
    client.db.remember("id_secret", f"{world.db.recall('id_secret')}/{row['encoded_account_id']}")
    zone = STATES.get(provision.get("state_code", ""), ("", "America/New_York"))[1]
    summary = {"time_zone_id": zone} | {name: provision[name] for name in _SUMMARY if name in provision}
    summary["country_code"] = summary.get("country_code", "US").lower()
    partner = world.account().get("encoded_account_id")
    identity = {"encoded_account_id": row["encoded_account_id"], "encoded_partner_id": partner}
    client.save_account(summary | {name: text for name, text in identity.items() if text})
    if "contact_email" in summary:
        roles = ["BILLING", "CONTACT", "DEFAULT_FROM", "REPLY_TO"]
        add_sender(client, summary["contact_email"], "CONFIRMED", roles)


def _note(world: World, encoded_account_id: str, client: World, at: int) -> None:
    """Write down what the partner sees of an account, and when something is due in it next."""
    row = world.db.row("SELECT * FROM client_accounts WHERE encoded_account_id = ?", encoded_account_id) or {}
    subscribers = int(client.db.recall(_COUNT) or 0)
    tier = billing.tier_for(subscribers).level
    seen = {
        "subscriber_count": subscribers,
        "organization_name": client.account().get("organization_name"),
        "tier": tier,
        **_dues(client, row),
    }
    if any(row[name] != value for name, value in seen.items()):
        names = ", ".join(f"{name} = ?" for name in seen)
        world.db.run(f"UPDATE client_accounts SET {names} WHERE seq = ?", *seen.values(), row["seq"])
    if tier != row["tier"] and row["billing_status"] == billing.OPEN:
        topic = notifications.UPGRADE if tier > row["tier"] else notifications.DOWNGRADE
        notifications.notify(world, at, topic, encoded_account_id)


def _dues(client: World, row: Mapping[str, Any]) -> dict[str, int | None]:
    """Nothing happens any more in an account that is canceled (assumed)."""
    if row["billing_status"] == billing.CANCELED:
        return {"next_due": None, "next_machine_due": None}
    sql = "SELECT min({0}) FROM timeline WHERE {0} IS NOT NULL"
    return {
        "next_due": client.db.value(sql.format("due")),
        "next_machine_due": client.db.value(sql.format("machine_due")),
    }


def _open(world: World, path: Path | None) -> World:
    db = Database(None if path is None else str(path))
    return World(world.settings, db, world.clock, Ids(db, world.clock))


def _close_some(world: World) -> None:
    """In memory an account that is closed is lost; files can be opened again."""
    if _folder(world) is None:
        return
    for number in list(world.clients)[:-MOST_OPEN]:
        if not world.clients[number].db.connection.in_transaction:
            world.clients.pop(number).close()


def _folder(world: World) -> Path | None:
    return None if world.settings.db is None else Path(f"{world.settings.db}.accounts")


def _path(world: World, number: int, row: Mapping[str, Any]) -> Path | None:
    folder = _folder(world)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", row["encoded_account_id"])[:80]
    return None if folder is None else folder / f"{number}-{name}.db"
