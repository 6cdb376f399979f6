"""Authorization codes: five minutes, once, for the redirect URI and the verifier that belong to them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.oauth import grants
from ccstate.emulator.oauth.applications import Application
from ccstate.emulator.oauth.refusals import granted, refusal, refused
from ccstate.emulator.oauth.tokens import token_answer
from ccstate.emulator.oauth.users import User
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call

LIFETIME = 300 * SECOND
S256 = "S256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_challenge(text: str) -> bool:
    """A SHA-256 digest in base64url without padding."""
    return _CHALLENGE.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def issue(world: World, now: int, user: User, form: Mapping[str, str], scopes: tuple[str, ...]) -> str:
    """A code for what was asked for at the authorize page."""
    code = world.ids.token(32)
    world.db.insert(
        "authorization_codes",
        code=code,
        client_id=form["client_id"],
        user=user.user_id,
        redirect_uri=form["redirect_uri"],
        scopes=packed(list(scopes)),
        challenge=form.get("code_challenge"),
        nonce=form.get("nonce"),
        expires_at=now + LIFETIME,
    )
    return code


def redeem(call: Call, form: Mapping[str, str], application: Application) -> Answer:
    for name in ("code", "redirect_uri"):
        if name not in form:
            raise refusal("invalid_request", f"{name} is missing")
    row = call.world.db.row("SELECT * FROM authorization_codes WHERE code = ?", form["code"])
    if row is None or row["client_id"] != application.client_id:
        raise refusal("invalid_grant", "The authorization code is not valid")
    if row["grant_id"] is not None:
        # RFC 6749, 4.1.2: somebody has a code that is not theirs, and nobody knows who.
        grants.revoke(call.world, row["grant_id"])
        return refused("invalid_grant", "The authorization code was used before")
    if call.now >= row["expires_at"]:
        raise refusal("invalid_grant", "The authorization code has expired")
    if form["redirect_uri"] != row["redirect_uri"]:
        raise refusal("invalid_grant", "The redirect_uri is not the one that the code was sent to")
    _check_verifier(row["challenge"], form.get("code_verifier"))
    return _grant(call, row)


def _grant(call: Call, row: Mapping[str, Any]) -> Answer:
    world, scopes = call.world, json.loads(row["scopes"])
    grant = grants.make(world, call.now, row["client_id"], row["user"], scopes)
    world.db.run("UPDATE authorization_codes SET grant_id = ? WHERE code = ?", grant.grant_id, row["code"])
    return granted(token_answer(world, call.now, grant, nonce=row["nonce"]))


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """A verifier without a challenge is refused too, as RFC 9700 wants: a challenge may have been cut off."""
    if challenge is not None and verifier is None:
        raise refusal("invalid_request", "code_verifier is missing")
    if verifier is not None and challenge_of(verifier) != challenge:
        raise refusal("invalid_grant", "The code_verifier does not belong to the code")
