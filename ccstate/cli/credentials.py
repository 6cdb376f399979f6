"""Credentials: where the API is and how to get in, from the environment."""

from __future__ import annotations

import ipaddress
import os
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ccstate.api.auth import AUTH_URL, Renewal
from ccstate.api.client import LIVE_URL, RATE, Endpoint
from ccstate.core.diagnostics import Refused, error

_AUTH_PATH: Final = "/oauth2/default/v1"
"""Where an emulator has its token endpoint, beside the API."""


def endpoint_from_environment() -> Endpoint:
    """CCSTATE_API_URL (default: the service), and a token, or what one is had with; Refused where unfit."""
    url = os.environ.get("CCSTATE_API_URL") or LIVE_URL
    parts = _address("CCSTATE_API_URL", url, LIVE_URL)
    loopback = is_loopback(parts.hostname or "")
    token, renewal = _secret("CCSTATE_ACCESS_TOKEN"), _renewal(parts if loopback else None)
    if not token and renewal is None:
        hint = (
            "set CCSTATE_ACCESS_TOKEN, or CCSTATE_CLIENT_ID and CCSTATE_REFRESH_TOKEN, or use --emulator "
            "to rehearse without an account"
        )
        raise _refused("no-credentials", "there is no access token", hint)
    return Endpoint(url, token, rate=RATE, emulated=loopback, renewal=renewal)


def _renewal(emulator: SplitResult | None) -> Renewal | None:
    """How a new token is had; None where nothing says so. An emulator's own endpoint is beside its API."""
    client_id, refresh_token = _secret("CCSTATE_CLIENT_ID"), _secret("CCSTATE_REFRESH_TOKEN")
    if not refresh_token:
        return None
    if not client_id:
        hint = "set CCSTATE_CLIENT_ID to the API key of the application that the refresh token was given to"
        raise _refused("no-credentials", "CCSTATE_REFRESH_TOKEN is set and CCSTATE_CLIENT_ID is not", hint)
    beside = "" if emulator is None else f"{emulator.scheme}://{emulator.netloc}{_AUTH_PATH}"
    url = os.environ.get("CCSTATE_AUTH_URL") or beside or AUTH_URL
    _address("CCSTATE_AUTH_URL", url, AUTH_URL)
    return Renewal(client_id, refresh_token, _secret("CCSTATE_CLIENT_SECRET"), url)


def _address(variable: str, url: str, example: str) -> SplitResult:
    """Its parts; a secret goes over plain http to this machine only."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("bad-api-url", f"{variable} is no address: {url!r}", f"such as {example}")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise _refused("plain-http", f"{url}: a token goes over plain http to this machine only", "use https")
    return parts


def _secret(variable: str) -> str:
    """What a variable holds, which is never shown."""
    found = os.environ.get(variable) or ""
    if not found.isascii() or any(letter.isspace() for letter in found):
        raise _refused("bad-token", f"{variable} has blanks or characters no token has", "copy it again")
    return found


def _refused(code: str, summary: str, hint: str) -> Refused:
    return Refused([error(code, summary, hint=hint)])


def endpoint_is_local() -> bool:
    """Whether CCSTATE_API_URL leads to this machine, and so to an emulated account."""
    parts = urlsplit(os.environ.get("CCSTATE_API_URL") or LIVE_URL)
    return is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine; the emulator is served there, the service never is."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
