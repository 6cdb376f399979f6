"""The account in SQLite: one connection, transactions, and few ways to say what is wanted.

Nothing here knows HTTP. What the collections return is their own business; the tables are in `schema`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ccstate.emulator.storage.schema import APPLICATION, FORMAT, SCHEMA, TABLES

Row = dict[str, Any]


class UnusableDatabase(OSError):
    """The file is no emulator database, or one of another version."""


class Database:
    """One connection. Statements outside `transaction()` commit at once."""

    def __init__(self, path: str | None) -> None:
        self._defined: set[str] = set()
        try:
            self.connection = sqlite3.connect(
                path or ":memory:",
                isolation_level=None,
                timeout=10,
                check_same_thread=False,
                cached_statements=256,
            )
            self.connection.row_factory = sqlite3.Row
            self.define("lot", lot, 2)
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
            if found == (FORMAT, APPLICATION):
                return
            if self.value("SELECT count(*) FROM sqlite_master"):
                raise UnusableDatabase(
                    f"{path}: not an emulator database of this version: delete it or name another"
                )
            for statement in SCHEMA.split(";\n"):
                self.connection.execute(statement)
            self.connection.execute(f"PRAGMA user_version = {FORMAT}")
            self.connection.execute(f"PRAGMA application_id = {APPLICATION}")

    def close(self) -> None:
        self.connection.close()

    def define(self, name: str, function: Callable[..., Any], arguments: int = 1) -> None:
        """Let statements use a pure function of Python; a second time changes nothing."""
        if name not in self._defined:
            self._defined.add(name)
            self.connection.create_function(name, arguments, function, deterministic=True)

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


def lot(salt: str, number: int) -> int:
    """In SQL: 62 bits of luck that depend on the arguments and on nothing else."""
    digest = hashlib.blake2b(b"%d" % number, digest_size=8, key=salt.encode()[:64]).digest()
    return int.from_bytes(digest, "big") >> 2


def packed(value: Any) -> str:
    """Structured values as the columns hold them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
