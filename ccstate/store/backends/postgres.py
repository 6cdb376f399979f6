"""PostgreSQL: a row for the state, one for its lock and one for the record of the run.

Each row counts its versions, and a write names the one that it replaces. A connection is made for each
statement: there are few, minutes may lie between two, and the lease is renewed by a thread of its own.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ccstate.core.diagnostics import Refused
from ccstate.store.backend import Document, Lock, Moved, Stored, forbidden, unreachable
from ccstate.store.backends import bad_address, missing_extra
from ccstate.store.lease import LeasedLock

_PROJECT: Final = "project"
_HINT: Final = "set PGUSER and PGPASSWORD, or PGPASSFILE"
_DENIED: Final = ("authentication failed", "no password supplied", "no pg_hba.conf entry")
_TIMEOUTS: Final = {"connect_timeout": 10, "options": "-c statement_timeout=20000"}

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS ccstate (
    project text NOT NULL, document text NOT NULL, version bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (project, document)
)"""
_GET: Final = "SELECT body, version FROM ccstate WHERE project = %s AND document = %s"
_INSERT: Final = """
INSERT INTO ccstate (project, document, version, body) VALUES (%s, %s, 1, %s)
ON CONFLICT DO NOTHING RETURNING version"""
_UPDATE: Final = """
UPDATE ccstate SET version = version + 1, body = %s
WHERE project = %s AND document = %s AND version = %s RETURNING version"""


def open_at(address: str) -> PostgresBackend:
    """The rows of an address such as `postgresql://db.example.com/ops?project=shop`."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    if parts.password or "password" in query:
        raise bad_address(address, f"take the password out of it; {_HINT}")
    project = query.pop(_PROJECT, "default")
    try:
        import psycopg
    except ImportError as why:
        raise missing_extra("PostgreSQL", "postgres") from why
    # Put together by hand, because `urlunsplit` loses the slashes of an address without a host.
    conninfo = f"postgresql://{parts.netloc}{parts.path}?{urlencode(query)}"
    try:
        psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.Error as why:
        raise bad_address(address, str(why).strip()) from why
    return PostgresBackend(address, conninfo, project)


class PostgresBackend:
    """The rows of one project."""

    def __init__(self, address: str, conninfo: str, project: str) -> None:
        self._address, self._conninfo, self._project = address, conninfo, project

    @property
    def address(self) -> str:
        """As it stands in ccstate.yaml, where no credentials are."""
        return self._address

    def place(self, document: Document) -> str:
        """The row."""
        return f"{self._address} ({document})"

    def get(self, document: Document) -> Stored | None:
        """What the row holds; none where there is no table yet."""
        import psycopg

        try:
            row = self._run(document, _GET, (self._project, document))
        except psycopg.errors.UndefinedTable:
            return None
        return Stored(row[0].encode(), str(row[1])) if row else None

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Write the row if its version is still the one of the token."""
        import psycopg

        statement: str = _INSERT
        values: tuple[str, ...] = (self._project, document, text)
        if token is not None:
            statement, values = _UPDATE, (text, self._project, document, token)
        try:
            row = self._run(document, statement, values)
        except psycopg.errors.UndefinedTable:
            self._make_table(document)
            row = self._run(document, statement, values)
        if row is None:
            raise Moved
        return str(row[0])

    def _make_table(self, document: Document) -> None:
        import psycopg

        try:
            self._run(document, _CREATE, ())
        except psycopg.errors.UniqueViolation:
            return  # two made it at the same moment, which IF NOT EXISTS does not foresee; it is there now

    def _run(self, document: Document, statement: Any, values: tuple[Any, ...]) -> Any:
        """One statement, committed; the row that it answers with, if it does."""
        import psycopg

        try:
            with closing(psycopg.connect(self._conninfo, autocommit=True, **self._timeouts())) as connection:
                found = connection.execute(statement, values)
                return found.fetchone() if found.description else None
        except (psycopg.errors.UndefinedTable, psycopg.errors.UniqueViolation):
            raise
        except psycopg.errors.InsufficientPrivilege as why:
            raise forbidden(self.place(document), _said(why), _HINT) from why
        except psycopg.Error as why:
            raise self._failed(document, why) from why

    def _timeouts(self) -> dict[str, Any]:
        """Those that the address does not set itself."""
        return {name: value for name, value in _TIMEOUTS.items() if f"{name}=" not in self._conninfo}

    def _failed(self, document: Document, why: Exception) -> Refused:
        if any(each in str(why) for each in _DENIED):
            return forbidden(self.place(document), _said(why), _HINT)
        return unreachable(self.place(document), _said(why))

    def lock(self) -> Lock:
        """A lease in a row."""
        return LeasedLock(self)


def _said(why: Exception) -> str:
    return " ".join(str(why).split())
