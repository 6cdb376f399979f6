"""When two names are the same name, and what an identifier in a path looks like."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ccstate.emulator.errors import not_found
from ccstate.emulator.storage.clock import LAST, SECOND
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Call

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def key_of(name: str) -> str:
    """A name as uniqueness sees it. Whether case counts is not documented, so there is a switch."""
    return unicodedata.normalize("NFC", name).casefold()


def holder(
    world: World, table: str, identifier: str, name: str, *, besides: Any = None, condition: str = "1"
) -> Any:
    """The id of the row that holds a name, or None. Table and condition come from our own code."""
    exact = world.switches.case_sensitive_names
    return world.db.value(
        f"SELECT {identifier} FROM {table} WHERE name_key = ? AND {identifier} IS NOT ? "
        f"AND (name = ? OR NOT ?) AND {condition}",
        key_of(name), besides, name, exact,
    )  # fmt: skip


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def checked_uuid(call: Call, name: str, text: str) -> str:
    """An id from a path. One that is no UUID answers like one that does not exist, as the guide shows."""
    if not is_uuid(text):
        raise not_found(call.operation.service, f"{name} is in an invalid format.")
    return text.lower()


def shown_from(world: World, now: int) -> int:
    """Until when an object must have been created to be listed: collections may lag behind (a switch)."""
    lag = world.switches.collection_lag
    # Without a lag everything is listed, also what is younger than a clock that was set back.
    return now - int(lag * SECOND) if lag else LAST
