"""Reads the parameters of a sign-in request as RFC 6749 wants: each at most once, an empty one is absent."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from ccstate.emulator.wire import Call

FORM = "application/x-www-form-urlencoded"
_LARGEST = 64_000  # bytes; a client id of a megabyte is no client id
_MOST_PARAMETERS = 100


class BadForm(ValueError):
    """Parameters that cannot be understood; the message says why, in words that may be sent back."""


class WrongMediaType(BadForm):
    """A body of another kind."""


def parameters_of(call: Call) -> dict[str, str]:
    """The parameters of query and body together."""
    return _once(_query(call) + _body(call))


def basic_credentials(call: Call) -> tuple[str, str] | None:
    """Id and secret of the Authorization header, as they were sent; None if there is none of that kind."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as problem:
        raise BadForm("The Authorization header cannot be read") from problem
    if not colon:
        raise BadForm("The Authorization header cannot be read")
    return unquote_plus(client_id), secret


def _query(call: Call) -> list[tuple[str, str]]:
    if sum(len(name) + len(value) for name, value in call.pairs) > _LARGEST:
        raise BadForm("The parameters are too long")
    if any("\ufffd" in name or "\ufffd" in value for name, value in call.pairs):
        raise BadForm("The parameters are no UTF-8")
    return list(call.pairs)


def _body(call: Call) -> list[tuple[str, str]]:
    if not call.content:
        return []
    if call.content_type.partition(";")[0].strip().lower() != FORM:
        raise WrongMediaType(f"The body must be sent as {FORM}")
    if len(call.content) > _LARGEST:
        raise BadForm("The body is too long")
    try:
        return parse_qsl(
            call.content.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )  # fmt: skip
    except ValueError as problem:
        raise BadForm("The body is no form in UTF-8") from problem


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise BadForm("A parameter is repeated")
        found[name] = value
    return {name: value for name, value in found.items() if value}
