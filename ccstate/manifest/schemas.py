"""Schemas: where the JSON Schemas are, in a checkout, an editable install and a wheel alike.

A section's schema has the section's name; nothing here lists them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ccstate.core.values import Json

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def folder() -> Path:
    """The folder of the schemas: inside the package in a wheel, beside it in a checkout."""
    shipped = _PACKAGE / "schemas"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "schemas"


def names() -> tuple[str, ...]:
    """Every schema that there is: `lists`, `manifest`, `project`, ..."""
    return tuple(sorted(each.stem for each in folder().glob("*.json")))


@cache
def read(name: str) -> Json:
    """A schema by its name; FileNotFoundError where there is none. Not to be changed by the caller."""
    return json.loads((folder() / f"{name}.json").read_text("utf-8"))


def resolve(reference: str) -> Json:
    """The schema that a `$ref` of ours names: always another file, as a whole."""
    return read(reference.removesuffix(".json"))
