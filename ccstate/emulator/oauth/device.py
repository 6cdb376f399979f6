"""Device codes: a program without a browser asks, a person approves elsewhere, the program polls until then.

Who polls faster than the interval is told to slow down, and each time the interval grows by five seconds
(RFC 8628). Time passes on the emulator's clock or on the machine's, whichever is first: a clock that stands
still must not keep a client waiting for ever.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import applications, grants
from ccstate.emulator.oauth.applications import PUBLIC, Application
from ccstate.emulator.oauth.forms import BadForm, parameters_of
from ccstate.emulator.oauth.refusals import bad_form, granted, refusal, refused
from ccstate.emulator.oauth.scopes import BadScope, requested
from ccstate.emulator.oauth.tokens import token_answer
from ccstate.emulator.oauth.users import User
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import Row, packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import ANYTHING, Answer, Call, Operation

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
LIFETIME, INTERVAL = 600, 5  # seconds; not documented, these are the provider's defaults
_SLOWER = 5
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no words come out
PENDING, APPROVED, DENIED = "pending", "approved", "denied"


def authorize(call: Call) -> Answer:
    try:
        form = parameters_of(call)
    except BadForm as problem:
        raise bad_form(problem) from problem
    application = _application(call.world, form)
    try:
        scopes = requested(form, application)
    except BadScope as problem:
        raise refusal("invalid_scope", str(problem)) from problem
    device_code, user_code = call.world.ids.token(32), _user_code(call.world)
    call.world.db.insert(
        "device_codes",
        device_code=device_code,
        user_code=user_code,
        client_id=application.client_id,
        scopes=packed(list(scopes)),
        expires_at=call.now + LIFETIME * SECOND,
        interval=INTERVAL,
        decision=PENDING,
    )
    page = f"{call.origin}/activate"
    return granted({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': user_code})}",
        "expires_in": LIFETIME,
        "interval": INTERVAL,
    })  # fmt: skip


def redeem(call: Call, form: Mapping[str, str], application: Application) -> Answer:
    """One poll. What it notes must stay, so refusals are answers here."""
    if "device_code" not in form:
        raise refusal("invalid_request", "device_code is missing")
    row = call.world.db.row("SELECT * FROM device_codes WHERE device_code = ?", form["device_code"])
    if row is None or row["client_id"] != application.client_id:
        raise refusal("invalid_grant", "The device code is not valid")
    if row["grant_id"] is not None:
        raise refusal("invalid_grant", "The device code was used before")
    if call.now >= row["expires_at"]:
        raise refusal("expired_token", "The device code has expired")
    if row["decision"] == DENIED:
        raise refusal("access_denied", "The user denied the request")
    return _grant(call, row) if row["decision"] == APPROVED else _not_yet(call, row)


def waiting(world: World, now: int, user_code: str) -> Row | None:
    """The request that a person means by a code, if it waits for an answer. Case and dashes do not count."""
    letters = "".join(letter for letter in user_code.upper() if letter in _LETTERS)
    return world.db.row(
        "SELECT * FROM device_codes WHERE user_code = ? AND decision = ? AND expires_at > ?",
        f"{letters[:4]}-{letters[4:]}", PENDING, now,
    )  # fmt: skip


def decide(world: World, device_code: str, user: User, decision: str) -> None:
    sql = "UPDATE device_codes SET decision = ?, user = ? WHERE device_code = ?"
    world.db.run(sql, decision, user.user_id, device_code)


def _application(world: World, form: Mapping[str, str]) -> Application:
    client_id = form.get("client_id")
    if client_id is None:
        raise refusal("invalid_request", "client_id is missing")
    application = applications.find(world, client_id)
    if not applications.is_client_id(client_id) or not application.active:
        raise refusal("invalid_client", "There is no such client", 401)
    if not application.is_a(PUBLIC):
        raise refusal("unauthorized_client", "Only a public client may use the device flow")
    return application


def _grant(call: Call, row: Row) -> Answer:
    world = call.world
    grant = grants.make(world, call.now, row["client_id"], row["user"], json.loads(row["scopes"]))
    sql = "UPDATE device_codes SET grant_id = ? WHERE device_code = ?"
    world.db.run(sql, grant.grant_id, row["device_code"])
    return granted(token_answer(world, call.now, grant))


def _not_yet(call: Call, row: Row) -> Answer:
    machine_now = _machine_now()
    hasty = _is_hasty(row, call.now, machine_now)
    sql = (
        "UPDATE device_codes SET polled_at = ?, machine_polled_at = ?, interval = interval + ? "
        "WHERE device_code = ?"
    )
    call.world.db.run(sql, call.now, machine_now, _SLOWER if hasty else 0, row["device_code"])
    if hasty:
        return refused("slow_down", f"Wait {row['interval'] + _SLOWER} seconds between requests")
    return refused("authorization_pending", "The user has not decided yet")


def _is_hasty(row: Mapping[str, Any], now: int, machine_now: int) -> bool:
    if row["polled_at"] is None:
        return False
    least = row["interval"] * SECOND
    machine_then = row["machine_polled_at"]
    return now - row["polled_at"] < least and (machine_then is None or machine_now - machine_then < least)


def _machine_now() -> int:
    return time.time_ns() // 1_000


def _user_code(world: World) -> str:
    number = int(world.ids.token(16), 36)
    letters = "".join(_LETTERS[number // 20**place % 20] for place in range(8))
    return f"{letters[:4]}-{letters[4:]}"


OPERATIONS = (
    Operation(
        "POST", "/oauth2/default/v1/device/authorize", authorize, "oauth", OPEN, media_type=ANYTHING, base=""
    ),
)
