"""Instants: reading the service's several renderings of a moment, and writing the one that it is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_OFFSET_WITHOUT_COLON: Final = re.compile(r"([+-]\d{2})(\d{2})$")


def parse_instant(text: str) -> datetime:
    """A moment in UTC.

    Tolerates what the services render (observed): with or without a fraction, `Z`, `+00:00` and `+0000`; no
    offset at all is taken for UTC. ValueError where it is no moment.
    """
    found = datetime.fromisoformat(_OFFSET_WITHOUT_COLON.sub(r"\1:\2", text.strip()))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def format_instant(moment: datetime) -> str:
    """`2035-05-01T13:00:00Z`: whole seconds, always UTC, always `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical_instant(text: str) -> str:
    """One spelling for equal moments."""
    return format_instant(parse_instant(text))
