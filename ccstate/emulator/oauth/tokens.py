"""Access tokens: JWTs signed with RS256, with the claims of the identity provider behind the service.

PyJWT is imported when a token is made or read, and never for the static one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.oauth import grants, keys, users
from ccstate.emulator.oauth.applications import OPENID, PARTNER_SCOPE
from ccstate.emulator.oauth.grants import Grant
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World

ISSUER = "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8"
AUDIENCE = "https://api.cc.email/v3"
LIFETIME = 86_400
IMPLICIT_LIFETIME = 28_800
PARTNER_LIFETIME = 3_600
LONGEST = 8_000  # characters; ours have about a thousand


@dataclass(frozen=True)
class Claims:
    """What a valid signature vouches for. Whether the grant still stands is another question."""

    grant_id: str
    client_id: str
    user_id: str | None
    scopes: tuple[str, ...]
    expires: int


def token_answer(
    world: World,
    now: int,
    grant: Grant,
    lifetime: int = LIFETIME,
    scopes: Sequence[str] | None = None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """The JSON of the token endpoint; `scopes` may be fewer than were granted."""
    chosen = grant.scopes if scopes is None else tuple(scopes)
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "access_token": access_token(world, now, grant, lifetime, chosen),
        "scope": " ".join(chosen),
    }
    if grant.refresh_token is not None:
        answer["refresh_token"] = grant.refresh_token
    if OPENID in chosen:
        answer["id_token"] = _id_token(world, now, grant, lifetime, nonce)
    return answer


def access_token(world: World, now: int, grant: Grant, lifetime: int, scopes: Sequence[str]) -> str:
    claims = {
        "ver": 1,
        "jti": f"AT.{world.ids.token(32)}.{grant.grant_id}",
        "iss": ISSUER,
        "aud": AUDIENCE,
        **_times(now, lifetime),
        "cid": grant.client_id,
        "scp": list(scopes),
    }
    return _signed(world, claims | _subject(grant))


def read(world: World, token: str) -> Claims | None:
    """What a token says, if we signed it; expiry is left to who knows the time."""
    if token.count(".") != 2 or len(token) > LONGEST:
        return None
    key = keys.known_key(world)
    if key is None:
        return None
    import jwt

    try:
        claims = jwt.decode(
            token,
            key.public_key(),
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except (jwt.PyJWTError, RecursionError):
        return None
    grant_id = str(claims["jti"]).rpartition(".")[2]
    return Claims(
        grant_id, claims["cid"], claims.get("uid"), tuple(claims["scp"]), int(claims["exp"]) * SECOND
    )  # fmt: skip


def _id_token(world: World, now: int, grant: Grant, lifetime: int, nonce: str | None) -> str:
    claims = {"ver": 1, "iss": ISSUER, "aud": grant.client_id, **_times(now, lifetime)}
    return _signed(world, claims | _subject(grant) | ({} if nonce is None else {"nonce": nonce}))


def _times(now: int, lifetime: int) -> dict[str, int]:
    issued = now // SECOND
    return {"iat": issued, "exp": issued + lifetime}


def _subject(grant: Grant) -> dict[str, Any]:
    user = None if grant.user_id is None else users.find(grant.user_id)
    if user is None:
        return {"sub": grant.client_id}
    return {"uid": user.user_id, "auth_time": grant.created_at // SECOND, "sub": user.email_address}


def _signed(world: World, claims: dict[str, Any]) -> str:
    import jwt

    kid, key = keys.signing_key(world)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def partner_answer(
    world: World, now: int, client_id: str, lifetime: int = PARTNER_LIFETIME
) -> dict[str, Any]:
    """A partner's token: no user behind it, nothing to refresh it with."""
    return token_answer(world, now, grants.make(world, now, client_id, None, (PARTNER_SCOPE,)), lifetime)
