"""Identity: which API key a call counts for, without keeping any secret.

The service's access tokens are JWTs, and the claim `cid` names the application (assumed: the authorisation
server is Okta's). A token that is none stands for itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ccstate.core.values import Json

if TYPE_CHECKING:
    from ccstate.api.client import Endpoint

_LENGTH: Final = 16


def key_of(endpoint: Endpoint) -> str:
    """A short name for host and application, from which neither can be told."""
    known = endpoint.renewal.client_id if endpoint.renewal is not None else ""
    who = known or client_id(endpoint.token) or endpoint.token
    place = urlsplit(endpoint.url).netloc
    return hashlib.sha256(f"{place} {who}".encode()).hexdigest()[:_LENGTH]


def client_id(token: str) -> str:
    """The application that a token was given to; empty where the token does not say."""
    claims = _claims(token)
    found = claims.get("cid") or claims.get("client_id")
    return found if isinstance(found, str) else ""


def expires(token: str) -> float | None:
    """When a token ends, in seconds since 1970; None where it does not say."""
    found = _claims(token).get("exp")
    return float(found) if isinstance(found, (int, float)) and abs(found) < _SOMETIME else None


_SOMETIME: Final = 2.0**53


def _claims(token: str) -> Mapping[str, Json]:
    """The claims, unverified: they only tell one counter from another, and how long there is."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
