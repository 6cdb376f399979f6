"""Addresses: the names that users give to resources, `kind.key` or `kind.key[instance]`."""

from __future__ import annotations

import re
from sys import intern
from typing import Final, NamedTuple

KEY_PATTERN: Final = r"[a-z][a-z0-9_-]{0,62}"
_KEY = re.compile(KEY_PATTERN)
_ADDRESS = re.compile(rf"([a-z][a-z_]*)\.({KEY_PATTERN})(?:\[([^\[\]]+)\])?")


class Address(NamedTuple):
    """`list.newsletter`, or `campaign.weekly[2035-05-03]`; stable, chosen by the user."""

    kind: str
    key: str
    instance: str = ""

    def __str__(self) -> str:
        suffix = f"[{self.instance}]" if self.instance else ""
        return f"{self.kind}.{self.key}{suffix}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read the text form; ValueError where it is none."""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not an address (kind.key, such as list.newsletter)")
        kind, key, instance = found.groups("")
        return cls(intern(kind), key, instance)  # one text for all of a kind, as the manifest's have


def is_key(text: str) -> bool:
    """Whether a text may be the key of a resource."""
    return _KEY.fullmatch(text) is not None
