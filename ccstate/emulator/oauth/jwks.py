"""The public key, for who wants to verify tokens. There is no discovery document at the service either."""

from __future__ import annotations

from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import keys
from ccstate.emulator.wire import Answer, Call, Operation


def key_set(call: Call) -> Answer:
    return Answer(200, keys.published(call.world))


OPERATIONS = (Operation("GET", "/oauth2/default/v1/keys", key_set, "oauth", OPEN, base=""),)
