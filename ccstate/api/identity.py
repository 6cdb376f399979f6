"""Identity: which API key a call counts for, without keeping any secret.

The service's access tokens are JWTs, and the claim `cid` names the application (assumed: the authorisation
server is Okta's). A token that is none stands for itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ccstate.api.client import Endpoint
from ccstate.core.values import Json

_LENGTH: Final = 16


def key_of(endpoint: Endpoint) -> str:
    """A short name for host and application, from which neither can be told."""
    who = client_id(endpoint.token) or endpoint.token
    place = urlsplit(endpoint.url).netloc
    return hashlib.sha256(f"{place} {who}".encode()).hexdigest()[:_LENGTH]


def client_id(token: str) -> str:
    """The application that a token was given to; empty where the token does not say."""
    parts = token.split(".")
    claims = _claims(parts[1]) if len(parts) == 3 else None
    found = claims.get("cid") or claims.get("client_id") if isinstance(claims, Mapping) else None
    return found if isinstance(found, str) else ""


def _claims(part: str) -> Json:
    """The claims, unverified: they only tell one counter from another."""
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
