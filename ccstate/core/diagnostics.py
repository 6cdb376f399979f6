"""Diagnostics: what to tell the user, where, and what to do about it.

A mistake of the user's is a diagnostic, collected with all others and reported at once; it is raised (as
`Refused`) only where going on makes no sense.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple

from ccstate.core.address import Address


class Severity(enum.StrEnum):
    """How bad; errors end a command with exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Position(NamedTuple):
    """1-based line and column, in characters."""

    line: int
    column: int


class Range(NamedTuple):
    """A place in a file of the user's; `filename` is relative to the project's root, with `/`."""

    filename: str
    start: Position
    end: Position | None = None

    def __str__(self) -> str:
        return f"{self.filename}:{self.start.line}:{self.start.column}"


class Diagnostic(NamedTuple):
    """One thing to tell: `code` is kebab-case and documented, `hint` can be acted on."""

    severity: Severity
    code: str
    summary: str
    detail: str = ""
    hint: str = ""
    address: Address | None = None
    range: Range | None = None


class Refused(Exception):
    """The command cannot go on; carries the diagnostics that say why."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(each.summary for each in self.diagnostics))


class Complaint(NamedTuple):
    """A kind's objection to a desired resource: `path` names the field (`choices.3.label`), the place is
    looked up by whoever knows the file."""

    path: str
    code: str
    summary: str
    hint: str = ""
    severity: Severity = Severity.ERROR


def error(
    code: str,
    summary: str,
    *,
    detail: str = "",
    hint: str = "",
    address: Address | None = None,
    range: Range | None = None,
) -> Diagnostic:
    """An error diagnostic."""
    return Diagnostic(Severity.ERROR, code, summary, detail, hint, address, range)


def warning(
    code: str,
    summary: str,
    *,
    detail: str = "",
    hint: str = "",
    address: Address | None = None,
    range: Range | None = None,
) -> Diagnostic:
    """A warning diagnostic."""
    return Diagnostic(Severity.WARNING, code, summary, detail, hint, address, range)


def info(
    code: str,
    summary: str,
    *,
    detail: str = "",
    hint: str = "",
    address: Address | None = None,
    range: Range | None = None,
) -> Diagnostic:
    """A diagnostic that asks for nothing."""
    return Diagnostic(Severity.INFO, code, summary, detail, hint, address, range)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(each.severity is Severity.ERROR for each in diagnostics)


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place, then severity, then code and address: one order on every machine."""

    def key(each: Diagnostic) -> tuple[bool, str, int, int, int, str, str, str]:
        place = each.range
        where = (place.filename, place.start.line, place.start.column) if place else ("", 0, 0)
        return (place is None, *where, _RANK[each.severity], each.code, str(each.address), each.summary)

    return tuple(sorted(diagnostics, key=key))


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that was probably meant, or None."""
    import difflib

    found = difflib.get_close_matches(
        word.lower(), {each.lower(): each for each in sorted(allowed)}, n=1, cutoff=0.6
    )
    return next((each for each in sorted(allowed) if found and each.lower() == found[0]), None)
