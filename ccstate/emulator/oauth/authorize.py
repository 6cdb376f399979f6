"""The authorize endpoint: a person consents in a browser, and the browser goes back with a code or a token.

Without `prompt` the account owner, or whom `login_hint` means, is signed in already and consents at once, so
that a test needs no browser. What is wrong goes back by redirect as RFC 6749 has it, but for a client or a
redirect URI that is not valid: then nothing may be sent there, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import applications, codes, grants, html, scopes, users
from ccstate.emulator.oauth.applications import CONFIDENTIAL, OFFLINE_ACCESS, OPENID, PUBLIC, Application
from ccstate.emulator.oauth.forms import BadForm, parameters_of
from ccstate.emulator.oauth.scopes import BadScope
from ccstate.emulator.oauth.tokens import IMPLICIT_LIFETIME, token_answer
from ccstate.emulator.wire import ANYTHING, Answer, Call, Operation

_PATH = "/oauth2/default/v1/authorize"
_PROMPTS = ("none", "login", "consent", "select_account")
_ASKED = (
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "login_hint",
)  # fmt: skip

Form = Mapping[str, str]


class _Unsafe(ValueError):
    """Nobody knows where an answer may go."""


class _Wrong(ValueError):
    """Something to tell the application."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


def authorize(call: Call) -> Answer:
    """A GET that writes: a code is noted for whoever is signed in."""
    with call.world.db.transaction():
        return _answer(call)


def decide(call: Call) -> Answer:
    """What the page posts; without a decision the same as GET, as OpenID Connect allows."""
    return _answer(call)


def _answer(call: Call) -> Answer:
    try:
        form = parameters_of(call)
        application = _application(call, form)
    except (BadForm, _Unsafe) as problem:
        return html.problem("This request cannot be answered", str(problem))
    try:
        return _consented(call, form, application)
    except _Wrong as problem:
        return _back(form, {"error": problem.error, "error_description": str(problem)})


def _application(call: Call, form: Form) -> Application:
    client_id, uri = form.get("client_id", ""), form.get("redirect_uri", "")
    application = applications.find(call.world, client_id)
    if not applications.is_client_id(client_id):
        raise _Unsafe("client_id is missing or not valid.")
    if not application.active:
        raise _Unsafe("The application is deactivated.")
    if not application.redirects_to(uri):
        raise _Unsafe(
            "redirect_uri is none of those that were registered."
            if application.redirect_uris is not None
            else "redirect_uri is missing or not valid: https is wanted, or this machine."
        )
    return application


def _consented(call: Call, form: Form, application: Application) -> Answer:
    wanted = _check(form, application)
    decision, prompt = html.decision(form), form.get("prompt", "none")
    if decision is None and prompt != "none":
        return _page(form, application, wanted)
    if decision == html.DENY:
        raise _Wrong("access_denied", "The user denied the request")
    try:
        user = users.chosen(form)
    except LookupError as problem:
        raise _Wrong("invalid_request", str(problem)) from problem
    if form["response_type"] == "token":
        return _token(call, form, user, wanted)
    return _back(form, {"code": codes.issue(call.world, call.now, user, form, wanted)})


def _check(form: Form, application: Application) -> tuple[str, ...]:
    """The scopes that are asked for, if everything is in order."""
    if "response_type" not in form:
        raise _Wrong("invalid_request", "response_type is missing")
    if form["response_type"] not in ("code", "token"):
        raise _Wrong("unsupported_response_type", "response_type must be code or token")
    if not application.is_a(CONFIDENTIAL, PUBLIC):
        raise _Wrong("unauthorized_client", "A partner signs nobody in")
    if form.get("prompt", "none") not in _PROMPTS:
        raise _Wrong("invalid_request", f"prompt must be one of {', '.join(_PROMPTS)}")
    _check_challenge(form, application)
    try:
        return scopes.requested(form, application)
    except BadScope as problem:
        raise _Wrong("invalid_scope", str(problem)) from problem


def _check_challenge(form: Form, application: Application) -> None:
    challenge = form.get("code_challenge")
    if challenge is None:
        if "code_challenge_method" in form:
            raise _Wrong("invalid_request", "code_challenge is missing")
        if application.kind == PUBLIC and form["response_type"] == "code":
            raise _Wrong("invalid_request", "A public client needs a code_challenge")
    elif form.get("code_challenge_method") != codes.S256:
        raise _Wrong("invalid_request", f"code_challenge_method must be {codes.S256}")
    elif not codes.is_challenge(challenge):
        raise _Wrong("invalid_request", "code_challenge must have 43 characters of base64url")


def _page(form: Form, application: Application, wanted: tuple[str, ...]) -> Answer:
    asked = html.hidden({name: form[name] for name in _ASKED if name in form})
    fields = (html.wish(application, wanted), html.who(users.hinted(form.get("login_hint"))), *asked)
    return html.page("Sign in", html.form(_PATH, fields))


def _token(call: Call, form: Form, user: users.User, wanted: tuple[str, ...]) -> Answer:
    """The implicit flow: eight hours, and nothing to refresh or to prove identity with."""
    kept = tuple(scope for scope in wanted if scope not in (OFFLINE_ACCESS, OPENID))
    grant = grants.make(call.world, call.now, form["client_id"], user.user_id, kept)
    answer = token_answer(call.world, call.now, grant, IMPLICIT_LIFETIME)
    return _back(form, {name: str(value) for name, value in answer.items()})


def _back(form: Form, parameters: Mapping[str, str]) -> Answer:
    """To the application: in the fragment where it waits for a token, else in the query."""
    uri, told = form["redirect_uri"], dict(parameters)
    if "state" in form:
        told["state"] = form["state"]
    joint = "#" if form.get("response_type") == "token" else "&" if "?" in uri else "?"
    location = f"{uri}{joint}{urlencode(told)}".encode()
    return Answer(302, "", ((b"location", location), (b"cache-control", b"no-store")), html.HTML)


OPERATIONS = (
    Operation("GET", _PATH, authorize, "oauth", OPEN, base=""),
    Operation("POST", _PATH, decide, "oauth", OPEN, media_type=ANYTHING, base=""),
)
