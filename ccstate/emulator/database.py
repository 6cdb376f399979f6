"""The account as SQLite tables: schema, one connection, transactions.

Nothing here knows HTTP. Instants are microseconds since 1970, structured values are JSON text, and `*_key`
columns hold a name as uniqueness sees it. What the collections return is their own business.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FORMAT = 2  # raised when the schema changes; an older file is refused, not migrated
_APPLICATION = 0x43435354

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE account_emails (
    email_id INTEGER PRIMARY KEY, email_address TEXT NOT NULL, address_key TEXT NOT NULL UNIQUE,
    confirm_status TEXT NOT NULL, confirm_time INTEGER, confirm_source_type TEXT,
    roles TEXT NOT NULL, pending_roles TEXT NOT NULL) STRICT;
CREATE TABLE lists (
    seq INTEGER PRIMARY KEY, list_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    description TEXT, favorite INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX lists_by_name ON lists (name_key);
CREATE TABLE tags (
    seq INTEGER PRIMARY KEY, tag_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    tag_source TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX tags_by_name ON tags (name_key);
CREATE TABLE custom_fields (
    seq INTEGER PRIMARY KEY, custom_field_id TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL, label_key TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    metadata TEXT, version INTEGER,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX custom_fields_by_label ON custom_fields (label_key);
CREATE INDEX custom_fields_by_name ON custom_fields (name);
CREATE TABLE choices (
    choice_id INTEGER PRIMARY KEY, custom_field_id TEXT NOT NULL, choice_label TEXT NOT NULL,
    display_order INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX choices_by_field ON choices (custom_field_id);
CREATE TABLE segments (
    segment_id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, criteria TEXT NOT NULL,
    created_at INTEGER NOT NULL, edited_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX segments_by_name ON segments (name_key);
CREATE INDEX segments_by_date ON segments (edited_at, segment_id);
CREATE TABLE campaigns (
    seq INTEGER PRIMARY KEY, campaign_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX campaigns_by_name ON campaigns (name_key);
CREATE INDEX campaigns_by_date ON campaigns (updated_at, seq);
CREATE TABLE campaign_activities (
    campaign_activity_id TEXT PRIMARY KEY, campaign_id TEXT NOT NULL, role TEXT NOT NULL,
    format_type INTEGER NOT NULL, from_name TEXT NOT NULL, from_email TEXT NOT NULL,
    reply_to_email TEXT NOT NULL, subject TEXT NOT NULL, preheader TEXT, html_content TEXT,
    footer TEXT, permalink_url TEXT, contact_list_ids TEXT NOT NULL, segment_ids TEXT NOT NULL,
    scheduled_date INTEGER, status_before TEXT) STRICT;
CREATE INDEX campaign_activities_by_campaign ON campaign_activities (campaign_id);
CREATE TABLE sends (
    campaign_activity_id TEXT NOT NULL, send_id INTEGER NOT NULL, contact_list_ids TEXT NOT NULL,
    segment_ids TEXT NOT NULL, count INTEGER NOT NULL, run_date INTEGER NOT NULL,
    send_status TEXT NOT NULL, reason_code INTEGER NOT NULL, finished INTEGER NOT NULL,
    PRIMARY KEY (campaign_activity_id, send_id)) STRICT;
CREATE TABLE activities (
    seq INTEGER PRIMARY KEY, activity_id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, items TEXT NOT NULL,
    state TEXT NOT NULL, percent_done INTEGER NOT NULL, errors TEXT NOT NULL,
    completed_count INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    started_at INTEGER, completed_at INTEGER) STRICT;
CREATE INDEX activities_by_state ON activities (state, created_at);
CREATE TABLE timeline (
    due INTEGER NOT NULL, seq INTEGER PRIMARY KEY, event TEXT NOT NULL, reference TEXT NOT NULL,
    machine_due INTEGER) STRICT;
CREATE INDEX timeline_by_due ON timeline (due, seq);
CREATE INDEX timeline_by_machine ON timeline (machine_due) WHERE machine_due IS NOT NULL;
CREATE INDEX timeline_by_reference ON timeline (reference);
CREATE TABLE contacts (
    contact INTEGER PRIMARY KEY, email_address TEXT NOT NULL, status TEXT NOT NULL,
    created_at INTEGER NOT NULL) STRICT;
CREATE TABLE memberships (
    list_id TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (list_id, contact)) WITHOUT ROWID, STRICT;
CREATE TABLE taggings (
    tag_id TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (tag_id, contact)) WITHOUT ROWID, STRICT;
CREATE TABLE field_values (
    custom_field_id TEXT NOT NULL, contact INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (custom_field_id, contact)) WITHOUT ROWID, STRICT;
CREATE TABLE deliveries (
    campaign_activity_id TEXT NOT NULL, contact INTEGER NOT NULL,
    PRIMARY KEY (campaign_activity_id, contact)) WITHOUT ROWID, STRICT;
"""

