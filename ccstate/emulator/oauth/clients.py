"""Which application asks for a token, and whether it can prove that.

A confidential one sends its secret in the Authorization header, as the guide says, or in the form, as RFC
6749 allows; a public one only names itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import unquote_plus

from ccstate.emulator.errors import ApiError
from ccstate.emulator.oauth import applications
from ccstate.emulator.oauth.applications import Application
from ccstate.emulator.oauth.forms import BadForm, basic_credentials
from ccstate.emulator.oauth.refusals import refusal
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Call

_CHALLENGE = ((b"www-authenticate", b'Basic realm="emulator"'),)


@dataclass(frozen=True)
class Claim:
    """Who a client says it is."""

    client_id: str
    secret: str | None
    in_header: bool

    def denied(self, description: str) -> ApiError:
        return refusal("invalid_client", description, 401, _CHALLENGE if self.in_header else ())


def claim_of(call: Call, form: Mapping[str, str]) -> Claim:
    try:
        basic = basic_credentials(call)
    except BadForm as problem:
        raise Claim("", None, in_header=True).denied(str(problem)) from problem
    if basic is None:
        if "client_id" not in form:
            raise Claim("", None, in_header=False).denied("The client does not say who it is")
        return Claim(form["client_id"], form.get("client_secret"), in_header=False)
    if "client_secret" in form or form.get("client_id", basic[0]) != basic[0]:
        raise refusal("invalid_request", "The client says in two ways who it is")
    return Claim(basic[0], basic[1] or None, in_header=True)


def verified(world: World, claim: Claim) -> Application:
    """The application that the claim proves to come from."""
    if not applications.is_client_id(claim.client_id):
        raise claim.denied("There is no such client")
    application = applications.find(world, claim.client_id)
    if not application.active:
        raise claim.denied("The client is not active")
    if application.kind is not None and not _is_right(application.secret, claim.secret):
        raise claim.denied("The client credentials are not valid")
    return application


def _is_right(secret: str | None, given: str | None) -> bool:
    """RFC 6749 has the secret of a header form-encoded, which half of the clients do not do: both pass."""
    if secret is None or given is None:
        return secret == given
    return any(compare_digest(secret.encode(), word.encode()) for word in (given, unquote_plus(given)))
