"""The API's collections, one module each: what a call may say, what it does, what it answers.

A module lists its operations in `OPERATIONS`, what it does when time has come in `HAPPENINGS` and, where that
is a bulk activity, in `JOBS`; it reads alone and is found here: nothing else lists it. Behind them are rows
(`schema`), time (`timeline`) and jobs; before them the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from ccstate.emulator.storage.timeline import Happening
from ccstate.emulator.wire import Operation


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = sorted(found.name for found in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}") for name in names)


def gathered(name: str) -> Iterator[Any]:
    """What the modules list under a name, all of it."""
    return (each for module in _modules() for each in getattr(module, name, ()))


def operations() -> tuple[Operation, ...]:
    """Every operation of every collection."""
    return tuple(gathered("OPERATIONS"))


def happenings() -> dict[str, Happening]:
    """Every event of every collection."""
    return {
        event: happening
        for module in _modules()
        for event, happening in getattr(module, "HAPPENINGS", {}).items()
    }
