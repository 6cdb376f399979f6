"""The token endpoint: a code, a refresh token or a device code becomes an access token.

Parameters may stand in the body, as RFC 6749 has it, or in the query, where samples of the vendor have them.
The limit is about one request a second, say the vendor's staff; taken as one for each application. A device
code is polled at a pace of its own and not counted.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.emulator import errors
from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import clients, codes, device, grants
from ccstate.emulator.oauth.applications import PARTNER, Application
from ccstate.emulator.oauth.forms import BadForm, parameters_of
from ccstate.emulator.oauth.refusals import bad_form, granted, refusal
from ccstate.emulator.oauth.scopes import words
from ccstate.emulator.oauth.tokens import token_answer
from ccstate.emulator.wire import ANYTHING, Answer, Call, Operation


def token(call: Call) -> Answer:
    try:
        form = parameters_of(call)
    except BadForm as problem:
        raise bad_form(problem) from problem
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise refusal("invalid_request", "grant_type is missing")
    claim = clients.claim_of(call, form)
    if grant_type != device.GRANT_TYPE and call.world.token_rate.exceeded(claim.client_id):
        raise errors.throttled()
    application = clients.verified(call.world, claim)
    if application.kind == PARTNER:
        raise refusal("unauthorized_client", "A partner has a token endpoint of its own")
    exchange = _EXCHANGES.get(grant_type)
    if exchange is None:
        raise refusal("unsupported_grant_type", f"grant_type must be one of {', '.join(_EXCHANGES)}")
    return exchange(call, form, application)


def refresh(call: Call, form: Mapping[str, str], application: Application) -> Answer:
    """A new access token, and a new refresh token where they rotate: the one before is void from then on."""
    if "refresh_token" not in form:
        raise refusal("invalid_request", "refresh_token is missing")
    grant = grants.refreshed(call.world, call.now, application, form["refresh_token"])
    if grant is None:
        raise refusal("invalid_grant", "The refresh token is invalid or expired")
    narrowed = words(form) or grant.scopes
    if not set(narrowed) <= set(grant.scopes):
        raise refusal("invalid_scope", "A refresh cannot ask for more than was granted")
    return granted(token_answer(call.world, call.now, grant, scopes=narrowed))


_EXCHANGES = {
    "authorization_code": codes.redeem,
    "refresh_token": refresh,
    device.GRANT_TYPE: device.redeem,
}

OPERATIONS = (
    Operation("POST", "/oauth2/default/v1/token", token, "oauth", OPEN, media_type=ANYTHING, base=""),
)
