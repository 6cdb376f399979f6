"""The token endpoint of technology partners: client credentials, and an hour of access without a user.

Id and secret in the Authorization header, the parameters as query string, an empty body: so says the guide.
That a missing header is 415, and a wrong client or grant 400, is as far as it is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.emulator import errors
from ccstate.emulator.access import OPEN
from ccstate.emulator.errors import ApiError
from ccstate.emulator.oauth.applications import PARTNER, PARTNER_SCOPE
from ccstate.emulator.oauth.clients import Claim, verified
from ccstate.emulator.oauth.forms import FORM, BadForm, basic_credentials, parameters_of
from ccstate.emulator.oauth.refusals import bad_form, granted, refusal
from ccstate.emulator.oauth.tokens import partner_answer
from ccstate.emulator.wire import ANYTHING, Answer, Call, Operation


def token(call: Call) -> Answer:
    if not (call.headers.get("authorization") and call.content_type):
        raise errors.missing_headers("authorization", "content-type")
    if call.content_type.partition(";")[0].strip().lower() != FORM:
        raise refusal("invalid_request", f"The body must be sent as {FORM}", 415)
    try:
        form, credentials = parameters_of(call), basic_credentials(call)
    except BadForm as problem:
        raise bad_form(problem) from problem
    if credentials is None:
        raise errors.missing_headers("authorization")
    if call.world.token_rate.exceeded(credentials[0]):
        raise errors.throttled()
    client_id = _client_id(call, *credentials)
    _check(form)
    return granted(partner_answer(call.world, call.now, client_id))


def _client_id(call: Call, client_id: str, secret: str) -> str:
    try:
        application = verified(call.world, Claim(client_id, secret or None, in_header=True))
    except ApiError as problem:
        raise refusal("invalid_client", "The client credentials are not valid") from problem
    if not application.is_a(PARTNER):
        raise refusal("invalid_client", "The client is no partner")
    return application.client_id


def _check(form: Mapping[str, str]) -> None:
    if "grant_type" not in form:
        raise refusal("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise refusal("invalid_grant", "grant_type must be client_credentials")
    if form.get("scope", PARTNER_SCOPE) != PARTNER_SCOPE:
        raise refusal("invalid_scope", f"scope must be {PARTNER_SCOPE}")


OPERATIONS = (
    Operation(
        "POST", "/partners/oauth2/default/v1/token", token, "oauth", OPEN, media_type=ANYTHING, base=""
    ),
)
