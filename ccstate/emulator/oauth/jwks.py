"""The public key, for who wants to verify tokens or webhooks. The service has no discovery document either.

The path for webhooks is the one that the guide names; that both show the same key is assumed.
"""

from __future__ import annotations

from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import keys
from ccstate.emulator.wire import Answer, Call, Operation


def key_set(call: Call) -> Answer:
    return Answer(200, keys.published(call.world))


OPERATIONS = tuple(
    Operation("GET", path, key_set, "oauth", OPEN, base="")
    for path in ("/oauth2/default/v1/keys", "/.well-known/jwks.json")
)
