"""Symbols: the one place that says which sign and which style an action, a severity or a status has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ccstate.core.diagnostics import Severity
from ccstate.core.plan import Action, Change, Status
from ccstate.render.spans import Style

SYMBOLS: Final[Mapping[Action, str]] = {
    Action.NOOP: " ",
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.ADOPT: "=",
    Action.FORGET: ".",
}

MOVED: Final = "→"
"""A move is no action; it has a sign where nothing else happens to the resource."""

STYLES: Final[Mapping[Action, Style]] = {
    Action.NOOP: "",
    Action.CREATE: "add",
    Action.UPDATE: "change",
    Action.REPLACE: "destroy",
    Action.DELETE: "destroy",
    Action.ADOPT: "adopt",
    Action.FORGET: "forget",
}

SEVERITIES: Final[Mapping[Severity, Style]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}

STATUS_WORDS: Final[Mapping[Status, str]] = {
    Status.READY: "",
    Status.BLOCKED: "BLOCKED",
    Status.HELD: "HELD",
    Status.SENT: "SENT",
    Status.MISSED: "MISSED",
}


def symbol(change: Change) -> str:
    """The sign before an address."""
    if change.action is not Action.NOOP:
        return SYMBOLS[change.action]
    if change.flags:
        return SYMBOLS[Action.UPDATE]
    return MOVED if change.previous_address is not None else SYMBOLS[Action.NOOP]


def style(change: Change) -> Style:
    """The style of that sign."""
    if change.action is not Action.NOOP:
        return STYLES[change.action]
    if change.flags:
        return STYLES[Action.UPDATE]
    return "move" if change.previous_address is not None else ""
