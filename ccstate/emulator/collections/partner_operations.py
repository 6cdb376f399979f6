"""Calls on behalf of a managed client account: one call of the partner's, one of the client's inside of it.

The inner call takes the way of any other, in the client's own account. What it answers is answered: under 200
if it succeeded, under its own status if not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import Headers

from ccstate.emulator import coverage, dispatch
from ccstate.emulator.access import EVERYTHING, PARTNER
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import operations
from ccstate.emulator.dispatch import Arrival
from ccstate.emulator.errors import ApiError, access_denied, invalid
from ccstate.emulator.partners import billing, clients, partnership
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.routing import Routes
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import JSON, PREFIX, Answer, Call, Operation

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KNOWN = (
    "account_operation_url", "account_operation_method", "account_operation_payload",
    "account_operation_query_parameters", "account_operation_path_parameters", "account_operation_headers",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What is to be called in the client's account."""

    method: str
    path: str
    query: bytes
    headers: Headers
    payload: bytes


def sync(call: Call, encoded_account_id: str) -> Answer:
    row = partnership.find(call.world, encoded_account_id)
    request = _read(call)
    # Only managed accounts, says the contract. The answer 403 and the other two reasons are assumed.
    if not row["managed"]:
        raise access_denied(f"client account {encoded_account_id} is not a managed account")
    if row["billing_status"] == billing.CANCELED or row["disabled"]:
        raise access_denied(f"client account {encoded_account_id} is canceled or disabled")
    with clients.inside(call.world, encoded_account_id, call.now) as client:
        try:
            answer = _answer(call, client, request)
        except ApiError as refusal:
            return Answer(refusal.status, refusal.body)
    return Answer(200, answer.body, media_type=answer.media_type)


OPERATIONS = (
    Operation(
        "POST", "/partner/accounts/{encoded_account_id}/account_operations/sync", sync, SERVICE, PARTNER
    ),
)


@cache
def _routes() -> Routes:
    return Routes(operations(), coverage.CONTRACT)


def _answer(call: Call, client: World, request: Request) -> Answer:
    operation, parameters = _routes().find(request.method, request.path)
    if operation.access.partner:
        raise invalid(SERVICE, "account_operation_url must not be a partner operation")
    arrival = Arrival(
        request.method, request.path, request.query, request.headers, call.origin, None, request.payload
    )
    return dispatch.answer(dispatch.make_call(client, arrival, operation, call.now, EVERYTHING), parameters)


def _read(call: Call) -> Request:
    checks = Checks(call)
    checks.only(_KNOWN)
    url = checks.text("account_operation_url", required=True) or ""
    method = (checks.text("account_operation_method", required=True) or "").upper()
    payload = checks.text("account_operation_payload") or ""
    query = _pairs(checks, "account_operation_query_parameters", "query_param")
    path = _pairs(checks, "account_operation_path_parameters", "path_param")
    headers = _pairs(checks, "account_operation_headers", "header")
    if method and method not in _METHODS:
        checks.problem(f"account_operation_method must be one of {', '.join(_METHODS)}")
    if url and (not url.startswith("/") or "?" in url or "#" in url):
        checks.problem("account_operation_url must be a path that starts with / and has no query")
    if not all(key.isascii() and value.isascii() for key, value in headers):
        checks.problem("account_operation_headers must be plain text")
    full = _filled(checks, url, dict(path))
    checks.done()
    return Request(method, f"{PREFIX}{full}", urlencode(query).encode(), _headers(headers), payload.encode())


def _pairs(checks: Checks, name: str, prefix: str) -> list[tuple[str, str]]:
    """An array of objects that hold a key and a value each."""
    pairs = []
    for item in checks.items(name, dict):
        key, value = item.get(f"{prefix}_key"), item.get(f"{prefix}_value")
        if not isinstance(key, str) or not key or not isinstance(value, str):
            checks.problem(f"{name} does not have a valid value: {prefix}_key and {prefix}_value are strings")
        else:
            pairs.append((key, value))
    return pairs


def _filled(checks: Checks, url: str, values: dict[str, str]) -> str:
    """The path with every placeholder replaced; a value stays within its segment."""
    for name in _PLACEHOLDER.findall(url):
        if not values.get(name):
            checks.problem(f"account_operation_path_parameters lacks {name}")
        elif "/" in values[name]:
            checks.problem(f"path_param_value of {name} must not contain /")
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), url)


def _headers(pairs: list[tuple[str, str]]) -> Headers:
    """JSON unless told otherwise. Whose call it is no header can change."""
    given: dict[str, Any] = {"content-type": JSON}
    given |= {key.lower(): value for key, value in pairs}
    return Headers(given)
