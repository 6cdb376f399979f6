"""Formats of the state file: old ones are brought up to date, newer ones refused.

A newer minor format is refused too: writing it back would drop what that version added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ccstate.core.diagnostics import Refused, error
from ccstate.core.state import FORMAT_VERSION
from ccstate.core.values import Json


class Upgrade(NamedTuple):
    """One step from an older format to the next one; `make` changes the document."""

    to: str
    make: Callable[[Json], Json]


UPGRADES: Final[Mapping[str, Upgrade]] = {}
"""Old format -> its step; none yet, because 1.0 is the first."""


def upgraded(
    document: Json, place: str, *, upgrades: Mapping[str, Upgrade] = UPGRADES, current: str = FORMAT_VERSION
) -> Json:
    """The document in this version's format; Refused where there is no way there."""
    version = str(document.get("format_version", "")) if isinstance(document, dict) else ""
    while version in upgrades and version != current:
        step = upgrades[version]
        document, version = {**step.make(document), "format_version": step.to}, step.to
    if version != current:
        raise _unknown(place, version, current)
    return document


def _unknown(place: str, version: str, current: str) -> Refused:
    hint = "restore it from a copy"
    if _numbers(version) > _numbers(current):
        hint = "use the version of ccstate that wrote it, or a newer one"
    summary = f"{place} has format {version or '?'}; this version reads {current}"
    return Refused([error("state-version", summary, hint=hint)])


def _numbers(version: str) -> tuple[int, ...]:
    return (
        tuple(int(each) for each in version.split("."))
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})*", version)
        else ()
    )
