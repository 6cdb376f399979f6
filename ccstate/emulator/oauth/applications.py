"""The applications that may ask for tokens.

What was registered is checked exactly. One that nobody registered is accepted as it comes, with any secret,
every flow, and any redirect URI that is https or leads back to this machine: a test needs no set-up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

CONFIDENTIAL, PUBLIC, PARTNER = "confidential", "public", "partner"
KINDS = (CONFIDENTIAL, PUBLIC, PARTNER)
ROTATING, LONG_LIVED = "rotating", "long_lived"
REFRESH_MODES = (ROTATING, LONG_LIVED)

API_SCOPES = ("account_read", "account_update", "billing_data", "campaign_data", "contact_data")
OFFLINE_ACCESS, OPENID = "offline_access", "openid"
USER_SCOPES = (*API_SCOPES, OFFLINE_ACCESS, OPENID)
PARTNER_SCOPE = "v3api/general.partner"

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")
_REDIRECT_URI = re.compile(r"https?://[\x21-\x7e]{1,2000}", re.IGNORECASE)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Application:
    client_id: str
    kind: str | None = None  # None: of every kind
    secret: str | None = None  # None: none is asked for, and any is accepted where the kind is None
    redirect_uris: tuple[str, ...] | None = None  # None: whatever is safe
    scopes: tuple[str, ...] | None = None  # None: all of them
    refresh: str = ROTATING
    active: bool = True

    def is_a(self, *kinds: str) -> bool:
        return self.kind is None or self.kind in kinds

    def redirects_to(self, uri: str) -> bool:
        return is_safe(uri) if self.redirect_uris is None else uri in self.redirect_uris

    def lacks(self, scopes: Iterable[str]) -> list[str]:
        return [] if self.scopes is None else [scope for scope in scopes if scope not in self.scopes]

    def shown(self) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "kind": self.kind,
            "secret": self.secret,
            "redirect_uris": list(self.redirect_uris or ()),
            "scopes": None if self.scopes is None else list(self.scopes),
            "refresh": self.refresh,
            "active": self.active,
        }


def registered(world: World, client_id: str) -> Application | None:
    row = world.db.row("SELECT * FROM applications WHERE client_id = ?", client_id)
    return None if row is None else _application(row)


def find(world: World, client_id: str) -> Application:
    """The application of that id, registered or not."""
    return registered(world, client_id) or Application(client_id)


def every(world: World) -> list[Application]:
    return [_application(row) for row in world.db.rows("SELECT * FROM applications ORDER BY client_id")]


def save(world: World, application: Application) -> None:
    world.db.run("DELETE FROM applications WHERE client_id = ?", application.client_id)
    world.db.insert(
        "applications",
        client_id=application.client_id,
        kind=application.kind,
        secret=application.secret,
        redirect_uris=packed(list(application.redirect_uris or ())),
        scopes=None if application.scopes is None else packed(list(application.scopes)),
        refresh=application.refresh,
        active=int(application.active),
    )


def is_client_id(text: str) -> bool:
    return _CLIENT_ID.fullmatch(text) is not None


def is_redirect_uri(uri: str) -> bool:
    """An absolute HTTP address without a fragment, as RFC 6749 wants it."""
    if not _REDIRECT_URI.fullmatch(uri) or "#" in uri or "\\" in uri:
        return False
    try:
        return bool(urlsplit(uri).hostname)
    except ValueError:
        return False


def is_safe(uri: str) -> bool:
    """https, or this machine."""
    if not is_redirect_uri(uri):
        return False
    parts = urlsplit(uri)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def _application(row: dict[str, Any]) -> Application:
    return Application(
        row["client_id"],
        row["kind"],
        row["secret"],
        tuple(json.loads(row["redirect_uris"])),
        None if row["scopes"] is None else tuple(json.loads(row["scopes"])),
        row["refresh"],
        bool(row["active"]),
    )
