"""Live: what the account holds, as last observed, in the manifest's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ccstate.core.values import EMPTY, Fields, Json


class Live(NamedTuple):
    """One object of the account.

    `fields` are decoded to the forms of the manifest; a field that was not read is absent. `status` is upper
    case (campaigns), empty where a kind has none. `extra` is for the kind alone: ids of choices, counts.
    `gone` marks an object that answers but no longer exists (soft deletes).
    """

    kind: str
    remote_id: str
    natural_key: str
    fields: Fields = EMPTY
    status: str = ""
    sub_ids: Mapping[str, str] = EMPTY
    extra: Mapping[str, Json] = EMPTY
    gone: bool = False

    def with_fields(self, fields: Fields) -> Live:
        """The same object, knowing more."""
        return self._replace(fields={**self.fields, **fields})


class Account(NamedTuple):
    """Whose account it is. `emulated` says that nobody gets mail from it."""

    id: str
    organisation: str
    emulated: bool
    time_zone: str = ""


class Snapshot(NamedTuple):
    """Everything that one refresh observed.

    `collections` holds each kind that was read; a kind that is absent was not. `facts` are the answers to
    questions that only some changes need. `now` is the Date of the last answer, `calls` what it all cost,
    `asked` what of it only some changes needed, by the reason, `pages` those of each collection.
    """

    account: Account
    now: datetime
    collections: Mapping[str, tuple[Live, ...]] = EMPTY
    facts: Mapping[str, Json] = EMPTY
    calls: int = 0
    asked: Mapping[str, int] = EMPTY
    pages: Mapping[str, int] = EMPTY
    offline: bool = False
