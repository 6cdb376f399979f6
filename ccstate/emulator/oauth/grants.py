"""What a user consented to: the root of every token, and what revoking takes away.

A grant is there or it is not. Its access tokens carry its id and die with it; its refresh token is one at a
time, so that using a rotating one kills all earlier ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.oauth.applications import LONG_LIVED, OFFLINE_ACCESS, Application
from ccstate.emulator.storage.clock import DAY
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

IDLE = 180 * DAY
_REFRESH_TOKEN_LENGTH = 32  # refresh tokens are known to fit into 50 characters


@dataclass(frozen=True)
class Grant:
    grant_id: str
    client_id: str
    user_id: str | None  # None: a partner's own
    scopes: tuple[str, ...]
    created_at: int
    refresh_token: str | None


def make(world: World, now: int, client_id: str, user_id: str | None, scopes: Sequence[str]) -> Grant:
    """Note a consent; there is a refresh token only if `offline_access` was asked for."""
    refreshable = OFFLINE_ACCESS in scopes
    token = world.ids.token(_REFRESH_TOKEN_LENGTH) if refreshable else None
    grant = Grant(f"oar{world.ids.token(17)}", client_id, user_id, tuple(scopes), now, token)
    world.db.insert(
        "grants",
        grant_id=grant.grant_id,
        client_id=client_id,
        user=user_id,
        scopes=packed(list(scopes)),
        created_at=now,
        refresh_token=token,
        refreshed_at=now if refreshable else None,
    )
    return grant


def refreshed(world: World, now: int, application: Application, refresh_token: str) -> Grant | None:
    """The grant that a refresh token of this application belongs to, with the token to use next time."""
    row = world.db.row("SELECT * FROM grants WHERE refresh_token = ?", refresh_token)
    if row is None or row["client_id"] != application.client_id or now - row["refreshed_at"] > IDLE:
        return None
    following = refresh_token
    if application.refresh != LONG_LIVED:
        following = world.ids.token(_REFRESH_TOKEN_LENGTH)
    sql = "UPDATE grants SET refresh_token = ?, refreshed_at = ? WHERE grant_id = ?"
    world.db.run(sql, following, now, row["grant_id"])
    return _grant(row | {"refresh_token": following})


def revoke(world: World, grant_id: str) -> int:
    return world.db.run("DELETE FROM grants WHERE grant_id = ?", grant_id)


def revoke_by_refresh_token(world: World, refresh_token: str) -> int:
    return world.db.run("DELETE FROM grants WHERE refresh_token = ?", refresh_token)


def revoke_application(world: World, client_id: str) -> int:
    return world.db.run("DELETE FROM grants WHERE client_id = ?", client_id)


def revoke_all(world: World) -> int:
    return world.db.run("DELETE FROM grants")


def _grant(row: dict[str, Any]) -> Grant:
    return Grant(
        row["grant_id"], row["client_id"], row["user"], tuple(json.loads(row["scopes"])), row["created_at"],
        row["refresh_token"],
    )  # fmt: skip
