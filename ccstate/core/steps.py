"""Steps as data: encoding values into JSON, and resolving them into requests when their ids are known.

A kind writes bodies with `Ref`, `Join`, `AsText` and `Blob` inside; the planner encodes them once, so that a
plan is plain JSON; the executor resolves them. Resolving is pure, and a missing reference is a bug.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from ccstate.core.address import Address
from ccstate.core.plan import Step
from ccstate.core.values import Join, Json, Ref, Value, canonical_json, digest
from ccstate.core.wire import Request

LookUp = Callable[[Ref], str]


@dataclass(frozen=True, slots=True)
class AsText:
    """A value that travels as compact JSON inside a string (segment criteria)."""

    value: Value


@dataclass(frozen=True, slots=True)
class AsInteger:
    """An id that the API takes as a number (segments)."""

    value: Value


@dataclass(frozen=True, slots=True)
class Blob:
    """A long text, kept once under the plan's `blobs`."""

    text: str


def encode(value: Value, blobs: dict[str, str]) -> Json:
    """The JSON form of a value in a step; texts of Blobs are added to `blobs` under their digests."""
    match value:
        case Ref(address, attr):
            return {"$ref": str(address), "attr": attr}
        case Join(parts):
            return {"$join": [encode(part, blobs) for part in parts]}
        case AsText(inner):
            return {"$json": encode(inner, blobs)}
        case AsInteger(inner):
            return {"$integer": encode(inner, blobs)}
        case Blob(text):
            blobs[digest(text)] = text
            return {"$blob": digest(text)}
        case Mapping():
            return {_double(key): encode(item, blobs) for key, item in value.items()}
        case list() | tuple():
            return [encode(item, blobs) for item in value]
        case _:
            return value


def _double(key: str) -> str:
    """A user's own key that begins with `$` is doubled, so that it is never taken for a form of ours."""
    return "$" + key if key.startswith("$") else key


def resolve_json(value: Json, look_up: LookUp, blobs: Mapping[str, str]) -> Json:
    """The JSON that goes over the wire."""
    if isinstance(value, list):
        return [resolve_json(item, look_up, blobs) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return look_up(Ref(Address.parse(value["$ref"]), value["attr"]))
    if "$join" in value:
        return "".join(str(resolve_json(part, look_up, blobs)) for part in value["$join"])
    if "$json" in value:
        return canonical_json(resolve_json(value["$json"], look_up, blobs))
    if "$integer" in value:
        return int(resolve_json(value["$integer"], look_up, blobs))
    if "$blob" in value:
        return blobs[value["$blob"]]
    return {_undouble(key): resolve_json(item, look_up, blobs) for key, item in value.items()}


def _undouble(key: str) -> str:
    return key[1:] if key.startswith("$$") else key


def resolve_step(step: Step, look_up: LookUp, blobs: Mapping[str, str]) -> Request:
    """The request of a step, all ids known; parts of the path are percent-encoded where they are ids."""
    parts = (
        part if isinstance(part, str) else quote(str(resolve_json(part, look_up, blobs)), safe="")
        for part in step.path
    )
    return Request(step.method, "".join(parts), step.query, resolve_json(step.body, look_up, blobs))


_FILTER: Final = re.compile(r"\[(\w+)=([^\]]*)\]")


def select(document: Json, selector: str) -> Json:
    """What a selector finds: a JSON pointer whose tokens may also be `[key=value]`, the first item that fits.

    `/campaign_activities/[role=primary_email]/campaign_activity_id`. None where nothing is found.
    """
    found = document
    for token in selector.strip("/").split("/"):
        found = _descend(found, token)
        if found is None:
            return None
    return found


def _descend(value: Json, token: str) -> Json:
    if isinstance(value, list):
        fits = _FILTER.fullmatch(token)
        if fits:
            items = (each for each in value if isinstance(each, dict) and str(each.get(fits[1])) == fits[2])
            return next(items, None)
        return value[int(token)] if token.isdigit() and int(token) < len(value) else None
    return value.get(token) if isinstance(value, dict) else None
