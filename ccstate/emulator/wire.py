"""What passes between the gateway and a collection: a call, an answer, and the operations that join them.

Handlers are plain functions from a call to an answer. They run to the end without awaiting anything, so each
one is atomic, and the gateway wraps those that write in a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from ccstate.emulator.access import EVERYTHING, Access, Caller
from ccstate.emulator.errors import invalid, malformed
from ccstate.emulator.storage.world import World

Headers = tuple[tuple[bytes, bytes], ...]


JSON = "application/json"
ANYTHING = "*/*"  # an operation that looks at the media type itself
PREFIX = "/v3"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None  # None sends no body; with another media type than JSON it is text
    headers: Headers = ()
    media_type: str = JSON


@dataclass(frozen=True)
class Operation:
    """One method on one path below `base`. `service` chooses the prefix of its error keys.

    `missing` says what a call that is documented cannot have here; `coverage` repeats it.
    """

    method: str
    path: str
    handler: Callable[..., Answer]
    service: str
    access: Access
    media_type: str = JSON  # of the body, where the method takes one
    base: str = PREFIX
    missing: str = ""
    optional_body: bool = False  # no body at all is an empty object

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def takes_body(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Call:
    world: World
    operation: Operation
    now: int
    origin: str  # scheme and host as the client addressed them
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""  # the body as it came, for what is no JSON
    content_type: str = JSON
    caller: Caller = EVERYTHING
    pairs: tuple[tuple[str, str], ...] = ()  # the query as it came, with all that is repeated
    headers: Mapping[str, str] = field(default_factory=dict)

    def parameter(self, name: str) -> str | None:
        return self.query.get(name)

    def refuse(self, *problems: str) -> NoReturn:
        raise invalid(self.operation.service, *problems)

    def repeated(self, name: str) -> list[str]:
        """Every value of a query parameter that may be given many times."""
        return [value for known, value in self.pairs if known == name]

    def choices(self, name: str, allowed: tuple[str, ...]) -> list[str]:
        """A query parameter that holds a comma separated list of known words."""
        words = [word.strip() for word in self.query.get(name, "").split(",") if word.strip()]
        unknown = [word for word in words if word not in allowed]
        if unknown:
            self.refuse(f"{name} does not have a valid value: {', '.join(unknown)} (of {', '.join(allowed)})")
        return words

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.query.get(name, str(default)).lower()
        if text not in ("true", "false"):
            self.refuse(f"{name} does not have a valid value: true or false")
        return text == "true"


def read_pairs(raw: bytes) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace"))


def read_query(raw: bytes) -> dict[str, str]:
    """The last of repeated parameters counts."""
    return dict(read_pairs(raw))


def read_json(raw: bytes, service: str) -> dict[str, Any]:
    """The body as an object; everything else is a 400 and none of it an exception of ours."""
    try:
        value = json.loads(raw, parse_constant=_no_constants)
        if b"\\u" in raw:
            # Lone surrogates can be escaped in JSON but belong to no text that could be stored or sent back.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise malformed(service, f"The body is not well-formed JSON: {type(problem).__name__}") from problem
    if not isinstance(value, dict):
        raise malformed(service, "The body must be a JSON object")
    return value


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
