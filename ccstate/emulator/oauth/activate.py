"""The page where a person enters the code that a device shows, and approves or denies."""

from __future__ import annotations

import json
from html import escape

from ccstate.emulator.access import OPEN
from ccstate.emulator.oauth import applications, device, html, users
from ccstate.emulator.oauth.forms import BadForm, parameters_of
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import ANYTHING, Answer, Call, Operation

_PATH = "/activate"
_TITLE = "Connect a device"


def show(call: Call) -> Answer:
    try:
        form = parameters_of(call)
    except BadForm as problem:
        return html.problem(_TITLE, str(problem))
    user_code = form.get("user_code", "")
    waiting = device.waiting(call.world, call.now, user_code) if user_code else None
    if user_code and waiting is None:
        return _page(user_code, None, problem="No device waits for this code. It may have expired.")
    return _page(user_code, waiting)


def decide(call: Call) -> Answer:
    try:
        form = parameters_of(call)
    except BadForm as problem:
        return html.problem(_TITLE, str(problem))
    user_code, decision = form.get("user_code", ""), html.decision(form)
    waiting = device.waiting(call.world, call.now, user_code)
    if waiting is None:
        return _page(user_code, None, problem="No device waits for this code. It may have expired.")
    if decision is None:
        return _page(user_code, waiting, problem="Approve or deny.")
    approved = decision == html.APPROVE
    try:
        user = users.chosen(form)
    except LookupError as problem:
        return _page(user_code, waiting, problem=str(problem))
    device.decide(call.world, waiting["device_code"], user, device.APPROVED if approved else device.DENIED)
    said = "The device is connected" if approved else "The device was denied"
    return html.page(said, "<p>You can close this page and go back to the device.</p>")


def _page(user_code: str, waiting: Row | None, problem: str | None = None) -> Answer:
    """With a code that waits, the page also says who asks for what."""
    fields = [_code_field(user_code)]
    if waiting is not None:
        application = applications.Application(waiting["client_id"])
        fields.append(html.wish(application, json.loads(waiting["scopes"])))
    fields.append(html.who(users.USERS[0]))
    alert = "" if problem is None else f'<p role="alert">{escape(problem)}</p>\n'
    return html.page(_TITLE, alert + html.form(_PATH, fields), 200 if problem is None else 400)


def _code_field(user_code: str) -> str:
    return (
        '<label for="user_code">Code</label>\n'
        '<input type="text" id="user_code" name="user_code" required autocomplete="off" maxlength="20" '
        f'autocapitalize="characters" spellcheck="false" value="{escape(user_code)}">'
    )


OPERATIONS = (
    Operation("GET", _PATH, show, "oauth", OPEN, base=""),
    Operation("POST", _PATH, decide, "oauth", OPEN, media_type=ANYTHING, base=""),
)