# In the order in which a dump lists them. `meta` is not among them: it also holds what is the server's own.
TABLES = (
    "counters", "account_emails", "lists", "tags", "custom_fields", "choices", "segments", "campaigns",
    "campaign_activities", "sends", "activities", "timeline", "contacts", "memberships", "taggings",
    "field_values", "deliveries",
)  # fmt: skip


Row = dict[str, Any]


class UnusableDatabase(OSError):
    """The file is no emulator database, or one of another version."""


class Database:
    """One connection. Statements outside `transaction()` commit at once."""

    def __init__(self, path: str | None) -> None:
        try:
            self.connection = sqlite3.connect(
                path or ":memory:",
                isolation_level=None,
                timeout=10,
                check_same_thread=False,
                cached_statements=256,
            )
            self.connection.row_factory = sqlite3.Row
            self._open(path)
        except sqlite3.Error as problem:
            raise UnusableDatabase(f"{path}: {problem}") from problem

    def _open(self, path: str | None) -> None:
        """Prepare the connection, and the schema where there is none."""
        self.connection.execute("PRAGMA busy_timeout = 10000")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        if path is not None:
            # A write-ahead log survives the death of the process with everything that was committed.
            self.connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction():
            found = self.value("PRAGMA user_version"), self.value("PRAGMA application_id")
            if found == (FORMAT, _APPLICATION):
                return
            if self.value("SELECT count(*) FROM sqlite_master"):
                raise UnusableDatabase(
                    f"{path}: not an emulator database of this version: delete it or name another"
                )
            for statement in SCHEMA.split(";\n"):
                self.connection.execute(statement)
            self.connection.execute(f"PRAGMA user_version = {FORMAT}")
            self.connection.execute(f"PRAGMA application_id = {_APPLICATION}")

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing; nested ones join the outer one."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def rows(self, sql: str, *parameters: Any) -> list[Row]:
        return [dict(row) for row in self.connection.execute(sql, parameters)]

    def row(self, sql: str, *parameters: Any) -> Row | None:
        found = self.connection.execute(sql, parameters).fetchone()
        return None if found is None else dict(found)

    def value(self, sql: str, *parameters: Any) -> Any:
        found = self.connection.execute(sql, parameters).fetchone()
        return found[0] if found else None

    def run(self, sql: str, *parameters: Any) -> int:
        return self.connection.execute(sql, parameters).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """Add a row; the names come from our own code, never from a request."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values())
        )
        return cursor.lastrowid or 0

    def count(self, name: str, first: int = 1) -> int:
        """The next number of a named series, never given twice."""
        sql = "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
        number: int = self.value(sql, name, first)
        return number

    def recall(self, name: str) -> str | None:
        value: str | None = self.value("SELECT value FROM meta WHERE name = ?", name)
        return value

    def remember(self, name: str, value: str) -> None:
        self.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value
        )

    def forget(self, name: str) -> None:
        self.run("DELETE FROM meta WHERE name = ?", name)

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(row["name"] for row in self.rows(f"PRAGMA table_info({table})"))

    def empty(self) -> None:
        """Delete the account's rows; what `meta` remembers stays."""
        for table in TABLES:
            self.run(f"DELETE FROM {table}")


def packed(value: Any) -> str:
    """Structured values as the columns hold them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
