"""Values of fields: JSON, three sentinels that are not JSON, and references.

UNSET (the manifest is silent), None (explicitly empty) and UNKNOWN (known after apply) are three things and
are compared with `is`. References stand for identifiers that the service gives out: `Ref` for a managed
resource, `Named` for an unmanaged one, `Join` for text with references inside.
"""

from __future__ import annotations

import enum
import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ccstate.core.address import Address

Json: TypeAlias = Any
"""What `json.loads` returns: dicts, lists, str, int, float, bool, None."""

Value: TypeAlias = Any
"""A field's value: Json that may also hold Ref, Named, Join, UNSET and UNKNOWN."""

Fields: TypeAlias = Mapping[str, Value]


EMPTY: Final[Mapping[str, Any]] = {}
"""The default of members that are mappings: one for all of them, and typed so that nobody writes into it."""


class Unset(enum.Enum):
    """The manifest does not mention the field: it is not managed."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


class Unknown(enum.Enum):
    """The value exists only after apply (an id that the service will give out)."""

    UNKNOWN = "UNKNOWN"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNSET: Final = Unset.UNSET
UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An attribute of a managed resource: its `remote_id`, or one of its sub ids."""

    address: Address
    attr: str = "remote_id"


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """The remote id of an unmanaged live object, found by its natural key."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f'{self.kind}:"{self.name}"'


@dataclass(frozen=True, slots=True)
class Join:
    """Text with references inside, such as `custom_field_id:${custom_field.tier}`."""

    parts: tuple[str | Ref | Named, ...]


Reference: TypeAlias = Ref | Named | Join


_PLAIN: Final = frozenset({str, bool, int, float, type(None)})
"""Types of leaves that are neither references nor unknown: most values by far, so looked for first."""


def walk(value: Value) -> tuple[Value, ...]:
    """Every leaf of a value, depth first, references included (a Join's parts one by one)."""
    if type(value) in _PLAIN:
        return (value,)
    leaves: list[Value] = []
    _gather(value, leaves)
    return tuple(leaves)


def _gather(value: Value, leaves: list[Value]) -> None:
    """Add the leaves of a value; a generator in each generator would cost several times as much."""
    if type(value) in _PLAIN:
        leaves.append(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            _gather(item, leaves)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather(item, leaves)
    elif isinstance(value, Join):
        leaves.extend(value.parts)
    else:
        leaves.append(value)


def references(value: Value) -> tuple[Ref | Named, ...]:
    """The references inside a value, in the order in which they stand there."""
    if type(value) in _PLAIN:
        return ()
    return tuple(leaf for leaf in walk(value) if isinstance(leaf, (Ref, Named)))


def replace_leaves(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """The same value with every leaf (a Join counts as one) replaced by `leaf(leaf)`."""
    if type(value) in _PLAIN:
        return leaf(value)
    if isinstance(value, Mapping):
        return {key: replace_leaves(item, leaf) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [replace_leaves(item, leaf) for item in value]
    return leaf(value)


def resolve(value: Value, look_up: Callable[[Ref | Named], Value]) -> Value:
    """Put identifiers in the place of references; `look_up` may answer UNKNOWN.

    A Join with an unknown part is UNKNOWN as a whole; a container is never, only its leaves.
    """
    if type(value) in _PLAIN:
        return value

    def leaf(item: Value) -> Value:
        if isinstance(item, (Ref, Named)):
            return look_up(item)
        if isinstance(item, Join):
            parts = [look_up(part) if isinstance(part, (Ref, Named)) else part for part in item.parts]
            return UNKNOWN if any(part is UNKNOWN for part in parts) else "".join(str(part) for part in parts)
        return item

    return replace_leaves(value, leaf)


def has_unknown(value: Value) -> bool:
    """Whether anything inside is known only after apply."""
    return type(value) not in _PLAIN and any(leaf is UNKNOWN for leaf in walk(value))


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
"""Made once: `json.dumps` with options makes an encoder for each call, which takes longer than encoding."""


def canonical_json(value: Json) -> str:
    """One spelling for equal JSON: sorted keys, no blanks."""
    return _CANONICAL.encode(value)


def digest(value: Json) -> str:
    """`sha256:<hex>` of the canonical JSON (of the text itself, where it is text)."""
    text = value if isinstance(value, str) else canonical_json(value)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


MEMO_LIMIT: Final = 1024
"""Characters; a longer value is remembered by its digest, so that no HTML gets into the state."""

MEMO_KEY: Final = "$digest"


def memo(value: Json) -> Json:
    """What the state keeps of a canonical value: itself when small, its digest when not."""
    if isinstance(value, str):
        return value if len(value) <= MEMO_LIMIT else {MEMO_KEY: digest(value)}
    if isinstance(value, (list, dict)) and len(canonical_json(value)) > MEMO_LIMIT:
        return {MEMO_KEY: digest(value)}
    return value


def is_digest(value: Value) -> bool:
    """Whether a remembered value is only a digest, so that it can be compared but not shown."""
    return isinstance(value, dict) and len(value) == 1 and MEMO_KEY in value


def same_name(text: str) -> str:
    """The form in which natural keys match: NFC, casefolded, trimmed, runs of blanks as one.

    The service is assumed to compare names without regard to case; two that differ only so are one name.
    """
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()
