"""Live: what the account holds, as last observed, in the manifest's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ccstate.core.values import Fields, Json


@dataclass(frozen=True, slots=True)
class Live:
    """One object of the account.

    `fields` are decoded to the forms of the manifest; a field that was not read is absent. `status` is upper
    case (campaigns), empty where a kind has none. `extra` is for the kind alone: ids of choices, counts.
    `gone` marks an object that answers but no longer exists (soft deletes).
    """

    kind: str
    remote_id: str
    natural_key: str
    fields: Fields = field(default_factory=dict)
    status: str = ""
    sub_ids: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)
    gone: bool = False

    def with_fields(self, fields: Fields) -> Live:
        """The same object, knowing more."""
        return replace(self, fields={**self.fields, **fields})


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is. `emulated` says that nobody gets mail from it."""

    id: str
    organisation: str
    emulated: bool
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one refresh observed.

    `collections` holds each kind that was read; a kind that is absent was not. `facts` are the answers to
    questions that only some changes need. `now` is the Date of the last answer, `calls` what it all cost.
    """

    account: Account
    now: datetime
    collections: Mapping[str, tuple[Live, ...]] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)
    calls: int = 0
    offline: bool = False
