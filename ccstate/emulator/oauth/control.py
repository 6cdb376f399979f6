"""What the control plane can do about signing in: register applications, make tokens, revoke them.

Documents are read as seeds are: strictly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ccstate.emulator.oauth import applications, grants, tokens, users
from ccstate.emulator.oauth.applications import API_SCOPES, PARTNER_SCOPE, USER_SCOPES, Application
from ccstate.emulator.storage.world import World

if TYPE_CHECKING:
    from ccstate.emulator.seeding.seeds import Item

APPLICATION = ("client_id", "kind", "secret", "redirect_uris", "scopes", "refresh", "active")
TOKEN = ("client_id", "scopes", "role", "expires_in")
REVOCATION = ("client_id", "token")
_LONGEST_LIFETIME = 10 * 365 * 86_400


def register(world: World, item: Item) -> Application:
    """Register an application, or change a registered one: what is left out stays as it is."""
    client_id = item.text("client_id")
    if not applications.is_client_id(client_id):
        raise item.bad("client_id", "1 to 255 printable characters are wanted")
    secret = item.get("secret", str)
    default = applications.PUBLIC if secret is None else applications.CONFIDENTIAL
    before = applications.registered(world, client_id) or Application(client_id, default, redirect_uris=())
    application = Application(
        client_id,
        _choice(item, "kind", applications.KINDS, before.kind or default),
        before.secret if secret is None else secret,
        _redirect_uris(item) if "redirect_uris" in item else before.redirect_uris,
        _scopes(item, (*USER_SCOPES, PARTNER_SCOPE)) if "scopes" in item else before.scopes,
        _choice(item, "refresh", applications.REFRESH_MODES, before.refresh),
        item.get("active", bool, before.active),
    )
    if (application.kind == applications.PUBLIC) == bool(application.secret):
        raise item.bad("secret", "a public application has none, any other needs one")
    applications.save(world, application)
    return application


def make_token(world: World, item: Item) -> dict[str, Any]:
    """A token without signing in."""
    client_id = item.get("client_id", str, "emulator")
    if not applications.is_client_id(client_id):
        raise item.bad("client_id", "1 to 255 printable characters are wanted")
    scopes = _scopes(item, (*USER_SCOPES, PARTNER_SCOPE)) if "scopes" in item else API_SCOPES
    lifetime = item.get("expires_in", int)
    if lifetime is not None and abs(lifetime) > _LONGEST_LIFETIME:
        raise item.bad("expires_in", f"up to {_LONGEST_LIFETIME} seconds are wanted")
    if PARTNER_SCOPE in scopes:
        return _partners_token(world, item, client_id, scopes, lifetime)
    user = users.find(item.get("role", str, users.OWNER))
    if user is None:
        raise item.bad("role", f"one of {', '.join(user.role for user in users.USERS)} is wanted")
    grant = grants.make(world, world.now(), client_id, user.user_id, scopes)
    return tokens.token_answer(world, world.now(), grant, tokens.LIFETIME if lifetime is None else lifetime)


def revoke(world: World, item: Item) -> int:
    """End the grants of an application, the one behind a token, or all; answer how many ended."""
    client_id, token = item.get("client_id", str), item.get("token", str)
    if client_id is not None and token is not None:
        raise item.bad("token", "either a token or a client_id is wanted")
    if client_id is not None:
        return grants.revoke_application(world, client_id)
    if token is None:
        return grants.revoke_all(world)
    claims = tokens.read(world, token)
    if claims is not None:
        return grants.revoke(world, claims.grant_id)
    return grants.revoke_by_refresh_token(world, token)


def _partners_token(
    world: World, item: Item, client_id: str, scopes: tuple[str, ...], lifetime: int | None
) -> dict[str, Any]:
    if scopes != (PARTNER_SCOPE,) or "role" in item:
        raise item.bad("scopes", f"{PARTNER_SCOPE} stands alone: a partner's token has no user")
    return tokens.partner_answer(
        world, world.now(), client_id, tokens.PARTNER_LIFETIME if lifetime is None else lifetime
    )


def _choice(item: Item, name: str, known: tuple[str, ...], default: str) -> str:
    word: str = item.get(name, str, default)
    if word not in known:
        raise item.bad(name, f"one of {', '.join(known)} is wanted")
    return word


def _redirect_uris(item: Item) -> tuple[str, ...]:
    uris = tuple(item.words("redirect_uris"))
    if not all(applications.is_redirect_uri(uri) for uri in uris):
        raise item.bad("redirect_uris", "absolute http or https addresses without a fragment are wanted")
    return uris


def _scopes(item: Item, known: tuple[str, ...]) -> tuple[str, ...]:
    given = item.document["scopes"]
    words = given.split() if isinstance(given, str) else item.words("scopes")
    if not set(words) <= set(known):
        raise item.bad("scopes", f"of {', '.join(known)}")
    return tuple(dict.fromkeys(words))
