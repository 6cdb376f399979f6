"""Requests, responses and flows: how a kind reads without performing HTTP.

A flow is a generator that yields requests, receives responses and returns what it read, as httpx's
`Auth.auth_flow` does. `ask` and `ask_all` are its two verbs; `api.drive` runs it against a client, and a test
runs it by hand.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from ccstate.core.values import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `path` is relative to the API's base (`/contact_lists`), or an absolute href that begins
    with `/v3/`; `accept` lists the error statuses that the flow handles itself; `needs` the privileges that
    it takes, to be named where the user has them not; `pause` the seconds to wait before it is sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    accept: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: `body` is parsed JSON, None where there was none."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)


Flow: TypeAlias = Generator[tuple[Request, ...], tuple[Response, ...], T]


def ask(request: Request) -> Flow[Response]:
    """Yield one request: `response = yield from ask(request)`."""
    (response,) = yield (request,)
    return response


def ask_all(requests: tuple[Request, ...]) -> Flow[tuple[Response, ...]]:
    """Yield requests that may run side by side; the responses come in their order."""
    if not requests:
        return ()
    responses = yield requests
    return responses


def pages(path: str, query: Mapping[str, str]) -> Flow[tuple[Json, ...]]:
    """Every page of a collection, by following its cursor links verbatim.

    The last page has no `_links`, no `next`, or a null or empty `href`: contacts and campaign services
    differ, and tags are documented with a link nested twice (API contract and guide).
    """
    bodies = []
    response = yield from ask(Request("GET", path, query))
    bodies.append(response.body)
    seen = set()
    while (href := next_href(response.body)) and href not in seen:
        seen.add(href)
        response = yield from ask(Request("GET", href))
        bodies.append(response.body)
    return tuple(bodies)


def next_href(body: Json) -> str:
    """The link to the next page, or an empty text."""
    links = body.get("_links") if isinstance(body, Mapping) else None
    following = links.get("next") if isinstance(links, Mapping) else None
    while isinstance(following, Mapping):
        href = following.get("href")
        if isinstance(href, str) and href:
            return href
        following = following.get("next")
    return following if isinstance(following, str) else ""
