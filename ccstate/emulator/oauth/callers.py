"""From the Authorization header of a call to the one who calls.

A signature is verified once and its outcome kept; whether the grant was revoked or the application
deactivated since is looked up for every call, as another process may have done it. The static token of the
settings needs neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ccstate.emulator.access import EVERYTHING, NOBODY, Caller
from ccstate.emulator.oauth import tokens, users
from ccstate.emulator.storage.world import World

_MOST_REMEMBERED = 2_000
_IS_ACTIVE = (
    "SELECT coalesce(active, 1) FROM grants LEFT JOIN applications USING (client_id) WHERE grant_id = ?"
)


@dataclass(frozen=True)
class _Known:
    caller: Caller
    expires: float
    grant_id: str | None  # None: the static token


class Callers:
    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, _Known] = {}

    def of(self, authorization: str, now: int) -> Caller:
        known = self._known.get(authorization) or self._read(authorization)
        if known is None or now >= known.expires:
            return NOBODY
        if known.grant_id is None:
            return known.caller
        active = self._world.db.value(_IS_ACTIVE, known.grant_id)
        if active is None:
            return NOBODY
        return known.caller if active else replace(known.caller, active=False)

    def _read(self, authorization: str) -> _Known | None:
        scheme, _, token = authorization.partition(" ")
        known = self._recognise(token.strip()) if scheme.lower() == "bearer" else None
        if known is not None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[authorization] = known
        return known

    def _recognise(self, token: str) -> _Known | None:
        if token == self._world.settings.token:
            return _Known(EVERYTHING, math.inf, None)
        claims = tokens.read(self._world, token)
        if claims is None:
            return None
        return _Known(self._caller(claims), claims.expires, claims.grant_id)

    def _caller(self, claims: tokens.Claims) -> Caller:
        scopes = frozenset(claims.scopes)
        user = None if claims.user_id is None else users.find(claims.user_id)
        if user is None:
            return Caller(claims.client_id, scopes, frozenset(), owner=False, partner=True)
        privileges = user.privileges(self._world.switches)
        return Caller(claims.client_id, scopes, privileges, owner=user.role == users.OWNER)
